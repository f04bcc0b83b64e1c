/* Every rule of RFC 8259, by cases that bear the names of nst/JSONTestSuite where it has one, against the scanner: with
 * tolerances off it accepts and refuses what the case says; with tolerances on it takes more, and names each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "unit.h"
#include "vectors.h"
#include "json/json.h"

enum { TOLERATED_MAX = 16, TEXT_MAX = 512 * 1024 };

struct run {
    struct zj_scan scan; /* first: `tolerate` finds the run by it */
    enum zj_tolerance tolerated[TOLERATED_MAX];
    size_t count;
    bool accepted;
};

static int tolerate(struct zj_scan *scan, enum zj_tolerance what, const char *at) {
    struct run *run = (struct run *)(void *)scan;
    assert_true(at >= scan->text && at < scan->end);
    assert_true(run->count < TOLERATED_MAX);
    run->tolerated[run->count++] = what;
    return 0;
}

/* Scans a copy that ends where the text does, so that a sanitizer sees a look behind it. */
static struct run scan(const char *text, size_t size, bool lenient) {
    char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    struct run run = {.scan = {.text = copy, .end = copy + size, .tolerate = lenient ? tolerate : NULL}};
    const char *at = zj_scan_begin(&run.scan);
    at = at != NULL ? zj_scan_value(&run.scan, at) : NULL;
    at = at != NULL ? zj_scan_end(&run.scan, at) : NULL;
    run.accepted = at != NULL;
    assert_true(at == NULL || at == run.scan.end);
    if (at == NULL) {
        assert_int_equal(run.scan.code, 0);
        assert_true(run.scan.where >= copy && run.scan.where <= run.scan.end);
        assert_non_null(run.scan.wanted);
    }
    free(copy);
    return run;
}

static const char *tolerance_name(enum zj_tolerance what) {
    static const char *const names[] = {"comment", "trailing comma", "wide comma", "byte order mark", "no-break space"};
    return names[what];
}

static bool same_tolerances(const struct run *run, const json_t *wanted) {
    if (json_array_size(wanted) != run->count)
        return false;
    for (size_t i = 0; i < run->count; i++)
        if (strcmp(tolerance_name(run->tolerated[i]), json_string_value(json_array_get(wanted, i))) != 0)
            return false;
    return true;
}

static size_t text_of(const json_t *line, char *out) {
    const json_t *text = json_object_get(line, "text");
    if (text == NULL)
        return bytes_of(vector_text(line, "hex"), (uint8_t *)out);
    const size_t size = json_string_length(text);
    const size_t repeat = (size_t)json_integer_value(json_object_get(line, "repeat"));
    const size_t times = repeat > 0 ? repeat : 1;
    assert_true(times * size <= TEXT_MAX);
    for (size_t i = 0; i < times; i++)
        memcpy(out + i * size, json_string_value(text), size);
    return times * size;
}

/* What is checked: it returns what went wrong, or NULL. */
static const char *(*check_case)(const json_t *line, const char *text, size_t size);

static int check_line(const json_t *line) {
    static char text[TEXT_MAX];
    const size_t size = text_of(line, text);
    const char *wrong = check_case(line, text, size);
    if (wrong == NULL)
        return 0;
    print_error("%s: %s: %.*s\n", vector_text(line, "name"), wrong, (int)(size < 200 ? size : 200), text);
    return 1;
}

static void each_case(const char *(*check)(const json_t *line, const char *text, size_t size)) {
    check_case = check;
    vectors_each("json/rules.jsonl", 350, check_line);
}

static const char *check_strict(const json_t *line, const char *text, size_t size) {
    const struct run run = scan(text, size, false);
    const char *name = vector_text(line, "name");
    const bool wanted = json_is_true(json_object_get(line, "accept"));
    if (name[0] == 'i' ? vector_text(line, "reason")[0] == '\0' : wanted != (name[0] == 'y'))
        return "the case contradicts itself";
    return run.accepted == wanted ? NULL : wanted ? "is refused" : "is accepted";
}

static void tolerances_off(void **state) {
    (void)state;
    each_case(check_strict);
}

static const char *check_lenient(const json_t *line, const char *text, size_t size) {
    const struct run run = scan(text, size, true);
    const json_t *tolerated = json_object_get(line, "tolerated");
    const bool accept = json_is_true(json_object_get(line, "accept"));
    if (run.accepted != (accept || tolerated != NULL))
        return run.accepted ? "is accepted with tolerances" : "is refused with tolerances";
    if (accept && run.count > 0)
        return "is JSON, and yet something is tolerated";
    return !run.accepted || same_tolerances(&run, tolerated) ? NULL : "other tolerances than these";
}

static void tolerances_on(void **state) {
    (void)state;
    each_case(check_lenient);
}

/* A caller that refuses the n-th tolerance gets its own code back, and the scan ends there. */
static int refuse(struct zj_scan *scan, enum zj_tolerance what, const char *at) {
    (void)scan;
    (void)what;
    (void)at;
    return -77;
}

static const char *check_refusal(const json_t *line, const char *text, size_t size) {
    struct zj_scan scan = {.text = text, .end = text + size, .tolerate = refuse};
    if (json_object_get(line, "tolerated") == NULL)
        return NULL;
    const char *at = zj_scan_begin(&scan);
    at = at != NULL ? zj_scan_value(&scan, at) : NULL;
    at = at != NULL ? zj_scan_end(&scan, at) : NULL;
    return at != NULL ? "goes on" : scan.code != -77 ? "the caller's code is lost" : NULL;
}

static void a_refused_tolerance_ends_it(void **state) {
    (void)state;
    each_case(check_refusal);
}

/* No text that opens something is whole before its last byte. */
static const char *check_prefixes(const json_t *line, const char *text, size_t size) {
    while (size > 0 && strchr(" \n\r\t", text[size - 1]) != NULL)
        size--;
    if (!json_is_true(json_object_get(line, "accept")) || strchr("[{\"", text[0]) == NULL)
        return NULL;
    for (size_t part = 0; part < size; part++)
        if (scan(text, part, false).accepted || scan(text, part, true).accepted)
            return "a beginning of it is accepted";
    return NULL;
}

static void no_beginning_is_whole(void **state) {
    (void)state;
    each_case(check_prefixes);
}

/* Every byte in every place of a text: the scanner agrees with what RFC 8259 allows there. */
static void every_byte_in_its_place(void **state) {
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char byte = (char)c;
        const char in_string[] = {'"', byte, '"'};
        const char in_escape[] = {'"', '\\', byte, '"'};
        const char before_value[] = {byte, '1'};
        const char in_hex[] = {'"', '\\', 'u', '0', byte, '0', '1', '"'};
        const bool is_digit = c >= '0' && c <= '9';
        const bool is_hex = is_digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        const bool is_blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
        assert_int_equal(scan(in_string, 3, false).accepted, c >= 0x20 && c < 0x80 && c != '"' && c != '\\');
        assert_int_equal(scan(in_escape, 4, false).accepted, c != 0 && strchr("\"\\/bfnrt", c) != NULL);
        assert_int_equal(scan(before_value, 2, false).accepted, is_blank || c == '-' || (is_digit && c != '0'));
        assert_int_equal(scan(in_hex, sizeof in_hex, false).accepted, is_hex);
    }
}

/* The sixteen bytes that are looked at at once hide nothing: each kind of end at each place of a long string. */
static void long_strings(void **state) {
    (void)state;
    char text[80];
    for (size_t size = 0; size < 70; size++) {
        for (size_t at = 0; at < size; at++) {
            memset(text, 'x', sizeof text);
            text[0] = text[size + 1] = '"';
            text[1 + at] = '\n';
            assert_false(scan(text, size + 2, false).accepted);
            text[1 + at] = (char)0xFF;
            assert_false(scan(text, size + 2, false).accepted);
            text[1 + at] = '"';
            assert_false(scan(text, size + 2, false).accepted);
            text[1 + at] = '\\';
            assert_false(scan(text, size + 2, false).accepted);
            text[1 + at] = 'x';
            assert_true(scan(text, size + 2, false).accepted);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tolerances_off),
        cmocka_unit_test(tolerances_on),
        cmocka_unit_test(a_refused_tolerance_ends_it),
        cmocka_unit_test(no_beginning_is_whole),
        cmocka_unit_test(every_byte_in_its_place),
        cmocka_unit_test(long_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
