/* The tables of the 4G module's protocol. */
#include "catalog/catalog.h"
#include "m4g/m4g.h"

#define ZJ_ROWS "zjiot/def/m4g.def"
#define ZJ_NAME(self) zjiot_m4g_##self
#define ZJ_AT(self, name) zjiot_at_m4g_##self##_##name
#define ZJ_PART(self) zj_m4g_part_##self
#define ZJ_RECORDS zj_m4g_records
#include "catalog/tables.inc"
