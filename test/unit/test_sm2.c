/* SM2: the standard's answers, every vector, every way to be wrong, and OpenSSL in both directions. */
#include <pthread.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "crypto_unit.h"

static const struct zj_sm2_form forms[] = {
    {ZJIOT_SM2_C1C3C2, false}, {ZJIOT_SM2_C1C3C2, true}, {ZJIOT_SM2_C1C2C3, false},
    {ZJIOT_SM2_C1C2C3, true},  {ZJIOT_SM2_ASN1, false},
};

/* Seals with a given k; fails the test unless the bytes are those of `hex`. */
static void assert_seals(struct zj_sm2_key *key, struct zj_sm2_form form, const char *k_hex, const char *body,
                         const char *hex) {
    uint8_t k[ZJ_SM2_NUMBER], expected[512], out[512];
    struct zj_source source = zj_source(NULL);
    const size_t size = from_hex(hex, expected, sizeof(expected));
    assert_int_equal(from_hex(k_hex, k, sizeof(k)), sizeof(k));
    assert_int_equal(zj_sm2_seal(key, form, k, (const uint8_t *)body, strlen(body), out, &source), size);
    assert_memory_equal(out, expected, size);
    assert_true(size <= zj_sm2_sealed_size(form, strlen(body)));
}

static void test_standard(void **state) {
    (void)state;
    static const char *const names[] = {"c1c3c2_04", "c1c3c2_no04", "c1c2c3_04", "c1c2c3_no04", "asn1"};
    json_t *row = sm2_standard(0);
    const char *body = text_of(row, "message_ascii");
    struct zjiot_key key;
    uint8_t bytes[512], base64[512];
    read_key(&key, text_of(row, "d"));
    for (size_t i = 0; i < ZJ_COUNT(forms); i++) {
        const struct zjiot_cipher cipher = sm2_cipher(&key, forms[i]), any = sm2_auto(&key);
        const size_t size = from_hex(text_of(row, names[i]), bytes, sizeof(bytes));
        assert_seals(&zj_key(&key)->as.sm2, forms[i], text_of(row, "k"), body, text_of(row, names[i]));
        assert_opens(&cipher, bytes, size, body, strlen(body));
        assert_opens(&any, bytes, size, body, strlen(body));
    }
    const size_t size = from_base64(text_of(row, "c1c3c2_04_base64"), base64, sizeof(base64));
    assert_int_equal(from_hex(text_of(row, "c1c3c2_04"), bytes, sizeof(bytes)), size);
    assert_memory_equal(base64, bytes, size);
    zjiot_key_free(&key);
}

/* k given through the caller's random function gives the standard's bytes through the public call, too. */
static void test_standard_through_the_public_call(void **state) {
    (void)state;
    json_t *row = sm2_standard(0);
    const char *body = text_of(row, "message_ascii");
    struct zjiot_key key;
    uint8_t k[1][ZJ_SM2_NUMBER], expected[512], out[512];
    from_hex(text_of(row, "k"), k[0], sizeof(k[0]));
    const size_t size = from_hex(text_of(row, "c1c3c2_04"), expected, sizeof(expected));
    read_key(&key, text_of(row, "PB"));
    struct plan plan = {.planned = (const uint8_t(*)[ZJ_SM2_NUMBER])k, .count = 1};
    struct zjiot_cipher cipher = sm2_auto(&key); /* which writes C1C3C2 with 04 */
    cipher.random = (struct zjiot_random){fill_by_plan, &plan};
    assert_int_equal(zjiot_encrypt(&cipher, body, strlen(body), out, sizeof(out), NULL), size);
    assert_memory_equal(out, expected, size);
    zjiot_key_free(&key);
}

/* GB/T 32918.4 annex A is on a curve of its own, with another a and no fast reduction. */
static void test_standard_on_the_test_curve(void **state) {
    (void)state;
    json_t *row = sm2_standard(1), *curve = member(row, "curve");
    struct zj_sm2_key key;
    struct zj_source source = zj_source(NULL);
    mbedtls_ecp_group *const groups[] = {&key.curve, &key.recipient};
    mbedtls_mpi_init(&key.d);
    assert_int_equal(mbedtls_mpi_read_string(&key.d, 16, text_of(row, "d")), 0);
    for (size_t i = 0; i < ZJ_COUNT(groups); i++) {
        mbedtls_ecp_group *group = groups[i];
        mbedtls_ecp_group_init(group);
        group->pbits = group->nbits = 256;
        assert_int_equal(mbedtls_mpi_read_string(&group->P, 16, text_of(curve, "p")), 0);
        assert_int_equal(mbedtls_mpi_read_string(&group->A, 16, text_of(curve, "a")), 0);
        assert_int_equal(mbedtls_mpi_read_string(&group->B, 16, text_of(curve, "b")), 0);
        assert_int_equal(mbedtls_mpi_read_string(&group->N, 16, text_of(curve, "n")), 0);
        assert_int_equal(mbedtls_ecp_point_read_string(&group->G, 16, text_of(curve, "Gx"), text_of(curve, "Gy")), 0);
    }
    mbedtls_ecp_point q;
    mbedtls_ecp_point_init(&q);
    assert_int_equal(mbedtls_ecp_mul(&key.curve, &q, &key.d, &key.curve.G, zj_draw, &source), 0);
    assert_int_equal(mbedtls_ecp_copy(&key.recipient.G, &q), 0);
    mbedtls_ecp_point_free(&q);
    assert_seals(&key, forms[4], text_of(row, "k"), text_of(row, "message_ascii"), text_of(row, "asn1"));
    zj_sm2_key_free(&key);
}

static void test_edge_cases(void **state) {
    (void)state;
    json_t *edges = member(crypto_vectors(), "sm2_edge_cases"), *row;
    struct zjiot_key key;
    size_t i;
    read_key(&key, text_of(edges, "private_key_pem"));
    json_array_foreach(member(edges, "cases"), i, row) {
        const char *body = text_of(row, "message");
        struct zjiot_cipher any = sm2_auto(&key);
        uint8_t bytes[512];
        size_t size = from_hex(text_of(row, "c1c3c2_04"), bytes, sizeof(bytes));
        assert_opens(&any, bytes, size, body, strlen(body));
        assert_opens(&any, bytes + 1, size - 1, body, strlen(body)); /* without the 04 */
        any.sm2_layout = ZJIOT_SM2_C1C3C2;
        assert_opens(&any, bytes, size, body, strlen(body));
        assert_refused(&any, bytes + 1, size - 1);
        size = from_hex(text_of(row, "asn1"), bytes, sizeof(bytes));
        any.sm2_layout = ZJIOT_SM2_ASN1;
        assert_opens(&any, bytes, size, body, strlen(body));
        struct zj_sm2_key *own = &zj_key(&key)->as.sm2;
        assert_seals(own, forms[0], text_of(row, "k"), body, text_of(row, "c1c3c2_04"));
        assert_seals(own, forms[4], text_of(row, "k"), body, text_of(row, "asn1"));
    }
    assert_int_equal(i, 5);
    zjiot_key_free(&key);
}

/* The key stream of this k is 00 for one byte: not to be used, not to be read. */
static void test_empty_key_stream(void **state) {
    (void)state;
    json_t *row = member(crypto_vectors(), "sm2_kdf_all_zero_one_byte");
    struct zjiot_key key;
    struct zj_source source = zj_source(NULL);
    uint8_t k[1][ZJ_SM2_NUMBER], bytes[128], out[128];
    const uint8_t body = 0x31;
    from_hex(text_of(row, "k"), k[0], sizeof(k[0]));
    const size_t size = from_hex(text_of(row, "c1c3c2_04"), bytes, sizeof(bytes));
    read_key(&key, text_of(row, "private_key_pem"));
    memset(out, 0, sizeof(out));
    assert_int_equal(zj_sm2_seal(&zj_key(&key)->as.sm2, forms[0], k[0], &body, 1, out, &source), 0);
    assert_null(memchr(out + 65, body, sizeof(out) - 65));

    struct plan plan = {.planned = (const uint8_t(*)[ZJ_SM2_NUMBER])k, .count = 1};
    struct zjiot_cipher cipher = sm2_cipher(&key, forms[0]);
    assert_refused(&cipher, bytes, size);
    cipher.random = (struct zjiot_random){fill_by_plan, &plan};
    const int64_t count = zjiot_encrypt(&cipher, &body, 1, out, sizeof(out), NULL);
    assert_int_equal(count, size);
    assert_true(memcmp(out, bytes, 65) != 0); /* another C1 */
    assert_opens(&cipher, out, (size_t)count, &body, 1);
    zjiot_key_free(&key);
}

/* One-time numbers that are out of range are drawn again. */
static void test_numbers_out_of_range(void **state) {
    (void)state;
    json_t *row = sm2_standard(0);
    uint8_t k[4][ZJ_SM2_NUMBER] = {{0}}, expected[512], out[512];
    memcpy(k[1], zj_sm2_curve.n, ZJ_SM2_NUMBER);
    memset(k[2], 0xff, ZJ_SM2_NUMBER);
    from_hex(text_of(row, "k"), k[3], ZJ_SM2_NUMBER);
    struct zjiot_key key;
    read_key(&key, text_of(row, "d"));
    struct plan plan = {.planned = (const uint8_t(*)[ZJ_SM2_NUMBER])k, .count = 4};
    struct zjiot_cipher cipher = sm2_cipher(&key, forms[0]);
    cipher.random = (struct zjiot_random){fill_by_plan, &plan};
    const size_t size = from_hex(text_of(row, "c1c3c2_04"), expected, sizeof(expected));
    const char *body = text_of(row, "message_ascii");
    assert_int_equal(zjiot_encrypt(&cipher, body, strlen(body), out, sizeof(out), NULL), size);
    assert_memory_equal(out, expected, size);

    /* n - 1 is the highest that may be used, and 1 the lowest */
    uint8_t number[ZJ_SM2_NUMBER], ends[2][ZJ_SM2_NUMBER] = {{0}};
    memcpy(ends[0], zj_sm2_curve.n, ZJ_SM2_NUMBER);
    ends[0][ZJ_SM2_NUMBER - 1] -= 1;
    ends[1][ZJ_SM2_NUMBER - 1] = 1;
    plan = (struct plan){.planned = (const uint8_t(*)[ZJ_SM2_NUMBER])ends, .count = 2};
    struct zj_source source = zj_source(&cipher.random);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(zj_sm2_draw_number(&source, number), 0);
        assert_memory_equal(number, ends[i], sizeof(number));
    }

    /* a source that never gives one ends the call */
    static uint8_t zeros[100][ZJ_SM2_NUMBER];
    struct zjiot_error error = {0};
    plan = (struct plan){.planned = (const uint8_t(*)[ZJ_SM2_NUMBER])zeros, .count = 100};
    assert_int_equal(zjiot_encrypt(&cipher, body, strlen(body), out, sizeof(out), &error), ZJIOT_RANDOM);
    zjiot_key_free(&key);
}

static void test_vectors_to_be_refused(void **state) {
    (void)state;
    json_t *rejects = member(crypto_vectors(), "sm2_must_reject"), *row;
    struct zjiot_key key;
    size_t i;
    read_key(&key, text_of(rejects, "d"));
    json_array_foreach(member(rejects, "cases"), i, row) {
        uint8_t bytes[512];
        const size_t size = from_hex(text_of(row, "ct"), bytes, sizeof(bytes));
        const bool is_order = json_object_get(row, "as_layout") != NULL; /* good bytes, read in the wrong order */
        const struct zjiot_cipher cipher = sm2_cipher(&key, forms[is_order ? 2 : 0]), any = sm2_auto(&key);
        assert_refused(&cipher, bytes, size);
        if (!is_order)
            assert_refused(&any, bytes, size);
    }
    assert_int_equal(i, 6);
    zjiot_key_free(&key);
}

/* Every single bit, every length, in every layout; and the other layouts never take it. */
static void test_every_change(void **state) {
    (void)state;
    static const char *const names[] = {"c1c3c2_04", "c1c3c2_no04", "c1c2c3_04", "c1c2c3_no04", "asn1"};
    json_t *row = sm2_standard(0);
    struct zjiot_key key;
    read_key(&key, text_of(row, "d"));
    for (size_t i = 0; i < ZJ_COUNT(forms); i++) {
        struct zjiot_cipher cipher = sm2_cipher(&key, forms[i]);
        uint8_t bytes[512] = {0};
        const size_t size = from_hex(text_of(row, names[i]), bytes, sizeof(bytes));
        for (size_t bit = 0; bit < 8 * size; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_refused(&cipher, bytes, size);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t length = 0; length < size + 20; length++) {
            if (length != size)
                assert_refused(&cipher, bytes, length);
        }
        for (size_t other = 0; other < ZJ_COUNT(forms); other++) {
            cipher = sm2_cipher(&key, forms[other]);
            if (other != i)
                assert_refused(&cipher, bytes, size);
        }
        cipher = sm2_auto(&key);
        for (size_t at = 0; at < size; at += 3) {
            bytes[at] ^= 0x10;
            assert_refused(&cipher, bytes, size);
            bytes[at] ^= 0x10;
        }
    }
    zjiot_key_free(&key);
}

static void test_hutool(void **state) {
    (void)state;
    json_t *row = member(crypto_vectors(), "hutool_interop");
    static uint8_t body[4096], bytes[4096];
    struct zjiot_key key;
    read_key(&key, text_of(row, "sm2_d"));
    const struct zjiot_cipher cipher = sm2_cipher(&key, forms[0]);
    const size_t body_size = from_base64(text_of(row, "message_base64"), body, sizeof(body));
    const size_t size = from_base64(text_of(row, "sm2_default_c1c3c2_04_base64"), bytes, sizeof(bytes));
    assert_opens(&cipher, bytes, size, body, body_size);
    zjiot_key_free(&key);
}

/* AUTO reports what is not the usual layout. */
static void test_auto_reports(void **state) {
    (void)state;
    struct zjiot_key key;
    uint8_t bytes[256], out[256];
    read_key(&key, text_of(sm2_standard(0), "d"));
    const struct zjiot_cipher any = sm2_auto(&key);
    for (size_t i = 0; i < ZJ_COUNT(forms); i++) {
        struct zjiot_deviation items[4];
        struct zjiot_report report = {.items = items, .capacity = ZJ_COUNT(items)};
        struct zjiot_cipher cipher = sm2_cipher(&key, forms[i]);
        const int64_t size = zjiot_encrypt(&cipher, "body", 4, bytes, sizeof(bytes), NULL);
        assert_true(size > 0);
        assert_int_equal(zjiot_decrypt(&any, bytes, (size_t)size, out, sizeof(out), &report, NULL), 4);
        size_t count = 0;
        if (forms[i].layout == ZJIOT_SM2_C1C2C3)
            assert_int_equal(items[count++].code, ZJIOT_ORDER);
        if (forms[i].no_prefix)
            assert_int_equal(items[count++].code, ZJIOT_MISSING);
        assert_int_equal(report.count, count);
        report.count = 0;
        assert_int_equal(zjiot_decrypt(&cipher, bytes, (size_t)size, out, sizeof(out), &report, NULL), 4);
        assert_int_equal(report.count, 0); /* what was configured is no deviation */
    }
    zjiot_key_free(&key);
}

/*
 * OpenSSL
 */

static EVP_PKEY *openssl_key(struct zjiot_key *key) {
    char pem[ZJIOT_KEY_PEM_MAX];
    assert_true(zjiot_key_write(key, true, pem, sizeof(pem), NULL) > 0);
    BIO *text = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *read = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);
    BIO_free(text);
    assert_non_null(read);
    return read;
}

static size_t random_size(uint64_t *seed, int round) {
    enum { LONGEST = 64 * 1024 };
    return 1 + random_bits(seed) % (round % 10 == 0 ? LONGEST : round % 2 == 0 ? 2000 : 70);
}

static void test_openssl_both_ways(void **state) {
    (void)state;
    enum { KEYS = 10, BODIES = 100, ROOM = 66 * 1024 };
    static uint8_t body[ROOM], sealed[ROOM], opened[ROOM];
    uint64_t seed = 6;
    for (int i = 0; i < KEYS; i++) {
        struct zjiot_key key;
        assert_int_equal(zjiot_key_generate(&key, ZJIOT_KEY_SM2, 0, NULL, NULL), 0);
        EVP_PKEY *other = openssl_key(&key);
        EVP_PKEY_CTX *encrypt = EVP_PKEY_CTX_new(other, NULL), *decrypt = EVP_PKEY_CTX_new(other, NULL);
        const struct zjiot_cipher der = sm2_cipher(&key, forms[4]), any = sm2_auto(&key);
        assert_int_equal(EVP_PKEY_encrypt_init(encrypt), 1);
        assert_int_equal(EVP_PKEY_decrypt_init(decrypt), 1);
        for (int round = 0; round < BODIES; round++) {
            const size_t size = random_size(&seed, round);
            size_t count = sizeof(sealed);
            random_fill(&seed, body, size);
            assert_int_equal(EVP_PKEY_encrypt(encrypt, sealed, &count, body, size), 1);
            assert_opens(round % 2 ? &der : &any, sealed, count, body, size);

            const size_t room = zjiot_encrypted_size(&der, size);
            const int64_t ours = zjiot_encrypt(&der, body, size, sealed, room, NULL);
            assert_true(ours > 0 && (size_t)ours <= room && (size_t)ours + 6 >= room);
            count = sizeof(opened);
            assert_int_equal(EVP_PKEY_decrypt(decrypt, opened, &count, sealed, (size_t)ours), 1);
            assert_int_equal(count, size);
            assert_memory_equal(opened, body, size);
        }
        EVP_PKEY_CTX_free(encrypt);
        EVP_PKEY_CTX_free(decrypt);
        EVP_PKEY_free(other);
        zjiot_key_free(&key);
    }
}

/*
 * The calls
 */

static void test_arguments(void **state) {
    (void)state;
    struct zjiot_key key, public_only, none = {0};
    struct zjiot_error error = {0};
    uint8_t out[256];
    json_t *row = sm2_standard(0);
    read_key(&key, text_of(row, "d"));
    read_key(&public_only, text_of(row, "PB"));
    struct zjiot_cipher cipher = {.kind = ZJIOT_KEY_SM2, .public_key = &public_only, .private_key = &public_only};
    const size_t need = 65 + 32 + 4;
    assert_int_equal(zjiot_encrypted_size(&cipher, 4), need);
    assert_int_equal(zjiot_encrypted_size(&cipher, 0), 0);
    assert_int_equal(zjiot_encrypted_size(&cipher, ZJIOT_BODY_MAX), 65 + 32 + ZJIOT_BODY_MAX);
    assert_int_equal(zjiot_encrypted_size(&cipher, (size_t)ZJIOT_BODY_MAX + 1), 0);
    assert_int_equal(zjiot_encrypt(&cipher, "body", 4, out, need, &error), need);
    assert_int_equal(zjiot_encrypt(&cipher, "body", 4, out, need - 1, &error), ZJIOT_SPACE);
    assert_int_equal(error.need, need);
    assert_int_equal(zjiot_encrypt(&cipher, "", 0, out, sizeof(out), &error), ZJIOT_LENGTH);
    assert_int_equal(zjiot_encrypt(&cipher, "body", (size_t)ZJIOT_BODY_MAX + 1, out, sizeof(out), &error),
                     ZJIOT_LENGTH);
    assert_int_equal(zjiot_decrypt(&cipher, out, need, out, need, NULL, &error), ZJIOT_MISSING); /* not private */
    cipher.private_key = &none;
    assert_int_equal(zjiot_decrypt(&cipher, out, need, out, need, NULL, &error), ZJIOT_MISSING);
    cipher.public_key = NULL;
    assert_int_equal(zjiot_encrypt(&cipher, "body", 4, out, need, &error), ZJIOT_MISSING);
    assert_int_equal(zjiot_encrypted_size(&cipher, 4), 0);

    cipher.public_key = cipher.private_key = &key;
    uint8_t opened[256];
    assert_int_equal(zjiot_decrypt(&cipher, out, need, opened, need - 1, NULL, &error), ZJIOT_SPACE);
    assert_int_equal(error.need, need);
    assert_int_equal(zjiot_decrypt(&cipher, out, need, opened, need, NULL, &error), 4);
    assert_int_equal(zjiot_decrypt(&cipher, out, (size_t)ZJIOT_SEALED_MAX + 1, opened, SIZE_MAX, NULL, &error),
                     ZJIOT_AUTH);
    cipher.kind = ZJIOT_KEY_RSA;
    assert_int_equal(zjiot_encrypt(&cipher, "body", 4, out, need, &error), ZJIOT_ARG);
    cipher.kind = ZJIOT_KEY_NONE;
    assert_int_equal(zjiot_encrypt(&cipher, "body", 4, out, need, &error), ZJIOT_ARG);
    cipher.kind = ZJIOT_KEY_SM2;
    cipher.sm2_layout = (enum zjiot_sm2_layout)4;
    assert_int_equal(zjiot_encrypt(&cipher, "body", 4, out, need, &error), ZJIOT_ARG);
    zjiot_key_free(&key);
    zjiot_key_free(&public_only);
}

/* Whichever draw fails, the call says so, and leaves nothing of the body behind. */
static void test_no_random_bytes(void **state) {
    (void)state;
    enum { MOST_DRAWS = 20 };
    struct zjiot_key key;
    uint8_t sealed[256], out[256];
    read_key(&key, text_of(sm2_standard(0), "d"));
    struct zjiot_cipher cipher = sm2_cipher(&key, forms[0]);
    const int64_t size = zjiot_encrypt(&cipher, "the body", 8, sealed, sizeof(sealed), NULL);
    for (int is_writing = 0; is_writing < 2; is_writing++) {
        struct plan plan = {.failing = 0};
        struct zjiot_error error = {0};
        int64_t status = ZJIOT_RANDOM;
        cipher.random = (struct zjiot_random){fill_by_plan, &plan};
        for (size_t failing = 1; status < 0 && failing < MOST_DRAWS; failing++) {
            plan = (struct plan){.failing = failing};
            memset(out, 0, sizeof(out));
            status = is_writing ? zjiot_encrypt(&cipher, "the body", 8, out, sizeof(out), &error)
                                : zjiot_decrypt(&cipher, sealed, (size_t)size, out, sizeof(out), NULL, &error);
            if (status < 0) {
                assert_int_equal(status, ZJIOT_RANDOM);
                assert_int_equal(error.code, ZJIOT_RANDOM);
                assert_int_equal(plan.drawn, failing);
                assert_null(memchr(out, 'y', sizeof(out)));
            }
        }
        assert_int_equal(status, is_writing ? size : 8);
        assert_true(plan.drawn >= 1); /* so there was a failure before */
    }
    zjiot_key_free(&key);
}

static void *work(void *argument) {
    const struct zjiot_cipher *cipher = argument;
    uint8_t body[100], sealed[300], opened[300];
    uint64_t seed = (uint64_t)(uintptr_t)&seed;
    for (int i = 0; i < 100; i++) {
        random_fill(&seed, body, sizeof(body));
        const int64_t size = zjiot_encrypt(cipher, body, sizeof(body), sealed, sizeof(sealed), NULL);
        if (size < 0 || zjiot_decrypt(cipher, sealed, (size_t)size, opened, sizeof(opened), NULL, NULL) != 100 ||
            memcmp(body, opened, sizeof(body)) != 0)
            return argument;
    }
    return NULL;
}

/* One key in many threads at a time, and not one byte of it changes. */
static void test_shared_by_threads(void **state) {
    (void)state;
    struct zjiot_key key, before;
    pthread_t threads[4];
    void *result;
    read_key(&key, text_of(sm2_standard(0), "d"));
    before = key;
    struct zjiot_cipher cipher = sm2_auto(&key);
    for (size_t i = 0; i < ZJ_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &cipher), 0);
    for (size_t i = 0; i < ZJ_COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
    assert_memory_equal(&key, &before, sizeof(key));
    zjiot_key_free(&key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standard),
        cmocka_unit_test(test_standard_through_the_public_call),
        cmocka_unit_test(test_standard_on_the_test_curve),
        cmocka_unit_test(test_edge_cases),
        cmocka_unit_test(test_empty_key_stream),
        cmocka_unit_test(test_numbers_out_of_range),
        cmocka_unit_test(test_vectors_to_be_refused),
        cmocka_unit_test(test_every_change),
        cmocka_unit_test(test_hutool),
        cmocka_unit_test(test_auto_reports),
        cmocka_unit_test(test_openssl_both_ways),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_no_random_bytes),
        cmocka_unit_test(test_shared_by_threads),
    };
    return cmocka_run_group_tests_name("sm2", tests, NULL, NULL);
}
