#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "fields.h"
#include "output.h"
#include "reference.h"
#include "rowtext.h"
#include "schema.h"
#include "values.h"

enum { KEY_SIZE = 64 };

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN, FORMAT_SCHEMA, FORMAT_ASYNCAPI };

/* JSON is one document, a list, however many there are: what begins entry number `index` from 0. */
static void begin_entry(size_t index) {
    fputs(index == 0 ? "[\n  " : ",\n  ", stdout);
}

static void end_list(void) {
    puts("\n]");
}

/* --- Protocols --- */

static void print_protocol(const struct zjiot_protocol *protocol, enum format format, size_t index) {
    if (format == FORMAT_TEXT) {
        printf("%-9s %s (%s)\n", protocol->name, protocol->title, protocol->source);
        return;
    }
    begin_entry(index);
    putchar('{');
    put_json_member(true, "protocol", protocol->name);
    put_json_member(false, "title", protocol->title);
    put_json_member(false, "source", protocol->source);
    putchar('}');
}

static void print_protocols(enum format format) {
    const struct zjiot_protocol *const *protocols = zjiot_protocols();
    for (size_t i = 0; protocols[i] != NULL; i++)
        print_protocol(protocols[i], format, i);
    if (format == FORMAT_JSON)
        end_list();
    else
        puts("\nzjiotctl describe PROTO lists its messages.");
}

/* --- Messages of a protocol --- */

/* What tells messages apart besides their names: the section of the document, or numbers on the wire. */
static void key_text(const struct named *named, char *out, size_t size) {
    if (named->record->section[0] != '\0')
        snprintf(out, size, "%s", named->record->section);
    else
        row_ids(named, out, size);
}

/* Columns of the list of messages. */
struct columns {
    size_t name, key;
};

static struct columns measure_messages(const struct zjiot_protocol *protocol) {
    struct columns columns = {sizeof "message" - 1, sizeof "id (hex)" - 1};
    struct named named;
    for (size_t i = 0; named_next(protocol, &i, &named);) {
        char key[KEY_SIZE];
        key_text(&named, key, sizeof key);
        const size_t name_columns = strlen(named.full), key_columns = text_columns(key, strlen(key));
        columns.name = name_columns > columns.name ? name_columns : columns.name;
        columns.key = key_columns > columns.key ? key_columns : columns.key;
    }
    return columns;
}

static void print_message_text(const struct named *named, const struct columns *columns) {
    char key[KEY_SIZE];
    key_text(named, key, sizeof key);
    printf("%-*s  %-4s  %s", (int)columns->name, named->full, direction_name(named->direction), key);
    put_padding(text_columns(key, strlen(key)), columns->key + 2);
    put_wrapped(named->meaning, columns->name + 2 + 4 + 2 + columns->key + 2);
    putchar('\n');
}

static void put_message_members(const struct zjiot_protocol *protocol, const struct named *named) {
    const struct zjiot_record *record = named->record;
    put_json_member(true, "protocol", protocol->name);
    put_json_member(false, "message", named->name);
    if (record->variant[0] != '\0')
        put_json_member(false, "variant", record->variant);
    if (named->direction != ZJIOT_BOTH)
        put_json_member(false, "direction", direction_name(named->direction));
    if (named->id_count > 0 || !protocol->json)
        printf(",\"id\":%" PRIu32 ",\"ids\":%" PRIu32, named->first_id, named->id_count);
    if (record->section[0] != '\0')
        put_json_member(false, "section", record->section);
    if (row_answers(record)[0] != '\0')
        put_json_member(false, "answers", row_answers(record));
    put_json_member(false, "meaning", named->meaning);
}

static void print_messages(const struct zjiot_protocol *protocol, enum format format) {
    const struct columns columns = measure_messages(protocol);
    size_t index = 0;
    struct named named;
    if (format == FORMAT_TEXT)
        printf("%s: %s (%s)\n\n%-*s  %-4s  %-*s  %s\n", protocol->name, protocol->title, protocol->source,
               (int)columns.name, "message", "dir", (int)columns.key, protocol->json ? "section" : "id (hex)",
               "meaning");
    for (size_t i = 0; named_next(protocol, &i, &named);) {
        if (format == FORMAT_TEXT) {
            print_message_text(&named, &columns);
            continue;
        }
        begin_entry(index++);
        putchar('{');
        put_message_members(protocol, &named);
        putchar('}');
    }
    if (format == FORMAT_JSON)
        end_list();
    else
        printf("\nzjiotctl describe %s MESSAGE shows its fields.\n", protocol->name);
}

/* --- Fields of a message --- */

struct table {
    enum format format;
    bool is_json; /* the rows are members of JSON */
    bool has_rows;
    size_t path_width, range_width;
};

static void measure_field(const struct field_entry *entry, void *context) {
    struct table *table = context;
    char range[ZJIOT_EVIDENCE_SIZE + 32];
    const size_t path = strlen(entry->path), columns = row_range(entry->field, range, sizeof range);
    table->has_rows = true;
    table->path_width = path > table->path_width ? path : table->path_width;
    table->range_width = columns > table->range_width ? columns : table->range_width;
}

static void print_choices_text(const struct zjiot_field *field, size_t indent) {
    for (const struct zjiot_choice *choice = field->set; choice != NULL && choice->name != NULL; choice++) {
        const bool adds = choice_adds(choice);
        char values[48];
        choice_values(field, choice, values, sizeof values);
        put_padding(0, indent);
        printf("%s%s%s%s%s\n", values, values[0] != '\0' ? " " : "", choice->name, adds ? ": " : "",
               adds ? choice->meaning : "");
    }
}

/* JSON has no bytes to count, but members that may be left out. */
static void print_field_text(const struct field_entry *entry, const struct table *table) {
    const struct zjiot_field *field = entry->field;
    char bytes[16], range[ZJIOT_EVIDENCE_SIZE + 32];
    row_bytes(field, bytes, sizeof bytes);
    const size_t columns = row_range(field, range, sizeof range);
    printf("  %-*s  %-*s  %-10s  %s", (int)table->path_width, entry->path, table->is_json ? 8 : 6,
           table->is_json ? row_need(field) : bytes, row_type(field), range);
    put_padding(columns, table->range_width);
    fputs("  ", stdout);
    const size_t indent = 2 + table->path_width + 2 + (table->is_json ? 8 : 6) + 2 + 10 + 2 + table->range_width + 2;
    put_wrapped(field->meaning, indent);
    putchar('\n');
    print_choices_text(field, indent + 2);
}

static void print_choices_json(const struct zjiot_field *field) {
    fputs(",\"choices\":[", stdout);
    for (const struct zjiot_choice *choice = field->set; choice->name != NULL; choice++) {
        printf("%s{\"value\":%" PRId64, choice > field->set ? "," : "", choice->low);
        if (choice->high != choice->low)
            printf(",\"to\":%" PRId64, choice->high);
        put_json_member(false, "name", choice->name);
        put_json_member(false, "meaning", choice->meaning);
        putchar('}');
    }
    putchar(']');
}

static void print_field_json(const struct field_entry *entry, bool is_first) {
    const struct zjiot_field *field = entry->field;
    char range[ZJIOT_EVIDENCE_SIZE];
    printf("%s\n    {", is_first ? "" : ",");
    put_json_member(true, "name", entry->path);
    if (field->wire == ZJIOT_WIRE_JSON)
        printf(",\"required\":%s", field->flags & ZJIOT_FIELD_OPTIONAL ? "false" : "true");
    else if (field->wire == ZJIOT_WIRE_BITS)
        printf(",\"bits\":%u", field->width);
    else if (field->wire != ZJIOT_WIRE_NONE && field->wire != ZJIOT_WIRE_REST && field->size > 0)
        printf(",\"bytes\":%u", field->size);
    put_json_member(false, "type", row_type(field));
    if (zjiot_field_range(field, range, sizeof range) > 0)
        put_json_member(false, "range", range);
    if (field->unit[0] != '\0')
        put_json_member(false, "unit", field->unit);
    put_json_member(false, "meaning", field->meaning);
    if (field->set != NULL)
        print_choices_json(field);
    putchar('}');
}

static void print_field(const struct field_entry *entry, void *context) {
    struct table *table = context;
    if (table->format == FORMAT_TEXT)
        print_field_text(entry, table);
    else
        print_field_json(entry, !table->has_rows);
    table->has_rows = true;
}

static struct table make_table(const struct zjiot_protocol *protocol, enum format format) {
    return (struct table){.format = format, .is_json = protocol->json, .path_width = 5, .range_width = 5};
}

static void print_table_text(const struct zjiot_protocol *protocol, const struct zjiot_record *record,
                             const char *title) {
    struct table table = make_table(protocol, FORMAT_TEXT);
    fields_walk_record(record, FIELDS_PATTERN, measure_field, &table);
    if (!table.has_rows)
        return;
    printf("\n%s\n  %-*s  %-*s  %-10s  %-*s  %s\n", title, (int)table.path_width, "field", table.is_json ? 8 : 6,
           table.is_json ? "need" : "bytes", "type", (int)table.range_width, "range", "meaning");
    fields_walk_record(record, FIELDS_PATTERN, print_field, &table);
}

static void print_message_fields_text(const struct zjiot_message *message, bool with_header) {
    if (message->data.record->field_count == 0)
        puts("\nNo data.");
    print_table_text(message->protocol, message->data.record, "Data");
    for (size_t i = 0; i < message->header_count && with_header; i++) {
        const struct zjiot_record *record = message->headers[i].record;
        char title[256];
        const bool is_told = message->protocol->json || message->header_count > 1;
        snprintf(title, sizeof title, "Header%s%s", is_told ? ": " : "", is_told ? record->meaning : "");
        print_table_text(message->protocol, record, title);
    }
}

static void print_message_fields_json(const struct zjiot_message *message) {
    struct table table = make_table(message->protocol, FORMAT_JSON);
    fputs(",\n  \"fields\":[", stdout);
    fields_walk_record(message->data.record, FIELDS_PATTERN, print_field, &table);
    fputs("],\n  \"header\":[", stdout);
    table.has_rows = false;
    for (size_t i = 0; i < message->header_count; i++)
        fields_walk_record(message->headers[i].record, FIELDS_PATTERN, print_field, &table);
    putchar(']');
}

static bool print_message(const struct zjiot_protocol *protocol, const struct named *named, enum format format,
                          bool with_header) {
    struct zjiot_message message;
    struct zjiot_pool *pool;
    char key[KEY_SIZE];
    if (!message_prepare(protocol, named->record, &message, &pool))
        return false;
    if (format == FORMAT_JSON) {
        putchar('{');
        put_message_members(protocol, named);
        print_message_fields_json(&message);
        putchar('}');
        return true;
    }
    const char *answers = row_answers(named->record);
    key_text(named, key, sizeof key);
    const bool has_key = named->record->section[0] != '\0' || named->id_count > 0 || !protocol->json;
    printf("%s %s%s%s%s%s%s%s\n%s\n", protocol->name, named->full, row_way(named->direction),
           !has_key                            ? ""
           : named->record->section[0] != '\0' ? ", section "
                                               : ", id ",
           has_key ? key : "", answers[0] != '\0' ? ", " : "", answers,
           answers[0] == '\0'            ? ""
           : strcmp(answers, "one") == 0 ? " answer"
                                         : " answers",
           named->meaning);
    print_message_fields_text(&message, with_header);
    return true;
}

/* All messages of that name. As text the header they share stands once, behind the last. */
static int print_named(const struct selection *selection, enum format format) {
    struct named named;
    size_t left = 0, index = 0;
    for (size_t i = 0; selection_next(selection, &i, &named);)
        left++;
    for (size_t i = 0; selection_next(selection, &i, &named);) {
        left--;
        if (format == FORMAT_JSON)
            begin_entry(index++);
        if (!print_message(selection->protocol, &named, format, left == 0))
            return EXIT_INTERNAL;
        if (left > 0 && format == FORMAT_TEXT)
            putchar('\n');
    }
    if (format == FORMAT_JSON)
        end_list();
    return EXIT_OK;
}

/* --- What was asked for --- */

/* A form of an alias, such as vendor_error/short, is described as the rows that read it. */
static bool select_message(const struct invocation *invocation, struct selection *ret_selection) {
    const bool is_up = invocation->value[OPTION_UP] != NULL;
    *ret_selection = (struct selection){.direction = is_up ? ZJIOT_UP : ZJIOT_BOTH};
    if (invocation->operand_count > 2) {
        complain("one protocol and one message at a time");
        return false;
    }
    if (invocation->operand_count == 0)
        return true;
    ret_selection->protocol = protocol_named(invocation->operands[0]);
    if (ret_selection->protocol == NULL || invocation->operand_count == 1)
        return ret_selection->protocol != NULL;
    const struct zjiot_record *record =
        message_named(ret_selection->protocol, invocation->operands[1], ret_selection->direction);
    if (record == NULL)
        return false;
    struct named named;
    size_t at = 0;
    snprintf(ret_selection->name, sizeof ret_selection->name, "%s", invocation->operands[1]);
    if (!selection_next(ret_selection, &at, &named))
        snprintf(ret_selection->name, sizeof ret_selection->name, "%s/%s", record->name, record->variant);
    return true;
}

int run_describe(const struct invocation *invocation) {
    const enum format format = (enum format)invocation->choice[OPTION_OUTPUT];
    struct selection selection;
    if (!select_message(invocation, &selection))
        return EXIT_USAGE;
    switch (format) {
    case FORMAT_MARKDOWN:
        return reference_print(&selection);
    case FORMAT_SCHEMA:
        return schema_print(&selection);
    case FORMAT_ASYNCAPI:
        return asyncapi_print(&selection);
    default:
        break;
    }
    if (selection.name[0] != '\0')
        return print_named(&selection, format);
    if (selection.protocol == NULL)
        print_protocols(format);
    else
        print_messages(selection.protocol, format);
    return EXIT_OK;
}
