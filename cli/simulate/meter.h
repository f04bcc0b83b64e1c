/* A meter that speaks CJ/T 188 and keeps state: it counts, moves its valve, has tables and a calendar.
 *
 * It does no I/O. Times are those of simulate/simulate.h, and so is the zone of its clock until that is set.
 */
#ifndef CLI_SIMULATE_METER_H
#define CLI_SIMULATE_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/cjt188.h"

/* Types of devices. */
enum {
    SIM_METER_WATER = 0x10,
    SIM_METER_HEAT = 0x20,
    SIM_METER_HY_VALVE = 0x53,    /* household valve, kind 2008 */
    SIM_METER_HY_BUILDING = 0x55, /* building meter with valve, kind 2034 */
};

enum { SIM_METER_MONTHS = 12 };

struct sim_meter {
    uint8_t type;
    uint8_t address[ZJIOT_CJT188_ADDRESS_SIZE];
    uint8_t settlement_day, reading_day, price_day;
    uint8_t key_version, purchase_sequence;
    int64_t shift;          /* s that its clock is ahead of UTC */
    int64_t since;          /* ms: the state is that of then */
    int64_t period;         /* number of the month that its calendar is in, from settlement day to settlement day */
    double counted;         /* m3 or kWh; of meters for heat the heat in kWh */
    double volume;          /* m3; of meters for heat */
    double rate;            /* m3/h or kW while the valve is open */
    double opening, target; /* of the valve, % */
    double settled[1 + SIM_METER_MONTHS]; /* `counted` on the last settlement day, then on those before */
    double purchase, purchased, left;     /* CNY */
    double prices[3];                     /* CNY */
    double steps[2];                      /* m3 up to which the first two prices hold */
};

/* Whether there are meters of that type: 10 to 4F, or those of HY. */
bool sim_meter_has_type(unsigned type);

/* A meter of such a type that has been in use for some years. How much it has counted comes from its number, which has
 * up to 10 digits, HY's 8. `vendor` has up to 4 digits; HY devices have one of their own. Returns 0; TYPE, LENGTH: they
 * are no such digits. */
int sim_meter_init(struct sim_meter *meter, uint8_t type, const char *number, const char *vendor, int64_t now,
                   struct zjiot_error *reterr_error);

/* Lets it work until now. */
void sim_meter_advance(struct sim_meter *meter, int64_t now);

/* Takes a frame from the line. When it is a request for this meter (at its address, or one with wildcards in it, and
 * for a type of its class) it does what is asked for and makes the answer, an abnormal one when it cannot. False: it
 * stays silent. */
bool sim_meter_answer(struct sim_meter *meter, const uint8_t *frame, size_t size, int64_t now,
                      struct zjiot_cjt188_message *ret_answer);

/* The readings, as the answer to a request with that number. */
void sim_meter_read(const struct sim_meter *meter, uint8_t ser, struct zjiot_cjt188_message *ret_answer);

#endif
