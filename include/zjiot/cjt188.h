/* CJ/T 188 meter frames: water, heat, gas and electricity meters, and HY's valves (document 004).
 *
 * The structs come from zjiot/def/cjt188.def: look there for the members, their units and ranges.
 */
#ifndef ZJIOT_CJT188_H
#define ZJIOT_CJT188_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/catalog.h"
#include "zjiot/decode.h"
#include "zjiot/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ZJIOT_CJT188_ADDRESS_SIZE = 7,
    ZJIOT_CJT188_OVERHEAD = 13,        /* bytes of a frame without what L counts */
    ZJIOT_CJT188_FRAME_MAX = 13 + 255, /* without preamble */
    ZJIOT_CJT188_PREAMBLE_MAX = 32,    /* FE bytes that count as one preamble */
    /* A buffer of this size always holds enough for zjiot_cjt188_pull to decide. */
    ZJIOT_CJT188_WINDOW = 2 * ZJIOT_CJT188_FRAME_MAX + ZJIOT_CJT188_PREAMBLE_MAX + 256,
};

#define ZJ_ROWS "zjiot/def/cjt188.def"
#define ZJ_NAME(self) zjiot_cjt188_##self
#define ZJ_AT(self, name) zjiot_at_cjt188_##self##_##name
#include "zjiot/def/structs.inc"

/* A frame. Messages are told apart by `type`: ZJIOT_CJT188_WATER means data.water, and so on. Members of the data that
 * are no number or were not provided have no bit in `has` (ZJIOT_BIT(cjt188_water, clock)). */
struct zjiot_cjt188_message {
    enum zjiot_cjt188_message_type type;
    const char *name;                /* "read_reply"; of raw data the name by its function; static */
    enum zjiot_cjt188_layout layout; /* how the data were read, or are to be written (AUTO: by type) */
    const char *reason;              /* why; static */
    bool forced;                     /* decoded although the checksum is wrong (option force) */
    struct zjiot_bytes payload;      /* what stands after SER (or in place of it); leads into the input */
    struct zjiot_cjt188_header header;
    union zjiot_cjt188_data data; /* raw bytes lead into the input */
};

/* Reads one frame; FE bytes in front are its preamble, nothing may follow its 16. `options`, `report`, `trace`,
 * `reterr_error` may be NULL. Returns 0. SYNTAX: no 68 where the frame starts, or no 16 where L says it ends; LENGTH:
 * fewer or more bytes than L says; CHECKSUM; under `strict` the code of the first deviation. Data without a
 * layout, or that do not fit theirs, come as type RAW with a deviation. */
ZJIOT_API int zjiot_cjt188_decode(const uint8_t *bytes, size_t size, const struct zjiot_options *options,
                                  struct zjiot_cjt188_message *ret_message, struct zjiot_report *report,
                                  struct zjiot_trace *trace, struct zjiot_error *reterr_error);

/* Writes one frame. From the header it takes preamble, type, address, di_order and ser; the control code and the DI
 * come from the message type; for RAW the control code, and for RAW, reads and answers of a range of DIs also the DI,
 * come from the header. header.ser 0 stands for 1 in SET_OPENING_55 unless its bit in header.has is set, as those
 * devices count from there. Returns the number of bytes. RANGE, TYPE: a member that cannot be written (path says
 * which); CONST: the header's control code or DI contradicts the type, or meter type and vendor are of devices that
 * have no such message (a layout other than AUTO in the message admits what is read in that layout); MISSING: the type
 * serves several DIs and none is given, or a member was absent when the message was read; LENGTH: L would be above 255;
 * SPACE. */
ZJIOT_API int64_t zjiot_cjt188_encode(const struct zjiot_cjt188_message *message, uint8_t *out, size_t capacity,
                                      struct zjiot_error *reterr_error);

/* What zjiot_cjt188_pull found at the start of the bytes. */
struct zjiot_cjt188_event {
    size_t size;     /* bytes that it takes up: consume them before the next call */
    size_t preamble; /* FE bytes at their start, when it is a frame */
};

/* Finds the next frame in a stream. Stateless: the caller keeps the bytes (a buffer of ZJIOT_CJT188_WINDOW is always
 * enough) and consumes event.size after each result. `end` says that no byte will follow.
 * Returns 1: a frame whose checksum agrees. 0: more bytes are needed (with `end`: nothing is left). Below 0, bytes to
 * pass over: SKIPPED: they belong to no frame; CHECKSUM: a whole frame, but for its sum; LENGTH: a frame cut off by the
 * end. The sequence of results does not depend on how the stream was cut into calls. */
ZJIOT_API int zjiot_cjt188_pull(const uint8_t *bytes, size_t size, bool end, struct zjiot_cjt188_event *ret_event);

/* --- Building the frames that a master sends. Each returns the number of bytes, or a code as zjiot_cjt188_encode. ---
 */

/* Whom a frame is for. */
struct zjiot_cjt188_target {
    uint8_t type;                               /* T, e.g. 0x10 */
    uint8_t address[ZJIOT_CJT188_ADDRESS_SIZE]; /* as it stands in the frame */
    uint8_t ser;                                /* 0: the first one, which for the valves of type 55 is 1 */
    uint8_t preamble;                           /* FE bytes to put in front */
    bool di_low_first;                          /* write 1F 90 instead of 90 1F */
};

/* The target's address from printed digits: up to 10 of the meter number and 4 of the vendor ("7833"). TYPE: other
 * characters than digits; LENGTH: too many. */
ZJIOT_API int zjiot_cjt188_target_meter(struct zjiot_cjt188_target *target, const char *meter, const char *vendor,
                                        struct zjiot_error *reterr_error);

/* An HY device (type 0x53 or 0x55) from the 8 digits printed on it. */
ZJIOT_API int zjiot_cjt188_target_hy(struct zjiot_cjt188_target *target, uint8_t type, const char *meter,
                                     struct zjiot_error *reterr_error);

/* Request without data: 901F, D120..D12B, 8102..8105 with C 01; 8106 with C 09; 810A with C 03. UNKNOWN: another DI. */
ZJIOT_API int64_t zjiot_cjt188_build_read(const struct zjiot_cjt188_target *target, uint16_t di, uint8_t *out,
                                          size_t capacity, struct zjiot_error *reterr_error);

/* Asks whatever meter is on the line for its address. */
ZJIOT_API int64_t zjiot_cjt188_build_read_address(uint8_t preamble, uint8_t *out, size_t capacity,
                                                  struct zjiot_error *reterr_error);

ZJIOT_API int64_t zjiot_cjt188_build_write_prices(const struct zjiot_cjt188_target *target,
                                                  const struct zjiot_cjt188_write_prices *prices, uint8_t *out,
                                                  size_t capacity, struct zjiot_error *reterr_error);
/* Days 1..31. */
ZJIOT_API int64_t zjiot_cjt188_build_write_settlement_day(const struct zjiot_cjt188_target *target, int day,
                                                          uint8_t *out, size_t capacity,
                                                          struct zjiot_error *reterr_error);
ZJIOT_API int64_t zjiot_cjt188_build_write_reading_day(const struct zjiot_cjt188_target *target, int day, uint8_t *out,
                                                       size_t capacity, struct zjiot_error *reterr_error);
/* `amount` with two decimals. */
ZJIOT_API int64_t zjiot_cjt188_build_write_purchase(const struct zjiot_cjt188_target *target, uint8_t sequence,
                                                    double amount, uint8_t *out, size_t capacity,
                                                    struct zjiot_error *reterr_error);
ZJIOT_API int64_t zjiot_cjt188_build_write_key(const struct zjiot_cjt188_target *target, uint8_t version,
                                               const uint8_t key[8], uint8_t *out, size_t capacity,
                                               struct zjiot_error *reterr_error);
ZJIOT_API int64_t zjiot_cjt188_build_write_clock(const struct zjiot_cjt188_target *target,
                                                 const struct zjiot_clock *clock, uint8_t *out, size_t capacity,
                                                 struct zjiot_error *reterr_error);
ZJIOT_API int64_t zjiot_cjt188_build_write_valve(const struct zjiot_cjt188_target *target,
                                                 enum zjiot_cjt188_valve_command command, uint8_t *out, size_t capacity,
                                                 struct zjiot_error *reterr_error);
ZJIOT_API int64_t zjiot_cjt188_build_factory_enable(const struct zjiot_cjt188_target *target, uint8_t *out,
                                                    size_t capacity, struct zjiot_error *reterr_error);
ZJIOT_API int64_t zjiot_cjt188_build_write_address(const struct zjiot_cjt188_target *target,
                                                   const uint8_t new_address[ZJIOT_CJT188_ADDRESS_SIZE], uint8_t *out,
                                                   size_t capacity, struct zjiot_error *reterr_error);
ZJIOT_API int64_t zjiot_cjt188_build_write_motor_sync(const struct zjiot_cjt188_target *target,
                                                      const struct zjiot_quantity *flow, uint8_t *out, size_t capacity,
                                                      struct zjiot_error *reterr_error);

/* HY valve to `percent` (0..100; whole percent for type 53, tenths for type 55). ARG: the target
 * is no HY device (type 53 or 55 and vendor 001111). */
ZJIOT_API int64_t zjiot_cjt188_build_set_opening(const struct zjiot_cjt188_target *target, double percent, uint8_t *out,
                                                 size_t capacity, struct zjiot_error *reterr_error);

#ifdef __cplusplus
}
#endif
#endif
