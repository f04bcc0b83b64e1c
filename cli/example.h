/* An example of a message, made from its rows. */
#ifndef CLI_EXAMPLE_H
#define CLI_EXAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/decode.h"

struct example {
    char topic[ZJIOT_TOPIC_SIZE]; /* "" where there is none */
    const uint8_t *bytes;         /* static memory, until the next call */
    size_t size;
};

/* Every member has a value that its row and the rules between members allow; lists have one item. False when no such
 * message was found. */
bool example_make(const struct zjiot_protocol *protocol, const struct zjiot_record *record,
                  struct example *ret_example);

#endif
