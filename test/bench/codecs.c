/* The library's own calls in one form, and bodies compared by their rows. */
#include <stdio.h>

#include "variants.h"
#include "zhenjiang/zhenjiang.h"

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
    return (struct body){&zj_zhenjiang_part_envelope, &typed->envelope.zhenjiang, message->record,
                         &typed->message.zhenjiang.data};
}

static void zhenjiang_settle(struct typed *typed) {
    typed->envelope.zhenjiang = (struct zjiot_zhenjiang_envelope){
        .has = ZJIOT_HAS_READ | ZJIOT_BIT(zhenjiang_envelope, context) | ZJIOT_BIT(zhenjiang_envelope, data),
        .context = typed->message.zhenjiang.context,
    };
}

const struct codec codec_zhenjiang = {zhenjiang_decode, zhenjiang_encode, zhenjiang_body, zhenjiang_settle};

/* --- Comparing --- */

static bool same_record(const struct zjiot_record *record, const void *a, const void *b);

static bool same_member(const struct zjiot_field *field, const void *a, const void *b) {
    struct zjiot_list list[2];
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
    default: /* numbers of 8 bytes; doubles to the last bit */
        return memcmp(a, b, sizeof(int64_t)) == 0;
    }
}

static bool same_record(const struct zjiot_record *record, const void *a, const void *b) {
    struct peer_masks masks[2];
    memcpy(&masks[0], a, sizeof masks[0]);
    memcpy(&masks[1], b, sizeof masks[1]);
    if (memcmp(&masks[0], &masks[1], sizeof masks[0]) != 0) {
        printf("the members that are there differ in \"%s\"\n", record->meaning);
        return false;
    }
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if ((masks[0].has >> i & 1) == 0 || peer_is_body(field))
            continue;
        if (!same_member(field, (const char *)a + field->offset, (const char *)b + field->offset)) {
            printf("%s differs\n", field->key);
            return false;
        }
    }
    return true;
}

bool same_body(const struct body *a, const struct body *b) {
    return same_record(a->record, a->value, b->value) && same_record(a->data, a->data_value, b->data_value);
}
