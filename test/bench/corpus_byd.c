/* Batches of BYD's meters. */
#include <stdio.h>

#include "byd/byd.h"
#include "text.h"
#include "variants.h"

#define DEVICE "GW-EM-01"

/* A member with numbers; its value is open. */
static void open_value(struct text *text, const char *name, const char *unit) {
    text_key(text, name);
    text_open(text, '{');
    text_string(text, "data_type", "float");
    text_string(text, "unit", unit);
    text_key(text, "value");
    text_open(text, '{');
}

static void close_value(struct text *text) {
    text_close(text);
    text_close(text);
}

static void write_phases(struct text *text, int low, int high, int places) {
    static const char *const phases[] = {"phase_a", "phase_b", "phase_c"};
    for (int i = 0; i < 3; i++)
        text_real(text, phases[i], low, high, places);
}

static void write_power(struct text *text) {
    text_key(text, "power");
    text_open(text, '{');
    open_value(text, "active", "kW");
    write_phases(text, 1, 9999, 2);
    text_real(text, "total", 1, 29999, 2);
    close_value(text);
    open_value(text, "reactive", "kvar");
    write_phases(text, 1, 2999, 2);
    text_real(text, "total", 1, 8999, 2);
    close_value(text);
    open_value(text, "apparent", "kVA");
    text_real(text, "total", 1, 39999, 2);
    close_value(text);
    text_close(text);
}

static void write_system(struct text *text) {
    text_key(text, "system");
    text_open(text, '[');
    text_open_item(text);
    text_string(text, "data_type", "float");
    text_string(text, "unit", "");
    text_real(text, "power_factor", 50, 100, 2);
    text_close(text);
    text_open_item(text);
    text_string(text, "data_type", "float");
    text_string(text, "unit", "Hz");
    text_real(text, "frequency", 4980, 5020, 2);
    text_close(text);
    text_close(text);
}

static void write_energy(struct text *text) {
    text_key(text, "energy");
    text_open(text, '{');
    open_value(text, "active", "kWh");
    text_real(text, "forward", 1, 99999999, 2);
    text_real(text, "reverse", 1, 999999, 2);
    close_value(text);
    open_value(text, "reactive", "kvarh");
    text_real(text, "forward", 1, 9999999, 2);
    text_real(text, "reverse", 1, 999999, 2);
    close_value(text);
    text_close(text);
}

static void write_metrics(struct text *text) {
    text_key(text, "metrics");
    text_open(text, '{');
    open_value(text, "voltage", "V");
    write_phases(text, 2100, 2400, 1);
    text_real(text, "line_ab", 3700, 4000, 1);
    text_real(text, "line_bc", 3700, 4000, 1);
    text_real(text, "line_ca", 3700, 4000, 1);
    close_value(text);
    open_value(text, "current", "A");
    write_phases(text, 1, 9999, 2);
    close_value(text);
    write_power(text);
    write_system(text);
    write_energy(text);
    text_close(text);
}

static void write_reading(struct text *text, unsigned number) {
    char room[32];
    text_open_item(text);
    snprintf(room, sizeof room, "%lld", 1710000000123 + (long long)text_between(text, 0, 1000000000));
    text_string(text, "timestamp", room);
    text_string(text, "device_type", "three_phase_meter");
    snprintf(room, sizeof room, "EM-2025-%03u", number);
    text_string(text, "device_id", room);
    write_metrics(text);
    text_key(text, "status");
    text_open(text, '{');
    text_int(text, "device_status", 0);
    text_int(text, "data_quality", text_between(text, 90, 100));
    text_close(text);
    text_close(text);
}

static void write_up(struct text *text) {
    text_string(text, "msgType", "up");
    text_string(text, "msgId", "3f2b8c1e-7a4d-4e6f-9b21-0c5d8e7f1a34");
    text_key(text, "source");
    text_open(text, '{');
    text_string(text, "ip_addr", "10.79.101.101");
    text_string(text, "source_id", DEVICE);
    text_close(text);
    text_key(text, "batch");
    text_open(text, '[');
    for (unsigned i = 0; i < text->message->count; i++)
        write_reading(text, i + 1);
    text_close(text);
}

#define BATCH(name, meters)                                                                                            \
    { name, &codec_byd, "device/bydpower/up/" DEVICE, &zj_byd_records[ZJIOT_BYD_UP], write_up, meters }

const struct corpus_message corpus_byd[] = {BATCH("BYD 50", 50), BATCH("BYD 1", 1), {.name = NULL}};
