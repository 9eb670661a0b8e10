/* Safepoints (lua/patches, lua/safepoint.c). Steps are VM instructions and comparable work of C
   functions; with none left 'lua_safepoint' is due, which starts a new slice or raises an error.
   'lua_poll' is for where no error can be raised: true when the script is to stop. The counter has
   64 bits, so that no work between two safepoints carries it round.
   'lua_work' is for long work that nothing may interrupt, of some nanoseconds for each unit: now and
   then it asks the host whether to stop, and the next safepoint obeys. 'lua_copybytes' is 'memcpy' with it. */

#ifndef lua_steps_h
#define lua_steps_h

#include <stddef.h>

#ifdef LUA_STEPS_OFF
#include "steps_off.h"
#else
extern long long lua_steps_left;
struct lua_State;
void lua_safepoint(struct lua_State *L);
int lua_poll(struct lua_State *L);
#define lua_isdue() (lua_steps_left < 0)
/* What is counted by ones is hot; the rest counts by a call, which is smaller. */
#define lua_step(L, n) (__builtin_constant_p(n) && (n) == 1 ? lua_stephere(L, 1) : lua_steps(L, (int)(n)))
#define lua_stephere(L, n) ((lua_steps_left -= (n)) < 0 ? lua_safepoint(L) : (void)0)
void lua_steps(struct lua_State *L, int n);
/* The script has been stopped: every safepoint raises an error. */
#define lua_isstopping() (lua_steps_left < LUA_STOPPED / 2)
#define LUA_STOPPED (-0x4000000000000000)
/* Work after which the host is asked. Where memory is far away, or the machine slow, it takes ten times as many nanoseconds. */
#define LUA_UNASKED 65536
extern unsigned lua_unasked;
void lua_ask(void);
/* So is this; 'lua_workhere' is for what the collector does for each object. */
#define lua_work(n) ((void)lua_worked((unsigned)(n)))
#define lua_workhere(n) ((void)((lua_unasked += (unsigned)(n)) > LUA_UNASKED && (lua_ask(), 0)))
/* The same in the i-th turn of a loop, n for each turn. */
#define lua_workin(i, n) ((void)lua_stopin(i, n))
/* The same, for a loop that may end when the script has been stopped: true then. */
#define lua_stopin(i, n) (((i) & 1023) == 1023 && lua_worked(1024 * (n)))
int lua_worked(unsigned n);
/* Bytes that are worked on at one time. */
#define LUA_PIECE 0x10000
void lua_copybytes(void *to, const void *from, size_t size);
/* Up to where the instructions of a frame are counted; a function of more instructions counts each by itself. */
#define lua_counted(ci) ((ci)->u.l.counted)
#define LUA_LARGE 0x10000
#endif
/* The C stack is n calls deeper than Lua knows, until an error is caught, or -n less deep. */
void lua_deepen(struct lua_State *L, int n);

#endif
