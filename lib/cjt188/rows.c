/* The tables of CJ/T 188. */
#include "cjt188/cjt188.h"

#define ZJ_ROWS "zjiot/def/cjt188.def"
#define ZJ_NAME(self) zjiot_cjt188_##self
#define ZJ_AT(self, name) zjiot_at_cjt188_##self##_##name
#define ZJ_UINT ZJIOT_WIRE_UINT_LE
#define ZJ_PART(self) zj_cjt188_part_##self
#define ZJ_RECORDS zj_cjt188_records
#include "catalog/tables.inc"

_Static_assert(offsetof(struct zjiot_cjt188_heat, status) == offsetof(struct zjiot_cjt188_heat_2018, status) &&
                   sizeof(struct zjiot_cjt188_heat) == sizeof(struct zjiot_cjt188_heat_2018),
               "data.heat reads both editions");
