/* Text as values: members set by their path. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "zjiot/hex.h"
#include "zjiot/pool.h"

/* What went wrong with a text: the field, the text, and what it should have been. */
static int bad_text(const struct zjiot_field *field, const char *text, const char *path, struct zjiot_error *error) {
    char range[ZJIOT_EVIDENCE_SIZE] = "";
    if (field->set != NULL)
        zjiot_field_range(field, range, sizeof range);
    if (field->flags & ZJIOT_FIELD_SECRET)
        text = "***";
    return zj_fail_at(error, ZJIOT_TYPE, 0, path, "%s: \"%.40s\" is not %s%s%s", path, text, zj_kind_name(field->kind),
                      range[0] != '\0' ? " " : "", range);
}

bool zj_word_read(const struct zjiot_field *field, const char *text, size_t size, int64_t *ret_number) {
    for (const struct zjiot_choice *choice = field->set; choice != NULL && choice->name != NULL; choice++) {
        if (strlen(choice->name) == size && memcmp(choice->name, text, size) == 0) {
            *ret_number = choice->low;
            return true;
        }
    }
    return false;
}

/* An identifier one digit short is another one. */
bool zj_hexnum_read(const struct zjiot_field *field, const char *text, size_t size, int64_t *ret_number) {
    char prefixed[ZJ_NUMBER_SIZE] = "0x";
    if (size != 2u * field->size)
        return false;
    memcpy(prefixed + 2, text, size);
    return zj_int_read(prefixed, size + 2, ret_number);
}

enum { NUMBER_TEXT_MAX = 64 };

/* "50 %" is the number 50 where the field counts in %: the text without the field's own unit, which may be in `out`. */
static const char *without_unit(const struct zjiot_field *field, const char *text, char out[NUMBER_TEXT_MAX]) {
    const size_t length = strlen(text);
    const size_t unit = strlen(field->unit);
    if (unit == 0 || length <= unit || length >= NUMBER_TEXT_MAX || strcmp(text + length - unit, field->unit) != 0)
        return text;
    size_t end = length - unit;
    while (end > 0 && text[end - 1] == ' ')
        end--;
    memcpy(out, text, end);
    out[end] = '\0';
    return out;
}

/* JSON knows numbers from truths, and a row of it says which. A binary frame has only numbers: there a truth is one
 * that is 0 or 1. */
static bool truth_read(const struct zjiot_field *field, const char *text, int64_t *ret_number) {
    *ret_number = strcmp(text, "true") == 0;
    return field->wire != ZJIOT_WIRE_JSON && (*ret_number == 1 || strcmp(text, "false") == 0) &&
           zj_number_fits(field, 1) && !zj_number_fits(field, 2);
}

static int set_number(const struct zjiot_field *field, int64_t *member, const char *text, const char *path,
                      struct zjiot_error *error) {
    char plain[NUMBER_TEXT_MAX];
    const char *digits = without_unit(field, text, plain);
    int64_t number;
    bool good = zj_word_read(field, text, strlen(text), &number) || truth_read(field, text, &number);
    if (!good && field->kind == ZJIOT_HEXNUM && strncmp(text, "0x", 2) != 0)
        good = zj_hexnum_read(field, text, strlen(text), &number);
    else if (!good)
        good = zj_int_read(digits, strlen(digits), &number);
    if (!good)
        return bad_text(field, text, path, error);
    /* Upward a zero says that there is no value; the writer knows the direction. */
    const bool is_empty = number == 0 && field->wire == ZJIOT_WIRE_JSON;
    const int code = is_empty ? 0 : zj_check_number(field, number, path, error);
    if (code == 0)
        *member = number;
    return code;
}

static int fail_range(const struct zjiot_field *field, const char *text, const char *path, struct zjiot_error *error) {
    char range[ZJIOT_EVIDENCE_SIZE];
    zjiot_field_range(field, range, sizeof range);
    return zj_fail_at(error, ZJIOT_RANGE, 0, path, "%s: %.40s is outside %s", path, text, range);
}

static int set_calendar(const struct zjiot_field *field, int64_t *member, const char *text, const char *path,
                        struct zjiot_error *error) {
    return zj_calendar_read(field, text, strlen(text), member) ? 0 : bad_text(field, text, path, error);
}

static int set_text(const struct zjiot_field *field, const char **member, const char *text, const char *path,
                    struct zjiot_pool *pool, struct zjiot_error *error) {
    const size_t size = strlen(text);
    if ((int64_t)size > field->max)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, path, "%s: %lld bytes are the most, here are %zu", path,
                          (long long)field->max, size);
    const int fault = field->flags & ZJIOT_FIELD_DIGITS ? zj_digits_check(field, text, size) : 0;
    if (fault != 0)
        return zj_fail_at(error, (enum zjiot_code)fault, 0, path, "%s: \"%s\" is not %u digits", path, text,
                          field->count);
    return zj_pool_keep(pool, text, size, member, error);
}

static int set_real(const struct zjiot_field *field, double *member, const char *text, const char *path,
                    struct zjiot_error *error) {
    char plain[NUMBER_TEXT_MAX];
    const char *digits = without_unit(field, text, plain);
    double value;
    int64_t number;
    if (!zj_real_read(digits, strlen(digits), &value))
        return bad_text(field, text, path, error);
    if (field->wire == ZJIOT_WIRE_JSON) {
        if (value != 0 && !zj_real_fits(field, value))
            return fail_range(field, text, path, error);
        *member = value;
        return 0;
    }
    if (!zj_real_number(field, value, &number))
        return zj_fail_step(field, path, error);
    const int code = zj_check_number(field, number, path, error);
    if (code == 0)
        *member = value;
    return code;
}

/* The first unit of an edition that has the name of this one and holds the value exactly. */
static bool find_unit(const struct zjiot_field *field, struct zjiot_quantity *quantity, unsigned edition) {
    const struct zjiot_unit *plain = zjiot_unit_find(quantity->unit);
    int64_t number;
    for (unsigned code = 0; code <= UINT8_MAX; code++) {
        const struct zjiot_quantity other = {quantity->value, (uint8_t)code};
        const struct zjiot_unit *unit = zjiot_unit_find(other.unit);
        if (unit == NULL || unit->edition != edition || strcmp(unit->name, plain->name) != 0 ||
            !zj_quantity_number(field, &other, &number))
            continue;
        quantity->unit = other.unit;
        return true;
    }
    return false;
}

/* A name may stand for several unit bytes, as m3 does for steps of 1, 10 and 100 L: the plain one if it holds the value
 * exactly, else the first that does, and one that only the edition of 2018 has last. */
static void choose_unit(const struct zjiot_field *field, struct zjiot_quantity *quantity) {
    int64_t number;
    if (!zj_quantity_number(field, quantity, &number) && !find_unit(field, quantity, 2004))
        find_unit(field, quantity, 2018);
}

/* "12.5 m3", "12.5m3", "12.5 0x2a" with a unit byte, or one half of it by path: .value, .unit. The mask `invalid` marks
 * a value whose unit is still to come; unit byte 0 is none. */
static int set_quantity(const struct zjiot_field *field, struct zjiot_quantity *quantity, struct zj_masks *masks,
                        uint64_t bit, const char *sub, const char *text, const char *path, struct zjiot_error *error) {
    const bool value_wanted = strcmp(sub, "unit") != 0;
    const bool unit_wanted = strcmp(sub, "value") != 0;
    const size_t digits = value_wanted ? strspn(text, "-+eE0123456789.") : 0;
    const char *name = text + digits + strspn(text + digits, " ");
    struct zjiot_quantity set = *quantity;
    bool by_code = false;
    if (value_wanted && (!zj_real_read(text, digits, &set.value) || (!unit_wanted && *name != '\0')))
        return bad_text(field, text, path, error);
    if (unit_wanted) {
        int64_t code; /* 0x2a: a unit that shares its name with others, here 10 L in m3 */
        by_code = zj_int_read(name, strlen(name), &code) && code > 0 && code <= UINT8_MAX;
        const struct zjiot_unit *unit = by_code ? zjiot_unit_find((uint8_t)code) : zjiot_unit_named(name);
        if (!zj_unit_belongs(field, unit))
            return zj_fail_at(error, ZJIOT_TYPE, 0, path, "%s: \"%.20s\" is no unit for it", path, name);
        set.unit = unit->code;
    }
    const bool whole = set.unit != 0 && (value_wanted || ((masks->has | masks->invalid) & bit) != 0);
    int64_t number;
    if (whole && !by_code && set.unit == zjiot_unit_named(zjiot_unit_find(set.unit)->name)->code)
        choose_unit(field, &set);
    if (whole && !zj_quantity_number(field, &set, &number))
        return zj_check_quantity(field, &set, path, error);
    *quantity = set;
    masks->invalid = whole ? masks->invalid & ~bit : masks->invalid | (value_wanted ? bit : 0);
    masks->has = whole ? masks->has | bit : masks->has & ~bit;
    return 0;
}

static int set_clock(const struct zjiot_field *field, struct zjiot_clock *member, const char *text, const char *path,
                     struct zjiot_error *error) {
    struct zjiot_clock clock;
    if (strlen(text) != ZJ_DATETIME_SIZE || !zj_datetime_read(text, &clock) || (text[10] != 'T' && text[10] != ' '))
        return bad_text(field, text, path, error);
    if (!zj_clock_valid(&clock))
        return zj_fail_at(error, ZJIOT_RANGE, 0, path, "%s: %s is no date and time", path, text);
    *member = clock;
    return 0;
}

static int set_hex(const struct zjiot_field *field, uint8_t *member, const char *text, const char *path,
                   struct zjiot_error *error) {
    uint8_t bytes[64];
    const int64_t count = zjiot_hex_read(text, strlen(text), bytes, sizeof bytes, NULL);
    if (count < 0)
        return bad_text(field, text, path, error);
    if (count != field->size)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, path, "%s: %u bytes are needed, here are %d", path, field->size,
                          (int)count);
    memcpy(member, bytes, field->size);
    return 0;
}

static int set_bytes(const struct zjiot_field *field, int64_t most, struct zjiot_bytes *member, const char *text,
                     const char *path, struct zjiot_pool *pool, struct zjiot_error *error) {
    const size_t length = strlen(text);
    uint8_t *bytes = zjiot_pool_take(pool, length / 2 + 1, error);
    if (bytes == NULL)
        return error != NULL ? (int)error->code : ZJIOT_SPACE;
    const int64_t count = zjiot_hex_read(text, length, bytes, length / 2 + 1, NULL);
    if (count < 0)
        return bad_text(field, text, path, error);
    if (count > most)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, path, "%s: more than %d bytes", path, (int)most);
    *member = (struct zjiot_bytes){bytes, (size_t)count};
    return 0;
}

static int set_members(const struct zjiot_field *field, const char **member, const char *text, const char *path,
                       struct zjiot_pool *pool, struct zjiot_error *error) {
    struct zj_scan scan = {.text = text, .end = text + strlen(text)};
    const char *at = zj_scan_begin(&scan);
    at = at != NULL && *at == '{' ? zj_scan_value(&scan, at) : NULL;
    if (at == NULL || zj_scan_end(&scan, at) == NULL)
        return bad_text(field, text, path, error);
    return set_text(field, member, text, path, pool, error);
}

/* All words as one text. */
static int set_words(const struct zjiot_field *field, struct zjiot_words *member, const char *text, const char *path,
                     struct zjiot_pool *pool, struct zjiot_error *error) {
    const size_t size = strlen(text);
    struct zjiot_words words = {NULL, (size + 1) / ZJ_WORD_SIZE};
    if (words.count > (size_t)field->max)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, path, "%s: %lld words are the most", path, (long long)field->max);
    uint16_t *items = zjiot_pool_take(pool, words.count * sizeof *items, error);
    if (items == NULL)
        return error != NULL ? (int)error->code : ZJIOT_SPACE;
    if (!zj_words_read(text, size, items))
        return bad_text(field, text, path, error);
    words.items = items;
    *member = words;
    return 0;
}

/* One word, which must be one that there is or the next. */
static int set_word(const struct zjiot_field *field, struct zjiot_words *member, size_t index, const char *text,
                    const char *path, struct zjiot_pool *pool, struct zjiot_error *error) {
    int64_t number;
    if (!zj_int_read(text, strlen(text), &number))
        return zj_fail_at(error, ZJIOT_TYPE, 0, path, "%s: \"%.40s\" is not %s", path, text, zj_kind_name(ZJIOT_INT));
    if (number < 0 || number > UINT16_MAX)
        return zj_fail_at(error, ZJIOT_RANGE, 0, path, "%s: %.40s is outside 0..65535", path, text);
    if (index > member->count)
        return zj_fail_at(error, ZJIOT_ARG, 0, path, "%s: word %zu comes first", path, member->count);
    if ((int64_t)index >= field->max)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, path, "%s: %lld words are the most", path, (long long)field->max);
    uint16_t *items = zjiot_pool_take(pool, (member->count + 1) * sizeof *items, error);
    if (items == NULL)
        return error != NULL ? (int)error->code : ZJIOT_SPACE;
    if (member->count > 0)
        memcpy(items, member->items, member->count * sizeof *items);
    items[index] = (uint16_t)number;
    *member = (struct zjiot_words){items, index == member->count ? index + 1 : member->count};
    return 0;
}

static int set_label(const struct zjiot_field *field, char *member, const char *text, const char *path,
                     struct zjiot_error *error) {
    const size_t most = field->count > 0 ? field->count : field->size - 1u;
    while (field->count > 0 && text[0] == '0' && strlen(text) > most) /* as the padding stands on the wire */
        text++;
    const size_t length = strlen(text);
    /* A label of an address may be one of a wildcard's, or of a device's whose number is no BCD. */
    const char *letters = field->wire == ZJIOT_WIRE_NONE && field->count == 0 ? "0123456789abcdef" : "0123456789";
    if (strspn(text, letters) != length)
        return bad_text(field, text, path, error);
    if (length > most)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, path, "%s: %u digits are the most, here are %u", path, (unsigned)most,
                          (unsigned)length);
    memcpy(member, text, length + 1);
    return 0;
}

static int set_bool(const struct zjiot_field *field, bool *member, const char *text, const char *path,
                    struct zjiot_error *error) {
    const bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    if (!yes && strcmp(text, "false") != 0 && strcmp(text, "0") != 0)
        return bad_text(field, text, path, error);
    *member = yes;
    return 0;
}

/* What is set is to be written, and the document knows no local time. */
static int set_stamp(const struct zjiot_field *field, struct zjiot_stamp *member, const char *text, const char *path,
                     struct zjiot_error *error) {
    struct zjiot_stamp stamp;
    const enum zjiot_code code = zj_stamp_find(text, strlen(text), &stamp);
    if (code == ZJIOT_SYNTAX)
        return bad_text(field, text, path, error);
    if (code != 0 || zj_stamp_is_local(&stamp))
        return zj_fail_at(error, ZJIOT_RANGE, 0, path, "%s: %.40s is not %s", path, text, zj_kind_name(ZJIOT_STAMP));
    *member = stamp;
    return 0;
}

int zj_set_value(const struct zjiot_record *record, void *value, unsigned index, const char *sub, const char *text,
                 const char *path, struct zjiot_pool *pool, struct zjiot_error *error) {
    const struct zjiot_field *field = &record->fields[index];
    void *member = (char *)value + field->offset;
    int code;
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
    case ZJIOT_HEXNUM:
    case ZJIOT_NAMED:
        code = set_number(field, member, text, path, error);
        break;
    case ZJIOT_REAL:
        code = set_real(field, member, text, path, error);
        break;
    case ZJIOT_BOOL:
        code = set_bool(field, member, text, path, error);
        break;
    case ZJIOT_QUANTITY:
        return set_quantity(field, member, value, UINT64_C(1) << index, sub, text, path, error);
    case ZJIOT_CLOCK:
        code = set_clock(field, member, text, path, error);
        break;
    case ZJIOT_LABEL:
        code = set_label(field, member, text, path, error);
        break;
    case ZJIOT_HEX:
        code = set_hex(field, member, text, path, error);
        break;
    case ZJIOT_MINUTE:
    case ZJIOT_MONTH_DAY:
        code = set_calendar(field, member, text, path, error);
        break;
    case ZJIOT_STAMP:
        code = set_stamp(field, member, text, path, error);
        break;
    case ZJIOT_TEXT:
        code = set_text(field, member, text, path, pool, error);
        break;
    case ZJIOT_MEMBERS:
        code = set_members(field, member, text, path, pool, error);
        break;
    case ZJIOT_HEX_LIST:
    case ZJIOT_LIST: /* only the empty list has a text of its own; a new message has it already */
        code = strcmp(text, "[]") == 0 ? 0 : bad_text(field, text, path, error);
        break;
    case ZJIOT_WORDS:
        code = set_words(field, member, text, path, pool, error);
        break;
    case ZJIOT_BYTES:
        code = set_bytes(field, field->max, member, text, path, pool, error);
        break;
    default:
        return bad_text(field, text, path, error);
    }
    if (code == 0)
        ((struct zj_masks *)value)->has |= UINT64_C(1) << index;
    return code;
}

static bool is_list(const struct zjiot_field *field) {
    return field->kind == ZJIOT_LIST || field->kind == ZJIOT_HEX_LIST;
}

static bool is_indexed(const struct zjiot_field *field) {
    return field->kind == ZJIOT_ARRAY || field->kind == ZJIOT_WORDS || is_list(field) ||
           (field->flags & ZJIOT_FIELD_LISTED);
}

enum { INDEX_DIGITS = 9 };

/* Goes down one step of a path: the field, and the index behind it. NULL when there is none such. */
static const struct zjiot_field *step(const struct zjiot_record *record, const char **path, size_t *ret_index,
                                      unsigned *ret_at) {
    const size_t length = strcspn(*path, ".[");
    const char *rest = *path + length;
    unsigned at = 0;
    while (at < record->field_count &&
           (strlen(record->fields[at].key) != length || memcmp(record->fields[at].key, *path, length) != 0))
        at++;
    const struct zjiot_field *field = at < record->field_count ? &record->fields[at] : NULL;
    const bool is_framing = field != NULL && (field->flags & ZJIOT_FIELD_HIDDEN) && field->wire != ZJIOT_WIRE_JSON;
    if (field == NULL || is_framing || (*rest == '[' && !is_indexed(field)) ||
        (*rest != '[' && field->kind == ZJIOT_ARRAY) || (*rest == '.' && is_list(field)))
        return NULL;
    *ret_index = 0;
    if (*rest == '[') {
        const size_t digits = strspn(rest + 1, "0123456789");
        *ret_index = strtoul(rest + 1, NULL, 10);
        if (digits == 0 || digits > INDEX_DIGITS || rest[1 + digits] != ']' ||
            (field->kind == ZJIOT_ARRAY && *ret_index >= field->count) ||
            ((field->flags & ZJIOT_FIELD_LISTED) && *ret_index > 0))
            return NULL;
        rest += digits + 2;
    }
    if (*rest != '\0' && (*rest != '.' || rest[1] == '\0'))
        return NULL;
    *path = rest + (*rest == '.');
    *ret_at = at;
    return field;
}

/* The member holds a value if `code` is 0. 1, or the code. */
static int note(void *value, unsigned at, int code) {
    if (code != 0)
        return code;
    ((struct zj_masks *)value)->has |= UINT64_C(1) << at;
    return 1;
}

/* "data0_value[3]": what a word means, as records show it beside the word, which it may set but not contradict. 1, 0
 * for another path, or a code. */
static int set_word_value(const struct zjiot_record *record, void *value, const char *path, const char *text,
                          const char *whole, struct zjiot_pool *pool, struct zjiot_error *error) {
    const size_t length = strcspn(path, "["), suffix = strlen(ZJ_WORD_VALUES);
    char word[ZJIOT_PATH_SIZE], number_text[ZJ_NUMBER_SIZE];
    const char *rest = word;
    size_t index;
    unsigned at;
    int64_t number;
    if (path[length] != '[' || length <= suffix || strlen(path) >= sizeof word ||
        memcmp(path + length - suffix, ZJ_WORD_VALUES, suffix) != 0)
        return 0;
    snprintf(word, sizeof word, "%.*s%s", (int)(length - suffix), path, path + length);
    const struct zjiot_field *field = step(record, &rest, &index, &at);
    if (field == NULL || field->kind != ZJIOT_WORDS || *rest != '\0')
        return 0;
    struct zjiot_words *words = (void *)((char *)value + field->offset);
    if (!zj_int_read(text, strlen(text), &number))
        return zj_fail_at(error, ZJIOT_TYPE, 0, whole, "%s: \"%.40s\" is not %s", whole, text, zj_kind_name(ZJIOT_INT));
    if (number < -ZJ_WORD_ZERO || number > UINT16_MAX - ZJ_WORD_ZERO)
        return zj_fail_at(error, ZJIOT_RANGE, 0, whole, "%s: %.40s is outside %d..%d", whole, text, -ZJ_WORD_ZERO,
                          UINT16_MAX - ZJ_WORD_ZERO);
    if (index < words->count)
        return words->items[index] == number + ZJ_WORD_ZERO
                   ? 1
                   : zj_fail_at(error, ZJIOT_CONST, 0, whole, "%s: %.40s, but %s is %u, which means %d", whole, text,
                                word, words->items[index], words->items[index] - ZJ_WORD_ZERO);
    zj_int_write(number + ZJ_WORD_ZERO, number_text);
    return note(value, at, set_word(field, words, index, number_text, whole, pool, error));
}

/* What a new message holds says so already, but for times: 0 is midnight. */
static void set_absent(const struct zjiot_record *record, void *value, unsigned at) {
    const struct zjiot_field *field = &record->fields[at];
    if (!zj_is_calendar(field))
        return;
    *(int64_t *)((char *)value + field->offset) = ZJ_CALENDAR_EMPTY;
    ((struct zj_masks *)value)->has &= ~(UINT64_C(1) << at);
}

/* Members of unknown meaning stand under "unknown" in records, and only there. */
static const char *skip_group(const struct zjiot_record *record, const char *path) {
    static const char group[] = "unknown.";
    const bool has_group = record->field_count > 0 && record->message && strncmp(path, group, sizeof group - 1) == 0;
    return has_group ? path + sizeof group - 1 : path;
}

/* The item of a list, which must be one it has or the next. */
static int list_item(const struct zjiot_field *field, void *member, size_t index, void **ret_item, const char *whole,
                     struct zjiot_pool *pool, struct zjiot_error *error) {
    const size_t size = field->record != NULL ? field->record->struct_size : sizeof(struct zjiot_bytes);
    struct zjiot_list list;
    struct zjiot_error room;
    memcpy(&list, member, sizeof list);
    if (index > list.count)
        return zj_fail_at(error, ZJIOT_UNKNOWN, 0, whole, "%s: item %zu comes first", whole, list.count);
    if ((int64_t)index >= field->max)
        return zj_fail_at(error, ZJIOT_LENGTH, 0, whole, "%s: %lld items are the most", whole, (long long)field->max);
    if (index == list.count) {
        void *items = zj_pool_grow(pool, list.items, list.count * size, (list.count + 1) * size, &room);
        if (items == NULL) {
            if (error != NULL)
                *error = room;
            return room.code;
        }
        list.items = items;
        memset((char *)items + list.count * size, 0, size);
        if (field->record != NULL)
            zj_expect_all(field->record, (char *)items + list.count * size);
        list.count++;
        memcpy(member, &list, sizeof list);
    }
    *ret_item = (char *)list.items + index * size;
    return 0;
}

int zj_set_path(const struct zjiot_record *record, void *value, const char *path, const char *text, const char *whole,
                struct zjiot_pool *pool, struct zjiot_error *error) {
    size_t index;
    unsigned at;
    const char *rest = skip_group(record, path);
    const bool grouped = rest != path;
    const bool is_item = rest[strcspn(rest, ".[")] == '[';
    const struct zjiot_field *field = step(record, &rest, &index, &at);
    if (field == NULL && !grouped && text != NULL)
        return set_word_value(record, value, path, text, whole, pool, error);
    if (field == NULL || grouped != ((field->flags & ZJIOT_FIELD_UNKNOWN) != 0))
        return 0;
    path = rest;
    const bool is_absent = text == NULL || (*text == '\0' && zj_is_calendar(field));
    if (is_absent && (field->record == NULL || *path == '\0')) {
        set_absent(record, value, at); /* the writer knows whether the direction allows it */
        return 1;
    }
    if (field->flags & ZJIOT_FIELD_HIDDEN) /* the member that names the message */
        return strcmp(text, record->name) == 0
                   ? 1
                   : zj_fail_at(error, ZJIOT_CONST, 0, whole, "%s: the message is %s", whole, record->name);
    void *member = (char *)value + field->offset;
    if (field->record != NULL && *path != '\0') {
        void *part = field->kind == ZJIOT_LIST ? NULL : (char *)member + index * field->record->struct_size;
        int code = part != NULL ? 0 : list_item(field, member, index, &part, whole, pool, error);
        if (code == 0)
            code = zj_set_path(field->record, part, path, text, whole, pool, error);
        if (code == 1)
            ((struct zj_masks *)value)->has |= UINT64_C(1) << at;
        return code;
    }
    if (is_item && field->kind == ZJIOT_HEX_LIST && *path == '\0') {
        void *item;
        int code = list_item(field, member, index, &item, whole, pool, error);
        if (code == 0)
            code = set_bytes(field, field->count, item, text, whole, pool, error);
        return note(value, at, code);
    }
    if (strcmp(text, "{}") == 0 && (field->kind == ZJIOT_RECORD || (field->record != NULL && is_item))) {
        void *part;
        return note(value, at,
                    field->kind == ZJIOT_LIST ? list_item(field, member, index, &part, whole, pool, error) : 0);
    }
    /* A record prints numbers with a fixed unit as {"value":..,"unit":..}: what was printed can be set. */
    if (strcmp(path, "unit") == 0 && field->kind != ZJIOT_QUANTITY)
        return strcmp(text, field->unit) == 0
                   ? 1
                   : zj_fail_at(error, ZJIOT_TYPE, 0, whole, "%s: the unit is %s", whole, field->unit);
    if (*path != '\0' && strcmp(path, "value") != 0 && strcmp(path, "unit") != 0)
        return 0;
    if (field->flags & ZJIOT_FIELD_COMPUTED)
        return zj_fail_at(error, ZJIOT_ARG, 0, whole, "%s: is computed, it cannot be set", whole);
    if (is_item && field->kind == ZJIOT_WORDS)
        return note(value, at, set_word(field, member, index, text, whole, pool, error));
    const int code = zj_set_value(record, value, at, path, text, whole, pool, error);
    return code == 0 ? 1 : code;
}

int zjiot_set(struct zjiot_message *message, const char *path, const char *text, struct zjiot_pool *pool,
              struct zjiot_error *reterr_error) {
    const bool header = strncmp(path, "header.", 7) == 0;
    int code = 0;
    if (!header && message->data.record != NULL)
        code = zj_set_path(message->data.record, message->data.value, path + (strncmp(path, "data.", 5) == 0 ? 5 : 0),
                           text, path, pool, reterr_error);
    for (size_t i = 0; code == 0 && i < message->header_count; i++)
        code = zj_set_path(message->headers[i].record, message->headers[i].value, path + (header ? 7 : 0), text, path,
                           pool, reterr_error);
    if (code == 0)
        return zj_fail_at(reterr_error, ZJIOT_UNKNOWN, 0, path, "%s: %s has no such member", path, message->name);
    return code < 0 ? code : 0;
}
