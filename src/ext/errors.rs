//! Errors about external tables, and how they show a key.

use core::ffi::{c_int, CStr};

use super::key::item;
use crate::codec::{Fault, Item};
use crate::lua::{Lua, Raised, Text};

/// The error for a stored key that cannot be read.
pub fn malformed_key(lua: Lua, table: u32) -> Raised {
    about(lua, table, c"malformed key")
}

/// `external table <n>: <what>`
pub fn about(lua: Lua, table: u32, what: &'static CStr) -> Raised {
    lua.push_numbered(c"external table %I: %s", i64::from(table), Text::new(what));
    lua.raised(1)
}

/// The error for a stored value that cannot be read.
pub fn bad_value(lua: Lua, table: u32, key_index: c_int, fault: Fault) -> Raised {
    match fault {
        Fault::Malformed => about_key(lua, table, c"malformed value for", key_index, b""),
        Fault::Function => about_key(
            lua,
            table,
            c"the value for",
            key_index,
            b" is a function of an older build, which cannot be read",
        ),
    }
}

/// `external table <n>: <before> key <key><after>`
pub fn about_key(lua: Lua, table: u32, before: &'static CStr, key_index: c_int, after: &[u8]) -> Raised {
    lua.push_numbered(c"external table %I: %s key ", i64::from(table), Text::new(before));
    push_shown_key(lua, key_index);
    lua.push_bytes(after);
    lua.raised(3)
}

/// Pushes a key as messages show it: `'name'`, `[1]`, `[true]`. [-0, +1] raises
pub fn push_shown_key(lua: Lua, index: c_int) {
    /// Longer strings are cut.
    const SHOWN: usize = 60;
    let start = lua.top();
    match item(lua, index) {
        Some(Item::String(bytes)) => {
            lua.push_bytes(b"'");
            lua.push_bytes(bytes.get(..SHOWN).unwrap_or(bytes));
            lua.push_bytes(if bytes.len() > SHOWN { b"...'" } else { b"'" });
        }
        Some(Item::Boolean(value)) => lua.push_bytes(if value { b"[true]" } else { b"[false]" }),
        Some(Item::Table(id)) => {
            lua.push_bytes(b"[external table ");
            lua.push_integer(i64::from(id));
            lua.push_bytes(b"]");
        }
        Some(Item::Integer(_) | Item::Float(_)) => {
            lua.push_bytes(b"[");
            lua.push_value(index);
            lua.push_bytes(b"]");
        }
        Some(Item::Nil) | None => lua.push_bytes(b"[?]"),
    }
    lua.concat(lua.top() - start);
}
