/* What the files of this room share. Numbers are big-endian bytes, points are 04 x y. */
#ifndef ZJ_CRYPTO_H
#define ZJ_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/mbed.h"
#include "zjiot/crypto.h"

/*
 * Secrets
 */

/* Says that `variable`, though computed from secrets, may be seen: branches may depend on it. A build that marks its
 * secrets as undefined for valgrind learns here what is none; in every other build it is nothing. */
#ifdef ZJ_MARKED_SECRETS
#include <valgrind/memcheck.h>
#define ZJ_PUBLIC(variable) ((void)VALGRIND_MAKE_MEM_DEFINED(&(variable), sizeof(variable)))
#else
#define ZJ_PUBLIC(variable) ((void)0)
#endif

/* These take the same time and path whatever the bytes are; the results are as secret as the bytes. */
uint32_t zj_any(const uint8_t *bytes, size_t size);                          /* 0 only if all are 0 */
uint32_t zj_differ(const uint8_t *left, const uint8_t *right, size_t size);  /* 0 only if they are the same */
uint32_t zj_is_less(const uint8_t *left, const uint8_t *right, size_t size); /* 1 or 0, as numbers */

/* Random bytes of one call, and whether there was a failure. */
struct zj_source {
    struct zjiot_random random;
    bool failed;
};

struct zj_source zj_source(const struct zjiot_random *random);

/* Fills `bytes`; 0 or an error of mbedTLS's. `source` is a struct zj_source: the signature is mbedTLS's. */
int zj_draw(void *source, unsigned char *bytes, size_t size);

/* RANDOM or NOMEM, after what failed; returns it. */
int zj_fail_resource(const struct zj_source *source, struct zjiot_error *error);

/*
 * SM3 (GB/T 32905)
 */

enum { ZJ_SM3_SIZE = 32, ZJ_SM3_BLOCK = 64 };

struct zj_sm3 {
    uint32_t state[8];
    uint64_t size;               /* bytes taken */
    uint8_t block[ZJ_SM3_BLOCK]; /* those that do not fill a block yet */
    uint32_t words[16];          /* of the block at work; here so that one wipe gets them */
};

void zj_sm3_start(struct zj_sm3 *sm3);
void zj_sm3_add(struct zj_sm3 *sm3, const void *bytes, size_t size);
void zj_sm3_finish(struct zj_sm3 *sm3, uint8_t hash[ZJ_SM3_SIZE]); /* `sm3` is of no use after that; wipe it */

/*
 * The curve sm2p256v1
 */

enum { ZJ_SM2_NUMBER = 32, ZJ_SM2_POINT = 65 };

struct zj_sm2_curve {
    uint8_t p[ZJ_SM2_NUMBER], a[ZJ_SM2_NUMBER], b[ZJ_SM2_NUMBER], n[ZJ_SM2_NUMBER], g[ZJ_SM2_POINT];
};

extern const struct zj_sm2_curve zj_sm2_curve;

struct zj_sm2_key {
    mbedtls_ecp_group curve;
    mbedtls_ecp_group recipient; /* the same with Q as its base, so that mbedTLS keeps a table of Q's multiples */
    mbedtls_mpi d;               /* 0: a public key */
};

/* Makes a key of `d` or `q` or both; either may be NULL. RANGE, RANDOM, NOMEM; there is then nothing to free. */
int zj_sm2_key_make(struct zj_sm2_key *ret_key, const uint8_t d[ZJ_SM2_NUMBER], const uint8_t q[ZJ_SM2_POINT],
                    struct zj_source *source, struct zjiot_error *error);

void zj_sm2_key_free(struct zj_sm2_key *key);

/* Draws a number from 1 to n - 1. 0, or below 0. */
int zj_sm2_draw_number(struct zj_source *source, uint8_t ret_number[ZJ_SM2_NUMBER]);

/* The public point. */
int zj_sm2_point(const struct zj_sm2_key *key, uint8_t ret_q[ZJ_SM2_POINT]);

/* k times a group's base, to `ret_point`. 0 or an error of mbedTLS's. */
int zj_sm2_times_base(mbedtls_ecp_group *group, const mbedtls_mpi *k, struct zj_source *source,
                      uint8_t ret_point[ZJ_SM2_POINT]);

/* d times `point`, which is refused when it is not on the curve. 0 or an error of mbedTLS's. */
int zj_sm2_times_point(struct zj_sm2_key *key, const uint8_t point[ZJ_SM2_POINT], struct zj_source *source,
                       uint8_t ret_point[ZJ_SM2_POINT]);

/*
 * Where the parts of an SM2 ciphertext are
 */

struct zj_sm2_form {
    enum zjiot_sm2_layout layout; /* not AUTO */
    bool no_prefix;
};

enum { ZJ_SM2_FRAME_MAX = 128 }; /* most bytes before the last part, without C2 */

struct zj_sm2_parts {
    size_t c2, c3; /* offsets */
    size_t size;   /* of C2 */
    size_t total;
};

/* Puts C1 and, of ASN1, all that is not C2 or C3 into `out`. `size` is C2's. */
struct zj_sm2_parts zj_sm2_place(struct zj_sm2_form form, const uint8_t c1[ZJ_SM2_POINT], size_t size, uint8_t *out);

/* The same from a ciphertext; false when it does not have that form, to the last byte. */
bool zj_sm2_find(struct zj_sm2_form form, const uint8_t *bytes, size_t size, uint8_t ret_c1[ZJ_SM2_POINT],
                 struct zj_sm2_parts *ret_parts);

/* Most bytes that a ciphertext takes for `size` bytes of body. */
size_t zj_sm2_sealed_size(struct zj_sm2_form form, size_t size);

/*
 * Bodies
 */

/* With a given one-time number. Returns the number of bytes; 0: this number cannot be used, draw another. */
int64_t zj_sm2_seal(struct zj_sm2_key *key, struct zj_sm2_form form, const uint8_t k[ZJ_SM2_NUMBER],
                    const uint8_t *body, size_t size, uint8_t *out, struct zj_source *source);

int64_t zj_sm2_encrypt(struct zj_sm2_key *key, struct zj_sm2_form form, const uint8_t *body, size_t size, uint8_t *out,
                       struct zj_source *source, struct zjiot_error *error);

/* Returns the body's length, or AUTH without more. `layout` may be AUTO; *ret_form is then the one that was found. */
int64_t zj_sm2_decrypt(struct zj_sm2_key *key, struct zj_sm2_form form, const uint8_t *bytes, size_t size, uint8_t *out,
                       struct zj_source *source, struct zj_sm2_form *ret_form);

/* Most bytes of a body in one block; 0: the key is too short. */
size_t zj_rsa_room(const mbedtls_rsa_context *rsa, enum zjiot_rsa_padding padding);

int64_t zj_rsa_encrypt(mbedtls_rsa_context *rsa, enum zjiot_rsa_padding padding, const uint8_t *body, size_t size,
                       uint8_t *out, struct zj_source *source, struct zjiot_error *error);

/* Returns the body's length, or AUTH without more; what it then left in `out` is to be wiped. */
int64_t zj_rsa_decrypt(mbedtls_rsa_context *rsa, enum zjiot_rsa_padding padding, const uint8_t *bytes, size_t size,
                       uint8_t *out, struct zj_source *source);

/*
 * Keys
 */

/* What a struct zjiot_key holds. */
struct zj_key {
    enum zjiot_key_kind kind;
    bool is_private;
    union {
        struct zj_sm2_key sm2;
        mbedtls_pk_context rsa;
    } as;
};

struct zj_key *zj_key(struct zjiot_key *key);
const struct zj_key *zj_key_const(const struct zjiot_key *key);

enum { ZJ_DER_MAX = 6144 }; /* longest DER of a key: RSA of 8192 bits in PKCS#8 takes 4,700 bytes */

/* What the text of a key carries: DER, or SM2's numbers in bytes (as from hex). */
struct zj_key_bytes {
    bool is_der;
    size_t size;
    uint8_t bytes[ZJ_DER_MAX];
};

int zj_key_unwrap(enum zjiot_key_form form, const char *text, size_t size, struct zj_key_bytes *ret_bytes,
                  struct zjiot_report *report, struct zjiot_error *error);

/* The numbers of an SM2 key in DER. */
struct zj_sm2_numbers {
    bool has_d, has_q;
    bool names_curve;
    uint8_t d[ZJ_SM2_NUMBER], q[ZJ_SM2_POINT];
};

int zj_fail_der(struct zjiot_error *error);

/* 0: an SM2 key; UNKNOWN without an error: perhaps an RSA key; else the error is filled. */
int zj_sm2_key_parse(uint8_t *der, size_t size, struct zj_sm2_numbers *ret_numbers, struct zjiot_error *error);

#endif
