/*
** Numbers of about 78 bits: the unevaluated sum of a head of at most 26 significant bits and a tail.
** A product of two heads is exact, so that no product needs a fused multiply-add. A function that
** gives a pair returns its head and leaves its tail in pair_tail, until the next such function:
** WebAssembly returns one value, and structures on the stack would make all of this larger and slower.
*/
#ifndef SHIM_PAIR_H
#define SHIM_PAIR_H

#include "double_bits.h"

extern _Thread_local double pair_tail;

/* pi/2 */
#define HALF_PI 0x1.921fb5p+0
#define HALF_PI_TAIL 0x1.110b4611a6263p-26

static inline double pair_head(double x) {
  return double_of_bits(bits_of_double(x) & ~(((uint64_t)1 << 27) - 1));
}

/* a + b, where |a| >= |b| or both have few bits. */
static inline double pair_sum(double a, double b) {
  double head = pair_head(a + b);
  pair_tail = (a - head) + b;
  return head;
}

/* Of the two, the first is the larger. */
double pair_add(double a, double a_tail, double b, double b_tail);
double pair_multiply(double a, double a_tail, double b, double b_tail);
double pair_divide(double a, double a_tail, double b, double b_tail);

/* sin y for SINE, cos y for COSINE, with |y| up to pi/4 and a relative error below 2^-56. */
#define SINE 17
#define COSINE 18
double pair_wave(double y, double y_tail, int which);

#endif
