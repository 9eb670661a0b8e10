//! The shim's number formatting and parsing against the host's.

use std::ffi::{c_char, c_int, CStr, CString};

use super::input::Input;

unsafe extern "C" {
    fn shim_snprintf(buffer: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    fn snprintf(buffer: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    fn shim_strtod(text: *const c_char, end: *mut *mut c_char) -> f64;
    fn strtod(text: *const c_char, end: *mut *mut c_char) -> f64;
}

/// Enough for the longest double at precision 99.
const ROOM: usize = 512;

pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    match input.below(3) {
        0 => format_double(&mut input),
        1 => format_integer(&mut input),
        _ => parse(input.rest()),
    }
}

/// Flags, width and precision as `string.format` lets them through: two digits each.
fn spec(input: &mut Input<'_>, flags: &str) -> String {
    let mut spec = String::from("%");
    let chosen = input.byte();
    for (bit, flag) in flags.chars().enumerate() {
        if chosen >> bit & 1 == 1 {
            spec.push(flag);
        }
    }
    let (width, precision) = (input.byte(), input.byte());
    if width > 0 && width < 100 {
        spec += &width.to_string();
    }
    if precision < 100 {
        spec += &format!(".{precision}");
    }
    spec
}

macro_rules! print {
    ($print:ident, $format:expr, $argument:expr) => {{
        let mut text = [0 as c_char; ROOM];
        // SAFETY: the buffer has ROOM bytes, and the argument is of the type the format names.
        let length = unsafe { $print(text.as_mut_ptr(), ROOM, $format.as_ptr(), $argument) };
        // SAFETY: the text ends with a zero.
        (unsafe { CStr::from_ptr(text.as_ptr()) }.to_owned(), length)
    }};
}

fn format_double(input: &mut Input<'_>) {
    let conversion = char::from(b"aAeEfFgG"[usize::from(input.below(8))]);
    // glibc drops a zero of `%#g` that C asks for (tests/shim_libc/printf.rs).
    let flags = if matches!(conversion, 'g' | 'G') { "-+ 0" } else { "-+ #0" };
    let format = spec(input, flags) + &conversion.to_string();
    let number = f64::from_le_bytes(input.array());
    let c_format = CString::new(format.clone()).expect("no zero byte");
    let (ours, theirs) = (print!(shim_snprintf, c_format, number), print!(snprintf, c_format, number));
    assert_eq!(ours, theirs, "{format} of {number:e}");
}

fn format_integer(input: &mut Input<'_>) {
    let conversion = char::from(b"diuoxX"[usize::from(input.below(6))]);
    let format = spec(input, "-+ #0") + "ll" + &conversion.to_string();
    let number = i64::from_le_bytes(input.array());
    let c_format = CString::new(format.clone()).expect("no zero byte");
    let (ours, theirs) = (print!(shim_snprintf, c_format, number), print!(snprintf, c_format, number));
    assert_eq!(ours, theirs, "{format} of {number}");
}

fn parse(bytes: &[u8]) {
    let text: Vec<u8> = bytes.iter().copied().take_while(|&byte| byte != 0).collect();
    let text = CString::new(text).expect("cut at the first zero");
    let read = |strtod: unsafe extern "C" fn(*const c_char, *mut *mut c_char) -> f64| {
        let mut end = std::ptr::null_mut();
        // SAFETY: the text ends with a zero.
        let value = unsafe { strtod(text.as_ptr(), &mut end) };
        (value, end as usize - text.as_ptr() as usize)
    };
    let ((ours, our_end), (theirs, their_end)) = (read(shim_strtod), read(strtod));
    // glibc 2.36 rounds a few subnormals the wrong way; Rust settles those.
    let exact = || std::str::from_utf8(&text.as_bytes()[..our_end]).ok()?.trim_start().parse::<f64>().ok();
    let same = ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan());
    assert!(same || (ours.is_subnormal() && exact() == Some(ours)), "{text:?}: {ours:e}, host {theirs:e}");
    assert_eq!(our_end, their_end, "{text:?}");
}
