/* Errors and deviations.
 *
 * An error ends a call: nothing was written to its outputs. A deviation is something a reader tolerated: the
 * result is there, and the report says what was found and what the document asks for.
 */
#ifndef ZJIOT_ERROR_H
#define ZJIOT_ERROR_H

#include <stddef.h>

#include "zjiot/export.h"

#ifdef __cplusplus
extern "C" {
#endif

#include "zjiot/def/push.inc"
/* Position of each code in the list; only used to number the codes below. */
enum {
#define CODE(name, text) ZJIOT_CODE_AT_##name,
#include "zjiot/def/codes.def"
#undef CODE
    ZJIOT_CODE_COUNT
};

/* 0 is success, every failure is negative: ZJIOT_ARG = -1, ZJIOT_NOMEM = -2 and so on down the list. */
enum zjiot_code {
    ZJIOT_OK = 0,
#define CODE(name, text) ZJIOT_##name = -1 - ZJIOT_CODE_AT_##name,
#include "zjiot/def/codes.def"
#undef CODE
};
#include "zjiot/def/pop.inc"

enum {
    ZJIOT_PATH_SIZE = 96,     /* bytes of a path such as data.loop[3].phase, with its NUL */
    ZJIOT_TEXT_SIZE = 192,    /* bytes of an error's sentence, with its NUL */
    ZJIOT_EVIDENCE_SIZE = 96, /* bytes of found or expected, with its NUL */
};

/* Why a call failed. Written only on failure; holds no pointers, so it lives as long as its owner likes. */
struct zjiot_error {
    enum zjiot_code code;
    size_t offset; /* byte of the input (reading) or 0 (writing) */
    size_t need;   /* SPACE: bytes that would have been enough; from a pool, bytes that were missing; 0: unknown */
    char path[ZJIOT_PATH_SIZE]; /* field, "" where the fault is not in a field */
    char text[ZJIOT_TEXT_SIZE]; /* one sentence, e.g. "brightness: 140 % is above 100 %" */
};

/* One tolerated difference from the document. */
struct zjiot_deviation {
    enum zjiot_code code;
    size_t offset; /* byte of the input */
    char path[ZJIOT_PATH_SIZE];
    char found[ZJIOT_EVIDENCE_SIZE];
    char expected[ZJIOT_EVIDENCE_SIZE];
};

/* Where a reader writes deviations; the caller owns the array. `count` goes on past `capacity`: a report that was
 * too small says how many it could not hold. Set items, capacity and count = 0 before each message. */
struct zjiot_report {
    struct zjiot_deviation *items;
    size_t capacity;
    size_t count;
};

/* "RANGE" for ZJIOT_RANGE; "OK" for 0; "?" for a number that is no code. Static text. */
ZJIOT_API const char *zjiot_code_name(int code);

/* A short explanation of the code, static text. */
ZJIOT_API const char *zjiot_code_text(int code);

/* Version of the library that is linked, e.g. "0.1.0"; static text. */
ZJIOT_API const char *zjiot_version(void);

#ifdef __cplusplus
}
#endif
#endif
