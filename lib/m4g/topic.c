/* Topics under which a TCP server passes messages on: zjiot/m4g/<IMEI>/up/<cmd>. Another base may stand in front. */
#include <stdio.h>
#include <string.h>

#include "m4g/m4g.h"

static const char name[] = "/m4g/";

int zj_m4g_topic_split(const char *topic, struct zj_m4g_topic *ret_topic, struct zjiot_error *error) {
    struct zj_m4g_topic split;
    const char *at = NULL;
    for (const char *next = strstr(topic, name); next != NULL; next = strstr(next + 1, name))
        at = next + sizeof name - 1;
    if (at == NULL || at - topic == sizeof name - 1 || strspn(at, "0123456789") != ZJIOT_M4G_IMEI_LENGTH)
        return zj_fail_at(error, ZJIOT_SYNTAX, 0, "topic",
                          "topic: '%.60s' is not of the form zjiot/m4g/<IMEI>/up/<cmd>", topic);
    memcpy(split.imei, at, ZJIOT_M4G_IMEI_LENGTH);
    split.imei[ZJIOT_M4G_IMEI_LENGTH] = '\0';
    at += ZJIOT_M4G_IMEI_LENGTH;
    const bool up = strncmp(at, "/up/", 4) == 0;
    if (!up && strncmp(at, "/down/", 6) != 0)
        return zj_fail_at(error, ZJIOT_SYNTAX, (size_t)(at - topic), "topic",
                          "topic: behind the IMEI /up/ or /down/ is expected");
    at += up ? 4 : 6;
    split.direction = up ? ZJIOT_UP : ZJIOT_DOWN;
    split.record = zj_m4g_command(at, strlen(at));
    if (split.record == NULL || split.record->direction != split.direction)
        return zj_fail_at(error, ZJIOT_UNKNOWN, (size_t)(at - topic), "topic.cmd",
                          "topic.cmd: '%.40s' is no message that goes %s", at, up ? "up" : "down");
    *ret_topic = split;
    return 0;
}

void zjiot_m4g_topic(const struct zjiot_m4g_message *message, char *topic) {
    const struct zjiot_record *record = &zj_m4g_records[message->type];
    const char *imei = message->topic.imei != NULL ? message->topic.imei : zjiot_m4g_imei(message);
    topic[0] = '\0';
    if (imei != NULL && strlen(imei) == ZJIOT_M4G_IMEI_LENGTH)
        snprintf(topic, ZJIOT_TOPIC_SIZE, "zjiot%s%s/%s/%s", name, imei, record->direction == ZJIOT_UP ? "up" : "down",
                 record->name);
}
