/* The simulated meter: every request of CJ/T 188 has an answer that a strict reader takes, what was written is read
 * back, and readings follow from time and valve by plain arithmetic. */
#include <string.h>

#include "unit.h"

#include "simulate/meter.h"
#include "zjiot/cjt188.h"

static const int64_t second = 1000, hour = 3600 * INT64_C(1000), day = 24 * 3600 * INT64_C(1000);
static const int64_t start = INT64_C(1716721680000); /* 2024-05-26 19:08:00 in China */

static struct sim_meter meter;
static struct zjiot_cjt188_target master;
static uint8_t request[ZJIOT_CJT188_FRAME_MAX], reply[ZJIOT_CJT188_FRAME_MAX];
static struct zjiot_cjt188_message answer;
static struct zjiot_error error;

static void begin(uint8_t type) {
    const bool is_hy = type == SIM_METER_HY_VALVE || type == SIM_METER_HY_BUILDING;
    master = (struct zjiot_cjt188_target){.type = type, .ser = 7};
    assert_int_equal(sim_meter_init(&meter, type, "23227310", "3307", start, &error), 0);
    if (is_hy)
        assert_int_equal(zjiot_cjt188_target_hy(&master, type, "23227310", &error), 0);
    else
        assert_int_equal(zjiot_cjt188_target_meter(&master, "23227310", "3307", &error), 0);
}

/* The meter's answer to the `size` bytes of `request`, over the wire and read strictly. */
static void ask(int64_t size, int64_t now) {
    static const struct zjiot_options strict = {.strict = true};
    struct zjiot_cjt188_message message;
    if (size < 0)
        fail_msg("request: %s", error.text);
    assert_int_equal(zjiot_cjt188_decode(request, (size_t)size, NULL, &message, NULL, NULL, &error), 0);
    assert_true(sim_meter_answer(&meter, request, (size_t)size, now, &answer));
    const int64_t written = zjiot_cjt188_encode(&answer, reply, sizeof reply, &error);
    if (written < 0)
        fail_msg("answer: %s", error.text);
    if (zjiot_cjt188_decode(reply, (size_t)written, &strict, &answer, NULL, NULL, &error) != 0)
        fail_msg("answer: %s", error.text);
    assert_int_equal(answer.header.ser, message.header.ser);
    assert_int_equal(answer.header.control & 0x3F, message.header.control);
}

static void ask_read(uint16_t di, int64_t now) {
    ask(zjiot_cjt188_build_read(&master, di, request, sizeof request, &error), now);
}

#define ask_for(now, build, ...)                                                                                       \
    ask(zjiot_cjt188_build_##build(&master, __VA_ARGS__, request, sizeof request, &error), now)

static void near(double got, double wanted, double most) {
    if (got - wanted > most || wanted - got > most)
        fail_msg("%.6f is not %.6f", got, wanted);
}

/* An hour with an open valve is an hour's flow; the settlement day takes it over. */
static void water_is_counted(void **state) {
    (void)state;
    begin(SIM_METER_WATER);
    ask_read(0x901F, start);
    assert_int_equal(answer.type, ZJIOT_CJT188_WATER);
    const double before = answer.data.water.current_flow.value;
    assert_int_equal(answer.data.water.clock.hour, 19);
    assert_int_equal(answer.data.water.status.valve, ZJIOT_CJT188_VALVE_STATE_OPEN);
    ask_read(0x901F, start + hour);
    near(answer.data.water.current_flow.value, before + meter.rate, 0.011);
    assert_true(answer.data.water.settlement_flow.value < before);
    ask_read(0xD120, start + hour);
    const double settled = answer.data.history.settlement_value.value;
    ask_read(0x901F, start + 6 * day);
    const double first_of_june = answer.data.water.settlement_flow.value;
    near(first_of_june, before + meter.rate * 24 * 6, 24 * meter.rate);
    ask_read(0xD121, start + 6 * day);
    near(answer.data.history.settlement_value.value, settled, 0);
}

static void heat_is_counted(void **state) {
    (void)state;
    static const uint8_t types[] = {SIM_METER_HEAT, SIM_METER_HY_BUILDING};
    for (size_t i = 0; i < sizeof types; i++) {
        begin(types[i]);
        ask_read(0x901F, start);
        const bool hy = answer.type == ZJIOT_CJT188_TYPE55;
        const double heat = hy ? answer.data.type55.heat.value : answer.data.heat.current_heat.value;
        const double volume = hy ? answer.data.type55.volume.value : answer.data.heat.cumulative_flow.value;
        const double kelvin = hy ? answer.data.type55.supply_temperature - answer.data.type55.return_temperature
                                 : answer.data.heat.supply_temperature - answer.data.heat.return_temperature;
        ask_read(0x901F, start + hour);
        near((hy ? answer.data.type55.volume.value : answer.data.heat.cumulative_flow.value) - volume, meter.rate,
             0.011);
        near((hy ? answer.data.type55.heat.value : answer.data.heat.current_heat.value) - heat,
             meter.rate * 1.163 * kelvin, 2);
    }
}

/* Half of the way takes half of the time; a closed valve lets nothing through. */
static void hy_valves_move(void **state) {
    (void)state;
    begin(SIM_METER_HY_BUILDING);
    ask_for(start, set_opening, 0.0);
    assert_int_equal(answer.type, ZJIOT_CJT188_SET_OPENING_55_REPLY);
    ask_read(0x901F, start + 10 * second);
    near(answer.data.type55.valve_opening, 50, 0);
    near(answer.data.type55.set_opening, 0, 0);
    ask_read(0x901F, start + 20 * second);
    near(answer.data.type55.valve_opening, 0, 0);
    near(answer.data.type55.flow_rate.value, 0, 0);
    const double volume = answer.data.type55.volume.value;
    ask_read(0x901F, start + day);
    near(answer.data.type55.volume.value, volume, 0);
    ask_for(start + day, set_opening, 25.5);
    ask_read(0x901F, start + 2 * day);
    near(answer.data.type55.valve_opening, 25.5, 0);
    near(answer.data.type55.volume.value, volume + meter.rate * 24 * 0.255, 0.1);
    begin(SIM_METER_HY_VALVE);
    ask_for(start, set_opening, 40.0);
    assert_int_equal(answer.data.set_opening_53_reply.opening, 40);
    ask_read(0x901F, start + 3 * second);
    assert_int_equal(answer.data.type53.valve_opening, 85);
    ask_read(0x901F, start + 30 * second);
    assert_int_equal(answer.data.type53.valve_opening, 40);
}

static void the_standards_valve(void **state) {
    (void)state;
    begin(SIM_METER_WATER);
    ask_for(start, write_valve, ZJIOT_CJT188_VALVE_CLOSE);
    assert_int_equal(answer.data.write_valve_reply.status.valve, ZJIOT_CJT188_VALVE_STATE_OPEN);
    ask_read(0x901F, start + 30 * second);
    assert_int_equal(answer.data.water.status.valve, ZJIOT_CJT188_VALVE_STATE_CLOSED);
    ask_for(start + 30 * second, write_valve, ZJIOT_CJT188_VALVE_OPEN);
    ask_read(0x901F, start + 31 * second);
    assert_int_equal(answer.data.water.status.valve, ZJIOT_CJT188_VALVE_STATE_OPEN);
}

/* What is written is read back. */
static void tables(void **state) {
    (void)state;
    static const uint8_t key[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct zjiot_cjt188_write_prices prices = {
        .price1 = 2.1, .volume1 = 100, .price2 = 3.45, .volume2 = 300, .price3 = 9999.98, .start_day = 25};
    begin(SIM_METER_WATER);
    ask(zjiot_cjt188_build_write_prices(&master, &prices, request, sizeof request, &error), start);
    ask_read(0x8102, start);
    near(answer.data.prices.price2, 3.45, 0);
    near(answer.data.prices.volume2, 300, 0);
    near(answer.data.prices.price3, 9999.98, 0);
    ask_for(start, write_settlement_day, 31);
    ask_read(0x8103, start);
    near(answer.data.settlement_day.settlement_day, 31, 0);
    ask_for(start, write_reading_day, 12);
    ask_read(0x8104, start);
    near(answer.data.reading_day.reading_day, 12, 0);
    ask_for(start, write_key, 9, key);
    assert_int_equal(answer.data.write_key_reply.key_version, 9);
    ask_read(0x8106, start);
    assert_int_equal(answer.data.key_version.key_version, 9);
    ask(zjiot_cjt188_build_factory_enable(&master, request, sizeof request, &error), start);
    assert_int_equal(answer.type, ZJIOT_CJT188_FACTORY_ENABLE_REPLY);
}

/* A purchase that is sent twice is bought once. */
static void purchases(void **state) {
    (void)state;
    begin(SIM_METER_WATER);
    ask_read(0x8105, start);
    const double total = answer.data.purchase.cumulative_purchase, left = answer.data.purchase.remaining;
    for (int i = 0; i < 2; i++) {
        ask_for(start, write_purchase, 2, 50.25);
        assert_int_equal(answer.type, ZJIOT_CJT188_WRITE_PURCHASE_REPLY);
        near(answer.data.write_purchase_reply.amount, 50.25, 0);
    }
    ask_read(0x8105, start);
    assert_int_equal(answer.data.purchase.sequence, 2);
    near(answer.data.purchase.this_purchase, 50.25, 0);
    near(answer.data.purchase.cumulative_purchase, total + 50.25, 0);
    near(answer.data.purchase.remaining, left + 50.25, 0);
    ask_for(start, write_purchase, 2, 10.0);
    assert_int_equal(answer.type, ZJIOT_CJT188_WRITE_ERROR);
    ask_read(0x8105, start + hour);
    assert_true(answer.data.purchase.remaining < left + 50.25);
}

static void clock_and_calendar(void **state) {
    (void)state;
    const struct zjiot_clock clock = {2030, 12, 31, 23, 59, 58};
    begin(SIM_METER_WATER);
    ask_for(start, write_clock, &clock);
    ask_read(0x901F, start);
    assert_int_equal(answer.data.water.clock.year, 2030);
    assert_int_equal(answer.data.water.clock.month, 12);
    assert_int_equal(answer.data.water.clock.day, 31);
    assert_int_equal(answer.data.water.clock.minute, 59);
    const double settled = answer.data.water.settlement_flow.value;
    ask_read(0x901F, start + 2 * second); /* a new year, and the settlement day with it */
    assert_int_equal(answer.data.water.clock.year, 2031);
    assert_int_equal(answer.data.water.clock.second, 0);
    assert_true(answer.data.water.settlement_flow.value > settled);
}

static void base_reading(void **state) {
    (void)state;
    begin(SIM_METER_WATER);
    ask_for(start, write_motor_sync, (&(struct zjiot_quantity){12.34, 0x2C}));
    assert_int_equal(answer.type, ZJIOT_CJT188_WRITE_MOTOR_SYNC_REPLY);
    ask_read(0x901F, start);
    near(answer.data.water.current_flow.value, 12.34, 0);
    ask_for(start, write_motor_sync, (&(struct zjiot_quantity){99, 0x05}));
    assert_int_equal(answer.type, ZJIOT_CJT188_WRITE_MOTOR_SYNC_ERROR);
    ask_read(0x901F, start);
    near(answer.data.water.current_flow.value, 12.34, 0);
}

static bool hears(void) {
    const int64_t size = zjiot_cjt188_build_read(&master, 0x901F, request, sizeof request, &error);
    return sim_meter_answer(&meter, request, (size_t)size, start, &answer);
}

static void addresses(void **state) {
    (void)state;
    const uint8_t other[7] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x07, 0x33};
    begin(SIM_METER_WATER);
    ask(zjiot_cjt188_build_read_address(2, request, sizeof request, &error), start);
    assert_memory_equal(answer.header.address, master.address, sizeof master.address);
    ask_for(start, write_address, other);
    assert_memory_equal(answer.header.address, other, sizeof other);
    assert_false(hears());
    memcpy(master.address, other, sizeof other);
    assert_true(hears());
    master.address[2] = 0xAA;
    master.type = 0x19; /* another kind of water */
    assert_true(hears());
    master.type = SIM_METER_HEAT;
    assert_false(hears());
    begin(SIM_METER_HY_VALVE);
    master.type = SIM_METER_HY_BUILDING;
    assert_false(hears());
}

/* What it cannot do, it says; what is not for a meter, it does not hear. */
static void refusals(void **state) {
    (void)state;
    struct zjiot_cjt188_message message = {.type = ZJIOT_CJT188_RAW};
    begin(SIM_METER_WATER);
    message.header = (struct zjiot_cjt188_header){.type = 0x10, .control = 1, .di = 0x9999, .ser = 3};
    message.header.has = ZJIOT_BIT(cjt188_header, di) | ZJIOT_BIT(cjt188_header, control);
    memcpy(message.header.address, master.address, sizeof master.address);
    ask(zjiot_cjt188_encode(&message, request, sizeof request, &error), start);
    assert_int_equal(answer.type, ZJIOT_CJT188_READ_ERROR);
    message.header.control = 4;
    message.header.di = 0xA011;
    message.data.raw.bytes = (struct zjiot_bytes){(const uint8_t[]){0x32}, 1}; /* on day 32 */
    ask(zjiot_cjt188_encode(&message, request, sizeof request, &error), start);
    assert_int_equal(answer.type, ZJIOT_CJT188_WRITE_ERROR);
    ask_read(0x8103, start);
    near(answer.data.settlement_day.settlement_day, 1, 0);
    sim_meter_read(&meter, 0, &message);
    const int64_t size = zjiot_cjt188_encode(&message, request, sizeof request, &error);
    assert_false(sim_meter_answer(&meter, request, (size_t)size, start, &answer));
}

/* 1F 90 is answered as 1F 90. */
static void order_of_the_identifier(void **state) {
    (void)state;
    begin(SIM_METER_HEAT);
    master.di_low_first = true;
    ask_read(0x901F, start);
    assert_int_equal(answer.header.di_order, ZJIOT_CJT188_DI_LOW_FIRST);
    assert_int_equal(answer.type, ZJIOT_CJT188_HEAT);
}

static void types(void **state) {
    (void)state;
    for (unsigned type = 0; type <= 0xFF; type++)
        assert_int_equal(sim_meter_has_type(type), (type >= 0x10 && type < 0x50) || type == 0x53 || type == 0x55);
    begin(0x40);
    ask_read(0x901F, start);
    assert_int_equal(answer.data.water.current_flow.unit, 0x05);
    assert_int_equal(sim_meter_init(&meter, SIM_METER_WATER, "12345678901", "1", start, &error), ZJIOT_LENGTH);
    assert_int_equal(sim_meter_init(&meter, SIM_METER_HY_VALVE, "1234567", "", start, &error), ZJIOT_LENGTH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(water_is_counted),
        cmocka_unit_test(heat_is_counted),
        cmocka_unit_test(hy_valves_move),
        cmocka_unit_test(the_standards_valve),
        cmocka_unit_test(tables),
        cmocka_unit_test(purchases),
        cmocka_unit_test(clock_and_calendar),
        cmocka_unit_test(base_reading),
        cmocka_unit_test(addresses),
        cmocka_unit_test(refusals),
        cmocka_unit_test(order_of_the_identifier),
        cmocka_unit_test(types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
