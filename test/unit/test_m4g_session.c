/* Conversations with a 4G module: every vector, with the same events however the bytes are cut. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "m4g/m4g.h"
#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

enum { BUFFER_MAX = 1 << 17, STEPS_MAX = 64, REPORT_MAX = 16, TRACKED = 16, BASE_MS = 5000 };

/* One side of a conversation, and what it says of each step. */
struct player {
    struct zjiot_m4g_session session;
    struct zjiot_track track;
    struct zjiot_pool pool;
    char buffer[BUFFER_MAX];
    size_t size;
    struct zjiot_m4g_time time;
    struct zjiot_m4g_message messages[STEPS_MAX];
    size_t step;
    json_t *events; /* of the step */
};

static uint64_t storage[ZJIOT_TRACK_SIZE(TRACKED, ZJIOT_M4G_KEY_SIZE, 0) / 8 + 1];
static struct player player;

static void add(json_t *event) {
    assert_non_null(event);
    json_array_append_new(player.events, event);
}

static void add_sent(const char *bytes, size_t size) {
    add(json_pack("{so}", "sent", json_loadb(bytes, size, 0, NULL)));
}

static void add_reported(enum zjiot_code code, const char *path) {
    add(json_pack("{ssss}", "reported", zjiot_code_name(code), "path", path));
}

/* The record of a message, as a tree. */
static json_t *record_of(struct zjiot_m4g_message *message) {
    static char text[BUFFER_MAX];
    struct zjiot_message view;
    zj_view(&zj_m4g_protocol, message, &view);
    const struct zjiot_outcome outcome = {.message = &view, .input = {NULL, (const uint8_t *)"", 0}};
    const int64_t size = zjiot_record_write(&outcome, NULL, false, text, sizeof text, NULL);
    assert_true(size > 0);
    return json_loadb(text, (size_t)size, 0, NULL);
}

static void add_message(struct zjiot_m4g_event *event) {
    const bool is_match = event->match.verdict == ZJIOT_TRACK_EXACT || event->match.verdict == ZJIOT_TRACK_GUESSED;
    const char *imei = player.session.imei;
    player.messages[player.step] = event->message;
    add(json_pack("{sssososssoso}", "received", zj_m4g_records[event->message.type].name, "imei",
                  imei[0] != '\0' ? json_string(imei) : json_null(), "answers",
                  is_match ? json_integer((json_int_t)event->match.request.user) : json_null(), "match",
                  event->match.verdict == ZJIOT_TRACK_EXACT ? "exact" : "guessed", "record", record_of(&event->message),
                  "offset", json_integer((json_int_t)event->offset)));
    if (event->answer_size > 0)
        add_sent(event->answer, event->answer_size);
}

static void add_event(struct zjiot_m4g_event *event) {
    const char *why = event->why == ZJIOT_SKIPPED ? "garbage" : event->why == ZJIOT_SPACE ? "too large" : "cut";
    switch (event->kind) {
    case ZJIOT_M4G_MESSAGE:
        add_message(event);
        break;
    case ZJIOT_M4G_REFUSED:
        add_reported(event->error.code, event->error.path);
        break;
    case ZJIOT_M4G_SKIPPED:
        add(json_pack("{sIss}", "skipped", (json_int_t)event->size, "why", why));
        break;
    case ZJIOT_M4G_OFFLINE:
        add(json_pack("{sbss}", "offline", 1, "imei", player.session.imei));
        break;
    case ZJIOT_M4G_ONLINE:
        add(json_pack("{sb}", "online", 1));
        break;
    }
}

static void pull_all(bool end) {
    struct zjiot_m4g_event event;
    struct zjiot_deviation deviations[REPORT_MAX];
    struct zjiot_error error;
    int code;
    do {
        struct zjiot_report report = {deviations, REPORT_MAX, 0};
        code = zjiot_m4g_session_pull(&player.session, &player.time, player.buffer, player.size, end, &player.pool,
                                      &event, &report, &error);
        assert_true(code == 0 || code == 1);
        player.size -= event.taken;
        memmove(player.buffer, player.buffer + event.taken, player.size);
        for (size_t i = 0; code == 1 && event.kind == ZJIOT_M4G_MESSAGE && i < report.count; i++)
            add_reported(deviations[i].code, deviations[i].path);
        if (code == 1)
            add_event(&event);
    } while (code == 1);
}

static void feed(const char *text, size_t size) {
    assert_true(player.size + size <= sizeof player.buffer);
    memcpy(player.buffer + player.size, text, size);
    player.size += size;
    pull_all(false);
}

/* `first` bytes, then `rest` at a time. */
static void feed_cut(const char *text, size_t size, size_t first, size_t rest) {
    first = first < size ? first : size;
    feed(text, first);
    for (size_t at = first, part; at < size; at += part) {
        part = size - at < rest ? size - at : rest;
        feed(text + at, part);
    }
}

/* --- Steps --- */

static void add_refused(int64_t code) {
    add(json_pack("{ss}", "refused", zjiot_code_name((int)code)));
}

/* Builds the message of a command; NULL, its refusal added, when there is none such. */
static struct zjiot_m4g_message *build(const json_t *command) {
    const char *key;
    json_t *value;
    struct zjiot_message message;
    struct zjiot_error error;
    const struct zjiot_record *record = zjiot_record_find(&zj_m4g_protocol, vector_text(command, "cmd"), ZJIOT_BOTH);
    if (record == NULL) {
        add_refused(ZJIOT_UNKNOWN);
        return NULL;
    }
    assert_int_equal(zjiot_prepare(&zj_m4g_protocol, record, &player.pool, &message, &error), 0);
    json_object_foreach((json_t *)(uintptr_t)command, key, value) {
        char number[32];
        const json_t *leaf = json_is_array(value) ? json_array_get(value, 0) : value;
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(leaf));
        assert_int_equal(
            zjiot_set(&message, key, json_is_string(leaf) ? json_string_value(leaf) : number, &player.pool, &error), 0);
    }
    return message.typed;
}

static void command(const json_t *step) {
    static char out[BUFFER_MAX];
    struct zjiot_error error;
    const struct zjiot_m4g_message *message = build(step);
    if (message == NULL)
        return;
    const int64_t size =
        zjiot_m4g_session_send(&player.session, player.time.now, message, player.step, out, sizeof out, NULL, &error);
    if (size < 0)
        add_refused(size);
    else
        add_sent(out, (size_t)size);
}

static void acknowledge(size_t step) {
    char out[ZJIOT_M4G_ANSWER_SIZE];
    struct zjiot_m4g_message answer;
    assert_int_equal(zjiot_m4g_answer(&player.messages[step], player.time.unix_seconds, &answer, NULL), 0);
    const int64_t size = zjiot_m4g_encode(&answer, out, sizeof out, NULL);
    assert_true(size > 0);
    add_sent(out, (size_t)size);
}

static void start(const json_t *line) {
    struct zjiot_track_config track = {.capacity = TRACKED, .key_size = ZJIOT_M4G_KEY_SIZE, .remember = 60000};
    struct zjiot_m4g_config config = {.track = &player.track, .connection = 7, .timeout = 1000000};
    if (strcmp(vector_text(line, "role"), "module") == 0)
        config.role = ZJIOT_M4G_MODULE;
    if (strcmp(vector_text(line, "acknowledge"), "caller") == 0)
        config.leave = ZJIOT_M4G_LEAVE_ALL;
    assert_int_equal(zjiot_track_init(&player.track, &track, storage, sizeof storage, NULL), 0);
    assert_int_equal(zjiot_m4g_session_init(&player.session, &config, BASE_MS, NULL), 0);
    zjiot_pool_reset(&player.pool);
    player.size = 0;
}

/* Plays a line with its bytes cut so; the events of each step. */
static json_t *play(const json_t *line, size_t first, size_t rest) {
    const json_t *steps = json_object_get(line, "steps");
    const json_int_t clock = json_integer_value(json_object_get(line, "clock"));
    json_t *log = json_array();
    start(line);
    for (player.step = 0; player.step < json_array_size(steps); player.step++) {
        const json_t *step = json_array_get(steps, player.step);
        const json_int_t at = json_integer_value(json_object_get(step, "at"));
        const json_t *in = json_object_get(step, "in");
        assert_true(player.step < STEPS_MAX);
        player.time = (struct zjiot_m4g_time){BASE_MS + (uint64_t)at * 1000, clock + at};
        player.events = json_array();
        if (in != NULL)
            feed_cut(json_string_value(in), json_string_length(in), first, rest);
        else if (json_object_get(step, "command") != NULL)
            command(json_object_get(step, "command"));
        else if (json_object_get(step, "acknowledge") != NULL)
            acknowledge((size_t)json_integer_value(json_object_get(step, "acknowledge")));
        else
            pull_all(json_is_true(json_object_get(step, "close")));
        json_array_append_new(log, player.events);
    }
    return log;
}

/* --- What is expected --- */

static const char *const kinds[] = {"received", "sent", "reported", "skipped", "offline", "online", "refused"};

static bool is_member(const json_t *event, const json_t *wanted, const char *key) {
    const json_t *value = json_object_get(wanted, key);
    return value == NULL || json_equal(value, json_object_get(event, key));
}

static bool same_path(const char *is, const char *wanted) {
    return wanted[0] == '\0' || strcmp(is, wanted) == 0;
}

static bool is_event(const json_t *event, const json_t *wanted, const char *kind) {
    const char *path;
    json_t *value;
    if (strcmp(kind, "reported") == 0 || strcmp(kind, "refused") == 0)
        return vector_one_of(vector_text(event, kind), vector_text(wanted, kind)) &&
               same_path(vector_text(event, "path"), vector_text(wanted, "path"));
    if (!is_member(event, wanted, kind) || !is_member(event, wanted, "imei") || !is_member(event, wanted, "answers") ||
        !is_member(event, wanted, "match") || !is_member(event, wanted, "why"))
        return false;
    json_object_foreach(
        json_object_get(wanted, "assert"), path,
        value) if (!json_equal(vector_member(json_object_get(event, "record"), path), value)) return false;
    return true;
}

/* The next event of a kind from *at on; NULL: none. */
static const json_t *next_of(const json_t *events, const char *kind, size_t *at) {
    while (*at < json_array_size(events)) {
        const json_t *event = json_array_get(events, (*at)++);
        if (json_object_get(event, kind) != NULL)
            return event;
    }
    return NULL;
}

static bool is_unchecked(const json_t *step, const char *kind) {
    const json_t *list = json_object_get(step, "unchecked");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), kind) == 0)
            return true;
    return false;
}

static int check_step(const json_t *line, const json_t *step, const json_t *events) {
    for (size_t i = 0; i < ZJ_COUNT(kinds); i++) {
        size_t is_at = 0;
        size_t wanted_at = 0;
        while (!is_unchecked(step, kinds[i])) {
            const json_t *is = next_of(events, kinds[i], &is_at);
            const json_t *wanted = next_of(json_object_get(step, "expect"), kinds[i], &wanted_at);
            if (is == NULL && wanted == NULL)
                break;
            if (is != NULL && wanted != NULL && is_event(is, wanted, kinds[i]))
                continue;
            char *text = json_dumps(events, JSON_COMPACT);
            print_error("%s, at %d: %s\n  %.800s\n", vector_text(line, "note"),
                        (int)json_integer_value(json_object_get(step, "at")), kinds[i], text);
            free(text);
            return 1;
        }
    }
    return 0;
}

static size_t longest_in(const json_t *line) {
    const json_t *steps = json_object_get(line, "steps");
    size_t longest = 1;
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const size_t size = json_string_length(json_object_get(json_array_get(steps, i), "in"));
        longest = size > longest ? size : longest;
    }
    return longest;
}

static int check_cut(const json_t *line, const json_t *whole, size_t first, size_t rest) {
    json_t *log = play(line, first, rest);
    const bool same = json_equal(log, whole);
    json_decref(log);
    if (!same)
        print_error("%s: cut at %zu, then %zu at a time: other events\n", vector_text(line, "note"), first, rest);
    return !same;
}

static int check_line(const json_t *line) {
    const json_t *steps = json_object_get(line, "steps");
    const size_t longest = longest_in(line);
    json_t *whole = play(line, SIZE_MAX, 1);
    int failures = 0;
    for (size_t i = 0; i < json_array_size(steps); i++)
        failures += check_step(line, json_array_get(steps, i), json_array_get(whole, i));
    for (size_t cut = 1; cut < longest && failures == 0; cut++)
        failures += check_cut(line, whole, cut, SIZE_MAX);
    for (size_t part = 1; part < 40 && part < longest && failures == 0; part++)
        failures += check_cut(line, whole, part, part);
    json_decref(whole);
    return failures;
}

static void vectors_at_every_cut(void **state) {
    (void)state;
    vectors_each("m4g/session.jsonl", 47, check_line);
}

/* --- Cases --- */

static const char ping[] = "{\"cmd\":\"ping\",\"IMEI\":\"865501040783269\"}";

static struct zjiot_m4g_event event;
static struct zjiot_error error;

static int pull(struct zjiot_m4g_session *session, uint64_t now, const char *text, bool end) {
    const struct zjiot_m4g_time time = {now, 1700000000};
    return zjiot_m4g_session_pull(session, &time, text, strlen(text), end, fresh_pool(), &event, NULL, &error);
}

static void init(struct zjiot_m4g_session *session, const struct zjiot_m4g_config *config) {
    assert_int_equal(zjiot_m4g_session_init(session, config, 0, &error), 0);
}

static void an_idle_session_is_small(void **state) {
    (void)state;
    assert_true(sizeof(struct zjiot_m4g_session) <= 512);
}

/* Offsets count the blanks that no event tells of. */
static void offsets_are_those_of_the_stream(void **state) {
    (void)state;
    static const char stream[] = " \n{\"cmd\":\"pong\"} xx{\"cmd\":\"info\"}";
    static const size_t wanted[][2] = {{2, 14}, {17, 2}, {19, 14}};
    struct zjiot_m4g_session session;
    init(&session, &(struct zjiot_m4g_config){.role = ZJIOT_M4G_MODULE});
    const char *at = stream;
    for (size_t i = 0; i < ZJ_COUNT(wanted); i++, at += event.taken) {
        assert_int_equal(pull(&session, 0, at, false), 1);
        assert_int_equal(event.offset, wanted[i][0]);
        assert_int_equal(event.size, wanted[i][1]);
    }
}

static void a_pool_too_small_changes_nothing(void **state) {
    (void)state;
    struct zjiot_m4g_session session;
    struct zjiot_pool small;
    char memory[8];
    const struct zjiot_m4g_time time = {1000, 1};
    init(&session, &(struct zjiot_m4g_config){.strict = true});
    zjiot_pool_fixed(&small, memory, sizeof memory);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            zjiot_m4g_session_pull(&session, &time, ping, sizeof ping - 1, false, &small, &event, NULL, &error),
            ZJIOT_SPACE);
        assert_int_equal(event.taken, 0);
    }
    assert_int_equal(pull(&session, 1000, ping, false), 1);
    assert_int_equal(event.kind, ZJIOT_M4G_MESSAGE);
    assert_int_equal(event.taken, sizeof ping - 1);
}

static void strict_refuses_and_does_not_answer(void **state) {
    (void)state;
    struct zjiot_m4g_session session;
    init(&session, &(struct zjiot_m4g_config){.strict = true});
    assert_int_equal(pull(&session, 0, ping, false), 1);
    assert_int_equal(event.kind, ZJIOT_M4G_MESSAGE);
    assert_int_equal(pull(&session, 0, "{\"cmd\":\"ping\",\"IMEI\":\"865501040783270\"}", false), 1);
    assert_int_equal(event.kind, ZJIOT_M4G_REFUSED);
    assert_int_equal(event.error.code, ZJIOT_CONST);
    assert_string_equal(event.error.path, "data.IMEI");
    assert_int_equal(event.answer_size, 0);
    assert_int_equal(pull(&session, 0, "{\"cmd\":\"pong\"}", false), 1);
    assert_int_equal(event.kind, ZJIOT_M4G_REFUSED);
}

/* Each kind of answer can be left to the caller by itself. */
static void some_answers_are_left(void **state) {
    (void)state;
    struct zjiot_m4g_session session;
    init(&session, &(struct zjiot_m4g_config){.leave = 1u << ZJIOT_M4G_PUSH_INFO});
    assert_int_equal(pull(&session, 0, ping, false), 1);
    assert_string_equal((event.answer[event.answer_size] = '\0', event.answer), "{\"cmd\":\"pong\"}");
    assert_int_equal(pull(&session, 0,
                          "{\"cmd\":\"push_info\",\"IMEI\":\"865501040783269\",\"CCID\":\"1\",\"location\":\"1,2\"}",
                          false),
                     1);
    assert_int_equal(event.kind, ZJIOT_M4G_MESSAGE);
    assert_int_equal(event.answer_size, 0);
}

/* A packnum that is none, or did not come, is not made up, and the event says so; whoever builds a message has one. */
static void packnums_that_are_none(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *answer;
        enum zjiot_code code;
    } cases[] = {
        {"{\"cmd\":\"push_online\",\"IMEI\":\"865501040783269\",\"packnum\":\"abc\",\"st0\":[1]}", "", ZJIOT_TYPE},
        {"{\"cmd\":\"push_online\",\"IMEI\":\"865501040783269\",\"st0\":[1]}", "", ZJIOT_MISSING},
        {"{\"cmd\":\"push_msg\",\"IMEI\":\"865501040783269\"}", "", ZJIOT_MISSING},
        {"{\"cmd\":\"push_msg\",\"IMEI\":\"865501040783269\",\"packnum\":null}", "", ZJIOT_MISSING},
        {"{\"cmd\":\"push_online\",\"IMEI\":\"865501040783269\",\"packnum\":\"-1\",\"st0\":[1]}", "", ZJIOT_RANGE},
        {"{\"cmd\":\"push_online\",\"IMEI\":\"865501040783269\",\"packnum\":\"4294967296\",\"st0\":[1]}", "",
         ZJIOT_RANGE},
        {"{\"cmd\":\"push_online\",\"IMEI\":\"865501040783269\",\"packnum\":\"0\",\"st0\":[1]}",
         "{\"cmd\":\"push_online_ack\",\"packnum\":\"0\"}", ZJIOT_OK},
        {"{\"cmd\":\"info_ack\",\"CCID\":\"8\"}", "", ZJIOT_OK}, /* none is due */
    };
    struct zjiot_m4g_session session;
    struct zjiot_m4g_message answer;
    const struct zjiot_m4g_message built = {.type = ZJIOT_M4G_PUSH_MSG, .data.push_msg.packnum = 7};
    init(&session, &(struct zjiot_m4g_config){.role = ZJIOT_M4G_CLOUD});
    for (size_t i = 0; i < ZJ_COUNT(cases); i++) {
        assert_int_equal(pull(&session, 0, cases[i].text, false), 1);
        assert_int_equal(event.kind, ZJIOT_M4G_MESSAGE);
        assert_int_equal(event.answer_size, strlen(cases[i].answer));
        assert_memory_equal(event.answer, cases[i].answer, event.answer_size);
        assert_int_equal(event.error.code, cases[i].code);
        assert_true(event.error.code == ZJIOT_OK || strcmp(event.error.path, "data.packnum") == 0);
    }
    assert_int_equal(zjiot_m4g_answer(&built, 0, &answer, &error), 0);
    assert_int_equal(answer.data.push_msg_ack.packnum, 7);
    /* What is left to the caller is no fault of the session's. */
    init(&session, &(struct zjiot_m4g_config){.role = ZJIOT_M4G_CLOUD, .leave = ZJIOT_M4G_LEAVE_ALL});
    assert_int_equal(pull(&session, 0, cases[0].text, false), 1);
    assert_int_equal(event.error.code, ZJIOT_OK);
}

static void commands_of_the_other_side_are_refused(void **state) {
    (void)state;
    struct zjiot_m4g_session session;
    char out[64];
    const struct zjiot_m4g_message to_send = {.type = ZJIOT_M4G_PONG};
    const struct zjiot_m4g_message not_ours = {.type = ZJIOT_M4G_PING};
    const struct zjiot_m4g_message nobody = {.type = ZJIOT_M4G_VERSION};
    init(&session, &(struct zjiot_m4g_config){.role = ZJIOT_M4G_CLOUD});
    assert_int_equal(zjiot_m4g_session_send(&session, 0, &to_send, 0, out, sizeof out, NULL, &error), 14);
    assert_int_equal(zjiot_m4g_session_send(&session, 0, &not_ours, 0, out, sizeof out, NULL, &error), ZJIOT_ARG);
    assert_int_equal(zjiot_m4g_session_send(&session, 0, &nobody, 0, out, sizeof out, NULL, &error), ZJIOT_MISSING);
    assert_int_equal(zjiot_m4g_session_send(&session, 0, &to_send, 0, out, 13, NULL, &error), ZJIOT_SPACE);
    assert_int_equal(error.need, 14);
}

static void wrong_configurations(void **state) {
    (void)state;
    struct zjiot_m4g_session session;
    struct zjiot_track track;
    const struct zjiot_track_config small = {.capacity = 1, .key_size = ZJIOT_M4G_KEY_SIZE - 1};
    assert_int_equal(zjiot_track_init(&track, &small, storage, sizeof storage, NULL), 0);
    assert_int_equal(zjiot_m4g_session_init(&session, &(struct zjiot_m4g_config){.track = &track}, 0, &error),
                     ZJIOT_ARG);
    assert_int_equal(zjiot_m4g_session_init(&session, &(struct zjiot_m4g_config){.object_max = 1}, 0, &error),
                     ZJIOT_ARG);
}

/* It is told once that a module is gone, whether by silence or by its connection, and when that is due. */
static void presence_is_told_once(void **state) {
    (void)state;
    struct zjiot_m4g_session session;
    init(&session, &(struct zjiot_m4g_config){.role = ZJIOT_M4G_CLOUD});
    assert_int_equal(zjiot_m4g_session_deadline(&session), ZJIOT_M4G_OFFLINE_MS);
    assert_int_equal(pull(&session, 1000, ping, false), 1);
    assert_int_equal(zjiot_m4g_session_deadline(&session), 1000 + ZJIOT_M4G_OFFLINE_MS);
    assert_int_equal(pull(&session, 1000 + ZJIOT_M4G_OFFLINE_MS - 1, "", false), 0);
    assert_int_equal(pull(&session, 1000 + ZJIOT_M4G_OFFLINE_MS, "", false), 1);
    assert_int_equal(event.kind, ZJIOT_M4G_OFFLINE);
    assert_true(zjiot_m4g_session_deadline(&session) == UINT64_MAX);
    assert_int_equal(pull(&session, 2000 + ZJIOT_M4G_OFFLINE_MS, "", false), 0);
    assert_int_equal(pull(&session, 2000 + ZJIOT_M4G_OFFLINE_MS, ping, false), 1);
    assert_int_equal(event.kind, ZJIOT_M4G_ONLINE);
    assert_int_equal(event.taken, 0);
    assert_int_equal(pull(&session, 2000 + ZJIOT_M4G_OFFLINE_MS, ping, false), 1);
    assert_int_equal(event.kind, ZJIOT_M4G_MESSAGE);
    assert_int_equal(pull(&session, 3000 + ZJIOT_M4G_OFFLINE_MS, "", true), 1);
    assert_int_equal(event.kind, ZJIOT_M4G_OFFLINE);
    assert_int_equal(pull(&session, 3000 + ZJIOT_M4G_OFFLINE_MS, "", true), 0);
    init(&session, &(struct zjiot_m4g_config){.role = ZJIOT_M4G_CLOUD, .silence = 500});
    assert_int_equal(zjiot_m4g_session_deadline(&session), 500);
    /* The caller was not looking. */
    zjiot_presence_hear(&session.presence, 400);
    assert_int_equal(pull(&session, 600, "", false), 0);
    assert_int_equal(pull(&session, 900, "", false), 1);
    assert_int_equal(event.kind, ZJIOT_M4G_OFFLINE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_at_every_cut),
        cmocka_unit_test(an_idle_session_is_small),
        cmocka_unit_test(offsets_are_those_of_the_stream),
        cmocka_unit_test(a_pool_too_small_changes_nothing),
        cmocka_unit_test(strict_refuses_and_does_not_answer),
        cmocka_unit_test(some_answers_are_left),
        cmocka_unit_test(packnums_that_are_none),
        cmocka_unit_test(commands_of_the_other_side_are_refused),
        cmocka_unit_test(wrong_configurations),
        cmocka_unit_test(presence_is_told_once),
    };
    zjiot_pool_growing(&player.pool, NULL, 64 << 20);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    zjiot_pool_release(&player.pool);
    return failed;
}
