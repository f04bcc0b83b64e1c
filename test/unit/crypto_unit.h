/* What the tests of encrypted bodies share: the vectors, keys from them, and random bytes that are the same in every
 * run. */
#ifndef CRYPTO_UNIT_H
#define CRYPTO_UNIT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "unit.h"

#include "base/base.h"
#include "crypto/crypto.h"
#include "zjiot/hex.h"

/* sm2_rsa.json; it lives as long as the program, since a failed assertion frees nothing. */
static inline json_t *crypto_vectors(void) {
    static json_t *vectors;
    if (!vectors)
        vectors = json_load_file(VECTORS "/crypto/sm2_rsa.json", 0, NULL);
    assert_non_null(vectors);
    return vectors;
}

static inline json_t *member(json_t *value, const char *key) {
    json_t *found = json_object_get(value, key);
    if (!found)
        fail_msg("the vectors have no %s", key);
    return found;
}

static inline const char *text_of(json_t *value, const char *key) {
    const char *text = json_string_value(member(value, key));
    assert_non_null(text);
    return text;
}

static inline size_t from_hex(const char *hex, uint8_t *bytes, size_t capacity) {
    const int64_t size = zjiot_hex_read(hex, strlen(hex), bytes, capacity, NULL);
    assert_true(size >= 0);
    return (size_t)size;
}

static inline size_t from_base64(const char *text, uint8_t *bytes, size_t capacity) {
    const int64_t size = zjiot_base64_read(text, strlen(text), false, bytes, capacity, NULL, NULL);
    assert_true(size >= 0);
    return (size_t)size;
}

static inline void read_key(struct zjiot_key *ret_key, const char *text) {
    struct zjiot_error error = {0};
    if (zjiot_key_read(ret_key, ZJIOT_KEY_ANY, text, strlen(text), NULL, NULL, &error) != 0)
        fail_msg("%.40s...: %s", text, error.text);
}

static inline void read_key_file(struct zjiot_key *ret_key, const char *path) {
    char text[ZJIOT_KEY_PEM_MAX];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = '\0';
    read_key(ret_key, text);
}

/* The standard's examples of encryption: 0 on SM2's curve, 1 on a test curve. */
static inline json_t *sm2_standard(size_t index) {
    return json_array_get(member(crypto_vectors(), "sm2_encrypt_standard"), index);
}

static inline struct zjiot_cipher sm2_cipher(struct zjiot_key *key, struct zj_sm2_form form) {
    return (struct zjiot_cipher){.kind = ZJIOT_KEY_SM2,
                                 .public_key = key,
                                 .private_key = key,
                                 .sm2_layout = form.layout,
                                 .sm2_no_prefix = form.no_prefix};
}

static inline struct zjiot_cipher sm2_auto(struct zjiot_key *key) {
    return sm2_cipher(key, (struct zj_sm2_form){.layout = ZJIOT_SM2_AUTO});
}

/* Random bytes: first the `planned` ones, 32 at a time, then a fixed sequence; the draw number `failing`, from 1, and
 * all behind it fail (0: none does). */
struct plan {
    const uint8_t (*planned)[ZJ_SM2_NUMBER];
    size_t count;
    size_t failing;
    size_t drawn;
    uint64_t state;
};

static inline int fill_by_plan(void *context, uint8_t *bytes, size_t size) {
    struct plan *plan = context;
    plan->drawn++;
    if (plan->failing > 0 && plan->drawn >= plan->failing)
        return -1;
    if (plan->drawn <= plan->count) {
        assert_int_equal(size, ZJ_SM2_NUMBER);
        memcpy(bytes, plan->planned[plan->drawn - 1], size);
    } else {
        plan->state += 0x1234567;
        random_fill(&plan->state, bytes, size);
    }
    return 0;
}

/* Fails the test unless the bytes are refused as every other refused body, and nothing is left of what was tried. */
static inline void assert_refused(const struct zjiot_cipher *cipher, const uint8_t *bytes, size_t size) {
    struct zjiot_error error = {0}, expected = {.code = ZJIOT_AUTH, .text = "the body cannot be decrypted"};
    struct zjiot_report report = {0};
    uint8_t *const out = malloc(size + 1);
    assert_non_null(out);
    memset(out, 0x5a, size + 1);
    const int64_t status = zjiot_decrypt(cipher, bytes, size, out, size, &report, &error);
    if (status != ZJIOT_AUTH)
        fail_msg("%zu bytes, layout %d: %s", size, (int)cipher->sm2_layout, zjiot_code_name((int)status));
    assert_int_equal(zj_any(out, size), 0);
    assert_int_equal(out[size], 0x5a);
    free(out);
    assert_int_equal(report.count, 0);
    assert_int_equal(error.code, expected.code);
    assert_int_equal(error.offset, 0);
    assert_int_equal(error.need, 0);
    assert_string_equal(error.path, "");
    assert_string_equal(error.text, expected.text);
}

/* Fails the test unless the bytes decrypt to that body. */
static inline void assert_opens(const struct zjiot_cipher *cipher, const uint8_t *bytes, size_t size, const void *body,
                                size_t body_size) {
    struct zjiot_error error = {0};
    uint8_t *const out = malloc(size);
    assert_non_null(out);
    const int64_t count = zjiot_decrypt(cipher, bytes, size, out, size, NULL, &error);
    if (count != (int64_t)body_size)
        fail_msg("%zu bytes, layout %d: %s", size, (int)cipher->sm2_layout,
                 count < 0 ? error.text : "another length than expected");
    assert_memory_equal(out, body, body_size);
    free(out);
}

#endif
