/* Simulated 4G modules, each with a TCP connection of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "simulate/simulate.h"
#include "zjiot/m4g.h"

enum {
    USUAL_INTERVAL_MS = 300000, /* of data: the document says when they change */
    DAY_MS = 24 * 3600 * 1000,
    FIRST_MS = 2000,   /* within which modules that connect have said hello */
    ANSWER_MS = 10000, /* until an uplink that nobody acknowledged is repeated */
    TRIES = 3,         /* then the connection is taken for dead */
    WAITING_MOST = 8,
    UPGRADE_MS = 3000, /* without a connection */
    GROUPS = 3,
    OF_GROUP = ZJIOT_M4G_CHANNELS / GROUPS,
    STATES = 9,
    CHANGES = 20, /* one report in so many finds a sensor in another state */
    ZERO = 32768, /* of the words, by the convention of these modules */
};

/* A message that is to be acknowledged; it is made anew each time that it is sent. */
struct uplink {
    uint8_t type; /* enum zjiot_m4g_message_type */
    uint8_t tries;
    uint32_t packnum;
    int64_t made, due;
};

struct module {
    struct zjiot_m4g_session session;
    struct uplink waiting[WAITING_MOST]; /* the oldest first */
    unsigned waiting_count;
    uint32_t packnum;
    int64_t ping_due, report_due, daily_due;
    bool has_informed, is_offline;
    uint8_t states[STATES];
    uint8_t version; /* 1.0.x */
    char *tail;      /* of a message that has not come whole */
    size_t tail_size;
};

static int64_t interval_of(const struct sim_device *device) {
    return device->sim->interval_ms != 0 ? device->sim->interval_ms : USUAL_INTERVAL_MS;
}

/* --- Sending --- */

static void send_message(struct sim_device *device, const struct zjiot_m4g_message *message) {
    sim_send_typed(device, message->type, message, sizeof *message);
}

/* A pressure that goes up and down, and noise on it. */
static struct zjiot_words words_of(struct sim_device *device, uint32_t packnum, unsigned channel) {
    uint16_t *items = zjiot_pool_take(&device->sim->pool, ZJIOT_M4G_WORDS * sizeof *items, NULL);
    for (unsigned i = 0; items != NULL && i < ZJIOT_M4G_WORDS; i++) {
        const unsigned phase = (i * 4 + packnum * 7 + channel * 30) % 200;
        const unsigned height = phase < 100 ? phase : 200 - phase;
        items[i] = (uint16_t)(ZERO + height * 20 + sim_share(device, packnum * ZJIOT_M4G_WORDS + i, 8));
    }
    return (struct zjiot_words){items, items != NULL ? ZJIOT_M4G_WORDS : 0};
}

static struct zjiot_clock clock_of(int64_t now) {
    struct sim_local local;
    sim_local(now, &local);
    return (struct zjiot_clock){
        .year = (int16_t)local.year,
        .month = (uint8_t)local.month,
        .day = (uint8_t)local.day,
        .hour = (uint8_t)(local.minute / 60),
        .minute = (uint8_t)(local.minute % 60),
        .second = (uint8_t)(now / 1000 % 60),
    };
}

static void fill_push_msg(struct sim_device *device, const struct uplink *uplink, struct zjiot_m4g_push_msg *data) {
    static const size_t channels[] = {
        offsetof(struct zjiot_m4g_push_msg, data0), offsetof(struct zjiot_m4g_push_msg, data1),
        offsetof(struct zjiot_m4g_push_msg, data2), offsetof(struct zjiot_m4g_push_msg, data3),
        offsetof(struct zjiot_m4g_push_msg, data4), offsetof(struct zjiot_m4g_push_msg, data5),
        offsetof(struct zjiot_m4g_push_msg, data6), offsetof(struct zjiot_m4g_push_msg, data7),
        offsetof(struct zjiot_m4g_push_msg, data8),
    };
    const unsigned group = uplink->packnum % GROUPS;
    data->imei = device->id;
    data->packnum = uplink->packnum;
    data->time = clock_of(uplink->made);
    for (unsigned i = group * OF_GROUP; i < (group + 1) * OF_GROUP; i++) {
        const struct zjiot_words words = words_of(device, uplink->packnum, i);
        memcpy((char *)data + channels[i], &words, sizeof words);
        data->has |= UINT64_C(1) << (zjiot_at_m4g_push_msg_data0 + i);
    }
    data->temperature = 20 + sim_share(device, uplink->packnum, 100) / 10.0;
    data->humidity = 30 + sim_share(device, uplink->packnum + 1, 300) / 10.0;
    data->has |= ZJIOT_BIT(m4g_push_msg, temperature) | ZJIOT_BIT(m4g_push_msg, humidity);
}

/* Every sensor of three channels; each crystal is in order. */
static void fill_push_online(struct sim_device *device, const struct uplink *uplink,
                             struct zjiot_m4g_push_online *data) {
    const struct module *module = device->state;
    int64_t *const states[STATES] = {&data->st0, &data->st1, &data->st2, &data->st3, &data->st4,
                                     &data->st5, &data->st6, &data->st7, &data->st8};
    data->imei = device->id;
    data->packnum = uplink->packnum;
    for (unsigned i = 0; i < STATES; i++) {
        *states[i] = module->states[i];
        data->has |= UINT64_C(1) << (zjiot_at_m4g_push_online_st0 + i) | UINT64_C(1)
                                                                             << (zjiot_at_m4g_push_online_dt0 + i);
    }
}

enum { CCID_SIZE = 21, LOCATION_SIZE = 32 };

static void place_of(const struct sim_device *device, char ccid[CCID_SIZE], char location[LOCATION_SIZE]) {
    snprintf(ccid, CCID_SIZE, "898603170457%08u", device->number);
    snprintf(location, LOCATION_SIZE, "113.%06u,22.%06u", sim_share(device, 1, 1000000), sim_share(device, 2, 1000000));
}

static void send_uplink(struct sim_device *device, struct uplink *uplink, int64_t now) {
    struct zjiot_m4g_message message = {.type = (enum zjiot_m4g_message_type)uplink->type};
    char ccid[CCID_SIZE], location[LOCATION_SIZE];
    place_of(device, ccid, location);
    switch (message.type) {
    case ZJIOT_M4G_PUSH_MSG:
        fill_push_msg(device, uplink, &message.data.push_msg);
        break;
    case ZJIOT_M4G_PUSH_ONLINE:
        fill_push_online(device, uplink, &message.data.push_online);
        break;
    case ZJIOT_M4G_PUSH_INFO:
        message.data.push_info = (struct zjiot_m4g_push_info){.imei = device->id, .ccid = ccid, .location = location};
        break;
    default:
        message.data.time.imei = device->id;
    }
    uplink->tries++;
    uplink->due = now + ANSWER_MS;
    send_message(device, &message);
}

static void add_uplink(struct sim_device *device, enum zjiot_m4g_message_type type, int64_t now) {
    struct module *module = device->state;
    if (module->waiting_count == WAITING_MOST) {
        sim_refuse(device, "%d messages wait for an acknowledgement; new data are given up", WAITING_MOST);
        return;
    }
    struct uplink *uplink = &module->waiting[module->waiting_count++];
    *uplink = (struct uplink){.type = (uint8_t)type, .made = now};
    if (type == ZJIOT_M4G_PUSH_MSG || type == ZJIOT_M4G_PUSH_ONLINE)
        uplink->packnum = module->packnum++;
    send_uplink(device, uplink, now);
}

/* An acknowledgement came: that of the number, else of the oldest, because some servers always say 0. */
static void settle(struct sim_device *device, enum zjiot_m4g_message_type type, const int64_t *packnum) {
    struct module *module = device->state;
    unsigned found = WAITING_MOST;
    for (unsigned i = module->waiting_count; i-- > 0;) {
        const struct uplink *uplink = &module->waiting[i];
        if (uplink->type != type)
            continue;
        found = i;
        if (packnum != NULL && uplink->packnum == *packnum)
            break;
    }
    if (found == WAITING_MOST)
        return; /* of one that was sent twice */
    module->waiting_count--;
    memmove(module->waiting + found, module->waiting + found + 1,
            (module->waiting_count - found) * sizeof *module->waiting);
}

/* --- Time --- */

static void set_due(struct sim_device *device) {
    const struct module *module = device->state;
    int64_t due = module->ping_due;
    const uint64_t silence = zjiot_m4g_session_deadline(&module->session);
    if (module->is_offline)
        return;
    if (module->report_due < due)
        due = module->report_due;
    if (module->daily_due < due)
        due = module->daily_due;
    if (silence < (uint64_t)due)
        due = (int64_t)silence;
    for (unsigned i = 0; i < module->waiting_count; i++)
        if (module->waiting[i].due < due)
            due = module->waiting[i].due;
    device->due = due;
}

static void hang_up(struct sim_device *device, int64_t ms) {
    struct module *module = device->state;
    module->is_offline = true;
    sim_hang_up(device, ms);
}

/* Data, and once in a while a sensor that has changed. */
static void report(struct sim_device *device, int64_t now) {
    static const uint8_t faults[] = {ZJIOT_M4G_SENSOR_OFFLINE, ZJIOT_M4G_SENSOR_INTERFERENCE, ZJIOT_M4G_SENSOR_STUCK};
    struct module *module = device->state;
    if (sim_share(device, module->packnum, CHANGES) == 0) {
        uint8_t *state = &module->states[sim_share(device, module->packnum + 1, STATES)];
        *state = *state == ZJIOT_M4G_SENSOR_ONLINE ? faults[sim_share(device, module->packnum + 2, sizeof faults)]
                                                   : (uint8_t)ZJIOT_M4G_SENSOR_ONLINE;
        add_uplink(device, ZJIOT_M4G_PUSH_ONLINE, now);
    }
    add_uplink(device, ZJIOT_M4G_PUSH_MSG, now);
}

/* What was not acknowledged. False: the connection was given up. */
static bool repeat(struct sim_device *device, int64_t now) {
    struct module *module = device->state;
    for (unsigned i = 0; i < module->waiting_count; i++) {
        struct uplink *uplink = &module->waiting[i];
        if (uplink->due > now)
            continue;
        if (uplink->tries == TRIES) {
            hang_up(device, 0);
            return false;
        }
        send_uplink(device, uplink, now);
    }
    return true;
}

static void take(struct sim_device *device, const char *bytes, size_t size, int64_t now);

static void tick(struct sim_device *device, int64_t now) {
    struct module *module = device->state;
    if (zjiot_m4g_session_deadline(&module->session) <= (uint64_t)now)
        take(device, module->tail, module->tail_size, now);
    if (module->is_offline || !repeat(device, now))
        return;
    if (module->ping_due <= now) {
        send_message(device, &(struct zjiot_m4g_message){.type = ZJIOT_M4G_PING, .data.ping.imei = device->id});
        module->ping_due = now + ZJIOT_M4G_HEARTBEAT_MS;
    }
    if (module->daily_due <= now) {
        add_uplink(device, ZJIOT_M4G_TIME, now);
        add_uplink(device, ZJIOT_M4G_PUSH_ONLINE, now);
        module->daily_due = now + DAY_MS;
    }
    if (module->report_due <= now) {
        if (!module->has_informed)
            add_uplink(device, ZJIOT_M4G_PUSH_INFO, now);
        module->has_informed = true;
        report(device, now);
        module->report_due = now + interval_of(device);
    }
    set_due(device);
}

/* --- What comes --- */

static void answer_info(struct sim_device *device) {
    char ccid[CCID_SIZE], location[LOCATION_SIZE];
    place_of(device, ccid, location);
    const struct zjiot_m4g_message message = {
        .type = ZJIOT_M4G_INFO_ACK,
        .data.info_ack = {.ccid = ccid,
                          .location = location,
                          .err0num = sim_share(device, 3, 5),
                          .err1num = sim_share(device, 4, 5),
                          .err2num = sim_share(device, 5, 5)},
    };
    send_message(device, &message);
}

static void answer_version(struct sim_device *device) {
    const struct module *module = device->state;
    char version[16];
    snprintf(version, sizeof version, "1.0.%u", module->version);
    const struct zjiot_m4g_message message = {
        .type = ZJIOT_M4G_VERSION_ACK,
        .data.version_ack = {.imei = device->id, .type = "0001", .version = version},
    };
    send_message(device, &message);
}

/* It begins to upgrade itself: its connection ends, and it comes back with the next version. */
static void answer_update(struct sim_device *device) {
    struct module *module = device->state;
    send_message(device, &(struct zjiot_m4g_message){.type = ZJIOT_M4G_UPDATE_ACK, .data.update_ack.result = true});
    module->version++;
    hang_up(device, UPGRADE_MS);
}

static void take_message(struct sim_device *device, const struct zjiot_m4g_message *message, int64_t now) {
    const char *imei = zjiot_m4g_imei(message);
    sim_received(device);
    if (imei != NULL && strcmp(imei, device->id) != 0) {
        sim_refuse(device, "a message for %s", imei);
        return;
    }
    switch (message->type) {
    case ZJIOT_M4G_PONG:
        break;
    case ZJIOT_M4G_TIME_ACK:
        settle(device, ZJIOT_M4G_TIME, NULL);
        break;
    case ZJIOT_M4G_PUSH_MSG_ACK:
        settle(device, ZJIOT_M4G_PUSH_MSG, &message->data.push_msg_ack.packnum);
        break;
    case ZJIOT_M4G_PUSH_ONLINE_ACK:
        settle(device, ZJIOT_M4G_PUSH_ONLINE, &message->data.push_online_ack.packnum);
        break;
    case ZJIOT_M4G_PUSH_INFO_ACK:
        settle(device, ZJIOT_M4G_PUSH_INFO, NULL);
        break;
    case ZJIOT_M4G_INFO:
        answer_info(device);
        break;
    case ZJIOT_M4G_VERSION:
        answer_version(device);
        break;
    case ZJIOT_M4G_UPDATE:
        answer_update(device);
        break;
    case ZJIOT_M4G_QUERY_MSG:
        send_message(device,
                     &(struct zjiot_m4g_message){.type = ZJIOT_M4G_QUERY_MSG_ACK, .data.query_msg_ack.result = true});
        add_uplink(device, ZJIOT_M4G_PUSH_MSG, now);
        break;
    default:
        sim_refuse(device, "a message that modules send, not get");
    }
}

static void keep_tail(struct module *module, const char *bytes, size_t size) {
    char *tail = size > 0 ? must(malloc(size)) : NULL;
    if (size > 0)
        memcpy(tail, bytes, size);
    free(module->tail);
    module->tail = tail;
    module->tail_size = size;
}

static void take(struct sim_device *device, const char *bytes, size_t size, int64_t now) {
    struct module *module = device->state;
    const struct zjiot_m4g_time time = {(uint64_t)now, now / 1000};
    struct zjiot_m4g_event event;
    struct zjiot_error error;
    int code;
    while (!module->is_offline && (code = zjiot_m4g_session_pull(&module->session, &time, bytes, size, false,
                                                                 &device->sim->pool, &event, NULL, &error)) != 0) {
        if (code < 0) {
            sim_refuse(device, "%s", error.text);
            hang_up(device, 0);
            return;
        }
        bytes += event.taken;
        size -= event.taken;
        if (event.kind == ZJIOT_M4G_MESSAGE)
            take_message(device, &event.message, now);
        else if (event.kind == ZJIOT_M4G_REFUSED)
            sim_refuse(device, "%s", event.error.text);
        else if (event.kind == ZJIOT_M4G_SKIPPED)
            sim_refuse(device, "%zu bytes that are no message", event.size);
        else if (event.kind == ZJIOT_M4G_OFFLINE)
            hang_up(device, 0); /* three heartbeats and no answer */
    }
    keep_tail(module, bytes, size);
}

static void receive(struct sim_device *device, const struct sim_message *message, int64_t now) {
    struct module *module = device->state;
    const size_t size = module->tail_size + message->size;
    const char *bytes = (const char *)message->bytes;
    if (module->is_offline)
        return;
    if (module->tail_size > 0) {
        char *joined = zjiot_pool_take(&device->sim->pool, size, NULL);
        if (joined == NULL) {
            hang_up(device, 0);
            return;
        }
        memcpy(joined, module->tail, module->tail_size);
        memcpy(joined + module->tail_size, message->bytes, message->size);
        bytes = joined;
    }
    take(device, bytes, size, now);
    set_due(device);
}

/* --- The kind --- */

/* What was not acknowledged goes again with the first heartbeat. */
static void start(struct sim_device *device, int64_t now) {
    struct module *module = device->state;
    const struct zjiot_m4g_config config = {.role = ZJIOT_M4G_MODULE};
    const int64_t hello = now + sim_share(device, 6, FIRST_MS);
    zjiot_m4g_session_init(&module->session, &config, (uint64_t)now, NULL);
    keep_tail(module, NULL, 0);
    if (module->version == 0) {
        module->version = 3;
        memset(module->states, ZJIOT_M4G_SENSOR_ONLINE, sizeof module->states);
        module->daily_due = module->report_due = hello;
    }
    module->is_offline = false;
    module->ping_due = hello;
    for (unsigned i = 0; i < module->waiting_count; i++) {
        module->waiting[i].tries = 0;
        module->waiting[i].due = hello;
    }
    set_due(device);
}

static void stop(struct sim_device *device) {
    struct module *module = device->state;
    free(module->tail);
}

static void name_module(const struct sim *sim, unsigned number, char id[SIM_ID_SIZE]) {
    (void)sim;
    snprintf(id, SIM_ID_SIZE, "%llu", 865501040783269ULL + number);
}

static bool accept_module(const struct sim *sim, char id[SIM_ID_SIZE]) {
    (void)sim;
    if (strlen(id) == ZJIOT_M4G_IMEI_LENGTH && strspn(id, "0123456789") == ZJIOT_M4G_IMEI_LENGTH)
        return true;
    complain("--device: '%s' is no IMEI, which has %d digits", id, ZJIOT_M4G_IMEI_LENGTH);
    return false;
}

static const enum option_id own_options[] = {OPTION_CONNECT, OPTION_INTERVAL, OPTION_COUNT};

const struct sim_kind sim_m4g = {
    .protocol = "m4g",
    .transport = &sim_over_tcp,
    .state_size = sizeof(struct module),
    .options = own_options,
    .name = name_module,
    .accept = accept_module,
    .start = start,
    .receive = receive,
    .tick = tick,
    .stop = stop,
};
