/* For ltablib.c: table.sort gets and sets elements of an array without the API. Included in its midst, as it uses what is
   there (0011-direct-access). */
/* The slot of t[i], if it is in the array part and not empty */
l_sinline const TValue *arrayslot (const TValue *t, IdxT i) {
  if (l_likely(ttistable(t) && i - 1u < hvalue(t)->alimit)) {
    const TValue *slot = &hvalue(t)->array[i - 1u];
    if (l_likely(!isempty(slot)))
      return slot;
  }
  return NULL;
}

#define sortedtable(L)	s2v((L)->ci->func.p + 1)

static l_noinline void geti (lua_State *L, IdxT i) {
  const TValue *slot = arrayslot(sortedtable(L), i);
  if (l_likely(slot != NULL)) {
    lua_step(L, 1);
    setobj2s(L, L->top.p, slot);
    L->top.p++;
  }
  else
    lua_geti(L, 1, i);
}

static void seti (lua_State *L, IdxT i) {
  const TValue *t = sortedtable(L);
  const TValue *slot = arrayslot(t, i);
  if (l_likely(slot != NULL)) {
    luaV_finishfastset(L, t, slot, s2v(L->top.p - 1));
    L->top.p--;
  }
  else
    lua_seti(L, 1, i);
}

static l_noinline void set2 (lua_State *L, IdxT i, IdxT j) {
  seti(L, i);
  seti(L, j);
}
