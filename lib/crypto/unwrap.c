/* From the text of a key to its bytes. Text that may be a secret is looked at by arithmetic alone: no branch and no
 * table asks which letter it is, only whether it is a blank, a hyphen or a padding sign. */
#include <string.h>

#include "base/base.h"
#include "crypto/crypto.h"

enum {
    LINE = 64, /* letters that are decoded at a time */
    LINE_BYTES = LINE / 4 * 3,
    LABEL_SIZE = 32,
    DER_START = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
};

/* 1 when `letter` is in `first` to `last`, else 0. */
static uint32_t is_in(uint8_t letter, uint8_t first, uint8_t last) {
    return (((uint32_t)letter - first) >> 31 ^ 1) & (((uint32_t)last - letter) >> 31 ^ 1);
}

/* Blanks are ' ', tab, line feed, carriage return. */
static bool is_blank(char letter) {
    const uint8_t at = (uint8_t)letter;
    uint32_t blank = is_in(at, ' ', ' ') | is_in(at, '\t', '\n') | is_in(at, '\r', '\r');
    ZJ_PUBLIC(blank);
    return blank;
}

static bool is_letter(char letter, char wanted) {
    uint32_t is = is_in((uint8_t)letter, (uint8_t)wanted, (uint8_t)wanted);
    ZJ_PUBLIC(is);
    return is;
}

/*
 * Hex
 */

/* Reads hex digits, up to ZJ_SM2_POINT bytes of them. Returns their number, 0 when it is no hex text. */
static size_t read_digits(const char *text, size_t size, uint8_t bytes[ZJ_SM2_POINT]) {
    uint32_t bad = 0;
    size_t count = 0;
    memset(bytes, 0, ZJ_SM2_POINT);
    for (size_t i = 0; i < size; i++) {
        if (is_blank(text[i]))
            continue;
        if (count == 2 * (size_t)ZJ_SM2_POINT)
            return 0;
        const uint8_t letter = (uint8_t)text[i], small = letter | 0x20;
        const uint32_t digit = is_in(letter, '0', '9'), hex = is_in(small, 'a', 'f');
        const uint32_t value = ((0u - digit) & ((uint32_t)letter - '0')) | ((0u - hex) & ((uint32_t)small - 'a' + 10u));
        bad |= 1 ^ (digit | hex);
        bytes[count / 2] = (uint8_t)((uint32_t)bytes[count / 2] << 4 | value);
        count++;
    }
    ZJ_PUBLIC(bad);
    return bad ? 0 : count;
}

static bool unwrap_hex(const char *text, size_t size, struct zj_key_bytes *ret_bytes) {
    const size_t digits = read_digits(text, size, ret_bytes->bytes);
    ret_bytes->is_der = false;
    ret_bytes->size = digits / 2;
    return digits == 2 * ZJ_SM2_NUMBER || digits == 2 * ZJ_SM2_NUMBER + 2 || digits == 2 * ZJ_SM2_POINT - 2 ||
           digits == 2 * ZJ_SM2_POINT;
}

/*
 * Base64: mbedTLS's decoder, which keeps to arithmetic too. Up to 2.28.3 it loses data without a word when letters are
 * missing at the end, so it gets full groups only.
 */

struct letters {
    char line[LINE];
    size_t held;
    bool is_last; /* the line before was not full: nothing may follow */
    struct zj_key_bytes *bytes;
};

static bool decode_line(struct letters *letters) {
    struct zj_key_bytes *const bytes = letters->bytes;
    size_t count = 0;
    if (letters->held == 0)
        return true;
    if (letters->is_last || mbedtls_base64_decode(bytes->bytes + bytes->size, sizeof(bytes->bytes) - bytes->size,
                                                  &count, (const unsigned char *)letters->line, letters->held) != 0)
        return false;
    letters->is_last = count < LINE_BYTES;
    letters->held = 0;
    bytes->size += count;
    return true;
}

/* Reads letters until the end or a hyphen; returns where, NULL when they are no base64. */
static const char *read_letters(const char *at, const char *end, struct letters *letters, bool *ret_padded) {
    for (; at < end && !is_letter(*at, '-'); at++) {
        if (is_blank(*at))
            continue;
        if (letters->held == LINE && !decode_line(letters))
            return NULL;
        letters->line[letters->held++] = *at;
    }
    *ret_padded = letters->held % 4 < 2; /* 1 is beyond help: the decoder says so */
    while (!*ret_padded && letters->held % 4 != 0)
        letters->line[letters->held++] = '=';
    return letters->held % 4 == 0 && decode_line(letters) ? at : NULL;
}

static const char *decode(const char *text, const char *end, struct zj_key_bytes *ret_bytes,
                          struct zjiot_report *report) {
    struct letters letters = {.bytes = ret_bytes};
    bool is_padded = true;
    ret_bytes->is_der = true;
    ret_bytes->size = 0;
    const char *const at = read_letters(text, end, &letters, &is_padded);
    mbedtls_platform_zeroize(&letters, sizeof(letters));
    if (at && !is_padded)
        zj_report(report, ZJIOT_MISSING, (size_t)(at - text), "key",
                  "no or too few =", "= up to a multiple of four letters");
    return at;
}

static bool unwrap_base64(const char *text, size_t size, struct zj_key_bytes *ret_bytes, struct zjiot_report *report) {
    return decode(text, text + size, ret_bytes, report) == text + size && ret_bytes->size > 0;
}

/*
 * PEM (RFC 7468)
 */

static const char begin[] = "-----BEGIN ", dashes[] = "-----", finish[] = "-----END ";

static bool starts_with(const char *at, const char *end, const char *word) {
    const size_t size = strlen(word);
    for (size_t i = 0; i < size; i++) {
        if (at + i == end || !is_letter(at[i], word[i]))
            return false;
    }
    return true;
}

static const char *find(const char *at, const char *end, const char *word) {
    while (at < end && !starts_with(at, end, word))
        at++;
    return at < end ? at : NULL;
}

static bool is_key_label(const char *label) {
    static const char *const labels[] = {"PRIVATE KEY",    "PUBLIC KEY",     "RSA PRIVATE KEY",
                                         "RSA PUBLIC KEY", "EC PRIVATE KEY", "SM2 PRIVATE KEY"};
    for (size_t i = 0; i < ZJ_COUNT(labels); i++) {
        if (strcmp(label, labels[i]) == 0)
            return true;
    }
    return false;
}

static int fail_pem(struct zjiot_error *error, const char *text, const char *at) {
    return zj_fail_at(error, ZJIOT_SYNTAX, (size_t)(at - text), "key", "this is no whole block of PEM");
}

/* Takes the first block with the label of a key. */
static int unwrap_pem(const char *text, size_t size, struct zj_key_bytes *ret_bytes, struct zjiot_report *report,
                      struct zjiot_error *error) {
    const char *const end = text + size;
    char label[LABEL_SIZE] = "";
    const char *at = text;
    while ((at = find(at, end, begin)) != NULL) {
        const char *const name = at + strlen(begin);
        const char *const behind = find(name, end, dashes);
        if (!behind || behind - name >= LABEL_SIZE)
            return fail_pem(error, text, at);
        memcpy(label, name, (size_t)(behind - name));
        label[behind - name] = '\0';
        at = behind + strlen(dashes);
        while (at < end && is_blank(*at))
            at++;
        if (strcmp(label, "ENCRYPTED PRIVATE KEY") == 0 || starts_with(at, end, "Proc-Type:"))
            return zj_fail_at(error, ZJIOT_UNKNOWN, 0, "key", "the key is under a pass phrase; take that away first");
        if (!is_key_label(label))
            continue;
        const char *const last = decode(at, end, ret_bytes, report);
        if (!last || !starts_with(last, end, finish) || !starts_with(last + strlen(finish), end, label))
            return fail_pem(error, text, at);
        return 0;
    }
    if (label[0] != '\0')
        return zj_fail_at(error, ZJIOT_UNKNOWN, 0, "key", "PEM without a key in it");
    return fail_pem(error, text, text);
}

/*
 * Any
 */

static bool unwrap_der(const char *text, size_t size, struct zj_key_bytes *ret_bytes) {
    unsigned char *at = (unsigned char *)(uintptr_t)text; /* mbedTLS does not write there */
    size_t length;
    if (size == 0 || size > sizeof(ret_bytes->bytes) ||
        mbedtls_asn1_get_tag(&at, (const unsigned char *)text + size, &length, DER_START) != 0 ||
        length != size - (size_t)((const char *)at - text))
        return false;
    ret_bytes->is_der = true;
    ret_bytes->size = size;
    memcpy(ret_bytes->bytes, text, size);
    return true;
}

int zj_key_unwrap(enum zjiot_key_form form, const char *text, size_t size, struct zj_key_bytes *ret_bytes,
                  struct zjiot_report *report, struct zjiot_error *error) {
    const bool is_any = form == ZJIOT_KEY_ANY;
    if (size > ZJIOT_KEY_TEXT_MAX)
        return zj_fail_at(error, ZJIOT_LENGTH, ZJIOT_KEY_TEXT_MAX, "key", "a key has at most %d bytes of text",
                          (int)ZJIOT_KEY_TEXT_MAX);
    if (form == ZJIOT_KEY_PEM || (is_any && find(text, text + size, begin)))
        return unwrap_pem(text, size, ret_bytes, report, error);
    if (((is_any || form == ZJIOT_KEY_HEX) && unwrap_hex(text, size, ret_bytes)) ||
        ((is_any || form == ZJIOT_KEY_DER) && unwrap_der(text, size, ret_bytes)) ||
        ((is_any || form == ZJIOT_KEY_BASE64) && unwrap_base64(text, size, ret_bytes, report)))
        return 0;
    return zj_fail_at(error, ZJIOT_SYNTAX, 0, "key", "this is no key in %s",
                      is_any                     ? "PEM, hex, DER or base64"
                      : form == ZJIOT_KEY_HEX    ? "hex: 64, 66, 128 or 130 digits"
                      : form == ZJIOT_KEY_DER    ? "DER"
                      : form == ZJIOT_KEY_BASE64 ? "base64"
                                                 : "any form there is");
}
