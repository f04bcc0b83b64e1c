/* paho's callbacks: they run in its threads, most of them while it holds its lock, and only note what happened. */
#include <stdlib.h>
#include <sys/eventfd.h>

#include "mqtt/inside.h"
#include "output.h"

/* With the mutex held the main thread would wake up only to wait for that. */
void events_unlock(struct mqtt *client) {
    const bool is_signal_due = client->is_signal_due;
    client->is_signal_due = false;
    pthread_mutex_unlock(&client->mutex);
    if (is_signal_due)
        eventfd_write(client->signal, 1);
}

void events_take_signal(struct mqtt *client) {
    eventfd_t count;
    eventfd_read(client->signal, &count);
}

void events_push(struct mqtt *client, struct entry *entry) {
    client->is_signal_due |= client->first == NULL;
    entry->next = NULL;
    *client->last = entry;
    client->last = &entry->next;
    client->messages += entry->kind == ENTRY_MESSAGE;
}

struct entry *events_pop(struct mqtt *client) {
    struct entry *entry = client->first;
    if (entry == NULL) {
        events_take_signal(client);
        return NULL;
    }
    client->first = entry->next;
    if (client->first == NULL)
        client->last = &client->first;
    if (entry->kind == ENTRY_MESSAGE && client->messages-- == MQTT_MESSAGES_MOST)
        pthread_cond_broadcast(&client->room);
    return entry;
}

void events_free(struct entry *entry) {
    if (entry->kind == ENTRY_OUTCOME)
        return; /* it is part of its slot */
    free(entry->memory);
    free(entry);
}

static void push_new(struct mqtt *client, enum entry_kind kind, int reason) {
    struct entry *entry = must(calloc(1, sizeof *entry));
    entry->kind = kind;
    entry->reason = reason;
    events_push(client, entry);
}

/* Late: waits until the user has settled the message. Then paho acknowledges it, as soon as its callback returns. A
 * retained one is not worth it, and comes while the main thread waits for the subscription. */
static void withhold(struct mqtt *client) {
    client->is_withheld = true;
    client->is_settled = false;
    client->is_signal_due = false;
    eventfd_write(client->signal, 1);
    while (!client->is_settled && !client->is_closing)
        pthread_cond_wait(&client->room, &client->mutex);
    client->is_withheld = false;
    if (!client->is_settled)
        attempt_cut(client); /* then paho cannot acknowledge it */
}

/* paho's message, copied: its memory has a lock, which two threads would contend for. */
static struct entry *make_message(const char *topic, MQTTAsync_message *message) {
    const MQTTProperty *response = MQTTProperties_getProperty(&message->properties, MQTTPROPERTY_CODE_RESPONSE_TOPIC);
    const MQTTProperty *correlation =
        MQTTProperties_getProperty(&message->properties, MQTTPROPERTY_CODE_CORRELATION_DATA);
    struct entry *entry = must(calloc(1, sizeof *entry));
    struct mqtt_message seen = {
        .topic = topic,
        .payload = message->payload,
        .size = (size_t)message->payloadlen,
        .qos = (unsigned)message->qos,
        .is_retained = message->retained != 0,
        .is_duplicate = message->dup != 0,
    };
    if (response != NULL) {
        seen.response_topic = response->value.data.data;
        seen.response_topic_size = (size_t)response->value.data.len;
    }
    if (correlation != NULL) {
        seen.correlation = correlation->value.data.data;
        seen.correlation_size = (size_t)correlation->value.data.len;
    }
    entry->kind = ENTRY_MESSAGE;
    entry->memory = copy_message(&seen, &entry->message);
    return entry;
}

static int message_arrived(void *context, char *topic, int topic_size, MQTTAsync_message *message) {
    struct mqtt *client = context;
    (void)topic_size; /* a topic holds no NUL: paho refuses it */
    struct entry *entry = make_message(topic, message);
    const bool is_late = client->settings->settles_late && message->qos > 0 && !message->retained;
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    pthread_mutex_lock(&client->mutex);
    /* Back-pressure: nothing is read from the broker meanwhile. */
    while (client->messages >= MQTT_MESSAGES_MOST && !client->is_main_inside && !client->is_closing)
        pthread_cond_wait(&client->room, &client->mutex);
    if (client->is_closing) {
        if (is_late)
            attempt_cut(client);
        events_free(entry);
    } else {
        events_push(client, entry);
        if (is_late)
            withhold(client);
    }
    events_unlock(client);
    return 1;
}

void events_slot_ends(struct slot *slot, enum mqtt_event_kind outcome, int reason) {
    struct mqtt *client = slot->client;
    slot->state = SLOT_ENDED;
    slot->outcome = outcome;
    slot->reason = reason;
    slot->entry = (struct entry){.kind = ENTRY_OUTCOME, .slot = slot};
    events_push(client, &slot->entry);
}

/* paho is done with a publish. */
static void publish_ended(struct slot *slot, enum mqtt_event_kind outcome, int reason) {
    struct mqtt *client = slot->client;
    pthread_mutex_lock(&client->mutex);
    client->in_flight -= slot->message.qos > 0;
    slot->is_with_paho = false;
    if (slot->state == SLOT_SENT) {
        events_slot_ends(slot, outcome, reason);
    } else if (slot->state == SLOT_ABANDONED) {
        slot->state = SLOT_FREE;
        slot->next = client->free;
        client->free = slot;
    }
    events_unlock(client);
}

static void published(void *context, MQTTAsync_successData *data) {
    (void)data;
    publish_ended(context, MQTT_PUBLISHED, 0);
}

static void published_5(void *context, MQTTAsync_successData5 *data) {
    (void)data;
    publish_ended(context, MQTT_PUBLISHED, 0);
}

static void not_published(void *context, MQTTAsync_failureData *data) {
    (void)data; /* 3.1.1 cannot refuse: the connection was lost */
    publish_ended(context, MQTT_LOST, REASON_DROPPED);
}

static void not_published_5(void *context, MQTTAsync_failureData5 *data) {
    const bool is_refused = data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR;
    publish_ended(context, is_refused ? MQTT_REFUSED : MQTT_LOST, is_refused ? (int)data->reasonCode : REASON_DROPPED);
}

void events_for_publish(struct slot *slot, MQTTAsync_responseOptions *options) {
    options->context = slot;
    if (slot->client->speaks_5) {
        options->onSuccess5 = published_5;
        options->onFailure5 = not_published_5;
    } else {
        options->onSuccess = published;
        options->onFailure = not_published;
    }
}

/* Each filter has a subscription of its own: paho does not say how many answers a broker gave, nor that there are too
 * few. `refusal` is 0 when it is granted; the first one counts. */
static void subscription_answered(struct mqtt *client, int refusal) {
    pthread_mutex_lock(&client->mutex);
    if (client->subscription_reason == 0)
        client->subscription_reason = refusal;
    if (client->subscriptions_open > 0 && --client->subscriptions_open == 0) {
        const int first = client->subscription_reason;
        client->subscription = first == 0 ? SUBSCRIPTION_GRANTED : SUBSCRIPTION_REFUSED;
        if (client->tells_subscription)
            push_new(client, ENTRY_CONNECTED, first);
        client->is_signal_due = true;
    }
    events_unlock(client);
}

static void subscribed(void *context, MQTTAsync_successData *data) {
    const int granted = data->alt.qos;
    subscription_answered(context, granted >= MQTTREASONCODE_UNSPECIFIED_ERROR ? granted : 0);
}

static void subscribed_5(void *context, MQTTAsync_successData5 *data) {
    const int granted = (int)data->reasonCode;
    subscription_answered(context, granted >= MQTTREASONCODE_UNSPECIFIED_ERROR ? granted : 0);
}

static void not_subscribed(void *context, MQTTAsync_failureData *data) {
    subscription_answered(context, data->code != 0 ? data->code : REASON_DROPPED);
}

static void not_subscribed_5(void *context, MQTTAsync_failureData5 *data) {
    const bool is_refused = data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR;
    subscription_answered(context, is_refused ? (int)data->reasonCode : REASON_DROPPED);
}

/* A filter that there was no subscription to is given up as well. */
static void unsubscribed(void *context, MQTTAsync_successData *data) {
    (void)data; /* is NULL */
    subscription_answered(context, 0);
}

static void ask_for(struct mqtt *client, const char *filter) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    const bool gives_up = client->settings->gives_up;
    options.context = client;
    if (client->speaks_5) {
        options.onSuccess5 = subscribed_5; /* UNSUBACK has its code in the same place */
        options.onFailure5 = not_subscribed_5;
    } else {
        options.onSuccess = gives_up ? unsubscribed : subscribed;
        options.onFailure = not_subscribed;
    }
    const int result = gives_up
                           ? MQTTAsync_unsubscribe(client->handle, filter, &options)
                           : MQTTAsync_subscribe(client->handle, filter, (int)client->settings->filter_qos, &options);
    if (result != MQTTASYNC_SUCCESS)
        subscription_answered(client, result);
}

/* In paho's thread: the main one would have to wait for a message that is withheld. */
static void subscribe(struct mqtt *client) {
    for (size_t i = 0; i < client->settings->filter_count; i++)
        ask_for(client, client->settings->filters[i]);
}

/* With the mutex. */
static void attempt_ends(struct mqtt *client, enum attempt outcome) {
    client->attempt = outcome;
    attempt_done(client);
}

static void connection_made(struct mqtt *client, bool is_resumed, size_t receive_maximum) {
    pthread_mutex_lock(&client->mutex);
    client->window = MQTT_PUBLISHES_MOST;
    if (receive_maximum < client->window) /* one below: where paho meets the maximum it stops for a second */
        client->window = receive_maximum > 1 ? receive_maximum - 1 : 1;
    attempt_ends(client, ATTEMPT_SUCCEEDED);
    client->is_connected = true;
    client->is_resumed = is_resumed;
    const bool subscribes = client->settings->filter_count > 0;
    client->subscription = subscribes ? SUBSCRIPTION_ASKED : SUBSCRIPTION_GRANTED;
    client->subscriptions_open = client->settings->filter_count;
    client->subscription_reason = 0;
    client->tells_subscription = client->is_announced;
    if (client->is_announced && !subscribes)
        push_new(client, ENTRY_CONNECTED, 0);
    if (!subscribes) /* else when that is answered */
        client->is_signal_due = true;
    events_unlock(client);
    if (subscribes)
        subscribe(client);
}

static void connected(void *context, MQTTAsync_successData *data) {
    connection_made(context, data->alt.connect.sessionPresent != 0, SIZE_MAX);
}

static void connected_5(void *context, MQTTAsync_successData5 *data) {
    size_t most = SIZE_MAX;
    if (MQTTProperties_hasProperty(&data->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM))
        most = (size_t)MQTTProperties_getNumericValue(&data->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM);
    connection_made(context, data->alt.connect.sessionPresent != 0, most);
}

static void attempt_failed(struct mqtt *client, int code) {
    struct attempt_end end = {.code = code, .tls = mqtt_tls_take_end()};
    end.has_socket = attempt_has_socket(client, &end.received);
    end.was_reset = attempt_was_reset(client);
    pthread_mutex_lock(&client->mutex);
    if (client->attempt == ATTEMPT_RUNS) {
        attempt_ends(client, ATTEMPT_FAILED);
        client->end = end;
        if (client->is_announced)
            push_new(client, ENTRY_ATTEMPT_FAILED, 0);
        client->is_signal_due = true;
    }
    events_unlock(client);
}

static void not_connected(void *context, MQTTAsync_failureData *data) {
    attempt_failed(context, data->code);
}

static void not_connected_5(void *context, MQTTAsync_failureData5 *data) {
    attempt_failed(context, data->code);
}

void events_for_connect(struct mqtt *client, MQTTAsync_connectOptions *options) {
    options->context = client;
    if (client->speaks_5) {
        options->onSuccess5 = connected_5;
        options->onFailure5 = not_connected_5;
    } else {
        options->onSuccess = connected;
        options->onFailure = not_connected;
    }
}

static void connection_ends(struct mqtt *client, int reason) {
    pthread_mutex_lock(&client->mutex);
    if (client->is_connected && !client->is_closing)
        push_new(client, ENTRY_LOST, reason);
    client->is_connected = false;
    events_unlock(client);
}

static void connection_lost(void *context, char *cause) {
    (void)cause; /* paho never says any */
    connection_ends(context, 0);
}

static void broker_disconnects(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason) {
    (void)properties;
    connection_ends(context, (int)reason);
}

void events_attach(struct mqtt *client, MQTTAsync handle) {
    MQTTAsync_setCallbacks(handle, client, connection_lost, message_arrived, NULL);
    MQTTAsync_setDisconnected(handle, client, broker_disconnects);
}

static void leave_taken(struct mqtt *client) {
    pthread_mutex_lock(&client->mutex);
    client->is_connected = false;
    client->is_signal_due = true;
    events_unlock(client);
}

static void disconnected(void *context, MQTTAsync_successData *data) {
    (void)data;
    leave_taken(context);
}

static void disconnected_5(void *context, MQTTAsync_successData5 *data) {
    (void)data;
    leave_taken(context);
}

void events_take_leave(struct mqtt *client, int64_t deadline) {
    const MQTTAsync_disconnectOptions initial_5 = MQTTAsync_disconnectOptions_initializer5;
    const MQTTAsync_disconnectOptions initial_311 = MQTTAsync_disconnectOptions_initializer;
    MQTTAsync_disconnectOptions options = client->speaks_5 ? initial_5 : initial_311;
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL}; /* in 0 s */
    options.context = client;
    if (client->speaks_5)
        options.onSuccess5 = disconnected_5;
    else
        options.onSuccess = disconnected;
    if (client->speaks_5 && client->settings->gives_up)
        MQTTProperties_add(&options.properties, &expiry);
    const int result = MQTTAsync_disconnect(client->handle, &options);
    MQTTProperties_free(&options.properties);
    if (result != MQTTASYNC_SUCCESS)
        return;
    for (bool is_over = false; !is_over && mqtt_now() < deadline;) {
        wait_for_events(client, deadline);
        pthread_mutex_lock(&client->mutex);
        is_over = !client->is_connected;
        events_take_signal(client);
        events_unlock(client);
    }
}
