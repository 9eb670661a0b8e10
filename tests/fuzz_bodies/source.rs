//! Any text as Lua source, under a guard that ends it after a while. Text that begins with `=` is
//! run as an expression.

use super::message;
use crate::host::{difference, host, Module};

/// Makes scripts end: a hook counts instructions in every coroutine and, once they are used up,
/// raises at each further one. Finalizers run without hooks, and a few library functions loop as
/// often as their arguments say: those are held back.
const GUARD: &str = r#"
local sethook, create, rep, move = debug.sethook, coroutine.create, string.rep, table.move
local setmetatable, resume, error, rawget, type = setmetatable, coroutine.resume, error, rawget, type
local left = 200
local function hook()
  left = left - 1
  if left <= 0 then
    sethook(hook, "", 1)
    error("out of instructions", 0)
  end
end
debug.sethook = nil
function guard() sethook(hook, "", 100) end
function coroutine.create(f)
  local co = create(f)
  sethook(co, hook, "", 100)
  return co
end
local function pass(ok, ...)
  if ok then return ... end
  error((...), 0)
end
function coroutine.wrap(f)
  local co = coroutine.create(f)
  return function(...) return pass(resume(co, ...)) end
end
local function without_gc(set)
  return function(t, mt)
    if type(mt) == "table" and rawget(mt, "__gc") then error("no finalizers here") end
    return set(t, mt)
  end
end
_G.setmetatable, debug.setmetatable = without_gc(setmetatable), without_gc(debug.setmetatable)
local function small(n) return type(n) ~= "number" or n < 1000 end
function string.rep(s, n, ...)
  if not small(n) or #s > 1000 then error("too much") end
  return rep(s, n, ...)
end
function table.move(a, f, e, ...)
  if not small(f) or not small(e) or f < -1000 then error("too much") end
  return move(a, f, e, ...)
end
"#;

/// Every service there is, but for those that make runs differ or end them.
const SERVICES: &str = "stdout results error";

pub fn run(bytes: &[u8]) {
    let text = &bytes[..bytes.len().min(4096)];
    // A hook ends with its eval, so the guard begins in the same one.
    let source = match text.strip_prefix(b"=") {
        Some(expression) => [b"guard(), ", expression].concat(),
        None => [b"guard() ", text].concat(),
    };
    let module = if text.len() % 2 == 0 { Module::start() } else { Module::start_with(SERVICES) };
    assert_eq!(module.eval(GUARD), Ok(Vec::new()));
    if let Err(error) = module.eval(source) {
        assert!(!error.is_empty(), "an error has a text");
    }
    check_messages();
    assert_eq!(
        module.eval("do end"),
        Ok(Vec::new()),
        "the next one runs, and nothing is left of the last one's output"
    );
    module.run_gc();
    // What it stored, another script can read.
    let before = host().tables.clone();
    module.reload();
    assert_eq!(
        module.text("for k, v in pairs(Memory) do assert(Memory[k] == v or v ~= v) end return #ext.names() and 1"),
        "1"
    );
    assert_eq!(difference(&host().tables, &before), None, "reading does not write");
}

fn check_messages() {
    for (name, message) in std::mem::take(&mut host().messages) {
        match &name[..] {
            b"results" => message::check_results(&message),
            b"error" => message::check_error(&message),
            b"stdout" => {}
            _ => panic!("a message to {}", String::from_utf8_lossy(&name)),
        }
    }
}
