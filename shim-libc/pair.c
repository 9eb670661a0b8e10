/* Arithmetic of pairs, with a relative error of 2^-77 or so. */
#include "pair.h"

_Thread_local double pair_tail;

double pair_add(double a, double a_tail, double b, double b_tail) {
  double head = pair_sum(a, b);
  pair_tail += a_tail + b_tail;
  return head;
}

double pair_multiply(double a, double a_tail, double b, double b_tail) {
  return pair_sum(a * b, a * b_tail + a_tail * (b + b_tail));
}

/* The remainder that the head of the quotient leaves is exact but for its last term. */
double pair_divide(double a, double a_tail, double b, double b_tail) {
  double divisor = b + b_tail;
  double head = pair_head((a + a_tail) / divisor);
  pair_tail = ((a - head * b) + (a_tail - head * b_tail)) / divisor;
  return head;
}
