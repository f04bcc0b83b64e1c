/* Which MQTT topics a protocol's messages have, as filters for a broker: made from the forms in the library's tables.
 */
#ifndef CLI_WIRE_H
#define CLI_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "mqtt/mqtt.h"
#include "zjiot/catalog.h"

#define WIRE_BASE "zjiot" /* in front of /m4g/ unless another is asked for */

/* Messages of a protocol, all or those whose topic has these parts. NULL and ZJIOT_BOTH are any. */
struct wire {
    const struct zjiot_protocol *protocol;
    enum zjiot_direction direction;
    const char *device; /* Zhenjiang and BYD: device, HY: gateway, 4G: IMEI */
    const char *vendor, *format, *command;
    const char *uid, *pid; /* NB */
    const char *base;      /* 4G: instead of WIRE_BASE; may have several levels */
};

enum { WIRE_FILTER_SIZE = 512, WIRE_FILTERS_MOST = 16 };

struct wire_filter {
    char text[WIRE_FILTER_SIZE];
    enum zjiot_direction direction;
    bool names_device; /* a level of the topic says whose the message is; else only the message can */
};

/* The filters that all topics of such messages match, and nothing of the other protocols. A form that has no level for
 * a part is taken whole: an uplink of Zhenjiang may come without a device, and must be looked into. False, after an
 * error on stderr, when a part cannot stand in a topic; *ret_count is 0 for a protocol without topics. */
bool wire_filters(const struct wire *wire, struct wire_filter filters[WIRE_FILTERS_MOST], size_t *ret_count);

/* Whether it is an old command: one that a sender left at the broker, which hands it out to everyone who subscribes. A
 * device must not execute it (decisions, section 2). */
bool wire_is_stale(const struct mqtt_message *message);

#endif
