/* Messages: topic and text in, topic and text out. */
#include <string.h>

#include "byd/byd.h"

/* The value of msgType where it comes first, as it nearly always does. */
static bool first_type(const char *text, size_t size, struct zj_span *ret_value) {
    static const char *const tokens[] = {"{", "\"msgType\"", ":", NULL};
    const char *at = zj_json_begins(text, size, tokens);
    const size_t left = at != NULL ? (size_t)(text + size - at) : 0;
    const char *end = left > 0 && *at == '"' ? memchr(at + 1, '"', left - 1) : NULL;
    if (end == NULL)
        return false;
    *ret_value = (struct zj_span){at, (size_t)(end + 1 - at), false};
    return true;
}

int zj_byd_type(const char *text, size_t size, enum zjiot_direction direction, enum zjiot_byd_message_type *ret_type,
                struct zjiot_error *error) {
    struct zj_span value;
    if (first_type(text, size, &value) || zj_json_find(text, size, "msgType", &value)) {
        const struct zjiot_record *record =
            value.size > 2 ? zj_record_named(zj_byd_records, ZJ_BYD_RECORDS, value.text + 1, value.size - 2) : NULL;
        if (record != NULL) {
            *ret_type = (enum zjiot_byd_message_type)(record - zj_byd_records);
            return 0;
        }
    }
    if (direction == ZJIOT_BOTH)
        return zj_fail_at(error, ZJIOT_UNKNOWN, 0, "msgType",
                          "msgType: it is neither up nor down, and no topic says what the message is");
    *ret_type = direction == ZJIOT_UP ? ZJIOT_BYD_UP : ZJIOT_BYD_DOWN;
    return 0;
}

/* The topic against the message on it. */
static int check_topic(struct zj_reader *reader, const char *topic, const struct zj_byd_topic *split,
                       enum zjiot_byd_message_type type) {
    const enum zjiot_direction direction = (enum zjiot_direction)zj_byd_records[type].direction;
    char found[ZJIOT_EVIDENCE_SIZE];
    if (topic == NULL || (split->device.text != NULL && split->direction == direction))
        return 0;
    zj_copy_text(found, sizeof found, topic);
    return zj_deviate(reader, split->direction == ZJIOT_BOTH ? ZJIOT_UNKNOWN : ZJIOT_CONST, 0, "topic", found,
                      zj_topic_written(zj_byd_topics, direction)->text);
}

/* A text that is no JSON has that for its fault, whatever its type is. */
static int check_text(struct zj_reader *reader, struct zjiot_pool *pool, const char *text, size_t size, int code) {
    struct zjiot_byd_up none;
    struct zj_reader other = {.error = reader->error};
    const struct zj_json_input input = {.text = text, .size = size, .pool = pool};
    const struct zj_pool_mark mark = zj_pool_mark(pool);
    struct zjiot_error unknown = {.code = ZJIOT_OK};
    if (reader->error != NULL)
        unknown = *reader->error;
    const int found = zj_read_json(&other, &input, &zj_byd_records[ZJIOT_BYD_UP], &none);
    zj_pool_rewind(pool, mark);
    if (found != 0)
        return found;
    if (reader->error != NULL)
        *reader->error = unknown;
    return code;
}

/* Reads a message whose type is set. */
static int read_as(const char *topic, const struct zj_byd_topic *split, const struct zj_span *text,
                   struct zj_reader *reader, struct zjiot_pool *pool, struct zjiot_byd_message *message) {
    const struct zj_json_input input = {
        .text = text->text, .size = text->size, .pool = pool, .protocol = &zj_byd_protocol, .null_is_absent = true};
    const struct zj_rules rules = {reader, text->text, text->size, reader->error};
    const struct zj_reader_mark counts = zj_reader_mark(reader);
    int code = zj_byd_topic_keep(split, pool, &message->topic, reader->error);
    if (code == 0)
        code = check_topic(reader, topic, split, message->type);
    if (code == 0)
        code = zj_read_json(reader, &input, &zj_byd_records[message->type], &message->data);
    if (code == 0)
        code = zj_byd_check(&rules, message);
    if (code != 0)
        return code;
    zj_byd_derive(message);
    if (reader->trace != NULL)
        zj_trace_settle(reader->trace, counts.spans);
    return 0;
}

/* Whether msgType is what the type was taken for. */
static bool is_confirmed(const struct zjiot_byd_message *message) {
    return message->type == ZJIOT_BYD_UP ? (message->data.up.has & ZJIOT_BIT(byd_up, msg_type)) != 0
                                         : (message->data.down.has & ZJIOT_BIT(byd_down, msg_type)) != 0;
}

/* Where msgType does not come first, the topic says what it may be: if it is, the text need not be searched for it. */
static bool read_by_topic(const char *topic, const struct zj_byd_topic *split, const struct zj_span *text,
                          struct zj_reader *reader, struct zjiot_pool *pool, struct zjiot_byd_message *message) {
    const struct zj_reader_mark counts = zj_reader_mark(reader);
    const struct zj_pool_mark mark = zj_pool_mark(pool);
    struct zjiot_error *const error = reader->error;
    struct zjiot_error unused;
    struct zj_span first;
    if (split->direction == ZJIOT_BOTH || first_type(text->text, text->size, &first))
        return false;
    reader->error = &unused;
    message->type = split->direction == ZJIOT_UP ? ZJIOT_BYD_UP : ZJIOT_BYD_DOWN;
    const int code = read_as(topic, split, text, reader, pool, message);
    reader->error = error;
    if (code == 0 && is_confirmed(message))
        return true;
    zj_reader_rewind(reader, counts);
    zj_pool_rewind(pool, mark);
    return false;
}

int zj_byd_read(struct zj_reader *reader, const struct zjiot_input *from, const struct zjiot_options *options,
                struct zjiot_pool *pool, void *message) {
    (void)options;
    const struct zj_span text = {(const char *)from->bytes, from->size, false};
    struct zjiot_byd_message *byd = message;
    struct zj_byd_topic split = {.direction = ZJIOT_BOTH};
    if (from->topic != NULL)
        zj_byd_topic_split(from->topic, &split);
    if (read_by_topic(from->topic, &split, &text, reader, pool, byd))
        return 0;
    const int code = zj_byd_type(text.text, text.size, split.direction, &byd->type, reader->error);
    if (code != 0)
        return check_text(reader, pool, text.text, text.size, code);
    return read_as(from->topic, &split, &text, reader, pool, byd);
}

int zjiot_byd_decode(const char *topic, const void *text, size_t size, const struct zjiot_options *options,
                     struct zjiot_pool *pool, struct zjiot_byd_message *ret_message, struct zjiot_report *report,
                     struct zjiot_trace *trace, struct zjiot_error *reterr_error) {
    struct zj_reader reader = zj_reader(options, report, trace, reterr_error);
    const struct zjiot_input input = {topic, text, size};
    struct zjiot_byd_message copy;
    return zj_decode(zj_byd_read, &reader, &input, options, pool, &copy, sizeof copy, ret_message);
}

int64_t zjiot_byd_encode(const struct zjiot_byd_message *message, const struct zjiot_options *options, char *topic,
                         size_t topic_size, void *text, size_t capacity, struct zjiot_error *reterr_error) {
    (void)options;
    struct zj_json json;
    struct zj_writer writer = {.error = reterr_error};
    const struct zj_rules rules = {.error = reterr_error};
    int code = zj_check_type(&zj_byd_protocol, message->type, reterr_error);
    if (code == 0)
        code = zj_byd_topic_write(message, topic, topic_size, reterr_error);
    zj_json_start(&json, text, capacity, false);
    if (code == 0)
        code = zj_write_json(&writer, &json, &zj_byd_records[message->type], &message->data);
    if (code == 0)
        code = zj_byd_check(&rules, message);
    return zj_body_end(&json, code, reterr_error);
}

void zjiot_byd_system_fill(struct zjiot_byd_system items[2], double power_factor, double frequency) {
    items[0] = (struct zjiot_byd_system){.has = ZJIOT_BIT(byd_system, power_factor), .power_factor = power_factor};
    items[1] = (struct zjiot_byd_system){
        .has = ZJIOT_BIT(byd_system, frequency), .unit = ZJIOT_BYD_HZ, .frequency = frequency};
}

struct zjiot_track_key zjiot_byd_key(const struct zjiot_byd_command *command) {
    const char *device = command->target.device_id != NULL ? command->target.device_id : "";
    const char *id = command->transaction_id != NULL ? command->transaction_id : "";
    return (struct zjiot_track_key){.scope = device, .scope_size = strlen(device), .id = id, .id_size = strlen(id)};
}
