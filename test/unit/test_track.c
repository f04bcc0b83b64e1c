/* Requests and replies as the protocols have them: each verdict, each end of a request. */
#include "track_table.h"

/* --- Zhenjiang: device, command, serial_id --- */

static void a_reply_with_the_serial_id_is_exact(void **state) {
    (void)state;
    open_one(10, "lamp1", "getInfo", "a001", 100);
    const uint64_t second = open_one(11, "lamp1", "getInfo", "a002", 100);
    assert_int_equal(reply(20, "lamp1", "getInfo", "a002"), ZJIOT_TRACK_EXACT);
    assert_int_equal(match.verdict, ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == second && match.request.opened == 11 && match.request.answers == 1);
    assert_true(match.alone && !match.by_order && !match.request.open && !match.request.accepted);
}

static void ids_are_compared_byte_for_byte(void **state) {
    (void)state;
    open_one(0, "lamp1", "getInfo", "a001", 100);
    assert_int_equal(reply(1, "lamp1", "getInfo", "A001"), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(reply(1, "lamp1", "getInfo", "a00"), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(reply(1, "lamp1", "getInfo", "a0011"), ZJIOT_TRACK_FOREIGN);
    const struct zjiot_track_reply with_nul = {.key = {"lamp1", 5, "getInfo", 7, "a001", 5}};
    assert_int_equal(zjiot_track_match(&table, 1, &with_nul, &match), ZJIOT_TRACK_FOREIGN);
    assert_true(match.request.handle == 0 && match.request.user == 0);
    assert_int_equal(table.open, 1);
}

static void the_device_and_the_command_have_to_fit(void **state) {
    (void)state;
    open_one(0, "lamp1", "getInfo", "a001", 100);
    assert_int_equal(reply(1, "lamp2", "getInfo", "a001"), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(reply(1, "lamp1", "getTimer", "a001"), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(reply(1, "lamp1g", "etInfo", "a001"), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(reply(1, "lamp1", "getInfo", "a001"), ZJIOT_TRACK_EXACT);
}

static void without_a_serial_id_the_oldest_is_guessed(void **state) {
    (void)state;
    open_one(0, "lamp2", "getInfo", "a000", 100);
    open_one(0, "lamp1", "getTimer", "a001", 100);
    const uint64_t oldest = open_one(0, "lamp1", "getInfo", "a002", 100);
    const uint64_t younger = open_one(0, "lamp1", "getInfo", "a003", 100);
    assert_int_equal(reply(1, "lamp1", "getInfo", NULL), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.handle == oldest && match.by_order && !match.alone);
    assert_int_equal(reply(1, "lamp1", "getInfo", NULL), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.handle == younger && match.alone);
    assert_int_equal(reply(1, "lamp1", "getInfo", NULL), ZJIOT_TRACK_DUPLICATE);
    assert_true(match.request.handle == younger && match.by_order);
}

static void who_does_not_guess_is_not_given_a_guess(void **state) {
    (void)state;
    open_one(0, "lamp1", "getInfo", "a001", 100);
    const struct zjiot_track_reply bare = {.key = key_of("lamp1", "getInfo", NULL)};
    assert_int_equal(zjiot_track_match(&table, 1, &bare, &match), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(table.open, 1);
}

static void late_then_duplicate_then_forgotten(void **state) {
    (void)state;
    const uint64_t handle = open_one(0, "lamp1", "getInfo", "a001", 100);
    const uint64_t on_time = open_one(0, "lamp1", "getInfo", "a002", 100);
    assert_int_equal(reply(99, "lamp1", "getInfo", "a002"), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == on_time);
    assert_int_equal(reply(100, "lamp1", "getInfo", "a001"), ZJIOT_TRACK_LATE); /* expire was not even called */
    assert_true(match.request.handle == handle && !match.by_order);
    assert_int_equal(reply(101, "lamp1", "getInfo", "a001"), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(reply(102, "lamp1", "getInfo", "a002"), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(zjiot_track_expire(&table, 200, &expired), 1);
    assert_true(expired.handle == handle && expired.answers == 1);
    assert_int_equal(reply(99 + REMEMBER - 1, "lamp1", "getInfo", "a002"), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(reply(99 + REMEMBER, "lamp1", "getInfo", "a002"), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(reply(200 + REMEMBER, "lamp1", "getInfo", "a001"), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(table.forgotten, 0);
}

/* A new request with the id of one that is only remembered gets the reply. */
static void an_open_request_comes_before_remembered_ones(void **state) {
    (void)state;
    open_one(0, "lamp1", "getInfo", "a001", 100);
    assert_int_equal(reply(1, "lamp1", "getInfo", "a001"), ZJIOT_TRACK_EXACT);
    const uint64_t second = open_one(2, "lamp1", "getInfo", "a001", 100);
    assert_int_equal(reply(3, "lamp1", "getInfo", "a001"), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == second);
}

/* --- Several replies --- */

static void parts_are_counted_though_they_are_equal(void **state) {
    (void)state;
    struct zjiot_track_request split = request_of("lamp1", "setTimetable", "a001", 100);
    split.answers = 3;
    open_request(0, split);
    for (unsigned part = 1; part <= 3; part++) {
        assert_int_equal(reply(part, "lamp1", "setTimetable", "a001"), ZJIOT_TRACK_EXACT);
        assert_true(match.request.answers == part && match.request.open == (part < 3));
    }
    assert_int_equal(reply(4, "lamp1", "setTimetable", "a001"), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(match.request.answers, 3);
}

static void answers_whose_number_nobody_knows_end_with_close(void **state) {
    (void)state;
    struct zjiot_track_request tables = request_of("lamp1", "getTimetable", "a001", 100);
    tables.answers = ZJIOT_TRACK_MANY;
    const uint64_t handle = open_request(0, tables);
    for (uint64_t now = 1; now < 50; now++)
        assert_int_equal(reply(now, "lamp1", "getTimetable", "a001"), ZJIOT_TRACK_EXACT);
    assert_int_equal(zjiot_track_close(&table, 50, handle), 0);
    assert_int_equal(zjiot_track_close(&table, 50, handle), ZJIOT_UNKNOWN);
    assert_int_equal(reply(51, "lamp1", "getTimetable", "a001"), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(zjiot_track_expire(&table, 200, &expired), 0);
}

static void many_answers_and_then_the_deadline(void **state) {
    (void)state;
    struct zjiot_track_request tables = request_of("lamp1", "getTimetable", "a001", 100);
    tables.answers = ZJIOT_TRACK_MANY;
    open_request(0, tables);
    reply(1, "lamp1", "getTimetable", "a001");
    reply(2, "lamp1", "getTimetable", "a001");
    assert_int_equal(zjiot_track_expire(&table, 100, &expired), 1);
    assert_true(expired.answers == 2 && expired.user == tables.user && !expired.open);
    assert_int_equal(reply(101, "lamp1", "getTimetable", "a001"), ZJIOT_TRACK_LATE);
    assert_int_equal(reply(102, "lamp1", "getTimetable", "a001"), ZJIOT_TRACK_LATE); /* another part, for all we know */
    assert_int_equal(match.request.answers, 4);
}

/* --- BYD: transaction_id is not unique; NB: EXTRA, two bytes that may be zero --- */

static void equal_keys_are_answered_in_their_order(void **state) {
    (void)state;
    uint64_t handles[4];
    for (size_t i = 0; i < 4; i++)
        handles[i] = open_one(i, "meter1", NULL, "tx-1", 100);
    assert_int_equal(zjiot_track_cancel(&table, 5, handles[1]), 0);
    for (size_t i = 0; i < 4; i++) {
        if (i == 1)
            continue;
        assert_int_equal(reply(6, "meter1", NULL, "tx-1"), ZJIOT_TRACK_EXACT);
        assert_true(match.request.handle == handles[i]);
        assert_int_equal(match.alone, i == 3);
    }
    assert_int_equal(reply(7, "meter1", NULL, "tx-1"), ZJIOT_TRACK_LATE); /* the cancelled one */
    assert_true(match.request.handle == handles[1]);
    assert_int_equal(reply(8, "meter1", NULL, "tx-1"), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(zjiot_track_expire(&table, 500, &expired), 0);
}

static void binary_keys_may_hold_zeros(void **state) {
    (void)state;
    const uint8_t sn[] = {0, 0, 0, 0}, extra[] = {0, 1}, other[] = {0, 2};
    const struct zjiot_track_request restart = {{sn, 4, NULL, 0, extra, 2}, 100, 7, 1, false};
    open_request(0, restart);
    const struct zjiot_track_reply wrong = {.key = {sn, 4, NULL, 0, other, 2}, .guess = ZJIOT_TRACK_GUESS_MISSING};
    const struct zjiot_track_reply right = {.key = restart.key};
    assert_int_equal(zjiot_track_match(&table, 1, &wrong, &match), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(zjiot_track_match(&table, 1, &right, &match), ZJIOT_TRACK_EXACT);
    assert_int_equal(match.request.user, 7);
}

/* --- HY: "accepted", and later the meter's answer --- */

static uint64_t open_valve(uint64_t now, const char *meter) {
    struct zjiot_track_request request = request_of("gw1", "40", meter, now + 36500);
    request.two_stage = true;
    return open_request(now, request);
}

static enum zjiot_track_verdict gateway_says(uint64_t now, enum zjiot_track_kind kind) {
    const struct zjiot_track_reply stat = {
        .key = key_of("gw1", "40", NULL), .guess = ZJIOT_TRACK_GUESS_MISSING, .kind = kind};
    return zjiot_track_match(&table, now, &stat, &match);
}

static enum zjiot_track_verdict meter_says(uint64_t now, const char *meter, const char *frame) {
    const struct zjiot_track_reply answer = {
        .key = key_of("gw1", "40", meter), .content = frame, .content_size = strlen(frame)};
    return zjiot_track_match(&table, now, &answer, &match);
}

static void accepted_is_not_done(void **state) {
    (void)state;
    const uint64_t handle = open_valve(0, "27100583");
    assert_int_equal(gateway_says(300, ZJIOT_TRACK_ACCEPTANCE), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.handle == handle && match.alone && match.request.accepted && match.request.open);
    assert_int_equal(match.request.answers, 0);
    assert_int_equal(gateway_says(301, ZJIOT_TRACK_ACCEPTANCE), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(meter_says(5000, "27100583", "6855..F716"), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == handle && match.request.accepted && !match.request.open);
    assert_int_equal(meter_says(5001, "27100583", "6855..F716"), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(table.open, 0);
}

static void a_silent_meter_is_told_from_a_silent_gateway(void **state) {
    (void)state;
    const uint64_t accepted = open_valve(0, "27100583");
    gateway_says(300, ZJIOT_TRACK_ACCEPTANCE);
    const uint64_t unheard = open_valve(400, "23227310");
    assert_int_equal(zjiot_track_expire(&table, 36499, &expired), 0);
    assert_int_equal(zjiot_track_expire(&table, 40000, &expired), 1);
    assert_true(expired.handle == accepted && expired.accepted && expired.answers == 0);
    assert_int_equal(zjiot_track_expire(&table, 40000, &expired), 1);
    assert_true(expired.handle == unheard && !expired.accepted);
    assert_int_equal(gateway_says(40001, ZJIOT_TRACK_ACCEPTANCE), ZJIOT_TRACK_LATE);
    assert_int_equal(meter_says(40002, "27100583", "6855..F716"), ZJIOT_TRACK_LATE);
}

static void acceptances_come_in_the_order_of_requests(void **state) {
    (void)state;
    const uint64_t first = open_valve(0, "27100583"), second = open_valve(1, "23227310");
    gateway_says(300, ZJIOT_TRACK_ACCEPTANCE);
    assert_true(match.request.handle == first && !match.alone);
    assert_int_equal(gateway_says(310, ZJIOT_TRACK_REFUSAL), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.handle == second && !match.request.open && !match.request.accepted);
    assert_int_equal(meter_says(900, "27100583", "6855..F716"), ZJIOT_TRACK_EXACT);
    assert_int_equal(meter_says(900, "23227310", "6853..E616"), ZJIOT_TRACK_DUPLICATE);
}

static void an_acceptance_that_was_lost_costs_no_answer(void **state) {
    (void)state;
    const uint64_t handle = open_valve(0, "27100583");
    assert_int_equal(meter_says(5000, "27100583", "6855..F716"), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == handle && !match.request.accepted && !match.request.open);
}

/* The answers to "50 %" and "100 %" are the same bytes: a repeat of the first one must not confirm the second. */
static void a_repeat_does_not_confirm_the_next_command(void **state) {
    (void)state;
    const uint64_t first = open_valve(0, "27100583");
    gateway_says(300, ZJIOT_TRACK_ACCEPTANCE);
    meter_says(600, "27100583", "6855..F716");
    const uint64_t second = open_valve(700, "27100583");
    assert_int_equal(meter_says(701, "27100583", "6855..F716"), ZJIOT_TRACK_DUPLICATE);
    assert_true(match.request.handle == first);
    gateway_says(800, ZJIOT_TRACK_ACCEPTANCE);
    assert_int_equal(meter_says(900, "27100583", "6855..F716"), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == second);
}

/* Read-now asks all meters of a gateway: the request has no meter, the answers have. */
static void repeated_meter_answers_count_once(void **state) {
    (void)state;
    static const char *const frames[] = {"m1", "m2", "m3", "m4"};
    struct zjiot_track_request read_now = request_of("gw1", "18", NULL, 60000);
    read_now.answers = ZJIOT_TRACK_MANY;
    const uint64_t handle = open_request(0, read_now);
    for (unsigned i = 0; i < 3 * CONTENTS; i++) {
        const char *frame = frames[i % 4];
        const struct zjiot_track_reply answer = {.key = key_of("gw1", "18", frame),
                                                 .guess = ZJIOT_TRACK_GUESS_MISSING,
                                                 .content = frame,
                                                 .content_size = strlen(frame)};
        const enum zjiot_track_verdict verdict = zjiot_track_match(&table, i, &answer, &match);
        assert_int_equal(verdict, i < CONTENTS ? ZJIOT_TRACK_GUESSED : ZJIOT_TRACK_DUPLICATE);
        assert_true(match.request.handle == handle && match.request.open && match.by_order);
    }
    assert_int_equal(match.request.answers, CONTENTS);
}

/* --- m4g: packnum, else order --- */

static enum zjiot_track_verdict module_says(const char *packnum) {
    const struct zjiot_track_reply ack = {.key = key_of("c1", "push_msg", packnum), .guess = ZJIOT_TRACK_GUESS_ALWAYS};
    return zjiot_track_match(&table, 10, &ack, &match);
}

static void a_made_up_packnum_is_matched_by_order(void **state) {
    (void)state;
    const uint64_t first = open_one(0, "c1", "push_msg", "41", 100);
    const uint64_t second = open_one(0, "c1", "push_msg", "42", 100);
    open_one(0, "c2", "push_msg", "0", 100); /* another connection's */
    assert_int_equal(module_says("42"), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == second);
    assert_int_equal(module_says("0"), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.handle == first && match.alone);
    assert_int_equal(module_says("42"), ZJIOT_TRACK_DUPLICATE);
    assert_false(match.by_order);
    assert_int_equal(reply(11, "c1", "push_msg", "0"), ZJIOT_TRACK_FOREIGN); /* MISSING does not go as far as ALWAYS */
}

static void commands_without_an_id_are_matched_by_order(void **state) {
    (void)state;
    const uint64_t first = open_one(0, "c1", "info", NULL, 100), second = open_one(0, "c1", "info", NULL, 100);
    assert_int_equal(reply(1, "c1", "info", NULL), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.handle == first);
    assert_int_equal(reply(1, "c1", "info", NULL), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.handle == second);
    assert_int_equal(reply(1, "c1", "version", NULL), ZJIOT_TRACK_FOREIGN);
}

/* --- Deadlines and handles --- */

static void deadlines_pass_in_their_order(void **state) {
    (void)state;
    static const uint64_t deadlines[] = {50, 20, 20, 90, ZJIOT_TRACK_NEVER, 10};
    static const size_t order[] = {5, 1, 2, 0, 3};
    uint64_t handles[6];
    assert_true(zjiot_track_next_deadline(&table) == ZJIOT_TRACK_NEVER);
    for (size_t i = 0; i < 6; i++)
        handles[i] = open_one(0, "lamp1", "getInfo", "a", deadlines[i]);
    for (size_t i = 0; i < 5; i++) {
        const uint64_t due = zjiot_track_next_deadline(&table);
        assert_true(due == deadlines[order[i]]);
        if (due > table.now)
            assert_int_equal(zjiot_track_expire(&table, due - 1, &expired), 0);
        assert_int_equal(zjiot_track_expire(&table, due, &expired), 1);
        assert_true(expired.handle == handles[order[i]]);
    }
    assert_true(zjiot_track_next_deadline(&table) == ZJIOT_TRACK_NEVER);
    assert_int_equal(zjiot_track_expire(&table, UINT64_MAX, &expired), 0);
    assert_int_equal(table.open, 1);
}

static void a_deadline_moves_both_ways(void **state) {
    (void)state;
    const uint64_t early = open_one(0, "lamp1", "getInfo", "a1", 10), late = open_one(0, "lamp1", "getInfo", "a2", 90);
    assert_int_equal(zjiot_track_postpone(&table, 5, early, 200), 0);
    assert_true(zjiot_track_next_deadline(&table) == 90);
    assert_int_equal(zjiot_track_postpone(&table, 5, late, 30), 0);
    assert_true(zjiot_track_next_deadline(&table) == 30);
    assert_int_equal(zjiot_track_postpone(&table, 30, late, 500), ZJIOT_UNKNOWN); /* that was too late */
    assert_int_equal(zjiot_track_expire(&table, 30, &expired), 1);
    assert_true(expired.handle == late);
}

/* However many stood in between, and though the storage is used again. */
static void an_old_handle_names_nothing(void **state) {
    (void)state;
    uint64_t now = 0;
    const uint64_t old = open_one(now, "lamp1", "getInfo", "a001", ZJIOT_TRACK_NEVER);
    assert_int_equal(zjiot_track_cancel(&table, now, old), 0);
    for (int i = 0; i < 10 * CAPACITY; i++) {
        now += REMEMBER;
        const uint64_t handle = open_one(now, "lamp1", "getInfo", "a001", ZJIOT_TRACK_NEVER);
        assert_int_equal(zjiot_track_close(&table, now, old), ZJIOT_UNKNOWN);
        assert_int_equal(zjiot_track_postpone(&table, now, old, 1), ZJIOT_UNKNOWN);
        assert_int_equal(zjiot_track_close(&table, now, handle), 0);
    }
    assert_int_equal(zjiot_track_cancel(&table, now, 0), ZJIOT_UNKNOWN);
    assert_int_equal(zjiot_track_cancel(&table, now, UINT64_MAX), ZJIOT_UNKNOWN);
    assert_int_equal(zjiot_track_cancel(&table, now, (UINT64_C(1) << 32) + CAPACITY - 1), ZJIOT_UNKNOWN);
}

static void verdicts_have_names(void **state) {
    (void)state;
    static const char *const names[] = {"FOREIGN", "EXACT", "GUESSED", "LATE", "DUPLICATE"};
    for (int verdict = ZJIOT_TRACK_FOREIGN; verdict <= ZJIOT_TRACK_DUPLICATE; verdict++)
        assert_string_equal(zjiot_track_verdict_name(verdict), names[verdict]);
    assert_string_equal(zjiot_track_verdict_name(-1), "?");
    assert_string_equal(zjiot_track_verdict_name(ZJIOT_TRACK_DUPLICATE + 1), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_reply_with_the_serial_id_is_exact),
        CASE(ids_are_compared_byte_for_byte),
        CASE(the_device_and_the_command_have_to_fit),
        CASE(without_a_serial_id_the_oldest_is_guessed),
        CASE(who_does_not_guess_is_not_given_a_guess),
        CASE(late_then_duplicate_then_forgotten),
        CASE(an_open_request_comes_before_remembered_ones),
        CASE(parts_are_counted_though_they_are_equal),
        CASE(answers_whose_number_nobody_knows_end_with_close),
        CASE(many_answers_and_then_the_deadline),
        CASE(equal_keys_are_answered_in_their_order),
        CASE(binary_keys_may_hold_zeros),
        CASE(accepted_is_not_done),
        CASE(a_silent_meter_is_told_from_a_silent_gateway),
        CASE(acceptances_come_in_the_order_of_requests),
        CASE(an_acceptance_that_was_lost_costs_no_answer),
        CASE(a_repeat_does_not_confirm_the_next_command),
        CASE(repeated_meter_answers_count_once),
        CASE(a_made_up_packnum_is_matched_by_order),
        CASE(commands_without_an_id_are_matched_by_order),
        CASE(deadlines_pass_in_their_order),
        CASE(a_deadline_moves_both_ways),
        CASE(an_old_handle_names_nothing),
        CASE(verdicts_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
