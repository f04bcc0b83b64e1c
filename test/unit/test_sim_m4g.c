/* Simulated 4G modules, with time as a number. Every message that they send is read strictly. Catches: a heartbeat that
 * stops, an uplink that is given up although nobody acknowledged it, one that is another when it is repeated, a module
 * that stays on a dead connection. */
#include "sim_bench.h"
#include "zjiot/m4g.h"

#define IMEI "865501040783269"

static const int64_t second = 1000, minute = 60000, day = 24 * 60 * INT64_C(60000);

static int start_morning(void **state) {
    (void)state;
    bench_start(&sim_m4g, IMEI, china(2026, 6, 30, 8, 0));
    return 0;
}

/* How many messages of a type were sent after `first`; the last one is *ret_last. */
static size_t count(const char *command, size_t first, const struct bench_sent **ret_last) {
    char start[64];
    size_t found = 0;
    snprintf(start, sizeof start, "{\"cmd\":\"%s\",", command);
    for (size_t i = first; i < bench.sent_count; i++) {
        if (strncmp((const char *)bench.sent[i].bytes, start, strlen(start)) != 0)
            continue;
        found++;
        if (ret_last != NULL)
            *ret_last = &bench.sent[i];
    }
    return found;
}

static void say(const char *text) {
    bench_receive(NULL, text, strlen(text));
}

/* Lets time pass; a server answers everything, with the number or with 0. */
static void answered_until(int64_t time, bool with_numbers) {
    size_t seen = bench.sent_count;
    while (bench.now < time) {
        bench_until(bench.now + second < time ? bench.now + second : time);
        for (; seen < bench.sent_count; seen++) {
            struct zjiot_m4g_message message, answer;
            struct zjiot_pool *pool = fresh_pool();
            char text[ZJIOT_M4G_ANSWER_SIZE];
            assert_int_equal(zjiot_m4g_decode(NULL, bench.sent[seen].bytes, bench.sent[seen].size, NULL, pool, &message,
                                              NULL, NULL, NULL),
                             0);
            if (zjiot_m4g_answer(&message, bench.now / 1000, &answer, NULL) != 0)
                continue;
            if (!with_numbers && answer.type == ZJIOT_M4G_PUSH_MSG_ACK)
                answer.data.push_msg_ack.packnum = 0;
            const int64_t size = zjiot_m4g_encode(&answer, text, sizeof text, NULL);
            assert_true(size > 0);
            bench_receive(NULL, text, (size_t)size);
        }
    }
}

static void hello_and_heartbeat(void **state) {
    (void)state;
    const int64_t start = bench.now;
    const struct bench_sent *last = NULL;
    char number[32];
    answered_until(start + 3 * second, true);
    assert_int_equal(count("ping", 0, NULL), 1);
    assert_int_equal(count("time", 0, NULL), 1);
    assert_int_equal(count("push_info", 0, NULL), 1);
    assert_int_equal(count("push_msg", 0, NULL), 1);
    assert_true(count("push_online", 0, NULL) >= 1);
    answered_until(start + 60 * minute + 30 * second, true);
    assert_int_equal(count("ping", 0, NULL), 61);
    assert_int_equal(count("push_msg", 0, &last), 13); /* each with a number of its own */
    snprintf(number, sizeof number, "\"packnum\":\"%zu\"", 13 + count("push_online", 0, NULL) - 1);
    assert_non_null(strstr((const char *)last->bytes, number));
    assert_int_equal(count("push_info", 0, NULL), 1);
    assert_int_equal(bench.hang_ups, 0);
}

static void once_a_day(void **state) {
    (void)state;
    const int64_t start = bench.now;
    answered_until(start + 3 * day + minute, true);
    assert_int_equal(count("time", 0, NULL), 4);
    assert_int_equal(bench.hang_ups, 0);
}

/* Servers that always acknowledge 0 settle what is oldest. */
static void acknowledgements_of_0(void **state) {
    (void)state;
    answered_until(bench.now + 30 * minute, false);
    assert_int_equal(count("push_msg", 0, NULL), 6);
    assert_int_equal(bench.hang_ups, 0);
}

/* The same bytes again after 10 and 20 s; then the connection is given up, and they come over the next one. */
static void what_nobody_acknowledges(void **state) {
    (void)state;
    const struct bench_sent *last = NULL;
    bench_until(bench.now + 2 * second);
    assert_int_equal(count("push_msg", 0, &last), 1);
    char first[8192];
    snprintf(first, sizeof first, "%s", (const char *)last->bytes);
    bench_until(bench.now + 21 * second);
    assert_int_equal(count("push_msg", 0, &last), 3);
    assert_string_equal(last->bytes, first);
    assert_int_equal(bench.hang_ups, 0);
    bench_until(bench.now + 10 * second);
    assert_int_equal(bench.hang_ups, 1);
    assert_int_equal(count("push_msg", 0, NULL), 3);
    bench.now += minute;
    bench.sim.kind->start(&bench.device, bench.now);
    bench_until(bench.device.due);
    assert_int_equal(count("push_msg", 0, &last), 4);
    assert_string_equal(last->bytes, first);
    say("{\"cmd\":\"push_msg_ack\",\"packnum\":\"1\"}");
    bench_until(bench.now + 11 * second);
    assert_int_equal(count("push_msg", 0, NULL), 4);
    assert_int_equal(count("time", 0, NULL), 5); /* which is still not acknowledged */
}

/* Three heartbeats without any answer. */
static void a_mute_server(void **state) {
    (void)state;
    answered_until(bench.now + 3 * second, true);
    bench_until(bench.now + 170 * second);
    assert_int_equal(bench.hang_ups, 0);
    bench_until(bench.now + 12 * second);
    assert_int_equal(bench.hang_ups, 1);
}

static void commands_in_pieces(void **state) {
    (void)state;
    static const char text[] = "{\"cmd\":\"info\"}{\"cmd\":\"version\",\"IMEI\":\"" IMEI "\"}"
                               "{\"cmd\":\"query_msg\",\"IMEI\":\"" IMEI "\"}";
    answered_until(bench.now + 3 * second, true);
    const size_t first = bench.sent_count;
    for (const char *at = text; *at != '\0'; at++)
        bench_receive(NULL, at, 1);
    assert_int_equal(count("info_ack", first, NULL), 1);
    assert_int_equal(count("version_ack", first, NULL), 1);
    assert_int_equal(count("query_msg_ack", first, NULL), 1);
    assert_int_equal(count("push_msg", first, NULL), 1);
    say("{\"cmd\":\"version\",\"IMEI\":\"865501040783270\"}");
    say("{\"cmd\":\"ping\",\"IMEI\":\"" IMEI "\"}");
    assert_int_equal(count("version_ack", first, NULL), 1);
    assert_int_equal(bench.refused, 2);
}

static void upgrade(void **state) {
    (void)state;
    const struct bench_sent *last = NULL;
    answered_until(bench.now + 3 * second, true);
    say("{\"cmd\":\"update\",\"IMEI\":\"" IMEI "\"}");
    assert_int_equal(count("update_ack", 0, NULL), 1);
    assert_int_equal(bench.hang_ups, 1);
    bench.sim.kind->start(&bench.device, bench.now);
    say("{\"cmd\":\"version\",\"IMEI\":\"" IMEI "\"}");
    assert_int_equal(count("version_ack", 0, &last), 1);
    assert_non_null(strstr((const char *)last->bytes, "\"version\":\"1.0.4\""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hello_and_heartbeat, start_morning, bench_end),
        cmocka_unit_test_setup_teardown(once_a_day, start_morning, bench_end),
        cmocka_unit_test_setup_teardown(acknowledgements_of_0, start_morning, bench_end),
        cmocka_unit_test_setup_teardown(what_nobody_acknowledges, start_morning, bench_end),
        cmocka_unit_test_setup_teardown(a_mute_server, start_morning, bench_end),
        cmocka_unit_test_setup_teardown(commands_in_pieces, start_morning, bench_end),
        cmocka_unit_test_setup_teardown(upgrade, start_morning, bench_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
