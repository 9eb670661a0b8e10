/* The debug library's view of the API. Each function stands for the lua_ function of the same
   name and has its stack effects; a slot that it refuses looks absent, as an index out of range does. */

#include <string.h>
#include "lua.h"
#include "lauxlib.h"

const char *guard_getlocal(lua_State *L, const lua_Debug *ar, int n);
const char *guard_setlocal(lua_State *L, const lua_Debug *ar, int n);
const char *guard_getupvalue(lua_State *L, int func, int n);
const char *guard_setupvalue(lua_State *L, int func, int n);
int guard_getmetatable(lua_State *L, int index);
int guard_setmetatable(lua_State *L, int index);

/* Slots of C functions hold what library code trusts: buffers, iterator states. */
const char *guard_getlocal(lua_State *L, const lua_Debug *ar, int n) {
  const char *name = lua_getlocal(L, ar, n);
  if (ar != NULL && name != NULL && strcmp(name, "(C temporary)") == 0) {
    lua_pop(L, 1);
    return NULL;
  }
  return name;
}

/* Slots named in parentheses hold values whose type the virtual machine has already checked
   (loop counters, tables under construction); only extra arguments are free to change. */
const char *guard_setlocal(lua_State *L, const lua_Debug *ar, int n) {
  const char *name = lua_getlocal(L, ar, n);
  if (name == NULL)
    return NULL;
  lua_pop(L, 1);
  if (*name == '(' && strcmp(name, "(vararg)") != 0)
    return NULL;
  return lua_setlocal(L, ar, n);
}

const char *guard_getupvalue(lua_State *L, int func, int n) {
  return lua_iscfunction(L, func) ? NULL : lua_getupvalue(L, func, n);
}

const char *guard_setupvalue(lua_State *L, int func, int n) {
  return lua_iscfunction(L, func) ? NULL : lua_setupvalue(L, func, n);
}

int guard_getmetatable(lua_State *L, int index) {
  return !lua_isexternal(L, index) && lua_getmetatable(L, index);
}

/* A userdata's metatable says what its bytes mean: another one would make them nonsense. */
int guard_setmetatable(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TUSERDATA)
    return luaL_error(L, lua_isexternal(L, index) ? "cannot change the metatable of an external table"
                                                  : "cannot change the metatable of a userdata");
  return lua_setmetatable(L, index);
}
