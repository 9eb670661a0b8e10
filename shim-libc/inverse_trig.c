/* asin, acos and atan2: each is the angle of a right triangle, found from its sine and cosine. */
#include <math.h>

#include "pair.h"

/*
** The angle whose tangent is t/u for the pairs t, u >= 0, not both 0; `left` is 2 for a u that stands for -u, else 0.
** The estimate a, rational in the tangent, is up to 0.0004 a off; the tangent of what it lacks is
** (t cos a - sin a)/(cos a + t sin a), and two terms of its arc tangent leave a relative error below 2^-58.
*/
static double angle(double t, double t_tail, double u, double u_tail, int left) {
  double quarters = left, sign = 1 - quarters;
  if (t + t_tail > u + u_tail) {
    t = pair_divide(u, u_tail, t, t_tail);
    quarters = 1;
    sign = -sign;
  } else {
    t = pair_divide(t, t_tail, u, u_tail);
  }
  t_tail = pair_tail;
  double tangent = t + t_tail;
  double square = tangent * tangent;
  double a = pair_sum(tangent * (1 + square * 13 / 64) / (1 + square * 17 / 32), 0), a_tail = pair_tail;
  double sine = pair_wave(a, a_tail, SINE), sine_tail = pair_tail;
  double cosine = pair_wave(a, a_tail, COSINE), cosine_tail = pair_tail;
  double height = pair_multiply(t, t_tail, cosine, cosine_tail);
  double length = cosine + cosine_tail + tangent * (sine + sine_tail);
  double rest = ((height - sine) + (pair_tail - sine_tail)) / length;
  a = pair_sum(a, a_tail + (rest - rest * rest * rest / 3));
  return pair_add(quarters * HALF_PI, quarters * HALF_PI_TAIL, sign * a, sign * pair_tail) + pair_tail;
}

static int left_of_0(double x) {
  return (int)(bits_of_double(x) >> 63) << 1;
}

double atan2(double y, double x) {
  double height = fabs(y), width = fabs(x);
  if (x != x || y != y)
    return x + y;
  if (height == INFINITY || width == INFINITY) {
    height = height == INFINITY;
    width = width == INFINITY;
  }
  if (height + width == 0)
    width = 1;
  if (height + width < 0x1p400) { /* tiny ones must not lose bits in pair_divide */
    height *= 0x1p600;
    width *= 0x1p600;
  }
  height = pair_sum(height, 0);
  double tail = pair_tail;
  width = pair_sum(width, 0);
  return copysign(angle(height, tail, width, pair_tail, left_of_0(x)), y);
}

/* The root of 1 - x^2. */
static double other_leg(double x) {
  double sum = pair_sum(1, x), tail = pair_tail;
  double square = pair_sum(1, -x);
  square = pair_multiply(sum, tail, square, pair_tail);
  double root = sqrt(square + pair_tail), head = pair_head(root);
  pair_tail = ((square - head * head) + pair_tail) / (root + head + 0x1p-1000);  /* 0, not NaN, for 0 */
  return head;
}

double asin(double x) {
  double width = other_leg(fabs(x)), tail = pair_tail;
  double height = pair_sum(fabs(x), 0);
  return copysign(angle(height, pair_tail, width, tail, 0), x);
}

double acos(double x) {
  double height = other_leg(fabs(x)), tail = pair_tail;
  double width = pair_sum(fabs(x), 0);
  return angle(height, tail, width, pair_tail, left_of_0(x));
}
