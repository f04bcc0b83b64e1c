/* Objects out of a stream of push_msg, next to a loop over the bytes and to memchr, which knows no texts. */
#include <string.h>

#include "bench.h"

#include "base/base.h"
#include "json/json.h"

enum { MESSAGES = 300, CHANNELS = 3, WORDS = 50, ROOM = 1024 };

static char stream[MESSAGES * ROOM];
static size_t stream_size;
static size_t found;

static void fill(void) {
    for (unsigned i = 0; i < MESSAGES; i++) {
        char *at = stream + stream_size;
        at += sprintf(at,
                      "{\"cmd\":\"push_msg\",\"IMEI\":\"865501040783269\",\"packnum\":\"%u\","
                      "\"time\":\"2019-06-15 16:07:28\"",
                      i);
        for (unsigned channel = 0; channel < CHANNELS; channel++) {
            at += sprintf(at, ",\"data%u\":\"", channel);
            for (unsigned word = 0; word < WORDS; word++)
                at += sprintf(at, "%s%04X", word > 0 ? "," : "", (0x8000 + 31 * i + word) & 0xFFFF);
            at += sprintf(at, "\",\"st%u\":[1],\"dt%u\":[0]", channel, channel);
        }
        at += sprintf(at, "}");
        stream_size = (size_t)(at - stream);
    }
}

static void run_bytes(void *argument) {
    size_t depth = 0;
    bool in_text = false;
    (void)argument;
    found = 0;
    for (size_t i = 0; i < stream_size; i++) {
        const char c = stream[i];
        if (in_text) {
            i += c == '\\';
            in_text = c != '"';
        } else if (c == '"') {
            in_text = true;
        } else if (c == '{') {
            depth++;
        } else if (c == '}' && depth > 0) {
            found += --depth == 0;
        }
    }
}

static void run_memchr(void *argument) {
    const char *at = stream;
    (void)argument;
    found = 0;
    while ((at = memchr(at, '}', stream_size - (size_t)(at - stream))) != NULL) {
        found++;
        at++;
    }
}

static void run_split(void *argument) {
    struct zj_split split = {.cap = 65536};
    struct zj_split_event event;
    size_t at = 0;
    (void)argument;
    found = 0;
    while (zj_split_pull(&split, stream + at, stream_size - at, true, &event) == 1) {
        at += event.taken;
        found++;
    }
}

/* As a socket gives them: 1,460 bytes at a time. */
static void run_segments(void *argument) {
    enum { SEGMENT = 1460 };
    struct zj_split split = {.cap = 65536};
    struct zj_split_event event;
    size_t at = 0;
    (void)argument;
    found = 0;
    for (size_t have = SEGMENT; at < stream_size; have += SEGMENT) {
        have = have < stream_size ? have : stream_size;
        while (zj_split_pull(&split, stream + at, have - at, false, &event) == 1) {
            at += event.taken;
            found++;
        }
        at += event.taken;
    }
}

int main(void) {
    fill();
    const struct bench table[] = {
        {.name = "byte by byte", .run = run_bytes, .bytes = stream_size},
        {.name = "memchr", .run = run_memchr, .bytes = stream_size},
        {.name = "zj_split_pull", .run = run_split, .bytes = stream_size, .least_gbytes = 1},
        {.name = "in segments", .run = run_segments, .bytes = stream_size, .least_gbytes = 1},
    };
    for (size_t i = 0; i < ZJ_COUNT(table); i++) {
        table[i].run(NULL);
        if (found != MESSAGES) {
            fprintf(stderr, "%s finds %zu objects\n", table[i].name, found);
            return 2;
        }
    }
    return bench_run("a stream of push_msg, 250 KiB", table, ZJ_COUNT(table)) ? 0 : 1;
}
