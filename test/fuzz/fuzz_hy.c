/* HY messages: the last byte of the input chooses options and topic, the rest is the body. */
#include "oracle.h"

enum { BODY_SIZE = 1 << 16, SPANS = 512, DEVIATIONS = 256 };

static const char *const topics[] = {NULL, "hy/gw/get/02345678903", "hy/gw/set/02345678903", "hy/gw/set/02345678903/"};

/* Spans lie in the text, in the order of the bytes, but for repeated members, and do not overlap. */
static void check_spans(const struct zjiot_trace *trace, size_t size) {
    for (size_t i = 0; i < trace->count && i < trace->capacity; i++)
        CHECK(trace->items[i].offset <= size && trace->items[i].size <= size - trace->items[i].offset);
}

static void check_frames(const struct zjiot_hy_message *message) {
    for (size_t i = 0; i < message->frame_count; i++) {
        const struct zjiot_outcome *frame = &message->frames[i];
        CHECK(frame->message != NULL ? (frame->error != NULL) == frame->message->forced : frame->error != NULL);
    }
    for (size_t i = 0; i < zjiot_hy_track_count(message); i++) {
        struct zjiot_hy_key key;
        struct zjiot_track_reply reply;
        CHECK(zjiot_hy_track_reply(message, i, &key, &reply, NULL) == 0);
    }
}

/* What could be written is read again without a deviation, and written as the same. */
static void check_round(const struct zjiot_hy_message *message) {
    static uint8_t body[BODY_SIZE], again[BODY_SIZE];
    static unsigned char memory[1 << 18];
    char topic[ZJIOT_HY_TOPIC_SIZE], topic_again[ZJIOT_HY_TOPIC_SIZE];
    struct zjiot_pool pool;
    struct zjiot_hy_message read;
    struct zjiot_report report = {NULL, 0, 0};
    struct zjiot_error error;
    const int64_t size = zjiot_hy_encode(message, topic, sizeof topic, body, sizeof body, &error);
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    if (size < 0 || (size_t)size > sizeof body)
        return;
    CHECK(zjiot_hy_decode(topic, body, (size_t)size, NULL, &pool, &read, &report, NULL, &error) == 0);
    CHECK(read.type == message->type);
    for (size_t i = 0; i < read.frame_count; i++) /* what is odd about a carried frame stays so */
        report.count -= read.frames[i].report->count;
    CHECK(report.count == 0);
    CHECK(zjiot_hy_encode(&read, topic_again, sizeof topic_again, again, sizeof again, &error) == size);
    CHECK(memcmp(body, again, (size_t)size) == 0 && strcmp(topic, topic_again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct zjiot_span spans[SPANS];
    static struct zjiot_deviation deviations[DEVIATIONS];
    if (size == 0 || size > 4096)
        return 0;
    const uint8_t choice = data[size - 1];
    const struct zjiot_options options = {.strict = choice & 4, .force = choice & 8};
    struct zjiot_trace trace = {.items = spans, .capacity = SPANS};
    struct zjiot_report report = {deviations, DEVIATIONS, 0};
    struct zjiot_pool *pool = fresh_pool();
    struct zjiot_hy_message message;
    struct zjiot_error error = {.code = ZJIOT_OK};
    const int code =
        zjiot_hy_decode(topics[choice & 3], data, size - 1, &options, pool, &message, &report, &trace, &error);
    if (code != 0) {
        CHECK(error.code == code && error.text[0] != '\0' && pool->used == 0);
    } else {
        CHECK(!options.strict || report.count == 0);
        check_spans(&trace, size - 1);
        check_frames(&message);
        check_round(&message);
    }
    check_record(zjiot_protocol_find("hy"), data, size - 1, &options);
    return 0;
}
