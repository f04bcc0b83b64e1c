/* Errors, deviations, names of codes. */
#include <limits.h>
#include <string.h>

#include "unit.h"

#include "base/base.h"

/* The numbers are part of the ABI: a code put into the middle of the list moves the others. */
static void test_numbers_are_fixed(void **state) {
    (void)state;
    assert_int_equal(ZJIOT_ARG, -1);
    assert_int_equal(ZJIOT_NOMEM, -2);
    assert_int_equal(ZJIOT_SPACE, -3);
    assert_int_equal(ZJIOT_SYNTAX, -4);
    assert_int_equal(ZJIOT_UNKNOWN, -5);
    assert_int_equal(ZJIOT_MISSING, -6);
    assert_int_equal(ZJIOT_EXTRA, -7);
    assert_int_equal(ZJIOT_TYPE, -8);
    assert_int_equal(ZJIOT_RANGE, -9);
    assert_int_equal(ZJIOT_LENGTH, -10);
    assert_int_equal(ZJIOT_CHECKSUM, -11);
    assert_int_equal(ZJIOT_CONST, -12);
    assert_int_equal(ZJIOT_VERSION, -13);
    assert_int_equal(ZJIOT_AUTH, -14);
    assert_int_equal(ZJIOT_LAYOUT, -19);
}

static void test_names_and_texts(void **state) {
    (void)state;
    assert_string_equal(zjiot_code_name(0), "OK");
    assert_string_equal(zjiot_code_name(ZJIOT_ARG), "ARG");
    assert_string_equal(zjiot_code_name(ZJIOT_RANGE), "RANGE");
    assert_string_equal(zjiot_code_name(ZJIOT_LAYOUT), "LAYOUT");
    assert_string_equal(zjiot_code_text(ZJIOT_NOMEM), "the allocator gave no memory");
    for (int code = 0; code >= -ZJIOT_CODE_COUNT; code--)
        assert_true(strlen(zjiot_code_text(code)) > 0);
    const int strangers[] = {1, 42, -1 - ZJIOT_CODE_COUNT, INT_MIN, INT_MAX};
    for (size_t i = 0; i < ZJ_COUNT(strangers); i++) {
        assert_string_equal(zjiot_code_name(strangers[i]), "?");
        assert_true(strlen(zjiot_code_text(strangers[i])) > 0);
    }
}

static void test_version_has_three_numbers(void **state) {
    (void)state;
    const char *version = zjiot_version();
    assert_int_equal(strspn(version, "0123456789."), strlen(version));
    assert_non_null(strchr(version, '.'));
    assert_ptr_not_equal(strchr(version, '.'), strrchr(version, '.'));
}

static void test_fail_fills_every_member(void **state) {
    (void)state;
    struct zjiot_error error;
    memset(&error, 0xaa, sizeof(error));
    assert_int_equal(zj_fail(&error, ZJIOT_RANGE, 7, "%d %% is above %d %%", 140, 100), ZJIOT_RANGE);
    assert_int_equal(error.code, ZJIOT_RANGE);
    assert_int_equal(error.offset, 7);
    assert_int_equal(error.need, 0);
    assert_string_equal(error.path, "");
    assert_string_equal(error.text, "140 % is above 100 %");

    assert_int_equal(zj_fail_at(&error, ZJIOT_TYPE, 3, "data.loop[3].phase", "no %s", "text"), ZJIOT_TYPE);
    assert_int_equal(error.offset, 3);
    assert_string_equal(error.path, "data.loop[3].phase");
    assert_string_equal(error.text, "no text");

    assert_int_equal(zj_fail_space(&error, 123), ZJIOT_SPACE);
    assert_int_equal(error.code, ZJIOT_SPACE);
    assert_int_equal(error.need, 123);
    assert_int_equal(error.offset, 0);
    assert_string_equal(error.path, "");
    assert_string_equal(error.text, "123 bytes are needed");
}

static void test_fail_takes_null(void **state) {
    (void)state;
    assert_int_equal(zj_fail(NULL, ZJIOT_ARG, 0, "%s", "x"), ZJIOT_ARG);
    assert_int_equal(zj_fail_at(NULL, ZJIOT_LENGTH, 0, "path", "%s", "x"), ZJIOT_LENGTH);
    assert_int_equal(zj_fail_space(NULL, 1), ZJIOT_SPACE);
}

/* A sentence of any length ends with a whole character. The euro sign has three bytes: each shift of the text cuts
 * it at another one. */
static void test_long_sentences_are_cut_at_a_character(void **state) {
    (void)state;
    for (size_t shift = 0; shift < 6; shift++) {
        char text[400];
        memset(text, 'x', shift);
        for (size_t at = shift; at + 3 < sizeof(text); at += 3)
            memcpy(text + at, "\xe2\x82\xac", 4);
        struct zjiot_error error;
        zj_fail(&error, ZJIOT_SYNTAX, 0, "%s", text);
        size_t length = strlen(error.text);
        assert_in_range(length, ZJIOT_TEXT_SIZE - 3, ZJIOT_TEXT_SIZE - 1);
        assert_int_equal(zj_utf8_valid(error.text, length), length);
        assert_memory_equal(error.text, text, length);
    }
}

static void test_copy_text(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t size;
        const char *expected;
    } rows[] = {
        {"", 1, ""},
        {"abc", 1, ""},
        {"abc", 3, "ab"},
        {"abc", 4, "abc"},
        {"abc", 99, "abc"},
        {"a\xc3\xa9z", 3, "a"},         /* no room for the second byte */
        {"a\xc3\xa9z", 4, "a\xc3\xa9"}, /* whole character, then cut */
        {"a\xc3\xa9", 4, "a\xc3\xa9"},  /* fits just so */
        {"\xf0\x9f\x92\xa1", 4, ""},    /* 4 bytes need 5 */
        {"\xf0\x9f\x92\xa1", 5, "\xf0\x9f\x92\xa1"},
        {"\xe8\xb7\xaf\xe7\x81\xaf", 6, "\xe8\xb7\xaf"},
    };
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        char out[100];
        memset(out, '#', sizeof(out));
        assert_int_equal(zj_copy_text(out, rows[i].size, rows[i].text), strlen(rows[i].expected));
        assert_string_equal(out, rows[i].expected);
        if (rows[i].size < sizeof(out))
            assert_int_equal(out[rows[i].size], '#');
    }
}

static void test_report_counts_past_its_capacity(void **state) {
    (void)state;
    struct zjiot_deviation items[3];
    memset(items, '#', sizeof(items));
    struct zjiot_report report = {.items = items, .capacity = 2};
    zj_report(&report, ZJIOT_ORDER, 1, "a.b", "1 2", "2 1");
    zj_report(&report, ZJIOT_SKIPPED, 2, "", "x", "");
    zj_report(&report, ZJIOT_EXTRA, 3, "", "", "");
    assert_int_equal(report.count, 3);
    assert_int_equal(items[0].code, ZJIOT_ORDER);
    assert_int_equal(items[0].offset, 1);
    assert_string_equal(items[0].path, "a.b");
    assert_string_equal(items[0].found, "1 2");
    assert_string_equal(items[0].expected, "2 1");
    assert_int_equal(items[1].code, ZJIOT_SKIPPED);
    assert_int_equal(items[2].path[0], '#');

    struct zjiot_report counter = {0};
    zj_report(&counter, ZJIOT_ORDER, 0, "", "", "");
    assert_int_equal(counter.count, 1);
    zj_report(NULL, ZJIOT_ORDER, 0, "", "", "");
}

static void test_report_cuts_its_texts(void **state) {
    (void)state;
    char text[301];
    memset(text, 'y', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct zjiot_deviation item;
    struct zjiot_report report = {.items = &item, .capacity = 1};
    zj_report(&report, ZJIOT_CONST, 0, text, text, text);
    assert_int_equal(strlen(item.path), ZJIOT_PATH_SIZE - 1);
    assert_int_equal(strlen(item.found), ZJIOT_EVIDENCE_SIZE - 1);
    assert_int_equal(strlen(item.expected), ZJIOT_EVIDENCE_SIZE - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_fixed),
        cmocka_unit_test(test_names_and_texts),
        cmocka_unit_test(test_version_has_three_numbers),
        cmocka_unit_test(test_fail_fills_every_member),
        cmocka_unit_test(test_fail_takes_null),
        cmocka_unit_test(test_long_sentences_are_cut_at_a_character),
        cmocka_unit_test(test_copy_text),
        cmocka_unit_test(test_report_counts_past_its_capacity),
        cmocka_unit_test(test_report_cuts_its_texts),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
