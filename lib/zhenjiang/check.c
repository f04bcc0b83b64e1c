/* Rules between fields, which rows cannot say (document 000; decisions, section 1). */
#include <stdio.h>
#include <string.h>

#include "zhenjiang/zhenjiang.h"

/* Where the checking is. */
struct place {
    const struct zj_rules *rules;
    const struct zj_path *path;
};

static int report(const struct place *place, const struct zj_finding *finding) {
    return zj_rules_report(place->rules, place->path, finding);
}

static int report_number(const struct place *place, enum zjiot_code code, const char *key, int64_t found,
                         const char *expected) {
    char text[ZJ_NUMBER_SIZE];
    zj_int_write(found, text);
    return report(place, &(struct zj_finding){code, key, text, expected});
}

/* The members that are there: one whose value is none has been reported when it was read, and cannot be written. */
static uint64_t present(const struct place *place, uint64_t has, uint64_t invalid) {
    return place->rules->reader != NULL ? has | invalid : has;
}

/* A name that the topic has too. */
static int check_name(const struct place *place, const char *key, const char *name, const char *wanted) {
    if (name == NULL || wanted == NULL || strcmp(name, wanted) == 0)
        return 0;
    return report(place, &(struct zj_finding){ZJIOT_CONST, key, name, wanted});
}

/* Letters of ASCII that may stand in a level of a topic. */
static bool is_plain_name(const char *text, size_t size) {
    unsigned others = 0;
    for (size_t i = 0; i < size; i++)
        others |=
            (unsigned)(text[i] <= ' ') | (text[i] == '/') | (text[i] == '+') | (text[i] == '#') | (text[i] >= 0x7F);
    return others == 0;
}

/* Devices have 18 characters; up to 64 are read. */
static int check_dev_id(const struct place *place, const char *dev_id) {
    const size_t size = strlen(dev_id);
    int code = 0;
    if (size == 0 || size > ZJIOT_ZHENJIANG_DEV_ID_MAX)
        return zj_rules_refuse(place->rules, place->path,
                               &(struct zj_finding){ZJIOT_LENGTH, "dev_id", size == 0 ? "\"\"" : dev_id,
                                                    "18 characters; 1 to 64 are read"});
    if (size != ZJIOT_ZHENJIANG_DEV_ID_LENGTH)
        code = report(place, &(struct zj_finding){ZJIOT_LENGTH, "dev_id", dev_id, "18 characters"});
    if (code == 0 && !is_plain_name(dev_id, size))
        code =
            report(place, &(struct zj_finding){ZJIOT_RANGE, "dev_id", dev_id, "ASCII characters without /, + and #"});
    return code;
}

static int check_names(const struct place *place, const struct zjiot_zhenjiang_message *message) {
    const struct zjiot_zhenjiang_context *context = &message->context;
    const bool is_reading = place->rules->reader != NULL;
    int code = 0;
    if (!is_reading || (context->has & ZJIOT_BIT(zhenjiang_context, cmd)))
        code = check_name(place, "cmd", context->cmd, zj_zhenjiang_records[message->type].name);
    if (code == 0 && !is_reading && context->dev_id == NULL)
        code = report(place, &(struct zj_finding){ZJIOT_MISSING, "dev_id", "nothing", "18 characters"});
    if (code != 0 || context->dev_id == NULL || (is_reading && !(context->has & ZJIOT_BIT(zhenjiang_context, dev_id))))
        return code;
    code = check_name(place, "dev_id", context->dev_id, message->topic.device);
    return code != 0 ? code : check_dev_id(place, context->dev_id);
}

static int check_dev_attr(const struct place *place, int64_t dev_attr) {
    const int64_t need_loops = ZJIOT_ZHENJIANG_HAS_DIMMING | ZJIOT_ZHENJIANG_HAS_SUPPLY;
    if ((dev_attr & need_loops) == 0 || (dev_attr & ZJIOT_ZHENJIANG_HAS_LOOPS) != 0)
        return 0;
    return report_number(place, ZJIOT_RANGE, "dev_attr", dev_attr, "bit 0 with bits 4 and 5");
}

bool zj_zhenjiang_is_push(enum zjiot_zhenjiang_message_type type) {
    const struct zjiot_record *record = &zj_zhenjiang_records[type];
    return record->direction == ZJIOT_UP && zj_zhenjiang_command(record->name, record->name_size, ZJIOT_DOWN) == NULL;
}

/* status and detail belong to answers, and to pushes if they like. In a struct that the caller fills they are there. */
static int check_result(const struct place *place, const struct zjiot_zhenjiang_message *message) {
    static const struct {
        uint64_t bit;
        const char *key;
        const char *meaning;
    } members[] = {
        {ZJIOT_BIT(zhenjiang_context, status), "status", "the result in an answer"},
        {ZJIOT_BIT(zhenjiang_context, detail), "detail", "the reason in an answer, empty if it was done"},
    };
    const struct zjiot_zhenjiang_context *context = &message->context;
    const bool up = zj_zhenjiang_records[message->type].direction == ZJIOT_UP;
    const bool was_read = place->rules->reader != NULL || (context->has & ZJIOT_HAS_READ);
    int code = 0;
    for (unsigned i = 0; i < ZJ_COUNT(members) && code == 0; i++) {
        const bool has = (present(place, context->has, context->invalid) & members[i].bit) != 0;
        if (!up && has)
            code = report(place, &(struct zj_finding){ZJIOT_EXTRA, members[i].key, "a result",
                                                      "no result in a message to the device"});
        if (up && !has && was_read && !zj_zhenjiang_is_push(message->type))
            code = report(place, &(struct zj_finding){ZJIOT_MISSING, members[i].key, "nothing", members[i].meaning});
    }
    return code;
}

static int check_context(const struct place *place, const struct zjiot_zhenjiang_message *message) {
    int code = check_names(place, message);
    if (code == 0)
        code = check_dev_attr(place, message->context.dev_attr);
    return code != 0 ? code : check_result(place, message);
}

/* A member of an action, and the types that have it. */
struct action_member {
    unsigned at;    /* of its row */
    unsigned types; /* bit n: type n */
    bool needed;
};

static const struct action_member action_members[] = {
    {zjiot_at_zhenjiang_action_time,
     1 << ZJIOT_ZHENJIANG_TURN_ON | 1 << ZJIOT_ZHENJIANG_TURN_OFF | 1 << ZJIOT_ZHENJIANG_DIM, true},
    {zjiot_at_zhenjiang_action_dimming, 1 << ZJIOT_ZHENJIANG_DIM, true},
    {zjiot_at_zhenjiang_action_offset, 1 << ZJIOT_ZHENJIANG_ON_BY_SUN | 1 << ZJIOT_ZHENJIANG_OFF_BY_SUN, false},
};

enum { ACTION_TYPES = ZJIOT_ZHENJIANG_OFF_BY_SUN + 1 };

/* The members that each type has, and behind them all that there are. */
static void gather_members(uint64_t members[ACTION_TYPES + 1]) {
    for (unsigned type = 0; type <= ACTION_TYPES; type++) {
        members[type] = 0;
        for (unsigned i = 0; i < ZJ_COUNT(action_members); i++)
            if (type == ACTION_TYPES || (action_members[i].types >> type & 1))
                members[type] |= UINT64_C(1) << action_members[i].at;
    }
}

/* An action that was read and has just the members of its type, as most have. */
static inline bool is_plain(const struct zjiot_zhenjiang_action *action, const uint64_t members[ACTION_TYPES + 1]) {
    return (action->has & ZJIOT_HAS_READ) && (uint64_t)action->type < ACTION_TYPES &&
           (action->has & members[ACTION_TYPES]) == members[action->type];
}

static int report_extra(const struct place *place, const struct zjiot_field *field, int64_t value) {
    char found[ZJ_NUMBER_SIZE];
    zjiot_value_text(field, &value, found, sizeof found);
    return report(place, &(struct zj_finding){ZJIOT_EXTRA, field->key, found, "nothing with this type"});
}

static int check_action(const struct place *place, const struct zjiot_zhenjiang_action *action, bool up) {
    const struct action_member *members = action_members;
    const int64_t values[] = {action->time, action->dimming, action->offset};
    const bool was_read = action->has & ZJIOT_HAS_READ;
    if (action->type < ZJIOT_ZHENJIANG_TURN_ON || action->type > ZJIOT_ZHENJIANG_OFF_BY_SUN)
        return 0; /* the row has said so */
    int code = 0;
    for (unsigned i = 0; i < ZJ_COUNT(action_members) && code == 0; i++) {
        const struct zjiot_field *field = &zj_zhenjiang_part_action.fields[members[i].at];
        const uint64_t bit = UINT64_C(1) << members[i].at;
        const bool belongs = members[i].types >> action->type & 1;
        const bool has = (action->has & bit) != 0 || (!was_read && values[i] != 0);
        if (!belongs && has && !(up && values[i] == 0))
            code = report_extra(place, field, values[i]);
        const bool was_sent = has || (present(place, 0, action->invalid) & bit) || values[i] == ZJ_CALENDAR_EMPTY;
        if (belongs && members[i].needed && !was_sent)
            code = report(place, &(struct zj_finding){ZJIOT_MISSING, field->key, "nothing", "a value with this type"});
    }
    return code;
}

/* In an answer, other than in setTimetable, each entry has its day. */
static int check_day_is_there(const struct place *place, const struct zjiot_zhenjiang_day *day) {
    const bool was_sent = (present(place, day->has, day->invalid) & ZJIOT_BIT(zhenjiang_day, day)) || day->day != 0;
    if (was_sent || !(day->has & ZJIOT_HAS_READ))
        return 0;
    return report(place, &(struct zj_finding){ZJIOT_MISSING, "dt", "nothing", "the day, in an answer"});
}

static int check_timetable(const struct place *place, const struct zjiot_zhenjiang_timetable *table, bool up) {
    struct zj_path days = {place->path, "timetable", 0};
    struct zj_path actions = {&days, "do", 0};
    const struct place inner = {place->rules, &actions};
    uint64_t members[ACTION_TYPES + 1];
    gather_members(members);
    for (size_t i = 0; i < table->days_count; i++) {
        const struct zjiot_zhenjiang_day *day = &table->days[i];
        days.index = (int)i;
        const int missing = up ? check_day_is_there(&(struct place){place->rules, &days}, day) : 0;
        if (missing != 0)
            return missing;
        for (size_t j = 0; j < day->actions_count; j++) {
            if (ZJ_LIKELY(is_plain(&day->actions[j], members)))
                continue;
            actions.index = (int)j;
            const int code = check_action(&inner, &day->actions[j], up);
            if (code != 0)
                return code;
        }
    }
    return 0;
}

static int check_levels(const struct place *place, const struct zjiot_zhenjiang_current_limits *levels, size_t count,
                        int loop) {
    struct zj_path loops = {place->path, "loop", loop};
    struct zj_path path = {&loops, "levels", 0};
    const struct place inner = {place->rules, &path};
    for (size_t i = 0; i < count; i++) {
        path.index = (int)i;
        const uint64_t both = ZJIOT_BIT(zhenjiang_current_limits, start) | ZJIOT_BIT(zhenjiang_current_limits, end);
        const bool known = !(levels[i].has & ZJIOT_HAS_READ) || (levels[i].has & both) == both;
        if (known && levels[i].start == levels[i].end && levels[i].start != 0) {
            const int code = report(&inner, &(struct zj_finding){ZJIOT_RANGE, "dt_end", "the time of dt_start",
                                                                 "another time; 00:00 to 24:00 is the whole day"});
            if (code != 0)
                return code;
        }
    }
    return 0;
}

bool zjiot_zhenjiang_fault_has_phase(int64_t alarm_id) {
    switch (alarm_id) {
    case ZJIOT_ZHENJIANG_FAULT_OVER_VOLTAGE:
    case ZJIOT_ZHENJIANG_FAULT_UNDER_VOLTAGE:
    case ZJIOT_ZHENJIANG_FAULT_UNDER_VOLTAGE_CUT:
    case ZJIOT_ZHENJIANG_FAULT_OVER_VOLTAGE_CUT:
    case ZJIOT_ZHENJIANG_FAULT_PHASE_LOSS:
        return true;
    default:
        return false;
    }
}

static int check_alarms(const struct place *place, const struct zjiot_zhenjiang_post_alarm *data) {
    struct zj_path path = {place->path, "alarm", 0};
    const struct place inner = {place->rules, &path};
    for (size_t i = 0; i < data->alarms_count; i++) {
        const struct zjiot_zhenjiang_alarm *alarm = &data->alarms[i];
        const bool has_phase = zjiot_zhenjiang_fault_has_phase(alarm->alarm_id);
        path.index = (int)i;
        int code = 0;
        if ((present(place, 0, alarm->invalid) & ZJIOT_BIT(zhenjiang_alarm, phase)) != 0)
            continue;
        if (has_phase && alarm->phase == 0)
            code = report(&inner,
                          &(struct zj_finding){ZJIOT_MISSING, "phase", "no phase", "the phase of this fault, 1 to 3"});
        else if (!has_phase && alarm->phase != 0)
            code = report_number(&inner, ZJIOT_RANGE, "phase", alarm->phase, "0, this fault is of no phase");
        if (code != 0)
            return code;
    }
    return 0;
}

static int check_switches(const struct place *place, const struct zjiot_zhenjiang_runtime *data) {
    struct zj_path path = {place->path, "switch", 0};
    const struct place inner = {place->rules, &path};
    for (size_t i = 0; i < data->switches_count; i++) {
        const struct zjiot_zhenjiang_switch_reading *reading = &data->switches[i];
        path.index = (int)i;
        if (reading->reason != ZJIOT_ZHENJIANG_REASON_LEAKAGE || reading->state != ZJIOT_ZHENJIANG_SWITCH_ON)
            continue;
        const int code = report_number(&inner, ZJIOT_RANGE, "reason", reading->reason, "9 only while st is 0");
        if (code != 0)
            return code;
    }
    return 0;
}

static int check_data(const struct place *place, const struct zjiot_zhenjiang_message *message) {
    const union zjiot_zhenjiang_data *data = &message->data;
    int code = 0;
    switch (message->type) {
    case ZJIOT_ZHENJIANG_SET_TIMETABLE:
        return check_timetable(place, &data->set_timetable, false);
    case ZJIOT_ZHENJIANG_GET_TIMETABLE_REPLY:
        return check_timetable(place, &data->get_timetable_reply, true);
    case ZJIOT_ZHENJIANG_SET_LOOP_PARAM:
        for (size_t i = 0; i < data->set_loop_param.loops_count && code == 0; i++)
            code = check_levels(place, data->set_loop_param.loops[i].levels, data->set_loop_param.loops[i].levels_count,
                                (int)i);
        return code;
    case ZJIOT_ZHENJIANG_GET_LOOP_PARAM_REPLY:
        for (size_t i = 0; i < data->get_loop_param_reply.loops_count && code == 0; i++)
            code = check_levels(place, data->get_loop_param_reply.loops[i].levels,
                                data->get_loop_param_reply.loops[i].levels_count, (int)i);
        return code;
    case ZJIOT_ZHENJIANG_GET_RUNTIME_REPLY:
    case ZJIOT_ZHENJIANG_POST_RUNTIME:
        return check_switches(place, &data->get_runtime_reply);
    case ZJIOT_ZHENJIANG_POST_ALARM:
        return check_alarms(place, &data->post_alarm);
    default:
        return 0;
    }
}

int zj_zhenjiang_check(const struct zj_rules *rules, const struct zjiot_zhenjiang_message *message) {
    const struct zj_path context_path = {NULL, "context", -1};
    const struct zj_path data_path = {NULL, "data", -1};
    const struct place context = {rules, &context_path};
    const struct place data = {rules, &data_path};
    const int code = check_context(&context, message);
    return code != 0 ? code : check_data(&data, message);
}
