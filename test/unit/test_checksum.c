/* CRC-16 and the byte sum against references that do it bit by bit and byte by byte. */
#include <string.h>

#include "unit.h"

#include "base/base.h"

static uint16_t naive_crc16(const uint8_t *bytes, size_t size) {
    uint16_t crc = 0xffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1);
    }
    return crc;
}

static uint8_t naive_sum8(const uint8_t *bytes, size_t size) {
    uint8_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum;
}

/* Published values: the check value of CRC-16/MODBUS, and two Modbus requests with their CRC. */
static void test_known_values(void **state) {
    (void)state;
    assert_int_equal(zj_crc16((const uint8_t *)"123456789", 9), 0x4b37);
    assert_int_equal(zj_crc16((const uint8_t *)"\x01\x03\x00\x00\x00\x0a", 6), 0xcdc5);
    assert_int_equal(zj_crc16((const uint8_t *)"\x11\x03\x00\x6b\x00\x03", 6), 0x8776);
    assert_int_equal(zj_crc16(NULL, 0), 0xffff);
    assert_int_equal(zj_sum8(NULL, 0), 0);
    assert_int_equal(zj_sum8((const uint8_t *)"\xff\x02", 2), 1);
}

/* Every entry of the first step's table and, at the eight places of a block, of all tables. */
static void test_every_byte_at_every_place(void **state) {
    (void)state;
    for (size_t place = 0; place < 17; place++) {
        for (int value = 0; value < 256; value++) {
            uint8_t bytes[17] = {0};
            bytes[place] = (uint8_t)value;
            assert_int_equal(zj_crc16(bytes, sizeof(bytes)), naive_crc16(bytes, sizeof(bytes)));
        }
    }
}

static void test_every_length_and_alignment(void **state) {
    (void)state;
    uint8_t bytes[332];
    uint64_t seed = 1;
    random_fill(&seed, bytes, sizeof(bytes));
    for (size_t size = 0; size <= 300; size++) {
        for (size_t shift = 0; shift < 32; shift++) {
            assert_int_equal(zj_crc16(bytes + shift, size), naive_crc16(bytes + shift, size));
            assert_int_equal(zj_sum8(bytes + shift, size), naive_sum8(bytes + shift, size));
        }
    }
}

/* Full bytes: a sum that saturates or wraps in a lane on its way shows itself. */
static void test_sum_of_full_bytes(void **state) {
    (void)state;
    static uint8_t bytes[70000];
    memset(bytes, 0xff, sizeof(bytes));
    for (size_t size = 0; size <= sizeof(bytes); size += 997)
        assert_int_equal(zj_sum8(bytes, size), (0x100 - size % 0x100) % 0x100);
    assert_int_equal(zj_crc16(bytes, sizeof(bytes)), naive_crc16(bytes, sizeof(bytes)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_every_byte_at_every_place),
        cmocka_unit_test(test_every_length_and_alignment),
        cmocka_unit_test(test_sum_of_full_bytes),
    };
    return cmocka_run_group_tests_name("checksum", tests, NULL, NULL);
}
