//! Steps: how work of ours is counted, as the interpreter counts instructions. Knows no limits: a slice that is used up
//! is judged at the safepoint (limits.rs).

use core::ffi::{c_int, c_uint};

use crate::lua::{lua_State, Lua};

/// Steps that a call of the host counts as.
const CALL: usize = 16;
/// What it is of `lua_work`: the host is asked after 256 of them, which may take half a millisecond.
const CALL_WORK: c_uint = 256;

extern "C-unwind" {
    /// Steps left of the slice (lua/safepoint.c).
    static mut lua_steps_left: i64;
    /// Adds to the work of C since the host was asked last, and asks now and then.
    fn lua_worked(nanoseconds: c_uint) -> c_int;
    fn lua_steps(state: *mut lua_State, count: c_int);
    fn lua_safepoint(state: *mut lua_State);
}

/// Counts a call of the host that a loop makes, before it is made. [-0, +0] raises
pub fn step_call(lua: Lua) {
    // SAFETY: no Lua runs in it, and its order is obeyed at the next safepoint.
    unsafe { lua_worked(CALL_WORK) };
    step(lua, CALL);
}

/// Counts steps of our own work; the script may be stopped here. [-0, +0] raises
pub fn step(lua: Lua, steps: usize) {
    // SAFETY: Lua has called the function that runs.
    unsafe { lua_steps(lua.into_raw(), steps.min(c_int::MAX as usize) as c_int) };
}

/// A new slice; or the error that ends the script, and then this does not return. [-0, +0] raises
pub fn safepoint(lua: Lua) {
    // SAFETY: Lua has called the function that runs.
    unsafe { lua_safepoint(lua.into_raw()) };
}

/// Sets the steps left of the slice.
pub fn set_left(steps: i64) {
    // SAFETY: one thread, and the interpreter does not run meanwhile.
    unsafe { lua_steps_left = steps };
}

/// Steps left of the slice; less than 0 when it is used up.
pub fn left() -> i64 {
    // SAFETY: one thread, and the interpreter does not run meanwhile.
    unsafe { lua_steps_left }
}

/// Counts work in which no error can be raised, as bytes that were looked at: some nanoseconds for each sixteen.
/// Not 0 when the script has been stopped.
#[no_mangle]
pub extern "C" fn shim_scanned(bytes: usize) -> c_int {
    set_left(left() - (bytes >> 4) as i64);
    // SAFETY: it asks as `lua_ask` does.
    unsafe { lua_worked(bytes as c_uint) }
}
