/* SipHash-2-4 against the published values of its authors. */
#include <string.h>

#include "unit.h"

#include "base/base.h"

enum { LONGEST = 64 };

static uint8_t seed[ZJ_SIPHASH_SEED_SIZE];
static uint8_t message[LONGEST];

/* As in the authors' own test values: the seed is 00 01 .. 0f, the message of n bytes 00 01 .. n-1. */
static int count_up(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)i;
    return 0;
}

static void published_values(void **state) {
    (void)state;
    static const struct {
        size_t size;
        uint64_t hash;
    } values[] = {
        {0, 0x726fdb47dd0e0e31}, {1, 0x74f839c593dc67fd}, {2, 0x0d6c8009d9a94f5a},  {3, 0x85676696d7fb7e2d},
        {4, 0xcf2794e0277187b7}, {5, 0x18765564cd99a68d}, {6, 0xcbc9466e58fee3ce},  {7, 0xab0200f58b01d137},
        {8, 0x93f5f5799a932462}, {9, 0x9e0082df0ba9e4b0}, {15, 0xa129ca6149be45e5}, /* the paper's appendix A */
    };
    for (size_t i = 0; i < ZJ_COUNT(values); i++)
        assert_true(zj_siphash(seed, message, values[i].size) == values[i].hash);
    assert_true(zj_siphash(seed, NULL, 0) == values[0].hash);
}

/* Every bit of the message and of the seed counts, at each length, and so does the length. */
static void every_bit_counts(void **state) {
    (void)state;
    for (size_t size = 0; size < LONGEST; size++) {
        const uint64_t hash = zj_siphash(seed, message, size);
        assert_true(zj_siphash(seed, message, size + 1) != hash);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            message[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_true(zj_siphash(seed, message, size) != hash);
            message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t bit = 0; bit < 8 * sizeof seed; bit++) {
            seed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_true(zj_siphash(seed, message, size) != hash);
            seed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void no_alignment_is_needed(void **state) {
    (void)state;
    uint8_t shifted[LONGEST + 8];
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(shifted + shift, message, LONGEST);
        for (size_t size = 0; size <= LONGEST; size++)
            assert_true(zj_siphash(seed, shifted + shift, size) == zj_siphash(seed, message, size));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(published_values, count_up),
        cmocka_unit_test_setup(every_bit_counts, count_up),
        cmocka_unit_test_setup(no_alignment_is_needed, count_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
