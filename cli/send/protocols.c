/* The four protocols that send speaks: how a request is made, and what an answer to it looks like. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "output.h"
#include "send/send.h"
#include "zjiot/byd.h"
#include "zjiot/cjt188.h"
#include "zjiot/hex.h"
#include "zjiot/zhenjiang.h"

static bool no_failure(const struct send *send, const struct result *result, size_t index, char *ret_why, size_t size) {
    (void)send, (void)result, (void)index, (void)size;
    *ret_why = '\0';
    return false;
}

/* The first that was found at that place; NULL: none. */
static const struct zjiot_deviation *deviation_at(const struct zjiot_report *report, const char *path) {
    for (size_t i = 0; i < report->count && i < report->capacity; i++) {
        if (strcmp(report->items[i].path, path) == 0)
            return &report->items[i];
    }
    return NULL;
}

static void stray_by_id(const struct send *send, const struct result *result, size_t index,
                        const struct zjiot_track_reply *reply, struct send_stray *ret_stray) {
    const struct zjiot_track_key *key = &reply->key;
    (void)result, (void)index;
    if (key->id_size > 0 && send->row->id_member != NULL)
        snprintf(ret_stray->id, sizeof ret_stray->id, " (%s %.*s)", send->row->id_member,
                 (int)(key->id_size < 40 ? key->id_size : 40), (const char *)key->id);
}

static const char *no_remark(const struct zjiot_message *message) {
    (void)message;
    return "";
}

static size_t one_part(struct send *send) {
    (void)send;
    return 1;
}

static void take_whole(struct send *send, size_t part) {
    (void)send, (void)part;
}

static int no_expansion(struct send *send, char **operands, size_t *count) {
    (void)send, (void)operands, (void)count;
    return EXIT_OK;
}

static void not_narrower(const struct send *send, const struct zjiot_message *message, struct wire *wire) {
    (void)send, (void)message, (void)wire;
}

static void no_number(struct zjiot_message *message, struct zjiot_pool *pool) {
    (void)message, (void)pool;
}

static uint64_t random_number(void) {
    uint64_t number = 0;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
        complain("there are no random numbers");
        exit(EXIT_INTERNAL);
    }
    return number;
}

/* One more operand; `text` as printf has it. */
static char *add_operand(struct send *send, char **operands, size_t *count, const char *key, const char *value) {
    char *text = send->operands[send->operand_count++];
    snprintf(text, SEND_OPERAND_SIZE, "%s=%s", key, value);
    operands[(*count)++] = text;
    return text;
}

/* --- Zhenjiang --- */

/* A device without 18 characters has no vendor that could be taken from it, which would be the first complaint. */
static int zhenjiang_expand(struct send *send, char **operands, size_t *count) {
    (void)operands, (void)count;
    for (size_t i = 0; i < send->device_count; i++) {
        if (strlen(send->devices[i]) == ZJIOT_ZHENJIANG_DEV_ID_LENGTH)
            continue;
        complain("'%s' is no device: that has %d ASCII characters, 2 of the vendor and 16 of its number%s",
                 send->devices[i], ZJIOT_ZHENJIANG_DEV_ID_LENGTH, send->is_many ? "; nothing was sent to any" : "");
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

static void zhenjiang_number(struct zjiot_message *message, struct zjiot_pool *pool) {
    const struct zjiot_zhenjiang_message *own = message->typed;
    char text[17];
    if (own->context.has & ZJIOT_BIT(zhenjiang_context, serial_id))
        return;
    snprintf(text, sizeof text, "%016" PRIx64, random_number());
    zjiot_set(message, "header.serial_id", text, pool, NULL);
}

static void zhenjiang_narrow(const struct send *send, const struct zjiot_message *message, struct wire *wire) {
    const struct zjiot_zhenjiang_message *own = message->typed;
    (void)send;
    wire->vendor = own->topic.vendor;
    wire->command = message->name;
}

static size_t zhenjiang_split(struct send *send) {
    const struct zjiot_zhenjiang_message *own = send->builder.message.typed;
    struct zjiot_zhenjiang_message *parts;
    struct zjiot_error error;
    if (own->type != ZJIOT_ZHENJIANG_SET_TIMETABLE)
        return 1;
    const int64_t count = zjiot_zhenjiang_timetable_split(own, 0, send->builder.pool, &parts, &error);
    if (count == ZJIOT_LENGTH) {
        complain("%s", error.text);
        return 0;
    }
    send->parts = parts;
    return count > 0 ? (size_t)count : 1; /* what else is wrong is told when it is written */
}

static void zhenjiang_take_part(struct send *send, size_t part) {
    const struct zjiot_zhenjiang_message *parts = send->parts;
    memcpy(send->builder.message.typed, &parts[part], sizeof parts[part]);
}

static int zhenjiang_request(const struct send *send, const struct zjiot_message *message, uint64_t now,
                             struct send_room *room, struct zjiot_track_request *ret_request,
                             struct zjiot_error *reterr_error) {
    (void)send, (void)now, (void)room;
    return zjiot_zhenjiang_track_request(message->typed, ret_request, reterr_error);
}

static size_t zhenjiang_replies(const struct send *send, const struct zjiot_message *message) {
    struct zjiot_track_reply reply;
    (void)send;
    return zjiot_zhenjiang_track_reply(message->typed, &reply, NULL) == 0;
}

static int zhenjiang_reply(const struct send *send, const struct zjiot_message *message, size_t index,
                           struct send_room *room, struct zjiot_track_reply *ret_reply,
                           struct zjiot_error *reterr_error) {
    (void)index, (void)room;
    const int code = zjiot_zhenjiang_track_reply(message->typed, ret_reply, reterr_error);
    if (code == 0 && !send->takes_guesses)
        ret_reply->guess = ZJIOT_TRACK_GUESS_NEVER;
    return code;
}

/* That it is absent is tolerated, as decisions say; what is there and cannot be read is no 1. */
static bool zhenjiang_has_no_status(const struct result *result, char *ret_why, size_t size) {
    const struct zjiot_deviation *found = deviation_at(result->report, "context.status");
    const bool is_there = found != NULL && found->code != ZJIOT_MISSING;
    if (is_there)
        snprintf(ret_why, size, "its status cannot be read: %.100s instead of %.100s", found->found, found->expected);
    else
        snprintf(ret_why, size, "the answer has no status: it is taken for done");
    return is_there;
}

static bool zhenjiang_has_failed(const struct send *send, const struct result *result, size_t index, char *ret_why,
                                 size_t size) {
    static const char *const meanings[] = {
        [ZJIOT_ZHENJIANG_FAILED] = "failed",
        [ZJIOT_ZHENJIANG_OFFLINE] = "the device is offline",
        [ZJIOT_ZHENJIANG_UNSUPPORTED] = "the device does not have this command",
    };
    const struct zjiot_zhenjiang_message *message = result->message->typed;
    const struct zjiot_zhenjiang_context *context = &message->context;
    const char *meaning = NULL;
    (void)send, (void)index;
    *ret_why = '\0';
    if (!(context->has & ZJIOT_BIT(zhenjiang_context, status)))
        return zhenjiang_has_no_status(result, ret_why, size);
    if (context->status == ZJIOT_ZHENJIANG_DONE)
        return false;
    if (context->status >= 0 && context->status <= ZJIOT_ZHENJIANG_UNSUPPORTED)
        meaning = meanings[context->status];
    const bool has_detail = context->detail != NULL && context->detail[0] != '\0';
    snprintf(ret_why, size, "status %" PRId64 " (%s)%s%.200s", context->status, meaning != NULL ? meaning : "unknown",
             has_detail ? ": " : "", has_detail ? context->detail : "");
    return true;
}

/* --- NB --- */

static int nb_expand(struct send *send, char **operands, size_t *count) {
    static const enum option_id envelope[] = {OPTION_UID, OPTION_PID, OPTION_NBID};
    for (size_t i = 0; i < sizeof envelope / sizeof envelope[0]; i++) {
        const char *value = send->invocation.value[envelope[i]];
        if (value != NULL)
            add_operand(send, operands, count, option_rows[envelope[i]].name, value);
    }
    char broadcast[16];
    snprintf(broadcast, sizeof broadcast, "%08" PRIx32, (uint32_t)ZJIOT_NB_SN_BROADCAST);
    for (size_t i = 0; i < send->device_count; i++) {
        if (strcasecmp(send->devices[i], broadcast) != 0)
            continue;
        if (send->is_many) {
            complain("%s is for all controllers; it goes alone, with --device", broadcast);
            return EXIT_USAGE;
        }
        send->is_broadcast = true;
    }
    return EXIT_OK;
}

static void nb_number(struct zjiot_message *message, struct zjiot_pool *pool) {
    const struct zjiot_nb_message *own = message->typed;
    char text[8];
    if (own->header.has & ZJIOT_BIT(nb_header, extra))
        return;
    snprintf(text, sizeof text, "%u", (unsigned)(1 + random_number() % UINT16_MAX));
    zjiot_set(message, "header.extra", text, pool, NULL);
}

static void nb_narrow(const struct send *send, const struct zjiot_message *message, struct wire *wire) {
    (void)message;
    wire->uid = send->invocation.value[OPTION_UID];
    wire->pid = send->invocation.value[OPTION_PID];
}

static int nb_request(const struct send *send, const struct zjiot_message *message, uint64_t now,
                      struct send_room *room, struct zjiot_track_request *ret_request,
                      struct zjiot_error *reterr_error) {
    (void)send, (void)now;
    return zjiot_nb_track_request(message->typed, &room->nb, ret_request, reterr_error);
}

static size_t nb_replies(const struct send *send, const struct zjiot_message *message) {
    (void)send;
    return ((const struct zjiot_nb_message *)message->typed)->type == ZJIOT_NB_ACK;
}

static int nb_reply(const struct send *send, const struct zjiot_message *message, size_t index, struct send_room *room,
                    struct zjiot_track_reply *ret_reply, struct zjiot_error *reterr_error) {
    (void)index;
    return zjiot_nb_track_reply(message->typed, send->is_broadcast, &room->nb, ret_reply, reterr_error);
}

static bool nb_has_failed(const struct send *send, const struct result *result, size_t index, char *ret_why,
                          size_t size) {
    const struct zjiot_message *message = result->message;
    const int64_t state = ((const struct zjiot_nb_message *)message->typed)->data.ack.state;
    const struct zjiot_choice *choice = zjiot_choice_find(message->data.record->fields[0].set, state);
    (void)send, (void)index;
    *ret_why = '\0';
    if (state == ZJIOT_NB_ACK_EXECUTED)
        return false;
    snprintf(ret_why, size, "state %" PRId64 " (%s)", state, choice != NULL ? choice->name : "unknown");
    return true;
}

/* --- HY --- */

/* Takes "KEY=VALUE" out of the operands; NULL: there is none. */
static const char *take_operand(char **operands, size_t *count, const char *key) {
    const size_t size = strlen(key);
    for (size_t i = 2; i < *count; i++) {
        const char *operand = operands[i];
        if (strncmp(operand, key, size) != 0 || operand[size] != '=')
            continue;
        memmove(&operands[i], &operands[i + 1], (--*count - i) * sizeof operands[0]);
        return operand + size + 1;
    }
    return NULL;
}

/* valve meter=M percent=P [count=N]: the frame that moves it. */
static int hy_expand_valve(struct send *send, char **operands, size_t *count) {
    const char *meter = take_operand(operands, count, "meter"), *percent = take_operand(operands, count, "percent");
    const char *tries = take_operand(operands, count, "count");
    char *end = NULL, *tries_end = NULL, text[2 * ZJIOT_HY_VALVE_SIZE + 1];
    uint8_t frame[ZJIOT_HY_VALVE_SIZE];
    struct zjiot_hy_message message;
    struct zjiot_error error;
    if (meter == NULL || percent == NULL) {
        complain("valve needs meter=METER_ID, 14 digits, and percent=0..100; count=N says how often to try");
        return EXIT_USAGE;
    }
    const double opening = strtod(percent, &end);
    const long long times = tries != NULL ? strtoll(tries, &tries_end, 10) : ZJIOT_HY_COUNT;
    if (end == percent || *end != '\0' || (tries != NULL && (tries_end == tries || *tries_end != '\0'))) {
        complain("%s is a number, not '%s'", *end != '\0' || end == percent ? "percent" : "count",
                 *end != '\0' || end == percent ? percent : tries);
        return EXIT_USAGE;
    }
    if (zjiot_hy_move_valve(&message, "", meter, opening, times, frame, &error) != 0) {
        complain("%s", error.text);
        return EXIT_USAGE;
    }
    const struct zjiot_hy_transparent *data = &message.data.transparent;
    static char name[] = "transparent";
    operands[1] = name;
    zjiot_hex_write(data->transparent.data, data->transparent.size, text);
    add_operand(send, operands, count, "transparent", text);
    snprintf(text, sizeof text, "%" PRId64, data->transparent_port);
    add_operand(send, operands, count, "transparent_port", text);
    snprintf(text, sizeof text, "%" PRId64, data->transparent_count);
    add_operand(send, operands, count, "transparent_count", text);
    return EXIT_OK;
}

/* read_now [meter=M]: what of main_immediately and copy_immediately reads it; all meters where none is named. */
static int hy_expand_reading(struct send *send, char **operands, size_t *count) {
    const char *meter = take_operand(operands, count, "meter");
    struct zjiot_hy_meter parts = {0};
    struct zjiot_error error;
    if (meter == NULL && *count > 2)
        return EXIT_OK; /* it is all said */
    if (meter != NULL && zjiot_hy_meter_read(meter, &parts, &error) != 0) {
        complain("meter: %s", error.text);
        return EXIT_USAGE;
    }
    const bool is_main = meter == NULL || strcmp(parts.type, "55") == 0;
    const bool is_copy = meter == NULL || strcmp(parts.type, "53") == 0;
    if (!is_main && !is_copy) {
        complain("meter: %s is of kind %s; a gateway reads 2008 and 2034", meter, parts.kind);
        return EXIT_USAGE;
    }
    snprintf(send->meter, sizeof send->meter, "%s", parts.meter);
    add_operand(send, operands, count, "main_immediately", is_main ? "1" : "0");
    add_operand(send, operands, count, "copy_immediately", is_copy ? "1" : "0");
    add_operand(send, operands, count, "up_immediately", "0");
    return EXIT_OK;
}

static int hy_expand(struct send *send, char **operands, size_t *count) {
    if (strcmp(operands[1], "valve") == 0)
        return hy_expand_valve(send, operands, count);
    return strcmp(operands[1], "read_now") == 0 && send->invocation.value[OPTION_DATA] == NULL
               ? hy_expand_reading(send, operands, count)
               : EXIT_OK;
}

static int hy_request(const struct send *send, const struct zjiot_message *message, uint64_t now,
                      struct send_room *room, struct zjiot_track_request *ret_request,
                      struct zjiot_error *reterr_error) {
    const int code = zjiot_hy_track_request(message->typed, now, &room->hy, ret_request, reterr_error);
    if (code == 0 && send->meter[0] != '\0') { /* only its reading counts */
        ret_request->key.id = send->meter;
        ret_request->key.id_size = strlen(send->meter);
        ret_request->answers = 1;
    }
    return code;
}

/* Gateways report by themselves, too: a report is an answer when readings were asked for. */
static size_t hy_replies(const struct send *send, const struct zjiot_message *message) {
    const struct zjiot_hy_message *own = message->typed;
    const bool reads = strcmp(send->builder.message.name, "read_now") == 0;
    if ((own->type == ZJIOT_HY_REPORT && !reads) || zjiot_hy_is_last_will(own))
        return 0;
    return zjiot_hy_track_count(own);
}

static int hy_reply(const struct send *send, const struct zjiot_message *message, size_t index, struct send_room *room,
                    struct zjiot_track_reply *ret_reply, struct zjiot_error *reterr_error) {
    (void)send;
    return zjiot_hy_track_reply(message->typed, index, &room->hy, ret_reply, reterr_error);
}

/* Of the frame that was sent; false: it moves no valve of a type 53. */
static bool hy_asked_opening(const struct send *send, int64_t *ret_opening) {
    const struct zjiot_hy_message *own = send->builder.message.typed;
    const struct zjiot_bytes *frame = &own->data.transparent.transparent;
    struct zjiot_cjt188_message asked;
    if (own->type != ZJIOT_HY_TRANSPARENT ||
        zjiot_cjt188_decode(frame->data, frame->size, NULL, &asked, NULL, NULL, NULL) != 0 ||
        asked.type != ZJIOT_CJT188_SET_OPENING_53)
        return false;
    *ret_opening = asked.data.set_opening_53.opening;
    return true;
}

/* Type 53 repeats the opening in its answer. */
static bool hy_has_other_opening(const struct send *send, const struct zjiot_hy_message *reply, size_t index,
                                 char *ret_why, size_t size) {
    const struct zjiot_cjt188_message *answer =
        index < reply->frame_count && reply->frames[index].message != NULL ? reply->frames[index].message->typed : NULL;
    int64_t asked;
    if (answer == NULL || answer->type != ZJIOT_CJT188_SET_OPENING_53_REPLY || !hy_asked_opening(send, &asked) ||
        answer->data.set_opening_53_reply.opening == asked)
        return false;
    snprintf(ret_why, size, "the valve answers with an opening of %" PRId64 " %%, asked for were %" PRId64 " %%",
             answer->data.set_opening_53_reply.opening, asked);
    return true;
}

static bool hy_has_failed(const struct send *send, const struct result *result, size_t index, char *ret_why,
                          size_t size) {
    const struct zjiot_hy_message *own = result->message->typed;
    const struct zjiot_deviation *odd = deviation_at(result->report, "data.stat");
    *ret_why = '\0';
    switch (zjiot_hy_track_says(own, index)) {
    case ZJIOT_HY_SAYS_REFUSED:
        snprintf(ret_why, size, "stat %d (failed)", ZJIOT_HY_FAILED);
        return true;
    case ZJIOT_HY_SAYS_ERROR:
        snprintf(ret_why, size, "the meter answers with an error (%s)",
                 own->frames[index].message != NULL ? own->frames[index].message->name : "abnormal");
        return true;
    default:
        if (odd != NULL)
            snprintf(ret_why, size, "stat: %.100s instead of %.100s", odd->found, odd->expected);
        return hy_has_other_opening(send, own, index, ret_why, size);
    }
}

/* Why a reply confirms nothing. */
static void hy_name_nothing(const struct result *result, size_t index, char *ret_why, size_t size) {
    const struct zjiot_hy_message *own = result->message->typed;
    const struct zjiot_deviation *odd = deviation_at(result->report, "data.stat");
    const bool is_odd = odd != NULL && odd->code != ZJIOT_MISSING;
    const struct zjiot_error *error = index < own->frame_count ? own->frames[index].error : NULL;
    if (error != NULL)
        snprintf(ret_why, size, "the meter's frame cannot be read: %s", error->text);
    else if (index < own->frame_count)
        snprintf(ret_why, size, "the frame is none that a meter sends");
    else
        snprintf(ret_why, size, "it carries no frame of a meter, and no stat of 1 or 2%s%.100s", is_odd ? ", but " : "",
                 is_odd ? odd->found : "");
}

static void hy_name_stray(const struct send *send, const struct result *result, size_t index,
                          const struct zjiot_track_reply *reply, struct send_stray *ret_stray) {
    const struct zjiot_hy_message *own = result->message->typed;
    (void)send, (void)reply;
    if (zjiot_hy_track_says(own, index) == ZJIOT_HY_SAYS_NOTHING) {
        hy_name_nothing(result, index, ret_stray->why, sizeof ret_stray->why);
    } else if (index < own->frame_count && own->frames[index].message != NULL) {
        const struct zjiot_message *frame = own->frames[index].message;
        const struct zjiot_cjt188_header *header = &((const struct zjiot_cjt188_message *)frame->typed)->header;
        snprintf(ret_stray->id, sizeof ret_stray->id, " (meter %s, %s)", header->meter, frame->name);
    } else {
        snprintf(ret_stray->id, sizeof ret_stray->id, " (msg_id %" PRId64 ", %s)", own->gw.msg_id,
                 result->message->name);
    }
}

static const char *hy_remark(const struct zjiot_message *message) {
    return zjiot_hy_is_last_will(message->typed) ? "the gateway's last will: the broker says that it is gone" : "";
}

/* --- BYD --- */

static int byd_request(const struct send *send, const struct zjiot_message *message, uint64_t now,
                       struct send_room *room, struct zjiot_track_request *ret_request,
                       struct zjiot_error *reterr_error) {
    const struct zjiot_byd_message *own = message->typed;
    (void)send, (void)now, (void)room, (void)reterr_error;
    *ret_request = (struct zjiot_track_request){.deadline = ZJIOT_TRACK_NEVER, .answers = 1};
    if (own->data.down.batch_count > 0)
        ret_request->key = zjiot_byd_key(own->data.down.batch);
    return 0;
}

static size_t no_replies(const struct send *send, const struct zjiot_message *message) {
    (void)send, (void)message;
    return 0;
}

static int no_reply(const struct send *send, const struct zjiot_message *message, size_t index, struct send_room *room,
                    struct zjiot_track_reply *ret_reply, struct zjiot_error *reterr_error) {
    (void)send, (void)message, (void)index, (void)room, (void)ret_reply, (void)reterr_error;
    return ZJIOT_ARG;
}

static const struct send_protocol send_protocols[] = {
    {
        .name = "zhenjiang",
        .who = "the device",
        .whose = "the device's",
        .id_member = "serial_id",
        .has_answers = true,
        .has_own_topics = true,
        .expand = zhenjiang_expand,
        .number = zhenjiang_number,
        .narrow = zhenjiang_narrow,
        .split = zhenjiang_split,
        .take_part = zhenjiang_take_part,
        .request = zhenjiang_request,
        .replies = zhenjiang_replies,
        .reply = zhenjiang_reply,
        .has_failed = zhenjiang_has_failed,
        .name_stray = stray_by_id,
        .remark = no_remark,
    },
    {
        .name = "nb",
        .who = "the controller",
        .whose = "the controller's",
        .device_member = "sn",
        .id_member = "extra",
        .has_answers = true,
        .expand = nb_expand,
        .number = nb_number,
        .narrow = nb_narrow,
        .split = one_part,
        .take_part = take_whole,
        .request = nb_request,
        .replies = nb_replies,
        .reply = nb_reply,
        .has_failed = nb_has_failed,
        .name_stray = stray_by_id,
        .remark = no_remark,
    },
    {
        .name = "byd",
        .who = "the device",
        .whose = "the device's",
        .expand = no_expansion,
        .number = no_number,
        .narrow = not_narrower,
        .split = one_part,
        .take_part = take_whole,
        .request = byd_request,
        .replies = no_replies,
        .reply = no_reply,
        .has_failed = no_failure,
        .name_stray = stray_by_id,
        .remark = no_remark,
    },
    {
        .name = "hy",
        .who = "the gateway",
        .whose = "the meter's",
        .id_member = "meter",
        .has_answers = true,
        .has_own_topics = true,
        .expand = hy_expand,
        .number = no_number,
        .narrow = not_narrower,
        .split = one_part,
        .take_part = take_whole,
        .request = hy_request,
        .replies = hy_replies,
        .reply = hy_reply,
        .has_failed = hy_has_failed,
        .name_stray = hy_name_stray,
        .remark = hy_remark,
    },
};

const struct send_protocol *send_protocol_find(const struct zjiot_protocol *protocol) {
    for (size_t i = 0; i < sizeof send_protocols / sizeof send_protocols[0]; i++) {
        if (strcmp(send_protocols[i].name, protocol->name) == 0)
            return &send_protocols[i];
    }
    complain("%s is not sent to over MQTT; there is zhenjiang, nb, byd, hy", protocol->name);
    return NULL;
}
