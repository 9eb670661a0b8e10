//! Operations of requests but `run` (docs/abi.md section 9): tasks, which are coroutines of the host, and the Lua functions
//! that it holds.

use core::ffi::c_int;

use crate::global::Global;
use crate::known::{known, KNOWN};
use crate::lua::{lua_State, Kind, Lua, Raised, Results};
use crate::{armed, functions, limits, lua_function, message, results, services, steps, traceback};

/// Registry key of the coroutine of the last task that was started.
static LAST: u8 = 22;
/// Whether that task has ended, and no script has got the coroutine as a value: the next one is begun in it, for a new coroutine
/// takes as long as a short call.
static IDLE: Global<bool> = Global::new(false);
/// Whether the task that ran in this call waits.
static WAITS: Global<bool> = Global::new(false);
/// Whether the task that ran in this call has failed, and left a traceback.
static FAILED: Global<bool> = Global::new(false);

lua_function!(operate = operate_body);

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
pub const RUN: usize = 0;
pub const START: usize = 1;
pub const CALL: usize = 2;
const RESUME: usize = 3;
const CANCEL: usize = 4;
const RELEASE: usize = 5;

/// That which is to be done.
static OPERATION: Global<usize> = Global::new(RUN);

/// A call of an export begins.
pub fn begin() {
    WAITS.store(false);
    FAILED.store(false);
}

/// The state is closed, with the coroutine of its last task.
#[cfg(not(target_arch = "wasm32"))]
pub fn close() {
    IDLE.store(false);
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

/// Pushes what does an operation but `run`; arguments: the further values, of `start` the chunk and arguments. [-0, +1]
pub fn push_operation(lua: Lua, operation: usize) {
    OPERATION.store(operation);
    lua.push_function(operate, 0);
}

fn operate_body(lua: Lua) -> Results {
    armed::only_from_an_export(lua)?;
    let operation = OPERATION.load();
    match operation {
        START | CALL => start(lua),
        RESUME if lua.kind(2) != Kind::Boolean => Err(message::malformed(lua)),
        RESUME | CANCEL => {
            take(lua)?;
            if operation == CANCEL {
                lua.cancel(1)
            } else {
                resume(lua)
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
    lua.push_value(1);
    if !IDLE.load() {
        lua.push_thread();
        lua.registry_set(&LAST);
    }
    lua.registry_get(&LAST);
    lua.replace(1);
    IDLE.store(false);
    Lua::set_shown(false);
    let task = with_room(lua)?;
    let count = lua.top() - 2;
    task.push_function(lua_runtask, 0);
    lua.move_to(task, 1);
    task.push_function(handler, 0);
    lua.move_to(task, count);
    run(lua, task, count + 2)
}

/// Goes on with the task at 1, which waits; arguments: whether it gets results, and these, or what it gets instead.
fn resume(lua: Lua) -> Results {
    let task = with_room(lua)?;
    let count = lua.top() - 1;
    lua.move_to(task, count);
    run(lua, task, count)
}

/// The task at 1, with room for the values above and what runs it.
fn with_room(lua: Lua) -> Result<Lua, Raised> {
    match lua.thread(1) {
        Some(task) if task.reserve(lua.top() + 1) => Ok(task),
        _ => Err(message::malformed(lua)),
    }
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

/// Runs the task at 1 with the values that it has on its stack.
fn run(lua: Lua, task: Lua, count: c_int) -> Results {
    let (yielded, count) = task.resume(lua, count);
    steps::step(lua, 1); // a stop goes on here
    let has_room = lua.reserve(count);
    // Not one that waits, nor one that has ended by an error that `xpcall` cannot catch.
    if count > 0 && has_room && !Lua::is_shown() {
        IDLE.store(true);
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
