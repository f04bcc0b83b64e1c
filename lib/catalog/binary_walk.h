/* The walk over the rows of a binary record. It is inlined into one function a record (the last pass of tables.inc),
 * where the compiler knows every row: what reads like an interpreter becomes straight code. */
#ifndef ZJ_BINARY_WALK_H
#define ZJ_BINARY_WALK_H

#include <string.h>

#include "catalog/catalog.h"

#if defined(__GNUC__)
#define ZJ_INLINE static inline __attribute__((always_inline))
#else
#define ZJ_INLINE static inline
#endif

/* The rows that are more than a number with a range, in binary_reader.c. `offset` is where `at` stands in the input. */
int zj_read_special(struct zj_reader *reader, const struct zjiot_field *field, int64_t number, size_t offset,
                    void *member);
int zj_out_of_range(struct zj_reader *reader, const struct zjiot_field *field, int64_t number, size_t offset);
int zj_read_bcd(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t offset,
                struct zj_masks *masks, uint64_t bit, void *member);
int zj_read_quantity(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t offset,
                     struct zj_masks *masks, uint64_t bit, void *member);
int zj_read_clock(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t offset,
                  struct zj_masks *masks, uint64_t bit, void *member);
int zj_read_digits(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t offset,
                   void *member);
int zj_read_part(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t offset,
                 void *member);

/* Spelled out: the compiler makes one load of it. */
ZJ_INLINE uint32_t zj_load2(const uint8_t *at, bool high_first) {
    return high_first ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

ZJ_INLINE uint32_t zj_load4(const uint8_t *at, bool high_first) {
    return high_first ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
                      : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

ZJ_INLINE int64_t zj_load(const uint8_t *at, unsigned size, bool high_first) {
    int64_t number = 0;
    if (size == 2)
        return zj_load2(at, high_first);
    if (size == 3)
        return high_first ? zj_load2(at, true) << 8 | at[2] : (uint32_t)at[2] << 16 | zj_load2(at, false);
    if (size == 4)
        return zj_load4(at, high_first);
    for (unsigned i = 0; i < size; i++)
        number |= (int64_t)at[i] << 8 * (high_first ? size - 1 - i : i);
    return number;
}

ZJ_INLINE int zj_read_number(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at,
                             size_t offset, void *member) {
    const int64_t number = zj_load(at, field->size, field->wire == ZJIOT_WIRE_UINT_BE);
    if (field->set != NULL || (field->flags & ZJIOT_FIELD_SIGNED))
        return zj_read_special(reader, field, number, offset, member);
    if (field->kind == ZJIOT_REAL)
        *(double *)member = zj_real_value(field, number);
    else
        *(int64_t *)member = number;
    if (ZJ_UNLIKELY(number < field->min || number > field->max))
        return zj_out_of_range(reader, field, number, offset);
    return 0;
}

/* Digits of 4 bytes at most whose first nibble is no sign and that are not all 9, which would say that there is no
 * value. */
ZJ_INLINE bool zj_quick_bcd(const struct zj_reader *reader, const uint8_t *at, unsigned size, int64_t *ret_number) {
    const uint32_t fill = 0x99999999 >> (32 - 8 * size);
    const uint32_t packed = (uint32_t)(reader->bcd_high_first ? zj_load(at, size, true) : zj_load(at, size, false));
    uint32_t number;
    if (packed == fill || !zj_bcd_value4(packed, &number))
        return false;
    *ret_number = number;
    return true;
}

/* BCD and quantities, most of which are plain numbers with a unit that belongs. */
ZJ_INLINE int zj_read_digit_pairs(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at,
                                  size_t offset, struct zj_masks *masks, uint64_t bit, void *member) {
    int64_t number;
    if (ZJ_UNLIKELY(!zj_quick_bcd(reader, at, field->size, &number) || number < field->min || number > field->max))
        return zj_read_bcd(reader, field, at, offset, masks, bit, member);
    *(double *)member = zj_real_value(field, number);
    return 0;
}

ZJ_INLINE int zj_read_measured(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at,
                               size_t offset, struct zj_masks *masks, uint64_t bit, void *member) {
    const bool unit_first = reader->unit_first;
    const struct zjiot_unit *unit = zj_unit_find(at[unit_first ? 0 : field->size - 1]);
    int64_t number;
    if (ZJ_UNLIKELY(!zj_unit_belongs(field, unit) || !zj_quick_bcd(reader, at + unit_first, field->size - 1u, &number)))
        return zj_read_quantity(reader, field, at, offset, masks, bit, member);
    *(struct zjiot_quantity *)member =
        (struct zjiot_quantity){zj_decimal_value(number, unit->exponent - field->decimals), unit->code};
    return 0;
}

ZJ_INLINE int zj_read_field(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t left,
                            size_t offset, struct zj_masks *masks, uint64_t bit, void *member) {
    switch (field->wire) {
    case ZJIOT_WIRE_UINT_BE:
    case ZJIOT_WIRE_UINT_LE:
        return zj_read_number(reader, field, at, offset, member);
    case ZJIOT_WIRE_BITS:
        return zj_read_special(
            reader, field, (at[field->size == 0 ? -1 : 0] >> field->shift) & ((1 << field->width) - 1), offset, member);
    case ZJIOT_WIRE_BCD:
        return zj_read_digit_pairs(reader, field, at, offset, masks, bit, member);
    case ZJIOT_WIRE_QUANTITY:
        return zj_read_measured(reader, field, at, offset, masks, bit, member);
    case ZJIOT_WIRE_CLOCK:
        return zj_read_clock(reader, field, at, offset, masks, bit, member);
    case ZJIOT_WIRE_DIGITS:
        return zj_read_digits(reader, field, at, offset, member);
    case ZJIOT_WIRE_RAW:
        memcpy(member, at, field->size);
        return 0;
    case ZJIOT_WIRE_REST:
        *(struct zjiot_bytes *)member = (struct zjiot_bytes){at, left};
        return 0;
    case ZJIOT_WIRE_PART:
        return zj_read_part(reader, field, at, offset, member);
    default:
        masks->has &= ~bit; /* derived: the protocol fills it and says so */
        return 0;
    }
}

/* `fields` and `count` are the record's own, given once more so that the compiler sees them. */
ZJ_INLINE int zj_walk(struct zj_reader *reader, const struct zjiot_record *record, const struct zjiot_field *fields,
                      unsigned count, const uint8_t *bytes, size_t size, size_t offset, void *ret_value) {
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + size;
    const bool is_traced = reader->trace != NULL;
    struct zj_masks *masks = ret_value;
    masks->has = ZJIOT_HAS_READ | ((UINT64_C(1) << count) - 1);
    masks->invalid = 0;
#pragma GCC unroll 64
    for (unsigned i = 0; i < count; i++) {
        const struct zjiot_field *field = &fields[i];
        const size_t left = (size_t)(end - at);
        const size_t where = offset + (size_t)(at - bytes);
        void *member = (char *)ret_value + field->offset;
        const int code = zj_read_field(reader, field, at, left, where, masks, UINT64_C(1) << i, member);
        if (ZJ_UNLIKELY(code != 0))
            return code;
        if (field->wire == ZJIOT_WIRE_NONE)
            continue;
        const size_t taken = field->wire == ZJIOT_WIRE_REST ? left : field->size;
        if (ZJ_UNLIKELY(is_traced) && field->wire != ZJIOT_WIRE_PART)
            zj_trace_span(reader, where, taken, record, i, ret_value);
        at += taken;
    }
    return 0;
}

#endif
