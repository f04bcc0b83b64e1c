/* Numbers: BCD, decimals, and their texts. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

/* Exact decimals stand on each operation being rounded to double; x87 needs -mfpmath=sse. */
_Static_assert(FLT_EVAL_METHOD == 0, "double arithmetic must not have excess precision");

static const int64_t powers[] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

enum { MOST_PLACES = (int)ZJ_COUNT(powers) - 1 };

static const int64_t exact_limit = (int64_t)1 << 53; /* below it every integer is a double */

static inline bool bcd_write(uint8_t *bytes, size_t size, bool low_first, int64_t value) {
    if (value < 0 || value >= powers[2 * size])
        return false;
    for (size_t i = 0; i < size; i++) {
        bytes[low_first ? i : size - 1 - i] = (uint8_t)(value / 10 % 10 << 4 | value % 10);
        value /= 100;
    }
    return true;
}

bool zj_bcd_read_le(const uint8_t *bytes, size_t size, int64_t *ret_value) {
    uint64_t packed = 0;
    if (size == 4)
        return zj_bcd_value(bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 | (uint64_t)bytes[3] << 24,
                            ret_value);
    for (size_t i = size; i > 0; i--)
        packed = packed << 8 | bytes[i - 1];
    return zj_bcd_value(packed, ret_value);
}

bool zj_bcd_read_be(const uint8_t *bytes, size_t size, int64_t *ret_value) {
    uint64_t packed = 0;
    for (size_t i = 0; i < size; i++)
        packed = packed << 8 | bytes[i];
    return zj_bcd_value(packed, ret_value);
}

bool zj_bcd_write_le(uint8_t *bytes, size_t size, int64_t value) {
    return bcd_write(bytes, size, true, value);
}

bool zj_bcd_write_be(uint8_t *bytes, size_t size, int64_t value) {
    return bcd_write(bytes, size, false, value);
}

int64_t zj_power10(unsigned exponent) {
    return powers[exponent];
}

const double zj_powers[] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                            1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

bool zj_decimal_digits(double value, unsigned decimals, int64_t *ret_digits) {
    const double scaled = fabs(value) * (double)powers[decimals];
    if (!(scaled <= (double)exact_limit))
        return false;
    int64_t digits = (int64_t)(scaled + 0.5);
    if (zj_decimal_value(digits, -(int)decimals) != fabs(value))
        digits--; /* with more than 51 bits, rounding has carried it one too far */
    if (digits >= exact_limit || zj_decimal_value(digits, -(int)decimals) != fabs(value))
        return false;
    *ret_digits = value < 0 ? -digits : digits;
    return true;
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                            "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

/* Writes the digits so that they end at `end`; returns where they begin. 0 has one digit. */
static char *digits_before(char *end, uint64_t number) {
    while (number >= 100) {
        end -= 2;
        memcpy(end, pairs + 2 * (number % 100), 2);
        number /= 100;
    }
    if (number >= 10) {
        end -= 2;
        memcpy(end, pairs + 2 * number, 2);
    } else {
        *--end = (char)('0' + number);
    }
    return end;
}

size_t zj_decimal_fixed(int64_t digits, unsigned decimals, char *out) {
    char text[24];
    char *const end = text + sizeof text;
    char *at = digits_before(end, digits < 0 ? -(uint64_t)digits : (uint64_t)digits);
    while ((size_t)(end - at) <= decimals)
        *--at = '0';
    char *to = out;
    *to = '-';
    to += digits < 0;
    const size_t whole = (size_t)(end - at) - decimals;
    for (size_t i = 0; i < whole; i++)
        *to++ = at[i];
    if (decimals > 0)
        *to++ = '.';
    for (size_t i = 0; i < decimals; i++)
        *to++ = at[whole + i];
    *to = '\0';
    return (size_t)(to - out);
}

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOWEST_FIRST

/* 8 digits as numbers, the first one the lowest byte: halves, quarters and eighths, each pair of neighbours at once.
 * The factors stand for / 100 and / 10; they are exact below 10000 and 100. */
static inline uint64_t eight_digits(uint32_t number) {
    const uint64_t halves = number / 10000 | (uint64_t)(number % 10000) << 32;
    const uint64_t high = (halves * 10486 >> 20) & UINT64_C(0x0000007F0000007F);
    const uint64_t quarters = high | (halves - high * 100) << 16;
    const uint64_t tens = (quarters * 103 >> 10) & UINT64_C(0x000F000F000F000F);
    return tens | (quarters - tens * 10) << 8;
}

/* Writes the digits; returns what is behind them. Up to 7 bytes more are written to. */
static inline char *put_digits(char *at, uint64_t number) {
    enum { EIGHT = 100000000 };
    const uint64_t zeros = UINT64_C(0x3030303030303030);
    uint64_t text;
    if (number < 100) {
        const unsigned count = 1 + (number >= 10);
        memcpy(at, pairs + 2 * number + (2 - count), 2); /* one digit, and another that does not count, or both */
        return at + count;
    }
    if (number >= EIGHT) {
        at = put_digits(at, number / EIGHT);
        text = eight_digits((uint32_t)(number % EIGHT)) | zeros;
        memcpy(at, &text, sizeof text);
        return at + 8;
    }
    const uint64_t digits = eight_digits((uint32_t)number);
    const unsigned leading = zj_lowest_bit(digits) / 8; /* bytes of zeros in front */
    text = (digits | zeros) >> 8 * leading;
    memcpy(at, &text, sizeof text);
    return at + (8 - leading);
}

#else

static inline char *put_digits(char *at, uint64_t number) {
    char text[24];
    const char *start = digits_before(text + sizeof text, number);
    const size_t size = (size_t)(text + sizeof text - start);
    memcpy(at, start, size);
    return at + size;
}

#endif

size_t zj_int_write(int64_t value, char *out) {
    char *at = out;
    *at = '-';
    at += value < 0;
    at = put_digits(at, value < 0 ? -(uint64_t)value : (uint64_t)value);
    *at = '\0';
    return (size_t)(at - out);
}

/* The same for thousandths, without zeros at the end. */
static inline size_t write_thousandths(bool is_negative, uint64_t number, char *out) {
    char *at = out;
    *at = '-';
    at += is_negative;
    at = put_digits(at, number / 1000);
    const unsigned places = (unsigned)(number % 1000);
    const unsigned last = places % 100;
    at[0] = '.';
    at[1] = (char)('0' + places / 100);
    memcpy(at + 2, pairs + 2 * last, 2);
    at += places == 0 ? 0 : last == 0 ? 2 : last % 10 == 0 ? 3 : 4;
    *at = '\0';
    return (size_t)(at - out);
}

#if defined(LOWEST_FIRST)

/* A number of thousandths below 10^8, without zeros at the end. */
static inline size_t write_eight(bool is_negative, uint32_t number, char *out) {
    enum { WHOLE = 5 };
    const uint64_t digits = eight_digits(number);
    const uint64_t text = digits | UINT64_C(0x3030303030303030);
    const unsigned leading = zj_lowest_bit(digits | UINT64_C(1) << 8 * (WHOLE - 1)) / 8; /* one zero stays */
    const uint64_t whole = text >> 8 * leading;
    const uint32_t places = (uint32_t)(digits >> 8 * WHOLE);
    const uint32_t places_text = (uint32_t)(text >> 8 * WHOLE);
    const int count = (places > 0) + (places > 0xFF) + (places > 0xFFFF);
    char *at = out;
    *at = '-';
    at += is_negative;
    memcpy(at, &whole, sizeof whole);
    at += WHOLE - leading;
    *at = '.';
    memcpy(at + 1, &places_text, sizeof places_text);
    at += count > 0 ? 1 + count : 0;
    *at = '\0';
    return (size_t)(at - out);
}

#else

static inline size_t write_eight(bool is_negative, uint32_t number, char *out) {
    return write_thousandths(is_negative, number, out);
}

#endif

static bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

/* Writes `value` rounded to `precision` digits; what is no integer with up to 18 places in the form 1.25e-30. */
static size_t write_rounded(double value, int precision, char *out) {
    char text[64];
    int64_t digits = 0;
    unsigned places = 0;
    snprintf(text, sizeof(text), "%.*e", precision - 1, fabs(value));
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (is_digit(*at)) /* all else is the locale's point, which may have several bytes */
            digits = digits * 10 + (*at - '0');
    }
    int exponent = (int)strtol(at + 1, NULL, 10) - (precision - 1);
    for (; digits % 10 == 0; digits /= 10)
        exponent++;
    if (value < 0)
        digits = -digits;
    if (exponent <= 0 && exponent >= -MOST_PLACES)
        return zj_decimal_fixed(digits, (unsigned)-exponent, out);
    for (int64_t rest = digits / 10; rest != 0; rest /= 10)
        places++;
    size_t size = zj_decimal_fixed(digits, places, out);
    out[size++] = 'e';
    return size + zj_int_write(exponent + (int)places, out + size);
}

#define EIGHT_END 1e5        /* below it a value times 1000 has up to 8 digits */
#define THOUSANDTHS_END 1e12 /* and below this one fewer than 16 */

static ZJ_ASIDE size_t write_unusual(double value, char *out) {
    if (!isfinite(value)) /* JSON has no word for it but this */
        return zj_copy_text(out, ZJ_NUMBER_SIZE, "null");
    if (fabs(value) < THOUSANDTHS_END) {
        const int64_t digits = (int64_t)(fabs(value) * 1000 + 0.5);
        if ((double)digits / 1000 == fabs(value))
            return write_thousandths(value < 0, (uint64_t)digits, out);
    }
    /* The first hit has the fewest digits. Above 2^52 several integers may give the same double. */
    for (unsigned decimals = 0; decimals <= MOST_PLACES; decimals++) {
        int64_t digits;
        if (zj_decimal_digits(value, decimals, &digits) && llabs(digits) <= exact_limit / 2)
            return zj_decimal_fixed(digits, decimals, out);
    }
    /* A decimal of up to DBL_DIG digits is the rounding of its double to DBL_DIG digits, unless that is subnormal. */
    int precision = fabs(value) < DBL_MIN ? 1 : DBL_DIG;
    for (;; precision++) {
        double again;
        size_t size = write_rounded(value, precision, out);
        if (precision == DBL_DECIMAL_DIG || (zj_real_read(out, size, &again) && again == value))
            return size;
    }
}

/* The usual value has at most three places. Its digits are fewer than 16, and no two decimals of so few digits are the
 * same double: without its zeros at the end it is the shortest. */
size_t zj_real_write(double value, char *out) {
    if (ZJ_LIKELY(fabs(value) < EIGHT_END)) {
        const int32_t digits = (int32_t)(fabs(value) * 1000 + 0.5);
        if (ZJ_LIKELY(digits / 1000.0 == fabs(value)))
            return write_eight(signbit(value), (uint32_t)digits, out);
    }
    return write_unusual(value, out);
}

/* The parts of a JSON number. */
struct literal {
    bool is_negative;
    const char *whole;
    size_t whole_size;
    const char *fraction;
    size_t fraction_size;
    int64_t exponent;
};

static size_t skip_digits(const char *text, size_t size, size_t at) {
    while (at < size && is_digit(text[at]))
        at++;
    return at;
}

/* Reads what stands behind the e; it stops growing where no text is long enough to make up for it. */
static bool split_exponent(const char *text, size_t size, int64_t *ret_exponent) {
    bool is_negative = size > 0 && text[0] == '-';
    size_t at = size > 0 && (text[0] == '-' || text[0] == '+');
    int64_t exponent = 0;
    if (at == size || skip_digits(text, size, at) != size)
        return false;
    for (; at < size; at++) {
        if (exponent < powers[MOST_PLACES - 1])
            exponent = exponent * 10 + (text[at] - '0');
    }
    *ret_exponent = is_negative ? -exponent : exponent;
    return true;
}

static bool split_number(const char *text, size_t size, struct literal *ret_literal) {
    size_t at = size > 0 && text[0] == '-';
    size_t end = skip_digits(text, size, at);
    *ret_literal = (struct literal){.is_negative = at > 0, .whole = text + at, .whole_size = end - at};
    if (end == at || (text[at] == '0' && end - at > 1))
        return false;
    at = end;
    if (at < size && text[at] == '.') {
        end = skip_digits(text, size, at + 1);
        ret_literal->fraction = text + at + 1;
        ret_literal->fraction_size = end - at - 1;
        if (ret_literal->fraction_size == 0)
            return false;
        at = end;
    }
    if (at < size && (text[at] == 'e' || text[at] == 'E'))
        return split_exponent(text + at + 1, size - at - 1, &ret_literal->exponent);
    return at == size;
}

enum { MOST_DIGITS = 800 }; /* more than the 767 that can matter for the nearest double */

/* The digits of a literal as one integer, times a power of ten. */
struct decimal {
    char digits[MOST_DIGITS + 1]; /* without leading zeros */
    size_t size;
    int64_t exponent;
};

static void add_digits(struct decimal *decimal, const char *digits, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (decimal->size < MOST_DIGITS) {
            decimal->digits[decimal->size] = digits[i];
            decimal->size += decimal->size > 0 || digits[i] != '0';
        } else {
            /* What is cut off only decides whether the number is above the kept digits. */
            if (digits[i] != '0')
                decimal->digits[MOST_DIGITS - 1] |= 1;
            decimal->exponent++;
        }
    }
}

/* strtod gets no point, whose look the locale decides: an integer and an exponent instead. */
static double nearest_double(const struct decimal *decimal) {
    char text[MOST_DIGITS + 32];
    int64_t exponent = decimal->exponent;
    if (exponent > 9999)
        exponent = 9999;
    if (exponent < -9999)
        exponent = -9999;
    snprintf(text, sizeof(text), "%.*se%d", (int)decimal->size, decimal->digits, (int)exponent);
    return strtod(text, NULL);
}

static double decimal_to_double(const struct decimal *decimal) {
    int64_t value = 0;
    if (decimal->size >= MOST_PLACES || llabs(decimal->exponent) > MOST_PLACES)
        return decimal->size == 0 ? 0 : nearest_double(decimal);
    for (size_t i = 0; i < decimal->size; i++)
        value = value * 10 + (decimal->digits[i] - '0');
    return value < exact_limit ? zj_decimal_value(value, (int)decimal->exponent) : nearest_double(decimal);
}

bool zj_real_read(const char *text, size_t size, double *ret_value) {
    struct literal literal;
    struct decimal decimal;
    if (!split_number(text, size, &literal))
        return false;
    decimal.size = 0;
    decimal.exponent = literal.exponent - (int64_t)literal.fraction_size;
    add_digits(&decimal, literal.whole, literal.whole_size);
    add_digits(&decimal, literal.fraction, literal.fraction_size);
    double value = decimal_to_double(&decimal);
    if (isinf(value))
        return false;
    *ret_value = literal.is_negative ? -value : value;
    return true;
}

static bool hex_int_read(const char *text, size_t size, int64_t *ret_value) {
    int64_t value = 0;
    if (size == 0)
        return false;
    for (size_t i = 0; i < size; i++) {
        char letter = text[i];
        int digit = is_digit(letter)                 ? letter - '0'
                    : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                    : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10
                                                     : -1;
        if (digit < 0 || value > INT64_MAX >> 4)
            return false;
        value = value << 4 | digit;
    }
    *ret_value = value;
    return true;
}

bool zj_int_read(const char *text, size_t size, int64_t *ret_value) {
    if (size >= 2 && text[0] == '0' && text[1] == 'x')
        return hex_int_read(text + 2, size - 2, ret_value);
    size_t at = size > 0 && text[0] == '-';
    int64_t value = 0; /* below zero on the way, because INT64_MIN has no positive counterpart */
    if (at == size || skip_digits(text, size, at) != size)
        return false;
    for (size_t i = at; i < size; i++) {
        int digit = text[i] - '0';
        if (value < (INT64_MIN + digit) / 10)
            return false;
        value = value * 10 - digit;
    }
    if (at == 0 && value == INT64_MIN)
        return false;
    *ret_value = at > 0 ? value : -value;
    return true;
}
