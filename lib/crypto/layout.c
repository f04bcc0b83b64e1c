/* Where the parts of an SM2 ciphertext are.
 *
 *   C1C3C2   [04] x y  C3  C2          GB/T 32918.4-2016
 *   C1C2C3   [04] x y  C2  C3          GM/T 0003.4 of 2010
 *   ASN1     SEQUENCE { INTEGER x, INTEGER y, OCTET STRING C3, OCTET STRING C2 }    GM/T 0009
 */
#include <string.h>

#include "crypto/crypto.h"

enum {
    PREFIX = 0x04,
    C1_SIZE = ZJ_SM2_POINT - 1,
    TAG_SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
};

/* Writes tag and length as DER wants them; returns the bytes. */
static size_t put_header(uint8_t *out, unsigned tag, size_t size) {
    size_t count = 0;
    out[count++] = (uint8_t)tag;
    if (size < 0x80) {
        out[count++] = (uint8_t)size;
        return count;
    }
    unsigned length = 1;
    while (length < sizeof(size) && size >> 8 * length != 0)
        length++;
    out[count++] = (uint8_t)(0x80 | length);
    while (length-- > 0)
        out[count++] = (uint8_t)(size >> 8 * length);
    return count;
}

/* An INTEGER as DER wants it: no leading zeros, but one before a high bit. C1 is no secret. */
static size_t put_integer(uint8_t *out, const uint8_t number[ZJ_SM2_NUMBER]) {
    size_t zeros = 0;
    while (zeros < ZJ_SM2_NUMBER - 1 && number[zeros] == 0)
        zeros++;
    const size_t size = ZJ_SM2_NUMBER - zeros;
    const size_t pad = number[zeros] >> 7;
    size_t count = put_header(out, MBEDTLS_ASN1_INTEGER, size + pad);
    if (pad)
        out[count++] = 0;
    memcpy(out + count, number + zeros, size);
    return count + size;
}

static struct zj_sm2_parts place_der(const uint8_t c1[ZJ_SM2_POINT], size_t size, uint8_t *out) {
    uint8_t inner[ZJ_SM2_FRAME_MAX], header[1 + 1 + sizeof(size)];
    size_t count = put_integer(inner, c1 + 1);
    count += put_integer(inner + count, c1 + 1 + ZJ_SM2_NUMBER);
    count += put_header(inner + count, MBEDTLS_ASN1_OCTET_STRING, ZJ_SM3_SIZE);
    const size_t tail = put_header(header, MBEDTLS_ASN1_OCTET_STRING, size);
    const size_t outer = put_header(out, TAG_SEQUENCE, count + ZJ_SM3_SIZE + tail + size);
    const struct zj_sm2_parts parts = {.c3 = outer + count,
                                       .c2 = outer + count + ZJ_SM3_SIZE + tail,
                                       .size = size,
                                       .total = outer + count + ZJ_SM3_SIZE + tail + size};
    memcpy(out + outer, inner, count);
    memcpy(out + parts.c3 + ZJ_SM3_SIZE, header, tail);
    return parts;
}

static size_t c1_size(struct zj_sm2_form form) {
    return form.no_prefix ? C1_SIZE : ZJ_SM2_POINT;
}

static struct zj_sm2_parts plain_parts(struct zj_sm2_form form, size_t size) {
    const size_t start = c1_size(form);
    const bool c3_first = form.layout == ZJIOT_SM2_C1C3C2;
    return (struct zj_sm2_parts){.c3 = c3_first ? start : start + size,
                                 .c2 = c3_first ? start + ZJ_SM3_SIZE : start,
                                 .size = size,
                                 .total = start + ZJ_SM3_SIZE + size};
}

struct zj_sm2_parts zj_sm2_place(struct zj_sm2_form form, const uint8_t c1[ZJ_SM2_POINT], size_t size, uint8_t *out) {
    if (form.layout == ZJIOT_SM2_ASN1)
        return place_der(c1, size, out);
    memcpy(out, form.no_prefix ? c1 + 1 : c1, c1_size(form));
    return plain_parts(form, size);
}

/* An INTEGER that is not negative and has at most 32 bytes, with leading zeros. */
static bool get_number(unsigned char **at, const unsigned char *end, uint8_t ret_number[ZJ_SM2_NUMBER]) {
    size_t size;
    if (mbedtls_asn1_get_tag(at, end, &size, MBEDTLS_ASN1_INTEGER) != 0)
        return false;
    for (; size > ZJ_SM2_NUMBER && **at == 0; size--)
        (*at)++;
    if (size > ZJ_SM2_NUMBER)
        return false;
    memset(ret_number, 0, ZJ_SM2_NUMBER - size);
    memcpy(ret_number + ZJ_SM2_NUMBER - size, *at, size);
    *at += size;
    return true;
}

/* What was found must be what would have been written, byte by byte: DER has one form for each value. */
static bool find_der(const uint8_t *bytes, size_t size, uint8_t ret_c1[ZJ_SM2_POINT], struct zj_sm2_parts *ret_parts) {
    uint8_t frame[2 * ZJ_SM2_FRAME_MAX];
    unsigned char *at = (unsigned char *)(uintptr_t)bytes; /* mbedTLS does not write there */
    const unsigned char *const end = bytes + size;
    size_t length;
    ret_c1[0] = PREFIX;
    if (mbedtls_asn1_get_tag(&at, end, &length, TAG_SEQUENCE) != 0 || !get_number(&at, end, ret_c1 + 1) ||
        !get_number(&at, end, ret_c1 + 1 + ZJ_SM2_NUMBER) ||
        mbedtls_asn1_get_tag(&at, end, &length, MBEDTLS_ASN1_OCTET_STRING) != 0 || length != ZJ_SM3_SIZE)
        return false;
    at += ZJ_SM3_SIZE;
    if (mbedtls_asn1_get_tag(&at, end, &length, MBEDTLS_ASN1_OCTET_STRING) != 0 || length == 0 ||
        length != (size_t)(end - at))
        return false;
    const struct zj_sm2_parts parts = place_der(ret_c1, length, frame);
    const size_t behind = parts.c3 + ZJ_SM3_SIZE;
    *ret_parts = parts;
    return parts.total == size && memcmp(frame, bytes, parts.c3) == 0 &&
           memcmp(frame + behind, bytes + behind, parts.c2 - behind) == 0;
}

bool zj_sm2_find(struct zj_sm2_form form, const uint8_t *bytes, size_t size, uint8_t ret_c1[ZJ_SM2_POINT],
                 struct zj_sm2_parts *ret_parts) {
    if (form.layout == ZJIOT_SM2_ASN1)
        return find_der(bytes, size, ret_c1, ret_parts);
    const size_t least = c1_size(form) + ZJ_SM3_SIZE;
    if (size <= least || (!form.no_prefix && bytes[0] != PREFIX))
        return false;
    ret_c1[0] = PREFIX;
    memcpy(ret_c1 + 1, form.no_prefix ? bytes : bytes + 1, C1_SIZE);
    *ret_parts = plain_parts(form, size - least);
    return true;
}

size_t zj_sm2_sealed_size(struct zj_sm2_form form, size_t size) {
    uint8_t frame[2 * ZJ_SM2_FRAME_MAX], highest[ZJ_SM2_POINT];
    if (form.layout != ZJIOT_SM2_ASN1)
        return plain_parts(form, size).total;
    memset(highest, 0xff, sizeof(highest));
    return place_der(highest, size, frame).total;
}
