/* Messages of a protocol's own type, as kinds fill them. */
#include <string.h>

#include "simulate/simulate.h"

void sim_send_typed(struct sim_device *device, unsigned type, const void *typed, size_t size) {
    struct sim *sim = device->sim;
    struct zjiot_message message;
    struct zjiot_error error;
    if (zjiot_prepare(sim->protocol, &sim->protocol->records[type], &sim->pool, &message, &error) != 0) {
        sim_refuse(device, "%s", error.text);
        return;
    }
    memcpy(message.typed, typed, size);
    sim_send(device, &message);
}
