/* Which message encode builds: by its names, by the topic, by the record of --data, or by several, which must agree. */
#ifndef CLI_WHICH_H
#define CLI_WHICH_H

#include <stdbool.h>
#include <stddef.h>

#include "commands.h"
#include "flatten.h"
#include "zjiot/decode.h"

enum { WHICH_NAME_SIZE = 128 };

struct which {
    const struct zjiot_protocol *protocol;
    const struct zjiot_record *record;
    char name[WHICH_NAME_SIZE]; /* as it was asked for */
    size_t names;               /* operands that name it */
    bool is_variant;            /* the variant was named, too */
};

/* False, after an error on stderr, when there is no such message, or they disagree. */
bool which_message(const struct invocation *invocation, const struct flat *data, struct which *ret_which);

#endif
