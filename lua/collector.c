/* Holds the collector up for a while. 'lua_gc' would let it go on with a debt of 0, as if a step were
   due at once; here it goes on where it was, with what was allocated meanwhile. */

#include "lprefix.h"
#include "lua.h"
#include "lgc.h"
#include "lstate.h"

/* Returns 1 if it was running: then 'lua_release_collector' is due. */
int lua_hold_collector(lua_State *L) {
  global_State *g = G(L);
  if (!gcrunning(g))
    return 0;
  g->gcstp = GCSTPUSR;
  return 1;
}

/* A script has asked for a full collection, or for the step that ended one (config_lbaselib.h). */
int lua_sweep_wanted;

void lua_release_collector(lua_State *L) {
  G(L)->gcstp = 0;
}
