//! `pairs` of an external table: walks the keys that existed when it began.

use super::{access, proxy};
use crate::codec::{decode_key, Keys};
use crate::lua::{upvalue, Kind, Lua, Results};
use crate::lua_function;

lua_function!(
    /// `__pairs(t)`
    pub pairs = pairs_body
);
lua_function!(step = step_body);

/// Upvalues of the iterator: the table, the host's answer with all keys, where the unread part of
/// it begins, how many keys it still has. Scripts cannot reach upvalues of C functions.
const TABLE: i32 = upvalue(1);
const ANSWER: i32 = upvalue(2);
const POSITION: i32 = upvalue(3);
const LEFT: i32 = upvalue(4);

fn pairs_body(lua: Lua) -> Results {
    let table = proxy::check(lua, 1)?;
    lua.set_top(1);
    access::push_buffer(lua, access::KEYS_ROOM);
    let keys = access::keys(lua, table, 2)?;
    lua.push_value(1);
    lua.insert(2);
    lua.push_integer(access::ANSWER_HEAD);
    lua.push_integer(i64::from(keys.left()));
    lua.push_function(step, 4);
    lua.push_value(1);
    lua.push_nil();
    Ok(3)
}

/// The iterator: the next key that is still there, and its value.
fn step_body(lua: Lua) -> Results {
    let table = proxy::check(lua, TABLE)?;
    let mut keys = Keys::resume(
        access::answer_from(lua, ANSWER, lua.to_integer(POSITION)),
        lua.to_integer(LEFT) as u32,
    );
    let unread = keys.unread() as i64 + lua.to_integer(POSITION);
    while let Some(key) = keys.next() {
        lua.set_top(0);
        lua.push_integer(unread - keys.unread() as i64);
        lua.replace(POSITION);
        lua.push_integer(i64::from(keys.left()));
        lua.replace(LEFT);
        let Ok(item) = decode_key(key) else {
            return Err(access::malformed_key(lua, table));
        };
        access::push_item(lua, item);
        access::push(lua, table, key, 1)?;
        if lua.kind(-1) != Kind::Nil {
            lua.insert(2);
            lua.set_top(2);
            return Ok(2);
        }
    }
    lua.push_nil();
    Ok(1)
}
