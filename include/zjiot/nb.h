/* NB-IoT single lamp controller: binary frames over MQTT (document 001).
 *
 * One MQTT message is one frame; there is no stream framing. The structs come from zjiot/def/nb.def: look there for the
 * members, their units and ranges.
 */
#ifndef ZJIOT_NB_H
#define ZJIOT_NB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/catalog.h"
#include "zjiot/decode.h"
#include "zjiot/error.h"
#include "zjiot/track.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ZJIOT_NB_ENVELOPE_SIZE = 16, /* VID UID PID NBID */
    ZJIOT_NB_HEADER_SIZE = 7,    /* SN FN EXTRA */
    ZJIOT_NB_CRC_SIZE = 2,
    ZJIOT_NB_FRAME_MAX = 1024, /* longest frame that is read or written */
    ZJIOT_NB_PERIODS = 4,
    ZJIOT_NB_TOPIC_SIZE = 32,
    ZJIOT_NB_KEY_SIZE = 8 + 5, /* key_size of struct zjiot_track_config */
};

#define ZJIOT_NB_SN_EXAMPLE 0xfffefdfcu   /* the document's example device; the default when writing */
#define ZJIOT_NB_SN_BROADCAST 0xffffffffu /* all controllers */
#define ZJIOT_NB_TOPIC_DOWN "$s2d/nb/youren/push"

#define ZJ_ROWS "zjiot/def/nb.def"
#define ZJ_NAME(self) zjiot_nb_##self
#define ZJ_AT(self, name) zjiot_at_nb_##self##_##name
#include "zjiot/def/structs.inc"

/* A frame. Messages are told apart by `type`: ZJIOT_NB_STATUS means data.status, and so on. */
struct zjiot_nb_message {
    enum zjiot_nb_message_type type;
    bool full;                         /* with the outer envelope */
    bool forced;                       /* decoded although the checksum is wrong (option force) */
    struct zjiot_nb_envelope envelope; /* of a full frame */
    struct zjiot_nb_header header;
    union zjiot_nb_data data; /* of an unknown function: its bytes lead into the input */
};

/* Reads one frame, inner or full, from raw bytes. `options`, `report`, `trace`, `reterr_error` may be NULL.
 * Returns 0. LENGTH: fewer than 9 bytes, more than ZJIOT_NB_FRAME_MAX, or another number of data bytes than the
 * function has; UNKNOWN: an unknown function without a checksum that agrees; CHECKSUM: wrong checksum, after the
 * policy of `options`; under `strict` the code of the first deviation. */
ZJIOT_API int zjiot_nb_decode(const uint8_t *bytes, size_t size, const struct zjiot_options *options,
                              struct zjiot_nb_message *ret_message, struct zjiot_report *report,
                              struct zjiot_trace *trace, struct zjiot_error *reterr_error);

/* Writes one frame, full when message->full. The type decides the function number (only UNKNOWN_FN takes header.fn,
 * which must then be none of the document's). header.sn 0 stands for ZJIOT_NB_SN_EXAMPLE unless its bit in header.has
 * is set. Constant members (mode) need not be set. The checksum is the real one, or ffff with options->placeholder_crc.
 * Returns the number of bytes. RANGE: a member outside its range (path says which), extra not in 1..65535; CONST:
 * header.fn contradicts the type; MISSING: a member that was absent when the message was read; LENGTH: longer than
 * ZJIOT_NB_FRAME_MAX; SPACE: `need` bytes are needed. */
ZJIOT_API int64_t zjiot_nb_encode(const struct zjiot_nb_message *message, const struct zjiot_options *options,
                                  uint8_t *out, size_t capacity, struct zjiot_error *reterr_error);

/* The forms in which a platform hands a frame over. */
enum zjiot_nb_form {
    ZJIOT_NB_RAW,
    ZJIOT_NB_HEX_TEXT,
    ZJIOT_NB_JSON, /* {"header":{"vid":..,"uid":..,"pid":..,"nb":"..","sid":"..","fn":..,"extra":..},"payload":".."} */
};

/* Finds the frame in an MQTT payload of any of the three forms. A JSON payload gives the full frame when its header has
 * uid, pid and nb, else the inner one; where the header and the inner frame disagree, a deviation is reported. `frame`
 * has room for `capacity` bytes (payload_size is always enough). Returns the frame's bytes. SYNTAX: none of the forms;
 * LENGTH: empty, or too long; MISSING: JSON without payload; TYPE, RANGE, LENGTH: a member of the JSON that is none;
 * SPACE. */
ZJIOT_API int64_t zjiot_nb_unwrap(const void *payload, size_t payload_size, uint8_t *frame, size_t capacity,
                                  enum zjiot_nb_form *ret_form, struct zjiot_report *report,
                                  struct zjiot_error *reterr_error);

/* Writes a frame as a payload of that form, without NUL. Returns the number of bytes. JSON needs an envelope
 * (message->full), ARG otherwise. */
ZJIOT_API int64_t zjiot_nb_wrap(const struct zjiot_nb_message *message, enum zjiot_nb_form form,
                                const struct zjiot_options *options, void *payload, size_t capacity,
                                struct zjiot_error *reterr_error);

/* Tracking: which answer belongs to which request, see zjiot/track.h. The scope is SN, the id EXTRA, which an ack
 * repeats (decisions, section 2); an ack without the request's EXTRA is FOREIGN. It says that the controller has taken
 * or refused the request, not that the lamp has obeyed. */

/* Room for the parts of a key, which the message does not hold as they are. */
struct zjiot_nb_key {
    char sn[8 + 1];    /* hex, as in the record */
    char extra[5 + 1]; /* decimal */
};

/* What zjiot_track_open needs to know of a request. Its key leads into *ret_key, which has to live until that call. The
 * document names no deadlines: it is ZJIOT_TRACK_NEVER, for the caller to set, as is `user`. There is one answer; to a
 * request to ZJIOT_NB_SN_BROADCAST, whose key is EXTRA alone, ZJIOT_TRACK_MANY, one from each controller. An SN that is
 * not given is that of zjiot_nb_encode. ARG: the message is no request; RANGE: SN or EXTRA could not be written. */
ZJIOT_API int zjiot_nb_track_request(const struct zjiot_nb_message *message, struct zjiot_nb_key *ret_key,
                                     struct zjiot_track_request *ret_request, struct zjiot_error *reterr_error);

/* What zjiot_track_match needs to know of an answer, a message ZJIOT_NB_ACK. Its key and content lead into *ret_key,
 * which has to live until that call. An ack bears the SN of its controller and does not say whether the request was to
 * all of them: match it first with `to_all` false, and, when that is FOREIGN, with `to_all` true. With it the ack of a
 * controller that comes twice is a DUPLICATE when the table remembers contents. ARG: the message is no ack. */
ZJIOT_API int zjiot_nb_track_reply(const struct zjiot_nb_message *message, bool to_all, struct zjiot_nb_key *ret_key,
                                   struct zjiot_track_reply *ret_reply, struct zjiot_error *reterr_error);

/* Topic of a project's uplinks, "$d2s/u{uid}/p{pid}/nb", NUL-terminated; room for ZJIOT_NB_TOPIC_SIZE. */
ZJIOT_API size_t zjiot_nb_topic_up(uint32_t uid, uint32_t pid, char *topic);

/* What a lamp with these periods does at `minute` (0..1439) of the day: its brightness in %, or -1 when it is off.
 * The last period that covers the minute wins; on after off runs past midnight; off 0 is midnight; on == off is
 * unused (decisions 2, document 0x10). A `minute` outside 0..1439 is off. */
ZJIOT_API int zjiot_nb_brightness_at(const struct zjiot_nb_period periods[ZJIOT_NB_PERIODS], int minute);

#ifdef __cplusplus
}
#endif
#endif
