#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "fields.h"
#include "output.h"
#include "values.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN };

static const char *const kinds[] = {
    [ZJIOT_INT] = "integer",         [ZJIOT_HEXNUM] = "hex number", [ZJIOT_NAMED] = "name",
    [ZJIOT_REAL] = "number",         [ZJIOT_BOOL] = "true/false",   [ZJIOT_QUANTITY] = "quantity",
    [ZJIOT_CLOCK] = "clock",         [ZJIOT_LABEL] = "digits",      [ZJIOT_HEX] = "hex bytes",
    [ZJIOT_BYTES] = "hex bytes",     [ZJIOT_RECORD] = "record",     [ZJIOT_ARRAY] = "list",
    [ZJIOT_LIST] = "list",           [ZJIOT_TEXT] = "text",         [ZJIOT_TIME] = "time",
    [ZJIOT_MINUTE] = "hh:mm",        [ZJIOT_MONTH_DAY] = "mm-dd",   [ZJIOT_HEX_LIST] = "list of hex bytes",
    [ZJIOT_MEMBERS] = "JSON object",
};

/* --- Texts of a row --- */

/* What a user writes or reads there; a quantity says what of, so that its units can be guessed. */
static const char *type_text(const struct zjiot_field *field) {
    static const char *const quantities[] = {
        [ZJIOT_UNIT_ENERGY] = "energy", [ZJIOT_UNIT_POWER] = "power",  [ZJIOT_UNIT_VOLUME] = "volume",
        [ZJIOT_UNIT_FLOW] = "flow",     [ZJIOT_UNIT_ANY] = "quantity",
    };
    if (field->flags & ZJIOT_FIELD_COMPUTED)
        return "computed";
    return field->kind == ZJIOT_QUANTITY ? quantities[field->unit_class] : kinds[field->kind];
}

static void bytes_text(const struct zjiot_field *field, char *out, size_t size) {
    if (field->wire == ZJIOT_WIRE_BITS)
        snprintf(out, size, "%u bit%s", field->width, field->width == 1 ? "" : "s");
    else if (field->wire == ZJIOT_WIRE_REST)
        snprintf(out, size, "rest");
    else if (field->wire == ZJIOT_WIRE_NONE || field->size == 0)
        snprintf(out, size, "-");
    else
        snprintf(out, size, "%u", field->size);
}

static void id_text(const struct named *named, char *out, size_t size) {
    if (named->id_count == 0)
        snprintf(out, size, "-");
    else if (named->id_count > 1)
        snprintf(out, size, "%02" PRIx32 "-%02" PRIx32, named->first_id, named->first_id + named->id_count - 1);
    else
        snprintf(out, size, "%02" PRIx32, named->first_id);
}

/* A Markdown cell, in which | would end it. */
static void put_cell(const char *text) {
    fputs(" ", stdout);
    for (; *text != '\0'; text++)
        printf("%s%c", *text == '|' ? "\\" : "", *text);
    fputs(" |", stdout);
}

/* JSON is one document, a list, however many there are: what begins entry number `index` from 0. */
static void begin_entry(size_t index) {
    fputs(index == 0 ? "[\n  " : ",\n  ", stdout);
}

static void end_list(void) {
    puts("\n]");
}

/* --- Protocols --- */

static void print_protocol(const struct zjiot_protocol *protocol, enum format format, size_t index) {
    if (format == FORMAT_JSON) {
        begin_entry(index);
        putchar('{');
        put_json_member(true, "protocol", protocol->name);
        put_json_member(false, "title", protocol->title);
        put_json_member(false, "source", protocol->source);
        putchar('}');
    } else if (format == FORMAT_MARKDOWN) {
        putchar('|');
        put_cell(protocol->name);
        put_cell(protocol->title);
        put_cell(protocol->source);
        putchar('\n');
    } else {
        printf("%-9s %s (%s)\n", protocol->name, protocol->title, protocol->source);
    }
}

static void print_protocols(enum format format) {
    const struct zjiot_protocol *const *protocols = zjiot_protocols();
    if (format == FORMAT_MARKDOWN)
        puts("| protocol | title | source |\n|---|---|---|");
    for (size_t i = 0; protocols[i] != NULL; i++)
        print_protocol(protocols[i], format, i);
    if (format == FORMAT_JSON)
        end_list();
    else if (format == FORMAT_TEXT)
        puts("\nzjiotctl describe PROTO lists its messages.");
}

/* --- Messages of a protocol --- */

static void print_message_text(const struct named *named, size_t width) {
    char id[24];
    id_text(named, id, sizeof id);
    printf("%-*s  %-4s  %-13s  ", (int)width, named->full, direction_name(named->direction), id);
    put_wrapped(named->meaning, width + 2 + 4 + 2 + 13 + 2);
    putchar('\n');
}

static void put_message_members(const struct zjiot_protocol *protocol, const struct named *named) {
    put_json_member(true, "protocol", protocol->name);
    put_json_member(false, "message", named->name);
    if (named->record->variant[0] != '\0')
        put_json_member(false, "variant", named->record->variant);
    if (named->direction != ZJIOT_BOTH)
        put_json_member(false, "direction", direction_name(named->direction));
    printf(",\"id\":%" PRIu32 ",\"ids\":%" PRIu32, named->first_id, named->id_count);
    put_json_member(false, "meaning", named->meaning);
}

static void print_message_row(const struct zjiot_protocol *protocol, const struct named *named, enum format format,
                              size_t width, size_t index) {
    char id[24];
    if (format == FORMAT_TEXT) {
        print_message_text(named, width);
    } else if (format == FORMAT_JSON) {
        begin_entry(index);
        putchar('{');
        put_message_members(protocol, named);
        putchar('}');
    } else {
        id_text(named, id, sizeof id);
        putchar('|');
        put_cell(named->full);
        put_cell(direction_name(named->direction));
        put_cell(id);
        put_cell(named->meaning);
        putchar('\n');
    }
}

static void print_messages(const struct zjiot_protocol *protocol, enum format format) {
    size_t width = 0, index = 0;
    struct named named;
    for (size_t i = 0; named_next(protocol, &i, &named);) {
        size_t size = strlen(named.full);
        width = size > width ? size : width;
    }
    if (format == FORMAT_TEXT)
        printf("%s: %s (%s)\n\n%-*s  %-4s  %-13s  %s\n", protocol->name, protocol->title, protocol->source, (int)width,
               "message", "dir", "id (hex)", "meaning");
    else if (format == FORMAT_MARKDOWN)
        printf("## %s: %s\n\nSource: %s\n\n| message | direction | id (hex) | meaning |\n|---|---|---|---|\n",
               protocol->name, protocol->title, protocol->source);
    for (size_t i = 0; named_next(protocol, &i, &named);)
        print_message_row(protocol, &named, format, width, index++);
    if (format == FORMAT_JSON)
        end_list();
    else if (format == FORMAT_TEXT)
        printf("\nzjiotctl describe %s MESSAGE shows its fields.\n", protocol->name);
}

/* --- Fields of a message --- */

struct table {
    enum format format;
    bool header; /* which half is printed */
    bool has_rows;
    size_t path_width, range_width;
};

static void measure_field(const struct field_entry *entry, void *context) {
    struct table *table = context;
    char range[ZJIOT_EVIDENCE_SIZE];
    size_t path = strlen(entry->path);
    size_t columns = text_columns(range, zjiot_field_range(entry->field, range, sizeof range)) +
                     text_columns(entry->field->unit, strlen(entry->field->unit)) + 1;
    if (entry->is_header != table->header)
        return;
    table->has_rows = true;
    table->path_width = path > table->path_width ? path : table->path_width;
    if (entry->field->set == NULL && columns > table->range_width)
        table->range_width = columns;
}

/* "0..100 %"; the values of a set stand below their field. */
static size_t range_text(const struct zjiot_field *field, char *out, size_t size) {
    char range[ZJIOT_EVIDENCE_SIZE] = "";
    if (field->set == NULL)
        zjiot_field_range(field, range, sizeof range);
    snprintf(out, size, "%s%s%s", range, range[0] != '\0' && field->unit[0] != '\0' ? " " : "", field->unit);
    return text_columns(out, strlen(out));
}

static void print_choices_text(const struct zjiot_field *field, size_t indent) {
    for (const struct zjiot_choice *choice = field->set; choice != NULL && choice->name != NULL; choice++) {
        put_padding(0, indent);
        printf("%" PRId64, choice->low);
        if (choice->high != choice->low)
            printf("..%" PRId64, choice->high);
        bool adds = strncasecmp(choice->name, choice->meaning, strlen(choice->name)) != 0 ||
                    strcmp(choice->meaning + strlen(choice->name), ".") != 0;
        printf(" %s%s%s\n", choice->name, adds ? ": " : "", adds ? choice->meaning : "");
    }
}

static void print_field_text(const struct field_entry *entry, const struct table *table) {
    const struct zjiot_field *field = entry->field;
    char bytes[16], range[ZJIOT_EVIDENCE_SIZE + 32];
    bytes_text(field, bytes, sizeof bytes);
    size_t columns = range_text(field, range, sizeof range);
    printf("  %-*s  %-6s  %-10s  %s", (int)table->path_width, entry->path, bytes, type_text(field), range);
    put_padding(columns, table->range_width);
    fputs("  ", stdout);
    size_t indent = 2 + table->path_width + 2 + 6 + 2 + 10 + 2 + table->range_width + 2;
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
    if (field->wire == ZJIOT_WIRE_BITS)
        printf(",\"bits\":%u", field->width);
    else if (field->wire != ZJIOT_WIRE_NONE && field->wire != ZJIOT_WIRE_REST && field->size > 0)
        printf(",\"bytes\":%u", field->size);
    put_json_member(false, "type", type_text(field));
    if (zjiot_field_range(field, range, sizeof range) > 0)
        put_json_member(false, "range", range);
    if (field->unit[0] != '\0')
        put_json_member(false, "unit", field->unit);
    put_json_member(false, "meaning", field->meaning);
    if (field->set != NULL)
        print_choices_json(field);
    putchar('}');
}

static void print_field_markdown(const struct field_entry *entry) {
    const struct zjiot_field *field = entry->field;
    char bytes[16], range[ZJIOT_EVIDENCE_SIZE] = "";
    bytes_text(field, bytes, sizeof bytes);
    if (field->set == NULL)
        zjiot_field_range(field, range, sizeof range);
    putchar('|');
    put_cell(entry->path);
    put_cell(bytes);
    put_cell(type_text(field));
    put_cell(range);
    put_cell(field->unit);
    printf(" %s", field->meaning);
    for (const struct zjiot_choice *choice = field->set; choice != NULL && choice->name != NULL; choice++)
        printf(" %" PRId64 " %s%s", choice->low, choice->name, choice[1].name != NULL ? "," : ".");
    puts(" |");
}

static void print_field(const struct field_entry *entry, void *context) {
    struct table *table = context;
    if (entry->is_header != table->header)
        return;
    if (table->format == FORMAT_TEXT)
        print_field_text(entry, table);
    else if (table->format == FORMAT_JSON)
        print_field_json(entry, !table->has_rows);
    else
        print_field_markdown(entry);
    table->has_rows = true;
}

/* The fields of the data, or of the frame around them. */
static void print_half(const struct zjiot_message *message, enum format format, bool header) {
    struct table table = {.format = format, .header = header, .path_width = 5, .range_width = 5};
    fields_walk(message, FIELDS_PATTERN, measure_field, &table);
    if (format == FORMAT_JSON) {
        printf(",\n  \"%s\":[", header ? "header" : "fields");
    } else if (!table.has_rows) {
        puts(header ? "" : "\nNo data.");
        return;
    } else if (format == FORMAT_TEXT) {
        printf("\n%s\n  %-*s  %-6s  %-10s  %-*s  %s\n", header ? "Header" : "Data", (int)table.path_width, "field",
               "bytes", "type", (int)table.range_width, "range", "meaning");
    } else {
        printf("\n%s:\n\n| field | bytes | type | range | unit | meaning |\n|---|---|---|---|---|---|\n",
               header ? "Header" : "Data");
    }
    table.has_rows = false;
    fields_walk(message, FIELDS_PATTERN, print_field, &table);
    if (format == FORMAT_JSON)
        putchar(']');
}

static bool print_message(const struct zjiot_protocol *protocol, const struct named *named, enum format format,
                          bool with_header) {
    struct zjiot_message message;
    struct zjiot_pool *pool;
    char id[24];
    if (!message_prepare(protocol, named->record, &message, &pool))
        return false;
    id_text(named, id, sizeof id);
    const char *direction = named->direction == ZJIOT_DOWN ? ", to the device"
                            : named->direction == ZJIOT_UP ? ", from the device"
                                                           : "";
    if (format == FORMAT_JSON) {
        putchar('{');
        put_message_members(protocol, named);
    } else {
        printf("%s%s %s%s, id %s\n%s%s\n", format == FORMAT_MARKDOWN ? "### " : "", protocol->name, named->full,
               direction, id, format == FORMAT_MARKDOWN ? "\n" : "", named->meaning);
    }
    print_half(&message, format, false);
    if (with_header)
        print_half(&message, format, true);
    if (format == FORMAT_JSON)
        putchar('}');
    return true;
}

static size_t count_named(const struct zjiot_protocol *protocol, const char *name) {
    struct named named;
    size_t count = 0;
    for (size_t i = 0; named_next(protocol, &i, &named);)
        count += named_matches(&named, name);
    return count;
}

/* All messages of that name. As text the header they share stands once, behind the last. */
static int print_named(const struct zjiot_protocol *protocol, const char *name, enum format format) {
    struct named named;
    size_t left = count_named(protocol, name), index = 0;
    for (size_t i = 0; named_next(protocol, &i, &named);) {
        if (!named_matches(&named, name))
            continue;
        left--;
        if (format == FORMAT_JSON)
            begin_entry(index++);
        if (!print_message(protocol, &named, format, format == FORMAT_JSON || left == 0))
            return EXIT_INTERNAL;
        if (left > 0 && format != FORMAT_JSON)
            putchar('\n');
    }
    if (format == FORMAT_JSON)
        end_list();
    return EXIT_OK;
}

int run_describe(const struct invocation *invocation) {
    enum format format = (enum format)invocation->choice[OPTION_OUTPUT];
    if (invocation->operand_count > 2) {
        complain("one protocol and one message at a time");
        return EXIT_USAGE;
    }
    if (invocation->operand_count == 0) {
        print_protocols(format);
        return EXIT_OK;
    }
    const struct zjiot_protocol *protocol = protocol_named(invocation->operands[0]);
    if (protocol == NULL)
        return EXIT_USAGE;
    if (invocation->operand_count == 1) {
        print_messages(protocol, format);
        return EXIT_OK;
    }
    const struct zjiot_record *record = message_named(protocol, invocation->operands[1], ZJIOT_BOTH);
    if (record == NULL)
        return EXIT_USAGE;
    /* A form of an alias, such as vendor_error/short, is described as the rows that read it. */
    const bool is_named = count_named(protocol, invocation->operands[1]) > 0;
    char own[80];
    snprintf(own, sizeof own, "%s/%s", record->name, record->variant);
    return print_named(protocol, is_named ? invocation->operands[1] : own, format);
}
