/* Comparison. */
#include <string.h>

int strcmp(const char *a, const char *b) {
  while (*a != '\0' && *a == *b) {
    a++;
    b++;
  }
  return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t size) {
  for (; size > 0; size--, a++, b++) {
    if (*a != *b || *a == '\0')
      return (unsigned char)*a - (unsigned char)*b;
  }
  return 0;
}
