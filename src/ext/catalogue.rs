//! Table 0, the catalogue: which ids are taken, which tables have names.
//! Kept in the host like any other table, never visible to Lua.

use core::ffi::c_int;

use super::{held, listing, proxy};
use crate::answers::peek;
use crate::codec::{self, Item, ROOT};
use crate::lua::{Lua, Raised};
use crate::{host, steps};

/// The catalogue's own id.
pub const CATALOGUE: u32 = 0;
const NEXT: &[u8] = b"next";
const NAME_PREFIX: &[u8] = b"name:";

/// Ids stay below this; `next` may reach it.
const LAST: u32 = 1 << 31;
/// As many unused ids in a row end the search for tables in a store without a catalogue.
const GAP: u32 = 64;

/// Takes `count` ids in a row that no table uses, and returns the first.
pub fn allocate(lua: Lua, count: u32) -> Result<u32, Raised> {
    held::tell(lua, b"sweep");
    let mut first = next(lua)?;
    let mut id = first;
    while id - first < count && id < LAST {
        steps::step_call(lua);
        id += 1;
        if host::size(id - 1) > 0 || proxy::is_live(lua, id - 1) {
            first = id;
        }
    }
    if id - first < count {
        return Err(lua.error(
            b"external tables: no free id is left: save and restore a snapshot, which numbers the tables anew",
        ));
    }
    set_next(lua, id)?;
    Ok(first)
}

/// The table of this name (the string at `name_index`); none when there is none.
/// [-0, +0] raises
pub fn named(lua: Lua, name_index: c_int) -> Result<Option<u32>, Raised> {
    push_name_key(lua, name_index);
    let found = read(lua.bytes(-1));
    lua.pop(1);
    match found {
        None => Ok(None),
        Some(Ok(Item::Table(id))) => Ok(Some(id)),
        Some(_) => Err(damaged(lua)),
    }
}

/// Gives a table the name at `name_index`. [-0, +0] raises
pub fn set_name(lua: Lua, name_index: c_int, id: u32) -> Result<(), Raised> {
    push_name_key(lua, name_index);
    store(lua, lua.bytes(-1), Item::Table(id))?;
    lua.pop(1);
    Ok(())
}

/// Takes a name away; false when there was none. [-0, +0] raises
pub fn drop_name(lua: Lua, name_index: c_int) -> Result<bool, Raised> {
    push_name_key(lua, name_index);
    let key = lua.bytes(-1);
    let existed = read(key).is_some();
    let dropped = !existed || host::delete(CATALOGUE, key);
    lua.pop(1);
    if dropped {
        Ok(existed)
    } else {
        Err(refused(lua))
    }
}

/// The name in a catalogue key, if it is one.
pub fn name_of(key: &[u8]) -> Option<&[u8]> {
    key.strip_prefix(NAME_PREFIX)
}

/// The table that a name's key stands for; raises when the entry says something else.
pub fn target(lua: Lua, key: &[u8]) -> Result<u32, Raised> {
    match read(key) {
        Some(Ok(Item::Table(id))) => Ok(id),
        _ => Err(damaged(lua)),
    }
}

/// The key of the name at `name_index`, about which the host is asked. [-0, +1] raises
fn push_name_key(lua: Lua, name_index: c_int) {
    steps::step_call(lua);
    lua.push_bytes(NAME_PREFIX);
    lua.push_value(name_index);
    lua.concat(2);
}

/// The next free id. A store without a catalogue gets one first. [-0, +0] raises
pub fn next(lua: Lua) -> Result<u32, Raised> {
    match read(NEXT) {
        None if !listing::has_key(lua, CATALOGUE, NEXT) => adopt(lua),
        Some(Ok(Item::Integer(next))) if (2..=i64::from(LAST)).contains(&next) => Ok(next as u32),
        _ => Err(damaged(lua)),
    }
}

/// Notes the next free id. [-0, +0] raises
pub fn set_next(lua: Lua, next: u32) -> Result<(), Raised> {
    store(lua, NEXT, Item::Integer(i64::from(next)))
}

fn damaged(lua: Lua) -> Raised {
    lua.error(b"external tables: damaged catalogue")
}

fn refused(lua: Lua) -> Raised {
    lua.error(b"external tables: the host refused to store the catalogue")
}

/// Gives every table of a store without a catalogue a name, so that none is unreachable, and
/// returns the first id above them. `next` is written last: until then there is no catalogue.
fn adopt(lua: Lua) -> Result<u32, Raised> {
    let mut free = ROOT + 1;
    let mut id = free;
    while id - free < GAP && id < LAST {
        steps::step_call(lua);
        if host::size(id) > 0 {
            adopt_table(lua, id)?;
            free = id + 1;
        }
        id += 1;
    }
    set_next(lua, free)?;
    Ok(free)
}

fn adopt_table(lua: Lua, id: u32) -> Result<(), Raised> {
    lua.push_bytes(NAME_PREFIX);
    lua.push_bytes(b"table:");
    lua.push_integer(i64::from(id));
    lua.concat(3);
    store(lua, lua.bytes(-1), Item::Table(id))?;
    lua.pop(1);
    Ok(())
}

/// An entry that is no string. None when it is absent.
pub fn read(key: &[u8]) -> Option<Result<Item<'static>, codec::Fault>> {
    Some(match codec::decode_value(peek(CATALOGUE, key)?) {
        Ok(Item::Integer(integer)) => Ok(Item::Integer(integer)),
        Ok(Item::Table(id)) => Ok(Item::Table(id)),
        Ok(Item::Nil) => return None,
        _ => Err(codec::Fault::Malformed),
    })
}

/// Stores an entry that is no string; raises when the host refuses.
fn store(lua: Lua, key: &[u8], item: Item<'_>) -> Result<(), Raised> {
    if write(key, item) {
        Ok(())
    } else {
        Err(refused(lua))
    }
}

/// Stores an entry that is no string; false when the host refuses.
pub fn write(key: &[u8], item: Item<'_>) -> bool {
    host::set(CATALOGUE, key, codec::encode(item).as_slice())
}
