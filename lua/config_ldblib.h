/* For ldblib.c: the debug library may look at everything a script made, but must not reach
   into C functions, temporaries of the virtual machine or userdata, where Lua's own code
   trusts what it finds (see debug_guard.c). */

#define LUA_LIB
#include "lua.h"

const char *guard_getlocal(lua_State *L, const lua_Debug *ar, int n);
const char *guard_setlocal(lua_State *L, const lua_Debug *ar, int n);
const char *guard_getupvalue(lua_State *L, int func, int n);
const char *guard_setupvalue(lua_State *L, int func, int n);
int guard_setmetatable(lua_State *L, int index);

#define lua_getlocal guard_getlocal
#define lua_setlocal guard_setlocal
#define lua_getupvalue guard_getupvalue
#define lua_setupvalue guard_setupvalue
#define lua_setmetatable guard_setmetatable
