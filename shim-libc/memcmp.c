/*
** memcmp looks at eight bytes at a time: comparing long strings is limited by it.
*/
#include <string.h>

#include <stdint.h>

#include "shim.h"

int memcmp(const void *left, const void *right, size_t size) {
  const unsigned char *a = left;
  const unsigned char *b = right;
  uint64_t x, y;
  for (; size >= sizeof x; size -= sizeof x, a += sizeof x, b += sizeof x) {
    __builtin_memcpy(&x, a, sizeof x);
    __builtin_memcpy(&y, b, sizeof y);
    if (x != y)
      break;
    shim_scan(size | 7);
  }
  for (; size > 0; size--, a++, b++) {
    if (*a != *b)
      return *a - *b;
  }
  return 0;
}
