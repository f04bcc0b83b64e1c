/* The scanner: strict after RFC 8259, but for what `tolerate` allows. */
#include <string.h>

#include "base/base.h"
#include "json/json.h"

static const char wide_comma[] = "\xEF\xBC\x8C";
static const char byte_order_mark[] = "\xEF\xBB\xBF";
static const char no_break_space[] = "\xC2\xA0";

enum { WIDE = 3, NO_BREAK = 2 };

const char *zj_tolerance_found(enum zj_tolerance what) {
    static const char *const found[] = {"a comment", "a comma before the end", "a full-width comma",
                                        "a byte order mark", "a no-break space"};
    return found[what];
}

const char *zj_tolerance_expected(enum zj_tolerance what) {
    static const char *const expected[] = {"no comment", "a comma only between members", "','", "'{'", "a blank"};
    return expected[what];
}

int zj_scan_tolerate_all(struct zj_scan *scan, enum zj_tolerance what, const char *at) {
    (void)scan;
    (void)what;
    (void)at;
    return 0;
}

const char *zj_scan_fail(struct zj_scan *scan, const char *at, const char *wanted) {
    scan->code = 0;
    scan->where = at;
    scan->wanted = wanted;
    return NULL;
}

const char *zj_skip_many_blanks(const char *at, const char *end) {
#if defined(ZJ_SSE2)
    for (; end - at >= ZJ_WIDE; at += ZJ_WIDE) {
        const unsigned others = zj_wide_blanks(zj_wide_load(at)) ^ 0xFFFF;
        if (others != 0)
            return at + zj_lowest_bit(others);
    }
#endif
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

static bool tolerated(struct zj_scan *scan, enum zj_tolerance what, const char *at) {
    if (scan->tolerate == NULL)
        return zj_scan_fail(scan, at, zj_tolerance_expected(what)) != NULL;
    scan->code = scan->tolerate(scan, what, at);
    return scan->code == 0;
}

static bool begins(const struct zj_scan *scan, const char *at, const char *text, size_t size) {
    return (size_t)(scan->end - at) >= size && *at == *text && memcmp(at, text, size) == 0;
}

/* Behind a comment of either kind. */
static const char *skip_comment(struct zj_scan *scan, const char *at) {
    const bool block = begins(scan, at, "/*", 2);
    if (!block && !begins(scan, at, "//", 2))
        return zj_scan_fail(scan, at, "a value");
    if (!tolerated(scan, ZJ_COMMENT, at))
        return NULL;
    const char *stop = at + 2;
    while (stop < scan->end && (block ? !begins(scan, stop, "*/", 2) : *stop != '\n'))
        stop++;
    if (block && stop == scan->end)
        return zj_scan_fail(scan, at, "the comment's end");
    const size_t size = (size_t)(stop - at);
    const char *nul = memchr(at, '\0', size);
    const char *valid = at + zj_utf8_valid(at, size);
    if (nul != NULL || valid != stop)
        return zj_scan_fail(scan, nul != NULL && nul < valid ? nul : valid, "UTF-8 without NUL");
    return block ? stop + 2 : stop;
}

/* Behind no-break spaces, and blanks among them. */
static const char *skip_no_break(struct zj_scan *scan, const char *at) {
    if (!tolerated(scan, ZJ_NO_BREAK_SPACE, at))
        return NULL;
    while (begins(scan, at, no_break_space, NO_BREAK))
        at = zj_skip_blanks(at + NO_BREAK, scan->end);
    return at;
}

/* As zj_scan_space, but the end is no failure. */
static const char *skip_space(struct zj_scan *scan, const char *at) {
    while (at != NULL) {
        at = zj_skip_blanks(at, scan->end);
        if (begins(scan, at, no_break_space, NO_BREAK))
            at = skip_no_break(scan, at);
        else if (at < scan->end && *at == '/')
            at = skip_comment(scan, at);
        else
            break;
    }
    return at;
}

const char *zj_scan_space_slow(struct zj_scan *scan, const char *at) {
    at = skip_space(scan, at);
    return at == scan->end ? zj_scan_fail(scan, at, "more text") : at;
}

const char *zj_scan_begin_slow(struct zj_scan *scan) {
    const char *at = scan->text;
    if (begins(scan, at, byte_order_mark, WIDE)) {
        if (!tolerated(scan, ZJ_BYTE_ORDER_MARK, at))
            return NULL;
        at += WIDE;
    }
    return zj_scan_space(scan, at);
}

const char *zj_scan_end_slow(struct zj_scan *scan, const char *at) {
    at = skip_space(scan, at);
    return at == NULL || at == scan->end ? at : zj_scan_fail(scan, at, "the end of the text");
}

const char *zj_scan_next_slow(struct zj_scan *scan, const char *at, char close) {
    at = zj_scan_space(scan, at);
    if (at == NULL || *at == close)
        return at;
    const char *comma = at;
    if (*at == ',') {
        at++;
    } else if (begins(scan, at, wide_comma, WIDE)) {
        if (!tolerated(scan, ZJ_WIDE_COMMA, at))
            return NULL;
        at += WIDE;
    } else {
        return zj_scan_fail(scan, at, close == '}' ? "',' or '}'" : "',' or ']'");
    }
    at = zj_scan_space(scan, at);
    if (at != NULL && *at == close && !tolerated(scan, ZJ_TRAILING_COMMA, comma))
        return NULL;
    return at;
}

/* The first character that a string does not hold as it is: a quote, a backslash, a control character; or the end.
 * Adds to *high the top bits of what it passed. */
static const char *plain_end(const char *at, const char *end, unsigned *high) {
#if defined(ZJ_SSE2)
    for (; end - at >= ZJ_WIDE; at += ZJ_WIDE) {
        const zj_wide wide = zj_wide_load(at);
        const unsigned stops = zj_wide_stops(wide, '"', '\\');
        const unsigned tops = zj_wide_high(wide);
        if (stops != 0) {
            *high |= tops & ((stops & -stops) - 1);
            return at + zj_lowest_bit(stops);
        }
        *high |= tops;
    }
#endif
    for (; at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20; at++)
        *high |= (unsigned char)*at & 0x80;
    return at;
}

/* The four digits behind \u, or -1. */
static long code_unit(const char *at, const char *end) {
    long unit = 0;
    if (end - at < 4)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        const int digit = zj_hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* The escape whose backslash is at `at`: its character, and what is behind it; NULL when it is none. Half of a
 * surrogate pair is none. */
static const char *read_escape(const char *at, const char *end, unsigned long *ret_point) {
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (end - at < 2)
        return NULL;
    const char *found = at[1] != '\0' ? strchr(from, at[1]) : NULL;
    if (found != NULL) {
        *ret_point = (unsigned char)to[found - from];
        return at + 2;
    }
    long point = at[1] == 'u' ? code_unit(at + 2, end) : -1;
    at += 6;
    if (point >= 0xD800 && point <= 0xDBFF) {
        const long low = end - at >= 6 && at[0] == '\\' && at[1] == 'u' ? code_unit(at + 2, end) : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return NULL;
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
    } else if (point < 0 || (point >= 0xDC00 && point <= 0xDFFF)) {
        return NULL;
    }
    *ret_point = (unsigned long)point;
    return at;
}

const char *zj_scan_string(struct zj_scan *scan, const char *at, struct zj_span *ret_span) {
    const char *const start = at + 1;
#if defined(ZJ_SSE2)
    if (ZJ_LIKELY(scan->end - start >= ZJ_WIDE)) { /* most are short, and plain */
        const zj_wide wide = zj_wide_load(start);
        const unsigned stops = zj_wide_stops(wide, '"', '\\');
        const unsigned size = stops != 0 ? zj_lowest_bit(stops) : 0;
        if (stops != 0 && start[size] == '"' && (zj_wide_high(wide) & ((1u << size) - 1)) == 0) {
            *ret_span = (struct zj_span){start, size, false};
            return start + size + 1;
        }
    }
#endif
    unsigned high = 0;
    bool escaped = false;
    unsigned long point;
    for (at = plain_end(start, scan->end, &high); at < scan->end && *at == '\\'; at = plain_end(at, scan->end, &high)) {
        const char *behind = read_escape(at, scan->end, &point);
        if (behind == NULL)
            return zj_scan_fail(scan, at, "a known escape");
        escaped = true;
        at = behind;
    }
    if (at == scan->end || *at != '"')
        return zj_scan_fail(scan, at, at == scan->end ? "the string's end" : "no control character in a string");
    const size_t size = (size_t)(at - start);
    if (high != 0) {
        const size_t valid = zj_utf8_valid(start, size);
        if (valid != size)
            return zj_scan_fail(scan, start + valid, "UTF-8");
    }
    *ret_span = (struct zj_span){start, size, escaped};
    return at + 1;
}

const char *zj_scan_key(struct zj_scan *scan, const char *at, struct zj_span *ret_span) {
    if (*at != '"')
        return zj_scan_fail(scan, at, "a key in quotes");
    at = zj_scan_string(scan, at, ret_span);
    at = at != NULL ? zj_scan_space(scan, at) : NULL;
    if (at == NULL)
        return NULL;
    if (*at != ':')
        return zj_scan_fail(scan, at, "':'");
    return zj_scan_space(scan, at + 1);
}

const char *zj_scan_number(struct zj_scan *scan, const char *at) {
    struct zj_decimal decimal;
    const char *behind = zj_scan_decimal(at, scan->end, &decimal);
    return behind != NULL ? behind : zj_scan_fail(scan, at, "a number");
}

static const char *skip_container(struct zj_scan *scan, const char *at, char close) {
    struct zj_span key;
    if (++scan->depth > ZJ_JSON_DEPTH)
        return zj_scan_fail(scan, at, "less nesting");
    at = zj_scan_space(scan, at + 1);
    while (at != NULL && *at != close) {
        if (close == '}')
            at = zj_scan_key(scan, at, &key);
        at = at != NULL ? zj_scan_value(scan, at) : NULL;
        at = at != NULL ? zj_scan_next(scan, at, close) : NULL;
    }
    scan->depth--;
    return at != NULL ? at + 1 : NULL;
}

const char *zj_scan_value(struct zj_scan *scan, const char *at) {
    struct zj_span string;
    switch (*at) {
    case '"':
        return zj_scan_string(scan, at, &string);
    case '{':
        return skip_container(scan, at, '}');
    case '[':
        return skip_container(scan, at, ']');
    case 't':
    case 'n':
    case 'f': {
        const char *word = *at == 't' ? "true" : *at == 'n' ? "null" : "false";
        const size_t size = strlen(word);
        return begins(scan, at, word, size) ? at + size : zj_scan_fail(scan, at, "a value");
    }
    default:
        if (*at == '-' || (*at >= '0' && *at <= '9'))
            return zj_scan_number(scan, at);
        return zj_scan_fail(scan, at, "a value");
    }
}

static const char *copy_key(struct zj_scan *scan, const char *at, struct zj_json *to) {
    struct zj_span key;
    at = zj_scan_key(scan, at, &key);
    if (at != NULL) {
        zj_json_put(to, "\"", 1);
        zj_json_put(to, key.text, key.size);
        zj_json_put(to, "\":", 2);
    }
    return at;
}

const char *zj_scan_copy(struct zj_scan *scan, const char *at, struct zj_json *to) {
    const char *start = at;
    const char close = *at == '{' ? '}' : ']';
    if (*at != '{' && *at != '[') {
        at = zj_scan_value(scan, at);
        zj_json_put(to, start, at != NULL ? (size_t)(at - start) : 0);
        return at;
    }
    if (++scan->depth > ZJ_JSON_DEPTH)
        return zj_scan_fail(scan, at, "less nesting");
    zj_json_put(to, start, 1);
    at = zj_scan_space(scan, at + 1);
    for (bool first = true; at != NULL && *at != close; first = false) {
        if (!first)
            zj_json_put(to, ",", 1);
        if (close == '}')
            at = copy_key(scan, at, to);
        at = at != NULL ? zj_scan_copy(scan, at, to) : NULL;
        at = at != NULL ? zj_scan_next(scan, at, close) : NULL;
    }
    zj_json_put(to, &close, 1);
    scan->depth--;
    return at != NULL ? at + 1 : NULL;
}

static size_t put_utf8(unsigned long point, char *out) {
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    const size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)(lead[size] | point);
    return size;
}

int64_t zj_json_unescape(const struct zj_span *span, char *out) {
    const char *at = span->text;
    const char *const end = at + span->size;
    size_t used = 0;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        const size_t plain = (size_t)((escape != NULL ? escape : end) - at);
        memcpy(out + used, at, plain);
        used += plain;
        if (escape == NULL)
            break;
        unsigned long point = 0;
        at = read_escape(escape, end, &point);
        if (at == NULL || point == 0)
            return -1;
        used += put_utf8(point, out + used);
    }
    return (int64_t)used;
}

bool zj_json_has_code(const char *text, size_t size) {
    if (size == 0) /* `text` may be NULL then */
        return false;
    const char *const end = text + size;
    for (const char *at = text; (at = zj_find_text(at, (size_t)(end - at), "\\u", 2)) != NULL; at += 2) {
        if (code_unit(at + 2, end) >= 0)
            return true;
    }
    return false;
}
