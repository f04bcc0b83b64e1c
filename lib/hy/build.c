/* Requests, ready made, and the meter_id that they are made from. */
#include <string.h>

#include "hy/hy.h"
#include "zjiot/cjt188.h"

enum { KIND_DIGITS = 4, PORT_DIGITS = 2, PREAMBLE = 3, TRY_MS = 6000, MARGIN_MS = 500 };

/* The kinds of meters that are known, and the type of their frames. */
static const struct {
    const char *kind;
    char type[sizeof((struct zjiot_hy_meter *)NULL)->type];
    uint8_t code;
} kinds[] = {{"2008", "53", 0x53}, {"2034", "55", 0x55}};

static const char ports[][sizeof((struct zjiot_hy_meter *)NULL)->port_name] = {"M-Bus", "RS485-1", "RS485-2"};

int zjiot_hy_meter_read(const char *meter_id, struct zjiot_hy_meter *ret_meter, struct zjiot_error *reterr_error) {
    const char *const kind = meter_id + ZJIOT_HY_METER_DIGITS;
    const char *const port = kind + KIND_DIGITS;
    if (strlen(meter_id) != ZJIOT_HY_METER_ID_LENGTH)
        return zj_fail_at(reterr_error, ZJIOT_LENGTH, 0, "data.meter_id",
                          "data.meter_id: 14 digits are needed, 8 number, 4 kind, 2 port");
    if (!zj_are_digits(meter_id, ZJIOT_HY_METER_ID_LENGTH))
        return zj_fail_at(reterr_error, ZJIOT_TYPE, 0, "data.meter_id", "data.meter_id: other characters than digits");
    *ret_meter = (struct zjiot_hy_meter){.has = ZJIOT_HAS_READ | ZJIOT_BIT(hy_meter, meter) |
                                                ZJIOT_BIT(hy_meter, kind) | ZJIOT_BIT(hy_meter, port)};
    memcpy(ret_meter->meter, meter_id, ZJIOT_HY_METER_DIGITS);
    memcpy(ret_meter->kind, kind, KIND_DIGITS);
    memcpy(ret_meter->port, port, PORT_DIGITS);
    for (size_t i = 0; i < ZJ_COUNT(kinds); i++) {
        if (memcmp(kind, kinds[i].kind, KIND_DIGITS) == 0) {
            ret_meter->has |= ZJIOT_BIT(hy_meter, type);
            memcpy(ret_meter->type, kinds[i].type, sizeof ret_meter->type);
        }
    }
    const size_t number = (size_t)(port[0] - '0') * 10 + (size_t)(port[1] - '0');
    if (number < ZJ_COUNT(ports)) {
        ret_meter->has |= ZJIOT_BIT(hy_meter, port_name);
        memcpy(ret_meter->port_name, ports[number], sizeof ret_meter->port_name);
    }
    return 0;
}

static struct zjiot_hy_message request(enum zjiot_hy_message_type type, const char *gateway) {
    return (struct zjiot_hy_message){.type = type, .gw = {.msg_id = zj_hy_id(type), .gw_id = gateway}};
}

void zjiot_hy_read_now(struct zjiot_hy_message *ret_message, const char *gateway, unsigned what) {
    *ret_message = request(ZJIOT_HY_READ_NOW, gateway);
    ret_message->data.read_now.main_immediately = (what & ZJIOT_HY_READ_MAIN) != 0;
    ret_message->data.read_now.copy_immediately = (what & ZJIOT_HY_READ_COPY) != 0;
    ret_message->data.read_now.up_immediately = (what & ZJIOT_HY_READ_UPLOAD) != 0;
}

int zjiot_hy_move_valve(struct zjiot_hy_message *ret_message, const char *gateway, const char *meter_id, double percent,
                        int64_t count, uint8_t frame[ZJIOT_HY_VALVE_SIZE], struct zjiot_error *reterr_error) {
    struct zjiot_hy_meter meter;
    struct zjiot_cjt188_target target = {.preamble = PREAMBLE};
    size_t kind = 0;
    int code = zjiot_hy_meter_read(meter_id, &meter, reterr_error);
    if (code != 0)
        return code;
    while (kind < ZJ_COUNT(kinds) && strcmp(meter.kind, kinds[kind].kind) != 0)
        kind++;
    if (kind == ZJ_COUNT(kinds))
        return zj_fail_at(reterr_error, ZJIOT_UNKNOWN, 0, "data.meter_id",
                          "data.meter_id: kind %s is none with a valve: 2008, 2034", meter.kind);
    if (count < 0)
        return zj_fail_at(reterr_error, ZJIOT_RANGE, 0, "data.transparent_count", "data.transparent_count: below 0");
    code = zjiot_cjt188_target_hy(&target, kinds[kind].code, meter.meter, reterr_error);
    if (code != 0)
        return code;
    const int64_t size = zjiot_cjt188_build_set_opening(&target, percent, frame, ZJIOT_HY_VALVE_SIZE, reterr_error);
    if (size < 0)
        return (int)size;
    *ret_message = request(ZJIOT_HY_TRANSPARENT, gateway);
    ret_message->data.transparent.transparent_port = (meter.port[0] - '0') * 10 + (meter.port[1] - '0');
    ret_message->data.transparent.transparent = (struct zjiot_bytes){frame, (size_t)size};
    ret_message->data.transparent.transparent_count = count;
    return 0;
}

uint64_t zjiot_hy_transparent_ms(int64_t count) {
    const uint64_t most = (UINT64_MAX - MARGIN_MS) / TRY_MS - 1;
    const uint64_t tries = count < 0 ? 0 : (uint64_t)count < most ? (uint64_t)count : most;
    return (tries + 1) * TRY_MS + MARGIN_MS;
}
