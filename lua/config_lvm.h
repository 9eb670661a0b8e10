/* For lvm.c: comparing long strings takes steps (lua/safepoint.c). */

#include <string.h>

int lua_collate(const char *a, const char *b);

#define strcoll(a, b) lua_collate((a), (b))
