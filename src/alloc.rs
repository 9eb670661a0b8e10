//! The heap: dlmalloc, and the count of what Lua holds of it. Knows nothing of Lua.
//!
//! dlmalloc first takes what the linker left of the initial memory, then grows the memory. It
//! never gives pages back: WebAssembly cannot.

use core::ffi::c_void;
use core::ptr;
use core::slice;

use dlmalloc::Dlmalloc;

use crate::global::Global;
use crate::runtime;
use crate::small_blocks::{self, rounded, ALIGN};

static HEAP: Global<Dlmalloc> = Global::new(Dlmalloc::new());
static USED: Global<usize> = Global::new(0);
/// What `used` may reach.
static LIMIT: Global<usize> = Global::new(usize::MAX);

/// Bytes held by Lua, as Lua asked for them.
pub fn used() -> usize {
    USED.load()
}

/// Limits the bytes that Lua may hold from now on.
pub fn set_limit(bytes: u64) {
    LIMIT.store(usize::try_from(bytes).unwrap_or(usize::MAX));
}

/// Lua's allocator (manual section 4.6, `lua_Alloc`), called by `l_alloc` in lauxlib.
///
/// `old_size` is 0 for a new block, `new_size` 0 frees. Null means out of memory: `block` is then
/// untouched, and Lua collects and tries again.
///
/// # Safety
/// `block` is null, or came from here with `old_size` as its size.
#[no_mangle]
pub unsafe extern "C" fn lua_heap_resize(block: *mut c_void, old_size: usize, new_size: usize) -> *mut c_void {
    if new_size > old_size && new_size - old_size > LIMIT.load().saturating_sub(used()) {
        return ptr::null_mut();
    }
    let block = block.cast::<u8>();
    // SAFETY: the caller's promise.
    let moved = unsafe {
        if new_size == 0 {
            if !block.is_null() && !small_blocks::keep(block, old_size, used()) {
                heap().free(block, rounded(old_size), ALIGN);
            }
            ptr::null_mut()
        } else if block.is_null() {
            let kept = small_blocks::take(new_size);
            if kept.is_null() {
                from_dlmalloc(block, 0, new_size)
            } else {
                kept
            }
        } else if rounded(old_size) == rounded(new_size) {
            block
        } else {
            from_dlmalloc(block, old_size, new_size)
        }
    };
    if new_size == 0 || !moved.is_null() {
        USED.store(USED.load().wrapping_sub(old_size).wrapping_add(new_size));
    }
    moved.cast()
}

/// Called by Lua after a full collection: what is free may become large blocks.
#[no_mangle]
pub extern "C" fn lua_heap_collected() {
    small_blocks::give_back(heap());
}

/// dlmalloc's state.
fn heap() -> &'static mut Dlmalloc {
    // SAFETY: one thread, dlmalloc calls nothing of ours, and each use is one call.
    unsafe { &mut *HEAP.get() }
}

/// `resize` by dlmalloc; where memory cannot grow so much, by less and with the small blocks.
///
/// V8 takes a memory that grew for a new one of its whole size, and after some of these collects
/// the garbage of the web page. So the memory grows by an eighth to a quarter of itself.
///
/// # Safety
/// As `resize`.
unsafe fn from_dlmalloc(block: *mut u8, old_size: usize, new_size: usize) -> *mut u8 {
    let pages = runtime::memory_pages();
    // SAFETY: the caller's promise; a block that could not be moved is as it was.
    unsafe {
        let mut moved = resize(block, old_size, new_size);
        if runtime::HAS_PAGES && moved.is_null() {
            heap().set_granularity(runtime::PAGE);
            small_blocks::give_back(heap());
            moved = resize(block, old_size, new_size);
        }
        if runtime::memory_pages() != pages {
            heap().set_granularity((runtime::memory_pages() as usize / 8 * runtime::PAGE).next_power_of_two());
        }
        moved
    }
}

/// # Safety
/// As `lua_heap_resize`, and `new_size` is not 0.
unsafe fn resize(block: *mut u8, old_size: usize, new_size: usize) -> *mut u8 {
    // SAFETY: the caller's promise is dlmalloc's own.
    unsafe {
        if block.is_null() {
            heap().malloc(rounded(new_size), ALIGN)
        } else {
            heap().realloc(block, rounded(old_size), ALIGN, rounded(new_size))
        }
    }
}

/// A block of the heap outside Lua's objects, counted as held by Lua. It is freed by hand: a Lua
/// error would skip a destructor anyway, so nothing that raises may be called while one is held.
pub struct Block {
    start: *mut u8,
    size: usize,
}

impl Block {
    /// A block of `size` bytes, which is not 0, holding whatever was there; none when out of memory.
    pub fn new(size: usize) -> Option<Block> {
        // SAFETY: null is no block.
        let start = unsafe { lua_heap_resize(ptr::null_mut(), 0, size) }.cast::<u8>();
        (!start.is_null()).then_some(Block { start, size })
    }

    /// The bytes of the block; not to be used after `free`.
    pub fn bytes<'a>(&self) -> &'a mut [u8] {
        // SAFETY: only its holder reaches the block. Linear memory is always initialised, and so
        // are the pages dlmalloc gets elsewhere.
        unsafe { slice::from_raw_parts_mut(self.start, self.size) }
    }

    /// Gives the block back.
    pub fn free(self) {
        // SAFETY: the block came from there with this size.
        unsafe { lua_heap_resize(self.start.cast(), self.size, 0) };
    }
}
