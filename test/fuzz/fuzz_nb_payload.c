/* NB payloads of any form: whatever is found in one can be wrapped in every form, and is found there again. */
#include "oracle.h"

enum { FRAME_SIZE = ZJIOT_NB_FRAME_MAX, PAYLOAD_SIZE = 4096 };

static void check_form(const struct zjiot_nb_message *message, enum zjiot_nb_form form) {
    static uint8_t frame[FRAME_SIZE], again[FRAME_SIZE];
    static char payload[PAYLOAD_SIZE];
    enum zjiot_nb_form found;
    struct zjiot_error error;
    const int64_t size = zjiot_nb_encode(message, NULL, frame, sizeof frame, &error);
    const int64_t length = zjiot_nb_wrap(message, form, NULL, payload, sizeof payload, &error);
    CHECK(size > 0 && length > 0);
    CHECK(zjiot_nb_unwrap(payload, (size_t)length, again, sizeof again, &found, NULL, &error) == size);
    CHECK(memcmp(again, frame, (size_t)size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t frame[PAYLOAD_SIZE], out[FRAME_SIZE];
    struct zjiot_nb_message message;
    struct zjiot_error error;
    if (size > sizeof frame)
        return 0;
    const int64_t found = zjiot_nb_unwrap(data, size, frame, sizeof frame, NULL, NULL, &error);
    CHECK(found <= (int64_t)size);
    if (found < 0 || zjiot_nb_decode(frame, (size_t)found, NULL, &message, NULL, NULL, &error) != 0 ||
        zjiot_nb_encode(&message, NULL, out, sizeof out, &error) < 0)
        return 0;
    check_form(&message, ZJIOT_NB_HEX_TEXT);
    if (message.full)
        check_form(&message, ZJIOT_NB_JSON);
    return 0;
}
