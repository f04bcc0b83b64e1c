/* Encryption and decryption after GB/T 32918.4. */
#include <string.h>

#include "base/base.h"
#include "crypto/crypto.h"

/* The shared point as bytes; the 04 before it is no part of what is hashed. */
struct shared {
    uint8_t point[ZJ_SM2_POINT];
};

static const uint8_t *x2(const struct shared *shared) {
    return shared->point + 1;
}

static const uint8_t *y2(const struct shared *shared) {
    return shared->point + 1 + ZJ_SM2_NUMBER;
}

/* XORs the key stream SM3(x2 y2 1) SM3(x2 y2 2) ... onto `in` (5.4.3). Returns 0 when the whole stream is 0, which is
 * as secret as the stream. x2 y2 fill one block of SM3: it is hashed once. */
static uint32_t cross(const struct shared *shared, const uint8_t *in, uint8_t *out, size_t size) {
    struct zj_sm3 prefix, sm3;
    uint8_t key[ZJ_SM3_SIZE];
    uint32_t any = 0;
    zj_sm3_start(&prefix);
    zj_sm3_add(&prefix, x2(shared), 2 * ZJ_SM2_NUMBER);
    for (uint32_t counter = 1; size > 0; counter++) {
        const uint8_t number[4] = {(uint8_t)(counter >> 24), (uint8_t)(counter >> 16), (uint8_t)(counter >> 8),
                                   (uint8_t)counter};
        const size_t part = size < sizeof(key) ? size : sizeof(key);
        memcpy(sm3.state, prefix.state, sizeof(sm3.state));
        sm3.size = prefix.size;
        zj_sm3_add(&sm3, number, sizeof(number));
        zj_sm3_finish(&sm3, key);
        any |= zj_any(key, part);
        for (size_t i = 0; i < part; i++)
            out[i] = in[i] ^ key[i];
        in += part;
        out += part;
        size -= part;
    }
    mbedtls_platform_zeroize(&prefix, sizeof(prefix));
    mbedtls_platform_zeroize(&sm3, sizeof(sm3));
    mbedtls_platform_zeroize(key, sizeof(key));
    return any;
}

/* C3 = SM3(x2 M y2) */
static void hash_body(const struct shared *shared, const uint8_t *body, size_t size, uint8_t c3[ZJ_SM3_SIZE]) {
    struct zj_sm3 sm3;
    zj_sm3_start(&sm3);
    zj_sm3_add(&sm3, x2(shared), ZJ_SM2_NUMBER);
    zj_sm3_add(&sm3, body, size);
    zj_sm3_add(&sm3, y2(shared), ZJ_SM2_NUMBER);
    zj_sm3_finish(&sm3, c3);
    mbedtls_platform_zeroize(&sm3, sizeof(sm3));
}

/* 6.1, A1 to A8 */
int64_t zj_sm2_seal(struct zj_sm2_key *key, struct zj_sm2_form form, const uint8_t k[ZJ_SM2_NUMBER],
                    const uint8_t *body, size_t size, uint8_t *out, struct zj_source *source) {
    uint8_t c1[ZJ_SM2_POINT];
    struct shared shared;
    mbedtls_mpi number;
    struct zj_sm2_parts parts = {.total = 0};
    mbedtls_mpi_init(&number);
    int status = mbedtls_mpi_read_binary(&number, k, ZJ_SM2_NUMBER);
    if (status == 0)
        status = zj_sm2_times_base(&key->curve, &number, source, c1);
    if (status == 0)
        status = zj_sm2_times_base(&key->recipient, &number, source, shared.point);
    if (status == 0) {
        ZJ_PUBLIC(c1);
        parts = zj_sm2_place(form, c1, size, out);
        uint32_t is_usable = cross(&shared, body, out + parts.c2, size);
        ZJ_PUBLIC(is_usable);
        if (!is_usable) { /* then C2 is the body itself */
            mbedtls_platform_zeroize(out + parts.c2, size);
            parts.total = 0;
        } else {
            hash_body(&shared, body, size, out + parts.c3);
        }
    }
    mbedtls_mpi_free(&number);
    mbedtls_platform_zeroize(&shared, sizeof(shared));
    return status == 0 ? (int64_t)parts.total : status;
}

int64_t zj_sm2_encrypt(struct zj_sm2_key *key, struct zj_sm2_form form, const uint8_t *body, size_t size, uint8_t *out,
                       struct zj_source *source, struct zjiot_error *error) {
    uint8_t k[ZJ_SM2_NUMBER];
    int64_t count = 0;
    while (count == 0) {
        count = zj_sm2_draw_number(source, k);
        if (count == 0)
            count = zj_sm2_seal(key, form, k, body, size, out, source);
    }
    mbedtls_platform_zeroize(k, sizeof(k));
    return count > 0 ? count : zj_fail_resource(source, error);
}

/* 7.1, B3 to B7, with the shared point known. False: C2 and C3 are not from this point. */
static bool open_with(const struct shared *shared, const struct zj_sm2_parts *parts, const uint8_t *bytes,
                      uint8_t *out) {
    uint8_t c3[ZJ_SM3_SIZE];
    const uint32_t key_bits = cross(shared, bytes + parts->c2, out, parts->size);
    hash_body(shared, out, parts->size, c3);
    const uint32_t other_bits = zj_differ(c3, bytes + parts->c3, ZJ_SM3_SIZE);
    /* Both are below 2^8: less 1, only a 0 sets the high bit. */
    uint32_t is_good = (other_bits - 1) >> 31 & ((key_bits - 1) >> 31 ^ 1);
    mbedtls_platform_zeroize(c3, sizeof(c3));
    ZJ_PUBLIC(is_good);
    return is_good;
}

/* Tries one or two layouts, which have C1 at the same place: one multiplication for all. Returns the body's
 * length, 0 when none fits. */
static size_t open_layouts(struct zj_sm2_key *key, const enum zjiot_sm2_layout range[2], bool no_prefix,
                           const uint8_t *bytes, size_t size, uint8_t *out, struct zj_source *source,
                           struct zj_sm2_form *ret_form) {
    uint8_t c1[ZJ_SM2_POINT];
    struct zj_sm2_parts parts;
    struct shared shared;
    struct zj_sm2_form form = {.layout = range[0], .no_prefix = no_prefix};
    if (!zj_sm2_find(form, bytes, size, c1, &parts) || zj_sm2_times_point(key, c1, source, shared.point) != 0)
        return 0;
    bool is_good = open_with(&shared, &parts, bytes, out);
    if (!is_good && range[1] != range[0]) {
        form.layout = range[1];
        is_good = zj_sm2_find(form, bytes, size, c1, &parts) && open_with(&shared, &parts, bytes, out);
    }
    mbedtls_platform_zeroize(&shared, sizeof(shared));
    if (!is_good)
        return 0;
    *ret_form = form;
    return parts.size;
}

int64_t zj_sm2_decrypt(struct zj_sm2_key *key, struct zj_sm2_form form, const uint8_t *bytes, size_t size, uint8_t *out,
                       struct zj_source *source, struct zj_sm2_form *ret_form) {
    static const enum zjiot_sm2_layout der[] = {ZJIOT_SM2_ASN1, ZJIOT_SM2_ASN1};
    static const enum zjiot_sm2_layout plain[] = {ZJIOT_SM2_C1C3C2, ZJIOT_SM2_C1C2C3};
    const enum zjiot_sm2_layout one[] = {form.layout, form.layout};
    size_t count;
    if (form.layout != ZJIOT_SM2_AUTO) {
        count = open_layouts(key, one, form.no_prefix, bytes, size, out, source, ret_form);
    } else {
        count = open_layouts(key, der, false, bytes, size, out, source, ret_form);
        for (int no_prefix = 0; no_prefix < 2 && count == 0; no_prefix++)
            count = open_layouts(key, plain, no_prefix, bytes, size, out, source, ret_form);
    }
    return count > 0 ? (int64_t)count : ZJIOT_AUTH;
}
