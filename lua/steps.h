/* Safepoints (lua/patches, lua/safepoint.c). Steps are VM instructions and comparable work of C
   functions; with none left 'lua_safepoint' is due, which starts a new slice or raises an error. */

#ifndef lua_steps_h
#define lua_steps_h

extern int lua_steps_left;
struct lua_State;
void lua_safepoint(struct lua_State *L);
#define lua_isdue() ((int)((unsigned)lua_steps_left >> 31))
#define lua_step(L, n) ((lua_steps_left -= (int)(n)) < 0 ? lua_safepoint(L) : (void)0)
/* The script has been stopped: every safepoint raises an error. */
#define lua_isstopping() (lua_steps_left < LUA_STOPPED / 2)
#define LUA_STOPPED (-0x40000000)
/* The C stack is n calls deeper than Lua knows, until an error is caught, or -n less deep. */
void lua_deepen(struct lua_State *L, int n);

#endif
