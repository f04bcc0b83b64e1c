/* What MQTT topics say about the messages on them. */
#ifndef CLI_TOPIC_H
#define CLI_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/catalog.h"
#include "zjiot/decode.h"
#include "zjiot/error.h"

struct topic {
    const char *text; /* not terminated; NULL: there is no topic */
    size_t size;
    const struct zjiot_protocol *protocol; /* of the frames on it; NULL: an unknown topic */
    enum zjiot_direction direction;
    bool wraps;       /* its payload is JSON, and the frames are in there */
    int64_t uid, pid; /* -1: it has none */
};

/* `text` lives as long as the topic; NULL is no topic. */
struct topic topic_read(const char *text, size_t size);

/* Reports what a topic and a message on it disagree about: UNKNOWN for a topic that nobody knows, CONST for another
 * protocol or direction, and for another uid or pid than the frame has. */
void topic_check(const struct topic *topic, const struct zjiot_message *message, struct zjiot_report *report);

#endif
