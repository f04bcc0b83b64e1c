/* SM3 and SM2 next to OpenSSL, RSA next to the same loop over mbedTLS alone. */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "bench.h"

#include "base/base.h"
#include "crypto/crypto.h"

enum { BODY = 1024, LONG = 64 * 1024, RSA_BITS = 2048, RSA_BYTES = RSA_BITS / 8, SEALED = 4 * BODY };

static uint8_t body[LONG];
static uint8_t out[SEALED];
static uint8_t read_back[SEALED];

/*
 * SM3
 */

static uint8_t hash[ZJ_SM3_SIZE];
static EVP_MD_CTX *digest;

static void sm3_openssl(void *argument) {
    unsigned size;
    EVP_DigestInit_ex(digest, EVP_sm3(), NULL);
    EVP_DigestUpdate(digest, body, *(size_t *)argument);
    EVP_DigestFinal_ex(digest, hash, &size);
}

static void sm3_ours(void *argument) {
    struct zj_sm3 sm3;
    zj_sm3_start(&sm3);
    zj_sm3_add(&sm3, body, *(size_t *)argument);
    zj_sm3_finish(&sm3, hash);
}

/*
 * SM2: each side decrypts what it encrypted in its usual layout
 */

static struct zjiot_key sm2_key, rsa_key;
static struct zjiot_cipher sm2 = {.kind = ZJIOT_KEY_SM2, .public_key = &sm2_key, .private_key = &sm2_key};
static EVP_PKEY_CTX *encrypting, *decrypting;
static uint8_t sealed_openssl[SEALED], sealed_ours[SEALED];
static size_t size_openssl, size_ours;

static void sm2_encrypt_openssl(void *argument) {
    (void)argument;
    size_openssl = sizeof(sealed_openssl);
    EVP_PKEY_encrypt(encrypting, sealed_openssl, &size_openssl, body, BODY);
}

static void sm2_encrypt_ours(void *argument) {
    (void)argument;
    size_ours = (size_t)zjiot_encrypt(&sm2, body, BODY, sealed_ours, sizeof(sealed_ours), NULL);
}

static void sm2_decrypt_openssl(void *argument) {
    size_t size = sizeof(read_back);
    (void)argument;
    EVP_PKEY_decrypt(decrypting, read_back, &size, sealed_openssl, size_openssl);
}

static void sm2_decrypt_ours(void *argument) {
    (void)argument;
    zjiot_decrypt(&sm2, sealed_ours, size_ours, read_back, sizeof(read_back), NULL, NULL);
}

/*
 * RSA in blocks of PKCS#1 v1.5
 */

static struct zjiot_cipher rsa = {.kind = ZJIOT_KEY_RSA, .public_key = &rsa_key, .private_key = &rsa_key};
static size_t rsa_size;

static mbedtls_rsa_context *bare(void) {
    return mbedtls_pk_rsa(zj_key(&rsa_key)->as.rsa);
}

static void rsa_encrypt_bare(void *argument) {
    struct zj_source source = zj_source(NULL);
    (void)argument;
    rsa_size = 0;
    for (size_t at = 0; at < BODY; at += RSA_BYTES - 11) {
        const size_t part = BODY - at < RSA_BYTES - 11 ? BODY - at : RSA_BYTES - 11;
        zj_mbed_encrypt(bare(), zj_draw, &source, part, body + at, out + rsa_size);
        rsa_size += RSA_BYTES;
    }
}

static void rsa_encrypt_ours(void *argument) {
    (void)argument;
    rsa_size = (size_t)zjiot_encrypt(&rsa, body, BODY, out, sizeof(out), NULL);
}

static void rsa_decrypt_bare(void *argument) {
    struct zj_source source = zj_source(NULL);
    size_t count = 0;
    (void)argument;
    for (size_t at = 0; at < rsa_size; at += RSA_BYTES) {
        size_t part = 0;
        zj_mbed_decrypt(bare(), zj_draw, &source, &part, out + at, read_back + count, RSA_BYTES);
        count += part;
    }
}

static void rsa_decrypt_ours(void *argument) {
    (void)argument;
    zjiot_decrypt(&rsa, out, rsa_size, read_back, sizeof(read_back), NULL, NULL);
}

/* The same SM2 key for both. */
static bool start(void) {
    static char pem[ZJIOT_KEY_PEM_MAX];
    if (zjiot_key_generate(&sm2_key, ZJIOT_KEY_SM2, 0, NULL, NULL) != 0 ||
        zjiot_key_generate(&rsa_key, ZJIOT_KEY_RSA, RSA_BITS, NULL, NULL) != 0 ||
        zjiot_key_write(&sm2_key, true, pem, sizeof(pem), NULL) < 0)
        return false;
    BIO *text = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);
    BIO_free(text);
    digest = EVP_MD_CTX_new();
    encrypting = EVP_PKEY_CTX_new(key, NULL);
    decrypting = EVP_PKEY_CTX_new(key, NULL);
    return EVP_PKEY_encrypt_init(encrypting) == 1 && EVP_PKEY_decrypt_init(decrypting) == 1;
}

static bool all_work(void) {
    size_t size = LONG;
    uint8_t expected[ZJ_SM3_SIZE];
    sm3_openssl(&size);
    memcpy(expected, hash, sizeof(hash));
    memset(hash, 0, sizeof(hash));
    sm3_ours(&size);
    if (memcmp(expected, hash, sizeof(hash)) != 0)
        return false;
    sm2_encrypt_openssl(NULL);
    sm2_encrypt_ours(NULL);
    if (!bench_gives(sm2_decrypt_openssl, read_back, body, BODY) ||
        !bench_gives(sm2_decrypt_ours, read_back, body, BODY))
        return false;
    rsa_encrypt_bare(NULL);
    if (!bench_gives(rsa_decrypt_ours, read_back, body, BODY))
        return false;
    rsa_encrypt_ours(NULL);
    return bench_gives(rsa_decrypt_bare, read_back, body, BODY);
}

int main(void) {
    static size_t sizes[] = {64, BODY, LONG};
    static const struct bench tables[][2] = {
        {{.name = "SM3 64 B, OpenSSL", .run = sm3_openssl, .argument = &sizes[0], .bytes = 64},
         {.name = "ours", .run = sm3_ours, .argument = &sizes[0], .bytes = 64, .most_ratio = 1 / 0.9}},
        {{.name = "SM3 1 KiB, OpenSSL", .run = sm3_openssl, .argument = &sizes[1], .bytes = BODY},
         {.name = "ours", .run = sm3_ours, .argument = &sizes[1], .bytes = BODY, .most_ratio = 1 / 0.9}},
        {{.name = "SM3 64 KiB, OpenSSL", .run = sm3_openssl, .argument = &sizes[2], .bytes = LONG},
         {.name = "ours", .run = sm3_ours, .argument = &sizes[2], .bytes = LONG, .most_ratio = 1 / 0.9}},
        {{.name = "SM2 encrypt, OpenSSL", .run = sm2_encrypt_openssl, .bytes = BODY},
         {.name = "ours", .run = sm2_encrypt_ours, .bytes = BODY, .most_ratio = 1}},
        {{.name = "SM2 decrypt, OpenSSL", .run = sm2_decrypt_openssl, .bytes = BODY},
         {.name = "ours", .run = sm2_decrypt_ours, .bytes = BODY, .most_ratio = 1 / 0.4}},
        {{.name = "RSA encrypt, mbedTLS", .run = rsa_encrypt_bare, .bytes = BODY},
         {.name = "ours", .run = rsa_encrypt_ours, .bytes = BODY, .most_ratio = 1.1}},
        {{.name = "RSA decrypt, mbedTLS", .run = rsa_decrypt_bare, .bytes = BODY},
         {.name = "ours", .run = rsa_decrypt_ours, .bytes = BODY, .most_ratio = 1.1}},
    };
    bool is_met = true;
    bench_fill(body, sizeof(body));
    if (!start() || !all_work()) {
        fprintf(stderr, "the variants differ\n");
        return 2;
    }
    for (size_t i = 0; i < ZJ_COUNT(tables); i++)
        is_met &= bench_run("bodies of 1 KiB, RSA of 2048 bits", tables[i], 2);
    return is_met ? 0 : 1;
}
