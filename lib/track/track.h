/* Inside of the request table.
 *
 * Requests are numbered from 0; a number is never a pointer, so the storage may lie anywhere. Each request stands in
 * two hash tables: by its whole key, and by its line, which is the key without the id. What is equal there and in the
 * same phase forms a ring, the one that joined first at its head; a bucket is a chain of heads. So the oldest of ten
 * thousand equal requests is found as fast as the only one, and any of them leaves as fast.
 */
#ifndef ZJ_TRACK_H
#define ZJ_TRACK_H

#include "base/base.h"
#include "zjiot/track.h"

#define ZJ_TRACK_NONE UINT32_MAX          /* no request */
#define ZJ_TRACK_MEMBER (UINT32_MAX - 1u) /* `chain` of a ring's member that is not its head */

enum zj_track_phase {
    ZJ_TRACK_WAITING,  /* open: nothing has come */
    ZJ_TRACK_ACCEPTED, /* open: accepted */
    ZJ_TRACK_LAPSED,
    ZJ_TRACK_ANSWERED,
    ZJ_TRACK_PHASES,
};

enum zj_track_index {
    ZJ_TRACK_BY_KEY,
    ZJ_TRACK_BY_LINE,
    ZJ_TRACK_INDEXES,
};

struct zj_track_link {
    uint32_t hash;
    uint32_t next, previous; /* in the ring */
    uint32_t chain;          /* the next head in the bucket */
};

struct zj_track_entry {
    uint64_t user;
    uint64_t opened;
    uint64_t ended;
    uint32_t generation; /* how often the entry was used; never 0 */
    uint32_t wanted;     /* answers that end it */
    uint32_t answers;
    uint32_t contents;  /* answers whose content was remembered */
    uint32_t next;      /* in the list of the free, the overdue or the remembered */
    uint16_t size;      /* of the packed key */
    uint16_t line_size; /* of its front, up to the id */
    uint8_t phase;
    bool accepted;
    bool two_stage;
};

struct zj_track_slot {
    uint64_t deadline;
    uint32_t entry;
    uint32_t turn; /* of equal deadlines the lower one is first; it wraps */
};

/* The first of each phase of the requests that have one key or line; ZJ_TRACK_NONE where there is none. */
struct zj_track_heads {
    uint32_t of[ZJ_TRACK_PHASES];
};

/* An entry with what belongs to it, side by side so that memory is waited for once: struct, hashes of contents, key. */
static inline struct zj_track_entry *zj_track_at(const struct zjiot_track *table, uint32_t number) {
    return (void *)(table->entries + (size_t)number * table->stride);
}

static inline uint64_t *zj_track_contents(struct zj_track_entry *entry) {
    return (uint64_t *)(void *)(entry + 1);
}

/* The packed key. */
static inline uint8_t *zj_track_key(const struct zjiot_track *table, struct zj_track_entry *entry) {
    return (uint8_t *)(zj_track_contents(entry) + table->config.contents);
}

/* Looks for packed bytes: a whole key, or the front of keys. */
struct zj_track_heads zj_track_find(const struct zjiot_track *table, enum zj_track_index index, const uint8_t *packed,
                                    size_t size);

/* Puts an entry with its key and phase into both hash tables, as the youngest; takes it out again; moves it to another
 * phase, where it is the youngest. zj_track_enter computes the hashes. */
void zj_track_enter(struct zjiot_track *table, uint32_t number);
void zj_track_leave(struct zjiot_track *table, uint32_t number);
void zj_track_move(struct zjiot_track *table, uint32_t number, enum zj_track_phase phase);

/* The heap of deadlines; table->open is its size. */
void zj_track_due_add(struct zjiot_track *table, uint32_t number, uint64_t deadline);
void zj_track_due_remove(struct zjiot_track *table, uint32_t number);
void zj_track_due_change(struct zjiot_track *table, uint32_t number, uint64_t deadline);

#endif
