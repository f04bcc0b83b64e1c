/* Messages: the first byte chooses, then comes the topic up to a line's end, then the body. Either direction: what is
 * read is written so that strict reading takes it, and is the same again; what is not read leaves nothing behind. */
#include "base/base.h"
#include "oracle.h"

enum { SIZE_MAX_ALL = 8192, ITEMS = 32, ROOM = 8 * SIZE_MAX_ALL };

struct reading {
    int code;
    struct zjiot_zhenjiang_message message;
    struct zjiot_report report;
    struct zjiot_deviation deviations[ITEMS];
    struct zjiot_trace trace;
    struct zjiot_span spans[ITEMS];
    struct zjiot_extras extras;
    struct zjiot_extra extra_items[2];
    struct zjiot_error error;
};

static bool is_utf8(const char *text) {
    return zj_utf8_valid(text, strlen(text)) == strlen(text);
}

static void decode(const char *topic, const char *body, size_t size, bool strict, bool keep_extras,
                   struct zjiot_pool *pool, struct reading *reading) {
    const struct zjiot_options options = {.strict = strict, .extras = keep_extras ? &reading->extras : NULL};
    memset(reading, 0xA5, sizeof *reading);
    reading->report = (struct zjiot_report){reading->deviations, ITEMS, 0};
    reading->trace = (struct zjiot_trace){.items = reading->spans, .capacity = ITEMS};
    reading->extras = (struct zjiot_extras){reading->extra_items, 2, 0};
    reading->code = zjiot_zhenjiang_decode(topic, body, size, &options, pool, &reading->message, &reading->report,
                                           &reading->trace, &reading->error);
}

/* Nothing was written but the error, and that has its place in the input. */
static void check_failure(const struct reading *reading, const char *topic, size_t size) {
    const size_t longest = topic != NULL && strlen(topic) > size ? strlen(topic) : size;
    const unsigned char *bytes = (const unsigned char *)&reading->message;
    CHECK(reading->code < 0 && (int)reading->error.code == reading->code);
    CHECK(reading->error.offset <= (strncmp(reading->error.path, "topic", 5) == 0 ? longest : size));
    CHECK(reading->error.text[0] != '\0' && is_utf8(reading->error.path) && is_utf8(reading->error.text));
    CHECK(reading->report.count == 0 && reading->trace.count == 0 && reading->extras.count == 0);
    for (size_t i = 0; i < sizeof reading->message; i++)
        CHECK(bytes[i] == 0xA5);
}

static void check_places(const struct reading *reading, size_t size) {
    for (size_t i = 0; i < reading->report.count && i < ITEMS; i++) {
        const struct zjiot_deviation *item = &reading->deviations[i];
        CHECK(item->code < 0 && item->offset <= size && is_utf8(item->path));
        CHECK(is_utf8(item->found) && is_utf8(item->expected) && item->expected[0] != '\0');
    }
    for (size_t i = 0; i < reading->trace.count && i < ITEMS; i++)
        CHECK(reading->spans[i].offset <= size && reading->spans[i].size <= size - reading->spans[i].offset);
    for (size_t i = 0; i < reading->extras.count && i < 2; i++)
        CHECK(reading->extra_items[i].offset + reading->extra_items[i].size <= size);
}

static int64_t encode(const struct zjiot_zhenjiang_message *message, char *topic, char *out,
                      struct zjiot_error *error) {
    const int64_t size = zjiot_zhenjiang_encode(message, NULL, topic, ZJIOT_ZHENJIANG_TOPIC_SIZE, out, ROOM, error);
    CHECK(size < 0 || size <= ROOM);
    CHECK((zjiot_zhenjiang_check(message, NULL) == 0) == (size >= 0));
    return size;
}

/* What can be written is read strictly, and written again as the same bytes. */
static void check_round(const struct reading *reading, const char *topic, struct zjiot_pool *pool) {
    static char body[ROOM], again[ROOM];
    static struct reading strict;
    char name[ZJIOT_ZHENJIANG_TOPIC_SIZE], other[ZJIOT_ZHENJIANG_TOPIC_SIZE];
    struct zjiot_error error;
    const int64_t size = encode(&reading->message, name, body, &error);
    if (size < 0) {
        /* Only what was odd, what no topic said, or a topic longer than we write is not written. */
        CHECK(reading->report.count > 0 || topic == NULL || strcmp(error.path, "topic") == 0);
        return;
    }
    decode(name, body, (size_t)size, true, false, pool, &strict);
    if (strict.code != 0)
        fprintf(stderr, "%s: %s\n%s\n%.*s\n", strict.error.path, strict.error.text, name, (int)size, body);
    CHECK(strict.code == 0 && strict.message.type == reading->message.type);
    CHECK(encode(&strict.message, other, again, &error) == size);
    CHECK(strcmp(name, other) == 0 && memcmp(body, again, (size_t)size) == 0);
}

static void check_message(const char *topic, const char *body, size_t size, size_t pool_size) {
    static struct reading lenient, strict, kept;
    static unsigned char more[ROOM];
    struct zjiot_pool pool, second;
    unsigned char *memory = malloc(pool_size > 0 ? pool_size : 1); /* of its size, so that a sanitizer sees its end */
    CHECK(memory != NULL);
    zjiot_pool_fixed(&pool, memory, pool_size);
    zjiot_pool_fixed(&second, more, sizeof more);
    decode(topic, body, size, false, false, &pool, &lenient);
    decode(topic, body, size, true, false, &second, &strict);
    if (lenient.code != 0) {
        check_failure(&lenient, topic, size);
        CHECK(pool.used == 0);
    } else {
        check_places(&lenient, size);
        CHECK((strict.code == 0) == (lenient.report.count == 0));
        CHECK(strict.code == 0 || strict.error.code == lenient.deviations[0].code);
        decode(topic, body, size, false, true, &second, &kept);
        CHECK(kept.code == 0 || kept.code == ZJIOT_SPACE);
        CHECK(kept.code != 0 || kept.report.count + kept.extras.count >= lenient.report.count);
        zjiot_pool_reset(&second);
        check_round(&lenient, topic, &second);
    }
    if (strict.code != 0)
        check_failure(&strict, topic, size);
    else
        CHECK(strict.report.count == 0 && (lenient.code == 0 || lenient.code == ZJIOT_SPACE));
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char topic[512];
    if (size < 2 || size > SIZE_MAX_ALL)
        return 0;
    const char *start = (const char *)data + 1;
    const char *line = memchr(start, '\n', size - 1);
    const size_t length = line != NULL ? (size_t)(line - start) : 0;
    if (line == NULL || length >= sizeof topic)
        return 0;
    memcpy(topic, start, length);
    topic[length] = '\0';
    /* a small pool at times; an exact copy of the body, so that a sanitizer sees its end */
    const size_t body_size = size - length - 2;
    char *body = malloc(body_size > 0 ? body_size : 1);
    CHECK(body != NULL);
    memcpy(body, line + 1, body_size);
    check_message(length > 0 ? topic : NULL, body, body_size, data[0] % 4 == 3 ? data[0] * 4u : ROOM);
    free(body);
    return 0;
}
