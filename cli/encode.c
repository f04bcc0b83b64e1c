#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "commands.h"
#include "fields.h"
#include "flatten.h"
#include "keys.h"
#include "output.h"
#include "reading.h"
#include "suggest.h"
#include "values.h"
#include "which.h"
#include "zjiot/hex.h"
#include "zjiot/zhenjiang.h"

enum format { FORMAT_AUTO, FORMAT_HEX, FORMAT_RAW, FORMAT_BASE64, FORMAT_JSON, FORMAT_LINE };
enum { FRAME_MAX = 1 << 24 };

/* A member of --data that is made when the frame is written. */
struct computed {
    char path[ZJIOT_PATH_SIZE], text[64];
};

enum { COMPUTED_MAX = 16 };

struct encoder {
    struct which which;
    struct zjiot_message message;
    struct zjiot_pool *pool;
    struct zjiot_options options;
    struct flat data;
    struct suggestion suggestion;
    struct computed computed[COMPUTED_MAX];
    size_t computed_count;
    struct zjiot_input plain; /* what was written; where the body is encrypted, the same message as JSON */
};

/* --- Members --- */

static void offer_path(const struct field_entry *entry, void *context) {
    struct encoder *encoder = context;
    if (entry->is_settable)
        suggest_offer(&encoder->suggestion, entry->path);
}

/* "brightness" of "data.brightness"; *ret_part is 'd', 'h', or 0 for a path that does not say. */
static const char *bare_path(const char *path, char *ret_part) {
    const size_t skip = strncmp(path, "data.", 5) == 0 ? 5 : strncmp(path, "header.", 7) == 0 ? 7 : 0;
    *ret_part = skip > 0 ? path[0] : '\0';
    return path + skip;
}

/* The member that the library names; headers are named by where they stand, topic.vendor or context.dev_id. */
static bool find_named(const struct encoder *encoder, const char *path, struct field_entry *ret_entry) {
    const char *dot = strchr(path, '.');
    return field_find(&encoder->message, path, ret_entry) ||
           (dot != NULL && field_find(&encoder->message, dot + 1, ret_entry) && ret_entry->is_header);
}

/* What is wrong with a member, and what it means. */
static void complain_member(const struct encoder *encoder, const struct zjiot_error *error) {
    struct field_entry entry;
    const char *meaning = find_named(encoder, error->path, &entry) ? entry.field->meaning : "";
    const bool is_topic = error->code == ZJIOT_MISSING && strncmp(error->path, "topic.", 6) == 0;
    complain("%s%s%s%s", error->text, meaning[0] != '\0' ? " - " : "", meaning,
             is_topic ? " (--device, --vendor and --format say it, or --topic)" : "");
}

static bool set_value(const char *path, const char *text, void *context) {
    struct encoder *encoder = context;
    struct field_entry entry;
    struct zjiot_error error;
    char number[32];
    int64_t time;
    if (field_find(&encoder->message, path, &entry) && entry.field->kind == ZJIOT_TIME &&
        address_time(entry.field, text, &time)) {
        snprintf(number, sizeof number, "%" PRId64, time);
        text = number;
    }
    int code = zjiot_set(&encoder->message, path, text, encoder->pool, &error);
    if (code == 0)
        return true;
    if (code != ZJIOT_UNKNOWN || field_find(&encoder->message, path, &entry)) {
        complain_member(encoder, &error);
        return false;
    }
    char hint[96];
    suggest_start(&encoder->suggestion, path);
    fields_walk(&encoder->message, FIELDS_EACH, offer_path, encoder);
    complain("%s has no '%s'%s; see zjiotctl describe %s %s", encoder->which.name, path,
             suggest_text(&encoder->suggestion, hint, sizeof hint), encoder->message.protocol->name,
             encoder->which.name);
    return false;
}

/* A record holds what is computed, too: that is only compared, once the frame is there. */
static bool set_data(const char *path, const char *text, void *context) {
    struct encoder *encoder = context;
    struct field_entry entry;
    if (!field_find(&encoder->message, path, &entry) || entry.is_settable || entry.field->kind == ZJIOT_LIST ||
        (entry.field->flags & ZJIOT_FIELD_CONST))
        return set_value(path, text, context);
    if (encoder->computed_count < COMPUTED_MAX) {
        struct computed *computed = &encoder->computed[encoder->computed_count++];
        const bool is_bool = entry.field->kind == ZJIOT_BOOL;
        snprintf(computed->path, sizeof computed->path, "%s", entry.path);
        snprintf(computed->text, sizeof computed->text, "%s",
                 !is_bool                 ? text
                 : strcmp(text, "1") == 0 ? "true"
                                          : "false");
    }
    return true;
}

/* The key of "brightness=70" as a path; false when there is none. */
static bool key_of(const char *operand, char path[ZJIOT_PATH_SIZE]) {
    const char *equals = strchr(operand, '=');
    if (equals == NULL || equals == operand)
        complain("'%s' is not KEY=VALUE", operand);
    else if (equals - operand >= ZJIOT_PATH_SIZE)
        complain("the key of '%.40s...' is too long", operand);
    else {
        snprintf(path, ZJIOT_PATH_SIZE, "%.*s", (int)(equals - operand), operand);
        return true;
    }
    return false;
}

/* Sets the operand at `at`, if none in front of it sets the same. */
static bool set_operand(struct encoder *encoder, char **operands, size_t at) {
    char path[ZJIOT_PATH_SIZE], other[ZJIOT_PATH_SIZE], part;
    if (!key_of(operands[at], path))
        return false;
    for (size_t i = 0; i < at; i++) {
        if (key_of(operands[i], other) && strcmp(bare_path(other, &part), bare_path(path, &part)) == 0) {
            complain("%s is given twice: '%s' and '%s'", path, operands[i], operands[at]);
            return false;
        }
    }
    return set_value(path, strchr(operands[at], '=') + 1, encoder);
}

/* What the topic says of the message. */
static bool set_topic(struct encoder *encoder, const char *text) {
    struct zjiot_error error;
    if (zjiot_set_topic(&encoder->message, text, encoder->pool, &error) == 0)
        return true;
    complain("%s", error.text);
    return false;
}

static bool set_all(struct encoder *encoder, const struct invocation *invocation) {
    const char *topic = invocation->value[OPTION_TOPIC];
    const size_t names = encoder->which.names;
    if (topic != NULL && !set_topic(encoder, topic))
        return false;
    const struct zjiot_record *record = encoder->message.data.record;
    encoder->data.is_one = record->field_count == 1 && record->fields->kind == ZJIOT_MEMBERS;
    if (encoder->data.root != NULL && !flat_walk(&encoder->data, set_data, encoder))
        return false;
    for (size_t i = 0; i < invocation->operand_count - names; i++) {
        if (!set_operand(encoder, invocation->operands + names, i))
            return false;
    }
    if (!address_set(&encoder->message, encoder->pool, invocation))
        return false;
    address_fill(&encoder->message);
    return true;
}

/* The layout that the record was read with is the one to write it in, unless --layout says another. */
static void take_layout(struct encoder *encoder, const struct invocation *invocation) {
    const struct option_row *row = &option_rows[OPTION_LAYOUT];
    char choice[64];
    encoder->options = reading_options(invocation);
    if (invocation->value[OPTION_LAYOUT] != NULL || encoder->data.profile == NULL)
        return;
    for (unsigned i = 0; option_choice(row, invocation->command, i, choice); i++) {
        if (strcmp(choice, encoder->data.profile) == 0)
            encoder->options.layout = (enum zjiot_cjt188_layout)i;
    }
}

/* --- The frame --- */

/* Who has the public key only cannot read what he wrote: an encrypted message is checked and shown by its JSON. */
static bool write_plain(struct encoder *encoder, const struct zjiot_input *written) {
    static uint8_t body[FRAME_MAX];
    static char topic[ZJIOT_TOPIC_SIZE];
    struct zjiot_error error;
    encoder->plain = *written;
    if (!keys_encrypt(&encoder->message))
        return true;
    int64_t *format = keys_format(&encoder->message), encrypted = *format;
    *format = ZJIOT_ZHENJIANG_JSON;
    const int64_t size = zjiot_encode(&encoder->message, &encoder->options, topic, body, sizeof body, &error);
    *format = encrypted;
    if (size < 0)
        complain("the message cannot be written as JSON: %s", error.text);
    encoder->plain = (struct zjiot_input){topic, body, size < 0 ? 0 : (size_t)size};
    return size >= 0;
}

/* Tells why the message cannot be written; the exit code. */
static int refuse(struct encoder *encoder, const struct zjiot_error *error) {
    complain_member(encoder, error);
    const char *advice = keys_encrypt(&encoder->message) ? keys_advice(encoder->options.cipher, true, error) : NULL;
    if (advice == NULL)
        return EXIT_USAGE;
    complain("%s", advice);
    return EXIT_CONFIG;
}

static bool decode_frame(const struct encoder *encoder, const struct zjiot_input *input,
                         enum zjiot_cjt188_layout layout, struct zjiot_message *ret_message,
                         struct zjiot_report *report, struct zjiot_trace *trace) {
    struct zjiot_options options = encoder->options;
    struct zjiot_error error;
    options.layout = layout;
    if (zjiot_decode(encoder->message.protocol, input, &options, encoder->pool, ret_message, report, trace, &error) ==
        0)
        return true;
    complain("the frame does not decode: %s", error.text);
    return false;
}

/* Tells which computed members of --data are not what was written. */
static void tell_computed(const struct encoder *encoder, const struct zjiot_trace *trace) {
    for (size_t i = 0; i < encoder->computed_count; i++) {
        const struct computed *computed = &encoder->computed[i];
        for (size_t j = 0; j < value_count(trace); j++) {
            struct value value;
            if (strcmp(trace->items[j].path, computed->path) == 0 && value_read(&trace->items[j], true, &value) &&
                strcmp(value.text, computed->text) != 0)
                complain("note: %s is %s in --data; written is %s", computed->path, computed->text, value.text);
        }
    }
}

/* What cannot be known before the frame is there: whether it goes with the topic, and bears the name asked for. */
static bool check_frame(const struct encoder *encoder, const struct zjiot_input *input) {
    enum { SPANS = 256 };
    static struct zjiot_span spans[SPANS];
    struct zjiot_deviation disagreement;
    struct zjiot_report report = {.items = &disagreement, .capacity = 1};
    struct zjiot_trace trace = {.items = spans, .capacity = SPANS};
    struct zjiot_message message;
    if (!decode_frame(encoder, input, encoder->options.layout, &message, &report, &trace))
        return false;
    tell_computed(encoder, &trace);
    if (report.count > 0 && strncmp(disagreement.path, "topic", 5) == 0) {
        complain("%s: the topic says %s, the message %s", disagreement.path, disagreement.found, disagreement.expected);
        return false;
    }
    const size_t name_size = strcspn(encoder->which.name, "/");
    const char *own = encoder->message.data.record->name;
    if (strlen(own) == name_size && strncmp(encoder->which.name, own, name_size) == 0)
        return true;
    if (!decode_frame(encoder, input, ZJIOT_LAYOUT_RAW, &message, NULL, NULL))
        return false;
    if (strlen(message.name) == name_size && strncmp(encoder->which.name, message.name, name_size) == 0)
        return true;
    complain("these values make it a message '%s', not '%.*s'", message.name, (int)name_size, encoder->which.name);
    return false;
}

static int print_base64(const uint8_t *frame, size_t size) {
    size_t capacity = ZJIOT_BASE64_SIZE(size);
    char *text = must(malloc(capacity + 1));
    int64_t count = zjiot_base64_write(frame, size, text, capacity, NULL);
    printf("%.*s\n", (int)count, text);
    free(text);
    return EXIT_OK;
}

/* The record that decode would print. */
static int print_decoded(struct encoder *encoder, const struct zjiot_input *input) {
    struct zjiot_deviation deviations[16];
    struct zjiot_report report = {.items = deviations, .capacity = sizeof deviations / sizeof deviations[0]};
    struct zjiot_message message;
    if (!decode_frame(encoder, &encoder->plain, encoder->options.layout, &message, &report, NULL))
        return EXIT_INTERNAL;
    if (keys_encrypt(&encoder->message))
        *keys_format(&message) = *keys_format(&encoder->message);
    const struct result result = {.topic = input->topic,
                                  .protocol = message.protocol,
                                  .message = &message,
                                  .report = &report,
                                  .bytes = input->bytes,
                                  .size = input->size};
    print_record(&result, &encoder->options, true);
    return EXIT_OK;
}

/* A message upward may leave everything at zero, which is legal; who forgot a member should know. */
static void tell_zeros(const struct encoder *encoder) {
    const struct zjiot_message *message = &encoder->message;
    const struct zjiot_record *record = message->data.record;
    char names[512] = "";
    size_t used = 0;
    uint64_t has;
    memcpy(&has, message->data.value, sizeof has);
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if (!(has >> i & 1) && !(field->flags & ZJIOT_FIELD_OPTIONAL) && used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", field->key);
    }
    if (used > 0 && message->protocol->zero_is_absent && message->direction == ZJIOT_UP)
        complain("note: not given, so written as zero or empty: %s", names);
}

static void put_frame(const struct encoder *encoder, const struct zjiot_input *input) {
    if (encoder->message.protocol->json)
        fwrite(input->bytes, 1, input->size, stdout);
    else
        put_hex(input->bytes, input->size, "");
    putchar('\n');
}

static int print_frame(struct encoder *encoder, const struct invocation *invocation, const struct zjiot_input *input) {
    const enum format format = (enum format)invocation->choice[OPTION_OUTPUT];
    const bool says_topic = format == FORMAT_LINE || format == FORMAT_JSON;
    if (encoder->message.protocol->json && input->topic != NULL && !says_topic)
        complain("topic %s", input->topic);
    switch (format) {
    case FORMAT_RAW:
        fwrite(input->bytes, 1, input->size, stdout);
        return EXIT_OK;
    case FORMAT_BASE64:
        return print_base64(input->bytes, input->size);
    case FORMAT_JSON:
        return print_decoded(encoder, input);
    case FORMAT_HEX:
        put_hex(input->bytes, input->size, "");
        putchar('\n');
        return EXIT_OK;
    case FORMAT_LINE:
        if (input->topic != NULL)
            printf("%s ", input->topic);
        break;
    case FORMAT_AUTO:
        break;
    }
    put_frame(encoder, input);
    return EXIT_OK;
}

static int encode(struct encoder *encoder, const struct invocation *invocation) {
    static uint8_t frame[FRAME_MAX];
    const struct which *which = &encoder->which;
    if (!which_message(invocation, &encoder->data, &encoder->which) ||
        !message_prepare(which->protocol, which->record, &encoder->message, &encoder->pool) ||
        !set_all(encoder, invocation))
        return EXIT_USAGE;
    take_layout(encoder, invocation);
    struct zjiot_error error;
    char topic[ZJIOT_TOPIC_SIZE];
    const int64_t size = zjiot_encode(&encoder->message, &encoder->options, topic, frame, sizeof frame, &error);
    if (size < 0)
        return refuse(encoder, &error);
    const char *given = invocation->value[OPTION_TOPIC];
    const struct zjiot_input input = {given != NULL ? given : topic[0] != '\0' ? topic : NULL, frame, (size_t)size};
    if (!write_plain(encoder, &input))
        return EXIT_INTERNAL;
    if (!check_frame(encoder, &encoder->plain))
        return EXIT_USAGE;
    tell_zeros(encoder);
    return print_frame(encoder, invocation, &input);
}

int run_encode(const struct invocation *invocation) {
    struct encoder encoder = {0};
    const char *data = invocation->value[OPTION_DATA];
    if (data != NULL && !flat_load(data, &encoder.data))
        return EXIT_USAGE;
    const int code = encode(&encoder, invocation);
    flat_free(&encoder.data);
    return code;
}
