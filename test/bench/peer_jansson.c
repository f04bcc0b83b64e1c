/* jansson: parsed, every member looked up by its key, freed; and built, printed, freed. */
#include <jansson.h>

#include "peers.h"

static bool read_record(const json_t *object, const struct zjiot_record *record, void *value, const struct body *body,
                        struct zjiot_pool *pool);

static bool read_list(const json_t *array, const struct zjiot_field *field, void *member, const struct body *body,
                      struct zjiot_pool *pool) {
    struct zjiot_list list;
    const size_t size = field->record->struct_size;
    if (!json_is_array(array) || !peer_make_list(pool, field, json_array_size(array), &list))
        return false;
    for (size_t i = 0; i < list.count; i++)
        if (!read_record(json_array_get(array, i), field->record, (char *)list.items + i * size, body, pool))
            return false;
    memcpy(member, &list, sizeof list);
    return true;
}

static bool read_member(const json_t *json, const struct zjiot_field *field, void *member, const struct body *body,
                        struct zjiot_pool *pool) {
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
        *(int64_t *)member = json_integer_value(json);
        return json_is_integer(json);
    case ZJIOT_REAL:
        *(double *)member = json_number_value(json);
        return json_is_number(json);
    case ZJIOT_TEXT:
        return json_is_string(json) && peer_keep_text(pool, json_string_value(json), json_string_length(json), member);
    case ZJIOT_MINUTE:
    case ZJIOT_MONTH_DAY:
        return json_is_string(json) &&
               peer_read_calendar(field, json_string_value(json), json_string_length(json), member);
    case ZJIOT_RECORD:
        return read_record(json, peer_record(field, body), peer_part(field, body, member), body, pool);
    case ZJIOT_LIST:
        return read_list(json, field, member, body, pool);
    default:
        return false;
    }
}

static bool read_record(const json_t *object, const struct zjiot_record *record, void *value, const struct body *body,
                        struct zjiot_pool *pool) {
    struct peer_masks masks = {ZJIOT_HAS_READ, 0};
    if (!json_is_object(object))
        return false;
    memset(value, 0, record->struct_size);
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        const json_t *json = json_object_get(object, field->key);
        if (json == NULL)
            continue;
        if (!read_member(json, field, (char *)value + field->offset, body, pool))
            return false;
        masks.has |= UINT64_C(1) << i;
    }
    memcpy(value, &masks, sizeof masks);
    return true;
}

bool jansson_decode(const char *text, size_t size, const struct body *body, struct zjiot_pool *pool) {
    json_t *root = json_loadb(text, size, 0, NULL);
    const bool good = root != NULL && read_record(root, body->record, body->value, body, pool);
    json_decref(root);
    return good;
}

static json_t *build_record(const struct zjiot_record *record, const void *value, const struct body *body);

static json_t *build_list(const struct zjiot_field *field, const void *member, const struct body *body) {
    struct zjiot_list list;
    json_t *array = json_array();
    memcpy(&list, member, sizeof list);
    for (size_t i = 0; i < list.count; i++) {
        const void *item = (const char *)list.items + i * field->record->struct_size;
        json_array_append_new(array, build_record(field->record, item, body));
    }
    return array;
}

static json_t *build_member(const struct zjiot_field *field, const void *member, const struct body *body) {
    const char *text;
    char calendar[6];
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
        return json_integer(*(const int64_t *)member);
    case ZJIOT_REAL:
        return json_real(*(const double *)member);
    case ZJIOT_TEXT:
        memcpy(&text, member, sizeof text);
        return json_string_nocheck(text);
    case ZJIOT_MINUTE:
    case ZJIOT_MONTH_DAY:
        peer_write_calendar(field, *(const int64_t *)member, calendar);
        return json_stringn_nocheck(calendar, 5);
    case ZJIOT_RECORD:
        return build_record(peer_record(field, body), peer_is_body(field) ? body->data_value : member, body);
    case ZJIOT_LIST:
        return build_list(field, member, body);
    default:
        return NULL;
    }
}

static json_t *build_record(const struct zjiot_record *record, const void *value, const struct body *body) {
    struct peer_masks masks;
    json_t *object = json_object();
    memcpy(&masks, value, sizeof masks);
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if (masks.has >> i & 1)
            json_object_set_new_nocheck(object, field->key,
                                        build_member(field, (const char *)value + field->offset, body));
    }
    return object;
}

size_t jansson_encode(const struct body *body, char *out, size_t capacity) {
    json_t *root = build_record(body->record, body->value, body);
    const size_t size = json_dumpb(root, out, capacity, JSON_COMPACT);
    json_decref(root);
    return size;
}
