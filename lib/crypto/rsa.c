/* RSA over bodies of any length: blocks of one modulus each, joined. */
#include <string.h>

#include "base/base.h"
#include "crypto/crypto.h"

enum {
    V15_EXTRA = 11, /* 00, type, at least 8 bytes of padding, 00 */
    V15_PADDING_MIN = 8,
    SHA1_SIZE = 20,
    SHA256_SIZE = 32,
    TYPE1 = 0x01,
    TYPE1_FILL = 0xff,
};

static size_t extra(enum zjiot_rsa_padding padding) {
    switch (padding) {
    case ZJIOT_RSA_OAEP_SHA1:
        return 2 * SHA1_SIZE + 2;
    case ZJIOT_RSA_OAEP_SHA256:
        return 2 * SHA256_SIZE + 2;
    default:
        return V15_EXTRA;
    }
}

size_t zj_rsa_room(const mbedtls_rsa_context *rsa, enum zjiot_rsa_padding padding) {
    const size_t size = mbedtls_rsa_get_len(rsa);
    return size > extra(padding) ? size - extra(padding) : 0;
}

static void set_padding(mbedtls_rsa_context *rsa, enum zjiot_rsa_padding padding) {
    const bool is_oaep = padding == ZJIOT_RSA_OAEP_SHA1 || padding == ZJIOT_RSA_OAEP_SHA256;
    const mbedtls_md_type_t hash = !is_oaep                         ? MBEDTLS_MD_NONE
                                   : padding == ZJIOT_RSA_OAEP_SHA1 ? MBEDTLS_MD_SHA1
                                                                    : MBEDTLS_MD_SHA256;
    /* 3.x returns an error for a hash it was built without; the operation then fails by itself. */
    (void)zj_mbed_set_padding(rsa, is_oaep ? MBEDTLS_RSA_PKCS_V21 : MBEDTLS_RSA_PKCS_V15, hash);
}

/* Block type 1 (RFC 8017, 9.2, without a hash's name), which 3.x no longer has for anything but signatures. */
static int write_type1(mbedtls_rsa_context *rsa, const uint8_t *body, size_t size, uint8_t *out,
                       struct zj_source *source) {
    uint8_t block[ZJIOT_RSA_BITS_MAX / 8];
    const size_t whole = mbedtls_rsa_get_len(rsa);
    memset(block, TYPE1_FILL, whole);
    block[0] = 0;
    block[1] = TYPE1;
    block[whole - size - 1] = 0;
    memcpy(block + whole - size, body, size);
    const int status = mbedtls_rsa_private(rsa, zj_draw, source, block, out);
    mbedtls_platform_zeroize(block, sizeof(block));
    return status;
}

static int read_type1(mbedtls_rsa_context *rsa, const uint8_t *bytes, uint8_t *out, size_t *ret_count) {
    uint8_t block[ZJIOT_RSA_BITS_MAX / 8];
    const size_t whole = mbedtls_rsa_get_len(rsa);
    size_t at = 2;
    if (mbedtls_rsa_public(rsa, bytes, block) != 0 || block[0] != 0 || block[1] != TYPE1)
        return -1;
    while (at < whole && block[at] == TYPE1_FILL)
        at++;
    if (at == whole || block[at] != 0 || at < 2 + V15_PADDING_MIN)
        return -1;
    *ret_count = whole - at - 1;
    memcpy(out, block + at + 1, *ret_count);
    mbedtls_platform_zeroize(block, sizeof(block));
    return 0;
}

/* When mbedTLS fails halfway, for want of memory, its mask is half renewed and every later decryption fails too.
 * Without a mask it makes a new one. */
static void drop_mask(mbedtls_rsa_context *rsa) {
    mbedtls_mpi_free(&rsa->MBEDTLS_PRIVATE(Vi));
    mbedtls_mpi_free(&rsa->MBEDTLS_PRIVATE(Vf));
}

int64_t zj_rsa_encrypt(mbedtls_rsa_context *rsa, enum zjiot_rsa_padding padding, const uint8_t *body, size_t size,
                       uint8_t *out, struct zj_source *source, struct zjiot_error *error) {
    const size_t room = zj_rsa_room(rsa, padding);
    size_t count = 0;
    set_padding(rsa, padding);
    while (size > 0) {
        const size_t part = size < room ? size : room;
        const int status = padding == ZJIOT_RSA_PKCS1_TYPE1
                               ? write_type1(rsa, body, part, out + count, source)
                               : zj_mbed_encrypt(rsa, zj_draw, source, part, body, out + count);
        if (status != 0) {
            drop_mask(rsa);
            return zj_fail_resource(source, error);
        }
        count += mbedtls_rsa_get_len(rsa);
        body += part;
        size -= part;
    }
    return (int64_t)count;
}

int64_t zj_rsa_decrypt(mbedtls_rsa_context *rsa, enum zjiot_rsa_padding padding, const uint8_t *bytes, size_t size,
                       uint8_t *out, struct zj_source *source) {
    const size_t whole = mbedtls_rsa_get_len(rsa);
    size_t count = 0;
    uint32_t bad = 0;
    if (size == 0 || size % whole != 0)
        return ZJIOT_AUTH;
    set_padding(rsa, padding);
    /* All blocks, even when one fails: how long this takes does not tell which. mbedTLS says as many bytes for a
     * block of v1.5 that fails as for a full one, and writes zeros; so `out` always has room for a whole block. */
    for (size_t at = 0; at < size; at += whole) {
        size_t part = 0;
        const int status = padding == ZJIOT_RSA_PKCS1_TYPE1
                               ? read_type1(rsa, bytes + at, out + count, &part)
                               : zj_mbed_decrypt(rsa, zj_draw, source, &part, bytes + at, out + count, whole);
        bad |= (uint32_t)status;
        ZJ_PUBLIC(part);
        count += part;
    }
    ZJ_PUBLIC(bad);
    if (bad == 0 && count > 0)
        return (int64_t)count;
    drop_mask(rsa);
    return ZJIOT_AUTH;
}
