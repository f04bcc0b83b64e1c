/* Hex text. */
#include "zjiot/hex.h"

#if defined(__SSE2__) && !defined(ZJ_PLAIN)
#include <emmintrin.h>
#define SSE2
#endif

#include "base/base.h"

/* What a character is; 0 is a character that has no place in hex text. */
enum {
    DIGIT = 0x10, /* with the digit's value in the low bits */
    SEPARATOR = 0x20,
    ESCAPE = 0x40, /* the backslash of \x */
};

static const uint8_t kinds[256] = {
    ['0'] = DIGIT | 0,  ['1'] = DIGIT | 1,  ['2'] = DIGIT | 2,  ['3'] = DIGIT | 3,  ['4'] = DIGIT | 4,
    ['5'] = DIGIT | 5,  ['6'] = DIGIT | 6,  ['7'] = DIGIT | 7,  ['8'] = DIGIT | 8,  ['9'] = DIGIT | 9,
    ['a'] = DIGIT | 10, ['b'] = DIGIT | 11, ['c'] = DIGIT | 12, ['d'] = DIGIT | 13, ['e'] = DIGIT | 14,
    ['f'] = DIGIT | 15, ['A'] = DIGIT | 10, ['B'] = DIGIT | 11, ['C'] = DIGIT | 12, ['D'] = DIGIT | 13,
    ['E'] = DIGIT | 14, ['F'] = DIGIT | 15, [' '] = SEPARATOR,  ['\t'] = SEPARATOR, ['\n'] = SEPARATOR,
    ['\r'] = SEPARATOR, [':'] = SEPARATOR,  ['-'] = SEPARATOR,  [','] = SEPARATOR,  [';'] = SEPARATOR,
    ['|'] = SEPARATOR,  ['_'] = SEPARATOR,  ['.'] = SEPARATOR,  ['{'] = SEPARATOR,  ['}'] = SEPARATOR,
    ['['] = SEPARATOR,  [']'] = SEPARATOR,  ['('] = SEPARATOR,  [')'] = SEPARATOR,  ['"'] = SEPARATOR,
    ['\''] = SEPARATOR, ['\\'] = ESCAPE,
};

static inline uint8_t kind_of(char letter) {
    return kinds[(uint8_t)letter];
}

#if defined(SSE2)

/* The values of 16 digits; 16 and more where the character is none. */
static inline __m128i digit_values(__m128i text) {
    /* '0'..'9' become F6..FF, then F0..F9, then 0..9; the saturation keeps all others away from F0 and up. */
    __m128i number = _mm_subs_epu8(_mm_add_epi8(text, _mm_set1_epi8(-1 - '9')), _mm_set1_epi8(6));
    number = _mm_sub_epi8(number, _mm_set1_epi8(-16));
    __m128i letter = _mm_sub_epi8(_mm_and_si128(text, _mm_set1_epi8(~0x20)), _mm_set1_epi8('A'));
    letter = _mm_adds_epu8(letter, _mm_set1_epi8(10));
    return _mm_min_epu8(number, letter);
}

/* Joins neighbours, the first one high, to a byte in each 16-bit lane: 4096 times the first one and 256 times the other
 * one meet in the upper half. */
static inline __m128i join_pairs(__m128i values) {
    return _mm_srli_epi16(_mm_mullo_epi16(values, _mm_set1_epi16(0x1001)), 8);
}

/* Reads blocks of 32 digits, and one of 16, for as long as all are digits and the bytes fit; returns the characters
 * read. */
static size_t read_blocks(const char *text, size_t size, uint8_t *out, size_t capacity) {
    size_t at = 0;
    for (; size - at >= 32 && capacity - at / 2 >= 16; at += 32) {
        __m128i low = digit_values(_mm_loadu_si128((const __m128i *)(const void *)(text + at)));
        __m128i high = digit_values(_mm_loadu_si128((const __m128i *)(const void *)(text + at + 16)));
        if (_mm_movemask_epi8(_mm_adds_epu8(_mm_max_epu8(low, high), _mm_set1_epi8(127 - 15))))
            break;
        _mm_storeu_si128((__m128i *)(void *)(out + at / 2), _mm_packus_epi16(join_pairs(low), join_pairs(high)));
    }
    if (size - at >= 16 && capacity - at / 2 >= 8) {
        __m128i half = digit_values(_mm_loadu_si128((const __m128i *)(const void *)(text + at)));
        if (!_mm_movemask_epi8(_mm_adds_epu8(half, _mm_set1_epi8(127 - 15)))) {
            _mm_storel_epi64((__m128i *)(void *)(out + at / 2), _mm_packus_epi16(join_pairs(half), half));
            at += 16;
        }
    }
    return at;
}

/* The digits of 16 halves of bytes. */
static inline __m128i digits_of(__m128i values, __m128i to_letter) {
    const __m128i letter = _mm_and_si128(_mm_cmpgt_epi8(values, _mm_set1_epi8(9)), to_letter);
    return _mm_add_epi8(_mm_add_epi8(values, _mm_set1_epi8('0')), letter);
}

/* Writes blocks of 16 bytes, and one of 8; returns how many bytes that were. */
static inline size_t write_blocks(const uint8_t *bytes, size_t size, bool upper, char *text) {
    const __m128i nibble = _mm_set1_epi8(15);
    const __m128i to_letter = _mm_set1_epi8((char)((upper ? 'A' : 'a') - '0' - 10));
    size_t at = 0;
    for (; size - at >= 16; at += 16) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(bytes + at));
        const __m128i high = _mm_and_si128(_mm_srli_epi16(block, 4), nibble);
        const __m128i low = _mm_and_si128(block, nibble);
        __m128i *const out = (__m128i *)(void *)(text + 2 * at);
        _mm_storeu_si128(out, digits_of(_mm_unpacklo_epi8(high, low), to_letter));
        _mm_storeu_si128(out + 1, digits_of(_mm_unpackhi_epi8(high, low), to_letter));
    }
    if (size - at >= 8) {
        const __m128i block = _mm_loadl_epi64((const __m128i *)(const void *)(bytes + at));
        const __m128i high = _mm_and_si128(_mm_srli_epi16(block, 4), nibble);
        const __m128i values = _mm_unpacklo_epi8(high, _mm_and_si128(block, nibble));
        _mm_storeu_si128((__m128i *)(void *)(text + 2 * at), digits_of(values, to_letter));
        at += 8;
    }
    return at;
}

#else

static size_t read_blocks(const char *text, size_t size, uint8_t *out, size_t capacity) {
    (void)text, (void)size, (void)out, (void)capacity;
    return 0;
}

static size_t write_blocks(const uint8_t *bytes, size_t size, bool upper, char *text) {
    (void)bytes, (void)size, (void)upper, (void)text;
    return 0;
}

#endif

static inline bool is_pair(const char *at) {
    return (kind_of(at[0]) & kind_of(at[1]) & DIGIT) != 0;
}

static inline uint8_t pair_value(const char *at) {
    return (uint8_t)(kind_of(at[0]) << 4 | (kind_of(at[1]) & 15));
}

size_t zj_hex_digits(const char *text, size_t size, uint8_t *out, size_t capacity) {
    size_t count = read_blocks(text, size, out, capacity) / 2;
    for (; count < capacity && size - 2 * count >= 2 && is_pair(text + 2 * count); count++)
        out[count] = pair_value(text + 2 * count);
    return count;
}

static size_t prefix_size(const char *text, size_t size) {
    if (size < 2)
        return 0;
    if (text[0] == '0')
        return text[1] == 'x' || text[1] == 'X' ? 2 : 0;
    return text[0] == '\\' && text[1] == 'x' ? 2 : 0;
}

static int fail_syntax(struct zjiot_error *error, const char *text, size_t size, size_t at) {
    if (at == size)
        return zj_fail(error, ZJIOT_SYNTAX, at, "the text ends behind a prefix");
    unsigned letter = (uint8_t)text[at];
    if (letter < ' ' || letter > '~')
        return zj_fail(error, ZJIOT_SYNTAX, at, "the byte 0x%02x where a hex digit is due", letter);
    return zj_fail(error, ZJIOT_SYNTAX, at, "'%c' where a hex digit is due", (int)letter);
}

static inline int64_t read_text(const char *text, size_t size, uint8_t *out, size_t capacity, bool with_blocks,
                                struct zjiot_error *error) {
    size_t at = 0;
    size_t count = 0;
    while (at < size) {
        if (kind_of(text[at]) == SEPARATOR) {
            at++;
            continue;
        }
        size_t prefix = prefix_size(text + at, size - at);
        size_t start = at + prefix;
        at = start;
        if (with_blocks && count < capacity) {
            at += read_blocks(text + start, size - start, out + count, capacity - count);
            count += (at - start) / 2;
        }
        for (; size - at >= 2 && is_pair(text + at); at += 2) {
            if (count == capacity)
                return zj_fail_space(error, size / 2);
            out[count++] = pair_value(text + at);
        }
        bool is_odd = at < size && (kind_of(text[at]) & DIGIT);
        size_t end = at + is_odd;
        if (end == start || (end < size && kind_of(text[end]) == 0))
            return fail_syntax(error, text, size, end);
        if (is_odd) {
            if (prefix == 0 || at != start)
                return zj_fail(error, ZJIOT_LENGTH, end, "an odd number of hex digits (%zu)", end - start);
            if (count == capacity)
                return zj_fail_space(error, size / 2);
            out[count++] = kind_of(text[at]) & 15;
        }
        at = end;
    }
    return (int64_t)count;
}

int64_t zjiot_hex_read(const char *text, size_t size, uint8_t *out, size_t capacity, struct zjiot_error *reterr_error) {
    return read_text(text, size, out, capacity, true, reterr_error);
}

int64_t zj_hex_read_scalar(const char *text, size_t size, uint8_t *out, size_t capacity,
                           struct zjiot_error *reterr_error) {
    return read_text(text, size, out, capacity, false, reterr_error);
}

bool zj_is_hex_text(const void *bytes, size_t size) {
    const char *text = bytes;
    for (size_t i = 0; i < size; i++)
        if (zj_hex_digit(text[i]) < 0 && !zj_is_blank(text[i]))
            return false;
    return size > 0;
}

/* What the blocks have left. */
static ZJ_ASIDE void write_bytes(const uint8_t *bytes, size_t size, bool upper, char *text) {
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (const uint8_t *const end = bytes + size; bytes < end; bytes++, text += 2) {
        text[0] = digits[*bytes >> 4];
        text[1] = digits[*bytes & 15];
    }
}

size_t zj_hex_write(const uint8_t *bytes, size_t size, bool upper, char *text) {
    const size_t done = write_blocks(bytes, size, upper, text);
    if (done < size)
        write_bytes(bytes + done, size - done, upper, text + 2 * done);
    text[2 * size] = '\0';
    return 2 * size;
}

size_t zjiot_hex_write(const uint8_t *bytes, size_t size, char *text) {
    return zj_hex_write(bytes, size, false, text);
}
