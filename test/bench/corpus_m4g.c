/* Data and states of the 4G module. */
#include <stdio.h>

#include "m4g/m4g.h"
#include "text.h"
#include "variants.h"

enum { WORDS = 50, SENSORS = 3 };

static void begin(struct text *text, const char *command) {
    char number[16];
    text_string(text, "cmd", command);
    text_string(text, "IMEI", "865501040783269");
    snprintf(number, sizeof number, "%d", text_between(text, 0, 99999));
    text_string(text, "packnum", number);
}

static void write_push_msg(struct text *text) {
    char room[32];
    begin(text, "push_msg");
    snprintf(room, sizeof room, "20%02d-%02d-%02d %02d:%02d:%02d", text_between(text, 19, 30),
             text_between(text, 1, 12), text_between(text, 1, 28), text_between(text, 0, 23), text_between(text, 0, 59),
             text_between(text, 0, 59));
    text_string(text, "time", room);
    for (int channel = 0; channel < ZJIOT_M4G_CHANNELS; channel++) {
        snprintf(room, sizeof room, "data%d", channel);
        text_key(text, room);
        text_put(text, "\"", 1);
        for (int word = 0; word < WORDS; word++) {
            snprintf(room, sizeof room, "%s%04X", word > 0 ? "," : "", text_between(text, 0x7000, 0x9000));
            text_puts(text, room);
        }
        text_put(text, "\"", 1);
    }
    snprintf(room, sizeof room, "%d.%d", text_between(text, -20, 60), text_between(text, 1, 9));
    text_string(text, "temperature", room);
    snprintf(room, sizeof room, "%d.%d", text_between(text, 10, 90), text_between(text, 1, 9));
    text_string(text, "humidity", room);
}

static void write_states(struct text *text, const char *prefix, int most) {
    char room[32];
    for (int sensor = 0; sensor < SENSORS; sensor++) {
        snprintf(room, sizeof room, "%s%d", prefix, sensor);
        text_key(text, room);
        text_open(text, '[');
        text_item(text);
        snprintf(room, sizeof room, "%d", text_between(text, 0, most));
        text_puts(text, room);
        text_close(text);
    }
}

static void write_push_online(struct text *text) {
    begin(text, "push_online");
    write_states(text, "st", 3);
    write_states(text, "dt", 1);
}

const struct corpus_message corpus_m4g[] = {
    {"push_msg", &codec_m4g, NULL, &zj_m4g_records[ZJIOT_M4G_PUSH_MSG], write_push_msg, 0},
    {"push_online", &codec_m4g, NULL, &zj_m4g_records[ZJIOT_M4G_PUSH_ONLINE], write_push_online, 0},
    {.name = NULL},
};
