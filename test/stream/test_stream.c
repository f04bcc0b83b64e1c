/* Frames in a stream: what is found does not depend on how the bytes arrive, and junk costs no good frame. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"
#include "unit/vectors.h"
#include "zjiot/zjiot.h"

enum {
    STREAM_MAX = 256 * 1024,
    EVENTS_MAX = 8192,
    FRAMES_MAX = 1024,
    CHUNK_MAX = 700,
    RANDOM_ROUNDS = 200,
    OVERHEAD = ZJIOT_CJT188_OVERHEAD,
};

struct event {
    int code;
    size_t offset, size, preamble;
};

struct log {
    struct event events[EVENTS_MAX];
    size_t count;
};

static uint8_t stream[STREAM_MAX];
static size_t stream_size;
static size_t frame_at[FRAMES_MAX], frame_size[FRAMES_MAX]; /* good frames that were put in, from their 68 */
static size_t frame_count;
static uint64_t seed = 188;

/* A caller as the header describes one: it keeps the bytes in a buffer of the size that is always enough. */
struct caller {
    uint8_t *window; /* on the heap, so that a sanitizer sees its end */
    size_t used;
    size_t consumed;
    struct log *log;
};

static void drain(struct caller *caller, bool end) {
    struct zjiot_cjt188_event event;
    int code;
    while ((code = zjiot_cjt188_pull(caller->window, caller->used, end, &event)) != 0) {
        assert_true(code == 1 || code == ZJIOT_SKIPPED || code == ZJIOT_CHECKSUM || code == ZJIOT_LENGTH);
        assert_true(event.size > 0 && event.size <= caller->used);
        assert_true(caller->log->count < EVENTS_MAX);
        caller->log->events[caller->log->count++] = (struct event){code, caller->consumed, event.size, event.preamble};
        caller->consumed += event.size;
        caller->used -= event.size;
        memmove(caller->window, caller->window + event.size, caller->used);
    }
    assert_int_equal(event.size, 0);
    assert_true(caller->used < ZJIOT_CJT188_WINDOW); /* else nothing would ever fit */
    assert_true(!end || caller->used == 0);
}

static void feed(struct caller *caller, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        const size_t room = ZJIOT_CJT188_WINDOW - caller->used;
        const size_t part = size < room ? size : room;
        memcpy(caller->window + caller->used, bytes, part);
        caller->used += part;
        bytes += part;
        size -= part;
        drain(caller, false);
    }
}

/* Runs the bytes in chunks of one size, or of random ones up to it. */
static void run(const uint8_t *bytes, size_t size, size_t chunk, bool random, struct log *log) {
    struct caller caller = {malloc(ZJIOT_CJT188_WINDOW), 0, 0, log};
    log->count = 0;
    assert_non_null(caller.window);
    for (size_t at = 0; at < size;) {
        size_t part = random ? 1 + (size_t)(random_bits(&seed) % chunk) : chunk;
        part = part < size - at ? part : size - at;
        feed(&caller, bytes + at, part);
        at += part;
    }
    drain(&caller, true);
    free(caller.window);
}

/* Without a window: the whole at once, and that nothing follows is known from the start. */
static void run_whole(const uint8_t *bytes, size_t size, struct log *log) {
    struct zjiot_cjt188_event event;
    int code;
    size_t at = 0;
    log->count = 0;
    while ((code = zjiot_cjt188_pull(bytes + at, size - at, true, &event)) != 0) {
        assert_true(log->count < EVENTS_MAX && event.size > 0);
        log->events[log->count++] = (struct event){code, at, event.size, event.preamble};
        at += event.size;
    }
    assert_int_equal(at, size);
}

static void assert_same(const struct log *is, const struct log *wanted, const char *how, size_t chunk) {
    for (size_t i = 0; i < is->count && i < wanted->count; i++) {
        const struct event *a = &is->events[i];
        const struct event *b = &wanted->events[i];
        if (a->code != b->code || a->offset != b->offset || a->size != b->size || a->preamble != b->preamble)
            fail_msg("%s %u: event %u is %s at %u, %u bytes, preamble %u; whole: %s at %u, %u bytes, preamble %u", how,
                     (unsigned)chunk, (unsigned)i, zjiot_code_name(a->code), (unsigned)a->offset, (unsigned)a->size,
                     (unsigned)a->preamble, zjiot_code_name(b->code), (unsigned)b->offset, (unsigned)b->size,
                     (unsigned)b->preamble);
    }
    assert_int_equal(is->count, wanted->count);
}

/* Every event follows the one before, every frame that is reported is one, every good frame put in is reported. */
static void assert_sound(const struct log *log) {
    size_t at = 0;
    size_t found = 0;
    for (size_t i = 0; i < log->count; i++) {
        const struct event *event = &log->events[i];
        assert_int_equal(event->offset, at);
        at += event->size;
        if (event->code != 1) {
            assert_true(event->code != ZJIOT_SKIPPED || event->preamble == 0);
            continue;
        }
        struct zjiot_cjt188_message message;
        assert_true(event->preamble <= ZJIOT_CJT188_PREAMBLE_MAX);
        assert_int_equal(zjiot_cjt188_decode(stream + event->offset, event->size, NULL, &message, NULL, NULL, NULL), 0);
        assert_int_equal(message.header.preamble, event->preamble);
        const size_t start = event->offset + event->preamble;
        if (found < frame_count && start == frame_at[found]) {
            assert_int_equal(event->size - event->preamble, frame_size[found]);
            found++;
        } else if (found < frame_count && start > frame_at[found]) {
            fail_msg("the frame at %u was not found", (unsigned)frame_at[found]);
        }
    }
    assert_int_equal(at, stream_size);
    assert_int_equal(found, frame_count);
}

static void put(const uint8_t *bytes, size_t size) {
    assert_true(stream_size + size <= STREAM_MAX);
    memcpy(stream + stream_size, bytes, size);
    stream_size += size;
}

static void put_hex(const char *hex) {
    uint8_t bytes[VECTOR_BYTES_MAX];
    put(bytes, bytes_of(hex, bytes));
}

static void put_run(uint8_t byte, size_t count) {
    while (count-- > 0)
        put(&byte, 1);
}

/* Noise without 68, so that it cannot turn a good frame into a part of another by chance. */
static void put_noise(size_t count) {
    while (count-- > 0) {
        const uint8_t byte = (uint8_t)(random_bits(&seed) >> 32);
        put_run(byte == 0x68 ? 0x69 : byte, 1);
    }
}

static void put_frame(const uint8_t *bytes, size_t size) {
    size_t preamble = 0;
    while (bytes[preamble] == 0xfe)
        preamble++;
    assert_true(frame_count < FRAMES_MAX);
    frame_at[frame_count] = stream_size + preamble;
    frame_size[frame_count++] = size - preamble;
    put(bytes, size);
}

/* A start that is none and claims the longest frame there is. */
static void put_false_start(uint8_t claimed) {
    put_hex("681099999999000000"
            "81");
    put_run(claimed, 1);
}

/* What stands between two frames; one kind after the other. */
static void put_between(size_t kind, const uint8_t *frame, size_t size) {
    switch (kind % 16) {
    case 0:
    case 1:
        break; /* glued */
    case 2:
        put_noise(1 + random_bits(&seed) % 40);
        break;
    case 3:
        put_run(0xfe, 40); /* more than one preamble */
        break;
    case 4:
        put_run(0x68, 3);
        break;
    case 5:
        put_false_start(255);
        break;
    case 6:
        put_false_start(10);
        put_run(0xfe, 2);
        break;
    case 7: /* a wrong sum */
        put(frame, size - 2);
        put_run((uint8_t)(frame[size - 2] + 1), 1);
        put_run(0x16, 1);
        break;
    case 8: /* cut off */
        put(frame, size / 2);
        break;
    case 9: /* the end byte is lost */
        put(frame, size - 1);
        break;
    case 10:
        put_noise(700);
        break;
    case 11:
        put_run(0xfe, 600);
        break;
    case 12:
        put_run(0x16, 5);
        break;
    case 13:
        put_false_start(255);
        put_false_start(255);
        put_run(0xfe, 3);
        break;
    case 14:
        put_run(0x68, 20);
        break;
    default:
        put_noise(3);
        put_run(0x68, 1);
        put_noise(12);
    }
}

static void put_vectors(const char *name, size_t *kind) {
    json_t *lines = vectors_read(name);
    const json_t *line;
    size_t i;
    assert_non_null(lines);
    json_array_foreach(lines, i, line) {
        uint8_t bytes[VECTOR_BYTES_MAX];
        if (!json_is_true(json_object_get(line, "ok")))
            continue;
        const int64_t size = vector_bytes(line, bytes);
        put_between((*kind)++, bytes, (size_t)size);
        put_frame(bytes, (size_t)size);
    }
    json_decref(lines);
}

static int build_stream(void **state) {
    (void)state;
    size_t kind = 0;
    stream_size = frame_count = 0;
    put_vectors("cjt188/expect.jsonl", &kind);
    put_vectors("hy/expect.jsonl", &kind);
    put_vectors("cjt188/constructed.jsonl", &kind);
    put_hex("FEFEFE6810785634120007330103901F"); /* cut off by the end */
    return 0;
}

static struct log whole, cut;

static void every_good_frame_is_found(void **state) {
    (void)state;
    assert_true(frame_count > 500);
    run_whole(stream, stream_size, &whole);
    assert_sound(&whole);
    const struct event *last = &whole.events[whole.count - 1];
    assert_int_equal(last->code, ZJIOT_LENGTH);
    assert_int_equal(last->size, 16);
    assert_int_equal(last->preamble, 3);
}

static void the_size_of_the_chunks_changes_nothing(void **state) {
    (void)state;
    run_whole(stream, stream_size, &whole);
    for (size_t chunk = 1; chunk <= CHUNK_MAX; chunk++) {
        run(stream, stream_size, chunk, false, &cut);
        assert_same(&cut, &whole, "chunks of", chunk);
    }
}

static void random_cuts_change_nothing(void **state) {
    (void)state;
    run_whole(stream, stream_size, &whole);
    for (size_t round = 0; round < RANDOM_ROUNDS; round++) {
        run(stream, stream_size, 1 + 7 * round, true, &cut);
        assert_same(&cut, &whole, "random round", round);
    }
}

/* Streams that are all 68, FE, 16 and small numbers come into every corner; their good frames are found by chance. */
static void streams_of_the_special_bytes(void **state) {
    (void)state;
    static const uint8_t alphabet[] = {0x68, 0x68, 0xfe, 0x16, 0x16, 0, 1, 3, 0x10, 0xff};
    uint8_t bytes[2000];
    for (size_t round = 0; round < RANDOM_ROUNDS; round++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = alphabet[random_bits(&seed) % sizeof alphabet];
        run_whole(bytes, sizeof bytes, &whole);
        run(bytes, sizeof bytes, 1, false, &cut);
        assert_same(&cut, &whole, "special bytes, round", round);
        run(bytes, sizeof bytes, 300, true, &cut);
        assert_same(&cut, &whole, "special bytes, random cuts, round", round);
    }
}

/* Wherever in a good frame the stream ends, what was cut off is named, once. */
static void a_cut_frame_is_named(void **state) {
    (void)state;
    static const uint8_t frame[] = {0xfe, 0xfe, 0x68, 0x10, 0x78, 0x56, 0x34, 0x12, 0x00,
                                    0x07, 0x33, 0x01, 0x03, 0x90, 0x1f, 0x00, 0x79, 0x16};
    for (size_t size = 0; size <= sizeof frame; size++) {
        run_whole(frame, size, &whole);
        assert_int_equal(whole.count, size > 0);
        if (size == 0)
            continue;
        assert_int_equal(whole.events[0].code, size < 3 ? ZJIOT_SKIPPED : size == sizeof frame ? 1 : ZJIOT_LENGTH);
        assert_int_equal(whole.events[0].size, size);
        assert_int_equal(whole.events[0].preamble, size < 3 ? 0 : 2);
    }
}

/* Noise is passed over in blocks; none of them takes a part of the preamble. */
static void a_preamble_is_reported_whole(void **state) {
    (void)state;
    uint8_t frame[VECTOR_BYTES_MAX];
    const size_t size = bytes_of("6810785634120007330103901f007916", frame);
    for (size_t noise = 0; noise < 700; noise++)
        for (size_t preamble = 0; preamble <= ZJIOT_CJT188_PREAMBLE_MAX; preamble += 8) {
            stream_size = 0;
            put_run(0x55, noise);
            put_run(0xfe, preamble);
            put(frame, size);
            run_whole(stream, stream_size, &whole);
            const struct event *last = &whole.events[whole.count - 1];
            assert_int_equal(last->code, 1);
            assert_int_equal(last->preamble, preamble);
            assert_int_equal(last->offset, noise);
        }
    build_stream(NULL);
}

/* A whole frame with a wrong sum is named as one, also when the stream ends with it and a 68 stands inside. */
static void a_wrong_sum_is_named(void **state) {
    (void)state;
    uint8_t frame[VECTOR_BYTES_MAX];
    const size_t size = bytes_of("fe6868785634120007330103901f006816", frame);
    run_whole(frame, size, &whole);
    assert_int_equal(whole.count, 1);
    assert_int_equal(whole.events[0].code, ZJIOT_CHECKSUM);
    assert_int_equal(whole.events[0].size, size);
    assert_int_equal(whole.events[0].preamble, 1);
}

static bool finds(const uint8_t *bytes, size_t size, size_t at) {
    run_whole(bytes, size, &whole);
    for (size_t i = 0; i < whole.count; i++)
        if (whole.events[i].code == 1 && whole.events[i].offset + whole.events[i].preamble == at)
            return true;
    return false;
}

/* Whether the false start is, by chance, a whole frame with the right sum: then it is no false one. */
static bool is_frame(const uint8_t *bytes, size_t size) {
    struct zjiot_cjt188_message message;
    const size_t length = OVERHEAD + (size_t)bytes[10];
    return length <= size && zjiot_cjt188_decode(bytes, length, NULL, &message, NULL, NULL, NULL) == 0;
}

/* A false 68 of any claimed length in front of a good frame, at every distance, with and without bytes behind. */
static void a_false_start_costs_no_frame(void **state) {
    (void)state;
    uint8_t frame[VECTOR_BYTES_MAX];
    const size_t size = bytes_of("6810785634120007330103901f007916", frame);
    for (unsigned claimed = 0; claimed < 256; claimed++)
        for (size_t distance = 11; distance < 40; distance += 7)
            for (size_t behind = 0; behind < 600; behind += 299) {
                stream_size = 0;
                put_false_start((uint8_t)claimed);
                put_run(0x55, distance - 11);
                put(frame, size);
                put_run(0x16, behind);
                if (!is_frame(stream, stream_size) && !finds(stream, stream_size, distance))
                    fail_msg("L %u, %u bytes in front, %u behind: the frame was lost", claimed, (unsigned)distance,
                             (unsigned)behind);
            }
    build_stream(NULL);
}

/* Two false starts: the outer one ends in 16 with a wrong sum, the inner one reaches past the end of the stream. */
static void nested_false_starts_cost_no_frame(void **state) {
    (void)state;
    uint8_t bytes[VECTOR_BYTES_MAX];
    const size_t size = bytes_of("681099999999000000811b"           /* its 16 is the last byte */
                                 "68109999999900000081ff"           /* its end would come later */
                                 "6810785634120007330103901f007916" /* good */
                                 "0016",
                                 bytes);
    assert_int_equal(size, OVERHEAD + 0x1b);
    assert_false(is_frame(bytes, size));
    assert_true(finds(bytes, size, 22));
}

static void resynchronisation_of_the_vectors(void **state) {
    (void)state;
    json_t *lines = vectors_read("cjt188/resync.jsonl");
    const json_t *line, *frame;
    size_t i, j;
    assert_non_null(lines);
    json_array_foreach(lines, i, line) {
        uint8_t bytes[VECTOR_BYTES_MAX];
        const size_t size = (size_t)vector_bytes(line, bytes);
        const json_t *frames = json_object_get(line, "frames");
        size_t found = 0;
        json_array_foreach(frames, j, frame) {
            if (!finds(bytes, size, (size_t)json_integer_value(json_object_get(frame, "offset"))))
                fail_msg("%s: a frame was lost", vector_text(line, "note"));
        }
        run_whole(bytes, size, &whole);
        for (j = 0; j < whole.count; j++)
            found += whole.events[j].code == 1;
        assert_int_equal(found, json_array_size(frames));
        for (size_t chunk = 1; chunk <= size; chunk++) {
            run(bytes, size, chunk, false, &cut);
            assert_same(&cut, &whole, vector_text(line, "note"), chunk);
        }
    }
    json_decref(lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_good_frame_is_found),
        cmocka_unit_test(the_size_of_the_chunks_changes_nothing),
        cmocka_unit_test(random_cuts_change_nothing),
        cmocka_unit_test(streams_of_the_special_bytes),
        cmocka_unit_test(a_cut_frame_is_named),
        cmocka_unit_test(a_preamble_is_reported_whole),
        cmocka_unit_test(a_wrong_sum_is_named),
        cmocka_unit_test(a_false_start_costs_no_frame),
        cmocka_unit_test(nested_false_starts_cost_no_frame),
        cmocka_unit_test(resynchronisation_of_the_vectors),
    };
    return cmocka_run_group_tests(tests, build_stream, NULL);
}
