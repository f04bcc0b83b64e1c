/* Runs a fuzz target over its corpus and over changed copies of each input, the same ones in every run: so every
 * finding of the past is an ordinary test, and gcc has some fuzzing too.
 *
 *   replay_NAME FILE|FOLDER...
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGED_COPIES = 300, MOST_CHANGES = 4, MOST_GROWTH = 16 };

static void die(const char *path) {
    perror(path);
    exit(2);
}

static void *block(size_t size) {
    void *memory = malloc(size > 0 ? size : 1);
    if (memory == NULL)
        die("malloc");
    return memory;
}

/* The input lies in a block of just its size, so that a sanitizer sees a read past its end. */
static void run(const uint8_t *data, size_t size) {
    uint8_t *copy = block(size);
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* xorshift64 */
static uint64_t random_bits(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Makes one change to `data`, which has room for MOST_GROWTH bytes more; returns the new size. */
static size_t change(uint8_t *data, size_t size, uint64_t *state) {
    const size_t at = random_bits(state) % (size + 1);
    const size_t rest = size - at;
    size_t count = 1 + random_bits(state) % MOST_GROWTH;
    switch (random_bits(state) % 5) {
    case 0: /* a piece comes twice */
        if (count > rest)
            count = rest;
        memmove(data + at + count, data + at, rest);
        return size + count;
    case 1: /* a piece is missing */
        if (count > rest)
            count = rest;
        memmove(data + at, data + at + count, rest - count);
        return size - count;
    case 2: /* the end is missing */
        return at;
    case 3: /* another bit */
        if (rest > 0)
            data[at] ^= (uint8_t)(1u << random_bits(state) % 8);
        return size;
    default: /* another byte, half of the time one from elsewhere */
        if (rest > 0)
            data[at] = random_bits(state) % 2 ? data[random_bits(state) % size] : (uint8_t)random_bits(state);
        return size;
    }
}

static void run_changed(const uint8_t *data, size_t size) {
    uint8_t *copy = block(size + (size_t)MOST_CHANGES * MOST_GROWTH);
    uint64_t state = 0x9e3779b97f4a7c15 ^ size;
    for (int i = 0; i < CHANGED_COPIES; i++) {
        size_t changed = size;
        memcpy(copy, data, size);
        for (uint64_t changes = 1 + random_bits(&state) % MOST_CHANGES; changes > 0; changes--)
            changed = change(copy, changed, &state);
        run(copy, changed);
    }
    free(copy);
}

static void replay(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        die(path);
    const long end = ftell(file);
    const size_t size = end > 0 ? (size_t)end : 0;
    uint8_t *data = block(size);
    rewind(file);
    if (fread(data, 1, size, file) != size)
        die(path);
    fclose(file);
    run(data, size);
    run_changed(data, size);
    free(data);
}

/* Returns the number of inputs below `path`, a folder or a file. */
static size_t walk(const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL) {
        replay(path);
        return 1;
    }
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        char *inner = block(strlen(path) + strlen(entry->d_name) + 2);
        sprintf(inner, "%s/%s", path, entry->d_name);
        count += walk(inner);
        free(inner);
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv) {
    size_t count = 0;
    for (int i = 1; i < argc; i++)
        count += walk(argv[i]);
    printf("%zu inputs, each with %d changed copies\n", count, CHANGED_COPIES);
    return count > 0 ? 0 : 2; /* a corpus that is not there is no success */
}
