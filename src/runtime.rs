//! The differences between the WebAssembly module and the same crate built for the host.

/// Bytes of a page of WebAssembly's memory.
pub const PAGE: usize = 65536;

#[cfg(target_arch = "wasm32")]
mod platform {
    use core::arch::wasm32;

    use crate::runtime::PAGE;

    /// Whether memory is pages that grow.
    pub const HAS_PAGES: bool = true;

    /// Nothing that a script or a host does may get here.
    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        wasm32::unreachable()
    }

    /// Called by Lua for an error outside every protected call; there is none.
    #[no_mangle]
    extern "C" fn abort() -> ! {
        wasm32::unreachable()
    }

    /// Size of the linear memory in pages of 64 KiB.
    pub fn memory_pages() -> u32 {
        wasm32::memory_size(0) as u32
    }

    /// Whether the memory reaches to `end`; none is beyond every memory.
    pub fn in_memory(end: Option<usize>) -> bool {
        let pages = wasm32::memory_size(0);
        end.is_some_and(|end| end.div_ceil(PAGE) <= pages)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    /// Memory is the host's.
    pub const HAS_PAGES: bool = false;

    /// There are no pages outside WebAssembly.
    pub fn memory_pages() -> u32 {
        0
    }

    /// Every address is the caller's to vouch for.
    pub fn in_memory(end: Option<usize>) -> bool {
        end.is_some()
    }
}

pub use platform::{in_memory, memory_pages, HAS_PAGES};
