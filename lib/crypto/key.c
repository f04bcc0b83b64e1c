/* The life of a key: read, made, written, copied, freed. */
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "crypto/crypto.h"

_Static_assert(sizeof(struct zj_key) <= ZJIOT_KEY_SIZE, "ZJIOT_KEY_SIZE is too small for this mbedTLS");
_Static_assert(alignof(struct zj_key) <= alignof(struct zjiot_key), "a key is not aligned");

struct zj_key *zj_key(struct zjiot_key *key) {
    return (struct zj_key *)(void *)key;
}

const struct zj_key *zj_key_const(const struct zjiot_key *key) {
    return (const struct zj_key *)(const void *)key;
}

enum zjiot_key_kind zjiot_key_kind(const struct zjiot_key *key) {
    return zj_key_const(key)->kind;
}

bool zjiot_key_is_private(const struct zjiot_key *key) {
    return zj_key_const(key)->is_private;
}

/* mbedTLS's own answer is rounded up to bytes. */
static size_t rsa_bits(const mbedtls_pk_context *pk) {
    return mbedtls_mpi_bitlen(&mbedtls_pk_rsa(*pk)->MBEDTLS_PRIVATE(N));
}

unsigned zjiot_key_bits(const struct zjiot_key *key) {
    const struct zj_key *own = zj_key_const(key);
    switch (own->kind) {
    case ZJIOT_KEY_RSA:
        return (unsigned)rsa_bits(&own->as.rsa);
    case ZJIOT_KEY_SM2:
        return ZJ_SM2_NUMBER * 8;
    default:
        return 0;
    }
}

void zjiot_key_free(struct zjiot_key *key) {
    struct zj_key *own = zj_key(key);
    if (own->kind == ZJIOT_KEY_SM2)
        zj_sm2_key_free(&own->as.sm2);
    else if (own->kind == ZJIOT_KEY_RSA)
        mbedtls_pk_free(&own->as.rsa);
    mbedtls_platform_zeroize(key, sizeof(*key));
}

/* Puts a key that is ready where the caller wants it. */
static void hand_over(struct zjiot_key *ret_key, const struct zj_key *key) {
    memset(ret_key, 0, sizeof(*ret_key));
    *zj_key(ret_key) = *key;
}

/*
 * SM2
 */

static int take_sm2(const uint8_t *d, const uint8_t *q, struct zj_source *source, struct zjiot_key *ret_key,
                    struct zjiot_error *error) {
    struct zj_key key = {.kind = ZJIOT_KEY_SM2, .is_private = d != NULL};
    const int status = zj_sm2_key_make(&key.as.sm2, d, q, source, error);
    if (status == 0)
        hand_over(ret_key, &key);
    return status;
}

/* 32 bytes are d, 33 d with a 0 before it or, 64 and 65, Q without and with its 04. */
static int take_hex(const struct zj_key_bytes *bytes, struct zj_source *source, struct zjiot_key *ret_key,
                    struct zjiot_error *error) {
    uint8_t point[ZJ_SM2_POINT] = {0x04};
    if (bytes->size >= ZJ_SM2_POINT - 1) {
        memcpy(point + ZJ_SM2_POINT - bytes->size, bytes->bytes, bytes->size);
        return take_sm2(NULL, point, source, ret_key, error);
    }
    uint8_t first = bytes->size > ZJ_SM2_NUMBER ? bytes->bytes[0] : 0;
    ZJ_PUBLIC(first);
    if (first != 0)
        return zj_fail_at(error, ZJIOT_SYNTAX, 0, "key", "66 hex digits start with 00");
    return take_sm2(bytes->bytes + bytes->size - ZJ_SM2_NUMBER, NULL, source, ret_key, error);
}

/*
 * RSA
 */

static int fail_rsa(struct zjiot_error *error) {
    return zj_fail_at(error, ZJIOT_RANGE, 0, "key", "the numbers are no RSA key");
}

int zj_fail_der(struct zjiot_error *error) {
    return zj_fail_at(error, ZJIOT_SYNTAX, 0, "key", "the DER is no SPKI, PKCS#8, PKCS#1 or SEC1");
}

/* Its numbers fit each other, and its size is one of those that are taken. */
static int check_rsa(const mbedtls_pk_context *pk, bool is_private, struct zjiot_report *report,
                     struct zjiot_error *error) {
    char found[sizeof("RSA of 4294967295 bits")];
    if (mbedtls_pk_get_type(pk) != MBEDTLS_PK_RSA) /* SEC1 in a form that is not DER */
        return zj_fail_der(error);
    const size_t bits = rsa_bits(pk);
    if (bits < ZJIOT_RSA_BITS_MIN || bits > ZJIOT_RSA_BITS_MAX)
        return zj_fail_at(error, ZJIOT_UNKNOWN, 0, "key", "RSA of %zu bits; %d to %d are taken", bits,
                          (int)ZJIOT_RSA_BITS_MIN, (int)ZJIOT_RSA_BITS_MAX);
    const mbedtls_rsa_context *rsa = mbedtls_pk_rsa(*pk);
    if ((is_private ? mbedtls_rsa_check_privkey(rsa) : mbedtls_rsa_check_pubkey(rsa)) != 0)
        return fail_rsa(error);
    if (bits < ZJIOT_RSA_BITS_SAFE) {
        snprintf(found, sizeof(found), "RSA of %u bits", (unsigned)bits);
        zj_report(report, ZJIOT_RANGE, 0, "key", found, "2048 bits or more");
    }
    return 0;
}

static int take_rsa(const struct zj_key_bytes *der, struct zj_source *source, struct zjiot_key *ret_key,
                    struct zjiot_report *report, struct zjiot_error *error) {
    struct zj_key key = {.kind = ZJIOT_KEY_RSA, .is_private = true};
    mbedtls_pk_context *const pk = &key.as.rsa;
    mbedtls_pk_init(pk);
    int status = zj_mbed_parse_key(pk, der->bytes, der->size, zj_draw, source);
    if (status != 0) {
        mbedtls_pk_free(pk);
        mbedtls_pk_init(pk);
        key.is_private = false;
        status = mbedtls_pk_parse_public_key(pk, der->bytes, der->size);
    }
    const int code = status == 0                             ? check_rsa(pk, key.is_private, report, error)
                     : status == MBEDTLS_ERR_PK_ALLOC_FAILED ? zj_fail_resource(source, error)
                                                             : zj_fail_der(error);
    if (code == 0)
        hand_over(ret_key, &key);
    else
        mbedtls_pk_free(pk);
    return code;
}

/* An RSA key to fill. */
static int start_rsa(struct zj_key *key) {
    *key = (struct zj_key){.kind = ZJIOT_KEY_RSA};
    mbedtls_pk_init(&key->as.rsa);
    return mbedtls_pk_setup(&key->as.rsa, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
}

/* Hands over a key that was filled, or frees it when `status` says that it could not be. */
static int end_rsa(int status, struct zj_key *key, struct zj_source *source, struct zjiot_key *ret_key,
                   struct zjiot_error *error) {
    if (status != 0) {
        mbedtls_pk_free(&key->as.rsa);
        return zj_fail_resource(source, error);
    }
    hand_over(ret_key, key);
    return 0;
}

/*
 * Reading
 */

static int take_der(struct zj_key_bytes *der, struct zj_source *source, struct zjiot_key *ret_key,
                    struct zjiot_report *report, struct zjiot_error *error) {
    struct zj_sm2_numbers numbers;
    struct zjiot_error reason = {.code = ZJIOT_OK};
    int status = zj_sm2_key_parse(der->bytes, der->size, &numbers, &reason);
    if (status == 0) {
        status = take_sm2(numbers.has_d ? numbers.d : NULL, numbers.has_q ? numbers.q : NULL, source, ret_key, error);
        if (status == 0 && !numbers.names_curve)
            zj_report(report, ZJIOT_MISSING, 0, "key", "no curve is named", "sm2p256v1");
    } else if (reason.code == ZJIOT_OK) {
        status = take_rsa(der, source, ret_key, report, error);
    } else if (error) {
        *error = reason;
    }
    mbedtls_platform_zeroize(&numbers, sizeof(numbers));
    return status;
}

int zjiot_key_read(struct zjiot_key *ret_key, enum zjiot_key_form form, const void *text, size_t size,
                   const struct zjiot_random *random, struct zjiot_report *report, struct zjiot_error *reterr_error) {
    struct zj_source source = zj_source(random);
    struct zj_key_bytes bytes;
    int status = zj_key_unwrap(form, text, size, &bytes, report, reterr_error);
    if (status == 0)
        status = bytes.is_der ? take_der(&bytes, &source, ret_key, report, reterr_error)
                              : take_hex(&bytes, &source, ret_key, reterr_error);
    mbedtls_platform_zeroize(&bytes, sizeof(bytes));
    return status;
}

/*
 * Making and copying
 */

static int generate_sm2(struct zj_source *source, struct zjiot_key *ret_key, struct zjiot_error *error) {
    uint8_t d[ZJ_SM2_NUMBER];
    int status = zj_sm2_draw_number(source, d);
    if (status == 0)
        status = take_sm2(d, NULL, source, ret_key, error); /* n - 1, one in 2^256, is refused */
    else
        status = zj_fail_resource(source, error);
    mbedtls_platform_zeroize(d, sizeof(d));
    return status;
}

static int generate_rsa(unsigned bits, struct zj_source *source, struct zjiot_key *ret_key, struct zjiot_error *error) {
    enum { EXPONENT = 65537 };
    struct zj_key key;
    int status = start_rsa(&key);
    if (status == 0)
        status = mbedtls_rsa_gen_key(mbedtls_pk_rsa(key.as.rsa), zj_draw, source, bits, EXPONENT);
    key.is_private = true;
    return end_rsa(status, &key, source, ret_key, error);
}

int zjiot_key_generate(struct zjiot_key *ret_key, enum zjiot_key_kind kind, unsigned bits,
                       const struct zjiot_random *random, struct zjiot_error *reterr_error) {
    struct zj_source source = zj_source(random);
    if (kind == ZJIOT_KEY_SM2 && (bits == 0 || bits == ZJ_SM2_NUMBER * 8))
        return generate_sm2(&source, ret_key, reterr_error);
    if (kind == ZJIOT_KEY_RSA && bits >= ZJIOT_RSA_BITS_MADE && bits <= ZJIOT_RSA_BITS_MAX && bits % 2 == 0)
        return generate_rsa(bits, &source, ret_key, reterr_error);
    return zj_fail(reterr_error, ZJIOT_ARG, 0, "no key of this kind has %u bits", bits);
}

static int copy_sm2(const struct zj_sm2_key *key, bool is_private, struct zj_source *source, struct zjiot_key *ret_copy,
                    struct zjiot_error *error) {
    uint8_t d[ZJ_SM2_NUMBER], q[ZJ_SM2_POINT];
    int status = zj_sm2_point(key, q);
    if (status == 0)
        status = mbedtls_mpi_write_binary(&key->d, d, sizeof(d));
    if (status == 0)
        status = take_sm2(is_private ? d : NULL, q, source, ret_copy, error);
    else
        status = zj_fail_resource(source, error);
    mbedtls_platform_zeroize(d, sizeof(d));
    return status;
}

static int copy_rsa(const struct zj_key *key, struct zj_source *source, struct zjiot_key *ret_copy,
                    struct zjiot_error *error) {
    struct zj_key copy;
    int status = start_rsa(&copy);
    if (status == 0)
        status = mbedtls_rsa_copy(mbedtls_pk_rsa(copy.as.rsa), mbedtls_pk_rsa(key->as.rsa));
    copy.is_private = key->is_private;
    return end_rsa(status, &copy, source, ret_copy, error);
}

static int fail_no_key(struct zjiot_error *error) {
    return zj_fail(error, ZJIOT_ARG, 0, "there is no key");
}

int zjiot_key_copy(struct zjiot_key *ret_copy, struct zjiot_key *key, const struct zjiot_random *random,
                   struct zjiot_error *reterr_error) {
    struct zj_source source = zj_source(random);
    const struct zj_key *own = zj_key(key);
    if (own->kind == ZJIOT_KEY_SM2)
        return copy_sm2(&own->as.sm2, own->is_private, &source, ret_copy, reterr_error);
    if (own->kind == ZJIOT_KEY_RSA)
        return copy_rsa(own, &source, ret_copy, reterr_error);
    return fail_no_key(reterr_error);
}
