/* A request table that is nothing but a list, and a driver that does the same with it and with the library's. The unit
 * test feeds the driver random bytes, the fuzz target what libFuzzer thinks of. */
#ifndef TRACK_MODEL_H
#define TRACK_MODEL_H

#include <string.h>

#include "track/track.h"

enum { MODEL_MOST = 64, MODEL_CONTENTS = 2, MODEL_KEY = 7, MODEL_HANDLES = 128 };

struct model_key {
    unsigned scope, command, id; /* id 0: none */
};

struct model_request {
    struct model_key key;
    enum zj_track_phase phase; /* ZJ_TRACK_PHASES: the place is free */
    uint64_t since;            /* when it came into the phase, in steps */
    uint64_t turn;             /* when it was opened, in steps */
    uint64_t deadline, opened, user, handle;
    uint64_t lapsed;        /* when its deadline passed, in steps */
    uint64_t ended, listed; /* since when it is remembered: in ms, and in steps (0: it is not) */
    unsigned wanted, answers, content_count;
    unsigned contents[MODEL_CONTENTS];
    bool accepted, two_stage;
};

struct model {
    struct model_request requests[MODEL_MOST];
    unsigned capacity;
    uint64_t now, remember, steps, forgotten;
};

/* The bytes that say what to do; past their end they are zero. */
struct script {
    const uint8_t *bytes;
    size_t size;
    size_t at;
};

static inline unsigned script_below(struct script *script, unsigned limit) {
    return script->at < script->size ? script->bytes[script->at++] % limit : 0;
}

static inline bool model_is_open(const struct model_request *request) {
    return request->phase == ZJ_TRACK_WAITING || request->phase == ZJ_TRACK_ACCEPTED;
}

static inline bool model_is_overdue(const struct model_request *request) {
    return request->phase != ZJ_TRACK_PHASES && !model_is_open(request) && request->listed == 0;
}

static inline void model_enter(struct model *model, struct model_request *request, enum zj_track_phase phase) {
    request->phase = phase;
    request->since = ++model->steps;
}

static inline void model_remember(struct model *model, struct model_request *request) {
    request->ended = model->now;
    request->listed = ++model->steps;
}

static inline struct model_request *model_next_due(struct model *model) {
    struct model_request *found = NULL;
    for (unsigned i = 0; i < model->capacity; i++) {
        struct model_request *request = &model->requests[i];
        if (!model_is_open(request))
            continue;
        if (!found || request->deadline < found->deadline ||
            (request->deadline == found->deadline && request->turn < found->turn))
            found = request;
    }
    return found;
}

/* The one that is remembered longest, or that has been overdue longest. */
static inline struct model_request *model_longest(struct model *model, bool remembered) {
    struct model_request *found = NULL;
    for (unsigned i = 0; i < model->capacity; i++) {
        struct model_request *request = &model->requests[i];
        if (remembered ? request->listed == 0 : !model_is_overdue(request))
            continue;
        if (!found || (remembered ? request->listed < found->listed : request->lapsed < found->lapsed))
            found = request;
    }
    return found;
}

static inline void model_advance(struct model *model, uint64_t now) {
    struct model_request *request;
    model->now = now > model->now ? now : model->now;
    while ((request = model_next_due(model)) && request->deadline <= model->now) {
        model_enter(model, request, ZJ_TRACK_LAPSED);
        request->lapsed = model->steps;
    }
    while ((request = model_longest(model, true)) && model->now - request->ended >= model->remember)
        *request = (struct model_request){.phase = ZJ_TRACK_PHASES};
}

static inline struct model_request *model_open_by_handle(struct model *model, uint64_t handle) {
    for (unsigned i = 0; i < model->capacity; i++)
        if (model_is_open(&model->requests[i]) && model->requests[i].handle == handle)
            return &model->requests[i];
    return NULL;
}

/* The place for a new request, or NULL. */
static inline struct model_request *model_room(struct model *model) {
    for (unsigned i = 0; i < model->capacity; i++)
        if (model->requests[i].phase == ZJ_TRACK_PHASES)
            return &model->requests[i];
    struct model_request *request = model_longest(model, true);
    model->forgotten += request != NULL;
    return request;
}

static inline bool model_has_content(const struct model_request *request, unsigned content) {
    for (unsigned i = 0; i < request->content_count && i < MODEL_CONTENTS; i++)
        if (request->contents[i] == content)
            return true;
    return false;
}

/* What the reply of one search step belongs to. `ids` is a mask of the ids that fit. */
static inline struct model_request *model_choose(struct model *model, struct model_key key, unsigned ids,
                                                 enum zjiot_track_kind kind, unsigned content, bool *ret_alone) {
    struct model_request *best[ZJ_TRACK_PHASES] = {NULL};
    unsigned open = 0;
    for (unsigned i = 0; i < model->capacity; i++) {
        struct model_request *request = &model->requests[i];
        if (request->phase == ZJ_TRACK_PHASES || request->key.scope != key.scope ||
            request->key.command != key.command || !(ids >> request->key.id & 1))
            continue;
        struct model_request **first = &best[request->phase];
        open += model_is_open(request);
        if (!*first || (request->phase == ZJ_TRACK_ANSWERED) == (request->since > (*first)->since))
            *first = request;
    }
    struct model_request *waiting = best[ZJ_TRACK_WAITING], *accepted = best[ZJ_TRACK_ACCEPTED];
    struct model_request *answered = best[ZJ_TRACK_ANSWERED];
    *ret_alone = open == 1;
    if (kind == ZJIOT_TRACK_ANSWER && accepted)
        return accepted;
    if (waiting && kind == ZJIOT_TRACK_ANSWER && waiting->two_stage && content && answered &&
        model_has_content(answered, content))
        return answered;
    if (waiting)
        return waiting;
    if (accepted)
        return accepted;
    return best[ZJ_TRACK_LAPSED] ? best[ZJ_TRACK_LAPSED] : answered;
}

static inline enum zjiot_track_verdict model_take(struct model *model, struct model_request *request,
                                                  enum zjiot_track_kind kind, unsigned content, bool by_order) {
    const bool late = request->phase == ZJ_TRACK_LAPSED;
    const enum zjiot_track_verdict good = late ? ZJIOT_TRACK_LATE : by_order ? ZJIOT_TRACK_GUESSED : ZJIOT_TRACK_EXACT;
    if (kind == ZJIOT_TRACK_ACCEPTANCE) {
        if (request->phase == ZJ_TRACK_ACCEPTED || request->phase == ZJ_TRACK_ANSWERED)
            return ZJIOT_TRACK_DUPLICATE;
        request->accepted = true;
        if (!late)
            model_enter(model, request, ZJ_TRACK_ACCEPTED);
        return good;
    }
    if (request->phase == ZJ_TRACK_ANSWERED || (content && model_has_content(request, content)))
        return ZJIOT_TRACK_DUPLICATE;
    if (content)
        request->contents[request->content_count++ % MODEL_CONTENTS] = content;
    if (++request->answers == request->wanted || kind == ZJIOT_TRACK_REFUSAL) {
        model_enter(model, request, ZJ_TRACK_ANSWERED);
        if (!late)
            model_remember(model, request);
    }
    return good;
}

static inline struct model_request *model_match(struct model *model, struct model_key key, enum zjiot_track_guess guess,
                                                enum zjiot_track_kind kind, unsigned content, bool *ret_by_order,
                                                bool *ret_alone) {
    struct model_request *found = NULL;
    if (key.id != 0)
        found = model_choose(model, key, 1u << key.id, kind, content, ret_alone);
    *ret_by_order = !found;
    if (!found && guess != ZJIOT_TRACK_GUESS_NEVER)
        found = model_choose(model, key, key.id == 0 || guess == ZJIOT_TRACK_GUESS_ALWAYS ? ~0u : 1u, kind, content,
                             ret_alone);
    return found;
}

/* --- The library's table beside it --- */

#define AGREE(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return #condition;                                                                                         \
    } while (0)

struct pair {
    struct model model;
    struct zjiot_track table;
    struct script script;
    uint64_t now;
    uint64_t opened;
    uint64_t handles[MODEL_HANDLES]; /* the latest, ended and forgotten ones among them */
};

/* Names of different lengths, so that parts which run together would show: scope "a", command "ab" and the other way
 * round are not the same key. */
static inline struct zjiot_track_key model_key(struct model_key key) {
    static const char *const names[] = {"", "a", "ab", "b", "aba"};
    const char *scope = names[key.scope], *command = names[key.command], *id = names[key.id];
    return (struct zjiot_track_key){scope, strlen(scope), command, strlen(command), id, strlen(id)};
}

static inline struct model_key script_key(struct script *script) {
    const unsigned scope = script_below(script, 3), command = script_below(script, 3), id = script_below(script, 5);
    return (struct model_key){scope, command, id};
}

static inline const char *agree_on_state(const struct zjiot_track_state *state, const struct model_request *request) {
    AGREE(state->handle == request->handle);
    AGREE(state->user == request->user);
    AGREE(state->opened == request->opened);
    AGREE(state->answers == request->answers);
    AGREE(state->accepted == request->accepted);
    AGREE(state->open == model_is_open(request));
    return NULL;
}

static inline const char *do_open(struct pair *pair) {
    struct model *model = &pair->model;
    struct zjiot_error error = {.code = ZJIOT_OK};
    const struct model_key key = script_key(&pair->script);
    const unsigned wait = script_below(&pair->script, 41);
    const unsigned wanted = 1 + script_below(&pair->script, 3);
    const struct zjiot_track_request request = {
        .key = model_key(key),
        .deadline = wait == 40 ? ZJIOT_TRACK_NEVER : pair->now + wait,
        .user = ++pair->opened,
        .answers = wanted == 3 ? ZJIOT_TRACK_MANY : wanted,
        .two_stage = script_below(&pair->script, 2),
    };
    uint64_t handle = 0;
    const int code = zjiot_track_open(&pair->table, pair->now, &request, &handle, &error);
    model_advance(model, pair->now);
    struct model_request *place = model_room(model);
    AGREE(code == (place ? 0 : ZJIOT_SPACE));
    AGREE((int)error.code == code && (handle != 0) == (code == 0));
    if (!place)
        return NULL;
    for (unsigned i = 0; i < MODEL_HANDLES; i++)
        AGREE(pair->handles[i] != handle);
    *place = (struct model_request){.key = key,
                                    .turn = ++model->steps,
                                    .deadline = request.deadline,
                                    .opened = model->now,
                                    .user = request.user,
                                    .handle = handle,
                                    .wanted = request.answers,
                                    .two_stage = request.two_stage};
    model_enter(model, place, ZJ_TRACK_WAITING);
    pair->handles[pair->opened % MODEL_HANDLES] = handle;
    return NULL;
}

static inline const char *do_match(struct pair *pair) {
    static const char contents[] = "xyz";
    struct model *model = &pair->model;
    const struct model_key key = script_key(&pair->script);
    const unsigned content = script_below(&pair->script, 4);
    const struct zjiot_track_reply reply = {
        .key = model_key(key),
        .guess = (enum zjiot_track_guess)script_below(&pair->script, 3),
        .kind = (enum zjiot_track_kind)script_below(&pair->script, 3),
        .content = content ? &contents[content - 1] : NULL,
        .content_size = content ? 1 : 0,
    };
    struct zjiot_track_match match;
    memset(&match, 0xAA, sizeof match);
    const enum zjiot_track_verdict verdict = zjiot_track_match(&pair->table, pair->now, &reply, &match);
    bool by_order, alone;
    model_advance(model, pair->now);
    struct model_request *request = model_match(model, key, reply.guess, reply.kind, content, &by_order, &alone);
    AGREE(match.verdict == verdict);
    if (!request) {
        AGREE(verdict == ZJIOT_TRACK_FOREIGN && match.request.handle == 0 && !match.by_order && !match.alone);
        return NULL;
    }
    alone = alone && model_is_open(request);
    const enum zjiot_track_verdict expected = model_take(model, request, reply.kind, content, by_order);
    AGREE(verdict == expected);
    AGREE(match.by_order == by_order);
    AGREE(match.alone == (alone && expected != ZJIOT_TRACK_DUPLICATE));
    return agree_on_state(&match.request, request);
}

static inline const char *do_expire(struct pair *pair) {
    struct zjiot_track_state state;
    const int code = zjiot_track_expire(&pair->table, pair->now, &state);
    model_advance(&pair->model, pair->now);
    struct model_request *request = model_longest(&pair->model, false);
    AGREE(code == (request != NULL));
    if (!request)
        return NULL;
    model_remember(&pair->model, request);
    return agree_on_state(&state, request);
}

/* Closes, cancels or postpones a request by its handle, which may be one of a request long gone, or none at all. */
static inline const char *do_by_handle(struct pair *pair) {
    struct model *model = &pair->model;
    const unsigned what = script_below(&pair->script, 3);
    const uint64_t deadline = pair->now + script_below(&pair->script, 40);
    const uint64_t known = pair->handles[script_below(&pair->script, MODEL_HANDLES)];
    const uint64_t handle = known ? known : script_below(&pair->script, 255);
    const int code = what == 0   ? zjiot_track_close(&pair->table, pair->now, handle)
                     : what == 1 ? zjiot_track_cancel(&pair->table, pair->now, handle)
                                 : zjiot_track_postpone(&pair->table, pair->now, handle, deadline);
    model_advance(model, pair->now);
    struct model_request *request = model_open_by_handle(model, handle);
    AGREE(code == (request ? 0 : ZJIOT_UNKNOWN));
    if (!request)
        return NULL;
    if (what == 2) {
        request->deadline = deadline;
        return NULL;
    }
    model_enter(model, request, what == 0 ? ZJ_TRACK_ANSWERED : ZJ_TRACK_LAPSED);
    model_remember(model, request);
    return NULL;
}

static inline const char *agree_on_counts(struct pair *pair) {
    struct model *model = &pair->model;
    unsigned open = 0, overdue = 0, remembered = 0;
    for (unsigned i = 0; i < model->capacity; i++) {
        open += model_is_open(&model->requests[i]);
        overdue += model_is_overdue(&model->requests[i]);
        remembered += model->requests[i].listed != 0;
    }
    const struct model_request *due = model_next_due(model);
    AGREE(pair->table.open == open);
    AGREE(pair->table.overdue == overdue);
    AGREE(pair->table.remembered == remembered);
    AGREE(pair->table.forgotten == model->forgotten);
    AGREE(zjiot_track_next_deadline(&pair->table) == (overdue > 0 ? model->now
                                                      : due       ? due->deadline
                                                                  : ZJIOT_TRACK_NEVER));
    return NULL;
}

/* Every request stands once in each hash table, among its like; the heap is one. */
static inline const char *check_structure(const struct zjiot_track *table) {
    for (unsigned index = 0; index < ZJ_TRACK_INDEXES; index++) {
        uint32_t members = 0;
        for (uint32_t bucket = 0; bucket < table->config.capacity; bucket++) {
            for (uint32_t head = table->buckets[index][bucket]; head != ZJ_TRACK_NONE;
                 head = table->links[index][head].chain) {
                uint32_t number = head;
                do {
                    const struct zj_track_entry *entry = zj_track_at(table, number);
                    AGREE(++members <= table->config.capacity);
                    AGREE(number == head || table->links[index][number].chain == ZJ_TRACK_MEMBER);
                    AGREE(entry->phase == zj_track_at(table, head)->phase);
                    AGREE(table->links[index][number].hash == table->links[index][head].hash);
                    AGREE(table->links[index][table->links[index][number].next].previous == number);
                    number = table->links[index][number].next;
                } while (number != head);
            }
        }
        AGREE(members == table->open + table->overdue + table->remembered);
    }
    for (uint32_t place = 0; place < table->open; place++) {
        AGREE(table->places[table->slots[place].entry] == place);
        AGREE(place == 0 || table->slots[(place - 1) / 4].deadline <= table->slots[place].deadline);
    }
    return NULL;
}

static inline const char *do_step(struct pair *pair) {
    const unsigned what = script_below(&pair->script, 16);
    if (what < 4)
        return do_open(pair);
    if (what < 10)
        return do_match(pair);
    if (what < 12)
        return do_expire(pair);
    if (what < 14)
        return do_by_handle(pair);
    if (what == 15 && pair->now > 10)
        pair->now -= script_below(&pair->script, 10); /* a clock that was set back */
    else
        pair->now += script_below(&pair->script, 16);
    return NULL;
}

/* Does what the bytes say, up to `steps` steps, and looks at the whole structure in every `every`th. Returns NULL, or
 * what the two disagree on. */
static inline const char *track_drive(const uint8_t *bytes, size_t size, uint64_t steps, uint64_t every) {
    static struct pair pair;
    static uint64_t storage[ZJIOT_TRACK_SIZE(MODEL_MOST, MODEL_KEY, MODEL_CONTENTS) / 8];
    pair = (struct pair){.script = {bytes, size, 0}, .now = 1000};
    pair.model.capacity = 1 + script_below(&pair.script, MODEL_MOST);
    pair.model.remember = script_below(&pair.script, 64);
    const struct zjiot_track_config config = {pair.model.capacity,
                                              MODEL_KEY,
                                              MODEL_CONTENTS,
                                              pair.model.remember,
                                              {(uint8_t)script_below(&pair.script, 256)}};
    memset(storage, 0xAA, sizeof storage);
    AGREE(zjiot_track_init(&pair.table, &config, storage, sizeof storage, NULL) == 0);
    for (unsigned i = 0; i < MODEL_MOST; i++)
        pair.model.requests[i].phase = ZJ_TRACK_PHASES;
    for (uint64_t step = 0; step < steps && pair.script.at < size; step++) {
        const char *trouble = do_step(&pair);
        if (!trouble)
            trouble = agree_on_counts(&pair);
        if (!trouble && (step + size) % every == 0)
            trouble = check_structure(&pair.table);
        if (trouble)
            return trouble;
    }
    return check_structure(&pair.table);
}

#endif
