/* Messages for the benchmarks: each with many texts of other values, the same in every run. */
#ifndef CORPUS_H
#define CORPUS_H

#include <stddef.h>

#include "zjiot/catalog.h"

enum { CORPUS_TEXTS = 32, CORPUS_PADDING = 64 };

/* How the texts are laid out. */
enum corpus_shape { CORPUS_COMPACT, CORPUS_PRETTY, CORPUS_SHUFFLED, CORPUS_SHAPES };

struct text;  /* text.h */
struct codec; /* variants.h */

/* A message. `write` writes its body. */
struct corpus_message {
    const char *name; /* NULL ends a list */
    const struct codec *codec;
    const char *topic;                 /* NULL: it comes without one */
    const struct zjiot_record *record; /* of its data */
    void (*write)(struct text *text);
    unsigned count; /* of the days of setTimetable, or of the meters of a batch */
};

/* Its texts in one shape; behind each are CORPUS_PADDING bytes to spare. */
struct corpus {
    const struct corpus_message *message;
    enum corpus_shape shape;
    char *texts[CORPUS_TEXTS];
    size_t sizes[CORPUS_TEXTS];
    size_t mean_size;
};

/* heartbeat, postLux, getRuntime, setTimetable; the timetable again with a third, a tenth and a hundredth of its
 * days. */
extern const struct corpus_message corpus_zhenjiang[];
extern const struct corpus_message corpus_hy[];  /* HY report */
extern const struct corpus_message corpus_m4g[]; /* push_msg, push_online */
extern const struct corpus_message corpus_byd[]; /* BYD 50, with 50 meters, and BYD 1 */

extern const char *const corpus_shape_names[CORPUS_SHAPES];

/* The message of that name; NULL: there is none. */
const struct corpus_message *corpus_find(const char *name);

void corpus_make(struct corpus *corpus, const struct corpus_message *message, enum corpus_shape shape);
void corpus_free(struct corpus *corpus);

#endif
