/* The limits of the request table, and peers that try to make it slow. */
#include <stdlib.h>

#include "track_table.h"

static void a_full_table_forgets_before_it_refuses(void **state) {
    (void)state;
    uint64_t handle = 42;
    open_one(0, "lamp", "getInfo", "answered", 100);
    open_one(0, "lamp", "getInfo", "later", 100);
    reply(1, "lamp", "getInfo", "answered");
    reply(2, "lamp", "getInfo", "later");
    for (int i = 0; i < CAPACITY - 1; i++)
        open_one(3, "lamp", "getInfo", "x", 100);
    assert_true(table.forgotten == 1 && table.open == CAPACITY - 1 && table.remembered == 1);
    assert_int_equal(reply(4, "lamp", "getInfo", "answered"), ZJIOT_TRACK_FOREIGN);
    assert_int_equal(reply(4, "lamp", "getInfo", "later"), ZJIOT_TRACK_DUPLICATE);
    open_one(5, "lamp", "getInfo", "x", 100);
    const struct zjiot_track_request more = request_of("lamp", "getInfo", "x", 200);
    assert_int_equal(zjiot_track_open(&table, 6, &more, &handle, &error), ZJIOT_SPACE);
    assert_true(handle == 42 && table.forgotten == 2);
    assert_int_equal(zjiot_track_open(&table, 100, &more, &handle, &error), ZJIOT_SPACE); /* nobody heard of them yet */
    assert_int_equal(table.overdue, CAPACITY);
    assert_int_equal(zjiot_track_expire(&table, 100, &expired), 1);
    assert_int_equal(zjiot_track_open(&table, 100, &more, &handle, &error), 0);
}

static void a_key_has_a_longest_length(void **state) {
    (void)state;
    char id[KEY_SIZE + 2];
    uint64_t handle = 42;
    memset(id, 'x', sizeof id);
    struct zjiot_track_request request = {{"lamp", 4, "get", 3, id, KEY_SIZE - 7}, 100, 0, 1, false};
    open_request(0, request);
    id[KEY_SIZE - 8] = 'y'; /* its last byte */
    request.key.id = id;
    open_request(0, request);
    const struct zjiot_track_reply last_byte = {.key = request.key};
    assert_int_equal(zjiot_track_match(&table, 1, &last_byte, &match), ZJIOT_TRACK_EXACT);
    assert_true(match.alone);
    request.key.id_size++;
    assert_int_equal(zjiot_track_open(&table, 0, &request, &handle, &error), ZJIOT_LENGTH);
    assert_string_equal(error.path, "key");
    const struct zjiot_track_reply longer = {.key = request.key, .guess = ZJIOT_TRACK_GUESS_ALWAYS};
    assert_int_equal(zjiot_track_match(&table, 1, &longer, &match), ZJIOT_TRACK_FOREIGN);
    request.key.scope_size = request.key.command_size = request.key.id_size = SIZE_MAX / 2 + 1; /* the sum wraps */
    assert_int_equal(zjiot_track_open(&table, 0, &request, &handle, &error), ZJIOT_LENGTH);
    request = request_of("lamp", "get", "1", 100);
    request.answers = 0;
    assert_int_equal(zjiot_track_open(&table, 0, &request, &handle, &error), ZJIOT_ARG);
    assert_int_equal(handle, 42);
}

static void init_says_what_is_wrong(void **state) {
    (void)state;
    static const struct {
        struct zjiot_track_config config;
        const char *path;
    } wrong[] = {
        {{.capacity = 0, .key_size = 1}, "capacity"},
        {{.capacity = ZJIOT_TRACK_CAPACITY_MAX + 1u, .key_size = 1}, "capacity"},
        {{.capacity = 1, .key_size = 0}, "key_size"},
        {{.capacity = 1, .key_size = ZJIOT_TRACK_KEY_MAX + 1}, "key_size"},
        {{.capacity = 1, .key_size = 1, .contents = ZJIOT_TRACK_CONTENTS_MAX + 1}, "contents"},
    };
    for (size_t i = 0; i < ZJ_COUNT(wrong); i++) {
        assert_int_equal(zjiot_track_init(&table, &wrong[i].config, storage, sizeof storage, &error), ZJIOT_ARG);
        assert_string_equal(error.path, wrong[i].path);
    }
    const struct zjiot_track_config config = {.capacity = 2, .key_size = 9};
    assert_int_equal(zjiot_track_init(&table, &config, (char *)storage + 1, 4096, &error), ZJIOT_ARG);
    assert_int_equal(zjiot_track_init(&table, &config, storage, ZJIOT_TRACK_SIZE(2, 9, 0) - 1, &error), ZJIOT_SPACE);
    assert_int_equal(error.need, ZJIOT_TRACK_SIZE(2, 9, 0));
    const struct zjiot_track_config most = {
        ZJIOT_TRACK_CAPACITY_MAX, ZJIOT_TRACK_KEY_MAX, ZJIOT_TRACK_CONTENTS_MAX, 0, {0}};
    assert_int_equal(zjiot_track_init(&table, &most, storage, sizeof storage, &error), ZJIOT_SPACE);
}

/* Just the bytes that ZJIOT_TRACK_SIZE names, from the heap so that a sanitizer sees their end, with old contents. */
static void the_storage_suffices(void **state) {
    (void)state;
    for (uint32_t key_size = 1; key_size < 24; key_size++) {
        const struct zjiot_track_config config = {3, key_size, 2, REMEMBER, {0}};
        const size_t size = ZJIOT_TRACK_SIZE(3, key_size, 2);
        void *exact = malloc(size);
        assert_non_null(exact);
        memset(exact, 0xff, size);
        assert_int_equal(zjiot_track_init(&table, &config, exact, size, &error), 0);
        for (uint64_t now = 0; now < 20; now++) {
            const char id[24] = {(char)now};
            const struct zjiot_track_request request = {{NULL, 0, NULL, 0, id, key_size}, now + 100, now, 2, false};
            open_request(now, request);
            struct zjiot_track_reply answer = {.key = request.key, .content = "a", .content_size = 1};
            assert_int_equal(zjiot_track_match(&table, now, &answer, &match), ZJIOT_TRACK_EXACT);
            answer.content = "b";
            assert_int_equal(zjiot_track_match(&table, now, &answer, &match), ZJIOT_TRACK_EXACT);
            assert_int_equal(match.request.user, now);
        }
        free(exact);
    }
}

/* --- Peers that mean it ill --- */

enum { CROWD = 10000, COLLIDING = 500, BUCKETS = 1024 };

/* The longest chain of a bucket, in heads. */
static size_t longest_chain(const struct zjiot_track *crowd) {
    size_t longest = 0;
    for (uint32_t bucket = 0; bucket < crowd->config.capacity; bucket++) {
        size_t length = 0;
        for (uint32_t head = crowd->buckets[ZJ_TRACK_BY_KEY][bucket]; head != ZJ_TRACK_NONE;
             head = crowd->links[ZJ_TRACK_BY_KEY][head].chain)
            length++;
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* Opens requests whose ids were chosen to meet in bucket 0 of a table with seed `known`, in one with seed `used`. */
static size_t chain_of_chosen_ids(uint8_t known, uint8_t used) {
    static uint64_t room[ZJIOT_TRACK_SIZE(BUCKETS, 16, 0) / 8];
    static struct zjiot_track probe;
    struct zjiot_track_config config = {BUCKETS, 16, 0, 0, {known}};
    uint64_t ids[COLLIDING];
    uint64_t handle;
    assert_int_equal(zjiot_track_init(&probe, &config, room, sizeof room, &error), 0);
    for (size_t count = 0, id = 1; count < COLLIDING; id++) {
        const struct zjiot_track_request request = {{"l", 1, NULL, 0, &id, sizeof id}, ZJIOT_TRACK_NEVER, id, 1, false};
        assert_int_equal(zjiot_track_open(&probe, id, &request, &handle, &error), 0);
        if (probe.buckets[ZJ_TRACK_BY_KEY][0] != ZJ_TRACK_NONE)
            ids[count++] = id;
        assert_int_equal(zjiot_track_cancel(&probe, id, handle), 0);
    }
    config.seed[0] = used;
    assert_int_equal(zjiot_track_init(&probe, &config, room, sizeof room, &error), 0);
    for (size_t i = 0; i < COLLIDING; i++) {
        const struct zjiot_track_request request = {{"l", 1, NULL, 0, &ids[i], sizeof ids[i]}, 10, 0, 1, false};
        assert_int_equal(zjiot_track_open(&probe, 0, &request, &handle, &error), 0);
    }
    return longest_chain(&probe);
}

/* With the seed, keys that collide are found in no time; they are worth nothing against a table with another one. */
static void who_does_not_know_the_seed_finds_no_collisions(void **state) {
    (void)state;
    assert_int_equal(chain_of_chosen_ids(1, 1), COLLIDING);
    assert_true(chain_of_chosen_ids(1, 2) < 12); /* balls into bins: 6 or 7 is usual, 12 next to impossible */
}

static void a_crowd_of_equal_keys(void **state) {
    (void)state;
    struct zjiot_track_config config = {CROWD, 32, 0, REMEMBER, {9}};
    const size_t size = ZJIOT_TRACK_SIZE(CROWD, 32, 0);
    void *room = malloc(size);
    assert_non_null(room);
    assert_int_equal(zjiot_track_init(&table, &config, room, size, &error), 0);
    for (uint64_t i = 0; i < CROWD; i++) {
        const struct zjiot_track_request request = {key_of("c", "info", "0"), 10 + i, i, 1, false};
        open_request(0, request);
    }
    assert_int_equal(longest_chain(&table), 1); /* one ring, not ten thousand in a row */
    for (uint64_t i = 0; i < CROWD / 2; i++) {
        assert_int_equal(reply(1, "c", "info", i % 2 ? "0" : NULL), i % 2 ? ZJIOT_TRACK_EXACT : ZJIOT_TRACK_GUESSED);
        assert_true(match.request.user == i);
    }
    for (uint64_t i = CROWD / 2; i < CROWD; i++) {
        assert_int_equal(zjiot_track_expire(&table, 10 + CROWD, &expired), 1);
        assert_true(expired.user == i);
    }
    assert_int_equal(table.remembered, CROWD / 2); /* the answered half is forgotten */
    assert_int_equal(reply(20 + CROWD, "c", "info", "0"), ZJIOT_TRACK_LATE);
    free(room);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_full_table_forgets_before_it_refuses),
        CASE(a_key_has_a_longest_length),
        CASE(init_says_what_is_wrong),
        CASE(the_storage_suffices),
        CASE(who_does_not_know_the_seed_finds_no_collisions),
        CASE(a_crowd_of_equal_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
