/* Local time is what the embedder says (shim.h). clock_t is in seconds, so that os.clock is exact. */
#ifndef SHIM_TIME_H
#define SHIM_TIME_H

#include <stddef.h>

typedef long long time_t;
typedef double clock_t;

#define CLOCKS_PER_SEC 1.0

struct tm {
  int tm_sec;
  int tm_min;
  int tm_hour;
  int tm_mday;
  int tm_mon;
  int tm_year;
  int tm_wday;
  int tm_yday;
  int tm_isdst;
  long tm_gmtoff;
};

clock_t clock(void);
time_t time(time_t *result);
double difftime(time_t end, time_t start);
time_t mktime(struct tm *tm);
struct tm *gmtime(const time_t *time);
struct tm *localtime(const time_t *time);
size_t strftime(char *buffer, size_t size, const char *format, const struct tm *tm);

#endif
