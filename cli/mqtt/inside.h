/* What the parts of the MQTT client share. `mutex` guards everything that paho's threads touch; it is never held during
 * a call into paho. */
#ifndef CLI_MQTT_INSIDE_H
#define CLI_MQTT_INSIDE_H

#include <MQTTAsync.h>
#include <pthread.h>

#include "mqtt/mqtt.h"
#include "mqtt/socket.h"
#include "mqtt/tls.h"
#include "mqtt/waits.h"

/* What paho's threads have to say, in the order in which it happened. */
enum entry_kind { ENTRY_CONNECTED, ENTRY_LOST, ENTRY_ATTEMPT_FAILED, ENTRY_MESSAGE, ENTRY_OUTCOME };

struct entry {
    struct entry *next;
    enum entry_kind kind;
    struct mqtt_message message; /* MESSAGE: in `memory` */
    char *memory;
    struct slot *slot; /* OUTCOME */
    int reason;        /* LOST: what the broker said, 0: nothing */
};

enum slot_state {
    SLOT_FREE,
    SLOT_WAITING,   /* for the connection, or for the window */
    SLOT_SENT,      /* paho has it */
    SLOT_ENDED,     /* its outcome is in the list, or with the user */
    SLOT_ABANDONED, /* which is over, but paho still has it */
};

/* A publish. */
struct slot {
    struct mqtt *client;
    enum slot_state state;
    struct entry entry;
    struct slot *next; /* of the free, or of the waiting ones */
    bool is_with_paho; /* its callback will come */
    uint64_t id;
    int64_t deadline;
    struct mqtt_message message; /* in `memory` */
    char *memory;
    enum mqtt_event_kind outcome;
    int reason; /* REFUSED, LOST: a reason code, or an error of paho's */
};

enum attempt { ATTEMPT_NONE, ATTEMPT_RUNS, ATTEMPT_SUCCEEDED, ATTEMPT_FAILED };
enum subscription { SUBSCRIPTION_NONE, SUBSCRIPTION_ASKED, SUBSCRIPTION_GRANTED, SUBSCRIPTION_REFUSED };

/* How an attempt to connect ended. */
struct attempt_end {
    int code; /* a reason code, or an error of paho's */
    bool has_socket;
    bool was_reset;
    uint64_t received;
    struct mqtt_tls_end tls;
};

struct mqtt {
    struct mqtt *next_client; /* all of the process */
    const struct mqtt_settings *settings;
    char label[300]; /* "HOST:PORT" */
    char uri[310];
    MQTTAsync handle;
    bool speaks_5;
    bool asks_in_tls_12;
    bool is_main_inside; /* the main thread may wait for paho, so paho must not wait for it */
    bool is_closing;

    pthread_mutex_t mutex;
    pthread_cond_t room;
    int signal; /* eventfd: the list is not empty, or something has changed */
    bool is_signal_due;
    struct entry *first, **last;
    size_t messages; /* in the list */

    struct mqtt_socket socket; /* not under `mutex`: mqtt/connect.c */
    bool wants_socket;         /* likewise: the attempt runs, and has none yet */
    bool is_connected;
    bool is_resumed;   /* the broker had a session of ours */
    bool is_announced; /* mqtt_open has returned; what comes is an event */
    enum attempt attempt;
    struct attempt_end end;
    bool tells_subscription; /* its outcome is an event */

    enum subscription subscription;
    size_t subscriptions_open; /* not yet answered */
    int subscription_reason;   /* of the first that was refused; 0: none */

    int64_t messages_at[2]; /* when the last two were handed out */

    struct entry *held; /* the message that the user of the client has */
    bool is_settled;    /* late: paho may acknowledge it */
    bool is_withheld;   /* late: paho waits for that */

    struct slot slots[MQTT_PUBLISHES_MOST];
    size_t slots_used; /* the first ones, now or before */
    struct slot *free, *waiting, **waiting_last;
    size_t in_flight, window; /* QoS 1 and 2 that paho has, and may have */
    uint64_t last_id;
    int64_t slot_due; /* the earliest deadline of a slot, or earlier */

    int64_t reconnect_at; /* INT64_MAX: no attempt is planned */
    int64_t attempt_until;
    unsigned backoff;
};

/* In place of a reason code; paho's errors are above. */
enum { REASON_DEADLINE = -1000, REASON_DEADLINE_UNSENT = -1001, REASON_DROPPED = -1002, REASON_TOPIC = -1003 };

/* mqtt/events.c: paho's callbacks. */
void events_unlock(struct mqtt *client);                    /* the mutex, and signals when something has happened */
void events_take_signal(struct mqtt *client);               /* with the mutex */
void events_push(struct mqtt *client, struct entry *entry); /* with the mutex */
struct entry *events_pop(struct mqtt *client);              /* with the mutex; NULL: none */
void events_free(struct entry *entry);
void events_slot_ends(struct slot *slot, enum mqtt_event_kind outcome, int reason); /* with the mutex */
void events_attach(struct mqtt *client, MQTTAsync handle);
void events_for_connect(struct mqtt *client, MQTTAsync_connectOptions *options);
void events_for_publish(struct slot *slot, MQTTAsync_responseOptions *options);
void events_take_leave(struct mqtt *client, int64_t deadline);

/* mqtt/mqtt.c: a message with all that it points to in memory of its own, which is returned. */
char *copy_message(const struct mqtt_message *message, struct mqtt_message *ret_copy);

/* mqtt/connect.c: attempts to connect. */
void attempt_register(struct mqtt *client);
int attempt_first(struct mqtt *client, int64_t deadline, struct mqtt_failure *reterr_failure);
bool attempt_start(struct mqtt *client, int64_t deadline);
void attempt_done(struct mqtt *client);
bool attempt_has_socket(struct mqtt *client, uint64_t *ret_received);
bool attempt_was_reset(struct mqtt *client);
void attempt_cut(struct mqtt *client);
void attempt_explain(const struct mqtt *client, const struct attempt_end *end, int probe_ms,
                     struct mqtt_failure *ret_failure);
void wait_for_events(struct mqtt *client, int64_t deadline);
int64_t earlier(int64_t a, int64_t b);

/* mqtt/reason.c: sentences. */
int fail(struct mqtt_failure *ret_failure, enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void reason_of_connack(const struct mqtt *client, int reason, struct mqtt_failure *ret_failure);
void reason_of_subscription(const struct mqtt *client, int reason, struct mqtt_failure *ret_failure);
void reason_of_publish(const struct mqtt *client, const struct slot *slot, struct mqtt_failure *ret_failure);
void reason_of_loss(const struct mqtt *client, int reason, struct mqtt_failure *ret_failure);

#endif
