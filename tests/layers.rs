//! Layers of `src/`: the files refer to one another, by `use` and by paths, without a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Modules by path (`crate::ext::proxy`), each with its text.
type Sources = BTreeMap<String, String>;

#[test]
fn no_file_of_src_refers_back_to_one_that_refers_to_it() {
    let mut sources = Sources::new();
    read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "crate", &mut sources);
    assert!(sources.contains_key("crate::ext::proxy"), "src/ext/proxy.rs was read");
    assert_eq!(circle(&sources), None);
}

#[test]
fn a_circle_is_found_in_every_form_of_reference() {
    let forms = [
        "use crate::{c, b::{self, One as Two}};",
        "use super::b;",
        "use super::{c, b::*};",
        "fn f() { crate::b::g(); }",
        "my_macro!(g);",
        "fn f() { super::b::g() }",
    ];
    for form in forms {
        let sources = modules(&[
            ("crate::a", form),
            ("crate::b", "use crate::c;\nmacro_rules! my_macro { () => {} }"),
            ("crate::c", "use crate::a::f;"),
        ]);
        assert!(circle(&sources).is_some(), "{form}");
    }
}

#[test]
fn a_reference_to_the_module_around_is_one() {
    let sources = modules(&[("crate::e", "mod f;\npub fn g() {}"), ("crate::e::f", "use super::g;")]);
    assert_eq!(circle(&sources).as_deref(), Some("crate::e -> crate::e::f -> crate::e"));
}

#[test]
fn comments_and_strings_refer_to_nothing() {
    let text = "// use crate::b;\n/* crate::b */ const T: &str = \"crate::b \\\" crate::b\";";
    assert_eq!(circle(&modules(&[("crate::a", text), ("crate::b", "use crate::a;")])), None);
}

fn modules(texts: &[(&str, &str)]) -> Sources {
    texts.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect()
}

fn read_folder(folder: &Path, module: &str, sources: &mut Sources) {
    for entry in fs::read_dir(folder).expect("src/ is readable") {
        let path = entry.expect("src/ is readable").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            read_folder(&path, &format!("{module}::{name}"), sources);
        } else {
            let module = if name == "mod" || name == "lib" { module.into() } else { format!("{module}::{name}") };
            sources.insert(module, fs::read_to_string(&path).expect("a source is readable"));
        }
    }
}

/// The shortest way found from a module back to itself, as `a -> b -> a`.
fn circle(sources: &Sources) -> Option<String> {
    let references: BTreeMap<_, _> =
        sources.keys().map(|module| (module.clone(), references(module, sources))).collect();
    sources.keys().filter_map(|module| way_back(module, &references)).min_by_key(Vec::len).map(|way| way.join(" -> "))
}

fn way_back(module: &str, references: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut ways = vec![vec![module.to_string()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in &references[way.last().expect("a way begins somewhere")] {
                let mut way = way.clone();
                way.push(next.clone());
                if next == module {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// The modules that a module refers to, those that it declares and those whose macros it uses among them.
fn references(module: &str, sources: &Sources) -> BTreeSet<String> {
    let tokens = tokens(&sources[module]);
    let mut found = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let next = |offset| tokens.get(at + offset).map_or("", String::as_str);
        match token.as_str() {
            // `$crate` is where the macro's own file refers to itself.
            "crate" | "super" if next(1) == "::" && (at == 0 || tokens[at - 1] != "$") => {
                let from = if token == "crate" { "crate" } else { parent(module) };
                paths(from, &tokens[at + 2..], sources, &mut found);
            }
            "mod" if next(2) == ";" => drop(found.insert(format!("{module}::{}", next(1)))),
            name if next(1) == "!" => found.extend(macro_home(name, sources)),
            _ => {}
        }
    }
    found.remove(module);
    found
}

fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or(module, |(parent, _)| parent)
}

fn macro_home(name: &str, sources: &Sources) -> Option<String> {
    let definition = format!("macro_rules! {name} ");
    sources.iter().find(|(_, text)| text.contains(&definition)).map(|(module, _)| module.clone())
}

/// Adds the modules that `rest`, what follows `from::`, refers to; returns how many tokens of it that is.
fn paths(from: &str, rest: &[String], sources: &Sources, found: &mut BTreeSet<String>) -> usize {
    let name = rest.first().map_or("", String::as_str);
    if name == "{" {
        let mut at = 1;
        while rest.get(at).is_some_and(|token| token != "}") {
            at += if rest[at] == "," { 1 } else { paths(from, &rest[at..], sources, found) };
        }
        return at + 1;
    }
    let inner = format!("{from}::{name}");
    let is_module = sources.contains_key(&inner);
    if is_module && rest.get(1).is_some_and(|token| token == "::") {
        return 2 + paths(&inner, &rest[2..], sources, found);
    }
    // An item of `from`, or a macro, which belongs to the crate by name and to a file by place.
    let home = macro_home(name, sources).filter(|_| from == "crate").unwrap_or_else(|| from.into());
    found.insert(if is_module { inner } else { home });
    // The rest of the path, `as` and a name.
    rest.iter().position(|token| matches!(token.as_str(), "," | "}" | ";")).unwrap_or(rest.len()).max(1)
}

/// Names, `::` and other single characters, without comments and strings.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if first == '"' {
            string_length(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else if is_name(first) {
            rest.find(|c| !is_name(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, behind) = rest.split_at(length);
        if !token.starts_with(['"', '/']) && !first.is_whitespace() {
            tokens.push(token.into());
        }
        rest = behind;
    }
    tokens
}

/// The length of the string that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|&(_, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}
