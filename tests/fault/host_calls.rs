//! Every program of `programs.lua` on a host whose k-th call is refused or answered with nonsense: some k of each, or
//! every one with `LUA_LONG=1`.

use lua_fault::body::{programs, World};
use lua_fault::{chosen, report};

/// Lies for one call, as `Lies` reads them: a number where the answer is one; ahead of it, where the answer has bytes, how
/// many of them to write over, where and with what.
fn lies() -> Vec<Vec<u8>> {
    const NUMBERS: u8 = 8;
    let spoilt: [&[u8]; 6] = [
        &[1, 0, 5],
        &[1, 0, 9],
        &[1, 0, 255],
        &[4, 0, 255, 1, 255, 2, 255, 3, 255],
        &[4, 4, 255, 5, 255, 6, 255, 7, 255],
        &[5, 0, 7, 1, 254, 2, 255, 3, 255, 4, 127],
    ];
    let numbers = (0..NUMBERS).map(|number| vec![number]);
    let lengths = (0..NUMBERS).map(|number| vec![0, number]);
    numbers.chain(lengths).chain(spoilt.map(<[u8]>::to_vec)).collect()
}

#[test]
fn whichever_write_is_refused_nothing_is_lost() {
    let world = World::new();
    let mut tried = 0;
    for (name, source) in programs() {
        let expected = world.undisturbed(source);
        for k in chosen(expected.writes as usize, 6) {
            for rest in [false, true] {
                println!("{name}: write {k}, and the rest: {rest}");
                world.refused(source, &expected, k as u64, rest);
                tried += 1;
            }
        }
    }
    report(format_args!("refusing hosts, natively: {tried} refusals"));
}

#[test]
fn whatever_the_host_answers_to_any_call_the_state_works_and_the_store_is_readable() {
    let world = World::new();
    let mut tried = 0;
    for (name, source) in programs() {
        let expected = world.undisturbed(source);
        for k in chosen(expected.calls as usize, 3) {
            for lie in lies() {
                for times in [1, 50] {
                    println!("{name}: {times} lies {lie:?} after call {k}");
                    world.lied_to(source, k as u64, &lie.repeat(times));
                    tried += 1;
                }
            }
        }
    }
    report(format_args!("lying hosts, natively: {tried} lies"));
}
