/* A strict JSON scanner (RFC 8259) that hands out one token at a time with its position. */
#include <string.h>

#include "base/base.h"
#include "json/json.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static size_t skip_space(const char *text, size_t size, size_t at) {
    while (at < size && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
        at++;
    return at;
}

static size_t skip_digits(const char *text, size_t size, size_t at) {
    while (at < size && is_digit(text[at]))
        at++;
    return at;
}

/* Where the number ends that starts at `at`; `at` itself when it is none. */
static size_t number_end(const char *text, size_t size, size_t at) {
    const size_t start = at;
    at += text[at] == '-';
    const size_t whole = at;
    at = skip_digits(text, size, at);
    if (at == whole || (text[whole] == '0' && at > whole + 1))
        return start;
    if (at < size && text[at] == '.') {
        const size_t fraction = ++at;
        at = skip_digits(text, size, at);
        if (at == fraction)
            return start;
    }
    if (at < size && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < size && (text[at] == '+' || text[at] == '-');
        const size_t exponent = at;
        at = skip_digits(text, size, at);
        if (at == exponent)
            return start;
    }
    return at;
}

/* Where the string ends whose quote is at `at` (behind its closing quote); `at` itself when it does not end, or has a
 * control character. Escapes are checked when the text is taken. */
static size_t string_end(const char *text, size_t size, size_t at) {
    for (size_t i = at + 1; i < size; i++) {
        if (text[i] == '"')
            return i + 1;
        if ((unsigned char)text[i] < 0x20)
            return at;
        i += text[i] == '\\';
    }
    return at;
}

static size_t literal_end(const char *text, size_t size, size_t at) {
    static const char *const literals[] = {"true", "false", "null"};
    for (size_t i = 0; i < ZJ_COUNT(literals); i++) {
        const size_t length = strlen(literals[i]);
        if (size - at >= length && memcmp(text + at, literals[i], length) == 0)
            return at + length;
    }
    return at;
}

struct zj_token zj_json_token(const char *text, size_t size, size_t at) {
    struct zj_token token = {.kind = ZJ_TOKEN_END};
    at = skip_space(text, size, at);
    token.start = token.end = at;
    if (at == size)
        return token;
    const char c = text[at];
    if (c == '"') {
        token.kind = ZJ_TOKEN_STRING;
        token.end = string_end(text, size, at);
    } else if (c == '-' || is_digit(c)) {
        token.kind = ZJ_TOKEN_NUMBER;
        token.end = number_end(text, size, at);
    } else if (c != '\0' && strchr("{}[],:", c) != NULL) {
        token.kind = (enum zj_token_kind)c;
        token.end = at + 1;
    } else {
        token.kind = ZJ_TOKEN_LITERAL;
        token.end = literal_end(text, size, at);
    }
    if (token.end == at)
        token.kind = ZJ_TOKEN_BAD;
    return token;
}

static int hex_digit(char c) {
    if (is_digit(c))
        return c - '0';
    const char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* The four digits behind \u, or -1. */
static long code_unit(const char *text, size_t left) {
    long unit = 0;
    if (left < 4)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        const int digit = hex_digit(text[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
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

/* One \u escape or a surrogate pair of them; returns the characters read, 0 for none. NUL is refused: our texts end
 * with it. */
static size_t take_unicode(const char *text, size_t left, char *out, size_t *used) {
    long point = code_unit(text, left);
    size_t read = 4;
    if (point >= 0xD800 && point <= 0xDBFF) {
        const long low = left >= 10 && text[4] == '\\' && text[5] == 'u' ? code_unit(text + 6, left - 6) : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return 0;
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        read = 10;
    } else if (point <= 0 || (point >= 0xDC00 && point <= 0xDFFF)) {
        return 0;
    }
    *used += put_utf8((unsigned long)point, out + *used);
    return read;
}

bool zj_json_unescape(const char *text, struct zj_token token, char *out, size_t capacity) {
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const size_t end = token.end - 1;
    size_t used = 0;
    for (size_t at = token.start + 1; at < end;) {
        if (used + 5 > capacity)
            return false;
        if (text[at] != '\\') {
            out[used++] = text[at++];
            continue;
        }
        const char escape = text[at + 1];
        const char *found = escape != '\0' ? strchr(from, escape) : NULL;
        at += 2;
        if (found != NULL) {
            out[used++] = to[found - from];
            continue;
        }
        const size_t read = escape == 'u' ? take_unicode(text + at, end - at, out, &used) : 0;
        if (read == 0)
            return false;
        at += read;
    }
    out[used] = '\0';
    return zj_utf8_valid(out, used) == used;
}
