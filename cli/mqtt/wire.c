#include "mqtt/wire.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "output.h"
#include "zjiot/decode.h"

/* What the forms call a part, and which member of struct wire says it. */
static const struct part {
    const char *key;
    size_t member;
} parts[] = {
    {"device", offsetof(struct wire, device)}, {"gateway", offsetof(struct wire, device)},
    {"imei", offsetof(struct wire, device)},   {"vendor", offsetof(struct wire, vendor)},
    {"format", offsetof(struct wire, format)}, {"command", offsetof(struct wire, command)},
    {"uid", offsetof(struct wire, uid)},       {"pid", offsetof(struct wire, pid)},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

static const char *said(const struct wire *wire, size_t member) {
    const char *text;
    memcpy(&text, (const char *)wire + member, sizeof text);
    return text;
}

/* MQTT 5, 1.5.4 and 4.7; what is `more` than a level may have slashes. */
static bool can_stand(const char *text, bool is_more) {
    for (const char *letter = text; *letter != '\0'; letter++) {
        if (iscntrl((unsigned char)*letter) || strchr(is_more ? "+#" : "+#/", *letter) != NULL)
            return false;
    }
    return text[0] != '\0' && is_utf8((const uint8_t *)text, strlen(text));
}

static bool check_parts(const struct wire *wire) {
    for (size_t i = 0; i < PARTS; i++) {
        const char *text = said(wire, parts[i].member);
        if (text != NULL && !can_stand(text, false)) {
            complain("'%.60s' cannot stand in a topic as the %s: no slash, no + or #, at least a letter", text,
                     parts[i].key);
            return false;
        }
    }
    if (wire->base != NULL && !can_stand(wire->base, true)) {
        complain("'%.60s' cannot stand in front of a topic: no + or #, at least a letter", wire->base);
        return false;
    }
    return true;
}

static bool append(struct wire_filter *filter, size_t *used, const char *text, size_t size) {
    if (size >= sizeof filter->text - *used) {
        complain("a topic would be longer than %d bytes", WIRE_FILTER_SIZE - 1);
        return false;
    }
    memcpy(filter->text + *used, text, size);
    *used += size;
    filter->text[*used] = '\0';
    return true;
}

/* Appends the part at "<key>", or makes its whole level a +. Returns the rest of the form; NULL: there is no room. */
static const char *append_part(const struct wire *wire, const char *form, struct wire_filter *filter, size_t *used) {
    const size_t size = strcspn(form, ">}") - 1;
    const char *text = NULL;
    for (size_t i = 0; i < PARTS; i++) {
        if (strlen(parts[i].key) != size || memcmp(parts[i].key, form + 1, size) != 0)
            continue;
        text = said(wire, parts[i].member);
        filter->names_device |= parts[i].member == offsetof(struct wire, device);
    }
    if (text != NULL)
        return append(filter, used, text, strlen(text)) ? form + size + 2 : NULL;
    while (*used > 0 && filter->text[*used - 1] != '/')
        --*used;
    return append(filter, used, "+", 1) ? form + strcspn(form, "/") : NULL;
}

static bool fill_form(const struct wire *wire, const struct zjiot_topic_form *form, struct wire_filter *filter) {
    static const char base[] = WIRE_BASE "/";
    const char *at = form->text;
    size_t used = 0;
    *filter = (struct wire_filter){.direction = form->direction};
    if (wire->base != NULL && strncmp(at, base, sizeof base - 1) == 0) {
        at += sizeof base - 2;
        if (!append(filter, &used, wire->base, strlen(wire->base)))
            return false;
    }
    while (at != NULL && *at != '\0') {
        const size_t plain = strcspn(at, "<{");
        if (plain > 0)
            at = append(filter, &used, at, plain) ? at + plain : NULL;
        else
            at = append_part(wire, at, filter, &used);
    }
    return at != NULL;
}

bool wire_filters(const struct wire *wire, struct wire_filter filters[WIRE_FILTERS_MOST], size_t *ret_count) {
    size_t count = 0;
    if (!check_parts(wire))
        return false;
    for (const struct zjiot_topic_form *form = wire->protocol->topics;
         form != NULL && form->text != NULL && count < WIRE_FILTERS_MOST; form++) {
        if (wire->direction != ZJIOT_BOTH && form->direction != wire->direction)
            continue;
        if (!fill_form(wire, form, &filters[count++]))
            return false;
    }
    *ret_count = count;
    return true;
}

bool wire_is_stale(const struct mqtt_message *message) {
    struct zjiot_topic topic;
    return message->is_retained && zjiot_topic_read(message->topic, &topic) && topic.direction == ZJIOT_DOWN;
}
