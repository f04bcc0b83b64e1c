/* Every Zhenjiang vector through the typed calls: what was written down from the document by someone who had not seen
 * this library, against what it says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zhenjiang/zhenjiang.h"
#include "zjiot/hex.h"

enum { DEVIATIONS_MAX = 64, BODY_MAX = 256 * 1024 };

/* One reading of a line. */
struct reading {
    int code;
    struct zjiot_zhenjiang_message message;
    struct zjiot_error error;
    struct zjiot_report report;
    struct zjiot_deviation deviations[DEVIATIONS_MAX];
};

static struct zjiot_pool pool;
static char body[BODY_MAX];
static size_t body_size;

static void load_body(const json_t *line) {
    const json_t *payload = json_object_get(line, "payload");
    if (payload == NULL) {
        body_size = bytes_of(vector_text(line, "payload_hex"), (uint8_t *)body);
        return;
    }
    body_size = json_string_length(payload);
    assert_true(body_size <= sizeof body);
    memcpy(body, json_string_value(payload), body_size);
}

static void read_line(const json_t *line, bool strict, struct reading *reading) {
    const struct zjiot_options options = {.strict = strict};
    *reading = (struct reading){.report = {reading->deviations, DEVIATIONS_MAX, 0}};
    reading->code = zjiot_zhenjiang_decode(vector_text(line, "topic"), body, body_size, &options, &pool,
                                           &reading->message, &reading->report, NULL, &reading->error);
    if (reading->code != 0)
        assert_int_equal(reading->error.code, reading->code);
}

static bool fits(const json_t *wanted, int code, const char *path) {
    const char *wanted_code = json_string_value(json_object_get(wanted, "code"));
    const char *wanted_path = json_string_value(json_object_get(wanted, "path"));
    return (wanted_code == NULL || vector_one_of(zjiot_code_name(code), wanted_code)) &&
           (wanted_path == NULL || vector_one_of(path, wanted_path));
}

static bool is_reported(const struct reading *reading, const json_t *wanted) {
    for (size_t i = 0; i < reading->report.count; i++)
        if (fits(wanted, reading->deviations[i].code, reading->deviations[i].path))
            return true;
    return false;
}

/* Prints what is wrong, and what was read. */
static int complain(const char *what, const json_t *line, const struct reading *reading) {
    print_error("%s: %s %s\n  %.300s\n", what, vector_text(line, "note"), vector_text(line, "topic"), body);
    if (reading->code != 0)
        print_error("    error %s at %zu, %s: %s\n", zjiot_code_name(reading->code), reading->error.offset,
                    reading->error.path, reading->error.text);
    for (size_t i = 0; i < reading->report.count; i++)
        print_error("    %s at %zu, %s: %s, not %s\n", zjiot_code_name(reading->deviations[i].code),
                    reading->deviations[i].offset, reading->deviations[i].path, reading->deviations[i].found,
                    reading->deviations[i].expected);
    return 1;
}

/* --- Values --- */

static bool same_value(const json_t *is, const json_t *wanted) {
    const char *key;
    const json_t *value;
    size_t i;
    if (json_is_number(is) && json_is_number(wanted))
        return json_number_value(is) <= json_number_value(wanted) && json_number_value(is) >= json_number_value(wanted);
    if (json_is_object(is) && json_is_object(wanted) && json_object_size(is) == json_object_size(wanted)) {
        json_object_foreach((json_t *)(uintptr_t)wanted, key, value) {
            if (!same_value(json_object_get(is, key), value))
                return false;
        }
        return true;
    }
    if (json_is_array(is) && json_is_array(wanted) && json_array_size(is) == json_array_size(wanted)) {
        json_array_foreach(wanted, i, value) {
            if (!same_value(json_array_get(is, i), value))
                return false;
        }
        return true;
    }
    return json_equal(is, wanted);
}

static json_t *parse(const char *text, size_t size, bool is_base64) {
    static char plain[BODY_MAX];
    if (is_base64) {
        const int64_t count = zjiot_base64_read(text, size, false, (uint8_t *)plain, sizeof plain, NULL, NULL);
        return count >= 0 ? json_loadb(plain, (size_t)count, 0, NULL) : NULL;
    }
    return json_loadb(text, size, 0, NULL);
}

/* A line without deviations is written as it came, but for the order of its members. */
static int check_written(const json_t *line, const struct reading *reading) {
    static char out[BODY_MAX];
    char topic[ZJIOT_ZHENJIANG_TOPIC_SIZE];
    struct zjiot_error error;
    const bool is_base64 = reading->message.topic.format == ZJIOT_ZHENJIANG_BASE64;
    const int64_t size = zjiot_zhenjiang_encode(&reading->message, NULL, topic, sizeof topic, out, sizeof out, &error);
    if (size < 0) {
        print_error("%s at %s: %s\n", zjiot_code_name((int)size), error.path, error.text);
        return complain("cannot be written", line, reading);
    }
    json_t *is = parse(out, (size_t)size, is_base64);
    json_t *wanted = parse(body, body_size, is_base64);
    const bool same = is != NULL && wanted != NULL && same_value(is, wanted);
    json_decref(is);
    json_decref(wanted);
    if (!same) {
        print_error("%.*s\n", (int)size, out);
        return complain("is written otherwise", line, reading);
    }
    return strcmp(topic, vector_text(line, "topic")) == 0 ? 0 : complain("goes to another topic", line, reading);
}

/* What a writer must refuse, it refuses, given the values as they were read. */
static int check_refused(const json_t *line, const struct reading *reading) {
    static char out[BODY_MAX];
    char topic[ZJIOT_ZHENJIANG_TOPIC_SIZE];
    const int64_t size = zjiot_zhenjiang_encode(&reading->message, NULL, topic, sizeof topic, out, sizeof out, NULL);
    if (size < 0 && vector_one_of(zjiot_code_name((int)size), vector_text(line, "write_error")))
        return 0;
    print_error("%s instead of %s\n", size < 0 ? zjiot_code_name((int)size) : "written",
                vector_text(line, "write_error"));
    return complain("is not refused by the writer", line, reading);
}

/* --- Lines --- */

static int check_deviations(const json_t *line, const struct reading *reading) {
    const json_t *wanted;
    size_t i;
    int failures = 0;
    json_array_foreach(json_object_get(line, "deviations"), i, wanted) {
        if (is_reported(reading, wanted))
            continue;
        print_error("%s at %s is not reported\n", vector_text(wanted, "code"), vector_text(wanted, "path"));
        failures += complain("deviations", line, reading);
    }
    if (json_is_true(json_object_get(line, "deviations_none")) && reading->report.count > 0)
        failures += complain("deviations where there are none", line, reading);
    return failures;
}

static int check_message(const json_t *line, const struct reading *reading) {
    const struct zjiot_record *record = &zj_zhenjiang_records[reading->message.type];
    const char *name = json_string_value(json_object_get(json_object_get(line, "assert"), "message"));
    const char *direction = json_string_value(json_object_get(json_object_get(line, "assert"), "direction"));
    if ((name == NULL || strcmp(name, record->name) == 0) &&
        (direction == NULL || strcmp(direction, record->direction == ZJIOT_UP ? "up" : "down") == 0))
        return 0;
    return complain("another message", line, reading);
}

static int check_read(const json_t *line, const struct reading *reading) {
    int failures = check_deviations(line, reading) + check_message(line, reading);
    if (reading->report.count == 0)
        failures += check_written(line, reading);
    else if (json_object_get(line, "write_error") != NULL)
        failures += check_refused(line, reading);
    return failures;
}

static int check_lenient(const json_t *line, const struct reading *reading) {
    const json_t *report = json_object_get(line, "report");
    const json_t *ok = json_object_get(line, "ok");
    if (report != NULL) {
        if (reading->code != 0 ? fits(report, reading->code, reading->error.path) : is_reported(reading, report))
            return 0;
        print_error("wanted is %s at %s\n", vector_text(report, "code"), vector_text(report, "path"));
        return complain("report", line, reading);
    }
    if (ok != NULL && json_is_true(ok) != (reading->code == 0))
        return complain(json_is_true(ok) ? "is not read" : "is read", line, reading);
    if (reading->code == 0)
        return check_read(line, reading);
    const char *code = json_string_value(json_object_get(line, "error"));
    const char *path = json_string_value(json_object_get(line, "path"));
    if ((code == NULL || vector_one_of(zjiot_code_name(reading->code), code)) &&
        (path == NULL || vector_one_of(reading->error.path, path)))
        return 0;
    print_error("wanted is %s at %s\n", code != NULL ? code : "any", path != NULL ? path : "any place");
    return complain("another error", line, reading);
}

/* Strict: the first deviation is the error, and without one all is well. */
static int check_strict(const json_t *line, const struct reading *lenient) {
    static struct reading strict;
    const struct zjiot_deviation *first = &lenient->deviations[0];
    read_line(line, true, &strict);
    if (lenient->code == 0 && lenient->report.count == 0)
        return strict.code == 0 ? 0 : complain("strict: is not read", line, &strict);
    if (strict.code == 0)
        return complain("strict: is read", line, &strict);
    if (lenient->code != 0 || (strict.code == (int)first->code && strict.error.offset == first->offset &&
                               strcmp(strict.error.path, first->path) == 0))
        return 0;
    complain("strict: not the first deviation", line, &strict);
    return complain("  lenient", line, lenient);
}

static int check_line(const json_t *line) {
    static struct reading reading;
    zjiot_pool_reset(&pool);
    load_body(line);
    read_line(line, false, &reading);
    assert_true(reading.report.count <= DEVIATIONS_MAX);
    return check_lenient(line, &reading) + check_strict(line, &reading);
}

static void examples_of_the_document(void **state) {
    (void)state;
    vectors_each("zhenjiang/examples.jsonl", 72, check_line);
}

static void least_of_every_form(void **state) {
    (void)state;
    vectors_each("zhenjiang/minimal.jsonl", 86, check_line);
}

static void limits_of_every_form(void **state) {
    (void)state;
    vectors_each("zhenjiang/limits.jsonl", 122, check_line);
}

static void rules_and_tolerances(void **state) {
    (void)state;
    vectors_each("zhenjiang/rules.jsonl", 514, check_line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_document),
        cmocka_unit_test(least_of_every_form),
        cmocka_unit_test(limits_of_every_form),
        cmocka_unit_test(rules_and_tolerances),
    };
    zjiot_pool_growing(&pool, NULL, 16 << 20);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    zjiot_pool_release(&pool);
    return failed;
}
