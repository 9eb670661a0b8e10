//! The elementary functions: never more than one double away from the host's, which is itself within 0.6
//! units in the last place or so; and exact where the result is a double.

use crate::double::random_double;
use crate::random::{rounds, Random};

type Unary = unsafe extern "C" fn(f64) -> f64;
type Binary = unsafe extern "C" fn(f64, f64) -> f64;

unsafe extern "C" {
    fn shim_acos(x: f64) -> f64;
    fn shim_asin(x: f64) -> f64;
    fn shim_atan2(y: f64, x: f64) -> f64;
    fn shim_cos(x: f64) -> f64;
    fn shim_cosh(x: f64) -> f64;
    fn shim_exp(x: f64) -> f64;
    fn shim_log(x: f64) -> f64;
    fn shim_log10(x: f64) -> f64;
    fn shim_log2(x: f64) -> f64;
    fn shim_pow(x: f64, y: f64) -> f64;
    fn shim_sin(x: f64) -> f64;
    fn shim_sinh(x: f64) -> f64;
    fn shim_tan(x: f64) -> f64;
    fn shim_tanh(x: f64) -> f64;
    fn acos(x: f64) -> f64;
    fn asin(x: f64) -> f64;
    fn atan2(y: f64, x: f64) -> f64;
    fn cos(x: f64) -> f64;
    fn cosh(x: f64) -> f64;
    fn exp(x: f64) -> f64;
    fn log(x: f64) -> f64;
    fn log10(x: f64) -> f64;
    fn log2(x: f64) -> f64;
    fn pow(x: f64, y: f64) -> f64;
    fn sin(x: f64) -> f64;
    fn sinh(x: f64) -> f64;
    fn tan(x: f64) -> f64;
    fn tanh(x: f64) -> f64;
}

const UNARY: [(&str, Unary, Unary); 12] = [
    ("acos", shim_acos, acos),
    ("asin", shim_asin, asin),
    ("cos", shim_cos, cos),
    ("cosh", shim_cosh, cosh),
    ("exp", shim_exp, exp),
    ("log", shim_log, log),
    ("log10", shim_log10, log10),
    ("log2", shim_log2, log2),
    ("sin", shim_sin, sin),
    ("sinh", shim_sinh, sinh),
    ("tan", shim_tan, tan),
    ("tanh", shim_tanh, tanh),
];

const BINARY: [(&str, Binary, Binary); 2] = [("atan2", shim_atan2, atan2), ("pow", shim_pow, pow)];

/// Where functions have their zeros, poles, limits and exact values.
#[rustfmt::skip]
const SPECIAL: [f64; 45] = [
    0.0, 1.0, 2.0, 3.0, 4.0, 0.5, 0.25, 0.75, 1.5, 10.0, 100.0, 1000.0, 1e22, 1e23, 1e300, 1e-300, 1e-10, 5e-324,
    f64::MIN_POSITIVE, f64::MAX, f64::INFINITY, f64::NAN, std::f64::consts::PI, std::f64::consts::FRAC_PI_2,
    std::f64::consts::FRAC_PI_4, std::f64::consts::SQRT_2, std::f64::consts::FRAC_1_SQRT_2, std::f64::consts::E,
    4503599627370496.0, 9007199254740991.0, 9007199254740992.0, 18014398509481984.0, 1.1102230246251565e-16,
    0.9999999999999999, 1.0000000000000002, 709.78, 709.79, 745.13, 745.14, 1023.0, 1024.0, 1074.0, 1075.0, 1e9,
    // Of all doubles the one nearest to a multiple of pi/2.
    5.319372648326541e255,
];

/// Sine, cosine and tangent of large numbers, where hosts are off: mpmath's, from 2400 bits.
#[rustfmt::skip]
const LARGE: [(f64, [f64; 3]); 19] = [
    (5.319372648326541e255, [1.0, -4.687165924254628e-19, -2.133485385753704e18]),
    (1e22, [-0.8522008497671888, 0.523214785395139, -1.6287782256068988]),
    (1e100, [-0.3806377310050287, 0.9247242387519338, -0.4116229628832498]),
    (1e300, [-0.8178819121159085, -0.5753861119575491, 1.4214488238747245]),
    (1.7976931348623157e308, [0.004961954789184062, -0.9999876894265599, -0.004962015874444895]),
    (8.98846567431158e307, [0.563127779850884, -0.826369834614148, -0.6814476476066215]),
    (123456789012.0, [-0.08152420165661159, -0.9966713623578497, 0.08179647247388327]),
    (9007199254740992.0, [-0.848925964814655, -0.5285117844130887, 1.6062574002155612]),
    (4500000000000000.0, [0.06880915158917597, 0.9976298415031388, 0.06897262764864825]),
    (168502991.73141685, [0.36711811425267443, 0.9301743332233804, 0.3946766763392421]),
    (1493725601372.0374, [0.9888935248575536, -0.1486256925797255, -6.653583964475679]),
    (1.522618988099083e16, [0.8567730045634447, 0.5156937256272637, 1.6613989311607573]),
    (2.1231184070518973e18, [-0.9814573783559603, -0.19168050101834927, 5.120277613746465]),
    (2.0941989132845174e30, [-0.9274067100498079, -0.3740545336639986, 2.479335568975801]),
    (2.4586805568891586e60, [-0.9891320835492547, -0.14702966127115316, 6.727432240526557]),
    (4.7522366367699465e120, [-0.9985517148338913, -0.0538003048531805, 18.560335625586333]),
    (7.369367467307091e180, [0.36928550711874764, -0.9293159926699042, -0.3973734553494539]),
    (8.328703080591414e240, [0.9823271277550517, -0.18717215091062667, -5.248254737554978]),
    (1.1270703989607845e301, [-0.9661399562696729, -0.2580185747174701, 3.744458930244051]),
];

/// Hyperbolic cosine, sine and tangent, rounded from 60 digits of Python's `decimal`.
#[rustfmt::skip]
const HYPERBOLIC: [(f64, [f64; 3]); 12] = [
    (0.34889975073503676, [1.0614854640667652, 0.35602161510930225, 0.33539942576821685]),
    (1.0, [1.5430806348152437, 1.1752011936438014, 0.7615941559557649]),
    (0.5, [1.1276259652063807, 0.5210953054937474, 0.46211715726000974]),
    (22.0, [1792456423.065796, 1792456423.065796, 1.0]),
    (1e-5, [1.00000000005, 1.0000000000166668e-05, 9.999999999666668e-06]),
    (3.814697265625e-06, [1.000000000007276, 3.814697265634252e-06, 3.814697265606496e-06]),
    (3.7e-06, [1.000000000006845, 3.7000000000084425e-06, 3.699999999983116e-06]),
    (2.5, [6.132289479663686, 6.0502044810397875, 0.9866142981514303]),
    (19.06, [94759515.03711002, 94759515.03711002, 0.9999999999999999]),
    (710.4, [1.6663642832806496e+308, 1.6663642832806496e+308, 1.0]),
    (1e-09, [1.0, 1e-09, 1e-09]),
    (-0.75, [1.2946832846768448, -0.82231673193583, -0.6351489523872873]),
];

/// The doubles from `a` to `b`, none when they are one; a NaN and something else are far apart.
fn distance(a: f64, b: f64) -> u64 {
    if a.is_nan() || b.is_nan() {
        return if a.is_nan() && b.is_nan() { 0 } else { u64::MAX };
    }
    if a.is_sign_negative() != b.is_sign_negative() {
        return u64::MAX;
    }
    a.to_bits().abs_diff(b.to_bits())
}

fn check(name: &str, arguments: &[f64], ours: f64, theirs: f64) {
    // glibc's log10 and hyperbolic functions are up to two units off, its trigonometry of large numbers even more.
    let most = if matches!(name, "log10" | "cosh" | "sinh" | "tanh") { 2 } else { 1 };
    let large = matches!(name, "cos" | "sin" | "tan") && arguments.iter().any(|x| x.is_finite() && x.abs() > 1e8);
    let near = distance(ours, theirs) <= most || large && ours.abs() <= f64::MAX;
    assert!(near, "{name} {arguments:?}: {ours:e}, host {theirs:e}");
}

#[test]
fn trigonometry_of_large_numbers_is_within_one_double_of_the_exact_value() {
    for (x, expected) in LARGE {
        for (ours, theirs) in [shim_sin, shim_cos, shim_tan].into_iter().zip(expected) {
            // SAFETY: as above.
            let ours = unsafe { ours(x) };
            assert!(distance(ours, theirs) <= 1, "{x:e}: {ours:e}, not {theirs:e}");
        }
    }
}

#[test]
fn hyperbolic_functions_are_within_one_double_of_the_exact_value() {
    for (x, expected) in HYPERBOLIC {
        for (ours, theirs) in [shim_cosh, shim_sinh, shim_tanh].into_iter().zip(expected) {
            // SAFETY: as above.
            let ours = unsafe { ours(x) };
            assert!(distance(ours, theirs) <= 1, "{x:e}: {ours:e}, not {theirs:e}");
        }
    }
}

fn check_unary((name, ours, theirs): (&str, Unary, Unary), x: f64) {
    // SAFETY: none of them touches memory but the shim's own.
    unsafe { check(name, &[quiet(x)], ours(quiet(x)), theirs(quiet(x))) }
}

fn check_binary((name, ours, theirs): (&str, Binary, Binary), x: f64, y: f64) {
    // SAFETY: as above.
    unsafe { check(name, &[quiet(x), quiet(y)], ours(quiet(x), quiet(y)), theirs(quiet(x), quiet(y))) }
}

/// WebAssembly and Lua know no signalling NaNs.
fn quiet(x: f64) -> f64 {
    if x.is_nan() {
        f64::NAN
    } else {
        x
    }
}

/// Between -`limit` and `limit`, of any magnitude from 2^-60 on or evenly spread.
fn within(random: &mut Random, limit: f64) -> f64 {
    let part = (random.bits() >> 11) as f64 / (1u64 << 53) as f64;
    let shrink = if random.below(2) == 0 { 1.0 } else { 1.0 / (1u64 << random.below(61)) as f64 };
    (2.0 * part - 1.0) * limit * shrink
}

/// Zeros, infinities and NaNs are reached or they are not: for them one double beside is not good enough.
fn check_limit(name: &str, arguments: &[f64], ours: f64, theirs: f64) {
    let limit = theirs == 0.0 || !theirs.is_finite();
    assert!(!limit || distance(ours, theirs) == 0, "{name} {arguments:?}: {ours:e}, host {theirs:e}");
    check(name, arguments, ours, theirs);
}

#[test]
fn special_arguments_give_what_the_host_gives() {
    for x in SPECIAL.into_iter().flat_map(|x| [x, -x]) {
        for (name, ours, theirs) in UNARY {
            // SAFETY: none of them touches memory but the shim's own.
            unsafe { check_limit(name, &[x], ours(x), theirs(x)) };
        }
        for y in SPECIAL.into_iter().flat_map(|y| [y, -y]) {
            for (name, ours, theirs) in BINARY {
                // SAFETY: as above.
                unsafe { check_limit(name, &[x, y], ours(x, y), theirs(x, y)) };
            }
        }
    }
}

#[test]
fn functions_of_one_argument_are_within_one_double_of_the_host() {
    let mut random = Random(21);
    for _ in 0..rounds() {
        let turns = random.any_length() as f64 * std::f64::consts::FRAC_PI_4;
        let near_1 = 1.0 + within(&mut random, 0.1);
        let (any, small) = (random_double(&mut random), within(&mut random, 1.0));
        let (ten, exponent) = (within(&mut random, 10.0), within(&mut random, 745.0));
        for x in [any, any.abs(), small, ten, exponent, near_1, turns, -turns] {
            for function in UNARY {
                check_unary(function, x);
            }
        }
    }
}

#[test]
fn functions_of_two_arguments_are_within_one_double_of_the_host() {
    let mut random = Random(22);
    for _ in 0..rounds() {
        let (x, y) = (random_double(&mut random), random_double(&mut random));
        let near_1 = 1.0 + within(&mut random, 0.1);
        let (ten, other) = (within(&mut random, 10.0), within(&mut random, 10.0));
        for function in BINARY {
            check_binary(function, x, y);
        }
        for function in BINARY {
            check_binary(function, ten, other);
        }
        for function in BINARY {
            check_binary(function, ten, other.round());
        }
        for function in BINARY {
            check_binary(function, near_1, x);
        }
        // Results of any magnitude that a double has.
        let exponent = within(&mut random, 1075.0);
        for base in [x.abs(), near_1] {
            for function in BINARY {
                check_binary(function, base, exponent / base.log2());
            }
        }
    }
}

#[test]
fn powers_that_are_doubles_are_exact() {
    for base in 2..3000u64 {
        let mut power = 1u64;
        for exponent in 0.. {
            let sign = if exponent % 2 == 0 { 1.0 } else { -1.0 };
            // SAFETY: as above.
            let (ours, negative) =
                unsafe { (shim_pow(base as f64, exponent.into()), shim_pow(-(base as f64), exponent.into())) };
            assert_eq!((ours, negative), (power as f64, sign * power as f64), "{base}^{exponent}");
            match power.checked_mul(base) {
                Some(next) if next < 1 << 53 => power = next,
                _ => break,
            }
        }
    }
    for exponent in -1074..1024 {
        // SAFETY: as above.
        let (power, logarithm) = unsafe { (shim_pow(2.0, exponent.into()), shim_log2(shim_pow(2.0, exponent.into()))) };
        let bits = if exponent < -1022 { 1u64 << (exponent + 1074) } else { ((exponent + 1023) as u64) << 52 };
        assert_eq!((power.to_bits(), logarithm), (bits, exponent.into()), "2^{exponent}");
    }
    for exponent in 0..23 {
        let ten: f64 = format!("1e{exponent}").parse().expect("a number");
        // SAFETY: as above.
        assert_eq!(unsafe { shim_log10(ten) }, exponent.into());
    }
}

#[test]
fn powers_of_ten_are_their_literals() {
    for exponent in -330..=310 {
        let literal: f64 = format!("1e{exponent}").parse().expect("a number");
        // SAFETY: as above.
        assert_eq!(unsafe { shim_pow(10.0, exponent.into()) }, literal, "10^{exponent}");
    }
}

#[test]
fn a_power_to_minus_one_is_the_reciprocal() {
    let mut random = Random(11);
    for whole in 1..rounds() {
        for x in [whole as f64, random_double(&mut random)] {
            // SAFETY: as above.
            let ours = unsafe { shim_pow(x, -1.0) };
            assert!(ours == 1.0 / x || x != x, "{x}^-1 is {ours}");
        }
    }
}

#[test]
fn powers_of_whole_numbers_are_rounded_to_the_nearest() {
    let mut random = Random(12);
    for _ in 0..rounds() {
        let base = 3 + (random.bits() >> (32 + random.below(30))) as u128;
        let mut power = base;
        for exponent in 2.. {
            match power.checked_mul(base) {
                Some(next) => power = next,
                None => break,
            }
            // SAFETY: as above.
            let ours = unsafe { shim_pow(base as f64, exponent.into()) };
            assert_eq!(ours, power as f64, "{base}^{exponent}");
        }
    }
}
