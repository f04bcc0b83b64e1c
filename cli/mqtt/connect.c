/* Attempts to connect: their options, their deadlines, and why they failed. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mqtt/inside.h"
#include "output.h"

int64_t mqtt_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

void wait_for_events(struct mqtt *client, int64_t deadline) {
    enum { SLICE = 200 }; /* a signal that comes just before poll is seen after this */
    struct pollfd waiting = {client->signal, POLLIN, 0};
    output_idle();
    int64_t left = deadline - mqtt_now();
    poll(&waiting, 1, left < 0 ? 0 : (int)earlier(left, SLICE));
}

/* Takes the wake-up of what is no entry of the list. With the mutex. */
static void take_signal(struct mqtt *client) {
    if (client->first == NULL)
        events_take_signal(client);
}

/* Guards the list of clients and their sockets: socket_is_new is told of any client's. */
static pthread_mutex_t sockets = PTHREAD_MUTEX_INITIALIZER;
static struct mqtt *all_clients;

void attempt_register(struct mqtt *client) {
    pthread_mutex_lock(&sockets);
    client->socket.descriptor = -1;
    client->next_client = all_clients;
    all_clients = client;
    pthread_mutex_unlock(&sockets);
}

/* With `sockets`. */
static bool take_socket(struct mqtt *client, int descriptor) {
    enum { OTHERS_MOST = 64 };
    struct mqtt_socket *others[OTHERS_MOST];
    size_t count = 0;
    for (struct mqtt *each = all_clients; each != NULL && count < OTHERS_MOST; each = each->next_client) {
        if (each != client)
            others[count++] = &each->socket;
    }
    return mqtt_socket_take(descriptor, client->settings->port, others, count, &client->socket);
}

/* With `sockets`. */
static void stop_looking(struct mqtt *client) {
    if (client->wants_socket)
        mqtt_polls_long();
    client->wants_socket = false;
}

/* paho has connected it, and did not send CONNECT yet. */
static bool socket_is_new(int descriptor) {
    bool is_new = false;
    pthread_mutex_lock(&sockets);
    for (struct mqtt *each = all_clients; each != NULL && !is_new; each = each->next_client) {
        if (each->wants_socket)
            is_new = take_socket(each, descriptor);
        if (is_new)
            stop_looking(each);
    }
    pthread_mutex_unlock(&sockets);
    return is_new;
}

/* An attempt begins; another socket than the last is looked for. */
static void want_socket(struct mqtt *client) {
    pthread_mutex_lock(&sockets);
    mqtt_socket_forget(&client->socket);
    if (!client->wants_socket)
        mqtt_polls_short(socket_is_new);
    client->wants_socket = true;
    pthread_mutex_unlock(&sockets);
}

void attempt_done(struct mqtt *client) {
    pthread_mutex_lock(&sockets);
    stop_looking(client);
    pthread_mutex_unlock(&sockets);
}

bool attempt_has_socket(struct mqtt *client, uint64_t *ret_received) {
    pthread_mutex_lock(&sockets);
    const bool has_socket = client->socket.descriptor >= 0;
    *ret_received = mqtt_socket_received(&client->socket);
    pthread_mutex_unlock(&sockets);
    return has_socket;
}

bool attempt_was_reset(struct mqtt *client) {
    pthread_mutex_lock(&sockets);
    const bool was_reset = mqtt_socket_was_reset(&client->socket);
    pthread_mutex_unlock(&sockets);
    return was_reset;
}

void attempt_cut(struct mqtt *client) {
    pthread_mutex_lock(&sockets);
    mqtt_socket_cut(&client->socket);
    pthread_mutex_unlock(&sockets);
}

static bool make_handle(struct mqtt *client) {
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
    MQTTAsync old = client->handle;
    options.MQTTVersion = client->speaks_5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    options.maxBufferedMessages = 2 * MQTT_PUBLISHES_MOST;
    if (MQTTAsync_createWithOptions(&client->handle, client->uri, client->settings->client_id,
                                    MQTTCLIENT_PERSISTENCE_NONE, NULL, &options) != MQTTASYNC_SUCCESS)
        return false;
    events_attach(client, client->handle);
    if (old != NULL)
        MQTTAsync_destroy(&old); /* after the new one is there: else paho ends its threads, which takes a second */
    return true;
}

static void set_tls(const struct mqtt *client, MQTTAsync_SSLOptions *ret_options) {
    const MQTTAsync_SSLOptions initial = MQTTAsync_SSLOptions_initializer;
    const struct mqtt_settings *settings = client->settings;
    *ret_options = initial;
    mqtt_tls_limit(client->asks_in_tls_12); /* paho has an option for that, and ignores it */
    ret_options->trustStore = settings->ca;
    ret_options->keyStore = settings->cert;
    ret_options->privateKey = settings->key;
    ret_options->enableServerCertAuth = !settings->is_insecure;
    /* paho keeps the bracket of an IPv6 address for a part of the name; mqtt_tls_watch checks that as well. */
    ret_options->verify = !settings->is_insecure && strchr(settings->host, ':') == NULL;
}

static void set_session(const struct mqtt *client, MQTTAsync_connectOptions *options, MQTTProperties *properties) {
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL};
    const bool has_session = client->settings->session_s > 0;
    if (!client->speaks_5) {
        options->cleansession = !has_session;
        return;
    }
    options->cleanstart = !has_session;
    expiry.value.integer4 = client->settings->session_s;
    if (has_session) {
        MQTTProperties_add(properties, &expiry);
        options->connectProperties = properties;
    }
}

bool attempt_start(struct mqtt *client, int64_t deadline) {
    const struct mqtt_settings *settings = client->settings;
    const MQTTAsync_connectOptions initial_5 = MQTTAsync_connectOptions_initializer5;
    const MQTTAsync_connectOptions initial_311 = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions options = client->speaks_5 ? initial_5 : initial_311;
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTAsync_SSLOptions tls;
    sigset_t all, before;
    if (client->handle == NULL && !make_handle(client))
        return false;
    if (!client->speaks_5)
        options.MQTTVersion = MQTTVERSION_3_1_1;
    options.keepAliveInterval = (int)settings->keepalive;
    options.maxInflight = 65535; /* paho sleeps a second where it is reached; the window is kept here */
    options.connectTimeout = (int)((deadline - mqtt_now()) / 1000) + 1;
    options.username = settings->user;
    options.binarypwd.data = settings->password;
    options.binarypwd.len = (int)settings->password_size;
    if (settings->use_tls) {
        set_tls(client, &tls);
        options.ssl = &tls;
    }
    set_session(client, &options, &properties);
    events_for_connect(client, &options);
    want_socket(client);
    pthread_mutex_lock(&client->mutex);
    client->attempt = ATTEMPT_RUNS;
    client->is_main_inside = true;
    pthread_cond_broadcast(&client->room);
    pthread_mutex_unlock(&client->mutex);
    sigfillset(&all); /* signals are for the main thread; the threads that paho starts here inherit the mask */
    pthread_sigmask(SIG_BLOCK, &all, &before);
    const int result = MQTTAsync_connect(client->handle, &options);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    MQTTProperties_free(&properties);
    pthread_mutex_lock(&client->mutex);
    client->is_main_inside = false;
    pthread_mutex_unlock(&client->mutex);
    return result == MQTTASYNC_SUCCESS;
}

/* Waits for the end of the attempt; false: the deadline passed. */
static bool attempt_wait(struct mqtt *client, int64_t deadline) {
    for (;;) {
        pthread_mutex_lock(&client->mutex);
        const bool is_over = client->attempt != ATTEMPT_RUNS;
        take_signal(client);
        pthread_mutex_unlock(&client->mutex);
        if (is_over || mqtt_now() >= deadline)
            return is_over;
        wait_for_events(client, deadline);
    }
}

/* Bytes of the shortest CONNACK: who sent more and was not understood is no broker. The end of a connection counts as a
 * byte, too. */
enum { CONNACK_LEAST = 4, END_ONLY = 1 };

static void explain_no_socket(const struct mqtt *client, int probe_ms, struct mqtt_failure *ret_failure) {
    const int error = mqtt_probe(client->settings->host, client->settings->port, probe_ms);
    if (error == ECONNREFUSED)
        fail(ret_failure, EXIT_UNSENT, "%s: connection refused: no broker listens there", client->label);
    else
        fail(ret_failure, EXIT_UNSENT, "%s: cannot connect: %s", client->label,
             error != 0 ? strerror(error) : "the connection broke off");
}

void attempt_explain(const struct mqtt *client, const struct attempt_end *end, int probe_ms,
                     struct mqtt_failure *ret_failure) {
    struct mqtt_failure tls;
    if (end->code > 0)
        reason_of_connack(client, end->code, ret_failure);
    else if (!end->has_socket)
        explain_no_socket(client, probe_ms, ret_failure);
    else if (mqtt_tls_explain(client->settings, &end->tls, &tls))
        fail(ret_failure, tls.code, "%.200s: %.190s", client->label, tls.text);
    else if (end->received > CONNACK_LEAST && !client->settings->use_tls)
        fail(ret_failure, EXIT_PEER, "%s: what answers there is no MQTT broker; is this the right port?",
             client->label);
    else if (end->received > END_ONLY && !client->settings->use_tls)
        fail(ret_failure, end->was_reset ? EXIT_UNSENT : EXIT_PEER, "%s: the broker answered with %s", client->label,
             end->was_reset ? "the beginning of a CONNACK, and broke off" : "less than a CONNACK");
    else
        fail(ret_failure, EXIT_UNSENT, "%s: the broker closed the connection without an answer", client->label);
}

/* The deadline passed: in which phase? */
static void explain_deadline(struct mqtt *client, struct mqtt_failure *ret_failure) {
    const bool use_tls = client->settings->use_tls;
    uint64_t received;
    if (!attempt_has_socket(client, &received))
        fail(ret_failure, EXIT_UNSENT, "%s: no connection in time: the address does not answer", client->label);
    else if (use_tls && !mqtt_tls_is_done())
        fail(ret_failure, EXIT_UNSENT, "%s: no TLS handshake in time: connected, but the peer is silent",
             client->label);
    else if (!use_tls && received > CONNACK_LEAST)
        fail(ret_failure, EXIT_PEER, "%s: what answers there is no MQTT broker: %llu bytes, but no CONNACK in time",
             client->label, (unsigned long long)received);
    else
        fail(ret_failure, EXIT_UNSENT, "%s: no answer to CONNECT in time: the broker is silent", client->label);
}

/* Whether the attempt may have failed because the broker does not know MQTT 5. Old ones close the connection, or answer
 * in a form that is wrong in MQTT 5. */
static bool may_be_too_old(const struct mqtt *client) {
    const struct attempt_end *end = &client->end;
    const bool is_tls_fine =
        !client->settings->use_tls || (end->tls.is_done && end->tls.verify == 0 && end->tls.alert == 0);
    return end->code == MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION || end->code == 1 ||
           (end->code < 0 && end->has_socket && is_tls_fine);
}

/* In TLS 1.3 the broker judges our certificate when for us the handshake is done, and says so; but the reset that
 * follows often overtakes its words. In TLS 1.2 the verdict is part of the handshake. */
static bool may_be_overtaken(const struct mqtt *client) {
    const struct attempt_end *end = &client->end;
    return client->settings->use_tls && end->code < 0 && end->tls.is_done && end->tls.verify == 0 &&
           end->tls.alert == 0;
}

/* Whether an attempt that failed should be made once more. */
static bool attempt_again(struct mqtt *client) {
    /* paho's thread tells of the failure before it is done with the socket; a new one with the same number would be
     * taken for it. */
    const struct timespec pause = {0, 50000000};
    if (may_be_overtaken(client) && !client->asks_in_tls_12) {
        client->asks_in_tls_12 = true;
        nanosleep(&pause, NULL);
        return true;
    }
    if (client->settings->version == MQTT_ANY && client->speaks_5 && may_be_too_old(client)) {
        client->speaks_5 = client->asks_in_tls_12 = false;
        nanosleep(&pause, NULL);
        return make_handle(client);
    }
    return false;
}

/* Until it connects. */
static int connect_first(struct mqtt *client, int64_t deadline, struct mqtt_failure *reterr_failure) {
    enum { PROBE_MS = 1000 };
    do {
        if (!attempt_start(client, deadline))
            return fail(reterr_failure, EXIT_INTERNAL, "%s: paho does not start", client->label);
        if (!attempt_wait(client, deadline)) {
            explain_deadline(client, reterr_failure);
            return (int)reterr_failure->code;
        }
        if (client->attempt == ATTEMPT_SUCCEEDED)
            return EXIT_OK;
    } while (attempt_again(client));
    attempt_explain(client, &client->end, (int)earlier(PROBE_MS, deadline - mqtt_now()), reterr_failure);
    return (int)reterr_failure->code;
}

/* Until it is subscribed, or lost. */
static int subscribe_first(struct mqtt *client, int64_t deadline, struct mqtt_failure *reterr_failure) {
    enum subscription state;
    bool is_connected, is_over;
    for (;;) {
        pthread_mutex_lock(&client->mutex);
        state = client->subscription;
        is_connected = client->is_connected;
        is_over = state != SUBSCRIPTION_ASKED || !is_connected || client->is_withheld || mqtt_now() >= deadline;
        client->is_announced = client->tells_subscription = is_over; /* what comes now is an event */
        take_signal(client);
        if (is_over && client->is_withheld)
            state = SUBSCRIPTION_GRANTED; /* for now: only mqtt_next can let paho go on */
        pthread_mutex_unlock(&client->mutex);
        if (is_over)
            break;
        wait_for_events(client, deadline);
    }
    if (state == SUBSCRIPTION_GRANTED)
        return EXIT_OK;
    if (state == SUBSCRIPTION_REFUSED || !is_connected)
        reason_of_subscription(client, is_connected ? client->subscription_reason : REASON_DROPPED, reterr_failure);
    else
        fail(reterr_failure, EXIT_UNSENT, "%s: no answer to SUBSCRIBE in time: the broker is silent", client->label);
    return (int)reterr_failure->code;
}

int attempt_first(struct mqtt *client, int64_t deadline, struct mqtt_failure *reterr_failure) {
    const char *host = client->settings->host;
    const int error = mqtt_resolve(host, deadline);
    if (error != 0)
        return fail(reterr_failure, EXIT_UNSENT, "%s: the host %s is not found: %s", client->label, host,
                    gai_strerror(error));
    client->speaks_5 = client->settings->version != MQTT_3_1_1;
    const int code = connect_first(client, deadline, reterr_failure);
    client->asks_in_tls_12 = false;
    return code == EXIT_OK ? subscribe_first(client, deadline, reterr_failure) : code;
}
