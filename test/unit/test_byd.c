/* BYD batches (document 002) against vectors that were written by someone who had not seen this code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/byd.h"
#include "zjiot/hex.h"
#include "zjiot/jansson.h"

enum { MEMORY = 1 << 20, RECORD_MAX = 1 << 20, TEXT_MAX = 1 << 17, PATHS_MAX = 16 };

static struct zjiot_pool pool;
static char record_text[RECORD_MAX];
static int wrong;

static const struct zjiot_protocol *byd(void) {
    return zjiot_protocol_find("byd");
}

static void empty_pool(void) {
    static _Alignas(max_align_t) unsigned char memory[MEMORY];
    zjiot_pool_fixed(&pool, memory, sizeof memory);
}

static void complain(const char *file, size_t line, const char *what, const char *detail) {
    print_error("%s line %zu: %s %s\n", file, line + 1, what, detail);
    wrong++;
}

/* --- Records --- */

/* Paths of records, deviations and errors are compared without their first part. */
static const char *bare(const char *path) {
    return strncmp(path, "data.", 5) == 0 ? path + 5 : path;
}

static const char *input_topic(const json_t *line) {
    return json_string_value(json_object_get(line, "topic"));
}

static json_t *record_of(const char *topic, const char *payload, size_t size) {
    const struct zjiot_input input = {topic, (const uint8_t *)payload, size};
    struct zjiot_error error;
    empty_pool();
    const int64_t length = zjiot_record(byd(), &input, NULL, &pool, record_text, sizeof record_text, &error);
    if (length < 0)
        fail_msg("no record: %s", error.text);
    json_t *record = json_loadb(record_text, (size_t)length, JSON_ALLOW_NUL, NULL);
    assert_non_null(record);
    return record;
}

static bool same_value(const json_t *is, const json_t *wanted) {
    char digits[32];
    if (json_is_number(wanted) && json_is_number(is))
        return json_number_value(is) == json_number_value(wanted);
    if (json_is_string(wanted) && json_is_integer(is)) {
        snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(is));
        return strcmp(digits, json_string_value(wanted)) == 0;
    }
    return is != NULL && json_equal(is, wanted);
}

static void check_values(const char *file, size_t at, const json_t *line, const json_t *record) {
    const char *path;
    json_t *wanted;
    json_object_foreach(json_object_get(line, "assert"), path, wanted) {
        if (!same_value(vector_member(record, path), wanted))
            complain(file, at, "another value:", path);
    }
}

static bool matches(const json_t *finding, const char *codes, const char *path) {
    const char *is = vector_text(finding, "path");
    return (codes[0] == '\0' || vector_one_of(vector_text(finding, "code"), codes)) &&
           (path[0] == '\0' || strcmp(bare(is), bare(path)) == 0);
}

static bool is_reported(const json_t *record, const char *codes, const char *path) {
    const json_t *deviations = json_object_get(record, "deviations");
    for (size_t i = 0; i < json_array_size(deviations); i++)
        if (matches(json_array_get(deviations, i), codes, path))
            return true;
    return false;
}

static bool is_within(const json_t *paths, const char *path) {
    for (size_t i = 0; i < json_array_size(paths); i++)
        if (strcmp(bare(json_string_value(json_array_get(paths, i))), bare(path)) == 0)
            return true;
    return false;
}

static void check_deviations(const char *file, size_t at, const json_t *line, const json_t *record) {
    const json_t *wanted = json_object_get(line, "deviations");
    const json_t *within = json_object_get(line, "deviations_within");
    const json_t *found = json_object_get(record, "deviations");
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const json_t *one = json_array_get(wanted, i);
        if (!is_reported(record, vector_text(one, "code"), vector_text(one, "path")))
            complain(file, at, "not reported:", vector_text(one, "code"));
    }
    if (json_is_true(json_object_get(line, "deviations_none")) && json_array_size(found) > 0)
        complain(file, at, "reported:", vector_text(json_array_get(found, 0), "path"));
    for (size_t i = 0; within != NULL && i < json_array_size(found); i++)
        if (!is_within(within, vector_text(json_array_get(found, i), "path")))
            complain(file, at, "reported:", vector_text(json_array_get(found, i), "path"));
}

/* Neither as it is, nor in hex. */
static void check_absent(const char *file, size_t at, const json_t *line) {
    const json_t *texts = json_object_get(line, "absent");
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        char hex[256];
        zjiot_hex_write((const uint8_t *)text, strlen(text), hex);
        if (strstr(record_text, text) != NULL || strstr(record_text, hex) != NULL)
            complain(file, at, "the record shows", text);
    }
}

static void check_outcome(const char *file, size_t at, const json_t *line, const json_t *record) {
    const json_t *error = json_object_get(record, "error");
    const json_t *ok = json_object_get(line, "ok");
    const char *code = vector_text(line, "code");
    const char *path = vector_text(line, "path");
    if (ok != NULL && json_is_true(ok) != json_is_true(json_object_get(record, "ok")))
        complain(file, at, json_is_true(ok) ? "refused:" : "read:", vector_text(error, "text"));
    if (vector_text(line, "error")[0] != '\0' && !matches(error, vector_text(line, "error"), path))
        complain(file, at, "another error:", vector_text(error, "text"));
    if (code[0] != '\0' && !(error != NULL ? matches(error, code, path) : is_reported(record, code, path)))
        complain(file, at, "not reported:", code);
}

static void read_as_listed(const char *file) {
    json_t *lines = vectors_read(file);
    assert_non_null(lines);
    assert_true(json_array_size(lines) >= 10);
    wrong = 0;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const json_t *payload = json_object_get(line, "payload");
        assert_true(json_is_string(payload));
        json_t *record = record_of(input_topic(line), json_string_value(payload), json_string_length(payload));
        check_outcome(file, i, line, record);
        check_values(file, i, line, record);
        check_deviations(file, i, line, record);
        check_absent(file, i, line);
        json_decref(record);
    }
    json_decref(lines);
    assert_int_equal(wrong, 0);
}

static void messages_are_read(void **state) {
    (void)state;
    read_as_listed("byd/messages.jsonl");
}

static void dialects_are_read(void **state) {
    (void)state;
    read_as_listed("byd/constructed.jsonl");
}

static void faults_are_reported(void **state) {
    (void)state;
    read_as_listed("byd/invalid.jsonl");
}

/* --- Writing --- */

struct written {
    char text[TEXT_MAX];
    char topic[ZJIOT_TOPIC_SIZE];
    int64_t size; /* or the code */
    struct zjiot_error error;
};

static struct written first, second;

static void write_message(const struct zjiot_message *message, struct written *to) {
    to->size = zjiot_encode(message, NULL, to->topic, (uint8_t *)to->text, sizeof to->text, &to->error);
}

/* What is read without a deviation is written as a text that is read as the same. What cannot be written was no
 * document's message. */
static void check_round(const char *file, size_t at, const json_t *line) {
    const json_t *payload = json_object_get(line, "payload");
    const struct zjiot_input input = {input_topic(line), (const uint8_t *)json_string_value(payload),
                                      json_string_length(payload)};
    struct zjiot_deviation deviations[64];
    struct zjiot_report report = {deviations, 64, 0};
    struct zjiot_message message;
    struct zjiot_error error;
    empty_pool();
    if (zjiot_decode(byd(), &input, NULL, &pool, &message, &report, NULL, &error) != 0)
        return;
    write_message(&message, &first);
    if (first.size < 0) {
        if (report.count == 0)
            complain(file, at, "not written:", first.error.text);
        return;
    }
    const struct zjiot_input again = {first.topic[0] != '\0' ? first.topic : NULL, (const uint8_t *)first.text,
                                      (size_t)first.size};
    report.count = 0;
    if (zjiot_decode(byd(), &again, NULL, &pool, &message, &report, NULL, &error) != 0) {
        complain(file, at, "not read again:", error.text);
        return;
    }
    /* Words of the dialect are kept. */
    for (size_t i = 0; i < report.count && i < report.capacity; i++)
        if (deviations[i].code != ZJIOT_CONST)
            complain(file, at, "written and reported:", deviations[i].path);
    write_message(&message, &second);
    if (second.size != first.size || memcmp(first.text, second.text, (size_t)first.size) != 0)
        complain(file, at, "written twice", "in two ways");
    if (input.topic != NULL && first.topic[0] != '\0' && strcmp(input.topic, first.topic) != 0)
        complain(file, at, "another topic:", first.topic);
}

static void what_is_read_is_written(void **state) {
    (void)state;
    static const char *const files[] = {"byd/messages.jsonl", "byd/constructed.jsonl"};
    wrong = 0;
    for (size_t f = 0; f < 2; f++) {
        json_t *lines = vectors_read(files[f]);
        for (size_t i = 0; i < json_array_size(lines); i++)
            check_round(files[f], i, json_array_get(lines, i));
        json_decref(lines);
    }
    assert_int_equal(wrong, 0);
}

/* The document's own message, without comments, comes out byte for byte. */
static void document_comes_out_as_it_went_in(void **state) {
    (void)state;
    json_t *lines = vectors_read("byd/messages.jsonl");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *payload = json_object_get(json_array_get(lines, i), "payload");
        const char *text = json_string_value(payload);
        if (strchr(text, '\n') != NULL || strstr(text, "\"timestamp\":1") != NULL)
            continue;
        const struct zjiot_input input = {input_topic(json_array_get(lines, i)), (const uint8_t *)text, strlen(text)};
        struct zjiot_message message;
        struct zjiot_error error;
        char plain[TEXT_MAX];
        size_t used = 0;
        for (const char *at = text; *at != '\0'; at++) {
            if (strncmp(at, ".0", 2) == 0 && (at[2] == ',' || at[2] == '}')) /* 381.0 is written as 381 */
                at += 2;
            plain[used++] = *at;
        }
        empty_pool();
        assert_int_equal(zjiot_decode(byd(), &input, NULL, &pool, &message, NULL, NULL, &error), 0);
        write_message(&message, &first);
        assert_int_equal(first.size, used);
        assert_memory_equal(first.text, plain, used);
        assert_string_equal(first.topic, input.topic);
        count++;
    }
    json_decref(lines);
    assert_int_equal(count, 3);
}

/* Builds the message of a line as a user of the common calls would; 0 or the first code. */
static int build(const json_t *line, struct zjiot_error *error) {
    const bool is_up = strcmp(vector_text(line, "direction"), "up") == 0;
    const struct zjiot_record *record = zjiot_record_find(byd(), vector_text(line, "message"), ZJIOT_BOTH);
    struct zjiot_message message;
    assert_non_null(record);
    assert_int_equal(record->direction, is_up ? ZJIOT_UP : ZJIOT_DOWN);
    empty_pool();
    assert_int_equal(zjiot_prepare(byd(), record, &pool, &message, error), 0);
    int code = zjiot_set_topic(&message, input_topic(line), &pool, error);
    if (code == 0)
        code = zjiot_from_jansson(&message, json_object_get(line, "write"), &pool, error);
    if (code != 0)
        return code;
    write_message(&message, &first);
    *error = first.error;
    return first.size < 0 ? (int)first.size : 0;
}

static void check_write(const char *file, size_t at, const json_t *line) {
    const json_t *topic = json_object_get(line, "topic");
    const bool wanted = json_is_true(json_object_get(line, "ok"));
    const char *path = vector_text(line, "path");
    struct zjiot_error error;
    if (strlen(json_string_value(topic)) != json_string_length(topic))
        return; /* a NUL cannot be handed over: the topic ends there */
    const int code = build(line, &error);
    if ((code == 0) != wanted)
        complain(file, at, wanted ? "refused:" : "written:", code != 0 ? error.text : vector_text(line, "note"));
    if (code == 0) {
        json_t *tree = json_loadb(first.text, (size_t)first.size, 0, NULL);
        if (!json_equal(tree, json_object_get(line, "write")) && strstr(vector_text(line, "note"), "complete") == NULL)
            complain(file, at, "written", "otherwise");
        json_decref(tree);
    } else if (!vector_one_of(zjiot_code_name(code), vector_text(line, "error")) ||
               (path[0] != '\0' && strcmp(bare(error.path), bare(path)) != 0)) {
        complain(file, at, "another error:", error.text);
    }
}

static void wrong_messages_are_not_written(void **state) {
    (void)state;
    json_t *lines = vectors_read("byd/refused_writes.jsonl");
    assert_int_equal(json_array_size(lines), 40);
    wrong = 0;
    for (size_t i = 0; i < json_array_size(lines); i++)
        check_write("byd/refused_writes.jsonl", i, json_array_get(lines, i));
    json_decref(lines);
    assert_int_equal(wrong, 0);
}

/* --- Time stamps --- */

static const char meter[] = "{\"msgType\":\"up\",\"msgId\":\"3f2b8c1e-7a4d-4e6f-9b21-0c5d8e7f1a34\","
                            "\"source\":{\"ip_addr\":\"\",\"source_id\":\"\"},\"batch\":[{\"timestamp\":%s%s}]}";

static void check_stamp(const char *file, size_t at, const json_t *line, const char *behind) {
    const json_t *in = json_object_get(line, "in");
    const bool is_utc = json_object_get(line, "utc") != NULL;
    char *value = json_dumps(in, JSON_ENCODE_ANY);
    char payload[512];
    char date[64];
    snprintf(payload, sizeof payload, meter, value, behind);
    snprintf(date, sizeof date, "%s%s", vector_text(line, is_utc ? "utc" : "local"), is_utc ? "Z" : "");
    json_t *record = record_of(NULL, payload, strlen(payload));
    if (!json_is_true(json_object_get(line, "ok"))) {
        if (!is_reported(record, vector_text(line, "error"), "batch[0].timestamp"))
            complain(file, at, "not reported:", value);
        if (json_is_string(vector_member(record, "data.batch[0].timestamp")))
            complain(file, at, "shown:", value);
    } else {
        const char *digits = json_string_value(vector_member(record, "data.batch[0].timestamp"));
        const char *time = json_string_value(vector_member(record, "data.batch[0].time"));
        value[strlen(value) - json_is_string(in)] = '\0';
        if (digits == NULL || strcmp(digits, value + json_is_string(in)) != 0)
            complain(file, at, "other digits:", value);
        if (time == NULL || strcmp(time, date) != 0)
            complain(file, at, "another date than", date);
        const bool is_document = json_is_string(in) && is_utc;
        if (is_reported(record, "TYPE", "batch[0].timestamp") == is_document)
            complain(file, at, "the form is not reported, or in vain:", value);
    }
    free(value);
    json_decref(record);
}

static void check_stamp_call(const char *file, size_t at, const json_t *line) {
    const char *in = json_string_value(json_object_get(line, "in"));
    const bool wanted = json_is_true(json_object_get(line, "ok"));
    struct zjiot_stamp stamp;
    struct zjiot_error error;
    char text[ZJIOT_STAMP_TEXT_SIZE];
    if (in == NULL)
        return;
    const int code = zjiot_stamp_read(in, strlen(in), &stamp, &error);
    if ((code == 0) != wanted || (code != 0 && !vector_one_of(zjiot_code_name(code), vector_text(line, "error"))))
        complain(file, at, "zjiot_stamp_read", in);
    if (code != 0)
        return;
    zjiot_stamp_digits(&stamp, text);
    assert_string_equal(text, in);
    if (json_object_get(line, "ms") != NULL) {
        assert_int_equal(stamp.form, ZJIOT_STAMP_MS);
        assert_int_equal(stamp.ms, json_integer_value(json_object_get(line, "ms")));
    } else {
        assert_int_equal(stamp.form, ZJIOT_STAMP_LOCAL);
    }
}

static void stamps_are_read(void **state) {
    (void)state;
    json_t *lines = vectors_read("byd/timestamps.jsonl");
    assert_int_equal(json_array_size(lines), 82);
    wrong = 0;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        check_stamp("byd/timestamps.jsonl", i, json_array_get(lines, i), "");
        check_stamp("byd/timestamps.jsonl", i, json_array_get(lines, i), ",\"device_type\":\"a meter\"");
        check_stamp_call("byd/timestamps.jsonl", i, json_array_get(lines, i));
    }
    json_decref(lines);
    assert_int_equal(wrong, 0);
}

/* Every day from 1970 to 2286 follows the one before it, and local times become UTC. */
static void days_follow_each_other(void **state) {
    (void)state;
    enum { DAY = 86400000 };
    struct zjiot_error error;
    char text[ZJIOT_STAMP_TEXT_SIZE];
    for (int64_t ms = 12345678; ms <= ZJIOT_STAMP_MAX; ms += DAY) {
        struct zjiot_stamp stamp = {ms, ZJIOT_STAMP_LOCAL};
        const size_t size = zjiot_stamp_digits(&stamp, text);
        assert_int_equal(size, 17);
        assert_int_equal(zjiot_stamp_read(text, size, &stamp, &error), 0);
        assert_int_equal(stamp.ms, ms);
    }
    struct zjiot_stamp stamp = {0, 0};
    assert_int_equal(zjiot_stamp_read("20240520103000123", 17, &stamp, &error), 0);
    assert_int_equal(zjiot_stamp_to_utc(&stamp, 841, &error), ZJIOT_ARG);
    assert_int_equal(zjiot_stamp_to_utc(&stamp, 480, &error), 0);
    assert_int_equal(stamp.ms, 1716172200123);
    assert_int_equal(zjiot_stamp_to_utc(&stamp, 480, &error), 0);
    assert_int_equal(stamp.ms, 1716172200123);
    assert_int_equal(zjiot_stamp_read("19700101000000000", 17, &stamp, &error), 0);
    assert_int_equal(zjiot_stamp_to_utc(&stamp, 480, &error), ZJIOT_RANGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_read),
        cmocka_unit_test(dialects_are_read),
        cmocka_unit_test(faults_are_reported),
        cmocka_unit_test(what_is_read_is_written),
        cmocka_unit_test(document_comes_out_as_it_went_in),
        cmocka_unit_test(wrong_messages_are_not_written),
        cmocka_unit_test(stamps_are_read),
        cmocka_unit_test(days_follow_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
