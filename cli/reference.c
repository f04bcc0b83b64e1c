#include "reference.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "example.h"
#include "output.h"
#include "rowtext.h"
#include "values.h"

/* Text in which nothing is markup but `code`. */
static void put_prose(const char *text) {
    bool is_code = false;
    for (; *text != '\0'; text++) {
        is_code ^= *text == '`';
        if (*text == '|' || (!is_code && strchr("<*", *text) != NULL))
            putchar('\\');
        putchar(*text);
    }
}

static void put_cell(const char *text) {
    putchar(' ');
    put_prose(text);
    fputs(" |", stdout);
}

static void put_code_cell(const char *text) {
    printf(" `%s` |", text);
}

/* --- Members --- */

static void put_choices(const struct zjiot_field *field) {
    for (const struct zjiot_choice *choice = field->set; choice != NULL && choice->name != NULL; choice++) {
        char values[48];
        choice_values(field, choice, values, sizeof values);
        if (values[0] != '\0')
            printf("<br>`%s` %s", values, choice->name);
        else
            printf("<br>`%s`", choice->name);
        if (choice_adds(choice)) {
            fputs(": ", stdout);
            put_prose(choice->meaning);
        }
    }
}

static void print_member(const struct field_entry *entry, void *context) {
    const bool *is_json = context;
    const struct zjiot_field *field = entry->field;
    char bytes[16], range[ZJIOT_EVIDENCE_SIZE] = "";
    row_bytes(field, bytes, sizeof bytes);
    if (field->set == NULL)
        zjiot_field_range(field, range, sizeof range);
    putchar('|');
    put_code_cell(entry->path);
    put_cell(row_type(field));
    put_cell(*is_json ? row_need(field) : bytes);
    put_cell(range);
    put_cell(field->unit);
    putchar(' ');
    put_prose(field->meaning);
    put_choices(field);
    puts(" |");
}

static void print_members(const struct zjiot_protocol *protocol, const struct zjiot_record *record) {
    bool is_json = protocol->json;
    printf("| %s | type | %s | range | unit | meaning |\n|---|---|---|---|---|---|\n", is_json ? "member" : "field",
           is_json ? "need" : "bytes");
    fields_walk_record(record, FIELDS_PATTERN, print_member, &is_json);
}

/* --- One message --- */

/* An earlier message with the same rows; NULL: there is none. */
static const struct zjiot_record *same_rows(const struct zjiot_protocol *protocol, const struct zjiot_record *record) {
    for (const struct zjiot_record *other = protocol->records; other < record; other++) {
        if (other->message && other->fields == record->fields && other->field_count == record->field_count)
            return other;
    }
    return NULL;
}

static void print_json_text(const struct example *example) {
    json_t *body = json_loadb((const char *)example->bytes, example->size, 0, NULL);
    char *text = body != NULL ? json_dumps(body, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
    puts(must(text));
    free(text);
    json_decref(body);
}

static void print_example(const struct zjiot_protocol *protocol, const struct zjiot_record *record) {
    struct example example;
    if (!example_make(protocol, record, &example))
        return;
    fputs("\nExample", stdout);
    if (example.topic[0] != '\0')
        printf(", topic `%s`", example.topic);
    printf(":\n\n```%s\n", protocol->json ? "json" : "");
    if (protocol->json)
        print_json_text(&example);
    else
        put_hex(example.bytes, example.size, " ");
    puts(protocol->json ? "```" : "\n```");
}

static void print_message(const struct zjiot_protocol *protocol, const struct named *named, bool is_alone) {
    const struct zjiot_record *record = named->record;
    const struct zjiot_record *same = is_alone || record->field_count == 0 ? NULL : same_rows(protocol, record);
    char ids[24];
    row_ids(named, ids, sizeof ids);
    printf("\n#### %s%s\n\n", named->full, row_way(named->direction));
    put_prose(named->meaning);
    if (record->section[0] != '\0')
        printf(" Section %s.", record->section);
    if (named->id_count > 0)
        printf(" Id %s.", ids);
    if (row_answers(record)[0] != '\0')
        printf(" %s answer%s.", record->answers == ZJIOT_ANSWERS_ONE ? "One" : "Several",
               record->answers == ZJIOT_ANSWERS_ONE ? "" : "s");
    puts("\n");
    if (record->field_count == 0)
        puts(protocol->json ? "No members." : "No data.");
    else if (same != NULL)
        printf("The members of %s%s.\n", same->name, row_way(same->direction));
    else
        print_members(protocol, record);
    print_example(protocol, record);
}

/* Whether a message of that name stands in front of entry number `end`. */
static bool is_known(const struct selection *selection, size_t end, const char *name) {
    struct named named;
    for (size_t i = 0; selection_next(selection, &i, &named) && i < end;) {
        if (strcmp(named.name, name) == 0)
            return true;
    }
    return false;
}

/* The messages of a name stand together: a request and its answers. */
static void print_messages(const struct selection *selection) {
    struct named named;
    for (size_t i = 0; selection_next(selection, &i, &named);) {
        struct named other;
        if (is_known(selection, i, named.name))
            continue;
        const bool is_alone = selection->name[0] != '\0';
        printf("%s### %s%s%s\n", is_alone ? "" : "\n", is_alone ? selection->protocol->name : "", is_alone ? " " : "",
               named.name);
        for (size_t j = 0; selection_next(selection, &j, &other);) {
            if (strcmp(other.name, named.name) == 0)
                print_message(selection->protocol, &other, is_alone);
        }
    }
}

/* --- A protocol --- */

static void print_list(const struct selection *selection) {
    const struct zjiot_protocol *protocol = selection->protocol;
    struct named named;
    printf("\n## Messages\n\n| message | direction | %s | answers | meaning |\n|---|---|---|---|---|\n",
           protocol->json ? "section" : "id (hex)");
    for (size_t i = 0; selection_next(selection, &i, &named);) {
        char ids[24];
        row_ids(&named, ids, sizeof ids);
        printf("| [%s](#", named.full);
        for (const char *letter = named.name; *letter != '\0'; letter++)
            putchar(tolower((unsigned char)*letter)); /* as the sites that show Markdown make anchors of headings */
        fputs(") |", stdout);
        put_cell(direction_name(named.direction));
        put_cell(protocol->json ? named.record->section : ids);
        put_cell(row_answers(named.record));
        put_cell(named.meaning);
        putchar('\n');
    }
}

static void print_topics(const struct zjiot_protocol *protocol) {
    if (protocol->topics == NULL)
        return;
    puts("\n## Topics\n\n| topic | direction |\n|---|---|");
    for (const struct zjiot_topic_form *form = protocol->topics; form->text != NULL; form++)
        printf("| `%s` | %s |\n", form->text, direction_name(form->direction));
}

/* The key of the body's member that holds these rows; NULL: they are not in the body. */
static const char *body_key(const struct zjiot_protocol *protocol, const struct zjiot_record *record) {
    const struct zjiot_record *envelope = protocol->envelope;
    for (unsigned i = 0; envelope != NULL && i < envelope->field_count; i++) {
        if (envelope->fields[i].record == record)
            return envelope->fields[i].key;
    }
    return NULL;
}

static bool print_headers(const struct zjiot_protocol *protocol) {
    struct zjiot_message message;
    struct zjiot_pool *pool;
    if (!message_prepare(protocol, &protocol->records[0], &message, &pool))
        return false;
    for (size_t i = 0; i < message.header_count; i++) {
        const struct zjiot_record *record = message.headers[i].record;
        const char *key = body_key(protocol, record);
        if (key != NULL)
            printf("\n## Member `%s`\n\n", key);
        else
            printf("\n## %s\n\n", !protocol->json                                  ? "Around the data"
                                  : record->fields[0].flags & ZJIOT_FIELD_COMPUTED ? "Made by the reader"
                                                                                   : "Parts of the topic");
        put_prose(record->meaning);
        puts("\n");
        print_members(protocol, record);
    }
    return true;
}

static bool print_protocol(const struct zjiot_protocol *protocol) {
    const struct selection all = {.protocol = protocol, .direction = ZJIOT_BOTH};
    printf("# %s\n\nProtocol `%s`, after %s. Written by `zjiotctl describe %s -o markdown`.\n", protocol->title,
           protocol->name, protocol->source, protocol->name);
    for (const char *const *note = protocol->notes; note != NULL && *note != NULL; note++)
        printf("\n%s\n", *note);
    print_topics(protocol);
    if (!print_headers(protocol))
        return false;
    print_list(&all);
    print_messages(&all);
    return true;
}

int reference_print(const struct selection *selection) {
    if (selection->name[0] != '\0') {
        print_messages(selection);
        return EXIT_OK;
    }
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++) {
        if (selection->protocol != NULL && selection->protocol != *p)
            continue;
        if (selection->protocol == NULL && p != zjiot_protocols())
            putchar('\n');
        if (!print_protocol(*p))
            return EXIT_INTERNAL;
    }
    return EXIT_OK;
}
