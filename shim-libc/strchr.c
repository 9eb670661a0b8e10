/* Search for a character, a set of characters or a string; and strcpy. */
#include <string.h>

char *strchr(const char *s, int c) {
  for (; *s != (char)c; s++) {
    if (*s == '\0')
      return NULL;
  }
  return (char *)s;
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
  while (*p != '\0' && contains(accept, *p))
    p++;
  return (size_t)(p - s);
}

size_t strcspn(const char *s, const char *reject) {
  const char *p = s;
  while (*p != '\0' && !contains(reject, *p))
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
