#include "code.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_one_of(const char *letters, char letter) {
    return letter != '\0' && strchr(letters, letter) != NULL;
}

/* Size of the comment that starts here, without its line end; 0: there is none, SIZE_MAX: it does not end. */
static size_t comment_size(const char *text, size_t size) {
    const bool is_block = size >= 2 && text[0] == '/' && text[1] == '*';
    const bool is_fence = size >= 3 && memcmp(text, "```", 3) == 0; /* of Markdown */
    const bool is_line = size >= 1 && (text[0] == '#' || is_fence || (size >= 2 && text[0] == '/' && text[1] == '/'));
    if (is_line) {
        const char *end = memchr(text, '\n', size);
        return end != NULL ? (size_t)(end - text) : size;
    }
    for (size_t at = 2; is_block && at + 1 < size; at++) {
        if (text[at] == '*' && text[at + 1] == '/')
            return at + 2;
    }
    return is_block ? SIZE_MAX : 0;
}

/* What has been seen of a declaration such as "uint8_t frame[] = { 0xff, 0xfe };". */
struct declaration {
    bool has_text, has_bracket, has_brace;
    bool on_first; /* line of the braces */
    unsigned depth;
    char last; /* letter that is no blank */
};

/* CODE_EMPTY: go on. */
static enum code_state take(struct declaration *declaration, char letter) {
    static const char array[] = "0123456789abcdefABCDEFxX,{}\\'; \t\r";
    if (letter == '\n') {
        declaration->on_first = false;
        return CODE_EMPTY;
    }
    /* Braces with something else behind them are not an array's. */
    if (declaration->depth > 0 && (is_one_of("[=\"", letter) || (declaration->on_first && !is_one_of(array, letter))))
        return CODE_NONE;
    if (is_one_of(" \t\r", letter))
        return CODE_EMPTY;
    declaration->has_text = true;
    declaration->last = letter;
    declaration->has_bracket |= letter == '[';
    if (letter == '{') {
        declaration->on_first |= !declaration->has_brace;
        declaration->has_brace = true;
        declaration->depth++;
    } else if (letter == '}' && declaration->depth > 0 && --declaration->depth == 0) {
        return CODE_WHOLE;
    }
    return CODE_EMPTY;
}

/* Most lines hold nothing that begins an array or a comment. */
static bool is_plain(const char *text, size_t size) {
    return memchr(text, '{', size) == NULL && memchr(text, '=', size) == NULL && memchr(text, '#', size) == NULL &&
           memchr(text, '/', size) == NULL && memchr(text, '`', size) == NULL;
}

enum code_state code_state(const char *text, size_t size) {
    struct declaration declaration = {0};
    while (size > 0 && is_one_of(" \t\r\n", text[size - 1]))
        size--;
    if (size == 0 || is_plain(text, size))
        return size == 0 ? CODE_EMPTY : CODE_WHOLE;
    for (size_t at = 0; at < size;) {
        const size_t comment = comment_size(text + at, size - at);
        if (comment == SIZE_MAX)
            return CODE_IN_COMMENT;
        if (comment > 0) {
            at += comment;
            continue;
        }
        const enum code_state state = take(&declaration, text[at++]);
        if (state != CODE_EMPTY)
            return state;
    }
    if (declaration.depth > 0 || (declaration.last == '=' && declaration.has_bracket))
        return CODE_IN_ARRAY;
    return declaration.has_text ? CODE_WHOLE : CODE_EMPTY;
}

size_t code_skip(const char *text, size_t size) {
    size_t at = 0;
    while (at < size) {
        const size_t comment = comment_size(text + at, size - at);
        if (comment == SIZE_MAX || (comment == 0 && !is_one_of(" \t\r\n", text[at])))
            break;
        at += comment > 0 ? comment : 1;
    }
    return at;
}

void code_blank(const char *text, size_t size, char *out) {
    for (size_t at = 0; at < size;) {
        const size_t comment = comment_size(text + at, size - at);
        if (comment == 0 || comment == SIZE_MAX) {
            out[at] = text[at];
            at++;
            continue;
        }
        for (const size_t end = at + comment; at < end; at++)
            out[at] = text[at] == '\n' ? '\n' : ' ';
    }
}
