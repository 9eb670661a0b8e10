//! Table 0, the catalogue: which ids are taken, which tables have names, how large values get.
//! Kept in the host like any other table, never visible to Lua.

use crate::codec::{self, Item, ROOT};
use crate::global::Global;
use crate::host;
use crate::lua::{Lua, Piece, Raised};

const CATALOGUE: u32 = 0;
const NEXT: &[u8] = b"next";
const MAX: &[u8] = b"max";
const NAME_PREFIX: &[u8] = b"name:";

/// Ids stay below this.
const LAST: i64 = 1 << 31;
/// As many unused ids in a row end the search for tables in a store without a catalogue.
const GAP: u32 = 64;

/// The largest stored value beyond the first read buffer; none: not asked for in this eval.
static LARGEST: Global<Option<usize>> = Global::new(None);

/// Forgets what an earlier eval learnt: the host may have replaced every table since.
pub fn begin() {
    LARGEST.store(None);
}

/// Room to ask for when a host that cannot give a part of a value says there is none; 0 when no
/// stored value needs more than the first buffer.
pub fn largest() -> usize {
    if let Some(known) = LARGEST.load() {
        return known;
    }
    let stored = match read(MAX) {
        Some(Ok(Item::Integer(size))) => usize::try_from(size).unwrap_or(0),
        _ => 0,
    };
    LARGEST.store(Some(stored));
    stored
}

/// Notes that a value of `size` bytes is about to be stored. False when the host refuses.
pub fn note_size(size: usize) -> bool {
    if size <= largest() {
        return true;
    }
    let rounded = size.checked_next_power_of_two().unwrap_or(usize::MAX);
    LARGEST.store(Some(rounded));
    write(MAX, Item::Integer(rounded as i64))
}

/// Takes an id that no table uses.
pub fn allocate(lua: Lua) -> Result<u32, Raised> {
    let mut id = next(lua)?;
    while host::size(id) > 0 {
        id += 1;
    }
    set_next(lua, id + 1)?;
    Ok(id)
}

/// The next free id; adopts the tables of a store without a catalogue first.
fn next(lua: Lua) -> Result<u32, Raised> {
    match read(NEXT) {
        None => adopt(lua),
        Some(Ok(Item::Integer(next))) if (2..=LAST).contains(&next) => Ok(next as u32),
        Some(_) => Err(lua.error(&[Piece::Text(b"external tables: damaged catalogue")])),
    }
}

fn set_next(lua: Lua, next: u32) -> Result<(), Raised> {
    if i64::from(next) > LAST {
        return Err(lua.error(&[Piece::Text(b"external tables: no free id is left")]));
    }
    if write(NEXT, Item::Integer(i64::from(next))) {
        Ok(())
    } else {
        Err(refused(lua))
    }
}

fn refused(lua: Lua) -> Raised {
    lua.error(&[Piece::Text(b"external tables: the host refused to store the catalogue")])
}

/// Gives every table of a store without a catalogue a name, so that none is unreachable, and
/// returns the first id above them. `next` is written by the caller, after all names.
fn adopt(lua: Lua) -> Result<u32, Raised> {
    let mut free = ROOT + 1;
    let mut id = free;
    while id - free < GAP {
        if host::size(id) > 0 {
            adopt_table(lua, id)?;
            free = id + 1;
        }
        id += 1;
    }
    Ok(free)
}

fn adopt_table(lua: Lua, id: u32) -> Result<(), Raised> {
    lua.push_bytes(NAME_PREFIX);
    lua.push_bytes(b"table:");
    lua.push_integer(i64::from(id));
    lua.concat(3);
    let named = host::set(CATALOGUE, lua.bytes(-1), codec::encode(Item::Table(id)).as_slice());
    lua.pop(1);
    if named { Ok(()) } else { Err(refused(lua)) }
}

/// An entry that is no string. None when it is absent.
fn read(key: &[u8]) -> Option<Result<Item<'static>, codec::Fault>> {
    let mut value = [0; 16];
    let length = host::get(CATALOGUE, key, &mut value)?;
    Some(match codec::decode_value(value.get(..length).unwrap_or_default()) {
        Ok(Item::Integer(integer)) => Ok(Item::Integer(integer)),
        Ok(Item::Table(id)) => Ok(Item::Table(id)),
        Ok(Item::Nil) => return None,
        _ => Err(codec::Fault::Malformed),
    })
}

fn write(key: &[u8], item: Item<'_>) -> bool {
    host::set(CATALOGUE, key, codec::encode(item).as_slice())
}
