/* The memory of messages in tests. */
#ifndef FRESH_POOL_H
#define FRESH_POOL_H

#include <stddef.h>

#include "zjiot/pool.h"

/* An empty pool; it holds what the last caller did not want any more. */
static inline struct zjiot_pool *fresh_pool(void) {
    static _Alignas(max_align_t) unsigned char memory[1 << 18];
    static struct zjiot_pool pool;
    zjiot_pool_fixed(&pool, memory, sizeof memory);
    return &pool;
}

#endif
