/* Read by bindgen to make src/ffi.rs. */
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

/* collector.c */
int lua_call_undisturbed(lua_State *L, int nargs, int nresults);
