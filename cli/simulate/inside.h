/* Between the files of simulate; kinds need simulate/simulate.h only. */
#ifndef CLI_SIMULATE_INSIDE_H
#define CLI_SIMULATE_INSIDE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/queue.h>

#include "simulate/faults.h"
#include "simulate/simulate.h"

struct run;
struct run_device;

enum sim_fault {
#define FAULT_ID(id, name, meaning) FAULT_##id,
    SIM_FAULTS(FAULT_ID)
#undef FAULT_ID
        FAULT_COUNT
};

struct sim_faults {
    double rates[FAULT_COUNT]; /* 0..1 */
    uint64_t counts[FAULT_COUNT];
    unsigned short random[3];
};

/* Reads "late=0.1,duplicate"; false after an error on stderr. */
bool faults_read(struct sim_faults *faults, const char *text);

/* Whether a fault falls on the message at hand; it is counted. */
bool faults_fall(struct sim_faults *faults, enum sim_fault fault);

/* It fell where there is nothing to falsify. */
void faults_take_back(struct sim_faults *faults, enum sim_fault fault);

/* Falsifies the bytes of a message in place: garbage, null, half, as it falls. *bytes were allocated. */
void faults_spoil(struct sim_faults *faults, uint8_t **bytes, size_t *size);

/* "late 3, duplicate 1": the faults that were asked for, and how many there were. */
void faults_tell(const struct sim_faults *faults, char *out, size_t size);

/* A message that waits: for its time, or for room. */
struct sim_packet {
    STAILQ_ENTRY(sim_packet) next;
    struct run_device *device;
    int64_t due; /* of a late one */
    char *topic; /* NULL: none */
    uint8_t *bytes;
    size_t size;
};

STAILQ_HEAD(sim_packets, sim_packet);

void packet_free(struct sim_packet *packet);

struct sim_transport {
    /* Connects, and starts each device when its messages can come. EXIT_OK, or the code after an error on stderr. */
    int (*open)(struct run *run);
    /* Sends a packet, which it takes over. */
    void (*send)(struct run *run, struct sim_packet *packet);
    /* Where messages come from, for the line that says that all is ready; without it the transport prints that. */
    const char *(*place)(const struct run *run);
    /* Lets go of the connections. Also after an `open` that failed. */
    void (*close)(struct run *run);
};

struct run_device {
    struct sim_device device; /* first */
    struct event timer;
    int64_t armed;    /* the time that it is set to */
    void *connection; /* the transport's own */
};

struct run {
    struct sim sim; /* first */
    struct event_base *base;
    struct run_device *devices;
    struct run_device **by_name; /* sorted */
    size_t device_count;
    char *states;
    struct sim_faults faults;
    struct sim_packets late; /* in the order of their time */
    struct event late_timer;
    unsigned late_ms;
    int64_t clock_offset; /* from the monotonic clock to that of the devices */
    void *connection;     /* the transport's own */
    int code;
    uint64_t received, for_nobody, stale, refused, sent, lost, gaps;
};

/* A device can receive now. */
void run_start(struct run_device *device);

/* A message came for one device, or for whom the kind says it is. */
void run_deliver(struct run *run, struct run_device *device, const struct sim_message *message);
void run_dispatch(struct run *run, const struct sim_message *message);

/* Ends the run with this code. */
void run_end(struct run *run, int code);

#endif
