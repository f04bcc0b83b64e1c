#include "reading.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "braces.h"
#include "cut.h"
#include "keys.h"
#include "output.h"
#include "payload.h"
#include "trouble.h"
#include "zjiot/json.h"

enum {
    REPORT_MAX = 4096,
    TRACE_FIRST = 256,
    POOL_LIMIT = 1 << 28,
    TOPIC_MAX = 1 << 16, /* longest topic of MQTT, with a NUL */
    SHOWN_BYTES = 16,
};

static_assert(ZJIOT_LAYOUT_COUNT == 7, "--layout in options.def has the layouts in their order");

struct reading {
    struct zjiot_options options; /* lenient: strictness is ours, so that exit codes 3 and 4 can be told apart */
    enum payload_form form;
    struct reader reader;
    bool strict;
    const struct zjiot_protocol *wanted; /* -p, or NULL */
    const char *topic_given;             /* -t, or NULL */

    const struct input_text *text;
    const struct zjiot_protocol *protocol; /* -p, or of the topic; NULL: the one that fits best */
    const char *topic;                     /* -t, or the one in the text, or NULL */
    char *topic_text;                      /* TOPIC_MAX */
    const uint8_t *bytes;                  /* of the input */
    size_t size;
    size_t noted; /* deviations of the input's text, which belong to its first frame */
    struct payload_buffer buffer, found;
    struct zjiot_pool pool;
    struct zjiot_report report;
    struct zjiot_trace trace;
    bool unreadable, undecodable, deviated;
    bool has_advised;          /* to give a key */
    size_t lines, empty_lines; /* of a log */
};

struct zjiot_options reading_options(const struct invocation *invocation) {
    return (struct zjiot_options){
        .force = invocation->value[OPTION_FORCE] != NULL,
        .word_values = invocation->value[OPTION_WORD_VALUES] != NULL,
        .show_secrets = invocation->value[OPTION_SHOW_SECRETS] != NULL,
        .placeholder_crc = invocation->value[OPTION_PLACEHOLDER_CRC] != NULL,
        .crc = (enum zjiot_crc_policy)invocation->choice[OPTION_CRC],
        .edition = (enum zjiot_nb_edition)invocation->choice[OPTION_EDITION],
        .layout = (enum zjiot_cjt188_layout)invocation->choice[OPTION_LAYOUT],
        .cipher = invocation->cipher,
        .scratch = invocation->scratch,
    };
}

static const struct zjiot_protocol *wanted_protocol(const struct invocation *invocation) {
    const bool is_given = invocation->value[OPTION_PROTOCOL] != NULL;
    return is_given ? zjiot_protocols()[invocation->choice[OPTION_PROTOCOL]] : NULL;
}

static struct zjiot_input input_of(const struct reading *reading, const uint8_t *bytes, size_t size) {
    return (struct zjiot_input){reading->topic, bytes, size};
}

/* --- One frame --- */

static void put_skipped(struct reading *reading, size_t offset, size_t size) {
    char bytes[3 * SHOWN_BYTES + 4] = "", note[160];
    size_t used = 0;
    const bool secret = zjiot_may_hold_secret(reading->bytes + offset, size, NULL);
    if (secret)
        used = (size_t)snprintf(bytes, sizeof bytes, "***");
    for (size_t i = 0; i < size && i < SHOWN_BYTES && !secret; i++)
        used += (size_t)snprintf(bytes + used, sizeof bytes - used, "%02x", reading->bytes[offset + i]);
    if (size > SHOWN_BYTES && !secret)
        memcpy(bytes + used, "...", 4);
    snprintf(note, sizeof note, "byte %zu: skipped %zu byte%s that belong%s to no frame: %s", offset, size,
             size == 1 ? "" : "s", size == 1 ? "s" : "", bytes);
    tell(reading->text, note);
    struct zjiot_guess guess;
    const struct zjiot_input input = {NULL, reading->bytes + offset, size};
    if (zjiot_identify(&input, &guess, 1) == 1 && guess.fit == ZJIOT_FIT_CERTAIN) {
        snprintf(note, sizeof note, "byte %zu: they are a whole %s message, and only %s was asked for", offset,
                 guess.protocol->name, reading->protocol != NULL ? reading->protocol->name : "another");
        tell(reading->text, note);
    }
    struct zjiot_report *report = &reading->report;
    if (report->count < report->capacity) {
        struct zjiot_deviation *item = &report->items[report->count];
        *item = (struct zjiot_deviation){.code = ZJIOT_SKIPPED, .offset = offset};
        snprintf(item->found, sizeof item->found, "%s", bytes);
        snprintf(item->expected, sizeof item->expected, "nothing outside of frames");
    }
    report->count++;
}

/* The library counts from the start of the frame. */
static void shift_offsets(struct reading *reading, size_t from, size_t offset) {
    struct zjiot_report *report = &reading->report;
    for (size_t i = from; i < report->count && i < report->capacity; i++)
        report->items[i].offset += offset;
    for (size_t i = 0; i < reading->trace.count && i < reading->trace.capacity; i++)
        reading->trace.items[i].offset += offset;
}

/* Decodes once more for the error that the first time passed over: strictly, or without force. */
static void find_error(struct reading *reading, const struct result *result, const struct zjiot_options *options,
                       struct zjiot_error *ret_error) {
    struct zjiot_message message;
    const struct zjiot_input input = input_of(reading, result->bytes, result->size);
    int code = zjiot_decode(result->protocol, &input, options, &reading->pool, &message, NULL, NULL, ret_error);
    if (code == 0)
        *ret_error = (struct zjiot_error){.code = ZJIOT_CHECKSUM};
    ret_error->offset += result->offset;
}

/* The first deviation, as an error; the library has a sentence for its own. */
static void strict_error(struct reading *reading, const struct result *result, bool librarys,
                         struct zjiot_error *ret_error) {
    const struct zjiot_deviation *first = &reading->report.items[0];
    if (librarys) {
        struct zjiot_options options = reading->options;
        options.strict = true;
        find_error(reading, result, &options, ret_error);
        return;
    }
    *ret_error = (struct zjiot_error){.code = first->code, .offset = first->offset};
    snprintf(ret_error->path, sizeof ret_error->path, "%s", first->path);
    snprintf(ret_error->text, sizeof ret_error->text, "%.32s%sfound %.64s, expected %.64s", first->path,
             first->path[0] != '\0' ? ": " : "", first->found, first->expected);
}

/* Errors that leave a message: strict and force. The pool has room for the second decoding beside the first. */
static bool find_fault(struct reading *reading, const struct result *result, bool librarys, struct zjiot_error *error) {
    if (result->message->forced) {
        struct zjiot_options options = reading->options;
        options.force = false;
        find_error(reading, result, &options, error);
        reading->undecodable = true;
        return true;
    }
    if (!reading->strict || reading->report.count == 0)
        return false;
    strict_error(reading, result, librarys, error);
    reading->deviated = true;
    return true;
}

/* A message of any length has room for its spans: where there was none, it is decoded again. */
static int decode_traced(struct reading *reading, const struct result *result, size_t own,
                         struct zjiot_message *message, struct zjiot_error *error) {
    const struct zjiot_input input = input_of(reading, result->bytes, result->size);
    struct zjiot_trace *trace = reading->reader.depth == READING_TRACED ? &reading->trace : NULL;
    for (;;) {
        zjiot_pool_reset(&reading->pool);
        reading->report.count = own;
        reading->trace.count = 0;
        reading->trace.opened = (struct zjiot_bytes){NULL, 0};
        int code = zjiot_decode(result->protocol, &input, &reading->options, &reading->pool, message, &reading->report,
                                trace, error);
        if (code != 0 || reading->trace.count <= reading->trace.capacity)
            return code;
        reading->trace.capacity = 2 * reading->trace.count;
        reading->trace.items =
            must(realloc(reading->trace.items, reading->trace.capacity * sizeof *reading->trace.items));
    }
}

static int decode(struct reading *reading, const struct result *result, size_t own, struct zjiot_message *message,
                  struct zjiot_error *error) {
    int code = decode_traced(reading, result, own, message, error);
    if (code != 0) {
        reading->trace.count = 0;
        error->offset += result->offset;
    }
    shift_offsets(reading, own, result->offset);
    return code;
}

static void tell_fault(struct reading *reading, const struct zjiot_error *error) {
    const char *advice = keys_advice(reading->options.cipher, false, error);
    struct zjiot_topic topic;
    tell_error(reading->text, error);
    if (advice == NULL || reading->has_advised || reading->topic == NULL || !zjiot_topic_read(reading->topic, &topic))
        return;
    tell(reading->text, advice);
    reading->has_advised = true;
}

/* The frames that the message carries and that are none, or were decoded by force. */
static void judge_carried(struct reading *reading, const struct zjiot_message *message) {
    for (size_t i = 0; i < message->carried_count; i++) {
        const struct zjiot_outcome *frame = &message->carried[i];
        if (frame->error == NULL)
            continue;
        const char *text = (const char *)frame->input.bytes;
        reading->undecodable = true;
        tell_frame(reading->text, i, frame);
        if (frame->is_text &&
            (reading->options.show_secrets || !zjiot_may_hold_secret(frame->input.bytes, frame->input.size, NULL)))
            tell_proposals(&(struct payload){.part = text, .part_size = frame->input.size}, frame->protocol);
    }
}

static void show_piece(const struct piece *piece, void *context) {
    struct reading *reading = context;
    struct zjiot_message message;
    struct zjiot_error error;
    struct result result = {
        .text = reading->text,
        .input = reading->lines,
        .topic = reading->topic,
        .bytes = reading->bytes + piece->offset,
        .size = piece->size,
        .offset = piece->offset,
        .skipped_before = piece->skipped_before,
        .skipped_after = piece->skipped_after,
        .first = piece->first,
        .last = piece->last,
        .protocol = piece->protocol,
        .report = &reading->report,
        .trace = &reading->trace,
    };
    reading->report.count = piece->first ? reading->noted : 0;
    if (piece->skipped_before > 0)
        put_skipped(reading, piece->offset - piece->skipped_before, piece->skipped_before);
    if (piece->skipped_after > 0)
        put_skipped(reading, piece->offset + piece->size, piece->skipped_after);
    size_t own = reading->report.count;
    if (reading->reader.depth != READING_CUT) {
        const bool is_decoded = decode(reading, &result, own, &message, &error) == 0;
        result.message = is_decoded ? &message : NULL;
        if (reading->reader.wants != NULL && !reading->reader.wants(&result, reading->reader.context))
            return;
        const bool librarys = own == 0 && reading->report.count > 0;
        reading->undecodable |= !is_decoded;
        if (!is_decoded || find_fault(reading, &result, librarys, &error))
            result.error = &error;
    }
    if (result.error != NULL)
        tell_fault(reading, result.error);
    if (result.message != NULL)
        judge_carried(reading, result.message);
    if (reading->reader.show(&result, reading->reader.context) == EXIT_UNDECODABLE)
        reading->undecodable = true;
    output_record_end();
}

/* --- The frames of one input --- */

/* How well all of the bytes are one message. */
static struct zjiot_guess judge_whole(const struct reading *reading, const uint8_t *bytes, size_t size) {
    const struct zjiot_input input = input_of(reading, bytes, size);
    return cut_judge(&input, reading->protocol);
}

/* Whether JSON is one message: what has a topic is, for MQTT has frames; else when it is no more than one object. The
 * splitter knows no comments, which are not on the wire; braces do. */
static bool is_alone(const struct reading *reading, const uint8_t *bytes, size_t size) {
    const char *text = (const char *)bytes;
    struct zjiot_json_event event;
    size_t objects = 0;
    if (reading->topic != NULL)
        return true;
    for (size_t at = 0; objects < 2 && zjiot_json_pull(text + at, size - at, &event) != 0; at += event.size) {
        at += event.offset;
        objects += payload_is_json(text + at, event.size);
    }
    return objects < 2 || braces_alone(text, size);
}

static void show_bytes(struct reading *reading, const uint8_t *bytes, size_t size) {
    reading->bytes = bytes;
    reading->size = size;
    const struct zjiot_guess guess = judge_whole(reading, bytes, size);
    const bool is_one =
        strcmp(guess.protocol->name, "cjt188") != 0 && guess.fit >= ZJIOT_FIT_LIKELY && is_alone(reading, bytes, size);
    if (!is_one && cut_frames(bytes, size, reading->protocol, show_piece, reading))
        return;
    if (reading->protocol == NULL && guess.fit == ZJIOT_FIT_NO && reading->reader.depth != READING_CUT)
        tell(reading->text, "no protocol fits (zjiotctl identify says why)");
    show_piece(&(struct piece){.protocol = guess.protocol, .size = size, .first = true, .last = true}, reading);
}

/* --- One input --- */

static void show_undecodable(struct reading *reading, const struct payload *payload, const struct zjiot_error *error) {
    struct result result = {
        .text = reading->text,
        .input = reading->lines,
        .topic = reading->topic,
        .bytes = payload->bytes,
        .size = payload->size,
        .first = true,
        .last = true,
        .protocol = reading->protocol,
        .report = &reading->report,
        .trace = &reading->trace,
        .error = error,
    };
    reading->report.count = reading->trace.count = 0;
    reading->undecodable = true;
    tell_error(reading->text, error);
    reading->reader.show(&result, reading->reader.context);
    output_record_end();
}

static void json_error(const struct reading *reading, struct zjiot_error *ret_error) {
    *ret_error = (struct zjiot_error){.code = ZJIOT_UNKNOWN};
    snprintf(ret_error->text, sizeof ret_error->text,
             "JSON%s%.48s that is a message of no known protocol (zjiotctl identify says why)",
             reading->topic != NULL ? " of topic " : "", reading->topic != NULL ? reading->topic : "");
}

/* People paste lines of logs; the tool says how it reads them. */
static void tell_log_hint(struct reading *reading, const char *text, size_t size) {
    struct payload found = {.kind = PAYLOAD_NONE};
    struct zjiot_error error;
    payload_find(text, size, &reading->found, &found, &error);
    if (found.kind == PAYLOAD_BYTES)
        tell(reading->text, "there is a frame in it: --from log finds it");
}

static void tell_unreadable(struct reading *reading, const struct payload *payload, const struct zjiot_error *error) {
    reading->unreadable = true;
    tell_column(reading->text, error);
    if (reading->form == FORM_AUTO)
        tell_log_hint(reading, reading->text->text, reading->text->size);
    tell_proposals(payload, reading->protocol);
}

/* Every frame in a part of a line of a log, from left to right; returns how many there are, damaged ones among them.
 * The finder names the best one, so what stands in front of it is searched before it is shown. */
static size_t show_found(struct reading *reading, const char *text, size_t size) {
    struct payload found = {.kind = PAYLOAD_NONE};
    struct zjiot_error error;
    payload_find(text, size, &reading->buffer, &found, &error);
    if (found.kind == PAYLOAD_NONE)
        return 0;
    const char *part = found.part;
    const size_t part_size = found.part_size;
    const char *behind = part + part_size;
    const size_t in_front = part > text ? show_found(reading, text, (size_t)(part - text)) : 0;
    payload_find(part, part_size, &reading->buffer, &found, &error); /* the search in front has used the buffer */
    reading->report.count = reading->noted = 0;
    if (found.kind == PAYLOAD_BYTES) {
        show_bytes(reading, found.bytes, found.size);
    } else if (found.kind == PAYLOAD_UNREADABLE) {
        error.offset += (size_t)(part - reading->text->text);
        tell_unreadable(reading, &found, &error);
    }
    return in_front + 1 + show_found(reading, behind, size - (size_t)(behind - text));
}

static void show_json(struct reading *reading, const struct payload *payload) {
    reading->bytes = payload->bytes;
    reading->size = payload->size;
    if (!is_alone(reading, payload->bytes, payload->size) &&
        cut_frames(payload->bytes, payload->size, reading->protocol, show_piece, reading))
        return;
    const struct zjiot_guess guess = judge_whole(reading, payload->bytes, payload->size);
    struct zjiot_error error;
    if (guess.fit != ZJIOT_FIT_NO || reading->protocol != NULL) {
        show_piece(&(struct piece){.protocol = guess.protocol, .size = payload->size, .first = true, .last = true},
                   reading);
        return;
    }
    if (reading->form == FORM_LOG && show_found(reading, (const char *)payload->bytes, payload->size) > 0)
        return;
    json_error(reading, &error);
    show_undecodable(reading, payload, &error);
    tell_log_hint(reading, (const char *)payload->bytes, payload->size);
}

/* The topic of the options, or of the text. */
static const char *find_topic(struct reading *reading, const struct payload *payload) {
    if (reading->topic_given != NULL || payload->topic == NULL || payload->topic_size >= TOPIC_MAX)
        return reading->topic_given;
    memcpy(reading->topic_text, payload->topic, payload->topic_size);
    reading->topic_text[payload->topic_size] = '\0';
    return reading->topic_text;
}

static void show_payload(struct reading *reading, const struct payload *payload, const struct zjiot_error *error) {
    struct zjiot_topic topic;
    reading->topic = find_topic(reading, payload);
    reading->protocol = reading->wanted;
    if (reading->protocol == NULL && reading->topic != NULL && zjiot_topic_read(reading->topic, &topic))
        reading->protocol = topic.carries != NULL && payload->kind != PAYLOAD_JSON ? topic.carries : topic.protocol;
    const bool found = payload->kind == PAYLOAD_BYTES || payload->kind == PAYLOAD_UNREADABLE;
    if (found && reading->form == FORM_LOG) {
        show_found(reading, reading->text->text, reading->text->size);
        return;
    }
    switch (payload->kind) {
    case PAYLOAD_BYTES:
        show_bytes(reading, payload->bytes, payload->size);
        break;
    case PAYLOAD_JSON:
        show_json(reading, payload);
        break;
    case PAYLOAD_UNREADABLE:
        tell_unreadable(reading, payload, error);
        break;
    case PAYLOAD_NONE:
        reading->empty_lines++;
        break;
    }
}

static void show_text(struct reading *reading, const struct input_text *text) {
    struct payload payload;
    struct zjiot_error error;
    reading->text = text;
    reading->lines++;
    reading->report.count = 0;
    if (text->too_long || text->size == 0) {
        tell(text, text->too_long ? "too long for a message" : "an empty input");
        reading->unreadable = true;
        return;
    }
    payload_read(text->text, text->size, reading->form, reading->topic_given, &reading->buffer, &reading->report,
                 &payload, &error);
    reading->noted = reading->report.count;
    show_payload(reading, &payload, &error);
    const char *const end = text->text + text->size;
    while (reading->form == FORM_LOG && payload.kind == PAYLOAD_JSON) { /* each object of the line, with its topic */
        const char *behind = (const char *)payload.bytes + payload.size;
        payload = (struct payload){.kind = PAYLOAD_NONE};
        if (payload_find_json(behind, (size_t)(end - behind), &payload))
            show_payload(reading, &payload, &error);
    }
}

/* A log is mostly other lines; that all of them are is worth an error. */
static void tell_empty_lines(struct reading *reading) {
    if (reading->empty_lines == 0)
        return;
    complain("%zu of %zu lines held no frame", reading->empty_lines, reading->lines);
    if (reading->empty_lines == reading->lines)
        reading->undecodable = true;
}

struct reading *reading_start(const struct invocation *invocation, const struct reader *reader) {
    static struct zjiot_deviation deviations[REPORT_MAX];
    static char topic_text[TOPIC_MAX];
    static struct reading reading;
    reading = (struct reading){
        .options = reading_options(invocation),
        .form = (enum payload_form)invocation->choice[OPTION_FROM],
        .reader = *reader,
        .strict = invocation->value[OPTION_STRICT] != NULL,
        .wanted = wanted_protocol(invocation),
        .topic_given = invocation->value[OPTION_TOPIC],
        .topic_text = topic_text,
        .report = {.items = deviations, .capacity = REPORT_MAX},
        .trace = {.items = must(malloc(TRACE_FIRST * sizeof *reading.trace.items)), .capacity = TRACE_FIRST},
    };
    zjiot_pool_growing(&reading.pool, NULL, POOL_LIMIT);
    return &reading;
}

int reading_end(struct reading *reading) {
    free(reading->buffer.bytes);
    free(reading->found.bytes);
    free(reading->trace.items);
    zjiot_pool_release(&reading->pool);
    if (reading->unreadable)
        return EXIT_USAGE;
    if (reading->undecodable)
        return EXIT_UNDECODABLE;
    return reading->deviated ? EXIT_DEVIATED : EXIT_OK;
}

int reading_run(const struct invocation *invocation, enum reading_depth depth,
                int (*show)(const struct result *result, void *context), void *context) {
    static const enum input_unit units[] = {[FORM_AUTO] = INPUT_CODE,
                                            [FORM_HEX] = INPUT_CODE,
                                            [FORM_BASE64] = INPUT_LINE,
                                            [FORM_RAW] = INPUT_WHOLE,
                                            [FORM_LOG] = INPUT_LOG};
    struct reading *reading =
        reading_start(invocation, &(struct reader){.depth = depth, .show = show, .context = context});
    struct input input;
    struct input_text text;
    input_start(&input, invocation, units[reading->form]);
    while (input_next(&input, &text))
        show_text(reading, &text);
    tell_empty_lines(reading);
    input_end(&input);
    reading->unreadable |= input.failed;
    return reading_end(reading);
}

/* --- MQTT messages --- */

/* Frames as they are or in hex, and messages of topics that no protocol has. */
static void show_any(struct reading *reading, const uint8_t *bytes, size_t size) {
    struct payload payload = {.kind = PAYLOAD_NONE};
    struct zjiot_error error;
    if (is_utf8(bytes, size) && size > 0)
        payload_read((const char *)bytes, size, FORM_AUTO, reading->topic, &reading->buffer, &reading->report, &payload,
                     &error);
    reading->noted = reading->report.count;
    if (payload.kind == PAYLOAD_JSON)
        show_json(reading, &payload);
    else if (payload.kind == PAYLOAD_BYTES)
        show_bytes(reading, payload.bytes, payload.size);
    else
        show_bytes(reading, bytes, size);
}

static bool is_object(const uint8_t *bytes, size_t size) {
    size_t at = 0;
    while (at < size && memchr(" \t\r\n", bytes[at], 4) != NULL)
        at++;
    return at < size && bytes[at] == '{';
}

void reading_message(struct reading *reading, const char *topic, const uint8_t *bytes, size_t size) {
    const struct input_text text = {.text = (const char *)bytes, .size = size, .source = topic};
    struct zjiot_topic known;
    reading->text = &text;
    reading->lines++;
    reading->report.count = reading->noted = 0;
    reading->topic = topic;
    reading->protocol = reading->wanted;
    if (reading->protocol == NULL && zjiot_topic_read(topic, &known))
        reading->protocol = known.carries != NULL && !is_object(bytes, size) ? known.carries : known.protocol;
    if (reading->protocol == NULL || !reading->protocol->json) {
        show_any(reading, bytes, size);
        return;
    }
    reading->bytes = bytes;
    reading->size = size;
    show_piece(&(struct piece){.protocol = reading->protocol, .size = size, .first = true, .last = true}, reading);
}
