#include "mqtt/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h> /* tcpi_bytes_received, which netinet/tcp.h does not have */
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mqtt/mqtt.h"
#include "output.h"

/* The port of one end, 0 when the descriptor is no connected TCP socket. */
static uint16_t port_of(int descriptor, int (*ask)(int, struct sockaddr *, socklen_t *)) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (ask(descriptor, (struct sockaddr *)&address, &size) != 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}

bool mqtt_socket_take(int descriptor, unsigned port, struct mqtt_socket *const *others, size_t count,
                      struct mqtt_socket *ret_socket) {
    const int yes = 1;
    const uint16_t local_port = port_of(descriptor, getsockname);
    if (port_of(descriptor, getpeername) != port)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (others[i]->descriptor >= 0 && others[i]->local_port == local_port)
            return false;
    }
    const int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return false;
    setsockopt(own, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    *ret_socket = (struct mqtt_socket){own, local_port};
    return true;
}

void mqtt_socket_forget(struct mqtt_socket *found) {
    if (found->descriptor >= 0)
        close(found->descriptor);
    found->descriptor = -1;
}

void mqtt_socket_acknowledge(int descriptor) {
    const int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
}

void mqtt_socket_cut(const struct mqtt_socket *found) {
    if (found->descriptor >= 0)
        shutdown(found->descriptor, SHUT_RDWR);
}

static struct tcp_info info_of(const struct mqtt_socket *found) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (found->descriptor >= 0)
        getsockopt(found->descriptor, IPPROTO_TCP, TCP_INFO, &info, &size);
    return info;
}

uint64_t mqtt_socket_received(const struct mqtt_socket *found) {
    return info_of(found).tcpi_bytes_received;
}

/* Else it ends when the peer has acknowledged our end, which counts as a byte, as our beginning does. */
bool mqtt_socket_was_reset(const struct mqtt_socket *found) {
    enum { STATE_CLOSED = 7 }; /* TCP_CLOSE; netinet/tcp.h, which has it, cannot stand beside linux/tcp.h */
    const struct tcp_info info = info_of(found);
    return info.tcpi_state == STATE_CLOSED && info.tcpi_bytes_acked < info.tcpi_bytes_sent + 2;
}

/* A look-up, shared with the thread that does it: the resolver has time-outs of its own, which are too long. */
struct look_up {
    pthread_mutex_t mutex;
    pthread_cond_t change;
    bool is_done, is_abandoned;
    int result;
    char host[256];
};

static void *look_up_run(void *argument) {
    struct look_up *look_up = argument;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int result = getaddrinfo(look_up->host, NULL, &hints, &found);
    if (result == 0)
        freeaddrinfo(found);
    pthread_mutex_lock(&look_up->mutex);
    look_up->result = result;
    look_up->is_done = true;
    bool is_mine = look_up->is_abandoned;
    pthread_cond_signal(&look_up->change);
    pthread_mutex_unlock(&look_up->mutex);
    if (is_mine)
        free(look_up);
    return NULL;
}

static void look_up_pause(struct look_up *look_up) {
    enum { PAUSE_NS = 20000000, SECOND_NS = 1000000000 };
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += PAUSE_NS;
    until.tv_sec += until.tv_nsec / SECOND_NS;
    until.tv_nsec %= SECOND_NS;
    pthread_cond_timedwait(&look_up->change, &look_up->mutex, &until);
}

static int look_up_wait(struct look_up *look_up, int64_t deadline) {
    pthread_mutex_lock(&look_up->mutex);
    while (!look_up->is_done && mqtt_now() < deadline) {
        look_up_pause(look_up);
        pthread_mutex_unlock(&look_up->mutex);
        output_idle();
        pthread_mutex_lock(&look_up->mutex);
    }
    int result = look_up->is_done ? look_up->result : EAI_AGAIN;
    bool is_mine = look_up->is_done;
    look_up->is_abandoned = !is_mine; /* then the thread frees it */
    pthread_mutex_unlock(&look_up->mutex);
    if (is_mine)
        free(look_up);
    return result;
}

int mqtt_resolve(const char *host, int64_t deadline) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *found = NULL;
    if (getaddrinfo(host, NULL, &hints, &found) == 0) {
        freeaddrinfo(found);
        return 0;
    }
    struct look_up *look_up = must(calloc(1, sizeof *look_up));
    pthread_mutex_init(&look_up->mutex, NULL);
    pthread_cond_init(&look_up->change, NULL);
    if (strlen(host) >= sizeof look_up->host) {
        free(look_up);
        return EAI_NONAME;
    }
    strcpy(look_up->host, host);
    pthread_t thread;
    if (pthread_create(&thread, NULL, look_up_run, look_up) != 0) {
        free(look_up);
        return EAI_MEMORY;
    }
    pthread_detach(thread);
    return look_up_wait(look_up, deadline);
}

static int probe_address(const struct addrinfo *address, int wait_ms) {
    int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
    socklen_t size = sizeof error;
    if (descriptor < 0)
        return errno;
    if (connect(descriptor, address->ai_addr, address->ai_addrlen) != 0) {
        struct pollfd waiting = {descriptor, POLLOUT, 0};
        error = errno;
        if (error == EINPROGRESS && poll(&waiting, 1, wait_ms) < 1)
            error = ETIMEDOUT;
        else if (error == EINPROGRESS)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    close(descriptor);
    return error;
}

int mqtt_probe(const char *host, unsigned port, int wait_ms) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return EHOSTUNREACH;
    const struct addrinfo *address = found; /* paho takes the first of IPv4, else the last */
    while (address->ai_family != AF_INET && address->ai_next != NULL)
        address = address->ai_next;
    int error = probe_address(address, wait_ms);
    freeaddrinfo(found);
    return error;
}
