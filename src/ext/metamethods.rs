//! The metamethods of proxies: the operations that a script has on an external table.

use super::{graph, key, pairs, proxy, value};
use crate::codec::{self, Item};
use crate::lua::{Function, Lua, Results};
use crate::{host, known, lua_function};

/// Makes the metatable of proxies. [-0, +0] raises
pub fn open(lua: Lua) {
    lua.push_table();
    // For error messages: what it is to a script (lua/external.h).
    lua.push_bytes(b"table");
    lua.set_field(-2, b"__name");
    for (name, function) in METAMETHODS {
        lua.push_function(*function, 0);
        lua.set_field(-2, name);
    }
    lua.registry_set(&proxy::METATABLE);
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
    if proxy::is_node(lua, 1) {
        return known::index(lua);
    }
    let table = proxy::check(lua, 1)?;
    match key::key(lua, 2) {
        Some(key) => value::push(lua, table, key.as_slice(), 2)?,
        None => lua.push_nil(),
    }
    Ok(1)
}

fn new_index_body(lua: Lua) -> Results {
    if proxy::is_node(lua, 1) {
        return known::new_index(lua);
    }
    let table = proxy::check(lua, 1)?;
    let key = key::writable_key(lua, table, 2)?;
    match key::item(lua, 3) {
        Some(Item::Nil) => value::delete(lua, table, &key, 2)?,
        Some(item) => value::set(lua, table, &key, 2, item)?,
        None => return graph::store(lua),
    }
    Ok(0)
}

fn eq_body(lua: Lua) -> Results {
    let same = proxy::id(lua, 1).is_some() && proxy::id(lua, 1) == proxy::id(lua, 2);
    lua.push_boolean(same);
    Ok(1)
}

fn len_body(lua: Lua) -> Results {
    let table = proxy::check(lua, 1)?;
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
    let value = value::fetch(lua, table, key.as_slice());
    lua.set_top(top);
    value.is_some_and(|bytes| bytes != [0])
}
