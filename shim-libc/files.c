/* There is no file system: whatever would need one fails with ENOTSUP. */
#include <errno.h>
#include <stdio.h>

FILE *fopen(const char *name, const char *mode) {
  (void)name, (void)mode;
  errno = ENOTSUP;
  return NULL;
}

FILE *freopen(const char *name, const char *mode, FILE *file) {
  (void)file;
  return fopen(name, mode);
}

FILE *tmpfile(void) {
  return fopen(NULL, NULL);
}

int remove(const char *name) {
  (void)name;
  errno = ENOTSUP;
  return -1;
}

int rename(const char *from, const char *to) {
  (void)to;
  return remove(from);
}
