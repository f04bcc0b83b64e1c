/* Properties that hold for every message, tested with values that the rows themselves give: lowest, highest, random.
 * They find a walker that loses, shifts or mixes up a field; a wrong row only the vectors can find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/catalog.h"
#include "zjiot/zjiot.h"

enum { RANDOM_ROUNDS = 200, FRAME_MAX = 2048, RECORD_MAX = 16384 };

enum mode { LOWEST, HIGHEST, RANDOM };

static uint64_t seed = 20240526;

static uint64_t random_bits(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static int64_t between(enum mode mode, int64_t low, int64_t high) {
    if (mode == LOWEST)
        return low;
    if (mode == HIGHEST)
        return high;
    return low + (int64_t)(random_bits() % (uint64_t)(high - low + 1));
}

static int64_t from_set(enum mode mode, const struct zjiot_choice *set) {
    size_t count = 0;
    while (set[count].name != NULL)
        count++;
    const size_t at = (size_t)between(mode, 0, (int64_t)count - 1);
    return between(mode, set[at].low, set[at].high);
}

static void fill_quantity(const struct zjiot_field *field, enum mode mode, struct zjiot_quantity *quantity) {
    const struct zjiot_unit *unit;
    do
        unit = zjiot_unit_find((uint8_t)random_bits());
    while (unit == NULL || (field->unit_class != ZJIOT_UNIT_ANY && unit->unit_class != field->unit_class));
    const int64_t most = zj_power10(2u * (field->size - 1u)) - 2; /* all nines is "not provided" */
    quantity->unit = unit->code;
    quantity->value = zj_decimal_value(between(mode, 0, most), unit->exponent - field->decimals);
}

static void fill_clock(enum mode mode, struct zjiot_clock *clock) {
    *clock = (struct zjiot_clock){(int16_t)between(mode, 2000, 2099), (uint8_t)between(mode, 1, 12),
                                  (uint8_t)between(mode, 1, 28),      (uint8_t)between(mode, 0, 23),
                                  (uint8_t)between(mode, 0, 59),      (uint8_t)between(mode, 0, 59)};
}

static uint8_t rest_bytes[255];

static void fill(const struct zjiot_record *record, enum mode mode, void *value);

static void fill_field(const struct zjiot_field *field, enum mode mode, void *member) {
    const int64_t number = field->set != NULL ? from_set(mode, field->set) : between(mode, field->min, field->max);
    uint8_t *bytes = member;
    char *text = member;
    switch (field->kind) {
    case ZJIOT_REAL:
        *(double *)member =
            zj_real_value(field, field->wire == ZJIOT_WIRE_BCD       ? between(mode, field->min, field->max - 1)
                                 : field->flags & ZJIOT_FIELD_SIGNED ? between(mode, -0xFFF, 0xEFFF)
                                                                     : number);
        break;
    case ZJIOT_BOOL:
        *(bool *)member = number != 0;
        break;
    case ZJIOT_QUANTITY:
        fill_quantity(field, mode, member);
        break;
    case ZJIOT_CLOCK:
        fill_clock(mode, member);
        break;
    case ZJIOT_LABEL:
        for (unsigned i = 0; i < field->count; i++)
            text[i] = (char)('0' + between(mode, 0, 9));
        text[field->count] = '\0';
        break;
    case ZJIOT_HEX:
        for (unsigned i = 0; i < field->size; i++)
            bytes[i] = (uint8_t)random_bits();
        break;
    case ZJIOT_BYTES:
        for (size_t i = 0; i < sizeof rest_bytes; i++)
            rest_bytes[i] = (uint8_t)random_bits();
        *(struct zjiot_bytes *)member =
            (struct zjiot_bytes){rest_bytes, (size_t)between(mode, 10, 200)}; /* a key is 9 */
        break;
    case ZJIOT_RECORD:
    case ZJIOT_ARRAY:
        for (unsigned i = 0; i < field->count; i++)
            fill(field->record, mode, bytes + (size_t)i * field->record->struct_size);
        break;
    default:
        *(int64_t *)member = number;
        break;
    }
}

static void fill(const struct zjiot_record *record, enum mode mode, void *value) {
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if (field->wire != ZJIOT_WIRE_NONE)
            fill_field(field, mode, (char *)value + field->offset);
    }
    ((struct zj_masks *)value)->has = ~UINT64_C(0);
}

static void set(struct zjiot_message *message, const char *path, const char *text, struct zjiot_pool *pool) {
    struct zjiot_error error;
    if (zjiot_set(message, path, text, pool, &error) != 0)
        fail_msg("%s: %s", path, error.text);
}

/* What encode needs beyond the data. */
static void fill_header(struct zjiot_message *message, struct zjiot_pool *pool) {
    if (strcmp(message->name, "unknown") == 0)
        set(message, "fn", "170", pool);
    if (strcmp(message->protocol->name, "cjt188") != 0)
        return;
    const char *variant = message->data.record->variant;
    const bool hy = strncmp(variant, "type", 4) == 0;
    set(message, "type",
        strcmp(variant, "type53") == 0     ? "53"
        : hy                               ? "55"
        : strncmp(variant, "heat", 4) == 0 ? "20"
                                           : "10",
        pool);
    set(message, "meter", hy ? "27100583" : "0011223344", pool);
    set(message, "vendor", hy ? "001111" : "7833", pool);
    if (message->data.record->first_id == 0)
        set(message, "control", strcmp(variant, "short") == 0 ? "c1" : strcmp(variant, "key") == 0 ? "04" : "35", pool);
    if (strncmp(message->name, "read_history", 12) == 0)
        set(message, "di", "d125", pool);
    if (strcmp(message->name, "raw") == 0) {
        set(message, "di", "a014", pool);
        set(message, "ser", "0", pool);
    }
}

/* A message that only its control code or function tells apart is read back under that name. */
static bool same_record(const struct zjiot_message *one, const struct zjiot_message *other) {
    return one->data.record == other->data.record;
}

static void round_trip(const struct zjiot_protocol *protocol, const struct zjiot_record *record, enum mode mode) {
    unsigned char memory[16384];
    uint8_t frame[FRAME_MAX];
    uint8_t again[FRAME_MAX];
    struct zjiot_pool pool;
    struct zjiot_message written;
    struct zjiot_message read;
    struct zjiot_error error;
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    assert_int_equal(zjiot_prepare(protocol, record, &pool, &written, &error), 0);
    fill(record, mode, written.data.value);
    fill_header(&written, &pool);
    const int64_t size = zjiot_encode(&written, NULL, frame, sizeof frame, &error);
    if (size < 0)
        fail_msg("%s/%s: %s", record->name, record->variant, error.text);
    if (zjiot_decode(protocol, frame, (size_t)size, NULL, &pool, &read, NULL, NULL, &error) != 0)
        fail_msg("%s/%s: %s", record->name, record->variant, error.text);
    if (!same_record(&written, &read))
        fail_msg("%s/%s is read as %s/%s", record->name, record->variant, read.name, read.data.record->variant);
    /* What the rows allow is no deviation, but for the forms that are only tolerated. */
    const bool tolerated = strcmp(record->name, "unknown") == 0 || strcmp(record->variant, "key") == 0 ||
                           strcmp(record->variant, "short") == 0 || strcmp(record->variant, "body") == 0;
    const struct zjiot_options strict = {.strict = !tolerated};
    if (zjiot_decode(protocol, frame, (size_t)size, &strict, &pool, &read, NULL, NULL, &error) != 0)
        fail_msg("%s/%s strict: %s", record->name, record->variant, error.text);
    const int64_t size_again = zjiot_encode(&read, NULL, again, sizeof again, &error);
    assert_int_equal(size_again, size);
    assert_memory_equal(frame, again, (size_t)size);
}

typedef void check_record(const struct zjiot_protocol *protocol, const struct zjiot_record *record);

static void each_record(check_record *check) {
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++)
        for (size_t i = 0; i < (*p)->record_count; i++)
            check(*p, &(*p)->records[i]);
}

static void round_trip_edges(const struct zjiot_protocol *protocol, const struct zjiot_record *record) {
    round_trip(protocol, record, LOWEST);
    round_trip(protocol, record, HIGHEST);
}

static void round_trip_random(const struct zjiot_protocol *protocol, const struct zjiot_record *record) {
    for (int i = 0; i < RANDOM_ROUNDS; i++)
        round_trip(protocol, record, RANDOM);
}

static void edges_survive(void **state) {
    (void)state;
    each_record(round_trip_edges);
}

static void random_values_survive(void **state) {
    (void)state;
    each_record(round_trip_random);
}

/* One step outside a field's range: the writer refuses it and names the field. */
static void refuse(const struct zjiot_protocol *protocol, const struct zjiot_record *record, unsigned at,
                   int64_t number) {
    unsigned char memory[16384];
    uint8_t frame[FRAME_MAX];
    struct zjiot_pool pool;
    struct zjiot_message message;
    struct zjiot_error error;
    const struct zjiot_field *field = &record->fields[at];
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    assert_int_equal(zjiot_prepare(protocol, record, &pool, &message, &error), 0);
    fill(record, RANDOM, message.data.value);
    fill_header(&message, &pool);
    char *member = (char *)message.data.value + field->offset;
    if (field->kind == ZJIOT_REAL)
        *(double *)(void *)member = zj_real_value(field, number);
    else
        *(int64_t *)(void *)member = number;
    assert_int_equal(zjiot_encode(&message, NULL, frame, sizeof frame, &error), ZJIOT_RANGE);
    assert_string_equal(error.path, field->key);
}

static void refuse_outside(const struct zjiot_protocol *protocol, const struct zjiot_record *record) {
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        const bool number = field->wire == ZJIOT_WIRE_UINT_BE || field->wire == ZJIOT_WIRE_UINT_LE;
        const bool open = field->flags & (ZJIOT_FIELD_CONST | ZJIOT_FIELD_SIGNED);
        if (!number || open)
            continue;
        refuse(protocol, record, i, field->max + 1);
        refuse(protocol, record, i, field->set != NULL ? -1 : field->min - 1);
    }
}

static void outside_is_refused(void **state) {
    (void)state;
    each_record(refuse_outside);
}

/* --- The rows themselves --- */

static void check_field(const struct zjiot_record *record, unsigned at) {
    const struct zjiot_field *field = &record->fields[at];
    assert_non_null(field->key);
    assert_non_null(field->unit);
    assert_non_null(field->meaning);
    assert_int_equal(field->meaning[strlen(field->meaning) - 1], '.');
    assert_true(field->min <= field->max);
    assert_true(field->offset < record->struct_size);
    for (unsigned i = 0; i < at; i++)
        assert_string_not_equal(record->fields[i].key, field->key);
    for (const struct zjiot_choice *choice = field->set; choice != NULL && choice->name != NULL; choice++) {
        assert_true(choice->low <= choice->high);
        assert_ptr_equal(zjiot_choice_find(field->set, choice->low), choice);
        assert_ptr_equal(zjiot_choice_find(field->set, choice->high), choice);
    }
}

static size_t wire_size(const struct zjiot_record *record) {
    size_t size = 0;
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if (field->wire == ZJIOT_WIRE_PART)
            size += field->size == field->count * wire_size(field->record) ? field->size : 1000;
        else if (field->wire != ZJIOT_WIRE_NONE)
            size += field->size;
    }
    return size;
}

static void check_rows(const struct zjiot_protocol *protocol, const struct zjiot_record *record) {
    assert_true(record->message);
    assert_int_equal(record->meaning[strlen(record->meaning) - 1], '.');
    assert_int_equal(wire_size(record), record->wire_size);
    for (unsigned i = 0; i < record->field_count; i++)
        check_field(record, i);
    char name[128];
    snprintf(name, sizeof name, "%s%s%s", record->name, record->variant[0] != '\0' ? "/" : "", record->variant);
    const struct zjiot_record *found = zjiot_record_find(protocol, name, ZJIOT_BOTH);
    assert_non_null(found);
    assert_string_equal(found->variant, record->variant);
    assert_ptr_equal(found, record);
}

static void rows_agree_with_themselves(void **state) {
    (void)state;
    each_record(check_rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_agree_with_themselves),
        cmocka_unit_test(edges_survive),
        cmocka_unit_test(random_values_survive),
        cmocka_unit_test(outside_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
