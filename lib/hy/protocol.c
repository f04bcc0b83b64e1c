/* The HY gateway's entry in the registry. */
#include <stdio.h>
#include <string.h>

#include "cjt188/cjt188.h"
#include "hy/hy.h"

static int decode(const struct zjiot_input *input, const struct zjiot_options *options, struct zjiot_pool *pool,
                  void *ret_message, struct zjiot_report *report, struct zjiot_trace *trace,
                  struct zjiot_error *error) {
    return zjiot_hy_decode(input->topic, input->bytes, input->size, options, pool, ret_message, report, trace, error);
}

static bool topic_direction(const char *topic, enum zjiot_direction *ret_direction) {
    const struct zj_hy_topic split = zj_hy_topic_split(topic);
    *ret_direction = split.direction;
    return split.direction != ZJIOT_BOTH;
}

static int set_topic(void *message, const char *topic, struct zjiot_pool *pool, struct zjiot_error *error) {
    struct zjiot_hy_gw *gw = &((struct zjiot_hy_message *)message)->gw;
    const struct zj_span gateway = zj_hy_topic_split(topic).gateway;
    if (gw->has & ZJIOT_BIT(hy_gw, gw_id))
        return strlen(gw->gw_id) == gateway.size && memcmp(gw->gw_id, gateway.text, gateway.size) == 0
                   ? 0
                   : zj_fail_at(error, ZJIOT_CONST, 0, "gw.gw_id", "gw.gw_id: the topic names %.*s, the message %.40s",
                                (int)(gateway.size < 40 ? gateway.size : 40), gateway.text, gw->gw_id);
    struct zjiot_error room;
    char *text = zj_pool_text(pool, gateway.size + 1, &room);
    if (text == NULL) {
        if (error != NULL)
            *error = room;
        return room.code;
    }
    memcpy(text, gateway.text, gateway.size);
    text[gateway.size] = '\0';
    gw->gw_id = text;
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
    struct zjiot_hy_message *prepared = message;
    prepared->type = (enum zjiot_hy_message_type)(record - zj_hy_records);
    zj_expect_all(&zj_hy_part_gw, &prepared->gw);
    prepared->gw.has |= ZJIOT_BIT(hy_gw, msg_gw_pr);
    prepared->gw.msg_id = zj_hy_id(prepared->type);
    if (prepared->gw.msg_id != 0)
        prepared->gw.has |= ZJIOT_BIT(hy_gw, msg_id);
}

static void view(void *message, struct zjiot_message *ret_view) {
    struct zjiot_hy_message *hy = message;
    const struct zjiot_record *record = &zj_hy_records[hy->type];
    *ret_view = (struct zjiot_message){
        .protocol = &zj_hy_protocol,
        .name = record->name,
        .direction = (enum zjiot_direction)record->direction,
        .headers = {{&zj_hy_part_gw, &hy->gw}, {&zj_hy_part_meter, &hy->meter}},
        .header_count = 2,
        .data = {record, &hy->data},
        .typed = message,
        .carried = hy->frames,
        .carried_count = hy->frame_count,
    };
}

static void identify(const struct zjiot_input *input, struct zjiot_guess *guess) {
    const char *text = (const char *)input->bytes;
    struct zj_span value;
    int64_t id;
    enum zjiot_hy_message_type type;
    guess->fit = ZJIOT_FIT_NO;
    if (!zj_is_json_text(input->bytes, input->size) || !zj_hy_find_id(text, input->size, &value, &id)) {
        zj_copy_text(guess->why, sizeof guess->why, "no JSON text with a number in gw.msg_id");
        return;
    }
    const bool known = (zj_hy_type(id, ZJIOT_UP, &type), zj_hy_id(type) != 0 || zj_hy_is_other(id));
    const bool has_topic = input->topic != NULL && zj_hy_topic_split(input->topic).direction != ZJIOT_BOTH;
    zj_copy_text(guess->message, sizeof guess->message, zj_hy_records[type].name);
    if (!known) {
        guess->fit = ZJIOT_FIT_POSSIBLE;
        zj_copy_text(guess->why, sizeof guess->why, "it has gw.msg_id, but the number is not known");
    } else if (has_topic) {
        guess->fit = ZJIOT_FIT_CERTAIN;
        zj_copy_text(guess->why, sizeof guess->why, "the topic is a gateway's, and gw.msg_id is known");
    } else if (input->topic != NULL) {
        guess->fit = ZJIOT_FIT_POSSIBLE;
        zj_copy_text(guess->why, sizeof guess->why, "the body fits, the topic is no gateway's");
    } else {
        guess->fit = ZJIOT_FIT_LIKELY;
        zj_copy_text(guess->why, sizeof guess->why, "a JSON text whose gw.msg_id is known");
    }
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
    for (size_t at = 0; at < size; at++) {
        if (size - at >= sizeof key && memcmp(text + at, key, sizeof key - 1) == 0) {
            size_t digits = at + sizeof key - 1;
            while (digits < size && is_letter(text[digits], ": \t\r\n\""))
                digits++;
            if (digits < size && is_letter(text[digits], "15"))
                return true;
        }
    }
    return hex_has_key(text, size);
}

static const struct zj_protocol_calls calls = {
    .message_size = sizeof(struct zjiot_hy_message),
    .decode = decode,
    .carries = &zj_cjt188_protocol,
    .topic = topic_direction,
    .set_topic = set_topic,
    .encode = encode,
    .prepare = prepare,
    .view = view,
    .has_secret = has_secret,
    .identify = identify,
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
    .calls = &calls,
};
