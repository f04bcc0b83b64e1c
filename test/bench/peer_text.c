/* What travels in quotes, read and written by hand. */
#include <stdlib.h>

#include "peers.h"

#include "base/base.h"
#include "zjiot/hex.h"

bool peer_keep_text(struct zjiot_pool *pool, const char *text, size_t size, void *member) {
    char *copy = zjiot_pool_take(pool, size + 1, NULL);
    if (copy == NULL)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    memcpy(member, &copy, sizeof copy);
    return true;
}

bool peer_read_hex(struct zjiot_pool *pool, const char *text, size_t size, struct zjiot_bytes *item) {
    uint8_t *bytes = zjiot_pool_take(pool, size / 2, NULL);
    *item = (struct zjiot_bytes){bytes, size / 2};
    return bytes != NULL && zjiot_hex_read(text, size, bytes, size / 2, NULL) == (int64_t)(size / 2);
}

static int pair(const char *text) {
    return (text[0] - '0') * 10 + (text[1] - '0');
}

static void put_pair(int number, char *out) {
    out[0] = (char)('0' + number / 10);
    out[1] = (char)('0' + number % 10);
}

/* 19:00, 07-31 */
static bool read_calendar(const struct zjiot_field *field, const char *text, size_t size, void *member) {
    if (size != 5)
        return false;
    const int64_t number = pair(text) * (field->kind == ZJIOT_MINUTE ? 60 : 100) + pair(text + 3);
    memcpy(member, &number, sizeof number);
    return true;
}

static size_t write_calendar(const struct zjiot_field *field, int64_t number, char *out) {
    const int base = field->kind == ZJIOT_MINUTE ? 60 : 100;
    put_pair((int)number / base, out);
    out[2] = field->kind == ZJIOT_MINUTE ? ':' : '-';
    put_pair((int)number % base, out + 3);
    return 5;
}

/* 2019-06-15 16:07:28 */
static bool read_clock(const char *text, size_t size, void *member) {
    if (size != 19)
        return false;
    const struct zjiot_clock clock = {
        .year = (int16_t)(pair(text) * 100 + pair(text + 2)),
        .month = (uint8_t)pair(text + 5),
        .day = (uint8_t)pair(text + 8),
        .hour = (uint8_t)pair(text + 11),
        .minute = (uint8_t)pair(text + 14),
        .second = (uint8_t)pair(text + 17),
    };
    memcpy(member, &clock, sizeof clock);
    return true;
}

static size_t write_clock(const struct zjiot_clock *clock, char *out) {
    memcpy(out, "0000-00-00 00:00:00", 19);
    put_pair(clock->year / 100, out);
    put_pair(clock->year % 100, out + 2);
    put_pair(clock->month, out + 5);
    put_pair(clock->day, out + 8);
    put_pair(clock->hour, out + 11);
    put_pair(clock->minute, out + 14);
    put_pair(clock->second, out + 17);
    return 19;
}

/* Four hex digits a word, a comma between. */
static bool read_words(const char *text, size_t size, void *member, struct zjiot_pool *pool) {
    static const int8_t nibbles[256] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
        ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
        ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16}; /* and one; 0: no digit */
    const size_t count = (size + 1) / 5;
    uint16_t *items = zjiot_pool_take(pool, count * sizeof *items, NULL);
    const struct zjiot_words words = {items, count};
    int bad = size % 5 != 4;
    for (size_t i = 0; i < count && items != NULL; i++) {
        const char *at = text + 5 * i;
        const int a = nibbles[(unsigned char)at[0]] - 1, b = nibbles[(unsigned char)at[1]] - 1,
                  c = nibbles[(unsigned char)at[2]] - 1, d = nibbles[(unsigned char)at[3]] - 1;
        bad |= (a | b | c | d) < 0 || (i + 1 < count && at[4] != ',');
        items[i] = (uint16_t)(a << 12 | b << 8 | c << 4 | d);
    }
    memcpy(member, &words, sizeof words);
    return items != NULL && !bad;
}

static size_t write_words(const struct zjiot_words *words, char *out) {
    static const char digits[] = "0123456789ABCDEF";
    char *at = out;
    for (size_t i = 0; i < words->count; i++, at += 5) {
        const uint16_t word = words->items[i];
        at[0] = digits[word >> 12];
        at[1] = digits[word >> 8 & 15];
        at[2] = digits[word >> 4 & 15];
        at[3] = digits[word & 15];
        at[4] = ',';
    }
    return (size_t)(at - out) - 1;
}

static bool read_int(const char *text, size_t size, int64_t *ret_number) {
    int64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *ret_number = number;
    return size > 0;
}

static bool read_stamp(const char *text, size_t size, struct zjiot_stamp *stamp) {
    stamp->form = ZJIOT_STAMP_MS;
    return read_int(text, size, &stamp->ms);
}

static bool read_word(const struct zjiot_field *field, const char *text, size_t size, int64_t *ret_number) {
    for (const struct zjiot_choice *choice = field->set; choice->name != NULL; choice++) {
        if (strlen(choice->name) == size && memcmp(choice->name, text, size) == 0) {
            *ret_number = choice->low;
            return true;
        }
    }
    return false;
}

static const char *word_of(const struct zjiot_field *field, int64_t number) {
    const struct zjiot_choice *choice = field->set;
    while (choice->low != number)
        choice++;
    return choice->name;
}

bool peer_read_text(const struct zjiot_record *record, const struct zjiot_field *field, const char *text, size_t size,
                    void *member, struct zjiot_pool *pool) {
    if (field->flags & ZJIOT_FIELD_HIDDEN)
        return size == record->name_size && memcmp(text, record->name, size) == 0;
    switch (field->kind) {
    case ZJIOT_TEXT:
        return peer_keep_text(pool, text, size, member);
    case ZJIOT_MINUTE:
    case ZJIOT_MONTH_DAY:
        return read_calendar(field, text, size, member);
    case ZJIOT_NAMED:
        return read_word(field, text, size, member);
    case ZJIOT_STAMP:
        return read_stamp(text, size, member);
    case ZJIOT_CLOCK:
        return read_clock(text, size, member);
    case ZJIOT_WORDS:
        return read_words(text, size, member, pool);
    case ZJIOT_INT:
        return read_int(text, size, member);
    case ZJIOT_REAL:
        *(double *)member = strtod(text, NULL); /* every peer ends its strings with a NUL */
        return true;
    default:
        return false;
    }
}

size_t peer_write_text(const struct zjiot_record *record, const struct zjiot_field *field, const void *member,
                       char room[PEER_TEXT_SIZE], const char **ret_text) {
    *ret_text = room;
    if (field->flags & ZJIOT_FIELD_HIDDEN) {
        *ret_text = record->name;
        return record->name_size;
    }
    switch (field->kind) {
    case ZJIOT_TEXT:
        memcpy(ret_text, member, sizeof *ret_text);
        return strlen(*ret_text);
    case ZJIOT_MINUTE:
    case ZJIOT_MONTH_DAY:
        return write_calendar(field, *(const int64_t *)member, room);
    case ZJIOT_NAMED:
        *ret_text = word_of(field, *(const int64_t *)member);
        return strlen(*ret_text);
    case ZJIOT_STAMP:
        return zj_int_write(((const struct zjiot_stamp *)member)->ms, room);
    case ZJIOT_CLOCK:
        return write_clock(member, room);
    case ZJIOT_WORDS:
        return write_words(member, room);
    case ZJIOT_REAL:
        return zj_real_write(*(const double *)member, room);
    default:
        return zj_int_write(*(const int64_t *)member, room);
    }
}
