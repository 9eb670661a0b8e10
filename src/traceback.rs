//! The traceback of the running call of an export, from where it is made to where it is shown.

use crate::lua::{Kind, Lua};

/// Registry key of the traceback.
static TRACEBACK: u8 = 0;
/// The last line of every traceback: the export, where Lua's own would show its main program.
const OUTSIDE: &[u8] = b"\n\t[C]: in ?";

/// Keeps the traceback of the running functions, from `level` on. [-0, +0] raises
pub fn leave(lua: Lua, level: core::ffi::c_int) {
    lua.push_traceback(level);
    // What runs a task shows as the export does.
    if !lua.is_task() {
        lua.push_bytes(OUTSIDE);
        lua.concat(2);
    }
    lua.registry_set(&TRACEBACK);
}

/// Pushes the traceback that was left, or nil, and forgets it; whether there was one. [-0, +1] raises
pub fn take(lua: Lua) -> bool {
    let left = lua.registry_get(&TRACEBACK);
    lua.push_nil();
    lua.registry_set(&TRACEBACK);
    left == Kind::String
}
