//! A script's output, and the I/O buffer in which the host finds it. Holds no Lua values.
//!
//! Output is kept up to the size of the I/O buffer; beyond it only the number of bytes is: the
//! host would not see more anyway. The store is apart from the I/O buffer because a host may
//! write into that while a script runs.

use core::ffi::{c_char, c_int};

use crate::codec::copy;
use crate::global::Global;
use crate::{services, steps};

/// Size of the I/O buffer in bytes.
pub const BUFFER_SIZE: usize = 65536;

static BUFFER: Global<[u8; BUFFER_SIZE]> = Global::new([0; BUFFER_SIZE]);
static OUTPUT: Global<Text<BUFFER_SIZE>> = Global::new(Text::new());

/// The first `N` bytes of a text, and how long it really is. In this order a short text touches one page of memory.
#[repr(C)]
pub struct Text<const N: usize> {
    total: usize,
    mid_line: bool,
    bytes: [u8; N],
}

impl<const N: usize> Text<N> {
    /// An empty text.
    pub const fn new() -> Self {
        Self { total: 0, mid_line: false, bytes: [0; N] }
    }

    /// Appends `more`, keeping what fits.
    pub fn write(&mut self, more: &[u8]) {
        let room = N.saturating_sub(self.total).min(more.len());
        append(&mut self.bytes, self.total, more.get(..room).unwrap_or_default());
        self.total = self.total.saturating_add(more.len());
        if let Some(last) = more.last() {
            self.mid_line = *last != b'\n';
        }
    }

    /// Whether something was written that does not end with a newline.
    pub fn mid_line(&self) -> bool {
        self.mid_line
    }

    /// Forgets everything. An empty text is not written to, so that its page of memory stays untouched.
    pub fn clear(&mut self) {
        if self.total > 0 {
            self.total = 0;
            self.mid_line = false;
        }
    }

    /// Copies the text to `to`; a text that does not fit is cut at a UTF-8 boundary and ends with
    /// `\n[... N more bytes]`. Returns the number of bytes written.
    pub fn copy_to(&self, to: &mut [u8; N]) -> usize {
        if self.total <= N {
            return append(to, 0, self.bytes.get(..self.total).unwrap_or_default());
        }
        let mut kept = N;
        // The number in the note depends on the cut, and the cut on the number's length; each
        // round can only cut more, and the number has at most 20 digits.
        let (note, note_len) = loop {
            let (note, length) = cut_note(self.total - kept);
            let fits = boundary(&self.bytes, N.saturating_sub(length));
            if fits >= kept {
                break (note, length);
            }
            kept = fits;
        };
        let end = append(to, 0, self.bytes.get(..kept).unwrap_or_default());
        append(to, end, note.get(..note_len).unwrap_or_default())
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// Copies `bytes` to `to` at `at`; returns where they end.
fn append(to: &mut [u8], at: usize, bytes: &[u8]) -> usize {
    at + to.get_mut(at..).map_or(0, |room| copy(room, bytes))
}

/// The largest cut not above `room` that does not split a UTF-8 sequence: at most 3 bytes less.
/// In bytes that are not UTF-8 any cut is as good.
fn boundary(bytes: &[u8], room: usize) -> usize {
    let continues = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    (room.saturating_sub(3)..=room).rev().find(|&cut| !continues(cut)).unwrap_or(room)
}

extern "C" {
    fn snprintf(buffer: *mut u8, size: usize, format: *const c_char, ...) -> c_int;
}

/// `\n[... N more bytes]` for N = `count`, and its length.
fn cut_note(count: usize) -> ([u8; 48], usize) {
    let mut note = [0; 48];
    // SAFETY: `%lld` is an `i64`, and no more than the size is written.
    let length = unsafe { snprintf(note.as_mut_ptr(), note.len(), c"\n[... %lld more bytes]".as_ptr(), count as i64) };
    (note, length as usize)
}

/// Address of the I/O buffer; never changes.
pub fn buffer() -> *mut u8 {
    BUFFER.get().cast()
}

/// Appends to the text that the host will find in the I/O buffer.
pub fn write(bytes: &[u8]) {
    text(|text| text.write(bytes));
}

/// Output of a script: to that text too, or in pieces to a host that takes them.
pub fn print(bytes: &[u8]) {
    steps::shim_scanned(64);
    if !services::offers(services::STDOUT) {
        return write(bytes);
    }
    let mut rest = bytes;
    while !rest.is_empty() {
        rest = pending(|pending| pending.fill(rest));
        if pending(|pending| pending.length == PIECE) {
            steps::shim_scanned(8 * PIECE);
            flush();
        }
    }
}

/// Hands pending output to a host that takes pieces.
pub fn flush() {
    let length = pending(|pending| pending.length);
    if length > 0 {
        // Before the host is called: it may call us back, but an export that prints refuses.
        pending(|pending| pending.length = 0);
        // SAFETY: nothing fills the piece while the host has it.
        let bytes = unsafe { &(*PENDING.get()).bytes };
        services::send(b"stdout", bytes.get(..length).unwrap_or_default());
    }
}

/// The largest piece of output handed to the host at once, in bytes.
const PIECE: usize = 4096;

/// Output on its way to the host.
#[repr(C)]
struct Pending {
    length: usize,
    bytes: [u8; PIECE],
}

static PENDING: Global<Pending> = Global::new(Pending { length: 0, bytes: [0; PIECE] });

impl Pending {
    /// Takes what fits of `more`, and returns the rest.
    fn fill<'a>(&mut self, more: &'a [u8]) -> &'a [u8] {
        let (taken, rest) = more.split_at(more.len().min(PIECE - self.length));
        self.length = append(&mut self.bytes, self.length, taken);
        rest
    }
}

fn pending<R>(step: impl FnOnce(&mut Pending) -> R) -> R {
    // SAFETY: one thread, and no step calls out of this file.
    step(unsafe { &mut *PENDING.get() })
}

/// Starts a new text.
pub fn clear() {
    text(|text| text.clear());
}

/// Whether the captured text is in the middle of a line.
pub fn mid_line() -> bool {
    text(|text| text.mid_line())
}

/// Moves the captured text to the I/O buffer; returns its length there, at most `BUFFER_SIZE`.
pub fn finish() -> usize {
    // SAFETY: the buffer is ours while an export runs, and apart from `OUTPUT`.
    let buffer = unsafe { &mut *BUFFER.get() };
    text(|text| {
        let length = text.copy_to(buffer);
        text.clear();
        length
    })
}

/// Puts a short text into the I/O buffer and leaves the captured one as it is.
pub fn answer(bytes: &[u8]) -> usize {
    // SAFETY: as in `finish`.
    let buffer = unsafe { &mut *BUFFER.get() };
    append(buffer, 0, bytes)
}

fn text<R>(step: impl FnOnce(&mut Text<BUFFER_SIZE>) -> R) -> R {
    // SAFETY: one thread, and no step calls out of this file.
    step(unsafe { &mut *OUTPUT.get() })
}

/// Output of the C side: `print`, and the shim's stdout and stderr.
///
/// # Safety
/// `bytes` has `len` readable bytes, or `len` is 0.
#[no_mangle]
pub unsafe extern "C" fn shim_write(bytes: *const u8, len: usize) {
    if len > 0 {
        // SAFETY: the caller's promise.
        print(unsafe { core::slice::from_raw_parts(bytes, len) });
    }
}

/// `io.flush` and its like.
#[no_mangle]
pub extern "C" fn shim_flush() {
    flush();
}
