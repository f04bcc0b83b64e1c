/* Any protocol through one door: bytes in, a message or its JSON record out; a message built by paths and encoded.
 *
 * The typed calls of a protocol (zjiot/nb.h, zjiot/cjt188.h) do the same for one protocol; they share the options.
 */
#ifndef ZJIOT_DECODE_H
#define ZJIOT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/catalog.h"
#include "zjiot/error.h"
#include "zjiot/pool.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NB: what a wrong checksum is. */
enum zjiot_crc_policy {
    ZJIOT_CRC_ACCEPT, /* the placeholders ffff and 0000 are a deviation, any other wrong one an error */
    ZJIOT_CRC_STRICT, /* must agree */
    ZJIOT_CRC_OFF,    /* is not looked at */
};

/* NB: which edition of the protocol the device speaks. */
enum zjiot_nb_edition {
    ZJIOT_NB_DOCUMENT, /* online: 1 is online */
    ZJIOT_NB_2019,     /* online: 0 is normal, 1 is a fault; the decoded value is turned round to mean 1 = online */
};

/* CJ/T 188: how the values of an answer stand in the frame. */
enum zjiot_cjt188_layout {
    ZJIOT_LAYOUT_AUTO,
    ZJIOT_LAYOUT_2004,
    ZJIOT_LAYOUT_2018,
    ZJIOT_LAYOUT_UNIT_FIRST,
    ZJIOT_LAYOUT_BIG_ENDIAN,
    ZJIOT_LAYOUT_HY,
    ZJIOT_LAYOUT_RAW,
    ZJIOT_LAYOUT_COUNT,
};

/* A member of a JSON text that the document does not have. */
struct zjiot_extra {
    size_t offset; /* of its value in the text */
    size_t size;
    char path[ZJIOT_PATH_SIZE];
};

/* Where a reader keeps such members; the caller owns the array. `count` goes on past `capacity`. */
struct zjiot_extras {
    struct zjiot_extra *items;
    size_t capacity;
    size_t count;
};

struct zjiot_cipher; /* zjiot/crypto.h */

/* Options of reading and writing. All zero, or a NULL pointer, are the defaults. */
struct zjiot_options {
    bool strict;          /* a deviation is an error */
    bool force;           /* a frame whose checksum is wrong is decoded all the same, and marked */
    bool show_secrets;    /* JSON records: do not mask secrets */
    bool word_values;     /* 4G, JSON records: beside dataN also dataN_value, each word less 32768 */
    bool placeholder_crc; /* NB, writing: ffff instead of the checksum */
    enum zjiot_crc_policy crc;
    enum zjiot_nb_edition edition;
    enum zjiot_cjt188_layout layout;
    const struct zjiot_cipher *cipher; /* keys of encrypted bodies; NULL: such bodies are UNKNOWN */
    struct zjiot_pool *scratch;        /* writing encrypted bodies: room for the plain one and what is made of it, four
                                          times the body and 1 KiB; as it was afterwards, and wiped */
    struct zjiot_extras *extras;       /* JSON: unknown members go here; NULL: each is a deviation EXTRA */
};

/* One value of a message and where it stands in the input, for tools that explain. */
struct zjiot_span {
    size_t offset;
    size_t size;                       /* bytes; 0 for a value that is derived or shares the byte before */
    const struct zjiot_record *record; /* whose field it is; never NULL */
    const struct zjiot_field *field;   /* never NULL */
    const void *value;                 /* the member, as long as the message lives; NULL for framing */
    bool invalid;                      /* a value was sent, but it is none */
    bool absent;                       /* sent as "not provided" */
    char path[ZJIOT_PATH_SIZE];
};

/* Where a reader writes spans; the caller owns the array. `count` goes on past `capacity`. */
struct zjiot_trace {
    struct zjiot_span *items;
    size_t capacity;
    size_t count;
    struct zjiot_bytes opened; /* the text that the places count in, where the body had to be opened first (base64): it
                                  leads into the pool; data NULL: they count in the input */
};

/* Rows and the struct they describe. */
struct zjiot_part {
    const struct zjiot_record *record;
    void *value;
};

enum { ZJIOT_HEADERS_MAX = 2 };

/* A message of any protocol. The pointers lead into the pool and into static tables; bytes that stay as they are
 * (struct zjiot_bytes) lead into the input. */
struct zjiot_message {
    const struct zjiot_protocol *protocol;
    const char *name;    /* "status" */
    const char *profile; /* CJ/T 188: the layout used, e.g. "hy"; NULL elsewhere */
    const char *reason;  /* why that layout; NULL with profile */
    enum zjiot_direction direction;
    bool forced; /* the checksum was wrong and `force` set */
    struct zjiot_part headers[ZJIOT_HEADERS_MAX];
    size_t header_count;
    struct zjiot_part data;
    void *typed; /* struct zjiot_nb_message or its like */
    /* Frames of another protocol that the message carries, each what came of it; records have them as "frames". */
    const struct zjiot_outcome *carried;
    size_t carried_count;
};

/* What came in: the bytes of a frame or of an MQTT message. They must live as long as what is decoded from them. */
struct zjiot_input {
    const char *topic; /* of the MQTT message, NUL-terminated; NULL where there is none, or it is not known */
    const uint8_t *bytes;
    size_t size;
};

/* Decodes one message. `options`, `report`, `trace`, `reterr_error` may be NULL. Memory comes from `pool`.
 * Returns 0, or a code: SYNTAX, UNKNOWN, LENGTH, CHECKSUM as the protocol's own call; SPACE or NOMEM from the pool;
 * under `strict` the code of the first deviation. On failure nothing was written and the pool is as it was. */
ZJIOT_API int zjiot_decode(const struct zjiot_protocol *protocol, const struct zjiot_input *input,
                           const struct zjiot_options *options, struct zjiot_pool *pool,
                           struct zjiot_message *ret_message, struct zjiot_report *report, struct zjiot_trace *trace,
                           struct zjiot_error *reterr_error);

/* What a topic says of its messages. */
struct zjiot_topic {
    const struct zjiot_protocol *protocol;
    const struct zjiot_protocol *carries; /* whose frames may stand there bare, without the message; NULL: none */
    enum zjiot_direction direction;
};

/* Finds the protocol whose topic it is. False: of none. */
ZJIOT_API bool zjiot_topic_read(const char *topic, struct zjiot_topic *ret_topic);

/* How well bytes fit a protocol. */
enum zjiot_fit {
    ZJIOT_FIT_NO,
    ZJIOT_FIT_POSSIBLE, /* the form fits, the checksum does not */
    ZJIOT_FIT_LIKELY,   /* the form fits, and there is no checksum to confirm it */
    ZJIOT_FIT_CERTAIN,  /* the checksum agrees, or the topic is one of its own */
};

struct zjiot_guess {
    const struct zjiot_protocol *protocol;
    enum zjiot_fit fit;
    char message[32];          /* name of the message, "" with ZJIOT_FIT_NO */
    char why[ZJIOT_TEXT_SIZE]; /* what speaks for it, or against it */
};

/* Judges the input by every protocol, the best first; `guesses` has room for `capacity`. Returns how many there are. */
ZJIOT_API size_t zjiot_identify(const struct zjiot_input *input, struct zjiot_guess *guesses, size_t capacity);

enum { ZJIOT_PROPOSAL_DIGITS = 2047 }; /* longest text that proposals are made for: an NB frame less a digit */

/* A hex text with one digit lost: what it may have been. */
struct zjiot_proposal {
    const struct zjiot_protocol *protocol;
    size_t column;      /* where the digit was put back, in digits from 0 */
    char digit;         /* which one, upper case */
    bool confirmed;     /* the checksum agrees */
    const char *device; /* one that this library knows, e.g. "an HY device"; NULL: any other; static text */
    unsigned oddities;  /* deviations and missing values of the frame that comes out */
};

/* Puts back every single digit that makes `digits` (an odd number of hex digits without separators) one whole frame
 * with the right structure, length and checksum, of `protocol` or, with NULL, of any. The most plausible come first:
 * known devices, then fewer oddities, then by column; the same frame is listed once. An NB frame with a placeholder for
 * its checksum would take a digit in almost any place: such frames are proposed only when no checksum agrees anywhere,
 * and then only for the document's example device and with nothing else odd; unknown functions of NB, too, are proposed
 * for that device only. Returns how many fit (it may be more than
 * `capacity`; the first ones are kept); 0 for an even count or one above ZJIOT_PROPOSAL_DIGITS. */
ZJIOT_API size_t zjiot_propose(const struct zjiot_protocol *protocol, const char *digits, size_t count,
                               struct zjiot_proposal *proposals, size_t capacity);

/* An empty message of that record, its fixed values filled in, every other member 0 and not yet given. */
ZJIOT_API int zjiot_prepare(const struct zjiot_protocol *protocol, const struct zjiot_record *record,
                            struct zjiot_pool *pool, struct zjiot_message *ret_message,
                            struct zjiot_error *reterr_error);

/* Sets one member by its path ("brightness", "period[0].on", "current_flow.unit"), looked up in the data, then in the
 * headers ("extra" or "header.extra"). `text` is a number, a name of the set, hex digits, a clock
 * (2024-05-26T19:08:00), NULL for what is not available in a message that may say so, or a quantity ("12.5 kWh", or
 * with a unit byte "12.5 0x2a"). A number may bear the unit of its row ("50 %"). "data0_value[0]" of the 4G module is
 * what data0[0] means; it sets the word, or has to agree with it (else CONST). Where several unit bytes have that name,
 * the one that holds the value exactly is taken, the plain one first, and one that only the edition of 2018 has last.
 * UNKNOWN: no such member; TYPE: the text is no such value; ARG: the member is computed, such as a checksum; RANGE:
 * outside the range; LENGTH: too many digits or bytes.
 */
ZJIOT_API int zjiot_set(struct zjiot_message *message, const char *path, const char *text, struct zjiot_pool *pool,
                        struct zjiot_error *reterr_error);

/* Where the headers tell the variants of a name apart, as the meter type does those of CJ/T 188's "read_reply" and
 * "set_opening": the variant, of the message's name and direction, that goes with the headers as they are set, and with
 * the layout in `options` (may be NULL); else the message's own record. MISSING: the member that tells them apart is
 * not set; CONST: no variant goes with it. */
ZJIOT_API int zjiot_variant_find(const struct zjiot_message *message, const struct zjiot_options *options,
                                 const struct zjiot_record **ret_record, struct zjiot_error *reterr_error);

/* Sets what a name says of a message that is no record's own: of "write" the control code 04, where CJ/T 188 has only
 * one for it. Other names, and names of other protocols, say nothing. */
ZJIOT_API void zjiot_set_alias(struct zjiot_message *message, const char *name);

/* Sets the members that a topic says: the vendor, the device, the numbers of an envelope. SYNTAX: no topic of the
 * message's protocol; CONST: of another direction or another message. */
ZJIOT_API int zjiot_set_topic(struct zjiot_message *message, const char *topic, struct zjiot_pool *pool,
                              struct zjiot_error *reterr_error);

enum { ZJIOT_TOPIC_SIZE = 256 }; /* room for every topic that is written, with its NUL */

/* Writes the frame, or the body of the MQTT message, and its topic, NUL-terminated: "" where the protocol has none, or
 * its parts are not known. `topic` has ZJIOT_TOPIC_SIZE bytes, or is NULL. Returns the number of bytes of the frame.
 * MISSING: a member was never set; upward, in a protocol with zero_is_absent, it is written as zero or empty instead,
 * which says that there is no value. RANGE, CONST: a value the document does not allow; LENGTH: fewer digits than the
 * document wants (NB: nbid), or a frame too long; SPACE: `need` bytes are needed. On failure the contents of `out` are
 * unspecified. */
ZJIOT_API int64_t zjiot_encode(const struct zjiot_message *message, const struct zjiot_options *options, char *topic,
                               uint8_t *out, size_t capacity, struct zjiot_error *reterr_error);

/* What came of one input, to be written as a record. */
struct zjiot_outcome {
    const struct zjiot_message *message;   /* NULL when it was not decodable */
    const struct zjiot_protocol *protocol; /* may be NULL when no protocol fits */
    const struct zjiot_report *report;     /* may be NULL */
    const struct zjiot_error *error;       /* NULL when there was none */
    struct zjiot_input input;
    struct zjiot_part origin; /* members of "header" beside the message's own, such as who sent it; with and without a
                                 message; record NULL: none */
    bool is_text; /* the input is the text that stood in the place of a carried frame and is no hex, such as digits of
                     which one is lost; records show it as it is */
};

/* Writes the JSON record, NUL-terminated. `pretty` indents it. Returns its length without the NUL; SPACE with the
 * `need`ed bytes (NUL included) when `capacity` is too small; `out` may be NULL with capacity 0. */
ZJIOT_API int64_t zjiot_record_write(const struct zjiot_outcome *outcome, const struct zjiot_options *options,
                                     bool pretty, char *out, size_t capacity, struct zjiot_error *reterr_error);

/* Whether bytes may hold a secret in clear, such as a meter key, and should not be shown as they are. `protocol` NULL:
 * of any protocol, for bytes that could not be decoded for certain. */
ZJIOT_API bool zjiot_may_hold_secret(const uint8_t *bytes, size_t size, const struct zjiot_protocol *protocol);

/* Bytes of a pool for zjiot_record that are enough for `size` bytes of input, which carry so many frames (HY's
 * meter_data, at least 1), as devices send them: all messages of the documents and the project's vectors need at most
 * 21 KiB, 2.2 times their size, and 1 KiB a frame. What somebody makes up may need more: a list of empty objects takes
 * up to 250 bytes for each of its own. */
#define ZJIOT_RECORD_POOL(size, frames) ((size_t)32768 + 4 * (size_t)(size) + 2048 * (size_t)(frames))

/* One call for other languages: decodes one input (protocol NULL: the one it fits best) and writes its JSON record,
 * also when it cannot be decoded. Memory comes from `pool`, which is as it was afterwards; ZJIOT_RECORD_POOL says how
 * much. Returns the record's length; a failure is one of the call itself: SPACE with the `need`ed bytes of `out`, or
 * SPACE or NOMEM of the pool, whose sentence says so. */
ZJIOT_API int64_t zjiot_record(const struct zjiot_protocol *protocol, const struct zjiot_input *input,
                               const struct zjiot_options *options, struct zjiot_pool *pool, char *out, size_t capacity,
                               struct zjiot_error *reterr_error);

/* Writes a value as text, without its unit ("230.45", "open", "2024-05-26T19:08:00"), NUL-terminated and cut to
 * `size`. Returns the length it has uncut. `value` may be NULL (framing): "" then. */
ZJIOT_API size_t zjiot_value_text(const struct zjiot_field *field, const void *value, char *out, size_t size);

/* The unit of a value: its row's, or that of the quantity; "" where there is none. Static text, or for an unknown unit
 * byte "unit 0x60" written to `out` (16 bytes). */
ZJIOT_API const char *zjiot_value_unit(const struct zjiot_field *field, const void *value, char *out);

/* The choice a value falls under, or NULL. */
ZJIOT_API const struct zjiot_choice *zjiot_value_choice(const struct zjiot_field *field, const void *value);

#ifdef __cplusplus
}
#endif
#endif
