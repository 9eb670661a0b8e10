//! Userdata as room for bytes, which the collector frees. Does not know their meaning.

use core::ffi::c_int;
use core::ptr;
use core::slice;

use crate::lua::Lua;

/// The bytes of the userdata at `index`, good while it is there.
#[inline(never)]
pub fn buffer<'a>(lua: Lua, index: c_int) -> &'a mut [u8] {
    match lua.userdata(index) {
        // SAFETY: the block has `size` bytes, zeroed when made, which only its user reaches.
        Some((start, size)) => unsafe { slice::from_raw_parts_mut(start.cast(), size) },
        None => &mut [],
    }
}

/// A new userdata's bytes, good while it is on the stack. [-0, +1] raises
pub fn push_buffer<'a>(lua: Lua, size: usize) -> &'a mut [u8] {
    let start = lua.push_userdata(size).cast::<u8>();
    // SAFETY: the block is new and has `size` bytes, which only its user reaches.
    unsafe {
        ptr::write_bytes(start, 0, size);
        slice::from_raw_parts_mut(start, size)
    }
}
