#include "amount.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The number at the start, and where it ends. */
static bool read_number(const char *text, unsigned long most, unsigned long *ret_number, const char **ret_end) {
    char *end;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || errno != 0 || number > most)
        return false;
    *ret_number = number;
    *ret_end = end;
    return true;
}

bool amount_number(const char *text, unsigned long most, unsigned long *ret_number) {
    unsigned long number;
    const char *end;
    if (!read_number(text, most, &number, &end) || *end != '\0')
        return false;
    *ret_number = number;
    return true;
}

bool amount_time(const char *text, unsigned *ret_ms) {
    static const struct {
        const char *unit;
        unsigned long ms;
    } units[] = {{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}};
    enum { DAY_MS = 86400000 };
    unsigned long number;
    const char *unit;
    if (!read_number(text, DAY_MS, &number, &unit))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(unit, units[i].unit) == 0 && number <= DAY_MS / units[i].ms) {
            *ret_ms = (unsigned)(number * units[i].ms);
            return true;
        }
    }
    return false;
}
