#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "values.h"

static void print_report(const struct zjiot_report *report) {
    for (size_t i = 0; i < report->count && i < report->capacity; i++)
        print_deviation(&report->items[i]);
    if (report->count > report->capacity)
        printf("  ! and %zu more deviations\n", report->count - report->capacity);
}

/* How much of a path names the item of a list: "data.loop[3]" of data.loop[3].phase; 0 when there is no list in it. */
static size_t item_size(const char *path) {
    const char *end = strrchr(path, ']');
    return end != NULL && end[1] == '.' ? (size_t)(end + 1 - path) : 0;
}

/* Long lists of short items are shown by the item: its members behind its path, in one paragraph. */
static bool has_long_lists(const struct result *result) {
    enum { VALUES_MAX = 40, MEMBERS_MAX = 20 };
    size_t values = 0, members = 0, most = 0, last_item = 0;
    const char *last = "";
    for (size_t i = 0; i < value_count(result->trace); i++) {
        const char *path = result->trace->items[i].path;
        const size_t item = item_size(path);
        const bool goes_on = item == last_item && strncmp(path, last, item) == 0;
        members = item == 0 ? 0 : goes_on ? members + 1 : 1;
        most = members > most ? members : most;
        values += item > 0;
        last = path;
        last_item = item;
    }
    return values > VALUES_MAX && most <= MEMBERS_MAX;
}

/* Columns of the widest path and value. */
static void measure(const struct result *result, bool by_item, bool show_secrets, size_t *ret_path, size_t *ret_value) {
    enum { PATH_MAX_WIDTH = 32, VALUE_MAX_WIDTH = 24 };
    *ret_path = *ret_value = 0;
    for (size_t i = 0; i < value_count(result->trace); i++) {
        struct value value;
        if (!value_read(&result->trace->items[i], show_secrets, &value))
            continue;
        const size_t item = by_item ? item_size(value.path) : 0, path = item > 0 ? item : strlen(value.path);
        const size_t columns = text_columns(value.text, strlen(value.text));
        if (path > *ret_path && path <= PATH_MAX_WIDTH)
            *ret_path = path;
        if (columns > *ret_value && columns <= VALUE_MAX_WIDTH && item == 0)
            *ret_value = columns;
    }
}

static const char *shown_text(const struct value *value) {
    return value->text[0] == '\0' ? "-" : value->text;
}

static void print_value(const struct value *value, size_t path_width, size_t value_width) {
    const char *text = shown_text(value);
    size_t columns = text_columns(text, strlen(text));
    printf("  %-*s  ", (int)path_width, value->path);
    put_plain(text);
    bool has_more = value->unit[0] != '\0' || value->choice[0] != '\0' || value->quality[0] != '\0';
    if (has_more)
        put_padding(columns, value_width);
    if (value->unit[0] != '\0')
        printf(" %s", value->unit);
    if (value->choice[0] != '\0')
        printf(" (%s)", value->choice);
    if (value->quality[0] != '\0')
        printf(" %s(%s)%s", colour(stdout, COLOUR_YELLOW), value->quality, colour(stdout, COLOUR_NONE));
    putchar('\n');
}

/* Prints the members of the item whose first one is span number `at`; returns the number of the span behind them. */
static size_t print_item(const struct result *result, size_t at, bool show_secrets, size_t path_width) {
    const struct zjiot_trace *trace = result->trace;
    const char *first = trace->items[at].path;
    const size_t item = item_size(first);
    char *text, joined[VALUE_TEXT_SIZE + 256];
    size_t size;
    FILE *members = must(open_memstream(&text, &size));
    for (bool more = false; at < value_count(trace); at++) {
        const char *path = trace->items[at].path;
        struct value value;
        if (item_size(path) != item || strncmp(path, first, item) != 0)
            break;
        if (!value_read(&trace->items[at], show_secrets, &value))
            continue;
        value_join(&value, joined, sizeof joined);
        fprintf(members, "%s%s %s", more ? ", " : "", path + item + 1, joined[0] != '\0' ? joined : "-");
        more = true;
    }
    fclose(members);
    printf("  %-*.*s  ", (int)path_width, (int)item, first);
    put_wrapped(text, 2 + (path_width > item ? path_width : item) + 2);
    putchar('\n');
    free(text);
    return at;
}

static void put_part(const char *text, size_t size) {
    char *part = must(strndup(text, size));
    put_plain(part);
    free(part);
}

/* The frames that the message carries and that are none: what stands in their place, or what their values are worth. */
static void print_carried(const struct zjiot_message *message, bool show_secrets) {
    for (size_t i = 0; i < message->carried_count; i++) {
        const struct zjiot_outcome *frame = &message->carried[i];
        if (frame->error == NULL)
            continue;
        printf("  frames[%zu]  ", i);
        if (frame->message != NULL) {
            printf("%s" VALUES_FORCED "%s\n", colour(stdout, COLOUR_RED), colour(stdout, COLOUR_NONE));
            continue;
        }
        const struct zjiot_input *input = &frame->input;
        if (!show_secrets && zjiot_may_hold_secret(input->bytes, input->size, NULL))
            fputs("***", stdout);
        else if (frame->is_text)
            put_part((const char *)input->bytes, input->size);
        else
            put_hex(input->bytes, input->size, "");
        printf("  %s(not decodable)%s\n", colour(stdout, COLOUR_YELLOW), colour(stdout, COLOUR_NONE));
    }
}

void print_text(const struct result *result, bool show_secrets) {
    const bool by_item = has_long_lists(result);
    size_t path_width, value_width;
    print_headline(result);
    measure(result, by_item, show_secrets, &path_width, &value_width);
    for (size_t i = 0; i < value_count(result->trace);) {
        struct value value;
        if (by_item && item_size(result->trace->items[i].path) > 0) {
            i = print_item(result, i, show_secrets, path_width);
            continue;
        }
        if (value_read(&result->trace->items[i++], show_secrets, &value))
            print_value(&value, path_width, value_width);
    }
    print_carried(result->message, show_secrets);
    print_report(result->report);
}
