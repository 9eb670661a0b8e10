/* What the files of printf share: a parsed conversion, a formatted field, and where fields go. */
#ifndef SHIM_PRINTF_H
#define SHIM_PRINTF_H

#include <stddef.h>
#include <stdio.h>

enum flag {
  FLAG_LEFT = 1,  /* - */
  FLAG_PLUS = 2,  /* + */
  FLAG_SPACE = 4, /* space */
  FLAG_ALT = 8,   /* # */
  FLAG_ZERO = 16  /* 0 */
};

struct spec {
  int flags;
  int width;
  int precision;   /* -1 when there is none */
  char conversion; /* in lower case */
  int upper;       /* whether it was an upper case letter */
};

/* A run of text, or of zeros when 'text' is NULL. */
struct piece {
  const char *text;
  int length;
};

/* Zeros that fill the width go between prefix and pieces. */
struct field {
  char prefix[3]; /* sign and 0x */
  int prefix_length;
  int count;
  struct piece pieces[6];
};

/* A buffer with room for 'size' characters. */
struct sink {
  char *buffer;
  size_t size;
  size_t length; /* what has been printed, whether it found room or not */
};

void shim_add_prefix(struct field *f, char c);
void shim_add_sign(struct field *f, const struct spec *s, int negative);
void shim_add_piece(struct field *f, const char *text, int length);
void shim_put_field(struct sink *out, const struct spec *s, const struct field *f);

/* Formats a, e, f and g. */
void shim_put_double(struct sink *out, struct spec *s, double x);

#endif
