/* What every room of the library stands on: errors, deviations, numbers and checksums. Knows nobody. */
#ifndef ZJ_BASE_H
#define ZJ_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "zjiot/error.h"
#include "zjiot/pool.h"

#define ZJ_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#if defined(__GNUC__)
#define ZJ_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#define ZJ_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define ZJ_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define ZJ_ASIDE __attribute__((__noinline__)) /* a function that its caller's common way is not to pay for */
#else
#define ZJ_PRINTF(text, first)
#define ZJ_LIKELY(condition) (condition)
#define ZJ_UNLIKELY(condition) (condition)
#define ZJ_ASIDE
#endif

/* The place of the lowest bit; `bits` is not 0. */
static inline unsigned zj_lowest_bit(uint64_t bits) {
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(bits);
#else
    unsigned place = 0;
    for (; (bits & 1) == 0; bits >>= 1)
        place++;
    return place;
#endif
}

/* Fills `error` unless it is NULL, with path "" and need 0; returns `code`. */
int zj_fail(struct zjiot_error *error, enum zjiot_code code, size_t offset, const char *format, ...) ZJ_PRINTF(4, 5);

/* As zj_fail, with the field's path. */
int zj_fail_at(struct zjiot_error *error, enum zjiot_code code, size_t offset, const char *path, const char *format,
               ...) ZJ_PRINTF(5, 6);

/* SPACE with the number of bytes that would have been enough; returns ZJIOT_SPACE. */
int zj_fail_space(struct zjiot_error *error, size_t need);

/* Adds a deviation to `report` unless it is NULL. Texts that are too long are cut at a character's end. */
void zj_report(struct zjiot_report *report, enum zjiot_code code, size_t offset, const char *path, const char *found,
               const char *expected);

/* Copies `text` into `size` bytes at `out` (size > 0), cut before a UTF-8 character that does not fit whole, always
 * terminated. Returns the length. */
size_t zj_copy_text(char *out, size_t size, const char *text);

/* The same for the first `length` bytes of a text. */
size_t zj_copy_part(char *out, size_t size, const char *text, size_t length);

/* `size` bytes without alignment, for texts. As zjiot_pool_take. */
char *zj_pool_text(struct zjiot_pool *pool, size_t size, struct zjiot_error *error);

/* Copies the first `size` bytes of a text to the pool, NUL-terminated. 0, or SPACE, NOMEM; `error` may be NULL. */
int zj_pool_keep(struct zjiot_pool *pool, const char *text, size_t size, const char **ret_text,
                 struct zjiot_error *error);

/* Makes the block of `size` bytes at `block` (NULL: none yet) `wanted` bytes long: in place when it is the pool's last
 * one, else as a copy. NULL and an error when there is no room; the block is then as it was. */
void *zj_pool_grow(struct zjiot_pool *pool, void *block, size_t size, size_t wanted, struct zjiot_error *error);

/* Gives back what lies behind the first `keep` bytes of `block`, if it is the pool's last one of `size` bytes. */
void zj_pool_trim(struct zjiot_pool *pool, const void *block, size_t size, size_t keep);

/* Where a pool stands; going back to it forgets what was taken since. `used` is in front: what changes all the time is
 * then not loaded in one go with what does not, which would wait for it to reach the cache. */
struct zj_pool_mark {
    size_t used;
    unsigned char *base;
    size_t size;
};

static inline struct zj_pool_mark zj_pool_mark(const struct zjiot_pool *pool) {
    return (struct zj_pool_mark){pool->used, pool->base, pool->size};
}

void zj_pool_rewind(struct zjiot_pool *pool, struct zj_pool_mark mark);

/* Bytes that are not from '0' to '9' leave bits: those with another upper half, by themselves or 6 further on. */
static inline uint64_t zj_odd_digits(uint64_t eight) {
    const uint64_t zeros = UINT64_C(0x3030303030303030);
    return ((eight ^ zeros) | ((eight + UINT64_C(0x0606060606060606)) ^ zeros)) & UINT64_C(0xF0F0F0F0F0F0F0F0);
}

/* Whether all characters are decimal digits. */
static inline bool zj_are_digits(const char *text, size_t size) {
    uint64_t odd = 0;
    uint64_t eight;
    for (size_t at = 0; size >= sizeof eight && at < size; at += sizeof eight) { /* the last ones perhaps twice */
        memcpy(&eight, text + (at < size - sizeof eight ? at : size - sizeof eight), sizeof eight);
        odd |= zj_odd_digits(eight);
    }
    for (size_t at = 0; size < sizeof eight && at < size; at++)
        odd |= (unsigned char)(text[at] - '0') > 9;
    return odd == 0;
}

/* What a hex digit counts, or -1. */
static inline int zj_hex_digit(char c) {
    const char low = (char)(c | 0x20);
    if (c >= '0' && c <= '9')
        return c - '0';
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* What may stand between the parts of a JSON text, and between digits. */
static inline bool zj_is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Whether bytes are a text of nothing but hex digits and blanks. */
bool zj_is_hex_text(const void *bytes, size_t size);

/* zjiot_hex_read without SSE2; what it has on other processors. */
int64_t zj_hex_read_scalar(const char *text, size_t size, uint8_t *out, size_t capacity,
                           struct zjiot_error *reterr_error);

/* Reads the pairs of hex digits that the text begins with, as many as there is room for; returns how many. */
size_t zj_hex_digits(const char *text, size_t size, uint8_t *out, size_t capacity);

/* The two hex digits of a byte, as zjiot_hex_write writes them, and a NUL. */
static inline void zj_hex_pair(uint8_t byte, char text[3]) {
    static const char digits[] = "0123456789abcdef";
    text[0] = digits[byte >> 4];
    text[1] = digits[byte & 15];
    text[2] = '\0';
}

/* zjiot_hex_write, with capital letters or small ones. */
size_t zj_hex_write(const uint8_t *bytes, size_t size, bool upper, char *text);

/* CRC-16/MODBUS: polynomial A001 reflected, start FFFF. */
uint16_t zj_crc16(const uint8_t *bytes, size_t size);

/* CJ/T 188 checksum: the sum of the bytes modulo 256. */
uint8_t zj_sum8(const uint8_t *bytes, size_t size);

enum { ZJ_SIPHASH_SEED_SIZE = 16 };

/* SipHash-2-4: a hash for tables whose keys a stranger chooses. `bytes` may be NULL when `size` is 0. */
uint64_t zj_siphash(const uint8_t seed[ZJ_SIPHASH_SEED_SIZE], const uint8_t *bytes, size_t size);

/* BCD in a number whose lowest byte is the least significant pair of digits; false when a nibble is above 9: 6 more
 * would carry into the next one. All digits at once: pairs of neighbours are joined, twice as wide each time. */
static inline bool zj_bcd_value4(uint32_t packed, uint32_t *ret_value) {
    const uint32_t sixes = 0x66666666;
    const uint64_t carries = (packed + (uint64_t)sixes) ^ packed ^ sixes;
    if (carries & 0x111111110)
        return false;
    uint32_t value = packed - (16 - 10) * (packed >> 4 & 0x0F0F0F0F);
    value -= (256 - 100) * (value >> 8 & 0x00FF00FF);
    *ret_value = value - (65536 - 10000) * (value >> 16);
    return true;
}

static inline bool zj_bcd_value(uint64_t packed, int64_t *ret_value) {
    uint32_t low, high;
    if (!zj_bcd_value4((uint32_t)packed, &low) || !zj_bcd_value4((uint32_t)(packed >> 32), &high))
        return false;
    *ret_value = low + INT64_C(100000000) * high;
    return true;
}

/* BCD of 1 to 8 bytes, the lowest byte first or last, as an integer. Returns false when a nibble is above 9;
 * *ret_value is then untouched. */
bool zj_bcd_read_le(const uint8_t *bytes, size_t size, int64_t *ret_value);
bool zj_bcd_read_be(const uint8_t *bytes, size_t size, int64_t *ret_value);

/* The other way; false when `value` is negative or has more than 2 * size digits, nothing is written then. */
bool zj_bcd_write_le(uint8_t *bytes, size_t size, int64_t value);
bool zj_bcd_write_be(uint8_t *bytes, size_t size, int64_t value);

/* 10 to the power of `exponent`, 0 to 18. */
int64_t zj_power10(unsigned exponent);

/* digits * 10^exponent as the nearest double, exactly rounded for |digits| < 2^53 and |exponent| <= 18. */
extern const double zj_powers[19]; /* of ten; exact, as 5^18 has 42 bits, so the one operation rounds the true result */
static inline double zj_decimal_value(int64_t digits, int exponent) {
    return exponent < 0 ? (double)digits / zj_powers[-exponent] : (double)digits * zj_powers[exponent];
}

/* The integer n with zj_decimal_value(n, -decimals) == value, that is: `value` has at most `decimals` places.
 * False when there is none or it does not fit 53 bits. */
bool zj_decimal_digits(double value, unsigned decimals, int64_t *ret_digits);

/* Writes digits * 10^-decimals with exactly `decimals` places ("40.0"), NUL-terminated; room for 24 bytes. */
size_t zj_decimal_fixed(int64_t digits, unsigned decimals, char *out);

enum { ZJ_NUMBER_SIZE = 32 }; /* room for any number below, with its NUL */

/* The shortest decimal text that reads back as the same double ("230.45"), independent of the locale, a JSON
 * number; NUL-terminated. Not a number and infinity are "null". Returns the length. */
size_t zj_real_write(double value, char *out);

/* As a JSON integer; NUL-terminated. */
size_t zj_int_write(int64_t value, char *out);

/* Reads all of `text` as a JSON-like number (leading + and zeros are refused), independent of the locale, to the
 * nearest double. */
bool zj_real_read(const char *text, size_t size, double *ret_value);

/* Reads all of `text` as an integer: decimal with optional minus, or 0x and hex digits. False: no integer, or
 * it does not fit. */
bool zj_int_read(const char *text, size_t size, int64_t *ret_value);

/* Length of the prefix of `text` that is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, up to
 * U+10FFFF); == size when all of it is. */
size_t zj_utf8_valid(const char *text, size_t size);

#endif
