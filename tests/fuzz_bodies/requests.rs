//! Requests of a hostile host: any bytes as a message, or as the arguments of a good one.

use super::input::Input;
use super::message::{check_error, check_results};
use crate::host::{host, Module};

/// Notes that it ran, and gives back its arguments.
const SOURCE: &str = "ran = true return ...";

pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let module = Module::start_with("request results error config");
    host().services.insert(b"config".to_vec(), b"memory_limit=50000000\ninstruction_limit=10000000".to_vec());
    for _ in 0..1 + input.below(3) {
        let message = message(&mut input);
        host().services.insert(b"request".to_vec(), message);
        host().messages.clear();
        let answer = module.eval("ran = 'the buffer'");
        check(&answer);
        host().services.remove(&b"request"[..]);
        let ran = module.text("return ran");
        match answer {
            Err(text) if text.starts_with(b"malformed message\n") => assert_eq!(ran, "nil", "nothing of it is run"),
            _ => assert_ne!(ran, "the buffer", "there was a request"),
        }
        assert_eq!(module.text("ran = nil return 1 + 1"), "2");
    }
}

/// Bytes as they come, or after the beginning of a good message.
fn message(input: &mut Input<'_>) -> Vec<u8> {
    let mut message = Vec::new();
    if input.below(4) > 0 {
        message.extend((3 + u32::from(input.below(4))).to_le_bytes());
        for text in ["run", SOURCE, "=chunk"] {
            message.push(4);
            message.extend((text.len() as u32).to_le_bytes());
            message.extend(text.as_bytes());
        }
    }
    let length = usize::from(input.byte());
    message.extend(input.take(length));
    message
}

/// What the host was told can be read, and there is no text where it takes results.
fn check(answer: &Result<Vec<u8>, Vec<u8>>) {
    let sent = host().messages.clone();
    let [(name, message)] = &sent[..] else { panic!("{} messages", sent.len()) };
    match answer {
        Ok(text) => {
            assert_eq!((name.as_slice(), text.len()), (&b"results"[..], 0));
            check_results(message);
        }
        Err(_) => {
            assert_eq!(name, b"error");
            check_error(message);
        }
    }
}
