/*
** memchr looks at eight bytes at a time: string.find of plain text spends its time here. So all of the
** block must be readable, even what comes after the byte that is found.
*/
#include <string.h>

#include <stdint.h>

#include "shim.h"

/* Bytes that are looked at at one time: to count within the loop would make it slower. */
#define PIECE 8192

#define EACH_BYTE(n) (UINT64_MAX / 0xFF * (n))

static int has_zero_byte(uint64_t word) {
  return ((word - EACH_BYTE(0x01)) & ~word & EACH_BYTE(0x80)) != 0;
}

/* memchr in a block that is not long. */
static void *find(const unsigned char *p, int c, size_t size) {
  uint64_t pattern = EACH_BYTE((unsigned char)c);
  uint64_t word;
  for (; size >= sizeof word; size -= sizeof word, p += sizeof word) {
    __builtin_memcpy(&word, p, sizeof word);
    if (has_zero_byte(word ^ pattern))
      break;
  }
  for (; size > 0; size--, p++) {
    if (*p == (unsigned char)c)
      return (void *)p;
  }
  return NULL;
}

void *memchr(const void *block, int c, size_t size) {
  const unsigned char *p = block;
  for (; size > PIECE; size -= PIECE, p += PIECE) {
    void *found = find(p, c, PIECE);
    if (found != NULL)
      return found;
    shim_scanned(PIECE);
  }
  return find(p, c, size);
}
