//! Errors about external tables, and how they show a key.

use core::ffi::c_int;

use super::key::item;
use crate::codec::{Fault, Item};
use crate::lua::{Lua, Piece, Raised};

/// The error for a stored key that cannot be read.
pub fn malformed_key(lua: Lua, table: u32) -> Raised {
    lua.error(&[Piece::Text(b"external table "), Piece::Number(i64::from(table)), Piece::Text(b": malformed key")])
}

/// The error for a stored value that cannot be read.
pub fn bad_value(lua: Lua, table: u32, key_index: c_int, fault: Fault) -> Raised {
    match fault {
        Fault::Malformed => about_key(lua, table, b"malformed value for key ", key_index, b""),
        Fault::Function => about_key(
            lua,
            table,
            b"the value for key ",
            key_index,
            b" is a function of an older build, which cannot be read",
        ),
    }
}

/// The error for a key that the host did not store or delete: `what` says which.
pub fn refused(lua: Lua, table: u32, what: &[u8], key_index: c_int) -> Raised {
    lua.push_bytes(b"the host refused to ");
    lua.push_bytes(what);
    lua.push_bytes(b" key ");
    lua.concat(3);
    let text = lua.bytes(-1);
    about_key(lua, table, text, key_index, b"")
}

/// `external table <n>: <before><key><after>`
fn about_key(lua: Lua, table: u32, before: &[u8], key_index: c_int, after: &[u8]) -> Raised {
    push_shown_key(lua, key_index);
    let shown = lua.top();
    lua.error(&[
        Piece::Text(b"external table "),
        Piece::Number(i64::from(table)),
        Piece::Text(b": "),
        Piece::Text(before),
        Piece::Stack(shown),
        Piece::Text(after),
    ])
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
