//! Doubles worth testing, exact decimal text for them and for what lies halfway between two; frexp and fmod.

use crate::random::{rounds, Random};
use std::ffi::c_int;

unsafe extern "C" {
    fn shim_frexp(x: f64, exponent: *mut c_int) -> f64;
    fn frexp(x: f64, exponent: *mut c_int) -> f64;
    fn shim_fmod(x: f64, y: f64) -> f64;
    fn fmod(x: f64, y: f64) -> f64;
}

/// Any bit pattern, an everyday decimal, an integer, or a number that ends in a 5 just where it may be cut.
pub fn random_double(random: &mut Random) -> f64 {
    let magnitude = match random.below(6) {
        0 | 1 => f64::from_bits(random.bits()),
        2 => random.below(10u64.pow(1 + (random.0 % 17) as u32)) as f64 / 10f64.powi((random.0 >> 60) as i32),
        3 => random.any_length() as f64,
        4 => random.any_length() as f64 / (1u64 << random.below(30)) as f64,
        _ => special_double(random),
    };
    if random.below(2) == 0 {
        magnitude
    } else {
        -magnitude
    }
}

fn special_double(random: &mut Random) -> f64 {
    let near = random.pick(&[
        0u64,
        1 << 52,
        0x7FEF_FFFF_FFFF_FFFF,
        0x7FF0_0000_0000_0000,
        0x3FF0_0000_0000_0000,
        0x7FF8_0000_0000_0000,
        0x4340_0000_0000_0000,
    ]);
    f64::from_bits(near.wrapping_add(random.below(5)).wrapping_sub(random.below(3)) & !(1 << 63))
}

/// The digits of `mantissa * 2^exponent` and the power of ten that the last one weighs, exactly.
pub fn exact_digits(mantissa: u128, exponent: i32) -> (String, i32) {
    let factor = if exponent < 0 { 5 } else { 2 };
    let mut limbs: Vec<u64> = (0..5).map(|i| (mantissa / 1_000_000_000u128.pow(i) % 1_000_000_000) as u64).collect();
    for _ in 0..exponent.unsigned_abs() {
        let mut carry = 0;
        for limb in &mut limbs {
            carry += *limb * factor;
            *limb = carry % 1_000_000_000;
            carry /= 1_000_000_000;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let text: String = limbs.iter().rev().map(|limb| format!("{limb:09}")).collect();
    (text.trim_start_matches('0').to_string(), exponent.min(0))
}

/// The digits and scale of the number halfway between the finite |x| and the next larger double.
pub fn halfway_above(x: f64) -> (String, i32) {
    let bits = x.to_bits() & !(1 << 63);
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = match (bits >> 52) as i32 {
        0 => (fraction, -1074),
        biased => (fraction | 1 << 52, biased - 1075),
    };
    exact_digits(2 * u128::from(mantissa) + 1, exponent - 1)
}

#[test]
fn frexp_splits_a_double_as_the_host_does() {
    let mut random = Random(7);
    for _ in 0..rounds() {
        let x = random_double(&mut random);
        let (mut ours, mut theirs) = (0, 0);
        // SAFETY: both write one int.
        let (a, b) = unsafe { (shim_frexp(x, &mut ours), frexp(x, &mut theirs)) };
        let same = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
        assert!(same && (ours == theirs || !x.is_finite()), "frexp {x:e}: {a} {ours}, host {b} {theirs}");
    }
}

#[test]
fn fmod_is_exact_as_the_host_is() {
    let mut random = Random(11);
    for round in 0..rounds() {
        let x = random_double(&mut random);
        let y = if round % 2 == 0 { random_double(&mut random) } else { x / (1 + random.below(1 << 20)) as f64 };
        // SAFETY: neither touches memory.
        let (a, b) = unsafe { (shim_fmod(x, y), fmod(x, y)) };
        assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "fmod {x:e} {y:e}: {a:e}, host {b:e}");
    }
}
