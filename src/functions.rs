//! Functions of the host (docs/abi.md section 9): the global `host`, calls, errors of the host. Knows nothing of tasks.

use core::ffi::c_int;

use crate::answers::{self, FIXED};
use crate::ext;
use crate::global::Global;
use crate::known::{known, learn, push_path, OFFERED, ROOT};
use crate::lua::{enter, lua_State, upvalue, Kind, Lua, Results};
use crate::services::{self, SERVICES};
use crate::{lua_function, message, results, steps};

/// Bytes of a call that need no block of the heap.
const KEY: usize = 128;

/// The last ticket given.
static TICKET: Global<u32> = Global::new(0);

lua_function!(ask = ask_body);

extern "C-unwind" {
    /// What follows a call that was answered, and one that was not (lua/waiting.c).
    fn lua_answered(state: *mut lua_State, _: c_int, _: isize) -> c_int;
    fn lua_wait(state: *mut lua_State) -> c_int;
    /// Makes the metatable of errors, and `package.searchers[2]`.
    fn lua_openwaiting(state: *mut lua_State);
}

/// Makes the global `host`. [-0, +0] raises
pub fn open(lua: Lua) {
    // SAFETY: the state is live.
    unsafe { lua_openwaiting(lua.into_raw()) };
    offer_none(lua);
    // The names move to the stack first: making tables may use the buffer that they are in.
    lua.push_bytes(ext::answer(lua, b"host").unwrap_or_default());
    for name in lua.bytes(-1).split(|byte| *byte == b'\n') {
        offer(lua, name);
    }
    lua.push_globals();
    lua.push_bytes(b"host");
    known(lua);
    lua.raw_set(-3);
}

/// Copies the two values on top. [-0, +2]
fn push_two(lua: Lua) {
    lua.push_value(-2);
    lua.push_value(-2);
}

/// Takes the functions away. [-0, +0] raises
pub fn offer_none(lua: Lua) {
    lua.push_table();
    lua.registry_set(&OFFERED);
}

/// Offers a function, in tables as its name has them; only `host` itself for an empty name. [-0, +0] raises
pub fn offer(lua: Lua, name: &[u8]) {
    push_path(lua, name);
    let top = lua.top();
    let path = lua.bytes(-1);
    for end in (ROOT.len() - 1..path.len()).filter(|end| path.get(*end) == Some(&b'.')) {
        offer_path(lua, path.get(..end).unwrap_or_default(), false);
        lua.set_top(top);
    }
    if !name.is_empty() {
        offer_path(lua, path, true);
    }
    lua.set_top(top - 1);
}

/// Offers what has this path. [-0, +1] raises
fn offer_path(lua: Lua, path: &[u8], is_function: bool) {
    lua.push_bytes(path);
    let known = known(lua);
    if known == Kind::Nil || (known == Kind::Function) != is_function {
        lua.pop(1);
        if is_function {
            lua.push_value(-1);
            lua.push_function(call, 1);
        } else {
            ext::push_node(lua);
        }
        push_two(lua);
        learn(lua);
    }
    lua.registry_get(&OFFERED);
    lua.insert(-3);
    lua.raw_set(-3);
}

/// What `ask` gives beside a number of results: the call raised an error, whose values are the lowest; or it is not ready.
const RAISED: c_int = -2;
const LATER: c_int = -3;

/// A function of the host. Its upvalue is its path.
unsafe extern "C-unwind" fn call(state: *mut lua_State) -> c_int {
    // SAFETY: Lua calls this with its running state, and nothing is alive here.
    unsafe {
        match enter(state, call_body) {
            RAISED => lua_answered(state, 0, 0),
            LATER => lua_wait(state),
            count => count,
        }
    }
}

fn call_body(lua: Lua) -> Results {
    steps::step_call(lua);
    lua.undisturbed(ask)
}

/// Nobody waits for the last call.
#[no_mangle]
extern "C" fn lua_abandon() {
    services::send(b"abandon", &ticket().to_le_bytes());
}

/// The ticket of the last call.
pub fn ticket() -> u32 {
    TICKET.load()
}

/// Calls the host. Returns the number of results, or one of the above.
fn ask_body(lua: Lua) -> Results {
    TICKET.store(ticket().wrapping_add(1));
    let name = lua.bytes(upvalue(1)).get(ROOT.len()..).unwrap_or_default();
    let mut room = [0; KEY];
    let key = results::push_call(lua, ticket(), name, &mut room)?;
    let bytes = match answers::peek(SERVICES, key) {
        Some(bytes) if bytes.len() == FIXED => ext::answer(lua, b"answer"),
        answer => answer,
    };
    let Some(bytes) = bytes else {
        return Err(lua.complaint(b"the host refused ", upvalue(1), b""));
    };
    match bytes.split_first() {
        Some((2, [])) => Ok(LATER),
        Some((0, message)) => message::push_values(lua, message),
        Some((1, message)) => {
            lua.push_boolean(false);
            for _ in 0..=message::push_values(lua, message)? {
                lua.insert(1);
            }
            Ok(RAISED)
        }
        _ => Err(message::malformed(lua)),
    }
}
