/* The commands of simulated Zhenjiang devices. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "simulate/zhenjiang.h"

enum { RECONNECT_MS = 1000, RESTART_MS = 3000, UPGRADE_MS = 5000, TEXTS_MOST = 1 << 20 };

static const char factory_version[] = "1.0.0";

/* A command that is being carried out. */
struct work {
    struct call *call;
    const struct zjiot_zhenjiang_message *request;
    struct zjiot_zhenjiang_message *reply;
    bool is_answered;
};

/* NULL: done; else why not. */
typedef const char *run_command(struct work *work, enum setting setting);

static const char *print(const struct work *work, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A text that lives as long as the call. */
static const char *print(const struct work *work, const char *format, ...) {
    enum { TEXT_SIZE = 128 };
    char *text = call_take(work->call, TEXT_SIZE);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, TEXT_SIZE, format, arguments);
    va_end(arguments);
    return text;
}

/* --- What is set and read as it is --- */

static const char *set_setting(struct work *work, enum setting setting) {
    return setting_put(work->call, setting, work->request);
}

static const char *set_running(struct work *work, enum setting setting) {
    const char *why = set_setting(work, setting);
    if (why == NULL)
        post_plan(work->call);
    return why;
}

/* The lamps follow the new table at once. */
static const char *set_timetable(struct work *work, enum setting setting) {
    for (size_t i = 0; i < SWITCHES_MOST; i++)
        work->call->post->contactors[i].decided = 0;
    return set_setting(work, setting);
}

static const char *get_setting(struct work *work, enum setting setting) {
    const struct zjiot_record *records = work->call->device->sim->protocol->records;
    copy_members(work->call, &records[work->reply->type], &work->reply->data, &records[setting_command(setting)],
                 setting_get(work->call, setting));
    return NULL;
}

/* The same key says something else in the answer. */
static const char *get_loops(struct work *work, enum setting setting) {
    const char *why = get_setting(work, setting);
    struct zjiot_zhenjiang_get_loop_param_reply *data = &work->reply->data.get_loop_param_reply;
    for (size_t i = 0; i < data->loops_count; i++)
        data->loops[i].contact = ZJIOT_ZHENJIANG_NORMALLY_OPEN;
    return why;
}

/* The answer also says which loop it is. */
static const char *get_leakage(struct work *work, enum setting setting) {
    const char *why = get_setting(work, setting);
    struct zjiot_zhenjiang_get_leakage_current_reply *data = &work->reply->data.get_leakage_current_reply;
    for (size_t i = 0; i < data->loops_count; i++) {
        data->loops[i].id = model_loop_of(work->call, data->loops[i].switch_id);
        data->loops[i].has |= ZJIOT_BIT(zhenjiang_leakage_current, id);
    }
    return why;
}

/* --- The timetable --- */

static int64_t next_day(int64_t day) {
    static const int64_t last[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int64_t month = day / 100;
    if (day % 100 < last[month - 1])
        return day + 1;
    return month == 12 ? 101 : (month + 1) * 100 + 1;
}

/* What is done that day; NULL: nothing is known. */
static const struct zjiot_zhenjiang_day *entry_of(const struct zjiot_zhenjiang_timetable *table, int64_t day) {
    const struct zjiot_zhenjiang_day *every = NULL;
    for (size_t i = 0; i < table->days_count; i++) {
        if (table->days[i].day == day)
            return &table->days[i];
        if (table->days[i].day == 0)
            every = &table->days[i];
    }
    return every;
}

static const char *get_timetable(struct work *work, enum setting setting) {
    enum { YEAR = 366 };
    const struct zjiot_zhenjiang_timetable *table = &setting_get(work->call, setting)->set_timetable;
    const struct zjiot_zhenjiang_get_timetable *wanted = &work->request->data.get_timetable;
    struct zjiot_zhenjiang_timetable *answer = &work->reply->data.get_timetable_reply;
    struct zjiot_zhenjiang_message *parts;
    answer->days = call_take(work->call, YEAR * sizeof *answer->days);
    for (int64_t day = wanted->begin; answer->days_count < YEAR; day = next_day(day)) {
        const struct zjiot_zhenjiang_day *entry = entry_of(table, day);
        if (entry != NULL)
            answer->days[answer->days_count++] = (struct zjiot_zhenjiang_day){
                .day = day, .actions = entry->actions, .actions_count = entry->actions_count};
        if (day == wanted->end)
            break;
    }
    struct zjiot_error error;
    const int64_t count = zjiot_zhenjiang_timetable_split(work->reply, 0, work->call->pool, &parts, &error);
    if (count < 0) {
        *answer = (struct zjiot_zhenjiang_timetable){.days_count = 0};
        return print(work, "the timetable cannot be sent: %s", error.text);
    }
    for (int64_t i = 0; i < count; i++)
        post_send(work->call, &parts[i]);
    work->is_answered = true;
    return NULL;
}

/* --- Readings --- */

static const char *set_timer(struct work *work, enum setting setting) {
    const int64_t last = INT64_C(253402300799); /* of the year 9999 */
    const int64_t now = work->request->data.set_timer.now;
    (void)setting;
    if (now < 0 || now > last)
        return "now: the clock goes from 1970 to 9999";
    work->call->post->clock_offset = now * 1000 - work->call->now;
    return NULL;
}

static const char *get_timer(struct work *work, enum setting setting) {
    (void)setting;
    work->reply->data.get_timer_reply.now = call_clock(work->call) / 1000;
    return NULL;
}

static const char *get_runtime(struct work *work, enum setting setting) {
    (void)setting;
    model_runtime(work->call, &work->reply->data.get_runtime_reply);
    return NULL;
}

static const char *get_leakage_data(struct work *work, enum setting setting) {
    (void)setting;
    model_leakage(work->call, &work->reply->data.get_leakage_data_reply);
    return NULL;
}

static const char *get_info(struct work *work, enum setting setting) {
    const struct post *post = work->call->post;
    const unsigned number = work->call->device->number + 1;
    (void)setting;
    work->reply->data.get_info_reply = (struct zjiot_zhenjiang_get_info_reply){
        .imei = print(work, "86%013u", number),
        .imsi = print(work, "46000%010u", number),
        .iccid = print(work, "898600%014u", number),
        .software = post->version[0] != '\0' ? post->version : factory_version,
        .hardware = "simulated",
    };
    return NULL;
}

static const char *get_location(struct work *work, enum setting setting) {
    const struct zjiot_zhenjiang_coordinates *place = &setting_get(work->call, setting)->set_running_param.coordinates;
    work->reply->data.get_location_reply = (struct zjiot_zhenjiang_get_location_reply){
        .located = ZJIOT_ZHENJIANG_YES,
        .source = ZJIOT_ZHENJIANG_GPS_AND_BEIDOU,
        .longitude = place->longitude,
        .latitude = place->latitude,
    };
    return NULL;
}

static const char *get_energy(struct work *work, enum setting setting) {
    const struct post *post = work->call->post;
    (void)setting;
    work->reply->data.get_energy_reply = (struct zjiot_zhenjiang_get_energy_reply){
        .active_energy_a = model_rounded(post->active[0]),
        .active_energy_b = model_rounded(post->active[1]),
        .active_energy_c = model_rounded(post->active[2]),
        .reactive_energy_a = model_rounded(post->reactive[0]),
        .reactive_energy_b = model_rounded(post->reactive[1]),
        .reactive_energy_c = model_rounded(post->reactive[2]),
        .total_energy = model_rounded(post->active[0] + post->active[1] + post->active[2]),
    };
    return NULL;
}

/* --- Control --- */

static const char *reset(struct work *work, enum setting setting) {
    (void)work, (void)setting; /* it follows the answer: command_finish */
    return NULL;
}

static bool switch_one(const struct work *work, struct contactor *contactor, int64_t level) {
    const bool can_dim = (work->call->city->modules & ZJIOT_ZHENJIANG_HAS_DIMMING) != 0;
    if (contactor->tripped || (!can_dim && level != 0 && level != 100))
        return false;
    contactor->level = (uint8_t)level;
    contactor->reason = ZJIOT_ZHENJIANG_REASON_MANUAL;
    return true;
}

static const char *ctl_on_off(struct work *work, enum setting setting) {
    const struct zjiot_zhenjiang_ctl_on_off *orders = &work->request->data.ctl_on_off;
    struct zjiot_zhenjiang_switch_result *results = call_take(work->call, orders->switches_count * sizeof *results);
    const char *why = NULL;
    (void)setting;
    work->reply->data.ctl_on_off_reply.switches = results;
    work->reply->data.ctl_on_off_reply.switches_count = orders->switches_count;
    for (size_t i = 0; i < orders->switches_count; i++) {
        const int64_t id = orders->switches[i].id;
        const bool exists = id <= (int64_t)model_switches(work->call);
        struct contactor *contactor = exists ? &work->call->post->contactors[id - 1] : NULL;
        const bool is_done =
            exists && !work->call->post->out_of_service && switch_one(work, contactor, orders->switches[i].level);
        results[i].id = id;
        results[i].level = exists ? model_level(contactor) : ZJIOT_ZHENJIANG_IS_UNKNOWN;
        results[i].result = is_done ? ZJIOT_ZHENJIANG_ACTION_DONE : ZJIOT_ZHENJIANG_ACTION_FAILED;
        if (is_done || why != NULL)
            continue;
        why = !exists                            ? print(work, "switch %lld: there is none", (long long)id)
              : work->call->post->out_of_service ? "the device is out of service"
              : contactor->tripped               ? print(work, "switch %lld: it tripped on leakage", (long long)id)
                                                 : print(work, "switch %lld: it cannot dim", (long long)id);
    }
    return why;
}

static const char *leakage_recover(struct work *work, enum setting setting) {
    const struct zjiot_zhenjiang_leakage_recover *orders = &work->request->data.leakage_recover;
    (void)setting;
    for (size_t i = 0; i < orders->loops_count; i++) {
        struct contactor *contactor = model_contactor_of_loop(work->call, orders->loops[i].id);
        if (contactor == NULL)
            return print(work, "loop %lld: there is none with a switch", (long long)orders->loops[i].id);
        model_recover(work->call, orders->loops[i].id, orders->loops[i].action);
    }
    return NULL;
}

static const char *working_module(struct work *work, enum setting setting) {
    struct post *post = work->call->post;
    (void)setting;
    post->out_of_service = work->request->data.working_module.service == ZJIOT_ZHENJIANG_OUT_OF_SERVICE;
    for (size_t i = 0; i < SWITCHES_MOST; i++) {
        post->contactors[i].decided = 0; /* back in service, the timetable counts again */
        if (post->out_of_service)
            post->contactors[i].level = 0;
    }
    return NULL;
}

/* --- Valves --- */

static struct valves *find_valves(struct post *post, int64_t address) {
    for (size_t i = 0; i < post->valves_count; i++)
        if (post->valves[i].address == address)
            return &post->valves[i];
    return NULL;
}

/* At every address there are valves; those that were never moved are closed. */
static const char *get_valves(struct work *work, enum setting setting) {
    const int64_t address = work->request->data.get_valve_degree.address;
    const struct valves none = {0}, *valves = find_valves(work->call->post, address);
    const uint8_t *degrees = valves != NULL ? valves->degrees : none.degrees;
    (void)setting;
    work->reply->data.get_valve_degree_reply = (struct zjiot_zhenjiang_get_valve_degree_reply){
        .address = address,
        .degree1 = degrees[0],
        .degree2 = degrees[1],
        .degree3 = degrees[2],
        .degree4 = degrees[3],
    };
    return NULL;
}

static const char *ctl_valves(struct work *work, enum setting setting) {
    struct post *post = work->call->post;
    const struct zjiot_zhenjiang_ctl_valve_degree *order = &work->request->data.ctl_valve_degree;
    const int64_t degrees[VALVES] = {order->degree1, order->degree2, order->degree3, order->degree4};
    struct zjiot_zhenjiang_ctl_valve_degree_reply *data = &work->reply->data.ctl_valve_degree_reply;
    struct valves *valves = find_valves(post, order->address);
    (void)setting;
    if (valves == NULL) {
        post->valves = must(realloc(post->valves, (post->valves_count + 1) * sizeof *post->valves));
        valves = &post->valves[post->valves_count++];
        *valves = (struct valves){.address = (uint8_t)order->address};
    }
    data->address = order->address;
    for (size_t i = 0; i < VALVES; i++) {
        if (degrees[i] == ZJIOT_ZHENJIANG_VALVE_KEEP)
            continue;
        valves->degrees[i] = (uint8_t)degrees[i];
        data->valve_id = (int64_t)i + 1;
        data->result = ZJIOT_ZHENJIANG_ACTION_DONE;
        post_send(work->call, work->reply);
        work->is_answered = true;
    }
    return NULL;
}

/* --- Upgrade --- */

static const char *keep_text(struct zjiot_pool *pool, const char *text) {
    if (text == NULL)
        return NULL;
    const size_t size = strlen(text) + 1;
    return memcpy(must(zjiot_pool_take(pool, size, NULL)), text, size);
}

/* The version is the file's name, without its ending. */
static const char *ftp_upgrade(struct work *work, enum setting setting) {
    struct post *post = work->call->post;
    const struct zjiot_zhenjiang_ftp_upgrade *order = &work->request->data.ftp_upgrade;
    (void)setting;
    if (post->upgrade != NULL)
        return "an upgrade is under way";
    if (order->file[0] == '\0')
        return "file_name: no file is named";
    struct upgrade *upgrade = post->upgrade = must(calloc(1, sizeof *upgrade));
    zjiot_pool_growing(&upgrade->texts, NULL, TEXTS_MOST);
    upgrade->started = work->call->now;
    upgrade->due = work->call->now + UPGRADE_MS;
    upgrade->order = *work->reply;
    struct zjiot_zhenjiang_context *context = &upgrade->order.context;
    context->serial_id = keep_text(&upgrade->texts, context->serial_id);
    context->gateway_id = keep_text(&upgrade->texts, context->gateway_id);
    context->cmd = NULL;
    upgrade->order.topic.vendor = keep_text(&upgrade->texts, upgrade->order.topic.vendor);
    upgrade->order.topic.command = NULL;
    const char *dot = strrchr(order->file, '.');
    const size_t length = dot != NULL && dot > order->file ? (size_t)(dot - order->file) : strlen(order->file);
    snprintf(upgrade->version, sizeof upgrade->version, "%.*s", (int)length, order->file);
    return NULL;
}

void upgrade_free(struct post *post) {
    if (post->upgrade != NULL)
        zjiot_pool_release(&post->upgrade->texts);
    free(post->upgrade);
    post->upgrade = NULL;
}

void command_upgraded(struct call *call) {
    struct upgrade *upgrade = call->post->upgrade;
    struct zjiot_zhenjiang_message *message = &upgrade->order;
    struct sim_local local;
    char date[16];
    sim_local(upgrade->started, &local);
    snprintf(date, sizeof date, "%04d-%02d-%02d", local.year % 10000, local.month, local.day);
    message->type = ZJIOT_ZHENJIANG_FTP_UPGRADE_FINISHED;
    message->data.ftp_upgrade_finished = (struct zjiot_zhenjiang_ftp_upgrade_finished){
        .version = upgrade->version,
        .released = date,
        .started = upgrade->started / 1000,
        .finished = call->now / 1000,
    };
    memcpy(call->post->version, upgrade->version, sizeof upgrade->version);
    post_send(call, message);
    upgrade_free(call->post);
}

/* --- What follows an answer --- */

static void forget_counters(struct post *post) {
    memset(post->active, 0, sizeof post->active);
    memset(post->reactive, 0, sizeof post->reactive);
    memset(post->loop_energy, 0, sizeof post->loop_energy);
}

static void go_offline(struct call *call, bool restarts) {
    struct post *post = call->post;
    post->returns = call->now + (restarts ? RESTART_MS : RECONNECT_MS);
    post->restarts = restarts;
    for (size_t i = 0; restarts && i < SWITCHES_MOST; i++)
        post->contactors[i].level = 0;
    if (restarts)
        upgrade_free(post);
}

void command_finish(struct call *call, const struct zjiot_zhenjiang_message *request) {
    struct post *post = call->post;
    if (request->type != ZJIOT_ZHENJIANG_RESET)
        return;
    const int64_t action = request->data.reset.action;
    if (action == ZJIOT_ZHENJIANG_RESET_COUNTERS) {
        forget_counters(post);
        return;
    }
    if (action == ZJIOT_ZHENJIANG_RESET_COMM) {
        free(post->settings[SETTING_COMM]);
        post->settings[SETTING_COMM] = NULL;
    } else if (action == ZJIOT_ZHENJIANG_RESET_FACTORY) {
        settings_forget(post);
        post->out_of_service = false;
    }
    memset(call->settings, 0, sizeof call->settings);
    go_offline(call, action == ZJIOT_ZHENJIANG_RESET_DEVICE || action == ZJIOT_ZHENJIANG_RESET_FACTORY);
}

/* --- Which command is which --- */

enum {
    LOOPS = ZJIOT_ZHENJIANG_HAS_LOOPS,
    LEAKAGE = ZJIOT_ZHENJIANG_HAS_LEAKAGE,
    ENERGY = ZJIOT_ZHENJIANG_HAS_ENERGY,
    DIMMING = ZJIOT_ZHENJIANG_HAS_DIMMING,
    VALVE = ZJIOT_ZHENJIANG_HAS_VALVES,
};

static const struct command_row {
    enum zjiot_zhenjiang_message_type type;
    int modules; /* that the device must have */
    run_command *run;
    enum setting setting;
} commands_known[] = {
    {ZJIOT_ZHENJIANG_SET_COMM_PARAM, 0, set_setting, SETTING_COMM},
    {ZJIOT_ZHENJIANG_SET_TIMER, 0, set_timer, NO_SETTING},
    {ZJIOT_ZHENJIANG_SET_TIMETABLE, LOOPS, set_timetable, SETTING_TIMETABLE},
    {ZJIOT_ZHENJIANG_SET_LEAKAGE_CURRENT, LEAKAGE, set_setting, SETTING_LEAKAGE},
    {ZJIOT_ZHENJIANG_SET_LOOP_PARAM, LOOPS, set_setting, SETTING_LOOPS},
    {ZJIOT_ZHENJIANG_SET_RUNNING_PARAM, 0, set_running, SETTING_RUNNING},
    {ZJIOT_ZHENJIANG_SET_DIMMING_PARAM, DIMMING, set_setting, SETTING_DIMMING},
    {ZJIOT_ZHENJIANG_GET_COMM_PARAM, 0, get_setting, SETTING_COMM},
    {ZJIOT_ZHENJIANG_GET_TIMER, 0, get_timer, NO_SETTING},
    {ZJIOT_ZHENJIANG_GET_TIMETABLE, LOOPS, get_timetable, SETTING_TIMETABLE},
    {ZJIOT_ZHENJIANG_GET_LEAKAGE_CURRENT, LEAKAGE, get_leakage, SETTING_LEAKAGE},
    {ZJIOT_ZHENJIANG_GET_RUNTIME, 0, get_runtime, NO_SETTING},
    {ZJIOT_ZHENJIANG_GET_INFO, 0, get_info, NO_SETTING},
    {ZJIOT_ZHENJIANG_GET_LOCATION, 0, get_location, SETTING_RUNNING},
    {ZJIOT_ZHENJIANG_GET_LOOP_PARAM, LOOPS, get_loops, SETTING_LOOPS},
    {ZJIOT_ZHENJIANG_GET_ENERGY, ENERGY, get_energy, NO_SETTING},
    {ZJIOT_ZHENJIANG_GET_RUNNING_PARAM, 0, get_setting, SETTING_RUNNING},
    {ZJIOT_ZHENJIANG_GET_DIMMING_PARAM, DIMMING, get_setting, SETTING_DIMMING},
    {ZJIOT_ZHENJIANG_GET_LEAKAGE_DATA, LEAKAGE, get_leakage_data, NO_SETTING},
    {ZJIOT_ZHENJIANG_GET_VALVE_DEGREE, VALVE, get_valves, NO_SETTING},
    {ZJIOT_ZHENJIANG_RESET, 0, reset, NO_SETTING},
    {ZJIOT_ZHENJIANG_CTL_ON_OFF, LOOPS, ctl_on_off, NO_SETTING},
    {ZJIOT_ZHENJIANG_LEAKAGE_RECOVER, LEAKAGE, leakage_recover, NO_SETTING},
    {ZJIOT_ZHENJIANG_WORKING_MODULE, 0, working_module, NO_SETTING},
    {ZJIOT_ZHENJIANG_CTL_VALVE_DEGREE, VALVE, ctl_valves, NO_SETTING},
    {ZJIOT_ZHENJIANG_FTP_UPGRADE, 0, ftp_upgrade, NO_SETTING},
};
enum { COMMANDS_KNOWN = sizeof commands_known / sizeof commands_known[0] };

static const struct command_row *find_command(enum zjiot_zhenjiang_message_type type) {
    for (size_t i = 0; i < COMMANDS_KNOWN; i++)
        if (commands_known[i].type == type)
            return &commands_known[i];
    return NULL;
}

bool command_exists(enum zjiot_zhenjiang_message_type type, int64_t modules) {
    const struct command_row *command = find_command(type);
    return command != NULL && (command->modules & ~modules) == 0;
}

const char *command_run(struct call *call, const struct zjiot_zhenjiang_message *request,
                        struct zjiot_zhenjiang_message *reply, bool *ret_is_answered) {
    struct work work = {.call = call, .request = request, .reply = reply};
    const struct command_row *command = find_command(request->type);
    const char *why = command->run(&work, command->setting);
    *ret_is_answered = work.is_answered;
    return why;
}
