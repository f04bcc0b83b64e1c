/* Single places in a JSON text, found by their path. For what is rare: the text is gone over each time. */
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"

enum { FIELDS_MAX = 64 };

bool zj_is_json_text(const void *bytes, size_t size) {
    const char *text = bytes;
    size_t at = 0;
    while (at < size && zj_is_blank(text[at]))
        at++;
    if (at == size || text[at] != '{' || zj_utf8_valid(text, size) != size)
        return false;
    for (; at < size; at++)
        if ((unsigned char)text[at] < 0x20 && !zj_is_blank(text[at]))
            return false;
    return true;
}

size_t zj_json_name(const struct zj_span *key, char *out) {
    enum { LONGEST_ESCAPE = 6 };
    char plain[LONGEST_ESCAPE * ZJIOT_PATH_SIZE];
    const char *text = key->text;
    size_t size = key->size;
    if (key->escaped && size <= sizeof plain) {
        const int64_t count = zj_json_unescape(key, plain);
        text = count >= 0 ? plain : text;
        size = count >= 0 ? (size_t)count : size;
    }
    if (size >= ZJIOT_PATH_SIZE) /* no key of ours; it is shown cut */
        size = zj_utf8_valid(text, ZJIOT_PATH_SIZE - 1);
    memcpy(out, text, size);
    out[size] = '\0';
    return size;
}

const char *zj_json_begins(const char *text, size_t size, const char *const *tokens) {
    const char *at = text;
    const char *const end = text + size;
    for (; *tokens != NULL; tokens++) {
        if (at < end && (unsigned char)*at <= ' ')
            at = zj_skip_blanks(at, end);
        for (const char *token = *tokens; *token != '\0'; token++, at++)
            if (at == end || *at != *token)
                return NULL;
    }
    return zj_skip_blanks(at, end);
}

static bool is_named(const struct zj_span *key, const char *name, size_t size) {
    char plain[ZJIOT_PATH_SIZE];
    if (!key->escaped)
        return key->size == size && memcmp(key->text, name, size) == 0;
    return zj_json_name(key, plain) == size && memcmp(plain, name, size) == 0;
}

/* The value of the member with that name; the last one where there are several. NULL: none. */
static const char *find_member(struct zj_scan *scan, const char *at, const char *name, size_t size) {
    const char *found = NULL;
    struct zj_span key;
    if (*at != '{')
        return NULL;
    at = zj_scan_space(scan, at + 1);
    while (at != NULL && *at != '}') {
        at = zj_scan_key(scan, at, &key);
        if (at == NULL)
            break;
        if (is_named(&key, name, size))
            found = at;
        at = zj_scan_value(scan, at);
        at = at != NULL ? zj_scan_next(scan, at, '}') : NULL;
    }
    return found;
}

static const char *find_item(struct zj_scan *scan, const char *at, size_t index) {
    if (*at != '[')
        return NULL;
    at = zj_scan_space(scan, at + 1);
    while (at != NULL && *at != ']' && index-- > 0) {
        at = zj_scan_value(scan, at);
        at = at != NULL ? zj_scan_next(scan, at, ']') : NULL;
    }
    return at != NULL && *at != ']' ? at : NULL;
}

bool zj_json_find(const char *text, size_t size, const char *path, struct zj_span *ret_value) {
    if (size == 0) /* `text` may be NULL then */
        return false;
    struct zj_scan scan = {.text = text, .end = text + size, .tolerate = zj_scan_tolerate_all};
    const char *at = zj_scan_begin(&scan);
    while (at != NULL && *path != '\0') {
        path += *path == '.';
        const size_t length = strcspn(path, ".[");
        at = length > 0 ? find_member(&scan, at, path, length) : at;
        path += length;
        if (at != NULL && *path == '[') {
            char *end;
            at = find_item(&scan, at, strtoul(path + 1, &end, 10));
            path = *end == ']' ? end + 1 : end;
        }
    }
    const char *end = at != NULL ? zj_scan_value(&scan, at) : NULL;
    if (end == NULL)
        return false;
    *ret_value = (struct zj_span){at, (size_t)(end - at), false};
    return true;
}

bool zj_json_next_item(const char *text, size_t size, struct zj_span *item) {
    struct zj_scan scan = {.text = text, .end = text + size, .tolerate = zj_scan_tolerate_all};
    const char *at = zj_scan_next(&scan, item->text + item->size, ']');
    const char *end = at != NULL && *at != ']' ? zj_scan_value(&scan, at) : NULL;
    if (end == NULL)
        return false;
    *item = (struct zj_span){at, (size_t)(end - at), false};
    return true;
}

size_t zj_json_place(const char *text, size_t size, const char *path) {
    char shorter[ZJIOT_PATH_SIZE];
    struct zj_span found;
    zj_copy_text(shorter, sizeof shorter, path);
    for (;;) {
        if (zj_json_find(text, size, shorter, &found))
            return (size_t)(found.text - text);
        char *dot = strrchr(shorter, '.');
        if (dot == NULL)
            return 0;
        *dot = '\0';
    }
}

int64_t zj_json_likeness(const struct zj_span *object, const struct zjiot_record *record) {
    struct zj_scan scan = {.text = object->text, .end = object->text + object->size, .tolerate = zj_scan_tolerate_all};
    struct zj_span key;
    int64_t likeness = 0; /* members known, less those unknown; where that is equal, fewer missing ones decide */
    for (unsigned i = 0; i < record->field_count; i++)
        likeness -= !(record->fields[i].flags & ZJIOT_FIELD_OPTIONAL);
    const char *at = *object->text == '{' ? zj_scan_space(&scan, object->text + 1) : NULL;
    while (at != NULL && *at != '}') {
        at = zj_scan_key(&scan, at, &key);
        if (at == NULL)
            break;
        const struct zjiot_field *field = NULL;
        for (unsigned i = 0; i < record->field_count && field == NULL; i++)
            if (is_named(&key, record->fields[i].key, strlen(record->fields[i].key)))
                field = &record->fields[i];
        likeness += field == NULL ? -FIELDS_MAX : FIELDS_MAX;
        at = zj_scan_value(&scan, at);
        at = at != NULL ? zj_scan_next(&scan, at, '}') : NULL;
    }
    return likeness;
}

static bool holds_secret_of(const struct zjiot_record *record, const char *text, size_t size) {
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if ((field->flags & ZJIOT_FIELD_SECRET) &&
            (zj_find_text(text, size, field->key, strlen(field->key)) != NULL ||
             (field->other_key != NULL &&
              zj_find_text(text, size, field->other_key, strlen(field->other_key)) != NULL)))
            return true;
        if (field->record != NULL && holds_secret_of(field->record, text, size))
            return true;
    }
    return false;
}

bool zj_json_holds_secret(const struct zjiot_protocol *protocol, const char *text, size_t size) {
    if (zj_json_has_code(text, size)) /* a key may be written so */
        return true;
    for (size_t i = 0; i < protocol->record_count; i++)
        if (holds_secret_of(&protocol->records[i], text, size))
            return true;
    return false;
}
