/* The JSON of --data as paths and texts. */
#ifndef CLI_FLATTEN_H
#define CLI_FLATTEN_H

#include <stdbool.h>

#include "zjiot/decode.h"

/* JSON of --data: the members of a message, a whole record as decode prints it, or the body of the message. */
struct flat {
    void *root;
    /* What the record says of itself; NULL where it does not. They live as long as the JSON. */
    const char *protocol, *message, *variant, *direction, *profile;
};

/* `data` is JSON text, @FILE or @-. False, after an error on stderr, when it is no object, or a record without data. */
bool flat_load(const char *data, struct flat *ret_flat);

/* Calls `set` for each value that it has for the message, as zjiot_jansson_leaves: NULL for what was not provided. A
 * false from `set` ends the walk; so does null, or a secret that was masked, after an error on stderr. */
bool flat_walk(const struct flat *flat, const struct zjiot_message *message,
               bool (*set)(const char *path, const char *text, void *context), void *context);

void flat_free(struct flat *flat);

#endif
