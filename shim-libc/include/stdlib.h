/* free, realloc and exit have no definition here: a forced header may replace them by macros first. */
#ifndef SHIM_STDLIB_H
#define SHIM_STDLIB_H

#include <errno.h>
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
double strtod(const char *text, char **end);

/* There is no environment and no command interpreter; inline, so that Lua is not compiled as if there were. */
inline __attribute__((always_inline)) char *getenv(const char *name) {
  (void)name;
  return NULL;
}

inline __attribute__((always_inline)) int system(const char *command) {
  if (command == NULL)
    return 0;
  errno = ENOTSUP;
  return -1;
}

#endif
