/* Presence of a device. */
#include "zjiot/presence.h"

#include "base/base.h"

void zjiot_presence_init(struct zjiot_presence *presence, uint64_t now, uint64_t limit) {
    *presence = (struct zjiot_presence){.limit = limit, .since = now};
}

bool zjiot_presence_hear(struct zjiot_presence *presence, uint64_t now) {
    const bool was_online = zjiot_presence_at(presence, now) == ZJIOT_PRESENCE_ONLINE;
    if (now > presence->since)
        presence->since = now;
    presence->heard = true;
    presence->left = false;
    return !was_online;
}

bool zjiot_presence_leave(struct zjiot_presence *presence, uint64_t now) {
    const enum zjiot_presence_state before = zjiot_presence_at(presence, now);
    presence->left = true;
    return before == ZJIOT_PRESENCE_UNKNOWN || before == ZJIOT_PRESENCE_ONLINE;
}

enum zjiot_presence_state zjiot_presence_at(const struct zjiot_presence *presence, uint64_t now) {
    if (presence->left)
        return ZJIOT_PRESENCE_LEFT;
    const uint64_t deadline = zjiot_presence_deadline(presence);
    if (deadline != UINT64_MAX && now >= deadline)
        return ZJIOT_PRESENCE_SILENT;
    return presence->heard ? ZJIOT_PRESENCE_ONLINE : ZJIOT_PRESENCE_UNKNOWN;
}

uint64_t zjiot_presence_deadline(const struct zjiot_presence *presence) {
    if (presence->left || presence->limit > UINT64_MAX - presence->since)
        return UINT64_MAX;
    return presence->since + presence->limit;
}

const char *zjiot_presence_name(int state) {
    static const char *const names[] = {
        [ZJIOT_PRESENCE_UNKNOWN] = "UNKNOWN",
        [ZJIOT_PRESENCE_ONLINE] = "ONLINE",
        [ZJIOT_PRESENCE_SILENT] = "SILENT",
        [ZJIOT_PRESENCE_LEFT] = "LEFT",
    };
    return state >= 0 && (size_t)state < ZJ_COUNT(names) ? names[state] : "?";
}
