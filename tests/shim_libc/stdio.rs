//! Streams, files, locale and environment: what the shim has of them, and how it refuses the rest.

use crate::embedder::{errno_of, flushes, take_output};
use std::ffi::{c_char, c_int, c_long, c_void, CStr};
use std::ptr::{null, null_mut};

type File = *mut c_void;

const STDIN: File = 1 as File;
const STDOUT: File = 2 as File;
const STDERR: File = 3 as File;

unsafe extern "C" {
    fn shim_fopen(name: *const c_char, mode: *const c_char) -> File;
    fn shim_freopen(name: *const c_char, mode: *const c_char, file: File) -> File;
    fn shim_tmpfile() -> File;
    fn shim_fclose(file: File) -> c_int;
    fn shim_fflush(file: File) -> c_int;
    fn shim_setvbuf(file: File, buffer: *mut c_char, mode: c_int, size: usize) -> c_int;
    fn shim_fseek(file: File, offset: c_long, whence: c_int) -> c_int;
    fn shim_ftell(file: File) -> c_long;
    fn shim_clearerr(file: File);
    fn shim_feof(file: File) -> c_int;
    fn shim_ferror(file: File) -> c_int;
    fn shim_getc(file: File) -> c_int;
    fn shim_ungetc(c: c_int, file: File) -> c_int;
    fn shim_fgets(line: *mut c_char, size: c_int, file: File) -> *mut c_char;
    fn shim_fread(data: *mut c_void, size: usize, count: usize, file: File) -> usize;
    fn shim_fwrite(data: *const c_void, size: usize, count: usize, file: File) -> usize;
    fn shim_fputs(text: *const c_char, file: File) -> c_int;
    fn shim_remove(name: *const c_char) -> c_int;
    fn shim_rename(from: *const c_char, to: *const c_char) -> c_int;
    fn shim_system(command: *const c_char) -> c_int;
    fn shim_getenv(name: *const c_char) -> *const c_char;
    fn shim_setlocale(category: c_int, locale: *const c_char) -> *const c_char;
    fn shim_strerror(code: c_int) -> *const c_char;
    fn strerror(code: c_int) -> *const c_char;
}

const EOF: c_int = -1;
const EBADF: c_int = 9;
const ENOTSUP: c_int = 95;

#[test]
fn output_of_both_streams_reaches_the_embedder_in_order() {
    // SAFETY: valid strings and streams.
    unsafe {
        assert_eq!(shim_fputs(c"one ".as_ptr(), STDOUT), 0);
        assert_eq!(shim_fwrite(c"two ".as_ptr().cast(), 2, 2, STDERR), 2);
    }
    assert_eq!(take_output(), "one two ");
}

#[test]
fn standard_input_is_empty() {
    let mut buffer = [0 as c_char; 8];
    // SAFETY: the buffer has 8 bytes.
    unsafe {
        assert_eq!(shim_getc(STDIN), EOF);
        assert_eq!(shim_ungetc(EOF, STDIN), EOF);
        assert_eq!(shim_fread(buffer.as_mut_ptr().cast(), 1, 8, STDIN), 0);
        assert_eq!(shim_fgets(buffer.as_mut_ptr(), 8, STDIN), null_mut());
        assert_ne!(shim_feof(STDIN), 0);
        shim_clearerr(STDIN);
        assert_eq!(shim_ferror(STDIN), 0);
    }
}

#[test]
fn reading_an_output_stream_or_writing_to_standard_input_fails() {
    // SAFETY: valid streams.
    unsafe {
        assert_eq!(errno_of(|| (shim_getc(STDOUT), shim_ferror(STDOUT) != 0)), ((EOF, true), EBADF));
        assert_eq!(errno_of(|| shim_fputs(c"x".as_ptr(), STDIN)), (EOF, EBADF));
    }
}

#[test]
fn flushing_output_reaches_the_embedder() {
    let before = flushes();
    // SAFETY: null flushes everything.
    let results = unsafe { [shim_fflush(STDOUT), shim_fflush(null_mut()), shim_fflush(STDIN), shim_fclose(STDERR)] };
    assert_eq!((results, flushes() - before), ([0; 4], 3));
}

#[test]
fn files_are_not_supported() {
    let name = c"name".as_ptr();
    // SAFETY: valid strings and streams.
    unsafe {
        assert_eq!(errno_of(|| shim_fopen(name, c"r".as_ptr())), (null_mut(), ENOTSUP));
        assert_eq!(errno_of(|| shim_freopen(name, c"r".as_ptr(), STDIN)), (null_mut(), ENOTSUP));
        assert_eq!(errno_of(|| shim_tmpfile()), (null_mut(), ENOTSUP));
        assert_eq!(errno_of(|| shim_remove(name)), (-1, ENOTSUP));
        assert_eq!(errno_of(|| shim_rename(name, name)), (-1, ENOTSUP));
    }
}

#[test]
fn streams_have_no_position_and_any_buffering() {
    // SAFETY: valid streams.
    unsafe {
        assert_eq!(errno_of(|| shim_fseek(STDOUT, 0, 0)), (-1, ENOTSUP));
        assert_eq!(errno_of(|| shim_ftell(STDOUT)), (-1, ENOTSUP));
        assert_eq!(shim_setvbuf(STDOUT, null_mut(), 2, 0), 0);
    }
}

#[test]
fn there_is_no_shell_and_no_environment() {
    // SAFETY: null asks for a shell.
    unsafe {
        assert_eq!(shim_system(null()), 0);
        assert_eq!(errno_of(|| shim_system(c"ls".as_ptr())), (-1, ENOTSUP));
        assert_eq!(shim_getenv(c"PATH".as_ptr()), null());
    }
}

#[test]
fn the_only_locale_is_c() {
    // SAFETY: null asks for the name; a result is a valid string.
    unsafe {
        for name in [null(), c"".as_ptr(), c"C".as_ptr(), c"POSIX".as_ptr()] {
            assert_eq!(CStr::from_ptr(shim_setlocale(6, name)), c"C");
        }
        assert_eq!(shim_setlocale(6, c"de_DE".as_ptr()), null());
    }
}

#[test]
fn messages_are_the_host_s_except_for_what_is_not_supported() {
    // SAFETY: strerror returns a valid string; no other test calls the host's.
    unsafe {
        assert_eq!(CStr::from_ptr(shim_strerror(EBADF)), CStr::from_ptr(strerror(EBADF)));
        assert_eq!(CStr::from_ptr(shim_strerror(ENOTSUP)), c"not supported");
        assert_eq!(CStr::from_ptr(shim_strerror(12345)), c"Unknown error");
    }
}
