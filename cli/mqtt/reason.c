/* Reason codes of MQTT 5 (section 2.4), return codes of 3.1.1 (3.2.2.3) and paho's errors as exit codes and sentences.
 * The same cause has the same exit code in both versions. */
#include <stdarg.h>
#include <stdio.h>

#include "mqtt/inside.h"

int fail(struct mqtt_failure *ret_failure, enum exit_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ret_failure->text, sizeof ret_failure->text, format, arguments);
    va_end(arguments);
    ret_failure->code = code;
    return (int)code;
}

struct reason {
    int number;
    enum exit_code code;
    const char *text;
};

static const struct reason reasons_311[] = {
    {1, EXIT_UNSENT, "it does not know this version of MQTT; see --mqtt-version"},
    {2, EXIT_REFUSED, "it does not accept this client identifier"},
    {3, EXIT_UNSENT, "it is not available"},
    {4, EXIT_REFUSED, "wrong user name or password"},
    {5, EXIT_REFUSED, "wrong user name or password, or not authorised"},
};

static const struct reason reasons_5[] = {
    {0x80, EXIT_REFUSED, "it gives no reason"},
    {0x81, EXIT_PEER, "it takes our packet for malformed"},
    {0x82, EXIT_PEER, "it says that we broke the protocol"},
    {0x83, EXIT_REFUSED, "a rule of its own"},
    {0x84, EXIT_UNSENT, "it does not know this version of MQTT; see --mqtt-version"},
    {0x85, EXIT_REFUSED, "it does not accept this client identifier"},
    {0x86, EXIT_REFUSED, "wrong user name or password"},
    {0x87, EXIT_REFUSED, "wrong user name or password, or not authorised"},
    {0x88, EXIT_UNSENT, "it is not available"},
    {0x89, EXIT_UNSENT, "it is busy"},
    {0x8a, EXIT_REFUSED, "this client is banned"},
    {0x8b, EXIT_UNSENT, "it shuts down"},
    {0x8c, EXIT_REFUSED, "it wants another way of authentication"},
    {0x8d, EXIT_UNSENT, "it heard nothing from us for too long"},
    {0x8e, EXIT_UNSENT, "another client with the same identifier took our place"},
    {0x8f, EXIT_REFUSED, "it does not accept this filter"},
    {0x90, EXIT_REFUSED, "it does not accept this topic"},
    {0x93, EXIT_PEER, "we sent more than it wants at a time"},
    {0x95, EXIT_REFUSED, "the packet is too large for it"},
    {0x96, EXIT_UNSENT, "we send too fast"},
    {0x97, EXIT_REFUSED, "a quota is used up"},
    {0x98, EXIT_UNSENT, "its operator ended the connection"},
    {0x99, EXIT_REFUSED, "the payload has not the form that it wants"},
    {0x9a, EXIT_REFUSED, "it keeps no retained messages"},
    {0x9b, EXIT_REFUSED, "it does not know this quality of service"},
    {0x9c, EXIT_UNSENT, "it sends us to another server"},
    {0x9d, EXIT_UNSENT, "it has moved to another server"},
    {0x9e, EXIT_REFUSED, "it knows no shared subscriptions"},
    {0x9f, EXIT_UNSENT, "there are too many connections"},
    {0xa0, EXIT_UNSENT, "we were connected for as long as it allows"},
    {0xa2, EXIT_REFUSED, "it knows no wildcards"},
};

static struct reason reason_find(const struct reason *list, size_t count, int number) {
    for (size_t i = 0; i < count; i++) {
        if (list[i].number == number)
            return list[i];
    }
    return (struct reason){number, EXIT_PEER, "with a reason that MQTT does not know"};
}

static struct reason reason_of(int number) {
    if (number < 0x80)
        return reason_find(reasons_311, sizeof reasons_311 / sizeof reasons_311[0], number);
    return reason_find(reasons_5, sizeof reasons_5 / sizeof reasons_5[0], number);
}

void reason_of_connack(const struct mqtt *client, int number, struct mqtt_failure *ret_failure) {
    struct reason reason = reason_of(number);
    fail(ret_failure, reason.code, "%s: the broker refuses the connection: %s (code %d)", client->label, reason.text,
         number);
}

void reason_of_subscription(const struct mqtt *client, int number, struct mqtt_failure *ret_failure) {
    if (number < 0 && number != REASON_DROPPED) {
        fail(ret_failure, EXIT_USAGE, "%s: paho does not take the subscription: %s", client->label,
             MQTTAsync_strerror(number));
        return;
    }
    if (number < 0) {
        fail(ret_failure, EXIT_UNSENT, "%s: the connection was lost while subscribing", client->label);
        return;
    }
    struct reason reason = reason_of(number);
    fail(ret_failure, reason.code, "%s: the broker refuses the subscription: %s (code %d)", client->label, reason.text,
         number);
}

void reason_of_publish(const struct mqtt *client, const struct slot *slot, struct mqtt_failure *ret_failure) {
    const char *topic = slot->message.topic;
    switch (slot->reason) {
    case REASON_DEADLINE:
        fail(ret_failure, EXIT_TIMEOUT, "%s: the broker did not confirm the message to %s in time", client->label,
             topic);
        return;
    case REASON_DEADLINE_UNSENT:
        fail(ret_failure, EXIT_UNSENT, "%s: the message to %s could not be sent in time", client->label, topic);
        return;
    case REASON_DROPPED:
        fail(ret_failure, EXIT_TIMEOUT, "%s: the connection was lost before the broker confirmed the message to %s",
             client->label, topic);
        return;
    case REASON_TOPIC:
        fail(ret_failure, EXIT_USAGE, "'%.100s' is no topic to publish to: empty, too long, or with + or #", topic);
        return;
    default:
        break;
    }
    if (slot->reason < 0) {
        fail(ret_failure, EXIT_USAGE, "%s: paho does not take the message to %s: %s", client->label, topic,
             MQTTAsync_strerror(slot->reason));
        return;
    }
    struct reason reason = reason_of(slot->reason);
    fail(ret_failure, reason.code, "%s: the broker refuses the message to %s: %s (code %d)", client->label, topic,
         reason.text, slot->reason);
}

void reason_of_loss(const struct mqtt *client, int number, struct mqtt_failure *ret_failure) {
    if (number == 0)
        fail(ret_failure, EXIT_UNSENT, "%s: the connection is lost", client->label);
    else
        fail(ret_failure, EXIT_UNSENT, "%s: the broker ended the connection: %s (code %d)", client->label,
             reason_of(number).text, number);
}
