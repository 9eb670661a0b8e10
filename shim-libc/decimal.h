/* Exact decimal digits of doubles, for printf and strtod. */
#ifndef SHIM_DECIMAL_H
#define SHIM_DECIMAL_H

#include <stdint.h>

/* More digits than any double has: "do not round". */
#define DECIMAL_ALL (1 << 24)

/* A double has at most 767 significant digits; they arrive nine at a time. */
#define DECIMAL_DIGITS 784

/* digits[0] weighs 10^exponent. There is at least one digit, and no trailing zero but in zero itself. */
struct decimal {
  int exponent;
  int count;
  char digits[DECIMAL_DIGITS];
};

/*
** Writes a finite |x|, rounded half to even to 'significant' digits or to 'places' digits after the
** point, whichever is fewer. Neither may exceed DECIMAL_ALL.
*/
void shim_decimal(struct decimal *d, double x, int significant, int places);

/*
** Writes digits of the magnitude of a double with these bits, and with half a unit in the last place added when 'half'
** is 1, until they are all or more than '*keep' and than 'places' after the point. Returns whether there are more, and
** how many of them were asked for in '*keep'.
*/
int shim_digits(struct decimal *d, uint64_t bits, int half, int *keep, int places);

#endif
