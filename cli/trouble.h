/* How errors in inputs are told: label, byte or column, what is wrong, what it might have been. */
#ifndef CLI_TROUBLE_H
#define CLI_TROUBLE_H

#include <stddef.h>

#include "input.h"
#include "payload.h"
#include "zjiot/decode.h"
#include "zjiot/error.h"

/* "line 3: byte 21 (cs): checksum is ..." */
void tell_error(const struct input_text *text, const struct zjiot_error *error);

/* A frame that a message carries and that is none, its number from 0: "line 3: frames[1]: byte 21 (cs): ..." */
void tell_frame(const struct input_text *text, size_t number, const struct zjiot_outcome *frame);

/* A note on one input, without a position. */
void tell(const struct input_text *text, const char *note);

/* Text that cannot be read: a caret under the column. */
void tell_column(const struct input_text *text, const struct zjiot_error *error);

/* Damaged hex: every frame of the protocol (NULL: of any) that one digit put back would make. */
void tell_proposals(const struct payload *payload, const struct zjiot_protocol *protocol);

#endif
