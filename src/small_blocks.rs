//! Freed blocks of small sizes, to be used again without dlmalloc's work. Knows nothing of Lua.
//!
//! Natively none are kept: a sanitizer shall see every block.

use core::ptr::{self, NonNull};

use dlmalloc::Dlmalloc;

use crate::global::Global;
use crate::runtime;

/// What dlmalloc aligns to; no Lua object asks for more.
pub const ALIGN: usize = 8;

/// Bytes that are kept here at most: as many as are in use, but between these two. One step of the collector frees megabytes of
/// a large state, which are soon asked for again; in a small one they would be pages more.
const KEPT_LEAST: usize = 1 << 16;
const KEPT_MOST: usize = 1 << 20;

/// Sizes of dlmalloc's chunks, in its units of 8 bytes, that have a list.
const CLASSES: usize = 17;

/// Whether blocks of `size` bytes have a list.
const fn is_small(size: usize) -> bool {
    runtime::HAS_PAGES && size <= room(CLASSES - 1)
}

/// The first block of each list; a block begins with the address of the next.
static LISTS: Global<[*mut u8; CLASSES]> = Global::new([ptr::null_mut(); CLASSES]);
/// Bytes of the blocks in all lists.
static KEPT: Global<usize> = Global::new(0);

/// The units of the chunk that dlmalloc makes for a size, its own word included.
const fn class(size: usize) -> usize {
    (size + 11) >> 3
}

/// The bytes that a chunk of so many units has room for.
const fn room(class: usize) -> usize {
    class * 8 - 4
}

/// What dlmalloc is asked for where Lua asks for `size` bytes: as much for all sizes of one list.
pub const fn rounded(size: usize) -> usize {
    if is_small(size) {
        room(class(size))
    } else {
        size
    }
}

/// The list of blocks with room for `size` bytes, if there is one for this size.
fn list(size: usize) -> Option<&'static mut *mut u8> {
    // SAFETY: one thread, and the reference ends with the caller's step.
    let lists = unsafe { &mut *LISTS.get() };
    if is_small(size) {
        lists.get_mut(class(size))
    } else {
        None
    }
}

/// A kept block with room for `size` bytes; null when there is none.
#[inline(always)]
pub fn take(size: usize) -> *mut u8 {
    match list(size) {
        Some(list) if !list.is_null() => {
            let block = *list;
            // SAFETY: a block in a list begins with the next one's address.
            *list = unsafe { block.cast::<*mut u8>().read_unaligned() };
            KEPT.store(KEPT.load() - rounded(size));
            block
        }
        _ => ptr::null_mut(),
    }
}

/// Keeps a free block, or answers false: it is too large, or enough are kept beside `used` bytes in use.
///
/// # Safety
/// dlmalloc made `block` for `rounded(size)` bytes; when it is kept, nobody uses it any more.
pub unsafe fn keep(block: *mut u8, size: usize, used: usize) -> bool {
    let kept = KEPT.load() + rounded(size);
    match list(size) {
        Some(list) if kept <= used.clamp(KEPT_LEAST, KEPT_MOST) => {
            // SAFETY: the block is free, and has room for an address.
            unsafe { block.cast::<*mut u8>().write_unaligned(*list) };
            *list = block;
            KEPT.store(kept);
            true
        }
        _ => false,
    }
}

/// Gives all kept blocks to dlmalloc, which can make large ones of them.
pub fn give_back(heap: &mut Dlmalloc) {
    for size in (1..CLASSES).map(room) {
        while let Some(block) = NonNull::new(take(size)) {
            // SAFETY: dlmalloc made the block for this size, and nobody uses it.
            unsafe { heap.free(block.as_ptr(), size, ALIGN) };
        }
    }
}
