/* SM3 after GB/T 32905-2016. */
#include <string.h>

#include "crypto/crypto.h"

enum { LENGTH_AT = ZJ_SM3_BLOCK - 8 }; /* where the last block has the length in bits */

static inline uint32_t rotate(uint32_t word, unsigned count) {
    return word << count | word >> (32 - count);
}

static inline uint32_t load(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline void store(uint8_t *bytes, uint32_t word) {
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

/* 4.3: the functions of rounds 0 to 15 and of the others */
#define FF_EARLY(x, y, z) ((x) ^ (y) ^ (z))
#define GG_EARLY(x, y, z) ((x) ^ (y) ^ (z))
#define FF_LATE(x, y, z) (((x) & (y)) | (((x) | (y)) & (z)))
#define GG_LATE(x, y, z) ((((y) ^ (z)) & (x)) ^ (z))

/* 4.2: the constant of a round, turned by the round's number */
#define T_EARLY 0x79cc4519u
#define T_LATE 0x7a879d8au
#define TURN(t, i) ((uint32_t)((uint64_t)(t) << ((i) % 32) | (uint64_t)(t) >> (32 - (i) % 32)))

/* 5.3.2: word i; of the 68 the last 16 are kept. `i` is a constant everywhere, and so are the places. */
#define W(i) w[(i) % 16]
#define MIX(x) ((x) ^ rotate(x, 15) ^ rotate(x, 23))
#define EXPAND(i) (W(i) = MIX(W(i) ^ W((i) + 7) ^ rotate(W((i) + 13), 15)) ^ rotate(W((i) + 3), 7) ^ W((i) + 10))

/* 5.3.3: one round. Instead of moving the eight words on, the next round names them one place further. */
#define ROUND(WHEN, a, b, c, d, e, f, g, h, i)                                                                         \
    do {                                                                                                               \
        const uint32_t a12 = rotate(a, 12);                                                                            \
        const uint32_t ss1 = rotate(a12 + e + TURN(T_##WHEN, i), 7);                                                   \
        if ((i) >= 12)                                                                                                 \
            EXPAND((i) + 4);                                                                                           \
        d += FF_##WHEN(a, b, c) + (ss1 ^ a12) + (W(i) ^ W((i) + 4));                                                   \
        h += GG_##WHEN(e, f, g) + ss1 + W(i);                                                                          \
        b = rotate(b, 9);                                                                                              \
        f = rotate(f, 19);                                                                                             \
        h ^= rotate(h, 9) ^ rotate(h, 17);                                                                             \
    } while (0)

#define ROUNDS4(WHEN, i)                                                                                               \
    do {                                                                                                               \
        ROUND(WHEN, a, b, c, d, e, f, g, h, (i));                                                                      \
        ROUND(WHEN, d, a, b, c, h, e, f, g, (i) + 1);                                                                  \
        ROUND(WHEN, c, d, a, b, g, h, e, f, (i) + 2);                                                                  \
        ROUND(WHEN, b, c, d, a, f, g, h, e, (i) + 3);                                                                  \
    } while (0)

#define ROUNDS16(WHEN, i)                                                                                              \
    do {                                                                                                               \
        ROUNDS4(WHEN, (i));                                                                                            \
        ROUNDS4(WHEN, (i) + 4);                                                                                        \
        ROUNDS4(WHEN, (i) + 8);                                                                                        \
        ROUNDS4(WHEN, (i) + 12);                                                                                       \
    } while (0)

static void compress(struct zj_sm3 *sm3, const uint8_t *block) {
    uint32_t *const w = sm3->words;
    uint32_t *const s = sm3->state;
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (size_t i = 0; i < 16; i++)
        w[i] = load(block + 4 * i);
    ROUNDS16(EARLY, 0);
    ROUNDS16(LATE, 16);
    ROUNDS16(LATE, 32);
    ROUNDS16(LATE, 48);
    s[0] ^= a, s[1] ^= b, s[2] ^= c, s[3] ^= d, s[4] ^= e, s[5] ^= f, s[6] ^= g, s[7] ^= h;
}

void zj_sm3_start(struct zj_sm3 *sm3) {
    static const uint32_t start[8] = {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                                      0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};
    memcpy(sm3->state, start, sizeof(start));
    sm3->size = 0;
}

void zj_sm3_add(struct zj_sm3 *sm3, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    const size_t held = sm3->size % ZJ_SM3_BLOCK;
    sm3->size += size;
    if (held > 0) {
        const size_t missing = ZJ_SM3_BLOCK - held;
        if (size < missing) {
            memcpy(sm3->block + held, at, size);
            return;
        }
        memcpy(sm3->block + held, at, missing);
        compress(sm3, sm3->block);
        at += missing;
        size -= missing;
    }
    for (; size >= ZJ_SM3_BLOCK; size -= ZJ_SM3_BLOCK, at += ZJ_SM3_BLOCK)
        compress(sm3, at);
    if (size > 0)
        memcpy(sm3->block, at, size);
}

void zj_sm3_finish(struct zj_sm3 *sm3, uint8_t hash[ZJ_SM3_SIZE]) {
    const uint64_t bits = sm3->size * 8;
    size_t held = sm3->size % ZJ_SM3_BLOCK;
    sm3->block[held++] = 0x80;
    if (held > LENGTH_AT) {
        memset(sm3->block + held, 0, ZJ_SM3_BLOCK - held);
        compress(sm3, sm3->block);
        held = 0;
    }
    memset(sm3->block + held, 0, LENGTH_AT - held);
    store(sm3->block + LENGTH_AT, (uint32_t)(bits >> 32));
    store(sm3->block + LENGTH_AT + 4, (uint32_t)bits);
    compress(sm3, sm3->block);
    for (size_t i = 0; i < 8; i++)
        store(hash + 4 * i, sm3->state[i]);
}
