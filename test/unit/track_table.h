/* What the unit tests of the request table share: an empty table before each test, and requests and replies of one line
 * each. */
#ifndef TRACK_TABLE_H
#define TRACK_TABLE_H

#include <string.h>

#include "unit.h"

#include "track/track.h"

enum { CAPACITY = 8, KEY_SIZE = 64, CONTENTS = 4, REMEMBER = 1000 };

static uint64_t storage[ZJIOT_TRACK_SIZE(CAPACITY, KEY_SIZE, CONTENTS) / 8 + 1];
static struct zjiot_track table;
static struct zjiot_track_match match;
static struct zjiot_track_state expired;
static struct zjiot_error error;

static inline int empty_table(void **state) {
    (void)state;
    const struct zjiot_track_config config = {CAPACITY, KEY_SIZE, CONTENTS, REMEMBER, {1, 2, 3}};
    return zjiot_track_init(&table, &config, storage, sizeof storage, NULL);
}

/* NULL: there is none. */
static inline struct zjiot_track_key key_of(const char *scope, const char *command, const char *id) {
    return (struct zjiot_track_key){
        scope, scope ? strlen(scope) : 0, command, command ? strlen(command) : 0, id, id ? strlen(id) : 0,
    };
}

static inline struct zjiot_track_request request_of(const char *scope, const char *command, const char *id,
                                                    uint64_t deadline) {
    static uint64_t user = 100;
    return (struct zjiot_track_request){key_of(scope, command, id), deadline, user++, 1, false};
}

static inline uint64_t open_request(uint64_t now, struct zjiot_track_request request) {
    uint64_t handle = 0;
    assert_int_equal(zjiot_track_open(&table, now, &request, &handle, &error), 0);
    assert_true(handle != 0);
    return handle;
}

static inline uint64_t open_one(uint64_t now, const char *scope, const char *command, const char *id,
                                uint64_t deadline) {
    return open_request(now, request_of(scope, command, id, deadline));
}

static inline enum zjiot_track_verdict reply(uint64_t now, const char *scope, const char *command, const char *id) {
    const struct zjiot_track_reply answer = {.key = key_of(scope, command, id), .guess = ZJIOT_TRACK_GUESS_MISSING};
    return zjiot_track_match(&table, now, &answer, &match);
}

#define CASE(function) cmocka_unit_test_setup(function, empty_table)

#endif
