//! Every program of `programs.lua` with the k-th request for memory failing: some k of each, or every one with
//! `LUA_LONG=1`. All in one state, so that whatever is left behind adds up.

use lua_fault::body::{programs, World};
use lua_fault::host::Module;
use lua_fault::{chosen, report};

/// How many requests fail in a row: one, for which Lua collects and tries again; with that; all to the end.
const FAILURES: [usize; 3] = [1, 2, usize::MAX];
/// Bytes by which Lua's own tables may end up larger.
const SLACK: usize = 8192;

#[test]
fn whichever_allocation_fails_it_is_an_error_and_nothing_is_lost_or_left_behind() {
    let world = World::new();
    let (mut tried, mut errors) = (0, 0);
    for (name, source) in programs() {
        let expected = world.undisturbed(source);
        let before = world.settled_bytes();
        for failures in FAILURES {
            for k in chosen(expected.requests, 12) {
                println!("{name}: request {k}, {failures} failures");
                errors += usize::from(world.disturbed(source, &expected, k, failures));
                tried += 1;
            }
        }
        let left = world.settled_bytes().saturating_sub(before);
        assert!(left <= SLACK, "{name}: {left} bytes are left behind");
    }
    let count = programs().count();
    report(format_args!("failing allocations, natively: {count} programs, {tried} k tried, {errors} errors"));
}

#[test]
fn whichever_allocation_fails_in_a_sweep_nothing_reachable_is_deleted() {
    let world = World::new();
    let requests = world.sweep_requests();
    assert!(requests > 0, "a sweep allocates");
    for failures in FAILURES {
        for k in chosen(requests, 12) {
            world.disturbed_sweep(k, failures);
        }
    }
}

#[test]
fn whichever_allocation_fails_init_says_so_and_can_be_called_again() {
    let _alone = Module::before_init();
    let init_with = |granted, failures| {
        dlmalloc::fail_after(granted, failures);
        let result = lua::init();
        dlmalloc::fail_after(usize::MAX, 0);
        result
    };
    let succeeds = |k: &usize| {
        lua::close();
        let result = init_with(*k, usize::MAX);
        assert!(result == 0 || lua::alloc::used() == 0, "a failed init keeps nothing");
        assert_eq!(init_with(usize::MAX, 0), 0);
        result == 0
    };
    let end = (0..).find(succeeds);
    assert!(end.is_some_and(|end| end > 100), "init allocates");
}
