//! Comments that speak to bricklint: `# bricklint: ignore[rule-id] reason`.

use std::{collections::BTreeMap, ops::Range};

use super::{
    document::Document,
    scan::{self, Comment, Entry, Item, Syntax},
};

/// What a remark is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The whole file.
    File,
    /// A block: a resource, a provider, a nested block, ….
    Block,
    /// A `module` block, and with it all that the module holds.
    ModuleCall,
    /// An attribute, or a member of its value.
    Attribute,
    /// Nothing: it stands at the end of a block, or a blank line follows.
    Nothing,
}

/// A remark by the ranges of its file.
#[derive(Clone, Debug)]
pub(super) struct Remark {
    /// The comment.
    pub(super) range: Range<usize>,
    pub(super) rules: Vec<String>,
    pub(super) reason: Option<String>,
    pub(super) fault: Option<&'static str>,
    pub(super) target: Target,
    /// What it is about.
    pub(super) region: Range<usize>,
}

const FORM: &str = "is neither `ignore[rule-id] reason` nor `ignore-file[rule-id] reason`";
const NO_RULE: &str = "names no rule";
const NO_REASON: &str = "gives no reason";
const NOTHING: &str = "stands at nothing that it could be about";

/// Finds the remarks among a file's comments.
pub(super) fn remarks(document: &Document, comments: &[Comment]) -> Vec<Remark> {
    let mut seen = Seen::new();
    comments.iter().filter_map(|comment| remark(document, &comment.range, &mut seen)).collect()
}

fn remark(document: &Document, range: &Range<usize>, seen: &mut Seen) -> Option<Remark> {
    let text = words(document, range)?;
    let text = text.trim_start().strip_prefix("bricklint:")?.trim();
    let whole = 0..document.text.len();
    let (file, rest) = match (text.strip_prefix("ignore-file"), text.strip_prefix("ignore")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => (false, text),
    };
    let list = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (list, reason) = list.unwrap_or_default();
    let rules: Vec<String> =
        list.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let reason = reason.trim_matches(|c: char| c.is_whitespace() || "-–—:".contains(c));
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    let (target, region) = if file { (Target::File, whole) } else { target(document, range, seen) };
    let fault = match () {
        () if !text.starts_with("ignore") || !rest.trim_start().starts_with('[') => Some(FORM),
        () if rules.is_empty() => Some(NO_RULE),
        () if reason.is_none() => Some(NO_REASON),
        () if target == Target::Nothing => Some(NOTHING),
        () => None,
    };
    Some(Remark { range: range.clone(), rules, reason, fault, target, region })
}

/// A comment's text without its marks; in JSON the string behind `"//"`.
fn words(document: &Document, range: &Range<usize>) -> Option<String> {
    let text = document.text.get(range.clone())?;
    if document.syntax == Syntax::Json {
        return serde_json::from_str(text).ok();
    }
    let text = match text.strip_prefix("/*") {
        Some(text) => text.strip_suffix("*/").unwrap_or(text),
        None => text.trim_start_matches(['#', '/']),
    };
    Some(text.to_owned())
}

/// What a comment is about: what stands on its line, or else what starts on the next one.
fn target(document: &Document, comment: &Range<usize>, seen: &mut Seen) -> (Target, Range<usize>) {
    let nothing = (Target::Nothing, comment.clone());
    let (around, before) = around(document, comment);
    let of = |item: &Item| {
        let module = item.is_block && &*item.name == "module";
        let target = match () {
            () if module => Target::ModuleCall,
            () if item.is_block => Target::Block,
            () => Target::Attribute,
        };
        (target, item.whole.clone())
    };
    let outer = around.map(|at| &document.items[at]);
    if document.syntax == Syntax::Json {
        return outer.map_or(nothing, of);
    }
    let Some(line) = line_of_target(document, comment) else { return nothing };
    let above = line != document.line_at(comment.start);
    let on_line = |range: &Range<usize>| {
        let starts = document.line_at(range.start) == line;
        starts || (!above && document.line_at(range.end.saturating_sub(1)) == line)
    };
    let inner = match outer {
        Some(item) if !item.is_block => {
            let place = Place { comment, above, on_line: &on_line };
            member(document, &item.value, &place, seen).map(|range| (Target::Attribute, range))
        }
        _ => {
            let next = document.items.partition_point(|item| item.whole.start < comment.start);
            let next = document.items.get(next).filter(|item| item.parent == around);
            let near = if above { next } else { before.map(|at| &document.items[at]) };
            near.filter(|item| on_line(&item.whole)).map(of)
        }
    };
    let outer = outer.filter(|item| !above && on_line(&item.whole)).map(of);
    inner.or(outer).unwrap_or(nothing)
}

/// The innermost block or attribute that a comment stands in, and what is before it in there.
fn around(document: &Document, comment: &Range<usize>) -> (Option<usize>, Option<usize>) {
    let holds = |item: &Item| item.value.start <= comment.start && comment.end <= item.value.end;
    let after = document.items.partition_point(|item| item.whole.start < comment.start);
    // Whatever a comment stands in is the last item before it, or is around that one.
    let mut at = after.checked_sub(1);
    let mut before = None;
    while let Some(item) = at.and_then(|at| document.items.get(at)) {
        if holds(item) {
            return (at, before);
        }
        before = at;
        at = item.parent;
    }
    (None, before)
}

/// The line that a comment speaks of: its own if something else stands there, else the next one
/// that is no comment. None where a blank line or nothing follows.
fn line_of_target(document: &Document, comment: &Range<usize>) -> Option<usize> {
    let first = document.line_at(comment.start);
    let start = document.text[..comment.start].rfind('\n').map_or(0, |at| at + 1);
    let alone = document.text[start..comment.start].trim().is_empty();
    if !alone {
        return Some(first);
    }
    let next = document.line_at(comment.end) + 1;
    for line in next..next + MAX_LINES {
        let text = document.line(line)?.trim();
        if text.is_empty() {
            return None;
        }
        if !(text.starts_with('#') || text.starts_with("//")) {
            return Some(line);
        }
    }
    None
}

/// No heading has more lines of comments. It keeps the time for many remarks bounded.
const MAX_LINES: usize = 100;

/// Where a comment is, and which lines it speaks of.
struct Place<'a> {
    comment: &'a Range<usize>,
    above: bool,
    on_line: &'a dyn Fn(&Range<usize>) -> bool,
}

/// Members of values, by where the values start: a long list may have many remarks.
type Seen = BTreeMap<usize, Vec<Entry>>;

/// The member of an object or list that a comment speaks of, at any depth.
fn member(
    document: &Document,
    value: &Range<usize>,
    place: &Place<'_>,
    seen: &mut Seen,
) -> Option<Range<usize>> {
    let mut value = value.clone();
    let mut found = None;
    loop {
        let read = || scan::entries(&document.text, &value, document.syntax);
        let entries = seen.entry(value.start).or_insert_with(read);
        let next = entries.partition_point(|entry| entry.whole.start < place.comment.start);
        let before = next.checked_sub(1).and_then(|at| entries.get(at));
        let near = if place.above { entries.get(next) } else { before };
        let near = near.map(|entry| &entry.whole).filter(|range| (place.on_line)(range));
        found = near.cloned().or(found);
        match before.filter(|entry| place.comment.end <= entry.value.end) {
            Some(entry) => value = entry.value.clone(),
            None => return found,
        }
    }
}
