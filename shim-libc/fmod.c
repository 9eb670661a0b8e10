/* fmod, exactly, by long division in binary: at most eleven bits a turn. The operands Lua's % meets differ by few bits. */

#include <math.h>
#include <shim.h>
#include <stdint.h>
#include <string.h>

#define FRACTION_BITS 52
#define EXPONENT_MAX 0x7FF
#define SPARE_BITS 11  /* of 64, above a significand */

static uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* Shifts a significand that is not 0 until its highest bit is the hidden one. */
static uint64_t normalise(uint64_t significand, int *exponent) {
  while (!(significand >> FRACTION_BITS)) {
    significand <<= 1;
    --*exponent;
  }
  return significand;
}

/* The significand of a finite value that is not 0, scaled by 2^(*exponent), normalised. */
static uint64_t significand(uint64_t magnitude, int *exponent) {
  int field = (int)(magnitude >> FRACTION_BITS);
  uint64_t fraction = magnitude & (((uint64_t)1 << FRACTION_BITS) - 1);
  *exponent = field ? field : 1;
  return normalise(field ? fraction | (uint64_t)1 << FRACTION_BITS : fraction, exponent);
}

double fmod(double x, double y) {
  uint64_t sign = bits_of(x) & (uint64_t)1 << 63;
  uint64_t a = bits_of(x) ^ sign;
  uint64_t b = bits_of(y) & ~((uint64_t)1 << 63);
  uint64_t infinity = (uint64_t)EXPONENT_MAX << FRACTION_BITS;
  int ea, eb;
  if (b == 0 || a >= infinity || b > infinity)
    return (x * y) / (x * y);  /* NaN, as C says of each of these */
  if (a < b)
    return x;
  a = significand(a, &ea);
  b = significand(b, &eb);
  if (ea - eb > 99)
    shim_scanned(1024);
  for (; ea - eb > SPARE_BITS; ea -= SPARE_BITS)
    a = (a % b) << SPARE_BITS;
  a = ((a % b) << (ea - eb)) % b;
  ea = eb;
  if (a != 0) {
    a = normalise(a, &ea);
    if (ea >= 1)
      a = (a & (((uint64_t)1 << FRACTION_BITS) - 1)) | (uint64_t)ea << FRACTION_BITS;
    else
      a >>= 1 - ea;  /* subnormal: what is shifted out is 0 */
  }
  a |= sign;
  memcpy(&x, &a, sizeof x);
  return x;
}
