/* The protocols as data: which messages there are, which fields they have, and what a field means.
 *
 * All of it comes from the rows in zjiot/def/, and so do the structs. Everything here is static and constant; it lives
 * as long as the program.
 */
#ifndef ZJIOT_CATALOG_H
#define ZJIOT_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a member is stored in its struct, and how it prints. */
enum zjiot_kind {
    ZJIOT_INT,       /* int64_t, a decimal number */
    ZJIOT_HEXNUM,    /* int64_t, hex digits in a string, as many as its bytes have */
    ZJIOT_NAMED,     /* int64_t, the name its set gives it, in a string */
    ZJIOT_REAL,      /* double */
    ZJIOT_BOOL,      /* bool */
    ZJIOT_QUANTITY,  /* struct zjiot_quantity */
    ZJIOT_CLOCK,     /* struct zjiot_clock */
    ZJIOT_LABEL,     /* char[size], NUL-terminated */
    ZJIOT_HEX,       /* uint8_t[size], hex digits in a string */
    ZJIOT_BYTES,     /* struct zjiot_bytes, hex digits in a string */
    ZJIOT_RECORD,    /* the struct of another record */
    ZJIOT_ARRAY,     /* `count` structs of another record */
    ZJIOT_LIST,      /* struct zjiot_list: structs of another record, `max` at the most */
    ZJIOT_TEXT,      /* const char *, UTF-8, NUL-terminated; NULL where there is none */
    ZJIOT_TIME,      /* int64_t since the beginning of 1970 in UTC, in the field's unit: s or ms */
    ZJIOT_MINUTE,    /* int64_t, minute of the day, "19:00"; -1: "", which upward means not available */
    ZJIOT_MONTH_DAY, /* int64_t, month * 100 + day, "07-31"; 0 is none; -1 likewise */
    ZJIOT_HEX_LIST,  /* struct zjiot_list of struct zjiot_bytes, hex digits in strings, `max` at the most */
    ZJIOT_MEMBERS,   /* const char *, a JSON object that stands for the whole record; NULL where there is none */
    ZJIOT_STAMP,     /* struct zjiot_stamp, its digits; where it is computed a date, "2024-03-09T16:00:00.123Z" */
    ZJIOT_WORDS,     /* struct zjiot_words, a list of numbers */
};

/* How a member stands in a binary frame. */
enum zjiot_wire {
    ZJIOT_WIRE_NONE,     /* nowhere: derived from others */
    ZJIOT_WIRE_UINT_BE,  /* unsigned, the high byte first */
    ZJIOT_WIRE_UINT_LE,  /* unsigned, the low byte first */
    ZJIOT_WIRE_BITS,     /* bits of one byte; the row with shift 0 takes the byte, the others share it */
    ZJIOT_WIRE_BCD,      /* BCD, the low byte first */
    ZJIOT_WIRE_QUANTITY, /* BCD, the low byte first, then a unit byte */
    ZJIOT_WIRE_CLOCK,    /* BCD: second minute hour day month year century */
    ZJIOT_WIRE_DIGITS,   /* BCD digits as text, the high byte first, zeros in front as padding */
    ZJIOT_WIRE_RAW,      /* bytes as they are */
    ZJIOT_WIRE_REST,     /* all bytes that are left */
    ZJIOT_WIRE_PART,     /* the rows of another record */
    ZJIOT_WIRE_JSON,     /* a member of a JSON object, in the form of its kind */
};

enum zjiot_direction {
    ZJIOT_DOWN, /* from the platform to the device */
    ZJIOT_UP,   /* from the device to the platform */
    ZJIOT_BOTH,
};

/* How many answers a message has. */
enum zjiot_answers {
    ZJIOT_ANSWERS_NONE, /* or the document does not say */
    ZJIOT_ANSWERS_ONE,
    ZJIOT_ANSWERS_SEVERAL,
};

/* A number with the unit it was sent in. */
struct zjiot_quantity {
    double value; /* in the base unit of `unit`: 10 L prints as m3 */
    uint8_t unit; /* unit byte of CJ/T 188, see zjiot_unit_find */
};

/* A clock reading without a zone. */
struct zjiot_clock {
    int16_t year;
    uint8_t month;  /* 1..12 */
    uint8_t day;    /* 1..31 */
    uint8_t hour;   /* 0..23 */
    uint8_t minute; /* 0..59 */
    uint8_t second; /* 0..59 */
};

/* How a time stamp was written. */
enum zjiot_stamp_form {
    ZJIOT_STAMP_MS,           /* "1710000000123", as the document has it */
    ZJIOT_STAMP_MS_NUMBER,    /* the same without quotes */
    ZJIOT_STAMP_LOCAL,        /* "20240309160000123": a clock whose zone nobody says */
    ZJIOT_STAMP_LOCAL_NUMBER, /* the same without quotes */
};

/* A time stamp in milliseconds. */
struct zjiot_stamp {
    int64_t ms;   /* since the beginning of 1970 in UTC; of the local forms, since 1970 began on that clock */
    uint8_t form; /* enum zjiot_stamp_form */
};

#define ZJIOT_STAMP_MAX INT64_C(9999999999999) /* 13 digits of ms, in the year 2286 */

/* Bytes that stay where they are: in the decoder's input, or in the pool of zjiot_set. */
struct zjiot_bytes {
    const uint8_t *data;
    size_t size;
};

/* Numbers of 16 bits. */
struct zjiot_words {
    const uint16_t *items; /* in the decoder's pool */
    size_t count;
};

/* How a LIST member is stored: two members of the struct, `name` and `name_count`. */
struct zjiot_list {
    void *items; /* in the decoder's pool */
    size_t count;
};

/* One value, or a run of values, that a field may take, with its name. */
struct zjiot_choice {
    int64_t low;
    int64_t high;
    const char *name; /* NULL ends a set */
    const char *meaning;
    bool tolerated; /* JSON: another value is meant; it is read with a deviation, and kept when it is written */
};

struct zjiot_record;
struct zj_reader; /* the library's own */

/* Flags of a field. */
enum {
    ZJIOT_FIELD_CONST = 1,      /* the document fixes the value: min == max */
    ZJIOT_FIELD_HIDDEN = 2,     /* framing: explained, but no member of the JSON record */
    ZJIOT_FIELD_UNKNOWN = 4,    /* meaning unknown; the member is printed under "unknown", the key is its offset */
    ZJIOT_FIELD_SIGNED = 8,     /* a top nibble F means negative */
    ZJIOT_FIELD_SECRET = 16,    /* printed as *** unless the caller asks for secrets */
    ZJIOT_FIELD_DOUBTFUL = 32,  /* a number above max may mean a negative one */
    ZJIOT_FIELD_COMPUTED = 64,  /* made when a frame is written; cannot be set */
    ZJIOT_FIELD_OPTIONAL = 128, /* JSON: may be left out */
    ZJIOT_FIELD_MASK = 256,     /* a sum of the values of `set` */
    ZJIOT_FIELD_BODY = 512,     /* a RECORD that the message decides */
    ZJIOT_FIELD_QUOTED = 1024,  /* JSON: the number or truth travels in quotes */
    ZJIOT_FIELD_LISTED = 2048,  /* JSON: the number travels as a list of one */
    ZJIOT_FIELD_DIGITS = 4096,  /* JSON: the text is `count` digits */
    ZJIOT_FIELD_DIALECT = 8192, /* JSON: not the document's: read with a deviation, never written */
    ZJIOT_FIELD_ANSWER = 16384, /* JSON, with OPTIONAL: is in every answer and in no message downward */
};

/* A field: one row. */
struct zjiot_field {
    const char *key;                   /* name in records, paths and arguments */
    const char *quoted;                /* JSON: ,"key": with 16 bytes to spare */
    const char *other_key;             /* JSON: what a dialect calls it, NULL; read with a deviation, never written */
    const char *unit;                  /* "" where there is none */
    const char *meaning;               /* a sentence or two */
    const struct zjiot_choice *set;    /* values it may take, or NULL */
    const struct zjiot_record *record; /* of RECORD and ARRAY */
    int64_t min, max;                  /* of the number on the wire: REAL counts in steps of step * 10^-decimals. JSON:
                                          of the value, INT64_MIN and INT64_MAX are no limit; TEXT: most bytes; LIST:
                                          most items; WORDS: how many */
    uint16_t offset;                   /* of the member in its struct */
    uint16_t size;                     /* bytes on the wire; of a LABEL that is not there, bytes of the member */
    uint16_t count;                    /* ARRAY: how many; of digits: how many; HEX_LIST: most bytes of an item;
                                          TEXT, not of digits: 0, or how many ASCII characters are written, such as a
                                          level of a topic may have */
    uint8_t kind;                      /* enum zjiot_kind */
    uint8_t wire;                      /* enum zjiot_wire */
    uint8_t decimals;                  /* REAL, QUANTITY: places behind the point on the wire */
    uint8_t step;                      /* REAL: 1, or the factor of a count on the wire */
    uint8_t shift, width;              /* BITS */
    uint8_t quoted_size;               /* of `quoted` without what is to spare */
    uint16_t flags;
    uint8_t unit_class; /* QUANTITY: enum zjiot_unit_class */
    uint8_t form;       /* JSON, the library's own: how the value is read and written */
    uint32_t few;       /* JSON: bit n: `set` has n, for n up to 30; with FIELD_MASK the sum of the set's values */
};

/* Bit of `has` that a decoder sets, see below. */
#define ZJIOT_HAS_READ (UINT64_C(1) << 63)

/* A message, or a part of one: one block of rows. The struct of every record begins with two masks over its fields in
 * the order of the rows: uint64_t has (the member holds a value) and uint64_t invalid (a value was sent, but it is
 * none). ZJIOT_HAS_READ in `has` says that a decoder filled the struct: then a member without its bit is not written as
 * zero but refused as MISSING. In a struct that the caller fills, every member counts, whatever the bits say. */
struct zjiot_record {
    const char *name;    /* of the message, e.g. "status"; of a part, "" */
    const char *variant; /* tells records of one name and direction apart, e.g. "heat"; "" where the name is enough */
    const char *meaning;
    const char *section; /* of the document, "" where the rows do not say */
    const struct zjiot_field *fields;
    uint32_t first_id, id_count; /* numbers that select it on the wire; the rows say how they are made */
    uint16_t field_count;
    uint16_t struct_size;
    uint16_t wire_size; /* bytes of the fixed rows */
    /* The library's own: reads the rows; zjiot_decode and the protocols' calls come to it. */
    int (*read)(struct zj_reader *reader, const uint8_t *bytes, size_t size, size_t offset, void *ret_value);
    uint8_t name_size;
    uint8_t direction; /* enum zjiot_direction */
    uint8_t answers;   /* enum zjiot_answers */
    bool message;      /* false: a part of messages */
};

/* A name that messages bear which no id of a record selects: "vendor" of CJ/T 188. The records without an id read them.
 */
struct zjiot_alias {
    const char *name;
    const char *meaning;
    uint32_t first_id, last_id; /* what selects the name on the wire, CJ/T 188: the control code */
    uint8_t direction;          /* enum zjiot_direction */
};

/* A form of MQTT topics, "$d2s/u{uid}/p{pid}/nb": {..} is a number, <..> a level. */
struct zjiot_topic_form {
    const char *text;               /* NULL ends a list */
    enum zjiot_direction direction; /* of the messages that have it */
};

/* A protocol. */
struct zjiot_protocol {
    const char *name;         /* "nb" */
    const char *alias;        /* another name that zjiot_protocol_find takes, or NULL */
    const char *title;        /* "NB-IoT single lamp controller" */
    const char *source;       /* the document */
    const char *const *notes; /* what no row can say, a paragraph each, the last is NULL; NULL: there are none */
    const struct zjiot_topic_form *topics; /* those that are written come first of their direction; NULL: none */
    const struct zjiot_record *envelope;   /* JSON: the body around the rows of a message; NULL: they are the body */
    const struct zjiot_record *records;
    size_t record_count;
    const struct zjiot_alias *aliases;
    size_t alias_count;
    bool quantities;                       /* numbers with a unit print as {"value":..,"unit":..} */
    bool json;                             /* its messages are JSON texts */
    bool zero_is_absent;                   /* upward zero and empty are legal everywhere: there is no value */
    const struct zj_protocol_calls *calls; /* the library's own */
};

/* All protocols of this library, in the order of their documents. Ends with NULL. */
ZJIOT_API const struct zjiot_protocol *const *zjiot_protocols(void);

/* By name ("nb"); NULL when there is none. */
ZJIOT_API const struct zjiot_protocol *zjiot_protocol_find(const char *name);

/* By message name, with "/variant" where a name has several ("read_reply/heat"); a bare name finds the first. Where
 * messages of both directions share a name, `direction` decides; ZJIOT_BOTH finds the first. An alias finds the record
 * without an id that has the variant ("vendor", "vendor_error/short"). NULL when there is none. */
ZJIOT_API const struct zjiot_record *zjiot_record_find(const struct zjiot_protocol *protocol, const char *name,
                                                       enum zjiot_direction direction);

/* The choice that `value` falls under, or NULL. */
ZJIOT_API const struct zjiot_choice *zjiot_choice_find(const struct zjiot_choice *set, int64_t value);

/* Writes what the field may hold ("40.0..65.0", "0, 1", "8 digits") NUL-terminated, cut to `size`. Returns the length;
 * 0 where nothing limits it. */
ZJIOT_API size_t zjiot_field_range(const struct zjiot_field *field, char *out, size_t size);

/* Reads the digits of a time stamp: up to 13 are milliseconds, 17 a local time yyyyMMddHHmmssSSS. The form is that in
 * quotes. 0; SYNTAX: something else than digits, or a zero in front; RANGE: no such time; LENGTH: another number of
 * digits. */
ZJIOT_API int zjiot_stamp_read(const char *digits, size_t size, struct zjiot_stamp *ret_stamp,
                               struct zjiot_error *reterr_error);

enum { ZJIOT_STAMP_TEXT_SIZE = 32 }; /* room for the texts of a stamp, with their NUL */

/* Its digits as they were sent, and the date: "2024-03-09T16:00:00.123Z", of the local forms without Z. `out` has
 * ZJIOT_STAMP_TEXT_SIZE bytes. Both return the length; 0 and "" for a stamp that is none. */
ZJIOT_API size_t zjiot_stamp_digits(const struct zjiot_stamp *stamp, char *out);
ZJIOT_API size_t zjiot_stamp_date(const struct zjiot_stamp *stamp, char *out);

/* Turns a local time into milliseconds of UTC, given the clock's zone in minutes east of it (China: 480), -840..840.
 * Milliseconds stay as they are; the form becomes ZJIOT_STAMP_MS. ARG: no such zone; RANGE: before 1970, or too late.
 */
ZJIOT_API int zjiot_stamp_to_utc(struct zjiot_stamp *stamp, int minutes_east, struct zjiot_error *reterr_error);

#include "zjiot/def/push.inc"
enum zjiot_unit_class {
#define UNIT_CLASS(name) ZJIOT_UNIT_##name,
#include "zjiot/def/units.def"
#undef UNIT_CLASS
};
#include "zjiot/def/pop.inc"

/* A unit byte of CJ/T 188. */
struct zjiot_unit {
    uint8_t code;
    uint8_t unit_class;
    int8_t exponent;  /* a count on the wire times 10^exponent is in `name` */
    uint16_t edition; /* of the standard that has it: 2004, whose units all meters know, or 2018 */
    const char *name; /* "kWh" */
};

/* NULL for a byte that is no known unit. */
ZJIOT_API const struct zjiot_unit *zjiot_unit_find(uint8_t code);

/* The unit with that name and exponent 0, else the first with that name; NULL when there is none. "m³" is m3. */
ZJIOT_API const struct zjiot_unit *zjiot_unit_named(const char *name);

/* Bit of a field in `has` and `invalid`: ZJIOT_BIT(nb_status, voltage). */
#define ZJIOT_BIT(record, field) (UINT64_C(1) << zjiot_at_##record##_##field)

#ifdef __cplusplus
}
#endif
#endif
