//! External tables: Lua tables whose contents the host keeps. This file is the library `ext` and
//! the globals `Memory` and `_home`.

mod catalogue;
mod copy;
mod errors;
mod graph;
mod held;
mod key;
mod listing;
mod metamethods;
mod pairs;
mod proxy;
mod room;
mod sizes;
mod sweep;
mod value;

use crate::codec::ROOT;
use crate::lua::{Function, Kind, Lua, Raised, Results};
use crate::{host, lua_function, steps};

pub use held::rest;
pub use key::item;
pub use proxy::push_node;
pub use room::{buffer, push_buffer};
pub use sweep::after_run;
pub use value::{answer, push_item};

/// Registry key of `table.sort`, as it was before any script ran.
static SORT: u8 = 4;

/// Forgets what was learnt about the host; called at the start of every eval and `run_gc`.
pub fn begin(lua: Lua) {
    sizes::begin();
    held::begin();
    proxy::begin(lua);
}

/// Makes the globals. [-0, +0] raises
pub fn open(lua: Lua) {
    proxy::open(lua);
    metamethods::open(lua);
    lua.push_globals();
    for name in [&b"Memory"[..], b"_home"] {
        proxy::push(lua, ROOT);
        lua.set_field(-2, name);
    }
    lua.push_table();
    for (name, function) in FUNCTIONS {
        lua.push_function(*function, 0);
        lua.set_field(-2, name);
    }
    lua.set_field(-2, b"ext");
    lua.get_field(-1, b"table");
    lua.get_field(-1, b"sort");
    lua.registry_set(&SORT);
    lua.pop(2);
}

const FUNCTIONS: &[(&[u8], Function)] = &[
    (b"table", ext_table),
    (b"size", ext_size),
    (b"clear", ext_clear),
    (b"copy", ext_copy),
    (b"id", ext_id),
    (b"names", ext_names),
    (b"drop", ext_drop),
];

lua_function!(
    /// `ext.table()`: a new table. `ext.table(name)`: the table of that name, made at first use.
    ext_table = table_body
);
lua_function!(
    /// `ext.size(t)`: the number of keys.
    ext_size = size_body
);
lua_function!(
    /// `ext.clear(t)`: deletes every key.
    ext_clear = clear_body
);
lua_function!(
    /// `ext.copy(t)`: a deep copy made of plain tables.
    ext_copy = copy::copy
);
lua_function!(
    /// `ext.id(t)`: the id the host knows the table by.
    ext_id = id_body
);
lua_function!(
    /// `ext.names()`: a sorted list of all names.
    ext_names = names_body
);
lua_function!(
    /// `ext.drop(name)`: takes a name away; false when there is none.
    ext_drop = drop_body
);

fn table_body(lua: Lua) -> Results {
    let id = match lua.kind(1) {
        Kind::None => catalogue::allocate(lua, 1)?,
        Kind::String => named_table(lua)?,
        _ => return Err(name_expected(lua)),
    };
    proxy::push(lua, id);
    Ok(1)
}

/// The table named by argument 1. Adopting an old store may make the name.
fn named_table(lua: Lua) -> Result<u32, Raised> {
    if let Some(id) = catalogue::named(lua, 1)? {
        return Ok(id);
    }
    catalogue::next(lua)?;
    if let Some(id) = catalogue::named(lua, 1)? {
        return Ok(id);
    }
    let id = catalogue::allocate(lua, 1)?;
    catalogue::set_name(lua, 1, id)?;
    Ok(id)
}

fn name_expected(lua: Lua) -> Raised {
    lua.push_text(c"the name of an external table must be a string, not a %s", [lua.type_name(1); 3]);
    lua.raised(1)
}

fn size_body(lua: Lua) -> Results {
    let table = proxy::check(lua, 1)?;
    steps::step_call(lua);
    lua.push_integer(i64::from(host::size(table)));
    Ok(1)
}

fn clear_body(lua: Lua) -> Results {
    let table = proxy::check(lua, 1)?;
    lua.set_top(1);
    room::push_buffer(lua, listing::KEYS_ROOM);
    listing::clear(lua, table, 2)?;
    if host::size(table) > 0 {
        return Err(errors::about(lua, table, c"the host refused to delete every key"));
    }
    Ok(0)
}

fn id_body(lua: Lua) -> Results {
    let table = proxy::check(lua, 1)?;
    lua.push_integer(i64::from(table));
    Ok(1)
}

fn names_body(lua: Lua) -> Results {
    lua.set_top(0);
    lua.push_table();
    room::push_buffer(lua, listing::KEYS_ROOM);
    let mut count = 0;
    for key in listing::keys(lua, catalogue::CATALOGUE, 2)? {
        if let Some(name) = catalogue::name_of(key) {
            count += 1;
            lua.push_bytes(name);
            lua.raw_set_integer(1, count);
        }
    }
    lua.registry_get(&SORT);
    lua.push_value(1);
    lua.call(1, 0);
    lua.set_top(1);
    Ok(1)
}

fn drop_body(lua: Lua) -> Results {
    if lua.kind(1) != Kind::String {
        return Err(name_expected(lua));
    }
    let existed = catalogue::drop_name(lua, 1)?;
    lua.push_boolean(existed);
    Ok(1)
}
