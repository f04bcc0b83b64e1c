/* Messages: topic and body in, topic and body out. */
#include <string.h>

#include "zhenjiang/zhenjiang.h"

/* Where one command has several messages of a direction, the members of `data` decide. */
static const struct zjiot_record *choose_variant(const struct zjiot_record *record, const struct zj_span *text) {
    const struct zjiot_record *end = zj_zhenjiang_records + ZJ_ZHENJIANG_RECORDS;
    struct zj_span data;
    if (record + 1 == end || record[1].name_size != record->name_size || strcmp(record[1].name, record->name) != 0 ||
        !zj_json_find(text->text, text->size, "data", &data))
        return record;
    return zj_json_likeness(&data, record + 1) > zj_json_likeness(&data, record) ? record + 1 : record;
}

/* Without a topic: the command is the context's; a result in the context is upward, else the members of `data` decide.
 */
static int guess_topic(const struct zj_span *text, struct zj_reader *reader, struct zj_zhenjiang_topic *ret_topic) {
    struct zj_span value;
    struct zj_span data = {"{}", 2, false};
    if (!zj_json_find(text->text, text->size, "context.cmd", &value) || value.size < 2 || value.text[0] != '"')
        return zj_fail_at(reader->error, ZJIOT_UNKNOWN, 0, "context.cmd",
                          "without a topic the command is context.cmd, and there is none");
    const struct zj_span name = {value.text + 1, value.size - 2, false};
    const struct zjiot_record *down = zj_zhenjiang_command(name.text, name.size, ZJIOT_DOWN);
    const struct zjiot_record *up = zj_zhenjiang_command(name.text, name.size, ZJIOT_UP);
    if (up == NULL)
        return zj_fail_at(reader->error, ZJIOT_UNKNOWN, (size_t)(name.text - text->text), "context.cmd",
                          "context.cmd: \"%.*s\" is no command",
                          (int)zj_utf8_valid(name.text, name.size < 40 ? name.size : 40), name.text);
    const struct zjiot_record *record = up;
    int code = 0;
    zj_json_find(text->text, text->size, "data", &data);
    if (down != NULL && !zj_json_find(text->text, text->size, "context.status", &value) &&
        !zj_json_find(text->text, text->size, "context.detail", &value)) {
        const int64_t likeness = zj_json_likeness(&data, choose_variant(up, text)) - zj_json_likeness(&data, down);
        record = likeness > 0 ? up : down;
        if (likeness == 0)
            code = zj_deviate(reader, ZJIOT_AMBIGUOUS, 0, "topic", "no topic", "a topic, which says the direction");
    }
    *ret_topic = (struct zj_zhenjiang_topic){
        .direction = (enum zjiot_direction)record->direction, .record = record, .format = ZJIOT_ZHENJIANG_JSON};
    return code;
}

/* What is odd about a topic that could be read. */
static int check_topic(struct zj_reader *reader, const struct zj_zhenjiang_topic *topic) {
    const struct zjiot_field *vendor = &zj_zhenjiang_part_topic.fields[zjiot_at_zhenjiang_topic_vendor];
    char found[ZJIOT_EVIDENCE_SIZE];
    char expected[ZJIOT_EVIDENCE_SIZE];
    int code = 0;
    if (ZJ_UNLIKELY(topic->vendor.size > (size_t)vendor->max)) {
        zj_copy_part(found, sizeof found, topic->vendor.text, topic->vendor.size);
        zjiot_field_range(vendor, expected, sizeof expected);
        code = zj_deviate(reader, ZJIOT_LENGTH, 0, "topic.vendor", found, expected);
    }
    if (code == 0 && ZJ_UNLIKELY(topic->misspelt))
        code = zj_deviate(reader, ZJIOT_CONST, 0, "topic.command", "ct10nOff", "ctlOnOff");
    return code;
}

static int read_body(const struct zj_zhenjiang_topic *topic, const struct zj_span *text, struct zj_reader *reader,
                     struct zjiot_pool *pool, struct zjiot_zhenjiang_message *ret_message) {
    const struct zjiot_record *record = choose_variant(topic->record, text);
    struct zjiot_zhenjiang_envelope envelope;
    const struct zj_json_input input = {
        .text = text->text,
        .size = text->size,
        .pool = pool,
        .body = record,
        .body_value = &ret_message->data,
        .zero_is_absent = zj_zhenjiang_protocol.zero_is_absent && topic->direction == ZJIOT_UP,
        .protocol = &zj_zhenjiang_protocol,
    };
    const struct zj_rules rules = {reader, text->text, text->size, reader->error};
    ret_message->type = (enum zjiot_zhenjiang_message_type)(record - zj_zhenjiang_records);
    int code = zj_read_json_part(reader, &input, &zj_zhenjiang_part_envelope, &envelope, &envelope.context,
                                 sizeof envelope.context, &ret_message->context);
    if (code == 0)
        code = check_topic(reader, topic);
    return code != 0 ? code : zj_zhenjiang_check(&rules, ret_message);
}

/* Without a topic: what the context says in its place. */
static struct zjiot_zhenjiang_topic topic_of_context(const struct zj_zhenjiang_topic *guess) {
    return (struct zjiot_zhenjiang_topic){.has = ZJIOT_HAS_READ | ZJIOT_BIT(zhenjiang_topic, command),
                                          .command = guess->record->name};
}

static void trace_topic(struct zj_reader *reader, const struct zjiot_zhenjiang_topic *topic) {
    const struct zj_path path = {NULL, "topic", -1};
    if (reader->trace == NULL)
        return;
    reader->path = &path;
    for (unsigned i = 0; i < zj_zhenjiang_part_topic.field_count; i++)
        if (topic->has >> i & 1)
            zj_trace_span(reader, 0, 0, &zj_zhenjiang_part_topic, i, topic);
    reader->path = NULL;
}

int zj_zhenjiang_read(struct zj_reader *reader, const struct zjiot_input *input, const struct zjiot_options *options,
                      struct zjiot_pool *pool, void *message) {
    struct zjiot_zhenjiang_message *zhenjiang = message;
    struct zj_zhenjiang_topic split;
    struct zj_span text = {NULL, 0, false};
    const bool has_topic = input->topic != NULL;
    split.format = ZJIOT_ZHENJIANG_JSON; /* until a topic says otherwise */
    int code = has_topic ? zj_zhenjiang_topic_split(input->topic, &split, reader->error) : 0;
    if (code == 0)
        code = zj_zhenjiang_body_open(split.format, input->bytes, input->size, options, reader, pool, &text);
    if (code == 0 && !has_topic)
        code = guess_topic(&text, reader, &split);
    if (code == 0 && !has_topic)
        zhenjiang->topic = topic_of_context(&split);
    if (code == 0 && has_topic)
        code = zj_zhenjiang_topic_keep(&split, pool, &zhenjiang->topic, reader->error);
    if (code == 0 && has_topic)
        trace_topic(reader, &zhenjiang->topic);
    if (code == 0)
        code = read_body(&split, &text, reader, pool, zhenjiang);
    /* Who sends made-up bodies must not learn whether they were decrypted. */
    if (code == ZJIOT_SYNTAX && zj_zhenjiang_is_encrypted(split.format))
        code = zj_zhenjiang_refuse_body(reader->error);
    if (code == 0 && reader->trace != NULL && text.text != (const char *)input->bytes)
        reader->trace->opened = (struct zjiot_bytes){(const uint8_t *)text.text, text.size};
    return code;
}

int zjiot_zhenjiang_decode(const char *topic, const void *body, size_t size, const struct zjiot_options *options,
                           struct zjiot_pool *pool, struct zjiot_zhenjiang_message *ret_message,
                           struct zjiot_report *report, struct zjiot_trace *trace, struct zjiot_error *reterr_error) {
    struct zj_reader reader = zj_reader(options, report, trace, reterr_error);
    const struct zjiot_input input = {topic, body, size};
    struct zjiot_zhenjiang_message copy;
    return zj_decode(zj_zhenjiang_read, &reader, &input, options, pool, &copy, sizeof copy, ret_message);
}

int zj_zhenjiang_body_write(const struct zjiot_zhenjiang_message *message, struct zj_json *json,
                            struct zjiot_error *error) {
    const struct zjiot_record *record = &zj_zhenjiang_records[message->type];
    const struct zj_rules rules = {.error = error};
    struct zjiot_zhenjiang_envelope envelope = {.context = message->context};
    struct zj_writer writer = {
        .error = error,
        .body = record,
        .body_value = &message->data,
        .zero_is_absent = zj_zhenjiang_protocol.zero_is_absent && record->direction == ZJIOT_UP,
    };
    const int code = zj_zhenjiang_check(&rules, message);
    if (code != 0)
        return code;
    envelope.context.cmd = record->name;
    envelope.context.has |= ZJIOT_BIT(zhenjiang_context, cmd);
    if (record->direction == ZJIOT_UP && !(message->context.has & ZJIOT_HAS_READ) &&
        !zj_zhenjiang_is_push(message->type))
        envelope.context.has |= ZJIOT_BIT(zhenjiang_context, status) | ZJIOT_BIT(zhenjiang_context, detail);
    return zj_write_json(&writer, json, &zj_zhenjiang_part_envelope, &envelope);
}

const struct zjiot_record *zj_zhenjiang_record(const struct zjiot_zhenjiang_message *message,
                                               struct zjiot_error *reterr_error) {
    const int code = zj_check_type(&zj_zhenjiang_protocol, message->type, reterr_error);
    return code == 0 ? &zj_zhenjiang_records[message->type] : NULL;
}

int64_t zjiot_zhenjiang_encode(const struct zjiot_zhenjiang_message *message, const struct zjiot_options *options,
                               char *topic, size_t topic_size, void *body, size_t capacity,
                               struct zjiot_error *reterr_error) {
    char text[ZJIOT_ZHENJIANG_TOPIC_SIZE];
    int length = zj_check_type(&zj_zhenjiang_protocol, message->type, reterr_error);
    if (length == 0)
        length = zj_zhenjiang_topic_write(message, text, sizeof text, reterr_error);
    if (length < 0)
        return length;
    const int64_t size = zj_zhenjiang_body_seal(message, options, body, capacity, reterr_error);
    const int code = size >= 0 ? zj_topic_give(text, (size_t)length, topic, topic_size, reterr_error) : 0;
    return code != 0 ? code : size;
}

int zjiot_zhenjiang_check(const struct zjiot_zhenjiang_message *message, struct zjiot_error *reterr_error) {
    char topic[ZJIOT_ZHENJIANG_TOPIC_SIZE];
    struct zj_json json;
    int code = zj_check_type(&zj_zhenjiang_protocol, message->type, reterr_error);
    if (code == 0)
        code = zj_zhenjiang_topic_write(message, topic, sizeof topic, reterr_error);
    zj_json_start(&json, NULL, 0, false);
    return code < 0 ? code : zj_zhenjiang_body_write(message, &json, reterr_error);
}

int zjiot_zhenjiang_reply(const struct zjiot_zhenjiang_message *request, enum zjiot_zhenjiang_status status,
                          const char *detail, int64_t unix_milli, struct zjiot_zhenjiang_message *ret_reply,
                          struct zjiot_error *reterr_error) {
    const struct zjiot_record *record = zj_zhenjiang_record(request, reterr_error);
    if (record == NULL)
        return ZJIOT_ARG;
    if (record->direction != ZJIOT_DOWN)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "%s is no request", record->name);
    const struct zjiot_record *answer = zj_zhenjiang_command(record->name, record->name_size, ZJIOT_UP);
    struct zjiot_zhenjiang_message reply = {
        .type = (enum zjiot_zhenjiang_message_type)(answer - zj_zhenjiang_records),
        .topic = request->topic,
        .context = request->context,
    };
    reply.context.has &= ~ZJIOT_HAS_READ;
    reply.context.has |=
        ZJIOT_BIT(zhenjiang_context, cmd) | ZJIOT_BIT(zhenjiang_context, status) | ZJIOT_BIT(zhenjiang_context, detail);
    reply.context.cmd = answer->name; /* a request that was read may name another command or device than its topic */
    if (reply.topic.device != NULL) {
        reply.context.dev_id = reply.topic.device;
        reply.context.has |= ZJIOT_BIT(zhenjiang_context, dev_id);
    }
    reply.context.status = status;
    reply.context.detail = detail != NULL ? detail : "";
    reply.context.unix_milli = unix_milli;
    *ret_reply = reply;
    return 0;
}

const char *zjiot_zhenjiang_fault_name(int64_t alarm_id) {
    const struct zjiot_record *alarm = &zj_zhenjiang_part_alarm;
    const struct zjiot_choice *choice =
        zjiot_choice_find(alarm->fields[zjiot_at_zhenjiang_alarm_alarm_id].set, alarm_id);
    return choice != NULL ? choice->name : NULL;
}
