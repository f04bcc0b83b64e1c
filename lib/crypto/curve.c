/* The curve sm2p256v1 (GB/T 32918.5) on mbedTLS's arithmetic, and the keys on it. */
#include <string.h>

#include "base/base.h"
#include "crypto/crypto.h"

enum {
    WORDS = 8, /* 32-bit words of a number below p */
    LIMB_WORDS = sizeof(mbedtls_mpi_uint) / sizeof(uint32_t),
    CURVE_BITS = 256,
};

const struct zj_sm2_curve zj_sm2_curve = {
    .p = {0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
    .a = {0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc},
    .b = {0x28, 0xe9, 0xfa, 0x9e, 0x9d, 0x9f, 0x5e, 0x34, 0x4d, 0x5a, 0x9e, 0x4b, 0xcf, 0x65, 0x09, 0xa7,
          0xf3, 0x97, 0x89, 0xf5, 0x15, 0xab, 0x8f, 0x92, 0xdd, 0xbc, 0xbd, 0x41, 0x4d, 0x94, 0x0e, 0x93},
    .n = {0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x23},
    .g = {0x04, 0x32, 0xc4, 0xae, 0x2c, 0x1f, 0x19, 0x81, 0x19, 0x5f, 0x99, 0x04, 0x46, 0x6a, 0x39, 0xc9, 0x94,
          0x8f, 0xe3, 0x0b, 0xbf, 0xf2, 0x66, 0x0b, 0xe1, 0x71, 0x5a, 0x45, 0x89, 0x33, 0x4c, 0x74, 0xc7, 0xbc,
          0x37, 0x36, 0xa2, 0xf4, 0xf6, 0x77, 0x9c, 0x59, 0xbd, 0xce, 0xe3, 0x6b, 0x69, 0x21, 0x53, 0xd0, 0xa9,
          0x87, 0x7c, 0xc6, 0x2a, 0x47, 0x40, 0x02, 0xdf, 0x32, 0xe5, 0x21, 0x39, 0xf0, 0xa0},
};

/* Makes each column a word; returns what is above the last one. */
static int64_t carry(int64_t columns[WORDS]) {
    int64_t above = 0;
    for (size_t i = 0; i < WORDS; i++) {
        above += columns[i];
        columns[i] = above & 0xffffffff;
        above >>= 32;
    }
    return above;
}

/* Adds `above` times 2^256, which modulo p is 2^224 + 2^96 - 2^64 + 1. */
static void fold(int64_t columns[WORDS], int64_t above) {
    columns[0] += above;
    columns[2] -= above;
    columns[3] += above;
    columns[7] += above;
}

/* Adds the words 8 to 15 of `c` to the columns of the words below that they equal modulo p: powers of 2^32 from the
 * eighth on, by the rule of fold(). */
static void fold_words(const uint32_t c[2 * WORDS], int64_t columns[WORDS]) {
    const int64_t c8 = c[8], c9 = c[9], c10 = c[10], c11 = c[11], c12 = c[12], c13 = c[13], c14 = c[14], c15 = c[15];
    const int64_t top2 = c14 + c15, top3 = c13 + top2, top4 = c12 + top3;
    columns[0] = c[0] + c8 + c9 + c10 + c11 + top4 + top3;
    columns[1] = c[1] + c9 + c10 + c11 + top4 + top2;
    columns[2] = c[2] - c8 - c9 - c13 - c14;
    columns[3] = c[3] + c8 + c11 + top4 + c13;
    columns[4] = c[4] + c9 + top4 + c14;
    columns[5] = c[5] + c10 + top3 + c15;
    columns[6] = c[6] + c11 + top2;
    columns[7] = c[7] + c8 + c9 + c10 + c11 + 2 * top4 + c15;
}

/* mbedTLS's hook for a fast reduction: `number`, from 0 to 2^512 - 1, becomes one below 2^256 that equals it modulo p.
 * After the first carry the rest above 2^256 is from -4 to 13, after the second from -1 to 1, after the third 0. */
static int reduce(mbedtls_mpi *number) {
    uint32_t c[2 * WORDS] = {0};
    int64_t columns[WORDS];
    mbedtls_mpi_uint *const limbs = number->MBEDTLS_PRIVATE(p);
    const size_t count = number->MBEDTLS_PRIVATE(n);
    if (count * LIMB_WORDS <= WORDS)
        return 0;
    for (size_t i = 0; i < 2 * WORDS && i / LIMB_WORDS < count; i++)
        c[i] = (uint32_t)((uint64_t)limbs[i / LIMB_WORDS] >> (i % LIMB_WORDS * 32));
    fold_words(c, columns);
    fold(columns, carry(columns));
    fold(columns, carry(columns));
    carry(columns);
    memset(limbs, 0, count * sizeof(*limbs));
    for (size_t i = 0; i < WORDS; i++)
        limbs[i / LIMB_WORDS] |= (mbedtls_mpi_uint)((uint64_t)columns[i] << (i % LIMB_WORDS * 32));
    return 0;
}

/* The group stays without A: that is -3 for mbedTLS. Before its G is there, a group has no type, and a point is read
 * only by its numbers. */
static int load_group(mbedtls_ecp_group *group, const mbedtls_ecp_point *base) {
    int status = mbedtls_mpi_read_binary(&group->P, zj_sm2_curve.p, ZJ_SM2_NUMBER);
    if (status == 0)
        status = mbedtls_mpi_read_binary(&group->B, zj_sm2_curve.b, ZJ_SM2_NUMBER);
    if (status == 0)
        status = mbedtls_mpi_read_binary(&group->N, zj_sm2_curve.n, ZJ_SM2_NUMBER);
    group->pbits = CURVE_BITS;
    group->nbits = CURVE_BITS;
    group->MBEDTLS_PRIVATE(modp) = reduce;
    if (status == 0 && base)
        return mbedtls_ecp_copy(&group->G, base);
    mbedtls_ecp_point *const g = &group->G;
    if (status == 0)
        status = mbedtls_mpi_read_binary(&g->MBEDTLS_PRIVATE(X), zj_sm2_curve.g + 1, ZJ_SM2_NUMBER);
    if (status == 0)
        status = mbedtls_mpi_read_binary(&g->MBEDTLS_PRIVATE(Y), zj_sm2_curve.g + 1 + ZJ_SM2_NUMBER, ZJ_SM2_NUMBER);
    return status == 0 ? mbedtls_mpi_lset(&g->MBEDTLS_PRIVATE(Z), 1) : status;
}

static int write_point(const mbedtls_ecp_group *group, const mbedtls_ecp_point *point,
                       uint8_t ret_bytes[ZJ_SM2_POINT]) {
    size_t size;
    return mbedtls_ecp_point_write_binary(group, point, MBEDTLS_ECP_PF_UNCOMPRESSED, &size, ret_bytes, ZJ_SM2_POINT);
}

static int multiply(mbedtls_ecp_group *group, const mbedtls_mpi *k, const mbedtls_ecp_point *point,
                    struct zj_source *source, uint8_t ret_point[ZJ_SM2_POINT]) {
    mbedtls_ecp_point product;
    mbedtls_ecp_point_init(&product);
    int status = mbedtls_ecp_mul(group, &product, k, point, zj_draw, source);
    if (status == 0)
        status = write_point(group, &product, ret_point);
    mbedtls_ecp_point_free(&product);
    return status;
}

int zj_sm2_times_base(mbedtls_ecp_group *group, const mbedtls_mpi *k, struct zj_source *source,
                      uint8_t ret_point[ZJ_SM2_POINT]) {
    return multiply(group, k, &group->G, source, ret_point);
}

int zj_sm2_times_point(struct zj_sm2_key *key, const uint8_t point[ZJ_SM2_POINT], struct zj_source *source,
                       uint8_t ret_point[ZJ_SM2_POINT]) {
    mbedtls_ecp_point read;
    mbedtls_ecp_point_init(&read);
    int status = mbedtls_ecp_point_read_binary(&key->curve, &read, point, ZJ_SM2_POINT);
    if (status == 0) /* which looks whether the point is on the curve */
        status = multiply(&key->curve, &key->d, &read, source, ret_point);
    mbedtls_ecp_point_free(&read);
    return status;
}

int zj_sm2_point(const struct zj_sm2_key *key, uint8_t ret_q[ZJ_SM2_POINT]) {
    return write_point(&key->recipient, &key->recipient.G, ret_q);
}

int zj_sm2_draw_number(struct zj_source *source, uint8_t ret_number[ZJ_SM2_NUMBER]) {
    enum { ATTEMPTS = 64 }; /* one in 2^32 is refused: a source that gives none is broken */
    for (int i = 0; i < ATTEMPTS; i++) {
        const int status = zj_draw(source, ret_number, ZJ_SM2_NUMBER);
        if (status != 0)
            return status;
        uint32_t any = zj_any(ret_number, ZJ_SM2_NUMBER);
        uint32_t is_less = zj_is_less(ret_number, zj_sm2_curve.n, ZJ_SM2_NUMBER);
        ZJ_PUBLIC(any);
        ZJ_PUBLIC(is_less);
        if (any && is_less)
            return 0;
    }
    source->failed = true;
    return MBEDTLS_ERR_ECP_RANDOM_FAILED;
}

/* d in 1..n-2 (GB/T 32918.1, 6.1) */
static bool is_valid_d(const uint8_t d[ZJ_SM2_NUMBER]) {
    uint8_t most[ZJ_SM2_NUMBER];
    memcpy(most, zj_sm2_curve.n, sizeof(most));
    most[ZJ_SM2_NUMBER - 1] -= 1;
    uint32_t any = zj_any(d, ZJ_SM2_NUMBER);
    uint32_t is_less = zj_is_less(d, most, ZJ_SM2_NUMBER);
    ZJ_PUBLIC(any);
    ZJ_PUBLIC(is_less);
    return any && is_less;
}

/* One sentence for all: which number is wrong is nobody's business who does not have the key. */
static int fail_key(struct zjiot_error *error) {
    return zj_fail(error, ZJIOT_RANGE, 0, "the numbers are no SM2 key: d is not in 1..n-2, or Q is not its point");
}

static int read_valid_point(const mbedtls_ecp_group *group, const uint8_t bytes[ZJ_SM2_POINT],
                            mbedtls_ecp_point *ret_point, const struct zj_source *source, struct zjiot_error *error) {
    int status = mbedtls_ecp_point_read_binary(group, ret_point, bytes, ZJ_SM2_POINT);
    if (status == 0)
        status = mbedtls_ecp_check_pubkey(group, ret_point);
    if (status == MBEDTLS_ERR_MPI_ALLOC_FAILED)
        return zj_fail_resource(source, error);
    return status == 0 ? 0 : fail_key(error);
}

/* Fills the groups. Both get their tables now, so that from here on they are only read. */
static int set_up(struct zj_sm2_key *key, const uint8_t *d, const uint8_t *q, struct zj_source *source,
                  struct zjiot_error *error) {
    uint8_t own[ZJ_SM2_POINT];
    mbedtls_mpi one;
    mbedtls_ecp_point point;
    mbedtls_mpi_init(&one);
    mbedtls_ecp_point_init(&point);
    int status = load_group(&key->curve, NULL);
    if (status == 0)
        status = mbedtls_mpi_lset(&one, 1);
    if (status == 0 && d)
        status = mbedtls_mpi_read_binary(&key->d, d, ZJ_SM2_NUMBER);
    if (status == 0)
        status = zj_sm2_times_base(&key->curve, d ? &key->d : &one, source, own);
    ZJ_PUBLIC(own);
    int code = status == 0 ? 0 : zj_fail_resource(source, error);
    if (code == 0 && d && q && memcmp(own, q, ZJ_SM2_POINT) != 0)
        code = fail_key(error);
    if (code == 0)
        code = read_valid_point(&key->curve, q ? q : own, &point, source, error);
    if (code == 0 &&
        (load_group(&key->recipient, &point) != 0 || zj_sm2_times_base(&key->recipient, &one, source, own) != 0))
        code = zj_fail_resource(source, error);
    mbedtls_mpi_free(&one);
    mbedtls_ecp_point_free(&point);
    return code;
}

int zj_sm2_key_make(struct zj_sm2_key *ret_key, const uint8_t d[ZJ_SM2_NUMBER], const uint8_t q[ZJ_SM2_POINT],
                    struct zj_source *source, struct zjiot_error *error) {
    struct zj_sm2_key key;
    if (d && !is_valid_d(d))
        return fail_key(error);
    mbedtls_ecp_group_init(&key.curve);
    mbedtls_ecp_group_init(&key.recipient);
    mbedtls_mpi_init(&key.d);
    const int code = set_up(&key, d, q, source, error);
    if (code == 0)
        *ret_key = key;
    else
        zj_sm2_key_free(&key);
    return code;
}

void zj_sm2_key_free(struct zj_sm2_key *key) {
    mbedtls_ecp_group_free(&key->curve);
    mbedtls_ecp_group_free(&key->recipient);
    mbedtls_mpi_free(&key->d);
}
