#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zjiot/hex.h"

const struct vector_file vector_files[VECTOR_FILES] = {
    {"nb/expect.jsonl", "nb"},         {"nb/constructed.jsonl", "nb"},
    {"cjt188/expect.jsonl", "cjt188"}, {"cjt188/constructed.jsonl", "cjt188"},
    {"hy/expect.jsonl", "cjt188"},
};

json_t *vectors_read(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", VECTORS, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    json_t *lines = json_array();
    int next;
    while ((next = fgetc(file)) != EOF) {
        ungetc(next, file);
        json_t *line = json_loadf(file, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, NULL);
        if (line == NULL)
            fail_msg("%s: line %u is no JSON", name, (unsigned)json_array_size(lines) + 1);
        json_array_append_new(lines, line);
        fgetc(file); /* the end of the line */
    }
    fclose(file);
    return lines;
}

size_t vectors_each(const char *name, size_t least, int (*check)(const json_t *line)) {
    json_t *lines = vectors_read(name);
    const size_t count = json_array_size(lines);
    int failures = 0;
    assert_non_null(lines);
    assert_true(count >= least);
    for (size_t i = 0; i < count; i++)
        failures += check(json_array_get(lines, i));
    json_decref(lines);
    assert_int_equal(failures, 0);
    return count;
}

const struct zjiot_field *vector_row(const struct zjiot_record *record, const char *path) {
    const size_t length = strcspn(path, ".[");
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if (strlen(field->key) != length || strncmp(field->key, path, length) != 0)
            continue;
        const char *rest = path + length + (strncmp(path + length, "[]", 2) == 0 ? 2 : 0);
        return *rest == '.' && field->record != NULL ? vector_row(field->record, rest + 1) : field;
    }
    return NULL;
}

bool vectors_list(const json_t *lines, const char *form, const char *path) {
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (strcmp(vector_text(line, "form"), form) == 0 && strcmp(vector_text(line, "path"), path) == 0)
            return true;
    }
    return false;
}

int64_t vector_bytes(const json_t *line, uint8_t *out) {
    const char *hex = vector_text(line, "hex");
    return zjiot_hex_read(hex, strlen(hex), out, VECTOR_BYTES_MAX, NULL);
}

const char *vector_text(const json_t *line, const char *key) {
    const char *text = json_string_value(json_object_get(line, key));
    return text != NULL ? text : "";
}

const json_t *vector_member(const json_t *value, const char *path) {
    char key[64];
    while (*path != '\0' && value != NULL) {
        if (*path == '[') {
            char *end;
            value = json_array_get(value, strtoul(path + 1, &end, 10));
            path = end + 1;
        } else {
            const size_t length = strcspn(path, ".[");
            snprintf(key, sizeof key, "%.*s", (int)length, path);
            value = json_object_get(value, key);
            path += length;
        }
        path += *path == '.';
    }
    return value;
}

bool vector_one_of(const char *code, const char *wanted) {
    const size_t length = strlen(code);
    for (const char *at = wanted; (at = strstr(at, code)) != NULL; at += length)
        if ((at == wanted || at[-1] == '|') && (at[length] == '\0' || at[length] == '|'))
            return true;
    return false;
}

size_t bytes_of(const char *hex, uint8_t *out) {
    const int64_t size = zjiot_hex_read(hex, strlen(hex), out, VECTOR_BYTES_MAX, NULL);
    if (size < 0)
        fail_msg("the test's own hex is damaged: %s", hex);
    return (size_t)size;
}

void assert_bytes(const uint8_t *bytes, int64_t size, const char *hex) {
    uint8_t wanted[VECTOR_BYTES_MAX];
    char is[2 * VECTOR_BYTES_MAX + 1] = "";
    const size_t wanted_size = bytes_of(hex, wanted);
    if (size >= 0)
        zjiot_hex_write(bytes, (size_t)size, is);
    if (size != (int64_t)wanted_size || memcmp(bytes, wanted, wanted_size) != 0)
        fail_msg("%d bytes: %s\n  expected: %s", (int)size, is, hex);
}

static bool reported(const struct zjiot_report *report, enum zjiot_code code) {
    for (size_t i = 0; i < report->count && i < report->capacity; i++)
        if (report->items[i].code == code)
            return true;
    return false;
}

const char *why_not_canonical(const struct zjiot_message *message, const struct zjiot_report *report) {
    uint64_t has;
    memcpy(&has, message->data.value, sizeof has); /* every record's struct begins with it */
    if ((has & ~ZJIOT_HAS_READ) != (UINT64_C(1) << message->data.record->field_count) - 1)
        return "a value is no BCD, or filled with 99: there is nothing to write";
    if (reported(report, ZJIOT_ORDER))
        return "the clock stands in turned order: it is written in the standard's";
    if (reported(report, ZJIOT_UNKNOWN) && strcmp(message->name, "unknown") != 0)
        return "a unit byte is unknown: it cannot be written";
    if (reported(report, ZJIOT_RANGE) || reported(report, ZJIOT_CONST))
        return "a value is out of range, or the clock has no century";
    if (reported(report, ZJIOT_CRC_PLACEHOLDER))
        return "the checksum is a placeholder: the real one is written";
    return NULL;
}
