#include "corpus.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "variants.h"
#include "zhenjiang/zhenjiang.h"

enum {
    MOST_SIZE = 8 << 20, /* of a text while it is being written */
    MOST_DEPTH = 8,
    MOST_MEMBERS = 32,
    YEAR = 366,
    ACTIONS = 40, /* a day */
    LOOPS = 48,
    SWITCHES = 8,
};

#define DEVICE "01000000000000ab2f"

/* An object or a list that is open. */
struct level {
    char close;
    unsigned count; /* of members */
    size_t starts[MOST_MEMBERS];
};

struct text {
    const struct corpus_message *message;
    enum corpus_shape shape;
    uint32_t state; /* of the random numbers */
    char *start;
    size_t size;
    unsigned depth;
    struct level levels[MOST_DEPTH];
};

const char *const corpus_shape_names[CORPUS_SHAPES] = {"compact", "pretty-printed", "keys shuffled"};

/* --- Random numbers: the same sequence for the same text --- */

static uint32_t next(struct text *text) {
    text->state ^= text->state << 13;
    text->state ^= text->state >> 17;
    text->state ^= text->state << 5;
    return text->state;
}

static int between(struct text *text, int low, int high) {
    return low + (int)(next(text) % (uint32_t)(high - low + 1));
}

/* --- JSON as others would write it --- */

static void put(struct text *text, const char *bytes, size_t size) {
    if (text->size + size > MOST_SIZE) {
        fprintf(stderr, "the text of %s grows too long\n", text->message->name);
        exit(2);
    }
    memcpy(text->start + text->size, bytes, size);
    text->size += size;
}

static void put_text(struct text *text, const char *bytes) {
    put(text, bytes, strlen(bytes));
}

static void break_line(struct text *text) {
    if (text->shape != CORPUS_PRETTY)
        return;
    put(text, "\n", 1);
    for (unsigned i = 0; i < text->depth; i++)
        put(text, "    ", 4);
}

/* What stands before a member or an item. */
static void begin(struct text *text) {
    if (text->depth == 0)
        return;
    struct level *level = &text->levels[text->depth - 1];
    if (level->count > 0)
        put(text, ",", 1);
    break_line(text);
    if (level->close == '}')
        level->starts[level->count] = text->size;
    level->count++;
}

static void key(struct text *text, const char *name) {
    begin(text);
    put(text, "\"", 1);
    put_text(text, name);
    put_text(text, text->shape == CORPUS_PRETTY ? "\": " : "\":");
}

static void open(struct text *text, char bracket) {
    put(text, &bracket, 1);
    text->levels[text->depth].close = bracket == '{' ? '}' : ']';
    text->levels[text->depth++].count = 0;
}

static void open_item(struct text *text) {
    begin(text);
    open(text, '{');
}

/* Puts the members of the innermost object into an order by chance. */
static void shuffle(struct text *text, const struct level *level) {
    unsigned order[MOST_MEMBERS];
    size_t ends[MOST_MEMBERS];
    const size_t start = level->starts[0];
    const size_t size = text->size - start;
    char *copy = malloc(size);
    if (copy == NULL)
        exit(2);
    memcpy(copy, text->start + start, size);
    for (unsigned i = 0; i < level->count; i++) {
        const unsigned j = next(text) % (i + 1);
        ends[i] = i + 1 < level->count ? level->starts[i + 1] - 1 : text->size;
        order[i] = order[j];
        order[j] = i;
    }
    text->size = start;
    for (unsigned i = 0; i < level->count; i++) {
        const unsigned member = order[i];
        if (i > 0)
            put(text, ",", 1);
        put(text, copy + (level->starts[member] - start), ends[member] - level->starts[member]);
    }
    free(copy);
}

static void close(struct text *text) {
    struct level *level = &text->levels[--text->depth];
    if (level->close == '}' && level->count > 0 && text->shape == CORPUS_SHUFFLED)
        shuffle(text, level);
    if (level->count > 0)
        break_line(text);
    put(text, &level->close, 1);
}

static void member_int(struct text *text, const char *name, long long value) {
    char digits[24];
    key(text, name);
    put(text, digits, (size_t)snprintf(digits, sizeof digits, "%lld", value));
}

static void member_text(struct text *text, const char *name, const char *value) {
    key(text, name);
    put(text, "\"", 1);
    put_text(text, value);
    put(text, "\"", 1);
}

/* low..high in steps of 10^-places, without zeros at the end. */
static void member_real(struct text *text, const char *name, int low, int high, int places) {
    char digits[24];
    key(text, name);
    int number = between(text, low, high);
    int scale = 1;
    for (int i = 0; i < places; i++)
        scale *= 10;
    for (; places > 0 && number % 10 == 0; number /= 10, scale /= 10)
        places--;
    size_t size = (size_t)snprintf(digits, sizeof digits, "%s%d", number < 0 ? "-" : "", abs(number) / scale);
    if (places > 0)
        size += (size_t)snprintf(digits + size, sizeof digits - size, ".%0*d", places, abs(number) % scale);
    put(text, digits, size);
}

/* --- The messages --- */

static void context(struct text *text, const char *command, bool up) {
    char serial_id[33];
    for (int i = 0; i < 32; i++)
        serial_id[i] = "0123456789abcdef"[next(text) % 16];
    serial_id[32] = '\0';
    key(text, "context");
    open(text, '{');
    member_int(text, "dev_attr", between(text, 0, 7) | 25);
    member_text(text, "dev_id", DEVICE);
    member_text(text, "cmd", command);
    member_int(text, "unix_milli", 1722994330451 + between(text, 0, 1000000000));
    member_text(text, "serial_id", serial_id);
    if (up) {
        member_int(text, "status", 1);
        member_text(text, "detail", "");
    }
    close(text);
}

static void write_heartbeat(struct text *text) {
    char remote[32];
    context(text, "heartbeat", true);
    key(text, "data");
    open(text, '{');
    member_int(text, "net_type", between(text, 1, 5));
    member_int(text, "signal", between(text, 1, 31));
    snprintf(remote, sizeof remote, "200.151.%d.%d:%d", between(text, 0, 255), between(text, 0, 255),
             between(text, 1024, 65535));
    member_text(text, "remote", remote);
    member_int(text, "time", 1722994330 + between(text, 0, 1000000));
    close(text);
}

static void write_post_lux(struct text *text) {
    context(text, "postLux", true);
    key(text, "data");
    open(text, '{');
    member_real(text, "lux_value", 0, 10000000, 2);
    member_int(text, "lux_error", between(text, 0, 1));
    close(text);
}

static void write_loop(struct text *text, int id) {
    open_item(text);
    member_int(text, "id", id);
    member_int(text, "phase", between(text, 1, 3));
    member_real(text, "voltage", 21000, 24000, 2);
    member_real(text, "current", 0, 9999, 2);
    member_real(text, "active_power", 0, 500000, 2);
    member_real(text, "reactive_power", -50000, 50000, 2);
    member_real(text, "apparent_power", 0, 500000, 2);
    member_real(text, "power_factor", 50, 100, 2);
    member_real(text, "total_energy", 0, 100000000, 2);
    member_int(text, "st", between(text, 0, 2) == 0 ? between(text, 10, 99) : between(text, 0, 1) * 100);
    member_int(text, "leakage", between(text, 0, 2));
    member_int(text, "fault", between(text, 0, 9));
    member_int(text, "working_on", between(text, 0, 3));
    member_int(text, "voltage_st", between(text, 0, 2));
    member_int(text, "current_st", between(text, 0, 2));
    member_real(text, "leakage_current", 0, 5000, 2);
    member_int(text, "ctl_adaptive", between(text, 0, 1));
    close(text);
}

static void write_get_runtime(struct text *text) {
    context(text, "getRuntime", true);
    key(text, "data");
    open(text, '{');
    member_real(text, "voltage_a", 21000, 24000, 2);
    member_real(text, "voltage_b", 21000, 24000, 2);
    member_real(text, "voltage_c", 21000, 24000, 2);
    member_real(text, "temperature", -300, 700, 1);
    key(text, "loop");
    open(text, '[');
    for (int i = 1; i <= LOOPS; i++)
        write_loop(text, i);
    close(text);
    key(text, "switch");
    open(text, '[');
    for (int i = 1; i <= SWITCHES; i++) {
        open_item(text);
        member_int(text, "id", i);
        member_int(text, "st", between(text, 0, 1));
        member_int(text, "reason", between(text, 0, 4));
        close(text);
    }
    close(text);
    close(text);
}

static void write_action(struct text *text) {
    const int type = between(text, 1, 5);
    char time[32];
    open_item(text);
    member_int(text, "switch_id", between(text, 1, 8));
    member_int(text, "type", type);
    snprintf(time, sizeof time, "%02d:%02d", between(text, 0, 23), between(text, 0, 59));
    if (type <= ZJIOT_ZHENJIANG_DIM)
        member_text(text, "time", time);
    if (type == ZJIOT_ZHENJIANG_DIM)
        member_int(text, "dimming", between(text, 0, 100));
    if (type > ZJIOT_ZHENJIANG_DIM)
        member_int(text, "offset", between(text, -127, 128));
    close(text);
}

static void write_set_timetable(struct text *text) {
    static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int month = 0, day = 1;
    char date[32];
    context(text, "setTimetable", false);
    key(text, "data");
    open(text, '{');
    key(text, "timetable");
    open(text, '[');
    for (unsigned i = 0; i < text->message->days; i++) {
        open_item(text);
        snprintf(date, sizeof date, "%02d-%02d", month + 1, day);
        if (++day > month_days[month]) {
            day = 1;
            month++;
        }
        member_text(text, "dt", date);
        key(text, "do");
        open(text, '[');
        for (int j = 0; j < ACTIONS; j++)
            write_action(text);
        close(text);
        close(text);
    }
    close(text);
    close(text);
}

#define ZHENJIANG(name, way, command, constant, write, days)                                                           \
    { name, &codec_zhenjiang, way "/json/01/" command "/" DEVICE, &zj_zhenjiang_records[constant], write, days }
#define TIMETABLE(name, days)                                                                                          \
    ZHENJIANG(name, "down", "setTimetable", ZJIOT_ZHENJIANG_SET_TIMETABLE, write_set_timetable, days)

const struct corpus_message corpus_messages[CORPUS_MESSAGES] = {
    ZHENJIANG("heartbeat", "up", "heartbeat", ZJIOT_ZHENJIANG_HEARTBEAT, write_heartbeat, 0),
    ZHENJIANG("postLux", "up", "postLux", ZJIOT_ZHENJIANG_POST_LUX, write_post_lux, 0),
    ZHENJIANG("getRuntime", "up", "getRuntime", ZJIOT_ZHENJIANG_GET_RUNTIME_REPLY, write_get_runtime, 0),
    TIMETABLE("setTimetable", YEAR),
    TIMETABLE("setTimetable/3", YEAR / 3),
    TIMETABLE("setTimetable/10", YEAR / 10),
    TIMETABLE("setTimetable/100", YEAR / 100),
};

const struct corpus_message *corpus_find(const char *name) {
    for (size_t i = 0; i < CORPUS_MESSAGES; i++)
        if (strcmp(corpus_messages[i].name, name) == 0)
            return &corpus_messages[i];
    return NULL;
}

void corpus_make(struct corpus *corpus, const struct corpus_message *message, enum corpus_shape shape) {
    struct text text = {.message = message, .shape = shape, .start = malloc(MOST_SIZE)};
    *corpus = (struct corpus){.message = message, .shape = shape};
    for (unsigned i = 0; i < CORPUS_TEXTS; i++) {
        text.state = (i + 1) * 2654435761u;
        text.size = 0;
        if (text.start != NULL) {
            open(&text, '{');
            message->write(&text);
            close(&text);
            corpus->texts[i] = calloc(1, text.size + CORPUS_PADDING);
        }
        if (corpus->texts[i] == NULL) {
            fprintf(stderr, "no memory for %s\n", message->name);
            exit(2);
        }
        memcpy(corpus->texts[i], text.start, text.size);
        corpus->sizes[i] = text.size;
        corpus->mean_size += text.size;
    }
    corpus->mean_size /= CORPUS_TEXTS;
    free(text.start);
}

void corpus_free(struct corpus *corpus) {
    for (unsigned i = 0; i < CORPUS_TEXTS; i++)
        free(corpus->texts[i]);
}
