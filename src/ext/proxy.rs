//! The userdata that stands for an external table in Lua. Knows nothing of what it does (metamethods.rs).
//!
//! Proxies are interned, weakly: the same table is the same object. What makes a userdata a proxy
//! is a mark in its own bytes, not its metatable, so that no script can forge one.

use core::ffi::c_int;

use crate::lua::{lua_State, Kind, Lua, Raised};
use crate::steps;

/// The bytes of a proxy.
#[derive(Clone, Copy)]
#[repr(C)]
struct Proxy {
    mark: u32,
    id: u32,
}

/// No other userdata of this size begins so: the library's only other one is a file handle, which
/// begins with an address.
const MARK: u32 = 0xE47A_B1E5;
/// In place of an id, which it never is: a table of functions of the host (src/functions.rs).
const NODE: u32 = u32::MAX;

/// Registry keys: proxies by id, with weak values; ids by proxy, with weak keys; the metatable; the proxy that `next`
/// walked last.
///
/// An object that a finalizer brings back to life has left the weak values but not yet the weak
/// keys (manual section 2.5.4): the sweep asks the latter which tables Lua still holds.
static INTERNED: u8 = 1;
static LIVE: u8 = 2;
pub static METATABLE: u8 = 3;
static WALKED: u8 = 5;

/// Makes the tables of proxies. [-0, +0] raises
pub fn open(lua: Lua) {
    push_weak_table(lua, b"v");
    lua.registry_set(&INTERNED);
    push_weak_table(lua, b"k");
    lua.registry_set(&LIVE);
}

fn push_weak_table(lua: Lua, mode: &[u8]) {
    lua.push_table();
    lua.push_table();
    lua.push_bytes(mode);
    lua.set_field(-2, b"__mode");
    lua.set_metatable(-2);
}

/// Pushes the proxy of a table. [-0, +1] raises
pub fn push(lua: Lua, id: u32) {
    lua.registry_get(&INTERNED);
    if lua.raw_get_integer(-1, i64::from(id)) == Kind::Userdata {
        lua.remove(-2);
        return;
    }
    lua.pop(1);
    push_new(lua, id);
    // Into `LIVE` first: should the second fail, no proxy is in use that the sweep cannot see.
    lua.registry_get(&LIVE);
    lua.push_value(-2);
    lua.push_integer(i64::from(id));
    lua.raw_set(-3);
    lua.pop(1);
    lua.push_value(-1);
    lua.raw_set_integer(-3, i64::from(id));
    lua.remove(-2);
}

fn push_new(lua: Lua, id: u32) {
    let proxy = lua.push_userdata(size_of::<Proxy>()).cast::<Proxy>();
    // SAFETY: the userdata is new, large enough and aligned to 8.
    unsafe { proxy.write(Proxy { mark: MARK, id }) };
    lua.registry_get(&METATABLE);
    lua.set_metatable(-2);
}

/// Pushes a new table of functions of the host. [-0, +1] raises
pub fn push_node(lua: Lua) {
    push_new(lua, NODE);
}

/// Begins a walk through the tables that Lua holds, for `next_live`. [-0, +2]
pub fn push_live(lua: Lua) {
    lua.registry_get(&LIVE);
    lua.push_nil();
}

/// The id of the next table of the walk; none at its end. [-(0|2), +0]
pub fn next_live(lua: Lua) -> Option<u32> {
    if !lua.next(-2) {
        lua.pop(1);
        return None;
    }
    let id = lua.to_integer(-1) as u32;
    lua.pop(1);
    steps::shim_scanned(128);
    Some(id)
}

/// Whether Lua may hold a proxy of this table.
pub fn is_live(lua: Lua, id: u32) -> bool {
    lua.registry_get(&INTERNED);
    let live = lua.raw_get_integer(-1, i64::from(id)) == Kind::Userdata;
    lua.pop(2);
    live
}

/// The id of the table a value stands for; none when it is no proxy.
pub fn id(lua: Lua, index: c_int) -> Option<u32> {
    read(lua, index).filter(|id| *id != NODE)
}

fn read(lua: Lua, index: c_int) -> Option<u32> {
    let (address, size) = lua.userdata(index)?;
    if size != size_of::<Proxy>() {
        return None;
    }
    // SAFETY: every userdata of this size is at least two initialised u32, aligned to 8.
    let proxy = unsafe { address.cast::<Proxy>().read() };
    (proxy.mark == MARK).then_some(proxy.id)
}

/// Whether a value is a table of functions of the host.
pub fn is_node(lua: Lua, index: c_int) -> bool {
    read(lua, index) == Some(NODE)
}

/// Whether a value is an external table, for Lua's libraries.
#[no_mangle]
extern "C-unwind" fn lua_isexternal(state: *mut lua_State, index: c_int) -> c_int {
    // SAFETY: Lua calls this with its running state.
    c_int::from(read(unsafe { Lua::from_raw(state) }, index).is_some())
}

/// Pushes the table in which `next` keeps what it knows of walks through the external table at 1, and keeps that table
/// alive for a while: `k = next(Memory.t, k)` is a walk though nobody holds `Memory.t`. [-0, +1] raises
pub fn push_walks(lua: Lua) {
    lua.push_value(1);
    lua.registry_set(&WALKED);
    if lua.user_value(1) != Kind::Table {
        lua.pop(1);
        lua.push_table();
        lua.push_value(-1);
        lua.set_user_value(1);
    }
}

/// Holds the table walked last no longer. [-0, +0]
pub fn begin(lua: Lua) {
    lua.push_nil();
    lua.registry_set(&WALKED);
}

/// The id of an argument that must be an external table.
pub fn check(lua: Lua, argument: c_int) -> Result<u32, Raised> {
    id(lua, argument).ok_or_else(|| lua.type_error(argument, c"external table"))
}
