/* Hex text as people write it, and base64. */
#ifndef ZJIOT_HEX_H
#define ZJIOT_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads hex text in any usual spelling into bytes: fffe, FF FE, ff:fe, ff-fe, 0xff,0xfe, \xff\xfe, ff fe | 05,
 * { 0xFF, 0xFE }; a one-digit byte only after 0x. `text` need not be terminated. `out` and `text` may be the same
 * memory. Writes at most `capacity` bytes; size/2 are always enough.
 * Returns the number of bytes. SYNTAX: a letter that is no hex digit (offset = its column from 0); LENGTH: a
 * run with an odd number of digits (offset = where the run ends); SPACE: `capacity` is too small. On failure the
 * contents of `out` are unspecified. */
ZJIOT_API int64_t zjiot_hex_read(const char *text, size_t size, uint8_t *out, size_t capacity,
                                 struct zjiot_error *reterr_error);

/* Writes 2 * size lower-case digits and a NUL; `text` has room for 2 * size + 1. Returns 2 * size. */
ZJIOT_API size_t zjiot_hex_write(const uint8_t *bytes, size_t size, char *text);

/* Bytes that base64 of `size` bytes takes, without a NUL. */
#define ZJIOT_BASE64_SIZE(size) (((size) + 2) / 3 * 4)

/* RFC 4648 base64 with padding. Returns the number of characters, no NUL is written. SPACE: `capacity` is below
 * ZJIOT_BASE64_SIZE(size). */
ZJIOT_API int64_t zjiot_base64_write(const uint8_t *bytes, size_t size, char *text, size_t capacity,
                                     struct zjiot_error *reterr_error);

/* Reads base64. Strict (lenient = false): RFC 4648 section 4, padding required, unused bits zero, nothing else.
 * Lenient: missing padding, line breaks and blanks, and the letters - and _ are taken, each kind reported once in
 * `report` (may be NULL) with path "". Returns the number of bytes. SYNTAX: a character outside the alphabet;
 * LENGTH: the count of characters cannot be; CONST: unused bits are not zero (strict; lenient reports it);
 * SPACE: `capacity` is too small (size / 4 * 3 + 3 is always enough). `out` may not overlap `text`. On failure the
 * contents of `out` are unspecified and nothing is reported. */
ZJIOT_API int64_t zjiot_base64_read(const char *text, size_t size, bool lenient, uint8_t *out, size_t capacity,
                                    struct zjiot_report *report, struct zjiot_error *reterr_error);

#ifdef __cplusplus
}
#endif
#endif
