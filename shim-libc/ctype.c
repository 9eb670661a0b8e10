/* The character classes of the C locale, by arithmetic on ASCII codes. */
#include <ctype.h>

static int between(int c, int low, int high) {
  return (unsigned)c - (unsigned)low <= (unsigned)(high - low);
}

int isalnum(int c) {
  return isalpha(c) || isdigit(c);
}

int isalpha(int c) {
  return between(c | ('a' - 'A'), 'a', 'z');
}

int iscntrl(int c) {
  return between(c, 0, ' ' - 1) || c == 0x7F;
}

int isdigit(int c) {
  return between(c, '0', '9');
}

int isgraph(int c) {
  return between(c, ' ' + 1, '~');
}

int islower(int c) {
  return between(c, 'a', 'z');
}

int ispunct(int c) {
  return isgraph(c) && !isalnum(c);
}

int isspace(int c) {
  return c == ' ' || between(c, '\t', '\r');
}

int isupper(int c) {
  return between(c, 'A', 'Z');
}

int isxdigit(int c) {
  return isdigit(c) || between(c | ('a' - 'A'), 'a', 'f');
}

int tolower(int c) {
  return isupper(c) ? c + ('a' - 'A') : c;
}

int toupper(int c) {
  return islower(c) ? c - ('a' - 'A') : c;
}
