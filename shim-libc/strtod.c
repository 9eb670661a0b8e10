/* Reads the text of a floating-point number as C99 defines it, in the C locale; but inf and nan, which Lua never asks for. */
#include <stdlib.h>

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "double_bits.h"
#include "shim.h"
#include "strtod.h"

/* Stops growing far beyond any exponent that the digits of a text in memory could make up for. */
#define EXPONENT_LIMIT 100000000000000

/* -1 when it is none; asked for each byte of a numeral, which a stop ends. */
static int hex_digit(const char *p) {
  if (shim_scan((size_t)p))
    return -1;
  if (*p >= '0' && *p <= '9')
    return *p - '0';
  char c = *p | ('a' - 'A');
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int is_digit(const char *p) {
  return (unsigned)hex_digit(p) < 10;
}

/* Reads an exponent, marked by a letter, if there is a whole one; it is 0 otherwise. */
static long long read_exponent(const char **text, char mark) {
  const char *p = *text;
  long long value = 0;
  if ((*p++ | ('a' - 'A')) != mark)
    return 0;
  int negative = *p == '-';
  p += negative || *p == '+';
  if (!is_digit(p))
    return 0;
  for (; is_digit(p); p++) {
    if (value < EXPONENT_LIMIT)
      value = value * 10 + (*p - '0');
  }
  *text = p;
  return negative ? -value : value;
}

static void take_digit(struct numeral *n, const char *p) {
  if (n->first == NULL && *p != '0')
    n->first = p;
  if (n->first != NULL && n->digits++ < HEAD_DIGITS)
    n->head = n->head * 10 + (uint64_t)(*p - '0');
}

/* False, and the text untouched, when there is no digit. */
static int read_decimal(const char **text, struct numeral *n) {
  const char *p = *text;
  int any = 0;
  *n = (struct numeral){0};
  for (; is_digit(p); p++, any = 1)
    take_digit(n, p);
  if (*p == '.') {
    for (p++; is_digit(p); p++, any = 1) {
      take_digit(n, p);
      n->scale--;
    }
  }
  if (!any)
    return 0;
  n->scale += read_exponent(&p, 'e');
  *text = p;
  return 1;
}

struct hex {
  uint64_t top;
  int more;
  long long exponent; /* of the lowest bit of top */
};

static void take_hex_digit(struct hex *h, int digit) {
  if (h->top >> 60 == 0) {
    h->top = h->top << 4 | (uint64_t)digit;
  } else {
    h->more |= digit;
    h->exponent += 4;
  }
}

static int read_hex(const char **text, double *value) {
  const char *p = *text;
  struct hex h = {0};
  int any = 0;
  for (; hex_digit(p) >= 0; p++, any = 1)
    take_hex_digit(&h, hex_digit(p));
  if (*p == '.') {
    for (p++; hex_digit(p) >= 0; p++, any = 1) {
      take_hex_digit(&h, hex_digit(p));
      h.exponent -= 4;
    }
  }
  if (!any)
    return 0;
  h.exponent += read_exponent(&p, 'p');
  *text = p;
  *value = 0;
  if (h.top != 0) {
    int shift = __builtin_clzll(h.top);
    *value = shim_round_binary(h.top << shift, h.exponent + 63 - shift, h.more);
  }
  return 1;
}

/* Exact up to 10^22. */
static double power_of_ten(long long n) {
  double power = 1;
  for (; n > 0; n--)
    power *= 10;
  return power;
}

/* A small number and a small power of ten are exact, so that one operation on them rounds correctly. */
static double round_numeral(const struct numeral *n) {
  if (n->first == NULL)
    return 0;
  if (n->digits <= HEAD_DIGITS && n->head >> (MANTISSA_BITS + 1) == 0) {
    if (n->scale >= 0 && n->scale <= 22)
      return (double)n->head * power_of_ten(n->scale);
    if (n->scale < 0 && n->scale >= -22)
      return (double)n->head / power_of_ten(-n->scale);
  }
  return shim_round_decimal(n);
}

static int read_number(const char **text, double *value) {
  struct numeral n;
  const char *p = *text;
  if (*p++ == '0' && (*p++ | ('a' - 'A')) == 'x' && read_hex(&p, value)) {
    *text = p;
  } else if (read_decimal(text, &n)) {
    *value = round_numeral(&n);
  } else {
    return 0;
  }
  return 1;
}

double strtod(const char *text, char **end) {
  const char *p = text;
  double value = 0;
  p += strspn(p, " \f\n\r\t\v");
  int negative = *p == '-';
  if (*p == '-' || *p == '+')
    p++;
  if (!read_number(&p, &value)) {
    p = text;
    negative = 0;
  }
  if (end != NULL)
    *end = (char *)p;
  return negative ? -value : value;
}
