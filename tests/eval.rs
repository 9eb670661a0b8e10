//! `eval` and the Lua environment (contract, sections 1, 3 and 4) on the native module.

mod fuzz_bodies;
mod host;

use fuzz_bodies::message;
use host::{answer, host, Module};

#[test]
fn an_expression_gives_its_value() {
    let module = Module::start();
    assert_eq!(module.text("1+1"), "2");
    assert_eq!(module.text("'a', nil, true, 2.0"), "a\tnil\ttrue\t2.0");
    assert_eq!(module.text("return 42"), "42");
    assert_eq!(module.text("return nil"), "nil");
}

#[test]
fn statements_without_results_give_an_empty_text() {
    let module = Module::start();
    assert_eq!(module.text("local x = 1"), "");
    assert_eq!(module.text(""), "");
    assert_eq!(module.text("return"), "");
    assert_eq!(module.text("  -- nothing but a comment"), "");
}

#[test]
fn output_comes_first_and_results_on_a_line_of_their_own() {
    let module = Module::start();
    assert_eq!(module.text("print('hi')"), "hi\n");
    assert_eq!(module.text("print('hi') return 42"), "hi\n42");
    assert_eq!(module.text("io.write('hi') return 42"), "hi\n42");
    assert_eq!(module.text("io.write('hi') local x"), "hi");
    assert_eq!(module.text("io.stdout:write('a', 1, 2.5) io.stderr:write('b')"), "a12.5b");
    assert_eq!(
        module.text("return setmetatable({}, {__tostring = function() print('in') return 'out' end})"),
        "in\nout"
    );
}

#[test]
fn output_keeps_every_byte() {
    let module = Module::start();
    let all: Vec<u8> = (0..=255).collect();
    let source = "local t = {} for i = 0, 255 do t[#t + 1] = string.char(i) end io.write(table.concat(t))";
    assert_eq!(module.eval(source), Ok(all));
}

#[test]
fn a_syntax_error_is_its_message_alone() {
    let module = Module::start();
    assert_eq!(module.error("return 1 +"), "eval:1: unexpected symbol near <eof>");
    assert_eq!(module.error("x =\n\n= 1"), "eval:3: unexpected symbol near '='");
}

#[test]
fn a_run_time_error_has_position_and_traceback() {
    let module = Module::start();
    let error = module.error("local function f()\n  error('bad')\nend\nf()");
    assert_eq!(error.lines().next(), Some("eval:2: bad"));
    let traceback: Vec<&str> = error.lines().skip(1).collect();
    assert_eq!(traceback[0], "stack traceback:");
    assert!(traceback.iter().any(|line| line.contains("eval:2: in")), "{error}");
    assert!(traceback.iter().any(|line| line.contains("eval:4: in")), "{error}");
}

#[test]
fn other_error_values_show_as_tostring_shows_them() {
    let module = Module::start();
    assert_eq!(module.message("error(setmetatable({}, {__tostring = function() return 'shown' end}))"), "shown");
    assert_eq!(
        module.message("error(setmetatable({}, {__tostring = function() error('no') end}))"),
        "(error object is a table value)"
    );
    assert_eq!(
        module.message("error(setmetatable({}, {__tostring = function() return {} end}))"),
        "(error object is a table value)"
    );
    assert_eq!(module.message("error(nil)"), "nil");
    assert_eq!(module.message("error(42)"), "42");
    assert!(module.message("error({})").starts_with("table: 0x"));
}

#[test]
fn output_before_an_error_is_not_part_of_it() {
    let module = Module::start();
    assert_eq!(module.message("print('before') error('after', 0)"), "after");
    assert_eq!(module.text("1"), "1");
}

#[test]
fn errors_leave_a_state_that_works() {
    let module = Module::start();
    for source in
        ["error('x')", "local t = nil; t.x = 1", "return +", "error()", "coroutine.wrap(error)('y')", "string.rep()"]
    {
        module.error(source);
        assert_eq!(module.text("1+1"), "2", "after {source}");
    }
}

#[test]
fn globals_stay_from_one_eval_to_the_next_and_locals_do_not() {
    let module = Module::start();
    module.text("x = 1 local y = 2");
    assert_eq!(module.text("x, y"), "1\tnil");
    module.error("x = 5 error('stop') x = 6");
    assert_eq!(module.text("x"), "5");
}

#[test]
fn a_text_larger_than_the_buffer_is_cut_and_says_by_how_much() {
    let module = Module::start();
    assert_eq!(module.text("return ('x'):rep(100000)"), "x".repeat(65513) + "\n[... 34487 more bytes]");
}

#[test]
fn a_text_of_just_the_buffer_is_whole() {
    let module = Module::start();
    assert_eq!(module.text("return ('x'):rep(65536)"), "x".repeat(65536));
    assert_eq!(module.text("io.write(('x'):rep(65535)) return ''").len(), 65536);
}

#[test]
fn a_long_error_is_cut_too() {
    let module = Module::start();
    let error = module.error("error(('y'):rep(70000), 0)");
    assert!(error.starts_with("yyy") && error.ends_with(" more bytes]"));
    assert!(error.len() <= 65536);
}

#[test]
fn a_source_of_the_whole_buffer_runs() {
    let module = Module::start();
    let source = "return 7".to_owned() + &" ".repeat(65536 - 8);
    assert_eq!(module.text(source), "7");
}

#[test]
fn misuse_is_an_error() {
    let module = Module::before_init();
    assert_eq!(answer(lua::eval(1)), Err(b"lua is not ready: init has not been called, or failed".to_vec()));
    module.run_gc();
    assert_eq!(lua::init(), 0);
    assert_eq!(lua::init(), 0);
    for length in [65537, 1 << 31, u32::MAX] {
        assert_eq!(answer(lua::eval(length)), Err(b"the source is larger than the buffer (65536 bytes)".to_vec()));
    }
    assert_eq!(module.text("1"), "1");
}

#[test]
fn a_second_init_keeps_the_state() {
    let module = Module::start();
    module.text("x = 1");
    assert_eq!(lua::init(), 0);
    assert_eq!(module.text("x"), "1");
}

#[test]
fn calls_from_inside_an_import_are_refused() {
    static SEEN: std::sync::Mutex<Option<(i32, i32)>> = std::sync::Mutex::new(None);
    let module = Module::start();
    host().reenter = Some(|| {
        lua::run_gc();
        *SEEN.lock().unwrap() = Some((lua::eval(0), lua::init()));
    });
    assert_eq!(module.text("io.write('kept') return ext.size(Memory)"), "kept\n0");
    let (eval, init) = SEEN.lock().unwrap().expect("the host was asked");
    assert!(eval < 0, "eval inside an import fails");
    assert_eq!(init, 0, "the state is there");
    host().reenter = None;
    assert_eq!(module.text("1"), "1");
}

#[test]
fn statistics_are_written_at_any_address_and_never_at_null() {
    let module = Module::start();
    let mut room = [0u8; 16];
    // SAFETY: the three numbers fit behind the odd address; null is allowed.
    unsafe {
        lua::get_memory_stats(room.as_mut_ptr().add(1).cast());
        lua::get_memory_stats(std::ptr::null_mut());
    }
    let used = lua::alloc::used() as u32;
    assert_eq!(room[1..5], 65536u32.to_le_bytes());
    assert_eq!(room[5..9], used.to_le_bytes());
    assert_eq!((room[0], room[13]), (0, 0));
    drop(module);
}

#[test]
fn memory_is_given_back() {
    let module = Module::start();
    let used = || {
        module.run_gc();
        lua::alloc::used()
    };
    module.text("x = nil");
    let before = used();
    module.text("x = {} for i = 1, 100000 do x[i] = {i} end");
    assert!(used() > before + 1_000_000);
    module.text("x = nil");
    let after = used();
    assert!(after < before + 1000, "{before} bytes before, {after} after");
}

#[test]
fn precompiled_chunks_are_refused() {
    let module = Module::start();
    assert_eq!(module.text("load(string.dump(function() end))"), "nil\tattempt to load a binary chunk (mode is 't')");
    assert_eq!(module.text("(load('\\27Lua', 'x', 'b'))"), "nil");
    assert!(module.error(b"\x1bLua").contains("binary chunk"));
}

#[test]
fn the_sandbox_is_closed_where_the_contract_says() {
    let module = Module::start();
    assert_eq!(module.text("debug.getregistry, os.getenv('HOME'), io.read()"), "nil\tnil\tnil");
    assert_eq!(module.text("select(2, io.open('x'))"), "not supported\t95");
    assert_eq!(module.text("io.type(io.stdout), tostring(io.stdout):match('^file %(0x')"), "file\tfile (0x");
    assert_eq!(module.text("os.time(), os.clock()"), "0\t0.0");
    for call in ["os.exit()", "os.tmpname()", "io.lines('x')"] {
        module.error(call);
    }
    assert_eq!(module.text("os.remove('x'), os.rename('a', 'b')").split('\t').next(), Some("nil"));
    for library in ["coroutine", "table", "string", "utf8", "math", "debug", "os", "io", "package"] {
        assert_eq!(module.text(format!("type({library})")), "table", "{library}");
    }
}

#[test]
fn stack_overflows_of_every_kind_are_errors() {
    let module = Module::start();
    let overflows = [
        ("local function f() return 1 + f() end f()", "stack overflow"),
        ("local function f(...) return (f(1, ...)) end f()", "stack overflow"),
        (
            "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
            "C stack overflow",
        ),
        ("local function f(s) return (s:gsub('x', f)) end f('x')", "C stack overflow"),
        ("local function f() return coroutine.wrap(f)() end f()", "C stack overflow"),
        ("return ('x'):rep(1000):find(('x?'):rep(1000))", "pattern too complex"),
        ("error(setmetatable({}, {__tostring = function(e) error(e) end}))", "(error object is a table value)"),
    ];
    for (source, expected) in overflows {
        let error = module.error(source);
        assert!(error.contains(expected), "{source}: {error}");
        assert_eq!(module.text("1+1"), "2", "after {source}");
    }
    assert!(module.error("return ".to_owned() + &"(".repeat(1000)).contains("overflow"));
}

#[test]
fn errors_cross_coroutines_and_c_functions_in_both_directions() {
    let module = Module::start();
    // Each raises through a Rust function of the module, called by Lua.
    assert_eq!(module.text("pcall(ext.id, 1)").split('\t').next(), Some("false"));
    assert_eq!(
        module.text("local co = coroutine.create(function() Memory.x = print end) return coroutine.resume(co)"),
        "false\teval:1: cannot store a function (field 'x')"
    );
    assert_eq!(
        module.text("pcall(table.sort, {3, 2, 1}, function() Memory[nil] = 1 end)"),
        "false\teval:1: table index is nil"
    );
    assert_eq!(module.text("(pcall(string.gsub, 'x', 'x', function() ext.copy() end))"), "false");
    // And a finalizer's error stays in it.
    module.text("setmetatable({}, {__gc = function() Memory.x = print end}) collectgarbage()");
    assert_eq!(module.text("1+1"), "2");
}

#[test]
fn a_finalizer_that_raises_while_the_state_is_closed_does_no_harm() {
    let module = Module::start();
    module.text("keep = setmetatable({}, {__gc = function() Memory.closed = true error('late') end})");
    module.reload();
    assert_eq!(module.text("Memory.closed"), "true");
}

/// A string as a value of a message.
fn string(text: &[u8]) -> Vec<u8> {
    [&[4], &(text.len() as u32).to_le_bytes()[..], text].concat()
}

fn message(values: &[Vec<u8>]) -> Vec<u8> {
    [&(values.len() as u32).to_le_bytes()[..], &values.concat()].concat()
}

#[test]
fn a_new_state_reads_nothing_of_the_input_that_the_old_one_had() {
    let module = Module::start_named("request host", "stdin");
    let source = b"return io.read('l')";
    host().services.insert(b"request".to_vec(), message(&[string(b"start"), string(source), string(b"=chunk")]));
    host().answers = vec![[&[0][..], &message(&[string(b"one\ntwo")])].concat()];
    assert_eq!(module.text(""), "one");
    host().services.clear();
    module.reload();
    assert_eq!(module.text("return io.read('a')"), "");
}

#[test]
fn a_new_state_begins_its_first_task_in_a_coroutine_of_its_own() {
    let start = message(&[string(b"start"), string(b"return 'done'"), string(b"=chunk")]);
    let module = Module::start_with("request");
    for _ in 0..2 {
        host().services.insert(b"request".to_vec(), start.clone());
        assert_eq!(module.text(""), "done");
        module.reload();
    }
}

#[test]
fn closing_a_variable_works_on_every_way_out() {
    let module = Module::start();
    assert_eq!(
        module.text(
            "local function closer(n) return setmetatable({}, {__close = function() print(n) end}) end
             do local a <close> = closer(1) end
             pcall(function() local b <close> = closer(2) error('x') end)
             local co = coroutine.create(function() local c <close> = closer(3) coroutine.yield() end)
             coroutine.resume(co) coroutine.close(co)
             for _ in next, {}, nil, closer(4) do end"
        ),
        "1\n2\n3\n4\n"
    );
}

/// What was sent to a service.
fn messages(name: &[u8]) -> Vec<Vec<u8>> {
    std::mem::take(&mut host().messages).into_iter().filter(|(to, _)| to == name).map(|(_, message)| message).collect()
}

#[test]
fn typed_results_have_the_bytes_of_the_contract() {
    let module = Module::start_with("results");
    module.text("local t = { 5 } return true, t, t, 'x', nil");
    let inline = [8, 1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 2, 5, 0, 0, 0, 0, 0, 0, 0];
    let expected = [&[5, 0, 0, 0, 1, 1][..], &inline, &[9, 0, 0, 0, 0], &[4, 1, 0, 0, 0, b'x'], &[0]].concat();
    assert_eq!(messages(b"results"), [expected]);
    module.text("local x");
    assert_eq!(messages(b"results"), [vec![0; 4]]);
}

#[test]
fn a_message_is_whole_though_showing_a_value_changes_the_table_it_is_in() {
    let module = Module::start_with("results error");
    for change in
        ["T[2] = nil", "T[3] = 3", "for k in pairs(T) do T[k] = nil end", "T = nil collectgarbage()", "error('no')"]
    {
        let show = format!("debug.setmetatable(print, {{ __tostring = function() {change} return 'shown' end }})");
        let _ = module.eval(format!("{show} T = {{ print, 2, {{ print }} }} return T, T"));
        let _ = module.eval(format!("{show} T = {{ print, 2, {{ print }} }} error(T)"));
        messages(b"results").iter().for_each(|message| message::check_results(message));
    }
    assert_eq!(module.text("1+1"), "2");
}

#[test]
fn an_error_message_has_its_parts() {
    let module = Module::start_with("error");
    module.error("\nerror({ code = 7 })");
    module.error("\nlocal x = nil + 1");
    module.error("return 1 +");
    let sent = messages(b"error");
    assert_eq!(sent.len(), 3);
    sent.iter().for_each(|message| message::check_error(message));
    assert!(sent[1].windows(24).any(|bytes| bytes.starts_with(b"eval:2: attempt to perfo")));
}

#[test]
fn streamed_output_leaves_the_buffer_to_results() {
    let module = Module::start_with("stdout");
    assert_eq!(module.text("io.write(('x'):rep(10000)) return 7"), "7");
    assert_eq!(messages(b"stdout").concat(), vec![b'x'; 10000]);
    assert_eq!(module.message("print('seen') error('after', 0)"), "after");
    assert_eq!(messages(b"stdout").concat(), b"seen\n");
}
