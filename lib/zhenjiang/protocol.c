/* The Zhenjiang protocol's entry in the registry. */
#include <stdio.h>
#include <string.h>

#include "zhenjiang/zhenjiang.h"
#include "zjiot/hex.h"

static bool topic_direction(const char *topic, enum zjiot_direction *ret_direction) {
    struct zj_zhenjiang_topic split;
    if (zj_zhenjiang_topic_split(topic, &split, NULL) != 0)
        return false;
    *ret_direction = split.direction;
    return true;
}

static int set_topic(void *message, const char *topic, struct zjiot_pool *pool, struct zjiot_error *error) {
    struct zjiot_zhenjiang_message *zhenjiang = message;
    const struct zjiot_record *record = &zj_zhenjiang_records[zhenjiang->type];
    struct zj_zhenjiang_topic split;
    int code = zj_zhenjiang_topic_split(topic, &split, error);
    if (code == 0)
        code = zj_check_named(split.record, record, "topic.command", error);
    if (code == 0)
        code = zj_zhenjiang_topic_keep(&split, pool, &zhenjiang->topic, error);
    if (code != 0 || zhenjiang->topic.device == NULL || (zhenjiang->context.has & ZJIOT_BIT(zhenjiang_context, dev_id)))
        return code;
    zhenjiang->context.dev_id = zhenjiang->topic.device;
    zhenjiang->context.has |= ZJIOT_BIT(zhenjiang_context, dev_id);
    return 0;
}

static int64_t encode(const void *message, const struct zjiot_options *options, char *topic, uint8_t *out,
                      size_t capacity, struct zjiot_error *error) {
    return zjiot_zhenjiang_encode(message, options, topic, ZJIOT_TOPIC_SIZE, out, capacity, error);
}

static void prepare(const struct zjiot_record *record, void *message) {
    struct zjiot_zhenjiang_message *prepared = message;
    prepared->topic.command = record->name;
    prepared->context.cmd = record->name;
    prepared->context.has = ZJIOT_BIT(zhenjiang_context, cmd);
    zj_expect_all(&zj_zhenjiang_part_context, &prepared->context);
}

static void judge_body(const struct zjiot_input *input, struct zj_signs *signs) {
    struct zj_span command;
    if (!zj_json_find((const char *)input->bytes, input->size, "context.cmd", &command) || command.size < 2)
        return;
    const struct zjiot_record *record = zj_zhenjiang_command(command.text + 1, command.size - 2, ZJIOT_BOTH);
    signs->body = record != NULL ? ZJ_KNOWN_BODY : ZJ_UNKNOWN_BODY;
    if (record != NULL)
        signs->message = record->name;
}

static void identify(const struct zjiot_input *input, struct zjiot_guess *guess) {
    char other_topic[ZJIOT_TEXT_SIZE];
    struct zj_reasons reasons = {
        .topic = "the topic has this form and a command of the document",
        .body = "a JSON text whose context.cmd is a command of the document",
        .unknown = "it has context.cmd, but the command is not known",
        .nothing = "no JSON text with context.cmd",
    };
    struct zj_signs signs = {.body = ZJ_NO_BODY};
    struct zj_zhenjiang_topic topic;
    struct zjiot_error error;
    signs.has_topic = input->topic != NULL && zj_zhenjiang_topic_split(input->topic, &topic, &error) == 0;
    if (signs.has_topic) {
        signs.message = topic.record->name;
    } else {
        judge_body(input, &signs);
        if (input->topic != NULL) {
            snprintf(other_topic, sizeof other_topic, "the body fits, the topic does not: %.120s", error.text);
            reasons.other_topic = reasons.unknown = other_topic;
        }
    }
    zj_guess(guess, input, &signs, &reasons);
}

/* A body in base64 hides its keys: it is looked at piece by piece, with what a key may take carried over. */
static bool base64_has_secret(const char *text, size_t size) {
    enum { PIECE = 4 * 512, CARRY = 64 };
    char plain[CARRY + PIECE];
    size_t held = 0;
    for (size_t at = 0; at < size; at += PIECE) {
        const size_t step = size - at < PIECE ? size - at : PIECE;
        const int64_t count = zjiot_base64_read(text + at, step, true, (uint8_t *)plain + held, PIECE, NULL, NULL);
        if (count < 0)
            return false;
        const size_t filled = held + (size_t)count;
        if (zj_json_holds_secret(&zj_zhenjiang_protocol, plain, filled))
            return true;
        held = filled < CARRY ? filled : CARRY;
        memmove(plain, plain + filled - held, held);
    }
    return false;
}

static bool has_secret(const uint8_t *bytes, size_t size) {
    const char *text = (const char *)bytes;
    return zj_json_holds_secret(&zj_zhenjiang_protocol, text, size) || base64_has_secret(text, size);
}

static const struct zj_protocol_calls calls = {
    ZJ_MESSAGE_OF(zjiot_zhenjiang_message),
    .headers = {{&zj_zhenjiang_part_topic, offsetof(struct zjiot_zhenjiang_message, topic)},
                {&zj_zhenjiang_part_context, offsetof(struct zjiot_zhenjiang_message, context)}},
    .read = zj_zhenjiang_read,
    .topic = topic_direction,
    .set_topic = set_topic,
    .encode = encode,
    .prepare = prepare,
    .has_secret = has_secret,
    .identify = identify,
};

static const struct zjiot_topic_form topics[] = {
    {ZJ_TOPIC_FORM("down/<format>/<vendor>/<command>/<device>"), ZJIOT_DOWN},
    {ZJ_TOPIC_FORM("up/<format>/<vendor>/<command>/<device>"), ZJIOT_UP},
    {ZJ_TOPIC_FORM("up/<format>/<vendor>/<command>"), ZJIOT_UP},
    {NULL, ZJIOT_BOTH},
};

static const char *const notes[] = {
    "The city's platform and the middleware of a vendor exchange messages over an MQTT broker. "
    "Down is from the platform to the middleware, up is from the middleware to the platform: "
    "an answer, or a report that the device sends by itself. "
    "Every message is a JSON object in UTF-8 with the members `context` and `data`. "
    "Format `base64` is that text in base64; with `rsa` and `sm2` it is encrypted first, with keys from the platform.",
    "The command stands in the topic and in `context.cmd`, the device in the topic and in `context.dev_id`. "
    "They must agree; where they do not, the topic counts.",
    "An answer repeats the context of its request, "
    "above all `serial_id`, byte for byte, and adds `status` and `detail`; a request has neither. "
    "A report needs none of the three. Where a request has several answers, all of them bear its `serial_id`.",
    "Upward, zero and empty are legal in every member and say that the device has no such value, "
    "whatever range the member has. Downward the ranges hold. `null` is never sent.",
    "Timetables: each day in a message replaces all that was known of that day; "
    "a day without actions is dark; an entry without `dt` is for every day that has none of its own. "
    "A table that is too large for one message (about 1 MB) is split between days, never within one. "
    "An action has `time` with types 1 to 3, `dimming` with type 3, and `offset` with types 4 and 5, each only there.",
    "Alarms: faults 4, 5, 10, 11 and 13 name their `phase`, the others have 0. "
    "Fault numbers in `getRuntime` are a list of their own.",
    "Loop limits: `dt_start` and `dt_end` differ; 00:00 to 24:00 is the whole day. "
    "Switch reason 9 stands only with `st` 0.",
    NULL,
};

const struct zjiot_protocol zj_zhenjiang_protocol = {
    .name = "zhenjiang",
    .title = "Zhenjiang city IoT access",
    .source = "document 000",
    .notes = notes,
    .topics = topics,
    .envelope = &zj_zhenjiang_part_envelope,
    .zero_is_absent = true,
    .records = zj_zhenjiang_records,
    .record_count = ZJ_ZHENJIANG_RECORDS,
    .json = true,
    .calls = &calls,
};
