/* The topic: device/bydpower/up|down/<device>, and the field's two without a device. */
#include <string.h>

#include "byd/byd.h"

const struct zjiot_topic_form zj_byd_topics[] = {
    {ZJ_TOPIC_FORM("device/bydpower/up/<device>"), ZJIOT_UP},
    {ZJ_TOPIC_FORM("device/bydpower/down/<device>"), ZJIOT_DOWN},
    {ZJ_TOPIC_FORM(ZJIOT_BYD_FIXED_TOPIC_UP), ZJIOT_UP},
    {ZJ_TOPIC_FORM(ZJIOT_BYD_FIXED_TOPIC_DOWN), ZJIOT_DOWN},
    {NULL, ZJIOT_BOTH},
};

bool zj_byd_topic_split(const char *topic, struct zj_byd_topic *ret_topic) {
    struct zj_topic_parts parts;
    const struct zjiot_topic_form *form = zj_topic_find(zj_byd_topics, topic, &parts);
    if (form == NULL)
        return false;
    *ret_topic = (struct zj_byd_topic){form->direction, parts.level};
    return true;
}

int zj_byd_topic_keep(const struct zj_byd_topic *split, struct zjiot_pool *pool, struct zjiot_byd_topic *ret_topic,
                      struct zjiot_error *reterr_error) {
    struct zjiot_byd_topic topic = {.has = ZJIOT_HAS_READ};
    if (split->device.text != NULL) {
        const int code = zj_pool_keep(pool, split->device.text, split->device.size, &topic.device, reterr_error);
        if (code != 0)
            return code;
        topic.has |= ZJIOT_BIT(byd_topic, device);
    }
    *ret_topic = topic;
    return 0;
}

int zjiot_byd_topic_read(const char *topic, struct zjiot_pool *pool, enum zjiot_direction *ret_direction,
                         struct zjiot_byd_topic *ret_topic, struct zjiot_error *reterr_error) {
    struct zj_byd_topic split;
    if (!zj_byd_topic_split(topic, &split))
        return zj_fail_at(reterr_error, ZJIOT_SYNTAX, 0, "topic",
                          "topic: '%.60s' has not the form device/bydpower/up|down/<device>", topic);
    const int code = zj_byd_topic_keep(&split, pool, ret_topic, reterr_error);
    if (code == 0)
        *ret_direction = split.direction;
    return code;
}

int zj_byd_topic_write(const struct zjiot_byd_message *message, char *topic, size_t size, struct zjiot_error *error) {
    const struct zjiot_record *record = &zj_byd_records[message->type];
    const char *device = message->topic.device;
    char text[ZJIOT_BYD_TOPIC_SIZE] = "";
    size_t length = 0;
    if (device != NULL && !zj_topic_level(device, strlen(device)))
        return zj_fail_at(error, ZJIOT_SYNTAX, 0, "topic.device",
                          "topic.device: it is empty, or has a character that no device has in a topic");
    if (device != NULL)
        length = zj_topic_write(zj_topic_written(zj_byd_topics, (enum zjiot_direction)record->direction), device, text,
                                sizeof text);
    if (length >= sizeof text)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, "topic", "topic: longer than %d bytes", ZJIOT_BYD_TOPIC_SIZE - 1);
    return zj_topic_give(text, length, topic, size, error);
}
