/* For benchmarks over a broker: a mosquitto of our own on the loopback, and races by the clock on the wall. */
#ifndef BENCH_LIVE_H
#define BENCH_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench.h"

enum { LIVE_SKIPPED = 77 };

/* Starts the broker, which ends with the process. Its port; 0: there is no mosquitto. */
unsigned live_broker(void);

/* Sets TCP_NODELAY on all connections of this process to `port`, for bare paho, which forgets it. */
void live_no_delay(unsigned port);

_Noreturn void live_give_up(const char *why);

struct live_variant {
    const char *name;
    void (*run)(void);
    double count;      /* what one run does */
    double most_ratio; /* goal: time in times of the first one's; 0: none */
};

/* In a run: its time counts from here, not from its beginning. */
void live_start(void);

/* Prints a table; true when the goals are met. In each of BENCH_ROUNDS rounds every variant runs once, in turn from the
 * front and from the back; ratios are within a round. `bytes` is the size of what is counted. */
bool live_race(const char *title, const struct live_variant *variants, size_t count, size_t bytes);

#endif
