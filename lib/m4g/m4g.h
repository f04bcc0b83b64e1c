/* Inside of the 4G module's protocol. */
#ifndef ZJ_M4G_H
#define ZJ_M4G_H

#include "catalog/catalog.h"
#include "zjiot/m4g.h"

enum { ZJ_M4G_RECORDS = ZJIOT_M4G_PUSH_ONLINE_ACK + 1 };

extern const struct zjiot_record zj_m4g_records[ZJ_M4G_RECORDS];
extern const struct zjiot_record zj_m4g_part_topic;
extern const struct zjiot_protocol zj_m4g_protocol;

/* Reads a message, for the registry. */
zj_read_call zj_m4g_read;

/* The record of a command; NULL: there is none. */
const struct zjiot_record *zj_m4g_command(const char *name, size_t size);

/* Finds the command of an object. 0, or SYNTAX, MISSING, TYPE, UNKNOWN. */
int zj_m4g_find_command(const char *text, size_t size, const struct zjiot_record **ret_record,
                        struct zjiot_error *error);

/* Where the IMEI of a message stands: its place in the struct and its bit; NULL: that message has none. */
const struct zjiot_field *zj_m4g_imei_field(const struct zjiot_record *record, uint64_t *ret_bit);

/* A topic taken apart. */
struct zj_m4g_topic {
    enum zjiot_direction direction;
    const struct zjiot_record *record;
    char imei[ZJIOT_M4G_IMEI_LENGTH + 1];
};

/* 0, or SYNTAX: another form; UNKNOWN: no command, or one of the other direction. */
int zj_m4g_topic_split(const char *topic, struct zj_m4g_topic *ret_topic, struct zjiot_error *error);

/* The rules between the fields of a message; 0 or a code. */
int zj_m4g_check(const struct zj_rules *rules, const struct zjiot_m4g_message *message);

#endif
