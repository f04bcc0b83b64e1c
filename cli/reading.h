/* What decode, explain and identify share: inputs become frames, frames become results, results exit codes. */
#ifndef CLI_READING_H
#define CLI_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "commands.h"
#include "input.h"
#include "zjiot/decode.h"

/* A frame, or what should have been one. Everything in it lives until the next result. */
struct result {
    const struct input_text *text;
    size_t input;         /* which input it is, from 1; those that cannot be read count */
    const char *topic;    /* NULL: none is known */
    const uint8_t *bytes; /* the frame, within the bytes of its input */
    size_t size;
    size_t offset;         /* of the frame in the payload of its input; error, report and trace count from there, too */
    size_t skipped_before; /* bytes next to the frame that belong to none */
    size_t skipped_after;
    bool first, last;                      /* of its input */
    const struct zjiot_protocol *protocol; /* NULL: none fits */
    const struct zjiot_message *message;   /* NULL: not decodable, or not decoded */
    const struct zjiot_report *report;
    const struct zjiot_trace *trace; /* empty unless asked for */
    const struct zjiot_error *error; /* NULL: nothing was wrong */
};

enum reading_depth {
    READING_CUT,     /* frames, not decoded */
    READING_DECODED, /* and decoded */
    READING_TRACED,  /* and where each value stands */
};

/* Hands every frame of the inputs to `show`, tells on stderr what is wrong with them, and returns the exit code. `show`
 * may return EXIT_UNDECODABLE for reasons of its own. */
int reading_run(const struct invocation *invocation, enum reading_depth depth,
                int (*show)(const struct result *result, void *context), void *context);

/* The same for MQTT messages, which come one by one. */
struct reading;

struct reader {
    enum reading_depth depth;
    bool (*wants)(const struct result *result, void *context); /* false: it is neither shown nor judged; NULL: all */
    int (*show)(const struct result *result, void *context);
    void *context;
};

/* There can be one at a time. */
struct reading *reading_start(const struct invocation *invocation, const struct reader *reader);

/* Decodes a message as what its topic says; one of another topic, or of -p, as decode does. Each gives at least one
 * result, unless it is not wanted. */
void reading_message(struct reading *reading, const char *topic, const uint8_t *bytes, size_t size);

/* Returns the exit code. */
int reading_end(struct reading *reading);

/* The library's options as the command line has them. */
struct zjiot_options reading_options(const struct invocation *invocation);

#endif
