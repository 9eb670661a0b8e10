//! A host for native tests: the five imports over maps, with switches for the ways in which hosts
//! differ, refuse and lie. And the module itself, one user at a time.

#![allow(dead_code)] // Each test binary uses its part.

use std::collections::BTreeMap;
use std::slice;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The contents of one external table.
pub type Contents = BTreeMap<Vec<u8>, Vec<u8>>;
/// Everything a host keeps.
pub type Tables = BTreeMap<u32, Contents>;

/// The first difference between two stores, shortened.
pub fn difference(left: &Tables, right: &Tables) -> Option<String> {
    let tables: std::collections::BTreeSet<_> = left.keys().chain(right.keys()).collect();
    let empty = Contents::new();
    for table in tables {
        let (left, right) = (left.get(table).unwrap_or(&empty), right.get(table).unwrap_or(&empty));
        for key in left.keys().chain(right.keys()) {
            if left.get(key) != right.get(key) {
                let short = |value: Option<&Vec<u8>>| value.map(|bytes| bytes[..bytes.len().min(40)].to_vec());
                return Some(format!(
                    "table {table}, key {key:?}: {:?}, {:?}",
                    short(left.get(key)),
                    short(right.get(key))
                ));
            }
        }
    }
    None
}

/// What `get` does with a value that is larger than the room for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TooLarge {
    /// Copies what fits.
    #[default]
    Truncate,
    /// Answers -1.
    Absent,
}

/// How many times each import was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    pub set: u64,
    pub get: u64,
    pub delete: u64,
    pub size: u64,
    pub keys: u64,
}

impl Calls {
    pub fn all(self) -> u64 {
        self.set + self.get + self.delete + self.size + self.keys
    }
}

/// What a lying host lies with: bytes to take its answers from. It is honest when they are used up.
#[derive(Default)]
pub struct Lies {
    bytes: Vec<u8>,
    used: usize,
}

impl Lies {
    pub fn new(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), used: 0 }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.used).copied()?;
        self.used += 1;
        Some(byte)
    }

    /// A number to answer instead of `honest`: near it, near the room, or anything.
    fn number(&mut self, honest: i32, room: usize) -> i32 {
        match self.byte().unwrap_or(255) {
            0 => -1,
            1 => i32::MIN,
            2 => i32::MAX,
            3 => room as i32,
            4 => (room as i32).wrapping_add(1),
            5 => honest.wrapping_sub(1),
            6 => honest.wrapping_add(1),
            7 => 0,
            8 => i32::from_le_bytes([(); 4].map(|()| self.byte().unwrap_or(0))),
            _ => honest,
        }
    }

    /// Writes over some of what an honest host wrote.
    fn spoil(&mut self, room: &mut [u8]) {
        let Some(count) = self.byte() else { return };
        for _ in 0..count % 8 {
            let at = usize::from(self.byte().unwrap_or(0));
            let byte = self.byte().unwrap_or(0);
            if let Some(to) = room.get_mut(at) {
                *to = byte;
            }
        }
    }
}

#[derive(Default)]
pub struct Host {
    pub tables: Tables,
    pub too_large: TooLarge,
    pub calls: Calls,
    /// Writes (sets and deletes) that succeed before one is refused.
    pub refuse_after: Option<u64>,
    /// Whether everything after that write is refused too.
    pub refuse_rest: bool,
    /// Whether a write was refused.
    pub refused: bool,
    pub lies: Option<Lies>,
    /// Calls that are answered honestly before the lies begin.
    pub honest: u64,
    /// Called inside every `size`, as a host that calls back would.
    pub reenter: Option<fn()>,
    /// What the services of table 0xFFFFFFFF answer.
    pub services: Contents,
    /// What was sent to the services: name and message.
    pub messages: Vec<(Vec<u8>, Vec<u8>)>,
    /// What the host's functions answer, from the last to the first: "not ready" when there is no more.
    pub answers: Vec<Vec<u8>>,
    /// The messages of the arguments that they were called with.
    pub asked: Vec<Vec<u8>>,
}

/// The id of the services, which are no table.
pub const SERVICES: u32 = u32::MAX;

impl Host {
    const fn new() -> Self {
        Self {
            tables: Tables::new(),
            too_large: TooLarge::Truncate,
            calls: Calls { set: 0, get: 0, delete: 0, size: 0, keys: 0 },
            refuse_after: None,
            refuse_rest: false,
            refused: false,
            lies: None,
            honest: 0,
            reenter: None,
            services: Contents::new(),
            messages: Vec::new(),
            answers: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// Puts a value where the module will find it.
    pub fn put(&mut self, table: u32, key: &[u8], value: &[u8]) {
        self.tables.entry(table).or_default().insert(key.to_vec(), value.to_vec());
    }

    /// The stored bytes of a value.
    pub fn stored(&self, table: u32, key: &[u8]) -> Option<&[u8]> {
        self.tables.get(&table)?.get(key).map(Vec::as_slice)
    }

    /// Number of keys of a table.
    pub fn count(&self, table: u32) -> usize {
        self.tables.get(&table).map_or(0, Contents::len)
    }

    fn refuses(&mut self) -> bool {
        match self.refuse_after {
            None => false,
            Some(0) => {
                if !self.refuse_rest {
                    self.refuse_after = None;
                }
                self.refused = true;
                true
            }
            Some(left) => {
                self.refuse_after = Some(left - 1);
                false
            }
        }
    }

    /// What this call may lie with.
    fn lies(&mut self) -> Option<&mut Lies> {
        if self.honest > 0 {
            self.honest -= 1;
            return None;
        }
        self.lies.as_mut()
    }

    fn set(&mut self, table: u32, key: &[u8], value: &[u8]) -> i32 {
        self.calls.set += 1;
        if table == SERVICES {
            self.messages.push((key.to_vec(), value.to_vec()));
            return 0;
        }
        if self.refuses() {
            return -1;
        }
        self.put(table, key, value);
        self.lies().map_or(0, |lies| lies.number(0, 0))
    }

    fn get(&mut self, table: u32, key: &[u8], room: &mut [u8]) -> i32 {
        self.calls.get += 1;
        if table == SERVICES {
            self.call(key);
        }
        let source = if table == SERVICES { Some(&self.services) } else { self.tables.get(&table) };
        let honest = match source.and_then(|contents| contents.get(key)) {
            None => -1,
            Some(value) if value.len() > room.len() && self.too_large == TooLarge::Absent => -1,
            Some(value) => {
                let length = value.len().min(room.len());
                room[..length].copy_from_slice(&value[..length]);
                length as i32
            }
        };
        // The sweep takes time by `next`: of the catalogue's values only the lengths are lied about.
        if table == 0 {
            return self.lies().map_or(honest, |lies| lies.number(honest, room.len()));
        }
        self.lie(honest, room)
    }

    /// Makes the answer of a function of the host the value of the key that calls it, and the last answer.
    fn call(&mut self, key: &[u8]) {
        let Some(call) = key.strip_prefix(b"call ") else { return };
        let length = call.get(4..8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
        self.asked.push(call[8 + length as usize..].to_vec());
        self.services.retain(|key, _| !key.starts_with(b"call "));
        let answer = self.answers.pop().unwrap_or_else(|| vec![2]);
        for key in [key, b"answer"] {
            self.services.insert(key.to_vec(), answer.clone());
        }
    }

    fn delete(&mut self, table: u32, key: &[u8]) -> i32 {
        self.calls.delete += 1;
        if self.refuses() {
            return -1;
        }
        let existed = self.tables.get_mut(&table).is_some_and(|contents| contents.remove(key).is_some());
        let honest = if existed { 0 } else { -1 };
        self.lies().map_or(honest, |lies| lies.number(honest, 0))
    }

    fn size(&mut self, table: u32) -> i32 {
        self.calls.size += 1;
        let honest = self.count(table) as i32;
        self.lies().map_or(honest, |lies| lies.number(honest, 0))
    }

    fn keys(&mut self, table: u32, room: &mut [u8]) -> i32 {
        self.calls.keys += 1;
        let honest = match self.tables.get(&table) {
            Some(contents) => write_keys(contents, room) as i32,
            None => 0,
        };
        self.lie(honest, room)
    }

    /// The answer of a host that lies, if this one does. It is honest about large buffers: the
    /// native module has no limit of memory to run into.
    fn lie(&mut self, honest: i32, room: &mut [u8]) -> i32 {
        match self.lies() {
            Some(lies) if room.len() <= 1 << 20 => {
                lies.spoil(room);
                lies.number(honest, room.len())
            }
            _ => honest,
        }
    }
}

/// The count, and as many keys as there is room for; returns the bytes written.
fn write_keys(contents: &Contents, room: &mut [u8]) -> usize {
    let Some(count) = room.get_mut(..4) else { return 0 };
    count.copy_from_slice(&(contents.len() as u32).to_le_bytes());
    let mut end = 4;
    for key in contents.keys() {
        let Some(to) = room.get_mut(end..end + 4 + key.len()) else { break };
        to[..4].copy_from_slice(&(key.len() as u32).to_le_bytes());
        to[4..].copy_from_slice(key);
        end += to.len();
    }
    end
}

static HOST: Mutex<Host> = Mutex::new(Host::new());
static MODULE: Mutex<()> = Mutex::new(());

/// The host behind the imports. Not to be held while the module runs.
pub fn host() -> MutexGuard<'static, Host> {
    HOST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The module, freshly started on an empty host: this user's alone until dropped.
pub struct Module {
    _alone: MutexGuard<'static, ()>,
}

impl Module {
    /// A ready module on an empty host.
    pub fn start() -> Module {
        let module = Module::before_init();
        assert_eq!(lua::init(), 0, "init");
        module
    }

    /// A ready module on an empty host with these services.
    pub fn start_with(services: &str) -> Module {
        let module = Module::before_init();
        host().services.insert(b"services".to_vec(), services.into());
        assert_eq!(lua::init(), 0, "init");
        module
    }

    /// The same, with functions of the host: their names, one a line.
    pub fn start_named(services: &str, names: &str) -> Module {
        let module = Module::before_init();
        host().services.insert(b"services".to_vec(), services.into());
        host().services.insert(b"host".to_vec(), names.into());
        assert_eq!(lua::init(), 0, "init");
        module
    }

    /// A module on which `init` was not called yet.
    pub fn before_init() -> Module {
        let alone = MODULE.lock().unwrap_or_else(PoisonError::into_inner);
        lua::close();
        *host() = Host::new();
        Module { _alone: alone }
    }

    /// Runs a source: text or error text.
    pub fn eval(&self, source: impl AsRef<[u8]>) -> Result<Vec<u8>, Vec<u8>> {
        let source = source.as_ref();
        assert!(source.len() <= lua::output::BUFFER_SIZE, "the source fits into the buffer");
        // SAFETY: nobody else uses the module, whose buffer is large enough.
        unsafe { std::ptr::copy_nonoverlapping(source.as_ptr(), lua::get_buffer_ptr(), source.len()) };
        answer(lua::eval(source.len() as u32))
    }

    /// Runs a source that must succeed.
    pub fn text(&self, source: impl AsRef<[u8]>) -> String {
        match self.eval(source) {
            Ok(text) => String::from_utf8_lossy(&text).into_owned(),
            Err(error) => panic!("{}", String::from_utf8_lossy(&error)),
        }
    }

    /// Runs a source that must fail; the whole error text.
    pub fn error(&self, source: impl AsRef<[u8]>) -> String {
        match self.eval(source) {
            Ok(text) => panic!("no error but {:?}", String::from_utf8_lossy(&text)),
            Err(error) => String::from_utf8_lossy(&error).into_owned(),
        }
    }

    /// Runs a source that must fail; the first line of the error.
    pub fn message(&self, source: impl AsRef<[u8]>) -> String {
        self.error(source).lines().next().unwrap_or_default().to_owned()
    }

    /// A reload: a new state on the same store.
    pub fn reload(&self) {
        lua::close();
        assert_eq!(lua::alloc::used(), 0, "a closed state holds nothing");
        assert_eq!(lua::init(), 0, "init");
    }

    pub fn run_gc(&self) {
        lua::run_gc();
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        host().lies = None;
        lua::close();
        if !std::thread::panicking() {
            assert_eq!(lua::alloc::used(), 0, "a closed state holds nothing");
        }
    }
}

/// What `eval` returned, as the contract says to read it.
pub fn answer(result: i32) -> Result<Vec<u8>, Vec<u8>> {
    let length = if result < 0 { -(i64::from(result)) - 1 } else { i64::from(result) } as usize;
    assert!(length <= lua::output::BUFFER_SIZE, "{result} is more than the buffer holds");
    // SAFETY: the buffer is static, and `length` within it.
    let text = unsafe { slice::from_raw_parts(lua::get_buffer_ptr(), length) }.to_vec();
    if result < 0 {
        Err(text)
    } else {
        Ok(text)
    }
}

/// A slice of what the module passed; it may pass anything for an empty one.
///
/// # Safety
/// `start` has `length` readable bytes.
unsafe fn readable<'a>(start: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(start, length) }
}

/// As `readable`, for a buffer to be filled.
///
/// # Safety
/// `start` has `length` initialised, writable bytes.
unsafe fn writable<'a>(start: *mut u8, length: usize) -> &'a mut [u8] {
    if length == 0 {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts_mut(start, length) }
}

#[no_mangle]
unsafe extern "C" fn js_ext_table_set(
    table: u32,
    key: *const u8,
    key_len: usize,
    val: *const u8,
    val_len: usize,
) -> i32 {
    // SAFETY: the module passes what it may be asked for.
    let (key, value) = unsafe { (readable(key, key_len), readable(val, val_len)) };
    host().set(table, key, value)
}

#[no_mangle]
unsafe extern "C" fn js_ext_table_get(table: u32, key: *const u8, key_len: usize, val: *mut u8, max_len: usize) -> i32 {
    // SAFETY: as above.
    let (key, room) = unsafe { (readable(key, key_len), writable(val, max_len)) };
    host().get(table, key, room)
}

#[no_mangle]
unsafe extern "C" fn js_ext_table_delete(table: u32, key: *const u8, key_len: usize) -> i32 {
    // SAFETY: as above.
    let key = unsafe { readable(key, key_len) };
    host().delete(table, key)
}

#[no_mangle]
extern "C" fn js_ext_table_size(table: u32) -> i32 {
    let reenter = host().reenter;
    if let Some(reenter) = reenter {
        reenter();
    }
    host().size(table)
}

#[no_mangle]
unsafe extern "C" fn js_ext_table_keys(table: u32, buf: *mut u8, max_len: usize) -> i32 {
    // SAFETY: as above.
    let room = unsafe { writable(buf, max_len) };
    host().keys(table, room)
}
