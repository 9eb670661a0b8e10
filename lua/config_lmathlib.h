/* For lmathlib.c: what seeds math.random is not the time but the host's seed, or fixed. */

#include <time.h>

#define time(now) ((time_t)lua_host_random())
