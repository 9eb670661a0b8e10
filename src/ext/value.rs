//! Values between the Lua stack and the host: one host call per access, and no allocation but for strings that the
//! fixed buffer cannot hold. That buffer is shared: answers.rs says what may not be done while a value is in it.

use core::ffi::c_int;

use super::errors::{about_key, bad_value};
use super::key::{self, Key};
use super::{listing, proxy, room, sizes};
use crate::alloc::Block;
use crate::answers::{self, peek, FIXED};
use crate::codec::{self, Item, STRING_HEADER};
use crate::lua::{Lua, Raised};
use crate::services::SERVICES;
use crate::{host, steps};

/// The bytes of a value; none when it is absent. They are in the fixed buffer, or in a userdata
/// left on the stack. [-0, +(0|1)] raises
pub fn fetch<'a>(lua: Lua, table: u32, key: &[u8]) -> Option<&'a [u8]> {
    steps::step_call(lua);
    match peek(table, key) {
        Some(bytes) if bytes.len() < FIXED => Some(bytes),
        // A full buffer means that there may be more.
        Some(_) => fetch_large(lua, table, key, FIXED * 4, 0),
        None if sizes::largest() > FIXED => fetch_undivided(lua, table, key),
        None => None,
    }
}

/// A service's answer, whole; none when it has none. In the fixed buffer, or in a userdata
/// left on the stack. [-0, +(0|1)] raises
pub fn answer<'a>(lua: Lua, key: &[u8]) -> Option<&'a [u8]> {
    match peek(SERVICES, key)? {
        bytes if bytes.len() < FIXED => Some(bytes),
        _ => fetch_large(lua, SERVICES, key, FIXED * 4, 0),
    }
}

/// Asks a host that may have no answer for a part of a value. Most often there is no value at all, so the block that it
/// would go into is freed at once, not left to the collector. A stored size that is large, or larger than what memory
/// is left, is believed only when the host lists the key. [-0, +(0|1)] raises
fn fetch_undivided<'a>(lua: Lua, table: u32, key: &[u8]) -> Option<&'a [u8]> {
    /// Room that is asked for without a second thought.
    const MUCH: usize = 1 << 24;
    let size = sizes::largest().saturating_add(1);
    if let Some(block) = if size <= MUCH { Block::new(size) } else { None } {
        let found = host::get(table, key, block.bytes());
        block.free();
        return fetch_large(lua, table, key, found?.saturating_add(1), 0);
    }
    if listing::has_key(lua, table, key) {
        fetch_large(lua, table, key, FIXED * 4, size)
    } else {
        None
    }
}

/// Asks with ever more room, from `first` bytes on: until the value does not fill it, and while
/// there is no answer, up to `most`. [-0, +(0|1)] raises
fn fetch_large<'a>(lua: Lua, table: u32, key: &[u8], first: usize, most: usize) -> Option<&'a [u8]> {
    let mut size = first;
    loop {
        let room = room::push_buffer(lua, size);
        match host::get(table, key, room) {
            Some(length) if length < size => return room.get(..length),
            None if size >= most => {
                lua.pop(1);
                return None;
            }
            _ => lua.pop(1),
        }
        size = size.saturating_mul(4);
    }
}

/// Pushes `table[key]`, the key being at `key_index`; nil when it is absent. [-0, +n] raises
pub fn push(lua: Lua, table: u32, key: &[u8], key_index: c_int) -> Result<(), Raised> {
    let Some(bytes) = fetch(lua, table, key) else {
        lua.push_nil();
        return Ok(());
    };
    match codec::decode_value(bytes) {
        Ok(item) => push_item(lua, item),
        Err(fault) => return Err(bad_value(lua, table, key_index, fault)),
    }
    Ok(())
}

/// Pushes what was read. [-0, +1] raises
pub fn push_item(lua: Lua, item: Item<'_>) {
    match item {
        Item::Nil => lua.push_nil(),
        Item::Boolean(value) => lua.push_boolean(value),
        Item::Integer(value) => lua.push_integer(value),
        Item::Float(value) => lua.push_float(value),
        Item::String(bytes) => lua.push_bytes(bytes),
        Item::Table(id) => proxy::push(lua, id),
    }
}

/// Stores a value that is not nil. [-0, +(0|1)] raises
pub fn set(lua: Lua, table: u32, key: &Key<'_>, key_index: c_int, item: Item<'_>) -> Result<(), Raised> {
    steps::step_call(lua);
    let stored = match item {
        Item::String(bytes) => set_string(lua, table, key, bytes),
        item => host::set(table, key.as_slice(), codec::encode(item).as_slice()),
    };
    if stored {
        Ok(())
    } else {
        Err(about_key(lua, table, c"the host refused to store", key_index, b""))
    }
}

fn set_string(lua: Lua, table: u32, key: &Key<'_>, bytes: &[u8]) -> bool {
    let size = STRING_HEADER.saturating_add(bytes.len());
    if size > FIXED {
        steps::step(lua, size >> 8);
        return sizes::note_size(size) && set_large(lua, table, key, bytes);
    }
    answers::buffer().get_mut(..size).is_some_and(|room| {
        key::fill_string(room, bytes);
        host::set(table, key.as_slice(), room)
    })
}

/// Stores a string too large for the fixed buffer. The block is freed at once, not by the
/// collector, so that storing many of them needs room for one. [-0, +(0|1)] raises
fn set_large(lua: Lua, table: u32, key: &Key<'_>, bytes: &[u8]) -> bool {
    let size = STRING_HEADER.saturating_add(bytes.len());
    let Some(block) = Block::new(size) else {
        // Out of memory: Lua collects, and raises when that does not help.
        return host::set(table, key.as_slice(), key::string_in_userdata(lua, bytes));
    };
    let room = block.bytes();
    key::fill_string(room, bytes);
    let stored = host::set(table, key.as_slice(), room);
    block.free();
    stored
}

/// Deletes a key. raises
pub fn delete(lua: Lua, table: u32, key: &Key<'_>, key_index: c_int) -> Result<(), Raised> {
    steps::step_call(lua);
    // A host may say -1 for a key it does not have, too.
    if host::delete(table, key.as_slice()) || fetch(lua, table, key.as_slice()).is_none() {
        return Ok(());
    }
    Err(about_key(lua, table, c"the host refused to delete", key_index, b""))
}
