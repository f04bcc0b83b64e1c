#include "braces.h"

#include <string.h>

#include "code.h"

static bool is_blank(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

/* Whether nothing but blanks and comments stands behind the last brace. */
static bool ends_with_brace(const char *text, size_t size) {
    size_t end = size;
    while (end > 0 && text[end - 1] != '{' && text[end - 1] != '[')
        end--;
    return end > 0 && code_skip(text + end, size - end) == size - end;
}

bool braces_begin(const char *text, size_t size) {
    size_t at = 0;
    while (at < size && is_blank(text[at]))
        at++;
    const char *slash = memchr(text + at, '/', size - at);
    while (slash != NULL && at < size && !is_blank(text[at]) && text[at] != '{')
        at++; /* a topic */
    while (at < size && is_blank(text[at]))
        at++;
    return at < size && (text[at] == '{' || text[at] == '[') && ends_with_brace(text, size);
}

/* Within a string or a comment; returns how many letters were passed. */
static size_t pass(struct braces *braces, const char *text, size_t size) {
    if (braces->within == '"') {
        if (text[0] == '\\' && size > 1)
            return 2;
        braces->within = text[0] == '"' ? '\0' : '"';
    } else if (braces->within == '/') {
        braces->within = text[0] == '\n' ? '\0' : '/';
    } else if (size > 1 && text[0] == '*' && text[1] == '/') {
        braces->within = '\0';
        return 2;
    }
    return 1;
}

/* Takes the next letter, or two of them. */
static void step(struct braces *braces, const char *text, size_t size) {
    const char *at = text + braces->seen;
    const size_t left = size - braces->seen;
    if (braces->within != '\0') {
        braces->seen += pass(braces, at, left);
        return;
    }
    braces->seen++;
    if (*at == '"' || (*at == '/' && left > 1 && (at[1] == '/' || at[1] == '*') && braces->depth > 0))
        braces->within = *at == '"' ? '"' : at[1];
    else if (*at == '{' || *at == '[')
        braces->depth++;
    else if ((*at == '}' || *at == ']') && braces->depth > 0)
        braces->depth--;
}

bool braces_open(struct braces *braces, const char *text, size_t size) {
    while (braces->seen < size)
        step(braces, text, size);
    return braces->depth > 0;
}

bool braces_alone(const char *text, size_t size) {
    struct braces braces = {.seen = code_skip(text, size)};
    do {
        if (braces.seen >= size)
            return false;
        step(&braces, text, size);
    } while (braces.depth > 0);
    return code_skip(text + braces.seen, size - braces.seen) == size - braces.seen;
}
