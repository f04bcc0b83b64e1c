/* RSA in blocks: hutool's values, every padding both ways with OpenSSL, and what must be refused. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "crypto_unit.h"

static const enum zjiot_rsa_padding paddings[] = {ZJIOT_RSA_PKCS1, ZJIOT_RSA_OAEP_SHA1, ZJIOT_RSA_OAEP_SHA256,
                                                  ZJIOT_RSA_PKCS1_TYPE1};
static const size_t extras[] = {11, 42, 66, 11};

static struct zjiot_cipher cipher_of(struct zjiot_key *key, enum zjiot_rsa_padding padding) {
    return (struct zjiot_cipher){.kind = ZJIOT_KEY_RSA, .public_key = key, .private_key = key, .rsa_padding = padding};
}

static void read_size(struct zjiot_key *ret_key, int bits) {
    char path[sizeof(VECTORS) + 32];
    snprintf(path, sizeof(path), VECTORS "/crypto/rsa_%d.pem", bits);
    read_key_file(ret_key, path);
}

static json_t *hutool(void) {
    return json_array_get(member(member(crypto_vectors(), "hutool_interop"), "rsa"), 0);
}

static void test_hutool(void **state) {
    (void)state;
    static uint8_t body[4096], bytes[4096], out[4096];
    struct zjiot_key private_key, public_key;
    json_t *row = hutool();
    read_key(&private_key, text_of(row, "pkcs8_base64"));
    read_key(&public_key, text_of(row, "spki_base64"));
    assert_int_equal(zjiot_key_bits(&public_key), json_integer_value(member(row, "bits")));
    const size_t body_size =
        from_base64(text_of(member(crypto_vectors(), "hutool_interop"), "message_base64"), body, sizeof(body));
    struct zjiot_cipher cipher = {.kind = ZJIOT_KEY_RSA, .public_key = &public_key, .private_key = &private_key};
    size_t size = from_base64(text_of(row, "public_encrypt_pkcs1_base64"), bytes, sizeof(bytes));
    assert_opens(&cipher, bytes, size, body, body_size);
    assert_int_equal(zjiot_encrypted_size(&cipher, body_size), size); /* blocks of the same sizes */

    /* with the private key, bit for bit; the public one reads it */
    cipher.rsa_padding = ZJIOT_RSA_PKCS1_TYPE1;
    size = from_base64(text_of(row, "private_encrypt_type1_base64_deterministic"), bytes, sizeof(bytes));
    assert_int_equal(zjiot_encrypt(&cipher, body, body_size, out, sizeof(out), NULL), size);
    assert_memory_equal(out, bytes, size);
    cipher.private_key = NULL;
    assert_opens(&cipher, bytes, size, body, body_size);
    zjiot_key_free(&private_key);
    zjiot_key_free(&public_key);
}

/*
 * OpenSSL
 */

struct oracle {
    EVP_PKEY *key;
    EVP_PKEY_CTX *encrypt, *decrypt;
    enum zjiot_rsa_padding padding;
    size_t whole, room;
};

static void set_padding(EVP_PKEY_CTX *context, enum zjiot_rsa_padding padding) {
    const bool is_oaep = padding == ZJIOT_RSA_OAEP_SHA1 || padding == ZJIOT_RSA_OAEP_SHA256;
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, is_oaep ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING), 1);
    if (padding == ZJIOT_RSA_OAEP_SHA256) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()), 1);
    }
}

/* Type 1 is a signature without a hash for OpenSSL. */
static struct oracle oracle_of(struct zjiot_key *key, enum zjiot_rsa_padding padding) {
    char pem[ZJIOT_KEY_PEM_MAX];
    struct oracle oracle = {.padding = padding, .whole = (zjiot_key_bits(key) + 7) / 8};
    assert_true(zjiot_key_write(key, true, pem, sizeof(pem), NULL) > 0);
    BIO *text = BIO_new_mem_buf(pem, -1);
    oracle.key = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);
    BIO_free(text);
    assert_non_null(oracle.key);
    oracle.room = oracle.whole - extras[padding];
    oracle.encrypt = EVP_PKEY_CTX_new(oracle.key, NULL);
    oracle.decrypt = EVP_PKEY_CTX_new(oracle.key, NULL);
    const bool is_type1 = padding == ZJIOT_RSA_PKCS1_TYPE1;
    assert_int_equal(is_type1 ? EVP_PKEY_sign_init(oracle.encrypt) : EVP_PKEY_encrypt_init(oracle.encrypt), 1);
    assert_int_equal(is_type1 ? EVP_PKEY_verify_recover_init(oracle.decrypt) : EVP_PKEY_decrypt_init(oracle.decrypt),
                     1);
    set_padding(oracle.encrypt, padding);
    set_padding(oracle.decrypt, padding);
    return oracle;
}

static void oracle_free(struct oracle *oracle) {
    EVP_PKEY_CTX_free(oracle->encrypt);
    EVP_PKEY_CTX_free(oracle->decrypt);
    EVP_PKEY_free(oracle->key);
}

static size_t oracle_encrypt(const struct oracle *oracle, const uint8_t *body, size_t size, uint8_t *out) {
    size_t total = 0;
    for (size_t at = 0; at < size; at += oracle->room) {
        const size_t part = size - at < oracle->room ? size - at : oracle->room;
        size_t count = oracle->whole;
        assert_int_equal(oracle->padding == ZJIOT_RSA_PKCS1_TYPE1
                             ? EVP_PKEY_sign(oracle->encrypt, out + total, &count, body + at, part)
                             : EVP_PKEY_encrypt(oracle->encrypt, out + total, &count, body + at, part),
                         1);
        total += count;
    }
    return total;
}

static size_t oracle_decrypt(const struct oracle *oracle, const uint8_t *bytes, size_t size, uint8_t *out) {
    size_t total = 0;
    for (size_t at = 0; at < size; at += oracle->whole) {
        size_t count = oracle->whole;
        assert_int_equal(oracle->padding == ZJIOT_RSA_PKCS1_TYPE1
                             ? EVP_PKEY_verify_recover(oracle->decrypt, out + total, &count, bytes + at, oracle->whole)
                             : EVP_PKEY_decrypt(oracle->decrypt, out + total, &count, bytes + at, oracle->whole),
                         1);
        total += count;
    }
    return total;
}

enum { LONGEST = 64 * 1024, SEALED_ROOM = 3 * LONGEST };

static void compare(const struct zjiot_cipher *cipher, const struct oracle *oracle, size_t size, uint64_t *seed) {
    static uint8_t body[LONGEST], sealed[SEALED_ROOM], opened[SEALED_ROOM];
    random_fill(seed, body, size);
    assert_opens(cipher, sealed, oracle_encrypt(oracle, body, size, sealed), body, size);
    const size_t room = zjiot_encrypted_size(cipher, size);
    assert_true(room <= sizeof(sealed));
    assert_int_equal(zjiot_encrypt(cipher, body, size, sealed, room, NULL), room);
    assert_int_equal(oracle_decrypt(oracle, sealed, room, opened), size);
    assert_memory_equal(opened, body, size);
}

/* 1,000 bodies; the long ones with the keys that are fast. */
static void test_openssl_both_ways(void **state) {
    (void)state;
    static const struct {
        int bits;
        int bodies; /* of each padding */
        size_t most, longest;
    } rows[] = {{1024, 150, 500, LONGEST / 4}, {1031, 50, 300, 2000}, {768, 25, 200, 1000},
                {2048, 20, 400, 3000},         {3072, 4, 400, 1500},  {4096, 1, 1200, 1200}};
    uint64_t seed = 8;
    int count = 0;
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        struct zjiot_key key;
        read_size(&key, rows[i].bits);
        assert_int_equal(zjiot_key_bits(&key), rows[i].bits);
        for (size_t padding = 0; padding < ZJ_COUNT(paddings); padding++) {
            const struct zjiot_cipher cipher = cipher_of(&key, paddings[padding]);
            struct oracle oracle = oracle_of(&key, paddings[padding]);
            for (int round = 0; round < rows[i].bodies; round++, count++)
                compare(&cipher, &oracle, 1 + random_bits(&seed) % rows[i].most, &seed);
            compare(&cipher, &oracle, rows[i].longest, &seed);
            compare(&cipher, &oracle, 2 * oracle.room, &seed); /* full blocks to the end */
            if (i == 0 && padding == 0)
                compare(&cipher, &oracle, LONGEST, &seed);
            oracle_free(&oracle);
        }
        zjiot_key_free(&key);
    }
    assert_true(count >= 1000);
}

/* Writers that do not fill their blocks are read, too. */
static void test_short_blocks(void **state) {
    (void)state;
    static const char body[] = "blocks of five bytes each, and one of two";
    for (size_t padding = 0; padding < ZJ_COUNT(paddings); padding++) {
        struct zjiot_key key;
        uint8_t sealed[4096];
        read_size(&key, 1024);
        struct oracle oracle = oracle_of(&key, paddings[padding]);
        const struct zjiot_cipher cipher = cipher_of(&key, paddings[padding]);
        oracle.room = 5;
        assert_opens(&cipher, sealed, oracle_encrypt(&oracle, (const uint8_t *)body, strlen(body), sealed), body,
                     strlen(body));
        oracle_free(&oracle);
        zjiot_key_free(&key);
    }
}

/*
 * What must be refused
 */

/* All of it, one after the other: any bit of the first and of the last block, any length. */
static void test_every_change(void **state) {
    (void)state;
    struct zjiot_key key;
    struct plan plan = {.count = 0}; /* the same bytes in every run: v1.5 takes one change in 2^17 */
    uint8_t sealed[384];
    read_size(&key, 1024);
    for (size_t padding = 0; padding < ZJ_COUNT(paddings); padding++) {
        struct zjiot_cipher cipher = cipher_of(&key, paddings[padding]);
        cipher.random = (struct zjiot_random){fill_by_plan, &plan};
        uint8_t body[240] = "three blocks";
        const size_t size = 2 * (128 - extras[padding]) + 5;
        assert_int_equal(zjiot_encrypt(&cipher, body, size, sealed, sizeof(sealed), NULL), sizeof(sealed));
        for (size_t bit = 0; bit < 8 * sizeof(sealed); bit += bit % 1024 < 64 ? 1 : 61) {
            sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_refused(&cipher, sealed, sizeof(sealed));
            sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t length = 0; length < sizeof(sealed); length += length % 128 < 3 || length % 128 > 124 ? 1 : 11) {
            if (length % 128 != 0 || length == 0)
                assert_refused(&cipher, sealed, length);
        }
        for (size_t other = 0; other < ZJ_COUNT(paddings); other++) {
            const struct zjiot_cipher wrong = cipher_of(&key, paddings[other]);
            if (other != padding)
                assert_refused(&wrong, sealed, sizeof(sealed));
        }
        assert_opens(&cipher, sealed, sizeof(sealed), body, size);
    }
    zjiot_key_free(&key);
}

/* Blocks that are refused for what they decrypt to, made with the bare operation. */
static void test_bad_padding(void **state) {
    (void)state;
    static const struct {
        uint8_t start[2];
        size_t fill, zero_at; /* where the padding ends */
        enum zjiot_rsa_padding padding;
        bool is_good;
    } rows[] = {
        {{0, 2}, 0x55, 10, ZJIOT_RSA_PKCS1, true},         {{0, 2}, 0x55, 9, ZJIOT_RSA_PKCS1, false},
        {{0, 2}, 0x55, 2, ZJIOT_RSA_PKCS1, false},         {{0, 2}, 0x55, 128, ZJIOT_RSA_PKCS1, false},
        {{0, 1}, 0x55, 10, ZJIOT_RSA_PKCS1, false},        {{0, 1}, 0xff, 10, ZJIOT_RSA_PKCS1, false},
        {{1, 2}, 0x55, 10, ZJIOT_RSA_PKCS1, false},        {{0, 2}, 0x55, 127, ZJIOT_RSA_PKCS1, false}, /* empty */
        {{0, 1}, 0xff, 10, ZJIOT_RSA_PKCS1_TYPE1, true},   {{0, 1}, 0xff, 9, ZJIOT_RSA_PKCS1_TYPE1, false},
        {{0, 1}, 0xff, 128, ZJIOT_RSA_PKCS1_TYPE1, false}, {{0, 1}, 0x55, 10, ZJIOT_RSA_PKCS1_TYPE1, false},
        {{0, 2}, 0xff, 10, ZJIOT_RSA_PKCS1_TYPE1, false},  {{1, 1}, 0xff, 10, ZJIOT_RSA_PKCS1_TYPE1, false},
        {{0, 1}, 0xff, 127, ZJIOT_RSA_PKCS1_TYPE1, false},
    };
    struct zjiot_key key;
    struct zj_source source = zj_source(NULL);
    read_size(&key, 1024);
    mbedtls_rsa_context *rsa = mbedtls_pk_rsa(zj_key(&key)->as.rsa);
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        uint8_t block[128], sealed[128];
        const struct zjiot_cipher cipher = cipher_of(&key, rows[i].padding);
        memset(block, (int)rows[i].fill, sizeof(block));
        memcpy(block, rows[i].start, 2);
        if (rows[i].zero_at < sizeof(block))
            block[rows[i].zero_at] = 0;
        assert_int_equal(rows[i].padding == ZJIOT_RSA_PKCS1 ? mbedtls_rsa_public(rsa, block, sealed)
                                                            : mbedtls_rsa_private(rsa, zj_draw, &source, block, sealed),
                         0);
        if (rows[i].is_good)
            assert_opens(&cipher, sealed, sizeof(sealed), block + rows[i].zero_at + 1,
                         sizeof(block) - rows[i].zero_at - 1);
        else
            assert_refused(&cipher, sealed, sizeof(sealed));
    }
    uint8_t above[128]; /* not below the modulus */
    memset(above, 0xff, sizeof(above));
    for (size_t padding = 0; padding < ZJ_COUNT(paddings); padding++) {
        const struct zjiot_cipher cipher = cipher_of(&key, paddings[padding]);
        assert_refused(&cipher, above, sizeof(above));
    }
    zjiot_key_free(&key);
}

static void test_another_key(void **state) {
    (void)state;
    struct zjiot_key key, other;
    uint8_t sealed[256];
    assert_int_equal(zjiot_key_generate(&other, ZJIOT_KEY_RSA, 1024, NULL, NULL), 0);
    read_size(&key, 1024);
    for (size_t padding = 0; padding < ZJ_COUNT(paddings); padding++) {
        const struct zjiot_cipher writes = cipher_of(&key, paddings[padding]);
        const struct zjiot_cipher reads = cipher_of(&other, paddings[padding]);
        const int64_t size = zjiot_encrypt(&writes, "body", 4, sealed, sizeof(sealed), NULL);
        assert_refused(&reads, sealed, (size_t)size);
    }
    zjiot_key_free(&key);
    zjiot_key_free(&other);
}

/*
 * The calls
 */

static void test_arguments(void **state) {
    (void)state;
    struct zjiot_key key, small, public_key;
    struct zjiot_error error = {0};
    uint8_t out[256], sealed[256];
    read_size(&key, 1024);
    read_key(&public_key, text_of(hutool(), "spki_base64"));
    read_size(&small, 512);
    struct zjiot_cipher cipher = cipher_of(&key, ZJIOT_RSA_PKCS1);
    assert_int_equal(zjiot_encrypted_size(&cipher, 117), 128);
    assert_int_equal(zjiot_encrypted_size(&cipher, 118), 256);
    assert_int_equal(zjiot_encrypt(&cipher, out, 118, sealed, 255, &error), ZJIOT_SPACE);
    assert_int_equal(error.need, 256);
    assert_int_equal(zjiot_encrypt(&cipher, out, 0, sealed, 255, &error), ZJIOT_LENGTH);
    assert_int_equal(zjiot_decrypt(&cipher, sealed, 128, out, 127, NULL, &error), ZJIOT_SPACE);
    assert_int_equal(error.need, 128);

    cipher.private_key = &public_key;
    assert_int_equal(zjiot_decrypt(&cipher, sealed, 128, out, 128, NULL, &error), ZJIOT_MISSING);
    cipher.rsa_padding = ZJIOT_RSA_PKCS1_TYPE1;
    assert_int_equal(zjiot_encrypt(&cipher, "body", 4, sealed, sizeof(sealed), &error), ZJIOT_MISSING);

    cipher = cipher_of(&small, ZJIOT_RSA_OAEP_SHA256);
    assert_int_equal(zjiot_encrypt(&cipher, "body", 4, sealed, sizeof(sealed), &error), ZJIOT_ARG);
    assert_int_equal(zjiot_decrypt(&cipher, sealed, 64, out, 64, NULL, &error), ZJIOT_ARG);
    cipher.rsa_padding = ZJIOT_RSA_PKCS1;
    const int64_t size = zjiot_encrypt(&cipher, "body", 4, sealed, sizeof(sealed), &error);
    assert_opens(&cipher, sealed, (size_t)size, "body", 4);
    cipher.rsa_padding = (enum zjiot_rsa_padding)4;
    assert_int_equal(zjiot_encrypt(&cipher, "body", 4, sealed, sizeof(sealed), &error), ZJIOT_ARG);
    zjiot_key_free(&key);
    zjiot_key_free(&small);
    zjiot_key_free(&public_key);
}

/* A key with room for a few bytes a block would make too much of a long body. */
static void test_too_many_blocks(void **state) {
    (void)state;
    enum { BITS = 560, ROOM = BITS / 8 - 66, LONGEST_BODY = ZJIOT_SEALED_MAX / (BITS / 8) * ROOM };
    struct zjiot_key key;
    uint8_t *der = NULL;
    EVP_PKEY *made = EVP_RSA_gen(BITS);
    const int size = i2d_PUBKEY(made, &der);
    assert_int_equal(zjiot_key_read(&key, ZJIOT_KEY_DER, der, (size_t)size, NULL, NULL, NULL), 0);
    const struct zjiot_cipher cipher = {
        .kind = ZJIOT_KEY_RSA, .public_key = &key, .rsa_padding = ZJIOT_RSA_OAEP_SHA256};
    assert_in_range(zjiot_encrypted_size(&cipher, LONGEST_BODY), ZJIOT_SEALED_MAX - BITS / 8, ZJIOT_SEALED_MAX);
    assert_int_equal(zjiot_encrypted_size(&cipher, LONGEST_BODY + 1), 0);
    assert_int_equal(zjiot_encrypt(&cipher, "", LONGEST_BODY + 1, NULL, SIZE_MAX, NULL), ZJIOT_LENGTH);
    OPENSSL_free(der);
    EVP_PKEY_free(made);
    zjiot_key_free(&key);
}

/* No random bytes: for the padding, and for the mask of the private operation. */
static void test_no_random_bytes(void **state) {
    (void)state;
    struct zjiot_key key, fresh;
    uint8_t sealed[128], out[128];
    read_size(&key, 1024);
    struct plan plan = {.failing = 1};
    for (size_t padding = 0; padding < ZJ_COUNT(paddings); padding++) {
        struct zjiot_cipher cipher = cipher_of(&key, paddings[padding]);
        assert_int_equal(zjiot_encrypt(&cipher, "body", 4, sealed, sizeof(sealed), NULL), sizeof(sealed));
        assert_int_equal(zjiot_key_copy(&fresh, &key, NULL, NULL), 0);
        cipher = cipher_of(&fresh, paddings[padding]);
        cipher.random = (struct zjiot_random){fill_by_plan, &plan};
        struct zjiot_error error = {0};
        assert_int_equal(zjiot_encrypt(&cipher, "body", 4, out, sizeof(out), &error), ZJIOT_RANDOM);
        assert_int_equal(error.code, ZJIOT_RANDOM);
        if (paddings[padding] != ZJIOT_RSA_PKCS1_TYPE1) /* which needs none to read */
            assert_int_equal(zjiot_decrypt(&cipher, sealed, sizeof(sealed), out, sizeof(out), NULL, NULL),
                             ZJIOT_RANDOM);
        zjiot_key_free(&fresh);
    }
    zjiot_key_free(&key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hutool),          cmocka_unit_test(test_openssl_both_ways),
        cmocka_unit_test(test_short_blocks),    cmocka_unit_test(test_every_change),
        cmocka_unit_test(test_bad_padding),     cmocka_unit_test(test_another_key),
        cmocka_unit_test(test_arguments),       cmocka_unit_test(test_no_random_bytes),
        cmocka_unit_test(test_too_many_blocks),
    };
    return cmocka_run_group_tests_name("rsa", tests, NULL, NULL);
}
