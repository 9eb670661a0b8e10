/* For lbaselib.c: a collection that a script asks for sweeps external tables, too, when the eval ends. */

extern int lua_sweep_wanted;  /* lua/collector.c */

#define lua_gc(L, what, ...) lua_note_collection(what, (lua_gc)(L, what, ##__VA_ARGS__))

/* `done` is what a step answers when it ended a cycle; in a finalizer nothing is done. */
static int lua_note_collection(int what, int done) {
  if ((what == 2 && done == 0) || (what == 5 && done == 1))  /* LUA_GCCOLLECT, LUA_GCSTEP */
    lua_sweep_wanted = 1;
  return done;
}
