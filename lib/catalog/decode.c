/* Any protocol through one door. */
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"

int zjiot_decode(const struct zjiot_protocol *protocol, const uint8_t *bytes, size_t size,
                 const struct zjiot_options *options, struct zjiot_pool *pool, struct zjiot_message *ret_message,
                 struct zjiot_report *report, struct zjiot_trace *trace, struct zjiot_error *reterr_error) {
    const struct zj_protocol_calls *calls = protocol->calls;
    struct zjiot_error error;
    void *typed = zjiot_pool_take(pool, calls->message_size, &error);
    if (typed == NULL) {
        if (reterr_error != NULL)
            *reterr_error = error;
        return error.code;
    }
    const int code = calls->decode(bytes, size, options, typed, report, trace, reterr_error);
    if (code == 0)
        calls->view(typed, ret_message);
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

size_t zjiot_identify(const uint8_t *bytes, size_t size, struct zjiot_guess *guesses, size_t capacity) {
    size_t count = 0;
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++) {
        struct zjiot_guess guess = {.protocol = *p};
        (*p)->calls->identify(bytes, size, &guess);
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
    return 0;
}

/* The first member that was never set, with its path. */
static const struct zjiot_field *find_missing(const struct zjiot_record *record, const void *value,
                                              const struct zj_path *up, char *path) {
    struct zj_masks masks;
    memcpy(&masks, value, sizeof masks);
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if (field->wire == ZJIOT_WIRE_NONE || (field->flags & ZJIOT_FIELD_CONST))
            continue;
        for (int j = 0; field->record != NULL && j < field->count; j++) {
            const struct zj_path here = {up, field->key, field->kind == ZJIOT_ARRAY ? j : -1};
            const char *member = (const char *)value + field->offset + (size_t)j * field->record->struct_size;
            const struct zjiot_field *found = find_missing(field->record, member, &here, path);
            if (found != NULL)
                return found;
        }
        if (field->record == NULL && !(masks.has >> i & 1)) {
            zj_path_text(up, field->key, path);
            return field;
        }
    }
    return NULL;
}

int zj_check_complete(const struct zjiot_record *record, const void *value, struct zjiot_error *error) {
    char path[ZJIOT_PATH_SIZE];
    char range[ZJIOT_EVIDENCE_SIZE];
    const struct zjiot_field *absent = find_missing(record, value, NULL, path);
    if (absent == NULL)
        return 0;
    const char *open = zjiot_field_range(absent, range, sizeof range) > 0 ? " (" : "";
    return zj_fail_at(error, ZJIOT_MISSING, 0, path, "%s is missing%s%s%s%s%s", path, open, range,
                      absent->unit[0] != '\0' ? " " : "", absent->unit, open[0] != '\0' ? ")" : "");
}

int64_t zjiot_encode(const struct zjiot_message *message, const struct zjiot_options *options, uint8_t *out,
                     size_t capacity, struct zjiot_error *reterr_error) {
    const int code = zj_check_complete(message->data.record, message->data.value, reterr_error);
    return code != 0 ? code : message->protocol->calls->encode(message->typed, options, out, capacity, reterr_error);
}
