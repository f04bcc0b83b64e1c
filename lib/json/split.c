/* JSON objects out of a stream without frames. Nothing is decided before every byte that could change it is there, so
 * the results do not depend on how the stream was cut.
 *
 * An object that is closed within `cap` bytes is one, whatever it holds. One that is not is followed to its end without
 * being kept, so no object inside of it is taken for a message. Only a brace that cannot stand where it stands ends it
 * early: JSON has neither {{ nor }{ nor a brace behind a word or a text, nor behind a comma but in a list, and no word
 * behind a text. There the object before it was damaged (a lone brace, a message cut off in the middle), and a new one
 * begins. Well-formed objects never look like this, so they are never split, however long they are. */
#include <string.h>

#include "base/base.h"
#include "zjiot/json.h"
#include "json/json.h"

/* How far is looked back from a byte, one in front of it included: what is kept has room for it. */
enum { BACK = ZJ_SPLIT_LOOK - 2 };

enum progress {
    OPEN,   /* the bytes end before the object does */
    CLOSED, /* it ends here */
    BROKEN, /* a new one begins here */
};

static bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool is_word(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

/* A quote, or one of [ \ ] { | }, which are told by one comparison; the bar means nothing. */
static bool is_mark(char c) {
    return c == '"' || (unsigned char)((c | ('{' ^ '[')) - '{') <= '}' - '{';
}

/* A bit for each mark in the first bytes, 16 at most. */
static unsigned find_marks(const char *at, size_t size) {
    unsigned marks = 0;
#if defined(ZJ_SSE2)
    if (size >= ZJ_WIDE) {
        const zj_wide bytes = zj_wide_load(at);
        const zj_wide place = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8('{' ^ '[')), _mm_set1_epi8('{'));
        const zj_wide others = _mm_cmpeq_epi8(_mm_min_epu8(place, _mm_set1_epi8('}' - '{')), place);
        return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), others));
    }
#endif
    for (unsigned i = 0; i < size && i < ZJ_WIDE; i++)
        marks |= (unsigned)is_mark(at[i]) << i;
    return marks;
}

/* The last byte before `at` that is no blank; NUL when it is too far back. */
static char before(const char *start, const char *at, const char **ret_place) {
    const char *const limit = at - start > BACK ? at - BACK : start;
    while (at > limit && is_blank(at[-1]))
        at--;
    *ret_place = at - 1;
    return at > limit ? at[-1] : '\0';
}

/* Whether a brace can open here, in an object that began at `start`. What stands on the line before may be a comment.
 * `in_list`: behind a comma it can. */
static bool may_open(const char *start, const char *at, bool in_list) {
    const char *place;
    const char last = before(start, at, &place);
    if (last == '{' || last == '}' || last == ']' || (last == ',' && !in_list))
        return false;
    return !(is_word(last) || last == '"') || memchr(place, '\n', (size_t)(at - place)) != NULL;
}

/* A text ends in front of `at`, where a word begins: then its last quote was the first one of a key, and the text one
 * that was never closed. The brace in front of that key, or NULL. */
static const char *lost_brace(const char *start, const char *at) {
    const char *place;
    return at[-1] == '"' && is_word(*at) && before(start, at - 1, &place) == '{' ? place : NULL;
}

/* Takes a mark that stands in no text; true when it ends the object. split->objects has a bit for each container that
 * is open, the innermost lowest, 1 for an object. It holds the innermost 64; of those outside them it says 0, and a
 * comma then may be one of a list. */
static inline bool nest(struct zj_split *split, char mark) {
    if (mark == '{' || mark == '[') {
        split->objects = split->objects << 1 | (mark == '{');
    } else if (mark == ']') {
        split->objects >>= !(split->objects & 1); /* one that closes nothing is passed over */
    } else if (mark == '}') {
        while (split->objects != 0 && !(split->objects & 1)) /* lists that were never closed */
            split->objects >>= 1;
        split->objects >>= 1;
    }
    split->depth += mark == '{';
    split->depth -= mark == '}';
    return split->depth == 0;
}

/* Takes the mark at `at`. *ret_at, unless the object is still open: where it ends, or where the new one begins. */
static inline enum progress take_mark(struct zj_split *split, const char *start, const char *at, const char *end,
                                      const char **ret_at) {
    if (*at == '"') {
        split->in_string = !split->in_string;
        *ret_at = !split->in_string && at + 1 < end ? lost_brace(start, at + 1) : NULL;
        return *ret_at != NULL ? BROKEN : OPEN;
    }
    if (split->in_string) {
        split->escape = *at == '\\';
        return OPEN;
    }
    *ret_at = at;
    if (*at == '{' && !may_open(start, at, !(split->objects & 1)))
        return BROKEN;
    *ret_at = at + 1;
    return nest(split, *at) ? CLOSED : OPEN;
}

/* Goes on through the object at `start`, from split->seen up to `size` bytes of it. *ret_at: how far it came. */
static enum progress follow(struct zj_split *split, const char *start, size_t size, size_t *ret_at) {
    const char *const end = start + size;
    struct zj_split now = *split; /* a copy, for what is read may be anywhere */
    const char *at = start + now.seen;
    const char *place = at < end && !now.in_string ? lost_brace(start, at) : NULL;
    enum progress progress = place != NULL ? BROKEN : OPEN;
    for (; at < end && progress == OPEN; at += ZJ_WIDE) {
        unsigned marks = find_marks(at, (size_t)(end - at)) & ~(unsigned)now.escape;
        now.escape = false;
        for (; marks != 0 && progress == OPEN; marks &= marks - 1) {
            const unsigned first = zj_lowest_bit(marks);
            progress = take_mark(&now, start, at + first, end, &place);
            if (now.escape && first < ZJ_WIDE - 1) {
                marks &= ~(2u << first);
                now.escape = at + first + 1 == end;
            }
        }
    }
    *split = now;
    *ret_at = progress == OPEN ? size : (size_t)(place - start);
    return progress;
}

/* Ends an object, or what was taken for one, after `size` bytes of the buffer. */
static int finish(struct zj_split *split, int code, size_t size, struct zj_split_event *ret_event) {
    *ret_event = (struct zj_split_event){.taken = size, .size = split->skipped + size};
    *split = (struct zj_split){.cap = split->cap};
    return code;
}

/* The bytes are taken, but not reported yet. */
static int pass(struct zj_split *split, size_t size, struct zj_split_event *ret_event) {
    split->skipped += size;
    ret_event->taken = size;
    return 0;
}

/* Reports the bytes passed over so far, and goes on as before. */
static int report_block(struct zj_split *split, int code, size_t size, struct zj_split_event *ret_event) {
    *ret_event = (struct zj_split_event){.taken = size, .size = split->skipped + size};
    split->skipped = 0;
    return code;
}

static int skip_garbage(struct zj_split *split, const char *bytes, size_t size, bool end,
                        struct zj_split_event *ret_event) {
    const size_t room = ZJ_SPLIT_BLOCK - split->skipped;
    const char *brace = memchr(bytes, '{', size < room ? size : room);
    if (brace != NULL)
        return finish(split, ZJIOT_SKIPPED, (size_t)(brace - bytes), ret_event);
    if (size >= room)
        return report_block(split, ZJIOT_SKIPPED, room, ret_event);
    return end ? finish(split, ZJIOT_SKIPPED, size, ret_event) : pass(split, size, ret_event);
}

/* An object that is longer than the cap: only what a brace may look back to is kept. */
static int skip_object(struct zj_split *split, const char *bytes, size_t size, bool end,
                       struct zj_split_event *ret_event) {
    const size_t most = ZJ_SPLIT_BLOCK - split->skipped + ZJ_SPLIT_LOOK;
    size_t at;
    if (follow(split, bytes, size < most ? size : most, &at) != OPEN)
        return finish(split, ZJIOT_SPACE, at, ret_event);
    split->seen = at;
    if (at < most && end)
        return finish(split, ZJIOT_SPACE, size, ret_event);
    if (at <= ZJ_SPLIT_LOOK)
        return 0;
    split->seen = ZJ_SPLIT_LOOK;
    at -= ZJ_SPLIT_LOOK;
    return at + ZJ_SPLIT_LOOK < most ? pass(split, at, ret_event) : report_block(split, ZJIOT_SPACE, at, ret_event);
}

static int find_object(struct zj_split *split, const char *bytes, size_t size, bool end,
                       struct zj_split_event *ret_event) {
    size_t at;
    const enum progress progress = follow(split, bytes, size < split->cap ? size : split->cap, &at);
    if (progress != OPEN)
        return finish(split, progress == CLOSED ? 1 : ZJIOT_SYNTAX, at, ret_event);
    split->seen = at;
    split->oversized = at >= split->cap;
    if (split->oversized)
        return skip_object(split, bytes, size, end, ret_event);
    return end ? finish(split, ZJIOT_LENGTH, size, ret_event) : 0;
}

int zj_split_pull(struct zj_split *split, const char *bytes, size_t size, bool end, struct zj_split_event *ret_event) {
    size_t blanks = 0;
    int code;
    *ret_event = (struct zj_split_event){0};
    if (split->depth == 0 && split->skipped == 0)
        while (blanks < size && is_blank(bytes[blanks]))
            blanks++;
    bytes += blanks;
    size -= blanks;
    if (split->oversized) {
        code = skip_object(split, bytes, size, end, ret_event);
    } else if (split->depth > 0) {
        code = find_object(split, bytes, size, end, ret_event);
    } else if (size == 0) {
        code = end && split->skipped > 0 ? finish(split, ZJIOT_SKIPPED, 0, ret_event) : 0;
    } else if (*bytes != '{') {
        code = skip_garbage(split, bytes, size, end, ret_event);
    } else if (split->skipped > 0) {
        code = finish(split, ZJIOT_SKIPPED, 0, ret_event);
    } else {
        split->depth = 1;
        split->objects = 1;
        split->seen = 1;
        code = find_object(split, bytes, size, end, ret_event);
    }
    ret_event->taken += blanks;
    return code;
}

int zjiot_json_pull(const char *text, size_t size, struct zjiot_json_event *ret_event) {
    struct zj_split split = {.cap = size + 1}; /* no object is too large, so that one which does not end is LENGTH */
    struct zj_split_event event;
    const int code = zj_split_pull(&split, text, size, true, &event);
    if (code != 0)
        *ret_event = (struct zjiot_json_event){event.taken - event.size, event.size};
    return code;
}
