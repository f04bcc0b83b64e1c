/* The JSON writer: exact texts, and whole documents read back by another JSON library. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include <jansson.h>

#include "base/base.h"
#include "json/json.h"

/* A document with all there is: nested and empty containers, first and later members. */
static void write_sample(struct zj_json *json) {
    static const uint8_t bytes[] = {0xff, 0xfe, 0x05};
    zj_json_object(json);
    zj_json_key(json, "name");
    zj_json_string(json, "lamp \"1\"");
    zj_json_key(json, "bytes");
    zj_json_hex(json, bytes, sizeof(bytes));
    zj_json_key(json, "none");
    zj_json_object(json);
    zj_json_end_object(json);
    zj_json_key(json, "loops");
    zj_json_array(json);
    zj_json_object(json);
    zj_json_key(json, "volts");
    zj_json_real(json, 230.45);
    zj_json_key(json, "on");
    zj_json_bool(json, true);
    zj_json_end_object(json);
    zj_json_array(json);
    zj_json_end_array(json);
    zj_json_int(json, -7);
    zj_json_null(json);
    zj_json_bool(json, false);
    zj_json_end_array(json);
    zj_json_end_object(json);
}

static const char compact[] = "{\"name\":\"lamp \\\"1\\\"\",\"bytes\":\"fffe05\",\"none\":{},"
                              "\"loops\":[{\"volts\":230.45,\"on\":true},[],-7,null,false]}";

static const char pretty[] = "{\n"
                             "  \"name\": \"lamp \\\"1\\\"\",\n"
                             "  \"bytes\": \"fffe05\",\n"
                             "  \"none\": {},\n"
                             "  \"loops\": [\n"
                             "    {\n"
                             "      \"volts\": 230.45,\n"
                             "      \"on\": true\n"
                             "    },\n"
                             "    [],\n"
                             "    -7,\n"
                             "    null,\n"
                             "    false\n"
                             "  ]\n"
                             "}";

static void check_sample(bool is_pretty, const char *expected) {
    char out[512];
    struct zj_json json;
    zj_json_start(&json, out, sizeof(out), is_pretty);
    write_sample(&json);
    assert_int_equal(json.size, strlen(expected));
    assert_memory_equal(out, expected, json.size);
    assert_int_equal(json.depth, 0);
}

static void test_sample(void **state) {
    (void)state;
    check_sample(false, compact);
    check_sample(true, pretty);
}

/* In too small a buffer: what fits, nothing behind it, and the size that is needed. */
static void test_every_capacity(void **state) {
    (void)state;
    for (size_t capacity = 0; capacity <= strlen(pretty); capacity++) {
        char out[512];
        struct zj_json json;
        memset(out, '#', sizeof(out));
        zj_json_start(&json, out, capacity, true);
        write_sample(&json);
        assert_int_equal(json.size, strlen(pretty));
        assert_memory_equal(out, pretty, capacity);
        assert_int_equal(out[capacity], '#');
    }
    struct zj_json counter;
    zj_json_start(&counter, NULL, 0, false);
    write_sample(&counter);
    assert_int_equal(counter.size, strlen(compact));
}

static void check_text(const char *text, size_t size, const char *expected) {
    char out[512];
    struct zj_json json;
    zj_json_start(&json, out, sizeof(out), false);
    zj_json_text(&json, text, size);
    assert_in_range(json.size, 2, sizeof(out));
    out[json.size] = '\0';
    assert_string_equal(out, expected);
}

static void test_escapes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } rows[] = {
        {"", "\"\""},
        {"abc", "\"abc\""},
        {"\"", "\"\\\"\""},
        {"\\", "\"\\\\\""},
        {"a/b", "\"a/b\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1f", "\"\\u0001\\u001f\""},
        {"\x7f", "\"\x7f\""},
        {"\xe8\xb7\xaf\xe7\x81\xaf", "\"\xe8\xb7\xaf\xe7\x81\xaf\""},
        {"\xff", "\"\xef\xbf\xbd\""},
        {"a\x80\xfe"
         "b\n",
         "\"a\xef\xbf\xbd\xef\xbf\xbd"
         "b\\n\""},
        {"\xe8\xb7", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 /* a character cut off */
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* a surrogate */
    };
    for (size_t i = 0; i < ZJ_COUNT(rows); i++)
        check_text(rows[i].text, strlen(rows[i].text), rows[i].expected);
    check_text("a\0b", 3, "\"a\\u0000b\"");
    check_text("abc", 2, "\"ab\"");
    check_text(NULL, 0, "\"\"");
}

/* Every ASCII character comes back as it was. */
static void test_every_character_comes_back(void **state) {
    (void)state;
    for (unsigned letter = 0; letter < 0x80; letter++) {
        const char text[] = {'x', (char)letter, 'y'};
        char out[32];
        struct zj_json json;
        zj_json_start(&json, out, sizeof(out), false);
        zj_json_text(&json, text, sizeof(text));
        json_t *again = json_loadb(out, json.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        assert_non_null(again);
        assert_int_equal(json_string_length(again), sizeof(text));
        assert_memory_equal(json_string_value(again), text, sizeof(text));
        json_decref(again);
    }
}

/* Random bytes always give a JSON text, which needs well-formed UTF-8. */
/* Wherever a letter stands in a run of others: the writer takes sixteen at a time. */
static void test_every_letter_in_a_run(void **state) {
    (void)state;
    enum { RUN = 40, LETTERS = 128 };
    char text[RUN + 1] = {0}, out[8 * RUN];
    for (size_t place = 0; place < RUN; place++) {
        for (int letter = 1; letter < LETTERS; letter++) {
            struct zj_json json;
            memset(text, '"', RUN / 4);
            memset(text + RUN / 4, 'a', RUN - RUN / 4);
            text[place] = (char)letter;
            zj_json_start(&json, out, sizeof out, false);
            zj_json_text(&json, text, RUN);
            json_t *read = json_loadb(out, json.size, JSON_DECODE_ANY, NULL);
            assert_non_null(read);
            assert_string_equal(json_string_value(read), text);
            json_decref(read);
        }
    }
}

static void test_any_bytes_give_json(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[40] = {0};
        char out[6 * sizeof(bytes) + 2];
        struct zj_json json;
        size_t size = random_bits(&seed) % sizeof(bytes);
        random_fill(&seed, bytes, size);
        zj_json_start(&json, out, sizeof(out), false);
        zj_json_text(&json, (const char *)bytes, size);
        assert_in_range(json.size, 2, sizeof(out));
        json_t *again = json_loadb(out, json.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        if (!again)
            fail_msg("%.*s is refused", (int)json.size, out);
        json_decref(again);
    }
}

static void test_hex_of_every_length(void **state) {
    (void)state;
    uint8_t bytes[200];
    uint64_t seed = 2;
    random_fill(&seed, bytes, sizeof(bytes));
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        char out[512];
        struct zj_json json;
        zj_json_start(&json, out, sizeof(out), false);
        zj_json_hex(&json, bytes, size);
        assert_int_equal(json.size, 2 * size + 2);
        assert_int_equal(out[0], '"');
        assert_int_equal(out[json.size - 1], '"');
        for (size_t i = 0; i < size; i++) {
            char pair[3];
            snprintf(pair, sizeof(pair), "%02x", bytes[i]);
            assert_memory_equal(out + 1 + 2 * i, pair, 2);
        }
    }
}

static void test_numbers(void **state) {
    (void)state;
    char out[256];
    struct zj_json json;
    static const char expected[] = "[9223372036854775807,-9223372036854775808,0,-40.5,1e22,5e-324]";
    zj_json_start(&json, out, sizeof(out), false);
    zj_json_array(&json);
    zj_json_int(&json, INT64_MAX);
    zj_json_int(&json, INT64_MIN);
    zj_json_real(&json, 0);
    zj_json_real(&json, -40.5);
    zj_json_real(&json, 1e22);
    zj_json_real(&json, 5e-324);
    zj_json_end_array(&json);
    assert_int_equal(json.size, strlen(expected));
    assert_memory_equal(out, expected, json.size);
}

/* As deep as it goes, with a member behind each inner container: the commas are remembered for every depth. */
static void test_deepest(void **state) {
    (void)state;
    char out[32768];
    for (int is_pretty = 0; is_pretty < 2; is_pretty++) {
        struct zj_json json;
        zj_json_start(&json, out, sizeof(out), is_pretty);
        for (int depth = 0; depth < ZJ_JSON_DEPTH; depth++)
            zj_json_array(&json);
        for (int depth = 0; depth < ZJ_JSON_DEPTH; depth++) {
            zj_json_int(&json, depth);
            zj_json_end_array(&json);
        }
        json_t *outer = json_loadb(out, json.size, 0, NULL);
        assert_non_null(outer);
        json_t *at = outer;
        for (int depth = ZJ_JSON_DEPTH - 1; depth > 0; depth--) {
            assert_int_equal(json_array_size(at), 2);
            assert_int_equal(json_integer_value(json_array_get(at, 1)), depth);
            at = json_array_get(at, 0);
        }
        assert_int_equal(json_array_size(at), 1);
        json_decref(outer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_every_capacity),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_every_character_comes_back),
        cmocka_unit_test(test_every_letter_in_a_run),
        cmocka_unit_test(test_any_bytes_give_json),
        cmocka_unit_test(test_hex_of_every_length),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_deepest),
    };
    return cmocka_run_group_tests_name("json-write", tests, NULL, NULL);
}
