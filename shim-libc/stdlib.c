/* abs; and, for the tests, what stdlib.h has inline. */
#include <stdlib.h>

extern char *getenv(const char *name);
extern int system(const char *command);

int abs(int n) {
  return n < 0 ? -n : n;
}
