/* JSON read into a record's struct by the paths of its rows. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"

enum { DEPTH_MAX = 16, TEXT_MAX = 2 * 1024 + 8 };

struct json_source {
    struct zj_reader *reader;
    const struct zjiot_record *record;
    void *value;
    struct zjiot_pool *pool;
    const char *text;
    size_t size;
    size_t at;
    unsigned depth;
};

static struct zj_token next(struct json_source *source) {
    const struct zj_token token = zj_json_token(source->text, source->size, source->at);
    source->at = token.end;
    return token;
}

static int syntax(const struct json_source *source, struct zj_token token, const char *expected) {
    return zj_fail(source->reader->error, ZJIOT_SYNTAX, token.start, "JSON: %s expected here", expected);
}

static int read_scalar(struct json_source *source, struct zj_token token, const char *path) {
    char text[TEXT_MAX];
    const size_t length = token.end - token.start;
    if (token.kind == ZJ_TOKEN_STRING) {
        if (!zj_json_unescape(source->text, token, text, sizeof text))
            return syntax(source, token, "a string of UTF-8 that is not too long");
    } else {
        if (length >= sizeof text)
            return syntax(source, token, "a shorter value");
        memcpy(text, source->text + token.start, length);
        text[length] = '\0';
    }
    struct zjiot_error error;
    const int code = zj_set_path(source->record, source->value, path, text, path, source->pool, &error);
    if (code == 0)
        return zj_deviate(source->reader, ZJIOT_EXTRA, token.start, path, text, "no such member");
    if (code < 0)
        return zj_fail_at(source->reader->error, (enum zjiot_code)code, token.start, path, "%s", error.text);
    return 0;
}

static int read_value(struct json_source *source, const char *path);

static int read_object(struct json_source *source, const char *path) {
    char here[ZJIOT_PATH_SIZE];
    char key[ZJIOT_PATH_SIZE];
    struct zj_token token = next(source);
    if (token.kind == ZJ_TOKEN_OBJECT_END)
        return 0;
    for (;; token = next(source)) {
        if (token.kind != ZJ_TOKEN_STRING || !zj_json_unescape(source->text, token, key, sizeof key))
            return syntax(source, token, "a key");
        const int length = snprintf(here, sizeof here, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
        if (length < 0 || (size_t)length >= sizeof here)
            return syntax(source, token, "a shorter path");
        token = next(source);
        if (token.kind != ZJ_TOKEN_COLON)
            return syntax(source, token, "':'");
        const int code = read_value(source, here);
        if (code != 0)
            return code;
        token = next(source);
        if (token.kind == ZJ_TOKEN_OBJECT_END)
            return 0;
        if (token.kind != ZJ_TOKEN_COMMA)
            return syntax(source, token, "',' or '}'");
    }
}

static int read_array(struct json_source *source, const char *path) {
    char here[ZJIOT_PATH_SIZE];
    const size_t start = source->at;
    struct zj_token token = next(source);
    if (token.kind == ZJ_TOKEN_ARRAY_END)
        return 0;
    source->at = start;
    for (unsigned i = 0;; i++) {
        const int length = snprintf(here, sizeof here, "%s[%u]", path, i);
        if (length < 0 || (size_t)length >= sizeof here)
            return syntax(source, token, "a shorter path");
        const int code = read_value(source, here);
        if (code != 0)
            return code;
        token = next(source);
        if (token.kind == ZJ_TOKEN_ARRAY_END)
            return 0;
        if (token.kind != ZJ_TOKEN_COMMA)
            return syntax(source, token, "',' or ']'");
    }
}

static int read_value(struct json_source *source, const char *path) {
    const struct zj_token token = next(source);
    int code;
    if (++source->depth > DEPTH_MAX)
        return syntax(source, token, "less nesting");
    switch (token.kind) {
    case ZJ_TOKEN_OBJECT:
        code = read_object(source, path);
        break;
    case ZJ_TOKEN_ARRAY:
        code = read_array(source, path);
        break;
    case ZJ_TOKEN_STRING:
    case ZJ_TOKEN_NUMBER:
    case ZJ_TOKEN_LITERAL:
        code = read_scalar(source, token, path);
        break;
    default:
        return syntax(source, token, "a value");
    }
    source->depth--;
    return code;
}

int zj_read_json(struct zj_reader *reader, const struct zjiot_record *record, const char *text, size_t size,
                 void *ret_value, struct zjiot_pool *pool) {
    struct json_source source = {reader, record, ret_value, pool, text, size, 0, 0};
    memset(ret_value, 0, record->struct_size);
    const struct zj_token first = next(&source);
    if (first.kind != ZJ_TOKEN_OBJECT)
        return syntax(&source, first, "an object");
    const int code = read_object(&source, "");
    if (code != 0)
        return code;
    const struct zj_token last = next(&source);
    return last.kind == ZJ_TOKEN_END ? 0 : syntax(&source, last, "the end");
}
