/* Calls of our own functions, which no hook interrupts, for it would be handed the function, and no finalizer, not even
   in a collection that they ask for. 'lua_gc' would let the collector go on with a debt of 0, as if a step were due at
   once; here it goes on where it was, with what was allocated meanwhile. */

#include "lprefix.h"
#include "lua.h"
#include "lgc.h"
#include "lstate.h"

/* A script has asked for a full collection, or for the step that ended one (config_lbaselib.h). */
int lua_sweep_wanted;

/* A protected call; as 'lua_pcall' without a message handler. */
int lua_call_undisturbed(lua_State *L, int nargs, int nresults) {
  global_State *g = G(L);
  lu_byte stopped = g->gcstp;
  lu_byte hooks = L->allowhook;
  int status;
  g->gcstp |= GCSTPFIN;
  L->allowhook = 0;
  status = lua_pcall(L, nargs, nresults, 0);
  L->allowhook = hooks;
  g->gcstp = stopped;
  return status;
}
