/* What a user of the HY gateway's calls does: the builders, the two stages of a request, places in the text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

#define GATEWAY "02345678903"
#define UP_TOPIC "hy/gw/set/" GATEWAY
#define GW(id) "{\"gw\":{\"msg_id\":" #id ",\"msg_gw_pr\":0,\"gw_id\":\"" GATEWAY "\"},\"data\":"
#define OPENED "6853232273100011118404A01900644A16" /* 23227310 answers: 100 % */

static struct zjiot_error error;
static struct zjiot_pool *pool;

static void read_up(const char *body, struct zjiot_hy_message *message) {
    pool = fresh_pool();
    if (zjiot_hy_decode(UP_TOPIC, body, strlen(body), NULL, pool, message, NULL, NULL, &error) != 0)
        fail_msg("%s", error.text);
}

static const char *written(const struct zjiot_hy_message *message, char topic[ZJIOT_HY_TOPIC_SIZE]) {
    static char body[1024];
    const int64_t size = zjiot_hy_encode(message, topic, ZJIOT_HY_TOPIC_SIZE, body, sizeof body - 1, &error);
    if (size < 0)
        fail_msg("%s", error.text);
    body[size] = '\0';
    return body;
}

/* --- Builders --- */

static void read_now_is_the_documents(void **state) {
    (void)state;
    struct zjiot_hy_message message;
    char topic[ZJIOT_HY_TOPIC_SIZE];
    zjiot_hy_read_now(&message, GATEWAY, ZJIOT_HY_READ_MAIN);
    assert_string_equal(written(&message, topic),
                        GW(18) "{\"main_immediately\":1,\"copy_immediately\":0,\"up_immediately\":0}}");
    assert_string_equal(topic, "hy/gw/get/" GATEWAY);
    zjiot_hy_read_now(&message, GATEWAY, ZJIOT_HY_READ_COPY | ZJIOT_HY_READ_UPLOAD);
    assert_non_null(
        strstr(written(&message, topic), "{\"main_immediately\":0,\"copy_immediately\":1,\"up_immediately\":1}"));
}

static void valve_takes_kind_and_port_of_the_meter(void **state) {
    (void)state;
    struct zjiot_hy_message message;
    uint8_t frame[ZJIOT_HY_VALVE_SIZE];
    char topic[ZJIOT_HY_TOPIC_SIZE];
    assert_int_equal(zjiot_hy_move_valve(&message, GATEWAY, "27100583203400", 50, 5, frame, &error), 0);
    assert_string_equal(written(&message, topic),
                        GW(40) "{\"transparent_port\":0,\"transparent\":\"FEFEFE6855271005830011111605902F01F4016E16\","
                               "\"transparent_count\":5}}");
    assert_int_equal(zjiot_hy_move_valve(&message, GATEWAY, "23227310200802", 100, 1, frame, &error), 0);
    assert_string_equal(written(&message, topic),
                        GW(40) "{\"transparent_port\":2,\"transparent\":\"FEFEFE6853232273100011110404A0190064CA16\","
                               "\"transparent_count\":1}}");
    assert_int_equal(zjiot_hy_move_valve(&message, GATEWAY, "23227310200800", 50, -1, frame, &error), ZJIOT_RANGE);
    assert_string_equal(error.path, "data.transparent_count");
}

/* The message is the one that the last msg_id names, wherever the members stand. */
static void the_last_number_counts(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum zjiot_hy_message_type type;
    } rows[] = {
        {"{\"data\":{\"stat\":2},\"gw\":{\"gw_id\":\"" GATEWAY "\",\"msg_gw_pr\":0,\"msg_id\":18}}",
         ZJIOT_HY_READ_NOW_REPLY},
        {"{\"x\":\"msg_id\",\"gw\":{\"msg_id\" : 18,\"msg_gw_pr\":0,\"gw_id\":\"" GATEWAY "\"},\"data\":{\"stat\":2}}",
         ZJIOT_HY_READ_NOW_REPLY},
        {"{\"data\":{\"msg_id\":40},\"gw\":{\"msg_id\":18,\"msg_gw_pr\":0,\"gw_id\":\"" GATEWAY "\"}}",
         ZJIOT_HY_READ_NOW_REPLY},
        {"{\"gw\":{\"msg_id\":20,\"msg_id\":18,\"msg_gw_pr\":0,\"gw_id\":\"" GATEWAY "\"},\"data\":{\"stat\":2}}",
         ZJIOT_HY_READ_NOW_REPLY},
        {"{\"gw\":{\"msg_id\":18,\"msg_gw_pr\":0,\"gw_id\":\"" GATEWAY "\",\"msg_id\":5},\"data\":{\"key\":\"1\"}}",
         ZJIOT_HY_OTHER_SECRET_REPLY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct zjiot_hy_message message;
        read_up(rows[i].text, &message);
        assert_int_equal(message.type, rows[i].type);
    }
    struct zjiot_hy_message message;
    struct zjiot_report report = {0};
    const char *text = "{\"gw\":{\"msg_id\":20,\"msg_id\":null},\"data\":{}}";
    assert_int_equal(zjiot_hy_decode(UP_TOPIC, text, strlen(text), NULL, fresh_pool(), &message, &report, NULL, &error),
                     ZJIOT_TYPE);
    assert_string_equal(error.path, "gw.msg_id");
    assert_int_equal(report.count, 0);
}

static void meter_id_is_taken_apart(void **state) {
    (void)state;
    struct zjiot_hy_meter meter;
    assert_int_equal(zjiot_hy_meter_read("27100583203401", &meter, &error), 0);
    assert_string_equal(meter.meter, "27100583");
    assert_string_equal(meter.type, "55");
    assert_string_equal(meter.port_name, "RS485-1");
    assert_int_equal(zjiot_hy_meter_read("27100583999977", &meter, &error), 0);
    assert_int_equal(meter.has & (ZJIOT_BIT(hy_meter, type) | ZJIOT_BIT(hy_meter, port_name)), 0);
    assert_string_equal(meter.kind, "9999");
}

/* --- Frames in their text --- */

static void frames_are_found_in_their_text(void **state) {
    (void)state;
    static const char body[] = GW(40) "{\"transparent_port\":0,\"meter_data\":[\"" OPENED "\",\"" OPENED "\"]}}";
    static struct zjiot_span spans[128];
    struct zjiot_trace trace = {.items = spans, .capacity = 128};
    struct zjiot_hy_message message;
    const struct zjiot_span *opening = NULL;
    assert_int_equal(zjiot_hy_decode(UP_TOPIC, body, strlen(body), NULL, fresh_pool(), &message, NULL, &trace, &error),
                     0);
    for (size_t i = 0; i < trace.count; i++) {
        assert_string_not_equal(spans[i].path, "data.meter_data");
        if (strcmp(spans[i].path, "frames[1].opening") == 0)
            opening = &spans[i];
    }
    assert_non_null(opening);
    assert_int_equal(opening->size, 2);
    assert_memory_equal(body + opening->offset, "64", 2);
    assert_true(opening->offset > (size_t)(strstr(body, "\",\"6853") - body)); /* in the second frame */
    assert_int_equal(*(const int64_t *)opening->value, 100);
}

static void damage_is_told_where_it_stands(void **state) {
    (void)state;
    static const char body[] =
        GW(40) "{\"transparent_port\":0,\"meter_data\":[1,\"" OPENED "\",\"6853232273100011118404A01900654A16\"]}}";
    struct zjiot_deviation items[4];
    struct zjiot_report report = {items, 4, 0};
    const struct zjiot_options strict = {.strict = true};
    struct zjiot_hy_message message;
    pool = fresh_pool();
    assert_int_equal(zjiot_hy_decode(UP_TOPIC, body, strlen(body), NULL, pool, &message, &report, NULL, &error), 0);
    assert_int_equal(message.frame_count, 3);
    assert_non_null(message.frames[0].error);
    assert_null(message.frames[1].error);
    assert_int_equal(message.frames[2].error->code, ZJIOT_CHECKSUM);
    assert_int_equal(report.count, 2);
    assert_string_equal(items[0].path, "data.meter_data[0]");
    assert_string_equal(items[1].path, "frames[2].cs");
    assert_int_equal(items[1].code, ZJIOT_CHECKSUM);
    assert_memory_equal(body + items[1].offset, "4A16\"]", 6);
    /* Strictly the first one is the error, and the pool is as it was. */
    const size_t used = pool->used;
    assert_int_equal(zjiot_hy_decode(UP_TOPIC, body, strlen(body), &strict, pool, &message, NULL, NULL, &error),
                     ZJIOT_TYPE);
    assert_int_equal(pool->used, used);
}

static json_t *record_of(const char *topic, const char *body, const struct zjiot_options *options) {
    static char text[16384];
    const struct zjiot_input input = {topic, (const uint8_t *)body, strlen(body)};
    if (zjiot_record(zjiot_protocol_find("hy"), &input, options, fresh_pool(), text, sizeof text, &error) < 0)
        fail_msg("%s", error.text);
    json_t *record = json_loads(text, 0, NULL);
    assert_non_null(record);
    return record;
}

static const json_t *at_path(const json_t *value, const char *member, size_t index) {
    return json_array_get(json_object_get(value, member), index);
}

/* A digit is lost: the record keeps what is left, wherever it stood and whatever stood beside it. */
static void damaged_digits_are_kept(void **state) {
    (void)state;
    static const struct {
        const char *data, *raw;
        size_t index;
    } rows[] = {
        {"{\"meter_data\":[\"6853232273100011118404A0190064A16\"]}}", "6853232273100011118404A0190064A16", 0},
        {"{\"meter_data\":{\"" OPENED "\",\"68G3\"}}}", "68G3", 1},
        {"{\"meter_data\":[\"" OPENED "\" , [\"1\",2],\n{\"a\":[\"]\"]}, null]}}", "{\"a\":[\"]\"]}", 2},
        {"{\"meter_data\":[],\"x\":1,\"meter_data\":[7.5],\"y\":\"meter_data\"}}", "7.5", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char body[512];
        snprintf(body, sizeof body, GW(40) "%s", rows[i].data);
        json_t *record = record_of(UP_TOPIC, body, NULL);
        const json_t *frame = at_path(record, "frames", rows[i].index);
        const json_t *data = json_object_get(record, "data");
        assert_true(json_is_false(json_object_get(frame, "ok")));
        assert_string_equal(json_string_value(json_object_get(frame, "raw")), rows[i].raw);
        assert_true(json_is_null(at_path(data, "meter_data", rows[i].index)));
        assert_string_equal(json_string_value(at_path(data, "meter_data_quality", rows[i].index)), "invalid");
        assert_true(rows[i].index == 0 || json_is_null(at_path(data, "meter_data_quality", 0)));
        json_decref(record);
    }
    json_t *record = record_of(UP_TOPIC, GW(40) "{\"meter_data\":[\"685\"]}}", NULL);
    const json_t *frame = at_path(record, "frames", 0);
    const json_t *found = at_path(record, "deviations", 0);
    assert_string_equal(json_string_value(json_object_get(found, "found")), "\"685\"");
    assert_string_equal(json_string_value(json_object_get(json_object_get(frame, "error"), "text")),
                        "an odd number of hex digits (3)");
    json_decref(record);
    record = record_of(UP_TOPIC, GW(40) "{\"meter_data\":[\"" OPENED "\"]}}", NULL);
    assert_null(json_object_get(json_object_get(record, "data"), "meter_data_quality"));
    json_decref(record);
}

#define READING(id, frame) GW(20) "{\"meter_id\":\"" id "\",\"meter_data\":[\"" OPENED "\",\"" frame "\"]}}"
#define OTHER_TYPE "6855271005830011119603902F01F716" /* 27100583, type 55 */
#define OTHER_NUMBER "6853876543210011118404A0190064D216"

/* The meter_id and the frames name the same meter, or it is told; and such a message is not written. */
static void frames_are_of_the_meter(void **state) {
    (void)state;
    static const struct {
        const char *body, *differs;
    } rows[] = {
        {READING("23227310200800", OPENED), ""},
        {READING("23227310200800", OTHER_NUMBER), " frames[1].meter: 87654321, 23227310"},
        {READING("23227310200800", OTHER_TYPE), " frames[1].type: 55, 53 frames[1].meter: 27100583, 23227310"},
        {READING("23227310203400", OPENED), " frames[0].type: 53, 55 frames[1].type: 53, 55"},
        {READING("23227310999900", OPENED), ""}, /* a kind whose type is not known */
        {READING("99999999999900", OPENED), " frames[0].meter: 23227310, 99999999 frames[1].meter: 23227310, 99999999"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct zjiot_deviation items[8];
        struct zjiot_report report = {items, 8, 0};
        struct zjiot_hy_message message;
        char differs[256] = "";
        char out[512];
        size_t used = 0;
        assert_int_equal(zjiot_hy_decode(UP_TOPIC, rows[i].body, strlen(rows[i].body), NULL, fresh_pool(), &message,
                                         &report, NULL, &error),
                         0);
        for (size_t j = 0; j < report.count; j++) {
            assert_int_equal(items[j].code, ZJIOT_CONST);
            assert_memory_equal(rows[i].body + items[j].offset, items[j].found, strlen(items[j].found));
            used += (size_t)snprintf(differs + used, sizeof differs - used, " %s: %s, %.*s", items[j].path,
                                     items[j].found, (int)strcspn(items[j].expected, ","), items[j].expected);
        }
        assert_string_equal(differs, rows[i].differs);
        const int64_t size = zjiot_hy_encode(&message, NULL, 0, out, sizeof out, &error);
        assert_int_equal(size > 0 ? 0 : size, report.count == 0 ? 0 : ZJIOT_CONST);
        if (size < 0)
            assert_memory_equal(error.path, "data.meter_data[", 16);
    }
}

/* Both checksums are the evidence; by force there are values, and the error all the same. */
static void a_wrong_sum_is_an_error_of_its_frame(void **state) {
    (void)state;
    static const char body[] = GW(40) "{\"meter_data\":[\"FEFE6853232273100011118404A01900634A16\",\"68\"]}}";
    const struct zjiot_options force = {.force = true};
    for (int forced = 0; forced <= 1; forced++) {
        json_t *record = record_of(UP_TOPIC, body, forced ? &force : NULL);
        const json_t *frame = at_path(record, "frames", 0);
        const json_t *found = at_path(record, "deviations", 0);
        assert_true(json_is_true(json_object_get(record, "ok")));
        assert_true(json_is_false(json_object_get(frame, "ok")));
        assert_string_equal(json_string_value(json_object_get(json_object_get(frame, "error"), "code")), "CHECKSUM");
        assert_int_equal(json_object_get(frame, "data") != NULL, forced);
        assert_int_equal(json_is_true(json_object_get(frame, "forced")), forced);
        assert_string_equal(json_string_value(json_object_get(found, "path")), "frames[0].cs");
        assert_string_equal(json_string_value(json_object_get(found, "found")), "4a");
        assert_string_equal(json_string_value(json_object_get(found, "expected")), "49");
        found = at_path(record, "deviations", 1);
        assert_string_equal(json_string_value(json_object_get(found, "found")),
                            "a frame has at least 13 bytes, here are 1");
        json_decref(record);
    }
    /* A frame by itself is no other. */
    static const uint8_t bare[] = {0x68, 0x53, 0x23, 0x22, 0x73, 0x10, 0x00, 0x11, 0x11,
                                   0x84, 0x04, 0xA0, 0x19, 0x00, 0x63, 0x4A, 0x16};
    static char text[4096];
    const struct zjiot_input input = {NULL, bare, sizeof bare};
    assert_true(zjiot_record(NULL, &input, &force, fresh_pool(), text, sizeof text, &error) > 0);
    assert_non_null(strstr(text, "\"ok\":false,\"forced\":true,\"error\":{\"code\":\"CHECKSUM\",\"offset\":15,"));
}

/* A key that is sent to a meter shows nowhere in the record, nor when a digit of its frame is lost. */
static void keys_stay_hidden(void **state) {
    (void)state;
    static char record[16384];
    static const char body[] = GW(40) "{\"transparent_port\":0,\"transparent\":\"" KEY "\",\"transparent_count\":5}}";
    const struct zjiot_input input = {"hy/gw/get/" GATEWAY, (const uint8_t *)body, strlen(body)};
    const struct zjiot_protocol *hy = zjiot_protocol_find("hy");
    const struct zjiot_options shown = {.show_secrets = true};
    assert_true(zjiot_record(hy, &input, NULL, fresh_pool(), record, sizeof record, &error) > 0);
    assert_null(strstr(record, "0123456789abcdef"));
    assert_true(zjiot_record(hy, &input, &shown, fresh_pool(), record, sizeof record, &error) > 0);
    assert_non_null(strstr(record, "0123456789abcdef"));

    static const struct {
        const char *topic, *body;
    } damaged[] = {
        {"hy/gw/get/" GATEWAY, GW(40) "{\"transparent_port\":0,\"transparent\":\"" KEY "1\"}}"},
        {UP_TOPIC, GW(40) "{\"meter_data\":[\"" KEY "1\"]}}"},
        {UP_TOPIC, GW(40) "{\"meter_data\":\"" KEY "1\"}}"},
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        json_t *masked = record_of(damaged[i].topic, damaged[i].body, NULL);
        char *text = json_dumps(masked, 0);
        assert_null(strstr(text, "0123456789abcdef"));
        free(text);
        json_decref(masked);
    }
}

/* --- The two stages of a request --- */

struct conversation {
    uint64_t storage[ZJIOT_TRACK_SIZE(8, 64, 4) / 8 + 1];
    struct zjiot_track table;
};

static void begin(struct conversation *talk) {
    const struct zjiot_track_config config = {.capacity = 8, .key_size = 64, .contents = 4, .remember = 60000};
    assert_int_equal(zjiot_track_init(&talk->table, &config, talk->storage, sizeof talk->storage, &error), 0);
}

static uint64_t ask(struct conversation *talk, const struct zjiot_hy_message *request, uint64_t now) {
    struct zjiot_hy_key key;
    struct zjiot_track_request entry;
    uint64_t handle;
    assert_int_equal(zjiot_hy_track_request(request, now, &key, &entry, &error), 0);
    assert_int_equal(zjiot_track_open(&talk->table, now, &entry, &handle, &error), 0);
    return handle;
}

/* The verdict on reply `index` of a message that comes at `now`. */
static enum zjiot_track_verdict hear(struct conversation *talk, const char *body, size_t index, uint64_t now,
                                     struct zjiot_track_match *match) {
    struct zjiot_hy_message message;
    struct zjiot_hy_key key;
    struct zjiot_track_reply reply;
    read_up(body, &message);
    assert_int_equal(zjiot_hy_track_reply(&message, index, &key, &reply, &error), 0);
    return zjiot_track_match(&talk->table, now, &reply, match);
}

static void accepted_is_not_yet_done(void **state) {
    (void)state;
    static struct conversation talk;
    struct zjiot_hy_message request;
    struct zjiot_track_match match;
    uint8_t frame[ZJIOT_HY_VALVE_SIZE];
    begin(&talk);
    assert_int_equal(zjiot_hy_move_valve(&request, GATEWAY, "23227310200800", 100, 5, frame, &error), 0);
    const uint64_t handle = ask(&talk, &request, 1000);
    assert_int_equal(zjiot_track_next_deadline(&talk.table), 1000 + 36500);

    assert_int_equal(hear(&talk, GW(40) "{\"stat\":2}}", 0, 1100, &match), ZJIOT_TRACK_GUESSED); /* names no meter */
    assert_true(match.request.accepted && match.request.open && match.alone);
    static const char answer[] = GW(40) "{\"transparent_port\":0,\"meter_data\":[\"" OPENED "\"]}}";
    assert_int_equal(hear(&talk, answer, 0, 7000, &match), ZJIOT_TRACK_EXACT);
    assert_true(match.request.handle == handle && !match.request.open);
    assert_int_equal(hear(&talk, answer, 0, 7100, &match), ZJIOT_TRACK_DUPLICATE); /* it may come several times */
    assert_int_equal(talk.table.open, 0);
}

static void a_refusal_ends_it(void **state) {
    (void)state;
    static struct conversation talk;
    struct zjiot_hy_message request;
    struct zjiot_track_match match;
    struct zjiot_track_state lapsed;
    uint8_t frame[ZJIOT_HY_VALVE_SIZE];
    begin(&talk);
    assert_int_equal(zjiot_hy_move_valve(&request, GATEWAY, "23227310200800", 0, 1, frame, &error), 0);
    ask(&talk, &request, 0);
    assert_int_equal(hear(&talk, GW(40) "{\"stat\":1}}", 0, 100, &match), ZJIOT_TRACK_GUESSED);
    assert_false(match.request.open);
    /* A silent meter: nothing comes but the acceptance. */
    ask(&talk, &request, 1000);
    hear(&talk, GW(40) "{\"stat\":2}}", 0, 1100, &match);
    assert_int_equal(zjiot_track_expire(&talk.table, 1000 + 12499, &lapsed), 0);
    assert_int_equal(zjiot_track_expire(&talk.table, 1000 + 12500, &lapsed), 1);
    assert_true(lapsed.accepted && lapsed.answers == 0);
    assert_int_equal(hear(&talk, GW(40) "{\"meter_data\":[\"" OPENED "\"]}}", 0, 14000, &match), ZJIOT_TRACK_LATE);
}

static void another_meter_is_no_answer(void **state) {
    (void)state;
    static struct conversation talk;
    struct zjiot_hy_message request;
    struct zjiot_track_match match;
    uint8_t frame[ZJIOT_HY_VALVE_SIZE];
    begin(&talk);
    assert_int_equal(zjiot_hy_move_valve(&request, GATEWAY, "87654321200800", 100, 5, frame, &error), 0);
    ask(&talk, &request, 0);
    static const char both[] = GW(40) "{\"meter_data\":[\"" OPENED "\",\"6853876543210011118404A0190064D216\"]}}";
    static const char damaged[] = GW(40) "{\"meter_data\":[\"6853876543210011118404A0190065D416\"]}}";
    assert_int_equal(hear(&talk, damaged, 0, 5, &match), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(hear(&talk, both, 0, 10, &match), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(hear(&talk, both, 1, 10, &match), ZJIOT_TRACK_EXACT);
}

#define ANSWER(frame) GW(40) "{\"transparent_port\":0,\"meter_data\":[\"" frame "\"]}}"

/* Moves the valve of a type 55 and of a type 53 device, and the gateway accepts both. */
static void move_both(struct conversation *talk) {
    static const char *const meters[] = {"27100583203400", "23227310200800"};
    struct zjiot_hy_message request;
    struct zjiot_track_match match;
    uint8_t frame[ZJIOT_HY_VALVE_SIZE];
    begin(talk);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(zjiot_hy_move_valve(&request, GATEWAY, meters[i], 50, 5, frame, &error), 0);
        ask(talk, &request, 0);
        assert_int_equal(hear(talk, GW(40) "{\"stat\":2}}", 0, 10, &match), ZJIOT_TRACK_GUESSED);
    }
}

/* The meter's answer to a reading, someone else's, does not say that its valve has moved; nor does its bus, which
 * repeats the request. */
static void an_answer_to_another_command_is_none(void **state) {
    (void)state;
    static struct conversation talk;
    struct zjiot_track_match match;
    move_both(&talk);
    assert_int_equal(hear(&talk, ANSWER("6855271005830011118103901F01D216"), 0, 20, &match), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(hear(&talk, ANSWER("6855271005830011119603901F01E716"), 0, 20, &match), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(hear(&talk, ANSWER("6855271005830011111603902F017716"), 0, 20, &match), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(hear(&talk, ANSWER("68552710058300111196032F9001F716"), 0, 20, &match), ZJIOT_TRACK_EXACT);
    assert_int_equal(hear(&talk, ANSWER(OPENED), 0, 20, &match), ZJIOT_TRACK_EXACT);
}

/* Forms of an abnormal answer: without a DI, the standard's, and with one. */
static void an_error_of_the_meter_is_an_answer_that_failed(void **state) {
    (void)state;
    static const char *const bodies[] = {
        ANSWER("685527100583001111D603902F013716"), ANSWER("685323227310001111C4030000016D16"),
        ANSWER("685527100583001111D601900516"), ANSWER("685323227310001111C404A01900012716")};
    struct zjiot_track_match match;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        static struct conversation talk;
        struct zjiot_hy_message message;
        move_both(&talk);
        read_up(bodies[i], &message);
        assert_int_equal(zjiot_hy_track_says(&message, 0), ZJIOT_HY_SAYS_ERROR);
        assert_int_equal(hear(&talk, bodies[i], 0, 20, &match), ZJIOT_TRACK_EXACT);
        assert_true(match.request.accepted && !match.request.open);
    }
}

static void what_carries_no_frame_confirms_nothing(void **state) {
    (void)state;
    static const char *const bodies[] = {
        ANSWER(""),
        ANSWER("6855271005830011119603902F01F816"),
        GW(40) "{\"transparent_port\":0,\"meter_data\":[]}}",
        GW(40) "{\"transparent_port\":0}}",
        GW(40) "{}}",
        GW(40) "{\"stat\":3}}",
        GW(40) "{\"stat\":\"bad\"}}",
        GW(18) "{\"stat\":0}}",
        GW(20) "{\"meter_id\":\"23227310200800\",\"meter_data\":[]}}",
        GW(20) "{\"meter_id\":\"23227310200800\",\"meter_data\":[\"685323227310001111812d901f00\"]}}",
    };
    static struct conversation talk;
    struct zjiot_hy_message message;
    struct zjiot_track_match match;
    move_both(&talk);
    zjiot_hy_read_now(&message, GATEWAY, ZJIOT_HY_READ_COPY);
    ask(&talk, &message, 0);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        read_up(bodies[i], &message);
        assert_int_equal(zjiot_hy_track_says(&message, 0), ZJIOT_HY_SAYS_NOTHING);
        assert_int_equal(hear(&talk, bodies[i], 0, 20, &match), ZJIOT_TRACK_FOREIGN);
    }
    assert_int_equal(talk.table.open, 3);
}

/* Of one stage a message is the answer, whatever its `stat`; 1 says that it failed. */
static void a_failure_is_told_from_an_answer(void **state) {
    (void)state;
    static const char *const refused[] = {"1", "2", "18", "12", "5", "40"}, *const done[] = {"1", "2", "12", "5"};
    static const char form[] = "{\"gw\":{\"msg_id\":%s,\"msg_gw_pr\":0,\"gw_id\":\"1\"},\"data\":{%s}}";
    struct zjiot_hy_message message;
    char body[128];
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        snprintf(body, sizeof body, form, refused[i], "\"stat\":1");
        read_up(body, &message);
        assert_int_equal(zjiot_hy_track_says(&message, 0), ZJIOT_HY_SAYS_REFUSED);
    }
    for (size_t i = 0; i < sizeof done / sizeof done[0]; i++) {
        snprintf(body, sizeof body, form, done[i], i % 2 ? "" : "\"stat\":2");
        read_up(body, &message);
        assert_int_equal(zjiot_hy_track_says(&message, 0), ZJIOT_HY_SAYS_DONE);
    }
    assert_int_equal(zjiot_hy_track_says(&message, 1), ZJIOT_HY_SAYS_NOTHING);
}

/* Readings come as reports: of an open read_now by order, else by themselves. */
static void reports_confirm_read_now(void **state) {
    (void)state;
    static struct conversation talk;
    struct zjiot_hy_message request;
    struct zjiot_track_match match;
    static const char report[] = GW(20) "{\"meter_id\":\"23227310200800\",\"meter_data\":[\"" OPENED "\"]}}";
    begin(&talk);
    assert_int_equal(hear(&talk, report, 0, 0, &match), ZJIOT_TRACK_FOREIGN);
    zjiot_hy_read_now(&request, GATEWAY, ZJIOT_HY_READ_COPY);
    const uint64_t handle = ask(&talk, &request, 0);
    assert_int_equal(hear(&talk, GW(18) "{\"stat\":2}}", 0, 10, &match), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.accepted);
    assert_int_equal(hear(&talk, report, 0, 20, &match), ZJIOT_TRACK_GUESSED);
    assert_true(match.request.open && match.request.answers == 1);
    assert_int_equal(hear(&talk, report, 0, 30, &match), ZJIOT_TRACK_DUPLICATE);
    assert_int_equal(zjiot_track_close(&talk.table, 40, handle), 0);
}

static void only_requests_are_tracked(void **state) {
    (void)state;
    struct zjiot_hy_message message;
    struct zjiot_hy_key key;
    struct zjiot_track_request entry;
    struct zjiot_track_reply reply;
    zjiot_hy_read_now(&message, GATEWAY, 0);
    assert_int_equal(zjiot_hy_track_count(&message), 0);
    assert_int_equal(zjiot_hy_track_reply(&message, 0, &key, &reply, &error), ZJIOT_ARG);
    read_up(GW(70) "{}}", &message);
    assert_true(zjiot_hy_is_last_will(&message));
    assert_int_equal(zjiot_hy_track_request(&message, 0, &key, &entry, &error), ZJIOT_ARG);
    char topic[ZJIOT_HY_TOPIC_SIZE];
    written(&message, topic);
    assert_string_equal(topic, UP_TOPIC "/");
}

/* Slash and number belong together; without a topic nothing is missed. */
static void a_last_will_has_a_topic_of_its_own(void **state) {
    (void)state;
    static const struct {
        const char *topic, *body, *found;
    } rows[] = {
        {UP_TOPIC "/", GW(70) "{}}", NULL},
        {NULL, GW(70) "{}}", NULL},
        {UP_TOPIC, GW(70) "{}}", "no slash at the end"},
        {"hy/gw/get/" GATEWAY, GW(70) "{}}", "a topic of requests"},
        {UP_TOPIC "/", GW(18) "{\"stat\":2}}", "a slash at the end"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct zjiot_hy_message message;
        struct zjiot_deviation items[4];
        struct zjiot_report report = {items, 4, 0};
        assert_int_equal(zjiot_hy_decode(rows[i].topic, rows[i].body, strlen(rows[i].body), NULL, fresh_pool(),
                                         &message, &report, NULL, &error),
                         0);
        assert_int_equal(report.count, rows[i].found != NULL);
        if (rows[i].found == NULL)
            continue;
        assert_int_equal(items[0].code, ZJIOT_CONST);
        assert_string_equal(items[0].path, "topic");
        assert_string_equal(items[0].found, rows[i].found);
    }
}

/* It has the form of a gateway's topic, but for a character that no topic has. */
static void a_topic_that_cannot_be_one_is_reported(void **state) {
    (void)state;
    static const char topic[] = "hy/gw/set/0234\x01";
    static const char body[] = GW(1) "{}}";
    struct zjiot_hy_message message;
    struct zjiot_deviation deviations[8];
    struct zjiot_report report = {deviations, 8, 0};
    unsigned found = 0;
    assert_int_equal(zjiot_hy_decode(topic, body, sizeof body - 1, NULL, fresh_pool(), &message, &report, NULL, &error),
                     0);
    for (size_t i = 0; i < report.count; i++)
        found += deviations[i].code == ZJIOT_UNKNOWN && strcmp(deviations[i].path, "topic") == 0;
    assert_int_equal(found, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_now_is_the_documents),
        cmocka_unit_test(valve_takes_kind_and_port_of_the_meter),
        cmocka_unit_test(meter_id_is_taken_apart),
        cmocka_unit_test(frames_are_found_in_their_text),
        cmocka_unit_test(damage_is_told_where_it_stands),
        cmocka_unit_test(damaged_digits_are_kept),
        cmocka_unit_test(a_wrong_sum_is_an_error_of_its_frame),
        cmocka_unit_test(frames_are_of_the_meter),
        cmocka_unit_test(keys_stay_hidden),
        cmocka_unit_test(accepted_is_not_yet_done),
        cmocka_unit_test(a_refusal_ends_it),
        cmocka_unit_test(another_meter_is_no_answer),
        cmocka_unit_test(reports_confirm_read_now),
        cmocka_unit_test(a_last_will_has_a_topic_of_its_own),
        cmocka_unit_test(an_answer_to_another_command_is_none),
        cmocka_unit_test(an_error_of_the_meter_is_an_answer_that_failed),
        cmocka_unit_test(what_carries_no_frame_confirms_nothing),
        cmocka_unit_test(a_failure_is_told_from_an_answer),
        cmocka_unit_test(only_requests_are_tracked),
        cmocka_unit_test(a_topic_that_cannot_be_one_is_reported),
        cmocka_unit_test(the_last_number_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
