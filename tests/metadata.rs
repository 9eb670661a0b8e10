//! What build.rs reads of `cargo metadata`.

#[path = "../build/metadata.rs"]
mod metadata;

use metadata::manifest_of;
use std::path::Path;

const TEXT: &str = r#"{"packages":[
  {"name":"first","dependencies":[{"name":"lua-src","manifest_path":"no"}],"manifest_path":"/first/Cargo.toml"},
  {"manifest_path":"C:\\Users\\J\u00fcrgen \"x\" {]\\lua-src-1\\Cargo.toml","targets":[{"name":"other"}],"name":"lua-src"},
  {"name":"lua-src-more","manifest_path":"/more/Cargo.toml"}],
 "resolve":{"nodes":[{"name":"lua-src","manifest_path":"no"}]},"version":1}"#;

#[test]
fn the_package_of_that_name_is_found_whatever_its_path_and_its_neighbours_are() {
    let found = manifest_of(TEXT, "lua-src").unwrap();
    assert_eq!(found, Path::new("C:\\Users\\J\u{fc}rgen \"x\" {]\\lua-src-1\\Cargo.toml"));
    assert_eq!(manifest_of(TEXT, "lua-src-more").unwrap(), Path::new("/more/Cargo.toml"));
}

#[test]
fn a_package_that_is_not_there_and_text_that_is_cut_short_are_none() {
    assert_eq!(manifest_of(TEXT, "other"), None);
    for end in 0..TEXT.find(r#""name":"lua-src"}"#).unwrap() {
        if TEXT.is_char_boundary(end) {
            assert_eq!(manifest_of(&TEXT[..end], "lua-src"), None);
        }
    }
}
