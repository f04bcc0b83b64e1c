/* Simulated HY gateways, with time as a number. Every message that they send is read strictly. Catches: reports that
 * come too often or outside of the season, a bus on which two speak at once, a gateway that stays away. */
#include "sim_bench.h"
#include "zjiot/hy.h"

#define GATEWAY "02345678903"
#define TOPIC "hy/gw/get/" GATEWAY

static const int64_t second = 1000, minute = 60000, day = 24 * 60 * INT64_C(60000);

static int start_winter(void **state) {
    (void)state;
    bench_start(&sim_hy, GATEWAY, china(2026, 1, 10, 8, 0));
    return 0;
}

static int start_summer(void **state) {
    (void)state;
    bench_start(&sim_hy, GATEWAY, china(2026, 7, 10, 8, 0));
    return 0;
}

/* How many messages that hold a text were sent after `first`. */
static size_t count(const char *text, size_t first) {
    size_t found = 0;
    for (size_t i = first; i < bench.sent_count; i++)
        found += strstr((const char *)bench.sent[i].bytes, text) != NULL;
    return found;
}

static void request(int msg_id, const char *data) {
    char text[512];
    snprintf(text, sizeof text, "{\"gw\":{\"msg_id\":%d,\"msg_gw_pr\":0,\"gw_id\":\"" GATEWAY "\"},\"data\":{%s}}",
             msg_id, data);
    bench_receive(TOPIC, text, strlen(text));
}

static void reports_of_the_season(void **state) {
    (void)state;
    const int64_t start = bench.now;
    bench_until(start + 60 * minute - second);
    assert_int_equal(count("27100583203400", 0), 6);
    assert_int_equal(count("23227310200800", 0), 1);
    assert_int_equal(count("\"msg_id\":20", 0), 9);
    request(
        12,
        "\"main_interval\":30,\"copy_interval\":20,\"heating_start\":\"20XX-10-15\",\"heating_end\":\"20XX-04-15\"");
    const size_t first = bench.sent_count;
    bench_until(bench.now + 60 * minute + 2 * second);
    assert_int_equal(count("27100583203400", first), 2);
    assert_int_equal(count("23227312200800", first), 3);
}

static void reports_of_the_summer(void **state) {
    (void)state;
    const int64_t start = bench.now;
    bench_until(start + 10 * day - second);
    assert_int_equal(count("27100583203400", 0), 10);
    assert_int_equal(count("23227311200800", 0), 10);
}

/* Half of the periods: gone for 30 s, and it says so once when it is back. */
static void a_crash(void **state) {
    (void)state;
    bench_until(bench.now + 10 * second);
    request(12, "\"main_interval\":30");
    assert_int_equal(count("\"msg_id\":70", 0), 1);
    assert_string_equal(bench.sent[bench.sent_count - 1].topic, "hy/gw/set/" GATEWAY "/");
    request(1, "");
    bench_until(bench.now + 29 * second);
    assert_int_equal(count("\"msg_id\":1,", 0), 0);
    bench_until(bench.now + 2 * second);
    request(1, "");
    assert_int_equal(count("\"has_rst\":1", 0), 1);
    request(1, "");
    assert_int_equal(count("\"has_rst\":0", 0), 1);
}

/* A meter that is not there keeps the bus for all tries; what comes next has to wait, and there is an end to it. */
static void one_bus(void **state) {
    (void)state;
    bench_until(bench.now + 10 * second);
    request(40,
            "\"transparent_port\":0,\"transparent\":\"6855999999990011111605902F01F4015F16\",\"transparent_count\":1");
    request(40,
            "\"transparent_port\":0,\"transparent\":\"6853232273100011110404A01900329816\",\"transparent_count\":1");
    assert_int_equal(count("\"stat\":2", 0), 2);
    bench_until(bench.now + 12 * second);
    assert_int_equal(count("\"meter_data\":[\"685323227310001111840", 0), 0);
    bench_until(bench.now + 2 * second);
    assert_int_equal(count("\"meter_data\":[\"6853232273100011118404A01900321816\"]", 0), 1);
    for (int i = 0; i < 10; i++)
        request(18, "\"main_immediately\":1,\"copy_immediately\":0,\"up_immediately\":0");
    assert_int_equal(count("\"stat\":2", 0), 2 + 8);
    assert_int_equal(count("\"stat\":1", 0), 2);
}

static void other_ports_are_empty(void **state) {
    (void)state;
    bench_until(bench.now + 10 * second);
    request(40,
            "\"transparent_port\":1,\"transparent\":\"6853232273100011110404A01900329816\",\"transparent_count\":0");
    request(40,
            "\"transparent_port\":3,\"transparent\":\"6853232273100011110404A01900329816\",\"transparent_count\":0");
    assert_int_equal(count("\"stat\":2", 0), 1);
    assert_int_equal(count("\"stat\":1", 0), 1);
    bench_until(bench.now + minute);
    assert_int_equal(count("transparent_port", 0), 0);
}

static void nobody_can_read_it(void **state) {
    (void)state;
    bench_receive(TOPIC, "{}", 2);
    request(20, "\"meter_id\":\"27100583203400\",\"meter_data\":[]");
    assert_int_equal(bench.refused, 2);
    assert_int_equal(bench.sent_count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reports_of_the_season, start_winter, bench_end),
        cmocka_unit_test_setup_teardown(reports_of_the_summer, start_summer, bench_end),
        cmocka_unit_test_setup_teardown(a_crash, start_winter, bench_end),
        cmocka_unit_test_setup_teardown(one_bus, start_winter, bench_end),
        cmocka_unit_test_setup_teardown(other_ports_are_empty, start_winter, bench_end),
        cmocka_unit_test_setup_teardown(nobody_can_read_it, start_winter, bench_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
