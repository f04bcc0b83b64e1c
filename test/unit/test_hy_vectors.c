/* Every vector of the HY gateway, against what was written down from document 004 by someone who had not seen this
 * library. Records are compared as the JSON that users get. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/hex.h"
#include "zjiot/zjiot.h"

enum { RECORD_SIZE = 256 * 1024, TOPIC_SIZE = 256, HEX_SIZE = 512 };

static const struct zjiot_protocol *hy;
static struct zjiot_pool *pool; /* of the message that is being built */
static char out[RECORD_SIZE];

/* Lines that we judge otherwise, by their note. */
static const struct exception {
    const char *note, *reason;
} exceptions[] = {
    {"log line: no topic",
     "what is left is a payload without a topic, which is readable: the members say its direction"},
    {"a report on the topic of requests",
     "it is read, with the deviation, as what it is: it comes from the gateway, whatever "
     "the topic says"},
    {"gateway name \"a\\u0000b\"", "a text of C ends at its NUL: such a name cannot even be given"},
};

static const char *exception_of(const json_t *line) {
    for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++)
        if (strcmp(exceptions[i].note, vector_text(line, "note")) == 0)
            return exceptions[i].reason;
    return NULL;
}

/* --- What a line says of a record --- */

/* "stat" of "data.stat": the first part may be left out. */
static const char *bare(const char *path) {
    static const char *const parts[] = {"data.", "header.", "gw."};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strncmp(path, parts[i], strlen(parts[i])) == 0)
            return path + strlen(parts[i]);
    return path;
}

static bool is_digits(const char *text) {
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* Hex compares without case, a number by its value also where the record prints its digits. */
static bool same(const json_t *is, const json_t *wanted) {
    if (json_is_number(is) && json_is_number(wanted))
        return fabs(json_number_value(is) - json_number_value(wanted)) == 0;
    if (json_is_string(is) && json_is_number(wanted))
        return is_digits(json_string_value(is)) && atof(json_string_value(is)) == json_number_value(wanted);
    if (json_is_string(is) && json_is_string(wanted))
        return strcasecmp(json_string_value(is), json_string_value(wanted)) == 0;
    return json_equal(is, wanted);
}

static int check_members(const json_t *record, const json_t *wanted) {
    const char *path;
    const json_t *value;
    int failures = 0;
    json_object_foreach((json_t *)(uintptr_t)wanted, path, value) {
        const json_t *is = vector_member(record, path);
        if (is != NULL && same(is, value))
            continue;
        print_error("%s is not as expected\n", path);
        failures++;
    }
    return failures;
}

static bool is_finding(const json_t *finding, const char *codes, const char *path) {
    const char *code = json_string_value(json_object_get(finding, "code"));
    const char *at = json_string_value(json_object_get(finding, "path"));
    return code != NULL && vector_one_of(code, codes) && (path == NULL || strcmp(bare(path), bare(at)) == 0);
}

static bool has_deviation(const json_t *record, const char *codes, const char *path) {
    const json_t *deviation;
    size_t i;
    json_array_foreach(json_object_get(record, "deviations"), i,
                       deviation) if (is_finding(deviation, codes, path)) return true;
    return false;
}

static int check_deviations(const json_t *line, const json_t *record) {
    const json_t *wanted;
    size_t i;
    int failures = 0;
    json_array_foreach(json_object_get(line, "deviations"), i, wanted) {
        const char *path = json_string_value(json_object_get(wanted, "path"));
        if (has_deviation(record, json_string_value(json_object_get(wanted, "code")), path))
            continue;
        print_error("no deviation %s\n", json_string_value(json_object_get(wanted, "code")));
        failures++;
    }
    if (json_is_true(json_object_get(line, "deviations_none")) &&
        json_array_size(json_object_get(record, "deviations")) != 0) {
        print_error("there are deviations\n");
        failures++;
    }
    return failures;
}

/* The code is the record's error, a deviation, or the error of a frame. */
static bool has_code(const json_t *record, const char *codes, const char *path) {
    const json_t *frame;
    size_t i;
    if (is_finding(json_object_get(record, "error"), codes, path) || has_deviation(record, codes, path))
        return true;
    json_array_foreach(json_object_get(record, "frames"), i, frame) {
        if (is_finding(json_object_get(frame, "error"), codes, NULL))
            return true;
    }
    return false;
}

static int check_meter(const json_t *line, const json_t *record) {
    static const char *const names[][2] = {
        {"number", "meter"}, {"kind", "kind"}, {"type", "type"}, {"port", "port"}, {"port_name", "port_name"}};
    const json_t *meter = json_object_get(line, "meter");
    int failures = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && meter != NULL; i++) {
        const json_t *is = json_object_get(json_object_get(record, "header"), names[i][1]);
        if (is == NULL || !same(is, json_object_get(meter, names[i][0]))) {
            print_error("header.%s is not as expected\n", names[i][1]);
            failures++;
        }
    }
    return failures;
}

/* Texts that stand nowhere, in no spelling. */
static int check_absent(const json_t *line) {
    const json_t *text;
    size_t i;
    int failures = 0;
    json_array_foreach(json_object_get(line, "absent"), i, text) {
        const char *plain = json_string_value(text);
        char hex[HEX_SIZE];
        char base64[HEX_SIZE] = "";
        zjiot_hex_write((const uint8_t *)plain, strlen(plain), hex);
        zjiot_base64_write((const uint8_t *)plain, strlen(plain) / 3 * 3, base64, sizeof base64 - 1, NULL);
        if (strstr(out, plain) == NULL && strstr(out, hex) == NULL && strstr(out, base64) == NULL)
            continue;
        print_error("%s is shown\n", plain);
        failures++;
    }
    return failures;
}

static int check_text(const json_t *line, const char *key, const json_t *record) {
    const char *wanted = json_string_value(json_object_get(line, key));
    const char *is = json_string_value(json_object_get(record, key));
    if (wanted == NULL || is == NULL || strcmp(is, wanted) == 0)
        return 0;
    print_error("%s is %s, expected %s\n", key, is, wanted);
    return 1;
}

/* A record that was refused has no message; what is asserted then is its error. */
static int check_record(const json_t *line, const json_t *record) {
    const json_t *ok = json_object_get(line, "ok");
    const char *codes = json_string_value(json_object_get(line, "code"));
    const char *error = json_string_value(json_object_get(line, "error"));
    const char *path = json_string_value(json_object_get(line, "path"));
    const bool is_read = json_object_get(record, "message") != NULL;
    int failures = check_text(line, "message", record) + check_text(line, "direction", record) + check_absent(line);
    if (ok != NULL && json_is_true(ok) != json_is_true(json_object_get(record, "ok"))) {
        print_error("ok is not as expected\n");
        return failures + 1;
    }
    if (is_read)
        failures += check_members(record, json_object_get(line, "assert")) + check_deviations(line, record) +
                    check_meter(line, record);
    if (error != NULL && !is_finding(json_object_get(record, "error"), error, path)) {
        print_error("no error %s\n", error);
        failures++;
    }
    if (codes != NULL && !has_code(record, codes, path)) {
        print_error("nothing says %s\n", codes);
        failures++;
    }
    return failures;
}

/* --- Lines --- */

/* The topic and the payload of a line, which may be one of a log. The payload may hold NUL. */
static const char *open_line(const json_t *line, char topic[TOPIC_SIZE], const char **ret_topic, size_t *ret_size) {
    const json_t *payload = json_object_get(line, "payload");
    const char *text = json_string_value(payload);
    *ret_topic = json_string_value(json_object_get(line, "topic"));
    if (text != NULL) {
        *ret_size = json_string_length(payload);
        return text;
    }
    text = strstr(vector_text(line, "line"), "Data:") + 5;
    text += strspn(text, " ");
    const size_t size = strcspn(text, "{");
    assert_true(size < TOPIC_SIZE);
    memcpy(topic, text, size);
    topic[size] = '\0';
    *ret_topic = size > 0 ? topic : NULL;
    if (json_object_get(line, "topic") != NULL)
        assert_string_equal(topic, vector_text(line, "topic"));
    *ret_size = strlen(text + size);
    return text + size;
}

/* What was read without a deviation is written as it was; blanks and escapes are the writer's choice. */
static int check_written(const json_t *line, const struct zjiot_input *input) {
    static uint8_t body[RECORD_SIZE];
    char topic[ZJIOT_TOPIC_SIZE];
    struct zjiot_message message;
    struct zjiot_error error;
    const struct zjiot_options strict = {.strict = true};
    const bool is_plain = memchr(input->bytes, '\\', input->size) == NULL &&
                          memchr(input->bytes, '\n', input->size) == NULL && memcmp(input->bytes, "{ ", 2) != 0;
    if (!is_plain || input->topic == NULL || !json_is_true(json_object_get(line, "deviations_none")))
        return 0;
    const int64_t size = zjiot_decode(hy, input, &strict, fresh_pool(), &message, NULL, NULL, &error) == 0
                             ? zjiot_encode(&message, NULL, topic, body, sizeof body, &error)
                             : -1;
    if (size == (int64_t)input->size && strncasecmp((char *)body, (const char *)input->bytes, input->size) == 0 &&
        strcmp(topic, input->topic) == 0)
        return 0;
    print_error("it is written otherwise: %s\n", size < 0 ? error.text : topic);
    return 1;
}

static int check_line(const json_t *line) {
    char room[TOPIC_SIZE];
    const char *topic;
    size_t size;
    const char *payload = open_line(line, room, &topic, &size);
    const struct zjiot_input input = {topic, (const uint8_t *)payload, size};
    struct zjiot_error error;
    assert_true(zjiot_record(hy, &input, NULL, fresh_pool(), out, sizeof out, &error) > 0);
    json_t *record = json_loads(out, JSON_ALLOW_NUL, NULL);
    assert_non_null(record);
    const int failures = check_record(line, record) + check_written(line, &input);
    json_decref(record);
    if (exception_of(line) != NULL) {
        if (failures == 0)
            print_error("no longer an exception: %s\n", vector_text(line, "note"));
        return failures == 0;
    }
    if (failures > 0)
        print_error("  in %s: %s\n  %s\n", vector_text(line, "note"), payload, out);
    return failures;
}

typedef int check_vector(const json_t *line);

static void check_file(const char *name, check_vector *check, size_t count) {
    hy = zjiot_protocol_find("hy");
    assert_int_equal(vectors_each(name, count, check), count);
}

static void documents(void **state) {
    (void)state;
    check_file("hy/messages.jsonl", check_line, 59);
}

static void constructed(void **state) {
    (void)state;
    check_file("hy/constructed.jsonl", check_line, 149);
}

static void invalid(void **state) {
    (void)state;
    check_file("hy/invalid.jsonl", check_line, 194);
}

/* --- Messages that must not be written --- */

static int set_text(struct zjiot_message *message, const char *part, const char *key, const json_t *value,
                    struct zjiot_error *error) {
    char path[128];
    char number[32];
    const char *text = json_string_value(value);
    size_t i;
    const json_t *item;
    int code = 0;
    if (json_is_array(value)) {
        json_array_foreach(value, i, item) {
            snprintf(number, sizeof number, "%s[%zu]", key, i);
            code = code != 0 ? code : set_text(message, part, number, item, error);
        }
        return code;
    }
    if (text == NULL) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        text = number;
    }
    snprintf(path, sizeof path, "%s.%s", part, key);
    return zjiot_set(message, path, text, pool, error);
}

static int set_all(struct zjiot_message *message, const json_t *write, struct zjiot_error *error) {
    const char *key;
    json_t *value;
    int code = 0;
    json_object_foreach(json_object_get(write, "gw"), key, value) {
        if (code == 0)
            code = set_text(message, "header", key, value, error);
    }
    if (strcmp(message->name, "other") == 0 && code == 0) {
        char *members = json_dumps(json_object_get(write, "data"), JSON_COMPACT);
        code = zjiot_set(message, "data.members", members, pool, error);
        free(members);
        return code;
    }
    json_object_foreach(json_object_get(write, "data"), key, value) {
        if (code == 0)
            code = set_text(message, "data", key, value, error);
    }
    return code;
}

static int check_write(const json_t *line) {
    static uint8_t body[RECORD_SIZE];
    char topic[ZJIOT_TOPIC_SIZE];
    const json_t *write = json_object_get(line, "write");
    const char *name = json_string_value(json_object_get(line, "message"));
    const char *wanted = json_string_value(json_object_get(line, "error"));
    const char *path = json_string_value(json_object_get(line, "path"));
    const bool up = strcmp(vector_text(line, "direction"), "up") == 0;
    struct zjiot_message message;
    struct zjiot_error error = {.code = ZJIOT_OK};
    const struct zjiot_record *record =
        zjiot_record_find(hy, name != NULL ? name : "other", up ? ZJIOT_UP : ZJIOT_DOWN);
    assert_int_equal(zjiot_prepare(hy, record, pool = fresh_pool(), &message, &error), 0);
    int64_t size = set_all(&message, write, &error);
    if (size == 0)
        size = zjiot_set_topic(&message, vector_text(line, "topic"), pool, &error);
    if (size == 0)
        size = zjiot_encode(&message, NULL, topic, body, sizeof body, &error);
    int failures;
    if (wanted != NULL) {
        failures = size >= 0 || !vector_one_of(zjiot_code_name(error.code), wanted) ||
                   (path != NULL && strcmp(bare(error.path), bare(path)) != 0);
    } else {
        char *text = json_dumps(write, JSON_COMPACT);
        failures = size != (int64_t)strlen(text) || memcmp(body, text, strlen(text)) != 0 ||
                   strcmp(topic, vector_text(line, "topic")) != 0;
        free(text);
    }
    if (exception_of(line) != NULL)
        return failures == 0;
    if (failures > 0)
        print_error("%s: %s %s (%s)\n", vector_text(line, "note"), size < 0 ? zjiot_code_name(error.code) : "written",
                    error.path, error.text);
    return failures;
}

static void refused_writes(void **state) {
    (void)state;
    check_file("hy/refused_writes.jsonl", check_write, 46);
}

/* --- Rows --- */

static const struct zjiot_field *find_field(const struct zjiot_record *record, const char *key) {
    const size_t size = strcspn(key, "[");
    for (unsigned i = 0; record != NULL && i < record->field_count; i++)
        if (strlen(record->fields[i].key) == size && memcmp(record->fields[i].key, key, size) == 0)
            return &record->fields[i];
    return NULL;
}

static bool set_agrees(const struct zjiot_field *field, const json_t *set) {
    int64_t low = 0;
    int64_t high = -1;
    const json_t *range;
    size_t i;
    if (field->set == NULL)
        return false;
    json_array_foreach(set, i, range) {
        low = i == 0 ? json_integer_value(json_array_get(range, 0)) : low;
        high = json_integer_value(json_array_get(range, 1));
    }
    for (int64_t number = low - 2; number <= high + 2; number++)
        if ((zjiot_choice_find(field->set, number) != NULL) != (number >= low && number <= high))
            return false;
    return true;
}

static bool kind_agrees(const struct zjiot_field *field, const json_t *line) {
    const char *type = vector_text(line, "type");
    if (strcmp(type, "int") == 0)
        return field->kind == ZJIOT_INT;
    if (strcmp(type, "text") == 0)
        return field->kind == ZJIOT_TEXT;
    if (strcmp(type, "list") == 0)
        return field->kind == ZJIOT_HEX_LIST;
    return strcmp(type, "hex") == 0 &&
           field->kind == (strchr(vector_text(line, "path"), '[') != NULL ? ZJIOT_HEX_LIST : ZJIOT_BYTES);
}

static size_t fields_found;

static int check_row(const json_t *line) {
    const char *path = vector_text(line, "path");
    const char *form = vector_text(line, "form");
    const bool up = strncmp(form, "up/", 3) == 0;
    const struct zjiot_record *record = zjiot_record_find(hy, strchr(form, '/') + 1, up ? ZJIOT_UP : ZJIOT_DOWN);
    struct zjiot_message message;
    assert_non_null(record);
    assert_int_equal(zjiot_prepare(hy, record, fresh_pool(), &message, NULL), 0);
    if (strcmp(path, "data") == 0)
        return 0;
    const bool is_header = strncmp(path, "header.", 7) == 0;
    const struct zjiot_field *field = find_field(is_header ? message.headers[0].record : record, bare(path));
    const json_t *set = json_object_get(line, "set");
    fields_found += field != NULL && !is_header && strchr(path, '[') == NULL;
    /* The number of a message is its type's, which every message of it has from the beginning. */
    const bool is_id = strcmp(path, "header.msg_id") == 0;
    const int64_t id = ((const struct zjiot_hy_message *)message.typed)->gw.msg_id;
    const bool set_good = is_id ? id == json_integer_value(json_object_get(line, "example"))
                                : set == NULL || (field != NULL && set_agrees(field, set));
    const bool is_required = json_is_true(json_object_get(line, "required"));
    const json_t *length = json_object_get(line, "length");
    if (field != NULL && kind_agrees(field, line) && set_good && strcmp(field->unit, vector_text(line, "unit")) == 0 &&
        is_required == !(field->flags & ZJIOT_FIELD_OPTIONAL) &&
        (length == NULL || json_integer_value(length) == field->max))
        return 0;
    print_error("%s %s\n", form, path);
    return 1;
}

static void rows(void **state) {
    (void)state;
    size_t fields = 0;
    fields_found = 0;
    check_file("hy/fields.jsonl", check_row, 69);
    /* And no row that the list does not have, but for the messages that the document does not describe. */
    for (size_t i = 0; i < hy->record_count; i++)
        fields += strcmp(hy->records[i].name, "other") == 0 ? 0 : hy->records[i].field_count;
    assert_int_equal(fields, fields_found);
}

/* --- Deadlines and valves --- */

static int check_deadline(const json_t *line) {
    const int64_t count = json_integer_value(json_object_get(line, "count"));
    const int64_t wanted = json_integer_value(json_object_get(line, "ms"));
    return zjiot_hy_transparent_ms(count) != (uint64_t)wanted;
}

static void deadlines(void **state) {
    (void)state;
    check_file("hy/deadlines.jsonl", check_deadline, 18);
    assert_int_equal(zjiot_hy_transparent_ms(-1), 6500);
    assert_true(zjiot_hy_transparent_ms(INT64_MAX) > zjiot_hy_transparent_ms(1000000));
}

/* The frame from its 68 on, and what the meter's answer says. */
static int check_frames(const json_t *line, const struct zjiot_hy_message *message) {
    const struct zjiot_bytes frame = message->data.transparent.transparent;
    const json_t *opening = json_object_get(line, "reply_opening");
    char hex[HEX_SIZE];
    uint8_t bytes[VECTOR_BYTES_MAX];
    struct zjiot_cjt188_message reply;
    size_t preamble = 0;
    while (frame.data[preamble] == 0xFE)
        preamble++;
    zjiot_hex_write(frame.data + preamble, frame.size - preamble, hex);
    const size_t size = bytes_of(vector_text(line, "reply"), bytes);
    assert_int_equal(zjiot_cjt188_decode(bytes, size, NULL, &reply, NULL, NULL, NULL), 0);
    const bool says = json_is_null(opening)
                          ? reply.type == ZJIOT_CJT188_SET_OPENING_55_REPLY
                          : reply.type == ZJIOT_CJT188_SET_OPENING_53_REPLY &&
                                reply.data.set_opening_53_reply.opening == json_integer_value(opening);
    return strcasecmp(hex, vector_text(line, "frame")) != 0 || !says;
}

static int check_valve(const json_t *line) {
    uint8_t frame[ZJIOT_HY_VALVE_SIZE];
    uint8_t body[512];
    char meter_id[64];
    struct zjiot_hy_message message;
    struct zjiot_error error;
    const char *wanted = vector_text(line, "error");
    snprintf(meter_id, sizeof meter_id, "%s%s00", vector_text(line, "meter"), vector_text(line, "kind"));
    const int code =
        zjiot_hy_move_valve(&message, "02345678903", meter_id, json_number_value(json_object_get(line, "percent")),
                            ZJIOT_HY_COUNT, frame, &error);
    if (!json_is_true(json_object_get(line, "ok")))
        return code == 0 || !vector_one_of(zjiot_code_name(code), wanted);
    if (code != 0)
        print_error("%s\n", error.text);
    const int failures =
        code != 0 || check_frames(line, &message) || zjiot_hy_encode(&message, NULL, 0, body, sizeof body, &error) < 0;
    if (failures > 0)
        print_error("%s %g\n", meter_id, json_number_value(json_object_get(line, "percent")));
    return failures;
}

static void valves(void **state) {
    (void)state;
    check_file("hy/valve.jsonl", check_valve, 241);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents),      cmocka_unit_test(constructed), cmocka_unit_test(invalid),
        cmocka_unit_test(refused_writes), cmocka_unit_test(rows),        cmocka_unit_test(deadlines),
        cmocka_unit_test(valves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
