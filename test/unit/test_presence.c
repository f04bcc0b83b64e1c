/* Presence after the rules of the protocols: 4G modules, HY gateways, BYD. */
#include "unit.h"

#include "zjiot/presence.h"

enum { SECOND = 1000, HOUR = 3600 * SECOND, MODULE_LIMIT = 3 * 60 * SECOND, GATEWAY_LIMIT = 2 * HOUR };

static void three_missed_heartbeats_are_offline(void **state) {
    (void)state;
    struct zjiot_presence module;
    zjiot_presence_init(&module, 5 * SECOND, MODULE_LIMIT);
    assert_int_equal(zjiot_presence_at(&module, 5 * SECOND), ZJIOT_PRESENCE_UNKNOWN);
    assert_true(zjiot_presence_hear(&module, 60 * SECOND));
    assert_false(zjiot_presence_hear(&module, 120 * SECOND));
    assert_true(zjiot_presence_deadline(&module) == 300 * SECOND);
    assert_int_equal(zjiot_presence_at(&module, 300 * SECOND - 1), ZJIOT_PRESENCE_ONLINE);
    assert_int_equal(zjiot_presence_at(&module, 300 * SECOND), ZJIOT_PRESENCE_SILENT);
    assert_true(zjiot_presence_hear(&module, 301 * SECOND)); /* it is back */
    assert_int_equal(zjiot_presence_at(&module, 301 * SECOND), ZJIOT_PRESENCE_ONLINE);
}

/* Who was never heard is unknown at first, and silent after as long as anybody else. */
static void never_heard(void **state) {
    (void)state;
    struct zjiot_presence gateway;
    zjiot_presence_init(&gateway, 1 * HOUR, GATEWAY_LIMIT);
    assert_int_equal(zjiot_presence_at(&gateway, 3 * HOUR - 1), ZJIOT_PRESENCE_UNKNOWN);
    assert_int_equal(zjiot_presence_at(&gateway, 3 * HOUR), ZJIOT_PRESENCE_SILENT);
    assert_false(zjiot_presence_leave(&gateway, 3 * HOUR)); /* no news */
}

static void a_last_will_is_offline_at_once(void **state) {
    (void)state;
    struct zjiot_presence gateway;
    zjiot_presence_init(&gateway, 0, GATEWAY_LIMIT);
    zjiot_presence_hear(&gateway, 10);
    assert_true(zjiot_presence_leave(&gateway, 20));
    assert_false(zjiot_presence_leave(&gateway, 21));
    assert_int_equal(zjiot_presence_at(&gateway, 20), ZJIOT_PRESENCE_LEFT);
    assert_int_equal(zjiot_presence_at(&gateway, 9 * HOUR), ZJIOT_PRESENCE_LEFT);
    assert_true(zjiot_presence_deadline(&gateway) == UINT64_MAX);
    assert_true(zjiot_presence_hear(&gateway, 30));
    assert_int_equal(zjiot_presence_at(&gateway, 30), ZJIOT_PRESENCE_ONLINE);
    assert_true(zjiot_presence_deadline(&gateway) == 30 + GATEWAY_LIMIT);
}

static void a_will_tells_of_one_that_was_never_heard(void **state) {
    (void)state;
    struct zjiot_presence gateway;
    zjiot_presence_init(&gateway, 0, GATEWAY_LIMIT);
    assert_true(zjiot_presence_leave(&gateway, 1));
}

static void without_a_limit_silence_says_nothing(void **state) {
    (void)state;
    struct zjiot_presence source;
    zjiot_presence_init(&source, 0, ZJIOT_PRESENCE_NO_LIMIT);
    assert_int_equal(zjiot_presence_at(&source, UINT64_MAX), ZJIOT_PRESENCE_UNKNOWN);
    zjiot_presence_hear(&source, 1);
    assert_int_equal(zjiot_presence_at(&source, UINT64_MAX), ZJIOT_PRESENCE_ONLINE);
    assert_true(zjiot_presence_deadline(&source) == UINT64_MAX);
}

/* Neither a clock that was set back nor one near its end makes a device silent too early. */
static void odd_clocks(void **state) {
    (void)state;
    struct zjiot_presence module;
    zjiot_presence_init(&module, 1000, 100);
    zjiot_presence_hear(&module, 1050);
    zjiot_presence_hear(&module, 900);
    assert_true(zjiot_presence_deadline(&module) == 1150);
    zjiot_presence_init(&module, UINT64_MAX - 10, 100);
    assert_int_equal(zjiot_presence_at(&module, UINT64_MAX), ZJIOT_PRESENCE_UNKNOWN);
}

static void states_have_names(void **state) {
    (void)state;
    assert_string_equal(zjiot_presence_name(ZJIOT_PRESENCE_UNKNOWN), "UNKNOWN");
    assert_string_equal(zjiot_presence_name(ZJIOT_PRESENCE_LEFT), "LEFT");
    assert_string_equal(zjiot_presence_name(-1), "?");
    assert_string_equal(zjiot_presence_name(ZJIOT_PRESENCE_LEFT + 1), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_missed_heartbeats_are_offline),
        cmocka_unit_test(never_heard),
        cmocka_unit_test(a_last_will_is_offline_at_once),
        cmocka_unit_test(a_will_tells_of_one_that_was_never_heard),
        cmocka_unit_test(without_a_limit_silence_says_nothing),
        cmocka_unit_test(odd_clocks),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
