//! One program of `programs.lua` with failing allocations, or on a host that refuses or lies, on the native module, whose
//! Lua checks its own invariants.

use crate::fuzz_bodies::message;
use crate::host::{host, Lies, Module, Tables};

/// No failure.
const NEVER: usize = usize::MAX;
const PROBE: &str = "return 1 + 1, #('x'):rep(1000)";
/// Every service there is, but for those that make runs differ or end them.
const SERVICES: &str = "stdout results error";

/// Lua's own words when it is the stack that cannot grow.
const STACK: [&str; 4] = ["stack overflow", "too many results", "too many arguments", "string slice too long"];

/// What an eval gave: text or error text.
pub type Answer = Result<Vec<u8>, Vec<u8>>;

/// The parts of `programs.lua`: name and source.
fn sections() -> Vec<(&'static str, &'static str)> {
    let parts = include_str!("programs.lua").split("\n--- ").skip(1);
    parts.map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
}

/// Name and source of each program.
pub fn programs() -> impl Iterator<Item = (&'static str, &'static str)> {
    sections().into_iter().filter(|(name, _)| *name != "world" && *name != "look")
}

/// A module in the world that the programs expect.
pub struct World {
    module: Module,
    tables: Tables,
    look: &'static str,
}

/// What a program does when nothing fails.
pub struct Expected {
    pub answer: Answer,
    pub before: String,
    pub after: String,
    /// Requests for memory.
    pub requests: usize,
    /// Calls of the host, and writes among them.
    pub calls: u64,
    pub writes: u64,
}

impl World {
    pub fn new() -> World {
        let section = |wanted| sections().into_iter().find(|(name, _)| *name == wanted).expect("it is there").1;
        let module = Module::start_with(SERVICES);
        module.text(section("world"));
        let tables = host().tables.clone();
        World { module, tables, look: section("look") }
    }

    /// Makes the store what it was at first.
    fn restore(&self) {
        let mut host = host();
        host.tables = self.tables.clone();
        host.messages.clear();
    }

    fn look(&self) -> String {
        self.module.text(self.look)
    }

    /// Bytes held by Lua when nothing more can be freed.
    pub fn settled_bytes(&self) -> usize {
        for _ in 0..15 {
            self.module.run_gc();
        }
        lua::alloc::used()
    }

    pub fn undisturbed(&self, source: &str) -> Expected {
        self.restore();
        let before = self.look();
        host().calls = Default::default();
        dlmalloc::fail_after(NEVER, 0);
        let answer = self.module.eval(source);
        let requests = NEVER - dlmalloc::granted();
        let calls = host().calls;
        assert_eq!(self.module.eval(source), answer, "the same each time");
        Expected { answer, before, after: self.look(), requests, calls: calls.all(), writes: calls.set + calls.delete }
    }

    /// Runs a program with `failures` requests for memory failing after the first `granted`, and checks all that is
    /// promised. Returns whether it ended in an error of its own.
    pub fn disturbed(&self, source: &str, expected: &Expected, granted: usize, failures: usize) -> bool {
        self.restore();
        dlmalloc::fail_after(granted, failures);
        let answer = self.module.eval(source);
        dlmalloc::fail_after(NEVER, 0);
        check_messages();
        check_answer(&answer, &expected.answer);
        let world = self.look();
        assert!(world == expected.before || world == expected.after, "the world is {world}");
        assert_eq!(self.module.text(PROBE), "2\t1000");
        assert_eq!(self.module.eval(source), expected.answer, "the same program works afterwards");
        answer != expected.answer
    }

    /// Runs a program on a host that refuses a write, the one after `granted` others, and maybe all that follow.
    pub fn refused(&self, source: &str, expected: &Expected, granted: u64, rest: bool) {
        self.restore();
        host().refuse_after = Some(granted);
        host().refuse_rest = rest;
        let answer = self.module.eval(source);
        host().refuse_after = None;
        check_messages();
        let (Ok(text) | Err(text)) = &answer;
        let seen = answer.is_err() && String::from_utf8_lossy(first_line(text)).contains("the host refused");
        let (Ok(wanted) | Err(wanted)) = &expected.answer;
        assert!(seen || first_line(text) == first_line(wanted), "the answer is {}", String::from_utf8_lossy(text));
        let world = self.look();
        assert!(world == expected.before || world == expected.after, "the world is {world}");
        assert_eq!(self.module.eval(source), expected.answer, "the same program works afterwards");
    }

    /// Runs a program and a sweep on a host that lies, after so many honest answers. What it has stored can be read.
    pub fn lied_to(&self, source: &str, honest: u64, lies: &[u8]) {
        self.restore();
        host().lies = Some(Lies::new(lies));
        host().honest = honest;
        let _ = self.module.eval(source);
        self.module.run_gc();
        host().lies = None;
        check_messages();
        assert_eq!(self.module.text(PROBE), "2\t1000");
        self.module.text("ext.copy(Memory) for _, name in ipairs(ext.names()) do ext.copy(ext.table(name)) end");
    }

    /// A sweep with failing allocations deletes nothing that is reached.
    pub fn disturbed_sweep(&self, granted: usize, failures: usize) {
        self.restore();
        let before = self.look();
        dlmalloc::fail_after(granted, failures);
        self.module.run_gc();
        dlmalloc::fail_after(NEVER, 0);
        assert_eq!(self.look(), before);
        assert_eq!(self.module.text(PROBE), "2\t1000");
    }

    /// Requests for memory of a sweep.
    pub fn sweep_requests(&self) -> usize {
        self.restore();
        dlmalloc::fail_after(NEVER, 0);
        self.module.run_gc();
        NEVER - dlmalloc::granted()
    }
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

fn check_answer(answer: &Answer, expected: &Answer) {
    if answer == expected {
        return;
    }
    let (Ok(text) | Err(text)) = answer;
    let line = String::from_utf8_lossy(first_line(text));
    let same_error = matches!((answer, expected), (Err(error), Err(wanted)) if first_line(error) == first_line(wanted));
    let unshown = answer.is_err() && line.starts_with("(error object ");
    let memory = line.ends_with("not enough memory") || STACK.iter().any(|words| line.contains(words));
    assert!(memory || same_error || unshown, "the answer is {}", String::from_utf8_lossy(text));
}

/// What was sent to the services is whole.
fn check_messages() {
    for (name, message) in std::mem::take(&mut host().messages) {
        match &name[..] {
            b"results" => message::check_results(&message),
            b"error" => message::check_error(&message),
            _ => assert_eq!(name, b"stdout"),
        }
    }
}
