/* The JSON of --data as paths and texts. */
#ifndef CLI_FLATTEN_H
#define CLI_FLATTEN_H

#include <stdbool.h>

/* JSON of --data: the members of a message, or a whole record as decode prints it. */
struct flat {
    void *root;
    bool is_record;
    bool is_one; /* set by the caller: the data have no known members, and are one value, data.members */
    /* What the record says of itself; NULL where it does not. They live as long as the JSON. */
    const char *protocol, *message, *variant, *direction, *profile;
};

/* `data` is JSON text, @FILE or @-. False, after an error on stderr, when it is no object, or a record without data. */
bool flat_load(const char *data, struct flat *ret_flat);

/* Calls `set` for each value: "period[0].on" with "420"; of a record "header.extra" and "data.brightness", not what it
 * says of itself. A quantity comes as one text, "3.5 m3", and what was not provided as NULL. A false from `set` ends
 * the walk; so does null, or a secret that was masked, after an error on stderr. */
bool flat_walk(const struct flat *flat, bool (*set)(const char *path, const char *text, void *context), void *context);

void flat_free(struct flat *flat);

#endif
