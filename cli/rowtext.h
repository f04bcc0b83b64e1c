/* Rows as people read them, for everything that describes. */
#ifndef CLI_ROWTEXT_H
#define CLI_ROWTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "fields.h"

/* What a user writes or reads there: "number", "text", "volume". */
const char *row_type(const struct zjiot_field *field);

/* Bytes of a frame: "2", "3 bits", "rest", "-". */
void row_bytes(const struct zjiot_field *field, char *out, size_t size);

/* "0..100 %"; of a set only the unit, since its values are listed. Returns the columns it takes. */
size_t row_range(const struct zjiot_field *field, char *out, size_t size);

/* "required" or "optional" of a member of JSON. */
const char *row_need(const struct zjiot_field *field);

/* "10..99" of a choice as it is sent, "" where that is its name. */
void choice_values(const struct zjiot_field *field, const struct zjiot_choice *choice, char *out, size_t size);

/* Whether a choice's meaning says more than its name. */
bool choice_adds(const struct zjiot_choice *choice);

/* Numbers that select a message on the wire, in hex; "-" where there are none. */
void row_ids(const struct named *named, char *out, size_t size);

/* ", to the device", ", from the device", "". */
const char *row_way(unsigned direction);

/* "one", "several", "" */
const char *row_answers(const struct zjiot_record *record);

#endif
