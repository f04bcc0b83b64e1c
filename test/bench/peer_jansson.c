/* jansson: parsed, every member looked up by its key, freed; and built, printed, freed. */
#include <jansson.h>

#include "peers.h"
#include "zjiot/hex.h"

static bool read_record(const json_t *object, const struct zjiot_record *record, void *value, const struct body *body,
                        struct zjiot_pool *pool);

static bool read_list(const json_t *array, const struct zjiot_field *field, void *member, const struct body *body,
                      struct zjiot_pool *pool) {
    struct zjiot_list list;
    const size_t size = field->record->struct_size;
    if (!json_is_array(array) || !peer_make_list(pool, size, json_array_size(array), &list))
        return false;
    for (size_t i = 0; i < list.count; i++)
        if (!read_record(json_array_get(array, i), field->record, (char *)list.items + i * size, body, pool))
            return false;
    memcpy(member, &list, sizeof list);
    return true;
}

static bool read_hex_list(const json_t *array, void *member, struct zjiot_pool *pool) {
    struct zjiot_list list;
    if (!json_is_array(array) || !peer_make_list(pool, sizeof(struct zjiot_bytes), json_array_size(array), &list))
        return false;
    struct zjiot_bytes *items = list.items;
    for (size_t i = 0; i < list.count; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_string(item) || !peer_read_hex(pool, json_string_value(item), json_string_length(item), &items[i]))
            return false;
    }
    memcpy(member, &list, sizeof list);
    return true;
}

static bool read_member(const json_t *json, const struct zjiot_record *record, const struct zjiot_field *field,
                        void *member, const struct body *body, struct zjiot_pool *pool) {
    switch (peer_form(field)) {
    case PEER_LISTED:
        json = json_array_get(json, 0);
        *(int64_t *)member = json_integer_value(json);
        return json_is_integer(json);
    case PEER_INT:
        *(int64_t *)member = json_integer_value(json);
        return json_is_integer(json);
    case PEER_REAL:
        *(double *)member = json_number_value(json);
        return json_is_number(json);
    case PEER_TEXT:
        return json_is_string(json) &&
               peer_read_text(record, field, json_string_value(json), json_string_length(json), member, pool);
    case PEER_HEX_LIST:
        return read_hex_list(json, member, pool);
    case PEER_RECORD:
        return read_record(json, peer_record(field, body), peer_part(field, body, member), body, pool);
    case PEER_LIST:
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
        const json_t *json = peer_form(field) != PEER_NONE ? json_object_get(object, field->key) : NULL;
        if (json == NULL)
            continue;
        if (!read_member(json, record, field, (char *)value + field->offset, body, pool))
            return false;
        masks.has |= UINT64_C(1) << i;
    }
    memcpy(value, &masks, sizeof masks);
    return true;
}

static bool is_message(const json_t *root, const struct peer_sign *sign) {
    const json_t *part = sign->part != NULL ? json_object_get(root, sign->part) : root;
    const json_t *value = sign->key != NULL ? json_object_get(part, sign->key) : NULL;
    if (sign->text != NULL)
        return json_is_string(value) && strcmp(json_string_value(value), sign->text) == 0;
    return sign->key == NULL || (json_is_integer(value) && json_integer_value(value) == sign->number);
}

bool jansson_decode(const char *text, size_t size, const struct body *body, struct zjiot_pool *pool) {
    json_t *root = json_loadb(text, size, 0, NULL);
    const bool good =
        root != NULL && is_message(root, &body->sign) && read_record(root, body->record, body->value, body, pool);
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

static json_t *build_hex_list(const void *member) {
    char digits[PEER_TEXT_SIZE];
    struct zjiot_list list;
    json_t *array = json_array();
    memcpy(&list, member, sizeof list);
    const struct zjiot_bytes *items = list.items;
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(array,
                              json_stringn_nocheck(digits, zjiot_hex_write(items[i].data, items[i].size, digits)));
    return array;
}

static json_t *build_member(const struct zjiot_record *record, const struct zjiot_field *field, const void *member,
                            const struct body *body) {
    const char *text;
    char room[PEER_TEXT_SIZE];
    json_t *array;
    size_t size;
    switch (peer_form(field)) {
    case PEER_INT:
        return json_integer(*(const int64_t *)member);
    case PEER_LISTED:
        array = json_array();
        json_array_append_new(array, json_integer(*(const int64_t *)member));
        return array;
    case PEER_REAL:
        return json_real(*(const double *)member);
    case PEER_TEXT:
        size = peer_write_text(record, field, member, room, &text);
        return json_stringn_nocheck(text, size);
    case PEER_HEX_LIST:
        return build_hex_list(member);
    case PEER_RECORD:
        return build_record(peer_record(field, body), peer_is_body(field) ? body->data_value : member, body);
    case PEER_LIST:
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
        if ((masks.has >> i & 1) && peer_form(field) != PEER_NONE)
            json_object_set_new_nocheck(object, field->key,
                                        build_member(record, field, (const char *)value + field->offset, body));
    }
    return object;
}

size_t jansson_encode(const struct body *body, char *out, size_t capacity) {
    json_t *root = build_record(body->record, body->value, body);
    const size_t size = json_dumpb(root, out, capacity, JSON_COMPACT);
    json_decref(root);
    return size;
}
