/* Errors, deviations and the names of the codes. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

static const char *const code_names[] = {
#define CODE(name, text) #name,
#include "zjiot/def/codes.def"
#undef CODE
};

static const char *const code_texts[] = {
#define CODE(name, text) text,
#include "zjiot/def/codes.def"
#undef CODE
};

const char *zjiot_code_name(int code) {
    unsigned at = (unsigned)(-1 - code);
    if (code == ZJIOT_OK)
        return "OK";
    return at < ZJIOT_CODE_COUNT ? code_names[at] : "?";
}

const char *zjiot_code_text(int code) {
    unsigned at = (unsigned)(-1 - code);
    if (code == ZJIOT_OK)
        return "no error";
    return at < ZJIOT_CODE_COUNT ? code_texts[at] : "not a code of this library";
}

const char *zjiot_version(void) {
    return ZJIOT_VERSION_STRING;
}

static int fill(struct zjiot_error *error, enum zjiot_code code, size_t offset, const char *path, const char *format,
                va_list arguments) ZJ_PRINTF(5, 0);

static int fill(struct zjiot_error *error, enum zjiot_code code, size_t offset, const char *path, const char *format,
                va_list arguments) {
    char text[ZJIOT_TEXT_SIZE + 1]; /* one more, so that zj_copy_text sees the first byte it cuts off */
    if (!error)
        return code;
    error->code = code;
    error->offset = offset;
    error->need = 0;
    zj_copy_text(error->path, sizeof(error->path), path);
    vsnprintf(text, sizeof(text), format, arguments);
    zj_copy_text(error->text, sizeof(error->text), text);
    return code;
}

int zj_fail(struct zjiot_error *error, enum zjiot_code code, size_t offset, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fill(error, code, offset, "", format, arguments);
    va_end(arguments);
    return code;
}

int zj_fail_at(struct zjiot_error *error, enum zjiot_code code, size_t offset, const char *path, const char *format,
               ...) {
    va_list arguments;
    va_start(arguments, format);
    fill(error, code, offset, path, format, arguments);
    va_end(arguments);
    return code;
}

int zj_fail_space(struct zjiot_error *error, size_t need) {
    zj_fail(error, ZJIOT_SPACE, 0, "%zu bytes are needed", need);
    if (error)
        error->need = need;
    return ZJIOT_SPACE;
}

void zj_report(struct zjiot_report *report, enum zjiot_code code, size_t offset, const char *path, const char *found,
               const char *expected) {
    if (!report)
        return;
    if (report->count < report->capacity) {
        struct zjiot_deviation *item = &report->items[report->count];
        item->code = code;
        item->offset = offset;
        zj_copy_text(item->path, sizeof(item->path), path);
        zj_copy_text(item->found, sizeof(item->found), found);
        zj_copy_text(item->expected, sizeof(item->expected), expected);
    }
    report->count++;
}

size_t zj_copy_text(char *out, size_t size, const char *text) {
    return zj_copy_part(out, size, text, strlen(text));
}

size_t zj_copy_part(char *out, size_t size, const char *text, size_t length) {
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(out, text, length);
    out[length] = '\0';
    return length;
}
