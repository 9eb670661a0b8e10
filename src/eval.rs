//! The life of the state and of one eval: load, run, and text out of results and errors.

use core::ffi::c_int;
use core::ptr;

use crate::ext;
use crate::global::Global;
use crate::lua::{lua_State, Kind, Lua, Raised, Results, Status, MULTRET};
use crate::results::FIRST;
use crate::{
    armed, functions, known, limits, lua_function, message, output, results, services, steps, tasks, traceback,
};

/// The traceback of an error for which none could be made.
const NO_TRACEBACK: &[u8] = b"stack traceback:\n\t[C]: in ?";

static STATE: Global<*mut lua_State> = Global::new(ptr::null_mut());
/// True while an export works on the state; it stays true when a host function threw through us.
static BUSY: Global<bool> = Global::new(false);
/// Length of the source in the I/O buffer, for `compile`.
static SOURCE: Global<usize> = Global::new(0);
/// Whether the host wants the results as text.
static SHOWS: Global<bool> = Global::new(false);
/// Whether the error being reported is one of syntax, which has no traceback.
static SYNTAX: Global<bool> = Global::new(false);

lua_function!(open = open_body);
lua_function!(compile = compile_body);
lua_function!(show = show_body);
lua_function!(describe = describe_body);
lua_function!(tostring = tostring_body);
lua_function!(collect = collect_body);
lua_function!(after_run = after_run_body);

/// Makes the state; false when memory does not suffice, and it may be tried again.
pub fn init() -> bool {
    if !STATE.load().is_null() {
        return true;
    }
    if BUSY.load() {
        return false;
    }
    BUSY.store(true);
    services::discover();
    let Some(lua) = Lua::new() else {
        BUSY.store(false);
        return false;
    };
    lua.push_function(open, 0);
    limits::begin();
    let opened = lua.protected_call(0, 0, 0) == Status::Ok;
    if opened {
        STATE.store(lua.into_raw());
    } else {
        lua.close();
    }
    BUSY.store(false);
    opened
}

/// Ends the state, so that a native process can go on with a new one. A WebAssembly instance ends
/// by being dropped.
#[cfg(not(target_arch = "wasm32"))]
pub fn close() {
    extern "C" {
        /// Forgets what there is to read of stdin (lua/waiting.c).
        fn lua_dropinput();
    }
    if let Some(lua) = state() {
        BUSY.store(true);
        lua.close();
        // SAFETY: nobody reads without a state.
        unsafe { lua_dropinput() };
        tasks::close();
        STATE.store(ptr::null_mut());
        output::clear();
        BUSY.store(false);
    }
}

/// Runs the first `len` bytes of the I/O buffer. Returns the length of the text it leaves there,
/// or `-1 - length` for an error's.
pub fn eval(len: usize) -> i32 {
    if BUSY.load() {
        return refuse(b"lua is busy: eval was called while an earlier call had not returned");
    }
    if len > output::BUFFER_SIZE {
        return refuse(b"the source is larger than the buffer (65536 bytes)");
    }
    let Some(lua) = state() else {
        return refuse(b"lua is not ready: init has not been called, or failed");
    };
    begin(lua);
    SOURCE.store(len);
    output::clear();
    let result = run_protected(lua);
    lua.set_top(0);
    BUSY.store(false);
    result
}

/// A full collection, then the sweep of external tables. Finalizers have the limits of an eval; a host that
/// wants errors gets one for a stop, and the sweep is made all the same.
pub fn run_gc() {
    let Some(lua) = state() else { return };
    if BUSY.load() {
        return;
    }
    begin(lua);
    armed::arm(true);
    lua.push_function(collect, 0);
    let status = lua.protected_call(0, 1, 0);
    output::flush();
    if limits::reason().is_some() {
        report(lua, status);
    }
    sweep_after(lua, true);
    lua.set_top(0);
    output::clear();
    BUSY.store(false);
}

/// The beginning of every export that runs Lua. A hook ends with the eval that set it: one that
/// raises would keep every later eval from running.
fn begin(lua: Lua) {
    BUSY.store(true);
    armed::arm(false);
    ext::begin(lua);
    lua.clear_hook();
    limits::begin();
    tasks::begin();
}

fn state() -> Option<Lua> {
    let raw = STATE.load();
    // SAFETY: a state that was stored is never closed.
    (!raw.is_null()).then(|| unsafe { Lua::from_raw(raw) })
}

/// An error of the caller's own making: the captured output stays as it is.
fn refuse(message: &[u8]) -> i32 {
    failure(output::answer(message))
}

fn failure(length: usize) -> i32 {
    -1 - length as i32
}

/// Compiles, runs, encodes and shows, each protected by itself, from the bottom of the stack: a
/// chunk that a C function called could not yield and unwind softly (lua/patches).
fn run_protected(lua: Lua) -> i32 {
    lua.push_function(tasks::handler, 0);
    lua.push_function(show, 0);
    // No finalizer runs meanwhile: a host may run an empty chunk to ask which tables Lua holds.
    let compiled = lua.undisturbed(compile);
    let mut status = compiled.map_or(Status::Error, |count| lua.protected_call(count - 1, MULTRET, 1));
    if limits::reason().is_none() {
        sweep_after(lua, false);
    }
    if status == Status::Ok && tasks::waits() {
        output::flush();
        return output::finish() as i32;
    }
    if status == Status::Ok && limits::reason().is_none() && services::offers(services::RESULTS) {
        status = results::push_encoded(lua).map_or(Status::Error, |_| Status::Ok);
    }
    if status == Status::Ok && limits::reason().is_none() && SHOWS.load() {
        armed::arm(true);
        status = lua.protected_call(lua.top() - 2, MULTRET, 1);
    }
    // A finalizer that ran meanwhile may have used up the limit: then there is an error, and no results.
    if status == Status::Ok && limits::reason().is_none() {
        output::flush();
        if lua.top() > 1 {
            results::send(lua, -2);
        }
        return output::finish() as i32;
    }
    report(lua, status);
    failure(output::finish())
}

/// What follows a chunk that was not stopped, and a collection that was `forced`; what these left is on the stack
/// still. It runs no finalizers: they are the script's.
fn sweep_after(lua: Lua, forced: bool) {
    if lua.reserve(2) {
        limits::apart(|| {
            let top = lua.top();
            lua.push_boolean(forced);
            // An error is dropped: tables that were not swept are left for the next time.
            _ = lua.undisturbed(after_run);
            lua.set_top(top);
        });
    }
    armed::arm(false);
    ext::rest();
}

/// Writes the error on top of the stack, or why the script was stopped, and sends it to a host that
/// wants errors. [-1, +?]
fn report(lua: Lua, status: Status) {
    let value = lua.top();
    let handled = status == Status::Error && !SYNTAX.load();
    lua.push_function(describe, 0);
    lua.push_value(value);
    lua.push_boolean(handled);
    lua.clear_hook();
    let describing = lua.protected_call(2, 2, 0);
    let described = describing == Status::Ok;
    // Output of the failed script is not shown, nor that of its `__tostring`.
    output::flush();
    output::clear();
    let stopped = limits::reason();
    let message = match describing {
        Status::Ok => lua.bytes(value + 1),
        Status::Memory => stopped.unwrap_or(b"not enough memory"),
        _ => b"(error object cannot be shown)",
    };
    let traceback = if described { lua.bytes(value + 2) } else { NO_TRACEBACK };
    output::write(message);
    if !traceback.is_empty() {
        output::write(b"\n");
        output::write(traceback);
    }
    if described && stopped.is_some() {
        match limits::exit_code() {
            Some(code) => ext::push_item(lua, code),
            None => lua.push_value(value + 1),
        }
        lua.replace(value);
    }
    if described && services::offers(services::ERROR) {
        results::send_error(lua);
    }
}

/// Opens the libraries, without the functions that would reach behind them, and our own.
fn open_body(lua: Lua) -> Results {
    lua.open_libraries();
    lua.push_globals();
    lua.get_field(-1, b"debug");
    // With the registry a script could forge external tables.
    lua.push_nil();
    lua.set_field(-2, b"getregistry");
    lua.pop(2);
    ext::open(lua);
    if services::offers(services::HOST | services::REQUEST) {
        lua.push_table();
        lua.registry_set(&known::KNOWN);
    }
    if services::offers(services::HOST) {
        functions::open(lua);
    }
    if services::offers(services::CONFIG) && !ext::answer(lua, b"config").is_none_or(limits::configure) {
        return Err(Raised);
    }
    Ok(0)
}

/// Compiles the source of the host's request, or else that in the I/O buffer: the chunk and its arguments, or what does another
/// operation and its arguments.
fn compile_body(lua: Lua) -> Results {
    SYNTAX.store(false);
    let request = push_request(lua)?;
    let operation = request.unwrap_or(tasks::RUN);
    // A host that sends requests and takes results has no use for the text, unless it says so; of a call by some source.
    let shows = services::offers(services::TEXT) && (operation != tasks::CALL || SOURCE.load() > 0);
    SHOWS.store(shows || request.is_none() || !services::offers(services::RESULTS));
    if operation <= tasks::START {
        if request.is_none() {
            push_source(lua);
            lua.push_bytes(b"=eval");
        }
        load(lua)?;
        lua.replace(NAME);
        lua.remove(SOURCE_TEXT);
    }
    if operation != tasks::RUN {
        tasks::push_operation(lua, operation);
        lua.insert(FIRST);
        armed::arm(true);
    }
    Ok(lua.top() - FIRST + 1)
}

/// Places of the values of a request to run something; the arguments follow.
const SOURCE_TEXT: c_int = FIRST;
const NAME: c_int = FIRST + 1;

/// Pushes the values of the host's request but the first, which is the operation; none when it has none. No finalizer runs
/// meanwhile, which could use the buffer that the message is in. [-0, +n] raises
fn push_request(lua: Lua) -> Result<Option<usize>, Raised> {
    let answer = if services::offers(services::REQUEST) { ext::answer(lua, b"request") } else { None };
    let Some(message) = answer else { return Ok(None) };
    let Some((count, name, values)) = message::named(message) else { return Err(message::malformed(lua)) };
    let Some(operation) = services::place(tasks::NAMES, name) else {
        lua.push_bytes(name);
        return Err(lua.complaint(b"unknown operation '", -1, b"'"));
    };
    let count = message::push_counted(lua, count, values)?;
    if lua.top() - count >= FIRST {
        // The userdata that a long message is in.
        lua.remove(FIRST);
    }
    if operation <= tasks::START && (SOURCE_TEXT..=NAME).any(|index| lua.kind(index) != Kind::String) {
        return Err(message::malformed(lua));
    }
    Ok(Some(operation))
}

/// Writes the chunk's results as text: its arguments, but for the `results` message of a host that wants it, which it returns.
fn show_body(lua: Lua) -> Results {
    armed::only_from_an_export(lua)?;
    // As a finalizer it may be called ahead of this very call, and with less.
    let message = if services::offers(services::RESULTS) { lua.top().min(2) } else { 0 };
    write_results(lua, lua.top() - message)?;
    Ok(message)
}

/// Copies the source out of the I/O buffer, which a host may write to while the script runs.
/// [-0, +1] raises
fn push_source(lua: Lua) {
    let length = SOURCE.load().min(output::BUFFER_SIZE);
    // SAFETY: the buffer is `BUFFER_SIZE` bytes and not written to before this returns.
    lua.push_bytes(unsafe { core::slice::from_raw_parts(output::buffer(), length) });
}

/// Compiles the source: as an expression if it is one. [-0, +1]
fn load(lua: Lua) -> Result<(), Raised> {
    let source = without_first_line(lua.bytes(SOURCE_TEXT));
    let top = lua.top();
    let mut status = Status::Syntax;
    // Nothing that begins with `return` is an expression: no need to try.
    if !source.starts_with(b"return ") {
        status = lua.load(NAME, &[b"return ", source]);
    }
    if status == Status::Syntax {
        // An error message, if it was tried.
        lua.set_top(top);
        status = lua.load(NAME, &[source]);
    }
    SYNTAX.store(status == Status::Syntax);
    if status == Status::Ok {
        Ok(())
    } else {
        Err(Raised)
    }
}

/// The source less a byte order mark, and less the text of a first line that begins with `#`: as
/// `lua` reads a file.
fn without_first_line(source: &[u8]) -> &[u8] {
    let source = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    let length = match source {
        [b'#', ..] => source.iter().take_while(|byte| **byte != b'\n').count(),
        _ => 0,
    };
    source.get(length..).unwrap_or_default()
}

/// Writes the lowest `count` values, through `tostring`, joined by tabs, on a line of their own.
fn write_results(lua: Lua, count: c_int) -> Result<(), Raised> {
    if count == 0 {
        return Ok(());
    }
    // All of them first: a `__tostring` may print.
    for index in 1..=count {
        lua.push_tostring(index);
        lua.replace(index);
    }
    if output::mid_line() {
        output::write(b"\n");
    }
    for index in 1..=count {
        if index > 1 {
            output::write(b"\t");
        }
        output::write(lua.bytes(index));
        steps::shim_scanned(64);
    }
    Ok(())
}

/// Makes two strings: of the error value, argument 1, and the traceback, which the message handler
/// has left when argument 2 is true. A syntax error has none.
fn describe_body(lua: Lua) -> Results {
    lua.push_function(tostring, 0);
    lua.push_value(1);
    if lua.protected_call(1, 1, 0) != Status::Ok {
        lua.pop(1);
        lua.push_text(c"(error object is a %s value)", [lua.type_name(1); 3]);
    }
    let stopped = limits::reason();
    if let Some(reason) = stopped {
        lua.pop(1);
        lua.push_bytes(reason);
    }
    if !traceback::take(lua) || !(lua.to_boolean(2) || stopped.is_some()) {
        lua.pop(1);
        lua.push_bytes(if SYNTAX.load() { b"" } else { NO_TRACEBACK });
    }
    Ok(2)
}

/// As `tostring`, but a string stays itself: the metatable of strings does not count.
fn tostring_body(lua: Lua) -> Results {
    if lua.kind(1) != Kind::String {
        lua.push_tostring(1);
    }
    Ok(1)
}

fn after_run_body(lua: Lua) -> Results {
    ext::after_run(lua, lua.to_boolean(-1))
}

fn collect_body(lua: Lua) -> Results {
    armed::only_from_an_export(lua)?;
    lua.collect();
    Ok(0)
}
