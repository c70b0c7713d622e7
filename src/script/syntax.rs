//! What to do about a script that is no Rhai: Rhai names the place where it lost the thread, which
//! seldom is the place of the mistake.

use std::collections::BTreeSet;

use rhai::{LexError, ParseError, ParseErrorType};

use super::{load::is_test, names};
use crate::lint::Spot;

/// Rhai's words or better ones, and what to do.
pub(super) fn explained(error: &ParseError, text: &str, at: Spot) -> (String, Option<String>) {
    use ParseErrorType as E;
    let said = error.err_type().to_string();
    match error.err_type() {
        E::Reserved(word) if word.starts_with(char::is_alphabetic) => {
            (format!("`{word}` is a word of Rhai"), Some(reserved(word)))
        }
        E::Reserved(word) | E::UnknownOperator(word) => (said, Some(reserved(word))),
        E::PropertyExpected => {
            let help = "where an attribute has the name of a word of Rhai, write `r[\"name\"]`";
            (said, Some(help.to_owned()))
        }
        E::VariableUndefined(name) => {
            (format!("there is no variable `{name}`"), Some(variable(text, name)))
        }
        E::BadInput(LexError::ImproperSymbol(symbol, _)) if symbol == "=" => {
            let said = "`=` puts a value into a variable".to_owned();
            (said, Some("write `==` to compare".to_owned()))
        }
        E::BadInput(LexError::ImproperSymbol(word, _)) if word.starts_with(char::is_alphabetic) => {
            (format!("a script has no `{word}`"), Some(reserved(word)))
        }
        E::BadInput(LexError::MalformedChar(_)) => {
            (said, Some("a text stands in double quotes, or in backticks".to_owned()))
        }
        E::BadInput(LexError::MalformedEscapeSequence(_)) => {
            (said, Some("a backslash in a text is written twice".to_owned()))
        }
        E::WrongFnDefinition => {
            let said = "a function starts inside of another".to_owned();
            (said, unclosed(text, at).or(Some("a `}` is missing above".to_owned())))
        }
        E::UnexpectedEOF => (said, unclosed(text, at)),
        E::MissingToken(token, _) if token == ";" => {
            let help = "write `;` at the end of the statement before this".to_owned();
            (said, foreign(text, at).or(Some(help)))
        }
        E::MissingToken(token, _) if token == "}" => {
            (said, foreign(text, at).or(unclosed(text, at)))
        }
        _ => (said, foreign(text, at)),
    }
}

/// What a name that no variable has may have meant.
fn variable(text: &str, name: &str) -> String {
    match name {
        "None" | "undefined" => {
            return "write `()`, which is null and whatever is not set".to_owned();
        }
        "True" | "False" => return format!("write `{}`", name.to_lowercase()),
        _ => {}
    }
    let words = words(text, name);
    names::close(name, words.iter().copied()).map_or_else(
        || "a function sees its parameters, its own variables, and constants whose value is a literal".to_owned(),
        |close| format!("did you mean `{close}`?"),
    )
}

/// The words of a script but for one, and but for tests: what a misspelt name may have meant.
fn words<'t>(text: &'t str, but: &str) -> BTreeSet<&'t str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let words = code.flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '_')));
    let is_name = |word: &&str| {
        word.starts_with(|c: char| c.is_alphabetic()) && *word != but && !is_test(word)
    };
    words.filter(is_name).collect()
}

/// What to write in place of a reserved word or sign.
fn reserved(word: &str) -> String {
    match word {
        "try" | "catch" => "an error must not be hidden".to_owned(),
        "switch" => "use `if`, which knows what to do with a value not known yet".to_owned(),
        "throw" => "use `fail(r, \"attribute\", \"message\")`".to_owned(),
        "import" | "export" => "a script is one file".to_owned(),
        "eval" => "what a script does stands in its text".to_owned(),
        "print" | "debug" => "a script writes nothing but the messages of `fail`".to_owned(),
        "sleep" | "exit" | "timestamp" => "a script sees the plan and nothing else".to_owned(),
        "Fn" | "call" | "curry" => "call the function by its name".to_owned(),
        "===" | "!==" => "write `==` or `!=`".to_owned(),
        "++" | "--" => "write `x += 1` or `x -= 1`".to_owned(),
        "#" => "a comment starts with `//`, and a map with `#{`".to_owned(),
        "?" => "write `if a { b } else { c }`".to_owned(),
        "var" => "write `let`".to_owned(),
        "null" | "nil" => "write `()`, which is null and whatever is not set".to_owned(),
        word if word.starts_with(char::is_alphabetic) => {
            format!(
                "where it is an attribute, write `r[\"{word}\"]`; as a key of a map, `\"{word}\": …`"
            )
        }
        _ => "Rhai has no such operator".to_owned(),
    }
}

/// What to write in place of a word or sign of another language, at the place where Rhai stopped or
/// right before it.
fn foreign(text: &str, at: Spot) -> Option<String> {
    let line = text.lines().nth((at.line as usize).checked_sub(1)?)?;
    let start = line.char_indices().nth((at.column as usize).checked_sub(1)?)?.0;
    let (before, rest) = line.split_at(start);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let word = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
    let last = before.trim_end().rsplit(|c| !is_word(c)).next().unwrap_or_default();
    let of = |word: &str| match word {
        "and" => Some("write `&&`"),
        "or" => Some("write `||`"),
        "not" => Some("write `!`"),
        "elif" | "elsif" | "elseif" => Some("write `else if`"),
        "def" | "func" | "function" => Some("a function is declared with `fn`"),
        _ => None,
    };
    let help = match rest.chars().next() {
        Some(':') => Some("a map is written `#{ … }`, with `#` before the brace"),
        Some('?') => Some("write `if a { b } else { c }`"),
        _ => of(word).or_else(|| of(last)),
    }?;
    Some(help.to_owned())
}

/// The brace that has no partner before a place.
///
/// People indent: where a block is closed by a brace that stands further to the left than its
/// first line, its own is missing. Else it is the innermost that is open.
fn unclosed(text: &str, at: Spot) -> Option<String> {
    let end = at.range(text).map_or(text.len(), |range| range.start);
    let mut open: Vec<usize> = Vec::new();
    for (offset, brace) in braces(text.get(..end)?) {
        if brace == '{' {
            open.push(offset);
        } else if let Some(start) = open.pop()
            && indent(text, offset) < indent(text, start)
        {
            return Some(not_closed(text, start));
        }
    }
    open.last().map(|start| not_closed(text, *start))
}

fn not_closed(text: &str, offset: usize) -> String {
    let line = text[..offset].matches('\n').count() + 1;
    format!("the `{{` in line {line} has no `}}`")
}

/// The space before the line that holds a place.
fn indent(text: &str, offset: usize) -> usize {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len()
}

/// Braces that stand neither in a text nor in a comment, by byte offset. Those of `${…}` in a
/// template come in pairs, so they are left out with it.
fn braces(text: &str) -> Vec<(usize, char)> {
    let mut all = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' | '`' => {
                while let Some((_, inner)) = chars.next() {
                    match inner {
                        '\\' => drop(chars.next()),
                        inner if inner == c => break,
                        _ => {}
                    }
                }
            }
            '/' if chars.peek().is_some_and(|(_, next)| *next == '/') => {
                chars.by_ref().find(|(_, c)| *c == '\n');
            }
            '{' | '}' => all.push((at, c)),
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::script::load;

    #[test]
    fn what_is_no_rhai_is_explained() {
        const RULE: &str = "const RULE = #{ id: \"t-t\", summary: \"s\", severity: \"note\", on: [\"aws_vpc\"] };\n";
        for (body, said, help) in [
            (
                "fn check(r) {\n    if r.x == 1 {\n        fail(r, \"m\");\n}\n\nfn f(r) { }",
                "7:1: a function starts inside of another",
                "the `{` in line 3 has no `}`",
            ),
            (
                "fn check(r) {\n    if r.x == 1 { fail(r, \"}\"); // }\n}\n",
                "",
                "the `{` in line 3 has",
            ),
            ("fn check(r) { if r.a and r.b { } }", "", "write `&&`"),
            ("fn check(r) { if r.a or r.b { } }", "", "write `||`"),
            ("fn check(r) { if not r.a { } }", "", "write `!`"),
            ("fn check(r) { if r.a { } elif r.b { } }", "", "write `else if`"),
            ("def check(r) { }", "", "a function is declared with `fn`"),
            ("fn check(r) { let x = { a: 1 }; }", "", "a map is written `#{ … }`"),
            ("fn check(r) { let x = 1 let y = 2; }", "", "write `;` at the end"),
            ("fn check(r) { print(\"x\"); }", "a script has no `print`", "the messages of `fail`"),
            ("fn check(r) { eval(\"x\"); }", "a script has no `eval`", "stands in its text"),
            ("fn check(r) { if r.a = 1 { } }", "`=` puts a value into a variable", "write `==`"),
            ("fn check(r) { let x = r.a ? 1 : 2; }", "", "write `if a { b } else { c }`"),
            ("fn check(r) { if r.a == 'abc' { } }", "", "double quotes"),
            ("fn check(r) { if r.a == \"\\d\" { } }", "", "is written twice"),
            ("fn check(r) { # a comment\n }", "", "a comment starts with `//`"),
            ("fn check(r) { let x = 1; x++; }", "", "write `x += 1`"),
            ("fn check(r) { if r.a == null { } }", "`null` is a word of Rhai", "write `()`"),
            ("fn check(r) { if r.default { } }", "`default` is a word of Rhai", "r[\"default\"]"),
        ] {
            let error = load::load("t.rhai", &format!("{RULE}{body}")).err().unwrap().to_string();
            assert!(error.contains(said) && error.contains(help), "{body}\n{error}");
        }
        for (body, said, help) in [
            ("fn check(r) { if r.a == None { } }", "there is no variable `None`", "write `()`"),
            ("fn check(r) { if r.a == True { } }", "there is no variable `True`", "write `true`"),
            (
                "const PARAMS = #{ a: 1 }; fn check(r) { if params.a { } } fn test_params() { }",
                "`params`",
                "`PARAMS`?",
            ),
        ] {
            let rule = load::load("t.rhai", &format!("{RULE}{body}")).unwrap();
            let error = rule.compile_defaults().unwrap_err().to_string();
            assert!(error.contains(said) && error.contains(help), "{body}\n{error}");
        }
    }
}
