/* A report of an HY gateway with the frame of a building meter. */
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "hy/hy.h"
#include "text.h"
#include "variants.h"
#include "zjiot/hex.h"

#define GATEWAY "02345678903"

enum { FRAME = 72, HEX_DIGITS = 2 * FRAME };

/* A frame of document 004 with another meter's number and another sum of heat. */
static void write_frame(struct text *text, const char *meter) {
    static const char digits[] = "685527100583001111813B901F0012235304050000000032785634002A872800932800000000000500"
                                 "0000002C00000000FA00FA000000E803E8030000EA008185CB0123F7407316";
    enum { NUMBER = 4, HEAT = 28 };
    uint8_t bytes[FRAME];
    char out[HEX_DIGITS + 1];
    memcpy(out, digits, sizeof out);
    memcpy(out + NUMBER, meter, 8);
    snprintf(out + HEAT, 7, "%06d", text_between(text, 0, 999999));
    out[HEAT + 6] = digits[HEAT + 6];
    zjiot_hex_read(out, HEX_DIGITS, bytes, sizeof bytes, NULL);
    bytes[FRAME - 2] = zj_sum8(bytes, FRAME - 2);
    zjiot_hex_write(bytes, FRAME, out);
    for (size_t i = 0; i < HEX_DIGITS; i++)
        out[i] = (char)(out[i] >= 'a' ? out[i] - 'a' + 'A' : out[i]);
    text_put(text, "\"", 1);
    text_put(text, out, HEX_DIGITS);
    text_put(text, "\"", 1);
}

static void write_report(struct text *text) {
    char meter[16];
    text_key(text, "gw");
    text_open(text, '{');
    text_int(text, "msg_id", 20);
    text_int(text, "msg_gw_pr", 0);
    text_string(text, "gw_id", GATEWAY);
    text_close(text);
    snprintf(meter, sizeof meter, "%08d203400", text_between(text, 0, 99999999));
    text_key(text, "data");
    text_open(text, '{');
    text_string(text, "meter_id", meter);
    text_key(text, "meter_data");
    text_open(text, '[');
    text_item(text);
    write_frame(text, meter);
    text_close(text);
    text_close(text);
}

const struct corpus_message corpus_hy[] = {
    {"HY report", &codec_hy, "hy/gw/set/" GATEWAY, &zj_hy_records[ZJIOT_HY_REPORT], write_report, 0},
    {.name = NULL},
};
