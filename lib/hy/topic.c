/* Topics, and which message a number and a direction mean. */
#include "hy/hy.h"

enum { LAST_WILL = 1 };

const struct zjiot_topic_form zj_hy_topics[] = {
    {ZJ_TOPIC_FORM("hy/gw/set/<gateway>"), ZJIOT_UP}, /* most that come have it */
    [LAST_WILL] = {ZJ_TOPIC_FORM("hy/gw/set/<gateway>/"), ZJIOT_UP},
    {ZJ_TOPIC_FORM("hy/gw/get/<gateway>"), ZJIOT_DOWN},
    {NULL, ZJIOT_BOTH},
};

/* The numbers whose data have rows; a report has one direction only. */
static const struct {
    int64_t id;
    enum zjiot_hy_message_type down, up;
} kinds[] = {
    {1, ZJIOT_HY_STATUS, ZJIOT_HY_STATUS_REPLY},
    {2, ZJIOT_HY_PERIODS, ZJIOT_HY_PERIODS_REPLY},
    {18, ZJIOT_HY_READ_NOW, ZJIOT_HY_READ_NOW_REPLY},
    {20, ZJIOT_HY_REPORT, ZJIOT_HY_REPORT},
    {40, ZJIOT_HY_TRANSPARENT, ZJIOT_HY_TRANSPARENT_REPLY},
};

int64_t zj_hy_id(enum zjiot_hy_message_type type) {
    for (size_t i = 0; i < ZJ_COUNT(kinds); i++)
        if (kinds[i].down == type || kinds[i].up == type)
            return kinds[i].id;
    return 0;
}

bool zj_hy_is_secret(int64_t id) {
    return id == 5 || id == 15;
}

bool zj_hy_is_other(int64_t id) {
    static const uint8_t known[] = {3, 4, 5, 12, 13, 14, 15, 16, 17, 30, 45, 50, 60, ZJ_HY_LAST_WILL};
    for (size_t i = 0; i < ZJ_COUNT(known); i++)
        if (known[i] == id)
            return true;
    return false;
}

bool zj_hy_type(int64_t id, enum zjiot_direction direction, enum zjiot_hy_message_type *ret_type) {
    const bool up = direction == ZJIOT_UP;
    for (size_t i = 0; i < ZJ_COUNT(kinds); i++) {
        if (kinds[i].id != id)
            continue;
        *ret_type = up ? kinds[i].up : kinds[i].down;
        return (zj_hy_records[*ret_type].direction == ZJIOT_UP) == up;
    }
    if (zj_hy_is_secret(id))
        *ret_type = up ? ZJIOT_HY_OTHER_SECRET_REPLY : ZJIOT_HY_OTHER_SECRET;
    else
        *ret_type = up ? ZJIOT_HY_OTHER_REPLY : ZJIOT_HY_OTHER;
    return true;
}

void zj_hy_topic_split(const char *topic, struct zj_hy_topic *ret_split) {
    const struct zjiot_topic_form *form = zj_topic_find(zj_hy_topics, topic, &ret_split->parts);
    ret_split->direction = form != NULL ? form->direction : ZJIOT_BOTH;
    ret_split->is_will = form == &zj_hy_topics[LAST_WILL];
}

int zj_hy_topic_write(const struct zjiot_hy_message *message, char *topic, size_t size, struct zjiot_error *error) {
    const enum zjiot_direction direction = (enum zjiot_direction)zj_hy_records[message->type].direction;
    const struct zjiot_topic_form *form =
        zjiot_hy_is_last_will(message) ? &zj_hy_topics[LAST_WILL] : zj_topic_written(zj_hy_topics, direction);
    const size_t length = zj_topic_write(form, message->gw.gw_id, topic, size);
    return length < size ? (int)length
                         : zj_fail_at(error, ZJIOT_SPACE, 0, "topic", "topic: %zu bytes are needed", length + 1);
}

bool zjiot_hy_is_last_will(const struct zjiot_hy_message *message) {
    return message->type == ZJIOT_HY_OTHER_REPLY && message->gw.msg_id == ZJ_HY_LAST_WILL;
}
