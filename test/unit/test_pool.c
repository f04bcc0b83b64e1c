/* Memory pools, fixed and growing, with an allocator that counts and fails on demand. */
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "zjiot/pool.h"

enum { ALIGN = alignof(max_align_t) };

struct heap {
    size_t blocks; /* given and not returned */
    size_t calls;
    size_t asked; /* bytes of all calls */
    bool is_empty;
};

static void *heap_alloc(void *context, size_t size) {
    struct heap *heap = context;
    if (heap->is_empty)
        return NULL;
    heap->blocks++;
    heap->calls++;
    heap->asked += size;
    return malloc(size);
}

static void heap_free(void *context, void *block) {
    struct heap *heap = context;
    heap->blocks--;
    free(block);
}

static struct zjiot_pool growing(struct heap *heap, size_t limit) {
    struct zjiot_pool pool;
    zjiot_pool_growing(&pool, &(struct zjiot_allocator){heap_alloc, heap_free, heap}, limit);
    return pool;
}

static bool is_aligned(const void *address) {
    return (uintptr_t)address % ALIGN == 0;
}

/* Takes blocks of many sizes, fills each with its own byte, and looks whether all still hold at the end. */
static void take_and_check(struct zjiot_pool *pool, size_t count) {
    static const size_t sizes[] = {1, 3, 16, 17, 100, 0, 4096, 31, 5000};
    struct zjiot_error error;
    unsigned char *taken[64];
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++) {
        taken[i] = zjiot_pool_take(pool, sizes[i % 9], &error);
        assert_non_null(taken[i]);
        assert_true(is_aligned(taken[i]));
        memset(taken[i], (int)i + 1, sizes[i % 9]);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < sizes[i % 9]; j++)
            assert_int_equal(taken[i][j], i + 1);
    }
}

/* Wherever the buffer begins: what is taken is aligned, inside, and does not overlap; and `need` is exact. */
static void test_fixed_at_every_alignment(void **state) {
    (void)state;
    alignas(max_align_t) unsigned char memory[256 + 2 * ALIGN];
    for (size_t shift = 0; shift < ALIGN; shift++) {
        for (size_t size = 0; size < 64; size++) {
            struct zjiot_pool pool;
            struct zjiot_error error;
            zjiot_pool_fixed(&pool, memory + shift, size);
            unsigned char *first = zjiot_pool_take(&pool, 20, &error);
            if (first) {
                assert_true(is_aligned(first) && first >= memory + shift && first + 20 <= memory + shift + size);
                continue;
            }
            assert_int_equal(error.code, ZJIOT_SPACE);
            zjiot_pool_fixed(&pool, memory + shift, size + error.need - 1);
            assert_null(zjiot_pool_take(&pool, 20, NULL));
            zjiot_pool_fixed(&pool, memory + shift, size + error.need);
            assert_non_null(zjiot_pool_take(&pool, 20, NULL));
        }
    }
}

static void test_fixed_gives_disjoint_memory(void **state) {
    (void)state;
    static alignas(max_align_t) unsigned char memory[64 * 1024];
    struct zjiot_pool pool;
    zjiot_pool_fixed(&pool, memory + 1, sizeof(memory) - 1);
    take_and_check(&pool, 30);
    zjiot_pool_reset(&pool);
    take_and_check(&pool, 30);
    zjiot_pool_release(&pool);
}

static void test_fixed_failure_leaves_the_pool(void **state) {
    (void)state;
    alignas(max_align_t) unsigned char memory[64];
    struct zjiot_pool pool;
    struct zjiot_error error;
    zjiot_pool_fixed(&pool, memory, sizeof(memory));
    assert_non_null(zjiot_pool_take(&pool, 48, &error));
    assert_null(zjiot_pool_take(&pool, 17, &error));
    assert_int_equal(error.need, 1);
    assert_null(zjiot_pool_take(&pool, SIZE_MAX, &error));
    assert_int_equal(error.code, ZJIOT_SPACE);
    assert_non_null(zjiot_pool_take(&pool, 16, &error)); /* all that is left, in spite of the failures */
    assert_null(zjiot_pool_take(&pool, 1, &error));
}

static void test_fixed_without_memory(void **state) {
    (void)state;
    struct zjiot_pool pool;
    struct zjiot_error error;
    zjiot_pool_fixed(&pool, NULL, 0);
    assert_null(zjiot_pool_take(&pool, 0, &error));
    assert_null(zjiot_pool_take(&pool, 8, &error));
    assert_int_equal(error.code, ZJIOT_SPACE);
    zjiot_pool_reset(&pool);
    zjiot_pool_release(&pool);
}

static void test_growing_returns_all_blocks(void **state) {
    (void)state;
    struct heap heap = {0};
    struct zjiot_pool pool = growing(&heap, SIZE_MAX);
    zjiot_pool_reset(&pool);
    assert_int_equal(heap.calls, 0);
    take_and_check(&pool, 64);
    assert_true(heap.blocks > 1);
    zjiot_pool_release(&pool);
    assert_int_equal(heap.blocks, 0);
    take_and_check(&pool, 9); /* a released pool starts anew */
    zjiot_pool_release(&pool);
    assert_int_equal(heap.blocks, 0);
    zjiot_pool_release(&pool);
}

/* A message that fitted once fits again, without a call to the allocator, in whatever order its sizes come. */
static void test_reset_keeps_the_memory(void **state) {
    (void)state;
    struct heap heap = {0};
    struct zjiot_pool pool = growing(&heap, SIZE_MAX);
    for (size_t i = 0; i < 40; i++)
        assert_non_null(zjiot_pool_take(&pool, 1000, NULL));
    size_t calls = heap.calls;
    for (int round = 0; round < 20; round++) {
        zjiot_pool_reset(&pool);
        for (size_t i = 0; i < 40; i++)
            assert_non_null(zjiot_pool_take(&pool, 1000, NULL));
    }
    assert_int_equal(heap.calls, calls);
    zjiot_pool_reset(&pool);
    take_and_check(&pool, 18);
    zjiot_pool_release(&pool);
    assert_int_equal(heap.blocks, 0);
}

/* After a reset a free block that is too small is passed over, and still used for what fits it. */
static void test_reset_blocks_of_all_sizes_are_used(void **state) {
    (void)state;
    struct heap heap = {0};
    struct zjiot_pool pool = growing(&heap, SIZE_MAX);
    assert_non_null(zjiot_pool_take(&pool, 100, NULL));    /* a small block */
    assert_non_null(zjiot_pool_take(&pool, 5000, NULL));   /* a greater one */
    assert_non_null(zjiot_pool_take(&pool, 100000, NULL)); /* the greatest */
    size_t calls = heap.calls;
    zjiot_pool_reset(&pool);
    assert_non_null(zjiot_pool_take(&pool, 100000, NULL));
    assert_non_null(zjiot_pool_take(&pool, 5000, NULL));
    assert_non_null(zjiot_pool_take(&pool, 100, NULL));
    assert_int_equal(heap.calls, calls);
    zjiot_pool_release(&pool);
    assert_int_equal(heap.blocks, 0);
}

static void test_growing_stays_within_the_limit(void **state) {
    (void)state;
    for (size_t limit = 0; limit < 12000; limit += 37) {
        struct heap heap = {0};
        struct zjiot_error error;
        struct zjiot_pool pool = growing(&heap, limit);
        while (zjiot_pool_take(&pool, 700, &error))
            ;
        assert_int_equal(error.code, ZJIOT_SPACE);
        assert_true(heap.asked <= limit);
        assert_in_range(error.need, 1, 800);
        zjiot_pool_release(&pool);
        assert_int_equal(heap.blocks, 0);
    }
}

/* With `need` bytes more of limit the same call succeeds, with one less it does not. */
static void test_growing_need_is_exact(void **state) {
    (void)state;
    struct heap heap = {0};
    struct zjiot_error error;
    struct zjiot_pool pool = growing(&heap, 1000);
    assert_null(zjiot_pool_take(&pool, 5000, &error));
    assert_int_equal(error.code, ZJIOT_SPACE);
    struct zjiot_pool enough = growing(&heap, 1000 + error.need);
    assert_non_null(zjiot_pool_take(&enough, 5000, NULL));
    struct zjiot_pool less = growing(&heap, 1000 + error.need - 1);
    assert_null(zjiot_pool_take(&less, 5000, NULL));
    assert_null(zjiot_pool_take(&pool, SIZE_MAX, &error));
    assert_int_equal(error.code, ZJIOT_SPACE);
    /* Size and header together are more than a size_t holds. */
    struct zjiot_pool endless = growing(&heap, SIZE_MAX);
    assert_null(zjiot_pool_take(&endless, SIZE_MAX, &error));
    assert_null(zjiot_pool_take(&endless, SIZE_MAX - 8, &error));
    assert_int_equal(error.code, ZJIOT_SPACE);
    zjiot_pool_release(&enough);
    assert_int_equal(heap.blocks, 0);
}

static void test_allocator_without_memory(void **state) {
    (void)state;
    struct heap heap = {.is_empty = true};
    struct zjiot_error error;
    struct zjiot_pool pool = growing(&heap, SIZE_MAX);
    assert_null(zjiot_pool_take(&pool, 10, &error));
    assert_int_equal(error.code, ZJIOT_NOMEM);

    heap.is_empty = false;
    unsigned char *kept = zjiot_pool_take(&pool, 10, &error);
    assert_non_null(kept);
    memset(kept, 7, 10);
    struct zjiot_pool before = pool;
    heap.is_empty = true;
    assert_null(zjiot_pool_take(&pool, 100000, &error));
    assert_int_equal(error.code, ZJIOT_NOMEM);
    assert_memory_equal(&pool, &before, sizeof(pool));
    assert_non_null(zjiot_pool_take(&pool, 10, &error)); /* the block in use still has room */
    assert_int_equal(kept[9], 7);
    zjiot_pool_release(&pool);
    assert_int_equal(heap.blocks, 0);
}

static void test_default_allocator(void **state) {
    (void)state;
    struct zjiot_pool pool;
    zjiot_pool_growing(&pool, NULL, 1 << 20);
    take_and_check(&pool, 40);
    zjiot_pool_release(&pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_at_every_alignment),
        cmocka_unit_test(test_fixed_gives_disjoint_memory),
        cmocka_unit_test(test_fixed_failure_leaves_the_pool),
        cmocka_unit_test(test_fixed_without_memory),
        cmocka_unit_test(test_growing_returns_all_blocks),
        cmocka_unit_test(test_reset_keeps_the_memory),
        cmocka_unit_test(test_reset_blocks_of_all_sizes_are_used),
        cmocka_unit_test(test_growing_stays_within_the_limit),
        cmocka_unit_test(test_growing_need_is_exact),
        cmocka_unit_test(test_allocator_without_memory),
        cmocka_unit_test(test_default_allocator),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
