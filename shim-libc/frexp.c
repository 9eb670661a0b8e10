/* The one function of libm that Rust's compiler_builtins lacks on wasm. */
#include <math.h>

#include "double_bits.h"

double frexp(double x, int *exponent) {
  uint64_t bits = bits_of_double(x);
  int biased = biased_exponent(bits);
  int scaled = 0;
  *exponent = 0;
  if (x == 0 || biased == EXPONENT_MAX)
    return x;
  if (biased == 0) { /* subnormal: 64 more powers of two make it normal */
    scaled = 64;
    bits = bits_of_double(x * 0x1p64);
    biased = biased_exponent(bits);
  }
  *exponent = biased - (EXPONENT_BIAS - 1) - scaled;
  bits &= ~((uint64_t)EXPONENT_MAX << MANTISSA_BITS);
  return double_of_bits(bits | (uint64_t)(EXPONENT_BIAS - 1) << MANTISSA_BITS);
}
