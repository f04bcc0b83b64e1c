/* Keys for zjiot/track.h: which answer belongs to which request. */
#include <stdio.h>
#include <string.h>

#include "nb/nb.h"

uint32_t zj_nb_sn(const struct zjiot_nb_header *header) {
    const bool is_given = header->sn != 0 || (header->has & ZJIOT_BIT(nb_header, sn)) != 0;
    return is_given ? (uint32_t)header->sn : ZJIOT_NB_SN_EXAMPLE;
}

static struct zjiot_track_key key_of(uint32_t sn, uint16_t extra, bool to_all, struct zjiot_nb_key *key) {
    snprintf(key->sn, sizeof key->sn, "%08lx", (unsigned long)sn);
    snprintf(key->extra, sizeof key->extra, "%u", (unsigned)extra);
    return (struct zjiot_track_key){
        .scope = to_all ? NULL : key->sn,
        .scope_size = to_all ? 0 : strlen(key->sn),
        .id = key->extra,
        .id_size = strlen(key->extra),
    };
}

int zjiot_nb_track_request(const struct zjiot_nb_message *message, struct zjiot_nb_key *ret_key,
                           struct zjiot_track_request *ret_request, struct zjiot_error *reterr_error) {
    const struct zjiot_field *fields = zj_nb_part_header.fields;
    const uint32_t sn = zj_nb_sn(&message->header);
    const bool to_all = sn == ZJIOT_NB_SN_BROADCAST;
    int code = zj_check_type(&zj_nb_protocol, message->type, reterr_error);
    if (code != 0)
        return code;
    if (zj_nb_records[message->type].direction == ZJIOT_UP)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "%s is no request", zj_nb_records[message->type].name);
    code = zj_check_number(&fields[zjiot_at_nb_header_sn], message->header.sn, "sn", reterr_error);
    if (code == 0)
        code = zj_check_number(&fields[zjiot_at_nb_header_extra], message->header.extra, "extra", reterr_error);
    if (code != 0)
        return code;
    *ret_request = (struct zjiot_track_request){
        .key = key_of(sn, (uint16_t)message->header.extra, to_all, ret_key),
        .deadline = ZJIOT_TRACK_NEVER,
        .answers = to_all ? ZJIOT_TRACK_MANY : 1,
    };
    return 0;
}

int zjiot_nb_track_reply(const struct zjiot_nb_message *message, bool to_all, struct zjiot_nb_key *ret_key,
                         struct zjiot_track_reply *ret_reply, struct zjiot_error *reterr_error) {
    const int code = zj_check_type(&zj_nb_protocol, message->type, reterr_error);
    if (code != 0)
        return code;
    if (message->type != ZJIOT_NB_ACK)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "%s is no answer", zj_nb_records[message->type].name);
    *ret_reply = (struct zjiot_track_reply){
        .key = key_of((uint32_t)message->header.sn, (uint16_t)message->header.extra, to_all, ret_key),
        .guess = ZJIOT_TRACK_GUESS_NEVER,
        .content = to_all ? ret_key->sn : NULL,
        .content_size = to_all ? strlen(ret_key->sn) : 0,
    };
    return 0;
}
