/* A connection with a module: which objects are in the stream, whom they are from, what is to be answered. */
#include <stdio.h>
#include <string.h>

#include "m4g/m4g.h"

_Static_assert(sizeof(struct zj_split) <= sizeof((struct zjiot_m4g_session *)NULL)->splitter, "room for the splitter");
_Static_assert(sizeof(struct zjiot_m4g_session) <= 512, "what an idle connection may cost");

int zjiot_m4g_session_init(struct zjiot_m4g_session *session, const struct zjiot_m4g_config *config, uint64_t now,
                           struct zjiot_error *reterr_error) {
    if (config->object_max == 1)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "no object has one byte");
    if (config->track != NULL && config->track->config.key_size < ZJIOT_M4G_KEY_SIZE)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "the table's keys need %d bytes", ZJIOT_M4G_KEY_SIZE);
    const struct zj_split split = {.cap = config->object_max != 0 ? config->object_max : ZJIOT_M4G_OBJECT_MAX};
    *session = (struct zjiot_m4g_session){.config = *config};
    if (config->timeout == 0)
        session->config.timeout = ZJIOT_M4G_TIMEOUT_MS;
    memcpy(session->splitter, &split, sizeof split);
    zjiot_presence_init(&session->presence, now, config->silence != 0 ? config->silence : ZJIOT_M4G_OFFLINE_MS);
    return 0;
}

uint64_t zjiot_m4g_session_deadline(const struct zjiot_m4g_session *session) {
    return session->told ? UINT64_MAX : zjiot_presence_deadline(&session->presence);
}

/* --- Messages that come --- */

static enum zjiot_direction incoming(const struct zjiot_m4g_session *session) {
    return session->config.role == ZJIOT_M4G_CLOUD ? ZJIOT_UP : ZJIOT_DOWN;
}

/* The key of a request, or of its answer; `number` has ZJ_NUMBER_SIZE bytes. */
static struct zjiot_track_key key_of(const struct zjiot_m4g_session *session, const struct zjiot_m4g_message *request,
                                     const struct zjiot_m4g_message *message, char *number) {
    const struct zjiot_record *record = &zj_m4g_records[request->type];
    struct zjiot_track_key key = {
        .scope = &session->config.connection,
        .scope_size = sizeof session->config.connection,
        .command = record->name,
        .command_size = record->name_size,
    };
    bool has_number = true;
    int64_t packnum = 0;
    switch (message->type) {
    case ZJIOT_M4G_PUSH_MSG:
        packnum = message->data.push_msg.packnum;
        break;
    case ZJIOT_M4G_PUSH_ONLINE:
        packnum = message->data.push_online.packnum;
        break;
    case ZJIOT_M4G_PUSH_MSG_ACK:
    case ZJIOT_M4G_PUSH_ONLINE_ACK:
        packnum = message->data.push_msg_ack.packnum;
        has_number = message->data.push_msg_ack.has & ZJIOT_BIT(m4g_acknowledgement, packnum);
        break;
    default:
        has_number = false;
    }
    if (has_number) {
        key.id = number;
        key.id_size = zj_int_write(packnum, number);
    }
    return key;
}

/* A message that answers a request follows it in the rows. */
static void match_answer(struct zjiot_m4g_session *session, uint64_t now, struct zjiot_m4g_event *event) {
    const struct zjiot_m4g_message *message = &event->message;
    const bool is_answer = zj_m4g_records[message->type].answers == ZJIOT_ANSWERS_NONE;
    char number[ZJ_NUMBER_SIZE];
    if (session->config.track == NULL || !is_answer)
        return;
    const struct zjiot_m4g_message request = {.type = (enum zjiot_m4g_message_type)(message->type - 1)};
    const bool has_packnum = message->type == ZJIOT_M4G_PUSH_MSG_ACK || message->type == ZJIOT_M4G_PUSH_ONLINE_ACK;
    const struct zjiot_track_reply reply = {
        .key = key_of(session, &request, message, number),
        .guess = has_packnum ? ZJIOT_TRACK_GUESS_ALWAYS : ZJIOT_TRACK_GUESS_MISSING,
        .kind = ZJIOT_TRACK_ANSWER,
    };
    zjiot_track_match(session->config.track, now, &reply, &event->match);
}

/* Writes the answer, or says why there is none although one is due. */
static void answer(const struct zjiot_m4g_session *session, int64_t unix_seconds, struct zjiot_m4g_event *event) {
    const struct zjiot_record *record = &zj_m4g_records[event->message.type];
    struct zjiot_m4g_message reply;
    if ((session->config.leave >> event->message.type & 1) != 0 || record->answers != ZJIOT_ANSWERS_ONE)
        return;
    int64_t size = zjiot_m4g_answer(&event->message, unix_seconds, &reply, &event->error);
    if (size == 0)
        size = zjiot_m4g_encode(&reply, event->answer, sizeof event->answer, &event->error);
    event->answer_size = size > 0 ? (size_t)size : 0;
}

/* Learns whose connection it is, or reports that a message is of another module. 0 or a code. */
static int check_imei(struct zjiot_m4g_session *session, struct zj_reader *reader, const char *text, size_t size,
                      const struct zjiot_m4g_message *message) {
    const struct zj_path data = {NULL, "data", -1};
    const char *imei = zjiot_m4g_imei(message);
    uint64_t bit;
    if (imei == NULL ||
        zj_digits_check(zj_m4g_imei_field(&zj_m4g_records[message->type], &bit), imei, strlen(imei)) != 0)
        return 0;
    if (session->imei[0] == '\0') {
        memcpy(session->imei, imei, sizeof session->imei);
        return 0;
    }
    if (strcmp(imei, session->imei) == 0)
        return 0;
    reader->path = &data;
    const int code = zj_deviate(reader, ZJIOT_CONST, zj_json_place(text, size, "IMEI"), "IMEI", imei, session->imei);
    reader->path = NULL;
    return code;
}

/* What the connection makes of a message: whether it may come from there, and from whom. */
static int judge(struct zjiot_m4g_session *session, struct zj_reader *reader, const char *text, size_t size,
                 struct zjiot_m4g_message *message, bool *ret_belongs) {
    const struct zjiot_record *record = &zj_m4g_records[message->type];
    int code = 0;
    *ret_belongs = record->direction == incoming(session);
    if (*ret_belongs)
        code = check_imei(session, reader, text, size, message);
    else
        code =
            zj_deviate(reader, ZJIOT_CONST, zj_json_place(text, size, "cmd"), "cmd", record->name,
                       session->config.role == ZJIOT_M4G_CLOUD ? "a message of the module" : "a message of the cloud");
    if (session->imei[0] != '\0') {
        message->topic.imei = session->imei;
        message->topic.has |= ZJIOT_BIT(m4g_topic, imei);
    }
    return code;
}

/* Fills the event with what an object is; 0, or SPACE, NOMEM of the pool. */
static int take_object(struct zjiot_m4g_session *session, const struct zjiot_m4g_time *time, const char *text,
                       size_t size, struct zjiot_pool *pool, struct zjiot_m4g_event *event,
                       struct zjiot_report *report) {
    const struct zjiot_options options = {.strict = session->config.strict};
    struct zj_reader reader = zj_reader(&options, report, NULL, &event->error);
    bool belongs = false;
    int code = zjiot_m4g_decode(NULL, text, size, &options, pool, &event->message, report, NULL, &event->error);
    if (code == ZJIOT_SPACE || code == ZJIOT_NOMEM)
        return code;
    if (code == 0)
        code = judge(session, &reader, text, size, &event->message, &belongs);
    event->kind = code == 0 ? ZJIOT_M4G_MESSAGE : ZJIOT_M4G_REFUSED;
    if (code != 0 || !belongs)
        return 0;
    match_answer(session, time->now, event);
    if (session->config.role == ZJIOT_M4G_CLOUD)
        answer(session, time->unix_seconds, event);
    return 0;
}

/* --- The stream --- */

/* Presence: what is to be said before the next bytes are looked at. */
static bool tell_presence(struct zjiot_m4g_session *session, uint64_t now, size_t size, struct zjiot_m4g_event *event) {
    if (!session->told && zjiot_presence_at(&session->presence, now) == ZJIOT_PRESENCE_SILENT) {
        session->told = true;
        event->kind = ZJIOT_M4G_OFFLINE;
        return true;
    }
    if (size <= session->seen)
        return false;
    session->seen = size;
    zjiot_presence_hear(&session->presence, now);
    event->kind = ZJIOT_M4G_ONLINE;
    const bool is_back = session->told;
    session->told = false;
    return is_back;
}

/* Nothing more is in the buffer. */
static int end_connection(struct zjiot_m4g_session *session, uint64_t now, struct zjiot_m4g_event *event) {
    if (!zjiot_presence_leave(&session->presence, now) || session->told)
        return 0;
    session->told = true;
    event->kind = ZJIOT_M4G_OFFLINE;
    return 1;
}

int zjiot_m4g_session_pull(struct zjiot_m4g_session *session, const struct zjiot_m4g_time *time, const char *bytes,
                           size_t size, bool end, struct zjiot_pool *pool, struct zjiot_m4g_event *ret_event,
                           struct zjiot_report *report, struct zjiot_error *reterr_error) {
    struct zj_split split;
    struct zj_split_event piece;
    ret_event->taken = ret_event->answer_size = ret_event->size = 0;
    ret_event->error.code = ZJIOT_OK;
    ret_event->match = (struct zjiot_track_match){.verdict = ZJIOT_TRACK_FOREIGN};
    if (tell_presence(session, time->now, size, ret_event))
        return 1;
    memcpy(&split, session->splitter, sizeof split);
    const int found = zj_split_pull(&split, bytes, size, end, &piece);
    if (found == 1) {
        const int code =
            take_object(session, time, bytes + piece.taken - piece.size, piece.size, pool, ret_event, report);
        if (code != 0) {
            if (reterr_error != NULL)
                *reterr_error = ret_event->error;
            return code;
        }
    }
    memcpy(session->splitter, &split, sizeof split);
    session->offset += piece.taken;
    session->seen = size - piece.taken;
    ret_event->taken = piece.taken;
    if (found == 0)
        return end ? end_connection(session, time->now, ret_event) : 0;
    ret_event->size = piece.size;
    ret_event->offset = session->offset - piece.size;
    if (found < 0) {
        ret_event->kind = ZJIOT_M4G_SKIPPED;
        ret_event->why = (enum zjiot_code)found;
    }
    return 1;
}

/* --- Messages that go --- */

/* Gives a message without IMEI that of the connection. */
static void address(const struct zjiot_m4g_session *session, struct zjiot_m4g_message *message) {
    uint64_t bit;
    const char *imei = session->imei;
    const struct zjiot_field *field = zj_m4g_imei_field(&zj_m4g_records[message->type], &bit);
    if (field == NULL || zjiot_m4g_imei(message) != NULL || imei[0] == '\0')
        return;
    memcpy((char *)&message->data + field->offset, &imei, sizeof imei);
    ((struct zj_masks *)(void *)&message->data)->has |= bit;
}

static int enter_request(struct zjiot_m4g_session *session, uint64_t now, const struct zjiot_m4g_message *message,
                         uint64_t user, uint64_t *ret_handle, struct zjiot_error *reterr_error) {
    char number[ZJ_NUMBER_SIZE];
    *ret_handle = 0;
    if (session->config.track == NULL || zj_m4g_records[message->type].answers != ZJIOT_ANSWERS_ONE)
        return 0;
    const struct zjiot_track_request request = {
        .key = key_of(session, message, message, number),
        .deadline = now + session->config.timeout,
        .user = user,
        .answers = 1,
    };
    return zjiot_track_open(session->config.track, now, &request, ret_handle, reterr_error);
}

int64_t zjiot_m4g_session_send(struct zjiot_m4g_session *session, uint64_t now, const struct zjiot_m4g_message *message,
                               uint64_t user, void *out, size_t capacity, uint64_t *ret_handle,
                               struct zjiot_error *reterr_error) {
    if ((unsigned)message->type >= ZJ_M4G_RECORDS || zj_m4g_records[message->type].direction == incoming(session))
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "message type %d is not one that this side sends",
                       (int)message->type);
    struct zjiot_m4g_message addressed = *message;
    address(session, &addressed);
    const int64_t size = zjiot_m4g_encode(&addressed, out, capacity, reterr_error);
    if (size < 0)
        return size;
    uint64_t handle;
    const int code = enter_request(session, now, &addressed, user, &handle, reterr_error);
    if (code != 0)
        return code;
    if (ret_handle != NULL)
        *ret_handle = handle;
    return size;
}
