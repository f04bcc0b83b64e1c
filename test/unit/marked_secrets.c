/* marked_secrets [leak]: every call that has to do with secrets, with the secrets marked as undefined. Below valgrind a
 * branch on one of them, or an address made of one, is an error; check_secrets.sh runs it there. With `leak` it makes
 * one such branch itself, to show that it would be seen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <valgrind/memcheck.h>

#include "base/base.h"
#include "zjiot/crypto.h"
#include "zjiot/hex.h"

enum { TEXT = 4096 };

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(2);                                                                                                   \
        }                                                                                                              \
    } while (0)

static void hide(void *bytes, size_t size) {
    (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes, size);
}

static void show(void *bytes, size_t size) {
    (void)VALGRIND_MAKE_MEM_DEFINED(bytes, size);
}

/* Random bytes that are a secret: they become k, and mbedTLS's masks. */
static int fill_hidden(void *context, uint8_t *bytes, size_t size) {
    uint64_t *state = context;
    for (size_t i = 0; i < size; i++) {
        *state = *state * 6364136223846793005 + 1442695040888963407;
        bytes[i] = (uint8_t)(*state >> 56);
    }
    hide(bytes, size);
    return 0;
}

static uint64_t seed = 1;
static const struct zjiot_random hidden = {fill_hidden, &seed};
static const char body[] = "a body that is a secret, of more than one block of the hash and of the key stream both";

static const char *text_at(json_t *value, const char *key) {
    const char *text = json_string_value(json_object_get(value, key));
    REQUIRE(text);
    return text;
}

/* The letters of base64 that carry nothing but bytes `from` to `to`. `letters` are in one line. */
static void hide_bytes(char *letters, size_t from, size_t to) {
    const size_t first = (from + 2) / 3 * 4, last = to / 3 * 4;
    hide(letters + first, last - first);
}

static void use_cipher(const struct zjiot_cipher *cipher) {
    static uint8_t sealed[TEXT], opened[TEXT];
    char secret[sizeof(body)];
    memcpy(secret, body, sizeof(body));
    hide(secret, sizeof(secret));
    const int64_t size = zjiot_encrypt(cipher, secret, sizeof(secret), sealed, sizeof(sealed), NULL);
    REQUIRE(size > 0);
    show(sealed, sizeof(sealed));
    for (int round = 0; round < 2; round++) { /* good, and refused */
        const int64_t count = zjiot_decrypt(cipher, sealed, (size_t)size, opened, sizeof(opened), NULL, NULL);
        show(opened, sizeof(opened));
        REQUIRE(round == 0 ? count == sizeof(body) && memcmp(opened, body, sizeof(body)) == 0 : count == ZJIOT_AUTH);
        sealed[size - 1] ^= 1;
    }
}

/* `text` has its secrets hidden. */
static void use_key(const char *text, size_t size, enum zjiot_key_kind kind) {
    struct zjiot_key key, copy;
    struct zjiot_cipher cipher = {.kind = kind, .public_key = &key, .private_key = &key, .random = hidden};
    static char pem[ZJIOT_KEY_PEM_MAX];
    REQUIRE(zjiot_key_read(&key, ZJIOT_KEY_ANY, text, size, &hidden, NULL, NULL) == 0);
    REQUIRE(zjiot_key_copy(&copy, &key, &hidden, NULL) == 0);
    REQUIRE(zjiot_key_write(&copy, true, pem, sizeof(pem), NULL) > 0);
    zjiot_key_free(&copy);
    if (kind == ZJIOT_KEY_SM2) {
        for (int layout = ZJIOT_SM2_C1C3C2; layout <= ZJIOT_SM2_AUTO; layout++) {
            cipher.sm2_layout = (enum zjiot_sm2_layout)layout;
            use_cipher(&cipher);
        }
    } else {
        for (int padding = ZJIOT_RSA_PKCS1; padding <= ZJIOT_RSA_PKCS1_TYPE1; padding++) {
            cipher.rsa_padding = (enum zjiot_rsa_padding)padding;
            use_cipher(&cipher);
        }
    }
    zjiot_key_free(&key);
}

static void use_keys(json_t *vectors) {
    json_t *forms = json_object_get(vectors, "sm2_key_forms");
    json_t *rsa = json_array_get(json_object_get(json_object_get(vectors, "hutool_interop"), "rsa"), 0);
    static char text[TEXT], pem[TEXT];
    struct zjiot_key made;

    strcpy(text, text_at(json_object_get(forms, "same_key"), "d_hex"));
    hide(text, strlen(text));
    use_key(text, 64, ZJIOT_KEY_SM2);

    strcpy(text, text_at(forms, "bare_base64_pkcs8_bouncycastle"));
    const size_t size = strlen(text);
    hide_bytes(text, 36, 68); /* d */
    use_key(text, size, ZJIOT_KEY_SM2);
    snprintf(pem, sizeof(pem), "-----BEGIN PRIVATE KEY-----\n");
    const size_t start = strlen(pem);
    memcpy(pem + start, text, size);
    strcpy(pem + start + size, "\n-----END PRIVATE KEY-----\n");
    use_key(pem, start + size + strlen("\n-----END PRIVATE KEY-----\n"), ZJIOT_KEY_SM2);

    strcpy(text, text_at(rsa, "pkcs8_base64"));
    const size_t rsa_size = strlen(text);
    hide_bytes(text, 173, 301); /* d, p, q, and what follows from them */
    hide_bytes(text, 304, 368);
    hide_bytes(text, 371, 435);
    hide_bytes(text, 437, 501);
    hide_bytes(text, 503, 567);
    use_key(text, rsa_size, ZJIOT_KEY_RSA);

    REQUIRE(zjiot_key_generate(&made, ZJIOT_KEY_SM2, 0, &hidden, NULL) == 0);
    zjiot_key_free(&made);
}

int main(int argc, char **argv) {
    json_t *vectors = json_load_file(VECTORS "/crypto/sm2_rsa.json", 0, NULL);
    REQUIRE(vectors);
    if (argc > 1 && strcmp(argv[1], "leak") == 0) {
        uint8_t secret = (uint8_t)argc;
        hide(&secret, 1);
        if (secret & 1)
            puts("odd");
    } else {
        use_keys(vectors);
    }
    json_decref(vectors);
    return 0;
}
