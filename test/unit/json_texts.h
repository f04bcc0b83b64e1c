/* JSON texts made at random: by the grammar, and damaged. The same seed gives the same texts. */
#ifndef JSON_TEXTS_H
#define JSON_TEXTS_H

#include <stdio.h>
#include <string.h>

#include "unit.h"

enum { TEXT_ROOM = 64 * 1024, TEXT_NESTED = 5 };

struct text {
    char bytes[TEXT_ROOM];
    size_t size;
};

static uint64_t text_seed = 8259;

static inline size_t pick(size_t count) {
    return (size_t)(random_bits(&text_seed) >> 16) % count;
}

static inline void put_bytes(struct text *text, const char *bytes, size_t size) {
    assert_true(size <= sizeof text->bytes - text->size);
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

static inline void put(struct text *text, const char *bytes) {
    put_bytes(text, bytes, strlen(bytes));
}

#define PUT_ONE_OF(text, list) put(text, list[pick(sizeof list / sizeof *list)])

static inline void put_blank(struct text *text) {
    static const char *const blanks[] = {"", "", "", "", "", "", " ", "\n", "\t", "\r\n  "};
    PUT_ONE_OF(text, blanks);
}

static inline void put_digits(struct text *text, size_t least, size_t most) {
    for (size_t i = least + pick(most - least + 1); i > 0; i--)
        put_bytes(text, &"0123456789"[pick(10)], 1);
}

static inline void put_number(struct text *text) {
    static const char *const edges[] = {"0",
                                        "-0",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "999999999999999999",
                                        "0.1",
                                        "-0.0",
                                        "1e5",
                                        "1E-7",
                                        "1.7976931348623157e308",
                                        "2.2250738585072014e-308",
                                        "4.9e-324",
                                        "1e-400",
                                        "0e0",
                                        "9007199254740993",
                                        "0.30000000000000004",
                                        "123456789012345678.5",
                                        "1e22",
                                        "1e23",
                                        "8.41e21",
                                        "5e-325"};
    if (pick(4) == 0) {
        PUT_ONE_OF(text, edges);
        return;
    }
    if (pick(3) == 0)
        put(text, "-");
    put_bytes(text, &"123456789"[pick(9)], 1);
    put_digits(text, 0, pick(8) == 0 ? 16 : 5);
    if (pick(2) == 0) {
        put(text, ".");
        put_digits(text, 1, pick(6) == 0 ? 18 : 4);
    }
    if (pick(8) == 0) {
        static const char *const marks[] = {"e", "E", "e+", "E-", "e-"};
        PUT_ONE_OF(text, marks);
        put_digits(text, 1, 2);
    }
}

static inline void put_string(struct text *text, size_t most) {
    static const char *const rare[] = {"\\\"",
                                       "\\\\",
                                       "\\/",
                                       "\\b",
                                       "\\f",
                                       "\\n",
                                       "\\r",
                                       "\\t",
                                       "\\u0041",
                                       "\\u00e9",
                                       "\\u706F",
                                       "\\ud83d\\udCa1",
                                       "\\uFFFF",
                                       "\xC3\xA9",
                                       "\xE7\x81\xAF",
                                       "\xF0\x9F\x92\xA1",
                                       "\x7F",
                                       "\\u001f",
                                       "/*",
                                       "//",
                                       "\xEF\xBC\x8C",
                                       "{",
                                       "}",
                                       ","};
    static const char common[] = "abcdefghijklmnopqrstuvwxyz 0123456789.:-_";
    put(text, "\"");
    for (size_t i = pick(most + 1); i > 0; i--) {
        if (pick(12) == 0)
            PUT_ONE_OF(text, rare);
        else
            put_bytes(text, &common[pick(sizeof common - 1)], 1);
    }
    put(text, "\"");
}

static inline void put_value(struct text *text, unsigned depth) {
    static const char *const words[] = {"true", "false", "null"};
    static const char *const keys[] = {"\"a\"", "\"b\"", "\"\"", "\"data\"", "\"\\u0061\""};
    const size_t kind = pick(depth < TEXT_NESTED ? 8 : 5);
    if (kind < 2) {
        put_number(text);
    } else if (kind < 4) {
        put_string(text, pick(10) == 0 ? 60 : 12);
    } else if (kind == 4) {
        PUT_ONE_OF(text, words);
    } else {
        put(text, kind == 7 ? "[" : "{");
        for (size_t i = 0, count = pick(5); i < count; i++) {
            put(text, i > 0 ? "," : "");
            put_blank(text);
            if (kind != 7) {
                if (pick(3) == 0)
                    PUT_ONE_OF(text, keys);
                else
                    put_string(text, 6);
                put_blank(text);
                put(text, ":");
                put_blank(text);
            }
            put_value(text, depth + 1);
            put_blank(text);
        }
        put(text, kind == 7 ? "]" : "}");
    }
}

/* A whole document; some are as deep as it is still allowed, or deeper. */
static inline void put_document(struct text *text) {
    const size_t deep = pick(200) == 0 ? 55 + pick(15) : 0;
    const char *const open = pick(2) == 0 ? "[" : "{\"a\":";
    text->size = 0;
    put_blank(text);
    for (size_t i = 0; i < deep; i++)
        put(text, open);
    put_value(text, deep > 0 ? TEXT_NESTED : 0);
    for (size_t i = 0; i < deep; i++)
        put(text, *open == '[' ? "]" : "}");
    put_blank(text);
}

static inline void replace(struct text *text, size_t at, size_t old, const char *bytes, size_t size) {
    assert_true(text->size - old + size <= sizeof text->bytes);
    memmove(text->bytes + at + size, text->bytes + at + old, text->size - at - old);
    memcpy(text->bytes + at, bytes, size);
    text->size = text->size - old + size;
}

/* One small damage somewhere. */
static inline void damage(struct text *text) {
    static const char *const tokens[] = {"{",
                                         "}",
                                         "[",
                                         "]",
                                         ",",
                                         ":",
                                         "\"",
                                         "\\",
                                         "/",
                                         "//",
                                         "/*",
                                         "*/",
                                         "/* */",
                                         "0",
                                         "1",
                                         "-",
                                         "+",
                                         ".",
                                         "e",
                                         "E",
                                         "null",
                                         "true",
                                         "NaN",
                                         "\\u",
                                         " ",
                                         "\n",
                                         "\x01",
                                         "\xFF",
                                         "\xC0",
                                         "\xED\xA0\x80",
                                         "\xEF\xBC\x8C",
                                         "\xEF\xBB\xBF",
                                         "\\ud800",
                                         "'",
                                         ",,",
                                         ",]",
                                         ",}",
                                         "\xF4\x90\x80\x80",
                                         "\x7F",
                                         "\\x",
                                         "00"};
    const size_t at = pick(text->size + 1);
    const size_t left = text->size - at;
    const char *token = tokens[pick(sizeof tokens / sizeof *tokens)];
    char piece[16];
    const size_t size = pick(sizeof piece) < left ? pick(sizeof piece) % (left + 1) : left % sizeof piece;
    switch (pick(6)) {
    case 0:
        replace(text, at, left > 0, "", 0);
        break;
    case 1:
        replace(text, at, left > 0, token, strlen(token));
        break;
    case 2:
        memcpy(piece, text->bytes + at, size);
        replace(text, pick(text->size + 1), 0, piece, size);
        break;
    case 3:
        if (pick(4) == 0)
            text->size = at;
        else
            replace(text, at, 0, "", 1 - 1);
        break;
    case 4:
        piece[0] = (char)random_bits(&text_seed);
        replace(text, at, left > 0, piece, 1);
        break;
    default:
        replace(text, at, 0, token, strlen(token));
        break;
    }
}

#endif
