/* Comparison. */
#include <string.h>

#include "shim.h"

int strcmp(const char *a, const char *b) {
  for (size_t i = 0; *a != '\0' && *a == *b; i++) {
    a++;
    b++;
    shim_scan(i);
  }
  return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t size) {
  for (; size > 0; size--, a++, b++) {
    shim_scan(size);
    if (*a != *b || *a == '\0')
      return (unsigned char)*a - (unsigned char)*b;
  }
  return 0;
}
