/* mbedTLS gets no memory, at every place where it asks for some: each call ends in an error or in its result, and gives
 * back what it took. */
#include "crypto_unit.h"

static bool is_counting;
static long blocks;           /* that were taken and not given back */
static size_t asked, failing; /* calls of calloc, and which of them fails, from 1; 0 is none */

void *__libc_calloc(size_t count, size_t size);
void __libc_free(void *block);
void *calloc(size_t count, size_t size);
void free(void *block);

void *calloc(size_t count, size_t size) {
    if (is_counting && ++asked == failing)
        return NULL;
    void *block = __libc_calloc(count, size);
    blocks += is_counting && block;
    return block;
}

void free(void *block) {
    blocks -= is_counting && block;
    __libc_free(block);
}

static struct zjiot_key key;
static struct zjiot_cipher cipher;
static const char *key_text;
static uint8_t sealed[1024], opened[1024];
static size_t sealed_size;

static int64_t read_and_free(void) {
    struct zjiot_key read;
    const int status = zjiot_key_read(&read, ZJIOT_KEY_ANY, key_text, strlen(key_text), NULL, NULL, NULL);
    if (status == 0)
        zjiot_key_free(&read);
    return status;
}

static int64_t copy_and_free(void) {
    struct zjiot_key copy;
    const int status = zjiot_key_copy(&copy, &key, NULL, NULL);
    if (status == 0)
        zjiot_key_free(&copy);
    return status;
}

static int64_t encrypt(void) {
    return zjiot_encrypt(&cipher, "the body", 8, sealed, sizeof(sealed), NULL);
}

static int64_t decrypt(void) {
    return zjiot_decrypt(&cipher, sealed, sealed_size, opened, sizeof(opened), NULL, NULL);
}

/* Returns how often the call failed. SYNTAX is what mbedTLS makes of it while it parses a key. */
static size_t fail_each(int64_t (*call)(void), int64_t expected) {
    size_t failures = 0;
    int64_t status;
    for (failing = 1;; failing += 1 + failing / 20) {
        asked = 0;
        status = call();
        if (asked < failing)
            break;
        const bool is_known = status == ZJIOT_NOMEM || status == expected ||
                              (call == decrypt && status == ZJIOT_AUTH) ||
                              (call == read_and_free && (status == ZJIOT_SYNTAX || status == ZJIOT_RANGE));
        if (!is_known)
            fail_msg("%s when number %zu is missing", zjiot_code_name((int)status), failing);
        failures += status < 0;
    }
    failing = 0;
    assert_int_equal(status, expected);
    return failures;
}

static void check_calls(enum zjiot_key_kind kind, const char *text, enum zjiot_rsa_padding padding) {
    blocks = 0;
    is_counting = true;
    key_text = text;
    read_key(&key, text);
    cipher = (struct zjiot_cipher){.kind = kind, .public_key = &key, .private_key = &key, .rsa_padding = padding};
    sealed_size = (size_t)encrypt();
    assert_true(fail_each(read_and_free, 0) > 10);
    assert_true(fail_each(copy_and_free, 0) > 5);
    assert_true(fail_each(encrypt, (int64_t)sealed_size) > 0);
    assert_true(fail_each(decrypt, 8) > 5);
    zjiot_key_free(&key);
    is_counting = false;
    assert_int_equal(blocks, 0);
}

static void test_sm2(void **state) {
    (void)state;
    check_calls(ZJIOT_KEY_SM2, text_of(sm2_standard(0), "d"), ZJIOT_RSA_PKCS1);
}

static void test_rsa(void **state) {
    (void)state;
    json_t *rsa = json_array_get(member(member(crypto_vectors(), "hutool_interop"), "rsa"), 0);
    for (int padding = ZJIOT_RSA_PKCS1; padding <= ZJIOT_RSA_OAEP_SHA256; padding++)
        check_calls(ZJIOT_KEY_RSA, text_of(rsa, "pkcs8_base64"), (enum zjiot_rsa_padding)padding);
}
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sm2),
        cmocka_unit_test(test_rsa),
    };
    return cmocka_run_group_tests_name("nomem", tests, NULL, NULL);
}
