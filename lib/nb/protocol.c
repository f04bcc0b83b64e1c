/* The NB protocol's entry in the registry. */
#include <string.h>

#include "catalog/catalog.h"
#include "nb/nb.h"

enum { IDENTIFY_POOL = 3 * (2 * ZJIOT_NB_FRAME_MAX + 256) }; /* a JSON payload, what it holds, and its frame */

/* The text that a frame stands in, as hex or as JSON with hex in it. */
struct carrier {
    const char *text;
    size_t size;
    size_t hex_at; /* where the frame's digits begin */
    size_t outer;  /* bytes of the frame that are made of the JSON header */
};

/* Where a digit of the frame stands; there may be blanks between them. Behind the last one: where they end. */
static size_t digit_place(const struct carrier *carrier, size_t digit) {
    size_t at = carrier->hex_at;
    for (size_t left = digit; at < carrier->size; at++) {
        const bool is_digit = zj_hex_digit(carrier->text[at]) >= 0;
        if ((is_digit && left-- == 0) || (!is_digit && !zj_is_blank(carrier->text[at])))
            break;
    }
    return at;
}

static size_t place(const struct carrier *carrier, size_t offset) {
    return offset < carrier->outer ? 0 : digit_place(carrier, 2 * (offset - carrier->outer));
}

/* Places in the frame become places in the text; the envelope's spans give way to those of the JSON header. */
static void move_spans(const struct carrier *carrier, struct zjiot_trace *trace, size_t first) {
    size_t kept = first;
    for (size_t i = first; i < trace->count && i < trace->capacity; i++) {
        struct zjiot_span span = trace->items[i];
        if (span.offset < carrier->outer)
            continue;
        const size_t end = 2 * (span.offset + span.size - carrier->outer);
        span.offset = place(carrier, span.offset);
        if (span.size > 0)
            span.size = digit_place(carrier, end - 1) + 1 - span.offset;
        trace->items[kept++] = span;
    }
    if (trace->count <= trace->capacity)
        trace->count = kept;
}

/* The frame of a payload that is a text; what is around it is explained by its own rows. */
static int read_text(struct zj_reader *reader, const struct zjiot_input *input, enum zjiot_nb_form form,
                     const struct zjiot_options *options, struct zjiot_pool *pool, void *message) {
    struct carrier carrier = {.text = (const char *)input->bytes, .size = input->size};
    struct zjiot_error inner;
    struct zjiot_error *const to = reader->error != NULL ? reader->error : &inner;
    struct zjiot_report *report = reader->report;
    const size_t room = input->size + ZJIOT_NB_ENVELOPE_SIZE;
    uint8_t *frame = zjiot_pool_take(pool, room, to);
    if (frame == NULL)
        return to->code;
    const int64_t size = form == ZJIOT_NB_JSON ? zj_nb_unwrap_json(reader, carrier.text, carrier.size, pool, frame,
                                                                   &carrier.hex_at, &carrier.outer)
                                               : zj_nb_unwrap_hex(carrier.text, carrier.size, frame, room, to);
    if (size < 0)
        return (int)size;
    const struct zj_reader_mark counts = zj_reader_mark(reader);
    const int code = zjiot_nb_decode(frame, (size_t)size, options, message, report, reader->trace, to);
    if (code != 0) {
        to->offset = place(&carrier, to->offset);
        return code;
    }
    if (reader->trace != NULL)
        move_spans(&carrier, reader->trace, counts.spans);
    for (size_t i = counts.deviations; report != NULL && i < report->count && i < report->capacity; i++)
        report->items[i].offset = place(&carrier, report->items[i].offset);
    return 0;
}

/* A project's uplinks, and the one topic of commands (decisions, section 2). */
static const struct zjiot_topic_form topics[] = {
    {ZJ_TOPIC_FORM("$d2s/u{uid}/p{pid}/nb"), ZJIOT_UP},
    {ZJ_TOPIC_FORM(ZJIOT_NB_TOPIC_DOWN), ZJIOT_DOWN},
    {NULL, ZJIOT_BOTH},
};

/* What is for a topic is a full frame; that of the uplinks says whose. */
static int set_topic(void *message, const char *topic, struct zjiot_pool *pool, struct zjiot_error *error) {
    struct zjiot_nb_message *nb = message;
    struct zj_topic_parts parts;
    (void)pool;
    (void)error;
    nb->full = true;
    if (!zj_topic_matches(topics[0].text, topic, &parts))
        return 0;
    nb->envelope.uid = parts.numbers[0];
    nb->envelope.pid = parts.numbers[1];
    nb->envelope.has |= ZJIOT_BIT(nb_envelope, uid) | ZJIOT_BIT(nb_envelope, pid);
    return 0;
}

/* The topic's numbers are the envelope's; an inner frame does not say whose it is, and is none of a command's. */
static int check_topic(struct zj_reader *reader, const char *topic, struct zjiot_nb_message *message) {
    struct zjiot_message common;
    struct zj_topic_parts parts = {.numbers = {-1, -1}};
    if (topic == NULL)
        return 0;
    zj_view(&zj_nb_protocol, message, &common);
    int code = zj_topic_check(reader, topics, topic, common.direction, &parts);
    if (code == 0 && !message->full && strcmp(topic, ZJIOT_NB_TOPIC_DOWN) == 0)
        return zj_deviate(reader, ZJIOT_MISSING, 0, "vid", "an inner frame", "a full frame");
    if (code != 0 || !message->full || parts.numbers[0] < 0)
        return code;
    code = zj_compare_numbers(reader, "topic.uid", parts.numbers[0], message->envelope.uid);
    return code != 0 ? code : zj_compare_numbers(reader, "topic.pid", parts.numbers[1], message->envelope.pid);
}

static int read(struct zj_reader *reader, const struct zjiot_input *input, const struct zjiot_options *options,
                struct zjiot_pool *pool, void *message) {
    const enum zjiot_nb_form form = zj_nb_form(input->bytes, input->size);
    const int code = form == ZJIOT_NB_RAW ? zjiot_nb_decode(input->bytes, input->size, options, message, reader->report,
                                                            reader->trace, reader->error)
                                          : read_text(reader, input, form, options, pool, message);
    return code != 0 ? code : check_topic(reader, input->topic, message);
}

/* When its members were set one by one, a number with fewer digits is a mistake. */
static int check_imei(const struct zjiot_nb_envelope *envelope, struct zjiot_error *error) {
    const unsigned wanted = zj_nb_part_envelope.fields[zjiot_at_nb_envelope_nbid].count;
    const size_t length = strlen(envelope->nbid);
    if (length == wanted || !(envelope->has & ZJIOT_BIT(nb_envelope, nbid)))
        return 0;
    return zj_fail_at(error, ZJIOT_LENGTH, 0, "nbid", "nbid: an IMEI has %u digits, here are %zu", wanted, length);
}

/* A member of the envelope that was set asks for the full form; extra 1 and the example device are the defaults. */
static int64_t encode(const void *message, const struct zjiot_options *options, char *topic, uint8_t *out,
                      size_t capacity, struct zjiot_error *error) {
    struct zjiot_nb_message copy = *(const struct zjiot_nb_message *)message;
    copy.full = copy.full || copy.envelope.has != 0;
    copy.envelope.has |= ZJIOT_HAS_READ | ZJIOT_BIT(nb_envelope, vid); /* 0 is its usual value */
    const int code = copy.full ? check_imei(&copy.envelope, error) : 0;
    if (code != 0)
        return code;
    if (copy.type == ZJIOT_NB_UNKNOWN_FN && !(copy.header.has & ZJIOT_BIT(nb_header, fn)))
        return zj_fail_at(error, ZJIOT_MISSING, 0, "fn", "fn is missing (function number of the unknown message)");
    const int64_t size = zjiot_nb_encode(&copy, options, out, capacity, error);
    const uint8_t direction = zj_nb_records[copy.type].direction;
    if (size > 0 && copy.full && direction == ZJIOT_DOWN)
        zj_copy_text(topic, ZJIOT_TOPIC_SIZE, ZJIOT_NB_TOPIC_DOWN);
    else if (size > 0 && direction == ZJIOT_UP && copy.full)
        zjiot_nb_topic_up((uint32_t)copy.envelope.uid, (uint32_t)copy.envelope.pid, topic);
    return size;
}

static void prepare(const struct zjiot_record *record, void *message) {
    struct zjiot_nb_message *nb = message;
    nb->header.sn = ZJIOT_NB_SN_EXAMPLE;
    if (nb->type != ZJIOT_NB_UNKNOWN_FN)
        nb->header.fn = record->first_id;
    nb->header.extra = 1;
}

/* The document: functions below 10H come from the device. Of unknown ones above, some do as well. */
static void view(const void *message, struct zjiot_message *view) {
    const struct zjiot_nb_message *nb = message;
    view->forced = nb->forced;
    if (nb->type == ZJIOT_NB_UNKNOWN_FN && nb->header.fn < 0x10)
        view->direction = ZJIOT_UP;
}

/* The example device's serial number is on most frames that people keep. */
static bool looks_like_one(const uint8_t *bytes, size_t size) {
    static const uint8_t example[4] = {0xFF, 0xFE, 0xFD, 0xFC};
    return size >= sizeof example && memcmp(bytes, example, sizeof example) == 0;
}

static void identify(const struct zjiot_input *input, struct zjiot_guess *guess) {
    const struct zjiot_options force = {.force = true};
    unsigned char memory[IDENTIFY_POOL];
    struct zjiot_pool pool;
    struct zjiot_nb_message message;
    struct zjiot_error error;
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    struct zj_reader reader = zj_reader(&force, NULL, NULL, &error);
    if (read(&reader, input, &force, &pool, &message) != 0) {
        guess->fit = looks_like_one(input->bytes, input->size) ? ZJIOT_FIT_POSSIBLE : ZJIOT_FIT_NO;
        zj_copy_text(guess->why, sizeof guess->why, error.text);
        return;
    }
    const struct zjiot_nb_header *header = &message.header;
    zj_copy_text(guess->message, sizeof guess->message, zj_nb_records[message.type].name);
    if (header->crc_ok) {
        guess->fit = ZJIOT_FIT_CERTAIN;
        zj_copy_text(guess->why, sizeof guess->why, "the function has this length, and the CRC agrees");
    } else if (!message.forced) {
        guess->fit = ZJIOT_FIT_LIKELY;
        zj_copy_text(guess->why, sizeof guess->why,
                     "the function has this length; the CRC is the document's placeholder");
    } else {
        guess->fit = ZJIOT_FIT_POSSIBLE;
        zj_copy_text(guess->why, sizeof guess->why, "the function has this length, but the CRC does not agree");
    }
}

/* A placeholder confirms nothing: then everything else must be right, and the device one that has placeholders. An
 * unknown function has no length that could agree, and so many tries find a CRC that does by chance. */
static bool judge(const uint8_t *bytes, size_t size, struct zjiot_proposal *proposal) {
    struct zjiot_nb_message message;
    struct zjiot_report report = {NULL, 0, 0};
    if (zjiot_nb_decode(bytes, size, NULL, &message, &report, NULL, NULL) != 0)
        return false;
    const bool example = message.header.sn == ZJIOT_NB_SN_EXAMPLE;
    proposal->confirmed = message.header.crc_ok;
    proposal->device = example ? "the document's example lamp" : NULL;
    proposal->oddities = (unsigned)report.count;
    if (!example && message.type == ZJIOT_NB_UNKNOWN_FN)
        return false;
    return proposal->confirmed || (example && report.count == 1);
}

static const struct zj_protocol_calls calls = {
    ZJ_MESSAGE_OF(zjiot_nb_message),
    .headers = {{&zj_nb_part_envelope, offsetof(struct zjiot_nb_message, envelope)},
                {&zj_nb_part_header, offsetof(struct zjiot_nb_message, header)}},
    .read = read,
    .set_topic = set_topic,
    .encode = encode,
    .prepare = prepare,
    .view = view,
    .identify = identify,
    .judge = judge,
};

static const char *const notes[] = {
    "A lamp controller and the platform exchange binary frames over an MQTT broker, one frame a message. "
    "The bytes of a number come high first. The inner frame is SN, FN, EXTRA, DATA and CRC; "
    "the full one has VID, UID, PID and NBID in front.",
    "CRC is CRC-16/MODBUS over SN to DATA, its low byte first. `ffff` and `0000` in its place are placeholders, "
    "which the document's examples have; they are read with a deviation, and the real one is written.",
    "EXTRA numbers a command from 1 to 65535; the `ack` repeats it. "
    "`executed` in an `ack` says that the command was taken, not that the lamp has obeyed. "
    "The SN `ffffffff` addresses all controllers.",
    "A frame travels as raw bytes, as hex text, or in JSON as the `payload` beside a `header`; "
    "commands are written as full frames in raw bytes. "
    "Commands should not be published as retained messages: who connects later would take them for new.",
    NULL,
};

const struct zjiot_protocol zj_nb_protocol = {
    .name = "nb",
    .title = "NB-IoT single lamp controller",
    .source = "document 001",
    .topics = topics,
    .records = zj_nb_records,
    .record_count = ZJ_NB_RECORDS,
    .notes = notes,
    .calls = &calls,
};
