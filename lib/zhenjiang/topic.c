/* The topic: <direction>/<format>/<vendor>/<command>/<device> (document 3.1). */
#include <string.h>

#include "catalog/topic_letters.h"
#include "zhenjiang/zhenjiang.h"

enum { DIRECTION, FORMAT, VENDOR, COMMAND, DEVICE, PARTS };

static const char *const part_names[PARTS] = {"topic.direction", "topic.format", "topic.vendor", "topic.command",
                                              "topic.device"};
static const char damaged_command[] = "ct10nOff";
static const char right_command[] = "ctlOnOff";

#if defined(ZJ_SSE2)

/* Cuts a text at its slashes if all is as usual: ASCII, no part empty, not too many. The number of parts, or 0. */
static unsigned cut_plain(const char *text, size_t size, struct zj_span parts[PARTS]) {
    unsigned count = 0;
    const char *start = text;
    const char *const end = text + size;
    for (size_t i = 0; i < size; i += ZJ_WIDE) {
        const char *at = text + i;
        const bool whole = size - i >= ZJ_WIDE;
        const zj_wide wide = whole ? zj_wide_load(at) : zj_wide_load_short(at, size - i);
        const unsigned inside = whole ? 0xFFFF : (1u << (size - i)) - 1;
        if (zj_odd_letters(wide) & inside)
            return 0;
        for (unsigned slashes = zj_wide_equal_to(wide, '/') & inside; slashes != 0; slashes &= slashes - 1) {
            const char *slash = at + zj_lowest_bit(slashes);
            if (slash == start || count == PARTS - 1)
                return 0;
            parts[count++] = (struct zj_span){start, (size_t)(slash - start), false};
            start = slash + 1;
        }
    }
    if (start == end)
        return 0;
    parts[count++] = (struct zj_span){start, (size_t)(end - start), false};
    return count;
}

#else

static unsigned cut_plain(const char *text, size_t size, struct zj_span parts[PARTS]) {
    (void)text;
    (void)size;
    (void)parts;
    return 0;
}

#endif

static bool equals(const struct zj_span *span, const char *text) {
    return strlen(text) == span->size && memcmp(span->text, text, span->size) == 0;
}

static int fail_part(struct zjiot_error *error, enum zjiot_code code, const char *topic, const struct zj_span *span,
                     unsigned part, const char *what) {
    return zj_fail_at(error, code, (size_t)(span->text - topic), part_names[part], "%s: \"%.*s\" %s", part_names[part],
                      (int)zj_utf8_valid(span->text, span->size < 40 ? span->size : 40), span->text, what);
}

/* Behind the name letters at `at`; whether they are UTF-8. */
static const char *skip_name(const char *at, bool *ret_is_utf8) {
    const char *const start = at;
    while (zj_is_level_letter(*at))
        at++;
    *ret_is_utf8 = zj_utf8_valid(start, (size_t)(at - start)) == (size_t)(at - start);
    return at;
}

/* Cuts at the slashes; 0 or a code. */
static int cut(const char *topic, struct zj_span *parts, unsigned *ret_count, struct zjiot_error *error) {
    const char *at = topic;
    unsigned count = cut_plain(topic, strlen(topic), parts);
    *ret_count = count;
    if (ZJ_LIKELY(count > 0))
        return 0;
    for (;; at++) {
        if (count == PARTS)
            return zj_fail_at(error, ZJIOT_SYNTAX, (size_t)(at - topic), "topic", "topic: it has at most 5 parts");
        struct zj_span *part = &parts[count];
        bool is_utf8;
        *part = (struct zj_span){.text = at};
        at = skip_name(at, &is_utf8);
        part->size = (size_t)(at - part->text);
        if (*at != '\0' && *at != '/')
            return fail_part(error, ZJIOT_SYNTAX, topic, part, count, "ends in a character that no topic has");
        if (part->size == 0)
            return fail_part(error, ZJIOT_SYNTAX, topic, part, count, "is empty");
        if (!is_utf8)
            return fail_part(error, ZJIOT_SYNTAX, topic, part, count, "is not UTF-8");
        count++;
        if (*at == '\0')
            break;
    }
    *ret_count = count;
    return 0;
}

const struct zjiot_record *zj_zhenjiang_command(const char *name, size_t size, enum zjiot_direction direction) {
    const unsigned begin = direction == ZJIOT_UP ? ZJ_ZHENJIANG_FIRST_UP : 0;
    const unsigned end = direction == ZJIOT_DOWN ? ZJ_ZHENJIANG_FIRST_UP : ZJ_ZHENJIANG_RECORDS;
    return zj_record_named(zj_zhenjiang_records + begin, end - begin, name, size);
}

static int find_format(const struct zj_span *span, enum zjiot_zhenjiang_format *ret_format) {
    int64_t number;
    const struct zjiot_field *field = &zj_zhenjiang_part_topic.fields[zjiot_at_zhenjiang_topic_format];
    if (!zj_word_read(field, span->text, span->size, &number))
        return ZJIOT_UNKNOWN;
    *ret_format = (enum zjiot_zhenjiang_format)number;
    return 0;
}

int zj_zhenjiang_topic_split(const char *topic, struct zj_zhenjiang_topic *ret_topic, struct zjiot_error *error) {
    struct zj_span parts[PARTS];
    struct zj_zhenjiang_topic split = {.direction = ZJIOT_BOTH};
    unsigned count = 0;
    const int code = cut(topic, parts, &count, error);
    if (code != 0)
        return code;
    if (equals(&parts[DIRECTION], "up"))
        split.direction = ZJIOT_UP;
    else if (equals(&parts[DIRECTION], "down"))
        split.direction = ZJIOT_DOWN;
    else
        return fail_part(error, ZJIOT_UNKNOWN, topic, &parts[DIRECTION], DIRECTION, "is neither up nor down");
    if (count <= COMMAND)
        return zj_fail_at(error, ZJIOT_SYNTAX, strlen(topic), "topic",
                          "topic: it has 5 parts, direction/format/vendor/command/device, here are %u", count);
    if (find_format(&parts[FORMAT], &split.format) != 0)
        return fail_part(error, ZJIOT_UNKNOWN, topic, &parts[FORMAT], FORMAT, "is none of json, base64, rsa, sm2");
    if (count <= DEVICE && split.direction == ZJIOT_DOWN)
        return zj_fail_at(error, ZJIOT_MISSING, strlen(topic), part_names[DEVICE],
                          "topic.device: downward a topic ends with the device");
    split.vendor = parts[VENDOR];
    split.command = parts[COMMAND];
    split.misspelt = equals(&split.command, damaged_command);
    if (split.misspelt)
        split.command = (struct zj_span){right_command, sizeof right_command - 1, false};
    split.record = zj_zhenjiang_command(split.command.text, split.command.size, split.direction);
    if (split.record == NULL)
        return fail_part(error, ZJIOT_UNKNOWN, topic, &parts[COMMAND], COMMAND,
                         split.direction == ZJIOT_UP ? "is no upward command" : "is no downward command");
    if (count > DEVICE)
        split.device = parts[DEVICE];
    if (split.device.size > ZJIOT_ZHENJIANG_DEV_ID_MAX)
        return fail_part(error, ZJIOT_LENGTH, topic, &parts[DEVICE], DEVICE, "is longer than 64 bytes");
    *ret_topic = split;
    return 0;
}

int zj_zhenjiang_topic_keep(const struct zj_zhenjiang_topic *split, struct zjiot_pool *pool,
                            struct zjiot_zhenjiang_topic *ret_topic, struct zjiot_error *reterr_error) {
    struct zjiot_zhenjiang_topic topic = {.has = ZJIOT_HAS_READ | ZJIOT_BIT(zhenjiang_topic, format) |
                                                 ZJIOT_BIT(zhenjiang_topic, vendor) |
                                                 ZJIOT_BIT(zhenjiang_topic, command),
                                          .format = split->format,
                                          .command = split->record->name};
    int code = zj_pool_keep(pool, split->vendor.text, split->vendor.size, &topic.vendor, reterr_error);
    if (code == 0 && split->device.text != NULL) {
        topic.has |= ZJIOT_BIT(zhenjiang_topic, device);
        code = zj_pool_keep(pool, split->device.text, split->device.size, &topic.device, reterr_error);
    }
    if (code == 0)
        *ret_topic = topic;
    return code;
}

int zjiot_zhenjiang_topic_read(const char *topic, struct zjiot_pool *pool, enum zjiot_direction *ret_direction,
                               struct zjiot_zhenjiang_topic *ret_topic, struct zjiot_error *reterr_error) {
    struct zj_zhenjiang_topic split;
    int code = zj_zhenjiang_topic_split(topic, &split, reterr_error);
    if (code == 0)
        code = zj_zhenjiang_topic_keep(&split, pool, ret_topic, reterr_error);
    if (code == 0)
        *ret_direction = split.direction;
    return code;
}

static int check_part(const char *text, unsigned part, const struct zjiot_field *field, struct zjiot_error *error) {
    const char *name = part_names[part];
    if (text == NULL || text[0] == '\0')
        return zj_fail_at(error, ZJIOT_MISSING, 0, name, "%s is missing", name);
    const size_t size = strlen(text);
    if (size > (size_t)field->max)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, name, "%s: longer than %d bytes", name, (int)field->max);
    struct zj_span parts[PARTS];
    bool is_utf8;
    if (cut_plain(text, size, parts) == 1)
        return 0;
    if (skip_name(text, &is_utf8) != text + size)
        return zj_fail_at(error, ZJIOT_SYNTAX, 0, name, "%s: a character that no topic has", name);
    return is_utf8 ? 0 : zj_fail_at(error, ZJIOT_TYPE, 0, name, "%s: not UTF-8", name);
}

/* The parts with slashes between them, NUL-terminated where that fits; the length it takes. */
static size_t join(const char *const parts[], unsigned count, char *out, size_t size) {
    size_t used = 0;
    for (unsigned i = 0; i < count; i++) {
        const size_t length = strlen(parts[i]);
        if (used + length < size) {
            memcpy(out + used, parts[i], length);
            out[used + length] = i + 1 < count ? '/' : '\0';
        }
        used += length + 1;
    }
    return used - 1;
}

int zj_zhenjiang_topic_write(const struct zjiot_zhenjiang_message *message, char *topic, size_t size,
                             struct zjiot_error *error) {
    const struct zjiot_record *record = &zj_zhenjiang_records[message->type];
    const struct zjiot_field *fields = zj_zhenjiang_part_topic.fields;
    const struct zjiot_choice *format =
        zjiot_choice_find(fields[zjiot_at_zhenjiang_topic_format].set, message->topic.format);
    const char *device = message->topic.device;
    /* A decoded upward message that came without a device goes out without one. */
    const bool was_left_out = (message->topic.has & ZJIOT_HAS_READ) && record->direction == ZJIOT_UP && device == NULL;
    if (device == NULL && !was_left_out)
        device = message->context.dev_id;
    if (format == NULL)
        return zj_fail_at(error, ZJIOT_UNKNOWN, 0, part_names[FORMAT], "topic.format: there is no format %lld",
                          (long long)message->topic.format);
    int code = check_part(message->topic.vendor, VENDOR, &fields[zjiot_at_zhenjiang_topic_vendor], error);
    if (code == 0 && !was_left_out)
        code = check_part(device, DEVICE, &fields[zjiot_at_zhenjiang_topic_device], error);
    if (code != 0)
        return code;
    const char *const parts[PARTS] = {record->direction == ZJIOT_UP ? "up" : "down", format->name,
                                      message->topic.vendor, record->name, device};
    const size_t length = join(parts, was_left_out ? PARTS - 1 : PARTS, topic, size);
    if (length >= ZJIOT_ZHENJIANG_TOPIC_SIZE)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, "topic", "topic: longer than %d bytes",
                          ZJIOT_ZHENJIANG_TOPIC_SIZE - 1);
    return length < size ? (int)length : zj_fail_space(error, length + 1);
}
