//! The sweep: deletes the contents of external tables that nothing reaches any more. Marks from
//! the root, the names and what Lua holds, without recursion; only when all is marked does it
//! delete.

use core::ffi::c_int;

use super::{catalogue, held, listing, proxy, room};
use crate::codec::{self, Item, ROOT};
use crate::global::Global;
use crate::lua::{Kind, Lua, Raised, Results};
use crate::services::{self, SWEEP};
use crate::{host, lua_function, steps};

lua_function!(mark_and_delete = sweep_body);

/// Stack of the sweep: id to true; numbers to ids still to be visited; the host's keys.
const MARKED: c_int = 1;
const QUEUE: c_int = 2;
const KEYS: c_int = 3;

/// Ids that one sweep looks at, of those that nothing reaches: a damaged `next` would have it ask
/// for two thousand million sizes. The next sweep goes on where this one ended.
const LOOKED_AT: u32 = 1 << 22;

/// How often in a row the host may ask which tables Lua holds.
const MOST: u32 = 8;

/// Where the next sweep goes on: below this id; at the top when it has come to the bottom.
static BELOW: Global<u32> = Global::new(0);

/// The end of a chunk: the host may ask, and a sweep that the script asked for, or that is `forced`, is made.
pub fn after_run(lua: Lua, forced: bool) -> Results {
    let wanted = held::is_wanted() || forced;
    let offered = services::offers(SWEEP);
    if wanted {
        if !offered {
            // No finalizer runs meanwhile, which could change what is reachable.
            lua.push_function(mark_and_delete, 0);
            lua.call(0, 0);
            // The sweep's own garbage.
            lua.collect();
            return Ok(0);
        }
        // A store without a catalogue gets one, a damaged one is not swept.
        catalogue::next(lua)?;
        services::send(b"sweep", b"");
    }
    let mut left = MOST;
    while left > 0 && offered && held::asks(lua, b"sweep end", true) {
        left -= 1;
    }
    Ok(0)
}

fn sweep_body(lua: Lua) -> Results {
    let next = catalogue::next(lua)?;
    lua.push_table();
    lua.push_table();
    room::push_buffer(lua, listing::KEYS_ROOM);
    let mut queued = 0;
    mark(lua, ROOT, &mut queued);
    mark_named(lua, &mut queued)?;
    mark_live(lua, &mut queued);
    mark_reachable(lua, &mut queued)?;
    // Never raised: a damaged reference to a huge id would use up all ids.
    let free = delete_unmarked(lua, next)?;
    if free < next {
        catalogue::set_next(lua, free)?;
    }
    Ok(0)
}

/// Marks a table; one that was not marked joins the queue. [-0, +0] raises
fn mark(lua: Lua, table: u32, queued: &mut i64) {
    if !is_marked(lua, table) {
        lua.push_boolean(true);
        lua.raw_set_integer(MARKED, i64::from(table));
        *queued += 1;
        lua.push_integer(i64::from(table));
        lua.raw_set_integer(QUEUE, *queued);
    }
}

fn is_marked(lua: Lua, table: u32) -> bool {
    let marked = lua.raw_get_integer(MARKED, i64::from(table)) != Kind::Nil;
    lua.pop(1);
    marked
}

fn mark_named(lua: Lua, queued: &mut i64) -> Result<(), Raised> {
    for key in listing::keys(lua, catalogue::CATALOGUE, KEYS)? {
        if catalogue::name_of(key).is_some() {
            mark(lua, catalogue::target(lua, key)?, queued);
        }
    }
    Ok(())
}

fn mark_live(lua: Lua, queued: &mut i64) {
    proxy::push_live(lua);
    while let Some(table) = proxy::next_live(lua) {
        mark(lua, table, queued);
    }
}

fn mark_reachable(lua: Lua, queued: &mut i64) -> Result<(), Raised> {
    let mut visited = 0;
    while visited < *queued {
        visited += 1;
        steps::step_call(lua);
        lua.raw_get_integer(QUEUE, visited);
        let table = lua.to_integer(-1) as u32;
        lua.pop(1);
        if host::size(table) > 0 {
            mark_contents(lua, table, queued)?;
        }
    }
    Ok(())
}

fn mark_contents(lua: Lua, table: u32, queued: &mut i64) -> Result<(), Raised> {
    for key in listing::keys(lua, table, KEYS)? {
        steps::step_call(lua);
        // A value that stands for a table is 5 bytes; a longer one need not arrive.
        let mut value = [0; 16];
        let length = host::get(table, key, &mut value).unwrap_or(0);
        let value = value.get(..length).unwrap_or_default();
        for found in [table_in(key), table_in(value)].into_iter().flatten() {
            mark(lua, found, queued);
        }
    }
    Ok(())
}

/// The table that a key or value in wire form stands for.
fn table_in(bytes: &[u8]) -> Option<u32> {
    match codec::decode_value(bytes) {
        Ok(Item::Table(id)) => Some(id),
        _ => None,
    }
}

/// Deletes the contents of the tables that are not marked, from `next` down. Returns the lowest id
/// from which on none is in use, as far as it looked.
fn delete_unmarked(lua: Lua, next: u32) -> Result<u32, Raised> {
    let below = BELOW.load();
    let mut id = if below > ROOT + 1 { below.min(next) } else { next };
    let mut free = next;
    let mut left = LOOKED_AT;
    while id > ROOT + 1 && left > 0 {
        steps::step_call(lua);
        id -= 1;
        BELOW.store(id);
        if is_marked(lua, id) {
            continue;
        }
        left -= 1;
        if delete_contents(lua, id)? && id + 1 == free {
            free = id;
        }
    }
    Ok(free)
}

/// Deletes every key of a table; false when the host has kept some.
fn delete_contents(lua: Lua, table: u32) -> Result<bool, Raised> {
    if host::size(table) == 0 {
        return Ok(true);
    }
    listing::clear(lua, table, KEYS)?;
    Ok(host::size(table) == 0)
}
