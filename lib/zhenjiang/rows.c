/* The tables of the Zhenjiang protocol. */
#include "catalog/catalog.h"
#include "zhenjiang/zhenjiang.h"

#define ZJ_ROWS "zjiot/def/zhenjiang.def"
#define ZJ_NAME(self) zjiot_zhenjiang_##self
#define ZJ_AT(self, name) zjiot_at_zhenjiang_##self##_##name
#define ZJ_PART(self) zj_zhenjiang_part_##self
#define ZJ_RECORDS zj_zhenjiang_records
#include "catalog/tables.inc"
