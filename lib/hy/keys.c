/* Keys for zjiot/track.h: which answer belongs to which request.
 *
 * A reading that read_now asked for comes as a report, which has the key of read_now; one that comes by itself is
 * FOREIGN where no read_now is open. */
#include <stdio.h>
#include <string.h>

#include "cjt188/cjt188.h"
#include "hy/hy.h"

enum { READ_NOW = 18 };

static struct zjiot_track_key key_of(const struct zjiot_hy_message *message, int64_t id, struct zjiot_hy_key *key) {
    const char *gateway = message->gw.gw_id != NULL ? message->gw.gw_id : "";
    char number[ZJ_NUMBER_SIZE];
    key->answer[0] = '\0';
    zj_int_write(id, number);
    zj_copy_text(key->command, sizeof key->command, number);
    return (struct zjiot_track_key){
        .scope = gateway, .scope_size = strlen(gateway), .command = key->command, .command_size = strlen(key->command)};
}

static bool read_frame(const struct zjiot_bytes *frame, struct zjiot_cjt188_header *ret_header) {
    struct zjiot_cjt188_message message;
    if (frame->data == NULL || zjiot_cjt188_decode(frame->data, frame->size, NULL, &message, NULL, NULL, NULL) != 0)
        return false;
    *ret_header = message.header;
    return true;
}

/* The DI of a frame; of an abnormal answer without one that which HY's devices know for its function. -1: none. */
static int64_t di_of(const struct zjiot_cjt188_header *header) {
    static const enum zjiot_cjt188_message_type known[] = {ZJIOT_CJT188_READ, ZJIOT_CJT188_SET_OPENING_53,
                                                           ZJIOT_CJT188_SET_OPENING_55};
    if (header->has & ZJIOT_BIT(cjt188_header, di))
        return header->di;
    for (size_t i = 0; i < ZJ_COUNT(known) && zj_cjt188_is_abnormal(header->control); i++) {
        const uint32_t id = zj_cjt188_records[known[i]].first_id;
        if (id >> 16 == (header->control & ZJ_CJT188_FUNCTION))
            return id & 0xFFFF;
    }
    return -1;
}

static void add_meter(struct zjiot_track_key *key, struct zjiot_hy_key *room,
                      const struct zjiot_cjt188_header *header) {
    zj_copy_text(room->answer, sizeof room->answer, header->meter);
    key->id = room->answer;
    key->id_size = strlen(room->answer);
}

/* What the meter's answer has in common with the frame it was sent. */
static void add_answer(struct zjiot_track_key *key, struct zjiot_hy_key *room,
                       const struct zjiot_cjt188_header *header) {
    const int64_t di = di_of(header);
    const int size = snprintf(room->answer, sizeof room->answer, "%s/%02x/", header->meter,
                              (unsigned)header->control & ZJ_CJT188_FUNCTION);
    if (di >= 0)
        snprintf(room->answer + size, sizeof room->answer - (size_t)size, "%04x", (unsigned)di);
    key->id = room->answer;
    key->id_size = strlen(room->answer);
}

int zjiot_hy_track_request(const struct zjiot_hy_message *message, uint64_t now, struct zjiot_hy_key *ret_key,
                           struct zjiot_track_request *ret_request, struct zjiot_error *reterr_error) {
    if ((unsigned)message->type >= ZJ_HY_FIRST_UP)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "the message is no request");
    const int64_t own = zj_hy_id(message->type);
    const bool is_transparent = message->type == ZJIOT_HY_TRANSPARENT;
    struct zjiot_track_request request = {
        .key = key_of(message, own != 0 ? own : message->gw.msg_id, ret_key),
        .deadline = ZJIOT_TRACK_NEVER,
        .answers = message->type == ZJIOT_HY_READ_NOW ? ZJIOT_TRACK_MANY : 1,
        .two_stage = is_transparent || message->type == ZJIOT_HY_READ_NOW,
    };
    if (is_transparent) {
        struct zjiot_cjt188_header header;
        if (read_frame(&message->data.transparent.transparent, &header))
            add_answer(&request.key, ret_key, &header);
        request.deadline = now + zjiot_hy_transparent_ms(message->data.transparent.transparent_count);
    }
    *ret_request = request;
    return 0;
}

size_t zjiot_hy_track_count(const struct zjiot_hy_message *message) {
    const struct zjiot_bytes *frames;
    const char *key;
    if ((unsigned)message->type < ZJ_HY_FIRST_UP)
        return 0;
    const size_t count = zj_hy_frames(message, &frames, &key);
    return count > 0 ? count : 1;
}

/* `stat` of a message that is passed through. */
static bool find_stat(const char *members, int64_t *ret_stat) {
    struct zj_span value;
    double number;
    return members != NULL && zj_json_find(members, strlen(members), "stat", &value) &&
           zj_real_read(value.text, value.size, &number) && zj_decimal_digits(number, 0, ret_stat);
}

/* Returns whether there is one that can be read. */
static bool stat_of(const struct zjiot_hy_message *message, int64_t *ret_stat) {
    const union zjiot_hy_data *data = &message->data;
    switch (message->type) {
    case ZJIOT_HY_STATUS_REPLY:
        *ret_stat = data->status_reply.stat;
        return data->status_reply.has & ZJIOT_BIT(hy_status_reply, stat);
    case ZJIOT_HY_PERIODS_REPLY:
        *ret_stat = data->periods_reply.stat;
        return data->periods_reply.has & ZJIOT_BIT(hy_periods_reply, stat);
    case ZJIOT_HY_READ_NOW_REPLY:
        *ret_stat = data->read_now_reply.stat;
        return data->read_now_reply.has & ZJIOT_BIT(hy_read_now_reply, stat);
    case ZJIOT_HY_TRANSPARENT_REPLY:
        *ret_stat = data->transparent_reply.stat;
        return data->transparent_reply.has & ZJIOT_BIT(hy_transparent_reply, stat);
    case ZJIOT_HY_OTHER_REPLY:
        return find_stat(data->other_reply.members, ret_stat);
    case ZJIOT_HY_OTHER_SECRET_REPLY:
        return find_stat(data->other_secret_reply.members, ret_stat);
    default:
        return false;
    }
}

static bool has_two_stages(enum zjiot_hy_message_type type) {
    return type == ZJIOT_HY_READ_NOW_REPLY || type == ZJIOT_HY_TRANSPARENT_REPLY || type == ZJIOT_HY_REPORT;
}

/* *ret_header: of the frame, where the reply is an answer of a meter. */
static enum zjiot_hy_says says(const struct zjiot_hy_message *message, size_t index,
                               struct zjiot_cjt188_header *ret_header) {
    const struct zjiot_bytes *frames;
    const char *member;
    int64_t stat = 0;
    if (zj_hy_frames(message, &frames, &member) > 0) {
        if (!read_frame(&frames[index], ret_header) || !(ret_header->control & ZJ_CJT188_FROM_METER))
            return ZJIOT_HY_SAYS_NOTHING;
        return zj_cjt188_is_abnormal(ret_header->control) ? ZJIOT_HY_SAYS_ERROR : ZJIOT_HY_SAYS_DONE;
    }
    const bool is_stat = stat_of(message, &stat);
    if (is_stat && stat == ZJIOT_HY_FAILED)
        return ZJIOT_HY_SAYS_REFUSED;
    if (!has_two_stages(message->type))
        return ZJIOT_HY_SAYS_DONE;
    return is_stat && stat == ZJIOT_HY_ACCEPTED ? ZJIOT_HY_SAYS_ACCEPTED : ZJIOT_HY_SAYS_NOTHING;
}

enum zjiot_hy_says zjiot_hy_track_says(const struct zjiot_hy_message *message, size_t index) {
    struct zjiot_cjt188_header header;
    return index < zjiot_hy_track_count(message) ? says(message, index, &header) : ZJIOT_HY_SAYS_NOTHING;
}

/* A refusal in one stage is an answer like any other. */
static enum zjiot_track_kind kind_of(const struct zjiot_hy_message *message, enum zjiot_hy_says said) {
    if (said == ZJIOT_HY_SAYS_ACCEPTED)
        return ZJIOT_TRACK_ACCEPTANCE;
    return said == ZJIOT_HY_SAYS_REFUSED && has_two_stages(message->type) ? ZJIOT_TRACK_REFUSAL : ZJIOT_TRACK_ANSWER;
}

int zjiot_hy_track_reply(const struct zjiot_hy_message *message, size_t index, struct zjiot_hy_key *ret_key,
                         struct zjiot_track_reply *ret_reply, struct zjiot_error *reterr_error) {
    const struct zjiot_bytes *frames;
    const char *member;
    struct zjiot_cjt188_header header;
    if (index >= zjiot_hy_track_count(message))
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "the message has %zu replies", zjiot_hy_track_count(message));
    const size_t count = zj_hy_frames(message, &frames, &member);
    const bool is_report = message->type == ZJIOT_HY_REPORT;
    const enum zjiot_hy_says said = says(message, index, &header);
    struct zjiot_track_reply reply = {
        .key = key_of(message, is_report ? READ_NOW : message->gw.msg_id, ret_key),
        .guess = said == ZJIOT_HY_SAYS_NOTHING ? ZJIOT_TRACK_GUESS_NEVER : ZJIOT_TRACK_GUESS_MISSING,
        .kind = kind_of(message, said),
    };
    if (count > 0) {
        reply.content = frames[index].data;
        reply.content_size = frames[index].size;
    }
    if (count > 0 && said != ZJIOT_HY_SAYS_NOTHING) {
        if (is_report)
            add_meter(&reply.key, ret_key, &header);
        else
            add_answer(&reply.key, ret_key, &header);
    }
    *ret_reply = reply;
    return 0;
}
