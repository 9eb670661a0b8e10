//! The host: the only file that calls the five imports. Knows nothing of Lua or the wire format.
//!
//! Numbers that the host answers are brought into range here; its bytes are not checked.

#[cfg_attr(target_arch = "wasm32", link(wasm_import_module = "env"))]
extern "C" {
    fn js_ext_table_set(table: u32, key: *const u8, key_len: usize, val: *const u8, val_len: usize) -> i32;
    fn js_ext_table_get(table: u32, key: *const u8, key_len: usize, val: *mut u8, max_len: usize) -> i32;
    fn js_ext_table_delete(table: u32, key: *const u8, key_len: usize) -> i32;
    fn js_ext_table_size(table: u32) -> i32;
    fn js_ext_table_keys(table: u32, buf: *mut u8, max_len: usize) -> i32;
}

/// Stores `value`; false when the host refused.
pub fn set(table: u32, key: &[u8], value: &[u8]) -> bool {
    // SAFETY: both slices are readable for the call.
    unsafe { js_ext_table_set(table, key.as_ptr(), key.len(), value.as_ptr(), value.len()) == 0 }
}

/// Copies the value, or its first `into.len()` bytes, and returns how many. None: there is none,
/// or the host has no answer for a value larger than `into`.
pub fn get(table: u32, key: &[u8], into: &mut [u8]) -> Option<usize> {
    // SAFETY: the key is readable and `into` writable for the call.
    let copied = unsafe { js_ext_table_get(table, key.as_ptr(), key.len(), into.as_mut_ptr(), into.len()) };
    usize::try_from(copied).ok().map(|copied| copied.min(into.len()))
}

/// Deletes a key; false when the host says it could not (or that there was none).
pub fn delete(table: u32, key: &[u8]) -> bool {
    // SAFETY: the key is readable for the call.
    unsafe { js_ext_table_delete(table, key.as_ptr(), key.len()) == 0 }
}

/// Number of keys; 0 for an unknown table.
pub fn size(table: u32) -> u32 {
    // SAFETY: passes a number.
    u32::try_from(unsafe { js_ext_table_size(table) }).unwrap_or(0)
}

/// Fills `into` with the count and as many keys as fit; returns the number of bytes written. None:
/// the host has no answer for keys that do not fit.
pub fn keys(table: u32, into: &mut [u8]) -> Option<usize> {
    // SAFETY: `into` is writable for the call.
    let written = unsafe { js_ext_table_keys(table, into.as_mut_ptr(), into.len()) };
    usize::try_from(written).ok().map(|written| written.min(into.len()))
}
