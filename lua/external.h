/* External tables (src/ext): userdata that are tables to a script. The libraries ask here. */

#ifndef lua_external_h
#define lua_external_h

struct lua_State;
/* Whether the value at an index is one. */
int lua_isexternal(struct lua_State *L, int index);
/* What does for one of these, the first argument, what 'next', 'rawget', 'rawset' and 'rawlen' do. */
int lua_nextexternal(struct lua_State *L);
int lua_getexternal(struct lua_State *L);
int lua_setexternal(struct lua_State *L);
int lua_lenexternal(struct lua_State *L);

#endif
