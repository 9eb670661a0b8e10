/* For ldebug.c: type errors of instructions. Included in its midst, as it uses what is there (0001-soft-unwind). */
/*
** Like 'luaG_runerror', but returns when the error can be raised softly:
** the error value is then on the top, and 'trap' makes 'luaV_execute'
** recover before its next instruction. Until there the stack must be let
** alone.
*/
void luaG_softerror (lua_State *L, const char *fmt, ...) {
  va_list argp;
  va_start(argp, fmt);
  pusherror(L, fmt, argp);
  va_end(argp);
  luaG_callhandler(L);
  if (!isLuacode(L->ci) || !luaD_issoft(L))
    luaD_throw(L, LUA_ERRRUN);
  luaD_setstatus(L, LUA_ERRRUN);
  L->ci->u.l.trap = 1;
}
