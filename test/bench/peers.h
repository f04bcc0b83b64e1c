/* What other parsers and writers make of the same messages. Each reads a text as a tree, looks in it which message it
 * is where the topic does not say so, and takes every member that the rows name into the same structs, texts and lists
 * into the same pool; it checks no ranges and reports nothing.
 */
#ifndef PEERS_H
#define PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "zjiot/catalog.h"
#include "zjiot/pool.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The member that says which message it is, and what stands there in this one: a text, or a number. */
struct peer_sign {
    const char *part; /* the object that holds it; NULL: the body itself */
    const char *key;  /* NULL: there is none, for the topic says it */
    const char *text; /* NULL: it is a number */
    int64_t number;
};

/* A body, and where its members go or come from. `text` may be written to behind its end. */
struct body {
    const struct zjiot_record *record; /* of the whole body */
    void *value;
    const struct zjiot_record *data; /* what the BODY row stands for; NULL: there is none */
    void *data_value;
    struct peer_sign sign;
};

/* The two masks that a record's struct begins with. */
struct peer_masks {
    uint64_t has;
    uint64_t invalid;
};

bool jansson_decode(const char *text, size_t size, const struct body *body, struct zjiot_pool *pool);
size_t jansson_encode(const struct body *body, char *out, size_t capacity);
bool yyjson_decode(const char *text, size_t size, const struct body *body, struct zjiot_pool *pool);
size_t yyjson_encode(const struct body *body, char *out, size_t capacity);
bool simdjson_decode(const char *text, size_t size, const struct body *body, struct zjiot_pool *pool);

static inline bool peer_is_body(const struct zjiot_field *field) {
    return (field->flags & ZJIOT_FIELD_BODY) != 0;
}

static inline const struct zjiot_record *peer_record(const struct zjiot_field *field, const struct body *body) {
    return peer_is_body(field) ? body->data : field->record;
}

/* Where a member of a RECORD row goes. */
static inline void *peer_part(const struct zjiot_field *field, const struct body *body, void *member) {
    return peer_is_body(field) ? body->data_value : member;
}

/* How a member stands in a text. */
enum peer_form {
    PEER_INT,
    PEER_REAL,
    PEER_TEXT, /* whatever stands in quotes */
    PEER_RECORD,
    PEER_LIST,
    PEER_HEX_LIST,
    PEER_LISTED, /* a number in a list of one */
    PEER_NONE,   /* nowhere: what others make of the message, and what only a dialect has */
};

static inline enum peer_form peer_form(const struct zjiot_field *field) {
    if (field->flags & (ZJIOT_FIELD_COMPUTED | ZJIOT_FIELD_DIALECT))
        return PEER_NONE;
    if (field->flags & ZJIOT_FIELD_LISTED)
        return PEER_LISTED;
    if (field->flags & (ZJIOT_FIELD_QUOTED | ZJIOT_FIELD_HIDDEN))
        return PEER_TEXT;
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
        return PEER_INT;
    case ZJIOT_REAL:
        return PEER_REAL;
    case ZJIOT_RECORD:
        return PEER_RECORD;
    case ZJIOT_LIST:
        return PEER_LIST;
    case ZJIOT_HEX_LIST:
        return PEER_HEX_LIST;
    default:
        return PEER_TEXT;
    }
}

static inline bool peer_make_list(struct zjiot_pool *pool, size_t item_size, size_t count,
                                  struct zjiot_list *ret_list) {
    ret_list->count = count;
    ret_list->items = count > 0 ? zjiot_pool_take(pool, count * item_size, NULL) : NULL;
    return count == 0 || ret_list->items != NULL;
}

bool peer_keep_text(struct zjiot_pool *pool, const char *text, size_t size, void *member);
bool peer_read_hex(struct zjiot_pool *pool, const char *text, size_t size, struct zjiot_bytes *item);

/* What stands in quotes into the member and back; `text` has a NUL behind it. */
enum { PEER_TEXT_SIZE = 512 };
bool peer_read_text(const struct zjiot_record *record, const struct zjiot_field *field, const char *text, size_t size,
                    void *member, struct zjiot_pool *pool);
size_t peer_write_text(const struct zjiot_record *record, const struct zjiot_field *field, const void *member,
                       char room[PEER_TEXT_SIZE], const char **ret_text);

#ifdef __cplusplus
}
#endif
#endif
