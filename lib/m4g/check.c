/* What the rows cannot say, and what a message means: groups of channels, places, sensors. */
#include <stdio.h>
#include <string.h>

#include "m4g/m4g.h"

enum { GROUP = 3, CHANNEL_0 = zjiot_at_m4g_push_msg_data0, STATE_0 = zjiot_at_m4g_push_online_st0 };

_Static_assert(zjiot_at_m4g_push_msg_data8 == CHANNEL_0 + ZJIOT_M4G_CHANNELS - 1, "the channels stand together");
_Static_assert(zjiot_at_m4g_push_online_st8 == STATE_0 + ZJIOT_M4G_CHANNELS - 1, "the states stand together");
_Static_assert(zjiot_at_m4g_push_online_dt0 == STATE_0 + ZJIOT_M4G_CHANNELS &&
                   zjiot_at_m4g_push_online_dt8 == STATE_0 + 2 * ZJIOT_M4G_CHANNELS - 1,
               "the crystals follow the states");

static int report(const struct zj_rules *rules, enum zjiot_code code, const char *key, const char *found,
                  const char *expected) {
    const struct zj_path data = {NULL, "data", -1};
    const size_t offset = rules->reader != NULL ? zj_json_place(rules->text, rules->size, key) : 0;
    return zj_rules_report_at(rules, &data, offset, &(struct zj_finding){code, key, found, expected});
}

/* Whether a member came, readable or not, or, in a message to be written, will be there. */
static bool is_there(const struct zj_rules *rules, const struct zjiot_record *record, const void *value, unsigned at) {
    const struct zj_masks *masks = value;
    const struct zjiot_field *field = &record->fields[at];
    if ((masks->has | (rules->reader != NULL ? masks->invalid : 0)) >> at & 1)
        return true;
    if (masks->has & ZJIOT_HAS_READ)
        return false;
    const unsigned char *member = (const unsigned char *)value + field->offset;
    for (size_t i = 0; i < zj_member_size(field); i++)
        if (member[i] != 0)
            return true;
    return false;
}

/* The channels of a group are sent together. */
static int check_groups(const struct zj_rules *rules, const struct zjiot_m4g_push_msg *data) {
    const struct zjiot_record *record = &zj_m4g_records[ZJIOT_M4G_PUSH_MSG];
    bool has_some = false;
    int code = 0;
    for (unsigned group = 0; group < ZJIOT_M4G_CHANNELS; group += GROUP) {
        bool there[GROUP];
        for (unsigned i = 0; i < GROUP; i++)
            there[i] = is_there(rules, record, data, CHANNEL_0 + group + i);
        const bool has_group = there[0] || there[1] || there[2];
        has_some |= has_group;
        for (unsigned i = 0; i < GROUP && has_group && code == 0; i++)
            if (!there[i])
                code = report(rules, ZJIOT_MISSING, record->fields[CHANNEL_0 + group + i].key, "nothing",
                              "the three channels of a group together");
    }
    if (code == 0 && !has_some)
        code = report(rules, ZJIOT_MISSING, record->fields[CHANNEL_0].key, "nothing", "a group of channels");
    return code;
}

static int check_states(const struct zj_rules *rules, const struct zjiot_m4g_push_online *data) {
    const struct zjiot_record *record = &zj_m4g_records[ZJIOT_M4G_PUSH_ONLINE];
    for (unsigned i = 0; i < 2 * ZJIOT_M4G_CHANNELS; i++)
        if (is_there(rules, record, data, STATE_0 + i))
            return 0;
    return report(rules, ZJIOT_MISSING, record->fields[STATE_0].key, "nothing", "the state of a sensor");
}

static int check_location(const struct zj_rules *rules, const char *location) {
    double longitude;
    double latitude;
    char found[ZJIOT_EVIDENCE_SIZE];
    if (location == NULL || zjiot_m4g_location(location, &longitude, &latitude))
        return 0;
    zj_copy_text(found, sizeof found, location);
    return report(rules, ZJIOT_RANGE, "location", found, "longitude,latitude in degrees");
}

int zj_m4g_check(const struct zj_rules *rules, const struct zjiot_m4g_message *message) {
    const union zjiot_m4g_data *data = &message->data;
    switch (message->type) {
    case ZJIOT_M4G_PUSH_MSG:
        return check_groups(rules, &data->push_msg);
    case ZJIOT_M4G_PUSH_ONLINE:
        return check_states(rules, &data->push_online);
    case ZJIOT_M4G_PUSH_INFO:
        return data->push_info.invalid & ZJIOT_BIT(m4g_push_info, location)
                   ? 0
                   : check_location(rules, data->push_info.location);
    case ZJIOT_M4G_INFO_ACK:
        return data->info_ack.invalid & ZJIOT_BIT(m4g_info_ack, location)
                   ? 0
                   : check_location(rules, data->info_ack.location);
    default:
        return 0;
    }
}

bool zjiot_m4g_location(const char *text, double *ret_longitude, double *ret_latitude) {
    const char *comma = strchr(text, ',');
    double longitude;
    double latitude;
    if (comma == NULL || !zj_real_read(text, (size_t)(comma - text), &longitude) ||
        !zj_real_read(comma + 1, strlen(comma + 1), &latitude))
        return false;
    if (!(longitude >= -180 && longitude <= 180 && latitude >= -90 && latitude <= 90))
        return false;
    *ret_longitude = longitude;
    *ret_latitude = latitude;
    return true;
}

const struct zjiot_words *zjiot_m4g_channel(const struct zjiot_m4g_push_msg *data, unsigned channel) {
    const struct zjiot_words *const words[ZJIOT_M4G_CHANNELS] = {
        &data->data0, &data->data1, &data->data2, &data->data3, &data->data4,
        &data->data5, &data->data6, &data->data7, &data->data8,
    };
    if (channel < 1 || channel > ZJIOT_M4G_CHANNELS)
        return NULL;
    return words[channel - 1]->items != NULL ? words[channel - 1] : NULL;
}

int32_t zjiot_m4g_word_value(uint16_t word) {
    return word - ZJ_WORD_ZERO;
}

bool zjiot_m4g_sensor(const struct zjiot_m4g_push_online *data, unsigned channel, unsigned sensor,
                      struct zjiot_m4g_sensor *ret_sensor) {
    const int64_t states[] = {data->st0, data->st1, data->st2, data->st3, data->st4,
                              data->st5, data->st6, data->st7, data->st8};
    const int64_t crystals[] = {data->dt0, data->dt1, data->dt2, data->dt3, data->dt4,
                                data->dt5, data->dt6, data->dt7, data->dt8};
    if (channel < 1 || channel > GROUP || sensor < 1 || sensor > ZJIOT_M4G_SENSORS)
        return false;
    const unsigned at = (sensor - 1) * GROUP + channel - 1;
    const struct zjiot_m4g_sensor found = {
        .has_state = data->has >> (STATE_0 + at) & 1,
        .has_crystal = data->has >> (STATE_0 + ZJIOT_M4G_CHANNELS + at) & 1,
        .state = states[at],
        .crystal = crystals[at],
    };
    if (!found.has_state && !found.has_crystal)
        return false;
    *ret_sensor = found;
    return true;
}
