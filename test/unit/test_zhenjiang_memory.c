/* Too little memory, at every point where memory is taken: the code says so, nothing was written, the pool is as it
 * was; and with enough of it all is as ever. Over every form, at every limit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "unit.h"
#include "vectors.h"
#include "zjiot/hex.h"
#include "zjiot/zjiot.h"

enum { ROOM = 64 * 1024, OLD = 16, DEVIATIONS_MAX = 8 };

static struct zjiot_error error;
static struct zjiot_zhenjiang_message message;
static struct zjiot_zhenjiang_message before;
static struct zjiot_deviation deviations[DEVIATIONS_MAX];

/* What a decoding writes to, filled with a pattern. */
struct outputs {
    struct zjiot_report report;
    struct zjiot_extra extra_items[2];
    struct zjiot_extras extras;
    struct zjiot_span spans[4];
    struct zjiot_trace trace;
};

static void prepare(struct outputs *outputs) {
    memset(&message, 0xA5, sizeof message);
    memcpy(&before, &message, sizeof message);
    outputs->report = (struct zjiot_report){deviations, DEVIATIONS_MAX, 0};
    outputs->extras = (struct zjiot_extras){outputs->extra_items, ZJ_COUNT(outputs->extra_items), 0};
    outputs->trace = (struct zjiot_trace){.items = outputs->spans, .capacity = ZJ_COUNT(outputs->spans)};
}

static int decode(const char *topic, const char *body, size_t size, struct zjiot_pool *pool, struct outputs *outputs) {
    const struct zjiot_options options = {.extras = &outputs->extras};
    prepare(outputs);
    return zjiot_zhenjiang_decode(topic, body, size, &options, pool, &message, &outputs->report, &outputs->trace,
                                  &error);
}

static void assert_untouched(const struct outputs *outputs) {
    assert_memory_equal(&message, &before, sizeof message);
    assert_int_equal(outputs->report.count, 0);
    assert_int_equal(outputs->extras.count, 0);
    assert_int_equal(outputs->trace.count, 0);
}

/* The message as text, to compare readings by. */
static size_t write_out(char *out, size_t size) {
    const int64_t written = zjiot_zhenjiang_encode(&message, NULL, NULL, 0, out, size, &error);
    assert_true(written > 0);
    return (size_t)written;
}

/* Every size from nothing to enough. The pool has something in it already, which stays. */
static void fixed_pools(const char *topic, const char *body, size_t size) {
    static char wanted[ROOM];
    static char out[ROOM];
    struct zjiot_pool pool;
    struct outputs outputs;
    unsigned char *memory = malloc(ROOM);
    assert_non_null(memory);
    zjiot_pool_fixed(&pool, memory, ROOM);
    assert_int_equal(decode(topic, body, size, &pool, &outputs), 0);
    const size_t enough = pool.used;
    const size_t wanted_size = write_out(wanted, sizeof wanted);
    free(memory);
    int code = ZJIOT_SPACE;
    /* Lists in lists move when they grow: then it takes more than what is used in the end. */
    for (size_t room = 0; code != 0 && room <= 2 * enough + OLD; room += room < 64 || room + 64 > enough ? 1 : 7) {
        memory = malloc(OLD + room); /* of this size, so that a sanitizer sees its end */
        assert_non_null(memory);
        zjiot_pool_fixed(&pool, memory, OLD + room);
        memset(zjiot_pool_take(&pool, OLD, NULL), 0x5A, OLD);
        code = decode(topic, body, size, &pool, &outputs);
        for (size_t i = 0; i < OLD; i++)
            assert_int_equal(memory[i], 0x5A);
        if (code == 0) {
            assert_int_equal(write_out(out, sizeof out), wanted_size);
            assert_memory_equal(out, wanted, wanted_size);
        } else {
            assert_int_equal(code, ZJIOT_SPACE);
            assert_int_equal(error.code, ZJIOT_SPACE);
            assert_true(error.need > 0);
            assert_int_equal(pool.used, OLD);
            assert_untouched(&outputs);
        }
        free(memory);
    }
    assert_int_equal(code, 0);
}

/* An allocator that has memory `left` times, in blocks no larger than need be. */
struct allocator {
    size_t left;
    size_t given;
    size_t open;
};

static void *give(void *context, size_t size) {
    struct allocator *allocator = context;
    if (allocator->left == 0)
        return NULL;
    allocator->left--;
    allocator->given++;
    allocator->open++;
    return malloc(size);
}

static void take_back(void *context, void *block) {
    struct allocator *allocator = context;
    allocator->open--;
    free(block);
}

/* Fails the first, the second, ... allocation, with limits so that there are several. */
static void growing_pools(const char *topic, const char *body, size_t size) {
    struct outputs outputs;
    int code = ZJIOT_NOMEM;
    for (size_t left = 0; code != 0; left++) {
        struct allocator allocator = {.left = left};
        struct zjiot_pool pool;
        zjiot_pool_growing(&pool, &(struct zjiot_allocator){give, take_back, &allocator}, SIZE_MAX);
        const struct zj_pool_mark mark = zj_pool_mark(&pool);
        code = decode(topic, body, size, &pool, &outputs);
        if (code != 0) {
            assert_int_equal(code, ZJIOT_NOMEM);
            assert_int_equal(error.code, ZJIOT_NOMEM);
            assert_ptr_equal(pool.base, mark.base);
            assert_int_equal(pool.used, mark.used);
            assert_int_equal(allocator.given, left);
            assert_untouched(&outputs);
        }
        zjiot_pool_release(&pool);
        assert_int_equal(allocator.open, 0);
    }
}

/* A growing pool that may grow only so far; after a failure it is of use again. */
static void limited_pools(const char *topic, const char *body, size_t size) {
    struct outputs outputs;
    int code = ZJIOT_SPACE;
    for (size_t limit = 0; code != 0; limit = limit * 2 + 64) {
        struct zjiot_pool pool;
        zjiot_pool_growing(&pool, NULL, limit);
        code = decode(topic, body, size, &pool, &outputs);
        if (code != 0) {
            assert_int_equal(code, ZJIOT_SPACE);
            assert_true(pool.total <= limit);
            assert_untouched(&outputs);
            assert_int_equal(decode(topic, body, size, &pool, &outputs), ZJIOT_SPACE);
        }
        zjiot_pool_release(&pool);
    }
}

static void each_line(const char *name, void (*check)(const char *topic, const char *body, size_t size)) {
    json_t *lines = vectors_read(name);
    const json_t *line;
    size_t i;
    assert_non_null(lines);
    json_array_foreach(lines, i, line) {
        const json_t *body = json_object_get(line, "payload");
        check(vector_text(line, "topic"), json_string_value(body), json_string_length(body));
    }
    json_decref(lines);
}

static void fixed_pools_of_every_size(void **state) {
    (void)state;
    each_line("zhenjiang/limits.jsonl", fixed_pools);
    each_line("zhenjiang/minimal.jsonl", fixed_pools);
}

static void every_allocation_fails(void **state) {
    (void)state;
    each_line("zhenjiang/limits.jsonl", growing_pools);
}

static void every_limit_is_kept(void **state) {
    (void)state;
    each_line("zhenjiang/limits.jsonl", limited_pools);
}

/* A timetable with lists in lists, large enough to grow them often, as JSON and as base64. */
static size_t large_table(char *out) {
    size_t used = (size_t)sprintf(out, "{\"context\":{\"dev_attr\":3,\"dev_id\":\"010000002934857620\",\"cmd\":"
                                       "\"setTimetable\",\"unix_milli\":1,\"serial_id\":\"\\u0061\"},\"data\":{"
                                       "\"timetable\":[");
    for (int day = 0; day < 12; day++) {
        used += (size_t)sprintf(out + used, "%s{\"dt\":\"%02d-01\",\"do\":[", day > 0 ? "," : "", day + 1);
        for (int i = 0; i < 9; i++)
            used += (size_t)sprintf(out + used, "%s{\"switch_id\":%d,\"type\":1,\"time\":\"19:%02d\"}",
                                    i > 0 ? "," : "", i + 1, i);
        used += (size_t)sprintf(out + used, "]}");
    }
    return used + (size_t)sprintf(out + used, "]}}");
}

static void lists_that_grow(void **state) {
    (void)state;
    static char table[ROOM];
    static char base64[ROOM];
    static const char topic[] = "down/json/01/setTimetable/010000002934857620";
    static const char base64_topic[] = "down/base64/01/setTimetable/010000002934857620";
    const size_t size = large_table(table);
    const int64_t written = zjiot_base64_write((const uint8_t *)table, size, base64, sizeof base64, NULL);
    assert_true(written > 0);
    fixed_pools(topic, table, size);
    growing_pools(topic, table, size);
    limited_pools(topic, table, size);
    fixed_pools(base64_topic, base64, (size_t)written);
    growing_pools(base64_topic, base64, (size_t)written);
    limited_pools(base64_topic, base64, (size_t)written);
}

/* Writing into too little room: the need is exact, nothing behind the room is touched, nothing is written to topic. */
static void small_outputs(const char *topic, const char *body, size_t size) {
    static unsigned char memory[ROOM];
    struct zjiot_pool pool;
    struct outputs outputs;
    char name[ZJIOT_ZHENJIANG_TOPIC_SIZE];
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    assert_int_equal(decode(topic, body, size, &pool, &outputs), 0);
    char *out = malloc(ROOM);
    const int64_t need = zjiot_zhenjiang_encode(&message, NULL, name, sizeof name, out, ROOM, &error);
    free(out);
    assert_true(need > 0);
    const size_t name_size = strlen(name) + 1;
    for (size_t room = 0; room < (size_t)need; room += room < 64 || room + 64 > (size_t)need ? 1 : 13) {
        out = malloc(room > 0 ? room : 1);
        assert_non_null(out);
        name[0] = '?';
        assert_int_equal(zjiot_zhenjiang_encode(&message, NULL, name, sizeof name, out, room, &error), ZJIOT_SPACE);
        assert_int_equal(error.need, need);
        assert_int_equal(name[0], '?');
        free(out);
    }
    out = malloc((size_t)need);
    assert_non_null(out);
    assert_int_equal(zjiot_zhenjiang_encode(&message, NULL, name, name_size, out, (size_t)need, &error), need);
    assert_string_equal(name, topic);
    name[0] = '?';
    assert_int_equal(zjiot_zhenjiang_encode(&message, NULL, name, name_size - 1, out, (size_t)need, &error),
                     ZJIOT_SPACE);
    assert_int_equal(name[0], '?');
    free(out);
}

static void outputs_of_every_size(void **state) {
    (void)state;
    each_line("zhenjiang/limits.jsonl", small_outputs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_pools_of_every_size), cmocka_unit_test(every_allocation_fails),
        cmocka_unit_test(every_limit_is_kept),       cmocka_unit_test(lists_that_grow),
        cmocka_unit_test(outputs_of_every_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
