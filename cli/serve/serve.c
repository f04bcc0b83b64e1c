/* The server for 4G modules: its options, its loop, its end. */
#include "serve/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "amount.h"
#include "mqtt/wire.h"
#include "output.h"
#include "suggest.h"

enum {
    DESCRIPTORS_KEPT = 32, /* for ourselves, the broker, and connections that are refused */
    POOL_LIMIT = 1 << 28,
    HOST_SIZE = 256,
    BASE_MOST = 100,
};

/* --- Time and the end --- */

/* Asked for once in a round of the loop. */
uint64_t serve_now(struct serve *serve) {
    if (!serve->is_now)
        serve->now = (uint64_t)mqtt_now();
    serve->is_now = true;
    return serve->now;
}

static bool is_drained(const struct serve *serve) {
    const bool is_hopeless = serve->mqtt == NULL && serve->is_output_lost;
    return (serve->uplink_count == 0 || is_hopeless) && evbuffer_get_length(serve->output) == 0;
}

static void stop_expired(evutil_socket_t descriptor, short what, void *context) {
    struct serve *serve = context;
    (void)descriptor;
    (void)what;
    if (serve->uplink_count > 0)
        complain("%u messages are not confirmed; their modules got no answer and may send them again",
                 serve->uplink_count);
    serve->is_done = true;
}

void serve_stop(struct serve *serve, int exit_code) {
    const struct timeval wait = {SERVE_DRAIN_MS / 1000, SERVE_DRAIN_MS % 1000 * 1000};
    if (serve->is_stopping)
        return;
    serve->is_stopping = true;
    serve->exit_code = exit_code;
    if (serve->listener != NULL)
        evconnlistener_free(serve->listener);
    serve->listener = NULL;
    event_add(serve->stop_timer, &wait);
    commands_give_up(serve, NULL, "the server ends before the answer came: it may have been executed");
}

/* The second time at once. */
static void signal_came(evutil_socket_t number, short what, void *context) {
    struct serve *serve = context;
    (void)what;
    if (serve->is_stopping)
        _exit(128 + (int)number);
    serve_stop(serve, 128 + (int)number);
}

static void sweep(evutil_socket_t descriptor, short what, void *context) {
    struct serve *serve = context;
    (void)descriptor;
    (void)what;
    if (!serve->is_stopping && output_is_unread())
        records_lost(serve, EPIPE);
    if (serve->is_stopping)
        return;
    modules_sweep(serve);
    commands_expire(serve);
}

static void loop(struct serve *serve) {
    bool goes_on = false;
    while (!serve->is_done) {
        serve->is_now = serve->is_clock = false;
        if (event_base_loop(serve->base, EVLOOP_ONCE | (goes_on ? EVLOOP_NONBLOCK : 0)) < 0)
            break;
        modules_resume(serve);
        records_write(serve);
        uplinks_settle(serve);
        records_write(serve);
        goes_on = modules_can_resume(serve);
        if (serve->is_stopping && is_drained(serve))
            serve->is_done = true;
    }
}

/* --- Settings --- */

static bool wrong(enum option_id option, const char *why) {
    complain("--%s: %s", option_rows[option].name, why);
    return false;
}

static bool read_count(const struct invocation *invocation, enum option_id option, unsigned least, unsigned most,
                       unsigned *number) {
    const char *text = invocation->value[option];
    unsigned long value = *number;
    char why[64];
    if (text == NULL || (amount_number(text, most, &value) && value >= least)) {
        *number = (unsigned)value;
        return true;
    }
    snprintf(why, sizeof why, "a number from %u to %u is expected", least, most);
    return wrong(option, why);
}

static bool read_time(const struct invocation *invocation, enum option_id option, unsigned *ms) {
    const char *text = invocation->value[option];
    if (text == NULL || (amount_time(text, ms) && *ms > 0))
        return true;
    return wrong(option, "a time such as 500ms, 10s or 2m is expected, up to a day");
}

/* PORT, HOST, HOST:PORT, [IPv6], [IPv6]:PORT */
static bool read_listen(const char *text, char *host, struct serve_settings *settings) {
    const bool has_brackets = text[0] == '[';
    const bool is_port = text[strspn(text, "0123456789")] == '\0';
    const char *begin = text + has_brackets;
    size_t size = is_port ? 0 : strcspn(begin, has_brackets ? "]" : ":");
    const char *rest = begin + size + (has_brackets && begin[size] == ']');
    unsigned long port = settings->port;
    const bool is_wrong =
        *rest == ':' || is_port ? !amount_number(is_port ? text : rest + 1, 65535, &port) : *rest != '\0';
    if (is_wrong)
        return wrong(OPTION_LISTEN, "ADDRESS:PORT is expected, an IPv6 address in brackets");
    settings->port = (unsigned)port;
    if (size >= HOST_SIZE)
        return wrong(OPTION_LISTEN, "the address is too long");
    memcpy(host, begin, size);
    host[size] = '\0';
    settings->host = size > 0 ? host : NULL;
    return true;
}

static bool read_base(const char *text, struct serve_settings *settings) {
    const size_t size = strlen(text);
    settings->base = text;
    if (size == 0 || size > BASE_MOST || strpbrk(text, "+#") != NULL || text[0] == '/' || text[size - 1] == '/' ||
        !is_utf8((const uint8_t *)text, size))
        return wrong(OPTION_TOPIC_BASE, "the beginning of a topic is expected, without + and #, such as city/north");
    return true;
}

static bool read_settings(const struct invocation *invocation, char *host, struct serve_settings *settings) {
    enum { OBJECT_LEAST = 256, OBJECT_MOST = 1 << 24, CONNECTIONS_MOST = 1000000 };
    const char *listen = invocation->value[OPTION_LISTEN], *base = invocation->value[OPTION_TOPIC_BASE];
    *settings = (struct serve_settings){
        .port = ZJIOT_M4G_PORT,
        .connections = 10000,
        .object_max = ZJIOT_M4G_OBJECT_MAX,
        .idle_ms = 300000,
        .offline_ms = ZJIOT_M4G_OFFLINE_MS,
        .reply_ms = ZJIOT_M4G_TIMEOUT_MS,
        .base = WIRE_BASE,
        .word_values = invocation->value[OPTION_WORD_VALUES] != NULL,
    };
    return (listen == NULL || read_listen(listen, host, settings)) && (base == NULL || read_base(base, settings)) &&
           read_count(invocation, OPTION_CONNECTIONS, 1, CONNECTIONS_MOST, &settings->connections) &&
           read_count(invocation, OPTION_PER_ADDRESS, 1, CONNECTIONS_MOST, &settings->per_address) &&
           read_count(invocation, OPTION_OBJECT_SIZE, OBJECT_LEAST, OBJECT_MOST, &settings->object_max) &&
           read_time(invocation, OPTION_IDLE, &settings->idle_ms) &&
           read_time(invocation, OPTION_OFFLINE, &settings->offline_ms) &&
           read_time(invocation, OPTION_REPLY_TIMEOUT, &settings->reply_ms);
}

/* As many descriptors as we may have, and no more connections than those suffice for. */
static void limit_connections(struct serve_settings *settings) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= (rlim_t)settings->connections + DESCRIPTORS_KEPT)
        return;
    const rlim_t most = limit.rlim_cur > DESCRIPTORS_KEPT ? limit.rlim_cur - DESCRIPTORS_KEPT : 1;
    complain("at most %lu connections instead of %u: the process may have %lu descriptors (ulimit -n)",
             (unsigned long)most, settings->connections, (unsigned long)limit.rlim_cur);
    settings->connections = (unsigned)most;
}

/* --- Start --- */

static int check_operand(const struct invocation *invocation) {
    struct suggestion suggestion;
    char hint[96];
    const char *what = invocation->operand_count > 0 ? invocation->operands[0] : NULL;
    if (what == NULL || invocation->operand_count > 1) {
        complain("one argument is expected, the protocol: zjiotctl serve m4g");
        return EXIT_USAGE;
    }
    const struct zjiot_protocol *protocol = zjiot_protocol_find(what);
    if (protocol != NULL && protocol == zjiot_protocol_find("m4g"))
        return EXIT_OK;
    suggest_start(&suggestion, what);
    suggest_offer(&suggestion, "m4g");
    complain("'%s' cannot be served%s; modules of m4g connect to a server, the others to a broker", what,
             suggest_text(&suggestion, hint, sizeof hint));
    return EXIT_USAGE;
}

static void catch_signals(struct serve *serve) {
    static const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < 2; i++) {
        serve->signals[i] = must(event_new(serve->base, numbers[i], EV_SIGNAL | EV_PERSIST, signal_came, serve));
        event_add(serve->signals[i], NULL);
    }
}

static void start(struct serve *serve, const struct serve_settings *settings) {
    const struct timeval period = {SERVE_SWEEP_MS / 1000, SERVE_SWEEP_MS % 1000 * 1000};
    struct event_config *config = must(event_config_new());
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    *serve = (struct serve){.settings = *settings, .protocol = zjiot_protocol_find("m4g"), .clock_second = -1};
    serve->base = must(event_base_new_with_config(config));
    event_config_free(config);
    TAILQ_INIT(&serve->connections);
    TAILQ_INIT(&serve->held);
    TAILQ_INIT(&serve->uplinks);
    TAILQ_INIT(&serve->commands);
    serve->buffer = must(malloc(SERVE_READ_SIZE));
    zjiot_pool_growing(&serve->pool, NULL, POOL_LIMIT);
    serve->stop_timer = must(event_new(serve->base, -1, 0, stop_expired, serve));
    serve->sweep = must(event_new(serve->base, -1, EV_PERSIST, sweep, serve));
    event_add(serve->sweep, &period);
    records_open(serve);
}

static void finish(struct serve *serve) {
    modules_end(serve);
    uplinks_close(serve);
    commands_close(serve);
    records_close(serve);
    if (serve->listener != NULL)
        evconnlistener_free(serve->listener);
    for (size_t i = 0; i < 2 && serve->signals[i] != NULL; i++)
        event_free(serve->signals[i]);
    event_free(serve->sweep);
    event_free(serve->stop_timer);
    event_base_free(serve->base);
    zjiot_pool_release(&serve->pool);
}

static void tell_broker(const struct broker *broker, const struct serve_settings *settings) {
    const struct setting *setting = broker_setting(broker, OPTION_BROKER);
    char origin[128];
    complain("publishing to %s (%s) as %s/m4g/<IMEI>/up/<cmd>, commands from .../down/<cmd>", setting->value,
             setting_origin(broker, setting, origin, sizeof origin), settings->base);
}

/* The filter that commands come through. */
static int read_filter(const struct serve_settings *settings, struct wire_filter filters[WIRE_FILTERS_MOST]) {
    const struct wire wire = {
        .protocol = zjiot_protocol_find("m4g"),
        .direction = ZJIOT_DOWN,
        .base = settings->base,
    };
    size_t count;
    return wire_filters(&wire, filters, &count) && count == 1 ? EXIT_OK : EXIT_USAGE;
}

static int serve_modules(struct broker *broker, const struct serve_settings *settings) {
    static struct serve serve;
    static struct wire_filter filters[WIRE_FILTERS_MOST];
    const char *const filter = filters[0].text;
    int code = read_filter(settings, filters);
    if (code == EXIT_OK && broker != NULL) {
        code = broker_unlock(broker);
        broker->mqtt.filters = &filter;
        broker->mqtt.filter_count = broker->mqtt.filter_qos = 1;
    }
    if (code != EXIT_OK)
        return code;
    start(&serve, settings);
    if (broker != NULL)
        code = uplinks_open(&serve, broker);
    if (code == EXIT_OK)
        code = commands_open(&serve);
    if (code == EXIT_OK)
        code = modules_listen(&serve);
    if (code == EXIT_OK && broker != NULL)
        tell_broker(broker, settings);
    if (code == EXIT_OK) {
        catch_signals(&serve); /* before, they end the process as everywhere */
        loop(&serve);
        code = serve.exit_code;
    }
    finish(&serve);
    return code;
}

int run_serve(const struct invocation *invocation) {
    static struct broker broker;
    struct serve_settings settings;
    char host[HOST_SIZE];
    int code = check_operand(invocation);
    if (code == EXIT_OK && !read_settings(invocation, host, &settings))
        code = EXIT_USAGE;
    if (code == EXIT_OK)
        code = broker_read(invocation, &broker);
    if (code != EXIT_OK)
        return code;
    limit_connections(&settings);
    /* Elsewhere the broker on this machine is meant when none is named. */
    code = serve_modules(broker_setting(&broker, OPTION_BROKER)->source != SOURCE_DEFAULT ? &broker : NULL, &settings);
    broker_end(&broker);
    return code;
}
