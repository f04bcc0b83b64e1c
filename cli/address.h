/* What encode adds to the values it was given: the topic by --device, --vendor and --format, and the time. */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "commands.h"
#include "zjiot/decode.h"

/* Sets the topic of the message: from the options, from members that are set already, else from what is usual. False,
 * after an error on stderr, when the options do not fit the protocol. */
bool address_set(struct zjiot_message *message, struct zjiot_pool *pool, const struct invocation *invocation);

enum { ADDRESS_TEXT_SIZE = 80 };

/* The text of a member of the header; false: the message does not have it, or it is longer. */
bool address_header(const struct zjiot_message *message, const char *key, size_t key_size, char out[ADDRESS_TEXT_SIZE]);

/* Gives members of the header that were not set their usual value: a time is now; bits, in a message to the device,
 * are 0. */
void address_fill(struct zjiot_message *message);

/* A TIME that is written as a date, "2026-01-01T00:00:00Z", or as "now"; false: it is neither. */
bool address_time(const struct zjiot_field *field, const char *text, int64_t *ret_number);

#endif
