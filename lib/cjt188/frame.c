/* One CJ/T 188 frame: read and written. */
#include <stdio.h>
#include <string.h>

#include "cjt188/cjt188.h"
#include "zjiot/hex.h"

enum {
    DI_SIZE = 2,
    SER_SIZE = 1,
    ANY_DI = 0x10000, /* id_count of rows that serve every DI */
    FIRST_SER_55 = 1, /* what commands to valves of type 55 count from (decisions, section 5) */
};

/* A frame whose borders are known: bytes[0] is the 68. */
struct frame {
    const uint8_t *bytes;
    size_t offset; /* of the 68 in the input: the preamble's length */
    size_t size;
    size_t body; /* L */
};

bool zj_cjt188_is_open(enum zjiot_cjt188_message_type type) {
    return type == ZJIOT_CJT188_RAW || type == ZJIOT_CJT188_RAW_KEY || type == ZJIOT_CJT188_ERROR_SHORT;
}

static int find_borders(const uint8_t *bytes, size_t size, struct frame *ret_frame, struct zjiot_error *error) {
    size_t preamble = 0;
    while (preamble < size && bytes[preamble] == ZJ_CJT188_FE)
        preamble++;
    if (preamble == size)
        return zj_fail(error, ZJIOT_LENGTH, size, "no frame behind the preamble");
    if (bytes[preamble] != ZJ_CJT188_START)
        return zj_fail_at(error, ZJIOT_SYNTAX, preamble, "start", "start: a frame begins with 68, here is %02x",
                          bytes[preamble]);
    const size_t left = size - preamble;
    if (left < ZJIOT_CJT188_OVERHEAD)
        return zj_fail_at(error, ZJIOT_LENGTH, size, "length", "length: a frame has at least %d bytes, here are %u",
                          ZJIOT_CJT188_OVERHEAD, (unsigned)left);
    const size_t body = bytes[preamble + ZJ_CJT188_LENGTH_AT];
    const size_t whole = ZJIOT_CJT188_OVERHEAD + body;
    if (left < whole)
        return zj_fail_at(error, ZJIOT_LENGTH, preamble + ZJ_CJT188_LENGTH_AT, "length",
                          "length: L is %02x, that makes a frame of %u bytes; here are %u", (unsigned)body,
                          (unsigned)whole, (unsigned)left);
    if (bytes[preamble + whole - 1] != ZJ_CJT188_END)
        return zj_fail_at(error, ZJIOT_SYNTAX, preamble + whole - 1, "end",
                          "end: L is %02x, so 16 must stand here, here is %02x", (unsigned)body,
                          bytes[preamble + whole - 1]);
    *ret_frame = (struct frame){bytes + preamble, preamble, whole, body};
    return 0;
}

/* CHECKSUM unless the caller forces the frame. */
static int check_sum(const struct frame *frame, const struct zjiot_options *options, uint8_t *ret_right,
                     struct zjiot_error *error) {
    const size_t at = frame->size - ZJ_CJT188_TAIL;
    const uint8_t right = zj_sum8(frame->bytes, at);
    *ret_right = right;
    if (right == frame->bytes[at] || (options != NULL && options->force))
        return 0;
    return zj_fail_at(error, ZJIOT_CHECKSUM, frame->offset + at, "cs", "cs: checksum is 0x%02x, the frame says 0x%02x",
                      right, frame->bytes[at]);
}

/* The digits of `count` bytes of the address from `first` on, upwards or downwards. */
static void write_address(const struct zjiot_cjt188_header *header, int first, int count, int step, char *text) {
    for (int i = 0; i < count; i++)
        zj_hex_pair(header->address[first + i * step], text + 2 * i);
}

/* By the standard the address is turned round: the vendor is in front, then. */
void zj_cjt188_label_address(struct zjiot_cjt188_header *header, bool hy) {
    enum { HY_METER = 4, METER = 5, LAST = ZJIOT_CJT188_ADDRESS_SIZE - 1 };
    memset(header->meter, 0, sizeof header->meter);
    memset(header->vendor, 0, sizeof header->vendor);
    if (hy) {
        write_address(header, 0, HY_METER, 1, header->meter);
        write_address(header, HY_METER, ZJIOT_CJT188_ADDRESS_SIZE - HY_METER, 1, header->vendor);
    } else {
        write_address(header, METER - 1, METER, -1, header->meter);
        write_address(header, LAST, ZJIOT_CJT188_ADDRESS_SIZE - METER, -1, header->vendor);
    }
    header->has |= ZJIOT_BIT(cjt188_header, meter) | ZJIOT_BIT(cjt188_header, vendor);
}

static inline void trace_header(struct zj_reader *reader, size_t offset, size_t size, unsigned index,
                                const struct zjiot_cjt188_header *header) {
    zj_trace(reader, offset, size, &zj_cjt188_part_header, index, header);
}

static void read_head(const struct frame *frame, enum zjiot_cjt188_layout wanted, struct zjiot_cjt188_header *header) {
    header->invalid = 0;
    header->has = ZJIOT_BIT(cjt188_header, preamble) | ZJIOT_BIT(cjt188_header, type) |
                  ZJIOT_BIT(cjt188_header, address) | ZJIOT_BIT(cjt188_header, control) |
                  ZJIOT_BIT(cjt188_header, length);
    header->preamble = (int64_t)frame->offset;
    header->type = frame->bytes[ZJ_CJT188_TYPE_AT];
    memcpy(header->address, frame->bytes + ZJ_CJT188_ADDRESS_AT, ZJIOT_CJT188_ADDRESS_SIZE);
    header->control = frame->bytes[ZJ_CJT188_CONTROL_AT];
    header->di = header->di_order = header->ser = 0; /* not every frame has them */
    header->length = frame->bytes[ZJ_CJT188_LENGTH_AT];
    zj_cjt188_label_address(header, zj_cjt188_is_hy(header) || wanted == ZJIOT_LAYOUT_HY);
}

static ZJ_ASIDE void trace_head(struct zj_reader *reader, const struct frame *frame,
                                const struct zjiot_cjt188_header *header) {
    const size_t at = frame->offset;
    if (at > 0)
        trace_header(reader, 0, at, zjiot_at_cjt188_header_preamble, header);
    trace_header(reader, at, 1, zjiot_at_cjt188_header_start, header);
    trace_header(reader, at + ZJ_CJT188_TYPE_AT, 1, zjiot_at_cjt188_header_type, header);
    trace_header(reader, at + ZJ_CJT188_ADDRESS_AT, ZJIOT_CJT188_ADDRESS_SIZE, zjiot_at_cjt188_header_address, header);
    trace_header(reader, at + ZJ_CJT188_CONTROL_AT, 0, zjiot_at_cjt188_header_meter, header);
    trace_header(reader, at + ZJ_CJT188_CONTROL_AT, 0, zjiot_at_cjt188_header_vendor, header);
    trace_header(reader, at + ZJ_CJT188_CONTROL_AT, 1, zjiot_at_cjt188_header_control, header);
    trace_header(reader, at + ZJ_CJT188_LENGTH_AT, 1, zjiot_at_cjt188_header_length, header);
}

/* The high bytes of all data identifiers there are; they tell which of the two bytes is which. */
static bool is_high_byte(uint8_t byte) {
    return byte == 0x90 || byte == 0x91 || byte == 0x81 || byte == 0xA0 || byte == 0xA1 ||
           (byte >= 0xD1 && byte <= 0xD4);
}

static size_t read_di(struct zj_reader *reader, const uint8_t *at, size_t offset, struct zjiot_cjt188_header *header) {
    const bool low_first = !is_high_byte(at[0]) && is_high_byte(at[1]);
    header->di = low_first ? at[1] << 8 | at[0] : at[0] << 8 | at[1];
    header->di_order = low_first ? ZJIOT_CJT188_DI_LOW_FIRST : ZJIOT_CJT188_DI_HIGH_FIRST;
    header->has |= ZJIOT_BIT(cjt188_header, di) | ZJIOT_BIT(cjt188_header, di_order);
    trace_header(reader, offset, DI_SIZE, zjiot_at_cjt188_header_di, header);
    trace_header(reader, offset + DI_SIZE, 0, zjiot_at_cjt188_header_di_order, header);
    return DI_SIZE;
}

static size_t read_ser(struct zj_reader *reader, const uint8_t *at, size_t offset, struct zjiot_cjt188_header *header) {
    header->ser = at[0];
    header->has |= ZJIOT_BIT(cjt188_header, ser);
    trace_header(reader, offset, SER_SIZE, zjiot_at_cjt188_header_ser, header);
    return SER_SIZE;
}

/* What stands between L and the data. Abnormal answers have SER ST0 ST1 by the standard, and DI SER ST, SER ST or ST
 * alone in the field. */
static int read_di_ser(struct zj_reader *reader, const struct frame *frame, struct zjiot_cjt188_header *header,
                       size_t *ret_size) {
    const uint8_t *at = frame->bytes + ZJ_CJT188_HEAD;
    const size_t offset = frame->offset + ZJ_CJT188_HEAD;
    const bool abnormal = zj_cjt188_is_abnormal(header->control);
    const bool has_di = abnormal ? frame->body > 3 : frame->body >= DI_SIZE + SER_SIZE;
    const bool has_ser = has_di || (abnormal && frame->body >= 2);
    size_t used = 0;
    if (has_di)
        used += read_di(reader, at, offset, header);
    if (has_ser)
        used += read_ser(reader, at + used, offset + used, header);
    *ret_size = used;
    if (abnormal && frame->body != 3) {
        const char *form = has_di ? "DI SER ST" : has_ser ? "SER ST" : frame->body == 1 ? "ST" : "nothing";
        return zj_deviate(reader, ZJIOT_LENGTH, offset, "data", form, "SER ST0 ST1");
    }
    if (!abnormal && !has_di && frame->body > 0)
        return zj_deviate(reader, ZJIOT_LENGTH, offset, "data", "no room for DI and SER", "DI SER data");
    return 0;
}

static int read_data(struct zj_reader *reader, const struct frame *frame, size_t used,
                     const struct zjiot_options *options, struct zjiot_cjt188_message *message) {
    const uint8_t *data = frame->bytes + ZJ_CJT188_HEAD + used;
    const size_t size = frame->body - used;
    const size_t offset = frame->offset + ZJ_CJT188_HEAD + used;
    const struct zj_cjt188_choice choice =
        zj_cjt188_choose(&message->header, data, size, options != NULL ? options->layout : ZJIOT_LAYOUT_AUTO);
    message->type = (enum zjiot_cjt188_message_type)(choice.record - zj_cjt188_records);
    message->layout = choice.layout;
    message->reason = choice.reason;
    message->name =
        zj_cjt188_is_open(message->type) ? zj_cjt188_function_name(message->header.control) : choice.record->name;
    message->payload = (struct zjiot_bytes){data, size};
    if (choice.warning != NULL) {
        char found[32];
        snprintf(found, sizeof found, "%u bytes", (unsigned)size);
        const enum zjiot_code what = message->layout == ZJIOT_LAYOUT_RAW ? ZJIOT_LAYOUT : ZJIOT_EXTRA;
        const int code = zj_deviate(reader, what, offset, "data", found, choice.warning);
        if (code != 0)
            return code;
    }
    reader->bcd_high_first = choice.layout == ZJIOT_LAYOUT_BIG_ENDIAN;
    reader->unit_first = choice.layout == ZJIOT_LAYOUT_UNIT_FIRST;
    return zj_read_binary(reader, choice.record, data, size, offset, &message->data);
}

static int read_tail(struct zj_reader *reader, const struct frame *frame, uint8_t right,
                     struct zjiot_cjt188_message *message) {
    struct zjiot_cjt188_header *header = &message->header;
    const size_t at = frame->offset + frame->size - ZJ_CJT188_TAIL;
    zj_hex_pair(frame->bytes[frame->size - ZJ_CJT188_TAIL], header->cs);
    header->cs_ok = right == frame->bytes[frame->size - ZJ_CJT188_TAIL];
    header->has |= ZJIOT_BIT(cjt188_header, cs) | ZJIOT_BIT(cjt188_header, cs_ok);
    message->forced = !header->cs_ok;
    trace_header(reader, at, 1, zjiot_at_cjt188_header_cs, header);
    trace_header(reader, at + 1, 0, zjiot_at_cjt188_header_cs_ok, header);
    trace_header(reader, at + 1, 1, zjiot_at_cjt188_header_end, header);
    if (header->cs_ok)
        return 0;
    char expected[3];
    zj_hex_pair(right, expected);
    return zj_deviate(reader, ZJIOT_CHECKSUM, at, "cs", header->cs, expected);
}

static int read_frame(struct zj_reader *reader, const struct frame *frame, uint8_t right,
                      const struct zjiot_options *options, struct zjiot_cjt188_message *message) {
    size_t used = 0;
    read_head(frame, options != NULL ? options->layout : ZJIOT_LAYOUT_AUTO, &message->header);
    if (ZJ_UNLIKELY(reader->trace != NULL))
        trace_head(reader, frame, &message->header);
    int code = read_di_ser(reader, frame, &message->header, &used);
    if (code == 0)
        code = read_data(reader, frame, used, options, message);
    return code != 0 ? code : read_tail(reader, frame, right, message);
}

int zjiot_cjt188_decode(const uint8_t *bytes, size_t size, const struct zjiot_options *options,
                        struct zjiot_cjt188_message *ret_message, struct zjiot_report *report,
                        struct zjiot_trace *trace, struct zjiot_error *reterr_error) {
    struct zj_reader reader = zj_reader(options, report, trace, reterr_error);
    struct frame frame = {0};
    uint8_t right = 0;
    if (options != NULL && (unsigned)options->layout >= ZJIOT_LAYOUT_COUNT)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "layout %d does not exist", (int)options->layout);
    int code = find_borders(bytes, size, &frame, reterr_error);
    if (code == 0)
        code = check_sum(&frame, options, &right, reterr_error);
    if (code == 0 && size > frame.offset + frame.size)
        code = zj_fail_at(reterr_error, ZJIOT_LENGTH, frame.offset + frame.size, "end",
                          "end: %u bytes follow the end of the frame", (unsigned)(size - frame.offset - frame.size));
    if (code != 0)
        return code;
    if (reader.strict) { /* only then can the fields fail: try on a copy, so that a failure leaves no trace */
        struct zj_reader trial = zj_reader(options, NULL, NULL, reterr_error);
        struct zjiot_cjt188_message copy;
        code = read_frame(&trial, &frame, right, options, &copy);
    }
    return code != 0 ? code : read_frame(&reader, &frame, right, options, ret_message);
}

/* Whether the header says which DI: by its bit, or, filled by hand without any bits, by being there. */
static bool gives_di(const struct zjiot_cjt188_header *header) {
    return (header->has & ZJIOT_BIT(cjt188_header, di)) != 0 || (header->has == 0 && header->di != 0);
}

/* "di is missing: read_history serves d120 to d12b" */
static int fail_di(const struct zjiot_record *record, enum zjiot_code code, const char *what,
                   struct zjiot_error *error) {
    const unsigned first = record->first_id & 0xFFFF;
    const unsigned last = (record->first_id + record->id_count - 1) & 0xFFFF;
    if (first == last)
        return zj_fail_at(error, code, 0, "di", "di%s: %s has %04x", what, record->name, first);
    return zj_fail_at(error, code, 0, "di", "di%s: %s serves %04x to %04x", what, record->name, first, last);
}

/* Control code and DI: the rows', or the header's where the rows serve several. A header that says otherwise is
 * refused: it is an error of the caller's, not a wish. */
static int fill_id(enum zjiot_cjt188_message_type type, const struct zjiot_record *record,
                   struct zjiot_cjt188_header *header, struct zjiot_error *error) {
    const bool has_control = header->has & ZJIOT_BIT(cjt188_header, control);
    const bool has_di = gives_di(header);
    const int64_t control = record->first_id >> 16;
    if (zj_cjt188_is_open(type))
        return 0;
    if (has_control && header->control != control)
        return zj_fail_at(error, ZJIOT_CONST, 0, "control", "control: %s has %02x", record->name, (unsigned)control);
    header->control = control;
    const uint32_t id = (uint32_t)(control << 16 | header->di);
    const bool any_di = type == ZJIOT_CJT188_READ;
    if (has_di && !any_di && id - record->first_id >= record->id_count)
        return fail_di(record, ZJIOT_CONST, "", error);
    if (!has_di && record->id_count > 1 && record->id_count < ANY_DI)
        return fail_di(record, ZJIOT_MISSING, " is missing", error);
    if (!has_di)
        header->di = record->first_id & 0xFFFF;
    return 0;
}

static int write_head(const struct zjiot_cjt188_header *header, size_t body, uint8_t *out, struct zjiot_error *error) {
    if (header->type < 1 || header->type > 0xFF)
        return zj_fail_at(error, ZJIOT_RANGE, 0, "type", "type: a meter type is 1 to ff");
    if (header->control < 0 || header->control > 0xFF)
        return zj_fail_at(error, ZJIOT_RANGE, 0, "control", "control: one byte, 0 to ff");
    if (header->ser < 0 || header->ser > 0xFF)
        return zj_fail_at(error, ZJIOT_RANGE, 0, "ser", "ser: one byte, 0 to 255");
    if (header->di < 0 || header->di > 0xFFFF)
        return zj_fail_at(error, ZJIOT_RANGE, 0, "di", "di: two bytes, 0 to ffff");
    out[0] = ZJ_CJT188_START;
    out[ZJ_CJT188_TYPE_AT] = (uint8_t)header->type;
    memcpy(out + ZJ_CJT188_ADDRESS_AT, header->address, ZJIOT_CJT188_ADDRESS_SIZE);
    out[ZJ_CJT188_CONTROL_AT] = (uint8_t)header->control;
    out[ZJ_CJT188_LENGTH_AT] = (uint8_t)body;
    return 0;
}

/* Writes DI and SER as far as this form of frame has them; returns their size. */
static size_t write_di_ser(const struct zjiot_cjt188_message *message, const struct zjiot_cjt188_header *header,
                           uint8_t *out) {
    const bool abnormal = zj_cjt188_is_abnormal(header->control);
    const bool open = zj_cjt188_is_open(message->type);
    const bool has_di = abnormal || open ? gives_di(header) : true;
    const bool has_ser = open ? has_di || (header->has & ZJIOT_BIT(cjt188_header, ser)) != 0 : true;
    const bool low_first = header->di_order == ZJIOT_CJT188_DI_LOW_FIRST;
    size_t used = 0;
    if (has_di) {
        out[low_first ? 1 : 0] = (uint8_t)(header->di >> 8);
        out[low_first ? 0 : 1] = (uint8_t)header->di;
        used = DI_SIZE;
    }
    if (has_ser)
        out[used++] = (uint8_t)header->ser;
    return used;
}

int64_t zjiot_cjt188_encode(const struct zjiot_cjt188_message *message, uint8_t *out, size_t capacity,
                            struct zjiot_error *reterr_error) {
    int code = zj_check_type(&zj_cjt188_protocol, message->type, reterr_error);
    if (code != 0)
        return code;
    const struct zjiot_record *record = &zj_cjt188_records[message->type];
    struct zjiot_cjt188_header header = message->header;
    struct zj_writer writer = {.error = reterr_error,
                               .bcd_high_first = message->layout == ZJIOT_LAYOUT_BIG_ENDIAN,
                               .unit_first = message->layout == ZJIOT_LAYOUT_UNIT_FIRST};
    uint8_t frame[ZJIOT_CJT188_FRAME_MAX];
    uint8_t *body = frame + ZJ_CJT188_HEAD;
    if (message->type == ZJIOT_CJT188_SET_OPENING_55 && header.ser == 0 &&
        !(header.has & ZJIOT_BIT(cjt188_header, ser)))
        header.ser = FIRST_SER_55;
    code = fill_id(message->type, record, &header, reterr_error);
    if (code != 0)
        return code;
    const size_t used = write_di_ser(message, &header, body);
    const size_t body_size = used + zj_binary_size(record, &message->data);
    if (body_size > 0xFF)
        return zj_fail_at(reterr_error, ZJIOT_LENGTH, 0, "bytes", "bytes: L would be %u, it is at most 255",
                          (unsigned)body_size);
    code = write_head(&header, body_size, frame, reterr_error);
    if (code == 0)
        code = zj_cjt188_check_device(message, reterr_error);
    if (code == 0)
        code = zj_write_binary(&writer, record, &message->data, body + used);
    if (code != 0)
        return code;
    if (header.preamble < 0 || header.preamble > ZJIOT_CJT188_PREAMBLE_MAX)
        return zj_fail_at(reterr_error, ZJIOT_RANGE, 0, "preamble", "preamble: 0 to %d bytes",
                          ZJIOT_CJT188_PREAMBLE_MAX);
    const size_t preamble = (size_t)header.preamble;
    const size_t size = ZJIOT_CJT188_OVERHEAD + body_size;
    if (capacity < preamble + size)
        return zj_fail_space(reterr_error, preamble + size);
    frame[size - ZJ_CJT188_TAIL] = zj_sum8(frame, size - ZJ_CJT188_TAIL);
    frame[size - 1] = ZJ_CJT188_END;
    memset(out, ZJ_CJT188_FE, preamble);
    memcpy(out + preamble, frame, size);
    return (int64_t)(preamble + size);
}
