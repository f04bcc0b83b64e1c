/* SM2 keys in DER, whose curve mbedTLS's own key parser does not know: SPKI (RFC 5280), PKCS#8 (RFC 5958), SEC1
 * (RFC 5915). The curve is named, or spelled out number by number (SEC1, C.2), or missing. */
#include <string.h>

#include "base/base.h"
#include "crypto/crypto.h"

enum {
    SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
    PARAMETERS = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0,
    PUBLIC_KEY = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 1,
};

/* A piece of DER. */
struct piece {
    unsigned char *at, *end;
};

/* Steps over the next value when it has this tag; *ret_inner is what it holds. */
static bool take(struct piece *piece, int tag, struct piece *ret_inner) {
    unsigned char *at = piece->at;
    size_t size;
    if (mbedtls_asn1_get_tag(&at, piece->end, &size, tag) != 0)
        return false;
    *ret_inner = (struct piece){at, at + size};
    piece->at = at + size;
    return true;
}

static size_t size_of(const struct piece *piece) {
    return (size_t)(piece->end - piece->at);
}

static bool is(const struct piece *piece, const void *bytes, size_t size) {
    return size_of(piece) == size && memcmp(piece->at, bytes, size) == 0;
}

static bool take_number(struct piece *piece, int *ret_number) {
    return mbedtls_asn1_get_int(&piece->at, piece->end, ret_number) == 0;
}

/* A BIT STRING of whole bytes that is a point. */
static bool take_point(struct piece *piece, uint8_t ret_point[ZJ_SM2_POINT]) {
    struct piece bits;
    if (!take(piece, MBEDTLS_ASN1_BIT_STRING, &bits) || size_of(&bits) != 1 + ZJ_SM2_POINT || bits.at[0] != 0)
        return false;
    memcpy(ret_point, bits.at + 1, ZJ_SM2_POINT);
    return true;
}

/* p and n, whose high bit is set */
static bool take_modulus(struct piece *piece, const uint8_t modulus[ZJ_SM2_NUMBER]) {
    struct piece inner;
    return take(piece, MBEDTLS_ASN1_INTEGER, &inner) && size_of(&inner) == 1 + ZJ_SM2_NUMBER && inner.at[0] == 0 &&
           memcmp(inner.at + 1, modulus, ZJ_SM2_NUMBER) == 0;
}

/* The curve spelled out: version, field, a and b, base, order, and a cofactor that may be missing. */
static bool is_spelled_out(struct piece domain) {
    static const unsigned char prime_field[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01, 0x01};
    struct piece field, kind, curve, a, b, base;
    int version, cofactor = 1;
    return take_number(&domain, &version) && take(&domain, SEQUENCE, &field) && take(&field, MBEDTLS_ASN1_OID, &kind) &&
           is(&kind, prime_field, sizeof(prime_field)) && take_modulus(&field, zj_sm2_curve.p) &&
           take(&domain, SEQUENCE, &curve) && take(&curve, MBEDTLS_ASN1_OCTET_STRING, &a) &&
           is(&a, zj_sm2_curve.a, ZJ_SM2_NUMBER) && take(&curve, MBEDTLS_ASN1_OCTET_STRING, &b) &&
           is(&b, zj_sm2_curve.b, ZJ_SM2_NUMBER) && take(&domain, MBEDTLS_ASN1_OCTET_STRING, &base) &&
           is(&base, zj_sm2_curve.g, ZJ_SM2_POINT) && take_modulus(&domain, zj_sm2_curve.n) &&
           (size_of(&domain) == 0 || take_number(&domain, &cofactor)) && cofactor == 1 && size_of(&domain) == 0;
}

/* Whether the parameters name or spell out SM2's curve. */
static bool is_sm2(struct piece *parameters) {
    static const unsigned char sm2p256v1[] = {0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d};
    struct piece inner;
    if (take(parameters, MBEDTLS_ASN1_OID, &inner))
        return is(&inner, sm2p256v1, sizeof(sm2p256v1));
    return take(parameters, SEQUENCE, &inner) && is_spelled_out(inner);
}

static int fail_curve(struct zjiot_error *error) {
    return zj_fail_at(error, ZJIOT_UNKNOWN, 0, "key", "the key is on another curve than sm2p256v1");
}

/* d: 32 bytes, from some writers fewer without their zeros, or one 0 more. */
static bool read_d(const struct piece *octets, uint8_t ret_d[ZJ_SM2_NUMBER]) {
    size_t size = size_of(octets);
    const unsigned char *at = octets->at;
    if (size == ZJ_SM2_NUMBER + 1) {
        uint8_t first = *at;
        ZJ_PUBLIC(first);
        if (first != 0)
            return false;
        at++;
        size--;
    }
    if (size == 0 || size > ZJ_SM2_NUMBER)
        return false;
    memset(ret_d, 0, ZJ_SM2_NUMBER - size);
    memcpy(ret_d + ZJ_SM2_NUMBER - size, at, size);
    return true;
}

/* What stands behind the version of SEC1's ECPrivateKey. */
static int parse_sec1(struct piece *key, struct zj_sm2_numbers *numbers, struct zjiot_error *error) {
    struct piece octets, parameters, point;
    if (!take(key, MBEDTLS_ASN1_OCTET_STRING, &octets) || !read_d(&octets, numbers->d))
        return zj_fail_der(error);
    numbers->has_d = true;
    if (take(key, PARAMETERS, &parameters)) {
        if (!is_sm2(&parameters))
            return fail_curve(error);
        numbers->names_curve = true;
    }
    if (take(key, PUBLIC_KEY, &point)) {
        if (!take_point(&point, numbers->q))
            return zj_fail_der(error);
        numbers->has_q = true;
    }
    return size_of(key) == 0 ? 0 : zj_fail_der(error);
}

/* An AlgorithmIdentifier: UNKNOWN without an error when it is RSA's. */
static int parse_algorithm(struct piece *algorithm, struct zj_sm2_numbers *numbers, struct zjiot_error *error) {
    struct piece kind;
    if (!take(algorithm, MBEDTLS_ASN1_OID, &kind))
        return zj_fail_der(error);
    if (is(&kind, MBEDTLS_OID_PKCS1_RSA, MBEDTLS_OID_SIZE(MBEDTLS_OID_PKCS1_RSA)))
        return ZJIOT_UNKNOWN;
    if (!is(&kind, MBEDTLS_OID_EC_ALG_UNRESTRICTED, MBEDTLS_OID_SIZE(MBEDTLS_OID_EC_ALG_UNRESTRICTED)))
        return zj_fail_at(error, ZJIOT_UNKNOWN, 0, "key", "the key is neither for RSA nor for SM2");
    numbers->names_curve = is_sm2(algorithm);
    return numbers->names_curve ? 0 : fail_curve(error);
}

/* PKCS#8 behind its version. */
static int parse_pkcs8(struct piece *algorithm, struct piece *rest, struct zj_sm2_numbers *numbers,
                       struct zjiot_error *error) {
    struct piece octets, inner;
    int version;
    const int status = parse_algorithm(algorithm, numbers, error);
    if (status < 0)
        return status;
    if (!take(rest, MBEDTLS_ASN1_OCTET_STRING, &octets) || !take(&octets, SEQUENCE, &inner) || size_of(&octets) != 0 ||
        !take_number(&inner, &version) || version != 1)
        return zj_fail_der(error);
    return parse_sec1(&inner, numbers, error);
}

int zj_sm2_key_parse(uint8_t *der, size_t size, struct zj_sm2_numbers *ret_numbers, struct zjiot_error *error) {
    struct piece whole = {der, der + size}, key, algorithm, next;
    struct zj_sm2_numbers *const numbers = ret_numbers;
    int version;
    *numbers = (struct zj_sm2_numbers){.has_d = false};
    if (!take(&whole, SEQUENCE, &key) || size_of(&whole) != 0)
        return zj_fail_der(error);
    if (take(&key, SEQUENCE, &algorithm)) { /* SPKI */
        const int status = parse_algorithm(&algorithm, numbers, error);
        if (status < 0)
            return status;
        numbers->has_q = take_point(&key, numbers->q);
        return numbers->has_q && size_of(&key) == 0 ? 0 : zj_fail_der(error);
    }
    struct piece integer = key;
    if (!take(&integer, MBEDTLS_ASN1_INTEGER, &next))
        return zj_fail_der(error);
    if (size_of(&next) > 1) /* the modulus of PKCS#1 */
        return ZJIOT_UNKNOWN;
    if (!take_number(&key, &version))
        return zj_fail_der(error);
    next = key;
    if (take(&next, SEQUENCE, &algorithm))
        return parse_pkcs8(&algorithm, &next, numbers, error);
    if (version == 1 && key.at < key.end && *key.at == MBEDTLS_ASN1_OCTET_STRING)
        return parse_sec1(&key, numbers, error);
    return ZJIOT_UNKNOWN;
}
