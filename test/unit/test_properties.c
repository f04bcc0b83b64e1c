/* Properties that hold for every message, tested with values that the rows themselves give: lowest, highest, random.
 * They find a walker that loses, shifts or mixes up a field; a wrong row only the vectors can find. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
#include "unit.h"
#include "zjiot/zjiot.h"

enum { RANDOM_ROUNDS = 200, FRAME_MAX = 1 << 17, ITEMS_MAX = 3 };

enum mode { LOWEST, HIGHEST, RANDOM };

static uint64_t seed = 20240526;
static struct zjiot_pool *pool;
static uint8_t frame[FRAME_MAX];
static uint8_t again[FRAME_MAX];
static char topic[ZJIOT_TOPIC_SIZE];
static struct zjiot_error error;

static int64_t between(enum mode mode, int64_t low, int64_t high) {
    if (mode == LOWEST)
        return low;
    if (mode == HIGHEST)
        return high;
    const uint64_t span = (uint64_t)high - (uint64_t)low + 1; /* 0: all that there are */
    const uint64_t bits = random_bits(&seed);
    return (int64_t)((uint64_t)low + (span == 0 ? bits : bits % span));
}

/* Not of what is only tolerated, which stands behind the others. */
static int64_t from_set(enum mode mode, const struct zjiot_choice *set) {
    size_t count = 0;
    while (set[count].name != NULL && !set[count].tolerated)
        count++;
    const size_t at = (size_t)between(mode, 0, (int64_t)count - 1);
    return between(mode, set[at].low, set[at].high);
}

static void fill_quantity(const struct zjiot_field *field, enum mode mode, struct zjiot_quantity *quantity) {
    const struct zjiot_unit *unit;
    do
        unit = zjiot_unit_find((uint8_t)random_bits(&seed));
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

static void *take(size_t size) {
    void *taken = zjiot_pool_take(pool, size, &error);
    assert_non_null(taken);
    return taken;
}

static const char *any_digits(const struct zjiot_field *field, enum mode mode) {
    char *text = take(field->count + 1u);
    for (unsigned i = 0; i < field->count; i++)
        text[i] = (char)('0' + between(mode, 0, 9));
    text[field->count] = '\0';
    return text;
}

static struct zjiot_words any_words(const struct zjiot_field *field, enum mode mode) {
    uint16_t *items = take((size_t)field->max * sizeof *items);
    for (int64_t i = 0; i < field->max; i++)
        items[i] = (uint16_t)between(mode, 0, UINT16_MAX);
    return (struct zjiot_words){items, (size_t)field->max};
}

static const char *any_text(const struct zjiot_field *field, enum mode mode) {
    static const char *const letters[] = {"a", "Z", "0", " ", "/", "\"", "\\", "\n", "\x01", "ü", "路", "😀"};
    const int64_t most = field->max < 40 ? field->max : 40;
    char *text = take((size_t)most + 1);
    size_t used = 0;
    for (int64_t left = between(mode, 0, most / 4); left > 0; left--) {
        const char *letter = letters[random_bits(&seed) % ZJ_COUNT(letters)];
        memcpy(text + used, letter, strlen(letter));
        used += strlen(letter);
    }
    text[used] = '\0';
    return text;
}

static struct zjiot_list any_list(const struct zjiot_field *field, enum mode mode) {
    const int64_t most = mode == HIGHEST && field->max < 100 ? field->max : ITEMS_MAX;
    struct zjiot_list list = {NULL, (size_t)between(mode, 0, most)};
    const size_t size = field->record->struct_size;
    list.items = take(list.count * size + 1);
    for (size_t i = 0; i < list.count; i++)
        fill(field->record, mode, (char *)list.items + i * size);
    return list;
}

/* Rows without a limit get one: what a double holds to the hundredth. */
static double any_real(const struct zjiot_field *field, enum mode mode) {
    const int64_t low = field->min == INT64_MIN ? -1000000000 : field->min;
    const int64_t high = field->max == INT64_MAX ? 1000000000 : field->max;
    return zj_decimal_value(between(mode, low * 100, high * 100), -2);
}

/* Lists of bytes are of meters' frames, and those must be some. */
static const uint8_t opening_reply[] = {0x68, 0x53, 0x23, 0x22, 0x73, 0x10, 0x00, 0x11, 0x11,
                                        0x84, 0x04, 0xA0, 0x19, 0x00, 0x64, 0x4A, 0x16};
static struct zjiot_bytes meter_frame = {opening_reply, sizeof opening_reply};

static const char *const objects[] = {"{}", "{\"stat\":2}", "{\"a\":[1,{\"b\":null}],\"c\":\"\\u0001路\"}"};

/* Kinds that only JSON has; false: another one. */
static bool fill_json(const struct zjiot_field *field, enum mode mode, void *member) {
    const char *text;
    struct zjiot_list list;
    switch (field->kind) {
    case ZJIOT_REAL:
        *(double *)member = any_real(field, mode);
        return true;
    case ZJIOT_TEXT:
        text = field->flags & ZJIOT_FIELD_DIGITS ? any_digits(field, mode) : any_text(field, mode);
        memcpy(member, &text, sizeof text);
        return true;
    case ZJIOT_WORDS:
        *(struct zjiot_words *)member = any_words(field, mode);
        return true;
    case ZJIOT_LIST:
        list = any_list(field, mode);
        memcpy(member, &list, sizeof list);
        return true;
    case ZJIOT_HEX_LIST:
        list = (struct zjiot_list){&meter_frame, 1};
        memcpy(member, &list, sizeof list);
        return true;
    case ZJIOT_MEMBERS:
        text = objects[between(mode, 0, ZJ_COUNT(objects) - 1)];
        memcpy(member, &text, sizeof text);
        return true;
    case ZJIOT_STAMP:
        *(struct zjiot_stamp *)member = (struct zjiot_stamp){between(mode, 0, field->max), ZJIOT_STAMP_MS};
        return true;
    case ZJIOT_MONTH_DAY:
        *(int64_t *)member = between(mode, 1, 12) * 100 + between(mode, 1, 29);
        return true;
    default:
        return false;
    }
}

static void fill_field(const struct zjiot_field *field, enum mode mode, void *member) {
    if (field->wire == ZJIOT_WIRE_JSON && fill_json(field, mode, member))
        return;
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
            bytes[i] = (uint8_t)random_bits(&seed);
        break;
    case ZJIOT_BYTES:
        for (size_t i = 0; i < sizeof rest_bytes; i++)
            rest_bytes[i] = (uint8_t)random_bits(&seed);
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
        if (field->wire != ZJIOT_WIRE_NONE && !(field->flags & ZJIOT_FIELD_HIDDEN))
            fill_field(field, mode, (char *)value + field->offset);
    }
    ((struct zj_masks *)value)->has = ~UINT64_C(0);
}

static void set(struct zjiot_message *message, const char *path, const char *text) {
    if (zjiot_set(message, path, text, pool, &error) != 0)
        fail_msg("%s: %s", path, error.text);
}

static void fill_cjt188_header(struct zjiot_message *message) {
    const char *variant = message->data.record->variant;
    const bool hy = strncmp(variant, "type", 4) == 0;
    set(message, "type",
        strcmp(variant, "type53") == 0     ? "53"
        : hy                               ? "55"
        : strncmp(variant, "heat", 4) == 0 ? "20"
                                           : "10");
    set(message, "meter", hy ? "27100583" : "0011223344");
    set(message, "vendor", hy ? "001111" : "7833");
    if (message->data.record->first_id == 0)
        set(message, "control", strcmp(variant, "short") == 0 ? "c1" : strcmp(variant, "key") == 0 ? "04" : "35");
    if (strncmp(message->name, "read_history", 12) == 0)
        set(message, "di", "d125");
    if (strcmp(message->name, "raw") == 0) {
        set(message, "di", "a014");
        set(message, "ser", "0");
    }
}

static void fill_zhenjiang_header(struct zjiot_message *message) {
    set(message, "header.vendor", "01");
    set(message, "header.dev_attr", "17");
    set(message, "header.dev_id", "010000002934857620");
    set(message, "header.unix_milli", "1722994330451");
    set(message, "header.serial_id", "a\"001");
    if (message->direction == ZJIOT_UP) {
        set(message, "header.status", "1");
        set(message, "header.detail", "");
    }
}

static void fill_hy_header(struct zjiot_message *message) {
    set(message, "header.gw_id", "02345678903");
    if (strcmp(message->name, "other") == 0)
        set(message, "header.msg_id", strcmp(message->data.record->variant, "secret") == 0 ? "5" : "3");
}

/* What encode needs beyond the data. */
static void fill_header(struct zjiot_message *message) {
    if (strcmp(message->name, "unknown") == 0)
        set(message, "fn", "170");
    if (strcmp(message->protocol->name, "cjt188") == 0)
        fill_cjt188_header(message);
    if (strcmp(message->protocol->name, "zhenjiang") == 0)
        fill_zhenjiang_header(message);
    if (strcmp(message->protocol->name, "hy") == 0)
        fill_hy_header(message);
    if (strcmp(message->protocol->name, "byd") == 0)
        set(message, "header.device", "网关-1");
}

static void settle_table(const struct zjiot_zhenjiang_timetable *table) {
    const uint64_t rest = ~(ZJIOT_BIT(zhenjiang_action, time) | ZJIOT_BIT(zhenjiang_action, dimming) |
                            ZJIOT_BIT(zhenjiang_action, offset));
    static const uint64_t members[] = {
        0,
        ZJIOT_BIT(zhenjiang_action, time),
        ZJIOT_BIT(zhenjiang_action, time),
        ZJIOT_BIT(zhenjiang_action, time) | ZJIOT_BIT(zhenjiang_action, dimming),
        ZJIOT_BIT(zhenjiang_action, offset),
        ZJIOT_BIT(zhenjiang_action, offset),
    };
    for (size_t i = 0; i < table->days_count; i++)
        for (size_t j = 0; j < table->days[i].actions_count; j++)
            table->days[i].actions[j].has = rest | members[table->days[i].actions[j].type];
}

static void settle_levels(struct zjiot_zhenjiang_current_limits *levels, size_t count) {
    for (size_t i = 0; i < count; i++)
        levels[i].end = (levels[i].start + 1) % 1440;
}

static void settle_hy(struct zjiot_hy_message *hy) {
    if (hy->type == ZJIOT_HY_REPORT)
        hy->data.report.meter_id = "23227310200800";
    if (hy->type == ZJIOT_HY_TRANSPARENT)
        hy->data.transparent.transparent = meter_frame;
}

static void settle_byd(struct zjiot_byd_message *message) {
    static const char id[] = "3f2b8c1e-7a4d-4e6f-9b21-0c5d8e7f1a34";
    struct zjiot_byd_up *up = &message->data.up;
    if (message->type == ZJIOT_BYD_DOWN) {
        message->data.down.msg_id = id;
        return;
    }
    up->msg_id = id;
    for (size_t i = 0; i < up->batch_count; i++) {
        struct zjiot_byd_metrics *metrics = &up->batch[i].metrics;
        metrics->system = take(2 * sizeof *metrics->system);
        metrics->system_count = 2;
        zjiot_byd_system_fill(metrics->system, -0.5, 49.98);
    }
}

static void settle_m4g(struct zjiot_m4g_message *message) {
    if (message->type == ZJIOT_M4G_PUSH_INFO)
        message->data.push_info.location = "113.584312,22.283756";
    if (message->type == ZJIOT_M4G_INFO_ACK)
        message->data.info_ack.location = "-180,90.0";
}

/* Rules between members that rows cannot say. */
static void settle(struct zjiot_message *message) {
    struct zjiot_zhenjiang_message *zhenjiang = message->typed;
    union zjiot_zhenjiang_data *data = &zhenjiang->data;
    if (strcmp(message->protocol->name, "hy") == 0)
        settle_hy(message->typed);
    if (strcmp(message->protocol->name, "byd") == 0)
        settle_byd(message->typed);
    if (strcmp(message->protocol->name, "m4g") == 0)
        settle_m4g(message->typed);
    if (strcmp(message->protocol->name, "zhenjiang") != 0)
        return;
    if (zhenjiang->type == ZJIOT_ZHENJIANG_SET_TIMETABLE || zhenjiang->type == ZJIOT_ZHENJIANG_GET_TIMETABLE_REPLY)
        settle_table(&data->set_timetable);
    if (zhenjiang->type == ZJIOT_ZHENJIANG_SET_LOOP_PARAM)
        for (size_t i = 0; i < data->set_loop_param.loops_count; i++)
            settle_levels(data->set_loop_param.loops[i].levels, data->set_loop_param.loops[i].levels_count);
    if (zhenjiang->type == ZJIOT_ZHENJIANG_GET_LOOP_PARAM_REPLY)
        for (size_t i = 0; i < data->get_loop_param_reply.loops_count; i++)
            settle_levels(data->get_loop_param_reply.loops[i].levels, data->get_loop_param_reply.loops[i].levels_count);
    if (zhenjiang->type == ZJIOT_ZHENJIANG_GET_RUNTIME_REPLY || zhenjiang->type == ZJIOT_ZHENJIANG_POST_RUNTIME)
        for (size_t i = 0; i < data->post_runtime.switches_count; i++)
            if (data->post_runtime.switches[i].reason == ZJIOT_ZHENJIANG_REASON_LEAKAGE)
                data->post_runtime.switches[i].state = ZJIOT_ZHENJIANG_SWITCH_OFF;
    if (zhenjiang->type == ZJIOT_ZHENJIANG_POST_ALARM)
        for (size_t i = 0; i < data->post_alarm.alarms_count; i++) {
            struct zjiot_zhenjiang_alarm *alarm = &data->post_alarm.alarms[i];
            if (!zjiot_zhenjiang_fault_has_phase(alarm->alarm_id))
                alarm->phase = ZJIOT_ZHENJIANG_NO_PHASE;
            else if (alarm->phase == ZJIOT_ZHENJIANG_NO_PHASE)
                alarm->phase = ZJIOT_ZHENJIANG_FAULT_PHASE_C;
        }
}

static void make(const struct zjiot_protocol *protocol, const struct zjiot_record *record, enum mode mode,
                 struct zjiot_message *message) {
    pool = fresh_pool();
    assert_int_equal(zjiot_prepare(protocol, record, pool, message, &error), 0);
    fill(record, mode, message->data.value);
    fill_header(message);
    settle(message);
}

/* A message that only its control code or function tells apart is read back under that name. */
static bool same_record(const struct zjiot_message *one, const struct zjiot_message *other) {
    return one->data.record == other->data.record;
}

static void round_trip(const struct zjiot_protocol *protocol, const struct zjiot_record *record, enum mode mode) {
    struct zjiot_message written;
    struct zjiot_message read;
    make(protocol, record, mode, &written);
    const int64_t size = zjiot_encode(&written, NULL, topic, frame, sizeof frame, &error);
    if (size < 0)
        fail_msg("%s/%s: %s", record->name, record->variant, error.text);
    const struct zjiot_input input = {topic[0] != '\0' ? topic : NULL, frame, (size_t)size};
    if (zjiot_decode(protocol, &input, NULL, pool, &read, NULL, NULL, &error) != 0)
        fail_msg("%s/%s: %s", record->name, record->variant, error.text);
    if (!same_record(&written, &read))
        fail_msg("%s/%s is read as %s/%s", record->name, record->variant, read.name, read.data.record->variant);
    /* What the rows allow is no deviation, but for the forms that are only tolerated. */
    const bool tolerated = strcmp(record->name, "unknown") == 0 || strcmp(record->variant, "key") == 0 ||
                           strcmp(record->variant, "short") == 0 || strcmp(record->variant, "body") == 0;
    const struct zjiot_options strict = {.strict = !tolerated};
    if (zjiot_decode(protocol, &input, &strict, pool, &read, NULL, NULL, &error) != 0)
        fail_msg("%s/%s strict: %s", record->name, record->variant, error.text);
    const int64_t size_again = zjiot_encode(&read, NULL, NULL, again, sizeof again, &error);
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
    struct zjiot_message message;
    const struct zjiot_field *field = &record->fields[at];
    const bool is_json = field->wire == ZJIOT_WIRE_JSON;
    char path[ZJIOT_PATH_SIZE];
    if (is_json && number == 0 && record->direction == ZJIOT_UP) /* "not available" */
        return;
    make(protocol, record, RANDOM, &message);
    char *member = (char *)message.data.value + field->offset;
    if (field->kind == ZJIOT_REAL)
        *(double *)(void *)member = is_json ? (double)number : zj_real_value(field, number);
    else
        *(int64_t *)(void *)member = number;
    assert_int_equal(zjiot_encode(&message, NULL, NULL, frame, sizeof frame, &error), ZJIOT_RANGE);
    const bool in_envelope = is_json && strcmp(protocol->name, "byd") != 0; /* whose text is the data alone */
    snprintf(path, sizeof path, "%s%s", in_envelope ? "data." : "", field->key);
    assert_string_equal(error.path, path);
}

static bool is_number(const struct zjiot_field *field) {
    if (field->wire == ZJIOT_WIRE_JSON)
        return field->kind == ZJIOT_INT || field->kind == ZJIOT_REAL || field->kind == ZJIOT_MINUTE ||
               field->kind == ZJIOT_MONTH_DAY || field->kind == ZJIOT_TIME;
    return field->wire == ZJIOT_WIRE_UINT_BE || field->wire == ZJIOT_WIRE_UINT_LE;
}

static void refuse_outside(const struct zjiot_protocol *protocol, const struct zjiot_record *record) {
    for (unsigned i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if (!is_number(field) || (field->flags & (ZJIOT_FIELD_CONST | ZJIOT_FIELD_SIGNED)))
            continue;
        if (field->max < INT64_MAX)
            refuse(protocol, record, i, field->max + 1);
        else if (field->set != NULL)
            refuse(protocol, record, i, 1000);
        if (field->min > INT64_MIN)
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
        assert_true(field->wire != ZJIOT_WIRE_JSON || strlen(choice->name) <= 40); /* what the writer has room for */
        assert_true(!choice->tolerated || choice > field->set);
        assert_true(choice[1].name == NULL || choice[1].tolerated || !choice->tolerated);
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
        else if (field->wire != ZJIOT_WIRE_NONE && field->wire != ZJIOT_WIRE_JSON)
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
    const struct zjiot_record *found = zjiot_record_find(protocol, name, record->direction);
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
