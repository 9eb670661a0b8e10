/* Search for a character, a set of characters or a string; and strcpy. */
#include <string.h>

#include "shim.h"

/* Where the character is, or the end of the string. */
static const char *find(const char *s, char c) {
  const char *start = s;
  for (; *s != c && *s != '\0'; s++)
    shim_scan(s - start);
  return s;
}

char *strchr(const char *s, int c) {
  s = find(s, (char)c);
  return *s == (char)c ? (char *)s : NULL;
}

size_t strlen(const char *s) {
  return (size_t)(find(s, '\0') - s);
}

static int contains(const char *set, char c) {
  for (; *set != '\0'; set++) {
    if (*set == c)
      return 1;
  }
  return 0;
}

size_t strspn(const char *s, const char *accept) {
  const char *p = s;
  while (*p != '\0' && contains(accept, *p) && !shim_scan(p - s))
    p++;
  return (size_t)(p - s);
}

size_t strcspn(const char *s, const char *reject) {
  const char *p = s;
  while (*p != '\0' && !contains(reject, *p) && !shim_scan(p - s))
    p++;
  return (size_t)(p - s);
}

char *strpbrk(const char *s, const char *accept) {
  s += strcspn(s, accept);
  return *s != '\0' ? (char *)s : NULL;
}

char *strstr(const char *s, const char *needle) {
  size_t length = strlen(needle);
  if (length == 0)
    return (char *)s;
  while ((s = strchr(s, *needle)) != NULL && strncmp(s, needle, length) != 0)
    s++;
  return (char *)s;
}

char *strcpy(char *restrict to, const char *restrict from) {
  return memcpy(to, from, strlen(from) + 1);
}
