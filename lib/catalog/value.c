/* Values as text, and text as values. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
#include "zjiot/hex.h"
#include "zjiot/pool.h"

bool zj_real_number(const struct zjiot_field *field, double value, int64_t *ret_number) {
    int64_t digits;
    if (!zj_decimal_digits(value, field->decimals, &digits) || digits % field->step != 0)
        return false;
    *ret_number = digits / field->step;
    return true;
}

static bool mask_fits(const struct zjiot_choice *set, int64_t number) {
    for (; set->name != NULL; set++)
        number &= ~set->low;
    return number == 0;
}

bool zj_number_fits(const struct zjiot_field *field, int64_t number) {
    if (field->flags & ZJIOT_FIELD_MASK)
        return number >= 0 && mask_fits(field->set, number);
    return number >= field->min && number <= field->max &&
           (field->set == NULL || zjiot_choice_find(field->set, number) != NULL);
}

int zj_digits_check(const struct zjiot_field *field, const char *text, size_t size) {
    if (!zj_are_digits(text, size))
        return ZJIOT_TYPE;
    return size == field->count ? 0 : ZJIOT_LENGTH;
}

void zj_number_text(const struct zjiot_field *field, int64_t number, char *out) {
    if (field->kind == ZJIOT_REAL || field->kind == ZJIOT_QUANTITY)
        zj_real_write(zj_real_value(field, number), out);
    else if (field->kind == ZJIOT_HEXNUM)
        snprintf(out, ZJ_NUMBER_SIZE, "0x%llx", (unsigned long long)number);
    else
        zj_int_write(number, out);
}

int zj_fail_step(const struct zjiot_field *field, const char *path, struct zjiot_error *error) {
    char step[ZJ_NUMBER_SIZE];
    zj_decimal_fixed(field->step, field->decimals, step);
    return zj_fail_at(error, ZJIOT_RANGE, 0, path, "%s: no multiple of %s%s%s, or too large", path, step,
                      field->unit[0] != '\0' ? " " : "", field->unit);
}

int zj_check_number(const struct zjiot_field *field, int64_t number, const char *path, struct zjiot_error *error) {
    const bool constant = field->flags & ZJIOT_FIELD_CONST;
    if (zj_number_fits(field, number))
        return 0;
    char found[ZJ_NUMBER_SIZE];
    char range[ZJIOT_EVIDENCE_SIZE];
    zj_number_text(field, number, found);
    zjiot_field_range(field, range, sizeof range);
    return zj_fail_at(error, constant ? ZJIOT_CONST : ZJIOT_RANGE, 0, path, "%s: %s%s%s is outside %s", path, found,
                      field->unit[0] != '\0' ? " " : "", field->unit, range);
}

/* The value in steps of its unit byte, such as 10 L; false when there is no such whole number. */
static bool quantity_steps(const struct zjiot_field *field, const struct zjiot_unit *unit, double value,
                           int64_t *ret_number) {
    const int places = field->decimals - unit->exponent; /* of the value in its base unit */
    if (places >= 0)
        return zj_decimal_digits(value, (unsigned)places, ret_number);
    const int64_t step = zj_power10((unsigned)-places);
    if (!zj_decimal_digits(value, 0, ret_number) || *ret_number % step != 0)
        return false;
    *ret_number /= step;
    return true;
}

bool zj_quantity_number(const struct zjiot_field *field, const struct zjiot_quantity *quantity, int64_t *ret_number) {
    const struct zjiot_unit *unit = zjiot_unit_find(quantity->unit);
    return zj_unit_belongs(field, unit) && quantity_steps(field, unit, quantity->value, ret_number) &&
           zj_number_fits(field, *ret_number);
}

int zj_check_quantity(const struct zjiot_field *field, const struct zjiot_quantity *quantity, const char *path,
                      struct zjiot_error *error) {
    const struct zjiot_unit *unit = zjiot_unit_find(quantity->unit);
    char value[ZJ_NUMBER_SIZE];
    int64_t number;
    if (!zj_unit_belongs(field, unit))
        return zj_fail_at(error, ZJIOT_RANGE, 0, path, "%s: unit byte 0x%02x does not belong here", path,
                          quantity->unit);
    if (quantity_steps(field, unit, quantity->value, &number))
        return zj_check_number(field, number, path, error);
    snprintf(value, sizeof value, "%.10g", quantity->value);
    return zj_fail_at(error, ZJIOT_RANGE, 0, path, "%s: %s %s has more places than there is room for", path, value,
                      unit->name);
}

const struct zjiot_choice *zjiot_value_choice(const struct zjiot_field *field, const void *value) {
    if (field->set == NULL || value == NULL)
        return NULL;
    return zjiot_choice_find(field->set, *(const int64_t *)value);
}

const char *zjiot_value_unit(const struct zjiot_field *field, const void *value, char *out) {
    if (field->kind == ZJIOT_STAMP && value != NULL && zj_stamp_is_local(value))
        return "";
    if (field->kind != ZJIOT_QUANTITY || value == NULL)
        return field->unit;
    const uint8_t code = ((const struct zjiot_quantity *)value)->unit;
    const struct zjiot_unit *unit = zjiot_unit_find(code);
    if (unit != NULL)
        return unit->name;
    snprintf(out, 16, "unit 0x%02x", code);
    return out;
}

static size_t copy(char *out, size_t size, const char *text) {
    if (size > 0)
        zj_copy_text(out, size, text);
    return strlen(text);
}

static size_t hex_text(const uint8_t *bytes, size_t count, char *out, size_t size) {
    const size_t fits = size > 0 ? (size - 1) / 2 : 0;
    if (size > 0)
        zjiot_hex_write(bytes, count < fits ? count : fits, out);
    return 2 * count;
}

static size_t named_text(const struct zjiot_field *field, int64_t number, char *out, size_t size) {
    const struct zjiot_choice *choice = zjiot_choice_find(field->set, number);
    char text[ZJ_NUMBER_SIZE];
    if (choice != NULL)
        return copy(out, size, choice->name);
    snprintf(text, sizeof text, "0x%02llx", (unsigned long long)number);
    return copy(out, size, text);
}

/* The items' digits with a blank between them. */
static size_t hex_list_text(const void *value, char *out, size_t size) {
    struct zjiot_list list;
    size_t used = 0;
    memcpy(&list, value, sizeof list);
    const struct zjiot_bytes *items = list.items;
    copy(out, size, "");
    for (size_t i = 0; i < list.count; i++) {
        if (i > 0)
            used += copy(used < size ? out + used : out, used < size ? size - used : 0, " ");
        used += hex_text(items[i].data, items[i].size, used < size ? out + used : out, used < size ? size - used : 0);
    }
    return used;
}

static size_t words_text(const struct zjiot_words *words, char *out, size_t size) {
    char text[ZJ_WORD_SIZE + 1];
    size_t used = 0;
    if (size > 0)
        out[0] = '\0';
    for (size_t i = 0; i < words->count; i++, used += ZJ_WORD_SIZE) {
        zj_words_write(&words->items[i], 1, text);
        text[i + 1 == words->count ? ZJ_WORD_SIZE - 1 : ZJ_WORD_SIZE] = '\0';
        if (used < size)
            zj_copy_text(out + used, size - used, text);
    }
    return used > 0 ? used - 1 : 0;
}

size_t zjiot_value_text(const struct zjiot_field *field, const void *value, char *out, size_t size) {
    char text[ZJ_NUMBER_SIZE] = "";
    const struct zjiot_clock *clock = value;
    if (value == NULL)
        return copy(out, size, text);
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
        zj_int_write(*(const int64_t *)value, text);
        return copy(out, size, text);
    case ZJIOT_HEXNUM:
        snprintf(text, sizeof text, "%0*llx", 2 * field->size, (unsigned long long)*(const int64_t *)value);
        return copy(out, size, text);
    case ZJIOT_NAMED:
        return named_text(field, *(const int64_t *)value, out, size);
    case ZJIOT_REAL:
        zj_real_write(*(const double *)value, text);
        return copy(out, size, text);
    case ZJIOT_BOOL:
        return copy(out, size, *(const bool *)value ? "true" : "false");
    case ZJIOT_QUANTITY:
        zj_real_write(((const struct zjiot_quantity *)value)->value, text);
        return copy(out, size, text);
    case ZJIOT_CLOCK:
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", clock->year, clock->month, clock->day, clock->hour,
                 clock->minute, clock->second);
        return copy(out, size, text);
    case ZJIOT_LABEL:
        return copy(out, size, value);
    case ZJIOT_HEX_LIST:
        return hex_list_text(value, out, size);
    case ZJIOT_TEXT:
    case ZJIOT_MEMBERS: {
        const char *held;
        memcpy(&held, value, sizeof held);
        return copy(out, size, held != NULL ? held : "");
    }
    case ZJIOT_MINUTE:
    case ZJIOT_MONTH_DAY:
        if (!zj_is_empty_calendar(field, value))
            zj_calendar_write(field, *(const int64_t *)value, text);
        return copy(out, size, text);
    case ZJIOT_STAMP: {
        char stamp[ZJIOT_STAMP_TEXT_SIZE];
        (zj_is_date(field) ? zjiot_stamp_date : zjiot_stamp_digits)(value, stamp);
        return copy(out, size, stamp);
    }
    case ZJIOT_HEX:
        return hex_text(value, field->size, out, size);
    case ZJIOT_BYTES:
        return hex_text(((const struct zjiot_bytes *)value)->data, ((const struct zjiot_bytes *)value)->size, out,
                        size);
    case ZJIOT_WORDS:
        return words_text(value, out, size);
    default:
        return copy(out, size, text);
    }
}

const char *zj_kind_name(unsigned kind) {
    static const char *const names[] = {
        [ZJIOT_INT] = "a whole number",
        [ZJIOT_HEXNUM] = "all its hex digits",
        [ZJIOT_NAMED] = "one of",
        [ZJIOT_REAL] = "a number",
        [ZJIOT_BOOL] = "true or false",
        [ZJIOT_QUANTITY] = "a number and a unit, e.g. \"12.5 m3\"",
        [ZJIOT_LABEL] = "digits",
        [ZJIOT_CLOCK] = "a time such as 2024-05-26T19:08:00",
        [ZJIOT_HEX] = "hex digits",
        [ZJIOT_BYTES] = "hex digits",
        [ZJIOT_RECORD] = "an object",
        [ZJIOT_ARRAY] = "a list",
        [ZJIOT_LIST] = "a list",
        [ZJIOT_TEXT] = "a text",
        [ZJIOT_TIME] = "a whole number",
        [ZJIOT_MINUTE] = "a time such as 19:00",
        [ZJIOT_MONTH_DAY] = "a day such as 07-31",
        [ZJIOT_HEX_LIST] = "a list of hex digits",
        [ZJIOT_MEMBERS] = "a JSON object",
        [ZJIOT_STAMP] = "milliseconds since 1970 in quotes",
        [ZJIOT_WORDS] = "words of four hex digits with commas between",
    };
    return names[kind];
}

size_t zj_member_size(const struct zjiot_field *field) {
    switch (field->kind) {
    case ZJIOT_BOOL:
        return sizeof(bool);
    case ZJIOT_QUANTITY:
        return sizeof(struct zjiot_quantity);
    case ZJIOT_CLOCK:
        return sizeof(struct zjiot_clock);
    case ZJIOT_HEX:
        return field->size;
    case ZJIOT_LABEL:
        return field->wire == ZJIOT_WIRE_DIGITS ? 2u * field->size + 1 : field->size;
    case ZJIOT_BYTES:
        return sizeof(struct zjiot_bytes);
    case ZJIOT_RECORD:
    case ZJIOT_ARRAY:
        return (size_t)field->count * field->record->struct_size;
    case ZJIOT_LIST:
    case ZJIOT_HEX_LIST:
        return sizeof(struct zjiot_list);
    case ZJIOT_STAMP:
        return sizeof(struct zjiot_stamp);
    case ZJIOT_TEXT:
    case ZJIOT_MEMBERS:
        return sizeof(const char *);
    case ZJIOT_WORDS:
        return sizeof(struct zjiot_words);
    default:
        return sizeof(int64_t);
    }
}
