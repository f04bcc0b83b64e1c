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
    int (*visit)(const char *path, const char *text, void *context);
    void *context;
    struct zjiot_error *error;
    char path[2 * ZJIOT_PATH_SIZE];
};

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
        return "1"; /* what BOOL and the numbers that devices write as a truth both take */
    case JSON_FALSE:
        return "0";
    case JSON_ARRAY:
        return "[]";
    default:
        return NULL;
    }
}

static int visit_leaf(struct walk *walk, const json_t *value) {
    char number[ZJ_NUMBER_SIZE];
    return walk->visit(walk->path, leaf_text(value, number), walk->context);
}

/* {"value":3.5,"unit":"m3"}: the unit decides how the value is written, so that they are set as one. */
static bool is_quantity(const json_t *object) {
    const json_t *value = json_object_get(object, "value");
    const json_t *unit = json_object_get(object, "unit");
    const size_t others = json_object_get(object, "quality") != NULL;
    return value != NULL && !json_is_object(value) && !json_is_array(value) && json_is_string(unit) &&
           json_object_size(object) == 2 + others;
}

static int visit_quantity(struct walk *walk, const json_t *object) {
    char number[ZJ_NUMBER_SIZE];
    char text[ZJ_NUMBER_SIZE + 32];
    const char *value = leaf_text(json_object_get(object, "value"), number);
    if (value == NULL)
        return walk->visit(walk->path, NULL, walk->context);
    snprintf(text, sizeof text, "%.31s %.30s", value, json_string_value(json_object_get(object, "unit")));
    return walk->visit(walk->path, text, walk->context);
}

static int walk_value(struct walk *walk, const json_t *value);

/* Goes down with a path that is longer by `key` or `[index]`. */
static int walk_member(struct walk *walk, const char *key, size_t index, const json_t *value) {
    const size_t end = strlen(walk->path);
    const size_t room = sizeof walk->path - end;
    const int size = key != NULL ? snprintf(walk->path + end, room, "%s%s", end > 0 ? "." : "", key)
                                 : snprintf(walk->path + end, room, "[%zu]", index);
    int code;
    if (size > 0 && (size_t)size < room)
        code = walk_value(walk, value);
    else
        code = zj_fail(walk->error, ZJIOT_LENGTH, 0, "a path is too long: %.80s...", walk->path);
    walk->path[end] = '\0';
    return code;
}

static int walk_value(struct walk *walk, const json_t *value) {
    int code = 0;
    if (is_quantity(value))
        return visit_quantity(walk, value);
    if (json_is_object(value)) {
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)(uintptr_t)value, key, member) {
            code = walk_member(walk, key, 0, member);
            if (code != 0)
                return code;
        }
        const size_t end = strlen(walk->path);
        const bool is_item = end > 0 && walk->path[end - 1] == ']';
        return is_item && json_object_size(value) == 0 ? walk->visit(walk->path, "{}", walk->context) : 0;
    }
    if (!json_is_array(value) || json_array_size(value) == 0)
        return visit_leaf(walk, value);
    for (size_t i = 0; i < json_array_size(value) && code == 0; i++)
        code = walk_member(walk, NULL, i, json_array_get(value, i));
    return code;
}

int zjiot_jansson_leaves(const json_t *object, int (*visit)(const char *path, const char *text, void *context),
                         void *context, struct zjiot_error *reterr_error) {
    struct walk walk = {.visit = visit, .context = context, .error = reterr_error};
    return walk_value(&walk, object);
}

struct setting {
    struct zjiot_message *message;
    struct zjiot_pool *pool;
    struct zjiot_error *error;
    const char *part; /* "header." or "data." */
};

static int set_leaf(const char *path, const char *text, void *context) {
    const struct setting *setting = context;
    char whole[3 * ZJIOT_PATH_SIZE];
    if (text == NULL)
        return 0;
    snprintf(whole, sizeof whole, "%s%s", setting->part, path);
    const int code = zjiot_set(setting->message, whole, text, setting->pool, setting->error);
    return code == ZJIOT_ARG ? 0 : code; /* computed when it is written */
}

static bool has_members(const struct zjiot_message *message) {
    return message->data.record->field_count == 1 && message->data.record->fields->kind == ZJIOT_MEMBERS;
}

/* Data without known members are one value. */
static int set_members(struct zjiot_message *message, const json_t *data, struct zjiot_pool *pool,
                       struct zjiot_error *error) {
    char *text = json_dumps(data, JSON_COMPACT);
    if (text == NULL)
        return zj_fail(error, ZJIOT_NOMEM, 0, "no memory for the data");
    const int code = zjiot_set(message, "data.members", text, pool, error);
    free(text);
    return code;
}

int zjiot_from_jansson(struct zjiot_message *message, const json_t *object, struct zjiot_pool *pool,
                       struct zjiot_error *reterr_error) {
    static const char *const parts[] = {"header", "data"};
    bool is_record = false;
    int code = 0;
    for (size_t i = 0; i < ZJ_COUNT(parts) && code == 0; i++) {
        const json_t *part = json_object_get(object, parts[i]);
        struct setting setting = {message, pool, reterr_error, i == 0 ? "header." : "data."};
        if (!json_is_object(part))
            continue;
        is_record = true;
        if (i == 1 && has_members(message)) {
            code = set_members(message, part, pool, reterr_error);
            continue;
        }
        code = zjiot_jansson_leaves(part, set_leaf, &setting, reterr_error);
    }
    struct setting setting = {message, pool, reterr_error, ""};
    if (code != 0 || is_record)
        return code;
    return has_members(message) ? set_members(message, object, pool, reterr_error)
                                : zjiot_jansson_leaves(object, set_leaf, &setting, reterr_error);
}
