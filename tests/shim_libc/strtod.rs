//! strtod: the same bits and the same end as the host's.

use crate::double::{exact_digits, halfway_above, random_double};
use crate::random::{rounds, Random};
use std::ffi::{c_char, CStr, CString};

unsafe extern "C" {
    fn shim_strtod(text: *const c_char, end: *mut *mut c_char) -> f64;
    fn strtod(text: *const c_char, end: *mut *mut c_char) -> f64;
}

fn read(text: &CStr, strtod: unsafe extern "C" fn(*const c_char, *mut *mut c_char) -> f64) -> (f64, usize) {
    let mut end = std::ptr::null_mut();
    // SAFETY: the text ends with a zero.
    let value = unsafe { strtod(text.as_ptr(), &mut end) };
    (value, end as usize - text.as_ptr() as usize)
}

/// Settles what the host cannot: glibc 2.36 rounds a few subnormals down that lie above halfway.
fn rust(numeral: &[u8]) -> Option<f64> {
    std::str::from_utf8(numeral).ok()?.trim_start().parse().ok()
}

fn compare(text: &CStr) {
    let (ours, our_end) = read(text, shim_strtod);
    let (theirs, their_end) = read(text, strtod);
    let same = ours.to_bits() == theirs.to_bits()
        || (ours.is_nan() && theirs.is_nan() && ours.is_sign_negative() == theirs.is_sign_negative())
        || (ours.is_subnormal() && rust(&text.to_bytes()[..our_end]) == Some(ours));
    assert!(
        same && our_end == their_end,
        "strtod {text:?}:\n ours {ours:e} {:#018x} end {our_end}\n host {theirs:e} {:#018x} end {their_end}",
        ours.to_bits(),
        theirs.to_bits()
    );
}

fn compare_text(text: &str) {
    compare(&CString::new(text).expect("no zero byte"));
}

const HARD: &[&str] = &[
    "1e23", "8.5e22", "9007199254740993", "9007199254740992.999999999999999", "9007199254740993.00000000000000000001",
    "0.500000000000000166533453693773481063544750213623046875", "0.1", "0.3", "1e22", "1e-22", "123456789012345678",
    "2.2250738585072011e-308", "2.2250738585072012e-308", "2.2250738585072014e-308", "4.9406564584124654e-324",
    "2.4703282292062327e-324", "2.4703282292062328e-324", "2.47032822920623272e-324", "1e-323", "1e-324", "1e-325", "1e-400",
    "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1.797693134862315808e308", "1e308", "1e309",
    "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
    "1e9999999999999999999999", "1e-9999999999999999999999", "0e9999999999999999999999", "-0", "-0.0e-5", "+1", "6.0221409e+23",
    "7.2057594037927933e16", "3.5844466002796428e298", "9214843084008499e-1", "30078505129381147446200", "1777820000000000000001",
    "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000001e84", "1e1000000000000000000000000000000",
];

const SYNTAX: &[&str] = &[
    "",
    " ",
    ".",
    "-",
    "+",
    "-.",
    ".e5",
    "e5",
    "1e",
    "1e+",
    "1e-",
    "1e+x",
    "1.",
    ".5",
    "1..2",
    "1.5.5",
    "1e5e5",
    "1_000",
    "1,5",
    " \t\n\u{b}\u{c}\r1",
    "- 1",
    "--1",
    "+-1",
    "0x",
    "0x.",
    "0xg",
    "0x.p1",
    "0x1",
    "0X1P3",
    "0x1p",
    "0x1p+",
    "0x1p-1",
    "0x.8",
    "0x1.8p3",
    "0x1.fffffffffffffp1023",
    "0x1.fffffffffffff8p1023",
    "0x1.fffffffffffff7fffp1023",
    "0x1p1024",
    "0x1p-1074",
    "0x1p-1075",
    "0x1.00000001p-1075",
    "0x1.8p-1074",
    "0x0.fffffffffffff8p-1022",
    "0x1.00000000000008p0",
    "0x1.000000000000080000000000000000001",
    "0x1.00000000000018p0",
    "0x123456789abcdef123456789abcdef",
    "0x0.0000000000000000000000001p100",
    "0x0p99999999999999999999",
    "-0x0",
    "0x1p99999999999999999999",
    "0x1p-99999999999999999999",
    "1p5",
    "0b1",
    "\u{10}x1",
    "1\u{5}5",
    "0e",
    "00",
    "0x00",
    "1e00000000000000000000000000000005",
];

#[test]
fn hard_decimals_are_read_to_the_bit() {
    HARD.iter().for_each(|text| compare_text(text));
}

#[test]
fn a_numeral_ends_where_c_says_it_does() {
    SYNTAX.iter().for_each(|text| compare_text(text));
}

#[test]
fn infinities_and_nans_are_no_numerals_for_lua_never_reads_them() {
    for text in [c"inf", c"-Infinity", c"nan", c"NAN(1)"] {
        assert_eq!(read(text, shim_strtod), (0.0, 0));
    }
}

#[test]
fn random_characters_are_read_as_on_the_host() {
    let mut random = Random(11);
    for _ in 0..10 * rounds() {
        let text = random.text(b"00112233456789..eEpPxX+-- \tifatyIF()_", 16);
        compare(&text);
    }
}

#[test]
fn printed_doubles_are_read_back_as_on_the_host() {
    let mut random = Random(12);
    for _ in 0..rounds() {
        let x = random_double(&mut random);
        if !x.is_finite() {
            continue;
        }
        let precision = random.below(20) as usize;
        compare_text(&format!("{x:.precision$e}"));
        compare_text(&format!("{x:e}"));
        compare_text(&format!("{x}"));
    }
}

#[test]
fn random_digits_and_exponents_are_read_as_on_the_host() {
    let mut random = Random(13);
    for _ in 0..rounds() {
        let whole = random.any_length();
        let fraction = random.any_length();
        let exponent = random.below(700) as i64 - 350;
        compare_text(&format!("{whole}e{exponent}"));
        compare_text(&format!("{whole}.{fraction}"));
        compare_text(&format!("0.{fraction}E{exponent:+}"));
    }
}

/// Rust reads no hexadecimal, but it reads the same number in decimal, and correctly.
fn compare_hexadecimal(mantissa: u128, places: usize, exponent: i32) {
    let digits = format!("{mantissa:0width$x}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let text = format!("0x{whole}.{fraction}p{exponent}");
    let (decimal, scale) = exact_digits(mantissa, exponent - 4 * places as i32);
    let expected: f64 = format!("0{decimal}e{scale}").parse().expect("a decimal numeral");
    let (ours, end) = read(&CString::new(text.as_str()).expect("no zero byte"), shim_strtod);
    assert!(ours.to_bits() == expected.to_bits() && end == text.len(), "{text}: {ours:e}, exactly {expected:e}");
}

#[test]
fn random_hexadecimal_numerals_are_rounded_correctly() {
    let mut random = Random(14);
    for _ in 0..rounds() / 5 {
        let mantissa = u128::from(random.any_length());
        let places = random.below(30) as usize;
        let subnormal = -1030 - random.below(100) as i32;
        compare_hexadecimal(mantissa, places, random.below(100) as i32 - 50);
        compare_hexadecimal(mantissa, 0, subnormal);
        compare_hexadecimal(mantissa << random.below(64) | 1, 0, subnormal - random.below(40) as i32);
    }
}

#[test]
fn halfway_cases_and_their_neighbours_round_as_on_the_host() {
    let mut random = Random(15);
    for _ in 0..rounds() / 20 {
        let x = random_double(&mut random);
        if !x.is_finite() {
            continue;
        }
        let (digits, scale) = halfway_above(x);
        let below = &digits[..digits.len() - 1];
        compare_text(&format!("{digits}e{scale}"));
        compare_text(&format!("{digits}.{}1e{scale}", "0".repeat(random.below(900) as usize)));
        compare_text(&format!("{below}4{}e{}", "9".repeat(300), scale - 300));
        compare_text(&format!("{}.{}e{}", &digits[..1], &digits[1..], scale as i64 + digits.len() as i64 - 1));
        compare_text(&format!("{}{digits}{}e{}", "0".repeat(50), "0".repeat(500), scale - 500));
    }
}

#[test]
fn thousands_of_digits_are_read_exactly() {
    for (digits, tail) in [(1, ""), (767, "5"), (768, "1"), (800, "1"), (801, "1"), (5000, "1"), (100_000, "9")] {
        let zeros = "0".repeat(digits);
        compare_text(&format!("1.{zeros}{tail}"));
        compare_text(&format!("9007199254740993.{zeros}{tail}"));
        compare_text(&format!("9007199254740993{zeros}{tail}e-{}", digits + tail.len()));
        compare_text(&format!("0.{zeros}9007199254740993{tail}e{}", digits + 16));
        compare_text(&format!("{}{tail}", "9".repeat(digits)));
        compare_text(&format!("0.{}{tail}", "9".repeat(digits)));
    }
}

#[test]
fn the_end_may_be_left_out() {
    // SAFETY: a null end is allowed.
    assert_eq!(unsafe { shim_strtod(c"-2.5e1".as_ptr(), std::ptr::null_mut()) }, -25.0);
}
