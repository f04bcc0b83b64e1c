/* Words of 16 bits as text: "0000,00FF,1A2B". */
#include <string.h>

#include "catalog/catalog.h"
#include "json/simd.h"

enum { GROUP = 4 }; /* words at a time */

static void write_word(unsigned word, char *out) {
    static const char digits[] = "0123456789ABCDEF";
    for (int i = 3; i >= 0; i--, word >>= 4)
        out[i] = digits[word & 15];
    out[4] = ',';
}

static bool read_word(const char *at, uint16_t *ret_word) {
    unsigned word = 0;
    for (unsigned i = 0; i < ZJ_WORD_SIZE - 1; i++) {
        const unsigned digit = (unsigned char)(at[i] - '0');
        const unsigned letter = (unsigned char)((at[i] | 0x20) - 'a');
        if (digit > 9 && letter > 5)
            return false;
        word = word << 4 | (digit <= 9 ? digit : letter + 10);
    }
    *ret_word = (uint16_t)word;
    return true;
}

#if defined(ZJ_SSE2)

static inline int four_letters(const char *at) {
    int letters;
    memcpy(&letters, at, sizeof letters);
    return letters;
}

/* Reads four words, each with its comma; false when they are not. */
static inline bool read_group(const char *at, uint16_t *words) {
    const __m128i text =
        _mm_set_epi32(four_letters(at + 15), four_letters(at + 10), four_letters(at + 5), four_letters(at));
    const __m128i digit = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    const __m128i letter = _mm_sub_epi8(_mm_or_si128(text, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    const __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
    const __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
    const __m128i nibbles =
        _mm_or_si128(_mm_and_si128(is_digit, digit), _mm_and_si128(is_letter, _mm_add_epi8(letter, _mm_set1_epi8(10))));
    /* Two nibbles in each 16 bits, the high one first; then two such bytes in each 32. */
    const __m128i high = _mm_slli_epi16(_mm_and_si128(nibbles, _mm_set1_epi16(0xFF)), 4);
    const __m128i bytes = _mm_or_si128(high, _mm_srli_epi16(nibbles, 8));
    const __m128i wide = _mm_madd_epi16(bytes, _mm_set1_epi32(0x00010100));
    const __m128i narrow = _mm_packs_epi32(_mm_srai_epi32(_mm_slli_epi32(wide, 16), 16), _mm_setzero_si128());
    _mm_storel_epi64((__m128i *)(void *)words, narrow);
    return _mm_movemask_epi8(_mm_or_si128(is_digit, is_letter)) == 0xFFFF &&
           ((at[4] ^ ',') | (at[9] ^ ',') | (at[14] ^ ',') | (at[19] ^ ',')) == 0;
}

/* Four words, each with its comma. */
static inline void write_group(const uint16_t *words, char *out) {
    const __m128i nibble = _mm_set1_epi8(15);
    const __m128i four = _mm_loadl_epi64((const __m128i *)(const void *)words);
    const __m128i bytes = _mm_or_si128(_mm_slli_epi16(four, 8), _mm_srli_epi16(four, 8)); /* the high one first */
    const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), nibble);
    const __m128i value = _mm_unpacklo_epi8(high, _mm_and_si128(bytes, nibble));
    const __m128i letter = _mm_and_si128(_mm_cmpgt_epi8(value, _mm_set1_epi8(9)), _mm_set1_epi8('A' - '0' - 10));
    char text[ZJ_WIDE];
    zj_wide_store(text, _mm_add_epi8(_mm_add_epi8(value, _mm_set1_epi8('0')), letter));
    for (unsigned i = 0; i < GROUP; i++) {
        memcpy(out + i * ZJ_WORD_SIZE, text + 4 * i, 4);
        out[i * ZJ_WORD_SIZE + 4] = ',';
    }
}

#endif

void zj_words_write(const uint16_t *words, size_t count, char *out) {
    size_t i = 0;
#if defined(ZJ_SSE2)
    for (; count - i >= GROUP; i += GROUP)
        write_group(words + i, out + i * ZJ_WORD_SIZE);
#endif
    for (; i < count; i++)
        write_word(words[i], out + i * ZJ_WORD_SIZE);
}

bool zj_words_read(const char *text, size_t size, uint16_t *words) {
    if (size % ZJ_WORD_SIZE != ZJ_WORD_SIZE - 1)
        return size == 0;
    const size_t count = size / ZJ_WORD_SIZE + 1;
    size_t i = 0;
#if defined(ZJ_SSE2)
    bool good = true;
    for (; i + GROUP < count; i += GROUP)
        good &= read_group(text + i * ZJ_WORD_SIZE, words + i);
    if (!good)
        return false;
#endif
    for (; i < count; i++)
        if (!read_word(text + i * ZJ_WORD_SIZE, &words[i]) ||
            (i + 1 < count && text[(i + 1) * ZJ_WORD_SIZE - 1] != ','))
            return false;
    return true;
}
