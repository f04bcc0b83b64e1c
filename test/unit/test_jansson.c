/* Messages to and from jansson's trees: every vector goes there and back. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/jansson.h"
#include "zjiot/zjiot.h"

enum { BODY_MAX = 1 << 16 };

static uint8_t written[BODY_MAX];
static struct zjiot_error error;
static int failures;

static void tell(const char *what, const json_t *line) {
    const char *topic = vector_text(line, "topic");
    print_error("%s: %s %s\n", what, topic[0] != '\0' ? topic : vector_text(line, "hex"), error.text);
    failures++;
}

/* Decodes, makes a tree, makes a message of the tree and writes it. Returns its bytes, or a code. */
static int64_t there_and_back(const struct zjiot_protocol *protocol, const struct zjiot_input *input,
                              struct zjiot_pool *pool, struct zjiot_message *message) {
    const struct zjiot_options show = {.show_secrets = true};
    struct zjiot_message again;
    const struct zjiot_outcome outcome = {.message = message, .input = *input};
    json_t *tree = zjiot_to_jansson(&outcome, &show, &error);
    assert_non_null(tree);
    assert_string_equal(json_string_value(json_object_get(tree, "protocol")), protocol->name);
    assert_int_equal(zjiot_prepare(protocol, message->data.record, pool, &again, &error), 0);
    const int code = zjiot_from_jansson(&again, tree, pool, &error);
    json_decref(tree);
    return code != 0 ? code : zjiot_encode(&again, NULL, NULL, written, sizeof written, &error);
}

static void check_body(const json_t *line) {
    const struct zjiot_protocol *protocol = zjiot_protocol_find("zhenjiang");
    const char *body = vector_text(line, "payload");
    const struct zjiot_input input = {vector_text(line, "topic"), (const uint8_t *)body, strlen(body)};
    const struct zjiot_options strict = {.strict = true};
    struct zjiot_message message;
    struct zjiot_pool *pool = fresh_pool();
    if (zjiot_decode(protocol, &input, &strict, pool, &message, NULL, NULL, &error) != 0)
        return; /* a deviation: it may not be written */
    const int64_t size = there_and_back(protocol, &input, pool, &message);
    json_t *one = json_loads(body, JSON_DECODE_INT_AS_REAL, NULL);
    json_t *two = size > 0 ? json_loadb((const char *)written, (size_t)size, JSON_DECODE_INT_AS_REAL, NULL) : NULL;
    if (!json_equal(one, two))
        tell("is not what it was", line);
    json_decref(one);
    json_decref(two);
}

static void bodies_come_back(void **state) {
    (void)state;
    static const char *const files[] = {"zhenjiang/examples.jsonl", "zhenjiang/limits.jsonl"};
    size_t count = 0;
    failures = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        json_t *lines = vectors_read(files[i]);
        assert_non_null(lines);
        for (size_t j = 0; j < json_array_size(lines); j++, count++)
            check_body(json_array_get(lines, j));
        json_decref(lines);
    }
    assert_true(count > 150);
    assert_int_equal(failures, 0);
}

static struct zjiot_pool *memory; /* of the message that was prepared last */

static struct zjiot_message *prepared(const char *protocol, const char *name, enum zjiot_direction direction) {
    static struct zjiot_message message;
    const struct zjiot_protocol *of = zjiot_protocol_find(protocol);
    memory = fresh_pool();
    assert_int_equal(zjiot_prepare(of, zjiot_record_find(of, name, direction), memory, &message, &error), 0);
    return &message;
}

static const struct zjiot_message *lamp(void) {
    return prepared("nb", "set_lamp", ZJIOT_DOWN);
}

static int count_leaf(const struct zjiot_leaf *leaf, void *context) {
    char *seen = context;
    const size_t used = strlen(seen);
    snprintf(seen + used, 512 - used, "%s=%s;", leaf->path,
             leaf->text != NULL ? leaf->text
             : leaf->absent     ? "(absent)"
                                : "(null)");
    return strcmp(leaf->path, "stop") == 0 ? 7 : 0;
}

static void leaves_have_paths_and_texts(void **state) {
    (void)state;
    char seen[512] = "";
    json_t *tree = json_loads("{\"a\":[{\"b\":1},{\"b\":-2.5}],\"c\":{\"value\":3.5,\"unit\":\"m3\"},\"d\":[],"
                              "\"e\":null,\"f\":true,\"l\":null,\"l_quality\":\"not_provided\",\"m\":1,\"m_quality\":"
                              "\"good\",\"g\":{\"h\":\"x\"},\"i\":{\"value\":null,\"unit\":\"V\"},"
                              "\"n\":{\"value\":null,\"unit\":\"V\",\"quality\":\"not_provided\"},"
                              "\"o\":null,\"o_quality\":\"invalid\","
                              "\"j\":1e300,\"stop\":\"here\",\"k\":1}",
                              0, NULL);
    assert_int_equal(zjiot_jansson_leaves(lamp(), tree, count_leaf, seen, &error), 7);
    assert_string_equal(seen, "a[0].b=1;a[1].b=-2.5;c=3.5 m3;d=[];e=(null);f=true;l=(absent);m=1;m_quality=good;g.h=x;"
                              "i=(null);n=(absent);o=(null);j=1e300;stop=here;");
    json_decref(tree);
}

static void a_deep_tree_is_refused(void **state) {
    (void)state;
    char seen[512] = "";
    json_t *tree = json_integer(1);
    for (int i = 0; i < 500; i++)
        tree = json_pack("{so}", "deep", tree);
    assert_int_equal(zjiot_jansson_leaves(lamp(), tree, count_leaf, seen, &error), ZJIOT_LENGTH);
    json_decref(tree);
}

static void wrong_members_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *tree;
        enum zjiot_code code;
        const char *path;
    } cases[] = {
        {"{\"brightnes\":1}", ZJIOT_UNKNOWN, "brightnes"},
        {"{\"brightness\":101}", ZJIOT_RANGE, "brightness"},
        {"{\"brightness\":\"x\"}", ZJIOT_TYPE, "brightness"},
        {"{\"data\":{\"brightness\":1},\"header\":{\"extra\":0}}", ZJIOT_RANGE, "header.extra"},
        {"{\"data\":{\"sn\":\"fffefdfc\"}}", ZJIOT_UNKNOWN, "data.sn"},
        {"{\"data\":{\"brightness\":true}}", ZJIOT_TYPE, "data.brightness"},
        {"{\"data\":{\"brightness\":1},\"context\":{\"extra\":1}}", ZJIOT_UNKNOWN, "context"},
        {"{\"data\":{\"brightness\":1},\"error\":1}", ZJIOT_UNKNOWN, "error"},
        {"{\"data\":{\"brightness\":1},\"header\":1}", ZJIOT_TYPE, "header"},
        {"{\"nbid\":\"\\u0000\"}", ZJIOT_TYPE, "nbid"},
        {"{\"header\":{\"sn\":\"fffefdfc\\u000000\"}}", ZJIOT_TYPE, "header.sn"},
        {"{\"brightness\":{\"value\":\"1\\u00002\",\"unit\":\"%\"}}", ZJIOT_TYPE, "brightness"},
        {"{\"brightness\":{\"value\":1,\"unit\":\"%\\u0000\"}}", ZJIOT_TYPE, "brightness"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zjiot_message *message = prepared("nb", "set_lamp", ZJIOT_DOWN);
        json_t *tree = json_loads(cases[i].tree, JSON_ALLOW_NUL, NULL);
        const int code = zjiot_from_jansson(message, tree, memory, &error);
        if (code != (int)cases[i].code)
            print_error("%s\n", cases[i].tree);
        assert_int_equal(code, cases[i].code);
        assert_string_equal(error.path, cases[i].path);
        json_decref(tree);
    }
}

/* As decode calls them wrong types; the tree has the form of the rows, or is refused. */
static void another_form_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *name, *tree;
        enum zjiot_code code;
        const char *path;
    } cases[] = {
        {"ctlOnOff", "{\"switch\":{\"id\":1,\"opt\":0}}", ZJIOT_UNKNOWN, "switch.id"},
        {"ctlOnOff", "{\"switch\":{}}", ZJIOT_TYPE, "switch"},
        {"ctlOnOff", "{\"switch\":5}", ZJIOT_TYPE, "switch"},
        {"ctlOnOff", "{\"switch\":[5]}", ZJIOT_TYPE, "switch[0]"},
        {"ctlOnOff", "{\"switch\":[[{\"id\":1}]]}", ZJIOT_UNKNOWN, "switch[0][0].id"},
        {"setRunningParam", "{\"coord\":[]}", ZJIOT_TYPE, "coord"},
        {"setRunningParam", "{\"coord\":{\"lng\":{}}}", ZJIOT_TYPE, "coord.lng"},
        {"setRunningParam", "{\"coord\":{}}", ZJIOT_OK, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *tree = json_loads(cases[i].tree, 0, NULL);
        struct zjiot_message *message = prepared("zhenjiang", cases[i].name, ZJIOT_DOWN);
        error = (struct zjiot_error){.code = ZJIOT_OK};
        if (zjiot_from_jansson(message, tree, memory, &error) != (int)cases[i].code)
            print_error("%s\n", cases[i].tree);
        assert_int_equal(error.code, cases[i].code);
        assert_string_equal(error.path, cases[i].path);
        json_decref(tree);
    }
}

/* A truth is a number where a frame has no truths; a JSON row is of one or of the other. */
static void truths_are_numbers_of_frames(void **state) {
    (void)state;
    json_t *tree = json_loads("{\"switch\":true,\"brightness\":0,\"extra\":1}", 0, NULL);
    struct zjiot_message *message = prepared("nb", "set_lamp", ZJIOT_DOWN);
    assert_int_equal(zjiot_from_jansson(message, tree, memory, &error), 0);
    assert_int_equal(((struct zjiot_nb_message *)message->typed)->data.set_lamp.switch_state, 1);
    json_decref(tree);
    tree = json_loads("{\"voltage\":{},\"energy\":{},\"loop\":[{\"hopping\":true}]}", 0, NULL);
    message = prepared("zhenjiang", "setLoopParam", ZJIOT_DOWN);
    assert_int_equal(zjiot_from_jansson(message, tree, memory, &error), ZJIOT_TYPE);
    assert_string_equal(error.path, "loop[0].hopping");
    json_decref(tree);
}

/* A record and a body both have a header; what a record says besides has nothing to be set. */
static void a_body_has_a_header(void **state) {
    (void)state;
    static const char *const trees[] = {
        "{\"header\":{\"serial_id\":\"x\",\"unix_milli\":7},\"data\":{\"now\":5}}",
        "{\"data\":{\"now\":5},\"context\":{\"serial_id\":\"x\",\"unix_milli\":7}}",
        ("{\"protocol\":\"zhenjiang\",\"message\":\"setTimer\",\"context\":{\"serial_id\":\"x\",\"unix_milli\":7},"
         "\"data\":{\"now\":5}}"),
        "{\"ok\":true,\"received\":1,\"data\":{\"now\":5},\"header\":{\"serial_id\":\"x\",\"unix_milli\":7}}",
    };
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        json_t *tree = json_loads(trees[i], 0, NULL);
        struct zjiot_message *message = prepared("zhenjiang", "setTimer", ZJIOT_DOWN);
        const struct zjiot_zhenjiang_message *typed = message->typed;
        assert_int_equal(zjiot_from_jansson(message, tree, memory, &error), 0);
        assert_string_equal(typed->context.serial_id, "x");
        assert_int_equal(typed->context.unix_milli, 7);
        assert_int_equal(typed->data.set_timer.now, 5);
        json_decref(tree);
    }
}

#define UP_CONTEXT(command)                                                                                            \
    "{\"context\":{\"dev_attr\":3,\"dev_id\":\"010000002934857620\",\"cmd\":\"" command "\",\"unix_milli\":1,"         \
    "\"serial_id\":\"s\",\"status\":1,\"detail\":\"\"},\"data\":"

/* Upward zero and empty stand for what there is no value of, which a record says as null with its quality. */
static void what_is_not_provided_comes_back(void **state) {
    (void)state;
    static const char *const bodies[][2] = {
        {"heartbeat", UP_CONTEXT("heartbeat") "{\"net_type\":0,\"signal\":0,\"remote\":\"\",\"time\":0}}"},
        {"getCommParam", UP_CONTEXT("getCommParam") "{\"ip\":\"\",\"port\":0,\"apn\":\"\",\"username\":\"\","
                                                    "\"password\":\"\"}}"},
        {"getTimetable", UP_CONTEXT("getTimetable") "{\"timetable\":[{\"dt\":\"\",\"do\":[{\"switch_id\":1,\"type\":1,"
                                                    "\"time\":\"\"},{\"switch_id\":2,\"type\":4}]}]}}"},
        {"getLoopParam",
         UP_CONTEXT("getLoopParam") "{\"energy\":{\"ratio_a\":0,\"ratio_b\":0,\"ratio_c\":0},\"voltage\":{"
                                    "\"up_limit\":0,\"up_limit_dispel\":0,\"low_limit\":0,\"low_limit_dispel\":0},"
                                    "\"loop\":[{\"loop_id\":1,\"switch_id\":1,"
                                    "\"phase\":1,\"hopping\":0,\"ratio\":1,\"levels\":[{\"dt_start\":\"\",\"dt_end\":"
                                    "\"\",\"up_limit\":0,"
                                    "\"up_limit_dispel\":0,\"low_limit\":0,\"low_limit_dispel\":0}]}]}}"},
    };
    const struct zjiot_protocol *protocol = zjiot_protocol_find("zhenjiang");
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char topic[ZJIOT_TOPIC_SIZE];
        struct zjiot_message message;
        const char *body = bodies[i][1];
        const struct zjiot_input input = {topic, (const uint8_t *)body, strlen(body)};
        const struct zjiot_options strict = {.strict = true};
        memory = fresh_pool();
        snprintf(topic, sizeof topic, "up/json/01/%s/010000002934857620", bodies[i][0]);
        assert_int_equal(zjiot_decode(protocol, &input, &strict, memory, &message, NULL, NULL, &error), 0);
        assert_int_equal(there_and_back(protocol, &input, memory, &message), strlen(body));
        assert_memory_equal(written, body, strlen(body));
    }
}

static void check_frame(const struct zjiot_protocol *protocol, const json_t *line) {
    uint8_t bytes[VECTOR_BYTES_MAX];
    struct zjiot_deviation items[16];
    struct zjiot_report report = {items, 16, 0};
    struct zjiot_message message;
    struct zjiot_pool *pool = fresh_pool();
    const int64_t size = vector_bytes(line, bytes);
    if (size < 0)
        return;
    const struct zjiot_input input = {NULL, bytes, (size_t)size};
    if (zjiot_decode(protocol, &input, NULL, pool, &message, &report, NULL, &error) != 0 || report.count > 0 ||
        why_not_canonical(&message, &report) != NULL)
        return;
    const int64_t count = there_and_back(protocol, &input, pool, &message);
    if (count != size || memcmp(written, bytes, (size_t)size) != 0)
        tell("is not what it was", line);
}

static void frames_come_back(void **state) {
    (void)state;
    failures = 0;
    for (size_t i = 0; i < VECTOR_FILES; i++) {
        if (strcmp(vector_files[i].protocol, "nb") != 0)
            continue;
        json_t *lines = vectors_read(vector_files[i].name);
        assert_non_null(lines);
        for (size_t j = 0; j < json_array_size(lines); j++)
            check_frame(zjiot_protocol_find(vector_files[i].protocol), json_array_get(lines, j));
        json_decref(lines);
    }
    assert_int_equal(failures, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_come_back),
        cmocka_unit_test(frames_come_back),
        cmocka_unit_test(leaves_have_paths_and_texts),
        cmocka_unit_test(a_deep_tree_is_refused),
        cmocka_unit_test(wrong_members_are_refused),
        cmocka_unit_test(another_form_is_refused),
        cmocka_unit_test(truths_are_numbers_of_frames),
        cmocka_unit_test(a_body_has_a_header),
        cmocka_unit_test(what_is_not_provided_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
