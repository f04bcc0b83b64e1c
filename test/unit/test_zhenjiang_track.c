/* Zhenjiang's requests and answers in the request table: the conversations that were written down, and the verdicts
 * that they leave out. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/zhenjiang.h"

enum { CAPACITY = 8, KEY_SIZE = ZJIOT_ZHENJIANG_KEY_SIZE(64), CONTENTS = 4, REMEMBER = 60000, DEADLINE = 10000 };

#define DEVICE "010000002934857620"
#define CONTEXT(cmd) "{\"context\":{\"dev_attr\":3,\"dev_id\":\"" DEVICE "\",\"cmd\":\"" cmd "\",\"unix_milli\":1"
#define SERIAL(id) ",\"serial_id\":\"" id "\""
#define RESULT(number) ",\"status\":" number ",\"detail\":\"\""
#define DATA(members) "},\"data\":{" members "}}"
#define DOWN(cmd) "down/json/01/" cmd "/" DEVICE
#define UP(cmd) "up/json/01/" cmd "/" DEVICE

static uint64_t storage[ZJIOT_TRACK_SIZE(CAPACITY, KEY_SIZE, CONTENTS) / 8 + 1];
static struct zjiot_track table;
static struct zjiot_track_match match;
static struct zjiot_error error;

static int empty_table(void **state) {
    (void)state;
    const struct zjiot_track_config config = {CAPACITY, KEY_SIZE, CONTENTS, REMEMBER, {1, 2, 3}};
    return zjiot_track_init(&table, &config, storage, sizeof storage, NULL);
}

static struct zjiot_zhenjiang_message decode(const char *topic, const char *body) {
    struct zjiot_zhenjiang_message message;
    if (zjiot_zhenjiang_decode(topic, body, strlen(body), NULL, fresh_pool(), &message, NULL, NULL, &error) != 0)
        fail_msg("%s: %s", topic, error.text);
    return message;
}

static struct zjiot_track_request request_of(const char *topic, const char *body) {
    const struct zjiot_zhenjiang_message message = decode(topic, body);
    struct zjiot_track_request request;
    assert_int_equal(zjiot_zhenjiang_track_request(&message, &request, &error), 0);
    assert_true(request.deadline == ZJIOT_TRACK_NEVER);
    return request;
}

static uint64_t open_at(uint64_t now, struct zjiot_track_request request) {
    uint64_t handle = 0;
    request.deadline = now + DEADLINE;
    assert_int_equal(zjiot_track_open(&table, now, &request, &handle, &error), 0);
    return handle;
}

static uint64_t ask(uint64_t now, const char *topic, const char *body) {
    return open_at(now, request_of(topic, body));
}

/* Below 0: the message is no answer. */
static int hear(uint64_t now, const char *topic, const char *body) {
    const struct zjiot_zhenjiang_message message = decode(topic, body);
    struct zjiot_track_reply reply;
    const int code = zjiot_zhenjiang_track_reply(&message, &reply, &error);
    return code != 0 ? code : (int)zjiot_track_match(&table, now, &reply, &match);
}

/* --- What was written down --- */

/* An answer that lacks the request's serial_id deviates by that; only one that has it is the answer for certain. */
static bool fits(const json_t *reply, int verdict) {
    const json_t *taken = json_object_get(reply, "taken");
    const json_t *deviation = json_array_get(json_object_get(reply, "deviations"), 0);
    if (deviation != NULL)
        return strcmp(vector_text(deviation, "path"), "context.serial_id") == 0 && verdict == ZJIOT_TRACK_GUESSED;
    if (taken == NULL)
        return verdict == ZJIOT_TRACK_EXACT || verdict == ZJIOT_TRACK_DUPLICATE;
    if (json_is_true(taken))
        return verdict == ZJIOT_TRACK_EXACT;
    return verdict == ZJIOT_TRACK_FOREIGN || verdict == ZJIOT_TRACK_DUPLICATE || verdict == ZJIOT_ARG;
}

static int converse(const json_t *line) {
    const json_t *sent = json_object_get(line, "request");
    const json_t *parts = json_object_get(line, "parts");
    const json_t *reply;
    size_t i;
    int failures = 0;
    empty_table(NULL);
    struct zjiot_track_request request = request_of(vector_text(sent, "topic"), vector_text(sent, "payload"));
    if (parts != NULL)
        request.answers = (uint32_t)json_integer_value(parts);
    open_at(0, request);
    json_array_foreach(json_object_get(line, "replies"), i, reply) {
        const json_t *open = json_object_get(reply, "open");
        const int verdict = hear(i, vector_text(reply, "topic"), vector_text(reply, "payload"));
        if (fits(reply, verdict) && (open == NULL || json_is_true(open) == (table.open == 1)))
            continue;
        print_error("%s: reply %zu: %s, %s\n", vector_text(line, "note"), i,
                    verdict < 0 ? "no answer" : zjiot_track_verdict_name(verdict), table.open ? "open" : "ended");
        failures++;
    }
    return failures;
}

static void conversations(void **state) {
    json_t *lines = vectors_read("zhenjiang/replies.jsonl");
    const json_t *line;
    size_t i;
    int failures = 0;
    (void)state;
    assert_true(json_array_size(lines) >= 20);
    json_array_foreach(lines, i, line) failures += converse(line);
    json_decref(lines);
    assert_int_equal(failures, 0);
}

/* --- The verdicts --- */

static void late_and_twice(void **state) {
    struct zjiot_track_state lapsed;
    (void)state;
    const uint64_t handle = ask(0, DOWN("getTimer"), CONTEXT("getTimer") SERIAL("a1") DATA(""));
    assert_int_equal(zjiot_track_expire(&table, DEADLINE, &lapsed), 1);
    assert_true(lapsed.handle == handle);
    const char *answer = CONTEXT("getTimer") SERIAL("a1") RESULT("1") DATA("\"now\":1");
    assert_int_equal(hear(DEADLINE + 1, UP("getTimer"), answer), ZJIOT_TRACK_LATE);
    assert_true(match.request.handle == handle);
    assert_int_equal(hear(DEADLINE + 2, UP("getTimer"), answer), ZJIOT_TRACK_DUPLICATE);
}

/* The device that the topic names is asked, and answers, whatever the context says; without one it is the context's. */
static void the_topic_names_the_device(void **state) {
    (void)state;
    ask(0, "down/json/01/getTimer/010000000000000009", CONTEXT("getTimer") SERIAL("a1") DATA(""));
    const char *answer = CONTEXT("getTimer") SERIAL("a1") RESULT("1") DATA("\"now\":1");
    assert_int_equal(hear(1, UP("getTimer"), answer), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(hear(1, "up/json/01/getTimer", answer), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(hear(1, "up/json/01/getTimer/010000000000000009", answer), ZJIOT_TRACK_EXACT);
    ask(2, DOWN("getTimer"), CONTEXT("getTimer") SERIAL("a2") DATA(""));
    assert_int_equal(hear(3, "up/json/01/getTimer", CONTEXT("getTimer") SERIAL("a2") RESULT("1") DATA("\"now\":1")),
                     ZJIOT_TRACK_EXACT);
}

static void without_a_serial_the_oldest(void **state) {
    const char *answer = CONTEXT("getTimer") RESULT("1") DATA("\"now\":1");
    (void)state;
    const uint64_t first = ask(0, DOWN("getTimer"), CONTEXT("getTimer") SERIAL("a1") DATA(""));
    const uint64_t second = ask(1, DOWN("getTimer"), CONTEXT("getTimer") DATA(""));
    assert_int_equal(hear(2, UP("getTimer"), answer), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.handle == first && !match.alone);
    assert_int_equal(hear(3, UP("getTimer"), answer), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.handle == second && match.alone);
}

static void an_empty_serial_is_one(void **state) {
    const char *answer = CONTEXT("getTimer") SERIAL("") RESULT("1") DATA("\"now\":1");
    (void)state;
    ask(0, DOWN("getTimer"), CONTEXT("getTimer") SERIAL("a1") DATA(""));
    assert_int_equal(hear(1, UP("getTimer"), answer), ZJIOT_TRACK_FOREIGN);
    ask(2, DOWN("getTimer"), CONTEXT("getTimer") SERIAL("") DATA(""));
    assert_int_equal(hear(3, UP("getTimer"), answer), ZJIOT_TRACK_EXACT);
}

/* A message that the caller made has the id that is written of it. */
static void the_callers_own_message(void **state) {
    struct zjiot_zhenjiang_message message;
    struct zjiot_track_request request;
    (void)state;
    memset(&message, 0, sizeof message);
    message.type = ZJIOT_ZHENJIANG_GET_TIMER;
    message.context.dev_id = DEVICE;
    message.context.serial_id = "";
    assert_int_equal(zjiot_zhenjiang_track_request(&message, &request, &error), 0);
    assert_int_equal(request.key.id_size, 0);
    message.context.serial_id = "a1";
    assert_int_equal(zjiot_zhenjiang_track_request(&message, &request, &error), 0);
    open_at(0, request);
    assert_int_equal(hear(1, UP("getTimer"), CONTEXT("getTimer") SERIAL("a1") RESULT("1") DATA("\"now\":1")),
                     ZJIOT_TRACK_EXACT);
}

/* --- Several answers --- */

#define VALVES(a, b, c, d) "\"addr\":41,\"degree1\":" a ",\"degree2\":" b ",\"degree3\":" c ",\"degree4\":" d
#define VALVE(number, st) "\"addr\":41,\"valve_id\":" number ",\"st\":" st

static int valve(uint64_t now, const char *body) {
    return hear(now, UP("ctlSolenoidValveDegree"), body);
}

static void valves_answer_each(void **state) {
    const char *first = CONTEXT("ctlSolenoidValveDegree") SERIAL("v") RESULT("1") DATA(VALVE("1", "1"));
    (void)state;
    ask(0, DOWN("ctlSolenoidValveDegree"),
        CONTEXT("ctlSolenoidValveDegree") SERIAL("v") DATA(VALVES("5", "360", "0", "100")));
    assert_int_equal(valve(1, first), ZJIOT_TRACK_EXACT);
    assert_int_equal(valve(2, first), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(valve(3, CONTEXT("ctlSolenoidValveDegree") SERIAL("v") RESULT("0") DATA(VALVE("3", "0"))),
                     ZJIOT_TRACK_EXACT);
    assert_true(match.request.open);
    assert_int_equal(valve(4, CONTEXT("ctlSolenoidValveDegree") SERIAL("v") RESULT("1") DATA(VALVE("4", "1"))),
                     ZJIOT_TRACK_EXACT);
    assert_false(match.request.open);
}

static void a_device_that_is_gone_answers_for_all_valves(void **state) {
    (void)state;
    ask(0, DOWN("ctlSolenoidValveDegree"),
        CONTEXT("ctlSolenoidValveDegree") SERIAL("v") DATA(VALVES("5", "5", "5", "5")));
    assert_int_equal(valve(1, CONTEXT("ctlSolenoidValveDegree") SERIAL("v") RESULT("2") DATA(VALVE("0", "0"))),
                     ZJIOT_TRACK_EXACT);
    assert_false(match.request.open);
    ask(2, DOWN("ctlSolenoidValveDegree"),
        CONTEXT("ctlSolenoidValveDegree") SERIAL("w") DATA(VALVES("360", "360", "360", "360")));
    assert_int_equal(valve(3, CONTEXT("ctlSolenoidValveDegree") SERIAL("w") RESULT("1") DATA(VALVE("1", "1"))),
                     ZJIOT_TRACK_EXACT);
    assert_false(match.request.open);
}

static int upgrade(uint64_t now, const char *body) {
    return hear(now, UP("ftpUpgrade"), body);
}

static void an_upgrade_is_taken_then_finished(void **state) {
    const char *order =
        CONTEXT("ftpUpgrade") SERIAL("u") DATA("\"ftp_ip\":\"h\",\"ftp_port\":21,\"ftp_user\":\"u\",\"ftp_pwd\":\"p\","
                                               "\"file_path\":\"/\",\"file_name\":\"f\"");
    const char *taken = CONTEXT("ftpUpgrade") SERIAL("u") RESULT("1") DATA("");
    (void)state;
    ask(0, DOWN("ftpUpgrade"), order);
    assert_int_equal(upgrade(1, taken), ZJIOT_TRACK_EXACT);
    assert_true(match.request.open && match.request.accepted);
    assert_int_equal(upgrade(2, taken), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(upgrade(3, CONTEXT("ftpUpgrade") SERIAL("u") RESULT("1") DATA(
                                    "\"ver_now\":\"2\",\"ver_date\":\"2026-01-01\",\"upg_start\":1,\"upg_finish\":2")),
                     ZJIOT_TRACK_EXACT);
    assert_false(match.request.open);

    ask(4, DOWN("ftpUpgrade"), order);
    assert_int_equal(upgrade(5, CONTEXT("ftpUpgrade") SERIAL("u") RESULT("0") DATA("")), ZJIOT_TRACK_EXACT);
    assert_true(!match.request.open && !match.request.accepted);
}

static void a_timetable_that_cannot_be_read_ends(void **state) {
    const char *order = CONTEXT("getTimetable") SERIAL("t") DATA("\"begin_date\":\"07-01\",\"end_date\":\"07-02\"");
    (void)state;
    const uint64_t handle = ask(0, DOWN("getTimetable"), order);
    const char *part = CONTEXT("getTimetable") SERIAL("t") RESULT("1") DATA("\"timetable\":[]");
    for (uint64_t now = 1; now < 5; now++)
        assert_int_equal(hear(now, UP("getTimetable"), part), ZJIOT_TRACK_EXACT);
    assert_int_equal(zjiot_track_close(&table, 5, handle), 0);
    ask(6, DOWN("getTimetable"), order);
    assert_int_equal(
        hear(7, UP("getTimetable"), CONTEXT("getTimetable") SERIAL("t") RESULT("3") DATA("\"timetable\":[]")),
        ZJIOT_TRACK_EXACT);
    assert_int_equal(table.open, 0);
}

/* --- What is neither --- */

static void what_is_neither(void **state) {
    struct zjiot_zhenjiang_message message =
        decode(UP("postLux"), CONTEXT("postLux") DATA("\"lux_value\":1,\"lux_error\":0"));
    struct zjiot_track_request request;
    struct zjiot_track_reply reply;
    (void)state;
    assert_int_equal(zjiot_zhenjiang_track_reply(&message, &reply, &error), ZJIOT_ARG);
    assert_int_equal(zjiot_zhenjiang_track_request(&message, &request, &error), ZJIOT_ARG);
    message = decode(DOWN("getTimer"), CONTEXT("getTimer") DATA(""));
    assert_int_equal(zjiot_zhenjiang_track_reply(&message, &reply, &error), ZJIOT_ARG);
    message.type = (enum zjiot_zhenjiang_message_type)999;
    assert_int_equal(zjiot_zhenjiang_track_reply(&message, &reply, &error), ZJIOT_ARG);
    assert_int_equal(zjiot_zhenjiang_track_request(&message, &request, &error), ZJIOT_ARG);
}

/* No command and no device that is written is too long for a table of this key size. */
static void the_longest_key_fits(void **state) {
    char device[ZJIOT_ZHENJIANG_DEV_ID_MAX + 1] = {0};
    char serial[64 + 1] = {0};
    struct zjiot_zhenjiang_message message;
    struct zjiot_track_request request;
    (void)state;
    memset(device, '1', sizeof device - 1);
    memset(serial, 's', sizeof serial - 1);
    memset(&message, 0, sizeof message);
    message.context.dev_id = device;
    message.context.serial_id = serial;
    for (int type = 0; type <= ZJIOT_ZHENJIANG_FTP_UPGRADE; type++) {
        message.type = (enum zjiot_zhenjiang_message_type)type;
        assert_int_equal(zjiot_zhenjiang_track_request(&message, &request, &error), 0);
        assert_true(request.key.scope_size + request.key.command_size + request.key.id_size <= KEY_SIZE);
    }
}

#define CASE(function) cmocka_unit_test_setup(function, empty_table)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(conversations),
        CASE(late_and_twice),
        CASE(the_topic_names_the_device),
        CASE(without_a_serial_the_oldest),
        CASE(an_empty_serial_is_one),
        CASE(the_callers_own_message),
        CASE(valves_answer_each),
        CASE(a_device_that_is_gone_answers_for_all_valves),
        CASE(an_upgrade_is_taken_then_finished),
        CASE(a_timetable_that_cannot_be_read_ends),
        CASE(what_is_neither),
        CASE(the_longest_key_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
