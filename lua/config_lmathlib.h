/* For lmathlib.c: math.random is not seeded with the time but with the host's seed, or a fixed one. */

#include <time.h>

#define time(now) ((time_t)lua_host_random())
