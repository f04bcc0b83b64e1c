/* The tables of the BYD protocol. */
#include "byd/byd.h"
#include "catalog/catalog.h"

#define ZJ_ROWS "zjiot/def/byd.def"
#define ZJ_NAME(self) zjiot_byd_##self
#define ZJ_AT(self, name) zjiot_at_byd_##self##_##name
#define ZJ_PART(self) zj_byd_part_##self
#define ZJ_RECORDS zj_byd_records
#include "catalog/tables.inc"
