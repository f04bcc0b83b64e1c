/* Keys: every form that is written somewhere, and those that must be refused. */
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "crypto_unit.h"

static json_t *forms(void) {
    return member(crypto_vectors(), "sm2_key_forms");
}

static int read_as(enum zjiot_key_form form, const void *text, size_t size, struct zjiot_key *ret_key,
                   struct zjiot_error *error) {
    return zjiot_key_read(ret_key, form, text, size, NULL, NULL, error);
}

/* Fails the test unless both hold the same numbers. */
static void assert_same(struct zjiot_key *left, struct zjiot_key *right) {
    char one[ZJIOT_KEY_PEM_MAX], two[ZJIOT_KEY_PEM_MAX];
    assert_int_equal(zjiot_key_kind(left), zjiot_key_kind(right));
    assert_int_equal(zjiot_key_bits(left), zjiot_key_bits(right));
    assert_int_equal(zjiot_key_is_private(left), zjiot_key_is_private(right));
    for (int with_private = 0; with_private <= zjiot_key_is_private(left); with_private++) {
        assert_true(zjiot_key_write(left, with_private, one, sizeof(one), NULL) > 0);
        assert_true(zjiot_key_write(right, with_private, two, sizeof(two), NULL) > 0);
        assert_string_equal(one, two);
    }
}

/* A key in `text` under each form: only the ones in `good` (bits) read it, and read the same. */
static void assert_forms(const void *text, size_t size, unsigned good, bool is_private) {
    struct zjiot_key any, one;
    struct zjiot_error error = {0};
    assert_int_equal(read_as(ZJIOT_KEY_ANY, text, size, &any, &error), 0);
    assert_int_equal(zjiot_key_is_private(&any), is_private);
    for (int form = ZJIOT_KEY_PEM; form <= ZJIOT_KEY_DER; form++) {
        const int status = read_as((enum zjiot_key_form)form, text, size, &one, &error);
        assert_int_equal(status, good >> form & 1 ? 0 : ZJIOT_SYNTAX);
        if (status == 0) {
            assert_same(&any, &one);
            zjiot_key_free(&one);
        }
    }
    zjiot_key_free(&any);
}

static void test_hex(void **state) {
    (void)state;
    json_t *same = member(forms(), "same_key");
    struct zjiot_key key, other, point;
    const char *d = text_of(same, "d_hex"), *q = text_of(same, "q_hex_130");
    assert_forms(d, strlen(d), 1u << ZJIOT_KEY_HEX, true);
    assert_forms(q, strlen(q), 1u << ZJIOT_KEY_HEX, false);
    read_key(&key, d);
    read_key(&other, text_of(same, "d_hex_33"));
    assert_same(&key, &other);
    zjiot_key_free(&other);
    read_key(&point, q);
    read_key(&other, text_of(same, "q_hex_128"));
    assert_same(&point, &other);
    zjiot_key_free(&other);

    char public_of_d[ZJIOT_KEY_PEM_MAX], public_of_q[ZJIOT_KEY_PEM_MAX];
    assert_true(zjiot_key_write(&key, false, public_of_d, sizeof(public_of_d), NULL) > 0);
    assert_true(zjiot_key_write(&point, false, public_of_q, sizeof(public_of_q), NULL) > 0);
    assert_string_equal(public_of_d, public_of_q); /* Q = dG */

    char small[100], spaced[200];
    size_t i = 0;
    for (; d[i]; i++)
        small[i] = (char)(d[i] >= 'A' ? d[i] | 0x20 : d[i]);
    small[i] = '\0';
    snprintf(spaced, sizeof(spaced), " %.10s\r\n%s\t\n", small, small + 10);
    read_key(&other, spaced);
    assert_same(&key, &other);
    zjiot_key_free(&other);
    zjiot_key_free(&key);
    zjiot_key_free(&point);
}

/* Every letter at every place: only hex digits pass. */
static void test_every_letter_in_hex(void **state) {
    (void)state;
    const char *d = text_of(member(forms(), "same_key"), "d_hex");
    char text[65];
    struct zjiot_key key;
    for (int letter = 1; letter < 256; letter++) {
        strcpy(text, d);
        text[letter % 64] = (char)letter;
        const int status = read_as(ZJIOT_KEY_HEX, text, 64, &key, NULL);
        assert_int_equal(status, strchr("0123456789abcdefABCDEF", letter) ? 0 : ZJIOT_SYNTAX);
        if (status == 0)
            zjiot_key_free(&key);
    }
    for (size_t size = 0; size < 300; size++) {
        char digits[300];
        memset(digits, '1', sizeof(digits));
        const int status = read_as(ZJIOT_KEY_HEX, digits, size, &key, NULL);
        if (size == 64)
            zjiot_key_free(&key);
        assert_int_equal(status, size == 64 ? 0 : size == 128 || size == 130 ? ZJIOT_RANGE : ZJIOT_SYNTAX);
    }
}

static size_t der_of(const char *base64, uint8_t *der, size_t capacity) {
    return from_base64(base64, der, capacity);
}

static void test_der_and_base64(void **state) {
    (void)state;
    json_t *rsa = json_array_get(member(member(crypto_vectors(), "hutool_interop"), "rsa"), 0);
    const struct {
        const char *text;
        bool is_private;
    } rows[] = {
        {text_of(forms(), "bare_base64_spki"), false},
        {text_of(forms(), "bare_base64_pkcs8_bouncycastle"), true},
        {text_of(rsa, "spki_base64"), false},
        {text_of(rsa, "pkcs8_base64"), true},
    };
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        uint8_t der[2048];
        char broken[4096];
        size_t count = 0;
        struct zjiot_key key, other;
        assert_forms(rows[i].text, strlen(rows[i].text), 1u << ZJIOT_KEY_BASE64, rows[i].is_private);
        assert_forms(der, der_of(rows[i].text, der, sizeof(der)), 1u << ZJIOT_KEY_DER, rows[i].is_private);
        for (const char *at = rows[i].text; *at; at++) { /* lines of 7, and two blanks at the end */
            broken[count++] = *at;
            if ((at - rows[i].text) % 7 == 6)
                broken[count++] = '\n';
        }
        strcpy(broken + count, " \r\n");
        read_key(&key, rows[i].text);
        read_key(&other, broken);
        assert_same(&key, &other);
        zjiot_key_free(&other);
        zjiot_key_free(&key);
    }
    struct zjiot_key spki, pkcs8; /* the two of BouncyCastle are a pair */
    char one[ZJIOT_KEY_PEM_MAX], two[ZJIOT_KEY_PEM_MAX];
    read_key(&spki, rows[0].text);
    read_key(&pkcs8, rows[1].text);
    assert_true(zjiot_key_write(&spki, false, one, sizeof(one), NULL) > 0);
    assert_true(zjiot_key_write(&pkcs8, false, two, sizeof(two), NULL) > 0);
    assert_string_equal(one, two);
    zjiot_key_free(&spki);
    zjiot_key_free(&pkcs8);
}

/* Missing padding is reported; one letter too many or too few is not guessed at. */
static void test_base64_without_padding(void **state) {
    (void)state;
    const char *text = text_of(forms(), "bare_base64_spki");
    const size_t size = strlen(text);
    struct zjiot_deviation items[2];
    struct zjiot_report report = {.items = items, .capacity = ZJ_COUNT(items)};
    struct zjiot_key key;
    assert_string_equal(text + size - 2, "==");
    for (size_t cut = 0; cut < 3; cut++) {
        report.count = 0;
        assert_int_equal(zjiot_key_read(&key, ZJIOT_KEY_ANY, text, size - cut, NULL, &report, NULL), 0);
        assert_int_equal(report.count, cut > 0);
        if (cut > 0)
            assert_int_equal(items[0].code, ZJIOT_MISSING);
        zjiot_key_free(&key);
    }
    assert_int_equal(read_as(ZJIOT_KEY_ANY, text, size - 3, &key, NULL), ZJIOT_SYNTAX);
}

static void test_pem(void **state) {
    (void)state;
    const char *edge = text_of(member(crypto_vectors(), "sm2_edge_cases"), "private_key_pem");
    const char *spelled_out = text_of(forms(), "sec1_pem_named_openssl_3_0_ec_command");
    assert_forms(edge, strlen(edge), 1u << ZJIOT_KEY_PEM, true);
    assert_forms(spelled_out, strlen(spelled_out), 1u << ZJIOT_KEY_PEM, true);

    struct zjiot_key key, other;
    struct zjiot_error error = {0};
    char text[2048];
    read_key(&key, edge);
    /* other blocks before it, and text around it */
    snprintf(text, sizeof(text),
             "Bag Attributes - none\n-----BEGIN SM2 PARAMETERS-----\nBggqgRzPVQGCLQ==\n-----END SM2 PARAMETERS-----\n%s"
             "the end\n",
             edge);
    read_key(&other, text);
    assert_same(&key, &other);
    zjiot_key_free(&other);

    static const char *const unknown[] = {
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGH\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIGH\n-----END EC PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nMIGH\n-----END CERTIFICATE-----\n",
    };
    for (size_t i = 0; i < ZJ_COUNT(unknown); i++)
        assert_int_equal(read_as(ZJIOT_KEY_ANY, unknown[i], strlen(unknown[i]), &other, &error), ZJIOT_UNKNOWN);
    for (size_t size = 0; size < strlen(edge) - strlen("-----\n"); size++) /* the last hyphens carry nothing */
        assert_int_equal(read_as(ZJIOT_KEY_PEM, edge, size, &other, &error), ZJIOT_SYNTAX);
    snprintf(text, sizeof(text), "%s", edge);
    memcpy(strstr(text, "END PRIVATE"), "END  RIVATE", 11);
    assert_int_equal(read_as(ZJIOT_KEY_ANY, text, strlen(text), &other, &error), ZJIOT_SYNTAX);
    zjiot_key_free(&key);
}

static void test_bad_keys(void **state) {
    (void)state;
    json_t *row;
    size_t i;
    struct zjiot_error first = {0};
    json_array_foreach(member(crypto_vectors(), "sm2_bad_keys"), i, row) {
        struct zjiot_error error = {0};
        struct zjiot_key key;
        const char *text = json_string_value(row);
        assert_int_equal(read_as(ZJIOT_KEY_ANY, text, strlen(text), &key, &error), ZJIOT_RANGE);
        if (i == 0)
            first = error;
        assert_memory_equal(&error, &first, sizeof(error)); /* which of them it was is not told */
    }
    assert_int_equal(i, 6);

    /* n - 2 is the highest, 1 the lowest */
    char hex[65];
    uint8_t d[ZJ_SM2_NUMBER];
    struct zjiot_key key;
    memcpy(d, zj_sm2_curve.n, sizeof(d));
    d[ZJ_SM2_NUMBER - 1] -= 2;
    zjiot_hex_write(d, sizeof(d), hex);
    assert_int_equal(read_as(ZJIOT_KEY_ANY, hex, 64, &key, NULL), 0);
    zjiot_key_free(&key);
    memset(hex, '0', 64);
    hex[63] = '1';
    assert_int_equal(read_as(ZJIOT_KEY_ANY, hex, 64, &key, NULL), 0);
    zjiot_key_free(&key);
    const char *other = "013945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8";
    assert_int_equal(read_as(ZJIOT_KEY_ANY, other, 66, &key, NULL), ZJIOT_SYNTAX);
}

/* DER with another bit, or cut short, is refused, but for the bytes `spare`, which have no consequence. */
static void assert_refuses_changes(uint8_t *der, size_t size, const size_t *spare, size_t spare_count) {
    struct zjiot_key key, other;
    assert_int_equal(read_as(ZJIOT_KEY_DER, der, size, &key, NULL), 0);
    for (size_t length = 0; length < size; length++)
        assert_int_equal(read_as(ZJIOT_KEY_DER, der, length, &other, NULL), ZJIOT_SYNTAX);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (read_as(ZJIOT_KEY_DER, der, size, &other, NULL) == 0) {
            bool is_spare = false;
            for (size_t i = 0; i < spare_count; i++)
                is_spare |= bit / 8 == spare[i];
            if (!is_spare)
                fail_msg("byte %zu of %zu may change", bit / 8, size);
            assert_same(&key, &other);
            zjiot_key_free(&other);
        }
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    zjiot_key_free(&key);
}

/* Q holds d fast, and the curve is compared number by number when it is spelled out. */
static void test_changed_der(void **state) {
    (void)state;
    static const size_t pkcs8_spare[] = {5}; /* the version */
    static const size_t sec1_spare[] = {49}; /* the version of the curve's parameters */
    uint8_t der[512];
    size_t size = der_of(text_of(forms(), "bare_base64_pkcs8_bouncycastle"), der, sizeof(der));
    assert_refuses_changes(der, size, pkcs8_spare, ZJ_COUNT(pkcs8_spare));

    char base64[1024] = "";
    const char *pem = strchr(text_of(forms(), "sec1_pem_named_openssl_3_0_ec_command"), '\n') + 1;
    for (const char *line = pem; *line != '-'; line = strchr(line, '\n') + 1)
        strncat(base64, line, strcspn(line, "\n"));
    size = der_of(base64, der, sizeof(der));
    assert_refuses_changes(der, size, sec1_spare, ZJ_COUNT(sec1_spare));
}

/* SEC1 without a word about the curve is taken for SM2's, and reported. */
static void test_no_curve_named(void **state) {
    (void)state;
    uint8_t der[7 + 32] = {0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20};
    struct zjiot_deviation items[1];
    struct zjiot_report report = {.items = items, .capacity = 1};
    struct zjiot_key key, other;
    const char *d = text_of(member(forms(), "same_key"), "d_hex");
    from_hex(d, der + 7, 32);
    read_key(&other, d);
    assert_int_equal(zjiot_key_read(&key, ZJIOT_KEY_ANY, der, sizeof(der), NULL, &report, NULL), 0);
    assert_same(&key, &other);
    assert_int_equal(report.count, 1);
    assert_int_equal(items[0].code, ZJIOT_MISSING);
    zjiot_key_free(&key);
    zjiot_key_free(&other);
}

/* Other curves and algorithms are known for what they are. */
static void test_other_kinds(void **state) {
    (void)state;
    static const char *const names[] = {"P-256", "secp256k1", "ED25519"};
    for (size_t i = 0; i < ZJ_COUNT(names); i++) {
        EVP_PKEY *other = i < 2 ? EVP_EC_gen(names[i]) : EVP_PKEY_Q_keygen(NULL, NULL, names[i]);
        assert_non_null(other);
        for (int is_private = 0; is_private < 2; is_private++) {
            BIO *pem = BIO_new(BIO_s_mem());
            char *text;
            struct zjiot_key key;
            struct zjiot_error error = {0};
            assert_int_equal(is_private ? PEM_write_bio_PrivateKey(pem, other, NULL, NULL, 0, NULL, NULL)
                                        : PEM_write_bio_PUBKEY(pem, other),
                             1);
            const long size = BIO_get_mem_data(pem, &text);
            assert_int_equal(read_as(ZJIOT_KEY_ANY, text, (size_t)size, &key, &error), ZJIOT_UNKNOWN);
            assert_string_equal(error.path, "key");
            BIO_free(pem);
        }
        EVP_PKEY_free(other);
    }
}

static void test_rsa_sizes(void **state) {
    (void)state;
    static const int sizes[] = {768, 1024, 1031, 2048, 4096};
    for (size_t i = 0; i < ZJ_COUNT(sizes); i++) {
        char path[sizeof(VECTORS) + 32], text[ZJIOT_KEY_PEM_MAX];
        struct zjiot_deviation items[1];
        struct zjiot_report report = {.items = items, .capacity = 1};
        struct zjiot_key key;
        snprintf(path, sizeof(path), VECTORS "/crypto/rsa_%d.pem", sizes[i]);
        read_key_file(&key, path);
        assert_int_equal(zjiot_key_kind(&key), ZJIOT_KEY_RSA);
        assert_int_equal(zjiot_key_bits(&key), sizes[i]);
        assert_true(zjiot_key_is_private(&key));
        const int64_t size = zjiot_key_write(&key, false, text, sizeof(text), NULL);
        zjiot_key_free(&key);
        assert_int_equal(zjiot_key_kind(&key), ZJIOT_KEY_NONE);
        assert_int_equal(zjiot_key_read(&key, ZJIOT_KEY_PEM, text, (size_t)size, NULL, &report, NULL), 0);
        assert_false(zjiot_key_is_private(&key));
        assert_int_equal(report.count, sizes[i] < 2048);
        if (report.count > 0)
            assert_int_equal(items[0].code, ZJIOT_RANGE);
        zjiot_key_free(&key);
    }
}

/* RSA too small, and a private key whose numbers do not fit each other. */
static void test_bad_rsa(void **state) {
    (void)state;
    struct zjiot_key key;
    struct zjiot_error error = {0};
    EVP_PKEY *small = EVP_RSA_gen(ZJIOT_RSA_BITS_MIN - 8);
    if (small) { /* OpenSSL's own limit is 512 bits in most builds */
        uint8_t *der = NULL;
        const int size = i2d_PUBKEY(small, &der);
        assert_int_equal(read_as(ZJIOT_KEY_DER, der, (size_t)size, &key, &error), ZJIOT_UNKNOWN);
        OPENSSL_free(der);
        EVP_PKEY_free(small);
    }
    uint8_t der[2048];
    json_t *rsa = json_array_get(member(member(crypto_vectors(), "hutool_interop"), "rsa"), 0);
    const size_t size = der_of(text_of(rsa, "pkcs8_base64"), der, sizeof(der));
    size_t refused = 0;
    for (size_t at = 40; at < size; at += 9) { /* every number of the key is hit */
        der[at] ^= 0x04;
        if (read_as(ZJIOT_KEY_DER, der, size, &key, &error) == 0)
            zjiot_key_free(&key);
        else
            refused++;
        der[at] ^= 0x04;
    }
    assert_int_equal(refused, (size - 40 + 8) / 9);
}

/* What is made is written, read by OpenSSL, written by OpenSSL and read again. */
static void test_made_keys(void **state) {
    (void)state;
    static const struct {
        enum zjiot_key_kind kind;
        unsigned bits;
    } rows[] = {{ZJIOT_KEY_SM2, 0}, {ZJIOT_KEY_SM2, 256}, {ZJIOT_KEY_RSA, 1024}, {ZJIOT_KEY_RSA, 1026}};
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        struct zjiot_key key, copy, read;
        struct zjiot_error error = {0};
        char pem[ZJIOT_KEY_PEM_MAX], *text;
        assert_int_equal(zjiot_key_generate(&key, rows[i].kind, rows[i].bits, NULL, &error), 0);
        assert_int_equal(zjiot_key_copy(&copy, &key, NULL, &error), 0);
        assert_same(&key, &copy);
        const int64_t length = zjiot_key_write(&key, true, pem, sizeof(pem), NULL);
        assert_int_equal(length, strlen(pem));
        assert_int_equal(zjiot_key_write(&key, true, pem, (size_t)length, &error), ZJIOT_SPACE);
        assert_int_equal(error.need, length + 1);
        assert_int_equal(zj_any((uint8_t *)pem, (size_t)length), 0);
        assert_int_equal(zjiot_key_write(&key, true, pem, error.need, NULL), length);
        read_key(&read, pem);
        assert_same(&key, &read);
        zjiot_key_free(&read);

        BIO *from = BIO_new_mem_buf(pem, -1), *to = BIO_new(BIO_s_mem());
        EVP_PKEY *other = PEM_read_bio_PrivateKey(from, NULL, NULL, NULL);
        assert_non_null(other);
        assert_int_equal(PEM_write_bio_PKCS8PrivateKey(to, other, NULL, NULL, 0, NULL, NULL), 1);
        const long size = BIO_get_mem_data(to, &text);
        assert_int_equal(read_as(ZJIOT_KEY_PEM, text, (size_t)size, &read, &error), 0);
        assert_same(&key, &read);
        BIO_free(from);
        BIO_free(to);
        EVP_PKEY_free(other);
        zjiot_key_free(&read);
        zjiot_key_free(&copy);
        zjiot_key_free(&key);
    }
    struct zjiot_key key = {0};
    struct plan plan = {.failing = 1};
    const struct zjiot_random random = {fill_by_plan, &plan};
    assert_int_equal(zjiot_key_generate(&key, ZJIOT_KEY_RSA, 1022, NULL, NULL), ZJIOT_ARG);
    assert_int_equal(zjiot_key_generate(&key, ZJIOT_KEY_RSA, 1025, NULL, NULL), ZJIOT_ARG);
    assert_int_equal(zjiot_key_generate(&key, ZJIOT_KEY_RSA, 8194, NULL, NULL), ZJIOT_ARG);
    assert_int_equal(zjiot_key_generate(&key, ZJIOT_KEY_SM2, 128, NULL, NULL), ZJIOT_ARG);
    assert_int_equal(zjiot_key_generate(&key, ZJIOT_KEY_NONE, 0, NULL, NULL), ZJIOT_ARG);
    assert_int_equal(zjiot_key_generate(&key, ZJIOT_KEY_SM2, 0, &random, NULL), ZJIOT_RANDOM);
    assert_int_equal(zjiot_key_generate(&key, ZJIOT_KEY_RSA, 1024, &random, NULL), ZJIOT_RANDOM);
    assert_int_equal(zjiot_key_kind(&key), ZJIOT_KEY_NONE); /* written on success only */
    assert_int_equal(zjiot_key_bits(&key), 0);
    char pem[8];
    assert_int_equal(zjiot_key_write(&key, false, pem, sizeof(pem), NULL), ZJIOT_ARG);
    assert_int_equal(zjiot_key_copy(&key, &key, NULL, NULL), ZJIOT_ARG);
    zjiot_key_free(&key);
}

static void test_no_key_at_all(void **state) {
    (void)state;
    static char large[ZJIOT_KEY_TEXT_MAX + 1];
    static const char *const texts[] = {"",
                                        " ",
                                        "\n",
                                        "=",
                                        "MFkw",
                                        "hello",
                                        "-----BEGIN ",
                                        "-----BEGIN PUBLIC KEY-----",
                                        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
                                        "0",
                                        "MAA=",
                                        "MAUCAQACAQE="};
    struct zjiot_key key;
    struct zjiot_error error = {0};
    for (int form = ZJIOT_KEY_ANY; form <= ZJIOT_KEY_DER + 1; form++) {
        for (size_t i = 0; i < ZJ_COUNT(texts); i++) {
            assert_int_equal(read_as((enum zjiot_key_form)form, texts[i], strlen(texts[i]), &key, &error),
                             ZJIOT_SYNTAX);
            assert_string_equal(error.path, "key");
        }
        assert_int_equal(read_as((enum zjiot_key_form)form, NULL, 0, &key, &error), ZJIOT_SYNTAX);
    }
    memset(large, 'M', sizeof(large));
    assert_int_equal(read_as(ZJIOT_KEY_ANY, large, sizeof(large), &key, &error), ZJIOT_LENGTH);
    assert_int_equal(read_as(ZJIOT_KEY_ANY, large, sizeof(large) - 1, &key, &error), ZJIOT_SYNTAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_every_letter_in_hex),
        cmocka_unit_test(test_der_and_base64),
        cmocka_unit_test(test_base64_without_padding),
        cmocka_unit_test(test_pem),
        cmocka_unit_test(test_bad_keys),
        cmocka_unit_test(test_changed_der),
        cmocka_unit_test(test_no_curve_named),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_rsa_sizes),
        cmocka_unit_test(test_bad_rsa),
        cmocka_unit_test(test_made_keys),
        cmocka_unit_test(test_no_key_at_all),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
