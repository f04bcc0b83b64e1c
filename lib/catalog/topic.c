/* MQTT topics: which protocol's they are, and whether they go with a message. */
#include <string.h>

#include "catalog/catalog.h"
#include "catalog/topic_letters.h"

enum { NUMBER_DIGITS = 10 };

/* The number at `at`, as far as it is one; behind it. */
static const char *read_number(const char *at, const char *end, int64_t *ret_number) {
    const char *const start = at;
    const char *const most = end - at < NUMBER_DIGITS ? end : at + NUMBER_DIGITS;
    int64_t number = 0;
    for (; at < most && *at >= '0' && *at <= '9'; at++)
        number = 10 * number + (*at - '0');
    if (at > start)
        *ret_number = number;
    return at;
}

#if defined(ZJ_SSE2)

/* Where form and topic part, or a part of the form begins that varies. */
static inline unsigned stops(zj_wide form, zj_wide topic) {
    return (zj_wide_equal(form, topic) ^ 0xFFFF) | zj_wide_equal_to(form, '<') | zj_wide_equal_to(form, '{');
}

/* How many characters form and topic have in common, up to a part of the form that varies. */
static inline size_t same_size(const char *form, const char *at, const char *end) {
    size_t size = 0;
    for (; end - at >= ZJ_WIDE; form += ZJ_WIDE, at += ZJ_WIDE, size += ZJ_WIDE) {
        const unsigned first = stops(zj_wide_load(form), zj_wide_load(at));
        if (ZJ_LIKELY(first != 0))
            return size + zj_lowest_bit(first);
    }
    const size_t left = (size_t)(end - at);
    const unsigned first = stops(zj_wide_load(form), zj_wide_load_short(at, left)) | 1u << left;
    return size + zj_lowest_bit(first);
}

/* Behind a part of a form that varies. */
static inline const char *part_end(const char *form) {
    for (;; form += ZJ_WIDE) {
        const zj_wide wide = zj_wide_load(form);
        const unsigned ends = zj_wide_equal_to(wide, '>') | zj_wide_equal_to(wide, '}');
        if (ends != 0)
            return form + zj_lowest_bit(ends) + 1;
    }
}

/* The level at `at` if it is as most are, fewer than 16 characters of ASCII; else 0. */
static size_t plain_level(const char *at, const char *end, const char *topic) {
    const size_t left = (size_t)(end - at);
    unsigned ahead = 0; /* characters of those loaded that stand in front of the level */
    zj_wide wide;
    if (left >= ZJ_WIDE) {
        wide = zj_wide_load(at);
    } else if (ZJ_LIKELY(end - topic >= ZJ_WIDE)) {
        wide = zj_wide_load(end - ZJ_WIDE);
        ahead = ZJ_WIDE - (unsigned)left;
    } else {
        wide = zj_wide_load_short(at, left);
    }
    const unsigned ends = zj_wide_equal_to(wide, '/') >> ahead | (left < ZJ_WIDE ? 1u << left : 0);
    const unsigned size = ends != 0 ? zj_lowest_bit(ends) : 0;
    return (zj_odd_letters(wide) >> ahead & ((1u << size) - 1)) == 0 ? size : 0;
}

#else

static inline size_t same_size(const char *form, const char *at, const char *end) {
    size_t size = 0;
    while (size < (size_t)(end - at) && form[size] == at[size] && form[size] != '<' && form[size] != '{')
        size++;
    return size;
}

static inline const char *part_end(const char *form) {
    return form + strcspn(form, ">}") + 1;
}

static size_t plain_level(const char *at, const char *end, const char *topic) {
    (void)at;
    (void)end;
    (void)topic;
    return 0;
}

#endif

/* The level of the topic at `at`; 0: none. */
static inline size_t level_size(const char *at, const char *end, const char *topic) {
    size_t size = plain_level(at, end, topic);
    if (ZJ_LIKELY(size > 0))
        return size;
    while (at + size < end && zj_is_level_letter(at[size]))
        size++;
    return (at + size == end || at[size] == '/') && zj_utf8_valid(at, size) == size ? size : 0;
}

bool zj_topic_level(const char *text, size_t size) {
    return size > 0 && level_size(text, text + size, text) == size;
}

/* From a part of the form that varies, or the end of what it has in common with the topic. */
static bool rest_matches(const char *form, const char *at, const char *end, const char *topic,
                         struct zj_topic_parts *parts) {
    size_t numbers = 0;
    parts->level = (struct zj_span){NULL, 0, false};
    for (;;) {
        const char *const start = at;
        if (*form == '<') {
            at += level_size(at, end, topic);
            if (parts->level.text == NULL)
                parts->level = (struct zj_span){start, (size_t)(at - start), false};
        } else if (*form == '{' && numbers < ZJ_COUNT(parts->numbers)) {
            at = read_number(at, end, &parts->numbers[numbers++]);
        } else {
            return *form == '\0' && at == end;
        }
        if (at == start)
            return false;
        form = part_end(form);
        if (at == end)
            return *form == '\0';
        const size_t same = same_size(form, at, end);
        form += same;
        at += same;
    }
}

/* Most forms are none of a topic's, as their beginning shows. */
static inline bool matches(const char *form, const char *topic, const char *end, struct zj_topic_parts *parts) {
    const size_t same = same_size(form, topic, end);
    const bool ends = form[same] == '<' || form[same] == '{' || form[same] == '\0';
    return ends && rest_matches(form + same, topic + same, end, topic, parts);
}

bool zj_topic_matches(const char *form, const char *topic, struct zj_topic_parts *parts) {
    return matches(form, topic, topic + strlen(topic), parts);
}

const struct zjiot_topic_form *zj_topic_find(const struct zjiot_topic_form *forms, const char *topic,
                                             struct zj_topic_parts *parts) {
    const char *const end = topic + strlen(topic);
    for (; forms->text != NULL; forms++)
        if (matches(forms->text, topic, end, parts))
            return forms;
    return NULL;
}

const struct zjiot_topic_form *zj_topic_written(const struct zjiot_topic_form *forms, enum zjiot_direction direction) {
    while (forms->direction != direction)
        forms++;
    return forms;
}

/* Topics are short: letter by letter they are written before a call for each part has begun. */
static inline size_t put_text(const char *text, char end, char *out, size_t size, size_t used) {
    for (; *text != end && *text != '\0'; text++, used++)
        if (used < size)
            out[used] = *text;
    return used;
}

size_t zj_topic_write(const struct zjiot_topic_form *form, const char *level, char *out, size_t size) {
    const size_t before = put_text(form->text, '<', out, size, 0);
    const size_t behind = put_text(level, '\0', out, size, before);
    const size_t used = put_text(part_end(form->text + before), '\0', out, size, behind);
    if (size > 0)
        out[used < size ? used : size - 1] = '\0';
    return used;
}

int zj_topic_give(const char *written, size_t length, char *topic, size_t size, struct zjiot_error *error) {
    if (topic == NULL)
        return 0;
    if (length >= size)
        return zj_fail_at(error, ZJIOT_SPACE, 0, "topic", "topic: %zu bytes are needed", length + 1);
    memcpy(topic, written, length + 1);
    return 0;
}

/* The direction that a topic of the protocol says. False: of another one. */
static bool read_direction(const struct zjiot_protocol *protocol, const char *topic,
                           enum zjiot_direction *ret_direction) {
    struct zj_topic_parts parts;
    if (protocol->calls->topic != NULL)
        return protocol->calls->topic(topic, ret_direction);
    const struct zjiot_topic_form *form =
        protocol->topics != NULL ? zj_topic_find(protocol->topics, topic, &parts) : NULL;
    if (form == NULL)
        return false;
    *ret_direction = form->direction;
    return true;
}

/* Whether two places say the same number. */
int zj_compare_numbers(struct zj_reader *reader, const char *key, int64_t said, int64_t is) {
    char found[ZJ_NUMBER_SIZE];
    char expected[ZJ_NUMBER_SIZE];
    if (said == is)
        return 0;
    zj_int_write(said, found);
    zj_int_write(is, expected);
    return zj_deviate(reader, ZJIOT_CONST, 0, key, found, expected);
}

/* The topics that a message of that direction may have. */
static void list_forms(const struct zjiot_topic_form *forms, enum zjiot_direction direction, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (; forms->text != NULL && used + 1 < size; forms++) {
        if (direction != ZJIOT_BOTH && forms->direction != direction)
            continue;
        if (used > 0)
            used += zj_copy_text(out + used, size - used, " or ");
        used += zj_copy_text(out + used, size - used, forms->text);
    }
}

int zj_topic_check(struct zj_reader *reader, const struct zjiot_topic_form *forms, const char *topic,
                   enum zjiot_direction direction, struct zj_topic_parts *parts) {
    const struct zjiot_topic_form *form = zj_topic_find(forms, topic, parts);
    if (form != NULL && (direction == ZJIOT_BOTH || form->direction == direction))
        return 0;
    char found[ZJIOT_EVIDENCE_SIZE];
    char expected[ZJIOT_EVIDENCE_SIZE];
    struct zjiot_topic other;
    zj_copy_text(found, sizeof found, topic);
    list_forms(forms, direction, expected, sizeof expected);
    return zj_deviate(reader, form != NULL || zjiot_topic_read(topic, &other) ? ZJIOT_CONST : ZJIOT_UNKNOWN, 0, "topic",
                      found, expected);
}

int zj_topic_check_carrier(struct zj_reader *reader, const struct zjiot_protocol *carried, const char *topic,
                           enum zjiot_direction direction) {
    static const struct zjiot_topic_form none[] = {{NULL, ZJIOT_BOTH}};
    const struct zjiot_topic_form *forms = none;
    struct zj_topic_parts parts;
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++)
        if ((*p)->calls->carries == carried)
            forms = (*p)->topics;
    return zj_topic_check(reader, forms, topic, direction, &parts);
}

bool zjiot_topic_read(const char *topic, struct zjiot_topic *ret_topic) {
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++) {
        enum zjiot_direction direction;
        if (!read_direction(*p, topic, &direction))
            continue;
        *ret_topic = (struct zjiot_topic){*p, (*p)->calls->carries, direction};
        return true;
    }
    return false;
}

int zjiot_set_topic(struct zjiot_message *message, const char *topic, struct zjiot_pool *pool,
                    struct zjiot_error *reterr_error) {
    const struct zj_protocol_calls *calls = message->protocol->calls;
    enum zjiot_direction direction;
    if (!read_direction(message->protocol, topic, &direction))
        return zj_fail_at(reterr_error, ZJIOT_SYNTAX, 0, "topic", "topic: '%.60s' is no topic of %s", topic,
                          message->protocol->name);
    if (message->direction != ZJIOT_BOTH && message->direction != direction)
        return zj_fail_at(reterr_error, ZJIOT_CONST, 0, "topic",
                          "topic: '%.60s' is for messages %s the device, and %s goes the other way", topic,
                          direction == ZJIOT_UP ? "from" : "to", message->name);
    return calls->set_topic != NULL ? calls->set_topic(message->typed, topic, pool, reterr_error) : 0;
}
