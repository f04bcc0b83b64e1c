/* Inside of the NB protocol. */
#ifndef ZJ_NB_H
#define ZJ_NB_H

#include "catalog/catalog.h"
#include "zjiot/nb.h"

enum { ZJ_NB_RECORDS = ZJIOT_NB_UNKNOWN_FN + 1 };

extern const struct zjiot_record zj_nb_records[ZJ_NB_RECORDS];
extern const struct zjiot_protocol zj_nb_protocol;
extern const struct zjiot_record zj_nb_part_envelope;
extern const struct zjiot_record zj_nb_part_header;
extern const struct zjiot_record zj_nb_part_json_header;
extern const struct zjiot_record zj_nb_part_json_payload;

/* The serial number that a header is written with, the example's where none is given. */
uint32_t zj_nb_sn(const struct zjiot_nb_header *header);

/* In which form a payload has its frame. */
enum zjiot_nb_form zj_nb_form(const void *payload, size_t size);

/* Reads a JSON payload: the frame, which is the inner one behind an envelope made of the header where it has all of it.
 * `frame` has room for `size` and the envelope. Spans and deviations go to the reader. *ret_hex_at: where the inner
 * frame's digits stand; *ret_outer: bytes of the envelope. Returns the frame's bytes, or a code. */
int64_t zj_nb_unwrap_json(struct zj_reader *reader, const char *text, size_t size, struct zjiot_pool *pool,
                          uint8_t *frame, size_t *ret_hex_at, size_t *ret_outer);

/* Reads a frame in hex. Returns its bytes; LENGTH: too long; SPACE: `capacity` is too small; else as zjiot_hex_read. */
int64_t zj_nb_unwrap_hex(const char *text, size_t size, uint8_t *frame, size_t capacity, struct zjiot_error *error);

#endif
