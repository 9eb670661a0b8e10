//! Functions of the host (abi.md section 9): the global `host`, calls, errors of the host. Knows nothing of tasks.

use core::ffi::c_int;

use crate::ext;
use crate::fixed::{self, FIXED};
use crate::global::Global;
use crate::lua::{enter, lua_State, upvalue, Kind, Lua, Raised, Results, Status, MULTRET};
use crate::services::{self, HOST, SERVICES};
use crate::{lua_function, message, results, steps};

/// Registry keys. By path, `host.http.text`, the functions and their tables that there are now. And what is known of
/// functions and tasks: those functions and tables that there ever were by path, and their paths; Lua functions that
/// the host holds by reference, and their references; the task that waits for a ticket, by -ticket.
static OFFERED: u8 = 20;
pub static KNOWN: u8 = 21;

/// What every path begins with: the name of the global, and a dot.
const ROOT: &[u8] = b"host.";

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

/// Pushes what is known of the value on top. [-0, +1]
pub fn known(lua: Lua) -> Kind {
    lua.registry_get(&KNOWN);
    lua.push_value(-2);
    let kind = lua.raw_get(-2);
    lua.remove(-2);
    kind
}

/// Makes each of the two values on top known of the other. [-2, +0] raises
pub fn learn(lua: Lua) {
    lua.registry_get(&KNOWN);
    lua.insert(-3);
    lua.push_value(-1);
    lua.push_value(-3);
    lua.raw_set(-5);
    lua.raw_set(-3);
    lua.pop(1);
}

fn push_path(lua: Lua, name: &[u8]) {
    lua.push_bytes(ROOT);
    lua.push_bytes(name);
    lua.concat(2);
}

/// For lua/waiting.c and its like.
#[no_mangle]
unsafe extern "C-unwind" fn lua_pushhost(state: *mut lua_State, name: *const u8, length: usize) -> c_int {
    // SAFETY: the name has that length, and the state runs.
    unsafe { c_int::from(push(Lua::from_raw(state), core::slice::from_raw_parts(name, length))) }
}

/// Pushes the host's function of that name; nil and false when there is none. [-0, +1] raises
pub fn push(lua: Lua, name: &[u8]) -> bool {
    if !services::offers(HOST) {
        lua.push_nil();
        return false;
    }
    push_path(lua, name);
    lua.registry_get(&OFFERED);
    lua.insert(-2);
    let kind = lua.raw_get(-2);
    lua.remove(-2);
    kind == Kind::Function
}

/// The name of a function of the host, whose path is on top.
pub fn name<'a>(lua: Lua) -> &'a [u8] {
    lua.bytes(-1).get(ROOT.len()..).unwrap_or_default()
}

/// `__index` of the tables of `host`.
pub fn index(lua: Lua) -> Results {
    lua.registry_get(&OFFERED);
    push_field(lua);
    lua.push_value(-1);
    if lua.raw_get(-4) == Kind::Nil {
        return Err(lua.complaint(b"the host has no '", -2, b"'"));
    }
    Ok(1)
}

/// `__newindex` of the tables of `host`.
pub fn new_index(lua: Lua) -> Results {
    push_field(lua);
    Err(lua.complaint(b"cannot change '", -1, b"'"))
}

/// Pushes the path of the field that argument 2 names. [-0, +2] raises, runs Lua
fn push_field(lua: Lua) {
    lua.push_value(1);
    known(lua);
    lua.push_bytes(b".");
    lua.push_tostring(2);
    lua.concat(3);
}

/// A function of the host. Its upvalue is its path.
unsafe extern "C-unwind" fn call(state: *mut lua_State) -> c_int {
    // SAFETY: Lua calls this with its running state, and nothing is alive here.
    unsafe {
        match enter(state, call_body) {
            0 => lua_answered(state, 0, 0),
            _ => lua_wait(state),
        }
    }
}

/// Asks the host; 0 when it has answered.
fn call_body(lua: Lua) -> Results {
    steps::step_call(lua);
    lua.push_function(ask, 0);
    lua.insert(1);
    lua.push_value(upvalue(1));
    lua.insert(2);
    if lua.call_undisturbed(lua.top() - 1, MULTRET) != Status::Ok {
        return Err(Raised);
    }
    Ok(c_int::from(lua.kind(1) == Kind::Nil))
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

/// Calls the host; arguments: the path and those of the function. Returns true and results, false and an error's values,
/// or nil when the host is not ready.
fn ask_body(lua: Lua) -> Results {
    TICKET.store(ticket().wrapping_add(1));
    let name = lua.bytes(1).get(ROOT.len()..).unwrap_or_default();
    let key = results::push_call(lua, ticket(), name)?;
    let bytes = match fixed::peek(SERVICES, key) {
        Some(bytes) if bytes.len() == FIXED => ext::answer(lua, b"answer"),
        answer => answer,
    };
    let Some(bytes) = bytes else {
        return Err(lua.complaint(b"the host refused ", 1, b""));
    };
    match bytes.split_first() {
        Some((2, [])) => {
            lua.push_nil();
            Ok(1)
        }
        Some((tag @ 0..=1, message)) => {
            lua.push_boolean(*tag == 0);
            Ok(message::push_values(lua, message)? + 1)
        }
        _ => Err(message::malformed(lua)),
    }
}
