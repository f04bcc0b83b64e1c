/* The open requests by their deadlines: a heap of four branches, which needs half the steps of one of two and has the
 * branches of a place side by side in memory. */
#include "track/track.h"

enum { BRANCHES = 4 };

static bool is_before(struct zj_track_slot one, struct zj_track_slot other) {
    if (one.deadline != other.deadline)
        return one.deadline < other.deadline;
    return (int32_t)(one.turn - other.turn) < 0;
}

static void put(struct zjiot_track *table, uint32_t place, struct zj_track_slot slot) {
    table->slots[place] = slot;
    table->places[slot.entry] = place;
}

/* Finds the place for a slot, from `place` towards the top. */
static void rise(struct zjiot_track *table, uint32_t place, struct zj_track_slot slot) {
    while (place > 0) {
        const uint32_t above = (place - 1) / BRANCHES;
        if (!is_before(slot, table->slots[above]))
            break;
        put(table, place, table->slots[above]);
        place = above;
    }
    put(table, place, slot);
}

/* The same from `place` away from the top. */
static void sink(struct zjiot_track *table, uint32_t place, struct zj_track_slot slot) {
    for (;;) {
        const uint64_t first = (uint64_t)place * BRANCHES + 1;
        if (first >= table->open)
            break;
        const uint64_t end = first + BRANCHES < table->open ? first + BRANCHES : table->open;
        uint32_t least = (uint32_t)first;
        for (uint32_t other = least + 1; other < end; other++) {
            if (is_before(table->slots[other], table->slots[least]))
                least = other;
        }
        if (!is_before(table->slots[least], slot))
            break;
        put(table, place, table->slots[least]);
        place = least;
    }
    put(table, place, slot);
}

static void settle(struct zjiot_track *table, uint32_t place, struct zj_track_slot slot) {
    if (place > 0 && is_before(slot, table->slots[(place - 1) / BRANCHES]))
        rise(table, place, slot);
    else
        sink(table, place, slot);
}

void zj_track_due_add(struct zjiot_track *table, uint32_t number, uint64_t deadline) {
    rise(table, table->open++, (struct zj_track_slot){deadline, number, table->turn++});
}

void zj_track_due_remove(struct zjiot_track *table, uint32_t number) {
    const uint32_t place = table->places[number];
    const struct zj_track_slot last = table->slots[--table->open];
    if (place < table->open)
        settle(table, place, last);
}

void zj_track_due_change(struct zjiot_track *table, uint32_t number, uint64_t deadline) {
    const uint32_t place = table->places[number];
    settle(table, place, (struct zj_track_slot){deadline, number, table->slots[place].turn});
}
