/* Benchmarks with one method for all: the variants of a table run in one program and take turns, so that what disturbs
 * one disturbs the others too.
 *
 * Each variant is calibrated to 12..15 ms of thread time a slice. In each of 11 rounds every variant gets one slice,
 * in the order of the table or, every other round, against it. The ratio is taken within a round, to the first row.
 * Check that all variants give the same result before calling bench_run.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BENCH_ROUNDS = 11, BENCH_MOST_ROWS = 16 };

/* One variant. A goal of 0 is none; with both, both have to be met. */
struct bench {
    const char *name;
    void (*run)(void *argument);
    void *argument;
    size_t bytes;        /* that one call goes through */
    double most_ratio;   /* goal: time of a call in times of the first row's */
    double least_gbytes; /* goal: 10^9 bytes a second */
};

struct bench_figure {
    double low, median, high;
};

static inline double bench_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* ns that `calls` calls take in all. */
static inline double bench_slice(const struct bench *bench, uint64_t calls) {
    const double start = bench_now();
    for (uint64_t i = 0; i < calls; i++) {
        bench->run(bench->argument);
        __asm__ volatile("" : : "r"(bench->argument) : "memory"); /* what the call wrote there counts as used */
    }
    return bench_now() - start;
}

/* The number of calls that takes 12 to 15 ms; one where a single call takes longer. */
static inline uint64_t bench_calibrate(const struct bench *bench) {
    uint64_t calls = 1;
    for (int attempt = 0; attempt < 50; attempt++) {
        const double ns = bench_slice(bench, calls);
        if ((ns >= 12e6 && ns <= 15e6) || (calls == 1 && ns > 15e6))
            break;
        const double factor = ns < 1e5 ? 10 : 13.5e6 / ns;
        calls = (uint64_t)((double)calls * factor) + 1;
    }
    return calls;
}

/* Bytes without a pattern, the same every time. */
static inline void bench_fill(uint8_t *bytes, size_t size) {
    uint32_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(state >> 24);
    }
}

/* Whether a variant without argument leaves these bytes in `out`. */
static inline bool bench_gives(void (*run)(void *argument), uint8_t *out, const uint8_t *bytes, size_t size) {
    memset(out, 0, size);
    run(NULL);
    return memcmp(out, bytes, size) == 0;
}

static inline int bench_compare(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static inline struct bench_figure bench_sum_up(double values[BENCH_ROUNDS]) {
    qsort(values, BENCH_ROUNDS, sizeof(values[0]), bench_compare);
    return (struct bench_figure){values[0], values[BENCH_ROUNDS / 2], values[BENCH_ROUNDS - 1]};
}

/* Prints one row; true when its goals are met. */
static inline bool bench_print(const struct bench *bench, struct bench_figure ns, struct bench_figure ratio) {
    const double gbytes = (double)bench->bytes / ns.median;
    const bool is_met = (bench->most_ratio <= 0 || ratio.median <= bench->most_ratio) && gbytes >= bench->least_gbytes;
    printf("%-24s %10.1f %10.1f..%-10.1f %7.2f %7.3f %6.3f..%-6.3f", bench->name, ns.median, ns.low, ns.high, gbytes,
           ratio.median, ratio.low, ratio.high);
    if (bench->most_ratio > 0)
        printf("  ratio <= %g", bench->most_ratio);
    if (bench->least_gbytes > 0)
        printf("  GB/s >= %g", bench->least_gbytes);
    if (bench->most_ratio > 0 || bench->least_gbytes > 0)
        printf("  %s", is_met ? "pass" : "short");
    printf("\n");
    return is_met;
}

/* The nanoseconds a call of each row takes in every round, and their ratios to those of the first row. The rows take
 * turns, and every second round goes backwards. */
static inline void bench_rounds(const struct bench *table, const uint64_t *calls, size_t count,
                                double ns[][BENCH_ROUNDS], double ratio[][BENCH_ROUNDS]) {
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        for (size_t turn = 0; turn < count; turn++) {
            const size_t i = round % 2 ? count - 1 - turn : turn;
            ns[i][round] = bench_slice(&table[i], calls[i]) / (double)calls[i];
        }
        for (size_t i = 0; i < count; i++)
            ratio[i][round] = ns[i][round] / ns[0][round];
    }
}

/* Runs and prints a table of 1 to BENCH_MOST_ROWS rows; true when all goals are met. */
static inline bool bench_run(const char *title, const struct bench *table, size_t count) {
    uint64_t calls[BENCH_MOST_ROWS];
    double ns[BENCH_MOST_ROWS][BENCH_ROUNDS], ratio[BENCH_MOST_ROWS][BENCH_ROUNDS];
    bool is_met = true;
    for (size_t i = 0; i < count; i++)
        calls[i] = bench_calibrate(&table[i]);
    bench_rounds(table, calls, count, ns, ratio);
    printf("%s\n%-24s %10s %10s..%-10s %7s %7s %6s..%-6s  %s\n", title, "", "ns", "min", "max", "GB/s", "ratio", "min",
           "max", "goal");
    for (size_t i = 0; i < count; i++)
        is_met &= bench_print(&table[i], bench_sum_up(ns[i]), bench_sum_up(ratio[i]));
    return is_met;
}

#endif
