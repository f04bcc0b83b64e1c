/* Any protocol through one door. */
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"

int zjiot_decode(const struct zjiot_protocol *protocol, const struct zjiot_input *input,
                 const struct zjiot_options *options, struct zjiot_pool *pool, struct zjiot_message *ret_message,
                 struct zjiot_report *report, struct zjiot_trace *trace, struct zjiot_error *reterr_error) {
    const struct zj_protocol_calls *calls = protocol->calls;
    const struct zj_pool_mark mark = zj_pool_mark(pool);
    struct zjiot_error error;
    void *typed = zjiot_pool_take(pool, calls->message_size, &error);
    if (typed == NULL) {
        if (reterr_error != NULL)
            *reterr_error = error;
        return error.code;
    }
    const int code = calls->decode(input, options, pool, typed, report, trace, reterr_error);
    if (code == 0)
        calls->view(typed, ret_message);
    else
        zj_pool_rewind(pool, mark);
    return code;
}

static void insert_guess(struct zjiot_guess *guesses, size_t *count, size_t capacity, const struct zjiot_guess *guess) {
    size_t at = *count;
    while (at > 0 && guesses[at - 1].fit < guess->fit)
        at--;
    if (at >= capacity)
        return;
    const size_t last = *count < capacity ? *count : capacity - 1;
    memmove(&guesses[at + 1], &guesses[at], (last - at) * sizeof *guesses);
    guesses[at] = *guess;
    *count = last + 1;
}

size_t zjiot_identify(const struct zjiot_input *input, struct zjiot_guess *guesses, size_t capacity) {
    const bool is_text = zj_is_json_text(input->bytes, input->size);
    size_t count = 0;
    /* Of protocols that fit equally, or not at all, those of the input's kind come first. */
    for (int turn = 0; turn < 2; turn++)
        for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++) {
            if ((*p)->json != (is_text == (turn == 0)))
                continue;
            struct zjiot_guess guess = {.protocol = *p};
            (*p)->calls->identify(input, &guess);
            insert_guess(guesses, &count, capacity, &guess);
        }
    return count;
}

int zjiot_prepare(const struct zjiot_protocol *protocol, const struct zjiot_record *record, struct zjiot_pool *pool,
                  struct zjiot_message *ret_message, struct zjiot_error *reterr_error) {
    if (record < protocol->records || record >= protocol->records + protocol->record_count)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "the record is none of protocol %s", protocol->name);
    struct zjiot_error error;
    void *typed = zjiot_pool_take(pool, protocol->calls->message_size, &error);
    if (typed == NULL) {
        if (reterr_error != NULL)
            *reterr_error = error;
        return error.code;
    }
    memset(typed, 0, protocol->calls->message_size);
    protocol->calls->prepare(record, typed);
    protocol->calls->view(typed, ret_message);
    zj_expect_all(record, ret_message->data.value);
    return 0;
}

void zj_expect_all(const struct zjiot_record *record, void *value) {
    ((struct zj_masks *)value)->has |= ZJIOT_HAS_READ;
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        char *member = (char *)value + field->offset;
        if (field->kind == ZJIOT_RECORD || field->kind == ZJIOT_ARRAY)
            for (unsigned j = 0; j < field->count; j++)
                zj_expect_all(field->record, member + (size_t)j * field->record->struct_size);
    }
}

int64_t zjiot_encode(const struct zjiot_message *message, const struct zjiot_options *options, char *topic,
                     uint8_t *out, size_t capacity, struct zjiot_error *reterr_error) {
    char written[ZJIOT_TOPIC_SIZE] = "";
    const int64_t size =
        message->protocol->calls->encode(message->typed, options, written, out, capacity, reterr_error);
    if (size >= 0 && topic != NULL)
        memcpy(topic, written, sizeof written);
    return size;
}
