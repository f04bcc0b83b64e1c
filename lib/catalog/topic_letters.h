/* The letters of a topic's levels, one by one and sixteen at a time. */
#ifndef ZJ_TOPIC_LETTERS_H
#define ZJ_TOPIC_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "json/simd.h"

/* MQTT allows neither wildcards nor NUL in a topic; a control character has no place in a name. */
static inline bool zj_is_level_letter(char c) {
    const uint64_t others = UINT64_C(0xFFFFFFFF) | UINT64_C(1) << '#' | UINT64_C(1) << '+' | UINT64_C(1) << '/';
    const unsigned char letter = (unsigned char)c;
    return !((letter < 64) & (others >> letter % 64 & 1)) & (letter != 0x7F);
}

#if defined(ZJ_SSE2)

/* Others than those, slashes aside, and all that are not of ASCII. */
static inline unsigned zj_odd_letters(zj_wide wide) {
    const zj_wide others = _mm_cmplt_epi8(wide, _mm_set1_epi8(' ')); /* those above 0x7F are below zero */
    const zj_wide wild =
        _mm_or_si128(_mm_cmpeq_epi8(wide, _mm_set1_epi8('#')), _mm_cmpeq_epi8(wide, _mm_set1_epi8('+')));
    const zj_wide last = _mm_cmpeq_epi8(wide, _mm_set1_epi8(0x7F));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(others, wild), last));
}

#endif

#endif
