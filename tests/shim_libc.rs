//! Holds the libc shim, built for the host with every name prefixed, against the host's own libc.
//! `LUA_SHIM_LONG=1` makes the random tests fifty times as long.

#[path = "shim_libc/double.rs"]
mod double;
#[path = "shim_libc/embedder.rs"]
mod embedder;
#[path = "shim_libc/math.rs"]
mod math;
#[path = "shim_libc/printf.rs"]
mod printf;
#[path = "shim_libc/random.rs"]
mod random;
#[path = "shim_libc/stdio.rs"]
mod stdio;
#[path = "shim_libc/string.rs"]
mod string;
#[path = "shim_libc/strtod.rs"]
mod strtod;
#[path = "shim_libc/time.rs"]
mod time;

// build.rs says where it is; its own link directives would reach the library only.
#[link(name = "shim_native", kind = "static")]
unsafe extern "C" {}
