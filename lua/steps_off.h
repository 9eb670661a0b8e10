/* steps.h for a build that is never shipped: nothing is counted, nobody is asked, and no limit but that of memory holds. Beside
   it is measured what steps cost (lua/patches/README.md). */

struct lua_State;
void lua_safepoint(struct lua_State *L);
/* A place that is written and never read: the compiler leaves it out. */
#define lua_steps_left ((long long){0})
#define lua_counted(ci) ((const unsigned *){NULL})
#define LUA_LARGE 0x7fffffff
#define LUA_PIECE ((size_t)-1)
#define lua_isdue() 0
#define lua_isstopping() 0
#define lua_poll(L) ((void)(L), 0)
#define lua_stephere(L, n) ((void)(L), (void)(n))
#define lua_step(L, n) ((void)(L), (void)(n))
#define lua_worked(n) ((void)(n), 0)
#define lua_work(n) ((void)(n))
#define lua_workhere(n) ((void)(n))
#define lua_workin(i, n) ((void)(i))
#define lua_stopin(i, n) ((void)(i), 0)
#define lua_copybytes __builtin_memcpy
