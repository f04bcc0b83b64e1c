/* Values as text, and text as values. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
#include "zjiot/hex.h"
#include "zjiot/pool.h"

bool zj_clock_valid(const struct zjiot_clock *clock) {
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (clock->month < 1 || clock->month > 12 || clock->day < 1 || clock->day > days[clock->month - 1])
        return false;
    const int year = clock->year;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (clock->month == 2 && clock->day == 29 && !leap)
        return false;
    return year >= 0 && clock->hour <= 23 && clock->minute <= 59 && clock->second <= 59;
}

bool zj_real_number(const struct zjiot_field *field, double value, int64_t *ret_number) {
    int64_t digits;
    if (!zj_decimal_digits(value, field->decimals, &digits) || digits % field->step != 0)
        return false;
    *ret_number = digits / field->step;
    return true;
}

bool zj_number_fits(const struct zjiot_field *field, int64_t number) {
    return number >= field->min && number <= field->max &&
           (field->set == NULL || zjiot_choice_find(field->set, number) != NULL);
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

static bool unit_belongs(const struct zjiot_field *field, const struct zjiot_unit *unit) {
    return unit != NULL && (field->unit_class == ZJIOT_UNIT_ANY || unit->unit_class == field->unit_class);
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
    return unit_belongs(field, unit) && quantity_steps(field, unit, quantity->value, ret_number) &&
           zj_number_fits(field, *ret_number);
}

int zj_check_quantity(const struct zjiot_field *field, const struct zjiot_quantity *quantity, const char *path,
                      struct zjiot_error *error) {
    const struct zjiot_unit *unit = zjiot_unit_find(quantity->unit);
    char value[ZJ_NUMBER_SIZE];
    int64_t number;
    if (!unit_belongs(field, unit))
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

size_t zjiot_value_text(const struct zjiot_field *field, const void *value, char *out, size_t size) {
    char text[ZJ_NUMBER_SIZE] = "";
    const struct zjiot_clock *clock = value;
    if (value == NULL)
        return copy(out, size, text);
    switch (field->kind) {
    case ZJIOT_INT:
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
    case ZJIOT_HEX:
        return hex_text(value, field->size, out, size);
    case ZJIOT_BYTES:
        return hex_text(((const struct zjiot_bytes *)value)->data, ((const struct zjiot_bytes *)value)->size, out,
                        size);
    default:
        return copy(out, size, text);
    }
}

/* What went wrong with a text: the field, the text, and what it should have been. */
static int bad_text(const struct zjiot_field *field, const char *text, const char *path, struct zjiot_error *error) {
    static const char *const wanted[] = {
        [ZJIOT_INT] = "a whole number", [ZJIOT_HEXNUM] = "all its hex digits",
        [ZJIOT_NAMED] = "one of",       [ZJIOT_REAL] = "a number",
        [ZJIOT_BOOL] = "true or false", [ZJIOT_QUANTITY] = "a number and a unit, e.g. \"12.5 m3\"",
        [ZJIOT_LABEL] = "digits",       [ZJIOT_CLOCK] = "a time such as 2024-05-26T19:08:00",
        [ZJIOT_HEX] = "hex digits",     [ZJIOT_BYTES] = "hex digits",
        [ZJIOT_RECORD] = "its members", [ZJIOT_ARRAY] = "its members",
    };
    char range[ZJIOT_EVIDENCE_SIZE] = "";
    if (field->set != NULL)
        zjiot_field_range(field, range, sizeof range);
    if (field->flags & ZJIOT_FIELD_SECRET)
        text = "***";
    return zj_fail_at(error, ZJIOT_TYPE, 0, path, "%s: \"%.40s\" is not %s%s%s", path, text, wanted[field->kind],
                      range[0] != '\0' ? " " : "", range);
}

static int set_number(const struct zjiot_field *field, int64_t *member, const char *text, const char *path,
                      struct zjiot_error *error) {
    int64_t number;
    bool good = false;
    for (const struct zjiot_choice *choice = field->set; choice != NULL && choice->name != NULL && !good; choice++) {
        good = strcmp(choice->name, text) == 0;
        number = choice->low;
    }
    if (!good && field->kind == ZJIOT_HEXNUM) {
        char prefixed[ZJ_NUMBER_SIZE];
        const bool has_prefix = strncmp(text, "0x", 2) == 0;
        const int length = snprintf(prefixed, sizeof prefixed, "%s%s", has_prefix ? "" : "0x", text);
        /* An identifier one digit short is another one. */
        const bool whole = has_prefix || strlen(text) == 2u * field->size;
        good =
            whole && length > 0 && (size_t)length < sizeof prefixed && zj_int_read(prefixed, (size_t)length, &number);
    } else if (!good) {
        good = zj_int_read(text, strlen(text), &number);
    }
    if (!good)
        return bad_text(field, text, path, error);
    const int code = zj_check_number(field, number, path, error);
    if (code == 0)
        *member = number;
    return code;
}

static int set_real(const struct zjiot_field *field, double *member, const char *text, const char *path,
                    struct zjiot_error *error) {
    double value;
    int64_t number;
    if (!zj_real_read(text, strlen(text), &value))
        return bad_text(field, text, path, error);
    if (!zj_real_number(field, value, &number))
        return zj_fail_step(field, path, error);
    const int code = zj_check_number(field, number, path, error);
    if (code == 0)
        *member = value;
    return code;
}

/* "12.5 m3", "12.5m3", "12.5 0x2a" with a unit byte, or one half of it by path: .value, .unit. The mask `invalid` marks
 * a value whose unit is still to come; unit byte 0 is none. */
static int set_quantity(const struct zjiot_field *field, struct zjiot_quantity *quantity, struct zj_masks *masks,
                        uint64_t bit, const char *sub, const char *text, const char *path, struct zjiot_error *error) {
    const bool value_wanted = strcmp(sub, "unit") != 0;
    const bool unit_wanted = strcmp(sub, "value") != 0;
    const size_t digits = value_wanted ? strspn(text, "-+eE0123456789.") : 0;
    const char *name = text + digits + strspn(text + digits, " ");
    struct zjiot_quantity set = *quantity;
    if (value_wanted && (!zj_real_read(text, digits, &set.value) || (!unit_wanted && *name != '\0')))
        return bad_text(field, text, path, error);
    if (unit_wanted) {
        int64_t code; /* 0x2a: a unit that shares its name with others, here 10 L in m3 */
        const bool by_code = zj_int_read(name, strlen(name), &code) && code > 0 && code <= UINT8_MAX;
        const struct zjiot_unit *unit = by_code ? zjiot_unit_find((uint8_t)code) : zjiot_unit_named(name);
        if (!unit_belongs(field, unit))
            return zj_fail_at(error, ZJIOT_TYPE, 0, path, "%s: \"%.20s\" is no unit for it", path, name);
        set.unit = unit->code;
    }
    const bool whole = set.unit != 0 && (value_wanted || ((masks->has | masks->invalid) & bit) != 0);
    int64_t number;
    if (whole && !zj_quantity_number(field, &set, &number))
        return zj_check_quantity(field, &set, path, error);
    *quantity = set;
    masks->invalid = whole ? masks->invalid & ~bit : masks->invalid | (value_wanted ? bit : 0);
    masks->has = whole ? masks->has | bit : masks->has & ~bit;
    return 0;
}

static int set_clock(const struct zjiot_field *field, struct zjiot_clock *member, const char *text, const char *path,
                     struct zjiot_error *error) {
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    int64_t part[6];
    static const uint8_t at[6] = {0, 5, 8, 11, 14, 17};
    bool good = strlen(text) == sizeof form - 1;
    for (size_t i = 0; good && form[i] != '\0'; i++)
        good = form[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i] || (i == 10 && text[i] == ' ');
    for (unsigned i = 0; good && i < 6; i++) {
        part[i] = 0;
        for (size_t j = 0; j < (i == 0 ? 4u : 2u); j++)
            part[i] = part[i] * 10 + (text[at[i] + j] - '0');
    }
    if (!good)
        return bad_text(field, text, path, error);
    const struct zjiot_clock clock = {(int16_t)part[0], (uint8_t)part[1], (uint8_t)part[2],
                                      (uint8_t)part[3], (uint8_t)part[4], (uint8_t)part[5]};
    if (!zj_clock_valid(&clock))
        return zj_fail_at(error, ZJIOT_RANGE, 0, path, "%s: %s is no date and time", path, text);
    *member = clock;
    return 0;
}

static int set_hex(const struct zjiot_field *field, uint8_t *member, const char *text, const char *path,
                   struct zjiot_error *error) {
    uint8_t bytes[64];
    const int64_t count = zjiot_hex_read(text, strlen(text), bytes, sizeof bytes, NULL);
    if (count < 0)
        return bad_text(field, text, path, error);
    if (count != field->size)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, path, "%s: %u bytes are needed, here are %d", path, field->size,
                          (int)count);
    memcpy(member, bytes, field->size);
    return 0;
}

static int set_bytes(const struct zjiot_field *field, struct zjiot_bytes *member, const char *text, const char *path,
                     struct zjiot_pool *pool, struct zjiot_error *error) {
    const size_t length = strlen(text);
    uint8_t *bytes = zjiot_pool_take(pool, length / 2 + 1, error);
    if (bytes == NULL)
        return error != NULL ? (int)error->code : ZJIOT_SPACE;
    const int64_t count = zjiot_hex_read(text, length, bytes, length / 2 + 1, NULL);
    if (count < 0)
        return bad_text(field, text, path, error);
    if (count > field->max)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, path, "%s: more than %d bytes", path, (int)field->max);
    *member = (struct zjiot_bytes){bytes, (size_t)count};
    return 0;
}

static int set_label(const struct zjiot_field *field, char *member, const char *text, const char *path,
                     struct zjiot_error *error) {
    const size_t most = field->count > 0 ? field->count : field->size - 1u;
    while (field->count > 0 && text[0] == '0' && strlen(text) > most) /* as the padding stands on the wire */
        text++;
    const size_t length = strlen(text);
    if (strspn(text, "0123456789") != length)
        return bad_text(field, text, path, error);
    if (length > most)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, path, "%s: %u digits are the most, here are %u", path, (unsigned)most,
                          (unsigned)length);
    memcpy(member, text, length + 1);
    return 0;
}

static int set_bool(const struct zjiot_field *field, bool *member, const char *text, const char *path,
                    struct zjiot_error *error) {
    const bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    if (!yes && strcmp(text, "false") != 0 && strcmp(text, "0") != 0)
        return bad_text(field, text, path, error);
    *member = yes;
    return 0;
}

int zj_set_value(const struct zjiot_record *record, void *value, unsigned index, const char *sub, const char *text,
                 const char *path, struct zjiot_pool *pool, struct zjiot_error *error) {
    const struct zjiot_field *field = &record->fields[index];
    void *member = (char *)value + field->offset;
    int code;
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_HEXNUM:
    case ZJIOT_NAMED:
        code = set_number(field, member, text, path, error);
        break;
    case ZJIOT_REAL:
        code = set_real(field, member, text, path, error);
        break;
    case ZJIOT_BOOL:
        code = set_bool(field, member, text, path, error);
        break;
    case ZJIOT_QUANTITY:
        return set_quantity(field, member, value, UINT64_C(1) << index, sub, text, path, error);
    case ZJIOT_CLOCK:
        code = set_clock(field, member, text, path, error);
        break;
    case ZJIOT_LABEL:
        code = set_label(field, member, text, path, error);
        break;
    case ZJIOT_HEX:
        code = set_hex(field, member, text, path, error);
        break;
    case ZJIOT_BYTES:
        code = set_bytes(field, member, text, path, pool, error);
        break;
    default:
        return bad_text(field, text, path, error);
    }
    if (code == 0)
        ((struct zj_masks *)value)->has |= UINT64_C(1) << index;
    return code;
}
