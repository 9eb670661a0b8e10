/*
** strftime in the C locale, where the modifiers E and O change nothing. A zone has no name but its offset. Years have as many
** digits as they need. A field out of its range prints something, but never reads out of bounds.
*/
#include <string.h>
#include <time.h>

struct output {
  char *buffer;
  size_t size;
  size_t length; /* beyond 'size' once something did not fit */
};

static void put_format(struct output *out, const char *format, const struct tm *tm);

static void put(struct output *out, const char *text, size_t length) {
  if (out->length + length < out->size)
    memcpy(out->buffer + out->length, text, length);
  out->length += length;
}

static void put_number(struct output *out, long long n, int width, char padding) {
  char digits[24];
  char *end = digits + sizeof digits;
  char *p = end;
  unsigned long long rest = n < 0 ? -(unsigned long long)n : (unsigned long long)n;
  for (; rest != 0 || p == end; rest /= 10)
    *--p = (char)('0' + rest % 10);
  width -= n < 0;
  while (end - p < width)
    *--p = padding;
  if (n < 0)
    *--p = '-';
  put(out, p, (size_t)(end - p));
}

static void put_two(struct output *out, long long n) {
  put_number(out, n, 2, '0');
}

/* The names come one after the other, each ended by a zero. */
static void put_name(struct output *out, const char *names, int index, int abbreviated) {
  for (; index > 0 && *names != '\0'; index--)
    names += strlen(names) + 1;
  if (*names == '\0' || index < 0)
    names = "?";
  size_t length = strlen(names);
  put(out, names, abbreviated && length > 3 ? 3 : length);
}

static void put_day_name(struct output *out, const struct tm *tm, int abbreviated) {
  put_name(out, "Sunday\0Monday\0Tuesday\0Wednesday\0Thursday\0Friday\0Saturday\0", tm->tm_wday,
           abbreviated);
}

static void put_month_name(struct output *out, const struct tm *tm, int abbreviated) {
  put_name(out,
           "January\0February\0March\0April\0May\0June\0July\0August\0September\0October\0"
           "November\0December\0",
           tm->tm_mon, abbreviated);
}

static long long year_of(const struct tm *tm) {
  return (long long)tm->tm_year + 1900;
}

static int in_century(long long year) {
  return (int)((year % 100 + 100) % 100);
}

static int days_in_year(long long year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
}

/* The week of the year, when the first 'first_day' (0 is Sunday) begins week 1. */
static int week_from(const struct tm *tm, int first_day) {
  return (tm->tm_yday + 7 - (tm->tm_wday + 7 - first_day) % 7) / 7;
}

/* ISO 8601 weeks begin on Monday and belong to the year of their Thursday, which '*year' becomes. */
static int iso_week(const struct tm *tm, long long *year) {
  int thursday = tm->tm_yday - (tm->tm_wday + 6) % 7 + 3;
  *year = year_of(tm);
  if (thursday < 0) {
    --*year;
    thursday += days_in_year(*year);
  } else if (thursday >= days_in_year(*year)) {
    thursday -= days_in_year(*year);
    ++*year;
  }
  return thursday / 7 + 1;
}

static void put_offset(struct output *out, long seconds) {
  put(out, seconds < 0 ? "-" : "+", 1);
  long minutes = (seconds < 0 ? -seconds : seconds) / 60;
  put_number(out, minutes / 60 * 100 + minutes % 60, 4, '0');
}

static void put_conversion(struct output *out, char conversion, const struct tm *tm) {
  long long iso_year;
  int week = iso_week(tm, &iso_year);
  int hour = tm->tm_hour % 12;
  switch (conversion) {
    case 'a': put_day_name(out, tm, 1); break;
    case 'A': put_day_name(out, tm, 0); break;
    case 'b': case 'h': put_month_name(out, tm, 1); break;
    case 'B': put_month_name(out, tm, 0); break;
    case 'c': put_format(out, "%a %b %e %H:%M:%S %Y", tm); break;
    case 'C': put_two(out, (year_of(tm) - in_century(year_of(tm))) / 100); break;
    case 'd': put_two(out, tm->tm_mday); break;
    case 'D': case 'x': put_format(out, "%m/%d/%y", tm); break;
    case 'e': put_number(out, tm->tm_mday, 2, ' '); break;
    case 'F': put_format(out, "%Y-%m-%d", tm); break;
    case 'g': put_two(out, in_century(iso_year)); break;
    case 'G': put_number(out, iso_year, 1, '0'); break;
    case 'H': put_two(out, tm->tm_hour); break;
    case 'I': put_two(out, hour != 0 ? hour : 12); break;
    case 'j': put_number(out, tm->tm_yday + 1, 3, '0'); break;
    case 'm': put_two(out, tm->tm_mon + 1); break;
    case 'M': put_two(out, tm->tm_min); break;
    case 'n': put(out, "\n", 1); break;
    case 'p': put(out, tm->tm_hour < 12 ? "AM" : "PM", 2); break;
    case 'r': put_format(out, "%I:%M:%S %p", tm); break;
    case 'R': put_format(out, "%H:%M", tm); break;
    case 'S': put_two(out, tm->tm_sec); break;
    case 't': put(out, "\t", 1); break;
    case 'T': case 'X': put_format(out, "%H:%M:%S", tm); break;
    case 'u': put_number(out, (tm->tm_wday + 6) % 7 + 1, 1, '0'); break;
    case 'U': put_two(out, week_from(tm, 0)); break;
    case 'V': put_two(out, week); break;
    case 'w': put_number(out, tm->tm_wday, 1, '0'); break;
    case 'W': put_two(out, week_from(tm, 1)); break;
    case 'y': put_two(out, in_century(year_of(tm))); break;
    case 'Y': put_number(out, year_of(tm), 1, '0'); break;
    case 'z': put_offset(out, tm->tm_gmtoff); break;
    case 'Z':
      if (tm->tm_gmtoff == 0)
        put(out, "UTC", 3);
      else
        put_offset(out, tm->tm_gmtoff);
      break;
    case '%': put(out, "%", 1); break;
  }
}

static void put_format(struct output *out, const char *format, const struct tm *tm) {
  for (; *format != '\0'; format++) {
    if (*format != '%') {
      put(out, format, 1);
      continue;
    }
    format++;
    if (*format == 'E' || *format == 'O')
      format++;
    if (*format == '\0')
      break;
    put_conversion(out, *format, tm);
  }
}

size_t strftime(char *buffer, size_t size, const char *format, const struct tm *tm) {
  struct output out = {buffer, size, 0};
  put_format(&out, format, tm);
  if (out.length >= size)
    return 0;
  buffer[out.length] = '\0';
  return out.length;
}
