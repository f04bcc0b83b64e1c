/* The BYD protocol's entry in the registry. */
#include <string.h>

#include "byd/byd.h"

/* Reading takes the field's fixed topics, writing does not. */
static int set_topic(void *message, const char *topic, struct zjiot_pool *pool, struct zjiot_error *error) {
    struct zjiot_byd_message *byd = message;
    struct zj_byd_topic split;
    zj_byd_topic_split(topic, &split);
    if (split.device.text == NULL)
        return zj_fail_at(error, ZJIOT_CONST, 0, "topic", "topic: '%s' is not the document's, which ends in a device",
                          topic);
    return zj_byd_topic_keep(&split, pool, &byd->topic, error);
}

static int64_t encode(const void *message, const struct zjiot_options *options, char *topic, uint8_t *out,
                      size_t capacity, struct zjiot_error *error) {
    return zjiot_byd_encode(message, options, topic, ZJIOT_TOPIC_SIZE, out, capacity, error);
}

static void prepare(const struct zjiot_record *record, void *message) {
    struct zjiot_byd_message *prepared = message;
    if (record == &zj_byd_records[ZJIOT_BYD_UP])
        prepared->data.up.has = ZJIOT_BIT(byd_up, msg_type);
    else
        prepared->data.down.has = ZJIOT_BIT(byd_down, msg_type);
}

static bool has_secret(const uint8_t *bytes, size_t size) {
    return zj_json_holds_secret(&zj_byd_protocol, (const char *)bytes, size);
}

static void identify(const struct zjiot_input *input, struct zjiot_guess *guess) {
    static const struct zj_reasons reasons = {
        .topic = "the topic is one of this protocol",
        .body = "a JSON text with a batch and msgType up or down",
        .other_topic = "the text has a batch and msgType, the topic is of another form",
        .nothing = "no JSON text with a batch and msgType up or down",
    };
    const char *text = (const char *)input->bytes;
    struct zj_byd_topic split = {.direction = ZJIOT_BOTH};
    struct zj_signs signs = {.body = ZJ_NO_BODY};
    struct zj_span batch;
    enum zjiot_byd_message_type type;
    signs.has_topic = input->topic != NULL && zj_byd_topic_split(input->topic, &split);
    if (zj_byd_type(text, input->size, ZJIOT_BOTH, &type, NULL) == 0 &&
        zj_json_find(text, input->size, "batch", &batch))
        signs.body = ZJ_KNOWN_BODY;
    else if (signs.has_topic)
        zj_byd_type(text, input->size, split.direction, &type, NULL);
    if (signs.has_topic || signs.body == ZJ_KNOWN_BODY)
        signs.message = zj_byd_records[type].name;
    zj_guess(guess, input, &signs, &reasons);
}

static const struct zj_protocol_calls calls = {
    ZJ_MESSAGE_OF(zjiot_byd_message),
    .headers = {{&zj_byd_part_topic, offsetof(struct zjiot_byd_message, topic)}},
    .read = zj_byd_read,
    .set_topic = set_topic,
    .encode = encode,
    .prepare = prepare,
    .has_secret = has_secret,
    .identify = identify,
};

static const char *const notes[] = {
    "A gateway sends batches of meter readings, and takes batches of commands, as JSON objects over an MQTT broker. "
    "Up is from the gateway to the platform, down is to the gateway; `msgType` and the topic say which. "
    "No answer to a command is defined: who sends one knows only that the broker took it.",
    "`timestamp` is milliseconds since 1970 as a text. "
    "Devices in the field also send 17 digits of local time, yyyyMMddHHmmssSSS, and numbers in place of texts; "
    "both are read, with a deviation. `time` in a record is the same as a date, with a Z where it is UTC.",
    "Devices fill in zeros for what they do not measure. `quality` in a record says what is known of zeros: "
    "`not_provided` where they cannot have been measured (no voltage at all, phases of zero beside a total "
    "that is not), `unknown` where nobody can tell. It stands only beside zeros, and never travels.",
    "The document gives active energy the unit kW; kWh is meant. "
    "`metrics.system` is a list of two: the power factor, then the frequency.",
    "In a command, `priority` 0 is the highest, `timeout` and `interval` are in ms. "
    "`transaction_id` names the command for the caller; the document itself has one twice in a batch. "
    "`auth_token` is a secret and is not shown.",
    "The topics `energy/electric/up` and `device/electric/down/`, the members `ipAddress`, "
    "`gatewayId`, `authToken`, `msgCreateTime` and `source.plc`, and the type `double` are of a dialect. "
    "They are read with a deviation; those topics and members are not written.",
    NULL,
};

const struct zjiot_protocol zj_byd_protocol = {
    .name = "byd",
    .title = "BYD power batches",
    .source = "document 002",
    .topics = zj_byd_topics,
    .records = zj_byd_records,
    .record_count = ZJ_BYD_RECORDS,
    .json = true,
    .notes = notes,
    .calls = &calls,
};
