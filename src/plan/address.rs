//! Terraform addresses and reference strings, cut into steps.
//!
//! Keys may hold dots, brackets and spaces, so nothing here splits on a character: the subject's
//! keys use HCL quoting (`$${` for a literal `${`), keys further right Go's.

use std::fmt;

/// Key of one instance of a resource or module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Of `count`.
    Int(i64),
    /// Of `for_each`.
    Text(String),
}

/// One step of an address or a reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// `.name`, or the first segment.
    Name(String),
    /// `["key"]` or `[0]`.
    Key(Key),
}

impl Step {
    /// The name, where it is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Step::Name(name) => Some(name),
            Step::Key(_) => None,
        }
    }
}

/// A step as it stands in its text, which has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut<'a> {
    /// `.name`, or the first segment.
    Name(&'a str),
    /// `["key"]` or `[0]`.
    Key(Key),
}

impl<'a> Cut<'a> {
    /// The name, where it is one.
    pub fn name(&self) -> Option<&'a str> {
        match self {
            Cut::Name(name) => Some(name),
            Cut::Key(_) => None,
        }
    }
}

impl From<Cut<'_>> for Step {
    fn from(cut: Cut<'_>) -> Step {
        match cut {
            Cut::Name(name) => Step::Name(name.to_owned()),
            Cut::Key(key) => Step::Key(key),
        }
    }
}

impl fmt::Display for Key {
    /// As Terraform writes it, brackets included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Int(index) => write!(f, "[{index}]"),
            Key::Text(text) => {
                f.write_str("[\"")?;
                let mut chars = text.chars().peekable();
                while let Some(c) = chars.next() {
                    match c {
                        '"' | '\\' => write!(f, "\\{c}")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        '$' | '%' if chars.peek() == Some(&'{') => write!(f, "{c}{c}")?,
                        c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

/// Cuts an address or reference such as `module.a["x.y"].out[0].z` into its steps.
///
/// Total: text that is no address comes back as the steps that could be read.
pub fn steps(text: &str) -> Vec<Step> {
    cuts(text).map(Step::from).collect()
}

/// The same, step by step, for who looks at them and keeps few.
pub fn cuts(text: &str) -> impl Iterator<Item = Cut<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while rest.as_bytes().first() == Some(&b'.') {
            rest = &rest[1..];
        }
        if rest.as_bytes().first() == Some(&b'[') {
            let (key, after) = bracket(&rest[1..]);
            rest = after;
            return Some(Cut::Key(key));
        }
        let is_end = |byte: &u8| matches!(byte, b'.' | b'[');
        let (name, after) =
            rest.split_at(rest.as_bytes().iter().position(is_end).unwrap_or(rest.len()));
        rest = after;
        (!name.is_empty()).then_some(Cut::Name(name))
    })
}

/// Reads a key behind `[`, and returns what follows its `]`.
fn bracket(text: &str) -> (Key, &str) {
    if let Some(quoted) = text.strip_prefix('"') {
        let (key, after) = quoted_key(quoted);
        return (Key::Text(key), after.strip_prefix(']').unwrap_or(after));
    }
    let end = text.find(']').unwrap_or(text.len());
    let word = &text[..end];
    let key = word.parse().map_or_else(|_| Key::Text(word.to_owned()), Key::Int);
    (key, text.get(end + 1..).unwrap_or_default())
}

fn quoted_key(text: &str) -> (String, &str) {
    let mut key = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (key, &text[at + 1..]),
            '\\' => escape(&mut chars, &mut key),
            '$' | '%' if text[at + 1..].starts_with(c) && text[at + 2..].starts_with('{') => {
                chars.next();
                key.push(c);
            }
            c => key.push(c),
        }
    }
    (key, "")
}

fn escape(chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>, key: &mut String) {
    let Some((_, c)) = chars.next() else { return };
    let width = match c {
        'n' => return key.push('\n'),
        'r' => return key.push('\r'),
        't' => return key.push('\t'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        c => return key.push(c),
    };
    let digits: String = chars.by_ref().take(width).map(|(_, c)| c).collect();
    key.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
}

/// A module instance's path: names with their keys, outermost first.
pub type ModulePath = Vec<(String, Option<Key>)>;

/// Reads `module.a["k"].module.b` into a path; stops where the modules end.
pub fn module_path(address: &str) -> ModulePath {
    let mut path = Vec::new();
    let mut steps = steps(address).into_iter().peekable();
    while steps.next_if(|step| step.name() == Some("module")).is_some() {
        let Some(Step::Name(name)) = steps.next() else { break };
        let key = steps.next_if(|step| matches!(step, Step::Key(_)));
        path.push((
            name,
            key.and_then(|step| if let Step::Key(key) = step { Some(key) } else { None }),
        ));
    }
    path
}

/// What stands behind the modules of an address: `data`, where it is one, type, name and key.
pub fn own_steps(address: &str) -> impl Iterator<Item = Step> {
    let path = module_path(address);
    let behind = path.iter().map(|(_, key)| 2 + usize::from(key.is_some())).sum();
    steps(address).into_iter().skip(behind)
}

/// What `depends_on` calls an object by inside of the first `depth` module calls of its address:
/// its block, or the next call, which it lies behind.
pub fn seen_from(address: &str, depth: usize) -> String {
    if let Some((call, _)) = module_path(address).get(depth) {
        return format!("module.{call}");
    }
    let names = own_steps(address).filter_map(|step| step.name().map(str::to_owned));
    names.collect::<Vec<String>>().join(".")
}

/// Writes a path the way Terraform does; empty for the root module.
pub fn module_address(path: &[(String, Option<Key>)]) -> String {
    let parts: Vec<String> = path
        .iter()
        .map(|(name, key)| {
            format!("module.{name}{}", key.as_ref().map(Key::to_string).unwrap_or_default())
        })
        .collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Step {
        Step::Name(text.into())
    }
    fn key(text: &str) -> Step {
        Step::Key(Key::Text(text.into()))
    }

    #[test]
    fn keys_hold_anything() {
        assert_eq!(
            steps(r#"module.a["x.y"].out[0].z"#),
            [name("module"), name("a"), key("x.y"), name("out"), Step::Key(Key::Int(0)), name("z")]
        );
        assert_eq!(steps(r#"t.n["k[2]"].id"#), [name("t"), name("n"), key("k[2]"), name("id")]);
        assert_eq!(steps(r#"t.n["a\"b\\c\nd"]"#)[2], key("a\"b\\c\nd"));
        assert_eq!(steps(r#"t.n["$${x} %%{y} $z"]"#)[2], key("${x} %{y} $z"));
        assert_eq!(steps(r#"t.n["\u00e9\U0001F600"]"#)[2], key("é😀"));
        assert_eq!(steps(r#"t.n[""]"#)[2], key(""));
        assert_eq!(steps(""), []);
    }

    #[test]
    fn what_is_no_address_does_not_panic() {
        for text in ["[", "[\"", "[\"\\", "a[", "a[\"\\u12", ".", "..", "a[\"é", "]", "[\"$${"] {
            steps(text);
            module_path(text);
        }
    }

    #[test]
    fn module_paths_round_trip() {
        for text in ["", "module.a", r#"module.a["x.y"].module.b[3]"#, r#"module.a["q\"$${"]"#] {
            assert_eq!(module_address(&module_path(text)), text);
        }
        assert_eq!(module_path("module.a.aws_vpc.v").len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_key_survives(text in ".*") {
            let written = format!("t.n{}", Key::Text(text.clone()));
            proptest::prop_assert_eq!(&steps(&written)[2], &key(&text));
        }

        #[test]
        fn any_text_is_cut(text in ".*") {
            steps(&text);
        }
    }
}
