/* Calls of our own functions, which no hook interrupts, for it would be handed the function, and no finalizer, not even
   in a collection that they ask for. 'lua_gc' would let the collector go on with a debt of 0, as if a step were due at
   once; here it goes on where it was, with what was allocated meanwhile: a step that is due is made afterwards. */

#include "lprefix.h"
#include "lua.h"
#include "ldo.h"
#include "lgc.h"
#include "lstate.h"

/* A script has asked for a full collection, or for the step that ended one (config_lbaselib.h). */
int lua_sweep_wanted;

/* What 'lua_undisturbed' is to run, and what that returned. */
struct work {
  lua_CFunction function;
  int results;
};

static void perform(lua_State *L, void *work) {
  ((struct work *)work)->results = ((struct work *)work)->function(L);
}

/* Runs a function, protected, in the frame of the running one. Returns what it does, or -1 after an error, which is on
   the top. */
int lua_undisturbed(lua_State *L, lua_CFunction function) {
  global_State *g = G(L);
  lu_byte stopped = g->gcstp;
  lu_byte hooks = L->allowhook;
  struct work work = {function, 0};
  g->gcstp |= GCSTPFIN;
  L->allowhook = 0;
  if (luaD_pcall(L, perform, &work, savestack(L, L->top.p), 0) != LUA_OK)
    work.results = -1;
  L->allowhook = hooks;
  g->gcstp = stopped;
  if (L->ci != &L->base_ci)  /* between runs nothing is collected step by step */
    luaC_checkGC(L);
  return work.results;
}

/* Whether the host has called the running function: there is none below it, and it is in no coroutine. */
int lua_isoutermost(lua_State *L) {
  return L->ci->previous == &G(L)->mainthread->base_ci;
}
