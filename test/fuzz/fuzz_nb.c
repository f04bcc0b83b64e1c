/* NB frames: the last byte of the input chooses options, the rest is the frame, or the payload that carries one. */
#include "oracle.h"

static struct zjiot_options options_of(uint8_t choice) {
    return (struct zjiot_options){
        .crc = (enum zjiot_crc_policy)((choice & 3) % 3),
        .force = choice & 4,
        .strict = choice & 8,
        .edition = choice & 16 ? ZJIOT_NB_2019 : ZJIOT_NB_DOCUMENT,
    };
}

static void check_same_message(const struct zjiot_nb_message *one, const struct zjiot_nb_message *two) {
    static const struct zjiot_options strict = {.strict = true};
    uint8_t first[ZJIOT_NB_FRAME_MAX], second[ZJIOT_NB_FRAME_MAX];
    const int64_t size = zjiot_nb_encode(one, NULL, first, sizeof first, NULL);
    CHECK(size > 0);
    CHECK(zjiot_nb_encode(two, &strict, second, sizeof second, NULL) == size);
    CHECK(memcmp(first, second, (size_t)size) == 0);
    CHECK(one->type == two->type && one->full == two->full);
}

/* What was read is written, and read again as the same. */
static void check_round(const struct zjiot_nb_message *message, const struct zjiot_report *report,
                        const struct zjiot_options *options, const uint8_t *bytes, size_t size) {
    const struct zjiot_options edition = {.edition = options->edition};
    uint8_t frame[ZJIOT_NB_FRAME_MAX];
    struct zjiot_nb_message again;
    const int64_t written = zjiot_nb_encode(message, &edition, frame, sizeof frame, NULL);
    if (written < 0) {
        CHECK(report->count > 0 || message->header.extra == 0 || message->data.unknown.bytes.size > 512);
        return;
    }
    CHECK(written == (int64_t)size);
    CHECK(zjiot_nb_decode(frame, size, &edition, &again, NULL, NULL, NULL) == 0);
    CHECK(again.header.crc_ok);
    check_same_message(message, &again);
    /* Only a fixed value that was another one, a placeholder, and serial number 0 are written differently. */
    const size_t differs = message->header.crc_ok ? 0 : 2;
    if (!reported(report, ZJIOT_CONST) && message->header.sn != 0)
        CHECK(memcmp(frame, bytes, size - differs) == 0);
}

static void check_frame(const uint8_t *bytes, size_t size, const struct zjiot_options *options) {
    static struct zjiot_span spans[128];
    struct zjiot_trace trace = {.items = spans, .capacity = 128};
    struct zjiot_deviation deviations[64];
    struct zjiot_report report = {deviations, 64, 0};
    struct zjiot_nb_message message;
    struct zjiot_error error = {.code = ZJIOT_OK};
    const int code = zjiot_nb_decode(bytes, size, options, &message, &report, &trace, &error);
    if (code != 0) {
        CHECK(error.code == code && error.offset <= size && error.text[0] != '\0');
        CHECK(report.count == 0 && trace.count == 0);
        return;
    }
    CHECK(!options->strict || report.count == 0);
    check_trace(&trace, size);
    check_round(&message, &report, options, bytes, size);
}

static void check_payload(const uint8_t *payload, size_t size) {
    uint8_t *frame = malloc(size > 0 ? size : 1); /* payload_size is always enough */
    struct zjiot_error error;
    CHECK(frame != NULL);
    const int64_t frame_size = zjiot_nb_unwrap(payload, size, frame, size, NULL, NULL, &error);
    CHECK(frame_size <= (int64_t)size);
    CHECK(frame_size >= 0 || (int64_t)error.code == frame_size);
    free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    const struct zjiot_options options = options_of(data[size - 1]);
    check_frame(data, size - 1, &options);
    check_payload(data, size - 1);
    check_record(zjiot_protocol_find("nb"), data, size - 1, &options);
    return 0;
}
