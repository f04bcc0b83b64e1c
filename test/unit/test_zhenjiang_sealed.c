/* Encrypted bodies through the two calls that read and write all others. */
#include <string.h>

#include "unit.h"
#include "zjiot/crypto.h"
#include "zjiot/hex.h"
#include "zjiot/zjiot.h"

#define SENTINEL "sentinel-in-a-detail"

enum { BODY_MAX = 1 << 14, SCRATCH = 1 << 14 };

static struct zjiot_key sm2_key, other_key, rsa_key;
static struct zjiot_error error;
static uint8_t body[BODY_MAX];
static unsigned char scratch_memory[SCRATCH];
static char topic[ZJIOT_ZHENJIANG_TOPIC_SIZE];

static int make_keys(void **state) {
    (void)state;
    return zjiot_key_generate(&sm2_key, ZJIOT_KEY_SM2, 0, NULL, &error) != 0 ||
           zjiot_key_generate(&other_key, ZJIOT_KEY_SM2, 0, NULL, &error) != 0 ||
           zjiot_key_generate(&rsa_key, ZJIOT_KEY_RSA, 1024, NULL, &error) != 0;
}

static int free_keys(void **state) {
    (void)state;
    zjiot_key_free(&sm2_key);
    zjiot_key_free(&other_key);
    zjiot_key_free(&rsa_key);
    return 0;
}

static struct zjiot_cipher cipher_of(struct zjiot_key *key) {
    return (struct zjiot_cipher){.kind = zjiot_key_kind(key), .public_key = key, .private_key = key};
}

static struct zjiot_zhenjiang_message lux(enum zjiot_zhenjiang_format format) {
    struct zjiot_zhenjiang_message message = {.type = ZJIOT_ZHENJIANG_POST_LUX};
    message.topic.format = format;
    message.topic.vendor = "01";
    message.context.dev_attr = 8;
    message.context.dev_id = "010000002934857620";
    message.context.unix_milli = 1722994330451;
    message.context.detail = SENTINEL;
    message.context.has = ZJIOT_BIT(zhenjiang_context, detail);
    message.data.post_lux.lux = 123.45;
    return message;
}

/* Writes with one key, reads with another; the code of whichever fails. */
static int there_and_back(enum zjiot_zhenjiang_format format, struct zjiot_key *writes, struct zjiot_key *reads,
                          struct zjiot_zhenjiang_message *ret_message) {
    const struct zjiot_zhenjiang_message message = lux(format);
    const struct zjiot_cipher writer = cipher_of(writes);
    const struct zjiot_cipher reader = cipher_of(reads);
    struct zjiot_pool scratch;
    zjiot_pool_fixed(&scratch, scratch_memory, sizeof scratch_memory);
    const struct zjiot_options write_options = {.cipher = &writer, .scratch = &scratch};
    const struct zjiot_options read_options = {.cipher = &reader};
    const int64_t size =
        zjiot_zhenjiang_encode(&message, &write_options, topic, sizeof topic, body, sizeof body, &error);
    if (size < 0)
        return (int)size;
    assert_int_equal(scratch.used, 0);
    return zjiot_zhenjiang_decode(topic, body, (size_t)size, &read_options, fresh_pool(), ret_message, NULL, NULL,
                                  &error);
}

static void bodies_come_back(void **state) {
    (void)state;
    struct zjiot_zhenjiang_message message;
    assert_int_equal(there_and_back(ZJIOT_ZHENJIANG_SM2, &sm2_key, &sm2_key, &message), 0);
    assert_string_equal(topic, "up/sm2/01/postLux/010000002934857620");
    assert_true(message.data.post_lux.lux == 123.45);
    assert_string_equal(message.context.detail, SENTINEL);
    assert_int_equal(there_and_back(ZJIOT_ZHENJIANG_RSA, &rsa_key, &rsa_key, &message), 0);
    assert_string_equal(topic, "up/rsa/01/postLux/010000002934857620");
    assert_string_equal(message.context.detail, SENTINEL);
}

static void the_plain_body_is_wiped(void **state) {
    (void)state;
    struct zjiot_zhenjiang_message message;
    assert_int_equal(there_and_back(ZJIOT_ZHENJIANG_SM2, &sm2_key, &sm2_key, &message), 0);
    for (size_t i = 0; i + sizeof SENTINEL < SCRATCH; i++)
        assert_int_not_equal(memcmp(scratch_memory + i, SENTINEL, sizeof SENTINEL - 1), 0);
}

/* Made-up bodies, a wrong key, and what decrypts to no JSON are answered alike. */
static void refusals_are_alike(void **state) {
    (void)state;
    static const char no_json[] = "this is no JSON at all";
    const struct zjiot_cipher cipher = cipher_of(&sm2_key);
    const struct zjiot_options options = {.cipher = &cipher};
    struct zjiot_zhenjiang_message message;
    struct zjiot_error first;
    uint8_t sealed[256];
    assert_int_equal(there_and_back(ZJIOT_ZHENJIANG_SM2, &sm2_key, &other_key, &message), ZJIOT_AUTH);
    first = error;
    const int64_t count = zjiot_encrypt(&cipher, no_json, sizeof no_json - 1, sealed, sizeof sealed, &error);
    assert_true(count > 0);
    const int64_t size = zjiot_base64_write(sealed, (size_t)count, (char *)body, sizeof body, NULL);
    assert_int_equal(
        zjiot_zhenjiang_decode(topic, body, (size_t)size, &options, fresh_pool(), &message, NULL, NULL, &error),
        ZJIOT_AUTH);
    assert_string_equal(error.text, first.text);
    assert_string_equal(error.path, first.path);
    assert_int_equal(error.offset, first.offset);
}

/* What AUTO tolerates is an error under strict; the layout that was asked for is not. */
static void strict_takes_one_layout(void **state) {
    (void)state;
    const struct zjiot_zhenjiang_message message = lux(ZJIOT_ZHENJIANG_SM2);
    struct zjiot_cipher cipher = cipher_of(&sm2_key);
    struct zjiot_zhenjiang_message read;
    struct zjiot_deviation deviation;
    struct zjiot_report report = {.items = &deviation, .capacity = 1};
    struct zjiot_pool scratch;
    zjiot_pool_fixed(&scratch, scratch_memory, sizeof scratch_memory);
    struct zjiot_options options = {.cipher = &cipher, .scratch = &scratch};
    cipher.sm2_layout = ZJIOT_SM2_C1C2C3;
    const int64_t size = zjiot_zhenjiang_encode(&message, &options, topic, sizeof topic, body, sizeof body, &error);
    assert_true(size > 0);
    options.strict = true;
    assert_int_equal(
        zjiot_zhenjiang_decode(topic, body, (size_t)size, &options, fresh_pool(), &read, &report, NULL, &error), 0);
    assert_int_equal(report.count, 0);
    cipher.sm2_layout = ZJIOT_SM2_AUTO;
    assert_int_equal(
        zjiot_zhenjiang_decode(topic, body, (size_t)size, &options, fresh_pool(), &read, NULL, NULL, &error),
        ZJIOT_ORDER);
    assert_string_equal(error.text, "found C1 C2 C3, expected C1 C3 C2");
    options.strict = false;
    assert_int_equal(
        zjiot_zhenjiang_decode(topic, body, (size_t)size, &options, fresh_pool(), &read, &report, NULL, &error), 0);
    assert_int_equal(report.count, 1);
    assert_int_equal(deviation.code, ZJIOT_ORDER);
}

static void without_keys_the_format_is_unknown(void **state) {
    (void)state;
    struct zjiot_zhenjiang_message message = lux(ZJIOT_ZHENJIANG_SM2);
    struct zjiot_pool scratch;
    zjiot_pool_fixed(&scratch, scratch_memory, sizeof scratch_memory);
    assert_int_equal(zjiot_zhenjiang_encode(&message, NULL, topic, sizeof topic, body, sizeof body, &error),
                     ZJIOT_UNKNOWN);
    assert_int_equal(
        zjiot_zhenjiang_decode("up/rsa/01/postLux", "AAAA", 4, NULL, &scratch, &message, NULL, NULL, &error),
        ZJIOT_UNKNOWN);
    /* Keys of the other kind are none for this body. */
    assert_int_equal(there_and_back(ZJIOT_ZHENJIANG_RSA, &sm2_key, &sm2_key, &message), ZJIOT_UNKNOWN);
    assert_string_equal(error.path, "topic.format");
}

static void room_is_said(void **state) {
    (void)state;
    const struct zjiot_zhenjiang_message message = lux(ZJIOT_ZHENJIANG_SM2);
    const struct zjiot_cipher cipher = cipher_of(&sm2_key);
    struct zjiot_options options = {.cipher = &cipher};
    assert_int_equal(zjiot_zhenjiang_encode(&message, &options, topic, sizeof topic, body, sizeof body, &error),
                     ZJIOT_ARG);
    struct zjiot_pool scratch;
    zjiot_pool_fixed(&scratch, scratch_memory, 64);
    options.scratch = &scratch;
    assert_int_equal(zjiot_zhenjiang_encode(&message, &options, topic, sizeof topic, body, sizeof body, &error),
                     ZJIOT_SPACE);
    zjiot_pool_fixed(&scratch, scratch_memory, sizeof scratch_memory);
    assert_int_equal(zjiot_zhenjiang_encode(&message, &options, topic, sizeof topic, body, 10, &error), ZJIOT_SPACE);
    assert_true(error.need > 10);
    assert_true(zjiot_zhenjiang_encode(&message, &options, topic, sizeof topic, body, error.need, &error) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_come_back),        cmocka_unit_test(the_plain_body_is_wiped),
        cmocka_unit_test(refusals_are_alike),      cmocka_unit_test(without_keys_the_format_is_unknown),
        cmocka_unit_test(strict_takes_one_layout), cmocka_unit_test(room_is_said),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
