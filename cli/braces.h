/* JSON: where it ends. */
#ifndef CLI_BRACES_H
#define CLI_BRACES_H

#include <stdbool.h>
#include <stddef.h>

/* All zero in front of the first line. */
struct braces {
    size_t seen; /* letters of the text */
    size_t depth;
    char within; /* '"' a string, '/' or '*' a comment, NUL neither */
};

/* Whether a line begins JSON that goes on in the next one: it starts with a brace, or with a topic and a brace, and
 * ends with one, or with a comment behind it. A line that was cut off elsewhere is one message, a damaged one. */
bool braces_begin(const char *text, size_t size);

/* Reads on to the end of `text`, which has grown since the last call; whether a brace is still open there. */
bool braces_open(struct braces *braces, const char *text, size_t size);

/* Whether one object or list is all of the text, but for blanks and comments. */
bool braces_alone(const char *text, size_t size);

#endif
