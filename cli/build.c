#include "build.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "fields.h"
#include "keys.h"
#include "output.h"
#include "reading.h"
#include "values.h"
#include "zjiot/zhenjiang.h"

/* --- Members --- */

static void offer_path(const struct field_entry *entry, void *context) {
    struct builder *builder = context;
    if (entry->is_settable)
        suggest_offer(&builder->suggestion, entry->path);
}

/* "brightness" of "data.brightness"; *ret_part is 'd', 'h', or 0 for a path that does not say. */
static const char *bare_path(const char *path, char *ret_part) {
    const size_t skip = strncmp(path, "data.", 5) == 0 ? 5 : strncmp(path, "header.", 7) == 0 ? 7 : 0;
    *ret_part = skip > 0 ? path[0] : '\0';
    return path + skip;
}

/* The member that the library names; headers are named by where they stand, topic.vendor or context.dev_id. */
static bool find_named(const struct builder *builder, const char *path, struct field_entry *ret_entry) {
    const char *dot = strchr(path, '.');
    return field_find(&builder->message, path, ret_entry) ||
           (dot != NULL && field_find(&builder->message, dot + 1, ret_entry) && ret_entry->is_header);
}

/* What is wrong with a member, and what it means. */
static void complain_member(const struct builder *builder, const struct zjiot_error *error) {
    struct field_entry entry;
    const char *meaning = find_named(builder, error->path, &entry) ? entry.field->meaning : "";
    const bool is_topic = error->code == ZJIOT_MISSING && strncmp(error->path, "topic.", 6) == 0;
    complain("%s%s%s%s", error->text, meaning[0] != '\0' ? " - " : "", meaning,
             is_topic ? " (--device, --vendor and --format say it, or --topic)" : "");
}

static bool set_value(const char *path, const char *text, void *context) {
    struct builder *builder = context;
    struct field_entry entry;
    struct zjiot_error error;
    char number[32];
    int64_t time;
    if (field_find(&builder->message, path, &entry) && entry.field->kind == ZJIOT_TIME &&
        address_time(entry.field, text, &time)) {
        snprintf(number, sizeof number, "%" PRId64, time);
        text = number;
    }
    int code = zjiot_set(&builder->message, path, text, builder->pool, &error);
    if (code == 0)
        return true;
    if (code != ZJIOT_UNKNOWN || field_find(&builder->message, path, &entry)) {
        complain_member(builder, &error);
        return false;
    }
    char hint[96];
    suggest_start(&builder->suggestion, path);
    fields_walk(&builder->message, FIELDS_EACH, offer_path, builder);
    complain("%s has no '%s'%s; see zjiotctl describe %s %s", builder->which.name, path,
             suggest_text(&builder->suggestion, hint, sizeof hint), builder->message.protocol->name,
             builder->which.name);
    return false;
}

/* A record holds what is computed, too: that is only compared, once the frame is there. */
static bool set_data(const char *path, const char *text, void *context) {
    struct builder *builder = context;
    struct field_entry entry;
    if (text == NULL)
        return zjiot_set(&builder->message, path, NULL, builder->pool, NULL) == 0;
    if (!field_find(&builder->message, path, &entry) || entry.is_settable || entry.field->record != NULL ||
        (entry.field->flags & ZJIOT_FIELD_CONST))
        return set_value(path, text, context);
    if (builder->computed_count < BUILD_COMPUTED_MAX) {
        struct build_computed *computed = &builder->computed[builder->computed_count++];
        snprintf(computed->path, sizeof computed->path, "%s", entry.path);
        snprintf(computed->text, sizeof computed->text, "%s", text);
    }
    return true;
}

static bool has_secret(const struct zjiot_record *record) {
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if ((field->flags & ZJIOT_FIELD_SECRET) || (field->record != NULL && has_secret(field->record)))
            return true;
    }
    return false;
}

/* The key of "brightness=70" as a path; false when there is none. What is not KEY=VALUE may be a password. */
static bool key_of(const struct builder *builder, const char *operand, char path[ZJIOT_PATH_SIZE]) {
    const char *equals = strchr(operand, '=');
    if (equals == NULL || equals == operand)
        complain("'%s' is not KEY=VALUE", has_secret(builder->message.data.record) ? "***" : operand);
    else if (equals - operand >= ZJIOT_PATH_SIZE)
        complain("the key of '%.40s...' is too long", operand);
    else {
        snprintf(path, ZJIOT_PATH_SIZE, "%.*s", (int)(equals - operand), operand);
        return true;
    }
    return false;
}

/* Sets the operand at `at`, if none in front of it sets the same. */
static bool set_operand(struct builder *builder, char **operands, size_t at) {
    char path[ZJIOT_PATH_SIZE], other[ZJIOT_PATH_SIZE], part;
    if (!key_of(builder, operands[at], path))
        return false;
    for (size_t i = 0; i < at; i++) {
        if (key_of(builder, operands[i], other) && strcmp(bare_path(other, &part), bare_path(path, &part)) == 0) {
            complain("%s is given twice: %s=... and %s=...", bare_path(path, &part), other, path);
            return false;
        }
    }
    return set_value(path, strchr(operands[at], '=') + 1, builder);
}

/* What the topic says of the message. */
static bool set_topic(struct builder *builder, const char *text) {
    struct zjiot_error error;
    if (zjiot_set_topic(&builder->message, text, builder->pool, &error) == 0)
        return true;
    complain("%s", error.text);
    return false;
}

static bool set_all(struct builder *builder, const struct invocation *invocation) {
    const char *topic = invocation->value[OPTION_TOPIC];
    const size_t names = builder->which.names;
    if (topic != NULL && !set_topic(builder, topic))
        return false;
    if (builder->data.root != NULL && !flat_walk(&builder->data, &builder->message, set_data, builder))
        return false;
    for (size_t i = 0; i < invocation->operand_count - names; i++) {
        if (!set_operand(builder, invocation->operands + names, i))
            return false;
    }
    if (!address_set(&builder->message, builder->pool, invocation))
        return false;
    address_fill(&builder->message);
    return true;
}

/* Of a value that is given beside the data only what a header has. */
static bool set_header(const char *path, const char *text, void *context) {
    const struct builder *builder = context;
    struct field_entry entry;
    const bool is_header = text != NULL && field_find(&builder->message, path, &entry) && entry.is_header;
    return !is_header || !entry.is_settable || set_value(path, text, context);
}

static bool set_headers(struct builder *builder, const struct invocation *invocation) {
    char path[ZJIOT_PATH_SIZE];
    if (builder->data.root != NULL && !flat_walk(&builder->data, &builder->message, set_header, builder))
        return false;
    for (size_t i = builder->which.names; i < invocation->operand_count; i++) {
        const char *operand = invocation->operands[i];
        if (!key_of(builder, operand, path) || !set_header(path, strchr(operand, '=') + 1, builder))
            return false;
    }
    return true;
}

/* An empty message of the rows that are asked for; of several variants the one that the headers' values go with. */
static bool prepare(struct builder *builder, const struct invocation *invocation) {
    struct which *which = &builder->which;
    struct zjiot_error error;
    if (!message_prepare(which->protocol, which->record, &builder->message, &builder->pool))
        return false;
    if (!which->is_variant && which->record->variant[0] != '\0') {
        if (!set_headers(builder, invocation))
            return false;
        if (zjiot_variant_find(&builder->message, &builder->options, &which->record, &error) != 0) {
            complain_member(builder, &error);
            return false;
        }
        message_prepare(which->protocol, which->record, &builder->message, &builder->pool);
    }
    zjiot_set_alias(&builder->message, which->name);
    return true;
}

/* The layout that the record was read with is the one to write it in, unless --layout says another. */
static void take_layout(struct builder *builder, const struct invocation *invocation) {
    const struct option_row *row = &option_rows[OPTION_LAYOUT];
    char choice[64];
    builder->options = reading_options(invocation);
    if (invocation->value[OPTION_LAYOUT] != NULL || builder->data.profile == NULL)
        return;
    for (unsigned i = 0; option_choice(row, invocation->command, i, choice); i++) {
        if (strcmp(choice, builder->data.profile) == 0)
            builder->options.layout = (enum zjiot_cjt188_layout)i;
    }
}

/* --- The frame --- */

/* Who has the public key only cannot read what he wrote: an encrypted message is checked and shown by its JSON. */
static bool write_plain(struct builder *builder, const struct zjiot_input *written) {
    static uint8_t body[BUILD_FRAME_MAX];
    static char topic[ZJIOT_TOPIC_SIZE];
    struct zjiot_error error;
    builder->plain = *written;
    if (!keys_encrypt(&builder->message))
        return true;
    int64_t *format = keys_format(&builder->message), encrypted = *format;
    *format = ZJIOT_ZHENJIANG_JSON;
    const int64_t size = zjiot_encode(&builder->message, &builder->options, topic, body, sizeof body, &error);
    *format = encrypted;
    if (size < 0)
        complain("the message cannot be written as JSON: %s", error.text);
    builder->plain = (struct zjiot_input){topic, body, size < 0 ? 0 : (size_t)size};
    return size >= 0;
}

/* Tells why the message cannot be written; the exit code. */
static int refuse(struct builder *builder, const struct zjiot_error *error) {
    complain_member(builder, error);
    const char *advice = keys_encrypt(&builder->message) ? keys_advice(builder->options.cipher, true, error) : NULL;
    if (advice == NULL)
        return EXIT_USAGE;
    complain("%s", advice);
    return EXIT_CONFIG;
}

bool build_decode(const struct builder *builder, enum zjiot_cjt188_layout layout, struct zjiot_message *ret_message,
                  struct zjiot_report *report, struct zjiot_trace *trace) {
    struct zjiot_options options = builder->options;
    struct zjiot_error error;
    options.layout = layout;
    if (zjiot_decode(builder->message.protocol, &builder->plain, &options, builder->pool, ret_message, report, trace,
                     &error) == 0)
        return true;
    complain("the frame does not decode: %s", error.text);
    return false;
}

/* Tells which computed members of --data are not what was written. */
static void tell_computed(const struct builder *builder, const struct zjiot_trace *trace) {
    for (size_t i = 0; i < builder->computed_count; i++) {
        const struct build_computed *computed = &builder->computed[i];
        for (size_t j = 0; j < value_count(trace); j++) {
            struct value value;
            if (strcmp(trace->items[j].path, computed->path) == 0 && value_read(&trace->items[j], true, &value) &&
                strcmp(value.text, computed->text) != 0)
                complain("note: %s is %s in --data; written is %s", computed->path, computed->text, value.text);
        }
    }
}

/* Tells which amounts no unit of 2004 could hold: not every meter knows the other ones. */
static void tell_units(const struct builder *builder, const char *profile, const struct zjiot_trace *trace) {
    const bool are_known = profile == NULL || strcmp(profile, "2018") == 0 || strcmp(profile, "hy") == 0 ||
                           builder->options.layout == ZJIOT_LAYOUT_2018;
    for (size_t i = 0; i < value_count(trace) && !are_known; i++) {
        const struct zjiot_span *span = &trace->items[i];
        if (span->value == NULL || span->field->kind != ZJIOT_QUANTITY)
            continue;
        const struct zjiot_unit *unit = zjiot_unit_find(((const struct zjiot_quantity *)span->value)->unit);
        if (unit != NULL && unit->edition != 2004)
            complain("note: %s is in a unit of the edition of %u, 0x%02x (10^%d %s)", span->path, unit->edition,
                     unit->code, unit->exponent, unit->name);
    }
}

/* What cannot be known before the frame is there: whether it goes with the topic, and bears the name asked for. */
static bool check_frame(const struct builder *builder) {
    enum { SPANS = 256 };
    static struct zjiot_span spans[SPANS];
    struct zjiot_deviation disagreement;
    struct zjiot_report report = {.items = &disagreement, .capacity = 1};
    struct zjiot_trace trace = {.items = spans, .capacity = SPANS};
    struct zjiot_message message;
    if (!build_decode(builder, builder->options.layout, &message, &report, &trace))
        return false;
    if (!builder->is_quiet) {
        tell_computed(builder, &trace);
        tell_units(builder, message.profile, &trace);
    }
    if (report.count > 0 && strncmp(disagreement.path, "topic", 5) == 0) {
        complain("%s: the topic says %s, the message %s", disagreement.path, disagreement.found, disagreement.expected);
        return false;
    }
    const size_t name_size = strcspn(builder->which.name, "/");
    const char *own = builder->message.data.record->name;
    if (strlen(own) == name_size && strncmp(builder->which.name, own, name_size) == 0)
        return true;
    if (!build_decode(builder, ZJIOT_LAYOUT_RAW, &message, NULL, NULL))
        return false;
    if (strlen(message.name) == name_size && strncmp(builder->which.name, message.name, name_size) == 0)
        return true;
    complain("these values make it a message '%s', not '%.*s'", message.name, (int)name_size, builder->which.name);
    return false;
}

/* Adds the members of a part that are needed and were not given. One whose members are not all needed when it is
 * written, as a topic's, is not marked as expecting them. */
static void add_zeros(const struct zjiot_part *part, char *names, size_t size) {
    uint64_t has;
    memcpy(&has, part->value, sizeof has);
    for (unsigned i = 0; i < part->record->field_count && (has & ZJIOT_HAS_READ); i++) {
        const struct zjiot_field *field = &part->record->fields[i];
        const size_t used = strlen(names);
        if (!(has >> i & 1) && !(field->flags & ZJIOT_FIELD_OPTIONAL))
            snprintf(names + used, size - used, "%s%s", used > 0 ? ", " : "", field->key);
    }
}

/* A message upward may leave everything at zero, which is legal; who forgot a member should know. */
static void tell_zeros(const struct builder *builder) {
    const struct zjiot_message *message = &builder->message;
    char names[512] = "";
    if (!message->protocol->zero_is_absent || message->direction != ZJIOT_UP)
        return;
    for (size_t i = 0; i < message->header_count; i++)
        add_zeros(&message->headers[i], names, sizeof names);
    add_zeros(&message->data, names, sizeof names);
    if (names[0] != '\0')
        complain("note: not given, so written as zero or empty: %s", names);
}

int build_start(struct builder *builder, const struct invocation *invocation) {
    const char *data = invocation->value[OPTION_DATA];
    *builder = (struct builder){.pool = NULL};
    return data == NULL || flat_load(data, &builder->data) ? EXIT_OK : EXIT_USAGE;
}

int build_message(struct builder *builder, const struct invocation *invocation) {
    builder->computed_count = 0;
    take_layout(builder, invocation);
    const bool is_made = which_message(invocation, &builder->data, &builder->which) && prepare(builder, invocation) &&
                         set_all(builder, invocation);
    return is_made ? EXIT_OK : EXIT_USAGE;
}

int build_frame(struct builder *builder, const struct invocation *invocation, struct zjiot_input *ret_frame) {
    static uint8_t frame[BUILD_FRAME_MAX];
    static char topic[ZJIOT_TOPIC_SIZE];
    struct zjiot_error error;
    const int64_t size = zjiot_encode(&builder->message, &builder->options, topic, frame, sizeof frame, &error);
    if (size < 0)
        return refuse(builder, &error);
    const char *given = invocation->value[OPTION_TOPIC];
    *ret_frame = (struct zjiot_input){given != NULL ? given : topic[0] != '\0' ? topic : NULL, frame, (size_t)size};
    if (!write_plain(builder, ret_frame))
        return EXIT_INTERNAL;
    if (!check_frame(builder))
        return EXIT_USAGE;
    tell_zeros(builder);
    return EXIT_OK;
}

void build_end(struct builder *builder) {
    flat_free(&builder->data);
}
