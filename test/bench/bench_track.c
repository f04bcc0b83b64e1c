/* One request opened and one reply matched, with ever more requests open: the cost should stay nearly the same.
 *
 * Each call answers one of the open requests, by chance or the oldest, and opens a new one in its place; half as many
 * as are open are remembered. What grows with the number is the memory gone through: about 380 bytes an open request.
 */
#include "bench.h"

#include "base/base.h"
#include "zjiot/hex.h"
#include "zjiot/track.h"

enum { MOST = 50000, DEVICES = 1000, KEY_SIZE = 64, ID_SIZE = 16, DEADLINE = 1000 * 1000 * 1000 };

struct crowd {
    struct zjiot_track table;
    uint32_t *serials; /* of the open requests */
    uint32_t count;
    uint32_t serial; /* of the next one */
    uint64_t now;
    uint64_t random;
    bool with_id;
    uint64_t wrong; /* replies that did not find their request */
};

/* Device, command and serial_id as Zhenjiang has them; `text` keeps the parts that change. */
static struct zjiot_track_key key_of(uint32_t serial, bool with_id, char text[2][ID_SIZE + 1]) {
    const uint32_t device = serial % DEVICES;
    uint8_t bytes[ID_SIZE / 2] = {0};
    memcpy(bytes, &device, sizeof device);
    zjiot_hex_write(bytes, sizeof bytes, text[0]);
    memcpy(bytes + 4, &serial, sizeof serial);
    zjiot_hex_write(bytes, sizeof bytes, text[1]);
    return (struct zjiot_track_key){text[0], ID_SIZE, "getRuntime", 10, text[1], with_id ? ID_SIZE : 0};
}

static void open_next(struct crowd *crowd, uint32_t place) {
    char text[2][ID_SIZE + 1];
    uint64_t handle;
    const struct zjiot_track_request request = {
        .key = key_of(crowd->serial, true, text),
        .deadline = crowd->now + DEADLINE,
        .user = crowd->serial,
        .answers = 1,
    };
    if (zjiot_track_open(&crowd->table, crowd->now, &request, &handle, NULL) != 0)
        crowd->wrong++;
    crowd->serials[place] = crowd->serial++;
}

static void run_pair(void *argument) {
    struct crowd *crowd = argument;
    char text[2][ID_SIZE + 1];
    struct zjiot_track_match match;
    crowd->random ^= crowd->random << 13;
    crowd->random ^= crowd->random >> 7;
    crowd->random ^= crowd->random << 17;
    crowd->now++;
    /* Without an id the oldest of the device is found: that is the one opened `count` calls ago. */
    const uint32_t place = (uint32_t)(crowd->with_id ? crowd->random % crowd->count : crowd->serial % crowd->count);
    const struct zjiot_track_reply reply = {
        .key = key_of(crowd->serials[place], crowd->with_id, text),
        .guess = ZJIOT_TRACK_GUESS_MISSING,
    };
    zjiot_track_match(&crowd->table, crowd->now, &reply, &match);
    if (match.request.user != crowd->serials[place] || match.by_order == crowd->with_id || match.request.open)
        crowd->wrong++;
    open_next(crowd, place);
}

static void fill(struct crowd *crowd, uint32_t count, bool with_id) {
    const struct zjiot_track_config config = {
        .capacity = 2 * count, .key_size = KEY_SIZE, .remember = count / 2, .seed = {1, 2, 3}};
    const size_t size = ZJIOT_TRACK_SIZE(2 * (size_t)count, KEY_SIZE, 0);
    void *storage = malloc(size);
    *crowd = (struct crowd){.count = count, .random = 1, .with_id = with_id};
    crowd->serials = malloc(count * sizeof *crowd->serials);
    if (!storage || !crowd->serials || zjiot_track_init(&crowd->table, &config, storage, size, NULL) != 0) {
        fprintf(stderr, "no table of %u\n", count);
        exit(2);
    }
    for (uint32_t place = 0; place < count; place++)
        open_next(crowd, place);
}

int main(void) {
    static struct crowd crowds[6];
    static const struct bench table[] = {
        {.name = "100 open", .run = run_pair, .argument = &crowds[0]},
        {.name = "10,000 open", .run = run_pair, .argument = &crowds[1], .most_ratio = 3},
        {.name = "50,000 open", .run = run_pair, .argument = &crowds[2], .most_ratio = 5},
        {.name = "100 open, no id", .run = run_pair, .argument = &crowds[3]},
        {.name = "10,000 open, no id", .run = run_pair, .argument = &crowds[4], .most_ratio = 3},
        {.name = "50,000 open, no id", .run = run_pair, .argument = &crowds[5], .most_ratio = 5},
    };
    static const uint32_t counts[] = {100, 10000, MOST};
    for (size_t i = 0; i < ZJ_COUNT(crowds); i++)
        fill(&crowds[i], counts[i % ZJ_COUNT(counts)], i < ZJ_COUNT(counts));
    const bool is_met = bench_run("a request opened and one answered", table, ZJ_COUNT(table));
    for (size_t i = 0; i < ZJ_COUNT(crowds); i++) {
        if (crowds[i].wrong > 0) {
            fprintf(stderr, "%s: %llu replies went wrong\n", table[i].name, (unsigned long long)crowds[i].wrong);
            return 2;
        }
    }
    return is_met ? 0 : 1;
}
