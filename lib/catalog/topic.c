/* MQTT topics: which protocol's they are, and whether they go with a message. */
#include <string.h>

#include "catalog/catalog.h"
#include "catalog/topic_letters.h"

enum { NUMBER_DIGITS = 10 };

/* The number at `text`; returns its digits, 0 when there is none. */
static size_t read_number(const char *text, int64_t *ret_number) {
    size_t digits = 0;
    int64_t number = 0;
    for (; digits < NUMBER_DIGITS && text[digits] >= '0' && text[digits] <= '9'; digits++)
        number = 10 * number + (text[digits] - '0');
    if (digits > 0)
        *ret_number = number;
    return digits;
}

#if defined(ZJ_SSE2)

/* As most levels are: fewer than 16 characters of ASCII. */
static bool is_plain_level(const char *text, size_t size) {
    if (size == 0 || size >= ZJ_WIDE)
        return false;
    const zj_wide wide = zj_wide_load_short(text, size);
    return ((zj_odd_letters(wide) | zj_wide_equal_to(wide, '/')) & ((1u << size) - 1)) == 0;
}

#else

static bool is_plain_level(const char *text, size_t size) {
    (void)text;
    (void)size;
    return false;
}

#endif

bool zj_topic_level(const char *text, size_t size) {
    if (is_plain_level(text, size))
        return true;
    for (size_t i = 0; i < size; i++)
        if (!zj_is_level_letter(text[i]))
            return false;
    return size > 0 && zj_utf8_valid(text, size) == size;
}

bool zj_topic_matches(const char *form, const char *topic, struct zj_topic_parts *parts) {
    size_t numbers = 0;
    parts->level = (struct zj_span){NULL, 0, false};
    while (*form != '\0') {
        size_t used = 0;
        if (*form != '{' && *form != '<') {
            if (*topic++ != *form++)
                return false;
            continue;
        }
        if (*form == '<') {
            const size_t size = strcspn(topic, "/");
            used = zj_topic_level(topic, size) ? size : 0;
            if (parts->level.text == NULL)
                parts->level = (struct zj_span){topic, used, false};
        } else if (numbers < ZJ_COUNT(parts->numbers)) {
            used = read_number(topic, &parts->numbers[numbers++]);
        }
        if (used == 0)
            return false;
        topic += used;
        while (*form != '}' && *form != '>')
            form++;
        form++;
    }
    return *topic == '\0';
}

const struct zjiot_topic_form *zj_topic_find(const struct zjiot_topic_form *forms, const char *topic,
                                             struct zj_topic_parts *parts) {
    for (; forms->text != NULL; forms++)
        if (zj_topic_matches(forms->text, topic, parts))
            return forms;
    return NULL;
}

const struct zjiot_topic_form *zj_topic_written(const struct zjiot_topic_form *forms, enum zjiot_direction direction) {
    while (forms->direction != direction)
        forms++;
    return forms;
}

size_t zj_topic_write(const struct zjiot_topic_form *form, const char *level, char *out, size_t size) {
    const size_t before = strcspn(form->text, "<");
    const char *behind = form->text + before + strcspn(form->text + before, ">") + 1;
    const struct zj_span parts[] = {
        {form->text, before, false}, {level, strlen(level), false}, {behind, strlen(behind), false}};
    size_t used = 0;
    for (size_t i = 0; i < ZJ_COUNT(parts); i++) {
        const size_t room = used < size ? size - used : 0;
        memcpy(out + (room > 0 ? used : 0), parts[i].text, parts[i].size < room ? parts[i].size : room);
        used += parts[i].size;
    }
    if (size > 0)
        out[used < size ? used : size - 1] = '\0';
    return used;
}

int zj_topic_give(const char *written, char *topic, size_t size, struct zjiot_error *error) {
    const size_t needed = strlen(written) + 1;
    if (topic == NULL)
        return 0;
    if (needed > size)
        return zj_fail_at(error, ZJIOT_SPACE, 0, "topic", "topic: %zu bytes are needed", needed);
    memcpy(topic, written, needed);
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
