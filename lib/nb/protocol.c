/* The NB protocol's entry in the registry. */
#include <string.h>

#include "catalog/catalog.h"
#include "nb/nb.h"

static int decode(const uint8_t *bytes, size_t size, const struct zjiot_options *options, void *ret_message,
                  struct zjiot_report *report, struct zjiot_trace *trace, struct zjiot_error *error) {
    return zjiot_nb_decode(bytes, size, options, ret_message, report, trace, error);
}

/* What the envelope must have when its members were set one by one. */
static int check_envelope(const struct zjiot_nb_envelope *envelope, struct zjiot_error *error) {
    const unsigned wanted = zj_nb_part_envelope.fields[zjiot_at_nb_envelope_nbid].count;
    const int code = zj_check_complete(&zj_nb_part_envelope, envelope, error);
    if (code == 0 && strlen(envelope->nbid) != wanted)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, "nbid", "nbid: an IMEI has %u digits, here are %u", wanted,
                          (unsigned)strlen(envelope->nbid));
    return code;
}

/* A member of the envelope that was set asks for the full form; extra 1 and the example device are the defaults. */
static int64_t encode(const void *message, const struct zjiot_options *options, uint8_t *out, size_t capacity,
                      struct zjiot_error *error) {
    struct zjiot_nb_message copy = *(const struct zjiot_nb_message *)message;
    copy.full = copy.full || copy.envelope.has != 0;
    copy.envelope.has |= ZJIOT_BIT(nb_envelope, vid); /* 0 is its usual value */
    const int code = copy.full ? check_envelope(&copy.envelope, error) : 0;
    if (code != 0)
        return code;
    if (copy.type == ZJIOT_NB_UNKNOWN_FN && !(copy.header.has & ZJIOT_BIT(nb_header, fn)))
        return zj_fail_at(error, ZJIOT_MISSING, 0, "fn", "fn is missing (function number of the unknown message)");
    return zjiot_nb_encode(&copy, options, out, capacity, error);
}

static void prepare(const struct zjiot_record *record, void *message) {
    struct zjiot_nb_message *nb = message;
    nb->type = (enum zjiot_nb_message_type)(record - zj_nb_records);
    nb->header.sn = ZJIOT_NB_SN_EXAMPLE;
    if (nb->type != ZJIOT_NB_UNKNOWN_FN)
        nb->header.fn = record->first_id;
    nb->header.extra = 1;
}

static void view(void *message, struct zjiot_message *ret_view) {
    struct zjiot_nb_message *nb = message;
    const struct zjiot_record *record = &zj_nb_records[nb->type];
    /* The document: functions below 10H come from the device. Of unknown ones above, some do as well. */
    const bool up = record->direction == ZJIOT_UP || (nb->type == ZJIOT_NB_UNKNOWN_FN && nb->header.fn < 0x10);
    *ret_view = (struct zjiot_message){
        .protocol = &zj_nb_protocol,
        .name = record->name,
        .direction = up ? ZJIOT_UP : (enum zjiot_direction)record->direction,
        .forced = nb->forced,
        .headers = {{&zj_nb_part_envelope, &nb->envelope}, {&zj_nb_part_header, &nb->header}},
        .header_count = 2,
        .data = {record, &nb->data},
        .typed = message,
    };
}

/* The example device's serial number is on most frames that people keep. */
static bool looks_like_one(const uint8_t *bytes, size_t size) {
    static const uint8_t example[4] = {0xFF, 0xFE, 0xFD, 0xFC};
    return size >= sizeof example && memcmp(bytes, example, sizeof example) == 0;
}

static void identify(const uint8_t *bytes, size_t size, struct zjiot_guess *guess) {
    const struct zjiot_options force = {.force = true};
    struct zjiot_nb_message message;
    struct zjiot_error error;
    if (zjiot_nb_decode(bytes, size, &force, &message, NULL, NULL, &error) != 0) {
        guess->fit = looks_like_one(bytes, size) ? ZJIOT_FIT_POSSIBLE : ZJIOT_FIT_NO;
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
    .message_size = sizeof(struct zjiot_nb_message),
    .decode = decode,
    .encode = encode,
    .prepare = prepare,
    .view = view,
    .identify = identify,
    .judge = judge,
};

const struct zjiot_protocol zj_nb_protocol = {
    .name = "nb",
    .title = "NB-IoT single lamp controller",
    .source = "document 001",
    .records = zj_nb_records,
    .record_count = ZJ_NB_RECORDS,
    .calls = &calls,
};
