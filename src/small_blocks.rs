//! Recently freed small blocks by size, so that most of what Lua asks for needs no work of dlmalloc.
//!
//! Lua frees and asks for blocks of a few sizes all the time: making a table of two fields takes a
//! fifth less time with them. Natively there are none: a sanitizer shall see every block.

// Natively no size is small enough.
#![allow(clippy::absurd_extreme_comparisons, clippy::unnecessary_min_or_max)]

use core::ptr;

use dlmalloc::Dlmalloc;

use crate::alloc::ALIGN;
use crate::global::Global;

/// Bytes that are kept here at most: about what one step of the collector frees. A full heap must
/// not have its blocks here.
const MOST: usize = 1 << 16;

/// Sizes of dlmalloc's chunks, in its units of 8 bytes, for which there is a list.
const CLASSES: usize = 17;

/// The largest size that has a list.
const LARGEST: usize = if cfg!(target_arch = "wasm32") { room(CLASSES - 1) } else { 0 };

/// The first block of each list; a block begins with the address of the next.
static LISTS: Global<[*mut u8; CLASSES]> = Global::new([ptr::null_mut(); CLASSES]);
static KEPT: Global<usize> = Global::new(0);

/// The units of the chunk that dlmalloc makes for a size, with its own word in it.
const fn class(size: usize) -> usize {
    (size + 11) >> 3
}

/// The bytes that a chunk of so many units has room for.
const fn room(class: usize) -> usize {
    class * 8 - 4
}

/// What is asked of dlmalloc for a size, so that the block can go into the list of its class.
pub const fn rounded(size: usize) -> usize {
    if size <= LARGEST { room(class(size)) } else { size }
}

/// Whether a block need not move to change its size.
pub const fn same(old_size: usize, new_size: usize) -> bool {
    old_size <= LARGEST && new_size <= LARGEST && class(old_size) == class(new_size)
}

/// A block of `rounded(size)` bytes; null when out of memory.
pub fn new(heap: &mut Dlmalloc, size: usize) -> *mut u8 {
    if size <= LARGEST {
        // SAFETY: one thread, and the reference ends with this step.
        let lists = unsafe { &mut *LISTS.get() };
        if let Some(list) = lists.get_mut(class(size)).filter(|list| !list.is_null()) {
            let block = *list;
            // SAFETY: a block in a list begins with the next one's address.
            *list = unsafe { block.cast::<*mut u8>().read_unaligned() };
            KEPT.store(KEPT.load().wrapping_sub(rounded(size)));
            return block;
        }
    }
    // SAFETY: the alignment is dlmalloc's own.
    unsafe { heap.malloc(rounded(size), ALIGN) }
}

/// # Safety
/// `block` came from `new` or dlmalloc for `rounded(size)` bytes, and is not used any more.
pub unsafe fn free(heap: &mut Dlmalloc, block: *mut u8, size: usize) {
    let kept = KEPT.load() + room(class(size.min(LARGEST)));
    if size <= LARGEST && kept <= MOST {
        // SAFETY: as in `new`.
        let lists = unsafe { &mut *LISTS.get() };
        if let Some(list) = lists.get_mut(class(size)) {
            // SAFETY: the block is ours, and has room for an address.
            unsafe { block.cast::<*mut u8>().write_unaligned(*list) };
            *list = block;
            KEPT.store(kept);
            return;
        }
    }
    // SAFETY: the caller's promise.
    unsafe { heap.free(block, rounded(size), ALIGN) };
}
