//! The fence around the raw Lua API: small wrappers, and the way Rust functions are called by Lua.
//!
//! Each wrapper says what it does to the stack, `[-popped, +pushed]`, and whether it can raise.
//! Raising is a longjmp: it skips Rust frames, so nothing in this crate that owns anything may be
//! alive across a call marked `raises`. (Nothing in this crate implements `Drop`.)

use core::ffi::{c_char, c_int, c_void, CStr};
use core::ptr;
use core::slice;

use crate::ffi;

pub use ffi::lua_State;

/// A running Lua function's state: its stack, with at least 20 free slots at entry.
#[derive(Clone, Copy)]
pub struct Lua(*mut lua_State);

/// The error value is on top of the stack; it is raised once the Rust frames are gone.
#[derive(Clone, Copy, Debug)]
pub struct Raised;

/// The return value of a function called by Lua: the number of results on top of the stack.
pub type Results = Result<c_int, Raised>;

/// A function as Lua sees it.
pub type Function = unsafe extern "C-unwind" fn(*mut lua_State) -> c_int;

extern "C-unwind" {
    /// The running task (lcorolib.c); null when none runs.
    static mut lua_task: *mut lua_State;
    /// Whether a script may have got it as a value (lapi.c).
    static mut lua_shown: c_int;
    /// Ends a task (lua/waiting.c).
    fn lua_cancel(state: *mut lua_State, task: *mut lua_State) -> c_int;
}

/// How a protected call ended, by Lua's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    Ok,
    /// An error, after the message handler has seen it.
    Error = 2,
    Syntax,
    /// Out of memory; no message handler was called.
    Memory,
    /// The message handler failed.
    Handler,
}

/// The type of a value, as far as this crate tells them apart.
///
/// In the order of Lua's own numbers, so that telling them apart costs no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    None = -1,
    Nil,
    Boolean,
    LightUserdata,
    Number,
    String,
    Table,
    Function,
    Userdata,
    Thread,
}

/// A C string in static memory.
#[derive(Clone, Copy)]
pub struct Text(*const c_char);

impl Text {
    pub const fn new(text: &'static CStr) -> Text {
        Text(text.as_ptr())
    }
}

/// Index of an upvalue of the running function; 1 is the first.
pub const fn upvalue(number: c_int) -> c_int {
    REGISTRY - number
}

/// Index of the registry.
pub const REGISTRY: c_int = ffi::LUA_REGISTRYINDEX;
/// "All results" of a call.
pub const MULTRET: c_int = ffi::LUA_MULTRET;

/// Defines a C function that runs `$body`, a `fn(Lua) -> Results`, and raises what it returns.
#[macro_export]
macro_rules! lua_function {
    ($(#[$doc:meta])* $vis:vis $name:ident = $body:path) => {
        $(#[$doc])*
        $vis unsafe extern "C-unwind" fn $name(state: *mut $crate::lua::lua_State) -> core::ffi::c_int {
            // SAFETY: Lua calls this with its running state.
            unsafe { $crate::lua::enter(state, $body) }
        }
    };
}

/// Runs `body` for Lua. Use `lua_function!`.
///
/// # Safety
/// `state` is the state Lua called with.
pub unsafe fn enter(state: *mut lua_State, body: fn(Lua) -> Results) -> c_int {
    match body(Lua(state)) {
        Ok(count) => count,
        // SAFETY: `Raised` promises the error value on the stack, and `body` has returned.
        Err(Raised) => unsafe { ffi::lua_error(state) },
    }
}

/// Calls a function of Lua's API on a state of ours.
macro_rules! api {
    ($function:ident($($argument:expr),*)) => {
        // SAFETY: `self.0` is a live state, indices are those of values the caller has on its
        // stack, and pushes stay within the slots that `enter` or `reserve` granted.
        unsafe { ffi::$function($($argument),*) }
    };
}

impl Lua {
    /// A new state with its own allocator and no libraries; none when out of memory.
    pub fn new() -> Option<Lua> {
        let state = api!(luaL_newstate());
        (!state.is_null()).then_some(Lua(state))
    }

    /// The state at `raw`, which `into_raw` gave.
    ///
    /// # Safety
    /// The state has not been closed.
    pub unsafe fn from_raw(raw: *mut lua_State) -> Lua {
        Lua(raw)
    }

    /// The raw state, to be kept.
    pub fn into_raw(self) -> *mut lua_State {
        self.0
    }

    /// Closes the state and frees all it holds.
    pub fn close(self) {
        api!(lua_close(self.0))
    }

    /// Takes away the hook that a script set on this thread.
    pub fn clear_hook(self) {
        api!(lua_sethook(self.0, None, 0, 0))
    }

    /// Opens the standard libraries into the globals. [-0, +0] raises
    pub fn open_libraries(self) {
        api!(luaL_openlibs(self.0))
    }

    /// Makes room for `count` more values; false when the stack cannot grow so far. Never raises.
    pub fn reserve(self, count: c_int) -> bool {
        api!(lua_checkstack(self.0, count)) != 0
    }

    /// The number of values on the stack.
    pub fn top(self) -> c_int {
        api!(lua_gettop(self.0))
    }

    /// Sets the number of values on the stack. [-?, +?]
    pub fn set_top(self, top: c_int) {
        api!(lua_settop(self.0, top))
    }

    /// Drops values. [-count, +0]
    pub fn pop(self, count: c_int) {
        self.set_top(-count - 1);
    }

    /// Copies a value to the top. [-0, +1]
    pub fn push_value(self, index: c_int) {
        api!(lua_pushvalue(self.0, index))
    }

    /// Moves the top value into a slot. [-1, +0]
    pub fn replace(self, index: c_int) {
        api!(lua_copy(self.0, -1, index));
        self.pop(1);
    }

    /// Moves the top value below those from `index` on. [-1, +1]
    pub fn insert(self, index: c_int) {
        api!(lua_rotate(self.0, index, 1))
    }

    /// Removes a value from the middle. [-1, +0]
    pub fn remove(self, index: c_int) {
        api!(lua_rotate(self.0, index, -1));
        self.pop(1);
    }

    /// The type of a value.
    pub fn kind(self, index: c_int) -> Kind {
        match api!(lua_type(self.0, index)) as u32 {
            ffi::LUA_TNIL => Kind::Nil,
            ffi::LUA_TBOOLEAN => Kind::Boolean,
            ffi::LUA_TLIGHTUSERDATA => Kind::LightUserdata,
            ffi::LUA_TNUMBER => Kind::Number,
            ffi::LUA_TSTRING => Kind::String,
            ffi::LUA_TTABLE => Kind::Table,
            ffi::LUA_TFUNCTION => Kind::Function,
            ffi::LUA_TUSERDATA => Kind::Userdata,
            ffi::LUA_TTHREAD => Kind::Thread,
            _ => Kind::None,
        }
    }

    /// The name of a value's type, as `type` gives it.
    pub fn type_name(self, index: c_int) -> Text {
        Text(api!(lua_typename(self.0, ffi::luaL_type(self.0, index))))
    }

    /// Truth of a value.
    pub fn to_boolean(self, index: c_int) -> bool {
        api!(lua_toboolean(self.0, index)) != 0
    }

    /// Whether a value is a number of the integer subtype.
    pub fn is_integer(self, index: c_int) -> bool {
        api!(lua_isinteger(self.0, index)) != 0
    }

    /// A number as an integer, 0 when it has no integer form.
    pub fn to_integer(self, index: c_int) -> i64 {
        api!(lua_tointegerx(self.0, index, ptr::null_mut()))
    }

    /// A number as a float.
    pub fn to_float(self, index: c_int) -> f64 {
        api!(lua_tonumberx(self.0, index, ptr::null_mut()))
    }

    /// The bytes of a string, good while the string stays on the stack; empty for other types.
    pub fn bytes<'a>(self, index: c_int) -> &'a [u8] {
        if self.kind(index) != Kind::String {
            return &[];
        }
        let mut length = 0;
        // SAFETY: for a string this neither converts nor raises.
        unsafe {
            let start = ffi::lua_tolstring(self.0, index, &mut length);
            slice::from_raw_parts(start.cast(), length)
        }
    }

    /// Pushes nil. [-0, +1]
    pub fn push_nil(self) {
        api!(lua_pushnil(self.0))
    }

    /// Pushes a boolean. [-0, +1]
    pub fn push_boolean(self, value: bool) {
        api!(lua_pushboolean(self.0, c_int::from(value)))
    }

    /// Pushes an integer. [-0, +1]
    pub fn push_integer(self, value: i64) {
        api!(lua_pushinteger(self.0, value))
    }

    /// Pushes a float. [-0, +1]
    pub fn push_float(self, value: f64) {
        api!(lua_pushnumber(self.0, value))
    }

    /// Pushes a string with these bytes. [-0, +1] raises
    pub fn push_bytes(self, bytes: &[u8]) {
        api!(lua_pushlstring(self.0, bytes.as_ptr().cast(), bytes.len() as _));
    }

    /// Pushes a function with its upvalues. [-upvalues, +1] raises if it has any
    pub fn push_function(self, function: Function, upvalues: c_int) {
        api!(lua_pushcclosure(self.0, Some(function), upvalues))
    }

    /// Pushes a string of a value by the rules of `tostring`. [-0, +1] raises, runs Lua
    pub fn push_tostring(self, index: c_int) {
        api!(luaL_tolstring(self.0, index, ptr::null_mut()));
    }

    /// Pushes a new table. [-0, +1] raises
    pub fn push_table(self) {
        api!(lua_createtable(self.0, 0, 0))
    }

    /// Pushes a new userdata of `size` bytes, aligned to 8, and of one user value; returns its address. [-0, +1] raises
    pub fn push_userdata(self, size: usize) -> *mut c_void {
        api!(lua_newuserdatauv(self.0, size as _, 1))
    }

    /// Pushes the user value of a userdata. [-0, +1]
    pub fn user_value(self, index: c_int) -> Kind {
        api!(lua_getiuservalue(self.0, index, 1));
        self.kind(-1)
    }

    /// Sets the user value of a userdata. [-1, +0]
    pub fn set_user_value(self, index: c_int) {
        api!(lua_setiuservalue(self.0, index, 1));
    }

    /// Pushes the table of globals. [-0, +1]
    pub fn push_globals(self) {
        self.raw_get_integer(REGISTRY, i64::from(ffi::LUA_RIDX_GLOBALS));
    }

    /// The bytes of a full userdata: their address and size.
    pub fn userdata(self, index: c_int) -> Option<(*mut c_void, usize)> {
        (self.kind(index) == Kind::Userdata)
            .then(|| (api!(lua_touserdata(self.0, index)), api!(lua_rawlen(self.0, index)) as usize))
    }

    /// Pushes `table[key]` without metamethods; the key is on top. [-1, +1]
    pub fn raw_get(self, table: c_int) -> Kind {
        api!(lua_rawget(self.0, table));
        self.kind(-1)
    }

    /// `table[key] = value` without metamethods; the key is below the value. [-2, +0] raises
    pub fn raw_set(self, table: c_int) {
        api!(lua_rawset(self.0, table))
    }

    /// Pushes `table[key]` without metamethods. [-0, +1]
    pub fn raw_get_integer(self, table: c_int, key: i64) -> Kind {
        api!(lua_rawgeti(self.0, table, key));
        self.kind(-1)
    }

    /// `table[key] = value` without metamethods. [-1, +0] raises
    pub fn raw_set_integer(self, table: c_int, key: i64) {
        api!(lua_rawseti(self.0, table, key))
    }

    /// Pushes the registry's value for a static's address. [-0, +1]
    pub fn registry_get<T>(self, key: &'static T) -> Kind {
        api!(lua_rawgetp(self.0, REGISTRY, ptr::from_ref(key).cast()));
        self.kind(-1)
    }

    /// Sets the registry's value for a static's address. [-1, +0] raises
    pub fn registry_set<T>(self, key: &'static T) {
        api!(lua_rawsetp(self.0, REGISTRY, ptr::from_ref(key).cast()))
    }

    /// `table[name] = value` without metamethods. [-1, +0] raises
    pub fn set_field(self, table: c_int, name: &[u8]) {
        let table = api!(lua_absindex(self.0, table));
        self.push_bytes(name);
        self.insert(-2);
        self.raw_set(table);
    }

    /// Pushes `table[name]` without metamethods. [-0, +1] raises
    pub fn get_field(self, table: c_int, name: &[u8]) -> Kind {
        let table = api!(lua_absindex(self.0, table));
        self.push_bytes(name);
        self.raw_get(table)
    }

    /// Replaces the key on top by the next key and its value; false, and the key gone, at the
    /// end. [-1, +(2|0)] raises for a key that is not in the table
    pub fn next(self, table: c_int) -> bool {
        api!(lua_next(self.0, table)) != 0
    }

    /// Joins strings and numbers into one string. [-count, +1] raises
    pub fn concat(self, count: c_int) {
        api!(lua_concat(self.0, count))
    }

    /// Gives a table or userdata the metatable on top. [-1, +0]
    pub fn set_metatable(self, index: c_int) {
        api!(lua_setmetatable(self.0, index));
    }

    /// Whether a value has a metatable.
    pub fn has_metatable(self, index: c_int) -> bool {
        let has = api!(lua_getmetatable(self.0, index)) != 0;
        if has {
            self.pop(1);
        }
        has
    }

    /// Compiles `parts`, one after the other, as a text chunk that the string at `name` names.
    /// [-0, +1: the chunk or an error value]
    pub fn load(self, name: c_int, parts: &[&[u8]]) -> Status {
        let mut rest = parts;
        // SAFETY: `rest` outlives the load, the parser calls the reader with this state only, and
        // the string stays on the stack.
        status(unsafe {
            let name = ffi::lua_tolstring(self.0, name, ptr::null_mut());
            ffi::lua_load(self.0, Some(read_part), ptr::from_mut(&mut rest).cast(), name, c"t".as_ptr())
        })
    }

    /// Calls the function below its `arguments`. [-(1 + arguments), +results] raises, runs Lua
    pub fn call(self, arguments: c_int, results: c_int) {
        api!(lua_callk(self.0, arguments, results, 0, None))
    }

    /// Calls in protected mode; `handler` is the index of a message handler or 0.
    /// [-(1 + arguments), +(results | 1)] runs Lua
    pub fn protected_call(self, arguments: c_int, results: c_int, handler: c_int) -> Status {
        status(api!(lua_pcallk(self.0, arguments, results, handler, 0, None)))
    }

    /// Runs a function of ours in the frame of the running one, protected, while no finalizer and no hook runs; memory is
    /// still collected when it runs out. What it returns; the results are on top, above what else it left there.
    /// [-0, +(n | 1)] runs Lua
    pub fn undisturbed(self, function: Function) -> Results {
        match api!(lua_undisturbed(self.0, Some(function))) {
            -1 => Err(Raised),
            count => Ok(count),
        }
    }

    /// Whether the host has called the running function.
    pub fn is_outermost(self) -> bool {
        api!(lua_isoutermost(self.0)) != 0
    }

    /// Pushes a traceback of this state from `level` on. [-0, +1] raises
    pub fn push_traceback(self, level: c_int) {
        api!(luaL_traceback(self.0, self.0, ptr::null(), level))
    }

    /// Whether this is the coroutine that the host runs as a task.
    pub fn is_task(self) -> bool {
        // SAFETY: one thread.
        unsafe { lua_task == self.0 }
    }

    /// Says whether a script may have got the running task as a value. It is noted when one gets it.
    pub fn set_shown(shown: bool) {
        // SAFETY: one thread.
        unsafe { lua_shown = c_int::from(shown) };
    }

    /// Whether one may have got it.
    pub fn is_shown() -> bool {
        // SAFETY: one thread.
        unsafe { lua_shown != 0 }
    }

    /// Pushes a new coroutine. [-0, +1] raises
    pub fn push_thread(self) {
        api!(lua_newthread(self.0));
    }

    /// The coroutine at `index`; none for other types. Good while it is reachable.
    pub fn thread(self, index: c_int) -> Option<Lua> {
        let thread = api!(lua_tothread(self.0, index));
        (!thread.is_null()).then_some(Lua(thread))
    }

    /// Moves the top values to the stack of another thread, which has room. [-count, +0]
    pub fn move_to(self, to: Lua, count: c_int) {
        api!(lua_xmove(self.0, to.0, count))
    }

    /// Runs this coroutine as the task, until it ends or waits; whether it waits, and the number of results on its stack.
    /// After an error, which is on top of it, 0. [-arguments, +results] runs Lua
    pub fn resume(self, from: Lua, arguments: c_int) -> (bool, c_int) {
        let mut results = 0;
        // SAFETY: one thread; and as `api!`.
        let status = unsafe {
            lua_task = self.0;
            let status = ffi::lua_resume(self.0, from.0, arguments, &mut results);
            lua_task = ptr::null_mut();
            status
        };
        let yielded = status == ffi::LUA_YIELD as c_int;
        (yielded, if yielded || status == ffi::LUA_OK as c_int { results } else { 0 })
    }

    /// Ends the waiting task at `index`, its innermost coroutine first, of which a traceback is pushed. [-0, +1] raises, runs Lua
    pub fn cancel(self, index: c_int) -> Results {
        // SAFETY: as `api!`; and the coroutine is reachable.
        match unsafe { lua_cancel(self.0, ffi::lua_tothread(self.0, index)) } {
            0 => Ok(c_int::from(crate::services::offers(crate::services::WHERE))),
            _ => Err(Raised),
        }
    }

    /// Runs a full collection. Runs Lua (finalizers)
    pub fn collect(self) {
        self.gc(ffi::LUA_GCCOLLECT);
    }

    /// Whether a finalizer is running, which a collection called.
    pub fn is_finalizing(self) -> bool {
        self.gc(ffi::LUA_GCCOUNT) < 0
    }

    fn gc(self, what: u32) -> c_int {
        api!(lua_gc(self.0, what as c_int))
    }

    /// Pushes a text by a format in which each `%s` stands for one of `texts`, three at most. [-0, +1] raises
    pub fn push_text(self, format: &CStr, texts: [Text; 3]) {
        let [first, second, third] = texts;
        api!(lua_pushfstring(self.0, format.as_ptr(), first.0, second.0, third.0));
    }

    /// Pushes a text by a format in which `%I` stands for a number and then `%s` for a text. [-0, +1] raises
    pub fn push_numbered(self, format: &CStr, number: i64, text: Text) {
        api!(lua_pushfstring(self.0, format.as_ptr(), number, text.0));
    }

    /// An error with this text: see `raised`. [-0, +1] raises
    pub fn error(self, text: &[u8]) -> Raised {
        self.push_bytes(text);
        self.raised(1)
    }

    /// Makes an error of the pieces on top, strings and numbers: the position of the running Lua code, then the pieces.
    /// [-pieces, +1] raises
    pub fn raised(self, pieces: c_int) -> Raised {
        self.push_position();
        self.insert(-pieces - 1);
        self.concat(pieces + 1);
        Raised
    }

    /// Builds an error about the string at `index`, between two texts. [-0, +1] raises
    #[inline(never)]
    pub fn complaint(self, before: &[u8], index: c_int, after: &[u8]) -> Raised {
        let index = api!(lua_absindex(self.0, index));
        self.push_bytes(before);
        self.push_value(index);
        self.push_bytes(after);
        self.raised(3)
    }

    /// Raises `bad argument #n to 'function' (<expected> expected, got <type>)`. Does not return.
    pub fn type_error(self, argument: c_int, expected: &CStr) -> Raised {
        api!(luaL_typeerror(self.0, argument, expected.as_ptr()));
        Raised
    }

    /// Pushes `name:line: ` of the innermost Lua function, or an empty string. [-0, +1] raises
    fn push_position(self) {
        /// How far up to look: C functions such as `table.insert` may lie between.
        const LEVELS: c_int = 8;
        for level in 1..LEVELS {
            api!(luaL_where(self.0, level));
            if !self.bytes(-1).is_empty() {
                return;
            }
            self.pop(1);
        }
        self.push_bytes(b"");
    }
}

#[inline(never)]
fn status(code: c_int) -> Status {
    match code as u32 {
        ffi::LUA_OK => Status::Ok,
        ffi::LUA_ERRSYNTAX => Status::Syntax,
        ffi::LUA_ERRMEM => Status::Memory,
        ffi::LUA_ERRERR => Status::Handler,
        _ => Status::Error,
    }
}

/// Hands the parser the next part that is not empty.
unsafe extern "C-unwind" fn read_part(_: *mut lua_State, data: *mut c_void, size: *mut usize) -> *const c_char {
    // SAFETY: `data` is the slice of parts in `load`, and `size` the parser's.
    unsafe {
        let rest = &mut *data.cast::<&[&[u8]]>();
        while let Some((first, others)) = rest.split_first() {
            *rest = others;
            if !first.is_empty() {
                *size = first.len() as _;
                return first.as_ptr().cast();
            }
        }
        *size = 0;
        ptr::null()
    }
}
