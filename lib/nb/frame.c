/* NB frames: which envelope, which function, whether the checksum agrees. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
#include "nb/nb.h"
#include "zjiot/hex.h"

enum {
    FN_AT = 4, /* behind SN */
    INNER_MIN = ZJIOT_NB_HEADER_SIZE + ZJIOT_NB_CRC_SIZE,
    CRC_SIZE = ZJIOT_NB_CRC_SIZE,
};

/* One way to read the bytes: the inner frame starts at `base`. */
struct reading {
    const struct zjiot_record *record; /* NULL: unknown function, or another length than it has */
    const struct zjiot_record *by_fn;  /* of the function, whatever the length */
    size_t base;
    size_t data_size;
    bool possible; /* long enough */
};

static struct reading read_at(const uint8_t *bytes, size_t size, size_t base) {
    struct reading reading = {.base = base, .possible = size >= base + INNER_MIN};
    if (!reading.possible)
        return reading;
    reading.data_size = size - base - INNER_MIN;
    reading.by_fn = zj_record_by_id(zj_nb_records, ZJ_NB_RECORDS, bytes[base + FN_AT], NULL);
    if (reading.by_fn != NULL && reading.by_fn->wire_size == reading.data_size)
        reading.record = reading.by_fn;
    return reading;
}

static uint16_t crc_of(const uint8_t *bytes, size_t size, size_t base) {
    return zj_crc16(bytes + base, size - base - CRC_SIZE);
}

static uint16_t crc_sent(const uint8_t *bytes, size_t size) {
    return (uint16_t)(bytes[size - 2] | bytes[size - 1] << 8);
}

static bool crc_agrees(const uint8_t *bytes, size_t size, size_t base) {
    return crc_of(bytes, size, base) == crc_sent(bytes, size);
}

static int no_reading(const uint8_t *bytes, const struct reading *inner, struct zjiot_error *error) {
    const unsigned fn = bytes[FN_AT];
    if (inner->by_fn != NULL)
        return zj_fail_at(error, ZJIOT_LENGTH, ZJIOT_NB_HEADER_SIZE, "data",
                          "data: function %02x (%s) has %u bytes of data, here are %u", fn, inner->by_fn->name,
                          inner->by_fn->wire_size, (unsigned)inner->data_size);
    return zj_fail_at(error, ZJIOT_UNKNOWN, FN_AT, "fn",
                      "fn: function %02x is not known, and no checksum says that this is a frame", fn);
}

/* Chooses between inner and full (decisions, section 2). Unknown functions need a checksum that agrees. */
static int choose(const uint8_t *bytes, size_t size, struct reading *ret_reading, bool *ret_ambiguous,
                  struct zjiot_error *error) {
    if (size < INNER_MIN)
        return zj_fail(error, ZJIOT_LENGTH, size, "a frame has at least %d bytes, here are %u", INNER_MIN,
                       (unsigned)size);
    if (size > ZJIOT_NB_FRAME_MAX)
        return zj_fail(error, ZJIOT_LENGTH, ZJIOT_NB_FRAME_MAX, "a frame has at most %d bytes, here are %u",
                       ZJIOT_NB_FRAME_MAX, (unsigned)size);
    const struct reading inner = read_at(bytes, size, 0);
    const struct reading full = read_at(bytes, size, ZJIOT_NB_ENVELOPE_SIZE);
    *ret_ambiguous = inner.record != NULL && full.record != NULL;
    if (*ret_ambiguous)
        *ret_reading = !crc_agrees(bytes, size, 0) && crc_agrees(bytes, size, full.base) ? full : inner;
    else if (inner.record != NULL)
        *ret_reading = inner;
    else if (full.record != NULL && (crc_agrees(bytes, size, full.base) || !crc_agrees(bytes, size, 0)))
        *ret_reading = full;
    else if (inner.by_fn == NULL && crc_agrees(bytes, size, 0))
        *ret_reading = inner;
    else if (full.possible && full.by_fn == NULL && crc_agrees(bytes, size, full.base))
        *ret_reading = full;
    else
        return no_reading(bytes, &inner, error);
    if (ret_reading->record == NULL)
        ret_reading->record = &zj_nb_records[ZJIOT_NB_UNKNOWN_FN];
    return 0;
}

/* What the checksum is worth under the caller's policy. */
struct verdict {
    bool agrees;
    bool forced;
    enum zjiot_code deviation; /* to report at its place, or 0 */
    char sent[2 * CRC_SIZE + 1];
    char right[2 * CRC_SIZE + 1];
};

static int judge_crc(const uint8_t *bytes, size_t size, size_t base, const struct zjiot_options *options,
                     struct verdict *ret_verdict, struct zjiot_error *error) {
    const enum zjiot_crc_policy policy = options != NULL ? options->crc : ZJIOT_CRC_ACCEPT;
    const uint16_t right = crc_of(bytes, size, base);
    const uint8_t right_bytes[CRC_SIZE] = {(uint8_t)right, (uint8_t)(right >> 8)};
    struct verdict *verdict = ret_verdict;
    *verdict = (struct verdict){.agrees = right == crc_sent(bytes, size)};
    zjiot_hex_write(bytes + size - CRC_SIZE, CRC_SIZE, verdict->sent);
    if (verdict->agrees || policy == ZJIOT_CRC_OFF)
        return 0;
    zjiot_hex_write(right_bytes, CRC_SIZE, verdict->right);
    const bool placeholder = strcmp(verdict->sent, "ffff") == 0 || strcmp(verdict->sent, "0000") == 0;
    verdict->forced = options != NULL && options->force && !(placeholder && policy == ZJIOT_CRC_ACCEPT);
    verdict->deviation = placeholder && policy == ZJIOT_CRC_ACCEPT ? ZJIOT_CRC_PLACEHOLDER : ZJIOT_CHECKSUM;
    if (verdict->forced || verdict->deviation == ZJIOT_CRC_PLACEHOLDER)
        return 0;
    return zj_fail_at(error, ZJIOT_CHECKSUM, size - CRC_SIZE, "crc", "crc: checksum is 0x%s, the frame says 0x%s",
                      verdict->right, verdict->sent);
}

static int read_crc(struct zj_reader *reader, size_t size, const struct verdict *verdict,
                    struct zjiot_nb_message *message) {
    struct zjiot_nb_header *header = &message->header;
    memcpy(header->crc, verdict->sent, sizeof header->crc);
    header->crc_ok = verdict->agrees;
    header->has |= ZJIOT_BIT(nb_header, crc) | ZJIOT_BIT(nb_header, crc_ok);
    zj_trace(reader, size - CRC_SIZE, CRC_SIZE, &zj_nb_part_header, zjiot_at_nb_header_crc, header);
    zj_trace(reader, size, 0, &zj_nb_part_header, zjiot_at_nb_header_crc_ok, header);
    if (verdict->deviation == ZJIOT_OK)
        return 0;
    return zj_deviate(reader, verdict->deviation, size - CRC_SIZE, "crc", verdict->sent, verdict->right);
}

/* The 2019 edition turns `online` round; its own inverse. */
static void turn_online(const struct zjiot_options *options, struct zjiot_nb_message *message) {
    struct zjiot_nb_status *status = &message->data.status;
    if (options != NULL && options->edition == ZJIOT_NB_2019 && (status->online == 0 || status->online == 1))
        status->online = !status->online;
}

/* What is known of a frame before its fields are read. */
struct frame {
    const uint8_t *bytes;
    size_t size;
    struct reading reading;
    struct verdict crc;
    bool ambiguous;
};

static int read_headers(struct zj_reader *reader, const struct frame *frame, struct zjiot_nb_message *message) {
    const size_t base = frame->reading.base;
    int code = 0;
    message->full = base != 0;
    message->envelope.has = message->envelope.invalid = 0;
    if (frame->ambiguous)
        code = zj_deviate(reader, ZJIOT_AMBIGUOUS, 0, "fn", message->full ? "a full frame" : "an inner frame",
                          "bytes that are only one of both");
    if (code == 0 && message->full)
        code = zj_read_binary(reader, &zj_nb_part_envelope, frame->bytes, base, 0, &message->envelope);
    if (code == 0)
        code = zj_read_binary(reader, &zj_nb_part_header, frame->bytes + base, ZJIOT_NB_HEADER_SIZE, base,
                              &message->header);
    if (code == 0 && message->type == ZJIOT_NB_UNKNOWN_FN) {
        char found[3];
        zjiot_hex_write(frame->bytes + base + FN_AT, 1, found);
        code = zj_deviate(reader, ZJIOT_UNKNOWN, base + FN_AT, "fn", found, "a function of the document");
    }
    return code;
}

static int read_frame(struct zj_reader *reader, const struct frame *frame, const struct zjiot_options *options,
                      struct zjiot_nb_message *message) {
    const struct reading *reading = &frame->reading;
    const size_t data_at = reading->base + ZJIOT_NB_HEADER_SIZE;
    message->type = (enum zjiot_nb_message_type)(reading->record - zj_nb_records);
    message->forced = frame->crc.forced;
    int code = read_headers(reader, frame, message);
    if (code == 0)
        code = zj_read_binary(reader, reading->record, frame->bytes + data_at, reading->data_size, data_at,
                              &message->data);
    if (code == 0 && message->type == ZJIOT_NB_STATUS)
        turn_online(options, message);
    return code != 0 ? code : read_crc(reader, frame->size, &frame->crc, message);
}

int zjiot_nb_decode(const uint8_t *bytes, size_t size, const struct zjiot_options *options,
                    struct zjiot_nb_message *ret_message, struct zjiot_report *report, struct zjiot_trace *trace,
                    struct zjiot_error *reterr_error) {
    struct zj_reader reader = zj_reader(options, report, trace, reterr_error);
    struct frame frame = {.bytes = bytes, .size = size};
    int code = choose(bytes, size, &frame.reading, &frame.ambiguous, reterr_error);
    if (code == 0)
        code = judge_crc(bytes, size, frame.reading.base, options, &frame.crc, reterr_error);
    if (code != 0)
        return code;
    if (reader.strict) { /* only then can the fields fail: try on a copy, so that a failure leaves no trace */
        struct zj_reader trial = zj_reader(options, NULL, NULL, reterr_error);
        struct zjiot_nb_message copy;
        code = read_frame(&trial, &frame, options, &copy);
    }
    return code != 0 ? code : read_frame(&reader, &frame, options, ret_message);
}

static void fill_crc(const uint8_t *frame, uint8_t *out, bool placeholder) {
    const uint16_t crc = placeholder ? 0xFFFF : zj_crc16(frame, (size_t)(out - frame));
    out[0] = (uint8_t)crc;
    out[1] = (uint8_t)(crc >> 8);
}

int64_t zjiot_nb_encode(const struct zjiot_nb_message *message, const struct zjiot_options *options, uint8_t *out,
                        size_t capacity, struct zjiot_error *reterr_error) {
    int code = zj_check_type(&zj_nb_protocol, message->type, reterr_error);
    if (code != 0)
        return code;
    const struct zjiot_record *record = &zj_nb_records[message->type];
    const size_t base = message->full ? ZJIOT_NB_ENVELOPE_SIZE : 0;
    const size_t data_size = zj_binary_size(record, &message->data);
    const size_t size = base + ZJIOT_NB_HEADER_SIZE + data_size + CRC_SIZE;
    struct zjiot_nb_message copy = *message;
    struct zj_writer writer = {.error = reterr_error};
    uint8_t frame[ZJIOT_NB_FRAME_MAX];
    if (size > sizeof frame)
        return zj_fail_at(reterr_error, ZJIOT_LENGTH, 0, "bytes", "bytes: a frame has at most %d bytes",
                          ZJIOT_NB_FRAME_MAX);
    if (copy.header.sn == 0)
        copy.header.sn = zj_nb_sn(&copy.header);
    if (message->type != ZJIOT_NB_UNKNOWN_FN) {
        if (copy.header.fn != 0 && copy.header.fn != record->first_id)
            return zj_fail_at(reterr_error, ZJIOT_CONST, 0, "fn", "fn: %s has %u", record->name,
                              (unsigned)record->first_id);
        copy.header.fn = record->first_id;
    } else if (zj_record_by_id(zj_nb_records, ZJ_NB_RECORDS, (uint32_t)copy.header.fn, NULL) != NULL) {
        return zj_fail_at(reterr_error, ZJIOT_CONST, 0, "fn", "fn: function %u is known, write it as what it is",
                          (unsigned)copy.header.fn);
    }
    if (message->type == ZJIOT_NB_STATUS)
        turn_online(options, &copy);
    code = message->full ? zj_write_binary(&writer, &zj_nb_part_envelope, &message->envelope, frame) : 0;
    if (code == 0)
        code = zj_write_binary(&writer, &zj_nb_part_header, &copy.header, frame + base);
    if (code == 0)
        code = zj_write_binary(&writer, record, &copy.data, frame + base + ZJIOT_NB_HEADER_SIZE);
    if (code != 0)
        return code;
    if (capacity < size)
        return zj_fail_space(reterr_error, size);
    fill_crc(frame + base, frame + size - CRC_SIZE, options != NULL && options->placeholder_crc);
    memcpy(out, frame, size);
    return (int64_t)size;
}

int zjiot_nb_brightness_at(const struct zjiot_nb_period periods[ZJIOT_NB_PERIODS], int minute) {
    if (minute < 0 || minute >= 24 * 60)
        return -1;
    for (int i = ZJIOT_NB_PERIODS - 1; i >= 0; i--) {
        const int64_t on = periods[i].on;
        const int64_t off = periods[i].off;
        const bool wraps = on > off; /* also off 0: until midnight */
        if (on != off && (wraps ? minute >= on || minute < off : minute >= on && minute < off))
            return (int)periods[i].brightness;
    }
    return -1;
}

size_t zjiot_nb_topic_up(uint32_t uid, uint32_t pid, char *topic) {
    return (size_t)snprintf(topic, ZJIOT_NB_TOPIC_SIZE, "$d2s/u%lu/p%lu/nb", (unsigned long)uid, (unsigned long)pid);
}
