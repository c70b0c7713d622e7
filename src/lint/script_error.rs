//! What is wrong with a script, and where, as plain data. `report` draws it.

use std::{fmt, sync::Arc};

/// An error in a script at its place. Holds no value of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScriptError {
    /// The script, or the directory.
    pub path: String,
    /// Where it is.
    pub at: Spot,
    /// What is wrong.
    pub message: String,
    /// What to do, where that is not plain.
    pub help: Option<String>,
    /// The calls that led there, innermost first, each with what to say of it.
    pub calls: Box<[(Spot, String)]>,
    /// The script's text; empty where it could not be read.
    pub text: Arc<str>,
}

/// A place in a script's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Line, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// Column in characters, from 1; 0 where a line or file is meant.
    pub column: u32,
    /// Characters that are meant; 0 where that is not known.
    pub length: u32,
}

impl Spot {
    /// The word, string or sign that starts at a line and column of a text.
    pub fn new(text: &str, line: u32, column: u32) -> Spot {
        let mut lines = text.lines().skip(line.saturating_sub(1) as usize);
        let skipped = column.saturating_sub(1) as usize;
        let rest: Vec<char> = lines.next().unwrap_or_default().chars().skip(skipped).collect();
        Spot { line, column, length: u32::try_from(token(&rest)).unwrap_or(1) }
    }

    /// At a byte offset.
    pub fn at_offset(text: &str, offset: usize) -> Spot {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before[start..].chars().count() + 1;
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Spot::new(text, number(line), number(column))
    }

    /// The bytes that are meant; none where the text has no such place.
    pub fn range(self, text: &str) -> Option<std::ops::Range<usize>> {
        let start: usize =
            text.split_inclusive('\n').take(self.line.checked_sub(1)? as usize).map(str::len).sum();
        let line = text.get(start..)?.lines().next()?;
        let byte = |chars: u32| {
            line.char_indices().nth(chars as usize).map_or(line.len(), |(at, _)| at) + start
        };
        let from = self.column.saturating_sub(1);
        Some(byte(from)..byte(from.saturating_add(self.length)))
    }
}

/// Characters of the token that a line starts with, at least one.
fn token(line: &[char]) -> usize {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let run = |is: &dyn Fn(&char) -> bool| line.iter().take_while(|c| is(c)).count();
    match line.first() {
        Some(c) if is_word(c) => run(&is_word),
        Some(quote @ ('"' | '`')) => {
            let end = line.iter().skip(1).position(|c| c == quote);
            end.map_or(line.len(), |at| at + 2)
        }
        Some(c) if "=<>!&|?+-*/%".contains(*c) => run(&|c| "=<>!&|?+-*/%".contains(*c)),
        _ => 1,
    }
}

impl ScriptError {
    /// Something about a file or directory as a whole.
    pub fn whole(path: &str, message: impl ToString) -> ScriptError {
        let (path, message) = (path.to_owned(), message.to_string());
        ScriptError { path, message, ..ScriptError::default() }
    }

    /// `file:line:column`, as much of it as is known.
    pub fn place(&self) -> String {
        match self.at {
            Spot { line: 0, .. } => self.path.clone(),
            Spot { line, column: 0, .. } => format!("{}:{line}", self.path),
            Spot { line, column, .. } => format!("{}:{line}:{column}", self.path),
        }
    }

    /// What is wrong and what to do.
    pub fn sentence(&self) -> String {
        match &self.help {
            Some(help) => format!("{}: {help}", self.message),
            None => self.message.clone(),
        }
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.sentence())
    }
}

impl std::error::Error for ScriptError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_and_found_in_bytes() {
        let text = "a\nlet ü = \"öß\" == r.x;\n";
        for (offset, column, token) in [
            (text.find('ü').unwrap(), 5, "ü"),
            (text.find('"').unwrap(), 9, "\"öß\""),
            (text.find("==").unwrap(), 14, "=="),
            (text.find("r.x").unwrap(), 17, "r"),
            (text.find(';').unwrap(), 20, ";"),
        ] {
            let spot = Spot::at_offset(text, offset);
            assert_eq!((spot.line, spot.column), (2, column));
            assert_eq!(&text[spot.range(text).unwrap()], token);
        }
        assert_eq!(Spot::new(text, 9, 9).range(text), None);
        assert_eq!(Spot::default().range(text), None);
    }
}
