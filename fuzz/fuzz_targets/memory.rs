//! Programs while requests for memory fail. See tests/fault/body.rs; tests/fault/allocations.rs tries them one by one.
#![no_main]

#[path = "../../tests/fault/body.rs"]
mod body;
#[path = "../../tests/fuzz_bodies/mod.rs"]
mod fuzz_bodies;
#[path = "../../tests/host/mod.rs"]
mod host;

use fuzz_bodies::input::Input;

/// Two bytes choose a program and how many requests fail, two after how many.
fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let programs: Vec<_> = body::programs().collect();
    let (_, source) = programs[usize::from(input.byte()) % programs.len()];
    let failures = [1, 2, 3, 10, usize::MAX][usize::from(input.below(5))];
    let granted = usize::from(u16::from_le_bytes(input.array()));
    let world = body::World::new();
    if input.byte() == 1 {
        world.disturbed_sweep(granted % world.sweep_requests(), failures);
    }
    let expected = world.undisturbed(source);
    world.disturbed(source, &expected, granted % expected.requests, failures);
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| run(bytes));
