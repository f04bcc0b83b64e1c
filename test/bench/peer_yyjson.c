/* yyjson: parsed, every member looked up behind the last one, freed; and built, printed, freed. */
#include <stdlib.h>
#include <yyjson.h>

#include "peers.h"
#include "zjiot/hex.h"

static bool read_record(yyjson_val *object, const struct zjiot_record *record, void *value, const struct body *body,
                        struct zjiot_pool *pool);

static bool read_list(yyjson_val *array, const struct zjiot_field *field, char *member, const struct body *body,
                      struct zjiot_pool *pool) {
    struct zjiot_list list;
    yyjson_arr_iter items;
    if (!yyjson_arr_iter_init(array, &items) ||
        !peer_make_list(pool, field->record->struct_size, yyjson_arr_size(array), &list))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        char *item = (char *)list.items + i * field->record->struct_size;
        if (!read_record(yyjson_arr_iter_next(&items), field->record, item, body, pool))
            return false;
    }
    memcpy(member, &list, sizeof list);
    return true;
}

static bool read_hex_list(yyjson_val *array, void *member, struct zjiot_pool *pool) {
    struct zjiot_list list;
    yyjson_arr_iter values;
    if (!yyjson_arr_iter_init(array, &values) ||
        !peer_make_list(pool, sizeof(struct zjiot_bytes), yyjson_arr_size(array), &list))
        return false;
    struct zjiot_bytes *items = list.items;
    for (size_t i = 0; i < list.count; i++) {
        yyjson_val *value = yyjson_arr_iter_next(&values);
        if (!yyjson_is_str(value) || !peer_read_hex(pool, yyjson_get_str(value), yyjson_get_len(value), &items[i]))
            return false;
    }
    memcpy(member, &list, sizeof list);
    return true;
}

static bool read_member(yyjson_val *json, const struct zjiot_record *record, const struct zjiot_field *field,
                        void *member, const struct body *body, struct zjiot_pool *pool) {
    switch (peer_form(field)) {
    case PEER_LISTED:
        json = yyjson_arr_get_first(json);
        *(int64_t *)member = yyjson_get_sint(json);
        return yyjson_is_int(json);
    case PEER_INT:
        *(int64_t *)member = yyjson_get_sint(json);
        return yyjson_is_int(json);
    case PEER_REAL:
        *(double *)member = yyjson_get_num(json);
        return yyjson_is_num(json);
    case PEER_TEXT:
        return yyjson_is_str(json) &&
               peer_read_text(record, field, yyjson_get_str(json), yyjson_get_len(json), member, pool);
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

static bool read_record(yyjson_val *object, const struct zjiot_record *record, void *value, const struct body *body,
                        struct zjiot_pool *pool) {
    struct peer_masks masks = {ZJIOT_HAS_READ, 0};
    yyjson_obj_iter members;
    if (!yyjson_obj_iter_init(object, &members))
        return false;
    memset(value, 0, record->struct_size);
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        const size_t key_size = field->quoted_size - 4u; /* without comma, quotes and colon */
        yyjson_val *json = peer_form(field) != PEER_NONE ? yyjson_obj_iter_getn(&members, field->key, key_size) : NULL;
        if (json == NULL)
            continue;
        if (!read_member(json, record, field, (char *)value + field->offset, body, pool))
            return false;
        masks.has |= UINT64_C(1) << i;
    }
    memcpy(value, &masks, sizeof masks);
    return true;
}

static bool is_message(yyjson_val *root, const struct peer_sign *sign) {
    yyjson_val *part = sign->part != NULL ? yyjson_obj_get(root, sign->part) : root;
    yyjson_val *value = sign->key != NULL ? yyjson_obj_get(part, sign->key) : NULL;
    if (sign->text != NULL)
        return yyjson_equals_str(value, sign->text);
    return sign->key == NULL || (yyjson_is_int(value) && yyjson_get_sint(value) == sign->number);
}

bool yyjson_decode(const char *text, size_t size, const struct body *body, struct zjiot_pool *pool) {
    yyjson_doc *document = yyjson_read(text, size, 0);
    yyjson_val *root = yyjson_doc_get_root(document);
    const bool good =
        root != NULL && is_message(root, &body->sign) && read_record(root, body->record, body->value, body, pool);
    yyjson_doc_free(document);
    return good;
}

static yyjson_mut_val *build_record(yyjson_mut_doc *document, const struct zjiot_record *record, const void *value,
                                    const struct body *body);

static yyjson_mut_val *build_list(yyjson_mut_doc *document, const struct zjiot_field *field, const void *member,
                                  const struct body *body) {
    struct zjiot_list list;
    yyjson_mut_val *array = yyjson_mut_arr(document);
    memcpy(&list, member, sizeof list);
    for (size_t i = 0; i < list.count; i++) {
        const void *item = (const char *)list.items + i * field->record->struct_size;
        yyjson_mut_arr_append(array, build_record(document, field->record, item, body));
    }
    return array;
}

static yyjson_mut_val *build_hex_list(yyjson_mut_doc *document, const void *member) {
    char digits[PEER_TEXT_SIZE];
    struct zjiot_list list;
    yyjson_mut_val *array = yyjson_mut_arr(document);
    memcpy(&list, member, sizeof list);
    const struct zjiot_bytes *items = list.items;
    for (size_t i = 0; i < list.count; i++) {
        const size_t size = zjiot_hex_write(items[i].data, items[i].size, digits);
        yyjson_mut_arr_append(array, yyjson_mut_strncpy(document, digits, size));
    }
    return array;
}

static yyjson_mut_val *build_text(yyjson_mut_doc *document, const struct zjiot_record *record,
                                  const struct zjiot_field *field, const void *member) {
    char room[PEER_TEXT_SIZE];
    const char *text;
    const size_t size = peer_write_text(record, field, member, room, &text);
    return text == room ? yyjson_mut_strncpy(document, text, size) : yyjson_mut_strn(document, text, size);
}

static yyjson_mut_val *build_member(yyjson_mut_doc *document, const struct zjiot_record *record,
                                    const struct zjiot_field *field, const void *member, const struct body *body) {
    switch (peer_form(field)) {
    case PEER_LISTED:
        return yyjson_mut_arr_with_sint64(document, member, 1);
    case PEER_INT:
        return yyjson_mut_sint(document, *(const int64_t *)member);
    case PEER_REAL:
        return yyjson_mut_real(document, *(const double *)member);
    case PEER_TEXT:
        return build_text(document, record, field, member);
    case PEER_HEX_LIST:
        return build_hex_list(document, member);
    case PEER_RECORD:
        return build_record(document, peer_record(field, body), peer_is_body(field) ? body->data_value : member, body);
    case PEER_LIST:
        return build_list(document, field, member, body);
    default:
        return NULL;
    }
}

static yyjson_mut_val *build_record(yyjson_mut_doc *document, const struct zjiot_record *record, const void *value,
                                    const struct body *body) {
    struct peer_masks masks;
    yyjson_mut_val *object = yyjson_mut_obj(document);
    memcpy(&masks, value, sizeof masks);
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if ((masks.has >> i & 1) && peer_form(field) != PEER_NONE)
            yyjson_mut_obj_add(object, yyjson_mut_strn(document, field->key, field->quoted_size - 4u),
                               build_member(document, record, field, (const char *)value + field->offset, body));
    }
    return object;
}

size_t yyjson_encode(const struct body *body, char *out, size_t capacity) {
    size_t size = 0;
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_doc_set_root(document, build_record(document, body->record, body->value, body));
    char *text = yyjson_mut_write(document, 0, &size);
    if (text != NULL && size <= capacity)
        memcpy(out, text, size);
    free(text);
    yyjson_mut_doc_free(document);
    return size;
}
