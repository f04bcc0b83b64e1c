/* What the fuzz targets hold against the library. Each is one file of its own, so all of it stands in this header. */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/fresh_pool.h"
#include "zjiot/zjiot.h"

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline const char *json_value(const char *at, unsigned depth);

static inline const char *json_string(const char *at) {
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return NULL;
        if (*at != '\\')
            continue;
        at++;
        const size_t digits = *at == 'u' ? strspn(at + 1, "0123456789abcdefABCDEF") : 0;
        if (*at == '\0' || strchr("\"\\/bfnrtu", *at) == NULL || (*at == 'u' && digits < 4))
            return NULL;
    }
    return at + 1;
}

static inline const char *json_number(const char *at) {
    static const char digits[] = "0123456789";
    at += *at == '-';
    const size_t whole = strspn(at, digits);
    if (whole == 0 || (*at == '0' && whole > 1))
        return NULL;
    at += whole;
    if (*at == '.') {
        const size_t places = strspn(at + 1, digits);
        if (places == 0)
            return NULL;
        at += 1 + places;
    }
    if (*at == 'e' || *at == 'E') {
        at += at[1] == '-' || at[1] == '+' ? 2 : 1;
        const size_t exponent = strspn(at, digits);
        return exponent > 0 ? at + exponent : NULL;
    }
    return at;
}

/* Members up to `end`, which is ] or }. Compact: there are no blanks. */
static inline const char *json_members(const char *at, char end, unsigned depth) {
    if (*at == end)
        return at + 1;
    for (;; at++) {
        if (end == '}') {
            at = json_string(at);
            if (at == NULL || *at++ != ':')
                return NULL;
        }
        at = json_value(at, depth + 1);
        if (at == NULL)
            return NULL;
        if (*at == end)
            return at + 1;
        if (*at != ',')
            return NULL;
    }
}

/* Where the value ends; NULL when it is none. */
static inline const char *json_value(const char *at, unsigned depth) {
    static const char *const literals[] = {"true", "false", "null"};
    if (depth > 16)
        return NULL;
    if (*at == '{' || *at == '[')
        return json_members(at + 1, *at == '{' ? '}' : ']', depth);
    if (*at == '"')
        return json_string(at);
    for (size_t i = 0; i < 3; i++)
        if (strncmp(at, literals[i], strlen(literals[i])) == 0)
            return at + strlen(literals[i]);
    return json_number(at);
}

/* The spans stand in order and cover each byte once. */
static inline void check_trace(const struct zjiot_trace *trace, size_t size) {
    size_t at = 0;
    CHECK(trace->count <= trace->capacity);
    for (size_t i = 0; i < trace->count; i++) {
        const struct zjiot_span *span = &trace->items[i];
        CHECK(span->field != NULL && span->offset <= size);
        CHECK(span->size == 0 || span->offset == at);
        at += span->size;
    }
    CHECK(at == size);
}

/* The record is JSON in UTF-8 without a NUL. */
static inline void check_record(const struct zjiot_protocol *protocol, const uint8_t *bytes, size_t size,
                                const struct zjiot_options *options) {
    static char record[64 * 1024];
    struct zjiot_error error;
    const int64_t length = zjiot_record(protocol, &(struct zjiot_input){NULL, bytes, size}, options, fresh_pool(),
                                        record, sizeof record, &error);
    CHECK(length > 0 && (size_t)length < sizeof record);
    CHECK(strlen(record) == (size_t)length);
    const char *end = json_value(record, 0);
    CHECK(end == record + length);
    CHECK(zjiot_record(protocol, &(struct zjiot_input){NULL, bytes, size}, options, fresh_pool(), NULL, 0, &error) ==
          ZJIOT_SPACE);
    CHECK(error.need == (size_t)length + 1);
}

static inline bool reported(const struct zjiot_report *report, enum zjiot_code code) {
    for (size_t i = 0; i < report->count && i < report->capacity; i++)
        if (report->items[i].code == code)
            return true;
    return report->count > report->capacity;
}

#endif
