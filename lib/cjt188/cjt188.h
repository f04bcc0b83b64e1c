/* Inside of CJ/T 188. */
#ifndef ZJ_CJT188_H
#define ZJ_CJT188_H

#include "catalog/catalog.h"
#include "zjiot/cjt188.h"

enum {
    ZJ_CJT188_RECORDS = ZJIOT_CJT188_RAW_KEY + 1,
    ZJ_CJT188_ALIASES = 8 * 3,
    ZJ_CJT188_START = 0x68,
    ZJ_CJT188_END = 0x16,
    ZJ_CJT188_FE = 0xFE,
    ZJ_CJT188_TYPE_AT = 1, /* places in a frame, from its 68 */
    ZJ_CJT188_ADDRESS_AT = 2,
    ZJ_CJT188_CONTROL_AT = 9,
    ZJ_CJT188_LENGTH_AT = 10,
    ZJ_CJT188_HEAD = 11, /* 68 T A0..A6 C L */
    ZJ_CJT188_TAIL = 2,  /* CS 16 */
    ZJ_CJT188_WRITE = 0x04,
    ZJ_CJT188_DI_KEY = 0xA014,
    ZJ_CJT188_FROM_METER = 0x80,
    ZJ_CJT188_ABNORMAL = 0x40,
    ZJ_CJT188_FUNCTION = 0x3F,
    ZJ_CJT188_TYPE_53 = 0x53,
    ZJ_CJT188_TYPE_55 = 0x55,
};

extern const struct zjiot_record zj_cjt188_records[ZJ_CJT188_RECORDS];
extern const struct zjiot_alias zj_cjt188_aliases[ZJ_CJT188_ALIASES];
/* A4 to A6 of HY's devices. */
extern const uint8_t zj_cjt188_hy_vendor[3];

extern const struct zjiot_protocol zj_cjt188_protocol;
extern const struct zjiot_record zj_cjt188_part_header;

/* Which rows to read the data with, and how. */
struct zj_cjt188_choice {
    const struct zjiot_record *record;
    enum zjiot_cjt188_layout layout;
    const char *reason;
    const char *warning; /* NULL, or what was expected instead of these data */
};

/* Rows without a control code of their own: the header has it. */
bool zj_cjt188_is_open(enum zjiot_cjt188_message_type type);

/* An abnormal answer: from the meter, and bit 6. */
bool zj_cjt188_is_abnormal(int64_t control);

/* Type 53 or 55 with the vendor code of HY. */
bool zj_cjt188_is_hy(const struct zjiot_cjt188_header *header);

/* Whether some rows are those of a meter type, and whether they are so of some types only. */
bool zj_cjt188_serves(enum zjiot_cjt188_message_type message, int64_t type);
bool zj_cjt188_is_typed(enum zjiot_cjt188_message_type message);

/* The one meter type whose rows they are; 0 where there are several. */
uint8_t zj_cjt188_only_type(enum zjiot_cjt188_message_type message);

/* 0; CONST: by its header the message is for a device that has no such rows, read in the message's layout. */
int zj_cjt188_check_device(const struct zjiot_cjt188_message *message, struct zjiot_error *error);

/* Chooses by control code, DI, type, length and, for the readings, by where units and century stand. `wanted` is the
 * caller's layout. */
struct zj_cjt188_choice zj_cjt188_choose(const struct zjiot_cjt188_header *header, const uint8_t *data, size_t size,
                                         enum zjiot_cjt188_layout wanted);

/* Name of a message without rows of its own, by its control code: "vendor", "read_reply"; static. */
const char *zj_cjt188_function_name(int64_t control);

/* "2004" for ZJIOT_LAYOUT_2004; static. */
const char *zj_cjt188_layout_name(enum zjiot_cjt188_layout layout);

/* Meter number and vendor from the address, as the standard or as HY prints them. */
void zj_cjt188_label_address(struct zjiot_cjt188_header *header, bool hy);

#endif
