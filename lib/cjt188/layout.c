/* Which rows fit the data of a frame. The same answer stands in the field in several layouts of the same length; what
 * tells them apart is where known unit bytes and the clock's century stand. */
#include <stdio.h>
#include <string.h>

#include "cjt188/cjt188.h"

enum {
    DI_READING = 0x901F,
    READING_REPLY = 0x81,
};

/* The meter types whose frames have these rows; rows that are not here are any type's. */
static const struct device {
    uint8_t message, first, last;
    bool hy; /* of HY's vendor only */
} devices[] = {
    {ZJIOT_CJT188_TYPE55, ZJ_CJT188_TYPE_55, ZJ_CJT188_TYPE_55, true},
    {ZJIOT_CJT188_TYPE53, ZJ_CJT188_TYPE_53, ZJ_CJT188_TYPE_53, true},
    {ZJIOT_CJT188_SET_OPENING_53, ZJ_CJT188_TYPE_53, ZJ_CJT188_TYPE_53, true},
    {ZJIOT_CJT188_SET_OPENING_53_REPLY, ZJ_CJT188_TYPE_53, ZJ_CJT188_TYPE_53, true},
    {ZJIOT_CJT188_SET_OPENING_55, ZJ_CJT188_TYPE_55, ZJ_CJT188_TYPE_55, true},
    {ZJIOT_CJT188_SET_OPENING_55_REPLY, ZJ_CJT188_TYPE_55, ZJ_CJT188_TYPE_55, true},
    {ZJIOT_CJT188_WATER, 0x10, 0x19, false},
    {ZJIOT_CJT188_WATER, 0x30, 0x49, false}, /* gas, electricity and other meters answer like water meters */
    {ZJIOT_CJT188_HEAT, 0x20, 0x29, false},
    {ZJIOT_CJT188_HEAT_2018, 0x20, 0x29, false},
};

const uint8_t zj_cjt188_hy_vendor[3] = {0x00, 0x11, 0x11};

static const char *const layout_names[ZJIOT_LAYOUT_COUNT] = {
    [ZJIOT_LAYOUT_AUTO] = "auto",
    [ZJIOT_LAYOUT_2004] = "2004",
    [ZJIOT_LAYOUT_2018] = "2018",
    [ZJIOT_LAYOUT_UNIT_FIRST] = "unit-first",
    [ZJIOT_LAYOUT_BIG_ENDIAN] = "big-endian",
    [ZJIOT_LAYOUT_HY] = "hy",
    [ZJIOT_LAYOUT_RAW] = "raw",
};

const char *zj_cjt188_layout_name(enum zjiot_cjt188_layout layout) {
    return layout_names[layout];
}

bool zj_cjt188_is_abnormal(int64_t control) {
    return (control & ZJ_CJT188_FROM_METER) && (control & ZJ_CJT188_ABNORMAL);
}

bool zj_cjt188_is_hy(const struct zjiot_cjt188_header *header) {
    return (header->type == ZJ_CJT188_TYPE_53 || header->type == ZJ_CJT188_TYPE_55) &&
           memcmp(header->address + 4, zj_cjt188_hy_vendor, sizeof zj_cjt188_hy_vendor) == 0;
}

/* Where a row's bytes begin. */
static const uint8_t *row_at(const struct zjiot_record *record, const uint8_t *data, unsigned index) {
    for (unsigned i = 0; i < index; i++)
        data += record->fields[i].size;
    return data;
}

/* How many of the rows with a unit have one of the class that they ask for, behind the value or in front of it.
 * *ret_rows: how many such rows there are. */
static size_t count_units(const struct zjiot_record *record, const uint8_t *data, bool in_front, size_t *ret_rows) {
    size_t count = 0;
    *ret_rows = 0;
    for (unsigned i = 0; i < record->field_count; data += record->fields[i++].size) {
        const struct zjiot_field *field = &record->fields[i];
        if (field->wire != ZJIOT_WIRE_QUANTITY)
            continue;
        count += zj_unit_belongs(field, zj_unit_find(data[in_front ? 0 : field->size - 1]));
        ++*ret_rows;
    }
    return count;
}

static bool units_stand(const struct zjiot_record *record, const uint8_t *data, bool in_front) {
    size_t wanted;
    return count_units(record, data, in_front, &wanted) == wanted;
}

static bool clock_stands_at(const uint8_t *at, bool high_first) {
    struct zjiot_clock clock;
    bool century;
    return zj_clock_read(at, high_first, &clock, &century) && century;
}

static bool total(const struct zjiot_record *record, const uint8_t *data, unsigned index, bool high_first,
                  int64_t *ret_total) {
    const uint8_t *at = row_at(record, data, index);
    const size_t size = record->fields[index].size - 1u; /* without the unit byte */
    return high_first ? zj_bcd_read_be(at, size, ret_total) : zj_bcd_read_le(at, size, ret_total);
}

/* A total can only grow: false when the settlement day's is above the current one. */
static bool totals_agree(const struct zjiot_record *water, const uint8_t *data, bool high_first) {
    int64_t current;
    int64_t settlement;
    return total(water, data, zjiot_at_cjt188_water_current_flow, high_first, &current) &&
           total(water, data, zjiot_at_cjt188_water_settlement_flow, high_first, &settlement) && current >= settlement;
}

static bool is_bcd(const struct zjiot_record *record, const uint8_t *data, unsigned index) {
    int64_t number;
    return zj_bcd_read_le(row_at(record, data, index), record->fields[index].size, &number);
}

static struct zj_cjt188_choice raw(const char *reason, const char *warning) {
    return (struct zj_cjt188_choice){&zj_cjt188_records[ZJIOT_CJT188_RAW], ZJIOT_LAYOUT_RAW, reason, warning};
}

static struct zj_cjt188_choice rows(enum zjiot_cjt188_message_type type, enum zjiot_cjt188_layout layout,
                                    const char *reason) {
    return (struct zj_cjt188_choice){&zj_cjt188_records[type], layout, reason, NULL};
}

static struct zj_cjt188_choice choose_heat(const uint8_t *data) {
    const struct zjiot_record *heat = &zj_cjt188_records[ZJIOT_CJT188_HEAT];
    const uint8_t *clock = row_at(heat, data, zjiot_at_cjt188_heat_clock);
    size_t wanted;
    if (units_stand(heat, data, false)) {
        if (!clock_stands_at(clock, false) && clock_stands_at(clock, true))
            return rows(ZJIOT_CJT188_HEAT, ZJIOT_LAYOUT_BIG_ENDIAN,
                        "units stand behind the values, and the clock begins with its century");
        return rows(ZJIOT_CJT188_HEAT, ZJIOT_LAYOUT_2004, "units stand behind the values");
    }
    if (units_stand(heat, data, true))
        return rows(ZJIOT_CJT188_HEAT, ZJIOT_LAYOUT_UNIT_FIRST, "units stand in front of the values");
    /* One unit byte that nobody knows costs no reading, if all else is as it should be. */
    if (count_units(heat, data, false, &wanted) == wanted - 1 && clock_stands_at(clock, false) &&
        is_bcd(heat, data, zjiot_at_cjt188_heat_supply_temperature) &&
        is_bcd(heat, data, zjiot_at_cjt188_heat_return_temperature))
        return rows(ZJIOT_CJT188_HEAT, ZJIOT_LAYOUT_2004,
                    "all but one unit stand behind the values, the clock ends in its century");
    return raw("no layout fits", "five known units in front of or behind the values");
}

static struct zj_cjt188_choice choose_heat_2018(const uint8_t *data) {
    if (!units_stand(&zj_cjt188_records[ZJIOT_CJT188_HEAT_2018], data, false))
        return raw("no layout fits", "five known units behind the values");
    return rows(ZJIOT_CJT188_HEAT_2018, ZJIOT_LAYOUT_2018, "L is 2B, and units stand behind the values");
}

static struct zj_cjt188_choice choose_water(const uint8_t *data) {
    const struct zjiot_record *water = &zj_cjt188_records[ZJIOT_CJT188_WATER];
    const uint8_t *clock = row_at(water, data, zjiot_at_cjt188_water_clock);
    if (!units_stand(water, data, false) && units_stand(water, data, true))
        return rows(ZJIOT_CJT188_WATER, ZJIOT_LAYOUT_UNIT_FIRST, "units stand in front of the values");
    if (clock_stands_at(clock, false) || !clock_stands_at(clock, true))
        return rows(ZJIOT_CJT188_WATER, ZJIOT_LAYOUT_2004, "L is the standard's");
    if (totals_agree(water, data, false) && !totals_agree(water, data, true))
        return rows(ZJIOT_CJT188_WATER, ZJIOT_LAYOUT_2004,
                    "the clock begins with its century, but the totals only agree with the low byte first");
    return rows(ZJIOT_CJT188_WATER, ZJIOT_LAYOUT_BIG_ENDIAN, "the clock begins with its century");
}

/* The first entry of those rows, or NULL. */
static const struct device *device_of(unsigned message) {
    for (size_t i = 0; i < ZJ_COUNT(devices); i++)
        if (devices[i].message == message)
            return &devices[i];
    return NULL;
}

static bool has_type(const struct device *device, int64_t type) {
    return type >= device->first && type <= device->last;
}

bool zj_cjt188_serves(enum zjiot_cjt188_message_type message, int64_t type) {
    bool any = true;
    for (size_t i = 0; i < ZJ_COUNT(devices); i++) {
        if (devices[i].message != message)
            continue;
        if (has_type(&devices[i], type))
            return true;
        any = false;
    }
    return any;
}

bool zj_cjt188_is_typed(enum zjiot_cjt188_message_type message) {
    return device_of(message) != NULL;
}

uint8_t zj_cjt188_only_type(enum zjiot_cjt188_message_type message) {
    const struct device *device = device_of(message);
    return device != NULL && device->first == device->last ? device->first : 0;
}

static struct zj_cjt188_choice choose_reading(const struct zjiot_cjt188_header *header, const uint8_t *data,
                                              size_t size) {
    const bool heat = zj_cjt188_serves(ZJIOT_CJT188_HEAT, header->type);
    if (heat && size == zj_cjt188_records[ZJIOT_CJT188_HEAT].wire_size)
        return choose_heat(data);
    if (heat && size == zj_cjt188_records[ZJIOT_CJT188_HEAT_2018].wire_size)
        return choose_heat_2018(data);
    if (zj_cjt188_serves(ZJIOT_CJT188_WATER, header->type) && size == zj_cjt188_records[ZJIOT_CJT188_WATER].wire_size)
        return choose_water(data);
    return raw("no layout fits", "the length of a reading of this meter type");
}

/* HY's rows for this frame, or NULL. */
static const struct zjiot_record *hy_rows(const struct zjiot_cjt188_header *header, size_t size) {
    const uint32_t id = (uint32_t)(header->control << 16 | header->di);
    for (size_t i = 0; i < ZJ_COUNT(devices); i++) {
        const struct zjiot_record *record = &zj_cjt188_records[devices[i].message];
        if (devices[i].hy && has_type(&devices[i], header->type) && record->first_id == id && record->wire_size == size)
            return record;
    }
    return NULL;
}

/* The reading in a layout that the caller asked for, whatever the units say. */
static enum zjiot_cjt188_message_type wanted_rows(int64_t type, enum zjiot_cjt188_layout wanted) {
    return wanted == ZJIOT_LAYOUT_2018                 ? ZJIOT_CJT188_HEAT_2018
           : zj_cjt188_serves(ZJIOT_CJT188_HEAT, type) ? ZJIOT_CJT188_HEAT
                                                       : ZJIOT_CJT188_WATER;
}

static struct zj_cjt188_choice choose_wanted(const struct zjiot_cjt188_header *header, size_t size,
                                             enum zjiot_cjt188_layout wanted) {
    const enum zjiot_cjt188_message_type type = wanted_rows(header->type, wanted);
    if (zj_cjt188_records[type].wire_size != size)
        return raw("the layout asked for has another length", "the length of the layout asked for");
    return rows(type, wanted, "asked for");
}

/* "10 to 19, 30 to 49" */
static void list_types(unsigned message, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < ZJ_COUNT(devices); i++) {
        if (devices[i].message != message)
            continue;
        const char *between = used > 0 ? ", " : "";
        used += (size_t)(devices[i].first == devices[i].last
                             ? snprintf(out + used, size - used, "%s%02x", between, devices[i].first)
                             : snprintf(out + used, size - used, "%s%02x to %02x", between, devices[i].first,
                                        devices[i].last));
    }
}

int zj_cjt188_check_device(const struct zjiot_cjt188_message *message, struct zjiot_error *error) {
    const struct device *device = device_of(message->type);
    const struct zjiot_record *record = &zj_cjt188_records[message->type];
    const enum zjiot_cjt188_layout layout = message->layout;
    const bool asked = layout != ZJIOT_LAYOUT_AUTO && layout != ZJIOT_LAYOUT_HY && layout != ZJIOT_LAYOUT_RAW;
    char types[32];
    if (device == NULL)
        return 0;
    if (!zj_cjt188_serves(message->type, message->header.type) &&
        !(asked && wanted_rows(message->header.type, layout) == message->type)) {
        list_types(message->type, types, sizeof types);
        return zj_fail_at(error, ZJIOT_CONST, 0, "type", "type: %s/%s is for meter type %s, not %02x", record->name,
                          record->variant, types, (unsigned)message->header.type);
    }
    if (device->hy && layout != ZJIOT_LAYOUT_HY && !zj_cjt188_is_hy(&message->header))
        return zj_fail_at(error, ZJIOT_CONST, 0, "address",
                          "address: %s/%s is for HY's devices, vendor 001111; it means something else elsewhere",
                          record->name, record->variant);
    return 0;
}

/* The rows of the control code and the DI whose length fits; those of HY and the readings have their own rules. */
static struct zj_cjt188_choice choose_standard(const struct zjiot_cjt188_header *header, size_t size) {
    const uint32_t id = (uint32_t)(header->control << 16 | header->di);
    const struct zjiot_record *record = NULL;
    bool known = false;
    while ((record = zj_record_by_id(zj_cjt188_records, ZJ_CJT188_RECORDS, id, record)) != NULL) {
        const ptrdiff_t at = record - zj_cjt188_records;
        if (at >= ZJIOT_CJT188_SET_OPENING_53 && at <= ZJIOT_CJT188_SET_OPENING_55_REPLY)
            continue;
        known = true;
        if (record->wire_size == size)
            return (struct zj_cjt188_choice){record, ZJIOT_LAYOUT_2004, "the standard's form",
                                             at == ZJIOT_CJT188_ADDRESS_BODY ? "no data" : NULL};
    }
    if (header->control == 0x01 && size == 0 && (header->has & ZJIOT_BIT(cjt188_header, di)))
        return rows(ZJIOT_CJT188_READ, ZJIOT_LAYOUT_2004, "the standard's form");
    if (known)
        return raw("the length is not that of its table", "the length of its table");
    return raw("no table for this control code and data identifier", NULL);
}

static struct zj_cjt188_choice choose(const struct zjiot_cjt188_header *header, const uint8_t *data, size_t size,
                                      enum zjiot_cjt188_layout wanted) {
    const struct zjiot_record *hy;
    if (wanted == ZJIOT_LAYOUT_RAW)
        return raw("asked for", NULL);
    if (zj_cjt188_is_abnormal(header->control) && size == 1)
        return rows(ZJIOT_CJT188_ERROR_SHORT, ZJIOT_LAYOUT_2004, "one status byte");
    if ((wanted == ZJIOT_LAYOUT_HY || (wanted == ZJIOT_LAYOUT_AUTO && zj_cjt188_is_hy(header))) &&
        (hy = hy_rows(header, size)) != NULL)
        return (struct zj_cjt188_choice){
            hy, ZJIOT_LAYOUT_HY, wanted == ZJIOT_LAYOUT_HY ? "asked for" : "type, vendor 001111 and length are HY's",
            NULL};
    if (header->control != READING_REPLY || header->di != DI_READING)
        return choose_standard(header, size);
    if (wanted == ZJIOT_LAYOUT_HY)
        return raw("the layout asked for has another length", "a type 53 or 55 payload");
    return wanted == ZJIOT_LAYOUT_AUTO ? choose_reading(header, data, size) : choose_wanted(header, size, wanted);
}

struct zj_cjt188_choice zj_cjt188_choose(const struct zjiot_cjt188_header *header, const uint8_t *data, size_t size,
                                         enum zjiot_cjt188_layout wanted) {
    struct zj_cjt188_choice choice = choose(header, data, size, wanted);
    if (choice.layout == ZJIOT_LAYOUT_RAW && (header->control & ZJ_CJT188_FUNCTION) == ZJ_CJT188_WRITE &&
        header->di == ZJ_CJT188_DI_KEY)
        choice.record = &zj_cjt188_records[ZJIOT_CJT188_RAW_KEY];
    return choice;
}

/* By the control code: the first that it falls under. In a request bit 6 says nothing. */
const struct zjiot_alias zj_cjt188_aliases[ZJ_CJT188_ALIASES] = {
    {"read", "Ask for data that have no table.", 0x01, 0x01, ZJIOT_DOWN},
    {"read_reply", "Answer: data that have no table.", 0x81, 0x81, ZJIOT_UP},
    {"read_error", "The meter could not do it.", 0xC1, 0xC1, ZJIOT_UP},
    {"read_address", "Ask for the address.", 0x03, 0x03, ZJIOT_DOWN},
    {"read_address_reply", "Answer: the address.", 0x83, 0x83, ZJIOT_UP},
    {"read_address_error", "The meter could not do it.", 0xC3, 0xC3, ZJIOT_UP},
    {"write", "Set data that have no table.", 0x04, 0x04, ZJIOT_DOWN},
    {"write_reply", "Answer: set data that have no table.", 0x84, 0x84, ZJIOT_UP},
    {"write_error", "The meter could not do it.", 0xC4, 0xC4, ZJIOT_UP},
    {"read_key_version", "Ask for the version of the key.", 0x09, 0x09, ZJIOT_DOWN},
    {"read_key_version_reply", "Answer: the version of the key.", 0x89, 0x89, ZJIOT_UP},
    {"read_key_version_error", "The meter could not do it.", 0xC9, 0xC9, ZJIOT_UP},
    {"write_address", "Set the address.", 0x15, 0x15, ZJIOT_DOWN},
    {"write_address_reply", "Answer: set the address.", 0x95, 0x95, ZJIOT_UP},
    {"write_address_error", "The meter could not do it.", 0xD5, 0xD5, ZJIOT_UP},
    {"write_motor_sync", "Set the base reading.", 0x16, 0x16, ZJIOT_DOWN},
    {"write_motor_sync_reply", "Answer: set the base reading.", 0x96, 0x96, ZJIOT_UP},
    {"write_motor_sync_error", "The meter could not do it.", 0xD6, 0xD6, ZJIOT_UP},
    {"vendor", "A function of the vendor's own.", 0x20, 0x3F, ZJIOT_DOWN},
    {"vendor_reply", "Answer: a function of the vendor's own.", 0xA0, 0xBF, ZJIOT_UP},
    {"vendor_error", "The meter could not do it.", 0xE0, 0xFF, ZJIOT_UP},
    {"unknown", "A function that the standard does not have.", 0x00, 0x3F, ZJIOT_DOWN},
    {"unknown_reply", "Answer: a function that the standard does not have.", 0x80, 0xBF, ZJIOT_UP},
    {"unknown_error", "The meter could not do it.", 0xC0, 0xFF, ZJIOT_UP},
};

const char *zj_cjt188_function_name(int64_t control) {
    const uint32_t code = (uint32_t)(control & ZJ_CJT188_FROM_METER ? control : control & ZJ_CJT188_FUNCTION);
    const struct zjiot_alias *alias = zj_cjt188_aliases;
    while (code < alias->first_id || code > alias->last_id) /* the last three take every code */
        alias++;
    return alias->name;
}
