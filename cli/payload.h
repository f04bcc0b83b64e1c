/* From the text of an INPUT to the bytes of its message. */
#ifndef CLI_PAYLOAD_H
#define CLI_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zjiot/catalog.h"
#include "zjiot/decode.h"
#include "zjiot/error.h"

/* In the order of --from. */
enum payload_form { FORM_AUTO, FORM_HEX, FORM_BASE64, FORM_RAW, FORM_LOG };

enum payload_kind {
    PAYLOAD_BYTES,
    PAYLOAD_JSON,       /* JSON text as it is, or what stands for it by its topic, such as base64 */
    PAYLOAD_UNREADABLE, /* neither hex nor what else was asked for */
    PAYLOAD_NONE,       /* a line of a log that holds no message */
};

struct payload {
    enum payload_kind kind;
    const uint8_t *bytes;
    size_t size;
    const char *topic; /* where the text names one, else NULL */
    size_t topic_size;
    const char *part; /* what of the text was read as hex */
    size_t part_size;
};

/* Bytes that grow; all zero is empty. */
struct payload_buffer {
    uint8_t *bytes;
    size_t capacity;
};

/* `topic` is one given beside the text, or NULL. `buffer` holds the bytes until the next call. The error's offset
 * counts from the start of the text. */
void payload_read(const char *text, size_t size, enum payload_form form, const char *topic,
                  struct payload_buffer *buffer, struct zjiot_report *report, struct payload *ret_payload,
                  struct zjiot_error *reterr_error);

/* Looks for the frame in a line of a log: the hex digits that fit a protocol best. Numbers that fit none are no frame,
 * but so many digits that one of them must have been lost are UNREADABLE. */
void payload_find(const char *text, size_t size, struct payload_buffer *buffer, struct payload *ret_payload,
                  struct zjiot_error *reterr_error);

/* Whether it begins like an object, or a list of them: a C array begins with a number. */
bool payload_is_json(const char *text, size_t size);

/* The first object in a line of a log, and the topic in front of it. */
bool payload_find_json(const char *text, size_t size, struct payload *ret_payload);

/* Whether a line of a log, "len:277,Data:TOPIC", ends with the topic: its message stands below it. `is_late`: something
 * else may stand in front. */
bool payload_is_topic(const char *text, size_t size, bool is_late);

/* Makes room for `size` bytes. */
uint8_t *payload_reserve(struct payload_buffer *buffer, size_t size);

#endif
