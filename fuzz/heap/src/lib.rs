//! The part of dlmalloc's interface that `src/alloc.rs` uses, over the system's allocator: there
//! AddressSanitizer sees each block. Bounded, so that running out of memory is Lua's error and
//! not the fuzzer's alarm; and it can be told to fail.

use std::alloc::{alloc, dealloc, Layout};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What all blocks together may take.
const LIMIT: usize = 32 << 20;

/// Requests to be granted before some fail, and how many of those there are.
static GRANTED: AtomicUsize = AtomicUsize::new(usize::MAX);
static FAILURES: AtomicUsize = AtomicUsize::new(0);

/// Lets `granted` more requests for memory succeed, then `failures` fail. Shrinking never fails.
pub fn fail_after(granted: usize, failures: usize) {
    GRANTED.store(granted, Relaxed);
    FAILURES.store(failures, Relaxed);
}

/// Requests still to be granted before one fails.
pub fn granted() -> usize {
    GRANTED.load(Relaxed)
}

/// Whether this request fails, as `fail_after` said.
fn fails() -> bool {
    match GRANTED.load(Relaxed) {
        0 => FAILURES.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok(),
        left => {
            GRANTED.store(left - 1, Relaxed);
            false
        }
    }
}

#[derive(Default)]
pub struct Dlmalloc {
    used: usize,
}

fn layout(size: usize, align: usize) -> Option<Layout> {
    Layout::from_size_align(size, align).ok()
}

impl Dlmalloc {
    pub const fn new() -> Self {
        Self { used: 0 }
    }

    /// What memory grows by is the system's.
    pub const fn set_granularity(&mut self, _bytes: usize) -> bool {
        true
    }

    /// # Safety
    /// As of `std::alloc::alloc`.
    pub unsafe fn malloc(&mut self, size: usize, align: usize) -> *mut u8 {
        match layout(size, align) {
            Some(layout) if size <= LIMIT - self.used && !fails() => {
                self.used += size;
                // SAFETY: the caller's promise.
                unsafe { alloc(layout) }
            }
            _ => ptr::null_mut(),
        }
    }

    /// # Safety
    /// The block came from here with this size and alignment.
    pub unsafe fn free(&mut self, block: *mut u8, size: usize, align: usize) {
        self.used -= size;
        if let Some(layout) = layout(size, align) {
            // SAFETY: the caller's promise.
            unsafe { dealloc(block, layout) }
        }
    }

    /// Always moves the block, so that a stale address is found out. Shrinking does not fail, as
    /// Lua expects.
    ///
    /// # Safety
    /// As of `free`.
    pub unsafe fn realloc(&mut self, block: *mut u8, size: usize, align: usize, new_size: usize) -> *mut u8 {
        if new_size.saturating_sub(size) > LIMIT - self.used || (new_size > size && fails()) {
            return ptr::null_mut();
        }
        let Some(layout) = layout(new_size, align) else { return ptr::null_mut() };
        // SAFETY: the caller's promise; both blocks have the bytes that are copied.
        unsafe {
            let moved = alloc(layout);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, size.min(new_size));
                self.free(block, size, align);
                self.used += new_size;
            }
            moved
        }
    }
}
