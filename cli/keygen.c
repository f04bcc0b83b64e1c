/* New keys, for trying out. What has no file goes to stdout, as openssl does it; a file is never overwritten. */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "keygen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "amount.h"
#include "commands.h"
#include "output.h"
#include "suggest.h"
#include "zjiot/crypto.h"

static const struct {
    const char *name;
    enum zjiot_key_kind kind;
    unsigned bits; /* unless --bits says it */
} kinds[] = {{"sm2", ZJIOT_KEY_SM2, 0}, {"rsa", ZJIOT_KEY_RSA, ZJIOT_RSA_BITS_SAFE}};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Where the two halves go. */
static const struct {
    enum option_id option;
    mode_t mode;
    bool is_private;
} halves[] = {
    {OPTION_NEW_PRIVATE_KEY, S_IRUSR | S_IWUSR, true},
    {OPTION_NEW_PUBLIC_KEY, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH, false},
};

enum { HALVES = sizeof halves / sizeof halves[0] };

const char *keygen_kind(size_t index) {
    return index < KINDS ? kinds[index].name : NULL;
}

/* --- What is asked for --- */

static bool find_kind(const struct invocation *invocation, size_t *ret_index) {
    const char *word = invocation->operand_count > 0 ? invocation->operands[0] : "";
    struct suggestion suggestion;
    char hint[96];
    suggest_start(&suggestion, word);
    for (size_t i = 0; i < KINDS && invocation->operand_count == 1; i++) {
        if (strcmp(kinds[i].name, word) == 0) {
            *ret_index = i;
            return true;
        }
        suggest_offer(&suggestion, kinds[i].name);
    }
    if (invocation->operand_count != 1)
        complain("which kind of key? sm2 or rsa");
    else
        complain("there are no '%s' keys%s; there is sm2, rsa", word, suggest_text(&suggestion, hint, sizeof hint));
    return false;
}

static bool find_bits(const struct invocation *invocation, unsigned *bits) {
    const char *text = invocation->value[OPTION_BITS];
    if (text == NULL)
        return true;
    unsigned long number;
    if (!amount_number(text, 99999, &number)) {
        complain("--bits: '%s' is no number of bits", text);
        return false;
    }
    *bits = (unsigned)number;
    return true;
}

/* Before the work: RSA may take a minute. The file is made in a way that would notice, too. */
static bool are_free(const struct invocation *invocation) {
    for (size_t i = 0; i < HALVES; i++) {
        const char *path = invocation->value[halves[i].option];
        struct stat about;
        if (path != NULL && lstat(path, &about) == 0) {
            complain("%s: %s; it is not overwritten", path, strerror(EEXIST));
            return false;
        }
    }
    return true;
}

/* --- The key --- */

/* As the library does it; but a signal may end the search for primes. */
static int draw(void *context, uint8_t *bytes, size_t size) {
    (void)context;
    while (size > 0) {
        output_idle();
        const ssize_t count = getrandom(bytes, size, 0);
        if (count < 0 && errno != EINTR)
            return -1;
        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        }
    }
    return 0;
}

static int generate(size_t kind, unsigned bits, struct zjiot_key *ret_key) {
    const struct zjiot_random random = {.fill = draw};
    struct zjiot_error error;
    const int code = zjiot_key_generate(ret_key, kinds[kind].kind, bits, &random, &error);
    if (code == 0 && kinds[kind].kind == ZJIOT_KEY_RSA && bits < ZJIOT_RSA_BITS_SAFE)
        complain("note: RSA below %d bits is not safe any more", (int)ZJIOT_RSA_BITS_SAFE);
    if (code == 0)
        return EXIT_OK;
    if (code == ZJIOT_ARG)
        complain("--bits: %s; RSA has %d to %d, an even number, and SM2 256", error.text, (int)ZJIOT_RSA_BITS_MADE,
                 (int)ZJIOT_RSA_BITS_MAX);
    else
        complain("%s", error.text);
    return code == ZJIOT_ARG || code == ZJIOT_UNKNOWN ? EXIT_USAGE : EXIT_INTERNAL;
}

/* --- Its files --- */

static bool write_all(int descriptor, const char *text, size_t size) {
    while (size > 0) {
        const ssize_t count = write(descriptor, text, size);
        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0) {
            text += count;
            size -= (size_t)count;
        }
    }
    return true;
}

static bool write_file(const char *path, mode_t mode, const char *text, size_t size) {
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    const bool is_made = descriptor >= 0;
    bool is_written = is_made && write_all(descriptor, text, size);
    int error = errno;
    if (is_made && close(descriptor) != 0 && is_written) {
        error = errno;
        is_written = false;
    }
    if (is_written)
        return true;
    if (is_made)
        unlink(path);
    complain("%s: %s", path, strerror(error));
    return false;
}

static int put_half(const struct invocation *invocation, size_t half, struct zjiot_key *key) {
    char text[ZJIOT_KEY_PEM_MAX];
    struct zjiot_error error;
    const char *path = invocation->value[halves[half].option];
    const int64_t size = zjiot_key_write(key, halves[half].is_private, text, sizeof text, &error);
    int code = EXIT_OK;
    if (size < 0) {
        complain("%s", error.text);
        code = EXIT_INTERNAL;
    } else if (path == NULL) {
        fwrite(text, 1, (size_t)size, stdout);
    } else if (!write_file(path, halves[half].mode, text, (size_t)size)) {
        code = EXIT_CONFIG;
    }
    explicit_bzero(text, sizeof text);
    return code;
}

int run_keygen(const struct invocation *invocation) {
    struct zjiot_key key;
    size_t kind;
    if (!find_kind(invocation, &kind))
        return EXIT_USAGE;
    unsigned bits = kinds[kind].bits;
    if (!find_bits(invocation, &bits))
        return EXIT_USAGE;
    if (!are_free(invocation))
        return EXIT_CONFIG;
    int code = generate(kind, bits, &key);
    if (code != EXIT_OK)
        return code;
    setvbuf(stdout, NULL, _IONBF, 0); /* no copy of the key stays in a buffer */
    size_t half = 0;
    while (half < HALVES && (code = put_half(invocation, half, &key)) == EXIT_OK)
        half++;
    /* Half a pair is of no use. */
    for (; code != EXIT_OK && half > 0; half--) {
        if (invocation->value[halves[half - 1].option] != NULL)
            unlink(invocation->value[halves[half - 1].option]);
    }
    zjiot_key_free(&key);
    return code;
}
