/* The parts of an IEEE double, without aliasing tricks. */
#ifndef SHIM_DOUBLE_BITS_H
#define SHIM_DOUBLE_BITS_H

#include <stdint.h>

#define MANTISSA_BITS 52
#define MANTISSA_MASK (((uint64_t)1 << MANTISSA_BITS) - 1)
#define EXPONENT_MAX 0x7FF
#define EXPONENT_BIAS 1023

static inline uint64_t bits_of_double(double x) {
  union { double d; uint64_t u; } both = {x};
  return both.u;
}

static inline double double_of_bits(uint64_t bits) {
  union { uint64_t u; double d; } both = {bits};
  return both.d;
}

static inline int biased_exponent(uint64_t bits) {
  return (int)(bits >> MANTISSA_BITS) & EXPONENT_MAX;
}

#endif
