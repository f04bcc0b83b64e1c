/* Connections with modules: accepted, read, answered, held back, closed. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "output.h"
#include "serve/serve.h"

enum { BACKLOG = 1024, TAIL_FIRST = 512 };

/* The keys of both trees are texts within what they lead to. */
static int compare_texts(const void *left, const void *right) {
    return strcmp(left, right);
}

struct serve_connection *modules_find(struct serve *serve, const char *imei) {
    void *const *found = tfind(imei, &serve->by_imei, compare_texts);
    if (found == NULL)
        return NULL;
    return (struct serve_connection *)(void *)((char *)*found - offsetof(struct serve_connection, session.imei));
}

static struct serve_address *find_address(struct serve *serve, const char *text) {
    void *const *found = tfind(text, &serve->by_address, compare_texts);
    return found == NULL ? NULL
                         : (struct serve_address *)(void *)((char *)*found - offsetof(struct serve_address, text));
}

/* --- What is waited for --- */

static bool is_read(const struct serve_connection *connection) {
    return !connection->is_held && !connection->is_full && !connection->is_ended && !connection->serve->is_stopping;
}

static void connection_ready(evutil_socket_t descriptor, short what, void *context);

static void watch(struct serve_connection *connection) {
    struct event *event = &connection->event;
    const short wanted = (short)((is_read(connection) ? EV_READ : 0) | (connection->answers != NULL ? EV_WRITE : 0));
    if (event_pending(event, EV_READ | EV_WRITE, NULL) == wanted)
        return;
    const evutil_socket_t descriptor = event_get_fd(event);
    event_del(event);
    event_assign(event, connection->serve->base, descriptor, (short)(wanted | EV_PERSIST), connection_ready,
                 connection);
    if (wanted != 0)
        event_add(event, NULL);
}

static bool is_overloaded(const struct serve *serve) {
    return uplinks_are_full(serve) || records_are_full(serve);
}

/* Not read until modules_resume comes to it. */
static void hold(struct serve_connection *connection) {
    if (!connection->is_held)
        TAILQ_INSERT_TAIL(&connection->serve->held, connection, held_entry);
    connection->is_held = true;
    watch(connection);
}

/* --- The end --- */

static void forget_imei(struct serve_connection *connection) {
    if (connection->is_known)
        tdelete(connection->session.imei, &connection->serve->by_imei, compare_texts);
    connection->is_known = false;
}

static void forget_address(struct serve *serve, struct serve_address *address) {
    if (--address->count > 0)
        return;
    tdelete(address->text, &serve->by_address, compare_texts);
    free(address);
}

static void release(struct serve_connection *connection) {
    struct serve *serve = connection->serve;
    const evutil_socket_t descriptor = event_get_fd(&connection->event);
    event_del(&connection->event);
    close(descriptor);
    forget_imei(connection);
    forget_address(serve, connection->address);
    if (connection->is_held)
        TAILQ_REMOVE(&serve->held, connection, held_entry);
    TAILQ_REMOVE(&serve->connections, connection, entry);
    serve->connection_count--;
    if (connection->answers != NULL)
        evbuffer_free(connection->answers);
    free(connection->tail);
    free(connection);
}

static void tell_offline(struct serve_connection *connection, const char *reason) {
    struct serve *serve = connection->serve;
    if (connection->is_known)
        free(records_event(serve, connection, NULL, "offline", json_pack("{ss}", "reason", reason)));
}

static void end_connection(struct serve_connection *connection, const char *reason) {
    struct serve *serve = connection->serve;
    if (zjiot_presence_at(&connection->session.presence, serve->now) == ZJIOT_PRESENCE_ONLINE)
        tell_offline(connection, "disconnected");
    free(records_event(serve, connection, NULL, "disconnected", json_pack("{ss}", "reason", reason)));
    commands_give_up(serve, connection, "the connection ended before the answer came: it may have been executed");
    uplinks_forget(connection);
    release(connection);
}

/* --- Sending --- */

/* False: the module is gone. */
static bool send_kept(struct serve_connection *connection) {
    const int count = evbuffer_write(connection->answers, event_get_fd(&connection->event));
    if (count <= 0)
        return errno == EAGAIN || errno == EINTR;
    if (evbuffer_get_length(connection->answers) == 0) {
        evbuffer_free(connection->answers);
        connection->answers = NULL;
    }
    return true;
}

bool modules_send(struct serve_connection *connection, const char *bytes, size_t size) {
    ssize_t sent = 0;
    if (connection->answers == NULL)
        sent = send(event_get_fd(&connection->event), bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        end_connection(connection, "reset");
        return false;
    }
    if (sent == (ssize_t)size)
        return true;
    if (connection->answers == NULL)
        connection->answers = must(evbuffer_new());
    const size_t done = sent > 0 ? (size_t)sent : 0;
    evbuffer_add(connection->answers, bytes + done, size - done);
    if (evbuffer_get_length(connection->answers) > SERVE_ANSWER_BYTES) {
        end_connection(connection, "unread");
        return false;
    }
    watch(connection);
    return true;
}

/* The module has said all, and has got its answers. True: then so has the connection. */
static bool end_if_done(struct serve_connection *connection) {
    if (!connection->is_ended || connection->uplinks > 0 || connection->answers != NULL)
        return false;
    end_connection(connection, "closed");
    return true;
}

void modules_confirmed(struct serve_connection *connection) {
    if (end_if_done(connection))
        return;
    if (connection->is_full && connection->uplinks <= SERVE_MODULE_UPLINKS / 2) {
        connection->is_full = false;
        hold(connection);
    }
}

/* --- What comes --- */

static bool is_online(const struct serve_connection *connection) {
    return zjiot_presence_at(&connection->session.presence, connection->serve->now) == ZJIOT_PRESENCE_ONLINE;
}

static void tell_online(struct serve_connection *connection) {
    free(records_event(connection->serve, connection, NULL, "online", NULL));
}

/* The first message that says who it is: commands go there from now on, and the module is online, which it may have
 * been before: one that connects again has lost its older connection, whether we have noticed that or not. */
static void learn_imei(struct serve_connection *connection) {
    struct serve *serve = connection->serve;
    struct serve_connection *older = modules_find(serve, connection->session.imei);
    const bool was_online = older != NULL && is_online(older);
    if (older != NULL) {
        forget_imei(older);
        end_connection(older, "superseded");
    }
    must(tsearch(connection->session.imei, &serve->by_imei, compare_texts));
    connection->is_known = true;
    if (!was_online)
        tell_online(connection);
}

static void tell_skipped(struct serve_connection *connection, const struct zjiot_m4g_event *event) {
    const char *what = event->why == ZJIOT_SPACE    ? "an object larger than --object-size"
                       : event->why == ZJIOT_LENGTH ? "an object that the end of the connection cut off"
                       : event->why == ZJIOT_SYNTAX ? "the beginning of an object in which another one begins"
                                                    : "bytes in no object";
    json_t *more = records_error(zjiot_code_name(event->why), "%s", what);
    json_object_set_new(more, "offset", json_integer((json_int_t)event->offset));
    json_object_set_new(more, "size", json_integer((json_int_t)event->size));
    free(records_event(connection->serve, connection, NULL, "skipped", more));
}

/* An answer was due, and there is none that could be given. */
static void tell_unanswered(struct serve_connection *connection, const struct zjiot_m4g_event *event) {
    json_t *more = records_error(zjiot_code_name(event->error.code), "%s", event->error.text);
    json_object_set_new(more, "message", json_string(connection->serve->protocol->records[event->message.type].name));
    free(records_event(connection->serve, connection, NULL, "unanswered", more));
}

static void take_message(struct serve_connection *connection, const struct zjiot_m4g_event *event, const char *object,
                         const struct zjiot_report *report) {
    struct serve_command *command = commands_answered(event);
    if (!connection->is_known && connection->session.imei[0] != '\0')
        learn_imei(connection);
    connection->last_message = connection->serve->now;
    connection->garbage = 0;
    records_message(connection, event, object, report, command);
    if (event->error.code != ZJIOT_OK)
        tell_unanswered(connection, event);
    uplinks_add(connection, event, object);
    if (command != NULL)
        commands_finish(connection->serve, command, object, event->size);
}

static void take_event(struct serve_connection *connection, const struct zjiot_m4g_event *event, const char *object,
                       const struct zjiot_report *report) {
    switch (event->kind) {
    case ZJIOT_M4G_MESSAGE:
        take_message(connection, event, object, report);
        break;
    case ZJIOT_M4G_REFUSED:
        records_message(connection, event, object, report, NULL);
        break;
    case ZJIOT_M4G_SKIPPED:
        tell_skipped(connection, event);
        break;
    case ZJIOT_M4G_OFFLINE:
        tell_offline(connection, connection->is_ended ? "disconnected" : "silent");
        break;
    case ZJIOT_M4G_ONLINE:
        if (connection->is_known) /* else when it says who it is */
            tell_online(connection);
        break;
    }
}

/* Keeps what could not be taken. */
static void keep(struct serve_connection *connection, const char *bytes, size_t size, size_t capacity) {
    struct serve_tail *tail = connection->tail;
    if (size == 0) {
        free(tail);
        connection->tail = NULL;
        return;
    }
    if (tail == NULL || tail->capacity < capacity) {
        struct serve_tail *larger = must(malloc(sizeof *larger + capacity));
        larger->capacity = capacity;
        memcpy(larger->bytes, bytes, size);
        free(tail);
        connection->tail = tail = larger;
    } else {
        memmove(tail->bytes, bytes, size);
    }
    tail->size = size;
}

/* Takes all messages out of what has come, or as many as may wait. False: the connection is gone. */
static bool take_bytes(struct serve_connection *connection, const char *bytes, size_t size) {
    struct serve *serve = connection->serve;
    const struct zjiot_m4g_time time_now = {.now = serve_now(serve)};
    const size_t garbage_most = (size_t)SERVE_GARBAGE_OBJECTS * serve->settings.object_max;
    struct zjiot_report report = {serve->deviations, SERVE_REPORT, 0};
    struct zjiot_m4g_event event;
    struct zjiot_error error;
    int code = 1;
    while (code == 1 && !connection->is_full && !connection->is_held) {
        zjiot_pool_reset(&serve->pool);
        report.count = 0;
        code = zjiot_m4g_session_pull(&connection->session, &time_now, bytes, size, connection->is_ended, &serve->pool,
                                      &event, &report, &error);
        if (code < 0)
            must(NULL); /* the pool grows as long as there is memory */
        connection->garbage += event.taken;
        if (code == 1)
            take_event(connection, &event, bytes + event.taken - event.size, &report);
        bytes += event.taken;
        size -= event.taken;
        connection->is_full = connection->uplinks >= SERVE_MODULE_UPLINKS && !connection->is_ended;
        if (connection->garbage > garbage_most) {
            end_connection(connection, "garbage");
            return false;
        }
        if (is_overloaded(serve) && !connection->is_ended)
            hold(connection);
    }
    keep(connection, bytes, size, size > TAIL_FIRST ? size : TAIL_FIRST);
    return true;
}

static bool take_tail(struct serve_connection *connection) {
    const struct serve_tail *tail = connection->tail;
    return take_bytes(connection, tail != NULL ? tail->bytes : "", tail != NULL ? tail->size : 0);
}

/* Into the buffer for all, or behind the beginning of an object that was kept. */
static void read_bytes(struct serve_connection *connection) {
    struct serve *serve = connection->serve;
    struct serve_tail *tail = connection->tail;
    if (tail != NULL && tail->capacity < 2 * tail->size)
        keep(connection, tail->bytes, tail->size, 2 * tail->size);
    tail = connection->tail;
    char *bytes = tail != NULL ? tail->bytes : serve->buffer;
    const size_t kept = tail != NULL ? tail->size : 0;
    const size_t room = tail != NULL ? tail->capacity - kept : SERVE_READ_SIZE;
    const ssize_t count = recv(event_get_fd(&connection->event), bytes + kept, room, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    const char *reason = count < 0 && errno == ETIMEDOUT ? "idle" : "reset";
    connection->is_ended = count <= 0;
    if (!take_bytes(connection, bytes, kept + (count > 0 ? (size_t)count : 0)))
        return;
    if (count < 0)
        end_connection(connection, reason);
    else if (!end_if_done(connection) && (connection->is_full || connection->is_ended))
        watch(connection);
}

static void connection_ready(evutil_socket_t descriptor, short what, void *context) {
    struct serve_connection *connection = context;
    struct serve *serve = connection->serve;
    (void)descriptor;
    if ((what & EV_WRITE) != 0 && connection->answers != NULL) {
        if (!send_kept(connection)) {
            end_connection(connection, "reset");
            return;
        }
        if (end_if_done(connection))
            return;
        watch(connection);
    }
    if (!is_read(connection))
        watch(connection); /* the server is about to end */
    else if ((what & EV_READ) != 0 && is_overloaded(serve))
        hold(connection);
    else if ((what & EV_READ) != 0)
        read_bytes(connection);
    if (evbuffer_get_length(serve->output) > SERVE_OUTPUT_PART) {
        records_write(serve);
        uplinks_settle(serve);
    }
}

/* --- New ones --- */

static void peer_text(const struct sockaddr *from, char *address, char *peer) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)from;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)from;
    const bool is_mapped = from->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
    if (is_mapped)
        inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], address, SERVE_PEER_SIZE);
    else if (from->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &v6->sin6_addr, address, SERVE_PEER_SIZE);
    else
        inet_ntop(AF_INET, &v4->sin_addr, address, SERVE_PEER_SIZE);
    const unsigned port = ntohs(from->sa_family == AF_INET6 ? v6->sin6_port : v4->sin_port);
    const bool has_brackets = from->sa_family == AF_INET6 && !is_mapped;
    snprintf(peer, SERVE_PEER_SIZE, has_brackets ? "[%.45s]:%u" : "%.45s:%u", address, port);
}

static struct serve_address *note_address(struct serve *serve, const char *text) {
    struct serve_address *address = find_address(serve, text);
    if (address == NULL) {
        address = must(calloc(1, sizeof *address));
        snprintf(address->text, sizeof address->text, "%s", text);
        must(tsearch(address->text, &serve->by_address, compare_texts));
    }
    address->count++;
    return address;
}

static void add_connection(struct serve *serve, evutil_socket_t descriptor, const char *address, const char *peer) {
    struct serve_connection *connection = must(calloc(1, sizeof *connection));
    const struct zjiot_m4g_config config = {
        .role = ZJIOT_M4G_CLOUD,
        .leave = UINT32_C(1) << ZJIOT_M4G_TIME, /* the answer may have to wait, and must be right when it goes */
        .object_max = serve->settings.object_max,
        .track = &serve->track,
        .connection = ++serve->connection_last,
        .timeout = serve->settings.reply_ms,
        .silence = serve->settings.offline_ms,
    };
    connection->serve = serve;
    connection->address = note_address(serve, address);
    connection->last_message = serve_now(serve);
    snprintf(connection->peer, sizeof connection->peer, "%s", peer);
    zjiot_m4g_session_init(&connection->session, &config, serve->now, NULL);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int));
    TAILQ_INSERT_TAIL(&serve->connections, connection, entry);
    serve->connection_count++;
    event_assign(&connection->event, serve->base, descriptor, EV_READ | EV_PERSIST, connection_ready, connection);
    event_add(&connection->event, NULL);
    free(records_event(serve, connection, NULL, "connected", NULL));
}

static void accepted(struct evconnlistener *listener, evutil_socket_t descriptor, struct sockaddr *from, int size,
                     void *context) {
    struct serve *serve = context;
    const struct serve_settings *settings = &serve->settings;
    char address[SERVE_PEER_SIZE], peer[SERVE_PEER_SIZE];
    (void)size;
    serve->is_accept_short = false;
    peer_text(from, address, peer);
    const struct serve_address *known = find_address(serve, address);
    const bool is_full = serve->connection_count >= settings->connections;
    const bool is_address_full = settings->per_address > 0 && known != NULL && known->count >= settings->per_address;
    if (!is_full && !is_address_full) {
        add_connection(serve, descriptor, address, peer);
    } else {
        json_t *more = is_full ? records_error("SPACE", "there are %u connections already", settings->connections)
                               : records_error("SPACE", "there are %u connections from this address already",
                                               settings->per_address);
        json_object_set_new(more, "peer", json_string(peer));
        free(records_event(serve, NULL, NULL, "refused", more));
        close(descriptor);
    }
    if (records_are_full(serve)) {
        serve->is_accept_held = true;
        evconnlistener_disable(listener);
    }
}

static void accept_failed(struct evconnlistener *listener, void *context) {
    struct serve *serve = context;
    if (!serve->is_accept_short)
        complain("cannot accept a connection: %s; those that are there go on", strerror(errno));
    serve->is_accept_short = true;
    evconnlistener_disable(listener); /* the next sweep tries again */
}

/* --- Listening --- */

static int open_listener(const struct addrinfo *where, bool both) {
    const int descriptor = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (where->ai_family == AF_INET6)
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &(int){!both}, sizeof(int));
    if (bind(descriptor, where->ai_addr, where->ai_addrlen) == 0)
        return descriptor;
    const int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

/* All addresses: one socket of IPv6 that takes IPv4 as well, where there is IPv6. */
static int bind_listener(const struct serve_settings *settings) {
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list, *each;
    char port[16];
    int descriptor = -1;
    snprintf(port, sizeof port, "%u", settings->port);
    const int code = getaddrinfo(settings->host, port, &hints, &list);
    if (code != 0) {
        complain("--listen: %s: %s", settings->host, gai_strerror(code));
        return -1;
    }
    for (each = list; each != NULL && descriptor < 0; each = each->ai_next) {
        if (settings->host != NULL || each->ai_family == AF_INET6)
            descriptor = open_listener(each, settings->host == NULL);
    }
    for (each = list; each != NULL && descriptor < 0 && settings->host == NULL; each = each->ai_next)
        descriptor = open_listener(each, false);
    if (descriptor < 0)
        complain("--listen: cannot listen on port %s: %s", port, strerror(errno));
    freeaddrinfo(list);
    return descriptor;
}

int modules_listen(struct serve *serve) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char text[SERVE_PEER_SIZE], peer[SERVE_PEER_SIZE];
    const int descriptor = bind_listener(&serve->settings);
    if (descriptor < 0)
        return EXIT_CONFIG;
    serve->listener = must(evconnlistener_new(serve->base, accepted, serve,
                                              LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, descriptor));
    evconnlistener_set_error_cb(serve->listener, accept_failed);
    getsockname(descriptor, (struct sockaddr *)&address, &size);
    peer_text((struct sockaddr *)&address, text, peer);
    complain("listening on %s", peer);
    return EXIT_OK;
}

/* --- Time --- */

bool modules_can_resume(const struct serve *serve) {
    return !serve->is_stopping && !is_overloaded(serve) && TAILQ_FIRST(&serve->held) != NULL;
}

void modules_resume(struct serve *serve) {
    struct serve_connection *connection;
    const unsigned used = serve->uplink_count;
    for (unsigned room = used < SERVE_UPLINKS ? SERVE_UPLINKS - used : 0; room > 0 && modules_can_resume(serve);
         room--) {
        connection = TAILQ_FIRST(&serve->held);
        TAILQ_REMOVE(&serve->held, connection, held_entry);
        connection->is_held = false;
        if (connection->tail == NULL || take_tail(connection))
            watch(connection);
    }
    if (serve->is_accept_held && serve->listener != NULL && !records_are_full(serve)) {
        serve->is_accept_held = false;
        evconnlistener_enable(serve->listener);
    }
}

static void check_time(struct serve_connection *connection) {
    struct serve *serve = connection->serve;
    if ((connection->is_held || connection->is_full) && !connection->is_ended) {
        connection->last_message = serve->now; /* we are silent, not the module */
        zjiot_presence_hear(&connection->session.presence, serve->now);
    } else if (serve->now - connection->last_message >= serve->settings.idle_ms) {
        end_connection(connection, "idle");
    } else if (serve->now >= zjiot_m4g_session_deadline(&connection->session)) {
        take_tail(connection);
    }
}

void modules_sweep(struct serve *serve) {
    struct serve_connection *connection, *next;
    serve_now(serve);
    for (connection = TAILQ_FIRST(&serve->connections); connection != NULL; connection = next) {
        next = TAILQ_NEXT(connection, entry); /* a check ends no other connection */
        check_time(connection);
    }
    if (serve->listener != NULL && serve->is_accept_short)
        evconnlistener_enable(serve->listener);
}

void modules_end(struct serve *serve) {
    struct serve_connection *connection;
    while ((connection = TAILQ_FIRST(&serve->connections)) != NULL)
        release(connection);
    free(serve->buffer);
}
