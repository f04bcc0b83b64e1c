/* CJ/T 188 frames: the last byte of the input chooses options, the rest is the frame. */
#include "oracle.h"

static struct zjiot_options options_of(uint8_t choice) {
    return (struct zjiot_options){
        .layout = (enum zjiot_cjt188_layout)((choice & 7) % ZJIOT_LAYOUT_COUNT),
        .force = choice & 8,
        .strict = choice & 16,
    };
}

/* A minus in front of nothing but zeros is lost. */
static bool may_be_minus_zero(const struct zjiot_cjt188_message *message) {
    if (message->type == ZJIOT_CJT188_TYPE53)
        return message->data.type53.inlet_temperature == 0 || message->data.type53.return_temperature == 0;
    return message->type == ZJIOT_CJT188_TYPE55 && message->data.type55.flow_rate.value == 0;
}

/* Whether the bytes must come out as they went in. */
static bool is_canonical(const struct zjiot_message *view, const struct zjiot_report *report) {
    uint64_t has;
    memcpy(&has, view->data.value, sizeof has);
    return (has & ~ZJIOT_HAS_READ) == (UINT64_C(1) << view->data.record->field_count) - 1 &&
           !reported(report, ZJIOT_ORDER) && !reported(report, ZJIOT_RANGE) && !reported(report, ZJIOT_UNKNOWN) &&
           !reported(report, ZJIOT_TYPE) && !may_be_minus_zero(view->typed);
}

static void check_round(const struct zjiot_message *view, const struct zjiot_report *report,
                        const struct zjiot_options *options, const uint8_t *bytes, size_t size) {
    const struct zjiot_cjt188_message *message = view->typed;
    const struct zjiot_options layout = {.layout = options->layout};
    uint8_t first[512], second[512];
    struct zjiot_cjt188_message again;
    const int64_t written = zjiot_cjt188_encode(message, first, sizeof first, NULL);
    if (written < 0) {
        CHECK(!is_canonical(view, report) || message->header.preamble > ZJIOT_CJT188_PREAMBLE_MAX ||
              message->header.type == 0);
        return;
    }
    CHECK(written == (int64_t)size);
    CHECK(zjiot_cjt188_decode(first, size, &layout, &again, NULL, NULL, NULL) == 0);
    CHECK(again.header.cs_ok);
    if (!is_canonical(view, report))
        return;
    first[size - 2] = message->header.cs_ok ? first[size - 2] : bytes[size - 2];
    CHECK(memcmp(first, bytes, size) == 0);
    CHECK(again.type == message->type && again.layout == message->layout);
    CHECK(zjiot_cjt188_encode(&again, second, sizeof second, NULL) == written);
    CHECK(memcmp(first, second, size - 2) == 0);
}

static void check_frame(const uint8_t *bytes, size_t size, const struct zjiot_options *options) {
    static struct zjiot_span spans[128];
    static _Alignas(max_align_t) unsigned char memory[8192];
    struct zjiot_trace trace = {.items = spans, .capacity = 128};
    struct zjiot_deviation deviations[64];
    struct zjiot_report report = {deviations, 64, 0};
    struct zjiot_pool pool;
    struct zjiot_message view;
    struct zjiot_error error = {.code = ZJIOT_OK};
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    const int code = zjiot_decode(zjiot_protocol_find("cjt188"), &(struct zjiot_input){NULL, bytes, size}, options,
                                  &pool, &view, &report, &trace, &error);
    if (code != 0) {
        CHECK(error.code == code && error.offset <= size && error.text[0] != '\0');
        CHECK(report.count == 0 && trace.count == 0);
        return;
    }
    const struct zjiot_cjt188_message *message = view.typed;
    CHECK(!options->strict || report.count == 0);
    CHECK((message->type == ZJIOT_CJT188_RAW) == (message->layout == ZJIOT_LAYOUT_RAW));
    CHECK(message->name != NULL && message->reason != NULL);
    check_trace(&trace, size);
    check_round(&view, &report, options, bytes, size);
}

/* Each proposal makes a whole frame. */
static void check_proposals(const uint8_t *bytes, size_t size) {
    struct zjiot_proposal found[8];
    char digits[129];
    char text[130];
    uint8_t frame[65];
    struct zjiot_cjt188_message message;
    if (size == 0 || size > 64)
        return;
    const size_t count = zjiot_hex_write(bytes, size, digits) - 1; /* the last one is the lost one */
    const size_t total = zjiot_propose(zjiot_protocol_find("cjt188"), digits, count, found, 8);
    for (size_t i = 0; i < total && i < 8; i++) {
        CHECK(found[i].column <= count);
        memcpy(text, digits, found[i].column);
        text[found[i].column] = found[i].digit;
        memcpy(text + found[i].column + 1, digits + found[i].column, count - found[i].column);
        CHECK(zjiot_hex_read(text, count + 1, frame, sizeof frame, NULL) == (int64_t)size);
        CHECK(zjiot_cjt188_decode(frame, size, NULL, &message, NULL, NULL, NULL) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    const struct zjiot_options options = options_of(data[size - 1]);
    check_frame(data, size - 1, &options);
    check_record(zjiot_protocol_find("cjt188"), data, size - 1, &options);
    check_proposals(data, size - 1);
    return 0;
}
