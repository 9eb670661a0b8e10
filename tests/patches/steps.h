/* What lua/config.h gives the patches, for native Lua with the C library of the system. */

#include <string.h>

extern int lua_steps_left;
struct lua_State;
void lua_safepoint(struct lua_State *L);
#define lua_isdue() ((int)((unsigned)lua_steps_left >> 31))
#define lua_step(L, n) ((lua_steps_left -= (int)(n)) < 0 ? lua_safepoint(L) : (void)0)
#define lua_isstopping() (lua_steps_left < LUA_STOPPED / 2)
#define LUA_STOPPED (-0x40000000)
