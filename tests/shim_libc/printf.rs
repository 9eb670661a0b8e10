//! snprintf, conversion by conversion, with random flags, widths and precisions.

use crate::double::random_double;
use crate::random::{rounds, Random};
use std::ffi::{c_char, c_int, CStr, CString};

unsafe extern "C" {
    fn shim_snprintf(buffer: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    fn snprintf(buffer: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
}

const ROOM: usize = 2048;

/// Prints one argument with both, and checks text and length. `$what` tells the argument in a failure.
macro_rules! compare {
    ($format:expr, $argument:expr, $what:expr) => {{
        let format = CString::new($format.as_str()).expect("no zero byte");
        let (mut ours, mut theirs) = ([0 as c_char; ROOM], [0 as c_char; ROOM]);
        // SAFETY: the buffers have ROOM bytes, and the argument is of the type the format names.
        let lengths = unsafe {
            (
                shim_snprintf(ours.as_mut_ptr(), ROOM, format.as_ptr(), $argument),
                snprintf(theirs.as_mut_ptr(), ROOM, format.as_ptr(), $argument),
            )
        };
        // SAFETY: both have ended their text with a zero.
        let (ours, theirs) = unsafe { (CStr::from_ptr(ours.as_ptr()), CStr::from_ptr(theirs.as_ptr())) };
        assert!(
            ours == theirs && lengths.0 == lengths.1,
            "{:?} of {}:\n ours {ours:?} {}\n host {theirs:?} {}",
            $format,
            $what,
            lengths.0,
            lengths.1
        );
    }};
}

fn random_spec(random: &mut Random, flags: &[u8], precision_limit: u64) -> String {
    let mut spec = String::from("%");
    for _ in 0..random.below(4) {
        spec.push(random.pick(flags) as char);
    }
    if random.below(2) == 0 {
        spec += &(1 + random.below(99)).to_string();
    }
    match random.below(4) {
        0 => {}
        1 => spec += &format!(".{}", random.below(precision_limit.min(5))),
        2 => spec += &format!(".{}", random.below(precision_limit.min(20))),
        _ => spec += &format!(".{}", random.below(precision_limit)),
    }
    spec
}

/// There glibc leaves out a zero that C asks for: it prints 99.9 with %#.2g as "1.e+02", not as "1.0e+02".
fn rounds_up_to_a_power_of_ten(x: f64, format: &str) -> bool {
    let precision = match format.split_once('.') {
        Some((_, rest)) => rest[..rest.len() - 1].parse::<usize>().unwrap_or(0).max(1),
        None => 6,
    };
    let exponent = |text: String| text.split_once('e').map(|(_, exponent)| exponent.to_string());
    exponent(format!("{x:.*e}", precision - 1)) != exponent(format!("{x:e}"))
}

#[test]
fn alternate_g_keeps_its_zeros_when_it_rounds_up_to_a_power_of_ten() {
    let mut text = [0 as c_char; 32];
    // SAFETY: the text is shorter than the buffer.
    let text = unsafe {
        shim_snprintf(text.as_mut_ptr(), 32, c"%#.2g %#.3g".as_ptr(), 99.68, 0.9999);
        CStr::from_ptr(text.as_ptr())
    };
    assert_eq!(text, c"1.0e+02 1.00");
}

fn compare_doubles(conversion: char) {
    let mut random = Random(conversion as u64);
    for _ in 0..rounds() {
        let x = random_double(&mut random);
        let mut format = random_spec(&mut random, b"-+ #0", 100) + &conversion.to_string();
        if matches!(conversion, 'g' | 'G') && rounds_up_to_a_power_of_ten(x, &format) {
            format = format.replace('#', "");
        }
        compare!(format, x, format!("{x:e} ({:#018x})", x.to_bits()));
    }
}

fn compare_integers(conversion: char) {
    let mut random = Random(conversion as u64);
    for _ in 0..rounds() {
        let n = if random.below(2) == 0 { random.any_length() } else { random.any_length().wrapping_neg() };
        let size = if matches!(conversion, 'd' | 'i') { random.pick(&["ll", ""]) } else { "ll" };
        let format = random_spec(&mut random, b"-+ #0", 100) + size + &conversion.to_string();
        compare!(format, n, n);
    }
}

macro_rules! conversions {
    ($check:ident: $($name:ident $conversion:literal)*) => {
        $(#[test]
        fn $name() {
            $check($conversion);
        })*
    };
}

conversions! { compare_doubles:
    doubles_print_as_on_the_host_with_a 'a'
    doubles_print_as_on_the_host_with_upper_case_a 'A'
    doubles_print_as_on_the_host_with_e 'e'
    doubles_print_as_on_the_host_with_upper_case_e 'E'
    doubles_print_as_on_the_host_with_f 'f'
    doubles_print_as_on_the_host_with_upper_case_f 'F'
    doubles_print_as_on_the_host_with_g 'g'
    doubles_print_as_on_the_host_with_upper_case_g 'G'
}

conversions! { compare_integers:
    integers_print_as_on_the_host_with_d 'd'
    integers_print_as_on_the_host_with_i 'i'
    integers_print_as_on_the_host_with_u 'u'
    integers_print_as_on_the_host_with_o 'o'
    integers_print_as_on_the_host_with_x 'x'
    integers_print_as_on_the_host_with_upper_case_x 'X'
}

#[test]
fn numbers_print_as_on_the_host_in_the_formats_of_lua_tostring() {
    let mut random = Random(1);
    for _ in 0..rounds() {
        let x = random_double(&mut random);
        let n = random.any_length();
        compare!(String::from("%.14g"), x, x);
        compare!(String::from("%.17g"), x, x);
        compare!(String::from("%lld"), n, n);
    }
}

#[test]
fn all_digits_of_the_longest_doubles_are_printed() {
    for bits in [1, 0x000F_FFFF_FFFF_FFFF, 0x0010_0000_0000_0000, 0x001F_FFFF_FFFF_FFFF, 0x7FEF_FFFF_FFFF_FFFFu64] {
        let x = f64::from_bits(bits);
        for format in ["%.1074f", "%.1100f", "%.766e", "%.767g", "%.770g", "%.1000a", "%.0f", "%#.0f"] {
            compare!(format.to_string(), x, x);
        }
    }
}

#[test]
fn strings_print_as_on_the_host() {
    let mut random = Random(2);
    for _ in 0..rounds() {
        let text = random.text(b"abc%\xFF", 120);
        let format = random_spec(&mut random, b"-", 100) + "s";
        compare!(format, text.as_ptr(), format!("{text:?}"));
    }
}

#[test]
fn characters_print_as_on_the_host() {
    for c in 1..=255 {
        for format in ["%c", "%5c", "%-5c|"] {
            compare!(format.to_string(), c as c_int, c);
        }
    }
}

#[test]
fn pointers_print_as_on_the_host() {
    let mut random = Random(3);
    for _ in 0..1000 {
        let address = random.any_length() as usize;
        for format in ["%p", "%30p", "%-30p|"] {
            compare!(format.to_string(), address as *const u8, address);
        }
    }
    compare!(String::from("%p"), std::ptr::null::<u8>(), "null");
    compare!(String::from("%-14p|"), std::ptr::null::<u8>(), "null");
}

#[test]
fn a_small_buffer_gets_the_beginning_and_the_whole_length_is_returned() {
    let mut random = Random(4);
    for _ in 0..rounds() {
        let x = random_double(&mut random);
        let size = random.below(40) as usize;
        // Allocations of just that size let a sanitizer see a write beyond the end.
        let (mut ours, mut theirs) = (vec![b'#'; size], vec![b'#'; size]);
        // SAFETY: both buffers have `size` bytes.
        let lengths = unsafe {
            (
                shim_snprintf(ours.as_mut_ptr().cast(), size, c"<%20.10f>".as_ptr(), x),
                snprintf(theirs.as_mut_ptr().cast(), size, c"<%20.10f>".as_ptr(), x),
            )
        };
        // The host may scribble behind its terminator, so only the text counts there.
        let end = theirs.iter().position(|&b| b == 0).map_or(0, |n| n + 1);
        assert!(lengths.0 == lengths.1 && ours[..end] == theirs[..end], "{x:e} in {size} bytes: {ours:?}");
    }
}

#[test]
fn several_conversions_take_their_arguments_in_order() {
    let mut ours = [0 as c_char; 64];
    // SAFETY: the arguments match the format, and the text is shorter than the buffer.
    let text = unsafe {
        shim_snprintf(ours.as_mut_ptr(), 64, c"%s=%d %g %5.1f|%llx".as_ptr(), c"a".as_ptr(), 7, 0.5, 99.95, 255i64);
        CStr::from_ptr(ours.as_ptr())
    };
    assert_eq!(text, c"a=7 0.5 100.0|ff");
}
