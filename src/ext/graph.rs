//! Plain tables by value: a graph of them is stored as new external tables. Does not recurse: what is still to do is in
//! Lua tables. Checks the whole graph before it writes anything, and writes the parent's key last.

use core::ffi::{c_int, CStr};

use super::{catalogue, errors, key, listing, proxy, room, value};
use crate::codec::Item;
use crate::lua::{Kind, Lua, Raised, Results, Text};
use crate::{host, lua_function, steps};

lua_function!(
    /// Stores argument 3, a plain table, under key 2 of external table 1.
    store_graph = store_body
);

/// Stack of `store_body`, beyond its arguments. Tables of the graph are numbered in the order in
/// which they were met; the value to be stored is 1.
const PARENT_TABLE: c_int = 1;
const PARENT_KEY: c_int = 2;
const VALUE: c_int = 3;
/// Plain table to number.
const NUMBERS: c_int = 4;
/// Number to plain table.
const TABLES: c_int = 5;
/// Number to the number of the table it was met in (0: the parent), and to the key there.
const FOUND_IN: c_int = 6;
const FOUND_AT: c_int = 7;
/// A traversal's key and value.
const KEY: c_int = 8;
const FIELD: c_int = 9;

/// Stores a value that is not a scalar: arguments as `store_graph`, which stay. No finalizer runs meanwhile,
/// which could change the graph.
pub fn store(lua: Lua) -> Results {
    lua.set_top(VALUE);
    lua.undisturbed(store_graph)
}

fn store_body(lua: Lua) -> Results {
    let parent = proxy::check(lua, PARENT_TABLE)?;
    key::writable_key(lua, parent, PARENT_KEY)?;
    lua.set_top(VALUE);
    for _ in NUMBERS..=FOUND_AT {
        lua.push_table();
    }
    let count = number_tables(lua)?;
    let first = catalogue::allocate(lua, count)?;
    if let Err(raised) = write(lua, parent, first, count) {
        // The error value is on top and stays there.
        undo(lua, first, count);
        return Err(raised);
    }
    Ok(0)
}

/// Visits the whole graph: numbers its tables and checks every key and value.
fn number_tables(lua: Lua) -> Result<u32, Raised> {
    let mut count = 0;
    lua.push_value(PARENT_KEY);
    lua.push_value(VALUE);
    if lua.kind(VALUE) != Kind::Table {
        return Err(cannot(lua, 0, c"cannot store a ", FIELD, c""));
    }
    check_value(lua, 0, &mut count)?;
    lua.set_top(FOUND_AT);
    let mut number = 0;
    while number < count {
        number += 1;
        each_field(lua, number, |lua| {
            if key::key(lua, KEY).is_none() {
                return Err(cannot(lua, number, c"cannot use a ", KEY, c" as a key"));
            }
            lua.set_top(FIELD);
            check_value(lua, number, &mut count)
        })?;
    }
    Ok(count)
}

/// Checks the value at `FIELD`, met under the key at `KEY` of table `number`; numbers a new table.
fn check_value(lua: Lua, number: u32, count: &mut u32) -> Result<(), Raised> {
    if key::item(lua, FIELD).is_some() {
        return Ok(());
    }
    if lua.kind(FIELD) != Kind::Table || lua.has_metatable(FIELD) {
        return Err(cannot(lua, number, c"cannot store a ", FIELD, c""));
    }
    lua.push_value(FIELD);
    if lua.raw_get(NUMBERS) == Kind::Nil {
        *count += 1;
        let next = i64::from(*count);
        lua.push_value(FIELD);
        lua.push_integer(next);
        lua.raw_set(NUMBERS);
        lua.push_value(FIELD);
        lua.raw_set_integer(TABLES, next);
        lua.push_integer(i64::from(number));
        lua.raw_set_integer(FOUND_IN, next);
        lua.push_value(KEY);
        lua.raw_set_integer(FOUND_AT, next);
    }
    lua.pop(1);
    Ok(())
}

/// Runs `step` for every field of table `number`, its key at `KEY`, its value at `FIELD`.
fn each_field(lua: Lua, number: u32, mut step: impl FnMut(Lua) -> Result<(), Raised>) -> Result<(), Raised> {
    /// The table is above the fields while they are walked.
    const WALKED: c_int = FIELD + 1;
    lua.set_top(FOUND_AT);
    lua.push_nil();
    loop {
        lua.push_nil();
        lua.raw_get_integer(TABLES, i64::from(number));
        lua.push_value(KEY);
        if !lua.next(WALKED) {
            lua.set_top(FOUND_AT);
            return Ok(());
        }
        lua.replace(FIELD);
        lua.replace(KEY);
        lua.set_top(FIELD);
        steps::step(lua, 4);
        step(lua)?;
        lua.set_top(KEY);
    }
}

/// Writes the new tables, then the parent's key.
fn write(lua: Lua, parent: u32, first: u32, count: u32) -> Result<(), Raised> {
    for number in 1..=count {
        let table = first + (number - 1);
        each_field(lua, number, |lua| {
            let key = key::writable_key(lua, table, KEY)?;
            let item = match key::item(lua, FIELD) {
                Some(item) => item,
                None => Item::Table(id_of(lua, first, count)?),
            };
            value::set(lua, table, &key, KEY, item)
        })?;
    }
    let key = key::writable_key(lua, parent, PARENT_KEY)?;
    value::set(lua, parent, &key, PARENT_KEY, Item::Table(first))
}

/// The id given to the plain table at `FIELD`. One without a number was put there since the graph was checked.
fn id_of(lua: Lua, first: u32, count: u32) -> Result<u32, Raised> {
    lua.push_value(FIELD);
    lua.raw_get(NUMBERS);
    let number = lua.to_integer(-1) as u32;
    lua.pop(1);
    match number.checked_sub(1) {
        Some(place) if place < count => Ok(first + place),
        _ => Err(cannot(lua, 0, c"cannot store a ", FIELD, c" that was changed")),
    }
}

/// Takes back writes before an error, whose value is on top and stays there.
fn undo(lua: Lua, first: u32, count: u32) {
    let error = lua.top();
    room::push_buffer(lua, listing::KEYS_ROOM);
    for table in first..first + count {
        steps::shim_scanned(1024);
        if host::size(table) == 0 {
            continue;
        }
        if listing::clear(lua, table, error + 1).is_err() {
            break;
        }
    }
    lua.set_top(error);
}

/// `<before><kind of value><after> (field '<path>')`
fn cannot(lua: Lua, number: u32, before: &'static CStr, index: c_int, after: &'static CStr) -> Raised {
    let kind = match lua.kind(index) {
        Kind::Thread => Text::new(c"coroutine"),
        Kind::Table if lua.has_metatable(index) => Text::new(c"table with a metatable"),
        _ => lua.type_name(index),
    };
    lua.push_text(c"%s%s%s (field '", [Text::new(before), kind, Text::new(after)]);
    push_path(lua, number);
    lua.push_bytes(b"')");
    lua.raised(3)
}

/// Pushes the way to the field at `KEY` of table `number`, such as `cfg.handlers[2]`. A long one
/// loses its middle.
fn push_path(lua: Lua, number: u32) {
    /// Steps shown at the end of the path.
    const SHOWN: usize = 10;
    let start = lua.top();
    push_path_step(lua, KEY, number == 0);
    let mut number = i64::from(number);
    for _ in 0..SHOWN {
        if number == 0 {
            break;
        }
        lua.raw_get_integer(FOUND_AT, number);
        lua.raw_get_integer(FOUND_IN, number);
        number = lua.to_integer(-1);
        lua.pop(1);
        let key = lua.top();
        push_path_step(lua, key, number == 0);
        lua.remove(key);
        lua.insert(start + 1);
    }
    if number != 0 {
        lua.push_bytes(b"...");
        lua.insert(start + 1);
    }
    lua.concat(lua.top() - start);
}

/// Pushes one key as a step of a path: `.name`, `[1]`, `["other string"]`.
fn push_path_step(lua: Lua, key: c_int, first: bool) {
    let start = lua.top();
    let bytes = lua.bytes(key);
    if lua.kind(key) == Kind::String && is_name(bytes) {
        lua.push_bytes(if first { b"" } else { b"." });
        lua.push_value(key);
    } else {
        errors::push_shown_key(lua, key);
        if lua.kind(key) == Kind::String {
            lua.push_bytes(b"[");
            lua.insert(start + 1);
            lua.push_bytes(b"]");
        }
    }
    lua.concat(lua.top() - start);
}

/// Whether a string can be written as `t.name`.
fn is_name(bytes: &[u8]) -> bool {
    let starts = bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    starts && bytes.len() <= 60 && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}
