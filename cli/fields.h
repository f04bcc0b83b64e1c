/* The catalogue as a user names it: protocols, messages, and fields by their paths. */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/decode.h"
#include "zjiot/pool.h"

/* These complain, with the nearest known name, and return NULL when there is none. */
const struct zjiot_protocol *protocol_named(const char *name);
/* `direction` ZJIOT_BOTH: the first of that name. */
const struct zjiot_record *message_named(const struct zjiot_protocol *protocol, const char *name,
                                         enum zjiot_direction direction);

/* A message by a name that records print: that of its rows, or one that only its function number gives it. */
struct named {
    const char *name, *meaning;
    char full[80]; /* "read_reply/heat" */
    const struct zjiot_record *record;
    uint32_t first_id, id_count;
    unsigned direction; /* enum zjiot_direction */
};

/* The next one; *at is 0 in front of the first. False behind the last. */
bool named_next(const struct zjiot_protocol *protocol, size_t *at, struct named *ret_named);

/* Whether `name` means it; a bare name means all of its variants. */
bool named_matches(const struct named *named, const char *name);

/* Messages of a protocol that something is done with. */
struct selection {
    const struct zjiot_protocol *protocol; /* NULL: all of all protocols */
    char name[80];                         /* "": all of the protocol */
    enum zjiot_direction direction;        /* BOTH: either */
};

/* The next one of a selection with a protocol, as named_next. */
bool selection_next(const struct selection *selection, size_t *at, struct named *ret_named);

/* A field below a message, with its path. */
struct field_entry {
    const char *path;
    const struct zjiot_field *field;
    bool is_header;
    bool is_settable;
};

/* How lists are walked: each item of a fixed array and the first of a list, "switch[0].id"; or all of them as one
 * entry, "period[0..3].on" and "switch[].id", and of JSON rows the list or object itself in front of its members. */
enum fields_mode { FIELDS_EACH, FIELDS_PATTERN };

/* Calls `visit` for every field: the data first, then the headers. */
void fields_walk(const struct zjiot_message *message, enum fields_mode mode,
                 void (*visit)(const struct field_entry *entry, void *context), void *context);

/* The same for the fields of one record. */
void fields_walk_record(const struct zjiot_record *record, enum fields_mode mode,
                        void (*visit)(const struct field_entry *entry, void *context), void *context);

/* Finds the field at a path such as data.switch[3].id, header.extra or extra. False: there is none. */
bool field_find(const struct zjiot_message *message, const char *path, struct field_entry *ret_entry);

/* A member of a header. */
struct header_member {
    const struct zjiot_record *record;
    const void *value; /* of the record's struct */
    unsigned index;    /* of its fields */
};

/* Finds the member of a header that has the key, `size` bytes. False: there is none. */
bool header_find(const struct zjiot_message *message, const char *key, size_t size, struct header_member *ret_member);

/* An empty message in static memory, one at a time; false, after an error on stderr, when there can be none. */
bool message_prepare(const struct zjiot_protocol *protocol, const struct zjiot_record *record,
                     struct zjiot_message *ret_message, struct zjiot_pool **ret_pool);

#endif
