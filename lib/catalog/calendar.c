/* Days, minutes and clocks. */
#include <string.h>

#include "catalog/catalog.h"

enum { HOUR = 60 };

static int days_of(int month) {
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 ? days[month - 1] : 0;
}

bool zj_clock_valid(const struct zjiot_clock *clock) {
    if (clock->day < 1 || clock->day > days_of(clock->month))
        return false;
    const int year = clock->year;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (clock->month == 2 && clock->day == 29 && !leap)
        return false;
    return year >= 0 && clock->hour <= 23 && clock->minute <= 59 && clock->second <= 59;
}

bool zj_datetime_read(const char *text, struct zjiot_clock *ret_clock) {
    static const char form[] = "dddd-dd-dd?dd:dd:dd";
    static const uint8_t at[] = {0, 2, 5, 8, 11, 14, 17};
    uint8_t pair[ZJ_COUNT(at)];
    for (unsigned i = 0; i < ZJ_DATETIME_SIZE; i++)
        if (form[i] == 'd' ? (unsigned char)(text[i] - '0') > 9 : form[i] != '?' && text[i] != form[i])
            return false;
    for (unsigned i = 0; i < ZJ_COUNT(at); i++)
        pair[i] = (uint8_t)((text[at[i]] - '0') * 10 + (text[at[i] + 1] - '0'));
    *ret_clock = (struct zjiot_clock){(int16_t)(pair[0] * 100 + pair[1]), pair[2], pair[3], pair[4], pair[5], pair[6]};
    return true;
}

void zj_datetime_write(const struct zjiot_clock *clock, char *out) {
    static const char form[] = "0000-00-00 00:00:00";
    static const uint8_t at[] = {0, 2, 5, 8, 11, 14, 17};
    const int pair[] = {clock->year / 100, clock->year % 100, clock->month, clock->day,
                        clock->hour,       clock->minute,     clock->second};
    memcpy(out, form, ZJ_DATETIME_SIZE);
    for (unsigned i = 0; i < ZJ_COUNT(at); i++) {
        out[at[i]] = (char)('0' + pair[i] / 10);
        out[at[i] + 1] = (char)('0' + pair[i] % 10);
    }
}

bool zj_calendar_fits(const struct zjiot_field *field, int64_t number, int second) {
    if (field->kind == ZJIOT_MINUTE)
        return number >= 0 && number <= field->max && second < HOUR;
    return second >= 1 && second <= days_of((int)(number / 100));
}

size_t zj_calendar_write(const struct zjiot_field *field, int64_t number, char *out) {
    const bool is_day = field->kind == ZJIOT_MONTH_DAY;
    const int base = is_day ? 100 : HOUR;
    const int first = (int)(number / base) % 100;
    const int second = (int)(number % base);
    out[0] = (char)('0' + first / 10);
    out[1] = (char)('0' + first % 10);
    out[2] = is_day ? '-' : ':';
    out[3] = (char)('0' + second / 10);
    out[4] = (char)('0' + second % 10);
    out[5] = '\0';
    return 5;
}

/* One or two digits. */
static size_t read_pair(const char *text, size_t size, int *ret_number) {
    size_t at = 0;
    *ret_number = 0;
    for (; at < size && at < 2 && text[at] >= '0' && text[at] <= '9'; at++)
        *ret_number = *ret_number * 10 + (text[at] - '0');
    return at;
}

bool zj_calendar_read(const struct zjiot_field *field, const char *text, size_t size, int64_t *ret_number) {
    const bool is_day = field->kind == ZJIOT_MONTH_DAY;
    int part[3] = {0, 0, 0};
    size_t at = 0;
    for (unsigned i = 0; i < 3 && at <= size; i++) {
        const size_t digits = read_pair(text + at, size - at, &part[i]);
        at += digits;
        if (digits == 0)
            return false;
        if (at == size) {
            const int64_t number = (int64_t)part[0] * (is_day ? 100 : HOUR) + part[1];
            if (i == 0 || (i == 2 && (is_day || part[2] != 0)) || !zj_calendar_fits(field, number, part[1]))
                return false;
            *ret_number = number;
            return true;
        }
        if (text[at++] != (is_day ? '-' : ':'))
            return false;
    }
    return false;
}
