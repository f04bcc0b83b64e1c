/* Commands of NB and their acks in the request table. Catches: an ack that settles another controller's command, one of
 * all controllers that ends with the first ack, a key that another SN is written with. */
#include <string.h>

#include "unit.h"
#include "zjiot/nb.h"

enum { CAPACITY = 8, CONTENTS = 4, LAMP = 0x01020304, OTHER_LAMP = 0x01020305 };

static uint64_t storage[ZJIOT_TRACK_SIZE(CAPACITY, ZJIOT_NB_KEY_SIZE, CONTENTS) / 8 + 1];
static struct zjiot_track table;
static struct zjiot_track_match match;
static struct zjiot_error error;

static int empty_table(void **state) {
    (void)state;
    const struct zjiot_track_config config = {CAPACITY, ZJIOT_NB_KEY_SIZE, CONTENTS, 60000, {1, 2, 3}};
    return zjiot_track_init(&table, &config, storage, sizeof storage, NULL);
}

static struct zjiot_nb_message message_of(enum zjiot_nb_message_type type, int64_t sn, int64_t extra) {
    return (struct zjiot_nb_message){.type = type, .header = {.sn = sn, .extra = extra}};
}

static uint64_t ask(const struct zjiot_nb_message *message) {
    struct zjiot_nb_key key;
    struct zjiot_track_request request;
    uint64_t handle = 0;
    assert_int_equal(zjiot_nb_track_request(message, &key, &request, &error), 0);
    assert_true(request.deadline == ZJIOT_TRACK_NEVER && !request.two_stage);
    assert_int_equal(zjiot_track_open(&table, 0, &request, &handle, &error), 0);
    return handle;
}

/* As the header says: to the request of the ack's controller, else to one that went to all. */
static enum zjiot_track_verdict hear(int64_t sn, int64_t extra) {
    const struct zjiot_nb_message ack = message_of(ZJIOT_NB_ACK, sn, extra);
    enum zjiot_track_verdict verdict = ZJIOT_TRACK_FOREIGN;
    for (int to_all = 0; to_all <= 1 && verdict == ZJIOT_TRACK_FOREIGN; to_all++) {
        struct zjiot_nb_key key;
        struct zjiot_track_reply reply;
        assert_int_equal(zjiot_nb_track_reply(&ack, to_all != 0, &key, &reply, &error), 0);
        verdict = zjiot_track_match(&table, 1, &reply, &match);
    }
    return verdict;
}

static void an_ack_answers_its_own_command(void **state) {
    (void)state;
    const struct zjiot_nb_message first = message_of(ZJIOT_NB_SET_LAMP, LAMP, 0xFFFF);
    const struct zjiot_nb_message second = message_of(ZJIOT_NB_SET_AUTO, LAMP, 1);
    const struct zjiot_nb_message other = message_of(ZJIOT_NB_RESTART, OTHER_LAMP, 1);
    ask(&first);
    const uint64_t handle = ask(&second), other_handle = ask(&other);
    assert_int_equal(hear(LAMP, 2), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(hear(LAMP + 2, 1), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(hear(OTHER_LAMP, 1), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == other_handle && !match.request.open);
    assert_int_equal(hear(LAMP, 1), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == handle && !match.request.open);
    assert_int_equal(hear(LAMP, 1), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(table.open, 1);
    assert_int_equal(hear(LAMP, 0xFFFF), ZJIOT_TRACK_EXACT);
}

static void all_controllers_answer_a_broadcast(void **state) {
    (void)state;
    const struct zjiot_nb_message all = message_of(ZJIOT_NB_SET_LAMP, ZJIOT_NB_SN_BROADCAST, 7);
    const struct zjiot_nb_message one = message_of(ZJIOT_NB_SET_LAMP, LAMP, 7);
    const uint64_t handle = ask(&all), one_handle = ask(&one);
    assert_int_equal(hear(OTHER_LAMP, 7), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == handle && match.request.open);
    assert_int_equal(hear(OTHER_LAMP, 7), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(hear(LAMP, 7), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == one_handle && !match.request.open);
    assert_int_equal(hear(LAMP + 2, 7), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == handle && match.request.answers == 2);
    assert_int_equal(hear(LAMP + 3, 8), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(zjiot_track_close(&table, 2, handle), 0);
}

/* The key has the SN that the frame will have. */
static void the_key_is_that_of_the_frame(void **state) {
    (void)state;
    struct zjiot_nb_message message = message_of(ZJIOT_NB_SET_AUTO, 0, 3);
    uint8_t frame[64];
    for (int is_given = 0; is_given <= 1; is_given++) {
        struct zjiot_nb_message written;
        message.header.has = is_given ? ZJIOT_BIT(nb_header, sn) : 0;
        const int64_t size = zjiot_nb_encode(&message, NULL, frame, sizeof frame, &error);
        assert_true(size > 0);
        assert_int_equal(zjiot_nb_decode(frame, (size_t)size, NULL, &written, NULL, NULL, &error), 0);
        assert_int_equal(written.header.sn, is_given ? 0 : ZJIOT_NB_SN_EXAMPLE);
        ask(&message);
        assert_int_equal(hear(written.header.sn, written.header.extra), ZJIOT_TRACK_EXACT);
    }
}

static void what_cannot_be_tracked(void **state) {
    (void)state;
    static const struct {
        int type;
        int64_t sn, extra;
        enum zjiot_code code;
        const char *path;
    } requests[] = {
        {ZJIOT_NB_ACK, LAMP, 1, ZJIOT_ARG, ""},
        {ZJIOT_NB_STATUS, LAMP, 1, ZJIOT_ARG, ""},
        {ZJIOT_NB_UNKNOWN_FN + 1, LAMP, 1, ZJIOT_ARG, ""},
        {ZJIOT_NB_SET_LAMP, LAMP, 0, ZJIOT_RANGE, "extra"},
        {ZJIOT_NB_SET_LAMP, LAMP, 0x10000, ZJIOT_RANGE, "extra"},
        {ZJIOT_NB_SET_LAMP, INT64_C(0x100000000), 1, ZJIOT_RANGE, "sn"},
        {ZJIOT_NB_SET_LAMP, -1, 1, ZJIOT_RANGE, "sn"},
    };
    struct zjiot_nb_key key;
    struct zjiot_track_request request = {.user = 5};
    struct zjiot_track_reply reply = {.content_size = 5};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        const struct zjiot_nb_message message =
            message_of((enum zjiot_nb_message_type)requests[i].type, requests[i].sn, requests[i].extra);
        assert_int_equal(zjiot_nb_track_request(&message, &key, &request, &error), requests[i].code);
        assert_int_equal(error.code, requests[i].code);
        assert_string_equal(error.path, requests[i].path);
    }
    const struct zjiot_nb_message command = message_of(ZJIOT_NB_SET_LAMP, LAMP, 1);
    assert_int_equal(zjiot_nb_track_reply(&command, false, &key, &reply, &error), ZJIOT_ARG);
    const struct zjiot_nb_message none = message_of((enum zjiot_nb_message_type)(ZJIOT_NB_UNKNOWN_FN + 1), LAMP, 1);
    assert_int_equal(zjiot_nb_track_reply(&none, false, &key, &reply, &error), ZJIOT_ARG);
    assert_true(request.user == 5 && reply.content_size == 5);
    /* The family has functions that the document does not have; whether they are answered is the caller's to know. */
    const struct zjiot_nb_message own = message_of(ZJIOT_NB_UNKNOWN_FN, LAMP, 1);
    assert_int_equal(zjiot_nb_track_request(&own, &key, &request, &error), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_ack_answers_its_own_command, empty_table),
        cmocka_unit_test_setup(all_controllers_answer_a_broadcast, empty_table),
        cmocka_unit_test_setup(the_key_is_that_of_the_frame, empty_table),
        cmocka_unit_test(what_cannot_be_tracked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
