/* Messages: topic and body in, topic and body out. */
#include <string.h>

#include "hy/hy.h"

bool zj_hy_find_id(const char *text, size_t size, struct zj_span *ret_value, int64_t *ret_id) {
    double number;
    *ret_value = (struct zj_span){NULL, 0, false};
    if (!zj_json_find(text, size, "gw.msg_id", ret_value))
        return false;
    const bool quoted = *ret_value->text == '"';
    const size_t digits = ret_value->size - 2u * quoted;
    return zj_real_read(ret_value->text + quoted, digits, &number) && zj_decimal_digits(number, 0, ret_id);
}

/* Without a number nothing is known of the data; but first the text has to be JSON. */
static int fail_id(const struct zj_span *text, const struct zj_span *value, struct zj_reader *reader,
                   struct zjiot_pool *pool) {
    struct zjiot_hy_envelope envelope;
    struct zjiot_hy_other data;
    struct zj_reader silent = {.error = reader->error};
    const struct zj_json_input input = {.text = text->text,
                                        .size = text->size,
                                        .pool = pool,
                                        .body = &zj_hy_records[ZJIOT_HY_OTHER],
                                        .body_value = &data};
    const int code = zj_read_json(&silent, &input, &zj_hy_part_envelope, &envelope);
    if (code != 0)
        return code;
    if (value->text == NULL)
        return zj_fail_at(reader->error, ZJIOT_MISSING, 0, "gw.msg_id",
                          "gw.msg_id is missing, which says what the message is about");
    return zj_fail_at(reader->error, ZJIOT_TYPE, (size_t)(value->text - text->text), "gw.msg_id",
                      "gw.msg_id: no whole number");
}

/* Without a topic the members of the data tell the direction. What the data's damage hides is the gateway's: requests
 * are short. */
static enum zjiot_direction guess_direction(int64_t id, const struct zj_span *text, bool *ret_doubt) {
    enum zjiot_hy_message_type down;
    enum zjiot_hy_message_type up;
    struct zj_span data;
    struct zj_span stat;
    *ret_doubt = false;
    if (!zj_hy_type(id, ZJIOT_DOWN, &down) || !zj_json_find(text->text, text->size, "data", &data))
        return ZJIOT_UP;
    zj_hy_type(id, ZJIOT_UP, &up);
    if (zj_hy_id(down) == 0) {
        const bool answers = id == ZJ_HY_LAST_WILL || zj_json_find(data.text, data.size, "stat", &stat);
        *ret_doubt = !answers;
        return answers ? ZJIOT_UP : ZJIOT_DOWN;
    }
    const int64_t likeness =
        zj_json_likeness(&data, &zj_hy_records[up]) - zj_json_likeness(&data, &zj_hy_records[down]);
    *ret_doubt = likeness == 0;
    return likeness > 0 ? ZJIOT_UP : ZJIOT_DOWN;
}

/* The type of the message; a topic of the wrong direction is a deviation. */
static int choose_type(const char *topic, const struct zj_hy_topic *split, int64_t id, const struct zj_span *text,
                       struct zj_reader *reader, enum zjiot_hy_message_type *ret_type) {
    enum zjiot_direction direction = split->direction;
    struct zj_topic_parts parts;
    bool doubt = false;
    int code = 0;
    if (direction == ZJIOT_BOTH)
        direction = guess_direction(id, text, &doubt);
    const bool agrees = zj_hy_type(id, direction, ret_type);
    if (topic != NULL && (split->direction == ZJIOT_BOTH || !agrees))
        code = zj_topic_check(reader, zj_hy_topics, topic, (enum zjiot_direction)zj_hy_records[*ret_type].direction,
                              &parts);
    if (code == 0 && doubt)
        code = zj_deviate(reader, ZJIOT_AMBIGUOUS, 0, "topic", topic != NULL ? topic : "no topic",
                          "a topic, which says the direction");
    return code;
}

static int read_body(const struct zj_span *text, int64_t id, struct zj_reader *reader, struct zjiot_pool *pool,
                     struct zjiot_hy_message *message) {
    struct zjiot_hy_envelope envelope;
    const struct zj_json_input input = {
        .text = text->text,
        .size = text->size,
        .pool = pool,
        .body = &zj_hy_records[message->type],
        .body_value = &message->data,
        .secret = zj_hy_is_secret(id),
    };
    return zj_read_json_part(reader, &input, &zj_hy_part_envelope, &envelope, &envelope.gw, sizeof envelope.gw,
                             &message->gw);
}

/* The number behind the first key of that name, wherever that is: what was read has to confirm it. */
static bool guess_id(const struct zj_span *text, int64_t *ret_id) {
    static const char key[] = "\"msg_id\"";
    const char *const end = text->text + text->size;
    const char *at = zj_find_text(text->text, text->size, key, sizeof key - 1);
    if (at == NULL)
        return false;
    struct zj_decimal number;
    at = zj_skip_blanks(at + sizeof key - 1, end);
    at = at < end && *at == ':' ? zj_skip_blanks(at + 1, end) : end;
    if (at == end || zj_scan_decimal(at, end, &number) == NULL || !number.exact || number.exponent != 0)
        return false;
    *ret_id = number.negative ? -(int64_t)number.digits : (int64_t)number.digits;
    return true;
}

/* Reads a message as one of that number. */
static int read_as(int64_t id, const char *topic, const struct zj_span *text, const struct zjiot_options *options,
                   struct zj_reader *reader, struct zjiot_pool *pool, struct zjiot_hy_message *message) {
    struct zj_hy_topic split = {.direction = ZJIOT_BOTH};
    message->meter.has = message->meter.invalid = 0;
    message->frames = NULL;
    message->frame_count = 0;
    if (topic != NULL)
        zj_hy_topic_split(topic, &split);
    int code = choose_type(topic, &split, id, text, reader, &message->type);
    if (code == 0)
        code = read_body(text, id, reader, pool, message);
    if (code == 0)
        code = zj_hy_check_read(reader, text, &split, message);
    return code != 0 ? code : zj_hy_carry(reader, options, text, pool, message);
}

int zj_hy_read(struct zj_reader *reader, const struct zjiot_input *input, const struct zjiot_options *options,
               struct zjiot_pool *pool, void *message) {
    const struct zj_span text = {(const char *)input->bytes, input->size, false};
    const struct zj_reader_mark counts = zj_reader_mark(reader);
    const struct zj_pool_mark mark = zj_pool_mark(pool);
    struct zjiot_hy_message *hy = message;
    struct zj_span value;
    int64_t id = 0;
    if (text.size == 0)
        return zj_fail(reader->error, ZJIOT_SYNTAX, 0, "the body is empty");
    if (guess_id(&text, &id)) {
        struct zjiot_error *const error = reader->error;
        struct zjiot_error unused;
        reader->error = &unused;
        const int code = read_as(id, input->topic, &text, options, reader, pool, hy);
        reader->error = error;
        if (code == 0 && (hy->gw.has & ZJIOT_BIT(hy_gw, msg_id)) && hy->gw.msg_id == id)
            return 0;
        zj_reader_rewind(reader, counts);
        zj_pool_rewind(pool, mark);
    }
    if (!zj_hy_find_id(text.text, text.size, &value, &id))
        return fail_id(&text, &value, reader, pool);
    return read_as(id, input->topic, &text, options, reader, pool, hy);
}

int zjiot_hy_decode(const char *topic, const void *body, size_t size, const struct zjiot_options *options,
                    struct zjiot_pool *pool, struct zjiot_hy_message *ret_message, struct zjiot_report *report,
                    struct zjiot_trace *trace, struct zjiot_error *reterr_error) {
    struct zj_reader reader = zj_reader(options, report, trace, reterr_error);
    const struct zjiot_input input = {topic, body, size};
    struct zjiot_hy_message copy;
    return zj_decode(zj_hy_read, &reader, &input, options, pool, &copy, sizeof copy, ret_message);
}

static int write_body(const struct zjiot_hy_message *message, struct zj_json *json, struct zjiot_error *error) {
    struct zjiot_hy_envelope envelope = {.gw = message->gw};
    struct zj_writer writer = {
        .error = error,
        .body = &zj_hy_records[message->type],
        .body_value = &message->data,
        .upper_hex = true, /* as in the document */
    };
    const int64_t id = zj_hy_id(message->type);
    if (id != 0)
        envelope.gw.msg_id = id;
    envelope.gw.has |= ZJIOT_BIT(hy_gw, msg_id);
    return zj_write_json(&writer, json, &zj_hy_part_envelope, &envelope);
}

int64_t zjiot_hy_encode(const struct zjiot_hy_message *message, char *topic, size_t topic_size, void *body,
                        size_t capacity, struct zjiot_error *reterr_error) {
    char text[ZJIOT_HY_TOPIC_SIZE];
    struct zj_json json;
    zj_json_start(&json, body, capacity, false);
    int code = zj_hy_check_write(message, reterr_error);
    if (code == 0)
        code = write_body(message, &json, reterr_error);
    const int length = code == 0 ? zj_hy_topic_write(message, text, sizeof text, reterr_error) : code;
    const int64_t written = zj_body_end(&json, length < 0 ? length : 0, reterr_error);
    if (written >= 0)
        code = zj_topic_give(text, (size_t)length, topic, topic_size, reterr_error);
    return code != 0 ? code : written;
}
