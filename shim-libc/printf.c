/*
** printf's format strings and its integer, character and string conversions, as Lua uses them: no '*', no '%%', no
** modifier but 'll', no long double. A conversion that is not known ends the output.
*/
#include "printf.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

/* Widths and precisions beyond this are cut to it; Lua stops at 99. */
#define SPAN_MAX (1 << 20)

static int read_flags(const char **format) {
  static const char known[] = "-+ #0"; /* in the order of enum flag */
  int flags = 0;
  const char *flag;
  while (**format != '\0' && (flag = strchr(known, **format)) != NULL) {
    flags |= 1 << (flag - known);
    (*format)++;
  }
  return flags;
}

static int read_span(const char **format) {
  int n = 0;
  for (; **format >= '0' && **format <= '9'; (*format)++) {
    if (n < SPAN_MAX)
      n = n * 10 + (**format - '0');
  }
  return n < SPAN_MAX ? n : SPAN_MAX;
}

/* Returns whether the conversion is of a long long. */
static int read_spec(const char **format, struct spec *s) {
  s->flags = read_flags(format);
  s->width = read_span(format);
  s->precision = -1;
  if (**format == '.') {
    (*format)++;
    s->precision = read_span(format);
  }
  int is_long = **format == 'l';
  if (is_long)
    *format += 2;
  s->upper = **format >= 'A' && **format <= 'Z';
  s->conversion = (char)(**format | (s->upper ? 'a' - 'A' : 0));
  if (**format != '\0')
    (*format)++;
  return is_long;
}

/* Writes the digits of n so that they end at 'end'; zero has none. */
static char *format_digits(char *end, uint64_t n, unsigned base, const char *alphabet) {
  for (; n >> 32 != 0; n /= base)
    *--end = alphabet[n % base];
  for (uint32_t rest = (uint32_t)n; rest != 0; rest /= base)
    *--end = alphabet[rest % base];
  return end;
}

static void put_integer(struct sink *out, struct spec *s, struct field *f, uint64_t n) {
  char digits[24];
  char *end = digits + sizeof digits;
  unsigned base = s->conversion == 'x' ? 16 : s->conversion == 'o' ? 8 : 10;
  char *start = format_digits(end, n, base, s->upper ? "0123456789ABCDEF" : "0123456789abcdef");
  int length = (int)(end - start);
  int least = s->precision < 0 ? 1 : s->precision;
  if (s->precision >= 0)
    s->flags &= ~FLAG_ZERO;
  if (s->flags & FLAG_ALT && base == 8 && least <= length)
    least = length + 1;
  if (s->flags & FLAG_ALT && base == 16 && n != 0) {
    shim_add_prefix(f, '0');
    shim_add_prefix(f, s->upper ? 'X' : 'x');
  }
  shim_add_piece(f, NULL, least - length);
  shim_add_piece(f, start, length);
  shim_put_field(out, s, f);
}

static void put_signed(struct sink *out, struct spec *s, int64_t n) {
  struct field f = {.prefix_length = 0, .count = 0};
  shim_add_sign(&f, s, n < 0);
  put_integer(out, s, &f, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

static void put_unsigned(struct sink *out, struct spec *s, uint64_t n) {
  struct field f = {.prefix_length = 0, .count = 0};
  put_integer(out, s, &f, n);
}

static void put_text(struct sink *out, struct spec *s, const char *text, size_t length) {
  struct field f = {.prefix_length = 0, .count = 0};
  s->flags &= ~FLAG_ZERO;
  shim_add_piece(&f, text, (int)length);
  shim_put_field(out, s, &f);
}

/* With a precision the text need not end with a zero, so no byte beyond it may be read. */
static void put_string(struct sink *out, struct spec *s, const char *text) {
  size_t length = 0;
  if (s->precision < 0)
    length = strlen(text);
  while ((int)length < s->precision && text[length] != '\0')
    length++;
  put_text(out, s, text, length);
}

static void put_pointer(struct sink *out, struct spec *s, const void *p) {
  s->flags |= FLAG_ALT;
  s->conversion = 'x';
  if (p == NULL)
    put_text(out, s, "(nil)", 5);
  else
    put_unsigned(out, s, (uintptr_t)p);
}

/* va_list goes by address, since it may be an array type. */
struct arguments {
  va_list list;
};

/* An unsigned one, as a signed one. */
static int64_t next_integer(struct arguments *args, int is_long) {
  return is_long ? va_arg(args->list, long long) : va_arg(args->list, int);
}

/* Prints one argument; false when the conversion is not known. */
static int put_argument(struct sink *out, struct spec *s, int is_long, struct arguments *args) {
  char c;
  switch (s->conversion) {
    case 'c':
      c = (char)va_arg(args->list, int);
      put_text(out, s, &c, 1);
      return 1;
    case 's':
      put_string(out, s, va_arg(args->list, const char *));
      return 1;
    case 'd': case 'i':
      put_signed(out, s, next_integer(args, is_long));
      return 1;
    case 'u': case 'x': case 'o': /* of a long long only */
      put_unsigned(out, s, (uint64_t)next_integer(args, is_long));
      return 1;
    case 'p':
      put_pointer(out, s, va_arg(args->list, void *));
      return 1;
    case 'a': case 'e': case 'f': case 'g':
      shim_put_double(out, s, va_arg(args->list, double));
      return 1;
    default:
      return 0;
  }
}

static void print(struct sink *out, const char *format, struct arguments *args) {
  static const struct spec plain = {.precision = -1};
  struct spec s;
  while (*format != '\0') {
    const char *start = format;
    while (*format != '\0' && *format != '%')
      format++;
    if (format != start) {
      s = plain;
      put_text(out, &s, start, (size_t)(format - start));
    }
    if (*format == '%') {
      format++;
      int is_long = read_spec(&format, &s);
      if (!put_argument(out, &s, is_long, args))
        return;
    }
  }
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list list) {
  struct sink out = {.buffer = buffer, .size = size > 0 ? size - 1 : 0};
  struct arguments args;
  va_copy(args.list, list);
  print(&out, format, &args);
  va_end(args.list);
  if (size > 0)
    buffer[out.length < out.size ? out.length : out.size] = '\0';
  return (int)out.length;
}

int snprintf(char *buffer, size_t size, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int length = vsnprintf(buffer, size, format, list);
  va_end(list);
  return length;
}
