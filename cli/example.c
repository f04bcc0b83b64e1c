#include "example.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fields.h"

enum { FRAME_SIZE = 1 << 16, TRIES = 64, LEFT_OUT_MAX = 32, SAMPLE_SIZE = 320 };

struct sample {
    const char *key, *value;
};

static const struct sample samples[] = {
#define SAMPLE(key, value) {key, value},
#define SAMPLE_ELSE(key, value)
#include "samples.def"
#undef SAMPLE
#undef SAMPLE_ELSE
};

static const struct sample others[] = {
#define SAMPLE(key, value)
#define SAMPLE_ELSE(key, value) {key, value},
#include "samples.def"
#undef SAMPLE
#undef SAMPLE_ELSE
};

struct maker {
    struct zjiot_message message;
    struct zjiot_pool *pool;
    char left_out[LEFT_OUT_MAX][ZJIOT_PATH_SIZE]; /* members that the rules did not want */
    size_t left_out_count;
};

static void digits(char *out, size_t count) {
    for (size_t i = 0; i < count; i++)
        out[i] = (char)('1' + i % 9);
    out[count] = '\0';
}

/* The value of a set that is shown: 1 where there is one, else the first that is not 0. */
static int64_t choose(const struct zjiot_choice *set) {
    const struct zjiot_choice *first = set;
    if (zjiot_choice_find(set, 1) != NULL)
        return 1;
    while (first->low == 0 && first[1].name != NULL)
        first++;
    return first->low;
}

static const char *choice_text(const struct zjiot_field *field, char *out) {
    if (field->flags & ZJIOT_FIELD_MASK)
        snprintf(out, SAMPLE_SIZE, "%" PRId64, field->set[0].low | (field->set[1].name ? field->set[1].low : 0));
    else if (field->kind == ZJIOT_NAMED)
        snprintf(out, SAMPLE_SIZE, "%s", field->set[0].name);
    else
        snprintf(out, SAMPLE_SIZE, "%" PRId64, choose(field->set));
    return out;
}

static const char *number_text(const struct zjiot_field *field, char *out) {
    const bool is_wire = field->wire != ZJIOT_WIRE_JSON && field->kind == ZJIOT_REAL;
    const int64_t number = field->min > 1 ? field->min : field->max < 1 ? field->max : 1;
    double value = (double)number;
    for (unsigned i = 0; is_wire && i < field->decimals; i++)
        value /= 10;
    snprintf(out, SAMPLE_SIZE, "%.10g", is_wire ? value * field->step : value);
    return out;
}

static const char *quantity_text(const struct zjiot_field *field) {
    static const char *const texts[] = {
        [ZJIOT_UNIT_ENERGY] = "1 kWh", [ZJIOT_UNIT_POWER] = "1 kW", [ZJIOT_UNIT_VOLUME] = "1 m3",
        [ZJIOT_UNIT_FLOW] = "1 m3/h",  [ZJIOT_UNIT_ANY] = "1 kWh",
    };
    return texts[field->unit_class];
}

static const char *words_text(const struct zjiot_field *field, char out[SAMPLE_SIZE]) {
    size_t used = 0;
    for (int64_t i = 0; i < field->max && used < SAMPLE_SIZE; i++)
        used += (size_t)snprintf(out + used, SAMPLE_SIZE - used, "%s%04" PRIX64, i > 0 ? "," : "", 0x8000 + i);
    return out;
}

static const char *usual_text(const struct zjiot_field *field, char out[SAMPLE_SIZE]) {
    switch (field->kind) {
    case ZJIOT_QUANTITY:
        return quantity_text(field);
    case ZJIOT_CLOCK:
        return "2026-01-01T00:00:00";
    case ZJIOT_MINUTE:
        return "19:00";
    case ZJIOT_MONTH_DAY:
        return "07-01";
    case ZJIOT_TIME:
        return strcmp(field->unit, "ms") == 0 ? "1767225600000" : "1767225600";
    case ZJIOT_STAMP:
        return "1767225600000";
    case ZJIOT_TEXT:
        if (!(field->flags & ZJIOT_FIELD_DIGITS))
            return "text";
        digits(out, field->count);
        return out;
    case ZJIOT_WORDS:
        return words_text(field, out);
    case ZJIOT_BOOL:
        return "true";
    case ZJIOT_BYTES:
        return "01";
    case ZJIOT_LABEL:
        digits(out, field->count > 0 ? field->count : field->size - 1u);
        return out;
    case ZJIOT_HEX:
    case ZJIOT_HEXNUM:
        digits(out, 2u * field->size);
        return out;
    default:
        return field->set != NULL ? choice_text(field, out) : number_text(field, out);
    }
}

static void set_text(struct maker *maker, const struct field_entry *entry, const char *text) {
    char path[2 * ZJIOT_PATH_SIZE];
    snprintf(path, sizeof path, "%s.%s", entry->is_header ? "header" : "data", entry->path);
    zjiot_set(&maker->message, path, text, maker->pool, NULL);
}

/* How often the rules between members did not want it. */
static size_t count_left_out(const struct maker *maker, const char *path) {
    size_t count = 0;
    for (size_t i = 0; i < maker->left_out_count; i++) {
        const char *dot = strchr(maker->left_out[i], '.');
        count += strcmp(maker->left_out[i], path) == 0 || (dot != NULL && strcmp(dot + 1, path) == 0);
    }
    return count;
}

/* What is tried in place of what they did not want, or NULL. */
static const char *other_text(const struct field_entry *entry) {
    for (size_t i = 0; entry->is_header && i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(others[i].key, entry->path) == 0)
            return others[i].value;
    }
    return NULL;
}

/* A sample that the row does not take leaves the usual value. */
static void set_field(const struct field_entry *entry, void *context) {
    struct maker *maker = context;
    const struct zjiot_field *field = entry->field;
    char text[SAMPLE_SIZE];
    const char *sample = usual_text(field, text);
    const size_t left_out = count_left_out(maker, entry->path);
    if (left_out == 1 && other_text(entry) != NULL)
        set_text(maker, entry, other_text(entry));
    if (!entry->is_settable || left_out > 0)
        return;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        if (strcmp(samples[i].key, field->key) == 0)
            sample = samples[i].value;
    }
    if (sample == NULL)
        return;
    set_text(maker, entry, usual_text(field, text));
    if (sample != text)
        set_text(maker, entry, sample);
}

bool example_make(const struct zjiot_protocol *protocol, const struct zjiot_record *record,
                  struct example *ret_example) {
    static uint8_t frame[FRAME_SIZE];
    struct maker maker = {.left_out_count = 0};
    for (unsigned i = 0; i < TRIES && maker.left_out_count < LEFT_OUT_MAX; i++) {
        struct zjiot_error error = {.code = ZJIOT_OK};
        if (!message_prepare(protocol, record, &maker.message, &maker.pool))
            return false;
        fields_walk(&maker.message, FIELDS_EACH, set_field, &maker);
        const int64_t size = zjiot_encode(&maker.message, NULL, ret_example->topic, frame, sizeof frame, &error);
        if (size >= 0) {
            ret_example->bytes = frame;
            ret_example->size = (size_t)size;
            return true;
        }
        if (error.path[0] == '\0')
            return false;
        snprintf(maker.left_out[maker.left_out_count++], ZJIOT_PATH_SIZE, "%s", error.path);
    }
    return false;
}
