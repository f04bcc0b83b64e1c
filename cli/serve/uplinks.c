/* Messages of modules that wait: for the broker's confirmation, or without one until their record is written. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output.h"
#include "serve/serve.h"

/* --- Adding --- */

bool uplinks_are_full(const struct serve *serve) {
    return serve->uplink_count >= SERVE_UPLINKS || serve->uplink_bytes >= SERVE_UPLINK_BYTES;
}

/* It will not be confirmed, so its module gets no answer. */
static void tell_unpublished(struct serve_connection *connection, const char *name, json_t *error) {
    json_object_set_new(error, "message", json_string(name));
    free(records_event(connection->serve, connection, NULL, "unpublished", error));
}

static size_t topic_of(const struct serve_connection *connection, const char *name, char *out, size_t size) {
    if (connection->serve->mqtt == NULL) {
        out[0] = '\0';
        return 1;
    }
    return 1 + (size_t)snprintf(out, size, "%s/m4g/%s/up/%s", connection->serve->settings.base,
                                connection->session.imei, name);
}

void uplinks_add(struct serve_connection *connection, const struct zjiot_m4g_event *event, const char *bytes) {
    struct serve *serve = connection->serve;
    const struct zjiot_record *record = &serve->protocol->records[event->message.type];
    const bool wants_time = event->message.type == ZJIOT_M4G_TIME;
    char topic[ZJIOT_TOPIC_SIZE];
    if (record->direction != ZJIOT_UP || (serve->mqtt == NULL && event->answer_size == 0 && !wants_time))
        return;
    if (serve->mqtt != NULL && connection->session.imei[0] == '\0') {
        tell_unpublished(connection, record->name,
                         records_error("MISSING", "no message of this connection has said its IMEI yet"));
        return;
    }
    const size_t topic_size = topic_of(connection, record->name, topic, sizeof topic);
    const size_t payload_size = serve->mqtt != NULL ? event->size : 0;
    struct serve_uplink *uplink = must(malloc(sizeof *uplink + topic_size + payload_size));
    *uplink = (struct serve_uplink){
        .connection = connection,
        .number = ++serve->uplink_last,
        .end = serve->output_ended,
        .wants_time = wants_time,
        .answer_size = event->answer_size,
        .payload_size = payload_size,
        .payload = uplink->topic + topic_size,
    };
    memcpy(uplink->topic, topic, topic_size);
    memcpy(uplink->payload, bytes, payload_size);
    memcpy(uplink->answer, event->answer, event->answer_size);
    TAILQ_INSERT_TAIL(&serve->uplinks, uplink, entry);
    if (serve->unpublished == NULL && serve->mqtt != NULL)
        serve->unpublished = uplink;
    serve->uplink_count++;
    serve->uplink_bytes += payload_size;
    connection->uplinks++;
}

/* --- Ending --- */

static void release(struct serve *serve, struct serve_uplink *uplink) {
    if (serve->unpublished == uplink)
        serve->unpublished = TAILQ_NEXT(uplink, entry);
    TAILQ_REMOVE(&serve->uplinks, uplink, entry);
    serve->uplink_count--;
    serve->uplink_bytes -= uplink->payload_size;
    free(uplink);
}

void uplinks_forget(const struct serve_connection *connection) {
    struct serve_uplink *uplink;
    if (connection->uplinks == 0)
        return;
    TAILQ_FOREACH(uplink, &connection->serve->uplinks, entry) {
        if (uplink->connection == connection)
            uplink->connection = NULL;
    }
}

static void make_time(struct serve_uplink *uplink) {
    const struct zjiot_m4g_message question = {.type = ZJIOT_M4G_TIME};
    struct zjiot_m4g_message answer;
    if (zjiot_m4g_answer(&question, time(NULL), &answer, NULL) != 0)
        return;
    const int64_t size = zjiot_m4g_encode(&answer, uplink->answer, sizeof uplink->answer, NULL);
    uplink->answer_size = size > 0 ? (size_t)size : 0;
}

/* Answers the module, and forgets the uplink. */
static void confirm(struct serve *serve, struct serve_uplink *uplink) {
    struct serve_connection *connection = uplink->connection;
    if (uplink->wants_time)
        make_time(uplink);
    if (connection != NULL) {
        connection->uplinks--;
        uplink->connection = NULL;
        if (uplink->answer_size == 0 || modules_send(connection, uplink->answer, uplink->answer_size))
            modules_confirmed(connection);
    }
    release(serve, uplink);
}

/* --- The broker --- */

static void publish(struct serve *serve) {
    struct serve_uplink *uplink;
    while ((uplink = serve->unpublished) != NULL) {
        const struct mqtt_message message = {
            .topic = uplink->topic,
            .payload = uplink->payload,
            .size = uplink->payload_size,
            .qos = 1,
        };
        uplink->id = mqtt_publish(serve->mqtt, &message, INT64_MAX);
        if (uplink->id == 0)
            return;
        serve->unpublished = TAILQ_NEXT(uplink, entry);
    }
}

/* Outcomes come in the order of publishing, nearly always. */
static struct serve_uplink *find(struct serve *serve, uint64_t id) {
    struct serve_uplink *uplink;
    TAILQ_FOREACH(uplink, &serve->uplinks, entry) {
        if (uplink->id == id)
            return uplink;
    }
    return NULL;
}

/* The broker will not have it. The module is not answered; it may send it again. */
static void refused(struct serve *serve, struct serve_uplink *uplink, const char *why) {
    struct serve_connection *connection = uplink->connection;
    if (connection != NULL) {
        tell_unpublished(connection, strrchr(uplink->topic, '/') + 1, records_error("AUTH", "%s", why));
        connection->uplinks--;
        uplink->connection = NULL;
        modules_confirmed(connection);
    }
    release(serve, uplink);
}

/* Nobody knows whether the broker has it: it goes once more, in front of what came later. */
static void again(struct serve *serve, struct serve_uplink *uplink) {
    struct serve_uplink *next = serve->unpublished;
    TAILQ_REMOVE(&serve->uplinks, uplink, entry);
    while (next != NULL && next->number < uplink->number)
        next = TAILQ_NEXT(next, entry);
    if (next != NULL)
        TAILQ_INSERT_BEFORE(next, uplink, entry);
    else
        TAILQ_INSERT_TAIL(&serve->uplinks, uplink, entry);
    if (next == serve->unpublished)
        serve->unpublished = uplink;
    uplink->id = 0;
}

static void take_outcome(struct serve *serve, const struct mqtt_event *event) {
    struct serve_uplink *uplink = find(serve, event->id);
    if (uplink == NULL)
        return; /* the outcome of a command, which nobody waits for */
    if (event->kind == MQTT_PUBLISHED)
        confirm(serve, uplink);
    else if (event->kind == MQTT_REFUSED)
        refused(serve, uplink, event->failure.text);
    else
        again(serve, uplink);
}

static void take_event(struct serve *serve, const struct mqtt_event *event) {
    switch (event->kind) {
    case MQTT_CONNECTED:
        complain("the broker is back");
        break;
    case MQTT_GAP:
        complain("%s; next attempt in %u ms, modules wait for their answers", event->failure.text, event->retry_ms);
        break;
    case MQTT_FAILED:
        complain("%s", event->failure.text);
        serve_stop(serve, (int)event->failure.code);
        break;
    case MQTT_MESSAGE:
        commands_take(serve, &event->message);
        break;
    case MQTT_PUBLISHED:
    case MQTT_REFUSED:
    case MQTT_LOST:
        take_outcome(serve, event);
        break;
    }
}

static void take_events(struct serve *serve) {
    struct mqtt_event event;
    while (mqtt_next(serve->mqtt, 0, &event))
        take_event(serve, &event);
}

static void broker_ready(evutil_socket_t descriptor, short what, void *context) {
    (void)descriptor;
    (void)what;
    take_events(context);
}

/* It may be a little early, for libevent goes by when its round began: then set_timer sets it again. */
static void timer_ready(evutil_socket_t descriptor, short what, void *context) {
    struct serve *serve = context;
    serve->mqtt_due = INT64_MAX;
    broker_ready(descriptor, what, serve);
}

/* When the client wants to be called without a message. */
static void set_timer(struct serve *serve) {
    const int64_t due = mqtt_due(serve->mqtt), left = due - mqtt_now();
    if (due == serve->mqtt_due)
        return;
    serve->mqtt_due = due;
    if (due == INT64_MAX) {
        event_del(serve->mqtt_timer);
        return;
    }
    const struct timeval wait = {left > 0 ? left / 1000 : 0, left > 0 ? left % 1000 * 1000 : 0};
    event_add(serve->mqtt_timer, &wait);
}

int uplinks_open(struct serve *serve, const struct broker *broker) {
    struct mqtt_failure failure;
    const int code = mqtt_open(&broker->mqtt, mqtt_now() + broker->timeout_ms, &serve->mqtt, &failure);
    if (code != EXIT_OK) {
        complain("%s", failure.text);
        return code;
    }
    serve->mqtt_event =
        must(event_new(serve->base, mqtt_descriptor(serve->mqtt), EV_READ | EV_PERSIST, broker_ready, serve));
    serve->mqtt_timer = must(event_new(serve->base, -1, 0, timer_ready, serve));
    serve->mqtt_due = INT64_MAX;
    event_add(serve->mqtt_event, NULL);
    return EXIT_OK;
}

void uplinks_close(struct serve *serve) {
    struct serve_uplink *uplink;
    while ((uplink = TAILQ_FIRST(&serve->uplinks)) != NULL)
        release(serve, uplink);
    if (serve->mqtt == NULL)
        return;
    event_free(serve->mqtt_event);
    event_free(serve->mqtt_timer);
    mqtt_close(serve->mqtt, mqtt_now() + SERVE_LEAVE_MS);
}

void uplinks_settle(struct serve *serve) {
    struct serve_uplink *uplink;
    if (serve->mqtt != NULL) {
        publish(serve);
        set_timer(serve);
        return;
    }
    while ((uplink = TAILQ_FIRST(&serve->uplinks)) != NULL && uplink->end <= serve->output_begun &&
           !serve->is_output_lost)
        confirm(serve, uplink);
}
