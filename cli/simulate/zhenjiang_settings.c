/* What is set in a simulated Zhenjiang device, and read back. */
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "simulate/zhenjiang.h"

enum {
    BODY_SIZE = 4096,
    BODY_MOST = 1 << 22, /* bytes that a device keeps of one setting */
};

/* What sets it, and what the factory has set. */
static const struct {
    enum zjiot_zhenjiang_message_type type;
    const char *body;
} rows[SETTINGS] = {
    [SETTING_COMM] = {ZJIOT_ZHENJIANG_SET_COMM_PARAM,
                      "{\"data\":{\"ip\":\"127.0.0.1\",\"port\":1883,\"apn\":\"cmnet\",\"username\":\"\","
                      "\"password\":\"\"}}"},
    [SETTING_TIMETABLE] = {ZJIOT_ZHENJIANG_SET_TIMETABLE,
                           "{\"data\":{\"timetable\":[{\"do\":["
                           "{\"switch_id\":1,\"type\":4,\"offset\":0},{\"switch_id\":1,\"type\":5,\"offset\":0},"
                           "{\"switch_id\":2,\"type\":4,\"offset\":0},{\"switch_id\":2,\"type\":5,\"offset\":0},"
                           "{\"switch_id\":3,\"type\":4,\"offset\":0},{\"switch_id\":3,\"type\":5,\"offset\":0}]}]}}"},
#define LEAK(id)                                                                                                       \
    "{\"switch_id\":" #id ",\"baseline\":2,\"alarm_limit_1\":100,\"alarm_limit_2\":200,\"alarm_limit_3\":300,"         \
    "\"break_limit\":500,\"ratio\":100,\"work_model\":4}"
    [SETTING_LEAKAGE] = {ZJIOT_ZHENJIANG_SET_LEAKAGE_CURRENT,
                         "{\"data\":{\"leak\":[" LEAK(1) "," LEAK(2) "," LEAK(3) "]}}"},
#undef LEAK
#define LOOP(id)                                                                                                       \
    "{\"loop_id\":" #id ",\"switch_id\":" #id ",\"phase\":" #id ",\"hopping\":0,\"ratio\":50,\"levels\":["             \
    "{\"dt_start\":\"00:00\",\"dt_end\":\"24:00\",\"up_limit\":30,\"up_limit_dispel\":25,\"low_limit\":0,"             \
    "\"low_limit_dispel\":0}]}"
    [SETTING_LOOPS] = {ZJIOT_ZHENJIANG_SET_LOOP_PARAM,
                       "{\"data\":{\"energy\":{\"ratio_a\":50,\"ratio_b\":50,\"ratio_c\":50},"
                       "\"voltage\":{\"up_limit\":250,\"up_limit_dispel\":245,\"low_limit\":190,"
                       "\"low_limit_dispel\":195},\"loop\":[" LOOP(1) "," LOOP(2) "," LOOP(3) "]}}"},
#undef LOOP
    [SETTING_RUNNING] = {ZJIOT_ZHENJIANG_SET_RUNNING_PARAM,
                         "{\"data\":{\"time_ticker\":{\"heartbeat\":60,\"data\":1800,\"lux\":15},"
                         "\"coord\":{\"lng\":119.45,\"lat\":32.2},\"others\":{\"max_switch\":3}}}"},
#define DIMMING(id) "{\"switch_id\":" #id ",\"power_on_default\":0,\"rated_power\":250,\"dimming_type\":0}"
    [SETTING_DIMMING] = {ZJIOT_ZHENJIANG_SET_DIMMING_PARAM,
                         "{\"data\":{\"dimming\":[" DIMMING(1) "," DIMMING(2) "," DIMMING(3) "]}}"},
#undef DIMMING
};

void *call_take(const struct call *call, size_t size) {
    return memset(must(zjiot_pool_take(call->pool, size > 0 ? size : 1, NULL)), 0, size);
}

enum zjiot_zhenjiang_message_type setting_command(enum setting setting) {
    return rows[setting].type;
}

/* --- Keeping --- */

/* The text is one that was written here, or the factory's: it can be read. */
static void read_body(const struct call *call, enum setting setting, struct zjiot_zhenjiang_message *ret_message) {
    const char *body = call->post->settings[setting];
    char topic[ZJIOT_ZHENJIANG_TOPIC_SIZE] = "down/json/01/";
    if (body == NULL)
        body = rows[setting].body;
    strcat(topic, call->device->sim->protocol->records[rows[setting].type].name);
    strcat(topic, "/0");
    if (zjiot_zhenjiang_decode(topic, body, strlen(body), NULL, call->pool, ret_message, NULL, NULL, NULL) != 0)
        must(NULL);
}

const union zjiot_zhenjiang_data *setting_get(struct call *call, enum setting setting) {
    if (call->settings[setting] == NULL) {
        struct zjiot_zhenjiang_message *message = call_take(call, sizeof *message);
        read_body(call, setting, message);
        call->settings[setting] = &message->data;
    }
    return call->settings[setting];
}

/* Its body, of which only the data are ever read again. */
static char *write_body(const struct zjiot_zhenjiang_message *message, struct zjiot_error *reterr_error) {
    size_t capacity = BODY_SIZE;
    char *body = must(malloc(capacity + 1));
    int64_t size = zjiot_zhenjiang_encode(message, NULL, NULL, 0, body, capacity, reterr_error);
    if (size == ZJIOT_SPACE && reterr_error->need > capacity && reterr_error->need <= BODY_MOST) {
        capacity = reterr_error->need;
        body = must(realloc(body, capacity + 1));
        size = zjiot_zhenjiang_encode(message, NULL, NULL, 0, body, capacity, reterr_error);
    }
    if (size < 0) {
        free(body);
        return NULL;
    }
    body[size] = '\0';
    return must(realloc(body, (size_t)size + 1));
}

const char *setting_put(struct call *call, enum setting setting, const struct zjiot_zhenjiang_message *message) {
    struct zjiot_error *error = call_take(call, sizeof *error);
    struct zjiot_zhenjiang_message copy = *message;
    if (setting == SETTING_TIMETABLE) {
        copy.data.set_timetable = setting_get(call, setting)->set_timetable;
        if (call->post->settings[setting] == NULL) /* the factory's is only there until a table comes */
            copy.data.set_timetable.days_count = 0;
        must(zjiot_zhenjiang_timetable_join(&copy.data.set_timetable, &message->data.set_timetable, call->pool,
                                            error) == 0
                 ? call
                 : NULL);
    }
    char *body = write_body(&copy, error);
    if (body == NULL)
        return error->text;
    free(call->post->settings[setting]);
    call->post->settings[setting] = body;
    call->settings[setting] = NULL;
    return NULL;
}

void settings_forget(struct post *post) {
    for (size_t i = 0; i < SETTINGS; i++) {
        free(post->settings[i]);
        post->settings[i] = NULL;
    }
}

/* --- Copying --- */

static size_t member_size(const struct zjiot_field *field) {
    switch (field->kind) {
    case ZJIOT_REAL:
        return sizeof(double);
    case ZJIOT_TEXT:
        return sizeof(const char *);
    default:
        return sizeof(int64_t);
    }
}

static void copy_list(const struct call *call, const struct zjiot_field *to, void *target,
                      const struct zjiot_field *from, const void *source) {
    struct zjiot_list old, list;
    memcpy(&old, source, sizeof old);
    list = (struct zjiot_list){call_take(call, old.count * to->record->struct_size), old.count};
    for (size_t i = 0; i < list.count; i++)
        copy_members(call, to->record, (char *)list.items + i * to->record->struct_size, from->record,
                     (const char *)old.items + i * from->record->struct_size);
    memcpy(target, &list, sizeof list);
}

static void copy_member(const struct call *call, const struct zjiot_field *to, void *target,
                        const struct zjiot_field *from, const void *source) {
    if (to->kind == ZJIOT_LIST)
        copy_list(call, to, target, from, source);
    else if (to->kind == ZJIOT_RECORD)
        copy_members(call, to->record, target, from->record, source);
    else
        memcpy(target, source, member_size(to));
}

void copy_members(const struct call *call, const struct zjiot_record *to, void *target, const struct zjiot_record *from,
                  const void *source) {
    uint64_t has = 0, old;
    memcpy(&old, source, sizeof old); /* every record begins with its masks */
    for (unsigned i = 0; i < to->field_count; i++) {
        for (unsigned j = 0; j < from->field_count; j++) {
            const struct zjiot_field *field = &from->fields[j];
            if (strcmp(field->key, to->fields[i].key) != 0 || field->kind != to->fields[i].kind || !(old >> j & 1))
                continue;
            copy_member(call, &to->fields[i], (char *)target + to->fields[i].offset, field,
                        (const char *)source + field->offset);
            has |= UINT64_C(1) << i;
        }
    }
    memcpy(target, &has, sizeof has);
}
