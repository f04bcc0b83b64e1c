#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

const char *const corpus_shape_names[CORPUS_SHAPES] = {"compact", "pretty-printed", "keys shuffled"};

static const struct corpus_message *const lists[] = {corpus_zhenjiang, corpus_hy, corpus_m4g, corpus_byd};

const struct corpus_message *corpus_find(const char *name) {
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        for (const struct corpus_message *message = lists[i]; message->name != NULL; message++)
            if (strcmp(message->name, name) == 0)
                return message;
    return NULL;
}

void corpus_make(struct corpus *corpus, const struct corpus_message *message, enum corpus_shape shape) {
    struct text text = {.message = message, .shape = shape, .start = malloc(TEXT_MOST_SIZE)};
    *corpus = (struct corpus){.message = message, .shape = shape};
    for (unsigned i = 0; i < CORPUS_TEXTS; i++) {
        text.state = (i + 1) * 2654435761u;
        text.size = 0;
        if (text.start != NULL) {
            text_open(&text, '{');
            message->write(&text);
            text_close(&text);
            corpus->texts[i] = calloc(1, text.size + CORPUS_PADDING);
        }
        if (corpus->texts[i] == NULL) {
            fprintf(stderr, "no memory for %s\n", message->name);
            exit(2);
        }
        memcpy(corpus->texts[i], text.start, text.size);
        corpus->sizes[i] = text.size;
        corpus->mean_size += text.size;
    }
    corpus->mean_size /= CORPUS_TEXTS;
    free(text.start);
}

void corpus_free(struct corpus *corpus) {
    for (unsigned i = 0; i < CORPUS_TEXTS; i++)
        free(corpus->texts[i]);
}
