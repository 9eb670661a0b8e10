/* memchr, memcmp and the str functions are ours; memcpy, memmove and memset are Rust's. */
#ifndef SHIM_STRING_H
#define SHIM_STRING_H

#include <stddef.h>

void *memchr(const void *block, int c, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *block, int c, size_t size);

char *strchr(const char *s, int c);
int strcmp(const char *a, const char *b);
char *strcpy(char *restrict to, const char *restrict from);
size_t strcspn(const char *s, const char *reject);
char *strerror(int code);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t size);
char *strpbrk(const char *s, const char *accept);
size_t strspn(const char *s, const char *accept);
char *strstr(const char *s, const char *needle);

#endif
