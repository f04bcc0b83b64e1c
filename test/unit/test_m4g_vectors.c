/* Every 4G vector: what was written down from the document by someone who had not seen this library, against what it
 * says. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

enum { TEXT_MAX = 1 << 17, REPORT_MAX = 64 };

static struct zjiot_error error;
static char record_text[TEXT_MAX];
static char payload[TEXT_MAX];
static size_t payload_size;

static void load_payload(const json_t *line) {
    const json_t *text = json_object_get(line, "payload");
    if (text == NULL) {
        payload_size = bytes_of(vector_text(line, "payload_hex"), (uint8_t *)payload);
        return;
    }
    payload_size = json_string_length(text);
    assert_true(payload_size < sizeof payload);
    memcpy(payload, json_string_value(text), payload_size);
}

static const struct zjiot_protocol *m4g(void) {
    return zjiot_protocol_find("4g");
}

static struct zjiot_input input_of(void) {
    return (struct zjiot_input){NULL, (const uint8_t *)payload, payload_size};
}

/* The record of the payload; to be released. */
static json_t *record_of(bool strict) {
    const struct zjiot_options options = {.strict = strict};
    const struct zjiot_input input = input_of();
    const int64_t size = zjiot_record(m4g(), &input, &options, fresh_pool(), record_text, sizeof record_text, &error);
    assert_true(size > 0);
    json_t *record = json_loadb(record_text, (size_t)size, JSON_ALLOW_NUL, NULL);
    assert_non_null(record);
    return record;
}

static int complain(const json_t *line, const char *what, const char *detail) {
    print_error("%s: %s %s\n  %.600s\n", vector_text(line, "note"), what, detail, record_text);
    return 1;
}

/* --- Values --- */

static bool same_value(const json_t *is, const json_t *wanted) {
    char text[32];
    if (json_is_integer(wanted) && json_is_string(is)) {
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(wanted));
        return strcmp(text, json_string_value(is)) == 0;
    }
    if (json_is_number(is) && json_is_number(wanted))
        return json_number_value(is) >= json_number_value(wanted) && json_number_value(is) <= json_number_value(wanted);
    return is != NULL && json_equal(is, wanted);
}

/* The first path whose value is another one; NULL: all are right. */
static const char *wrong_value(const json_t *record, const json_t *wanted, const json_t *other) {
    const char *path;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)wanted, path, value) {
        const json_t *replaced = json_object_get(other, path);
        if (!same_value(vector_member(record, path), replaced != NULL ? replaced : value))
            return path;
    }
    return NULL;
}

static int check_values(const json_t *line, const json_t *record) {
    const json_t *wanted = json_object_get(line, "assert");
    const json_t *alt = json_object_get(line, "alt");
    const char *wrong = wrong_value(record, wanted, NULL);
    for (size_t i = 0; i < json_array_size(alt) && wrong != NULL; i++)
        wrong = wrong_value(record, wanted, json_array_get(alt, i));
    return wrong == NULL ? 0 : complain(line, "another value at", wrong);
}

/* --- Deviations --- */

static bool same_path(const char *is, const char *wanted) {
    return strcmp(is, wanted) == 0 || (strncmp(wanted, "data.", 5) == 0 && strcmp(is, wanted + 5) == 0);
}

static bool is_finding(const json_t *is, const char *code, const char *path) {
    return (code[0] == '\0' || vector_one_of(vector_text(is, "code"), code)) &&
           (path[0] == '\0' || same_path(vector_text(is, "path"), path));
}

static bool has_deviation(const json_t *record, const char *code, const char *path) {
    const json_t *list = json_object_get(record, "deviations");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (is_finding(json_array_get(list, i), code, path))
            return true;
    return false;
}

static bool is_within(const json_t *deviation, const json_t *paths) {
    for (size_t i = 0; i < json_array_size(paths); i++)
        if (same_path(vector_text(deviation, "path"), json_string_value(json_array_get(paths, i))))
            return true;
    return false;
}

static int check_deviations(const json_t *line, const json_t *record) {
    const json_t *list = json_object_get(record, "deviations");
    const json_t *wanted = json_object_get(line, "deviations");
    const json_t *within = json_object_get(line, "deviations_within");
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const json_t *one = json_array_get(wanted, i);
        if (!has_deviation(record, vector_text(one, "code"), vector_text(one, "path")))
            return complain(line, "is not reported:", vector_text(one, "code"));
    }
    if (json_is_true(json_object_get(line, "deviations_none")) && json_array_size(list) > 0)
        return complain(line, "deviations where there are none", "");
    for (size_t i = 0; i < json_array_size(list) && within != NULL; i++)
        if (!is_within(json_array_get(list, i), within))
            return complain(line, "a deviation elsewhere", "");
    return 0;
}

/* --- Lines --- */

static bool has_unreadable(const json_t *record) {
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(record, "data"), key, value) {
        if (json_is_null(value))
            return true;
    }
    return false;
}

/* What was read is written, and read again it says the same. Only what the reader tolerated may be refused, and what it
 * could not read is left out. */
static int check_written(const json_t *line, const json_t *record) {
    const bool clean = json_array_size(json_object_get(record, "deviations")) == 0;
    const struct zjiot_input input = input_of();
    struct zjiot_message message;
    assert_int_equal(zjiot_decode(m4g(), &input, NULL, fresh_pool(), &message, NULL, NULL, &error), 0);
    const int64_t size = zjiot_encode(&message, NULL, NULL, (uint8_t *)payload, sizeof payload, &error);
    if (size < 0)
        return clean ? complain(line, "cannot be written:", error.text) : 0;
    payload_size = (size_t)size;
    json_t *again = record_of(true);
    const bool same = json_is_true(json_object_get(again, "ok")) &&
                      json_equal(json_object_get(record, "data"), json_object_get(again, "data"));
    json_decref(again);
    return same || has_unreadable(record) ? 0 : complain(line, "is written otherwise", "");
}

static int check_strict(const json_t *line, const json_t *record) {
    const bool clean = json_array_size(json_object_get(record, "deviations")) == 0;
    json_t *strict = record_of(true);
    const bool ok = json_is_true(json_object_get(strict, "ok"));
    json_decref(strict);
    return ok == clean ? 0 : complain(line, "strict is", ok ? "lenient" : "too strict");
}

static int check_line(const json_t *line) {
    load_payload(line);
    json_t *record = record_of(false);
    const json_t *ok = json_object_get(line, "ok");
    const bool is_ok = json_is_true(json_object_get(record, "ok"));
    const char *code = vector_text(line, json_object_get(line, "code") != NULL ? "code" : "error");
    int failures = 0;
    if (ok != NULL && json_is_true(ok) != is_ok)
        failures += complain(line, is_ok ? "is read" : "is not read", "");
    if (code[0] != '\0' && !(is_ok ? has_deviation(record, code, vector_text(line, "path"))
                                   : is_finding(json_object_get(record, "error"), code, vector_text(line, "path"))))
        failures += complain(line, "is not reported:", code);
    if (is_ok)
        failures += check_values(line, record) + check_deviations(line, record) + check_strict(line, record);
    if (is_ok)
        failures += check_written(line, record);
    json_decref(record);
    return failures;
}

static void messages_of_the_document(void **state) {
    (void)state;
    vectors_each("m4g/messages.jsonl", 47, check_line);
}

static void dialects_and_limits(void **state) {
    (void)state;
    vectors_each("m4g/constructed.jsonl", 199, check_line);
}

static void damaged_messages(void **state) {
    (void)state;
    vectors_each("m4g/invalid.jsonl", 331, check_line);
}

/* --- Writing --- */

static int set_leaf(struct zjiot_message *message, const char *path, const json_t *value, struct zjiot_pool *pool) {
    char number[32];
    snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return zjiot_set(message, path, json_is_string(value) ? json_string_value(value) : number, pool, &error);
}

/* Makes the message as it would stand on the wire and writes it to `payload`; its size, or a code. */
static int64_t write_message(const json_t *write) {
    struct zjiot_pool *pool = fresh_pool();
    struct zjiot_message message;
    const char *key;
    json_t *value;
    int code = 0;
    const struct zjiot_record *record = zjiot_record_find(m4g(), vector_text(write, "cmd"), ZJIOT_BOTH);
    if (record == NULL)
        return ZJIOT_UNKNOWN;
    assert_int_equal(zjiot_prepare(m4g(), record, pool, &message, &error), 0);
    json_object_foreach((json_t *)(uintptr_t)write, key, value) {
        char path[ZJIOT_PATH_SIZE];
        snprintf(path, sizeof path, json_is_array(value) ? "%s[0]" : "%s", key);
        code = set_leaf(&message, path, json_is_array(value) ? json_array_get(value, 0) : value, pool);
        if (code != 0)
            return code;
    }
    return zjiot_encode(&message, NULL, NULL, (uint8_t *)payload, sizeof payload, &error);
}

static int check_write(const json_t *line) {
    const json_t *write = json_object_get(line, "write");
    const char *path = vector_text(line, "path");
    const int64_t size = write_message(write);
    record_text[0] = '\0';
    if (size < 0 && json_is_true(json_object_get(line, "ok")))
        return complain(line, "is not written:", error.text);
    if (size < 0)
        return vector_one_of(zjiot_code_name((int)size), vector_text(line, "error")) &&
                       (path[0] == '\0' || same_path(error.path, path))
                   ? 0
                   : complain(line, "is refused otherwise:", error.text);
    if (!json_is_true(json_object_get(line, "ok")))
        return complain(line, "is not refused", "");
    json_t *written = json_loadb(payload, (size_t)size, 0, NULL);
    const bool same = written != NULL && json_equal(written, write);
    json_decref(written);
    return same ? 0 : complain(line, "is written otherwise", "");
}

static void messages_to_be_written_or_refused(void **state) {
    (void)state;
    vectors_each("m4g/refused_writes.jsonl", 72, check_write);
}

/* --- The rows --- */

/* How the value of a row travels, in the words of the list. */
static const char *wire_type(const struct zjiot_field *field) {
    return field->flags & ZJIOT_FIELD_LISTED                                   ? "list of one"
           : (field->flags & ZJIOT_FIELD_QUOTED) || field->kind == ZJIOT_WORDS ? "text"
                                                                               : "";
}

static const char *type_of(const struct zjiot_field *field) {
    return field->kind == ZJIOT_INT     ? "int"
           : field->kind == ZJIOT_REAL  ? "float"
           : field->kind == ZJIOT_BOOL  ? "bool"
           : field->kind == ZJIOT_WORDS ? "list"
                                        : "text";
}

static bool number_is(const json_t *line, const char *key, int64_t number) {
    const json_t *wanted = json_object_get(line, key);
    return wanted == NULL || json_integer_value(wanted) == number;
}

static bool set_is(const json_t *line, const struct zjiot_field *field) {
    const json_t *set = json_object_get(line, "set");
    for (int64_t number = -2; number < 20 && set != NULL && field->set != NULL; number++) {
        bool wanted = false;
        for (size_t i = 0; i < json_array_size(set); i++) {
            const json_t *range = json_array_get(set, i);
            wanted |= number >= json_integer_value(json_array_get(range, 0)) &&
                      number <= json_integer_value(json_array_get(range, 1)) && number < 10;
        }
        if (wanted != (zjiot_choice_find(field->set, number) != NULL))
            return false;
    }
    return set == NULL || field->set != NULL || field->kind == ZJIOT_BOOL;
}

/* Whether the row says what the list does. The list names the old states 10 and 11 among those of a sensor, "only
 * read"; the rows, which also say what is written, leave them out, so that reading one is a deviation. */
static bool row_is(const json_t *line, const struct zjiot_field *field) {
    const bool required = json_is_true(json_object_get(line, "required"));
    const int64_t length = field->kind == ZJIOT_CLOCK ? 19 : field->max;
    return strcmp(type_of(field), vector_text(line, "type")) == 0 &&
           required != !!(field->flags & ZJIOT_FIELD_OPTIONAL) &&
           (json_object_get(line, "wire_type") == NULL ||
            strcmp(wire_type(field), vector_text(line, "wire_type")) == 0) &&
           strcmp(field->unit, vector_text(line, "unit")) == 0 && number_is(line, "min", field->min) &&
           number_is(line, "max", field->max) && number_is(line, "max_items", field->max) &&
           number_is(line, "length", length) && set_is(line, field);
}

static void rows_are_those_of_the_list(void **state) {
    (void)state;
    json_t *lines = vectors_read("m4g/fields.jsonl");
    size_t rows = 0;
    size_t members = 0;
    int failures = 0;
    for (size_t i = 0; i < m4g()->record_count; i++)
        for (unsigned j = 0; j < m4g()->records[i].field_count; j++)
            rows += !(m4g()->records[i].fields[j].flags & ZJIOT_FIELD_HIDDEN);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const char *form = vector_text(line, "form");
        const char *path = vector_text(line, "path");
        const char *name = strchr(form, '/') + 1;
        const struct zjiot_record *record = zjiot_record_find(m4g(), name, form[0] == 'u' ? ZJIOT_UP : ZJIOT_DOWN);
        assert_non_null(record);
        if (strcmp(path, "message") == 0 ||
            strchr(path, '[') != NULL) /* the selector; words have 16 bits by their type */
            continue;
        const struct zjiot_field *field = vector_row(record, path + 5);
        members++;
        if (field == NULL || !row_is(line, field)) {
            print_error("%s %s: the row says otherwise\n", form, path);
            failures++;
        }
    }
    assert_int_equal(rows, members);
    json_decref(lines);
    assert_int_equal(failures, 0);
}

/* --- What a message means --- */

static void channels_sensors_and_places(void **state) {
    (void)state;
    const uint16_t items[ZJIOT_M4G_WORDS] = {0x8000, 0x8001, 0};
    struct zjiot_m4g_sensor sensor;
    double place[2];
    const struct zjiot_m4g_push_msg data = {.data4 = {items, ZJIOT_M4G_WORDS}};
    const struct zjiot_m4g_push_online online = {
        .has = ZJIOT_BIT(m4g_push_online, st5) | ZJIOT_BIT(m4g_push_online, dt3), .st5 = 2, .dt3 = 1};
    assert_ptr_equal(zjiot_m4g_channel(&data, 5), &data.data4);
    assert_null(zjiot_m4g_channel(&data, 4));
    assert_null(zjiot_m4g_channel(&data, 0));
    assert_null(zjiot_m4g_channel(&data, 10));
    assert_int_equal(zjiot_m4g_word_value(items[0]), 0);
    assert_int_equal(zjiot_m4g_word_value(0), -32768);
    assert_true(zjiot_m4g_sensor(&online, 3, 2, &sensor)); /* 5 mod 3 + 1, 5 div 3 + 1 */
    assert_true(sensor.has_state && !sensor.has_crystal && sensor.state == 2);
    assert_true(zjiot_m4g_sensor(&online, 1, 2, &sensor));
    assert_true(!sensor.has_state && sensor.has_crystal && sensor.crystal == 1);
    assert_false(zjiot_m4g_sensor(&online, 2, 2, &sensor));
    assert_false(zjiot_m4g_sensor(&online, 4, 1, &sensor));
    assert_true(zjiot_m4g_location("113.584312,22.283756", &place[0], &place[1]));
    assert_true(place[0] > 113.58431 && place[0] < 113.58432 && place[1] > 22.28375 && place[1] < 22.28376);
    assert_false(zjiot_m4g_location("22.283756", &place[0], &place[1]));
    assert_false(zjiot_m4g_location("113.5, 22.2", &place[0], &place[1]));
    assert_false(zjiot_m4g_location("22.2,113.5", &place[0], &place[1]));
    assert_false(zjiot_m4g_location(",", &place[0], &place[1]));
}

/* A whole group or none of it, and something to say at all. */
static void groups_are_whole(void **state) {
    (void)state;
    const uint16_t items[ZJIOT_M4G_WORDS] = {0};
    const struct zjiot_words words = {items, ZJIOT_M4G_WORDS};
    struct zjiot_m4g_message message = {.type = ZJIOT_M4G_PUSH_MSG};
    struct zjiot_m4g_push_msg *data = &message.data.push_msg;
    data->imei = "865501040783269";
    data->time = (struct zjiot_clock){2019, 6, 15, 16, 7, 28};
    assert_int_equal(zjiot_m4g_encode(&message, payload, sizeof payload, &error), ZJIOT_MISSING);
    assert_string_equal(error.path, "data.data0");
    data->data3 = data->data5 = words;
    assert_int_equal(zjiot_m4g_encode(&message, payload, sizeof payload, &error), ZJIOT_MISSING);
    assert_string_equal(error.path, "data.data4");
    data->data4 = words;
    assert_true(zjiot_m4g_encode(&message, payload, sizeof payload, &error) > 0);
    const struct zjiot_m4g_message online = {.type = ZJIOT_M4G_PUSH_ONLINE, .data.push_online.imei = "865501040783269"};
    assert_int_equal(zjiot_m4g_encode(&online, payload, sizeof payload, &error), ZJIOT_MISSING);
}

/* A text is the same text however it is escaped. */
static void escapes_change_nothing(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{\"cmd\":\"push_msg_ack\",\"packnum\":\"\\u0034\\u0032\"}",
        "{\"cmd\":\"update_ack\",\"result\":\"tr\\u0075e\"}",
        "{\"cmd\":\"p\\u0069ng\",\"IMEI\":\"86550104078326\\u0039\"}",
    };
    const struct zjiot_options strict = {.strict = true};
    struct zjiot_m4g_message message;
    for (size_t i = 0; i < ZJ_COUNT(texts); i++) {
        assert_int_equal(
            zjiot_m4g_decode(NULL, texts[i], strlen(texts[i]), &strict, fresh_pool(), &message, NULL, NULL, &error), 0);
        assert_true(i != 0 || message.data.push_msg_ack.packnum == 42);
        assert_true(i != 1 || message.data.update_ack.result);
        assert_true(i != 2 || strcmp(message.data.ping.imei, "865501040783269") == 0);
    }
    static const char online[] = "{\"cmd\":\"push_online\",\"IMEI\":\"865501040783269\",\"packnum\":\"1\","
                                 "\"st0\":[\"\\u0032\"],\"st1\":\"\\u0000\"}";
    struct zjiot_report report = {NULL, 0, 0};
    assert_int_equal(
        zjiot_m4g_decode(NULL, online, sizeof online - 1, NULL, fresh_pool(), &message, &report, NULL, &error), 0);
    assert_int_equal(report.count, 2);
    assert_int_equal(message.data.push_online.st0, 2);
    assert_true(message.data.push_online.invalid & ZJIOT_BIT(m4g_push_online, st1));
}

/* Four words at a time and one at a time: every number of words, every place of a bad letter. */
static void words_of_every_length(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (size_t count = 1; count <= 60; count++) {
        char text[60 * ZJ_WORD_SIZE];
        uint16_t wanted[60];
        uint16_t words[60];
        const size_t size = count * ZJ_WORD_SIZE - 1;
        for (size_t i = 0; i < count; i++) {
            char expected[8];
            wanted[i] = (uint16_t)(random_bits(&seed) >> 20);
            snprintf(expected, sizeof expected, "%04X,", (unsigned)wanted[i]);
            zj_words_write(wanted, i + 1, text);
            assert_memory_equal(text + i * ZJ_WORD_SIZE, expected, ZJ_WORD_SIZE);
        }
        assert_true(zj_words_read(text, size, words));
        assert_memory_equal(words, wanted, count * sizeof *words);
        for (size_t i = 0; i < size; i++) {
            static const char bad[] = {'/', ':', '@', 'G', '`', 'g', ' ', 0, (char)0xC1, ','};
            const char letter = text[i];
            text[i] = letter == ',' ? '0' : bad[i % sizeof bad];
            assert_false(zj_words_read(text, size, words));
            text[i] = letter;
        }
        assert_false(zj_words_read(text, size - 1, words));
    }
}

static int64_t encode_on(const char *topic, const char *name, char *written) {
    struct zjiot_message message;
    struct zjiot_pool *pool = fresh_pool();
    const struct zjiot_record *record = zjiot_record_find(m4g(), name, ZJIOT_BOTH);
    assert_int_equal(zjiot_prepare(m4g(), record, pool, &message, &error), 0);
    const int code = zjiot_set_topic(&message, topic, pool, &error);
    return code != 0 ? code : zjiot_encode(&message, NULL, written, (uint8_t *)payload, sizeof payload, &error);
}

static void topics_of_the_server(void **state) {
    (void)state;
    char written[ZJIOT_TOPIC_SIZE];
    const int64_t size = encode_on("site/3/m4g/865501040783269/down/version", "version", written);
    assert_int_equal(size, strlen("{\"cmd\":\"version\",\"IMEI\":\"865501040783269\"}"));
    assert_string_equal(written, "zjiot/m4g/865501040783269/down/version");
    assert_true(encode_on("zjiot/m4g/865501040783269/down/info", "info", written) > 0);
    assert_string_equal(written, "zjiot/m4g/865501040783269/down/info");
    assert_int_equal(encode_on("zjiot/m4g/865501040783269/down/info", "update", written), ZJIOT_CONST);
    assert_int_equal(encode_on("zjiot/m4g/865501040783269/up/info", "info", written), ZJIOT_SYNTAX);
    assert_int_equal(encode_on("zjiot/m4g/86550104078326/down/info", "info", written), ZJIOT_SYNTAX);
    struct zjiot_deviation deviations[4];
    struct zjiot_report report = {deviations, 4, 0};
    struct zjiot_m4g_message message;
    static const char ping[] = "{\"cmd\":\"ping\",\"IMEI\":\"865501040783269\"}";
    assert_int_equal(zjiot_m4g_decode("zjiot/m4g/865501040783270/up/time", ping, sizeof ping - 1, NULL, fresh_pool(),
                                      &message, &report, NULL, &error),
                     0);
    assert_int_equal(report.count, 2);
    assert_string_equal(deviations[0].path, "topic.cmd");
    assert_string_equal(deviations[1].path, "topic.imei");
    assert_string_equal(message.topic.imei, "865501040783270");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_the_document),   cmocka_unit_test(dialects_and_limits),
        cmocka_unit_test(damaged_messages),           cmocka_unit_test(messages_to_be_written_or_refused),
        cmocka_unit_test(rows_are_those_of_the_list), cmocka_unit_test(channels_sensors_and_places),
        cmocka_unit_test(groups_are_whole),           cmocka_unit_test(escapes_change_nothing),
        cmocka_unit_test(words_of_every_length),      cmocka_unit_test(topics_of_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
