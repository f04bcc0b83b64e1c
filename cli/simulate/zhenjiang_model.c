/* What a simulated Zhenjiang device measures and switches: lamps on contactors, in loops on three phases. */
#include <math.h>
#include <string.h>

#include "simulate/zhenjiang.h"

enum { RATED_POWER = 250, ALARMS_MOST = 128, LEAST_LEVEL = 10 };

static const double power_factor = 0.95;

/* --- Readings --- */

double model_rounded(double value) {
    return round(value * 100) / 100;
}

/* A little up and down, from minute to minute. */
static double wobble(const struct call *call, uint32_t salt, uint32_t limit) {
    const uint32_t minute = (uint32_t)(call->now / SIM_MINUTE_MS);
    return sim_share(call->device, minute * 64 + salt, limit) / 100.0;
}

static double voltage_of(const struct call *call, size_t phase) {
    return 220 + wobble(call, (uint32_t)phase, 600);
}

size_t model_switches(struct call *call) {
    const int64_t most = setting_get(call, SETTING_RUNNING)->set_running_param.others.max_switch;
    return most > SWITCHES_MOST ? SWITCHES_MOST : (size_t)most;
}

static const struct zjiot_zhenjiang_set_loop_param *loops_of(struct call *call) {
    return &setting_get(call, SETTING_LOOPS)->set_loop_param;
}

static size_t loop_count(struct call *call) {
    const size_t count = loops_of(call)->loops_count;
    return count > LOOPS_MOST ? LOOPS_MOST : count;
}

/* The contactor of a loop; NULL: it has none, or one that the device does not have. */
static struct contactor *contactor_of(struct call *call, int64_t switch_id) {
    if (switch_id < 1 || switch_id > (int64_t)model_switches(call))
        return NULL;
    return &call->post->contactors[switch_id - 1];
}

static const struct zjiot_zhenjiang_dimming *dimming_of(struct call *call, int64_t switch_id) {
    const struct zjiot_zhenjiang_dimming_param *param = &setting_get(call, SETTING_DIMMING)->set_dimming_param;
    for (size_t i = param->dimming_count; i > 0; i--)
        if (param->dimming[i - 1].switch_id == switch_id)
            return &param->dimming[i - 1];
    return NULL;
}

/* The lamps of a contactor, at full brightness, share their power among its loops. */
static double rated_power(struct call *call, int64_t switch_id) {
    const struct zjiot_zhenjiang_dimming *dimming = dimming_of(call, switch_id);
    const double power = dimming != NULL && dimming->rated_power > 0 ? (double)dimming->rated_power : RATED_POWER;
    size_t count = 0;
    for (size_t i = 0; i < loop_count(call); i++)
        count += loops_of(call)->loops[i].switch_id == switch_id;
    return count > 0 ? power / (double)count : power;
}

static double loop_power(struct call *call, const struct zjiot_zhenjiang_loop_setting *loop) {
    const struct contactor *contactor = contactor_of(call, loop->switch_id);
    return contactor != NULL ? rated_power(call, loop->switch_id) * contactor->level / 100 : 0;
}

static double loop_current(struct call *call, const struct zjiot_zhenjiang_loop_setting *loop) {
    return loop_power(call, loop) / voltage_of(call, (size_t)loop->phase - 1) / power_factor;
}

/* mA: what every lamp leaks. */
static double leakage_of(struct call *call, int64_t switch_id) {
    const struct contactor *contactor = contactor_of(call, switch_id);
    return contactor == NULL || contactor->level == 0 ? 0 : 5 + wobble(call, 8 + (uint32_t)switch_id, 300);
}

static double reactive(double power) {
    return power * sqrt(1 - power_factor * power_factor) / power_factor;
}

void model_count(struct call *call) {
    struct post *post = call->post;
    const double hours = (double)(call->now - post->counted) / 3600000;
    post->counted = call->now;
    if (hours <= 0)
        return;
    for (size_t i = 0; i < loop_count(call); i++) {
        const struct zjiot_zhenjiang_loop_setting *loop = &loops_of(call)->loops[i];
        const double energy = loop_power(call, loop) * hours / 1000;
        post->loop_energy[i] += (float)energy;
        post->active[loop->phase - 1] += energy;
        post->reactive[loop->phase - 1] += reactive(energy);
    }
}

/* --- Switching --- */

static void local_of(struct call *call, struct sim_local *ret_local, struct sim_sun *ret_sun) {
    const struct zjiot_zhenjiang_coordinates *place =
        &setting_get(call, SETTING_RUNNING)->set_running_param.coordinates;
    sim_local(call_clock(call), ret_local);
    sim_sun(place->longitude, place->latitude, ret_local, ret_sun);
}

double model_lux(struct call *call) {
    struct sim_local local;
    struct sim_sun sun;
    local_of(call, &local, &sun);
    if (sun.height <= 0)
        return model_rounded(wobble(call, 60, 50));
    return model_rounded(110000 * sin(sun.height * 3.14159265 / 180) + wobble(call, 60, 100));
}

void model_power_on(struct call *call) {
    for (size_t i = 0; i < SWITCHES_MOST; i++) {
        const struct zjiot_zhenjiang_dimming *dimming = dimming_of(call, (int64_t)i + 1);
        const bool is_lit = dimming != NULL && dimming->power_on_default == ZJIOT_ZHENJIANG_LIT_AT_POWER_ON;
        call->post->contactors[i] =
            (struct contactor){.level = is_lit ? 100 : 0, .reason = ZJIOT_ZHENJIANG_REASON_POWER_ON};
    }
}

/* Names what decided, so that it is carried out once; 0: nothing did. */
static uint32_t decision(enum zjiot_zhenjiang_light light, int day, const struct zjiot_zhenjiang_action *action) {
    if (light == ZJIOT_ZHENJIANG_LIGHT_UNKNOWN)
        return 0;
    const uint32_t when = action == NULL                              ? 0
                          : action->type >= ZJIOT_ZHENJIANG_ON_BY_SUN ? (uint32_t)(action->offset + 128)
                                                                      : (uint32_t)action->time;
    const uint32_t what = action == NULL ? 0 : (uint32_t)(action->type * 101 + action->dimming);
    return 1 + (uint32_t)day + 32 * (when + 1440 * what);
}

static void follow_timetable(struct call *call) {
    const struct zjiot_zhenjiang_timetable *table = &setting_get(call, SETTING_TIMETABLE)->set_timetable;
    const bool can_dim = (call->city->modules & ZJIOT_ZHENJIANG_HAS_DIMMING) != 0;
    struct sim_local local;
    struct sim_sun sun;
    local_of(call, &local, &sun);
    for (size_t i = 0; i < model_switches(call); i++) {
        struct contactor *contactor = &call->post->contactors[i];
        const struct zjiot_zhenjiang_action *action;
        const struct zjiot_zhenjiang_moment moment = {(int64_t)i + 1, local.month * 100 + local.day, local.minute,
                                                      sun.sunrise, sun.sunset};
        int level;
        const enum zjiot_zhenjiang_light light = zjiot_zhenjiang_light_at(table, &moment, &level, &action);
        const uint32_t decided = decision(light, local.day, action);
        const bool is_new = decided != contactor->decided;
        contactor->decided = decided;
        if (!is_new || decided == 0 || contactor->tripped)
            continue;
        contactor->level = can_dim || level == 0 ? (uint8_t)level : 100;
        contactor->reason = action != NULL && action->type >= ZJIOT_ZHENJIANG_ON_BY_SUN
                                ? ZJIOT_ZHENJIANG_REASON_SUN
                                : ZJIOT_ZHENJIANG_REASON_TIMETABLE;
    }
}

/* --- Alarms --- */

/* Those that are raised and cleared now. */
struct alarms {
    struct zjiot_zhenjiang_alarm items[ALARMS_MOST];
    size_t count;
};

static int64_t state_of(const struct contactor *contactor) {
    if (contactor == NULL || contactor->level == 0)
        return ZJIOT_ZHENJIANG_ALARM_OFF;
    return contactor->level == 100 ? ZJIOT_ZHENJIANG_ALARM_ON : ZJIOT_ZHENJIANG_ALARM_DIMMED;
}

static struct zjiot_zhenjiang_alarm *add_alarm(struct call *call, struct alarms *alarms, int64_t fault, bool raised) {
    if (alarms->count == ALARMS_MOST)
        return &alarms->items[ALARMS_MOST - 1];
    struct zjiot_zhenjiang_alarm *alarm = &alarms->items[alarms->count++];
    *alarm = (struct zjiot_zhenjiang_alarm){
        .alarm_id = fault,
        .alarm_time = call->now,
        .voltage = model_rounded(voltage_of(call, 0)),
        .state = raised ? ZJIOT_ZHENJIANG_ALARM_RAISED : ZJIOT_ZHENJIANG_ALARM_CLEARED,
    };
    return alarm;
}

static void add_loop_alarm(struct call *call, struct alarms *alarms, size_t at, int64_t fault, bool raised) {
    const struct zjiot_zhenjiang_loop_setting *loop = &loops_of(call)->loops[at];
    const double power = loop_power(call, loop), current = loop_current(call, loop);
    struct zjiot_zhenjiang_alarm *alarm = add_alarm(call, alarms, fault, raised);
    alarm->loop_id = loop->loop_id;
    alarm->alarm_value = alarm->current = model_rounded(current);
    alarm->voltage = model_rounded(voltage_of(call, (size_t)loop->phase - 1));
    alarm->active_power = model_rounded(power) / 1000;
    alarm->reactive_power = model_rounded(reactive(power)) / 1000;
    alarm->power_factor = power > 0 ? power_factor : 0;
    alarm->switch_state = state_of(contactor_of(call, loop->switch_id));
}

static void watch_voltage(struct call *call, struct alarms *alarms) {
    const struct zjiot_zhenjiang_voltage_limits *limits = &loops_of(call)->voltage;
    for (size_t phase = 0; phase < PHASES; phase++) {
        const double voltage = voltage_of(call, phase);
        const uint8_t bit = (uint8_t)(1u << phase);
        const bool was_over = call->post->over_voltage & bit, was_under = call->post->under_voltage & bit;
        const bool is_over = limits->up_limit > 0 && voltage > (was_over ? limits->up_limit_dispel : limits->up_limit);
        const bool is_under = voltage < (was_under ? limits->low_limit_dispel : limits->low_limit);
        if (is_over != was_over || is_under != was_under) {
            const bool over = is_over != was_over;
            struct zjiot_zhenjiang_alarm *alarm =
                add_alarm(call, alarms, over ? ZJIOT_ZHENJIANG_FAULT_OVER_VOLTAGE : ZJIOT_ZHENJIANG_FAULT_UNDER_VOLTAGE,
                          over ? is_over : is_under);
            alarm->phase = (int64_t)phase + 1;
            alarm->alarm_value = alarm->voltage = model_rounded(voltage);
        }
        call->post->over_voltage = (uint8_t)((call->post->over_voltage & ~bit) | (is_over ? bit : 0));
        call->post->under_voltage = (uint8_t)((call->post->under_voltage & ~bit) | (is_under ? bit : 0));
    }
}

/* The limits of a loop at this minute; NULL: none. */
static const struct zjiot_zhenjiang_current_limits *limits_at(const struct zjiot_zhenjiang_loop_setting *loop,
                                                              int minute) {
    for (size_t i = 0; i < loop->levels_count; i++) {
        const struct zjiot_zhenjiang_current_limits *level = &loop->levels[i];
        if (level->start < level->end ? minute >= level->start && minute < level->end
                                      : minute >= level->start || minute < level->end)
            return level;
    }
    return NULL;
}

/* Only lit lamps have a current that can be wrong. */
static void watch_current(struct call *call, struct alarms *alarms) {
    struct sim_local local;
    sim_local(call_clock(call), &local);
    for (size_t i = 0; i < loop_count(call); i++) {
        const struct zjiot_zhenjiang_loop_setting *loop = &loops_of(call)->loops[i];
        const struct zjiot_zhenjiang_current_limits *limits = limits_at(loop, local.minute);
        const double current = loop_current(call, loop);
        const uint64_t bit = UINT64_C(1) << i;
        const bool was_over = call->post->over_current & bit, was_under = call->post->under_current & bit;
        const bool is_watched = limits != NULL && current > 0;
        const bool is_over =
            is_watched && limits->up_limit > 0 && current > (was_over ? limits->up_limit_dispel : limits->up_limit);
        const bool is_under = is_watched && current < (was_under ? limits->low_limit_dispel : limits->low_limit);
        if (is_over != was_over)
            add_loop_alarm(call, alarms, i, ZJIOT_ZHENJIANG_FAULT_OVER_CURRENT, is_over);
        if (is_under != was_under)
            add_loop_alarm(call, alarms, i, ZJIOT_ZHENJIANG_FAULT_UNDER_CURRENT, is_under);
        call->post->over_current = (call->post->over_current & ~bit) | (is_over ? bit : 0);
        call->post->under_current = (call->post->under_current & ~bit) | (is_under ? bit : 0);
    }
}

int64_t model_loop_of(struct call *call, int64_t switch_id) {
    for (size_t i = 0; i < loop_count(call); i++)
        if (loops_of(call)->loops[i].switch_id == switch_id)
            return loops_of(call)->loops[i].loop_id;
    return switch_id;
}

static uint8_t leakage_level(const struct zjiot_zhenjiang_leakage_setting *leak, double current) {
    const int64_t limits[] = {leak->alarm_limit_1, leak->alarm_limit_2, leak->alarm_limit_3};
    uint8_t level = 0;
    for (uint8_t i = 0; i < 3; i++)
        if (limits[i] > 0 && current >= (double)limits[i] && current > (double)leak->baseline)
            level = (uint8_t)(i + 1);
    return level;
}

static void add_leakage_alarm(struct call *call, struct alarms *alarms, int64_t switch_id, int64_t fault, bool raised,
                              double current) {
    struct zjiot_zhenjiang_alarm *alarm = add_alarm(call, alarms, fault, raised);
    alarm->loop_id = model_loop_of(call, switch_id);
    alarm->alarm_value = model_rounded(current);
    alarm->alarm_level = contactor_of(call, switch_id)->leakage_level;
    alarm->switch_state = state_of(contactor_of(call, switch_id));
}

/* An alarm stays until it is cleared by a command, or until leakage alarms are no longer wanted. */
static void watch_leakage(struct call *call, struct alarms *alarms) {
    const struct zjiot_zhenjiang_set_leakage_current *setting =
        &setting_get(call, SETTING_LEAKAGE)->set_leakage_current;
    for (size_t i = 0; i < setting->loops_count; i++) {
        const struct zjiot_zhenjiang_leakage_setting *leak = &setting->loops[i];
        struct contactor *contactor = contactor_of(call, leak->switch_id);
        if (contactor == NULL)
            continue;
        const double current = leakage_of(call, leak->switch_id);
        const bool alarms_wanted = leak->work_mode == ZJIOT_ZHENJIANG_LEAKAGE_ALARM ||
                                   leak->work_mode == ZJIOT_ZHENJIANG_LEAKAGE_ALARM_AND_TRIP;
        const bool trips = leak->work_mode == ZJIOT_ZHENJIANG_LEAKAGE_TRIP ||
                           leak->work_mode == ZJIOT_ZHENJIANG_LEAKAGE_ALARM_AND_TRIP;
        const uint8_t level = alarms_wanted ? leakage_level(leak, current) : 0;
        if (level > contactor->leakage_level) {
            contactor->leakage_level = level;
            add_leakage_alarm(call, alarms, leak->switch_id, ZJIOT_ZHENJIANG_FAULT_LEAKAGE, true, current);
        }
        if (trips && !contactor->tripped && leak->break_limit > 0 && current >= (double)leak->break_limit) {
            contactor->tripped = true;
            add_leakage_alarm(call, alarms, leak->switch_id, ZJIOT_ZHENJIANG_FAULT_LEAKAGE_TRIP, true, current);
            contactor->level = 0;
            contactor->reason = ZJIOT_ZHENJIANG_REASON_LEAKAGE;
        }
    }
}

struct contactor *model_contactor_of_loop(struct call *call, int64_t loop_id) {
    for (size_t i = 0; i < loop_count(call); i++)
        if (loops_of(call)->loops[i].loop_id == loop_id)
            return contactor_of(call, loops_of(call)->loops[i].switch_id);
    return NULL;
}

static void send_alarms(struct call *call, struct alarms *alarms) {
    const struct zjiot_zhenjiang_message message = {
        .type = ZJIOT_ZHENJIANG_POST_ALARM,
        .data.post_alarm = {.alarms = alarms->items, .alarms_count = alarms->count},
    };
    if (alarms->count > 0)
        post_send(call, &message);
}

void model_recover(struct call *call, int64_t loop_id, int64_t action) {
    struct contactor *contactor = model_contactor_of_loop(call, loop_id);
    struct alarms *alarms = call_take(call, sizeof *alarms);
    const int64_t switch_id = contactor - call->post->contactors + 1;
    if (action == ZJIOT_ZHENJIANG_RECOVER_ALARM && contactor->leakage_level > 0) {
        add_leakage_alarm(call, alarms, switch_id, ZJIOT_ZHENJIANG_FAULT_LEAKAGE, false, leakage_of(call, switch_id));
        contactor->leakage_level = 0;
    }
    if (action == ZJIOT_ZHENJIANG_RECOVER_TRIP && contactor->tripped) {
        add_leakage_alarm(call, alarms, switch_id, ZJIOT_ZHENJIANG_FAULT_LEAKAGE_TRIP, false,
                          leakage_of(call, switch_id));
        contactor->tripped = false;
    }
    send_alarms(call, alarms);
}

void model_follow(struct call *call) {
    struct alarms *alarms = call_take(call, sizeof *alarms);
    if (call->post->out_of_service || call->post->returns != 0)
        return;
    if (call->city->modules & ZJIOT_ZHENJIANG_HAS_LOOPS) {
        follow_timetable(call);
        watch_voltage(call, alarms);
        watch_current(call, alarms);
    }
    if (call->city->modules & ZJIOT_ZHENJIANG_HAS_LEAKAGE)
        watch_leakage(call, alarms);
    send_alarms(call, alarms);
}

/* --- What is read --- */

int64_t model_level(const struct contactor *contactor) {
    return contactor->level > 0 && contactor->level < LEAST_LEVEL ? LEAST_LEVEL : contactor->level;
}

static int64_t level_state(bool is_high, bool is_low) {
    return is_high ? ZJIOT_ZHENJIANG_LEVEL_HIGH : is_low ? ZJIOT_ZHENJIANG_LEVEL_LOW : ZJIOT_ZHENJIANG_LEVEL_NORMAL;
}

static void read_loop(struct call *call, size_t at, struct zjiot_zhenjiang_loop *ret_loop) {
    const struct zjiot_zhenjiang_loop_setting *setting = &loops_of(call)->loops[at];
    const struct contactor *contactor = contactor_of(call, setting->switch_id);
    const struct post *post = call->post;
    const double power = loop_power(call, setting);
    const size_t phase = (size_t)setting->phase - 1;
    const bool over = post->over_current >> at & 1, under = post->under_current >> at & 1;
    const bool high = post->over_voltage >> phase & 1, low = post->under_voltage >> phase & 1;
    const uint8_t level = contactor != NULL ? contactor->level : 0;
    *ret_loop = (struct zjiot_zhenjiang_loop){
        .id = setting->loop_id,
        .phase = setting->phase,
        .voltage = model_rounded(voltage_of(call, phase)),
        .current = model_rounded(loop_current(call, setting)),
        .active_power = model_rounded(power),
        .reactive_power = model_rounded(reactive(power)),
        .apparent_power = model_rounded(power / power_factor),
        .power_factor = power > 0 ? power_factor : 0,
        .total_energy = model_rounded((double)post->loop_energy[at]),
        .state = contactor != NULL ? model_level(contactor) : 0,
        .fault = over    ? ZJIOT_ZHENJIANG_LOOP_OVER_CURRENT
                 : under ? ZJIOT_ZHENJIANG_LOOP_UNDER_CURRENT
                 : high  ? ZJIOT_ZHENJIANG_LOOP_OVER_VOLTAGE
                 : low   ? ZJIOT_ZHENJIANG_LOOP_UNDER_VOLTAGE
                         : ZJIOT_ZHENJIANG_LOOP_NO_FAULT,
        .voltage_state = level_state(high, low),
        .current_state = level_state(over, under),
        .leakage_current = model_rounded(leakage_of(call, setting->switch_id)),
    };
    if ((call->city->modules & ZJIOT_ZHENJIANG_HAS_DIMMING) == 0)
        return;
    ret_loop->has = ZJIOT_BIT(zhenjiang_loop, leakage) | ZJIOT_BIT(zhenjiang_loop, working_on);
    ret_loop->leakage = contactor == NULL              ? ZJIOT_ZHENJIANG_LAMP_NO_LEAKAGE
                        : contactor->tripped           ? ZJIOT_ZHENJIANG_LAMP_TRIPPED
                        : contactor->leakage_level > 0 ? ZJIOT_ZHENJIANG_LAMP_LEAKAGE
                                                       : ZJIOT_ZHENJIANG_LAMP_NO_LEAKAGE;
    ret_loop->working_on = level == 0     ? ZJIOT_ZHENJIANG_LAMP_DARK
                           : level == 100 ? ZJIOT_ZHENJIANG_LAMP_LIT
                                          : ZJIOT_ZHENJIANG_LAMP_DIMMED;
}

void model_runtime(struct call *call, struct zjiot_zhenjiang_runtime *ret_runtime) {
    struct zjiot_zhenjiang_loop *loops = call_take(call, loop_count(call) * sizeof *loops);
    struct zjiot_zhenjiang_switch_reading *switches = call_take(call, SWITCHES_MOST * sizeof *switches);
    for (size_t i = 0; i < loop_count(call); i++)
        read_loop(call, i, &loops[i]);
    for (size_t i = 0; i < model_switches(call); i++) {
        const struct contactor *contactor = &call->post->contactors[i];
        switches[i].id = (int64_t)i + 1;
        switches[i].state = contactor->level > 0 ? ZJIOT_ZHENJIANG_SWITCH_ON : ZJIOT_ZHENJIANG_SWITCH_OFF;
        switches[i].reason = contactor->reason;
    }
    *ret_runtime = (struct zjiot_zhenjiang_runtime){
        .voltage_a = model_rounded(voltage_of(call, 0)),
        .voltage_b = model_rounded(voltage_of(call, 1)),
        .voltage_c = model_rounded(voltage_of(call, 2)),
        .temperature = model_rounded(20 + wobble(call, 4, 1000)),
        .loops = loops,
        .loops_count = loop_count(call),
        .switches = switches,
        .switches_count = model_switches(call),
    };
}

void model_leakage(struct call *call, struct zjiot_zhenjiang_get_leakage_data_reply *ret_data) {
    const struct zjiot_zhenjiang_set_leakage_current *setting =
        &setting_get(call, SETTING_LEAKAGE)->set_leakage_current;
    struct zjiot_zhenjiang_leakage_loop *loops = call_take(call, setting->loops_count * sizeof *loops);
    bool enabled = false;
    for (size_t i = 0; i < setting->loops_count; i++) {
        const struct zjiot_zhenjiang_leakage_setting *leak = &setting->loops[i];
        const struct contactor *contactor = contactor_of(call, leak->switch_id);
        loops[i].work_mode = leak->work_mode;
        loops[i].alarm_limit = leak->alarm_limit_1;
        loops[i].baseline = leak->baseline;
        loops[i].current = llround(leakage_of(call, leak->switch_id));
        enabled |= leak->work_mode != ZJIOT_ZHENJIANG_LEAKAGE_UNUSED;
        if (contactor == NULL)
            continue;
        loops[i].manual = contactor->reason == ZJIOT_ZHENJIANG_REASON_MANUAL;
        loops[i].closed = contactor->level > 0;
        loops[i].alarm = contactor->tripped ? ZJIOT_ZHENJIANG_LEAKAGE_TRIPPED : contactor->leakage_level;
    }
    *ret_data = (struct zjiot_zhenjiang_get_leakage_data_reply){
        .hardware_type = ZJIOT_ZHENJIANG_YES,
        .enabled = enabled,
        .loops = loops,
        .loops_count = setting->loops_count,
    };
}
