/* How lvm.c is configured here: arithmetic that is an instruction's whole work is part of the loop, though little
   else is (build.rs). Without this, an integer `%`, `//` or `<<` takes a tenth to a third longer. */

struct lua_State;
#define INLINE __attribute__((always_inline))
INLINE long long luaV_mod(struct lua_State *L, long long m, long long n);
INLINE double luaV_modf(struct lua_State *L, double m, double n);
INLINE long long luaV_idiv(struct lua_State *L, long long m, long long n);
INLINE long long luaV_shiftl(long long x, long long y);
#undef INLINE

/* Each table of a chain of __index counts. */
#undef lua_step
#define lua_step lua_stephere
