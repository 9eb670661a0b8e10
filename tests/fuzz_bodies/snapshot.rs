//! A store of any contents, read through everything that reads, swept, and written to; each step
//! against what the contract allows it to change.

use std::collections::BTreeSet;

use super::input::Input;
use crate::host::{difference, host, Module, Tables, TooLarge};

/// Reads every table it can get at, in every way; collects the errors met.
const READ: &str = r#"
local errors, queue, seen = {}, { Memory }, { [Memory] = true }
local function try(f, ...)
  local results = table.pack(pcall(f, ...))
  if not results[1] then errors[#errors + 1] = results[2] end
  return table.unpack(results, 1, results.n)
end
local function meet(value)
  if type(value) == "table" and not seen[value] then
    seen[value] = true
    queue[#queue + 1] = value
  end
end
local function walk(t)
  for k, v in pairs(t) do
    local again = t[k]
    assert(again == v or (v ~= v and again ~= again), "pairs and indexing agree")
    assert(math.type(again) == math.type(v), "subtypes agree")
    meet(k)
    meet(v)
  end
end
local function border(t)
  local n = #t
  assert(n == 0 or t[n] ~= nil, "a border is present")
  assert(n == math.maxinteger or t[n + 1] == nil, "the next index is absent")
end
local i = 1
while queue[i] do
  local t = queue[i]
  try(walk, t)
  try(border, t)
  try(function() for _, v in ipairs(t) do meet(v) end end)
  try(ext.copy, t)
  assert(ext.size(t) >= 0)
  for _, key in ipairs { "", "a", "absent", 1, 2.5, true } do
    local ok, value = try(function() return t[key] end)
    if ok then meet(value) end
  end
  i = i + 1
end
local ok, names = try(ext.names)
if ok then
  for i, name in ipairs(names) do assert(type(name) == "string" and (i == 1 or names[i - 1] <= name), "names are sorted") end
end
for _, message in ipairs(errors) do print((message:gsub("%c", " "))) end
"#;

/// Uses the store; what it may change is in `untouched`.
const WRITE: &str = r#"
pcall(function() Memory.new = { { 1 }, "two" } end)
pcall(function() ext.table("new").x = { {} } end)
pcall(function() ext.table().x = 1 end)
pcall(function() ext.drop("absent") end)
"#;

/// What errors about a store may say.
const NAMED_ERRORS: &[&str] = &[
    ": malformed value for key ",
    ": malformed key",
    "external tables: damaged catalogue",
    "is a function of an older build, which cannot be read",
];

pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let absent = input.byte() & 1 != 0;
    let store = store(&mut input);
    let module = Module::start();
    {
        let mut host = host();
        host.tables = store.clone();
        host.too_large = if absent { TooLarge::Absent } else { TooLarge::Truncate };
    }
    read(&module, &store);
    module.reload();
    sweep(&module, &store);
    write(&module);
}

fn read(module: &Module, store: &Tables) {
    let text = module.text(READ);
    for line in text.lines() {
        assert!(NAMED_ERRORS.iter().any(|error| line.contains(error)), "{line}");
    }
    assert_eq!(difference(&host().tables, store), None, "reading does not write");
}

/// The sweep deletes what nothing reaches, nothing else, and nothing at all when in doubt.
fn sweep(module: &Module, store: &Tables) {
    module.run_gc();
    let after = host().tables.clone();
    let mut expected = store.clone();
    match next(store) {
        // A store without a catalogue gets one, and keeps all else.
        None => drop(expected.insert(0, after.get(&0).cloned().unwrap_or_default())),
        Some(next) => {
            if let Some((next, reached)) = next.and_then(|next| Some((next, reached(store)?))) {
                expected.retain(|table, _| reached.contains(table) || *table >= next || *table == 0);
                let lowered = after[&0][&b"next"[..]].clone();
                expected.get_mut(&0).expect("it has a next").insert(b"next".to_vec(), lowered);
            }
        }
    }
    assert_eq!(difference(&after, &expected), None, "after the sweep, and as it should be");
}

/// The next free id: the first none is a store without a catalogue, the second a damaged one.
fn next(store: &Tables) -> Option<Option<u32>> {
    let value = store.get(&0)?.get(&b"next"[..])?;
    let integer = value.strip_prefix(&[2]).and_then(|payload| Some(i64::from_le_bytes(payload.try_into().ok()?)));
    Some(integer.filter(|next| (2..=1 << 31).contains(next)).map(|next| next as u32))
}

/// The tables that something reaches; none when a name stands for no table.
fn reached(store: &Tables) -> Option<BTreeSet<u32>> {
    let mut reached = BTreeSet::from([1]);
    let mut queue = vec![1];
    for (key, value) in &store[&0] {
        if key.starts_with(b"name:") {
            queue.push(table_in(value)?);
        }
    }
    while let Some(table) = queue.pop() {
        reached.insert(table);
        for (key, value) in store.get(&table).into_iter().flatten() {
            let found = [table_in(key), table_in(value)].into_iter().flatten();
            queue.extend(found.filter(|id| !reached.contains(id)));
        }
    }
    Some(reached)
}

fn table_in(bytes: &[u8]) -> Option<u32> {
    let id = u32::from_le_bytes(bytes.strip_prefix(&[7])?.try_into().ok()?);
    (id != 0 && id != u32::MAX).then_some(id)
}

/// New tables take no id that is in use, and nothing that was there goes.
fn write(module: &Module) {
    let before = host().tables.clone();
    assert_eq!(module.eval(WRITE), Ok(Vec::new()));
    let after = host().tables.clone();
    for (table, contents) in &before {
        for (key, value) in contents {
            if untouched(*table, key) {
                let now = after.get(table).and_then(|contents| contents.get(key));
                assert_eq!(now, Some(value), "key {key:?} of table {table}");
            }
        }
        let added = after[table].keys().filter(|key| untouched(*table, key) && !contents.contains_key(*key));
        assert!(contents.is_empty() || added.count() == 0, "a new table got the id {table}, which is in use");
    }
    assert_eq!(module.text("return 1 + 1"), "2");
}

/// Whether `WRITE` has no business with this key.
fn untouched(table: u32, key: &[u8]) -> bool {
    let named_new = host().stored(0, b"name:new").and_then(table_in);
    table != 0 && !(table == 1 && key == b"new") && !(named_new == Some(table) && key == b"x")
}

fn store(input: &mut Input<'_>) -> Tables {
    let mut store = Tables::new();
    while !input.is_empty() {
        let table = match input.byte() {
            250.. => u32::from_le_bytes(input.array()) % u32::MAX,
            byte => u32::from(byte % 8),
        };
        let key = key(input);
        let value = value(input);
        if fits_native_tests(table, &key, &value) {
            store.entry(table).or_default().insert(key, value);
        }
    }
    store
}

/// The sweep takes time by `next`.
fn fits_native_tests(table: u32, key: &[u8], value: &[u8]) -> bool {
    let Some(Ok(payload)) = value.strip_prefix(&[2]).map(<[u8; 8]>::try_from) else { return true };
    (table, key) != (0, b"next") || !(4096..=1 << 31).contains(&i64::from_le_bytes(payload))
}

fn key(input: &mut Input<'_>) -> Vec<u8> {
    const CATALOGUE: [&[u8]; 6] = [b"next", b"max", b"name:a", b"name:", b"name:new", b"name:table:3"];
    const NAMES: [&[u8]; 4] = [b"a", b"b", b"new", b"x"];
    match input.below(7) {
        0 => {
            let length = input.below(20);
            input.take(length.into()).to_vec()
        }
        1 => tagged(2, &i64::from(input.byte() as i8).to_le_bytes()),
        2 => CATALOGUE[usize::from(input.below(6))].to_vec(),
        3 => NAMES[usize::from(input.below(4))].to_vec(),
        4 => tagged(7, &u32::from(input.below(9)).to_le_bytes()),
        5 => tagged(3, &input.array::<8>()),
        _ => string(input),
    }
}

fn value(input: &mut Input<'_>) -> Vec<u8> {
    match input.below(8) {
        0 => {
            let length = input.byte();
            input.take(length.into()).to_vec()
        }
        1 => tagged(2, &i64::from(input.byte() as i8).to_le_bytes()),
        2 | 3 => tagged(7, &u32::from(input.below(9)).to_le_bytes()),
        4 => tagged(2, &input.array::<8>()),
        5 => tagged(3, &input.array::<8>()),
        6 => string(input),
        _ => {
            let large = 16370 + usize::from(input.byte());
            tagged(4, &[&(large as u32).to_le_bytes()[..], &vec![b'L'; large]].concat())
        }
    }
}

fn string(input: &mut Input<'_>) -> Vec<u8> {
    let length = input.byte();
    let bytes = input.take(length.into());
    tagged(4, &[&(bytes.len() as u32).to_le_bytes()[..], bytes].concat())
}

fn tagged(tag: u8, payload: &[u8]) -> Vec<u8> {
    [&[tag], payload].concat()
}
