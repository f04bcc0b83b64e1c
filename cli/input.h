/* The INPUTs of a command line, one text at a time. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "commands.h"

/* One message, still as text; or all bytes of a source when that was asked for. */
struct input_text {
    const char *text;   /* until the next call; not terminated */
    size_t size;        /* without the line end and blanks around */
    size_t indent;      /* bytes of blanks that stood in front */
    const char *source; /* file name, NULL: stdin or the command line */
    size_t number;      /* of its first line, or of the argument; 0: the only one */
    bool is_line;
    bool too_long;
};

/* What of a source is one text. */
enum input_unit {
    INPUT_LINE,
    INPUT_LOG,  /* a line, or one that ends with the topic and the JSON below it */
    INPUT_CODE, /* the same, or the lines of JSON, or of an array or comment of source code; lines with comments only
                   are passed over */
    INPUT_WHOLE,
};

/* Lines are read into one buffer, which grows to the longest line: memory does not depend on how many there are. */
struct input {
    char **operands;
    size_t count, at;
    const char *file; /* -f, until it was opened */
    char *joined;     /* operands that are the bytes of one message */
    enum input_unit unit;
    bool failed;    /* a source could not be read */
    int descriptor; /* -1: none is open */
    const char *name;
    size_t line;
    char *buffer;
    size_t capacity, begin, scanned, end;
    bool ended, skipping;
};

void input_start(struct input *input, const struct invocation *invocation, enum input_unit unit);

/* False when there are no more. A source that cannot be opened is told on stderr and passed over. */
bool input_next(struct input *input, struct input_text *ret_text);

void input_end(struct input *input);

/* "line 3", "frames.txt:3", "input 2", or "". */
const char *input_label(const struct input_text *text, char *out, size_t size);

#endif
