/* Messages: an object in, an object out. */
#include <string.h>

#include "m4g/m4g.h"

const struct zjiot_record *zj_m4g_command(const char *name, size_t size) {
    return zj_record_named(zj_m4g_records, ZJ_M4G_RECORDS, name, size);
}

/* The value of `cmd` where it is the first member, as it nearly always is. */
static bool first_member(const char *text, size_t size, struct zj_span *ret_value) {
    struct zj_scan scan = {.text = text, .end = text + size, .tolerate = zj_scan_tolerate_all};
    struct zj_span key;
    const char *at = zj_scan_begin(&scan);
    if (at == NULL || *at != '{')
        return false;
    at = zj_scan_space(&scan, at + 1);
    at = at != NULL ? zj_scan_key(&scan, at, &key) : NULL;
    if (at == NULL || key.size != 3 || memcmp(key.text, "cmd", 3) != 0)
        return false;
    const char *end = zj_scan_value(&scan, at);
    if (end == NULL)
        return false;
    *ret_value = (struct zj_span){at, (size_t)(end - at), false};
    return true;
}

/* There is no `cmd` that could be found: the text is no JSON, or has none. */
static int no_command(const char *text, size_t size, struct zjiot_error *error) {
    struct zj_scan scan = {.text = text, .end = text + size, .tolerate = zj_scan_tolerate_all};
    const char *at = zj_scan_begin(&scan);
    if (at != NULL && *at != '{')
        at = zj_scan_fail(&scan, at, "an object");
    at = at != NULL ? zj_scan_value(&scan, at) : NULL;
    at = at != NULL ? zj_scan_end(&scan, at) : NULL;
    if (at == NULL)
        return zj_fail(error, ZJIOT_SYNTAX, (size_t)(scan.where - text), "JSON: %s expected here", scan.wanted);
    return zj_fail_at(error, ZJIOT_MISSING, 0, "cmd", "cmd: the object has none, it says which message it is");
}

int zj_m4g_find_command(const char *text, size_t size, const struct zjiot_record **ret_record,
                        struct zjiot_error *error) {
    enum { NAME_MAX_SIZE = 40 };
    char plain[NAME_MAX_SIZE];
    struct zj_span value;
    if (!first_member(text, size, &value) && !zj_json_find(text, size, "cmd", &value))
        return no_command(text, size, error);
    const size_t offset = (size_t)(value.text - text);
    if (value.text[0] != '"')
        return zj_fail_at(error, ZJIOT_TYPE, offset, "cmd", "cmd: a text is expected");
    const struct zj_span name = {value.text + 1, value.size - 2, true};
    const int64_t length = name.size <= sizeof plain ? zj_json_unescape(&name, plain) : -1;
    const struct zjiot_record *record = length >= 0 ? zj_m4g_command(plain, (size_t)length) : NULL;
    if (record == NULL)
        return zj_fail_at(error, ZJIOT_UNKNOWN, offset, "cmd", "cmd: \"%.*s\" is no message of the document",
                          (int)(name.size < NAME_MAX_SIZE ? name.size : NAME_MAX_SIZE), name.text);
    *ret_record = record;
    return 0;
}

const struct zjiot_field *zj_m4g_imei_field(const struct zjiot_record *record, uint64_t *ret_bit) {
    for (unsigned i = 0; i < record->field_count; i++) {
        if (strcmp(record->fields[i].key, "IMEI") != 0)
            continue;
        *ret_bit = UINT64_C(1) << i;
        return &record->fields[i];
    }
    return NULL;
}

const char *zjiot_m4g_imei(const struct zjiot_m4g_message *message) {
    uint64_t bit;
    const char *imei = NULL;
    const struct zjiot_field *field = zj_m4g_imei_field(&zj_m4g_records[message->type], &bit);
    if (field != NULL)
        memcpy(&imei, (const char *)&message->data + field->offset, sizeof imei);
    return imei;
}

/* What the topic says, against what the object says, which counts. */
static int check_topic(struct zj_reader *reader, const char *topic, struct zjiot_pool *pool,
                       struct zjiot_m4g_message *message) {
    const struct zjiot_record *record = &zj_m4g_records[message->type];
    const char *imei = zjiot_m4g_imei(message);
    struct zj_m4g_topic split;
    struct zjiot_error error;
    if (zj_m4g_topic_split(topic, &split, &error) != 0) {
        char found[ZJIOT_EVIDENCE_SIZE];
        zj_copy_text(found, sizeof found, topic);
        return zj_deviate(reader, error.code, 0, "topic", found, "zjiot/m4g/<IMEI>/up/<cmd> or down");
    }
    int code = zj_pool_keep(pool, split.imei, strlen(split.imei), &message->topic.imei, reader->error);
    if (code != 0)
        return code;
    message->topic.has |= ZJIOT_BIT(m4g_topic, imei);
    if (split.record != record)
        code = zj_deviate(reader, ZJIOT_CONST, 0, "topic.cmd", split.record->name, record->name);
    if (code == 0 && imei != NULL && imei[0] != '\0' && strcmp(imei, split.imei) != 0)
        code = zj_deviate(reader, ZJIOT_CONST, 0, "topic.imei", split.imei, imei);
    return code;
}

int zj_m4g_read(struct zj_reader *reader, const struct zjiot_input *from, const struct zjiot_options *options,
                struct zjiot_pool *pool, void *message) {
    (void)options;
    const char *text = (const char *)from->bytes;
    const struct zj_path data = {NULL, "data", -1};
    const struct zj_rules rules = {reader, text, from->size, reader->error};
    struct zjiot_m4g_message *m4g = message;
    const struct zjiot_record *record;
    int code = zj_m4g_find_command(text, from->size, &record, reader->error);
    if (code != 0)
        return code;
    const struct zj_json_input input = {
        .text = text, .size = from->size, .pool = pool, .body = record, .null_is_absent = true};
    m4g->type = (enum zjiot_m4g_message_type)(record - zj_m4g_records);
    m4g->topic = (struct zjiot_m4g_topic){.has = ZJIOT_HAS_READ};
    reader->path = &data;
    code = zj_read_json(reader, &input, record, &m4g->data);
    reader->path = NULL;
    if (code == 0)
        code = zj_m4g_check(&rules, m4g);
    return code == 0 && from->topic != NULL ? check_topic(reader, from->topic, pool, m4g) : code;
}

int zjiot_m4g_decode(const char *topic, const void *text, size_t size, const struct zjiot_options *options,
                     struct zjiot_pool *pool, struct zjiot_m4g_message *ret_message, struct zjiot_report *report,
                     struct zjiot_trace *trace, struct zjiot_error *reterr_error) {
    struct zj_reader reader = zj_reader(options, report, trace, reterr_error);
    const struct zjiot_input input = {topic, text, size};
    struct zjiot_m4g_message copy;
    return zj_decode(zj_m4g_read, &reader, &input, options, pool, &copy, sizeof copy, ret_message);
}

int64_t zjiot_m4g_encode(const struct zjiot_m4g_message *message, void *out, size_t capacity,
                         struct zjiot_error *reterr_error) {
    const struct zj_path data = {NULL, "data", -1};
    const struct zj_rules rules = {.error = reterr_error};
    struct zj_writer writer = {.error = reterr_error, .path = &data};
    struct zj_json json;
    int code = zj_check_type(&zj_m4g_protocol, message->type, reterr_error);
    zj_json_start(&json, out, capacity, false);
    if (code == 0)
        code = zj_write_json(&writer, &json, &zj_m4g_records[message->type], &message->data);
    if (code == 0)
        code = zj_m4g_check(&rules, message);
    return zj_body_end(&json, code, reterr_error);
}

/* The number to be echoed. One of our own might acknowledge another packet, so that the module would drop it. */
static int echo(const struct zjiot_m4g_message *message, int64_t *ret_packnum, struct zjiot_error *error) {
    const bool is_data = message->type == ZJIOT_M4G_PUSH_MSG;
    const uint64_t bit = is_data ? ZJIOT_BIT(m4g_push_msg, packnum) : ZJIOT_BIT(m4g_push_online, packnum);
    struct zj_masks masks;
    memcpy(&masks, &message->data, sizeof masks);
    if ((masks.invalid & bit) != 0)
        return zj_fail_at(error, ZJIOT_TYPE, 0, "data.packnum", "data.packnum: none that could be echoed");
    if ((masks.has & ZJIOT_HAS_READ) != 0 && (masks.has & bit) == 0)
        return zj_fail_at(error, ZJIOT_MISSING, 0, "data.packnum", "data.packnum is missing: there is none to echo");
    *ret_packnum = is_data ? message->data.push_msg.packnum : message->data.push_online.packnum;
    return 0;
}

int zjiot_m4g_answer(const struct zjiot_m4g_message *message, int64_t unix_seconds,
                     struct zjiot_m4g_message *ret_answer, struct zjiot_error *reterr_error) {
    int code = zj_check_type(&zj_m4g_protocol, message->type, reterr_error);
    if (code != 0)
        return code;
    const struct zjiot_record *record = &zj_m4g_records[message->type];
    if (record->direction != ZJIOT_UP || record->answers != ZJIOT_ANSWERS_ONE)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "%s gets no answer, or one that only its receiver knows",
                       record->name);
    struct zjiot_m4g_message answer = {
        .type = (enum zjiot_m4g_message_type)(message->type + 1),
        .topic = message->topic,
    };
    if (answer.topic.imei == NULL)
        answer.topic.imei = zjiot_m4g_imei(message);
    if (message->type == ZJIOT_M4G_TIME)
        answer.data.time_ack.timestamp = unix_seconds;
    if (message->type == ZJIOT_M4G_PUSH_MSG || message->type == ZJIOT_M4G_PUSH_ONLINE)
        code = echo(message, &answer.data.push_msg_ack.packnum, reterr_error);
    if (code == 0)
        *ret_answer = answer;
    return code;
}
