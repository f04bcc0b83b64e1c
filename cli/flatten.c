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
};

/* Data of unknown members are one text. */
static bool is_masked(const struct zjiot_leaf *leaf) {
    return strcmp(leaf->text, "***") == 0 ||
           (strcmp(leaf->path, "data.members") == 0 && strstr(leaf->text, ":\"***\"") != NULL);
}

static int set_leaf(const struct zjiot_leaf *leaf, void *context) {
    const struct walk *walk = context;
    if (leaf->text == NULL && !leaf->absent)
        complain("--data: %s is null; leave it out, or give it a value", leaf->path);
    else if (leaf->text != NULL && is_masked(leaf))
        complain("--data: %s is masked; give its value, or decode with --show-secrets", leaf->path);
    else
        return walk->set(leaf->path, leaf->text, walk->context) ? 0 : 1;
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
    *ret_flat = (struct flat){.root = root};
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

bool flat_walk(const struct flat *flat, const struct zjiot_message *message,
               bool (*set)(const char *path, const char *text, void *context), void *context) {
    struct walk walk = {.set = set, .context = context};
    struct zjiot_error error = {.code = ZJIOT_OK};
    if (zjiot_jansson_leaves(message, flat->root, set_leaf, &walk, &error) == 0)
        return true;
    if (error.code != ZJIOT_OK) /* else it has been told */
        complain("--data: %s", error.text);
    return false;
}

void flat_free(struct flat *flat) {
    json_decref(flat->root);
    flat->root = NULL;
}
