/* Runs a Lua file with native Lua, stock or patched: native FILE ["short slices" | "stops"]. Short
   slices have 0 to 63 steps, so that there is a safepoint nearly everywhere. With "stops" it is run
   in a new state each time, stopped after 1 step, 2 and so on until it comes to its end; and each time
   the global function `after`, if it is there by then, which nothing stops. */

#include <stdio.h>
#include <string.h>

#include "lua.h"

#include "lauxlib.h"
#include "lualib.h"

long long lua_steps_left __attribute__((weak));
static int short_slices;
/* The running script is stopped when the slice is used up, and it has been. */
static int stops, stopped;

/* What src/limits.rs does for the module. */
int lua_must_stop(lua_State *L) {
  static unsigned state = 1;
  (void)L;
  if (stops) {
    stopped = 1;
    lua_steps_left = -0x4000000000000000; /* LUA_STOPPED */
    return 1;
  }
  state = state * 1103515245u + 12345u;
  lua_steps_left = short_slices ? (int)(state >> 16 & 63) : 10000;
  return 0;
}

/* There are no external tables. */
void lua_ask(void) {}
int lua_isexternal(lua_State *L, int index) {
  (void)L;
  (void)index;
  return 0;
}

int lua_nextexternal(lua_State *L) { return (void)L, 0; }
int lua_getexternal(lua_State *L) { return (void)L, 0; }
int lua_setexternal(lua_State *L) { return (void)L, 0; }
int lua_lenexternal(lua_State *L) { return (void)L, 0; }

#ifdef lua_waiting_h /* the patched one */
/* Nor a host that gives input. */
struct lua_input lua_input;
int lua_pushhost(lua_State *L, const char *name, size_t length) { return (void)L, (void)name, (void)length, 0; }
#endif

/* Calls the function on the top: false, and its error is printed, when it fails and was not stopped. */
static int call(lua_State *L) {
  if (lua_pcall(L, 0, 0, 0) == LUA_OK || stopped)
    return 1;
  fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
  return 0;
}

/* Runs the file, stopped after so many steps unless these are 0. */
static int run(const char *file, int steps) {
  lua_State *L = luaL_newstate();
  int ok;
  stopped = 0;
  luaL_openlibs(L);
  ok = luaL_loadfile(L, file) == LUA_OK;
  stops = steps > 0;
  if (stops)
    lua_steps_left = steps;
  ok = ok ? call(L) : (fprintf(stderr, "%s\n", lua_tostring(L, -1)), 0);
  if (stops) {
    int was_stopped = stopped;
    stops = stopped = 0;
    lua_steps_left = 0;
    lua_settop(L, 0);
    if (lua_getglobal(L, "after") == LUA_TFUNCTION)
      ok = ok && call(L);
    stopped = was_stopped;
  }
  lua_close(L);
  return ok;
}

int main(int argc, char **argv) {
  const char *mode = argc > 2 ? argv[2] : "";
  int steps = 0;
  short_slices = strcmp(mode, "short slices") == 0;
  if (strcmp(mode, "stops") != 0)
    return !run(argv[1], 0);
  do
    if (!run(argv[1], ++steps)) {
      fprintf(stderr, "after a stop at step %d\n", steps);
      return 1;
    }
  while (stopped);
  printf("%d\n", steps);
  return 0;
}
