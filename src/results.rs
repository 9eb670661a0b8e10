//! Results and errors in typed form, for hosts that want them (docs/abi.md section 7): the wire format,
//! and inline tables. Does not recurse: the tables being written are kept in Lua tables.

use core::ffi::c_int;

use crate::codec::{self, Item};
use crate::ext;
use crate::global::Global;
use crate::lua::{Kind, Lua, Raised, Results};
use crate::{known, lua_function, services, steps};

/// Tags besides those of the wire format: a table's contents, a table seen before, and what
/// `tostring` shows of anything else.
pub const INLINE_TABLE: u8 = 8;
pub const BACK_REFERENCE: u8 = 9;
const SHOWN: u8 = 10;
/// A Lua function that the host holds, and a function of the host.
pub const REFERENCE: u8 = 11;
pub const HOST_FUNCTION: u8 = 12;

lua_function!(
    /// Encodes values as a `results` message: returns a userdata, or nil, and the length used.
    encode_results = results_body
);
lua_function!(
    /// Encodes an error as an `error` message: value, message and traceback are on top.
    encode_error = error_body
);

/// Bytes of a message that need no userdata: most have few.
static ROOM: Global<[u8; 128]> = Global::new([0; 128]);
/// The place of the first result: the message handler and what shows results are below.
pub const FIRST: c_int = 3;

/// Pushes the message for the values from `FIRST` on: nil or a userdata, and its length. [-0, +2] runs Lua (`__tostring`)
pub fn push_encoded(lua: Lua) -> Results {
    lua.undisturbed(encode_results)
}

/// The bytes of a message that is not in a userdata.
fn room() -> &'static mut [u8] {
    // SAFETY: one thread, and one message at a time: it is sent, or given up, before the next is begun.
    unsafe { &mut *ROOM.get() }
}

/// The error for results that the stack has no room for.
pub fn too_many(lua: Lua) -> Raised {
    lua.error(b"too many results")
}

/// Sends the message at `index` and `index + 1`.
pub fn send(lua: Lua, index: c_int) {
    deliver(lua, b"results", index);
}

/// Tells the host of an error: its value, message and traceback are on top. When memory does not suffice the host has
/// the text in the I/O buffer. [-0, +?] runs Lua
pub fn send_error(lua: Lua) {
    if lua.undisturbed(encode_error).is_ok() {
        deliver(lua, b"error", -2);
    }
}

/// Hands a service the message whose bytes are in the userdata at `index`, if it is one, and their number above it.
fn deliver(lua: Lua, service: &[u8], index: c_int) {
    let length = lua.to_integer(index + 1) as usize;
    let bytes = if lua.kind(index) == Kind::Nil { room() } else { ext::buffer(lua, index) };
    services::send(service, bytes.get(..length).unwrap_or_default());
}

fn results_body(lua: Lua) -> Results {
    if !lua.reserve(20) {
        return Err(too_many(lua));
    }
    let mut message = Message::new(lua, room());
    message.put_values(FIRST)?;
    Ok(message.finish())
}

fn error_body(lua: Lua) -> Results {
    let value = lua.top() - 2;
    let mut message = Message::new(lua, &mut []);
    message.put_value(value + 1)?;
    message.put_value(value + 2)?;
    message.put(codec::encode(Item::Integer(line(lua.bytes(value + 1)))).as_slice());
    message.put_value(value)?;
    Ok(message.finish())
}

/// Writes the key of a call of the host with all values of the stack as arguments, into `room` or, when that is too small,
/// a userdata left on the stack. [-0, +n] raises, runs Lua (`__tostring`)
pub fn push_call<'a>(lua: Lua, ticket: u32, name: &[u8], room: &'a mut [u8]) -> Result<&'a [u8], Raised> {
    let mut message = Message::new(lua, room);
    let head =
        u128::from_le_bytes(*b"call \0\0\0\0\0\0\0\0\0\0\0") | u128::from(ticket) << 40 | (name.len() as u128) << 72;
    message.put(head.to_le_bytes().get(..13).unwrap_or_default());
    message.put(name);
    message.put_values(1)?;
    Ok(message.room.get(..message.length).unwrap_or_default())
}

/// The line in a message's position, `chunk:line: ...`; -1 when it has none. A chunk's name may be
/// `[string "..."]`, and may hold colons there.
fn line(message: &[u8]) -> i64 {
    /// Longer than any position.
    const MOST: usize = 100;
    let quoted = message.first() == Some(&b'[');
    let mut line = None;
    let mut digits = 0;
    let mut before = 0;
    for &byte in message.iter().take(MOST) {
        match line {
            None if byte == b':' && (!quoted || before == b']') => line = Some(0),
            None => {}
            Some(number) if byte.is_ascii_digit() && digits < 9 => {
                line = Some(number * 10 + i64::from(byte - b'0'));
                digits += 1;
            }
            Some(number) => return if digits > 0 && byte == b':' { number } else { -1 },
        }
        before = byte;
    }
    -1
}

/// A message being written, above the values it is made of. Its slots, of which the last four are lists by depth, one
/// entry for each table being written; there are none until there is a table:
///
/// | slot            | holds                                                               |
/// |-----------------|---------------------------------------------------------------------|
/// | `base`          | the bytes, in a userdata, when the caller's room does not suffice    |
/// | `base + SEEN`   | the tables seen, with their numbers                                 |
/// | `base + TABLES` | the table                                                           |
/// | `base + KEYS`   | the key it is at                                                    |
/// | `base + VALUES` | that key's value, while only the key has been written               |
/// | `base + COUNTS` | where in the bytes its number of pairs is                           |
struct Message<'a> {
    lua: Lua,
    base: c_int,
    /// The bytes. Those of a userdata are good while it is in its slot.
    room: &'a mut [u8],
    length: usize,
    seen: i64,
}

const SEEN: c_int = 1;
const TABLES: c_int = 2;
const KEYS: c_int = 3;
const VALUES: c_int = 4;
const COUNTS: c_int = 5;
const SLOTS: c_int = 6;

impl<'a> Message<'a> {
    fn new(lua: Lua, room: &'a mut [u8]) -> Message<'a> {
        let base = lua.top() + 1;
        lua.set_top(base + SLOTS - 1);
        Message { lua, base, room, length: 0, seen: 0 }
    }

    /// Leaves the userdata and its length as two results.
    fn finish(self) -> c_int {
        self.lua.set_top(self.base);
        self.lua.push_integer(self.length as i64);
        2
    }

    /// Appends bytes. raises
    fn put(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        if end > self.room.len() {
            let larger = ext::push_buffer(self.lua, end.max(2 * self.room.len()).max(64));
            codec::copy(larger, self.room);
            self.lua.replace(self.base);
            self.room = larger;
            steps::shim_scanned(end);
        }
        self.length += self.room.get_mut(self.length..).map_or(0, |room| codec::copy(room, bytes));
        steps::shim_scanned(bytes.len());
    }

    /// Appends the values from `first` on to where the message began, and ahead of them their number.
    fn put_values(&mut self, first: c_int) -> Result<(), Raised> {
        self.put(&((self.base - first) as u32).to_le_bytes());
        for index in first..self.base {
            steps::step(self.lua, 4);
            self.put_value(index)?;
        }
        Ok(())
    }

    /// Appends the value at `index`, and all that is in it.
    fn put_value(&mut self, index: c_int) -> Result<(), Raised> {
        let lua = self.lua;
        lua.push_value(index);
        let mut depth = self.put_head(0)?;
        while depth > 0 {
            depth = self.step(depth)?;
            lua.set_top(self.base + SLOTS - 1);
        }
        Ok(())
    }

    /// Writes the next key or value of the table at `depth`. Returns the depth to go on at.
    fn step(&mut self, depth: i64) -> Result<i64, Raised> {
        let lua = self.lua;
        steps::step(lua, 32);
        if lua.raw_get_integer(self.base + VALUES, depth) != Kind::Nil {
            lua.push_nil();
            lua.raw_set_integer(self.base + VALUES, depth);
            return self.put_head(depth);
        }
        lua.pop(1);
        lua.raw_get_integer(self.base + TABLES, depth);
        let table = lua.top();
        lua.raw_get_integer(self.base + KEYS, depth);
        if !lua.next(table) {
            return Ok(depth - 1);
        }
        lua.raw_set_integer(self.base + VALUES, depth);
        lua.push_value(-1);
        lua.raw_set_integer(self.base + KEYS, depth);
        self.count_pair(depth);
        self.put_head(depth)
    }

    /// Writes the value on top: all of it, or of a new table its head, to be gone on with at the
    /// depth returned. [-1, +0]
    fn put_head(&mut self, depth: i64) -> Result<i64, Raised> {
        let lua = self.lua;
        let top = lua.top();
        let mut next = depth;
        match ext::item(lua, top) {
            Some(item) => {
                self.put(codec::encode(item).as_slice());
                if let Item::String(bytes) = item {
                    self.put(bytes);
                }
            }
            None if lua.kind(top) == Kind::Table => next = self.put_table(depth),
            None if lua.kind(top) == Kind::Function && self.put_function() => {}
            None => {
                lua.push_tostring(top);
                let bytes = lua.bytes(-1);
                self.put_counted(SHOWN, bytes.len());
                self.put(bytes);
            }
        }
        lua.set_top(top - 1);
        Ok(next)
    }

    /// Writes the function on top, if the host can have it. [-?, +?] raises
    fn put_function(&mut self) -> bool {
        let lua = self.lua;
        if !services::offers(services::HOST | services::REQUEST) {
            return false;
        }
        let known = known::known(lua);
        if known == Kind::String {
            let name = known::name(lua);
            self.put_counted(HOST_FUNCTION, name.len());
            self.put(name);
            return true;
        }
        // Who asks for text too, and offers no functions, shows them.
        let shows = services::offers(services::TEXT) && !services::offers(services::HOST);
        if shows || !services::offers(services::REQUEST) {
            return false;
        }
        let mut reference = lua.to_integer(-1) as u32;
        if known == Kind::Nil {
            lua.pop(1);
            reference = known::hold(lua);
        }
        self.put_counted(REFERENCE, reference as usize);
        true
    }

    /// Writes the head of the table on top, or a reference to it.
    fn put_table(&mut self, depth: i64) -> i64 {
        let lua = self.lua;
        let table = lua.top();
        if self.seen == 0 {
            // Most messages have no tables.
            for slot in SEEN..SLOTS {
                lua.push_table();
                lua.replace(self.base + slot);
            }
        }
        lua.push_value(table);
        if lua.raw_get(self.base + SEEN) != Kind::Nil {
            self.put_counted(BACK_REFERENCE, lua.to_integer(-1) as usize);
            return depth;
        }
        lua.push_value(table);
        lua.push_integer(self.seen);
        lua.raw_set(self.base + SEEN);
        self.seen += 1;
        self.put_counted(INLINE_TABLE, 0);
        lua.push_integer(self.length as i64 - 4);
        lua.raw_set_integer(self.base + COUNTS, depth + 1);
        lua.push_value(table);
        lua.raw_set_integer(self.base + TABLES, depth + 1);
        lua.push_nil();
        lua.raw_set_integer(self.base + KEYS, depth + 1);
        depth + 1
    }

    /// Adds one to the number of pairs of the table at `depth`. They are counted as they are
    /// written: a `__tostring` on the way may change the table.
    fn count_pair(&mut self, depth: i64) {
        self.lua.raw_get_integer(self.base + COUNTS, depth);
        let at = self.lua.to_integer(-1) as usize;
        self.lua.pop(1);
        let bytes = self.room.get_mut(at..).unwrap_or_default();
        if let Some(count) = bytes.first_chunk_mut::<4>() {
            *count = u32::from_le_bytes(*count).wrapping_add(1).to_le_bytes();
        }
    }

    fn put_counted(&mut self, tag: u8, count: usize) {
        self.put(&[tag]);
        self.put(&(count as u32).to_le_bytes());
    }
}
