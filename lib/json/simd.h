/* Sixteen characters at a time, where the processor can. With ZJ_PLAIN defined it is done without: both ways give the
 * same answers, which the tests compare. */
#ifndef ZJ_SIMD_H
#define ZJ_SIMD_H

#include <stdint.h>
#include <string.h>

#include "base/base.h"

enum { ZJ_WIDE = 16 };

/* Behind a constant text: so many bytes can be loaded from any of its characters on. */
#define ZJ_PADDING "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
_Static_assert(sizeof ZJ_PADDING == ZJ_WIDE, "the padding of constant texts");

#if defined(__SSE2__) && defined(__GNUC__) && !defined(ZJ_PLAIN)
#include <emmintrin.h>
#define ZJ_SSE2

typedef __m128i zj_wide;

static inline zj_wide zj_wide_load(const char *at) {
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline void zj_wide_store(char *at, zj_wide wide) {
    _mm_storeu_si128((__m128i *)(void *)at, wide);
}

/* The `size` characters, fewer than 16, and zeros behind them; no more is read. */
static inline zj_wide zj_wide_load_short(const char *at, size_t size) {
    uint64_t low = 0, high = 0;
    if (size >= 8) {
        memcpy(&low, at, 8);
        memcpy(&high, at + size - 8, 8);
        high = high >> 1 >> (127 - 8 * size); /* twice, for no shift may be by all 64 */
    } else if (size >= 4) {
        uint32_t ends[2];
        memcpy(&ends[0], at, 4);
        memcpy(&ends[1], at + size - 4, 4);
        low = ends[0] | (uint64_t)ends[1] << (8 * size - 32);
    } else if (size > 0) {
        low = (unsigned char)at[0] | (uint64_t)(unsigned char)at[size / 2] << 8 * (size / 2) |
              (uint64_t)(unsigned char)at[size - 1] << 8 * (size - 1);
    }
    return _mm_set_epi64x((long long)high, (long long)low);
}

/* One bit a character, the first character's the lowest. */
static inline unsigned zj_wide_equal(zj_wide a, zj_wide b) {
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b));
}

static inline unsigned zj_wide_equal_to(zj_wide wide, char c) {
    return zj_wide_equal(wide, _mm_set1_epi8(c));
}

/* Those above 0x7F. */
static inline unsigned zj_wide_high(zj_wide wide) {
    return (unsigned)_mm_movemask_epi8(wide);
}

/* The digits. */
static inline unsigned zj_wide_digits(zj_wide wide) {
    const zj_wide number = _mm_sub_epi8(wide, _mm_set1_epi8('0'));
    return zj_wide_equal(_mm_min_epu8(number, _mm_set1_epi8(9)), number);
}

/* The blanks of JSON. */
static inline unsigned zj_wide_blanks(zj_wide wide) {
    const zj_wide blank = _mm_cmpeq_epi8(wide, _mm_set1_epi8(' '));
    const zj_wide line =
        _mm_or_si128(_mm_cmpeq_epi8(wide, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(wide, _mm_set1_epi8('\r')));
    const zj_wide tab = _mm_cmpeq_epi8(wide, _mm_set1_epi8('\t'));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(blank, line), tab));
}

/* Two characters and the control characters below 0x20. */
static inline unsigned zj_wide_stops(zj_wide wide, char one, char other) {
    const zj_wide either =
        _mm_or_si128(_mm_cmpeq_epi8(wide, _mm_set1_epi8(one)), _mm_cmpeq_epi8(wide, _mm_set1_epi8(other)));
    const zj_wide control = _mm_cmpeq_epi8(_mm_min_epu8(wide, _mm_set1_epi8(0x1F)), wide);
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(either, control));
}

/* The number of the first 1 to 8 characters, which are digits; 8 characters can be read. Neighbours are joined, twice
 * as wide each time; the first digit is the lowest byte, and what is behind the last one is shifted out. */
static inline uint64_t zj_eight_digits(const char *at, unsigned count) {
    uint64_t digits;
    memcpy(&digits, at, sizeof digits);
    digits = (digits & UINT64_C(0x0F0F0F0F0F0F0F0F)) << (64 - 8 * count);
    digits = (digits * 10 + (digits >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    digits = (digits * 100 + (digits >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (digits * 10000 + (digits >> 32)) & UINT64_C(0xFFFFFFFF);
}
#endif

/* Behind the blanks at `at`; up to `end`. For any number of them. */
const char *zj_skip_many_blanks(const char *at, const char *end);

/* The same. Mostly there are none, or one, or the end of a line and some spaces: taken in steps, for the processor
 * foresees the steps, and does not wait for a count before it goes on. Loops, because a condition may become a count.
 */
static inline const char *zj_skip_blanks(const char *at, const char *end) {
    if (at < end && *at == '\n') {
        at++;
#if defined(ZJ_SSE2)
        for (; end - at >= ZJ_WIDE; at += ZJ_WIDE) {
            unsigned others = ~zj_wide_equal_to(zj_wide_load(at), ' ') & 0xFFFF;
            if (others == 0)
                continue;
            for (; (others & 0xF) == 0; others >>= 4)
                at += 4;
            for (; (others & 3) == 0; others >>= 2)
                at += 2;
            break;
        }
#endif
    }
    if (at < end && *at == ' ')
        at++;
    return at < end && (unsigned char)*at <= ' ' ? zj_skip_many_blanks(at, end) : at;
}

#endif
