/* LLVM lowers these two calls itself (-mllvm -wasm-enable-sjlj); it needs 16 bytes of the buffer. */
#ifndef SHIM_SETJMP_H
#define SHIM_SETJMP_H

typedef struct {
  void *env[4];
} jmp_buf[1];

int setjmp(jmp_buf env) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf env, int value);

#endif
