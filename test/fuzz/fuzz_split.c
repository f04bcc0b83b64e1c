/* A stream of objects: the first byte chooses the cap, the rest is the stream. Its events do not depend on where it is
 * cut, they leave no byte out, and an object that stands alone is found. */
#include "oracle.h"
#include "json/json.h"

enum { SIZE_MAX_EVERY = 300, SIZE_MAX_ALL = 4096, CUTS = 64 };

struct event {
    int code;
    size_t offset, size;
};

struct log {
    struct event events[SIZE_MAX_ALL + 1];
    size_t count;
};

/* Pulls what there is to pull up to `size`; *at: bytes taken so far. */
static void pull_all(struct zj_split *split, const char *text, size_t size, bool end, size_t *at, struct log *log) {
    struct zj_split_event event;
    int code;
    do {
        code = zj_split_pull(split, text + *at, size - *at, end, &event);
        CHECK(event.taken <= size - *at);
        *at += event.taken;
        if (code == 0)
            break;
        CHECK(event.size > 0 && event.size <= *at && log->count <= SIZE_MAX_ALL);
        log->events[log->count++] = (struct event){code, *at - event.size, event.size};
    } while (true);
    CHECK(!end || *at == size);
    CHECK(size - *at < split->cap + ZJ_SPLIT_LOOK); /* or a caller's buffer would be full for ever */
}

/* The bytes arrive in pieces of `step`, the first one of `first`. */
static void run(const char *text, size_t size, size_t cap, size_t first, size_t step, struct log *log) {
    struct zj_split split = {.cap = cap};
    size_t at = 0;
    log->count = 0;
    for (size_t have = first; have < size; have += step)
        pull_all(&split, text, have, false, &at, log);
    pull_all(&split, text, size, true, &at, log);
}

static void check_same(const struct log *one, const struct log *two) {
    CHECK(one->count == two->count);
    for (size_t i = 0; i < one->count; i++)
        CHECK(one->events[i].code == two->events[i].code && one->events[i].offset == two->events[i].offset &&
              one->events[i].size == two->events[i].size);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* In order, no byte twice, none left out but blanks; objects begin and end with their braces and keep to the cap. */
static void check_cover(const char *text, size_t size, size_t cap, const struct log *log) {
    size_t at = 0;
    for (size_t i = 0; i <= log->count; i++) {
        const size_t next = i < log->count ? log->events[i].offset : size;
        for (; at < next; at++)
            CHECK(is_blank(text[at]));
        if (i == log->count)
            break;
        CHECK(at == next);
        at += log->events[i].size;
        if (log->events[i].code == 1)
            CHECK(text[next] == '{' && text[at - 1] == '}' && log->events[i].size <= cap);
        else
            CHECK(log->events[i].code == ZJIOT_SKIPPED || log->events[i].code == ZJIOT_SPACE ||
                  log->events[i].code == ZJIOT_SYNTAX || log->events[i].code == ZJIOT_LENGTH);
    }
}

/* A text that is one JSON object comes out whole, or is passed over whole. */
static void check_alone(const char *text, size_t size, size_t cap, const struct log *log) {
    struct zj_scan scan = {.text = text, .end = text + size};
    const char *at = zj_scan_begin(&scan);
    const char *behind = at != NULL && *at == '{' ? zj_scan_value(&scan, at) : NULL;
    if (behind == NULL || zj_scan_end(&scan, behind) == NULL)
        return;
    CHECK(log->count == 1 && log->events[0].size == (size_t)(behind - at));
    CHECK(log->events[0].code == (log->events[0].size <= cap ? 1 : ZJIOT_SPACE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct log whole, cut;
    if (size == 0 || size > SIZE_MAX_ALL)
        return 0;
    const size_t cap = data[0] < 2 ? 2 : data[0];
    const char *text = (const char *)data + 1;
    size--;
    run(text, size, cap, size, 1, &whole);
    check_cover(text, size, cap, &whole);
    check_alone(text, size, cap, &whole);
    const size_t step = size > SIZE_MAX_EVERY ? size / CUTS : 1;
    for (size_t at = 1; at < size; at += step) {
        run(text, size, cap, at, size, &cut);
        check_same(&cut, &whole);
    }
    run(text, size, cap, 1, 1, &cut);
    check_same(&cut, &whole);
    return 0;
}
