/* Trees of jansson: the only file of the library that includes it. */
#include "zjiot/jansson.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

json_t *zjiot_to_jansson(const struct zjiot_outcome *outcome, const struct zjiot_options *options,
                         struct zjiot_error *reterr_error) {
    struct zjiot_error error;
    json_t *tree = NULL;
    char *text = NULL;
    int64_t length = zjiot_record_write(outcome, options, false, NULL, 0, &error);
    if (length == ZJIOT_SPACE)
        text = malloc(error.need);
    if (text != NULL) {
        length = zjiot_record_write(outcome, options, false, text, error.need, &error);
        tree = length < 0 ? NULL : json_loadb(text, (size_t)length, 0, NULL);
    }
    free(text);
    if (tree == NULL)
        zj_fail(reterr_error, ZJIOT_NOMEM, 0, "no memory for the tree");
    return tree;
}

struct walk {
    int (*visit)(const struct zjiot_leaf *leaf, void *context);
    void *context;
    struct zjiot_error *error;
    char path[3 * ZJIOT_PATH_SIZE];
};

static int fail(const struct walk *walk, enum zjiot_code code, const char *what) {
    return zj_fail_at(walk->error, code, 0, walk->path, "%.80s: %s", walk->path, what);
}

static int tell(const struct walk *walk, const char *text, bool absent) {
    const struct zjiot_leaf leaf = {walk->path, text, absent};
    return walk->visit(&leaf, walk->context);
}

static bool has_nul(const json_t *value) {
    return json_is_string(value) && strlen(json_string_value(value)) != json_string_length(value);
}

/* The text of a value, which may be in `number`; NULL for null. */
static const char *leaf_text(const json_t *value, char number[ZJ_NUMBER_SIZE]) {
    switch (json_typeof(value)) {
    case JSON_STRING:
        return json_string_value(value);
    case JSON_INTEGER:
        zj_int_write(json_integer_value(value), number);
        return number;
    case JSON_REAL:
        zj_real_write(json_real_value(value), number);
        return number;
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_ARRAY:
        return "[]";
    default:
        return NULL;
    }
}

static int visit_leaf(const struct walk *walk, const json_t *value, bool absent) {
    char number[ZJ_NUMBER_SIZE];
    if (has_nul(value))
        return fail(walk, ZJIOT_TYPE, "a text with NUL in it");
    return tell(walk, leaf_text(value, number), absent);
}

/* A record has beside a value that is null why it is, as "now_quality" of "now" or "quality" of "value". */
static const char quality_suffix[] = "_quality";

static bool says_absent(const json_t *quality) {
    return json_is_string(quality) && strcmp(json_string_value(quality), "not_provided") == 0;
}

static bool is_quality(const json_t *object, const char *key) {
    const size_t size = strlen(key), suffix = sizeof quality_suffix - 1;
    return size > suffix && strcmp(key + size - suffix, quality_suffix) == 0 &&
           json_is_null(json_object_getn(object, key, size - suffix));
}

static bool is_absent(const json_t *object, const char *key) {
    char name[ZJIOT_PATH_SIZE + sizeof quality_suffix];
    const int size = snprintf(name, sizeof name, "%s%s", key, quality_suffix);
    return size > 0 && (size_t)size < sizeof name && says_absent(json_object_get(object, name));
}

/* {"value":3.5,"unit":"m3"}: the unit decides how the value is written, so that they are set as one. */
static bool is_quantity(const json_t *object) {
    const json_t *value = json_object_get(object, "value");
    const json_t *unit = json_object_get(object, "unit");
    const size_t others = json_object_get(object, "quality") != NULL;
    return value != NULL && !json_is_object(value) && !json_is_array(value) && json_is_string(unit) &&
           json_object_size(object) == 2 + others;
}

static int visit_quantity(const struct walk *walk, const json_t *object) {
    const json_t *value = json_object_get(object, "value");
    const json_t *unit = json_object_get(object, "unit");
    char number[ZJ_NUMBER_SIZE];
    char text[ZJ_NUMBER_SIZE + 32];
    if (json_is_null(value))
        return tell(walk, NULL, says_absent(json_object_get(object, "quality")));
    if (has_nul(value) || has_nul(unit))
        return fail(walk, ZJIOT_TYPE, "a text with NUL in it");
    snprintf(text, sizeof text, "%.31s %.30s", leaf_text(value, number), json_string_value(unit));
    return tell(walk, text, false);
}

static int walk_value(struct walk *walk, const json_t *value, bool absent);

/* Goes down with a path that is longer by `key` or `[index]`. */
static int walk_member(struct walk *walk, const char *key, size_t index, const json_t *value, bool absent) {
    const size_t end = strlen(walk->path);
    const size_t room = sizeof walk->path - end;
    const int size = key != NULL ? snprintf(walk->path + end, room, "%s%s", end > 0 ? "." : "", key)
                                 : snprintf(walk->path + end, room, "[%zu]", index);
    int code;
    if (size > 0 && (size_t)size < room)
        code = walk_value(walk, value, absent);
    else
        code = zj_fail(walk->error, ZJIOT_LENGTH, 0, "a path is too long: %.80s...", walk->path);
    walk->path[end] = '\0';
    return code;
}

static int walk_object(struct walk *walk, const json_t *object) {
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)object, key, member) {
        if (is_quality(object, key))
            continue;
        const int code = walk_member(walk, key, 0, member, json_is_null(member) && is_absent(object, key));
        if (code != 0)
            return code;
    }
    return 0;
}

static int walk_value(struct walk *walk, const json_t *value, bool absent) {
    int code = 0;
    if (is_quantity(value))
        return visit_quantity(walk, value);
    if (json_is_object(value))
        return json_object_size(value) > 0 ? walk_object(walk, value) : tell(walk, "{}", false);
    if (!json_is_array(value) || json_array_size(value) == 0)
        return visit_leaf(walk, value, absent);
    for (size_t i = 0; i < json_array_size(value) && code == 0; i++)
        code = walk_member(walk, NULL, i, json_array_get(value, i), false);
    return code;
}

/* --- The parts of a tree --- */

enum part { PART_HEADER, PART_DATA, PART_BESIDE, PART_NONE };

/* What a member of a record is, or of a body as the protocol sends it. Every record has "ok"; what names a message may
 * stand beside its parts without the rest of the record. */
static enum part part_of(const struct zjiot_message *message, const json_t *object, const char *key) {
    static const char *const names[] = {"protocol", "topic", "message", "variant", "direction", "profile"};
    const struct zjiot_record *envelope = message->protocol->envelope;
    if (strcmp(key, "data") == 0)
        return PART_DATA;
    if (strcmp(key, "header") == 0)
        return PART_HEADER;
    for (unsigned i = 0; envelope != NULL && i < envelope->field_count; i++)
        if (envelope->fields[i].record != NULL && strcmp(envelope->fields[i].key, key) == 0)
            return PART_HEADER;
    if (json_object_get(object, "ok") != NULL)
        return PART_BESIDE;
    for (size_t i = 0; i < ZJ_COUNT(names); i++)
        if (strcmp(names[i], key) == 0)
            return PART_BESIDE;
    return PART_NONE;
}

/* Whether it is more than the members of data: a part is an object. */
static bool has_parts(const struct zjiot_message *message, const json_t *object) {
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)object, key,
                        member) if (json_is_object(member) && part_of(message, object, key) <= PART_DATA) return true;
    return false;
}

/* Data without known members are one value. */
static int walk_data(struct walk *walk, const struct zjiot_message *message, const json_t *data) {
    const struct zjiot_record *record = message->data.record;
    if (record->field_count != 1 || record->fields->kind != ZJIOT_MEMBERS)
        return json_is_object(data) ? walk_object(walk, data) : walk_value(walk, data, false);
    char *text = json_dumps(data, JSON_COMPACT);
    if (text == NULL)
        return zj_fail(walk->error, ZJIOT_NOMEM, 0, "no memory for the data");
    zj_copy_text(walk->path, sizeof walk->path, "data.members");
    const int code = tell(walk, text, false);
    free(text);
    return code;
}

/* The parts of one kind; a member that is none ends the walk. */
static int walk_parts(struct walk *walk, const struct zjiot_message *message, const json_t *object, enum part wanted) {
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)object, key, member) {
        const enum part part = part_of(message, object, key);
        int code = 0;
        snprintf(walk->path, sizeof walk->path, "%s", key);
        if (part == PART_NONE)
            code = fail(walk, ZJIOT_UNKNOWN, "no part of a message, and this is no record");
        else if (part <= PART_DATA && !json_is_object(member))
            code = fail(walk, ZJIOT_TYPE, "an object is needed");
        else if (part == wanted) {
            zj_copy_text(walk->path, sizeof walk->path, part == PART_HEADER ? "header" : "data");
            code = part == PART_HEADER ? walk_object(walk, member) : walk_data(walk, message, member);
        }
        if (code != 0)
            return code;
    }
    return 0;
}

int zjiot_jansson_leaves(const struct zjiot_message *message, const json_t *object,
                         int (*visit)(const struct zjiot_leaf *leaf, void *context), void *context,
                         struct zjiot_error *reterr_error) {
    struct walk walk = {.visit = visit, .context = context, .error = reterr_error};
    if (!has_parts(message, object))
        return walk_data(&walk, message, object);
    const int code = walk_parts(&walk, message, object, PART_HEADER);
    return code != 0 ? code : walk_parts(&walk, message, object, PART_DATA);
}

struct setting {
    struct zjiot_message *message;
    struct zjiot_pool *pool;
    struct zjiot_error *error;
};

static int set_leaf(const struct zjiot_leaf *leaf, void *context) {
    const struct setting *setting = context;
    if (leaf->text == NULL && !leaf->absent)
        return 0;
    const int code = zjiot_set(setting->message, leaf->path, leaf->text, setting->pool, setting->error);
    return code == ZJIOT_ARG ? 0 : code; /* computed when it is written */
}

int zjiot_from_jansson(struct zjiot_message *message, const json_t *object, struct zjiot_pool *pool,
                       struct zjiot_error *reterr_error) {
    struct setting setting = {message, pool, reterr_error};
    return zjiot_jansson_leaves(message, object, set_leaf, &setting, reterr_error);
}
