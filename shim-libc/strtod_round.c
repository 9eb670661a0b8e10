/*
** Decimal to binary, exactly. The integer part is gathered in base 2^32; the fraction stays decimal, in
** limbs of nine digits, and words of 32 bits are multiplied out of it until there are enough to round.
*/
#include "strtod.h"

#include <errno.h>
#include <math.h>

#include "double_bits.h"
#include "shim.h"

#define LIMB 1000000000u /* the base of a limb */
#define LIMB_DIGITS 9

enum {
  WEIGHT_MAX = 308,        /* 10^309 is larger than any double, */
  WEIGHT_MIN = -325,       /* and 10^-325 rounds to zero */
  DIGITS_THAT_MATTER = 800, /* no double, nor a halfway case, has more than 768 */
  INTEGER_WORDS = 33,
  FRACTION_LIMBS = (DIGITS_THAT_MATTER - WEIGHT_MIN) / LIMB_DIGITS + 2,
  WINDOW_WORDS = 3
};

double shim_round_binary(uint64_t top, long long exponent, int more) {
  if (exponent > EXPONENT_BIAS) {
    errno = ERANGE;
    return HUGE_VAL;
  }
  int subnormal = exponent < 1 - EXPONENT_BIAS;
  long long drop = 63 - MANTISSA_BITS + (subnormal ? 1 - EXPONENT_BIAS - exponent : 0);
  if (drop > 64) {
    errno = ERANGE;
    return 0;
  }
  uint64_t kept = drop < 64 ? top >> drop : 0;
  uint64_t rest = top << (64 - drop);
  uint64_t half = (uint64_t)1 << 63;
  if (rest > half || (rest == half && (more || kept & 1)))
    kept++;
  if (subnormal && (rest != 0 || more))
    errno = ERANGE;
  /* The leading bit, where there is one, adds one to the exponent; so does a carry out of rounding. */
  uint64_t biased = subnormal ? 0 : (uint64_t)(exponent + EXPONENT_BIAS - 1);
  double value = double_of_bits((biased << MANTISSA_BITS) + kept);
  if (value == HUGE_VAL)
    errno = ERANGE;
  return value;
}

/* The first three words from a non-zero one on; that is at least 65 bits. */
struct window {
  uint32_t words[WINDOW_WORDS];
  int count;
  int position; /* of words[0], in words above the point */
  int more;
};

static void push_word(struct window *w, uint32_t word, int position) {
  if (w->count == WINDOW_WORDS) {
    w->more |= word != 0;
  } else if (w->count > 0 || word != 0) {
    if (w->count == 0)
      w->position = position;
    w->words[w->count++] = word;
  }
}

static double round_window(const struct window *w) {
  int shift = __builtin_clz(w->words[0]);
  uint64_t top = ((uint64_t)w->words[0] << 32 | w->words[1]) << shift;
  uint64_t low = (uint64_t)w->words[2] << shift;
  return shim_round_binary(top | low >> 32, 32 * w->position + 31 - shift, w->more || (uint32_t)low != 0);
}

struct exact {
  int integer_count;
  int fraction_count;
  int more;                          /* a non-zero digit came after those that matter */
  uint32_t integer[INTEGER_WORDS];   /* lowest word first */
  uint32_t fraction[FRACTION_LIMBS]; /* highest limb first */
};

static void add_integer_limb(struct exact *x, uint32_t limb) {
  uint64_t carry = limb;
  for (int i = 0; i < x->integer_count; i++) {
    carry += (uint64_t)x->integer[i] * LIMB;
    x->integer[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry != 0)
    x->integer[x->integer_count++] = (uint32_t)carry;
}

static void drop_zero_limbs(struct exact *x) {
  while (x->fraction_count > 0 && x->fraction[x->fraction_count - 1] == 0)
    x->fraction_count--;
}

/* Multiplies the fraction by 2^32 and returns what moved past the point. */
static uint32_t next_fraction_word(struct exact *x) {
  uint64_t carry = 0;
  for (int i = x->fraction_count; i-- > 0;) {
    carry += (uint64_t)x->fraction[i] << 32;
    x->fraction[i] = (uint32_t)(carry % LIMB);
    carry /= LIMB;
  }
  drop_zero_limbs(x);
  return (uint32_t)carry;
}

static unsigned next_digit(const char **p) {
  if (**p == '.')
    (*p)++;
  return (unsigned)(*(*p)++ - '0');
}

static void split(struct exact *x, const struct numeral *n, int weight) {
  const char *p = n->first;
  uint32_t limb = 0;
  x->integer_count = x->fraction_count = x->more = 0;
  for (int zeros = weight + LIMB_DIGITS; zeros < 0; zeros += LIMB_DIGITS)
    x->fraction[x->fraction_count++] = 0;
  int place = (weight - WEIGHT_MIN * LIMB_DIGITS) % LIMB_DIGITS; /* within its limb */
  long long i = 0;
  for (; (i < n->digits && i < DIGITS_THAT_MATTER) || weight >= 0 || place != LIMB_DIGITS - 1; i++) {
    limb = limb * 10 + (i < n->digits ? next_digit(&p) : 0);
    if (place-- == 0) {
      place = LIMB_DIGITS - 1;
      if (weight >= 0)
        add_integer_limb(x, limb);
      else if (x->fraction_count < FRACTION_LIMBS)
        x->fraction[x->fraction_count++] = limb;
      limb = 0;
    }
    weight--;
  }
  for (; i < n->digits && !x->more && !shim_scan((size_t)p); i++)
    x->more = next_digit(&p) != 0;
  drop_zero_limbs(x);
}

double shim_round_decimal(const struct numeral *n) {
  struct exact x;
  struct window w = {.count = 0};
  long long weight = n->digits - 1 + n->scale;
  if (weight > WEIGHT_MAX || weight < WEIGHT_MIN) {
    errno = ERANGE;
    return weight > 0 ? HUGE_VAL : 0;
  }
  /* All limbs are gone through for each limb. */
  size_t size = (size_t)(weight < 0 ? -weight : weight) + (n->digits < DIGITS_THAT_MATTER ? n->digits : DIGITS_THAT_MATTER);
  shim_scanned(size * size >> 5);
  split(&x, n, (int)weight);
  for (int i = x.integer_count; i-- > 0;)
    push_word(&w, x.integer[i], i);
  for (int i = -1; w.count < WINDOW_WORDS && (w.count == 0 || x.fraction_count > 0); i--)
    push_word(&w, next_fraction_word(&x), i);
  w.more |= x.more || x.fraction_count > 0;
  return round_window(&w);
}
