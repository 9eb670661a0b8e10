/* Calendar time, proleptic Gregorian, in UTC and in the embedder's zone, and the two clocks. */
#include <time.h>

#include <limits.h>

#include "shim.h"

#define DAY 86400
#define YEAR_BASE 1900         /* tm_year counts from here */
#define DAYS_PER_ERA 146097    /* 400 years */
#define DAYS_TO_EPOCH 719468   /* from 0000-03-01 to 1970-01-01 */

static long long floor_div(long long a, long long b) {
  return a / b - (a % b < 0);
}

/*
** Days are counted in years that begin in March: then a leap day is a year's last, and the months before
** the m-th have (153 * m + 2) / 5 days.
*/
static long long days_before_month(long long year, int month) {
  year -= month < 2;
  int from_march = (month + 10) % 12;
  return 365 * year + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400) +
         (153 * from_march + 2) / 5 - DAYS_TO_EPOCH;
}

static int is_leap(long long year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Sets year, month and days; false if the year does not fit. */
static int set_date(struct tm *tm, long long days) {
  long long era = floor_div(days + DAYS_TO_EPOCH, DAYS_PER_ERA);
  int day = (int)(days + DAYS_TO_EPOCH - era * DAYS_PER_ERA);
  int year = (day - day / 1460 + day / 36524 - day / 146096) / 365; /* within the era */
  day -= 365 * year + year / 4 - year / 100;
  int from_march = (5 * day + 2) / 153;
  int january = from_march >= 10; /* or February: of the next year */
  long long full_year = era * 400 + year + january;
  if (full_year - YEAR_BASE > INT_MAX || full_year - YEAR_BASE < INT_MIN)
    return 0;
  tm->tm_year = (int)(full_year - YEAR_BASE);
  tm->tm_mon = january ? from_march - 10 : from_march + 2;
  tm->tm_mday = day - (153 * from_march + 2) / 5 + 1;
  tm->tm_yday = january ? day - 306 : day + 59 + is_leap(full_year);
  tm->tm_wday = (int)(days - floor_div(days + 4, 7) * 7 + 4); /* 1970-01-01 was a Thursday */
  return 1;
}

static int set_time(struct tm *tm, time_t time, int offset) {
  long long second = time % DAY + offset; /* the sum of both could overflow */
  long long carry = floor_div(second, DAY);
  if (!set_date(tm, time / DAY + carry))
    return 0;
  second -= carry * DAY;
  tm->tm_hour = (int)second / 3600;
  tm->tm_min = (int)second / 60 % 60;
  tm->tm_sec = (int)second % 60;
  tm->tm_isdst = 0;
  tm->tm_gmtoff = offset;
  return 1;
}

static int offset_at(time_t time) {
  return shim_zone((double)time);
}

/* The offset in January or July of that year that is, or is not, the larger one. */
static int offset_in(int year, int larger) {
  time_t january = days_before_month(year + (long long)YEAR_BASE, 0) * DAY;
  int winter = offset_at(january);
  int summer = offset_at(january + 182 * DAY);
  return (winter > summer) == larger ? winter : summer;
}

/* What is ahead of the smaller offset is daylight saving time. */
static int set_local(struct tm *tm, time_t time, int offset) {
  if (!set_time(tm, time, offset))
    return 0;
  tm->tm_isdst = offset > offset_in(tm->tm_year, 0);
  return 1;
}

struct tm *gmtime(const time_t *time) {
  static struct tm tm;
  return set_time(&tm, *time, 0) ? &tm : NULL;
}

struct tm *localtime(const time_t *time) {
  static struct tm tm;
  return set_local(&tm, *time, offset_at(*time)) ? &tm : NULL;
}

/*
** A time that there is twice is the first one, and one that is skipped is counted on from before the gap,
** unless tm_isdst says which of the two offsets is meant.
*/
time_t mktime(struct tm *tm) {
  int isdst = tm->tm_isdst;
  long long carry = floor_div(tm->tm_mon, 12);
  int month = (int)(tm->tm_mon - carry * 12);
  long long days = days_before_month(tm->tm_year + carry + YEAR_BASE, month) + tm->tm_mday - 1;
  time_t time = days * DAY + tm->tm_hour * 3600LL + tm->tm_min * 60LL + tm->tm_sec;
  int offset = offset_at(time - DAY);
  int after = offset_at(time + DAY);
  int is_there = offset_at(time - offset) == offset;
  if (!is_there && offset_at(time - after) == after) {
    offset = after;
    is_there = 1;
  }
  if (!set_local(tm, time - offset, offset_at(time - offset)))
    return -1;
  if (isdst >= 0 && !(is_there && isdst == tm->tm_isdst)) {
    offset = offset_in(tm->tm_year, isdst);
    set_local(tm, time - offset, offset_at(time - offset));
  }
  return time - offset;
}

double difftime(time_t end, time_t start) {
  if (end < start)
    return -difftime(start, end);
  return (double)((unsigned long long)end - (unsigned long long)start);
}

time_t time(time_t *result) {
  double now = shim_unix_time();
  time_t whole = -1; /* the time is not known */
  if (now > -0x1p62 && now < 0x1p62) {
    whole = (time_t)now;
    whole -= (double)whole > now;
  }
  if (result != NULL)
    *result = whole;
  return whole;
}

clock_t clock(void) {
  return shim_cpu_time();
}
