#include "trouble.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "output.h"
#include "zjiot/decode.h"

enum { LABEL_SIZE = 256 };

/* "line 3: " or "". */
static const char *prefix(const struct input_text *text, char *out) {
    input_label(text, out, LABEL_SIZE - 2);
    if (out[0] != '\0')
        strcat(out, ": ");
    return out;
}

/* The library's sentence begins with the path, which stands in front of it here. */
static const char *sentence(const struct zjiot_error *error) {
    size_t size = strlen(error->path);
    bool repeats = size > 0 && strncmp(error->text, error->path, size) == 0 && error->text[size] == ':';
    const char *text = error->text + (repeats ? size + 1 : 0);
    return text + strspn(text, " ");
}

void tell_error(const struct input_text *text, const struct zjiot_error *error) {
    char label[LABEL_SIZE];
    if (error->path[0] != '\0')
        complain("%sbyte %zu (%s): %s", prefix(text, label), error->offset, error->path, sentence(error));
    else
        complain("%sbyte %zu: %s", prefix(text, label), error->offset, error->text);
}

void tell_frame(const struct input_text *text, size_t number, const struct zjiot_outcome *frame) {
    const struct zjiot_error *error = frame->error;
    char label[LABEL_SIZE], place[ZJIOT_PATH_SIZE + 4] = "";
    if (error->path[0] != '\0')
        snprintf(place, sizeof place, " (%s)", error->path);
    complain("%sframes[%zu]: %s %zu%s: %s", prefix(text, label), number, frame->is_text ? "column" : "byte",
             error->offset + frame->is_text, place, sentence(error));
}

void tell(const struct input_text *text, const char *note) {
    char label[LABEL_SIZE];
    complain("%s%s", prefix(text, label), note);
}

/* The part of the text that is worth showing around `column`, as one line. */
static size_t window(const char *text, size_t size, size_t column, size_t *ret_end) {
    enum { BEFORE = 60, AFTER = 20, WHOLE = 100 };
    size_t start = column, end = column;
    while (start > 0 && text[start - 1] != '\n')
        start--;
    while (end < size && text[end] != '\n')
        end++;
    if (end - start > WHOLE) {
        if (column - start > BEFORE)
            start = column - BEFORE;
        if (end - column > AFTER)
            end = column + AFTER;
        while (start < column && ((unsigned char)text[start] & 0xc0) == 0x80)
            start++;
    }
    *ret_end = end;
    return start;
}

/* Where in its source: "frames.txt:3: column 5", or "line 3, column 5" of an argument with several lines. */
static void tell_place(const struct input_text *text, size_t at, const char *what) {
    char label[LABEL_SIZE], line[32] = "";
    struct input_text there = *text;
    const char *start = text->text - text->indent;
    size_t lines = 0;
    for (const char *letter = text->text; letter < text->text + at; letter++) {
        if (*letter == '\n') {
            start = letter + 1;
            lines++;
        }
    }
    if (text->is_line)
        there.number += lines;
    else if (lines > 0)
        snprintf(line, sizeof line, "line %zu, ", lines + 1);
    complain("%s%scolumn %zu: %s", prefix(&there, label), line,
             text_columns(start, (size_t)(text->text + at - start)) + 1, what);
}

void tell_column(const struct input_text *text, const struct zjiot_error *error) {
    size_t column = error->offset < text->size ? error->offset : text->size;
    tell_place(text, column, error->text);
    size_t end, start = window(text->text, text->size, column, &end);
    const char *cut = start > 0 && text->text[start - 1] != '\n' ? "..." : "";
    const char *rest = end < text->size && text->text[end] != '\n' ? "..." : "";
    fprintf(stderr, "  %s", cut);
    for (size_t i = start; i < end; i++)
        putc(iscntrl((unsigned char)text->text[i]) ? ' ' : text->text[i], stderr);
    fprintf(stderr, "%s\n  %*s%s^%s\n", rest, (int)(strlen(cut) + text_columns(text->text + start, column - start)), "",
            colour(stderr, COLOUR_RED), colour(stderr, COLOUR_NONE));
}

/* The digits without what stands between them and without prefixes; 0 when there are too many. */
static size_t collect_digits(const struct payload *payload, char *digits, size_t capacity) {
    const char *text = payload->part;
    const size_t size = payload->part_size;
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        const bool is_prefix = i + 1 < size && (text[i] == '0' || text[i] == '\\') && (text[i + 1] | 0x20) == 'x';
        const bool is_single = is_prefix && i + 2 < size && isxdigit((unsigned char)text[i + 2]) &&
                               (i + 3 == size || !isxdigit((unsigned char)text[i + 3]));
        if (!isxdigit((unsigned char)text[i]) || (is_prefix && !is_single))
            continue; /* the 0 of 0x5 stays: it is the byte 05 */
        if (count == capacity)
            return 0;
        digits[count++] = text[i];
    }
    return count;
}

void tell_proposals(const struct payload *payload, const struct zjiot_protocol *protocol) {
    enum { MOST = 32 };
    char digits[ZJIOT_PROPOSAL_DIGITS];
    struct zjiot_proposal proposals[MOST];
    size_t count = collect_digits(payload, digits, sizeof digits);
    size_t fits = zjiot_propose(protocol, digits, count, proposals, MOST);
    if (fits == 0)
        return;
    complain("with one digit put back it would be a whole frame; %zu fit, none was taken%s:", fits,
             proposals[0].confirmed ? "" : " (a placeholder stands for the checksum that could tell them apart)");
    for (size_t i = 0; i < fits && i < MOST; i++) {
        const struct zjiot_proposal *proposal = &proposals[i];
        fprintf(stderr, "  %.*s%s%c%s%.*s  (digit %zu is '%c': %s%s%s)\n", (int)proposal->column, digits,
                colour(stderr, COLOUR_YELLOW), proposal->digit, colour(stderr, COLOUR_NONE),
                (int)(count - proposal->column), digits + proposal->column, proposal->column + 1, proposal->digit,
                proposal->protocol->name, proposal->device != NULL ? ", " : "",
                proposal->device != NULL ? proposal->device : "");
    }
    if (fits > MOST)
        fprintf(stderr, "  ... and %zu more\n", fits - MOST);
}
