//! Listings of the keys of external tables (codec.rs says how they look), and what is done with all keys of one.

use core::ffi::c_int;

use super::errors::malformed_key;
use super::room::{buffer, push_buffer};
use crate::codec::{self, Keys, HEAD};
use crate::lua::{Lua, Raised};
use crate::{host, steps};

/// Room for a listing of the keys of a small table, in bytes.
pub const KEYS_ROOM: usize = 1024 + HEAD;

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
        steps::step(lua, size >> 3);
        push_buffer(lua, (size.saturating_mul(4) + HEAD).max(KEYS_ROOM));
        lua.replace(slot);
    }
}

/// Makes `room` a listing of as many keys as fit; the length of the host's answer. [-0, +0] raises
pub fn list(lua: Lua, table: u32, room: &mut [u8]) -> Option<usize> {
    let answer = host::keys(table, room.get_mut(HEAD..).unwrap_or_default());
    let written = answer.unwrap_or(0);
    // For the walk through them, too.
    steps::step(lua, written >> 2);
    codec::begin_listing(room, written);
    answer
}

/// Deletes every key of a table that the host lets go; the userdata at `slot` is for the keys.
/// [-0, +0] raises
pub fn clear(lua: Lua, table: u32, slot: c_int) -> Result<(), Raised> {
    for key in keys(lua, table, slot)? {
        steps::step_call(lua);
        host::delete(table, key);
    }
    Ok(())
}

/// Whether the host lists a key of a table. [-0, +0] raises
pub fn has_key(lua: Lua, table: u32, key: &[u8]) -> bool {
    let top = lua.top();
    push_buffer(lua, KEYS_ROOM);
    let listed = keys(lua, table, top + 1).is_ok_and(|mut keys| keys.any(|other| other == key));
    lua.set_top(top);
    listed
}
