//! Keys and values between the Lua stack, the wire format and the host: one host call per access,
//! and no allocation but for strings that the fixed buffer cannot hold.
//!
//! The fixed buffer is shared, and a finalizer may use external tables too. So nothing between
//! filling the buffer and the last use of what is in it may run a finalizer: no push that
//! allocates, but for the one that copies out of the buffer (Lua copies before it collects).

use core::ffi::c_int;
use core::ptr;
use core::slice;

use super::{catalogue, proxy};
use crate::alloc::Block;
use crate::codec::{self, Encoded, Fault, Item, Keys, HEAD, STRING_HEADER};
use crate::global::Global;
use crate::host;
use crate::limits;
use crate::lua::{Kind, Lua, Piece, Raised};
use crate::services::SERVICES;

/// Size of the fixed buffer: what a host that gives no part of a value is first asked for.
pub const FIXED: usize = 16384;

static BUFFER: Global<[u8; FIXED]> = Global::new([0; FIXED]);

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

/// What a stack value is on the wire; none when it cannot be stored as it is.
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
        limits::step(lua, bytes.len() >> 4);
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

/// Like `key`, but raises what Lua raises, naming the table.
pub fn writable_key<'a>(lua: Lua, table: u32, index: c_int) -> Result<Key<'a>, Raised> {
    if let Some(key) = key(lua, index) {
        return Ok(key);
    }
    Err(match lua.kind(index) {
        Kind::Nil => lua.error(&[Piece::Text(b"table index is nil")]),
        Kind::Number => lua.error(&[Piece::Text(b"table index is NaN")]),
        _ => lua.error(&[
            Piece::Text(b"external table "),
            Piece::Number(i64::from(table)),
            Piece::Text(b": cannot use a "),
            Piece::Text(lua.type_name(index)),
            Piece::Text(b" as a key"),
        ]),
    })
}

/// As much of a value as the fixed buffer holds; good until its next use. None: there is none, or
/// the host has no answer for a part.
pub fn peek<'a>(table: u32, key: &[u8]) -> Option<&'a [u8]> {
    // SAFETY: see the file's head; the slice is dropped before the buffer's next use.
    let fixed = unsafe { &mut *BUFFER.get() };
    let length = host::get(table, key, fixed)?;
    fixed.get(..length)
}

/// The fixed buffer, for a message; not to be used once another function here may have been called.
pub fn message() -> &'static mut [u8; FIXED] {
    // SAFETY: as in `peek`.
    unsafe { &mut *BUFFER.get() }
}

/// The bytes of a value; none when it is absent. They are in the fixed buffer, or in a userdata
/// left on the stack. [-0, +(0|1)] raises
pub fn fetch<'a>(lua: Lua, table: u32, key: &[u8]) -> Option<&'a [u8]> {
    limits::step_call(lua);
    match peek(table, key) {
        Some(bytes) if bytes.len() < FIXED => Some(bytes),
        // A full buffer means that there may be more.
        Some(_) => fetch_large(lua, table, key, FIXED * 4, 0),
        None if catalogue::largest() > FIXED => fetch_undivided(lua, table, key),
        None => None,
    }
}

/// What a service answers, whole; none when it has no answer. In the fixed buffer, or in a userdata
/// left on the stack. [-0, +(0|1)] raises
pub fn answer<'a>(lua: Lua, key: &[u8]) -> Option<&'a [u8]> {
    match peek(SERVICES, key)? {
        bytes if bytes.len() < FIXED => Some(bytes),
        _ => fetch_large(lua, SERVICES, key, FIXED * 4, 0),
    }
}

/// Asks a host that may have no answer for a part of a value. Most often there is no value at all,
/// so the room for the question is not the collector's; and a stored size that asks for much, or
/// for more than there is, is believed only when the host lists the key. [-0, +(0|1)] raises
fn fetch_undivided<'a>(lua: Lua, table: u32, key: &[u8]) -> Option<&'a [u8]> {
    /// Room that is asked for without a second thought.
    const MUCH: usize = 1 << 24;
    let size = catalogue::largest().saturating_add(1);
    if let Some(block) = if size <= MUCH { Block::new(size) } else { None } {
        let found = host::get(table, key, block.bytes());
        block.free();
        return fetch_large(lua, table, key, found?.saturating_add(1), 0);
    }
    if has_key(lua, table, key) {
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
        let room = push_buffer(lua, size);
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

/// Whether the host lists a key of a table. [-0, +0] raises
pub fn has_key(lua: Lua, table: u32, key: &[u8]) -> bool {
    let top = lua.top();
    push_buffer(lua, KEYS_ROOM);
    let listed = keys(lua, table, top + 1).is_ok_and(|mut keys| keys.any(|other| other == key));
    lua.set_top(top);
    listed
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
    limits::step_call(lua);
    let stored = match item {
        Item::String(bytes) => set_string(lua, table, key, bytes),
        item => host::set(table, key.as_slice(), codec::encode(item).as_slice()),
    };
    if stored {
        Ok(())
    } else {
        Err(refused(lua, table, b"store", key_index))
    }
}

fn set_string(lua: Lua, table: u32, key: &Key<'_>, bytes: &[u8]) -> bool {
    let size = STRING_HEADER.saturating_add(bytes.len());
    if size > FIXED {
        limits::step(lua, size >> 8);
        return catalogue::note_size(size) && set_large(lua, table, key, bytes);
    }
    // SAFETY: as in `peek`.
    let fixed = unsafe { &mut *BUFFER.get() };
    fixed.get_mut(..size).is_some_and(|room| {
        fill_string(room, bytes);
        host::set(table, key.as_slice(), room)
    })
}

/// Stores a string too large for the fixed buffer. The block is freed at once, not by the
/// collector, so that storing many of them needs room for one. [-0, +(0|1)] raises
fn set_large(lua: Lua, table: u32, key: &Key<'_>, bytes: &[u8]) -> bool {
    let size = STRING_HEADER.saturating_add(bytes.len());
    let Some(block) = Block::new(size) else {
        // Out of memory: Lua collects, and raises when that does not help.
        return host::set(table, key.as_slice(), string_in_userdata(lua, bytes));
    };
    let room = block.bytes();
    fill_string(room, bytes);
    let stored = host::set(table, key.as_slice(), room);
    block.free();
    stored
}

/// Deletes a key. raises
pub fn delete(lua: Lua, table: u32, key: &Key<'_>, key_index: c_int) -> Result<(), Raised> {
    limits::step_call(lua);
    // A host may say -1 for a key it does not have, too.
    if host::delete(table, key.as_slice()) || fetch(lua, table, key.as_slice()).is_none() {
        return Ok(());
    }
    Err(refused(lua, table, b"delete", key_index))
}

/// A string with its header, in a userdata left on the stack. [-0, +1] raises
fn string_in_userdata<'a>(lua: Lua, bytes: &[u8]) -> &'a [u8] {
    let room = push_buffer(lua, STRING_HEADER.saturating_add(bytes.len()));
    fill_string(room, bytes);
    room
}

/// Writes a string with its header; `room` has the size of both.
fn fill_string(room: &mut [u8], bytes: &[u8]) {
    let header = codec::encode(Item::String(bytes));
    if let Some((head, tail)) = room.split_at_mut_checked(STRING_HEADER) {
        codec::copy(head, header.as_slice());
        codec::copy(tail, bytes);
    }
}

/// A listing of all keys of a table. It is in the userdata at
/// `slot`, which is replaced by a larger one when need be. [-0, +0] raises
pub fn keys<'a>(lua: Lua, table: u32, slot: c_int) -> Result<Keys<'a>, Raised> {
    /// A host that still has more to say, or no answer, with so much unused room is wrong.
    const UNUSED: usize = 1 << 26;
    loop {
        let room = buffer(lua, slot);
        let size = room.len().saturating_sub(HEAD);
        let answer = list(lua, table, room);
        let written = answer.unwrap_or(0);
        if let Some(keys) = Keys::new(room) {
            if keys.total() == 0 && host::size(table) > 0 {
                // No answer, no room for the count, or a host that contradicts itself: the sweep must
                // not take the table for empty.
                if answer.is_some() && size >= KEYS_ROOM - HEAD {
                    return Err(malformed_key(lua, table));
                }
            } else if keys.is_complete() {
                return Ok(keys);
            }
        }
        if size - written >= UNUSED {
            return Err(malformed_key(lua, table));
        }
        // The larger room is zeroed.
        limits::step(lua, size >> 3);
        push_buffer(lua, (size.saturating_mul(4) + HEAD).max(KEYS_ROOM));
        lua.replace(slot);
    }
}

/// Makes `room` a listing of as many keys as fit; the length of the host's answer. [-0, +0] raises
pub fn list(lua: Lua, table: u32, room: &mut [u8]) -> Option<usize> {
    let answer = host::keys(table, room.get_mut(HEAD..).unwrap_or_default());
    let written = answer.unwrap_or(0);
    // For the walk through them, too.
    limits::step(lua, written >> 2);
    codec::begin_listing(room, written);
    answer
}

/// Deletes every key of a table that the host lets go; the userdata at `slot` is for the keys.
/// [-0, +0] raises
pub fn clear(lua: Lua, table: u32, slot: c_int) -> Result<(), Raised> {
    for key in keys(lua, table, slot)? {
        limits::step_call(lua);
        host::delete(table, key);
    }
    Ok(())
}

/// The error for a stored key that cannot be read.
pub fn malformed_key(lua: Lua, table: u32) -> Raised {
    lua.error(&[Piece::Text(b"external table "), Piece::Number(i64::from(table)), Piece::Text(b": malformed key")])
}

/// Room for a listing of the keys of a small table, in bytes.
pub const KEYS_ROOM: usize = 1024 + HEAD;

/// The bytes of the userdata at `index`, good while it is there.
#[inline(never)]
pub fn buffer<'a>(lua: Lua, index: c_int) -> &'a mut [u8] {
    match lua.userdata(index) {
        // SAFETY: the block has `size` bytes, zeroed when made, which only its user reaches.
        Some((start, size)) => unsafe { slice::from_raw_parts_mut(start.cast(), size) },
        None => &mut [],
    }
}

/// A new userdata's bytes, good while it is on the stack. [-0, +1] raises
pub fn push_buffer<'a>(lua: Lua, size: usize) -> &'a mut [u8] {
    let start = lua.push_userdata(size).cast::<u8>();
    // SAFETY: the block is new and has `size` bytes.
    unsafe { ptr::write_bytes(start, 0, size) };
    buffer(lua, -1)
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

fn refused(lua: Lua, table: u32, what: &[u8], key_index: c_int) -> Raised {
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
