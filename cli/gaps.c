#include "gaps.h"

#include <string.h>

static bool is_blank(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

static bool is_structure(char letter) {
    return letter == '{' || letter == '}' || letter == '[' || letter == ']' || letter == ',' || letter == ':';
}

static size_t blanks(const char *text, size_t size) {
    size_t at = 0;
    while (at < size && is_blank(text[at]))
        at++;
    return at;
}

/* With its quotes; 0: there is none. */
static size_t string_size(const char *text, size_t size) {
    size_t at = 1;
    if (size == 0 || text[0] != '"')
        return 0;
    while (at < size && text[at] != '"')
        at += text[at] == '\\' && at + 1 < size ? 2 : 1;
    return at < size ? at + 1 : size;
}

static size_t comment_size(const char *text, size_t size) {
    if (size < 2 || text[0] != '/' || (text[1] != '/' && text[1] != '*'))
        return 0;
    for (size_t at = 2; at < size; at++) {
        if (text[1] == '/' && text[at] == '\n')
            return at;
        if (text[1] == '*' && text[at] == '/' && text[at - 1] == '*' && at > 2)
            return at + 1;
    }
    return size;
}

/* A key with its colon, when its value is none of this piece: it opens a list or an object, stands behind a comment, or
 * was read; else 0. */
static size_t lone_key(const char *text, size_t size) {
    size_t at = string_size(text, size);
    if (at == 0)
        return 0;
    at += blanks(text + at, size - at);
    if (at == size || text[at] != ':')
        return 0;
    at++;
    at += blanks(text + at, size - at);
    const bool has_value = at < size && text[at] != '{' && text[at] != '[' && comment_size(text + at, size - at) == 0;
    return has_value ? 0 : at;
}

static size_t punctuation_size(const char *text, size_t size) {
    size_t at = 0;
    while (at < size) {
        const size_t key = lone_key(text + at, size - at);
        if (key == 0 && !is_blank(text[at]) && !is_structure(text[at]))
            break;
        at += key > 0 ? key : 1;
    }
    return at;
}

/* "key": value, or a value alone. */
static size_t other_size(const char *text, size_t size) {
    size_t at = 0;
    while (at < size && text[at] != ',' && text[at] != '}' && text[at] != ']') {
        const size_t string = string_size(text + at, size - at);
        at += string > 0 ? string : 1;
    }
    while (at > 1 && is_blank(text[at - 1]))
        at--;
    return at > 0 ? at : 1;
}

/* The quote that begins or ends a string with values in it, and blanks there. */
static size_t quote_size(const char *text, size_t size, bool in_string) {
    if (in_string)
        return text[0] == '"' || is_blank(text[0]) ? 1 : 0;
    return text[0] == '"' && memchr(text + 1, '"', size - 1) == NULL ? 1 : 0;
}

size_t gap_piece(const char *text, size_t size, bool in_string, enum gap_kind *ret_kind) {
    size_t piece = quote_size(text, size, in_string);
    *ret_kind = GAP_PUNCTUATION;
    if (piece > 0)
        return piece;
    if (in_string) {
        const char *quote = memchr(text, '"', size);
        *ret_kind = GAP_OTHER;
        return quote != NULL ? (size_t)(quote - text) : size;
    }
    piece = comment_size(text, size);
    *ret_kind = GAP_COMMENT;
    if (piece > 0)
        return piece;
    piece = punctuation_size(text, size);
    *ret_kind = piece > 0 ? GAP_PUNCTUATION : GAP_OTHER;
    return piece > 0 ? piece : other_size(text, size);
}

bool gap_is_comma(const char *text, size_t size) {
    const char *comma = memchr(text, ',', size);
    return comma != NULL && blanks(text, size) == (size_t)(comma - text) &&
           blanks(comma + 1, size - (size_t)(comma - text) - 1) == size - (size_t)(comma - text) - 1;
}
