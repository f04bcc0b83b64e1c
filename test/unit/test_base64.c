/* Base64, strict and lenient. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "base/base.h"
#include "zjiot/hex.h"

static int64_t read_text(const char *text, bool lenient, uint8_t *out, size_t capacity, struct zjiot_report *report,
                         struct zjiot_error *error) {
    return zjiot_base64_read(text, strlen(text), lenient, out, capacity, report, error);
}

static void test_rfc_vectors(void **state) {
    (void)state;
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"},
                                          {"\xfb\xff\xbf", "+/+/"}};
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        const char *bytes = rows[i][0], *text = rows[i][1];
        char written[16];
        uint8_t read[16];
        assert_int_equal(ZJIOT_BASE64_SIZE(strlen(bytes)), strlen(text));
        assert_int_equal(zjiot_base64_write((const uint8_t *)bytes, strlen(bytes), written, sizeof(written), NULL),
                         strlen(text));
        assert_memory_equal(written, text, strlen(text));
        for (int lenient = 0; lenient < 2; lenient++) {
            struct zjiot_report report = {0};
            assert_int_equal(read_text(text, lenient, read, sizeof(read), &report, NULL), strlen(bytes));
            assert_memory_equal(read, bytes, strlen(bytes));
            assert_int_equal(report.count, 0); /* what is right is no deviation */
        }
    }
}

static void test_random_bytes_come_back(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (size_t size = 0; size <= 300; size++) {
        uint8_t bytes[300] = {0};
        uint8_t again[304];
        char text[400];
        random_fill(&seed, bytes, size);
        memset(again, 0x77, sizeof(again));
        int64_t length = zjiot_base64_write(bytes, size, text, sizeof(text), NULL);
        assert_int_equal(length, ZJIOT_BASE64_SIZE(size));
        assert_int_equal(zjiot_base64_read(text, (size_t)length, false, again, size, NULL, NULL), size);
        assert_memory_equal(again, bytes, size);
        assert_int_equal(again[size], 0x77);
    }
}

/* What strict reading refuses, and where; what lenient reading makes of it (NULL: refuses it too, likewise). */
static const struct row {
    const char *text;
    enum zjiot_code code;
    size_t offset;
    const char *bytes;
    enum zjiot_code tolerated;
    size_t place;
} rows[] = {
    {"Zg", ZJIOT_LENGTH, 2, "f", ZJIOT_LENGTH, 2},
    {"Zg=", ZJIOT_LENGTH, 3, "f", ZJIOT_LENGTH, 3},
    {"Zm8", ZJIOT_LENGTH, 3, "fo", ZJIOT_LENGTH, 3},
    {"Zm9v\nYmFy", ZJIOT_SYNTAX, 4, "foobar", ZJIOT_SYNTAX, 4},
    {"Zm9vYmFy\r\n", ZJIOT_SYNTAX, 8, "foobar", ZJIOT_SYNTAX, 8},
    {" Zm 9v\tYm Fy", ZJIOT_SYNTAX, 0, "foobar", ZJIOT_SYNTAX, 0},
    {"Zg =\n=", ZJIOT_SYNTAX, 2, "f", ZJIOT_SYNTAX, 2},
    {"-_-_", ZJIOT_SYNTAX, 0, "\xfb\xff\xbf", ZJIOT_SYNTAX, 0},
    {"Zm9v+_+/", ZJIOT_SYNTAX, 5, "foo\xfb\xff\xbf", ZJIOT_SYNTAX, 5},
    {"Zh==", ZJIOT_CONST, 1, "f", ZJIOT_CONST, 1},
    {"Zm9vZm9=", ZJIOT_CONST, 6, "foofo", ZJIOT_CONST, 6},
    {"Z", ZJIOT_LENGTH, 1, NULL, 0, 0},
    {"Zm9vZ", ZJIOT_LENGTH, 5, NULL, 0, 0},
    {"Z===", ZJIOT_LENGTH, 1, NULL, 0, 0},
    {"=", ZJIOT_SYNTAX, 0, NULL, 0, 0},
    {"====", ZJIOT_SYNTAX, 0, NULL, 0, 0},
    {"Zm9v=", ZJIOT_SYNTAX, 4, NULL, 0, 0},
    {"Zm9v====", ZJIOT_SYNTAX, 4, NULL, 0, 0},
    {"Zg===", ZJIOT_SYNTAX, 4, NULL, 0, 0},
    {"Zm8==", ZJIOT_SYNTAX, 4, NULL, 0, 0},
    {"Zg==Zg==", ZJIOT_SYNTAX, 4, NULL, 0, 0}, /* the second text must not be lost */
    {"Zg=g", ZJIOT_SYNTAX, 3, NULL, 0, 0},
    {"Zm9!", ZJIOT_SYNTAX, 3, NULL, 0, 0},
    {"Zm9vYm\x80y", ZJIOT_SYNTAX, 6, NULL, 0, 0},
    {"Zm,v", ZJIOT_SYNTAX, 2, NULL, 0, 0},
};

static void test_strict_refuses(void **state) {
    (void)state;
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        uint8_t out[16];
        struct zjiot_error error = {0};
        struct zjiot_report report = {0};
        int64_t status = read_text(rows[i].text, false, out, sizeof(out), &report, &error);
        if (status != (int64_t)rows[i].code || error.offset != rows[i].offset)
            fail_msg("\"%s\": %s at %zu", rows[i].text, zjiot_code_name((int)status), error.offset);
        assert_int_equal(error.code, status);
        assert_int_equal(report.count, 0);
    }
}

static void test_lenient_reads_and_reports(void **state) {
    (void)state;
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        uint8_t out[16];
        struct zjiot_error error = {0};
        struct zjiot_deviation items[4];
        struct zjiot_report report = {.items = items, .capacity = ZJ_COUNT(items)};
        int64_t status = read_text(row->text, true, out, sizeof(out), &report, &error);
        if (!row->bytes) {
            if (status != (int64_t)row->code || error.offset != row->offset)
                fail_msg("\"%s\": %s at %zu", row->text, zjiot_code_name((int)status), error.offset);
            assert_int_equal(report.count, 0);
            continue;
        }
        if (status != (int64_t)strlen(row->bytes))
            fail_msg("\"%s\": %s", row->text, zjiot_code_name((int)status));
        assert_memory_equal(out, row->bytes, strlen(row->bytes));
        assert_int_equal(report.count, 1);
        assert_int_equal(items[0].code, row->tolerated);
        assert_int_equal(items[0].offset, row->place);
        assert_string_equal(items[0].path, "");
        assert_int_equal(read_text(row->text, true, out, sizeof(out), NULL, NULL), status);
    }
}

/* Each kind once, however often it comes; and nothing is reported when the text fails in the end. */
static void test_lenient_reports_each_kind_once(void **state) {
    (void)state;
    uint8_t out[16];
    struct zjiot_report report = {0};
    assert_int_equal(read_text("-_-_ \n-_-_ Zh", true, out, sizeof(out), &report, NULL), 7);
    assert_int_equal(report.count, 4);
    report.count = 0;
    assert_int_equal(read_text("-_-_ \n-_-_ Z", true, out, sizeof(out), &report, NULL), ZJIOT_LENGTH);
    assert_int_equal(report.count, 0);
}

/* Each of the 256 characters inside a text, in a whole group and in the last one. */
static void test_every_character(void **state) {
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int letter = 0; letter < 256; letter++) {
        const char *at = letter == 0 ? NULL : strchr(alphabet, letter);
        for (size_t place = 0; place < 8; place++) {
            char text[8] = {'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A'};
            uint8_t out[6];
            text[place] = (char)letter;
            int64_t status = zjiot_base64_read(text, 8, false, out, sizeof(out), NULL, NULL);
            if (letter == '=') {
                assert_int_equal(status, place == 7 ? 5 : place % 4 == 1 ? ZJIOT_LENGTH : ZJIOT_SYNTAX);
                continue;
            }
            assert_int_equal(status, at ? 6 : ZJIOT_SYNTAX);
            if (!at)
                continue;
            const uint64_t value = (uint64_t)(at - alphabet) << (42 - 6 * place);
            for (size_t i = 0; i < 6; i++)
                assert_int_equal(out[i], value >> (40 - 8 * i) & 0xff);
        }
    }
}

static void test_capacity(void **state) {
    (void)state;
    static const char *const texts[] = {
        "Zm9vYmFy", "Zm9vYmFyZm9vYmFyZm9v", "Zm9vYmE=", "Zm9vYg==", "Zm9vYg", "Zm 9v\nYm E", "Zg"};
    for (size_t i = 0; i < ZJ_COUNT(texts); i++) {
        uint8_t out[16];
        struct zjiot_error error;
        int64_t size = read_text(texts[i], true, out, sizeof(out), NULL, NULL);
        assert_true(size > 0);
        for (size_t capacity = 0; capacity <= (size_t)size; capacity++) {
            memset(out, 0x77, sizeof(out));
            int64_t status = read_text(texts[i], true, out, capacity, NULL, &error);
            assert_int_equal(out[capacity], 0x77);
            assert_int_equal(status, capacity == (size_t)size ? size : ZJIOT_SPACE);
            if (status < 0)
                assert_in_range(error.need, size, strlen(texts[i]) / 4 * 3 + 3);
        }
        assert_int_equal(read_text(texts[i], true, NULL, 0, NULL, NULL), ZJIOT_SPACE);
    }
    assert_int_equal(zjiot_base64_read(NULL, 0, true, NULL, 0, NULL, NULL), 0);

    char text[9] = "########";
    struct zjiot_error error;
    assert_int_equal(zjiot_base64_write((const uint8_t *)"abcd", 4, text, 7, &error), ZJIOT_SPACE);
    assert_int_equal(error.need, 8);
    assert_string_equal(text, "########");
    assert_int_equal(zjiot_base64_write((const uint8_t *)"abcd", 4, text, 8, NULL), 8);
    assert_int_equal(text[8], '\0');
    assert_int_equal(zjiot_base64_write(NULL, 0, NULL, 0, NULL), 0);
}

/* Gaps anywhere in a text change nothing about its bytes. */
static void test_lenient_with_random_gaps(void **state) {
    (void)state;
    uint64_t seed = 2;
    for (int round = 0; round < 5000; round++) {
        uint8_t bytes[60] = {0};
        uint8_t again[60];
        char text[80], gapped[1000];
        size_t size = random_bits(&seed) % sizeof(bytes);
        size_t length = 0;
        random_fill(&seed, bytes, size);
        int64_t plain = zjiot_base64_write(bytes, size, text, sizeof(text), NULL);
        for (int64_t i = 0; i < plain; i++) {
            while (random_bits(&seed) % 8 == 0 && length < 900)
                gapped[length++] = " \t\r\n"[random_bits(&seed) % 4];
            gapped[length++] = text[i];
        }
        assert_int_equal(zjiot_base64_read(gapped, length, true, again, size, NULL, NULL), size);
        assert_memory_equal(again, bytes, size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc_vectors),
        cmocka_unit_test(test_random_bytes_come_back),
        cmocka_unit_test(test_strict_refuses),
        cmocka_unit_test(test_lenient_reads_and_reports),
        cmocka_unit_test(test_lenient_reports_each_kind_once),
        cmocka_unit_test(test_every_character),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_lenient_with_random_gaps),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
