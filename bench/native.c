/*
** The native engine of the benchmarks: one Lua state that answers requests on its standard input.
**   run <clock> <length>\n<source>              answers <seconds> <result>
**   rate <clock> <seconds> <length>\n<source>   answers <evals per second> <result of the last>
** <clock> is `wall` or `cpu`. The first line it writes is `<seconds> 2`: a new state and its first eval.
*/
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static double now(const char *clock) {
  struct timespec t;
  clock_gettime(strcmp(clock, "cpu") == 0 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Leaves the result as a string on the stack; an error ends the process. */
static const char *eval(lua_State *L, const char *source, size_t length) {
  lua_settop(L, 0);
  if (luaL_loadbufferx(L, source, length, "=eval", "t") != LUA_OK || lua_pcall(L, 0, 1, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
    exit(1);
  }
  return luaL_tolstring(L, -1, NULL);
}

static char *read_source(size_t length) {
  char *source = malloc(length + 1);
  if (source == NULL || fread(source, 1, length, stdin) != length) exit(1);
  return source;
}

static void answer(double number, const char *result) {
  printf("%.9f %s\n", number, result);
  fflush(stdout);
}

static void run(lua_State *L, const char *clock, size_t length) {
  char *source = read_source(length);
  double begun;
  const char *result;
  lua_gc(L, LUA_GCCOLLECT);
  begun = now(clock);
  result = eval(L, source, length);
  answer(now(clock) - begun, result);
  free(source);
}

static void rate(lua_State *L, const char *clock, double seconds, size_t length) {
  char *source = read_source(length);
  double begun = now(clock);
  const char *result;
  long evals = 0;
  do {
    for (int i = 0; i < 256; i++) result = eval(L, source, length);
    evals += 256;
  } while (now(clock) - begun < seconds);
  answer((double)evals / (now(clock) - begun), result);
  free(source);
}

int main(void) {
  double begun = now("wall"), seconds;
  char request[128], clock[8];
  size_t length;
  const char *result;
  lua_State *L = luaL_newstate();
  if (L == NULL) return 1;
  luaL_openlibs(L);
  result = eval(L, "return 1+1", 10);
  answer(now("wall") - begun, result);
  while (fgets(request, sizeof request, stdin) != NULL) {
    if (sscanf(request, "run %7s %zu", clock, &length) == 2) run(L, clock, length);
    else if (sscanf(request, "rate %7s %lf %zu", clock, &seconds, &length) == 3) rate(L, clock, seconds, length);
    else return 1;
  }
  return 0;
}
