/* Requests and their replies. */
#include <assert.h>
#include <stdalign.h>
#include <string.h>

#include "track/track.h"

static_assert(sizeof(struct zj_track_entry) + sizeof(struct zj_track_slot) + sizeof(uint32_t) +
                      ZJ_TRACK_INDEXES * (sizeof(struct zj_track_link) + sizeof(uint32_t)) <=
                  ZJIOT_TRACK_ENTRY_SIZE,
              "ZJIOT_TRACK_SIZE is too small");
static_assert((int)ZJIOT_TRACK_SEED_SIZE == (int)ZJ_SIPHASH_SEED_SIZE, "a seed is SipHash's");

const char *zjiot_track_verdict_name(int verdict) {
    static const char *const names[] = {
        [ZJIOT_TRACK_FOREIGN] = "FOREIGN", [ZJIOT_TRACK_EXACT] = "EXACT",         [ZJIOT_TRACK_GUESSED] = "GUESSED",
        [ZJIOT_TRACK_LATE] = "LATE",       [ZJIOT_TRACK_DUPLICATE] = "DUPLICATE",
    };
    return verdict >= 0 && (size_t)verdict < ZJ_COUNT(names) ? names[verdict] : "?";
}

/* --- Keys --- */

static bool key_fits(const struct zjiot_track *table, const struct zjiot_track_key *key) {
    size_t room = table->config.key_size;
    if (key->scope_size > room)
        return false;
    room -= key->scope_size;
    return key->command_size <= room && key->id_size <= room - key->command_size;
}

static uint8_t *append(uint8_t *out, const void *bytes, size_t size) {
    if (size > 0)
        memcpy(out, bytes, size);
    return out + size;
}

/* Packs a key that fits; returns its size and, the id being last, that of its line. The sizes of scope and command come
 * first, so that parts which run together are not taken for others; ZJIOT_TRACK_KEY_ROOM counts them. */
static uint16_t pack(uint8_t *out, const struct zjiot_track_key *key, uint16_t *ret_line_size) {
    const uint16_t lengths[] = {(uint16_t)key->scope_size, (uint16_t)key->command_size};
    uint8_t *at = append(out, lengths, sizeof(lengths));
    at = append(at, key->scope, key->scope_size);
    at = append(at, key->command, key->command_size);
    *ret_line_size = (uint16_t)(at - out);
    at = append(at, key->id, key->id_size);
    return (uint16_t)(at - out);
}

/* --- A request's way through the table --- */

static void list_append(struct zjiot_track *table, uint32_t *first, uint32_t *last, uint32_t number) {
    zj_track_at(table, number)->next = ZJ_TRACK_NONE;
    if (*first == ZJ_TRACK_NONE)
        *first = number;
    else
        zj_track_at(table, *last)->next = number;
    *last = number;
}

static uint32_t list_take(struct zjiot_track *table, uint32_t *first) {
    const uint32_t number = *first;
    *first = zj_track_at(table, number)->next;
    return number;
}

static void set_free(struct zjiot_track *table, uint32_t number) {
    struct zj_track_entry *entry = zj_track_at(table, number);
    if (++entry->generation == 0)
        entry->generation = 1;
    entry->phase = ZJ_TRACK_PHASES; /* none: no handle leads here */
    entry->next = table->free_first;
    table->free_first = number;
}

static void remember(struct zjiot_track *table, uint32_t number) {
    zj_track_at(table, number)->ended = table->now;
    list_append(table, &table->remembered_first, &table->remembered_last, number);
    table->remembered++;
}

static void forget(struct zjiot_track *table) {
    const uint32_t number = list_take(table, &table->remembered_first);
    table->remembered--;
    zj_track_leave(table, number);
    set_free(table, number);
}

/* An open request ends before its deadline. */
static void end(struct zjiot_track *table, uint32_t number, enum zj_track_phase phase) {
    zj_track_due_remove(table, number);
    zj_track_move(table, number, phase);
    remember(table, number);
}

/* Enters what time alone has done. Each call begins with it, so that results do not depend on which was called last. */
static void advance(struct zjiot_track *table, uint64_t now) {
    if (now > table->now)
        table->now = now;
    while (table->open > 0 && table->slots[0].deadline <= table->now && table->slots[0].deadline != ZJIOT_TRACK_NEVER) {
        const uint32_t number = table->slots[0].entry;
        zj_track_due_remove(table, number);
        zj_track_move(table, number, ZJ_TRACK_LAPSED);
        list_append(table, &table->overdue_first, &table->overdue_last, number);
        table->overdue++;
    }
    while (table->remembered > 0 &&
           table->now - zj_track_at(table, table->remembered_first)->ended >= table->config.remember)
        forget(table);
}

static bool is_open(const struct zj_track_entry *entry) {
    return entry->phase == ZJ_TRACK_WAITING || entry->phase == ZJ_TRACK_ACCEPTED;
}

static struct zjiot_track_state state_of(const struct zjiot_track *table, uint32_t number) {
    const struct zj_track_entry *entry = zj_track_at(table, number);
    return (struct zjiot_track_state){
        .handle = (uint64_t)entry->generation << 32 | number,
        .user = entry->user,
        .opened = entry->opened,
        .answers = entry->answers,
        .accepted = entry->accepted,
        .open = is_open(entry),
    };
}

/* --- Setting up --- */

static int check_config(const struct zjiot_track_config *config, const void *storage, struct zjiot_error *error) {
    if (config->capacity < 1 || config->capacity > ZJIOT_TRACK_CAPACITY_MAX)
        return zj_fail_at(error, ZJIOT_ARG, 0, "capacity", "capacity: %u is outside 1..%d", config->capacity,
                          ZJIOT_TRACK_CAPACITY_MAX);
    if (config->key_size < 1 || config->key_size > ZJIOT_TRACK_KEY_MAX)
        return zj_fail_at(error, ZJIOT_ARG, 0, "key_size", "key_size: %u is outside 1..%d", config->key_size,
                          ZJIOT_TRACK_KEY_MAX);
    if (config->contents > ZJIOT_TRACK_CONTENTS_MAX)
        return zj_fail_at(error, ZJIOT_ARG, 0, "contents", "contents: %u is above %d", config->contents,
                          ZJIOT_TRACK_CONTENTS_MAX);
    if ((uintptr_t)storage % alignof(uint64_t) != 0)
        return zj_fail(error, ZJIOT_ARG, 0, "the storage is not aligned to %zu bytes", alignof(uint64_t));
    return 0;
}

/* Gives the storage out: what needs the alignment of a uint64_t first. */
static void lay_out(struct zjiot_track *table, uint8_t *storage) {
    const size_t capacity = table->config.capacity;
    table->entries = storage;
    storage += capacity * table->stride;
    table->slots = (void *)storage;
    storage += capacity * sizeof(struct zj_track_slot);
    table->places = (void *)storage;
    storage += capacity * sizeof(uint32_t);
    for (unsigned index = 0; index < ZJ_TRACK_INDEXES; index++) {
        table->links[index] = (void *)storage;
        storage += capacity * sizeof(struct zj_track_link);
        table->buckets[index] = (void *)storage;
        storage += capacity * sizeof(uint32_t);
    }
    table->packed = storage;
}

int zjiot_track_init(struct zjiot_track *table, const struct zjiot_track_config *config, void *storage, size_t size,
                     struct zjiot_error *reterr_error) {
    const int code = check_config(config, storage, reterr_error);
    if (code != 0)
        return code;
    const size_t key_room = ZJIOT_TRACK_KEY_ROOM(config->key_size);
    const size_t variable = config->contents * sizeof(uint64_t) + key_room;
    const uint64_t need = config->capacity * (uint64_t)(ZJIOT_TRACK_ENTRY_SIZE + variable) + key_room;
    if (size < need)
        return zj_fail_space(reterr_error, need < SIZE_MAX ? (size_t)need : SIZE_MAX);

    *table = (struct zjiot_track){
        .config = *config,
        .stride = sizeof(struct zj_track_entry) + variable,
        .free_first = ZJ_TRACK_NONE,
        .overdue_first = ZJ_TRACK_NONE,
        .remembered_first = ZJ_TRACK_NONE,
    };
    lay_out(table, storage);
    for (uint32_t number = config->capacity; number-- > 0;) {
        zj_track_at(table, number)->generation = 0;
        set_free(table, number);
        for (unsigned index = 0; index < ZJ_TRACK_INDEXES; index++)
            table->buckets[index][number] = ZJ_TRACK_NONE;
    }
    return 0;
}

/* --- Requests --- */

int zjiot_track_open(struct zjiot_track *table, uint64_t now, const struct zjiot_track_request *request,
                     uint64_t *ret_handle, struct zjiot_error *reterr_error) {
    if (request->answers == 0)
        return zj_fail_at(reterr_error, ZJIOT_ARG, 0, "answers", "answers: a request waits for one at least");
    if (!key_fits(table, &request->key))
        return zj_fail_at(reterr_error, ZJIOT_LENGTH, 0, "key", "key: longer than the table's %u bytes",
                          table->config.key_size);
    advance(table, now);
    if (table->free_first == ZJ_TRACK_NONE && table->remembered > 0) {
        forget(table);
        table->forgotten++;
    }
    if (table->free_first == ZJ_TRACK_NONE)
        return zj_fail(reterr_error, ZJIOT_SPACE, 0, "%u requests are open, %u more are overdue", table->open,
                       table->overdue);

    const uint32_t number = list_take(table, &table->free_first);
    struct zj_track_entry *entry = zj_track_at(table, number);
    *entry = (struct zj_track_entry){
        .user = request->user,
        .opened = table->now,
        .generation = entry->generation,
        .wanted = request->answers,
        .phase = ZJ_TRACK_WAITING,
        .two_stage = request->two_stage,
    };
    entry->size = pack(zj_track_key(table, entry), &request->key, &entry->line_size);
    zj_track_enter(table, number);
    zj_track_due_add(table, number, request->deadline);
    *ret_handle = state_of(table, number).handle;
    return 0;
}

/* The open request of a handle, as the table is at `now`: 0 or UNKNOWN. */
static int open_by_handle(struct zjiot_track *table, uint64_t now, uint64_t handle, uint32_t *ret_number) {
    const uint32_t number = (uint32_t)handle;
    advance(table, now);
    if (number >= table->config.capacity)
        return ZJIOT_UNKNOWN;
    const struct zj_track_entry *entry = zj_track_at(table, number);
    if (entry->generation != handle >> 32 || !is_open(entry))
        return ZJIOT_UNKNOWN;
    *ret_number = number;
    return 0;
}

static int end_by_handle(struct zjiot_track *table, uint64_t now, uint64_t handle, enum zj_track_phase phase) {
    uint32_t number = 0;
    const int code = open_by_handle(table, now, handle, &number);
    if (code == 0)
        end(table, number, phase);
    return code;
}

int zjiot_track_close(struct zjiot_track *table, uint64_t now, uint64_t handle) {
    return end_by_handle(table, now, handle, ZJ_TRACK_ANSWERED);
}

int zjiot_track_cancel(struct zjiot_track *table, uint64_t now, uint64_t handle) {
    return end_by_handle(table, now, handle, ZJ_TRACK_LAPSED);
}

int zjiot_track_postpone(struct zjiot_track *table, uint64_t now, uint64_t handle, uint64_t deadline) {
    uint32_t number = 0;
    const int code = open_by_handle(table, now, handle, &number);
    if (code == 0)
        zj_track_due_change(table, number, deadline);
    return code;
}

uint64_t zjiot_track_next_deadline(const struct zjiot_track *table) {
    if (table->overdue > 0)
        return table->now;
    return table->open > 0 ? table->slots[0].deadline : ZJIOT_TRACK_NEVER;
}

int zjiot_track_expire(struct zjiot_track *table, uint64_t now, struct zjiot_track_state *ret_state) {
    advance(table, now);
    if (table->overdue == 0)
        return 0;
    const uint32_t number = list_take(table, &table->overdue_first);
    table->overdue--;
    remember(table, number);
    *ret_state = state_of(table, number);
    return 1;
}

/* --- Replies --- */

/* A request that a reply may belong to; number ZJ_TRACK_NONE: there is none. */
struct candidate {
    uint32_t number;
    bool alone;
};

static uint64_t content_hash(const struct zjiot_track *table, const struct zjiot_track_reply *reply) {
    return zj_siphash(table->config.seed, reply->content, reply->content_size);
}

static bool is_repeated(const struct zjiot_track *table, uint32_t number, const struct zjiot_track_reply *reply) {
    struct zj_track_entry *entry = zj_track_at(table, number);
    const uint64_t *contents = zj_track_contents(entry);
    if (!reply->content || entry->contents == 0)
        return false;
    const uint64_t hash = content_hash(table, reply);
    for (uint32_t i = 0; i < entry->contents && i < table->config.contents; i++) {
        if (contents[i] == hash)
            return true;
    }
    return false;
}

static struct candidate choose(const struct zjiot_track *table, enum zj_track_index index,
                               const struct zj_track_heads *heads, const struct zjiot_track_reply *reply) {
    static const enum zj_track_phase for_answer[] = {ZJ_TRACK_ACCEPTED, ZJ_TRACK_WAITING, ZJ_TRACK_LAPSED};
    static const enum zj_track_phase for_others[] = {ZJ_TRACK_WAITING, ZJ_TRACK_ACCEPTED, ZJ_TRACK_LAPSED};
    const bool is_answer = reply->kind == ZJIOT_TRACK_ANSWER;
    const uint32_t answered = heads->of[ZJ_TRACK_ANSWERED];
    const uint32_t latest = answered == ZJ_TRACK_NONE ? answered : table->links[index][answered].previous;
    const bool is_single =
        heads->of[ZJ_TRACK_WAITING] == ZJ_TRACK_NONE || heads->of[ZJ_TRACK_ACCEPTED] == ZJ_TRACK_NONE;
    for (size_t i = 0; i < ZJ_COUNT(for_answer); i++) {
        const uint32_t number = heads->of[is_answer ? for_answer[i] : for_others[i]];
        if (number == ZJ_TRACK_NONE)
            continue;
        const struct zj_track_entry *entry = zj_track_at(table, number);
        if (is_answer && entry->phase == ZJ_TRACK_WAITING && entry->two_stage && latest != ZJ_TRACK_NONE &&
            is_repeated(table, latest, reply))
            break;
        return (struct candidate){number, is_single && is_open(entry) && table->links[index][number].next == number};
    }
    return (struct candidate){latest, false};
}

/* Enters what the reply says about its request; `verdict` is the one when it was open. */
static enum zjiot_track_verdict take(struct zjiot_track *table, uint32_t number, const struct zjiot_track_reply *reply,
                                     enum zjiot_track_verdict verdict) {
    struct zj_track_entry *entry = zj_track_at(table, number);
    const bool is_late = entry->phase == ZJ_TRACK_LAPSED;
    if (reply->kind == ZJIOT_TRACK_ACCEPTANCE) {
        if (!is_late && entry->phase != ZJ_TRACK_WAITING)
            return ZJIOT_TRACK_DUPLICATE;
        entry->accepted = true;
        if (!is_late)
            zj_track_move(table, number, ZJ_TRACK_ACCEPTED);
        return is_late ? ZJIOT_TRACK_LATE : verdict;
    }
    if (entry->phase == ZJ_TRACK_ANSWERED || is_repeated(table, number, reply))
        return ZJIOT_TRACK_DUPLICATE;
    if (reply->content && table->config.contents > 0)
        zj_track_contents(entry)[entry->contents++ % table->config.contents] = content_hash(table, reply);
    entry->answers++;
    if (reply->kind == ZJIOT_TRACK_REFUSAL || entry->answers == entry->wanted) {
        if (is_late)
            zj_track_move(table, number, ZJ_TRACK_ANSWERED);
        else
            end(table, number, ZJ_TRACK_ANSWERED);
    }
    return is_late ? ZJIOT_TRACK_LATE : verdict;
}

static struct candidate search(struct zjiot_track *table, const struct zjiot_track_reply *reply, bool *ret_by_order) {
    struct candidate found = {ZJ_TRACK_NONE, false};
    if (!key_fits(table, &reply->key))
        return found;
    uint16_t line_size;
    const uint8_t *packed = table->packed;
    const uint16_t size = pack(table->packed, &reply->key, &line_size);
    const bool has_id = reply->key.id_size > 0;
    if (has_id) {
        const struct zj_track_heads heads = zj_track_find(table, ZJ_TRACK_BY_KEY, packed, size);
        found = choose(table, ZJ_TRACK_BY_KEY, &heads, reply);
    }
    *ret_by_order = found.number == ZJ_TRACK_NONE;
    if (*ret_by_order && reply->guess != ZJIOT_TRACK_GUESS_NEVER) {
        const bool is_any = !has_id || reply->guess == ZJIOT_TRACK_GUESS_ALWAYS;
        const enum zj_track_index index = is_any ? ZJ_TRACK_BY_LINE : ZJ_TRACK_BY_KEY;
        const struct zj_track_heads heads = zj_track_find(table, index, packed, line_size);
        found = choose(table, index, &heads, reply);
    }
    return found;
}

enum zjiot_track_verdict zjiot_track_match(struct zjiot_track *table, uint64_t now,
                                           const struct zjiot_track_reply *reply, struct zjiot_track_match *ret_match) {
    bool by_order = false;
    advance(table, now);
    const struct candidate found = search(table, reply, &by_order);
    *ret_match = (struct zjiot_track_match){.verdict = ZJIOT_TRACK_FOREIGN};
    if (found.number != ZJ_TRACK_NONE) {
        ret_match->verdict = take(table, found.number, reply, by_order ? ZJIOT_TRACK_GUESSED : ZJIOT_TRACK_EXACT);
        ret_match->by_order = by_order;
        ret_match->alone = found.alone && ret_match->verdict != ZJIOT_TRACK_DUPLICATE;
        ret_match->request = state_of(table, found.number);
    }
    return ret_match->verdict;
}
