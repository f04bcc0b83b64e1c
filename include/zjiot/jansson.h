/* Messages as jansson's trees, for callers who hold trees. The only header that needs a foreign one; a library that was
 * built without jansson does not have these calls.
 *
 * Unlike the codecs these calls allocate, as jansson does.
 */
#ifndef ZJIOT_JANSSON_H
#define ZJIOT_JANSSON_H

#include <jansson.h>
#include <stdbool.h>

#include "zjiot/decode.h"
#include "zjiot/error.h"
#include "zjiot/pool.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The record of an outcome (zjiot_record_write) as a tree: a new reference, for the caller to give back with
 * json_decref. NULL and an error: NOMEM. */
ZJIOT_API json_t *zjiot_to_jansson(const struct zjiot_outcome *outcome, const struct zjiot_options *options,
                                   struct zjiot_error *reterr_error);

/* Sets the members of a prepared message from a tree, in one of three forms:
 *   the members of its data
 *   a record, with `header` and `data`
 *   the body as the protocol sends it ({"context":{..},"data":{..}} of Zhenjiang), whose parts beside `data` are header
 * What a record says besides is passed over, and so are computed members, such as a checksum. null leaves its member
 * unset; with "not_provided" in its `.._quality`, which records have beside it, it is set to that. Texts and lists come
 * from `pool`. A failure is one of zjiot_set, with the path of the member; the members before it are then set. UNKNOWN
 * is also a member beside those parts that no record has; TYPE: a part that is no object, a text with NUL in it;
 * LENGTH: a path is too long. */
ZJIOT_API int zjiot_from_jansson(struct zjiot_message *message, const json_t *object, struct zjiot_pool *pool,
                                 struct zjiot_error *reterr_error);

/* A value of a tree. Its texts live until the visit ends. */
struct zjiot_leaf {
    const char
        *path; /* as zjiot_set knows it: "period[0].on"; of a record or a body "header.extra", "data.brightness" */
    const char *text; /* "420", "true", "3.5 m3" for {"value":3.5,"unit":"m3"}, "[]" for an empty list, "{}" for an
                         object without members, the whole as JSON where data have no members of their own
                         ("data.members"); NULL for null */
    bool absent;      /* null, and its quality says that it was not provided */
};

/* Calls `visit` for each value that a tree has for the message, as zjiot_from_jansson takes it, in the tree's order but
 * the header first; a result other than 0 ends the walk and is handed on. UNKNOWN, TYPE, LENGTH, NOMEM: see there. */
ZJIOT_API int zjiot_jansson_leaves(const struct zjiot_message *message, const json_t *object,
                                   int (*visit)(const struct zjiot_leaf *leaf, void *context), void *context,
                                   struct zjiot_error *reterr_error);

#ifdef __cplusplus
}
#endif
#endif
