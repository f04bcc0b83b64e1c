/* Strict JSON writing. */
#include "json/json.h"

#include <assert.h>
#include <string.h>

#include "base/base.h"
#include "zjiot/hex.h"
#include "json/simd.h"

void zj_json_start(struct zj_json *json, char *out, size_t capacity, bool pretty) {
    json->out = out;
    json->capacity = capacity;
    json->size = 0;
    json->pretty = pretty;
    json->depth = 0; /* `filled` is set where a container begins */
    json->after_key = false;
}

/* Inline, for most sizes are constants. */
static inline void put(struct zj_json *json, const char *text, size_t size) {
    const size_t room = json->size < json->capacity ? json->capacity - json->size : 0;
    if (ZJ_LIKELY(size < room))
        memcpy(json->out + json->size, text, size);
    else if (room > 0)
        memcpy(json->out + json->size, text, room);
    json->size += size;
}

void zj_json_put(struct zj_json *json, const char *text, size_t size) {
    put(json, text, size);
}

static void put_line_break(struct zj_json *json) {
    if (!json->pretty)
        return;
    put(json, "\n", 1);
    for (unsigned i = 0; i < json->depth; i++)
        put(json, "  ", 2);
}

/* What stands before a member of an object or array, or nothing where a key stood just now. */
static void begin_member(struct zj_json *json) {
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->depth == 0)
        return;
    bool *filled = &json->filled[json->depth - 1];
    if (*filled)
        put(json, ",", 1);
    *filled = true;
    put_line_break(json);
}

static void begin_container(struct zj_json *json, const char *bracket) {
    begin_member(json);
    put(json, bracket, 1);
    assert(json->depth < ZJ_JSON_DEPTH);
    json->filled[json->depth++] = false;
}

static void end_container(struct zj_json *json, const char *bracket) {
    assert(json->depth > 0);
    json->depth--;
    if (json->filled[json->depth])
        put_line_break(json);
    put(json, bracket, 1);
}

void zj_json_copy_value(struct zj_json *json, const char *text, size_t size) {
    begin_member(json);
    put(json, text, size);
}

void zj_json_copy_key(struct zj_json *json, const char *key, size_t size) {
    begin_member(json);
    put(json, "\"", 1);
    put(json, key, size);
    put(json, "\": ", json->pretty ? 3 : 2);
    json->after_key = true;
}

void zj_json_object(struct zj_json *json) {
    begin_container(json, "{");
}

void zj_json_array(struct zj_json *json) {
    begin_container(json, "[");
}

void zj_json_end_object(struct zj_json *json) {
    end_container(json, "}");
}

void zj_json_end_array(struct zj_json *json) {
    end_container(json, "]");
}

static bool needs_escape(char letter) {
    return (unsigned char)letter < ' ' || letter == '"' || letter == '\\';
}

static void put_escape(struct zj_json *json, char letter) {
    static const char digits[] = "0123456789abcdef";
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* a letter, then what stands for it */
    for (const char *form = short_forms; *form; form += 2) {
        if (letter == form[0]) {
            put(json, (const char[]){'\\', form[1]}, 2);
            return;
        }
    }
    put(json, (const char[]){'\\', 'u', '0', '0', digits[letter >> 4], digits[letter & 15]}, 6);
}

#if defined(ZJ_SSE2)
/* The bits of quotes and backslashes, and of the control characters. */
static inline unsigned escape_marks(zj_wide letters, unsigned *ret_controls) {
    *ret_controls = zj_wide_equal(_mm_min_epu8(letters, _mm_set1_epi8(' ' - 1)), letters);
    return zj_wide_equal_to(letters, '"') | zj_wide_equal_to(letters, '\\');
}
#endif

/* A run of letters, and of the two that stand for themselves behind a backslash: JSON within JSON is full of them.
 * There is room for twice as many. Returns how many there were. */
static size_t put_plain(struct zj_json *json, const char *text, size_t size) {
    enum { MOST_READ = 2 * ZJ_WIDE }; /* from the beginning of a step on, when it has marks */
    char *to = json->out + json->size;
    size_t at = 0;
#if defined(ZJ_SSE2)
    for (; size - at >= ZJ_WIDE; at += ZJ_WIDE) {
        unsigned controls;
        unsigned marks = escape_marks(zj_wide_load(text + at), &controls);
        if (controls != 0 || (marks != 0 && size - at < MOST_READ))
            break;
        unsigned from = 0;
        for (; marks != 0; marks &= marks - 1) {
            const unsigned mark = zj_lowest_bit(marks);
            zj_wide_store(to, zj_wide_load(text + at + from));
            to += mark - from;
            *to++ = '\\';
            from = mark;
        }
        zj_wide_store(to, zj_wide_load(text + at + from));
        to += ZJ_WIDE - from;
    }
#endif
    for (; at < size && (unsigned char)text[at] >= ' '; at++) {
        *to = '\\';
        to += text[at] == '"' || text[at] == '\\';
        *to++ = text[at];
    }
    json->size = (size_t)(to - json->out);
    return at;
}

/* `text` is UTF-8. */
void zj_json_put_escaped(struct zj_json *json, const char *text, size_t size) {
    const bool has_room = json->size < json->capacity && (json->capacity - json->size) / 2 > size;
    size_t start = has_room ? put_plain(json, text, size) : 0;
    for (size_t at = start; at < size; at++) {
        if (!needs_escape(text[at]))
            continue;
        put(json, text + start, at - start);
        put_escape(json, text[at]);
        start = at + 1;
    }
    if (start < size)
        put(json, text + start, size - start);
}

void zj_json_text(struct zj_json *json, const char *text, size_t size) {
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    zj_json_copy_value(json, "\"", 1);
    for (;;) {
        size_t valid = zj_utf8_valid(text, size);
        zj_json_put_escaped(json, text, valid);
        if (valid == size)
            break;
        put(json, replacement, 3);
        text += valid + 1;
        size -= valid + 1;
    }
    put(json, "\"", 1);
}

void zj_json_string(struct zj_json *json, const char *text) {
    zj_json_text(json, text, strlen(text));
}

void zj_json_hex(struct zj_json *json, const uint8_t *bytes, size_t size) {
    enum { STEP = 64 };
    char text[2 * STEP + 1];
    zj_json_copy_value(json, "\"", 1);
    while (size > 0) {
        size_t step = size < STEP ? size : STEP;
        put(json, text, zjiot_hex_write(bytes, step, text));
        bytes += step;
        size -= step;
    }
    put(json, "\"", 1);
}

void zj_json_int(struct zj_json *json, int64_t value) {
    char text[ZJ_NUMBER_SIZE];
    size_t size = zj_int_write(value, text);
    zj_json_copy_value(json, text, size);
}

void zj_json_real(struct zj_json *json, double value) {
    char text[ZJ_NUMBER_SIZE];
    size_t size = zj_real_write(value, text);
    zj_json_copy_value(json, text, size);
}

void zj_json_bool(struct zj_json *json, bool value) {
    zj_json_copy_value(json, value ? "true" : "false", value ? 4 : 5);
}

void zj_json_null(struct zj_json *json) {
    zj_json_copy_value(json, "null", 4);
}
