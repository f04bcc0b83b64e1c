/* Simulated devices with a TCP connection each. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "amount.h"
#include "output.h"
#include "simulate/inside.h"

enum {
    HOST_SIZE = 256,
    PORT_SIZE = 6,
    FIRST_WAIT_MS = 10000, /* for the first connection, which says whether there is a server */
    AGAIN_FIRST_MS = 500,  /* doubled with every failure, */
    AGAIN_MOST_MS = 30000, /* up to this; shortened by up to a half, as falls to the device */
    ABREAST = 500,         /* devices that begin to connect in one second */
    OTHER_DESCRIPTORS = 32,
    UNSENT_MOST = 1 << 20, /* bytes that a peer that does not read keeps waiting */
};

/* The connection of a device. */
struct link {
    struct run_device *device;
    struct bufferevent *stream; /* NULL: none */
    struct event again;
    unsigned failures;
    bool is_up, was_up;
};

struct peer {
    char host[HOST_SIZE], port[PORT_SIZE], name[HOST_SIZE + PORT_SIZE + 2];
    struct sockaddr_storage address;
    socklen_t address_size;
    struct link *links;
    size_t up_once; /* links that were up once */
};

static struct run *run_of(const struct link *link) {
    return (struct run *)(void *)link->device->device.sim;
}

static void wait_for(struct event *event, int64_t ms) {
    event_add(event, &(struct timeval){ms / 1000, ms % 1000 * 1000});
}

/* --- One connection --- */

static void drop(struct link *link) {
    struct run_device *device = link->device;
    if (link->stream != NULL)
        bufferevent_free(link->stream);
    link->stream = NULL;
    link->is_up = false;
    device->device.due = device->armed = SIM_NEVER;
    event_del(&device->timer);
}

/* Tries again, later with every failure. */
static void lose(struct link *link, const char *why) {
    struct run *run = run_of(link);
    const unsigned doublings = link->failures < 6 ? link->failures : 6;
    const int64_t longest = AGAIN_FIRST_MS << doublings < AGAIN_MOST_MS ? AGAIN_FIRST_MS << doublings : AGAIN_MOST_MS;
    const int64_t wait = longest - sim_share(&link->device->device, link->failures, (uint32_t)(longest / 2));
    drop(link);
    link->failures++;
    run->gaps++;
    if (run->gaps == 1)
        complain("%s: %s; trying again in %d ms, and so will others", link->device->device.id, why, (int)wait);
    wait_for(&link->again, wait);
}

static void on_bytes(struct bufferevent *stream, void *context) {
    struct link *link = context;
    struct evbuffer *input = bufferevent_get_input(stream);
    const size_t size = evbuffer_get_length(input);
    const struct sim_message message = {.bytes = evbuffer_pullup(input, -1), .size = size};
    link->failures = 0; /* a server that only accepts is none */
    run_deliver(run_of(link), link->device, &message);
    if (link->stream == stream) /* it may have hung up */
        evbuffer_drain(input, size);
}

static void tell_ready(struct run *run) {
    const struct peer *peer = run->connection;
    complain("ready: %zu device%s connected to %s", run->device_count, run->device_count == 1 ? "" : "s", peer->name);
}

static void come_up(struct link *link) {
    struct run *run = run_of(link);
    struct peer *peer = run->connection;
    const int yes = 1;
    setsockopt(bufferevent_getfd(link->stream), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    link->is_up = true;
    bufferevent_enable(link->stream, EV_READ | EV_WRITE);
    if (!link->was_up && ++peer->up_once == run->device_count)
        tell_ready(run);
    link->was_up = true;
    run_start(link->device);
}

static void on_event(struct bufferevent *stream, short what, void *context) {
    (void)stream;
    const int error = EVUTIL_SOCKET_ERROR();
    struct link *link = context;
    if (what & BEV_EVENT_CONNECTED)
        come_up(link);
    else if (what & BEV_EVENT_EOF)
        lose(link, "the server closed the connection");
    else if (what & BEV_EVENT_ERROR)
        lose(link, strerror(error));
}

/* A socket that is connected; -1: there is none yet. */
static void take_socket(struct link *link, evutil_socket_t connected) {
    link->stream =
        must(bufferevent_socket_new(run_of(link)->base, connected, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS));
    bufferevent_setcb(link->stream, on_bytes, NULL, on_event, link);
}

static void on_again(evutil_socket_t descriptor, short what, void *context) {
    (void)descriptor, (void)what;
    struct link *link = context;
    const struct peer *peer = run_of(link)->connection;
    take_socket(link, -1);
    if (bufferevent_socket_connect(link->stream, (const struct sockaddr *)&peer->address, (int)peer->address_size) != 0)
        lose(link, strerror(errno));
}

void sim_hang_up(struct sim_device *device, int64_t ms) {
    struct link *link = ((struct run_device *)(void *)device)->connection;
    struct evbuffer *output = bufferevent_get_output(link->stream);
    evbuffer_unfreeze(output, 1);
    evbuffer_write(output, bufferevent_getfd(link->stream)); /* its last word */
    drop(link);
    wait_for(&link->again, ms);
}

/* --- The run --- */

/* "HOST", "HOST:PORT", "[::1]:PORT" */
static bool split_address(const char *text, struct peer *peer) {
    const char *colon = strrchr(text, ':'), *end = text + strlen(text);
    const bool in_brackets = text[0] == '[';
    unsigned long number;
    if (in_brackets && strchr(text, ']') != NULL && colon < strchr(text, ']'))
        colon = NULL;
    const char *host_end = colon != NULL ? colon : end;
    const char *port = colon != NULL ? colon + 1 : "51609";
    if (in_brackets && host_end[-1] != ']')
        return false;
    const size_t size = (size_t)(host_end - text) - 2u * in_brackets;
    if (size == 0 || size >= HOST_SIZE || strlen(port) >= PORT_SIZE || !amount_number(port, 65535, &number) ||
        number == 0)
        return false;
    memcpy(peer->host, text + in_brackets, size);
    strcpy(peer->port, port);
    snprintf(peer->name, sizeof peer->name, in_brackets ? "[%s]:%s" : "%s:%s", peer->host, peer->port);
    return true;
}

/* The first connection, for which the user waits. EXIT_OK, or EXIT_UNSENT after an error on stderr. */
static int connect_first(struct peer *peer, int *ret_socket) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses;
    const int code = getaddrinfo(peer->host, peer->port, &hints, &addresses);
    int error = 0;
    if (code != 0) {
        complain("%s: %s", peer->name, gai_strerror(code));
        return EXIT_UNSENT;
    }
    *ret_socket = -1;
    for (const struct addrinfo *at = addresses; at != NULL && *ret_socket < 0; at = at->ai_next) {
        const int made = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        const struct timeval limit = {FIRST_WAIT_MS / 1000, 0};
        setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (made >= 0 && connect(made, at->ai_addr, at->ai_addrlen) == 0) {
            *ret_socket = made;
            memcpy(&peer->address, at->ai_addr, at->ai_addrlen);
            peer->address_size = at->ai_addrlen;
        } else {
            error = errno == EINPROGRESS ? ETIMEDOUT : errno;
            output_idle(); /* a signal ends the wait, and the process */
            if (made >= 0)
                close(made);
        }
    }
    freeaddrinfo(addresses);
    if (*ret_socket >= 0)
        return EXIT_OK;
    complain("%s: %s", peer->name, strerror(error));
    return EXIT_UNSENT;
}

/* A descriptor for each device. */
static int raise_limit(size_t count) {
    struct rlimit limit;
    const rlim_t wanted = (rlim_t)count + OTHER_DESCRIPTORS;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted)
        return EXIT_OK;
    if (limit.rlim_max >= wanted) {
        limit.rlim_cur = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
            return EXIT_OK;
    }
    complain("%zu devices need as many descriptors; the limit is %llu (ulimit -n)", count,
             (unsigned long long)limit.rlim_max);
    return EXIT_USAGE;
}

static void link_devices(struct run *run, int first) {
    struct peer *peer = run->connection;
    evutil_make_socket_nonblocking(first);
    peer->links = must(calloc(run->device_count, sizeof *peer->links));
    for (size_t i = 0; i < run->device_count; i++) {
        struct link *link = &peer->links[i];
        link->device = &run->devices[i];
        link->device->connection = link;
        event_assign(&link->again, run->base, -1, 0, on_again, link);
        if (i > 0)
            wait_for(&link->again, (int64_t)i * 1000 / ABREAST);
    }
    take_socket(&peer->links[0], first);
    come_up(&peer->links[0]);
}

static int open_connections(struct run *run) {
    const char *address = run->sim.invocation->value[OPTION_CONNECT];
    struct peer *peer = must(calloc(1, sizeof *peer));
    int first;
    run->connection = peer;
    if (address == NULL)
        address = "localhost";
    if (!split_address(address, peer)) {
        complain("--connect: '%s' is no HOST:PORT", address);
        return EXIT_USAGE;
    }
    int code = raise_limit(run->device_count);
    if (code == EXIT_OK)
        code = connect_first(peer, &first);
    if (code == EXIT_OK)
        link_devices(run, first);
    return code;
}

static void send_packet(struct run *run, struct sim_packet *packet) {
    struct link *link = packet->device->connection;
    const bool is_taken = link->is_up && evbuffer_get_length(bufferevent_get_output(link->stream)) < UNSENT_MOST &&
                          bufferevent_write(link->stream, packet->bytes, packet->size) == 0;
    if (is_taken)
        run->sent++;
    else
        run->lost++;
    packet_free(packet);
}

static void close_connections(struct run *run) {
    struct peer *peer = run->connection;
    if (peer == NULL)
        return;
    for (size_t i = 0; i < run->device_count && peer->links != NULL; i++) {
        drop(&peer->links[i]);
        event_del(&peer->links[i].again);
    }
    free(peer->links);
    free(peer);
    run->connection = NULL;
}

const struct sim_transport sim_over_tcp = {open_connections, send_packet, NULL, close_connections};
