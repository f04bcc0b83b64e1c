/* Records on stdout, in the formats of decode and watch. */
#ifndef CLI_PRINTER_H
#define CLI_PRINTER_H

#include <stdbool.h>
#include <stddef.h>

#include "reading.h"
#include "zjiot/decode.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV };

enum { ARRIVAL_TIME_SIZE = 40 };

/* How a live message came. */
struct arrival {
    char received[ARRIVAL_TIME_SIZE]; /* "2026-11-21T08:00:00.123Z" */
    unsigned qos;
    bool is_retained, is_duplicate;
};

struct printer {
    struct zjiot_options options;
    enum format format;
    bool is_live;           /* records say how the message came */
    struct arrival arrival; /* with is_live, of the message at hand */
    size_t records;
};

/* What the format needs to know of a message. */
enum reading_depth printer_depth(const struct printer *printer);

/* What stands in front of all records. */
void printer_start(const struct printer *printer);

void printer_show(struct printer *printer, const struct result *result);

#endif
