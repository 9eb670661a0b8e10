//! What the shim needs from its embedder: output is gathered per test thread, and the clocks can be set.

use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_int};

thread_local! {
    static OUTPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static SCANNED: Cell<usize> = const { Cell::new(0) };
    static FLUSHES: Cell<usize> = const { Cell::new(0) };
    pub static UNIX_TIME: Cell<f64> = const { Cell::new(0.0) };
    pub static CPU_TIME: Cell<f64> = const { Cell::new(0.0) };
}

unsafe extern "C" {
    #[link_name = "shim_errno"]
    static mut ERRNO: i32;
}

/// What has been written by this thread since the last call.
pub fn take_output() -> String {
    String::from_utf8(OUTPUT.take()).expect("the tests write ASCII")
}

/// Bytes that long loops of this thread have told of since its start.
pub fn scanned() -> usize {
    SCANNED.get()
}

pub fn flushes() -> usize {
    FLUSHES.get()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn shim_write(bytes: *const c_char, length: usize) {
    // SAFETY: the shim passes `length` readable bytes.
    let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length) };
    OUTPUT.with_borrow_mut(|output| output.extend_from_slice(bytes));
}

#[unsafe(no_mangle)]
extern "C" fn shim_scanned(bytes: usize) -> c_int {
    SCANNED.set(SCANNED.get() + bytes);
    0
}

#[unsafe(no_mangle)]
extern "C" fn shim_flush() {
    FLUSHES.set(FLUSHES.get() + 1);
}

#[unsafe(no_mangle)]
extern "C" fn shim_unix_time() -> f64 {
    UNIX_TIME.get()
}

/// UTC, as the host of these tests. (Zones: tests/abi/zone.test.mjs.)
#[unsafe(no_mangle)]
extern "C" fn shim_zone(_: f64) -> i32 {
    0
}

#[unsafe(no_mangle)]
extern "C" fn shim_cpu_time() -> f64 {
    CPU_TIME.get()
}

/// The shim's errno after `call`. It is one variable for all threads, so tests that look at it take turns.
pub fn errno_of<T>(call: impl FnOnce() -> T) -> (T, i32) {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    // SAFETY: a plain int; whoever reads it holds the lock.
    unsafe {
        ERRNO = 0;
        let result = call();
        (result, ERRNO)
    }
}
