/* The checksum of CJ/T 188. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/base.h"

uint8_t zj_sum8(const uint8_t *bytes, size_t size) {
    uint64_t sum = 0;
#ifdef __SSE2__
    __m128i sums = _mm_setzero_si128();
    for (; size >= 16; size -= 16, bytes += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)bytes);
        sums = _mm_add_epi64(sums, _mm_sad_epu8(block, _mm_setzero_si128()));
    }
    uint64_t halves[2];
    _mm_storeu_si128((__m128i *)(void *)halves, sums);
    sum = halves[0] + halves[1];
#endif
    for (size_t i = 0; i < size; i++)
        sum += bytes[i];
    return (uint8_t)sum;
}
