/* A library that was built without mbedTLS has all calls for encrypted bodies, and they say so. */
#include <string.h>

#include "unit.h"

#include "zjiot/crypto.h"

static void test_calls_say_unknown(void **state) {
    (void)state;
    static const char text[] = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8";
    struct zjiot_key key = {0};
    struct zjiot_cipher cipher = {.kind = ZJIOT_KEY_SM2, .public_key = &key, .private_key = &key};
    struct zjiot_error error = {0};
    uint8_t out[256] = {0};
    char pem[16];
    assert_int_equal(zjiot_key_read(&key, ZJIOT_KEY_ANY, text, strlen(text), NULL, NULL, &error), ZJIOT_UNKNOWN);
    assert_non_null(strstr(error.text, "built without"));
    assert_int_equal(zjiot_key_generate(&key, ZJIOT_KEY_SM2, 0, NULL, NULL), ZJIOT_UNKNOWN);
    assert_int_equal(zjiot_key_copy(&key, &key, NULL, NULL), ZJIOT_UNKNOWN);
    assert_int_equal(zjiot_key_write(&key, false, pem, sizeof(pem), NULL), ZJIOT_UNKNOWN);
    assert_int_equal(zjiot_key_kind(&key), ZJIOT_KEY_NONE);
    assert_int_equal(zjiot_key_bits(&key), 0);
    assert_false(zjiot_key_is_private(&key));
    assert_int_equal(zjiot_encrypted_size(&cipher, 4), 0);
    assert_int_equal(zjiot_encrypt(&cipher, "body", 4, out, sizeof(out), &error), ZJIOT_UNKNOWN);
    assert_int_equal(zjiot_decrypt(&cipher, out, sizeof(out), out, sizeof(out), NULL, &error), ZJIOT_UNKNOWN);
    zjiot_key_free(&key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_say_unknown),
    };
    return cmocka_run_group_tests_name("absent", tests, NULL, NULL);
}
