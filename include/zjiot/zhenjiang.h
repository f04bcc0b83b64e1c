/* Zhenjiang city IoT access: JSON over MQTT between the city's platform and the middleware of a vendor (document 000).
 *
 * A message has a topic, <direction>/<format>/<vendor>/<command>/<device>, and a body {"context":{..},"data":{..}}. The
 * structs come from zjiot/def/zhenjiang.def: look there for the members, their units and ranges.
 */
#ifndef ZJIOT_ZHENJIANG_H
#define ZJIOT_ZHENJIANG_H

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

#define ZJ_ROWS "zjiot/def/zhenjiang.def"
#define ZJ_NAME(self) zjiot_zhenjiang_##self
#define ZJ_AT(self, name) zjiot_at_zhenjiang_##self##_##name
#include "zjiot/def/structs.inc"

enum {
    ZJIOT_ZHENJIANG_TOPIC_SIZE = 256, /* room for every topic that is written, with its NUL */
    ZJIOT_ZHENJIANG_DEV_ID_LENGTH = 18,
    ZJIOT_ZHENJIANG_DEV_ID_MAX = 64,     /* of one that is read */
    ZJIOT_ZHENJIANG_PART_SIZE = 1000000, /* a timetable's message is split above it unless the caller says otherwise */
};

/* A message. Messages are told apart by `type`: ZJIOT_ZHENJIANG_HEARTBEAT means data.heartbeat, and so on; the answer
 * to a command has a type of its own, ZJIOT_ZHENJIANG_GET_TIMER_REPLY means data.get_timer_reply. Texts and lists lead
 * into the pool of the decoder, or to where the caller keeps them. */
struct zjiot_zhenjiang_message {
    enum zjiot_zhenjiang_message_type type;
    struct zjiot_zhenjiang_topic topic;
    struct zjiot_zhenjiang_context context;
    union zjiot_zhenjiang_data data;
};

/* Reads one message. `topic` is NUL-terminated; NULL: unknown, then direction and command are found by the body. The
 * body's format is the topic's; places in deviations and errors are those of the JSON text. `options`, `report`,
 * `trace`, `reterr_error` may be NULL; everything the message holds comes from `pool`.
 * Where topic and body disagree, the topic wins, and a deviation says so. Upward a zero outside its range is no
 * deviation: the device has no such value, and its bit in `has` is not set.
 * Returns 0. SYNTAX: the topic has another form, or the body is no JSON (base64: no base64); UNKNOWN: an unknown
 * direction, format or command; MISSING: the body is empty; LENGTH: a device that is empty or longer than 64 bytes;
 * SPACE, NOMEM: the pool; under `strict` the code of the first deviation. On failure nothing was written and the pool
 * is as it was. */
ZJIOT_API int zjiot_zhenjiang_decode(const char *topic, const void *body, size_t size,
                                     const struct zjiot_options *options, struct zjiot_pool *pool,
                                     struct zjiot_zhenjiang_message *ret_message, struct zjiot_report *report,
                                     struct zjiot_trace *trace, struct zjiot_error *reterr_error);

/* Writes one message: its topic, NUL-terminated, `topic_size` bytes at the most, and its body, not terminated. The
 * type decides direction and command; topic.command and context.cmd may be NULL, and so may topic.device, which then is
 * context.dev_id. Every value is checked: RANGE, LENGTH, MISSING, EXTRA, CONST with the path of the member; TYPE: a
 * text that is not UTF-8; UNKNOWN: a format that this library cannot write; SPACE: `need` bytes are needed for the
 * body, or the topic's room is too small. Members that may be left out are written when their bit in `has` is set, or,
 * in a message that was not decoded, when they are not zero (an action at 00:00, or to dim to 0 %, needs the bit);
 * status and detail in every answer. Returns the bytes of the body. */
ZJIOT_API int64_t zjiot_zhenjiang_encode(const struct zjiot_zhenjiang_message *message,
                                         const struct zjiot_options *options, char *topic, size_t topic_size,
                                         void *body, size_t capacity, struct zjiot_error *reterr_error);

/* Makes the answer to a request: same vendor, device, format and context, `status` and `detail` (NULL: "") and the time
 * in milliseconds; its data are zero, for the caller to fill. Its texts are the request's, which must live as long.
 * Where the request's topic and context disagree on command or device, the answer says what the topic says. What else
 * the reader tolerated is taken over, and zjiot_zhenjiang_encode refuses it: a device of other than 18 characters, and
 * modules without bit 0 that need it. The caller knows the device, and sets topic.device with context.dev_id, or
 * context.dev_attr.
 * ARG: `request` is no request. ftpUpgrade: the first answer, that it was taken; for the second set the type to
 * ZJIOT_ZHENJIANG_FTP_UPGRADE_FINISHED. */
ZJIOT_API int zjiot_zhenjiang_reply(const struct zjiot_zhenjiang_message *request, enum zjiot_zhenjiang_status status,
                                    const char *detail, int64_t unix_milli, struct zjiot_zhenjiang_message *ret_reply,
                                    struct zjiot_error *reterr_error);

/* Checks a message as it would be written, without writing it. */
ZJIOT_API int zjiot_zhenjiang_check(const struct zjiot_zhenjiang_message *message, struct zjiot_error *reterr_error);

/* Tracking: which answer belongs to which request, see zjiot/track.h. The scope is the device, the topic's if it names
 * one; the id is serial_id, byte for byte. An answer without a serial_id, which a device should not send to a request
 * that has one, is GUESSED: it goes to the oldest open request of its device and command. One whose serial_id is empty
 * is FOREIGN, unless the request's is empty too. Keys lead into the message, and live as long. */

/* Longest key of a device and a command as this library writes them, with a serial_id of `serial_size` bytes: for
 * key_size of struct zjiot_track_config. */
#define ZJIOT_ZHENJIANG_KEY_SIZE(serial_size) (ZJIOT_ZHENJIANG_DEV_ID_MAX + 32 + (serial_size) + 1)

/* What zjiot_track_open needs to know of a request. The document names no deadlines: it is ZJIOT_TRACK_NEVER, for the
 * caller to set, as is `user`. `answers` is 1, but for
 *   setTimetable            1: where the table was split, the caller sets it to the number of parts and opens one
 * request getTimetable            ZJIOT_TRACK_MANY, since nobody says into how many messages the answer is split
 *   ctlSolenoidValveDegree  the number of valves that move
 *   ftpUpgrade              1, of two stages: accepted when the order is taken, answered when the new software runs.
 * ARG: the message is no request. */
ZJIOT_API int zjiot_zhenjiang_track_request(const struct zjiot_zhenjiang_message *message,
                                            struct zjiot_track_request *ret_request, struct zjiot_error *reterr_error);

/* What zjiot_track_match needs to know of an answer. It may say a failure (context.status); where several answers were
 * awaited and none can follow it is a REFUSAL, which ends the request. A valve's answer that comes twice is known as a
 * DUPLICATE when the table remembers contents. ARG: the message is a request, or one that devices send by themselves.
 */
ZJIOT_API int zjiot_zhenjiang_track_reply(const struct zjiot_zhenjiang_message *message,
                                          struct zjiot_track_reply *ret_reply, struct zjiot_error *reterr_error);

/* Takes a topic apart. `ret_direction` and the record are found by it; the texts of *ret_topic come from `pool`.
 * SYNTAX: not of this form, an empty part, a wildcard or a control character; UNKNOWN: direction, format, or a command
 * that does not exist in this direction; MISSING: no device, downward; LENGTH: one longer than 64 bytes. ct10nOff, a
 * damaged name in the document, is ctlOnOff. */
ZJIOT_API int zjiot_zhenjiang_topic_read(const char *topic, struct zjiot_pool *pool,
                                         enum zjiot_direction *ret_direction, struct zjiot_zhenjiang_topic *ret_topic,
                                         struct zjiot_error *reterr_error);

/* The name of a fault number (document 4.1), or NULL. Static text. */
ZJIOT_API const char *zjiot_zhenjiang_fault_name(int64_t alarm_id);

/* Whether a fault belongs to a phase, which postAlarm must then name (4, 5, 10, 11, 13). */
ZJIOT_API bool zjiot_zhenjiang_fault_has_phase(int64_t alarm_id);

/* Timetables (document 3.3.3, 3.4.3). */

/* What a switch does. */
enum zjiot_zhenjiang_light {
    ZJIOT_ZHENJIANG_LIGHT_UNKNOWN, /* the table says nothing (yet) for this minute */
    ZJIOT_ZHENJIANG_LIGHT_IS_OFF,
    ZJIOT_ZHENJIANG_LIGHT_IS_ON,
    ZJIOT_ZHENJIANG_LIGHT_IS_DIMMED,
};

struct zjiot_zhenjiang_moment {
    int64_t switch_id; /* from 1 */
    int64_t day;       /* month * 100 + day; on any other nothing is known */
    int minute;        /* 0..1439; likewise */
    int sunrise;       /* minute of that day */
    int sunset;
};

/* What the table makes of a switch at a moment. A day's own entry beats the one for every day; of two entries for one
 * day the later counts; a day without actions is off; else the last action at or before the minute decides, of two at
 * one minute the later. Nothing is carried over midnight. An `offset` that leads out of the day: before it, from its
 * first minute; behind it, not at all. What the reader found damaged or incomplete does not count.
 * *ret_brightness (may be NULL): 0, 100, or the dimming, in %; -1 when unknown. *ret_action (may be NULL): what
 * decided, in the table; NULL when nothing did, or the day has no actions. Both are always written. */
ZJIOT_API enum zjiot_zhenjiang_light zjiot_zhenjiang_light_at(const struct zjiot_zhenjiang_timetable *table,
                                                              const struct zjiot_zhenjiang_moment *moment,
                                                              int *ret_brightness,
                                                              const struct zjiot_zhenjiang_action **ret_action);

/* Adds the days of `part`, a message just received, to `table`, which begins as zero: each replaces that day wholly,
 * and a day that is new goes behind the others. What the reader could not read of them is left out. The table's list is
 * made anew in `pool`, which needs room for the days of both; actions are not copied, `part` must live as long. Returns
 * 0. SPACE, NOMEM: the pool; it and `table` are then as they were. */
ZJIOT_API int zjiot_zhenjiang_timetable_join(struct zjiot_zhenjiang_timetable *table,
                                             const struct zjiot_zhenjiang_timetable *part, struct zjiot_pool *pool,
                                             struct zjiot_error *reterr_error);

/* Splits a setTimetable, or an answer to getTimetable, between days into messages of at most `limit` bytes (0:
 * ZJIOT_ZHENJIANG_PART_SIZE) as JSON text; base64 makes them a third longer. *ret_parts, in `pool`, are copies of
 * `message`, each with as many of its days as fit; texts and days stay where they are and must live as long. A table
 * without days gives one message.
 * Returns how many there are. ARG: the message has no timetable; LENGTH: a day alone is too long, and `path` says
 * which, or the message is without any; SPACE, NOMEM: the pool; or what writing the message gives. Then nothing was
 * written and the pool is as it was: a table is sent whole or not at all. */
ZJIOT_API int64_t zjiot_zhenjiang_timetable_split(const struct zjiot_zhenjiang_message *message, size_t limit,
                                                  struct zjiot_pool *pool, struct zjiot_zhenjiang_message **ret_parts,
                                                  struct zjiot_error *reterr_error);

#ifdef __cplusplus
}
#endif
#endif
