/* Lua's assertions are compiled out; a build with -DSHIM_DEBUG traps on a false one. */
#undef assert
#ifdef SHIM_DEBUG
#define assert(e) ((e) ? (void)0 : __builtin_trap())
#else
#define assert(e) ((void)0)
#endif
