/* Frames in a stream of bytes. A false 68 must not cost a good frame, and the result must not depend on how the stream
 * was cut: so nothing is decided before every byte that could change it is there. */
#include "cjt188/cjt188.h"

enum { NOISE_BLOCK = 256 };

enum look {
    NO_FRAME,
    GOOD,
    BAD_SUM,
    SHORT, /* the bytes end before it does */
};

/* Looks at one place for a frame; *ret_size is its length, as far as it is known. */
static enum look look_at(const uint8_t *bytes, size_t size, size_t *ret_size) {
    if (bytes[0] != ZJ_CJT188_START)
        return NO_FRAME;
    if (size <= ZJ_CJT188_LENGTH_AT)
        return SHORT;
    const size_t whole = (size_t)ZJIOT_CJT188_OVERHEAD + bytes[ZJ_CJT188_LENGTH_AT];
    *ret_size = whole;
    if (size < whole)
        return SHORT;
    if (bytes[whole - 1] != ZJ_CJT188_END)
        return NO_FRAME;
    return zj_sum8(bytes, whole - ZJ_CJT188_TAIL) == bytes[whole - ZJ_CJT188_TAIL] ? GOOD : BAD_SUM;
}

/* Whether a good frame starts inside a frame whose sum is wrong: then the outer 68 was a false one. One that is cut off
 * says nothing at the end; before it, more bytes will tell. */
static enum look look_inside(const uint8_t *bytes, size_t size, size_t whole, bool end) {
    size_t inner;
    for (size_t at = 1; at < whole; at++) {
        const enum look look = look_at(bytes + at, size - at, &inner);
        if (look == GOOD || (look == SHORT && !end))
            return look;
    }
    return NO_FRAME;
}

/* Where the run of FE ends that starts at `at`, PREAMBLE_MAX bytes on at the most. */
static size_t preamble_start(const uint8_t *bytes, size_t frame_at) {
    size_t at = frame_at;
    while (at > 0 && frame_at - at < ZJIOT_CJT188_PREAMBLE_MAX && bytes[at - 1] == ZJ_CJT188_FE)
        at--;
    return at;
}

/* The result for a frame (or what is left of one) at `at`: what stands in front of it comes first. */
static int found(const uint8_t *bytes, size_t at, size_t size, int code, struct zjiot_cjt188_event *ret_event) {
    const size_t start = preamble_start(bytes, at);
    if (start > 0) {
        *ret_event = (struct zjiot_cjt188_event){.size = start};
        return ZJIOT_SKIPPED;
    }
    *ret_event = (struct zjiot_cjt188_event){.size = at + size, .preamble = at};
    return code;
}

/* Nothing more can come: a frame that was cut off is worth a word of its own. */
static int at_end(const uint8_t *bytes, size_t size, size_t cut_at, struct zjiot_cjt188_event *ret_event) {
    if (cut_at < size)
        return found(bytes, cut_at, size - cut_at, ZJIOT_LENGTH, ret_event);
    *ret_event = (struct zjiot_cjt188_event){.size = size};
    return size > 0 ? ZJIOT_SKIPPED : 0;
}

int zjiot_cjt188_pull(const uint8_t *bytes, size_t size, bool end, struct zjiot_cjt188_event *ret_event) {
    size_t cut_at = size;
    *ret_event = (struct zjiot_cjt188_event){0};
    for (size_t at = 0; at < size; at++) {
        size_t whole = 0;
        enum look look = look_at(bytes + at, size - at, &whole);
        if (at == NOISE_BLOCK + ZJIOT_CJT188_PREAMBLE_MAX && cut_at == size) {
            *ret_event = (struct zjiot_cjt188_event){.size = NOISE_BLOCK};
            return ZJIOT_SKIPPED;
        }
        if (look == GOOD)
            return found(bytes, at, whole, 1, ret_event);
        if (look == BAD_SUM) {
            look = look_inside(bytes + at, size - at, whole, end);
            if (look == NO_FRAME)
                return found(bytes, at, whole, ZJIOT_CHECKSUM, ret_event);
        }
        if (look == SHORT && !end)
            return 0;
        if (look == SHORT && cut_at == size)
            cut_at = at;
    }
    return end ? at_end(bytes, size, cut_at, ret_event) : 0;
}
