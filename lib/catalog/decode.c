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

/* Goes down one step of a path: the field, and the index behind it. NULL when there is none such. */
static const struct zjiot_field *step(const struct zjiot_record *record, const char **path, size_t *ret_index,
                                      unsigned *ret_at) {
    const size_t length = strcspn(*path, ".[");
    const char *rest = *path + length;
    unsigned at = 0;
    while (at < record->field_count &&
           (strlen(record->fields[at].key) != length || memcmp(record->fields[at].key, *path, length) != 0))
        at++;
    const struct zjiot_field *field = at < record->field_count ? &record->fields[at] : NULL;
    if (field == NULL || (field->flags & ZJIOT_FIELD_HIDDEN) || (*rest == '[') != (field->kind == ZJIOT_ARRAY))
        return NULL;
    *ret_index = 0;
    if (*rest == '[') {
        const size_t digits = strspn(rest + 1, "0123456789");
        *ret_index = strtoul(rest + 1, NULL, 10);
        if (digits == 0 || digits > 4 || rest[1 + digits] != ']' || *ret_index >= field->count)
            return NULL;
        rest += digits + 2;
    }
    if (*rest != '\0' && (*rest != '.' || rest[1] == '\0'))
        return NULL;
    *path = rest + (*rest == '.');
    *ret_at = at;
    return field;
}

/* Members of unknown meaning stand under "unknown" in records, and only there. */
static const char *skip_group(const struct zjiot_record *record, const char *path) {
    static const char group[] = "unknown.";
    const bool has_group = record->field_count > 0 && record->message && strncmp(path, group, sizeof group - 1) == 0;
    return has_group ? path + sizeof group - 1 : path;
}

int zj_set_path(const struct zjiot_record *record, void *value, const char *path, const char *text, const char *whole,
                struct zjiot_pool *pool, struct zjiot_error *error) {
    size_t index;
    unsigned at;
    const char *rest = skip_group(record, path);
    const bool grouped = rest != path;
    const struct zjiot_field *field = step(record, &rest, &index, &at);
    if (field == NULL || grouped != ((field->flags & ZJIOT_FIELD_UNKNOWN) != 0))
        return 0;
    path = rest;
    void *member = (char *)value + field->offset;
    if (field->record != NULL && *path != '\0') {
        const int code = zj_set_path(field->record, (char *)member + index * field->record->struct_size, path, text,
                                     whole, pool, error);
        if (code == 1)
            ((struct zj_masks *)value)->has |= UINT64_C(1) << at;
        return code;
    }
    /* A record prints numbers with a fixed unit as {"value":..,"unit":..}: what was printed can be set. */
    if (strcmp(path, "unit") == 0 && field->kind != ZJIOT_QUANTITY)
        return strcmp(text, field->unit) == 0
                   ? 1
                   : zj_fail_at(error, ZJIOT_TYPE, 0, whole, "%s: the unit is %s", whole, field->unit);
    if (*path != '\0' && strcmp(path, "value") != 0 && strcmp(path, "unit") != 0)
        return 0;
    if (field->flags & ZJIOT_FIELD_COMPUTED)
        return zj_fail_at(error, ZJIOT_ARG, 0, whole, "%s: is computed, it cannot be set", whole);
    const int code = zj_set_value(record, value, at, path, text, whole, pool, error);
    return code == 0 ? 1 : code;
}

int zjiot_set(struct zjiot_message *message, const char *path, const char *text, struct zjiot_pool *pool,
              struct zjiot_error *reterr_error) {
    const bool header = strncmp(path, "header.", 7) == 0;
    int code = 0;
    if (!header && message->data.record != NULL)
        code = zj_set_path(message->data.record, message->data.value, path + (strncmp(path, "data.", 5) == 0 ? 5 : 0),
                           text, path, pool, reterr_error);
    for (size_t i = 0; code == 0 && i < message->header_count; i++)
        code = zj_set_path(message->headers[i].record, message->headers[i].value, path + (header ? 7 : 0), text, path,
                           pool, reterr_error);
    if (code == 0)
        return zj_fail_at(reterr_error, ZJIOT_UNKNOWN, 0, path, "%s: %s has no such member", path, message->name);
    return code < 0 ? code : 0;
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
