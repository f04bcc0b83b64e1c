/* Every vector, against what its source states: the assertions in test/vectors were written down from the documents by
 * someone who had not seen this library. Records are compared as the JSON that users get. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

enum { RECORD_SIZE = 64 * 1024 };

static int same(const json_t *is, const json_t *wanted) {
    if (json_is_number(is) && json_is_number(wanted))
        return fabs(json_number_value(is) - json_number_value(wanted)) == 0;
    return json_equal(is, wanted);
}

static int check_error(const json_t *line, const json_t *record) {
    const char *wanted = json_string_value(json_object_get(line, "error"));
    const char *code = json_string_value(vector_member(record, "error.code"));
    const json_t *offset = json_object_get(line, "offset");
    if (code == NULL || wanted == NULL || !vector_one_of(code, wanted)) {
        print_error("error is %s, expected %s\n", code != NULL ? code : "none", wanted != NULL ? wanted : "none");
        return 1;
    }
    if (offset != NULL && json_integer_value(offset) != json_integer_value(vector_member(record, "error.offset"))) {
        print_error("error at %d, expected %d\n", (int)json_integer_value(vector_member(record, "error.offset")),
                    (int)json_integer_value(offset));
        return 1;
    }
    return 0;
}

static int check_deviations(const json_t *line, const json_t *record) {
    const json_t *wanted;
    size_t i;
    int failures = 0;
    const json_t *reported = json_object_get(record, "deviations");
    json_array_foreach(json_object_get(line, "deviations"), i, wanted) {
        const char *code = json_string_value(json_object_get(wanted, "code"));
        const char *path = json_string_value(json_object_get(wanted, "path"));
        int found = code == NULL;
        const json_t *deviation;
        size_t j;
        json_array_foreach(reported, j, deviation) {
            const char *is = json_string_value(json_object_get(deviation, "code"));
            const char *at = json_string_value(json_object_get(deviation, "path"));
            found |= code != NULL && vector_one_of(is, code) && (path == NULL || strcmp(path, at) == 0);
        }
        if (!found) {
            print_error("no deviation %s at %s\n", code, path != NULL ? path : "any path");
            failures++;
        }
    }
    return failures;
}

static int check_record(const json_t *line, const json_t *record) {
    const char *path;
    const json_t *wanted;
    int failures = 0;
    json_object_foreach(json_object_get(line, "assert"), path, wanted) {
        const json_t *is = vector_member(record, path);
        if (is == NULL || !same(is, wanted)) {
            char *is_text = is != NULL ? json_dumps(is, JSON_ENCODE_ANY) : NULL;
            char *wanted_text = json_dumps(wanted, JSON_ENCODE_ANY);
            print_error("%s is %s, expected %s\n", path, is_text != NULL ? is_text : "absent", wanted_text);
            free(is_text);
            free(wanted_text);
            failures++;
        }
    }
    return failures + check_deviations(line, record);
}

static const struct zjiot_protocol *protocol;

static int check_line(const json_t *line) {
    static char out[RECORD_SIZE];
    uint8_t bytes[VECTOR_BYTES_MAX];
    struct zjiot_error error;
    const int64_t size = vector_bytes(line, bytes);
    int failures = 0;
    if (size < 0) {
        failures = !vector_one_of("HEX", vector_text(line, "error"));
    } else {
        assert_true(zjiot_record(protocol, &(struct zjiot_input){NULL, bytes, (size_t)size}, NULL, fresh_pool(), out,
                                 sizeof out, &error) > 0);
        json_t *record = json_loads(out, 0, NULL);
        assert_non_null(record);
        const int ok = json_is_true(json_object_get(record, "ok"));
        if (ok != json_is_true(json_object_get(line, "ok"))) {
            print_error("ok is %d: %s\n", ok, out);
            failures = 1;
        } else {
            failures = ok ? check_record(line, record) : check_error(line, record);
        }
        json_decref(record);
    }
    if (failures > 0)
        print_error("  in %s\n", vector_text(line, "hex"));
    return failures;
}

static void check_file(const char *name, const char *protocol_name, size_t least) {
    protocol = zjiot_protocol_find(protocol_name);
    vectors_each(name, least, check_line);
}

static void nb_documents_and_recordings(void **state) {
    (void)state;
    check_file("nb/expect.jsonl", "nb", 15);
}

static void nb_constructed(void **state) {
    (void)state;
    check_file("nb/constructed.jsonl", "nb", 20);
}

static void nb_invalid(void **state) {
    (void)state;
    check_file("invalid/nb.jsonl", "nb", 5);
}

static void cjt188_documents_and_recordings(void **state) {
    (void)state;
    check_file("cjt188/expect.jsonl", "cjt188", 67);
}

static void cjt188_constructed(void **state) {
    (void)state;
    check_file("cjt188/constructed.jsonl", "cjt188", 50);
}

static void cjt188_invalid(void **state) {
    (void)state;
    check_file("invalid/cjt188.jsonl", "cjt188", 5);
}

static void hy_meter_frames(void **state) {
    (void)state;
    check_file("hy/expect.jsonl", "cjt188", 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nb_documents_and_recordings),
        cmocka_unit_test(nb_constructed),
        cmocka_unit_test(nb_invalid),
        cmocka_unit_test(cjt188_documents_and_recordings),
        cmocka_unit_test(cjt188_constructed),
        cmocka_unit_test(cjt188_invalid),
        cmocka_unit_test(hy_meter_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
