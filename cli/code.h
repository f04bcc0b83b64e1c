/* Hex as it stands in source code: with comments, and in arrays over several lines. */
#ifndef CLI_CODE_H
#define CLI_CODE_H

#include <stddef.h>

enum code_state {
    CODE_EMPTY,      /* blanks and comments only */
    CODE_WHOLE,      /* the text may stop here */
    CODE_IN_ARRAY,   /* an array has begun, and has not ended */
    CODE_IN_COMMENT, /* the same of a comment */
    CODE_NONE,       /* something that is in no array of bytes: a text, or another declaration */
};

/* Where the source code stands behind the lines in `text`. */
enum code_state code_state(const char *text, size_t size);

/* Bytes of blanks and whole comments at the start of the text. */
size_t code_skip(const char *text, size_t size);

/* Copies the text with blanks in place of comments, so that every letter keeps its column. Comments are those of C and
 * of the shell; one that does not end is none. */
void code_blank(const char *text, size_t size, char *out);

#endif
