#include "flatten.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "zjiot/jansson.h"

struct walk {
    bool (*set)(const char *path, const char *text, void *context);
    void *context;
    const char *part; /* "header.", "data.", or "" */
    const json_t *object;
};

/* The member at a path such as loop[3].phase; NULL: there is none. */
static const json_t *find_member(const json_t *value, const char *path) {
    while (value != NULL && *path != '\0') {
        const size_t size = strcspn(path + 1, ".[") + 1;
        if (*path == '[')
            value = json_array_get(value, strtoul(path + 1, NULL, 10));
        else
            value = json_object_getn(value, path + (*path == '.'), size - (*path == '.'));
        path += size;
    }
    return value;
}

/* "now": null beside "now_quality": "not_provided" is how a record says that there is no value. */
static bool is_absent(const json_t *object, const char *key, const char *text) {
    static const char suffix[] = "_quality", absent[] = "not_provided";
    const size_t size = strlen(key), suffix_size = sizeof suffix - 1;
    char other[512];
    if (text == NULL) {
        snprintf(other, sizeof other, "%s%s", key, suffix);
        const char *quality = json_string_value(find_member(object, other));
        return quality != NULL && strcmp(quality, absent) == 0;
    }
    if (size <= suffix_size || strcmp(key + size - suffix_size, suffix) != 0)
        return false;
    snprintf(other, sizeof other, "%.*s", (int)(size - suffix_size), key);
    return json_is_null(find_member(object, other));
}

static int set_leaf(const char *path, const char *text, void *context) {
    const struct walk *walk = context;
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", walk->part, path);
    if (is_absent(walk->object, path, text))
        return text != NULL || walk->set(whole, NULL, walk->context) ? 0 : 1;
    if (text != NULL && strcmp(text, "***") != 0)
        return walk->set(whole, text, walk->context) ? 0 : 1;
    complain(text == NULL ? "--data: %s is null; leave it out, or give it a value"
                          : "--data: %s is masked; give its value, or decode with --show-secrets",
             whole);
    return 1;
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
    if (root == NULL) {
        const char *quoted = strstr(error.text, " near "); /* what follows may be a secret */
        const int size = quoted != NULL ? (int)(quoted - error.text) : (int)strlen(error.text);
        complain("--data: line %d, column %d: %.*s", error.line, error.column, size, error.text);
    }
    return root;
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

static bool walk_part(const struct flat *flat, const char *name, struct walk *walk) {
    const json_t *part = name != NULL ? json_object_get(flat->root, name) : flat->root;
    struct zjiot_error error = {.code = ZJIOT_OK};
    walk->object = part;
    if (part == NULL || zjiot_jansson_leaves(part, set_leaf, walk, &error) == 0)
        return true;
    if (error.code != ZJIOT_OK)
        complain("--data: %s", error.text);
    return false;
}

/* The data as JSON text. */
static bool set_members(const struct flat *flat, struct walk *walk) {
    const json_t *data = flat->is_record ? json_object_get(flat->root, "data") : flat->root;
    if (data == NULL)
        return true;
    char *text = must(json_dumps(data, JSON_COMPACT));
    const bool is_masked = strstr(text, ":\"***\"") != NULL;
    if (is_masked)
        complain("--data: data is masked; give its values, or decode with --show-secrets");
    const bool is_set = !is_masked && walk->set("data.members", text, walk->context);
    free(text);
    return is_set;
}

bool flat_walk(const struct flat *flat, bool (*set)(const char *path, const char *text, void *context), void *context) {
    struct walk walk = {.set = set, .context = context, .part = ""};
    if (!flat->is_record)
        return flat->is_one ? set_members(flat, &walk) : walk_part(flat, NULL, &walk);
    walk.part = "header.";
    if (!walk_part(flat, "header", &walk))
        return false;
    walk.part = "data.";
    if (flat->is_one)
        return set_members(flat, &walk);
    return walk_part(flat, "data", &walk);
}

void flat_free(struct flat *flat) {
    json_decref(flat->root);
    flat->root = NULL;
}
