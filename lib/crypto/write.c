/* A key as PEM. */
#include <string.h>

#include "base/base.h"
#include "crypto/crypto.h"

enum {
    LINE = 64, /* letters a line (RFC 7468) */
    LINE_BYTES = LINE / 4 * 3,
};

/* ecPublicKey, sm2p256v1 */
#define ALGORITHM                                                                                                      \
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01,  \
        0x82, 0x2d

/* DER of an SM2 key is always of the same length: all but the numbers stands here. */
static const uint8_t spki[] = {0x30, 0x59, ALGORITHM, 0x03, 0x42, 0x00};
static const uint8_t pkcs8[] = {0x30, 0x81, 0x87, 0x02, 0x01, 0x00, ALGORITHM, 0x04,
                                0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04,      0x20};
static const uint8_t pkcs8_point[] = {0xa1, 0x44, 0x03, 0x42, 0x00};

/* Returns the bytes, or an error of mbedTLS's. */
static int write_sm2(const struct zj_sm2_key *key, bool with_private, uint8_t *der) {
    size_t count = 0;
    int status = 0;
    if (with_private) {
        memcpy(der, pkcs8, sizeof(pkcs8));
        count = sizeof(pkcs8);
        status = mbedtls_mpi_write_binary(&key->d, der + count, ZJ_SM2_NUMBER);
        count += ZJ_SM2_NUMBER;
        memcpy(der + count, pkcs8_point, sizeof(pkcs8_point));
        count += sizeof(pkcs8_point);
    } else {
        memcpy(der, spki, sizeof(spki));
        count = sizeof(spki);
    }
    if (status == 0)
        status = zj_sm2_point(key, der + count);
    return status == 0 ? (int)(count + ZJ_SM2_POINT) : status;
}

/* mbedTLS writes at the end of the room it has. */
static int write_rsa(mbedtls_pk_context *pk, bool with_private, uint8_t der[ZJ_DER_MAX]) {
    const int size =
        with_private ? mbedtls_pk_write_key_der(pk, der, ZJ_DER_MAX) : mbedtls_pk_write_pubkey_der(pk, der, ZJ_DER_MAX);
    if (size > 0)
        memmove(der, der + ZJ_DER_MAX - size, (size_t)size);
    return size;
}

/* Text in the caller's room; what does not fit is only counted. */
struct room {
    char *text;
    size_t capacity;
    size_t size;
};

static void put(struct room *room, const char *text, size_t size) {
    if (room->capacity >= size && room->size <= room->capacity - size)
        memcpy(room->text + room->size, text, size);
    room->size += size;
}

static void put_mark(struct room *room, const char *mark, const char *label) {
    put(room, mark, strlen(mark));
    put(room, label, strlen(label));
    put(room, "-----\n", 6);
}

/* mbedTLS's encoder, unlike that of base, looks no secret up in a table. */
static void put_base64(struct room *room, const uint8_t *bytes, size_t size) {
    unsigned char line[LINE + 1];
    size_t count;
    for (size_t at = 0; at < size; at += LINE_BYTES) {
        const size_t part = size - at < LINE_BYTES ? size - at : LINE_BYTES;
        if (mbedtls_base64_encode(line, sizeof(line), &count, bytes + at, part) == 0)
            put(room, (const char *)line, count);
        put(room, "\n", 1);
    }
    mbedtls_platform_zeroize(line, sizeof(line));
}

int64_t zjiot_key_write(struct zjiot_key *key, bool with_private, char *text, size_t capacity,
                        struct zjiot_error *reterr_error) {
    struct zj_key *const own = zj_key(key);
    struct room room = {.text = text, .capacity = capacity};
    uint8_t der[ZJ_DER_MAX];
    if (own->kind == ZJIOT_KEY_NONE)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "there is no key");
    if (with_private && !own->is_private)
        return zj_fail(reterr_error, ZJIOT_MISSING, 0, "the private key is missing");
    const bool is_sm2 = own->kind == ZJIOT_KEY_SM2;
    const int size = is_sm2 ? write_sm2(&own->as.sm2, with_private, der) : write_rsa(&own->as.rsa, with_private, der);
    const char *const label = !with_private ? "PUBLIC KEY" : is_sm2 ? "PRIVATE KEY" : "RSA PRIVATE KEY";
    if (size > 0) {
        put_mark(&room, "-----BEGIN ", label);
        put_base64(&room, der, (size_t)size);
        put_mark(&room, "-----END ", label);
        put(&room, "", 1);
    }
    mbedtls_platform_zeroize(der, sizeof(der));
    if (size <= 0)
        return zj_fail(reterr_error, ZJIOT_NOMEM, 0, "mbedTLS could not write the key; it probably got no memory");
    if (room.size <= capacity)
        return (int64_t)room.size - 1;
    if (capacity > 0)
        mbedtls_platform_zeroize(text, capacity);
    return zj_fail_space(reterr_error, room.size);
}
