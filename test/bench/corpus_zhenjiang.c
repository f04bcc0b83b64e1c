/* Street lamps of Zhenjiang. */
#include <stdio.h>

#include "text.h"
#include "variants.h"
#include "zhenjiang/zhenjiang.h"

enum {
    YEAR = 366,
    ACTIONS = 40, /* a day */
    LOOPS = 48,
    SWITCHES = 8,
};

#define DEVICE "01000000000000ab2f"

static void context(struct text *text, const char *command, bool up) {
    char serial_id[33];
    for (int i = 0; i < 32; i++)
        serial_id[i] = "0123456789abcdef"[text_next(text) % 16];
    serial_id[32] = '\0';
    text_key(text, "context");
    text_open(text, '{');
    text_int(text, "dev_attr", text_between(text, 0, 7) | 25);
    text_string(text, "dev_id", DEVICE);
    text_string(text, "cmd", command);
    text_int(text, "unix_milli", 1722994330451 + text_between(text, 0, 1000000000));
    text_string(text, "serial_id", serial_id);
    if (up) {
        text_int(text, "status", 1);
        text_string(text, "detail", "");
    }
    text_close(text);
}

static void write_heartbeat(struct text *text) {
    char remote[32];
    context(text, "heartbeat", true);
    text_key(text, "data");
    text_open(text, '{');
    text_int(text, "net_type", text_between(text, 1, 5));
    text_int(text, "signal", text_between(text, 1, 31));
    snprintf(remote, sizeof remote, "200.151.%d.%d:%d", text_between(text, 0, 255), text_between(text, 0, 255),
             text_between(text, 1024, 65535));
    text_string(text, "remote", remote);
    text_int(text, "time", 1722994330 + text_between(text, 0, 1000000));
    text_close(text);
}

static void write_post_lux(struct text *text) {
    context(text, "postLux", true);
    text_key(text, "data");
    text_open(text, '{');
    text_real(text, "lux_value", 0, 10000000, 2);
    text_int(text, "lux_error", text_between(text, 0, 1));
    text_close(text);
}

static void write_loop(struct text *text, int id) {
    text_open_item(text);
    text_int(text, "id", id);
    text_int(text, "phase", text_between(text, 1, 3));
    text_real(text, "voltage", 21000, 24000, 2);
    text_real(text, "current", 0, 9999, 2);
    text_real(text, "active_power", 0, 500000, 2);
    text_real(text, "reactive_power", -50000, 50000, 2);
    text_real(text, "apparent_power", 0, 500000, 2);
    text_real(text, "power_factor", 50, 100, 2);
    text_real(text, "total_energy", 0, 100000000, 2);
    text_int(text, "st", text_between(text, 0, 2) == 0 ? text_between(text, 10, 99) : text_between(text, 0, 1) * 100);
    text_int(text, "leakage", text_between(text, 0, 2));
    text_int(text, "fault", text_between(text, 0, 9));
    text_int(text, "working_on", text_between(text, 0, 3));
    text_int(text, "voltage_st", text_between(text, 0, 2));
    text_int(text, "current_st", text_between(text, 0, 2));
    text_real(text, "leakage_current", 0, 5000, 2);
    text_int(text, "ctl_adaptive", text_between(text, 0, 1));
    text_close(text);
}

static void write_get_runtime(struct text *text) {
    context(text, "getRuntime", true);
    text_key(text, "data");
    text_open(text, '{');
    text_real(text, "voltage_a", 21000, 24000, 2);
    text_real(text, "voltage_b", 21000, 24000, 2);
    text_real(text, "voltage_c", 21000, 24000, 2);
    text_real(text, "temperature", -300, 700, 1);
    text_key(text, "loop");
    text_open(text, '[');
    for (int i = 1; i <= LOOPS; i++)
        write_loop(text, i);
    text_close(text);
    text_key(text, "switch");
    text_open(text, '[');
    for (int i = 1; i <= SWITCHES; i++) {
        text_open_item(text);
        text_int(text, "id", i);
        text_int(text, "st", text_between(text, 0, 1));
        text_int(text, "reason", text_between(text, 0, 4));
        text_close(text);
    }
    text_close(text);
    text_close(text);
}

static void write_action(struct text *text) {
    const int type = text_between(text, 1, 5);
    char time[32];
    text_open_item(text);
    text_int(text, "switch_id", text_between(text, 1, 8));
    text_int(text, "type", type);
    snprintf(time, sizeof time, "%02d:%02d", text_between(text, 0, 23), text_between(text, 0, 59));
    if (type <= ZJIOT_ZHENJIANG_DIM)
        text_string(text, "time", time);
    if (type == ZJIOT_ZHENJIANG_DIM)
        text_int(text, "dimming", text_between(text, 0, 100));
    if (type > ZJIOT_ZHENJIANG_DIM)
        text_int(text, "offset", text_between(text, -127, 128));
    text_close(text);
}

static void write_set_timetable(struct text *text) {
    static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int month = 0, day = 1;
    char date[32];
    context(text, "setTimetable", false);
    text_key(text, "data");
    text_open(text, '{');
    text_key(text, "timetable");
    text_open(text, '[');
    for (unsigned i = 0; i < text->message->count; i++) {
        text_open_item(text);
        snprintf(date, sizeof date, "%02d-%02d", month + 1, day);
        if (++day > month_days[month]) {
            day = 1;
            month++;
        }
        text_string(text, "dt", date);
        text_key(text, "do");
        text_open(text, '[');
        for (int j = 0; j < ACTIONS; j++)
            write_action(text);
        text_close(text);
        text_close(text);
    }
    text_close(text);
    text_close(text);
}

#define MESSAGE(name, way, command, constant, write, count)                                                            \
    { name, &codec_zhenjiang, way "/json/01/" command "/" DEVICE, &zj_zhenjiang_records[constant], write, count }
#define TIMETABLE(name, days)                                                                                          \
    MESSAGE(name, "down", "setTimetable", ZJIOT_ZHENJIANG_SET_TIMETABLE, write_set_timetable, days)

const struct corpus_message corpus_zhenjiang[] = {
    MESSAGE("heartbeat", "up", "heartbeat", ZJIOT_ZHENJIANG_HEARTBEAT, write_heartbeat, 0),
    MESSAGE("postLux", "up", "postLux", ZJIOT_ZHENJIANG_POST_LUX, write_post_lux, 0),
    MESSAGE("getRuntime", "up", "getRuntime", ZJIOT_ZHENJIANG_GET_RUNTIME_REPLY, write_get_runtime, 0),
    TIMETABLE("setTimetable", YEAR),
    TIMETABLE("setTimetable/3", YEAR / 3),
    TIMETABLE("setTimetable/10", YEAR / 10),
    TIMETABLE("setTimetable/100", YEAR / 100),
    {.name = NULL},
};
