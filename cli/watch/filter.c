#define _DEFAULT_SOURCE /* strdup */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "fields.h"
#include "mqtt/wire.h"
#include "output.h"
#include "suggest.h"
#include "watch/watch.h"
#include "zjiot/byd.h"

/* --- The command line --- */

static bool has_message(const struct zjiot_protocol *protocol, const char *name, enum zjiot_direction direction) {
    const struct selection all = {.protocol = protocol, .direction = direction};
    struct named named;
    for (size_t at = 0; selection_next(&all, &at, &named);) {
        if (strcmp(named.name, name) == 0)
            return true;
    }
    return false;
}

static bool message_exists(const struct watch_filter *filter) {
    struct suggestion suggestion;
    char hint[96];
    suggest_start(&suggestion, filter->message);
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++) {
        const struct selection all = {.protocol = *p, .direction = filter->direction};
        struct named named;
        if (filter->protocol != NULL && filter->protocol != *p)
            continue;
        if (has_message(*p, filter->message, filter->direction))
            return true;
        for (size_t at = 0; selection_next(&all, &at, &named);)
            suggest_offer(&suggestion, named.name);
    }
    complain("--message: %s has no message '%s'%s%s; see zjiotctl describe",
             filter->protocol != NULL ? filter->protocol->name : "no protocol", filter->message,
             filter->direction == ZJIOT_UP     ? " from devices"
             : filter->direction == ZJIOT_DOWN ? " to devices"
                                               : "",
             suggest_text(&suggestion, hint, sizeof hint));
    return false;
}

static bool is_level(const char *text, const char *option) {
    if (text == NULL || (text[0] != '\0' && strpbrk(text, "+#/") == NULL))
        return true;
    complain("--%s: '%.60s' cannot stand in a topic: no slash, no + or #, at least a letter", option, text);
    return false;
}

int watch_filter_read(const struct invocation *invocation, struct watch_filter *ret_filter) {
    const char *const *value = invocation->value;
    const bool is_up = value[OPTION_ONLY_UP] != NULL, is_down = value[OPTION_ONLY_DOWN] != NULL;
    const struct watch_filter filter = {
        .protocol = value[OPTION_PROTOCOL] != NULL ? zjiot_protocols()[invocation->choice[OPTION_PROTOCOL]] : NULL,
        .direction = is_up == is_down ? ZJIOT_BOTH
                     : is_up          ? ZJIOT_UP
                                      : ZJIOT_DOWN,
        .device = value[OPTION_DEVICE],
        .vendor = value[OPTION_ONLY_VENDOR],
        .message = value[OPTION_ONLY_MESSAGE],
        .base = value[OPTION_TOPIC_BASE],
        .share = value[OPTION_SHARE],
        .no_retained = value[OPTION_NO_RETAINED] != NULL,
        .own = invocation->operands,
        .own_count = invocation->operand_count,
    };
    if (!is_level(filter.share, "share"))
        return EXIT_USAGE;
    if (filter.message != NULL && !message_exists(&filter))
        return EXIT_USAGE;
    if (filter.protocol != NULL && filter.protocol->topics == NULL && filter.own_count == 0) {
        complain("%s has no topics of its own; name a FILTER: zjiotctl watch -p %s 'meters/#'", filter.protocol->name,
                 filter.protocol->name);
        return EXIT_USAGE;
    }
    *ret_filter = filter;
    return EXIT_OK;
}

/* --- Topics --- */

struct topics {
    const char *share;
    const char **items;
    size_t count;
    bool has_dollar;
};

static void add_topic(struct topics *topics, const char *text) {
    const char *group = topics->share != NULL ? topics->share : "";
    const size_t size = sizeof "$share//" + strlen(group) + strlen(text);
    char *topic = must(malloc(size));
    topics->has_dollar |= text[0] == '$';
    snprintf(topic, size, "%s%s%s%s", topics->share != NULL ? "$share/" : "", group, topics->share != NULL ? "/" : "",
             text);
    topics->items = must(realloc(topics->items, (topics->count + 1) * sizeof *topics->items));
    topics->items[topics->count++] = topic;
}

static bool has_level_for(const struct zjiot_protocol *protocol, const char *part) {
    for (const struct zjiot_topic_form *form = protocol->topics; form != NULL && form->text != NULL; form++) {
        if (strstr(form->text, part) != NULL)
            return true;
    }
    return false;
}

/* The topics of a protocol, as far as they can have messages that are asked for. */
static bool add_protocol(struct topics *topics, const struct watch_filter *filter,
                         const struct zjiot_protocol *protocol) {
    const struct wire wire = {
        .protocol = protocol,
        .direction = filter->direction,
        .device = filter->device,
        .vendor = filter->vendor,
        .command = filter->message,
        .base = filter->base,
    };
    struct wire_filter filters[WIRE_FILTERS_MOST];
    size_t count;
    if ((filter->vendor != NULL && !has_level_for(protocol, "<vendor>")) ||
        (filter->message != NULL && !has_message(protocol, filter->message, filter->direction)))
        return true;
    if (!wire_filters(&wire, filters, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        add_topic(topics, filters[i].text);
    return true;
}

static bool add_protocols(struct topics *topics, const struct watch_filter *filter) {
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++) {
        if ((filter->protocol == NULL || filter->protocol == *p) && !add_protocol(topics, filter, *p))
            return false;
    }
    if (topics->count > 0)
        return true;
    complain("no topic can have such a message; zjiotctl describe -o markdown lists the topics");
    return false;
}

int watch_filter_topics(const struct watch_filter *filter, const char *const **ret_topics, size_t *ret_count) {
    struct topics topics = {.share = filter->share};
    for (size_t i = 0; i < filter->own_count; i++)
        add_topic(&topics, filter->own[i]);
    if (filter->own_count == 0 && !add_protocols(&topics, filter)) {
        watch_filter_end(topics.items, topics.count);
        return EXIT_USAGE;
    }
    if (filter->share != NULL && topics.has_dollar)
        complain(
            "topics that begin with $, as NB's do, may reach no group: mosquitto gives it none of them; watch them "
            "without --share");
    *ret_topics = topics.items;
    *ret_count = topics.count;
    return EXIT_OK;
}

void watch_filter_end(const char *const *topics, size_t count) {
    for (size_t i = 0; i < count; i++)
        free((char *)(uintptr_t)topics[i]);
    free((const char **)(uintptr_t)topics);
}

/* --- Messages --- */

bool watch_filter_takes(const struct watch_filter *filter, const struct mqtt_message *message) {
    struct zjiot_topic topic;
    if (filter->no_retained && message->is_retained)
        return false;
    if ((filter->protocol == NULL && filter->direction == ZJIOT_BOTH) || !zjiot_topic_read(message->topic, &topic))
        return true;
    return (filter->protocol == NULL || topic.protocol == filter->protocol || topic.carries == filter->protocol) &&
           (filter->direction == ZJIOT_BOTH || topic.direction == filter->direction);
}

static bool has_level(const char *topic, const char *level) {
    const size_t size = strlen(level);
    for (const char *at = topic; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (strcspn(at, "/") == size && memcmp(at, level, size) == 0)
            return true;
    }
    return false;
}

static bool is_text(const char *text, const char *wanted) {
    return text != NULL && strcmp(text, wanted) == 0;
}

/* The field's topics of BYD have no device, only the readings and commands in the batch. */
static bool is_in_batch(const struct zjiot_byd_message *message, const char *device) {
    const bool is_up = message->type == ZJIOT_BYD_UP;
    const size_t count = is_up ? message->data.up.batch_count : message->data.down.batch_count;
    for (size_t i = 0; i < count; i++) {
        if (is_text(is_up ? message->data.up.batch[i].device_id : message->data.down.batch[i].target.device_id, device))
            return true;
    }
    return is_text(is_up ? message->data.up.source.source_id : NULL, device);
}

/* Whatever names a device in the header of some protocol. */
static bool is_of_device(const struct result *result, const char *device) {
    static const char *const keys[] = {"device", "dev_id", "sn", "nbid", "gw_id", "imei", "address"};
    char text[ADDRESS_TEXT_SIZE];
    if (result->topic != NULL && has_level(result->topic, device))
        return true;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (address_header(result->message, keys[i], strlen(keys[i]), text) && strcmp(text, device) == 0)
            return true;
    }
    return strcmp(result->protocol->name, "byd") == 0 && is_in_batch(result->message->typed, device);
}

bool watch_filter_wants(const struct watch_filter *filter, const struct result *result) {
    const struct zjiot_message *message = result->message;
    char text[ADDRESS_TEXT_SIZE];
    if (message == NULL)
        return true;
    if (filter->direction != ZJIOT_BOTH && message->direction != ZJIOT_BOTH && message->direction != filter->direction)
        return false;
    if (filter->message != NULL && strcmp(message->name, filter->message) != 0)
        return false;
    if (filter->vendor != NULL &&
        (!address_header(message, "vendor", strlen("vendor"), text) || strcmp(text, filter->vendor) != 0))
        return false;
    return filter->device == NULL || is_of_device(result, filter->device);
}
