/* A record's struct as members of a JSON object. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"

static void write_record(struct zj_json *json, const struct zj_json_style *style, const struct zjiot_record *record,
                         const void *value) {
    zj_json_object(json);
    zj_json_members(json, style, record, value);
    zj_json_end_object(json);
}

static void write_array(struct zj_json *json, const struct zj_json_style *style, const struct zjiot_field *field,
                        const char *member) {
    zj_json_array(json);
    for (unsigned i = 0; i < field->count; i++)
        write_record(json, style, field->record, member + (size_t)i * field->record->struct_size);
    zj_json_end_array(json);
}

static void write_list(struct zj_json *json, const struct zj_json_style *style, const struct zjiot_field *field,
                       const void *member) {
    struct zjiot_list list;
    memcpy(&list, member, sizeof list);
    zj_json_array(json);
    for (size_t i = 0; i < list.count; i++)
        write_record(json, style, field->record, (const char *)list.items + i * field->record->struct_size);
    zj_json_end_array(json);
}

/* Bytes of another protocol may hold a secret of it. */
static void write_carried(struct zj_json *json, const struct zj_json_style *style, const struct zjiot_bytes *bytes) {
    if (bytes->data == NULL)
        zj_json_null(json);
    else if (!style->show_secrets && zjiot_may_hold_secret(bytes->data, bytes->size, NULL))
        zj_json_string(json, "***");
    else
        zj_json_hex(json, bytes->data, bytes->size);
}

static void write_bytes_list(struct zj_json *json, const struct zj_json_style *style, const void *member) {
    struct zjiot_list list;
    memcpy(&list, member, sizeof list);
    const struct zjiot_bytes *items = list.items;
    zj_json_array(json);
    for (size_t i = 0; i < list.count; i++)
        write_carried(json, style, &items[i]);
    zj_json_end_array(json);
}

static const char *quality(bool invalid) {
    return invalid ? "invalid" : "not_provided";
}

static void write_quality_key(struct zj_json *json, const struct zjiot_field *field) {
    char key[ZJIOT_PATH_SIZE];
    snprintf(key, sizeof key, "%s_quality", field->key);
    zj_json_key(json, key);
}

/* Behind a list some of whose items are no bytes: which ones. */
static void write_bytes_qualities(struct zj_json *json, const struct zjiot_field *field, const void *member) {
    struct zjiot_list list;
    memcpy(&list, member, sizeof list);
    const struct zjiot_bytes *items = list.items;
    size_t good = 0;
    while (good < list.count && items[good].data != NULL)
        good++;
    if (good == list.count)
        return;
    write_quality_key(json, field);
    zj_json_array(json);
    for (size_t i = 0; i < list.count; i++) {
        if (items[i].data != NULL)
            zj_json_null(json);
        else
            zj_json_string(json, quality(true));
    }
    zj_json_end_array(json);
}

/* The members of an object that stands for the whole record. */
static void write_members(struct zj_json *json, const struct zj_json_style *style, const struct zjiot_field *field,
                          const void *member) {
    const bool hides = (field->flags & ZJIOT_FIELD_SECRET) && !style->show_secrets;
    const char *text;
    struct zj_span key;
    memcpy(&text, member, sizeof text);
    struct zj_scan scan = {.text = text, .end = text + strlen(text)};
    const char *at = *text == '{' ? zj_scan_space(&scan, text + 1) : NULL;
    while (at != NULL && *at != '}') {
        at = zj_scan_key(&scan, at, &key);
        const char *end = at != NULL ? zj_scan_value(&scan, at) : NULL;
        if (end == NULL)
            return;
        zj_json_copy_key(json, key.text, key.size);
        if (hides)
            zj_json_string(json, "***");
        else
            zj_json_copy_value(json, at, (size_t)(end - at));
        at = zj_scan_next(&scan, end, '}');
    }
}

static void write_words(struct zj_json *json, const struct zjiot_words *words, int zero) {
    zj_json_array(json);
    for (size_t i = 0; i < words->count; i++)
        zj_json_int(json, words->items[i] - zero);
    zj_json_end_array(json);
}

static void write_word_values(struct zj_json *json, const struct zjiot_field *field, const struct zjiot_words *words) {
    char key[ZJIOT_PATH_SIZE];
    snprintf(key, sizeof key, "%s" ZJ_WORD_VALUES, field->key);
    zj_json_key(json, key);
    write_words(json, words, ZJ_WORD_ZERO);
}

/* {"value":..,"unit":..}, the value null with its quality when there is none. */
static void write_quantity(struct zj_json *json, const struct zjiot_field *field, const void *member, bool has,
                           bool invalid) {
    char unit[16];
    zj_json_object(json);
    zj_json_key(json, "value");
    if (!has)
        zj_json_null(json);
    else if (field->kind == ZJIOT_INT)
        zj_json_int(json, *(const int64_t *)member);
    else if (field->kind == ZJIOT_REAL)
        zj_json_real(json, *(const double *)member);
    else
        zj_json_real(json, ((const struct zjiot_quantity *)member)->value);
    zj_json_key(json, "unit");
    zj_json_string(json, zjiot_value_unit(field, member, unit));
    if (!has) {
        zj_json_key(json, "quality");
        zj_json_string(json, quality(invalid));
    }
    zj_json_end_object(json);
}

static void write_text(struct zj_json *json, const struct zjiot_field *field, const void *member) {
    char text[ZJ_VALUE_TEXT];
    if (field->kind == ZJIOT_TEXT) { /* of any length */
        const char *held;
        memcpy(&held, member, sizeof held);
        zj_json_string(json, held != NULL ? held : "");
        return;
    }
    const size_t length = zjiot_value_text(field, member, text, sizeof text);
    if (length < sizeof text)
        zj_json_text(json, text, length);
    else
        zj_json_hex(json, ((const struct zjiot_bytes *)member)->data, ((const struct zjiot_bytes *)member)->size);
}

static void write_value(struct zj_json *json, const struct zj_json_style *style, const struct zjiot_field *field,
                        const void *member) {
    if ((field->flags & ZJIOT_FIELD_SECRET) && !style->show_secrets) {
        zj_json_string(json, "***");
        return;
    }
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
        zj_json_int(json, *(const int64_t *)member);
        break;
    case ZJIOT_REAL:
        zj_json_real(json, *(const double *)member);
        break;
    case ZJIOT_BOOL:
        zj_json_bool(json, *(const bool *)member);
        break;
    case ZJIOT_HEX:
        zj_json_hex(json, member, field->size);
        break;
    case ZJIOT_RECORD:
        write_record(json, style, field->record, member);
        break;
    case ZJIOT_ARRAY:
        write_array(json, style, field, member);
        break;
    case ZJIOT_LIST:
        write_list(json, style, field, member);
        break;
    case ZJIOT_HEX_LIST:
        write_bytes_list(json, style, member);
        break;
    case ZJIOT_BYTES:
        if (field->wire == ZJIOT_WIRE_JSON)
            write_carried(json, style, member);
        else
            write_text(json, field, member);
        break;
    case ZJIOT_WORDS:
        write_words(json, member, 0);
        break;
    default:
        write_text(json, field, member);
        break;
    }
}

static void write_quality(struct zj_json *json, const struct zjiot_field *field, bool invalid) {
    zj_json_null(json);
    write_quality_key(json, field);
    zj_json_string(json, quality(invalid));
}

static void write_unknown(struct zj_json *json, const struct zjiot_record *record, const void *value) {
    bool open = false;
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if (!(field->flags & ZJIOT_FIELD_UNKNOWN))
            continue;
        if (!open) {
            zj_json_key(json, "unknown");
            zj_json_object(json);
            open = true;
        }
        zj_json_key(json, field->key);
        zj_json_hex(json, (const uint8_t *)value + field->offset, field->size);
    }
    if (open)
        zj_json_end_object(json);
}

/* Whether there is nothing to say of a member without a value. One that might have been left out, and was sent as
 * empty, is said to be so. */
static bool is_left_out(const struct zj_json_style *style, const struct zjiot_field *field, const void *member) {
    return (style->only_present || (field->flags & ZJIOT_FIELD_OPTIONAL)) && !zj_is_empty_calendar(field, member);
}

void zj_json_members(struct zj_json *json, const struct zj_json_style *style, const struct zjiot_record *record,
                     const void *value) {
    struct zj_masks masks;
    memcpy(&masks, value, sizeof masks);
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        const void *member = (const char *)value + field->offset;
        const bool has = masks.has >> i & 1;
        const bool invalid = masks.invalid >> i & 1;
        if (field->flags & (ZJIOT_FIELD_HIDDEN | ZJIOT_FIELD_UNKNOWN))
            continue;
        if (!has && !invalid && is_left_out(style, field, member))
            continue;
        if (field->kind == ZJIOT_MEMBERS) {
            if (has)
                write_members(json, style, field, member);
            continue;
        }
        zj_json_key(json, field->key);
        if (field->kind == ZJIOT_QUANTITY || (style->quantities && field->unit[0] != '\0'))
            write_quantity(json, field, member, has, invalid);
        else if (!has)
            write_quality(json, field, invalid);
        else
            write_value(json, style, field, member);
        if (field->kind == ZJIOT_WORDS && has && style->word_values)
            write_word_values(json, field, member);
        if (field->kind == ZJIOT_HEX_LIST && has)
            write_bytes_qualities(json, field, member);
    }
    write_unknown(json, record, value);
}
