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
