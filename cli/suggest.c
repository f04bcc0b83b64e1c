#include "suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 63 };

static unsigned min(unsigned a, unsigned b) {
    return a < b ? a : b;
}

static char lower(char letter) {
    return (char)tolower((unsigned char)letter);
}

/* Edits between two words; two neighbours exchanged are one edit. */
static unsigned distance(const char *a, size_t a_size, const char *b, size_t b_size) {
    unsigned rows[3][WORD_MAX + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (unsigned j = 0; j <= b_size; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_size; j++) {
            unsigned differs = lower(a[i - 1]) != lower(b[j - 1]);
            row[j] = min(min(above[j] + 1, row[j - 1] + 1), above[j - 1] + differs);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = min(row[j], before[j - 2] + 1);
        }
        unsigned *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b_size];
}

void suggest_start(struct suggestion *suggestion, const char *word) {
    suggestion->word = word;
    suggestion->distance = (unsigned)strlen(word) / 3 + 2; /* what is farther away is no help */
    suggestion->best[0] = '\0';
}

void suggest_offer(struct suggestion *suggestion, const char *known) {
    size_t size = strlen(suggestion->word), known_size = strlen(known);
    if (size == 0 || size > WORD_MAX || known_size == 0 || known_size > WORD_MAX)
        return;
    unsigned found = distance(suggestion->word, size, known, known_size);
    if (found >= size || found >= known_size)
        return; /* nothing in common */
    if (found < suggestion->distance) {
        suggestion->distance = found;
        memcpy(suggestion->best, known, known_size + 1);
    }
}

const char *suggest_text(const struct suggestion *suggestion, char *out, size_t size) {
    if (suggestion->best[0] == '\0')
        return "";
    snprintf(out, size, " (did you mean '%s'?)", suggestion->best);
    return out;
}
