/* Decoding NB status frames and 72-byte meter frames: through the rows, and written by hand for just this frame.
 *
 * The yardsticks do what a good engineer would write for one message: lengths, checksum, every field into its struct,
 * every range looked at. They share the checksums and the number helpers with the library and know nothing of
 * deviations, layouts, other messages or byte positions. */
#include <string.h>

#include "bench.h"

#include "base/base.h"
#include "zjiot/zjiot.h"

enum { FRAMES = 32, NB_SIZE = 38, METER_SIZE = 72, TYPE55_L = 0x3B };

static uint8_t nb_frames[FRAMES][NB_SIZE];
static uint8_t meter_frames[FRAMES][METER_SIZE];
static char nb_texts[FRAMES][2 * NB_SIZE + 1];
static char meter_texts[FRAMES][2 * METER_SIZE + 1];
static unsigned turn;

/* --- The yardsticks --- */

struct lamp {
    uint32_t sn;
    uint16_t extra;
    bool crc_ok;
    char crc[5];
    unsigned out_of_range; /* a bit a field */
    int64_t online, running, brightness, duration;
    double frequency, voltage, current, active_power, reactive_power, apparent_power, power_factor;
    double active_energy, reactive_energy, apparent_energy, temperature;
};

static uint32_t be(const uint8_t *at, int size) {
    uint32_t number = 0;
    for (int i = 0; i < size; i++)
        number = number << 8 | at[i];
    return number;
}

static unsigned outside(uint32_t number, uint32_t low, uint32_t high, int bit) {
    return (unsigned)(number < low || number > high) << bit;
}

static int hand_lamp(const uint8_t *bytes, size_t size, struct lamp *lamp) {
    if (size != NB_SIZE || bytes[4] != 0x05)
        return -1;
    const uint16_t crc = (uint16_t)(bytes[36] | bytes[37] << 8);
    lamp->crc_ok = zj_crc16(bytes, NB_SIZE - 2) == crc;
    if (!lamp->crc_ok && crc != 0xFFFF && crc != 0)
        return -1;
    zjiot_hex_write(bytes + 36, 2, lamp->crc);
    lamp->sn = be(bytes, 4);
    lamp->extra = (uint16_t)be(bytes + 5, 2);
    const uint8_t *data = bytes + 7;
    lamp->online = data[0];
    lamp->running = data[1];
    lamp->brightness = data[2];
    lamp->duration = be(data + 3, 4);
    lamp->frequency = be(data + 7, 2) / 10.0;
    lamp->voltage = be(data + 9, 2) / 100.0;
    lamp->current = be(data + 11, 2) / 1000.0;
    lamp->active_power = be(data + 13, 2) / 10.0;
    lamp->reactive_power = be(data + 15, 2) / 10.0;
    lamp->apparent_power = be(data + 17, 2) / 10.0;
    lamp->power_factor = be(data + 19, 2) / 1000.0;
    lamp->active_energy = be(data + 21, 2) / 100.0;
    lamp->reactive_energy = be(data + 23, 2) / 100.0;
    lamp->apparent_energy = be(data + 25, 2) / 100.0;
    lamp->temperature = be(data + 27, 2) / 100.0;
    lamp->out_of_range = outside(data[0], 0, 1, 0) | outside(data[1], 0, 1, 1) | outside(data[2], 0, 100, 2) |
                         outside(be(data + 7, 2), 400, 650, 3) | outside(be(data + 9, 2), 0, 50000, 4) |
                         outside(be(data + 11, 2), 0, 10000, 5) | outside(be(data + 19, 2), 0, 1000, 6) |
                         outside(be(data + 27, 2), 0, 32767, 7) | outside(lamp->extra, 1, 65535, 8);
    return 0;
}

struct meter {
    uint8_t type, control, length, ser, status;
    uint8_t address[7];
    uint16_t di;
    char number[9], vendor[7];
    unsigned wrong; /* no BCD, an unknown unit or out of range */
    struct zjiot_quantity heat, flow_rate, volume;
    double supply, back, opening, set_opening;
    uint8_t unknown[30];
};

static int64_t bcd(const uint8_t *at, int size, unsigned *wrong) {
    int64_t number = 0;
    for (int i = size - 1; i >= 0; i--) {
        const unsigned high = at[i] >> 4, low = at[i] & 15;
        *wrong |= high > 9 || low > 9;
        number = number * 100 + high * 10 + low;
    }
    return number;
}

static struct zjiot_quantity quantity(const uint8_t *at, unsigned *wrong) {
    const int64_t number = bcd(at, 4, wrong);
    const struct zjiot_unit *unit = zjiot_unit_find(at[4]);
    *wrong |= unit == NULL;
    return (struct zjiot_quantity){zj_decimal_value(number, unit != NULL ? unit->exponent : 0), at[4]};
}

static int hand_meter(const uint8_t *bytes, size_t size, struct meter *meter) {
    if (size != METER_SIZE || bytes[0] != 0x68 || bytes[1] != 0x55 || bytes[10] != TYPE55_L || bytes[71] != 0x16)
        return -1;
    if (zj_sum8(bytes, METER_SIZE - 2) != bytes[70])
        return -1;
    meter->type = bytes[1];
    memcpy(meter->address, bytes + 2, 7);
    zjiot_hex_write(bytes + 2, 4, meter->number);
    zjiot_hex_write(bytes + 6, 3, meter->vendor);
    meter->control = bytes[9];
    meter->length = bytes[10];
    meter->di = (uint16_t)(bytes[11] << 8 | bytes[12]);
    meter->ser = bytes[13];
    const uint8_t *data = bytes + 14;
    unsigned wrong = 0;
    meter->heat = quantity(data, &wrong);
    meter->flow_rate = quantity(data + 5, &wrong);
    meter->volume = quantity(data + 10, &wrong);
    meter->supply = (double)bcd(data + 15, 3, &wrong) / 100;
    meter->back = (double)bcd(data + 18, 3, &wrong) / 100;
    memcpy(meter->unknown, data + 21, 14);
    const unsigned opening = data[35] | (unsigned)data[36] << 8;
    const unsigned set_opening = data[37] | (unsigned)data[38] << 8;
    meter->opening = opening / 10.0;
    meter->set_opening = set_opening / 10.0;
    memcpy(meter->unknown + 14, data + 39, 16);
    meter->status = data[55];
    meter->wrong = wrong | (opening > 1000) | (set_opening > 1000);
    return 0;
}

/* --- The variants --- */

static struct lamp lamp;
static struct meter meter;
static struct zjiot_nb_message nb;
static struct zjiot_cjt188_message cjt188;
static struct zjiot_deviation deviations[8];
static struct zjiot_report report = {.items = deviations, .capacity = ZJ_COUNT(deviations)};
static char record[8192];

static unsigned next_frame(void) {
    return turn++ % FRAMES;
}

static void run_hand_lamp(void *argument) {
    hand_lamp(nb_frames[next_frame()], NB_SIZE, argument);
}

static void run_nb(void *argument) {
    report.count = 0;
    zjiot_nb_decode(nb_frames[next_frame()], NB_SIZE, NULL, argument, &report, NULL, NULL);
}

static void run_nb_hex(void *argument) {
    uint8_t bytes[NB_SIZE];
    report.count = 0;
    zjiot_hex_read(nb_texts[next_frame()], 2 * NB_SIZE, bytes, sizeof bytes, NULL);
    zjiot_nb_decode(bytes, NB_SIZE, NULL, argument, &report, NULL, NULL);
}

static void run_nb_encode(void *argument) {
    uint8_t bytes[NB_SIZE];
    zjiot_nb_encode(argument, NULL, bytes, sizeof bytes, NULL);
}

static struct zjiot_pool *fresh_pool(void) {
    static _Alignas(max_align_t) unsigned char memory[1 << 16];
    static struct zjiot_pool pool;
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    return &pool;
}

static void run_nb_record(void *argument) {
    zjiot_record(argument, &(struct zjiot_input){NULL, nb_frames[next_frame()], NB_SIZE}, NULL, fresh_pool(), record,
                 sizeof record, NULL);
}

static void run_hand_meter(void *argument) {
    hand_meter(meter_frames[next_frame()], METER_SIZE, argument);
}

static void run_cjt188(void *argument) {
    report.count = 0;
    zjiot_cjt188_decode(meter_frames[next_frame()], METER_SIZE, NULL, argument, &report, NULL, NULL);
}

static void run_cjt188_hex(void *argument) {
    uint8_t bytes[METER_SIZE];
    report.count = 0;
    zjiot_hex_read(meter_texts[next_frame()], 2 * METER_SIZE, bytes, sizeof bytes, NULL);
    zjiot_cjt188_decode(bytes, METER_SIZE, NULL, argument, &report, NULL, NULL);
}

static void run_cjt188_encode(void *argument) {
    uint8_t bytes[METER_SIZE];
    zjiot_cjt188_encode(argument, bytes, sizeof bytes, NULL);
}

static void run_cjt188_record(void *argument) {
    zjiot_record(argument, &(struct zjiot_input){NULL, meter_frames[next_frame()], METER_SIZE}, NULL, fresh_pool(),
                 record, sizeof record, NULL);
}

/* --- Frames, each with other values --- */

static void make_nb(unsigned n) {
    struct zjiot_nb_message message = {.type = ZJIOT_NB_STATUS, .header = {.extra = n + 1}};
    message.data.status = (struct zjiot_nb_status){.online = 1,
                                                   .running = n % 2,
                                                   .brightness = 3 * n,
                                                   .duration = 1440 * n,
                                                   .frequency = 50 + n % 3 / 10.0,
                                                   .voltage = 22000 / 100.0 + n,
                                                   .current = (400 + n) / 1000.0,
                                                   .active_power = 80 + n,
                                                   .reactive_power = n,
                                                   .apparent_power = 81 + n,
                                                   .power_factor = (960 + n) / 1000.0,
                                                   .active_energy = 12 + n,
                                                   .reactive_energy = n,
                                                   .apparent_energy = 13 + n,
                                                   .temperature = 25 + n};
    zjiot_nb_encode(&message, NULL, nb_frames[n], NB_SIZE, NULL);
    zjiot_hex_write(nb_frames[n], NB_SIZE, nb_texts[n]);
}

static void make_meter(unsigned n) {
    struct zjiot_cjt188_message message = {.type = ZJIOT_CJT188_TYPE55};
    struct zjiot_cjt188_target target = {.ser = (uint8_t)n};
    zjiot_cjt188_target_hy(&target, 0x55, "27100583", NULL);
    message.header.type = target.type;
    message.header.ser = target.ser;
    memcpy(message.header.address, target.address, sizeof target.address);
    message.data.type55 = (struct zjiot_cjt188_type55){.heat = {4532312 + n, 0x05},
                                                       .flow_rate = {n, 0x32},
                                                       .volume = {3456 + n, 0x2A},
                                                       .supply_temperature = 28 + n,
                                                       .return_temperature = 25 + n,
                                                       .valve_opening = 3 * n,
                                                       .set_opening = 3 * n,
                                                       .status = 0x40};
    zjiot_cjt188_encode(&message, meter_frames[n], METER_SIZE, NULL);
    zjiot_hex_write(meter_frames[n], METER_SIZE, meter_texts[n]);
}

/* Both must have read the same, or the times say nothing. */
static bool same_lamp(unsigned n) {
    const struct zjiot_nb_status *status = &nb.data.status;
    report.count = 0;
    if (hand_lamp(nb_frames[n], NB_SIZE, &lamp) != 0 ||
        zjiot_nb_decode(nb_frames[n], NB_SIZE, NULL, &nb, &report, NULL, NULL) != 0)
        return false;
    return report.count == 0 && lamp.out_of_range == 0 && lamp.sn == (uint64_t)nb.header.sn && nb.header.crc_ok &&
           lamp.extra == nb.header.extra && lamp.duration == status->duration && lamp.voltage == status->voltage &&
           lamp.current == status->current && lamp.temperature == status->temperature;
}

static bool same_meter(unsigned n) {
    const struct zjiot_cjt188_type55 *type55 = &cjt188.data.type55;
    report.count = 0;
    if (hand_meter(meter_frames[n], METER_SIZE, &meter) != 0 ||
        zjiot_cjt188_decode(meter_frames[n], METER_SIZE, NULL, &cjt188, &report, NULL, NULL) != 0)
        return false;
    return report.count == 0 && meter.wrong == 0 && cjt188.type == ZJIOT_CJT188_TYPE55 &&
           meter.heat.value == type55->heat.value && meter.volume.value == type55->volume.value &&
           meter.back == type55->return_temperature && meter.opening == type55->valve_opening &&
           strcmp(meter.number, cjt188.header.meter) == 0;
}

int main(void) {
    const struct bench lamps[] = {
        {.name = "by hand", .run = run_hand_lamp, .argument = &lamp, .bytes = NB_SIZE},
        {.name = "zjiot_nb_decode", .run = run_nb, .argument = &nb, .bytes = NB_SIZE, .most_ratio = 3},
        {.name = "from hex text", .run = run_nb_hex, .argument = &nb, .bytes = 2 * NB_SIZE},
        {.name = "zjiot_nb_encode", .run = run_nb_encode, .argument = &nb, .bytes = NB_SIZE},
        {.name = "JSON record",
         .run = run_nb_record,
         .argument = (void *)(uintptr_t)zjiot_protocol_find("nb"),
         .bytes = NB_SIZE},
    };
    const struct bench meters[] = {
        {.name = "by hand", .run = run_hand_meter, .argument = &meter, .bytes = METER_SIZE},
        {.name = "zjiot_cjt188_decode", .run = run_cjt188, .argument = &cjt188, .bytes = METER_SIZE, .most_ratio = 3},
        {.name = "from hex text", .run = run_cjt188_hex, .argument = &cjt188, .bytes = 2 * METER_SIZE},
        {.name = "zjiot_cjt188_encode", .run = run_cjt188_encode, .argument = &cjt188, .bytes = METER_SIZE},
        {.name = "JSON record",
         .run = run_cjt188_record,
         .argument = (void *)(uintptr_t)zjiot_protocol_find("cjt188"),
         .bytes = METER_SIZE},
    };
    for (unsigned n = 0; n < FRAMES; n++) {
        make_nb(n);
        make_meter(n);
        if (!same_lamp(n) || !same_meter(n)) {
            fprintf(stderr, "frame %u: the variants differ\n", n);
            return 2;
        }
    }
    const bool lamps_met = bench_run("NB status, 38 bytes", lamps, ZJ_COUNT(lamps));
    const bool meters_met = bench_run("CJ/T 188 type 55 reading, 72 bytes", meters, ZJ_COUNT(meters));
    return lamps_met && meters_met ? 0 : 1;
}
