//! External tables copied back to plain tables. Does not recurse: what is still to do is in Lua tables.

use core::ffi::c_int;

use super::{errors, listing, proxy, room, value};
use crate::codec::{decode_key, decode_value, Item};
use crate::lua::{Kind, Lua, Raised, Results};

/// Stack of `copy`: id to plain table; numbers to ids still to be filled; the host's keys.
const COPIES: c_int = 2;
const QUEUE: c_int = 3;
const KEYS: c_int = 4;

/// Pushes a deep copy of argument 1, an external table, made of plain tables. [-?, +1] raises
pub fn copy(lua: Lua) -> Results {
    let root = proxy::check(lua, 1)?;
    lua.set_top(1);
    lua.push_table();
    lua.push_table();
    room::push_buffer(lua, listing::KEYS_ROOM);
    let mut queued = 0;
    push_copy(lua, root, &mut queued);
    let mut filled = 0;
    while filled < queued {
        filled += 1;
        lua.raw_get_integer(QUEUE, filled);
        let table = lua.to_integer(-1) as u32;
        lua.pop(1);
        fill_copy(lua, table, &mut queued)?;
    }
    lua.set_top(KEYS + 1);
    Ok(1)
}

/// Pushes the copy of a table; a new one joins the queue. [-0, +1] raises
fn push_copy(lua: Lua, table: u32, queued: &mut i64) {
    if lua.raw_get_integer(COPIES, i64::from(table)) == Kind::Table {
        return;
    }
    lua.pop(1);
    lua.push_table();
    lua.push_value(-1);
    lua.raw_set_integer(COPIES, i64::from(table));
    *queued += 1;
    lua.push_integer(i64::from(table));
    lua.raw_set_integer(QUEUE, *queued);
}

fn fill_copy(lua: Lua, table: u32, queued: &mut i64) -> Result<(), Raised> {
    /// The root's copy stays where `copy` returns it from.
    const ROOT_COPY: c_int = KEYS + 1;
    const PLAIN: c_int = ROOT_COPY + 1;
    const COPIED_KEY: c_int = PLAIN + 1;
    lua.set_top(ROOT_COPY);
    push_copy(lua, table, queued);
    for key in listing::keys(lua, table, KEYS)? {
        lua.set_top(PLAIN);
        let Ok(item) = decode_key(key) else {
            return Err(errors::malformed_key(lua, table));
        };
        push_copied(lua, item, queued);
        let Some(bytes) = value::fetch(lua, table, key) else { continue };
        match decode_value(bytes) {
            Ok(Item::Nil) => continue,
            Ok(item) => push_copied(lua, item, queued),
            Err(fault) => return Err(errors::bad_value(lua, table, COPIED_KEY, fault)),
        }
        // A large value left the userdata it was read into below it.
        lua.insert(COPIED_KEY + 1);
        lua.set_top(COPIED_KEY + 1);
        lua.raw_set(PLAIN);
    }
    Ok(())
}

fn push_copied(lua: Lua, item: Item<'_>, queued: &mut i64) {
    match item {
        Item::Table(id) => push_copy(lua, id, queued),
        item => value::push_item(lua, item),
    }
}
