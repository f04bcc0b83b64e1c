/* Frames and JSON messages among bytes: several glued to each other, of one protocol or of several, with other bytes
 * between them. */
#ifndef CLI_CUT_H
#define CLI_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/catalog.h"
#include "zjiot/decode.h"

/* A frame, or what is left of one. */
struct piece {
    const struct zjiot_protocol *protocol; /* NULL: of none */
    size_t offset, size;
    size_t skipped_before, skipped_after; /* bytes next to it that belong to none */
    bool first, last;
};

/* How well all of the bytes are one message of the protocol that is wanted, or with NULL of the one that fits best. */
struct zjiot_guess cut_judge(const struct zjiot_input *input, const struct zjiot_protocol *wanted);

/* Calls `show` for each frame of the protocol (NULL: of any) in the order of their offsets. False, with nothing shown,
 * when there is none. */
bool cut_frames(const uint8_t *bytes, size_t size, const struct zjiot_protocol *wanted,
                void (*show)(const struct piece *piece, void *context), void *context);

#endif
