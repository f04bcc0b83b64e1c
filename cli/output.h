/* stdout is data, stderr is talk. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Buffers, signals. First thing in main. */
void output_start(void);

/* Names the command in front of every complaint. */
void output_command(const char *name);

/* Calls this before a signal ends the process, so that it can say how far it came. NULL: nothing. */
void output_on_signal(void (*tell)(void));

/* After each record: flushes it on a terminal, and ends the process when the reader has gone or a signal came. */
void output_record_end(void);

/* Before waiting for input: what was printed so far must not wait as well. */
void output_idle(void);

/* Whether nobody reads stdout any more. */
bool output_is_unread(void);

/* Ends the process if so, as if something had been written. */
void output_end_if_unread(void);

/* Flushes; returns `code`, or 1 when the output could not be written. */
int output_finish(int code);

/* "zjiotctl: COMMAND: ..." on stderr, with a line end. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

enum colour { COLOUR_NONE, COLOUR_BOLD, COLOUR_DIM, COLOUR_RED, COLOUR_YELLOW };

/* The escape sequence, or "" where the stream gets no colour. */
const char *colour(FILE *stream, enum colour colour);

/* Columns of the terminal on stdout; 0 when it is none. */
size_t output_width(void);

/* Prints text in which a letter that would steer the terminal is a '?', and a line end a blank. */
void put_plain(const char *text);

/* Prints text, as put_plain does, so that its lines after the first begin at column `indent` and end before the
 * terminal's edge. */
void put_wrapped(const char *text, size_t indent);

/* Blanks up to `width` columns for a text that takes `used`. */
void put_padding(size_t used, size_t width);

/* Columns of UTF-8 text. */
size_t text_columns(const char *text, size_t size);

/* A JSON string with its quotes. */
void put_json_text(const char *text);

/* The same without quotes, of a text that may hold NUL. */
void put_json_letters(const char *text, size_t size);

/* Whether bytes are UTF-8. */
bool is_utf8(const uint8_t *bytes, size_t size);

/* "key":"text" with a comma in front unless `first`. */
void put_json_member(bool first, const char *key, const char *text);

/* A field of RFC 4180. */
void put_csv(const char *text);

/* The same of a text that may hold NUL. */
void put_csv_letters(const char *text, size_t size);

/* A comma and a field. */
void put_csv_next(const char *text);

/* Lower-case hex digits, with `separator` between bytes ("" or " "). */
void put_hex(const uint8_t *bytes, size_t size, const char *separator);

/* Ends the process after an error on stderr: there is no memory. */
void *must(void *memory);

#endif
