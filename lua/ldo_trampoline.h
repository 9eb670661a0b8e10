/* For ldo.c: what an error, a yield or a protected call without a jump goes by. Included in its midst, as it uses what is
   there (0001-soft-unwind). */
/*
** Soft unwinding. A trampoline ('unroll', 'resume', 'luaD_callbase') is
** the C function that a jump buffer protects and that runs 'luaV_execute'.
** While the current function runs at the C level of the trampoline, no
** C function is between them. An error, a yield or a protected call then
** needs no jump: C functions return to 'luaV_execute', which goes on with
** the function that recovers, or returns to the trampoline.
*/
static void settrampoline (lua_State *L, CallInfo *base) {
  L->errorJmp->softlevel = L->nCcalls;
  L->errorJmp->base = base;
}


int luaD_issoft (lua_State *L) {
  return L->errorJmp != NULL && L->errorJmp->softlevel == L->nCcalls;
}


/* Is a soft error or yield on its way? */
int luaD_unwinding (lua_State *L) {
  return L->errorJmp != NULL && L->errorJmp->status != LUA_OK;
}


void luaD_setstatus (lua_State *L, int status) {
  L->errorJmp->status = status;
}
