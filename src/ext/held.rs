//! The tables that Lua holds, for a host that sweeps by itself (service `sweep`), and whether a script asked for a sweep.
//!
//! The host asks when ids are about to be allocated and when a chunk has ended. At these moments every table that Lua can
//! reach has a live proxy, or was read before from the host, which notes what it gives. In a finalizer this is not so: it
//! can run between the reading of an id and the making of its proxy. Nor when results are being shown, which a host that
//! wants them typed has not got yet. Then the host is not asked whether it wants to know.

use super::proxy;
use crate::answers;
use crate::global::Global;
use crate::lua::Lua;
use crate::services::{self, SERVICES, SWEEP};

extern "C" {
    /// Set by `collectgarbage` (lua/collector.c).
    static mut lua_sweep_wanted: i32;
}

/// Whether the host may ask.
static OPEN: Global<bool> = Global::new(false);

/// The host's answer that asks for a collection first.
const COLLECT: u8 = 1;

/// A chunk, or `run_gc`, is about to run.
pub fn begin() {
    OPEN.store(true);
    is_wanted();
}

/// The chunk has ended; other work may still run.
pub fn rest() {
    OPEN.store(false);
}

/// Takes the note that a script asked for a sweep.
pub fn is_wanted() -> bool {
    // SAFETY: one thread, and Lua does not run meanwhile.
    unsafe {
        let wanted = lua_sweep_wanted != 0;
        lua_sweep_wanted = 0;
        wanted
    }
}

/// Tells the host which tables Lua holds, if it wants to know.
pub fn tell(lua: Lua, key: &[u8]) {
    if services::offers(SWEEP) && OPEN.load() && !lua.is_finalizing() {
        asks(lua, key, false);
    }
}

/// Asks the host, and answers it; false when it had no question. The last message is the one with room left.
pub fn asks(lua: Lua, key: &[u8], collects: bool) -> bool {
    let Some(question) = answers::peek(SERVICES, key) else { return false };
    if collects && question.first() == Some(&COLLECT) {
        lua.collect();
    }
    let room = answers::buffer();
    let mut used = 0;
    proxy::push_live(lua);
    while let Some(table) = proxy::next_live(lua) {
        if let Some(place) = room.get_mut(used..used + 4) {
            place.copy_from_slice(&table.to_le_bytes());
        }
        used += 4;
        if used == room.len() {
            services::send(b"held", room);
            used = 0;
        }
    }
    services::send(b"held", room.get(..used).unwrap_or_default());
    true
}
