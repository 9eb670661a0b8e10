//! `pairs` and `next` of an external table: walks through the keys that existed when they began.
//!
//! A walk is a listing of the keys (listing.rs) that knows which key it gave last.

use core::ffi::c_int;

use super::{errors, key, listing, proxy, room, value};
use crate::codec::{decode_key, Keys};
use crate::lua::{upvalue, Kind, Lua, Raised, Results};
use crate::{host, lua_function};

lua_function!(
    /// `__pairs(t)`
    pub pairs = pairs_body
);
lua_function!(step = step_body);
lua_function!(
    /// `next(t, k)` of an external table; called by Lua's own `next`.
    #[no_mangle]
    lua_nextexternal = next_body
);

/// Upvalues of the iterator: the table and its listing. Scripts cannot reach upvalues of C functions.
const TABLE: c_int = upvalue(1);
const LISTED: c_int = upvalue(2);

fn pairs_body(lua: Lua) -> Results {
    let table = proxy::check(lua, 1)?;
    lua.set_top(1);
    room::push_buffer(lua, listing::KEYS_ROOM);
    listing::keys(lua, table, 2)?;
    lua.push_value(1);
    lua.insert(2);
    lua.push_function(step, 2);
    lua.push_value(1);
    lua.push_nil();
    Ok(3)
}

fn step_body(lua: Lua) -> Results {
    walk(lua, proxy::check(lua, TABLE)?, LISTED)
}

/// The next key of a listing that is still there, and its value; or nil. [-0, +?] raises
fn walk(lua: Lua, table: u32, listing: c_int) -> Results {
    while let Some(key) = keys_at(lua, listing).and_then(|mut keys| keys.next()) {
        let Ok(item) = decode_key(key) else {
            return Err(errors::malformed_key(lua, table));
        };
        value::push_item(lua, item);
        let top = lua.top();
        value::push(lua, table, key, top)?;
        if lua.kind(-1) != Kind::Nil {
            lua.insert(top + 1);
            lua.set_top(top + 1);
            return Ok(2);
        }
        lua.set_top(top - 1);
    }
    lua.push_nil();
    Ok(1)
}

/// Stack of `next`: its arguments; the listings of the walks through this table, the one used last at 1; room for the
/// key; the listing to go on with.
const KEY: c_int = 2;
const WALKS: c_int = 3;
const LISTING: c_int = 5;
/// So many are kept, those used last: a walk that has been left is forgotten before one that goes on. A walk that is not
/// among them goes on behind the key it is at, if that is still there.
const KNOWN: i64 = 8;

fn next_body(lua: Lua) -> Results {
    let table = proxy::check(lua, 1)?;
    lua.set_top(KEY);
    proxy::push_walks(lua);
    let key = key::key(lua, KEY);
    lua.set_top(LISTING - 1);
    if lua.kind(KEY) == Kind::Nil {
        return first(lua, table);
    }
    // The byte 0 alone is no key in any form: it stands for a value that cannot be one.
    let number = find(lua, table, key.as_ref().map_or(&[0], |key| key.as_slice()))?;
    keep(lua, number);
    let count = walk(lua, table, LISTING)?;
    if count == 1 {
        // It has ended.
        lua.push_nil();
        lua.raw_set_integer(WALKS, 1);
    }
    Ok(count)
}

/// A key of the table and its value: out of as many keys as fit into little room, if there is one among them, for many
/// only ask whether there is any.
fn first(lua: Lua, table: u32) -> Results {
    let room = room::push_buffer(lua, listing::KEYS_ROOM);
    listing::list(lua, table, room);
    let mut count = walk(lua, table, LISTING)?;
    if count == 1 && host::size(table) > 0 {
        listing::keys(lua, table, LISTING)?;
        count = walk(lua, table, LISTING)?;
    }
    keep(lua, KNOWN);
    Ok(count)
}

/// Puts the listing that gave the key last at `LISTING`, and returns the number of that walk. One that does not hold all
/// keys gives way to one that does.
fn find(lua: Lua, table: u32, key: &[u8]) -> Result<i64, Raised> {
    let mut number = 1;
    while number <= KNOWN {
        lua.raw_get_integer(WALKS, number);
        if last_given(lua, LISTING) == Some(key) {
            break;
        }
        lua.pop(1);
        number += 1;
    }
    if number > KNOWN {
        room::push_buffer(lua, listing::KEYS_ROOM);
    }
    // A larger room than the first was made to hold all of them.
    let is_first = room::buffer(lua, LISTING).len() <= listing::KEYS_ROOM;
    if number > KNOWN || is_first && !keys_at(lua, LISTING).is_some_and(|keys| keys.is_complete()) {
        // The first key of all may have been deleted since.
        if !listing::keys(lua, table, LISTING)?.seek(key) && number > KNOWN {
            // Lua's own error.
            lua.push_table();
            lua.push_value(KEY);
            lua.next(-2);
        }
    }
    Ok(number.min(KNOWN))
}

/// Makes the listing the first of the walks, in place of the one with this number.
fn keep(lua: Lua, number: i64) {
    for place in (1..number).rev() {
        lua.raw_get_integer(WALKS, place);
        lua.raw_set_integer(WALKS, place + 1);
    }
    lua.push_value(LISTING);
    lua.raw_set_integer(WALKS, 1);
}

#[inline(never)]
fn keys_at<'a>(lua: Lua, listing: c_int) -> Option<Keys<'a>> {
    Keys::new(room::buffer(lua, listing))
}

fn last_given<'a>(lua: Lua, listing: c_int) -> Option<&'a [u8]> {
    keys_at(lua, listing).map(|keys| keys.last_given())
}
