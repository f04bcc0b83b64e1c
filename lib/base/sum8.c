/* The checksum of CJ/T 188. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/base.h"

#ifdef __SSE2__

/* Sixteen at a time; the last ones together with some of those in front of them, which do not count again. */
static uint8_t sum_wide(const uint8_t *bytes, size_t size) {
    static const uint8_t counts[32] = {0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
                                       0,    0,    0,    0,    0,    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                       0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const __m128i zero = _mm_setzero_si128();
    const uint8_t *const last = bytes + size - 16;
    __m128i sums = zero;
    for (; bytes <= last; bytes += 16)
        sums = _mm_add_epi64(sums, _mm_sad_epu8(_mm_loadu_si128((const __m128i *)(const void *)bytes), zero));
    const __m128i kept = _mm_loadu_si128((const __m128i *)(const void *)(counts + size % 16));
    const __m128i rest = _mm_and_si128(_mm_loadu_si128((const __m128i *)(const void *)last), kept);
    sums = _mm_add_epi64(sums, _mm_sad_epu8(rest, zero));
    return (uint8_t)(_mm_cvtsi128_si32(sums) + _mm_cvtsi128_si32(_mm_srli_si128(sums, 8)));
}

#endif

uint8_t zj_sum8(const uint8_t *bytes, size_t size) {
    uint8_t sum = 0;
#ifdef __SSE2__
    if (size >= 16)
        return sum_wide(bytes, size);
#endif
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum;
}
