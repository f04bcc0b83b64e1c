/* The JSON reader where texts are odd but legal, and where nothing was read. Each case was a bug once. */
#include <string.h>

#include "base/base.h"
#include "unit.h"
#include "zjiot/zjiot.h"

#define DEVICE "010000002934857620"
#define CONTEXT(command, more)                                                                                         \
    "{\"context\":{\"dev_attr\":3,\"dev_id\":\"" DEVICE "\",\"cmd\":\"" command "\",\"unix_milli\":1" more "}"

static struct zjiot_zhenjiang_message message;
static struct zjiot_error error;
static struct zjiot_deviation deviations[8];
static struct zjiot_report report;
static _Alignas(max_align_t) unsigned char memory[8192];

static int decode(const char *topic, const char *body, bool strict) {
    const struct zjiot_options options = {.strict = strict};
    struct zjiot_pool pool;
    report = (struct zjiot_report){deviations, ZJ_COUNT(deviations), 0};
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    return zjiot_zhenjiang_decode(topic, body, strlen(body), &options, &pool, &message, &report, NULL, &error);
}

static int64_t encode(char *out, size_t size) {
    return zjiot_zhenjiang_encode(&message, NULL, NULL, 0, out, size, &error);
}

/* A member's value and its key mean the same however they are escaped. */
static void escapes_change_nothing(void **state) {
    (void)state;
    static const char body[] = CONTEXT("getTimetable", "") ",\"data\":{\"begin\\u005fdate\":\"07\\u002d01\","
                                                           "\"end_date\":\"\\u0030\\u0037-\\u0033\\u0031\"}}";
    assert_int_equal(decode("down/json/01/getTimetable/" DEVICE, body, true), 0);
    assert_int_equal(message.data.get_timetable.begin, 701);
    assert_int_equal(message.data.get_timetable.end, 731);
}

/* A key of 17 letters, each escaped, is longer than a path. */
static void a_key_of_escapes_is_known(void **state) {
    (void)state;
    static const char name[] = "reactive_energy_a";
    char body[1024] = CONTEXT("getEnergy", ",\"status\":1,\"detail\":\"\"") ",\"data\":{\"";
    for (size_t i = 0; name[i] != '\0'; i++) {
        const char escape[] = {'\\', 'u', '0', '0', "0123456789abcdef"[name[i] >> 4], "0123456789abcdef"[name[i] & 15],
                               0};
        strcat(body, escape);
    }
    strcat(body, "\":1.5}}");
    assert_int_equal(decode("up/json/01/getEnergy/" DEVICE, body, false), 0);
    assert_true(message.data.get_energy_reply.reactive_energy_a == 1.5);
}

/* A long unknown key is shown cut, but never inside of a character. */
static void a_long_key_stays_utf8(void **state) {
    (void)state;
    for (size_t shift = 0; shift < 3; shift++) {
        char body[1024] = CONTEXT("getTimer", "") ",\"data\":{\"";
        for (size_t i = 0; i < shift; i++)
            strcat(body, "x");
        for (size_t i = 0; i < 60; i++)
            strcat(body, "\xE7\x81\xAF");
        strcat(body, "\":1}}");
        assert_int_equal(decode("down/json/01/getTimer/" DEVICE, body, false), 0);
        assert_int_equal(report.count, 1);
        assert_int_equal(deviations[0].code, ZJIOT_EXTRA);
        assert_int_equal(zj_utf8_valid(deviations[0].path, strlen(deviations[0].path)), strlen(deviations[0].path));
        assert_true(strlen(deviations[0].path) >= ZJIOT_PATH_SIZE - 4);
    }
}

/* What was not there is not written as zero, downward, where zero is a value. */
static void absent_data_is_not_zero(void **state) {
    (void)state;
    static const char *const bodies[] = {
        CONTEXT("setTimer", "") "}",
        CONTEXT("setTimer", "") ",\"data\":null}",
        CONTEXT("setTimer", "") ",\"data\":5}",
        CONTEXT("setTimer", "") ",\"data\":{}}",
    };
    char out[512];
    for (size_t i = 0; i < ZJ_COUNT(bodies); i++) {
        assert_int_equal(decode("down/json/01/setTimer/" DEVICE, bodies[i], false), 0);
        assert_true(report.count > 0);
        assert_int_equal(encode(out, sizeof out), ZJIOT_MISSING);
        assert_string_equal(error.path, "data.now");
    }
}

/* Upward an empty time is none; it is neither midnight nor absent when it is written again. */
static void an_empty_time_stays_empty(void **state) {
    (void)state;
    static const char body[] =
        CONTEXT("getTimetable", ",\"status\":1,\"detail\":\"\"") ",\"data\":{\"timetable\":[{\"dt\":\"\",\"do\":[{"
                                                                 "\"switch_id\":1,\"type\":1,\"time\":\"\"}]}]}}";
    char out[512];
    assert_int_equal(decode("up/json/01/getTimetable/" DEVICE, body, true), 0);
    const int64_t size = encode(out, sizeof out);
    assert_true(size > 0);
    out[size] = '\0';
    assert_non_null(strstr(out, "\"dt\":\"\""));
    assert_non_null(strstr(out, "\"time\":\"\""));
}

/* An answer says what came of it: one that a caller fills has status 0, failed; one that came without is not sent on.
 */
static void an_answer_has_its_result(void **state) {
    (void)state;
    char out[512];
    message = (struct zjiot_zhenjiang_message){
        .type = ZJIOT_ZHENJIANG_SET_TIMER_REPLY, .topic = {.vendor = "01"}, .context = {.dev_id = DEVICE}};
    const int64_t size = encode(out, sizeof out);
    assert_true(size > 0);
    out[size] = '\0';
    assert_non_null(strstr(out, "\"status\":0,\"detail\":\"\""));
    assert_int_equal(decode("up/json/01/setTimer/" DEVICE, CONTEXT("setTimer", "") ",\"data\":{}}", false), 0);
    assert_int_equal(encode(out, sizeof out), ZJIOT_MISSING);
    assert_string_equal(error.path, "context.status");
}

/* Where nothing limits a value, nothing does. */
static void no_limit_is_no_limit(void **state) {
    (void)state;
    static const char body[] = CONTEXT("getEnergy", ",\"status\":1,\"detail\":\"\"") /* a group a line */
        ",\"data\":{\"active_energy_a\":1e300,\"active_energy_b\":1,\"active_energy_c\":1,"
        "\"reactive_energy_a\":-1e19,\"reactive_energy_b\":1,\"reactive_energy_c\":1,\"total_energy\":1}}";
    char out[512];
    assert_int_equal(decode("up/json/01/getEnergy/" DEVICE, body, true), 0);
    assert_true(message.data.get_energy_reply.active_energy_a == 1e300);
    assert_true(encode(out, sizeof out) > 0);
    message.data.get_energy_reply.active_energy_a = -1;
    assert_int_equal(encode(out, sizeof out), ZJIOT_RANGE);
}

/* A failure leaves no deviations behind: they would belong to no message. */
static void a_failure_reports_no_deviations(void **state) {
    (void)state;
    static const char body[] = CONTEXT("setTimer", ",\"more\":1") ",\"data\":{\"now\":\"1\",}";
    assert_int_equal(decode("down/json/01/setTimer/" DEVICE, body, false), ZJIOT_SYNTAX);
    assert_int_equal(error.offset, strlen(body));
    assert_int_equal(report.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_change_nothing),    cmocka_unit_test(a_key_of_escapes_is_known),
        cmocka_unit_test(a_long_key_stays_utf8),     cmocka_unit_test(absent_data_is_not_zero),
        cmocka_unit_test(an_empty_time_stays_empty), cmocka_unit_test(an_answer_has_its_result),
        cmocka_unit_test(no_limit_is_no_limit),      cmocka_unit_test(a_failure_reports_no_deviations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
