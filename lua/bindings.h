/* What bindgen reads to make src/ffi.rs. */
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
