/* The library's own calls in one form, and bodies compared by their rows. */
#include <stdio.h>

#include "byd/byd.h"
#include "hy/hy.h"
#include "m4g/m4g.h"
#include "variants.h"
#include "zhenjiang/zhenjiang.h"
#include "zjiot/cjt188.h"

/* --- Zhenjiang --- */

static bool zhenjiang_decode(const struct corpus_message *message, const char *text, size_t size,
                             struct zjiot_pool *pool, struct typed *ret_typed) {
    struct zjiot_report report = {0};
    const int code = zjiot_zhenjiang_decode(message->topic, text, size, NULL, pool, &ret_typed->message.zhenjiang,
                                            &report, NULL, NULL);
    return code == 0 && report.count == 0;
}

static size_t zhenjiang_encode(const struct typed *typed, char *out, size_t capacity) {
    char topic[ZJIOT_ZHENJIANG_TOPIC_SIZE];
    const int64_t size =
        zjiot_zhenjiang_encode(&typed->message.zhenjiang, NULL, topic, sizeof topic, out, capacity, NULL);
    return size > 0 ? (size_t)size : 0;
}

static struct body zhenjiang_body(const struct corpus_message *message, struct typed *typed) {
    return (struct body){.record = &zj_zhenjiang_part_envelope,
                         .value = &typed->envelope.zhenjiang,
                         .data = message->record,
                         .data_value = &typed->message.zhenjiang.data};
}

static void zhenjiang_settle(struct typed *typed) {
    typed->envelope.zhenjiang = (struct zjiot_zhenjiang_envelope){
        .has = ZJIOT_HAS_READ | ZJIOT_BIT(zhenjiang_envelope, context) | ZJIOT_BIT(zhenjiang_envelope, data),
        .context = typed->message.zhenjiang.context,
    };
}

const struct codec codec_zhenjiang = {&zj_zhenjiang_protocol, zhenjiang_decode, zhenjiang_encode,
                                      zhenjiang_body,         zhenjiang_settle, NULL};

/* --- HY --- */

static bool hy_decode(const struct corpus_message *message, const char *text, size_t size, struct zjiot_pool *pool,
                      struct typed *ret_typed) {
    struct zjiot_report report = {0};
    const int code =
        zjiot_hy_decode(message->topic, text, size, NULL, pool, &ret_typed->message.hy, &report, NULL, NULL);
    return code == 0 && report.count == 0;
}

static size_t hy_encode(const struct typed *typed, char *out, size_t capacity) {
    char topic[ZJIOT_HY_TOPIC_SIZE];
    const int64_t size = zjiot_hy_encode(&typed->message.hy, topic, sizeof topic, out, capacity, NULL);
    return size > 0 ? (size_t)size : 0;
}

static struct body hy_body(const struct corpus_message *message, struct typed *typed) {
    const enum zjiot_hy_message_type type = (enum zjiot_hy_message_type)(message->record - zj_hy_records);
    return (struct body){&zj_hy_part_envelope,
                         &typed->envelope.hy,
                         message->record,
                         &typed->message.hy.data,
                         {.part = "gw", .key = "msg_id", .number = zj_hy_id(type)}};
}

static void hy_settle(struct typed *typed) {
    typed->envelope.hy = (struct zjiot_hy_envelope){
        .has = ZJIOT_HAS_READ | ZJIOT_BIT(hy_envelope, gw) | ZJIOT_BIT(hy_envelope, data),
        .gw = typed->message.hy.gw,
    };
}

static bool hy_frames(const struct typed *typed, struct zjiot_pool *pool) {
    const struct zjiot_hy_report *report = &typed->message.hy.data.report;
    struct zjiot_cjt188_message *frames =
        zjiot_pool_take(pool, report->meter_data_count * sizeof(struct zjiot_cjt188_message), NULL);
    bool good = frames != NULL;
    for (size_t i = 0; i < report->meter_data_count && good; i++) {
        const struct zjiot_bytes *frame = &report->meter_data[i];
        struct zjiot_report deviations = {0};
        good = zjiot_cjt188_decode(frame->data, frame->size, NULL, &frames[i], &deviations, NULL, NULL) == 0 &&
               deviations.count == 0;
    }
    return good;
}

const struct codec codec_hy = {&zj_hy_protocol, hy_decode, hy_encode, hy_body, hy_settle, hy_frames};

/* --- 4G module --- */

static bool m4g_decode(const struct corpus_message *message, const char *text, size_t size, struct zjiot_pool *pool,
                       struct typed *ret_typed) {
    struct zjiot_report report = {0};
    const int code =
        zjiot_m4g_decode(message->topic, text, size, NULL, pool, &ret_typed->message.m4g, &report, NULL, NULL);
    return code == 0 && report.count == 0;
}

static size_t m4g_encode(const struct typed *typed, char *out, size_t capacity) {
    const int64_t size = zjiot_m4g_encode(&typed->message.m4g, out, capacity, NULL);
    return size > 0 ? (size_t)size : 0;
}

static struct body m4g_body(const struct corpus_message *message, struct typed *typed) {
    return (struct body){
        message->record, &typed->message.m4g.data, NULL, NULL, {.key = "cmd", .text = message->record->name}};
}

const struct codec codec_m4g = {&zj_m4g_protocol, m4g_decode, m4g_encode, m4g_body, NULL, NULL};

/* --- BYD --- */

static bool byd_decode(const struct corpus_message *message, const char *text, size_t size, struct zjiot_pool *pool,
                       struct typed *ret_typed) {
    struct zjiot_report report = {0};
    const int code =
        zjiot_byd_decode(message->topic, text, size, NULL, pool, &ret_typed->message.byd, &report, NULL, NULL);
    return code == 0 && report.count == 0;
}

static size_t byd_encode(const struct typed *typed, char *out, size_t capacity) {
    char topic[ZJIOT_BYD_TOPIC_SIZE];
    const int64_t size = zjiot_byd_encode(&typed->message.byd, NULL, topic, sizeof topic, out, capacity, NULL);
    return size > 0 ? (size_t)size : 0;
}

static struct body byd_body(const struct corpus_message *message, struct typed *typed) {
    return (struct body){.record = message->record, .value = &typed->message.byd.data};
}

const struct codec codec_byd = {&zj_byd_protocol, byd_decode, byd_encode, byd_body, NULL, NULL};

/* --- Comparing --- */

static bool same_record(const struct zjiot_record *record, const void *a, const void *b);

static bool same_bytes(const struct zjiot_bytes *a, const struct zjiot_bytes *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (a[i].size != b[i].size || memcmp(a[i].data, b[i].data, a[i].size) != 0)
            return false;
    return true;
}

/* What a message made of others does not count: the peers do not make it. */
static void forget_made(const struct zjiot_record *record, struct peer_masks *masks) {
    for (unsigned i = 0; i < record->field_count; i++)
        if (record->fields[i].flags & ZJIOT_FIELD_COMPUTED)
            masks->has &= ~(UINT64_C(1) << i);
}

static bool same_member(const struct zjiot_field *field, const void *a, const void *b) {
    struct zjiot_list list[2];
    struct zjiot_words words[2];
    const char *text[2];
    switch (field->kind) {
    case ZJIOT_TEXT:
        memcpy(&text[0], a, sizeof text[0]);
        memcpy(&text[1], b, sizeof text[1]);
        return strcmp(text[0], text[1]) == 0;
    case ZJIOT_RECORD:
        return same_record(field->record, a, b);
    case ZJIOT_LIST:
        memcpy(&list[0], a, sizeof list[0]);
        memcpy(&list[1], b, sizeof list[1]);
        for (size_t i = 0; i < list[0].count && i < list[1].count; i++) {
            const size_t at = i * field->record->struct_size;
            if (!same_record(field->record, (const char *)list[0].items + at, (const char *)list[1].items + at))
                return false;
        }
        return list[0].count == list[1].count;
    case ZJIOT_HEX_LIST:
        memcpy(&list[0], a, sizeof list[0]);
        memcpy(&list[1], b, sizeof list[1]);
        return list[0].count == list[1].count && same_bytes(list[0].items, list[1].items, list[0].count);
    case ZJIOT_WORDS:
        memcpy(&words[0], a, sizeof words[0]);
        memcpy(&words[1], b, sizeof words[1]);
        return words[0].count == words[1].count &&
               memcmp(words[0].items, words[1].items, words[0].count * sizeof *words[0].items) == 0;
    case ZJIOT_STAMP:
        return ((const struct zjiot_stamp *)a)->ms == ((const struct zjiot_stamp *)b)->ms &&
               ((const struct zjiot_stamp *)a)->form == ((const struct zjiot_stamp *)b)->form;
    case ZJIOT_CLOCK: /* has no gaps */
        return memcmp(a, b, 7) == 0;
    default: /* numbers of 8 bytes; doubles to the last bit */
        return memcmp(a, b, sizeof(int64_t)) == 0;
    }
}

static bool same_record(const struct zjiot_record *record, const void *a, const void *b) {
    struct peer_masks masks[2];
    memcpy(&masks[0], a, sizeof masks[0]);
    memcpy(&masks[1], b, sizeof masks[1]);
    forget_made(record, &masks[0]);
    forget_made(record, &masks[1]);
    if (memcmp(&masks[0], &masks[1], sizeof masks[0]) != 0) {
        printf("the members that are there differ in \"%s\"\n", record->meaning);
        return false;
    }
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if ((masks[0].has >> i & 1) == 0 || peer_is_body(field) || (field->flags & ZJIOT_FIELD_HIDDEN))
            continue;
        if (!same_member(field, (const char *)a + field->offset, (const char *)b + field->offset)) {
            printf("%s differs\n", field->key);
            return false;
        }
    }
    return true;
}

bool same_body(const struct body *a, const struct body *b) {
    return same_record(a->record, a->value, b->value) &&
           (a->data == NULL || same_record(a->data, a->data_value, b->data_value));
}
