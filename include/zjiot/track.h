/* Which reply belongs to which request.
 *
 * A table of the requests that wait for a reply, in memory of the caller's. It knows no protocol and no clock: keys are
 * bytes, times are milliseconds of any clock that does not run backwards. Every call takes about the same time whether
 * ten requests are open or fifty thousand; only the order of deadlines costs a step for every fourfold number.
 *
 *     open ----> accepted ----> answered          accepted: only where the peer says so before it acts (HY, stat 2)
 *        \           \
 *         `-----------`-------> lapsed            the deadline passed, or the caller gave up
 *
 * What is answered or lapsed is remembered for a while, so that a reply which comes late or twice is known as such.
 *
 *     static uint64_t storage[ZJIOT_TRACK_SIZE(1000, 96, 0) / 8 + 1];
 *     struct zjiot_track table;
 *     struct zjiot_track_config config = {.capacity = 1000, .key_size = 96, .remember = 60000};
 *     getrandom(config.seed, sizeof config.seed, 0);
 *     zjiot_track_init(&table, &config, storage, sizeof storage, NULL);
 *
 *     zjiot_track_open(&table, now, &request, &handle, &error);               with each request that is sent
 *     switch (zjiot_track_match(&table, now, &reply, &match)) ...             with each message that comes
 *     while (zjiot_track_expire(&table, now, &state)) ...                     at zjiot_track_next_deadline()
 *
 * A table belongs to one thread at a time.
 */
#ifndef ZJIOT_TRACK_H
#define ZJIOT_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ZJIOT_TRACK_SEED_SIZE = 16,
    ZJIOT_TRACK_CAPACITY_MAX = 1 << 30,
    ZJIOT_TRACK_KEY_MAX = 4096,
    ZJIOT_TRACK_CONTENTS_MAX = 65535,
    ZJIOT_TRACK_ENTRY_SIZE = 116, /* bytes a request takes beside its key and contents */
};

#define ZJIOT_TRACK_NEVER UINT64_MAX /* a deadline that does not pass */
#define ZJIOT_TRACK_MANY UINT32_MAX  /* answers whose number nobody knows */

/* Bytes of storage for a table: a constant where its arguments are. They are those of struct zjiot_track_config. */
#define ZJIOT_TRACK_SIZE(capacity, key_size, contents)                                                                 \
    ((size_t)(capacity) * (ZJIOT_TRACK_ENTRY_SIZE + ZJIOT_TRACK_KEY_ROOM(key_size) + (size_t)(contents)*8) +           \
     ZJIOT_TRACK_KEY_ROOM(key_size))
#define ZJIOT_TRACK_KEY_ROOM(key_size) (((size_t)(key_size) + 4 + 7) / 8 * 8) /* with two sizes in front */

/* Copied by zjiot_track_init. */
struct zjiot_track_config {
    uint32_t capacity; /* requests at a time, open and remembered: 1..ZJIOT_TRACK_CAPACITY_MAX */
    uint32_t key_size; /* longest key, its three parts together, in bytes: 1..ZJIOT_TRACK_KEY_MAX */
    uint32_t contents; /* of how many answers of a request the content is remembered: 0..ZJIOT_TRACK_CONTENTS_MAX */
    uint64_t remember; /* ms from a request's end until it is forgotten; 0: at once */
    uint8_t seed[ZJIOT_TRACK_SEED_SIZE]; /* random and secret, else a peer can choose keys that make the table slow */
};

/* The counts are for reading at any time, the other members are the table's own. */
struct zjiot_track {
    uint32_t open;       /* requests that wait, accepted ones among them */
    uint32_t overdue;    /* requests whose deadline passed and that zjiot_track_expire has not returned yet */
    uint32_t remembered; /* answered and lapsed */
    uint64_t forgotten;  /* since init: remembered requests that had to make room before their time */

    struct zjiot_track_config config;
    uint64_t now;
    uint32_t turn;
    uint32_t free_first;
    size_t stride;
    uint8_t *entries;
    uint8_t *packed;             /* room for the key of the message at hand */
    struct zj_track_slot *slots; /* the open requests as a heap, the next deadline first */
    uint32_t *places;            /* of the open requests in the heap */
    struct zj_track_link *links[2];
    uint32_t *buckets[2];
    uint32_t overdue_first, overdue_last;
    uint32_t remembered_first, remembered_last;
};

/* Prepares an empty table in `size` bytes at `storage`, which has to be aligned as a uint64_t is and to outlive the
 * table; ZJIOT_TRACK_SIZE says how many. Nothing is to be released at the end. Returns 0. ARG: a member of `config` is
 * out of its range, or `storage` is not aligned; SPACE: `need` bytes are needed. */
ZJIOT_API int zjiot_track_init(struct zjiot_track *table, const struct zjiot_track_config *config, void *storage,
                               size_t size, struct zjiot_error *reterr_error);

/* What a request and its replies have in common. The parts are bytes, compared byte for byte, and only need to live
 * during the call; NULL with size 0 where there is none. A reply whose key is longer than key_size is FOREIGN.
 *
 *                scope                 command     id
 *     zhenjiang  device                command     serial_id; absent in some replies
 *     nb         SN; none: all         -           EXTRA
 *     hy         gateway               msg_id      meter, function, DI; absent in the "accepted" that comes first
 *     m4g        connection            cmd         packnum, else none: matched by order
 *     byd        device                -           transaction_id; not unique
 *
 * Two open requests may have the same key: the one opened first is answered first. */
struct zjiot_track_key {
    const void *scope; /* who is asked */
    size_t scope_size;
    const void *command; /* for what */
    size_t command_size;
    const void *id; /* which of several; size 0: the request, or the reply, has none */
    size_t id_size;
};

struct zjiot_track_request {
    struct zjiot_track_key key;
    uint64_t deadline; /* ms; an answer at this time is late; ZJIOT_TRACK_NEVER */
    uint64_t user;     /* the caller's, given back with everything about this request until it is forgotten */
    uint32_t answers;  /* 1 and more: the request ends with that many; ZJIOT_TRACK_MANY: with zjiot_track_close */
    bool two_stage;    /* the peer says "accepted" before it answers */
};

/* Enters a request: before it is sent, so that no reply can overtake it. *ret_handle names it in later calls and
 * is never 0. When the table is full, the request that has been remembered longest is forgotten. Returns 0. ARG:
 * answers is 0; LENGTH: the key is longer than key_size; SPACE: every entry is open or overdue. After an error the
 * table is as it was. */
ZJIOT_API int zjiot_track_open(struct zjiot_track *table, uint64_t now, const struct zjiot_track_request *request,
                               uint64_t *ret_handle, struct zjiot_error *reterr_error);

enum zjiot_track_verdict {
    ZJIOT_TRACK_FOREIGN,   /* no request that the table knows of */
    ZJIOT_TRACK_EXACT,     /* the key, with an id, is that of an open request */
    ZJIOT_TRACK_GUESSED,   /* an open request, found by order: the oldest that it can belong to */
    ZJIOT_TRACK_LATE,      /* a request that lapsed */
    ZJIOT_TRACK_DUPLICATE, /* a request that was answered before, or an answer that came before */
};

/* "EXACT" for ZJIOT_TRACK_EXACT; "?" for a number that is no verdict. Static text. */
ZJIOT_API const char *zjiot_track_verdict_name(int verdict);

/* When a reply may be matched by order. */
enum zjiot_track_guess {
    ZJIOT_TRACK_GUESS_NEVER,   /* a reply without the request's id is FOREIGN */
    ZJIOT_TRACK_GUESS_MISSING, /* when the reply has no id, or the request has none */
    ZJIOT_TRACK_GUESS_ALWAYS,  /* also when the id is none that was asked with: for peers that make it up (m4g) */
};

enum zjiot_track_kind {
    ZJIOT_TRACK_ANSWER,     /* done, or failed */
    ZJIOT_TRACK_ACCEPTANCE, /* an answer is to follow */
    ZJIOT_TRACK_REFUSAL,    /* comes in place of an acceptance or of further answers; none follows */
};

struct zjiot_track_reply {
    struct zjiot_track_key key;
    enum zjiot_track_guess guess;
    enum zjiot_track_kind kind;
    /* What tells this answer from others of its request, where the peer is known to repeat them (HY: the meter's
     * frame): an equal one among the last config.contents of them is a DUPLICATE. NULL: equal answers count each. Only
     * its hash is kept. */
    const void *content;
    size_t content_size;
};

/* What the table knows of a request. */
struct zjiot_track_state {
    uint64_t handle;
    uint64_t user;
    uint64_t opened;  /* when, ms */
    uint32_t answers; /* that came, this one and late ones included, duplicates not */
    bool accepted;
    bool open; /* it waits for more; false: it has ended */
};

struct zjiot_track_match {
    enum zjiot_track_verdict verdict;
    bool by_order; /* the id did not decide; always so when GUESSED, and possible when LATE or DUPLICATE */
    bool alone;    /* EXACT, GUESSED: no other open request could have been meant */
    struct zjiot_track_state request; /* as it is now; all zero when FOREIGN */
};

/* Finds the request that a message answers, and enters what it changes: an acceptance, an answer, the end after the
 * last one. Returns the verdict. The order of the search:
 *
 *   1. requests with the same key: those that were accepted, then the others (for an acceptance or a refusal the other
 *      way round), then lapsed, then answered ones;
 *   2. the same among requests of that scope and command without an id, or all of them: when the reply has no id or
 *      under GUESS_ALWAYS. Left out under GUESS_NEVER.
 *
 * Within each the oldest; of those that were answered, the latest. A late answer counts as one in time does: when it
 * was the last one, the next is a DUPLICATE. While a request of two stages has not been accepted, an answer whose
 * content the latest answered one had is that one's DUPLICATE. FOREIGN and DUPLICATE change nothing. */
ZJIOT_API enum zjiot_track_verdict zjiot_track_match(struct zjiot_track *table, uint64_t now,
                                                     const struct zjiot_track_reply *reply,
                                                     struct zjiot_track_match *ret_match);

/* When zjiot_track_expire has something to return: a time, which may be past, or ZJIOT_TRACK_NEVER. */
ZJIOT_API uint64_t zjiot_track_next_deadline(const struct zjiot_track *table);

/* Returns 1 and the next request whose deadline is `now` or earlier, each once, in the order in which the deadlines
 * passed and equal ones in that of opening; 0 when there is none. One that has got answers (state->answers) or was
 * accepted has not gone unheard. */
ZJIOT_API int zjiot_track_expire(struct zjiot_track *table, uint64_t now, struct zjiot_track_state *ret_state);

/* The three calls below return 0, or UNKNOWN when the handle's request has ended or is forgotten. */

/* The last answer has come: what follows is DUPLICATE. */
ZJIOT_API int zjiot_track_close(struct zjiot_track *table, uint64_t now, uint64_t handle);

/* The caller waits no longer, or could not send: what follows is LATE. zjiot_track_expire does not return it. */
ZJIOT_API int zjiot_track_cancel(struct zjiot_track *table, uint64_t now, uint64_t handle);

/* Gives an open request another deadline, earlier or later. */
ZJIOT_API int zjiot_track_postpone(struct zjiot_track *table, uint64_t now, uint64_t handle, uint64_t deadline);

#ifdef __cplusplus
}
#endif
#endif
