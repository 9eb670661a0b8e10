/* Stands in for lundump.c: a precompiled chunk can break the virtual machine, so none is
   ever loaded, whatever mode 'load' was given. */

#include "lprefix.h"
#include "lua.h"
#include "ldo.h"
#include "lobject.h"
#include "lundump.h"

LClosure *luaU_undump(lua_State *L, ZIO *Z, const char *name) {
  (void)Z;
  (void)name;
  luaO_pushfstring(L, "attempt to load a binary chunk (mode is 't')");
  luaD_throw(L, LUA_ERRSYNTAX);
}
