/* Safepoints: where a running script can be stopped. The patched interpreter counts steps, and comes
   here when the slice is used up; src/limits.rs decides what happens then. */

#define LUA_CORE

#include "lprefix.h"

#include <string.h>

#include "lua.h"

#include "ldo.h"
#include "lgc.h"
#include "lobject.h"
#include "lstate.h"

/* Below zero: due. Only limits.rs makes it larger. */
long long lua_steps_left;

/* Work since the host was asked last. */
unsigned lua_unasked;

int lua_worked(unsigned n) {
  lua_workhere(n);
  return lua_isstopping();
}

void lua_copybytes(void *to, const void *from, size_t size) {
  char *out = to;
  const char *in = from;
  for (; size > LUA_PIECE; size -= LUA_PIECE) {
    memcpy(out, in, LUA_PIECE);
    out += LUA_PIECE;
    in += LUA_PIECE;
    lua_work(LUA_PIECE / 4);
  }
  memcpy(out, in, size);
}

void lua_deepen(lua_State *L, int n) {
  for (; n > 0; n--)
    luaE_incCstack(L);
  L->nCcalls += (l_uint32)n;
}

/* Starts a new slice and returns 0, or returns 1: the script must stop. (src/limits.rs) */
int lua_must_stop(lua_State *L);

int lua_poll(lua_State *L) {
  return lua_isdue() && lua_must_stop(L);
}

/* Every Lua function on the stack comes to a safepoint before its next instruction. */
static void trap_all(lua_State *L) {
  for (CallInfo *ci = L->ci; ci != NULL; ci = ci->previous)
    if (isLua(ci))
      ci->u.l.trap = 1;
}

/* Returns, or raises an error that no message handler sees. What catches it stops at its own next
   safepoint: the slice stays used up. */
void lua_safepoint(lua_State *L) {
  if (!lua_must_stop(L))
    return;
  trap_all(L);
  trap_all(G(L)->mainthread);
  setsvalue2s(L, L->top.p, G(L)->memerrmsg);  /* any string that needs no memory */
  L->top.p++;  /* there are always EXTRA_STACK slots */
  luaD_throw(L, LUA_ERRRUN);
}

void lua_steps(lua_State *L, int n) {
  lua_stephere(L, n);
}
