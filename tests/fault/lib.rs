//! What the tests of fault injection share.

#[path = "../fuzz_bodies/mod.rs"]
mod fuzz_bodies;
#[path = "../host/mod.rs"]
pub mod host;

pub mod body;

#[path = "../random/mod.rs"]
mod random;

/// Every k below `end` with `LUA_LONG=1`, otherwise `most` of them, spread evenly.
pub fn chosen(end: usize, most: usize) -> impl Iterator<Item = usize> {
    let count = if random::is_long() { end } else { end.min(most) };
    (0..count).map(move |i| i * end / count)
}

/// Prints the figures of a run, also of a test that passes.
pub fn report(figures: std::fmt::Arguments<'_>) {
    use std::io::Write;
    // The test harness does not catch what is written so.
    let _ = writeln!(std::io::stderr(), "\n{figures}");
}
