//! What a Lua value is on the wire, and keys in the form the host sees.

use core::ffi::c_int;

use super::{proxy, room};
use crate::codec::{self, Encoded, Item, STRING_HEADER};
use crate::lua::{Kind, Lua, Raised};
use crate::steps;

/// A key as the host sees it. Strings are borrowed from the Lua stack.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    Bytes(&'a [u8]),
    Encoded(Encoded),
}

impl Key<'_> {
    /// The bytes of the key.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Key::Bytes(bytes) => bytes,
            Key::Encoded(encoded) => encoded.as_slice(),
        }
    }
}

/// The wire form of a stack value; none when it cannot be stored as it is.
pub fn item<'a>(lua: Lua, index: c_int) -> Option<Item<'a>> {
    match lua.kind(index) {
        Kind::Nil => Some(Item::Nil),
        Kind::Boolean => Some(Item::Boolean(lua.to_boolean(index))),
        Kind::Number if lua.is_integer(index) => Some(Item::Integer(lua.to_integer(index))),
        Kind::Number => Some(Item::Float(lua.to_float(index))),
        Kind::String => Some(Item::String(lua.bytes(index))),
        Kind::Userdata => proxy::id(lua, index).map(Item::Table),
        _ => None,
    }
}

/// The key at `index`; none when no table can have it. May leave a value on the stack, which the
/// key borrows from. [-0, +(0|1)] raises
pub fn key<'a>(lua: Lua, index: c_int) -> Option<Key<'a>> {
    let item = item(lua, index)?;
    if let Item::String(bytes) = item {
        // The host reads the whole of it.
        steps::step(lua, bytes.len() >> 4);
    }
    match item {
        Item::Nil => None,
        Item::String(bytes) if codec::is_raw_key(bytes) => Some(Key::Bytes(bytes)),
        Item::String(bytes) => Some(Key::Bytes(string_in_userdata(lua, bytes))),
        Item::Float(float) if float.is_nan() => None,
        Item::Float(float) => {
            Some(Key::Encoded(codec::encode(codec::float_to_integer(float).map_or(Item::Float(float), Item::Integer))))
        }
        item => Some(Key::Encoded(codec::encode(item))),
    }
}

/// Like `key`, but raises Lua's own errors, naming the table.
pub fn writable_key<'a>(lua: Lua, table: u32, index: c_int) -> Result<Key<'a>, Raised> {
    if let Some(key) = key(lua, index) {
        return Ok(key);
    }
    Err(match lua.kind(index) {
        Kind::Nil => lua.error(b"table index is nil"),
        Kind::Number => lua.error(b"table index is NaN"),
        _ => {
            lua.push_numbered(c"external table %I: cannot use a %s as a key", i64::from(table), lua.type_name(index));
            lua.raised(1)
        }
    })
}

/// A string with its header, in a userdata left on the stack. [-0, +1] raises
pub fn string_in_userdata<'a>(lua: Lua, bytes: &[u8]) -> &'a [u8] {
    let string = room::push_buffer(lua, STRING_HEADER.saturating_add(bytes.len()));
    fill_string(string, bytes);
    string
}

/// Writes a string with its header; `room` has the size of both.
pub fn fill_string(room: &mut [u8], bytes: &[u8]) {
    let header = codec::encode(Item::String(bytes));
    if let Some((head, tail)) = room.split_at_mut_checked(STRING_HEADER) {
        codec::copy(head, header.as_slice());
        codec::copy(tail, bytes);
    }
}
