/* Stands in for two functions of the C library, which paho calls: the linker takes a program's own function first.
 * Other threads notice nothing; a paho that waits otherwise would be slow, and its sockets would keep their delays:
 * test/live/traffic.sh measures. */
#define _GNU_SOURCE /* ppoll */
#include "mqtt/waits.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "mqtt/socket.h"

static atomic_int short_naps, short_polls, shortest_polls;
static _Atomic(bool (*)(int)) ask_is_new;

enum { SHORTEST_POLLS = 100, SHORTEST_POLL_US = 100, SHORT_POLL_MS = 1 };

void mqtt_naps_short(void) {
    atomic_fetch_add(&short_naps, 1);
}

void mqtt_naps_long(void) {
    atomic_fetch_sub(&short_naps, 1);
}

void mqtt_polls_short(bool (*is_new)(int descriptor)) {
    atomic_store(&ask_is_new, is_new);
    atomic_store(&shortest_polls, SHORTEST_POLLS);
    atomic_fetch_add(&short_polls, 1);
}

void mqtt_polls_long(void) {
    atomic_fetch_sub(&short_polls, 1);
}

/* paho names its threads before they wait for anything. */
static bool is_receiving_thread(void) {
    static _Thread_local enum { UNKNOWN, OTHER, RECEIVING } thread;
    char name[16] = "";
    if (thread == UNKNOWN)
        thread = prctl(PR_GET_NAME, name) == 0 && strcmp(name, "MQTTAsync_rcv") == 0 ? RECEIVING : OTHER;
    return thread == RECEIVING;
}

int usleep(unsigned microseconds);
int usleep(unsigned microseconds) {
    enum { NAP_US = 100000, SHORT_NAP_US = 200, SECOND_US = 1000000 };
    if (microseconds == NAP_US && atomic_load(&short_naps) > 0 && is_receiving_thread())
        microseconds = SHORT_NAP_US;
    return nanosleep(&(struct timespec){microseconds / SECOND_US, microseconds % SECOND_US * 1000}, NULL);
}

/* Before each poll for input paho asks which sockets can be written to. Where a new connection is among them, it has
 * something to do at once. */
static bool is_one_new(const struct pollfd *descriptors, nfds_t count) {
    bool is_new = false;
    for (nfds_t i = 0; i < count; i++)
        is_new |= (descriptors[i].revents & POLLOUT) != 0 && atomic_load(&ask_is_new)(descriptors[i].fd);
    return is_new;
}

static struct timespec short_wait(void) {
    const bool is_shortest = atomic_fetch_sub(&shortest_polls, 1) > 0;
    return (struct timespec){0, is_shortest ? SHORTEST_POLL_US * 1000 : SHORT_POLL_MS * 1000000};
}

static void acknowledge(const struct pollfd *descriptors, nfds_t count) {
    for (nfds_t i = 0; i < count; i++) {
        if ((descriptors[i].revents & POLLIN) != 0)
            mqtt_socket_acknowledge(descriptors[i].fd);
    }
}

int poll(struct pollfd *descriptors, nfds_t count, int timeout) {
    enum { SECOND_MS = 1000 };
    static _Thread_local bool hurries; /* until the next poll for input */
    const bool is_paho = is_receiving_thread(), is_watched = is_paho && timeout >= 0 && atomic_load(&short_polls) > 0;
    struct timespec left = {timeout / SECOND_MS, timeout % SECOND_MS * 1000000};
    if (timeout > 0 && hurries)
        left = (struct timespec){0, 0};
    else if (timeout > 0 && is_watched)
        left = short_wait();
    const int ready = ppoll(descriptors, count, timeout < 0 ? NULL : &left, NULL);
    if (is_paho && ready > 0)
        acknowledge(descriptors, count);
    hurries = timeout == 0 && is_watched && is_one_new(descriptors, count);
    return ready;
}
