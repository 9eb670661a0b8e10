//! See the body in tests/fuzz_bodies/tasks.rs.
#![no_main]

#[path = "../../tests/fuzz_bodies/mod.rs"]
mod fuzz_bodies;
#[path = "../../tests/host/mod.rs"]
mod host;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz_bodies::tasks::run(bytes));
