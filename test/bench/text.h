/* JSON texts as others would write them, in each shape of a corpus. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "corpus.h"

enum {
    TEXT_MOST_SIZE = 8 << 20, /* while it is being written */
    TEXT_MOST_DEPTH = 10,
    TEXT_MOST_MEMBERS = 32,
};

/* An object or a list that is open. */
struct text_level {
    char close;
    unsigned count; /* of members */
    size_t starts[TEXT_MOST_MEMBERS];
};

struct text {
    const struct corpus_message *message;
    enum corpus_shape shape;
    uint32_t state; /* of the random numbers: the same sequence for the same text */
    char *start;    /* room for TEXT_MOST_SIZE bytes */
    size_t size;
    unsigned depth;
    struct text_level levels[TEXT_MOST_DEPTH];
};

uint32_t text_next(struct text *text);
int text_between(struct text *text, int low, int high);

void text_put(struct text *text, const char *bytes, size_t size);
void text_puts(struct text *text, const char *bytes);

/* What stands before an item that is no object. */
void text_item(struct text *text);
void text_key(struct text *text, const char *name);
void text_open(struct text *text, char bracket);
void text_open_item(struct text *text);
void text_close(struct text *text);

/* Members. */
void text_int(struct text *text, const char *name, long long value);
void text_string(struct text *text, const char *name, const char *value);

/* low..high in steps of 10^-places, without zeros at the end. */
void text_real(struct text *text, const char *name, int low, int high, int places);

#endif
