/* What the tests of Zhenjiang's timetables share: a pool, tables out of JSON, the lines of the vectors. */
#ifndef TIMETABLE_H
#define TIMETABLE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "vectors.h"
#include "zhenjiang/zhenjiang.h"

enum { POOL = 1 << 26 };

static struct zjiot_pool pool; /* emptied before each test */
static struct zjiot_error error;

static inline int begin(void **state) {
    (void)state;
    zjiot_pool_growing(&pool, NULL, POOL);
    memset(&error, 0, sizeof error);
    return 0;
}

static inline int end(void **state) {
    (void)state;
    zjiot_pool_release(&pool);
    return 0;
}

static inline void *take(size_t size) {
    void *taken = zjiot_pool_take(&pool, size, NULL);
    assert_non_null(taken);
    return taken;
}

/* The data of a setTimetable, as its reader gives them. */
static inline struct zjiot_zhenjiang_timetable read_text(const char *text, size_t deviations) {
    struct zjiot_report report = {0};
    struct zj_reader reader = zj_reader(NULL, &report, NULL, &error);
    const struct zj_json_input input = {.text = text, .size = strlen(text), .pool = &pool};
    struct zjiot_zhenjiang_timetable table;
    assert_int_equal(zj_read_json(&reader, &input, &zj_zhenjiang_records[ZJIOT_ZHENJIANG_SET_TIMETABLE], &table), 0);
    assert_int_equal(report.count, deviations);
    return table;
}

static inline void join(struct zjiot_zhenjiang_timetable *table, const struct zjiot_zhenjiang_timetable *part) {
    assert_int_equal(zjiot_zhenjiang_timetable_join(table, part, &pool, &error), 0);
}

static inline int number_of(const json_t *line, const char *key) {
    return (int)json_integer_value(json_object_get(line, key));
}

static inline int64_t day_number(const char *text) {
    int month = 0;
    int day = 0;
    if (text[0] != '\0')
        assert_int_equal(sscanf(text, "%2d-%2d", &month, &day), 2);
    return month * 100 + day;
}

/* Calls `check` for the lines that have the member; returns how many they are. */
static inline size_t each_line(const char *member, int (*check)(const json_t *line)) {
    json_t *lines = vectors_read("zhenjiang/timetable.jsonl");
    const json_t *line;
    size_t i;
    size_t count = 0;
    int failures = 0;
    assert_non_null(lines);
    json_array_foreach(lines, i, line) {
        assert_true((json_object_get(line, "queries") != NULL) != (json_object_get(line, "limit") != NULL));
        if (json_object_get(line, member) == NULL)
            continue;
        failures += check(line);
        zjiot_pool_reset(&pool);
        count++;
    }
    json_decref(lines);
    assert_int_equal(failures, 0);
    return count;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
