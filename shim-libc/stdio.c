/*
** The standard streams. What is written to stdout and stderr goes to the embedder; stdin is empty. They
** have no state: their end-of-file and error marks are those of a stream that has just been read.
*/
#include <stdio.h>

#include <errno.h>
#include <string.h>

#include "shim.h"

struct shim_file {
  char readable; /* only stdin is, and only the others can be written */
};

static const struct shim_file streams[3] = {{1}, {0}, {0}};

FILE *const stdin = (FILE *)&streams[0];
FILE *const stdout = (FILE *)&streams[1];
FILE *const stderr = (FILE *)&streams[2];

int fflush(FILE *file) {
  if (file == NULL || !file->readable)
    shim_flush();
  return 0;
}

int fclose(FILE *file) {
  return fflush(file);
}

/* How output is buffered is the embedder's choice, so any wish can be granted. */
int setvbuf(FILE *file, char *buffer, int mode, size_t size) {
  (void)file, (void)buffer, (void)mode, (void)size;
  return 0;
}

int fseek(FILE *file, long offset, int whence) {
  (void)file, (void)offset, (void)whence;
  errno = ENOTSUP;
  return -1;
}

long ftell(FILE *file) {
  return fseek(file, 0, SEEK_CUR);
}

void clearerr(FILE *file) {
  (void)file;
}

int feof(FILE *file) {
  return file->readable;
}

int ferror(FILE *file) {
  return !file->readable;
}

int getc(FILE *file) {
  if (!file->readable)
    errno = EBADF;
  return EOF;
}

/* No character can have been read that could be put back. */
int ungetc(int c, FILE *file) {
  (void)c, (void)file;
  return EOF;
}

char *fgets(char *line, int size, FILE *file) {
  (void)line, (void)size;
  getc(file);
  return NULL;
}

size_t fread(void *data, size_t size, size_t count, FILE *file) {
  (void)data, (void)size, (void)count;
  getc(file);
  return 0;
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *file) {
  if (file->readable) {
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

int fputc(int c, FILE *file) {
  unsigned char byte = (unsigned char)c;
  return fwrite(&byte, 1, 1, file) == 1 ? byte : EOF;
}
