/* Round trips and bursts over a broker on the loopback: our MQTT client beside bare paho with the same settings.
 *
 * A round trip is a request and its reply, 350 bytes each, between two connections of this process. Bare paho answers
 * within its callback; our responder takes an event and publishes. The clock on the wall counts: the time is spent in
 * waiting. In each of 11 rounds every variant gets a slice, in turn from the front and from the back; ratios are within
 * a round. The broker is a mosquitto of our own. */
#include <MQTTAsync.h>
#include <pthread.h>

#include "live.h"
#include "mqtt/mqtt.h"

enum { PAYLOAD = 350, TRIPS = 100, BURST = 500, LIMIT_MS = 60000 };

static char payload[PAYLOAD];
static unsigned port;

/* Ours. */

enum who { ASKS, ANSWERS, BURSTS, WHO_COUNT };

static struct mqtt_settings ours_settings[WHO_COUNT];
static struct mqtt *ours[WHO_COUNT];

static void ours_open(enum who who, enum mqtt_version version, const char *id, const char *const *filter) {
    struct mqtt_failure failure;
    ours_settings[who] = (struct mqtt_settings){.host = "127.0.0.1",
                                                .port = port,
                                                .client_id = id,
                                                .version = version,
                                                .keepalive = 60,
                                                .connect_ms = LIMIT_MS,
                                                .filters = filter,
                                                .filter_count = filter != NULL,
                                                .filter_qos = 1};
    if (mqtt_open(&ours_settings[who], mqtt_now() + LIMIT_MS, &ours[who], &failure) != EXIT_OK)
        live_give_up(failure.text);
}

static void ours_publish(enum who who, const char *topic, unsigned qos) {
    const struct mqtt_message message = {.topic = topic, .payload = payload, .size = PAYLOAD, .qos = qos};
    struct mqtt_event event;
    while (mqtt_publish(ours[who], &message, INT64_MAX) == 0) {
        if (!mqtt_next(ours[who], mqtt_now() + LIMIT_MS, &event))
            live_give_up("no room for a publish");
    }
}

static void ours_take(enum who who, enum mqtt_event_kind kind) {
    struct mqtt_event event;
    do {
        if (!mqtt_next(ours[who], mqtt_now() + LIMIT_MS, &event) || event.kind == MQTT_LOST || event.kind == MQTT_GAP)
            live_give_up("an event is missing");
    } while (event.kind != kind);
}

static void ours_trips(unsigned qos) {
    for (int i = 0; i < TRIPS; i++) {
        ours_publish(ASKS, "ours/request", qos);
        ours_take(ANSWERS, MQTT_MESSAGE);
        ours_publish(ANSWERS, "ours/reply", qos);
        ours_take(ASKS, MQTT_MESSAGE);
    }
}

static void ours_trips_0(void) {
    ours_trips(0);
}

static void ours_trips_1(void) {
    ours_trips(1);
}

static void ours_burst(void) {
    for (int i = 0; i < BURST; i++)
        ours_publish(BURSTS, "burst", 1);
    for (int i = 0; i < BURST; i++)
        ours_take(BURSTS, MQTT_PUBLISHED);
}

/* Bare paho. */

static MQTTAsync bare[WHO_COUNT];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static int happened;
static unsigned bare_qos;

static void happens(void) {
    pthread_mutex_lock(&mutex);
    happened++;
    pthread_cond_signal(&change);
    pthread_mutex_unlock(&mutex);
}

static void bare_wait(int count) {
    pthread_mutex_lock(&mutex);
    while (happened < count)
        pthread_cond_wait(&change, &mutex);
    happened = 0;
    pthread_mutex_unlock(&mutex);
}

static void bare_done(void *context, MQTTAsync_successData *data) {
    (void)context, (void)data;
    happens();
}

static void bare_failed(void *context, MQTTAsync_failureData *data) {
    (void)context, (void)data;
    live_give_up("bare paho failed");
}

static void bare_done_5(void *context, MQTTAsync_successData5 *data) {
    (void)context, (void)data;
    happens();
}

static void bare_failed_5(void *context, MQTTAsync_failureData5 *data) {
    (void)context, (void)data;
    live_give_up("bare paho failed");
}

static void bare_publish(enum who who, const char *topic, unsigned qos) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    if (who == BURSTS) {
        options.onSuccess = bare_done;
        options.onFailure = bare_failed;
    } else {
        options.onFailure5 = bare_failed_5;
    }
    if (MQTTAsync_send(bare[who], topic, PAYLOAD, payload, (int)qos, 0, &options) != MQTTASYNC_SUCCESS)
        live_give_up("bare paho does not send");
}

static int bare_request_comes(void *context, char *topic, int size, MQTTAsync_message *message) {
    (void)context, (void)size;
    bare_publish(ANSWERS, "bare/reply", bare_qos);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static int bare_reply_comes(void *context, char *topic, int size, MQTTAsync_message *message) {
    (void)context, (void)size;
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    happens();
    return 1;
}

static void bare_create(enum who who, const char *id, int version, MQTTAsync_messageArrived *arrived) {
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
    char uri[64];
    snprintf(uri, sizeof uri, "tcp://127.0.0.1:%u", port);
    options.MQTTVersion = version;
    options.maxBufferedMessages = 2 * BURST;
    MQTTAsync_createWithOptions(&bare[who], uri, id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &options);
    MQTTAsync_setCallbacks(bare[who], NULL, NULL, arrived, NULL);
}

static void bare_open_5(enum who who, const char *id, const char *filter, MQTTAsync_messageArrived *arrived) {
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    bare_create(who, id, MQTTVERSION_5, arrived);
    connect.onSuccess5 = options.onSuccess5 = bare_done_5;
    connect.onFailure5 = options.onFailure5 = bare_failed_5;
    MQTTAsync_connect(bare[who], &connect);
    bare_wait(1);
    live_no_delay(port);
    MQTTAsync_subscribe(bare[who], filter, 1, &options);
    bare_wait(1);
}

static void bare_open_311(enum who who, const char *id) {
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
    bare_create(who, id, MQTTVERSION_3_1_1, bare_reply_comes);
    connect.MQTTVersion = MQTTVERSION_3_1_1;
    connect.maxInflight = 65535;
    connect.onSuccess = bare_done;
    connect.onFailure = bare_failed;
    MQTTAsync_connect(bare[who], &connect);
    bare_wait(1);
    live_no_delay(port);
}

static void bare_trips(unsigned qos) {
    bare_qos = qos;
    for (int i = 0; i < TRIPS; i++) {
        bare_publish(ASKS, "bare/request", qos);
        bare_wait(1);
    }
}

static void bare_trips_0(void) {
    bare_trips(0);
}

static void bare_trips_1(void) {
    bare_trips(1);
}

static void bare_burst(void) {
    for (int i = 0; i < BURST; i++)
        bare_publish(BURSTS, "burst", 1);
    bare_wait(BURST);
}

int main(void) {
    static const struct live_variant trips_0[] = {{"bare paho, QoS 0", bare_trips_0, TRIPS, 0},
                                                  {"ours, QoS 0", ours_trips_0, TRIPS, 1.2}};
    static const struct live_variant trips_1[] = {{"bare paho, QoS 1", bare_trips_1, TRIPS, 0},
                                                  {"ours, QoS 1", ours_trips_1, TRIPS, 1.2}};
    static const struct live_variant both[] = {{"ours, QoS 0", ours_trips_0, TRIPS, 0},
                                               {"ours, QoS 1", ours_trips_1, TRIPS, 1.5}};
    static const struct live_variant bursts[] = {{"bare paho, 500 at QoS 1", bare_burst, BURST, 0},
                                                 {"ours, 500 at QoS 1", ours_burst, BURST, 1 / 0.7}};
    static const char *const request = "ours/request", *const reply = "ours/reply";
    memset(payload, 'x', sizeof payload);
    port = live_broker();
    if (port == 0) {
        puts("mosquitto is not installed");
        return LIVE_SKIPPED;
    }
    ours_open(ASKS, MQTT_5, "ours-asks", &reply);
    ours_open(ANSWERS, MQTT_5, "ours-answers", &request);
    ours_open(BURSTS, MQTT_3_1_1, "ours-bursts", NULL);
    bare_open_5(ASKS, "bare-asks", "bare/reply", bare_reply_comes);
    bare_open_5(ANSWERS, "bare-answers", "bare/request", bare_request_comes);
    bare_open_311(BURSTS, "bare-bursts");
    bool is_met = live_race("request and reply", trips_0, 2, PAYLOAD);
    is_met &= live_race("request and reply", trips_1, 2, PAYLOAD);
    is_met &= live_race("qualities of service", both, 2, PAYLOAD);
    is_met &= live_race("burst", bursts, 2, PAYLOAD);
    for (int who = 0; who < WHO_COUNT; who++)
        mqtt_close(ours[who], mqtt_now() + 100);
    return is_met ? 0 : 1;
}
