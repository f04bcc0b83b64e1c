/* A connection to an MQTT broker, over paho's asynchronous client.
 *
 * All calls come from one thread. What happens is told as events, which mqtt_next hands out one by one; paho's own
 * threads never show. Times are milliseconds of mqtt_now; deadlines are points in that time. While a call waits, SIGINT
 * and SIGTERM end the process as they do everywhere in the tool.
 */
#ifndef CLI_MQTT_H
#define CLI_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "commands.h"

struct mqtt;

enum mqtt_version { MQTT_ANY, MQTT_5, MQTT_3_1_1 }; /* ANY: 5, or 3.1.1 when the broker does not know 5 */

enum {
    MQTT_FAILURE_SIZE = 400,
    MQTT_PUBLISHES_MOST = 1024,  /* that are under way at a time */
    MQTT_MESSAGES_MOST = 1024,   /* that wait to be taken; then the broker has to wait */
    MQTT_FILTERS_MOST = 256,     /* of one subscription */
    MQTT_RECONNECT_FIRST = 500,  /* ms before the first attempt to come back, doubled with every failure */
    MQTT_RECONNECT_MOST = 30000, /* and never more than this; each is shortened by up to a half, at random */
};

/* Everything must live until mqtt_close. */
struct mqtt_settings {
    const char *host; /* name or address, IPv6 without brackets */
    unsigned port;
    const char *user;        /* NULL: none */
    const uint8_t *password; /* NULL: none */
    size_t password_size;
    const char *client_id;
    enum mqtt_version version;
    unsigned keepalive;         /* s */
    unsigned connect_ms;        /* that one attempt to come back may take */
    unsigned session_s;         /* for so long the broker keeps what is for client_id when we are gone; 0: not at all */
    const char *const *filters; /* to subscribe to, now and after each gap */
    size_t filter_count;        /* up to MQTT_FILTERS_MOST; 0: none */
    unsigned filter_qos;
    bool use_tls;     /* and with it: */
    const char *ca;   /* PEM file; NULL: the system's authorities */
    const char *cert; /* PEM file, chain of our certificate; NULL: none */
    const char *key;  /* PEM file; NULL: within cert */
    bool is_insecure; /* accept any certificate */
    bool gives_up; /* the session: takes what the broker still has for it, but no longer subscribes; mqtt_close ends it.
                    * MQTT 3.1.1 cannot end it, but then it is empty. */
    bool gathers;  /* in a flood, more than one in a ms, messages may wait 0.2 ms for others: that saves wake-ups */
    bool settles_late; /* a message is acknowledged to the broker when the next is taken, not when it arrives. With
                        * a session, what a killed process held comes again when it is back. Such a client cannot
                        * publish. */
};

/* Why something failed: the exit code, and a sentence for the user. */
struct mqtt_failure {
    enum exit_code code;
    char text[MQTT_FAILURE_SIZE];
};

struct mqtt_message {
    const char *topic;
    const void *payload;
    size_t size;
    unsigned qos;
    bool is_retained;
    bool is_duplicate;          /* delivered before, perhaps; only in messages that arrive */
    const char *response_topic; /* MQTT 5: where the answer goes; NULL: nothing is said. Not terminated. */
    size_t response_topic_size;
    const void *correlation; /* MQTT 5: comes back with the answer; NULL: none */
    size_t correlation_size;
};

enum mqtt_event_kind {
    MQTT_CONNECTED, /* again, after a gap, with all filters */
    MQTT_GAP,       /* the connection is lost, or could not be restored; what is sent to us now is missed */
    MQTT_FAILED,    /* it will not be restored: the broker refuses us now */
    MQTT_MESSAGE,
    MQTT_PUBLISHED, /* QoS 0: written to the connection; QoS 1 and 2: acknowledged by the broker */
    MQTT_REFUSED,   /* the broker or paho refused a publish */
    MQTT_LOST,      /* nobody knows whether the broker has it (failure.code 7), or it was never sent (6) */
};

struct mqtt_event {
    enum mqtt_event_kind kind;
    struct mqtt_message message; /* MESSAGE: until the next call of mqtt_next */
    uint64_t id;                 /* PUBLISHED, REFUSED, LOST: of which publish */
    struct mqtt_failure failure; /* GAP, FAILED, REFUSED, LOST */
    bool is_resumed;             /* CONNECTED: the broker had kept our session */
    unsigned retry_ms;           /* GAP: until the next attempt */
};

int64_t mqtt_now(void);

/* Connects and subscribes. EXIT_OK, or the code that is also in *reterr_failure: 2, 5, 6, 9 or 10. When the client
 * settles late and a message comes before the broker answered SUBSCRIBE, this does not wait for the answer: then it is
 * an event, CONNECTED or FAILED. */
int mqtt_open(const struct mqtt_settings *settings, int64_t deadline, struct mqtt **ret_client,
              struct mqtt_failure *reterr_failure);

/* Sends a message, which is copied; PUBLISHED, REFUSED or LOST follows with the number returned. In a gap it waits.
 * When `deadline` passes first it is LOST. 0: there is no room; take events first. */
uint64_t mqtt_publish(struct mqtt *client, const struct mqtt_message *message, int64_t deadline);

/* The next event; false: there was none before the deadline. */
bool mqtt_next(struct mqtt *client, int64_t deadline, struct mqtt_event *ret_event);

/* For loops of their own: a descriptor that is readable when there may be events, and the time at which mqtt_next wants
 * to be called without any (INT64_MAX: never). */
int mqtt_descriptor(const struct mqtt *client);
int64_t mqtt_due(const struct mqtt *client);

/* 5 or 3.1.1. */
enum mqtt_version mqtt_version_used(const struct mqtt *client);

/* Takes leave of the broker, until the deadline at most. A message that settles late and is not settled stays the
 * broker's. paho needs up to a second to let go of its memory; the process keeps it instead. */
void mqtt_close(struct mqtt *client, int64_t deadline);

#endif
