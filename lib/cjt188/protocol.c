/* CJ/T 188's entry in the registry. */
#include <stdio.h>
#include <string.h>

#include "cjt188/cjt188.h"
#include "zjiot/hex.h"

static int read(struct zj_reader *reader, const struct zjiot_input *input, const struct zjiot_options *options,
                struct zjiot_pool *pool, void *message) {
    struct zjiot_message common;
    (void)pool;
    const int code =
        zjiot_cjt188_decode(input->bytes, input->size, options, message, reader->report, reader->trace, reader->error);
    if (code != 0 || input->topic == NULL)
        return code;
    zj_view(&zj_cjt188_protocol, message, &common);
    return zj_topic_check_carrier(reader, &zj_cjt188_protocol, input->topic, common.direction);
}

static bool has(const struct zjiot_cjt188_header *header, uint64_t bit) {
    return (header->has & bit) != 0;
}

/* Whether the numbers are the address's own: then nothing was set since it was read. */
static bool numbers_are_the_address(const struct zjiot_cjt188_header *header) {
    struct zjiot_cjt188_header copy = *header;
    for (int hy = 0; hy <= 1; hy++) {
        zj_cjt188_label_address(&copy, hy == 1);
        if (strcmp(copy.meter, header->meter) == 0 && strcmp(copy.vendor, header->vendor) == 0)
            return true;
    }
    return false;
}

/* The address from the printed numbers, where they were given. */
static int fill_address(struct zjiot_cjt188_header *header, struct zjiot_error *error) {
    struct zjiot_cjt188_target target;
    const bool has_meter = has(header, ZJIOT_BIT(cjt188_header, meter));
    const bool has_address = has(header, ZJIOT_BIT(cjt188_header, address));
    char hy_vendor[2 * sizeof zj_cjt188_hy_vendor + 1];
    zjiot_hex_write(zj_cjt188_hy_vendor, sizeof zj_cjt188_hy_vendor, hy_vendor);
    const bool hy = (header->type == ZJ_CJT188_TYPE_53 || header->type == ZJ_CJT188_TYPE_55) &&
                    (header->vendor[0] == '\0' || strcmp(header->vendor, hy_vendor) == 0);
    if (!has_meter && !has_address)
        return zj_fail_at(error, ZJIOT_MISSING, 0, "meter", "meter is missing (its number, or address= with 7 bytes)");
    if (!has_meter || (has_address && numbers_are_the_address(header)))
        return 0;
    if (has_address)
        return zj_fail_at(error, ZJIOT_CONST, 0, "meter", "meter: address and meter name different devices; give one");
    const int code = hy ? zjiot_cjt188_target_hy(&target, (uint8_t)header->type, header->meter, error)
                        : zjiot_cjt188_target_meter(&target, header->meter, header->vendor, error);
    if (code == 0)
        memcpy(header->address, target.address, sizeof header->address);
    return code;
}

static int64_t encode(const void *message, const struct zjiot_options *options, char *topic, uint8_t *out,
                      size_t capacity, struct zjiot_error *error) {
    (void)topic;
    struct zjiot_cjt188_message copy = *(const struct zjiot_cjt188_message *)message;
    if (copy.header.type == 0 && !has(&copy.header, ZJIOT_BIT(cjt188_header, type)))
        return zj_fail_at(error, ZJIOT_MISSING, 0, "type", "type is missing (meter type, e.g. 10 water, 20 heat)");
    if (zj_cjt188_is_open(copy.type) && !has(&copy.header, ZJIOT_BIT(cjt188_header, control)))
        return zj_fail_at(error, ZJIOT_MISSING, 0, "control", "control is missing (control code, e.g. 01)");
    const bool asks_all = copy.type == ZJIOT_CJT188_READ_ADDRESS && !has(&copy.header, ZJIOT_BIT(cjt188_header, meter));
    const int code = asks_all ? 0 : fill_address(&copy.header, error);
    if (code != 0)
        return code;
    const bool reading = copy.type == ZJIOT_CJT188_WATER || copy.type == ZJIOT_CJT188_HEAT;
    if (options != NULL && (options->layout == ZJIOT_LAYOUT_UNIT_FIRST || options->layout == ZJIOT_LAYOUT_BIG_ENDIAN)) {
        if (!reading)
            return zj_fail(error, ZJIOT_ARG, 0, "only the readings of water and heat meters have that layout");
    }
    if (options != NULL && options->layout == ZJIOT_LAYOUT_2018 && copy.type == ZJIOT_CJT188_HEAT)
        return zj_fail(error, ZJIOT_ARG, 0, "that layout has a message of its own, read_reply/heat_2018");
    if (options != NULL && options->layout != ZJIOT_LAYOUT_AUTO)
        copy.layout = options->layout;
    return zjiot_cjt188_encode(&copy, out, capacity, error);
}

/* Who asks for an address asks all; an HY message says which type it is for, as long as the caller does not. Everything
 * else is the caller's. */
static void prepare(const struct zjiot_record *record, void *message) {
    struct zjiot_cjt188_message *frame = message;
    struct zjiot_cjt188_header *header = &frame->header;
    frame->name = record->name;
    header->type = zj_cjt188_only_type(frame->type);
    if (frame->type == ZJIOT_CJT188_READ_ADDRESS) {
        header->type = 0xAA;
        memset(header->address, 0xAA, sizeof header->address);
    }
}

/* "type53 or type55": the variants that the record is one of. */
static void list_variants(const struct zjiot_record *own, char *out, size_t size) {
    size_t used = 0;
    for (const struct zjiot_record *record = zj_cjt188_records; record < zj_cjt188_records + ZJ_CJT188_RECORDS;
         record++)
        if (strcmp(record->name, own->name) == 0 && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? " or " : "", record->variant);
}

/* By the meter type; of the editions of heat meters' readings the one whose layout is asked for. */
static int variant(const void *message, const struct zjiot_options *options, const struct zjiot_record **ret_record,
                   struct zjiot_error *error) {
    const struct zjiot_cjt188_message *frame = message;
    const struct zjiot_record *own = &zj_cjt188_records[frame->type];
    const bool is_2018 = options != NULL && options->layout == ZJIOT_LAYOUT_2018;
    char variants[ZJIOT_EVIDENCE_SIZE];
    if (!zj_cjt188_is_typed(frame->type)) {
        *ret_record = own;
        return 0;
    }
    list_variants(own, variants, sizeof variants);
    if (!has(&frame->header, ZJIOT_BIT(cjt188_header, type)))
        return zj_fail_at(error, ZJIOT_MISSING, 0, "type", "type is missing: it says which %s it is, %s", own->name,
                          variants);
    for (unsigned i = 0; i < ZJ_CJT188_RECORDS; i++) {
        const bool is_other_edition = i == (is_2018 ? ZJIOT_CJT188_HEAT : ZJIOT_CJT188_HEAT_2018);
        if (strcmp(zj_cjt188_records[i].name, own->name) != 0 || is_other_edition ||
            !zj_cjt188_serves((enum zjiot_cjt188_message_type)i, frame->header.type))
            continue;
        *ret_record = &zj_cjt188_records[i];
        return 0;
    }
    return zj_fail_at(error, ZJIOT_CONST, 0, "type", "type: no %s is for meter type %02x; there is %s", own->name,
                      (unsigned)frame->header.type, variants);
}

static void set_alias(void *message, const struct zjiot_alias *alias) {
    struct zjiot_cjt188_message *frame = message;
    if (!zj_cjt188_is_open(frame->type) || alias->first_id != alias->last_id)
        return;
    frame->header.control = alias->first_id;
    frame->header.has |= ZJIOT_BIT(cjt188_header, control);
}

static void view(const void *message, struct zjiot_message *view) {
    const struct zjiot_cjt188_message *frame = message;
    view->name = frame->name;
    if (frame->reason != NULL) {
        view->profile = zj_cjt188_layout_name(frame->layout);
        view->reason = frame->reason;
    }
    if (view->direction == ZJIOT_BOTH)
        view->direction = frame->header.control & ZJ_CJT188_FROM_METER ? ZJIOT_UP : ZJIOT_DOWN;
    view->forced = frame->forced;
}

/* The first frame of a stream, or none. */
static bool find_frame(const uint8_t *bytes, size_t size, size_t *ret_at, size_t *ret_size) {
    struct zjiot_cjt188_event event;
    for (size_t at = 0; at < size; at += event.size) {
        const int found = zjiot_cjt188_pull(bytes + at, size - at, true, &event);
        if (found == 1) {
            *ret_at = at;
            *ret_size = event.size;
            return true;
        }
        if (found == 0)
            break;
    }
    return false;
}

static void identify(const struct zjiot_input *input, struct zjiot_guess *guess) {
    const uint8_t *bytes = input->bytes;
    const size_t size = input->size;
    const struct zjiot_options force = {.force = true};
    struct zjiot_cjt188_message message;
    struct zjiot_error error;
    size_t at = 0;
    size_t whole = 0;
    const bool found = find_frame(bytes, size, &at, &whole);
    const int code = zjiot_cjt188_decode(bytes + at, found ? whole : size, &force, &message, NULL, NULL, &error);
    if (code == 0)
        zj_copy_text(guess->message, sizeof guess->message, message.name);
    if (found) {
        guess->fit = ZJIOT_FIT_CERTAIN;
        snprintf(guess->why, sizeof guess->why, "a frame from 68 to 16 whose checksum agrees%s",
                 whole < size ? ", among other bytes" : "");
    } else if (code == 0) {
        guess->fit = ZJIOT_FIT_POSSIBLE;
        zj_copy_text(guess->why, sizeof guess->why, "a frame from 68 to 16, but its checksum does not agree");
    } else {
        while (at < size && bytes[at] == ZJ_CJT188_FE)
            at++;
        guess->fit = at < size && bytes[at] == ZJ_CJT188_START ? ZJIOT_FIT_POSSIBLE : ZJIOT_FIT_NO;
        zj_copy_text(guess->why, sizeof guess->why, error.text);
    }
}

/* The usual answer has the key's version alone. Only of a whole frame whose checksum agrees is that certain. */
static bool is_version_alone(const uint8_t *bytes, size_t size) {
    struct zjiot_cjt188_message message;
    return zjiot_cjt188_decode(bytes, size, NULL, &message, NULL, NULL, NULL) == 0 &&
           message.type == ZJIOT_CJT188_WRITE_KEY_REPLY;
}

/* A frame that sets a key, whole or damaged, or the answer that repeats it: C with the function write, L, and DI A014
 * in either order. Its 68 may be what was damaged. */
static bool has_secret(const uint8_t *bytes, size_t size) {
    enum { DI_AT = 2 }; /* behind C and L */
    const uint8_t high = ZJ_CJT188_DI_KEY >> 8;
    const uint8_t low = ZJ_CJT188_DI_KEY & 0xFF;
    for (size_t at = 0; at + DI_AT + 1 < size; at++) {
        const uint8_t *di = bytes + at + DI_AT;
        if ((bytes[at] & ZJ_CJT188_FUNCTION) == ZJ_CJT188_WRITE &&
            ((di[0] == high && di[1] == low) || (di[0] == low && di[1] == high)))
            return !is_version_alone(bytes, size);
    }
    return false;
}

/* Values that are none, or were not provided, in a record that was read. */
static unsigned count_absent(const struct zjiot_record *record, const void *value) {
    struct zj_masks masks;
    unsigned absent = 0;
    memcpy(&masks, value, sizeof masks);
    for (unsigned i = 0; i < record->field_count; i++)
        absent += !(masks.has >> i & 1);
    return absent;
}

static bool judge(const uint8_t *bytes, size_t size, struct zjiot_proposal *proposal) {
    enum { NO_LAYOUT = 8 }; /* data that fit no layout are odder than a few odd values */
    struct zjiot_cjt188_message message;
    struct zjiot_report report = {NULL, 0, 0};
    if (zjiot_cjt188_decode(bytes, size, NULL, &message, &report, NULL, NULL) != 0)
        return false;
    proposal->confirmed = true;
    proposal->device = zj_cjt188_is_hy(&message.header) ? "an HY device" : NULL;
    proposal->oddities = (message.layout == ZJIOT_LAYOUT_RAW ? NO_LAYOUT : 0) + (unsigned)report.count +
                         count_absent(&zj_cjt188_records[message.type], &message.data);
    return true;
}

static const struct zj_protocol_calls calls = {
    ZJ_MESSAGE_OF(zjiot_cjt188_message),
    .headers = {{&zj_cjt188_part_header, offsetof(struct zjiot_cjt188_message, header)}},
    .read = read,
    .encode = encode,
    .prepare = prepare,
    .variant = variant,
    .set_alias = set_alias,
    .view = view,
    .has_secret = has_secret,
    .identify = identify,
    .judge = judge,
};

static const char *const notes[] = {
    "Frames between a master and meters on M-Bus, RS485 or through a gateway, "
    "after the standards of 2004 and 2018 and what meters make of them. "
    "A frame is 68, type, address (7 bytes), control code, length, data identifier (DI), serial number (SER), "
    "data, checksum and 16; bytes FE may stand in front. The checksum is the sum of all bytes from 68 on, modulo 256.",
    "Bit 7 of the control code is set in answers, bit 6 in those that say an error. "
    "Which message a frame is its function and its DI say together.",
    "Numbers are BCD, the low byte first, and most quantities have a unit byte behind them. "
    "Makers differ: the layout says in which order a meter writes, and is found by what the values give; "
    "`hy` has the number as printed and the DI's high byte first.",
    "An address of `aa` in every byte is for any meter, and only one must then be connected.",
    NULL,
};

const struct zjiot_protocol zj_cjt188_protocol = {
    .name = "cjt188",
    .title = "CJ/T 188 meter frames",
    .source = "CJ/T 188-2004 and 2018, document 004",
    .records = zj_cjt188_records,
    .record_count = ZJ_CJT188_RECORDS,
    .aliases = zj_cjt188_aliases,
    .alias_count = ZJ_CJT188_ALIASES,
    .quantities = true,
    .notes = notes,
    .calls = &calls,
};
