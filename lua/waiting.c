/* Functions of the host, as far as they are Lua's affair: how a call of one waits and ends, what 'require' and the
   reading of stdin ask them for (src/functions.rs has their names and calls them; lua/waiting.h). */

#include <stdint.h>
#include "lua.h"
#include "lauxlib.h"
#include "waiting.h"

struct lua_input lua_input;

#ifndef __wasm__
/* A native process goes on with a new state, and what there is to read belongs to the old one. */
void lua_dropinput(void) {
  lua_input = (struct lua_input){0};
}
#endif

/* Keeps the running task waiting, if nothing is in the way. */
int lua_wait(lua_State *L) {
  const char *name = lua_tostring(L, lua_upvalueindex(1));
  lua_settop(L, 0);
  if (lua_task != NULL && lua_blocked == NULL && lua_isyieldable(L))
    return lua_softyield(L, 0, lua_answered);
  lua_abandon();
  lua_pushliteral(L, "outside a task");
  if (lua_task != NULL) {
    luaL_pushobstacle(L, lua_blocked != NULL ? lua_blocked : L);
    lua_pushfstring(L, "inside %s", lua_tostring(L, -1));
  }
  return luaL_error(L, "%s: cannot wait here (%s)", name, lua_tostring(L, -1));
}

/* Of an error of the host; their address is the registry's key of its metatable. */
static const char *const fields[] = {"message", "name", "code", "host"};

/* What a call gives: true and results, or false and what an error is made of. */
int lua_answered(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  if (lua_toboolean(L, 1))
    return lua_gettop(L) - 1;
  lua_settop(L, 4);
  lua_pushstring(L, lua_tostring(L, lua_upvalueindex(1)) + sizeof("host.") - 1);
  lua_createtable(L, 0, 4);
  for (int i = 0; i < 4; i++) {
    lua_pushvalue(L, i + 2);
    lua_setfield(L, 6, fields[i]);
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, fields);
  lua_setmetatable(L, 6);
  return lua_error(L);
}

/* '__tostring' of errors of the host: host.<name>: <message> */
static int showerror(lua_State *L) {
  lua_settop(L, 1);
  lua_getfield(L, 1, "message");
  lua_getfield(L, 1, "host");
  lua_pushfstring(L, "host.%s: %s", luaL_tolstring(L, 3, NULL), luaL_tolstring(L, 2, NULL));
  return 1;
}

static int found(lua_State *L, int status, lua_KContext context) {
  size_t length;
  const char *source = lua_tolstring(L, 2, &length);
  (void)status, (void)context;
  if (source == NULL) {
    lua_pushfstring(L, "no module '%s' of the host", lua_tostring(L, 1));
    return 1;
  }
  if (luaL_loadbufferx(L, source, length, lua_pushfstring(L, "@%s", lua_tostring(L, 1)), "t") != LUA_OK)
    return luaL_error(L, "error loading module '%s':\n\t%s", lua_tostring(L, 1), lua_tostring(L, -1));
  lua_pushvalue(L, 1);
  return 2;
}

/* 'package.searchers[2]' */
static int searchhost(lua_State *L) {
  lua_settop(L, 1);
  if (!lua_pushhost(L, "module", 6))
    return 0;
  lua_pushvalue(L, 1);
  lua_callk(L, 1, 1, 0, found);
  return found(L, LUA_OK, 0);
}

/* Makes the metatable of errors of the host, and 'package.searchers[2]'. */
void lua_openwaiting(lua_State *L) {
  lua_createtable(L, 0, 2);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushcfunction(L, showerror);
  lua_setfield(L, -2, "__tostring");
  lua_rawsetp(L, LUA_REGISTRYINDEX, fields);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_getfield(L, -1, "package");
  lua_getfield(L, -1, "searchers");
  lua_pushcfunction(L, searchhost);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 3);
}

/* Ends a task: its innermost coroutine first, whose traceback it pushes. Whether an error is on the top. */
int lua_cancel(lua_State *L, lua_State *task) {
  lua_State *inner = lua_tothread(task, 1);
  int failed = inner != NULL && lua_cancel(L, inner);
  if (inner == NULL)
    luaL_traceback(L, task, NULL, 0);
  if (lua_closethread(task, L) == LUA_OK)
    return failed;
  luaL_checkstack(L, 1, NULL);
  lua_xmove(task, L, 1);
  return 1;
}
