//! The userdata that stands for an external table in Lua, and its metamethods.
//!
//! Proxies are interned, weakly: the same table is the same object. What makes a userdata a proxy
//! is a mark in its own bytes, not its metatable, so that no script can forge one.

use core::ffi::c_int;

use super::{access, graph, pairs};
use crate::codec::{self, Item};
use crate::host;
use crate::limits;
use crate::lua::{lua_State, Function, Kind, Lua, Raised, Results};
use crate::lua_function;

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

/// Registry keys: proxies by id, with weak values; ids by proxy, with weak keys; the metatable; the proxy that `next`
/// walked last.
///
/// An object that a finalizer brings back to life has left the weak values but not yet the weak
/// keys (manual section 2.5.4): the sweep asks the latter which tables Lua still holds.
static INTERNED: u8 = 1;
static LIVE: u8 = 2;
static METATABLE: u8 = 3;
static WALKED: u8 = 5;

/// Makes the metatable and the table of live proxies. [-0, +0] raises
pub fn open(lua: Lua) -> Result<(), Raised> {
    push_weak_table(lua, b"v");
    lua.registry_set(&INTERNED);
    push_weak_table(lua, b"k");
    lua.registry_set(&LIVE);

    lua.push_table();
    // For error messages: what it is to a script (lua/external.h).
    lua.push_bytes(b"table");
    lua.set_field(-2, b"__name");
    for (name, function) in METAMETHODS {
        lua.push_function(*function, 0);
        lua.set_field(-2, name);
    }
    lua.registry_set(&METATABLE);
    Ok(())
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
    let proxy = lua.push_userdata(size_of::<Proxy>()).cast::<Proxy>();
    // SAFETY: the userdata is new, large enough and aligned to 8.
    unsafe { proxy.write(Proxy { mark: MARK, id }) };
    lua.registry_get(&METATABLE);
    lua.set_metatable(-2);
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
    limits::shim_scanned(128);
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
    let (address, size) = lua.userdata(index)?;
    if size != size_of::<Proxy>() {
        return None;
    }
    // SAFETY: every userdata of this size is at least two initialised u32, aligned to 8.
    let proxy = unsafe { address.cast::<Proxy>().read() };
    (proxy.mark == MARK).then_some(proxy.id)
}

/// Whether a value is an external table, for Lua's libraries.
#[no_mangle]
extern "C-unwind" fn lua_isexternal(state: *mut lua_State, index: c_int) -> c_int {
    // SAFETY: Lua calls this with its running state.
    c_int::from(id(unsafe { Lua::from_raw(state) }, index).is_some())
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

const METAMETHODS: &[(&[u8], Function)] = &[
    (b"__index", lua_getexternal),
    (b"__newindex", lua_setexternal),
    (b"__len", lua_lenexternal),
    (b"__eq", eq),
    (b"__pairs", pairs::pairs),
];

lua_function!(
    /// `__index(t, k)`, and `rawget`
    #[no_mangle]
    lua_getexternal = index_body
);
lua_function!(
    /// `__newindex(t, k, v)`, and `rawset`
    #[no_mangle]
    lua_setexternal = new_index_body
);
lua_function!(
    /// `__len(t)`, and `rawlen`
    #[no_mangle]
    lua_lenexternal = len_body
);

lua_function!(
    /// `__eq(a, b)`: two proxies of one table, one of them brought back by a finalizer
    eq = eq_body
);

fn index_body(lua: Lua) -> Results {
    let table = check(lua, 1)?;
    match access::key(lua, 2) {
        Some(key) => access::push(lua, table, key.as_slice(), 2)?,
        None => lua.push_nil(),
    }
    Ok(1)
}

fn new_index_body(lua: Lua) -> Results {
    let table = check(lua, 1)?;
    let key = access::writable_key(lua, table, 2)?;
    match access::item(lua, 3) {
        Some(Item::Nil) => access::delete(lua, table, &key, 2)?,
        Some(item) => access::set(lua, table, &key, 2, item)?,
        None => graph::store(lua)?,
    }
    Ok(0)
}

fn eq_body(lua: Lua) -> Results {
    let same = id(lua, 1).is_some() && id(lua, 1) == id(lua, 2);
    lua.push_boolean(same);
    Ok(1)
}

fn len_body(lua: Lua) -> Results {
    let table = check(lua, 1)?;
    let border = border(lua, table);
    lua.push_integer(border);
    Ok(1)
}

/// A border of the table (manual section 3.4.7), in O(log n) host calls. In a table that is all
/// array the number of its keys is one.
fn border(lua: Lua, table: u32) -> i64 {
    let size = i64::from(host::size(table));
    if size > 0 && has(lua, table, size) && !has(lua, table, size + 1) {
        return size;
    }
    // `present` is 0 or an index that is there.
    let mut present = 0;
    let mut absent = 1;
    while has(lua, table, absent) {
        if absent == i64::MAX {
            return absent;
        }
        present = absent;
        absent = absent.saturating_mul(2);
    }
    while absent - present > 1 {
        let middle = present + (absent - present) / 2;
        if has(lua, table, middle) {
            present = middle;
        } else {
            absent = middle;
        }
    }
    present
}

/// Whether `table[index]` is there and not nil.
fn has(lua: Lua, table: u32, index: i64) -> bool {
    let top = lua.top();
    let key = codec::encode(Item::Integer(index));
    let value = access::fetch(lua, table, key.as_slice());
    lua.set_top(top);
    value.is_some_and(|bytes| bytes != [0])
}
