#include "which.h"

#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "output.h"
#include "values.h"

/* What is said of the message, and by whom. */
struct wish {
    const struct flat *data;
    const struct zjiot_protocol *protocol;
    enum zjiot_direction direction; /* BOTH: nobody says */
    bool is_up;                     /* --up says it */
    const char *name;               /* NULL: the record of --data says it */
};

/* "read_reply/heat" of what a record says. */
static const char *full_name(const struct flat *data, const char *name, char out[WHICH_NAME_SIZE]) {
    snprintf(out, WHICH_NAME_SIZE, "%s%s%s", name, data->variant != NULL ? "/" : "",
             data->variant != NULL ? data->variant : "");
    return out;
}

static enum zjiot_direction record_direction(const struct flat *data) {
    return data->direction == NULL                ? ZJIOT_BOTH
           : strcmp(data->direction, "up") == 0   ? ZJIOT_UP
           : strcmp(data->direction, "down") == 0 ? ZJIOT_DOWN
                                                  : ZJIOT_BOTH;
}

/* The rows of the message that a record holds; NULL, after an error on stderr, when there are none. Data that were
 * shown as they are have the rows "raw", whatever their function is called. */
static const struct zjiot_record *record_of(const struct zjiot_protocol *protocol, const struct flat *data) {
    const bool is_raw = data->profile != NULL && strcmp(data->profile, "raw") == 0;
    char name[WHICH_NAME_SIZE];
    full_name(data, is_raw ? "raw" : data->message, name);
    const struct zjiot_record *record = zjiot_record_find(protocol, name, record_direction(data));
    return record != NULL ? record : message_named(protocol, name, ZJIOT_BOTH);
}

static bool contradicts(const char *what, const char *said, const char *asked) {
    if (said == NULL || strcmp(said, asked) == 0)
        return false;
    complain("--data is the record of a message with %s '%s', not '%s'", what, said, asked);
    return true;
}

/* A name alone means the message to the device, if there is one. A topic of the other direction is told as such once
 * it is set. */
static const struct zjiot_record *named(const struct wish *wish) {
    const enum zjiot_direction direction = wish->direction == ZJIOT_BOTH ? ZJIOT_DOWN : wish->direction;
    const struct zjiot_record *record = zjiot_record_find(wish->protocol, wish->name, direction);
    return record != NULL && record->message
               ? record
               : message_named(wish->protocol, wish->name, wish->is_up ? ZJIOT_UP : ZJIOT_BOTH);
}

static const struct zjiot_record *choose_record(const struct wish *wish) {
    const struct flat *data = wish->data;
    char full[WHICH_NAME_SIZE];
    if (data->message == NULL)
        return named(wish);
    const struct zjiot_record *said = record_of(wish->protocol, data);
    full_name(data, data->message, full);
    if (said == NULL || wish->name == NULL || strcmp(wish->name, data->message) == 0 || strcmp(wish->name, full) == 0)
        return said;
    const struct zjiot_record *record = message_named(wish->protocol, wish->name, record_direction(data));
    return record != NULL && record != said && contradicts("message", full, wish->name) ? NULL : record;
}

/* What the topic says: the protocol, the direction, and of some protocols the message. */
static void read_topic(const char *text, struct wish *wish, struct zjiot_guess *guess) {
    struct zjiot_guess guesses[16];
    struct zjiot_topic topic;
    if (text == NULL || !zjiot_topic_read(text, &topic))
        return; /* what is wrong with it is told once it is set */
    if (wish->protocol == NULL)
        wish->protocol = topic.protocol;
    wish->direction = topic.direction;
    const struct zjiot_input input = {text, (const uint8_t *)"", 0};
    const size_t count = zjiot_identify(&input, guesses, sizeof guesses / sizeof guesses[0]);
    for (size_t i = 0; i < count && wish->name == NULL; i++) {
        if (guesses[i].protocol != wish->protocol || guesses[i].fit != ZJIOT_FIT_CERTAIN)
            continue;
        *guess = guesses[i];
        wish->name = guess->message;
    }
}

static bool agrees(const struct wish *wish, const struct zjiot_record *record) {
    if (record->direction == ZJIOT_BOTH)
        return true;
    if (contradicts("direction", wish->data->direction, direction_name(record->direction)))
        return false;
    if (wish->direction == ZJIOT_BOTH || wish->direction == record->direction || wish->data->message == NULL)
        return true;
    complain("--data is the record of a message %s the device", record->direction == ZJIOT_UP ? "from" : "to");
    return false;
}

bool which_message(const struct invocation *invocation, const struct flat *data, struct which *ret_which) {
    struct wish wish = {.data = data, .direction = ZJIOT_BOTH};
    struct zjiot_guess guess;
    size_t names = 0;
    while (names < 2 && names < invocation->operand_count && strchr(invocation->operands[names], '=') == NULL)
        names++;
    if (names > 0 && (wish.protocol = protocol_named(invocation->operands[0])) == NULL)
        return false;
    wish.name = names > 1 ? invocation->operands[1] : NULL;
    read_topic(invocation->value[OPTION_TOPIC], &wish, &guess);
    wish.is_up = invocation->value[OPTION_UP] != NULL;
    if (wish.is_up)
        wish.direction = ZJIOT_UP;
    if (wish.protocol == NULL && data->protocol != NULL && (wish.protocol = protocol_named(data->protocol)) == NULL)
        return false;
    if (wish.protocol == NULL || (wish.name == NULL && data->message == NULL)) {
        complain("PROTO and MESSAGE are needed, or --data with a record; zjiotctl describe lists them");
        return false;
    }
    if (contradicts("protocol", data->protocol, wish.protocol->name))
        return false;
    const struct zjiot_record *record = choose_record(&wish);
    if (record == NULL || !agrees(&wish, record))
        return false;
    *ret_which = (struct which){
        .protocol = wish.protocol,
        .record = record,
        .names = names,
        .is_variant = data->variant != NULL || (wish.name != NULL && strchr(wish.name, '/') != NULL),
    };
    snprintf(ret_which->name, sizeof ret_which->name, "%s", wish.name != NULL ? wish.name : data->message);
    return true;
}
