//! What is known by name or number on both sides: functions of the host, by path, and Lua functions that the host holds,
//! by reference (docs/abi.md section 9). Knows nothing of calls and messages.

use core::ffi::c_int;

use crate::global::Global;
use crate::lua::{lua_State, Kind, Lua, Results};
use crate::services::{self, HOST};

/// Registry keys. By path, `host.http.text`, the functions and their tables that there are now. And what is known of
/// functions and tasks: those functions and tables that there ever were by path, and their paths; Lua functions that
/// the host holds by reference, and their references; the task that waits for a ticket, by -ticket.
pub static OFFERED: u8 = 20;
pub static KNOWN: u8 = 21;

/// What every path begins with: the name of the global, and a dot.
pub const ROOT: &[u8] = b"host.";

/// The last reference given.
static REFERENCE: Global<u32> = Global::new(0);

/// Pushes what is known of the value on top. [-0, +1]
pub fn known(lua: Lua) -> Kind {
    lua.push_value(-1);
    look_up(lua, &KNOWN)
}

/// Replaces the key on top by what a table of the registry has for it. [-1, +1]
fn look_up(lua: Lua, table: &'static u8) -> Kind {
    lua.registry_get(table);
    lua.insert(-2);
    let kind = lua.raw_get(-2);
    lua.remove(-2);
    kind
}

/// Makes each of the two values on top known of the other. [-2, +0] raises
pub fn learn(lua: Lua) {
    lua.registry_get(&KNOWN);
    lua.insert(-3);
    lua.push_value(-1);
    lua.push_value(-3);
    lua.raw_set(-5);
    lua.raw_set(-3);
    lua.pop(1);
}

/// Pushes the path of a function of the host. [-0, +1] raises
pub fn push_path(lua: Lua, name: &[u8]) {
    lua.push_bytes(ROOT);
    lua.push_bytes(name);
    lua.concat(2);
}

/// For lua/waiting.c and its like.
#[no_mangle]
unsafe extern "C-unwind" fn lua_pushhost(state: *mut lua_State, name: *const u8, length: usize) -> c_int {
    // SAFETY: the name has that length, and the state runs.
    unsafe { c_int::from(push(Lua::from_raw(state), core::slice::from_raw_parts(name, length))) }
}

/// Pushes the host's function of that name; nil and false when there is none. [-0, +1] raises
pub fn push(lua: Lua, name: &[u8]) -> bool {
    if !services::offers(HOST) {
        lua.push_nil();
        return false;
    }
    push_path(lua, name);
    look_up(lua, &OFFERED) == Kind::Function
}

/// The name of a function of the host, whose path is on top.
pub fn name<'a>(lua: Lua) -> &'a [u8] {
    lua.bytes(-1).get(ROOT.len()..).unwrap_or_default()
}

/// `__index` of the tables of `host`.
pub fn index(lua: Lua) -> Results {
    push_field(lua);
    lua.push_value(-1);
    if look_up(lua, &OFFERED) == Kind::Nil {
        return Err(lua.complaint(b"the host has no '", -2, b"'"));
    }
    Ok(1)
}

/// `__newindex` of the tables of `host`.
pub fn new_index(lua: Lua) -> Results {
    push_field(lua);
    Err(lua.complaint(b"cannot change '", -1, b"'"))
}

/// Pushes the path of the field that argument 2 names. [-0, +2] raises, runs Lua
fn push_field(lua: Lua) {
    lua.push_value(1);
    known(lua);
    lua.push_bytes(b".");
    lua.push_tostring(2);
    lua.concat(3);
}

/// A new reference of the function on top, which is held from now on. [-1, +0] raises
pub fn hold(lua: Lua) -> u32 {
    let reference = REFERENCE.load().wrapping_add(1);
    REFERENCE.store(reference);
    lua.push_integer(i64::from(reference));
    learn(lua);
    reference
}

/// Pushes the function that is held under a reference, or nil; whether there is one. [-0, +1]
pub fn push_held(lua: Lua, reference: u32) -> bool {
    lua.registry_get(&KNOWN);
    let kind = lua.raw_get_integer(-1, i64::from(reference));
    lua.replace(-2);
    kind == Kind::Function
}
