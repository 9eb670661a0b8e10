//! Operations of requests but `run` (docs/abi.md section 9): tasks, which are coroutines of the host, and the Lua functions
//! that it holds.

use core::ffi::c_int;

use crate::global::Global;
use crate::known::{known, KNOWN};
use crate::lua::{lua_State, Kind, Lua, Raised, Results};
use crate::{armed, functions, limits, lua_function, message, results, services, steps, traceback};

/// Registry key of a coroutine that has done a task, and that no script has got as a value: the next task is begun in it, for a
/// new one takes as long as a short call.
static IDLE: u8 = 22;
/// Whether the task that ran in this call waits.
static WAITS: Global<bool> = Global::new(false);
/// Whether the task that ran in this call has failed, and left a traceback.
static FAILED: Global<bool> = Global::new(false);

lua_function!(
    /// Does an operation but `run`; arguments: its number, and the further values, of `start` the chunk and arguments.
    pub operate = operate_body
);

lua_function!(
    /// The message handler: keeps the traceback, returns the error value as it is.
    pub handler = handler_body
);

extern "C-unwind" {
    /// `xpcall`, for which tracebacks have no name: a task's variables are closed within it, where they can wait.
    fn lua_runtask(state: *mut lua_State) -> c_int;
}

/// The operations, by number.
pub const NAMES: &[u8] = b"run start call resume cancel release host";
pub const RUN: i64 = 0;
pub const START: i64 = 1;
const CALL: i64 = 2;
const RESUME: i64 = 3;
const CANCEL: i64 = 4;
const RELEASE: i64 = 5;

/// A call of an export begins.
pub fn begin() {
    WAITS.store(false);
    FAILED.store(false);
}

/// Whether the task that ran in this call waits.
pub fn waits() -> bool {
    WAITS.load()
}

/// Whether the task that ran in this call has failed, and left a traceback.
pub fn failed() -> bool {
    FAILED.load()
}

fn handler_body(lua: Lua) -> Results {
    lua.set_top(1);
    // A stop has left its own.
    if limits::reason().is_none() && !failed() {
        traceback::leave(lua, 1);
    }
    Ok(1)
}

fn operate_body(lua: Lua) -> Results {
    armed::only_from_an_export(lua)?;
    let operation = lua.to_integer(1);
    lua.remove(1);
    match operation {
        START | CALL => start(lua),
        RESUME if lua.kind(2) != Kind::Boolean => Err(message::malformed(lua)),
        RESUME | CANCEL => {
            take(lua)?;
            if operation == CANCEL {
                lua.cancel(1)
            } else {
                run(lua)
            }
        }
        RELEASE => release(lua),
        _ => host(lua),
    }
}

/// Runs a function in a task of its own; arguments: the function and its.
fn start(lua: Lua) -> Results {
    if lua.kind(1) != Kind::Function {
        return Err(message::malformed(lua));
    }
    lua.push_function(handler, 0);
    lua.insert(2);
    lua.push_function(lua_runtask, 0);
    lua.insert(1);
    if lua.registry_get(&IDLE) != Kind::Thread {
        lua.pop(1);
        lua.push_thread();
    }
    lua.insert(1);
    lua.push_nil();
    lua.registry_set(&IDLE);
    Lua::set_shown(false);
    run(lua)
}

/// Replaces the ticket at 1 by the task that waits for it, and that waits no more.
fn take(lua: Lua) -> Result<(), Raised> {
    let ticket = lua.to_integer(1);
    lua.registry_get(&KNOWN);
    if lua.raw_get_integer(-1, ticket.wrapping_neg()) != Kind::Thread {
        lua.push_bytes(b"no task waits for ticket ");
        lua.push_integer(ticket);
        return Err(lua.raised(2));
    }
    lua.replace(1);
    // In an earlier step, for all that is known now.
    Lua::set_shown(true);
    lua.push_nil();
    lua.raw_set_integer(-2, ticket.wrapping_neg());
    lua.pop(1);
    Ok(())
}

/// Runs the task at 1 with the values above.
fn run(lua: Lua) -> Results {
    let Some(task) = lua.thread(1) else { return Ok(0) };
    let count = lua.top() - 1;
    if !task.reserve(count) {
        return Err(message::malformed(lua));
    }
    lua.move_to(task, count);
    let (yielded, count) = task.resume(lua, count - c_int::from(!task.is_waiting()));
    steps::step(lua, 1); // a stop goes on here
    let has_room = lua.reserve(count);
    // Not one that waits, nor one that has ended by an error that `xpcall` cannot catch.
    if count > 0 && has_room && !Lua::is_shown() {
        lua.push_value(1);
        lua.registry_set(&IDLE);
    }
    if yielded {
        WAITS.store(true);
        let ticket = functions::ticket();
        lua.registry_get(&KNOWN);
        lua.push_value(1);
        lua.raw_set_integer(-2, -i64::from(ticket));
        services::send(b"waiting", &ticket.to_le_bytes());
        return Ok(0);
    }
    if !has_room {
        return Err(results::too_many(lua));
    }
    task.move_to(lua, count.max(1));
    // What `xpcall` returns, but for an error that it cannot catch.
    if count > 0 && lua.to_boolean(-count) {
        return Ok(count - 1);
    }
    FAILED.store(true);
    Err(Raised)
}

/// Holds functions no longer.
fn release(lua: Lua) -> Results {
    lua.registry_get(&KNOWN);
    lua.insert(1);
    while lua.top() > 1 {
        if known(lua) != Kind::Number {
            return Err(message::malformed(lua));
        }
        for _ in 0..2 {
            lua.push_nil();
            lua.raw_set(1);
        }
    }
    Ok(0)
}

fn host(lua: Lua) -> Results {
    let count = lua.top();
    functions::offer_none(lua);
    for index in 1..=count {
        functions::offer(lua, lua.bytes(index));
    }
    Ok(0)
}
