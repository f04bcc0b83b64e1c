/* A record's struct as the JSON object that goes over the wire: compact, in the order of the rows, never null. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
#include "zjiot/hex.h"

enum {
    VALUE_ROOM = 48,                   /* a comma, and a number or another short value in quotes */
    ITEM_ROOM = UINT8_MAX + VALUE_ROOM /* and a key, which a row says the size of */
};

_Static_assert(VALUE_ROOM >= ZJ_NUMBER_SIZE + 3, "a value's room");

/* A piece of output of up to ITEM_ROOM bytes: in place where there is room, else aside and then as much of it as
 * fits. */
struct piece {
    char *start;
    char aside[ITEM_ROOM];
};

static inline char *begin_piece(struct zj_json *json, struct piece *piece) {
    const bool fits = json->size < json->capacity && json->capacity - json->size >= ITEM_ROOM;
    piece->start = fits ? json->out + json->size : piece->aside;
    return piece->start;
}

static inline void end_piece(struct zj_json *json, struct piece *piece, const char *end) {
    const size_t size = (size_t)(end - piece->start);
    if (ZJ_UNLIKELY(piece->start == piece->aside))
        zj_json_put(json, piece->aside, size);
    else
        json->size += size;
}

static inline char *put_key(char *at, const struct zjiot_field *field, bool first) {
    *at = ',';
    at += !first;
    memcpy(at, field->quoted, 16); /* the padding of the rows is there for it */
    if (field->quoted_size > 16)
        memcpy(at + 16, field->quoted + 16, field->quoted_size - 16u);
    return at + field->quoted_size;
}

static int write_object(struct zj_writer *writer, struct zj_json *json, const struct zjiot_record *record,
                        const void *value);

static bool is_ascii_plain(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x80 || text[i] == '"' || text[i] == '\\')
            return false;
    return true;
}

static int write_text(struct zj_writer *writer, struct zj_json *json, const struct zjiot_field *field,
                      const void *member) {
    const char *text;
    memcpy(&text, member, sizeof text);
    if (text == NULL && !writer->zero_is_absent)
        return zj_refuse(writer, field, ZJIOT_MISSING, "a text is needed", "");
    if (text == NULL)
        text = "";
    const size_t size = strlen(text);
    if (field->max != INT64_MAX && size > (size_t)field->max)
        return zj_refuse(writer, field, ZJIOT_LENGTH, "longer than the document allows", "");
    if (is_ascii_plain(text, size)) {
        zj_json_put(json, "\"", 1);
        zj_json_put(json, text, size);
        zj_json_put(json, "\"", 1);
        return 0;
    }
    if (zj_utf8_valid(text, size) != size)
        return zj_refuse(writer, field, ZJIOT_TYPE, "not UTF-8", "");
    zj_json_put(json, "\"", 1);
    zj_json_put_escaped(json, text, size);
    zj_json_put(json, "\"", 1);
    return 0;
}

static int write_list(struct zj_writer *writer, struct zj_json *json, const struct zjiot_field *field,
                      const void *member) {
    struct zjiot_list list;
    memcpy(&list, member, sizeof list);
    if ((int64_t)list.count > field->max)
        return zj_refuse(writer, field, ZJIOT_LENGTH, "more items than the document allows", "");
    struct zj_path here = {writer->path, field->key, 0};
    writer->path = &here;
    for (size_t i = 0; i < list.count; i++) {
        zj_json_put(json, i == 0 ? "[" : ",", 1);
        here.index = (int)i;
        const int code =
            write_object(writer, json, field->record, (const char *)list.items + i * field->record->struct_size);
        if (code != 0)
            return code;
    }
    writer->path = here.up;
    zj_json_put(json, list.count == 0 ? "[]" : "]", list.count == 0 ? 2 : 1);
    return 0;
}

static void put_hex(const struct zj_writer *writer, struct zj_json *json, const struct zjiot_bytes *bytes) {
    enum { STEP = 64 };
    char text[2 * STEP + 1];
    zj_json_put(json, "\"", 1);
    for (size_t at = 0; at < bytes->size; at += STEP) {
        const size_t step = bytes->size - at < STEP ? bytes->size - at : STEP;
        const size_t size = zjiot_hex_write(bytes->data + at, step, text);
        for (size_t i = 0; i < size && writer->upper_hex; i++)
            text[i] = (char)(text[i] >= 'a' ? text[i] - 'a' + 'A' : text[i]);
        zj_json_put(json, text, size);
    }
    zj_json_put(json, "\"", 1);
}

static int write_bytes_list(struct zj_writer *writer, struct zj_json *json, const struct zjiot_field *field,
                            const void *member) {
    struct zjiot_list list;
    memcpy(&list, member, sizeof list);
    const struct zjiot_bytes *items = list.items;
    if ((int64_t)list.count > field->max)
        return zj_refuse(writer, field, ZJIOT_LENGTH, "more items than the document allows", "");
    zj_json_put(json, "[", 1);
    for (size_t i = 0; i < list.count; i++) {
        if (items[i].size == 0 || items[i].size > field->count)
            return zj_refuse(writer, field, ZJIOT_LENGTH, "an item is empty or too long", "");
        zj_json_put(json, ",", i > 0);
        put_hex(writer, json, &items[i]);
    }
    zj_json_put(json, "]", 1);
    return 0;
}

/* The object that stands for a whole record, gone over once more: it may be the caller's. */
static int write_members(const struct zj_writer *writer, struct zj_json *json, const struct zjiot_record *record,
                         const void *value) {
    const char *text;
    memcpy(&text, (const char *)value + record->fields->offset, sizeof text);
    if (text == NULL)
        text = "{}";
    struct zj_scan scan = {.text = text, .end = text + strlen(text)};
    const char *at = zj_scan_begin(&scan);
    at = at != NULL && *at == '{' ? zj_scan_copy(&scan, at, json) : NULL;
    if (at == NULL || zj_scan_end(&scan, at) == NULL)
        return zj_refuse(writer, record->fields, ZJIOT_SYNTAX, "no JSON object", "");
    return 0;
}

static int write_nested(struct zj_writer *writer, struct zj_json *json, const struct zjiot_field *field,
                        const void *member) {
    const bool is_body = field->flags & ZJIOT_FIELD_BODY;
    const struct zj_path here = {writer->path, field->key, -1};
    writer->path = &here;
    const int code =
        write_object(writer, json, is_body ? writer->body : field->record, is_body ? writer->body_value : member);
    writer->path = here.up;
    return code;
}

static int refuse_real(const struct zj_writer *writer, const struct zjiot_field *field, double value) {
    char found[ZJ_NUMBER_SIZE];
    char range[ZJIOT_EVIDENCE_SIZE];
    if (!isfinite(value))
        return zj_refuse(writer, field, ZJIOT_RANGE, "not a finite number", "");
    zj_real_write(value, found);
    zjiot_field_range(field, range, sizeof range);
    char detail[sizeof range + 16];
    snprintf(detail, sizeof detail, " is outside %s", range);
    return zj_refuse(writer, field, ZJIOT_RANGE, found, detail);
}

/* Both forms of milliseconds go out as the document has them; it knows no local time. */
static int put_stamp(const struct zj_writer *writer, const struct zjiot_field *field, const struct zjiot_stamp *stamp,
                     char *at, char **ret_end) {
    if (zj_stamp_is_local(stamp))
        return zj_refuse(writer, field, ZJIOT_RANGE, "a local time, whose zone is not known, is no ",
                         zj_kind_name(ZJIOT_STAMP));
    if (stamp->ms < 0 || stamp->ms > ZJIOT_STAMP_MAX)
        return zj_refuse_number(writer, field, stamp->ms);
    *at++ = '"';
    at += zj_int_write(stamp->ms, at);
    *at++ = '"';
    *ret_end = at;
    return 0;
}

/* What fits a piece: 0 and the end of it, or a code. */
static inline int put_value(const struct zj_writer *writer, const struct zjiot_field *field, const void *member,
                            char *at, char **ret_end) {
    if (field->kind == ZJIOT_REAL) {
        const double value = *(const double *)member;
        if (ZJ_UNLIKELY(!zj_real_fits(field, value) || !isfinite(value)) && !(value == 0 && writer->zero_is_absent))
            return refuse_real(writer, field, value);
        *ret_end = at + zj_real_write(value, at);
        return 0;
    }
    if (field->kind == ZJIOT_BOOL) {
        *ret_end = at + zj_copy_text(at, VALUE_ROOM, *(const bool *)member ? "true" : "false");
        return 0;
    }
    if (field->kind == ZJIOT_STAMP)
        return put_stamp(writer, field, member, at, ret_end);
    const int64_t number = *(const int64_t *)member;
    const bool absent = number == 0 && writer->zero_is_absent;
    if (field->kind == ZJIOT_INT || field->kind == ZJIOT_TIME) {
        const bool plain = field->set == NULL && number >= field->min && number <= field->max;
        if (ZJ_UNLIKELY(!plain && !absent && !zj_number_fits(field, number)))
            return zj_refuse_number(writer, field, number);
        *ret_end = at + zj_int_write(number, at);
        return 0;
    }
    *at++ = '"';
    if (field->kind == ZJIOT_MINUTE || field->kind == ZJIOT_MONTH_DAY) {
        const int64_t base = field->kind == ZJIOT_MINUTE ? 60 : 100;
        const bool fits = number >= 0 && zj_calendar_fits(field, number, (int)(number % base));
        if (!fits && !absent && !(number == ZJ_CALENDAR_EMPTY && writer->zero_is_absent))
            return zj_refuse(writer, field, ZJIOT_RANGE, "no ", zj_kind_name(field->kind) + 2);
        at += fits ? zj_calendar_write(field, number, at) : 0;
    } else {
        if (!zj_number_fits(field, number))
            return zj_refuse_number(writer, field, number);
        at += zjiot_value_text(field, member, at, VALUE_ROOM);
    }
    *at++ = '"';
    *ret_end = at;
    return 0;
}

static int write_large(struct zj_writer *writer, struct zj_json *json, const struct zjiot_field *field,
                       const void *member) {
    const struct zjiot_bytes *bytes = member;
    switch (field->kind) {
    case ZJIOT_TEXT:
        return write_text(writer, json, field, member);
    case ZJIOT_LIST:
        return write_list(writer, json, field, member);
    case ZJIOT_RECORD:
        return write_nested(writer, json, field, member);
    case ZJIOT_HEX_LIST:
        return write_bytes_list(writer, json, field, member);
    default: /* BYTES */
        if (bytes->size > (size_t)field->max)
            return zj_refuse(writer, field, ZJIOT_LENGTH, "too many bytes", "");
        put_hex(writer, json, bytes);
        return 0;
    }
}

static inline bool is_large(unsigned kind) {
    return kind == ZJIOT_TEXT || kind == ZJIOT_LIST || kind == ZJIOT_RECORD || kind == ZJIOT_BYTES ||
           kind == ZJIOT_HEX_LIST;
}

/* Whether a member that may be left out holds something. */
static bool is_set(const struct zjiot_field *field, const void *member) {
    const unsigned char *bytes = member;
    for (size_t i = zj_member_size(field); i > 0; i--)
        if (bytes[i - 1] != 0)
            return true;
    return false;
}

/* Whether a member that was read as empty is to be written as such. */
static bool is_empty_calendar(const struct zjiot_field *field, const void *member) {
    const bool is_calendar = field->kind == ZJIOT_MINUTE || field->kind == ZJIOT_MONTH_DAY;
    return is_calendar && *(const int64_t *)member == ZJ_CALENDAR_EMPTY;
}

/* Whether the member is to be written; MISSING when it is needed and not there. */
static inline int is_wanted(const struct zj_writer *writer, const struct zjiot_field *field,
                            const struct zj_masks *masks, uint64_t bit, const void *member) {
    if (ZJ_UNLIKELY((field->flags & (ZJIOT_FIELD_COMPUTED | ZJIOT_FIELD_DIALECT)) != 0))
        return 0;
    if (ZJ_LIKELY((masks->has & bit) != 0) || (field->flags & ZJIOT_FIELD_BODY))
        return 1;
    const bool was_read = masks->has & ZJIOT_HAS_READ;
    if (field->flags & ZJIOT_FIELD_OPTIONAL)
        return was_read ? is_empty_calendar(field, member) : is_set(field, member);
    if (was_read && (!writer->zero_is_absent || (masks->invalid & bit)))
        return zj_refuse_missing(writer, field);
    return 1;
}

static int write_object(struct zj_writer *writer, struct zj_json *json, const struct zjiot_record *record,
                        const void *value) {
    const struct zj_masks *masks = value;
    bool first = true;
    if (ZJ_UNLIKELY(record->fields->kind == ZJIOT_MEMBERS))
        return write_members(writer, json, record, value);
    zj_json_put(json, "{", 1);
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        const void *member = (const char *)value + field->offset;
        int code = is_wanted(writer, field, masks, UINT64_C(1) << i, member);
        if (code == 0)
            continue;
        struct piece piece;
        char *at = begin_piece(json, &piece);
        at = put_key(at, field, first);
        first = false;
        const bool large = is_large(field->kind);
        if (code > 0)
            code = large ? 0 : put_value(writer, field, member, at, &at);
        if (ZJ_LIKELY(code == 0)) {
            end_piece(json, &piece, at);
            code = large ? write_large(writer, json, field, member) : 0;
        }
        if (ZJ_UNLIKELY(code != 0))
            return code;
    }
    zj_json_put(json, "}", 1);
    return 0;
}

int zj_write_json(struct zj_writer *writer, struct zj_json *json, const struct zjiot_record *record,
                  const void *value) {
    const struct zj_path *path = writer->path;
    const int code = write_object(writer, json, record, value);
    writer->path = path;
    return code;
}
