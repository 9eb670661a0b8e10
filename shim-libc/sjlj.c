/* setjmp and longjmp on WebAssembly exceptions: the three functions that LLVM's
   -wasm-enable-sjlj calls, and the exception tag. A jmp_buf is 16 bytes. */

#include <stdint.h>

struct jump {
  void *invocation;  /* identifies the frame that called setjmp */
  uint32_t label;    /* which of its setjmp calls; never 0 */
  struct payload {   /* what the exception carries: LLVM fixes this layout */
    struct jump *env;
    int value;
  } payload;
};

_Static_assert(sizeof(struct jump) == 16, "jmp_buf is declared as 16 bytes");

#if __clang_major__ >= 22
/* Earlier LLVMs define the tag in every object that uses it. */
__asm__(
    ".tagtype __c_longjmp i32\n"
    ".globl __c_longjmp\n"
    "__c_longjmp:\n");
#endif

/* Called where C says setjmp: remembers the frame and the place in it. */
void __wasm_setjmp(struct jump *env, uint32_t label, void *invocation) {
  env->invocation = invocation;
  env->label = label;
}

/* Called by a frame that caught a jump: its label when the jump is for this frame, else 0. */
uint32_t __wasm_setjmp_test(struct jump *env, void *invocation) {
  return env->invocation == invocation ? env->label : 0;
}

/* Throws; the value 0 becomes 1, as C says of longjmp. */
void __wasm_longjmp(struct jump *env, int value) {
  env->payload.env = env;
  env->payload.value = value ? value : 1;
  __builtin_wasm_throw(1, &env->payload);
}
