/* Functions of the host, and tasks that wait for them. */

#ifndef lua_waiting_h
#define lua_waiting_h

#include <stddef.h>
#include <stdint.h>

struct lua_State;
/* The coroutine that the host runs, and that no script can resume; NULL when none runs. */
extern struct lua_State *lua_task;
/* The outermost thread that cannot yield where it resumes another; NULL when there is none. */
extern struct lua_State *lua_blocked;
/* Whether a script may have got the task that runs as a value: nothing else gives one. */
extern int lua_shown;
/* What there is to read of stdin, and how many bytes readers have missed at its end. */
extern struct lua_input {
  const char *at, *end;
  unsigned missing;
  int ended; /* the host has no more */
} lua_input;

int lua_wait(struct lua_State *L);
int lua_answered(struct lua_State *L, int status, intptr_t context);
/* What runs a task's function. */
int lua_runtask(struct lua_State *L);

/* Of src/: pushes a function of the host, if the host offers it; tells the host that nobody waits for the last call. */
int lua_pushhost(struct lua_State *L, const char *name, size_t length);
void lua_abandon(void);

#endif
