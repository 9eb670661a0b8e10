//! Messages from the host, decoded: the wire format and inline tables. Knows no operations. Does not
//! recurse: the state of unfinished tables is kept in Lua tables, under their numbers.

use core::ffi::c_int;

use crate::codec::{self, Item};
use crate::lua::{Lua, Raised};
use crate::results::{BACK_REFERENCE, HOST_FUNCTION, INLINE_TABLE, REFERENCE};
use crate::{ext, known, steps};

/// Slots of the reader, which are there from the first table on: the tables by number, from 1 in order of appearance; for each table the
/// number of the one around it and how many values of that are left; and the key that waits for its
/// value.
const TABLES: c_int = 1;
const AROUND: c_int = 2;
const KEYS: c_int = 3;

/// Pushes the values of a message, and returns how many. No finalizer may run meanwhile: it could
/// use the buffer that the message is in. [-0, +n] raises `malformed message`
pub fn push_values(lua: Lua, message: &[u8]) -> Result<c_int, Raised> {
    let Some((count, values)) = message.split_first_chunk() else { return Err(malformed(lua)) };
    push_counted(lua, u32::from_le_bytes(*count), values)
}

/// Pushes so many values, which these bytes are. [-0, +n] as `push_values`
pub fn push_counted(lua: Lua, count: u32, values: &[u8]) -> Result<c_int, Raised> {
    let base = lua.top();
    let mut reader = Reader { lua, base, rest: values, tables: 0 };
    match reader.read_all(count) {
        Some(count) => {
            while lua.top() > base + count {
                lua.remove(base + 1);
            }
            Ok(count)
        }
        None => Err(malformed(lua)),
    }
}

/// A message that begins with a string: the number of values after that, the string, and their bytes.
pub fn named(message: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (count, rest) = message.split_first_chunk()?;
    let (length, rest) = rest.strip_prefix(&[codec::STRING])?.split_first_chunk()?;
    let (name, values) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((u32::from_le_bytes(*count).checked_sub(1)?, name, values))
}

/// The error for bytes that are no message, or not one that makes sense.
pub fn malformed(lua: Lua) -> Raised {
    lua.error(b"malformed message")
}

struct Reader<'a> {
    lua: Lua,
    base: c_int,
    rest: &'a [u8],
    tables: u32,
}

impl Reader<'_> {
    /// Reads so many values; none when they are malformed, or not all that there is, or too many for the stack.
    fn read_all(&mut self, count: u32) -> Option<c_int> {
        let lua = self.lua;
        if count as usize > self.rest.len() || !lua.reserve(count as c_int + 20) {
            return None;
        }
        // The number of the table being read, 0 for the message, and how many values of it are left.
        let mut table = 0;
        let mut left = u64::from(count);
        loop {
            while left == 0 {
                if table == 0 {
                    return self.rest.is_empty().then_some(count as c_int);
                }
                lua.raw_get_integer(self.base + AROUND, i64::from(table));
                let around = lua.to_integer(-1) as u64;
                lua.pop(1);
                table = (around >> 32) as u32;
                left = around & 0xFFFF_FFFF;
            }
            left -= 1;
            let pairs = self.push_value()?;
            if table != 0 {
                self.put(table, left & 1 == 1)?;
            }
            if let Some(pairs) = pairs {
                lua.push_integer((u64::from(table) << 32 | left) as i64);
                table = self.tables;
                lua.raw_set_integer(self.base + AROUND, i64::from(table));
                left = 2 * u64::from(pairs);
            }
        }
    }

    /// Pushes the next value. Of an inline table, which is empty then, its number of pairs.
    fn push_value(&mut self) -> Option<Option<u32>> {
        let lua = self.lua;
        let number =
            self.rest.get(1..).and_then(<[u8]>::first_chunk::<4>).map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let size = match *self.rest.first()? {
            0 => 1,
            1 => 2,
            2 | 3 => 9,
            4 | HOST_FUNCTION => codec::STRING_HEADER.checked_add(number as usize)?,
            7 | INLINE_TABLE | BACK_REFERENCE | REFERENCE => 5,
            _ => return None,
        };
        steps::step(lua, 4 + (size >> 6));
        let (value, rest) = self.rest.split_at_checked(size)?;
        let mut pairs = None;
        match *value.first()? {
            INLINE_TABLE => {
                // Two bytes are the least that a pair can have.
                if number as usize > rest.len() / 2 {
                    return None;
                }
                pairs = Some(number);
                if self.tables == 0 {
                    for slot in TABLES..=KEYS {
                        lua.push_table();
                        lua.insert(self.base + slot);
                    }
                }
                self.tables += 1;
                lua.push_table();
                lua.push_value(-1);
                lua.raw_set_integer(self.base + TABLES, i64::from(self.tables));
            }
            BACK_REFERENCE => {
                if number >= self.tables {
                    return None;
                }
                lua.raw_get_integer(self.base + TABLES, i64::from(number) + 1);
            }
            REFERENCE => {
                if !known::push_held(lua, number) {
                    return None;
                }
            }
            HOST_FUNCTION => {
                if !known::push(lua, value.get(codec::STRING_HEADER..)?) {
                    return None;
                }
            }
            _ => ext::push_item(lua, codec::decode_value(value).ok()?),
        }
        self.rest = rest;
        Some(pairs)
    }

    /// Puts the value on top where it belongs in its table. [-1, +0]
    fn put(&self, table: u32, is_key: bool) -> Option<()> {
        let lua = self.lua;
        if is_key {
            match ext::item(lua, -1) {
                Some(Item::Nil) => return None,
                Some(Item::Float(float)) if float.is_nan() => return None,
                _ => lua.raw_set_integer(self.base + KEYS, i64::from(table)),
            }
        } else {
            lua.raw_get_integer(self.base + TABLES, i64::from(table));
            lua.insert(-2);
            lua.raw_get_integer(self.base + KEYS, i64::from(table));
            lua.insert(-2);
            lua.raw_set(-3);
            lua.pop(1);
        }
        Some(())
    }
}
