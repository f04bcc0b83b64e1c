#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "output.h"
#include "reading.h"
#include "values.h"

enum {
    BYTES_A_LINE = 8,
    BYTES_WIDTH = 3 * BYTES_A_LINE - 1,
    LEFT_WIDTH = 6 + 2 + BYTES_WIDTH + 2,
    TEXT_SIZE = VALUE_TEXT_SIZE + 64
};

struct explainer {
    bool json, show_secrets;
    bool has_spans;                  /* JSON: a comma is due */
    size_t field_width, value_width; /* text */
};

/* One line of the explanation. */
struct line {
    size_t offset, size;
    const uint8_t *bytes; /* of the line; NULL: not to be shown */
    const char *kind;     /* "field", "derived", "skipped", "?" */
    struct value value;   /* path "" where it is no field */
    const char *meaning;
};

/* --- Text --- */

/* Returns the columns used. */
static size_t print_bytes(const struct line *line, size_t from) {
    size_t count = line->size - from < BYTES_A_LINE ? line->size - from : BYTES_A_LINE;
    for (size_t i = 0; i < count; i++) {
        if (line->bytes != NULL)
            printf("%s%02x", i > 0 ? " " : "", line->bytes[from + i]);
        else
            printf("%s**", i > 0 ? " " : "");
    }
    return 3 * count - 1;
}

/* "Lamp on or off: On." */
static void put_meaning(const struct line *line, size_t indent) {
    char meaning[1024];
    size_t size = strlen(line->meaning);
    bool has_choice = line->value.meaning[0] != '\0';
    if (has_choice && size > 0 && line->meaning[size - 1] == '.')
        size--;
    snprintf(meaning, sizeof meaning, "%.*s%s%s", (int)size, line->meaning, has_choice ? ": " : "",
             line->value.meaning);
    put_wrapped(meaning, indent);
}

/* The value's column; bytes that are shown already are not repeated. Returns its width. */
static size_t line_text(const struct value *value, size_t size, char text[TEXT_SIZE]) {
    value_join(value, text, TEXT_SIZE);
    if (size > BYTES_A_LINE && strlen(value->text) >= 2 * size)
        snprintf(text, TEXT_SIZE, "(%s)", value->quality[0] != '\0' ? value->quality : "as they are");
    return text_columns(text, strlen(text));
}

static void print_right(const struct explainer *explainer, const struct line *line) {
    const struct value *value = &line->value;
    const char *path = value->path[0] != '\0' ? value->path : line->kind;
    size_t inset = line->size == 0 ? 2 : 0, path_columns = inset + strlen(path);
    char text[TEXT_SIZE];
    size_t columns = line_text(value, line->size, text);
    printf("%*s%s", (int)inset, "", path);
    put_padding(path_columns, explainer->field_width);
    printf("  %s", text);
    put_padding(columns, explainer->value_width);
    fputs("  ", stdout);
    size_t over = (path_columns > explainer->field_width ? path_columns - explainer->field_width : 0) +
                  (columns > explainer->value_width ? columns - explainer->value_width : 0);
    put_meaning(line, LEFT_WIDTH + explainer->field_width + 2 + explainer->value_width + 2 + over);
    putchar('\n');
}

static void print_line(const struct explainer *explainer, const struct line *line) {
    bool is_skipped = strcmp(line->kind, "skipped") == 0;
    size_t used = 0;
    if (is_skipped)
        fputs(colour(stdout, COLOUR_YELLOW), stdout);
    if (line->size > 0) {
        used = (size_t)printf("%6zu  ", line->offset);
        used += print_bytes(line, 0);
    }
    put_padding(used, LEFT_WIDTH);
    print_right(explainer, line);
    for (size_t at = BYTES_A_LINE; at < line->size; at += BYTES_A_LINE) {
        printf("%6zu  ", line->offset + at);
        print_bytes(line, at);
        putchar('\n');
    }
    if (is_skipped)
        fputs(colour(stdout, COLOUR_NONE), stdout);
}

/* --- JSON --- */

static void print_span(struct explainer *explainer, const struct line *line) {
    const struct value *value = &line->value;
    printf("%s\n  {\"offset\":%zu,\"size\":%zu,\"kind\":\"%s\"", explainer->has_spans ? "," : "", line->offset,
           line->size, line->kind);
    explainer->has_spans = true;
    if (line->size > 0) {
        fputs(",\"bytes\":\"", stdout);
        if (line->bytes != NULL)
            put_hex(line->bytes, line->size, "");
        else
            fputs("***", stdout);
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

static void put_line(struct explainer *explainer, const struct line *line) {
    if (explainer->json)
        print_span(explainer, line);
    else
        print_line(explainer, line);
}

/* --- Spans --- */

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

static void put_other(struct explainer *explainer, const struct result *result, size_t offset, size_t size,
                      const char *kind, const char *meaning) {
    if (size == 0)
        return;
    struct line line = {.offset = offset, .size = size, .kind = kind, .meaning = meaning};
    line.bytes = result->bytes - result->offset + offset;
    value_none("", &line.value);
    put_line(explainer, &line);
}

/* `cursor` is behind the bytes that were explained, the last of them from `shared` on. */
static void put_span(struct explainer *explainer, const struct result *result, const struct zjiot_span *span,
                     size_t cursor, size_t shared) {
    bool hides = (span->field->flags & ZJIOT_FIELD_SECRET) && !explainer->show_secrets;
    bool shares = span->size == 0 || span->offset < cursor;
    struct line line = {.offset = shares ? shared : span->offset, .size = shares ? 0 : span->size};
    line.meaning = span->field->meaning;
    line.kind = shares ? "derived" : "field";
    line.bytes = hides ? NULL : result->bytes - result->offset + span->offset;
    if (!value_read(span, explainer->show_secrets, &line.value))
        value_none(span->path, &line.value);
    put_line(explainer, &line);
}

static void measure(struct explainer *explainer, const struct result *result) {
    enum { FIELD_LEAST = 12, FIELD_MOST = 36, VALUE_LEAST = 8, VALUE_MOST = 28 };
    explainer->field_width = FIELD_LEAST;
    explainer->value_width = VALUE_LEAST;
    for (size_t i = 0; i < value_count(result->trace); i++) {
        const struct zjiot_span *span = &result->trace->items[i];
        struct value value;
        size_t field = strlen(span->path) + (span->size == 0 ? 2 : 0);
        if (field > explainer->field_width && field <= FIELD_MOST)
            explainer->field_width = field;
        if (!value_read(span, explainer->show_secrets, &value))
            continue;
        char text[TEXT_SIZE];
        size_t columns = line_text(&value, span->size, text);
        if (columns > explainer->value_width && columns <= VALUE_MOST)
            explainer->value_width = columns;
    }
}

/* Every byte of the frame once. */
static void put_frame(struct explainer *explainer, const struct result *result) {
    size_t count, cursor = result->offset, end = result->offset + result->size, shared = cursor;
    const struct zjiot_span **spans = sort_spans(result->trace, &count);
    for (size_t i = 0; i < count; i++) {
        const struct zjiot_span *span = spans[i];
        if (span->size > 0 && span->offset > cursor) {
            put_other(explainer, result, cursor, span->offset - cursor, "?", "Not explained.");
            cursor = span->offset;
        }
        put_span(explainer, result, span, cursor, shared);
        if (span->size > 0 && span->offset == cursor) {
            shared = cursor;
            cursor += span->size;
        }
    }
    put_other(explainer, result, cursor, end - cursor, "?", result->message ? "Not explained." : "Not decodable.");
    free(spans);
}

static void begin(struct explainer *explainer, const struct result *result) {
    if (explainer->json && result->first) {
        putchar('[');
        explainer->has_spans = false;
    } else if (!explainer->json) {
        static bool has_printed;
        if (has_printed)
            putchar('\n');
        has_printed = true;
    }
}

static void print_refusal(const struct result *result) {
    char label[256];
    input_label(result->text, label, sizeof label);
    printf("%s%s%snot decodable%s: %s\n", label, label[0] != '\0' ? ": " : "", colour(stdout, COLOUR_RED),
           colour(stdout, COLOUR_NONE), result->error->text);
}

static int explain_result(const struct result *result, void *context) {
    struct explainer *explainer = context;
    begin(explainer, result);
    if (!explainer->json) {
        measure(explainer, result);
        if (result->message != NULL)
            print_headline(result);
        else
            print_refusal(result);
    }
    put_other(explainer, result, result->offset - result->skipped_before, result->skipped_before, "skipped",
              "These belong to no frame.");
    put_frame(explainer, result);
    put_other(explainer, result, result->offset + result->size, result->skipped_after, "skipped",
              "These belong to no frame.");
    for (size_t i = 0; !explainer->json && i < result->report->count && i < result->report->capacity; i++)
        print_deviation(&result->report->items[i]);
    if (explainer->json && result->last)
        puts("\n]");
    return EXIT_OK;
}

int run_explain(const struct invocation *invocation) {
    struct explainer explainer = {
        .json = invocation->choice[OPTION_OUTPUT] == 1,
        .show_secrets = invocation->value[OPTION_SHOW_SECRETS] != NULL,
    };
    return reading_run(invocation, READING_TRACED, explain_result, &explainer);
}
