/* The standard streams. What is written to stdout and stderr goes to the embedder; stdin is empty. */
#include <stdio.h>

#include <string.h>

#include "shim.h"

extern int remove(const char *name);
extern int rename(const char *from, const char *to);
extern FILE *fopen(const char *name, const char *mode);
extern FILE *freopen(const char *name, const char *mode, FILE *file);
extern FILE *tmpfile(void);
extern int fseek(FILE *file, long offset, int whence);
extern long ftell(FILE *file);
extern int setvbuf(FILE *file, char *buffer, int mode, size_t size);
extern void clearerr(FILE *file);
extern int feof(FILE *file);
extern int ferror(FILE *file);
extern int getc(FILE *file);
extern int ungetc(int c, FILE *file);
extern char *fgets(char *line, int size, FILE *file);
extern size_t fread(void *data, size_t size, size_t count, FILE *file);

int fflush(FILE *file) {
  if (file != stdin)
    shim_flush();
  return 0;
}

int fclose(FILE *file) {
  return fflush(file);
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *file) {
  if (file == stdin) {
    errno = EBADF;
    return 0;
  }
  if (size * count > 0)
    shim_write(data, size * count);
  return count;
}

int fputs(const char *text, FILE *file) {
  size_t length = strlen(text);
  return fwrite(text, 1, length, file) == length ? 0 : EOF;
}
