/* The hash tables of a request table. */
#include <string.h>

#include "track/track.h"

static uint32_t hash_of(const struct zjiot_track *table, const uint8_t *packed, size_t size) {
    return (uint32_t)zj_siphash(table->config.seed, packed, size);
}

static uint32_t *bucket_of(const struct zjiot_track *table, enum zj_track_index index, uint32_t hash) {
    return &table->buckets[index][(uint64_t)hash * table->config.capacity >> 32];
}

static size_t size_in(const struct zj_track_entry *entry, enum zj_track_index index) {
    return index == ZJ_TRACK_BY_KEY ? entry->size : entry->line_size;
}

static struct zj_track_heads find_hashed(const struct zjiot_track *table, enum zj_track_index index, uint32_t hash,
                                         const uint8_t *packed, size_t size) {
    struct zj_track_heads heads = {{ZJ_TRACK_NONE, ZJ_TRACK_NONE, ZJ_TRACK_NONE, ZJ_TRACK_NONE}};
    uint32_t number = *bucket_of(table, index, hash);
    while (number != ZJ_TRACK_NONE) {
        const struct zj_track_link *link = &table->links[index][number];
        if (link->hash == hash) {
            struct zj_track_entry *entry = zj_track_at(table, number);
            if (size_in(entry, index) == size && memcmp(zj_track_key(table, entry), packed, size) == 0)
                heads.of[entry->phase] = number;
        }
        number = link->chain;
    }
    return heads;
}

struct zj_track_heads zj_track_find(const struct zjiot_track *table, enum zj_track_index index, const uint8_t *packed,
                                    size_t size) {
    return find_hashed(table, index, hash_of(table, packed, size), packed, size);
}

static void join(struct zjiot_track *table, enum zj_track_index index, uint32_t number) {
    struct zj_track_entry *entry = zj_track_at(table, number);
    struct zj_track_link *link = &table->links[index][number];
    const struct zj_track_heads heads =
        find_hashed(table, index, link->hash, zj_track_key(table, entry), size_in(entry, index));
    const uint32_t head = heads.of[entry->phase];
    if (head == ZJ_TRACK_NONE) {
        uint32_t *bucket = bucket_of(table, index, link->hash);
        link->next = link->previous = number;
        link->chain = *bucket;
        *bucket = number;
        return;
    }
    struct zj_track_link *first = &table->links[index][head];
    link->next = head;
    link->previous = first->previous;
    link->chain = ZJ_TRACK_MEMBER;
    table->links[index][first->previous].next = number;
    first->previous = number;
}

/* Where a head hangs: in its bucket, or in the head before it. */
static uint32_t *hook_of(struct zjiot_track *table, enum zj_track_index index, uint32_t number) {
    uint32_t *hook = bucket_of(table, index, table->links[index][number].hash);
    while (*hook != number)
        hook = &table->links[index][*hook].chain;
    return hook;
}

static void part(struct zjiot_track *table, enum zj_track_index index, uint32_t number) {
    const struct zj_track_link link = table->links[index][number];
    if (link.chain != ZJ_TRACK_MEMBER) {
        uint32_t *hook = hook_of(table, index, number);
        if (link.next == number) {
            *hook = link.chain;
            return;
        }
        table->links[index][link.next].chain = link.chain;
        *hook = link.next;
    }
    table->links[index][link.next].previous = link.previous;
    table->links[index][link.previous].next = link.next;
}

void zj_track_enter(struct zjiot_track *table, uint32_t number) {
    struct zj_track_entry *entry = zj_track_at(table, number);
    for (unsigned index = 0; index < ZJ_TRACK_INDEXES; index++) {
        table->links[index][number].hash = hash_of(table, zj_track_key(table, entry), size_in(entry, index));
        join(table, index, number);
    }
}

void zj_track_leave(struct zjiot_track *table, uint32_t number) {
    for (unsigned index = 0; index < ZJ_TRACK_INDEXES; index++)
        part(table, index, number);
}

void zj_track_move(struct zjiot_track *table, uint32_t number, enum zj_track_phase phase) {
    zj_track_leave(table, number);
    zj_track_at(table, number)->phase = (uint8_t)phase;
    for (unsigned index = 0; index < ZJ_TRACK_INDEXES; index++)
        join(table, index, number);
}
