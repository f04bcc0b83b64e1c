/* Reading 64 KiB of hex text, in times of a memcpy of 64 KiB. */
#include <string.h>

#include "bench.h"

#include "base/base.h"
#include "zjiot/hex.h"

enum { TEXT_SIZE = 64 * 1024, BYTES = TEXT_SIZE / 2, SPACED = BYTES * 3 };

static char text[TEXT_SIZE + 1];
static char spaced[SPACED]; /* ff fe 05 */
static char copy[TEXT_SIZE];
static uint8_t bytes[BYTES];
static uint8_t out[BYTES];

static void run_memcpy(void *argument) {
    memcpy(argument, text, TEXT_SIZE);
}

static void run_read(void *argument) {
    (void)argument;
    zjiot_hex_read(text, TEXT_SIZE, out, sizeof(out), NULL);
}

static void run_scalar(void *argument) {
    (void)argument;
    zj_hex_read_scalar(text, TEXT_SIZE, out, sizeof(out), NULL);
}

static void run_spaced(void *argument) {
    (void)argument;
    zjiot_hex_read(spaced, SPACED, out, sizeof(out), NULL);
}

static void run_write(void *argument) {
    (void)argument;
    zjiot_hex_write(bytes, BYTES, text);
}

static void make_texts(void) {
    bench_fill(bytes, BYTES);
    zjiot_hex_write(bytes, BYTES, text);
    for (size_t i = 0; i < BYTES; i++) {
        memcpy(spaced + 3 * i, text + 2 * i, 2);
        spaced[3 * i + 2] = ' ';
    }
}

int main(void) {
    static const struct bench table[] = {
        {.name = "memcpy", .run = run_memcpy, .argument = copy, .bytes = TEXT_SIZE},
        {.name = "zjiot_hex_read", .run = run_read, .bytes = TEXT_SIZE, .most_ratio = 8, .least_gbytes = 8},
        {.name = "scalar", .run = run_scalar, .bytes = TEXT_SIZE},
        {.name = "with blanks, 96 KiB", .run = run_spaced, .bytes = SPACED},
        {.name = "zjiot_hex_write", .run = run_write, .bytes = TEXT_SIZE},
    };
    make_texts();
    if (!bench_gives(run_read, out, bytes, BYTES) || !bench_gives(run_scalar, out, bytes, BYTES) ||
        !bench_gives(run_spaced, out, bytes, BYTES)) {
        fprintf(stderr, "the variants differ\n");
        return 2;
    }
    return bench_run("hex text, 64 KiB", table, ZJ_COUNT(table)) ? 0 : 1;
}
