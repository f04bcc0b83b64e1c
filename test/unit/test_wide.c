/* What goes over several characters at a time finds what going one by one finds, and reads nothing behind the end: each
 * text stands in memory of just its size. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "catalog/catalog.h"

enum { LONGEST = 70 };

static char *kept(const char *text, size_t size) {
    char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    return copy;
}

static void a_text_is_found_at_every_place(void **state) {
    static const char *const parts[] = {"\\u", "abc", "\"msg_id\"", "a part of more than sixteen bytes"};
    (void)state;
    for (size_t i = 0; i < ZJ_COUNT(parts); i++) {
        const size_t part_size = strlen(parts[i]);
        for (size_t size = part_size; size <= LONGEST; size++) {
            for (size_t at = 0; at + part_size <= size; at++) {
                char text[LONGEST];
                memset(text, parts[i][1], sizeof text); /* places that only look like it */
                memcpy(text + at, parts[i], part_size);
                char *copy = kept(text, size);
                assert_ptr_equal(zj_find_text(copy, size, parts[i], part_size), copy + at);
                copy[at] = '.';
                assert_null(zj_find_text(copy, size, parts[i], part_size));
                free(copy);
            }
        }
        assert_null(zj_find_text("", 0, parts[i], part_size));
    }
}

static void blanks_of_every_kind_are_skipped(void **state) {
    static const char blanks[] = " \n\r\t";
    uint64_t seed = 1;
    (void)state;
    for (size_t count = 0; count < LONGEST; count++) {
        for (int round = 0; round < 200; round++) {
            char text[LONGEST];
            for (size_t i = 0; i < count; i++)
                text[i] = round % 4 == 0 ? blanks[random_bits(&seed) >> 32 & 3] : i == 0 && round % 4 == 1 ? '\n' : ' ';
            text[count] = "x\x01/\xFF"[round & 3];
            char *copy = kept(text, count + 1);
            assert_ptr_equal(zj_skip_blanks(copy, copy + count + 1), copy + count);
            assert_ptr_equal(zj_skip_blanks(copy, copy + count), copy + count);
            free(copy);
        }
    }
}

static void only_digits_are_digits(void **state) {
    (void)state;
    for (size_t size = 0; size < 20; size++) {
        char *digits = kept("01234567890123456789", size);
        assert_true(zj_are_digits(digits, size));
        for (size_t at = 0; at < size; at++) {
            const char digit = digits[at];
            for (int c = 0; c < 256; c++) {
                digits[at] = (char)c;
                assert_int_equal(zj_are_digits(digits, size), c >= '0' && c <= '9');
            }
            digits[at] = digit;
        }
        free(digits);
    }
}

static const char *const forms[] = {
    ZJ_TOPIC_FORM("a/<level>"),
    ZJ_TOPIC_FORM("a/<level>/"),
    ZJ_TOPIC_FORM("seventeen letters/<level>/end"),
    ZJ_TOPIC_FORM("$d2s/u{uid}/p{pid}/nb"),
    ZJ_TOPIC_FORM("no part that varies"),
};

/* The form by its number, the level or two numbers. */
static const struct {
    const char *topic;
    int form; /* -1: none */
    const char *level;
    int numbers[2];
} topics[] = {
    {"a/b", 0, "b", {0, 0}},
    {"a/<level>", 0, "<level>", {0, 0}},
    {"a/{x}/", 1, "{x}", {0, 0}},
    {"a/15 letters or so", 0, "15 letters or so", {0, 0}},
    {"a/a level of more than sixteen letters/", 1, "a level of more than sixteen letters", {0, 0}},
    {"a/\xE5\x9F\x8E", 0, "\xE5\x9F\x8E", {0, 0}},
    {"a/\xE5\x9F", -1, NULL, {0, 0}},
    {"a/", -1, NULL, {0, 0}},
    {"a", -1, NULL, {0, 0}},
    {"", -1, NULL, {0, 0}},
    {"a//", -1, NULL, {0, 0}},
    {"a/b/c", -1, NULL, {0, 0}},
    {"a/b+", -1, NULL, {0, 0}},
    {"a/#", -1, NULL, {0, 0}},
    {"a/b\x7F", -1, NULL, {0, 0}},
    {"seventeen letters/x/end", 2, "x", {0, 0}},
    {"seventeen letters/x/end.", -1, NULL, {0, 0}},
    {"seventeen letters/x/en", -1, NULL, {0, 0}},
    {"seventeen letterz/x/end", -1, NULL, {0, 0}},
    {"$d2s/u12/p345/nb", 3, NULL, {12, 345}},
    {"$d2s/u/p345/nb", -1, NULL, {0, 0}},
    {"$d2s/u12/p345/n", -1, NULL, {0, 0}},
    {"no part that varies", 4, NULL, {0, 0}},
    {"no part that varies ", -1, NULL, {0, 0}},
    {"no part that varie", -1, NULL, {0, 0}},
};

static void a_topic_has_the_form_that_it_looks_like(void **state) {
    (void)state;
    for (size_t i = 0; i < ZJ_COUNT(topics); i++) {
        char *topic = kept(topics[i].topic, strlen(topics[i].topic) + 1);
        for (int form = 0; form < (int)ZJ_COUNT(forms); form++) {
            struct zj_topic_parts parts;
            if (zj_topic_matches(forms[form], topic, &parts) != (form == topics[i].form))
                fail_msg("\"%s\" and \"%s\"", topic, forms[form]);
            if (form != topics[i].form)
                continue;
            const char *level = topics[i].level;
            assert_int_equal(parts.level.size, level != NULL ? strlen(level) : 0);
            assert_true(level == NULL || memcmp(parts.level.text, level, parts.level.size) == 0);
            for (int k = 0; k < 2 && topics[i].numbers[0] != 0; k++)
                assert_int_equal(parts.numbers[k], topics[i].numbers[k]);
        }
        free(topic);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_found_at_every_place),
        cmocka_unit_test(blanks_of_every_kind_are_skipped),
        cmocka_unit_test(only_digits_are_digits),
        cmocka_unit_test(a_topic_has_the_form_that_it_looks_like),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
