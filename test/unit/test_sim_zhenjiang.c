/* Simulated Zhenjiang devices, with time as a number. Every message that they send is read strictly. Catches: a command
 * without its answer, a setting that is not read back as it was set, lamps that miss their timetable at midnight,
 * energy that is counted twice, an alarm that never comes or never goes, a reset that keeps what it should forget. */
#define _GNU_SOURCE /* asprintf */
#include <jansson.h>

#include "sim_bench.h"

#define POST "010000002934857620"

static json_t *answers; /* to the last request; borrowed by the tests */

static json_t *body_of(const struct bench_sent *sent) {
    json_t *body = json_loadb((const char *)sent->bytes, sent->size, 0, NULL);
    assert_non_null(body);
    return body;
}

static const json_t *at(const json_t *value, const char *key) {
    value = json_object_get(value, key);
    assert_non_null(value);
    return value;
}

static double number(const json_t *value, const char *key) {
    return json_number_value(at(value, key));
}

static int status_of(const json_t *answer) {
    return (int)number(at(answer, "context"), "status");
}

static const char *detail_of(const json_t *answer) {
    return json_string_value(at(at(answer, "context"), "detail"));
}

static void note_answers(const char *command, size_t first) {
    char end[64];
    snprintf(end, sizeof end, "/%s/" POST, command);
    json_decref(answers);
    answers = json_array();
    for (size_t i = first; i < bench.sent_count; i++)
        if (strstr(bench.sent[i].topic, end) != NULL)
            json_array_append_new(answers, body_of(&bench.sent[i]));
}

/* Sends a command whose data are `data`; the first answer. */
static const json_t *ask(const char *command, const char *data) {
    char *body, topic[128];
    const size_t first = bench.sent_count;
    assert_true(asprintf(&body,
                         "{\"context\":{\"dev_attr\":0,\"dev_id\":\"" POST "\",\"cmd\":\"%s\",\"unix_milli\":1,"
                         "\"serial_id\":\"s-1\"},\"data\":%s}",
                         command, data) > 0);
    snprintf(topic, sizeof topic, "down/json/01/%s/" POST, command);
    bench_receive(topic, body, strlen(body));
    free(body);
    note_answers(command, first);
    assert_true(json_array_size(answers) > 0);
    const json_t *answer = json_array_get(answers, 0);
    assert_string_equal(json_string_value(at(at(answer, "context"), "serial_id")), "s-1");
    return answer;
}

static void expect_done(const json_t *answer) {
    if (status_of(answer) != 1)
        fail_msg("%s", detail_of(answer));
}

static size_t count_sent(const char *command) {
    char part[64];
    size_t count = 0;
    snprintf(part, sizeof part, "/%s/", command);
    for (size_t i = 0; i < bench.sent_count; i++)
        count += strstr(bench.sent[i].topic, part) != NULL;
    return count;
}

static int start_noon(void **state) {
    (void)state;
    bench_start(&sim_zhenjiang, POST, china(2026, 6, 30, 12, 0));
    return 0;
}

static int end(void **state) {
    json_decref(answers);
    answers = NULL;
    return bench_end(state);
}

/* State, reason of contactor 1. */
static int lamp(void) {
    return (int)number(json_array_get(at(at(ask("getRuntime", "{}"), "data"), "switch"), 0), "st");
}

static int reason(void) {
    return (int)number(json_array_get(at(at(ask("getRuntime", "{}"), "data"), "switch"), 0), "reason");
}

/* --- Tests --- */

static void test_every_command_is_answered(void **state) {
    const struct zjiot_protocol *protocol = zjiot_protocol_find("zhenjiang");
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < protocol->record_count; i++) {
        const struct zjiot_record *record = &protocol->records[i];
        if (record->direction != ZJIOT_DOWN)
            continue;
        const json_t *answer = ask(record->name, "{}"); /* what lacks values is refused, and that is an answer too */
        const bool needs_values = record->field_count > 0;
        assert_int_equal(status_of(answer), needs_values ? 0 : 1);
        assert_true(!needs_values || strstr(detail_of(answer), "missing") != NULL);
        count++;
    }
    assert_int_equal(count, 26);
}

static const struct {
    const char *name, *data;
} settings[] = {
    {"CommParam", "{\"ip\":\"10.0.0.9\",\"port\":8883,\"apn\":\"iot\",\"username\":\"u\",\"password\":\"p\"}"},
    {"RunningParam", "{\"time_ticker\":{\"heartbeat\":7,\"data\":8,\"lux\":9},\"coord\":{\"lng\":-1.5,\"lat\":60.25},"
                     "\"others\":{\"max_switch\":2}}"},
    {"DimmingParam", "{\"dimming\":[{\"switch_id\":2,\"power_on_default\":1,\"rated_power\":120,\"dimming_type\":1}]}"},
    {"LeakageCurrent", "{\"leak\":[{\"switch_id\":2,\"baseline\":1,\"alarm_limit_1\":11,\"alarm_limit_2\":12,"
                       "\"alarm_limit_3\":13,\"break_limit\":14,\"ratio\":15,\"work_model\":1}]}"},
    {"LoopParam",
     "{\"voltage\":{\"up_limit\":260.5,\"up_limit_dispel\":240,\"low_limit\":180,\"low_limit_dispel\":185},"
     "\"loop\":[{\"loop_id\":4,\"switch_id\":2,\"phase\":3,\"hopping\":1,\"ratio\":20,\"levels\":["
     "{\"dt_start\":\"20:00\",\"dt_end\":\"22:00\",\"up_limit\":23.4,\"up_limit_dispel\":20,"
     "\"low_limit\":0.1,\"low_limit_dispel\":0.2}]}]}"},
};

/* hopping means another thing in each direction; 1 is both. The leakage of contactor 2 is that of loop 2. */
static void test_what_is_set_is_read_back(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        char setter[32], getter[32];
        json_t *expected = json_loads(settings[i].data, 0, NULL);
        snprintf(setter, sizeof setter, "set%s", settings[i].name);
        snprintf(getter, sizeof getter, "get%s", settings[i].name);
        if (strcmp(settings[i].name, "LeakageCurrent") == 0)
            json_object_set_new(json_array_get(json_object_get(expected, "leak"), 0), "id", json_integer(2));
        expect_done(ask(setter, settings[i].data));
        const json_t *answer = ask(getter, "{}");
        expect_done(answer);
        char *left = json_dumps(expected, JSON_SORT_KEYS | JSON_REAL_PRECISION(12));
        char *right = json_dumps(at(answer, "data"), JSON_SORT_KEYS | JSON_REAL_PRECISION(12));
        assert_string_equal(left, right);
        free(left);
        free(right);
        json_decref(expected);
    }
}

static void test_a_refused_setting_changes_nothing(void **state) {
    (void)state;
    expect_done(ask("setCommParam", settings[0].data));
    const json_t *answer =
        ask("setCommParam", "{\"ip\":\"x\",\"port\":80,\"apn\":\"\",\"username\":\"\",\"password\":\"\"}");
    assert_int_equal(status_of(answer), 0);
    assert_non_null(strstr(detail_of(answer), "port"));
    assert_int_equal(number(at(ask("getCommParam", "{}"), "data"), "port"), 8883);
    assert_int_equal(bench.refused, 1);
}

static const char nights[] = "{\"timetable\":[{\"do\":[{\"switch_id\":1,\"type\":1,\"time\":\"19:00\"},"
                             "{\"switch_id\":1,\"type\":3,\"time\":\"23:00\",\"dimming\":40},"
                             "{\"switch_id\":1,\"type\":2,\"time\":\"05:30\"}]},"
                             "{\"dt\":\"07-02\",\"do\":[]}]}";

static void expect_lamp(int day, int hour, int minute, int lit) {
    bench_until(china(2026, day == 30 ? 6 : 7, day, hour, minute));
    if (lamp() != lit)
        fail_msg("day %d, %02d:%02d: the lamp is %d", day, hour, minute, !lit);
}

static void test_lamps_follow_the_timetable(void **state) {
    (void)state;
    expect_done(ask("setTimetable", nights));
    expect_lamp(30, 18, 59, 0);
    expect_lamp(30, 19, 0, 1);
    assert_int_equal(reason(), 2);
    expect_lamp(30, 23, 59, 1);
    expect_lamp(1, 0, 1, 1); /* nothing is said of the night yet: as it was */
    const json_t *loop = json_array_get(at(at(ask("getRuntime", "{}"), "data"), "loop"), 0);
    assert_int_equal(number(loop, "st"), 40);
    expect_lamp(1, 5, 29, 1);
    expect_lamp(1, 5, 30, 0);
    expect_lamp(1, 19, 30, 1);
    expect_lamp(2, 0, 0, 0); /* a day without actions is dark, from its first minute on */
    expect_lamp(2, 19, 30, 0);
    expect_lamp(3, 4, 0, 0);
    expect_lamp(3, 19, 0, 1);
}

static void test_a_hand_beats_the_timetable_until_its_next_action(void **state) {
    (void)state;
    expect_done(ask("setTimetable", nights));
    expect_lamp(30, 20, 0, 1);
    expect_done(ask("ctlOnOff", "{\"switch\":[{\"id\":1,\"opt\":0}]}"));
    assert_int_equal(reason(), 1);
    expect_lamp(30, 22, 59, 0);
    expect_lamp(30, 23, 0, 1);
}

/* The same action, but of another day. */
static void test_each_day_counts_anew(void **state) {
    (void)state;
    expect_done(ask("setTimetable", "{\"timetable\":[{\"do\":[{\"switch_id\":1,\"type\":1,\"time\":\"00:00\"}]}]}"));
    assert_int_equal(lamp(), 1);
    expect_done(ask("ctlOnOff", "{\"switch\":[{\"id\":1,\"opt\":0}]}"));
    expect_lamp(30, 23, 59, 0);
    expect_lamp(1, 0, 0, 1);
}

/* Dark, then lit, at sunset and sunrise of a place where the sun is known: 60.25 N 1.5 W has its midnight sun not
 * quite; Zhenjiang at midsummer 05:00 and 19:15. */
static void test_the_factory_table_follows_the_sun(void **state) {
    (void)state;
    expect_lamp(30, 18, 45, 0);
    expect_lamp(30, 19, 45, 1);
    assert_int_equal(reason(), 3);
    expect_lamp(1, 4, 30, 1);
    expect_lamp(1, 5, 30, 0);
}

static void test_the_clock_that_is_set_counts(void **state) {
    (void)state;
    char data[64];
    expect_done(ask("setTimetable", nights));
    snprintf(data, sizeof data, "{\"now\":%lld}", (long long)(china(2026, 6, 30, 18, 59) / 1000));
    expect_done(ask("setTimer", data)); /* at noon */
    assert_int_equal(status_of(ask("setTimer", "{\"now\":9223372036854775807}")), 0);
    assert_int_equal(lamp(), 0);
    bench_until(bench.now + 60000);
    assert_int_equal(lamp(), 1);
    assert_int_equal((int64_t)number(at(ask("getTimer", "{}"), "data"), "now"), china(2026, 6, 30, 19, 0) / 1000);
}

static void test_energy_adds_up(void **state) {
    (void)state;
    expect_done(ask("setTimetable", nights));
    bench_until(china(2026, 7, 1, 12, 0));
    /* 250 W: 4 h at 100 %, 6.5 h at 40 % */
    const double energy = number(at(ask("getEnergy", "{}"), "data"), "active_energy_a");
    assert_true(energy > 1.649 && energy < 1.651);
    const double loop = number(json_array_get(at(at(ask("getRuntime", "{}"), "data"), "loop"), 0), "total_energy");
    assert_true(loop > 1.649 && loop < 1.651);
    expect_done(ask("reset", "{\"do\":5}"));
    assert_int_equal(number(at(ask("getEnergy", "{}"), "data"), "total_energy"), 0);
}

/* The alarms of the last postAlarm. */
static json_t *last_alarms(void) {
    for (size_t i = bench.sent_count; i > 0; i--)
        if (strstr(bench.sent[i - 1].topic, "/postAlarm/") != NULL)
            return body_of(&bench.sent[i - 1]);
    return NULL;
}

static void expect_alarm(int fault, int raised) {
    json_t *body = last_alarms();
    assert_non_null(body);
    const json_t *alarm = json_array_get(at(at(body, "data"), "alarm"), 0);
    assert_int_equal(number(alarm, "alarm_id"), fault);
    assert_int_equal(number(alarm, "st"), raised);
    json_decref(body);
}

#define LOOPS_WITH(limit)                                                                                              \
    "{\"voltage\":{\"up_limit\":250,\"up_limit_dispel\":245,\"low_limit\":190,\"low_limit_dispel\":195},\"loop\":["    \
    "{\"loop_id\":1,\"switch_id\":1,\"phase\":1,\"hopping\":0,\"ratio\":1,\"levels\":[{\"dt_start\":\"00:00\","        \
    "\"dt_end\":\"24:00\",\"up_limit\":" limit ",\"up_limit_dispel\":" limit ",\"low_limit\":0,"                       \
    "\"low_limit_dispel\":0}]}]}"

static void test_limits_raise_alarms(void **state) {
    (void)state;
    expect_done(ask("setTimetable", "{\"timetable\":[{\"do\":[]}]}"));
    expect_done(ask("setLoopParam", LOOPS_WITH("0.5")));
    assert_int_equal(count_sent("postAlarm"), 0);
    expect_done(ask("ctlOnOff", "{\"switch\":[{\"id\":1,\"opt\":100}]}"));
    assert_int_equal(count_sent("postAlarm"), 1);
    expect_alarm(6, 1);
    bench_until(bench.now + 600000);
    assert_int_equal(count_sent("postAlarm"), 1); /* once */
    assert_int_equal(number(json_array_get(at(at(ask("getRuntime", "{}"), "data"), "loop"), 0), "current_st"), 1);
    expect_done(ask("setLoopParam", LOOPS_WITH("5")));
    assert_int_equal(count_sent("postAlarm"), 2);
    expect_alarm(6, 2);
}

static void test_a_voltage_alarm_names_its_phase(void **state) {
    (void)state;
    expect_done(ask("setLoopParam", "{\"voltage\":{\"up_limit\":100,\"up_limit_dispel\":90,\"low_limit\":0,"
                                    "\"low_limit_dispel\":0},\"loop\":[]}"));
    expect_alarm(4, 1); /* and was read strictly: with a phase */
}

#define LEAK_WITH(alarm, limit)                                                                                        \
    "{\"leak\":[{\"switch_id\":1,\"baseline\":0,\"alarm_limit_1\":" alarm ",\"alarm_limit_2\":0,\"alarm_limit_3\":0,"  \
    "\"break_limit\":" limit ",\"ratio\":1,\"work_model\":4}]}"

static void test_leakage_trips_and_is_cleared(void **state) {
    (void)state;
    expect_done(ask("ctlOnOff", "{\"switch\":[{\"id\":1,\"opt\":100}]}"));
    expect_done(ask("setLeakageCurrent", LEAK_WITH("1", "0")));
    expect_alarm(8, 1);
    expect_done(ask("setLeakageCurrent", LEAK_WITH("0", "1")));
    expect_alarm(9, 1);
    assert_int_equal(lamp(), 0);
    assert_int_equal(reason(), 9);
    assert_int_equal(number(json_array_get(at(at(ask("getLeakageData", "{}"), "data"), "loop"), 0), "alarm_status"),
                     0xAA);
    assert_int_equal(status_of(ask("ctlOnOff", "{\"switch\":[{\"id\":1,\"opt\":100}]}")), 0);
    expect_done(ask("setTimetable", nights));
    expect_lamp(30, 20, 0, 0);
    expect_done(ask("setLeakageCurrent", LEAK_WITH("0", "0")));
    expect_done(ask("leakageRecover", "{\"loop\":[{\"id\":1,\"do\":2},{\"id\":1,\"do\":1}]}"));
    expect_alarm(8, 2);
    expect_done(ask("ctlOnOff", "{\"switch\":[{\"id\":1,\"opt\":100}]}"));
    assert_int_equal(lamp(), 1);
}

static void test_reports_come_at_their_intervals(void **state) {
    (void)state;
    bench_until(bench.now + 3600000); /* the first of each come somewhere in their period */
    bench_forget();
    bench_until(bench.now + 3600000);
    assert_int_equal(count_sent("heartbeat"), 60);
    assert_int_equal(count_sent("postRuntime"), 2);
    assert_int_equal(count_sent("postLux"), 240);
    expect_done(ask("setRunningParam", "{\"time_ticker\":{\"heartbeat\":10,\"data\":0,\"lux\":0},"
                                       "\"coord\":{\"lng\":119,\"lat\":32},\"others\":{\"max_switch\":3}}"));
    bench_until(bench.now + 60000);
    bench_forget();
    bench_until(bench.now + 3600000);
    assert_int_equal(count_sent("heartbeat"), 360);
    assert_int_equal(count_sent("postRuntime") + count_sent("postLux"), 0);
}

static void test_reset_comes_after_the_answer(void **state) {
    (void)state;
    expect_done(ask("setCommParam", settings[0].data));
    expect_done(ask("setDimmingParam", "{\"dimming\":[{\"switch_id\":1,\"power_on_default\":1,\"rated_power\":0,"
                                       "\"dimming_type\":0}]}"));
    expect_done(ask("setTimetable", "{\"timetable\":[{\"dt\":\"01-01\",\"do\":[]}]}"));
    expect_done(ask("reset", "{\"do\":3}"));
    assert_int_equal(status_of(ask("getTimer", "{}")), 2); /* not there */
    const size_t before = count_sent("heartbeat");
    bench_until(bench.now + 5000);
    assert_int_equal(count_sent("heartbeat"), before + 1);
    assert_int_equal(lamp(), 1); /* power came */
    assert_int_equal(reason(), 0);
    assert_int_equal(number(at(ask("getCommParam", "{}"), "data"), "port"), 8883);
    expect_done(ask("reset", "{\"do\":2}"));
    bench_until(bench.now + 5000);
    assert_int_equal(number(at(ask("getCommParam", "{}"), "data"), "port"), 1883);
    assert_int_equal(lamp(), 1); /* only its connection went */
    expect_done(ask("reset", "{\"do\":4}"));
    bench_until(bench.now + 5000);
    assert_int_equal(json_array_size(at(at(ask("getDimmingParam", "{}"), "data"), "dimming")), 3);
}

static void test_upgrade_is_answered_twice(void **state) {
    (void)state;
    static const char order[] = "{\"ftp_ip\":\"10.0.0.1\",\"ftp_port\":21,\"ftp_user\":\"u\",\"ftp_pwd\":\"p\","
                                "\"file_path\":\"/\",\"file_name\":\"v1-2-3.bin\"}";
    bench_forget();
    expect_done(ask("ftpUpgrade", order));
    assert_int_equal(json_array_size(answers), 1);
    assert_int_equal(status_of(ask("ftpUpgrade", order)), 0); /* one at a time */
    bench_until(bench.now + 10000);
    note_answers("ftpUpgrade", 0);
    assert_int_equal(json_array_size(answers), 3);
    const json_t *finished = json_array_get(answers, 2);
    assert_string_equal(json_string_value(at(at(finished, "data"), "ver_now")), "v1-2-3");
    assert_string_equal(json_string_value(at(at(finished, "context"), "serial_id")), "s-1");
    assert_true(number(at(finished, "data"), "upg_finish") > number(at(finished, "data"), "upg_start"));
    assert_string_equal(json_string_value(at(at(ask("getInfo", "{}"), "data"), "software")), "v1-2-3");
}

static void test_each_valve_that_moves_answers(void **state) {
    (void)state;
    expect_done(ask("ctlSolenoidValveDegree", "{\"addr\":41,\"degree1\":10,\"degree2\":360,\"degree3\":100,"
                                              "\"degree4\":360}"));
    assert_int_equal(json_array_size(answers), 2);
    assert_int_equal(number(at(json_array_get(answers, 1), "data"), "valve_id"), 3);
    const json_t *data = at(ask("getSolenoidValveDegree", "{\"addr\":41}"), "data");
    assert_int_equal(number(data, "degree1"), 10);
    assert_int_equal(number(data, "degree2"), 0);
    assert_int_equal(number(data, "degree3"), 100);
    assert_int_equal(number(at(ask("getSolenoidValveDegree", "{\"addr\":42}"), "data"), "degree1"), 0);
    expect_done(
        ask("ctlSolenoidValveDegree", "{\"addr\":41,\"degree1\":360,\"degree2\":360,\"degree3\":360,\"degree4\":360}"));
    assert_int_equal(json_array_size(answers), 1);
}

static void test_out_of_service(void **state) {
    (void)state;
    expect_done(ask("setTimetable", nights));
    expect_lamp(30, 20, 0, 1);
    expect_done(ask("workingModule", "{\"do\":0}"));
    assert_int_equal(lamp(), 0);
    assert_int_equal(status_of(ask("ctlOnOff", "{\"switch\":[{\"id\":1,\"opt\":100}]}")), 0);
    expect_lamp(1, 20, 0, 0);
    expect_done(ask("workingModule", "{\"do\":1}"));
    assert_int_equal(lamp(), 1);
}

/* 366 days with 96 actions each are more than one message holds. */
static void test_a_large_table_comes_in_parts(void **state) {
    enum { ACTIONS = 96 };
    static char day[ACTIONS * 80], seen[1300];
    size_t days = 0, used = 0;
    (void)state;
    for (int i = 0; i < ACTIONS; i++)
        used += (size_t)snprintf(day + used, sizeof day - used,
                                 "%s{\"switch_id\":%d,\"type\":3,\"time\":\"%02d:%02d\",\"dimming\":%d}",
                                 i > 0 ? "," : "", i % 8 + 1, i / 4, i % 4 * 15, i);
    char *data;
    assert_true(asprintf(&data, "{\"timetable\":[{\"do\":[%s]}]}", day) > 0);
    expect_done(ask("setTimetable", data));
    free(data);
    expect_done(ask("getTimetable", "{\"begin_date\":\"03-01\",\"end_date\":\"02-29\"}"));
    assert_true(json_array_size(answers) > 1);
    for (size_t i = 0; i < json_array_size(answers); i++) {
        const json_t *table = at(at(json_array_get(answers, i), "data"), "timetable");
        for (size_t j = 0; j < json_array_size(table); j++, days++) {
            int month, number_of_day;
            const char *text = json_string_value(at(json_array_get(table, j), "dt"));
            assert_int_equal(sscanf(text, "%d-%d", &month, &number_of_day), 2);
            assert_int_equal(seen[month * 100 + number_of_day]++, 0);
        }
    }
    assert_int_equal(days, 366);
}

static void test_a_table_is_joined_day_by_day(void **state) {
    (void)state;
    expect_done(ask("setTimetable", nights));
    expect_done(ask("setTimetable", "{\"timetable\":[{\"dt\":\"07-02\",\"do\":[{\"switch_id\":1,\"type\":1,"
                                    "\"time\":\"01:00\"}]}]}"));
    const json_t *table =
        at(at(ask("getTimetable", "{\"begin_date\":\"07-01\",\"end_date\":\"07-02\"}"), "data"), "timetable");
    assert_int_equal(json_array_size(table), 2);
    assert_int_equal(json_array_size(at(json_array_get(table, 0), "do")), 3);
    assert_int_equal(json_array_size(at(json_array_get(table, 1), "do")), 1);
}

static void test_what_is_no_request(void **state) {
    (void)state;
    bench_forget();
    bench_receive("down/json/01/getTimer/" POST, "{\"context\":", 11);
    note_answers("getTimer", 0);
    assert_int_equal(status_of(json_array_get(answers, 0)), 0);
    static const char unknown[] = "{\"context\":{\"serial_id\":\"q\"},\"data\":{}}";
    bench_receive("down/json/01/getMoon/" POST, unknown, sizeof unknown - 1);
    note_answers("getMoon", 0);
    assert_int_equal(status_of(json_array_get(answers, 0)), 3);
    assert_string_equal(json_string_value(at(at(json_array_get(answers, 0), "context"), "serial_id")), "q");
    const size_t before = bench.sent_count;
    bench_receive("up/json/01/getTimer/" POST, unknown, sizeof unknown - 1); /* somebody's answer */
    assert_int_equal(bench.sent_count, before);
    assert_int_equal(bench.refused, 3);
}

static int start_small(void **state) {
    bench.invocation.value[OPTION_MODULES] = "loops";
    return start_noon(state);
}

static void test_modules_that_are_not_there(void **state) {
    (void)state;
    assert_int_equal(status_of(ask("getEnergy", "{}")), 3);
    assert_int_equal(status_of(ask("getDimmingParam", "{}")), 3);
    assert_int_equal(status_of(ask("ctlOnOff", "{\"switch\":[{\"id\":1,\"opt\":50}]}")), 0);
    expect_done(ask("ctlOnOff", "{\"switch\":[{\"id\":1,\"opt\":100}]}"));
    bench_until(bench.now + 60000);
    assert_int_equal(count_sent("postLux"), 0);
    assert_int_equal(number(at(ask("getRuntime", "{}"), "context"), "dev_attr"), 1);
}

/* --- */

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, start_noon, end)
    const struct CMUnitTest tests[] = {
        CASE(test_every_command_is_answered),
        CASE(test_what_is_set_is_read_back),
        CASE(test_a_refused_setting_changes_nothing),
        CASE(test_lamps_follow_the_timetable),
        CASE(test_a_hand_beats_the_timetable_until_its_next_action),
        CASE(test_each_day_counts_anew),
        CASE(test_the_factory_table_follows_the_sun),
        CASE(test_the_clock_that_is_set_counts),
        CASE(test_energy_adds_up),
        CASE(test_limits_raise_alarms),
        CASE(test_a_voltage_alarm_names_its_phase),
        CASE(test_leakage_trips_and_is_cleared),
        CASE(test_reports_come_at_their_intervals),
        CASE(test_reset_comes_after_the_answer),
        CASE(test_upgrade_is_answered_twice),
        CASE(test_each_valve_that_moves_answers),
        CASE(test_out_of_service),
        CASE(test_a_large_table_comes_in_parts),
        CASE(test_a_table_is_joined_day_by_day),
        CASE(test_what_is_no_request),
        cmocka_unit_test_setup_teardown(test_modules_that_are_not_there, start_small, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
