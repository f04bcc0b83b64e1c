/* Messages as jansson's trees, for callers who hold trees. The only header that needs a foreign one; a library that was
 * built without jansson does not have these calls.
 *
 * Unlike the codecs these calls allocate, as jansson does.
 */
#ifndef ZJIOT_JANSSON_H
#define ZJIOT_JANSSON_H

#include <jansson.h>

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

/* Sets the members of a prepared message from a tree: the members of its data, or a record with `header` and `data`.
 * What a record says besides is passed over, and so are computed members, such as a checksum; null leaves its member
 * unset. Texts and lists come from `pool`. A failure is one of zjiot_set, with the path of the member; the members
 * before it are then set. LENGTH: a path is too long. */
ZJIOT_API int zjiot_from_jansson(struct zjiot_message *message, const json_t *object, struct zjiot_pool *pool,
                                 struct zjiot_error *reterr_error);

/* Calls `visit` for each value below `object`, in its order, with the path that zjiot_set knows it by, "period[0].on",
 * and its text: "420", "3.5 m3" for {"value":3.5,"unit":"m3"}, "[]" for an empty list, "{}" for an item of a list
 * without members, NULL for null. Both live until `visit` returns; a result other than 0 ends the walk and is handed
 * on. LENGTH: a path is too long. */
ZJIOT_API int zjiot_jansson_leaves(const json_t *object,
                                   int (*visit)(const char *path, const char *text, void *context), void *context,
                                   struct zjiot_error *reterr_error);

#ifdef __cplusplus
}
#endif
#endif
