/* Streams without files: stdout and stderr go to the embedder, stdin is empty, nothing opens. */
#ifndef SHIM_STDIO_H
#define SHIM_STDIO_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>

/* A stream has no state, so that its address says everything. */
typedef struct shim_file FILE;

#define stdin ((FILE *)1)
#define stdout ((FILE *)2)
#define stderr ((FILE *)3)

#define EOF (-1)
#define BUFSIZ 512

#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

int fclose(FILE *file);
int fflush(FILE *file);

/*
** What always has the same result is inline, so that nothing is compiled of what Lua would do with another one
** (stdio.c has these functions for the tests).
*/
#define SHIM_INLINE inline __attribute__((always_inline))

/* There is no file system: whatever would need one fails with ENOTSUP. */
SHIM_INLINE int remove(const char *name) {
  (void)name;
  errno = ENOTSUP;
  return -1;
}

SHIM_INLINE int rename(const char *from, const char *to) {
  (void)to;
  return remove(from);
}

SHIM_INLINE FILE *fopen(const char *name, const char *mode) {
  (void)mode;
  remove(name);
  return NULL;
}

SHIM_INLINE FILE *freopen(const char *name, const char *mode, FILE *file) {
  (void)file;
  return fopen(name, mode);
}

SHIM_INLINE FILE *tmpfile(void) {
  return fopen(NULL, NULL);
}

SHIM_INLINE int fseek(FILE *file, long offset, int whence) {
  (void)file, (void)offset, (void)whence;
  return remove(NULL);
}

SHIM_INLINE long ftell(FILE *file) {
  return fseek(file, 0, SEEK_CUR);
}

/* How output is buffered is the embedder's choice, so any wish can be granted. */
SHIM_INLINE int setvbuf(FILE *file, char *buffer, int mode, size_t size) {
  (void)file, (void)buffer, (void)mode, (void)size;
  return 0;
}

/* The end-of-file and error marks are those of a stream that has just been read. */
SHIM_INLINE void clearerr(FILE *file) {
  (void)file;
}

SHIM_INLINE int feof(FILE *file) {
  return file == stdin;
}

SHIM_INLINE int ferror(FILE *file) {
  return file != stdin;
}

SHIM_INLINE int getc(FILE *file) {
  if (file != stdin)
    errno = EBADF;
  return EOF;
}

/* No character can have been read that could be put back. */
SHIM_INLINE int ungetc(int c, FILE *file) {
  (void)c, (void)file;
  return EOF;
}

SHIM_INLINE char *fgets(char *line, int size, FILE *file) {
  (void)line, (void)size;
  getc(file);
  return NULL;
}

SHIM_INLINE size_t fread(void *data, size_t size, size_t count, FILE *file) {
  (void)data, (void)size, (void)count;
  getc(file);
  return 0;
}

int fputs(const char *text, FILE *file);
size_t fwrite(const void *data, size_t size, size_t count, FILE *file);

int snprintf(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int vsnprintf(char *buffer, size_t size, const char *format, va_list args);

#endif
