/* free, realloc and exit have no definition here: a forced header may replace them by macros first. */
#ifndef SHIM_STDLIB_H
#define SHIM_STDLIB_H

#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

#ifndef free
void free(void *block);
#endif
#ifndef realloc
void *realloc(void *block, size_t size);
#endif
#ifndef exit
_Noreturn void exit(int status);
#endif
_Noreturn void abort(void);

int abs(int n);
char *getenv(const char *name);
double strtod(const char *text, char **end);
int system(const char *command);

#endif
