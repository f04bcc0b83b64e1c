/* Strict JSON: a scanner over a text, and a writer into a caller's buffer. */
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
    size_t size; /* bytes written, or that would have been */
    bool pretty; /* two blanks a level, a blank after the colon */
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
void zj_json_real(struct zj_json *json, double value); /* null when it is not finite */
void zj_json_bool(struct zj_json *json, bool value);
void zj_json_null(struct zj_json *json);

enum zj_token_kind {
    ZJ_TOKEN_END,
    ZJ_TOKEN_BAD,
    ZJ_TOKEN_STRING, /* with its quotes */
    ZJ_TOKEN_NUMBER,
    ZJ_TOKEN_LITERAL, /* true, false, null */
    ZJ_TOKEN_OBJECT = '{',
    ZJ_TOKEN_OBJECT_END = '}',
    ZJ_TOKEN_ARRAY = '[',
    ZJ_TOKEN_ARRAY_END = ']',
    ZJ_TOKEN_COMMA = ',',
    ZJ_TOKEN_COLON = ':',
};

struct zj_token {
    enum zj_token_kind kind;
    size_t start; /* positions in the text */
    size_t end;
};

/* The token that starts at or behind `at`. */
struct zj_token zj_json_token(const char *text, size_t size, size_t at);

/* The text of a STRING token, NUL-terminated. False: a bad escape or UTF-8, a NUL, or no room (`capacity` must be five
 * above what the text takes). */
bool zj_json_unescape(const char *text, struct zj_token token, char *out, size_t capacity);

#endif
