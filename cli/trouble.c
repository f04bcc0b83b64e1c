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

void tell_column(const struct input_text *text, const struct zjiot_error *error) {
    char label[LABEL_SIZE];
    size_t column = error->offset < text->size ? error->offset : text->size;
    complain("%scolumn %zu: %s", prefix(text, label), text_columns(text->text, column) + 1, error->text);
    size_t end, start = window(text->text, text->size, column, &end);
    const char *cut = start > 0 ? "..." : "";
    fprintf(stderr, "  %s", cut);
    for (size_t i = start; i < end; i++)
        putc(iscntrl((unsigned char)text->text[i]) ? ' ' : text->text[i], stderr);
    fprintf(stderr, "%s\n  %*s%s^%s\n", end < text->size ? "..." : "",
            (int)(strlen(cut) + text_columns(text->text + start, column - start)), "", colour(stderr, COLOUR_RED),
            colour(stderr, COLOUR_NONE));
}

static size_t collect_digits(const struct payload *payload, char *digits, size_t capacity) {
    size_t count = 0;
    for (size_t i = 0; i < payload->part_size; i++) {
        if (!isxdigit((unsigned char)payload->part[i]))
            continue;
        if (count == capacity)
            return 0;
        digits[count++] = payload->part[i];
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
