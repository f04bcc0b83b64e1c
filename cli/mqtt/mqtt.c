/* The main thread's side of the client: events out of the list, publishes into paho, time. */
#include "mqtt/mqtt.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "mqtt/inside.h"
#include "output.h"

enum { NAME_MOST = 65535 }; /* bytes of a topic or filter */

static struct mqtt *make_client(const struct mqtt_settings *settings) {
    struct mqtt *client = must(calloc(1, sizeof *client));
    const bool is_v6 = strchr(settings->host, ':') != NULL;
    client->settings = settings;
    snprintf(client->label, sizeof client->label, is_v6 ? "[%s]:%u" : "%s:%u", settings->host, settings->port);
    snprintf(client->uri, sizeof client->uri, "%s://%s", settings->use_tls ? "ssl" : "tcp", client->label);
    pthread_mutex_init(&client->mutex, NULL);
    pthread_cond_init(&client->room, NULL);
    client->signal = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    client->last = &client->first;
    client->waiting_last = &client->waiting;
    client->slot_due = client->reconnect_at = client->attempt_until = INT64_MAX;
    attempt_register(client);
    return client;
}

/* Section 4.7 of both standards: # ends the filter, and stands alone between slashes, as + does. */
static bool is_filter(const char *filter) {
    const size_t size = strlen(filter);
    for (size_t i = 0; i < size; i++) {
        const bool is_alone = (i == 0 || filter[i - 1] == '/') && (filter[i + 1] == '/' || filter[i + 1] == '\0');
        if ((filter[i] == '+' && !is_alone) || (filter[i] == '#' && (!is_alone || i + 1 < size)))
            return false;
    }
    return size > 0 && size <= NAME_MOST;
}

static int check_filters(const struct mqtt_settings *settings, struct mqtt_failure *reterr_failure) {
    if (settings->filter_count > MQTT_FILTERS_MOST)
        return fail(reterr_failure, EXIT_USAGE, "there are more than %d filters", MQTT_FILTERS_MOST);
    for (size_t i = 0; i < settings->filter_count; i++) {
        if (!is_filter(settings->filters[i]))
            return fail(reterr_failure, EXIT_USAGE, "'%.100s' is no topic filter: # ends it, + stands between slashes",
                        settings->filters[i]);
    }
    return EXIT_OK;
}

/* Once: what paho makes here its threads wait for, those of other clients too. */
static void prepare_process(void) {
    static bool is_done;
    if (is_done)
        return;
    is_done = true;
    unsetenv("http_proxy"); /* paho would send MQTT through them */
    unsetenv("https_proxy");
    MQTTAsync_global_init(&(MQTTAsync_init_options)MQTTAsync_init_options_initializer); /* OpenSSL prepares itself */
}

int mqtt_open(const struct mqtt_settings *settings, int64_t deadline, struct mqtt **ret_client,
              struct mqtt_failure *reterr_failure) {
    int code = check_filters(settings, reterr_failure);
    if (code == EXIT_OK && settings->use_tls)
        code = mqtt_tls_check(settings, reterr_failure);
    if (code != EXIT_OK)
        return code;
    if (settings->use_tls)
        mqtt_tls_watch(settings->is_insecure ? NULL : settings->host);
    prepare_process();
    struct mqtt *client = make_client(settings);
    mqtt_naps_short();
    code = attempt_first(client, deadline, reterr_failure);
    if (code != EXIT_OK) {
        mqtt_close(client, mqtt_now());
        return code;
    }
    *ret_client = client;
    return EXIT_OK;
}

char *copy_message(const struct mqtt_message *message, struct mqtt_message *ret_copy) {
    const size_t topic = strlen(message->topic) + 1;
    const size_t response = message->response_topic != NULL ? message->response_topic_size : 0;
    const size_t correlation = message->correlation != NULL ? message->correlation_size : 0;
    char *const memory = must(malloc(topic + message->size + response + correlation)), *at = memory;
    *ret_copy = *message;
    ret_copy->topic = memcpy(at, message->topic, topic);
    at += topic;
    ret_copy->payload = message->size > 0 ? memcpy(at, message->payload, message->size) : "";
    at += message->size;
    if (message->response_topic != NULL)
        ret_copy->response_topic = memcpy(at, message->response_topic, response);
    if (message->correlation != NULL)
        ret_copy->correlation = memcpy(at + response, message->correlation, correlation);
    return memory;
}

static void add_property(MQTTProperties *properties, enum MQTTPropertyCodes code, const void *data, size_t size) {
    MQTTProperty property = {.identifier = code};
    if (data == NULL)
        return;
    property.value.data.data = (char *)(uintptr_t)data;
    property.value.data.len = (int)size;
    MQTTProperties_add(properties, &property);
}

static int send_slot(struct slot *slot) {
    const struct mqtt_message *message = &slot->message;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    events_for_publish(slot, &options);
    if (slot->client->speaks_5) {
        add_property(&options.properties, MQTTPROPERTY_CODE_RESPONSE_TOPIC, message->response_topic,
                     message->response_topic_size);
        add_property(&options.properties, MQTTPROPERTY_CODE_CORRELATION_DATA, message->correlation,
                     message->correlation_size);
    }
    const int result = MQTTAsync_send(slot->client->handle, message->topic, (int)message->size, message->payload,
                                      (int)message->qos, message->is_retained, &options);
    MQTTProperties_free(&options.properties);
    return result;
}

static void append_waiting(struct mqtt *client, struct slot *slot) {
    slot->state = SLOT_WAITING;
    slot->next = NULL;
    *client->waiting_last = slot;
    client->waiting_last = &slot->next;
}

static void unlink_waiting(struct mqtt *client, struct slot *slot) {
    struct slot **at = &client->waiting;
    while (*at != slot)
        at = &(*at)->next;
    *at = slot->next;
    if (client->waiting_last == &slot->next)
        client->waiting_last = at;
}

/* The next publish that may go to paho, which then has it; NULL: none. */
static struct slot *take_waiting(struct mqtt *client) {
    pthread_mutex_lock(&client->mutex);
    struct slot *slot = client->waiting;
    if (slot != NULL && client->is_connected && (slot->message.qos == 0 || client->in_flight < client->window)) {
        unlink_waiting(client, slot);
        slot->state = SLOT_SENT;
        slot->is_with_paho = true;
        client->in_flight += slot->message.qos > 0;
        client->is_main_inside = true;
        pthread_cond_broadcast(&client->room);
    } else {
        slot = NULL;
    }
    pthread_mutex_unlock(&client->mutex);
    return slot;
}

static void send_waiting(struct mqtt *client) {
    bool goes_on = true;
    for (struct slot *slot; goes_on && (slot = take_waiting(client)) != NULL;) {
        const int result = send_slot(slot);
        pthread_mutex_lock(&client->mutex);
        client->is_main_inside = false;
        if (result != MQTTASYNC_SUCCESS) {
            client->in_flight -= slot->message.qos > 0;
            slot->is_with_paho = false;
        }
        if (result == MQTTASYNC_DISCONNECTED) {
            append_waiting(client, slot); /* the loss is about to be told */
            goes_on = false;
        } else if (result != MQTTASYNC_SUCCESS) {
            events_slot_ends(slot, MQTT_REFUSED, result);
        }
        events_unlock(client);
    }
}

/* A name that can be published to; paho would send any. */
static bool is_topic(const char *topic) {
    const size_t size = strlen(topic);
    return size > 0 && size <= NAME_MOST && strpbrk(topic, "+#") == NULL;
}

/* NULL: there is none. Memory of slots that are never used is never touched. With the mutex. */
static struct slot *take_free(struct mqtt *client) {
    struct slot *slot = client->free;
    if (slot != NULL) {
        client->free = slot->next;
    } else if (client->slots_used < MQTT_PUBLISHES_MOST) {
        slot = &client->slots[client->slots_used++];
        slot->client = client;
    }
    return slot;
}

uint64_t mqtt_publish(struct mqtt *client, const struct mqtt_message *message, int64_t deadline) {
    pthread_mutex_lock(&client->mutex);
    struct slot *slot = client->settings->settles_late ? NULL : take_free(client);
    if (slot != NULL) {
        slot->memory = copy_message(message, &slot->message);
        slot->id = ++client->last_id;
        slot->deadline = deadline;
        client->slot_due = earlier(client->slot_due, deadline);
        if (is_topic(message->topic))
            append_waiting(client, slot);
        else
            events_slot_ends(slot, MQTT_REFUSED, REASON_TOPIC);
    }
    events_unlock(client);
    if (slot == NULL)
        return 0;
    const uint64_t id = slot->id;
    send_waiting(client);
    return id;
}

/* With the mutex, when neither paho nor the user has it. */
static void free_slot(struct slot *slot) {
    struct mqtt *client = slot->client;
    slot->state = SLOT_FREE;
    slot->next = client->free;
    client->free = slot;
}

/* What mqtt_next handed out last is done with. */
static void release_held(struct mqtt *client) {
    struct entry *entry = client->held;
    if (entry == NULL)
        return;
    client->held = NULL;
    pthread_mutex_lock(&client->mutex);
    if (entry->kind == ENTRY_OUTCOME) {
        struct slot *slot = entry->slot;
        free(slot->memory);
        slot->memory = NULL;
        if (slot->is_with_paho)
            slot->state = SLOT_ABANDONED;
        else
            free_slot(slot);
    } else if (client->is_withheld) {
        client->is_settled = true;
        pthread_cond_broadcast(&client->room);
    }
    pthread_mutex_unlock(&client->mutex);
    events_free(entry);
}

/* Publishes whose deadline has passed. */
static void expire_slots(struct mqtt *client, int64_t now) {
    int64_t due = INT64_MAX;
    pthread_mutex_lock(&client->mutex);
    for (size_t i = 0; i < client->slots_used; i++) {
        struct slot *slot = &client->slots[i];
        const bool is_waiting = slot->state == SLOT_WAITING;
        if (!is_waiting && slot->state != SLOT_SENT)
            continue;
        if (slot->deadline > now) {
            due = earlier(due, slot->deadline);
            continue;
        }
        if (is_waiting)
            unlink_waiting(client, slot);
        events_slot_ends(slot, MQTT_LOST, is_waiting ? REASON_DEADLINE_UNSENT : REASON_DEADLINE);
    }
    client->slot_due = due;
    events_unlock(client);
}

static void plan_reconnect(struct mqtt *client) {
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
        random = (uint32_t)mqtt_now();
    client->backoff = client->backoff == 0 ? MQTT_RECONNECT_FIRST : client->backoff * 2;
    if (client->backoff > MQTT_RECONNECT_MOST)
        client->backoff = MQTT_RECONNECT_MOST;
    const unsigned half = client->backoff / 2;
    client->attempt_until = INT64_MAX;
    client->reconnect_at = mqtt_now() + half + random % (half + 1);
}

static void keep_house(struct mqtt *client) {
    const int64_t now = mqtt_now();
    if (now >= client->slot_due)
        expire_slots(client, now);
    if (now >= client->reconnect_at) {
        client->reconnect_at = INT64_MAX;
        client->attempt_until = now + client->settings->connect_ms;
        attempt_start(client, client->attempt_until);
    } else if (now >= client->attempt_until) {
        client->attempt_until = INT64_MAX;
        attempt_cut(client); /* paho notices, and tells */
    }
    send_waiting(client);
}

static void tell_gap(struct mqtt *client, struct mqtt_event *ret_event) {
    plan_reconnect(client);
    ret_event->kind = MQTT_GAP;
    const int64_t left = client->reconnect_at - mqtt_now();
    ret_event->retry_ms = left > 0 ? (unsigned)left : 0;
}

static void tell_failed(struct mqtt *client, struct mqtt_event *ret_event) {
    client->attempt_until = client->reconnect_at = INT64_MAX;
    ret_event->kind = MQTT_FAILED;
}

/* Makes an event of what paho told. False: it is none for the user. */
static bool tell(struct mqtt *client, const struct entry *entry, struct mqtt_event *ret_event) {
    enum { PROBE_MS = 50 };
    *ret_event = (struct mqtt_event){.kind = MQTT_CONNECTED};
    switch (entry->kind) {
    case ENTRY_CONNECTED:
        if (entry->reason < 0)
            return false; /* lost again already, which is told next */
        client->attempt_until = INT64_MAX;
        client->backoff = 0;
        ret_event->is_resumed = client->is_resumed;
        if (entry->reason > 0) {
            reason_of_subscription(client, entry->reason, &ret_event->failure);
            tell_failed(client, ret_event);
        }
        return true;
    case ENTRY_LOST:
        reason_of_loss(client, entry->reason, &ret_event->failure);
        tell_gap(client, ret_event);
        return true;
    case ENTRY_ATTEMPT_FAILED:
        attempt_explain(client, &client->end, PROBE_MS, &ret_event->failure);
        if (ret_event->failure.code == EXIT_REFUSED)
            tell_failed(client, ret_event);
        else
            tell_gap(client, ret_event);
        return true;
    case ENTRY_MESSAGE:
        ret_event->kind = MQTT_MESSAGE;
        ret_event->message = entry->message;
        return true;
    case ENTRY_OUTCOME:
        ret_event->kind = entry->slot->outcome;
        ret_event->id = entry->slot->id;
        if (ret_event->kind != MQTT_PUBLISHED)
            reason_of_publish(client, entry->slot, &ret_event->failure);
        return true;
    }
    return false;
}

static void note_message(struct mqtt *client) {
    client->messages_at[0] = client->messages_at[1];
    client->messages_at[1] = mqtt_now();
}

/* Before it waits: lets what is about to come gather. */
static void gather(const struct mqtt *client) {
    enum { GATHER_NS = 200000, FLOOD_MS = 1 };
    const bool is_flood = mqtt_now() - client->messages_at[0] <= FLOOD_MS;
    if (client->settings->gathers && !client->settings->settles_late && is_flood)
        nanosleep(&(struct timespec){0, GATHER_NS}, NULL);
}

bool mqtt_next(struct mqtt *client, int64_t deadline, struct mqtt_event *ret_event) {
    release_held(client);
    for (;;) {
        keep_house(client);
        pthread_mutex_lock(&client->mutex);
        struct entry *entry = events_pop(client);
        pthread_mutex_unlock(&client->mutex);
        if (entry != NULL) {
            client->held = entry;
            if (entry->kind == ENTRY_MESSAGE)
                note_message(client);
            if (tell(client, entry, ret_event))
                return true;
            release_held(client);
        } else if (mqtt_now() >= deadline) {
            return false;
        } else {
            gather(client);
            wait_for_events(client, earlier(deadline, mqtt_due(client)));
        }
    }
}

int mqtt_descriptor(const struct mqtt *client) {
    return client->signal;
}

int64_t mqtt_due(const struct mqtt *client) {
    return earlier(client->slot_due, earlier(client->reconnect_at, client->attempt_until));
}

enum mqtt_version mqtt_version_used(const struct mqtt *client) {
    return client->speaks_5 ? MQTT_5 : MQTT_3_1_1;
}

static void free_entries(struct mqtt *client) {
    pthread_mutex_lock(&client->mutex);
    for (struct entry *entry; (entry = events_pop(client)) != NULL;)
        events_free(entry);
    for (size_t i = 0; i < client->slots_used; i++) {
        free(client->slots[i].memory);
        client->slots[i].memory = NULL;
    }
    pthread_mutex_unlock(&client->mutex);
}

void mqtt_close(struct mqtt *client, int64_t deadline) {
    release_held(client);
    pthread_mutex_lock(&client->mutex);
    const bool is_connected = client->is_connected;
    client->is_closing = true;
    pthread_cond_broadcast(&client->room);
    pthread_mutex_unlock(&client->mutex);
    if (is_connected)
        events_take_leave(client, deadline);
    attempt_cut(client);
    mqtt_naps_long();
    free_entries(client);
}
