/* A stream of bytes: its results do not depend on where it is cut, and no frame that stands alone is lost. */
#include "oracle.h"

enum { SIZE_MAX_ALL = 4096, WORK = 1 << 14 /* bytes that all cuts together may take */ };

struct event {
    int code;
    size_t offset, size, preamble;
};

struct log {
    struct event events[SIZE_MAX_ALL + 1];
    size_t count;
};

static void pull_all(const uint8_t *data, size_t size, bool end, size_t *at, struct log *log) {
    struct zjiot_cjt188_event event;
    int code;
    while ((code = zjiot_cjt188_pull(data + *at, size - *at, end, &event)) != 0) {
        CHECK(event.size > 0 && event.size <= size - *at && log->count <= SIZE_MAX_ALL);
        log->events[log->count++] = (struct event){code, *at, event.size, event.preamble};
        *at += event.size;
    }
    CHECK(!end || *at == size);
    CHECK(size - *at < ZJIOT_CJT188_WINDOW); /* or a caller's buffer would be full for ever */
}

/* The bytes arrive in two parts; 0 and `size` are the whole. */
static void run(const uint8_t *data, size_t size, size_t cut, struct log *log) {
    size_t at = 0;
    log->count = 0;
    if (cut < size)
        pull_all(data, cut, false, &at, log);
    pull_all(data, size, true, &at, log);
}

static void run_bytewise(const uint8_t *data, size_t size, struct log *log) {
    size_t at = 0;
    log->count = 0;
    for (size_t have = 1; have <= size; have++)
        pull_all(data, have, false, &at, log);
    pull_all(data, size, true, &at, log);
}

static void check_same(const struct log *one, const struct log *two) {
    CHECK(one->count == two->count);
    for (size_t i = 0; i < one->count; i++) {
        const struct event *a = &one->events[i];
        const struct event *b = &two->events[i];
        CHECK(a->code == b->code && a->offset == b->offset && a->size == b->size && a->preamble == b->preamble);
    }
}

/* Every cut of a short input; of a longer one so many that they cost the same, and others for each size, so that copies
 * that are a little longer or shorter make up for what is left out. */
static void check_cuts(const uint8_t *data, size_t size, const struct log *whole) {
    static struct log cut;
    const size_t step = 1 + size * size / WORK;
    for (size_t at = size % step; at < size; at += step) {
        run(data, size, at, &cut);
        check_same(&cut, whole);
    }
    run_bytewise(data, size, &cut);
    check_same(&cut, whole);
}

/* The size of the frame whose 68 stands at `at`, 0 when none does. */
static size_t frame_at(const uint8_t *data, size_t size, size_t at) {
    struct zjiot_cjt188_message message;
    if (data[at] != 0x68 || size - at < ZJIOT_CJT188_OVERHEAD)
        return 0;
    const size_t whole = ZJIOT_CJT188_OVERHEAD + (size_t)data[at + 10];
    if (whole > size - at || zjiot_cjt188_decode(data + at, whole, NULL, &message, NULL, NULL, NULL) != 0)
        return 0;
    return whole;
}

static bool is_in(const struct log *log, size_t at, size_t size) {
    for (size_t i = 0; i < log->count; i++) {
        const struct event *event = &log->events[i];
        if (event->code == 1 && event->offset + event->preamble == at && event->size - event->preamble == size)
            return true;
    }
    return false;
}

/* Frames that no other one overlaps leave nothing to choose. */
static void check_none_is_lost(const uint8_t *data, size_t size, const struct log *log) {
    size_t covered = 0; /* where the frames so far end */
    for (size_t at = 0; at < size; at++) {
        const size_t whole = frame_at(data, size, at);
        if (whole == 0)
            continue;
        bool alone = at >= covered;
        covered = at + whole > covered ? at + whole : covered;
        for (size_t inner = at + 1; inner < at + whole && alone; inner++)
            alone = frame_at(data, size, inner) == 0;
        CHECK(!alone || is_in(log, at, whole));
    }
    for (size_t i = 0; i < log->count; i++) {
        const struct event *event = &log->events[i];
        if (event->code == 1)
            CHECK(frame_at(data, size, event->offset + event->preamble) == event->size - event->preamble);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct log whole;
    if (size > SIZE_MAX_ALL)
        return 0;
    run(data, size, size, &whole);
    check_none_is_lost(data, size, &whole);
    check_cuts(data, size, &whole);
    return 0;
}
