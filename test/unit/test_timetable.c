/* What a switch does by its timetable. */
#include "timetable.h"

static struct zjiot_zhenjiang_timetable read_tree(const json_t *tree) {
    char *text = json_dumps(tree, 0);
    assert_non_null(text);
    const struct zjiot_zhenjiang_timetable table = read_text(text, 0);
    free(text);
    return table;
}

/* The place of an action in the list that it leads into; -1: none. */
static int place_of(const struct zjiot_zhenjiang_timetable *table, const struct zjiot_zhenjiang_action *action) {
    for (size_t i = 0; i < table->days_count; i++)
        for (size_t j = 0; j < table->days[i].actions_count; j++)
            if (action == &table->days[i].actions[j])
                return (int)j;
    return -1;
}

static int check_light(const struct zjiot_zhenjiang_timetable *table, const json_t *query, const char *note) {
    static const char *const states[] = {"none", "off", "on", "dim"};
    const struct zjiot_zhenjiang_moment moment = {
        .switch_id = number_of(query, "switch"),
        .day = day_number(vector_text(query, "date")),
        .minute = number_of(query, "minute"),
        .sunrise = number_of(query, "sunrise"),
        .sunset = number_of(query, "sunset"),
    };
    int brightness = 1000;
    const struct zjiot_zhenjiang_action *action = (const void *)&moment;
    const enum zjiot_zhenjiang_light light = zjiot_zhenjiang_light_at(table, &moment, &brightness, &action);
    const int bright[] = {-1, 0, 100, number_of(query, "dimming")};
    const json_t *place = json_object_get(query, "action");
    const int wanted = place != NULL ? (int)json_integer_value(place) : -1;
    const int is = action != NULL ? place_of(table, action) : -1;
    if (strcmp(states[light], vector_text(query, "state")) == 0 && brightness == bright[light] && is == wanted &&
        (action == NULL) == (place == NULL))
        return 0;
    char *text = json_dumps(query, 0);
    print_error("%s: %s at %d %%, action %d, but %s\n", note, states[light], brightness, is, text);
    free(text);
    return 1;
}

/* Every question is put to the joined table, and to the list as it came where all of it is in one message. */
static int check_queries(const json_t *line) {
    const json_t *messages = json_object_get(line, "messages");
    const json_t *queries = json_object_get(line, "queries");
    struct zjiot_zhenjiang_timetable table = {0};
    struct zjiot_zhenjiang_timetable last = {0};
    const json_t *item;
    size_t i;
    int failures = 0;
    json_array_foreach(messages, i, item) {
        last = read_tree(item);
        join(&table, &last);
    }
    json_array_foreach(queries, i, item) {
        failures += check_light(&table, item, vector_text(line, "note"));
        if (json_array_size(messages) == 1)
            failures += check_light(&last, item, vector_text(line, "note"));
    }
    return failures;
}

static void lights_of_the_vectors(void **state) {
    (void)state;
    assert_true(each_line("queries", check_queries) >= 33);
}

#define ACTION(...)                                                                                                    \
    { .switch_id = 1, __VA_ARGS__ }

static enum zjiot_zhenjiang_light light_of(struct zjiot_zhenjiang_action action, int minute) {
    struct zjiot_zhenjiang_day day = {.day = 701, .actions = &action, .actions_count = 1};
    const struct zjiot_zhenjiang_timetable table = {.days = &day, .days_count = 1};
    const struct zjiot_zhenjiang_moment moment = {1, 701, minute, -1, 1130}; /* no sunrise in winter */
    return zjiot_zhenjiang_light_at(&table, &moment, NULL, NULL);
}

static void the_edges_of_a_minute(void **state) {
    (void)state;
    const struct zjiot_zhenjiang_action on = ACTION(.type = ZJIOT_ZHENJIANG_TURN_ON);
    assert_int_equal(light_of(on, 0), ZJIOT_ZHENJIANG_LIGHT_IS_ON); /* 0 is midnight where the caller fills it */
    assert_int_equal(light_of(on, 1439), ZJIOT_ZHENJIANG_LIGHT_IS_ON);
    assert_int_equal(light_of(on, 1440), ZJIOT_ZHENJIANG_LIGHT_UNKNOWN);
    assert_int_equal(light_of(on, -1), ZJIOT_ZHENJIANG_LIGHT_UNKNOWN);
    const struct zjiot_zhenjiang_timetable dark = {.days = &(struct zjiot_zhenjiang_day){0}, .days_count = 1};
    const int minutes[] = {-1, 0, 1439, 1440};
    for (size_t i = 0; i < ZJ_COUNT(minutes); i++) {
        const struct zjiot_zhenjiang_moment moment = {.day = 701, .minute = minutes[i]};
        assert_int_equal(zjiot_zhenjiang_light_at(&dark, &moment, NULL, NULL),
                         i % 3 == 0 ? ZJIOT_ZHENJIANG_LIGHT_UNKNOWN : ZJIOT_ZHENJIANG_LIGHT_IS_OFF);
    }
}

/* The entry for every day is for days that there are. */
static void a_day_is_one_of_a_year(void **state) {
    (void)state;
    static const struct {
        int64_t day;
        bool exists;
    } cases[] = {{101, true},  {229, true},   {1231, true},   {0, false},
                 {100, false}, {230, false},  {1232, false},  {1301, false},
                 {-1, false},  {9999, false}, {12, false},    {INT64_C(100) * UINT32_MAX + 100 + 701, false},
                 {431, false}, {-701, false}, {10101, false}, {INT64_MAX, false}};
    const struct zjiot_zhenjiang_timetable dark = {.days = &(struct zjiot_zhenjiang_day){0}, .days_count = 1};
    for (size_t i = 0; i < ZJ_COUNT(cases); i++) {
        const struct zjiot_zhenjiang_moment moment = {.day = cases[i].day};
        assert_int_equal(zjiot_zhenjiang_light_at(&dark, &moment, NULL, NULL),
                         cases[i].exists ? ZJIOT_ZHENJIANG_LIGHT_IS_OFF : ZJIOT_ZHENJIANG_LIGHT_UNKNOWN);
    }
}

/* A lenient reader leaves numbers of any size. */
static void absurd_numbers_are_harmless(void **state) {
    (void)state;
    const int64_t huge[] = {INT64_MAX, INT64_MIN, INT64_C(1) << 32};
    for (size_t i = 0; i < ZJ_COUNT(huge); i++) {
        const bool before = huge[i] < 0;
        const struct zjiot_zhenjiang_action sun = ACTION(.type = ZJIOT_ZHENJIANG_ON_BY_SUN, .offset = huge[i]);
        assert_int_equal(light_of(sun, 720), before ? ZJIOT_ZHENJIANG_LIGHT_IS_ON : ZJIOT_ZHENJIANG_LIGHT_UNKNOWN);
        const struct zjiot_zhenjiang_action rise = ACTION(.type = ZJIOT_ZHENJIANG_OFF_BY_SUN, .offset = huge[i]);
        assert_int_equal(light_of(rise, 720), before ? ZJIOT_ZHENJIANG_LIGHT_IS_OFF : ZJIOT_ZHENJIANG_LIGHT_UNKNOWN);
        const struct zjiot_zhenjiang_action clock = ACTION(.type = ZJIOT_ZHENJIANG_TURN_ON, .time = huge[i]);
        assert_int_equal(light_of(clock, 720), before ? ZJIOT_ZHENJIANG_LIGHT_IS_ON : ZJIOT_ZHENJIANG_LIGHT_UNKNOWN);
        const struct zjiot_zhenjiang_action dim = ACTION(.type = ZJIOT_ZHENJIANG_DIM, .dimming = huge[i]);
        assert_int_equal(light_of(dim, 720), ZJIOT_ZHENJIANG_LIGHT_UNKNOWN);
    }
    const struct zjiot_zhenjiang_action dim = ACTION(.type = ZJIOT_ZHENJIANG_DIM, .dimming = 101);
    assert_int_equal(light_of(dim, 720), ZJIOT_ZHENJIANG_LIGHT_UNKNOWN);
    const struct zjiot_zhenjiang_action other = ACTION(.type = 6);
    assert_int_equal(light_of(other, 720), ZJIOT_ZHENJIANG_LIGHT_UNKNOWN);
}

/* An action switches the lamp on at midnight, so that it would show if the damaged one were taken for another. */
static void what_is_damaged_does_not_count(void **state) {
    (void)state;
    static const char *const damaged[] = {
        "{\"switch_id\":1,\"type\":2}",
        "{\"switch_id\":1,\"type\":2,\"time\":\"25:00\"}",
        "{\"switch_id\":1,\"type\":3,\"time\":\"10:00\"}",
        "{\"switch_id\":1,\"type\":3,\"time\":\"10:00\",\"dimming\":\"dark\"}",
        "{\"switch_id\":1,\"type\":5,\"offset\":\"soon\"}",
        "{\"switch_id\":1,\"time\":\"10:00\"}",
        "{\"type\":2,\"time\":\"10:00\"}",
    };
    const size_t deviations[] = {0, 1, 0, 1, 1, 1, 1}; /* what is missing by a rule between fields is not the rows' */
    for (size_t i = 0; i < ZJ_COUNT(damaged); i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{\"timetable\":[{\"dt\":\"07-01\",\"do\":[{\"switch_id\":1,\"type\":1,\"time\":\"00:00\"},%s]}]}",
                 damaged[i]);
        const struct zjiot_zhenjiang_timetable table = read_text(text, deviations[i]);
        const struct zjiot_zhenjiang_moment moment = {1, 701, 1439, 310, 1130};
        const struct zjiot_zhenjiang_action *action;
        assert_int_equal(zjiot_zhenjiang_light_at(&table, &moment, NULL, &action), ZJIOT_ZHENJIANG_LIGHT_IS_ON);
        assert_int_equal(place_of(&table, action), 0);
    }
}

/* A day that cannot be read is not every day, and actions that cannot be read are not the empty list. */
static void a_damaged_day_changes_nothing(void **state) {
    (void)state;
    static const char *const damaged[] = {
        "{\"dt\":\"13-01\",\"do\":[]}",
        "{\"do\":7}",
        "{}",
        "7",
    };
    const struct zjiot_zhenjiang_moment moment = {1, 701, 720, 310, 1130};
    const struct zjiot_zhenjiang_timetable every =
        read_text("{\"timetable\":[{\"do\":[{\"switch_id\":1,\"type\":1,\"time\":\"10:00\"}]}]}", 0);
    for (size_t i = 0; i < ZJ_COUNT(damaged); i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"timetable\":[%s]}", damaged[i]);
        const struct zjiot_zhenjiang_timetable part = read_text(text, 1);
        struct zjiot_zhenjiang_timetable table = every;
        assert_int_equal(part.days_count, 1);
        assert_int_equal(zjiot_zhenjiang_light_at(&part, &moment, NULL, NULL), ZJIOT_ZHENJIANG_LIGHT_UNKNOWN);
        join(&table, &part);
        assert_int_equal(table.days_count, 1);
        assert_int_equal(zjiot_zhenjiang_light_at(&table, &moment, NULL, NULL), ZJIOT_ZHENJIANG_LIGHT_IS_ON);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(lights_of_the_vectors),       TEST(the_edges_of_a_minute),          TEST(a_day_is_one_of_a_year),
        TEST(absurd_numbers_are_harmless), TEST(what_is_damaged_does_not_count), TEST(a_damaged_day_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
