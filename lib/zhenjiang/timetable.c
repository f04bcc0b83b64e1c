/* Timetables: what they make of a switch, and how they go into messages and come out of them (document 3.3.3). */
#include "zhenjiang/zhenjiang.h"
#include "json/json.h"

enum { DAY = 1440 }; /* minutes */

/* Every member of a struct that the caller filled is there. */
static bool is_there(uint64_t has, uint64_t bit) {
    return !(has & ZJIOT_HAS_READ) || (has & bit);
}

/* Whether it is known which day this is, and what is to be done. Without a day it is every day; but one that could not
 * be read is none, and actions that are missing are not the empty list that leaves the lamps dark. */
static bool is_readable(const struct zjiot_zhenjiang_day *day) {
    return day->invalid == 0 && is_there(day->has, ZJIOT_BIT(zhenjiang_day, actions));
}

/* The entry that counts for a day, 0 being every day; NULL: none. */
static struct zjiot_zhenjiang_day *find_day(const struct zjiot_zhenjiang_timetable *table, int64_t number) {
    for (size_t i = table->days_count; i > 0; i--) {
        struct zjiot_zhenjiang_day *day = &table->days[i - 1];
        if (day->day == number && is_readable(day))
            return day;
    }
    return NULL;
}

/* Keeps the sum with a minute of the day from overflowing; a day more or less leads out of every day. */
static int64_t shifted(int sun, int64_t offset) {
    if (offset > DAY)
        offset = DAY;
    if (offset < -DAY)
        offset = -DAY;
    return sun + offset;
}

/* The minute of an action, which may lie before or behind the day; false: nobody can tell what it does, or when. */
static bool minute_of(const struct zjiot_zhenjiang_action *action, const struct zjiot_zhenjiang_moment *moment,
                      int64_t *ret_minute) {
    if (action->invalid != 0)
        return false;
    switch (action->type) {
    case ZJIOT_ZHENJIANG_ON_BY_SUN:
        *ret_minute = shifted(moment->sunset, action->offset);
        return true;
    case ZJIOT_ZHENJIANG_OFF_BY_SUN:
        *ret_minute = shifted(moment->sunrise, action->offset);
        return true;
    case ZJIOT_ZHENJIANG_DIM:
        if (!is_there(action->has, ZJIOT_BIT(zhenjiang_action, dimming)) || action->dimming < 0 ||
            action->dimming > 100)
            return false;
        break;
    case ZJIOT_ZHENJIANG_TURN_ON:
    case ZJIOT_ZHENJIANG_TURN_OFF:
        break;
    default:
        return false;
    }
    *ret_minute = action->time;
    return is_there(action->has, ZJIOT_BIT(zhenjiang_action, time));
}

/* The action of a day that is in force; NULL: none yet. */
static const struct zjiot_zhenjiang_action *find_action(const struct zjiot_zhenjiang_day *day,
                                                        const struct zjiot_zhenjiang_moment *moment) {
    const struct zjiot_zhenjiang_action *last = NULL;
    int64_t last_minute = 0;
    for (size_t i = 0; i < day->actions_count; i++) {
        const struct zjiot_zhenjiang_action *action = &day->actions[i];
        int64_t minute;
        if (action->switch_id != moment->switch_id || !minute_of(action, moment, &minute) || minute > moment->minute)
            continue;
        if (last == NULL || minute >= last_minute) {
            last = action;
            last_minute = minute;
        }
    }
    return last;
}

static enum zjiot_zhenjiang_light light_of(const struct zjiot_zhenjiang_action *action, int *ret_brightness) {
    switch (action->type) {
    case ZJIOT_ZHENJIANG_TURN_ON:
    case ZJIOT_ZHENJIANG_ON_BY_SUN:
        *ret_brightness = 100;
        return ZJIOT_ZHENJIANG_LIGHT_IS_ON;
    case ZJIOT_ZHENJIANG_DIM:
        *ret_brightness = (int)action->dimming;
        return ZJIOT_ZHENJIANG_LIGHT_IS_DIMMED;
    default: /* minute_of lets through no other types but those that switch off */
        *ret_brightness = 0;
        return ZJIOT_ZHENJIANG_LIGHT_IS_OFF;
    }
}

static bool is_moment(const struct zjiot_zhenjiang_moment *moment) {
    const struct zjiot_field *day = &zj_zhenjiang_part_day.fields[zjiot_at_zhenjiang_day_day];
    return moment->minute >= 0 && moment->minute < DAY && moment->day >= day->min && moment->day <= day->max &&
           zj_calendar_fits(day, moment->day, (int)(moment->day % 100));
}

enum zjiot_zhenjiang_light zjiot_zhenjiang_light_at(const struct zjiot_zhenjiang_timetable *table,
                                                    const struct zjiot_zhenjiang_moment *moment, int *ret_brightness,
                                                    const struct zjiot_zhenjiang_action **ret_action) {
    const struct zjiot_zhenjiang_action *action = NULL;
    enum zjiot_zhenjiang_light light = ZJIOT_ZHENJIANG_LIGHT_UNKNOWN;
    int brightness = -1;
    const struct zjiot_zhenjiang_day *day = find_day(table, moment->day);
    if (day == NULL)
        day = find_day(table, 0);
    if (day != NULL && is_moment(moment)) {
        action = find_action(day, moment);
        if (action != NULL) {
            light = light_of(action, &brightness);
        } else if (day->actions_count == 0) {
            light = ZJIOT_ZHENJIANG_LIGHT_IS_OFF;
            brightness = 0;
        }
    }
    if (ret_brightness != NULL)
        *ret_brightness = brightness;
    if (ret_action != NULL)
        *ret_action = action;
    return light;
}

/* `table` has room for them. */
static void put_days(struct zjiot_zhenjiang_timetable *table, const struct zjiot_zhenjiang_timetable *from) {
    for (size_t i = 0; i < from->days_count; i++) {
        if (!is_readable(&from->days[i]))
            continue;
        struct zjiot_zhenjiang_day *place = find_day(table, from->days[i].day);
        if (place == NULL)
            place = &table->days[table->days_count++];
        *place = from->days[i];
    }
}

int zjiot_zhenjiang_timetable_join(struct zjiot_zhenjiang_timetable *table,
                                   const struct zjiot_zhenjiang_timetable *part, struct zjiot_pool *pool,
                                   struct zjiot_error *reterr_error) {
    const size_t room = (table->days_count + part->days_count) * sizeof *table->days;
    struct zjiot_error error;
    struct zjiot_zhenjiang_timetable joined = {.has = table->has | ZJIOT_BIT(zhenjiang_timetable, days)};
    joined.days = zjiot_pool_take(pool, room, &error);
    if (joined.days == NULL) {
        if (reterr_error != NULL)
            *reterr_error = error;
        return error.code;
    }
    put_days(&joined, table);
    put_days(&joined, part);
    zj_pool_trim(pool, joined.days, room, joined.days_count * sizeof *joined.days);
    *table = joined;
    return 0;
}

/* The table of a message, or NULL. */
static struct zjiot_zhenjiang_timetable *table_of(struct zjiot_zhenjiang_message *message) {
    switch (message->type) {
    case ZJIOT_ZHENJIANG_SET_TIMETABLE:
        return &message->data.set_timetable;
    case ZJIOT_ZHENJIANG_GET_TIMETABLE_REPLY:
        return &message->data.get_timetable_reply;
    default:
        return NULL;
    }
}

/* The splitting of a table: what all parts have in common, and the parts made so far. */
struct split {
    struct zjiot_zhenjiang_message whole;
    struct zjiot_pool *pool;
    struct zjiot_error *error;
    struct zjiot_zhenjiang_message *parts;
    size_t count;
};

/* The days from `first` up to `end` become a part. 0 or a code. */
static int add_part(struct split *split, size_t first, size_t end) {
    const size_t size = split->count * sizeof *split->parts;
    struct zjiot_error error;
    struct zjiot_zhenjiang_message *parts =
        zj_pool_grow(split->pool, split->parts, size, size + sizeof *split->parts, &error);
    if (parts == NULL) {
        if (split->error != NULL)
            *split->error = error;
        return error.code;
    }
    split->parts = parts;
    parts[split->count] = split->whole;
    struct zjiot_zhenjiang_timetable *table = table_of(&parts[split->count++]);
    table->days_count = end - first;
    if (first > 0)
        table->days += first;
    return 0;
}

/* Bytes of the message without its days. */
static int64_t measure_empty(const struct split *split) {
    struct zjiot_zhenjiang_message empty = split->whole;
    table_of(&empty)->days_count = 0;
    struct zj_json json;
    zj_json_start(&json, NULL, 0, false);
    const int code = zj_zhenjiang_body_write(&empty, &json, split->error);
    return code != 0 ? code : (int64_t)json.size;
}

/* Bytes of one day in a message that is `empty` bytes without it. LENGTH: they are more than `limit` together. */
static int64_t measure_day(const struct split *split, const struct zjiot_zhenjiang_timetable *table, size_t index,
                           size_t empty, size_t limit) {
    const struct zj_path data = {NULL, "data", -1};
    const struct zj_path here = {&data, "timetable", (int)index};
    struct zj_writer writer = {
        .error = split->error,
        .path = &here,
        .zero_is_absent = zj_zhenjiang_records[split->whole.type].direction == ZJIOT_UP,
    };
    struct zj_json json;
    zj_json_start(&json, NULL, 0, false);
    const int code = zj_write_json(&writer, &json, &zj_zhenjiang_part_day, &table->days[index]);
    if (code != 0 || json.size <= limit - empty)
        return code != 0 ? code : (int64_t)json.size;
    char path[ZJIOT_PATH_SIZE];
    zj_path_text(&here, NULL, path);
    return zj_fail_at(split->error, ZJIOT_LENGTH, 0, path, "%s: a message with this day alone has %zu bytes, above %zu",
                      path, empty + json.size, limit);
}

static int split_days(struct split *split, size_t limit) {
    const struct zjiot_zhenjiang_timetable *table = table_of(&split->whole);
    const int64_t empty = measure_empty(split);
    if (empty < 0)
        return (int)empty;
    if ((uint64_t)empty > limit)
        return zj_fail(split->error, ZJIOT_LENGTH, 0, "the message without days has %zu bytes, above %zu",
                       (size_t)empty, limit);
    size_t first = 0;
    size_t size = (size_t)empty;
    for (size_t i = 0; i < table->days_count; i++) {
        const int64_t day = measure_day(split, table, i, (size_t)empty, limit);
        if (day < 0)
            return (int)day;
        const size_t comma = i > first;
        if (comma + (size_t)day <= limit - size) {
            size += comma + (size_t)day;
            continue;
        }
        const int code = add_part(split, first, i);
        if (code != 0)
            return code;
        first = i;
        size = (size_t)(empty + day);
    }
    return add_part(split, first, table->days_count);
}

int64_t zjiot_zhenjiang_timetable_split(const struct zjiot_zhenjiang_message *message, size_t limit,
                                        struct zjiot_pool *pool, struct zjiot_zhenjiang_message **ret_parts,
                                        struct zjiot_error *reterr_error) {
    struct split split = {.whole = *message, .pool = pool, .error = reterr_error};
    if (table_of(&split.whole) == NULL)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "only setTimetable and the answer to getTimetable have a timetable");
    const struct zj_rules rules = {.error = reterr_error};
    const struct zj_pool_mark mark = zj_pool_mark(pool);
    int code = zj_zhenjiang_check(&rules, message);
    if (code == 0)
        code = split_days(&split, limit != 0 ? limit : ZJIOT_ZHENJIANG_PART_SIZE);
    if (code != 0) {
        zj_pool_rewind(pool, mark);
        return code;
    }
    *ret_parts = split.parts;
    return (int64_t)split.count;
}
