/* What the files of send share: requests over MQTT, each with the replies that belong to it. */
#ifndef CLI_SEND_H
#define CLI_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "build.h"
#include "mqtt/broker.h"
#include "mqtt/mqtt.h"
#include "mqtt/wire.h"
#include "reading.h"
#include "zjiot/decode.h"
#include "zjiot/hy.h"
#include "zjiot/nb.h"
#include "zjiot/track.h"

enum {
    SEND_OPERANDS_SPARE = 8,     /* that a protocol adds */
    SEND_OPERAND_SIZE = 1200,    /* bytes of one of those */
    SEND_KEY_SIZE = 512,         /* of a request in the table: device, command and number */
    SEND_CONCURRENCY = 50,       /* requests at a time, unless asked for otherwise */
    SEND_CONCURRENCY_MOST = 512, /* and at the most */
    SEND_WHY_SIZE = MQTT_FAILURE_SIZE + 200,
};

enum send_format { SEND_JSON, SEND_JSONL, SEND_TEXT }; /* in the order of --output */

/* Room for the parts of a key that the message does not hold as they are. */
struct send_room {
    struct zjiot_hy_key hy;
    struct zjiot_nb_key nb;
};

/* A reply that belongs to no request that waits. */
struct send_stray {
    char id[100];  /* what it is an answer of, " (serial_id 5)"; "": it does not say */
    char why[300]; /* why it can be no answer to anything; "": it can */
};

struct send;

/* What send needs to know of a protocol: a row of send_protocols. */
struct send_protocol {
    const char *name;
    const char *who;           /* that answers, "the gateway" */
    const char *whose;         /* answer confirms what was accepted, "the meter's" */
    const char *device_member; /* of the message; NULL: the topic says the device */
    const char *id_member;     /* by which an answer names its request; NULL: none does */
    bool has_answers;          /* false: done when the broker has it */
    bool has_own_topics;       /* what comes there is from the device that was asked */
    /* Replaces what only send knows by what the message has. There is room for SEND_OPERANDS_SPARE more. An exit code.
     */
    int (*expand)(struct send *send, char **operands, size_t *count);
    /* Numbers a message that has no number. */
    void (*number)(struct zjiot_message *message, struct zjiot_pool *pool);
    /* What of the topics is known; the device is. */
    void (*narrow)(const struct send *send, const struct zjiot_message *message, struct wire *wire);
    /* A message that is too long goes in parts: how many there are, after an error on stderr 0. `take_part` makes the
     * message that part. */
    size_t (*split)(struct send *send);
    void (*take_part)(struct send *send, size_t part);
    /* As in zjiot/track.h. The deadline is NEVER where the document has none. */
    int (*request)(const struct send *send, const struct zjiot_message *message, uint64_t now, struct send_room *room,
                   struct zjiot_track_request *ret_request, struct zjiot_error *reterr_error);
    size_t (*replies)(const struct send *send, const struct zjiot_message *message);
    int (*reply)(const struct send *send, const struct zjiot_message *message, size_t index, struct send_room *room,
                 struct zjiot_track_reply *ret_reply, struct zjiot_error *reterr_error);
    /* Whether reply `index` says that it failed. *ret_why: why, or what is odd about a reply that does not; "":
     * nothing.
     */
    bool (*has_failed)(const struct send *send, const struct result *result, size_t index, char *ret_why, size_t size);
    /* What a reply is that is not taken. */
    void (*name_stray)(const struct send *send, const struct result *result, size_t index,
                       const struct zjiot_track_reply *reply, struct send_stray *ret_stray);
    /* What a message says that is no reply; "": nothing. */
    const char *(*remark)(const struct zjiot_message *message);
};

/* NULL: the protocol has no requests over MQTT. */
const struct send_protocol *send_protocol_find(const struct zjiot_protocol *protocol);

/* A request under way. */
struct send_request {
    const char *device; /* NULL: the slot is free */
    uint64_t handle;    /* in the table */
    uint64_t first_id;  /* of its publishes */
    size_t publishes;   /* how many there are */
    size_t unconfirmed; /* of them */
    bool is_lost;       /* at least one of them, perhaps */
    bool is_lapsed;     /* in the table; the outcome of a publish is awaited */
    bool is_accepted;   /* two stages: the first is done */
    bool has_failed;    /* a reply said so */
    bool is_told;       /* its outcome is printed, which may be the end of the process */
    unsigned answers;   /* that came */
    unsigned awaited;   /* in all, ZJIOT_TRACK_MANY: nobody knows */
    int64_t sent;       /* times of mqtt_now */
    int64_t deadline;
    int64_t settled;         /* when no more answers are expected; INT64_MAX: not yet */
    double sent_at;          /* ms of a finer clock */
    double confirmed_ms;     /* after that, by the broker */
    double answered_ms;      /* after that, the latest answer */
    char why[SEND_WHY_SIZE]; /* what a failed reply, or the broker, said */
    char *records;           /* that are printed with the outcome, with commas between */
    size_t records_size;
};

struct send {
    const struct send_protocol *row;
    struct invocation invocation; /* with the operands that the builder takes */
    char operands[SEND_OPERANDS_SPARE][SEND_OPERAND_SIZE];
    size_t operand_count;
    char *device_operand; /* the one that says the device, or NULL */
    struct builder builder;
    void *parts; /* of a split message, in the builder's pool */
    struct broker broker;
    struct mqtt *client;

    bool is_many; /* --device-file */
    bool is_broadcast;
    bool takes_guesses;
    bool is_timeout_given;
    char meter[ZJIOT_HY_METER_DIGITS + 1]; /* "": none */
    unsigned settle_ms;
    size_t concurrency; /* of `requests` */

    char **devices;
    size_t device_count, device_room;
    size_t next; /* of them, to be sent to */
    size_t open; /* requests */
    size_t done;
    size_t outcomes[EXIT_PARTLY]; /* how many of them by exit code */
    struct send_request *requests;

    struct wire_filter *filters;
    const char **filter_texts;
    size_t filter_count;

    int64_t start, deadline; /* of all that comes before the first request; of it as well when there is only one */
    struct zjiot_track track;
    uint64_t *track_memory;
    struct reading *reading;
    bool is_retained;  /* the message that came */
    size_t unreadable; /* messages that came where only answers come */
    char unreadable_why[ZJIOT_TEXT_SIZE];
};

/* send/request.c: what is sent. All return EXIT_OK or an exit code after an error on stderr. */
int send_devices_read(struct send *send);
int send_operands_make(struct send *send, const struct invocation *invocation);
int send_check_all(struct send *send); /* every request could be written; makes the filters */
int send_build(struct send *send, const char *device, struct zjiot_track_request *ret_request, struct send_room *room);
int send_part(struct send *send, size_t part, size_t parts, struct zjiot_input *ret_frame);
void send_requests_free(struct send *send);

/* send/exchange.c: connects, sends and takes replies; the exit code. */
int send_exchange(struct send *send);

/* send/report.c: what is said of it. */
double send_clock(void); /* ms */
void send_print_reply(struct send *send, struct send_request *request, const struct result *result, const char *stage,
                      bool is_guessed);
void send_keep_sent(struct send *send, struct send_request *request); /* what was built last is shown once it is done */
void send_print_outcome(struct send *send, const struct send_request *request, int code, const char *why);
int send_explain_timeout(const struct send *send, const struct send_request *request, char *why, size_t size);
void send_sum_up(const struct send *send);
void send_tell_interrupt(const struct send *send);

#endif
