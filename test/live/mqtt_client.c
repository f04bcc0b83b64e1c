/* mqtt_client [OPTION...] ACTION ARGUMENT...: the MQTT layer from a command line, with the options of zjiotctl.
 *
 *   connect                            says which version is spoken, and how many ms it took
 *   publish TOPIC PAYLOAD QOS          waits for the outcome
 *   burst TOPIC COUNT                  COUNT messages of QoS 1, numbered; then how many were acknowledged
 *   load TOPIC COUNT                   the same, and again for each one that is lost
 *   watch COUNT QOS FILTER...          prints messages, and what else happens
 *   late COUNT FILTER...               the same with QoS 1, settled late
 *   hold FILTER                        takes one message late, prints it and never settles it
 *   trip TOPIC COUNT PAUSE             sends to itself with QoS 1; prints the median round trip in ms
 *   pair TOPIC COUNT PAUSE             the same from a second client of this process to the first
 *
 * Ends after --timeout with code 7, and with the code of what failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mqtt/broker.h"
#include "output.h"

static int run(const struct invocation *invocation);

int run_profile(const struct invocation *invocation) {
    return run(invocation);
}

const struct command commands[COMMAND_COUNT] = {
    [COMMAND_PROFILE] = {"mqtt_client", "ACTION", "text", "", "", run_profile},
};

static struct broker broker;
static struct mqtt *client;
static int64_t deadline;
static double open_ms; /* that mqtt_open took */

static double ms_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int told(const struct mqtt_failure *failure) {
    complain("%s", failure->text);
    return (int)failure->code;
}

static void print_message(const struct mqtt_message *message) {
    printf("message %s %.*s qos=%u%s\n", message->topic, (int)message->size, (const char *)message->payload,
           message->qos, message->is_retained ? " retained" : "");
    fflush(stdout);
}

/* What happens to the connection. */
static int note(const struct mqtt_event *event) {
    switch (event->kind) {
    case MQTT_GAP:
        complain("gap: %s; again in %u ms", event->failure.text, event->retry_ms);
        return EXIT_OK;
    case MQTT_CONNECTED:
        complain("connected again");
        return EXIT_OK;
    case MQTT_FAILED:
    case MQTT_REFUSED:
    case MQTT_LOST:
        return told(&event->failure);
    case MQTT_MESSAGE:
    case MQTT_PUBLISHED:
        return EXIT_OK;
    }
    return EXIT_INTERNAL;
}

static int publish(char **arguments) {
    const struct mqtt_message message = {.topic = arguments[0],
                                         .payload = arguments[1],
                                         .size = strlen(arguments[1]),
                                         .qos = (unsigned)atoi(arguments[2])};
    struct mqtt_event event;
    mqtt_publish(client, &message, deadline);
    while (mqtt_next(client, deadline + 1000, &event)) {
        const int code = note(&event);
        if (event.kind == MQTT_PUBLISHED)
            puts("published");
        if (event.kind == MQTT_PUBLISHED || code != EXIT_OK)
            return code;
    }
    return EXIT_TIMEOUT;
}

static uint64_t publish_number(struct mqtt *from, const char *topic, unsigned number) {
    char text[16];
    const struct mqtt_message message = {
        .topic = topic, .payload = text, .size = (size_t)snprintf(text, sizeof text, "%u", number), .qos = 1};
    return mqtt_publish(from, &message, deadline);
}

enum { BURST_MOST = 100000 };
static unsigned number_of[BURST_MOST * 4]; /* by the id of the publish */

static int burst(char **arguments, bool is_repeating) {
    const unsigned count = (unsigned)atoi(arguments[1]);
    unsigned next = 0, acknowledged = 0, repeated = 0, lost[BURST_MOST], lost_count = 0;
    struct mqtt_event event;
    while (acknowledged < count) {
        uint64_t id = 1;
        while (id != 0 && (lost_count > 0 || next < count)) {
            const unsigned number = lost_count > 0 ? lost[lost_count - 1] : next;
            id = publish_number(client, arguments[0], number);
            if (id != 0) {
                number_of[id] = number;
                next += lost_count == 0;
                lost_count -= lost_count > 0;
            }
        }
        if (!mqtt_next(client, deadline, &event))
            break;
        if (event.kind == MQTT_LOST && is_repeating) {
            lost[lost_count++] = number_of[event.id];
            repeated++;
        } else if (event.kind == MQTT_PUBLISHED) {
            acknowledged++;
        } else if (note(&event) != EXIT_OK) {
            return (int)event.failure.code;
        }
    }
    printf("acknowledged %u repeated %u\n", acknowledged, repeated);
    return acknowledged == count ? EXIT_OK : EXIT_TIMEOUT;
}

static int watch(unsigned most) {
    struct mqtt_event event;
    puts("subscribed");
    fflush(stdout);
    for (unsigned seen = 0; seen < most;) {
        if (!mqtt_next(client, deadline, &event))
            return EXIT_TIMEOUT;
        if (event.kind == MQTT_MESSAGE) {
            print_message(&event.message);
            seen++;
        } else if (note(&event) != EXIT_OK) {
            return (int)event.failure.code;
        }
    }
    return EXIT_OK;
}

static int hold(void) {
    const int code = watch(1);
    while (code == EXIT_OK && mqtt_now() < deadline)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    return code;
}

static int compare(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The message and its acknowledgement; where both come to one client, either may be first. */
static bool trip_ends(struct mqtt *from) {
    struct mqtt_event event;
    return mqtt_next(client, deadline, &event) && mqtt_next(from, deadline, &event);
}

static int trip(struct mqtt *from, char **arguments) {
    enum { TRIPS_MOST = 1000 };
    double ms[TRIPS_MOST];
    const int count = atoi(arguments[1]) < TRIPS_MOST ? atoi(arguments[1]) : TRIPS_MOST;
    const long pause = atol(arguments[2]);
    for (int i = 0; i < count; i++) {
        nanosleep(&(struct timespec){pause / 1000, pause % 1000 * 1000000}, NULL);
        const double start = ms_now();
        publish_number(from, arguments[0], (unsigned)i);
        if (!trip_ends(from))
            return EXIT_TIMEOUT;
        ms[i] = ms_now() - start;
    }
    qsort(ms, (size_t)count, sizeof ms[0], compare);
    printf("%.3f\n", ms[count / 2]);
    return EXIT_OK;
}

/* With a second client, which only sends. */
static int pair(char **arguments) {
    enum { LEAVE_MS = 500 };
    char id[64];
    struct mqtt_settings settings = broker.mqtt;
    struct mqtt_failure failure;
    struct mqtt *second;
    snprintf(id, sizeof id, "%s-2", broker.mqtt.client_id);
    settings.client_id = id;
    settings.filter_count = 0;
    int code = mqtt_open(&settings, deadline, &second, &failure);
    if (code != EXIT_OK)
        return told(&failure);
    code = trip(second, arguments);
    mqtt_close(second, mqtt_now() + LEAVE_MS);
    return code;
}

static const struct {
    const char *name;
    size_t least, most; /* arguments */
    size_t filters_from;
    bool has_filters, settles_late;
} actions[] = {
    {"connect", 0, 0, 0, false, false}, {"publish", 3, 3, 0, false, false}, {"burst", 2, 2, 0, false, false},
    {"load", 2, 2, 0, false, false},    {"watch", 3, 99, 2, true, false},   {"late", 2, 99, 1, true, true},
    {"hold", 1, 1, 0, true, true},      {"trip", 3, 3, 0, true, false},     {"pair", 3, 3, 0, true, false},
};
enum action { CONNECT, PUBLISH, BURST, LOAD, WATCH, LATE, HOLD, TRIP, PAIR, ACTIONS };

static int act(enum action action, char **arguments) {
    switch (action) {
    case CONNECT:
        printf("connected %s\n%.3f\n", mqtt_version_used(client) == MQTT_5 ? "5" : "3.1.1", open_ms);
        return EXIT_OK;
    case PUBLISH:
        return publish(arguments);
    case BURST:
    case LOAD:
        return burst(arguments, action == LOAD);
    case WATCH:
    case LATE:
        return watch((unsigned)atoi(arguments[0]));
    case HOLD:
        return hold();
    case TRIP:
        return trip(client, arguments);
    case PAIR:
        return pair(arguments);
    case ACTIONS:
        break;
    }
    return EXIT_USAGE;
}

/* ACTIONS, after an error, when there is none that fits. */
static enum action find_action(const struct invocation *invocation) {
    const size_t count = invocation->operand_count;
    for (unsigned i = 0; i < ACTIONS && count > 0; i++) {
        if (strcmp(invocation->operands[0], actions[i].name) == 0 && count - 1 >= actions[i].least &&
            count - 1 <= actions[i].most)
            return i;
    }
    complain("no such action, or not with so many arguments");
    return ACTIONS;
}

static void prepare(enum action action, char **arguments, size_t count) {
    enum { SESSION_S = 60 };
    struct mqtt_settings *mqtt = &broker.mqtt;
    mqtt->settles_late = actions[action].settles_late;
    mqtt->session_s = mqtt->settles_late ? SESSION_S : 0;
    mqtt->filter_qos = action == WATCH ? (unsigned)atoi(arguments[1]) : 1;
    if (actions[action].has_filters) {
        mqtt->filters = (const char *const *)arguments + actions[action].filters_from;
        mqtt->filter_count = action == TRIP || action == PAIR ? 1 : count - actions[action].filters_from;
    }
    deadline = mqtt_now() + broker.timeout_ms;
}

static int run(const struct invocation *invocation) {
    enum { LEAVE_MS = 500 };
    struct mqtt_failure failure;
    const enum action action = find_action(invocation);
    if (action == ACTIONS)
        return EXIT_USAGE;
    int code = broker_read(invocation, &broker);
    if (code == EXIT_OK)
        code = broker_unlock(&broker);
    if (code != EXIT_OK)
        return code;
    prepare(action, invocation->operands + 1, invocation->operand_count - 1);
    const double start = ms_now();
    code = mqtt_open(&broker.mqtt, deadline, &client, &failure);
    open_ms = ms_now() - start;
    if (code == EXIT_OK) {
        code = act(action, invocation->operands + 1);
        mqtt_close(client, mqtt_now() + LEAVE_MS);
    } else {
        told(&failure);
    }
    broker_end(&broker);
    return code;
}

int main(int argc, char **argv) {
    struct invocation invocation = {.command = &commands[COMMAND_PROFILE]};
    output_start();
    output_command("mqtt_client");
    if (!options_parse(&invocation, argc, argv))
        return EXIT_USAGE;
    return output_finish(run(&invocation));
}
