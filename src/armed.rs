//! Functions that only an export may call, though the debug library shows them to scripts.

use crate::global::Global;
use crate::lua::{Lua, Raised};

/// Keeps scripts from calling our own functions, which the debug library can find while they run. An
/// export sets it before it calls one; the function clears it, and raises an error when it is not set.
static ARMED: Global<bool> = Global::new(false);

/// Lets the next such function run, or none.
pub fn arm(armed: bool) {
    ARMED.store(armed);
}

/// Refuses a call by a script: by a hook or a finalizer, too, that runs between the permission and the call it is for.
pub fn only_from_an_export(lua: Lua) -> Result<(), Raised> {
    if ARMED.load() && lua.is_outermost() {
        ARMED.store(false);
        return Ok(());
    }
    Err(lua.error(b"not callable from Lua"))
}
