/* What the shim asks of its embedder; the Rust side of the module defines these. */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include <stddef.h>

void shim_write(const char *bytes, size_t len); /* all of stdout and stderr, in order */
void shim_flush(void);                          /* push out what shim_write has gathered */
double shim_unix_time(void);                    /* seconds since 1970-01-01T00:00:00Z */
int shim_scanned(size_t bytes);                 /* so many have been looked at: loops that may be long call it now and then */
#define shim_scan(i) ((((i) + 1) & 1023) == 0 && shim_scanned(1024)) /* at byte i of such a loop; true after a stop */
int shim_zone(double time);                     /* seconds east of UTC at that time, less than 100 hours */
double shim_cpu_time(void);                     /* seconds, for clock() */
#ifdef LUA_STEPS_OFF                            /* lua/steps_off.h */
#undef shim_scan
#define shim_scan(i) ((void)(i), 0)
#define shim_scanned(bytes) ((void)(bytes))
#endif

#endif
