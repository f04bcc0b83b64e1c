/* JSON objects in a stream: what is found does not depend on how the bytes arrive, well-formed objects are never cut,
 * and damage costs no more than the message it is in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "unit/unit.h"
#include "unit/vectors.h"
#include "zjiot/json.h"
#include "json/json.h"

enum { EVENTS_MAX = 512, CHUNK_MAX = 200, TEXT_MAX = 4 * ZJ_SPLIT_BLOCK, RANDOM_ROUNDS = 2000 };

struct event {
    int code;
    size_t offset, size;
};

struct log {
    struct event events[EVENTS_MAX];
    size_t count;
};

/* A caller as the header describes one: it keeps the bytes in a buffer of the size that is always enough. */
struct caller {
    struct zj_split split;
    char *window; /* on the heap, so that a sanitizer sees its end */
    size_t used;
    size_t taken; /* in all */
    struct log *log;
};

static void drain(struct caller *caller, bool end) {
    struct zj_split_event event;
    int code;
    do {
        code = zj_split_pull(&caller->split, caller->window, caller->used, end, &event);
        assert_true(event.taken <= caller->used);
        caller->taken += event.taken;
        caller->used -= event.taken;
        if (code != 0) {
            assert_true(event.size > 0 && event.size <= caller->taken && caller->log->count < EVENTS_MAX);
            caller->log->events[caller->log->count++] = (struct event){code, caller->taken - event.size, event.size};
        }
        memmove(caller->window, caller->window + event.taken, caller->used);
    } while (code != 0);
    assert_true(!end || caller->used == 0);
}

/* Splits a text that comes in pieces of `chunk` bytes. */
static void run(const char *text, size_t size, size_t cap, size_t chunk, struct log *ret_log) {
    const size_t room = cap + ZJ_SPLIT_LOOK;
    struct caller caller = {.split = {.cap = cap}, .window = malloc(room), .log = ret_log};
    assert_non_null(caller.window);
    ret_log->count = 0;
    for (size_t at = 0; at < size;) {
        size_t part = chunk < size - at ? chunk : size - at;
        part = part < room - caller.used ? part : room - caller.used;
        assert_true(part > 0); /* else nothing would ever fit */
        memcpy(caller.window + caller.used, text + at, part);
        caller.used += part;
        at += part;
        drain(&caller, false);
    }
    drain(&caller, true);
    free(caller.window);
}

static void assert_same(const struct log *one, const struct log *two, const char *text, size_t chunk) {
    bool same = one->count == two->count;
    for (size_t i = 0; i < one->count && same; i++)
        same = one->events[i].code == two->events[i].code && one->events[i].offset == two->events[i].offset &&
               one->events[i].size == two->events[i].size;
    if (!same)
        fail_msg("pieces of %zu bytes give other events: %.400s", chunk, text);
}

/* Splits the text at every chunk size; the log is that of all of them. */
static void run_every_cut(const char *text, size_t size, size_t cap, struct log *ret_log) {
    static struct log again;
    run(text, size, cap, size > 0 ? size : 1, ret_log);
    for (size_t chunk = 1; chunk <= CHUNK_MAX && chunk < size; chunk++) {
        run(text, size, cap, chunk, &again);
        assert_same(ret_log, &again, text, chunk);
    }
}

/* --- The vectors --- */

static int code_of(const char *why) {
    return strcmp(why, "garbage") == 0     ? ZJIOT_SKIPPED
           : strcmp(why, "too large") == 0 ? ZJIOT_SPACE
           : strcmp(why, "cut") == 0       ? ZJIOT_LENGTH
                                           : 0;
}

/* Skips that touch count as one, with the first reason. */
static void join_skips(struct log *log) {
    size_t kept = 0;
    for (size_t i = 0; i < log->count; i++) {
        struct event *last = kept > 0 ? &log->events[kept - 1] : NULL;
        if (last != NULL && last->code < 0 && log->events[i].code < 0 &&
            last->offset + last->size == log->events[i].offset)
            last->size += log->events[i].size;
        else
            log->events[kept++] = log->events[i];
    }
    log->count = kept;
}

static bool is_event(const struct event *event, const json_t *wanted, const char *text) {
    const json_t *object = json_object_get(wanted, "object");
    if (event->offset != (size_t)json_integer_value(json_object_get(wanted, "offset")))
        return false;
    if (object == NULL)
        return event->code == code_of(vector_text(wanted, "why")) &&
               event->size == (size_t)json_integer_value(json_object_get(wanted, "skipped"));
    return event->code == 1 && event->size == json_string_length(object) &&
           memcmp(text + event->offset, json_string_value(object), event->size) == 0;
}

static int check_events(const json_t *line, const struct log *log, const char *text) {
    const json_t *wanted;
    size_t i;
    json_array_foreach(json_object_get(line, "events"), i,
                       wanted) if (i >= log->count || !is_event(&log->events[i], wanted, text)) return 1;
    if (json_object_get(line, "events") != NULL)
        return i != log->count;
    json_array_foreach(json_object_get(line, "find"), i, wanted) {
        bool found = false;
        for (size_t j = 0; j < log->count; j++)
            found |= is_event(&log->events[j], wanted, text);
        if (!found)
            return 1;
    }
    return 0;
}

static int check_stream(const json_t *line) {
    static struct log log;
    uint8_t bytes[VECTOR_BYTES_MAX];
    const json_t *text = json_object_get(line, "stream");
    const char *start = text != NULL ? json_string_value(text) : (const char *)bytes;
    const size_t size = text != NULL ? json_string_length(text) : bytes_of(vector_text(line, "stream_hex"), bytes);
    run_every_cut(start, size, (size_t)json_integer_value(json_object_get(line, "cap")), &log);
    join_skips(&log);
    if (check_events(line, &log, start) == 0)
        return 0;
    print_error("%s:\n", vector_text(line, "note"));
    for (size_t i = 0; i < log.count; i++)
        print_error("  %d at %zu, %zu bytes\n", log.events[i].code, log.events[i].offset, log.events[i].size);
    return 1;
}

static void vectors_of_the_module(void **state) {
    (void)state;
    vectors_each("m4g/stream.jsonl", 80, check_stream);
}

/* --- Cases --- */

/* `wanted`: for each event a letter, O object, G garbage, L too large, B broken, C cut, and its size. */
static void assert_events(const char *text, size_t size, size_t cap, const char *wanted) {
    static struct log log;
    char is[1024] = "";
    size_t used = 0;
    run_every_cut(text, size, cap, &log);
    for (size_t i = 0; i < log.count && used < sizeof is - 32; i++) {
        const int code = log.events[i].code;
        const char letter = code == 1               ? 'O'
                            : code == ZJIOT_SKIPPED ? 'G'
                            : code == ZJIOT_SPACE   ? 'L'
                            : code == ZJIOT_SYNTAX  ? 'B'
                                                    : 'C';
        used += (size_t)snprintf(is + used, sizeof is - used, "%s%c%zu", i > 0 ? " " : "", letter, log.events[i].size);
    }
    if (strcmp(is, wanted) != 0)
        fail_msg("%.200s\n  events:   %s\n  expected: %s", text, is, wanted);
}

static void assert_text(const char *text, size_t cap, const char *wanted) {
    assert_events(text, strlen(text), cap, wanted);
}

static void a_lone_brace_costs_itself_only(void **state) {
    (void)state;
    assert_text("{{\"a\":1}{\"b\":2}", 1000, "B1 O7 O7");
    assert_text("{ \r\n{\"a\":1}", 1000, "B4 O7");
    assert_text("{{{\"a\":1}", 1000, "B1 B1 O7");
    assert_text("{\\{\"a\":1}", 1000, "C9"); /* a backslash is no word: found after the next object */
    assert_text("{\\{\"a\":1}{\"b\":2}", 1000, "B9 O7");
}

static void a_cut_message_costs_itself_only(void **state) {
    (void)state;
    assert_text("{\"a\":1,\"b{\"c\":2}{\"d\":3}", 1000, "B9 O7 O7");             /* cut inside of a key */
    assert_text("{\"a\":\"x{\n \"c\":\"}\"}{\"d\":3}", 1000, "B7 O11 O7");       /* inside of a text */
    assert_text("{\"a\":12{\"c\":2}{\"d\":3}", 1000, "B7 O7 O7");                /* of a number */
    assert_text("{\"a\":tru{\"c\":2}", 1000, "B8 O7");                           /* of a word */
    assert_text("{\"a\"{\"c\":2}", 1000, "B4 O7");                               /* behind a key */
    assert_text("{\"a\":{\"b\":1}{\"c\":2}", 1000, "B12 O7");                    /* behind an inner object */
    assert_text("{\"a\":[1]{\"c\":2}", 1000, "B8 O7");                           /* behind a list */
    assert_text("{\"a\":{\"c\":2}{\"d\":3}{\"e\":4}", 1000, "B12 O7 O7");        /* behind a colon: one is lost */
    assert_text("{\"a\":\"x\\{\"c\":2}{\"d\":3}{\"e\":4}", 1000, "B8 O7 O7 O7"); /* behind a backslash */
    assert_text("{\"a\":\"x\\\\{\"c\":2}{\"d\":3}", 1000, "B9 O7 O7");
}

/* Cut behind a comma, where only a key can stand: brackets that are closed, or that a text holds, make no list of it.
 */
static void a_message_cut_behind_a_comma_costs_itself_only(void **state) {
    (void)state;
    assert_text("{\"a\":\"x\",{\"c\":2}{\"d\":3}", 1000, "B9 O7 O7");
    assert_text("{\"a\":1, \r\n {\"c\":2}", 1000, "B11 O7");
    assert_text("{\"a\":[1],{\"c\":2}", 1000, "B9 O7");
    assert_text("{\"a\":[{},{}],{\"c\":2}", 1000, "B13 O7");
    assert_text("{\"a\":[[1],[]],{\"c\":2}", 1000, "B14 O7");
    assert_text("{\"a\":\"[\",{\"c\":2}", 1000, "B9 O7");
    assert_text("{\"a\":]1],{\"c\":2}", 1000, "B9 O7");
    assert_text("{\"a\":{\"b\":[1},{\"c\":2}", 1000, "B14 O7");
    assert_text("{\"a\":[{\"b\":[1},{\"c\":2}]}{\"d\":3}", 1000, "O24 O7"); /* a lost bracket ends with its object */
    assert_text("{\"a\":[{\"b\":1,{\"c\":2}", 1000, "B13 O7");
}

/* A comma in a list is none of these, however deep the list is and whatever else is open. */
static void lists_are_whole_at_any_depth(void **state) {
    (void)state;
    static char text[8192];
    static const size_t depths[] = {1, 2, 60, 61, 62, 63, 64, 65, 66, 130};
    for (size_t d = 0; d < ZJ_COUNT(depths); d++)
        for (size_t objects = 1; objects < 4; objects++) { /* every so many levels */
            char wanted[32];
            size_t size = (size_t)sprintf(text, "{\"a\":[{}");
            for (size_t i = 0; i < depths[d]; i++)
                size += (size_t)sprintf(text + size, i % objects == 0 ? ",{\"b\":[{}" : ",[{}");
            for (size_t i = depths[d]; i-- > 0;)
                size += (size_t)sprintf(text + size, i % objects == 0 ? ",{}],\"c\":1},{}" : ",{}],{}");
            size += (size_t)sprintf(text + size, "]}");
            snprintf(wanted, sizeof wanted, "O%zu", size);
            assert_text(text, sizeof text, wanted);
        }
}

/* What JSON, or a tolerance, puts in front of a brace or behind a text. */
static void what_is_well_formed_is_whole(void **state) {
    (void)state;
    assert_text("{\"a\":{},\"b\":[{},{}]}", 1000, "O20");
    assert_text("{ \"a\" : { } , \"b\" : [ { } , { } ] }", 1000, "O35");
    assert_text("{\"a\":[{}\xEF\xBC\x8C{}]}", 1000, "O15");
    assert_text("{\"a\":/* b */{}}", 1000, "O15");
    assert_text("{\"a\": // b\n{}}", 1000, "O14");
    assert_text("{\"a{\":1,\"b\":\"{\"}", 1000, "O16");
    assert_text("{\"a\":\"{\",\"{\":\"{\\\"c\"}", 1000, "O20");
}

/* A well-formed object of any length is passed over whole, whatever is in it, and the next one is found. */
static void no_object_comes_out_of_a_long_one(void **state) {
    (void)state;
    static char text[4096];
    static const char inner[] = "{\"cmd\":\"ping\",\"x\":\"{\\\"cmd\\\":\\\"ping\\\"}{\",\"y\":[{}]}";
    for (size_t count = 1; count < 40; count += 3) {
        char wanted[32];
        size_t size = (size_t)sprintf(text, "{\"a\":[");
        for (size_t i = 0; i < count; i++)
            size += (size_t)sprintf(text + size, "%s%s", i > 0 ? "," : "", inner);
        size += (size_t)sprintf(text + size, "]}");
        snprintf(wanted, sizeof wanted, "L%zu O7", size);
        sprintf(text + size, "{\"a\":1}");
        for (size_t cap = 7; cap < size && cap < 200; cap += 13)
            assert_text(text, cap, wanted);
    }
}

/* What is passed over is reported in blocks, at the same places however it arrives. */
static void long_skips_are_reported_in_blocks(void **state) {
    (void)state;
    static char text[TEXT_MAX];
    static struct log log;
    static struct log again;
    static const size_t caps[] = {14, 1000, ZJ_SPLIT_BLOCK, ZJ_SPLIT_BLOCK + 100, 2 * ZJ_SPLIT_BLOCK};
    static const char *const starts[] = {"x", "{\"a\":\"", "{"};
    for (size_t i = 0; i < ZJ_COUNT(starts); i++) {
        memset(text, i == 2 ? ' ' : 'x', sizeof text);
        memcpy(text, starts[i], strlen(starts[i]));
        memcpy(text + sizeof text - 15, "{\"cmd\":\"pong\"}", 14);
        text[sizeof text - 1] = ' ';
        for (size_t j = 0; j < ZJ_COUNT(caps); j++) {
            size_t sum = 0;
            run(text, sizeof text, caps[j], sizeof text, &log);
            for (size_t k = 0; k < log.count; k++)
                sum += log.events[k].size;
            assert_true(log.count >= 2 && sum >= sizeof text - 1);
            for (size_t chunk = 1; chunk < 3 * ZJ_SPLIT_BLOCK; chunk = chunk * 3 + 1) {
                run(text, sizeof text, caps[j], chunk, &again);
                assert_same(&log, &again, starts[i], chunk);
            }
        }
    }
}

/* How far is looked back does not depend on what the caller's buffer still holds. */
static void looking_back_has_one_limit(void **state) {
    (void)state;
    static struct log log;
    static const char *const starts[] = {"{\"a\":\"x{", "{\"a\":1{", "{\"a\":{}"};
    char text[400];
    for (size_t i = 0; i < ZJ_COUNT(starts); i++)
        for (size_t blanks = ZJ_SPLIT_LOOK - 6; blanks < ZJ_SPLIT_LOOK + 6; blanks++) {
            const int size = snprintf(text, sizeof text, "{\"long\":\"%050d\",%s%*s%s", 0, starts[i] + 1, (int)blanks,
                                      "", i == 2 ? "{\"c\":2}{\"d\":3}" : "\"c\":2}{\"d\":3}");
            run_every_cut(text, (size_t)size, 20, &log);
        }
}

/* The public call, for a text that is all there: no object is too large for it. */
static void a_text_at_once(void **state) {
    (void)state;
    static const char text[] = " x {\"a\":[1]}\r\n{\"b\":2,{\"c\":3} {\"d\":";
    static const struct event wanted[] = {
        {ZJIOT_SKIPPED, 1, 2}, {1, 3, 9}, {ZJIOT_SYNTAX, 14, 7}, {1, 21, 7}, {ZJIOT_LENGTH, 29, 5},
    };
    struct zjiot_json_event event = {0, 0};
    size_t at = 0;
    for (size_t i = 0; i < ZJ_COUNT(wanted); i++) {
        assert_int_equal(zjiot_json_pull(text + at, strlen(text) - at, &event), wanted[i].code);
        assert_int_equal(at + event.offset, wanted[i].offset);
        assert_int_equal(event.size, wanted[i].size);
        at += event.offset + event.size;
    }
    assert_int_equal(zjiot_json_pull(text + at, strlen(text) - at, &event), 0);
    assert_int_equal(zjiot_json_pull(" \n", 2, &event), 0);
    assert_int_equal(zjiot_json_pull("", 0, &event), 0);
    assert_int_equal(zjiot_json_pull("{", 1, &event), ZJIOT_LENGTH);
}

/* --- Streams made at random --- */

static uint64_t seed = 51609;

static size_t pick(size_t count) {
    return (size_t)(random_bits(&seed) >> 20) % count;
}

static size_t put_value(char *out, unsigned depth) {
    static const char *const plain[] = {"1",           "-2.5e3", "true",     "null",     "\"\"",
                                        "\"}{\"",      "\"{\"",  "\"\\\"\"", "\"\\\\\"", "\"a\\\"}\"",
                                        "\"\\u007b\"", "\"马\"", "[]"};
    static const char *const blanks[] = {"", "", "", " ", "\n"};
    const size_t kind = depth < 4 ? pick(4) : 3;
    size_t used = 0;
    if (kind >= 2)
        return (size_t)sprintf(out, "%s", plain[pick(ZJ_COUNT(plain))]);
    out[used++] = kind == 0 ? '{' : '[';
    for (size_t i = 0, count = pick(4); i < count; i++) {
        used += (size_t)sprintf(out + used, "%s%s", i > 0 ? "," : "", blanks[pick(ZJ_COUNT(blanks))]);
        if (kind == 0)
            used += (size_t)sprintf(out + used, "%s:%s", i % 2 == 0 ? "\"k\"" : "\"{}\"", blanks[pick(5)]);
        used += put_value(out + used, depth + 1);
    }
    out[used++] = kind == 0 ? '}' : ']';
    return used;
}

static size_t put_object(char *out) {
    size_t used = (size_t)sprintf(out, "{\"cmd\":");
    used += put_value(out + used, 0);
    out[used++] = '}';
    return used;
}

/* Well-formed objects and garbage without braces: the events are known. */
static void known_streams(void **state) {
    (void)state;
    static const char *const between[] = {"", "", " ", "\r\n", "AT+OK", "\"", "}", "],", "\\", "\"\\\""};
    static char text[16384];
    static struct log log;
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        struct log wanted = {.count = 0};
        size_t size = 0;
        const size_t cap = 20 + pick(200);
        for (size_t i = 0, count = pick(6); i < count; i++) {
            const char *junk = between[pick(ZJ_COUNT(between))];
            const size_t junk_size = strlen(junk);
            memcpy(text + size, junk, junk_size);
            if (junk_size > strspn(junk, " \r\n"))
                wanted.events[wanted.count++] = (struct event){ZJIOT_SKIPPED, size, junk_size};
            size += junk_size;
            const size_t object = put_object(text + size);
            wanted.events[wanted.count++] = (struct event){object <= cap ? 1 : ZJIOT_SPACE, size, object};
            size += object;
        }
        text[size] = '\0';
        run_every_cut(text, size, cap, &log);
        assert_same(&wanted, &log, text, 0);
    }
}

/* Anything at all: every byte is in an object, passed over, or a blank between them; never twice. */
static void any_stream(void **state) {
    (void)state;
    static const char letters[] = "{{{}}}\"\"\"\\\\ \n:,[]ab1";
    static struct log log;
    char text[300];
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        const size_t size = pick(sizeof text);
        size_t at = 0;
        for (size_t i = 0; i < size; i++)
            text[i] = letters[pick(sizeof letters - 1)];
        run_every_cut(text, size, 3 + pick(100), &log);
        for (size_t i = 0; i < log.count; i++) {
            for (; at < log.events[i].offset; at++)
                assert_true(text[at] == ' ' || text[at] == '\n');
            assert_int_equal(at, log.events[i].offset);
            assert_true(log.events[i].code != 1 || (text[at] == '{' && text[at + log.events[i].size - 1] == '}'));
            at += log.events[i].size;
        }
        for (; at < size; at++)
            assert_true(text[at] == ' ' || text[at] == '\n');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_module),
        cmocka_unit_test(a_lone_brace_costs_itself_only),
        cmocka_unit_test(a_cut_message_costs_itself_only),
        cmocka_unit_test(a_message_cut_behind_a_comma_costs_itself_only),
        cmocka_unit_test(lists_are_whole_at_any_depth),
        cmocka_unit_test(what_is_well_formed_is_whole),
        cmocka_unit_test(no_object_comes_out_of_a_long_one),
        cmocka_unit_test(long_skips_are_reported_in_blocks),
        cmocka_unit_test(looking_back_has_one_limit),
        cmocka_unit_test(a_text_at_once),
        cmocka_unit_test(known_streams),
        cmocka_unit_test(any_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
