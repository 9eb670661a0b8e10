/* How a formatted field is put together, padded to its width and printed. */
#include "printf.h"

#include <string.h>

void shim_add_prefix(struct field *f, char c) {
  f->prefix[f->prefix_length++] = c;
}

void shim_add_sign(struct field *f, const struct spec *s, int negative) {
  if (negative)
    shim_add_prefix(f, '-');
  else if (s->flags & FLAG_PLUS)
    shim_add_prefix(f, '+');
  else if (s->flags & FLAG_SPACE)
    shim_add_prefix(f, ' ');
}

void shim_add_piece(struct field *f, const char *text, int length) {
  if (length > 0) {
    f->pieces[f->count].text = text;
    f->pieces[f->count].length = length;
    f->count++;
  }
}

static void put(struct sink *out, const char *text, size_t length) {
  if (out->length < out->size) {
    size_t room = out->size - out->length;
    memcpy(out->buffer + out->length, text, length < room ? length : room);
  }
  out->length += length;
}

static void fill(struct sink *out, char c, int length) {
  char run[16];
  if (length <= 0)
    return;
  memset(run, c, sizeof run);
  for (; length > (int)sizeof run; length -= (int)sizeof run)
    put(out, run, sizeof run);
  put(out, run, (size_t)length);
}

void shim_put_field(struct sink *out, const struct spec *s, const struct field *f) {
  int padding = s->width - f->prefix_length;
  for (int i = 0; i < f->count; i++)
    padding -= f->pieces[i].length;
  if (!(s->flags & (FLAG_LEFT | FLAG_ZERO)))
    fill(out, ' ', padding);
  put(out, f->prefix, (size_t)f->prefix_length);
  if ((s->flags & (FLAG_LEFT | FLAG_ZERO)) == FLAG_ZERO)
    fill(out, '0', padding);
  for (int i = 0; i < f->count; i++) {
    if (f->pieces[i].text != NULL)
      put(out, f->pieces[i].text, (size_t)f->pieces[i].length);
    else
      fill(out, '0', f->pieces[i].length);
  }
  if (s->flags & FLAG_LEFT)
    fill(out, ' ', padding);
}
