/* The rows against a list of all members that was written down from the document by someone who had not seen them:
 * names, types, units, ranges, sections, and which may be left out. Tests made from rows cannot find a wrong row. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

/* Where the rows say something else than the list, and why. */
static const struct {
    const char *form; /* "" any */
    const char *path;
    const char *what;
    const char *reason;
} settled[] = {
    {"up/getTimetable", "timetable[].dt", "required", "a table for every day has no dt, and must be answered as it is"},
    {"up/postAlarm", "alarm[].alarm_level", "required", "zero says that there is none; devices are told to send zeros"},
    {"up/postAlarm", "alarm[].phase", "required", "decisions: zero for the faults that have no phase"},
    {"up/postLux", "lux_value", "unit", "the unit's symbol is lx"},
    {"down/context", "status", "here", "one struct for both directions; the rules between fields refuse it downward"},
    {"down/context", "detail", "here", "one struct for both directions; the rules between fields refuse it downward"},
};

static int wrong;

static void differ(const json_t *line, const char *what, const char *is, const char *wanted) {
    const char *form = vector_text(line, "form");
    const char *path = vector_text(line, "path");
    for (size_t i = 0; i < sizeof settled / sizeof *settled; i++)
        if ((settled[i].form[0] == '\0' || strcmp(settled[i].form, form) == 0) && strcmp(settled[i].path, path) == 0 &&
            strcmp(settled[i].what, what) == 0)
            return;
    print_error("%s %s: %s is %s in the rows, %s in the list\n", form, path, what, is, wanted);
    wrong++;
}

static void differ_number(const json_t *line, const char *what, int64_t is, int64_t wanted) {
    char texts[2][32];
    if (is == wanted)
        return;
    snprintf(texts[0], sizeof texts[0], "%lld", (long long)is);
    snprintf(texts[1], sizeof texts[1], "%lld", (long long)wanted);
    differ(line, what, texts[0], texts[1]);
}

/* "down/setTimer", "up/ftpUpgrade/finished", "up/context". */
static const struct zjiot_record *form_record(const char *form) {
    const struct zjiot_protocol *protocol = zjiot_protocol_find("zhenjiang");
    const enum zjiot_direction direction = strncmp(form, "up/", 3) == 0 ? ZJIOT_UP : ZJIOT_DOWN;
    const char *name = strchr(form, '/') + 1;
    if (strcmp(name, "context") != 0)
        return zjiot_record_find(protocol, name, direction);
    struct zjiot_message message;
    struct zjiot_error error;
    assert_int_equal(zjiot_prepare(protocol, protocol->records, fresh_pool(), &message, &error), 0);
    return message.headers[1].record;
}

static const char *type_of(const struct zjiot_field *field) {
    switch (field->kind) {
    case ZJIOT_INT:
        return "int";
    case ZJIOT_REAL:
        return "float";
    case ZJIOT_TIME:
        return strcmp(field->unit, "ms") == 0 ? "time_unix_ms" : "time_unix_s";
    case ZJIOT_LIST:
        return "list";
    case ZJIOT_RECORD:
        return "object";
    default:
        return "text"; /* TEXT, and MINUTE and MONTH_DAY, which travel as one */
    }
}

/* Whether the rows take exactly the numbers of the list's set, tried from below the lowest to above the highest. */
static void check_set(const json_t *line, const struct zjiot_field *field, const json_t *set) {
    for (int64_t number = -2; number <= 400; number++) {
        bool wanted = false;
        for (size_t i = 0; i < json_array_size(set); i++) {
            const json_t *range = json_array_get(set, i);
            const json_t *high = json_array_get(range, 1);
            /* An open end: the rows stop at the next value that is named. */
            const int64_t to = json_is_integer(high) ? json_integer_value(high) : 169;
            wanted |= number >= json_integer_value(json_array_get(range, 0)) && number <= to;
        }
        const bool is = field->set != NULL ? zjiot_choice_find(field->set, number) != NULL
                                           : number >= field->min && number <= field->max;
        if (is != wanted)
            differ_number(line, "set", is ? number : -number, wanted ? number : -number);
    }
}

/* Lowest and highest of a row, whether it has a range or a set. */
static int64_t limit(const struct zjiot_field *field, bool high) {
    if (field->set == NULL)
        return high ? field->max : field->min;
    int64_t found = field->flags & ZJIOT_FIELD_MASK ? 0 : field->set->low;
    for (const struct zjiot_choice *choice = field->set; choice->name != NULL; choice++)
        if (field->flags & ZJIOT_FIELD_MASK)
            found += high ? choice->low : 0;
        else
            found = high ? (choice->high > found ? choice->high : found) : (choice->low < found ? choice->low : found);
    return found;
}

static void check_line(const json_t *line) {
    const char *form = vector_text(line, "form");
    const char *path = vector_text(line, "path");
    const struct zjiot_record *record = form_record(form);
    if (record == NULL) {
        differ(line, "form", "absent", "there");
        return;
    }
    if (json_is_true(json_object_get(line, "empty"))) {
        differ_number(line, "members", record->field_count, 0);
        return;
    }
    const struct zjiot_field *field = vector_row(record, path);
    if (field == NULL) {
        differ(line, "row", "absent", "there");
        return;
    }
    if (strcmp(type_of(field), vector_text(line, "type")) != 0)
        differ(line, "type", type_of(field), vector_text(line, "type"));
    const char *unit = vector_text(line, "unit");
    if (field->kind != ZJIOT_TIME && unit[0] != '\0' && strcmp(field->unit, unit) != 0)
        differ(line, "unit", field->unit, unit);
    differ_number(line, "required", !(field->flags & ZJIOT_FIELD_OPTIONAL),
                  json_is_true(json_object_get(line, "required")));
    if (json_object_get(line, "set") != NULL)
        check_set(line, field, json_object_get(line, "set"));
    if (json_object_get(line, "min") != NULL)
        differ_number(line, "min", limit(field, false), json_integer_value(json_object_get(line, "min")));
    if (json_object_get(line, "max") != NULL)
        differ_number(line, "max", limit(field, true), json_integer_value(json_object_get(line, "max")));
    if (json_object_get(line, "max_items") != NULL)
        differ_number(line, "max_items", field->max, json_integer_value(json_object_get(line, "max_items")));
}

static void every_listed_member_has_its_row(void **state) {
    (void)state;
    json_t *lines = vectors_read("zhenjiang/fields.jsonl");
    assert_non_null(lines);
    assert_true(json_array_size(lines) > 250);
    wrong = 0;
    for (size_t i = 0; i < json_array_size(lines); i++)
        check_line(json_array_get(lines, i));
    json_decref(lines);
    assert_int_equal(wrong, 0);
}

static void check_rows(const json_t *lines, const char *form, const struct zjiot_record *record, const char *above) {
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        char path[ZJIOT_PATH_SIZE];
        snprintf(path, sizeof path, "%s%s", above, field->key);
        if (field->kind == ZJIOT_LIST)
            snprintf(path, sizeof path, "%s%s[]", above, field->key);
        json_t *line = json_pack("{ssss}", "form", form, "path", path);
        if (field->record == NULL && !vectors_list(lines, form, path))
            differ(line, "here", "there", "absent");
        json_decref(line);
        if (field->record == NULL)
            continue;
        char deeper[ZJIOT_PATH_SIZE];
        snprintf(deeper, sizeof deeper, "%.90s.", path);
        check_rows(lines, form, field->record, deeper);
    }
}

static void every_row_is_listed(void **state) {
    (void)state;
    const struct zjiot_protocol *protocol = zjiot_protocol_find("zhenjiang");
    json_t *lines = vectors_read("zhenjiang/fields.jsonl");
    wrong = 0;
    for (size_t i = 0; i < protocol->record_count; i++) {
        const struct zjiot_record *record = &protocol->records[i];
        char form[64];
        snprintf(form, sizeof form, "%s/%s%s%s", record->direction == ZJIOT_UP ? "up" : "down", record->name,
                 record->variant[0] != '\0' ? "/" : "", record->variant);
        if (record->field_count == 0 && !vectors_list(lines, form, "")) {
            print_error("%s is not in the list\n", form);
            wrong++;
        }
        check_rows(lines, form, record, "");
    }
    check_rows(lines, "up/context", form_record("up/context"), "");
    check_rows(lines, "down/context", form_record("down/context"), "");
    json_decref(lines);
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_listed_member_has_its_row),
        cmocka_unit_test(every_row_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
