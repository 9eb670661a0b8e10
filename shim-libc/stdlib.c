/* abs; and no environment and no command interpreter. */
#include <stdlib.h>

#include <errno.h>

char *getenv(const char *name) {
  (void)name;
  return NULL;
}

int system(const char *command) {
  if (command == NULL)
    return 0;
  errno = ENOTSUP;
  return -1;
}

int abs(int n) {
  return n < 0 ? -n : n;
}
