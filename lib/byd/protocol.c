/* The BYD protocol's entry in the registry. */
#include <string.h>

#include "byd/byd.h"

static int decode(const struct zjiot_input *input, const struct zjiot_options *options, struct zjiot_pool *pool,
                  void *ret_message, struct zjiot_report *report, struct zjiot_trace *trace,
                  struct zjiot_error *error) {
    return zjiot_byd_decode(input->topic, input->bytes, input->size, options, pool, ret_message, report, trace, error);
}

static bool topic_direction(const char *topic, enum zjiot_direction *ret_direction) {
    struct zj_byd_topic split;
    if (!zj_byd_topic_split(topic, &split))
        return false;
    *ret_direction = split.direction;
    return true;
}

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
    prepared->type = (enum zjiot_byd_message_type)(record - zj_byd_records);
    if (prepared->type == ZJIOT_BYD_UP)
        prepared->data.up.has = ZJIOT_BIT(byd_up, msg_type);
    else
        prepared->data.down.has = ZJIOT_BIT(byd_down, msg_type);
}

static void view(void *message, struct zjiot_message *ret_view) {
    struct zjiot_byd_message *byd = message;
    const struct zjiot_record *record = &zj_byd_records[byd->type];
    *ret_view = (struct zjiot_message){
        .protocol = &zj_byd_protocol,
        .name = record->name,
        .direction = (enum zjiot_direction)record->direction,
        .headers = {{&zj_byd_part_topic, &byd->topic}},
        .header_count = 1,
        .data = {record, &byd->data},
        .typed = message,
    };
}

static bool has_secret(const uint8_t *bytes, size_t size) {
    return zj_json_holds_secret(&zj_byd_protocol, (const char *)bytes, size);
}

static void identify(const struct zjiot_input *input, struct zjiot_guess *guess) {
    const char *text = (const char *)input->bytes;
    struct zj_byd_topic split = {.direction = ZJIOT_BOTH};
    struct zj_span batch;
    enum zjiot_byd_message_type type;
    const bool by_topic = input->topic != NULL && zj_byd_topic_split(input->topic, &split);
    const bool by_body = zj_byd_type(text, input->size, ZJIOT_BOTH, &type, NULL) == 0 &&
                         zj_json_find(text, input->size, "batch", &batch);
    if (!by_topic && !by_body) {
        guess->fit = ZJIOT_FIT_NO;
        zj_copy_text(guess->why, sizeof guess->why, "no JSON text with a batch and msgType up or down");
        return;
    }
    if (!by_body)
        zj_byd_type(text, input->size, split.direction, &type, NULL);
    zj_copy_text(guess->message, sizeof guess->message, zj_byd_records[type].name);
    guess->fit = by_topic ? ZJIOT_FIT_CERTAIN : input->topic != NULL ? ZJIOT_FIT_POSSIBLE : ZJIOT_FIT_LIKELY;
    zj_copy_text(guess->why, sizeof guess->why,
                 by_topic               ? "the topic is one of this protocol"
                 : input->topic != NULL ? "the text has a batch and msgType, the topic is of another form"
                                        : "a JSON text with a batch and msgType up or down");
}

static const struct zjiot_topic_form topics[] = {
    {"device/bydpower/up/<device>", ZJIOT_UP},
    {"device/bydpower/down/<device>", ZJIOT_DOWN},
    {ZJIOT_BYD_FIXED_TOPIC_UP, ZJIOT_UP},
    {ZJIOT_BYD_FIXED_TOPIC_DOWN, ZJIOT_DOWN},
    {NULL, ZJIOT_BOTH},
};

static const struct zj_protocol_calls calls = {
    .message_size = sizeof(struct zjiot_byd_message),
    .decode = decode,
    .topic = topic_direction,
    .set_topic = set_topic,
    .encode = encode,
    .prepare = prepare,
    .view = view,
    .has_secret = has_secret,
    .identify = identify,
};

const struct zjiot_protocol zj_byd_protocol = {
    .name = "byd",
    .title = "BYD power batches",
    .source = "document 002",
    .topics = topics,
    .records = zj_byd_records,
    .record_count = ZJ_BYD_RECORDS,
    .json = true,
    .calls = &calls,
};
