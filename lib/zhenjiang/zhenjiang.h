/* Inside of the Zhenjiang protocol. */
#ifndef ZJ_ZHENJIANG_H
#define ZJ_ZHENJIANG_H

#include "catalog/catalog.h"
#include "zjiot/zhenjiang.h"

enum {
    ZJ_ZHENJIANG_RECORDS = ZJIOT_ZHENJIANG_FTP_UPGRADE_FINISHED + 1,
    ZJ_ZHENJIANG_FIRST_UP = ZJIOT_ZHENJIANG_SET_COMM_PARAM_REPLY, /* the rows stand in this order */
};

extern const struct zjiot_record zj_zhenjiang_records[ZJ_ZHENJIANG_RECORDS];
extern const struct zjiot_protocol zj_zhenjiang_protocol;
extern const struct zjiot_record zj_zhenjiang_part_topic;
extern const struct zjiot_record zj_zhenjiang_part_context;
extern const struct zjiot_record zj_zhenjiang_part_envelope;
extern const struct zjiot_record zj_zhenjiang_part_timetable;
extern const struct zjiot_record zj_zhenjiang_part_day;
extern const struct zjiot_record zj_zhenjiang_part_action;
extern const struct zjiot_record zj_zhenjiang_part_alarm;

/* The parts of a topic as they stand in it. */
struct zj_zhenjiang_topic {
    enum zjiot_direction direction;
    enum zjiot_zhenjiang_format format;
    const struct zjiot_record *record;
    struct zj_span vendor;
    struct zj_span command;
    struct zj_span device; /* text NULL when it is left out */
    bool misspelt;         /* ct10nOff */
};

/* Reads a message, for the registry. */
zj_read_call zj_zhenjiang_read;

/* Takes a topic apart; 0 or a code. */
int zj_zhenjiang_topic_split(const char *topic, struct zj_zhenjiang_topic *ret_topic, struct zjiot_error *error);

/* The same as a struct, its texts in the pool. */
int zj_zhenjiang_topic_keep(const struct zj_zhenjiang_topic *split, struct zjiot_pool *pool,
                            struct zjiot_zhenjiang_topic *ret_topic, struct zjiot_error *reterr_error);

/* The record of a command; the first where there are several. NULL: none. */
const struct zjiot_record *zj_zhenjiang_command(const char *name, size_t size, enum zjiot_direction direction);

/* The record of a message's type; NULL and ARG: the type does not exist. */
const struct zjiot_record *zj_zhenjiang_record(const struct zjiot_zhenjiang_message *message,
                                               struct zjiot_error *reterr_error);

/* Writes the topic, NUL-terminated. Returns its length, or a code. */
int zj_zhenjiang_topic_write(const struct zjiot_zhenjiang_message *message, char *topic, size_t size,
                             struct zjiot_error *error);

/* The rules between the fields of a message; 0 or a code. */
int zj_zhenjiang_check(const struct zj_rules *rules, const struct zjiot_zhenjiang_message *message);

/* Writes the body as JSON text; the command is the type's. Every value and the rules are checked. 0 or a code. */
int zj_zhenjiang_body_write(const struct zjiot_zhenjiang_message *message, struct zj_json *json,
                            struct zjiot_error *error);

/* The JSON text of a body in any format, in the body itself or in the pool. 0 or a code. */
int zj_zhenjiang_body_open(enum zjiot_zhenjiang_format format, const void *body, size_t size,
                           const struct zjiot_options *options, struct zj_reader *reader, struct zjiot_pool *pool,
                           struct zj_span *ret_text);

/* Writes the body of a message in its format. The bytes, or a code. */
int64_t zj_zhenjiang_body_seal(const struct zjiot_zhenjiang_message *message, const struct zjiot_options *options,
                               uint8_t *out, size_t capacity, struct zjiot_error *error);

/* Whether a format needs keys; and the one answer to a body that cannot be read with them. */
bool zj_zhenjiang_is_encrypted(enum zjiot_zhenjiang_format format);
int zj_zhenjiang_refuse_body(struct zjiot_error *error);

/* A push begins by itself; every other upward message answers a command. */
bool zj_zhenjiang_is_push(enum zjiot_zhenjiang_message_type type);

#endif
