/* CJ/T 188 frames read and written back; the forms of the field; layouts; what is refused. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

#define WATER "6810962911800100008116901F02001200002C000000002C0000000000000002007D16"
#define UNIT_FIRST                                                                                                     \
    "682000000000005942812E901F0005180000000574100000170000000035000000002C600000000638002538000200002859171302002000" \
    "0"                                                                                                                \
    "06916"
#define TYPE55                                                                                                         \
    "685527100583001111813B901F0012235304050000000032785634002A8728009328000000000005000000002C00000000FA00FA000000E8" \
    "03E8030000EA008185CB0123F7407316"
#define TYPE53                                                                                                         \
    "685323227310001111812D901F011073221201DC00DC0055640A28006F3300006401230125620102353005502000B4230008192605242040" \
    "9416"

static uint8_t bytes[VECTOR_BYTES_MAX];
static struct zjiot_cjt188_message message;
static struct zjiot_deviation deviations[64];
static struct zjiot_report report;
static struct zjiot_error error;

static int decode_bytes(size_t size, const struct zjiot_options *options) {
    report = (struct zjiot_report){deviations, 64, 0};
    return zjiot_cjt188_decode(bytes, size, options, &message, &report, NULL, &error);
}

/* Decodes hex after its checksum was put right. */
static int decode(const char *hex, const struct zjiot_options *options) {
    const size_t size = bytes_of(hex, bytes);
    size_t start = 0;
    uint8_t sum = 0;
    while (bytes[start] == 0xfe)
        start++;
    for (size_t i = start; i < size - 2; i++)
        sum = (uint8_t)(sum + bytes[i]);
    bytes[size - 2] = sum;
    return decode_bytes(size, options);
}

static int decode_layout(const char *hex, enum zjiot_cjt188_layout layout) {
    const struct zjiot_options options = {.layout = layout};
    return decode(hex, &options);
}

static bool reported(enum zjiot_code code, const char *path) {
    for (size_t i = 0; i < report.count; i++)
        if (deviations[i].code == code && (path == NULL || strcmp(deviations[i].path, path) == 0))
            return true;
    return false;
}

struct tally {
    size_t valid, same, excused;
    int failures;
};

static void reencode(const json_t *line, struct tally *tally) {
    uint8_t out[512];
    unsigned char memory[4096];
    struct zjiot_pool pool;
    struct zjiot_message view;
    const int64_t size = vector_bytes(line, bytes);
    report = (struct zjiot_report){deviations, 64, 0};
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    tally->valid++;
    if (zjiot_decode(zjiot_protocol_find("cjt188"), &(struct zjiot_input){NULL, bytes, (size_t)size}, NULL, &pool,
                     &view, &report, NULL, &error) != 0) {
        print_error("%s: %s\n", vector_text(line, "hex"), error.text);
        tally->failures++;
        return;
    }
    const int64_t written = zjiot_cjt188_encode(view.typed, out, sizeof out, &error);
    if (written == size && memcmp(out, bytes, (size_t)size) == 0) {
        tally->same++;
    } else if (why_not_canonical(&view, &report) != NULL) {
        tally->excused++;
    } else {
        char hex[1025] = "";
        if (written > 0)
            zjiot_hex_write(out, (size_t)written, hex);
        print_error("%s (%s)\n  was written as %s\n", vector_text(line, "hex"), vector_text(line, "note"),
                    written < 0 ? error.text : hex);
        tally->failures++;
    }
}

/* The numbers stand here so that a frame cannot drop out of the test unseen: adding vectors changes them. */
static void what_was_read_is_written_back(void **state) {
    (void)state;
    static const struct {
        const char *file;
        size_t valid, same;
    } files[] = {
        {"cjt188/expect.jsonl", 53, 49},
        {"cjt188/constructed.jsonl", 454, 393},
        {"hy/expect.jsonl", 14, 14},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct tally tally = {0};
        json_t *lines = vectors_read(files[i].file);
        const json_t *line;
        size_t j;
        assert_non_null(lines);
        json_array_foreach(lines, j, line) if (json_is_true(json_object_get(line, "ok"))) reencode(line, &tally);
        json_decref(lines);
        assert_int_equal(tally.failures, 0);
        assert_int_equal(tally.valid, files[i].valid);
        assert_int_equal(tally.same, files[i].same);
        assert_int_equal(tally.same + tally.excused, tally.valid);
    }
}

static void assert_rewritten(const char *hex) {
    uint8_t out[512];
    uint8_t wanted[VECTOR_BYTES_MAX];
    const size_t size = bytes_of(hex, wanted);
    const int64_t written = zjiot_cjt188_encode(&message, out, sizeof out, &error);
    if (written < 0)
        fail_msg("%s: %s", hex, error.text);
    assert_int_equal(written, size);
    wanted[size - 2] = out[size - 2]; /* the sum is put right by decode */
    assert_memory_equal(out, wanted, size);
}

/* SER ST0 ST1 is the standard's; the others occur. */
static void abnormal_answers_of_every_form(void **state) {
    (void)state;
    static const unsigned controls[] = {0xc1, 0xc3, 0xc4, 0xc9, 0xd5, 0xd6};
    static const struct {
        const char *rest, *name;
        bool di, ser, two, known;
    } forms[] = {
        {"03070580", NULL, false, true, true, true},
        {"02"
         "0705",
         NULL, false, true, false, true},
        {"0105", NULL, false, false, false, true},
        {"04a0180705", NULL, true, true, false, true},
        {"05a018070580", NULL, true, true, true, true},
        {"0518a0070580", NULL, true, true, true, true},
        {"00", NULL, false, false, false, false},
        {"06a01807058011", NULL, true, true, false, false},
    };
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        for (size_t j = 0; j < sizeof forms / sizeof *forms; j++) {
            char hex[128];
            snprintf(hex, sizeof hex, "6820785634120007%s%02x%s0016", "33", controls[i], forms[j].rest);
            assert_int_equal(decode(hex, NULL), 0);
            assert_int_equal(message.header.control, controls[i]);
            assert_int_equal((message.header.has & ZJIOT_BIT(cjt188_header, di)) != 0, forms[j].di);
            assert_int_equal((message.header.has & ZJIOT_BIT(cjt188_header, ser)) != 0, forms[j].ser);
            assert_int_equal(report.count > 0, j != 0);
            if (j != 0)
                assert_true(reported(ZJIOT_LENGTH, "data"));
            if (forms[j].di)
                assert_int_equal(message.header.di, 0xa018);
            if (forms[j].ser)
                assert_int_equal(message.header.ser, 7);
            if (!forms[j].known) {
                assert_int_equal(message.type, ZJIOT_CJT188_RAW);
            } else if (forms[j].two) {
                assert_int_equal(message.data.read_error.status.valve, 1);
                assert_true(message.data.read_error.status.battery_low);
                assert_int_equal(message.data.read_error.status.vendor_byte, 0x80);
            } else {
                assert_int_equal(message.type, ZJIOT_CJT188_ERROR_SHORT);
                assert_int_equal(message.data.error_short.status.valve, 1);
                assert_true(message.data.error_short.status.battery_low);
            }
            assert_rewritten(hex);
        }
    assert_int_equal(decode("682078563412000733c303070580"
                            "0016",
                            NULL),
                     0);
    assert_string_equal(message.name, "read_address_error");
    assert_int_equal(message.type, ZJIOT_CJT188_READ_ADDRESS_ERROR);
}

static void orders_of_the_identifier(void **state) {
    (void)state;
    static const unsigned dis[] = {0x901f, 0x911f, 0x8102, 0x810a, 0xa010, 0xa019,
                                   0xd120, 0xd12b, 0xd200, 0xd300, 0xd400};
    for (size_t i = 0; i < sizeof dis / sizeof *dis; i++)
        for (int low = 0; low < 2; low++) {
            char hex[64];
            const unsigned wire = low ? (dis[i] & 0xff) << 8 | dis[i] >> 8 : dis[i];
            snprintf(hex, sizeof hex, "6810785634120007330103%04x050016", wire);
            assert_int_equal(decode(hex, NULL), 0);
            assert_int_equal(message.header.di, dis[i]);
            assert_int_equal(message.header.di_order, low ? ZJIOT_CJT188_DI_LOW_FIRST : ZJIOT_CJT188_DI_HIGH_FIRST);
            assert_rewritten(hex);
        }
    /* Neither byte is a known high one: as it stands. */
    assert_int_equal(decode("68107856341200073301031234050016", NULL), 0);
    assert_int_equal(message.header.di, 0x1234);
    assert_int_equal(message.header.di_order, ZJIOT_CJT188_DI_HIGH_FIRST);
}

/* Frames without DI and SER, and with too few bytes for them. */
static void bodies_without_identifier(void **state) {
    (void)state;
    static const unsigned controls[] = {0x00, 0x01, 0x03, 0x04, 0x33, 0x81, 0x84, 0xb3};
    static const char *const rests[] = {"00", "0105", "020506"};
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        for (size_t j = 0; j < sizeof rests / sizeof *rests; j++) {
            char hex[64];
            snprintf(hex, sizeof hex, "682078563412000733%02x%s0016", controls[i], rests[j]);
            assert_int_equal(decode(hex, NULL), 0);
            assert_int_equal(message.header.has & (ZJIOT_BIT(cjt188_header, di) | ZJIOT_BIT(cjt188_header, ser)), 0);
            assert_int_equal(report.count > 0, j > 0);
            assert_int_equal(message.payload.size, j);
        }
}

static void an_empty_body_is_written_back_empty(void **state) {
    (void)state;
    static const unsigned controls[] = {0x00, 0x03, 0x04, 0x33, 0x81, 0x84, 0xb3, 0x01};
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++) {
        char hex[64];
        snprintf(hex, sizeof hex, "682078563412000733%02x000016", controls[i]);
        assert_int_equal(decode(hex, NULL), 0);
        assert_rewritten(hex);
    }
}

/* Control codes 00 and 40 have no table at all: their data are shown as they are, and nothing is wrong with that. */
static void functions_without_a_table_are_raw(void **state) {
    (void)state;
    static const char *const frames[] = {"6820785634120007330004901f05110016", "6820785634120007330003901f050016",
                                         "68207856341200073302"
                                         "04901f05110016",
                                         "68207856341200073382"
                                         "04901f05110016",
                                         "682078563412000733a1"
                                         "04610a05110016"};
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        assert_int_equal(decode(frames[i], NULL), 0);
        assert_int_equal(message.type, ZJIOT_CJT188_RAW);
        assert_int_equal(message.layout, ZJIOT_LAYOUT_RAW);
        assert_int_equal(report.count, 0);
        assert_rewritten(frames[i]);
    }
}

static void layouts_that_the_caller_asks_for(void **state) {
    (void)state;
    static const struct {
        const char *hex;
        enum zjiot_cjt188_layout layout, used;
        enum zjiot_cjt188_message_type type;
    } cases[] = {
        {UNIT_FIRST, ZJIOT_LAYOUT_AUTO, ZJIOT_LAYOUT_UNIT_FIRST, ZJIOT_CJT188_HEAT},
        {UNIT_FIRST, ZJIOT_LAYOUT_UNIT_FIRST, ZJIOT_LAYOUT_UNIT_FIRST, ZJIOT_CJT188_HEAT},
        {UNIT_FIRST, ZJIOT_LAYOUT_2004, ZJIOT_LAYOUT_2004, ZJIOT_CJT188_HEAT},
        {UNIT_FIRST, ZJIOT_LAYOUT_BIG_ENDIAN, ZJIOT_LAYOUT_BIG_ENDIAN, ZJIOT_CJT188_HEAT},
        {UNIT_FIRST, ZJIOT_LAYOUT_2018, ZJIOT_LAYOUT_RAW, ZJIOT_CJT188_RAW},
        {UNIT_FIRST, ZJIOT_LAYOUT_HY, ZJIOT_LAYOUT_RAW, ZJIOT_CJT188_RAW},
        {UNIT_FIRST, ZJIOT_LAYOUT_RAW, ZJIOT_LAYOUT_RAW, ZJIOT_CJT188_RAW},
        {WATER, ZJIOT_LAYOUT_AUTO, ZJIOT_LAYOUT_2004, ZJIOT_CJT188_WATER},
        {WATER, ZJIOT_LAYOUT_UNIT_FIRST, ZJIOT_LAYOUT_UNIT_FIRST, ZJIOT_CJT188_WATER},
        {WATER, ZJIOT_LAYOUT_BIG_ENDIAN, ZJIOT_LAYOUT_BIG_ENDIAN, ZJIOT_CJT188_WATER},
        {WATER, ZJIOT_LAYOUT_2018, ZJIOT_LAYOUT_RAW, ZJIOT_CJT188_RAW},
        {WATER, ZJIOT_LAYOUT_HY, ZJIOT_LAYOUT_RAW, ZJIOT_CJT188_RAW},
        {TYPE55, ZJIOT_LAYOUT_AUTO, ZJIOT_LAYOUT_HY, ZJIOT_CJT188_TYPE55},
        {TYPE55, ZJIOT_LAYOUT_HY, ZJIOT_LAYOUT_HY, ZJIOT_CJT188_TYPE55},
        {TYPE55, ZJIOT_LAYOUT_2004, ZJIOT_LAYOUT_RAW, ZJIOT_CJT188_RAW},
        {TYPE55, ZJIOT_LAYOUT_2018, ZJIOT_LAYOUT_RAW, ZJIOT_CJT188_RAW},
        {TYPE53, ZJIOT_LAYOUT_AUTO, ZJIOT_LAYOUT_HY, ZJIOT_CJT188_TYPE53},
        {TYPE53, ZJIOT_LAYOUT_UNIT_FIRST, ZJIOT_LAYOUT_RAW, ZJIOT_CJT188_RAW},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(decode_layout(cases[i].hex, cases[i].layout), 0);
        assert_int_equal(message.layout, cases[i].used);
        assert_int_equal(message.type, cases[i].type);
        const bool asked = cases[i].layout != ZJIOT_LAYOUT_AUTO;
        const bool fits = cases[i].layout == cases[i].used;
        assert_int_equal(reported(ZJIOT_LAYOUT, "data"), asked && !fits);
        if (asked && fits)
            assert_string_equal(message.reason, "asked for");
        else
            assert_string_not_equal(message.reason, "asked for");
        if (message.type == ZJIOT_CJT188_RAW)
            assert_rewritten(cases[i].hex);
    }
    /* The wrong layout says so at the units that are none. */
    assert_int_equal(decode_layout(UNIT_FIRST, ZJIOT_LAYOUT_2004), 0);
    assert_true(reported(ZJIOT_UNKNOWN, "settlement_heat.unit"));
}

static void hy_is_type_vendor_and_length(void **state) {
    (void)state;
    char hex[512];
    strcpy(hex, TYPE55);
    memcpy(hex + 12, "001112", 6); /* A4..A6 */
    assert_int_equal(decode(hex, NULL), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_RAW);
    assert_string_equal(message.name, "read_reply");
    assert_true(reported(ZJIOT_LAYOUT, "data"));
    assert_string_equal(message.header.vendor, "1211");

    strcpy(hex, TYPE55);
    memcpy(hex + 2, "20", 2);
    assert_int_equal(decode(hex, NULL), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_RAW);
    assert_string_equal(message.header.vendor, "1111");

    /* One byte short, and the other device's payload. */
    strcpy(hex, "685527100583001111813A901F00");
    strcat(hex, &TYPE55[30]);
    assert_int_equal(decode(hex, NULL), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_RAW);
    assert_true(reported(ZJIOT_LAYOUT, "data"));
    assert_string_equal(message.header.meter, "27100583");
    assert_string_equal(message.header.vendor, "001111");
    strcpy(hex, TYPE53);
    memcpy(hex + 2, "55", 2);
    assert_int_equal(decode(hex, NULL), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_RAW);
    assert_true(reported(ZJIOT_LAYOUT, "data"));

    /* Valve codes: HY's and the standard's meaning. */
    assert_int_equal(decode("6853232273100011110404A01900643216", NULL), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_SET_OPENING_53);
    assert_int_equal(message.data.set_opening_53.opening, 100);
    assert_int_equal(decode("6853232273100011120404A01900643216", NULL), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_RAW);
    assert_int_equal(decode("6853232273100011110403A019003216", NULL), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_FACTORY_ENABLE);
    assert_int_equal(decode("6855271005830011111605902F01F4016E16", NULL), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_SET_OPENING_55);
    assert_int_equal(decode("6855271005830011111605902F01E9036E16", NULL), 0); /* 100.1 % */
    assert_true(reported(ZJIOT_RANGE, "opening"));
}

/* The labels follow the profile that was used ("under the hy profile A0 to A3 as printed"). */
static void labels_follow_the_profile(void **state) {
    (void)state;
    char hex[512];
    strcpy(hex, TYPE55);
    memcpy(hex + 12, "001112", 6);
    assert_int_equal(decode_layout(hex, ZJIOT_LAYOUT_HY), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_TYPE55);
    assert_string_equal(message.header.meter, "27100583");
    assert_string_equal(message.header.vendor, "001112");
}

/* A value that is none takes nothing with it: the frame is read, its neighbours are there. */
static void values_that_are_none(void **state) {
    (void)state;
    char hex[128];
    strcpy(hex, WATER);
    memcpy(hex + 28, "0A", 2); /* within the current flow */
    assert_int_equal(decode(hex, NULL), 0);
    const uint64_t flow = ZJIOT_BIT(cjt188_water, current_flow);
    const uint64_t settlement = ZJIOT_BIT(cjt188_water, settlement_flow);
    assert_true(message.data.water.invalid & flow);
    assert_false(message.data.water.has & flow);
    assert_true(message.data.water.has & settlement);
    assert_false(message.data.water.invalid & settlement);
    assert_int_equal(message.data.water.current_flow.unit, 0x2c);
    assert_true(reported(ZJIOT_TYPE, "current_flow"));

    strcpy(hex, WATER);
    memcpy(hex + 28, "99999999", 8);
    assert_int_equal(decode(hex, NULL), 0);
    assert_false(message.data.water.has & flow);
    assert_false(message.data.water.invalid & flow);
    assert_false(reported(ZJIOT_TYPE, "current_flow"));
    memcpy(hex + 28, "98999999", 8); /* one less is a number */
    assert_int_equal(decode(hex, NULL), 0);
    assert_true(message.data.water.has & flow);
    assert_true(message.data.water.current_flow.value == 999999.98);

    /* The clock: WATER's is zero, which is no date; then 99 fill; then a good one. */
    const uint64_t clock = ZJIOT_BIT(cjt188_water, clock);
    assert_int_equal(decode(WATER, NULL), 0);
    assert_true(message.data.water.invalid & clock);
    strcpy(hex, WATER);
    memcpy(hex + 48, "99999999999999", 14);
    assert_int_equal(decode(hex, NULL), 0);
    assert_false(message.data.water.invalid & clock);
    assert_false(message.data.water.has & clock);
    memcpy(hex + 48, "37081926052420", 14);
    assert_int_equal(decode(hex, NULL), 0);
    assert_int_equal(report.count, 0);
    assert_int_equal(message.data.water.clock.year, 2024);
    assert_int_equal(message.data.water.clock.second, 37);
    memcpy(hex + 48, "37081930022420", 14); /* 30 February */
    assert_int_equal(decode(hex, NULL), 0);
    assert_true(message.data.water.invalid & clock);
}

static void a_wrong_sum_is_an_error_unless_forced(void **state) {
    (void)state;
    const struct zjiot_options force = {.force = true};
    const struct zjiot_options strict_force = {.force = true, .strict = true};
    const size_t size = bytes_of("FEFE" WATER, bytes);
    bytes[size - 2] ^= 1;
    assert_int_equal(decode_bytes(size, NULL), ZJIOT_CHECKSUM);
    assert_int_equal(error.offset, size - 2);
    assert_string_equal(error.path, "cs");
    assert_int_equal(decode_bytes(size, &strict_force), ZJIOT_TYPE); /* the clock stands in front of the sum */
    assert_int_equal(decode_bytes(size, &force), 0);
    assert_true(message.forced);
    assert_false(message.header.cs_ok);
    assert_true(reported(ZJIOT_CHECKSUM, "cs"));
    assert_true(message.data.water.current_flow.value == 12);
    bytes[size - 2] ^= 1;
    assert_int_equal(decode_bytes(size, &force), 0);
    assert_false(message.forced);
    assert_true(message.header.cs_ok);
}

static void strict_mode_writes_no_output(void **state) {
    (void)state;
    static const struct {
        const char *hex;
        int code;
        const char *path;
    } cases[] = {
        {WATER, ZJIOT_TYPE, "clock"},
        {"682078563412000733040aa015052024052619083700"
         "16",
         ZJIOT_ORDER, "clock"},
        {"682078563412000733c104901f06050016", ZJIOT_LENGTH, "data"},
        {"6810785634120007338105901f0511220016", ZJIOT_LAYOUT, "data"},
        {"6855271005830011111605902F01E9030016", ZJIOT_RANGE, "opening"},
        {"6810785634120007331608a0160556341200200016", ZJIOT_UNKNOWN, "current_flow.unit"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct zjiot_options strict = {.strict = true};
        static struct zjiot_cjt188_message before;
        struct zjiot_span spans[64];
        struct zjiot_trace trace = {.items = spans, .capacity = 64};
        assert_int_equal(decode(cases[i].hex, NULL), 0); /* puts the sum right */
        memset(&message, 0xa5, sizeof message);
        memcpy(&before, &message, sizeof message);
        report = (struct zjiot_report){deviations, 64, 0};
        const size_t size = strlen(cases[i].hex) / 2;
        const int code = zjiot_cjt188_decode(bytes, size, &strict, &message, &report, &trace, &error);
        if (code != cases[i].code || strcmp(error.path, cases[i].path) != 0)
            fail_msg("%s: %d at %s", cases[i].hex, code, error.path);
        assert_memory_equal(&message, &before, sizeof message);
        assert_int_equal(report.count, 0);
        assert_int_equal(trace.count, 0);
    }
}

/* Table 13 and the second edition's additions, written down once more: byte, name, power of ten. */
static void the_table_of_units(void **state) {
    (void)state;
    static const struct {
        uint8_t code;
        const char *name;
        int exponent;
    } table[] = {
        {0x01, "J", 0},    {0x02, "Wh", 0},   {0x03, "Wh", 1},   {0x04, "Wh", 2},   {0x05, "kWh", 0},
        {0x06, "kWh", 1},  {0x07, "kWh", 2},  {0x08, "MWh", 0},  {0x09, "MWh", 1},  {0x0a, "MWh", 2},
        {0x0b, "kJ", 0},   {0x0c, "kJ", 1},   {0x0d, "kJ", 2},   {0x0e, "MJ", 0},   {0x0f, "MJ", 1},
        {0x10, "MJ", 2},   {0x11, "GJ", 0},   {0x12, "GJ", 1},   {0x13, "GJ", 2},   {0x14, "W", 0},
        {0x15, "W", 1},    {0x16, "W", 2},    {0x17, "kW", 0},   {0x18, "kW", 1},   {0x19, "kW", 2},
        {0x1a, "MW", 0},   {0x1b, "MW", 1},   {0x1c, "MW", 2},   {0x29, "L", 0},    {0x2c, "m3", 0},
        {0x2d, "m3", 1},   {0x2e, "m3", 2},   {0x32, "L/h", 0},  {0x33, "L/h", 1},  {0x34, "L/h", 2},
        {0x35, "m3/h", 0}, {0x36, "m3/h", 1}, {0x37, "m3/h", 2}, {0x40, "J/h", 0},  {0x43, "kJ/h", 0},
        {0x44, "kJ/h", 1}, {0x45, "kJ/h", 2}, {0x46, "MJ/h", 0}, {0x47, "MJ/h", 1}, {0x48, "MJ/h", 2},
        {0x49, "GJ/h", 0}, {0x4a, "GJ/h", 1}, {0x4b, "GJ/h", 2}, {0x2a, "m3", -2},  {0x2b, "m3", -1},
    };
    size_t known = 0;
    for (unsigned code = 0; code < 256; code++)
        known += zjiot_unit_find((uint8_t)code) != NULL;
    assert_int_equal(known, sizeof table / sizeof *table);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct zjiot_unit *unit = zjiot_unit_find(table[i].code);
        assert_non_null(unit);
        assert_int_equal(unit->code, table[i].code);
        assert_string_equal(unit->name, table[i].name);
        assert_int_equal(unit->exponent, table[i].exponent);
        assert_int_equal(zjiot_unit_named(table[i].name)->exponent, 0);
    }
    assert_null(zjiot_unit_named("kw"));
    assert_null(zjiot_unit_named(""));
}

/* A top nibble F is a minus: a positive number that would get one cannot be written. */
static void numbers_that_would_read_as_negative_are_refused(void **state) {
    (void)state;
    uint8_t out[512];
    static const double wrong[] = {6144.0, 6553.5, -409.6};
    static const double right[] = {6143.9, 0, -409.5, -0.1};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_int_equal(decode(TYPE53, NULL), 0);
        message.data.type53.inlet_temperature = right[i];
        const int64_t size = zjiot_cjt188_encode(&message, bytes, sizeof bytes, &error);
        assert_true(size > 0);
        assert_int_equal(decode_bytes((size_t)size, NULL), 0);
        assert_true(message.data.type53.inlet_temperature == right[i]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(decode(TYPE53, NULL), 0);
        message.data.type53.inlet_temperature = wrong[i];
        assert_int_equal(zjiot_cjt188_encode(&message, out, sizeof out, &error), ZJIOT_RANGE);
        assert_string_equal(error.path, "inlet_temperature");
    }
}

/* A layout that was asked for reads other types than its own, and so may be written back. */
static void readings_are_written_for_their_devices_only(void **state) {
    (void)state;
    static const char dated[] = "6810962911800100008116901F02001200002C000000002C0008192605242002007D16";
    static const struct {
        const char *hex;
        enum zjiot_cjt188_layout layout;
        unsigned device;
        enum zjiot_code code;
    } cases[] = {
        {dated, ZJIOT_LAYOUT_AUTO, 0x10, 0},
        {dated, ZJIOT_LAYOUT_AUTO, 0x49, 0},
        {dated, ZJIOT_LAYOUT_AUTO, 0x20, ZJIOT_CONST},
        {dated, ZJIOT_LAYOUT_AUTO, 0x53, ZJIOT_CONST},
        {dated, ZJIOT_LAYOUT_AUTO, 0x4a, ZJIOT_CONST},
        {dated, ZJIOT_LAYOUT_2004, 0xaa, 0},
        {dated, ZJIOT_LAYOUT_2004, 0x20, ZJIOT_CONST},
        {UNIT_FIRST, ZJIOT_LAYOUT_AUTO, 0x29, 0},
        {UNIT_FIRST, ZJIOT_LAYOUT_AUTO, 0x30, ZJIOT_CONST},
        {TYPE55, ZJIOT_LAYOUT_AUTO, 0x53, ZJIOT_CONST},
        {TYPE55, ZJIOT_LAYOUT_AUTO, 0x55, 0},
    };
    uint8_t out[ZJIOT_CJT188_FRAME_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(decode(cases[i].hex, NULL), 0);
        message.header.type = cases[i].device;
        message.layout = cases[i].layout;
        const int64_t size = zjiot_cjt188_encode(&message, out, sizeof out, &error);
        assert_int_equal(size < 0 ? size : 0, cases[i].code);
        if (size < 0)
            assert_string_equal(error.path, "type");
    }
}

/* What a record prints as its message's name finds the rows that read it. */
static void every_printed_name_is_found(void **state) {
    (void)state;
    const struct zjiot_protocol *cjt188 = zjiot_protocol_find("cjt188");
    static const struct {
        const char *name, *found;
    } cases[] = {
        {"vendor", "raw/"},
        {"vendor_reply", "raw/"},
        {"unknown", "raw/"},
        {"unknown_reply", "raw/"},
        {"write", "raw/"},
        {"write_reply/key", "raw/key"},
        {"vendor/key", "raw/key"},
        {"read_error/short", "error/short"},
        {"vendor_error/short", "error/short"},
        {"read_error", "read_error/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct zjiot_record *record = zjiot_record_find(cjt188, cases[i].name, ZJIOT_BOTH);
        char name[64];
        assert_non_null(record);
        snprintf(name, sizeof name, "%s/%s", record->name, record->variant);
        assert_string_equal(name, cases[i].found);
    }
    assert_null(zjiot_record_find(cjt188, "vendor/heat", ZJIOT_BOTH));
    assert_null(zjiot_record_find(cjt188, "vend", ZJIOT_BOTH));
    assert_null(zjiot_record_find(cjt188, "read_reply", ZJIOT_DOWN)); /* not the raw data of such a function */
    assert_null(zjiot_record_find(cjt188, "write", ZJIOT_UP));
    assert_non_null(zjiot_record_find(cjt188, "write", ZJIOT_DOWN));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_is_written_back),
        cmocka_unit_test(abnormal_answers_of_every_form),
        cmocka_unit_test(orders_of_the_identifier),
        cmocka_unit_test(bodies_without_identifier),
        cmocka_unit_test(an_empty_body_is_written_back_empty),
        cmocka_unit_test(functions_without_a_table_are_raw),
        cmocka_unit_test(layouts_that_the_caller_asks_for),
        cmocka_unit_test(hy_is_type_vendor_and_length),
        cmocka_unit_test(labels_follow_the_profile),
        cmocka_unit_test(values_that_are_none),
        cmocka_unit_test(a_wrong_sum_is_an_error_unless_forced),
        cmocka_unit_test(strict_mode_writes_no_output),
        cmocka_unit_test(the_table_of_units),
        cmocka_unit_test(numbers_that_would_read_as_negative_are_refused),
        cmocka_unit_test(readings_are_written_for_their_devices_only),
        cmocka_unit_test(every_printed_name_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
