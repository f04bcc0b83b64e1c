/* What stands between the members of a JSON message that were read. */
#ifndef CLI_GAPS_H
#define CLI_GAPS_H

#include <stdbool.h>
#include <stddef.h>

enum gap_kind {
    GAP_PUNCTUATION, /* braces, commas, blanks, and keys whose value is a piece of its own */
    GAP_COMMENT,
    GAP_OTHER, /* what was not read */
};

/* The first piece of a gap: its size, at least 1. `in_string`: the gap begins within a string. */
size_t gap_piece(const char *text, size_t size, bool in_string, enum gap_kind *ret_kind);

/* Whether a piece is a comma and blanks, which belong to what stands in front of them. */
bool gap_is_comma(const char *text, size_t size);

#endif
