/* The clock of simulated devices, the sun above them, and what chance gives them. */
#define _DEFAULT_SOURCE /* gmtime_r, M_PI */
#include <math.h>
#include <time.h>

#include "simulate/simulate.h"

enum { DAY_MINUTES = 1440, NOON = 720 };

void sim_local(int64_t now, struct sim_local *ret_local) {
    const time_t seconds = (time_t)(now / 1000 + SIM_ZONE_MINUTES * 60);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    *ret_local = (struct sim_local){
        .year = parts.tm_year + 1900,
        .month = parts.tm_mon + 1,
        .day = parts.tm_mday,
        .year_day = parts.tm_yday + 1,
        .minute = parts.tm_hour * 60 + parts.tm_min,
    };
}

int64_t sim_next_minute(int64_t now) {
    return (now / SIM_MINUTE_MS + 1) * SIM_MINUTE_MS;
}

static double radians(double degrees) {
    return degrees * M_PI / 180;
}

static int minute_of_day(double minute) {
    const int whole = (int)lround(minute) % DAY_MINUTES;
    return whole < 0 ? whole + DAY_MINUTES : whole;
}

/* Declination and equation of time from their first harmonics, good for a minute or two. */
void sim_sun(double longitude, double latitude, const struct sim_local *local, struct sim_sun *ret_sun) {
    const double horizon = -0.833; /* its upper edge, with refraction */
    const double year = 2 * M_PI * (local->year_day - 81) / 365;
    const double declination = radians(23.44) * sin(year);
    const double equation = 9.87 * sin(2 * year) - 7.53 * cos(year) - 1.5 * sin(year);
    const double noon = NOON + SIM_ZONE_MINUTES - 4 * longitude - equation;
    const double place = radians(latitude);
    const double cosine = (sin(radians(horizon)) - sin(place) * sin(declination)) / (cos(place) * cos(declination));
    const double angle = radians((local->minute - noon) / 4);
    const double sine = sin(place) * sin(declination) + cos(place) * cos(declination) * cos(angle);
    ret_sun->height = asin(fmax(-1, fmin(1, sine))) * 180 / M_PI;
    ret_sun->sunrise = ret_sun->sunset = NOON; /* night all day */
    if (cosine <= -1) {
        ret_sun->sunrise = 0;
        ret_sun->sunset = DAY_MINUTES - 1;
    } else if (cosine < 1) {
        const double half = acos(cosine) * 720 / M_PI;
        ret_sun->sunrise = minute_of_day(noon - half);
        ret_sun->sunset = minute_of_day(noon + half);
    }
}

uint32_t sim_share(const struct sim_device *device, uint32_t salt, uint32_t limit) {
    uint64_t mixed = ((uint64_t)device->number + 1) << 32 | salt; /* the finalizer of SplitMix64 */
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((mixed ^ mixed >> 31) % limit);
}
