#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "fields.h"
#include "flatten.h"
#include "output.h"
#include "reading.h"
#include "suggest.h"
#include "topic.h"
#include "values.h"
#include "zjiot/hex.h"

enum format { FORMAT_HEX, FORMAT_RAW, FORMAT_BASE64, FORMAT_JSON };
enum { FRAME_MAX = 1 << 16 };

struct encoder {
    struct zjiot_message message;
    struct zjiot_pool *pool;
    struct suggestion suggestion;
    const char *path;                /* being looked for */
    const struct zjiot_field *field; /* found there */
};

static void offer_path(const struct field_entry *entry, void *context) {
    struct encoder *encoder = context;
    if (entry->is_settable)
        suggest_offer(&encoder->suggestion, entry->path);
}

static void find_path(const struct field_entry *entry, void *context) {
    struct encoder *encoder = context;
    if (strcmp(entry->path, encoder->path) == 0)
        encoder->field = entry->field;
}

static const char *meaning_of(struct encoder *encoder, const char *path) {
    encoder->path = path;
    encoder->field = NULL;
    fields_walk(&encoder->message, FIELDS_EACH, find_path, encoder);
    return encoder->field ? encoder->field->meaning : "";
}

/* What is wrong with a member, and what it means. */
static void complain_member(struct encoder *encoder, const struct zjiot_error *error) {
    const char *meaning = meaning_of(encoder, error->path);
    complain("%s%s%s", error->text, meaning[0] != '\0' ? " - " : "", meaning);
}

static bool set_value(const char *path, const char *text, void *context) {
    struct encoder *encoder = context;
    struct zjiot_error error;
    int code = zjiot_set(&encoder->message, path, text, encoder->pool, &error);
    if (code == 0)
        return true;
    if (code != ZJIOT_UNKNOWN) {
        complain_member(encoder, &error);
        return false;
    }
    char hint[96];
    suggest_start(&encoder->suggestion, path);
    fields_walk(&encoder->message, FIELDS_EACH, offer_path, encoder);
    complain("%s has no '%s'%s; see zjiotctl describe %s %s", encoder->message.name, path,
             suggest_text(&encoder->suggestion, hint, sizeof hint), encoder->message.protocol->name,
             encoder->message.name);
    return false;
}

static bool set_operand(struct encoder *encoder, const char *operand) {
    const char *equals = strchr(operand, '=');
    char path[ZJIOT_PATH_SIZE];
    if (equals == NULL || equals == operand) {
        complain("'%s' is not KEY=VALUE", operand);
        return false;
    }
    if ((size_t)(equals - operand) >= sizeof path) {
        complain("the key of '%.40s...' is too long", operand);
        return false;
    }
    snprintf(path, sizeof path, "%.*s", (int)(equals - operand), operand);
    return set_value(path, equals + 1, encoder);
}

static bool set_whole(const char *path, int64_t number, struct encoder *encoder) {
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    return set_value(path, text, encoder);
}

/* The envelope's numbers stand in the topic as well. */
static bool set_topic(struct encoder *encoder, const char *text) {
    struct topic topic = topic_read(text, strlen(text));
    const struct zjiot_message *message = &encoder->message;
    if (topic.protocol != message->protocol) {
        complain("'%s' is no topic of %s", text, message->protocol->name);
        return false;
    }
    if (message->direction != ZJIOT_BOTH && message->direction != topic.direction) {
        complain("'%s' is a topic of messages %s the device, and %s goes the other way", text,
                 topic.direction == ZJIOT_UP ? "from" : "to", message->name);
        return false;
    }
    return topic.uid < 0 || (set_whole("uid", topic.uid, encoder) && set_whole("pid", topic.pid, encoder));
}

static bool set_all(struct encoder *encoder, const struct invocation *invocation) {
    const char *topic = invocation->value[OPTION_TOPIC], *data = invocation->value[OPTION_DATA];
    if (topic != NULL && !set_topic(encoder, topic))
        return false;
    if (data != NULL && !flatten_data(data, set_value, encoder))
        return false;
    for (size_t i = 2; i < invocation->operand_count; i++) {
        if (!set_operand(encoder, invocation->operands[i]))
            return false;
    }
    return true;
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
static int print_decoded(const struct zjiot_protocol *protocol, const uint8_t *frame, size_t size,
                         const struct zjiot_options *options) {
    struct zjiot_deviation deviations[16];
    struct zjiot_report report = {.items = deviations, .capacity = sizeof deviations / sizeof deviations[0]};
    struct zjiot_message message;
    struct zjiot_error error;
    static unsigned char memory[1 << 14];
    struct zjiot_pool pool;
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    if (zjiot_decode(protocol, frame, size, options, &pool, &message, &report, NULL, &error) != 0) {
        complain("the frame does not decode: %s", error.text);
        return EXIT_INTERNAL;
    }
    const struct result result = {
        .protocol = protocol, .message = &message, .report = &report, .bytes = frame, .size = size};
    print_record(&result, options, true);
    return EXIT_OK;
}

static int print_frame(const struct invocation *invocation, const struct zjiot_protocol *protocol, const uint8_t *frame,
                       size_t size) {
    struct zjiot_options options = reading_options(invocation);
    switch ((enum format)invocation->choice[OPTION_OUTPUT]) {
    case FORMAT_RAW:
        fwrite(frame, 1, size, stdout);
        return EXIT_OK;
    case FORMAT_BASE64:
        return print_base64(frame, size);
    case FORMAT_JSON:
        return print_decoded(protocol, frame, size, &options);
    case FORMAT_HEX:
        break;
    }
    put_hex(frame, size, "");
    putchar('\n');
    return EXIT_OK;
}

int run_encode(const struct invocation *invocation) {
    struct encoder encoder = {0};
    static uint8_t frame[FRAME_MAX];
    if (invocation->operand_count < 2) {
        complain("PROTO and MESSAGE are needed; zjiotctl describe lists them");
        return EXIT_USAGE;
    }
    const struct zjiot_protocol *protocol = protocol_named(invocation->operands[0]);
    const struct zjiot_record *record = protocol ? message_named(protocol, invocation->operands[1]) : NULL;
    if (record == NULL || !message_prepare(protocol, record, &encoder.message, &encoder.pool) ||
        !set_all(&encoder, invocation))
        return EXIT_USAGE;
    struct zjiot_options options = reading_options(invocation);
    struct zjiot_error error;
    int64_t size = zjiot_encode(&encoder.message, &options, frame, sizeof frame, &error);
    if (size < 0) {
        complain_member(&encoder, &error);
        return EXIT_USAGE;
    }
    return print_frame(invocation, protocol, frame, (size_t)size);
}
