/* The topic: device/bydpower/up|down/<device>, and the field's two without a device. */
#include <stdio.h>
#include <string.h>

#include "byd/byd.h"

static const char prefixes[][24] = {[ZJIOT_DOWN] = "device/bydpower/down/", [ZJIOT_UP] = "device/bydpower/up/"};
static const char *const fixed[] = {[ZJIOT_DOWN] = ZJIOT_BYD_FIXED_TOPIC_DOWN, [ZJIOT_UP] = ZJIOT_BYD_FIXED_TOPIC_UP};

bool zj_byd_topic_split(const char *topic, struct zj_byd_topic *ret_topic) {
    for (unsigned direction = 0; direction < ZJ_COUNT(prefixes); direction++) {
        const size_t size = strlen(prefixes[direction]);
        struct zj_byd_topic split = {.direction = (enum zjiot_direction)direction};
        if (strncmp(topic, prefixes[direction], size) == 0) {
            split.device = (struct zj_span){topic + size, strlen(topic + size), false};
            if (!zj_topic_level(split.device.text, split.device.size))
                return false;
        } else if (strcmp(topic, fixed[direction]) != 0) {
            continue;
        }
        *ret_topic = split;
        return true;
    }
    return false;
}

int zj_byd_topic_keep(const struct zj_byd_topic *split, struct zjiot_pool *pool, struct zjiot_byd_topic *ret_topic,
                      struct zjiot_error *reterr_error) {
    struct zjiot_error error;
    struct zjiot_byd_topic topic = {.has = ZJIOT_HAS_READ};
    if (split->device.text != NULL) {
        char *device = zj_pool_text(pool, split->device.size + 1, &error);
        if (device == NULL) {
            if (reterr_error != NULL)
                *reterr_error = error;
            return error.code;
        }
        memcpy(device, split->device.text, split->device.size + 1);
        topic.device = device;
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
    char text[ZJIOT_BYD_TOPIC_SIZE];
    int length = 0;
    text[0] = '\0';
    if (device != NULL && !zj_topic_level(device, strlen(device)))
        return zj_fail_at(error, ZJIOT_SYNTAX, 0, "topic.device",
                          "topic.device: it is empty, or has a character that no device has in a topic");
    if (device != NULL)
        length = snprintf(text, sizeof text, "%s%s", prefixes[record->direction], device);
    if (length < 0 || (size_t)length >= sizeof text)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, "topic", "topic: longer than %d bytes", ZJIOT_BYD_TOPIC_SIZE - 1);
    if ((size_t)length >= size)
        return zj_fail_at(error, ZJIOT_SPACE, 0, "topic", "topic: %d bytes are needed", length + 1);
    memcpy(topic, text, (size_t)length + 1);
    return 0;
}
