/*
** memcmp looks at eight bytes at a time: comparing long strings is limited by it.
*/
#include <string.h>

#include <stdint.h>

#include "shim.h"

/* Bytes that are compared at one time: to count within the loop would make it slower. */
#define PIECE 8192

/* memcmp of blocks that are not long. */
static int compare(const unsigned char *a, const unsigned char *b, size_t size) {
  uint64_t x, y;
  for (; size >= sizeof x; size -= sizeof x, a += sizeof x, b += sizeof x) {
    __builtin_memcpy(&x, a, sizeof x);
    __builtin_memcpy(&y, b, sizeof y);
    if (x != y)
      break;
  }
  for (; size > 0; size--, a++, b++) {
    if (*a != *b)
      return *a - *b;
  }
  return 0;
}

int memcmp(const void *left, const void *right, size_t size) {
  const unsigned char *a = left;
  const unsigned char *b = right;
  for (; size > PIECE; size -= PIECE, a += PIECE, b += PIECE) {
    int order = compare(a, b, PIECE);
    if (order != 0)
      return order;
    shim_scanned(PIECE);
  }
  return compare(a, b, size);
}
