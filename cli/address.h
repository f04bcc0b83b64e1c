/* What encode adds to the values it was given: the topic by --device, --vendor and --format, and the time. */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include "commands.h"
#include "zjiot/decode.h"

/* Sets the topic of the message: from the options, from members that are set already, else from what is usual. False,
 * after an error on stderr, when the options do not fit the protocol. */
bool address_set(struct zjiot_message *message, struct zjiot_pool *pool, const struct invocation *invocation);

/* Gives members of the header that were not set their usual value: a time is now; bits, in a message to the device,
 * are 0. */
void address_fill(struct zjiot_message *message);

/* A TIME that is written as a date, "2026-01-01T00:00:00Z", or as "now"; false: it is neither. */
bool address_time(const struct zjiot_field *field, const char *text, int64_t *ret_number);

#endif
