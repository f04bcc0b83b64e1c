/* Hex text: spellings, faults with their columns, and the SSE2 path against the scalar one. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "base/base.h"
#include "zjiot/hex.h"

static void test_spellings(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *digits;
    } rows[] = {
        {"", ""},
        {" \t\r\n", ""},
        {"{}[]()'\"", ""},
        {"fffe", "fffe"},
        {"FFFE", "fffe"},
        {"fF Fe", "fffe"},
        {"ff:fe", "fffe"},
        {"ff-fe", "fffe"},
        {"ff.fe_05;06", "fffe0506"},
        {"ff\tfe\r\n05", "fffe05"},
        {"fffe 0506", "fffe0506"},
        {"0xff,0xfe", "fffe"},
        {"0XFF 0XFE", "fffe"},
        {"\\xff\\xfe", "fffe"},
        {"\"\\xff\\xfe\"", "fffe"},
        {"ff fe | 05", "fffe05"},
        {"{ 0xFF, 0xFE }", "fffe"},
        {"[0xff; 0xfe]", "fffe"},
        {"('ff')", "ff"},
        {"0xfffe05", "fffe05"},
        {"0x5", "05"},
        {"0x5, 0xA,0xb", "050a0b"},
        {"\\x5\\xA", "050a"},
        {"\\x5 0xa", "050a"},
        {"00", "00"},
        {"0x00", "00"},
        {"0x0", "00"},
        {"00 0x00", "0000"},
        {"0123456789abcdefABCDEF", "0123456789abcdefabcdef"},
    };
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        uint8_t out[64];
        char digits[129];
        int64_t size = zjiot_hex_read(rows[i].text, strlen(rows[i].text), out, sizeof(out), NULL);
        if (size < 0)
            fail_msg("\"%s\" is refused", rows[i].text);
        zjiot_hex_write(out, (size_t)size, digits);
        assert_string_equal(digits, rows[i].digits);
    }
}

static void test_faults_name_their_column(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum zjiot_code code;
        size_t offset;
    } rows[] = {
        {"f", ZJIOT_LENGTH, 1},        {"fff", ZJIOT_LENGTH, 3},   {"ff f", ZJIOT_LENGTH, 4},
        {"ff f ff", ZJIOT_LENGTH, 4},  {"0xfff", ZJIOT_LENGTH, 5}, {"0xf 5", ZJIOT_LENGTH, 5},
        {"\\xfff", ZJIOT_LENGTH, 5},   {"0 xff", ZJIOT_LENGTH, 1}, {"g", ZJIOT_SYNTAX, 0},
        {"ffg", ZJIOT_SYNTAX, 2},      {"fgf", ZJIOT_SYNTAX, 1}, /* the wrong letter, not the odd run, is what the
                                                                    reader has to see */
        {"ff fe zz", ZJIOT_SYNTAX, 6}, {"x", ZJIOT_SYNTAX, 0},     {"xff", ZJIOT_SYNTAX, 0},
        {"ffx", ZJIOT_SYNTAX, 2},      {"00x11", ZJIOT_SYNTAX, 2}, {"0x0x11", ZJIOT_SYNTAX, 3},
        {"0x", ZJIOT_SYNTAX, 2},       {"ff 0x", ZJIOT_SYNTAX, 5}, {"0x,ff", ZJIOT_SYNTAX, 2},
        {"\\", ZJIOT_SYNTAX, 0},       {"\\nff", ZJIOT_SYNTAX, 0}, {"\\x", ZJIOT_SYNTAX, 2},
        {"ff\\", ZJIOT_SYNTAX, 2},     {"ff+fe", ZJIOT_SYNTAX, 2}, {"ff\xc2\xa0 fe", ZJIOT_SYNTAX, 2},
        {"ff/", ZJIOT_SYNTAX, 2}, /* the neighbours of the digits in ASCII */
        {"ff@", ZJIOT_SYNTAX, 2},      {"ffG", ZJIOT_SYNTAX, 2},   {"ff`", ZJIOT_SYNTAX, 2},
    };
    for (size_t i = 0; i < ZJ_COUNT(rows); i++) {
        uint8_t out[64];
        struct zjiot_error error;
        int64_t status = zjiot_hex_read(rows[i].text, strlen(rows[i].text), out, sizeof(out), &error);
        if (status != (int64_t)rows[i].code || error.offset != rows[i].offset)
            fail_msg("\"%s\": %s at %zu", rows[i].text, zjiot_code_name((int)status), error.offset);
        assert_int_equal(error.code, status);
        assert_true(strlen(error.text) > 0);
    }
    uint8_t out[2];
    assert_int_equal(zjiot_hex_read("ff\0ff", 5, out, sizeof(out), NULL), ZJIOT_SYNTAX); /* NUL does not end it */
}

/* Each of the 256 characters between two bytes: a separator is skipped, a pair of digits read, all else refused. */
static void test_every_character(void **state) {
    (void)state;
    static const char separators[] = " \t\n\r:-,;|_.{}[]()\"'";
    for (int letter = 0; letter < 256; letter++) {
        const char text[] = {'a', 'b', (char)letter, (char)letter, 'c', 'd'};
        bool is_separator = letter != 0 && strchr(separators, letter) != NULL;
        bool is_digit = letter != 0 && strchr("0123456789abcdefABCDEF", letter) != NULL;
        uint8_t out[3];
        int64_t expected = is_separator ? 2 : is_digit ? 3 : ZJIOT_SYNTAX;
        assert_int_equal(zjiot_hex_read(text, sizeof(text), out, sizeof(out), NULL), expected);
        if (is_digit) {
            const char digits[] = {(char)letter, (char)letter, '\0'};
            assert_int_equal(out[1], strtoul(digits, NULL, 16));
        }
    }
}

static void test_capacity(void **state) {
    (void)state;
    static const char *const texts[] = {"fffe05", "ff fe 05", "0xf,0xe,0x5", "\\xf\\xe\\x5"};
    for (size_t i = 0; i < ZJ_COUNT(texts); i++) {
        uint8_t out[4] = {1, 2, 3, 0x77};
        struct zjiot_error error;
        size_t size = strlen(texts[i]);
        assert_int_equal(zjiot_hex_read(texts[i], size, out, 3, &error), 3);
        assert_int_equal(zjiot_hex_read(texts[i], size, out, 2, &error), ZJIOT_SPACE);
        assert_in_range(error.need, 3, size / 2);
        assert_int_equal(out[3], 0x77);
        assert_int_equal(zjiot_hex_read(texts[i], size, NULL, 0, &error), ZJIOT_SPACE);
    }
    assert_int_equal(zjiot_hex_read(NULL, 0, NULL, 0, NULL), 0);
}

/* Both paths on one input give one result, and neither writes behind it. */
static void check_paths(const char *text, size_t size, size_t capacity) {
    uint8_t fast[400], plain[400];
    struct zjiot_error fast_error = {0}, plain_error = {0};
    memset(fast, 0x77, sizeof(fast));
    memset(plain, 0x77, sizeof(plain));
    int64_t count = zjiot_hex_read(text, size, fast, capacity, &fast_error);
    assert_int_equal(zj_hex_read_scalar(text, size, plain, capacity, &plain_error), count);
    assert_int_equal(fast_error.code, plain_error.code);
    assert_int_equal(fast_error.offset, plain_error.offset);
    assert_int_equal(fast_error.need, plain_error.need);
    assert_string_equal(fast_error.text, plain_error.text);
    if (count >= 0)
        assert_memory_equal(fast, plain, sizeof(fast)); /* with what lies behind the bytes */
    assert_int_equal(fast[capacity], 0x77);
}

/* Digits of every length at every alignment, in a block that ends with them so that a sanitizer sees more. */
static void test_paths_agree_on_digits(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (size_t size = 0; size <= 300; size++) {
        for (size_t shift = 0; shift < 16; shift++) {
            char *block = malloc(shift + size + 1);
            assert_non_null(block);
            for (size_t i = 0; i < size; i++)
                block[shift + i] = "0123456789abcdefABCDEF"[random_bits(&seed) % 22];
            check_paths(block + shift, size, 300);
            check_paths(block + shift, size, size / 2);
            check_paths(block + shift, size, random_bits(&seed) % (size / 2 + 1));
            free(block);
        }
    }
}

/* Any character in any place of three SSE2 blocks: the fast path has to notice each that is no digit. */
static void test_paths_agree_on_any_character(void **state) {
    (void)state;
    for (size_t place = 0; place < 96; place++) {
        for (int letter = 0; letter < 256; letter++) {
            char text[96];
            memset(text, 'a', sizeof(text));
            text[place] = (char)letter;
            check_paths(text, sizeof(text), 48);
        }
    }
}

static void test_paths_agree_on_random_text(void **state) {
    (void)state;
    static const char letters[] = "0123456789abcdef0123456789ABCDEF01234567 ,:x\\\n\"g";
    uint64_t seed = 3;
    for (int round = 0; round < 50000; round++) {
        char text[200];
        size_t size = random_bits(&seed) % sizeof(text);
        size_t kinds = round % 2 ? sizeof(letters) - 1 : 40; /* with and without what ends a run */
        for (size_t i = 0; i < size; i++)
            text[i] = letters[random_bits(&seed) % kinds];
        check_paths(text, size, random_bits(&seed) % 120);
    }
}

/* Bytes to text and back, with strtoul as the reference. */
static void test_values(void **state) {
    (void)state;
    uint64_t seed = 4;
    for (size_t size = 0; size <= 150; size++) {
        uint8_t bytes[150] = {0};
        uint8_t again[150];
        char text[301];
        char capitals[301];
        random_fill(&seed, bytes, size);
        assert_int_equal(zj_hex_write(bytes, size, true, capitals), 2 * size);
        assert_int_equal(strspn(capitals, "0123456789ABCDEF"), 2 * size);
        assert_int_equal(zjiot_hex_read(capitals, 2 * size, again, size, NULL), size);
        assert_memory_equal(again, bytes, size);
        assert_int_equal(zjiot_hex_write(bytes, size, text), 2 * size);
        assert_int_equal(strlen(text), 2 * size);
        for (size_t i = 0; i < size; i++) {
            const char pair[] = {text[2 * i], text[2 * i + 1], '\0'};
            assert_int_equal(strtoul(pair, NULL, 16), bytes[i]);
            assert_int_equal(strspn(pair, "0123456789abcdef"), 2);
        }
        assert_int_equal(zjiot_hex_read(text, 2 * size, again, size, NULL), size);
        assert_memory_equal(again, bytes, size);
    }
}

/* As far as there are digits, and room. */
static void test_digits_alone(void **state) {
    (void)state;
    uint64_t seed = 6;
    for (size_t size = 0; size <= 100; size++) {
        uint8_t bytes[100];
        uint8_t again[102];
        char text[201];
        random_fill(&seed, bytes, size);
        zjiot_hex_write(bytes, size, text);
        for (size_t i = 0; i <= 2 * size; i++) {
            const char letter = text[i];
            const size_t room = random_bits(&seed) % (size + 2);
            const size_t fits = i / 2 < room ? i / 2 : room;
            text[i] = "/:@G`g\"\xC1"[i % 8];
            memset(again, 0xAA, sizeof again);
            assert_int_equal(zj_hex_digits(text, 2 * size, again, room), fits < size ? fits : size);
            assert_memory_equal(again, bytes, fits < size ? fits : size);
            assert_int_equal(again[room], 0xAA);
            text[i] = letter;
        }
    }
}

static void test_in_place(void **state) {
    (void)state;
    static const char *const between[] = {"", " ", ", 0x", "\\x"};
    uint64_t seed = 5;
    for (size_t size = 0; size <= 150; size++) {
        for (size_t i = 0; i < ZJ_COUNT(between); i++) {
            uint8_t bytes[150] = {0};
            char memory[150 * 6];
            size_t length = 0;
            random_fill(&seed, bytes, size);
            for (size_t j = 0; j < size; j++) {
                size_t gap = strlen(between[i]);
                memcpy(memory + length, between[i], gap);
                char pair[3];
                zjiot_hex_write(bytes + j, 1, pair);
                memcpy(memory + length + gap, pair, 2);
                length += gap + 2;
            }
            assert_int_equal(zjiot_hex_read(memory, length, (uint8_t *)memory, sizeof(memory), NULL), size);
            assert_memory_equal(memory, bytes, size);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_faults_name_their_column),
        cmocka_unit_test(test_every_character),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_paths_agree_on_digits),
        cmocka_unit_test(test_paths_agree_on_any_character),
        cmocka_unit_test(test_paths_agree_on_random_text),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_digits_alone),
        cmocka_unit_test(test_in_place),
    };
    return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
