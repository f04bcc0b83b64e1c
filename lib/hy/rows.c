/* The tables of the HY gateway's protocol. */
#include "catalog/catalog.h"
#include "hy/hy.h"

#define ZJ_ROWS "zjiot/def/hy.def"
#define ZJ_NAME(self) zjiot_hy_##self
#define ZJ_AT(self, name) zjiot_at_hy_##self##_##name
#define ZJ_PART(self) zj_hy_part_##self
#define ZJ_RECORDS zj_hy_records
#include "catalog/tables.inc"
