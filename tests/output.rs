//! The rule for text that does not fit (contract, section 3), on small buffers: all that fits; else a beginning
//! of it, cut between characters, and `\n[... N more bytes]`.

mod random;

use lua::output::Text;
use random::{rounds, Random};

/// What a text of these pieces leaves in a buffer of `N` bytes.
fn shown<const N: usize>(pieces: &[&[u8]]) -> Vec<u8> {
    let mut text = Text::<N>::new();
    for piece in pieces {
        text.write(piece);
    }
    let mut buffer = [0xEE; N];
    let length = text.copy_to(&mut buffer);
    assert!(buffer[length..].iter().all(|&byte| byte == 0xEE), "nothing is written beyond the text");
    buffer[..length].to_vec()
}

/// Checks a cut text against the rule, without building it as the module does.
fn check<const N: usize>(whole: &[u8]) {
    let shown = shown::<N>(&[whole]);
    if whole.len() <= N {
        assert_eq!(shown, whole);
        return;
    }
    let start = shown.windows(6).rposition(|window| window == b"\n[... ").expect("a note");
    let (kept, note) = shown.split_at(start);
    assert_eq!(kept, &whole[..start], "the beginning is as it was");
    let left = whole.len() - start;
    assert_eq!(String::from_utf8_lossy(note), format!("\n[... {left} more bytes]"));
    // A cut up to `spare` bytes later would still fit, with a note that may be a digit shorter.
    let spare = N - shown.len();
    match std::str::from_utf8(whole) {
        Ok(text) => {
            assert!(text.is_char_boundary(start), "the cut at {start} splits a character");
            let further = (start + 1..=start + spare).find(|&at| text.is_char_boundary(at) && fits(whole.len(), at, N));
            assert_eq!(further, None, "more would fit than {start} of {} bytes in {N}", whole.len());
        }
        Err(_) => assert!(spare <= 4, "{spare} bytes unused"),
    }
    assert!(spare <= 4, "{spare} bytes unused");
}

/// Whether `kept` of `total` bytes and their note fit into `room`.
fn fits(total: usize, kept: usize, room: usize) -> bool {
    kept + format!("\n[... {} more bytes]", total - kept).len() <= room
}

/// Texts of one kind of character, shifted by up to 4 ASCII bytes, of every length around the limits.
fn check_all_alignments<const N: usize>() {
    for character in ["a", "ä", "€", "😀"] {
        for shift in 0..4 {
            for count in 0..N + 120 {
                check::<N>(("x".repeat(shift) + &character.repeat(count)).as_bytes());
            }
        }
    }
}

#[test]
fn every_alignment_of_every_length_of_character_is_cut_between_characters() {
    check_all_alignments::<24>();
    check_all_alignments::<32>();
    check_all_alignments::<33>();
    check_all_alignments::<127>();
}

#[test]
fn the_number_is_exact_where_it_gains_a_digit() {
    // 32 bytes, of which the note takes 19 or more: 10, 100, 1000 more bytes lie around these.
    for total in (33..60).chain(100..130).chain(1000..1030).chain(9_990..10_030) {
        check::<32>(&vec![b'x'; total]);
    }
}

#[test]
fn bytes_that_are_not_utf8_are_cut_anywhere() {
    for total in 0..200 {
        check::<40>(&vec![0x80; total]);
        check::<40>(&vec![0xFF; total]);
    }
}

#[test]
fn random_texts_of_mixed_characters_follow_the_rule() {
    let mut random = Random(1);
    for _ in 0..rounds(20_000) {
        let count = random.below(90);
        let text: String = (0..count).map(|_| random.pick(&['x', '\n', 'ß', '漢', '🙂'])).collect();
        check::<64>(text.as_bytes());
    }
}

#[test]
fn a_text_in_pieces_shows_like_one_in_one_piece() {
    let mut random = Random(2);
    for _ in 0..rounds(5_000) {
        let whole = random.bytes(120);
        let middle = random.below(whole.len() as u64 + 1) as usize;
        assert_eq!(shown::<48>(&[&whole[..middle], b"", &whole[middle..]]), shown::<48>(&[&whole]));
    }
}

#[test]
fn the_line_is_open_until_a_newline_is_written_even_beyond_the_buffer() {
    let mut text = Text::<4>::new();
    assert!(!text.mid_line());
    text.write(b"abc");
    assert!(text.mid_line());
    text.write(b"");
    assert!(text.mid_line());
    text.write(b"defgh\n");
    assert!(!text.mid_line());
    text.write(b"i");
    assert!(text.mid_line());
    text.clear();
    assert!(!text.mid_line());
}

#[test]
fn a_cleared_text_starts_again() {
    let mut text = Text::<32>::new();
    text.write(&[b'x'; 100]);
    text.clear();
    text.write(b"new");
    let mut buffer = [0; 32];
    let length = text.copy_to(&mut buffer);
    assert_eq!(&buffer[..length], b"new");
}
