/* Values in their usual form, read without looking left or right. Each function returns what is behind the value; NULL:
 * it has another form or does not fit its row, nothing was done, and json_reader.c goes the long way. */
#ifndef ZJ_JSON_QUICK_H
#define ZJ_JSON_QUICK_H

#include "catalog/json_source.h"
#include "json/simd.h"

enum {
    ZJ_QUICK = ZJ_WIDE + 3, /* bytes that must be there: a quote, a sign, 8 digits, a point, and 8 that are loaded */
    ZJ_CALENDAR_SIZE = 7,   /* those of zj_quick_calendar */
};

#if defined(ZJ_SSE2)

static inline bool zj_is_digit(char c) {
    return (unsigned char)(c - '0') <= 9;
}

/* Up to 15 digits; mostly it is one. */
static inline const char *zj_quick_int(const struct zjiot_field *field, const char *at, int64_t *member) {
    if (ZJ_LIKELY(zj_is_digit(at[0]) && !zj_is_digit(at[1]))) {
        const int64_t number = at[0] - '0';
        if (ZJ_UNLIKELY(at[1] == '.' || (at[1] | 0x20) == 'e' || !zj_number_surely_fits(field, number)))
            return NULL;
        *member = number;
        return at + 1;
    }
    const bool negative = *at == '-';
    at += negative;
    const unsigned count = zj_lowest_bit(~zj_wide_digits(zj_wide_load(at)));
    if (ZJ_UNLIKELY(count == 0 || count == ZJ_WIDE))
        return NULL;
    int64_t number;
    if (count <= 8)
        number = (int64_t)zj_eight_digits(at, count);
    else
        number = (int64_t)(zj_eight_digits(at, count - 8) * 100000000 + zj_eight_digits(at + count - 8, 8));
    const char behind = at[count];
    number = negative ? -number : number;
    if (ZJ_UNLIKELY((count > 1 && *at == '0') || behind == '.' || (behind | 0x20) == 'e' ||
                    !zj_number_surely_fits(field, number)))
        return NULL;
    *member = number;
    return at + count;
}

/* Up to 8 digits on each side of the point, 14 together: digits and power are exact as doubles, and so the one division
 * rounds the true result. */
static inline const char *zj_quick_real(const struct zjiot_field *field, const char *at, double *member) {
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
    enum { MOST = 8 };
    const bool negative = *at == '-';
    at += negative;
    const unsigned others = ~zj_wide_digits(zj_wide_load(at));
    const unsigned whole = zj_lowest_bit(others);
    if (ZJ_UNLIKELY(whole - 1 >= MOST || (whole > 1 && *at == '0')))
        return NULL;
    const bool point = at[whole] == '.';
    const unsigned places = zj_lowest_bit(others >> (whole + point));
    const unsigned size = whole + point + places;
    if (ZJ_UNLIKELY(size >= ZJ_WIDE || places > MOST || (point && places == 0) || (at[size] | 0x20) == 'e'))
        return NULL;
    uint64_t digits = zj_eight_digits(at, whole);
    if (places > 0)
        digits = digits * (uint64_t)powers[places] + zj_eight_digits(at + whole + 1, places);
    const double value = (double)(int64_t)digits / powers[places];
    const double number = negative ? -value : value;
    if (ZJ_UNLIKELY(!zj_real_fits(field, number)))
        return NULL;
    *member = number;
    return at + size;
}

/* Without escapes, in ASCII. It is copied while it is looked through; what that leaves behind it in the pool's free
 * room does not matter. */
static inline const char *zj_quick_text(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                        void *member) {
    struct zjiot_pool *pool = in->pool;
    const size_t room = pool->size - pool->used;
    char *text = (char *)pool->base + pool->used;
    if (*at != '"')
        return NULL;
    at++;
    for (size_t size = 0; in->scan.end - at >= ZJ_WIDE && room - size > ZJ_WIDE; at += ZJ_WIDE, size += ZJ_WIDE) {
        const zj_wide wide = zj_wide_load(at);
        const unsigned stops = zj_wide_stops(wide, '"', '\\');
        const unsigned plain = stops != 0 ? (stops & -stops) - 1 : 0xFFFF;
        if (ZJ_UNLIKELY((zj_wide_high(wide) & plain) != 0))
            return NULL;
        zj_wide_store(text + size, wide);
        if (stops == 0)
            continue;
        const unsigned rest = zj_lowest_bit(stops);
        if (ZJ_UNLIKELY(at[rest] != '"' || (int64_t)(size + rest) > field->max))
            return NULL;
        text[size + rest] = '\0';
        pool->used += size + rest + 1;
        memcpy(member, &text, sizeof text);
        return at + rest + 1;
    }
    return NULL;
}

/* So many digits in quotes, fewer than are loaded. */
static inline const char *zj_quick_digits(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                          void *member) {
    struct zjiot_pool *pool = in->pool;
    const unsigned count = field->count;
    const zj_wide wide = zj_wide_load(at + 1);
    if (*at != '"' || zj_lowest_bit(~zj_wide_digits(wide)) != count || count >= ZJ_WIDE || at[1 + count] != '"' ||
        pool->size - pool->used < ZJ_WIDE)
        return NULL;
    char *const text = (char *)pool->base + pool->used;
    zj_wide_store(text, wide);
    text[count] = '\0';
    pool->used += count + 1;
    memcpy(member, &text, sizeof text);
    return at + count + 2;
}

/* "1710000000123" */
static inline const char *zj_quick_stamp(const char *at, struct zjiot_stamp *member) {
    enum { DIGITS = 13, FIRST = 5 };
    if (at[0] != '"' || at[1] == '0' || at[DIGITS + 1] != '"' ||
        zj_lowest_bit(~zj_wide_digits(zj_wide_load(at + 1))) != DIGITS)
        return NULL;
    const uint64_t ms = zj_eight_digits(at + 1, FIRST) * 100000000 + zj_eight_digits(at + 1 + FIRST, 8);
    *member = (struct zjiot_stamp){(int64_t)ms, ZJIOT_STAMP_MS};
    return at + DIGITS + 2;
}

#else

static inline const char *zj_quick_int(const struct zjiot_field *field, const char *at, int64_t *member) {
    (void)field;
    (void)at;
    (void)member;
    return NULL;
}

static inline const char *zj_quick_real(const struct zjiot_field *field, const char *at, double *member) {
    (void)field;
    (void)at;
    (void)member;
    return NULL;
}

static inline const char *zj_quick_text(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                        void *member) {
    (void)in;
    (void)field;
    (void)at;
    (void)member;
    return NULL;
}

static inline const char *zj_quick_digits(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                          void *member) {
    (void)in;
    (void)field;
    (void)at;
    (void)member;
    return NULL;
}

static inline const char *zj_quick_stamp(const char *at, struct zjiot_stamp *member) {
    (void)at;
    (void)member;
    return NULL;
}

#endif

/* A number in quotes. */
static inline const char *zj_quick_quoted(const struct zjiot_field *field, const char *at, void *member) {
    const char *behind = NULL;
    if (*at != '"')
        return NULL;
    if (field->kind == ZJIOT_INT)
        behind = zj_quick_int(field, at + 1, member);
    else if (field->kind == ZJIOT_REAL)
        behind = zj_quick_real(field, at + 1, member);
    return behind != NULL && *behind == '"' ? behind + 1 : NULL;
}

/* [1] */
static inline const char *zj_quick_listed(const struct zjiot_field *field, const char *at, const char *end,
                                          int64_t *member) {
    if (*at != '[')
        return NULL;
    at = (unsigned char)at[1] > ' ' ? at + 1 : zj_skip_blanks(at + 1, end);
    if (ZJ_UNLIKELY(end - at <= ZJ_QUICK))
        return NULL;
    at = zj_quick_int(field, at, member);
    if (at != NULL && *at != ']')
        at = zj_skip_blanks(at, end);
    return at != NULL && at < end && *at == ']' ? at + 1 : NULL;
}

/* A word of the document, without escapes. */
static inline const char *zj_quick_word(const struct zjiot_field *field, const char *at, int64_t *member) {
    enum { LONGEST = ZJ_QUICK - 2 };
    if (*at != '"')
        return NULL;
    at++;
    for (const struct zjiot_choice *choice = field->set; choice->name != NULL; choice++) {
        size_t size = 0;
        while (size < LONGEST && choice->name[size] != '\0' && at[size] == choice->name[size])
            size++;
        if (choice->name[size] != '\0' || at[size] != '"' || choice->tolerated)
            continue;
        *member = choice->low;
        return at + size + 1;
    }
    return NULL;
}

/* The name that the message was chosen by. */
static inline const char *zj_quick_name(const struct zj_json_source *in, const char *at) {
    const size_t size = in->body->name_size;
    if (*at != '"' || (size_t)(in->scan.end - at) < size + 2 || memcmp(at + 1, in->body->name, size) != 0 ||
        at[size + 1] != '"')
        return NULL;
    return at + size + 2;
}

/* "19:00", "07-31" */
static inline const char *zj_quick_calendar(const struct zjiot_field *field, const char *at, int64_t *member) {
    const bool is_day = field->kind == ZJIOT_MONTH_DAY;
    const unsigned digits[] = {(unsigned)(at[1] - '0'), (unsigned)(at[2] - '0'), (unsigned)(at[4] - '0'),
                               (unsigned)(at[5] - '0')};
    if (at[0] != '"' || at[ZJ_CALENDAR_SIZE - 1] != '"' || at[3] != (is_day ? '-' : ':') ||
        ((digits[0] > 9) | (digits[1] > 9) | (digits[2] > 9) | (digits[3] > 9)) != 0)
        return NULL;
    const int second = (int)(digits[2] * 10 + digits[3]);
    const int64_t number = (int64_t)(digits[0] * 10 + digits[1]) * (is_day ? 100 : 60) + second;
    if (!zj_calendar_fits(field, number, second))
        return NULL;
    *member = number;
    return at + ZJ_CALENDAR_SIZE;
}

#endif
