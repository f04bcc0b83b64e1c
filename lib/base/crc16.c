/* CRC-16/MODBUS, eight bytes a step.
 *
 * tables[n][byte] is what `byte` leaves in the register when it and n zero bytes have passed. The register is
 * linear: an entry is the sum of those of its single bits, and these are 64 consecutive states of one register that
 * starts at 1. So the compiler makes all tables from the polynomial.
 */
#include "base/base.h"

#define SHIFT(state) ((state) >> 1 ^ ((state)&1) * 0xa001)
#define SHIFTS(name, state)                                                                                            \
    name##80 = SHIFT(state), name##40 = SHIFT(name##80), name##20 = SHIFT(name##40), name##10 = SHIFT(name##20),       \
    name##08 = SHIFT(name##10), name##04 = SHIFT(name##08), name##02 = SHIFT(name##04), name##01 = SHIFT(name##02)

/* S3_40: the register after the byte 40 and three zero bytes. */
enum {
    SHIFTS(S0_, 1),
    SHIFTS(S1_, S0_01),
    SHIFTS(S2_, S1_01),
    SHIFTS(S3_, S2_01),
    SHIFTS(S4_, S3_01),
    SHIFTS(S5_, S4_01),
    SHIFTS(S6_, S5_01),
    SHIFTS(S7_, S6_01),
};

#define PAIR(sum, bit) sum, (sum) ^ (bit)
#define ENTRIES4(name, sum) PAIR(sum, name##01), PAIR((sum) ^ name##02, name##01)
#define ENTRIES16(name, sum)                                                                                           \
    ENTRIES4(name, sum), ENTRIES4(name, (sum) ^ name##04), ENTRIES4(name, (sum) ^ name##08),                           \
        ENTRIES4(name, (sum) ^ name##08 ^ name##04)
#define ENTRIES64(name, sum)                                                                                           \
    ENTRIES16(name, sum), ENTRIES16(name, (sum) ^ name##10), ENTRIES16(name, (sum) ^ name##20),                        \
        ENTRIES16(name, (sum) ^ name##20 ^ name##10)
#define ENTRIES256(name)                                                                                               \
    { ENTRIES64(name, 0), ENTRIES64(name, name##40), ENTRIES64(name, name##80), ENTRIES64(name, name##80 ^ name##40) }

static const uint16_t tables[8][256] = {
    ENTRIES256(S0_), ENTRIES256(S1_), ENTRIES256(S2_), ENTRIES256(S3_),
    ENTRIES256(S4_), ENTRIES256(S5_), ENTRIES256(S6_), ENTRIES256(S7_),
};

uint16_t zj_crc16(const uint8_t *bytes, size_t size) {
    unsigned crc = 0xffff;
    for (; size >= 8; size -= 8, bytes += 8) {
        crc = (unsigned)(tables[7][bytes[0] ^ (crc & 0xff)] ^ tables[6][bytes[1] ^ crc >> 8] ^ tables[5][bytes[2]] ^
                         tables[4][bytes[3]] ^ tables[3][bytes[4]] ^ tables[2][bytes[5]] ^ tables[1][bytes[6]] ^
                         tables[0][bytes[7]]);
    }
    for (size_t i = 0; i < size; i++)
        crc = crc >> 8 ^ tables[0][(crc ^ bytes[i]) & 0xff];
    return (uint16_t)crc;
}
