/* Hex text from any bytes: both paths of the reader agree, and what was read comes back through the writer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "zjiot/hex.h"

static void require(bool condition) {
    if (!condition)
        abort();
}

/* A block of its own for each text and result, so that a sanitizer sees one byte too many. */
static void *block(size_t size) {
    void *memory = malloc(size > 0 ? size : 1);
    require(memory != NULL);
    return memory;
}

static void check_paths(const char *text, size_t size, size_t capacity) {
    struct zjiot_error fast_error = {0}, plain_error = {0};
    uint8_t *fast = block(capacity), *plain = block(capacity);
    const int64_t count = zjiot_hex_read(text, size, fast, capacity, &fast_error);
    require(zj_hex_read_scalar(text, size, plain, capacity, &plain_error) == count);
    require(fast_error.code == plain_error.code && fast_error.offset == plain_error.offset);
    require(fast_error.need == plain_error.need && strcmp(fast_error.text, plain_error.text) == 0);
    require(fast_error.offset <= size);
    require(count < 0 || ((size_t)count <= capacity && memcmp(fast, plain, (size_t)count) == 0));
    free(fast);
    free(plain);
}

static void check_return(const uint8_t *bytes, size_t count) {
    char *text = block(2 * count + 1);
    uint8_t *again = block(count);
    require(zjiot_hex_write(bytes, count, text) == 2 * count);
    require(zjiot_hex_read(text, 2 * count, again, count, NULL) == (int64_t)count);
    require(memcmp(again, bytes, count) == 0);
    free(text);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    uint8_t *memory = block(size);
    memcpy(memory, data, size);
    const int64_t count = zjiot_hex_read((const char *)memory, size, memory, size, NULL); /* in place */
    if (count >= 0) {
        uint8_t *bytes = block((size_t)count);
        require(zjiot_hex_read(text, size, bytes, (size_t)count, NULL) == count);
        require(memcmp(bytes, memory, (size_t)count) == 0);
        check_return(bytes, (size_t)count);
        free(bytes);
    }
    check_paths(text, size, size / 2);
    check_paths(text, size, size > 0 ? data[size - 1] % (size / 2 + 1) : 0);
    free(memory);
    return 0;
}
