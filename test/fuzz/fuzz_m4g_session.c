/* A connection with a 4G module: the first byte chooses role, strictness, what is left to the caller and whether the
 * session sent commands before; the second the largest object; the rest is the stream. The events do not depend on
 * where it is cut, and what is answered is a message. */
#include "oracle.h"

enum { SIZE_MAX_EVERY = 200, SIZE_MAX_ALL = 4096, CUTS = 48, TRACKED = 8 };

enum { MODULE = 1, STRICT = 2, LEAVE = 4, COMMANDS = 8 };

struct entry {
    int kind, code, verdict, type;
    uint64_t offset, user;
    size_t size, answer_size, deviations;
    char answer[ZJIOT_M4G_ANSWER_SIZE];
};

struct log {
    struct entry entries[SIZE_MAX_ALL + 4];
    size_t count;
};

struct side {
    struct zjiot_m4g_session session;
    struct zjiot_track track;
    struct log *log;
};

static void send_commands(struct side *side, bool is_module) {
    static const struct zjiot_m4g_message from_cloud[] = {{.type = ZJIOT_M4G_INFO}, {.type = ZJIOT_M4G_INFO}};
    static const struct zjiot_m4g_message from_module[] = {
        {.type = ZJIOT_M4G_PUSH_ONLINE, .data.push_online = {.imei = "865501040783269", .packnum = 7, .st0 = 1}},
        {.type = ZJIOT_M4G_PUSH_ONLINE, .data.push_online = {.imei = "865501040783269", .packnum = 8, .st0 = 1}},
    };
    char out[256];
    for (uint64_t i = 0; i < 2; i++)
        CHECK(zjiot_m4g_session_send(&side->session, 0, is_module ? &from_module[i] : &from_cloud[i], i + 1, out,
                                     sizeof out, NULL, NULL) > 0);
}

static void start(struct side *side, const uint8_t *data, struct log *log) {
    static uint64_t storage[ZJIOT_TRACK_SIZE(TRACKED, ZJIOT_M4G_KEY_SIZE, 0) / 8 + 1];
    const struct zjiot_track_config track = {.capacity = TRACKED, .key_size = ZJIOT_M4G_KEY_SIZE, .remember = 1000};
    const struct zjiot_m4g_config config = {
        .role = data[0] & MODULE ? ZJIOT_M4G_MODULE : ZJIOT_M4G_CLOUD,
        .strict = (data[0] & STRICT) != 0,
        .leave = data[0] & LEAVE ? ZJIOT_M4G_LEAVE_ALL : 0,
        .object_max = data[1] < 2 ? 0 : 16u * data[1],
        .track = &side->track,
    };
    CHECK(zjiot_track_init(&side->track, &track, storage, sizeof storage, NULL) == 0);
    CHECK(zjiot_m4g_session_init(&side->session, &config, 0, NULL) == 0);
    side->log = log;
    log->count = 0;
    if (data[0] & COMMANDS)
        send_commands(side, config.role == ZJIOT_M4G_MODULE);
}

static void check_answer(const struct zjiot_m4g_event *event) {
    static _Alignas(16) unsigned char memory[4096];
    struct zjiot_pool pool;
    struct zjiot_m4g_message answer;
    const struct zjiot_options strict = {.strict = true};
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    CHECK(zjiot_m4g_decode(NULL, event->answer, event->answer_size, &strict, &pool, &answer, NULL, NULL, NULL) == 0);
    CHECK(answer.type == event->message.type + 1);
}

static void keep(struct log *log, const struct zjiot_m4g_event *event, size_t deviations) {
    struct entry *entry = &log->entries[log->count++];
    CHECK(log->count <= sizeof log->entries / sizeof *log->entries);
    memset(entry, 0, sizeof *entry);
    entry->kind = (int)event->kind;
    entry->offset = event->offset * (event->size > 0);
    entry->size = event->size;
    entry->code = event->kind == ZJIOT_M4G_REFUSED   ? event->error.code
                  : event->kind == ZJIOT_M4G_SKIPPED ? event->why
                                                     : 0;
    if (event->kind != ZJIOT_M4G_MESSAGE)
        return;
    entry->type = (int)event->message.type;
    entry->deviations = deviations;
    entry->verdict = (int)event->match.verdict;
    entry->user = event->match.request.user;
    entry->answer_size = event->answer_size;
    memcpy(entry->answer, event->answer, event->answer_size);
    if (event->answer_size > 0)
        check_answer(event);
}

/* Pulls what there is up to `size`; *at: bytes taken so far. */
static void pull_all(struct side *side, const char *text, size_t size, bool end, size_t *at) {
    static _Alignas(16) unsigned char memory[1 << 16];
    static struct zjiot_m4g_event event;
    const struct zjiot_m4g_time time = {1000, 1700000000};
    int code;
    do {
        struct zjiot_pool pool;
        struct zjiot_report report = {NULL, 0, 0};
        zjiot_pool_fixed(&pool, memory, sizeof memory);
        code = zjiot_m4g_session_pull(&side->session, &time, text + *at, size - *at, end, &pool, &event, &report, NULL);
        CHECK(code == 0 || code == 1);
        CHECK(event.taken <= size - *at);
        *at += event.taken;
        if (code == 1)
            keep(side->log, &event, report.count);
    } while (code == 1);
    CHECK(!end || *at == size);
}

/* The bytes arrive in pieces of `step`, the first one of `first`. */
static void run(const uint8_t *data, size_t size, size_t first, size_t step, struct log *log) {
    struct side side;
    const char *text = (const char *)data + 2;
    size_t at = 0;
    start(&side, data, log);
    for (size_t have = first; have < size; have += step)
        pull_all(&side, text, have, false, &at);
    pull_all(&side, text, size, false, &at);
    pull_all(&side, text, size, true, &at);
}

static void check_same(const struct log *one, const struct log *two) {
    CHECK(one->count == two->count);
    CHECK(memcmp(one->entries, two->entries, one->count * sizeof *one->entries) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct log whole, cut;
    if (size < 2 || size > SIZE_MAX_ALL)
        return 0;
    size -= 2;
    run(data, size, size, 1, &whole);
    const size_t step = size > SIZE_MAX_EVERY ? size / CUTS : 1;
    for (size_t at = 1; at < size; at += step) {
        run(data, size, at, size, &cut);
        check_same(&cut, &whole);
    }
    run(data, size, 1, size > SIZE_MAX_EVERY ? 7 : 1, &cut);
    check_same(&cut, &whole);
    return 0;
}
