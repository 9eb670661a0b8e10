/*
** sin, cos and tan. The argument is reduced with integers, in the same way for every size of it; what is
** left is at most pi/4, where Taylor's series, its coefficients divided out on the way, is short enough.
*/
#include <math.h>
#include <string.h>

#include "pair.h"

/* 2/pi * 2^1168, rounded down, lowest byte first. */
static const uint8_t two_over_pi[] = {
  0x03, 0x56, 0x08, 0x5D, 0x8D, 0x1F, 0xB1, 0x5F, 0xFB, 0x6B, 0xEA, 0x92, 0x52, 0x8A, 0xF7, 0x39,
  0x07, 0x3D, 0x7B, 0xF1, 0xE5, 0xEB, 0xC7, 0xBA, 0x27, 0x75, 0x2D, 0xEA, 0x5F, 0x9E, 0x66, 0x3F,
  0x46, 0x4F, 0xB7, 0x09, 0xCB, 0x27, 0xCF, 0x7E, 0x36, 0x6D, 0x1F, 0x6D, 0x0A, 0x5A, 0x8B, 0x11,
  0x2F, 0xEF, 0x0F, 0x98, 0x05, 0xDE, 0xFF, 0x97, 0xF8, 0x1F, 0x3B, 0x28, 0xF9, 0xBD, 0x8B, 0x5F,
  0x84, 0x9C, 0xF4, 0x39, 0x53, 0x83, 0x39, 0xD6, 0x91, 0x39, 0x41, 0x7E, 0x5F, 0xB4, 0x26, 0x70,
  0x9C, 0xE9, 0x84, 0x44, 0xBB, 0x2E, 0xF5, 0x35, 0x82, 0xE8, 0x3E, 0xA7, 0x29, 0xB1, 0x1C, 0xEB,
  0x1D, 0xFE, 0x1C, 0x92, 0xD1, 0x09, 0xEA, 0x2E, 0x49, 0x06, 0xE0, 0xD2, 0x4D, 0x42, 0x3A, 0x6E,
  0x24, 0xB7, 0x61, 0xC5, 0xBB, 0xDE, 0xAB, 0x63, 0x51, 0xFE, 0x41, 0x90, 0x43, 0x3C, 0x99, 0x95,
  0x62, 0xDB, 0xC0, 0xDD, 0x34, 0xF5, 0xD1, 0x57, 0x27, 0xFC, 0x29, 0x15, 0x44, 0x4E, 0x6E, 0x83,
  0xF9, 0xA2, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

/* The series is 1 - z/c1 (1 - z/c2 (1 - ...)) with z = y^2, times y for the sine. What c1's factor leaves out
   is below 2^-61. All but the outermost step may be plain doubles; 1/(k(k-1)) waits for nothing. */
double pair_wave(double y, double y_tail, int k) {
  double z = -(y + y_tail) * (y + y_tail), inner = 0;
  for (; k > 3; k -= 2)
    inner = z / (k * (k - 1)) * (1 + inner);
  z = pair_multiply(-y, -y_tail, y, y_tail);
  z = pair_divide(z, pair_tail, k * (k - 1), 0);
  z = pair_add(1, 0, z, pair_tail + (z + pair_tail) * inner);
  return k == 3 ? pair_multiply(y, y_tail, z, pair_tail) : z;
}

/* The upper half of a product. */
static uint64_t multiply_high(uint64_t a, uint64_t b) {
  uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX);
  uint64_t middle = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
  uint64_t other = (a & UINT32_MAX) * (b >> 32) + (middle & UINT32_MAX);
  return (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32);
}

/*
** For x >= 0, |y| <= pi/4 with x = n pi/2 + y: gives y's head and n. The 192 bits of 2/pi that matter
** are those that, multiplied by x, weigh from 2 down to 2^-190: what is above gives multiples of four
** quarter turns. No double is so near a multiple of pi/2 that fewer than 66 bits of y remain.
*/
static double reduce(double x, int *n) {
  if (x < 0.5)
    return pair_sum(x, 0);
  uint64_t bits = bits_of_double(x), window[3];
  int place = 2053 - biased_exponent(bits);
  uint64_t m = ((bits & MANTISSA_MASK) | (MANTISSA_MASK + 1)) << (-place & 7);
  memcpy(window, two_over_pi + ((place + 7) >> 3), sizeof window);
  uint64_t low = window[1] * m;
  uint64_t middle = low + multiply_high(window[0], m);
  uint64_t high = window[2] * m + multiply_high(window[1], m) + (middle < low);
  uint64_t fraction = high << 2 | middle >> 62;
  uint64_t rest = middle << 2;
  double unit = copysign(0x1p-64, double_of_bits(fraction));
  *n += (int)(high >> 62);
  if (fraction >> 63) { /* more than half a quarter turn: from the next one back */
    fraction = ~fraction;
    rest = ~rest;
    ++*n;
  }
  /* x - x makes an infinity a NaN. */
  double tail = (double)(fraction & 0x7FF) + (double)rest * 0x1p-64 + (x - x);
  double head = pair_sum((double)(fraction & ~(uint64_t)0x7FF), tail);
  return pair_multiply(head * unit, pair_tail * unit, HALF_PI, HALF_PI_TAIL);
}

/* sin(x + n pi/2) for x >= 0 */
static double wave(double x, int n) {
  double y = reduce(x, &n);
  y = pair_wave(y, pair_tail, n & 1 ? COSINE : SINE) + pair_tail;
  return n & 2 ? -y : y;
}

double sin(double x) {
  return wave(fabs(x), (int)(bits_of_double(x) >> 63) << 1);
}

double cos(double x) {
  return wave(fabs(x), 1);
}

double tan(double x) {
  int n = 0;
  double y = reduce(fabs(x), &n), y_tail = pair_tail;
  double sine = pair_wave(y, y_tail, SINE), sine_tail = pair_tail;
  double cosine = pair_wave(y, y_tail, COSINE);
  y = n & 1 ? pair_divide(-cosine, -pair_tail, sine, sine_tail) : pair_divide(sine, sine_tail, cosine, pair_tail);
  y += pair_tail;
  return bits_of_double(x) >> 63 ? -y : y;
}
