/* What paho does not do for its sockets. */
#ifndef CLI_MQTT_SOCKET_H
#define CLI_MQTT_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* paho's connection to a broker: a descriptor of our own for it, which stays when paho closes its. */
struct mqtt_socket {
    int descriptor; /* -1: not found yet */
    uint16_t local_port;
};

/* Takes a descriptor of paho's, when it is a connection to `port` that is made and none of the `count` others has. Sets
 * TCP_NODELAY, which paho forgets. */
bool mqtt_socket_take(int descriptor, unsigned port, struct mqtt_socket *const *others, size_t count,
                      struct mqtt_socket *ret_socket);

/* Closes our descriptor, if there is one. */
void mqtt_socket_forget(struct mqtt_socket *found);

/* Acknowledges what has come on this descriptor at once, where the kernel waits up to 40 ms for something to send
 * along. A broker with Nagle's algorithm, which mosquitto has unless told, sends nothing more until then. Lasts until
 * the kernel thinks better of it. */
void mqtt_socket_acknowledge(int descriptor);

/* Ends the connection; paho notices at once. */
void mqtt_socket_cut(const struct mqtt_socket *found);

/* Bytes that the peer sent so far. */
uint64_t mqtt_socket_received(const struct mqtt_socket *found);

/* Whether the peer, or the way to it, broke the connection off: neither side ended it. */
bool mqtt_socket_was_reset(const struct mqtt_socket *found);

/* The name as addresses: 0, or a code of getaddrinfo; EAI_AGAIN when the deadline passed. */
int mqtt_resolve(const char *host, int64_t deadline);

/* Why a TCP connection cannot be made: an errno, ETIMEDOUT when `wait_ms` passed, 0 when it can. */
int mqtt_probe(const char *host, unsigned port, int wait_ms);

#endif
