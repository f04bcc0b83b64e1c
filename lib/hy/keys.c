/* Keys for zjiot/track.h: which answer belongs to which request.
 *
 * A reading that read_now asked for comes as a report, which has the key of read_now; one that comes by itself is
 * FOREIGN where no read_now is open. */
#include <string.h>

#include "hy/hy.h"
#include "zjiot/cjt188.h"

enum { READ_NOW = 18 };

static struct zjiot_track_key key_of(const struct zjiot_hy_message *message, int64_t id, struct zjiot_hy_key *key) {
    const char *gateway = message->gw.gw_id != NULL ? message->gw.gw_id : "";
    char number[ZJ_NUMBER_SIZE];
    key->meter[0] = '\0';
    zj_int_write(id, number);
    zj_copy_text(key->command, sizeof key->command, number);
    return (struct zjiot_track_key){
        .scope = gateway, .scope_size = strlen(gateway), .command = key->command, .command_size = strlen(key->command)};
}

static void add_meter(struct zjiot_track_key *key, struct zjiot_hy_key *room, const struct zjiot_bytes *frame) {
    struct zjiot_cjt188_message message;
    if (frame->data == NULL || zjiot_cjt188_decode(frame->data, frame->size, NULL, &message, NULL, NULL, NULL) != 0)
        return;
    zj_copy_text(room->meter, sizeof room->meter, message.header.meter);
    key->id = room->meter;
    key->id_size = strlen(room->meter);
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
        add_meter(&request.key, ret_key, &message->data.transparent.transparent);
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

/* What `stat` alone says: of a request with two stages, that it was taken or not; else it is the answer. */
static enum zjiot_track_kind kind_of(const struct zjiot_hy_message *message) {
    int64_t stat;
    if (message->type == ZJIOT_HY_READ_NOW_REPLY)
        stat = message->data.read_now_reply.stat;
    else if (message->type == ZJIOT_HY_TRANSPARENT_REPLY)
        stat = message->data.transparent_reply.stat;
    else
        return ZJIOT_TRACK_ANSWER;
    return stat == ZJIOT_HY_ACCEPTED ? ZJIOT_TRACK_ACCEPTANCE : ZJIOT_TRACK_REFUSAL;
}

int zjiot_hy_track_reply(const struct zjiot_hy_message *message, size_t index, struct zjiot_hy_key *ret_key,
                         struct zjiot_track_reply *ret_reply, struct zjiot_error *reterr_error) {
    const struct zjiot_bytes *frames;
    const char *member;
    if (index >= zjiot_hy_track_count(message))
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "the message has %zu replies", zjiot_hy_track_count(message));
    const size_t count = zj_hy_frames(message, &frames, &member);
    const bool is_report = message->type == ZJIOT_HY_REPORT;
    struct zjiot_track_reply reply = {
        .key = key_of(message, is_report ? READ_NOW : message->gw.msg_id, ret_key),
        .guess = ZJIOT_TRACK_GUESS_MISSING,
        .kind = count > 0 || is_report ? ZJIOT_TRACK_ANSWER : kind_of(message),
    };
    if (count > 0) {
        add_meter(&reply.key, ret_key, &frames[index]);
        reply.content = frames[index].data;
        reply.content_size = frames[index].size;
        if (!is_report && reply.key.id_size == 0) /* a damaged frame confirms nothing */
            reply.guess = ZJIOT_TRACK_GUESS_NEVER;
    }
    *ret_reply = reply;
    return 0;
}
