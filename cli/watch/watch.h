/* Which live messages watch shows: as filters for the broker, and what only the messages say. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "commands.h"
#include "mqtt/mqtt.h"
#include "reading.h"

/* What the command line asks for; NULL and BOTH are any. Points into the command line. */
struct watch_filter {
    const struct zjiot_protocol *protocol;
    enum zjiot_direction direction;
    const char *device, *vendor, *message;
    const char *base;  /* of the 4G module's topics */
    const char *share; /* group */
    bool no_retained;
    char *const *own; /* topic filters */
    size_t own_count;
};

/* EXIT_OK, or EXIT_USAGE after an error on stderr. */
int watch_filter_read(const struct invocation *invocation, struct watch_filter *ret_filter);

/* The filters to subscribe to, with the share's group in front. They live until watch_filter_end. EXIT_OK, or
 * EXIT_USAGE after an error on stderr. */
int watch_filter_topics(const struct watch_filter *filter, const char *const **ret_topics, size_t *ret_count);
void watch_filter_end(const char *const *topics, size_t count);

/* Whether a message may be one that is asked for, before it is decoded. */
bool watch_filter_takes(const struct watch_filter *filter, const struct mqtt_message *message);

/* Whether a decoded message is one. What could not be decoded is: nobody knows what it was. */
bool watch_filter_wants(const struct watch_filter *filter, const struct result *result);

#endif
