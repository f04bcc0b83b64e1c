/* JSON of a known message is hardly there by chance. A CJ/T 188 frame says where it begins and ends; an NB frame does
 * not, but its function has a length, and its CRC tells. What is surest is taken first, and what is less sure is looked
 * for only in the bytes between. */
#include "cut.h"

#include <string.h>

#include "payload.h"
#include "zjiot/cjt188.h"
#include "zjiot/decode.h"
#include "zjiot/json.h"
#include "zjiot/nb.h"

enum { FN_AT = 4, INNER_SIZE = ZJIOT_NB_HEADER_SIZE + ZJIOT_NB_CRC_SIZE };

struct zjiot_guess cut_judge(const struct zjiot_input *input, const struct zjiot_protocol *wanted) {
    enum { GUESSES_MAX = 16 };
    struct zjiot_guess guesses[GUESSES_MAX];
    const size_t count = zjiot_identify(input, guesses, GUESSES_MAX);
    for (size_t i = 0; i < count; i++)
        if (wanted == NULL || guesses[i].protocol == wanted)
            return guesses[i];
    return (struct zjiot_guess){.protocol = wanted};
}

struct cutter {
    const uint8_t *bytes;
    size_t size;
    const struct zjiot_protocol *wanted;      /* NULL: any */
    const struct zjiot_protocol *nb, *cjt188; /* NULL: not wanted */
    bool has_object;                          /* a JSON message of those that are wanted */
    void (*show)(const struct piece *piece, void *context);
    void *context;
    struct piece piece; /* the last one found: whether another follows is not yet known */
    bool has_piece;
    size_t end; /* of the last piece */
};

static void add(struct cutter *cutter, const struct zjiot_protocol *protocol, size_t offset, size_t size) {
    const bool is_first = !cutter->has_piece;
    if (cutter->has_piece)
        cutter->show(&cutter->piece, cutter->context);
    cutter->piece = (struct piece){.protocol = protocol,
                                   .offset = offset,
                                   .size = size,
                                   .skipped_before = offset - cutter->end,
                                   .first = is_first};
    cutter->has_piece = true;
    cutter->end = offset + size;
}

/* Where a frame lies. */
struct place {
    const struct zjiot_protocol *protocol;
    size_t offset, size;
};

static struct zjiot_guess judge(const struct cutter *cutter, size_t offset, size_t size) {
    const struct zjiot_input input = {NULL, cutter->bytes + offset, size};
    return cut_judge(&input, cutter->wanted);
}

/* An object that is a message. */
static bool find_object(const struct cutter *cutter, size_t from, size_t to, struct place *ret_place) {
    struct zjiot_json_event event;
    int code;
    for (size_t at = from; (code = zjiot_json_pull((const char *)cutter->bytes + at, to - at, &event)) != 0;) {
        at += event.offset;
        if (code == 1 && payload_is_json((const char *)cutter->bytes + at, event.size)) {
            const struct zjiot_guess guess = judge(cutter, at, event.size);
            if (guess.fit != ZJIOT_FIT_NO) {
                *ret_place = (struct place){guess.protocol, at, event.size};
                return true;
            }
        }
        at += event.size;
    }
    return false;
}

/* A CJ/T 188 frame whose sum agrees. */
static bool find_meter(const struct cutter *cutter, size_t from, size_t to, struct place *ret_place) {
    struct zjiot_cjt188_event event;
    for (size_t at = from; cutter->cjt188 != NULL && at < to; at += event.size) {
        const int code = zjiot_cjt188_pull(cutter->bytes + at, to - at, true, &event);
        if (code == 0)
            return false;
        if (code == 1) {
            *ret_place = (struct place){cutter->cjt188, at, event.size};
            return true;
        }
    }
    return false;
}

/* Whether it is an NB frame: of the example device, or with a CRC that agrees. */
static bool is_lamp(const uint8_t *bytes, size_t size, size_t base, bool example) {
    static const uint8_t sn[] = {ZJIOT_NB_SN_EXAMPLE >> 24, ZJIOT_NB_SN_EXAMPLE >> 16 & 0xFF,
                                 ZJIOT_NB_SN_EXAMPLE >> 8 & 0xFF, ZJIOT_NB_SN_EXAMPLE & 0xFF};
    const struct zjiot_options options = {.crc = example ? ZJIOT_CRC_OFF : ZJIOT_CRC_STRICT};
    struct zjiot_nb_message message;
    if ((example && memcmp(bytes + base, sn, sizeof sn) != 0) ||
        zjiot_nb_decode(bytes, size, &options, &message, NULL, NULL, NULL) != 0 || message.full != (base > 0))
        return false;
    /* No checksum covers the envelope: bytes in front of an inner frame are none if they hold no IMEI. */
    return base == 0 || (strlen(message.envelope.nbid) == 15 && strspn(message.envelope.nbid, "0123456789") == 15);
}

/* The size of the NB frame that starts at `at`; 0 when there is none. */
static size_t lamp_size(const struct cutter *cutter, size_t at, size_t to, bool example) {
    const struct zjiot_protocol *nb = cutter->nb;
    for (size_t base = 0; base <= ZJIOT_NB_ENVELOPE_SIZE; base += ZJIOT_NB_ENVELOPE_SIZE) {
        if (to - at < base + INNER_SIZE)
            return 0;
        for (size_t i = 0; i < nb->record_count; i++) {
            const struct zjiot_record *record = &nb->records[i];
            const size_t size = base + INNER_SIZE + record->wire_size;
            if (record->id_count == 1 && record->first_id == cutter->bytes[at + base + FN_AT] && size <= to - at &&
                is_lamp(cutter->bytes + at, size, base, example))
                return size;
        }
    }
    return 0;
}

static bool find_lamp(const struct cutter *cutter, size_t from, size_t to, bool example, struct place *ret_place) {
    for (size_t at = from; cutter->nb != NULL && at < to; at++) {
        const size_t size = lamp_size(cutter, at, to, example);
        if (size > 0) {
            *ret_place = (struct place){cutter->nb, at, size};
            return true;
        }
    }
    /* An unknown function has no length: only all of the bytes may be its frame. */
    const uint8_t *all = cutter->bytes + from;
    *ret_place = (struct place){cutter->nb, from, to - from};
    return cutter->nb != NULL && !example &&
           (is_lamp(all, to - from, 0, false) || is_lamp(all, to - from, ZJIOT_NB_ENVELOPE_SIZE, false));
}

/* How sure a find is, the surest first. */
enum level { OBJECT, METER, LAMP, EXAMPLE_LAMP, DAMAGED };

static bool find(const struct cutter *cutter, enum level level, size_t from, size_t to, struct place *ret_place) {
    switch (level) {
    case OBJECT:
        return cutter->has_object && find_object(cutter, from, to, ret_place);
    case METER:
        return find_meter(cutter, from, to, ret_place);
    default:
        return find_lamp(cutter, from, to, level == EXAMPLE_LAMP, ret_place);
    }
}

/* CJ/T 188 frames with a wrong sum, and one that is cut off by the end. */
static void cut_damaged_meters(struct cutter *cutter, size_t from, size_t to) {
    struct zjiot_cjt188_event event;
    for (size_t at = from; cutter->cjt188 != NULL && at < to; at += event.size) {
        const int code = zjiot_cjt188_pull(cutter->bytes + at, to - at, true, &event);
        if (code == 0)
            return;
        if (code == ZJIOT_CHECKSUM || (code == ZJIOT_LENGTH && to == cutter->size))
            add(cutter, cutter->cjt188, at, event.size);
    }
}

/* The same, and next to JSON messages also JSON that is none, or only the beginning of one. */
static void cut_damaged(struct cutter *cutter, size_t from, size_t to) {
    struct zjiot_json_event event;
    for (size_t at = from;
         cutter->has_object && zjiot_json_pull((const char *)cutter->bytes + at, to - at, &event) != 0;) {
        at += event.offset;
        if (payload_is_json((const char *)cutter->bytes + at, event.size)) {
            cut_damaged_meters(cutter, from, at);
            add(cutter, judge(cutter, at, event.size).protocol, at, event.size);
            from = at + event.size;
        }
        at += event.size;
    }
    cut_damaged_meters(cutter, from, to);
}

static void cut_range(struct cutter *cutter, enum level level, size_t from, size_t to) {
    struct place place;
    if (level == DAMAGED) {
        cut_damaged(cutter, from, to);
        return;
    }
    while (from < to && find(cutter, level, from, to, &place)) {
        cut_range(cutter, level + 1, from, place.offset);
        add(cutter, place.protocol, place.offset, place.size);
        from = place.offset + place.size;
    }
    cut_range(cutter, level + 1, from, to);
}

bool cut_frames(const uint8_t *bytes, size_t size, const struct zjiot_protocol *wanted,
                void (*show)(const struct piece *piece, void *context), void *context) {
    struct cutter cutter = {.bytes = bytes, .size = size, .wanted = wanted, .show = show, .context = context};
    const struct zjiot_protocol *nb = zjiot_protocol_find("nb"), *cjt188 = zjiot_protocol_find("cjt188");
    cutter.nb = wanted == NULL || wanted == nb ? nb : NULL;
    cutter.cjt188 = wanted == NULL || wanted == cjt188 ? cjt188 : NULL;
    struct place first;
    cutter.has_object = find_object(&cutter, 0, size, &first);
    cut_range(&cutter, OBJECT, 0, size);
    if (!cutter.has_piece)
        return false;
    cutter.piece.skipped_after = size - cutter.end;
    cutter.piece.last = true;
    show(&cutter.piece, context);
    return true;
}
