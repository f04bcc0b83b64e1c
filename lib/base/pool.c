/* Memory pools.
 *
 * The blocks of a growing pool are a list: first the full ones, then the one in use, then those that a reset left
 * free. A block that joins goes in behind the one in use, so the order holds.
 */
#include "zjiot/pool.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { BLOCK_SIZE = 4096 }; /* smallest block asked for, where the limit has room for it */

struct block {
    alignas(max_align_t) struct block *next;
    size_t size; /* bytes behind this header */
};

static void *heap_alloc(void *context, size_t size) {
    (void)context;
    return malloc(size);
}

static void heap_free(void *context, void *block) {
    (void)context;
    free(block);
}

void zjiot_pool_fixed(struct zjiot_pool *pool, void *buffer, size_t size) {
    *pool = (struct zjiot_pool){.base = buffer, .size = size, .total = size, .limit = size};
}

void zjiot_pool_growing(struct zjiot_pool *pool, const struct zjiot_allocator *allocator, size_t limit) {
    static const struct zjiot_allocator heap = {heap_alloc, heap_free, NULL};
    *pool = (struct zjiot_pool){.limit = limit, .allocator = allocator ? *allocator : heap};
}

static bool is_growing(const struct zjiot_pool *pool) {
    return pool->allocator.alloc != NULL;
}

static void fail_room(struct zjiot_error *error, size_t missing) {
    zj_fail(error, ZJIOT_SPACE, 0, "%zu bytes are missing in the pool", missing);
    if (error)
        error->need = missing;
}

static struct block *block_in_use(const struct zjiot_pool *pool) {
    return pool->base ? (struct block *)(void *)pool->base - 1 : NULL;
}

/* Takes the first free block of at least `size` bytes out of the list; NULL when there is none. */
static struct block *unlink_free(struct zjiot_pool *pool, size_t size) {
    struct block *before = block_in_use(pool);
    struct block *block = before ? before->next : pool->blocks;
    while (block && block->size < size) {
        before = block;
        block = block->next;
    }
    if (!block)
        return NULL;
    if (before)
        before->next = block->next;
    else
        pool->blocks = block->next;
    return block;
}

/* The pool doubles with each block, so that their number stays small. */
static struct block *allocate(struct zjiot_pool *pool, size_t size, struct zjiot_error *error) {
    size_t room = pool->limit - pool->total;
    size_t want = size + sizeof(struct block);
    if (size > room || want < size || want > room) {
        fail_room(error, want - room);
        return NULL;
    }
    if (want < pool->total)
        want = pool->total;
    if (want < BLOCK_SIZE)
        want = BLOCK_SIZE;
    if (want > room)
        want = room;
    struct block *block = pool->allocator.alloc(pool->allocator.context, want);
    if (!block) {
        zj_fail(error, ZJIOT_NOMEM, 0, "the allocator gave no %zu bytes", want);
        return NULL;
    }
    block->size = want - sizeof(struct block);
    pool->total += want;
    return block;
}

static bool add_block(struct zjiot_pool *pool, size_t size, struct zjiot_error *error) {
    struct block *last = block_in_use(pool);
    struct block *block = unlink_free(pool, size);
    if (!block)
        block = allocate(pool, size, error);
    if (!block)
        return false;
    if (last) {
        block->next = last->next;
        last->next = block;
    } else {
        block->next = pool->blocks;
        pool->blocks = block;
    }
    pool->base = (unsigned char *)(block + 1);
    pool->size = block->size;
    pool->used = 0;
    return true;
}

/* From a further block; its beginning is aligned. */
static ZJ_ASIDE void *take_elsewhere(struct zjiot_pool *pool, size_t size, size_t padding, struct zjiot_error *error) {
    if (!is_growing(pool)) {
        fail_room(error, size - (pool->size - pool->used) + padding);
        return NULL;
    }
    if (!add_block(pool, size, error))
        return NULL;
    pool->used = size;
    return pool->base;
}

static inline void *take(struct zjiot_pool *pool, size_t size, size_t alignment, struct zjiot_error *error) {
    size_t room = pool->size - pool->used;
    size_t padding = -((uintptr_t)pool->base + pool->used) & (alignment - 1);
    if (ZJ_UNLIKELY(size > room || padding > room - size))
        return take_elsewhere(pool, size, padding, error);
    void *taken = pool->base + pool->used + padding;
    pool->used += padding + size;
    return taken;
}

void *zjiot_pool_take(struct zjiot_pool *pool, size_t size, struct zjiot_error *reterr_error) {
    /* even nothing has an address of its own */
    return take(pool, size > 0 ? size : 1, alignof(max_align_t), reterr_error);
}

char *zj_pool_text(struct zjiot_pool *pool, size_t size, struct zjiot_error *error) {
    return take(pool, size, 1, error);
}

int zj_pool_keep(struct zjiot_pool *pool, const char *text, size_t size, const char **ret_text,
                 struct zjiot_error *error) {
    struct zjiot_error unseen;
    struct zjiot_error *const room = error != NULL ? error : &unseen;
    char *copy = zj_pool_text(pool, size + 1, room);
    if (copy == NULL)
        return room->code;
    memcpy(copy, text, size);
    copy[size] = '\0';
    *ret_text = copy;
    return 0;
}

static bool is_last(const struct zjiot_pool *pool, const void *block, size_t size) {
    return block != NULL && pool->base != NULL && (const unsigned char *)block + size == pool->base + pool->used;
}

void *zj_pool_grow(struct zjiot_pool *pool, void *block, size_t size, size_t wanted, struct zjiot_error *error) {
    if (is_last(pool, block, size) && wanted - size <= pool->size - pool->used) {
        pool->used += wanted - size;
        return block;
    }
    void *moved = zjiot_pool_take(pool, wanted, error);
    if (moved != NULL && size > 0)
        memcpy(moved, block, size);
    return moved;
}

void zj_pool_trim(struct zjiot_pool *pool, const void *block, size_t size, size_t keep) {
    if (is_last(pool, block, size))
        pool->used -= size - keep;
}

void zj_pool_rewind(struct zjiot_pool *pool, struct zj_pool_mark mark) {
    pool->base = mark.base;
    pool->size = mark.size;
    pool->used = mark.used;
}

void zjiot_pool_reset(struct zjiot_pool *pool) {
    pool->used = 0;
    if (is_growing(pool)) {
        pool->base = NULL;
        pool->size = 0;
    }
}

void zjiot_pool_release(struct zjiot_pool *pool) {
    struct block *block = pool->blocks;
    zjiot_pool_reset(pool);
    while (block) {
        struct block *next = block->next;
        pool->allocator.free(pool->allocator.context, block);
        block = next;
    }
    pool->blocks = NULL;
    if (is_growing(pool))
        pool->total = 0;
}
