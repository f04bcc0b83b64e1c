/* Simulated lamps with an NB-IoT controller (document 001). */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "simulate/simulate.h"
#include "zjiot/nb.h"

enum {
    INTERVAL_MS = 300000,
    RESTART_MS = 5000,
    RATED_POWER = 80, /* W at full brightness */
    USUAL_UID = 3,
    USUAL_PID = 3,
    UID_MOST = 0xFFFFFF,
    ODDITIES = 400, /* of so many reports one is a lamp in trouble, for each kind of trouble */
    OFF = -1,
};

/* What is wrong with a lamp between two reports. */
enum trouble { TROUBLE_OVER_VOLTAGE, TROUBLE_UNDER_VOLTAGE, TROUBLE_UNDER_CURRENT, TROUBLE_NONE };

struct lamp {
    struct zjiot_nb_period periods[ZJIOT_NB_PERIODS];
    bool is_manual;
    int8_t manual_level; /* %, or OFF */
    uint8_t trouble;
    uint16_t extra; /* of its last message */
    uint32_t sn;
    uint32_t reports;
    int64_t counted;       /* until when energy and time are */
    int64_t report_due;    /* SIM_NEVER while it restarts */
    int64_t restarted;     /* when it will have; 0: it runs */
    double lit_ms, energy; /* kWh */
};

/* What all lamps share. */
struct project {
    unsigned long uid, pid;
};

/* A command, as far as it could be read. */
struct order {
    uint32_t sn;
    uint16_t extra;
    bool full;
    int64_t answer; /* what it is refused with; EXECUTED: it is good */
    struct zjiot_nb_message message;
};

/* --- The lamp --- */

static int level_at(const struct lamp *lamp, int64_t now) {
    struct sim_local local;
    if (lamp->is_manual)
        return lamp->manual_level;
    sim_local(now, &local);
    return zjiot_nb_brightness_at(lamp->periods, local.minute);
}

static double voltage_of(const struct sim_device *device) {
    const struct lamp *lamp = device->state;
    switch (lamp->trouble) {
    case TROUBLE_OVER_VOLTAGE:
        return 265.5;
    case TROUBLE_UNDER_VOLTAGE:
        return 168.25;
    default:
        return 218 + sim_share(device, lamp->reports, 400) / 100.0;
    }
}

static double power_at(const struct lamp *lamp, int level) {
    return level <= 0 || lamp->trouble == TROUBLE_UNDER_CURRENT ? 0 : RATED_POWER * level / 100.0;
}

/* Adds up what the lamp has done since the last time; its level did not change meanwhile. */
static void count(struct lamp *lamp, int64_t now) {
    const double elapsed = (double)(now - lamp->counted);
    if (elapsed > 0) {
        const int level = level_at(lamp, lamp->counted);
        lamp->energy += power_at(lamp, level) * elapsed / 3.6e9;
        lamp->lit_ms += level == OFF ? 0 : elapsed;
        lamp->counted = now;
    }
}

static void plan(struct sim_device *device, int64_t now) {
    const struct lamp *lamp = device->state;
    const int64_t due = lamp->restarted != 0 ? lamp->restarted : lamp->report_due;
    const int64_t minute = sim_next_minute(now);
    device->due = due < minute ? due : minute;
}

/* --- Sending --- */

static void fill_envelope(const struct sim_device *device, struct zjiot_nb_message *message) {
    const struct project *project = device->sim->shared;
    message->envelope.has = ZJIOT_BIT(nb_envelope, uid) | ZJIOT_BIT(nb_envelope, pid) | ZJIOT_BIT(nb_envelope, nbid);
    message->envelope.uid = (int64_t)project->uid;
    message->envelope.pid = (int64_t)project->pid;
    snprintf(message->envelope.nbid, sizeof message->envelope.nbid, "86%013u", device->number);
}

static void send_message(struct sim_device *device, const char *name, bool full, uint16_t extra,
                         const union zjiot_nb_data *data, enum zjiot_nb_message_type type) {
    const struct lamp *lamp = device->state;
    const struct zjiot_record *record = zjiot_record_find(device->sim->protocol, name, ZJIOT_UP);
    struct zjiot_message message;
    struct zjiot_error error;
    if (zjiot_prepare(device->sim->protocol, record, &device->sim->pool, &message, &error) != 0) {
        sim_refuse(device, "%s", error.text);
        return;
    }
    struct zjiot_nb_message *nb = message.typed;
    nb->data = *data;
    nb->type = type;
    nb->header = (struct zjiot_nb_header){.has = ZJIOT_BIT(nb_header, sn), .sn = lamp->sn, .extra = extra};
    nb->envelope = (struct zjiot_nb_envelope){.has = 0};
    if (full)
        fill_envelope(device, nb);
    sim_send(device, &message);
}

/* A message of its own. */
static void report(struct sim_device *device, const char *name, const union zjiot_nb_data *data,
                   enum zjiot_nb_message_type type) {
    struct lamp *lamp = device->state;
    lamp->extra = lamp->extra == UINT16_MAX ? 1 : (uint16_t)(lamp->extra + 1);
    send_message(device, name, true, lamp->extra, data, type);
}

/* Steps of a count on the wire. */
static double steps(double value, double per_unit) {
    return round(value * per_unit) / per_unit;
}

/* Counters of 16 bits start again from zero. */
static double counter(double energy) {
    return steps(fmod(energy, 655.36), 100) >= 655.36 ? 0 : steps(fmod(energy, 655.36), 100);
}

static void send_status(struct sim_device *device, int64_t now) {
    const struct lamp *lamp = device->state;
    const int level = level_at(lamp, now);
    const double voltage = voltage_of(device), power = power_at(lamp, level), factor = 0.95;
    const double tangent = sqrt(1 - factor * factor) / factor;
    const union zjiot_nb_data data = {
        .status = {
            .online = ZJIOT_NB_YES,
            .running = level == OFF ? ZJIOT_NB_OFF : ZJIOT_NB_ON,
            .brightness = level == OFF ? 0 : level,
            .duration = (int64_t)(lamp->lit_ms / SIM_MINUTE_MS),
            .frequency = 50,
            .voltage = steps(voltage, 100),
            .current = steps(power / voltage / factor, 1000),
            .active_power = steps(power, 10),
            .reactive_power = steps(power * tangent, 10),
            .apparent_power = steps(power / factor, 10),
            .power_factor = power > 0 ? factor : 0,
            .active_energy = counter(lamp->energy),
            .reactive_energy = counter(lamp->energy * tangent),
            .apparent_energy = counter(lamp->energy / factor),
            .temperature = steps(25 + power / 8 + sim_share(device, lamp->reports, 200) / 100.0, 100),
        }};
    report(device, "status", &data, ZJIOT_NB_STATUS);
}

static void send_alarm(struct sim_device *device) {
    const struct lamp *lamp = device->state;
    const union zjiot_nb_data data = {.alarm = {
                                          .under_current = lamp->trouble == TROUBLE_UNDER_CURRENT,
                                          .over_voltage = lamp->trouble == TROUBLE_OVER_VOLTAGE,
                                          .under_voltage = lamp->trouble == TROUBLE_UNDER_VOLTAGE,
                                      }};
    report(device, "alarm", &data, ZJIOT_NB_ALARM);
}

/* Now and then a lamp is in trouble from one report to the next. */
static void send_report(struct sim_device *device, int64_t now) {
    struct lamp *lamp = device->state;
    const unsigned interval = device->sim->interval_ms > 0 ? device->sim->interval_ms : INTERVAL_MS;
    const uint32_t roll = sim_share(device, ++lamp->reports, ODDITIES);
    const uint8_t trouble = roll < TROUBLE_NONE && lamp->reports > 1 ? (uint8_t)roll : TROUBLE_NONE;
    const bool is_new = trouble != lamp->trouble;
    lamp->trouble = trouble;
    if (is_new)
        send_alarm(device);
    send_status(device, now);
    lamp->report_due = now + interval;
}

/* --- Commands --- */

/* Where a header begins that has a command's function; -1: nowhere. */
static int find_header(const uint8_t *frame, size_t size) {
    static const int places[] = {0, ZJIOT_NB_ENVELOPE_SIZE};
    for (size_t i = 0; i < 2; i++)
        if (size >= (size_t)places[i] + ZJIOT_NB_HEADER_SIZE && frame[places[i] + 4] >= ZJIOT_NB_FN_SET_PERIODS &&
            frame[places[i] + 4] <= ZJIOT_NB_FN_RESTART)
            return places[i];
    return -1;
}

/* A frame that cannot be decoded: whom it is for, at least. */
static bool read_header(const uint8_t *frame, size_t size, struct order *ret_order) {
    const int at = find_header(frame, size);
    if (at < 0)
        return false;
    const uint8_t *sn = frame + at, *extra = sn + 5;
    ret_order->sn = (uint32_t)sn[0] << 24 | (uint32_t)sn[1] << 16 | (uint32_t)sn[2] << 8 | sn[3];
    ret_order->extra = (uint16_t)(extra[0] << 8 | extra[1]);
    ret_order->full = at > 0;
    return true;
}

/* Whether a value lies outside its range; the document's own "off" deviates in its mode, and is good. */
static bool has_bad_value(const struct zjiot_report *deviations) {
    for (size_t i = 0; i < deviations->count && i < deviations->capacity; i++)
        if (deviations->items[i].code == ZJIOT_RANGE)
            return true;
    return false;
}

static bool is_command(const struct zjiot_nb_message *message) {
    return message->type == ZJIOT_NB_SET_PERIODS || message->type == ZJIOT_NB_SET_LAMP ||
           message->type == ZJIOT_NB_SET_AUTO || message->type == ZJIOT_NB_RESTART;
}

/* False: it is no frame, or nobody can tell whose. */
static bool read_order(const struct sim_message *message, struct order *ret_order) {
    uint8_t frame[ZJIOT_NB_FRAME_MAX];
    struct zjiot_deviation items[16];
    struct zjiot_report deviations = {.items = items, .capacity = sizeof items / sizeof items[0]};
    enum zjiot_nb_form form;
    const int64_t size = zjiot_nb_unwrap(message->bytes, message->size, frame, sizeof frame, &form, &deviations, NULL);
    if (size < 0)
        return false;
    const int code = zjiot_nb_decode(frame, (size_t)size, NULL, &ret_order->message, &deviations, NULL, NULL);
    if (code != 0) {
        ret_order->answer = code == ZJIOT_CHECKSUM ? ZJIOT_NB_ACK_BAD_CHECKSUM : ZJIOT_NB_ACK_BAD_FORMAT;
        return read_header(frame, (size_t)size, ret_order);
    }
    ret_order->sn = (uint32_t)ret_order->message.header.sn;
    ret_order->extra = (uint16_t)ret_order->message.header.extra;
    ret_order->full = ret_order->message.full;
    ret_order->answer = !is_command(&ret_order->message) ? ZJIOT_NB_ACK_NO_SUCH_COMMAND
                        : has_bad_value(&deviations)     ? ZJIOT_NB_ACK_BAD_FORMAT
                                                         : ZJIOT_NB_ACK_EXECUTED;
    return true;
}

static void obey(struct sim_device *device, const struct zjiot_nb_message *message, int64_t now) {
    struct lamp *lamp = device->state;
    switch (message->type) {
    case ZJIOT_NB_SET_PERIODS:
        memcpy(lamp->periods, message->data.set_periods.period, sizeof lamp->periods);
        lamp->is_manual = false;
        break;
    case ZJIOT_NB_SET_LAMP:
        lamp->is_manual = true;
        lamp->manual_level =
            message->data.set_lamp.switch_state == ZJIOT_NB_ON ? (int8_t)message->data.set_lamp.brightness : OFF;
        break;
    case ZJIOT_NB_SET_AUTO:
        lamp->is_manual = false;
        break;
    case ZJIOT_NB_RESTART:
        lamp->restarted = now + RESTART_MS;
        break;
    default: /* the message was refused */
        break;
    }
}

static void receive(struct sim_device *device, const struct sim_message *message, int64_t now) {
    struct lamp *lamp = device->state;
    struct order order;
    if (lamp->restarted != 0 || !read_order(message, &order))
        return;
    count(lamp, now);
    const union zjiot_nb_data data = {.ack = {.state = order.answer}};
    send_message(device, "ack", order.full, order.extra, &data, ZJIOT_NB_ACK);
    if (order.answer == ZJIOT_NB_ACK_EXECUTED)
        obey(device, &order.message, now);
    else
        sim_refuse(device, "answered with state %lld", (long long)order.answer);
    plan(device, now);
}

/* --- The kind --- */

static void power_on(struct sim_device *device, int64_t now) {
    struct lamp *lamp = device->state;
    const unsigned interval = device->sim->interval_ms > 0 ? device->sim->interval_ms : INTERVAL_MS;
    lamp->is_manual = false;
    lamp->restarted = 0;
    lamp->counted = now;
    send_report(device, now);
    lamp->report_due = now + 1 + sim_share(device, 0, interval); /* not all at the same time */
    plan(device, now);
}

static void start(struct sim_device *device, int64_t now) {
    struct lamp *lamp = device->state;
    lamp->sn = (uint32_t)strtoul(device->id, NULL, 16);
    lamp->trouble = TROUBLE_NONE;
    lamp->periods[0].on = 18 * 60;
    lamp->periods[0].off = 6 * 60;
    lamp->periods[0].brightness = 100;
    power_on(device, now);
}

static void tick(struct sim_device *device, int64_t now) {
    struct lamp *lamp = device->state;
    if (lamp->restarted != 0 && now >= lamp->restarted) {
        power_on(device, now);
        return;
    }
    if (lamp->restarted == 0)
        count(lamp, now);
    if (lamp->restarted == 0 && now >= lamp->report_due)
        send_report(device, now);
    plan(device, now);
}

static int open_project(struct sim *sim) {
    static struct project project;
    project = (struct project){USUAL_UID, USUAL_PID};
    sim->shared = &project;
    return sim_number(sim->invocation, OPTION_UID, 0, UID_MOST, &project.uid) &&
                   sim_number(sim->invocation, OPTION_PID, 0, UINT32_MAX, &project.pid)
               ? EXIT_OK
               : EXIT_USAGE;
}

static void name_lamp(const struct sim *sim, unsigned number, char id[SIM_ID_SIZE]) {
    (void)sim;
    snprintf(id, SIM_ID_SIZE, "%08x", number + 1);
}

static bool accept(const struct sim *sim, char id[SIM_ID_SIZE]) {
    char *end;
    (void)sim;
    errno = 0;
    const unsigned long sn = strtoul(id, &end, 16);
    if (!isxdigit((unsigned char)id[0]) || *end != '\0' || errno != 0 || sn >= ZJIOT_NB_SN_BROADCAST) {
        complain("--device: '%s' is no serial number of a lamp: up to 8 hex digits, such as fffefdfc; ffffffff is all",
                 id);
        return false;
    }
    snprintf(id, SIM_ID_SIZE, "%08lx", sn);
    return true;
}

static bool address(const struct sim *sim, const struct sim_message *message, char ret_id[SIM_ID_SIZE]) {
    struct order order;
    (void)sim;
    if (!read_order(message, &order))
        return false;
    if (order.sn == ZJIOT_NB_SN_BROADCAST)
        ret_id[0] = '\0';
    else
        snprintf(ret_id, SIM_ID_SIZE, "%08lx", (unsigned long)order.sn);
    return true;
}

static void topic_up(const struct sim_device *device, char topic[ZJIOT_TOPIC_SIZE]) {
    const struct project *project = device->sim->shared;
    zjiot_nb_topic_up((uint32_t)project->uid, (uint32_t)project->pid, topic);
}

/* Only an answer has the number of somebody else's message. */
static bool forge(struct sim_device *device, struct zjiot_message *message) {
    struct zjiot_nb_message *nb = message->typed;
    (void)device;
    if (nb->type != ZJIOT_NB_ACK)
        return false;
    nb->header.extra = nb->header.extra % UINT16_MAX + 1;
    return true;
}

static const enum option_id own_options[] = {OPTION_BROKER, OPTION_INTERVAL, OPTION_UID, OPTION_PID, OPTION_COUNT};

const struct sim_kind sim_nb = {
    .protocol = "nb",
    .transport = &sim_over_mqtt,
    .state_size = sizeof(struct lamp),
    .options = own_options,
    .open = open_project,
    .name = name_lamp,
    .accept = accept,
    .address = address,
    .start = start,
    .receive = receive,
    .tick = tick,
    .topic = topic_up,
    .forge = forge,
};
