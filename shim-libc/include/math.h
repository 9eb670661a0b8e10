/* ceil, copysign, fabs, floor, rint and sqrt are instructions of WebAssembly, and ldexp comes from Rust's
   compiler_builtins, which has the others too: smaller ones of ours stand before those. */
#ifndef SHIM_MATH_H
#define SHIM_MATH_H

#define HUGE_VAL __builtin_huge_val()
#define HUGE_VALF __builtin_huge_valf()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")

double acos(double x);
double asin(double x);
double atan2(double y, double x);
double ceil(double x);
double copysign(double x, double sign);
double cos(double x);
double cosh(double x);
double exp(double x);
double fabs(double x);
double floor(double x);
double fmod(double x, double y);
double frexp(double x, int *exponent);
double ldexp(double x, int exponent);
double log(double x);
double log10(double x);
double log2(double x);
double pow(double x, double y);
double rint(double x);
double sin(double x);
double sinh(double x);
double sqrt(double x);
double tan(double x);
double tanh(double x);

#endif
