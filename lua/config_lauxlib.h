/* For lauxlib.c: its allocator (l_alloc, the only user of realloc and free there) becomes
   ours (src/alloc.rs), which gets the old size and so can count. */

#undef luaL_checkversion_

#include <stdlib.h>

void *lua_heap_resize(void *block, size_t old_size, size_t new_size);

/* Filling the new memory takes steps. */
#define realloc(block, size) \
  (lua_steps_left -= (int)((size) >> 8), lua_heap_resize((block), (block) ? osize : 0, (size)))
#define free(block) ((void)lua_heap_resize((block), (block) ? osize : 0, 0))
