/* What rows cannot say: names that must agree, members that belong together, and what a gateway cannot bear. */
#include <stdio.h>
#include <string.h>

#include "cjt188/cjt188.h"
#include "hy/hy.h"

/* Byte by byte, as they were written just now: a load of several would wait until all of them are in the cache. */
static bool are_same(const char *one, const char *other, size_t size) {
    size_t same = 0;
    while (same < size && one[same] == other[same])
        same++;
    return same == size;
}

size_t zj_hy_compare(const struct zjiot_hy_meter *meter, const struct zjiot_cjt188_header *header,
                     struct zj_hy_difference ret_differences[ZJ_HY_DIFFERENCES]) {
    const bool is_printed = header->meter[ZJIOT_HY_METER_DIGITS] == '\0';
    size_t count = 0;
    if ((meter->has & ZJIOT_BIT(hy_meter, type)) != 0) {
        struct zj_hy_difference *difference = &ret_differences[count];
        zj_hex_pair((uint8_t)header->type, difference->room);
        difference->key = "type";
        difference->at = ZJ_CJT188_TYPE_AT;
        difference->said = difference->room;
        difference->wanted = meter->type;
        count += !are_same(difference->room, meter->type, 2);
    }
    if ((meter->has & ZJIOT_BIT(hy_meter, meter)) != 0 && is_printed &&
        !are_same(header->meter, meter->meter, ZJIOT_HY_METER_DIGITS))
        ret_differences[count++] = (struct zj_hy_difference){
            .key = "meter", .at = ZJ_CJT188_ADDRESS_AT, .said = header->meter, .wanted = meter->meter};
    return count;
}

/* --- Reading --- */

static int deviate(struct zj_reader *reader, const struct zj_span *text, enum zjiot_code code, const char *part,
                   const char *key, const char *found, const char *expected) {
    const struct zj_path path = {NULL, part, -1};
    const struct zj_rules rules = {reader, text->text, text->size, reader->error};
    return zj_rules_report(&rules, &path, &(struct zj_finding){code, key, found, expected});
}

static int check_gateway(struct zj_reader *reader, const struct zj_span *text, const struct zj_hy_topic *topic,
                         const struct zjiot_hy_gw *gw) {
    char expected[ZJIOT_EVIDENCE_SIZE];
    const char *gateway = gw->gw_id != NULL ? gw->gw_id : "";
    if (!(gw->has & ZJIOT_BIT(hy_gw, gw_id)))
        return 0; /* the row has said so */
    if (topic->direction == ZJIOT_BOTH)
        return zj_topic_level(gateway, strlen(gateway)) ? 0
                                                        : deviate(reader, text, ZJIOT_SYNTAX, "gw", "gw_id", gateway,
                                                                  "a name that can be a level of a topic");
    const struct zj_span *level = &topic->parts.level;
    if (strncmp(gateway, level->text, level->size) == 0 && gateway[level->size] == '\0')
        return 0;
    snprintf(expected, sizeof expected, "%.*s, as in the topic", (int)(level->size < 64 ? level->size : 64),
             level->text);
    return deviate(reader, text, ZJIOT_CONST, "gw", "gw_id", gateway, expected);
}

static int check_id(struct zj_reader *reader, const struct zj_span *text, const struct zj_hy_topic *topic,
                    const struct zjiot_hy_message *message) {
    char number[ZJ_NUMBER_SIZE];
    const int64_t id = message->gw.msg_id;
    if (zj_hy_id(message->type) == 0 && !zj_hy_is_other(id)) {
        zj_int_write(id, number);
        return deviate(reader, text, ZJIOT_UNKNOWN, "gw", "msg_id", number, "a known kind of message");
    }
    if (topic->is_will && id != ZJ_HY_LAST_WILL)
        return zj_deviate(reader, ZJIOT_CONST, 0, "topic", "a slash at the end", "one only for the last will");
    if (!topic->is_will && topic->direction != ZJIOT_BOTH && id == ZJ_HY_LAST_WILL)
        return zj_deviate(reader, ZJIOT_CONST, 0, "topic",
                          topic->direction == ZJIOT_UP ? "no slash at the end" : "a topic of requests",
                          "hy/gw/set/<gateway>/ for the last will");
    return 0;
}

/* The parts of a meter_id in the trace, below it. */
static void trace_meter(struct zj_reader *reader, const struct zjiot_hy_message *message) {
    const struct zj_path data = {NULL, "data", -1};
    const struct zj_path path = {&data, "meter_id", -1};
    struct zjiot_trace *trace = reader->trace;
    size_t behind = 0;
    for (size_t i = 0; i < trace->count && i < trace->capacity; i++)
        if (trace->items[i].value == &message->data.report.meter_id)
            behind = trace->items[i].offset + trace->items[i].size;
    reader->path = &path;
    for (unsigned i = 0; i < zj_hy_part_meter.field_count; i++)
        if (message->meter.has >> i & 1)
            zj_trace_span(reader, behind, 0, &zj_hy_part_meter, i, &message->meter);
    reader->path = NULL;
}

static int read_meter(struct zj_reader *reader, const struct zj_span *text, struct zjiot_hy_message *message) {
    const struct zjiot_hy_report *report = &message->data.report;
    struct zjiot_error error;
    if (!(report->has & ZJIOT_BIT(hy_report, meter_id)))
        return 0;
    if (zjiot_hy_meter_read(report->meter_id, &message->meter, &error) == 0) {
        if (reader->trace != NULL)
            trace_meter(reader, message);
        return 0;
    }
    const struct zjiot_field *field = &zj_hy_records[ZJIOT_HY_REPORT].fields[zjiot_at_hy_report_meter_id];
    if ((int64_t)strlen(report->meter_id) > field->max)
        return 0; /* the row has said so */
    return deviate(reader, text, error.code, "data", "meter_id", report->meter_id, "14 digits");
}

/* The first answer has `stat`, the second the meter's frames. */
static bool says_something(uint64_t members) {
    return (members & (ZJIOT_BIT(hy_transparent_reply, stat) | ZJIOT_BIT(hy_transparent_reply, meter_data))) != 0;
}

int zj_hy_check_read(struct zj_reader *reader, const struct zj_span *text, const struct zj_hy_topic *topic,
                     struct zjiot_hy_message *message) {
    const struct zjiot_hy_transparent_reply *reply = &message->data.transparent_reply;
    int code = check_gateway(reader, text, topic, &message->gw);
    if (code == 0)
        code = check_id(reader, text, topic, message);
    if (code == 0 && message->type == ZJIOT_HY_REPORT)
        code = read_meter(reader, text, message);
    if (code == 0 && message->type == ZJIOT_HY_TRANSPARENT_REPLY && !says_something(reply->has | reply->invalid))
        code = deviate(reader, text, ZJIOT_MISSING, "data", "stat", "nothing", "stat, or meter_data");
    return code;
}

/* --- Writing --- */

static int refuse_id(const struct zjiot_hy_message *message, struct zjiot_error *error) {
    const int64_t id = message->gw.msg_id;
    const int64_t own = zj_hy_id(message->type);
    const struct zjiot_record *record = &zj_hy_records[message->type];
    enum zjiot_hy_message_type type;
    if (own != 0)
        return id == 0 || id == own
                   ? 0
                   : zj_fail_at(error, ZJIOT_CONST, 0, "gw.msg_id", "gw.msg_id: %s has %d", record->name, (int)own);
    zj_hy_type(id, (enum zjiot_direction)record->direction, &type);
    if (type != message->type)
        return zj_fail_at(error, ZJIOT_CONST, 0, "gw.msg_id", "gw.msg_id: %lld is %s%s%s", (long long)id,
                          zj_hy_records[type].name, zj_hy_records[type].variant[0] != '\0' ? "/" : "",
                          zj_hy_records[type].variant);
    if (!zj_hy_is_other(id))
        return zj_fail_at(error, ZJIOT_UNKNOWN, 0, "gw.msg_id", "gw.msg_id: %lld is no known kind of message",
                          (long long)id);
    return 0;
}

/* A gateway that gets some of them only crashes. */
static int refuse_periods(const char *members, struct zjiot_error *error) {
    static const char *const needed[] = {"main_interval", "copy_interval", "heating_start", "heating_end"};
    const char *text = members != NULL ? members : "{}";
    struct zj_span value;
    for (size_t i = 0; i < ZJ_COUNT(needed); i++) {
        if (zj_json_find(text, strlen(text), needed[i], &value) && *value.text != 'n')
            continue;
        char path[ZJIOT_PATH_SIZE];
        snprintf(path, sizeof path, "data.%s", needed[i]);
        return zj_fail_at(error, ZJIOT_MISSING, 0, path, "%s is missing: the gateway crashes without it", path);
    }
    return 0;
}

static int refuse_frames(const struct zjiot_hy_message *message, const struct zjiot_hy_meter *meter,
                         struct zjiot_error *error) {
    const struct zjiot_bytes *frames;
    const char *key;
    const size_t count = zj_hy_frames(message, &frames, &key);
    struct zjiot_cjt188_message frame;
    struct zjiot_error inner;
    for (size_t i = 0; i < count; i++) {
        char path[ZJIOT_PATH_SIZE];
        struct zj_hy_difference differences[ZJ_HY_DIFFERENCES];
        const int code = zjiot_cjt188_decode(frames[i].data, frames[i].size, NULL, &frame, NULL, NULL, &inner);
        if (code == 0 && zj_hy_compare(meter, &frame.header, differences) == 0)
            continue;
        const struct zj_path data = {NULL, "data", -1};
        const struct zj_path here = {&data, key, message->type == ZJIOT_HY_TRANSPARENT ? -1 : (int)i};
        zj_path_text(&here, NULL, path);
        if (code != 0)
            return zj_fail_at(error, inner.code, 0, path, "%s: no meter's frame: %.100s", path, inner.text);
        return zj_fail_at(error, ZJIOT_CONST, 0, path, "%s: a frame of %s %s, and data.meter_id says %s", path,
                          differences->key, differences->said, differences->wanted);
    }
    return 0;
}

static int refuse_data(const struct zjiot_hy_message *message, struct zjiot_error *error) {
    const union zjiot_hy_data *data = &message->data;
    struct zjiot_hy_meter meter = {0};
    switch (message->type) {
    case ZJIOT_HY_OTHER:
        if (message->gw.msg_id == ZJ_HY_LAST_WILL)
            return zj_fail_at(error, ZJIOT_CONST, 0, "gw.msg_id", "gw.msg_id: a last will is the gateway's");
        return message->gw.msg_id == ZJ_HY_WRITE_PERIODS ? refuse_periods(data->other.members, error) : 0;
    case ZJIOT_HY_REPORT:
        if (data->report.meter_id != NULL && zjiot_hy_meter_read(data->report.meter_id, &meter, error) != 0)
            return error != NULL ? (int)error->code : ZJIOT_TYPE;
        return refuse_frames(message, &meter, error);
    case ZJIOT_HY_TRANSPARENT:
        return refuse_frames(message, &meter, error);
    case ZJIOT_HY_TRANSPARENT_REPLY:
        if (!says_something(data->transparent_reply.has) && data->transparent_reply.stat == 0 &&
            data->transparent_reply.meter_data_count == 0)
            return zj_fail_at(error, ZJIOT_MISSING, 0, "data.stat", "data.stat is missing, or data.meter_data");
        return refuse_frames(message, &meter, error);
    default:
        return 0;
    }
}

int zj_hy_check_write(const struct zjiot_hy_message *message, struct zjiot_error *error) {
    const char *gateway = message->gw.gw_id;
    int code = zj_check_type(&zj_hy_protocol, message->type, error);
    if (code != 0)
        return code;
    if (gateway == NULL || gateway[0] == '\0')
        return zj_fail_at(error, ZJIOT_MISSING, 0, "gw.gw_id", "gw.gw_id is missing (number of the gateway)");
    if (!zj_topic_level(gateway, strlen(gateway)))
        return zj_fail_at(error, ZJIOT_SYNTAX, 0, "gw.gw_id", "gw.gw_id: \"%.40s\" cannot be a level of a topic",
                          gateway);
    code = refuse_id(message, error);
    return code != 0 ? code : refuse_data(message, error);
}
