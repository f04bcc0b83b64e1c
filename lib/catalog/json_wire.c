/* A record's struct as the JSON object that goes over the wire: compact, in the order of the rows, never null. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
#include "zjiot/hex.h"
#include "json/simd.h"

enum {
    VALUE_ROOM = 48,                    /* a number or another short value in quotes, and a bracket */
    ITEM_ROOM = UINT8_MAX + VALUE_ROOM, /* and a key, which a row says the size of */
    ASIDE_SIZE = 2 * ITEM_ROOM,
};

_Static_assert(VALUE_ROOM >= ZJ_NUMBER_SIZE + 3, "a value's room");
/* Where the text goes. It is written from a pointer that the functions hand on; up to `limit` there are ITEM_ROOM bytes
 * behind it. That is in place, or where there is less room aside, and from there as much of it as fits. */
struct sink {
    struct zj_writer *writer;
    struct zj_json *json;
    char *start; /* what is not counted yet */
    char *limit;
    int code; /* why a function returned NULL */
    char aside[ASIDE_SIZE];
};

/* Counts what was written up to `at`. */
static void settle(struct sink *sink, const char *at) {
    const size_t size = (size_t)(at - sink->start);
    if (sink->start == sink->aside)
        zj_json_put(sink->json, sink->aside, size);
    else
        sink->json->size += size;
}

static char *resume(struct sink *sink) {
    const struct zj_json *json = sink->json;
    const bool fits = json->size < json->capacity && json->capacity - json->size >= ITEM_ROOM;
    sink->start = fits ? json->out + json->size : sink->aside;
    sink->limit = fits ? json->out + (json->capacity - ITEM_ROOM) : sink->aside + (ASIDE_SIZE - ITEM_ROOM);
    return sink->start;
}

static ZJ_ASIDE char *turn(struct sink *sink, const char *at) {
    settle(sink, at);
    return resume(sink);
}

/* The pointer with room behind it. */
static inline char *room(struct sink *sink, char *at) {
    return ZJ_LIKELY(at <= sink->limit) ? at : turn(sink, at);
}

static char *stop(struct sink *sink, int code) {
    sink->code = code;
    return NULL;
}

/* The key, with a comma or the bracket that opens the object before it. */
static inline char *put_key(char *at, const struct zjiot_field *field, char before) {
    const size_t size = field->quoted_size;
    memcpy(at, field->quoted, ZJ_WIDE); /* the padding of the rows is there for it */
    if (size > ZJ_WIDE)
        memcpy(at + ZJ_WIDE, field->quoted + ZJ_WIDE, size - ZJ_WIDE);
    *at = before;
    return at + size;
}

static char *write_object(struct sink *sink, const struct zjiot_record *record, const void *value, char *at);

#if defined(ZJ_SSE2)

/* Characters that have to be written otherwise, or looked at. */
static inline unsigned odd_characters(zj_wide wide) {
    return zj_wide_stops(wide, '"', '\\') | zj_wide_high(wide);
}

/* Copies a text in ASCII without anything to escape; false: it is another one. */
static inline bool copy_plain(char *at, const char *text, size_t size) {
    unsigned odd = 0;
    if (size >= ZJ_WIDE) {
        const size_t last = size - ZJ_WIDE; /* the last 16 characters may be copied twice */
        for (size_t i = 0; i < last; i += ZJ_WIDE) {
            odd |= odd_characters(zj_wide_load(text + i));
            zj_wide_store(at + i, zj_wide_load(text + i));
        }
        odd |= odd_characters(zj_wide_load(text + last));
        zj_wide_store(at + last, zj_wide_load(text + last));
        return odd == 0;
    }
    const zj_wide wide = zj_wide_load_short(text, size);
    zj_wide_store(at, wide);
    return (odd_characters(wide) & ((1u << size) - 1)) == 0;
}

#else

static inline bool copy_plain(char *at, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x80 || text[i] == '"' || text[i] == '\\')
            return false;
        at[i] = text[i];
    }
    return true;
}

#endif

/* A text of any length and any characters. */
static ZJ_ASIDE char *write_odd_text(struct sink *sink, const struct zjiot_field *field, const char *text, size_t size,
                                     char *at) {
    if (zj_utf8_valid(text, size) != size)
        return stop(sink, zj_refuse(sink->writer, field, ZJIOT_TYPE, "not UTF-8", ""));
    *at++ = '"';
    settle(sink, at);
    zj_json_put_escaped(sink->json, text, size);
    at = resume(sink);
    *at++ = '"';
    return at;
}

static inline char *write_text(struct sink *sink, const struct zjiot_field *field, const void *member, char *at) {
    const char *text;
    memcpy(&text, member, sizeof text);
    if (text == NULL && !sink->writer->zero_is_absent)
        return stop(sink, zj_refuse(sink->writer, field, ZJIOT_MISSING, "a text is needed", ""));
    if (text == NULL)
        text = "";
    const size_t size = strlen(text);
    if (field->max != INT64_MAX && size > (size_t)field->max)
        return stop(sink, zj_refuse(sink->writer, field, ZJIOT_LENGTH, "longer than the document allows", ""));
    if (ZJ_LIKELY(sink->limit - at >= (ptrdiff_t)size && copy_plain(at + 1, text, size))) {
        at[0] = '"';
        at[size + 1] = '"';
        return at + size + 2;
    }
    return write_odd_text(sink, field, text, size, at);
}

static ZJ_ASIDE char *write_digits(struct sink *sink, const struct zjiot_field *field, const void *member, char *at) {
    const char *text;
    memcpy(&text, member, sizeof text);
    const size_t size = text != NULL ? strlen(text) : SIZE_MAX;
    const int fault = size <= field->count ? zj_digits_check(field, text, size) : 0; /* write_text refuses more */
    if (fault != 0)
        return stop(sink, zj_refuse(sink->writer, field, (enum zjiot_code)fault, "not all its digits, or others", ""));
    return write_text(sink, field, member, at);
}

static char *write_list(struct sink *sink, const struct zjiot_field *field, const void *member, char *at) {
    struct zj_writer *writer = sink->writer;
    struct zjiot_list list;
    memcpy(&list, member, sizeof list);
    if ((int64_t)list.count > field->max)
        return stop(sink, zj_refuse(writer, field, ZJIOT_LENGTH, "more items than the document allows", ""));
    struct zj_path here = {writer->path, field->key, 0};
    writer->path = &here;
    *at++ = '[';
    for (size_t i = 0; i < list.count; i++) {
        here.index = (int)i;
        at = room(sink, at);
        *at = ',';
        at += i > 0;
        at = write_object(sink, field->record, (const char *)list.items + i * field->record->struct_size, at);
        if (at == NULL)
            return NULL;
    }
    writer->path = here.up;
    at = room(sink, at);
    *at++ = ']';
    return at;
}

static char *write_hex(struct sink *sink, const struct zjiot_bytes *bytes, char *at) {
    enum { STEP = ITEM_ROOM / 2 - 1 };
    *at++ = '"';
    for (size_t i = 0; i < bytes->size; i += STEP) {
        const size_t step = bytes->size - i < STEP ? bytes->size - i : STEP;
        at = room(sink, at);
        at += zj_hex_write(bytes->data + i, step, sink->writer->upper_hex, at);
    }
    at = room(sink, at);
    *at++ = '"';
    return at;
}

static ZJ_ASIDE char *write_bytes_list(struct sink *sink, const struct zjiot_field *field, const void *member,
                                       char *at) {
    struct zjiot_list list;
    memcpy(&list, member, sizeof list);
    const struct zjiot_bytes *items = list.items;
    if ((int64_t)list.count > field->max)
        return stop(sink, zj_refuse(sink->writer, field, ZJIOT_LENGTH, "more items than the document allows", ""));
    *at++ = '[';
    for (size_t i = 0; i < list.count; i++) {
        if (items[i].size == 0 || items[i].size > field->count)
            return stop(sink, zj_refuse(sink->writer, field, ZJIOT_LENGTH, "an item is empty or too long", ""));
        at = room(sink, at);
        *at = ',';
        at = write_hex(sink, &items[i], at + (i > 0));
    }
    at = room(sink, at);
    *at++ = ']';
    return at;
}

/* The object that stands for a whole record, gone over once more: it may be the caller's. */
static ZJ_ASIDE char *write_members(struct sink *sink, const struct zjiot_record *record, const void *value, char *at) {
    const char *text;
    memcpy(&text, (const char *)value + record->fields->offset, sizeof text);
    if (text == NULL)
        text = "{}";
    struct zj_scan scan = {.text = text, .end = text + strlen(text)};
    const char *from = zj_scan_begin(&scan);
    settle(sink, at);
    from = from != NULL && *from == '{' ? zj_scan_copy(&scan, from, sink->json) : NULL;
    if (from == NULL || zj_scan_end(&scan, from) == NULL)
        return stop(sink, zj_refuse(sink->writer, record->fields, ZJIOT_SYNTAX, "no JSON object", ""));
    return resume(sink);
}

static char *write_nested(struct sink *sink, const struct zjiot_field *field, const void *member, char *at) {
    struct zj_writer *writer = sink->writer;
    const bool is_body = field->flags & ZJIOT_FIELD_BODY;
    const struct zj_path here = {writer->path, field->key, -1};
    writer->path = &here;
    at = write_object(sink, is_body ? writer->body : field->record, is_body ? writer->body_value : member, at);
    writer->path = here.up;
    return at;
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
static ZJ_ASIDE char *write_stamp(struct sink *sink, const struct zjiot_field *field, const struct zjiot_stamp *stamp,
                                  char *at) {
    if (zj_stamp_is_local(stamp))
        return stop(sink, zj_refuse(sink->writer, field, ZJIOT_RANGE, "a local time, whose zone is not known, is no ",
                                    zj_kind_name(ZJIOT_STAMP)));
    if (stamp->ms < 0 || stamp->ms > ZJIOT_STAMP_MAX)
        return stop(sink, zj_refuse_number(sink->writer, field, stamp->ms));
    *at++ = '"';
    at += zj_int_write(stamp->ms, at);
    *at++ = '"';
    return at;
}

static inline char *write_real(struct sink *sink, const struct zjiot_field *field, const void *member, char *at) {
    const double value = *(const double *)member;
    if (ZJ_UNLIKELY(!zj_real_fits(field, value) || !isfinite(value)) && !(value == 0 && sink->writer->zero_is_absent))
        return stop(sink, refuse_real(sink->writer, field, value));
    return at + zj_real_write(value, at);
}

static inline char *write_int(struct sink *sink, const struct zjiot_field *field, const void *member, char *at) {
    const int64_t number = *(const int64_t *)member;
    if (ZJ_UNLIKELY(!zj_number_surely_fits(field, number)) && !(number == 0 && sink->writer->zero_is_absent) &&
        !zj_number_fits(field, number))
        return stop(sink, zj_refuse_number(sink->writer, field, number));
    if (ZJ_LIKELY((uint64_t)number < 10)) {
        *at = (char)('0' + number);
        return at + 1;
    }
    return at + zj_int_write(number, at);
}

static inline char *write_calendar(struct sink *sink, const struct zjiot_field *field, const void *member, char *at) {
    const int64_t number = *(const int64_t *)member;
    const int64_t base = field->kind == ZJIOT_MINUTE ? 60 : 100;
    const bool fits = number >= 0 && zj_calendar_fits(field, number, (int)(number % base));
    const bool absent = (number == 0 || number == ZJ_CALENDAR_EMPTY) && sink->writer->zero_is_absent;
    if (!fits && !absent)
        return stop(sink, zj_refuse(sink->writer, field, ZJIOT_RANGE, "no ", zj_kind_name(field->kind) + 2));
    *at++ = '"';
    at += fits ? zj_calendar_write(field, number, at) : 0;
    *at++ = '"';
    return at;
}

static ZJ_ASIDE char *write_datetime(struct sink *sink, const struct zjiot_field *field,
                                     const struct zjiot_clock *clock, char *at) {
    if (!zj_clock_valid(clock) || clock->year > 9999)
        return stop(sink, zj_refuse(sink->writer, field, ZJIOT_RANGE, "no date and time", ""));
    *at++ = '"';
    zj_datetime_write(clock, at);
    at += ZJ_DATETIME_SIZE;
    *at++ = '"';
    return at;
}

static ZJ_ASIDE char *write_words(struct sink *sink, const struct zjiot_field *field, const struct zjiot_words *words,
                                  char *at) {
    enum { STEP = ITEM_ROOM / ZJ_WORD_SIZE };
    if ((int64_t)words->count != field->max)
        return stop(sink,
                    zj_refuse(sink->writer, field, ZJIOT_LENGTH, "another number of words than the document has", ""));
    *at++ = '"';
    for (size_t i = 0; i < words->count; i += STEP) {
        const size_t count = words->count - i < STEP ? words->count - i : STEP;
        at = room(sink, at);
        zj_words_write(words->items + i, count, at);
        at += count * ZJ_WORD_SIZE;
    }
    at[-1] = '"'; /* in place of the last comma; no row asks for no words */
    return at;
}

static ZJ_ASIDE char *write_bool(const bool *member, char *at) {
    return at + zj_copy_text(at, VALUE_ROOM, *member ? "true" : "false");
}

/* A number or a truth in quotes. */
static ZJ_ASIDE char *write_quoted(struct sink *sink, const struct zjiot_field *field, const void *member, char *at) {
    *at++ = '"';
    if (field->kind == ZJIOT_BOOL)
        at = write_bool(member, at);
    else
        at = field->kind == ZJIOT_REAL ? write_real(sink, field, member, at) : write_int(sink, field, member, at);
    if (at != NULL)
        *at++ = '"';
    return at;
}

static ZJ_ASIDE char *write_listed(struct sink *sink, const struct zjiot_field *field, const void *member, char *at) {
    *at++ = '[';
    at = write_int(sink, field, member, at);
    if (at != NULL)
        *at++ = ']';
    return at;
}

static ZJ_ASIDE char *write_name(const struct zjiot_record *record, char *at) {
    *at++ = '"';
    at += zj_copy_text(at, VALUE_ROOM, record->name);
    *at++ = '"';
    return at;
}

/* The kinds that are rare. */
static ZJ_ASIDE char *write_rare(struct sink *sink, const struct zjiot_field *field, const void *member, char *at) {
    const struct zjiot_bytes *bytes = member;
    if (field->kind == ZJIOT_BOOL)
        return write_bool(member, at);
    if (field->kind == ZJIOT_STAMP)
        return write_stamp(sink, field, member, at);
    if (field->kind == ZJIOT_CLOCK)
        return write_datetime(sink, field, member, at);
    if (field->kind == ZJIOT_WORDS)
        return write_words(sink, field, member, at);
    if (field->kind == ZJIOT_HEX_LIST)
        return write_bytes_list(sink, field, member, at);
    if (field->kind == ZJIOT_BYTES) {
        if (bytes->size > (size_t)field->max)
            return stop(sink, zj_refuse(sink->writer, field, ZJIOT_LENGTH, "too many bytes", ""));
        return write_hex(sink, bytes, at);
    }
    if (!zj_number_fits(field, *(const int64_t *)member))
        return stop(sink, zj_refuse_number(sink->writer, field, *(const int64_t *)member));
    *at++ = '"';
    at += zjiot_value_text(field, member, at, VALUE_ROOM);
    *at++ = '"';
    return at;
}

/* A value of the object whose record it is. */
static inline char *write_value(struct sink *sink, const struct zjiot_record *record, const struct zjiot_field *field,
                                const void *member, char *at) {
    switch (field->form) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
        return write_int(sink, field, member, at);
    case ZJIOT_REAL:
        return write_real(sink, field, member, at);
    case ZJIOT_TEXT:
        return write_text(sink, field, member, at);
    case ZJIOT_MINUTE:
    case ZJIOT_MONTH_DAY:
        return write_calendar(sink, field, member, at);
    case ZJIOT_LIST:
        return write_list(sink, field, member, at);
    case ZJIOT_RECORD:
        return write_nested(sink, field, member, at);
    case ZJ_FORM_NAME:
        return write_name(record, at);
    case ZJ_FORM_QUOTED:
        return write_quoted(sink, field, member, at);
    case ZJ_FORM_LISTED:
        return write_listed(sink, field, member, at);
    case ZJ_FORM_DIGITS:
        return write_digits(sink, field, member, at);
    default:
        return write_rare(sink, field, member, at);
    }
}

/* Whether a member that may be left out holds something. */
static ZJ_ASIDE bool is_set(const struct zjiot_field *field, const void *member) {
    const unsigned char *bytes = member;
    for (size_t i = zj_member_size(field); i > 0; i--)
        if (bytes[i - 1] != 0)
            return true;
    return false;
}

/* Whether a member without its bit is to be written; MISSING when it is needed and not there. */
static inline int is_wanted(const struct zj_writer *writer, const struct zjiot_field *field,
                            const struct zj_masks *masks, uint64_t bit, const void *member) {
    if (field->flags & (ZJIOT_FIELD_BODY | ZJIOT_FIELD_HIDDEN))
        return 1;
    const bool was_read = masks->has & ZJIOT_HAS_READ;
    if (field->flags & ZJIOT_FIELD_OPTIONAL)
        return was_read ? zj_is_empty_calendar(field, member) : is_set(field, member);
    if (was_read && (!writer->zero_is_absent || (masks->invalid & bit)))
        return zj_refuse_missing(writer, field);
    return 1;
}

static char *write_object(struct sink *sink, const struct zjiot_record *record, const void *value, char *at) {
    const struct zj_masks *masks = value;
    const uint64_t has = masks->has;
    char before = '{';
    if (ZJ_UNLIKELY(record->fields->kind == ZJIOT_MEMBERS))
        return write_members(sink, record, value, at);
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        const void *member = (const char *)value + field->offset;
        if (ZJ_UNLIKELY(field->form == ZJ_FORM_RARE))
            continue;
        if (ZJ_UNLIKELY((has >> i & 1) == 0)) {
            const int wanted = is_wanted(sink->writer, field, masks, UINT64_C(1) << i, member);
            if (wanted == 0)
                continue;
            if (wanted < 0)
                return stop(sink, wanted);
        }
        at = put_key(room(sink, at), field, before);
        before = ',';
        at = write_value(sink, record, field, member, at);
        if (ZJ_UNLIKELY(at == NULL))
            return NULL;
    }
    at = room(sink, at);
    *at = '{';
    at += before == '{';
    *at++ = '}';
    return at;
}

int zj_write_json(struct zj_writer *writer, struct zj_json *json, const struct zjiot_record *record,
                  const void *value) {
    const struct zj_path *path = writer->path;
    struct sink sink;
    sink.writer = writer;
    sink.json = json;
    sink.code = 0;
    const char *end = write_object(&sink, record, value, resume(&sink));
    writer->path = path;
    if (end == NULL)
        return sink.code;
    settle(&sink, end);
    return 0;
}
