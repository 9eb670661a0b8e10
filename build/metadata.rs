//! Where cargo keeps a package, in what `cargo metadata` says: the one stable place. Reads as much of JSON as that takes;
//! knows nothing of what is in the package.

use std::path::PathBuf;
use std::str::Chars;

/// How deep the members of a package are: in the object, its array `packages`, an object of that.
const PACKAGE: usize = 3;

/// The manifest of the package of this name; none when the text does not have it.
pub fn manifest_of(text: &str, package: &str) -> Option<PathBuf> {
    let mut chars = text.chars();
    let mut depth = 0;
    let mut key = None;
    let (mut name, mut path) = (None, None);
    while let Some(sign) = chars.next() {
        match sign {
            '{' | '[' => (depth, key) = (depth + 1, None),
            '}' if depth == PACKAGE && name.take().as_deref() == Some(package) => return path.map(PathBuf::from),
            '}' | ']' => depth -= 1,
            ',' => key = None,
            '"' => {
                let text = string(&mut chars)?;
                match key.as_deref() {
                    Some("name") if depth == PACKAGE => name = Some(text),
                    Some("manifest_path") if depth == PACKAGE => path = Some(text),
                    Some(_) => {}
                    None => key = Some(text),
                }
            }
            _ => {}
        }
    }
    None
}

/// A string, behind its first quotation mark.
fn string(chars: &mut Chars) -> Option<String> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => text.push(escaped(chars)?),
            sign => text.push(sign),
        }
    }
}

/// A character, behind a backslash. Halves of pairs are not put together: cargo writes none.
fn escaped(chars: &mut Chars) -> Option<char> {
    Some(match chars.next()? {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'u' => {
            let digits: String = chars.by_ref().take(4).collect();
            char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
        }
        sign => sign,
    })
}
