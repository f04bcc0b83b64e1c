/* HY heating gateway: JSON over MQTT that carries the frames of CJ/T 188 meters and valves in hex (document 004).
 *
 * Requests go to hy/gw/get/<gateway>, answers and reports come on hy/gw/set/<gateway>; a body is
 * {"gw":{..},"data":{..}}. The structs come from zjiot/def/hy.def: look there for the members, their units and ranges.
 */
#ifndef ZJIOT_HY_H
#define ZJIOT_HY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/catalog.h"
#include "zjiot/decode.h"
#include "zjiot/error.h"
#include "zjiot/pool.h"
#include "zjiot/track.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ZJ_ROWS "zjiot/def/hy.def"
#define ZJ_NAME(self) zjiot_hy_##self
#define ZJ_AT(self, name) zjiot_at_hy_##self##_##name
#include "zjiot/def/structs.inc"

enum {
    ZJIOT_HY_TOPIC_SIZE = 80, /* room for every topic that is written, with its NUL */
    ZJIOT_HY_METER_ID_LENGTH = 14,
    ZJIOT_HY_METER_DIGITS = 8,
    ZJIOT_HY_ANSWER_SIZE = 24,                /* of struct zjiot_hy_key */
    ZJIOT_HY_COUNT = 5,                       /* transparent_count of the document */
    ZJIOT_HY_OFFLINE_MS = 2 * 60 * 60 * 1000, /* silence after which a gateway is offline: it reports hourly */
    ZJIOT_HY_VALVE_SIZE = 3 + 13 + 5,         /* longest frame that moves a valve, with its FE bytes */
};

/* A message. Messages are told apart by `type`: ZJIOT_HY_REPORT means data.report, and so on; what the gateway sends
 * has types of its own, ZJIOT_HY_STATUS_REPLY means data.status_reply. Texts, lists and frames lead into the pool of
 * the decoder, or to where the caller keeps them. */
struct zjiot_hy_message {
    enum zjiot_hy_message_type type;
    struct zjiot_hy_gw gw;
    struct zjiot_hy_meter meter; /* decoded reports: their meter_id taken apart; has 0: it has another form */
    union zjiot_hy_data data;
    /* Decoded messages: what became of each item of meter_data, or of `transparent`, in their order; messages of
     * protocol cjt188. Of one that is no hex it has the text, and data NULL stands in meter_data. Not looked at when a
     * message is written. */
    const struct zjiot_outcome *frames;
    size_t frame_count;
};

/* Reads one message. `topic` is NUL-terminated; NULL: unknown, then the members of the data tell the direction.
 * `options`, `report`, `trace`, `reterr_error` may be NULL; everything the message holds comes from `pool`. The frames
 * it carries are decoded with the same options; a frame that is none leaves the message readable: it has its error in
 * `frames`, beside its message if the checksum alone is wrong and `force` set, and everything that is odd about a frame
 * is also a deviation of the message, at its place in the text; so is a frame of another meter than meter_id says.
 * Returns 0. SYNTAX: no JSON; MISSING: no gw.msg_id, or the body is empty; TYPE: msg_id is no number; SPACE, NOMEM: the
 * pool; under `strict` the code of the first deviation. On failure nothing was written and the pool is as it was. */
ZJIOT_API int zjiot_hy_decode(const char *topic, const void *body, size_t size, const struct zjiot_options *options,
                              struct zjiot_pool *pool, struct zjiot_hy_message *ret_message,
                              struct zjiot_report *report, struct zjiot_trace *trace, struct zjiot_error *reterr_error);

/* Writes one message: its topic, NUL-terminated, `topic_size` bytes at the most (`topic` may be NULL), and its body,
 * compact and not terminated. The type decides direction and msg_id; only the types ..OTHER.. take msg_id from gw.
 * Every value is checked, and so are the frames: a gateway would send a damaged one. MISSING also: a write of the
 * periods (msg_id 12) without all of main_interval, copy_interval, heating_start and heating_end, which crashes the
 * gateway; UNKNOWN: a msg_id that the library does not know; CONST: msg_id is one of another type, or a frame is of
 * another number or type than meter_id says; SYNTAX: gw_id cannot be a level of a topic; SPACE: `need` bytes are needed
 * for the body, or the topic's room is too small. Returns the bytes of the body. */
ZJIOT_API int64_t zjiot_hy_encode(const struct zjiot_hy_message *message, char *topic, size_t topic_size, void *body,
                                  size_t capacity, struct zjiot_error *reterr_error);

/* Takes a meter_id apart: 8 digits number, 4 kind, 2 port. `type` has no bit for a kind other than 2008 and 2034,
 * `port_name` none for a port other than 00, 01, 02. LENGTH: not 14 characters; TYPE: not all of them digits. */
ZJIOT_API int zjiot_hy_meter_read(const char *meter_id, struct zjiot_hy_meter *ret_meter,
                                  struct zjiot_error *reterr_error);

/* What zjiot_hy_read_now reads; a sum of these. */
enum {
    ZJIOT_HY_READ_MAIN = 1, /* the building meters, kind 2034 */
    ZJIOT_HY_READ_COPY = 2, /* the household valves, kind 2008 */
    ZJIOT_HY_READ_UPLOAD = 4,
};

/* Makes the request to read meters now. `gateway` must live as long as the message. */
ZJIOT_API void zjiot_hy_read_now(struct zjiot_hy_message *ret_message, const char *gateway, unsigned what);

/* Makes the request to move a valve to `percent`, 0..100: whole percent for kind 2008, tenths for 2034. Kind and port
 * are those of `meter_id`; the gateway tries `count` times, ZJIOT_HY_COUNT in the document. The frame is written to
 * `frame`; it and `gateway` must live as long as the message. LENGTH, TYPE: meter_id; UNKNOWN: its kind has no valve;
 * RANGE: percent, or the count is below 0. */
ZJIOT_API int zjiot_hy_move_valve(struct zjiot_hy_message *ret_message, const char *gateway, const char *meter_id,
                                  double percent, int64_t count, uint8_t frame[ZJIOT_HY_VALVE_SIZE],
                                  struct zjiot_error *reterr_error);

/* How long a transparent request with this transparent_count may take, in ms: (count + 1) * 6 s + 0.5 s. A silent meter
 * produces no message at all. A count below 0 counts as 0. */
ZJIOT_API uint64_t zjiot_hy_transparent_ms(int64_t count);

/* Whether it is the last will of a gateway (msg_id 70): the broker says that the gateway is gone. */
ZJIOT_API bool zjiot_hy_is_last_will(const struct zjiot_hy_message *message);

/* Tracking: which answer belongs to which request, see zjiot/track.h. A transparent request and read_now have two
 * stages: `stat` 2 says accepted, and the meter's answer, or a report, confirms. The answer to a transparent request is
 * a frame of the meter that was asked, with the function and the DI that it was asked with (C=96 and 902F to C=16 and
 * 902F); an abnormal answer, C with 40H set, is one too, and says that it failed. Where it names no DI, that of HY's
 * devices for the function counts. What carries neither a `stat` of 1 or 2 nor a sound frame of a meter confirms
 * nothing and is FOREIGN. */

/* What a reply says of the request that it belongs to. */
enum zjiot_hy_says {
    ZJIOT_HY_SAYS_NOTHING,  /* of two stages: no frame, or none that is a meter's, and no `stat` of 1 or 2 */
    ZJIOT_HY_SAYS_ACCEPTED, /* the gateway has taken it; an answer is to follow */
    ZJIOT_HY_SAYS_REFUSED,  /* the gateway could not do it: `stat` 1 */
    ZJIOT_HY_SAYS_ERROR,    /* the meter could not do it: an abnormal answer */
    ZJIOT_HY_SAYS_DONE,
};

/* Room for the parts of a key that the message does not hold as they are. */
struct zjiot_hy_key {
    char command[8];
    char answer[ZJIOT_HY_ANSWER_SIZE]; /* "27100583/16/902f": meter, function, DI; of a report the meter alone */
};

/* What zjiot_track_open needs to know of a request. Its key leads into the message and into *ret_key; the caller sets
 * `user`. The deadline is `now` and zjiot_hy_transparent_ms for a transparent request, else ZJIOT_TRACK_NEVER, for the
 * caller to set. read_now has ZJIOT_TRACK_MANY answers, every other request one. ARG: the message is no request. */
ZJIOT_API int zjiot_hy_track_request(const struct zjiot_hy_message *message, uint64_t now, struct zjiot_hy_key *ret_key,
                                     struct zjiot_track_request *ret_request, struct zjiot_error *reterr_error);

/* How many replies a decoded message is: one for each frame of a report or of a transparent answer, else one; 0 for a
 * request. */
ZJIOT_API size_t zjiot_hy_track_count(const struct zjiot_hy_message *message);

/* What reply `index` of a decoded message says; NOTHING: there is no such reply. */
ZJIOT_API enum zjiot_hy_says zjiot_hy_track_says(const struct zjiot_hy_message *message, size_t index);

/* What zjiot_track_match needs to know of reply `index` of a decoded message. Its key and content lead into the message
 * and into *ret_key. The content is the meter's frame, so that an answer which comes several times is known as a
 * DUPLICATE. ARG: there is no such reply. */
ZJIOT_API int zjiot_hy_track_reply(const struct zjiot_hy_message *message, size_t index, struct zjiot_hy_key *ret_key,
                                   struct zjiot_track_reply *ret_reply, struct zjiot_error *reterr_error);

#ifdef __cplusplus
}
#endif
#endif
