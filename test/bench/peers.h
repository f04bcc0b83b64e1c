/* What other parsers and writers make of the same messages. Each reads a text as a tree and takes every member that the
 * rows name into the same structs, texts and lists into the same pool; it checks no ranges and reports nothing.
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

/* A body, and where its members go or come from. `text` may be written to behind its end. */
struct body {
    const struct zjiot_record *record; /* of the whole body */
    void *value;
    const struct zjiot_record *data; /* what the BODY row stands for */
    void *data_value;
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

static inline bool peer_keep_text(struct zjiot_pool *pool, const char *text, size_t size, void *member) {
    char *copy = (char *)zjiot_pool_take(pool, size + 1, NULL);
    if (copy == NULL)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    memcpy(member, &copy, sizeof copy);
    return true;
}

static inline bool peer_make_list(struct zjiot_pool *pool, const struct zjiot_field *field, size_t count,
                                  struct zjiot_list *ret_list) {
    ret_list->count = count;
    ret_list->items = count > 0 ? zjiot_pool_take(pool, count * field->record->struct_size, NULL) : NULL;
    return count == 0 || ret_list->items != NULL;
}

/* 19:00, 07-31 */
static inline bool peer_read_calendar(const struct zjiot_field *field, const char *text, size_t size, void *member) {
    if (size != 5)
        return false;
    const int64_t first = (text[0] - '0') * 10 + (text[1] - '0');
    const int64_t number = first * (field->kind == ZJIOT_MINUTE ? 60 : 100) + (text[3] - '0') * 10 + (text[4] - '0');
    memcpy(member, &number, sizeof number);
    return true;
}

static inline void peer_write_calendar(const struct zjiot_field *field, int64_t number, char out[6]) {
    const int base = field->kind == ZJIOT_MINUTE ? 60 : 100;
    const int first = (int)number / base, second = (int)number % base;
    out[0] = (char)('0' + first / 10);
    out[1] = (char)('0' + first % 10);
    out[2] = field->kind == ZJIOT_MINUTE ? ':' : '-';
    out[3] = (char)('0' + second / 10);
    out[4] = (char)('0' + second % 10);
    out[5] = '\0';
}

#ifdef __cplusplus
}
#endif
#endif
