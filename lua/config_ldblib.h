/* For ldblib.c: the debug library may look at everything a script made, but must not reach
   into C functions, temporaries of the virtual machine or userdata, where Lua's own code
   trusts what it finds (see debug_guard.c). */

#define LUA_LIB
#include "lua.h"

const char *guard_getlocal(lua_State *L, const lua_Debug *ar, int n);
const char *guard_setlocal(lua_State *L, const lua_Debug *ar, int n);
const char *guard_getupvalue(lua_State *L, int func, int n);
const char *guard_setupvalue(lua_State *L, int func, int n);
int guard_getmetatable(lua_State *L, int index);
int guard_setmetatable(lua_State *L, int index);

#define lua_getlocal guard_getlocal
#define lua_setlocal guard_setlocal
#define lua_getupvalue guard_getupvalue
#define lua_setupvalue guard_setupvalue
#define lua_getmetatable guard_getmetatable
#define lua_setmetatable guard_setmetatable

/* No userdata has user values for a script. */
#define lua_getiuservalue(L, index, n) ((void)(n), lua_pushnil(L), LUA_TNONE)
#define lua_setiuservalue(L, index, n) ((void)(n), lua_pop(L, 1), 0)
