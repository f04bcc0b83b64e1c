/* UTF-8: every code point, and every kind of malformed bytes. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "base/base.h"

/* The plain encoding of any number below 2^21 in the bytes asked for, also overlong and surrogates. */
static void encode(uint32_t number, size_t size, uint8_t *out) {
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (number & 0x3f));
        number >>= 6;
    }
    out[0] = (uint8_t)(leads[size] | number);
}

static size_t valid(const void *bytes, size_t size) {
    return zj_utf8_valid(bytes, size);
}

/* Every number in every size: well-formed only in the shortest form, below U+110000, and no surrogate. */
static void test_every_number(void **state) {
    (void)state;
    static const uint32_t limits[] = {0, 0x80, 0x800, 0x10000, 0x200000};
    for (size_t size = 1; size <= 4; size++) {
        for (uint32_t number = 0; number < limits[size]; number++) {
            uint8_t bytes[4];
            encode(number, size, bytes);
            bool is_good =
                (size == 1 || number >= limits[size - 1]) && number < 0x110000 && (number < 0xd800 || number > 0xdfff);
            if (valid(bytes, size) != (is_good ? size : 0))
                fail_msg("U+%04X in %zu bytes", (unsigned)number, size);
        }
    }
}

static void test_every_lead(void **state) {
    (void)state;
    for (unsigned lead = 0; lead < 256; lead++) {
        const uint8_t bytes[] = {(uint8_t)lead, 0x90, 0x80, 0x80, 0x80};
        bool is_good = lead < 0x80;
        size_t expected = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf4 ? 4 : 0;
        if (lead == 0xe0) /* 90 is overlong here, above U+10FFFF for F4 */
            expected = 0;
        assert_int_equal(valid(bytes, sizeof(bytes)), expected);
        for (size_t cut = 1; cut < expected; cut++)
            assert_int_equal(valid(bytes, cut), 0);
        assert_int_equal(valid(bytes, 1), is_good);
    }
}

/* Every value of each continuation byte. */
static void test_every_continuation(void **state) {
    (void)state;
    static const char *const characters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x92\xa1"};
    for (size_t i = 0; i < ZJ_COUNT(characters); i++) {
        size_t size = strlen(characters[i]);
        for (size_t place = 1; place < size; place++) {
            for (unsigned value = 0; value < 256; value++) {
                uint8_t bytes[4];
                memcpy(bytes, characters[i], size);
                bytes[place] = (uint8_t)value;
                /* F0 80..8F is overlong. */
                bool is_good = value >= (size == 4 && place == 1 ? 0x90u : 0x80u) && value <= 0xbf;
                assert_int_equal(valid(bytes, size), is_good ? size : 0);
            }
        }
    }
}

static void test_prefix_of_malformed_text(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t prefix;
    } rows[] = {
        {"", 0},
        {"abc", 3},
        {"abcdefgh", 8},
        {"abcdefghi", 9},
        {"abcdefg\x80", 7},
        {"abcdefgh\x80", 8},
        {"abcdefghij\xffklmnopqrst", 10},
        {"\xe8\xb7\xaf\xe7\x81\xaf", 6},
        {"\xe8\xb7\xaf\xe7\x81", 3},
        {"\xe8\xb7\xaf\xe7", 3},
        {"\xc0\xaf", 0},             /* overlong slash */
        {"\xed\xa0\x80", 0},         /* first surrogate */
        {"\xed\xbf\xbf", 0},         /* last surrogate */
        {"\xed\x9f\xbf\xee", 3},     /* the one before them */
        {"\xf4\x8f\xbf\xbf\xf4", 4}, /* the last code point */
        {"\xf4\x90\x80\x80", 0},
        {"\xf8\x88\x80\x80\x80", 0},
        {"\xb0\xa1", 0}, /* GBK */
    };
    for (size_t i = 0; i < ZJ_COUNT(rows); i++)
        assert_int_equal(valid(rows[i].text, strlen(rows[i].text)), rows[i].prefix);
    assert_int_equal(valid("a\0b", 3), 3);
    assert_int_equal(valid(NULL, 0), 0);
}

/* A bad byte at every place of an ASCII text of every length, in a block that ends with the text. */
static void test_ascii_of_every_length(void **state) {
    (void)state;
    for (size_t size = 1; size < 40; size++) {
        char *text = malloc(size);
        assert_non_null(text);
        memset(text, 'a', size);
        assert_int_equal(valid(text, size), size);
        for (size_t place = 0; place < size; place++) {
            text[place] = (char)0x80;
            assert_int_equal(valid(text, size), place);
            text[place] = 'a';
        }
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_number),          cmocka_unit_test(test_every_lead),
        cmocka_unit_test(test_every_continuation),    cmocka_unit_test(test_prefix_of_malformed_text),
        cmocka_unit_test(test_ascii_of_every_length),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
