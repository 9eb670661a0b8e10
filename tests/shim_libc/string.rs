//! string.h and ctype.h, on random strings and on every character.

use crate::embedder::scanned;
use crate::random::{rounds, Random};
use std::ffi::{c_char, c_int, c_void};

macro_rules! pairs {
    ($($ours:ident $host:ident ($($parameter:ty),*) -> $result:ty;)*) => {
        unsafe extern "C" {
            $(fn $ours($(_: $parameter),*) -> $result;
            fn $host($(_: $parameter),*) -> $result;)*
        }
    };
}

type Text = *const c_char;

pairs! {
    shim_strcmp strcmp (Text, Text) -> c_int;
    shim_strncmp strncmp (Text, Text, usize) -> c_int;
    shim_strlen strlen (Text) -> usize;
    shim_strchr strchr (Text, c_int) -> Text;
    shim_strspn strspn (Text, Text) -> usize;
    shim_strcspn strcspn (Text, Text) -> usize;
    shim_strpbrk strpbrk (Text, Text) -> Text;
    shim_strstr strstr (Text, Text) -> Text;
    shim_memchr memchr (*const c_void, c_int, usize) -> *const c_void;
    shim_memcmp memcmp (*const c_void, *const c_void, usize) -> c_int;
    shim_isalnum isalnum (c_int) -> c_int;
    shim_isalpha isalpha (c_int) -> c_int;
    shim_iscntrl iscntrl (c_int) -> c_int;
    shim_isdigit isdigit (c_int) -> c_int;
    shim_isgraph isgraph (c_int) -> c_int;
    shim_islower islower (c_int) -> c_int;
    shim_ispunct ispunct (c_int) -> c_int;
    shim_isspace isspace (c_int) -> c_int;
    shim_isupper isupper (c_int) -> c_int;
    shim_isxdigit isxdigit (c_int) -> c_int;
    shim_tolower tolower (c_int) -> c_int;
    shim_toupper toupper (c_int) -> c_int;
    shim_abs abs (c_int) -> c_int;
}

unsafe extern "C" {
    fn shim_strcpy(to: *mut c_char, from: Text) -> *mut c_char;
}

const ALPHABET: &[u8] = b"ab\x7F\x80\xFF";

/// Calls both with two random strings and compares what `$answer` makes of the results.
macro_rules! compare_pairs {
    ($limits:expr, $answer:expr, |$a:ident, $b:ident, $n:ident| $ours:expr, $host:expr) => {{
        let mut random = Random(21);
        for _ in 0..rounds() {
            let (a, b) = (random.text(ALPHABET, $limits.0), random.text(ALPHABET, $limits.1));
            #[allow(unused_variables)]
            let ($a, $b, $n) = (a.as_ptr(), b.as_ptr(), random.below(12));
            // SAFETY: both strings end with a zero.
            let (ours, theirs) = unsafe { ($answer($ours), $answer($host)) };
            assert_eq!(ours, theirs, "{} of {a:?}, {b:?}, {}", stringify!($ours), $n);
        }
    }};
}

fn same<T>(value: T) -> T {
    value
}

#[test]
fn strcmp_orders_unsigned_bytes() {
    compare_pairs!((6, 6), c_int::signum, |a, b, n| shim_strcmp(a, b), strcmp(a, b));
}

#[test]
fn strncmp_compares_no_more_than_it_is_told() {
    compare_pairs!((9, 9), c_int::signum, |a, b, n| shim_strncmp(a, b, n as usize), strncmp(a, b, n as usize));
}

#[test]
fn strchr_finds_the_first_character_and_the_terminator() {
    for c in [b'a', b'\x80', b'\xFF', b'x', 0] {
        compare_pairs!((20, 1), same, |a, b, n| shim_strchr(a, c as c_int), strchr(a, c as c_int));
    }
}

#[test]
fn spans_are_measured_as_on_the_host() {
    compare_pairs!((20, 4), same, |a, b, n| shim_strspn(a, b), strspn(a, b));
    compare_pairs!((20, 4), same, |a, b, n| shim_strcspn(a, b), strcspn(a, b));
    compare_pairs!((20, 4), same, |a, b, n| shim_strpbrk(a, b), strpbrk(a, b));
}

#[test]
fn strstr_finds_the_first_place() {
    compare_pairs!((40, 4), same, |a, b, n| shim_strstr(a, b), strstr(a, b));
}

#[test]
fn long_strings_are_as_on_the_host_and_the_embedder_is_told_of_them() {
    for length in [1000, 1023, 1024, 1025, 2047, 8192, 8193, 20000] {
        let (mut a, mut b) = (vec![b'a'; length], vec![b'a'; length]);
        a.extend(b"x\0");
        b.extend(b"y\0");
        let (p, q) = (a.as_ptr().cast::<c_char>(), b.as_ptr().cast::<c_char>());
        let before = scanned();
        // SAFETY: both strings end with a zero, and all reads are within them.
        unsafe {
            assert_eq!(shim_strlen(p), strlen(p));
            assert_eq!(shim_strchr(p, i32::from(b'x')), strchr(p, i32::from(b'x')));
            assert_eq!(shim_strspn(p, q), strspn(p, q));
            assert_eq!(shim_strcspn(p, c"x".as_ptr()), strcspn(p, c"x".as_ptr()));
            assert_eq!(shim_strcmp(p, q).signum(), strcmp(p, q).signum());
            assert_eq!(shim_strncmp(p, q, length), strncmp(p, q, length));
            assert_eq!(shim_memcmp(p.cast(), q.cast(), length), memcmp(p.cast(), q.cast(), length));
        }
        let told = scanned() - before;
        assert!(told.abs_diff(7 * length) <= 6 * 1024 + 8192, "{told} bytes of {length}, seven times");
    }
}

#[test]
fn strcpy_copies_the_terminator_too() {
    let mut random = Random(22);
    for _ in 0..1000 {
        let text = random.text(ALPHABET, 30);
        let mut copy = vec![1u8; text.as_bytes_with_nul().len()];
        // SAFETY: the copy has room for the text and its terminator.
        let result = unsafe { shim_strcpy(copy.as_mut_ptr().cast(), text.as_ptr()) };
        assert_eq!(copy, text.as_bytes_with_nul());
        assert_eq!(result.cast::<u8>(), copy.as_mut_ptr());
    }
}

#[test]
fn memchr_finds_the_first_byte_at_any_offset_and_length() {
    let mut random = Random(23);
    for _ in 0..rounds() {
        let block: Vec<u8> = (0..random.below(60)).map(|_| random.pick(b"\0\x01\x80\xFFxyz")).collect();
        let start = random.below(block.len() as u64 + 1) as usize;
        let c = random.pick(&[0, 1, 0x80, 0xFF, 0x17F, -1]);
        let part = &block[start..];
        // SAFETY: both read within `part`.
        let (ours, theirs) = unsafe {
            let p = part.as_ptr().cast();
            (shim_memchr(p, c, part.len()), memchr(p, c, part.len()))
        };
        assert_eq!(ours, theirs, "memchr of {c} in {part:?}");
    }
}

#[test]
fn memcmp_orders_blocks_by_their_first_different_byte() {
    let mut random = Random(29);
    for _ in 0..rounds() {
        let block: Vec<u8> = (0..random.below(40)).map(|_| random.pick(b"\0\x01\x80\xFFx")).collect();
        let mut other = block.clone();
        if !block.is_empty() && random.below(4) > 0 {
            other[random.below(block.len() as u64) as usize] = random.pick(b"\0\x7F\x80\xFF");
        }
        let start = random.below(block.len() as u64 + 1) as usize;
        let (left, right) = (&block[start..], &other[start..]);
        // SAFETY: both have the same length and are read within it.
        let (ours, theirs) = unsafe {
            let (a, b) = (left.as_ptr().cast(), right.as_ptr().cast());
            (shim_memcmp(a, b, left.len()), memcmp(a, b, left.len()))
        };
        assert_eq!(ours.signum(), theirs.signum(), "memcmp of {left:?} and {right:?}");
    }
}

#[test]
fn characters_are_classified_as_in_the_c_locale() {
    for c in -1..256 {
        // SAFETY: ctype takes EOF and every unsigned char.
        let classes = unsafe {
            [
                (shim_isalnum(c), isalnum(c)),
                (shim_isalpha(c), isalpha(c)),
                (shim_iscntrl(c), iscntrl(c)),
                (shim_isdigit(c), isdigit(c)),
                (shim_isgraph(c), isgraph(c)),
                (shim_islower(c), islower(c)),
                (shim_ispunct(c), ispunct(c)),
                (shim_isspace(c), isspace(c)),
                (shim_isupper(c), isupper(c)),
                (shim_isxdigit(c), isxdigit(c)),
            ]
        };
        for (class, (ours, theirs)) in classes.into_iter().enumerate() {
            assert_eq!(ours != 0, theirs != 0, "character {c}, class {class}");
        }
    }
}

#[test]
fn letters_change_case_as_in_the_c_locale() {
    for c in -1..256 {
        // SAFETY: as above.
        unsafe {
            assert_eq!((shim_tolower(c), shim_toupper(c)), (tolower(c), toupper(c)), "character {c}");
        }
    }
}

#[test]
fn abs_is_the_absolute_value() {
    // SAFETY: a pure function.
    unsafe { assert_eq!((shim_abs(-5), shim_abs(5), shim_abs(0)), (abs(-5), 5, 0)) }
}
