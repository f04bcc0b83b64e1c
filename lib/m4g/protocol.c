/* The 4G module's entry in the registry. */
#include <string.h>

#include "m4g/m4g.h"

/* Those of a server that passes modules on to MQTT; its base may be another one. */
static const struct zjiot_topic_form topics[] = {
    {ZJ_TOPIC_FORM("zjiot/m4g/<imei>/up/<command>"), ZJIOT_UP},
    {ZJ_TOPIC_FORM("zjiot/m4g/<imei>/down/<command>"), ZJIOT_DOWN},
    {NULL, ZJIOT_BOTH},
};

static bool topic_direction(const char *topic, enum zjiot_direction *ret_direction) {
    struct zj_m4g_topic split;
    if (zj_m4g_topic_split(topic, &split, NULL) != 0)
        return false;
    *ret_direction = split.direction;
    return true;
}

static int set_topic(void *message, const char *topic, struct zjiot_pool *pool, struct zjiot_error *error) {
    struct zjiot_m4g_message *m4g = message;
    const struct zjiot_record *record = &zj_m4g_records[m4g->type];
    struct zj_m4g_topic split;
    uint64_t bit;
    int code = zj_m4g_topic_split(topic, &split, error);
    if (code == 0)
        code = zj_check_named(split.record, record, "topic.cmd", error);
    if (code == 0)
        code = zj_set_value(&zj_m4g_part_topic, &m4g->topic, zjiot_at_m4g_topic_imei, "", split.imei, "topic.imei",
                            pool, error);
    const struct zjiot_field *field = zj_m4g_imei_field(record, &bit);
    struct zj_masks *masks = (struct zj_masks *)(void *)&m4g->data;
    if (code != 0 || field == NULL || (masks->has & bit))
        return code;
    memcpy((char *)&m4g->data + field->offset, &m4g->topic.imei, sizeof m4g->topic.imei);
    masks->has |= bit;
    return 0;
}

static int64_t encode(const void *message, const struct zjiot_options *options, char *topic, uint8_t *out,
                      size_t capacity, struct zjiot_error *error) {
    (void)options;
    const int64_t size = zjiot_m4g_encode(message, out, capacity, error);
    if (size >= 0)
        zjiot_m4g_topic(message, topic);
    return size;
}

static void identify(const struct zjiot_input *input, struct zjiot_guess *guess) {
    static const struct zj_reasons reasons = {
        .topic = "the topic has this form and a cmd of the document",
        .body = "a JSON text whose cmd is one of the document",
        .other_topic = "the cmd is one of the document, the topic has another form",
        .unknown = "it has a cmd, but that is not known",
        .nothing = "no JSON text with cmd",
    };
    const struct zjiot_record *record;
    struct zj_m4g_topic topic;
    struct zjiot_error error;
    struct zj_signs signs = {.body = ZJ_NO_BODY};
    const int code = zj_m4g_find_command((const char *)input->bytes, input->size, &record, &error);
    signs.has_topic = input->topic != NULL && zj_m4g_topic_split(input->topic, &topic, NULL) == 0;
    if (code == 0)
        signs.body = ZJ_KNOWN_BODY;
    else if (code == ZJIOT_UNKNOWN)
        signs.body = ZJ_UNKNOWN_BODY;
    if (code == 0 || signs.has_topic)
        signs.message = code == 0 ? record->name : topic.record->name;
    zj_guess(guess, input, &signs, &reasons);
}

static const struct zj_protocol_calls calls = {
    ZJ_MESSAGE_OF(zjiot_m4g_message),
    .headers = {{&zj_m4g_part_topic, offsetof(struct zjiot_m4g_message, topic)}},
    .read = zj_m4g_read,
    .topic = topic_direction,
    .set_topic = set_topic,
    .encode = encode,
    .identify = identify,
};

static const char *const notes[] = {
    "A module opens a TCP connection to the server, by custom on port 51609, and both send JSON objects back to back: "
    "nothing stands between them, and an object ends where its brace closes. "
    "`cmd` says what an object is. Up is from the module, down is from the server.",
    "An answer has the name of its request and `_ack` behind it (`pong` to `ping`). "
    "`info_ack`, `update_ack` and `query_msg_ack` do not say which module they are of: the connection does, "
    "by the first `IMEI` that came over it. `push_msg_ack` and `push_online_ack` repeat `packnum`; "
    "some servers always answer 0. After `query_msg_ack` the module sends a `push_msg` by itself.",
    "A `ping` comes every minute; a module of which three are missing is offline. "
    "`time` is asked for once a day and answered in local time. "
    "`push_info` comes once, when the module has found its place.",
    "Numbers travel as texts, as the document has them; plain numbers are read with a deviation.",
    "`dataN` are up to 50 words of 16 bits in hex with commas between them, of RS485 channel N + 1; "
    "channels 1 to 3, 4 to 6 and 7 to 9 are a group and travel together. "
    "By a convention of these devices a word less 32768 is the value. "
    "`stN` and `dtN` are of channel N mod 3 + 1 and sensor N div 3 + 1, and travel as a list of one number.",
    "MQTT is no part of the protocol: under the topics a TCP server passes on what its modules say, "
    "and takes what they are to be told.",
    NULL,
};

const struct zjiot_protocol zj_m4g_protocol = {
    .name = "m4g",
    .alias = "4g",
    .title = "4G pressure and railway module",
    .source = "document 003",
    .topics = topics,
    .records = zj_m4g_records,
    .record_count = ZJ_M4G_RECORDS,
    .json = true,
    .notes = notes,
    .calls = &calls,
};
