/* Encrypted bodies: RSA and SM2 (GB/T 32918.4), the formats rsa and sm2 of document 000.
 *
 * A body is encrypted to bytes and decrypted from bytes; the base64 around them is zjiot/hex.h's. Neither format says
 * who sent a body or when: whoever has the public key can write one, and an old one can be sent again. RSA cuts a body
 * into blocks and does not notice when one is left out. They do not replace TLS.
 *
 * A library that was built without mbedTLS has all these calls; those that can fail say UNKNOWN.
 *
 * Threads: the calls keep no state outside of their arguments. An SM2 key is only read once it is there, and may serve
 * any number of threads at a time. An RSA key serves one thread at a time: give each thread its own with
 * zjiot_key_copy.
 *
 * Timing: nothing in this library branches on a secret or looks one up. The arithmetic is mbedTLS's, which masks it
 * with random numbers. mbedTLS before 2.28.7, and 3.0 to 3.5.1, lets RSA decryption leak through its timing.
 */
#ifndef ZJIOT_CRYPTO_H
#define ZJIOT_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ZJIOT_BODY_MAX = 1 << 22,   /* longest body that is encrypted, in bytes */
    ZJIOT_SEALED_MAX = 1 << 24, /* longest encrypted body */
    ZJIOT_RSA_BITS_MIN = 512,   /* keys that are taken; below ZJIOT_RSA_BITS_SAFE they are reported */
    ZJIOT_RSA_BITS_SAFE = 2048,
    ZJIOT_RSA_BITS_MADE = 1024, /* least that is made */
    ZJIOT_RSA_BITS_MAX = 8192,
    ZJIOT_KEY_TEXT_MAX = 1 << 16, /* longest text of a key */
    ZJIOT_KEY_PEM_MAX = 8192,     /* room for any key as zjiot_key_write writes it */
    ZJIOT_KEY_SIZE = 1024,
};

/* Where random bytes come from. `fill` writes `size` bytes and returns 0; anything else fails the call that asked, with
 * RANDOM. They must be fit for keys, and differ in a forked child. A fill of NULL stands for getrandom(2). */
struct zjiot_random {
    int (*fill)(void *context, uint8_t *bytes, size_t size);
    void *context;
};

/*
 * Keys
 */

enum zjiot_key_kind { ZJIOT_KEY_NONE, ZJIOT_KEY_RSA, ZJIOT_KEY_SM2 };

/* How a key is written down. */
enum zjiot_key_form {
    ZJIOT_KEY_ANY,    /* the first that fits: PEM, hex, DER, base64 */
    ZJIOT_KEY_PEM,    /* the first block that is a key; PKCS#8, SPKI, PKCS#1, SEC1 (EC or SM2 PRIVATE KEY) */
    ZJIOT_KEY_HEX,    /* SM2: d in 64 digits, or 66 from 00; the point Q in 130 from 04, or 128 */
    ZJIOT_KEY_BASE64, /* DER in base64, with or without line breaks */
    ZJIOT_KEY_DER,    /* what PEM carries, in bytes */
};

/* A key in the caller's storage; its contents are the library's own. It must stay where it is. Behind it stands memory
 * of mbedTLS's, until zjiot_key_free. */
struct zjiot_key {
    union {
        unsigned char bytes[ZJIOT_KEY_SIZE];
        uint64_t number;
        void *pointer;
    } own;
};

/* Reads and checks a key: of SM2 d in 1..n-2, Q on the curve, Q = dG when both are given; of RSA that its numbers fit
 * each other. A private key also serves as its public one. `text` is of `size` bytes, need not be terminated and is not
 * kept; wiping it is the caller's. `random` (NULL: getrandom) is used in the call only. `report` may be NULL.
 * Reported: RANGE: RSA below ZJIOT_RSA_BITS_SAFE; MISSING: base64 without padding, or SEC1 that names no curve.
 * Returns 0. SYNTAX: `text` has none of the forms, or not the one asked for; LENGTH: longer than ZJIOT_KEY_TEXT_MAX;
 * UNKNOWN: a key, but under a pass phrase, or of another kind, curve or size; RANGE: the numbers are no valid key;
 * RANDOM; NOMEM: mbedTLS got no memory. On failure there is nothing to free. */
ZJIOT_API int zjiot_key_read(struct zjiot_key *ret_key, enum zjiot_key_form form, const void *text, size_t size,
                             const struct zjiot_random *random, struct zjiot_report *report,
                             struct zjiot_error *reterr_error);

/* Makes a new private key. RSA: `bits` is ZJIOT_RSA_BITS_MADE to ZJIOT_RSA_BITS_MAX and even; 4096 take seconds. SM2:
 * `bits` is 0 or 256. Returns 0. ARG: another kind or number of bits; RANDOM; NOMEM. */
ZJIOT_API int zjiot_key_generate(struct zjiot_key *ret_key, enum zjiot_key_kind kind, unsigned bits,
                                 const struct zjiot_random *random, struct zjiot_error *reterr_error);

/* Writes PEM with a NUL: the private key (SM2: PKCS#8, RSA: PKCS#1), or the public one (SPKI). ZJIOT_KEY_PEM_MAX is
 * always room enough. Returns the length without the NUL. ARG: no key; MISSING: no private key; SPACE; NOMEM. */
ZJIOT_API int64_t zjiot_key_write(struct zjiot_key *key, bool with_private, char *text, size_t capacity,
                                  struct zjiot_error *reterr_error);

/* The same key once more, for another thread. `key` must not be in use meanwhile. Returns 0. ARG: no key; RANDOM;
 * NOMEM. */
ZJIOT_API int zjiot_key_copy(struct zjiot_key *ret_copy, struct zjiot_key *key, const struct zjiot_random *random,
                             struct zjiot_error *reterr_error);

/* Wipes the key and gives its memory back; it is then of kind NONE. A key of zeros is left alone. */
ZJIOT_API void zjiot_key_free(struct zjiot_key *key);

/* What a key is; NONE for one of zeros. */
ZJIOT_API enum zjiot_key_kind zjiot_key_kind(const struct zjiot_key *key);

/* Bits of the RSA modulus; 256 for SM2. */
ZJIOT_API unsigned zjiot_key_bits(const struct zjiot_key *key);

ZJIOT_API bool zjiot_key_is_private(const struct zjiot_key *key);

/*
 * Bodies
 */

/* The parts of an SM2 ciphertext: C1 the one-time point, C2 the text, C3 the hash. */
enum zjiot_sm2_layout {
    ZJIOT_SM2_C1C3C2, /* today's standard; hutool, BouncyCastle from 1.65 in mode C1C3C2 */
    ZJIOT_SM2_C1C2C3, /* the standard of 2010; BouncyCastle's default */
    ZJIOT_SM2_ASN1,   /* DER, GM/T 0009; OpenSSL, GmSSL */
    ZJIOT_SM2_AUTO,   /* reads any of them, with or without the 04; writes C1C3C2 */
};

enum zjiot_rsa_padding {
    ZJIOT_RSA_PKCS1,       /* PKCS#1 v1.5, block type 2 */
    ZJIOT_RSA_OAEP_SHA1,   /* MGF1 with the same hash, empty label */
    ZJIOT_RSA_OAEP_SHA256, /* likewise; Java's default for this name has MGF1 with SHA-1 and cannot be read */
    ZJIOT_RSA_PKCS1_TYPE1, /* "encrypted with the private key", v1.5, block type 1: anyone with the public key reads
                              it. No secrecy; it shows that the sender has the private key, no more */
};

/* How bodies are encrypted and decrypted, and with which keys; members that are 0 are the usual choice. The keys must
 * outlive it; one that is not needed may be NULL. Only type 1 writes with the private key and reads with the public
 * one. */
struct zjiot_cipher {
    enum zjiot_key_kind kind;      /* RSA or SM2; the keys are of it */
    struct zjiot_key *public_key;  /* writes; a private key will do too */
    struct zjiot_key *private_key; /* reads */
    enum zjiot_sm2_layout sm2_layout;
    bool sm2_no_prefix; /* C1 has no 04 before it (not in ASN1); hutool cannot read one in 256 of these */
    enum zjiot_rsa_padding rsa_padding;
    struct zjiot_random random;
};

/* Room that encrypting a body of `size` bytes needs; ASN1 may then take a few bytes less. 0: the key is missing or
 * does not fit, the size is 0 or above ZJIOT_BODY_MAX, or the result would be above ZJIOT_SEALED_MAX. */
ZJIOT_API size_t zjiot_encrypted_size(const struct zjiot_cipher *cipher, size_t size);

/* Encrypts a body of 1 to ZJIOT_BODY_MAX bytes; RSA cuts it into blocks. `out` may not overlap `body`.
 * Returns the number of bytes. ARG: the cipher's members are out of range, a key is of another kind or too short for
 * the padding; MISSING: the key is not there, or is not private and would have to be; LENGTH: `size` is 0 or too long;
 * SPACE: `capacity` is below zjiot_encrypted_size; RANDOM; NOMEM. On failure nothing of the body is left in `out`. */
ZJIOT_API int64_t zjiot_encrypt(const struct zjiot_cipher *cipher, const void *body, size_t size, uint8_t *out,
                                size_t capacity, struct zjiot_error *reterr_error);

/* Decrypts. `out` has room for `size` bytes at least, whatever the body's length, and may not overlap `bytes`.
 * `report` may be NULL; under AUTO it gets ORDER for C1C2C3 and MISSING for no 04. Returns the body's length.
 * ARG, MISSING: as above; SPACE: `capacity` is below `size`; RANDOM; AUTH: anything else, always with the same words
 * and at no place: whoever learns more than that may use it to read bodies. For the same reason answer a body that is
 * no JSON like one that failed here. On failure nothing of the body is left in `out`. */
ZJIOT_API int64_t zjiot_decrypt(const struct zjiot_cipher *cipher, const uint8_t *bytes, size_t size, void *out,
                                size_t capacity, struct zjiot_report *report, struct zjiot_error *reterr_error);

#ifdef __cplusplus
}
#endif
#endif
