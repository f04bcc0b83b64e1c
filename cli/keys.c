#define _DEFAULT_SOURCE /* explicit_bzero */
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "zjiot/zhenjiang.h"

enum {
    SCRATCH_LIMIT = 1 << 28,
    KEY_DIGITS = 64, /* the shortest key there is, SM2's in hex */
};

static struct zjiot_key public_key, private_key;
static struct zjiot_cipher cipher;
static struct zjiot_pool scratch;

/* --- Files --- */

/* Calls that a signal interrupted begin again, unless it ends the process. */
static bool is_interrupted(long result) {
    if (result >= 0 || errno != EINTR)
        return false;
    output_idle();
    return true;
}

/* Reads to the end, or as much as `size`; returns how much, or -1 with errno. */
static ssize_t read_all(int descriptor, char *text, size_t size) {
    size_t used = 0;
    ssize_t count;
    do {
        count = read(descriptor, text + used, size - used);
        used += count > 0 ? (size_t)count : 0;
    } while (is_interrupted(count) || (count > 0 && used < size));
    return count < 0 ? -1 : (ssize_t)used;
}

static bool is_open_to_others(int descriptor) {
    struct stat about;
    return fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

static ssize_t read_file(const char *path, char *text, size_t size, bool *ret_is_open) {
    int descriptor;
    do
        descriptor = open(path, O_RDONLY | O_CLOEXEC);
    while (is_interrupted(descriptor));
    if (descriptor < 0)
        return -1;
    *ret_is_open = is_open_to_others(descriptor);
    const ssize_t count = read_all(descriptor, text, size);
    const int error = errno;
    close(descriptor);
    errno = error;
    return count;
}

/* A key in place of a file's name must not be printed. */
static void complain_file(const struct option_row *row, const char *path) {
    const int error = errno;
    if ((error == ENOENT || error == ENAMETOOLONG) && strlen(path) >= KEY_DIGITS)
        complain("--%s: there is no such file; a key itself has no place on the command line", row->name);
    else
        complain("%s: %s", path, strerror(error));
}

/* --- Keys --- */

static void tell_deviations(const char *path, const struct zjiot_report *report) {
    for (size_t i = 0; i < report->count && i < report->capacity; i++)
        complain("%s: note: found %s, expected %s", path, report->items[i].found, report->items[i].expected);
}

static int parse(const char *path, const char *text, size_t size, struct zjiot_key *ret_key) {
    struct zjiot_deviation deviations[4];
    struct zjiot_report report = {.items = deviations, .capacity = sizeof deviations / sizeof deviations[0]};
    struct zjiot_error error;
    const int code = zjiot_key_read(ret_key, ZJIOT_KEY_ANY, text, size, NULL, &report, &error);
    if (code == 0) {
        tell_deviations(path, &report);
        return EXIT_OK;
    }
    complain("%s: %s", path, error.text);
    return code == ZJIOT_RANDOM || code == ZJIOT_NOMEM ? EXIT_INTERNAL : EXIT_CONFIG;
}

/* Reads the key that an option names; without the option there is none. */
static int load(const struct invocation *invocation, enum option_id option, struct zjiot_key *ret_key) {
    char text[ZJIOT_KEY_TEXT_MAX + 1];
    const bool is_private = option == OPTION_PRIVATE_KEY;
    bool is_open = false;
    const char *path = invocation->value[option];
    if (path == NULL)
        return EXIT_OK;
    const ssize_t size = read_file(path, text, sizeof text, &is_open);
    if (size < 0)
        complain_file(&option_rows[option], path);
    const int code = size < 0 ? EXIT_CONFIG : parse(path, text, (size_t)size, ret_key);
    explicit_bzero(text, sizeof text);
    if (code == EXIT_OK && is_private && !zjiot_key_is_private(ret_key)) {
        complain("%s: this is a public key; --private-key needs the private one", path);
        return EXIT_CONFIG;
    }
    if (code == EXIT_OK && is_open && zjiot_key_is_private(ret_key))
        complain("%s: others may read this private key; chmod 600 helps", path);
    return code;
}

static int load_both(const struct invocation *invocation) {
    const struct rlimit no_core = {0, 0}; /* it would hold the key */
    if (invocation->value[OPTION_PRIVATE_KEY] != NULL)
        setrlimit(RLIMIT_CORE, &no_core);
    int code = load(invocation, OPTION_PUBLIC_KEY, &public_key);
    if (code == EXIT_OK)
        code = load(invocation, OPTION_PRIVATE_KEY, &private_key);
    const enum zjiot_key_kind writes = zjiot_key_kind(&public_key), reads = zjiot_key_kind(&private_key);
    if (code != EXIT_OK || writes == ZJIOT_KEY_NONE || reads == ZJIOT_KEY_NONE || writes == reads)
        return code;
    complain("%s is a key for %s, and %s one for %s; both must be for the same", invocation->value[OPTION_PUBLIC_KEY],
             writes == ZJIOT_KEY_RSA ? "rsa" : "sm2", invocation->value[OPTION_PRIVATE_KEY],
             reads == ZJIOT_KEY_RSA ? "rsa" : "sm2");
    return EXIT_CONFIG;
}

int keys_load(struct invocation *invocation) {
    /* In the order of --sm2-layout, whose default reads all of them and writes the first. */
    static const enum zjiot_sm2_layout layouts[] = {ZJIOT_SM2_AUTO, ZJIOT_SM2_C1C3C2, ZJIOT_SM2_C1C2C3, ZJIOT_SM2_ASN1};
    const int code = load_both(invocation);
    if (code != EXIT_OK)
        return code;
    const bool has_public = zjiot_key_kind(&public_key) != ZJIOT_KEY_NONE;
    const bool has_private = zjiot_key_kind(&private_key) != ZJIOT_KEY_NONE;
    zjiot_pool_growing(&scratch, NULL, SCRATCH_LIMIT);
    cipher = (struct zjiot_cipher){
        .kind = zjiot_key_kind(has_public ? &public_key : &private_key),
        .public_key = has_public ? &public_key : NULL,
        .private_key = has_private ? &private_key : NULL,
        .sm2_layout = layouts[invocation->choice[OPTION_SM2_LAYOUT]],
        .rsa_padding = (enum zjiot_rsa_padding)invocation->choice[OPTION_RSA_PADDING],
    };
    invocation->cipher = &cipher;
    invocation->scratch = &scratch;
    return EXIT_OK;
}

void keys_free(void) {
    zjiot_pool_release(&scratch);
    zjiot_key_free(&public_key);
    zjiot_key_free(&private_key);
}

/* --- Messages --- */

const char *keys_advice(const struct zjiot_cipher *keys, bool is_writing, const struct zjiot_error *error) {
    const bool no_keys = error->code == ZJIOT_UNKNOWN && strcmp(error->path, "topic.format") == 0;
    const bool no_key = error->code == ZJIOT_MISSING && strcmp(error->path, "key") == 0;
    const bool is_signed = keys->rsa_padding == ZJIOT_RSA_PKCS1_TYPE1 && keys->kind != ZJIOT_KEY_SM2;
    const bool wants_private = is_writing == is_signed;
    if ((!no_keys && !no_key) || (wants_private ? keys->private_key : keys->public_key) != NULL)
        return NULL;
    return wants_private ? "give the private key with --private-key FILE"
                         : "give the public key with --public-key FILE";
}

int64_t *keys_format(struct zjiot_message *message) {
    const bool has_format = strcmp(message->protocol->name, "zhenjiang") == 0;
    return has_format ? &((struct zjiot_zhenjiang_message *)message->typed)->topic.format : NULL;
}

bool keys_encrypt(struct zjiot_message *message) {
    const int64_t *format = keys_format(message);
    return format != NULL && (*format == ZJIOT_ZHENJIANG_RSA || *format == ZJIOT_ZHENJIANG_SM2);
}
