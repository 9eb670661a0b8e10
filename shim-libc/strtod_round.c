/*
** To the nearest double, exactly. A decimal numeral is estimated, then held against the halfway cases around the
** estimate, whose decimal digits are exact.
*/
#include "strtod.h"

#include <math.h>

#include "decimal.h"
#include "double_bits.h"
#include "shim.h"

enum {
  WEIGHT_MAX = 308, /* 10^309 is larger than any double, */
  WEIGHT_MIN = -325 /* and 10^-325 rounds to zero */
};

#define INFINITY_BITS ((uint64_t)EXPONENT_MAX << MANTISSA_BITS)

double shim_round_binary(uint64_t top, long long exponent, int more) {
  if (exponent > EXPONENT_BIAS)
    return HUGE_VAL;
  int subnormal = exponent < 1 - EXPONENT_BIAS;
  long long drop = 63 - MANTISSA_BITS + (subnormal ? 1 - EXPONENT_BIAS - exponent : 0);
  if (drop > 64)
    return 0;
  uint64_t kept = drop < 64 ? top >> drop : 0;
  uint64_t rest = top << (64 - drop);
  uint64_t half = (uint64_t)1 << 63;
  if (rest > half || (rest == half && (more || kept & 1)))
    kept++;
  /* The leading bit, where there is one, adds one to the exponent; so does a carry out of rounding. */
  uint64_t biased = subnormal ? 0 : (uint64_t)(exponent + EXPONENT_BIAS - 1);
  return double_of_bits((biased << MANTISSA_BITS) + kept);
}

static long long weight_of(const struct numeral *n) {
  return n->digits - 1 + n->scale;
}

/* The sign of what is left of a numeral when the halfway case above a double is taken from it. */
static long long compare(const struct numeral *n, uint64_t bits) {
  struct decimal d;
  const char *p = n->first;
  int keep = n->digits < DECIMAL_ALL ? (int)n->digits : DECIMAL_ALL;
  int more = shim_digits(&d, bits, 1, &keep, DECIMAL_ALL);
  long long difference = weight_of(n) - d.exponent;
  for (long long i = 0; difference == 0 && (i < n->digits || i < d.count) && !shim_scan(i); i++) {
    if (i < n->digits) {
      p += *p == '.';
      difference = *p++ - '0';
    }
    if (i < d.count)
      difference -= d.digits[i] - '0';
  }
  return difference != 0 ? difference : -more;
}

/* Whether a numeral rounds to more than a double. */
static int rounds_above(const struct numeral *n, uint64_t bits) {
  long long order = compare(n, bits);
  return order > 0 || (order == 0 && bits & 1);
}

double shim_round_decimal(const struct numeral *n) {
  long long weight = weight_of(n);
  if (weight > WEIGHT_MAX)
    return HUGE_VAL;
  if (weight < WEIGHT_MIN)
    return 0;
  /* Two powers, for one could be out of range; the estimate is some units in the last place off. */
  int scale = (int)(n->digits > HEAD_DIGITS ? weight + 1 - HEAD_DIGITS : n->scale);
  double power = pow(10, scale / 2);
  uint64_t bits = bits_of_double((double)n->head * power * pow(10, scale - scale / 2));
  while (bits < INFINITY_BITS && rounds_above(n, bits))
    bits++;
  while (bits > 0 && !rounds_above(n, bits - 1))
    bits--;
  return double_of_bits(bits);
}
