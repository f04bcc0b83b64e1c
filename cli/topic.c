#include "topic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "zjiot/nb.h"

/* {uid} and {pid} are numbers, {gw} is a level. */
static const struct {
    const char *text;
    const char *protocol;
    enum zjiot_direction direction;
    bool wraps;
} forms[] = {
    {"$d2s/u{uid}/p{pid}/nb", "nb", ZJIOT_UP, false}, {ZJIOT_NB_TOPIC_DOWN, "nb", ZJIOT_DOWN, false},
    {"hy/gw/get/{gw}", "cjt188", ZJIOT_DOWN, true},   {"hy/gw/set/{gw}", "cjt188", ZJIOT_UP, true},
    {"hy/gw/set/{gw}/", "cjt188", ZJIOT_UP, true}, /* the gateway's last will */
};

enum { FORMS = sizeof forms / sizeof forms[0], NUMBER_DIGITS = 10 };

/* The number at `text`; returns its digits, 0 when there is none. */
static size_t read_number(const char *text, size_t size, int64_t *ret_number) {
    size_t digits = 0;
    int64_t number = 0;
    for (; digits < size && digits < NUMBER_DIGITS && text[digits] >= '0' && text[digits] <= '9'; digits++)
        number = 10 * number + (text[digits] - '0');
    if (digits > 0)
        *ret_number = number;
    return digits;
}

static size_t read_level(const char *text, size_t size) {
    size_t length = 0;
    while (length < size && strchr("/+#", text[length]) == NULL)
        length++;
    return length;
}

static bool matches(const char *form, struct topic *topic) {
    size_t at = 0;
    while (*form != '\0') {
        const char *rest = topic->text + at;
        const size_t left = topic->size - at;
        if (*form != '{') {
            if (left == 0 || *rest != *form)
                return false;
            form++;
            at++;
            continue;
        }
        const size_t used = strncmp(form, "{uid}", 5) == 0   ? read_number(rest, left, &topic->uid)
                            : strncmp(form, "{pid}", 5) == 0 ? read_number(rest, left, &topic->pid)
                                                             : read_level(rest, left);
        if (used == 0)
            return false;
        at += used;
        form = strchr(form, '}') + 1;
    }
    return at == topic->size;
}

struct topic topic_read(const char *text, size_t size) {
    const struct topic unknown = {.text = text, .size = size, .direction = ZJIOT_BOTH, .uid = -1, .pid = -1};
    for (size_t i = 0; text != NULL && i < FORMS; i++) {
        struct topic topic = unknown;
        if (!matches(forms[i].text, &topic))
            continue;
        topic.protocol = zjiot_protocol_find(forms[i].protocol);
        topic.direction = forms[i].direction;
        topic.wraps = forms[i].wraps;
        return topic;
    }
    return unknown;
}

/* Reports the deviation at `path`, and returns where its `expected` goes on. */
static struct zjiot_deviation *add(struct zjiot_report *report, enum zjiot_code code, const char *path,
                                   const char *found, size_t size) {
    static struct zjiot_deviation beyond; /* the report only counts it */
    struct zjiot_deviation *item = report->count < report->capacity ? &report->items[report->count] : &beyond;
    report->count++;
    *item = (struct zjiot_deviation){.code = code};
    snprintf(item->path, sizeof item->path, "%s", path);
    snprintf(item->found, sizeof item->found, "%.*s", (int)(size < sizeof item->found ? size : sizeof item->found),
             found);
    return item;
}

/* The topics that this message may have. */
static void add_topic(const struct topic *topic, enum zjiot_code code, const struct zjiot_message *message,
                      struct zjiot_report *report) {
    struct zjiot_deviation *item = add(report, code, "topic", topic->text, topic->size);
    size_t used = 0;
    for (size_t i = 0; i < FORMS && used < sizeof item->expected; i++) {
        const bool goes = message->direction == ZJIOT_BOTH || message->direction == forms[i].direction;
        if (goes && strcmp(forms[i].protocol, message->protocol->name) == 0)
            used += (size_t)snprintf(item->expected + used, sizeof item->expected - used, "%s%s",
                                     used > 0 ? " or " : "", forms[i].text);
    }
}

static void check_number(const char *path, int64_t said, int64_t is, struct zjiot_report *report) {
    char found[24];
    if (said == is)
        return;
    const int size = snprintf(found, sizeof found, "%" PRId64, said);
    struct zjiot_deviation *item = add(report, ZJIOT_CONST, path, found, (size_t)size);
    snprintf(item->expected, sizeof item->expected, "%" PRId64, is);
}

void topic_check(const struct topic *topic, const struct zjiot_message *message, struct zjiot_report *report) {
    if (topic->text == NULL)
        return;
    const bool agrees = topic->protocol == message->protocol &&
                        (message->direction == ZJIOT_BOTH || topic->direction == message->direction);
    if (!agrees) {
        add_topic(topic, topic->protocol == NULL ? ZJIOT_UNKNOWN : ZJIOT_CONST, message, report);
    } else if (topic->uid >= 0) {
        const struct zjiot_nb_message *nb = message->typed;
        if (!nb->full)
            return; /* an inner frame does not say whose it is */
        check_number("topic.uid", topic->uid, nb->envelope.uid, report);
        check_number("topic.pid", topic->pid, nb->envelope.pid, report);
    }
}
