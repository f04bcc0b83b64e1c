/* Simulated HY gateways, each with a building meter and some household valves behind it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "simulate/meter.h"
#include "simulate/simulate.h"
#include "zjiot/hy.h"

enum {
    MAIN_METERS = 1,
    COPY_METERS = 3, /* unless asked for */
    COPY_METERS_MOST = 200,
    JOBS_MOST = 8,    /* that wait for the bus; further ones are refused */
    BUS_MS = 400,     /* a request and its answer at 2400 baud */
    FIRST_MS = 5000,  /* within which gateways that begin have reported */
    CRASH_MS = 30000, /* until a gateway is back */
    MINUTE_MS = 60000,
    PORTS = 3,
    FRAME_MOST = 512,
    WRITE_PERIODS = 12, /* msg_id */
    LAST_WILL = 70,
    DAY_SIZE = 16,
};

/* Work on the bus, one after the other. */
struct job {
    enum { JOB_READ, JOB_TRANSPARENT } kind;
    unsigned meter, end; /* READ: the next, and behind the last */
    int64_t due;         /* when the bus has done it */
    uint8_t *frame;      /* TRANSPARENT: for the meters at that port */
    size_t size;
    int64_t port, count;
};

struct gateway {
    struct sim_meter *meters; /* building meters first */
    unsigned meter_count;
    struct job jobs[JOBS_MOST];
    unsigned job_count;
    bool has_restarted, is_down;
    int64_t summer, main, copy, statistics; /* min */
    char heating_start[DAY_SIZE], heating_end[DAY_SIZE];
    int64_t main_due, copy_due; /* reports; while it is down, when it is back */
};

/* --- Sending --- */

static void send_message(struct sim_device *device, const struct zjiot_hy_message *message) {
    struct zjiot_hy_message own = *message;
    own.gw.gw_id = device->id;
    sim_send_typed(device, own.type, &own, sizeof own);
}

/* The bytes of an answer; {NULL, 0} when it cannot be written. */
static struct zjiot_bytes frame_of(struct sim_device *device, const struct zjiot_cjt188_message *answer) {
    struct zjiot_error error;
    uint8_t *bytes = zjiot_pool_take(&device->sim->pool, ZJIOT_CJT188_FRAME_MAX, &error);
    const int64_t size =
        bytes != NULL ? zjiot_cjt188_encode(answer, bytes, ZJIOT_CJT188_FRAME_MAX, &error) : (int64_t)error.code;
    if (size >= 0)
        return (struct zjiot_bytes){bytes, (size_t)size};
    sim_refuse(device, "%s", error.text);
    return (struct zjiot_bytes){NULL, 0};
}

static void send_report(struct sim_device *device, struct sim_meter *meter, int64_t now) {
    const bool is_valve = meter->type == SIM_METER_HY_VALVE;
    const uint8_t ser = is_valve; /* as recorded */
    struct zjiot_cjt188_message answer;
    char meter_id[ZJIOT_HY_METER_ID_LENGTH + 1];
    sim_meter_advance(meter, now);
    sim_meter_read(meter, ser, &answer);
    struct zjiot_bytes frame = frame_of(device, &answer);
    snprintf(meter_id, sizeof meter_id, "%02X%02X%02X%02X%s00", meter->address[0], meter->address[1], meter->address[2],
             meter->address[3], is_valve ? "2008" : "2034");
    const struct zjiot_hy_message message = {
        .type = ZJIOT_HY_REPORT,
        .data.report = {.meter_id = meter_id, .meter_data = &frame, .meter_data_count = 1},
    };
    if (frame.data != NULL)
        send_message(device, &message);
}

static void send_other(struct sim_device *device, int64_t msg_id, int stat) {
    char members[32];
    const bool is_secret = msg_id == 5 || msg_id == 15;
    snprintf(members, sizeof members, stat != 0 ? "{\"stat\":%d}" : "{}", stat);
    struct zjiot_hy_message message = {.type = ZJIOT_HY_OTHER_REPLY, .gw = {.msg_id = msg_id}};
    if (is_secret) {
        message.type = ZJIOT_HY_OTHER_SECRET_REPLY;
        message.data.other_secret_reply.members = members;
    } else {
        message.data.other_reply.members = members;
    }
    send_message(device, &message);
}

/* --- The bus --- */

static struct job *add_job(struct gateway *gateway, int64_t now) {
    if (gateway->job_count == JOBS_MOST)
        return NULL;
    struct job *job = &gateway->jobs[gateway->job_count];
    *job = (struct job){.due = now + BUS_MS};
    if (gateway->job_count > 0 && gateway->jobs[gateway->job_count - 1].due > now)
        job->due = gateway->jobs[gateway->job_count - 1].due + BUS_MS;
    gateway->job_count++;
    return job;
}

static void drop_first_job(struct gateway *gateway) {
    free(gateway->jobs[0].frame);
    gateway->job_count--;
    memmove(gateway->jobs, gateway->jobs + 1, gateway->job_count * sizeof *gateway->jobs);
}

static bool add_reading(struct gateway *gateway, unsigned first, unsigned end, int64_t now) {
    struct job *job = add_job(gateway, now);
    if (job == NULL)
        return false;
    job->kind = JOB_READ;
    job->meter = first;
    job->end = end;
    return true;
}

/* What the meters say to the frame of a job. False: nothing. */
static bool answer_frame(struct sim_device *device, const struct job *job, int64_t now) {
    struct gateway *gateway = device->state;
    struct zjiot_cjt188_message answer;
    struct zjiot_bytes frame = {NULL, 0};
    for (unsigned i = 0; i < gateway->meter_count && job->port == 0 && frame.data == NULL; i++)
        if (sim_meter_answer(&gateway->meters[i], job->frame, job->size, now, &answer))
            frame = frame_of(device, &answer);
    if (frame.data == NULL)
        return false;
    const struct zjiot_hy_message message = {
        .type = ZJIOT_HY_TRANSPARENT_REPLY,
        .data.transparent_reply = {.has = ZJIOT_BIT(hy_transparent_reply, transparent_port) |
                                          ZJIOT_BIT(hy_transparent_reply, meter_data),
                                   .transparent_port = job->port,
                                   .meter_data = &frame,
                                   .meter_data_count = 1},
    };
    send_message(device, &message);
    return true;
}

/* The bus has done a part of the first job, which is its end unless there is more to do. */
static void finish_job(struct sim_device *device, int64_t now) {
    struct gateway *gateway = device->state;
    struct job *job = &gateway->jobs[0];
    bool is_done = true;
    if (job->kind == JOB_READ) {
        send_report(device, &gateway->meters[job->meter++], now);
        is_done = job->meter == job->end;
        job->due = now + BUS_MS;
    } else if (!answer_frame(device, job, now) && job->count >= 0) {
        is_done = false; /* nobody answers: it tries for all of its time */
        job->due = now + (int64_t)zjiot_hy_transparent_ms(job->count) - BUS_MS;
        job->count = -1;
    }
    if (!is_done)
        return;
    drop_first_job(gateway);
    if (gateway->job_count > 0)
        gateway->jobs[0].due = now + BUS_MS;
}

/* --- Reports by itself --- */

/* "20XX-09-01" as 901; 0: it is no such day. */
static int month_day(const char *text) {
    const size_t size = strlen(text);
    int month, day;
    return size >= 5 && sscanf(text + size - 5, "%2d-%2d", &month, &day) == 2 ? month * 100 + day : 0;
}

static bool is_heating(const struct gateway *gateway, int64_t now) {
    const int first = month_day(gateway->heating_start), last = month_day(gateway->heating_end);
    struct sim_local date;
    sim_local(now, &date);
    const int today = date.month * 100 + date.day;
    return first <= last ? today >= first && today <= last : today >= first || today <= last;
}

static int64_t period_of(const struct sim_device *device, int64_t minutes, int64_t now) {
    const struct gateway *gateway = device->state;
    if (device->sim->interval_ms != 0)
        return device->sim->interval_ms;
    return (is_heating(gateway, now) ? minutes : gateway->summer) * MINUTE_MS;
}

static void report_due(struct sim_device *device, int64_t now) {
    struct gateway *gateway = device->state;
    if (gateway->main_due <= now) {
        add_reading(gateway, 0, MAIN_METERS, now);
        gateway->main_due = now + period_of(device, gateway->main, now);
    }
    if (gateway->copy_due <= now) {
        add_reading(gateway, MAIN_METERS, gateway->meter_count, now);
        gateway->copy_due = now + period_of(device, gateway->copy, now);
    }
}

static void set_due(struct sim_device *device) {
    const struct gateway *gateway = device->state;
    device->due = gateway->main_due < gateway->copy_due ? gateway->main_due : gateway->copy_due;
    if (gateway->job_count > 0 && gateway->jobs[0].due < device->due)
        device->due = gateway->jobs[0].due;
}

static void begin_reports(struct sim_device *device, int64_t now) {
    struct gateway *gateway = device->state;
    gateway->main_due = gateway->copy_due = now + sim_share(device, 1, FIRST_MS);
    gateway->is_down = false;
    set_due(device);
}

/* Gone without a word: what the broker says in its place. */
static void leave(struct sim_device *device, int64_t now) {
    (void)now;
    const struct gateway *gateway = device->state;
    if (!gateway->is_down)
        send_other(device, LAST_WILL, 0);
}

static void crash(struct sim_device *device, int64_t now) {
    struct gateway *gateway = device->state;
    leave(device, now);
    while (gateway->job_count > 0)
        drop_first_job(gateway);
    gateway->is_down = gateway->has_restarted = true;
    gateway->main_due = gateway->copy_due = now + CRASH_MS;
}

static void tick(struct sim_device *device, int64_t now) {
    struct gateway *gateway = device->state;
    if (gateway->is_down) {
        begin_reports(device, now);
        return;
    }
    report_due(device, now);
    while (gateway->job_count > 0 && gateway->jobs[0].due <= now)
        finish_job(device, now);
    set_due(device);
}

/* --- Requests --- */

static void answer_status(struct sim_device *device) {
    struct gateway *gateway = device->state;
    char ccid[32], csq[16];
    snprintf(ccid, sizeof ccid, "8986002510%010u", device->number);
    snprintf(csq, sizeof csq, "%u,99", 12 + sim_share(device, 2, 20));
    const struct zjiot_hy_message message = {
        .type = ZJIOT_HY_STATUS_REPLY,
        .data.status_reply = {.stat = ZJIOT_HY_ACCEPTED,
                              .csq = csq,
                              .rssi = -70 - (int64_t)sim_share(device, 3, 30),
                              .sinr = 5 + sim_share(device, 4, 15),
                              .ccid = ccid,
                              .version = "V1.0",
                              .has_rst = gateway->has_restarted,
                              .mbus_voltage = 29300 + sim_share(device, 5, 200),
                              .mbus_current = 2 * gateway->meter_count,
                              .model = 136,
                              .main_meters = MAIN_METERS,
                              .copy_meters = gateway->meter_count - MAIN_METERS},
    };
    gateway->has_restarted = false;
    send_message(device, &message);
}

static void answer_periods(struct sim_device *device) {
    const struct gateway *gateway = device->state;
    const struct zjiot_hy_message message = {
        .type = ZJIOT_HY_PERIODS_REPLY,
        .data.periods_reply = {.stat = ZJIOT_HY_ACCEPTED,
                               .summer_interval = gateway->summer,
                               .heating_start = gateway->heating_start,
                               .heating_end = gateway->heating_end,
                               .main_interval = gateway->main,
                               .copy_interval = gateway->copy,
                               .copy_statistics = gateway->statistics},
    };
    send_message(device, &message);
}

static void answer_read_now(struct sim_device *device, const struct zjiot_hy_read_now *data, int64_t now) {
    struct gateway *gateway = device->state;
    const uint64_t all = ZJIOT_BIT(hy_read_now, main_immediately) | ZJIOT_BIT(hy_read_now, copy_immediately) |
                         ZJIOT_BIT(hy_read_now, up_immediately);
    const bool reads_main = data->main_immediately == ZJIOT_HY_YES || data->up_immediately == ZJIOT_HY_YES;
    const bool reads_copy = data->copy_immediately == ZJIOT_HY_YES || data->up_immediately == ZJIOT_HY_YES;
    const bool is_taken =
        (data->has & all) == all && (reads_main || reads_copy) &&
        add_reading(gateway, reads_main ? 0 : MAIN_METERS, reads_copy ? gateway->meter_count : MAIN_METERS, now);
    const struct zjiot_hy_message message = {
        .type = ZJIOT_HY_READ_NOW_REPLY,
        .data.read_now_reply.stat = is_taken ? ZJIOT_HY_ACCEPTED : ZJIOT_HY_FAILED,
    };
    send_message(device, &message);
}

static bool take_frame(struct gateway *gateway, const struct zjiot_hy_transparent *data, int64_t now) {
    const uint64_t all = ZJIOT_BIT(hy_transparent, transparent_port) | ZJIOT_BIT(hy_transparent, transparent) |
                         ZJIOT_BIT(hy_transparent, transparent_count);
    const struct zjiot_bytes *frame = &data->transparent;
    if ((data->has & all) != all || frame->size == 0 || frame->size > FRAME_MOST || data->transparent_port < 0 ||
        data->transparent_port >= PORTS)
        return false;
    struct job *job = add_job(gateway, now);
    if (job == NULL)
        return false;
    job->kind = JOB_TRANSPARENT;
    job->frame = must(malloc(frame->size));
    memcpy(job->frame, frame->data, frame->size);
    job->size = frame->size;
    job->port = data->transparent_port;
    job->count = data->transparent_count;
    return true;
}

static void answer_transparent(struct sim_device *device, const struct zjiot_hy_transparent *data, int64_t now) {
    const bool is_taken = take_frame(device->state, data, now);
    const struct zjiot_hy_message message = {
        .type = ZJIOT_HY_TRANSPARENT_REPLY,
        .data.transparent_reply = {.has = ZJIOT_BIT(hy_transparent_reply, stat),
                                   .stat = is_taken ? ZJIOT_HY_ACCEPTED : ZJIOT_HY_FAILED},
    };
    send_message(device, &message);
}

/* Of a whole number of minutes from 1 to a day. */
static bool take_minutes(const json_t *object, const char *key, int64_t *minutes) {
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > 24 * 60)
        return false;
    *minutes = json_integer_value(value);
    return true;
}

static bool take_day(const json_t *object, const char *key, char day[DAY_SIZE]) {
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL || strlen(text) >= DAY_SIZE || month_day(text) == 0)
        return false;
    strcpy(day, text);
    return true;
}

static bool take_periods(struct gateway *gateway, const json_t *periods) {
    struct gateway taken = *gateway;
    if (!take_minutes(periods, "main_interval", &taken.main) || !take_minutes(periods, "copy_interval", &taken.copy) ||
        !take_minutes(periods, "not_intimer_interval", &taken.summer) ||
        !take_day(periods, "heating_start", taken.heating_start) ||
        !take_day(periods, "heating_end", taken.heating_end))
        return false;
    const json_t *statistics = json_object_get(periods, "copy_statistics");
    if (json_is_integer(statistics))
        taken.statistics = json_integer_value(statistics);
    *gateway = taken;
    return true;
}

static void write_periods(struct sim_device *device, const char *members, int64_t now) {
    static const char *const needed[] = {"main_interval", "copy_interval", "heating_start", "heating_end"};
    struct gateway *gateway = device->state;
    json_t *periods = json_loads(members != NULL ? members : "{}", 0, NULL);
    bool has_all = true;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        has_all = has_all && json_object_get(periods, needed[i]) != NULL;
    if (!has_all) {
        sim_refuse(device, "crashes, as real ones do: msg_id 12 without all of main_interval, copy_interval, "
                           "heating_start and heating_end");
        crash(device, now);
    } else if (take_periods(gateway, periods)) {
        gateway->main_due = now + period_of(device, gateway->main, now);
        gateway->copy_due = now + period_of(device, gateway->copy, now);
        send_other(device, WRITE_PERIODS, ZJIOT_HY_ACCEPTED);
    } else {
        send_other(device, WRITE_PERIODS, ZJIOT_HY_FAILED);
    }
    json_decref(periods);
}

static void receive(struct sim_device *device, const struct sim_message *message, int64_t now) {
    const struct gateway *gateway = device->state;
    struct zjiot_hy_message hy;
    struct zjiot_error error;
    if (gateway->is_down)
        return;
    if (zjiot_hy_decode(message->topic, message->bytes, message->size, &device->sim->options, &device->sim->pool, &hy,
                        NULL, NULL, &error) != 0) {
        sim_refuse(device, "%s", error.text);
        return;
    }
    switch (hy.type) {
    case ZJIOT_HY_STATUS:
        answer_status(device);
        break;
    case ZJIOT_HY_PERIODS:
        answer_periods(device);
        break;
    case ZJIOT_HY_READ_NOW:
        answer_read_now(device, &hy.data.read_now, now);
        break;
    case ZJIOT_HY_TRANSPARENT:
        answer_transparent(device, &hy.data.transparent, now);
        break;
    case ZJIOT_HY_OTHER:
        if (hy.gw.msg_id == WRITE_PERIODS)
            write_periods(device, hy.data.other.members, now);
        else
            send_other(device, hy.gw.msg_id, ZJIOT_HY_FAILED);
        break;
    case ZJIOT_HY_OTHER_SECRET:
        send_other(device, hy.gw.msg_id, ZJIOT_HY_FAILED);
        break;
    default:
        sim_refuse(device, "a message that gateways send, not get");
    }
    set_due(device);
}

/* --- The kind --- */

static void name_gateway(const struct sim *sim, unsigned number, char id[SIM_ID_SIZE]) {
    (void)sim;
    snprintf(id, SIM_ID_SIZE, "%011llu", 2345678903ULL + number);
}

static bool accept_gateway(const struct sim *sim, char id[SIM_ID_SIZE]) {
    (void)sim;
    if (sim_is_level(id))
        return true;
    complain("--device: '%s' cannot be the number of a gateway, which is a level of its topics", id);
    return false;
}

static int open_kind(struct sim *sim) {
    unsigned long valves = COPY_METERS;
    if (!sim_number(sim->invocation, OPTION_METERS, 1, COPY_METERS_MOST, &valves))
        return EXIT_USAGE;
    sim->shared = (void *)(uintptr_t)(MAIN_METERS + valves);
    return EXIT_OK;
}

/* Those of the first gateway begin with the document's. */
static void make_meters(struct sim_device *device, int64_t now) {
    struct gateway *gateway = device->state;
    gateway->meter_count = (unsigned)(uintptr_t)device->sim->shared;
    gateway->meters = must(calloc(gateway->meter_count, sizeof *gateway->meters));
    for (unsigned i = 0; i < gateway->meter_count; i++) {
        const bool is_main = i < MAIN_METERS;
        const unsigned valve = device->number * (gateway->meter_count - MAIN_METERS) + i - MAIN_METERS;
        char number[ZJIOT_HY_METER_DIGITS + 1];
        snprintf(number, sizeof number, "%08u",
                 is_main ? 27100583 + device->number * MAIN_METERS + i : 23227310 + valve);
        sim_meter_init(&gateway->meters[i], is_main ? SIM_METER_HY_BUILDING : SIM_METER_HY_VALVE, number, "", now,
                       NULL);
    }
}

static void start(struct sim_device *device, int64_t now) {
    struct gateway *gateway = device->state;
    gateway->summer = 1440;
    gateway->main = 10;
    gateway->copy = 60;
    gateway->statistics = 1;
    strcpy(gateway->heating_start, "20XX-09-01");
    strcpy(gateway->heating_end, "20XX-05-01");
    make_meters(device, now);
    begin_reports(device, now);
}

static void stop(struct sim_device *device) {
    struct gateway *gateway = device->state;
    while (gateway->job_count > 0)
        drop_first_job(gateway);
    free(gateway->meters);
}

/* The meter's answer with the number of another request. */
static bool forge(struct sim_device *device, struct zjiot_message *message) {
    struct zjiot_hy_message *hy = message->typed;
    struct zjiot_cjt188_message answer;
    if (hy->type != ZJIOT_HY_TRANSPARENT_REPLY || hy->data.transparent_reply.meter_data_count == 0)
        return false;
    struct zjiot_bytes *frame = &hy->data.transparent_reply.meter_data[0];
    if (zjiot_cjt188_decode(frame->data, frame->size, NULL, &answer, NULL, NULL, NULL) != 0)
        return false;
    answer.header.ser = (answer.header.ser + 1) & 0xFF;
    *frame = frame_of(device, &answer);
    return frame->data != NULL;
}

static const enum option_id own_options[] = {OPTION_BROKER, OPTION_METERS, OPTION_INTERVAL, OPTION_COUNT};

const struct sim_kind sim_hy = {
    .protocol = "hy",
    .transport = &sim_over_mqtt,
    .state_size = sizeof(struct gateway),
    .options = own_options,
    .open = open_kind,
    .name = name_gateway,
    .accept = accept_gateway,
    .address = sim_last_level,
    .start = start,
    .receive = receive,
    .tick = tick,
    .leave = leave,
    .stop = stop,
    .forge = forge,
};
