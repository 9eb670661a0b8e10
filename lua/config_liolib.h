/* For liolib.c: what a sandbox without files answers. Opening anything gives
   nil, "not supported" and the error code, without the file's name. */

#define LUA_LIB
#include <errno.h>
#include <stdio.h>
#include "lua.h"
#include "lauxlib.h"

#define luaL_fileresult(L, ok, name) ((void)(name), lua_steps_left -= 16, (luaL_fileresult)((L), (ok), NULL))

/* io.popen fails as io.open does. */
#define l_popen(L, c, m) ((void)(L), (void)(c), (void)(m), errno = ENOTSUP, (FILE *)0)
#define l_pclose(L, file) ((void)(L), (void)(file), -1)

/* What opens has no process. */
#define luaL_execresult(L, status) ((void)(status), luaL_fileresult((L), 0, NULL))

/* A number is written as a string is. */
static char number_text[32];
#define fprintf(file, format, number) \
  ((int)fwrite(number_text, 1, (size_t)snprintf(number_text, sizeof number_text, (format), (number)), (file)))

/* stdin is what the host gives (waiting.h). */
static int input_getc(FILE *file) {
  if (file != stdin)
    return getc(file);
  if (lua_input.at < lua_input.end) {
    if (((size_t)lua_input.at & 1023) == 0) {
      lua_steps_left -= 64;
      lua_work(2048);
    }
    return (unsigned char)*lua_input.at++;
  }
  lua_input.missing = 1;
  return EOF;
}

static size_t input_fread(char *to, size_t count, FILE *file) {
  size_t length = 0;
  int c;
  while (length < count && (c = input_getc(file)) != EOF)
    to[length++] = (char)c;
  lua_input.missing = (unsigned)(count - length);
  return length;
}

#define getc(file) input_getc(file)
#define ungetc(c, file) ((void)((c) != EOF && lua_input.at--))
#define fread(to, size, count, file) input_fread((to), (count), (file))
