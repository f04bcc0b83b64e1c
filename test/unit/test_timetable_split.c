/* Splitting a timetable into messages, and joining what arrives. */
#include "timetable.h"

enum { BODY = 1 << 21, LEAP_YEAR = 366 };

/* How the table of a line is made; see "Zhenjiang" in the vectors' README. */
struct plan {
    int first;
    int days;
    int actions;
    int more;
    int period;
    bool every;
};

static int days_of(int month) {
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1];
}

static int day_after(int day) {
    if (day % 100 < days_of(day / 100))
        return day + 1;
    return day / 100 == 12 ? 101 : (day / 100 + 1) * 100 + 1;
}

static struct zjiot_zhenjiang_action planned_action(int i, int k) {
    struct zjiot_zhenjiang_action action = {
        .has = ZJIOT_BIT(zhenjiang_action, time),
        .switch_id = 1 + k % 8,
        .type = 1 + k % 5,
        .time = (37 * k + i) % 1440,
    };
    if (action.type == ZJIOT_ZHENJIANG_DIM) {
        action.has |= ZJIOT_BIT(zhenjiang_action, dimming);
        action.dimming = 7 * k % 101;
    } else if (action.type > ZJIOT_ZHENJIANG_DIM) {
        action.has = ZJIOT_BIT(zhenjiang_action, offset);
        action.time = 0;
        action.offset = (11 * k + i) % 256 - 127;
    }
    return action;
}

static struct zjiot_zhenjiang_day planned_day(const struct plan *plan, int i, int number) {
    const int count = plan->actions + plan->more * (i % plan->period);
    struct zjiot_zhenjiang_day day = {
        .has = number != 0 ? ZJIOT_BIT(zhenjiang_day, day) : 0,
        .day = number,
        .actions = take((size_t)count * sizeof *day.actions),
        .actions_count = (size_t)count,
    };
    for (int k = 0; k < count; k++)
        day.actions[k] = planned_action(i, k);
    return day;
}

static struct zjiot_zhenjiang_timetable planned_table(const struct plan *plan) {
    const size_t count = (size_t)plan->days + plan->every;
    struct zjiot_zhenjiang_timetable table = {.days = take(count * sizeof *table.days)};
    if (plan->every)
        table.days[table.days_count++] = planned_day(plan, 0, 0);
    for (int i = 0, number = plan->first; i < plan->days; i++, number = day_after(number))
        table.days[table.days_count++] = planned_day(plan, i, number);
    return table;
}

static struct zjiot_zhenjiang_message set_timetable(struct zjiot_zhenjiang_timetable table) {
    return (struct zjiot_zhenjiang_message){
        .type = ZJIOT_ZHENJIANG_SET_TIMETABLE,
        .topic = {.format = ZJIOT_ZHENJIANG_JSON, .vendor = "01"},
        .context =
            {
                .dev_attr = 3,
                .dev_id = "010000002934857620",
                .unix_milli = INT64_C(1722994330451),
                .serial_id = "a001",
            },
        .data.set_timetable = table,
    };
}

static struct zjiot_zhenjiang_message planned_message(int days, int actions) {
    const struct plan plan = {101, days, actions, 0, 1, false};
    return set_timetable(planned_table(&plan));
}

/* Bytes of the message as it is sent; `out` holds BODY. */
static size_t write_whole(const struct zjiot_zhenjiang_message *message, char *out) {
    char topic[ZJIOT_ZHENJIANG_TOPIC_SIZE];
    const int64_t size = zjiot_zhenjiang_encode(message, NULL, topic, sizeof topic, out, BODY, &error);
    if (size < 0)
        fail_msg("%d: %s", (int)size, error.text);
    return (size_t)size;
}

static size_t split(const struct zjiot_zhenjiang_message *message, size_t limit,
                    struct zjiot_zhenjiang_message **ret_parts) {
    const int64_t count = zjiot_zhenjiang_timetable_split(message, limit, &pool, ret_parts, &error);
    if (count <= 0)
        fail_msg("%d: %s", (int)count, error.text);
    return (size_t)count;
}

static struct plan read_plan(const json_t *line) {
    const json_t *table = json_object_get(line, "table");
    const int period = number_of(table, "period");
    return (struct plan){
        .first = (int)day_number(vector_text(table, "first")),
        .days = number_of(table, "days"),
        .actions = number_of(table, "actions"),
        .more = number_of(table, "more"),
        .period = period != 0 ? period : 1,
        .every = json_is_true(json_object_get(table, "every")),
    };
}

static int check_part(const struct zjiot_zhenjiang_message *part, const json_t *wanted, const char *note) {
    char *out = take(BODY);
    const struct zjiot_zhenjiang_timetable *table = &part->data.set_timetable;
    const size_t size = write_whole(part, out);
    const int64_t first = table->days[0].day;
    const int64_t last = table->days[table->days_count - 1].day;
    if ((int)size == number_of(wanted, "bytes") && (int)table->days_count == number_of(wanted, "days") &&
        first == day_number(vector_text(wanted, "first")) && last == day_number(vector_text(wanted, "last")))
        return 0;
    char *text = json_dumps(wanted, 0);
    print_error("%s: %zu days, %d to %d, %zu bytes, but %s\n", note, table->days_count, (int)first, (int)last, size,
                text);
    free(text);
    return 1;
}

static int check_split(const json_t *line) {
    const struct plan plan = read_plan(line);
    const struct zjiot_zhenjiang_message message = set_timetable(planned_table(&plan));
    const json_t *parts = json_object_get(line, "parts");
    const char *note = vector_text(line, "note");
    struct zjiot_zhenjiang_message *made = NULL;
    const int64_t count =
        zjiot_zhenjiang_timetable_split(&message, (size_t)number_of(line, "limit"), &pool, &made, &error);
    if (parts == NULL) {
        if (count < 0 && made == NULL && vector_one_of(zjiot_code_name((int)count), vector_text(line, "error")))
            return 0;
        print_error("%s: %d, but %s\n", note, (int)count, vector_text(line, "error"));
        return 1;
    }
    if (count != (int64_t)json_array_size(parts)) {
        print_error("%s: %d parts, but %zu\n", note, (int)count, json_array_size(parts));
        return 1;
    }
    int failures = 0;
    for (size_t i = 0; i < (size_t)count; i++)
        failures += check_part(&made[i], json_array_get(parts, i), note);
    return failures;
}

static void splits_of_the_vectors(void **state) {
    (void)state;
    assert_true(each_line("limit", check_split) >= 12);
}

/* Every day is in one part, in its order and at its place; all else is the whole's. */
static void assert_same_days(const struct zjiot_zhenjiang_message *whole, const struct zjiot_zhenjiang_message *parts,
                             size_t count) {
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        const struct zjiot_zhenjiang_timetable *table = &parts[i].data.set_timetable;
        assert_ptr_equal(table->days, &whole->data.set_timetable.days[next]);
        next += table->days_count;
        assert_int_equal(parts[i].type, whole->type);
        assert_memory_equal(&parts[i].context, &whole->context, sizeof whole->context);
        assert_memory_equal(&parts[i].topic, &whole->topic, sizeof whole->topic);
    }
    assert_int_equal(next, whole->data.set_timetable.days_count);
}

/* Days of 0, 7 and 14 actions, split at every limit from the first that can work to the first that needs no split. */
static void at_every_limit_parts_are_full_and_never_too_long(void **state) {
    (void)state;
    char *out = take(BODY);
    const struct plan plan = {1227, 9, 0, 7, 3, true};
    const struct zjiot_zhenjiang_message message = set_timetable(planned_table(&plan));
    const size_t whole = write_whole(&message, out);
    size_t splits = 0;
    for (size_t limit = 1; limit <= whole; limit++) {
        struct zjiot_zhenjiang_message *parts;
        if (zjiot_zhenjiang_timetable_split(&message, limit, &pool, &parts, &error) == ZJIOT_LENGTH)
            continue;
        const size_t count = split(&message, limit, &parts);
        splits++;
        assert_same_days(&message, parts, count);
        for (size_t i = 0; i < count; i++) {
            assert_true(write_whole(&parts[i], out) <= limit);
            struct zjiot_zhenjiang_message longer = parts[i];
            longer.data.set_timetable.days_count++;
            assert_true(i + 1 == count || write_whole(&longer, out) > limit);
        }
        assert_int_equal(count == 1, limit == whole);
    }
    assert_true(splits > 1000);
}

/* The answer's context is longer, and zero is legal in it. */
static void an_answer_is_split_like_an_order(void **state) {
    (void)state;
    char *out = take(BODY);
    struct zjiot_zhenjiang_message message = planned_message(8, 5);
    message.type = ZJIOT_ZHENJIANG_GET_TIMETABLE_REPLY;
    message.data.get_timetable_reply.days[3].actions[0].switch_id = 0;
    message.context.has = ZJIOT_BIT(zhenjiang_context, status) | ZJIOT_BIT(zhenjiang_context, detail);
    message.context.status = 1;
    message.context.detail = "a \"long\" tale\n";
    struct zjiot_zhenjiang_message first = message;
    first.data.get_timetable_reply.days_count = 4;
    const size_t limit = write_whole(&first, out);
    struct zjiot_zhenjiang_message *parts;
    assert_int_equal(split(&message, limit, &parts), 2);
    assert_int_equal(parts[0].data.get_timetable_reply.days_count, 4);
    assert_int_equal(write_whole(&parts[1], out), limit);
    assert_same_days(&message, parts, 2);
    assert_int_equal(split(&message, limit - 1, &parts), 3);
}

/* The command is the type's, also where the message that was read had none. */
static void the_command_need_not_be_there(void **state) {
    (void)state;
    char *out = take(BODY);
    struct zjiot_zhenjiang_message message = planned_message(8, 5);
    const size_t limit = write_whole(&message, out);
    struct zjiot_zhenjiang_message *parts;
    message.context.has = ZJIOT_HAS_READ | ZJIOT_BIT(zhenjiang_context, dev_attr) |
                          ZJIOT_BIT(zhenjiang_context, dev_id) | ZJIOT_BIT(zhenjiang_context, unix_milli) |
                          ZJIOT_BIT(zhenjiang_context, serial_id);
    assert_int_equal(split(&message, limit, &parts), 1);
    assert_int_equal(split(&message, limit - 1, &parts), 2);
}

static void the_default_limit_is_a_million(void **state) {
    (void)state;
    char *out = take(BODY);
    const struct zjiot_zhenjiang_message message = planned_message(LEAP_YEAR, 100);
    struct zjiot_zhenjiang_message *parts;
    assert_int_equal(split(&message, 0, &parts), 2);
    assert_true(write_whole(&parts[0], out) <= 1000000);
    parts[0].data.set_timetable.days_count++;
    assert_true(write_whole(&parts[0], out) > 1000000);
}

static void a_table_without_days_is_one_message(void **state) {
    (void)state;
    char *out = take(BODY);
    const struct zjiot_zhenjiang_message message = set_timetable((struct zjiot_zhenjiang_timetable){0});
    const size_t size = write_whole(&message, out);
    struct zjiot_zhenjiang_message *parts = NULL;
    assert_int_equal(split(&message, size, &parts), 1);
    assert_int_equal(parts[0].data.set_timetable.days_count, 0);
    assert_int_equal(write_whole(&parts[0], out), size);
    parts = NULL;
    assert_int_equal(zjiot_zhenjiang_timetable_split(&message, size - 1, &pool, &parts, &error), ZJIOT_LENGTH);
    assert_string_equal(error.path, "");
    assert_null(parts);
}

/* Nothing is given out, and nothing is left in the pool. */
static void assert_no_split(const struct zjiot_zhenjiang_message *message, size_t limit, int code, const char *path) {
    const struct zjiot_pool before = pool;
    struct zjiot_zhenjiang_message *parts = NULL;
    assert_int_equal(zjiot_zhenjiang_timetable_split(message, limit, &pool, &parts, &error), code);
    assert_int_equal(error.code, code);
    assert_string_equal(error.path, path);
    assert_null(parts);
    assert_ptr_equal(pool.base, before.base);
    assert_int_equal(pool.used, before.used);
    assert_int_equal(zjiot_zhenjiang_timetable_split(message, limit, &pool, &parts, NULL), code);
}

static void a_day_is_never_split(void **state) {
    (void)state;
    char *out = take(BODY);
    const struct plan plan = {701, 4, 3, 5, 4, false}; /* the last day is the longest */
    struct zjiot_zhenjiang_message message = set_timetable(planned_table(&plan));
    struct zjiot_zhenjiang_message alone = message;
    alone.data.set_timetable.days += 3;
    alone.data.set_timetable.days_count = 1;
    const size_t limit = write_whole(&alone, out);
    struct zjiot_zhenjiang_message *parts;
    const size_t count = split(&message, limit, &parts);
    assert_int_equal(parts[count - 1].data.set_timetable.days_count, 1);
    assert_no_split(&message, limit - 1, ZJIOT_LENGTH, "data.timetable[3]");
    message.data.set_timetable.days[0].actions[2].dimming = 101;
    assert_no_split(&message, limit, ZJIOT_RANGE, "data.timetable[0].do[2].dimming");
    message.data.set_timetable.days[0].actions[2].dimming = 100;
    message.data.set_timetable.days[3].actions[16].dimming = 1; /* type 2 has none */
    assert_no_split(&message, limit + 100, ZJIOT_EXTRA, "data.timetable[3].do[16].dimming");
    message.data.set_timetable.days[3].actions[16].dimming = 0;
    message.context.dev_id = NULL;
    assert_no_split(&message, limit, ZJIOT_MISSING, "context.dev_id");
}

static void other_messages_have_no_timetable(void **state) {
    (void)state;
    struct zjiot_zhenjiang_message message = planned_message(1, 1);
    for (int type = -1; type <= ZJ_ZHENJIANG_RECORDS; type++) {
        message.type = (enum zjiot_zhenjiang_message_type)type;
        if (type != ZJIOT_ZHENJIANG_SET_TIMETABLE && type != ZJIOT_ZHENJIANG_GET_TIMETABLE_REPLY)
            assert_no_split(&message, 0, ZJIOT_ARG, "");
    }
}

/*
 * Joining
 */

/* The table as data of a setTimetable; in the pool. */
static const char *table_text(const struct zjiot_zhenjiang_timetable *table) {
    struct zj_writer writer = {.error = &error};
    struct zj_json json;
    char *text = take(BODY);
    zj_json_start(&json, text, BODY, false);
    assert_int_equal(zj_write_json(&writer, &json, &zj_zhenjiang_records[ZJIOT_ZHENJIANG_SET_TIMETABLE], table), 0);
    assert_true(json.size < BODY);
    text[json.size] = '\0';
    return text;
}

static struct zjiot_zhenjiang_message send_and_read(const struct zjiot_zhenjiang_message *message) {
    char topic[ZJIOT_ZHENJIANG_TOPIC_SIZE];
    char *body = take(BODY);
    struct zjiot_report report = {0};
    struct zjiot_zhenjiang_message arrived;
    const int64_t size = zjiot_zhenjiang_encode(message, NULL, topic, sizeof topic, body, BODY, &error);
    assert_true(size > 0);
    assert_int_equal(zjiot_zhenjiang_decode(topic, body, (size_t)size, NULL, &pool, &arrived, &report, NULL, &error),
                     0);
    assert_int_equal(report.count, 0);
    assert_string_equal(arrived.context.serial_id, message->context.serial_id);
    return arrived;
}

static void parts_that_arrive_give_the_table_again(void **state) {
    (void)state;
    char *out = take(BODY);
    const struct plan plan = {601, LEAP_YEAR, 2, 3, 5, true};
    const struct zjiot_zhenjiang_message message = set_timetable(planned_table(&plan));
    const char *whole = table_text(&message.data.set_timetable);
    struct zjiot_zhenjiang_message *parts;
    const size_t count = split(&message, write_whole(&message, out) / 9, &parts);
    assert_true(count >= 9);
    struct zjiot_zhenjiang_timetable table = {0};
    for (size_t i = 0; i < count; i++) {
        const struct zjiot_zhenjiang_message part = send_and_read(&parts[i]);
        join(&table, &part.data.set_timetable);
    }
    assert_string_equal(table_text(&table), whole);
    for (size_t i = count; i > 0; i--) /* sent again: nothing is new */
        join(&table, &parts[i - 1].data.set_timetable);
    assert_string_equal(table_text(&table), whole);
}

static void a_day_is_replaced_where_it_stands(void **state) {
    (void)state;
    const struct plan old_plan = {701, 4, 1, 0, 1, true};
    const struct plan new_plan = {703, 4, 2, 0, 1, false};
    struct zjiot_zhenjiang_timetable table = planned_table(&old_plan);
    const struct zjiot_zhenjiang_timetable before = table;
    const struct zjiot_zhenjiang_timetable part = planned_table(&new_plan);
    join(&table, &part);
    const int64_t days[] = {0, 701, 702, 703, 704, 705, 706};
    const size_t actions[] = {1, 1, 1, 2, 2, 2, 2};
    assert_int_equal(table.days_count, ZJ_COUNT(days));
    for (size_t i = 0; i < ZJ_COUNT(days); i++) {
        assert_int_equal(table.days[i].day, days[i]);
        assert_int_equal(table.days[i].actions_count, actions[i]);
    }
    assert_true(table.days != before.days);
    assert_int_equal(before.days[3].actions_count, 1); /* the old list is as it was */
    join(&table, &table);
    assert_int_equal(table.days_count, ZJ_COUNT(days));
}

/* A table that began with a message without one can be written. */
static void a_joined_table_is_there(void **state) {
    (void)state;
    struct zjiot_zhenjiang_timetable table = read_text("{}", 1);
    const struct zjiot_zhenjiang_timetable part = read_text("{\"timetable\":[{\"do\":[]}]}", 0);
    join(&table, &part);
    assert_string_equal(table_text(&table), "{\"timetable\":[{\"do\":[]}]}");
}

/*
 * Memory
 */

static void every_smaller_pool_is_too_small(void **state) {
    (void)state;
    char *out = take(BODY);
    const struct zjiot_zhenjiang_message message = planned_message(6, 4);
    const size_t limit = write_whole(&message, out) / 2;
    struct zjiot_zhenjiang_timetable table = planned_message(3, 1).data.set_timetable;
    const struct zjiot_zhenjiang_timetable before = table;
    const size_t join_size = 9 * sizeof *table.days;
    struct zjiot_zhenjiang_message *parts = NULL;
    struct zjiot_pool small;
    const size_t count = split(&message, limit, &parts);
    assert_int_equal(count, 3);
    parts = NULL;
    unsigned char *room = take(count * sizeof message);
    for (size_t size = 0; size < count * sizeof message; size++) {
        zjiot_pool_fixed(&small, room, size);
        assert_int_equal(zjiot_zhenjiang_timetable_split(&message, limit, &small, &parts, &error), ZJIOT_SPACE);
        assert_true(error.need > 0);
        assert_null(parts);
        assert_int_equal(small.used, 0);
    }
    zjiot_pool_fixed(&small, room, count * sizeof message);
    assert_int_equal(zjiot_zhenjiang_timetable_split(&message, limit, &small, &parts, &error), count);
    for (size_t size = 0; size < join_size; size++) {
        zjiot_pool_fixed(&small, room, size);
        assert_int_equal(zjiot_zhenjiang_timetable_join(&table, &message.data.set_timetable, &small, &error),
                         ZJIOT_SPACE);
        assert_int_equal(error.need, join_size - size);
        assert_memory_equal(&table, &before, sizeof table);
        assert_int_equal(small.used, 0);
    }
    zjiot_pool_fixed(&small, room, join_size);
    assert_int_equal(zjiot_zhenjiang_timetable_join(&table, &message.data.set_timetable, &small, &error), 0);
    assert_int_equal(table.days_count, 6);
    assert_int_equal(small.used, 6 * sizeof *table.days); /* what was not needed is given back */
}

static void *alloc_nothing(void *context, size_t size) {
    (void)context;
    (void)size;
    return NULL;
}

static void free_nothing(void *context, void *block) {
    (void)context;
    (void)block;
}

static void an_allocator_that_gives_nothing(void **state) {
    (void)state;
    const struct zjiot_zhenjiang_message message = planned_message(2, 1);
    const struct zjiot_allocator none = {alloc_nothing, free_nothing, NULL};
    struct zjiot_zhenjiang_timetable table = {0};
    struct zjiot_zhenjiang_message *parts = NULL;
    struct zjiot_pool empty;
    zjiot_pool_growing(&empty, &none, POOL);
    assert_int_equal(zjiot_zhenjiang_timetable_split(&message, 0, &empty, &parts, &error), ZJIOT_NOMEM);
    assert_int_equal(error.code, ZJIOT_NOMEM);
    assert_null(parts);
    assert_int_equal(zjiot_zhenjiang_timetable_join(&table, &message.data.set_timetable, &empty, NULL), ZJIOT_NOMEM);
    assert_int_equal(table.days_count, 0);
    assert_null(table.days);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(splits_of_the_vectors),
        TEST(at_every_limit_parts_are_full_and_never_too_long),
        TEST(an_answer_is_split_like_an_order),
        TEST(the_command_need_not_be_there),
        TEST(the_default_limit_is_a_million),
        TEST(a_table_without_days_is_one_message),
        TEST(a_day_is_never_split),
        TEST(other_messages_have_no_timetable),
        TEST(parts_that_arrive_give_the_table_again),
        TEST(a_day_is_replaced_where_it_stands),
        TEST(a_joined_table_is_there),
        TEST(every_smaller_pool_is_too_small),
        TEST(an_allocator_that_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
