/* Finding records, choices and units, and saying what a field may hold. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"

static bool goes(unsigned own, enum zjiot_direction direction) {
    return direction == ZJIOT_BOTH || own == ZJIOT_BOTH || own == direction;
}

/* Of the records that no id selects, the one with that variant. */
static const struct zjiot_record *find_open(const struct zjiot_protocol *protocol, const char *variant) {
    for (size_t i = 0; i < protocol->record_count; i++) {
        const struct zjiot_record *record = &protocol->records[i];
        if (record->message && record->id_count == 0 && strcmp(record->variant, variant) == 0)
            return record;
    }
    return NULL;
}

const struct zjiot_record *zjiot_record_find(const struct zjiot_protocol *protocol, const char *name,
                                             enum zjiot_direction direction) {
    const char *slash = strchr(name, '/');
    const size_t length = slash != NULL ? (size_t)(slash - name) : strlen(name);
    for (size_t i = 0; i < protocol->record_count; i++) {
        const struct zjiot_record *record = &protocol->records[i];
        if (record->name_size == length && memcmp(record->name, name, length) == 0 &&
            goes(record->direction, direction) && (slash == NULL || strcmp(record->variant, slash + 1) == 0))
            return record;
    }
    for (size_t i = 0; i < protocol->alias_count; i++)
        if (strlen(protocol->aliases[i].name) == length && memcmp(protocol->aliases[i].name, name, length) == 0 &&
            goes(protocol->aliases[i].direction, direction))
            return find_open(protocol, slash != NULL ? slash + 1 : "");
    return NULL;
}

const struct zjiot_record *zj_record_named(const struct zjiot_record *records, size_t count, const char *name,
                                           size_t size) {
    for (const struct zjiot_record *record = records; record < records + count; record++)
        if (record->name_size == size && record->name[0] == name[0] && memcmp(record->name, name, size) == 0)
            return record;
    return NULL;
}

int zj_check_named(const struct zjiot_record *named, const struct zjiot_record *record, const char *path,
                   struct zjiot_error *error) {
    if (strcmp(named->name, record->name) == 0)
        return 0;
    return zj_fail_at(error, ZJIOT_CONST, 0, path, "%s: the topic is of %s, the message is %s", path, named->name,
                      record->name);
}

const struct zjiot_record *zj_record_by_id(const struct zjiot_record *records, size_t count, uint32_t id,
                                           const struct zjiot_record *from) {
    for (const struct zjiot_record *record = from == NULL ? records : from + 1; record < records + count; record++)
        if (id - record->first_id < record->id_count)
            return record;
    return NULL;
}

const struct zjiot_choice *zjiot_choice_find(const struct zjiot_choice *set, int64_t value) {
    for (; set->name != NULL; set++)
        if (value >= set->low && value <= set->high)
            return set;
    return NULL;
}

const struct zjiot_unit zj_units[256] = {
#define UNIT(code, class, exponent, name, edition) [code] = {code, ZJIOT_UNIT_##class, exponent, edition, name},
#include "zjiot/def/units.def"
#undef UNIT
};

const struct zjiot_unit *zjiot_unit_find(uint8_t code) {
    return zj_unit_find(code);
}

/* Whether `name` is that unit's, in which a 3 may be written as a superscript. */
static bool is_unit_name(const char *unit, const char *name) {
    static const char cubed[] = "\xC2\xB3";
    for (; *unit != '\0'; unit++) {
        const bool superscript = *unit == '3' && strncmp(name, cubed, sizeof cubed - 1) == 0;
        if (!superscript && *name != *unit)
            return false;
        name += superscript ? sizeof cubed - 1 : 1;
    }
    return *name == '\0';
}

const struct zjiot_unit *zjiot_unit_named(const char *name) {
    const struct zjiot_unit *found = NULL;
    for (size_t i = 0; i < ZJ_COUNT(zj_units); i++)
        if (zj_units[i].name != NULL && is_unit_name(zj_units[i].name, name) &&
            (found == NULL || (found->exponent != 0 && zj_units[i].exponent == 0)))
            found = &zj_units[i];
    return found;
}

/* Appends to a text that is cut to `size`; returns the length it would have. */
static size_t append(char *out, size_t size, size_t used, const char *text) {
    if (used < size)
        zj_copy_text(out + used, size - used, text);
    return used + strlen(text);
}

static size_t set_range(const struct zjiot_field *field, char *out, size_t size) {
    size_t used = 0;
    for (const struct zjiot_choice *choice = field->set; choice->name != NULL; choice++) {
        char text[2 * ZJ_NUMBER_SIZE];
        if (choice->tolerated)
            continue;
        if (field->kind == ZJIOT_NAMED)
            snprintf(text, sizeof text, "%.60s", choice->name);
        else if (choice->low == choice->high)
            snprintf(text, sizeof text, "%lld", (long long)choice->low);
        else
            snprintf(text, sizeof text, "%lld..%lld", (long long)choice->low, (long long)choice->high);
        used = append(out, size, used, used > 0 ? ", " : "");
        used = append(out, size, used, text);
    }
    return used;
}

static void bound_text(const struct zjiot_field *field, int64_t bound, char *out) {
    if (field->kind == ZJIOT_MINUTE)
        zj_calendar_write(field, bound, out);
    else if (field->kind == ZJIOT_REAL || field->kind == ZJIOT_QUANTITY)
        zj_decimal_fixed(bound * field->step, field->decimals, out);
    else
        zj_number_text(field, bound, out);
}

static size_t bounds_range(const struct zjiot_field *field, char *out, size_t size) {
    char low[ZJ_NUMBER_SIZE] = "";
    char high[ZJ_NUMBER_SIZE] = "";
    const bool has_low = field->min != INT64_MIN;
    const bool has_high = field->max != INT64_MAX;
    if (has_low)
        bound_text(field, field->min, low);
    if (has_high)
        bound_text(field, field->max, high);
    size_t used = append(out, size, 0, low);
    if (field->min == field->max || (!has_low && !has_high))
        return used;
    used = append(out, size, used, "..");
    return append(out, size, used, high);
}

/* "up to 64 bytes" */
static size_t most_range(const struct zjiot_field *field, const char *what, char *out, size_t size) {
    char text[ZJ_NUMBER_SIZE + 16];
    if (field->max == INT64_MAX)
        return 0;
    snprintf(text, sizeof text, "up to %lld %s", (long long)field->max, what);
    return append(out, size, 0, text);
}

/* "15 digits" */
static size_t exact_range(int64_t count, const char *what, char *out, size_t size) {
    char text[ZJ_NUMBER_SIZE + 16];
    snprintf(text, sizeof text, "%lld %s", (long long)count, what);
    return append(out, size, 0, text);
}

/* "15 digits", "18 characters; up to 64 are read" */
static size_t text_range(const struct zjiot_field *field, char *out, size_t size) {
    if (field->flags & ZJIOT_FIELD_DIGITS)
        return exact_range(field->count, "digits", out, size);
    if (field->count == 0)
        return most_range(field, "bytes", out, size);
    const size_t used = append(out, size, exact_range(field->count, "characters", out, size), "; ");
    return used + most_range(field, "are read", used < size ? out + used : out, used < size ? size - used : 0);
}

static size_t json_range(const struct zjiot_field *field, char *out, size_t size) {
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
    case ZJIOT_REAL:
    case ZJIOT_MINUTE:
        return bounds_range(field, out, size);
    case ZJIOT_TEXT:
        return text_range(field, out, size);
    case ZJIOT_WORDS:
        return exact_range(field->max, "words", out, size);
    case ZJIOT_BYTES:
        return most_range(field, "bytes", out, size);
    case ZJIOT_LIST:
    case ZJIOT_HEX_LIST:
        return most_range(field, "items", out, size);
    case ZJIOT_MONTH_DAY:
        return append(out, size, 0, "01-01..12-31");
    default:
        return 0;
    }
}

size_t zjiot_field_range(const struct zjiot_field *field, char *out, size_t size) {
    if (size > 0)
        out[0] = '\0';
    if (field->set != NULL && !(field->flags & ZJIOT_FIELD_MASK))
        return set_range(field, out, size);
    switch (field->wire) {
    case ZJIOT_WIRE_JSON:
        return json_range(field, out, size);
    case ZJIOT_WIRE_UINT_BE:
    case ZJIOT_WIRE_UINT_LE:
    case ZJIOT_WIRE_BITS:
    case ZJIOT_WIRE_BCD:
    case ZJIOT_WIRE_QUANTITY:
        return bounds_range(field, out, size);
    case ZJIOT_WIRE_DIGITS:
        return exact_range(field->count, "digits", out, size);
    case ZJIOT_WIRE_RAW:
        return exact_range(field->size, "bytes", out, size);
    case ZJIOT_WIRE_REST:
        return most_range(field, "bytes", out, size);
    default:
        return 0;
    }
}
