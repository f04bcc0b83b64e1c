#include "flatten.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

enum { NUMBER_SIZE = 400 };

struct walk {
    bool (*set)(const char *path, const char *text, void *context);
    void *context;
    char path[256];
};

/* The shortest text that reads back as the same number. */
static void real_text(double value, char *out, size_t size) {
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, size, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    if (strchr(out, 'e') == NULL)
        return;
    snprintf(out, size, "%.17f", value); /* a whole number such as 70.0 has no exponent for the library */
    size_t length = strlen(out);
    while (length > 0 && out[length - 1] == '0')
        length--;
    length -= length > 0 && out[length - 1] == '.';
    out[length] = '\0';
}

/* The text of a value, which may be in `number`; NULL, after an error on stderr, when there is none to set. */
static const char *leaf_text(const struct walk *walk, const json_t *value, char number[NUMBER_SIZE]) {
    const char *text = number;
    switch (json_typeof(value)) {
    case JSON_STRING:
        text = json_string_value(value);
        break;
    case JSON_INTEGER:
        snprintf(number, NUMBER_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        real_text(json_real_value(value), number, NUMBER_SIZE);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        text = json_is_true(value) ? "1" : "0";
        break;
    default:
        complain("--data: %s is null; leave it out, or give it a value", walk->path);
        return NULL;
    }
    if (strcmp(text, "***") == 0) {
        complain("--data: %s is masked; give its value, or decode with --show-secrets", walk->path);
        return NULL;
    }
    return text;
}

static bool set_leaf(struct walk *walk, const json_t *value) {
    char number[NUMBER_SIZE];
    const char *text = leaf_text(walk, value, number);
    return text != NULL && walk->set(walk->path, text, walk->context);
}

/* {"value":3.5,"unit":"m3"}: the unit decides how the value is written, so that they are set as one. */
static bool is_quantity(const json_t *object) {
    const json_t *value = json_object_get(object, "value"), *unit = json_object_get(object, "unit");
    const size_t others = json_object_get(object, "quality") != NULL;
    return value != NULL && !json_is_object(value) && !json_is_array(value) && json_is_string(unit) &&
           json_object_size(object) == 2 + others;
}

static bool set_quantity(struct walk *walk, const json_t *object) {
    char number[NUMBER_SIZE], text[2 * NUMBER_SIZE];
    const char *value = leaf_text(walk, json_object_get(object, "value"), number);
    if (value == NULL)
        return false;
    snprintf(text, sizeof text, "%.300s %.300s", value, json_string_value(json_object_get(object, "unit")));
    return walk->set(walk->path, text, walk->context);
}

static bool walk_value(struct walk *walk, json_t *value);

/* Goes down with a path that is longer by `key` or `[index]`. */
static bool walk_member(struct walk *walk, const char *key, size_t index, json_t *value) {
    size_t end = strlen(walk->path), room = sizeof walk->path - end;
    int size = key != NULL ? snprintf(walk->path + end, room, "%s%s", end > 0 ? "." : "", key)
                           : snprintf(walk->path + end, room, "[%zu]", index);
    bool fits = size > 0 && (size_t)size < room;
    if (!fits)
        complain("--data: a path is too long: %s", walk->path);
    bool is_good = fits && walk_value(walk, value);
    walk->path[end] = '\0';
    return is_good;
}

static bool walk_value(struct walk *walk, json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    if (is_quantity(value))
        return set_quantity(walk, value);
    if (json_is_object(value)) {
        json_object_foreach(value, key, member) {
            if (!walk_member(walk, key, 0, member))
                return false;
        }
        return true;
    }
    if (json_is_array(value)) {
        json_array_foreach(value, index, member) {
            if (!walk_member(walk, NULL, index, member))
                return false;
        }
        return true;
    }
    return set_leaf(walk, value);
}

static json_t *load(const char *data) {
    json_error_t error;
    json_t *root = NULL;
    if (data[0] != '@') {
        root = json_loads(data, JSON_REJECT_DUPLICATES, &error);
    } else {
        bool is_stdin = strcmp(data, "@-") == 0;
        FILE *file = is_stdin ? stdin : fopen(data + 1, "re");
        if (file == NULL) {
            complain("--data: %s: %s", data + 1, strerror(errno));
            return NULL;
        }
        root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
        if (!is_stdin)
            fclose(file);
    }
    if (root == NULL)
        complain("--data: line %d, column %d: %s", error.line, error.column, error.text);
    return root;
}

/* What a record says of itself: members that are not of its message. */
static bool is_of_record(const char *key) {
    static const char *const keys[] = {"protocol",       "message", "variant", "direction",  "profile",
                                       "profile_reason", "ok",      "forced",  "deviations", "deviations_left_out",
                                       "error",          "raw",     "input",   "source",     "offset",
                                       "size",           "spans"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(key, keys[i]) == 0)
            return true;
    }
    return false;
}

bool flat_load(const char *data, struct flat *ret_flat) {
    json_t *root = load(data);
    if (root == NULL)
        return false;
    const bool has_parts =
        json_is_object(json_object_get(root, "data")) || json_is_object(json_object_get(root, "header"));
    const bool is_record = has_parts || (json_object_get(root, "ok") != NULL && json_object_get(root, "raw") != NULL);
    *ret_flat = (struct flat){.root = root, .is_record = is_record};
    if (json_is_object(root) && !is_record)
        return true;
    if (has_parts) {
        ret_flat->protocol = json_string_value(json_object_get(root, "protocol"));
        ret_flat->message = json_string_value(json_object_get(root, "message"));
        ret_flat->variant = json_string_value(json_object_get(root, "variant"));
        ret_flat->direction = json_string_value(json_object_get(root, "direction"));
        ret_flat->profile = json_string_value(json_object_get(root, "profile"));
        return true;
    }
    complain(is_record ? "--data: a record of something that was not decoded holds no data"
                       : "--data: an object is needed: {\"key\": value, ...}");
    flat_free(ret_flat);
    return false;
}

bool flat_walk(const struct flat *flat, bool (*set)(const char *path, const char *text, void *context), void *context) {
    struct walk walk = {.set = set, .context = context};
    const char *key;
    json_t *member;
    json_object_foreach(flat->root, key, member) {
        if (!(flat->is_record && is_of_record(key)) && !walk_member(&walk, key, 0, member))
            return false;
    }
    return true;
}

void flat_free(struct flat *flat) {
    json_decref(flat->root);
    flat->root = NULL;
}
