/* Time stamps of milliseconds, and of a clock whose zone nobody says. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"

enum {
    MS_DIGITS = 13,
    LOCAL_DIGITS = 17, /* yyyyMMddHHmmssSSS */
    MS_A_MINUTE = 60000,
    MS_A_DAY = 24 * 60 * MS_A_MINUTE,
    ZONE_MOST = 14 * 60,
};

/* A year from March on has its leap day at the end; 400 years have 146097 days. */
enum { YEARS = 400, DAYS = 146097, BEFORE_1970 = 719468 };

static int64_t days_since_1970(const struct zjiot_clock *clock) {
    const int year = clock->year - (clock->month <= 2);
    const int of_era = year % YEARS;
    const int day_of_year = (153 * ((clock->month + 9) % 12) + 2) / 5 + clock->day - 1;
    return (int64_t)(year / YEARS) * DAYS + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - BEFORE_1970;
}

static void date_of(int64_t days, struct zjiot_clock *clock) {
    days += BEFORE_1970;
    const int day_of_era = (int)(days % DAYS);
    const int of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS - 1)) / 365;
    const int day_of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
    const int month = (5 * day_of_year + 2) / 153; /* 0 is March */
    clock->day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1);
    clock->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
    clock->year = (int16_t)(days / DAYS * YEARS + of_era + (clock->month <= 2));
}

static int number_of(const char *digits, unsigned count) {
    int number = 0;
    for (unsigned i = 0; i < count; i++)
        number = number * 10 + (digits[i] - '0');
    return number;
}

static bool read_local(const char *digits, int64_t *ret_ms) {
    const struct zjiot_clock clock = {
        .year = (int16_t)number_of(digits, 4),
        .month = (uint8_t)number_of(digits + 4, 2),
        .day = (uint8_t)number_of(digits + 6, 2),
        .hour = (uint8_t)number_of(digits + 8, 2),
        .minute = (uint8_t)number_of(digits + 10, 2),
        .second = (uint8_t)number_of(digits + 12, 2),
    };
    if (clock.year < 1970 || !zj_clock_valid(&clock))
        return false;
    const int seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second;
    *ret_ms = days_since_1970(&clock) * MS_A_DAY + (int64_t)seconds * 1000 + number_of(digits + 14, 3);
    return true;
}

enum zjiot_code zj_stamp_find(const char *digits, size_t size, struct zjiot_stamp *ret_stamp) {
    int64_t ms = 0;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)(digits[i] - '0') > 9)
            return ZJIOT_SYNTAX;
    if (size == 0 || (size > 1 && digits[0] == '0'))
        return ZJIOT_SYNTAX;
    if (size == LOCAL_DIGITS) {
        if (!read_local(digits, &ms))
            return ZJIOT_RANGE;
        *ret_stamp = (struct zjiot_stamp){ms, ZJIOT_STAMP_LOCAL};
        return ZJIOT_OK;
    }
    if (size > MS_DIGITS)
        return ZJIOT_LENGTH;
    for (size_t i = 0; i < size; i++)
        ms = ms * 10 + (digits[i] - '0');
    *ret_stamp = (struct zjiot_stamp){ms, ZJIOT_STAMP_MS};
    return ZJIOT_OK;
}

int zjiot_stamp_read(const char *digits, size_t size, struct zjiot_stamp *ret_stamp, struct zjiot_error *reterr_error) {
    const enum zjiot_code code = zj_stamp_find(digits, size, ret_stamp);
    return code == 0 ? 0 : zj_fail(reterr_error, code, 0, "no time stamp: %s", zj_kind_name(ZJIOT_STAMP));
}

bool zj_stamp_is_local(const struct zjiot_stamp *stamp) {
    return stamp->form == ZJIOT_STAMP_LOCAL || stamp->form == ZJIOT_STAMP_LOCAL_NUMBER;
}

/* False: none that has a text; `out` is then an empty one. */
static bool split(const struct zjiot_stamp *stamp, struct zjiot_clock *ret_clock, unsigned *ret_ms, char *out) {
    static const int64_t last_local = INT64_C(253402300799999); /* of the year 9999 */
    out[0] = '\0';
    if (stamp->ms < 0 || stamp->ms > (zj_stamp_is_local(stamp) ? last_local : ZJIOT_STAMP_MAX))
        return false;
    date_of(stamp->ms / MS_A_DAY, ret_clock);
    const int of_day = (int)(stamp->ms % MS_A_DAY);
    ret_clock->hour = (uint8_t)(of_day / MS_A_MINUTE / 60);
    ret_clock->minute = (uint8_t)(of_day / MS_A_MINUTE % 60);
    ret_clock->second = (uint8_t)(of_day / 1000 % 60);
    *ret_ms = (unsigned)(of_day % 1000);
    return true;
}

size_t zjiot_stamp_digits(const struct zjiot_stamp *stamp, char *out) {
    struct zjiot_clock clock;
    unsigned ms;
    if (!split(stamp, &clock, &ms, out))
        return 0;
    if (!zj_stamp_is_local(stamp))
        return zj_int_write(stamp->ms, out);
    return (size_t)snprintf(out, ZJIOT_STAMP_TEXT_SIZE, "%04d%02d%02d%02d%02d%02d%03u", clock.year, clock.month,
                            clock.day, clock.hour, clock.minute, clock.second, ms);
}

size_t zjiot_stamp_date(const struct zjiot_stamp *stamp, char *out) {
    struct zjiot_clock clock;
    unsigned ms;
    if (!split(stamp, &clock, &ms, out))
        return 0;
    return (size_t)snprintf(out, ZJIOT_STAMP_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03u%s", clock.year, clock.month,
                            clock.day, clock.hour, clock.minute, clock.second, ms, zj_stamp_is_local(stamp) ? "" : "Z");
}

int zjiot_stamp_to_utc(struct zjiot_stamp *stamp, int minutes_east, struct zjiot_error *reterr_error) {
    if (minutes_east < -ZONE_MOST || minutes_east > ZONE_MOST)
        return zj_fail(reterr_error, ZJIOT_ARG, 0, "a zone is -840 to 840 minutes east, not %d", minutes_east);
    const int64_t ms = stamp->ms - (zj_stamp_is_local(stamp) ? (int64_t)minutes_east * MS_A_MINUTE : 0);
    if (ms < 0 || ms > ZJIOT_STAMP_MAX)
        return zj_fail(reterr_error, ZJIOT_RANGE, 0, "no time between 1970 and the last that 13 digits hold");
    *stamp = (struct zjiot_stamp){ms, ZJIOT_STAMP_MS};
    return 0;
}
