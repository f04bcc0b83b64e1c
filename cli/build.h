/* From the values of a command line to the bytes of a message, checked: what encode and send share. */
#ifndef CLI_BUILD_H
#define CLI_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "commands.h"
#include "flatten.h"
#include "suggest.h"
#include "which.h"
#include "zjiot/decode.h"
#include "zjiot/pool.h"

enum { BUILD_COMPUTED_MAX = 16, BUILD_FRAME_MAX = 1 << 24 };

/* A member of --data that is made when the frame is written. */
struct build_computed {
    char path[ZJIOT_PATH_SIZE], text[64];
};

struct builder {
    struct which which;
    struct zjiot_message message; /* in static memory, one at a time */
    struct zjiot_pool *pool;
    struct zjiot_options options;
    struct flat data; /* --data */
    bool is_quiet;    /* notes were told before */
    struct suggestion suggestion;
    struct build_computed computed[BUILD_COMPUTED_MAX];
    size_t computed_count;
    struct zjiot_input plain; /* what was written; where the body is encrypted, the same message as JSON */
};

/* All of these return EXIT_OK, or the exit code after an error on stderr. */

/* Reads --data. Ends with build_end, also when it fails. */
int build_start(struct builder *builder, const struct invocation *invocation);

/* Makes the message and sets what the command line says. More may be set before the frame is written. */
int build_message(struct builder *builder, const struct invocation *invocation);

/* Writes the message, and checks it as a reader would. The topic is NULL where it is not known. The bytes live until
 * the next call. */
int build_frame(struct builder *builder, const struct invocation *invocation, struct zjiot_input *ret_frame);

/* Decodes what was written last, with that layout. False, after an error on stderr, when that fails. */
bool build_decode(const struct builder *builder, enum zjiot_cjt188_layout layout, struct zjiot_message *ret_message,
                  struct zjiot_report *report, struct zjiot_trace *trace);

void build_end(struct builder *builder);

#endif
