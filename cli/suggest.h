/* The nearest known word for one that is not known. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *word;
    unsigned distance; /* of `best` */
    char best[64];     /* "" when nothing is near */
};

void suggest_start(struct suggestion *suggestion, const char *word);

/* Offers a known word. */
void suggest_offer(struct suggestion *suggestion, const char *known);

/* " (did you mean 'decode'?)" or "", as long as the suggestion lives. */
const char *suggest_text(const struct suggestion *suggestion, char *out, size_t size);

#endif
