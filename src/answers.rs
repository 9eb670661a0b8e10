//! The fixed buffer, which holds the host's answers until they are read. Knows neither Lua nor the wire format.
//!
//! The buffer is shared, and a finalizer may use external tables too. So nothing between
//! filling the buffer and the last use of what is in it may run a finalizer: no push that
//! allocates, but for the one that copies out of the buffer (Lua copies before it collects).

use crate::global::Global;
use crate::host;

/// Size of the fixed buffer: what a host that gives no part of a value is first asked for.
pub const FIXED: usize = 16384;

static BUFFER: Global<[u8; FIXED]> = Global::new([0; FIXED]);

/// As much of a value as the fixed buffer holds; good until its next use. None: there is none, or
/// the host has no answer for a part.
pub fn peek<'a>(table: u32, key: &[u8]) -> Option<&'a [u8]> {
    let fixed = buffer();
    let length = host::get(table, key, fixed)?;
    fixed.get(..length)
}

/// The fixed buffer, to be filled; not to be used once another function here may have been called.
pub fn buffer() -> &'static mut [u8; FIXED] {
    // SAFETY: one thread, and see the file's head: the slice is dropped before the buffer's next use.
    unsafe { &mut *BUFFER.get() }
}
