//! `lua.wasm`: the six exports, and nothing else. Each is a few lines that call down.
//!
//! The contract: no export traps, for any argument and at any time. Lengths and
//! pointers are wasm32 `i32` read as unsigned; texts are bytes in the I/O buffer.

#![no_std]
#![forbid(clippy::undocumented_unsafe_blocks, clippy::unwrap_used, clippy::expect_used)]
#![forbid(clippy::indexing_slicing, clippy::panic)]

#[cfg(not(target_arch = "wasm32"))]
extern crate std;

pub mod alloc;
mod answers;
mod armed;
pub mod codec;
mod eval;
mod ext;
mod ffi;
mod functions;
mod global;
mod host;
mod known;
mod limits;
mod lua;
mod message;
pub mod output;
mod results;
mod runtime;
mod services;
mod small_blocks;
mod steps;
mod tasks;
mod traceback;

/// Makes the Lua state: 0 when ready, -1 when memory did not suffice. A second call returns 0
/// and keeps the state.
#[no_mangle]
pub extern "C" fn init() -> i32 {
    if eval::init() {
        0
    } else {
        -1
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub use eval::close;

/// Runs the first `len` bytes of the I/O buffer as Lua source. `n >= 0`: the buffer's first `n`
/// bytes are output and results. `n < 0`: its first `-n - 1` bytes are the error.
#[no_mangle]
pub extern "C" fn eval(len: u32) -> i32 {
    eval::eval(len as usize)
}

/// Address of the I/O buffer; never changes.
#[no_mangle]
pub extern "C" fn get_buffer_ptr() -> *mut u8 {
    output::buffer()
}

/// Size of the I/O buffer: 65536 bytes.
#[no_mangle]
pub extern "C" fn get_buffer_size() -> u32 {
    output::BUFFER_SIZE as u32
}

/// Writes three u32 at `stats`, of any alignment: size of the I/O buffer in bytes, bytes held by
/// Lua, pages of memory. Writes nothing when `stats` is null or reaches beyond the memory.
///
/// # Safety
/// On wasm32 none is needed of the caller; elsewhere `stats` is null or writable.
#[no_mangle]
pub unsafe extern "C" fn get_memory_stats(stats: *mut [u32; 3]) {
    let pages = runtime::memory_pages();
    let end = (stats as usize).checked_add(size_of::<[u32; 3]>());
    if stats.is_null() || !runtime::in_memory(end) {
        return;
    }
    // SAFETY: the range was checked.
    unsafe { stats.write_unaligned([get_buffer_size(), alloc::used() as u32, pages]) }
}

/// A full Lua collection, then the sweep of external tables that nothing reaches any more.
#[no_mangle]
pub extern "C" fn run_gc() {
    eval::run_gc();
}
