/* The vectors in test/vectors: files of JSON lines, each with its bytes in "hex". */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "zjiot/decode.h"

enum { VECTOR_BYTES_MAX = 4096, VECTOR_FILES = 5 };

/* The files of whole frames, and the protocol of each. */
extern const struct vector_file { const char *name, *protocol; } vector_files[VECTOR_FILES];

/* One frame of each kind that many tests need. */
#define STATUS "fffefdfc0512340101460001e24001f459d804d20fa100640fb403e33039007b30d40cc8a2dd"
#define WATER "6810962911800100008116901F02001200002C000000002C0000000000000002007D16"
#define KEY "681078563412000733040ca01405020123456789abcdef5116"

/* Every line of VECTORS/name, as an array; NULL when there is no such file. Fails the test on a line that is no JSON.
 */
json_t *vectors_read(const char *name);

/* Reads a file of at least so many lines and calls `check` with each; what it returns are failures, and the test fails
 * if there are any. Returns the number of lines. */
size_t vectors_each(const char *name, size_t least, int (*check)(const json_t *line));

/* The line's bytes; room for VECTOR_BYTES_MAX. Below 0: its hex text is damaged. */
int64_t vector_bytes(const json_t *line, uint8_t *out);

/* A string member of a line, "" when it has none. */
const char *vector_text(const json_t *line, const char *key);

/* The member at a path such as data.period[0].on, or NULL. */
const json_t *vector_member(const json_t *value, const char *path);

/* The row at a path of a list of members, such as timetable[].do[].time, or NULL; and whether a list has a path. */
const struct zjiot_field *vector_row(const struct zjiot_record *record, const char *path);
bool vectors_list(const json_t *lines, const char *form, const char *path);

/* Whether `code` is one of "A|B|C". */
bool vector_one_of(const char *code, const char *wanted);

/* Hex text that the test itself wrote; fails the test when it is none. Returns the number of bytes. */
size_t bytes_of(const char *hex, uint8_t *out);

/* Fails the test, with both in hex, unless the bytes are those of the text. */
void assert_bytes(const uint8_t *bytes, int64_t size, const char *hex);

/* Why a decoded frame cannot be written as it was; NULL when it must come out byte for byte. Raw data always do. */
const char *why_not_canonical(const struct zjiot_message *message, const struct zjiot_report *report);

#endif
