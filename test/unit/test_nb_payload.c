/* The forms in which a platform hands NB frames over: raw bytes, hex text, JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vectors.h"
#include "zjiot/zjiot.h"

#define INNER "fffefdfc110001010164ac44"
#define FULL "00000003000000030356566078095460" INNER
#define HEADER "{\"vid\":0,\"uid\":3,\"pid\":3,\"nb\":\"356566078095460\",\"sid\":\"fffefdfc\",\"fn\":17,\"extra\":1}"
#define INNER_HEADER "{\"uid\":3,\"pid\":3,\"sid\":\"fffefdfc\",\"fn\":17,\"extra\":1}" /* no nb: no envelope */
#define INNER_JSON "{\"header\":" INNER_HEADER ",\"payload\":\"" INNER "\"}"
#define JSON "{\"header\":" HEADER ",\"payload\":\"" INNER "\"}"

enum { FILL = 0xa5 };

static struct zjiot_deviation deviations[8];
static struct zjiot_report report;
static struct zjiot_error error;
static uint8_t frame[VECTOR_BYTES_MAX];
static enum zjiot_nb_form form;

/* Unwraps into a buffer of `capacity` that is filled before. */
static int64_t unwrap_bytes(const void *payload, size_t size, size_t capacity) {
    report = (struct zjiot_report){deviations, 8, 0};
    form = (enum zjiot_nb_form)FILL;
    memset(frame, FILL, sizeof frame);
    return zjiot_nb_unwrap(payload, size, frame, capacity, &form, &report, &error);
}

static int64_t unwrap(const char *text) {
    return unwrap_bytes(text, strlen(text), strlen(text));
}

static void assert_untouched(void) {
    for (size_t i = 0; i < sizeof frame; i++)
        assert_int_equal(frame[i], FILL);
    assert_int_equal(form, FILL);
    assert_int_equal(report.count, 0);
}

static void assert_deviation(size_t at, enum zjiot_code code, const char *path, const char *found,
                             const char *expected) {
    assert_true(at < report.count);
    assert_int_equal(deviations[at].code, code);
    assert_string_equal(deviations[at].path, path);
    if (found != NULL)
        assert_string_equal(deviations[at].found, found);
    if (expected != NULL)
        assert_string_equal(deviations[at].expected, expected);
}

static void the_three_forms_are_told_apart(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *frame;
        enum zjiot_nb_form form;
    } cases[] = {
        {INNER, INNER, ZJIOT_NB_HEX_TEXT},
        {FULL, FULL, ZJIOT_NB_HEX_TEXT},
        {"FF FE FD FC 11 00 01 01 01 64 AC 44\r\n", INNER, ZJIOT_NB_HEX_TEXT},
        {JSON, FULL, ZJIOT_NB_JSON},
        {" \r\n\t" JSON "\n", FULL, ZJIOT_NB_JSON},
        {INNER_JSON, INNER, ZJIOT_NB_JSON},
        {"{\"payload\" : \"" INNER "\", \"header\" : " HEADER "}", FULL, ZJIOT_NB_JSON},
    };
    uint8_t bytes[VECTOR_BYTES_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_bytes(frame, unwrap(cases[i].text), cases[i].frame);
        assert_int_equal(form, cases[i].form);
        assert_int_equal(report.count, 0);
    }
    const size_t size = bytes_of(FULL, bytes);
    assert_bytes(frame, unwrap_bytes(bytes, size, size), FULL);
    assert_int_equal(form, ZJIOT_NB_RAW);
    /* Nobody has to ask for the form or for a report. */
    assert_int_equal(zjiot_nb_unwrap(JSON, strlen(JSON), frame, sizeof frame, NULL, NULL, NULL), 28);
}

/* A serial number may begin with any byte, also with the one that is '{'. */
static void a_raw_frame_may_begin_with_a_brace(void **state) {
    (void)state;
    static const char *const frames[] = {"7b00000101000101faf0", "20207b010100010195f6"};
    uint8_t bytes[VECTOR_BYTES_MAX];
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        struct zjiot_nb_message message;
        const size_t size = bytes_of(frames[i], bytes);
        assert_int_equal(zjiot_nb_decode(bytes, size, NULL, &message, NULL, NULL, &error), 0);
        assert_bytes(frame, unwrap_bytes(bytes, size, size), frames[i]);
        assert_int_equal(form, ZJIOT_NB_RAW);
    }
}

static void a_json_header_that_disagrees_is_a_deviation(void **state) {
    (void)state;
    static const struct {
        const char *header, *path, *found, *expected;
    } cases[] = {
        {"{\"sid\":\"fffefdfc\",\"fn\":5,\"extra\":1}", "header.fn", "5", "17"},
        {"{\"sid\":\"fffefdfc\",\"fn\":17,\"extra\":2}", "header.extra", "2", "1"},
        {"{\"sid\":\"00000001\",\"fn\":17,\"extra\":1}", "header.sid", "00000001", "fffefdfc"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text, "{\"header\":%s,\"payload\":\"" INNER "\"}", cases[i].header);
        assert_bytes(frame, unwrap(text), INNER);
        assert_int_equal(report.count, 1);
        assert_deviation(0, ZJIOT_CONST, cases[i].path, cases[i].found, cases[i].expected);
        const char *value =
            strstr(text, &cases[i].path[strlen("header.")]) + strlen(cases[i].path) - strlen("header.") + 2;
        assert_int_equal(deviations[0].offset, value - text);
    }
}

/* A header that is not there, or lacks a member, says nothing that could disagree. */
static void an_absent_json_header_does_not_disagree(void **state) {
    (void)state;
    assert_bytes(frame, unwrap("{\"header\":{\"sid\":\"fffefdfc\"},\"payload\":\"" INNER "\"}"), INNER);
    for (size_t i = 0; i < report.count; i++)
        assert_int_not_equal(deviations[i].code, ZJIOT_CONST);
}

/* An envelope in the header must be one that can be written. */
static void a_json_envelope_out_of_range_is_refused(void **state) {
    (void)state;
    assert_int_equal(unwrap("{\"header\":{\"uid\":16777216,\"pid\":3,\"nb\":\"1\"},\"payload\":\"" INNER "\"}"),
                     ZJIOT_RANGE);
    assert_string_equal(error.path, "header.uid");
    assert_int_equal(unwrap("{\"header\":{\"uid\":1,\"pid\":3,\"nb\":\"1234567890123456\"},\"payload\":\"" INNER "\"}"),
                     ZJIOT_LENGTH);
    assert_string_equal(error.path, "header.nb");
    /* The shortest text that gives an envelope: the frame still fits where the text did. */
    static const char tight[] = "{\"header\":{\"uid\":1,\"pid\":1,\"nb\":\"1\"},\"payload\":\"\"}";
    assert_int_equal(unwrap(tight), ZJIOT_NB_ENVELOPE_SIZE);
}

static void an_unknown_json_member_is_a_deviation(void **state) {
    (void)state;
    assert_bytes(frame, unwrap("{\"header\":" HEADER ",\"payload\":\"" INNER "\",\"time\":1}"), FULL);
    assert_int_equal(report.count, 1);
    assert_deviation(0, ZJIOT_EXTRA, "time", "1", NULL);
}

/* A header is there to be compared; what is wrong with it does not lose the frame. */
static void oddities_of_the_json_are_deviations(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum zjiot_code code;
        const char *path;
    } cases[] = {
        {"{\"payload\":\"" INNER "\",}", ZJIOT_SYNTAX, ""},
        {"{\"payload\":\"" INNER "\",\"header\":{\"fn\":\"x\"}}", ZJIOT_TYPE, "header.fn"},
        {"{\"payload\":\"" INNER "\",\"header\":null}", ZJIOT_TYPE, "header"},
        {"{\"payload\":\"" INNER "\",/* ? */\"header\":{}}", ZJIOT_SYNTAX, ""},
        {"{\"payload\":\"00\",\"payload\":\"" INNER "\"}", ZJIOT_EXTRA, "payload"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_bytes(frame, unwrap(cases[i].text), INNER);
        assert_int_equal(report.count, 1);
        assert_deviation(0, cases[i].code, cases[i].path, NULL, NULL);
    }
}

static void what_is_no_payload_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum zjiot_code code;
        const char *path;
    } cases[] = {
        {"{\"header\":" HEADER "}", ZJIOT_MISSING, "payload"},
        {"{}", ZJIOT_MISSING, "payload"},
        {"{\"payload\":\"fffe\"", ZJIOT_SYNTAX, ""},
        {"{\"payload\":\"fffe\",,}", ZJIOT_SYNTAX, ""},
        {"{\"payload\":\"fffe\"} x", ZJIOT_SYNTAX, ""},
        {"{\"payload\":\"fff\"}", ZJIOT_TYPE, "payload"},
        {"{\"payload\":\"fffg\"}", ZJIOT_TYPE, "payload"},
        {"{\"payload\":\"fffe\",\"header\":{\"fn\":tru}}", ZJIOT_SYNTAX, "header"},
        {"{", ZJIOT_SYNTAX, ""},
        {"fffefdf", ZJIOT_LENGTH, ""}, /* hex text that lost a digit */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t code = unwrap(cases[i].text);
        if (code != (int)cases[i].code || strcmp(error.path, cases[i].path) != 0)
            fail_msg("%s: %d at \"%s\", expected %d at \"%s\"", cases[i].text, (int)code, error.path,
                     (int)cases[i].code, cases[i].path);
        assert_int_equal(form, FILL);
    }
}

/* "An error ends a call: nothing was written to its outputs." */
static void a_failure_writes_no_output(void **state) {
    (void)state;
    static const char *const texts[] = {
        "fffefdf",
        "{\"payload\":\"fffg\"}",
        "{\"time\":1,\"header\":" HEADER "}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_true(unwrap(texts[i]) < 0);
        assert_untouched();
    }
}

static void every_smaller_frame_buffer_is_too_small(void **state) {
    (void)state;
    static const struct {
        const char *text, *frame;
    } cases[] = {{INNER, INNER}, {FULL, FULL}, {JSON, FULL}, {INNER_JSON, INNER}};
    uint8_t bytes[VECTOR_BYTES_MAX];
    const size_t raw_size = bytes_of(INNER, bytes);
    for (size_t capacity = 0; capacity < raw_size; capacity++) {
        assert_int_equal(unwrap_bytes(bytes, raw_size, capacity), ZJIOT_SPACE);
        assert_int_equal(error.need, raw_size);
        assert_untouched();
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t length = strlen(cases[i].text);
        const size_t size = strlen(cases[i].frame) / 2;
        for (size_t capacity = 0; capacity < size; capacity++) {
            assert_int_equal(unwrap_bytes(cases[i].text, length, capacity), ZJIOT_SPACE);
            assert_true(error.need >= size && error.need <= length);
            for (size_t j = capacity; j < sizeof frame; j++)
                assert_int_equal(frame[j], FILL);
        }
        assert_bytes(frame, unwrap_bytes(cases[i].text, length, size), cases[i].frame);
    }
}

static void too_small_for_hex_text_leaves_the_frame_alone(void **state) {
    (void)state;
    assert_int_equal(unwrap_bytes(INNER, strlen(INNER), 11), ZJIOT_SPACE);
    assert_untouched();
}

static struct zjiot_nb_message lamp(void) {
    uint8_t bytes[VECTOR_BYTES_MAX];
    struct zjiot_nb_message message;
    const size_t size = bytes_of(FULL, bytes);
    assert_int_equal(zjiot_nb_decode(bytes, size, NULL, &message, NULL, NULL, &error), 0);
    return message;
}

static void wraps_each_form(void **state) {
    (void)state;
    char out[512];
    uint8_t bytes[VECTOR_BYTES_MAX];
    const struct zjiot_options placeholder = {.placeholder_crc = true};
    const struct zjiot_nb_message message = lamp();
    assert_bytes((uint8_t *)out, zjiot_nb_wrap(&message, ZJIOT_NB_RAW, NULL, out, sizeof out, &error), FULL);
    memset(out, 0, sizeof out);
    assert_int_equal(zjiot_nb_wrap(&message, ZJIOT_NB_HEX_TEXT, NULL, out, sizeof out, &error), strlen(FULL));
    assert_string_equal(out, FULL);
    memset(out, 0, sizeof out);
    assert_int_equal(zjiot_nb_wrap(&message, ZJIOT_NB_JSON, NULL, out, sizeof out, &error), strlen(JSON));
    assert_string_equal(out, JSON);
    memset(out, 0, sizeof out);
    assert_true(zjiot_nb_wrap(&message, ZJIOT_NB_JSON, &placeholder, out, sizeof out, &error) > 0);
    assert_non_null(strstr(out, "\"payload\":\"fffefdfc110001010164ffff\"}"));
    /* What was wrapped can be unwrapped. */
    for (int i = ZJIOT_NB_RAW; i <= ZJIOT_NB_JSON; i++) {
        const int64_t size = zjiot_nb_wrap(&message, (enum zjiot_nb_form)i, NULL, bytes, sizeof bytes, &error);
        assert_bytes(frame, unwrap_bytes(bytes, (size_t)size, (size_t)size), FULL);
        assert_int_equal(form, i);
        assert_int_equal(report.count, 0);
    }
}

static void json_needs_an_envelope(void **state) {
    (void)state;
    char out[512];
    struct zjiot_nb_message message = lamp();
    message.full = false;
    assert_int_equal(zjiot_nb_wrap(&message, ZJIOT_NB_JSON, NULL, out, sizeof out, &error), ZJIOT_ARG);
    assert_int_equal(zjiot_nb_wrap(&message, ZJIOT_NB_RAW, NULL, out, sizeof out, &error), 12);
    message.data.set_lamp.brightness = 101;
    assert_int_equal(zjiot_nb_wrap(&message, ZJIOT_NB_HEX_TEXT, NULL, out, sizeof out, &error), ZJIOT_RANGE);
}

static void every_smaller_payload_is_too_small(void **state) {
    (void)state;
    static const size_t sizes[] = {sizeof FULL / 2, sizeof FULL - 1, sizeof JSON - 1};
    const struct zjiot_nb_message message = lamp();
    for (int i = ZJIOT_NB_RAW; i <= ZJIOT_NB_JSON; i++) {
        for (size_t capacity = 0; capacity < sizes[i]; capacity++) {
            uint8_t out[512];
            memset(out, FILL, sizeof out);
            assert_int_equal(zjiot_nb_wrap(&message, (enum zjiot_nb_form)i, NULL, out, capacity, &error), ZJIOT_SPACE);
            assert_int_equal(error.need, sizes[i]);
            for (size_t j = i == ZJIOT_NB_JSON ? capacity : 0; j < sizeof out; j++)
                assert_int_equal(out[j], FILL);
        }
        uint8_t out[512];
        assert_int_equal(zjiot_nb_wrap(&message, (enum zjiot_nb_form)i, NULL, out, sizes[i], &error), sizes[i]);
    }
}

static void too_small_for_json_leaves_the_payload_alone(void **state) {
    (void)state;
    uint8_t out[512];
    const struct zjiot_nb_message message = lamp();
    memset(out, FILL, sizeof out);
    assert_int_equal(zjiot_nb_wrap(&message, ZJIOT_NB_JSON, NULL, out, 100, &error), ZJIOT_SPACE);
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], FILL);
}

/* --- One call reads all three forms --- */

static struct zjiot_message message;
static struct zjiot_span spans[32];
static struct zjiot_trace trace;

static int decode_text(const char *text) {
    static _Alignas(max_align_t) unsigned char memory[8192];
    static struct zjiot_pool pool;
    const struct zjiot_input input = {"$d2s/u3/p3/nb", (const uint8_t *)text, strlen(text)};
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    report = (struct zjiot_report){deviations, 8, 0};
    trace = (struct zjiot_trace){.items = spans, .capacity = 32};
    return zjiot_decode(zjiot_protocol_find("nb"), &input, NULL, &pool, &message, &report, &trace, &error);
}

/* The text of the span at a path. */
static void assert_span(const char *text, const char *path, const char *wanted) {
    for (size_t i = 0; i < trace.count; i++) {
        if (strcmp(spans[i].path, path) != 0)
            continue;
        assert_int_equal(spans[i].size, strlen(wanted));
        assert_memory_equal(text + spans[i].offset, wanted, spans[i].size);
        return;
    }
    fail_msg("no span %s", path);
}

static void hex_text_is_decoded(void **state) {
    (void)state;
    static const char *const forms[] = {"fffefdfc010001019495", "FF FE FD FC 01 00 01 01 94 95\n",
                                        " \tfffefdfc 01 0001 01 9495"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        assert_int_equal(decode_text(forms[i]), 0);
        assert_string_equal(message.name, "ack");
        assert_int_equal(report.count, 0);
    }
    assert_span(forms[2], "sn", "fffefdfc");
    assert_span(forms[2], "extra", "0001");
    assert_span(forms[2], "state", "01");
    assert_span(forms[2], "crc", "9495");
    assert_int_equal(decode_text(forms[1]), 0);
    assert_span(forms[1], "sn", "FF FE FD FC");
}

static void places_are_those_of_the_text(void **state) {
    (void)state;
    assert_int_equal(decode_text("ff fe fd fc 01 00 01 01 ff ff"), 0);
    assert_int_equal(report.count, 1);
    assert_deviation(0, ZJIOT_CRC_PLACEHOLDER, "crc", "ffff", "9495");
    assert_int_equal(deviations[0].offset, 24);
    assert_int_equal(decode_text("ff fe fd fc 01 00 01 01 94 96"), ZJIOT_CHECKSUM);
    assert_int_equal(error.offset, 24);
    assert_int_equal(decode_text("ff fe fd fc 01 00 01 01 94 9"), ZJIOT_LENGTH);
    assert_int_equal(decode_text("{\"payload\":\"FFFEFDFC01000101FFFF\",\"x\":1}"), 0);
    assert_int_equal(deviations[report.count - 1].offset, 28);
}

static void the_record_of_hex_text(void **state) {
    (void)state;
    static _Alignas(max_align_t) unsigned char memory[65536];
    static char record[4096];
    const char *text = "fffefdfc010001019495";
    const struct zjiot_input input = {"$d2s/u3/p3/nb", (const uint8_t *)text, strlen(text)};
    struct zjiot_pool pool;
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    assert_true(zjiot_record(NULL, &input, NULL, &pool, record, sizeof record, &error) > 0);
    assert_non_null(strstr(record, "\"message\":\"ack\""));
    assert_non_null(strstr(record, "\"ok\":true"));
    assert_non_null(strstr(record, "\"raw\":\"fffefdfc010001019495\""));
    struct zjiot_guess guess;
    assert_int_equal(zjiot_identify(&input, &guess, 1), 1);
    assert_string_equal(guess.protocol->name, "nb");
    assert_int_equal(guess.fit, ZJIOT_FIT_CERTAIN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_forms_are_told_apart),
        cmocka_unit_test(a_raw_frame_may_begin_with_a_brace),
        cmocka_unit_test(a_json_header_that_disagrees_is_a_deviation),
        cmocka_unit_test(an_absent_json_header_does_not_disagree),
        cmocka_unit_test(a_json_envelope_out_of_range_is_refused),
        cmocka_unit_test(an_unknown_json_member_is_a_deviation),
        cmocka_unit_test(oddities_of_the_json_are_deviations),
        cmocka_unit_test(what_is_no_payload_is_refused),
        cmocka_unit_test(a_failure_writes_no_output),
        cmocka_unit_test(every_smaller_frame_buffer_is_too_small),
        cmocka_unit_test(too_small_for_hex_text_leaves_the_frame_alone),
        cmocka_unit_test(wraps_each_form),
        cmocka_unit_test(json_needs_an_envelope),
        cmocka_unit_test(every_smaller_payload_is_too_small),
        cmocka_unit_test(too_small_for_json_leaves_the_payload_alone),
        cmocka_unit_test(hex_text_is_decoded),
        cmocka_unit_test(places_are_those_of_the_text),
        cmocka_unit_test(the_record_of_hex_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
