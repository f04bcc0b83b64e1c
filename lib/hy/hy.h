/* Inside of the HY gateway's protocol. */
#ifndef ZJ_HY_H
#define ZJ_HY_H

#include "catalog/catalog.h"
#include "zjiot/cjt188.h"
#include "zjiot/hy.h"

enum {
    ZJ_HY_RECORDS = ZJIOT_HY_OTHER_SECRET_REPLY + 1,
    ZJ_HY_FIRST_UP = ZJIOT_HY_STATUS_REPLY, /* the rows stand in this order */
    ZJ_HY_WRITE_PERIODS = 12,
    ZJ_HY_LAST_WILL = 70,
};

extern const struct zjiot_record zj_hy_records[ZJ_HY_RECORDS];
extern const struct zjiot_protocol zj_hy_protocol;
extern const struct zjiot_record zj_hy_part_gw;
extern const struct zjiot_record zj_hy_part_envelope;
extern const struct zjiot_record zj_hy_part_meter;

/* The topics; <gateway> is the only level that varies. */
extern const struct zjiot_topic_form zj_hy_topics[];

/* A topic's parts. */
struct zj_hy_topic {
    enum zjiot_direction direction; /* BOTH: it is none of the protocol's */
    bool is_will;                   /* with a slash at its end */
    struct zj_topic_parts parts;    /* the level is the gateway's number */
};

void zj_hy_topic_split(const char *topic, struct zj_hy_topic *ret_split);

/* Writes the topic of a message that passed the check, NUL-terminated. Returns its length, or a code. */
int zj_hy_topic_write(const struct zjiot_hy_message *message, char *topic, size_t size, struct zjiot_error *error);

/* Reads a message, for the registry. */
zj_read_call zj_hy_read;

/* Finds the number of the message. False: there is none, or it is no number. */
bool zj_hy_find_id(const char *text, size_t size, struct zj_span *ret_value, int64_t *ret_id);

/* The msg_id of a type; 0: of several. */
int64_t zj_hy_id(enum zjiot_hy_message_type type);

/* Whether the data of that msg_id are passed through; whether there are passwords among them. */
bool zj_hy_is_other(int64_t id);
bool zj_hy_is_secret(int64_t id);

/* The type by its number and direction; OTHER or OTHER_REPLY for a number that is not known. False: only the other
 * direction has it, *ret_type is then of that one. */
bool zj_hy_type(int64_t id, enum zjiot_direction direction, enum zjiot_hy_message_type *ret_type);

/* The frames of a message: `transparent`, or the items of meter_data; returns how many, at most the row's limit.
 * *ret_path: the member's name below data. */
size_t zj_hy_frames(const struct zjiot_hy_message *message, const struct zjiot_bytes **ret_frames,
                    const char **ret_key);

/* Decodes them, and maps what they say into the text. 0 or a code. */
int zj_hy_carry(struct zj_reader *reader, const struct zjiot_options *options, const struct zj_span *text,
                struct zjiot_pool *pool, struct zjiot_hy_message *message);

/* A member of a frame's header that is not what the message's meter_id says. */
struct zj_hy_difference {
    const char *key;
    size_t at; /* in the frame, without preamble */
    const char *said, *wanted;
    char room[3];
};

enum { ZJ_HY_DIFFERENCES = 2 }; /* number and type */

/* Compares them, a number only with one as HY's meters have it. Returns how many differ; `has` 0: there is nothing to
 * compare with. The texts lead into the two headers and into *ret_differences. */
size_t zj_hy_compare(const struct zjiot_hy_meter *meter, const struct zjiot_cjt188_header *header,
                     struct zj_hy_difference ret_differences[ZJ_HY_DIFFERENCES]);

/* The rules that rows cannot say, reading and writing. 0 or a code. */
int zj_hy_check_read(struct zj_reader *reader, const struct zj_span *text, const struct zj_hy_topic *topic,
                     struct zjiot_hy_message *message);
int zj_hy_check_write(const struct zjiot_hy_message *message, struct zjiot_error *error);

#endif
