//! The limits that end a running script: instructions, the host's `interrupt`, `os.exit`. Memory
//! belongs to alloc.rs. Steps are counted by the interpreter, in slices; between two slices it asks here.

use core::ffi::{c_int, c_uint};

use crate::codec::Item;
use crate::global::Global;
use crate::lua::{lua_State, Kind, Lua};
use crate::{alloc, output, services, steps, traceback};

/// Steps between two safepoints; some tens of microseconds.
const SLICE: u32 = 10_000;
/// Steps between two questions to the host.
const POLL: u64 = 50_000;
/// The value of `lua_steps_left` from a stop to the next `begin`: as `LUA_STOPPED` in lua/steps.h.
const STOPPED: i64 = -0x4000_0000_0000_0000;

extern "C" {
    /// Work of C since the host was asked last.
    static mut lua_unasked: c_uint;
}

/// Steps that one call of an export may take.
static LIMIT: Global<u64> = Global::new(u64::MAX);
/// Steps granted so far to the running call.
static GRANTED: Global<u64> = Global::new(0);
/// How many had been granted when the host was asked last.
static POLLED: Global<u64> = Global::new(0);
/// Why the running call must end.
static REASON: Global<Option<&'static [u8]>> = Global::new(None);

/// Whether the traceback of the place where it ended was left.
static TRACED: Global<bool> = Global::new(false);
/// The argument of `os.exit`.
static CODE: Global<Option<Item<'static>>> = Global::new(None);

/// Starts counting for a call of an export.
pub fn begin() {
    REASON.store(None);
    TRACED.store(false);
    CODE.store(None);
    POLLED.store(0);
    GRANTED.store(0);
    grant(0);
}

/// Runs work that is not the script's, with a limit of its own. The script's is then as it was.
pub fn apart(run: impl FnOnce()) {
    let kept = (GRANTED.load(), POLLED.load(), steps::left());
    begin();
    run();
    REASON.store(None);
    GRANTED.store(kept.0);
    POLLED.store(kept.1);
    steps::set_left(kept.2);
}

/// Why the script was stopped; none when it was not.
pub fn reason() -> Option<&'static [u8]> {
    REASON.load()
}

/// The argument of `os.exit`, if the script ended by it.
pub fn exit_code() -> Option<Item<'static>> {
    CODE.load()
}

/// Takes the host's limits; false when one is not understood: a sandbox without it is none.
pub fn configure(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).all(|line| set(line).is_some())
}

/// Sets one limit, `name=value`. Names that later versions may have are passed over.
fn set(line: &[u8]) -> Option<()> {
    let at = line.iter().position(|byte| *byte == b'=')?;
    let (name, value) = line.split_at_checked(at)?;
    match name {
        b"memory_limit" => alloc::set_limit(decimal(value)?),
        b"instruction_limit" => LIMIT.store(decimal(value)?),
        _ => {}
    }
    Some(())
}

/// The number after the `=` that `text` begins with; the largest one for anything larger.
fn decimal(text: &[u8]) -> Option<u64> {
    /// Numbers from here on have no room for one more digit.
    const MANY: u64 = u64::MAX / 10;
    let digits = text.get(1..).filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0u64, |number, byte| {
        byte.is_ascii_digit().then(|| if number < MANY { number * 10 + u64::from(byte - b'0') } else { u64::MAX })
    })
}

/// The next slice, after `spent` steps.
fn grant(spent: u64) {
    let slice = (LIMIT.load() - spent).min(u64::from(SLICE));
    GRANTED.store(spent + slice);
    steps::set_left(slice as i64);
}

/// Called at a safepoint: a new slice, or the order to stop.
#[no_mangle]
extern "C-unwind" fn lua_must_stop(state: *mut lua_State) -> c_int {
    if REASON.load().is_none() {
        let spent = GRANTED.load().wrapping_sub(steps::left() as u64);
        let Some(reason) = judge(spent) else {
            grant(spent);
            return 0;
        };
        REASON.store(Some(reason));
    }
    // SAFETY: Lua calls this with its running state.
    stop(unsafe { Lua::from_raw(state) });
    1
}

/// Asks the host in the midst of work that no error may leave: the next safepoint obeys.
#[no_mangle]
extern "C" fn lua_ask() {
    if REASON.load().is_none() && is_interrupted() {
        REASON.store(Some(INTERRUPTED));
        steps::set_left(STOPPED);
    }
}

/// There is a reason: every safepoint raises an error. The first one leaves the traceback.
fn stop(lua: Lua) {
    steps::set_left(STOPPED);
    if !TRACED.load() && lua.reserve(20) {
        TRACED.store(true);
        traceback::leave(lua, 0);
    }
}

/// `os.exit`, whose argument may be true, false or an integer: `status` is 0 for true and for none.
#[no_mangle]
extern "C-unwind" fn lua_exit(state: *mut lua_State, status: c_int) {
    // SAFETY: `os.exit` calls this with its own state.
    let lua = unsafe { Lua::from_raw(state) };
    if REASON.load().is_none() {
        let is_number = matches!(lua.kind(1), Kind::Number | Kind::String);
        CODE.store(Some(if is_number { Item::Integer(lua.to_integer(1)) } else { Item::Boolean(status == 0) }));
        REASON.store(Some(b"exit"));
        stop(lua);
    }
    steps::safepoint(lua);
}

fn judge(spent: u64) -> Option<&'static [u8]> {
    if spent >= LIMIT.load() {
        return Some(b"instruction limit exceeded");
    }
    if spent - POLLED.load() >= POLL {
        POLLED.store(spent);
        if is_interrupted() {
            return Some(INTERRUPTED);
        }
    }
    None
}

const INTERRUPTED: &[u8] = b"interrupted";

/// Asks the host. It gets all output first, so that it can judge a slow script.
fn is_interrupted() -> bool {
    // SAFETY: one thread, and Lua does not run meanwhile.
    unsafe { lua_unasked = 0 };
    services::offers(services::INTERRUPT) && {
        output::flush();
        services::interrupted()
    }
}
