/* Between json_reader.c, which goes over the text, and json_values.c, which judges what it finds. */
#ifndef ZJ_JSON_SOURCE_H
#define ZJ_JSON_SOURCE_H

#include "catalog/catalog.h"

/* A text on its way into structs. A function that fails has written the error and set scan.code. */
struct zj_json_source {
    struct zj_scan scan;   /* first: zj_scan.tolerate finds the source by it */
    const char *quick_end; /* 16 bytes and more can be loaded from what is in front of it */
    size_t indent; /* blanks by which a pretty-printed text goes further in with each container, 0: it is none */
    size_t level;  /* blanks in front of the members of the container at hand, if so */
    struct zj_reader *reader;
    struct zjiot_pool *pool;
    const struct zjiot_protocol *protocol;
    const struct zjiot_record *body;
    void *body_value;
    struct zjiot_error room; /* what the pool said last */
    bool is_traced;
    bool secret;
    bool zero_is_absent;
    bool null_is_absent;
};

/* From the end of a line, if one is at `at`, to behind so many blanks, if so many follow; else `at`. A text that goes
 * in evenly needs no look for where the blanks end: the processor need not wait for that. */
static inline const char *zj_json_line(const struct zj_json_source *in, const char *at, size_t blanks) {
#if defined(ZJ_SSE2)
    if (at < in->scan.end && *at == '\n' && at < in->quick_end &&
        ZJ_LIKELY(zj_lowest_bit(~zj_wide_equal_to(zj_wide_load(at + 1), ' ')) == blanks))
        return at + 1 + blanks;
#else
    (void)in;
    (void)blanks;
#endif
    return at;
}

/* By how many blanks the members of the outermost object go in, the first of which stands behind the end of a line. */
static inline size_t zj_json_indent(const struct zj_json_source *in, const char *at) {
    return at < in->scan.end && *at == '\n' ? (size_t)(zj_skip_blanks(at, in->scan.end) - at) - 1 : 0;
}

/* Into a container, from behind its bracket: its first member, or its end. */
static inline const char *zj_json_enter(struct zj_json_source *in, const char *at) {
    in->level += in->indent;
    return zj_scan_space(&in->scan, zj_json_line(in, at, in->level));
}

/* zj_scan_next, in a container that was entered. */
static inline const char *zj_json_next(struct zj_json_source *in, const char *at, char close) {
    return zj_scan_next(&in->scan, zj_json_line(in, at, in->level - in->indent), close);
}

/* Out of a container. */
static inline void zj_json_leave(struct zj_json_source *in) {
    in->level -= in->indent;
}

/* Turns the scanner's failure, if it is one, into the error; NULL. */
const char *zj_json_stop(struct zj_json_source *in);
const char *zj_json_stop_with(struct zj_json_source *in, int code);

/* After the pool has written its error to in->room: the code of the failure. */
int zj_json_no_room(struct zj_json_source *in);

/* A key of a dialect for a member of the document, and a member that only a dialect has. 0 or a code. */
int zj_json_other_key(struct zj_json_source *in, const struct zjiot_field *field, const char *at);
int zj_json_dialect(struct zj_json_source *in, const struct zjiot_field *field, const char *at);

/* A value that is not in the plain form of its kind: of another type, null, a number that must be rounded, or a kind
 * that is rare. Behind it, or NULL. */
const char *zj_json_odd(struct zj_json_source *in, const struct zjiot_field *field, const char *at, void *member,
                        struct zj_masks *masks, uint64_t bit);

/* An item of a list that is no object. */
const char *zj_json_odd_item(struct zj_json_source *in, const struct zjiot_field *field, const char *at, void *item);

/* The items of a list of hex texts, the list's bracket at `at`, up to `close`: behind it, or NULL and scan.code. */
const char *zj_json_bytes_items(struct zj_json_source *in, const struct zjiot_field *field, const char *at, char close,
                                void *member);

/* A list of hex texts; damage that printed its brackets as braces is repaired. */
const char *zj_json_bytes_list(struct zj_json_source *in, const struct zjiot_field *field, const char *at, void *member,
                               struct zj_masks *masks, uint64_t bit);

/* The object at `at`, all of which is the value of a record without known members. */
const char *zj_json_keep_members(struct zj_json_source *in, const struct zjiot_record *record, const char *at,
                                 void *value);

/* Rows whose values travel otherwise than the usual ones of their kind: json_forms.c. */
enum { ZJ_OTHER_FORM = ZJIOT_FIELD_HIDDEN | ZJIOT_FIELD_QUOTED | ZJIOT_FIELD_LISTED | ZJIOT_FIELD_DIGITS };

/* The value of such a row, of WORDS, or of CLOCK. */
const char *zj_json_form(struct zj_json_source *in, const struct zjiot_field *field, const char *at, void *member,
                         struct zj_masks *masks, uint64_t bit);

/* Reports a value at the field. 0 or a code, which scan.code holds, too. */
int zj_json_deviate(struct zj_json_source *in, enum zjiot_code code, const struct zjiot_field *field, const char *at,
                    const char *behind, const char *expected);

/* A number, written in whatever way, into the member of INT, TIME or REAL. False: none. */
bool zj_json_digits(const struct zjiot_field *field, const char *text, size_t size, void *member);

/* zj_json_judge or zj_json_judge_real, by the kind. */
int zj_json_judge_member(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const void *member,
                         struct zj_masks *masks, uint64_t bit);

/* The value is none of its kind: null stands for zero or nothing, all else is invalid. */
void zj_json_not_of_kind(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                         void *member, struct zj_masks *masks, uint64_t bit);

/* MINUTE and MONTH_DAY. */
const char *zj_json_calendar(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                             int64_t *member, struct zj_masks *masks, uint64_t bit);

/* A number that was read and may be outside its set or range. 0 or a code. */
int zj_json_judge(struct zj_json_source *in, const struct zjiot_field *field, int64_t number, const char *at,
                  struct zj_masks *masks, uint64_t bit);
int zj_json_judge_real(struct zj_json_source *in, const struct zjiot_field *field, double value, const char *at,
                       struct zj_masks *masks, uint64_t bit);

/* The value of a number; false when there is no such double. */
bool zj_json_real_value(const struct zj_decimal *decimal, const char *at, const char *end, double *ret_value);

/* Puts the string into the pool and its address into the member. */
int zj_json_keep_text(struct zj_json_source *in, const struct zjiot_field *field, const struct zj_span *span,
                      const char *at, void *member, struct zj_masks *masks, uint64_t bit);

/* A struct of which nothing was read. */
void zj_json_nothing(const struct zjiot_record *record, void *value);

/* A list with another number of items than its row has; a member that comes twice; one that the rows do not have. 0 or
 * a code. */
int zj_json_wrong_count(struct zj_json_source *in, const struct zjiot_field *field, const char *at, size_t count);
int zj_json_again(struct zj_json_source *in, const struct zjiot_field *field, const char *at, struct zj_masks *masks,
                  uint64_t bit);
int zj_json_extra(struct zj_json_source *in, const char *name, const char *member, const char *value, const char *end);

/* At the end of an object: clears the members that were not there and reports those that should have been. */
int zj_json_complete(struct zj_json_source *in, const struct zjiot_record *record, void *value, uint64_t seen,
                     const char *at);

#endif
