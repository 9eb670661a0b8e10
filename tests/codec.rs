//! The wire format (contract, section 6): every tag, every malformed form, round trips.

mod random;

use lua::codec::{
    begin_listing, decode_key, decode_value, encode, float_to_integer, is_raw_key, Fault, Item, Keys, HEAD,
};
use random::{rounds, Random};

/// The wire form of a value.
fn wire(item: Item<'_>) -> Vec<u8> {
    let mut bytes = encode(item).as_slice().to_vec();
    if let Item::String(string) = item {
        bytes.extend_from_slice(string);
    }
    bytes
}

/// The wire form of a key.
fn key_wire(item: Item<'_>) -> Vec<u8> {
    match item {
        Item::String(string) if is_raw_key(string) => string.to_vec(),
        item => wire(item),
    }
}

#[test]
fn each_kind_of_value_has_the_bytes_of_the_contract() {
    let cases: [(Item<'_>, &[u8]); 9] = [
        (Item::Nil, &[0]),
        (Item::Boolean(false), &[1, 0]),
        (Item::Boolean(true), &[1, 1]),
        (Item::Integer(-2), &[2, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        (Item::Float(1.0), &[3, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F]),
        (Item::String(b""), &[4, 0, 0, 0, 0]),
        (Item::String(b"ab"), &[4, 2, 0, 0, 0, b'a', b'b']),
        (Item::Table(1), &[7, 1, 0, 0, 0]),
        (Item::Table(0xFFFF_FFFE), &[7, 0xFE, 0xFF, 0xFF, 0xFF]),
    ];
    for (item, bytes) in cases {
        assert_eq!(wire(item), bytes);
        assert_eq!(decode_value(bytes), Ok(item));
    }
}

#[test]
fn malformed_values_are_refused() {
    let cases: [&[u8]; 30] = [
        &[],
        &[0, 0],
        &[1],
        &[1, 2],
        &[1, 255],
        &[1, 0, 0],
        &[2],
        &[2, 1, 2, 3, 4, 5, 6, 7],
        &[2, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        &[3],
        &[3, 1, 2, 3, 4, 5, 6, 7],
        &[3, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        &[4],
        &[4, 0, 0, 0],
        &[4, 1, 0, 0, 0],
        &[4, 0, 0, 0, 0, b'x'],
        &[4, 1, 0, 0, 0, b'x', b'y'],
        &[4, 0xFF, 0xFF, 0xFF, 0xFF],
        &[4, 0xFF, 0xFF, 0xFF, 0xFF, b'x'],
        &[7],
        &[7, 1, 0, 0],
        &[7, 1, 0, 0, 0, 0],
        &[7, 0, 0, 0, 0],
        &[7, 0xFF, 0xFF, 0xFF, 0xFF],
        &[8],
        &[9, 0, 0, 0, 0],
        &[10, 0, 0, 0, 0],
        b"x",
        &[0x80, 1],
        &[255; 9],
    ];
    for bytes in cases {
        assert_eq!(decode_value(bytes), Err(Fault::Malformed), "{bytes:?}");
    }
}

#[test]
fn every_value_cut_short_or_made_longer_is_refused() {
    let items =
        [Item::Nil, Item::Boolean(true), Item::Integer(7), Item::Float(0.5), Item::String(b"four"), Item::Table(9)];
    for item in items {
        let whole = wire(item);
        for length in 0..whole.len() {
            assert_eq!(decode_value(&whole[..length]), Err(Fault::Malformed), "{item:?} cut to {length}");
        }
        let longer = [&whole[..], &[0]].concat();
        assert_eq!(decode_value(&longer), Err(Fault::Malformed), "{item:?} and a byte");
    }
}

#[test]
fn unknown_tags_are_refused_whatever_follows() {
    for tag in (0..=255u8).filter(|tag| !matches!(tag, 0..=7)) {
        for length in [0, 1, 4, 8] {
            let bytes = [&[tag][..], &vec![1; length]].concat();
            assert_eq!(decode_value(&bytes), Err(Fault::Malformed), "{bytes:?}");
        }
    }
}

#[test]
fn functions_of_the_older_build_have_a_fault_of_their_own() {
    for bytes in [&[5][..], &[6], &[5, 1, 2, 3], &[6, 0, 0, 0, 0]] {
        assert_eq!(decode_value(bytes), Err(Fault::Function));
        assert_eq!(decode_key(bytes), Err(Fault::Malformed), "no key is a function");
    }
}

#[test]
fn a_string_key_is_raw_unless_it_is_empty_or_starts_low() {
    for first in 0..=255u8 {
        let string = [first, b'x'];
        let expected = if first >= 8 { string.to_vec() } else { vec![4, 2, 0, 0, 0, first, b'x'] };
        assert_eq!(key_wire(Item::String(&string)), expected);
        assert_eq!(decode_key(&expected), Ok(Item::String(&string)));
    }
    assert_eq!(key_wire(Item::String(b"")), [4, 0, 0, 0, 0]);
    assert_eq!(decode_key(&[4, 0, 0, 0, 0]), Ok(Item::String(b"")));
}

#[test]
fn keys_of_other_types_have_the_form_of_values() {
    for item in [Item::Boolean(false), Item::Boolean(true), Item::Integer(i64::MIN), Item::Float(2.5), Item::Table(12)]
    {
        assert_eq!(decode_key(&wire(item)), Ok(item));
    }
}

#[test]
fn a_key_in_another_form_than_it_is_written_in_is_refused() {
    let refused = [
        wire(Item::Nil),
        wire(Item::String(b"raw")),
        wire(Item::String(&[8])),
        wire(Item::Float(f64::NAN)),
        wire(Item::Float(-f64::NAN)),
        wire(Item::Float(3.0)),
        wire(Item::Float(0.0)),
        wire(Item::Float(-0.0)),
        wire(Item::Float(-9_223_372_036_854_775_808.0)),
        wire(Item::Float(9_007_199_254_740_992.0)),
        vec![],
        vec![1, 2],
        vec![2, 1],
        vec![7, 0, 0, 0, 0],
        vec![7, 0xFF, 0xFF, 0xFF, 0xFF],
    ];
    for bytes in refused {
        assert_eq!(decode_key(&bytes), Err(Fault::Malformed), "{bytes:?}");
    }
}

#[test]
fn floats_without_an_integer_are_keys() {
    for float in [0.5, -1e-300, f64::INFINITY, f64::NEG_INFINITY, 9_223_372_036_854_775_808.0, 1e300, f64::MIN_POSITIVE]
    {
        assert_eq!(decode_key(&wire(Item::Float(float))), Ok(Item::Float(float)));
    }
}

#[test]
fn a_float_has_the_integer_it_is_equal_to() {
    assert_eq!(float_to_integer(-0.0), Some(0));
    assert_eq!(float_to_integer(9_007_199_254_740_992.0), Some(1 << 53));
    assert_eq!(float_to_integer(-9_223_372_036_854_775_808.0), Some(i64::MIN));
    assert_eq!(float_to_integer(9_223_372_036_854_774_784.0), Some(i64::MAX - 1023));
    for float in
        [0.5, 9_223_372_036_854_775_808.0, -9_223_372_036_854_777_856.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]
    {
        assert_eq!(float_to_integer(float), None, "{float}");
    }
}

#[test]
fn random_values_and_keys_come_back_as_they_were() {
    let mut random = Random(1);
    for _ in 0..rounds(50_000) {
        let bytes = random.bytes(40);
        let item = match random.below(5) {
            0 => Item::Boolean(random.below(2) == 1),
            1 => Item::Integer(random.bits() as i64 >> random.below(64)),
            2 => Item::Float(f64::from_bits(random.bits())),
            3 => Item::Table(1 + random.below(0xFFFF_FFFE) as u32),
            _ => Item::String(&bytes),
        };
        let wire = wire(item);
        let back = decode_value(&wire).expect("a value");
        match (item, back) {
            (Item::Float(before), Item::Float(after)) => assert_eq!(before.to_bits(), after.to_bits()),
            _ => assert_eq!(back, item),
        }
        match item {
            Item::Float(float) if float.is_nan() || float_to_integer(float).is_some() => {}
            _ => assert_eq!(decode_key(&key_wire(item)), Ok(item)),
        }
    }
}

/// A listing with an honest host's answer to `keys`.
fn listing(keys: &[&[u8]]) -> Vec<u8> {
    let mut answer = (keys.len() as u32).to_le_bytes().to_vec();
    for key in keys {
        answer.extend((key.len() as u32).to_le_bytes());
        answer.extend(*key);
    }
    listing_of(&answer, 100)
}

/// What becomes of an answer in room for `room` bytes.
fn listing_of(answer: &[u8], room: usize) -> Vec<u8> {
    let mut bytes = vec![0x55; HEAD + room];
    bytes[HEAD..HEAD + answer.len()].copy_from_slice(answer);
    begin_listing(&mut bytes, answer.len());
    bytes
}

fn found(listing: &mut [u8]) -> Vec<Vec<u8>> {
    Keys::new(listing).unwrap().map(<[u8]>::to_vec).collect()
}

const THREE: [&[u8]; 3] = [b"one", b"", b"three"];
/// Where the answer of `THREE` ends in its listing.
const END: usize = HEAD + 4 + 7 + 4 + 9;

#[test]
fn keys_are_read_one_after_the_other() {
    let mut listing = listing(&THREE);
    let keys = Keys::new(&mut listing).unwrap();
    assert!(keys.is_complete());
    assert_eq!(keys.total(), 3);
    assert_eq!(keys.last_given(), b"");
    assert_eq!(found(&mut listing), THREE);
    let mut keys = Keys::new(&mut listing).unwrap();
    assert_eq!(keys.last_given(), b"three");
    assert_eq!(keys.next(), None);
}

#[test]
fn an_answer_cut_anywhere_gives_its_whole_keys_and_says_that_some_are_missing() {
    let whole = listing(&THREE);
    for length in 0..=END - HEAD {
        for room in length..length + 9 {
            let mut cut = listing_of(&whole[HEAD..HEAD + length], room);
            // Fewer bytes than a count are the answer for a table that does not exist.
            let complete = length < 4 || length == END - HEAD;
            assert_eq!(Keys::new(&mut cut).unwrap().is_complete(), complete, "{length} bytes of {room}");
            let expected = [11, 15, 24].iter().filter(|&&end| end <= length).count();
            assert_eq!(found(&mut cut).len(), expected, "{length} bytes of {room}");
        }
    }
}

#[test]
fn a_count_that_lies_says_what_is_complete_and_nothing_else() {
    for (count, complete) in [(0, true), (1, true), (3, true), (4, false), (u32::MAX, false)] {
        let mut listing = listing(&THREE);
        listing[HEAD..HEAD + 4].copy_from_slice(&u32::to_le_bytes(count));
        assert_eq!(Keys::new(&mut listing).unwrap().is_complete(), complete, "count {count}");
        assert_eq!(found(&mut listing).len(), 3, "count {count}");
    }
}

#[test]
fn a_key_longer_than_the_answer_ends_it() {
    for length in [6u32, 1000, u32::MAX, 1 << 31] {
        let mut listing = listing(&THREE);
        listing[HEAD + 15..HEAD + 19].copy_from_slice(&length.to_le_bytes());
        assert!(!Keys::new(&mut listing).unwrap().is_complete());
        assert_eq!(found(&mut listing), THREE[..2]);
    }
}

#[test]
fn reading_goes_on_where_it_stopped_and_behind_a_key_that_is_sought() {
    let mut listing = listing(&THREE);
    Keys::new(&mut listing).unwrap().next();
    assert_eq!(found(&mut listing), THREE[1..]);
    let mut listing = self::listing(&THREE);
    let mut keys = Keys::new(&mut listing).unwrap();
    assert!(!keys.seek(b"two"));
    assert_eq!(keys.last_given(), b"");
    assert!(keys.seek(b""));
    assert_eq!(found(&mut listing), THREE[2..]);
}

#[test]
fn a_place_beyond_the_answer_ends_it() {
    let mut listing = listing(&THREE);
    for place in [1u32, 27, 99, 1 << 31, u32::MAX] {
        listing[..4].copy_from_slice(&place.to_le_bytes());
        found(&mut listing);
    }
    assert!(Keys::new(&mut [0; HEAD - 1]).is_none());
}
