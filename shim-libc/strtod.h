/* The two halves of strtod: what the text says, and the double nearest to it. */
#ifndef SHIM_STRTOD_H
#define SHIM_STRTOD_H

#include <stdint.h>

#define HEAD_DIGITS 19 /* all that surely fit in 64 bits */

/* A decimal numeral. Without non-zero digits 'first' is NULL and the rest means nothing. */
struct numeral {
  const char *first; /* its first non-zero digit; a point may be among the ones that follow */
  long long digits;  /* from there on */
  long long scale;   /* what the last digit weighs, as a power of ten */
  uint64_t head;     /* the value of the first 19 of them, or of all if they are fewer */
};

/*
** top * 2^(exponent - 63) as a double, rounded half to even; top has its high bit set, and 'more' says
** whether the number goes on below it.
*/
double shim_round_binary(uint64_t top, long long exponent, int more);

/* The double nearest to the numeral; its digits must be there still. */
double shim_round_decimal(const struct numeral *n);

#endif
