/* The frames that a master sends, one call each. */
#include <string.h>

#include "cjt188/cjt188.h"
#include "zjiot/hex.h"

enum { WILDCARD = 0xAA, HY_METER_DIGITS = 8 };

static struct zjiot_cjt188_message message_for(const struct zjiot_cjt188_target *target,
                                               enum zjiot_cjt188_message_type type) {
    struct zjiot_cjt188_message message = {.type = type};
    message.header.type = target->type;
    message.header.ser = target->ser;
    message.header.preamble = target->preamble;
    message.header.di_order = target->di_low_first ? ZJIOT_CJT188_DI_LOW_FIRST : ZJIOT_CJT188_DI_HIGH_FIRST;
    memcpy(message.header.address, target->address, sizeof target->address);
    return message;
}

/* Digits, zeros in front, as BCD: the low byte first (the standard), or as printed (HY). */
static int digits_to(const char *digits, size_t bytes, bool printed, uint8_t *out, const char *path,
                     struct zjiot_error *error) {
    const size_t count = strlen(digits);
    if (strspn(digits, "0123456789") != count)
        return zj_fail_at(error, ZJIOT_TYPE, 0, path, "%s: \"%.20s\" has other characters than digits", path, digits);
    if (count > 2 * bytes)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, path, "%s: %u digits are the most", path, (unsigned)(2 * bytes));
    int64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + (digits[i] - '0');
    if (printed)
        zj_bcd_write_be(out, bytes, number);
    else
        zj_bcd_write_le(out, bytes, number);
    return 0;
}

int zjiot_cjt188_target_meter(struct zjiot_cjt188_target *target, const char *meter, const char *vendor,
                              struct zjiot_error *reterr_error) {
    uint8_t address[ZJIOT_CJT188_ADDRESS_SIZE];
    int code = digits_to(meter, 5, false, address, "meter", reterr_error);
    if (code == 0)
        code = digits_to(vendor, 2, false, address + 5, "vendor", reterr_error);
    if (code == 0)
        memcpy(target->address, address, sizeof address);
    return code;
}

int zjiot_cjt188_target_hy(struct zjiot_cjt188_target *target, uint8_t type, const char *meter,
                           struct zjiot_error *reterr_error) {
    uint8_t number[4];
    if (type != ZJ_CJT188_TYPE_53 && type != ZJ_CJT188_TYPE_55)
        return zj_fail_at(reterr_error, ZJIOT_ARG, 0, "type", "type: HY has types 53 and 55");
    if (strlen(meter) != HY_METER_DIGITS)
        return zj_fail_at(reterr_error, ZJIOT_LENGTH, 0, "meter", "meter: %d digits are printed on the device",
                          HY_METER_DIGITS);
    const int code = digits_to(meter, sizeof number, true, number, "meter", reterr_error);
    if (code != 0)
        return code;
    target->type = type;
    memcpy(target->address, number, sizeof number);
    memcpy(target->address + sizeof number, zj_cjt188_hy_vendor, sizeof zj_cjt188_hy_vendor);
    return 0;
}

int64_t zjiot_cjt188_build_read(const struct zjiot_cjt188_target *target, uint16_t di, uint8_t *out, size_t capacity,
                                struct zjiot_error *reterr_error) {
    for (int type = ZJIOT_CJT188_READ; type <= ZJIOT_CJT188_READ_ADDRESS; type++) {
        const struct zjiot_record *record = &zj_cjt188_records[type];
        const uint32_t id = (record->first_id & 0xFF0000) | di;
        if (id - record->first_id >= record->id_count)
            continue;
        struct zjiot_cjt188_message message = message_for(target, (enum zjiot_cjt188_message_type)type);
        message.header.di = di;
        message.header.has = ZJIOT_BIT(cjt188_header, di);
        return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
    }
    return zj_fail_at(reterr_error, ZJIOT_UNKNOWN, 0, "di", "di: %04x is no data identifier that can be read", di);
}

int64_t zjiot_cjt188_build_read_address(uint8_t preamble, uint8_t *out, size_t capacity,
                                        struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_target all = {.type = WILDCARD, .preamble = preamble};
    memset(all.address, WILDCARD, sizeof all.address);
    const struct zjiot_cjt188_message message = message_for(&all, ZJIOT_CJT188_READ_ADDRESS);
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_write_prices(const struct zjiot_cjt188_target *target,
                                        const struct zjiot_cjt188_write_prices *prices, uint8_t *out, size_t capacity,
                                        struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_message message = message_for(target, ZJIOT_CJT188_WRITE_PRICES);
    message.data.write_prices = *prices;
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_write_settlement_day(const struct zjiot_cjt188_target *target, int day, uint8_t *out,
                                                size_t capacity, struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_message message = message_for(target, ZJIOT_CJT188_WRITE_SETTLEMENT_DAY);
    message.data.write_settlement_day.settlement_day = day;
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_write_reading_day(const struct zjiot_cjt188_target *target, int day, uint8_t *out,
                                             size_t capacity, struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_message message = message_for(target, ZJIOT_CJT188_WRITE_READING_DAY);
    message.data.write_reading_day.reading_day = day;
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_write_purchase(const struct zjiot_cjt188_target *target, uint8_t sequence, double amount,
                                          uint8_t *out, size_t capacity, struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_message message = message_for(target, ZJIOT_CJT188_WRITE_PURCHASE);
    message.data.write_purchase.sequence = sequence;
    message.data.write_purchase.amount = amount;
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_write_key(const struct zjiot_cjt188_target *target, uint8_t version, const uint8_t key[8],
                                     uint8_t *out, size_t capacity, struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_message message = message_for(target, ZJIOT_CJT188_WRITE_KEY);
    message.data.write_key.key_version = version;
    memcpy(message.data.write_key.key, key, sizeof message.data.write_key.key);
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_write_clock(const struct zjiot_cjt188_target *target, const struct zjiot_clock *clock,
                                       uint8_t *out, size_t capacity, struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_message message = message_for(target, ZJIOT_CJT188_WRITE_CLOCK);
    message.data.write_clock.clock = *clock;
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_write_valve(const struct zjiot_cjt188_target *target,
                                       enum zjiot_cjt188_valve_command command, uint8_t *out, size_t capacity,
                                       struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_message message = message_for(target, ZJIOT_CJT188_WRITE_VALVE);
    message.data.write_valve.valve = command;
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_factory_enable(const struct zjiot_cjt188_target *target, uint8_t *out, size_t capacity,
                                          struct zjiot_error *reterr_error) {
    const struct zjiot_cjt188_message message = message_for(target, ZJIOT_CJT188_FACTORY_ENABLE);
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_write_address(const struct zjiot_cjt188_target *target,
                                         const uint8_t new_address[ZJIOT_CJT188_ADDRESS_SIZE], uint8_t *out,
                                         size_t capacity, struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_message message = message_for(target, ZJIOT_CJT188_WRITE_ADDRESS);
    memcpy(message.data.write_address.new_address, new_address, ZJIOT_CJT188_ADDRESS_SIZE);
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_write_motor_sync(const struct zjiot_cjt188_target *target, const struct zjiot_quantity *flow,
                                            uint8_t *out, size_t capacity, struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_message message = message_for(target, ZJIOT_CJT188_WRITE_MOTOR_SYNC);
    message.data.write_motor_sync.current_flow = *flow;
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}

int64_t zjiot_cjt188_build_set_opening(const struct zjiot_cjt188_target *target, double percent, uint8_t *out,
                                       size_t capacity, struct zjiot_error *reterr_error) {
    struct zjiot_cjt188_message message;
    int64_t whole;
    struct zjiot_cjt188_header header = {.type = target->type};
    memcpy(header.address, target->address, sizeof header.address);
    if (!zj_cjt188_is_hy(&header))
        return zj_fail_at(
            reterr_error, ZJIOT_ARG, 0, "type",
            "type: HY valves have type 53 or 55 and vendor 001111; the codes mean something else elsewhere");
    if (target->type == ZJ_CJT188_TYPE_55) {
        message = message_for(target, ZJIOT_CJT188_SET_OPENING_55);
        message.data.set_opening_55.opening = percent;
    } else {
        if (!zj_decimal_digits(percent, 0, &whole))
            return zj_fail_at(reterr_error, ZJIOT_RANGE, 0, "opening", "opening: whole percent only");
        message = message_for(target, ZJIOT_CJT188_SET_OPENING_53);
        message.data.set_opening_53.opening = whole;
    }
    return zjiot_cjt188_encode(&message, out, capacity, reterr_error);
}
