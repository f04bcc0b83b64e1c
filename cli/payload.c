#include "payload.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "output.h"
#include "zjiot/cjt188.h"
#include "zjiot/hex.h"
#include "zjiot/json.h"

enum { TOPIC_TEXT = 512 }; /* no protocol's topics are longer */

uint8_t *payload_reserve(struct payload_buffer *buffer, size_t size) {
    if (buffer->capacity < size || buffer->bytes == NULL) {
        buffer->capacity = size < 4096 ? 4096 : 2 * size;
        buffer->bytes = must(realloc(buffer->bytes, buffer->capacity));
    }
    return buffer->bytes;
}

static bool is_blank(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

bool payload_is_json(const char *text, size_t size) {
    const bool is_list = size > 0 && text[0] == '[';
    if (size == 0 || (text[0] != '{' && !is_list))
        return false;
    const size_t at = 1 + code_skip(text + 1, size - 1);
    if (at == size)
        return false;
    if (is_list)
        return text[at] == '{';
    return text[at] == '"' || text[at] == '}' || (unsigned char)text[at] >= 0x80; /* no hex */
}

static void take_json(const char *text, size_t size, struct payload *ret_payload) {
    ret_payload->kind = PAYLOAD_JSON;
    ret_payload->bytes = (const uint8_t *)text;
    ret_payload->size = size;
}

/* "len:86,Data:" in front of a topic, as the documents' logs have it; 0 when it is not there. */
static size_t log_prefix(const char *text, size_t size) {
    static const char start[] = "len:", data[] = ",Data:";
    size_t at = sizeof start - 1;
    if (size < at || memcmp(text, start, at) != 0)
        return 0;
    while (at < size && isdigit((unsigned char)text[at]))
        at++;
    if (size - at < sizeof data - 1 || memcmp(text + at, data, sizeof data - 1) != 0)
        return 0;
    for (at += sizeof data - 1; at < size && is_blank(text[at]);)
        at++;
    return at;
}

/* A word with a slash in it that can neither be hex nor hold a comment. */
static bool is_topic(const char *text, size_t size) {
    bool has_slash = false, has_letter = false;
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && text[i - 1] == '/' && (text[i] == '/' || text[i] == '*'))
            return false;
        has_slash |= text[i] == '/';
        has_letter |= text[i] != '/' && !isxdigit((unsigned char)text[i]);
    }
    return has_slash && has_letter && text[0] != '/';
}

bool payload_is_topic(const char *text, size_t size, bool is_late) {
    const char *end = text + size;
    while (end > text && is_blank(end[-1]))
        end--;
    while (text < end && is_blank(*text))
        text++;
    size_t start = log_prefix(text, (size_t)(end - text));
    while (start == 0 && is_late && text < end) {
        text++;
        start = log_prefix(text, (size_t)(end - text));
    }
    const char *topic = text + start;
    for (const char *at = topic; at < end; at++)
        if (is_blank(*at) || *at == '{')
            return false;
    return start > 0 && topic < end && is_topic(topic, (size_t)(end - topic));
}

/* Splits "TOPIC PAYLOAD"; returns where the payload starts, 0 when there is no topic. */
static size_t split_topic(const char *text, size_t size, struct payload *ret_payload) {
    size_t start = log_prefix(text, size), at = start;
    while (at < size && !is_blank(text[at]) && text[at] != '{')
        at++;
    if (at == size || !is_topic(text + start, at - start))
        return start;
    ret_payload->topic = text + start;
    ret_payload->topic_size = at - start;
    while (at < size && is_blank(text[at]))
        at++;
    const size_t below = at + code_skip(text + at, size - at); /* base64 may begin like a comment, and is none */
    return below < size && text[below] == '{' ? below : at;
}

/* A C array may stand in its declaration, uint8_t frame[] = { ... };. Only what is in the braces is read. */
static void find_array(const char *text, size_t *start, size_t *end) {
    const char *brace = memchr(text + *start, '{', *end - *start);
    if (brace == NULL || memchr(text + *start, '[', (size_t)(brace - text) - *start) == NULL)
        return;
    *start = (size_t)(brace - text);
    if (memchr(brace, '}', *end - *start) == NULL)
        return; /* it was cut off */
    while (text[*end - 1] != '}')
        --*end;
}

static void read_hex(const char *text, size_t size, size_t start, uint8_t *bytes, size_t capacity,
                     struct payload *ret_payload, struct zjiot_error *error) {
    int64_t count = zjiot_hex_read(text + start, size - start, bytes, capacity, error);
    if (count == 0) { /* separators alone are no message */
        *error = (struct zjiot_error){.code = ZJIOT_SYNTAX};
        snprintf(error->text, sizeof error->text, "no hex digits");
        count = ZJIOT_SYNTAX;
    }
    ret_payload->kind = count < 0 ? PAYLOAD_UNREADABLE : PAYLOAD_BYTES;
    ret_payload->bytes = bytes;
    ret_payload->size = count < 0 ? 0 : (size_t)count;
    ret_payload->part = text + start;
    ret_payload->part_size = size - start;
    if (count < 0)
        error->offset += start;
}

/* Hex that may be source code. Its copy without comments lies in the buffer, the bytes behind it. */
static void read_code(const char *text, size_t size, size_t start, struct payload_buffer *buffer,
                      struct payload *ret_payload, struct zjiot_error *error) {
    char *copy = (char *)payload_reserve(buffer, size + size / 2 + 1);
    memcpy(copy, text, start);
    code_blank(text + start, size - start, copy + start);
    uint8_t *bytes = buffer->bytes + size;
    size_t end = size;
    find_array(copy, &start, &end);
    read_hex(copy, end, start, bytes, buffer->capacity - size, ret_payload, error);
}

static void read_base64(const char *text, size_t size, struct payload_buffer *buffer, struct zjiot_report *report,
                        struct payload *ret_payload, struct zjiot_error *error) {
    uint8_t *bytes = payload_reserve(buffer, size / 4 * 3 + 3);
    int64_t count = zjiot_base64_read(text, size, true, bytes, buffer->capacity, report, error);
    ret_payload->kind = count < 0 ? PAYLOAD_UNREADABLE : PAYLOAD_BYTES;
    ret_payload->bytes = bytes;
    ret_payload->size = count < 0 ? 0 : (size_t)count;
}

/* The end of what stands in front of `at`, lines of blanks and comments left out. */
static size_t end_above(const char *text, size_t at) {
    for (size_t line = at; line > 0; at = line) {
        while (at > 0 && is_blank(text[at - 1]))
            at--;
        for (line = at; line > 0 && text[line - 1] != '\n';)
            line--;
        if (line == 0 || code_skip(text + line, at - line) < at - line)
            break;
    }
    return at;
}

bool payload_find_json(const char *text, size_t size, struct payload *ret_payload) {
    size_t start = 0, end = size;
    while (start < size && !(text[start] == '{' && payload_is_json(text + start, size - start)))
        start++;
    struct zjiot_json_event event;
    if (zjiot_json_pull(text + start, size - start, &event) == 1)
        end = start + event.size;
    while (end > start && text[end - 1] != '}') /* a damaged one ends with the last brace of the line */
        end--;
    if (end <= start)
        return false;
    take_json(text + start, end - start, ret_payload);
    const size_t topic_end = end_above(text, start);
    size_t topic = topic_end;
    while (topic > 0 && !is_blank(text[topic - 1]) && strchr(":,;\"'[(", text[topic - 1]) == NULL)
        topic--;
    if (topic < topic_end && is_topic(text + topic, topic_end - topic)) {
        ret_payload->topic = text + topic;
        ret_payload->topic_size = topic_end - topic;
    }
    return true;
}

/* Digits, prefixes and what may stand between them. Base64 has other letters: a body of random bytes soon has one. */
static bool is_hex_text(const char *text, size_t size) {
    bool is_hex = true;
    for (size_t i = 0; i < size && is_hex; i++) {
        const unsigned char letter = (unsigned char)text[i];
        const bool is_prefix = (letter | 0x20) == 'x' && i > 0 && (text[i - 1] == '0' || text[i - 1] == '\\');
        is_hex = isxdigit(letter) || is_prefix || (!isalnum(letter) && memchr("+/=", letter, 3) == NULL);
    }
    return is_hex;
}

/* Whether the text is a body as it stands: the topic is of messages that are JSON, which may come in base64. */
static bool is_body(const char *text, size_t size, const char *topic_given, const struct payload *payload) {
    char topic_text[TOPIC_TEXT];
    struct zjiot_topic topic;
    const size_t topic_size = topic_given != NULL ? strlen(topic_given) : payload->topic_size;
    const char *from = topic_given != NULL ? topic_given : payload->topic;
    if (from == NULL || topic_size >= sizeof topic_text || is_hex_text(text, size))
        return false;
    memcpy(topic_text, from, topic_size);
    topic_text[topic_size] = '\0';
    return zjiot_topic_read(topic_text, &topic) && topic.protocol->json && topic.carries == NULL;
}

void payload_read(const char *text, size_t size, enum payload_form form, const char *topic,
                  struct payload_buffer *buffer, struct zjiot_report *report, struct payload *ret_payload,
                  struct zjiot_error *reterr_error) {
    *ret_payload = (struct payload){.kind = PAYLOAD_BYTES, .bytes = (const uint8_t *)text, .size = size};
    switch (form) {
    case FORM_RAW:
        return;
    case FORM_BASE64:
        read_base64(text, size, buffer, report, ret_payload, reterr_error);
        return;
    case FORM_LOG:
        if (!payload_find_json(text, size, ret_payload))
            payload_find(text, size, buffer, ret_payload, reterr_error);
        return;
    case FORM_HEX:
        read_code(text, size, 0, buffer, ret_payload, reterr_error);
        return;
    case FORM_AUTO:
        break;
    }
    const size_t start = split_topic(text, size, ret_payload);
    if (payload_is_json(text + start, size - start) || is_body(text + start, size - start, topic, ret_payload))
        take_json(text + start, size - start, ret_payload);
    else
        read_code(text, size, start, buffer, ret_payload, reterr_error);
}

/* --- Frames in the lines of a log --- */

enum {
    GROUPS_MAX = 1024,
    TRIES_FRONT = 16, /* groups in front of a frame: date, time, numbers */
    TRIES_BACK = 4,   /* and behind it */
    LEAST_BYTES = 9,
    DAMAGED_DIGITS = 18, /* so many in one word are a frame, even if one is missing */
};

/* Hex digits without anything between them; `joins` when only separators stand between them and the ones before. */
struct group {
    size_t start, end;
    bool joins;
};

static bool is_word(char letter) {
    return isalnum((unsigned char)letter) || (letter & 0x80) != 0;
}

static size_t prefix_at(const char *text, size_t size) {
    bool has_prefix = size > 2 && (text[0] == '0' || text[0] == '\\') && (text[1] == 'x' || text[1] == 'X');
    return has_prefix ? 2 : 0;
}

/* Next group from `at`; false at the end. */
static bool next_group(const char *text, size_t size, size_t at, struct group *ret_group) {
    ret_group->joins = true;
    while (at < size) {
        size_t start = at;
        size_t digits = start + prefix_at(text + start, size - start);
        for (at = digits; at < size && isxdigit((unsigned char)text[at]);)
            at++;
        bool is_group = at > digits && (at == size || !is_word(text[at]) || text[at] == '\\');
        if (is_group) {
            ret_group->start = start;
            ret_group->end = at;
            return true;
        }
        ret_group->joins &= at == digits && strchr(" \t:,-|_;", text[at]) != NULL;
        while (at < size && is_word(text[at])) /* the rest of a word that is no hex */
            at++;
        at += at == start;
    }
    return false;
}

static size_t find_groups(const char *text, size_t size, struct group groups[GROUPS_MAX]) {
    size_t count = 0;
    for (size_t at = 0; count < GROUPS_MAX && next_group(text, size, at, &groups[count]); count++)
        at = groups[count].end;
    return count;
}

struct find {
    const char *text;
    uint8_t *bytes;
    size_t capacity;
    enum zjiot_fit fit;
    size_t start, end, size; /* the best so far */
};

/* A dump has the same number of digits in each group; a date has not. */
static bool is_dump(const struct group *groups, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (groups[i].end - groups[i].start != groups[0].end - groups[0].start)
            return false;
    }
    return true;
}

/* Tries `count` groups; true when it is certain. */
static bool try_part(struct find *find, const struct group *groups, size_t count) {
    size_t start = groups[0].start, end = groups[count - 1].end;
    struct zjiot_guess guess;
    struct zjiot_cjt188_event event;
    int64_t size = zjiot_hex_read(find->text + start, end - start, find->bytes, find->capacity, NULL);
    if (size < LEAST_BYTES)
        return false;
    const struct zjiot_input input = {NULL, find->bytes, (size_t)size};
    zjiot_identify(&input, &guess, 1);
    bool starts_late = guess.fit == ZJIOT_FIT_CERTAIN &&
                       zjiot_cjt188_pull(find->bytes, (size_t)size, true, &event) != 1 &&
                       strcmp(guess.protocol->name, "cjt188") == 0;
    enum zjiot_fit fit = starts_late ? ZJIOT_FIT_LIKELY : guess.fit;
    if (fit == ZJIOT_FIT_POSSIBLE && !is_dump(groups, count))
        return false;
    if (find->size == 0 || fit > find->fit || (fit == find->fit && (size_t)size > find->size)) {
        find->fit = fit;
        find->start = start;
        find->end = end;
        find->size = (size_t)size;
    }
    return fit == ZJIOT_FIT_CERTAIN;
}

/* Tries the groups first..last-1, which are one run: the front and the back may belong to something else. */
static bool try_run(struct find *find, const struct group *groups, size_t first, size_t last) {
    for (size_t back = 0; back <= TRIES_BACK && first + back < last; back++) {
        for (size_t front = 0; front <= TRIES_FRONT && first + front + back < last; front++) {
            if (try_part(find, groups + first + front, last - back - first - front))
                return true;
        }
    }
    return false;
}

static const struct group *damaged_group(const struct group *groups, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t digits = groups[i].end - groups[i].start;
        if (digits >= DAMAGED_DIGITS && digits % 2 == 1)
            return &groups[i];
    }
    return NULL;
}

void payload_find(const char *text, size_t size, struct payload_buffer *buffer, struct payload *ret_payload,
                  struct zjiot_error *reterr_error) {
    static struct group groups[GROUPS_MAX];
    struct find find = {.text = text, .bytes = payload_reserve(buffer, size / 2 + 1), .capacity = buffer->capacity};
    size_t count = find_groups(text, size, groups);
    bool is_certain = false;
    for (size_t first = 0, last; first < count && !is_certain; first = last) {
        for (last = first + 1; last < count && groups[last].joins;)
            last++;
        is_certain = try_run(&find, groups, first, last);
    }
    const struct group *damaged = find.fit == ZJIOT_FIT_NO ? damaged_group(groups, count) : NULL;
    if (damaged != NULL)
        read_hex(text, damaged->end, damaged->start, buffer->bytes, buffer->capacity, ret_payload, reterr_error);
    else if (find.size > 0 && find.fit != ZJIOT_FIT_NO)
        read_hex(text, find.end, find.start, buffer->bytes, buffer->capacity, ret_payload, reterr_error);
    else
        ret_payload->kind = PAYLOAD_NONE;
}
