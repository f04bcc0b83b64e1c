/* Simulated edge computers of BYD, each with some power meters. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "simulate/simulate.h"
#include "zjiot/byd.h"

enum {
    METERS = 2, /* unless asked for */
    METERS_MOST = 1000,
    USUAL_INTERVAL_MS = 300000,
    FIRST_MS = 2000,   /* within which those that begin have sent a batch */
    CARRIED_MS = 1000, /* after a command: the batch that shows it */
    HOUR_MS = 3600000,
    PRIORITIES = 10,
    PERIOD_S = 600, /* of the load */
    NAME_SIZE = 24,
    UUID_SIZE = 37,
    LOCAL_SIZE = 40,
    BODY_BYTES = 2048, /* of one reading, more than enough */
};

static const double root_of_3 = 1.7320508075688772;

struct meter {
    double active, reactive; /* kWh, kvarh */
    bool is_off;
};

struct edge {
    struct meter *meters;
    int64_t since; /* the energies are those of then */
    uint32_t batches;
};

static unsigned meter_count(const struct sim *sim) {
    return (unsigned)(uintptr_t)sim->shared;
}

static bool speaks_field(const struct sim *sim) {
    enum { DOCUMENT, FIELD };
    return sim->invocation->choice[OPTION_DIALECT] == FIELD;
}

static int64_t interval_of(const struct sim_device *device) {
    return device->sim->interval_ms != 0 ? device->sim->interval_ms : USUAL_INTERVAL_MS;
}

/* To so many steps, as a device has it. */
static double rounded(double value, double steps) {
    return (double)(int64_t)(value * steps + 0.5) / steps;
}

/* --- What a meter measures --- */

struct load {
    double volts[3], amperes[3], factor, hertz;
};

/* It goes up and down, with a little less on each phase. */
static struct load load_of(const struct sim_device *device, unsigned number, int64_t now) {
    const struct edge *edge = device->state;
    const int64_t at = (now / 1000 + sim_share(device, number * 4, PERIOD_S)) % PERIOD_S;
    const double wave = (double)(at < PERIOD_S / 2 ? at : PERIOD_S - at) / (PERIOD_S / 2.0);
    const double full = edge->meters[number].is_off ? 0 : 5 + sim_share(device, number * 4 + 1, 200) / 10.0;
    struct load load = {.factor = full > 0 ? 0.92 : 1, .hertz = rounded(49.95 + wave / 10, 100)};
    for (unsigned i = 0; i < 3; i++) {
        load.volts[i] = rounded(219 + i + 2 * wave, 10);
        load.amperes[i] = rounded(full * (0.6 + 0.4 * wave) * (1 - i * 0.02), 100);
    }
    return load;
}

static double kilowatts(const struct load *load, unsigned phase) {
    return rounded(load->volts[phase] * load->amperes[phase] * load->factor / 1000, 1000);
}

/* Of the reactive to the active power. */
static double reactive_share(const struct load *load) {
    return load->factor < 1 ? 0.426 : 0;
}

static void advance(struct sim_device *device, int64_t now) {
    struct edge *edge = device->state;
    const double hours = now > edge->since ? (double)(now - edge->since) / HOUR_MS : 0;
    for (unsigned i = 0; i < meter_count(device->sim); i++) {
        const struct load load = load_of(device, i, now);
        const double power = kilowatts(&load, 0) + kilowatts(&load, 1) + kilowatts(&load, 2);
        edge->meters[i].active += power * hours;
        edge->meters[i].reactive += power * reactive_share(&load) * hours;
    }
    edge->since = now;
}

/* --- Batches --- */

static void meter_name(const struct sim_device *device, unsigned number, char name[NAME_SIZE]) {
    snprintf(name, NAME_SIZE, "EM-%04u-%03u", 2025 + device->number, number + 1);
}

static void fill_power(struct zjiot_byd_power *power, const struct load *load) {
    const double share = reactive_share(load);
    struct zjiot_byd_active_powers *active = &power->active.value;
    struct zjiot_byd_reactive_powers *reactive = &power->reactive.value;
    active->phase_a = kilowatts(load, 0);
    active->phase_b = kilowatts(load, 1);
    active->phase_c = kilowatts(load, 2);
    active->total = rounded(active->phase_a + active->phase_b + active->phase_c, 1000);
    reactive->phase_a = rounded(active->phase_a * share, 1000);
    reactive->phase_b = rounded(active->phase_b * share, 1000);
    reactive->phase_c = rounded(active->phase_c * share, 1000);
    reactive->total = rounded(reactive->phase_a + reactive->phase_b + reactive->phase_c, 1000);
    power->apparent.value.total = rounded(active->total / load->factor, 1000);
}

static void fill_reading(struct sim_device *device, unsigned number, int64_t now, struct zjiot_byd_reading *reading,
                         struct zjiot_byd_system system[2], char name[NAME_SIZE]) {
    const struct edge *edge = device->state;
    const struct load load = load_of(device, number, now);
    struct zjiot_byd_metrics *metrics = &reading->metrics;
    meter_name(device, number, name);
    *reading = (struct zjiot_byd_reading){.timestamp = {now, ZJIOT_STAMP_MS},
                                          .device_type = "three_phase_meter",
                                          .device_id = name,
                                          .status.data_quality = 100};
    metrics->voltage.value = (struct zjiot_byd_voltages){.phase_a = load.volts[0],
                                                         .phase_b = load.volts[1],
                                                         .phase_c = load.volts[2],
                                                         .line_ab = rounded(load.volts[0] * root_of_3, 10),
                                                         .line_bc = rounded(load.volts[1] * root_of_3, 10),
                                                         .line_ca = rounded(load.volts[2] * root_of_3, 10)};
    metrics->current.value =
        (struct zjiot_byd_currents){.phase_a = load.amperes[0], .phase_b = load.amperes[1], .phase_c = load.amperes[2]};
    fill_power(&metrics->power, &load);
    zjiot_byd_system_fill(system, load.factor, load.hertz);
    metrics->system = system;
    metrics->system_count = 2;
    metrics->energy.active.value.forward = rounded(edge->meters[number].active, 1000);
    metrics->energy.reactive.value.forward = rounded(edge->meters[number].reactive, 1000);
}

/* A UUID of version 4. */
static void make_uuid(const struct sim_device *device, int64_t now, char uuid[UUID_SIZE]) {
    const struct edge *edge = device->state;
    uint32_t words[4];
    for (uint32_t i = 0; i < 4; i++)
        words[i] = sim_share(device, (uint32_t)now * 31 + edge->batches * 4 + i, UINT32_MAX);
    snprintf(uuid, UUID_SIZE, "%08x-%04x-4%03x-%x%03x-%04x%08x", words[0], words[1] >> 16, words[1] & 0xFFF,
             8 + (words[2] >> 30), words[2] & 0xFFF, (words[2] >> 12) & 0xFFFF, words[3]);
}

/* --- The dialect of the field --- */

static json_t *local_stamp(int64_t now) {
    struct sim_local local;
    char text[LOCAL_SIZE];
    sim_local(now, &local);
    snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%05d", local.year, local.month, local.day, local.minute / 60,
             local.minute % 60, (int)(now % SIM_MINUTE_MS));
    return json_string(text);
}

/* float is double there. */
static void rename_types(json_t *value) {
    const char *key;
    json_t *member;
    size_t i;
    if (json_object_get(value, "data_type") != NULL)
        json_object_set_new(value, "data_type", json_string("double"));
    json_object_foreach(value, key, member) {
        rename_types(member);
    }
    json_array_foreach(value, i, member) {
        rename_types(member);
    }
}

/* What is not measured: the powers of the phases. */
static void fill_with_zeros(json_t *metrics) {
    static const char *const kinds[] = {"active", "reactive"}, *const phases[] = {"phase_a", "phase_b", "phase_c"};
    for (size_t kind = 0; kind < 2; kind++)
        for (size_t phase = 0; phase < 3; phase++)
            json_object_set_new(
                json_object_get(json_object_get(json_object_get(metrics, "power"), kinds[kind]), "value"),
                phases[phase], json_integer(0));
}

/* Turns a batch as the document has it into one of the field's. NULL: there is no memory. */
static char *translate(const struct sim_device *device, const char *text, size_t size, int64_t now) {
    json_t *message = json_loadb(text, size, 0, NULL), *reading;
    size_t i;
    if (message == NULL)
        return NULL;
    json_object_set_new(message, "msgCreateTime", local_stamp(now));
    json_object_set_new(message, "source",
                        json_pack("{s:n, s:s, s:{s:s, s:s}}", "ipAddress", "gatewayId", device->id, "plc", "plcID",
                                  "PLC-01", "ip", "10.79.101.102"));
    json_array_foreach(json_object_get(message, "batch"), i, reading) {
        json_object_set_new(reading, "timestamp", local_stamp(now));
        fill_with_zeros(json_object_get(reading, "metrics"));
    }
    rename_types(message);
    char *translated = json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_decref(message);
    return translated;
}

static void send_translated(struct sim_device *device, const struct zjiot_byd_message *batch, int64_t now) {
    struct zjiot_error error;
    const size_t capacity = (batch->data.up.batch_count + 1) * BODY_BYTES;
    char *body = zjiot_pool_take(&device->sim->pool, capacity, &error);
    const int64_t size =
        body != NULL ? zjiot_byd_encode(batch, NULL, NULL, 0, body, capacity, &error) : (int64_t)error.code;
    if (size < 0) {
        sim_refuse(device, "%s", error.text);
        return;
    }
    char *text = must(translate(device, body, (size_t)size, now));
    sim_send_bytes(device, &(struct sim_message){ZJIOT_BYD_FIXED_TOPIC_UP, (const uint8_t *)text, strlen(text)});
    free(text);
}

static void send_batch(struct sim_device *device, int64_t now) {
    struct edge *edge = device->state;
    const unsigned count = meter_count(device->sim);
    struct zjiot_pool *pool = &device->sim->pool;
    struct zjiot_byd_reading *readings = zjiot_pool_take(pool, count * sizeof *readings, NULL);
    struct zjiot_byd_system(*systems)[2] = zjiot_pool_take(pool, count * sizeof *systems, NULL);
    char(*names)[NAME_SIZE] = zjiot_pool_take(pool, count * sizeof *names, NULL);
    char uuid[UUID_SIZE];
    if (readings == NULL || systems == NULL || names == NULL) {
        sim_refuse(device, "no room for a batch");
        return;
    }
    advance(device, now);
    make_uuid(device, now, uuid);
    for (unsigned i = 0; i < count; i++)
        fill_reading(device, i, now, &readings[i], systems[i], names[i]);
    const struct zjiot_byd_message batch = {
        .type = ZJIOT_BYD_UP,
        .topic.device = device->id,
        .data.up = {.msg_id = uuid,
                    .source = {.ip_addr = "10.79.101.101", .source_id = device->id},
                    .batch = readings,
                    .batch_count = count},
    };
    edge->batches++;
    if (speaks_field(device->sim))
        send_translated(device, &batch, now);
    else
        sim_send_typed(device, batch.type, &batch, sizeof batch);
}

static void tick(struct sim_device *device, int64_t now) {
    send_batch(device, now);
    device->due = now + interval_of(device);
}

/* --- Commands --- */

/* A register that is not zero switches on. False: it is no number. */
static bool read_switch(const char *value, bool *ret_off) {
    char *end;
    const double number = strtod(value, &end);
    if (end == value || *end != '\0')
        return false;
    *ret_off = number == 0;
    return true;
}

/* Why a command cannot be carried out; NULL: it was. */
static const char *carry_out(struct sim_device *device, const struct zjiot_byd_command *command) {
    struct edge *edge = device->state;
    const struct zjiot_byd_operation *operation = &command->operation;
    const char *target = command->target.device_id;
    bool is_found = false, is_off;
    if (target == NULL || operation->type == NULL || operation->value == NULL)
        return "its target, type or value is missing";
    if (strcmp(operation->type, "write_register") != 0)
        return "only write_register is known";
    if (!read_switch(operation->value, &is_off))
        return "the value is no number";
    const bool is_all = strcmp(target, device->id) == 0 || strcmp(target, "PLC-01") == 0;
    for (unsigned i = 0; i < meter_count(device->sim); i++) {
        char name[NAME_SIZE];
        meter_name(device, i, name);
        if (!is_all && strcmp(target, name) != 0)
            continue;
        edge->meters[i].is_off = is_off;
        is_found = true;
    }
    return is_found ? NULL : "there is no such device here";
}

/* Those of the highest priority first, then in their order. */
static void carry_out_all(struct sim_device *device, const struct zjiot_byd_down *down, int64_t now) {
    for (int64_t priority = 0; priority < PRIORITIES; priority++) {
        for (size_t i = 0; i < down->batch_count; i++) {
            const struct zjiot_byd_command *command = &down->batch[i];
            if (command->control_params.priority != priority)
                continue;
            const char *why = carry_out(device, command);
            if (why != NULL)
                sim_refuse(device, "command %s: %s", command->transaction_id != NULL ? command->transaction_id : "?",
                           why);
            else if (now + CARRIED_MS < device->due)
                device->due = now + CARRIED_MS;
        }
    }
}

static void receive(struct sim_device *device, const struct sim_message *message, int64_t now) {
    struct zjiot_byd_message byd;
    struct zjiot_error error;
    if (zjiot_byd_decode(message->topic, message->bytes, message->size, &device->sim->options, &device->sim->pool, &byd,
                         NULL, NULL, &error) != 0) {
        sim_refuse(device, "%s", error.text);
        return;
    }
    if (byd.type != ZJIOT_BYD_DOWN) {
        sim_refuse(device, "a message that devices send, not get");
        return;
    }
    if (byd.data.down.source.auth_token == NULL || byd.data.down.source.auth_token[0] == '\0') {
        sim_refuse(device, "commands without auth_token");
        return;
    }
    advance(device, now);
    carry_out_all(device, &byd.data.down, now);
}

/* --- The kind --- */

static int open_kind(struct sim *sim) {
    unsigned long meters = METERS;
    if (!sim_number(sim->invocation, OPTION_METERS, 1, METERS_MOST, &meters))
        return EXIT_USAGE;
    sim->shared = (void *)(uintptr_t)meters;
    return EXIT_OK;
}

static void name_edge(const struct sim *sim, unsigned number, char id[SIM_ID_SIZE]) {
    (void)sim;
    snprintf(id, SIM_ID_SIZE, "GW-EM-%02u", number + 1);
}

static bool accept_edge(const struct sim *sim, char id[SIM_ID_SIZE]) {
    (void)sim;
    if (sim_is_level(id))
        return true;
    complain("--device: '%s' cannot be a device, which is a level of its topics", id);
    return false;
}

/* The field's topic is for everybody. */
static bool address_edge(const struct sim *sim, const struct sim_message *message, char ret_id[SIM_ID_SIZE]) {
    struct zjiot_byd_topic topic;
    enum zjiot_direction direction;
    struct zjiot_pool *pool = (struct zjiot_pool *)(uintptr_t)&sim->pool;
    if (zjiot_byd_topic_read(message->topic, pool, &direction, &topic, NULL) != 0 ||
        (topic.device != NULL && strlen(topic.device) >= SIM_ID_SIZE))
        return false;
    strcpy(ret_id, topic.device != NULL ? topic.device : "");
    return true;
}

static void start(struct sim_device *device, int64_t now) {
    struct edge *edge = device->state;
    const unsigned count = meter_count(device->sim);
    edge->meters = must(calloc(count, sizeof *edge->meters));
    for (unsigned i = 0; i < count; i++) {
        edge->meters[i].active = 1000 + sim_share(device, i * 4 + 2, 1000000) / 10.0;
        edge->meters[i].reactive = edge->meters[i].active * 0.426;
    }
    edge->since = now;
    device->due = now + sim_share(device, 3, FIRST_MS);
}

static void stop(struct sim_device *device) {
    struct edge *edge = device->state;
    free(edge->meters);
}

static const enum option_id own_options[] = {OPTION_BROKER, OPTION_METERS, OPTION_INTERVAL, OPTION_DIALECT,
                                             OPTION_COUNT};

const struct sim_kind sim_byd = {
    .protocol = "byd",
    .transport = &sim_over_mqtt,
    .state_size = sizeof(struct edge),
    .options = own_options,
    .open = open_kind,
    .name = name_edge,
    .accept = accept_edge,
    .address = address_edge,
    .start = start,
    .receive = receive,
    .tick = tick,
    .stop = stop,
};
