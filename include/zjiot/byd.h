/* BYD power batches: JSON over MQTT between the platform and edge computers with meters and PLCs (document 002).
 *
 * A message is a batch: readings upward, commands downward. The structs come from zjiot/def/byd.def: look there for the
 * members and their units. The field's dialect is read, too: other keys, members that the document does not have, other
 * time stamps; each is a deviation. Written is what the document has.
 */
#ifndef ZJIOT_BYD_H
#define ZJIOT_BYD_H

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

#define ZJ_ROWS "zjiot/def/byd.def"
#define ZJ_NAME(self) zjiot_byd_##self
#define ZJ_AT(self, name) zjiot_at_byd_##self##_##name
#include "zjiot/def/structs.inc"

enum { ZJIOT_BYD_TOPIC_SIZE = 256 }; /* room for every topic that is written, with its NUL */

/* The field's topics without a device. */
#define ZJIOT_BYD_FIXED_TOPIC_UP "energy/electric/up"
#define ZJIOT_BYD_FIXED_TOPIC_DOWN "device/electric/down/"

/* A message; the type says which member of `data` it is. Texts and lists lead into the pool of the decoder, or to where
 * the caller keeps them. */
struct zjiot_byd_message {
    enum zjiot_byd_message_type type;
    struct zjiot_byd_topic topic;
    union zjiot_byd_data data;
};

/* Reads one message. `topic` is NUL-terminated; NULL: unknown. `options`, `report`, `trace`, `reterr_error` may be
 * NULL; everything the message holds comes from `pool`. Which message it is msgType says; where that is missing or
 * wrong, the topic. A topic of the field, of another form, or of the other direction is a deviation. Devices fill in
 * zeros for what they do not measure: the members `quality` say what is known of zeros. A member that is null is not
 * there: its bit in `has` is not set. Returns 0. SYNTAX: the text is no JSON object; UNKNOWN: neither msgType nor topic
 * say which message it is; SPACE, NOMEM: the pool; under `strict` the code of the first deviation. On failure nothing
 * was written and the pool is as it was. */
ZJIOT_API int zjiot_byd_decode(const char *topic, const void *text, size_t size, const struct zjiot_options *options,
                               struct zjiot_pool *pool, struct zjiot_byd_message *ret_message,
                               struct zjiot_report *report, struct zjiot_trace *trace,
                               struct zjiot_error *reterr_error);

/* Writes one message as JSON text, not terminated, and its topic, NUL-terminated, `topic_size` bytes at the most; ""
 * when topic.device is NULL: the message is for a topic that only the caller knows. Every value is checked: RANGE (a
 * time stamp of a clock without a zone among it, see zjiot_stamp_to_utc), MISSING, CONST (the values of `system`),
 * EXTRA with the path of the member; SYNTAX: msgId is no UUID of version 4, or the device cannot stand in a topic;
 * TYPE: a text that is not UTF-8; SPACE: `need` bytes are needed for the text, or the topic's room is too small. What
 * only a dialect has, and `quality`, is not written. In a message that was not decoded members that may be left out are
 * written when their bit in `has` is set, or when they are not zero. Returns the bytes of the text. */
ZJIOT_API int64_t zjiot_byd_encode(const struct zjiot_byd_message *message, const struct zjiot_options *options,
                                   char *topic, size_t topic_size, void *text, size_t capacity,
                                   struct zjiot_error *reterr_error);

/* Fills the two items that metrics.system has. They must live as long as the message. */
ZJIOT_API void zjiot_byd_system_fill(struct zjiot_byd_system items[2], double power_factor, double frequency);

/* The key under which a command may be tracked: its target's device and its transaction_id. It leads into the command
 * and lives as long. It names the command for the caller, not uniquely, and no answer to it is documented: a request is
 * opened so that the caller finds it again, and ends when the caller says so or at its deadline. */
ZJIOT_API struct zjiot_track_key zjiot_byd_key(const struct zjiot_byd_command *command);

/* Takes a topic apart: the direction, and the device in `pool`, NULL with the field's fixed topics. SYNTAX: of another
 * form. */
ZJIOT_API int zjiot_byd_topic_read(const char *topic, struct zjiot_pool *pool, enum zjiot_direction *ret_direction,
                                   struct zjiot_byd_topic *ret_topic, struct zjiot_error *reterr_error);

#ifdef __cplusplus
}
#endif
#endif
