/* For lmem.c: Lua's blocks come from src/alloc.rs directly, not through a pointer to `l_alloc`. Filling new memory takes
   steps, as there. */

#include <stddef.h>

void *lua_heap_resize(void *block, size_t old_size, size_t new_size);

#define callfrealloc(g, block, osize, nsize) \
  (lua_steps_left -= (int)((nsize) >> 8), lua_heap_resize((block), (block) ? (osize) : 0, (nsize)))
