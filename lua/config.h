/* How PUC Lua is configured here: included ahead of every Lua source file.
   Macros that Lua itself offers for this come first choice; see luaconf.h. */

#ifndef lua_config_h
#define lua_config_h

#include <stddef.h>

/* A br_table switch is smaller and faster in WebAssembly than emulated computed goto. */
#define LUA_USE_JUMPTABLE 0

/* What stock Lua has for compatibility with 5.3, as its makefile builds it. */
#define LUA_COMPAT_5_3

/* Libraries and core are of one build. */
#define luaL_checkversion_(L, version, sizes) ((void)(L))

/* There is one locale. ('strcoll' is for builds with fewer patches.) */
#define lua_getlocaledecpoint() ('.')
#define strcoll(a, b) strcmp((a), (b))

/* There are no files to search; package.path and package.cpath start empty. */
#define LUA_PATH_DEFAULT ""
#define LUA_CPATH_DEFAULT ""

/* The seed of string hashing comes from the host, or is fixed (src/services.rs). */
unsigned long long lua_host_random(void);
#define luai_makeseed(L) ((void)(L), (unsigned int)lua_host_random())

/* print writes to the captured output. */
void shim_write(const char *bytes, size_t len);
#define lua_writestring(s, l) shim_write((s), (l))
#define lua_writeline() shim_write("\n", 1)

/* Warnings, the only text of which any is left, have no format. */
#define lua_writestringerror(format, text) (fputs((text), stderr), fflush(stderr))

#include "external.h"
#include "steps.h"
#include "waiting.h"

#endif
