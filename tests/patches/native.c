/* Runs a Lua file with native Lua, stock or patched: native FILE [slices]. With a second argument
   slices have 0 to 63 steps, so that there is a safepoint nearly everywhere. */

#include <stdio.h>

#include "lua.h"

#include "lauxlib.h"
#include "lualib.h"

long long lua_steps_left __attribute__((weak));
static int short_slices;

/* What src/limits.rs does for the module: no limit here. */
int lua_must_stop(lua_State *L) {
  static unsigned state = 1;
  (void)L;
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

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  short_slices = argc > 2;
  if (luaL_loadfile(L, argv[1]) != LUA_OK || lua_pcall(L, 0, 0, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
    return 1;
  }
  lua_close(L);
  return 0;
}
