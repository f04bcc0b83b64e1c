/* Walks the rows: binary in and out, JSON out, values as text, checks. Knows base and json. */
#ifndef ZJ_CATALOG_H
#define ZJ_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base.h"
#include "zjiot/catalog.h"
#include "zjiot/decode.h"
#include "json/json.h"

enum { ZJ_VALUE_TEXT = 640 };

/* The two masks that every record's struct begins with. */
struct zj_masks {
    uint64_t has;
    uint64_t invalid;
};

/* Where we are in a message; frames live on the C stack, so the usual message pays nothing for it. */
struct zj_path {
    const struct zj_path *up;
    const char *key;
    int index; /* -1: no list */
};

/* One reading: whom to tell what, and how values stand in the frame. */
struct zj_reader {
    struct zjiot_report *report;
    struct zjiot_trace *trace;
    struct zjiot_error *error;
    struct zjiot_extras *extras;
    const struct zj_path *path;
    bool strict;
    bool bcd_high_first; /* BCD and clocks have the high byte first */
    bool unit_first;     /* the unit byte stands before the value */
};

static inline struct zj_reader zj_reader(const struct zjiot_options *options, struct zjiot_report *report,
                                         struct zjiot_trace *trace, struct zjiot_error *error) {
    return (struct zj_reader){
        .report = report,
        .trace = trace,
        .error = error,
        .extras = options != NULL ? options->extras : NULL,
        .strict = options != NULL && options->strict,
    };
}

/* How much a reader has reported; going back to it forgets what came since. */
struct zj_reader_mark {
    size_t deviations, spans, extras;
};

static inline struct zj_reader_mark zj_reader_mark(const struct zj_reader *reader) {
    return (struct zj_reader_mark){
        .deviations = reader->report != NULL ? reader->report->count : 0,
        .spans = reader->trace != NULL ? reader->trace->count : 0,
        .extras = reader->extras != NULL ? reader->extras->count : 0,
    };
}

void zj_reader_rewind(struct zj_reader *reader, struct zj_reader_mark mark);

/* "period[0].on"; `key` may be NULL. `out` has ZJIOT_PATH_SIZE bytes. */
void zj_path_text(const struct zj_path *path, const char *key, char *out);

/* Reports a deviation at `key` below the reader's path; under strict it is an error. 0 or the code. */
int zj_deviate(struct zj_reader *reader, enum zjiot_code code, size_t offset, const char *key, const char *found,
               const char *expected);

/* Whether a row shows a stamp, the row in front of it, as a date. */
static inline bool zj_is_date(const struct zjiot_field *field) {
    return field->kind == ZJIOT_STAMP && (field->flags & ZJIOT_FIELD_COMPUTED) != 0;
}

/* Adds a span to the reader's trace, and behind a stamp that of its date. The value's masks decide whether it is
 * invalid or absent. */
void zj_trace_span(struct zj_reader *reader, size_t offset, size_t size, const struct zjiot_record *record,
                   unsigned index, const void *value);

/* JSON objects have spans for all their derived members, before anybody derived them: keeps those from the `first` on
 * that have a value by now. */
void zj_trace_settle(struct zjiot_trace *trace, size_t first);

/* Spans from the `first` on whose values lie within the `size` bytes at `from`, which were copied to `to`, follow them.
 */
void zj_trace_move(struct zjiot_trace *trace, size_t first, const void *from, size_t size, const void *to);

/* Copies what was read since the mark, the `size` bytes at `from`, to where it belongs. Inline, so that the size is a
 * constant. */
static inline void zj_move_read(struct zj_reader *reader, struct zj_reader_mark since, const void *from, size_t size,
                                void *to) {
    memcpy(to, from, size);
    if (ZJ_UNLIKELY(reader->trace != NULL))
        zj_trace_move(reader->trace, since.spans, from, size, to);
}

static inline void zj_trace(struct zj_reader *reader, size_t offset, size_t size, const struct zjiot_record *record,
                            unsigned index, const void *value) {
    if (ZJ_UNLIKELY(reader->trace != NULL))
        zj_trace_span(reader, offset, size, record, index, value);
}

/* Reads the rows of `record` from `bytes` (at least record->wire_size; a REST row takes all of `size`) into its struct.
 * `offset` is where the bytes stand in the input. 0, or the code of a deviation under strict. */
int zj_read_binary(struct zj_reader *reader, const struct zjiot_record *record, const uint8_t *bytes, size_t size,
                   size_t offset, void *ret_value);

/* How a writer lays values out; the counterpart of the reader's switches. */
struct zj_writer {
    struct zjiot_error *error;
    const struct zj_path *path;
    const struct zjiot_record *body; /* JSON: what the BODY row stands for */
    const void *body_value;
    bool bcd_high_first;
    bool unit_first;
    bool zero_is_absent; /* JSON: zero and empty are legal everywhere, and stand for what there is no value of */
    bool upper_hex;      /* JSON: hex digits in upper case */
};

/* Refuses a field: "period[0].on: <what><detail>". Returns `code`. */
int zj_refuse(const struct zj_writer *writer, const struct zjiot_field *field, enum zjiot_code code, const char *what,
              const char *detail);
int zj_refuse_missing(const struct zj_writer *writer, const struct zjiot_field *field);
int zj_refuse_number(const struct zj_writer *writer, const struct zjiot_field *field, int64_t number);

/* Bytes that writing takes. */
size_t zj_binary_size(const struct zjiot_record *record, const void *value);

/* Writes the rows to `out`, which has room for zj_binary_size; every value is checked first. 0 or a code. */
int zj_write_binary(struct zj_writer *writer, const struct zjiot_record *record, const void *value, uint8_t *out);

/* Whether a number of the wire lies in the range and the set of the field. */
bool zj_number_fits(const struct zjiot_field *field, int64_t number);

/* The same for a JSON row, without a search: false means that zj_number_fits has to be asked. */
static inline bool zj_number_surely_fits(const struct zjiot_field *field, int64_t number) {
    if (field->set == NULL)
        return number >= field->min && number <= field->max;
    if (field->flags & ZJIOT_FIELD_MASK)
        return (number & ~(int64_t)field->few) == 0;
    return (uint64_t)number <= 30 && (field->few >> number & 1) != 0;
}

/* Whether a REAL of a JSON row lies in its range. */
static inline bool zj_real_fits(const struct zjiot_field *field, double value) {
    return (field->min == INT64_MIN || value >= (double)field->min) &&
           (field->max == INT64_MAX || value <= (double)field->max);
}

/* zjiot_field.form: the kind of a value that travels plainly, or one of these. One look at it says how to go about a
 * value, whatever flags there are. */
enum zj_form {
    ZJ_FORM_NAME = ZJIOT_WORDS + 1, /* the message's name */
    ZJ_FORM_QUOTED,                 /* with FIELD_QUOTED */
    ZJ_FORM_LISTED,
    ZJ_FORM_DIGITS,
    ZJ_FORM_RARE, /* is not written, and to be reported when it is read */
};

/* Bytes of the member in its struct. */
size_t zj_member_size(const struct zjiot_field *field);

/* "a whole number": what a value of that kind is. */
const char *zj_kind_name(unsigned kind);

/* The value that a set names so, and hex digits as a number, as many as the field has bytes for. */
bool zj_word_read(const struct zjiot_field *field, const char *text, size_t size, int64_t *ret_number);
bool zj_hexnum_read(const struct zjiot_field *field, const char *text, size_t size, int64_t *ret_number);

/* A time stamp from its digits, as zjiot_stamp_read: 0 or the code; and whether it is of a clock without a zone. */
enum zjiot_code zj_stamp_find(const char *digits, size_t size, struct zjiot_stamp *ret_stamp);
bool zj_stamp_is_local(const struct zjiot_stamp *stamp);

/* A text with FIELD_DIGITS: 0, or LENGTH, or TYPE when something else than digits is in it. */
int zj_digits_check(const struct zjiot_field *field, const char *text, size_t size);

/* What a word of WORDS means is the word less this, by a convention of these devices. */
enum { ZJ_WORD_ZERO = 32768 };
#define ZJ_WORD_VALUES "_value" /* behind the key of a WORDS member: the list of what they mean */

enum { ZJ_WORD_SIZE = 5 }; /* four hex digits and the comma behind them */

/* Words of WORDS, each with a comma behind it: count * ZJ_WORD_SIZE bytes. */
void zj_words_write(const uint16_t *words, size_t count, char *out);

/* The words that `size` bytes of text hold, to room for (size + 1) / ZJ_WORD_SIZE. False: it is no such text. */
bool zj_words_read(const char *text, size_t size, uint16_t *words);

enum { ZJ_DATETIME_SIZE = 19 };

/* "2019-06-15 16:07:28", whatever stands for the blank. False: another form. It need not be a date that there is. */
bool zj_datetime_read(const char *text, struct zjiot_clock *ret_clock);

/* The other way, for a time that there is; ZJ_DATETIME_SIZE characters. */
void zj_datetime_write(const struct zjiot_clock *clock, char *out);

/* MINUTE and MONTH_DAY: whether the number is one, `second` being its part behind the sign; the text, always 5
 * characters and a NUL; a text that may lack zeros in front or have seconds 00. */
enum { ZJ_CALENDAR_EMPTY = -1 }; /* upward an empty text: not available */
static inline bool zj_is_calendar(const struct zjiot_field *field) {
    return field->kind == ZJIOT_MINUTE || field->kind == ZJIOT_MONTH_DAY;
}
static inline bool zj_is_empty_calendar(const struct zjiot_field *field, const void *member) {
    return zj_is_calendar(field) && *(const int64_t *)member == ZJ_CALENDAR_EMPTY;
}
bool zj_calendar_fits(const struct zjiot_field *field, int64_t number, int second);
size_t zj_calendar_write(const struct zjiot_field *field, int64_t number, char *out);
bool zj_calendar_read(const struct zjiot_field *field, const char *text, size_t size, int64_t *ret_number);

/* The same with an error that says what is wrong with it. 0 or RANGE, CONST. */
int zj_check_number(const struct zjiot_field *field, int64_t number, const char *path, struct zjiot_error *error);

/* The number of a REAL on the wire; false when it has more places than the wire, or is no number. */
bool zj_real_number(const struct zjiot_field *field, double value, int64_t *ret_number);

static inline double zj_real_value(const struct zjiot_field *field, int64_t number) {
    static const double scale[] = {1, 10, 100, 1000, 10000};
    return (double)(number * field->step) / scale[field->decimals];
}

/* The number of a quantity on the wire, in steps of 10^-decimals of its unit; false when the unit does not belong here,
 * or the value has more places or digits than there is room for. zj_check_quantity says which. */
bool zj_quantity_number(const struct zjiot_field *field, const struct zjiot_quantity *quantity, int64_t *ret_number);
int zj_check_quantity(const struct zjiot_field *field, const struct zjiot_quantity *quantity, const char *path,
                      struct zjiot_error *error);

/* Whether a quantity of this row may have that unit (NULL: none may). */
static inline bool zj_unit_belongs(const struct zjiot_field *field, const struct zjiot_unit *unit) {
    return unit != NULL && (field->unit_class == ZJIOT_UNIT_ANY || unit->unit_class == field->unit_class);
}

/* By unit byte; a gap has no name. */
extern const struct zjiot_unit zj_units[256];

/* zjiot_unit_find for who asks often. */
static inline const struct zjiot_unit *zj_unit_find(uint8_t code) {
    return ZJ_LIKELY(zj_units[code].name != NULL) ? &zj_units[code] : NULL;
}

/* RANGE: the value is no multiple of the field's step. */
int zj_fail_step(const struct zjiot_field *field, const char *path, struct zjiot_error *error);

/* A number of the wire as text with the field's places ("40.0"); `out` has ZJ_NUMBER_SIZE bytes. */
void zj_number_text(const struct zjiot_field *field, int64_t number, char *out);

bool zj_clock_valid(const struct zjiot_clock *clock);

/* Reads the 7 BCD bytes of a clock, century first or last. *ret_century: it had one, else 20 was assumed. False: it
 * is no date and time. */
bool zj_clock_read(const uint8_t *at, bool high_first, struct zjiot_clock *ret_clock, bool *ret_century);

/* Sets a member from text; sets its bit in `has`. */
int zj_set_value(const struct zjiot_record *record, void *value, unsigned index, const char *sub, const char *text,
                 const char *path, struct zjiot_pool *pool, struct zjiot_error *error);

/* Sets the member at `path` below the record; `whole` is the path for errors. 1: set; 0: no such path; else a code. */
int zj_set_path(const struct zjiot_record *record, void *value, const char *path, const char *text, const char *whole,
                struct zjiot_pool *pool, struct zjiot_error *error);

/* Marks a struct whose members are still to be set, parts included: what is then not set is MISSING when it is
 * written. */
void zj_expect_all(const struct zjiot_record *record, void *value);

/* A JSON text to be read, and where it goes. */
struct zj_json_input {
    const char *text;
    size_t size;
    struct zjiot_pool *pool;
    const struct zjiot_record *body; /* what the BODY row stands for; may be NULL when there is none */
    void *body_value;
    bool zero_is_absent; /* upward: zero and empty are legal everywhere, and stand for what there is no value of */
    bool secret;         /* no evidence of a deviation shows what is in the text */
    const struct zjiot_protocol *protocol; /* whose secrets no report may show, wherever they stand; NULL: none */
    bool null_is_absent;                   /* else null stands for zero or empty */
};

/* Reads a JSON object into a record's struct. Members that the rows do not have go to the reader's extras, or are
 * reported. 0; SYNTAX: no JSON; SPACE, NOMEM: the pool; under strict the code of the first deviation. */
int zj_read_json(struct zj_reader *reader, const struct zj_json_input *input, const struct zjiot_record *record,
                 void *ret_value);

/* The same for an envelope, of which the message keeps one part: the `size` bytes at `part`, within *ret_value. */
static inline int zj_read_json_part(struct zj_reader *reader, const struct zj_json_input *input,
                                    const struct zjiot_record *record, void *ret_value, const void *part, size_t size,
                                    void *ret_part) {
    const struct zj_reader_mark counts = zj_reader_mark(reader);
    const int code = zj_read_json(reader, input, record, ret_value);
    if (code == 0)
        zj_move_read(reader, counts, part, size, ret_part);
    return code;
}

/* A text that begins with a brace; a raw frame may begin with that byte as well, but goes on with bytes of no text. */
bool zj_is_json_text(const void *bytes, size_t size);

/* A key without its escapes, to compare and to show, NUL-terminated, cut to ZJIOT_PATH_SIZE bytes; with its escapes
 * when it has a NUL. Returns the length. */
size_t zj_json_name(const struct zj_span *key, char *out);

/* Behind `tokens`, the last of which is NULL, at the start of the text, and behind blanks; NULL: it begins otherwise.
 */
const char *zj_json_begins(const char *text, size_t size, const char *const *tokens);

/* Finds the value at a path such as data.loop[3].phase. False: there is none, or the text is no JSON up to there. */
bool zj_json_find(const char *text, size_t size, const char *path, struct zj_span *ret_value);

/* From an item of a list in the text to the next. False: it was the last. */
bool zj_json_next_item(const char *text, size_t size, struct zj_span *item);

/* Where the value at a path begins, or what it would stand in. */
size_t zj_json_place(const char *text, size_t size, const char *path);

/* How well the members of an object are those of a record: the higher the better. */
int64_t zj_json_likeness(const struct zj_span *object, const struct zjiot_record *record);

/* Writes the record as a JSON object; strict: every value is checked. 0 or a code. */
int zj_write_json(struct zj_writer *writer, struct zj_json *json, const struct zjiot_record *record, const void *value);

/* The members of a record as members of the open JSON object. Absent members of parts are left out, those of messages
 * are null with their quality. */
struct zj_json_style {
    bool quantities;   /* numbers with a unit print as {"value":..,"unit":..} */
    bool show_secrets; /* else they print as *** */
    bool word_values;  /* WORDS are followed by what they mean */
    bool only_present; /* of headers: what is not there is left out, and not null */
};
void zj_json_members(struct zj_json *json, const struct zj_json_style *style, const struct zjiot_record *record,
                     const void *value);

/* Whether the record ends in bytes of any number. */
bool zj_has_rest(const struct zjiot_record *record);

/* The first of some records that has that name, or NULL. */
const struct zjiot_record *zj_record_named(const struct zjiot_record *records, size_t count, const char *name,
                                           size_t size);

/* The first record that `id` selects; `from` is where to go on, NULL at first. */
const struct zjiot_record *zj_record_by_id(const struct zjiot_record *records, size_t count, uint32_t id,
                                           const struct zjiot_record *from);

/* Whether a JSON text may hold the value of a SECRET row of the protocol, decodable or not. */
bool zj_json_holds_secret(const struct zjiot_protocol *protocol, const char *text, size_t size);

/* Whether a text can be a level of a topic: not empty, UTF-8, without slashes, wildcards and control characters. */
bool zj_topic_level(const char *text, size_t size);

/* What a topic has where its form has a number or a level; `level` is the first one, text NULL where there is none. */
struct zj_topic_parts {
    int64_t numbers[2];
    struct zj_span level;
};

/* The text of a form, as matching wants it. */
#define ZJ_TOPIC_FORM(text) text ZJ_PADDING

/* Whether a topic has a form. On failure *parts is unspecified. */
bool zj_topic_matches(const char *form, const char *topic, struct zj_topic_parts *parts);

/* The form that the topic has, or NULL. */
const struct zjiot_topic_form *zj_topic_find(const struct zjiot_topic_form *forms, const char *topic,
                                             struct zj_topic_parts *parts);

/* Of a direction, one that the protocol has, the form that is written. */
const struct zjiot_topic_form *zj_topic_written(const struct zjiot_topic_form *forms, enum zjiot_direction direction);

/* Writes a topic of a form with one level, NUL-terminated and cut to `size`. Returns the length it has uncut. */
size_t zj_topic_write(const struct zjiot_topic_form *form, const char *level, char *out, size_t size);

/* Hands a topic of that length over to a caller, who may want none. 0 or SPACE. */
int zj_topic_give(const char *written, size_t length, char *topic, size_t size, struct zjiot_error *error);

/* Reports two places that should say the same number. 0 or the code. */
int zj_compare_numbers(struct zj_reader *reader, const char *key, int64_t said, int64_t is);

/* Reports a topic that has none of the forms, or is for the other direction. 0 or the code. */
int zj_topic_check(struct zj_reader *reader, const struct zjiot_topic_form *forms, const char *topic,
                   enum zjiot_direction direction, struct zj_topic_parts *parts);

/* The same for a protocol without topics of its own: its frames come under those of the protocols that carry it. */
int zj_topic_check_carrier(struct zj_reader *reader, const struct zjiot_protocol *carried, const char *topic,
                           enum zjiot_direction direction);

/* Where the rules between members, which rows cannot say, tell what they find. */
struct zj_rules {
    struct zj_reader *reader; /* NULL: writing */
    const char *text;         /* reading: the JSON text, to find places in */
    size_t size;
    struct zjiot_error *error;
};

struct zj_finding {
    enum zjiot_code code;
    const char *key; /* of the member, below a path */
    const char *found;
    const char *expected;
};

/* Says it as an error. Returns its code. */
int zj_rules_refuse(const struct zj_rules *rules, const struct zj_path *path, const struct zj_finding *finding);

/* When reading it is a deviation, when writing an error. 0 or the code. */
int zj_rules_report(const struct zj_rules *rules, const struct zj_path *path, const struct zj_finding *finding);

/* Whether anybody hears of deviations; their places need not be looked for otherwise. */
bool zj_rules_are_heard(const struct zj_rules *rules);

/* As zj_rules_report, for who knows the place. */
int zj_rules_report_at(const struct zj_rules *rules, const struct zj_path *path, size_t offset,
                       const struct zj_finding *finding);

/* What was found out about an input that may be a protocol's. */
struct zj_signs {
    bool has_topic;                                           /* its topic is the protocol's */
    enum { ZJ_NO_BODY, ZJ_UNKNOWN_BODY, ZJ_KNOWN_BODY } body; /* whether the body is, and says which message it is */
    const char *message;                                      /* its name, or NULL */
};

/* What a guess says for its reason, by what speaks for it. */
struct zj_reasons {
    const char *topic;
    const char *body;        /* there is no topic */
    const char *other_topic; /* the body, against the topic */
    const char *unknown;
    const char *nothing;
};

/* How well an input fits whose form nothing confirms but its topic. */
void zj_guess(struct zjiot_guess *guess, const struct zjiot_input *input, const struct zj_signs *signs,
              const struct zj_reasons *reasons);

/* Reads an input into a message of the protocol's own struct, whose contents are unspecified on failure. What a failure
 * leaves in the pool and with the reader zj_decode takes back. */
typedef int zj_read_call(struct zj_reader *reader, const struct zjiot_input *input, const struct zjiot_options *options,
                         struct zjiot_pool *pool, void *message);

/* What a protocol gives the registry. The message is one of its own struct, in the pool; it begins in the same way with
 * all of them: its type is the number of its record. */
struct zj_protocol_calls {
    size_t message_size;
    size_t type_at, data_at; /* of the members `type` and `data` */
    struct {
        const struct zjiot_record *record; /* NULL: there are no more */
        size_t at;
    } headers[ZJIOT_HEADERS_MAX];
    zj_read_call *read;
    /* A protocol whose frames the messages carry, and may be given bare with the topic; NULL: none. */
    const struct zjiot_protocol *carries;
    /* Whether a topic is one of the protocol's, and whom it is for; NULL: the forms of its topics say it. */
    bool (*topic)(const char *topic, enum zjiot_direction *ret_direction);
    /* Sets what a topic of the protocol says of a message; NULL: nothing. 0 or a code. */
    int (*set_topic)(void *message, const char *topic, struct zjiot_pool *pool, struct zjiot_error *error);
    /* `topic` has ZJIOT_TOPIC_SIZE bytes and holds "". */
    int64_t (*encode)(const void *message, const struct zjiot_options *options, char *topic, uint8_t *out,
                      size_t capacity, struct zjiot_error *error);
    /* Adds to an empty message of that record, which has its type, what such messages have; NULL: nothing. */
    void (*prepare)(const struct zjiot_record *record, void *message);
    /* Of the variants of a message's name the one that its headers ask for, as zjiot_variant_find; NULL: its own. */
    int (*variant)(const void *message, const struct zjiot_options *options, const struct zjiot_record **ret_record,
                   struct zjiot_error *error);
    /* Sets what a name that is an alias says of a message; NULL: nothing. */
    void (*set_alias)(void *message, const struct zjiot_alias *alias);
    /* Adds to the common view what rows and record do not say; NULL: nothing. */
    void (*view)(const void *message, struct zjiot_message *view);
    /* Whether this input, decodable or not, may carry a secret in clear; NULL: never. */
    bool (*has_secret)(const uint8_t *bytes, size_t size);
    /* Says how well the input fits, and fills guess->message and why. */
    void (*identify)(const struct zjiot_input *input, struct zjiot_guess *guess);
    /* Whether these bytes, a digit of which was put back, may be proposed as a frame; fills what they speak for. NULL:
     * never. */
    bool (*judge)(const uint8_t *bytes, size_t size, struct zjiot_proposal *proposal);
};

#define ZJ_MESSAGE_OF(name)                                                                                            \
    .message_size = sizeof(struct name), .type_at = offsetof(struct name, type), .data_at = offsetof(struct name, data)

/* Reads an input into `copy`, and from there into *ret_message, which may be `copy`; both have `size` bytes. 0 or a
 * code: then the pool, and what the reader fills, are as they were. Inline for the sake of the size. */
static inline int zj_decode(zj_read_call *read, struct zj_reader *reader, const struct zjiot_input *input,
                            const struct zjiot_options *options, struct zjiot_pool *pool, void *copy, size_t size,
                            void *ret_message) {
    const struct zj_pool_mark mark = zj_pool_mark(pool);
    const struct zj_reader_mark counts = zj_reader_mark(reader);
    const int code = read(reader, input, options, pool, copy);
    if (code != 0) {
        zj_reader_rewind(reader, counts);
        zj_pool_rewind(pool, mark);
    } else if (copy != ret_message) {
        zj_move_read(reader, counts, copy, size, ret_message);
    }
    return code;
}

/* Fills the common view of a message of the protocol's own struct. */
void zj_view(const struct zjiot_protocol *protocol, void *message, struct zjiot_message *ret_view);

/* 0; ARG: the protocol has no messages of that type. */
static inline int zj_check_type(const struct zjiot_protocol *protocol, unsigned type, struct zjiot_error *error) {
    if (ZJ_LIKELY(type < protocol->record_count))
        return 0;
    return zj_fail(error, ZJIOT_ARG, 0, "message type %d does not exist", (int)type);
}

/* 0; CONST: the part `path` of a topic names another message. Of one name there may be several. */
int zj_check_named(const struct zjiot_record *named, const struct zjiot_record *record, const char *path,
                   struct zjiot_error *error);

/* How writing a body ended: its code if it is not 0, the size of the text, or SPACE. */
int64_t zj_body_end(const struct zj_json *json, int code, struct zjiot_error *error);

#endif
