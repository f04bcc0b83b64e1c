/* The same texts through this scanner, this reader and jansson: what one takes the other takes, and they read the same.
 * An argument says how many texts (default 40,000, a million takes some seconds).
 *
 * The differences that are meant: at most 64 levels here; a number of any size is one here, who needs its value judges
 * it; \u0000 in a key is taken by the scanner, not by jansson. Where jansson stops for one of the latter two, the rest
 * of the text is not compared. jansson takes a byte 00 behind the value for the end; here it is never one. */
#include <stdlib.h>

#include <jansson.h>

#include "json_texts.h"

#include "zhenjiang/zhenjiang.h"

enum { DEVIATIONS_MAX = 64, POOL_SIZE = 1 << 20 };

#define DEVICE "010000002934857620"

static size_t text_count = 40000;
static struct text text;

/* --- The scanner --- */

static json_t *build_value(struct zj_scan *scan, const char **at);

static json_t *build_string(const struct zj_span *span) {
    char plain[TEXT_ROOM];
    size_t used = 0;
    /* zj_json_unescape refuses NUL, which jansson takes here: piece by piece round it. */
    struct zj_span rest = *span;
    int64_t size = zj_json_unescape(&rest, plain);
    while (size < 0) {
        const char *nul = strstr(rest.text, "\\u0000");
        rest.size = (size_t)(nul - rest.text);
        size = zj_json_unescape(&rest, plain + used);
        assert_true(size >= 0);
        used += (size_t)size;
        plain[used++] = '\0';
        rest.text = nul + 6;
        rest.size = (size_t)(span->text + span->size - rest.text);
        size = zj_json_unescape(&rest, plain + used);
    }
    return json_stringn(plain, used + (size_t)size);
}

static json_t *build_number(const char *at, const char *end) {
    double real;
    int64_t number;
    if (memchr(at, '.', (size_t)(end - at)) == NULL && memchr(at, 'e', (size_t)(end - at)) == NULL &&
        memchr(at, 'E', (size_t)(end - at)) == NULL)
        return zj_int_read(at, (size_t)(end - at), &number) ? json_integer(number) : NULL;
    return zj_real_read(at, (size_t)(end - at), &real) ? json_real(real) : NULL;
}

static json_t *build_container(struct zj_scan *scan, const char **at, char close) {
    json_t *tree = close == ']' ? json_array() : json_object();
    struct zj_span key;
    const char *p = zj_scan_space(scan, *at + 1);
    while (*p != close) {
        p = close == '}' ? zj_scan_key(scan, p, &key) : p;
        json_t *value = build_value(scan, &p);
        if (close == ']') {
            json_array_append_new(tree, value);
        } else {
            json_t *name = build_string(&key);
            json_object_setn_new_nocheck(tree, json_string_value(name), json_string_length(name), value);
            json_decref(name);
        }
        p = zj_scan_next(scan, p, close);
    }
    *at = p + 1;
    return tree;
}

/* A tree out of a text that the scanner has accepted. */
static json_t *build_value(struct zj_scan *scan, const char **at) {
    const char *start = *at;
    struct zj_span span;
    switch (*start) {
    case '{':
    case '[':
        return build_container(scan, at, *start == '{' ? '}' : ']');
    case '"':
        *at = zj_scan_string(scan, start, &span);
        return build_string(&span);
    default:
        *at = zj_scan_value(scan, start);
        return *start == 't'   ? json_true()
               : *start == 'f' ? json_false()
               : *start == 'n' ? json_null()
                               : build_number(start, *at);
    }
}

static int count_tolerance(struct zj_scan *scan, enum zj_tolerance what, const char *at) {
    (void)what;
    (void)at;
    scan->depth += 1u << 16; /* above what nesting counts */
    return 0;
}

/* The end, or NULL. *ret_tolerated: how often it was lenient. */
static const char *scan_all(struct zj_scan *scan, bool lenient, size_t *ret_tolerated) {
    *scan = (struct zj_scan){text.bytes, text.bytes + text.size, lenient ? count_tolerance : NULL, 0, 0, NULL, NULL};
    const char *at = zj_scan_begin(scan);
    at = at != NULL ? zj_scan_value(scan, at) : NULL;
    at = at != NULL ? zj_scan_end(scan, at) : NULL;
    *ret_tolerated = scan->depth >> 16;
    return at;
}

static size_t depth_of(const json_t *tree) {
    const char *key;
    const json_t *value;
    size_t i;
    size_t deepest = 0;
    json_object_foreach((json_t *)(uintptr_t)tree, key, value) {
        const size_t depth = depth_of(value);
        deepest = depth > deepest ? depth : deepest;
    }
    json_array_foreach(tree, i, value) {
        const size_t depth = depth_of(value);
        deepest = depth > deepest ? depth : deepest;
    }
    return json_is_object(tree) || json_is_array(tree) ? deepest + 1 : 0;
}

static void fail_text(const char *what) {
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.bytes[i] < ' ' || (unsigned char)text.bytes[i] > '~')
            print_error("byte %zu is %02x\n", i, (unsigned char)text.bytes[i]);
    fail_msg("%s: %.*s", what, (int)text.size, text.bytes);
}

/* What jansson makes of the text. */
static json_t *load(size_t flags, json_error_t *ret_error) {
    json_t *tree = json_loadb(text.bytes, text.size, flags, ret_error);
    if (tree == NULL || memchr(text.bytes, '\0', text.size) == NULL)
        return tree;
    json_decref(tree);
    *ret_error = (json_error_t){.text = ""};
    return NULL;
}

/* Whether jansson has stopped for a reason that is its own. */
static bool is_incomparable(const json_error_t *error) {
    return json_error_code(error) == json_error_numeric_overflow ||
           json_error_code(error) == json_error_null_byte_in_key;
}

static size_t compared, accepted;

static void compare_scanner(void) {
    struct zj_scan scan;
    json_error_t error;
    size_t tolerated;
    const bool strict = scan_all(&scan, false, &tolerated) != NULL;
    const bool lenient = scan_all(&scan, true, &tolerated) != NULL;
    json_t *tree = load(JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (strict ? !lenient || tolerated > 0 : lenient && tolerated == 0)
        fail_text("strict and lenient scanning contradict each other");
    if (tree == NULL && is_incomparable(&error))
        return;
    compared++;
    accepted += strict;
    const bool wanted = tree != NULL && depth_of(tree) <= ZJ_JSON_DEPTH;
    if (strict != wanted)
        fail_text(strict ? "only the scanner takes it" : "only jansson takes it");
    if (strict) {
        scan.tolerate = NULL;
        const char *at = zj_scan_begin(&scan);
        json_t *ours = build_value(&scan, &at);
        if (!json_equal(ours, tree))
            fail_text("is read otherwise");
        json_decref(ours);
    }
    json_decref(tree);
}

static void texts_by_the_grammar(void **state) {
    (void)state;
    for (size_t i = 0; i < text_count / 4; i++) {
        put_document(&text);
        compare_scanner();
    }
    assert_true(accepted > text_count / 4 * 9 / 10);
}

static void damaged_texts(void **state) {
    (void)state;
    compared = accepted = 0;
    for (size_t i = 0; i < text_count / 4; i++) {
        put_document(&text);
        for (size_t j = 1 + pick(3); j > 0; j--)
            damage(&text);
        compare_scanner();
    }
    /* Both kinds are frequent, or the damage is of no use. */
    assert_true(accepted > compared / 20 && accepted < compared * 19 / 20 && compared > text_count / 4 * 9 / 10);
}

/* --- Messages --- */

static void put_record(const struct zjiot_record *record, const struct zjiot_record *body);

static void put_calendar(const struct zjiot_field *field) {
    char value[ZJ_NUMBER_SIZE];
    const bool is_day = field->kind == ZJIOT_MONTH_DAY;
    snprintf(value, sizeof value, is_day ? "\"%02zu-%02zu\"" : "\"%02zu:%02zu\"", is_day ? 1 + pick(12) : pick(24),
             is_day ? 1 + pick(28) : pick(60));
    put(&text, value);
}

static void put_int(const struct zjiot_field *field) {
    char value[ZJ_NUMBER_SIZE];
    int64_t number = (int64_t)pick(2000000) - 5;
    if (field->set != NULL) {
        size_t count = 0;
        while (field->set[count].name != NULL)
            count++;
        number = field->set[pick(count)].low;
    } else if (field->min > INT64_MIN && field->max < INT64_MAX) {
        number = field->min + (int64_t)pick((size_t)(field->max - field->min + 1));
    }
    snprintf(value, sizeof value, "%lld", (long long)number);
    put(&text, value);
}

/* Mostly a value of the field's kind, sometimes any. */
static void put_member(const struct zjiot_field *field, const struct zjiot_record *body) {
    if (pick(40) == 0) {
        put_value(&text, TEXT_NESTED - 1);
        return;
    }
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
        put_int(field);
        break;
    case ZJIOT_REAL:
        put_number(&text);
        break;
    case ZJIOT_MINUTE:
    case ZJIOT_MONTH_DAY:
        put_calendar(field);
        break;
    case ZJIOT_RECORD:
        put_record(field->flags & ZJIOT_FIELD_BODY ? body : field->record, body);
        break;
    case ZJIOT_LIST:
        put(&text, "[");
        for (size_t i = 0, count = pick(4); i < count; i++) {
            put(&text, i > 0 ? "," : "");
            put_record(field->record, body);
        }
        put(&text, "]");
        break;
    default:
        if (strcmp(field->key, "dev_id") == 0)
            put(&text, "\"" DEVICE "\"");
        else
            put_string(&text, 20);
        break;
    }
}

/* The members in turned order at times, some left out, some twice, some unknown. */
static void put_record(const struct zjiot_record *record, const struct zjiot_record *body) {
    const bool backwards = pick(4) == 0;
    bool first = true;
    put(&text, "{");
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[backwards ? record->field_count - 1 - i : i];
        for (size_t times = pick(30) == 0 ? pick(3) : 1; times > 0; times--) {
            put(&text, first ? "" : ",");
            first = false;
            put_blank(&text);
            put_bytes(&text, field->quoted, field->quoted_size);
            put_blank(&text);
            put_member(field, body);
        }
        if (pick(60) == 0) {
            put(&text, first ? "\"more\":" : ",\"more\":");
            first = false;
            put_value(&text, 3);
        }
    }
    put(&text, "}");
}

static void compare_record(const struct zjiot_record *record, const struct zjiot_record *body, const void *value,
                           const void *body_value, const json_t *tree);

/* A number as jansson read it, where it is one or a text of one; an INT may have zeros in front there. */
static bool number_of(const struct zjiot_field *field, const json_t *json, double *ret_number) {
    const char *digits = json_string_value(json);
    size_t size = json_string_length(json);
    if (digits == NULL) {
        *ret_number = json_number_value(json);
        return json_is_number(json);
    }
    if (field->kind != ZJIOT_REAL && strspn(digits, "0123456789") == size)
        for (; size > 1 && *digits == '0'; size--)
            digits++;
    return zj_real_read(digits, size, ret_number);
}

static void compare_number(const struct zjiot_field *field, const void *member, bool has, bool invalid,
                           const json_t *json, bool up) {
    double wanted;
    const double is = field->kind == ZJIOT_REAL ? *(const double *)member : (double)*(const int64_t *)member;
    if (json_is_null(json) || !number_of(field, json, &wanted)) {
        if (invalid == json_is_null(json) || is < 0 || is > 0)
            fail_text(field->key);
        return;
    }
    if (json_is_integer(json) && field->kind != ZJIOT_REAL && *(const int64_t *)member != json_integer_value(json))
        fail_text(field->key);
    /* An INT takes what is whole and below 2^53, or stands there as plain digits. */
    const bool is_whole = field->kind == ZJIOT_REAL || json_is_integer(json) || !invalid;
    if (is_whole && (is < wanted || is > wanted))
        fail_text(field->key);
    if (has == invalid && !(up && !invalid && !(wanted < 0) && !(wanted > 0)))
        fail_text(field->key);
}

static void compare_member(const struct zjiot_field *field, const struct zjiot_record *body, const void *member,
                           const void *body_value, const struct zj_masks *masks, uint64_t bit, const json_t *json,
                           bool up) {
    const bool has = (masks->has & bit) != 0;
    struct zjiot_list list;
    const char *string;
    switch (field->kind) {
    case ZJIOT_INT:
    case ZJIOT_TIME:
    case ZJIOT_REAL:
        compare_number(field, member, has, (masks->invalid & bit) != 0, json, up);
        break;
    case ZJIOT_TEXT:
        memcpy(&string, member, sizeof string);
        if (json_is_string(json) && (!has || strcmp(string, json_string_value(json)) != 0))
            fail_text(field->key);
        break;
    case ZJIOT_RECORD:
        if (json_is_object(json)) {
            const bool is_body = field->flags & ZJIOT_FIELD_BODY;
            compare_record(is_body ? body : field->record, body, is_body ? body_value : member, body_value, json);
        }
        break;
    case ZJIOT_LIST:
        memcpy(&list, member, sizeof list);
        if (list.count != json_array_size(json))
            fail_text(field->key);
        for (size_t i = 0; i < list.count; i++)
            if (json_is_object(json_array_get(json, i)))
                compare_record(field->record, body, (const char *)list.items + i * field->record->struct_size,
                               body_value, json_array_get(json, i));
        break;
    default: { /* MINUTE, MONTH_DAY */
        int first, second;
        const char *digits = json_string_value(json);
        const bool is_day = field->kind == ZJIOT_MONTH_DAY;
        if (digits != NULL && strlen(digits) == 5 &&
            sscanf(digits, is_day ? "%2d-%2d" : "%2d:%2d", &first, &second) == 2 && has &&
            *(const int64_t *)member != first * (is_day ? 100 : 60) + second)
            fail_text(field->key);
        break;
    }
    }
}

static void compare_record(const struct zjiot_record *record, const struct zjiot_record *body, const void *value,
                           const void *body_value, const json_t *tree) {
    const bool up = body->direction == ZJIOT_UP;
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        const struct zj_masks *masks = value;
        const json_t *json = json_object_get(tree, field->key);
        const uint64_t bit = UINT64_C(1) << i;
        if (json != NULL)
            compare_member(field, body, (const char *)value + field->offset, body_value, masks, bit, json, up);
        else if (((masks->has | masks->invalid) & bit) != 0)
            fail_text(field->key);
    }
}

/* Whether the reader was lenient about the form of the text, as jansson never is. */
static bool is_form_tolerated(const struct zjiot_report *report) {
    for (size_t i = 0; i < report->count && i < report->capacity; i++)
        for (int what = ZJ_COMMENT; what <= ZJ_BYTE_ORDER_MARK; what++)
            if (strcmp(report->items[i].found, zj_tolerance_found((enum zj_tolerance)what)) == 0)
                return true;
    return report->count > report->capacity;
}

/* What jansson takes and the reader may refuse. */
static bool is_refusal_meant(const struct zjiot_error *error, const json_t *tree) {
    const json_t *dev_id = json_object_get(json_object_get(tree, "context"), "dev_id");
    const size_t length = json_string_length(dev_id);
    return !json_is_object(tree) || (error->code == ZJIOT_LENGTH && strcmp(error->path, "context.dev_id") == 0 &&
                                     (length == 0 || length > 64 || !json_is_string(dev_id)));
}

static bool is_deeper_than(const json_t *tree, size_t most) {
    return tree != NULL && depth_of(tree) > most;
}

static void compare_message(const struct zjiot_record *record, struct zjiot_pool *pool) {
    struct zjiot_deviation deviations[DEVIATIONS_MAX];
    struct zjiot_report report = {deviations, DEVIATIONS_MAX, 0};
    struct zjiot_zhenjiang_message message;
    struct zjiot_error error;
    json_error_t oracle;
    char topic[128];
    const struct zjiot_options options = {.strict = true};
    snprintf(topic, sizeof topic, "%s/json/01/%s/" DEVICE, record->direction == ZJIOT_UP ? "up" : "down", record->name);
    zjiot_pool_reset(pool);
    const bool strict =
        zjiot_zhenjiang_decode(topic, text.bytes, text.size, &options, pool, &message, NULL, NULL, NULL) == 0;
    const bool lenient =
        zjiot_zhenjiang_decode(topic, text.bytes, text.size, NULL, pool, &message, &report, NULL, &error) == 0;
    json_t *tree = load(0, &oracle);
    if (strict != (lenient && report.count == 0))
        fail_text("strict and lenient reading contradict each other");
    if (tree == NULL && (is_incomparable(&oracle) || json_error_code(&oracle) == json_error_null_character))
        return;
    compared++;
    accepted += strict;
    if (lenient && (tree == NULL) != is_form_tolerated(&report))
        fail_text("the form is tolerated where it is right, or the reverse");
    if (!lenient && tree != NULL && !is_refusal_meant(&error, tree) && !is_deeper_than(tree, ZJ_JSON_DEPTH))
        fail_text("only jansson takes it");
    if (lenient && tree != NULL) {
        const struct zjiot_zhenjiang_envelope envelope = {
            .has = ZJIOT_HAS_READ |
                   (json_object_get(tree, "context") != NULL ? ZJIOT_BIT(zhenjiang_envelope, context) : 0),
            .context = message.context};
        const struct zjiot_record *body = &zj_zhenjiang_records[message.type];
        const json_t *context = json_object_get(tree, "context");
        const json_t *data = json_object_get(tree, "data");
        if (json_is_object(context))
            compare_record(&zj_zhenjiang_part_context, body, &envelope.context, &message.data, context);
        if (json_is_object(data))
            compare_record(body, body, &message.data, &message.data, data);
    }
    json_decref(tree);
}

static void messages(size_t count, bool damaged) {
    struct zjiot_pool pool;
    unsigned char *memory = malloc(POOL_SIZE);
    assert_non_null(memory);
    zjiot_pool_fixed(&pool, memory, POOL_SIZE);
    compared = accepted = 0;
    for (size_t i = 0; i < count; i++) {
        const struct zjiot_record *record = &zj_zhenjiang_records[i % ZJ_ZHENJIANG_RECORDS];
        text.size = 0;
        put_record(&zj_zhenjiang_part_envelope, record);
        for (size_t j = damaged ? 1 + pick(3) : 0; j > 0; j--)
            damage(&text);
        compare_message(record, &pool);
    }
    free(memory);
    assert_true(compared > count / 2);
}

static void messages_by_the_rows(void **state) {
    (void)state;
    messages(text_count / 4, false);
}

static void damaged_messages(void **state) {
    (void)state;
    messages(text_count / 4, true);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_by_the_grammar),
        cmocka_unit_test(damaged_texts),
        cmocka_unit_test(messages_by_the_rows),
        cmocka_unit_test(damaged_messages),
    };
    if (argc > 1)
        text_count = strtoull(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
