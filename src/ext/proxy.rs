//! The userdata that stands for an external table in Lua, and its metamethods.
//!
//! Proxies are interned, weakly: the same table is the same object. What makes a userdata a proxy
//! is a mark in its own bytes, not its metatable, so that no script can forge one.

use core::ffi::c_int;

use super::access;
use crate::codec::{self, Item};
use crate::host;
use crate::lua::{Lua, Piece, Raised, Results};
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

/// Registry keys: the table of live proxies by id, with weak values; the metatable.
static INTERNED: u8 = 1;
static METATABLE: u8 = 2;

/// Makes the metatable and the table of live proxies. [-0, +0] raises
pub fn open(lua: Lua) -> Result<(), Raised> {
    lua.push_table();
    lua.push_table();
    lua.push_bytes(b"v");
    lua.set_field(-2, b"__mode");
    lua.set_metatable(-2);
    lua.registry_set(&INTERNED);

    lua.push_table();
    for name in [&b"__name"[..], b"__metatable"] {
        lua.push_bytes(b"external table");
        lua.set_field(-2, name);
    }
    lua.push_function(index, 0);
    lua.set_field(-2, b"__index");
    lua.push_function(new_index, 0);
    lua.set_field(-2, b"__newindex");
    lua.push_function(len, 0);
    lua.set_field(-2, b"__len");
    lua.registry_set(&METATABLE);
    Ok(())
}

/// Pushes the proxy of a table. [-0, +1] raises
pub fn push(lua: Lua, id: u32) {
    lua.registry_get(&INTERNED);
    if lua.raw_get_integer(-1, i64::from(id)) == crate::lua::Kind::Userdata {
        lua.remove(-2);
        return;
    }
    lua.pop(1);
    let proxy = lua.push_userdata(size_of::<Proxy>()).cast::<Proxy>();
    // SAFETY: the userdata is new, large enough and aligned to 8.
    unsafe { proxy.write(Proxy { mark: MARK, id }) };
    lua.registry_get(&METATABLE);
    lua.set_metatable(-2);
    lua.push_value(-1);
    lua.raw_set_integer(-3, i64::from(id));
    lua.remove(-2);
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

/// The id of an argument that must be an external table.
pub fn check(lua: Lua, argument: c_int) -> Result<u32, Raised> {
    id(lua, argument).ok_or_else(|| {
        lua.error(&[
            Piece::Text(b"external table expected, got "),
            Piece::Text(lua.type_name(argument)),
        ])
    })
}

lua_function!(
    /// `__index(t, k)`
    index = index_body
);
lua_function!(
    /// `__newindex(t, k, v)`
    new_index = new_index_body
);
lua_function!(
    /// `__len(t)`
    len = len_body
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
        None => return Err(unstorable(lua, 3)),
    }
    Ok(0)
}

fn unstorable(lua: Lua, index: c_int) -> Raised {
    lua.error(&[Piece::Text(b"cannot store a "), Piece::Text(lua.type_name(index))])
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
