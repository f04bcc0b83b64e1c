/* JSON texts: a scanner with byte positions that can be lenient in a measured way, a splitter for streams of objects,
 * and a strict writer. */
#ifndef ZJ_JSON_H
#define ZJ_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "json/simd.h"

/* Containers within each other: of a value that a scanner goes over as a whole, the few of the rows around it not
 * counted; and those that a writer opens. */
enum { ZJ_JSON_DEPTH = 64 };

/* What a scanner may take although RFC 8259 does not. */
enum zj_tolerance {
    ZJ_COMMENT,
    ZJ_TRAILING_COMMA,
    ZJ_WIDE_COMMA, /* U+FF0C */
    ZJ_BYTE_ORDER_MARK,
    ZJ_NO_BREAK_SPACE, /* U+00A0, one or several */
};

/* A text that is being read. Positions are pointers into it; a function that fails returns NULL and says why in the
 * last three members. `tolerate` reports a tolerance at `at` and returns 0, or the code of a failure; NULL: nothing
 * is tolerated. */
struct zj_scan {
    const char *text;
    const char *end;
    int (*tolerate)(struct zj_scan *scan, enum zj_tolerance what, const char *at);
    unsigned depth;
    int code;           /* 0, or the code that `tolerate` gave */
    const char *where;  /* with code 0: a SYNTAX error here */
    const char *wanted; /* what was expected there */
};

/* A string between its quotes. */
struct zj_span {
    const char *text;
    size_t size;
    bool escaped; /* has escapes: zj_json_unescape */
};

/* The first place in the text where `part`, of two bytes or more, stands; NULL: none. Inline, for it is mostly a
 * constant. */
static inline const char *zj_find_text(const char *text, size_t size, const char *part, size_t part_size) {
    if (size < part_size)
        return NULL;
    const char *const last = text + size - part_size; /* where it may begin at the latest */
#if defined(ZJ_SSE2)
    /* Of a key in quotes these two say more than the first ones. */
    const zj_wide second = _mm_set1_epi8(part[1]), last_but_one = _mm_set1_epi8(part[part_size - 2]);
    size_t steps = (size_t)(last - text) / ZJ_WIDE;
    for (; steps > 0; steps--, text += ZJ_WIDE) {
        const zj_wide front = _mm_cmpeq_epi8(zj_wide_load(text + 1), second);
        const zj_wide back = _mm_cmpeq_epi8(zj_wide_load(text + part_size - 2), last_but_one);
        unsigned places = (unsigned)_mm_movemask_epi8(_mm_and_si128(front, back));
        for (; ZJ_UNLIKELY(places != 0); places &= places - 1)
            if (memcmp(text + zj_lowest_bit(places), part, part_size) == 0)
                return text + zj_lowest_bit(places);
    }
#endif
    for (; text <= last; text++)
        if (text[0] == part[0] && memcmp(text, part, part_size) == 0)
            return text;
    return NULL;
}

/* To the next character that is no blank and no comment; there must be one. */
const char *zj_scan_space_slow(struct zj_scan *scan, const char *at);

static inline const char *zj_scan_space(struct zj_scan *scan, const char *at) {
    if (at < scan->end && (unsigned char)*at <= ' ')
        at = zj_skip_blanks(at, scan->end);
    if (at < scan->end && (signed char)*at > ' ' && *at != '/') /* what is not ASCII may be a no-break space */
        return at;
    return zj_scan_space_slow(scan, at);
}

/* The first character of the text that counts. */
const char *zj_scan_begin_slow(struct zj_scan *scan);

static inline const char *zj_scan_begin(struct zj_scan *scan) {
    return scan->text < scan->end && *scan->text == '{' ? scan->text : zj_scan_begin_slow(scan);
}

/* Whether nothing but blanks and comments is left: the end, or NULL. */
const char *zj_scan_end_slow(struct zj_scan *scan, const char *at);

static inline const char *zj_scan_end(struct zj_scan *scan, const char *at) {
    return at == scan->end ? at : zj_scan_end_slow(scan, at);
}

/* Behind a member of the container that `close` ends: to the next member, or to the `close`. */
const char *zj_scan_next_slow(struct zj_scan *scan, const char *at, char close);

static inline const char *zj_scan_next(struct zj_scan *scan, const char *at, char close) {
    const char *const end = scan->end;
    if (at < end && (unsigned char)*at <= ' ')
        at = zj_skip_blanks(at, end);
    if (at < end && *at == close)
        return at;
    if (at < end && *at == ',') {
        const char *next = zj_skip_blanks(at + 1, end);
        if (next < end && (signed char)*next > ' ' && *next != '/' && *next != close)
            return next;
    }
    return zj_scan_next_slow(scan, at, close);
}

/* A string, its quote at `at`: its text, checked, and what is behind it. */
const char *zj_scan_string(struct zj_scan *scan, const char *at, struct zj_span *ret_span);

/* The key at `at` and the value behind its colon. */
const char *zj_scan_key(struct zj_scan *scan, const char *at, struct zj_span *ret_span);

/* Behind the number at `at`. */
const char *zj_scan_number(struct zj_scan *scan, const char *at);

/* Behind the value at `at`, whatever it is. */
const char *zj_scan_value(struct zj_scan *scan, const char *at);

struct zj_json;

/* The same, and writes the value without blanks and without what was tolerated. Never longer than the text. */
const char *zj_scan_copy(struct zj_scan *scan, const char *at, struct zj_json *to);

/* SYNTAX at `at`; returns NULL. */
const char *zj_scan_fail(struct zj_scan *scan, const char *at, const char *wanted);

/* For `tolerate`: takes everything and reports nothing, where the text is gone over a second time or only peeked at. */
int zj_scan_tolerate_all(struct zj_scan *scan, enum zj_tolerance what, const char *at);

/* What a tolerance is, for reports. */
const char *zj_tolerance_found(enum zj_tolerance what);
const char *zj_tolerance_expected(enum zj_tolerance what);

/* Takes the escapes out of a checked string into `out`, which has room for span->size bytes. Returns the length,
 * or -1 when it has a NUL, which our texts cannot hold. */
int64_t zj_json_unescape(const struct zj_span *span, char *out);

/* Whether a letter of the text is written as \uXXXX, and may so be one that is looked for. */
bool zj_json_has_code(const char *text, size_t size);

/* The digits of a number as far as they fit 64 bits. */
struct zj_decimal {
    uint64_t digits;
    int exponent; /* value = digits * 10^exponent */
    bool negative;
    bool exact; /* false: too many digits, or an exponent; the text must be read another way */
};

/* Reads a number; returns what is behind it, or NULL when it does not have the form of one. */
static inline const char *zj_scan_decimal(const char *at, const char *end, struct zj_decimal *ret_decimal) {
    enum { MOST_DIGITS = 18 };
    struct zj_decimal decimal = {.negative = *at == '-', .exact = true};
    at += decimal.negative;
    const char *start = at;
    uint64_t digits = 0;
    for (; at < end && (unsigned char)(*at - '0') <= 9; at++)
        digits = digits * 10 + (unsigned)(*at - '0');
    ptrdiff_t count = at - start;
    if (count == 0 || (*start == '0' && count > 1))
        return NULL;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        for (; at < end && (unsigned char)(*at - '0') <= 9; at++)
            digits = digits * 10 + (unsigned)(*at - '0');
        if (at == fraction)
            return NULL;
        decimal.exponent = (int)(fraction - at);
        count += at - fraction;
    }
    if (at < end && (*at | 0x20) == 'e') {
        decimal.exact = false;
        at++;
        at += at < end && (*at == '+' || *at == '-');
        const char *exponent = at;
        while (at < end && (unsigned char)(*at - '0') <= 9)
            at++;
        if (at == exponent)
            return NULL;
    }
    decimal.exact &= count <= MOST_DIGITS;
    decimal.digits = digits;
    *ret_decimal = decimal;
    return at;
}

/* Where a splitter stands. */
struct zj_split {
    size_t cap;       /* bytes of the largest object, 2 at least; set by the caller, all else begins as zero */
    size_t seen;      /* bytes of the object at the front of the buffer that were looked at */
    size_t skipped;   /* bytes passed over and taken, but not reported yet */
    size_t depth;     /* braces that are open; 0: between objects */
    uint64_t objects; /* which of the containers that are open are objects, a bit each */
    bool in_string;
    bool escape; /* the next byte stands behind a backslash */
    bool oversized;
};

enum {
    ZJ_SPLIT_LOOK = 64,     /* bytes that are kept of what is passed over */
    ZJ_SPLIT_BLOCK = 65536, /* bytes passed over are reported at the latest when there are so many of them */
};

struct zj_split_event {
    size_t taken; /* bytes to take from the front of the buffer before the next call, whatever the result */
    size_t size;  /* 1: the object, the last so many bytes of those; below 0: bytes passed over in all */
};

/* Finds the next object in a stream of objects back to back. The caller keeps the bytes: a buffer of cap +
 * ZJ_SPLIT_LOOK is always enough. `end` says that no byte will follow. Blanks between objects are passed over silently.
 * Returns 1: an object, as its braces show it; it need not be JSON. 0: more bytes are needed (with `end`: nothing is
 * left). Below 0, bytes were passed over: SKIPPED: they belong to no object; SPACE: an object of more than `cap` bytes,
 * whole; SYNTAX: the beginning of an object in which another one begins where none can; LENGTH: an object that the end
 * cuts off. The sequence of results does not depend on how the stream was cut into calls. */
int zj_split_pull(struct zj_split *split, const char *bytes, size_t size, bool end, struct zj_split_event *ret_event);

/* A writer that goes on counting past `capacity`, so that the size needed is known at the end. */
struct zj_json {
    char *out;
    size_t capacity;
    size_t size; /* bytes written, or that would have been */
    bool pretty; /* two blanks a level, a blank after the colon */
    unsigned depth;
    bool filled[ZJ_JSON_DEPTH]; /* the container of this depth has a member already */
    bool after_key;
};

void zj_json_start(struct zj_json *json, char *out, size_t capacity, bool pretty);

void zj_json_object(struct zj_json *json);
void zj_json_array(struct zj_json *json);
void zj_json_end_object(struct zj_json *json);
void zj_json_end_array(struct zj_json *json);

/* Escapes what RFC 8259 asks for; `text` must be UTF-8 (a byte that is not is written as U+FFFD). */
void zj_json_text(struct zj_json *json, const char *text, size_t size);
void zj_json_string(struct zj_json *json, const char *text);
void zj_json_hex(struct zj_json *json, const uint8_t *bytes, size_t size);
void zj_json_int(struct zj_json *json, int64_t value);
void zj_json_real(struct zj_json *json, double value); /* null when it is not finite */
void zj_json_bool(struct zj_json *json, bool value);
void zj_json_null(struct zj_json *json);

/* A key as it stands between its quotes in a JSON text, and a value that is JSON text already. */
void zj_json_copy_key(struct zj_json *json, const char *key, size_t size);
void zj_json_copy_value(struct zj_json *json, const char *text, size_t size);

/* `name` is plain ASCII without characters to escape; it is a constant, or comes from the rows. */
static inline void zj_json_key(struct zj_json *json, const char *name) {
    zj_json_copy_key(json, name, strlen(name));
}

/* The text between the quotes of zj_json_text, as bytes at the writer's end. */
void zj_json_put_escaped(struct zj_json *json, const char *text, size_t size);
void zj_json_put(struct zj_json *json, const char *text, size_t size);

#endif
