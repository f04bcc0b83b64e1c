/* Strict JSON writing into a caller's buffer. */
#ifndef ZJ_JSON_H
#define ZJ_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ZJ_JSON_DEPTH = 32 };

/* A writer that goes on counting past `capacity`, so that the size needed is known at the end. */
struct zj_json {
    char *out;
    size_t capacity;
    size_t size;  /* bytes written, or that would have been */
    bool pretty;  /* two blanks a level, a blank after the colon */
    unsigned depth;
    bool filled[ZJ_JSON_DEPTH]; /* the container of this depth has a member already */
    bool after_key;
};

void zj_json_start(struct zj_json *json, char *out, size_t capacity, bool pretty);

/* `name` is plain ASCII without characters to escape; it comes from the rows. */
void zj_json_key(struct zj_json *json, const char *name);

void zj_json_object(struct zj_json *json);
void zj_json_array(struct zj_json *json);
void zj_json_end_object(struct zj_json *json);
void zj_json_end_array(struct zj_json *json);

/* Escapes what RFC 8259 asks for; `text` must be UTF-8 (a byte that is not is written as U+FFFD). */
void zj_json_text(struct zj_json *json, const char *text, size_t size);
void zj_json_string(struct zj_json *json, const char *text);
void zj_json_hex(struct zj_json *json, const uint8_t *bytes, size_t size);
void zj_json_int(struct zj_json *json, int64_t value);
void zj_json_real(struct zj_json *json, double value); /* finite */
void zj_json_bool(struct zj_json *json, bool value);
void zj_json_null(struct zj_json *json);

#endif
