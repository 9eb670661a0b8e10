//! Messages to the host's services (contract, section 7), read by the letter.

use super::input::Input;

/// Checks a `results` message, or that of a call's arguments.
pub fn check_results(message: &[u8]) {
    let mut reader = Reader::new(message);
    let count = reader.number();
    reader.values(count);
    reader.end();
}

/// Checks an `error` message: message, traceback, line, error value.
pub fn check_error(message: &[u8]) {
    let mut reader = Reader::new(message);
    for expected in [4, 4, 2] {
        assert_eq!(reader.input.rest().first(), Some(&expected), "message, traceback and line come first");
        reader.values(1);
    }
    reader.values(1);
    reader.end();
}

struct Reader<'a> {
    input: Input<'a>,
    tables: u32,
}

impl<'a> Reader<'a> {
    fn new(message: &'a [u8]) -> Self {
        Self { input: Input::new(message), tables: 0 }
    }

    fn end(&self) {
        assert!(self.input.is_empty(), "{} bytes after the message", self.input.rest().len());
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let bytes = self.input.take(count);
        assert_eq!(bytes.len(), count, "the message is cut");
        bytes
    }

    fn number(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes(4).try_into().unwrap())
    }

    /// Reads values one after the other, those inside inline tables too: it does not recurse.
    fn values(&mut self, count: u32) {
        let mut left = u64::from(count);
        while left > 0 {
            left -= 1;
            match self.bytes(1)[0] {
                0 => {}
                1 => assert!(self.bytes(1)[0] < 2, "a boolean is 0 or 1"),
                2 | 3 => drop(self.bytes(8)),
                4 | 10 | 12 => {
                    let length = self.number();
                    self.bytes(length as usize);
                }
                7 => assert!(!matches!(self.number(), 0 | u32::MAX), "the id of a table"),
                8 => {
                    self.tables += 1;
                    left += 2 * u64::from(self.number());
                }
                9 => assert!(self.number() < self.tables, "a reference goes back"),
                11 => assert_ne!(self.number(), 0, "references count from 1"),
                tag => panic!("tag {tag}"),
            }
        }
    }
}
