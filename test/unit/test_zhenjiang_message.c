/* What the vectors do not hold: the answer to a request that was tolerated, and names that no topic may bear. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "zjiot/zjiot.h"

#define DEVICE "010000002934857620"

static struct zjiot_error error;
static struct zjiot_deviation deviations[8];
static struct zjiot_report report;
static char topic[ZJIOT_ZHENJIANG_TOPIC_SIZE];
static char body[2048];

static int decode(const char *at, const char *text, struct zjiot_zhenjiang_message *ret_message) {
    report = (struct zjiot_report){deviations, sizeof deviations / sizeof *deviations, 0};
    return zjiot_zhenjiang_decode(at, text, strlen(text), NULL, fresh_pool(), ret_message, &report, NULL, &error);
}

static int64_t encode(const struct zjiot_zhenjiang_message *message) {
    const int64_t size = zjiot_zhenjiang_encode(message, NULL, topic, sizeof topic, body, sizeof body - 1, &error);
    body[size > 0 ? size : 0] = '\0';
    return size;
}

/* Each reads with a deviation; what an answer repeats of it is the topic's. */
static void a_tolerated_request_is_answered(void **state) {
    (void)state;
    static const char *const contexts[] = {
        "\"dev_id\":\"" DEVICE "\",\"cmd\":\"ct10nOff\",\"unix_milli\":1,\"serial_id\":\"s\"",
        "\"dev_id\":\"" DEVICE "\",\"cmd\":\"anyCmd\",\"unix_milli\":1,\"serial_id\":\"s\"",
        "\"dev_id\":\"" DEVICE "\",\"cmd\":null,\"unix_milli\":1,\"serial_id\":\"s\"",
        "\"dev_id\":\"" DEVICE "\",\"cmd\":5,\"unix_milli\":1,\"serial_id\":\"s\"",
        "\"dev_id\":\"" DEVICE "\",\"unix_milli\":1,\"serial_id\":\"s\"",
        "\"dev_id\":\"020000000000000001\",\"cmd\":\"ctlOnOff\",\"unix_milli\":1,\"serial_id\":\"s\"",
        "\"cmd\":\"ctlOnOff\",\"unix_milli\":1,\"serial_id\":\"s\"",
    };
    for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++) {
        struct zjiot_zhenjiang_message request, reply;
        char text[512] = "{\"context\":{\"dev_attr\":3,";
        strcat(strcat(text, contexts[i]), "},\"data\":{\"switch\":[]}}");
        assert_int_equal(decode("down/json/01/ctlOnOff/" DEVICE, text, &request), 0);
        assert_true(report.count > 0);
        assert_int_equal(zjiot_zhenjiang_reply(&request, ZJIOT_ZHENJIANG_DONE, NULL, 9, &reply, &error), 0);
        assert_true(encode(&reply) > 0);
        assert_string_equal(topic, "up/json/01/ctlOnOff/" DEVICE);
        assert_string_equal(body, "{\"context\":{\"dev_attr\":3,\"dev_id\":\"" DEVICE
                                  "\",\"cmd\":\"ctlOnOff\",\"unix_milli\":9,\"serial_id\":\"s\",\"status\":1,"
                                  "\"detail\":\"\"},\"data\":{\"switch\":[]}}");
    }
}

/* Upward a topic may lack the device: then only the context has it. */
static void a_device_is_a_level_of_a_topic(void **state) {
    (void)state;
    static const struct {
        const char *dev_id;
        enum zjiot_code code; /* of the only deviation, and of writing it */
    } cases[] = {
        {DEVICE, ZJIOT_OK},
        {"01!$%&'()*,-.:;<=~", ZJIOT_OK},
        {"01/000002934857620", ZJIOT_RANGE},
        {"01+000002934857620", ZJIOT_RANGE},
        {"01#000002934857620", ZJIOT_RANGE},
        {"01 000002934857620", ZJIOT_RANGE},
        {"01\x7F"
         "000002934857620",
         ZJIOT_RANGE},
        {"01\xE4\xB8\xAD"
         "0002934857620",
         ZJIOT_RANGE},
        {"0", ZJIOT_LENGTH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zjiot_zhenjiang_message message;
        char text[512] = "{\"context\":{\"dev_attr\":4,\"cmd\":\"postLux\",\"unix_milli\":1,\"dev_id\":\"";
        strcat(strcat(text, cases[i].dev_id), "\"},\"data\":{\"lux_value\":1,\"lux_error\":0}}");
        assert_int_equal(decode("up/json/01/postLux", text, &message), 0);
        assert_int_equal(report.count, cases[i].code != ZJIOT_OK);
        assert_int_equal(report.count > 0 ? deviations[0].code : ZJIOT_OK, cases[i].code);
        assert_int_equal(encode(&message) < 0 ? error.code : ZJIOT_OK, cases[i].code);
        if (cases[i].code != ZJIOT_OK)
            assert_string_equal(error.path, "context.dev_id");
    }
}

/* A vendor of 64 bytes is the longest that is written, a device of 64 the longest that is read. */
static void parts_of_a_topic_have_a_length(void **state) {
    (void)state;
    static const char letters[] = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv";
    static const char text[] = "{\"context\":{\"dev_attr\":4,\"cmd\":\"postLux\",\"unix_milli\":1,\"dev_id\":\"" DEVICE
                               "\"},\"data\":{\"lux_value\":1,\"lux_error\":0}}";
    struct zjiot_zhenjiang_message message;
    char at[256];
    assert_int_equal(strlen(letters), 65);
    for (size_t less = 0; less < 2; less++) {
        snprintf(at, sizeof at, "up/json/%s/postLux", letters + less);
        assert_int_equal(decode(at, text, &message), 0);
        assert_int_equal(report.count, 1 - less);
        assert_int_equal(encode(&message) > 0 ? ZJIOT_OK : error.code, less == 1 ? ZJIOT_OK : ZJIOT_LENGTH);
        assert_int_equal(zjiot_zhenjiang_check(&message, &error), less == 1 ? ZJIOT_OK : ZJIOT_LENGTH);
        assert_true(less == 1 || strcmp(deviations[0].path, "topic.vendor") == 0);
        snprintf(at, sizeof at, "up/json/01/postLux/%s", letters + less);
        assert_int_equal(decode(at, text, &message), less == 1 ? ZJIOT_OK : ZJIOT_LENGTH);
    }
}

#define ACTION(members)                                                                                                \
    "{\"context\":{\"dev_attr\":3,\"dev_id\":\"" DEVICE "\",\"cmd\":\"setTimetable\",\"unix_milli\":1},"               \
    "\"data\":{\"timetable\":[{\"do\":[{\"switch_id\":1," members "}]}]}}"

/* What was found is as it stands in the body. */
static void rules_speak_of_the_body(void **state) {
    (void)state;
    static const struct {
        const char *text, *path, *found, *expected;
    } cases[] = {
        {ACTION("\"type\":4,\"time\":\"19:00\""), "data.timetable[0].do[0].time", "19:00", "nothing with this type"},
        {ACTION("\"type\":1,\"time\":\"00:00\",\"offset\":-5"), "data.timetable[0].do[0].offset", "-5",
         "nothing with this type"},
        {ACTION("\"type\":1"), "data.timetable[0].do[0].time", "nothing", "a value with this type"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zjiot_zhenjiang_message message;
        assert_int_equal(decode("down/json/01/setTimetable/" DEVICE, cases[i].text, &message), 0);
        assert_int_equal(report.count, 1);
        assert_string_equal(deviations[0].path, cases[i].path);
        assert_string_equal(deviations[0].found, cases[i].found);
        assert_string_equal(deviations[0].expected, cases[i].expected);
        assert_true(encode(&message) < 0);
        assert_string_equal(error.path, cases[i].path);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tolerated_request_is_answered),
        cmocka_unit_test(a_device_is_a_level_of_a_topic),
        cmocka_unit_test(parts_of_a_topic_have_a_length),
        cmocka_unit_test(rules_speak_of_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
