//! A host whose answers come out of the input while fixed scripts work with it: numbers out of
//! range, counts that lie, bytes that decode to nothing.

use super::input::Input;
use crate::host::{host, Lies, Module, TooLarge};

/// Each runs whether the one before failed or not.
const SCRIPTS: &[&str] = &[
    "Memory.a, Memory[1], Memory[true], Memory[2.5] = 1, 'one', false, 0.1",
    "Memory.big = ('x'):rep(20000) return #Memory.big",
    "Memory.graph = { 1, { 2, { 3 } }, name = { 'n' } } Memory.graph.self = Memory.graph return #Memory.graph",
    "local n = 0 for k, v in pairs(Memory) do n = n + 1 if n > 100 then break end end return n",
    "for i = 1, 20 do Memory[i] = i end table.sort(Memory, function(a, b) return tostring(a) > tostring(b) end)",
    "table.insert(Memory, 'last') table.remove(Memory, 1) return #Memory, table.concat(Memory, ',', 1, 3)",
    "local t = ext.table('named') t.x = { {} } return ext.id(t), ext.size(t), #ext.names()",
    "return tostring(ext.copy(Memory)), ext.copy(Memory.graph)",
    "ext.table().x = 1 ext.drop('named') for i, v in ipairs(Memory) do Memory[i] = nil end",
    "ext.clear(Memory.graph) Memory.graph = nil return Memory.graph",
    "setmetatable({}, { __gc = function() Memory.late = { 'late' } end }) collectgarbage() return Memory.late",
];

pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let modes = input.byte();
    let module = Module::start();
    prepare(&module, modes);
    host().lies = Some(Lies::new(input.rest()));
    for script in SCRIPTS {
        let _ = module.eval(script);
        module.run_gc();
        lower_next();
    }
    host().lies = None;
    host().refuse_after = None;
    assert_eq!(module.text("return 1 + 1"), "2");
    // Whatever it was told, it wrote nothing that cannot be read.
    module.reload();
    let read = module.eval("ext.copy(Memory) for _, name in ipairs(ext.names()) do ext.copy(ext.table(name)) end");
    assert_eq!(read.map_err(|error| String::from_utf8_lossy(&error).into_owned()), Ok(Vec::new()));
}

/// The sweep takes time by `next`, and a host that lies about it can make it as large as an id can be.
fn lower_next() {
    const HIGH: i64 = 4096;
    let stored =
        host().stored(0, b"next").and_then(|value| value.strip_prefix(&[2])?.try_into().ok()).map(i64::from_le_bytes);
    if stored.is_some_and(|next| next > HIGH) {
        host().put(0, b"next", &[&[2][..], &HIGH.to_le_bytes()].concat());
    }
}

/// A store with something in it, on one of several kinds of host.
fn prepare(module: &Module, modes: u8) {
    if modes & 1 != 0 {
        host().too_large = TooLarge::Absent;
    }
    if modes & 2 != 0 {
        module.text("Memory.old = { deep = { 1, 2, 3 } } ext.table('old').big = ('y'):rep(40000)");
    }
    if modes & 4 != 0 {
        host().refuse_after = Some(u64::from(modes >> 4));
        host().refuse_rest = modes & 8 != 0;
    }
}
