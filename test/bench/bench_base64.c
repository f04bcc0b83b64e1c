/* Reading base64 text, next to mbedTLS. */
#include <string.h>

#include <mbedtls/base64.h>

#include "bench.h"

#include "base/base.h"
#include "zjiot/hex.h"

enum { BYTES = 48 * 1024, TEXT_SIZE = ZJIOT_BASE64_SIZE(BYTES) };

static char text[TEXT_SIZE];
static char written[TEXT_SIZE];
static uint8_t bytes[BYTES];
static uint8_t out[BYTES + 3];

static void run_mbedtls(void *argument) {
    size_t size;
    (void)argument;
    mbedtls_base64_decode(out, sizeof(out), &size, (const unsigned char *)text, TEXT_SIZE);
}

static void run_strict(void *argument) {
    (void)argument;
    zjiot_base64_read(text, TEXT_SIZE, false, out, sizeof(out), NULL, NULL);
}

static void run_lenient(void *argument) {
    (void)argument;
    zjiot_base64_read(text, TEXT_SIZE, true, out, sizeof(out), NULL, NULL);
}

static void run_write(void *argument) {
    (void)argument;
    zjiot_base64_write(bytes, BYTES, written, TEXT_SIZE, NULL);
}

int main(void) {
    static const struct bench table[] = {
        {.name = "mbedtls_base64_decode", .run = run_mbedtls, .bytes = TEXT_SIZE},
        {.name = "zjiot_base64_read", .run = run_strict, .bytes = TEXT_SIZE, .most_ratio = 0.125},
        {.name = "lenient", .run = run_lenient, .bytes = TEXT_SIZE, .most_ratio = 0.125},
        {.name = "zjiot_base64_write", .run = run_write, .bytes = TEXT_SIZE},
    };
    bench_fill(bytes, BYTES);
    zjiot_base64_write(bytes, BYTES, text, TEXT_SIZE, NULL);
    if (!bench_gives(run_mbedtls, out, bytes, BYTES) || !bench_gives(run_strict, out, bytes, BYTES) ||
        !bench_gives(run_lenient, out, bytes, BYTES)) {
        fprintf(stderr, "the variants differ\n");
        return 2;
    }
    return bench_run("base64 text, 64 KiB", table, ZJ_COUNT(table)) ? 0 : 1;
}
