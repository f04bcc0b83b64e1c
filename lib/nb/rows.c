/* The tables of the NB protocol. */
#include "catalog/catalog.h"
#include "nb/nb.h"

#define ZJ_ROWS "zjiot/def/nb.def"
#define ZJ_NAME(self) zjiot_nb_##self
#define ZJ_AT(self, name) zjiot_at_nb_##self##_##name
#define ZJ_UINT ZJIOT_WIRE_UINT_BE
#define ZJ_PART(self) zj_nb_part_##self
#define ZJ_RECORDS zj_nb_records
#include "catalog/tables.inc"
