/*
** Binary to decimal. The number is held exactly in base 2^32; limbs of nine decimal digits are divided
** out of its integer part and multiplied out of its fraction, and only as many as are asked for.
*/
#include "decimal.h"

#include "double_bits.h"
#include "shim.h"

#define LIMB 1000000000u /* the base of a limb */
#define LIMB_DIGITS 9

enum {
  FRACTION_WORDS = 34, /* 2^-1074 */
  INTEGER_WORDS = 33,  /* 2^1024, and a word of slack for the shift */
  INTEGER_LIMBS = 35
};

/* The radix point is below words[FRACTION_WORDS]; words outside [low, high) are zero and not set. */
struct binary {
  int low;
  int high;
  uint32_t words[FRACTION_WORDS + INTEGER_WORDS];
};

static void trim(struct binary *b) {
  while (b->low < FRACTION_WORDS && b->words[b->low] == 0)
    b->low++;
  while (b->high > FRACTION_WORDS && b->words[b->high - 1] == 0)
    b->high--;
}

/* The magnitude of a double with these bits, and half of what its last bit weighs when 'half' is 1. */
static void load(struct binary *b, uint64_t bits, int half) {
  uint64_t mantissa = bits & MANTISSA_MASK;
  int exponent = biased_exponent(bits);
  if (exponent > 0)
    mantissa |= MANTISSA_MASK + 1;
  else
    exponent = 1;
  mantissa = mantissa << 1 | (uint64_t)half;
  int position = exponent - EXPONENT_BIAS - MANTISSA_BITS - 1 + 32 * FRACTION_WORDS;
  int first = position / 32;
  int shift = position % 32;
  b->low = first < FRACTION_WORDS ? first : FRACTION_WORDS;
  b->high = first + 3 > FRACTION_WORDS ? first + 3 : FRACTION_WORDS;
  for (int i = b->low; i < b->high; i++)
    b->words[i] = 0;
  b->words[first] = (uint32_t)(mantissa << shift);
  b->words[first + 1] = (uint32_t)((mantissa << shift) >> 32);
  b->words[first + 2] = (uint32_t)(mantissa >> 32 >> (32 - shift));
  trim(b);
}

/* Divides the integer part by a limb's base and returns the remainder: its lowest limb. */
static uint32_t next_integer_limb(struct binary *b) {
  uint64_t rest = 0;
  for (int i = b->high; i-- > FRACTION_WORDS;) {
    rest = rest << 32 | b->words[i];
    b->words[i] = (uint32_t)(rest / LIMB);
    rest %= LIMB;
  }
  trim(b);
  return (uint32_t)rest;
}

/* Multiplies the fraction by a limb's base and returns what moved past the point: its highest limb. */
static uint32_t next_fraction_limb(struct binary *b) {
  uint64_t carry = 0;
  for (int i = b->low; i < FRACTION_WORDS; i++) {
    carry += (uint64_t)b->words[i] * LIMB;
    b->words[i] = (uint32_t)carry;
    carry >>= 32;
  }
  trim(b);
  return (uint32_t)carry;
}

static int digits_in(uint32_t limb) {
  int n = 0;
  for (; limb != 0; limb /= 10)
    n++;
  return n;
}

static void append(struct decimal *d, uint32_t limb, int width) {
  d->count += width;
  for (char *p = d->digits + d->count; width > 0; width--, limb /= 10)
    *--p = (char)('0' + limb % 10);
}

/* Appends a limb of weight 10^(9 * weight), the first one without its leading zeros. */
static void append_limb(struct decimal *d, uint32_t limb, int weight) {
  int width = LIMB_DIGITS;
  if (d->count == 0) {
    width = digits_in(limb);
    d->exponent = LIMB_DIGITS * weight + width - 1;
  }
  append(d, limb, width);
}

static int rounds_up(const struct decimal *d, int keep, int more) {
  char first = d->digits[keep];
  if (first != '5' || more)
    return first >= '5';
  for (int i = keep + 1; i < d->count; i++) {
    if (d->digits[i] != '0')
      return 1;
  }
  return keep > 0 && d->digits[keep - 1] % 2 != 0; /* '0' is even */
}

static void increment(struct decimal *d) {
  while (d->count > 0 && d->digits[d->count - 1] == '9')
    d->count--;
  if (d->count > 0) {
    d->digits[d->count - 1]++;
  } else {
    d->digits[d->count++] = '1';
    d->exponent++;
  }
}

/* 'more' says whether the number goes on beyond its digits; then there are more than 'keep' of them. */
static void round_to(struct decimal *d, int keep, int more) {
  if (keep < d->count) {
    int up = keep >= 0 && rounds_up(d, keep, more);
    d->count = keep > 0 ? keep : 0;
    if (up)
      increment(d);
  }
  while (d->count > 0 && d->digits[d->count - 1] == '0')
    d->count--;
  if (d->count == 0) {
    d->digits[d->count++] = '0';
    d->exponent = 0;
  }
}

int shim_digits(struct decimal *d, uint64_t bits, int half, int *keep, int places) {
  struct binary b;
  uint32_t limbs[INTEGER_LIMBS];
  int weight = 0;
  int significant = *keep;
  load(&b, bits, half);
  /* All words are gone through for each limb. */
  shim_scanned(2 * (b.high - b.low) * (b.high - b.low));
  while (b.high > FRACTION_WORDS)
    limbs[weight++] = next_integer_limb(&b);
  d->count = 0;
  while (weight > 0) {
    weight--;
    append_limb(d, limbs[weight], weight);
  }
  for (;;) {
    if (d->count > 0 && significant - d->exponent - 1 > places)
      *keep = d->exponent + 1 + places;
    if (b.low == FRACTION_WORDS || (d->count > 0 && d->count > *keep))
      break;
    append_limb(d, next_fraction_limb(&b), --weight);
  }
  return b.low < FRACTION_WORDS;
}

void shim_decimal(struct decimal *d, double x, int significant, int places) {
  int keep = significant;
  int more = shim_digits(d, bits_of_double(x), 0, &keep, places);
  round_to(d, keep, more);
}
