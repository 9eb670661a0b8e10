/* Read by bindgen to make src/ffi.rs. */
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

/* collector.c */
int lua_undisturbed(lua_State *L, lua_CFunction function);
int lua_isoutermost(lua_State *L);
