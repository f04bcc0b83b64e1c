/* Values that travel otherwise than most of their kind: numbers in quotes or in a list of one, texts of so many digits,
 * words in hex, a date and time; and the member that names the message. */
#include <stdio.h>
#include <string.h>

#include "catalog/json_source.h"

/* Another value than the row wants, but one whose meaning is plain: reported, and kept. */
static int other_form(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                      const char *form) {
    char expected[ZJIOT_EVIDENCE_SIZE];
    snprintf(expected, sizeof expected, "%s%s", zj_kind_name(field->kind), form);
    return zj_json_deviate(in, ZJIOT_TYPE, field, at, behind, expected);
}

static int reject(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                  void *member, struct zj_masks *masks, uint64_t bit) {
    in->scan.code = 0;
    zj_json_not_of_kind(in, field, at, behind, member, masks, bit);
    return in->scan.code;
}

/* As zj_int_write writes it. */
static bool is_plain_int(const char *text, size_t size) {
    const size_t sign = size > 0 && text[0] == '-';
    if (size == sign || (text[sign] == '0' && size > 1))
        return false;
    for (size_t i = sign; i < size; i++)
        if ((unsigned char)(text[i] - '0') > 9)
            return false;
    return true;
}

/* Digits alone that no number of ours holds are out of range, not of another type. */
static int too_large(struct zj_json_source *in, const struct zjiot_field *field, const char *at, const char *behind,
                     void *member, struct zj_masks *masks, uint64_t bit) {
    char expected[ZJIOT_EVIDENCE_SIZE];
    memset(member, 0, zj_member_size(field));
    masks->invalid |= bit;
    zjiot_field_range(field, expected, sizeof expected);
    return zj_json_deviate(in, ZJIOT_RANGE, field, at, behind, expected);
}

/* The number that `size` bytes of text hold, zeros in front allowed. */
static bool read_number(const struct zjiot_field *field, const char *text, size_t size, void *member) {
    const bool whole = field->kind != ZJIOT_REAL;
    while (whole && size > 1 && text[0] == '0' && (unsigned char)(text[1] - '0') <= 9) {
        text++;
        size--;
    }
    return zj_json_digits(field, text, size, member);
}

/* A value in the text, and what is in its quotes if it has any. */
struct value {
    const char *at;
    const char *behind;
    const char *text; /* without escapes */
    size_t size;
    bool quoted;
};

/* Escapes are rare: what they stand for goes into the pool. False: no room. */
static bool open_value(struct zj_json_source *in, const char *at, const char *behind, struct value *ret_value) {
    const bool quoted = *at == '"';
    struct value value = {at, behind, at + quoted, (size_t)(behind - at) - 2u * quoted, quoted};
    if (ZJ_UNLIKELY(quoted && memchr(value.text, '\\', value.size) != NULL)) {
        const struct zj_span span = {value.text, value.size, true};
        char *plain = zj_pool_text(in->pool, value.size, &in->room);
        if (plain == NULL)
            return zj_json_stop_with(in, zj_json_no_room(in)) != NULL;
        const int64_t size = zj_json_unescape(&span, plain);
        value.text = size >= 0 ? plain : value.text; /* a NUL fits none of the forms, nor does a backslash */
        value.size = size >= 0 ? (size_t)size : value.size;
    }
    *ret_value = value;
    return true;
}

/* `plain`: it is in the form that its row wants. */
static int keep_number(struct zj_json_source *in, const struct zjiot_field *field, const struct value *value,
                       bool plain, const char *form, void *member, struct zj_masks *masks, uint64_t bit) {
    const bool is_int = is_plain_int(value->text, value->size);
    in->scan.code = 0;
    if (!read_number(field, value->text, value->size, member))
        return is_int ? too_large(in, field, value->at, value->behind, member, masks, bit)
                      : reject(in, field, value->at, value->behind, member, masks, bit);
    masks->has |= bit;
    int code = 0;
    if (!plain || (field->kind != ZJIOT_REAL && !is_int))
        code = other_form(in, field, value->at, value->behind, form);
    return code != 0 ? code : zj_json_judge_member(in, field, value->at, member, masks, bit);
}

static bool is_number(const char *at) {
    return *at == '-' || (unsigned char)(*at - '0') <= 9;
}

static int keep_quoted(struct zj_json_source *in, const struct zjiot_field *field, const struct value *value,
                       void *member, struct zj_masks *masks, uint64_t bit) {
    static const char form[] = " in quotes";
    if (field->kind != ZJIOT_BOOL)
        return value->quoted || is_number(value->at)
                   ? keep_number(in, field, value, value->quoted, form, member, masks, bit)
                   : reject(in, field, value->at, value->behind, member, masks, bit);
    const bool is_true = value->size == 4 && memcmp(value->text, "true", 4) == 0;
    if (!is_true && !(value->size == 5 && memcmp(value->text, "false", 5) == 0))
        return reject(in, field, value->at, value->behind, member, masks, bit);
    memcpy(member, &is_true, sizeof is_true);
    masks->has |= bit;
    return value->quoted ? 0 : other_form(in, field, value->at, value->behind, form);
}

/* [1]; a number or a text alone means the same. */
static int keep_listed(struct zj_json_source *in, const struct zjiot_field *field, const struct value *value,
                       void *member, struct zj_masks *masks, uint64_t bit) {
    static const char form[] = " in a list of one";
    struct value inner;
    if (*value->at != '[')
        return value->quoted || is_number(value->at) ? keep_number(in, field, value, false, form, member, masks, bit)
                                                     : reject(in, field, value->at, value->behind, member, masks, bit);
    /* Its form was checked before, and what was tolerated has been reported. */
    struct zj_scan scan = {.text = in->scan.text, .end = in->scan.end, .tolerate = zj_scan_tolerate_all};
    const char *item = zj_scan_space(&scan, value->at + 1);
    const char *end = *item != ']' ? zj_scan_value(&scan, item) : item;
    const char *next = end != item ? zj_scan_next(&scan, end, ']') : item;
    if (end == item || !(*item == '"' || is_number(item)))
        return reject(in, field, value->at, value->behind, member, masks, bit);
    if (!open_value(in, item, end, &inner))
        return in->scan.code;
    int code = keep_number(in, field, &inner, !inner.quoted, form, member, masks, bit);
    if (code == 0 && *next != ']')
        code = zj_json_deviate(in, ZJIOT_LENGTH, field, value->at, value->behind, "a list of one");
    return code;
}

static int keep_digits(struct zj_json_source *in, const struct zjiot_field *field, const struct value *value,
                       void *member, struct zj_masks *masks, uint64_t bit) {
    char expected[ZJIOT_EVIDENCE_SIZE];
    if (!value->quoted && !is_number(value->at))
        return reject(in, field, value->at, value->behind, member, masks, bit);
    const struct zj_span span = {value->text, value->size, false};
    int code = value->quoted ? 0 : other_form(in, field, value->at, value->behind, "");
    if (code == 0)
        code = zj_json_keep_text(in, field, &span, value->at, member, masks, bit);
    const int fault = code == 0 && value->size <= field->count ? zj_digits_check(field, value->text, value->size) : 0;
    if (fault == 0) /* a longer one was told by zj_json_keep_text */
        return code;
    zjiot_field_range(field, expected, sizeof expected);
    return zj_json_deviate(in, (enum zjiot_code)fault, field, value->at, value->behind, expected);
}

static int keep_datetime(struct zj_json_source *in, const struct zjiot_field *field, const struct value *value,
                         void *member, struct zj_masks *masks, uint64_t bit) {
    static const char expected[] = "a time such as 2019-06-15 16:07:28";
    const char *text = value->text;
    const bool has_blank = value->size == ZJ_DATETIME_SIZE + 1 && text[ZJ_DATETIME_SIZE] == ' ';
    struct zjiot_clock clock;
    if (!value->quoted || !(value->size == ZJ_DATETIME_SIZE || has_blank) || !zj_datetime_read(text, &clock) ||
        (text[10] != ' ' && text[10] != 'T'))
        return reject(in, field, value->at, value->behind, member, masks, bit);
    memcpy(member, &clock, sizeof clock);
    if (!zj_clock_valid(&clock)) {
        masks->invalid |= bit;
        return zj_json_deviate(in, ZJIOT_RANGE, field, value->at, value->behind, "a date and time that there is");
    }
    masks->has |= bit;
    if (has_blank)
        return zj_json_deviate(in, ZJIOT_LENGTH, field, value->at, value->behind, expected);
    return text[10] == ' ' ? 0 : zj_json_deviate(in, ZJIOT_TYPE, field, value->at, value->behind, expected);
}

static int keep_words(struct zj_json_source *in, const struct zjiot_field *field, const struct value *value,
                      void *member, struct zj_masks *masks, uint64_t bit) {
    if (!value->quoted)
        return reject(in, field, value->at, value->behind, member, masks, bit);
    struct zjiot_words words = {NULL, (value->size + 1) / ZJ_WORD_SIZE};
    uint16_t *items = zjiot_pool_take(in->pool, words.count * sizeof *items, &in->room);
    if (items == NULL)
        return zj_json_no_room(in);
    if (!zj_words_read(value->text, value->size, items))
        return reject(in, field, value->at, value->behind, member, masks, bit);
    words.items = items;
    memcpy(member, &words, sizeof words);
    masks->has |= bit;
    return (int64_t)words.count == field->max ? 0 : zj_json_wrong_count(in, field, value->at, words.count);
}

/* The message was chosen by this member; it is another one when it comes twice. */
static int keep_selector(struct zj_json_source *in, const struct zjiot_field *field, const struct value *value,
                         struct zj_masks *masks, uint64_t bit) {
    const char *name = in->body->name;
    masks->has |= bit;
    if (value->quoted && value->size == in->body->name_size && memcmp(value->text, name, value->size) == 0)
        return 0;
    return zj_json_deviate(in, ZJIOT_CONST, field, value->at, value->behind, name);
}

/* All words in one text of the usual size are read without looking for its end first. */
static const char *quick_words(struct zj_json_source *in, const struct zjiot_field *field, const char *at, void *member,
                               struct zj_masks *masks, uint64_t bit) {
    const size_t count = (size_t)field->max;
    const size_t size = count * ZJ_WORD_SIZE - 1;
    if ((size_t)(in->scan.end - at) < size + 2 || at[0] != '"' || at[size + 1] != '"')
        return NULL;
    struct zjiot_words words = {NULL, count};
    uint16_t *items = zjiot_pool_take(in->pool, count * sizeof *items, &in->room);
    if (items == NULL || !zj_words_read(at + 1, size, items))
        return NULL;
    words.items = items;
    memcpy(member, &words, sizeof words);
    masks->has |= bit;
    return at + size + 2;
}

/* [1] and "0" at the end of a text, where more cannot be loaded. Blanks may stand in the brackets. */
static const char *quick_digit(const struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                               void *member, struct zj_masks *masks, uint64_t bit) {
    const bool listed = field->flags & ZJIOT_FIELD_LISTED;
    const char *const end = in->scan.end;
    const char *digit = at + 1;
    if (*at != (listed ? '[' : '"'))
        return NULL;
    if (listed)
        digit = zj_skip_blanks(digit, end);
    const char *behind = digit + 1;
    if (end - digit < 2 || (unsigned char)(*digit - '0') > 9)
        return NULL;
    if (listed)
        behind = zj_skip_blanks(behind, end);
    const int64_t number = *digit - '0';
    if (behind == end || *behind != (listed ? ']' : '"') || !zj_number_fits(field, number))
        return NULL;
    memcpy(member, &number, sizeof number);
    masks->has |= bit;
    return behind + 1;
}

const char *zj_json_form(struct zj_json_source *in, const struct zjiot_field *field, const char *at, void *member,
                         struct zj_masks *masks, uint64_t bit) {
    const char *behind = NULL;
    if (field->kind == ZJIOT_WORDS)
        behind = quick_words(in, field, at, member, masks, bit);
    else if (field->kind == ZJIOT_INT)
        behind = quick_digit(in, field, at, member, masks, bit);
    if (ZJ_LIKELY(behind != NULL))
        return behind;
    struct value value;
    behind = zj_scan_value(&in->scan, at);
    if (behind == NULL)
        return zj_json_stop(in);
    if (!open_value(in, at, behind, &value))
        return NULL;
    int code;
    if (field->flags & ZJIOT_FIELD_HIDDEN)
        code = keep_selector(in, field, &value, masks, bit);
    else if (field->flags & ZJIOT_FIELD_QUOTED)
        code = keep_quoted(in, field, &value, member, masks, bit);
    else if (field->flags & ZJIOT_FIELD_LISTED)
        code = keep_listed(in, field, &value, member, masks, bit);
    else if (field->flags & ZJIOT_FIELD_DIGITS)
        code = keep_digits(in, field, &value, member, masks, bit);
    else if (field->kind == ZJIOT_CLOCK)
        code = keep_datetime(in, field, &value, member, masks, bit);
    else
        code = keep_words(in, field, &value, member, masks, bit);
    return code == 0 ? behind : zj_json_stop_with(in, code);
}
