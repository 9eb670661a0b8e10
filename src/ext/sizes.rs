//! How large stored values get, for hosts that give no part of a value. The catalogue keeps it.

use super::catalogue::{read, write};
use crate::codec::Item;
use crate::global::Global;

/// The entry of the catalogue.
const MAX: &[u8] = b"max";

/// The largest stored value beyond the first read buffer; none: not asked for in this eval.
static LARGEST: Global<Option<usize>> = Global::new(None);

/// Forgets sizes that an earlier eval read: the host may have replaced every table since.
pub fn begin() {
    LARGEST.store(None);
}

/// Room to ask for when a host that cannot give a part of a value says there is none; 0 when no
/// stored value needs more than the first buffer.
pub fn largest() -> usize {
    if let Some(known) = LARGEST.load() {
        return known;
    }
    let stored = match read(MAX) {
        None => 0,
        Some(Ok(Item::Integer(size))) => usize::try_from(size).unwrap_or(usize::MAX),
        // Damaged: there is no telling.
        Some(_) => usize::MAX,
    };
    LARGEST.store(Some(stored));
    stored
}

/// Notes that a value of `size` bytes is about to be stored. False when the host refuses.
pub fn note_size(size: usize) -> bool {
    if size <= largest() {
        return true;
    }
    let rounded = size.checked_next_power_of_two().unwrap_or(usize::MAX);
    LARGEST.store(Some(rounded));
    write(MAX, Item::Integer(rounded as i64))
}
