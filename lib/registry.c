/* The protocols of this library: one line each. */
#include <string.h>

#include "byd/byd.h"
#include "cjt188/cjt188.h"
#include "hy/hy.h"
#include "m4g/m4g.h"
#include "nb/nb.h"
#include "zhenjiang/zhenjiang.h"

const struct zjiot_protocol *const *zjiot_protocols(void) {
    static const struct zjiot_protocol *const protocols[] = {&zj_zhenjiang_protocol,
                                                             &zj_nb_protocol,
                                                             &zj_byd_protocol,
                                                             &zj_m4g_protocol,
                                                             &zj_hy_protocol,
                                                             &zj_cjt188_protocol,
                                                             NULL};
    return protocols;
}

const struct zjiot_protocol *zjiot_protocol_find(const char *name) {
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++)
        if (strcmp((*p)->name, name) == 0 || ((*p)->alias != NULL && strcmp((*p)->alias, name) == 0))
            return *p;
    return NULL;
}
