/* A hex text that lost a digit: which digit, put back where, makes it a whole frame. */
#include <string.h>

#include "cjt188/cjt188.h"
#include "zjiot/hex.h"

enum { DIGITS_MAX = 2 * (ZJIOT_CJT188_FRAME_MAX + ZJIOT_CJT188_PREAMBLE_MAX) };

static bool try_digit(const char *digits, size_t count, size_t column, char digit, bool *ret_known) {
    char text[DIGITS_MAX];
    uint8_t bytes[DIGITS_MAX / 2];
    struct zjiot_cjt188_message message;
    memcpy(text, digits, column);
    text[column] = digit;
    memcpy(text + column + 1, digits + column, count - column);
    const int64_t size = zjiot_hex_read(text, count + 1, bytes, sizeof bytes, NULL);
    if (size < 0 || zjiot_cjt188_decode(bytes, (size_t)size, NULL, &message, NULL, NULL, NULL) != 0)
        return false;
    *ret_known = zj_cjt188_is_hy(&message.header);
    return true;
}

size_t zjiot_cjt188_propose(const char *digits, size_t count, struct zjiot_cjt188_proposal *proposals,
                            size_t capacity) {
    static const char alphabet[] = "0123456789ABCDEF";
    size_t total = 0;
    if (count % 2 == 0 || count >= DIGITS_MAX)
        return 0;
    for (int known_wanted = 1; known_wanted >= 0; known_wanted--)
        for (size_t column = 0; column <= count; column++)
            for (const char *digit = alphabet; *digit != '\0'; digit++) {
                /* Put before or behind its like, a digit makes the same text. */
                const char before = column > 0 ? digits[column - 1] : '\0';
                bool known;
                if (before == *digit || (before >= 'a' && before - 'a' + 'A' == *digit) ||
                    !try_digit(digits, count, column, *digit, &known) || known != (known_wanted == 1))
                    continue;
                if (total < capacity)
                    proposals[total] = (struct zjiot_cjt188_proposal){column, *digit, known};
                total++;
            }
    return total;
}
