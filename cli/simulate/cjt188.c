/* Simulated CJ/T 188 meters on a serial line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "simulate/meter.h"
#include "simulate/simulate.h"

enum { PREAMBLE = 2, HY_DIGITS = 8, DIGITS = 10, VENDOR_DIGITS = 4 };

static uint8_t type_of(const struct sim *sim) {
    return (uint8_t)(uintptr_t)sim->shared;
}

static bool is_hy(const struct sim *sim) {
    return type_of(sim) == SIM_METER_HY_VALVE || type_of(sim) == SIM_METER_HY_BUILDING;
}

static const char *vendor_of(const struct sim *sim) {
    return sim->vendor != NULL ? sim->vendor : "3307";
}

static int open_kind(struct sim *sim) {
    const char *text = sim->invocation->value[OPTION_TYPE] != NULL ? sim->invocation->value[OPTION_TYPE] : "10";
    char *end;
    const unsigned long type = strtoul(text, &end, 16);
    if (end == text || *end != '\0' || type > 0xFF || !sim_meter_has_type((unsigned)type)) {
        complain("--type: '%s' is no type of meters: 10 to 4f, or 53 and 55 of HY", text);
        return EXIT_USAGE;
    }
    if (strlen(vendor_of(sim)) > VENDOR_DIGITS || vendor_of(sim)[strspn(vendor_of(sim), "0123456789")] != '\0') {
        complain("--vendor: '%s' is no vendor of meters, which has %d digits", sim->vendor, VENDOR_DIGITS);
        return EXIT_USAGE;
    }
    sim->shared = (void *)(uintptr_t)type;
    return EXIT_OK;
}

static void name_meter(const struct sim *sim, unsigned number, char id[SIM_ID_SIZE]) {
    snprintf(id, SIM_ID_SIZE, "%0*u", is_hy(sim) ? HY_DIGITS : DIGITS, 23227310 + number);
}

static bool accept_meter(const struct sim *sim, char id[SIM_ID_SIZE]) {
    const size_t size = strlen(id);
    const bool is_number = id[strspn(id, "0123456789")] == '\0';
    if (is_number && (is_hy(sim) ? size == HY_DIGITS : size > 0 && size <= DIGITS))
        return true;
    complain("--device: '%s' is no number of a meter, which has %s%d digits", id, is_hy(sim) ? "" : "up to ",
             is_hy(sim) ? HY_DIGITS : DIGITS);
    return false;
}

static const char *printed_vendor(const struct sim *sim) {
    return is_hy(sim) ? NULL : vendor_of(sim);
}

static void start(struct sim_device *device, int64_t now) {
    struct zjiot_error error;
    if (sim_meter_init(device->state, type_of(device->sim), device->id, vendor_of(device->sim), now, &error) != 0)
        sim_refuse(device, "%s", error.text);
}

static void receive(struct sim_device *device, const struct sim_message *message, int64_t now) {
    struct zjiot_cjt188_message answer;
    if (!sim_meter_answer(device->state, message->bytes, message->size, now, &answer))
        return;
    answer.header.preamble = PREAMBLE;
    sim_send_typed(device, answer.type, &answer, sizeof answer);
}

static bool forge(struct sim_device *device, struct zjiot_message *message) {
    (void)device;
    struct zjiot_cjt188_header *header = &((struct zjiot_cjt188_message *)message->typed)->header;
    header->ser = (header->ser + 1) & 0xFF;
    return true;
}

static const enum option_id own_options[] = {OPTION_PTY, OPTION_TYPE, OPTION_VENDOR, OPTION_COUNT};

const struct sim_kind sim_cjt188 = {
    .protocol = "cjt188",
    .transport = &sim_over_line,
    .state_size = sizeof(struct sim_meter),
    .options = own_options,
    .open = open_kind,
    .name = name_meter,
    .accept = accept_meter,
    .vendor = printed_vendor,
    .start = start,
    .receive = receive,
    .forge = forge,
};
