/* Inside of the NB protocol. */
#ifndef ZJ_NB_H
#define ZJ_NB_H

#include "zjiot/catalog.h"
#include "zjiot/nb.h"

enum { ZJ_NB_RECORDS = ZJIOT_NB_UNKNOWN_FN + 1 };

extern const struct zjiot_record zj_nb_records[ZJ_NB_RECORDS];
extern const struct zjiot_protocol zj_nb_protocol;
extern const struct zjiot_record zj_nb_part_envelope;
extern const struct zjiot_record zj_nb_part_header;
extern const struct zjiot_record zj_nb_part_json_payload;

#endif
