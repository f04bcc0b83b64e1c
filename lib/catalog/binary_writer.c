/* Binary writing through the rows; strict: every value is checked before a byte is written. */
#include <string.h>

#include "catalog/catalog.h"

bool zj_has_rest(const struct zjiot_record *record) {
    return record->field_count > 0 && record->fields[record->field_count - 1].wire == ZJIOT_WIRE_REST;
}

size_t zj_binary_size(const struct zjiot_record *record, const void *value) {
    if (!zj_has_rest(record))
        return record->wire_size;
    const struct zjiot_field *rest = &record->fields[record->field_count - 1];
    return record->wire_size + ((const struct zjiot_bytes *)(const void *)((const char *)value + rest->offset))->size;
}

/* Members of unknown meaning stand under "unknown". */
static void field_path(const struct zj_writer *writer, const struct zjiot_field *field, char *out) {
    const struct zj_path unknown = {writer->path, "unknown", -1};
    zj_path_text(field->flags & ZJIOT_FIELD_UNKNOWN ? &unknown : writer->path, field->key, out);
}

int zj_refuse_number(const struct zj_writer *writer, const struct zjiot_field *field, int64_t number) {
    char path[ZJIOT_PATH_SIZE];
    field_path(writer, field, path);
    return zj_check_number(field, number, path, writer->error);
}

int zj_refuse(const struct zj_writer *writer, const struct zjiot_field *field, enum zjiot_code code, const char *what,
              const char *detail) {
    char path[ZJIOT_PATH_SIZE];
    field_path(writer, field, path);
    return zj_fail_at(writer->error, code, 0, path, "%s: %s%s", path, what, detail);
}

int zj_refuse_missing(const struct zj_writer *writer, const struct zjiot_field *field) {
    char path[ZJIOT_PATH_SIZE];
    char range[ZJIOT_EVIDENCE_SIZE];
    field_path(writer, field, path);
    const bool has_range = zjiot_field_range(field, range, sizeof range) > 0;
    return zj_fail_at(writer->error, ZJIOT_MISSING, 0, path, "%s is missing%s%s%s%s%s", path, has_range ? " (" : "",
                      range, field->unit[0] != '\0' ? " " : "", field->unit, has_range ? ")" : "");
}

static void write_uint(uint8_t *out, size_t size, int64_t number, bool high_first) {
    for (size_t i = 0; i < size; i++)
        out[high_first ? size - 1 - i : i] = (uint8_t)(number >> 8 * i);
}

static int real_number(const struct zj_writer *writer, const struct zjiot_field *field, double value,
                       int64_t *ret_number) {
    if (zj_real_number(field, value, ret_number))
        return 0;
    char path[ZJIOT_PATH_SIZE];
    field_path(writer, field, path);
    return zj_fail_step(field, path, writer->error);
}

static int write_number(const struct zj_writer *writer, const struct zjiot_field *field, const void *member,
                        uint8_t *out) {
    int64_t number = field->min;
    if (field->kind == ZJIOT_REAL) {
        const int code = real_number(writer, field, *(const double *)member, &number);
        if (code != 0)
            return code;
    } else if (field->kind == ZJIOT_BOOL) {
        number = *(const bool *)member;
    } else if (!(field->flags & ZJIOT_FIELD_CONST)) {
        number = *(const int64_t *)member;
    }
    if (!zj_number_fits(field, number))
        return zj_refuse_number(writer, field, number);
    if (field->wire == ZJIOT_WIRE_BITS) {
        uint8_t *byte = field->size == 0 ? out - 1 : out;
        *byte = (uint8_t)((field->shift == 0 ? 0 : *byte) | (unsigned)number << field->shift);
        return 0;
    }
    if (number < 0) /* only SIGNED has them: a top nibble F is the minus */
        number = (INT64_C(0xF) << (8 * field->size - 4)) | -number;
    write_uint(out, field->size, number, field->wire == ZJIOT_WIRE_UINT_BE);
    return 0;
}

static int write_bcd(const struct zj_writer *writer, const struct zjiot_field *field, int64_t number, uint8_t *out,
                     size_t size) {
    if (!zj_number_fits(field, number))
        return zj_refuse_number(writer, field, number);
    if (writer->bcd_high_first)
        zj_bcd_write_be(out, size, number < 0 ? -number : number);
    else
        zj_bcd_write_le(out, size, number < 0 ? -number : number);
    if (number < 0)
        out[writer->bcd_high_first ? 0 : size - 1] |= 0xF0;
    return 0;
}

static int write_quantity(const struct zj_writer *writer, const struct zjiot_field *field,
                          const struct zjiot_quantity *quantity, uint8_t *out) {
    char path[ZJIOT_PATH_SIZE];
    int64_t number;
    if (!zj_quantity_number(field, quantity, &number)) {
        field_path(writer, field, path);
        return zj_check_quantity(field, quantity, path, writer->error);
    }
    out[writer->unit_first ? 0 : field->size - 1] = quantity->unit;
    return write_bcd(writer, field, number, out + (writer->unit_first ? 1 : 0), field->size - 1u);
}

static int write_clock(const struct zj_writer *writer, const struct zjiot_field *field, const struct zjiot_clock *clock,
                       uint8_t *out) {
    if (!zj_clock_valid(clock) || clock->year < 1900 || clock->year > 2199)
        return zj_refuse(writer, field, ZJIOT_RANGE, "no date and time of 1900 to 2199", "");
    const int64_t part[7] = {clock->second, clock->minute,     clock->hour,      clock->day,
                             clock->month,  clock->year % 100, clock->year / 100};
    for (unsigned i = 0; i < 7; i++)
        zj_bcd_write_le(out + (writer->bcd_high_first ? 6 - i : i), 1, part[i]);
    return 0;
}

static int write_digits(const struct zj_writer *writer, const struct zjiot_field *field, const char *text,
                        uint8_t *out) {
    const char *end = memchr(text, '\0', 2u * field->size + 1);
    const size_t length = end != NULL ? (size_t)(end - text) : SIZE_MAX;
    if (length > field->count)
        return zj_refuse(writer, field, ZJIOT_LENGTH, "too many digits", "");
    if (strspn(text, "0123456789") != length)
        return zj_refuse(writer, field, ZJIOT_TYPE, "not digits", "");
    memset(out, 0, field->size);
    for (size_t i = 0; i < length; i++) {
        const size_t at = 2u * field->size - length + i;
        out[at / 2] |= (uint8_t)((text[i] - '0') << (at % 2 == 0 ? 4 : 0));
    }
    return 0;
}

static int write_rest(const struct zj_writer *writer, const struct zjiot_field *field, const struct zjiot_bytes *bytes,
                      uint8_t *out) {
    if (bytes->size > (size_t)field->max)
        return zj_refuse(writer, field, ZJIOT_LENGTH, "too many bytes", "");
    if (bytes->size > 0)
        memcpy(out, bytes->data, bytes->size);
    return 0;
}

static int write_part(struct zj_writer *writer, const struct zjiot_field *field, const char *member, uint8_t *out) {
    const struct zjiot_record *part = field->record;
    for (int i = 0; i < field->count; i++) {
        const struct zj_path here = {writer->path, field->key, field->kind == ZJIOT_ARRAY ? i : -1};
        writer->path = &here;
        const int code =
            zj_write_binary(writer, part, member + (size_t)i * part->struct_size, out + (size_t)i * part->wire_size);
        writer->path = here.up;
        if (code != 0)
            return code;
    }
    return 0;
}

static int write_field(struct zj_writer *writer, const struct zjiot_field *field, const void *member, uint8_t *out) {
    int64_t number = 0;
    int code;
    switch (field->wire) {
    case ZJIOT_WIRE_UINT_BE:
    case ZJIOT_WIRE_UINT_LE:
    case ZJIOT_WIRE_BITS:
        return write_number(writer, field, member, out);
    case ZJIOT_WIRE_BCD:
        code = real_number(writer, field, *(const double *)member, &number);
        return code != 0 ? code : write_bcd(writer, field, number, out, field->size);
    case ZJIOT_WIRE_QUANTITY:
        return write_quantity(writer, field, member, out);
    case ZJIOT_WIRE_CLOCK:
        return write_clock(writer, field, member, out);
    case ZJIOT_WIRE_DIGITS:
        return write_digits(writer, field, member, out);
    case ZJIOT_WIRE_RAW:
        memcpy(out, member, field->size);
        return 0;
    case ZJIOT_WIRE_REST:
        return write_rest(writer, field, member, out);
    case ZJIOT_WIRE_PART:
        return write_part(writer, field, member, out);
    default:
        return 0;
    }
}

int zj_write_binary(struct zj_writer *writer, const struct zjiot_record *record, const void *value, uint8_t *out) {
    const uint64_t has = ((const struct zj_masks *)value)->has;
    const bool complete = (has & ZJIOT_HAS_READ) == 0; /* filled by the caller: every member counts */
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        const bool needed =
            field->wire != ZJIOT_WIRE_NONE && field->wire != ZJIOT_WIRE_PART && !(field->flags & ZJIOT_FIELD_CONST);
        if (!complete && needed && !(has >> i & 1))
            return zj_refuse_missing(writer, field);
        const int code = write_field(writer, field, (const char *)value + field->offset, out);
        if (code != 0)
            return code;
        if (field->wire != ZJIOT_WIRE_NONE && field->wire != ZJIOT_WIRE_REST)
            out += field->size;
    }
    return 0;
}
