/* Binary reading through the rows. */
#include <stdio.h>
#include <string.h>

#include "catalog/binary_walk.h"
#include "catalog/catalog.h"
#include "zjiot/hex.h"

enum { CENTURY_MISSING = 0, CENTURY_FIRST = 19, CENTURY_LAST = 21, FILL = 0x99 };

static size_t path_append(const struct zj_path *path, char *out, size_t used) {
    if (path == NULL)
        return used;
    used = path_append(path->up, out, used);
    const char *dot = used > 0 ? "." : "";
    int length = path->index < 0
                     ? snprintf(out + used, ZJIOT_PATH_SIZE - used, "%s%s", dot, path->key)
                     : snprintf(out + used, ZJIOT_PATH_SIZE - used, "%s%s[%d]", dot, path->key, path->index);
    used += length > 0 ? (size_t)length : 0;
    return used < ZJIOT_PATH_SIZE ? used : ZJIOT_PATH_SIZE - 1;
}

void zj_reader_rewind(struct zj_reader *reader, struct zj_reader_mark mark) {
    if (reader->report != NULL)
        reader->report->count = mark.deviations;
    if (reader->trace != NULL)
        reader->trace->count = mark.spans;
    if (reader->extras != NULL)
        reader->extras->count = mark.extras;
}

void zj_path_text(const struct zj_path *path, const char *key, char *out) {
    out[0] = '\0';
    const struct zj_path leaf = {path, key, -1};
    const size_t used = path_append(key != NULL ? &leaf : path, out, 0);
    if (used == ZJIOT_PATH_SIZE - 1) /* it may have been cut inside of a character */
        out[zj_utf8_valid(out, used)] = '\0';
}

int zj_deviate(struct zj_reader *reader, enum zjiot_code code, size_t offset, const char *key, const char *found,
               const char *expected) {
    if (!reader->strict && reader->report == NULL)
        return 0;
    char path[ZJIOT_PATH_SIZE];
    zj_path_text(reader->path, key, path);
    if (reader->strict)
        return zj_fail_at(reader->error, code, offset, path, "%s: found %s, expected %s", path, found, expected);
    zj_report(reader->report, code, offset, path, found, expected);
    return 0;
}

void zj_trace_span(struct zj_reader *reader, size_t offset, size_t size, const struct zjiot_record *record,
                   unsigned index, const void *value) {
    struct zjiot_trace *trace = reader->trace;
    if (trace->count < trace->capacity) {
        const struct zjiot_field *field = &record->fields[index];
        struct zj_masks masks = {0, 0};
        if (value != NULL)
            memcpy(&masks, value, sizeof masks);
        const uint64_t bit = UINT64_C(1) << index;
        struct zjiot_span *span = &trace->items[trace->count];
        span->offset = offset;
        span->size = size;
        span->record = record;
        span->field = field;
        span->value = value == NULL || (field->flags & ZJIOT_FIELD_HIDDEN) ? NULL : (const char *)value + field->offset;
        span->invalid = (masks.invalid & bit) != 0;
        span->absent =
            value != NULL && !(field->flags & ZJIOT_FIELD_HIDDEN) && ((masks.has | masks.invalid) & bit) == 0;
        const struct zj_path group = {reader->path, "unknown", -1};
        zj_path_text(field->flags & ZJIOT_FIELD_UNKNOWN ? &group : reader->path, field->key, span->path);
    }
    trace->count++;
    if (index + 1 < record->field_count && zj_is_date(&record->fields[index + 1]))
        zj_trace_span(reader, offset + size, 0, record, index + 1, value);
}

void zj_trace_settle(struct zjiot_trace *trace, size_t first) {
    size_t kept = first;
    if (trace->count > trace->capacity)
        return;
    for (size_t i = first; i < trace->count; i++) {
        struct zjiot_span span = trace->items[i];
        if (span.absent && (span.field->flags & ZJIOT_FIELD_COMPUTED)) {
            struct zj_masks masks;
            memcpy(&masks, (const char *)span.value - span.field->offset, sizeof masks);
            if ((masks.has >> (span.field - span.record->fields) & 1) == 0)
                continue;
            span.absent = false;
        }
        trace->items[kept++] = span;
    }
    trace->count = kept;
}

void zj_trace_move(struct zjiot_trace *trace, size_t first, const void *from, size_t size, const void *to) {
    for (size_t i = first; i < trace->count && i < trace->capacity; i++) {
        const uintptr_t value = (uintptr_t)trace->items[i].value;
        if (value >= (uintptr_t)from && value - (uintptr_t)from < size)
            trace->items[i].value = (const char *)to + (value - (uintptr_t)from);
    }
}

static int deviate_hex(struct zj_reader *reader, enum zjiot_code code, size_t offset, const char *key,
                       const uint8_t *bytes, size_t size, const char *expected) {
    char found[2 * 16 + 1];
    zjiot_hex_write(bytes, size < 16 ? size : 16, found);
    return zj_deviate(reader, code, offset, key, found, expected);
}

int zj_out_of_range(struct zj_reader *reader, const struct zjiot_field *field, int64_t number, size_t offset) {
    char found[ZJ_NUMBER_SIZE];
    char expected[ZJIOT_EVIDENCE_SIZE];
    zj_number_text(field, number, found);
    const size_t length = zjiot_field_range(field, expected, sizeof expected);
    if ((field->flags & ZJIOT_FIELD_DOUBTFUL) && length < sizeof expected)
        zj_copy_text(expected + length, sizeof expected - length, "; it may be negative");
    return zj_deviate(reader, field->flags & ZJIOT_FIELD_CONST ? ZJIOT_CONST : ZJIOT_RANGE, offset, field->key, found,
                      expected);
}

static void store_number(const struct zjiot_field *field, int64_t number, void *member) {
    if (field->kind == ZJIOT_REAL)
        *(double *)member = zj_real_value(field, number);
    else if (field->kind == ZJIOT_BOOL)
        *(bool *)member = number != 0;
    else
        *(int64_t *)member = number;
}

int zj_read_special(struct zj_reader *reader, const struct zjiot_field *field, int64_t number, size_t offset,
                    void *member) {
    const bool known = field->set == NULL || zjiot_choice_find(field->set, number) != NULL;
    if (field->flags & ZJIOT_FIELD_SIGNED) {
        const int64_t digits = (INT64_C(1) << (8 * field->size - 4)) - 1;
        if (number > digits && (number & ~digits) == 0xF * (digits + 1))
            number = -(number & digits);
    }
    store_number(field, number, member);
    return known ? 0 : zj_out_of_range(reader, field, number, offset);
}

static bool all_fill(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != FILL)
            return false;
    return true;
}

/* BCD with the reader's byte order. 1: a value; 0: absent (filled with 99); -1: no BCD. */
static int read_bcd(const struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t size,
                    int64_t *ret_number) {
    uint8_t copy[8];
    bool negative = false;
    if (ZJ_UNLIKELY(field->flags & ZJIOT_FIELD_SIGNED)) {
        const size_t top = reader->bcd_high_first ? 0 : size - 1;
        negative = at[top] >> 4 == 0xF;
        memcpy(copy, at, size);
        copy[top] &= negative ? 0x0F : 0xFF;
        at = copy;
    }
    const bool good =
        reader->bcd_high_first ? zj_bcd_read_be(at, size, ret_number) : zj_bcd_read_le(at, size, ret_number);
    if (ZJ_UNLIKELY(!good))
        return -1;
    if (ZJ_UNLIKELY(at[0] == FILL) && all_fill(at, size))
        return 0;
    if (negative)
        *ret_number = -*ret_number;
    return 1;
}

static int read_unit(struct zj_reader *reader, const struct zjiot_field *field, uint8_t code, size_t offset,
                     const struct zjiot_unit **ret_unit) {
    static const char *const classes[] = {[ZJIOT_UNIT_ENERGY] = "a unit of energy",
                                          [ZJIOT_UNIT_POWER] = "a unit of power",
                                          [ZJIOT_UNIT_VOLUME] = "a unit of volume",
                                          [ZJIOT_UNIT_FLOW] = "a unit of flow",
                                          [ZJIOT_UNIT_ANY] = "a known unit"};
    const struct zjiot_unit *unit = zj_unit_find(code);
    *ret_unit = unit;
    const bool known = unit != NULL;
    if (zj_unit_belongs(field, unit))
        return 0;
    char key[ZJIOT_PATH_SIZE];
    snprintf(key, sizeof key, "%s.unit", field->key);
    return deviate_hex(reader, known ? ZJIOT_RANGE : ZJIOT_UNKNOWN, offset, key, &code, 1, classes[field->unit_class]);
}

static int mark(struct zj_reader *reader, const struct zjiot_field *field, int state, struct zj_masks *masks,
                uint64_t bit, const uint8_t *at, size_t size, size_t offset, const char *expected) {
    if (state == 1)
        return 0;
    masks->has &= ~bit;
    if (state == 0)
        return 0;
    masks->invalid |= bit;
    return deviate_hex(reader, ZJIOT_TYPE, offset, field->key, at, size, expected);
}

int zj_read_quantity(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t offset,
                     struct zj_masks *masks, uint64_t bit, void *member) {
    const size_t digits = field->size - 1u;
    const size_t unit_at = reader->unit_first ? 0 : digits;
    const uint8_t *value_at = at + (reader->unit_first ? 1 : 0);
    struct zjiot_quantity *quantity = member;
    const struct zjiot_unit *unit;
    int64_t number = 0;
    int code = read_unit(reader, field, at[unit_at], offset + unit_at, &unit);
    if (code != 0)
        return code;
    const int state = read_bcd(reader, field, value_at, digits, &number);
    quantity->unit = at[unit_at];
    quantity->value = state == 1 ? zj_decimal_value(number, (unit != NULL ? unit->exponent : 0) - field->decimals) : 0;
    return mark(reader, field, state, masks, bit, value_at, digits, offset, "BCD digits");
}

bool zj_clock_read(const uint8_t *at, bool high_first, struct zjiot_clock *ret_clock, bool *ret_century) {
    int64_t part[7]; /* second minute hour day month year century */
    for (unsigned i = 0; i < 7; i++)
        if (!zj_bcd_read_le(at + (high_first ? 6 - i : i), 1, &part[i]))
            return false;
    *ret_century = part[6] != CENTURY_MISSING;
    if (*ret_century && (part[6] < CENTURY_FIRST || part[6] > CENTURY_LAST))
        return false;
    *ret_clock = (struct zjiot_clock){
        .year = (int16_t)((*ret_century ? part[6] : 20) * 100 + part[5]),
        .month = (uint8_t)part[4],
        .day = (uint8_t)part[3],
        .hour = (uint8_t)part[2],
        .minute = (uint8_t)part[1],
        .second = (uint8_t)part[0],
    };
    return zj_clock_valid(ret_clock);
}

int zj_read_clock(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t offset,
                  struct zj_masks *masks, uint64_t bit, void *member) {
    static const char order_low[] = "second first, century last";
    static const char order_high[] = "century first, second last";
    const bool high = reader->bcd_high_first;
    struct zjiot_clock clock;
    bool century = true;
    bool turned = false;
    memset(member, 0, sizeof clock);
    if (!zj_clock_read(at, high, &clock, &century)) {
        turned = zj_clock_read(at, !high, &clock, &century) && century;
        if (!turned)
            return mark(reader, field, all_fill(at, 7) ? 0 : -1, masks, bit, at, 7, offset, "a clock in BCD");
    }
    memcpy(member, &clock, sizeof clock);
    if (turned)
        return zj_deviate(reader, ZJIOT_ORDER, offset, field->key, high ? order_low : order_high,
                          high ? order_high : order_low);
    if (!century)
        return zj_deviate(reader, ZJIOT_RANGE, offset + (high ? 0 : 6), field->key, "no century (00), 20 assumed",
                          "20; if the clock is one byte short, what follows begins here");
    return 0;
}

/* Digits as text. The padding in front must be zero, else all digits are kept and reported. */
int zj_read_digits(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t offset,
                   void *ret_member) {
    char *member = ret_member;
    char all[2 * 16 + 1];
    zjiot_hex_write(at, field->size, all);
    const size_t padding = 2u * field->size - field->count;
    const bool padded = strspn(all, "0") >= padding;
    const bool digits = strspn(all, "0123456789") == 2u * field->size;
    strcpy(member, all + (padded ? padding : 0));
    if (padded && digits)
        return 0;
    char expected[ZJIOT_EVIDENCE_SIZE];
    zjiot_field_range(field, expected, sizeof expected);
    return zj_deviate(reader, digits ? ZJIOT_LENGTH : ZJIOT_TYPE, offset, field->key, member, expected);
}

int zj_read_part(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t offset,
                 void *member) {
    const struct zjiot_record *part = field->record;
    for (int i = 0; i < field->count; i++) {
        const struct zj_path here = {reader->path, field->key, field->kind == ZJIOT_ARRAY ? i : -1};
        const size_t skip = (size_t)i * part->wire_size;
        reader->path = &here;
        const int code = zj_read_binary(reader, part, at + skip, part->wire_size, offset + skip,
                                        (char *)member + (size_t)i * part->struct_size);
        reader->path = here.up;
        if (code != 0)
            return code;
    }
    return 0;
}

int zj_read_bcd(struct zj_reader *reader, const struct zjiot_field *field, const uint8_t *at, size_t offset,
                struct zj_masks *masks, uint64_t bit, void *member) {
    int64_t number = 0;
    const int state = read_bcd(reader, field, at, field->size, &number);
    *(double *)member = state == 1 ? zj_real_value(field, number) : 0;
    if (state == 1 && ZJ_UNLIKELY(number < field->min || number > field->max))
        return zj_out_of_range(reader, field, number, offset);
    return mark(reader, field, state, masks, bit, at, field->size, offset, "BCD digits");
}

int zj_read_binary(struct zj_reader *reader, const struct zjiot_record *record, const uint8_t *bytes, size_t size,
                   size_t offset, void *ret_value) {
    return record->read(reader, bytes, size, offset, ret_value);
}
