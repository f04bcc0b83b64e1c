/* JSON read straight into the structs: the rows say which key comes next, so the usual member costs one comparison.
 * What a member is other than the rows say is in json_values.c. */
#include <string.h>

#include "catalog/json_quick.h"

enum { FIRST_ITEMS = 4 };

const char *zj_json_stop(struct zj_json_source *in) {
    if (in->scan.code == 0) {
        char path[ZJIOT_PATH_SIZE];
        zj_path_text(in->reader->path, NULL, path);
        in->scan.code = zj_fail_at(in->reader->error, ZJIOT_SYNTAX, (size_t)(in->scan.where - in->scan.text), path,
                                   "JSON: %s expected here", in->scan.wanted);
    }
    return NULL;
}

const char *zj_json_stop_with(struct zj_json_source *in, int code) {
    in->scan.code = code;
    return NULL;
}

static int tolerate(struct zj_scan *scan, enum zj_tolerance what, const char *at) {
    const struct zj_json_source *in = (const struct zj_json_source *)(const void *)scan;
    return zj_deviate(in->reader, ZJIOT_SYNTAX, (size_t)(at - scan->text), NULL, zj_tolerance_found(what),
                      zj_tolerance_expected(what));
}

/* Whether `quoted` stands at `at`; it has padding. */
static inline bool is_there(const struct zj_json_source *in, const char *quoted, size_t size, const char *at) {
#if defined(ZJ_SSE2)
    if (ZJ_LIKELY(in->scan.end - at >= ZJ_WIDE)) {
        const unsigned same = zj_lowest_bit(~zj_wide_equal(zj_wide_load(at), zj_wide_load(quoted)));
        if (ZJ_LIKELY(size <= ZJ_WIDE))
            return same >= size;
        const size_t rest = size - ZJ_WIDE; /* up to 16 bytes more, some of them compared twice */
        if (same < ZJ_WIDE || (size_t)(in->scan.end - at) < size)
            return false;
        if (ZJ_LIKELY(rest <= ZJ_WIDE))
            return zj_wide_equal(zj_wide_load(at + rest), zj_wide_load(quoted + rest)) == 0xFFFF;
    }
#endif
    return (size_t)(in->scan.end - at) >= size && memcmp(at, quoted, size) == 0;
}

static inline bool is_key(const struct zj_json_source *in, const struct zjiot_field *field, const char *at) {
    return is_there(in, field->quoted + 1, field->quoted_size - 1u, at);
}

/* The field whose key stands at `at`, of those whose bits are set: its bit; 0 when it is none, or written otherwise. It
 * mostly is the first; most of the others differ in the first four characters, and none has fewer. */
static inline uint64_t match_key(const struct zj_json_source *in, const struct zjiot_record *record, uint64_t fields,
                                 const char *at, const struct zjiot_field **ret_field) {
    uint32_t start, other;
    if (ZJ_UNLIKELY(fields == 0 || (size_t)(in->scan.end - at) < sizeof start))
        return 0;
    *ret_field = &record->fields[zj_lowest_bit(fields)];
    if (ZJ_LIKELY(is_key(in, *ret_field, at)))
        return fields & -fields;
    memcpy(&start, at, sizeof start);
    while ((fields &= fields - 1) != 0) {
        const struct zjiot_field *field = &record->fields[zj_lowest_bit(fields)];
        memcpy(&other, field->quoted + 1, sizeof other);
        if (other == start && is_key(in, field, at)) {
            *ret_field = field;
            return fields & -fields;
        }
    }
    return 0;
}

/* A key with blanks behind it, with escapes, or that the rows do not have. */
static ZJ_ASIDE const char *read_key(struct zj_json_source *in, const struct zjiot_record *record, const char *at,
                                     const struct zjiot_field **ret_field, uint64_t *ret_bit, char *ret_name) {
    struct zj_span key;
    const char *start = at;
    at = zj_scan_key(&in->scan, at, &key);
    if (at == NULL)
        return zj_json_stop(in);
    zj_json_name(&key, ret_name);
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        const bool is_other = field->other_key != NULL && strcmp(field->other_key, ret_name) == 0;
        if (!is_other && strcmp(field->key, ret_name) != 0)
            continue;
        *ret_field = field;
        *ret_bit = UINT64_C(1) << i;
        if (is_other && zj_json_other_key(in, field, start) != 0)
            return NULL;
    }
    return at;
}

static ZJ_ASIDE const char *skip_extra(struct zj_json_source *in, const char *name, const char *member,
                                       const char *at) {
    const char *value = at;
    at = zj_scan_value(&in->scan, at);
    if (at == NULL)
        return zj_json_stop(in);
    const int code = zj_json_extra(in, name, member, value, at);
    return code == 0 ? at : zj_json_stop_with(in, code);
}

static const char *read_object(struct zj_json_source *in, const struct zjiot_record *record, void *value,
                               const char *at);

/* The object at `at`. */
static inline const char *read_record(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                      void *member) {
    const bool is_body = field->flags & ZJIOT_FIELD_BODY;
    const struct zjiot_record *record = is_body ? in->body : field->record;
    void *value = is_body ? in->body_value : member;
    const struct zj_path here = {in->reader->path, field->key, -1};
    in->reader->path = &here;
    if (ZJ_UNLIKELY(record->fields->kind == ZJIOT_MEMBERS))
        at = zj_json_keep_members(in, record, at, value);
    else
        at = read_object(in, record, value, at + 1);
    in->reader->path = here.up;
    return at;
}

static const char *read_odd_record(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                   void *member, struct zj_masks *masks, uint64_t bit) {
    const bool is_body = field->flags & ZJIOT_FIELD_BODY;
    void *value = is_body ? in->body_value : member;
    if (*at == '{') {
        masks->has |= bit;
        return read_record(in, field, at, member);
    }
    zj_json_nothing(is_body ? in->body : field->record, value);
    return zj_json_odd(in, field, at, value, masks, bit);
}

/* Room for more items, for as many again if the pool has it, at least for one. */
static bool grow(struct zj_json_source *in, const struct zjiot_record *part, struct zjiot_list *list,
                 size_t *capacity) {
    const size_t size = part->struct_size;
    size_t wanted = *capacity > 0 ? 2 * *capacity : FIRST_ITEMS;
    void *items = zj_pool_grow(in->pool, list->items, *capacity * size, wanted * size, &in->room);
    if (ZJ_UNLIKELY(items == NULL)) {
        wanted = *capacity + 1;
        items = zj_pool_grow(in->pool, list->items, *capacity * size, wanted * size, &in->room);
    }
    if (items == NULL)
        return zj_json_stop_with(in, zj_json_no_room(in)) != NULL;
    list->items = items;
    *capacity = wanted;
    return true;
}

static const char *read_items(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                              struct zjiot_list *list) {
    const struct zjiot_record *part = field->record;
    struct zj_path here = {in->reader->path, field->key, 0};
    size_t capacity = 0;
    in->reader->path = &here;
    at = zj_json_enter(in, at + 1);
    while (at != NULL && *at != ']') {
        if (list->count == capacity && !grow(in, part, list, &capacity))
            return NULL;
        void *item = (char *)list->items + list->count * part->struct_size;
        here.index = (int)list->count;
        if (*at == '{')
            at = read_object(in, part, item, at + 1);
        else
            at = zj_json_odd_item(in, field, at, item);
        list->count++;
        at = at != NULL ? zj_json_next(in, at, ']') : NULL;
    }
    if (at == NULL)
        return zj_json_stop(in);
    zj_json_leave(in);
    in->reader->path = here.up;
    zj_pool_trim(in->pool, list->items, capacity * part->struct_size, list->count * part->struct_size);
    return at + 1;
}

static const char *read_list(struct zj_json_source *in, const struct zjiot_field *field, const char *at, void *member,
                             struct zj_masks *masks, uint64_t bit) {
    struct zjiot_list list = {NULL, 0};
    const char *start = at;
    if (ZJ_UNLIKELY(*at != '['))
        return zj_json_odd(in, field, at, member, masks, bit);
    at = read_items(in, field, at, &list);
    memcpy(member, &list, sizeof list);
    masks->has |= bit;
    if (at != NULL && ZJ_UNLIKELY((int64_t)list.count > field->max))
        at = zj_json_wrong_count(in, field, start, list.count) == 0 ? at : NULL;
    return at;
}

/* A whole number in its plain form; everything else goes the long way. */
static inline const char *read_int(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                   int64_t *member, struct zj_masks *masks, uint64_t bit) {
    enum { MOST_DIGITS = 18 };
    const char *const end = in->scan.end;
    const bool negative = *at == '-';
    const char *const start = at + negative;
    const char *p = start;
    int64_t number = 0;
    for (; p < end && (unsigned char)(*p - '0') <= 9; p++)
        number = (int64_t)((uint64_t)number * 10 + (unsigned)(*p - '0'));
    const ptrdiff_t count = p - start;
    if (ZJ_UNLIKELY(count == 0 || count > MOST_DIGITS || (count > 1 && *start == '0') || p == end || *p == '.' ||
                    (*p | 0x20) == 'e'))
        return zj_json_odd(in, field, at, member, masks, bit);
    *member = number = negative ? -number : number;
    masks->has |= bit;
    if (ZJ_UNLIKELY(!zj_number_surely_fits(field, number))) {
        const int code = zj_json_judge(in, field, number, at, masks, bit);
        return code == 0 ? p : zj_json_stop_with(in, code);
    }
    return p;
}

static inline const char *read_real(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                    double *member, struct zj_masks *masks, uint64_t bit) {
    struct zj_decimal decimal;
    const char *behind = zj_scan_decimal(at, in->scan.end, &decimal);
    if (ZJ_UNLIKELY(behind == NULL))
        return zj_json_odd(in, field, at, member, masks, bit);
    double value;
    if (!zj_json_real_value(&decimal, at, behind, &value))
        return zj_json_odd(in, field, at, member, masks, bit);
    *member = value;
    masks->has |= bit;
    if (ZJ_UNLIKELY(value < (double)field->min || value > (double)field->max)) {
        const int code = zj_json_judge_real(in, field, value, at, masks, bit);
        return code == 0 ? behind : zj_json_stop_with(in, code);
    }
    return behind;
}

static inline const char *read_text(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                    void *member, struct zj_masks *masks, uint64_t bit) {
    if (ZJ_UNLIKELY(*at != '"'))
        return zj_json_odd(in, field, at, member, masks, bit);
    struct zj_span span;
    const char *behind = zj_scan_string(&in->scan, at, &span);
    if (behind == NULL)
        return zj_json_stop(in);
    const int code = zj_json_keep_text(in, field, &span, at, member, masks, bit);
    return code == 0 ? behind : zj_json_stop_with(in, code);
}

/* A value in its usual form; NULL: it has another one, or an object or a list failed, which scan.code says. */
static inline const char *read_quick(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                     void *member) {
    if (ZJ_UNLIKELY(at >= in->quick_end))
        return NULL;
    while (*at == ' ') /* as most put one behind the colon */
        if (ZJ_UNLIKELY(++at >= in->quick_end))
            return NULL;
    switch (field->form) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
        return zj_quick_int(field, at, member);
    case ZJIOT_REAL:
        return zj_quick_real(field, at, member);
    case ZJIOT_TEXT:
        return zj_quick_text(in, field, at, member);
    case ZJIOT_MINUTE:
    case ZJIOT_MONTH_DAY:
        return zj_quick_calendar(field, at, member);
    case ZJIOT_NAMED:
        return zj_quick_word(field, at, member);
    case ZJIOT_STAMP:
        return zj_quick_stamp(at, member);
    case ZJ_FORM_NAME:
        return zj_quick_name(in, at);
    case ZJ_FORM_QUOTED:
        return zj_quick_quoted(field, at, member);
    case ZJ_FORM_LISTED:
        return zj_quick_listed(field, at, in->scan.end, member);
    case ZJ_FORM_DIGITS:
        return zj_quick_digits(in, field, at, member);
    case ZJIOT_RECORD:
        return *at == '{' ? read_record(in, field, at, member) : NULL;
    case ZJIOT_HEX_LIST:
        return *at == '[' ? zj_json_bytes_items(in, field, at, ']', member) : NULL;
    default:
        return NULL;
    }
}

/* Any value of a row; blanks may stand in front of it. */
static ZJ_ASIDE const char *read_slowly(struct zj_json_source *in, const struct zjiot_field *field, const char *at,
                                        void *member, struct zj_masks *masks, uint64_t bit) {
    at = zj_scan_space(&in->scan, at);
    if (at == NULL)
        return zj_json_stop(in);
    if (ZJ_UNLIKELY((field->flags & ZJ_OTHER_FORM) != 0))
        return zj_json_form(in, field, at, member, masks, bit);
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
        return read_int(in, field, at, member, masks, bit);
    case ZJIOT_REAL:
        return read_real(in, field, at, member, masks, bit);
    case ZJIOT_TEXT:
        return read_text(in, field, at, member, masks, bit);
    case ZJIOT_MINUTE:
    case ZJIOT_MONTH_DAY:
        return zj_json_calendar(in, field, at, member, masks, bit);
    case ZJIOT_RECORD:
        return read_odd_record(in, field, at, member, masks, bit);
    case ZJIOT_LIST:
        return read_list(in, field, at, member, masks, bit);
    case ZJIOT_HEX_LIST:
        return zj_json_bytes_list(in, field, at, member, masks, bit);
    case ZJIOT_CLOCK:
    case ZJIOT_WORDS:
        return zj_json_form(in, field, at, member, masks, bit);
    default:
        return zj_json_odd(in, field, at, member, masks, bit);
    }
}

/* An object that is being read. What has been read is gathered in registers, and only in the struct's mask while others
 * look at it. */
struct object {
    const struct zjiot_record *record;
    char *value;
    uint64_t all; /* a bit each field */
    uint64_t has;
    uint64_t seen;
};

/* The member whose key begins at `start` and whose value, perhaps behind blanks, at `at`. */
static inline const char *read_member(struct zj_json_source *in, struct object *object, const struct zjiot_field *field,
                                      uint64_t bit, const char *start, const char *at) {
    struct zj_masks *masks = (struct zj_masks *)(void *)object->value;
    void *member = object->value + field->offset;
    if (ZJ_UNLIKELY(object->seen & bit)) {
        masks->has = object->has;
        if (zj_json_again(in, field, start, masks, bit) != 0)
            return NULL;
        object->has = masks->has;
    }
    object->seen |= bit;
    const char *behind = read_quick(in, field, at, member);
    if (ZJ_LIKELY(behind != NULL)) {
        object->has |= bit;
    } else {
        if (ZJ_UNLIKELY(in->scan.code != 0))
            return NULL;
        if (ZJ_UNLIKELY((field->flags & ZJIOT_FIELD_DIALECT) != 0) && zj_json_dialect(in, field, start) != 0)
            return NULL;
        masks->has = object->has;
        behind = read_slowly(in, field, at, member, masks, bit);
        object->has = masks->has;
    }
    if (ZJ_UNLIKELY(in->is_traced) && behind != NULL && field->record == NULL && !(field->flags & ZJIOT_FIELD_BODY)) {
        masks->has = object->has;
        zj_trace_span(in->reader, (size_t)(start - in->scan.text), (size_t)(behind - start), object->record,
                      (unsigned)(field - object->record->fields), object->value);
    }
    return behind;
}

/* The key behind a comma, perhaps behind blanks too; NULL: something else stands there. */
static inline const char *next_key(const struct zj_json_source *in, const char *at) {
    if (ZJ_UNLIKELY(in->scan.end - at < 2) || *at != ',')
        return NULL;
    at++;
    if (ZJ_LIKELY(*at == '"'))
        return at;
    at = zj_json_line(in, at, in->level);
    if (ZJ_LIKELY(*at == '"'))
        return at;
    at = zj_skip_blanks(at, in->scan.end);
    return at < in->scan.end && *at == '"' ? at : NULL;
}

/* From a member to the end of those that follow it plainly: the next of the rows, or one behind it. */
static inline const char *read_run(struct zj_json_source *in, struct object *object, const struct zjiot_field *field,
                                   uint64_t bit, const char *start, const char *at) {
    for (;;) {
        at = read_member(in, object, field, bit, start, at);
        const char *key = at != NULL ? next_key(in, at) : NULL;
        if (key == NULL)
            return at;
        field++;
        bit <<= 1;
        if (ZJ_UNLIKELY((object->all & bit) == 0 || !is_key(in, field, key))) {
            bit = match_key(in, object->record, object->all & ~object->seen, key, &field);
            if (bit == 0)
                return at;
        }
        start = key;
        at = key + field->quoted_size - 1;
    }
}

/* Clears what was left out and may be; the bits of those members that it is not for. */
static inline uint64_t clear_optional(const struct object *object) {
    const uint64_t plain = UINT64_C(1) << ZJIOT_INT | UINT64_C(1) << ZJIOT_TIME | UINT64_C(1) << ZJIOT_REAL |
                           UINT64_C(1) << ZJIOT_TEXT | UINT64_C(1) << ZJIOT_MINUTE |
                           UINT64_C(1) << ZJIOT_MONTH_DAY; /* kinds of 8 bytes */
    uint64_t left = 0;
    for (uint64_t bits = object->all & ~object->seen; bits != 0; bits &= bits - 1) {
        const struct zjiot_field *field = &object->record->fields[zj_lowest_bit(bits)];
        if ((field->flags & ZJIOT_FIELD_OPTIONAL) && (plain >> field->kind & 1))
            memset(object->value + field->offset, 0, sizeof(int64_t));
        else
            left |= bits & -bits;
    }
    return left;
}

static const char *read_object(struct zj_json_source *in, const struct zjiot_record *record, void *value,
                               const char *at) {
    struct zj_masks *masks = value;
    struct object object = {record, value, (UINT64_C(1) << record->field_count) - 1, ZJIOT_HAS_READ, 0};
    masks->invalid = 0;
    at = zj_json_enter(in, at);
    while (at != NULL && *at != '}') {
        const char *start = at;
        char name[ZJIOT_PATH_SIZE];
        const struct zjiot_field *field;
        uint64_t bit = match_key(in, record, object.all & ~object.seen, at, &field);
        if (ZJ_LIKELY(bit != 0))
            at += field->quoted_size - 1;
        else
            at = read_key(in, record, at, &field, &bit, name);
        if (at == NULL)
            break;
        at = bit != 0 ? read_run(in, &object, field, bit, start, at) : skip_extra(in, name, start, at);
        at = at != NULL ? zj_json_next(in, at, '}') : NULL;
    }
    if (at == NULL)
        return zj_json_stop(in);
    zj_json_leave(in);
    masks->has = object.has;
    if (object.seen != object.all) {
        const uint64_t left = clear_optional(&object);
        if (left != 0 && zj_json_complete(in, record, value, object.all & ~left, at) != 0)
            return NULL;
    }
    return at + 1;
}

int zj_read_json(struct zj_reader *reader, const struct zj_json_input *input, const struct zjiot_record *record,
                 void *ret_value) {
    struct zj_json_source in; /* `room` is large, and set when it is needed */
    in.scan = (struct zj_scan){.text = input->text, .end = input->text + input->size, .tolerate = tolerate};
    in.quick_end = input->size > ZJ_QUICK ? in.scan.end - ZJ_QUICK : input->text;
    in.level = 0;
    in.is_traced = reader->trace != NULL;
    in.reader = reader;
    in.pool = input->pool;
    in.protocol = input->protocol;
    in.body = input->body;
    in.body_value = input->body_value;
    in.zero_is_absent = input->zero_is_absent;
    in.secret = input->secret;
    in.null_is_absent = input->null_is_absent;
    const struct zj_pool_mark mark = zj_pool_mark(input->pool);
    const struct zj_path *path = reader->path;
    const char *at = zj_scan_begin(&in.scan);
    if (at != NULL && *at != '{')
        at = zj_scan_fail(&in.scan, at, "an object");
    if (at != NULL) {
        in.indent = zj_json_indent(&in, at + 1);
        at = read_object(&in, record, ret_value, at + 1);
    }
    if (at != NULL)
        at = zj_scan_end(&in.scan, at);
    if (at != NULL)
        return 0;
    zj_json_stop(&in);
    reader->path = path;
    zj_pool_rewind(input->pool, mark);
    return in.scan.code;
}
