/* On WebAssembly LLVM lowers both to exceptions (sjlj.c); elsewhere the host's are used. */
#ifndef SHIM_SETJMP_H
#define SHIM_SETJMP_H

#ifdef __wasm__

typedef struct {
  void *opaque[4];
} jmp_buf[1];

int setjmp(jmp_buf env) __attribute__((__returns_twice__));
_Noreturn void longjmp(jmp_buf env, int value);

#else
#include_next <setjmp.h>
#endif

#endif
