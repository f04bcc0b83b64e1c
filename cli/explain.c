#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "braces.h"
#include "commands.h"
#include "gaps.h"
#include "output.h"
#include "reading.h"
#include "values.h"

enum {
    BYTES_A_LINE = 8,
    BYTES_WIDTH = 3 * BYTES_A_LINE - 1,
    LETTERS_WIDTH = 36, /* of JSON, which is shown as it is */
    PLACE_WIDTH = 6 + 2,
    TEXT_SIZE = VALUE_TEXT_SIZE + 256
};

enum { FIELD_LEAST = 12, FIELD_MOST = 36, VALUE_LEAST = 8, VALUE_MOST = 28 }; /* widths of columns */

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV };

struct explainer {
    enum format format;
    struct zjiot_options options;
    size_t records;
    bool has_spans;                  /* JSON: a comma is due */
    size_t field_width, value_width; /* text */
    const uint8_t *base;             /* what the places of this record count in */
    size_t base_size;
    bool is_text;    /* and it is JSON */
    bool has_secret; /* the frame may, so that gaps in it are not shown */
    struct braces braces;
};

/* One line of the explanation. */
struct line {
    size_t offset, size;
    const uint8_t *bytes; /* of the line; NULL: not to be shown */
    size_t comma;         /* text: bytes behind it that only separate it from the next line */
    const char *kind;     /* "field", "derived", "punctuation", "comment", "skipped", "?" */
    struct value value;   /* path "" where it is no field */
    const char *meaning;
};

/* --- Text --- */

/* The part of a JSON text from `from` on that fits a line: whole letters only. */
static size_t letters_fitting(const struct line *line, size_t from) {
    const char *text = (const char *)line->bytes + from;
    const size_t left = line->size + line->comma - from;
    size_t size = 0;
    for (size_t columns = 0; size < left;) {
        size_t letter = 1;
        while (size + letter < left && (text[size + letter] & 0xC0) == 0x80)
            letter++;
        columns += text_columns(text + size, letter);
        if (columns > LETTERS_WIDTH)
            break;
        size += letter;
    }
    return size;
}

/* Returns the columns used, and how many bytes they show. */
static size_t print_letters(const struct line *line, size_t from, size_t *ret_shown) {
    if (line->bytes == NULL) {
        *ret_shown = line->size + line->comma;
        return (size_t)printf("***");
    }
    const size_t count = letters_fitting(line, from);
    const char *text = (const char *)line->bytes + from;
    char shown[8 * LETTERS_WIDTH];
    snprintf(shown, sizeof shown, "%.*s", (int)count, text);
    put_plain(shown);
    *ret_shown = count;
    return text_columns(text, count);
}

/* Returns the columns used, and how many bytes they show. */
static size_t print_bytes(const struct line *line, size_t from, size_t *ret_shown) {
    size_t count = line->size - from < BYTES_A_LINE ? line->size - from : BYTES_A_LINE;
    for (size_t i = 0; i < count; i++) {
        if (line->bytes != NULL)
            printf("%s%02x", i > 0 ? " " : "", line->bytes[from + i]);
        else
            printf("%s**", i > 0 ? " " : "");
    }
    *ret_shown = count;
    return 3 * count - 1;
}

static size_t print_left(const struct explainer *explainer, const struct line *line, size_t from, size_t *ret_shown) {
    const size_t place = (size_t)printf("%6zu  ", line->offset + from);
    return place + (explainer->is_text ? print_letters(line, from, ret_shown) : print_bytes(line, from, ret_shown));
}

static size_t left_width(const struct explainer *explainer) {
    return PLACE_WIDTH + (explainer->is_text ? LETTERS_WIDTH : BYTES_WIDTH) + 2;
}

/* "Lamp on or off: On." */
static void put_meaning(const struct line *line, size_t indent) {
    char meaning[1280];
    size_t size = strlen(line->meaning);
    bool has_choice = line->value.meaning[0] != '\0';
    if (has_choice && size > 0 && line->meaning[size - 1] == '.')
        size--;
    snprintf(meaning, sizeof meaning, "%.*s%s%s", (int)size, line->meaning, has_choice ? ": " : "",
             line->value.meaning);
    put_wrapped(meaning, indent);
}

/* The value's column; bytes that are shown already are not repeated, nor is a text of JSON. Returns its width. */
static size_t line_text(const struct explainer *explainer, const struct value *value, size_t size,
                        char text[TEXT_SIZE]) {
    value_join(value, text, TEXT_SIZE);
    if (explainer->is_text && size > LETTERS_WIDTH && text_columns(value->text, strlen(value->text)) > VALUE_MOST)
        snprintf(text, TEXT_SIZE, "(as it is)");
    if (!explainer->is_text && size > BYTES_A_LINE && strlen(value->text) >= 2 * size)
        snprintf(text, TEXT_SIZE, "(%s)", value->quality[0] != '\0' ? value->quality : "as they are");
    return text_columns(text, strlen(text));
}

static void print_right(const struct explainer *explainer, const struct line *line) {
    const struct value *value = &line->value;
    const char *path = value->path[0] != '\0' ? value->path : line->kind;
    size_t inset = line->size == 0 ? 2 : 0, path_columns = inset + strlen(path);
    char text[TEXT_SIZE];
    size_t columns = line_text(explainer, value, line->size, text);
    printf("%*s%s", (int)inset, "", path);
    put_padding(path_columns, explainer->field_width);
    fputs("  ", stdout);
    put_plain(text);
    put_padding(columns, explainer->value_width);
    fputs("  ", stdout);
    size_t over = (path_columns > explainer->field_width ? path_columns - explainer->field_width : 0) +
                  (columns > explainer->value_width ? columns - explainer->value_width : 0);
    put_meaning(line, left_width(explainer) + explainer->field_width + 2 + explainer->value_width + 2 + over);
    putchar('\n');
}

static void print_line(const struct explainer *explainer, const struct line *line) {
    const bool is_skipped = strcmp(line->kind, "skipped") == 0, is_quiet = strcmp(line->kind, "punctuation") == 0;
    size_t used = 0, shown = 0;
    if (is_skipped || is_quiet)
        fputs(colour(stdout, is_skipped ? COLOUR_YELLOW : COLOUR_DIM), stdout);
    if (line->size > 0)
        used = print_left(explainer, line, 0, &shown);
    if (!is_quiet) {
        put_padding(used, left_width(explainer));
        print_right(explainer, line);
    } else {
        putchar('\n');
    }
    for (size_t at = shown; at < line->size + line->comma; at += shown) {
        print_left(explainer, line, at, &shown);
        putchar('\n');
    }
    if (is_skipped || is_quiet)
        fputs(colour(stdout, COLOUR_NONE), stdout);
}

/* --- JSON --- */

static void print_span(struct explainer *explainer, const struct line *line) {
    const struct value *value = &line->value;
    printf("%s%s{\"offset\":%zu,\"size\":%zu,\"kind\":\"%s\"", explainer->has_spans ? "," : "",
           explainer->format == FORMAT_JSON ? "\n    " : "", line->offset, line->size, line->kind);
    explainer->has_spans = true;
    if (line->size > 0) {
        printf(",\"%s\":\"", explainer->is_text ? "text" : "bytes");
        if (line->bytes == NULL)
            fputs("***", stdout);
        else if (explainer->is_text)
            put_json_letters((const char *)line->bytes, line->size);
        else
            put_hex(line->bytes, line->size, "");
        putchar('"');
    }
    if (value->path[0] != '\0')
        put_json_member(false, "path", value->path);
    if (value->text[0] != '\0')
        put_json_member(false, "value", value->text);
    if (value->unit[0] != '\0')
        put_json_member(false, "unit", value->unit);
    if (value->choice[0] != '\0')
        put_json_member(false, "name", value->choice);
    if (value->quality[0] != '\0')
        put_json_member(false, "quality", value->quality);
    put_json_member(false, "meaning", line->meaning);
    putchar('}');
}

/* --- CSV: a row for each line, then for what is wrong elsewhere --- */

static void print_row(const struct explainer *explainer, const struct result *result, const struct line *line,
                      const char *deviation) {
    const struct value *value = &line->value;
    put_csv_start(explainer->records, result);
    printf(",%zu,%zu,%s,", line->offset, line->size, line->kind);
    if (line->size > 0 && line->bytes == NULL)
        fputs("***", stdout);
    else if (line->size > 0 && explainer->is_text)
        put_csv_letters((const char *)line->bytes, line->size);
    else if (line->size > 0)
        put_hex(line->bytes, line->size, "");
    const char *columns[] = {value->path,    value->text, value->unit,  value->choice,
                             value->quality, deviation,   line->meaning};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        put_csv_next(columns[i]);
    fputs("\r\n", stdout);
}

static void print_line_row(const struct explainer *explainer, const struct result *result, const struct line *line) {
    char codes[CODES_SIZE] = "";
    if (line->value.path[0] != '\0')
        deviation_codes(result->report, line->value.path, codes, sizeof codes);
    print_row(explainer, result, line, strcmp(line->kind, "skipped") == 0 ? zjiot_code_name(ZJIOT_SKIPPED) : codes);
}

/* The error, and deviations that stand at no line. */
static void print_other_rows(const struct explainer *explainer, const struct result *result) {
    const struct zjiot_report *report = result->report;
    struct line line = {.kind = "error"};
    if (result->error != NULL) {
        value_none(result->error->path, &line.value);
        line.offset = result->error->offset;
        line.meaning = result->error->text;
        snprintf(line.value.text, sizeof line.value.text, "%s", zjiot_code_name(result->error->code));
        print_row(explainer, result, &line, "");
    }
    line.kind = "deviation";
    for (size_t i = 0; i < report->count && i < report->capacity; i++) {
        const struct zjiot_deviation *deviation = &report->items[i];
        if (deviation->code == ZJIOT_SKIPPED || has_value_at(result, deviation->path))
            continue;
        value_none(deviation->path, &line.value);
        line.offset = deviation->offset;
        line.meaning = deviation->expected;
        snprintf(line.value.text, sizeof line.value.text, "%s", deviation->found);
        print_row(explainer, result, &line, zjiot_code_name(deviation->code));
    }
}

static void put_line(struct explainer *explainer, const struct result *result, const struct line *line) {
    if (explainer->format == FORMAT_TEXT)
        print_line(explainer, line);
    else if (explainer->format == FORMAT_CSV)
        print_line_row(explainer, result, line);
    else
        print_span(explainer, line);
}

/* --- Lines --- */

/* In the order of the bytes. What is derived from bytes stands behind them, before those that follow. */
static int compare_spans(const void *a, const void *b) {
    const struct zjiot_span *left = *(const struct zjiot_span *const *)a, *right = *(const struct zjiot_span *const *)b;
    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    if ((left->size == 0) != (right->size == 0))
        return left->size == 0 ? -1 : 1;
    return left < right ? -1 : left > right; /* as the library had them */
}

static const struct zjiot_span **sort_spans(const struct zjiot_trace *trace, size_t *ret_count) {
    *ret_count = value_count(trace);
    const struct zjiot_span **spans = must(calloc(*ret_count + 1, sizeof *spans));
    for (size_t i = 0; i < *ret_count; i++)
        spans[i] = &trace->items[i];
    qsort(spans, *ret_count, sizeof *spans, compare_spans);
    return spans;
}

/* What the places of a record count in: its input, or the text that was in it. */
static void find_base(struct explainer *explainer, const struct result *result) {
    const struct zjiot_bytes *opened = &result->trace->opened;
    const bool is_opened = result->message != NULL && opened->data != NULL;
    explainer->base = is_opened ? opened->data : result->bytes - result->offset;
    explainer->braces = (struct braces){.seen = is_opened ? 0 : result->offset};
    explainer->has_secret = zjiot_may_hold_secret(result->bytes, result->size, NULL);
    explainer->base_size = is_opened ? opened->size : result->offset + result->size;
    explainer->is_text = result->protocol != NULL && result->protocol->json &&
                         is_utf8(explainer->base + (is_opened ? 0 : result->offset),
                                 explainer->base_size - (is_opened ? 0 : result->offset));
}

static void put_other(struct explainer *explainer, const struct result *result, size_t offset, size_t size,
                      const char *kind, const char *meaning) {
    if (size == 0)
        return;
    struct line line = {.offset = offset, .size = size, .kind = kind, .meaning = meaning};
    const uint8_t *bytes = explainer->base + offset;
    const bool is_frame = offset >= result->offset && offset < result->offset + result->size;
    const bool hides = is_frame ? explainer->has_secret : zjiot_may_hold_secret(bytes, size, NULL);
    line.bytes = hides && strcmp(kind, "punctuation") != 0 && !explainer->options.show_secrets ? NULL : bytes;
    value_none("", &line.value);
    put_line(explainer, result, &line);
}

/* Why what stands there was not read, as far as the report says it: the deviation in it, or the member around it that
 * is in no row. `gap` is where the bytes begin that were not read. */
static void tell_unread(const struct result *result, size_t gap, size_t offset, size_t size, char meaning[TEXT_SIZE]) {
    const struct zjiot_report *report = result->report;
    snprintf(meaning, TEXT_SIZE, "Not explained.");
    for (size_t i = 0; i < report->count && i < report->capacity; i++) {
        const struct zjiot_deviation *item = &report->items[i];
        if (item->offset < gap || item->offset >= offset + size)
            continue;
        if (item->code == ZJIOT_EXTRA)
            snprintf(meaning, TEXT_SIZE, "No such member.");
        else if (item->offset >= offset && item->code != ZJIOT_MISSING)
            snprintf(meaning, TEXT_SIZE, "Not read: found %s, expected %s.", item->found, item->expected);
    }
}

/* What lies between two members of a JSON text. */
static void put_gap(struct explainer *explainer, const struct result *result, size_t offset, size_t size) {
    static const char *const kinds[] = {"punctuation", "comment", "?"};
    const size_t gap = offset;
    while (size > 0) {
        char meaning[TEXT_SIZE] = "";
        enum gap_kind kind;
        braces_open(&explainer->braces, (const char *)explainer->base, offset);
        const bool in_string = explainer->braces.within == '"'; /* values may stand within one, such as hex */
        const size_t piece = gap_piece((const char *)explainer->base + offset, size, in_string, &kind);
        if (kind == GAP_OTHER)
            tell_unread(result, gap, offset, piece, meaning);
        put_other(explainer, result, offset, piece, kinds[kind], kind == GAP_COMMENT ? "A comment." : meaning);
        offset += piece;
        size -= piece;
    }
}

static void put_between(struct explainer *explainer, const struct result *result, size_t offset, size_t size) {
    if (result->message == NULL)
        put_other(explainer, result, offset, size, "?", "Not decodable.");
    else if (explainer->is_text)
        put_gap(explainer, result, offset, size);
    else
        put_other(explainer, result, offset, size, "?", "Not explained.");
}

/* `cursor` is behind the bytes that were explained, the last of them from `shared` on; `comma` bytes go with it. */
static void put_span(struct explainer *explainer, const struct result *result, const struct zjiot_span *span,
                     size_t cursor, size_t shared, size_t comma) {
    bool hides = (span->field->flags & ZJIOT_FIELD_SECRET) && !explainer->options.show_secrets;
    bool shares = span->size == 0 || span->offset < cursor;
    struct line line = {.offset = shares ? shared : span->offset, .size = shares ? 0 : span->size};
    line.comma = comma;
    line.meaning = span->field->meaning;
    line.kind = shares ? "derived" : "field";
    line.bytes = hides ? NULL : explainer->base + span->offset;
    if (!value_read(span, explainer->options.show_secrets, &line.value))
        value_none(span->path, &line.value);
    put_line(explainer, result, &line);
}

static void measure(struct explainer *explainer, const struct result *result) {
    explainer->field_width = FIELD_LEAST;
    explainer->value_width = VALUE_LEAST;
    for (size_t i = 0; i < value_count(result->trace); i++) {
        const struct zjiot_span *span = &result->trace->items[i];
        struct value value;
        size_t field = strlen(span->path) + (span->size == 0 ? 2 : 0);
        if (field > explainer->field_width && field <= FIELD_MOST)
            explainer->field_width = field;
        if (!value_read(span, explainer->options.show_secrets, &value))
            continue;
        char text[TEXT_SIZE];
        size_t columns = line_text(explainer, &value, span->size, text);
        if (columns > explainer->value_width && columns <= VALUE_MOST)
            explainer->value_width = columns;
    }
}

/* Text: a comma behind a member of JSON stands in its line. Returns the bytes it takes. */
static size_t find_comma(const struct explainer *explainer, const struct zjiot_span *const *spans, size_t count,
                         size_t at) {
    const size_t end = spans[at]->offset + spans[at]->size;
    size_t next = at + 1;
    while (next < count && spans[next]->size == 0) /* derived ones stand nowhere */
        next++;
    if (explainer->format != FORMAT_TEXT || !explainer->is_text || next >= count || spans[next]->offset <= end)
        return 0;
    const size_t gap = spans[next]->offset - end;
    return gap_is_comma((const char *)explainer->base + end, gap) ? gap : 0;
}

/* Every byte of the frame once. */
static void put_frame(struct explainer *explainer, const struct result *result) {
    const bool is_opened = result->message != NULL && result->trace->opened.data != NULL;
    size_t count, cursor = is_opened ? 0 : result->offset, shared = cursor;
    const struct zjiot_span **spans = sort_spans(result->trace, &count);
    for (size_t i = 0; i < count; i++) {
        const struct zjiot_span *span = spans[i];
        if (span->size > 0 && span->offset > cursor) {
            put_between(explainer, result, cursor, span->offset - cursor);
            cursor = span->offset;
        }
        const bool takes = span->size > 0 && span->offset == cursor;
        const size_t comma = takes ? find_comma(explainer, spans, count, i) : 0;
        put_span(explainer, result, span, cursor, shared, comma);
        if (takes) {
            shared = cursor;
            cursor += span->size + comma;
        }
    }
    put_between(explainer, result, cursor, explainer->base_size - cursor);
    free(spans);
}

static void print_refusal(const struct result *result) {
    char label[256];
    input_label(result->text, label, sizeof label);
    printf("%s%s%snot decodable%s: %s\n", label, label[0] != '\0' ? ": " : "", colour(stdout, COLOUR_RED),
           colour(stdout, COLOUR_NONE), result->error->text);
}

/* Next to JSON may stand bytes that are no text. */
static void put_skipped(struct explainer *explainer, const struct result *result, size_t offset, size_t size) {
    const bool is_text = explainer->is_text;
    explainer->is_text = is_text && is_utf8(result->bytes - result->offset + offset, size);
    put_other(explainer, result, offset, size, "skipped", "These belong to no frame.");
    explainer->is_text = is_text;
}

/* The frame, and what was passed over around it. */
static void put_lines(struct explainer *explainer, const struct result *result) {
    put_skipped(explainer, result, result->offset - result->skipped_before, result->skipped_before);
    put_frame(explainer, result);
    put_skipped(explainer, result, result->offset + result->size, result->skipped_after);
}

static void explain_text(struct explainer *explainer, const struct result *result) {
    if (explainer->records > 1)
        putchar('\n');
    measure(explainer, result);
    if (result->message != NULL)
        print_headline(result);
    else
        print_refusal(result);
    if (result->message != NULL && result->trace->opened.data != NULL)
        puts("  The body was opened; places are those of the JSON text in it.");
    put_lines(explainer, result);
    for (size_t i = 0; i < result->report->count && i < result->report->capacity; i++)
        print_deviation(&result->report->items[i]);
}

static void add_spans(const struct result *result, bool pretty, void *context) {
    struct explainer *explainer = context;
    explainer->has_spans = false;
    if (result->message != NULL && result->trace->opened.data != NULL)
        printf("\"opened\"%s%zu,%s", pretty ? ": " : ":", explainer->base_size, pretty ? "\n  " : "");
    fputs(pretty ? "\"spans\": [" : "\"spans\":[", stdout);
    put_lines(explainer, result);
    fputs(pretty ? "\n  ]" : "]", stdout);
}

static int explain_result(const struct result *result, void *context) {
    struct explainer *explainer = context;
    explainer->records++;
    find_base(explainer, result);
    switch (explainer->format) {
    case FORMAT_TEXT:
        explain_text(explainer, result);
        break;
    case FORMAT_JSON:
    case FORMAT_JSONL:
        print_document(result, &explainer->options, explainer->format == FORMAT_JSON, add_spans, explainer);
        break;
    case FORMAT_CSV:
        put_lines(explainer, result);
        print_other_rows(explainer, result);
        break;
    }
    return EXIT_OK;
}

int run_explain(const struct invocation *invocation) {
    struct explainer explainer = {
        .format = (enum format)invocation->choice[OPTION_OUTPUT],
        .options = reading_options(invocation),
    };
    if (explainer.format == FORMAT_CSV)
        fputs(CSV_START ",offset,size,kind,bytes,path,value,unit,name,quality,deviation,meaning\r\n", stdout);
    return reading_run(invocation, READING_TRACED, explain_result, &explainer);
}
