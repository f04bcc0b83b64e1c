#include "input.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "braces.h"
#include "code.h"
#include "output.h"
#include "payload.h"

enum {
    BLOCK = 1 << 16,
    LINE_LIMIT = 1 << 24,
    WHOLE_LIMIT = 1 << 26,
    CODE_LIMIT = 1 << 16, /* an array that has not ended by then does not end */
    FRAME_WORDS = 9,      /* a frame has 9 bytes at the least */
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

static char *join_words(char **operands, size_t count) {
    char *joined = must(malloc(3 * count + 1));
    for (size_t i = 0; i < count; i++)
        snprintf(joined + 3 * i, 4, "%s ", operands[i]);
    return joined;
}

void input_start(struct input *input, const struct invocation *invocation, enum input_unit unit) {
    static char dash[] = "-";
    static char *stdin_only[] = {dash};
    *input = (struct input){
        .operands = invocation->operands,
        .count = invocation->operand_count,
        .file = invocation->value[OPTION_FILE],
        .unit = unit,
        .descriptor = -1,
    };
    if (input->count == 0 && input->file == NULL) {
        input->operands = stdin_only;
        input->count = 1;
    } else if (is_one_message(input->operands, input->count)) {
        input->joined = join_words(input->operands, input->count);
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
        .text = input->buffer != NULL ? input->buffer + input->begin : "",
        .size = end - input->begin,
        .source = input->name,
        .number = input->unit == INPUT_WHOLE ? 0 : input->line,
        .is_line = input->unit != INPUT_WHOLE,
        .too_long = input->skipping || (input->unit != INPUT_WHOLE && end - input->begin > LINE_LIMIT),
    };
    input->skipping = false;
    input->begin = input->scanned = end;
    return text;
}

/* The end of the line that starts at `from`, counted like the end from where the text begins; false: there is none. */
static bool find_end(struct input *input, size_t from, size_t *ret_end) {
    if (from > input->end - input->begin)
        return false;
    input->scanned = input->begin + from;
    for (;;) {
        const size_t left = input->end - input->scanned; /* 0 as long as there is no buffer */
        char *line_end = left > 0 ? memchr(input->buffer + input->scanned, '\n', left) : NULL;
        if (line_end != NULL) {
            *ret_end = (size_t)(line_end - (input->buffer + input->begin));
            return true;
        }
        input->scanned = input->end;
        if (input->ended) {
            *ret_end = input->end - input->begin;
            return *ret_end > from || input->skipping;
        }
        limit(input, LINE_LIMIT);
        read_more(input);
    }
}

/* Adds the lines that belong to the array or the comment which begins in the first one, `size` long. An array that does
 * not end ends with its source, or in front of what cannot be in it; what looks like a comment and does not end is a
 * line like others. Returns the size of them all. */
static size_t join_lines(struct input *input, size_t size, size_t *ret_lines) {
    size_t joined = size, lines = 1, end;
    enum code_state state = code_state(input->buffer + input->begin, size);
    while ((state == CODE_IN_ARRAY || state == CODE_IN_COMMENT) && joined < CODE_LIMIT &&
           find_end(input, joined + 1, &end) && !input->skipping) {
        state = code_state(input->buffer + input->begin, end);
        if (state == CODE_NONE)
            break;
        joined = end;
        lines++;
    }
    const bool is_joined = state != CODE_IN_COMMENT || input->skipping;
    *ret_lines = is_joined ? lines : 1;
    return is_joined ? joined : size;
}

/* The same for JSON; one that does not end ends with its source. */
static size_t join_json(struct input *input, size_t size, size_t *ret_lines) {
    struct braces braces = {0};
    size_t end;
    *ret_lines = 1;
    while (braces_open(&braces, input->buffer + input->begin, size) && find_end(input, size + 1, &end) &&
           !input->skipping) {
        size = end;
        ++*ret_lines;
    }
    return size;
}

/* Adds the JSON below a line of a log that names its topic; only blank lines and comments may stand between. */
static size_t join_message(struct input *input, size_t first, size_t *ret_lines) {
    size_t begin, end = first, lines = 1;
    const char *text;
    *ret_lines = 1;
    do {
        begin = end + 1;
        if (begin > CODE_LIMIT || !find_end(input, begin, &end) || input->skipping)
            return first;
        text = input->buffer + input->begin;
        lines++;
    } while (code_skip(text + begin, end - begin) == end - begin);
    begin += code_skip(text + begin, end - begin);
    if (text[begin] != '{')
        return first;
    size_t more = 1;
    if (braces_begin(text + begin, end - begin))
        end = join_json(input, end, &more);
    *ret_lines = lines + more - 1;
    return end;
}

/* Adds the lines of what the first one begins. Blanks and comments alone behind a brace do not tell an array from JSON;
 * what comes after them does. */
static size_t join(struct input *input, size_t first, size_t *ret_lines) {
    const size_t size = join_lines(input, first, ret_lines);
    const char *text = input->buffer + input->begin;
    const bool is_array = code_skip(text + first, size - first) < size - first;
    return !is_array && braces_begin(text, first) ? join_json(input, first, ret_lines) : size;
}

static bool next_line(struct input *input, struct input_text *ret_text) {
    size_t size = 0, lines = 1;
    const bool found = find_end(input, 0, &size);
    const bool may_join = found && !input->skipping && input->unit != INPUT_LINE;
    if (may_join && payload_is_topic(input->buffer + input->begin, size, input->unit == INPUT_LOG))
        size = join_message(input, size, &lines);
    else if (may_join && input->unit == INPUT_CODE)
        size = join(input, size, &lines);
    input->line++;
    *ret_text = take(input, input->begin + size);
    input->line += lines - 1;
    if (input->begin < input->end)
        input->begin = ++input->scanned;
    return found;
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
    text->indent = 0;
    if (text->size >= sizeof mark - 1 && memcmp(text->text, mark, sizeof mark - 1) == 0) {
        text->text += sizeof mark - 1;
        text->size -= sizeof mark - 1;
    }
    while (text->size > 0 && isspace((unsigned char)text->text[text->size - 1]))
        text->size--;
    while (text->size > 0 && isspace((unsigned char)text->text[0])) {
        text->text++;
        text->indent++;
        text->size--;
    }
}

static bool next_of_source(struct input *input, struct input_text *ret_text) {
    if (input->unit == INPUT_WHOLE)
        return next_whole(input, ret_text);
    while (next_line(input, ret_text)) {
        trim(ret_text);
        const bool is_empty =
            input->unit == INPUT_CODE ? code_state(ret_text->text, ret_text->size) == CODE_EMPTY : ret_text->size == 0;
        if (!is_empty || ret_text->too_long)
            return true;
    }
    return false;
}

static void take_operand(struct input *input, const char *operand, struct input_text *ret_text) {
    *ret_text = (struct input_text){.text = operand, .size = strlen(operand)};
    if (input->count > 1 || input->file != NULL)
        ret_text->number = input->at;
    if (input->unit != INPUT_WHOLE)
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
