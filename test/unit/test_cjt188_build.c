/* The frames that a master sends: against captured ones, against those of the vectors, or against plain arithmetic. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vectors.h"
#include "zjiot/zjiot.h"

static uint8_t out[512];
static struct zjiot_error error;

static void assert_built(int64_t size, const char *hex) {
    if (size < 0)
        fail_msg("%s, instead of %s", error.text, hex);
    assert_bytes(out, size, hex);
}

static void assert_refused(int64_t code, enum zjiot_code wanted, const char *path) {
    if (code != (int)wanted || strcmp(error.path, path) != 0)
        fail_msg("%d at \"%s\", expected %d at \"%s\"", (int)code, error.path, (int)wanted, path);
}

/* The frame by the standard's own rule. `rest` is what stands from DI to the last byte of the data. */
static void compose(char *hex, unsigned preamble, const char *type_and_address, unsigned control, const char *rest) {
    uint8_t bytes[VECTOR_BYTES_MAX];
    unsigned sum = 0;
    char *at = hex;
    for (unsigned i = 0; i < preamble; i++)
        at += sprintf(at, "fe");
    char *frame = at;
    at += sprintf(at, "68%s%02x%02x%s", type_and_address, control, (unsigned)strlen(rest) / 2, rest);
    const size_t size = bytes_of(frame, bytes);
    for (size_t i = 0; i < size; i++)
        sum += bytes[i];
    sprintf(at, "%02x16", sum & 0xff);
}

/* Meter 0012345678 of vendor 3307, the one of the constructed vectors. */
static struct zjiot_cjt188_target target_of(uint8_t type, uint8_t ser) {
    struct zjiot_cjt188_target target = {.type = type, .ser = ser};
    assert_int_equal(zjiot_cjt188_target_meter(&target, "0012345678", "3307", &error), 0);
    return target;
}

static void the_standards_writes(void **state) {
    (void)state;
    static const uint8_t key[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    static const uint8_t address[7] = {0x44, 0x33, 0x22, 0x11, 0x00, 0x78, 0x33};
    const struct zjiot_cjt188_write_prices prices = {
        .price1 = 2.10, .volume1 = 180, .price2 = 3.45, .volume2 = 300, .price3 = 9999.98, .start_day = 25};
    const struct zjiot_clock clock = {2024, 5, 26, 19, 8, 37};
    const struct zjiot_quantity flow = {1234.56, 0x2c};
    const struct zjiot_cjt188_target target = target_of(0x10, 5);
    const struct zjiot_cjt188_target heat = target_of(0x20, 5);
    struct zjiot_cjt188_target gas = target_of(0x30, 5);
    gas.di_low_first = true;
#define BUILD(name, ...) zjiot_cjt188_build_##name(__VA_ARGS__, out, sizeof out, &error)
    assert_built(BUILD(write_prices, &target, &prices),
                 "6810785634120007330413a01005100200800100450300000300989999255f16");
    assert_built(BUILD(write_settlement_day, &target, 28), "6810785634120007330404a0110528ac16");
    assert_built(BUILD(write_reading_day, &target, 28), "6810785634120007330404a0120528ad16");
    assert_built(BUILD(write_purchase, &target, 0x12, 123456.78), "6810785634120007330408a013051278563412b016");
    assert_built(BUILD(write_key, &target, 2, key), "681078563412000733040ca01405020123456789abcdef5116");
    assert_built(BUILD(write_clock, &heat, &clock), "682078563412000733040aa01505370819260524206516");
    assert_built(BUILD(write_motor_sync, &target, &flow), "6810785634120007331608a01605563412002c6716");
    assert_built(BUILD(write_valve, &target, ZJIOT_CJT188_VALVE_OPEN), "6810785634120007330404a0170555df16");
    assert_built(BUILD(write_valve, &target, ZJIOT_CJT188_VALVE_CLOSE), "6810785634120007330404a01705992316");
    assert_built(BUILD(write_valve, &gas, ZJIOT_CJT188_VALVE_OPEN), "683078563412000733040417a00555ff16");
    assert_built(BUILD(write_address, &target, address), "681078563412000733150aa0180544332211007833f716");
    assert_built(BUILD(factory_enable, &target), "6810785634120007330403a019058b16");
}

/* Frames that were seen on real lines. */
static void captured_requests(void **state) {
    (void)state;
    struct zjiot_cjt188_target target = {.type = 0x10, .preamble = 4, .di_low_first = true};
    assert_int_equal(zjiot_cjt188_target_meter(&target, "0011223344", "7833", &error), 0);
    assert_built(BUILD(read, &target, 0x901f), "FEFEFEFE68104433221100337801031F90008016");
    target = (struct zjiot_cjt188_target){.type = 0x10, .preamble = 3, .ser = 1};
    assert_int_equal(zjiot_cjt188_target_meter(&target, "0019121301", "0000", &error), 0);
    assert_built(BUILD(write_valve, &target, ZJIOT_CJT188_VALVE_OPEN), "FEFEFE6810011312190000000404A0170155CC16");
    assert_built(BUILD(write_valve, &target, ZJIOT_CJT188_VALVE_FREE_OPEN), "FEFEFE6810011312190000000404A0170166DD16");
    target = (struct zjiot_cjt188_target){
        .type = 0x20, .ser = 0xaa, .di_low_first = true, .address = {0x75, 0x36, 0x49, 0x59, 0x00, 0x11, 0x11}};
    const struct zjiot_clock clock = {2014, 5, 30, 8, 42, 53};
    assert_built(BUILD(write_clock, &target, &clock), "682075364959001111040A15A0AA534208300514206A16");
    target =
        (struct zjiot_cjt188_target){.type = 0x20, .ser = 9, .address = {0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34}};
    assert_built(BUILD(read, &target, 0xd125), "6820123456789012340103D125097516");
    target.ser = 0x24;
    assert_built(BUILD(write_address, &target, target.address), "682012345678901234150AA01824123456789012345716");
    target.ser = 0x25;
    assert_built(BUILD(factory_enable, &target), "6820123456789012340403A019255716");
    assert_built(zjiot_cjt188_build_read_address(4, out, sizeof out, &error),
                 "FEFEFEFE68AAAAAAAAAAAAAAAA0303810A004916");
}

static void reads_of_every_identifier(void **state) {
    (void)state;
    static const struct {
        uint16_t first, last;
        unsigned control;
    } dis[] = {{0x901f, 0x901f, 1}, {0xd120, 0xd12b, 1}, {0x8102, 0x8105, 1}, {0x8106, 0x8106, 9}, {0x810a, 0x810a, 3}};
    static const uint16_t others[] = {0,      0x911f, 0x1f90, 0x902f, 0xd11f, 0xd12c,
                                      0x8101, 0x8107, 0x8109, 0x810b, 0xa010};
    struct zjiot_cjt188_target target = target_of(0x25, 0xfe);
    char hex[256];
    char rest[16];
    for (size_t i = 0; i < sizeof dis / sizeof *dis; i++)
        for (unsigned di = dis[i].first; di <= dis[i].last; di++)
            for (int low = 0; low < 2; low++) {
                sprintf(rest, "%04xfe", low ? (di & 0xff) << 8 | di >> 8 : di);
                compose(hex, 0, "2578563412000733", dis[i].control, rest);
                target.di_low_first = low;
                assert_built(BUILD(read, &target, (uint16_t)di), hex);
            }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_refused(BUILD(read, &target, others[i]), ZJIOT_UNKNOWN, "di");
}

static void preambles(void **state) {
    (void)state;
    struct zjiot_cjt188_target target = target_of(0x10, 0);
    char hex[256];
    for (unsigned preamble = 0; preamble <= ZJIOT_CJT188_PREAMBLE_MAX; preamble++) {
        target.preamble = (uint8_t)preamble;
        compose(hex, preamble, "1078563412000733", 1, "901f00");
        assert_built(BUILD(read, &target, 0x901f), hex);
    }
    target.preamble = ZJIOT_CJT188_PREAMBLE_MAX + 1;
    assert_refused(BUILD(read, &target, 0x901f), ZJIOT_RANGE, "preamble");
    assert_refused(zjiot_cjt188_build_read_address(255, out, sizeof out, &error), ZJIOT_RANGE, "preamble");
}

/* Byte for byte the commands that HY's gateway was seen to send, each with its own number of FE bytes. The opening
 * comes from the line's note ("55 valve 50 %"). */
static void hy_valve_commands(void **state) {
    (void)state;
    json_t *lines = vectors_read("hy/frames.jsonl");
    const json_t *line;
    size_t i;
    int built = 0;
    assert_non_null(lines);
    json_array_foreach(lines, i, line) {
        double percent;
        const int type = (int)json_integer_value(json_object_get(line, "type"));
        const int preamble = (int)json_integer_value(json_object_get(line, "preamble"));
        if (!json_is_true(json_object_get(line, "checksum_ok")) ||
            sscanf(vector_text(line, "note"), "%*d valve %lf %%", &percent) != 1)
            continue;
        struct zjiot_cjt188_target target = {.preamble = (uint8_t)preamble};
        assert_int_equal(zjiot_cjt188_target_hy(&target, (uint8_t)type, vector_text(line, "meter"), &error), 0);
        assert_built(BUILD(set_opening, &target, percent), vector_text(line, "hex"));
        built++;
    }
    json_decref(lines);
    assert_int_equal(built, 5);
}

static void hy_openings(void **state) {
    (void)state;
    struct zjiot_cjt188_target target = {.ser = 0}; /* type 55 counts from 1 */
    char hex[256];
    char rest[16];
    assert_int_equal(zjiot_cjt188_target_hy(&target, 0x55, "27100583", &error), 0);
    for (unsigned tenths = 0; tenths <= 1000; tenths++) {
        sprintf(rest, "902f01%02x%02x", tenths & 0xff, tenths >> 8);
        compose(hex, 0, "5527100583001111", 0x16, rest);
        assert_built(BUILD(set_opening, &target, tenths / 10.0), hex);
    }
    target.ser = 2;
    compose(hex, 0, "5527100583001111", 0x16, "902f020000");
    assert_built(BUILD(set_opening, &target, 0), hex);
    compose(hex, 0, "5527100583001111", 1, "901f02");
    assert_built(BUILD(read, &target, 0x901f), hex);
    target.ser = 0;
    compose(hex, 0, "5527100583001111", 1, "901f00");
    assert_built(BUILD(read, &target, 0x901f), hex);
    assert_refused(BUILD(set_opening, &target, 100.1), ZJIOT_RANGE, "opening");
    assert_refused(BUILD(set_opening, &target, -0.1), ZJIOT_RANGE, "opening");
    assert_refused(BUILD(set_opening, &target, 50.05), ZJIOT_RANGE, "opening");
    assert_refused(BUILD(set_opening, &target, (double)NAN), ZJIOT_RANGE, "opening");
    assert_int_equal(zjiot_cjt188_target_hy(&target, 0x53, "23227310", &error), 0);
    for (unsigned percent = 0; percent <= 100; percent++) {
        sprintf(rest, "a01900%02x", percent);
        compose(hex, 0, "5323227310001111", 4, rest);
        assert_built(BUILD(set_opening, &target, percent), hex);
    }
    assert_refused(BUILD(set_opening, &target, 101), ZJIOT_RANGE, "opening");
    assert_refused(BUILD(set_opening, &target, -1), ZJIOT_RANGE, "opening");
    assert_refused(BUILD(set_opening, &target, 50.5), ZJIOT_RANGE, "opening");
    target.type = 0x20;
    assert_refused(BUILD(set_opening, &target, 50), ZJIOT_ARG, "type");
}

/* The same codes mean something else for another type or vendor: such a frame moves a valve, or is misread. */
static void rows_are_written_for_their_devices_only(void **state) {
    (void)state;
    enum { HY = 1 };
    static const struct {
        enum zjiot_cjt188_message_type type;
        unsigned device, hy;
        enum zjiot_cjt188_layout layout;
        const char *path; /* of the error; NULL: it is written */
    } cases[] = {
        {ZJIOT_CJT188_SET_OPENING_53, 0x53, HY, ZJIOT_LAYOUT_AUTO, NULL},
        {ZJIOT_CJT188_SET_OPENING_53, 0x55, HY, ZJIOT_LAYOUT_AUTO, "type"},
        {ZJIOT_CJT188_SET_OPENING_53, 0x55, HY, ZJIOT_LAYOUT_HY, "type"},
        {ZJIOT_CJT188_SET_OPENING_53, 0x53, 0, ZJIOT_LAYOUT_AUTO, "address"},
        {ZJIOT_CJT188_SET_OPENING_53, 0x53, 0, ZJIOT_LAYOUT_HY, NULL},
        {ZJIOT_CJT188_SET_OPENING_53_REPLY, 0x10, HY, ZJIOT_LAYOUT_AUTO, "type"},
        {ZJIOT_CJT188_SET_OPENING_55, 0x55, HY, ZJIOT_LAYOUT_AUTO, NULL},
        {ZJIOT_CJT188_SET_OPENING_55, 0x10, HY, ZJIOT_LAYOUT_AUTO, "type"},
        {ZJIOT_CJT188_SET_OPENING_55, 0x10, HY, ZJIOT_LAYOUT_2004, "type"},
        {ZJIOT_CJT188_SET_OPENING_55, 0x55, 0, ZJIOT_LAYOUT_AUTO, "address"},
        {ZJIOT_CJT188_SET_OPENING_55_REPLY, 0x55, 0, ZJIOT_LAYOUT_AUTO, "address"},
        {ZJIOT_CJT188_WRITE_VALVE, 0x53, 0, ZJIOT_LAYOUT_AUTO, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zjiot_cjt188_message wanted = {.type = cases[i].type, .layout = cases[i].layout};
        wanted.header.type = cases[i].device;
        wanted.data.write_valve.valve = ZJIOT_CJT188_VALVE_OPEN; /* an opening of 55 % as well */
        if (cases[i].type == ZJIOT_CJT188_SET_OPENING_55)
            wanted.data.set_opening_55.opening = 25.5;
        memcpy(wanted.header.address + 4, cases[i].hy ? "\x00\x11\x11" : "\x00\x11\x12", 3);
        const int64_t size = zjiot_cjt188_encode(&wanted, out, sizeof out, &error);
        if (cases[i].path == NULL) {
            assert_true(size > 0);
            continue;
        }
        assert_int_equal(size, ZJIOT_CONST);
        assert_string_equal(error.path, cases[i].path);
    }
}

static void targets(void **state) {
    (void)state;
    static const uint8_t short_number[7] = {0x78, 0x56, 0x34, 0x12, 0, 0x07, 0};
    struct zjiot_cjt188_target target = {.type = 0x10, .ser = 3, .preamble = 2, .di_low_first = true};
    assert_int_equal(zjiot_cjt188_target_meter(&target, "12345678", "7", &error), 0);
    assert_memory_equal(target.address, short_number, 7);
    assert_int_equal(zjiot_cjt188_target_meter(&target, "", "", &error), 0);
    memset(target.address, 0xa5, 7);
    assert_refused(zjiot_cjt188_target_meter(&target, "12345678901", "7833", &error), ZJIOT_LENGTH, "meter");
    assert_refused(zjiot_cjt188_target_meter(&target, "1234567890", "78331", &error), ZJIOT_LENGTH, "vendor");
    assert_refused(zjiot_cjt188_target_meter(&target, "123a", "7833", &error), ZJIOT_TYPE, "meter");
    assert_refused(zjiot_cjt188_target_meter(&target, "-1", "7833", &error), ZJIOT_TYPE, "meter");
    assert_refused(zjiot_cjt188_target_meter(&target, "1", "78 3", &error), ZJIOT_TYPE, "vendor");
    assert_refused(zjiot_cjt188_target_hy(&target, 0x53, "2322731", &error), ZJIOT_LENGTH, "meter");
    assert_refused(zjiot_cjt188_target_hy(&target, 0x53, "232273100", &error), ZJIOT_LENGTH, "meter");
    assert_refused(zjiot_cjt188_target_hy(&target, 0x53, "2322731x", &error), ZJIOT_TYPE, "meter");
    assert_refused(zjiot_cjt188_target_hy(&target, 0x54, "23227310", &error), ZJIOT_ARG, "type");
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(target.address[i], 0xa5);
    assert_int_equal(target.type, 0x10);
    assert_int_equal(zjiot_cjt188_target_hy(&target, 0x53, "23227310", &error), 0);
    assert_int_equal(target.type, 0x53);
    assert_int_equal(target.ser, 3);
    assert_int_equal(target.preamble, 2);
    assert_true(target.di_low_first);
}

static void values_that_do_not_fit_are_refused(void **state) {
    (void)state;
    const struct zjiot_cjt188_target target = target_of(0x10, 0);
    struct zjiot_cjt188_write_prices prices = {.price3 = 10000, .start_day = 1};
    assert_refused(BUILD(write_prices, &target, &prices), ZJIOT_RANGE, "price3");
    prices = (struct zjiot_cjt188_write_prices){.price1 = 1.001, .start_day = 1};
    assert_refused(BUILD(write_prices, &target, &prices), ZJIOT_RANGE, "price1");
    prices = (struct zjiot_cjt188_write_prices){.volume2 = 1000000, .start_day = 1};
    assert_refused(BUILD(write_prices, &target, &prices), ZJIOT_RANGE, "volume2");
    prices = (struct zjiot_cjt188_write_prices){.volume1 = 0.5, .start_day = 1};
    assert_refused(BUILD(write_prices, &target, &prices), ZJIOT_RANGE, "volume1");
    assert_refused(BUILD(write_purchase, &target, 0, 1000000), ZJIOT_RANGE, "amount");
    assert_refused(BUILD(write_purchase, &target, 0, -0.01), ZJIOT_RANGE, "amount");
    assert_refused(BUILD(write_purchase, &target, 0, 0.001), ZJIOT_RANGE, "amount");
    assert_refused(BUILD(write_purchase, &target, 0, (double)NAN), ZJIOT_RANGE, "amount");
    assert_refused(BUILD(write_settlement_day, &target, 100), ZJIOT_RANGE, "settlement_day");
    assert_refused(BUILD(write_reading_day, &target, -1), ZJIOT_RANGE, "reading_day");
    assert_refused(BUILD(write_valve, &target, (enum zjiot_cjt188_valve_command)0), ZJIOT_RANGE, "valve");
    static const struct zjiot_clock clocks[] = {{2023, 2, 29, 0, 0, 0}, {2024, 13, 1, 0, 0, 0}, {2024, 1, 0, 0, 0, 0},
                                                {2024, 4, 31, 0, 0, 0}, {2024, 1, 1, 24, 0, 0}, {2024, 1, 1, 0, 60, 0},
                                                {2024, 1, 1, 0, 0, 60}, {1899, 1, 1, 0, 0, 0},  {2200, 1, 1, 0, 0, 0}};
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++)
        assert_refused(BUILD(write_clock, &target, &clocks[i]), ZJIOT_RANGE, "clock");
    static const struct zjiot_quantity flows[] = {{1000000, 0x2c}, {0.001, 0x2c}, {-1, 0x2c},   {1, 0x00},
                                                  {1, 0xff},       {10.05, 0x2d}, {1e300, 0x2c}};
    for (size_t i = 0; i < sizeof flows / sizeof *flows; i++)
        assert_refused(BUILD(write_motor_sync, &target, &flows[i]), ZJIOT_RANGE, "current_flow");
    struct zjiot_cjt188_target no_type = target;
    no_type.type = 0;
    assert_refused(BUILD(read, &no_type, 0x901f), ZJIOT_RANGE, "type");
}

/* "Days 1..31." */
static void days_are_1_to_31(void **state) {
    (void)state;
    static const int wrong[] = {0, 32, 99};
    const struct zjiot_cjt188_target target = target_of(0x10, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct zjiot_cjt188_write_prices prices = {.start_day = wrong[i]};
        assert_refused(BUILD(write_settlement_day, &target, wrong[i]), ZJIOT_RANGE, "settlement_day");
        assert_refused(BUILD(write_reading_day, &target, wrong[i]), ZJIOT_RANGE, "reading_day");
        assert_refused(BUILD(write_prices, &target, &prices), ZJIOT_RANGE, "start_day");
    }
}

static void every_smaller_buffer_is_too_small(void **state) {
    (void)state;
    struct zjiot_cjt188_target target = target_of(0x10, 0);
    uint8_t before[64];
    target.preamble = 3;
    memset(before, 0xa5, sizeof before);
    for (size_t capacity = 0; capacity < 3 + 16; capacity++) {
        memset(out, 0xa5, sizeof out);
        assert_int_equal(zjiot_cjt188_build_read(&target, 0x901f, out, capacity, &error), ZJIOT_SPACE);
        assert_int_equal(error.need, 3 + 16);
        assert_memory_equal(out, before, sizeof before);
    }
    assert_int_equal(zjiot_cjt188_build_read(&target, 0x901f, out, 3 + 16, NULL), 3 + 16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standards_writes),
        cmocka_unit_test(captured_requests),
        cmocka_unit_test(reads_of_every_identifier),
        cmocka_unit_test(preambles),
        cmocka_unit_test(hy_valve_commands),
        cmocka_unit_test(hy_openings),
        cmocka_unit_test(rows_are_written_for_their_devices_only),
        cmocka_unit_test(targets),
        cmocka_unit_test(values_that_do_not_fit_are_refused),
        cmocka_unit_test(days_are_1_to_31),
        cmocka_unit_test(every_smaller_buffer_is_too_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
