#include "values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output.h"

size_t value_count(const struct zjiot_trace *trace) {
    return trace->count < trace->capacity ? trace->count : trace->capacity;
}

void mask_text(const struct zjiot_field *field, int64_t number, char *out, size_t size) {
    size_t used = 0;
    int64_t left = number;
    for (const struct zjiot_choice *choice = field->set; choice->name != NULL; choice++) {
        if ((number & choice->low) != choice->low || used >= size)
            continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", choice->name);
        left &= ~choice->low;
    }
    if (used < size && (left != 0 || number == 0))
        snprintf(out + used, size - used, "%s%" PRId64, used > 0 ? ", " : "", left);
    if (number == 0)
        snprintf(out, size, "none");
}

void time_text(const struct zjiot_field *field, int64_t number, char *out, size_t size) {
    const bool has_millis = strcmp(field->unit, "ms") == 0;
    const int64_t unit = has_millis ? 1000 : 1;
    const int64_t second = number / unit - (number % unit < 0), milli = number - second * unit;
    const int64_t last = INT64_C(253402300799); /* of the year 9999 */
    const time_t time = (time_t)second;
    struct tm date;
    out[0] = '\0';
    if (second < 0 || second > last || gmtime_r(&time, &date) == NULL)
        return;
    const size_t used = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &date);
    if (has_millis)
        snprintf(out + used, size - used, ".%03dZ", (int)milli);
    else
        snprintf(out + used, size - used, "Z");
}

/* A text that does not fit ends in three dots, and with a whole letter. */
static void mark_cut(char *text, size_t length) {
    size_t end = VALUE_TEXT_SIZE - sizeof "...";
    if (length < VALUE_TEXT_SIZE)
        return;
    while (((unsigned char)text[end] & 0xC0) == 0x80)
        end--;
    memcpy(text + end, "...", sizeof "...");
}

static void read_choice(const struct zjiot_span *span, struct value *value) {
    const struct zjiot_field *field = span->field;
    value->choice = value->choice_buffer;
    if (field->kind == ZJIOT_TIME) {
        time_text(field, *(const int64_t *)span->value, value->choice_buffer, sizeof value->choice_buffer);
        return;
    }
    if (field->flags & ZJIOT_FIELD_MASK) {
        mask_text(field, *(const int64_t *)span->value, value->choice_buffer, sizeof value->choice_buffer);
        return;
    }
    const struct zjiot_choice *choice = zjiot_value_choice(field, span->value);
    value->choice = choice == NULL || field->kind == ZJIOT_NAMED ? "" : choice->name; /* a NAMED's text is the name */
    value->meaning = choice != NULL ? choice->meaning : "";
}

void value_none(const char *path, struct value *ret_value) {
    ret_value->path = path;
    ret_value->text[0] = '\0';
    ret_value->unit = ret_value->choice = ret_value->meaning = ret_value->quality = "";
}

bool value_read(const struct zjiot_span *span, bool show_secrets, struct value *ret_value) {
    const struct zjiot_field *field = span->field;
    if (span->value == NULL || (field->flags & ZJIOT_FIELD_HIDDEN))
        return false;
    value_none(span->path, ret_value);
    if (span->invalid || span->absent) {
        ret_value->quality = span->invalid ? "invalid" : "not_provided";
        return true;
    }
    if ((field->flags & ZJIOT_FIELD_SECRET) && !show_secrets) {
        snprintf(ret_value->text, sizeof ret_value->text, "***");
        return true;
    }
    mark_cut(ret_value->text, zjiot_value_text(field, span->value, ret_value->text, sizeof ret_value->text));
    ret_value->unit = zjiot_value_unit(field, span->value, ret_value->unit_buffer);
    read_choice(span, ret_value);
    if (field->flags & ZJIOT_FIELD_UNKNOWN)
        ret_value->quality = "unknown";
    return true;
}

/* Appends "before text after" when there is a text. */
static void append(char *out, size_t size, const char *before, const char *text, const char *after) {
    size_t used = strlen(out);
    if (text[0] != '\0')
        snprintf(out + used, size - used, "%s%s%s%s", used > 0 ? " " : "", before, text, after);
}

void value_join(const struct value *value, char *out, size_t size) {
    out[0] = '\0';
    append(out, size, "", value->text, "");
    append(out, size, "", value->unit, "");
    append(out, size, "(", value->choice, ")");
    append(out, size, "(", value->quality, ")");
}

const char *direction_name(unsigned direction) {
    return direction == ZJIOT_DOWN ? "down" : direction == ZJIOT_UP ? "up" : "";
}

void print_headline(const struct result *result) {
    const struct zjiot_message *message = result->message;
    char label[256];
    input_label(result->text, label, sizeof label);
    put_plain(label);
    printf("%s%s%s %s%s", label[0] != '\0' ? ": " : "", colour(stdout, COLOUR_BOLD), message->protocol->name,
           message->name, colour(stdout, COLOUR_NONE));
    if (message->data.record->variant[0] != '\0')
        printf("/%s", message->data.record->variant);
    if (message->direction != ZJIOT_BOTH)
        printf(", %s", direction_name(message->direction));
    if (message->profile != NULL)
        printf(", layout %s (%s)", message->profile, message->reason);
    if (result->topic != NULL && strcmp(label, result->topic) != 0) {
        fputs(", on ", stdout);
        put_plain(result->topic);
    }
    if (result->error != NULL)
        printf("  %s%s%s", colour(stdout, COLOUR_RED),
               message->forced ? VALUES_FORCED : "DEVIATES, refused by --strict", colour(stdout, COLOUR_NONE));
    putchar('\n');
}

void print_deviation(const struct zjiot_deviation *deviation) {
    printf("  %s! %s at byte %zu", colour(stdout, COLOUR_YELLOW), zjiot_code_name(deviation->code), deviation->offset);
    if (deviation->path[0] != '\0')
        printf(", %s", deviation->path);
    if (deviation->found[0] != '\0') {
        fputs(": found ", stdout);
        put_plain(deviation->found);
    }
    if (deviation->expected[0] != '\0') {
        printf("%s expected ", deviation->found[0] != '\0' ? "," : ":");
        put_plain(deviation->expected);
    }
    printf("%s\n", colour(stdout, COLOUR_NONE));
}

size_t record_text(const struct result *result, const struct zjiot_options *options, bool pretty,
                   const char **ret_text) {
    static char *text;
    static size_t capacity;
    const struct zjiot_outcome outcome = {
        .message = result->message,
        .protocol = result->protocol,
        .report = result->report,
        .error = result->error,
        .input = {result->topic, result->bytes, result->size},
    };
    struct zjiot_error error;
    int64_t size;
    while ((size = zjiot_record_write(&outcome, options, pretty, text, capacity, &error)) == ZJIOT_SPACE) {
        capacity = 2 * error.need;
        text = must(realloc(text, capacity));
    }
    if (size < 0)
        complain("the record cannot be written: %s", error.text);
    *ret_text = text;
    return size < 0 ? 0 : (size_t)size;
}

size_t record_open(const char *text, size_t size) {
    while (text[size - 1] != '}') /* its last one, in front of which the other members go */
        size--;
    for (size--; text[size - 1] == '\n' || text[size - 1] == ' ';)
        size--;
    return size;
}

void print_record(const struct result *result, const struct zjiot_options *options, bool pretty) {
    const char *text;
    const size_t size = record_text(result, options, pretty, &text);
    fwrite(text, 1, size, stdout);
    if (size > 0)
        putchar('\n');
}

void print_document(const struct result *result, const struct zjiot_options *options, bool pretty,
                    void (*add)(const struct result *result, bool pretty, void *context), void *context) {
    char label[256];
    const char *text, *next = pretty ? ",\n  " : ",", *colon = pretty ? ": " : ":";
    size_t size = record_text(result, options, pretty, &text);
    if (size == 0)
        return;
    size = record_open(text, size);
    printf("{%s\"input\"%s%zu", pretty ? "\n  " : "", colon, result->input);
    if (input_label(result->text, label, sizeof label)[0] != '\0') {
        printf("%s\"source\"%s", next, colon);
        put_json_text(label);
    }
    printf("%s\"offset\"%s%zu%s\"size\"%s%zu,", next, colon, result->offset, next, colon, result->size);
    fwrite(text + 1, 1, size - 1, stdout);
    fputs(next, stdout);
    add(result, pretty, context);
    puts(pretty ? "\n}" : "}");
}

void put_csv_start(size_t record, const struct result *result) {
    const struct zjiot_message *message = result->message;
    const char *columns[] = {
        result->protocol ? result->protocol->name : "",
        message ? message->name : "",
        message ? message->data.record->variant : "",
        message ? direction_name(message->direction) : "",
        message != NULL && result->error == NULL ? "true" : "false",
    };
    printf("%zu,%zu", record, result->input);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        put_csv_next(columns[i]);
}

void deviation_codes(const struct zjiot_report *report, const char *path, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < report->count && i < report->capacity && used < size; i++) {
        if (strcmp(report->items[i].path, path) == 0)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "",
                                     zjiot_code_name(report->items[i].code));
    }
}

bool has_value_at(const struct result *result, const char *path) {
    for (size_t i = 0; i < value_count(result->trace); i++) {
        struct value value;
        if (strcmp(result->trace->items[i].path, path) == 0 && value_read(&result->trace->items[i], false, &value))
            return true;
    }
    return false;
}
