//! External tables (contract, sections 5 and 6) on the native module and a host of maps.

mod host;
mod random;

use host::{difference, host, Host, Lies, Module, TooLarge};
use lua::codec::{encode, Item};
use random::is_long;

/// The wire form of a value that is no string.
fn wire(item: Item<'_>) -> Vec<u8> {
    encode(item).as_slice().to_vec()
}

fn string(text: &str) -> Vec<u8> {
    [wire(Item::String(text.as_bytes())), text.as_bytes().to_vec()].concat()
}

#[test]
fn values_of_every_kind_come_back_after_a_reload() {
    let module = Module::start();
    module.text("Memory.b, Memory.i, Memory.f, Memory.s, Memory.t = true, -7, 3.0, 'a\\0\\255', { 1 }");
    module.reload();
    assert_eq!(
        module.text("Memory.b, Memory.i, Memory.f, #Memory.s, Memory.t[1], _home == Memory"),
        "true\t-7\t3.0\t3\t1\ttrue"
    );
}

#[test]
fn the_host_gets_the_bytes_of_the_contract() {
    let module = Module::start();
    module.text("Memory.x = 5 Memory[1] = 'one' Memory[''] = false Memory[2.5] = 1.5 Memory['\\7'] = 1");
    let host = host();
    assert_eq!(host.stored(1, b"x"), Some(&wire(Item::Integer(5))[..]));
    assert_eq!(host.stored(1, &wire(Item::Integer(1))), Some(&string("one")[..]));
    assert_eq!(host.stored(1, &string("")), Some(&[1, 0][..]));
    assert_eq!(host.stored(1, &wire(Item::Float(2.5))), Some(&wire(Item::Float(1.5))[..]));
    assert_eq!(host.stored(1, &string("\u{7}")), Some(&wire(Item::Integer(1))[..]));
    assert_eq!(host.count(1), 5);
    assert_eq!(host.count(0), 0, "scalars need no catalogue");
}

#[test]
fn a_scalar_costs_one_call() {
    let module = Module::start();
    for (source, set, get, delete) in
        [("Memory.x = 1", 1, 0, 0), ("local _ = Memory.x", 0, 1, 0), ("Memory.x = nil", 0, 0, 1)]
    {
        host().calls = Default::default();
        module.text(source);
        let calls = host().calls;
        assert_eq!((calls.set, calls.get, calls.delete, calls.all()), (set, get, delete, 1), "{source}");
    }
}

#[test]
fn keys_normalise_as_in_a_table() {
    let module = Module::start();
    module.text("Memory[2^53] = 'a' Memory[2.0] = 'b' Memory['2'] = 'c'");
    assert_eq!(module.text("Memory[1 << 53], Memory[2], Memory['2'], ext.size(Memory)"), "a\tb\tc\t3");
}

#[test]
fn keys_that_cannot_be_raise_when_written_and_are_absent_when_read() {
    let module = Module::start();
    assert_eq!(module.message("Memory[nil] = 1"), "eval:1: table index is nil");
    assert_eq!(module.message("Memory[0/0] = 1"), "eval:1: table index is NaN");
    assert_eq!(module.message("Memory[print] = 1"), "eval:1: external table 1: cannot use a function as a key");
    assert_eq!(module.message("Memory[{}] = 1"), "eval:1: external table 1: cannot use a table as a key");
    assert_eq!(module.text("Memory[nil], Memory[0/0], Memory[print], Memory[{}]"), "nil\tnil\tnil\tnil");
    assert_eq!(host().count(1), 0);
}

#[test]
fn strings_of_any_length_work_on_both_kinds_of_host() {
    for too_large in [TooLarge::Truncate, TooLarge::Absent] {
        let module = Module::start();
        host().too_large = too_large;
        for length in [0, 1, 16378, 16379, 16380, 65531, 65536, 300_000] {
            module.text(format!("Memory.s = ('x'):rep({length})"));
            module.reload();
            assert_eq!(
                module.text("return #Memory.s, Memory.s == ('x'):rep(#Memory.s)"),
                format!("{length}\ttrue"),
                "{too_large:?}"
            );
        }
    }
}

#[test]
fn pairs_gives_every_key_once_however_many_there_are() {
    let module = Module::start();
    module.text("for i = 1, 3000 do Memory[i] = i Memory['k' .. i] = -i end");
    assert_eq!(
        module.text("local n, sum = 0, 0 for k, v in pairs(Memory) do n, sum = n + 1, sum + v end return n, sum"),
        "6000\t0"
    );
}

#[test]
fn pairs_allows_changing_and_deleting_on_the_way() {
    let module = Module::start();
    module.text("for i = 1, 100 do Memory[i] = i end");
    assert_eq!(
        module.text(
            "local seen = 0
             for k in pairs(Memory) do
               assert(Memory[k] ~= nil, 'a deleted key is skipped')
               Memory[k] = nil Memory[101 - k] = nil seen = seen + 1
             end
             return seen, next(ext.copy(Memory))"
        ),
        "50\tnil"
    );
}

#[test]
fn the_border_is_one_and_takes_few_calls() {
    let module = Module::start();
    module.text("for i = 1, 5000 do Memory[i] = i end Memory.x = 1");
    host().calls = Default::default();
    assert_eq!(module.text("return #Memory"), "5000");
    let calls = host().calls.all();
    assert!(calls < 40, "{calls} calls");
    module.text("Memory[1] = nil");
    let border = module.text("local n = #Memory return n == 0 or Memory[n] ~= nil and Memory[n + 1] == nil");
    assert_eq!(border, "true");
}

#[test]
fn the_table_library_works_on_external_tables() {
    let module = Module::start();
    module.text("for i = 1, 20 do table.insert(Memory, (i * 7) % 20) end table.sort(Memory)");
    assert_eq!(module.text("table.concat(Memory, ' ')"), (0..20).map(|n| n.to_string()).collect::<Vec<_>>().join(" "));
    assert_eq!(module.text("table.remove(Memory), table.remove(Memory, 1), #Memory"), "19\t0\t18");
    assert_eq!(module.text("table.unpack(Memory, 1, 3)"), "1\t2\t3");
    assert_eq!(module.text("return #table.move(Memory, 1, 5, 2, {0})"), "6");
}

#[test]
fn the_same_table_is_the_same_object() {
    let module = Module::start();
    module.text("Memory.a = {} Memory.b = Memory.a Memory[Memory.a] = 'key'");
    assert_eq!(module.text("Memory.a == Memory.b, rawequal(Memory.a, Memory.b), Memory[Memory.b]"), "true\ttrue\tkey");
    assert_eq!(module.text("({ [Memory.a] = 'found' })[Memory.b]"), "found");
}

#[test]
fn a_proxy_can_neither_be_forged_nor_changed() {
    let module = Module::start();
    assert_eq!(module.text("type(Memory), getmetatable(Memory)"), "table\tnil");
    module.error("setmetatable(Memory, {})");
    module.error("debug.setmetatable(Memory, {})");
    assert_eq!(module.text("debug.getmetatable(Memory)"), "nil");
    assert_eq!(module.text("(pcall(ext.id, {}))"), "false");
}

#[test]
fn a_plain_table_is_stored_by_value_with_its_shape() {
    let module = Module::start();
    module.text("local s = { 's' } local t = { s, s, deep = { { s } } } t.self = t Memory.t = t t[1][1] = 'changed'");
    module.reload();
    assert_eq!(
        module.text("local t = Memory.t return t.self == t, t[1] == t[2], t.deep[1][1] == t[1], t[1][1]"),
        "true\ttrue\ttrue\ts"
    );
    module.text("Memory.t.deep[1].depth = 3");
    assert_eq!(module.text("Memory.t.deep[1].depth"), "3");
}

#[test]
fn a_copy_is_plain_and_has_the_shape_too() {
    let module = Module::start();
    module.text("Memory.t = { 1, { 2 }, 'x' } Memory.t.self = Memory.t Memory.t[Memory.t] = 'k'");
    assert_eq!(
        module.text("local c = ext.copy(Memory.t) return type(c), c[2][1], c.self == c, c[c], c[3]"),
        "table\t2\ttrue\tk\tx"
    );
}

#[test]
fn what_cannot_be_stored_is_named_and_nothing_is_written() {
    let module = Module::start();
    module.text("Memory.cfg = 'old'");
    let before = host().tables.clone();
    for (source, expected) in [
        ("Memory.cfg = print", "cannot store a function (field 'cfg')"),
        ("Memory.cfg = { handlers = { 1, print } }", "cannot store a function (field 'cfg.handlers[2]')"),
        ("Memory.cfg = { co = coroutine.create(print) }", "cannot store a coroutine (field 'cfg.co')"),
        ("Memory.cfg = { io.stdout }", "cannot store a userdata (field 'cfg[1]')"),
        ("Memory.cfg = { x = setmetatable({}, {}) }", "cannot store a table with a metatable (field 'cfg.x')"),
        ("Memory.cfg = { [print] = 1 }", "cannot use a function as a key (field 'cfg[?]')"),
        ("Memory.cfg = { ['not a name'] = print }", "cannot store a function (field 'cfg['not a name']')"),
    ] {
        assert_eq!(module.message(source), format!("eval:1: {expected}"));
        assert_eq!(difference(&host().tables, &before), None, "after {source}");
    }
}

#[test]
fn a_very_deep_chain_is_stored_copied_read_and_swept_without_recursion() {
    let depth = if is_long() { 1_000_000 } else { 100_000 };
    let module = Module::start();
    module.text(format!("local t = {{}} for i = 1, {depth} do t = {{ t }} end Memory.t = t"));
    assert_eq!(host().tables.values().filter(|contents| !contents.is_empty()).count(), depth + 2);
    let walk = "local n, t = 0, ... while t[1] do t, n = t[1], n + 1 end return n";
    assert_eq!(module.text(format!("return (function(...) {walk} end)(ext.copy(Memory.t))")), depth.to_string());
    module.reload();
    module.run_gc();
    assert_eq!(module.text(format!("return (function(...) {walk} end)(Memory.t)")), depth.to_string());
    module.text("Memory.t = nil");
    module.run_gc();
    assert_eq!(host().tables.values().filter(|contents| !contents.is_empty()).count(), 1, "the catalogue is left");
}

#[test]
fn names_stay_and_list_sorted() {
    let module = Module::start();
    module.text("ext.table('b').x = 1 ext.table('a').y = 2 ext.table('') ");
    module.reload();
    assert_eq!(module.text("table.concat(ext.names(), ',')"), ",a,b");
    assert_eq!(module.text("ext.table('b').x, ext.table('a').y, ext.table('a') == ext.table('a')"), "1\t2\ttrue");
    assert_eq!(module.text("ext.drop('a'), ext.drop('a'), table.concat(ext.names(), ',')"), "true\tfalse\t,b");
    assert_eq!(module.message("ext.table(5)"), "eval:1: the name of an external table must be a string, not a number");
}

#[test]
fn the_sweep_keeps_what_is_reached_and_deletes_the_rest() {
    let module = Module::start();
    module.text(
        "Memory.kept = { { 'deep' } } ext.table('named').kept = { 1 } held = ext.table() held.kept = { 1 }
         Memory[ext.table()] = 'by key' Memory.lost = { { 'lost' } } Memory.lost = nil
         local cycle = ext.table() cycle.me = cycle",
    );
    let tables = |host: &Host| host.tables.iter().filter(|(id, contents)| **id > 1 && !contents.is_empty()).count();
    assert_eq!(tables(&host()), 9);
    module.run_gc();
    assert_eq!(tables(&host()), 6, "two lost tables and a cycle go");
    assert_eq!(module.text("held.kept[1], Memory.kept[1][1], ext.table('named').kept[1]"), "1\tdeep\t1");
    module.text("held = nil ext.drop('named')");
    module.run_gc();
    assert_eq!(tables(&host()), 2);
    assert_eq!(module.text("Memory.kept[1][1]"), "deep");
}

#[test]
fn a_table_that_a_finalizer_brings_back_is_not_swept() {
    let module = Module::start();
    module.text(
        "do local t = ext.table() t.x = 'alive' setmetatable({ t }, { __gc = function(holder) saved = holder[1] end }) end",
    );
    module.run_gc();
    assert_eq!(module.text("saved.x"), "alive");
    module.run_gc();
    assert_eq!(module.text("saved.x"), "alive");
    module.text("saved = nil");
    module.run_gc();
    module.run_gc();
    assert_eq!(host().count(2), 0, "then it goes");
}

#[test]
fn an_id_is_not_given_out_while_its_table_is_in_use() {
    let module = Module::start();
    module.text("held = ext.table() Memory.t = { 'first' }");
    let (held, first) = (module.text("ext.id(held)"), module.text("ext.id(Memory.t)"));
    module.run_gc();
    let next = module.text("ext.id(ext.table())");
    assert!(next != held && next != first);
    // A damaged `next` that lies among tables in use.
    host().put(0, b"next", &wire(Item::Integer(2)));
    let next = module.text("Memory.u = { 'second' } return ext.id(Memory.u)");
    assert!(next != held && next != first);
    assert_eq!(module.text("Memory.t[1], Memory.u[1]"), "first\tsecond");
}

/// A store as the Zig build left it: no catalogue, tables 1, 2, 3 and 60.
fn old_store() {
    let mut host = host();
    host.put(1, b"x", &wire(Item::Integer(1)));
    host.put(1, b"7", &string("seven"));
    host.put(2, b"in two", &wire(Item::Boolean(true)));
    host.put(3, b"me", &wire(Item::Table(2)));
    host.put(60, b"far", &wire(Item::Float(0.5)));
    host.put(2, b"f", &[5, 1, 2, 3]);
}

#[test]
fn an_old_store_is_read_without_being_written_to() {
    let module = Module::start();
    old_store();
    let before = host().tables.clone();
    assert_eq!(module.text("Memory.x, Memory['7'], #ext.names(), ext.copy(Memory).x"), "1\tseven\t0\t1");
    assert_eq!(difference(&host().tables, &before), None);
}

#[test]
fn an_old_store_is_adopted_under_names_at_the_first_allocation_name_or_sweep() {
    for first in ["ext.table()", "ext.table('new')", "Memory.t = {}", "sweep"] {
        let module = Module::start();
        old_store();
        let before = host().tables.clone();
        if first == "sweep" {
            module.run_gc();
        } else {
            module.text(format!(
                "local _ = nil {}",
                if first.starts_with("ext") { format!("_ = {first}") } else { first.into() }
            ));
        }
        module.run_gc();
        let names = module.text("table.concat(ext.names(), ' ')");
        assert_eq!(names.replace("new ", ""), "table:2 table:3 table:60", "{first}");
        assert_eq!(
            module.text("ext.table('table:3').me == ext.table('table:2'), ext.table('table:60').far"),
            "true\t0.5"
        );
        for table in [2, 3, 60] {
            assert_eq!(host().tables[&table], before[&table]);
        }
    }
}

#[test]
fn malformed_bytes_are_errors_that_name_table_and_key() {
    let module = Module::start();
    host().put(1, b"bad", &[1, 2]);
    host().put(1, &wire(Item::Integer(2)), &[]);
    host().put(1, b"fn", &[5, 0]);
    host().put(1, b"nil", &[0]);
    assert_eq!(module.message("return Memory.bad"), "eval:1: external table 1: malformed value for key 'bad'");
    assert_eq!(module.message("return Memory[2]"), "eval:1: external table 1: malformed value for key [2]");
    assert!(module.message("return Memory.fn").contains("'fn' is a function of an older build"));
    assert_eq!(module.text("Memory['nil']"), "nil");
    host().tables.clear();
    host().put(1, b"nil", &[0]);
    assert_eq!(module.text("local n = 0 for _ in pairs(Memory) do n = n + 1 end return n"), "0");
    host().put(1, &[2, 1], &[1, 1]);
    assert_eq!(module.message("for _ in pairs(Memory) do end"), "eval:1: external table 1: malformed key");
    assert_eq!(module.message("ext.copy(Memory)"), "eval:1: external table 1: malformed key");
}

#[test]
fn a_damaged_catalogue_is_an_error_and_nothing_is_swept() {
    let damages: [(&[u8], Vec<u8>); 6] = [
        (b"next", wire(Item::Integer(1))),
        (b"next", wire(Item::Integer((1 << 31) + 1))),
        (b"next", wire(Item::Float(5.0))),
        (b"next", string("a string longer than any number")),
        (b"next", vec![9]),
        (b"name:x", wire(Item::Integer(3))),
    ];
    for (key, value) in damages {
        let module = Module::start();
        module.text("Memory.t = { 1 } Memory.lost = { 2 } Memory.lost = nil");
        host().put(0, key, &value);
        let before = host().tables.clone();
        module.run_gc();
        assert_eq!(difference(&host().tables, &before), None, "{key:?} {value:?}");
        let source = if key == b"next" { "Memory.u = {}" } else { "ext.table('x')" };
        assert_eq!(module.message(source), "eval:1: external tables: damaged catalogue");
        assert_eq!(module.text("Memory.t[1]"), "1", "what is there can be read");
    }
}

#[test]
fn a_refused_write_says_so() {
    let module = Module::start();
    for (source, shown) in [
        ("Memory.x = 1", "'x'"),
        ("Memory[2] = 'y'", "[2]"),
        ("Memory[true] = 1", "[true]"),
        ("Memory[1.5] = 1", "[1.5]"),
    ] {
        host().refuse_after = Some(0);
        assert_eq!(module.message(source), format!("eval:1: external table 1: the host refused to store key {shown}"));
    }
    assert_eq!(host().count(1), 0);
}

/// Writes that each need several host calls, over an old value.
const WRITES: [&str; 6] = [
    "Memory.v = { 1, { 2, { 3 } }, x = { y = {} } }",
    "local t = { {}, {} } t.self = t t[1].up = t Memory.v = t",
    "Memory.v = ('x'):rep(40000)",
    "Memory.v = { ('x'):rep(40000), { ('y'):rep(40000) } }",
    "Memory.v = nil",
    "ext.table('new').x = { 1 } Memory.v = ext.table('new')",
];

#[test]
fn whichever_write_is_refused_the_old_value_stays_and_the_store_opens() {
    for write in WRITES {
        for rest in [false, true] {
            let refused = (0..).take_while(|&k| refuse_write(write, k, rest)).count();
            assert!(refused > 0, "{write} writes");
        }
    }
}

/// Runs `write` on a host that refuses the k-th write (and all that follow); false when it does
/// not write so often.
fn refuse_write(write: &str, k: u64, rest: bool) -> bool {
    const OLD: &str = "local v = Memory.v return type(v) == 'table' and v.old and v.deep[1] .. v.deep[2][1]";
    let module = Module::start();
    module.text("Memory.v = { old = true, deep = { 'a', { 'b' } } }");
    host().refuse_after = Some(k);
    host().refuse_rest = rest;
    let failed = module.eval(write).is_err();
    let refused = host().refused;
    host().refuse_after = None;
    assert_eq!(failed, refused, "{write}: an error if and only if write {k} was refused");
    if refused {
        assert_eq!(module.text(OLD), "ab", "{write}, refused at {k}");
        module.reload();
        module.run_gc();
        assert_eq!(module.text(OLD), "ab", "{write}, refused at {k}, reopened");
    }
    module.text("ext.copy(Memory) for _, name in ipairs(ext.names()) do ext.copy(ext.table(name)) end");
    module.text("Memory.w = { { 'new' } } assert(Memory.w[1][1] == 'new')");
    refused
}

#[test]
fn a_store_that_fails_leaves_no_new_table_behind() {
    let module = Module::start();
    module.text("Memory.v = 'old'");
    for k in 1..8 {
        host().refuse_after = Some(k);
        module.error("Memory.v = { { { { { {} } } } } , 1, 2, 3, 4, 5, 6, 7, 8 }");
        host().refuse_after = None;
        let left: Vec<u32> =
            host().tables.iter().filter(|(_, contents)| !contents.is_empty()).map(|(id, _)| *id).collect();
        assert_eq!(left, [0, 1], "refused at {k}");
    }
}

#[test]
fn a_host_may_replace_every_table_between_two_evals() {
    let module = Module::start();
    module.text("Memory.t = { 'first' } t = Memory.t");
    let first = host().tables.clone();
    module.text("Memory.t[1] = 'second' Memory.u = ('x'):rep(50000)");
    host().tables = first;
    assert_eq!(module.text("t[1], Memory.t == t, Memory.u"), "first\ttrue\tnil");
}

#[test]
fn a_host_that_lies_is_survived() {
    // Each byte is a lie about a number (contract: nothing a host says may break the module).
    for lie in 0..10u8 {
        let module = Module::start();
        module.text("Memory.t = { 1, 2 } Memory.s = 'text'");
        host().lies = Some(Lies::new(&[lie; 64]));
        for source in [
            "Memory.s",
            "for _ in pairs(Memory) do end",
            "#Memory",
            "Memory.n = { {} }",
            "ext.names()",
            "ext.copy(Memory)",
        ] {
            let _ = module.eval(source);
        }
        module.run_gc();
        host().lies = None;
        assert_eq!(module.text("1+1"), "2");
    }
}

#[test]
fn the_state_can_be_used_in_finalizers_during_external_work() {
    let module = Module::start();
    module.text(
        "local function again() setmetatable({}, { __gc = function() Memory.gc = (Memory.gc or 0) + 1 again() end }) end again()
         collectgarbage('generational')
         for i = 1, 2000 do Memory['k' .. i % 50] = ('v'):rep(i) assert(#Memory['k' .. i % 50] == i) end
         collectgarbage('incremental')",
    );
    assert_eq!(module.text("Memory.gc > 0"), "true");
}
