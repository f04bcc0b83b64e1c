/* Numbers and times on the command line and in the configuration. */
#ifndef CLI_AMOUNT_H
#define CLI_AMOUNT_H

#include <stdbool.h>

/* A whole number up to `most`, without a sign. */
bool amount_number(const char *text, unsigned long most, unsigned long *ret_number);

/* "10s", "500ms", "2m", "1h" or "10", which is seconds; up to a day. */
bool amount_time(const char *text, unsigned *ret_ms);

#endif
