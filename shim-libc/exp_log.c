/*
** exp, log, log2, log10 and pow: by way of the logarithm to base 2 as a pair and of 2 to the power of
** a pair. The logarithm's relative error is below 2^-64, so that even where pow multiplies it by a
** thousand the result is less than 0.7 units in the last place off, and exact where it can be; so is
** 2^n. Powers to whole numbers up to 1024 are products of pairs, off by no more than 2^-67 before
** they are rounded.
*/
#include <math.h>

#include "pair.h"

/* The bits of a little more than the root of 1/2. */
#define ROOT_HALF 0x3FE6A09E00000000

/* 2/ln 2 */
#define TWO_LOG2_E 0x1.715476p+1
#define TWO_LOG2_E_TAIL 0x1.4ae0bf85ddf44p-25

/* The rest of the series 1/5 + z/7 + z^2/9 + ..., times 2/ln 2, for z up to 0.0295: twelve terms, the
   even and the odd ones side by side. What is left out is below 2^-65. */
static double log_series(double z) {
  double even = 0, odd = 0, square = z * z;
  for (int k = 25; k > 3; k -= 4) {
    odd = odd * square + (TWO_LOG2_E + TWO_LOG2_E_TAIL) / (k + 2);
    even = even * square + (TWO_LOG2_E + TWO_LOG2_E_TAIL) / k;
  }
  return even + odd * z;
}

/* m, from the root of 1/2 to that of 2, with finite x = 2^exponent m > 0. */
static double mantissa(double x, int *exponent) {
  int below = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p64;
    below = 64;
  }
  uint64_t bits = bits_of_double(x);
  int64_t shift = (int64_t)(bits - ROOT_HALF) >> MANTISSA_BITS;
  *exponent = (int)shift - below;
  return double_of_bits(bits - ((uint64_t)shift << MANTISSA_BITS));
}

/* Of 2^exponent m. With m as above and s = (m-1)/(m+1): ln m = 2s (1 + s^2/3 + s^4/5 + ...). */
static double log2_pair(double m, int exponent) {
  double estimate = (m - 1) / (m + 1);
  double series = log_series(estimate * estimate);
  double difference = pair_sum(m, -1), tail = pair_tail;
  double s = pair_sum(1, m);
  s = pair_divide(difference, tail, s, pair_tail);
  tail = pair_tail;
  double z = pair_multiply(s, tail, s, tail), z_tail = pair_tail;
  z = pair_multiply(z, z_tail, 0x1.ec709d8p-1, 0x1.0e80ff5d27f05p-27 + (z + z_tail) * series);  /* 2/(3 ln 2) */
  z = pair_add(TWO_LOG2_E, TWO_LOG2_E_TAIL, z, pair_tail);
  s = pair_multiply(s, tail, z, pair_tail);
  return pair_add(exponent, 0, s, pair_tail);
}

/* 2^n x, in steps that are in range. */
static double scaled(double x, int n) {
  double half = double_of_bits((uint64_t)((n >> 1) + EXPONENT_BIAS) << MANTISSA_BITS);
  return (n & 1 ? x + x : x) * half * half;
}

/* 2^(x + tail) as 2^n times a pair, for up to 1100: e^r - 1 as cosh r - 1 and sinh r, each by Taylor's series, with |r| up to ln 2 / 2. */
static double exp2_parts(double x, double tail, int *n) {
  double whole = rint(x);
  *n = (int)whole;
  x = pair_sum(x - whole, tail);
  x = pair_multiply(x, pair_tail, 0x1.62e42f8p-1, 0x1.be8e7bcd5e4f2p-27);  /* ln 2 */
  tail = pair_tail;
  double r = x + tail, even = 0, odd = 0;
  for (int k = 14; k > 2; k -= 2) {
    double both = r * r / (k * (k * k - 1));
    even = both * (k + 1) * (1 + even);
    odd = both * (k - 1) * (1 + odd);
  }
  tail += x * tail + r * r * (even / 2 + (r + r * odd) / 6);
  double sum = pair_sum(1, x);
  return pair_add(sum, pair_tail, x * x / 2, tail);
}

static double exp2_pair(double x, double tail) {
  if (!(x < 1100))
    return x * INFINITY;
  if (x < -1100)
    return 0;
  int n;
  x = exp2_parts(x, tail, &n);
  return scaled(x + pair_tail, n);
}

/* x/ln 2 */
static double over_log_2(double x) {
  x = pair_sum(x, 0);
  return pair_multiply(x, pair_tail, 0x1.715476p+0, 0x1.4ae0bf85ddf44p-26);
}

double exp(double x) {
  double tail = 0;
  if (fabs(x) < 1100) {
    x = over_log_2(x);
    tail = pair_tail;
  }
  return exp2_pair(x, tail);
}

/* cosh, sinh or tanh: half the sum of e^|x| and e^-|x|, pairs times 2^-n, half their difference, or the quotient
   of both. Next to 0 it is x + cube x^3, with a cube that says which function: 0, 1/6 or -1/3. */
static double hyperbolic(double x, double cube) {
  double a = fabs(x);
  if (x != x || (a < 0x1p-18 && cube != 0))
    return copysign(x + x * x * x * cube, x);
  int n;
  a = over_log_2(a < 750 ? a : 750);
  double power = exp2_parts(a, pair_tail, &n), tail = pair_tail;
  double unit = scaled(1, n < 99 ? -2 * n : -198);
  double inverse = unit * pair_divide(1, 0, power, tail), inverse_tail = unit * pair_tail;
  double sum = pair_add(power, tail, inverse, inverse_tail), sum_tail = pair_tail;
  if (cube == 0)
    return scaled(sum + sum_tail, n - 1);
  a = pair_add(power, tail, -inverse, -inverse_tail);
  if (cube < 0) {
    a = pair_divide(a, pair_tail, sum, sum_tail);
    n = 1;
  }
  return copysign(scaled(a + pair_tail, n - 1), x);
}

double cosh(double x) {
  return hyperbolic(x, 0);
}

double sinh(double x) {
  return hyperbolic(x, 1.0 / 6);
}

double tanh(double x) {
  return hyperbolic(x, -1.0 / 3);
}

/* log2 x, times a pair. */
static double logarithm(double x, double unit, double unit_tail) {
  if (x == INFINITY)
    return x;
  if (!(x > 0))
    return sqrt(x) - INFINITY;  /* minus infinity for 0, else NaN */
  int exponent;
  x = mantissa(x, &exponent);
  x = log2_pair(x, exponent);
  return pair_multiply(x, pair_tail, unit, unit_tail) + pair_tail;
}

double log(double x) {
  return logarithm(x, 0x1.62e42f8p-1, 0x1.be8e7bcd5e4f2p-27);
}

double log2(double x) {
  return logarithm(x, 1, 0);
}

double log10(double x) {
  return logarithm(x, 0x1.344135p-2, 0x1.3ef3fde623e25p-31);
}

/* 1 or -1, the sign of (-1)^y, or NaN where y is no integer. */
static double sign_of_power(double y) {
  if (floor(y) != y)
    return NAN;
  return floor(y / 2) != y / 2 ? -1 : 1;
}

/* m^n as a product of squares. */
static double whole_power(double m, double n) {
  double square = pair_sum(m, 0), square_tail = pair_tail, power = 1, tail = 0;
  for (int rest = (int)fabs(n); rest != 0; rest >>= 1) {
    if (rest & 1) {
      power = pair_multiply(power, tail, square, square_tail);
      tail = pair_tail;
    }
    square = pair_multiply(square, square_tail, square, square_tail);
    square_tail = pair_tail;
  }
  if (n < 0) {
    power = pair_divide(1, 0, power, tail);
    tail = pair_tail;
  }
  return power + tail;
}

double pow(double x, double y) {
  double magnitude = fabs(x);
  if (y == 0 || x == 1)
    return 1;
  if (x != x || y != y)
    return x + y;
  double sign = bits_of_double(x) >> 63 ? sign_of_power(y) : 1;
  if (magnitude == 1)
    return sign;
  if (magnitude + magnitude == magnitude || y + y == y)  /* one of them is 0 or infinite */
    return copysign((magnitude > 1) == (y > 0) ? INFINITY : 0, sign);
  if (y == 0.5)
    return sqrt(x);
  if (y == -1)
    return 1 / x;  /* rounded once, where it has fewer bits too */
  int exponent;
  double m = mantissa(magnitude, &exponent);
  if (fabs(y) <= 1024 && rint(y) == y && fabs(exponent * y) < 2000)
    return sign * scaled(whole_power(m, y), exponent * (int)y);
  double power = log2_pair(m, exponent), tail = pair_tail;
  y = pair_sum(y, 0);
  power = pair_multiply(power, tail, y, pair_tail);
  return sign * exp2_pair(power, pair_tail);
}
