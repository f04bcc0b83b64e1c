/* The catalogue as a user names it: protocols, messages, and fields by their paths. */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "zjiot/decode.h"
#include "zjiot/pool.h"

/* These complain, with the nearest known name, and return NULL when there is none. */
const struct zjiot_protocol *protocol_named(const char *name);
const struct zjiot_record *message_named(const struct zjiot_protocol *protocol, const char *name);

/* "read_reply/heat" */
const char *message_name(const struct zjiot_record *record, char *out, size_t size);

/* Whether `record` is a message that `name` means; a bare name means all of its variants. */
bool message_matches(const struct zjiot_record *record, const char *name);

/* A field below a message, with its path. In `pattern` mode lists are one entry: "period[0..3].on". */
struct field_entry {
    const char *path;
    const struct zjiot_field *field;
    bool is_header;
    bool is_settable;
};

enum fields_mode { FIELDS_EACH, FIELDS_PATTERN };

/* Calls `visit` for every field that has a value: the data first, then the headers. */
void fields_walk(const struct zjiot_message *message, enum fields_mode mode,
                 void (*visit)(const struct field_entry *entry, void *context), void *context);

/* An empty message in static memory, one at a time; false, after an error on stderr, when there can be none. */
bool message_prepare(const struct zjiot_protocol *protocol, const struct zjiot_record *record,
                     struct zjiot_message *ret_message, struct zjiot_pool **ret_pool);

#endif
