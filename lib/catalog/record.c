/* The JSON record of one input. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
#include "zjiot/hex.h"
#include "zjiot/pool.h"

enum { DEVIATIONS_MAX = 64 };

static void member(struct zj_json *json, const char *key, const char *text) {
    zj_json_key(json, key);
    zj_json_string(json, text);
}

static void write_header(struct zj_json *json, const struct zj_json_style *style, const struct zjiot_outcome *outcome) {
    const struct zjiot_message *message = outcome->message;
    struct zj_json_style present = *style;
    present.only_present = true;
    zj_json_key(json, "header");
    zj_json_object(json);
    for (size_t i = 0; message != NULL && i < message->header_count; i++)
        zj_json_members(json, &present, message->headers[i].record, message->headers[i].value);
    if (outcome->origin.record != NULL)
        zj_json_members(json, &present, outcome->origin.record, outcome->origin.value);
    zj_json_end_object(json);
}

static void write_data(struct zj_json *json, const struct zj_json_style *style, const struct zjiot_message *message) {
    zj_json_key(json, "data");
    zj_json_object(json);
    zj_json_members(json, style, message->data.record, message->data.value);
    zj_json_end_object(json);
}

static void write_message(struct zj_json *json, const struct zjiot_message *message) {
    static const char *const directions[] = {[ZJIOT_DOWN] = "down", [ZJIOT_UP] = "up"};
    member(json, "message", message->name);
    if (message->data.record->variant[0] != '\0')
        member(json, "variant", message->data.record->variant);
    if (message->direction != ZJIOT_BOTH)
        member(json, "direction", directions[message->direction]);
    if (message->profile != NULL) {
        member(json, "profile", message->profile);
        member(json, "profile_reason", message->reason);
    }
}

/* What an error and a deviation both say. */
static void write_finding(struct zj_json *json, enum zjiot_code code, size_t offset, const char *path) {
    member(json, "code", zjiot_code_name(code));
    zj_json_key(json, "offset");
    zj_json_int(json, (int64_t)offset);
    member(json, "path", path);
}

static void write_error(struct zj_json *json, const struct zjiot_error *error) {
    zj_json_key(json, "error");
    zj_json_object(json);
    write_finding(json, error->code, error->offset, error->path);
    member(json, "text", error->text);
    zj_json_end_object(json);
}

static void write_deviations(struct zj_json *json, const struct zjiot_report *report) {
    const size_t count = report == NULL ? 0 : report->count < report->capacity ? report->count : report->capacity;
    zj_json_key(json, "deviations");
    zj_json_array(json);
    for (size_t i = 0; i < count; i++) {
        const struct zjiot_deviation *deviation = &report->items[i];
        zj_json_object(json);
        write_finding(json, deviation->code, deviation->offset, deviation->path);
        member(json, "found", deviation->found);
        member(json, "expected", deviation->expected);
        zj_json_end_object(json);
    }
    zj_json_end_array(json);
    if (report != NULL && report->count > count) {
        zj_json_key(json, "deviations_left_out");
        zj_json_int(json, (int64_t)(report->count - count));
    }
}

bool zjiot_may_hold_secret(const uint8_t *bytes, size_t size, const struct zjiot_protocol *protocol) {
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++)
        if ((protocol == NULL || *p == protocol) && (*p)->calls->has_secret != NULL &&
            (*p)->calls->has_secret(bytes, size))
            return true;
    return false;
}

/* Only of a message that was read for certain do we know which protocol's secrets it may hold. */
static bool read_whole(const struct zjiot_message *message) {
    return message != NULL && !message->forced;
}

/* Bodies of JSON messages are shown as the text they are, and so is the hex that a frame came in. */
static bool is_text(const struct zjiot_outcome *outcome, const struct zjiot_protocol *protocol) {
    const struct zjiot_input *input = &outcome->input;
    if (outcome->is_text || (protocol != NULL && protocol->json))
        return zj_utf8_valid((const char *)input->bytes, input->size) == input->size;
    return zj_is_json_text(input->bytes, input->size) ||
           (outcome->message != NULL && zj_is_hex_text(input->bytes, input->size));
}

static void write_outcome(struct zj_json *json, const struct zjiot_outcome *outcome,
                          const struct zjiot_options *options);

/* The frames that a message carries, each as a record of its own. */
static void write_carried(struct zj_json *json, const struct zjiot_message *message,
                          const struct zjiot_options *options) {
    zj_json_key(json, "frames");
    zj_json_array(json);
    for (size_t i = 0; i < message->carried_count; i++)
        write_outcome(json, &message->carried[i], options);
    zj_json_end_array(json);
}

static void write_outcome(struct zj_json *json, const struct zjiot_outcome *outcome,
                          const struct zjiot_options *options) {
    const bool show = options != NULL && options->show_secrets;
    const struct zjiot_message *message = outcome->message;
    const struct zjiot_protocol *protocol = message != NULL ? message->protocol : outcome->protocol;
    const struct zjiot_input *input = &outcome->input;
    const bool secret = zjiot_may_hold_secret(input->bytes, input->size, read_whole(message) ? protocol : NULL);
    const struct zj_json_style style = {
        .quantities = protocol != NULL && protocol->quantities,
        .show_secrets = show,
        .word_values = options != NULL && options->word_values,
    };
    zj_json_object(json);
    if (protocol != NULL)
        member(json, "protocol", protocol->name);
    if (input->topic != NULL)
        member(json, "topic", input->topic);
    if (message != NULL)
        write_message(json, message);
    zj_json_key(json, "ok");
    zj_json_bool(json, message != NULL && outcome->error == NULL && !message->forced);
    if (message != NULL && message->forced) {
        zj_json_key(json, "forced");
        zj_json_bool(json, true);
    }
    if (outcome->error != NULL)
        write_error(json, outcome->error);
    if (message != NULL || outcome->origin.record != NULL)
        write_header(json, &style, outcome);
    if (message != NULL)
        write_data(json, &style, message);
    if (message != NULL && message->carried_count > 0)
        write_carried(json, message, options);
    if (message != NULL || (outcome->report != NULL && outcome->report->count > 0))
        write_deviations(json, outcome->report);
    zj_json_key(json, "raw");
    if (secret && !show)
        zj_json_string(json, "***");
    else if (is_text(outcome, protocol))
        zj_json_text(json, (const char *)input->bytes, input->size);
    else
        zj_json_hex(json, input->bytes, input->size);
    zj_json_end_object(json);
}

int64_t zjiot_record_write(const struct zjiot_outcome *outcome, const struct zjiot_options *options, bool pretty,
                           char *out, size_t capacity, struct zjiot_error *reterr_error) {
    struct zj_json json;
    zj_json_start(&json, out, capacity, pretty);
    write_outcome(&json, outcome, options);
    if (json.size >= capacity)
        return zj_fail_space(reterr_error, json.size + 1);
    out[json.size] = '\0';
    return (int64_t)json.size;
}

/* For the error that force has passed over. */
static int decode_unforced(const struct zjiot_protocol *protocol, const struct zjiot_input *input,
                           const struct zjiot_options *options, struct zjiot_pool *pool,
                           struct zjiot_error *reterr_error) {
    struct zjiot_options unforced = *options;
    struct zjiot_message unread;
    unforced.force = false;
    return zjiot_decode(protocol, input, &unforced, pool, &unread, NULL, NULL, reterr_error);
}

static int64_t make_record(const struct zjiot_protocol *protocol, const struct zjiot_input *input,
                           const struct zjiot_options *options, struct zjiot_pool *pool, char *out, size_t capacity,
                           struct zjiot_error *reterr_error) {
    struct zjiot_message message;
    struct zjiot_error error;
    struct zjiot_guess best;
    const bool guessed = protocol == NULL && zjiot_identify(input, &best, 1) == 1;
    if (guessed)
        protocol = best.protocol;
    const bool known = !guessed || best.fit != ZJIOT_FIT_NO;
    struct zjiot_report report = {NULL, DEVIATIONS_MAX, 0};
    struct zjiot_outcome outcome = {.protocol = known ? protocol : NULL, .report = &report, .input = *input};
    report.items = zjiot_pool_take(pool, DEVIATIONS_MAX * sizeof *report.items, &error);
    const int code = report.items == NULL
                         ? (int)error.code
                         : zjiot_decode(protocol, input, options, pool, &message, &report, NULL, &error);
    const bool is_forced = code == 0 && message.forced;
    const int fault = is_forced ? decode_unforced(protocol, input, options, pool, &error) : code;
    if (fault == ZJIOT_SPACE || fault == ZJIOT_NOMEM) {
        if (reterr_error != NULL)
            *reterr_error = error;
        return fault;
    }
    if (code == 0)
        outcome.message = &message;
    if (fault != 0)
        outcome.error = &error;
    return zjiot_record_write(&outcome, options, false, out, capacity, reterr_error);
}

int64_t zjiot_record(const struct zjiot_protocol *protocol, const struct zjiot_input *input,
                     const struct zjiot_options *options, struct zjiot_pool *pool, char *out, size_t capacity,
                     struct zjiot_error *reterr_error) {
    const struct zj_pool_mark mark = zj_pool_mark(pool);
    const int64_t length = make_record(protocol, input, options, pool, out, capacity, reterr_error);
    zj_pool_rewind(pool, mark);
    return length;
}
