/* What bindgen reads to make src/ffi.rs. */
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

/* collector.c */
int lua_hold_collector(lua_State *L);
void lua_release_collector(lua_State *L);
