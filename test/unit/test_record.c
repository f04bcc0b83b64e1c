/* Records of decoded messages, and what surrounds them: secrets, memory, reports, spans, guesses. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

#define KEY_DIGITS "0123456789abcdef"

enum { POOL_SIZE = 8192, SPANS = 128, RECORD_SIZE = 64 * 1024 };

static _Alignas(max_align_t) unsigned char memory[POOL_SIZE];
static struct zjiot_pool pool;
static struct zjiot_message message;
static struct zjiot_deviation deviations[64];
static struct zjiot_report report;
static struct zjiot_error error;
static uint8_t bytes[VECTOR_BYTES_MAX];
static char record[RECORD_SIZE], other[RECORD_SIZE];

static int decode(const char *protocol, size_t size, struct zjiot_trace *trace) {
    report = (struct zjiot_report){deviations, 64, 0};
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    return zjiot_decode(zjiot_protocol_find(protocol), &(struct zjiot_input){NULL, bytes, size}, NULL, &pool, &message,
                        &report, trace, &error);
}

/* Calls `check` with every valid vector, its bytes in `bytes`. */
static void each_valid_vector(int (*check)(const char *protocol, size_t size)) {
    size_t count = 0;
    int failures = 0;
    for (size_t i = 0; i < VECTOR_FILES; i++) {
        json_t *lines = vectors_read(vector_files[i].name);
        const json_t *line;
        size_t j;
        assert_non_null(lines);
        json_array_foreach(lines, j, line) {
            if (!json_is_true(json_object_get(line, "ok")))
                continue;
            const int failed = check(vector_files[i].protocol, (size_t)vector_bytes(line, bytes));
            if (failed)
                print_error("  in %s\n", vector_text(line, "hex"));
            failures += failed;
            count++;
        }
        json_decref(lines);
    }
    assert_int_equal(failures, 0);
    assert_true(count >= 800);
}

static int spans_cover(const char *protocol, size_t size) {
    static struct zjiot_span spans[SPANS];
    struct zjiot_trace trace = {.items = spans, .capacity = SPANS};
    size_t at = 0;
    if (decode(protocol, size, &trace) != 0 || trace.count > SPANS) {
        print_error("%u spans\n", (unsigned)trace.count);
        return 1;
    }
    for (size_t i = 0; i < trace.count; i++) {
        const struct zjiot_span *span = &spans[i];
        if (span->field == NULL || span->path[0] == '\0' || span->offset > size ||
            (span->size > 0 && span->offset != at)) {
            print_error("span %u, %s, is at %u, expected at %u\n", (unsigned)i, span->path, (unsigned)span->offset,
                        (unsigned)at);
            return 1;
        }
        at += span->size;
    }
    if (at != size)
        print_error("%u of %u bytes\n", (unsigned)at, (unsigned)size);
    /* A trace that is too small counts on, and one span less is kept. */
    struct zjiot_trace small = {.items = spans, .capacity = trace.count - 1};
    return at != size || decode(protocol, size, &small) != 0 || small.count != trace.count;
}

static void spans_cover_every_byte_once(void **state) {
    (void)state;
    each_valid_vector(spans_cover);
}

static int forms_agree(const char *protocol, size_t size) {
    if (decode(protocol, size, NULL) != 0)
        return 1;
    const struct zjiot_outcome outcome = {.message = &message, .report = &report, .input = {NULL, bytes, size}};
    const int64_t compact = zjiot_record_write(&outcome, NULL, false, record, sizeof record, &error);
    const int64_t pretty = zjiot_record_write(&outcome, NULL, true, other, sizeof other, &error);
    if (compact < 0 || pretty < compact || record[compact] != '\0' || other[pretty] != '\0' ||
        strchr(record, '\n') != NULL || strchr(other, '\n') == NULL)
        return 1;
    json_t *one = json_loads(record, JSON_REJECT_DUPLICATES, NULL);
    json_t *two = json_loads(other, JSON_REJECT_DUPLICATES, NULL);
    const bool equal = one != NULL && json_equal(one, two);
    json_decref(one);
    json_decref(two);
    /* zjiot_record does all in one call. */
    const int64_t direct = zjiot_record(zjiot_protocol_find(protocol), &(struct zjiot_input){NULL, bytes, size}, NULL,
                                        fresh_pool(), other, sizeof other, &error);
    return !equal || direct != compact || strcmp(record, other) != 0;
}

static void pretty_and_compact_are_the_same_document(void **state) {
    (void)state;
    each_valid_vector(forms_agree);
}

static int reports_count(const char *protocol, size_t size) {
    struct zjiot_report none = {NULL, 0, 0};
    if (decode(protocol, size, NULL) != 0)
        return 1;
    zjiot_pool_reset(&pool);
    const struct zjiot_protocol *found = zjiot_protocol_find(protocol);
    const int code =
        zjiot_decode(found, &(struct zjiot_input){NULL, bytes, size}, NULL, &pool, &message, &none, NULL, &error);
    if (code != 0 || none.count != report.count)
        return 1;
    /* Strict refuses a frame exactly when there is something to report. */
    const struct zjiot_options strict = {.strict = true};
    zjiot_pool_reset(&pool);
    return (zjiot_decode(found, &(struct zjiot_input){NULL, bytes, size}, &strict, &pool, &message, NULL, NULL,
                         &error) == 0) != (report.count == 0);
}

static void a_report_without_room_still_counts(void **state) {
    (void)state;
    each_valid_vector(reports_count);
    assert_int_equal(decode("nb", bytes_of("fffefdfc110001ffffffcc7f", bytes), NULL), 0);
    assert_int_equal(report.count, 3);
    report.capacity = 2;
    const struct zjiot_outcome outcome = {.message = &message, .report = &report, .input = {NULL, bytes, 12}};
    assert_true(zjiot_record_write(&outcome, NULL, false, record, sizeof record, &error) > 0);
    json_t *parsed = json_loads(record, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(parsed, "deviations")), 2);
    assert_int_equal(json_integer_value(json_object_get(parsed, "deviations_left_out")), 1);
    json_decref(parsed);
}

/* Who sent it stands in the header, whether there is a message or not. */
static void the_origin_is_told(void **state) {
    (void)state;
    struct {
        uint64_t has, invalid;
        const char *peer;
    } from = {.has = 1, .peer = "192.0.2.1:5000"};
    const struct zjiot_field peer = {.key = "peer", .unit = "", .kind = ZJIOT_TEXT, .offset = 16};
    const struct zjiot_record rows = {.name = "", .fields = &peer, .field_count = 1};
    const size_t size = bytes_of("fffefdfc110001010164ac44", bytes);
    assert_int_equal(decode("nb", size, NULL), 0);
    struct zjiot_outcome outcome = {.message = &message, .input = {NULL, bytes, size}, .origin = {&rows, &from}};
    for (int i = 0; i < 2; i++) {
        assert_true(zjiot_record_write(&outcome, NULL, false, record, sizeof record, &error) > 0);
        json_t *parsed = json_loads(record, JSON_REJECT_DUPLICATES, NULL);
        const json_t *header = json_object_get(parsed, "header");
        assert_string_equal(json_string_value(json_object_get(header, "peer")), from.peer);
        assert_true((json_object_get(header, "sn") != NULL) == (outcome.message != NULL));
        json_decref(parsed);
        outcome.message = NULL;
    }
}

/* What was decoded can be handed on: the door writes it as the protocol's own call does. */
static int door_writes(const char *protocol, size_t size) {
    uint8_t out[VECTOR_BYTES_MAX];
    if (decode(protocol, size, NULL) != 0)
        return 1;
    const bool no_number =
        strcmp(protocol, "nb") == 0 && memcmp(bytes, "\0\0\0\0", 4) == 0; /* the example's is written */
    if (why_not_canonical(&message, &report) != NULL || no_number)
        return 0;
    const int64_t written = zjiot_encode(&message, NULL, NULL, out, sizeof out, &error);
    if (written == (int64_t)size && memcmp(out, bytes, size) == 0)
        return 0;
    print_error("%s\n", written < 0 ? error.text : "other bytes");
    return 1;
}

static void the_door_writes_what_it_read(void **state) {
    (void)state;
    each_valid_vector(door_writes);
}

/* Members that hold no value are missing; they are not written as zero. */
static void absent_values_are_not_written_as_zero(void **state) {
    (void)state;
    uint8_t out[512];
    assert_int_equal(decode("cjt188", bytes_of(WATER, bytes), NULL), 0);
    assert_int_equal(zjiot_encode(&message, NULL, NULL, out, sizeof out, &error), ZJIOT_MISSING);
    assert_string_equal(error.path, "clock");
}

static void assert_record_has(const char *hex, const struct zjiot_options *options, const char *path,
                              const char *value) {
    const size_t size = bytes_of(hex, bytes);
    assert_true(zjiot_record(NULL, &(struct zjiot_input){NULL, bytes, size}, options, fresh_pool(), record,
                             sizeof record, &error) > 0);
    json_t *parsed = json_loads(record, 0, NULL);
    const char *is = json_string_value(vector_member(parsed, path));
    if (is == NULL || strcmp(is, value) != 0)
        fail_msg("%s is %s, expected %s", path, is != NULL ? is : "absent", value);
    json_decref(parsed);
}

static void secrets_are_masked(void **state) {
    (void)state;
    const struct zjiot_options show = {.show_secrets = true};
    const struct zjiot_options strict = {.strict = true};
    assert_record_has(KEY, NULL, "data.key", "***");
    assert_record_has(KEY, NULL, "raw", "***");
    assert_null(strstr(record, KEY_DIGITS));
    assert_record_has(KEY, &strict, "data.key", "***");
    assert_record_has(KEY, &show, "data.key", KEY_DIGITS);
    assert_record_has(KEY, &show, "raw", KEY);
    /* Forced over a wrong sum it is as secret. */
    const struct zjiot_options force = {.force = true};
    assert_record_has("681078563412000733040ca01405020123456789abcdef5216", &force, "data.key", "***");
    assert_record_has("681078563412000733040ca01405020123456789abcdef5216", &force, "raw", "***");
    assert_null(strstr(record, KEY_DIGITS));
    /* Nor does a frame that cannot be decoded, or one read without a layout, give the key away. */
    const struct zjiot_options raw = {.layout = ZJIOT_LAYOUT_RAW};
    assert_record_has("681078563412000733040ca01405020123456789abcdef5216", NULL, "raw", "***");
    assert_null(strstr(record, KEY_DIGITS));
    assert_record_has(KEY, &raw, "data.bytes", "***");
    assert_null(strstr(record, KEY_DIGITS));
    /* Only messages that have a secret hide their bytes. */
    assert_record_has(STATUS, NULL, "raw", STATUS);
}

/* Random bytes are no text: of encrypted bodies one in 200 holds a backslash and a u. */
static void only_texts_have_escapes(void **state) {
    (void)state;
    static const struct {
        const char *body;
        bool may;
    } cases[] = {
        {"{\"ftp_pwd\":\"x\"}", true},
        {"{\"ftp_\\u0070wd\":\"x\"}", true},
        {"eyJmdHBfXHUwMDcwd2QiOiJ4In0=", true}, /* the same in base64 */
        {"{\"ftp_\\u007pwd\":\"x\"}", false},
        {"{\"ftp_\\u007", false},
        {"MVx1MzMxAVx1MzM=", false}, /* no four digits behind either */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = cases[i].body;
        const bool may = zjiot_may_hold_secret((const uint8_t *)text, strlen(text), zjiot_protocol_find("zhenjiang"));
        if (may != cases[i].may)
            fail_msg("%s: %d", text, may);
    }
}

/* Grows a pool at `start` byte by byte until the message fits. */
static void check_pools(const struct zjiot_protocol *protocol, const struct zjiot_record *rows, size_t size,
                        unsigned char *start) {
    size_t smallest = 0;
    for (;; smallest++) {
        struct zjiot_message before;
        memset(&message, 0xa5, sizeof message);
        memcpy(&before, &message, sizeof message);
        zjiot_pool_fixed(&pool, start, smallest);
        const int code =
            zjiot_decode(protocol, &(struct zjiot_input){NULL, bytes, size}, NULL, &pool, &message, NULL, NULL, &error);
        if (code == 0)
            break;
        const size_t need = error.need;
        assert_int_equal(code, ZJIOT_SPACE);
        assert_true(need > 0);
        assert_memory_equal(&message, &before, sizeof message);
        assert_int_equal(zjiot_prepare(protocol, rows, &pool, &message, &error), ZJIOT_SPACE);
        assert_int_equal(error.need, need);
        zjiot_pool_fixed(&pool, start, smallest + need);
        assert_int_equal(
            zjiot_decode(protocol, &(struct zjiot_input){NULL, bytes, size}, NULL, &pool, &message, NULL, NULL, &error),
            0);
        zjiot_pool_fixed(&pool, start, smallest + need);
        assert_int_equal(zjiot_prepare(protocol, rows, &pool, &message, &error), 0);
    }
    assert_true(smallest > 64 && smallest < 4096);
}

static void every_smaller_pool_is_too_small(void **state) {
    (void)state;
    static const struct {
        const char *protocol, *hex, *record;
    } cases[] = {{"nb", STATUS, "status"}, {"cjt188", KEY, "write_key"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct zjiot_protocol *protocol = zjiot_protocol_find(cases[i].protocol);
        const struct zjiot_record *rows = zjiot_record_find(protocol, cases[i].record, ZJIOT_BOTH);
        const size_t size = bytes_of(cases[i].hex, bytes);
        for (size_t odd = 0; odd < 16; odd += 5) /* memory that is not aligned, too */
            check_pools(protocol, rows, size, memory + odd);
    }
}

/* Bytes given as text lie in the pool. */
static void setting_bytes_needs_the_pool(void **state) {
    (void)state;
    char text[201];
    const struct zjiot_protocol *nb = zjiot_protocol_find("nb");
    memset(text, '5', 200);
    text[200] = '\0';
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    assert_int_equal(zjiot_prepare(nb, zjiot_record_find(nb, "unknown", ZJIOT_BOTH), &pool, &message, &error), 0);
    struct zjiot_pool small;
    for (size_t size = 0; size < 100; size++) {
        zjiot_pool_fixed(&small, memory + 4096, size);
        assert_int_equal(zjiot_set(&message, "bytes", text, &small, &error), ZJIOT_SPACE);
        assert_true(error.need > 0);
        assert_int_equal(zjiot_set(&message, "bytes", text, &small, NULL), ZJIOT_SPACE);
        zjiot_pool_fixed(&small, memory + 4096, size + error.need);
        assert_int_equal(zjiot_set(&message, "bytes", text, &small, &error), 0);
    }
}

static void every_smaller_record_buffer_is_too_small(void **state) {
    (void)state;
    const size_t size = bytes_of(STATUS, bytes);
    const int64_t length =
        zjiot_record(NULL, &(struct zjiot_input){NULL, bytes, size}, NULL, fresh_pool(), other, sizeof other, &error);
    assert_true(length > 300);
    for (size_t capacity = 0; capacity <= (size_t)length; capacity++) {
        memset(record, 0xa5, (size_t)length + 16);
        assert_int_equal(
            zjiot_record(NULL, &(struct zjiot_input){NULL, bytes, size}, NULL, fresh_pool(), record, capacity, &error),
            ZJIOT_SPACE);
        assert_int_equal(error.need, length + 1);
        for (size_t i = capacity; i < (size_t)length + 16; i++)
            assert_int_equal((unsigned char)record[i], 0xa5);
    }
    assert_int_equal(zjiot_record(NULL, &(struct zjiot_input){NULL, bytes, size}, NULL, fresh_pool(), NULL, 0, &error),
                     ZJIOT_SPACE);
    assert_int_equal(zjiot_record(NULL, &(struct zjiot_input){NULL, bytes, size}, NULL, fresh_pool(), record,
                                  (size_t)length + 1, &error),
                     length);
    assert_string_equal(record, other);
}

/* Frames that a message carries, at least 1. */
static size_t count_frames(const char *text, size_t size) {
    json_t *body = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
    const size_t count = json_array_size(json_object_get(json_object_get(body, "data"), "meter_data"));
    json_decref(body);
    return count > 0 ? count : 1;
}

static size_t records_in_pools_of_the_size_that_is_named(const char *file) {
    static _Alignas(max_align_t) unsigned char room[1 << 19];
    static char long_record[1 << 20];
    json_t *lines = vectors_read(file);
    const json_t *line;
    size_t i, count = 0;
    json_array_foreach(lines, i, line) {
        const json_t *payload = json_object_get(line, "payload");
        const char *text = json_string_value(payload);
        const size_t size = json_string_length(payload);
        if (text == NULL)
            continue;
        const struct zjiot_input input = {json_string_value(json_object_get(line, "topic")), (const uint8_t *)text,
                                          size};
        const size_t need = ZJIOT_RECORD_POOL(size, count_frames(text, size));
        assert_true(need <= sizeof room);
        zjiot_pool_fixed(&pool, room, need);
        if (zjiot_record(NULL, &input, NULL, &pool, long_record, sizeof long_record, &error) < 0)
            fail_msg("%s, line %zu: %s", file, i + 1, error.text);
        count++;
    }
    json_decref(lines);
    return count;
}

static void the_pool_of_a_record(void **state) {
    static const char *const files[] = {
        "zhenjiang/examples.jsonl", "zhenjiang/limits.jsonl", "zhenjiang/rules.jsonl", "byd/messages.jsonl",
        "byd/constructed.jsonl",    "hy/messages.jsonl",      "hy/constructed.jsonl",  "hy/invalid.jsonl",
        "m4g/messages.jsonl",       "m4g/constructed.jsonl",
    };
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        count += records_in_pools_of_the_size_that_is_named(files[i]);
    assert_true(count > 800);
}

static void records_of_what_cannot_be_decoded(void **state) {
    (void)state;
    assert_record_has("fffefdfc010001009495", NULL, "error.code", "CHECKSUM");
    assert_record_has("fffefdfc010001009495", NULL, "raw", "fffefdfc010001009495");
    assert_null(strstr(record, "\"data\""));
    assert_record_has("6810785634120007330103901f007a16", NULL, "protocol", "cjt188");
    assert_record_has("6810785634120007330103901f007a16", NULL, "error.path", "cs");
    const int64_t length =
        zjiot_record(NULL, &(struct zjiot_input){NULL, bytes, 0}, NULL, fresh_pool(), record, sizeof record, &error);
    assert_int_equal(length, strlen(record));
    assert_non_null(strstr(record, "\"ok\":false"));
}

static void assert_guess(const char *hex, const char *protocol, enum zjiot_fit fit, const char *name) {
    struct zjiot_guess guesses[8];
    const size_t size = bytes_of(hex, bytes);
    const size_t count = zjiot_identify(&(struct zjiot_input){NULL, bytes, size}, guesses, 8);
    size_t protocols = 0;
    while (zjiot_protocols()[protocols] != NULL)
        protocols++;
    assert_int_equal(count, protocols);
    assert_string_equal(guesses[0].protocol->name, protocol);
    assert_int_equal(guesses[0].fit, fit);
    assert_string_equal(guesses[0].message, name);
    for (size_t i = 0; i < count; i++) {
        assert_true(guesses[i].why[0] != '\0');
        assert_true(i == 0 || guesses[i].fit <= guesses[i - 1].fit);
        assert_true(guesses[i].fit != ZJIOT_FIT_NO || guesses[i].message[0] == '\0');
    }
    /* Room for one gives the best one. */
    struct zjiot_guess best;
    assert_int_equal(zjiot_identify(&(struct zjiot_input){NULL, bytes, size}, &best, 1), 1);
    assert_ptr_equal(best.protocol, guesses[0].protocol);
    assert_int_equal(zjiot_identify(&(struct zjiot_input){NULL, bytes, size}, NULL, 0), 0);
}

static void guesses(void **state) {
    (void)state;
    assert_guess(STATUS, "nb", ZJIOT_FIT_CERTAIN, "status");
    assert_guess("fffefdfc01000101ffff", "nb", ZJIOT_FIT_LIKELY, "ack");
    assert_guess("fffefdfc010001019594", "nb", ZJIOT_FIT_POSSIBLE, "ack");
    assert_guess(WATER, "cjt188", ZJIOT_FIT_CERTAIN, "read_reply");
    assert_guess("001122" WATER "16", "cjt188", ZJIOT_FIT_CERTAIN, "read_reply");
    assert_guess("6810785634120007330103901f007a16", "cjt188", ZJIOT_FIT_POSSIBLE, "read");
    assert_guess("01", "nb", ZJIOT_FIT_NO, "");
    assert_guess("", "nb", ZJIOT_FIT_NO, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_cover_every_byte_once),
        cmocka_unit_test(pretty_and_compact_are_the_same_document),
        cmocka_unit_test(a_report_without_room_still_counts),
        cmocka_unit_test(the_origin_is_told),
        cmocka_unit_test(the_door_writes_what_it_read),
        cmocka_unit_test(absent_values_are_not_written_as_zero),
        cmocka_unit_test(secrets_are_masked),
        cmocka_unit_test(only_texts_have_escapes),
        cmocka_unit_test(every_smaller_pool_is_too_small),
        cmocka_unit_test(setting_bytes_needs_the_pool),
        cmocka_unit_test(every_smaller_record_buffer_is_too_small),
        cmocka_unit_test(the_pool_of_a_record),
        cmocka_unit_test(records_of_what_cannot_be_decoded),
        cmocka_unit_test(guesses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
