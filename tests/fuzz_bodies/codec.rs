//! Bytes as a value, a key and an answer to `keys`, each against a second reading of section 6 of
//! the contract.

use lua::codec::{begin_listing, decode_key, decode_value, encode, is_raw_key, Fault, Item, Keys, HEAD};

pub fn run(bytes: &[u8]) {
    value(bytes);
    key(bytes);
    keys(bytes);
}

fn value(bytes: &[u8]) {
    match decode_value(bytes) {
        Ok(item) => assert_eq!(encoded(item), bytes, "{item:?} is written as it was read"),
        Err(Fault::Function) => assert!(matches!(bytes[0], 5 | 6)),
        Err(Fault::Malformed) => assert!(!is_value(bytes), "{bytes:?} is a value"),
    }
}

fn key(bytes: &[u8]) {
    match decode_key(bytes) {
        Ok(Item::String(string)) if is_raw_key(bytes) => assert_eq!(string, bytes),
        Ok(item) => assert_eq!(encoded(item), bytes, "{item:?} is written as it was read"),
        Err(_) => assert!(!is_key(bytes), "{bytes:?} is a key"),
    }
    assert_eq!(decode_key(bytes).is_ok(), is_key(bytes), "{bytes:?}");
}

/// What the contract calls a value that can be read.
fn is_value(bytes: &[u8]) -> bool {
    let Some((tag, payload)) = bytes.split_first() else { return false };
    match tag {
        0 => payload.is_empty(),
        1 => payload == [0] || payload == [1],
        2 | 3 => payload.len() == 8,
        4 => payload.len() >= 4 && payload[..4] == (payload.len() as u32 - 4).to_le_bytes(),
        7 => payload.len() == 4 && payload != [0; 4] && payload != [0xFF; 4],
        _ => false,
    }
}

/// What the contract calls a key: one form for each Lua value that can be one.
fn is_key(bytes: &[u8]) -> bool {
    match bytes.first() {
        None | Some(0) => false,
        Some(3) => is_value(bytes) && is_no_integer(f64::from_le_bytes(bytes[1..].try_into().unwrap())),
        Some(4) => is_value(bytes) && (bytes.len() == 5 || bytes[5] < 8),
        Some(tag) if *tag < 8 => is_value(bytes),
        Some(_) => true,
    }
}

fn is_no_integer(float: f64) -> bool {
    let is_integer = float.fract() == 0.0 && float >= i64::MIN as f64 && float < -(i64::MIN as f64);
    !float.is_nan() && !is_integer
}

fn encoded(item: Item<'_>) -> Vec<u8> {
    let mut bytes = encode(item).as_slice().to_vec();
    if let Item::String(string) = item {
        bytes.extend_from_slice(string);
    }
    bytes
}

fn keys(answer: &[u8]) {
    let mut listing = [&[0; HEAD], answer].concat();
    begin_listing(&mut listing, answer.len());
    let model = model_keys(answer);
    if let Some(keys) = Keys::new(&mut listing) {
        assert_eq!(keys.is_complete(), keys.total() as usize <= model.len());
    }
    // Each time from where the last one stopped.
    for expected in model {
        let mut keys = Keys::new(&mut listing).unwrap();
        assert_eq!(keys.next(), Some(expected));
        assert_eq!(keys.last_given(), expected);
    }
    assert_eq!(Keys::new(&mut listing).and_then(|mut keys| keys.next()), None);
}

/// The whole keys in an answer.
fn model_keys(answer: &[u8]) -> Vec<&[u8]> {
    let (mut keys, mut at) = (Vec::new(), 4);
    while let Some(length) = answer.get(at..at + 4) {
        let end = at + 4 + u32::from_le_bytes(length.try_into().unwrap()) as usize;
        let Some(key) = answer.get(at + 4..end) else { break };
        keys.push(key);
        at = end;
    }
    keys
}
