/* Messages for the benchmarks: each with many texts of other values, the same in every run. */
#ifndef CORPUS_H
#define CORPUS_H

#include <stddef.h>

#include "zjiot/catalog.h"

enum { CORPUS_TEXTS = 32, CORPUS_PADDING = 64 };

/* How the texts are laid out. */
enum corpus_shape { CORPUS_COMPACT, CORPUS_PRETTY, CORPUS_SHUFFLED, CORPUS_SHAPES };

struct text;  /* one that is being written */
struct codec; /* variants.h */

/* A message. `write` writes its body. */
struct corpus_message {
    const char *name;
    const struct codec *codec;
    const char *topic;
    const struct zjiot_record *record; /* of its data */
    void (*write)(struct text *text);
    unsigned days; /* setTimetable: how many */
};

/* Its texts in one shape; behind each are CORPUS_PADDING bytes to spare. */
struct corpus {
    const struct corpus_message *message;
    enum corpus_shape shape;
    char *texts[CORPUS_TEXTS];
    size_t sizes[CORPUS_TEXTS];
    size_t mean_size;
};

enum { CORPUS_MESSAGES = 7 };

/* heartbeat, postLux, getRuntime, setTimetable; the timetable again with a third, a tenth and a hundredth of its
 * days. */
extern const struct corpus_message corpus_messages[CORPUS_MESSAGES];

extern const char *const corpus_shape_names[CORPUS_SHAPES];

/* The message of that name; NULL: there is none. */
const struct corpus_message *corpus_find(const char *name);

void corpus_make(struct corpus *corpus, const struct corpus_message *message, enum corpus_shape shape);
void corpus_free(struct corpus *corpus);

#endif
