/* Callers and devices that do what nobody expects: numbers that are none, structs with old contents, options out of
 * range, keys in damaged frames. Each case was a bug once. */
#include <math.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

static struct zjiot_error error;
static uint8_t bytes[VECTOR_BYTES_MAX];
static uint8_t out[VECTOR_BYTES_MAX];
static char record[16384];

static void no_number_prints_as_null(void **state) {
    (void)state;
    static const double values[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    const struct zjiot_record *status = zjiot_record_find(zjiot_protocol_find("nb"), "status", ZJIOT_BOTH);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        for (unsigned j = 0; j < status->field_count; j++)
            if (strcmp(status->fields[j].key, "voltage") == 0)
                zjiot_value_text(&status->fields[j], &values[i], record, sizeof record);
        assert_string_equal(record, "null");
    }
}

static void a_prepared_message_has_a_record(void **state) {
    (void)state;
    static _Alignas(max_align_t) unsigned char memory[8192];
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++)
        for (size_t i = 0; i < (*p)->record_count; i++) {
            struct zjiot_pool pool;
            struct zjiot_message message;
            zjiot_pool_fixed(&pool, memory, sizeof memory);
            assert_int_equal(zjiot_prepare(*p, &(*p)->records[i], &pool, &message, &error), 0);
            const struct zjiot_outcome outcome = {.message = &message};
            assert_true(zjiot_record_write(&outcome, NULL, false, record, sizeof record, &error) > 0);
        }
}

static void an_unknown_layout_is_refused(void **state) {
    (void)state;
    const struct zjiot_options options = {.layout = (enum zjiot_cjt188_layout)99};
    struct zjiot_cjt188_message message;
    const size_t size = bytes_of(WATER, bytes);
    assert_int_equal(zjiot_cjt188_decode(bytes, size, &options, &message, NULL, NULL, &error), ZJIOT_ARG);
}

/* What the struct held before must not be seen: a frame without DI and SER, an invalid clock. */
static void old_contents_do_not_shine_through(void **state) {
    (void)state;
    static const char *const frames[] = {"68107856341200073333000916", WATER};
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        struct zjiot_cjt188_message clean, dirty;
        const size_t size = bytes_of(frames[i], bytes);
        memset(&clean, 0, sizeof clean);
        memset(&dirty, 0xAA, sizeof dirty);
        const int code =
            zjiot_cjt188_decode(bytes, size, &(struct zjiot_options){.force = true}, &clean, NULL, NULL, &error);
        assert_int_equal(code, 0);
        zjiot_cjt188_decode(bytes, size, &(struct zjiot_options){.force = true}, &dirty, NULL, NULL, &error);
        assert_int_equal(clean.header.ser, dirty.header.ser);
        assert_int_equal(clean.header.di, dirty.header.di);
        assert_int_equal(clean.header.di_order, dirty.header.di_order);
        if (clean.type == ZJIOT_CJT188_WATER)
            assert_int_equal(clean.data.water.clock.year, dirty.data.water.clock.year);
    }
}

/* A value that was filled with 99 is not written as zero. */
static void absent_is_not_zero(void **state) {
    (void)state;
    struct zjiot_cjt188_message message;
    const size_t size = bytes_of("68107856341200073381"
                                 "08d12001999999992c"
                                 "0016",
                                 bytes);
    const struct zjiot_options force = {.force = true};
    assert_int_equal(zjiot_cjt188_decode(bytes, size, &force, &message, NULL, NULL, &error), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_HISTORY);
    assert_int_equal(zjiot_cjt188_encode(&message, out, sizeof out, &error), ZJIOT_MISSING);
    assert_string_equal(error.path, "settlement_value");
}

static void a_question_about_a_month_names_it(void **state) {
    (void)state;
    struct zjiot_cjt188_message message = {.type = ZJIOT_CJT188_READ_HISTORY, .header = {.type = 0x10}};
    assert_int_equal(zjiot_cjt188_encode(&message, out, sizeof out, &error), ZJIOT_MISSING);
    message.header.di = 0xD125;
    assert_int_equal(zjiot_cjt188_encode(&message, out, sizeof out, &error), 16);
    assert_int_equal(out[12], 0x25);
}

static void hy_commands_are_for_hy_only(void **state) {
    (void)state;
    struct zjiot_cjt188_target target = {.type = 0x55};
    assert_int_equal(zjiot_cjt188_target_meter(&target, "1234567890", "7833", &error), 0);
    assert_int_equal(zjiot_cjt188_build_set_opening(&target, 25, out, sizeof out, &error), ZJIOT_ARG);
}

static void a_known_function_is_not_written_as_unknown(void **state) {
    (void)state;
    static const uint8_t too_bright[] = {1, 1, 255};
    struct zjiot_nb_message message = {.type = ZJIOT_NB_UNKNOWN_FN, .header = {.fn = 0x11, .extra = 1}};
    message.data.unknown.bytes = (struct zjiot_bytes){too_bright, sizeof too_bright};
    assert_int_equal(zjiot_nb_encode(&message, NULL, out, sizeof out, &error), ZJIOT_CONST);
}

static void serial_number_zero_is_a_number(void **state) {
    (void)state;
    struct zjiot_nb_message message;
    const size_t size = bytes_of("00000000120001"
                                 "02"
                                 "c522",
                                 bytes);
    assert_int_equal(zjiot_nb_decode(bytes, size, NULL, &message, NULL, NULL, &error), 0);
    assert_int_equal(zjiot_nb_encode(&message, NULL, out, sizeof out, &error), (int64_t)size);
    assert_memory_equal(out, bytes, size);
}

static void an_empty_payload_is_no_frame(void **state) {
    (void)state;
    assert_int_equal(zjiot_nb_unwrap(NULL, 0, out, sizeof out, NULL, NULL, &error), ZJIOT_LENGTH);
}

/* A key frame with any one byte changed, read as any protocol, shows nothing of its key. */
static void a_damaged_key_frame_hides_its_key(void **state) {
    (void)state;
    enum { CONTROL_AT = 9, DI_AT = 11, DI_END = 13 };
    const size_t size = bytes_of(KEY, bytes);
    for (const struct zjiot_protocol *const *p = zjiot_protocols();; p++) {
        for (size_t at = 0; at < size; at++) {
            if (at == CONTROL_AT || (at >= DI_AT && at < DI_END))
                continue; /* then it is a frame of another kind */
            bytes[at] ^= 0x01;
            assert_true(zjiot_record(*p, &(struct zjiot_input){NULL, bytes, size}, NULL, fresh_pool(), record,
                                     sizeof record, &error) > 0);
            bytes[at] ^= 0x01;
            assert_null(strstr(record, "456789ab"));
        }
        if (*p == NULL)
            break;
    }
}

/* The usual answer has no key in it; a damaged one may be another frame's. */
static void an_answer_with_the_version_alone_is_shown(void **state) {
    (void)state;
    const size_t size = bytes_of("6810010000000001008404a0140003b916", bytes);
    for (int damaged = 0; damaged <= 1; damaged++) {
        bytes[size - 2] ^= (uint8_t)damaged;
        assert_true(zjiot_record(NULL, &(struct zjiot_input){NULL, bytes, size}, NULL, fresh_pool(), record,
                                 sizeof record, &error) > 0);
        assert_int_equal(strstr(record, "\"raw\":\"***\"") != NULL, damaged);
    }
}

static void an_answer_that_repeats_the_key_hides_it(void **state) {
    (void)state;
    const size_t size = bytes_of("681012345678901234840ca014010511223344556677881016", bytes);
    assert_true(zjiot_record(NULL, &(struct zjiot_input){NULL, bytes, size}, &(struct zjiot_options){.force = true},
                             fresh_pool(), record, sizeof record, &error) > 0);
    assert_null(strstr(record, "22334455"));
}

/* "An unknown unit byte is passed through as such": it costs no other value. */
static void one_unknown_unit_costs_no_reading(void **state) {
    (void)state;
    struct zjiot_deviation items[4];
    struct zjiot_report report = {items, 4, 0};
    struct zjiot_cjt188_message message;
    const size_t size = bytes_of("682078563412000733812e901f0000013400050010740005000000006000000000356000"
                                 "00002c0638002538000200002859171302002000008216",
                                 bytes);
    assert_int_equal(zjiot_cjt188_decode(bytes, size, NULL, &message, &report, NULL, &error), 0);
    assert_int_equal(message.type, ZJIOT_CJT188_HEAT);
    assert_true(message.data.heat.supply_temperature == 38.06);
    assert_int_equal(message.data.heat.heat_power.unit, 0x60);
    assert_int_equal(report.count, 1);
    assert_int_equal(items[0].code, ZJIOT_UNKNOWN);
    assert_string_equal(items[0].path, "heat_power.unit");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_number_prints_as_null),
        cmocka_unit_test(a_prepared_message_has_a_record),
        cmocka_unit_test(an_unknown_layout_is_refused),
        cmocka_unit_test(old_contents_do_not_shine_through),
        cmocka_unit_test(absent_is_not_zero),
        cmocka_unit_test(a_question_about_a_month_names_it),
        cmocka_unit_test(hy_commands_are_for_hy_only),
        cmocka_unit_test(a_known_function_is_not_written_as_unknown),
        cmocka_unit_test(serial_number_zero_is_a_number),
        cmocka_unit_test(an_empty_payload_is_no_frame),
        cmocka_unit_test(a_damaged_key_frame_hides_its_key),
        cmocka_unit_test(an_answer_with_the_version_alone_is_shown),
        cmocka_unit_test(an_answer_that_repeats_the_key_hides_it),
        cmocka_unit_test(one_unknown_unit_costs_no_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
