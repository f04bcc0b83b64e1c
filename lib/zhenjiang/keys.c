/* Keys for zjiot/track.h: which answer belongs to which request. */
#include <string.h>

#include "zhenjiang/zhenjiang.h"

enum { VALVES = 4 };

/* The device that the topic names, else the context's. */
static const char *device_of(const struct zjiot_zhenjiang_message *message) {
    const char *device = message->topic.device;
    if (device == NULL || *device == '\0')
        device = message->context.dev_id;
    return device != NULL ? device : "";
}

/* A serial_id counts with its NUL, so that one that is there and empty is another than none. What a caller filled in is
 * written, and so comes back, when it is not empty or its bit is set. */
static struct zjiot_track_key key_of(const struct zjiot_zhenjiang_message *message, const struct zjiot_record *record) {
    const struct zjiot_zhenjiang_context *context = &message->context;
    const bool has_bit = (context->has & ZJIOT_BIT(zhenjiang_context, serial_id)) != 0;
    const bool was_read = (context->has & ZJIOT_HAS_READ) != 0;
    const bool has_id = context->serial_id != NULL && (has_bit || (!was_read && *context->serial_id != '\0'));
    const char *device = device_of(message);
    return (struct zjiot_track_key){
        .scope = device,
        .scope_size = strlen(device),
        .command = record->name,
        .command_size = record->name_size,
        .id = has_id ? context->serial_id : NULL,
        .id_size = has_id ? strlen(context->serial_id) + 1 : 0,
    };
}

/* Valves that an order moves: each of them answers. An order that moves none is answered once, if at all. */
static uint32_t count_moves(const struct zjiot_zhenjiang_ctl_valve_degree *order) {
    const int64_t degrees[VALVES] = {order->degree1, order->degree2, order->degree3, order->degree4};
    uint32_t moves = 0;
    for (int i = 0; i < VALVES; i++)
        moves += degrees[i] != ZJIOT_ZHENJIANG_VALVE_KEEP;
    return moves > 0 ? moves : 1;
}

int zjiot_zhenjiang_track_request(const struct zjiot_zhenjiang_message *message,
                                  struct zjiot_track_request *ret_request, struct zjiot_error *reterr_error) {
    const struct zjiot_record *record = zj_zhenjiang_record(message, reterr_error);
    if (record == NULL)
        return ZJIOT_ARG;
    if (record->direction != ZJIOT_DOWN)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "%s upward is no request", record->name);
    struct zjiot_track_request request = {
        .key = key_of(message, record),
        .deadline = ZJIOT_TRACK_NEVER,
        .answers = 1,
        .two_stage = message->type == ZJIOT_ZHENJIANG_FTP_UPGRADE,
    };
    if (message->type == ZJIOT_ZHENJIANG_GET_TIMETABLE)
        request.answers = ZJIOT_TRACK_MANY;
    else if (message->type == ZJIOT_ZHENJIANG_CTL_VALVE_DEGREE)
        request.answers = count_moves(&message->data.ctl_valve_degree);
    *ret_request = request;
    return 0;
}

/* Answers that several follow one another say by their status whether more can come: a device that is offline or does
 * not know the command sends none, and one that failed names the valve if it was one valve that failed. */
static enum zjiot_track_kind kind_of(const struct zjiot_zhenjiang_message *message) {
    const int64_t status = message->context.status;
    const bool is_failed =
        (message->context.has & ZJIOT_BIT(zhenjiang_context, status)) != 0 && status != ZJIOT_ZHENJIANG_DONE;
    switch (message->type) {
    case ZJIOT_ZHENJIANG_FTP_UPGRADE_TAKEN:
        return is_failed ? ZJIOT_TRACK_REFUSAL : ZJIOT_TRACK_ACCEPTANCE;
    case ZJIOT_ZHENJIANG_GET_TIMETABLE_REPLY:
        return is_failed ? ZJIOT_TRACK_REFUSAL : ZJIOT_TRACK_ANSWER;
    case ZJIOT_ZHENJIANG_CTL_VALVE_DEGREE_REPLY:
        if (!is_failed || (status == ZJIOT_ZHENJIANG_FAILED && message->data.ctl_valve_degree_reply.valve_id != 0))
            return ZJIOT_TRACK_ANSWER;
        return ZJIOT_TRACK_REFUSAL;
    default:
        return ZJIOT_TRACK_ANSWER;
    }
}

int zjiot_zhenjiang_track_reply(const struct zjiot_zhenjiang_message *message, struct zjiot_track_reply *ret_reply,
                                struct zjiot_error *reterr_error) {
    const struct zjiot_record *record = zj_zhenjiang_record(message, reterr_error);
    if (record == NULL)
        return ZJIOT_ARG;
    if (record->direction != ZJIOT_UP || zj_zhenjiang_is_push(message->type))
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "%s %s is no answer", record->name,
                       record->direction == ZJIOT_UP ? "comes by itself and" : "downward");
    struct zjiot_track_reply reply = {
        .key = key_of(message, record),
        .guess = ZJIOT_TRACK_GUESS_MISSING,
        .kind = kind_of(message),
    };
    if (message->type == ZJIOT_ZHENJIANG_CTL_VALVE_DEGREE_REPLY) {
        reply.content = &message->data.ctl_valve_degree_reply.valve_id;
        reply.content_size = sizeof message->data.ctl_valve_degree_reply.valve_id;
    }
    *ret_reply = reply;
    return 0;
}
