#include "braces.h"

#include <string.h>

static bool is_blank(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

bool braces_begin(const char *text, size_t size) {
    size_t at = 0;
    while (size > 0 && is_blank(text[size - 1]))
        size--;
    while (at < size && is_blank(text[at]))
        at++;
    const char *slash = memchr(text + at, '/', size - at);
    while (slash != NULL && at < size && !is_blank(text[at]) && text[at] != '{')
        at++; /* a topic */
    while (at < size && is_blank(text[at]))
        at++;
    return at < size && (text[at] == '{' || text[at] == '[') && (text[size - 1] == '{' || text[size - 1] == '[');
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

bool braces_open(struct braces *braces, const char *text, size_t size) {
    while (braces->seen < size) {
        const char *at = text + braces->seen;
        const size_t left = size - braces->seen;
        if (braces->within != '\0') {
            braces->seen += pass(braces, at, left);
            continue;
        }
        braces->seen++;
        if (*at == '"' || (*at == '/' && left > 1 && (at[1] == '/' || at[1] == '*') && braces->depth > 0))
            braces->within = *at == '"' ? '"' : at[1];
        else if (*at == '{' || *at == '[')
            braces->depth++;
        else if ((*at == '}' || *at == ']') && braces->depth > 0)
            braces->depth--;
    }
    return braces->depth > 0;
}
