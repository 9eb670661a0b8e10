/* For loslib.c: the answers of a sandbox without a process to end or files to name. */

#define LUA_LIB
#include <stdlib.h>
#include "lua.h"
#include "lauxlib.h"

/* os.exit must neither close the state nor end the host: it ends the eval, as a limit does. */
#define lua_close(L) ((void)(L))
void lua_exit(lua_State *L, int status); /* src/limits.rs */
#define exit(status) lua_exit(L, status)

#define LUA_TMPNAMBUFSIZE 1
#define lua_tmpnam(buff, err) \
  { (void)(buff); err = luaL_error(L, "'os.tmpname' not supported"); }

/* There is no process whose end could be told. */
#define luaL_execresult(L, status) ((void)(status), luaL_fileresult((L), 0, NULL))
