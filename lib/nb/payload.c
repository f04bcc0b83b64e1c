/* The three forms in which platforms hand NB frames over MQTT. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
#include "nb/nb.h"
#include "zjiot/hex.h"
#include "zjiot/pool.h"

enum {
    POOL_SIZE = 2 * ZJIOT_NB_FRAME_MAX + 64,
    JSON_SIZE = 2 * ZJIOT_NB_FRAME_MAX + 256, /* the frame in hex and the header around it */
};

enum zjiot_nb_form zj_nb_form(const void *payload, size_t size) {
    return zj_is_json_text(payload, size)  ? ZJIOT_NB_JSON
           : zj_is_hex_text(payload, size) ? ZJIOT_NB_HEX_TEXT
                                           : ZJIOT_NB_RAW;
}

/* What the JSON header says must be what the frame says. */
static int check_member(struct zj_reader *reader, const struct zj_span *text, unsigned index, int64_t said,
                        int64_t is) {
    const struct zjiot_field *field = &zj_nb_part_json_header.fields[index];
    char path[ZJIOT_PATH_SIZE];
    char found[ZJIOT_EVIDENCE_SIZE];
    char expected[ZJIOT_EVIDENCE_SIZE];
    if (said == is)
        return 0;
    snprintf(path, sizeof path, "header.%s", field->key);
    zjiot_value_text(field, &said, found, sizeof found);
    zjiot_value_text(field, &is, expected, sizeof expected);
    return zj_deviate(reader, ZJIOT_CONST, zj_json_place(text->text, text->size, path), path, found, expected);
}

static int check_header(struct zj_reader *reader, const struct zj_span *text, const struct zjiot_nb_json_header *said,
                        const struct zjiot_bytes *frame) {
    struct zj_reader silent = {0};
    struct zjiot_nb_header header;
    if (frame->size < ZJIOT_NB_HEADER_SIZE)
        return 0;
    zj_read_binary(&silent, &zj_nb_part_header, frame->data, ZJIOT_NB_HEADER_SIZE, 0, &header);
    int code = 0;
    if (said->has & ZJIOT_BIT(nb_json_header, sid))
        code = check_member(reader, text, zjiot_at_nb_json_header_sid, said->sid, header.sn);
    if (code == 0 && (said->has & ZJIOT_BIT(nb_json_header, fn)))
        code = check_member(reader, text, zjiot_at_nb_json_header_fn, said->fn, header.fn);
    if (code == 0 && (said->has & ZJIOT_BIT(nb_json_header, extra)))
        code = check_member(reader, text, zjiot_at_nb_json_header_extra, said->extra, header.extra);
    return code;
}

/* The payload's member is shown by the frame it holds. */
static void drop_payload_span(struct zjiot_trace *trace, size_t first) {
    for (size_t i = first; i < trace->count && i < trace->capacity; i++) {
        if (strcmp(trace->items[i].path, "payload") != 0)
            continue;
        const size_t kept = trace->count < trace->capacity ? trace->count : trace->capacity;
        memmove(&trace->items[i], &trace->items[i + 1], (kept - i - 1) * sizeof *trace->items);
        trace->count--;
        return;
    }
}

/* The envelope, when the JSON header has all of it; nothing that the platform said is lost. Returns its size. */
static int64_t write_envelope(const struct zjiot_nb_json_header *said, uint8_t *out, struct zjiot_error *error) {
    const uint64_t wanted =
        ZJIOT_BIT(nb_json_header, uid) | ZJIOT_BIT(nb_json_header, pid) | ZJIOT_BIT(nb_json_header, nb);
    const struct zj_path header = {NULL, "header", -1};
    struct zj_writer writer = {.error = error, .path = &header};
    struct zjiot_nb_envelope envelope = {.vid = said->vid, .uid = said->uid, .pid = said->pid};
    if ((said->has & wanted) != wanted)
        return 0;
    if (strlen(said->nb) > zj_nb_part_envelope.fields[zjiot_at_nb_envelope_nbid].count)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, "header.nb", "header.nb: an IMEI has 15 digits");
    zj_copy_text(envelope.nbid, sizeof envelope.nbid, said->nb);
    const int code = zj_write_binary(&writer, &zj_nb_part_envelope, &envelope, out);
    return code != 0 ? code : ZJIOT_NB_ENVELOPE_SIZE;
}

int64_t zj_nb_unwrap_json(struct zj_reader *reader, const char *text, size_t size, struct zjiot_pool *pool,
                          uint8_t *frame, size_t *ret_hex_at, size_t *ret_outer) {
    struct zjiot_nb_json_payload *payload = zjiot_pool_take(pool, sizeof *payload, reader->error);
    const struct zj_span whole = {text, size, false};
    struct zj_span hex = {text, 0, false};
    if (payload == NULL)
        return reader->error->code;
    const struct zj_json_input input = {.text = text, .size = size, .pool = pool};
    const size_t spans = reader->trace != NULL ? reader->trace->count : 0;
    int code = zj_read_json(reader, &input, &zj_nb_part_json_payload, payload);
    if (code != 0)
        return code;
    if (payload->invalid & ZJIOT_BIT(nb_json_payload, payload))
        return zj_fail_at(reader->error, ZJIOT_TYPE, 0, "payload", "payload: the inner frame is no hex");
    if (!(payload->has & ZJIOT_BIT(nb_json_payload, payload)))
        return zj_fail_at(reader->error, ZJIOT_MISSING, size, "payload", "payload: the inner frame is missing");
    const struct zjiot_bytes inner = payload->payload;
    const int64_t outer = write_envelope(&payload->header, frame, reader->error);
    if (outer < 0)
        return outer;
    code = check_header(reader, &whole, &payload->header, &inner);
    if (code != 0)
        return code;
    memcpy(frame + outer, inner.data, inner.size);
    if (reader->trace != NULL)
        drop_payload_span(reader->trace, spans);
    zj_json_find(text, size, "payload", &hex);
    *ret_hex_at = (size_t)(hex.text - text) + 1;
    *ret_outer = (size_t)outer;
    return outer + (int64_t)inner.size;
}

static int64_t unwrap_json(const char *text, size_t size, uint8_t *frame, size_t capacity, struct zjiot_report *report,
                           struct zjiot_error *error) {
    unsigned char memory[POOL_SIZE];
    uint8_t whole[ZJIOT_NB_ENVELOPE_SIZE + POOL_SIZE / 2];
    struct zjiot_pool pool;
    struct zjiot_error inner;
    size_t hex_at;
    size_t outer;
    struct zj_reader reader = zj_reader(NULL, report, NULL, error != NULL ? error : &inner);
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    const int64_t count = zj_nb_unwrap_json(&reader, text, size, &pool, whole, &hex_at, &outer);
    if (count > 0 && (size_t)count > capacity)
        return zj_fail_space(error, (size_t)count);
    if (count > 0)
        memcpy(frame, whole, (size_t)count);
    return count;
}

int64_t zj_nb_unwrap_hex(const char *text, size_t size, uint8_t *frame, size_t capacity, struct zjiot_error *error) {
    uint8_t bytes[ZJIOT_NB_FRAME_MAX];
    const int64_t count = zjiot_hex_read(text, size, bytes, sizeof bytes, error);
    if (count == ZJIOT_SPACE)
        return zj_fail(error, ZJIOT_LENGTH, 0, "a frame has at most %d bytes", ZJIOT_NB_FRAME_MAX);
    if (count > 0 && (size_t)count > capacity)
        return zj_fail_space(error, (size_t)count);
    if (count > 0)
        memcpy(frame, bytes, (size_t)count);
    return count;
}

int64_t zjiot_nb_unwrap(const void *payload, size_t payload_size, uint8_t *frame, size_t capacity,
                        enum zjiot_nb_form *ret_form, struct zjiot_report *report, struct zjiot_error *reterr_error) {
    int64_t size;
    const enum zjiot_nb_form form = zj_nb_form(payload, payload_size);
    if (payload_size == 0)
        return zj_fail(reterr_error, ZJIOT_LENGTH, 0, "the payload is empty");
    const size_t reported = report != NULL ? report->count : 0;
    if (form == ZJIOT_NB_JSON) {
        size = unwrap_json(payload, payload_size, frame, capacity, report, reterr_error);
    } else if (form == ZJIOT_NB_HEX_TEXT) {
        size = zj_nb_unwrap_hex(payload, payload_size, frame, capacity, reterr_error);
    } else if (payload_size > capacity) {
        size = zj_fail_space(reterr_error, payload_size);
    } else {
        memcpy(frame, payload, payload_size);
        size = (int64_t)payload_size;
    }
    if (size < 0 && report != NULL)
        report->count = reported;
    if (size >= 0 && ret_form != NULL)
        *ret_form = form;
    return size;
}

static int64_t wrap_json(const struct zjiot_nb_message *message, const uint8_t *frame, size_t size, char *out,
                         struct zjiot_error *error) {
    const uint8_t *inner = frame + ZJIOT_NB_ENVELOPE_SIZE;
    struct zj_reader silent = {0};
    struct zjiot_nb_header header;
    struct zjiot_nb_json_payload payload = {.payload = {inner, size - ZJIOT_NB_ENVELOPE_SIZE}};
    struct zj_writer writer = {.error = error};
    struct zj_json json;
    zj_read_binary(&silent, &zj_nb_part_header, inner, ZJIOT_NB_HEADER_SIZE, 0, &header);
    payload.has = ZJIOT_BIT(nb_json_payload, header);
    payload.header = (struct zjiot_nb_json_header){.has = (UINT64_C(1) << zjiot_at_nb_json_header_FIELDS) - 1,
                                                   .nb = message->envelope.nbid,
                                                   .vid = message->envelope.vid,
                                                   .uid = message->envelope.uid,
                                                   .pid = message->envelope.pid,
                                                   .sid = header.sn,
                                                   .fn = header.fn,
                                                   .extra = header.extra};
    zj_json_start(&json, out, JSON_SIZE, false);
    const int code = zj_write_json(&writer, &json, &zj_nb_part_json_payload, &payload);
    return code == 0 ? (int64_t)json.size : code;
}

int64_t zjiot_nb_wrap(const struct zjiot_nb_message *message, enum zjiot_nb_form form,
                      const struct zjiot_options *options, void *payload, size_t capacity,
                      struct zjiot_error *reterr_error) {
    uint8_t frame[ZJIOT_NB_FRAME_MAX];
    char text[JSON_SIZE];
    if (form == ZJIOT_NB_JSON && !message->full)
        return zj_fail_at(reterr_error, ZJIOT_ARG, 0, "envelope", "envelope: the JSON form needs one");
    int64_t size = zjiot_nb_encode(message, options, frame, sizeof frame, reterr_error);
    if (size > 0 && form == ZJIOT_NB_JSON)
        size = wrap_json(message, frame, (size_t)size, text, reterr_error);
    else if (size > 0 && form == ZJIOT_NB_HEX_TEXT)
        size = (int64_t)zjiot_hex_write(frame, (size_t)size, text);
    if (size < 0)
        return size;
    if ((size_t)size > capacity)
        return zj_fail_space(reterr_error, (size_t)size);
    memcpy(payload, form == ZJIOT_NB_RAW ? (const void *)frame : text, (size_t)size);
    return size;
}
