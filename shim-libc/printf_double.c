/* The floating-point conversions of printf: exact, rounded half to even. */
#include "printf.h"

#include "decimal.h"
#include "double_bits.h"

#define HEX_DIGITS (MANTISSA_BITS / 4)

struct exponent {
  char text[6];
  int length;
};

static void format_exponent(struct exponent *out, char mark, int value, int least_digits) {
  char digits[4];
  int count = 0;
  unsigned rest = value < 0 ? -(unsigned)value : (unsigned)value;
  for (; rest != 0 || count < least_digits; rest /= 10)
    digits[count++] = (char)('0' + rest % 10);
  out->length = 0;
  out->text[out->length++] = mark;
  out->text[out->length++] = value < 0 ? '-' : '+';
  while (count > 0)
    out->text[out->length++] = digits[--count];
}

static void add_point(struct field *f, const struct spec *s, int places) {
  if (places > 0 || s->flags & FLAG_ALT)
    shim_add_piece(f, ".", 1);
}

static int at_most(int n, int limit) {
  return n < limit ? n : limit;
}

static void add_fixed(struct field *f, const struct spec *s, const struct decimal *d, int places) {
  int whole = d->exponent + 1;
  int taken = at_most(whole > 0 ? whole : 0, d->count);
  int lead = at_most(whole < 0 ? -whole : 0, places);
  int fraction = at_most(d->count - taken, places - lead);
  shim_add_piece(f, d->digits, taken);
  shim_add_piece(f, NULL, whole > 0 ? whole - taken : 1);
  add_point(f, s, places);
  shim_add_piece(f, NULL, lead);
  shim_add_piece(f, d->digits + taken, fraction);
  shim_add_piece(f, NULL, places - lead - fraction);
}

static void add_scientific(struct field *f, const struct spec *s, const struct decimal *d, int places,
                           struct exponent *e) {
  shim_add_piece(f, d->digits, 1);
  add_point(f, s, places);
  shim_add_piece(f, d->digits + 1, d->count - 1);
  shim_add_piece(f, NULL, places - (d->count - 1));
  format_exponent(e, s->upper ? 'E' : 'e', d->exponent, 2);
  shim_add_piece(f, e->text, e->length);
}

/* %g: the shorter of the two styles, without trailing zeros unless '#' asks for them. */
static void add_general(struct field *f, const struct spec *s, const struct decimal *d, int digits,
                        struct exponent *e) {
  int shown = s->flags & FLAG_ALT ? digits : d->count;
  if (d->exponent < -4 || d->exponent >= digits)
    add_scientific(f, s, d, shown - 1, e);
  else
    add_fixed(f, s, d, shown > d->exponent ? shown - 1 - d->exponent : 0);
}

static void put_decimal(struct sink *out, struct field *f, const struct spec *s, double x) {
  struct decimal d;
  struct exponent e;
  int precision = s->precision < 0 ? 6 : s->precision;
  if (s->conversion == 'f') {
    shim_decimal(&d, x, DECIMAL_ALL, precision);
    add_fixed(f, s, &d, precision);
  } else if (s->conversion == 'e') {
    shim_decimal(&d, x, precision + 1, DECIMAL_ALL);
    add_scientific(f, s, &d, precision, &e);
  } else {
    int digits = precision > 0 ? precision : 1;
    shim_decimal(&d, x, digits, DECIMAL_ALL);
    add_general(f, s, &d, digits, &e);
  }
  shim_put_field(out, s, f);
}

/* Rounds to 'digits' hexadecimal digits after the point; the leading digit may become 2. */
static uint64_t round_hex(uint64_t mantissa, int digits) {
  if (digits >= HEX_DIGITS)
    return mantissa;
  int drop = 4 * (HEX_DIGITS - digits);
  uint64_t unit = (uint64_t)1 << drop;
  uint64_t rest = mantissa & (unit - 1);
  mantissa -= rest;
  if (rest > unit / 2 || (rest == unit / 2 && mantissa & unit))
    mantissa += unit;
  return mantissa;
}

static void put_hex(struct sink *out, struct field *f, const struct spec *s, double x) {
  const char *alphabet = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
  char digits[1 + HEX_DIGITS];
  struct exponent e;
  uint64_t bits = bits_of_double(x);
  uint64_t mantissa = bits & MANTISSA_MASK;
  int exponent = biased_exponent(bits);
  if (exponent > 0)
    mantissa |= MANTISSA_MASK + 1;
  else
    exponent = mantissa != 0;
  int power = exponent > 0 ? exponent - EXPONENT_BIAS : 0;
  int places = s->precision;
  if (places < 0) {
    for (places = HEX_DIGITS; places > 0 && (mantissa >> 4 * (HEX_DIGITS - places) & 15) == 0;)
      places--;
  }
  mantissa = round_hex(mantissa, places);
  for (int i = 0; i <= HEX_DIGITS; i++)
    digits[i] = alphabet[mantissa >> 4 * (HEX_DIGITS - i) & 15];
  shim_add_prefix(f, '0');
  shim_add_prefix(f, s->upper ? 'X' : 'x');
  shim_add_piece(f, digits, 1);
  add_point(f, s, places);
  shim_add_piece(f, digits + 1, at_most(places, HEX_DIGITS));
  shim_add_piece(f, NULL, places - HEX_DIGITS);
  format_exponent(&e, s->upper ? 'P' : 'p', power, 1);
  shim_add_piece(f, e.text, e.length);
  shim_put_field(out, s, f);
}

static void put_special(struct sink *out, struct field *f, struct spec *s, int is_nan) {
  const char *text = is_nan ? "nanNAN" : "infINF";
  s->flags &= ~FLAG_ZERO;
  shim_add_piece(f, s->upper ? text + 3 : text, 3);
  shim_put_field(out, s, f);
}

void shim_put_double(struct sink *out, struct spec *s, double x) {
  struct field f = {.prefix_length = 0, .count = 0};
  uint64_t bits = bits_of_double(x);
  shim_add_sign(&f, s, bits >> 63 != 0);
  if (biased_exponent(bits) == EXPONENT_MAX)
    put_special(out, &f, s, (bits & MANTISSA_MASK) != 0);
  else if (s->conversion == 'a')
    put_hex(out, &f, s, x);
  else
    put_decimal(out, &f, s, x);
}
