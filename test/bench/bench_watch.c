/* How many messages a second `zjiotctl watch` turns into records, beside a bare paho subscriber that only counts them.
 *
 * Both are processes of their own and subscribe with the same quality of service; the records go to /dev/null. A
 * subscriber is stopped while the broker is given a load of heartbeats for it; the clock on the wall counts from when
 * it goes on until it has all of them and has ended. So neither the sender nor the broker's routing is in the figure.
 */
#include <MQTTAsync.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"

enum { MESSAGES = 20000, LIMIT_MS = 60000, PACKET_MOST = 1024 };

#define TOPIC "up/json/01/heartbeat/010000002934857620"
#define FILTER "up/+/+/+/+"

static const char heartbeat[] =
    "{\"context\":{\"dev_attr\":8,\"dev_id\":\"010000002934857620\",\"serial_id\":\"b8c4d1a6-37d2-4d0d-9c12-0b5f0c\","
    "\"cmd\":\"heartbeat\",\"unix_milli\":1722994330451},\"data\":{\"net_type\":4,\"signal\":23,\"remote\":"
    "\"192.168.1.120:51200\",\"time\":1722994330}}";

static unsigned port;

/* --- The bare subscriber: a process that runs `bench_watch count PORT QOS` --- */

static atomic_uint counted;
static atomic_bool is_ready;

static int count_message(void *context, char *topic, int size, MQTTAsync_message *message) {
    (void)context, (void)size;
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    if (atomic_fetch_add(&counted, 1) + 1 == MESSAGES)
        _exit(0);
    return 1;
}

static void ready(void *context, MQTTAsync_successData5 *data) {
    (void)context, (void)data;
    atomic_store(&is_ready, true);
}

static void failed(void *context, MQTTAsync_failureData5 *data) {
    (void)context, (void)data;
    live_give_up("bare paho failed");
}

static void wait_ready(void) {
    while (!atomic_exchange(&is_ready, false))
        poll(NULL, 0, 1);
}

static void count_messages(const char *at_port, int qos) {
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_responseOptions subscribe = MQTTAsync_responseOptions_initializer;
    MQTTAsync client;
    char uri[64];
    snprintf(uri, sizeof uri, "tcp://127.0.0.1:%s", at_port);
    create.MQTTVersion = MQTTVERSION_5;
    MQTTAsync_createWithOptions(&client, uri, "bare", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
    MQTTAsync_setCallbacks(client, NULL, NULL, count_message, NULL);
    connect.onSuccess5 = subscribe.onSuccess5 = ready;
    connect.onFailure5 = subscribe.onFailure5 = failed;
    MQTTAsync_connect(client, &connect);
    wait_ready();
    live_no_delay((unsigned)atoi(at_port));
    MQTTAsync_subscribe(client, FILTER, qos, &subscribe);
    wait_ready();
    fputs("connected to it\n", stderr);
    poll(NULL, 0, LIMIT_MS);
    live_give_up("bare paho did not get all messages");
}

/* --- The load --- */

static unsigned char load[MESSAGES * PACKET_MOST];
static size_t load_size[2]; /* by quality of service */

static size_t make_packet(unsigned char *out, unsigned qos, unsigned number) {
    const size_t topic = sizeof TOPIC - 1, body = sizeof heartbeat - 1, id = qos > 0 ? 2 : 0;
    const size_t size = 2 + topic + id + body;
    size_t used = 0;
    out[used++] = (unsigned char)(0x30 | qos << 1);
    out[used++] = (unsigned char)(size % 128 | 0x80);
    out[used++] = (unsigned char)(size / 128);
    out[used++] = 0;
    out[used++] = (unsigned char)topic;
    memcpy(out + used, TOPIC, topic);
    used += topic;
    if (id > 0) {
        out[used++] = (unsigned char)((number + 1) / 256);
        out[used++] = (unsigned char)((number + 1) % 256);
    }
    memcpy(out + used, heartbeat, body);
    return used + body;
}

static size_t make_load(unsigned qos) {
    size_t used = 0;
    for (unsigned i = 0; i < MESSAGES; i++)
        used += make_packet(load + used, qos, i);
    load[used++] = 0xC0; /* PINGREQ */
    load[used++] = 0;
    return used;
}

static int connect_sender(void) {
    static const unsigned char packet[] = {0x10, 16, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 4, 'l', 'o', 'a', 'd'};
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    unsigned char answer[4];
    const int sender = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(sender, (struct sockaddr *)&address, sizeof address) != 0 ||
        write(sender, packet, sizeof packet) != (ssize_t)sizeof packet ||
        recv(sender, answer, sizeof answer, MSG_WAITALL) != (ssize_t)sizeof answer)
        live_give_up("the sender cannot connect");
    fcntl(sender, F_SETFL, O_NONBLOCK);
    return sender;
}

/* Writes what the broker takes until it has all: the last packet is a ping. */
static void send_load(int sender, size_t size, unsigned qos) {
    static unsigned char answers[1 << 16];
    enum { PUBACK = 4, PINGRESP = 2 };
    size_t written = 0, answered = 0;
    while (written < size || answered < PINGRESP + (qos > 0 ? MESSAGES * PUBACK : 0)) {
        struct pollfd state = {sender, (short)(POLLIN | (written < size ? POLLOUT : 0)), 0};
        if (poll(&state, 1, LIMIT_MS) != 1)
            live_give_up("the broker takes no more");
        const ssize_t read_size = recv(sender, answers, sizeof answers, 0);
        answered += read_size > 0 ? (size_t)read_size : 0;
        const ssize_t sent = send(sender, load + written, size - written, MSG_NOSIGNAL);
        written += sent > 0 ? (size_t)sent : 0;
    }
}

/* --- One run --- */

/* Starts a subscriber; returns when it says on stderr that it has subscribed. */
static pid_t start(const char *const *arguments) {
    int told[2];
    char text[256];
    if (pipe(told) != 0)
        live_give_up("no pipe");
    const pid_t child = fork();
    if (child == 0) {
        const int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        dup2(told[1], STDERR_FILENO);
        execv(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(1);
    }
    close(told[1]);
    const ssize_t size = read(told[0], text, sizeof text - 1);
    text[size > 0 ? size : 0] = '\0';
    if (strstr(text, "connected to") == NULL)
        live_give_up("a subscriber does not start");
    close(told[0]);
    return child;
}

static void run(const char *const *arguments, unsigned qos) {
    int status;
    const pid_t child = start(arguments);
    const int sender = connect_sender();
    kill(child, SIGSTOP);
    send_load(sender, load_size[qos], qos);
    live_start();
    kill(child, SIGCONT);
    if (waitpid(child, &status, 0) != child || status != 0)
        live_give_up("a subscriber failed");
    close(sender);
}

static void run_bare(unsigned qos) {
    char at[16], digit[] = {(char)('0' + qos), '\0'};
    snprintf(at, sizeof at, "%u", port);
    run((const char *[]){"/proc/self/exe", "count", at, digit, NULL}, qos);
}

static void run_ours(unsigned qos) {
    char broker[64], count[16], digit[] = {(char)('0' + qos), '\0'};
    snprintf(broker, sizeof broker, "mqtt://127.0.0.1:%u", port);
    snprintf(count, sizeof count, "%d", MESSAGES);
    run((const char *[]){getenv("ZJIOTCTL"), "watch", "-b", broker, "-n", count, "--qos", digit, FILTER, NULL}, qos);
}

static void bare_0(void) {
    run_bare(0);
}

static void bare_1(void) {
    run_bare(1);
}

static void ours_0(void) {
    run_ours(0);
}

static void ours_1(void) {
    run_ours(1);
}

int main(int argc, char **argv) {
    static const struct live_variant at_0[] = {{"bare paho counts, QoS 0", bare_0, MESSAGES, 0},
                                               {"watch decodes, QoS 0", ours_0, MESSAGES, 1 / 0.8}};
    static const struct live_variant at_1[] = {{"bare paho counts, QoS 1", bare_1, MESSAGES, 0},
                                               {"watch decodes, QoS 1", ours_1, MESSAGES, 1 / 0.8}};
    if (argc == 4 && strcmp(argv[1], "count") == 0)
        count_messages(argv[2], atoi(argv[3]));
    port = live_broker();
    if (port == 0 || getenv("ZJIOTCTL") == NULL) {
        puts(port == 0 ? "mosquitto is not installed" : "ZJIOTCTL does not name the tool");
        return LIVE_SKIPPED;
    }
    bool is_met = true;
    load_size[0] = make_load(0);
    is_met &= live_race("heartbeats a subscriber takes", at_0, 2, sizeof heartbeat - 1);
    load_size[1] = make_load(1);
    is_met &= live_race("heartbeats a subscriber takes", at_1, 2, sizeof heartbeat - 1);
    return is_met ? 0 : 1;
}
