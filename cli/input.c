#include "input.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

enum {
    BLOCK = 1 << 16,
    LINE_LIMIT = 1 << 24,
    WHOLE_LIMIT = 1 << 26,
    FRAME_WORDS = 9, /* a frame has 9 bytes at the least */
};

/* Hex that was not put in quotes comes as one word a byte: no word alone could be a frame. */
static bool is_one_message(char **operands, size_t count) {
    if (count < FRAME_WORDS)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *word = operands[i];
        if (!isxdigit((unsigned char)word[0]) || !isxdigit((unsigned char)word[1]) || word[2] != '\0')
            return false;
    }
    return true;
}

static char *join(char **operands, size_t count) {
    char *joined = must(malloc(3 * count + 1));
    for (size_t i = 0; i < count; i++)
        snprintf(joined + 3 * i, 4, "%s ", operands[i]);
    return joined;
}

void input_start(struct input *input, const struct invocation *invocation, bool whole) {
    static char dash[] = "-";
    static char *stdin_only[] = {dash};
    *input = (struct input){
        .operands = invocation->operands,
        .count = invocation->operand_count,
        .file = invocation->value[OPTION_FILE],
        .whole = whole,
        .descriptor = -1,
    };
    if (input->count == 0 && input->file == NULL) {
        input->operands = stdin_only;
        input->count = 1;
    } else if (is_one_message(input->operands, input->count)) {
        input->joined = join(input->operands, input->count);
        input->operands = &input->joined;
        input->count = 1;
    }
}

void input_end(struct input *input) {
    free(input->buffer);
    free(input->joined);
}

static void fail(struct input *input, const char *name) {
    complain("%s: %s", name ? name : "stdin", strerror(errno));
    input->failed = true;
}

static void open_source(struct input *input, const char *name) {
    input->name = strcmp(name, "-") == 0 ? NULL : name;
    input->descriptor = input->name ? open(name, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    input->line = 0;
    input->begin = input->scanned = input->end = 0;
    input->ended = input->skipping = false;
    if (input->descriptor < 0)
        fail(input, name);
}

static void close_source(struct input *input) {
    if (input->descriptor > STDIN_FILENO)
        close(input->descriptor);
    input->descriptor = -1;
}

static void make_room(struct input *input) {
    if (input->begin > 0) {
        memmove(input->buffer, input->buffer + input->begin, input->end - input->begin);
        input->end -= input->begin;
        input->scanned -= input->begin;
        input->begin = 0;
    }
    if (input->capacity - input->end >= BLOCK)
        return;
    input->capacity = input->capacity < BLOCK ? 2 * BLOCK : 2 * input->capacity;
    input->buffer = must(realloc(input->buffer, input->capacity));
}

/* Reads what there is. Records wait in stdout's buffer only while there is more to read. */
static void read_more(struct input *input) {
    make_room(input);
    struct pollfd ready = {.fd = input->descriptor, .events = POLLIN};
    if (poll(&ready, 1, 0) == 0)
        output_idle();
    ssize_t count = read(input->descriptor, input->buffer + input->end, input->capacity - input->end);
    if (count < 0 && errno == EINTR) {
        output_idle();
        return;
    }
    if (count < 0)
        fail(input, input->name);
    if (count <= 0)
        input->ended = true;
    else
        input->end += (size_t)count;
}

/* A text that is too long is read on, but not kept. */
static void limit(struct input *input, size_t most) {
    if (input->end - input->begin <= most)
        return;
    input->skipping = true;
    input->begin = input->scanned = input->end = 0;
}

static struct input_text take(struct input *input, size_t end) {
    struct input_text text = {
        .text = input->buffer + input->begin,
        .size = end - input->begin,
        .source = input->name,
        .number = input->whole ? 0 : input->line,
        .is_line = !input->whole,
        .too_long = input->skipping || (!input->whole && end - input->begin > LINE_LIMIT),
    };
    input->skipping = false;
    input->begin = input->scanned = end;
    return text;
}

static bool next_line(struct input *input, struct input_text *ret_text) {
    for (;;) {
        char *start = input->buffer + input->scanned;
        char *line_end = input->end > input->scanned ? memchr(start, '\n', input->end - input->scanned) : NULL;
        if (line_end != NULL) {
            input->line++;
            *ret_text = take(input, (size_t)(line_end - input->buffer));
            input->begin = ++input->scanned;
            return true;
        }
        input->scanned = input->end;
        if (input->ended) {
            input->line++;
            bool has_text = input->end > input->begin || input->skipping;
            *ret_text = take(input, input->end);
            return has_text;
        }
        limit(input, LINE_LIMIT);
        read_more(input);
    }
}

static bool next_whole(struct input *input, struct input_text *ret_text) {
    if (input->ended)
        return false;
    while (!input->ended) {
        limit(input, WHOLE_LIMIT);
        read_more(input);
    }
    *ret_text = take(input, input->end);
    return ret_text->size > 0 || ret_text->too_long || !input->failed;
}

/* Blanks around a message, and the mark that some editors put in front of a UTF-8 file. */
static void trim(struct input_text *text) {
    static const char mark[] = "\xEF\xBB\xBF";
    if (text->size >= sizeof mark - 1 && memcmp(text->text, mark, sizeof mark - 1) == 0) {
        text->text += sizeof mark - 1;
        text->size -= sizeof mark - 1;
    }
    while (text->size > 0 && isspace((unsigned char)text->text[text->size - 1]))
        text->size--;
    while (text->size > 0 && isspace((unsigned char)text->text[0])) {
        text->text++;
        text->size--;
    }
}

static bool next_of_source(struct input *input, struct input_text *ret_text) {
    if (input->whole)
        return next_whole(input, ret_text);
    while (next_line(input, ret_text)) {
        trim(ret_text);
        if (ret_text->size > 0 || ret_text->too_long)
            return true;
    }
    return false;
}

static void take_operand(struct input *input, const char *operand, struct input_text *ret_text) {
    *ret_text = (struct input_text){.text = operand, .size = strlen(operand)};
    if (input->count > 1 || input->file != NULL)
        ret_text->number = input->at;
    if (!input->whole)
        trim(ret_text);
}

bool input_next(struct input *input, struct input_text *ret_text) {
    for (;;) {
        if (input->descriptor >= 0) {
            if (next_of_source(input, ret_text))
                return true;
            close_source(input);
        } else if (input->at < input->count) {
            const char *operand = input->operands[input->at++];
            if (operand[0] == '@') {
                open_source(input, operand + 1);
            } else if (strcmp(operand, "-") == 0) {
                open_source(input, operand);
            } else {
                take_operand(input, operand, ret_text);
                return true;
            }
        } else if (input->file != NULL) {
            const char *file = input->file;
            input->file = NULL;
            open_source(input, file);
        } else {
            return false;
        }
    }
}

const char *input_label(const struct input_text *text, char *out, size_t size) {
    out[0] = '\0';
    if (text->source != NULL && text->is_line)
        snprintf(out, size, "%s:%zu", text->source, text->number);
    else if (text->source != NULL)
        snprintf(out, size, "%s", text->source);
    else if (text->number > 0)
        snprintf(out, size, "%s %zu", text->is_line ? "line" : "input", text->number);
    return out;
}
