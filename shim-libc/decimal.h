/* Exact decimal digits of doubles, for printf. */
#ifndef SHIM_DECIMAL_H
#define SHIM_DECIMAL_H

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

#endif
