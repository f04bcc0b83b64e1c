/* The HY gateway's entry in the registry. */
#include <string.h>

#include "cjt188/cjt188.h"
#include "hy/hy.h"

static int set_topic(void *message, const char *topic, struct zjiot_pool *pool, struct zjiot_error *error) {
    struct zjiot_hy_gw *gw = &((struct zjiot_hy_message *)message)->gw;
    struct zj_hy_topic split;
    zj_hy_topic_split(topic, &split);
    const struct zj_span gateway = split.parts.level;
    if (gw->has & ZJIOT_BIT(hy_gw, gw_id))
        return strlen(gw->gw_id) == gateway.size && memcmp(gw->gw_id, gateway.text, gateway.size) == 0
                   ? 0
                   : zj_fail_at(error, ZJIOT_CONST, 0, "gw.gw_id", "gw.gw_id: the topic names %.*s, the message %.40s",
                                (int)(gateway.size < 40 ? gateway.size : 40), gateway.text, gw->gw_id);
    const int code = zj_pool_keep(pool, gateway.text, gateway.size, &gw->gw_id, error);
    if (code != 0)
        return code;
    gw->has |= ZJIOT_BIT(hy_gw, gw_id);
    return 0;
}

static int64_t encode(const void *message, const struct zjiot_options *options, char *topic, uint8_t *out,
                      size_t capacity, struct zjiot_error *error) {
    (void)options;
    return zjiot_hy_encode(message, topic, ZJIOT_TOPIC_SIZE, out, capacity, error);
}

/* msg_gw_pr is 0 unless it is set. */
static void prepare(const struct zjiot_record *record, void *message) {
    (void)record;
    struct zjiot_hy_message *prepared = message;
    zj_expect_all(&zj_hy_part_gw, &prepared->gw);
    prepared->gw.has |= ZJIOT_BIT(hy_gw, msg_gw_pr);
    prepared->gw.msg_id = zj_hy_id(prepared->type);
    if (prepared->gw.msg_id != 0)
        prepared->gw.has |= ZJIOT_BIT(hy_gw, msg_id);
}

static void view(const void *message, struct zjiot_message *view) {
    const struct zjiot_hy_message *hy = message;
    view->carried = hy->frames;
    view->carried_count = hy->frame_count;
}

static void identify(const struct zjiot_input *input, struct zjiot_guess *guess) {
    static const struct zj_reasons reasons = {
        .topic = "the topic is a gateway's, and gw.msg_id is known",
        .body = "a JSON text whose gw.msg_id is known",
        .other_topic = "the body fits, the topic is no gateway's",
        .unknown = "it has gw.msg_id, but the number is not known",
        .nothing = "no JSON text with a number in gw.msg_id",
    };
    struct zj_signs signs = {.body = ZJ_NO_BODY};
    struct zj_hy_topic split = {.direction = ZJIOT_BOTH};
    struct zj_span value;
    int64_t id;
    enum zjiot_hy_message_type type;
    if (zj_is_json_text(input->bytes, input->size) &&
        zj_hy_find_id((const char *)input->bytes, input->size, &value, &id)) {
        zj_hy_type(id, ZJIOT_UP, &type);
        const bool is_known = zj_hy_id(type) != 0 || zj_hy_is_other(id);
        signs.body = is_known ? ZJ_KNOWN_BODY : ZJ_UNKNOWN_BODY;
        signs.message = zj_hy_records[type].name;
        if (is_known && input->topic != NULL)
            zj_hy_topic_split(input->topic, &split);
        signs.has_topic = split.direction != ZJIOT_BOTH;
    }
    zj_guess(guess, input, &signs, &reasons);
}

static bool is_letter(char letter, const char *either) {
    return letter != '\0' && strchr(either, letter) != NULL;
}

/* A frame in hex that sets a key, whole or damaged: C with the function write, L, and DI A014 in either order. */
static bool hex_has_key(const char *text, size_t size) {
    for (size_t at = 4; at + 4 <= size; at++) {
        const char *di = text + at;
        const bool is_di = (is_letter(di[0], "aA") && memcmp(di + 1, "014", 3) == 0) ||
                           (memcmp(di, "14", 2) == 0 && is_letter(di[2], "aA") && di[3] == '0');
        if (is_di && is_letter(di[-4], "048cC") && di[-3] == '4')
            return true;
    }
    return false;
}

/* Passwords in messages of two kinds, keys in frames. Of a damaged text the number may be found by its key only, and
 * a key may be written with escapes. */
static bool has_secret(const uint8_t *bytes, size_t size) {
    static const char key[] = "\"msg_id\"";
    const char *text = (const char *)bytes;
    struct zj_span value;
    int64_t id;
    if (zj_hy_find_id(text, size, &value, &id))
        return zj_hy_is_secret(id) || hex_has_key(text, size);
    const char *const end = text + size;
    for (const char *at = text; (at = zj_find_text(at, (size_t)(end - at), key, sizeof key - 1)) != NULL;) {
        at += sizeof key - 1;
        while (at < end && is_letter(*at, ": \t\r\n\""))
            at++;
        if (at < end && is_letter(*at, "15"))
            return true;
    }
    return hex_has_key(text, size);
}

static const struct zj_protocol_calls calls = {
    ZJ_MESSAGE_OF(zjiot_hy_message),
    .headers = {{&zj_hy_part_gw, offsetof(struct zjiot_hy_message, gw)},
                {&zj_hy_part_meter, offsetof(struct zjiot_hy_message, meter)}},
    .read = zj_hy_read,
    .carries = &zj_cjt188_protocol,
    .set_topic = set_topic,
    .encode = encode,
    .prepare = prepare,
    .view = view,
    .has_secret = has_secret,
    .identify = identify,
};

static const char *const notes[] = {
    "The platform and a gateway exchange messages over an MQTT broker. Down is from the platform to the gateway, "
    "up is from the gateway to the platform. Every message is a JSON object with the members `gw` and `data`; "
    "`gw.msg_id` says what it is about, in both directions. "
    "Members are written compactly and in this order, because the gateway's own reader depends on it.",
    "`stat` 1 is a failure, 2 says that the gateway has accepted the request, not that it is done. "
    "What it was asked for comes later as a further message, or never: a meter that is silent gives none. "
    "A `transparent` request takes up to (`transparent_count` + 1) times 6 s and half a second. "
    "The same answer of a meter may come several times.",
    "`meter_id` is 8 digits of the number printed on the meter, 4 of its kind (2008 household valve, "
    "2034 building meter with valve) and 2 of the gateway's port (00 M-Bus, 01 and 02 RS485). "
    "`meter_data` and `transparent` are meter frames in hex, see the protocol `cjt188`: "
    "meters of kind 2008 bear type 53 in them, those of 2034 type 55, and the number stands in them as printed. "
    "A decoded message has their values in `frames`.",
    "A valve is moved by a `transparent` request whose frame says how far: "
    "in percent to type 53, in tenths of a percent to type 55.",
    "A gateway reports every hour; it is offline after two hours of silence, "
    "or when the broker sends its last will (`msg_id` 70), whose topic ends in a slash.",
    "Messages 3, 4, 5, 12 to 17, 30, 45, 50, 60 and 70 are not in the document and are passed through as they are; "
    "5 and 15 hold passwords. 12 without all of `main_interval`, "
    "`copy_interval`, `heating_start` and `heating_end` crashes the gateway and is not written.",
    NULL,
};

const struct zjiot_protocol zj_hy_protocol = {
    .name = "hy",
    .title = "HY heating gateway",
    .source = "document 004",
    .topics = zj_hy_topics,
    .envelope = &zj_hy_part_envelope,
    .records = zj_hy_records,
    .record_count = ZJ_HY_RECORDS,
    .json = true,
    .notes = notes,
    .calls = &calls,
};
