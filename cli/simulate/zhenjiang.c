/* Simulated devices of Zhenjiang city, behind the middleware of a vendor (document 000). */
#define _DEFAULT_SOURCE /* strsep */
#include "simulate/zhenjiang.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amount.h"
#include "output.h"
#include "suggest.h"

enum { ALL_MODULES = 127 };

/* --- Calls --- */

struct call call_begin(struct sim_device *device, int64_t now) {
    return (struct call){
        .device = device,
        .post = device->state,
        .city = device->sim->shared,
        .pool = &device->sim->pool,
        .now = now,
    };
}

int64_t call_clock(const struct call *call) {
    return call->now + call->post->clock_offset;
}

/* --- Sending --- */

void post_send(const struct call *call, const struct zjiot_zhenjiang_message *message) {
    const struct zjiot_protocol *protocol = call->device->sim->protocol;
    struct zjiot_message common;
    struct zjiot_error error;
    if (zjiot_prepare(protocol, &protocol->records[message->type], call->pool, &common, &error) != 0) {
        sim_refuse(call->device, "%s", error.text);
        return;
    }
    struct zjiot_zhenjiang_message *typed = common.typed;
    *typed = *message;
    typed->topic.device = typed->context.dev_id = call->device->id;
    typed->context.dev_attr = call->city->modules;
    typed->context.unix_milli = call->now;
    if (typed->topic.vendor == NULL) { /* no answer */
        typed->topic.vendor = call->device->sim->vendor;
        typed->topic.format = call->city->format;
    }
    sim_send(call->device, &common);
}

/* It also says that the device is there again. */
void post_heartbeat(const struct call *call) {
    enum { ADDRESS_SIZE = 32, PORT = 3020 };
    char *remote = call_take(call, ADDRESS_SIZE);
    const unsigned number = call->device->number + 1;
    snprintf(remote, ADDRESS_SIZE, "10.%u.%u.%u:%d", number >> 16 & 255, number >> 8 & 255, number & 255, PORT);
    post_send(call, &(struct zjiot_zhenjiang_message){
                        .type = ZJIOT_ZHENJIANG_HEARTBEAT,
                        .data.heartbeat =
                            {
                                .net_type = ZJIOT_ZHENJIANG_NET_4G,
                                .signal = 15 + sim_share(call->device, 1, 17),
                                .remote = remote,
                                .time = call_clock(call) / 1000,
                            },
                    });
}

static void post_readings(struct call *call) {
    struct zjiot_zhenjiang_message message = {.type = ZJIOT_ZHENJIANG_POST_RUNTIME};
    model_runtime(call, &message.data.post_runtime);
    post_send(call, &message);
}

static void post_lux(struct call *call) {
    post_send(call, &(struct zjiot_zhenjiang_message){
                        .type = ZJIOT_ZHENJIANG_POST_LUX,
                        .data.post_lux = {.lux = model_lux(call), .fault = ZJIOT_ZHENJIANG_NORMAL},
                    });
}

/* --- Time --- */

static const struct zjiot_zhenjiang_periods *periods_of(struct call *call) {
    return &setting_get(call, SETTING_RUNNING)->set_running_param.periods;
}

/* Periods of all devices begin at different times. */
static int64_t first_due(const struct call *call, int64_t period, uint32_t salt) {
    enum { PERIOD_MOST = 366 * 86400 };
    if (period <= 0 || period > PERIOD_MOST)
        return SIM_NEVER;
    return call->now + 1000 + (int64_t)sim_share(call->device, salt, (uint32_t)period) * 1000;
}

void post_plan(struct call *call) {
    const bool has_lux = (call->city->modules & ZJIOT_ZHENJIANG_HAS_LUX) != 0;
    call->post->heartbeat_due = first_due(call, periods_of(call)->heartbeat, 2);
    call->post->data_due = first_due(call, periods_of(call)->data, 3);
    call->post->lux_due = has_lux ? first_due(call, periods_of(call)->lux, 4) : SIM_NEVER;
}

static int64_t earliest(const int64_t *times, size_t count) {
    int64_t first = SIM_NEVER;
    for (size_t i = 0; i < count; i++)
        if (times[i] < first)
            first = times[i];
    return first;
}

static void end_call(struct call *call) {
    const struct post *post = call->post;
    const int64_t minute = sim_next_minute(call_clock(call)) - post->clock_offset;
    const int64_t times[] = {minute,
                             post->heartbeat_due,
                             post->data_due,
                             post->lux_due,
                             post->returns != 0 ? post->returns : SIM_NEVER,
                             post->upgrade != NULL ? post->upgrade->due : SIM_NEVER};
    call->device->due = earliest(times, sizeof times / sizeof times[0]);
}

static bool is_due(struct call *call, int64_t *due, int64_t period) {
    if (call->now < *due)
        return false;
    *due += period * 1000;
    if (*due <= call->now) /* it could not keep up */
        *due = call->now + period * 1000;
    return true;
}

/* The device is connected to its platform. */
static void go_online(struct call *call) {
    post_heartbeat(call);
    post_plan(call);
    model_follow(call);
}

static void start(struct sim_device *device, int64_t now) {
    struct call call = call_begin(device, now);
    call.post->counted = now;
    model_power_on(&call);
    go_online(&call);
    end_call(&call);
}

static void come_back(struct call *call) {
    call->post->returns = 0;
    if (call->post->restarts)
        model_power_on(call);
    go_online(call);
}

static void tick(struct sim_device *device, int64_t now) {
    struct call call = call_begin(device, now);
    struct post *post = call.post;
    model_count(&call);
    if (post->returns != 0 && now >= post->returns)
        come_back(&call);
    model_follow(&call);
    if (post->upgrade != NULL && now >= post->upgrade->due)
        command_upgraded(&call);
    const bool is_online = post->returns == 0;
    if (is_due(&call, &post->heartbeat_due, periods_of(&call)->heartbeat) && is_online)
        post_heartbeat(&call);
    if (is_due(&call, &post->data_due, periods_of(&call)->data) && is_online)
        post_readings(&call);
    if (is_due(&call, &post->lux_due, periods_of(&call)->lux) && is_online)
        post_lux(&call);
    end_call(&call);
}

/* --- Requests --- */

static void answer(struct call *call, const struct zjiot_zhenjiang_message *request, enum zjiot_zhenjiang_status status,
                   const char *detail) {
    struct zjiot_zhenjiang_message reply;
    if (status != ZJIOT_ZHENJIANG_DONE)
        sim_refuse(call->device, "%s: %s", call->device->sim->protocol->records[request->type].name, detail);
    if (zjiot_zhenjiang_reply(request, status, detail, call->now, &reply, NULL) == 0)
        post_send(call, &reply);
}

/* The values must be such as a platform may send; the context need not. NULL, or what is wrong. */
static const char *find_fault(const struct call *call, const struct zjiot_zhenjiang_message *request) {
    struct zjiot_error *error = call_take(call, sizeof *error);
    struct zjiot_zhenjiang_message copy = *request;
    copy.topic = (struct zjiot_zhenjiang_topic){.vendor = request->topic.vendor, .device = call->device->id};
    copy.context = (struct zjiot_zhenjiang_context){.dev_id = call->device->id, .unix_milli = call->now};
    return zjiot_zhenjiang_check(&copy, error) == 0 ? NULL : error->text;
}

static void carry_out(struct call *call, struct zjiot_zhenjiang_message *request) {
    struct zjiot_zhenjiang_message *reply = call_take(call, sizeof *reply);
    const char *why = find_fault(call, request);
    bool is_answered = false;
    if (why != NULL) {
        answer(call, request, ZJIOT_ZHENJIANG_FAILED, why);
        return;
    }
    zjiot_zhenjiang_reply(request, ZJIOT_ZHENJIANG_DONE, "", call->now, reply, NULL);
    why = command_run(call, request, reply, &is_answered);
    if (why != NULL) {
        reply->context.status = ZJIOT_ZHENJIANG_FAILED;
        reply->context.detail = why;
        sim_refuse(call->device, "%s: %s", call->device->sim->protocol->records[request->type].name, why);
    }
    if (!is_answered)
        post_send(call, reply);
    if (why == NULL)
        command_finish(call, request);
}

static void take_request(struct call *call, struct zjiot_zhenjiang_message *request) {
    if (call->post->returns != 0)
        answer(call, request, ZJIOT_ZHENJIANG_OFFLINE, "the device is not connected: it restarts");
    else if (!command_exists(request->type, call->city->modules))
        answer(call, request, ZJIOT_ZHENJIANG_UNSUPPORTED, "the device has no module for this command");
    else
        carry_out(call, request);
}

/* --- Requests that cannot be read --- */

/* A body that cannot be opened, or is no JSON: what its topic says is answered. */
static bool answer_topic(struct call *call, const struct sim_message *message, const struct zjiot_error *why) {
    const struct zjiot_protocol *protocol = call->device->sim->protocol;
    enum zjiot_direction direction;
    struct zjiot_zhenjiang_message request = {.type = 0};
    if (zjiot_zhenjiang_topic_read(message->topic, call->pool, &direction, &request.topic, NULL) != 0 ||
        direction != ZJIOT_DOWN)
        return false;
    const struct zjiot_record *record = zjiot_record_find(protocol, request.topic.command, ZJIOT_DOWN);
    if (record == NULL)
        return false;
    request.type = (enum zjiot_zhenjiang_message_type)(record - protocol->records);
    answer(call, &request, ZJIOT_ZHENJIANG_FAILED, why->text);
    return true;
}

/* An unknown command has no rows: its answer is written by hand, if its body is JSON. */
static void answer_unknown(struct call *call, const struct sim_message *message, const struct zjiot_error *why) {
    static const char down[] = "down/json/", up[] = "up/json/";
    char topic[ZJIOT_TOPIC_SIZE], command[ZJIOT_TOPIC_SIZE];
    sim_refuse(call->device, "%s", why->text);
    json_t *body = json_loadb((const char *)message->bytes, message->size, 0, NULL);
    if (strncmp(message->topic, down, sizeof down - 1) == 0 && body != NULL &&
        sscanf(message->topic, "%*[^/]/%*[^/]/%*[^/]/%255[^/]", command) == 1) {
        const json_t *serial = json_object_get(json_object_get(body, "context"), "serial_id");
        json_t *reply = json_pack(
            "{s:{s:I,s:s,s:s,s:I,s:O*,s:i,s:s},s:{}}", "context", "dev_attr", (json_int_t)call->city->modules, "dev_id",
            call->device->id, "cmd", command, "unix_milli", (json_int_t)call->now, "serial_id",
            json_is_string(serial) ? serial : NULL, "status", ZJIOT_ZHENJIANG_UNSUPPORTED, "detail", why->text, "data");
        char *text = must(json_dumps(must(reply), JSON_COMPACT));
        snprintf(topic, sizeof topic, "%s%s", up, message->topic + sizeof down - 1);
        sim_send_bytes(call->device, &(struct sim_message){topic, (const uint8_t *)text, strlen(text)});
        free(text);
        json_decref(reply);
    }
    json_decref(body);
}

static void receive(struct sim_device *device, const struct sim_message *message, int64_t now) {
    struct call call = call_begin(device, now);
    struct zjiot_zhenjiang_message *request = call_take(&call, sizeof *request);
    struct zjiot_error *error = call_take(&call, sizeof *error);
    model_count(&call);
    if (zjiot_zhenjiang_decode(message->topic, message->bytes, message->size, &device->sim->options, call.pool, request,
                               NULL, NULL, error) == 0)
        take_request(&call, request);
    else if (!answer_topic(&call, message, error))
        answer_unknown(&call, message, error);
    model_follow(&call);
    end_call(&call);
}

static void stop(struct sim_device *device) {
    struct post *post = device->state;
    settings_forget(post);
    upgrade_free(post);
    free(post->valves);
}

/* --- The kind --- */

/* The row of context.dev_attr. */
static const struct zjiot_field *modules_field(const struct sim *sim) {
    const struct zjiot_record *record = sim->protocol->envelope->fields[0].record;
    const struct zjiot_field *field = record->fields;
    while (strcmp(field->key, "dev_attr") != 0)
        field++;
    return field;
}

static bool add_module(const struct sim *sim, const char *word, int64_t *modules) {
    const struct zjiot_choice *choice = modules_field(sim)->set;
    struct suggestion suggestion;
    unsigned long number;
    char hint[96];
    if (amount_number(word, UINT8_MAX, &number)) {
        *modules |= (int64_t)number;
        return true;
    }
    suggest_start(&suggestion, word);
    for (; choice->name != NULL; choice++) {
        if (strcmp(choice->name, word) == 0) {
            *modules |= choice->low;
            return true;
        }
        suggest_offer(&suggestion, choice->name);
    }
    complain("--modules: there is no '%s'%s; there is loops, leakage, energy, lux, dimming, supply, valves", word,
             suggest_text(&suggestion, hint, sizeof hint));
    return false;
}

/* "loops,dimming" or their sum. */
static bool read_modules(const struct sim *sim, int64_t *ret_modules) {
    const char *text = sim->invocation->value[OPTION_MODULES];
    const int64_t need_loops = ZJIOT_ZHENJIANG_HAS_DIMMING | ZJIOT_ZHENJIANG_HAS_SUPPLY;
    *ret_modules = text == NULL ? ALL_MODULES : 0;
    char *copy = text != NULL ? must(strdup(text)) : NULL, *rest = copy;
    bool is_read = true;
    for (char *word; is_read && rest != NULL && (word = strsep(&rest, ",")) != NULL;)
        is_read = add_module(sim, word, ret_modules);
    free(copy);
    if (is_read && (*ret_modules & need_loops) != 0 && (*ret_modules & ZJIOT_ZHENJIANG_HAS_LOOPS) == 0) {
        complain("--modules: dimming and supply need loops");
        return false;
    }
    return is_read;
}

static bool is_ascii(const char *text) {
    while (isgraph((unsigned char)*text))
        text++;
    return *text == '\0';
}

/* Devices that the user does not name begin with it. */
static bool check_vendor(const struct sim *sim) {
    if (sim->invocation->value[OPTION_DEVICE] != NULL || (strlen(sim->vendor) >= 2 && is_ascii(sim->vendor)))
        return true;
    complain("--vendor: '%s' is no vendor: devices begin with its first two characters, which are ASCII", sim->vendor);
    return false;
}

/* Reports of their own are to be written. */
static bool check_format(const struct sim *sim, int64_t format) {
    const struct zjiot_zhenjiang_message probe = {
        .type = ZJIOT_ZHENJIANG_POST_LUX,
        .topic = {.format = format, .vendor = "01"},
        .context = {.dev_id = "010000000000000001"},
    };
    enum { BODY_SIZE = 8192 };
    uint8_t body[BODY_SIZE];
    struct zjiot_error error;
    if (zjiot_zhenjiang_encode(&probe, &sim->options, NULL, 0, body, sizeof body, &error) >= 0)
        return true;
    complain("--format: %s; keys are given with --public-key and --private-key", error.text);
    return false;
}

static int open_city(struct sim *sim) {
    static struct city city;
    static char vendor[3] = "01";
    const char *device = sim->invocation->value[OPTION_DEVICE];
    city = (struct city){.format = sim->invocation->choice[OPTION_FORMAT]};
    if (device != NULL)
        snprintf(vendor, sizeof vendor, "%.2s", device);
    if (sim->vendor == NULL)
        sim->vendor = vendor;
    sim->shared = &city;
    return check_vendor(sim) && check_format(sim, city.format) && read_modules(sim, &city.modules) ? EXIT_OK
                                                                                                   : EXIT_USAGE;
}

static void name_post(const struct sim *sim, unsigned number, char id[SIM_ID_SIZE]) {
    snprintf(id, SIM_ID_SIZE, "%.2s%016u", sim->vendor, number + 1);
}

static bool accept_post(const struct sim *sim, char id[SIM_ID_SIZE]) {
    (void)sim;
    if (strlen(id) == ZJIOT_ZHENJIANG_DEV_ID_LENGTH && is_ascii(id))
        return true;
    complain("--device: '%s' is no device: that has 18 ASCII characters, 2 of the vendor and 16 of its number", id);
    return false;
}

static bool forge(struct sim_device *device, struct zjiot_message *message) {
    struct zjiot_zhenjiang_context *context = &((struct zjiot_zhenjiang_message *)message->typed)->context;
    if (context->serial_id == NULL || context->serial_id[0] == '\0')
        return false;
    const struct call call = call_begin(device, 0);
    char *other = call_take(&call, strlen(context->serial_id) + 1);
    strcpy(other, context->serial_id);
    other[0] = other[0] == 'x' ? 'y' : 'x';
    context->serial_id = other;
    return true;
}

static const enum option_id own_options[] = {
    OPTION_BROKER,      OPTION_VENDOR,     OPTION_FORMAT,      OPTION_MODULES, OPTION_PUBLIC_KEY,
    OPTION_PRIVATE_KEY, OPTION_SM2_LAYOUT, OPTION_RSA_PADDING, OPTION_COUNT,
};

const struct sim_kind sim_zhenjiang = {
    .protocol = "zhenjiang",
    .transport = &sim_over_mqtt,
    .state_size = sizeof(struct post),
    .options = own_options,
    .open = open_city,
    .name = name_post,
    .accept = accept_post,
    .address = sim_last_level,
    .start = start,
    .receive = receive,
    .tick = tick,
    .stop = stop,
    .forge = forge,
};
