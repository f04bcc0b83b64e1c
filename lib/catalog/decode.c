/* Any protocol through one door. */
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"

_Static_assert(sizeof(enum zjiot_direction) == sizeof(unsigned), "the types of messages are stored as an unsigned");

/* Room for a message of the protocol's own struct. */
static int take_message(const struct zjiot_protocol *protocol, struct zjiot_pool *pool, void **ret_message,
                        struct zjiot_error *error) {
    struct zjiot_error unseen;
    struct zjiot_error *const room = error != NULL ? error : &unseen;
    void *message = zjiot_pool_take(pool, protocol->calls->message_size, room);
    if (message == NULL)
        return room->code;
    *ret_message = message;
    return 0;
}

int zjiot_decode(const struct zjiot_protocol *protocol, const struct zjiot_input *input,
                 const struct zjiot_options *options, struct zjiot_pool *pool, struct zjiot_message *ret_message,
                 struct zjiot_report *report, struct zjiot_trace *trace, struct zjiot_error *reterr_error) {
    struct zj_reader reader = zj_reader(options, report, trace, reterr_error);
    const struct zj_pool_mark mark = zj_pool_mark(pool);
    void *typed = NULL;
    int code = take_message(protocol, pool, &typed, reterr_error);
    if (code == 0)
        code = zj_decode(protocol->calls->read, &reader, input, options, pool, typed, protocol->calls->message_size,
                         typed);
    if (code == 0)
        zj_view(protocol, typed, ret_message);
    else
        zj_pool_rewind(pool, mark);
    return code;
}

void zj_view(const struct zjiot_protocol *protocol, void *message, struct zjiot_message *ret_view) {
    const struct zj_protocol_calls *calls = protocol->calls;
    char *const bytes = message;
    unsigned type;
    memcpy(&type, bytes + calls->type_at, sizeof type);
    const struct zjiot_record *record = &protocol->records[type];
    ret_view->protocol = protocol;
    ret_view->name = record->name;
    ret_view->profile = ret_view->reason = NULL;
    ret_view->direction = (enum zjiot_direction)record->direction;
    ret_view->forced = false;
    ret_view->data = (struct zjiot_part){record, bytes + calls->data_at};
    ret_view->typed = message;
    ret_view->carried = NULL;
    ret_view->carried_count = 0;
    ret_view->header_count = 0;
    for (size_t i = 0; i < ZJIOT_HEADERS_MAX; i++) {
        const struct zjiot_record *header = calls->headers[i].record;
        ret_view->headers[i] = (struct zjiot_part){header, header != NULL ? bytes + calls->headers[i].at : NULL};
        ret_view->header_count += header != NULL;
    }
    if (calls->view != NULL)
        calls->view(message, ret_view);
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

void zj_guess(struct zjiot_guess *guess, const struct zjiot_input *input, const struct zj_signs *signs,
              const struct zj_reasons *reasons) {
    const char *why = reasons->nothing;
    guess->fit = ZJIOT_FIT_NO;
    if (signs->has_topic) {
        guess->fit = ZJIOT_FIT_CERTAIN;
        why = reasons->topic;
    } else if (signs->body == ZJ_KNOWN_BODY) {
        guess->fit = input->topic == NULL ? ZJIOT_FIT_LIKELY : ZJIOT_FIT_POSSIBLE;
        why = input->topic == NULL ? reasons->body : reasons->other_topic;
    } else if (signs->body == ZJ_UNKNOWN_BODY) {
        guess->fit = ZJIOT_FIT_POSSIBLE;
        why = reasons->unknown;
    }
    zj_copy_text(guess->why, sizeof guess->why, why);
    if (signs->message != NULL)
        zj_copy_text(guess->message, sizeof guess->message, signs->message);
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
    const struct zj_protocol_calls *calls = protocol->calls;
    const unsigned type = (unsigned)(record - protocol->records);
    void *typed = NULL;
    const int code = take_message(protocol, pool, &typed, reterr_error);
    if (code != 0)
        return code;
    memset(typed, 0, calls->message_size);
    memcpy((char *)typed + calls->type_at, &type, sizeof type);
    if (calls->prepare != NULL)
        calls->prepare(record, typed);
    zj_view(protocol, typed, ret_message);
    zj_expect_all(record, ret_message->data.value);
    return 0;
}

int zjiot_variant_find(const struct zjiot_message *message, const struct zjiot_options *options,
                       const struct zjiot_record **ret_record, struct zjiot_error *reterr_error) {
    const struct zj_protocol_calls *calls = message->protocol->calls;
    if (calls->variant != NULL)
        return calls->variant(message->typed, options, ret_record, reterr_error);
    *ret_record = message->data.record;
    return 0;
}

void zjiot_set_alias(struct zjiot_message *message, const char *name) {
    const struct zjiot_protocol *protocol = message->protocol;
    const size_t size = strcspn(name, "/");
    for (size_t i = 0; i < protocol->alias_count && protocol->calls->set_alias != NULL; i++)
        if (strlen(protocol->aliases[i].name) == size && memcmp(protocol->aliases[i].name, name, size) == 0)
            protocol->calls->set_alias(message->typed, &protocol->aliases[i]);
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

int64_t zj_body_end(const struct zj_json *json, int code, struct zjiot_error *error) {
    if (code != 0)
        return code;
    return json->size <= json->capacity ? (int64_t)json->size : zj_fail_space(error, json->size);
}
