/* Base64 after RFC 4648. */
#include "base/base.h"
#include "zjiot/hex.h"

/* What a character is: below 64 a letter of the alphabet with its value, else one of these. */
enum {
    URL = 0x40, /* - and _, with the value in the low bits */
    BLANK = 0x80,
    PADDING = 0x81,
    UNKNOWN = 0xff,
    NOT_PLAIN = 0xc0, /* the bits that no letter of the alphabet has */
};

#define IN(c, first, last) ((c) >= (first) && (c) <= (last))
#define OTHER_KIND(c)                                                                                                  \
    ((c) == '-'                                                ? (URL | 62)                                            \
     : (c) == '_'                                              ? (URL | 63)                                            \
     : (c) == '='                                              ? PADDING                                               \
     : (c) == ' ' || (c) == '\t' || (c) == '\r' || (c) == '\n' ? BLANK                                                 \
                                                               : UNKNOWN)
#define KIND(c)                                                                                                        \
    (IN(c, 'A', 'Z')   ? (c) - 'A'                                                                                     \
     : IN(c, 'a', 'z') ? (c) - 'a' + 26                                                                                \
     : IN(c, '0', '9') ? (c) - '0' + 52                                                                                \
     : (c) == '+'      ? 62                                                                                            \
     : (c) == '/'      ? 63                                                                                            \
                       : OTHER_KIND(c))
#define BYTE(c) (uint8_t)(KIND(c))
#define KIND4(c) BYTE(c), BYTE((c) + 1), BYTE((c) + 2), BYTE((c) + 3)
#define KIND16(c) KIND4(c), KIND4((c) + 4), KIND4((c) + 8), KIND4((c) + 12)
#define KIND64(c) KIND16(c), KIND16((c) + 16), KIND16((c) + 32), KIND16((c) + 48)

static const uint8_t kinds[256] = {KIND64(0), KIND64(64), KIND64(128), KIND64(192)};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int64_t zjiot_base64_write(const uint8_t *bytes, size_t size, char *text, size_t capacity,
                           struct zjiot_error *reterr_error) {
    size_t need = ZJIOT_BASE64_SIZE(size);
    if (capacity < need)
        return zj_fail_space(reterr_error, need);
    for (; size >= 3; size -= 3, bytes += 3, text += 4) {
        uint32_t bits = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
        text[0] = alphabet[bits >> 18];
        text[1] = alphabet[bits >> 12 & 63];
        text[2] = alphabet[bits >> 6 & 63];
        text[3] = alphabet[bits & 63];
    }
    if (size > 0) {
        uint32_t bits = (uint32_t)bytes[0] << 16 | (size == 2 ? (uint32_t)bytes[1] << 8 : 0);
        text[0] = alphabet[bits >> 18];
        text[1] = alphabet[bits >> 12 & 63];
        text[2] = size == 2 ? alphabet[bits >> 6 & 63] : '=';
        text[3] = '=';
    }
    return (int64_t)need;
}

/* Reads groups of four plain letters for as long as they come and their bytes fit; returns the characters read. */
static size_t read_groups(const char *text, size_t size, uint8_t *out, size_t capacity) {
    const uint8_t *letter = (const uint8_t *)text;
    const uint8_t *end = letter + (size / 4 < capacity / 3 ? size / 4 : capacity / 3) * 4;
    for (; letter < end; letter += 4, out += 3) {
        uint32_t a = kinds[letter[0]];
        uint32_t b = kinds[letter[1]];
        uint32_t c = kinds[letter[2]];
        uint32_t d = kinds[letter[3]];
        if ((a | b | c | d) & NOT_PLAIN)
            break;
        out[0] = (uint8_t)(a << 2 | b >> 4);
        out[1] = (uint8_t)(b << 4 | c >> 2);
        out[2] = (uint8_t)(c << 6 | d);
    }
    return (size_t)(letter - (const uint8_t *)text);
}

/* What a lenient reader puts up with, and where it came first. */
enum tolerated { GAPS, LETTERS, NO_PADDING, BITS, TOLERATED_COUNT };

struct reader {
    const char *text;
    size_t size;
    size_t at; /* next character */
    bool lenient;
    uint8_t *out;
    size_t capacity;
    size_t count;
    uint32_t bits;    /* the letters of an unfinished group, 6 bits each */
    unsigned letters; /* their number, 0 to 3 */
    size_t last;      /* place of the last letter */
    bool seen[TOLERATED_COUNT];
    size_t place[TOLERATED_COUNT];
    struct zjiot_error *error;
};

/* True when the reader is lenient, which it then remembers. */
static bool tolerate(struct reader *reader, enum tolerated what, size_t place) {
    if (reader->lenient && !reader->seen[what]) {
        reader->seen[what] = true;
        reader->place[what] = place;
    }
    return reader->lenient;
}

static int fail_letter(struct reader *reader) {
    unsigned letter = (uint8_t)reader->text[reader->at];
    if (letter < ' ' || letter > '~')
        return zj_fail(reader->error, ZJIOT_SYNTAX, reader->at, "the byte 0x%02x does not belong here in base64",
                       letter);
    return zj_fail(reader->error, ZJIOT_SYNTAX, reader->at, "'%c' does not belong here in base64", (int)letter);
}

/* Puts the first `size` bytes of a group of 24 bits out. */
static int put_group(struct reader *reader, uint32_t bits, size_t size) {
    if (reader->capacity - reader->count < size)
        return zj_fail_space(reader->error, reader->size / 4 * 3 + 3);
    for (size_t i = 0; i < size; i++)
        reader->out[reader->count++] = (uint8_t)(bits >> (16 - 8 * i));
    return ZJIOT_OK;
}

/* Reads up to the padding or the end. */
static int read_letters(struct reader *reader) {
    while (reader->at < reader->size) {
        if (reader->letters == 0 && reader->count < reader->capacity) {
            size_t read = read_groups(reader->text + reader->at, reader->size - reader->at, reader->out + reader->count,
                                      reader->capacity - reader->count);
            reader->at += read;
            reader->count += read / 4 * 3;
            if (read > 0)
                continue;
        }
        uint8_t kind = kinds[(uint8_t)reader->text[reader->at]];
        if (kind == PADDING)
            break;
        if (kind == UNKNOWN || (kind == BLANK && !tolerate(reader, GAPS, reader->at)) ||
            ((kind & NOT_PLAIN) == URL && !tolerate(reader, LETTERS, reader->at)))
            return fail_letter(reader);
        if (kind != BLANK) {
            reader->bits = (reader->bits << 6 | (kind & 63)) & 0xffffff;
            reader->last = reader->at;
            reader->letters = (reader->letters + 1) % 4;
            if (reader->letters == 0 && put_group(reader, reader->bits, 3) < 0)
                return ZJIOT_SPACE;
        }
        reader->at++;
    }
    return ZJIOT_OK;
}

/* Reads the padding, of which `due` characters belong here, and what blanks there are, to the end. */
static int read_padding(struct reader *reader, unsigned due) {
    for (; reader->at < reader->size; reader->at++) {
        uint8_t kind = kinds[(uint8_t)reader->text[reader->at]];
        if (kind == PADDING && due > 0)
            due--;
        else if (kind != BLANK || !tolerate(reader, GAPS, reader->at))
            return fail_letter(reader);
    }
    if (due > 0 && !tolerate(reader, NO_PADDING, reader->size))
        return zj_fail(reader->error, ZJIOT_LENGTH, reader->size, "%u '=' missing at the end", due);
    return ZJIOT_OK;
}

/* Reads what is behind the last whole group. */
static int read_end(struct reader *reader) {
    if (reader->letters == 1)
        return zj_fail(reader->error, ZJIOT_LENGTH, reader->at, "one letter is left over, which is less than a byte");
    int status = read_padding(reader, reader->letters == 0 ? 0 : 4 - reader->letters);
    if (status < 0 || reader->letters == 0)
        return status;
    uint32_t bits = reader->bits << (24 - 6 * reader->letters) & 0xffffff;
    size_t size = reader->letters - 1;
    if ((bits & 0xffffff >> 8 * size) != 0 && !tolerate(reader, BITS, reader->last))
        return zj_fail(reader->error, ZJIOT_CONST, reader->last, "the unused bits of the last letter are not zero");
    return put_group(reader, bits, size);
}

static void report_tolerated(const struct reader *reader, struct zjiot_report *report) {
    static const struct {
        enum zjiot_code code;
        const char *found;
        const char *expected;
    } rows[TOLERATED_COUNT] = {
        [GAPS] = {ZJIOT_SYNTAX, "blanks or line breaks", "letters without gaps"},
        [LETTERS] = {ZJIOT_SYNTAX, "the letters - and _", "the letters + and /"},
        [NO_PADDING] = {ZJIOT_LENGTH, "no or too few =", "= up to a multiple of four letters"},
        [BITS] = {ZJIOT_CONST, "unused bits that are not zero", "unused bits that are zero"},
    };
    for (size_t i = 0; i < TOLERATED_COUNT; i++) {
        if (reader->seen[i])
            zj_report(report, rows[i].code, reader->place[i], "", rows[i].found, rows[i].expected);
    }
}

int64_t zjiot_base64_read(const char *text, size_t size, bool lenient, uint8_t *out, size_t capacity,
                          struct zjiot_report *report, struct zjiot_error *reterr_error) {
    struct reader reader = {
        .text = text, .size = size, .lenient = lenient, .out = out, .capacity = capacity, .error = reterr_error};
    int status = read_letters(&reader);
    if (status == ZJIOT_OK)
        status = read_end(&reader);
    if (status < 0)
        return status;
    report_tolerated(&reader, report);
    return (int64_t)reader.count;
}
