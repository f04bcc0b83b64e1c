/* The scanner on any text: strict and lenient scanning agree, failures have a place, and what is accepted is JSON by a
 * judge of its own, and stays the same when it is written again. */
#include "base/base.h"
#include "oracle.h"
#include "json/json.h"

enum { SIZE_MAX_ALL = 8192, ROOM = 8 * SIZE_MAX_ALL, JUDGED_DEPTH = 15 };

static size_t tolerated;

static int tolerate(struct zj_scan *scan, enum zj_tolerance what, const char *at) {
    CHECK(at >= scan->text && at < scan->end);
    CHECK(zj_tolerance_found(what) != NULL && zj_tolerance_expected(what) != NULL);
    tolerated++;
    return 0;
}

static const char *scan_all(struct zj_scan *scan, const char *text, size_t size, bool lenient) {
    *scan = (struct zj_scan){.text = text, .end = text + size, .tolerate = lenient ? tolerate : NULL};
    const char *at = zj_scan_begin(scan);
    at = at != NULL ? zj_scan_value(scan, at) : NULL;
    at = at != NULL ? zj_scan_end(scan, at) : NULL;
    CHECK(at == NULL || (at == scan->end && scan->depth == 0));
    CHECK(at != NULL || (scan->code == 0 && scan->wanted != NULL));
    CHECK(at != NULL || (scan->where >= text && scan->where <= scan->end));
    return at;
}

/* Writes the value at `at`, which was accepted, without blanks. */
static const char *compact(struct zj_scan *scan, const char *at, struct zj_json *json) {
    struct zj_span span;
    const char close = *at == '{' ? '}' : *at == '[' ? ']' : '\0';
    if (close == '\0') {
        const char *behind = *at == '"' ? zj_scan_string(scan, at, &span) : zj_scan_value(scan, at);
        zj_json_put(json, at, (size_t)(behind - at));
        return behind;
    }
    zj_json_put(json, at, 1);
    at = zj_scan_space(scan, at + 1);
    for (bool first = true; *at != close; first = false) {
        zj_json_put(json, ",", first ? 0 : 1);
        if (close == '}') {
            at = zj_scan_key(scan, at, &span);
            zj_json_put(json, span.text - 1, span.size + 2);
            zj_json_put(json, ":", 1);
        }
        at = compact(scan, at, json);
        at = zj_scan_next(scan, at, close);
    }
    zj_json_put(json, &close, 1);
    return at + 1;
}

/* Not less than the depth of a text. */
static size_t depth_of(const char *text) {
    size_t depth = 0;
    for (; *text != '\0'; text++)
        depth += *text == '{' || *text == '[';
    return depth;
}

static void check_compact(const char *text, size_t size, bool lenient) {
    static char out[ROOM + 1], again[ROOM];
    struct zj_json json, second;
    struct zj_scan scan;
    CHECK(scan_all(&scan, text, size, lenient) != NULL);
    zj_json_start(&json, out, ROOM, false);
    compact(&scan, zj_scan_begin(&scan), &json);
    CHECK(json.size <= size);
    out[json.size] = '\0';
    if (depth_of(out) <= JUDGED_DEPTH)
        CHECK(json_value(out, 0) == out + json.size);
    CHECK(scan_all(&scan, out, json.size, false) != NULL);
    zj_json_start(&second, again, sizeof again, false);
    compact(&scan, zj_scan_begin(&scan), &second);
    CHECK(second.size == json.size && memcmp(again, out, json.size) == 0);
}

/* A checked string, unescaped, written and read again is the same. */
static void check_string(const char *text, size_t size) {
    static char plain[SIZE_MAX_ALL], written[ROOM], again[ROOM];
    struct zj_scan scan = {.text = text, .end = text + size};
    struct zj_span span;
    struct zj_json json;
    if (*text != '"' || zj_scan_string(&scan, text, &span) == NULL)
        return;
    const int64_t length = zj_json_unescape(&span, plain);
    if (length < 0)
        return;
    CHECK((size_t)length <= span.size && zj_utf8_valid(plain, (size_t)length) == (size_t)length);
    zj_json_start(&json, written, sizeof written, false);
    zj_json_text(&json, plain, (size_t)length);
    scan = (struct zj_scan){.text = written, .end = written + json.size};
    CHECK(zj_scan_string(&scan, written, &span) == scan.end);
    CHECK(zj_json_unescape(&span, again) == length && memcmp(again, plain, (size_t)length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    struct zj_scan strict, lenient;
    if (size == 0 || size > SIZE_MAX_ALL)
        return 0;
    const bool is_json = scan_all(&strict, text, size, false) != NULL;
    tolerated = 0;
    const bool is_tolerable = scan_all(&lenient, text, size, true) != NULL;
    CHECK(is_json == (is_tolerable && tolerated == 0));
    CHECK(is_json || is_tolerable || strict.where <= lenient.where);
    if (is_tolerable)
        check_compact(text, size, true);
    check_string(text, size);
    return 0;
}
