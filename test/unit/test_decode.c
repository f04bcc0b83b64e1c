/* The generic door: messages built by paths and texts, records, secrets, memory, spans. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

enum { POOL_SIZE = 8192, SPANS = 128, RECORD_SIZE = 64 * 1024 };

static _Alignas(max_align_t) unsigned char memory[POOL_SIZE];
static struct zjiot_pool pool;
static struct zjiot_message message;
static struct zjiot_deviation deviations[64];
static struct zjiot_report report;
static struct zjiot_error error;
static char record[RECORD_SIZE];

static void prepare(const char *protocol_name, const char *record_name) {
    const struct zjiot_protocol *protocol = zjiot_protocol_find(protocol_name);
    const struct zjiot_record *found = zjiot_record_find(protocol, record_name, ZJIOT_BOTH);
    if (found == NULL)
        fail_msg("%s has no record %s", protocol_name, record_name);
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    assert_int_equal(zjiot_prepare(protocol, found, &pool, &message, &error), 0);
}

static int set(const char *path, const char *text) {
    return zjiot_set(&message, path, text, &pool, &error);
}

static void must_set(const char *path, const char *text) {
    if (set(path, text) != 0)
        fail_msg("%s=%s: %s", path, text, error.text);
}

static void assert_encodes(const struct zjiot_options *options, const char *hex) {
    uint8_t out[512];
    const int64_t size = zjiot_encode(&message, options, NULL, out, sizeof out, &error);
    if (size < 0)
        fail_msg("%s, instead of %s", error.text, hex);
    assert_bytes(out, size, hex);
}

static int decode(const char *protocol, const uint8_t *bytes, size_t size, struct zjiot_trace *trace) {
    report = (struct zjiot_report){deviations, 64, 0};
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    return zjiot_decode(zjiot_protocol_find(protocol), &(struct zjiot_input){NULL, bytes, size}, NULL, &pool, &message,
                        &report, trace, &error);
}

static void messages_are_built_by_paths(void **state) {
    (void)state;
    prepare("nb", "set_periods");
    must_set("period[0].on", "1050");
    must_set("data.period[0].off", "1140");
    must_set("period[0].brightness", "70");
    must_set("period[1].on", "1140");
    must_set("period[1].off", "0");
    must_set("period[1].brightness", "0x64");
    must_set("period[2].on", "0");
    must_set("period[2].off", "90");
    must_set("period[2].brightness", "70");
    must_set("period[3].on", "270");
    must_set("period[3].off", "330");
    must_set("period[3].brightness", "50");
    assert_encodes(NULL, "fffefdfc10000104041a04744604740000640000005a46010e014a324512");
    prepare("nb", "set_lamp");
    must_set("switch", "on");
    must_set("brightness", "100");
    must_set("vid", "0");
    must_set("header.uid", "3");
    must_set("pid", "3");
    must_set("nbid", "356566078095460");
    assert_encodes(NULL, "00000003000000030356566078095460fffefdfc110001010164ac44");
    prepare("cjt188", "write_motor_sync");
    must_set("type", "10");
    must_set("meter", "12345678");
    must_set("vendor", "3307");
    must_set("ser", "5");
    must_set("current_flow", "1234.56 m3");
    assert_encodes(NULL, "6810785634120007331608a01605563412002c6716");
    must_set("current_flow.value", "1234.57");
    must_set("current_flow", "1234.56m3");
    assert_encodes(NULL, "6810785634120007331608a01605563412002c6716");
    prepare("cjt188", "set_opening/type53");
    must_set("meter", "23227310");
    must_set("preamble", "3");
    must_set("opening", "50");
    assert_encodes(NULL, "FEFEFE6853232273100011110404A01900329816");
    prepare("cjt188", "read_address");
    must_set("preamble", "4");
    assert_encodes(NULL, "FEFEFEFE68AAAAAAAAAAAAAAAA0303810A004916");
}

/* Meters of the edition of 2004 know none of the units that came in 2018. */
static void units_of_2004_come_first(void **state) {
    (void)state;
    static const struct {
        const char *record, *path, *text;
        double value;
        unsigned unit;
    } cases[] = {
        {"write_motor_sync", "current_flow", "1.25 m3", 1.25, 0x2c},
        {"write_motor_sync", "current_flow", "1.234 m3", 1.234, 0x2a},
        {"write_motor_sync", "current_flow", "1234567 m3", 1234567, 0x2d},
        {"write_motor_sync", "current_flow", "1.2345 0x2a", 1.2345, 0x2a},
        {"write_motor_sync", "current_flow", "99999999 GJ", 99999999, 0x13},
        {"write_motor_sync", "current_flow", "12345.67 kW", 12345.67, 0x17},
        {"read_reply/heat_2018", "cumulative_flow", "1.234 m3", 1.234, 0x2a},
        {"read_reply/type55", "volume", "3456.78 m3", 3456.78, 0x2a},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        prepare("cjt188", cases[i].record);
        must_set(cases[i].path, cases[i].text);
        const struct zjiot_field *field = message.data.record->fields;
        while (strcmp(field->key, cases[i].path) != 0)
            field++;
        struct zjiot_quantity set;
        memcpy(&set, (const char *)message.data.value + field->offset, sizeof set);
        assert_int_equal(set.unit, cases[i].unit);
        assert_true(set.value == cases[i].value);
    }
}

/* What the CLI builds on: the rows by the header, and what a name says that is no record's. */
static void variants_by_their_header(void **state) {
    (void)state;
    const struct zjiot_options edition = {.layout = ZJIOT_LAYOUT_2018};
    const struct zjiot_record *found = NULL;
    prepare("cjt188", "read_reply/water");
    assert_int_equal(zjiot_variant_find(&message, NULL, &found, &error), ZJIOT_MISSING);
    assert_string_equal(error.path, "type");
    must_set("type", "20");
    assert_int_equal(zjiot_variant_find(&message, NULL, &found, &error), 0);
    assert_string_equal(found->variant, "heat");
    assert_int_equal(zjiot_variant_find(&message, &edition, &found, &error), 0);
    assert_string_equal(found->variant, "heat_2018");
    must_set("type", "53");
    assert_int_equal(zjiot_variant_find(&message, NULL, &found, &error), 0);
    assert_string_equal(found->variant, "type53");
    must_set("type", "60");
    assert_int_equal(zjiot_variant_find(&message, NULL, &found, &error), ZJIOT_CONST);
    prepare("cjt188", "read_address_reply/body"); /* no header tells it from the other one */
    assert_int_equal(zjiot_variant_find(&message, NULL, &found, &error), 0);
    assert_ptr_equal(found, message.data.record);
    prepare("nb", "set_auto");
    assert_int_equal(zjiot_variant_find(&message, NULL, &found, &error), 0);
    assert_ptr_equal(found, message.data.record);
}

static void a_name_that_is_no_records_says_the_function(void **state) {
    (void)state;
    static const struct {
        const char *record, *name;
        int control; /* 0: not said */
    } cases[] = {{"raw", "write", 0x04},
                 {"raw/key", "write_reply/key", 0x84},
                 {"error/short", "read_error/short", 0xc1},
                 {"raw", "vendor", 0},
                 {"raw", "raw", 0},
                 {"raw", "writ", 0},
                 {"write_clock", "write", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        prepare("cjt188", cases[i].record);
        zjiot_set_alias(&message, cases[i].name);
        const struct zjiot_cjt188_header *header = &((struct zjiot_cjt188_message *)message.typed)->header;
        assert_int_equal(header->control, cases[i].control);
        assert_int_equal((header->has & ZJIOT_BIT(cjt188_header, control)) != 0, cases[i].control != 0);
    }
    prepare("nb", "set_auto");
    zjiot_set_alias(&message, "write");
}

static void texts_that_are_no_value(void **state) {
    (void)state;
    static const struct {
        const char *protocol, *record, *path, *text;
        enum zjiot_code code;
    } cases[] = {
        {"nb", "status", "luminance", "1", ZJIOT_UNKNOWN},
        {"nb", "status", "", "1", ZJIOT_UNKNOWN},
        {"nb", "status", "header.brightness", "1", ZJIOT_UNKNOWN},
        {"nb", "status", "data.extra", "1", ZJIOT_UNKNOWN},
        {"nb", "status", "brightness[0]", "1", ZJIOT_UNKNOWN},
        {"nb", "status", "brightness.percent", "1", ZJIOT_UNKNOWN},
        {"nb", "set_periods", "period[4].on", "1", ZJIOT_UNKNOWN},
        {"nb", "set_periods", "period[x].on", "1", ZJIOT_UNKNOWN},
        {"nb", "set_periods", "period[0", "1", ZJIOT_UNKNOWN},
        {"nb", "set_periods", "period[99999999999999999999].on", "1", ZJIOT_UNKNOWN},
        {"nb", "set_periods", "period[0]", "1", ZJIOT_TYPE},
        {"nb", "status", "brightness", "", ZJIOT_TYPE},
        {"nb", "status", "brightness", "bright", ZJIOT_TYPE},
        {"nb", "status", "brightness", "1.5", ZJIOT_TYPE},
        {"nb", "status", "brightness", " 1", ZJIOT_TYPE},
        {"nb", "status", "brightness", "101", ZJIOT_RANGE},
        {"nb", "status", "brightness", "-1", ZJIOT_RANGE},
        {"nb", "status", "brightness", "99999999999999999999", ZJIOT_TYPE},
        {"nb", "status", "running", "lit", ZJIOT_TYPE},
        {"nb", "status", "running", "2", ZJIOT_RANGE},
        {"nb", "status", "voltage", "230.123", ZJIOT_RANGE},
        {"nb", "status", "voltage", "500.01", ZJIOT_RANGE},
        {"nb", "status", "voltage", "230 A", ZJIOT_TYPE},
        {"nb", "status", "voltage", "nan", ZJIOT_TYPE},
        {"nb", "status", "voltage.unit", "A", ZJIOT_TYPE},
        {"nb", "status", "sn", "fffefdfcx", ZJIOT_TYPE},
        {"nb", "status", "sn", "1fffefdfc", ZJIOT_TYPE},
        {"nb", "status", "extra", "0", ZJIOT_RANGE},
        {"nb", "status", "extra", "65536", ZJIOT_RANGE},
        {"nb", "status", "nbid", "35656607809546a", ZJIOT_TYPE},
        {"nb", "status", "nbid", "1356566078095460", ZJIOT_LENGTH},
        {"nb", "set_lamp", "mode", "2", ZJIOT_CONST},
        {"nb", "unknown", "bytes", "xyz", ZJIOT_TYPE},
        {"nb", "unknown", "bytes", "001", ZJIOT_TYPE},
        {"cjt188", "write_clock", "clock", "yesterday", ZJIOT_TYPE},
        {"cjt188", "write_clock", "clock", "2024-05-26", ZJIOT_TYPE},
        {"cjt188", "write_clock", "clock", "2024/05/26T19:08:00", ZJIOT_TYPE},
        {"cjt188", "write_clock", "clock", "2024-02-30T00:00:00", ZJIOT_RANGE},
        {"cjt188", "write_clock", "clock", "2024-05-26T24:00:00", ZJIOT_RANGE},
        {"cjt188", "write_key", "key", "0123", ZJIOT_LENGTH},
        {"cjt188", "write_key", "key", "no hex", ZJIOT_TYPE},
        {"cjt188", "write_valve", "valve", "ajar", ZJIOT_TYPE},
        {"cjt188", "write_valve", "valve", "1", ZJIOT_RANGE},
        {"cjt188", "write_motor_sync", "current_flow", "m3", ZJIOT_TYPE},
        {"cjt188", "write_motor_sync", "current_flow", "12.5", ZJIOT_TYPE},
        {"cjt188", "write_motor_sync", "current_flow", "12.5 furlong", ZJIOT_TYPE},
        {"cjt188", "write_motor_sync", "current_flow.value", "12.5 m3", ZJIOT_TYPE},
        {"cjt188", "read_reply/heat", "flow_rate", "1 kWh", ZJIOT_TYPE},
        {"cjt188", "read_reply/heat", "status.battery_low", "maybe", ZJIOT_TYPE},
        {"cjt188", "read_reply/heat", "status.reserved", "4", ZJIOT_RANGE},
        {"cjt188", "read", "meter", "12345678901", ZJIOT_LENGTH},
        {"cjt188", "read", "meter", "12g", ZJIOT_TYPE},
        {"cjt188", "read", "address", "010203", ZJIOT_LENGTH},
        {"cjt188", "write_prices", "price1", "10000", ZJIOT_RANGE},
        {"cjt188", "write_prices", "price1", "-1", ZJIOT_RANGE},
        {"cjt188", "write_prices", "price1", "1.001", ZJIOT_RANGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        prepare(cases[i].protocol, cases[i].record);
        const int code = set(cases[i].path, cases[i].text);
        if (code != (int)cases[i].code || strcmp(error.path, cases[i].path) != 0)
            fail_msg("%s %s=%s: %s at \"%s\", expected %s", cases[i].record, cases[i].path, cases[i].text,
                     zjiot_code_name(code), error.path, zjiot_code_name(cases[i].code));
    }
}

/* "RANGE: outside the range": a quantity has one too. */
static void quantities_have_a_range(void **state) {
    (void)state;
    static const char *const texts[] = {"-1 m3", "1000000000 m3", "0.00001 m3", "0.001 0x2c"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        prepare("cjt188", "write_motor_sync");
        assert_int_equal(set("current_flow", texts[i]), ZJIOT_RANGE);
    }
}

/* The unit byte that holds the value exactly, the plain one first; a byte that was given stays. */
static void units_of_one_name(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
        uint8_t unit;
    } cases[] = {
        {"12.5 m3", 12.5, 0x2C},       {"12.5 m\xC2\xB3", 12.5, 0x2C},  {"0.001 m3", 0.001, 0x2A},
        {"1234567 m3", 1234567, 0x2D}, {"12345678 m3", 12345678, 0x2E}, {"12.5 0x2d", 12.5, 0x2D},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        prepare("cjt188", "write_motor_sync");
        must_set("current_flow", cases[i].text);
        const struct zjiot_quantity *flow =
            &((const struct zjiot_cjt188_write_motor_sync *)message.data.value)->current_flow;
        assert_true(flow->value == cases[i].value);
        assert_int_equal(flow->unit, cases[i].unit);
    }
    prepare("cjt188", "write_motor_sync");
    must_set("current_flow.unit", "m3");
    must_set("current_flow.value", "0.001");
    assert_int_equal(((const struct zjiot_cjt188_write_motor_sync *)message.data.value)->current_flow.unit, 0x2A);
}

/* A number may bear its unit, and no other. */
static void numbers_with_their_unit(void **state) {
    (void)state;
    prepare("nb", "status");
    must_set("brightness", "50 %");
    must_set("voltage", "230.5V");
    const struct zjiot_nb_status *status = message.data.value;
    assert_int_equal(status->brightness, 50);
    assert_true(status->voltage == 230.5);
    assert_int_equal(set("brightness", "%"), ZJIOT_TYPE);
    assert_int_equal(set("brightness", "50 V"), ZJIOT_TYPE);
}

/* An IMEI has 15 digits. */
static void a_short_imei_is_refused(void **state) {
    (void)state;
    uint8_t out[64];
    prepare("nb", "restart");
    must_set("uid", "3");
    must_set("pid", "3");
    must_set("nbid", "35656607809546");
    assert_int_equal(zjiot_encode(&message, NULL, NULL, out, sizeof out, &error), ZJIOT_LENGTH);
    assert_string_equal(error.path, "nbid");
    must_set("nbid", "356566078095460");
    assert_int_equal(zjiot_encode(&message, NULL, NULL, out, sizeof out, &error), 26);
}

/* A path names a member, or it is refused: nothing is set by accident. */
static void paths_are_exact(void **state) {
    (void)state;
    static const struct {
        const char *record, *path;
    } cases[] = {{"set_periods", "period.on"},   {"status", "unknown.brightness"},
                 {"status", "brightness."},      {"status", "header.unknown.extra"},
                 {"set_periods", "period[0]on"}, {"set_periods", "period[+1].on"}};
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        prepare("nb", cases[i].record);
        if (set(cases[i].path, "1") != ZJIOT_UNKNOWN) {
            print_error("%s was taken\n", cases[i].path);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void assert_missing(const char *path) {
    uint8_t out[512];
    assert_int_equal(zjiot_encode(&message, NULL, NULL, out, sizeof out, &error), ZJIOT_MISSING);
    assert_string_equal(error.path, path);
}

static void missing_members_are_named(void **state) {
    (void)state;
    prepare("nb", "set_periods");
    assert_missing("period[0].on");
    must_set("period[0].on", "0");
    assert_missing("period[0].off");
    must_set("period[0].off", "0");
    must_set("period[0].brightness", "0");
    must_set("period[2].on", "0");
    assert_missing("period[1].on");
    prepare("nb", "set_lamp");
    must_set("brightness", "1");
    assert_missing("switch");
    prepare("cjt188", "read_reply/heat");
    must_set("type", "20");
    must_set("meter", "1");
    assert_missing("settlement_heat");
    prepare("cjt188", "write_valve_reply");
    must_set("type", "10");
    must_set("meter", "1");
    must_set("status.valve", "open");
    must_set("status.battery_low", "true");
    assert_missing("status.reserved");
    prepare("cjt188", "read");
    assert_missing("type");
    must_set("type", "20");
    assert_missing("meter");
    prepare("cjt188", "raw");
    must_set("type", "10");
    must_set("control", "35");
    must_set("meter", "1");
    must_set("di", "901f");
    assert_missing("bytes");
}

static void half_a_quantity_is_missing(void **state) {
    (void)state;
    uint8_t out[512];
    prepare("cjt188", "write_motor_sync");
    must_set("type", "10");
    must_set("meter", "1");
    must_set("current_flow.unit", "m3");
    assert_int_equal(zjiot_encode(&message, NULL, NULL, out, sizeof out, &error), ZJIOT_MISSING);
    must_set("current_flow.value", "1");
    assert_true(zjiot_encode(&message, NULL, NULL, out, sizeof out, &error) > 0);
}

/* A unit's name is not its byte: 100 MJ prints as MJ, and is set as plain MJ. */
static const char *why_not_printable(const struct zjiot_message *decoded) {
    const struct zjiot_record *rows = decoded->data.record;
    for (size_t i = 0; i < rows->field_count; i++) {
        const struct zjiot_quantity *quantity =
            (const void *)((const char *)decoded->data.value + rows->fields[i].offset);
        if (rows->fields[i].kind != ZJIOT_QUANTITY)
            continue;
        const struct zjiot_unit *unit = zjiot_unit_find(quantity->unit);
        if (unit != NULL && unit != zjiot_unit_named(unit->name))
            return "the unit's name does not say which byte it was";
    }
    return NULL;
}

static int set_value(const char *path, const json_t *value) {
    char text[1200];
    if (json_is_string(value))
        return set(path, json_string_value(value));
    if (json_is_real(value))
        snprintf(text, sizeof text, "%.15g", json_real_value(value));
    else if (json_is_integer(value))
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    else
        snprintf(text, sizeof text, "%s", json_is_true(value) ? "true" : "false");
    return set(path, text);
}

/* Sets every member of a record's data by what was printed; null and its quality were none. */
static int set_printed(const char *path, const json_t *value) {
    char inner[ZJIOT_PATH_SIZE];
    const char *key;
    const json_t *member;
    size_t i;
    int code = 0;
    if (json_is_array(value)) {
        json_array_foreach(value, i, member) {
            snprintf(inner, sizeof inner, "%s[%u]", path, (unsigned)i);
            code = code != 0 ? code : set_printed(inner, member);
        }
        return code;
    }
    if (!json_is_object(value))
        return json_is_null(value) ? 0 : set_value(path, value);
    json_object_foreach((json_t *)(uintptr_t)value, key, member) {
        snprintf(inner, sizeof inner, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
        if (code == 0 && strstr(key, "quality") == NULL)
            code = set_printed(inner, member);
    }
    return code;
}

/* A new message with the record's header; the address stands for meter and vendor. */
static int prepare_printed(const char *protocol, const json_t *printed) {
    static const char *const nb[] = {"vid", "uid", "pid", "nbid", "sn", "extra", NULL};
    static const char *const cjt188[] = {"preamble", "type", "address", "di", "di_order", "ser", NULL};
    const char *profile = vector_text(printed, "profile");
    const char *variant = vector_text(printed, "variant");
    const json_t *header = json_object_get(printed, "header");
    char name[64];
    char name_in_header[32];
    snprintf(name, sizeof name, "%s%s%s", vector_text(printed, "message"), variant[0] != '\0' ? "/" : "", variant);
    const bool raw = strcmp(profile, "raw") == 0;
    const bool by_control = raw || strcmp(variant, "short") == 0; /* named by their control code */
    if (by_control)
        strcpy(name, raw ? "raw" : "error/short");
    prepare(protocol, name);
    int code = 0;
    for (const char *const *key = strcmp(protocol, "nb") == 0 ? nb : cjt188; *key != NULL && code == 0; key++)
        if (json_object_get(header, *key) != NULL) {
            snprintf(name_in_header, sizeof name_in_header, "header.%s", *key);
            code = set_value(name_in_header, json_object_get(header, *key));
        }
    if (by_control && code == 0)
        code = set("control", vector_text(header, "control"));
    if (strcmp(name, "unknown") == 0 && code == 0)
        code = set_value("header.fn", json_object_get(header, "fn"));
    return code;
}

static enum zjiot_cjt188_layout layout_named(const char *profile) {
    return strcmp(profile, "unit-first") == 0   ? ZJIOT_LAYOUT_UNIT_FIRST
           : strcmp(profile, "big-endian") == 0 ? ZJIOT_LAYOUT_BIG_ENDIAN
                                                : ZJIOT_LAYOUT_AUTO;
}

struct tally {
    size_t valid, same, excused;
    int failures;
};

static void rebuild(const json_t *line, const char *protocol, struct tally *tally) {
    const struct zjiot_options show = {.show_secrets = true};
    uint8_t bytes[VECTOR_BYTES_MAX];
    uint8_t out[VECTOR_BYTES_MAX] = {0};
    const int64_t size = vector_bytes(line, bytes);
    tally->valid++;
    assert_int_equal(decode(protocol, bytes, (size_t)size, NULL), 0);
    const char *excuse = why_not_canonical(&message, &report);
    if (excuse == NULL)
        excuse = why_not_printable(&message);
    assert_true(zjiot_record(zjiot_protocol_find(protocol), &(struct zjiot_input){NULL, bytes, (size_t)size}, &show,
                             fresh_pool(), record, sizeof record, &error) > 0);
    json_t *printed = json_loads(record, 0, NULL);
    const json_t *header = json_object_get(printed, "header");
    if (json_integer_value(json_object_get(header, "extra")) == 0 && strcmp(protocol, "nb") == 0)
        excuse = "message number 0 cannot be written";
    int64_t written = -1;
    if (excuse == NULL) {
        const struct zjiot_options options = {.layout = layout_named(vector_text(printed, "profile"))};
        if (prepare_printed(protocol, printed) == 0 && set_printed("", json_object_get(printed, "data")) == 0)
            written = zjiot_encode(&message, &options, NULL, out, sizeof out, &error);
    }
    if (excuse != NULL) {
        tally->excused++;
    } else if (written == size && memcmp(out, bytes, (size_t)size) == 0) {
        tally->same++;
    } else {
        print_error("%s (%s): %s\n", vector_text(line, "hex"), vector_text(line, "note"),
                    written < 0 ? error.text : "other bytes");
        tally->failures++;
    }
    json_decref(printed);
}

/* The numbers stand here so that a frame cannot drop out of the test unseen: adding vectors changes them. */
static void what_was_printed_can_be_set(void **state) {
    (void)state;
    static const size_t valid[] = {13, 277, 53, 454, 14};
    static const size_t same[] = {4, 161, 49, 336, 12};
    for (size_t i = 0; i < VECTOR_FILES; i++) {
        struct tally tally = {0};
        json_t *lines = vectors_read(vector_files[i].name);
        const json_t *line;
        size_t j;
        assert_non_null(lines);
        json_array_foreach(lines, j, line) if (json_is_true(json_object_get(line, "ok")))
            rebuild(line, vector_files[i].protocol, &tally);
        json_decref(lines);
        assert_int_equal(tally.failures, 0);
        assert_int_equal(tally.valid, valid[i]);
        assert_int_equal(tally.same, same[i]);
    }
}

/* Each text has something to report and to trace before it turns out to be damaged. */
static void a_failed_reading_leaves_nothing(void **state) {
    (void)state;
    static const struct {
        const char *protocol, *text;
    } cases[] = {
        {"zhenjiang", "{\"context\":{\"cmd\":\"heartbeat\",\"odd\":1},"},
        {"byd", "{\"msgType\":\"up\",\"odd\":1,"},
        {"m4g", "{\"cmd\":\"ping\",\"odd\":1,"},
        {"hy", "{\"gw\":{\"msg_id\":1,\"odd\":1},"},
    };
    static struct zjiot_span spans[SPANS];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct zjiot_input input = {NULL, (const uint8_t *)cases[i].text, strlen(cases[i].text)};
        struct zjiot_trace trace = {.items = spans, .capacity = SPANS, .count = 3};
        report = (struct zjiot_report){deviations, 64, 2};
        zjiot_pool_fixed(&pool, memory, sizeof memory);
        assert_int_equal(zjiot_decode(zjiot_protocol_find(cases[i].protocol), &input, NULL, &pool, &message, &report,
                                      &trace, &error),
                         ZJIOT_SYNTAX);
        assert_int_equal(report.count, 2);
        assert_int_equal(trace.count, 3);
        assert_int_equal(pool.used, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_built_by_paths), cmocka_unit_test(units_of_2004_come_first),
        cmocka_unit_test(variants_by_their_header),    cmocka_unit_test(a_name_that_is_no_records_says_the_function),
        cmocka_unit_test(texts_that_are_no_value),     cmocka_unit_test(quantities_have_a_range),
        cmocka_unit_test(units_of_one_name),           cmocka_unit_test(numbers_with_their_unit),
        cmocka_unit_test(a_short_imei_is_refused),     cmocka_unit_test(paths_are_exact),
        cmocka_unit_test(missing_members_are_named),   cmocka_unit_test(half_a_quantity_is_missing),
        cmocka_unit_test(what_was_printed_can_be_set), cmocka_unit_test(a_failed_reading_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
