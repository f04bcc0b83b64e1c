#include "rowtext.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "output.h"

static const char *const kinds[] = {
    [ZJIOT_INT] = "integer",     [ZJIOT_HEXNUM] = "hex number", [ZJIOT_NAMED] = "name",
    [ZJIOT_REAL] = "number",     [ZJIOT_BOOL] = "true/false",   [ZJIOT_QUANTITY] = "quantity",
    [ZJIOT_CLOCK] = "clock",     [ZJIOT_LABEL] = "digits",      [ZJIOT_HEX] = "hex bytes",
    [ZJIOT_BYTES] = "hex bytes", [ZJIOT_RECORD] = "object",     [ZJIOT_ARRAY] = "list",
    [ZJIOT_LIST] = "list",       [ZJIOT_TEXT] = "text",         [ZJIOT_TIME] = "Unix time",
    [ZJIOT_MINUTE] = "HH:MM",    [ZJIOT_MONTH_DAY] = "mm-dd",   [ZJIOT_HEX_LIST] = "list of hex bytes",
    [ZJIOT_MEMBERS] = "object",  [ZJIOT_STAMP] = "time stamp",  [ZJIOT_WORDS] = "hex words",
};

/* What travels in quotes or brackets, though its kind does not, is shown so. */
static const char *form_type(const struct zjiot_field *field) {
    if (field->flags & ZJIOT_FIELD_LISTED)
        return "[integer]";
    if (field->flags & ZJIOT_FIELD_QUOTED)
        return field->kind == ZJIOT_BOOL ? "\"true\"" : field->kind == ZJIOT_REAL ? "\"number\"" : "\"integer\"";
    return NULL;
}

const char *row_type(const struct zjiot_field *field) {
    const char *form = form_type(field);
    if (form != NULL)
        return form;
    static const char *const quantities[] = {
        [ZJIOT_UNIT_ENERGY] = "energy", [ZJIOT_UNIT_POWER] = "power",  [ZJIOT_UNIT_VOLUME] = "volume",
        [ZJIOT_UNIT_FLOW] = "flow",     [ZJIOT_UNIT_ANY] = "quantity",
    };
    if (field->flags & ZJIOT_FIELD_COMPUTED)
        return "computed";
    if (field->flags & ZJIOT_FIELD_MASK)
        return "bits";
    return field->kind == ZJIOT_QUANTITY ? quantities[field->unit_class] : kinds[field->kind];
}

void row_bytes(const struct zjiot_field *field, char *out, size_t size) {
    if (field->wire == ZJIOT_WIRE_BITS)
        snprintf(out, size, "%u bit%s", field->width, field->width == 1 ? "" : "s");
    else if (field->wire == ZJIOT_WIRE_REST)
        snprintf(out, size, "rest");
    else if (field->wire == ZJIOT_WIRE_NONE || field->size == 0)
        snprintf(out, size, "-");
    else
        snprintf(out, size, "%u", field->size);
}

size_t row_range(const struct zjiot_field *field, char *out, size_t size) {
    char range[ZJIOT_EVIDENCE_SIZE] = "";
    if (field->set == NULL)
        zjiot_field_range(field, range, sizeof range);
    snprintf(out, size, "%s%s%s", range, range[0] != '\0' && field->unit[0] != '\0' ? " " : "", field->unit);
    return text_columns(out, strlen(out));
}

const char *row_need(const struct zjiot_field *field) {
    if (field->flags & ZJIOT_FIELD_COMPUTED)
        return ""; /* it does not travel */
    return field->flags & ZJIOT_FIELD_OPTIONAL ? "optional" : "required";
}

void choice_values(const struct zjiot_field *field, const struct zjiot_choice *choice, char *out, size_t size) {
    out[0] = '\0';
    if (field->kind == ZJIOT_NAMED && field->wire == ZJIOT_WIRE_JSON)
        return;
    if (choice->low == choice->high)
        snprintf(out, size, "%" PRId64, choice->low);
    else
        snprintf(out, size, "%" PRId64 "..%" PRId64, choice->low, choice->high);
}

bool choice_adds(const struct zjiot_choice *choice) {
    const size_t size = strlen(choice->name);
    return strncasecmp(choice->name, choice->meaning, size) != 0 || strcmp(choice->meaning + size, ".") != 0;
}

void row_ids(const struct named *named, char *out, size_t size) {
    if (named->id_count == 0)
        snprintf(out, size, "-");
    else if (named->id_count > 1)
        snprintf(out, size, "%02" PRIx32 "-%02" PRIx32, named->first_id, named->first_id + named->id_count - 1);
    else
        snprintf(out, size, "%02" PRIx32, named->first_id);
}

const char *row_way(unsigned direction) {
    return direction == ZJIOT_DOWN ? ", to the device" : direction == ZJIOT_UP ? ", from the device" : "";
}

const char *row_answers(const struct zjiot_record *record) {
    return record->answers == ZJIOT_ANSWERS_ONE ? "one" : record->answers == ZJIOT_ANSWERS_SEVERAL ? "several" : "";
}
