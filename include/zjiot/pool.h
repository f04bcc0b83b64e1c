/* Memory for decoded messages: a caller's fixed buffer, or blocks from a caller's allocator.
 *
 * Everything a decoder places in a pool lives until zjiot_pool_reset or zjiot_pool_release.
 */
#ifndef ZJIOT_POOL_H
#define ZJIOT_POOL_H

#include <stddef.h>

#include "zjiot/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a growing pool gets its blocks. alloc returns memory aligned for any type, or NULL. */
struct zjiot_allocator {
    void *(*alloc)(void *context, size_t size);
    void (*free)(void *context, void *block);
    void *context;
};

/* The members are the pool's own; initialise with one of the two calls below. */
struct zjiot_pool {
    unsigned char *base; /* block in use */
    size_t size;         /* its bytes */
    size_t used;
    size_t total; /* bytes of all blocks */
    size_t limit; /* most that `total` may become */
    void *blocks; /* list of blocks from the allocator, those in use first */
    struct zjiot_allocator allocator;
};

/* A pool in `size` bytes at `buffer`, which must outlive it. Never allocates. */
ZJIOT_API void zjiot_pool_fixed(struct zjiot_pool *pool, void *buffer, size_t size);

/* A pool that takes blocks from `allocator` as it needs them, `limit` bytes in all at the most. `allocator` is
 * copied; NULL means malloc and free. Ends with zjiot_pool_release. */
ZJIOT_API void zjiot_pool_growing(struct zjiot_pool *pool, const struct zjiot_allocator *allocator, size_t limit);

/* `size` bytes, aligned for any type, not cleared. NULL and an error when there is no room: SPACE with `need` =
 * bytes that were missing (fixed buffer or limit), or NOMEM (allocator). The pool is then as it was. */
ZJIOT_API void *zjiot_pool_take(struct zjiot_pool *pool, size_t size, struct zjiot_error *reterr_error);

/* Forgets everything in the pool; the memory is kept for the next message. */
ZJIOT_API void zjiot_pool_reset(struct zjiot_pool *pool);

/* Returns every block to the allocator. */
ZJIOT_API void zjiot_pool_release(struct zjiot_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
