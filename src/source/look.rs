//! What somebody who shows a few lines has to know: which blocks are around them, and which of the
//! values in them are not to be seen.

use std::{ops::Range, sync::Arc};

use super::{
    document::Document,
    files::join,
    scan::{self, Item},
    tree::Tree,
};

/// A source file, by its lines. They count from 1 and have no ends.
#[derive(Clone, Debug)]
pub struct File(Arc<Document>);

/// The blocks around a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// First lines, the outermost block's first.
    pub heads: Vec<u32>,
    /// The outermost block's last line.
    pub end: u32,
}

/// A value in a file, by the way to it.
#[derive(Debug)]
pub struct Value<'a> {
    /// The kind of the outermost block: `resource`, `provider`, `variable`, …; the attribute's name
    /// where it stands in none.
    pub block: &'a str,
    /// Its labels.
    pub labels: &'a [String],
    /// Whether it says `sensitive = true`.
    pub is_sensitive: bool,
    /// Names of nested blocks, of the attribute, and of members of its value.
    pub path: &'a [&'a str],
}

impl Tree {
    /// A file of the tree; none where there is no such file.
    pub fn file(&self, path: &str) -> Option<File> {
        self.store.document(&join("", path)).map(File)
    }
}

impl File {
    /// The text of a line.
    pub fn line(&self, number: u32) -> Option<&str> {
        self.0.line((number as usize).checked_sub(1)?)
    }

    /// Bytes of a line before a column, both from 1; all where the line is shorter.
    pub fn offset(&self, line: u32, column: u32) -> usize {
        (line as usize).checked_sub(1).map_or(0, |index| self.0.offset(index, column))
    }

    /// Whether two are one: a path means another file in a binary plan than in the checkout.
    pub fn is(&self, other: &File) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The blocks that a line stands in, by what starts first on it; none where it is in none.
    pub fn around(&self, line: u32) -> Option<Around> {
        let document = &self.0;
        let range = document.line_range((line as usize).checked_sub(1)?)?;
        let start = range.start + indent(&document.text[range]);
        let mut around = Around::default();
        let mut at = document.item_before(start + 1);
        while let Some(item) = at.and_then(|at| document.items.get(at)) {
            if item.whole.contains(&start) {
                around.end = document.position(item.whole.end).0;
                around.heads.extend(item.is_block.then(|| document.position(item.whole.start).0));
            }
            at = item.parent;
        }
        around.heads.reverse();
        (!around.heads.is_empty()).then_some(around)
    }

    /// The bytes of a line, within a part of it, in which secret values stand: strings with what is
    /// interpolated in them, heredocs and numbers. References say only where a value comes from.
    pub fn secrets(
        &self,
        line: u32,
        part: &Range<usize>,
        is_secret: &dyn Fn(&Value<'_>) -> bool,
    ) -> Vec<Range<usize>> {
        let document = &self.0;
        let range = (line as usize).checked_sub(1).and_then(|index| document.line_range(index));
        let Some(range) = range else { return Vec::new() };
        let text = &document.text[range.clone()];
        let first = part.start.max(indent(text));
        let window = range.start + first..range.start + part.end.min(text.len());
        let mut search = Search { document, window, is_secret, found: Vec::new() };
        search.file();
        let Search { window, found, .. } = search;
        let clipped = |it: Range<usize>| {
            let start = it.start.max(window.start) - range.start;
            start..it.end.min(window.end) - range.start
        };
        found.into_iter().map(clipped).filter(|it| !it.is_empty()).collect()
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

struct Search<'a> {
    document: &'a Document,
    window: Range<usize>,
    is_secret: &'a dyn Fn(&Value<'_>) -> bool,
    found: Vec<Range<usize>>,
}

/// What stands in no block.
struct Top<'a> {
    item: &'a Item,
    is_sensitive: bool,
}

impl<'a> Search<'a> {
    fn sees(&self, range: &Range<usize>) -> bool {
        range.start < self.window.end && self.window.start < range.end
    }

    fn file(&mut self) {
        let document = self.document;
        let mut at = document.item_before(self.window.start).map_or(0, |at| document.top(at));
        while let Some(item) = document.items.get(at) {
            if item.whole.start >= self.window.end {
                break;
            }
            let sensitive = document.attribute(at, "sensitive");
            let is_sensitive =
                sensitive.is_some_and(|it| &document.text[it.value.clone()] == "true");
            let top = Top { item, is_sensitive };
            if item.is_block {
                self.block(at, &top, &mut Vec::new());
            } else {
                self.value(&item.value, &top, &[&item.name]);
            }
            at = item.next;
        }
    }

    fn block(&mut self, at: usize, top: &Top<'_>, path: &mut Vec<&'a str>) {
        let document = self.document;
        for (inner, item) in document.children(Some(at)) {
            if !self.sees(&item.whole) {
                continue;
            }
            let name = match (item.is_block, &*item.name) {
                (true, "content") => None,
                (true, "dynamic") => item.labels.first().map(String::as_str),
                (_, name) => Some(name),
            };
            path.extend(name);
            if item.is_block {
                self.block(inner, top, path);
            } else {
                self.value(&item.value, top, path);
            }
            path.truncate(path.len() - usize::from(name.is_some()));
        }
    }

    fn value(&mut self, range: &Range<usize>, top: &Top<'_>, path: &[&str]) {
        let document = self.document;
        let is_secret = |path: &[&str]| {
            (self.is_secret)(&Value {
                block: &top.item.name,
                labels: &top.item.labels,
                is_sensitive: top.is_sensitive,
                path,
            })
        };
        let all = is_secret(path);
        for literal in scan::literals(&document.text, range, document.syntax) {
            if !self.sees(&literal.range) {
                continue;
            }
            let keys = literal.keys.iter().map(String::as_str);
            let path: Vec<&str> = path.iter().copied().chain(keys).collect();
            let members = path.len() - literal.keys.len() + 1..=path.len();
            if all || members.into_iter().any(|to| is_secret(&path[..to])) {
                self.found.push(literal.range);
            }
        }
    }
}
