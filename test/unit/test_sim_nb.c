/* Simulated NB lamps, with time as a number. Every frame that they send is read strictly. Catches: an answer without
 * the number of its command, periods that end at midnight, a lamp that forgets what it was told by hand, energy that is
 * counted twice, a command that is carried out although its checksum is wrong. */
#include "sim_bench.h"
#include "zjiot/nb.h"

#define LAMP "fffefdfc"
#define TOPIC ZJIOT_NB_TOPIC_DOWN

static int start_noon(void **state) {
    (void)state;
    bench_start(&sim_nb, LAMP, china(2026, 6, 30, 12, 0));
    return 0;
}

/* The last frame of a type that was sent after `first`. */
static bool find(enum zjiot_nb_message_type type, size_t first, struct zjiot_nb_message *ret_message) {
    for (size_t i = bench.sent_count; i > first; i--) {
        assert_int_equal(
            zjiot_nb_decode(bench.sent[i - 1].bytes, bench.sent[i - 1].size, NULL, ret_message, NULL, NULL, NULL), 0);
        assert_string_equal(bench.sent[i - 1].topic, "$d2s/u3/p3/nb");
        if (ret_message->type == type)
            return true;
    }
    return false;
}

static void send_frame(const uint8_t *frame, size_t size, int64_t extra, int64_t state) {
    struct zjiot_nb_message ack;
    const size_t first = bench.sent_count;
    bench_receive(TOPIC, frame, size);
    assert_true(find(ZJIOT_NB_ACK, first, &ack));
    assert_int_equal(ack.header.extra, extra);
    assert_int_equal(ack.header.sn, 0xfffefdfc);
    assert_int_equal(ack.data.ack.state, state);
}

static void order(struct zjiot_nb_message *message) {
    static int64_t extra;
    uint8_t frame[ZJIOT_NB_FRAME_MAX];
    message->header.extra = ++extra;
    const int64_t size = zjiot_nb_encode(message, NULL, frame, sizeof frame, NULL);
    assert_true(size > 0);
    send_frame(frame, (size_t)size, extra, ZJIOT_NB_ACK_EXECUTED);
}

static void set_lamp(int64_t on, int64_t brightness) {
    order(&(struct zjiot_nb_message){.type = ZJIOT_NB_SET_LAMP,
                                     .data.set_lamp = {.mode = 1, .switch_state = on, .brightness = brightness}});
}

/* Of the report that follows; one comes every 5 minutes. */
static struct zjiot_nb_status next_status(void) {
    struct zjiot_nb_message message;
    const size_t first = bench.sent_count;
    bench_until(bench.now + 300000);
    assert_true(find(ZJIOT_NB_STATUS, first, &message));
    return message.data.status;
}

static void expect_level(int hour, int minute, int level) {
    bench_until(china(2026, 6, hour >= 24 ? 31 : 30, hour % 24, minute)); /* 06-31 is 07-01 */
    const struct zjiot_nb_status status = next_status();
    if (status.running != (level > 0) || status.brightness != level)
        fail_msg("%02d:%02d: %d", hour, minute, (int)status.brightness);
}

static void set_periods(void) {
    struct zjiot_nb_message message = {.type = ZJIOT_NB_SET_PERIODS, .data.set_periods.mode = 4};
    message.data.set_periods.period[0] = (struct zjiot_nb_period){.on = 1080, .off = 360, .brightness = 80};
    message.data.set_periods.period[1] = (struct zjiot_nb_period){.on = 1410, .off = 30, .brightness = 30};
    order(&message);
}

static void test_periods_go_over_midnight(void **state) {
    (void)state;
    set_periods();
    expect_level(17, 50, 0);
    expect_level(18, 0, 80);
    expect_level(23, 30, 30);
    expect_level(24, 10, 30);
    expect_level(24, 30, 80);
    expect_level(29, 50, 80);
    expect_level(30, 1, 0);
}

static void test_a_hand_beats_the_periods(void **state) {
    (void)state;
    set_periods();
    set_lamp(1, 70);
    expect_level(13, 0, 70);
    expect_level(20, 0, 70);
    set_lamp(0, 0);
    expect_level(21, 0, 0);
    order(&(struct zjiot_nb_message){.type = ZJIOT_NB_SET_AUTO, .data.set_auto.mode = 2});
    expect_level(22, 0, 80);
}

static void test_energy_and_time_add_up(void **state) {
    (void)state;
    set_lamp(1, 50);
    bench_until(bench.now + 10 * 3600000);
    const struct zjiot_nb_status status = next_status(); /* 40 W, but where a lamp was in trouble for a while */
    assert_true(status.active_energy > 0.38 && status.active_energy <= 0.41);
    assert_true(status.duration >= 600 && status.duration <= 606);
    assert_true(status.current > 0.18 && status.current < 0.2);
}

static void test_restart(void **state) {
    struct zjiot_nb_message message;
    (void)state;
    set_lamp(1, 50);
    order(&(struct zjiot_nb_message){.type = ZJIOT_NB_RESTART, .data.restart.mode = 1});
    const size_t first = bench.sent_count;
    uint8_t frame[64];
    const int64_t size = zjiot_nb_encode(
        &(struct zjiot_nb_message){.type = ZJIOT_NB_SET_AUTO, .header.extra = 9, .data.set_auto.mode = 2}, NULL, frame,
        sizeof frame, NULL);
    bench_receive(TOPIC, frame, (size_t)size); /* it is not there */
    assert_int_equal(bench.sent_count, first);
    bench_until(bench.now + 6000);
    assert_true(find(ZJIOT_NB_STATUS, first, &message));
    assert_int_equal(message.data.status.running, 0); /* not by hand any more; by day it is dark */
}

static void test_wrong_commands(void **state) {
    static const uint8_t bad_sum[] = {0xff, 0xfe, 0xfd, 0xfc, 0x11, 0, 1, 1, 1, 0x64, 1, 2};
    static const uint8_t placeholder[] = {0xff, 0xfe, 0xfd, 0xfc, 0x11, 0, 2, 1, 1, 0x64, 0xff, 0xff};
    static const uint8_t off[] = {0xff, 0xfe, 0xfd, 0xfc, 0x11, 0, 3, 0, 0, 0, 0xff, 0xff};
    static const uint8_t too_bright[] = {0xff, 0xfe, 0xfd, 0xfc, 0x11, 0, 4, 1, 1, 0x65, 0xff, 0xff};
    static const uint8_t too_short[] = {0xff, 0xfe, 0xfd, 0xfc, 0x11, 0, 5, 1, 0xff, 0xff};
    uint8_t unknown[32];
    (void)state;
    send_frame(bad_sum, sizeof bad_sum, 1, ZJIOT_NB_ACK_BAD_CHECKSUM);
    assert_int_equal(next_status().running, 0);
    send_frame(placeholder, sizeof placeholder, 2, ZJIOT_NB_ACK_EXECUTED);
    assert_int_equal(next_status().running, 1);
    send_frame(off, sizeof off, 3, ZJIOT_NB_ACK_EXECUTED); /* the document's own */
    assert_int_equal(next_status().running, 0);
    send_frame(too_bright, sizeof too_bright, 4, ZJIOT_NB_ACK_BAD_FORMAT);
    send_frame(too_short, sizeof too_short, 5, ZJIOT_NB_ACK_BAD_FORMAT);
    assert_int_equal(next_status().running, 0);
    const struct zjiot_nb_message message = {.type = ZJIOT_NB_UNKNOWN_FN, .header = {.fn = 0xaa, .extra = 6}};
    const int64_t size = zjiot_nb_encode(&message, NULL, unknown, sizeof unknown, NULL);
    send_frame(unknown, (size_t)size, 6, ZJIOT_NB_ACK_NO_SUCH_COMMAND);
}

/* A full frame is answered by a full one, an inner one by an inner one; hex text is understood. */
static void test_forms(void **state) {
    struct zjiot_nb_message message = {.type = ZJIOT_NB_SET_AUTO,
                                       .full = true,
                                       .envelope = {.uid = 9, .pid = 9, .nbid = "860000000000001"},
                                       .header = {.extra = 77},
                                       .data.set_auto.mode = 2};
    struct zjiot_nb_message ack;
    uint8_t text[256];
    (void)state;
    int64_t size = zjiot_nb_wrap(&message, ZJIOT_NB_HEX_TEXT, NULL, text, sizeof text, NULL);
    send_frame(text, (size_t)size, 77, ZJIOT_NB_ACK_EXECUTED);
    assert_true(find(ZJIOT_NB_ACK, 0, &ack));
    assert_true(ack.full);
    message.full = false;
    size = zjiot_nb_wrap(&message, ZJIOT_NB_RAW, NULL, text, sizeof text, NULL);
    send_frame(text, (size_t)size, 77, ZJIOT_NB_ACK_EXECUTED);
    assert_true(find(ZJIOT_NB_ACK, 0, &ack));
    assert_false(ack.full);
}

static void test_who_is_meant(void **state) {
    static const uint8_t all[] = {0xff, 0xff, 0xff, 0xff, 0x12, 0, 1, 2, 0xff, 0xff};
    char id[SIM_ID_SIZE];
    (void)state;
    assert_true(bench.sim.kind->address(&bench.sim, &(struct sim_message){TOPIC, all, sizeof all}, id));
    assert_string_equal(id, "");
    assert_false(bench.sim.kind->address(&bench.sim, &(struct sim_message){TOPIC, (const uint8_t *)"?", 1}, id));
}

/* In 20 days, 5,760 reports, some lamp has trouble: an alarm tells that it begins, and another that it ends. */
static void test_troubles_come_and_go(void **state) {
    size_t alarms = 0, raised = 0;
    struct zjiot_nb_message message;
    (void)state;
    bench_until(bench.now + INT64_C(20) * 86400000);
    for (size_t i = 0; i < bench.sent_count; i++) {
        assert_int_equal(zjiot_nb_decode(bench.sent[i].bytes, bench.sent[i].size, NULL, &message, NULL, NULL, NULL), 0);
        if (message.type != ZJIOT_NB_ALARM)
            continue;
        const struct zjiot_nb_alarm *alarm = &message.data.alarm;
        alarms++;
        raised += alarm->over_current + alarm->under_current + alarm->over_voltage + alarm->under_voltage > 0;
    }
    assert_true(raised > 10 && raised < 100);
    assert_true(alarms >= 2 * raised - 4 && alarms <= 2 * raised);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, start_noon, bench_end)
    const struct CMUnitTest tests[] = {
        CASE(test_periods_go_over_midnight),
        CASE(test_a_hand_beats_the_periods),
        CASE(test_energy_and_time_add_up),
        CASE(test_restart),
        CASE(test_wrong_commands),
        CASE(test_forms),
        CASE(test_who_is_meant),
        CASE(test_troubles_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
