#include "flatten.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

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

static bool set_leaf(struct walk *walk, const json_t *value) {
    char number[400];
    const char *text = number;
    switch (json_typeof(value)) {
    case JSON_STRING:
        text = json_string_value(value);
        break;
    case JSON_INTEGER:
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        real_text(json_real_value(value), number, sizeof number);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        text = json_is_true(value) ? "1" : "0";
        break;
    default:
        complain("--data: %s is null; leave it out, or give it a value", walk->path);
        return false;
    }
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

bool flatten_data(const char *data, bool (*set)(const char *path, const char *text, void *context), void *context) {
    struct walk walk = {.set = set, .context = context};
    json_t *root = load(data);
    if (root == NULL)
        return false;
    bool is_object = json_is_object(root);
    if (!is_object)
        complain("--data: an object is needed: {\"key\": value, ...}");
    bool is_good = is_object && walk_value(&walk, root);
    json_decref(root);
    return is_good;
}
