/* Simulated devices: thousands in one process, of one kind. What a kind has to say of itself, and what it may call.
 *
 * A kind knows its protocol and keeps the state of its devices; it does no I/O and asks no clock. Messages come and go
 * through the calls below, whatever they travel over, and the faults that the user asked for fall on what is sent. All
 * of it happens in one thread.
 *
 * Times are milliseconds since the beginning of 1970 in UTC, on a clock that does not jump.
 */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "commands.h"
#include "zjiot/decode.h"

enum {
    SIM_ID_SIZE = 65, /* bytes of a device's name, with its NUL */
    SIM_DEVICES_MOST = 100000,
    SIM_POOL_MOST = 1 << 28, /* bytes that one message may need */
};

#define SIM_NEVER INT64_MAX

struct sim;
struct sim_device;

/* A message on its way. */
struct sim_message {
    const char *topic; /* MQTT; NULL elsewhere */
    const uint8_t *bytes;
    size_t size;
};

struct sim_transport;
extern const struct sim_transport sim_over_mqtt, sim_over_tcp, sim_over_line;

/* A kind of devices. Calls that are not needed are NULL, but for `name` and `start`. */
struct sim_kind {
    const char *protocol; /* its name in the library; the command line's as well */
    const struct sim_transport *transport;
    size_t state_size; /* of one device; zero when it is started */
    /* Options that not every kind has, behind the last OPTION_COUNT. Without any NULL. */
    const enum option_id *options;

    /* Once, before there are devices: options of its own, and what they share (sim->shared). EXIT_OK, or the code after
     * an error on stderr. `close` follows in any case but that. */
    int (*open)(struct sim *sim);
    void (*close)(struct sim *sim);

    /* The name of device `number`, from 0, that the user did not name. */
    void (*name)(const struct sim *sim, unsigned number, char id[SIM_ID_SIZE]);
    /* Whether a device can have the name that the user gave; else an error on stderr. May write it otherwise. */
    bool (*accept)(const struct sim *sim, char id[SIM_ID_SIZE]);
    /* Whose a message is that came over MQTT; "": everybody's. False: nobody can tell. */
    bool (*address)(const struct sim *sim, const struct sim_message *message, char ret_id[SIM_ID_SIZE]);

    /* The device begins; with TCP, each time that it is connected again. */
    void (*start)(struct sim_device *device, int64_t now);
    /* A message came. On a stream it is what was read, whole messages or not. */
    void (*receive)(struct sim_device *device, const struct sim_message *message, int64_t now);
    /* device->due has come. */
    void (*tick)(struct sim_device *device, int64_t now);
    /* The run ends in good order: what others are still to hear of the device. */
    void (*leave)(struct sim_device *device, int64_t now);
    /* Gives back what its state holds. */
    void (*stop)(struct sim_device *device);

    /* What its address has beside the number that names it, for who wants to ask it; NULL: nothing. */
    const char *(*vendor)(const struct sim *sim);

    /* The topic of messages that do not say it themselves, NUL-terminated. */
    void (*topic)(const struct sim_device *device, char topic[ZJIOT_TOPIC_SIZE]);

    /* Fault wrong-serial: gives an answer the number of another request. False: it has none. */
    bool (*forge)(struct sim_device *device, struct zjiot_message *message);
};

/* What kinds see of a run. */
struct sim {
    const struct sim_kind *kind;
    const struct zjiot_protocol *protocol;
    const struct invocation *invocation;
    struct zjiot_options options; /* for reading and writing: keys, and what the kind has added in `open` */
    struct zjiot_pool pool;       /* empty when a call of the kind begins, for what it needs until it ends */
    struct zjiot_pool scratch;    /* where bodies are encrypted */
    const char *vendor;           /* NULL: not given */
    unsigned interval_ms;         /* of reports, where the protocol does not say it; 0: the kind's usual */
    void *shared;                 /* the kind's own */
};

struct sim_device {
    struct sim *sim;
    const char *id;
    unsigned number; /* from 0 */
    int64_t due;     /* when it wants a tick; SIM_NEVER. Any call of the kind may set it. */
    void *state;
};

/* Sends a message of the kind's protocol. */
void sim_send(struct sim_device *device, struct zjiot_message *message);

/* Sends a message that the kind has filled: struct zjiot_hy_message or its like, and its member `type`. */
void sim_send_typed(struct sim_device *device, unsigned type, const void *typed, size_t size);

/* Sends bytes that are a message already; faults fall on them just so, but for wrong-serial. */
void sim_send_bytes(struct sim_device *device, const struct sim_message *message);

/* TCP: ends the connection of a device, which has no tick until it is connected again, in so many ms. */
void sim_hang_up(struct sim_device *device, int64_t ms);

/* Streams: a whole message came, for the count at the end. */
void sim_received(struct sim_device *device);

/* Says something of a device on stderr; after the first few only how often it was. What came is counted as refused. */
void sim_refuse(struct sim_device *device, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A repeatable number below `limit` for this device, such as what a period begins with; `salt` makes others. */
uint32_t sim_share(const struct sim_device *device, uint32_t salt, uint32_t limit);

/* The clock of devices: China's time, UTC+8. */
enum { SIM_ZONE_MINUTES = 480 };

struct sim_local {
    int year, month, day; /* 1..12, 1..31 */
    int year_day;         /* from 1 */
    int minute;           /* of the day, 0..1439 */
};
void sim_local(int64_t now, struct sim_local *ret_local);

enum { SIM_MINUTE_MS = 60000 };

/* When the next minute begins. */
int64_t sim_next_minute(int64_t now);

/* The sun at a place, in degrees. */
struct sim_sun {
    int sunrise, sunset; /* minute of the day; where it does not rise or set that day, 0 and 1439 or 720 and 720 */
    double height;       /* above the horizon now, in degrees */
};
void sim_sun(double longitude, double latitude, const struct sim_local *local, struct sim_sun *ret_sun);

/* Whether a device can have that name where it is a level of the topics. */
bool sim_is_level(const char *id);

/* sim_kind.address where the last level of the topic is the device. */
bool sim_last_level(const struct sim *sim, const struct sim_message *message, char ret_id[SIM_ID_SIZE]);

/* Reads the argument of an option, a whole number from `least` to `most`; without the option *number stays as it is.
 * False after an error on stderr. */
bool sim_number(const struct invocation *invocation, enum option_id option, unsigned long least, unsigned long most,
                unsigned long *number);

/* The protocol of each kind, by its place; NULL behind the last. */
const char *simulate_kind(size_t index);

/* The kinds; each stands in a file of its own. */
extern const struct sim_kind sim_zhenjiang, sim_nb, sim_hy, sim_byd, sim_m4g, sim_cjt188;

#endif
