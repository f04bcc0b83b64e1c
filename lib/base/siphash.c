/* SipHash-2-4 (Aumasson and Bernstein, 2012): a hash that nobody can steer who does not know the seed. */
#include "base/base.h"

struct state {
    uint64_t a, b, c, d;
};

static inline uint64_t rotate(uint64_t word, unsigned bits) {
    return word << bits | word >> (64 - bits);
}

/* Written out, so that compilers make one load of it. */
static inline uint64_t load(const uint8_t bytes[8]) {
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 | (uint64_t)bytes[3] << 24 |
           (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 | (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

static inline void mix(struct state *state) {
    state->a += state->b;
    state->c += state->d;
    state->b = rotate(state->b, 13) ^ state->a;
    state->d = rotate(state->d, 16) ^ state->c;
    state->a = rotate(state->a, 32);
    state->c += state->b;
    state->a += state->d;
    state->b = rotate(state->b, 17) ^ state->c;
    state->d = rotate(state->d, 21) ^ state->a;
    state->c = rotate(state->c, 32);
}

static inline void absorb(struct state *state, uint64_t word) {
    state->d ^= word;
    mix(state);
    mix(state);
    state->a ^= word;
}

uint64_t zj_siphash(const uint8_t seed[ZJ_SIPHASH_SEED_SIZE], const uint8_t *bytes, size_t size) {
    const uint64_t low = load(seed), high = load(seed + 8);
    struct state state = {
        low ^ 0x736f6d6570736575,
        high ^ 0x646f72616e646f6d,
        low ^ 0x6c7967656e657261,
        high ^ 0x7465646279746573,
    };
    uint64_t last = (uint64_t)size << 56;
    for (; size >= 8; size -= 8, bytes += 8)
        absorb(&state, load(bytes));
    for (size_t i = 0; i < size; i++)
        last |= (uint64_t)bytes[i] << 8 * i;
    absorb(&state, last);
    state.c ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix(&state);
    return state.a ^ state.b ^ state.c ^ state.d;
}
