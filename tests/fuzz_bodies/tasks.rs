//! Functions of a hostile host: any operations on tasks, at any time, and any bytes as answers.

use super::input::Input;
use super::message::{check_error, check_results};
use crate::host::{host, Module};

/// What tasks do; `...` are their arguments.
const SOURCES: &[&str] = &[
    "return host.f(...)",
    "local t = setmetatable({}, {__index = host.f, __close = function() host.a.g(1) end}) local c <close> = t return t.x, t",
    "for i = 1, 3 do print(pcall(host.f, i, {i, host.a.g})) end return function(x) return host.f(x) end",
    "local f = coroutine.wrap(function(...) local x <close> = setmetatable({}, {__close = host.f}) coroutine.yield(host.f(...)) error(host.a.g()) end) return pcall(f, ...), f()",
    "return io.read('l', 'n', 'a'), pcall(io.lines())",
    "return pcall(require, tostring(host.f()))",
    "table.sort({3, 1, 2}, function(a, b) return host.f(a, b) end)",
    "local co = coroutine.create(function() host.f() end) coroutine.resume(co) held = co return coroutine.close(co)",
    "return held and coroutine.status(held), held and coroutine.resume(held), pcall(coroutine.close, held)",
    "return xpcall(host.f, function(e) return e, host.f() end, ...)",
    "keep = {host.f, host.a, ...} return keep",
    "return setmetatable({}, {__gc = function() host.f() end}), collectgarbage()",
    "return host.none, host.a.f",
    "local function deep(n) if n == 0 then return host.f() end return (coroutine.wrap(deep)(n - 1)) end return deep(...)",
];

const OPERATIONS: &[&str] =
    &["run", "start", "start", "start", "call", "resume", "resume", "resume", "cancel", "release", "host", "x"];
const NAMES: &[&str] = &["f", "a.g", "a", "f.h", "stdin", "module", "", ".", "a..b"];

pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let module = Module::start_named("request host results error config", "f\na.g\nstdin\nmodule");
    host().services.insert(b"config".to_vec(), b"memory_limit=50000000\ninstruction_limit=10000000".to_vec());
    for _ in 0..1 + input.below(8) {
        let message = request(&mut input);
        let answers = (0..input.below(6)).map(|_| answer(&mut input)).collect();
        {
            let mut host = host();
            host.answers = answers;
            host.services.insert(b"request".to_vec(), message);
            host.messages.clear();
            host.asked.clear();
        }
        let answer = module.eval("error('the buffer')");
        check(answer.is_ok());
        host().services.remove(&b"request"[..]);
        host().answers.clear();
        assert_eq!(module.text("return 1 + 1"), "2");
    }
    lua::run_gc();
    assert_eq!(module.text("return 1 + 1"), "2");
}

fn request(input: &mut Input<'_>) -> Vec<u8> {
    let operation = OPERATIONS[usize::from(input.below(OPERATIONS.len() as u8))];
    let mut values = vec![string(operation)];
    match operation {
        "run" | "start" => {
            values.push(string(SOURCES[usize::from(input.below(SOURCES.len() as u8))]));
            values.push(string("=chunk"));
        }
        "resume" => {
            values.push(integer(i64::from(input.below(8))));
            values.push(vec![1, input.below(2)]);
        }
        "cancel" => values.push(integer(i64::from(input.below(8)))),
        "host" => {
            values.extend((0..input.below(4)).map(|_| string(NAMES[usize::from(input.below(NAMES.len() as u8))])))
        }
        _ => {}
    }
    values.extend((0..input.below(4)).map(|_| value(input)));
    message(input, &values)
}

/// The answer of a function: mostly a good one.
fn answer(input: &mut Input<'_>) -> Vec<u8> {
    let tag = input.below(6);
    if tag > 1 {
        return if tag == 5 { input.take(9).to_vec() } else { vec![2] };
    }
    let values: Vec<_> = (0..input.below(4)).map(|_| value(input)).collect();
    [vec![tag], message(input, &values)].concat()
}

/// The values of a message; one time in eight cut or with bytes after it.
fn message(input: &mut Input<'_>, values: &[Vec<u8>]) -> Vec<u8> {
    let mut message = (values.len() as u32).to_le_bytes().to_vec();
    message.extend(values.concat());
    match input.below(16) {
        0 => message.truncate(usize::from(input.byte())),
        1 => message.extend(input.take(3)),
        _ => {}
    }
    message
}

fn string(text: &str) -> Vec<u8> {
    [&[4], &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

fn integer(integer: i64) -> Vec<u8> {
    [&[2], &integer.to_le_bytes()[..]].concat()
}

/// A value, or bytes that begin as one.
fn value(input: &mut Input<'_>) -> Vec<u8> {
    let number = |tag: u8, number: u8| [&[tag], &u32::from(number).to_le_bytes()[..]].concat();
    match input.below(9) {
        0 => vec![0],
        1 => vec![1, input.below(3)],
        2 => integer(i64::from(input.byte()) - 100),
        3 => string(NAMES[usize::from(input.below(NAMES.len() as u8))]),
        4 => number(11, input.below(6)),
        5 => [&[12], &string(NAMES[usize::from(input.below(NAMES.len() as u8))])[1..]].concat(),
        6 => [number(8, 1), string("k"), value(input)].concat(),
        7 => number(9, input.below(2)),
        _ => number(input.below(14), input.byte()),
    }
}

/// What the host was told can be read.
fn check(succeeded: bool) {
    let host = host();
    for asked in &host.asked {
        check_results(asked);
    }
    let mut ended = 0;
    for (name, message) in &host.messages {
        match name.as_slice() {
            b"results" => check_results(message),
            b"error" => check_error(message),
            b"waiting" | b"abandon" => assert_eq!(message.len(), 4, "a ticket"),
            name => panic!("{name:?}"),
        }
        ended += usize::from(name.as_slice() != b"abandon");
        assert!(!succeeded || name.as_slice() != b"error", "an error is an error");
    }
    assert_eq!(ended, 1, "results, an error or a wait");
}
