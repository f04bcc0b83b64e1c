/* BYD: the rows against a list written from the document by hand, and what the library adds to a message: what zeros
 * mean, secrets that nothing shows, keys for tracking. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

enum { RECORD_MAX = 1 << 16 };

static struct zjiot_error error;
static char record[RECORD_MAX];
static int wrong;

static const struct zjiot_protocol *byd(void) {
    return zjiot_protocol_find("byd");
}

/* --- The list --- */

static const char *type_of(const struct zjiot_field *field, const char *path) {
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_STAMP:
        return "int";
    case ZJIOT_REAL:
        return "float";
    case ZJIOT_BOOL:
        return "bool";
    case ZJIOT_LIST:
        return path[strlen(path) - 1] == ']' ? "object" : "list";
    case ZJIOT_RECORD:
        return "object";
    default:
        return "text"; /* TEXT, and words, which travel as one */
    }
}

static void differ(const char *path, const char *what) {
    print_error("%s: %s\n", path, what);
    wrong++;
}

static void check_number(const json_t *line, const char *key, int64_t is) {
    const json_t *wanted = json_object_get(line, key);
    if (wanted != NULL && json_integer_value(wanted) != is)
        differ(vector_text(line, "path"), key);
}

static void check_line(const json_t *line) {
    const char *path = vector_text(line, "path");
    const struct zjiot_record *rows = zjiot_record_find(byd(), vector_text(line, "form"), ZJIOT_BOTH);
    const struct zjiot_field *field = vector_row(rows, path + strlen("data."));
    const char *unit = vector_text(line, "unit");
    if (field == NULL) {
        differ(path, "no row");
        return;
    }
    if (strcmp(type_of(field, path), vector_text(line, "type")) != 0)
        differ(path, "another type");
    if (strcmp(field->unit, unit) != 0 && field->set == NULL)
        differ(path, "another unit");
    if (((field->flags & ZJIOT_FIELD_OPTIONAL) == 0) != json_is_true(json_object_get(line, "required")))
        differ(path, "required or not");
    if (((field->flags & ZJIOT_FIELD_SECRET) != 0) != json_is_true(json_object_get(line, "secret")))
        differ(path, "secret or not");
    if (strcmp(rows->section, vector_text(line, "section")) != 0)
        differ(path, "another section");
    check_number(line, "min", field->min);
    check_number(line, "max", field->max);
    check_number(line, "length", field->max);
    if (path[strlen(path) - 1] != ']')
        check_number(line, "max_items", field->max);
    if (field->kind == ZJIOT_NAMED && strcmp(vector_text(line, "example"), "kW") != 0 &&
        json_object_get(line, "example") != NULL && field->set[1].name == NULL)
        assert_string_equal(field->set->name, vector_text(line, "example"));
}

/* Every row but those of dialects and those that the reader makes. */
static size_t check_rows(const json_t *lines, const char *form, const struct zjiot_record *rows, const char *above) {
    size_t count = 0;
    for (unsigned i = 0; i < rows->field_count; i++) {
        const struct zjiot_field *field = &rows->fields[i];
        char path[2 * ZJIOT_PATH_SIZE];
        if (field->flags & (ZJIOT_FIELD_DIALECT | ZJIOT_FIELD_COMPUTED))
            continue;
        snprintf(path, sizeof path, "%.90s.%.60s", above, field->key);
        if (!vectors_list(lines, form, path))
            differ(path, "not in the list");
        count++;
        if (field->kind == ZJIOT_LIST)
            snprintf(path, sizeof path, "%.90s.%.60s[]", above, field->key);
        count += field->kind == ZJIOT_LIST;
        if (field->record != NULL)
            count += check_rows(lines, form, field->record, path);
    }
    return count;
}

static void rows_are_those_of_the_list(void **state) {
    (void)state;
    json_t *lines = vectors_read("byd/fields.jsonl");
    assert_non_null(lines);
    wrong = 0;
    for (size_t i = 0; i < json_array_size(lines); i++)
        check_line(json_array_get(lines, i));
    const size_t count = check_rows(lines, "up", zjiot_record_find(byd(), "up", ZJIOT_BOTH), "data") +
                         check_rows(lines, "down", zjiot_record_find(byd(), "down", ZJIOT_BOTH), "data");
    assert_int_equal(count, json_array_size(lines));
    json_decref(lines);
    assert_int_equal(wrong, 0);
}

/* --- What zeros mean --- */

#define UP_HEAD "{\"msgType\":\"up\",\"msgId\":\"3f2b8c1e-7a4d-4e6f-9b21-0c5d8e7f1a34\",\"source\":{},\"batch\":[{"
#define GROUP(name, value) "\"" name "\":{\"value\":{" value "}}"
#define PHASES(a) "\"phase_a\":" a ",\"phase_b\":0,\"phase_c\":0"
#define LINES(a) "\"line_ab\":" a ",\"line_bc\":0.0,\"line_ca\":0E0"

static struct zjiot_byd_metrics *read_metrics(const char *metrics, struct zjiot_byd_message *message) {
    char text[1024];
    snprintf(text, sizeof text, "%s\"metrics\":{%s}}]}", UP_HEAD, metrics);
    if (zjiot_byd_decode(NULL, text, strlen(text), NULL, fresh_pool(), message, NULL, NULL, &error) != 0)
        fail_msg("%s: %s", metrics, error.text);
    return &message->data.up.batch[0].metrics;
}

static void zeros_are_judged_by_what_is_beside_them(void **state) {
    (void)state;
    struct zjiot_byd_message message;
    struct zjiot_byd_metrics *m = read_metrics(GROUP("voltage", PHASES("0") "," LINES("0")), &message);
    assert_int_equal(m->voltage.quality, ZJIOT_BYD_NOT_PROVIDED);
    assert_true(m->voltage.has & ZJIOT_BIT(byd_voltage, quality));
    assert_false(m->voltage.has & ZJIOT_BIT(byd_voltage, phase_quality));
    assert_int_equal(m->current.quality, ZJIOT_BYD_MEASURED); /* was not sent at all */
    m = read_metrics(GROUP("voltage", PHASES("0") "," LINES("380")) "," GROUP("current", PHASES("0")), &message);
    assert_int_equal(m->voltage.quality, ZJIOT_BYD_MEASURED);
    assert_int_equal(m->voltage.phase_quality, ZJIOT_BYD_NOT_PROVIDED);
    assert_int_equal(m->voltage.line_quality, ZJIOT_BYD_MEASURED);
    assert_int_equal(m->current.quality, ZJIOT_BYD_QUALITY_UNKNOWN); /* perhaps there is no load */
    m = read_metrics(GROUP("voltage", PHASES("0") "," LINES("0")) "," GROUP("current", PHASES("0")), &message);
    assert_int_equal(m->current.quality, ZJIOT_BYD_NOT_PROVIDED);
    m = read_metrics(GROUP("voltage", PHASES("230") "," LINES("0")) "," GROUP("current", PHASES("-0.1")), &message);
    assert_int_equal(m->voltage.line_quality, ZJIOT_BYD_NOT_PROVIDED);
    assert_int_equal(m->current.quality, ZJIOT_BYD_MEASURED);
    m = read_metrics("\"power\":{" GROUP("active", PHASES("0") ",\"total\":9.6") "," GROUP(
                         "reactive", PHASES("0") ",\"total\":0") "," GROUP("apparent", "\"total\":0") "}",
                     &message);
    assert_int_equal(m->power.active.quality, ZJIOT_BYD_MEASURED);
    assert_int_equal(m->power.active.phase_quality, ZJIOT_BYD_NOT_PROVIDED);
    assert_int_equal(m->power.reactive.quality, ZJIOT_BYD_QUALITY_UNKNOWN);
    assert_int_equal(m->power.apparent.quality, ZJIOT_BYD_QUALITY_UNKNOWN);
    m = read_metrics("\"system\":[{\"unit\":\"\",\"power_factor\":0},{\"unit\":\"Hz\",\"frequency\":0}],"
                     "\"energy\":{" GROUP("active", "\"forward\":0,\"reverse\":0") "," GROUP(
                         "reactive", "\"forward\":0,\"reverse\":1") "}",
                     &message);
    assert_int_equal(m->system[0].quality, ZJIOT_BYD_QUALITY_UNKNOWN);
    assert_int_equal(m->system[1].quality, ZJIOT_BYD_NOT_PROVIDED);
    assert_int_equal(m->energy.active.quality, ZJIOT_BYD_QUALITY_UNKNOWN);
    assert_int_equal(m->energy.reactive.quality, ZJIOT_BYD_MEASURED);
}

static const char *record_of(const char *topic, const char *text) {
    const struct zjiot_input input = {topic, (const uint8_t *)text, strlen(text)};
    const int64_t length = zjiot_record(byd(), &input, NULL, fresh_pool(), record, sizeof record, &error);
    if (length < 0)
        fail_msg("%s", error.text);
    return record;
}

static void records_mark_zeros_and_never_take_a_mark(void **state) {
    (void)state;
    const char *text = UP_HEAD "\"metrics\":{" GROUP("current", PHASES("0")) "}}]}";
    assert_non_null(strstr(record_of(NULL, text), "\"phase_c\":0},\"quality\":\"unknown\"}"));
    text = UP_HEAD "\"metrics\":{\"current\":{\"quality\":\"measured\",\"quality\":1}},\"time\":\"1\"}]}";
    assert_null(strstr(record_of(NULL, text), "\"quality\":\""));
    assert_non_null(strstr(record, "\"code\":\"EXTRA\",\"offset\":117,\"path\":\"batch[0].metrics.current.quality\""));
    assert_non_null(strstr(record, "\"path\":\"batch[0].time\""));
}

/* --- Which message --- */

/* The topic's direction is only what msgType may be. */
static void a_type_that_comes_last_counts(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum zjiot_byd_message_type type;
        size_t deviations;
    } rows[] = {
        {"{\"batch\":[],\"msgId\":\"3f2b8c1e-7a4d-4e6f-9b21-0c5d8e7f1a34\",\"source\":{\"source_id\":\"a\","
         "\"ip_addr\":\"b\"},\"msgType\":\"up\"}",
         ZJIOT_BYD_UP, 0},
        {"{\"batch\":[],\"msgId\":\"3f2b8c1e-7a4d-4e6f-9b21-0c5d8e7f1a34\",\"source\":{\"source_id\":\"a\","
         "\"operator\":\"b\",\"name\":\"c\",\"auth_token\":\"d\"},\"msgType\":\"down\"}",
         ZJIOT_BYD_DOWN, 1}, /* the topic */
        {"{\"batch\":[],\"msgId\":\"3f2b8c1e-7a4d-4e6f-9b21-0c5d8e7f1a34\",\"source\":{\"source_id\":\"a\","
         "\"ip_addr\":\"b\"}}",
         ZJIOT_BYD_UP, 1}, /* msgType */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct zjiot_byd_message message;
        struct zjiot_report report = {0};
        assert_int_equal(zjiot_byd_decode("device/bydpower/up/a", rows[i].text, strlen(rows[i].text), NULL,
                                          fresh_pool(), &message, &report, NULL, &error),
                         0);
        assert_int_equal(message.type, rows[i].type);
        assert_int_equal(report.count, rows[i].deviations);
    }
}

/* --- Secrets --- */

static void tokens_are_shown_nowhere(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{\"msgType\":\"down\",\"source\":[{\"auth_token\":\"Geheim\"}],\"batch\":[]}",
        "{\"msgType\":\"down\",\"source\":{},\"auth_token\":\"Geheim\",\"batch\":[]}",
        "{\"msgType\":\"down\",\"other\":{\"deep\":[{\"auth_token\":\"Geheim\"}]},\"batch\":[]}",
        "{\"msgType\":\"down\",\"batch\":[{\"auth_token\":\"Geheim\"}]}",
        "{\"msgType\":\"down\",\"batch\":[[\"auth_token\",\"Geheim\"]]}",
        "{\"msgType\":\"up\",\"source\":{\"auth_token\":\"Geheim\"},\"batch\":[]}",
        "{\"msgType\":\"neither\",\"source\":{\"auth_token\":\"Geheim\"}}",
        "{\"source\":{\"auth_token\":\"Geheim",
        "{\"msgType\":\"down\",\"source\":{\"auth_tok\\u0065n\":\"Geheim\"}} Geheim",
    };
    static const char *const topics[] = {NULL, "device/bydpower/up/a", "device/bydpower/down/a"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t j = 0; j < 3; j++)
            if (strstr(record_of(topics[j], texts[i]), "Geheim") != NULL)
                fail_msg("%s", record);
    /* It is masked, not lost. */
    const char *text = "{\"msgType\":\"down\",\"source\":{\"auth_token\":\"Geheim\"},\"batch\":[]}";
    struct zjiot_byd_message message;
    assert_int_equal(zjiot_byd_decode(NULL, text, strlen(text), NULL, fresh_pool(), &message, NULL, NULL, &error), 0);
    assert_string_equal(message.data.down.source.auth_token, "Geheim");
}

/* --- The caller's side --- */

static void fill_reading(struct zjiot_byd_reading *reading, struct zjiot_byd_system system[2]) {
    zjiot_byd_system_fill(system, 0, 50);
    reading->timestamp.ms = 1710000000123;
    reading->device_type = "three_phase_meter";
    reading->device_id = "EM-1";
    reading->metrics.system = system;
    reading->metrics.system_count = 2;
    reading->metrics.voltage.value.phase_a = 230.05;
    reading->metrics.energy.active.value.forward = 12334929.9;
}

static void structs_need_no_constants(void **state) {
    (void)state;
    struct zjiot_byd_reading reading = {0};
    struct zjiot_byd_system system[2];
    struct zjiot_byd_message message = {.type = ZJIOT_BYD_UP, .topic.device = "GW-1"};
    char text[4096], topic[ZJIOT_BYD_TOPIC_SIZE];
    fill_reading(&reading, system);
    message.data.up.msg_id = "3f2b8c1e-7a4d-4e6f-9b21-0c5d8e7f1a34";
    message.data.up.source.ip_addr = "10.0.0.1";
    message.data.up.source.source_id = "GW-1";
    message.data.up.batch = &reading;
    message.data.up.batch_count = 1;
    const int64_t size = zjiot_byd_encode(&message, NULL, topic, sizeof topic, text, sizeof text - 1, &error);
    if (size < 0)
        fail_msg("%s", error.text);
    text[size] = '\0';
    assert_string_equal(topic, "device/bydpower/up/GW-1");
    static const char *const parts[] = {
        "{\"msgType\":\"up\",\"msgId\":",         "\"timestamp\":\"1710000000123\"",
        "\"data_type\":\"float\",\"unit\":\"V\"", "\"unit\":\"\",\"power_factor\":0}",
        "\"unit\":\"Hz\",\"frequency\":50}",      "\"unit\":\"kWh\",\"value\":{\"forward\":12334929.9,"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(text, parts[i]) == NULL)
            fail_msg("%s is not in %s", parts[i], text);
    assert_null(strstr(text, "quality\":\""));
    assert_null(strstr(text, "\"time\""));
    const struct zjiot_options strict = {.strict = true};
    assert_int_equal(zjiot_byd_decode(topic, text, (size_t)size, &strict, fresh_pool(), &message, NULL, NULL, &error),
                     0);
    /* Every shorter room is too small, and says what it takes. */
    for (size_t room = 0; room < (size_t)size; room++) {
        assert_int_equal(zjiot_byd_encode(&message, NULL, NULL, 0, text, room, &error), ZJIOT_SPACE);
        assert_int_equal(error.need, size);
    }
}

static int64_t try_write(const struct zjiot_byd_message *message) {
    char text[4096], topic[ZJIOT_BYD_TOPIC_SIZE];
    return zjiot_byd_encode(message, NULL, topic, sizeof topic, text, sizeof text, &error);
}

static void wrong_structs_are_refused(void **state) {
    (void)state;
    struct zjiot_byd_reading reading = {0};
    struct zjiot_byd_system system[2];
    struct zjiot_byd_message message = {.type = ZJIOT_BYD_UP, .topic.device = "GW-1"};
    fill_reading(&reading, system);
    message.data.up.msg_id = "3f2b8c1e-7a4d-4e6f-9b21-0c5d8e7f1a34";
    message.data.up.source.ip_addr = message.data.up.source.source_id = "";
    message.data.up.batch = &reading;
    message.data.up.batch_count = 1;
    assert_true(try_write(&message) > 0);
    reading.metrics.system_count = 1;
    assert_int_equal(try_write(&message), ZJIOT_MISSING);
    assert_string_equal(error.path, "batch[0].metrics.system");
    reading.metrics.system_count = 2;
    system[1].unit = ZJIOT_BYD_NO_UNIT;
    assert_int_equal(try_write(&message), ZJIOT_CONST);
    assert_string_equal(error.path, "batch[0].metrics.system[1].unit");
    zjiot_byd_system_fill(system, 1, 50);
    system[0].frequency = 50;
    assert_int_equal(try_write(&message), ZJIOT_EXTRA);
    zjiot_byd_system_fill(system, 1, 50);
    reading.timestamp.form = ZJIOT_STAMP_LOCAL;
    assert_int_equal(try_write(&message), ZJIOT_RANGE);
    reading.timestamp = (struct zjiot_stamp){ZJIOT_STAMP_MAX + 1, ZJIOT_STAMP_MS};
    assert_int_equal(try_write(&message), ZJIOT_RANGE);
    reading.timestamp.ms = 0;
    reading.metrics.voltage.unit = 1;
    assert_int_equal(try_write(&message), ZJIOT_RANGE);
    assert_string_equal(error.path, "batch[0].metrics.voltage.unit");
    reading.metrics.voltage.unit = 0;
    message.data.up.msg_id = "3f2b8c1e-7a4d-3e6f-9b21-0c5d8e7f1a34"; /* version 3 */
    assert_int_equal(try_write(&message), ZJIOT_SYNTAX);
    message.type = (enum zjiot_byd_message_type)2;
    assert_int_equal(try_write(&message), ZJIOT_ARG);
}

/* Equal transaction_ids name the command for the caller; each finds its request, the first first. */
static void commands_are_tracked(void **state) {
    (void)state;
    static uint64_t storage[ZJIOT_TRACK_SIZE(4, 64, 0) / 8 + 1];
    const struct zjiot_track_config config = {.capacity = 4, .key_size = 64, .remember = 1000};
    const struct zjiot_byd_command commands[2] = {
        {.transaction_id = "CMD-1", .target.device_id = "PLC-01"},
        {.transaction_id = "CMD-1", .target.device_id = "PLC-02"},
    };
    struct zjiot_track table;
    struct zjiot_track_match match;
    uint64_t handles[3];
    assert_int_equal(zjiot_track_init(&table, &config, storage, sizeof storage, &error), 0);
    for (unsigned i = 0; i < 3; i++) {
        const struct zjiot_track_request request = {
            .key = zjiot_byd_key(&commands[i % 2]), .deadline = 5000, .user = i, .answers = 1};
        assert_int_equal(zjiot_track_open(&table, 0, &request, &handles[i], &error), 0);
    }
    const struct zjiot_track_reply reply = {.key = zjiot_byd_key(&commands[0])};
    assert_int_equal(zjiot_track_match(&table, 1, &reply, &match), ZJIOT_TRACK_EXACT);
    assert_int_equal(match.request.user, 0);
    assert_false(match.alone);
    assert_int_equal(zjiot_track_match(&table, 2, &reply, &match), ZJIOT_TRACK_EXACT);
    assert_int_equal(match.request.user, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_those_of_the_list),
        cmocka_unit_test(zeros_are_judged_by_what_is_beside_them),
        cmocka_unit_test(records_mark_zeros_and_never_take_a_mark),
        cmocka_unit_test(a_type_that_comes_last_counts),
        cmocka_unit_test(tokens_are_shown_nowhere),
        cmocka_unit_test(structs_need_no_constants),
        cmocka_unit_test(wrong_structs_are_refused),
        cmocka_unit_test(commands_are_tracked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
