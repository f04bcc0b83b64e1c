/* JSON objects in a text, whatever protocol they are of. */
#ifndef ZJIOT_JSON_H
#define ZJIOT_JSON_H

#include <stddef.h>

#include "zjiot/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What zjiot_json_pull found in the text. */
struct zjiot_json_event {
    size_t offset; /* where it begins; only blanks are in front of it */
    size_t size;   /* its bytes: go on behind them */
};

/* Finds the next object in a text in which several may stand, back to back or with anything between them. Stateless:
 * all of the text is there, `size` bytes of it left. (Objects that arrive bit by bit, and the messages in them:
 * zjiot_m4g_session_pull.) *ret_event is not written when nothing is left.
 * Returns 1: an object, as its braces show it; it need not be JSON. 0: nothing but blanks is left. Below 0, bytes to
 * pass over: SKIPPED: they belong to no object; SYNTAX: the beginning of an object in which another one begins where
 * none can; LENGTH: an object that the end cuts off. The braces of a comment are taken for the object's. */
ZJIOT_API int zjiot_json_pull(const char *text, size_t size, struct zjiot_json_event *ret_event);

#ifdef __cplusplus
}
#endif
#endif
