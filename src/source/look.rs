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

/// A stretch of a file that is free text, of which a line shows something.
#[derive(Debug)]
pub struct Free<'a> {
    /// Comments that nothing but blanks stands between, with their marks; else lines in a string.
    pub is_comment: bool,
    /// All of it.
    pub text: &'a str,
    /// Bytes of the text that stand on the line.
    pub here: Range<usize>,
    /// The byte of the line at which these start.
    pub at: usize,
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
        let (window, found) = Search::of(document, window, is_secret, &|_| false);
        let clipped = |it: Range<usize>| {
            let start = it.start.max(window.start) - range.start;
            start..it.end.min(window.end) - range.start
        };
        found.into_iter().map(clipped).filter(|it| !it.is_empty()).collect()
    }

    /// The comments and the strings of several lines that a line shows something of.
    pub fn free(&self, line: u32) -> Vec<Free<'_>> {
        let document = &self.0;
        let range = (line as usize).checked_sub(1).and_then(|index| document.line_range(index));
        let Some(line) = range else { return Vec::new() };
        let window = line.start + indent(&document.text[line.clone()])..line.end;
        let has_lines = |text: &str| text.contains('\n') || text.contains("\\n");
        let (_, strings) = Search::of(document, window, &|_| false, &has_lines);
        let comments = comments(document, &line).into_iter().map(|range| (true, range));
        let all = comments.chain(strings.into_iter().map(|range| (false, range)));
        let free = |(is_comment, range): (bool, Range<usize>)| {
            let (start, end) = (range.start.max(line.start), range.end.min(line.end));
            let text = document.text.get(range.clone())?;
            let here = start.checked_sub(range.start)?..end.checked_sub(range.start)?;
            (start < end).then_some(Free { is_comment, text, here, at: start - line.start })
        };
        all.filter_map(free).collect()
    }
}

/// The comments on a line, each with its neighbours that nothing but blanks separates from it.
fn comments(document: &Document, line: &Range<usize>) -> Vec<Range<usize>> {
    let all = &document.comments;
    let joined = |left: usize, right: usize| {
        let between = all
            .get(left)
            .zip(all.get(right))
            .and_then(|(left, right)| document.text.get(left.range.end..right.range.start));
        between.is_some_and(|text| text.trim().is_empty())
    };
    let mut at = all.partition_point(|it| it.range.end <= line.start);
    let mut found = Vec::new();
    while all.get(at).is_some_and(|it| it.range.start < line.end) {
        let mut first = at;
        while first > 0 && joined(first - 1, first) {
            first -= 1;
        }
        while joined(at, at + 1) {
            at += 1;
        }
        found.push(all[first].range.start..all[at].range.end);
        at += 1;
    }
    found
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

struct Search<'a> {
    document: &'a Document,
    window: Range<usize>,
    is_secret: &'a dyn Fn(&Value<'_>) -> bool,
    /// Whether a literal is wanted for what it says, wherever it stands.
    is_wanted: &'a dyn Fn(&str) -> bool,
    found: Vec<Range<usize>>,
}

/// What stands in no block.
struct Top<'a> {
    item: &'a Item,
    is_sensitive: bool,
}

impl<'a> Search<'a> {
    /// The literals of a window that are secret or wanted.
    fn of(
        document: &'a Document,
        window: Range<usize>,
        is_secret: &'a dyn Fn(&Value<'_>) -> bool,
        is_wanted: &'a dyn Fn(&str) -> bool,
    ) -> (Range<usize>, Vec<Range<usize>>) {
        let mut search = Search { document, window, is_secret, is_wanted, found: Vec::new() };
        search.file();
        (search.window, search.found)
    }

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
            if (self.is_wanted)(&document.text[literal.range.clone()]) {
                self.found.push(literal.range);
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
