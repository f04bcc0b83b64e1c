/* zjiotctl send as a process beside mosquitto_rr: from its start to its end, with the connection, a subscription, a
 * request and its reply. The device that answers both is a client of this process. ZJIOTCTL names the tool. */
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "mqtt/mqtt.h"

enum { RUNS = 40, LIMIT_MS = 10000 };
#define DEVICE "010000002934857620"

extern char **environ;

static struct mqtt *device;
static char port_text[12], url[40];

/* The request as it came, but for what makes it an answer. */
static void answer_send(const struct mqtt_message *request) {
    static const char form[] = "{\"context\":{\"dev_attr\":0,\"dev_id\":\"" DEVICE "\",\"cmd\":\"getTimer\","
                               "\"unix_milli\":1722994330451,\"serial_id\":\"%s\",\"status\":1,\"detail\":\"\"},"
                               "\"data\":{\"now\":1722994330}}";
    char serial[64] = "", text[512];
    const char *at = strstr(request->payload, "\"serial_id\":\"");
    if (at == NULL || sscanf(at, "\"serial_id\":\"%63[^\"]", serial) != 1)
        live_give_up("a command without serial_id");
    const int size = snprintf(text, sizeof text, form, serial);
    const struct mqtt_message reply = {
        .topic = "up/json/01/getTimer/" DEVICE, .payload = text, .size = (size_t)size, .qos = 1};
    mqtt_publish(device, &reply, mqtt_now() + LIMIT_MS);
}

static void answer_rr(void) {
    const struct mqtt_message reply = {.topic = "rr/reply", .payload = "reply", .size = 5, .qos = 1};
    mqtt_publish(device, &reply, mqtt_now() + LIMIT_MS);
}

/* Until the process has closed its output. */
static void answer_until_closed(int output) {
    struct pollfd waiting[2] = {{output, POLLIN, 0}, {mqtt_descriptor(device), POLLIN, 0}};
    char text[4096];
    while (poll(waiting, 2, LIMIT_MS) > 0) {
        struct mqtt_event event;
        while (mqtt_next(device, 0, &event)) {
            if (event.kind == MQTT_MESSAGE && event.message.topic[0] == 'd')
                answer_send(&event.message);
            else if (event.kind == MQTT_MESSAGE)
                answer_rr();
            else if (event.kind != MQTT_PUBLISHED)
                live_give_up(event.failure.text);
        }
        if (waiting[0].revents != 0 && read(output, text, sizeof text) <= 0)
            return;
    }
}

static void run_once(const char *const *arguments) {
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status, ends[2];
    if (pipe(ends) != 0)
        live_give_up("no pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    if (posix_spawnp(&child, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments, environ) != 0)
        live_give_up("a program does not start");
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    answer_until_closed(ends[0]);
    close(ends[0]);
    if (waitpid(child, &status, 0) != child || status != 0)
        live_give_up("a program failed");
}

static void rr(void) {
    static const char *const arguments[] = {"mosquitto_rr", "-p", port_text,  "-q", "1",       "-t",
                                            "rr/request",   "-e", "rr/reply", "-m", "request", NULL};
    for (int i = 0; i < RUNS; i++)
        run_once(arguments);
}

static void ours(void) {
    const char *const arguments[] = {
        getenv("ZJIOTCTL"), "send", "getTimer", "-d", DEVICE, "-b", url, "-o", "jsonl", NULL};
    for (int i = 0; i < RUNS; i++)
        run_once(arguments);
}

int main(void) {
    static const struct live_variant variants[] = {{"mosquitto_rr, QoS 1", rr, RUNS, 0},
                                                   {"zjiotctl send", ours, RUNS, 1.5}};
    static const char *const filters[] = {"down/#", "rr/request"};
    struct mqtt_failure failure;
    const unsigned port = live_broker();
    if (port == 0 || getenv("ZJIOTCTL") == NULL || system("command -v mosquitto_rr >/dev/null") != 0) {
        puts("mosquitto is not installed, or ZJIOTCTL not set");
        return LIVE_SKIPPED;
    }
    snprintf(port_text, sizeof port_text, "%u", port);
    snprintf(url, sizeof url, "mqtt://127.0.0.1:%u", port);
    const struct mqtt_settings settings = {.host = "127.0.0.1",
                                           .port = port,
                                           .client_id = "device",
                                           .keepalive = 60,
                                           .connect_ms = LIMIT_MS,
                                           .filters = filters,
                                           .filter_count = 2,
                                           .filter_qos = 1};
    if (mqtt_open(&settings, mqtt_now() + LIMIT_MS, &device, &failure) != 0)
        live_give_up(failure.text);
    const bool is_met = live_race("a process: connect, subscribe, request, reply", variants, 2, 1);
    mqtt_close(device, mqtt_now() + 100);
    return is_met ? 0 : 1;
}
