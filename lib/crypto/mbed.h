/* mbedTLS 2.28 and 3.x, with the names of 3.x. */
#ifndef ZJ_MBED_H
#define ZJ_MBED_H

#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "mbedTLS 4 hides the curve arithmetic that SM2 needs: build with 2.28 or 3.x, or with -Dcrypto=disabled"
#endif

#include <mbedtls/asn1.h>
#include <mbedtls/base64.h>
#include <mbedtls/bignum.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>

/* The calls that have lost or gained an argument. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000

#define MBEDTLS_PRIVATE(member) member

#define zj_mbed_set_padding(rsa, padding, hash) mbedtls_rsa_set_padding(rsa, padding, (int)(hash))
#define zj_mbed_encrypt(rsa, draw, source, size, in, out)                                                              \
    mbedtls_rsa_pkcs1_encrypt(rsa, draw, source, MBEDTLS_RSA_PUBLIC, size, in, out)
#define zj_mbed_decrypt(rsa, draw, source, size, in, out, room)                                                        \
    mbedtls_rsa_pkcs1_decrypt(rsa, draw, source, MBEDTLS_RSA_PRIVATE, size, in, out, room)
#define zj_mbed_parse_key(pk, der, size, draw, source) mbedtls_pk_parse_key(pk, der, size, NULL, 0)

#else

#define zj_mbed_set_padding mbedtls_rsa_set_padding
#define zj_mbed_encrypt mbedtls_rsa_pkcs1_encrypt
#define zj_mbed_decrypt mbedtls_rsa_pkcs1_decrypt
#define zj_mbed_parse_key(pk, der, size, draw, source) mbedtls_pk_parse_key(pk, der, size, NULL, 0, draw, source)

#endif

#endif
