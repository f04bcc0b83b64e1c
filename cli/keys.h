/* Keys of encrypted bodies, from their files to the library's options. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include <stdbool.h>

#include "commands.h"
#include "zjiot/crypto.h"
#include "zjiot/decode.h"

/* Reads the keys that the command line names, once, and lets the invocation point to them until keys_free. EXIT_OK, or
 * after an error on stderr EXIT_CONFIG or EXIT_INTERNAL. */
int keys_load(struct invocation *invocation);

/* Wipes them. */
void keys_free(void);

/* What to do about an error of reading or writing an encrypted body whose key was not given; NULL for all others. */
const char *keys_advice(const struct zjiot_cipher *cipher, bool is_writing, const struct zjiot_error *error);

/* The format of the message's body; NULL when its protocol has none. */
int64_t *keys_format(struct zjiot_message *message);

/* Whether that is one that encrypts. */
bool keys_encrypt(struct zjiot_message *message);

#endif
