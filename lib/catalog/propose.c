/* A hex text that lost a digit: which digit, put back where, makes it a whole frame. The protocols judge. */
#include <string.h>

#include "catalog/catalog.h"
#include "zjiot/hex.h"

struct search {
    const char *digits;
    size_t count;
    struct zjiot_proposal *proposals;
    size_t capacity;
    size_t kept;
    size_t fits[2]; /* without and with a checksum that agrees */
};

static bool is_better(const struct zjiot_proposal *one, const struct zjiot_proposal *other) {
    if (one->confirmed != other->confirmed)
        return one->confirmed;
    if ((one->device != NULL) != (other->device != NULL))
        return one->device != NULL;
    return one->oddities < other->oddities;
}

/* Keeps the best, in order; equal ones in the order of their columns. */
static void insert(struct search *search, const struct zjiot_proposal *proposal) {
    size_t at = search->kept;
    while (at > 0 && is_better(proposal, &search->proposals[at - 1]))
        at--;
    if (at >= search->capacity)
        return;
    const size_t last = search->kept < search->capacity ? search->kept : search->capacity - 1;
    memmove(&search->proposals[at + 1], &search->proposals[at], (last - at) * sizeof *search->proposals);
    search->proposals[at] = *proposal;
    search->kept = last + 1;
}

static void try_digit(struct search *search, const struct zjiot_protocol *wanted, size_t column, char digit) {
    char text[ZJIOT_PROPOSAL_DIGITS + 1];
    uint8_t bytes[sizeof text / 2];
    memcpy(text, search->digits, column);
    text[column] = digit;
    memcpy(text + column + 1, search->digits + column, search->count - column);
    const int64_t size = zjiot_hex_read(text, search->count + 1, bytes, sizeof bytes, NULL);
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); size > 0 && *p != NULL; p++) {
        struct zjiot_proposal proposal = {.protocol = *p, .column = column, .digit = digit};
        if ((wanted != NULL && *p != wanted) || (*p)->calls->judge == NULL ||
            !(*p)->calls->judge(bytes, (size_t)size, &proposal))
            continue;
        search->fits[proposal.confirmed]++;
        insert(search, &proposal);
    }
}

size_t zjiot_propose(const struct zjiot_protocol *protocol, const char *digits, size_t count,
                     struct zjiot_proposal *proposals, size_t capacity) {
    static const char alphabet[] = "0123456789ABCDEF";
    struct search search = {.digits = digits, .count = count, .proposals = proposals, .capacity = capacity};
    if (count % 2 == 0 || count > ZJIOT_PROPOSAL_DIGITS)
        return 0;
    for (size_t column = 0; column <= count; column++)
        for (const char *digit = alphabet; *digit != '\0'; digit++) {
            /* Put before or behind its like, a digit makes the same text. */
            const char before = column > 0 ? digits[column - 1] : '\0';
            if (before != *digit && (before < 'a' || before - 'a' + 'A' != *digit))
                try_digit(&search, protocol, column, *digit);
        }
    return search.fits[true] > 0 ? search.fits[true] : search.fits[false];
}
