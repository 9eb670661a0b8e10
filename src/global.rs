//! The one kind of mutable static this module has.

use core::cell::UnsafeCell;

/// A static that only the thread running the module touches.
///
/// A WebAssembly instance has one thread. Native tests hold a lock around everything they do
/// with the module.
pub struct Global<T>(UnsafeCell<T>);

// SAFETY: see the type: there is one thread, or a lock that stands for it.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    /// A static holding `value`.
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// The value's address. It never changes; the caller makes references from it no longer
    /// than one step of work, never across a call into Lua or the host.
    pub const fn get(&self) -> *mut T {
        self.0.get()
    }
}

impl<T: Copy> Global<T> {
    /// A copy of the value.
    pub fn load(&self) -> T {
        // SAFETY: one thread, and no reference outlives its step (see `get`).
        unsafe { *self.get() }
    }

    /// Replaces the value.
    pub fn store(&self, value: T) {
        // SAFETY: as in `load`.
        unsafe { *self.get() = value }
    }
}
