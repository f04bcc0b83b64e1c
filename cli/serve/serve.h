/* What the parts of `serve` share: an endpoint for 4G modules on one thread and one loop of libevent.
 *
 *     module --> connection --> session --> record --> stdout
 *                    ^                        |
 *                    |                      uplink --> broker      the answer goes when the uplink is confirmed
 *                    `------- answer -----------'
 *
 * Nothing is read from a module while too much of what came before waits for its confirmation: in the connection, in
 * the server, or at the reader of stdout. */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "mqtt/broker.h"
#include "mqtt/mqtt.h"
#include "zjiot/m4g.h"

enum {
    SERVE_READ_SIZE = 65536,      /* bytes taken from a module at a time */
    SERVE_MODULE_UPLINKS = 16,    /* of a module that wait for their confirmation; then it is not read */
    SERVE_UPLINKS = 1000,         /* of all; then no module is read. The MQTT client has room for a few answers more. */
    SERVE_UPLINK_BYTES = 8 << 20, /* likewise */
    SERVE_OUTPUT_BYTES = 1 << 20, /* of records that wait for the reader of stdout, likewise */
    SERVE_OUTPUT_PART = 16384,    /* of records that are written before a round of the loop is over */
    SERVE_ANSWER_BYTES = 16384,   /* that a module does not take; then its connection is closed */
    SERVE_GARBAGE_OBJECTS = 4,    /* of the largest size: so many bytes in a row may be no message, then likewise */
    SERVE_COMMANDS = 4096,        /* that wait for the module's answer */
    SERVE_REPORT = 64,            /* deviations of a message that are kept */
    SERVE_SWEEP_MS = 250,         /* between two looks for connections whose time is up */
    SERVE_DRAIN_MS = 1200,        /* from a signal until what is not confirmed is given up */
    SERVE_LEAVE_MS = 300,         /* then, to take leave of the broker */
    SERVE_PEER_SIZE = 56,         /* "[IPv6]:port" */
};

struct serve;

/* Where modules come from. */
struct serve_address {
    unsigned count; /* of connections */
    char text[SERVE_PEER_SIZE];
};

/* Bytes of an object that is not complete, or that is not looked at yet. */
struct serve_tail {
    size_t size, capacity;
    char bytes[];
};

struct serve_connection {
    struct serve *serve;
    TAILQ_ENTRY(serve_connection) entry;
    TAILQ_ENTRY(serve_connection) held_entry; /* in serve->held */
    struct event event;
    struct zjiot_m4g_session session;
    struct serve_address *address;
    struct serve_tail *tail;  /* NULL: none */
    struct evbuffer *answers; /* that the module has not taken; NULL: none */
    uint64_t last_message;    /* ms */
    size_t garbage;           /* bytes since then that were none */
    uint32_t uplinks;         /* that wait */
    uint32_t commands;        /* that wait */
    bool is_held;             /* not read until others are done */
    bool is_full;             /* not read until its own uplinks are confirmed */
    bool is_ended;            /* the module sends no more */
    bool is_known;            /* it stands in serve->by_imei */
    char peer[SERVE_PEER_SIZE];
};

/* Of our own, for a connection that is idle: two nodes of the search trees come to it, event is the library's. */
_Static_assert(sizeof(struct serve_connection) - sizeof(struct event) + 2 * 32 <= 512, "what a connection may cost");

/* A message of a module that is not confirmed. */
struct serve_uplink {
    TAILQ_ENTRY(serve_uplink) entry;
    struct serve_connection *connection; /* NULL: gone */
    uint64_t number;                     /* in the order of arrival */
    uint64_t id;                         /* of its publish; 0: there was no room yet */
    uint64_t end;                        /* without a broker: of its record in all that goes to stdout */
    bool wants_time;                     /* the answer is the time at which it is sent */
    size_t answer_size;
    char answer[ZJIOT_M4G_ANSWER_SIZE];
    size_t payload_size;
    char *payload;
    char topic[]; /* "" without a broker */
};

/* A message to a module that was asked for. */
struct serve_command {
    TAILQ_ENTRY(serve_command) entry;
    struct serve_connection *connection; /* NULL: not sent */
    uint64_t handle;                     /* in serve->track */
    char imei[32], name[32];             /* as far as they go */
    char *id;                            /* the caller's, comes back with the answer; NULL: none */
    bool is_remote;                      /* it came over MQTT */
    char *topic;                         /* of the response; NULL: none was named */
    void *correlation;
    size_t correlation_size;
};

/* What a record's header says beside the message. */
struct serve_origin {
    uint64_t has, invalid;
    const char *imei, *peer, *time;
    const char *match; /* of an answer: to which command */
    const char *id;    /* the one given with the command */
    int64_t rtt_ms;
};

/* What the user asked for. */
struct serve_settings {
    const char *host; /* NULL: all addresses */
    unsigned port;
    unsigned connections, per_address;
    unsigned object_max;
    unsigned idle_ms, offline_ms, reply_ms;
    const char *base; /* of topics */
    bool word_values;
};

TAILQ_HEAD(serve_connections, serve_connection);
TAILQ_HEAD(serve_uplinks, serve_uplink);
TAILQ_HEAD(serve_commands, serve_command);

struct serve {
    struct serve_settings settings;
    const struct zjiot_protocol *protocol;
    struct event_base *base;
    struct evconnlistener *listener;
    struct event *sweep;
    uint64_t now;         /* ms */
    bool is_now;          /* in this round of the loop */
    bool is_accept_short; /* there was no descriptor for a connection */
    bool is_accept_held;  /* until there is room for records */

    struct serve_connections connections, held;
    unsigned connection_count;
    uint64_t connection_last; /* number given */
    void *by_imei, *by_address;
    char *buffer; /* what was read; one for all */
    struct zjiot_pool pool;
    struct zjiot_deviation deviations[SERVE_REPORT];

    struct mqtt *mqtt; /* NULL: none */
    struct event *mqtt_event, *mqtt_timer;
    int64_t mqtt_due; /* that the timer was set for */
    struct serve_uplinks uplinks;
    unsigned uplink_count;
    uint64_t uplink_last; /* number given */
    size_t uplink_bytes;
    struct serve_uplink *unpublished; /* the first that waits for room; NULL: none */

    struct serve_commands commands;
    struct zjiot_track track;
    void *track_memory;
    struct event *input; /* stdin; NULL: at its end */
    struct evbuffer *input_bytes;
    bool is_line_long; /* the rest of a line is passed over */

    struct evbuffer *output;
    uint64_t output_begun, output_ended; /* bytes written, and those that are to be */
    int output_descriptor;
    struct event *output_event; /* NULL: it never waits */
    bool is_output_shared;      /* a write may wait */
    bool is_output_lost;
    bool is_clock; /* clock_text is that of this round of the loop */
    int64_t clock_second;
    char clock_text[32];

    struct event *signals[2];
    bool is_stopping, is_done;
    int exit_code;
    uint64_t stop_until; /* ms */
    struct event *stop_timer;
};

/* serve/serve.c */
uint64_t serve_now(struct serve *serve);
void serve_stop(struct serve *serve, int exit_code); /* ends when what waits is done, or after a while */

/* serve/records.c: what goes to stdout. */
void records_open(struct serve *serve);
void records_close(struct serve *serve);
void records_write(struct serve *serve);
void records_lost(struct serve *serve, int error); /* they cannot be written any more, as errno says */
bool records_are_full(const struct serve *serve);
/* A message, or an object that is none; `command` is the one that it answers, or NULL. */
void records_message(struct serve_connection *connection, const struct zjiot_m4g_event *event, const char *bytes,
                     const struct zjiot_report *report, const struct serve_command *command);
/* Something else that happened. `connection` and `imei` may be NULL. Takes over `more`, the members behind the header;
 * NULL: none. The record is ok when there is no "error" among them. Returns its text, without a line end, to be freed.
 */
char *records_event(struct serve *serve, const struct serve_connection *connection, const char *imei, const char *name,
                    json_t *more);
/* The member "error". */
json_t *records_error(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* serve/modules.c: connections. */
int modules_listen(struct serve *serve);
void modules_end(struct serve *serve);
void modules_sweep(struct serve *serve);
void modules_resume(struct serve *serve);
bool modules_can_resume(const struct serve *serve); /* some are held back, but no longer need to be */
struct serve_connection *modules_find(struct serve *serve, const char *imei);
/* Sends, or keeps what the module does not take yet. False: the connection is gone, and freed. */
bool modules_send(struct serve_connection *connection, const char *bytes, size_t size);
/* One of its uplinks is confirmed. */
void modules_confirmed(struct serve_connection *connection);

/* serve/uplinks.c: what waits for a confirmation. */
int uplinks_open(struct serve *serve, const struct broker *broker);
void uplinks_close(struct serve *serve);
bool uplinks_are_full(const struct serve *serve);
void uplinks_add(struct serve_connection *connection, const struct zjiot_m4g_event *event, const char *bytes);
void uplinks_forget(const struct serve_connection *connection); /* it is gone */
void uplinks_settle(struct serve *serve);

/* serve/commands.c: messages to modules. */
int commands_open(struct serve *serve);
void commands_close(struct serve *serve);
void commands_take(struct serve *serve, const struct mqtt_message *message);
void commands_expire(struct serve *serve);
/* The command that a message of the module answers; NULL: none that is open. */
struct serve_command *commands_answered(const struct zjiot_m4g_event *event);
/* Passes the answer on, and ends the command. */
void commands_finish(struct serve *serve, struct serve_command *command, const char *answer, size_t size);
/* Nobody waits for the answers any more: of a connection that is gone, or NULL, of all. */
void commands_give_up(struct serve *serve, const struct serve_connection *connection, const char *why);

#endif
