/* A hex text that lost a digit: which digit, put back where, makes it a whole frame. */
#include <string.h>

#include "cjt188/cjt188.h"
#include "zjiot/hex.h"

enum {
    DIGITS_MAX = 2 * (ZJIOT_CJT188_FRAME_MAX + ZJIOT_CJT188_PREAMBLE_MAX),
    NO_LAYOUT = 8, /* data that fit no layout are odder than a few odd values */
};

/* Values that are none, or were not provided, in a record that was read. */
static unsigned count_absent(const struct zjiot_record *record, const void *value) {
    struct zj_masks masks;
    unsigned absent = 0;
    memcpy(&masks, value, sizeof masks);
    for (unsigned i = 0; i < record->field_count; i++)
        absent += !(masks.has >> i & 1);
    return absent;
}

static bool try_digit(const char *digits, size_t count, struct zjiot_cjt188_proposal *proposal) {
    char text[DIGITS_MAX];
    uint8_t bytes[DIGITS_MAX / 2];
    struct zjiot_cjt188_message message;
    struct zjiot_report report = {NULL, 0, 0};
    const size_t column = proposal->column;
    memcpy(text, digits, column);
    text[column] = proposal->digit;
    memcpy(text + column + 1, digits + column, count - column);
    const int64_t size = zjiot_hex_read(text, count + 1, bytes, sizeof bytes, NULL);
    if (size < 0 || zjiot_cjt188_decode(bytes, (size_t)size, NULL, &message, &report, NULL, NULL) != 0)
        return false;
    proposal->known = zj_cjt188_is_hy(&message.header);
    proposal->oddities = (message.layout == ZJIOT_LAYOUT_RAW ? NO_LAYOUT : 0) + (unsigned)report.count +
                         count_absent(&zj_cjt188_records[message.type], &message.data);
    return true;
}

static bool is_better(const struct zjiot_cjt188_proposal *one, const struct zjiot_cjt188_proposal *other) {
    if (one->known != other->known)
        return one->known;
    return one->oddities < other->oddities;
}

/* Keeps the best `capacity`, in order; equal ones in the order of their columns. */
static void insert(struct zjiot_cjt188_proposal *proposals, size_t kept, size_t capacity,
                   const struct zjiot_cjt188_proposal *proposal) {
    size_t at = kept;
    while (at > 0 && is_better(proposal, &proposals[at - 1]))
        at--;
    if (at >= capacity)
        return;
    const size_t last = kept < capacity ? kept : capacity - 1;
    memmove(&proposals[at + 1], &proposals[at], (last - at) * sizeof *proposals);
    proposals[at] = *proposal;
}

size_t zjiot_cjt188_propose(const char *digits, size_t count, struct zjiot_cjt188_proposal *proposals,
                            size_t capacity) {
    static const char alphabet[] = "0123456789ABCDEF";
    size_t total = 0;
    if (count % 2 == 0 || count >= DIGITS_MAX)
        return 0;
    for (size_t column = 0; column <= count; column++)
        for (const char *digit = alphabet; *digit != '\0'; digit++) {
            /* Put before or behind its like, a digit makes the same text. */
            const char before = column > 0 ? digits[column - 1] : '\0';
            struct zjiot_cjt188_proposal proposal = {.column = column, .digit = *digit};
            if (before == *digit || (before >= 'a' && before - 'a' + 'A' == *digit) ||
                !try_digit(digits, count, &proposal))
                continue;
            insert(proposals, total < capacity ? total : capacity, capacity, &proposal);
            total++;
        }
    return total;
}
