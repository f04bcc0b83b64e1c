/* What is measured: this library and its peers, each decoding and encoding the same texts.
 *
 * A new message is a row in corpus.c. A new protocol is a codec here: how the library's own calls are made, and which
 * rows its body has; the peers go by the rows.
 */
#ifndef VARIANTS_H
#define VARIANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "corpus.h"
#include "peers.h"
#include "zjiot/byd.h"
#include "zjiot/hy.h"
#include "zjiot/m4g.h"
#include "zjiot/zhenjiang.h"

enum { VARIANT_POOL = 8 << 20, VARIANT_ROOM = 2 << 20 };

/* A message in its own struct; the envelope holds what a body has besides the data. */
struct typed {
    union {
        struct zjiot_zhenjiang_message zhenjiang;
        struct zjiot_hy_message hy;
        struct zjiot_m4g_message m4g;
        struct zjiot_byd_message byd;
    } message;
    union {
        struct zjiot_zhenjiang_envelope zhenjiang;
        struct zjiot_hy_envelope hy;
    } envelope;
};

struct codec {
    const struct zjiot_protocol *protocol;
    bool (*decode)(const struct corpus_message *message, const char *text, size_t size, struct zjiot_pool *pool,
                   struct typed *ret_typed);
    size_t (*encode)(const struct typed *typed, char *out, size_t capacity);
    /* The body as rows; the pointers lead into `typed`. */
    struct body (*body)(const struct corpus_message *message, struct typed *typed);
    /* Brings what the library has decoded to the form of `body`; NULL: it has that. */
    void (*settle)(struct typed *typed);
    /* Decodes the frames that the data carry, as the library's own call does; NULL: they carry none. */
    bool (*frames)(const struct typed *typed, struct zjiot_pool *pool);
};

extern const struct codec codec_zhenjiang;
extern const struct codec codec_hy;
extern const struct codec codec_m4g;
extern const struct codec codec_byd;

/* One variant on its way through the texts of a corpus. */
struct run {
    const struct corpus *corpus;
    const struct variant *variant;
    struct typed *sources; /* CORPUS_TEXTS messages to encode */
    unsigned turn;
    struct zjiot_pool pool;
    struct typed typed; /* what was decoded last */
    char *out;          /* what was encoded last */
    size_t size;        /* its size; 0 after a failure */
    unsigned failures;
};

/* A function is NULL where the variant has none. */
struct variant {
    const char *name;
    bool (*decode)(struct run *run, const char *text, size_t size);
    size_t (*encode)(struct run *run, struct typed *typed);
};

/* The first is the library, the second jansson. */
extern const struct variant variants[];
extern const size_t variant_count;

/* Decodes, or encodes, the next text, or decodes only the frames in it. The argument is a struct run. */
void run_decode(void *argument);
void run_encode(void *argument);
void run_frames(void *argument);

void run_start(struct run *run, const struct corpus *corpus, const struct variant *variant, struct typed *sources);
void run_end(struct run *run);

/* The messages of a corpus, decoded by the library into `pool`, which grows. */
void decode_sources(const struct corpus *corpus, struct zjiot_pool *pool, struct typed sources[CORPUS_TEXTS]);

/* Whether two bodies hold the same; else prints where they differ. */
bool same_body(const struct body *a, const struct body *b);

#endif
