/* Live messages as records. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "amount.h"
#include "mqtt/broker.h"
#include "mqtt/wire.h"
#include "output.h"
#include "printer.h"
#include "watch/watch.h"
#include "zjiot/m4g.h"

enum {
    SESSION_MS = 3600000,  /* of a sharer, unless --session says it */
    READER_CHECK_MS = 500, /* how often somebody looks whether stdout is still read */
    LEAVE_MS = 500,
    QUIET_MS = 2000, /* that the broker has nothing more for a session */
};

struct watch {
    struct watch_filter filter;
    struct broker broker;
    struct mqtt *client;
    struct reading *reading;
    struct printer printer;
    unsigned long count; /* of messages to show; ULONG_MAX: no end */
    unsigned long shown;
    bool is_shown;   /* the message at hand */
    unsigned end_ms; /* 0: no end */
    int64_t gap;     /* since when; 0: there is none */
};

/* --- The command line --- */

static bool read_end(const struct invocation *invocation, struct watch *watch) {
    enum { COUNT_MOST = 1000000000 };
    const char *count = invocation->value[OPTION_MESSAGES], *duration = invocation->value[OPTION_DURATION];
    watch->count = COUNT_MOST + 1UL;
    if (count != NULL && (!amount_number(count, COUNT_MOST, &watch->count) || watch->count == 0)) {
        complain("--count: a number from 1 to %d is expected", COUNT_MOST);
        return false;
    }
    if (duration != NULL && (!amount_time(duration, &watch->end_ms) || watch->end_ms == 0)) {
        complain("--duration: a time such as 500ms, 10s or 1h is expected, up to a day");
        return false;
    }
    return true;
}

static bool has_client_id(const struct broker *broker) {
    for (size_t i = 0; i < broker_setting_count(); i++) {
        if (broker->settings[i].option == OPTION_CLIENT_ID)
            return broker->settings[i].value != NULL;
    }
    return false;
}

/* A session is what lets nothing get lost: the broker keeps what was not acknowledged. */
static bool read_session(const struct invocation *invocation, struct watch *watch) {
    const char *session = invocation->value[OPTION_SESSION];
    struct mqtt_settings *mqtt = &watch->broker.mqtt;
    const bool has_id = has_client_id(&watch->broker), gives_up = invocation->value[OPTION_GIVE_UP] != NULL;
    mqtt->filter_qos = invocation->choice[OPTION_QOS] == 0 ? 1 : 0;
    const bool can_keep = has_id && mqtt->filter_qos > 0;
    unsigned ms = (watch->filter.share != NULL || gives_up) && can_keep ? SESSION_MS : 0;
    if (session != NULL && (gives_up || !amount_time(session, &ms) || (ms > 0 && ms < 1000))) {
        complain("--session: %s",
                 gives_up ? "--give-up ends it" : "a time such as 10m or 1h is expected, up to a day; 0 for none");
        return false;
    }
    if ((ms > 0 || gives_up) && !can_keep) {
        complain("--%s: %s", gives_up ? "give-up" : "session",
                 has_id ? "with --qos 0 the broker keeps nothing"
                        : "it needs a --client-id, by which the broker knows who is back");
        return false;
    }
    if (watch->filter.share != NULL && !has_id && mqtt->filter_qos > 0)
        complain("without a --client-id of its own there is no session: what this process holds when it is killed is "
                 "lost, unless the broker gives it to another (mosquitto does not)");
    mqtt->gathers = true;
    mqtt->gives_up = gives_up;
    mqtt->session_s = ms / 1000;
    mqtt->settles_late = ms > 0;
    return true;
}

/* --- Messages --- */

static void now_text(char out[ARRIVAL_TIME_SIZE]) {
    struct timespec now;
    struct tm date;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &date);
    const size_t used = strftime(out, ARRIVAL_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &date);
    snprintf(out + used, ARRIVAL_TIME_SIZE - used, ".%03ldZ", now.tv_nsec / 1000000);
}

static bool wants(const struct result *result, void *context) {
    const struct watch *watch = context;
    return watch_filter_wants(&watch->filter, result);
}

static int show(const struct result *result, void *context) {
    struct watch *watch = context;
    watch->is_shown = true;
    printer_show(&watch->printer, result);
    return EXIT_OK;
}

/* The IMEI that stands before "/down/COMMAND". */
static void read_imei(const char *topic, const char *command, char ret_imei[ZJIOT_M4G_IMEI_LENGTH + 1]) {
    const size_t behind = sizeof "/down/" - 1 + ZJIOT_M4G_IMEI_LENGTH;
    ret_imei[0] = '\0';
    if ((size_t)(command - topic) > behind)
        snprintf(ret_imei, ZJIOT_M4G_IMEI_LENGTH + 1, "%s", command - behind);
}

/* serve takes an empty command as the object that says no more than the topic. Returns its size; 0: it is no such. */
static size_t whole_command(const struct mqtt_message *message, char bytes[ZJIOT_M4G_ANSWER_SIZE]) {
    const struct zjiot_protocol *m4g = zjiot_protocol_find("m4g");
    struct zjiot_topic topic;
    char text[ZJIOT_M4G_IMEI_LENGTH + 1];
    const char *const imei = text;
    if (message->size > 0 || !zjiot_topic_read(message->topic, &topic) || topic.protocol != m4g)
        return 0;
    const char *name = strrchr(message->topic, '/') + 1;
    const struct zjiot_record *record = zjiot_record_find(m4g, name, topic.direction);
    if (record == NULL || record->direction != ZJIOT_DOWN || record->answers != ZJIOT_ANSWERS_ONE)
        return 0;
    struct zjiot_m4g_message command = {.type = (enum zjiot_m4g_message_type)(record - m4g->records)};
    read_imei(message->topic, name, text);
    for (size_t i = 0; i < record->field_count; i++) {
        if (strcmp(record->fields[i].key, "IMEI") == 0)
            memcpy((char *)&command.data + record->fields[i].offset, &imei, sizeof imei);
    }
    const int64_t size = zjiot_m4g_encode(&command, bytes, ZJIOT_M4G_ANSWER_SIZE, NULL);
    return size > 0 ? (size_t)size : 0;
}

static void take_message(struct watch *watch, const struct mqtt_message *message) {
    struct arrival *arrival = &watch->printer.arrival;
    char command[ZJIOT_M4G_ANSWER_SIZE];
    const size_t whole = whole_command(message, command);
    if (!watch_filter_takes(&watch->filter, message))
        return;
    now_text(arrival->received);
    arrival->qos = message->qos;
    arrival->is_retained = message->is_retained;
    arrival->is_duplicate = message->is_duplicate;
    watch->is_shown = false;
    if (whole > 0)
        reading_message(watch->reading, message->topic, (const uint8_t *)command, whole);
    else
        reading_message(watch->reading, message->topic, message->payload, message->size);
    watch->shown += watch->is_shown;
    if (watch->is_shown && whole > 0)
        complain("%s: it is empty; shown is the object that serve makes of it", message->topic);
    if (watch->is_shown && wire_is_stale(message))
        complain("%s: an old command, which the broker keeps (retained): every device that subscribes gets it",
                 message->topic);
    if (watch->broker.mqtt.settles_late)
        output_idle(); /* before it is acknowledged */
}

/* --- The connection --- */

static void tell_gap(struct watch *watch, const struct mqtt_event *event) {
    const bool is_new = watch->gap == 0;
    if (is_new)
        watch->gap = mqtt_now();
    complain("%s: %s; %sagain in %u ms", is_new ? "gap" : "still no connection", event->failure.text,
             !is_new                            ? ""
             : watch->broker.mqtt.session_s > 0 ? "the broker keeps what comes meanwhile; "
                                                : "what comes meanwhile is missed; ",
             event->retry_ms);
}

/* EXIT_OK: it goes on. */
static int take_event(struct watch *watch, const struct mqtt_event *event) {
    switch (event->kind) {
    case MQTT_MESSAGE:
        take_message(watch, &event->message);
        return EXIT_OK;
    case MQTT_GAP:
        tell_gap(watch, event);
        return EXIT_OK;
    case MQTT_CONNECTED: /* also the first time, in a session */
        if (watch->gap != 0)
            complain("connected again after %.1f s%s", (double)(mqtt_now() - watch->gap) / 1e3,
                     watch->broker.mqtt.session_s > 0 && !event->is_resumed
                         ? ", but the broker has lost the session: what came meanwhile is missed"
                         : "");
        watch->gap = 0;
        return EXIT_OK;
    case MQTT_FAILED:
        complain("%s", event->failure.text);
        return (int)event->failure.code;
    case MQTT_PUBLISHED:
    case MQTT_REFUSED:
    case MQTT_LOST:
        break;
    }
    return EXIT_INTERNAL;
}

static int64_t sooner(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Until the end that was asked for, or the reader of stdout has gone. */
static int take_events(struct watch *watch) {
    const int64_t end = watch->end_ms > 0 ? mqtt_now() + watch->end_ms : INT64_MAX;
    int64_t quiet_since = mqtt_now();
    struct mqtt_event event;
    while (watch->shown < watch->count && mqtt_now() < end) {
        if (!mqtt_next(watch->client, sooner(end, mqtt_now() + READER_CHECK_MS), &event)) {
            const bool is_empty =
                watch->broker.mqtt.gives_up && watch->gap == 0 && mqtt_now() >= quiet_since + QUIET_MS;
            if (is_empty || output_is_unread())
                return EXIT_OK;
            continue;
        }
        const int code = take_event(watch, &event);
        if (code != EXIT_OK)
            return code;
        quiet_since = mqtt_now();
    }
    return EXIT_OK;
}

static int end_code(const struct invocation *invocation, const struct watch *watch, int code) {
    const int reading = reading_end(watch->reading);
    if (code != EXIT_OK)
        return code;
    if (invocation->value[OPTION_MESSAGES] != NULL && watch->shown < watch->count && !output_is_unread()) {
        complain("%lu of %lu messages came in the time of --duration", watch->shown, watch->count);
        return EXIT_TIMEOUT;
    }
    return reading;
}

static int follow(const struct invocation *invocation, struct watch *watch) {
    static const enum format formats[] = {FORMAT_JSONL, FORMAT_JSON, FORMAT_TEXT, FORMAT_CSV};
    struct mqtt_failure failure;
    const struct mqtt_settings *mqtt = &watch->broker.mqtt;
    int code = mqtt_open(mqtt, mqtt_now() + watch->broker.timeout_ms, &watch->client, &failure);
    if (code != EXIT_OK) {
        complain("%s", failure.text);
        return code;
    }
    complain("connected to %s:%u as %s, %zu filter%s; Ctrl-C ends", mqtt->host, mqtt->port, mqtt->client_id,
             mqtt->filter_count, mqtt->filter_count == 1 ? "" : "s");
    watch->printer.options = reading_options(invocation);
    watch->printer.format = formats[invocation->choice[OPTION_OUTPUT]];
    watch->printer.is_live = true;
    watch->reading = reading_start(
        invocation,
        &(struct reader){.depth = printer_depth(&watch->printer), .wants = wants, .show = show, .context = watch});
    printer_start(&watch->printer);
    code = end_code(invocation, watch, take_events(watch));
    output_idle(); /* what was shown is out before it is acknowledged */
    mqtt_close(watch->client, mqtt_now() + LEAVE_MS);
    return code;
}

int run_watch(const struct invocation *invocation) {
    struct watch watch = {0};
    int code = watch_filter_read(invocation, &watch.filter);
    if (code == EXIT_OK)
        code = read_end(invocation, &watch) ? broker_read(invocation, &watch.broker) : EXIT_USAGE;
    if (code != EXIT_OK)
        return code;
    struct mqtt_settings *mqtt = &watch.broker.mqtt;
    code = read_session(invocation, &watch) ? EXIT_OK : EXIT_USAGE;
    if (code == EXIT_OK)
        code = watch_filter_topics(&watch.filter, &mqtt->filters, &mqtt->filter_count);
    if (code == EXIT_OK)
        code = broker_unlock(&watch.broker);
    if (code == EXIT_OK)
        code = follow(invocation, &watch);
    watch_filter_end(mqtt->filters, mqtt->filter_count);
    broker_end(&watch.broker);
    return code;
}
