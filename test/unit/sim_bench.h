/* For the tests of simulated devices: one device, whose time is a number, and everything that it sends. Included once.
 */
#ifndef SIM_BENCH_H
#define SIM_BENCH_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulate/simulate.h"
#include "unit.h"
#include "zjiot/pool.h"

enum { BENCH_SENT_MOST = 32768 };

struct sim_transport {
    int unused;
};
const struct sim_transport sim_over_mqtt = {0}, sim_over_tcp = {0};
const struct command commands[COMMAND_COUNT];

/* A message that was sent, as its reader gets it. */
struct bench_sent {
    char topic[ZJIOT_TOPIC_SIZE];
    uint8_t *bytes;
    size_t size;
};

static struct bench {
    struct sim sim;
    struct sim_device device;
    struct invocation invocation;
    struct bench_sent sent[BENCH_SENT_MOST];
    size_t sent_count;
    size_t refused;
    size_t hang_ups;
    int64_t now;
} bench;

/* Whoever reads strictly must take it. */
static void bench_read_strictly(const char *topic, const uint8_t *bytes, size_t size) {
    const struct zjiot_options options = {.strict = true};
    const struct zjiot_input input = {topic[0] != '\0' ? topic : NULL, bytes, size};
    struct zjiot_message message;
    struct zjiot_pool pool;
    struct zjiot_error error = {.code = ZJIOT_OK};
    zjiot_pool_growing(&pool, NULL, 1 << 26);
    if (zjiot_decode(bench.sim.protocol, &input, &options, &pool, &message, NULL, NULL, &error) != 0)
        fail_msg("%s: %s: %.*s", topic, error.text, (int)(size < 400 ? size : 400), (const char *)bytes);
    assert_int_equal(message.direction, ZJIOT_UP);
    zjiot_pool_release(&pool);
}

void sim_send_bytes(struct sim_device *device, const struct sim_message *message) {
    struct bench_sent *sent = &bench.sent[bench.sent_count++];
    (void)device;
    assert_true(bench.sent_count < BENCH_SENT_MOST);
    snprintf(sent->topic, sizeof sent->topic, "%s", message->topic);
    sent->bytes = malloc(message->size + 1);
    sent->size = message->size;
    memcpy(sent->bytes, message->bytes, message->size);
    sent->bytes[sent->size] = '\0';
}

void sim_send(struct sim_device *device, struct zjiot_message *message) {
    static uint8_t bytes[1 << 21];
    char topic[ZJIOT_TOPIC_SIZE];
    struct zjiot_error error = {.code = ZJIOT_OK};
    const int64_t size = zjiot_encode(message, &bench.sim.options, topic, bytes, sizeof bytes, &error);
    if (size < 0)
        fail_msg("%s: %s", message->name, error.text);
    if (topic[0] == '\0' && bench.sim.kind->topic != NULL)
        bench.sim.kind->topic(device, topic);
    bench_read_strictly(topic, bytes, (size_t)size);
    sim_send_bytes(device, &(struct sim_message){topic, bytes, (size_t)size});
}

void sim_refuse(struct sim_device *device, const char *format, ...) {
    (void)device;
    (void)format;
    bench.refused++;
}

void sim_received(struct sim_device *device) {
    (void)device;
}

void sim_hang_up(struct sim_device *device, int64_t ms) {
    (void)ms;
    device->due = SIM_NEVER;
    bench.hang_ups++;
}

/* The user said nothing. */
bool sim_number(const struct invocation *invocation, enum option_id option, unsigned long least, unsigned long most,
                unsigned long *number) {
    (void)invocation, (void)option, (void)least, (void)most, (void)number;
    return true;
}

static void bench_after(void) {
    zjiot_pool_reset(&bench.sim.pool);
    assert_true(bench.device.due > bench.now);
}

/* Begins with a new device at that time. */
static void bench_start(const struct sim_kind *kind, const char *id, int64_t now) {
    static char name[SIM_ID_SIZE];
    snprintf(name, sizeof name, "%s", id);
    bench.sim.kind = kind;
    bench.sim.protocol = zjiot_protocol_find(kind->protocol);
    bench.sim.invocation = &bench.invocation;
    bench.sim.vendor = NULL;
    zjiot_pool_growing(&bench.sim.pool, NULL, 1 << 28);
    if (kind->open != NULL)
        assert_int_equal(kind->open(&bench.sim), EXIT_OK);
    bench.device = (struct sim_device){&bench.sim, name, 0, SIM_NEVER, calloc(1, kind->state_size)};
    bench.now = now;
    bench.refused = bench.hang_ups = 0;
    kind->start(&bench.device, now);
    bench_after();
}

static void bench_forget(void) {
    for (size_t i = 0; i < bench.sent_count; i++)
        free(bench.sent[i].bytes);
    bench.sent_count = 0;
}

/* The teardown of a test. */
static int bench_end(void **state) {
    (void)state;
    bench_forget();
    if (bench.sim.kind->stop != NULL)
        bench.sim.kind->stop(&bench.device);
    free(bench.device.state);
    zjiot_pool_release(&bench.sim.pool);
    memset(&bench.invocation, 0, sizeof bench.invocation);
    return 0;
}

/* Lets time pass. */
static void bench_until(int64_t time) {
    while (bench.device.due <= time) {
        bench.now = bench.device.due;
        bench.sim.kind->tick(&bench.device, bench.now);
        bench_after();
    }
    bench.now = time;
}

static void bench_receive(const char *topic, const void *bytes, size_t size) {
    const struct sim_message message = {topic, bytes, size};
    char id[SIM_ID_SIZE];
    if (topic != NULL)
        assert_true(bench.sim.kind->address(&bench.sim, &message, id));
    bench.sim.kind->receive(&bench.device, &message, bench.now);
    bench_after();
}

/* Of a clock in China. */
static int64_t china(int year, int month, int day, int hour, int minute) {
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const int64_t leaps = (year - 1969) / 4 + (year % 4 == 0 && month > 2);
    const int64_t days = (int64_t)(year - 1970) * 365 + leaps + before[month - 1] + day - 1;
    return ((days * 24 + hour - 8) * 60 + minute) * 60000;
}

#endif
