/* The frames that messages carry: decoded, and what they say mapped into the text that holds their digits. */
#include <stdio.h>
#include <string.h>

#include "cjt188/cjt188.h"
#include "hy/hy.h"
#include "zjiot/hex.h"

/* All that one frame needs in the pool, but its outcome, which stands with the others behind all of these. */
struct held {
    struct zjiot_cjt188_message typed;
    struct zjiot_message message;
    struct zjiot_report report;
};

_Static_assert(sizeof(struct held) % _Alignof(struct zjiot_outcome) == 0, "outcomes can stand behind what is held");

struct carrier {
    struct zj_reader *reader;
    const struct zjiot_options *options;
    const struct zj_span *text;
    struct zjiot_pool *pool;
    const struct zjiot_hy_meter *meter; /* as meter_id says */
    const char *key;                    /* of the member that holds the frames */
    size_t index;                       /* of the frame at hand */
    struct zj_span item; /* its digits in the text, or what stands in their place; text NULL: not looked for yet */
};

size_t zj_hy_frames(const struct zjiot_hy_message *message, const struct zjiot_bytes **ret_frames,
                    const char **ret_key) {
    const union zjiot_hy_data *data = &message->data;
    const size_t most = (size_t)zj_hy_records[ZJIOT_HY_REPORT].fields[zjiot_at_hy_report_meter_data].max;
    const uint64_t transparent = ZJIOT_BIT(hy_transparent, transparent);
    size_t count = 0;
    *ret_frames = NULL;
    *ret_key = "meter_data";
    if (message->type == ZJIOT_HY_REPORT) {
        *ret_frames = data->report.meter_data;
        count = data->report.meter_data_count;
    } else if (message->type == ZJIOT_HY_TRANSPARENT_REPLY) {
        *ret_frames = data->transparent_reply.meter_data;
        count = data->transparent_reply.meter_data_count;
    } else if (message->type == ZJIOT_HY_TRANSPARENT) {
        const uint64_t has = data->transparent.has;
        *ret_key = "transparent";
        *ret_frames = &data->transparent.transparent;
        count = !(has & ZJIOT_HAS_READ) || ((has | data->transparent.invalid) & transparent);
    }
    return count < most ? count : most;
}

/* The value of the last member with that key; NULL: there is none in this spelling. */
static const char *find_value(struct zj_scan *scan, const struct zj_span *text, const char *key) {
    char quoted[32];
    struct zj_span name;
    const size_t size = (size_t)snprintf(quoted, sizeof quoted, "\"%s\"", key);
    for (size_t at = text->size - (text->size < size ? text->size : size); at > 0; at--) {
        const char *value =
            memcmp(text->text + at, quoted, size) == 0 ? zj_scan_key(scan, text->text + at, &name) : NULL;
        if (value != NULL)
            return value;
    }
    return NULL;
}

/* What stands in the text for a frame: behind the quote of a text, else the whole value. Empty, at the start of the
 * text, when the key is spelled so that it is not found. Lists may be in braces by damage. */
static struct zj_span find_item(const struct zj_span *text, const char *key, size_t index) {
    struct zj_scan scan = {.text = text->text, .end = text->text + text->size, .tolerate = zj_scan_tolerate_all};
    struct zj_span item = {text->text, 0, false};
    const char *at = find_value(&scan, text, key);
    if (at != NULL && (*at == '[' || *at == '{')) {
        const char close = *at == '[' ? ']' : '}';
        at = zj_scan_space(&scan, at + 1);
        for (; at != NULL && index > 0; index--) {
            at = zj_scan_value(&scan, at);
            at = at != NULL ? zj_scan_next(&scan, at, close) : NULL;
        }
    }
    const char *end = at != NULL ? zj_scan_value(&scan, at) : NULL;
    if (end != NULL)
        item = *at == '"' ? (struct zj_span){at + 1, (size_t)(end - at) - 2, false}
                          : (struct zj_span){at, (size_t)(end - at), false};
    return item;
}

static const struct zj_span *item_of(struct carrier *carrier) {
    if (carrier->item.text == NULL)
        carrier->item = find_item(carrier->text, carrier->key, carrier->index);
    return &carrier->item;
}

static size_t place(struct carrier *carrier, size_t offset) {
    return (size_t)(item_of(carrier)->text - carrier->text->text) + 2 * offset;
}

static int deviate(struct carrier *carrier, enum zjiot_code code, size_t offset, const char *path, const char *found,
                   const char *expected) {
    struct zj_reader *reader = carrier->reader;
    const struct zj_path here = {NULL, "frames", (int)carrier->index};
    reader->path = &here;
    code = zj_deviate(reader, code, place(carrier, offset), path, found, expected);
    reader->path = NULL;
    return (int)code;
}

/* The frame's spans become spans of the text. */
static void move_spans(struct carrier *carrier, size_t first) {
    struct zjiot_trace *trace = carrier->reader->trace;
    const struct zj_path here = {NULL, "frames", (int)carrier->index};
    for (size_t i = first; i < trace->count && i < trace->capacity; i++) {
        struct zjiot_span *span = &trace->items[i];
        char path[ZJIOT_PATH_SIZE];
        zj_path_text(&here, span->path, path);
        memcpy(span->path, path, sizeof path);
        span->offset = place(carrier, span->offset);
        span->size *= 2;
    }
}

/* The span of the member gives way to those of its frames. */
static void drop_span(struct zjiot_trace *trace, const char *key) {
    char path[ZJIOT_PATH_SIZE];
    snprintf(path, sizeof path, "data.%s", key);
    for (size_t i = 0; i < trace->count && trace->count <= trace->capacity; i++) {
        if (strcmp(trace->items[i].path, path) != 0)
            continue;
        memmove(&trace->items[i], &trace->items[i + 1], (trace->count - i - 1) * sizeof *trace->items);
        trace->count--;
        return;
    }
}

static int no_room(const struct carrier *carrier, const struct zjiot_error *room) {
    if (carrier->reader->error != NULL)
        *carrier->reader->error = *room;
    return room->code;
}

/* Keeps what is odd about the frame, which was only counted so far, and reports it as odd about the message. */
static int keep_report(struct carrier *carrier, const struct zjiot_bytes *bytes, struct held *held) {
    const size_t count = held->report.count;
    struct zjiot_error room;
    struct zjiot_deviation *items = zjiot_pool_take(carrier->pool, count * sizeof *items, &room);
    if (items == NULL)
        return no_room(carrier, &room);
    held->report = (struct zjiot_report){items, count, 0};
    zjiot_cjt188_decode(bytes->data, bytes->size, carrier->options, &held->typed, &held->report, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        const struct zjiot_deviation *item = &items[i];
        const int code = deviate(carrier, item->code, item->offset, item->path, item->found, item->expected);
        if (code != 0)
            return code;
    }
    return 0;
}

static int keep_error(struct carrier *carrier, const struct zjiot_error *error, struct zjiot_outcome *outcome) {
    struct zjiot_error room;
    struct zjiot_error *kept = zjiot_pool_take(carrier->pool, sizeof *kept, &room);
    if (kept == NULL)
        return no_room(carrier, &room);
    *kept = *error;
    outcome->error = kept;
    return 0;
}

/* A frame that cannot be decoded is odd about the message: its two checksums, or the error's sentence without its path,
 * which stands in front of it. */
static int report_error(struct carrier *carrier, const struct zjiot_bytes *bytes, const struct zjiot_error *error) {
    char said[3];
    char right[3];
    size_t start = 0;
    if (error->code != ZJIOT_CHECKSUM) {
        const size_t size = strlen(error->path);
        const bool repeats = strncmp(error->text, error->path, size) == 0 && strncmp(error->text + size, ": ", 2) == 0;
        return deviate(carrier, error->code, error->offset, error->path, error->text + (repeats ? size + 2 : 0),
                       "a whole frame of CJ/T 188");
    }
    while (bytes->data[start] == ZJ_CJT188_FE)
        start++;
    zj_hex_pair(bytes->data[error->offset], said);
    zj_hex_pair(zj_sum8(bytes->data + start, error->offset - start), right);
    return deviate(carrier, error->code, error->offset, error->path, said, right);
}

/* The error that force has passed over. */
static int keep_forced(struct carrier *carrier, const struct zjiot_bytes *bytes, struct zjiot_outcome *outcome) {
    struct zjiot_options options = *carrier->options;
    struct zjiot_cjt188_message unread;
    struct zjiot_error error;
    options.force = false;
    zjiot_cjt188_decode(bytes->data, bytes->size, &options, &unread, NULL, NULL, &error);
    return keep_error(carrier, &error, outcome);
}

/* A frame of another meter than the message says. */
static int compare(struct carrier *carrier, const struct zjiot_cjt188_header *header) {
    struct zj_hy_difference differences[ZJ_HY_DIFFERENCES];
    const size_t count = zj_hy_compare(carrier->meter, header, differences);
    int code = 0;
    for (size_t i = 0; i < count && code == 0; i++) {
        const struct zj_hy_difference *difference = &differences[i];
        char expected[ZJIOT_EVIDENCE_SIZE];
        snprintf(expected, sizeof expected, "%s, as data.meter_id says", difference->wanted);
        code = deviate(carrier, ZJIOT_CONST, (size_t)header->preamble + difference->at, difference->key,
                       difference->said, expected);
    }
    return code;
}

/* Why a text is no whole bytes. */
static int fail_text(const struct zj_span *text, struct zjiot_error *error) {
    enum { ROOM = 512 }; /* the longest frame of the rows */
    uint8_t bytes[ROOM];
    const int64_t size = zjiot_hex_read(text->text, text->size, bytes, sizeof bytes, error);
    if (size >= 0 || size == ZJIOT_SPACE)
        return zj_fail(error, ZJIOT_SYNTAX, 0, "no whole bytes in hex");
    return (int)size;
}

static int carry(struct carrier *carrier, const struct zjiot_bytes *bytes, struct held *held,
                 struct zjiot_outcome *outcome) {
    struct zjiot_trace *trace = carrier->reader->trace;
    const size_t spans = trace != NULL ? trace->count : 0;
    const bool is_none = bytes->data == NULL; /* no hex, as the reader of the text has reported */
    struct zjiot_error error;
    held->report = (struct zjiot_report){NULL, 0, 0};
    *outcome = (struct zjiot_outcome){
        .protocol = &zj_cjt188_protocol, .report = &held->report, .input = {NULL, bytes->data, bytes->size}};
    if (is_none) {
        const struct zj_span *text = item_of(carrier);
        outcome->input = (struct zjiot_input){NULL, (const uint8_t *)text->text, text->size};
        outcome->is_text = true;
    }
    int code = is_none ? fail_text(&carrier->item, &error)
                       : zjiot_cjt188_decode(bytes->data, bytes->size, carrier->options, &held->typed, &held->report,
                                             trace, &error);
    if (code != 0) {
        code = keep_error(carrier, &error, outcome);
        return code != 0 || is_none ? code : report_error(carrier, bytes, &error);
    }
    if (trace != NULL)
        move_spans(carrier, spans);
    if (held->report.count > 0)
        code = keep_report(carrier, bytes, held);
    if (code == 0 && carrier->meter->has != 0)
        code = compare(carrier, &held->typed.header);
    if (code == 0 && held->typed.forced)
        code = keep_forced(carrier, bytes, outcome);
    zj_view(&zj_cjt188_protocol, &held->typed, &held->message);
    outcome->message = &held->message;
    return code;
}

int zj_hy_carry(struct zj_reader *reader, const struct zjiot_options *options, const struct zj_span *text,
                struct zjiot_pool *pool, struct zjiot_hy_message *message) {
    struct carrier carrier = {
        .reader = reader, .options = options, .text = text, .pool = pool, .meter = &message->meter};
    const struct zjiot_bytes *frames;
    struct zjiot_error room;
    const size_t count = zj_hy_frames(message, &frames, &carrier.key);
    if (count == 0)
        return 0;
    struct held *held = zjiot_pool_take(pool, count * (sizeof *held + sizeof *message->frames), &room);
    if (held == NULL)
        return no_room(&carrier, &room);
    struct zjiot_outcome *outcomes = (struct zjiot_outcome *)(void *)(held + count);
    message->frames = outcomes;
    message->frame_count = count;
    if (reader->trace != NULL)
        drop_span(reader->trace, carrier.key);
    for (; carrier.index < count; carrier.index++) {
        carrier.item.text = NULL;
        const int code = carry(&carrier, &frames[carrier.index], &held[carrier.index], &outcomes[carrier.index]);
        if (code != 0)
            return code;
    }
    return 0;
}
