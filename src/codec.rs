//! The wire format of keys and values: pure functions over slices. Knows neither Lua nor the host.
//!
//! A value is a tag byte and a payload; a key is a raw string or the same form.

use core::ptr;

/// The root table, `Memory`.
pub const ROOT: u32 = 1;

const NIL: u8 = 0;
const BOOLEAN: u8 = 1;
const INTEGER: u8 = 2;
const FLOAT: u8 = 3;
pub const STRING: u8 = 4;
const FUNCTIONS: [u8; 2] = [5, 6];
const TABLE: u8 = 7;
/// The first byte that a raw string key may start with.
const RAW: u8 = 8;

/// Bytes that precede a string's own: tag and length.
pub const STRING_HEADER: usize = 5;

/// A key or a value, borrowed from where it was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item<'a> {
    Nil,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    String(&'a [u8]),
    Table(u32),
}

/// Why bytes are not a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Short, unknown tag, or wrong length.
    Malformed,
    /// A function, as the Zig build wrote them.
    Function,
}

/// A key or value other than a string, encoded: at most 9 bytes.
#[derive(Clone, Copy)]
pub struct Encoded {
    bytes: [u8; 9],
    length: usize,
}

impl Encoded {
    /// The encoded bytes.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn new(tag: u8, payload: &[u8]) -> Self {
        let mut bytes = [tag, 0, 0, 0, 0, 0, 0, 0, 0];
        let length = 1 + bytes.get_mut(1..).map_or(0, |room| copy(room, payload));
        Self { bytes, length }
    }
}

/// Copies as much of `from` as fits; returns how much that is. Unlike `copy_from_slice` it cannot
/// panic, and so brings no code to say so.
pub fn copy(to: &mut [u8], from: &[u8]) -> usize {
    let length = to.len().min(from.len());
    // SAFETY: both have `length` bytes, and a `&mut` overlaps nothing.
    unsafe { ptr::copy_nonoverlapping(from.as_ptr(), to.as_mut_ptr(), length) };
    length
}

/// Encodes everything but the bytes of a string: for a string, its header.
pub fn encode(item: Item<'_>) -> Encoded {
    match item {
        Item::Nil => Encoded::new(NIL, &[]),
        Item::Boolean(value) => Encoded::new(BOOLEAN, &[u8::from(value)]),
        Item::Integer(value) => Encoded::new(INTEGER, &value.to_le_bytes()),
        Item::Float(value) => Encoded::new(FLOAT, &value.to_le_bytes()),
        Item::String(bytes) => Encoded::new(STRING, &(bytes.len() as u32).to_le_bytes()),
        Item::Table(id) => Encoded::new(TABLE, &id.to_le_bytes()),
    }
}

/// Whether a string is its own key; any other carries a header.
pub fn is_raw_key(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|&first| first >= RAW)
}

/// Reads a value.
pub fn decode_value(bytes: &[u8]) -> Result<Item<'_>, Fault> {
    let (&tag, payload) = bytes.split_first().ok_or(Fault::Malformed)?;
    if FUNCTIONS.contains(&tag) {
        return Err(Fault::Function);
    }
    decode(tag, payload).ok_or(Fault::Malformed)
}

/// Reads a key. Only the one form a key is written in is accepted.
pub fn decode_key(bytes: &[u8]) -> Result<Item<'_>, Fault> {
    if is_raw_key(bytes) {
        return Ok(Item::String(bytes));
    }
    match decode_value(bytes) {
        Ok(Item::Nil) | Err(_) => Err(Fault::Malformed),
        Ok(Item::String(string)) if is_raw_key(string) => Err(Fault::Malformed),
        Ok(Item::Float(float)) if float.is_nan() || float_to_integer(float).is_some() => Err(Fault::Malformed),
        Ok(item) => Ok(item),
    }
}

/// The integer a float is equal to, which as a key it stands for (manual section 2.1).
pub fn float_to_integer(float: f64) -> Option<i64> {
    // 2^63 itself is the first float too large; -2^63 is an integer.
    let in_range = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float);
    let integer = float as i64;
    (in_range && integer as f64 == float).then_some(integer)
}

fn decode(tag: u8, payload: &[u8]) -> Option<Item<'_>> {
    match tag {
        NIL => payload.is_empty().then_some(Item::Nil),
        BOOLEAN => match payload {
            [0] => Some(Item::Boolean(false)),
            [1] => Some(Item::Boolean(true)),
            _ => None,
        },
        INTEGER => Some(Item::Integer(i64::from_le_bytes(payload.try_into().ok()?))),
        FLOAT => Some(Item::Float(f64::from_le_bytes(payload.try_into().ok()?))),
        STRING => {
            let (length, bytes) = payload.split_first_chunk::<4>()?;
            (u32::from_le_bytes(*length) as usize == bytes.len()).then_some(Item::String(bytes))
        }
        TABLE => match u32::from_le_bytes(payload.try_into().ok()?) {
            0 | u32::MAX => None,
            id => Some(Item::Table(id)),
        },
        _ => None,
    }
}

/// A listing of keys: a place and a length, both u32, and a host's answer to `keys` of that length: a count, u32, and the
/// length, u32, and bytes of each key. The place is where in the answer the key given last is; 0 before the first.
pub struct Keys<'a> {
    place: &'a mut [u8; 4],
    answer: &'a [u8],
}

/// Bytes of a listing ahead of the host's answer.
pub const HEAD: usize = 8;

/// Makes `room` a listing that has given no key, of an answer of `written` bytes that is there.
pub fn begin_listing(room: &mut [u8], written: usize) {
    copy(room, &((written as u64) << 32).to_le_bytes());
}

impl<'a> Keys<'a> {
    /// Reads a listing from its place on.
    pub fn new(listing: &'a mut [u8]) -> Option<Self> {
        let (place, rest) = listing.split_first_chunk_mut()?;
        let (length, answer) = rest.split_first_chunk()?;
        Some(Self { place, answer: answer.get(..u32::from_le_bytes(*length) as usize)? })
    }

    /// How many keys the host has counted.
    pub fn total(&self) -> u32 {
        self.answer.first_chunk().map_or(0, |count| u32::from_le_bytes(*count))
    }

    /// Whether the listing holds all of them.
    pub fn is_complete(&self) -> bool {
        let mut place = 0;
        let mut left = self.total();
        while left > 0 {
            let Some(next) = self.after(place) else { return false };
            (place, _) = next;
            left -= 1;
        }
        true
    }

    /// The key given last; empty before the first.
    pub fn last_given(&self) -> &'a [u8] {
        self.key_at(u32::from_le_bytes(*self.place) as usize).unwrap_or_default()
    }

    /// Goes on behind a key; false, and at the first key again, when it is not there.
    pub fn seek(&mut self, key: &[u8]) -> bool {
        let found = self.any(|listed| listed == key);
        if !found {
            *self.place = [0; 4];
        }
        found
    }

    fn key_at(&self, place: usize) -> Option<&'a [u8]> {
        if place == 0 {
            return Some(&[]);
        }
        let (length, rest) = self.answer.get(place..)?.split_first_chunk()?;
        rest.get(..u32::from_le_bytes(*length) as usize)
    }

    /// The place and the key that follow.
    fn after(&self, place: usize) -> Option<(usize, &'a [u8])> {
        let next = place + 4 + self.key_at(place)?.len();
        Some((next, self.key_at(next)?))
    }
}

impl<'a> Iterator for Keys<'a> {
    type Item = &'a [u8];

    #[inline(never)]
    fn next(&mut self) -> Option<&'a [u8]> {
        let (place, key) = self.after(u32::from_le_bytes(*self.place) as usize)?;
        *self.place = (place as u32).to_le_bytes();
        Some(key)
    }
}
