/* A meter: what it counts, what it is asked, what it answers. */
#define _DEFAULT_SOURCE /* timegm */
#include "simulate/meter.h"

#include <string.h>
#include <time.h>

#include "simulate/simulate.h"

enum {
    WILDCARD = 0xAA,
    READINGS = 0x901F, /* DI */
    CLASS_BITS = 0xF0, /* of the type: 1 water, 2 heat, 3 gas, 4 others */
    CLASS_HEAT = 0x20,
    CLASS_OTHER = 0x40,
    UNIT_KWH = 0x05,
    UNIT_KW = 0x17,
    UNIT_10_L = 0x2A,
    UNIT_M3 = 0x2C,
    UNIT_LITRES_AN_HOUR = 0x32,
    UNIT_M3_AN_HOUR = 0x35,
    HY_STATUS = 0x40, /* of every recorded frame */
    SECONDS_OF_2020 = 1577836800,
    HOUR = 3600,
    STROKE_MS = 20000, /* the valve takes it from end to end */
    COUNTS = 100000000,
};

static const double kwh_of_m3_and_kelvin = 1.163;

static bool is_hy(unsigned type) {
    return type == SIM_METER_HY_VALVE || type == SIM_METER_HY_BUILDING;
}

bool sim_meter_has_type(unsigned type) {
    return is_hy(type) || (type >= 0x10 && type <= 0x4F);
}

static bool is_for_heat(const struct sim_meter *meter) {
    return (meter->type & CLASS_BITS) == CLASS_HEAT || meter->type == SIM_METER_HY_BUILDING;
}

/* Counts of 1/steps, as many as its register holds. */
static double shown(double value, int64_t steps) {
    return (double)((int64_t)(value * (double)steps) % COUNTS) / (double)steps;
}

/* Goes up and down between 0 and 1, once in ten minutes: temperatures move. */
static double wave(const struct sim_meter *meter) {
    const int64_t period = 600, at = (meter->since / 1000 + meter->address[0]) % period;
    return (double)(at < period / 2 ? at : period - at) / (double)(period / 2);
}

static double supply_temperature(const struct sim_meter *meter) {
    return 48 + (double)(meter->address[1] % 8) + wave(meter);
}

static double return_temperature(const struct sim_meter *meter) {
    return 38 + (double)(meter->address[2] % 4) + wave(meter) / 2;
}

/* --- Its calendar --- */

static struct tm calendar(const struct sim_meter *meter) {
    const time_t seconds = (time_t)(meter->since / 1000 + meter->shift);
    struct tm now;
    gmtime_r(&seconds, &now);
    return now;
}

static struct zjiot_clock clock_of(const struct sim_meter *meter) {
    const struct tm now = calendar(meter);
    return (struct zjiot_clock){
        .year = (int16_t)(now.tm_year + 1900),
        .month = (uint8_t)(now.tm_mon + 1),
        .day = (uint8_t)now.tm_mday,
        .hour = (uint8_t)now.tm_hour,
        .minute = (uint8_t)now.tm_min,
        .second = (uint8_t)(now.tm_sec < 60 ? now.tm_sec : 59),
    };
}

static int64_t period_of(const struct sim_meter *meter) {
    const struct tm now = calendar(meter);
    return (int64_t)now.tm_year * 12 + now.tm_mon - (now.tm_mday < meter->settlement_day);
}

static void set_clock(struct sim_meter *meter, const struct zjiot_clock *clock) {
    struct tm wanted = {
        .tm_year = clock->year - 1900,
        .tm_mon = clock->month - 1,
        .tm_mday = clock->day,
        .tm_hour = clock->hour,
        .tm_min = clock->minute,
        .tm_sec = clock->second,
    };
    meter->shift = (int64_t)timegm(&wanted) - meter->since / 1000;
    meter->period = period_of(meter);
}

/* --- What it counts --- */

int sim_meter_init(struct sim_meter *meter, uint8_t type, const char *number, const char *vendor, int64_t now,
                   struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_target target = {.type = type};
    *meter =
        (struct sim_meter){.type = type, .since = now, .shift = SIM_ZONE_MINUTES * 60, .opening = 100, .target = 100};
    const int code = is_hy(meter->type) ? zjiot_cjt188_target_hy(&target, type, number, reterr_error)
                                        : zjiot_cjt188_target_meter(&target, number, vendor, reterr_error);
    if (code != 0)
        return code;
    memcpy(meter->address, target.address, sizeof meter->address);
    meter->settlement_day = meter->reading_day = meter->price_day = 1;
    meter->key_version = 1;
    meter->rate = 0.5 + (meter->address[3] + meter->address[0]) % 16 / 8.0;
    meter->volume = (double)(now / 1000 - SECONDS_OF_2020) / HOUR * meter->rate;
    meter->counted = is_for_heat(meter) ? meter->volume * kwh_of_m3_and_kelvin *
                                              (supply_temperature(meter) - return_temperature(meter))
                                        : meter->volume;
    for (size_t i = 0; i <= SIM_METER_MONTHS; i++)
        meter->settled[i] = meter->counted * (1 - (double)(i + 1) / 200);
    memcpy(meter->prices, (const double[]){2.07, 4.07, 6.07}, sizeof meter->prices);
    memcpy(meter->steps, (const double[]){180, 260}, sizeof meter->steps);
    meter->purchase = meter->purchased = meter->left = 200;
    meter->purchase_sequence = 1;
    meter->period = period_of(meter);
    return 0;
}

/* Moves the valve; returns for how many of the ms it was as good as fully open. */
static double move_valve(struct sim_meter *meter, double ms) {
    const double way = meter->target - meter->opening;
    const double longest = (way < 0 ? -way : way) / 100 * STROKE_MS;
    const double moving = ms < longest ? ms : longest;
    const double end = moving < longest ? meter->opening + way * moving / longest : meter->target;
    const double open = moving * (meter->opening + end) / 200 + (ms - moving) * end / 100;
    meter->opening = end;
    return open;
}

static double price_now(const struct sim_meter *meter) {
    const double used = meter->counted - meter->settled[0];
    return meter->prices[used < meter->steps[0] ? 0 : used < meter->steps[1] ? 1 : 2];
}

/* The settlement days that have passed. */
static void settle(struct sim_meter *meter) {
    const int64_t period = period_of(meter);
    for (int64_t passed = period - meter->period; passed > 0; passed--) {
        memmove(meter->settled + 1, meter->settled, SIM_METER_MONTHS * sizeof *meter->settled);
        meter->settled[0] = meter->counted;
    }
    meter->period = period;
}

void sim_meter_advance(struct sim_meter *meter, int64_t now) {
    const double ms = now > meter->since ? (double)(now - meter->since) : 0;
    const double volume = meter->rate * move_valve(meter, ms) / 1000 / HOUR;
    const double kelvin = supply_temperature(meter) - return_temperature(meter);
    const double amount = is_for_heat(meter) ? volume * kwh_of_m3_and_kelvin * kelvin : volume;
    const double cost = amount * price_now(meter);
    meter->since = now;
    meter->volume += volume;
    meter->counted += amount;
    meter->left = meter->left > cost ? meter->left - cost : 0;
    settle(meter);
}

/* --- Readings --- */

static uint8_t unit_of(const struct sim_meter *meter) {
    return is_for_heat(meter) || (meter->type & CLASS_BITS) == CLASS_OTHER ? UNIT_KWH : UNIT_M3;
}

static struct zjiot_quantity amount(const struct sim_meter *meter, double value) {
    return (struct zjiot_quantity){shown(value, 100), unit_of(meter)};
}

static struct zjiot_cjt188_status status_of(const struct sim_meter *meter) {
    return (struct zjiot_cjt188_status){.valve = meter->opening > 0 ? ZJIOT_CJT188_VALVE_STATE_OPEN
                                                                    : ZJIOT_CJT188_VALVE_STATE_CLOSED};
}

static void read_water(const struct sim_meter *meter, struct zjiot_cjt188_water *water) {
    *water = (struct zjiot_cjt188_water){
        .current_flow = amount(meter, meter->counted),
        .settlement_flow = amount(meter, meter->settled[0]),
        .clock = clock_of(meter),
        .status = status_of(meter),
    };
}

static void read_heat(const struct sim_meter *meter, struct zjiot_cjt188_heat *heat) {
    const double supply = supply_temperature(meter), back = return_temperature(meter);
    const double flow = meter->rate * meter->opening / 100;
    *heat = (struct zjiot_cjt188_heat){
        .settlement_heat = amount(meter, meter->settled[0]),
        .current_heat = amount(meter, meter->counted),
        .heat_power = {shown(flow * kwh_of_m3_and_kelvin * (supply - back), 100), UNIT_KW},
        .flow_rate = {shown(flow, 10000), UNIT_M3_AN_HOUR},
        .cumulative_flow = {shown(meter->volume, 100), UNIT_M3},
        .supply_temperature = shown(supply, 100),
        .return_temperature = shown(back, 100),
        .work_hours = (double)((meter->since / 1000 - SECONDS_OF_2020) / HOUR),
        .clock = clock_of(meter),
        .status = status_of(meter),
    };
}

/* What nobody can explain is as in a recorded frame, but for the value in it that moves. */
static void read_type55(const struct sim_meter *meter, struct zjiot_cjt188_type55 *data) {
    const uint32_t moving = (uint32_t)(meter->since / 1000);
    *data = (struct zjiot_cjt188_type55){
        .heat = {shown(meter->counted, 1), UNIT_KWH},
        .flow_rate = {shown(meter->rate * meter->opening * 10, 1), UNIT_LITRES_AN_HOUR},
        .volume = {shown(meter->volume, 100), UNIT_10_L},
        .supply_temperature = shown(supply_temperature(meter), 100),
        .return_temperature = shown(return_temperature(meter), 100),
        .unknown_21 = {0, 0, 0, 0, 0x05},
        .unknown_26 = {0, 0, 0, 0, 0x2C},
        .valve_opening = shown(meter->opening, 10),
        .set_opening = shown(meter->target, 10),
        .unknown_41 = {0xE8, 0x03, 0xE8, 0x03},
        .unknown_45 = {0, 0, 0xEA, 0, (uint8_t)moving, (uint8_t)(moving >> 8), (uint8_t)(moving >> 16),
                       (uint8_t)(moving >> 24), 0x23, 0xF7},
        .status = HY_STATUS,
    };
}

static void read_type53(const struct sim_meter *meter, struct zjiot_cjt188_type53 *data) {
    *data = (struct zjiot_cjt188_type53){
        .unknown_0 = {0x10, 0x73, 0x22, 0x12, 0x01},
        .room_temperature = shown(18 + meter->opening / 25 + wave(meter), 10),
        .set_temperature = 22,
        .unknown_9 = {0x55},
        .valve_opening = (int64_t)meter->opening,
        .unknown_11 = {0x0A, 0x28, 0, 0x6F, 0x33, 0, 0, 0x64},
        .inlet_temperature = shown(supply_temperature(meter), 10),
        .return_temperature = shown(return_temperature(meter), 10),
        .unknown_23 = {0x62, 0x01, 0x02, 0x35, 0x30, 0x05, 0x50, 0x20, 0},
        .battery_voltage = 3.6,
        .unknown_33 = {0x23},
        .clock = clock_of(meter),
        .status = HY_STATUS,
    };
}

/* --- Answers --- */

static struct zjiot_cjt188_message message_of(const struct sim_meter *meter, enum zjiot_cjt188_message_type type,
                                              int64_t ser) {
    const uint64_t has = ZJIOT_BIT(cjt188_header, type) | ZJIOT_BIT(cjt188_header, address) |
                         ZJIOT_BIT(cjt188_header, ser) | ZJIOT_BIT(cjt188_header, di_order);
    struct zjiot_cjt188_message message = {.type = type, .header = {.has = has, .type = meter->type, .ser = ser}};
    memcpy(message.header.address, meter->address, sizeof meter->address);
    return message;
}

void sim_meter_read(const struct sim_meter *meter, uint8_t ser, struct zjiot_cjt188_message *ret_answer) {
    *ret_answer = message_of(meter, ZJIOT_CJT188_WATER, ser);
    if (meter->type == SIM_METER_HY_BUILDING) {
        ret_answer->type = ZJIOT_CJT188_TYPE55;
        read_type55(meter, &ret_answer->data.type55);
    } else if (meter->type == SIM_METER_HY_VALVE) {
        ret_answer->type = ZJIOT_CJT188_TYPE53;
        read_type53(meter, &ret_answer->data.type53);
    } else if (is_for_heat(meter)) {
        ret_answer->type = ZJIOT_CJT188_HEAT;
        read_heat(meter, &ret_answer->data.heat);
    } else {
        read_water(meter, &ret_answer->data.water);
    }
}

static bool is_meant(const struct sim_meter *meter, const struct zjiot_cjt188_header *header) {
    const bool own_class =
        is_hy(meter->type) ? header->type == meter->type : (header->type & CLASS_BITS) == (meter->type & CLASS_BITS);
    if (!own_class && header->type != WILDCARD)
        return false;
    for (size_t i = 0; i < sizeof meter->address; i++)
        if (header->address[i] != meter->address[i] && header->address[i] != WILDCARD)
            return false;
    return true;
}

/* Requests for data. False: it is another one. */
static bool answer_read(const struct sim_meter *meter, const struct zjiot_cjt188_message *request,
                        struct zjiot_cjt188_message *answer) {
    switch (request->type) {
    case ZJIOT_CJT188_READ: /* of any DI */
        if (request->header.di != READINGS)
            return false;
        sim_meter_read(meter, (uint8_t)request->header.ser, answer);
        return true;
    case ZJIOT_CJT188_READ_HISTORY:
        answer->type = ZJIOT_CJT188_HISTORY;
        answer->header.di = request->header.di;
        answer->header.has |= ZJIOT_BIT(cjt188_header, di);
        answer->data.history.settlement_value = amount(meter, meter->settled[1 + (request->header.di & 0xF)]);
        return true;
    case ZJIOT_CJT188_READ_PRICES:
        answer->type = ZJIOT_CJT188_PRICES;
        answer->data.prices = (struct zjiot_cjt188_prices){.price1 = meter->prices[0],
                                                           .volume1 = meter->steps[0],
                                                           .price2 = meter->prices[1],
                                                           .volume2 = meter->steps[1],
                                                           .price3 = meter->prices[2]};
        return true;
    case ZJIOT_CJT188_READ_SETTLEMENT_DAY:
        answer->type = ZJIOT_CJT188_SETTLEMENT_DAY;
        answer->data.settlement_day.settlement_day = meter->settlement_day;
        return true;
    case ZJIOT_CJT188_READ_READING_DAY:
        answer->type = ZJIOT_CJT188_READING_DAY;
        answer->data.reading_day.reading_day = meter->reading_day;
        return true;
    case ZJIOT_CJT188_READ_PURCHASE:
        answer->type = ZJIOT_CJT188_PURCHASE;
        answer->data.purchase = (struct zjiot_cjt188_purchase){.sequence = meter->purchase_sequence,
                                                               .this_purchase = meter->purchase,
                                                               .cumulative_purchase = shown(meter->purchased, 100),
                                                               .remaining = shown(meter->left, 100),
                                                               .status = status_of(meter)};
        return true;
    case ZJIOT_CJT188_READ_KEY_VERSION:
        answer->type = ZJIOT_CJT188_KEY_VERSION;
        answer->data.key_version.key_version = meter->key_version;
        return true;
    case ZJIOT_CJT188_READ_ADDRESS:
        answer->type = ZJIOT_CJT188_ADDRESS_REPLY;
        return true;
    default:
        return false;
    }
}

/* Whether a decoded part of a request holds all those members. */
#define HAS_ALL(part, bits) (((part).has & (bits)) == (bits))

static bool write_prices(struct sim_meter *meter, const struct zjiot_cjt188_write_prices *data) {
    const uint64_t all = ZJIOT_BIT(cjt188_write_prices, price1) | ZJIOT_BIT(cjt188_write_prices, volume1) |
                         ZJIOT_BIT(cjt188_write_prices, price2) | ZJIOT_BIT(cjt188_write_prices, volume2) |
                         ZJIOT_BIT(cjt188_write_prices, price3) | ZJIOT_BIT(cjt188_write_prices, start_day);
    if (!HAS_ALL(*data, all))
        return false;
    memcpy(meter->prices, (const double[]){data->price1, data->price2, data->price3}, sizeof meter->prices);
    memcpy(meter->steps, (const double[]){data->volume1, data->volume2}, sizeof meter->steps);
    meter->price_day = (uint8_t)data->start_day;
    return true;
}

/* The same purchase again is a repeated request: it counts once. */
static bool write_purchase(struct sim_meter *meter, const struct zjiot_cjt188_write_purchase *data) {
    if (!HAS_ALL(*data, ZJIOT_BIT(cjt188_write_purchase, amount)))
        return false;
    if (data->sequence == meter->purchase_sequence)
        return data->amount == meter->purchase;
    meter->purchase_sequence = (uint8_t)data->sequence;
    meter->purchase = data->amount;
    meter->purchased += data->amount;
    meter->left += data->amount;
    return true;
}

static bool write_valve(struct sim_meter *meter, int64_t command) {
    if (command != ZJIOT_CJT188_VALVE_OPEN && command != ZJIOT_CJT188_VALVE_CLOSE &&
        command != ZJIOT_CJT188_VALVE_FREE_OPEN)
        return false;
    meter->target = command == ZJIOT_CJT188_VALVE_CLOSE ? 0 : 100;
    return true;
}

/* The base reading; in another unit than its own it cannot be taken. */
static bool write_motor_sync(struct sim_meter *meter, const struct zjiot_cjt188_write_motor_sync *data) {
    const struct zjiot_unit *own = zjiot_unit_find(unit_of(meter));
    const struct zjiot_unit *unit = zjiot_unit_find(data->current_flow.unit);
    if (!HAS_ALL(*data, ZJIOT_BIT(cjt188_write_motor_sync, current_flow)) || unit == NULL ||
        strcmp(unit->name, own->name) != 0)
        return false;
    meter->counted = data->current_flow.value;
    return true;
}

/* A day of the month; moves what belongs to it. */
static bool write_settlement_day(struct sim_meter *meter, const struct zjiot_cjt188_write_settlement_day *data) {
    if (!HAS_ALL(*data, ZJIOT_BIT(cjt188_write_settlement_day, settlement_day)))
        return false;
    meter->settlement_day = (uint8_t)data->settlement_day;
    meter->period = period_of(meter);
    return true;
}

/* Requests that change its tables; `answer` gets the type and what it repeats. False: the data are no such ones. */
static bool write_table(struct sim_meter *meter, const struct zjiot_cjt188_message *request,
                        struct zjiot_cjt188_message *answer) {
    const union zjiot_cjt188_data *data = &request->data;
    switch (request->type) {
    case ZJIOT_CJT188_WRITE_PRICES:
        answer->type = ZJIOT_CJT188_WRITE_PRICES_REPLY;
        answer->data.write_prices_reply.status = status_of(meter);
        return write_prices(meter, &data->write_prices);
    case ZJIOT_CJT188_WRITE_SETTLEMENT_DAY:
        answer->type = ZJIOT_CJT188_WRITE_SETTLEMENT_DAY_REPLY;
        return write_settlement_day(meter, &data->write_settlement_day);
    case ZJIOT_CJT188_WRITE_READING_DAY:
        answer->type = ZJIOT_CJT188_WRITE_READING_DAY_REPLY;
        if (!HAS_ALL(data->write_reading_day, ZJIOT_BIT(cjt188_write_reading_day, reading_day)))
            return false;
        meter->reading_day = (uint8_t)data->write_reading_day.reading_day;
        return true;
    case ZJIOT_CJT188_WRITE_PURCHASE:
        answer->type = ZJIOT_CJT188_WRITE_PURCHASE_REPLY;
        answer->data.write_purchase_reply.sequence = data->write_purchase.sequence;
        answer->data.write_purchase_reply.amount = data->write_purchase.amount;
        return write_purchase(meter, &data->write_purchase);
    case ZJIOT_CJT188_WRITE_KEY:
        answer->type = ZJIOT_CJT188_WRITE_KEY_REPLY;
        answer->data.write_key_reply.key_version = data->write_key.key_version;
        meter->key_version = (uint8_t)data->write_key.key_version;
        return true;
    case ZJIOT_CJT188_WRITE_CLOCK:
        answer->type = ZJIOT_CJT188_WRITE_CLOCK_REPLY;
        if (!HAS_ALL(data->write_clock, ZJIOT_BIT(cjt188_write_clock, clock)))
            return false;
        set_clock(meter, &data->write_clock.clock);
        return true;
    default:
        return false;
    }
}

/* Requests that make the meter do something. */
static bool write_action(struct sim_meter *meter, const struct zjiot_cjt188_message *request,
                         struct zjiot_cjt188_message *answer) {
    const union zjiot_cjt188_data *data = &request->data;
    switch (request->type) {
    case ZJIOT_CJT188_WRITE_VALVE:
        answer->type = ZJIOT_CJT188_WRITE_VALVE_REPLY;
        answer->data.write_valve_reply.status = status_of(meter);
        return write_valve(meter, data->write_valve.valve);
    case ZJIOT_CJT188_FACTORY_ENABLE:
        answer->type = ZJIOT_CJT188_FACTORY_ENABLE_REPLY;
        return true;
    case ZJIOT_CJT188_WRITE_ADDRESS:
        answer->type = ZJIOT_CJT188_WRITE_ADDRESS_REPLY;
        memcpy(meter->address, data->write_address.new_address, sizeof meter->address);
        memcpy(answer->header.address, meter->address, sizeof meter->address);
        return true;
    case ZJIOT_CJT188_WRITE_MOTOR_SYNC:
        answer->type = ZJIOT_CJT188_WRITE_MOTOR_SYNC_REPLY;
        answer->data.write_motor_sync_reply.status = status_of(meter);
        return write_motor_sync(meter, &data->write_motor_sync);
    case ZJIOT_CJT188_SET_OPENING_53:
        answer->type = ZJIOT_CJT188_SET_OPENING_53_REPLY;
        answer->data.set_opening_53_reply.opening = data->set_opening_53.opening;
        meter->target = (double)data->set_opening_53.opening;
        return true;
    case ZJIOT_CJT188_SET_OPENING_55:
        answer->type = ZJIOT_CJT188_SET_OPENING_55_REPLY;
        meter->target = data->set_opening_55.opening;
        return true;
    default:
        return write_table(meter, request, answer);
    }
}

/* The abnormal answer to a control code. False: the code is no request. */
static bool refuse(const struct sim_meter *meter, int64_t control, struct zjiot_cjt188_message *answer) {
    static const struct {
        uint8_t control;
        enum zjiot_cjt188_message_type type;
    } errors[] = {
        {0x01, ZJIOT_CJT188_READ_ERROR},          {0x03, ZJIOT_CJT188_READ_ADDRESS_ERROR},
        {0x04, ZJIOT_CJT188_WRITE_ERROR},         {0x09, ZJIOT_CJT188_READ_KEY_VERSION_ERROR},
        {0x15, ZJIOT_CJT188_WRITE_ADDRESS_ERROR}, {0x16, ZJIOT_CJT188_WRITE_MOTOR_SYNC_ERROR},
    };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (control != errors[i].control)
            continue;
        answer->type = errors[i].type;
        answer->data.read_error.has = 0;
        answer->data.read_error.status = status_of(meter); /* they all have just that */
        return true;
    }
    return false;
}

bool sim_meter_answer(struct sim_meter *meter, const uint8_t *frame, size_t size, int64_t now,
                      struct zjiot_cjt188_message *ret_answer) {
    struct zjiot_cjt188_message request;
    struct zjiot_report report = {.count = 0};
    if (zjiot_cjt188_decode(frame, size, NULL, &request, &report, NULL, NULL) != 0 || !is_meant(meter, &request.header))
        return false;
    const int64_t ser = request.header.ser;
    struct zjiot_cjt188_message answer = message_of(meter, ZJIOT_CJT188_RAW, ser);
    sim_meter_advance(meter, now);
    const struct sim_meter before = *meter;
    const bool done = answer_read(meter, &request, &answer) ||
                      (report.count == 0 && write_action(meter, &request, &answer)); /* no odd value is taken over */
    if (!done) {
        *meter = before;
        answer = message_of(meter, ZJIOT_CJT188_RAW, ser);
        if (!refuse(meter, request.header.control, &answer))
            return false;
    }
    answer.header.di_order = request.header.di_order;
    *ret_answer = answer;
    return true;
}
