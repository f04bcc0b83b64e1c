/* Whether a device is there: it is for as long as it speaks often enough and no last will of it came.
 *
 * Times are milliseconds of any clock that does not run backwards; there is nothing to release.
 */
#ifndef ZJIOT_PRESENCE_H
#define ZJIOT_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "zjiot/export.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZJIOT_PRESENCE_NO_LIMIT UINT64_MAX /* silence says nothing (BYD) */

enum zjiot_presence_state {
    ZJIOT_PRESENCE_UNKNOWN, /* not heard yet, and not waited for long enough */
    ZJIOT_PRESENCE_ONLINE,
    ZJIOT_PRESENCE_SILENT, /* offline: nothing was heard for `limit` */
    ZJIOT_PRESENCE_LEFT,   /* offline: its last will came, or its connection was closed */
};

/* The members are for reading; the calls below set them. */
struct zjiot_presence {
    uint64_t limit; /* ms of silence after which the device is offline */
    uint64_t since; /* when it was last heard; before that, when the watch began */
    bool heard;
    bool left;
};

/* Begins to watch a device of which nothing is known. */
ZJIOT_API void zjiot_presence_init(struct zjiot_presence *presence, uint64_t now, uint64_t limit);

/* A message of the device came (not a retained one, which may be of any age). Returns true when it was not online
 * before. */
ZJIOT_API bool zjiot_presence_hear(struct zjiot_presence *presence, uint64_t now);

/* Its last will came, or its connection was closed. Returns true when it was not offline before. */
ZJIOT_API bool zjiot_presence_leave(struct zjiot_presence *presence, uint64_t now);

/* What is known at this time. Silence of exactly `limit` is too long. */
ZJIOT_API enum zjiot_presence_state zjiot_presence_at(const struct zjiot_presence *presence, uint64_t now);

/* When silence will make it offline unless it is heard; UINT64_MAX: it will not, or it is offline already by its will.
 */
ZJIOT_API uint64_t zjiot_presence_deadline(const struct zjiot_presence *presence);

/* "ONLINE" for ZJIOT_PRESENCE_ONLINE; "?" for a number that is no state. Static text. */
ZJIOT_API const char *zjiot_presence_name(int state);

#ifdef __cplusplus
}
#endif
#endif
