/* Values, directions and headlines as people read them. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "reading.h"
#include "zjiot/decode.h"

enum { VALUE_TEXT_SIZE = 2048 };

/* A value of a trace as text. */
struct value {
    const char *path;
    char text[VALUE_TEXT_SIZE]; /* "" where there is none */
    const char *unit;
    const char *choice;  /* name of a number that has one, names of bits, the date of a time, else "" */
    const char *meaning; /* of the choice, else "" */
    const char *quality; /* "invalid", "not_provided", "unknown" or "" */
    char unit_buffer[16], choice_buffer[160];
};

/* "loops, leakage" of a sum of a set's values; what no value has is told as a number. */
void mask_text(const struct zjiot_field *field, int64_t number, char *out, size_t size);

/* "2024-08-07T01:32:10.451Z" of a TIME; "" when it has no such year. */
void time_text(const struct zjiot_field *field, int64_t number, char *out, size_t size);

/* Spans that the trace holds. */
size_t value_count(const struct zjiot_trace *trace);

/* A path without a value. */
void value_none(const char *path, struct value *ret_value);

/* False for framing, which has no value. */
bool value_read(const struct zjiot_span *span, bool show_secrets, struct value *ret_value);

/* "100 % (full) (invalid)": the text with all that belongs to it. */
void value_join(const struct value *value, char *out, size_t size);

/* "down", "up", "". */
const char *direction_name(unsigned direction);

#define VALUES_FORCED "WRONG CHECKSUM, decoded by force"

/* "line 3: nb set_lamp, down", and the topic where there is one. */
void print_headline(const struct result *result);

/* "! RANGE at byte 14, frequency: found 0.1, expected 40.0..65.0", indented. */
void print_deviation(const struct zjiot_deviation *deviation);

/* The JSON record until the next call; its length, or 0 after an error on stderr. */
size_t record_text(const struct result *result, const struct zjiot_options *options, bool pretty,
                   const char **ret_text);

/* The length of a record without the end of its object, for those who add members. */
size_t record_open(const char *text, size_t size);

/* The JSON record and a line end. */
void print_record(const struct result *result, const struct zjiot_options *options, bool pretty);

/* The record as a document that says of which input it is, and where in there: input, source, offset and size in front
 * of its members, and behind them those that `add` prints, the first without a comma. */
void print_document(const struct result *result, const struct zjiot_options *options, bool pretty,
                    void (*add)(const struct result *result, bool pretty, void *context), void *context);

/* CSV: the columns that every row begins with. `record` counts what was found, from 1; the input's number counts what
 * was given, so that both differ once an input holds several frames or cannot be read. */
#define CSV_START "record,input,protocol,message,variant,direction,ok"
void put_csv_start(size_t record, const struct result *result);

enum { CODES_SIZE = 96 };

/* The codes of the deviations at that path, with a blank between them. */
void deviation_codes(const struct zjiot_report *report, const char *path, char *out, size_t size);

/* Whether the trace has a value at that path. */
bool has_value_at(const struct result *result, const char *path);

#endif
