/* SM3: the standard's values, every length in every cut, and OpenSSL. */
#include <openssl/evp.h>

#include "crypto_unit.h"

static void hash_whole(const void *bytes, size_t size, uint8_t hash[ZJ_SM3_SIZE]) {
    struct zj_sm3 sm3;
    zj_sm3_start(&sm3);
    zj_sm3_add(&sm3, bytes, size);
    zj_sm3_finish(&sm3, hash);
}

static void test_known_answers(void **state) {
    (void)state;
    static char million[1000000];
    json_t *row;
    size_t i;
    memset(million, 'a', sizeof(million));
    json_array_foreach(member(crypto_vectors(), "sm3"), i, row) {
        uint8_t expected[ZJ_SM3_SIZE], hash[ZJ_SM3_SIZE];
        const char *message = text_of(row, "message_ascii");
        const bool is_million = strcmp(message, "1000000 x 'a'") == 0;
        assert_int_equal(from_hex(text_of(row, "digest"), expected, sizeof(expected)), sizeof(expected));
        hash_whole(is_million ? million : message, is_million ? sizeof(million) : strlen(message), hash);
        assert_memory_equal(hash, expected, sizeof(hash));
    }
    assert_int_equal(i, 4);
}

/* Lengths around the block and the length field, in two pieces cut everywhere. */
static void test_every_cut(void **state) {
    (void)state;
    uint64_t seed = 3;
    uint8_t bytes[200], whole[ZJ_SM3_SIZE], cut[ZJ_SM3_SIZE], oracle[ZJ_SM3_SIZE];
    random_fill(&seed, bytes, sizeof(bytes));
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        assert_int_equal(EVP_Digest(bytes, size, oracle, NULL, EVP_sm3(), NULL), 1);
        hash_whole(bytes, size, whole);
        assert_memory_equal(whole, oracle, sizeof(whole));
        for (size_t at = 0; at <= size; at++) {
            struct zj_sm3 sm3;
            zj_sm3_start(&sm3);
            zj_sm3_add(&sm3, bytes, at);
            zj_sm3_add(&sm3, bytes + at, size - at);
            zj_sm3_finish(&sm3, cut);
            assert_memory_equal(cut, whole, sizeof(cut));
        }
    }
}

/* Many pieces of random sizes. */
static void test_random_pieces(void **state) {
    (void)state;
    static uint8_t bytes[20000];
    uint64_t seed = 4;
    for (int round = 0; round < 200; round++) {
        uint8_t hash[ZJ_SM3_SIZE], oracle[ZJ_SM3_SIZE];
        struct zj_sm3 sm3;
        const size_t size = random_bits(&seed) % sizeof(bytes);
        random_fill(&seed, bytes, size);
        assert_int_equal(EVP_Digest(bytes, size, oracle, NULL, EVP_sm3(), NULL), 1);
        zj_sm3_start(&sm3);
        for (size_t at = 0; at < size;) {
            const size_t most = 1 + random_bits(&seed) % 300;
            const size_t part = size - at < most ? size - at : most;
            zj_sm3_add(&sm3, bytes + at, part);
            at += part;
        }
        zj_sm3_finish(&sm3, hash);
        assert_memory_equal(hash, oracle, sizeof(hash));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_random_pieces),
    };
    return cmocka_run_group_tests_name("sm3", tests, NULL, NULL);
}
