/*
** On wasm LLVM lowers these two calls itself (-mllvm -wasm-enable-sjlj) and needs 16 bytes of the buffer.
** A native build uses the host's functions, so there the buffer has room for any host's.
*/
#ifndef SHIM_SETJMP_H
#define SHIM_SETJMP_H

typedef struct {
#ifdef __wasm__
  void *env[4];
#else
  _Alignas(16) char env[512];
#endif
} jmp_buf[1];

int setjmp(jmp_buf env) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf env, int value);

#endif
