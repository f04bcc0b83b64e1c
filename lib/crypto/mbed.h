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

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define MBEDTLS_PRIVATE(member) member
#define ZJ_MBED_MODE(mode) (mode), /* an argument that 3.x no longer has */
#define ZJ_MBED_HASH(type) ((int)(type))
#else
#define ZJ_MBED_MODE(mode)
#define ZJ_MBED_HASH(type) (type)
#endif

#endif
