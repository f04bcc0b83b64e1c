/* 4G pressure and railway module: JSON objects back to back on TCP, port 51609, between the cloud and a module
 * (document 003).
 *
 * The structs come from zjiot/def/m4g.def: look there for the members, their units and ranges. Messages are read and
 * written one by one, or a session follows a whole connection.
 */
#ifndef ZJIOT_M4G_H
#define ZJIOT_M4G_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/catalog.h"
#include "zjiot/decode.h"
#include "zjiot/error.h"
#include "zjiot/pool.h"
#include "zjiot/presence.h"
#include "zjiot/track.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZJ_ROWS "zjiot/def/m4g.def"
#define ZJ_NAME(self) zjiot_m4g_##self
#define ZJ_AT(self, name) zjiot_at_m4g_##self##_##name
#include "zjiot/def/structs.inc"

enum {
    ZJIOT_M4G_PORT = 51609,
    ZJIOT_M4G_IMEI_LENGTH = 15,
    ZJIOT_M4G_CHANNELS = 9, /* RS485 channels of push_msg, in groups of three */
    ZJIOT_M4G_WORDS = 50,   /* values of a channel */
    ZJIOT_M4G_SENSORS = 3,  /* of each of the three channels of push_online */
    ZJIOT_M4G_HEARTBEAT_MS = 60000,
    ZJIOT_M4G_OFFLINE_MS = 3 * ZJIOT_M4G_HEARTBEAT_MS,
    ZJIOT_M4G_OBJECT_MAX = 65536, /* bytes of the largest object, unless the caller says otherwise */
};

/* A message. Messages are told apart by `type`: ZJIOT_M4G_PUSH_MSG means data.push_msg, and so on. Texts and words lead
 * into the pool of the decoder, or to where the caller keeps them. */
struct zjiot_m4g_message {
    enum zjiot_m4g_message_type type;
    struct zjiot_m4g_topic topic; /* the module that is meant, where it is known: info and the answers do not say it */
    union zjiot_m4g_data data;
};

/* Reads one object. `topic` is NUL-terminated, zjiot/m4g/<IMEI>/up/<cmd> or the same with down; NULL: none. `options`,
 * `report`, `trace`, `reterr_error` may be NULL; everything the message holds comes from `pool`.
 * Returns 0. SYNTAX: no JSON object; MISSING, TYPE, UNKNOWN: `cmd` is not there, no text, or not known; SPACE, NOMEM:
 * the pool; under `strict` the code of the first deviation. On failure nothing was written and the pool is as it was.
 */
ZJIOT_API int zjiot_m4g_decode(const char *topic, const void *text, size_t size, const struct zjiot_options *options,
                               struct zjiot_pool *pool, struct zjiot_m4g_message *ret_message,
                               struct zjiot_report *report, struct zjiot_trace *trace,
                               struct zjiot_error *reterr_error);

/* Writes one object: compact, without a NUL. Every value is checked: RANGE, LENGTH, MISSING, TYPE with the path of the
 * member; ARG: there is no such type; SPACE: `need` bytes are needed. Members that may be left out are written when
 * their bit in `has` is set, or, in a message that was not decoded, when they are not zero. Returns the bytes. */
ZJIOT_API int64_t zjiot_m4g_encode(const struct zjiot_m4g_message *message, void *out, size_t capacity,
                                   struct zjiot_error *reterr_error);

/* Writes the topic of a message, NUL-terminated, ZJIOT_TOPIC_SIZE bytes at the most: "" when the message does not say
 * which module is meant. */
ZJIOT_API void zjiot_m4g_topic(const struct zjiot_m4g_message *message, char *topic);

/* Makes the answer that the document wants for a message of the module: pong, time_ack with `unix_seconds`,
 * push_msg_ack and push_online_ack with its packnum, push_info_ack. ARG: the message has no such answer; MISSING, TYPE:
 * it came without a packnum, or with none that is a number. The document has no acknowledgement without one, and to
 * make one up might acknowledge another packet. Whoever knows that its modules take any number writes that itself. */
ZJIOT_API int zjiot_m4g_answer(const struct zjiot_m4g_message *message, int64_t unix_seconds,
                               struct zjiot_m4g_message *ret_answer, struct zjiot_error *reterr_error);

/* The IMEI that a message holds itself; NULL: none. It lives as long as the message. */
ZJIOT_API const char *zjiot_m4g_imei(const struct zjiot_m4g_message *message);

/* The words of a channel, 1..ZJIOT_M4G_CHANNELS; NULL: the message has none of it. Its group is (channel - 1) / 3 + 1.
 */
ZJIOT_API const struct zjiot_words *zjiot_m4g_channel(const struct zjiot_m4g_push_msg *data, unsigned channel);

/* What a word means by the convention of these modules, which the document does not state: word - 32768. */
ZJIOT_API int32_t zjiot_m4g_word_value(uint16_t word);

/* State of a sensor. */
struct zjiot_m4g_sensor {
    bool has_state, has_crystal;
    int64_t state;   /* enum zjiot_m4g_state; old railway modules: two digits */
    int64_t crystal; /* enum zjiot_m4g_crystal */
};

/* The state of sensor 1..3 of channel 1..3. False: the message says nothing of it. */
ZJIOT_API bool zjiot_m4g_sensor(const struct zjiot_m4g_push_online *data, unsigned channel, unsigned sensor,
                                struct zjiot_m4g_sensor *ret_sensor);

/* Takes a location apart, degrees each. False: it is none. */
ZJIOT_API bool zjiot_m4g_location(const char *text, double *ret_longitude, double *ret_latitude);

/* Sessions.
 *
 * A session follows one connection, from either end: bytes and times in, events and bytes to send out. It does no I/O
 * and holds no bytes: what has come of an object that is not complete stays in the caller's buffer, which can be one
 * for all connections as long as that tail is kept. The events do not depend on how the stream was cut.
 *
 *     zjiot_m4g_session_init(&session, &config, now, NULL);
 *     ...                                                     bytes were added to the `size` at `bytes`; or a timer
 *     for (;;) {
 *         zjiot_pool_reset(&pool);
 *         code = zjiot_m4g_session_pull(&session, &time, bytes, size, end, &pool, &event, &report, &error);
 *         if (code < 0) ...                                   the pool is too small: the same call again with a larger
 *         bytes += event.taken, size -= event.taken;
 *         if (code == 0) break;                               keep the `size` bytes at `bytes`; often there are none
 *         send(event.answer, event.answer_size); ...
 *     }
 */
enum zjiot_m4g_role {
    ZJIOT_M4G_CLOUD,  /* this is the server: messages of the module come in */
    ZJIOT_M4G_MODULE, /* this is the module */
};

/* Copied by zjiot_m4g_session_init. */
struct zjiot_m4g_config {
    enum zjiot_m4g_role role;
    bool strict;    /* a message with a deviation is refused */
    uint32_t leave; /* 1 << type: these messages are not answered by the session but by the caller, who has stored them
                       first; ZJIOT_M4G_LEAVE_ALL */
    size_t object_max; /* bytes of the largest object; 0: ZJIOT_M4G_OBJECT_MAX */
    /* Table of open requests, which connections may share; NULL: nobody asks which request a message answers. Its keys
     * need ZJIOT_M4G_KEY_SIZE bytes. It has to outlive the session; its user expires it. */
    struct zjiot_track *track;
    uint64_t connection; /* tells the connections of one table apart */
    uint64_t timeout;    /* ms that a request waits for its answer; 0: ZJIOT_M4G_TIMEOUT_MS */
    uint64_t silence;    /* ms after which a silent module is offline; 0: ZJIOT_M4G_OFFLINE_MS */
};

#define ZJIOT_M4G_LEAVE_ALL UINT32_MAX

enum {
    ZJIOT_M4G_KEY_SIZE = 40, /* of struct zjiot_track_config */
    ZJIOT_M4G_TIMEOUT_MS = 30000,
    ZJIOT_M4G_ANSWER_SIZE = 64, /* room for every answer that a session gives */
};

/* The members are the session's own but for `imei` and `presence`, which are for reading; a caller who did not look for
 * bytes for a while calls zjiot_presence_hear, for the silence is not the module's. Nothing is to be released. */
struct zjiot_m4g_session {
    char imei[ZJIOT_M4G_IMEI_LENGTH + 1]; /* of the first message that had one; "" before */
    struct zjiot_presence presence;
    struct zjiot_m4g_config config;
    uint64_t splitter[6];
    uint64_t offset; /* of the caller's buffer in the stream */
    size_t seen;     /* bytes of the buffer that were there before */
    bool told;       /* that it is offline */
};

/* Two clocks of the caller's. */
struct zjiot_m4g_time {
    uint64_t now;         /* ms of a clock that does not run backwards */
    int64_t unix_seconds; /* what a module that asks is told */
};

enum zjiot_m4g_event_kind {
    ZJIOT_M4G_MESSAGE, /* a message came; deviations are in the report */
    ZJIOT_M4G_REFUSED, /* an object came that is no message; `error` says why; it gets no answer */
    ZJIOT_M4G_SKIPPED, /* bytes that are in no object */
    ZJIOT_M4G_OFFLINE, /* the module was silent for config.silence, or the connection ended */
    ZJIOT_M4G_ONLINE,  /* it is back after that */
};

struct zjiot_m4g_event {
    enum zjiot_m4g_event_kind kind;
    size_t taken;        /* bytes to take from the front of the buffer, whatever came of the call */
    uint64_t offset;     /* MESSAGE, REFUSED, SKIPPED: of its first byte since the session began */
    size_t size;         /* and how many they are */
    enum zjiot_code why; /* SKIPPED: SKIPPED garbage, SPACE an object above object_max, SYNTAX the beginning of an
                            object in which another one begins, LENGTH an object that the end cuts off */
    struct zjiot_m4g_message message;   /* in the pool; its topic.imei is the session's */
    struct zjiot_track_match match;     /* of an answer: to which request; a GUESSED one was found by order */
    char answer[ZJIOT_M4G_ANSWER_SIZE]; /* to be sent */
    size_t answer_size;                 /* 0: nothing is */
    struct zjiot_error error;           /* REFUSED: why. MESSAGE: why the session has no answer although one is due (the
                                           packnum is missing or none), else code ZJIOT_OK; the caller may send one */
};

/* Begins a session. ARG: object_max is 1, or the keys of `track` are too short. */
ZJIOT_API int zjiot_m4g_session_init(struct zjiot_m4g_session *session, const struct zjiot_m4g_config *config,
                                     uint64_t now, struct zjiot_error *reterr_error);

/* Looks at the `size` bytes at `bytes`: the tail that the last call left and what has come since; there may be none
 * when only the time has passed. `end`: the connection has ended, and no byte will follow. `report` (may be NULL) gets
 * the deviations of a message, to be emptied by the caller; offsets are within the object. A second IMEI on the
 * connection is a deviation CONST: the message is given out and answered, the session stays with the first.
 * Returns 1 and an event, 0 when there is none (more bytes, or time, are needed), or SPACE, NOMEM: `pool` cannot hold
 * the message, nothing has happened, and the call can be made again. */
ZJIOT_API int zjiot_m4g_session_pull(struct zjiot_m4g_session *session, const struct zjiot_m4g_time *time,
                                     const char *bytes, size_t size, bool end, struct zjiot_pool *pool,
                                     struct zjiot_m4g_event *ret_event, struct zjiot_report *report,
                                     struct zjiot_error *reterr_error);

/* When zjiot_m4g_session_pull has something to say without new bytes; UINT64_MAX: never. */
ZJIOT_API uint64_t zjiot_m4g_session_deadline(const struct zjiot_m4g_session *session);

/* Writes a message of this side to be sent: info, version, update and query_msg of the cloud, or those of the module.
 * Where it needs an IMEI and has none (NULL), it gets that of the connection. When `track` is set and the message has
 * an answer, it is entered there as a request with `user`; *ret_handle (may be NULL) names it, 0 when nothing waits.
 * Returns the bytes. ARG: a message of the other side; or as zjiot_m4g_encode and zjiot_track_open. After an error
 * nothing waits. */
ZJIOT_API int64_t zjiot_m4g_session_send(struct zjiot_m4g_session *session, uint64_t now,
                                         const struct zjiot_m4g_message *message, uint64_t user, void *out,
                                         size_t capacity, uint64_t *ret_handle, struct zjiot_error *reterr_error);

#ifdef __cplusplus
}
#endif
#endif
