//! One file: its text, its lines, its structure, and what its comments say to bricklint.

use std::{collections::BTreeMap, fmt, ops::Range};

use serde::{Deserialize, Serialize};

use super::{
    comment::{self, Remark},
    scan::{self, Comment, Item, Syntax},
};

/// A stretch of a source file. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Path from the directory that the files are relative to, with `/`.
    pub path: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
}

/// A file, or part of one, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// The file or directory.
    pub path: String,
    /// The line, where it is a mistake in the text.
    pub line: Option<u32>,
    /// What is wrong, to be read after the place.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// A text without its byte order mark.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[derive(Debug)]
pub(super) struct Document {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) syntax: Syntax,
    pub(super) items: Vec<Item>,
    /// In the order of the file.
    pub(super) comments: Vec<Comment>,
    pub(super) remarks: Vec<Remark>,
    pub(super) problem: Option<Problem>,
    /// Blocks that have an address, by name and labels.
    pub(super) index: BTreeMap<String, Vec<usize>>,
    /// Where lines start.
    lines: Vec<usize>,
    /// Characters before each [`STRIDE`] of bytes: files that programs write have one long line.
    characters: Vec<usize>,
}

/// Bytes between two places at which characters are counted.
const STRIDE: usize = 1 << 12;

impl Document {
    pub(super) fn new(path: &str, text: String) -> Document {
        // The mark is no character of the first line. Nothing before this point counts columns.
        let text = match without_mark(&text) {
            rest if rest.len() < text.len() => rest.to_owned(),
            _ => text,
        };
        let syntax = if path.ends_with(".json") { Syntax::Json } else { Syntax::Hcl };
        let scan = match syntax {
            Syntax::Hcl => scan::scan(&text),
            Syntax::Json => scan::scan_json(&text),
        };
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, item) in scan.items.iter().enumerate() {
            let around = item.parent.and_then(|parent| scan.items.get(parent));
            // A check may have a data source of its own, whose address does not tell.
            let own = around.is_none_or(|it| &*it.name == "check" && &*item.name == "data");
            if item.is_block && own {
                index.entry(key(&item.name, &item.labels)).or_default().push(at);
            }
        }
        let characters = text.as_bytes().chunks(STRIDE).scan(0, |before, chunk| {
            let here = *before;
            *before += count(chunk);
            Some(here)
        });
        let mut document = Document {
            path: path.to_owned(),
            characters: characters.collect(),
            text,
            syntax,
            items: scan.items,
            comments: scan.comments,
            remarks: Vec::new(),
            problem: None,
            index,
            lines,
        };
        document.remarks = comment::remarks(&document, &document.comments);
        document.problem = scan.broken.map(|broken| Problem {
            path: path.to_owned(),
            line: Some(document.position(broken.at).0),
            message: broken.why.to_owned(),
        });
        document
    }

    /// The blocks of that name with exactly these labels.
    pub(super) fn blocks(&self, name: &str, labels: &[&str]) -> &[usize] {
        self.index.get(&key(name, labels)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Attributes and blocks directly in a block, or in the file.
    pub(super) fn children(&self, block: Option<usize>) -> impl Iterator<Item = (usize, &Item)> {
        let mut at = block.map_or(0, |block| block + 1);
        let end = block.map_or(self.items.len(), |block| self.items[block].next);
        std::iter::from_fn(move || {
            let item = self.items.get(at).filter(|_| at < end)?;
            let this = at;
            at = item.next;
            Some((this, item))
        })
    }

    /// The attribute of that name directly in a block.
    pub(super) fn attribute(&self, block: usize, name: &str) -> Option<&Item> {
        let mut children = self.children(Some(block)).map(|(_, item)| item);
        children.find(|item| !item.is_block && &*item.name == name)
    }

    /// The text of an attribute that is a plain string.
    pub(super) fn plain(&self, block: usize, name: &str) -> Option<String> {
        let value = self.attribute(block, name)?.value.clone();
        super::shape::plain(&self.text[value], self.syntax)
    }

    /// Index of the line that holds an offset.
    pub(super) fn line_at(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The text of a line by its index, without its end.
    pub(super) fn line(&self, index: usize) -> Option<&str> {
        self.line_range(index).map(|range| &self.text[range])
    }

    /// Where a line stands, by its index, without its end.
    pub(super) fn line_range(&self, index: usize) -> Option<Range<usize>> {
        let start = *self.lines.get(index)?;
        let end = self.lines.get(index + 1).copied().unwrap_or(self.text.len());
        Some(start..start + self.text[start..end].trim_end_matches(['\n', '\r']).len())
    }

    pub(super) fn line_count(&self) -> usize {
        // Behind the last end of a line there is no further line.
        self.lines.len() - usize::from(self.lines.last() == Some(&self.text.len()))
    }

    /// The last item that starts before an offset. Whatever an offset stands in is that item or
    /// around it.
    pub(super) fn item_before(&self, at: usize) -> Option<usize> {
        self.items.partition_point(|item| item.whole.start < at).checked_sub(1)
    }

    /// The block that an item is in, or that it is itself, and that is in no other.
    pub(super) fn top(&self, item: usize) -> usize {
        let above = |at: &usize| self.items.get(*at).and_then(|item| item.parent);
        std::iter::successors(Some(item), above).last().unwrap_or(item)
    }

    /// Line and column, from 1.
    pub(super) fn position(&self, at: usize) -> (u32, u32) {
        let line = self.line_at(at);
        let start = self.lines.get(line).copied().unwrap_or_default();
        let column = self.characters_before(at).saturating_sub(self.characters_before(start));
        (number(line + 1), number(column + 1))
    }

    /// The offset in a line, by its index, at which a column starts; its end where it is shorter.
    pub(super) fn offset(&self, line: usize, column: u32) -> usize {
        let Some(range) = self.line_range(line) else { return 0 };
        let wanted = self.characters_before(range.start) + (column as usize).saturating_sub(1);
        let stride = self.characters.partition_point(|before| *before <= wanted).saturating_sub(1);
        let mut from = (stride * STRIDE).max(range.start);
        while !self.text.is_char_boundary(from) {
            from -= 1;
        }
        let before = self.characters_before(from);
        let rest = self.text.get(from..range.end).unwrap_or_default();
        let found = rest.char_indices().nth(wanted.saturating_sub(before));
        found.map_or(range.end, |(at, _)| from + at) - range.start
    }

    fn characters_before(&self, at: usize) -> usize {
        let stride = at.min(self.text.len().saturating_sub(1)) / STRIDE;
        let known = self.characters.get(stride).copied().unwrap_or_default();
        known + count(self.text.as_bytes().get(stride * STRIDE..at).unwrap_or_default())
    }

    /// A range as it is, over as many lines as it has.
    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        let (line, column) = self.position(range.start);
        let (end_line, end_column) = self.position(range.end);
        Span { path: self.path.clone(), line, column, end_line, end_column }
    }

    /// The first line of a range: all lines of a region have to be in the diff for a code host to
    /// show it, and one line is there more often than twenty.
    pub(super) fn first_line(&self, range: &Range<usize>) -> Span {
        let part = &self.text[range.clone()];
        let line = part.split('\n').next().unwrap_or_default().trim_end();
        self.span(&(range.start..range.start + line.len()))
    }
}

/// Characters that start in a part of a text.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte as i8) >= -0x40).count()
}

/// Files have at most 64 MiB, so no line or column is larger.
fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Name and labels of a block as one string.
pub(super) fn key<L: AsRef<str>>(name: &str, labels: &[L]) -> String {
    let mut key = name.to_owned();
    for label in labels {
        key.push('\0');
        key.push_str(label.as_ref());
    }
    key
}
