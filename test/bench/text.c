#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Random numbers: the same sequence for the same text --- */

uint32_t text_next(struct text *text) {
    text->state ^= text->state << 13;
    text->state ^= text->state >> 17;
    text->state ^= text->state << 5;
    return text->state;
}

int text_between(struct text *text, int low, int high) {
    return low + (int)(text_next(text) % (uint32_t)(high - low + 1));
}

/* --- JSON as others would write it --- */

void text_put(struct text *text, const char *bytes, size_t size) {
    if (text->size + size > TEXT_MOST_SIZE) {
        fprintf(stderr, "the text of %s grows too long\n", text->message->name);
        exit(2);
    }
    memcpy(text->start + text->size, bytes, size);
    text->size += size;
}

void text_puts(struct text *text, const char *bytes) {
    text_put(text, bytes, strlen(bytes));
}

static void break_line(struct text *text) {
    if (text->shape != CORPUS_PRETTY)
        return;
    text_put(text, "\n", 1);
    for (unsigned i = 0; i < text->depth; i++)
        text_put(text, "    ", 4);
}

/* What stands before a member or an item. */
void text_item(struct text *text) {
    if (text->depth == 0)
        return;
    struct text_level *level = &text->levels[text->depth - 1];
    if (level->count > 0)
        text_put(text, ",", 1);
    break_line(text);
    if (level->close == '}')
        level->starts[level->count] = text->size;
    level->count++;
}

void text_key(struct text *text, const char *name) {
    text_item(text);
    text_put(text, "\"", 1);
    text_puts(text, name);
    text_puts(text, text->shape == CORPUS_PRETTY ? "\": " : "\":");
}

void text_open(struct text *text, char bracket) {
    text_put(text, &bracket, 1);
    text->levels[text->depth].close = bracket == '{' ? '}' : ']';
    text->levels[text->depth++].count = 0;
}

void text_open_item(struct text *text) {
    text_item(text);
    text_open(text, '{');
}

/* Puts the members of the innermost object into an order by chance. */
static void shuffle(struct text *text, const struct text_level *level) {
    unsigned order[TEXT_MOST_MEMBERS];
    size_t ends[TEXT_MOST_MEMBERS];
    const size_t start = level->starts[0];
    const size_t size = text->size - start;
    char *copy = malloc(size);
    if (copy == NULL)
        exit(2);
    memcpy(copy, text->start + start, size);
    for (unsigned i = 0; i < level->count; i++) {
        const unsigned j = text_next(text) % (i + 1);
        ends[i] = i + 1 < level->count ? level->starts[i + 1] - 1 : text->size;
        order[i] = order[j];
        order[j] = i;
    }
    text->size = start;
    for (unsigned i = 0; i < level->count; i++) {
        const unsigned member = order[i];
        if (i > 0)
            text_put(text, ",", 1);
        text_put(text, copy + (level->starts[member] - start), ends[member] - level->starts[member]);
    }
    free(copy);
}

void text_close(struct text *text) {
    struct text_level *level = &text->levels[--text->depth];
    if (level->close == '}' && level->count > 0 && text->shape == CORPUS_SHUFFLED)
        shuffle(text, level);
    if (level->count > 0)
        break_line(text);
    text_put(text, &level->close, 1);
}

void text_int(struct text *text, const char *name, long long value) {
    char digits[24];
    text_key(text, name);
    text_put(text, digits, (size_t)snprintf(digits, sizeof digits, "%lld", value));
}

void text_string(struct text *text, const char *name, const char *value) {
    text_key(text, name);
    text_put(text, "\"", 1);
    text_puts(text, value);
    text_put(text, "\"", 1);
}

/* low..high in steps of 10^-places, without zeros at the end. */
void text_real(struct text *text, const char *name, int low, int high, int places) {
    char digits[24];
    text_key(text, name);
    int number = text_between(text, low, high);
    int scale = 1;
    for (int i = 0; i < places; i++)
        scale *= 10;
    for (; places > 0 && number % 10 == 0; number /= 10, scale /= 10)
        places--;
    size_t size = (size_t)snprintf(digits, sizeof digits, "%s%d", number < 0 ? "-" : "", abs(number) / scale);
    if (places > 0)
        size += (size_t)snprintf(digits + size, sizeof digits - size, ".%0*d", places, abs(number) % scale);
    text_put(text, digits, size);
}
