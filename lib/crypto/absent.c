/* What the calls say in a library that was built without mbedTLS. */
#include "zjiot/crypto.h"

#ifdef ZJ_WITHOUT_CRYPTO

#include <string.h>

#include "base/base.h"

static int fail_absent(struct zjiot_error *error) {
    return zj_fail(error, ZJIOT_UNKNOWN, 0, "this library was built without RSA and SM2 (option crypto)");
}

int zjiot_key_read(struct zjiot_key *ret_key, enum zjiot_key_form form, const void *text, size_t size,
                   const struct zjiot_random *random, struct zjiot_report *report, struct zjiot_error *reterr_error) {
    (void)ret_key, (void)form, (void)text, (void)size, (void)random, (void)report;
    return fail_absent(reterr_error);
}

int zjiot_key_generate(struct zjiot_key *ret_key, enum zjiot_key_kind kind, unsigned bits,
                       const struct zjiot_random *random, struct zjiot_error *reterr_error) {
    (void)ret_key, (void)kind, (void)bits, (void)random;
    return fail_absent(reterr_error);
}

int64_t zjiot_key_write(struct zjiot_key *key, bool with_private, char *text, size_t capacity,
                        struct zjiot_error *reterr_error) {
    (void)key, (void)with_private, (void)text, (void)capacity;
    return fail_absent(reterr_error);
}

int zjiot_key_copy(struct zjiot_key *ret_copy, struct zjiot_key *key, const struct zjiot_random *random,
                   struct zjiot_error *reterr_error) {
    (void)ret_copy, (void)key, (void)random;
    return fail_absent(reterr_error);
}

void zjiot_key_free(struct zjiot_key *key) {
    memset(key, 0, sizeof(*key)); /* no call here ever filled one */
}

enum zjiot_key_kind zjiot_key_kind(const struct zjiot_key *key) {
    (void)key;
    return ZJIOT_KEY_NONE;
}

unsigned zjiot_key_bits(const struct zjiot_key *key) {
    (void)key;
    return 0;
}

bool zjiot_key_is_private(const struct zjiot_key *key) {
    (void)key;
    return false;
}

size_t zjiot_encrypted_size(const struct zjiot_cipher *cipher, size_t size) {
    (void)cipher, (void)size;
    return 0;
}

int64_t zjiot_encrypt(const struct zjiot_cipher *cipher, const void *body, size_t size, uint8_t *out, size_t capacity,
                      struct zjiot_error *reterr_error) {
    (void)cipher, (void)body, (void)size, (void)out, (void)capacity;
    return fail_absent(reterr_error);
}

int64_t zjiot_decrypt(const struct zjiot_cipher *cipher, const uint8_t *bytes, size_t size, void *out, size_t capacity,
                      struct zjiot_report *report, struct zjiot_error *reterr_error) {
    (void)cipher, (void)bytes, (void)size, (void)out, (void)capacity, (void)report;
    return fail_absent(reterr_error);
}

#endif
