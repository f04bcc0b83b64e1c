/* Inside of the BYD protocol. */
#ifndef ZJ_BYD_H
#define ZJ_BYD_H

#include "catalog/catalog.h"
#include "zjiot/byd.h"

enum { ZJ_BYD_RECORDS = ZJIOT_BYD_DOWN + 1 };

extern const struct zjiot_record zj_byd_records[ZJ_BYD_RECORDS];
extern const struct zjiot_protocol zj_byd_protocol;
extern const struct zjiot_record zj_byd_part_topic;

/* The topics; those with a device are written. */
extern const struct zjiot_topic_form zj_byd_topics[];

/* A topic: its direction, and the device within it; text NULL with the field's fixed topics. */
struct zj_byd_topic {
    enum zjiot_direction direction;
    struct zj_span device;
};

/* False: no topic of this protocol. */
bool zj_byd_topic_split(const char *topic, struct zj_byd_topic *ret_topic);

/* The same as a struct, its text in the pool. 0 or a code. */
int zj_byd_topic_keep(const struct zj_byd_topic *split, struct zjiot_pool *pool, struct zjiot_byd_topic *ret_topic,
                      struct zjiot_error *reterr_error);

/* Writes the topic, NUL-terminated; 0 or a code. */
int zj_byd_topic_write(const struct zjiot_byd_message *message, char *topic, size_t size, struct zjiot_error *error);

/* Reads a message, for the registry. */
zj_read_call zj_byd_read;

/* The type of the message that msgType or, with that wrong or missing, the topic's direction says; `direction` BOTH:
 * no topic. 0 or UNKNOWN. */
int zj_byd_type(const char *text, size_t size, enum zjiot_direction direction, enum zjiot_byd_message_type *ret_type,
                struct zjiot_error *error);

/* The rules between the members of a message. 0 or a code. */
int zj_byd_check(const struct zj_rules *rules, const struct zjiot_byd_message *message);

/* Makes the members that are made of others: what zeros mean, and dates. */
void zj_byd_derive(struct zjiot_byd_message *message);

#endif
