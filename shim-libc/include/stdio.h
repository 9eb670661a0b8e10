/* Streams without files: stdout and stderr go to the embedder, stdin is empty, nothing opens. */
#ifndef SHIM_STDIO_H
#define SHIM_STDIO_H

#include <stdarg.h>
#include <stddef.h>

typedef struct shim_file FILE;

extern FILE *const stdin;
extern FILE *const stdout;
extern FILE *const stderr;

#define EOF (-1)
#define BUFSIZ 512

#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

FILE *fopen(const char *name, const char *mode);
FILE *freopen(const char *name, const char *mode, FILE *file);
FILE *tmpfile(void);
int fclose(FILE *file);
int fflush(FILE *file);
int setvbuf(FILE *file, char *buffer, int mode, size_t size);
int fseek(FILE *file, long offset, int whence);
long ftell(FILE *file);
void clearerr(FILE *file);
int feof(FILE *file);
int ferror(FILE *file);

int getc(FILE *file);
int ungetc(int c, FILE *file);
char *fgets(char *line, int size, FILE *file);
size_t fread(void *data, size_t size, size_t count, FILE *file);

int fputc(int c, FILE *file);
int fputs(const char *text, FILE *file);
size_t fwrite(const void *data, size_t size, size_t count, FILE *file);
int fprintf(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

int snprintf(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int vsnprintf(char *buffer, size_t size, const char *format, va_list args);

int remove(const char *name);
int rename(const char *from, const char *to);

#endif
