/* engine_outcomes [FIRST COUNT]: what the JSON engine makes of many texts, good and damaged, as one hash a line. Linked
 * with the library as it is and with one made without SSE2, it must print the same.
 *
 * The texts are those of the benchmarks, most of them damaged by a few seeded changes. Each is read leniently with a
 * trace, strictly, and with pools that are too small; what was read is written into rooms of several sizes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/corpus.h"
#include "bench/variants.h"
#include "zjiot/decode.h"

enum { CASES = 9000, POOL = 1 << 18, ROOM = 1 << 17, DEVIATIONS = 16, SPANS = 2048 };

/* --- Hashing --- */

#define START UINT64_C(0xCBF29CE484222325)

static uint64_t hash;

static void add(const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001B3);
}

static void add_number(int64_t number) {
    add(&number, sizeof number);
}

static void add_text(const char *text) {
    add(text, strlen(text) + 1);
}

static void add_error(int64_t code, const struct zjiot_error *error) {
    add_number(code);
    if (code >= 0)
        return;
    add_number((int64_t)error->offset);
    add_number((int64_t)error->need);
    add_text(error->path);
    add_text(error->text);
}

static void add_report(const struct zjiot_report *report) {
    add_number((int64_t)report->count);
    for (size_t i = 0; i < report->count && i < report->capacity; i++) {
        add_number(report->items[i].code);
        add_number((int64_t)report->items[i].offset);
        add_text(report->items[i].path);
        add_text(report->items[i].found);
        add_text(report->items[i].expected);
    }
}

static void add_trace(const struct zjiot_trace *trace) {
    add_number((int64_t)trace->count);
    for (size_t i = 0; i < trace->count && i < trace->capacity; i++) {
        char text[256];
        const struct zjiot_span *span = &trace->items[i];
        add_number((int64_t)span->offset);
        add_number((int64_t)span->size);
        add_number(span->invalid | span->absent << 1);
        add_text(span->path);
        zjiot_value_text(span->field, span->value, text, sizeof text);
        add_text(text);
    }
}

/* --- Damage --- */

static uint32_t state;

static uint32_t next(uint32_t end) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % end;
}

/* What a change puts in. */
static const char *const pieces[] = {
    "\"",
    "\\",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    " ",
    "\n",
    "\t",
    "\r\n                    ",
    "/",
    "//x\n",
    "/* */",
    "-",
    ".",
    "e",
    "E5",
    "e-3",
    "0",
    "00",
    "1",
    "9",
    "123456789",
    "0.1",
    "12345678901234567",
    "123456789012345678901234567890",
    "0.00000000000000001",
    "0.123456789",
    "1.0123456789012",
    "007",
    "1e400",
    "null",
    "true",
    "\x01",
    "\x1F",
    "\x7F",
    "\x80",
    "\xC3\xA9",
    "\xE8\xB7\xAF\xE7\x81\xAF",
    "\xEF\xBC\x8C",
    "\xED\xA0\x80",
    "\\u0041",
    "\\ud83d\\ude00",
    "\\u0000",
    "\\\"",
    "\"x\":",
    "\"voltage\":1,",
    "[]",
    "{}",
    "abcdefghijklmno",
    "abcdefghijklmnop",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "\"24:00\"",
    "[ 2 ]",
    "\"12\"",
    "7FFF,",
    "\"1:05\"",
};

/* Changes up to four places. */
static size_t damage(char *text, size_t size) {
    for (uint32_t changes = next(5); changes > 0; changes--) {
        const size_t at = next((uint32_t)size + 1);
        const char *piece = pieces[next(sizeof pieces / sizeof pieces[0])];
        const size_t length = strlen(piece);
        const size_t gone = next(3) == 0 ? next(24) : 0;
        const size_t behind = at + gone < size ? size - at - gone : 0;
        memmove(text + at + length, text + size - behind, behind);
        memcpy(text + at, piece, length);
        size = at + length + behind;
    }
    return next(8) == 0 ? next((uint32_t)size + 1) : size;
}

/* --- One case --- */

static char memory[POOL];

static void write_back(const struct zjiot_message *message) {
    static uint8_t out[ROOM];
    char topic[ZJIOT_TOPIC_SIZE] = "";
    struct zjiot_error error;
    const int64_t size = zjiot_encode(message, NULL, topic, out, sizeof out, &error);
    add_error(size, &error);
    if (size < 0)
        return;
    add_text(topic);
    add(out, (size_t)size);
    for (size_t room = (size_t)size < 400 ? 0 : (size_t)size - 400; room <= (size_t)size + 400; room += 1 + next(150)) {
        uint8_t *exact = malloc(room + 1); /* one more: nothing is asked for 0 bytes */
        const int64_t again = zjiot_encode(message, NULL, topic, exact, room, &error);
        add_error(again, &error);
        if (again >= 0)
            add(exact, (size_t)again);
        free(exact);
    }
}

static void read_text(const struct zjiot_protocol *protocol, const char *topic, const char *text, size_t size) {
    static struct zjiot_deviation deviations[DEVIATIONS];
    static struct zjiot_span spans[SPANS];
    const struct zjiot_options strict = {.strict = true};
    struct zjiot_report report = {.items = deviations, .capacity = DEVIATIONS};
    struct zjiot_trace trace = {.items = spans, .capacity = SPANS};
    const struct zjiot_input input = {topic, (const uint8_t *)text, size};
    struct zjiot_message message;
    struct zjiot_error error;
    struct zjiot_pool pool;
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    int code = zjiot_decode(protocol, &input, NULL, &pool, &message, &report, &trace, &error);
    const size_t used = pool.used;
    add_error(code, &error);
    add_number((int64_t)used);
    add_report(&report);
    if (code == 0) {
        add_trace(&trace);
        write_back(&message);
    }
    zjiot_pool_reset(&pool);
    add_error(zjiot_decode(protocol, &input, &strict, &pool, &message, NULL, NULL, &error), &error);
    for (unsigned i = 0; i < 4 && used > 0; i++) {
        char *exact = malloc(used);
        zjiot_pool_fixed(&pool, exact, i == 0 ? used - 1 : next((uint32_t)used));
        code = zjiot_decode(protocol, &input, NULL, &pool, &message, NULL, NULL, &error);
        add_error(code, &error);
        add_number((int64_t)pool.used);
        free(exact);
    }
}

/* The topic as it is, damaged, or none. */
static char *make_topic(const char *topic) {
    char text[1024];
    const uint32_t kind = next(16);
    if (kind == 0 || topic == NULL)
        return NULL;
    size_t size = strlen(topic);
    memcpy(text, topic, size);
    if (kind < 4)
        size = damage(text, size);
    char *made = malloc(size + 1);
    memcpy(made, text, size);
    made[size] = '\0';
    return made;
}

/* Numbers of every length, as a decimal and as a whole number, near the text's end and far from it. */
static void run_numbers(const struct corpus_message *message) {
    static const char digits[] = "9081726354433221100";
    enum { MOST = sizeof digits - 1 };
    for (int form = 0; form < (MOST + 1) * (MOST + 1) * 4; form++) {
        const int whole = form % (MOST + 1), places = form / (MOST + 1) % (MOST + 1),
                  style = form / (MOST + 1) / (MOST + 1);
        char number[64];
        char text[512];
        snprintf(number, sizeof number, "%s%.*s%s%.*s", style & 1 ? "-" : "", whole,
                 digits + (form / 3) % (MOST - whole + 1), places > 0 ? "." : "", places,
                 digits + (form / 5) % (MOST - places + 1));
        const int size = snprintf(text, sizeof text,
                                  "{\"context\":{\"unix_milli\":%s},\"data\":{\"lux_value\":%s,\"lux_error\":%s%s}}",
                                  number, number, number, style & 2 ? "                                " : "");
        char *exact = malloc((size_t)size);
        memcpy(exact, text, (size_t)size);
        hash = START;
        read_text(message->codec->protocol, message->topic, exact, (size_t)size);
        free(exact);
        printf("number %s %016llx\n", number, (unsigned long long)hash);
    }
}

static void run_case(const struct corpus *corpus, unsigned number, unsigned seed) {
    const unsigned i = number % CORPUS_TEXTS;
    static char text[ROOM];
    state = (seed + 1) * 2654435761u;
    memcpy(text, corpus->texts[i], corpus->sizes[i]);
    const size_t size = damage(text, corpus->sizes[i]);
    char *exact = malloc(size + 1);
    char *topic = make_topic(corpus->message->topic);
    memcpy(exact + 1, text, size); /* at the end of its block, at an odd address */
    hash = START;
    read_text(corpus->message->codec->protocol, topic, exact + 1, size);
    free(topic);
    free(exact);
    printf("%u %s %016llx\n", seed, corpus->message->name, (unsigned long long)hash);
}

int main(int count, char **arguments) {
    enum { KINDS = 8 };
    static const char *const names[KINDS] = {"heartbeat", "postLux",  "getRuntime",  "setTimetable/100",
                                             "HY report", "push_msg", "push_online", "BYD 1"};
    static struct corpus corpora[KINDS][CORPUS_SHAPES];
    const unsigned first = count > 2 ? (unsigned)strtoul(arguments[1], NULL, 10) : 0;
    const unsigned cases = count > 2 ? (unsigned)strtoul(arguments[2], NULL, 10) : CASES;
    for (unsigned i = 0; i < KINDS * CORPUS_SHAPES; i++)
        corpus_make(&corpora[i % KINDS][i / KINDS], corpus_find(names[i % KINDS]), (enum corpus_shape)(i / KINDS));
    run_numbers(corpus_find("postLux"));
    for (unsigned i = first; i < first + cases; i++)
        run_case(&corpora[i % KINDS][i / KINDS % CORPUS_SHAPES], i / (KINDS * CORPUS_SHAPES), i);
    for (unsigned i = 0; i < KINDS * CORPUS_SHAPES; i++)
        corpus_free(&corpora[i % KINDS][i / KINDS]);
    return 0;
}
