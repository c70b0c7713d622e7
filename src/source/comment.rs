//! Comments that speak to bricklint: `# bricklint: ignore[rule-id] reason`.

use std::ops::Range;

use super::{
    document::Document,
    scan::{self, Comment, Item, Syntax},
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
    comments.iter().filter_map(|comment| remark(document, &comment.range)).collect()
}

fn remark(document: &Document, range: &Range<usize>) -> Option<Remark> {
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
    let (target, region) = if file { (Target::File, whole) } else { target(document, range) };
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
fn target(document: &Document, comment: &Range<usize>) -> (Target, Range<usize>) {
    let nothing = (Target::Nothing, comment.clone());
    let around = around(document, comment);
    let item = around.and_then(|at| document.items.get(at));
    if document.syntax == Syntax::Json {
        return item.map_or(nothing, |item| (block_target(&item.name), item.whole.clone()));
    }
    let Some(line) = line_of_target(document, comment) else { return nothing };
    let above = line != document.line_at(comment.start);
    let on_line = |range: &Range<usize>| {
        let starts = document.line_at(range.start) == line;
        let ends = document.line_at(range.end.saturating_sub(1)) == line;
        if above { starts } else { range.start < comment.start && (starts || ends) }
    };
    let inner = match item {
        Some(item) if !item.is_block => {
            member(document, &item.value, comment, &on_line).map(|range| (Target::Attribute, range))
        }
        _ => document.children(around).map(|(_, item)| item).find(|item| on_line(&item.whole)).map(
            |item| {
                let target =
                    if item.is_block { block_target(&item.name) } else { Target::Attribute };
                (target, item.whole.clone())
            },
        ),
    };
    let outer = item.filter(|item| !above && on_line(&item.whole)).map(|item| {
        let target = if item.is_block { block_target(&item.name) } else { Target::Attribute };
        (target, item.whole.clone())
    });
    inner.or(outer).unwrap_or(nothing)
}

/// The innermost block or attribute that a comment stands in.
fn around(document: &Document, comment: &Range<usize>) -> Option<usize> {
    let from = document.items.partition_point(|item| item.whole.start < comment.start);
    let holds = |item: &Item| item.value.start <= comment.start && comment.end <= item.value.end;
    (0..from).rev().find(|at| holds(&document.items[*at]))
}

fn block_target(name: &str) -> Target {
    if name == "module" { Target::ModuleCall } else { Target::Block }
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
    let mut line = document.line_at(comment.end) + 1;
    loop {
        let text = document.line(line)?.trim();
        if text.is_empty() {
            return None;
        }
        if !(text.starts_with('#') || text.starts_with("//")) {
            return Some(line);
        }
        line += 1;
    }
}

/// The member of an object or list that is on the comment's line, at any depth.
fn member(
    document: &Document,
    value: &Range<usize>,
    comment: &Range<usize>,
    on_line: &dyn Fn(&Range<usize>) -> bool,
) -> Option<Range<usize>> {
    let mut value = value.clone();
    let mut found = None;
    loop {
        let entries = scan::entries(&document.text, &value, document.syntax);
        let holds = |range: &Range<usize>| range.start < comment.start && comment.end <= range.end;
        found = entries.iter().map(|it| &it.whole).find(|range| on_line(range)).cloned().or(found);
        match entries.into_iter().find(|entry| holds(&entry.value)) {
            Some(entry) => value = entry.value,
            None => return found,
        }
    }
}
