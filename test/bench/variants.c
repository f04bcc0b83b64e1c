#include "variants.h"

#include <stdio.h>
#include <stdlib.h>

static bool decode_self(struct run *run, const char *text, size_t size) {
    const struct corpus_message *message = run->corpus->message;
    return message->codec->decode(message, text, size, &run->pool, &run->typed);
}

static size_t encode_self(struct run *run, struct typed *typed) {
    return run->corpus->message->codec->encode(typed, run->out, VARIANT_ROOM);
}

/* A peer's functions in the form of a variant's. */
#define PEER_DECODES(name)                                                                                             \
    static bool decode_##name(struct run *run, const char *text, size_t size) {                                        \
        const struct corpus_message *message = run->corpus->message;                                                   \
        const struct body body = message->codec->body(message, &run->typed);                                           \
        return name##_decode(text, size, &body, &run->pool) &&                                                         \
               (message->codec->frames == NULL || message->codec->frames(&run->typed, &run->pool));                    \
    }
#define PEER_ENCODES(name)                                                                                             \
    static size_t encode_##name(struct run *run, struct typed *typed) {                                                \
        const struct corpus_message *message = run->corpus->message;                                                   \
        const struct body body = message->codec->body(message, typed);                                                 \
        return name##_encode(&body, run->out, VARIANT_ROOM);                                                           \
    }

PEER_DECODES(jansson)
PEER_ENCODES(jansson)
#if defined(HAVE_YYJSON)
PEER_DECODES(yyjson)
PEER_ENCODES(yyjson)
#endif
#if defined(HAVE_SIMDJSON)
PEER_DECODES(simdjson)
#endif

const struct variant variants[] = {
    {"libzjiot", decode_self, encode_self},
    {"jansson", decode_jansson, encode_jansson},
#if defined(HAVE_YYJSON)
    {"yyjson", decode_yyjson, encode_yyjson},
#endif
#if defined(HAVE_SIMDJSON)
    {"simdjson", decode_simdjson, NULL},
#endif
};

const size_t variant_count = sizeof variants / sizeof variants[0];

void run_decode(void *argument) {
    struct run *run = argument;
    const unsigned i = run->turn++ % CORPUS_TEXTS;
    zjiot_pool_reset(&run->pool);
    run->failures += !run->variant->decode(run, run->corpus->texts[i], run->corpus->sizes[i]);
}

void run_frames(void *argument) {
    struct run *run = argument;
    zjiot_pool_reset(&run->pool);
    run->failures += !run->corpus->message->codec->frames(&run->sources[run->turn++ % CORPUS_TEXTS], &run->pool);
}

void run_encode(void *argument) {
    struct run *run = argument;
    run->size = run->variant->encode(run, &run->sources[run->turn++ % CORPUS_TEXTS]);
    run->failures += run->size == 0;
}

void run_start(struct run *run, const struct corpus *corpus, const struct variant *variant, struct typed *sources) {
    char *room = malloc(VARIANT_POOL + VARIANT_ROOM);
    if (room == NULL) {
        fprintf(stderr, "no memory for %s\n", variant->name);
        exit(2);
    }
    memset(room, 0, VARIANT_POOL + VARIANT_ROOM); /* so that no page is new to the first call */
    *run = (struct run){.corpus = corpus, .variant = variant, .sources = sources, .out = room};
    zjiot_pool_fixed(&run->pool, room + VARIANT_ROOM, VARIANT_POOL);
}

void run_end(struct run *run) {
    free(run->out);
}

void decode_sources(const struct corpus *corpus, struct zjiot_pool *pool, struct typed sources[CORPUS_TEXTS]) {
    const struct corpus_message *message = corpus->message;
    for (unsigned i = 0; i < CORPUS_TEXTS; i++) {
        if (!message->codec->decode(message, corpus->texts[i], corpus->sizes[i], pool, &sources[i])) {
            fprintf(stderr, "%s: text %u is not read, or deviates\n", message->name, i);
            exit(2);
        }
        if (message->codec->settle != NULL)
            message->codec->settle(&sources[i]);
    }
}
