/* What a JSON reader finds that is not plainly what the row says: judged, reported, and kept where it makes sense. */
#include <stdio.h>
#include <string.h>

#include "catalog/json_quick.h"
#include "catalog/json_source.h"
#include "zjiot/hex.h"

static size_t offset_of(const struct zj_json_source *in, const char *at) {
    return (size_t)(at - in->scan.text);
}

/* Whether a text that stands where it does not belong names a secret. */
static bool names_secret(const struct zj_json_source *in, const char *text, size_t size) {
    return in->protocol != NULL && zj_json_holds_secret(in->protocol, text, size);
}

/* The text between two positions as evidence. */
static void show_text(const struct zj_json_source *in, bool is_secret, const char *at, const char *behind, char *out) {
    const size_t size = (size_t)(behind - at);
    if (in->secret || is_secret || ((*at == '{' || *at == '[') && names_secret(in, at, size)))
        zj_copy_text(out, ZJIOT_EVIDENCE_SIZE, "***");
    else
        zj_copy_part(out, ZJIOT_EVIDENCE_SIZE, at, size);
}

/* The same of a field. Digits that should be bytes of another protocol may hold a secret of it. */
static void show(const struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                 char *out) {
    const bool is_carried = field->kind == ZJIOT_BYTES || field->kind == ZJIOT_HEX_LIST;
    const bool is_secret = (field->flags & ZJIOT_FIELD_SECRET) != 0 ||
                           (is_carried && zjiot_may_hold_secret((const uint8_t *)at, (size_t)(behind - at), NULL));
    show_text(in, is_secret, at, behind, out);
}

/* What the row allows, or else the kind of value. */
static void expect(const struct zjiot_field *field, char *out) {
    if (zjiot_field_range(field, out, ZJIOT_EVIDENCE_SIZE) == 0)
        zj_copy_text(out, ZJIOT_EVIDENCE_SIZE, zj_kind_name(field->kind));
}

int zj_json_deviate(struct zj_json_source *in, enum zjiot_code code, const struct zjiot_field *field, const char *at,
                    const char *behind, const char *expected) {
    char found[ZJIOT_EVIDENCE_SIZE];
    show(in, field, at, behind, found);
    in->scan.code = zj_deviate(in->reader, code, offset_of(in, at), field->key, found, expected);
    return in->scan.code;
}

int zj_json_no_room(struct zj_json_source *in) {
    if (in->reader->error != NULL) {
        *in->reader->error = in->room;
        zj_path_text(in->reader->path, NULL, in->reader->error->path);
    }
    return in->room.code;
}

bool zj_json_real_value(const struct zj_decimal *decimal, const char *at, const char *end, double *ret_value) {
    if (ZJ_UNLIKELY(!decimal->exact || decimal->digits > UINT64_C(1) << 53))
        return zj_real_read(at, (size_t)(end - at), ret_value);
    /* Both are exact as doubles, so the one division rounds the true result. */
    const double value = (double)decimal->digits / zj_powers[-decimal->exponent];
    *ret_value = decimal->negative ? -value : value;
    return true;
}

/* Out of range: upward a zero says that there is no value, anything else is a deviation. */
static int out_of_range(struct zj_json_source *in, const struct zjiot_field *field, double value, const char *at,
                        struct zj_masks *masks, uint64_t bit) {
    char found[ZJ_NUMBER_SIZE];
    char expected[ZJIOT_EVIDENCE_SIZE];
    if (value == 0 && in->zero_is_absent) {
        if (!(field->flags & ZJIOT_FIELD_OPTIONAL)) /* one that might have been left out, and was not */
            masks->has &= ~bit;
        return 0;
    }
    zj_real_write(value, found);
    expect(field, expected);
    return zj_deviate(in->reader, ZJIOT_RANGE, offset_of(in, at), field->key, found, expected);
}

int zj_json_judge(struct zj_json_source *in, const struct zjiot_field *field, int64_t number, const char *at,
                  struct zj_masks *masks, uint64_t bit) {
    return zj_number_fits(field, number) ? 0 : out_of_range(in, field, (double)number, at, masks, bit);
}

int zj_json_judge_real(struct zj_json_source *in, const struct zjiot_field *field, double value, const char *at,
                       struct zj_masks *masks, uint64_t bit) {
    return zj_real_fits(field, value) ? 0 : out_of_range(in, field, value, at, masks, bit);
}

int zj_json_keep_text(struct zj_json_source *in, const struct zjiot_field *field, const struct zj_span *span,
                      const char *at, void *member, struct zj_masks *masks, uint64_t bit) {
    char *text = zj_pool_text(in->pool, span->size + 1, &in->room);
    if (text == NULL)
        return zj_json_no_room(in);
    int64_t size = (int64_t)span->size;
    if (ZJ_UNLIKELY(span->escaped))
        size = zj_json_unescape(span, text);
    else
        memcpy(text, span->text, span->size);
    if (size < 0) {
        zj_scan_fail(&in->scan, at, "a text without NUL");
        zj_json_stop(in);
        return in->scan.code;
    }
    text[size] = '\0';
    memcpy(member, &text, sizeof text);
    masks->has |= bit;
    if (ZJ_LIKELY(size <= field->max))
        return 0;
    char expected[ZJIOT_EVIDENCE_SIZE];
    expect(field, expected);
    return zj_json_deviate(in, ZJIOT_LENGTH, field, at, at + span->size + 2, expected);
}

/* Whether a member of this kind can be empty or zero and still be what its row asks for. */
static bool zero_fits(const struct zjiot_field *field) {
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
        return zj_number_fits(field, 0);
    case ZJIOT_REAL:
        return zj_real_fits(field, 0);
    default:
        return field->kind == ZJIOT_TEXT || field->kind == ZJIOT_LIST;
    }
}

static void clear(const struct zjiot_field *field, void *member) {
    static const char *const empty = "";
    memset(member, 0, zj_member_size(field));
    if (field->kind == ZJIOT_TEXT)
        memcpy(member, &empty, sizeof empty);
}

/* Digits in the text or behind its quotes, for a number. False: none. */
bool zj_json_digits(const struct zjiot_field *field, const char *text, size_t size, void *member) {
    double value;
    int64_t number;
    if (field->kind == ZJIOT_REAL) {
        if (!zj_real_read(text, size, &value))
            return false;
        memcpy(member, &value, sizeof value);
        return true;
    }
    if (!(size > 0 && text[size - 1] != 'x' && (size < 2 || text[1] != 'x') && zj_int_read(text, size, &number))) {
        if (!zj_real_read(text, size, &value) || !zj_decimal_digits(value, 0, &number))
            return false;
    }
    memcpy(member, &number, sizeof number);
    return true;
}

int zj_json_judge_member(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const void *member,
                         struct zj_masks *masks, uint64_t bit) {
    if (field->kind == ZJIOT_REAL)
        return zj_json_judge_real(in, field, *(const double *)member, at, masks, bit);
    return zj_json_judge(in, field, *(const int64_t *)member, at, masks, bit);
}

/* A number that is written otherwise than as its kind: in quotes, with a point, with an exponent. */
static bool odd_number(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                       void *member, struct zj_masks *masks, uint64_t bit) {
    const bool quoted = *at == '"';
    const char *text = at + quoted;
    const size_t size = (size_t)(behind - at) - 2u * quoted;
    int64_t number;
    if (!zj_json_digits(field, text, size, member))
        return false;
    masks->has |= bit;
    in->scan.code = 0;
    if (quoted || (field->kind != ZJIOT_REAL && !zj_int_read(text, size, &number)))
        zj_json_deviate(in, ZJIOT_TYPE, field, at, behind, zj_kind_name(field->kind));
    if (in->scan.code == 0)
        in->scan.code = zj_json_judge_member(in, field, at, member, masks, bit);
    return true;
}

/* true and false; in quotes a deviation. */
static bool read_truth(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                       bool *member) {
    const bool quoted = *at == '"';
    const size_t size = (size_t)(behind - at) - 2u * quoted;
    const bool is_true = size == 4 && memcmp(at + quoted, "true", 4) == 0;
    if (!is_true && !(size == 5 && memcmp(at + quoted, "false", 5) == 0))
        return false;
    *member = is_true;
    if (quoted)
        zj_json_deviate(in, ZJIOT_TYPE, field, at, behind, zj_kind_name(field->kind));
    return true;
}

/* One of the set's words; a tolerated one is a deviation. */
static bool read_word(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                      int64_t *member) {
    char expected[ZJIOT_EVIDENCE_SIZE];
    if (!zj_word_read(field, at + 1, (size_t)(behind - at) - 2, member))
        return false;
    if (zjiot_choice_find(field->set, *member)->tolerated) {
        zjiot_field_range(field, expected, sizeof expected);
        zj_json_deviate(in, ZJIOT_CONST, field, at, behind, expected);
    }
    return true;
}

/* Kinds that are hex digits, a word, or a truth. */
static bool rare_kind(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                      void *member) {
    const char *text = at + 1;
    const size_t size = *at == '"' ? (size_t)(behind - at) - 2 : 0;
    struct zjiot_bytes bytes = {NULL, size / 2};
    if (field->kind == ZJIOT_BOOL)
        return read_truth(in, field, at, behind, member);
    if (*at != '"')
        return false;
    if (field->kind == ZJIOT_NAMED)
        return read_word(in, field, at, behind, member);
    if (field->kind == ZJIOT_HEXNUM)
        return zj_hexnum_read(field, text, size, member);
    if (field->kind != ZJIOT_BYTES)
        return false;
    uint8_t *out = zjiot_pool_take(in->pool, size / 2 + 1, &in->room);
    if (out == NULL)
        in->scan.code = zj_json_no_room(in);
    else if (size % 2 != 0 || zjiot_hex_read(text, size, out, size / 2 + 1, NULL) != (int64_t)(size / 2))
        return false;
    bytes.data = out;
    memcpy(member, &bytes, sizeof bytes);
    return true;
}

static bool is_number_kind(const struct zjiot_field *field) {
    return field->kind == ZJIOT_INT || field->kind == ZJIOT_TIME || field->kind == ZJIOT_REAL;
}

static bool is_number(const char *at) {
    return *at == '-' || (*at >= '0' && *at <= '9');
}

/* The value is none of its kind: null stands for zero or nothing, all else is invalid. */
void zj_json_not_of_kind(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                         void *member, struct zj_masks *masks, uint64_t bit) {
    char expected[ZJIOT_EVIDENCE_SIZE];
    const bool is_null = *at == 'n';
    if (!(field->flags & ZJIOT_FIELD_BODY))
        clear(field, member);
    if (!is_null)
        masks->invalid |= bit;
    else if (!in->null_is_absent && zero_fits(field) && !(field->flags & ZJIOT_FIELD_OPTIONAL))
        masks->has |= bit;
    if (field->kind == ZJIOT_NAMED)
        expect(field, expected);
    else
        zj_copy_text(expected, sizeof expected, zj_kind_name(field->kind));
    zj_json_deviate(in, field->kind == ZJIOT_NAMED && *at == '"' ? ZJIOT_RANGE : ZJIOT_TYPE, field, at, behind,
                    expected);
}

/* Digits that are no milliseconds in quotes: without the quotes, or of a local clock. */
static void odd_stamp(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                      void *member, struct zj_masks *masks, uint64_t bit) {
    const bool quoted = *at == '"';
    struct zjiot_stamp stamp = {0, ZJIOT_STAMP_MS};
    enum zjiot_code code = ZJIOT_TYPE;
    if (quoted || is_number(at))
        code = zj_stamp_find(at + quoted, (size_t)(behind - at) - 2u * quoted, &stamp);
    if (code != ZJIOT_OK) {
        memcpy(member, &stamp, sizeof stamp);
        masks->invalid |= *at == 'n' ? 0 : bit;
        zj_json_deviate(in, code, field, at, behind, zj_kind_name(field->kind));
        return;
    }
    stamp.form = (uint8_t)(stamp.form + (quoted ? 0 : ZJIOT_STAMP_MS_NUMBER - ZJIOT_STAMP_MS));
    memcpy(member, &stamp, sizeof stamp);
    masks->has |= bit;
    if (stamp.form != ZJIOT_STAMP_MS)
        zj_json_deviate(in, ZJIOT_TYPE, field, at, behind, zj_kind_name(field->kind));
}

/* A member that the reader makes is none of the text. */
static void not_to_be_sent(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                           const char *behind) {
    in->scan.code = zj_json_extra(in, field->key, at, at, behind);
}

int zj_json_other_key(struct zj_json_source *in, const struct zjiot_field *field, const char *at) {
    in->scan.code = zj_deviate(in->reader, ZJIOT_CONST, offset_of(in, at), field->key, field->other_key, field->key);
    return in->scan.code;
}

int zj_json_dialect(struct zj_json_source *in, const struct zjiot_field *field, const char *at) {
    in->scan.code =
        zj_deviate(in->reader, ZJIOT_EXTRA, offset_of(in, at), field->key, "a member of a dialect", "no such member");
    return in->scan.code;
}

/* A text of digits and commas that has lost its quotes, 99,99: no member begins with a digit. Behind it. */
static const char *digits_end(const struct zj_json_source *in, const char *at) {
    struct zj_decimal number;
    while (in->scan.end - at > 1 && *at == ',' && is_number(at + 1)) {
        const char *behind = zj_scan_decimal(at + 1, in->scan.end, &number);
        if (behind == NULL)
            break;
        at = behind;
    }
    return at;
}

const char *zj_json_odd(struct zj_json_source *in, const struct zjiot_field *field, const char *at, void *member,
                        struct zj_masks *masks, uint64_t bit) {
    const char *behind = zj_scan_value(&in->scan, at);
    if (behind == NULL)
        return zj_json_stop(in);
    in->scan.code = 0;
    if (field->flags & ZJIOT_FIELD_COMPUTED) {
        not_to_be_sent(in, field, at, behind);
    } else if (field->kind == ZJIOT_STAMP) {
        odd_stamp(in, field, at, behind, member, masks, bit);
    } else if (rare_kind(in, field, at, behind, member)) {
        masks->has |= bit;
        if (in->scan.code == 0 && field->kind == ZJIOT_BYTES && (behind - at - 2) / 2 > field->max) {
            char expected[ZJIOT_EVIDENCE_SIZE];
            expect(field, expected);
            zj_json_deviate(in, ZJIOT_LENGTH, field, at, behind, expected);
        }
    } else if (in->scan.code == 0 && field->kind == ZJIOT_TEXT && is_number(at)) {
        /* the digits as they stand: a card number of 20 digits is no double; commas may stand between them */
        const char *first = behind;
        behind = digits_end(in, behind);
        const struct zj_span digits = {at, (size_t)(behind - at), false};
        if (zj_json_deviate(in, behind == first ? ZJIOT_TYPE : ZJIOT_SYNTAX, field, at, behind,
                            zj_kind_name(field->kind)) == 0)
            in->scan.code = zj_json_keep_text(in, field, &digits, at, member, masks, bit);
    } else if (in->scan.code == 0 && !(is_number_kind(field) && (*at == '"' || is_number(at)) &&
                                       odd_number(in, field, at, behind, member, masks, bit))) {
        zj_json_not_of_kind(in, field, at, behind, member, masks, bit);
    }
    return in->scan.code == 0 ? behind : NULL;
}

void zj_json_nothing(const struct zjiot_record *record, void *value) {
    memset(value, 0, record->struct_size);
    ((struct zj_masks *)value)->has = ZJIOT_HAS_READ;
}

const char *zj_json_odd_item(struct zj_json_source *in, const struct zjiot_field *field, const char *at, void *item) {
    const char *behind = zj_scan_value(&in->scan, at);
    if (behind == NULL)
        return zj_json_stop(in);
    char found[ZJIOT_EVIDENCE_SIZE];
    show(in, field, at, behind, found);
    zj_json_nothing(field->record, item);
    in->scan.code = zj_deviate(in->reader, ZJIOT_TYPE, offset_of(in, at), NULL, found, zj_kind_name(ZJIOT_RECORD));
    return in->scan.code == 0 ? behind : NULL;
}

/* ']' for a list, '}' for one whose brackets were printed as braces, {"68.."}; 0: no list. */
static char list_end(const struct zj_json_source *in, const char *at) {
    if (*at == '[')
        return ']';
    struct zj_scan scan = in->scan;
    struct zj_span item;
    scan.tolerate = NULL;
    const char *next = *at == '{' ? zj_scan_space(&scan, at + 1) : NULL;
    next = next != NULL && *next == '"' ? zj_scan_string(&scan, next, &item) : NULL;
    next = next != NULL ? zj_scan_space(&scan, next) : NULL;
    return next != NULL && (*next == ',' || *next == '}') ? '}' : 0;
}

/* An item of hex digits alone, read into the pool's free room; NULL: it is another one. */
static const char *quick_bytes_item(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                    struct zjiot_bytes *item) {
    struct zjiot_pool *pool = in->pool;
    const size_t room = pool->size - pool->used;
    const size_t left = (size_t)(in->scan.end - at) - 1;
    uint8_t *bytes = pool->base + pool->used;
    if (*at != '"' || room == 0)
        return NULL;
    const size_t size = zj_hex_digits(at + 1, left, bytes, room < field->count ? room : field->count);
    if (size == 0 || 2 * size >= left || at[1 + 2 * size] != '"')
        return NULL;
    pool->used += size;
    *item = (struct zjiot_bytes){bytes, size};
    return at + 2 * size + 2;
}

/* Anything else than whole bytes in hex is an item without bytes. */
static ZJ_ASIDE const char *read_bytes_item(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                            size_t index, struct zjiot_bytes *item) {
    const struct zj_path here = {in->reader->path, field->key, (int)index};
    char found[ZJIOT_EVIDENCE_SIZE];
    struct zj_span span = {NULL, 0, false};
    const char *behind = *at == '"' ? zj_scan_string(&in->scan, at, &span) : zj_scan_value(&in->scan, at);
    if (behind == NULL)
        return NULL;
    const size_t size = span.size / 2;
    uint8_t *bytes = zjiot_pool_take(in->pool, size + 1, &in->room);
    if (bytes == NULL)
        return zj_json_stop_with(in, zj_json_no_room(in));
    const bool good =
        size > 0 && span.size % 2 == 0 && zjiot_hex_read(span.text, span.size, bytes, size, NULL) == (int64_t)size;
    *item = good ? (struct zjiot_bytes){bytes, size} : (struct zjiot_bytes){NULL, 0};
    if (good && size <= field->count)
        return behind;
    show(in, field, at, behind, found);
    in->reader->path = &here;
    const int code = zj_deviate(in->reader, good ? ZJIOT_LENGTH : ZJIOT_TYPE, offset_of(in, at), NULL, found,
                                good ? "fewer bytes" : "whole bytes in hex");
    in->reader->path = here.up;
    return code == 0 ? behind : zj_json_stop_with(in, code);
}

const char *zj_json_bytes_items(struct zj_json_source *in, const struct zjiot_field *field, const char *at, char close,
                                void *member) {
    struct zjiot_list list = {NULL, 0};
    const char *const start = at;
    size_t capacity = 0;
    at = zj_json_enter(in, at + 1);
    while (at != NULL && *at != close) {
        struct zjiot_bytes *items = list.items;
        if (list.count == capacity) {
            const size_t wanted = capacity > 0 ? 2 * capacity : 1;
            items = zj_pool_grow(in->pool, items, capacity * sizeof *items, wanted * sizeof *items, &in->room);
            if (items == NULL)
                return zj_json_stop_with(in, zj_json_no_room(in));
            list.items = items;
            capacity = wanted;
        }
        const char *behind = quick_bytes_item(in, field, at, &items[list.count]);
        if (ZJ_UNLIKELY(behind == NULL))
            behind = read_bytes_item(in, field, at, list.count, &items[list.count]);
        list.count++;
        at = behind != NULL ? zj_json_next(in, behind, close) : NULL;
    }
    if (at == NULL)
        return zj_json_stop(in);
    zj_json_leave(in);
    memcpy(member, &list, sizeof list);
    if ((int64_t)list.count > field->max && zj_json_wrong_count(in, field, start, list.count) != 0)
        return NULL;
    return at + 1;
}

const char *zj_json_bytes_list(struct zj_json_source *in, const struct zjiot_field *field, const char *at, void *member,
                               struct zj_masks *masks, uint64_t bit) {
    const char close = list_end(in, at);
    if (close == 0)
        return zj_json_odd(in, field, at, member, masks, bit);
    if (close == '}' && zj_json_deviate(in, ZJIOT_SYNTAX, field, at, at + 1, "[") != 0)
        return NULL;
    masks->has |= bit;
    return zj_json_bytes_items(in, field, at, close, member);
}

const char *zj_json_keep_members(struct zj_json_source *in, const struct zjiot_record *record, const char *at,
                                 void *value) {
    const size_t room = (size_t)(in->scan.end - at) + 1;
    const size_t start = offset_of(in, at);
    struct zj_masks *masks = value;
    struct zj_json json;
    char *text = zj_pool_text(in->pool, room, &in->room);
    if (text == NULL)
        return zj_json_stop_with(in, zj_json_no_room(in));
    zj_json_start(&json, text, room, false);
    at = zj_scan_copy(&in->scan, at, &json);
    if (at == NULL)
        return zj_json_stop(in);
    text[json.size] = '\0';
    zj_pool_trim(in->pool, text, room, json.size + 1);
    *masks = (struct zj_masks){ZJIOT_HAS_READ | 1, 0};
    memcpy((char *)value + record->fields->offset, &text, sizeof text);
    zj_trace(in->reader, start, offset_of(in, at) - start, record, 0, value);
    return at;
}

const char *zj_json_calendar(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                             int64_t *member, struct zj_masks *masks, uint64_t bit) {
    enum { CALENDAR_ROOM = 8 * 6 }; /* each character may be an escape */
    const char *usual = in->scan.end - at >= ZJ_CALENDAR_SIZE ? zj_quick_calendar(field, at, member) : NULL;
    if (ZJ_LIKELY(usual != NULL)) {
        masks->has |= bit;
        return usual;
    }
    if (*at != '"')
        return zj_json_odd(in, field, at, member, masks, bit);
    struct zj_span span;
    const char *behind = zj_scan_string(&in->scan, at, &span);
    if (behind == NULL)
        return zj_json_stop(in);
    char plain[CALENDAR_ROOM];
    const int64_t size = span.escaped && span.size <= sizeof plain ? zj_json_unescape(&span, plain) : -1;
    *member = span.size == 0 && in->zero_is_absent ? ZJ_CALENDAR_EMPTY : 0;
    if (*member == ZJ_CALENDAR_EMPTY)
        return behind;
    const bool is_day_or_minute =
        zj_calendar_read(field, size >= 0 ? plain : span.text, size >= 0 ? (size_t)size : span.size, member);
    masks->has |= is_day_or_minute ? bit : 0;
    masks->invalid |= is_day_or_minute ? 0 : bit;
    if (is_day_or_minute && size == ZJ_CALENDAR_SIZE - 2)
        return behind; /* the usual form, written with escapes */
    const int code = zj_json_deviate(in, is_day_or_minute ? ZJIOT_SYNTAX : ZJIOT_RANGE, field, at, behind,
                                     zj_kind_name(field->kind));
    return code == 0 ? behind : NULL;
}

int zj_json_wrong_count(struct zj_json_source *in, const struct zjiot_field *field, const char *at, size_t count) {
    char found[ZJ_NUMBER_SIZE + 8];
    char expected[ZJIOT_EVIDENCE_SIZE];
    snprintf(found, sizeof found, "%zu items", count);
    expect(field, expected);
    in->scan.code = zj_deviate(in->reader, ZJIOT_LENGTH, offset_of(in, at), field->key, found, expected);
    return in->scan.code;
}

int zj_json_again(struct zj_json_source *in, const struct zjiot_field *field, const char *at, struct zj_masks *masks,
                  uint64_t bit) {
    masks->has &= ~bit;
    masks->invalid &= ~bit;
    in->scan.code = zj_deviate(in->reader, ZJIOT_EXTRA, offset_of(in, at), field->key, "the member again",
                               "one such member; the last one counts");
    return in->scan.code;
}

int zj_json_extra(struct zj_json_source *in, const char *name, const char *member, const char *value, const char *end) {
    struct zjiot_extras *extras = in->reader->extras;
    char found[ZJIOT_EVIDENCE_SIZE];
    if (extras == NULL) {
        /* A text may be a secret that stands in the wrong message, whose rows do not know it. */
        if (*value == '"' || *value == '{' || *value == '[')
            zj_copy_text(found, sizeof found, *value == '"' ? "a text" : *value == '{' ? "an object" : "a list");
        else
            show_text(in, names_secret(in, name, strlen(name)), value, end, found);
        return zj_deviate(in->reader, ZJIOT_EXTRA, offset_of(in, member), name, found, "no such member");
    }
    if (extras->count < extras->capacity) {
        struct zjiot_extra *extra = &extras->items[extras->count];
        zj_path_text(in->reader->path, name, extra->path);
        extra->offset = offset_of(in, value);
        extra->size = (size_t)(end - value);
    }
    extras->count++;
    return 0;
}

int zj_json_complete(struct zj_json_source *in, const struct zjiot_record *record, void *value, uint64_t seen,
                     const char *at) {
    char expected[ZJIOT_EVIDENCE_SIZE];
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if (seen >> i & 1)
            continue;
        if (field->flags & ZJIOT_FIELD_COMPUTED) { /* whoever makes it writes it */
            if (!zj_is_date(field))
                zj_trace(in->reader, offset_of(in, at), 0, record, i, value);
            continue;
        }
        if (!(field->flags & (ZJIOT_FIELD_BODY | ZJIOT_FIELD_HIDDEN)))
            memset((char *)value + field->offset, 0, zj_member_size(field));
        else if (field->flags & ZJIOT_FIELD_BODY)
            zj_json_nothing(in->body, in->body_value);
        if (field->flags & ZJIOT_FIELD_OPTIONAL)
            continue;
        expect(field, expected);
        in->scan.code = zj_deviate(in->reader, ZJIOT_MISSING, offset_of(in, at), field->key, "nothing", expected);
        if (in->scan.code != 0)
            return in->scan.code;
    }
    return 0;
}
