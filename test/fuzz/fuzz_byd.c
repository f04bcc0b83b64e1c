/* BYD batches: the last byte of the input chooses options and the topic, the rest is the text. */
#include "oracle.h"

enum { MEMORY = 1 << 23, TEXT_MAX = 1 << 20, RECORD_MAX = 1 << 22 };

static char texts[2][TEXT_MAX];
static char record[RECORD_MAX];

static struct zjiot_pool *large_pool(void) {
    static _Alignas(max_align_t) unsigned char memory[MEMORY];
    static struct zjiot_pool pool;
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    return &pool;
}

static const char *topic_of(uint8_t choice) {
    static const char *const topics[] = {NULL, "device/bydpower/up/GW-1", "device/bydpower/down/GW-1",
                                         ZJIOT_BYD_FIXED_TOPIC_UP};
    return topics[choice >> 1 & 3];
}

/* What was read without a deviation can be written; what is written is read again as the same. */
static void check_round(const struct zjiot_byd_message *message, size_t deviations, struct zjiot_pool *pool) {
    struct zjiot_deviation items[64];
    struct zjiot_report report = {items, 64, 0};
    struct zjiot_byd_message again;
    char topic[ZJIOT_BYD_TOPIC_SIZE];
    const int64_t size = zjiot_byd_encode(message, NULL, topic, sizeof topic, texts[0], TEXT_MAX, NULL);
    if (size < 0) {
        CHECK(deviations > 0);
        return;
    }
    const char *said = topic[0] != '\0' ? topic : NULL;
    CHECK(zjiot_byd_decode(said, texts[0], (size_t)size, NULL, pool, &again, &report, NULL, NULL) == 0);
    for (size_t i = 0; i < report.count && i < report.capacity; i++)
        CHECK(items[i].code == ZJIOT_CONST); /* words of the dialect are kept */
    CHECK(zjiot_byd_encode(&again, NULL, topic, sizeof topic, texts[1], TEXT_MAX, NULL) == size);
    CHECK(memcmp(texts[0], texts[1], (size_t)size) == 0);
}

static void check_text(const char *topic, const char *text, size_t size, const struct zjiot_options *options) {
    struct zjiot_deviation items[64];
    struct zjiot_report report = {items, 64, 0};
    struct zjiot_pool *pool = large_pool();
    struct zjiot_byd_message message;
    struct zjiot_error error = {.code = ZJIOT_OK};
    const int code = zjiot_byd_decode(topic, text, size, options, pool, &message, &report, NULL, &error);
    for (size_t i = 0; i < report.count && i < report.capacity; i++)
        CHECK(items[i].offset <= size);
    if (code != 0) {
        CHECK(error.code == code && error.offset <= size && error.text[0] != '\0');
        CHECK(pool->used == 0);
        return;
    }
    CHECK(!options->strict || report.count == 0);
    check_round(&message, report.count, pool);
}

/* Its record is JSON, and a token in it is masked. */
static void check_masked(const char *topic, const char *text, size_t size) {
    static const char token[] = "Bearer xyz";
    const struct zjiot_input input = {topic, (const uint8_t *)text, size};
    struct zjiot_error error;
    const int64_t length =
        zjiot_record(zjiot_protocol_find("byd"), &input, NULL, large_pool(), record, sizeof record, &error);
    CHECK(length > 0 && strlen(record) == (size_t)length);
    CHECK(json_value(record, 0) == record + length);
    if (strstr(record, token) != NULL) /* somewhere else than in the token */
        CHECK(!zjiot_may_hold_secret(input.bytes, size, zjiot_protocol_find("byd")) ||
              strstr(record, "\"raw\":\"***\"") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > TEXT_MAX / 16)
        return 0;
    const uint8_t choice = data[size - 1];
    const struct zjiot_options options = {.strict = choice & 1};
    check_text(topic_of(choice), (const char *)data, size - 1, &options);
    check_masked(topic_of(choice), (const char *)data, size - 1);
    return 0;
}
