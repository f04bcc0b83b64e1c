/* Between the files of the simulated Zhenjiang devices. */
#ifndef CLI_SIMULATE_ZHENJIANG_H
#define CLI_SIMULATE_ZHENJIANG_H

#include "simulate/simulate.h"
#include "zjiot/zhenjiang.h"

enum {
    SWITCHES_MOST = 8, /* that getRuntime can show */
    LOOPS_MOST = 48,   /* likewise */
    PHASES = 3,
    VALVES = 4,
};

/* What is set as a whole and read back as a whole. */
enum setting {
    SETTING_COMM,
    SETTING_TIMETABLE,
    SETTING_LEAKAGE,
    SETTING_LOOPS,
    SETTING_RUNNING,
    SETTING_DIMMING,
    SETTINGS,
    NO_SETTING = -1,
};

struct contactor {
    uint8_t level;         /* 0 off, 100 on, 1..99 dimmed */
    uint8_t reason;        /* enum zjiot_zhenjiang_switch_reason */
    uint8_t leakage_level; /* of the alarm that is raised */
    bool tripped;
    uint32_t decided; /* by which action of which day; 0: none */
};

/* The four valves at a Modbus address. */
struct valves {
    uint8_t address;
    uint8_t degrees[VALVES];
};

/* An order to upgrade that was taken. */
struct upgrade {
    int64_t due, started;
    struct zjiot_zhenjiang_message order; /* its texts are in `texts` */
    struct zjiot_pool texts;
    char version[64];
};

/* A device. */
struct post {
    char *settings[SETTINGS]; /* bodies in JSON, as they were set; NULL: the factory's */
    struct contactor contactors[SWITCHES_MOST];
    double active[PHASES], reactive[PHASES]; /* kWh, kvarh */
    float loop_energy[LOOPS_MOST];           /* kWh */
    uint64_t over_current, under_current;    /* alarms that are raised, bit n: the loop at place n */
    uint8_t over_voltage, under_voltage;     /* bit n: phase n */
    bool out_of_service;
    bool restarts; /* not only its connection */
    int64_t clock_offset;
    int64_t counted; /* until when energy is */
    int64_t returns; /* when it is online again; 0: it is */
    int64_t heartbeat_due, data_due, lux_due;
    struct valves *valves;
    size_t valves_count;
    struct upgrade *upgrade;
    char version[64]; /* "": the factory's */
};

/* What all devices share. */
struct city {
    int64_t modules; /* sum of enum zjiot_zhenjiang_dev_attr */
    int64_t format;
};

/* A call of the kind, for one device. Everything it makes is in the pool until it ends. */
struct call {
    struct sim_device *device;
    struct post *post;
    const struct city *city;
    struct zjiot_pool *pool;
    int64_t now;
    const union zjiot_zhenjiang_data *settings[SETTINGS]; /* those that were looked at */
};

struct call call_begin(struct sim_device *device, int64_t now);

/* Zeroed memory in the call's pool; ends the process when there is none. */
void *call_take(const struct call *call, size_t size);

/* Of the device's own clock. */
int64_t call_clock(const struct call *call);

/* --- Settings --- */

/* What is set, or what the factory has set. */
const union zjiot_zhenjiang_data *setting_get(struct call *call, enum setting setting);

/* Keeps the data of a setX. NULL, or why they are refused. */
const char *setting_put(struct call *call, enum setting setting, const struct zjiot_zhenjiang_message *message);

void settings_forget(struct post *post);

/* The command that sets it. */
enum zjiot_zhenjiang_message_type setting_command(enum setting setting);

/* Copies every member that both records have, by its key. */
void copy_members(const struct call *call, const struct zjiot_record *to, void *target, const struct zjiot_record *from,
                  const void *source);

/* --- The device --- */

/* How many contactors it has. */
size_t model_switches(struct call *call);

/* Energy up to now; whatever changes comes after it. */
void model_count(struct call *call);

/* Power comes: contactors go to what setDimmingParam says. */
void model_power_on(struct call *call);

/* Lets the timetable switch, and raises and clears alarms. */
void model_follow(struct call *call);

/* The loop of a contactor, or its own number; and the contactor of a loop, or NULL. */
int64_t model_loop_of(struct call *call, int64_t switch_id);
struct contactor *model_contactor_of_loop(struct call *call, int64_t loop_id);

/* Clears the leakage alarm or the trip of a loop (enum zjiot_zhenjiang_recover_action), and tells it. */
void model_recover(struct call *call, int64_t loop_id, int64_t action);

/* As it is shown: 0, 10..100. */
int64_t model_level(const struct contactor *contactor);

/* Two places behind the point. */
double model_rounded(double value);

void model_runtime(struct call *call, struct zjiot_zhenjiang_runtime *ret_runtime);
void model_leakage(struct call *call, struct zjiot_zhenjiang_get_leakage_data_reply *ret_data);
double model_lux(struct call *call);

/* --- Messages --- */

/* Sends a message; the topic, the device and its modules are filled in. */
void post_send(const struct call *call, const struct zjiot_zhenjiang_message *message);
void post_heartbeat(const struct call *call);

/* The period of reports began anew. */
void post_plan(struct call *call);

/* Carries out a command. NULL: done; else why not. *reply has status done and no data; `is_answered` says that it was
 * sent, and others perhaps, already. */
const char *command_run(struct call *call, const struct zjiot_zhenjiang_message *request,
                        struct zjiot_zhenjiang_message *reply, bool *ret_is_answered);

/* Whether a device with these modules has the command. */
bool command_exists(enum zjiot_zhenjiang_message_type type, int64_t modules);

/* What follows when the answer is on its way: reset. */
void command_finish(struct call *call, const struct zjiot_zhenjiang_message *request);

/* The upgrade is done. */
void command_upgraded(struct call *call);
void upgrade_free(struct post *post);

#endif
