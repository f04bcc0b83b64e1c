/* Members that are made of others: dates, and what zeros mean.
 *
 * Devices fill in zeros for what they do not measure, and nothing on the wire tells a filled-in zero from a measured
 * one. What can be known: a meter that is connected has a voltage and a frequency; where there is no voltage at all,
 * nothing that depends on it was measured; phases that are all zero beside a total that is not were not measured. All
 * other zeros may be measured, such as the current of a feeder without load. */
#include "byd/byd.h"

/* Sets or clears a derived member. */
static void set(uint64_t *bits, uint64_t bit, int64_t *member, int64_t quality) {
    *member = quality;
    *bits = quality != ZJIOT_BYD_MEASURED ? *bits | bit : *bits & ~bit;
}

/* Whether all those members were sent, and as zeros. */
static bool are_zero(uint64_t bits, uint64_t members, const double *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (values[i] != 0)
            return false;
    return (bits & members) == members;
}

static int64_t quality_if(bool zero, int64_t quality) {
    return zero ? quality : ZJIOT_BYD_MEASURED;
}

/* Returns whether there is no voltage. */
static bool derive_voltage(struct zjiot_byd_voltage *voltage) {
    const struct zjiot_byd_voltages *value = &voltage->value;
    const bool phases =
        are_zero(value->has,
                 ZJIOT_BIT(byd_voltages, phase_a) | ZJIOT_BIT(byd_voltages, phase_b) | ZJIOT_BIT(byd_voltages, phase_c),
                 (const double[]){value->phase_a, value->phase_b, value->phase_c}, 3);
    const bool lines =
        are_zero(value->has,
                 ZJIOT_BIT(byd_voltages, line_ab) | ZJIOT_BIT(byd_voltages, line_bc) | ZJIOT_BIT(byd_voltages, line_ca),
                 (const double[]){value->line_ab, value->line_bc, value->line_ca}, 3);
    set(&voltage->has, ZJIOT_BIT(byd_voltage, quality), &voltage->quality,
        quality_if(phases && lines, ZJIOT_BYD_NOT_PROVIDED));
    set(&voltage->has, ZJIOT_BIT(byd_voltage, phase_quality), &voltage->phase_quality,
        quality_if(phases && !lines, ZJIOT_BYD_NOT_PROVIDED));
    set(&voltage->has, ZJIOT_BIT(byd_voltage, line_quality), &voltage->line_quality,
        quality_if(lines && !phases, ZJIOT_BYD_NOT_PROVIDED));
    return phases && lines;
}

static void derive_power(struct zjiot_byd_power *power, int64_t quality) {
    struct zjiot_byd_active_power *active = &power->active;
    struct zjiot_byd_reactive_power *reactive = &power->reactive;
    struct zjiot_byd_apparent_power *apparent = &power->apparent;
    const uint64_t phases = ZJIOT_BIT(byd_active_powers, phase_a) | ZJIOT_BIT(byd_active_powers, phase_b) |
                            ZJIOT_BIT(byd_active_powers, phase_c); /* the rows of both powers stand alike */
    const bool no_active =
        are_zero(active->value.has, phases,
                 (const double[]){active->value.phase_a, active->value.phase_b, active->value.phase_c}, 3);
    const bool no_reactive =
        are_zero(reactive->value.has, phases,
                 (const double[]){reactive->value.phase_a, reactive->value.phase_b, reactive->value.phase_c}, 3);
    set(&active->has, ZJIOT_BIT(byd_active_power, quality), &active->quality,
        quality_if(no_active && active->value.total == 0, quality));
    set(&active->has, ZJIOT_BIT(byd_active_power, phase_quality), &active->phase_quality,
        quality_if(no_active && active->value.total != 0, ZJIOT_BYD_NOT_PROVIDED));
    set(&reactive->has, ZJIOT_BIT(byd_reactive_power, quality), &reactive->quality,
        quality_if(no_reactive && reactive->value.total == 0, quality));
    set(&reactive->has, ZJIOT_BIT(byd_reactive_power, phase_quality), &reactive->phase_quality,
        quality_if(no_reactive && reactive->value.total != 0, ZJIOT_BYD_NOT_PROVIDED));
    set(&apparent->has, ZJIOT_BIT(byd_apparent_power, quality), &apparent->quality,
        quality_if(are_zero(apparent->value.has, ZJIOT_BIT(byd_apparent_powers, total), &apparent->value.total, 1),
                   quality));
}

static void derive_system(struct zjiot_byd_system *system, int64_t quality) {
    const bool factor = are_zero(system->has, ZJIOT_BIT(byd_system, power_factor), &system->power_factor, 1);
    const bool frequency = are_zero(system->has, ZJIOT_BIT(byd_system, frequency), &system->frequency, 1);
    set(&system->has, ZJIOT_BIT(byd_system, quality), &system->quality,
        frequency ? ZJIOT_BYD_NOT_PROVIDED : quality_if(factor, quality));
}

static void derive_energy(struct zjiot_byd_energy *energy) {
    struct zjiot_byd_active_energy *active = &energy->active;
    struct zjiot_byd_reactive_energy *reactive = &energy->reactive;
    const uint64_t both = ZJIOT_BIT(byd_active_energies, forward) | ZJIOT_BIT(byd_active_energies, reverse);
    set(&active->has, ZJIOT_BIT(byd_active_energy, quality), &active->quality,
        quality_if(are_zero(active->value.has, both, (const double[]){active->value.forward, active->value.reverse}, 2),
                   ZJIOT_BYD_QUALITY_UNKNOWN));
    set(&reactive->has, ZJIOT_BIT(byd_reactive_energy, quality), &reactive->quality,
        quality_if(
            are_zero(reactive->value.has, both, (const double[]){reactive->value.forward, reactive->value.reverse}, 2),
            ZJIOT_BYD_QUALITY_UNKNOWN));
}

static void derive_metrics(struct zjiot_byd_metrics *metrics) {
    const struct zjiot_byd_currents *currents = &metrics->current.value;
    const int64_t quality = derive_voltage(&metrics->voltage) ? ZJIOT_BYD_NOT_PROVIDED : ZJIOT_BYD_QUALITY_UNKNOWN;
    const uint64_t phases =
        ZJIOT_BIT(byd_currents, phase_a) | ZJIOT_BIT(byd_currents, phase_b) | ZJIOT_BIT(byd_currents, phase_c);
    set(&metrics->current.has, ZJIOT_BIT(byd_current, quality), &metrics->current.quality,
        quality_if(are_zero(currents->has, phases,
                            (const double[]){currents->phase_a, currents->phase_b, currents->phase_c}, 3),
                   quality));
    derive_power(&metrics->power, quality);
    for (size_t i = 0; i < metrics->system_count; i++)
        derive_system(&metrics->system[i], quality);
    derive_energy(&metrics->energy);
}

void zj_byd_derive(struct zjiot_byd_message *message) {
    struct zjiot_byd_up *up = &message->data.up;
    struct zjiot_byd_down *down = &message->data.down;
    for (size_t i = 0; message->type == ZJIOT_BYD_UP && i < up->batch_count; i++) {
        if (up->batch[i].has & ZJIOT_BIT(byd_reading, timestamp))
            up->batch[i].has |= ZJIOT_BIT(byd_reading, time);
        derive_metrics(&up->batch[i].metrics);
    }
    for (size_t i = 0; message->type == ZJIOT_BYD_DOWN && i < down->batch_count; i++)
        if (down->batch[i].has & ZJIOT_BIT(byd_command, timestamp))
            down->batch[i].has |= ZJIOT_BIT(byd_command, time);
}
