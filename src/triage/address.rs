//! Globs over addresses.

use globset::{GlobBuilder, GlobMatcher};

/// Which addresses an entry is about. `*` is anything within a segment, `**` any number of
/// segments, `?` one character; nothing else is special. `.` separates segments except inside a
/// key's quotes. An address without a key at its end covers every instance: `aws_x.y` is
/// `aws_x.y[0]` too.
#[derive(Clone, Debug)]
pub struct AddressGlob {
    matchers: Vec<GlobMatcher>,
}

/// Stands for a `/` of an address, because `/` separates segments where globs are matched.
const SLASH: char = '\u{1}';
/// Stands for a `\`, which some systems take for a separator.
const BACKSLASH: char = '\u{2}';

impl AddressGlob {
    /// Reads a glob.
    ///
    /// # Errors
    /// Where it can match no address: what is wrong with it.
    pub fn new(glob: &str) -> Result<AddressGlob, String> {
        let Some(path) = as_path(glob) else {
            return Err(format!("`{glob}` opens a `\"` and does not close it"));
        };
        if outside_quotes(glob).any(|c| c == '/') {
            return Err(format!("`{glob}` has a `/`, and no address has; is it a `unit`?"));
        }
        if path.split('/').any(str::is_empty) {
            return Err(format!("`{glob}` has nothing before, between or after a `.`"));
        }
        let escaped: String = path.chars().map(escaped).collect();
        let mut globs = vec![escaped.clone()];
        if !escaped.ends_with("[]]") && !escaped.ends_with("**") {
            globs.push(format!("{escaped}[[]*[]]"));
        }
        let compile = |glob: &String| {
            let mut builder = GlobBuilder::new(glob);
            builder.literal_separator(true).backslash_escape(false);
            builder.build().map(|glob| glob.compile_matcher())
        };
        let matchers: Result<_, _> = globs.iter().map(compile).collect();
        // Everything that could be wrong is escaped, but a pattern may be too long to compile.
        let matchers = matchers.map_err(|error| format!("`{glob}`: {}", error.kind()))?;
        Ok(AddressGlob { matchers })
    }

    /// Whether an address is one of them.
    pub fn is_match(&self, address: &str) -> bool {
        // What is no address has no segments either.
        let path = as_path(address).unwrap_or_else(|| address.replace('/', &SLASH.to_string()));
        self.matchers.iter().any(|matcher| matcher.is_match(&path))
    }
}

/// An address with `/` between its segments. None where a quote stays open.
fn as_path(address: &str) -> Option<String> {
    let mut state = Quotes::default();
    let path = address
        .chars()
        .map(|c| match (state.step(c), c) {
            (false, '.') => '/',
            (_, '/') => SLASH,
            (_, '\\') => BACKSLASH,
            (_, c) => c,
        })
        .collect();
    (!state.inside).then_some(path)
}

fn outside_quotes(address: &str) -> impl Iterator<Item = char> {
    let mut state = Quotes::default();
    address.chars().filter(move |c| !state.step(*c))
}

/// Whether a character of an address stands inside the quotes of a key.
#[derive(Default)]
struct Quotes {
    inside: bool,
    escaped: bool,
}

impl Quotes {
    fn step(&mut self, c: char) -> bool {
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = self.inside,
            '"' => self.inside = !self.inside,
            _ => {}
        }
        self.inside
    }
}

/// A character that is only itself.
fn escaped(c: char) -> String {
    match c {
        '[' | ']' | '{' | '}' => format!("[{c}]"),
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, address: &str) -> bool {
        AddressGlob::new(glob).unwrap().is_match(address)
    }

    #[test]
    fn segments_and_what_is_special() {
        for (glob, address, is_match) in [
            ("aws_x.y", "aws_x.y", true),
            ("aws_x.y", "aws_x.y[0]", true),
            ("aws_x.y", r#"aws_x.y["a.b"]"#, true),
            ("aws_x.y", "aws_x.y0", false),
            ("aws_x.y", "aws_x.yy[0]", false),
            ("aws_x.y", "module.m.aws_x.y", false),
            ("aws_x.y", "aws_x.y.z", false),
            ("aws_x.y[0]", "aws_x.y[0]", true),
            ("aws_x.y[0]", "aws_x.y[01]", false),
            ("aws_x.y[0]", "aws_x.y0", false),
            ("aws_x.y[*]", "aws_x.y[12]", true),
            ("aws_x.y[*]", "aws_x.y", false),
            ("aws_x.*", "aws_x.y[0]", true),
            ("aws_x.*", r#"aws_x.y["a.b/c"]"#, true),
            ("aws_*.y?", "aws_x.y1", true),
            ("aws_*.y?", "aws_x.y", false),
            ("*", "aws_x.y", false),
            ("*.*", "aws_x.y", true),
            (r#"module.m["*"].aws_x.y"#, r#"module.m["a.b"].aws_x.y["q"]"#, true),
            (r#"module.m["a.b"].aws_x.y"#, r#"module.m["a.b"].aws_x.y"#, true),
            (r#"module.m["a.b"].aws_x.y"#, r#"module.m["aXb"].aws_x.y"#, false),
            ("module.m.aws_x.y", "module.m[0].aws_x.y", false),
            ("module.m.**", "module.m.aws_x.y", true),
            ("module.m.**", "module.m.module.n[0].aws_x.y", true),
            ("module.m.**", "module.mm.aws_x.y", false),
            ("module.m.**", "module.m", false),
            ("**.aws_x.y", "aws_x.y", true),
            ("**.aws_x.y", "module.a.module.b.aws_x.y[3]", true),
            ("**.aws_x.y", "module.a.aws_xx.y", false),
            ("module.*.**.y", "module.a.aws_x.y", true),
            ("**", "", true),
            ("**", r#"module.a["/"].aws_x.y["\"."]"#, true),
            ("output.*", "output.o", true),
            (r#"a.b["{x,y}[z]"]"#, r#"a.b["{x,y}[z]"]"#, true),
            (r#"a.b["{x,y}"]"#, r#"a.b["x"]"#, false),
            (r#"a.b["[xy]"]"#, r#"a.b["x"]"#, false),
            (r#"a.b["q\".r"]"#, r#"a.b["q\".r"]"#, true),
            (r#"a.b["c\\"]"#, r#"a.b["c\\"]"#, true),
            (r#"a.b["a/*"]"#, r#"a.b["a/b.c/d"]"#, true),
            ("a.b!", "a.b!", true),
        ] {
            assert_eq!(matches(glob, address), is_match, "{glob} {address}");
        }
    }

    #[test]
    fn what_can_match_nothing_is_refused() {
        let wrong = |glob: &str| AddressGlob::new(glob).unwrap_err();
        assert!(wrong(r#"a.b["c]"#).contains("does not close it"));
        assert!(wrong("live/prod/**").contains("is it a `unit`?"));
        for glob in ["", "a..b", ".a", "a."] {
            assert!(wrong(glob).contains("has nothing before, between or after a `.`"), "{glob}");
        }
    }

    proptest::proptest! {
        /// An address is a glob for itself, whatever its keys hold.
        #[test]
        fn an_address_matches_itself(key in "[^*?]*", name in "[a-z_]+") {
            let key = crate::plan::Key::Text(key);
            let address = format!("module.m{key}.aws_x.{name}{key}");
            proptest::prop_assert!(matches(&address, &address));
            proptest::prop_assert!(matches("module.*.aws_x.*", &address));
            proptest::prop_assert!(matches("**", &address));
        }

        #[test]
        fn no_glob_panics(glob in ".*", address in ".*") {
            if let Ok(glob) = AddressGlob::new(&glob) {
                glob.is_match(&address);
            }
        }
    }
}
