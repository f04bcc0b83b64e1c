/* Simulated devices: the command, its devices and their time. */
#define _GNU_SOURCE /* getrandom, clock_gettime */
#include "simulate/simulate.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "amount.h"
#include "output.h"
#include "simulate/inside.h"
#include "suggest.h"

enum { LATE_MS = 12000, NOTES_MOST = 10, NOTE_SIZE = 512, FAULTS_TEXT = 256 };

static const struct sim_kind *const kinds[] = {&sim_zhenjiang, &sim_nb, &sim_hy, &sim_byd, &sim_m4g, &sim_cjt188};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* --- Time --- */

static int64_t milliseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int64_t now_of(const struct run *run) {
    return milliseconds(CLOCK_MONOTONIC) + run->clock_offset;
}

static void wait_until(struct run *run, struct event *timer, int64_t due) {
    const int64_t now = now_of(run), wait = due > now ? due - now : 0;
    event_add(timer, &(struct timeval){wait / 1000, wait % 1000 * 1000});
}

/* --- Calls of the kind --- */

static struct run *run_of(const struct sim_device *device) {
    return (struct run *)(void *)device->sim; /* its first member */
}

static void after_call(struct run_device *device) {
    struct run *run = run_of(&device->device);
    zjiot_pool_reset(&run->sim.pool);
    if (device->device.due == device->armed)
        return;
    device->armed = device->device.due;
    if (device->armed == SIM_NEVER)
        event_del(&device->timer);
    else
        wait_until(run, &device->timer, device->armed);
}

void run_start(struct run_device *device) {
    struct run *run = run_of(&device->device);
    run->sim.kind->start(&device->device, now_of(run));
    after_call(device);
}

static void on_timer(evutil_socket_t descriptor, short what, void *context) {
    (void)descriptor, (void)what;
    struct run_device *device = context;
    struct run *run = run_of(&device->device);
    const int64_t now = now_of(run);
    if (now < device->device.due) { /* the timer's clock is a little ahead */
        wait_until(run, &device->timer, device->device.due);
        return;
    }
    device->armed = SIM_NEVER;
    run->sim.kind->tick(&device->device, now);
    after_call(device);
}

void run_deliver(struct run *run, struct run_device *device, const struct sim_message *message) {
    if (run->sim.kind->receive != NULL)
        run->sim.kind->receive(&device->device, message, now_of(run));
    after_call(device);
}

static int compare_names(const void *one, const void *other) {
    const struct run_device *const *left = one, *const *right = other;
    return strcmp((*left)->device.id, (*right)->device.id);
}

void run_dispatch(struct run *run, const struct sim_message *message) {
    char id[SIM_ID_SIZE];
    const struct run_device wanted = {.device = {.id = id}}, *key = &wanted;
    run->received++;
    if (!run->sim.kind->address(&run->sim, message, id)) {
        run->for_nobody++;
        return;
    }
    for (size_t i = 0; id[0] == '\0' && i < run->device_count; i++)
        run_deliver(run, &run->devices[i], message);
    if (id[0] == '\0')
        return;
    struct run_device **found = bsearch(&key, run->by_name, run->device_count, sizeof *run->by_name, compare_names);
    if (found != NULL) {
        run_deliver(run, *found, message);
    } else {
        run->for_nobody++;
    }
}

void run_end(struct run *run, int code) {
    run->code = code;
    event_base_loopbreak(run->base);
}

/* --- Sending --- */

void packet_free(struct sim_packet *packet) {
    free(packet->topic);
    free(packet->bytes);
    free(packet);
}

static struct sim_packet *packet_new(struct run_device *device, const struct sim_message *message) {
    struct sim_packet *packet = must(calloc(1, sizeof *packet));
    packet->device = device;
    packet->size = message->size;
    packet->bytes = must(malloc(message->size + 1));
    memcpy(packet->bytes, message->bytes, message->size);
    if (message->topic != NULL)
        packet->topic = must(strdup(message->topic));
    return packet;
}

static void on_late(evutil_socket_t descriptor, short what, void *context) {
    (void)descriptor, (void)what;
    struct run *run = context;
    struct sim_packet *packet;
    while ((packet = STAILQ_FIRST(&run->late)) != NULL && packet->due <= now_of(run)) {
        STAILQ_REMOVE_HEAD(&run->late, next);
        run->sim.kind->transport->send(run, packet);
    }
    if (packet != NULL)
        wait_until(run, &run->late_timer, packet->due);
}

static void delay(struct run *run, struct sim_packet *packet) {
    packet->due = now_of(run) + run->late_ms;
    if (STAILQ_EMPTY(&run->late))
        wait_until(run, &run->late_timer, packet->due);
    STAILQ_INSERT_TAIL(&run->late, packet, next);
}

void sim_send_bytes(struct sim_device *device, const struct sim_message *message) {
    struct run *run = run_of(device);
    if (faults_fall(&run->faults, FAULT_SILENT))
        return;
    const int times = faults_fall(&run->faults, FAULT_DUPLICATE) ? 2 : 1;
    const bool is_late = faults_fall(&run->faults, FAULT_LATE);
    struct sim_packet *packet = packet_new((struct run_device *)(void *)device, message);
    faults_spoil(&run->faults, &packet->bytes, &packet->size);
    for (int i = 0; i < times; i++) {
        struct sim_packet *copy = packet;
        if (i + 1 < times)
            copy = packet_new(packet->device, &(struct sim_message){packet->topic, packet->bytes, packet->size});
        if (is_late)
            delay(run, copy);
        else
            run->sim.kind->transport->send(run, copy);
    }
}

void sim_send(struct sim_device *device, struct zjiot_message *message) {
    struct sim *sim = device->sim;
    char topic[ZJIOT_TOPIC_SIZE];
    struct zjiot_error error = {.code = ZJIOT_OK};
    struct sim_faults *faults = &run_of(device)->faults;
    if (sim->kind->forge != NULL && faults_fall(faults, FAULT_WRONG_SERIAL) && !sim->kind->forge(device, message))
        faults_take_back(faults, FAULT_WRONG_SERIAL);
    size_t capacity = 4096;
    uint8_t *bytes = zjiot_pool_take(&sim->pool, capacity, &error);
    int64_t size = bytes != NULL ? zjiot_encode(message, &sim->options, topic, bytes, capacity, &error) : error.code;
    if (size == ZJIOT_SPACE && error.need > capacity) {
        capacity = error.need;
        bytes = zjiot_pool_take(&sim->pool, capacity, &error);
        size = bytes != NULL ? zjiot_encode(message, &sim->options, topic, bytes, capacity, &error) : error.code;
    }
    if (size >= 0 && topic[0] == '\0' && sim->kind->topic != NULL)
        sim->kind->topic(device, topic);
    if (size < 0)
        sim_refuse(device, "%s cannot be written: %s", message->name, error.text);
    else
        sim_send_bytes(device, &(struct sim_message){topic[0] != '\0' ? topic : NULL, bytes, (size_t)size});
}

void sim_received(struct sim_device *device) {
    run_of(device)->received++;
}

void sim_refuse(struct sim_device *device, const char *format, ...) {
    struct run *run = run_of(device);
    char text[NOTE_SIZE];
    va_list arguments;
    if (run->refused++ >= NOTES_MOST)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    complain("%s: %s%s", device->id, text, run->refused == NOTES_MOST ? "; further ones are only counted" : "");
}

/* --- Devices --- */

static size_t rounded(size_t size) {
    const size_t step = _Alignof(max_align_t);
    return (size + step - 1) / step * step;
}

static bool name_device(struct run *run, unsigned number, char id[SIM_ID_SIZE]) {
    const struct sim_kind *kind = run->sim.kind;
    const char *given = run->sim.invocation->value[OPTION_DEVICE];
    if (given == NULL) {
        kind->name(&run->sim, number, id);
        return true;
    }
    if (strlen(given) >= SIM_ID_SIZE) {
        complain("--device: a name of more than %d letters", SIM_ID_SIZE - 1);
        return false;
    }
    strcpy(id, given);
    return kind->accept == NULL || kind->accept(&run->sim, id);
}

static bool make_devices(struct run *run) {
    const size_t stride = rounded(run->sim.kind->state_size);
    run->devices = must(calloc(run->device_count, sizeof *run->devices));
    run->by_name = must(calloc(run->device_count, sizeof(struct run_device *)));
    run->states = must(calloc(run->device_count, stride > 0 ? stride : 1));
    for (unsigned i = 0; i < run->device_count; i++) {
        struct run_device *device = &run->devices[i];
        char id[SIM_ID_SIZE];
        if (!name_device(run, i, id))
            return false;
        device->device = (struct sim_device){&run->sim, must(strdup(id)), i, SIM_NEVER, run->states + i * stride};
        device->armed = SIM_NEVER;
        event_assign(&device->timer, run->base, -1, 0, on_timer, device);
        run->by_name[i] = device;
    }
    qsort(run->by_name, run->device_count, sizeof *run->by_name, compare_names);
    return true;
}

static void free_devices(struct run *run) {
    for (size_t i = 0; i < run->device_count && run->devices != NULL; i++) {
        struct run_device *device = &run->devices[i];
        if (device->device.id == NULL)
            break;
        if (run->sim.kind->stop != NULL)
            run->sim.kind->stop(&device->device);
        event_del(&device->timer);
        free((void *)(uintptr_t)device->device.id);
    }
    free(run->by_name);
    free(run->states);
    free(run->devices);
}

/* --- The run --- */

static void tell_ready(const struct run *run) {
    const char *first = run->devices[0].device.id, *last = run->devices[run->device_count - 1].device.id;
    const struct sim_kind *kind = run->sim.kind;
    const char *vendor = kind->vendor != NULL ? kind->vendor(&run->sim) : NULL;
    const char *word = vendor != NULL ? ", vendor " : "", *place = kind->transport->place(run);
    vendor = vendor != NULL ? vendor : "";
    if (run->device_count == 1)
        complain("ready: 1 device, %s%s%s, on %s", first, word, vendor, place);
    else
        complain("ready: %zu devices, %s to %s%s%s, on %s", run->device_count, first, last, word, vendor, place);
}

static void tell_count(const char *text, uint64_t count) {
    if (count > 0)
        complain("%s: %llu", text, (unsigned long long)count);
}

static void tell_end(const struct run *run) {
    char faults[FAULTS_TEXT];
    complain("%zu device%s: %llu messages came, %llu were sent", run->device_count, run->device_count == 1 ? "" : "s",
             (unsigned long long)run->received, (unsigned long long)run->sent);
    tell_count("refused, or not understood", run->refused);
    tell_count("for no device here", run->for_nobody);
    tell_count("old commands, left at the broker, not carried out", run->stale);
    tell_count("sent, but lost on the way", run->lost);
    tell_count("gaps of the connection", run->gaps);
    faults_tell(&run->faults, faults, sizeof faults);
    if (faults[0] != '\0')
        complain("faults: %s", faults);
}

static void on_signal(evutil_socket_t number, short what, void *context) {
    (void)what;
    run_end(context, 128 + (int)number);
}

static void loop(struct run *run) {
    struct event *signals[] = {evsignal_new(run->base, SIGINT, on_signal, run),
                               evsignal_new(run->base, SIGTERM, on_signal, run)};
    for (size_t i = 0; i < 2; i++)
        event_add(must(signals[i]), NULL);
    output_idle(); /* a signal that came before */
    event_base_dispatch(run->base);
    for (size_t i = 0; i < 2; i++)
        event_free(signals[i]);
}

static void take_leave(struct run *run) {
    for (size_t i = 0; i < run->device_count && run->sim.kind->leave != NULL; i++) {
        run->sim.kind->leave(&run->devices[i].device, now_of(run));
        zjiot_pool_reset(&run->sim.pool);
    }
}

static int run_devices(struct run *run) {
    const struct sim_kind *kind = run->sim.kind;
    run->code = kind->transport->open(run);
    if (run->code == EXIT_OK) {
        if (kind->transport->place != NULL)
            tell_ready(run);
        loop(run);
        take_leave(run);
        tell_end(run);
    }
    for (struct sim_packet *packet; (packet = STAILQ_FIRST(&run->late)) != NULL;) {
        STAILQ_REMOVE_HEAD(&run->late, next);
        packet_free(packet);
    }
    event_del(&run->late_timer);
    kind->transport->close(run);
    return run->code;
}

static int run_kind(struct run *run) {
    const struct sim_kind *kind = run->sim.kind;
    int code = kind->open != NULL ? kind->open(&run->sim) : EXIT_OK;
    if (code != EXIT_OK)
        return code;
    zjiot_pool_reset(&run->sim.pool);
    code = make_devices(run) ? run_devices(run) : EXIT_USAGE;
    free_devices(run);
    if (kind->close != NULL)
        kind->close(&run->sim);
    return code;
}

/* --- The command line --- */

const char *simulate_kind(size_t index) {
    return index < KINDS ? kinds[index]->protocol : NULL;
}

static const struct sim_kind *find_kind(const struct invocation *invocation) {
    struct suggestion suggestion;
    char hint[96], all[128] = "";
    const char *name = invocation->operand_count > 0 ? invocation->operands[0] : NULL;
    const struct zjiot_protocol *protocol = name != NULL ? zjiot_protocol_find(name) : NULL;
    if (protocol != NULL) /* also by its other name */
        name = protocol->name;
    suggest_start(&suggestion, name != NULL ? name : "");
    for (size_t i = 0; i < KINDS; i++) {
        const size_t used = strlen(all);
        if (name != NULL && strcmp(kinds[i]->protocol, name) == 0)
            return kinds[i];
        suggest_offer(&suggestion, kinds[i]->protocol);
        snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "", kinds[i]->protocol);
    }
    if (name == NULL)
        complain("which devices? there is %s", all);
    else
        complain("there are no simulated devices of '%s'%s; there is %s", name,
                 suggest_text(&suggestion, hint, sizeof hint), all);
    return NULL;
}

static bool has_option(const struct sim_kind *kind, enum option_id option) {
    const enum option_id *own = kind->options;
    while (own != NULL && *own != OPTION_COUNT && *own != option)
        own++;
    return own != NULL && *own == option;
}

/* An option of other kinds would do nothing. */
static bool check_options(const struct sim_kind *kind, const struct invocation *invocation) {
    for (size_t i = 0; i < KINDS; i++) {
        for (const enum option_id *own = kinds[i]->options; own != NULL && *own != OPTION_COUNT; own++) {
            if (invocation->value[*own] != NULL && !has_option(kind, *own)) {
                complain("--%s is of no use for %s", option_rows[*own].name, kind->protocol);
                return false;
            }
        }
    }
    return true;
}

bool sim_number(const struct invocation *invocation, enum option_id option, unsigned long least, unsigned long most,
                unsigned long *number) {
    const char *text = invocation->value[option];
    if (text == NULL || (amount_number(text, most, number) && *number >= least))
        return true;
    complain("--%s: '%s' is no number from %lu to %lu", option_rows[option].name, text, least, most);
    return false;
}

static bool read_time(const struct invocation *invocation, enum option_id option, unsigned *ms) {
    const char *text = invocation->value[option];
    if (text == NULL || (amount_time(text, ms) && *ms > 0))
        return true;
    complain("--%s: '%s' is no time such as 500ms, 12s or 2m", option_rows[option].name, text);
    return false;
}

static bool read_faults(struct run *run, const struct invocation *invocation) {
    unsigned long seed = 0;
    if (getrandom(&seed, sizeof(unsigned), 0) < 0)
        seed = (unsigned long)run->clock_offset;
    if (!sim_number(invocation, OPTION_SEED, 1, UINT32_MAX, &seed))
        return false;
    run->faults.random[0] = (unsigned short)seed;
    run->faults.random[1] = (unsigned short)(seed >> 16);
    for (size_t i = 0; i < invocation->repeated_count; i++)
        if (!faults_read(&run->faults, invocation->repeated[i]))
            return false;
    run->late_ms = LATE_MS;
    return read_time(invocation, OPTION_LATE_BY, &run->late_ms);
}

static bool read_options(struct run *run, const struct invocation *invocation) {
    unsigned long count = 1;
    run->sim.invocation = invocation;
    run->sim.vendor = invocation->value[OPTION_VENDOR];
    run->sim.kind = find_kind(invocation);
    if (run->sim.kind == NULL || !check_options(run->sim.kind, invocation))
        return false;
    if (invocation->operand_count > 1) {
        complain("'%s' is too much; one kind of devices is simulated", invocation->operands[1]);
        return false;
    }
    if (invocation->value[OPTION_DEVICE] != NULL && invocation->value[OPTION_DEVICES] != NULL) {
        complain("--device names one device, --devices says how many have names by themselves: which?");
        return false;
    }
    if (!sim_number(invocation, OPTION_DEVICES, 1, SIM_DEVICES_MOST, &count))
        return false;
    run->device_count = count;
    run->sim.protocol = zjiot_protocol_find(run->sim.kind->protocol);
    return read_time(invocation, OPTION_INTERVAL, &run->sim.interval_ms) && read_faults(run, invocation);
}

int run_simulate(const struct invocation *invocation) {
    struct run run = {.clock_offset = milliseconds(CLOCK_REALTIME) - milliseconds(CLOCK_MONOTONIC)};
    STAILQ_INIT(&run.late);
    if (!read_options(&run, invocation))
        return EXIT_USAGE;
    run.base = must(event_base_new());
    event_assign(&run.late_timer, run.base, -1, 0, on_late, &run);
    zjiot_pool_growing(&run.sim.pool, NULL, SIM_POOL_MOST);
    zjiot_pool_growing(&run.sim.scratch, NULL, SIM_POOL_MOST);
    run.sim.options = (struct zjiot_options){.cipher = invocation->cipher, .scratch = &run.sim.scratch};
    const int code = run_kind(&run);
    zjiot_pool_release(&run.sim.pool);
    zjiot_pool_release(&run.sim.scratch);
    event_base_free(run.base);
    return code;
}
