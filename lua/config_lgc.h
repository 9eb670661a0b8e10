/* For lgc.c: after a full collection src/alloc.rs makes large blocks of small ones. */

void lua_heap_collected(void);

#define luai_collected() lua_heap_collected()
