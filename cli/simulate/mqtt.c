/* Simulated devices behind one connection to a broker, as behind the middleware of a vendor. */
#include <stdlib.h>
#include <string.h>

#include "mqtt/broker.h"
#include "mqtt/wire.h"
#include "output.h"
#include "simulate/inside.h"

enum {
    TURN = 256,                   /* events until the timers get a turn */
    WAITING_BYTES_MOST = 1 << 26, /* of messages for which there is no room yet */
    LEAVE_MS = 1000,
    QOS = 1,
};

struct connection {
    struct broker broker;
    struct mqtt *client;
    struct event readable, due;
    struct wire_filter filters[WIRE_FILTERS_MOST];
    const char *texts[WIRE_FILTERS_MOST];
    struct sim_packets waiting;
    size_t waiting_bytes;
    size_t under_way; /* of which the broker has still to say something */
    bool is_watched;
    bool is_gone; /* since the gap that was told last */
};

/* --- Sending --- */

static bool publish(struct connection *connection, const struct sim_packet *packet) {
    const struct mqtt_message message = {
        .topic = packet->topic, .payload = packet->bytes, .size = packet->size, .qos = QOS};
    if (mqtt_publish(connection->client, &message, mqtt_now() + connection->broker.timeout_ms) == 0)
        return false;
    connection->under_way++;
    return true;
}

static void send_packet(struct run *run, struct sim_packet *packet) {
    struct connection *connection = run->connection;
    const bool must_wait = !STAILQ_EMPTY(&connection->waiting);
    if (!must_wait && publish(connection, packet)) {
        run->sent++;
        packet_free(packet);
    } else if (connection->waiting_bytes + packet->size > WAITING_BYTES_MOST) {
        run->lost++;
        packet_free(packet);
    } else {
        connection->waiting_bytes += packet->size;
        STAILQ_INSERT_TAIL(&connection->waiting, packet, next);
    }
}

static void send_waiting(struct run *run) {
    struct connection *connection = run->connection;
    struct sim_packet *packet;
    while ((packet = STAILQ_FIRST(&connection->waiting)) != NULL && publish(connection, packet)) {
        STAILQ_REMOVE_HEAD(&connection->waiting, next);
        connection->waiting_bytes -= packet->size;
        run->sent++;
        packet_free(packet);
    }
}

/* --- Receiving --- */

static void take_message(struct run *run, const struct mqtt_message *message) {
    if (wire_is_stale(message)) {
        run->stale++;
        return;
    }
    run_dispatch(run, &(struct sim_message){message->topic, message->payload, message->size});
}

static void take_event(struct run *run, const struct mqtt_event *event) {
    struct connection *connection = run->connection;
    switch (event->kind) {
    case MQTT_MESSAGE:
        take_message(run, &event->message);
        break;
    case MQTT_CONNECTED:
        connection->is_gone = false;
        complain("connected again");
        break;
    case MQTT_GAP:
        run->gaps += !connection->is_gone;
        connection->is_gone = true;
        complain("%s; trying again in %u ms", event->failure.text, event->retry_ms);
        break;
    case MQTT_FAILED:
        complain("%s", event->failure.text);
        run_end(run, (int)event->failure.code);
        break;
    case MQTT_REFUSED:
    case MQTT_LOST:
        connection->under_way--;
        run->sent--;
        run->lost++;
        break;
    case MQTT_PUBLISHED:
        connection->under_way--;
        break;
    }
}

static void arm(struct connection *connection) {
    const int64_t due = mqtt_due(connection->client), now = mqtt_now();
    const int64_t wait = due > now ? due - now : 0;
    event_del(&connection->due);
    if (due != INT64_MAX)
        event_add(&connection->due, &(struct timeval){wait / 1000, wait % 1000 * 1000});
}

static void on_events(evutil_socket_t descriptor, short what, void *context) {
    (void)descriptor, (void)what;
    struct run *run = context;
    struct connection *connection = run->connection;
    struct mqtt_event event;
    for (int i = 0; i < TURN && mqtt_next(connection->client, 0, &event); i++)
        take_event(run, &event);
    send_waiting(run);
    arm(connection);
}

/* --- Connecting --- */

static bool make_filters(const struct run *run, struct connection *connection) {
    struct wire wire = {.protocol = run->sim.protocol, .direction = ZJIOT_DOWN, .vendor = run->sim.vendor};
    size_t count;
    if (run->device_count == 1)
        wire.device = run->devices[0].device.id;
    if (!wire_filters(&wire, connection->filters, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        connection->texts[i] = connection->filters[i].text;
    connection->broker.mqtt.filters = connection->texts;
    connection->broker.mqtt.filter_count = count;
    connection->broker.mqtt.filter_qos = QOS;
    return true;
}

static int connect_broker(struct connection *connection) {
    struct mqtt_failure failure;
    int code = broker_unlock(&connection->broker);
    if (code != EXIT_OK)
        return code;
    code =
        mqtt_open(&connection->broker.mqtt, mqtt_now() + connection->broker.timeout_ms, &connection->client, &failure);
    if (code != EXIT_OK) {
        connection->client = NULL;
        complain("%s", failure.text);
    }
    return code;
}

static int open_connection(struct run *run) {
    struct connection *connection = must(calloc(1, sizeof *connection));
    int code = broker_read(run->sim.invocation, &connection->broker);
    if (code != EXIT_OK) {
        free(connection);
        return code;
    }
    run->connection = connection;
    STAILQ_INIT(&connection->waiting);
    code = make_filters(run, connection) ? connect_broker(connection) : EXIT_USAGE;
    if (code != EXIT_OK)
        return code;
    connection->is_watched = true;
    event_assign(&connection->readable, run->base, mqtt_descriptor(connection->client), EV_READ | EV_PERSIST, on_events,
                 run);
    event_assign(&connection->due, run->base, -1, 0, on_events, run);
    event_add(&connection->readable, NULL);
    arm(connection);
    for (size_t i = 0; i < run->device_count; i++)
        run_start(&run->devices[i]);
    return EXIT_OK;
}

static const char *place(const struct run *run) {
    const struct connection *connection = run->connection;
    return connection->broker.mqtt.filter_count > 0 ? connection->texts[0] : "no topic";
}

/* Until the broker has what devices said last. */
static void send_rest(struct run *run) {
    struct connection *connection = run->connection;
    const int64_t deadline = mqtt_now() + LEAVE_MS;
    struct mqtt_event event;
    while ((connection->under_way > 0 || !STAILQ_EMPTY(&connection->waiting)) &&
           mqtt_next(connection->client, deadline, &event)) {
        if (event.kind != MQTT_MESSAGE)
            take_event(run, &event);
        send_waiting(run);
    }
}

static void close_connection(struct run *run) {
    struct connection *connection = run->connection;
    if (connection == NULL)
        return;
    if (connection->is_watched) {
        event_del(&connection->readable);
        event_del(&connection->due);
        send_rest(run);
    }
    for (struct sim_packet *packet; (packet = STAILQ_FIRST(&connection->waiting)) != NULL;) {
        STAILQ_REMOVE_HEAD(&connection->waiting, next);
        packet_free(packet);
    }
    if (connection->client != NULL)
        mqtt_close(connection->client, mqtt_now() + LEAVE_MS);
    broker_end(&connection->broker);
    free(connection);
    run->connection = NULL;
}

const struct sim_transport sim_over_mqtt = {open_connection, send_packet, place, close_connection};
