//! External tables: Lua tables whose contents the host keeps. This file is the library `ext` and
//! the globals `Memory` and `_home`.

mod access;
mod catalogue;
mod proxy;

use crate::codec::ROOT;
use crate::lua::{Lua, Raised, Results};
use crate::lua_function;

/// Forgets what was learnt about the host; called at the start of every eval and `run_gc`.
pub fn begin() {
    catalogue::begin();
}

/// Makes the globals. [-0, +0] raises
pub fn open(lua: Lua) -> Result<(), Raised> {
    proxy::open(lua)?;
    lua.push_globals();
    for name in [&b"Memory"[..], b"_home"] {
        proxy::push(lua, ROOT);
        lua.set_field(-2, name);
    }
    lua.push_table();
    lua.push_function(ext_table, 0);
    lua.set_field(-2, b"table");
    lua.set_field(-2, b"ext");
    lua.pop(1);
    Ok(())
}

/// Deletes what is reachable neither from the root, nor from a name, nor from Lua.
pub fn sweep(_lua: Lua) -> Result<(), Raised> {
    Ok(())
}

lua_function!(
    /// `ext.table()`
    ext_table = table_body
);

fn table_body(lua: Lua) -> Results {
    let id = catalogue::allocate(lua)?;
    proxy::push(lua, id);
    Ok(1)
}
